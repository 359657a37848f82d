"""Configuration of SS7: signalling points, their linksets, links and routes, and circuits.

[[ss7]]                      # a signalling point of ours
name = "sp"
variant = "china24"
point_code = "1-2-3"
network_indicator = "national"
[[ss7.linkset]]              # links to one adjacent signalling point
name = "exchange"
adjacent = "1-2-4"
[[ss7.linkset.link]]
slc = 0
span = "b0/1"
timeslot = 16
[[ss7.route]]                # destinations behind an STP; the adjacent points need none
dpc = "1-2-9"
linksets = ["exchange"]

[[trunk]]
name = "pstn"
signalling = "isup"
[trunk.isup]
ss7 = "sp"
dpc = "1-2-4"
[[trunk.isup.circuits]]
cics = "1-15,17-31"
span = "b0/1"
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from ..board.clock import SECOND
from .config_read import Duration

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
SpanName = Annotated[str, msgspec.Meta(pattern=r"^[^/]+/[0-9]+$")]
PointCode = str | int
"""As on the exchange's list: "1-2-3", "0x010203" or a decimal number."""

MAX_CIC: Final = 4095
"""12 bits: Q.763 1.2, Q.723 2.2.3."""

NETWORKS: Final = {
    "international": 0,
    "international-spare": 1,
    "national": 2,
    "national-spare": 3,
}
"""Network indicator of Q.704 14.2.2."""


class SignallingLinkTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[ss7.linkset.link]]``: one signalling link, on one timeslot."""

    slc: Annotated[int, msgspec.Meta(ge=0, le=15)]
    """Signalling link code, the same at both ends of the link."""
    span: SpanName
    """``board/span`` that carries it."""
    timeslot: Annotated[int, msgspec.Meta(ge=1, le=31)]
    """Often 16."""
    rate: Literal["64k", "56k", "4.8k"] = "64k"
    """Whose timers and error thresholds count (Q.703 12.3); the timeslot itself has 64 kbit/s."""
    error_correction: Literal["basic", "pcr"] = "basic"
    """"pcr": preventive cyclic retransmission, for satellites (Q.703 6); the same at both ends."""
    n1: int = 127
    """With "pcr": so many messages not acknowledged are sent again by force (N1, Q.703 6.4)."""
    n2: int = 4801
    """With "pcr": so many octets not acknowledged are (N2)."""
    active: bool = True
    """False: stays down until `trunkd ss7 activate`."""
    timers: dict[str, Duration] = {}
    """The table `[ss7.linkset.link.timers]`: timers of Q.703, as in `T1 = "45s"`."""


class LinksetTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[ss7.linkset]]``: all links to one adjacent signalling point."""

    name: Name
    """Its name, as for boards; its links are called `NAME/SLC`."""
    adjacent: PointCode
    """Point code at the far end of its links: the exchange's, or the STP's. It can be reached by
    this linkset before all routes."""
    link: list[SignallingLinkTable] = []
    """Tables `[[ss7.linkset.link]]`, 1 to 16."""


class RouteTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[ss7.route]]``: how a destination behind an STP is reached."""

    dpc: PointCode
    """The destination."""
    linksets: list[Name]
    """Names of linksets; several share the load (combined linkset, Q.704 4.2)."""
    priority: Annotated[int, msgspec.Meta(ge=1, le=15)] = 1
    """1 is used first; the next one when all linksets of this one have failed."""


class SignallingPointTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[ss7]]``: a signalling point of ours: its code, linksets and routes."""

    name: Name
    """Its name, as for boards."""
    variant: str
    """Form of point codes and labels, see below."""
    point_code: PointCode
    """Our own point code (OPC), as in "1-2-3"."""
    network_indicator: str | int
    """"international" (0), "international-spare" (1), "national" (2) or "national-spare" (3); the
    same at the far end, which ignores messages with another one."""
    line_hold: Duration = 100_000_000
    """How long layer 1 must be lost before a link is given up."""
    congestion: Literal["international", "levels"] = "international"
    """"levels": the national option with levels 0 to 3 (Q.704 11.2.4)."""
    test_links: bool = True
    """Links are tested (SLTM, Q.707) before they carry traffic, and then every Q707-T2."""
    wait_for_tra: bool = True
    """An adjacent point that became reachable carries traffic after its TRA, or T21; false: at
    once, for exchanges that know no restart procedure (before the White Book)."""
    linkset: list[LinksetTable] = []
    """Tables `[[ss7.linkset]]`."""
    route: list[RouteTable] = []
    """Tables `[[ss7.route]]`."""
    timers: dict[str, Duration] = {}
    """The table `[ss7.timers]`: timers of Q.704 and Q.707, as in `T2 = "1s"`."""


class CircuitsTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[trunk.isup.circuits]]``, ``[[trunk.tup.circuits]]``: the circuits of one span."""

    cics: str
    """Circuit identification codes, as in "33-47,49-63"; the far end has the same list."""
    span: SpanName
    """``board/span`` that carries them."""
    timeslots: str = ""
    """A timeslot for each CIC, in the same order, as in "1-15,17-31"; left out, the five low bits
    of the CIC say which (Q.763 1.2, Q.723 2.2.3): CIC 33 is on timeslot 1."""


class IsupTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.isup]``: circuits to one exchange, by ISUP (Q.761 to Q.764)."""

    ss7: Name
    """Name of the signalling point, `[[ss7]]`."""
    dpc: PointCode
    """Point code of the exchange at the far end of the circuits."""
    circuits: list[CircuitsTable]
    """Tables `[[trunk.isup.circuits]]`, one for each span or part of a span."""
    block_after: Duration = 3 * SECOND
    """A span whose layer 1 is lost for so long has its circuits blocked (hardware failure), until
    it is back; "0s": never."""
    variant: str = "itu"
    """The national or vendor variant, see below."""
    controls: Literal["auto", "even", "odd", "all", "none"] = "auto"
    """Which circuits are ours when both ends seize one at once; "auto": the higher point code
    controls the even ones (Q.764 2.9.1.4)."""
    selection: str = "cyclic"
    """Order in which a free circuit is chosen, see below."""
    min_digits: int = 0
    """A call is offered when so many digits have come; 0: when the number is complete."""
    max_digits: int = 0
    """A number with so many digits is complete; 0: the far end says so (ST), or a timer."""
    overlap: bool = False
    """Digits behind the first `min_digits` may follow (SAM); false: with those it is complete."""
    continuity: int = 0
    """One outgoing call in so many begins with a continuity check; 0: none, 1: each."""
    reattempts: int = 1
    """How often a call is tried again on another circuit (Q.764 2.9.1.4, 2.9.6)."""
    exchange_type: Literal["A", "B"] = "A"
    """"A" (end, gateway) or "B" (transit), for messages that are not understood (Q.764 2.9.5)."""
    international: bool = False
    """The calls cross a border."""
    isdn_access: bool = True
    """Our subscribers are ISDN ones."""
    satellites: int = 0
    """Satellite circuits in the connection so far, 0 to 2, with this one."""
    echo_control: bool = False
    """An outgoing half echo control device is in."""
    hop_counter: int = 0
    """Hop counter that a call begins with, 1 to 31; 0: none is sent."""
    delay: int = -1
    """Propagation delay of these circuits in ms; -1: calls are not told of it (Q.764 2.6)."""
    ask_calling: bool = False
    """Ask for a calling number that did not come (INR)."""
    connected_line: bool = True
    """Our calls ask who answered."""
    bearers: tuple[Literal["speech", "audio", "unrestricted", "restricted"], ...] = (
        "speech",
        "audio",
        "unrestricted",
        "restricted",
    )
    """Transfer capabilities that are taken; others get cause 65."""
    location: int = 2
    """Location that our causes give (Q.850): 0 user, 2 public network of the local user."""
    reset_on_start: bool = True
    """Reset all circuits (GRS) when the exchange can be reached for the first time: what was on
    them before the daemon was started is not known here (Q.764 2.9.3.1)."""
    group_messages: bool = True
    """False: several circuits are blocked one by one, for exchanges without CGB."""
    timers: dict[str, Duration] = {}
    """The table `[trunk.isup.timers]`: timers of Q.764, as in `T7 = "25s"`."""


class TupTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.tup]``: circuits to one exchange, by TUP (Q.721 to Q.724)."""

    ss7: Name
    """Name of the signalling point, `[[ss7]]`."""
    dpc: PointCode
    """Point code of the exchange at the far end of the circuits."""
    circuits: list[CircuitsTable]
    """Tables `[[trunk.tup.circuits]]`, one for each span or part of a span."""
    block_after: Duration = 3 * SECOND
    """A span whose layer 1 is lost for so long has its circuits blocked (hardware failure), until
    it is back; "0s": never."""
    variant: str = "itu"
    """The national or vendor variant, see below."""
    controls: Literal["auto", "even", "odd", "all", "none"] = "auto"
    """Which circuits are ours when both ends seize one at once; "auto": the higher point code
    controls the even ones (Q.724 2)."""
    selection: str = "controlled"
    """Order in which a free circuit is chosen, see below."""
    continuity: int = 0
    """One outgoing call in so many begins with a continuity check; 0: none, 1: each."""
    overlap_receiving: bool = False
    """A number without ST may be incomplete: more digits may follow (SAM, SAO)."""
    min_digits: int = 0
    """Digits of a complete number; 0: the far end says (ST), or a timer."""
    send_calling_line: bool = True
    """Send the calling number with the call (IAI); false: when it is asked for (GRQ)."""
    request_calling_line: bool = False
    """Ask for a calling number that did not come (GRQ)."""
    charge: Literal["charge", "no_charge", "unqualified"] = "charge"
    """How our answers charge the caller: ANC, ANN, or ANU (not in China)."""
    nature: int = 0
    """Nature of address of called numbers that say none: 0 subscriber, 2 national, 3
    international (Q.723 3.3.1)."""
    international: bool = False
    """The calls come from abroad."""
    attempts: int = 1
    """How often a call is tried again on another circuit (Q.724 3)."""
    group_twice: bool = False
    """Group messages count when they came twice, and ours are sent twice."""
    reset_on_start: bool = True
    """Reset all circuits when the exchange can be reached for the first time: what was on them
    before the daemon was started is not known here."""
    location: int = 2
    """Location (Q.850) of causes that begin here."""
    far_location: int = 4
    """The same of those that begin at the far end: TUP itself does not say."""
    timers: dict[str, Duration] = {}
    """The table `[trunk.tup.timers]`: timers of Q.724, as in `T6 = "10s"`."""


CircuitUser = IsupTable | TupTable
"""Tables of trunks whose channels are circuits."""


class Circuit(msgspec.Struct, frozen=True):
    """Where a circuit is."""

    cic: int
    span: str
    timeslot: int

    @property
    def board(self) -> str:
        return self.span.split("/")[0]

    @property
    def span_number(self) -> int:
        return int(self.span.split("/")[1])


def parse_numbers(text: str, what: str, high: int, low: int = 0) -> tuple[int, ...]:
    """Numbers of "1-15,17-31" in the order written; ValueError says what is wrong with the text."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(f"'{part.strip()}' is no {what} and no range of {what}s")
        begin, end = int(first), int(last or first)
        if begin > end:
            raise ValueError(f"the range {begin}-{end} runs backwards")
        if end > high or begin < low:
            bad = begin if begin < low else end
            raise ValueError(f"{what} {bad} does not exist: they go from {low} to {high}")
        found += range(begin, end + 1)
    if len(set(found)) < len(found):
        twice = next(n for n in found if found.count(n) > 1)
        raise ValueError(f"{what} {twice} is named twice")
    return tuple(found)


def show_numbers(numbers: Any) -> str:
    """``1-15,17-31`` of numbers in any order."""
    parts: list[str] = []
    row: list[int] = []
    for n in [*sorted(numbers), None]:
        if row and n != row[-1] + 1:
            parts.append(str(row[0]) if len(row) == 1 else f"{row[0]}-{row[-1]}")
            row = []
        if n is not None:
            row.append(n)
    return ",".join(parts)


def group_circuits(group: CircuitsTable) -> list[Circuit]:
    """The circuits of a table that was checked, or ValueError."""
    cics = parse_numbers(group.cics, "CIC", MAX_CIC)
    slots = tuple(cic & 31 for cic in cics)
    if group.timeslots:
        slots = parse_numbers(group.timeslots, "timeslot", 31, 1)
        if len(slots) != len(cics):
            raise ValueError(f"{len(cics)} CICs are given and {len(slots)} timeslots")
    return [Circuit(cic, group.span, slot) for cic, slot in zip(cics, slots, strict=True)]


def circuits(table: CircuitUser) -> dict[int, Circuit]:
    """All circuits of a trunk whose configuration was checked, by CIC, ascending."""
    found = {c.cic: c for group in table.circuits for c in group_circuits(group)}
    return dict(sorted(found.items()))


def network_indicator(value: str | int) -> int:
    """0 to 3 of a name or number; ValueError when it is neither."""
    text = str(value).strip().lower()
    if text in NETWORKS:
        return NETWORKS[text]
    if text.isdigit() and int(text) <= 3:
        return int(text)
    raise ValueError(f"'{value}' is no network indicator")


def network_name(value: int) -> str:
    return next(name for name, number in NETWORKS.items() if number == value)


def link_name(linkset: LinksetTable, link: SignallingLinkTable) -> str:
    """As commands and events call it."""
    return f"{linkset.name}/{link.slc}"
