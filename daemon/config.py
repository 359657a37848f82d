"""trunkd's configuration: one TOML file, as typed Structs. Reading and checking: config_check.

[daemon]                     # everything here may be left out
[[board]]                    # one for each board
name = "b0"
address = "sim://lab"
[board.sim]                  # the driver's own table, named as the address begins
[media]                      # prompts, tones, music on hold; may be left out
[[media.music]]              # one for each source of music
name = "waiting"
files = ["music/one.wav"]
[[ss7]]                      # signalling points, their links and routes: config_ss7.py
[[group]] [[route]] …        # where calls go: config_route.py
[[smdi]]                     # message desk links: config_smdi.py
[sessions] [[role]] …        # who may do what: config_session.py
[[trunk]]                    # one for each PRI, or for the circuits to one SS7 exchange
name = "pstn"
span = "b0/1"                # board/span
signalling = "pri"
[trunk.pri]
side = "user"
[trunk.media]                # gains, echo cancelling, what is kept for recordings
"""

from __future__ import annotations

import os
from typing import Annotated, Any, Final, Literal

import msgspec

from ..board.clock import MILLISECOND, SECOND
from ..signaling.isdn import q921_config
from ..signaling.isdn.q931_config import INTERFACE
from ..signaling.isdn.q931_variants import VARIANTS
from .config_board import BoardCallsTable as BoardCallsTable
from .config_read import Duration
from .config_route import RoutingTables
from .config_session import AccessTables
from .config_smdi import SmdiTable
from .config_ss7 import CircuitUser, SignallingPointTable, circuits
from .config_ss7 import IsupTable as IsupTable
from .config_ss7 import Name as Name
from .config_ss7 import TupTable as TupTable
from .places import runtime_dir as runtime_dir
from .places import state_dir as state_dir

DEFAULT_PATH = "/etc/trunkd/trunkd.toml"


class Daemon(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[daemon]``: where the daemon listens and what it writes."""

    runtime_dir: str = msgspec.field(default_factory=runtime_dir)
    socket: str = ""
    """Path of the socket; empty: ``trunkd.sock`` in the runtime directory."""
    socket_mode: str = "0660"
    socket_group: str = ""
    """Group that owns the socket; empty: the daemon's own."""
    allow_uids: tuple[int, ...] = ()
    allow_gids: tuple[int, ...] = ()
    """Who may connect besides root and the daemon's own user. Both empty: whom the mode lets."""
    metrics: str = "127.0.0.1:9618"
    """``host:port`` of the Prometheus endpoint; empty: none."""
    metrics_public: bool = False
    """Allows an endpoint on an address that is not loopback."""
    records: str = ""
    """File of call records; empty: ``records.jsonl`` in the state directory; "off": none."""
    records_sync: Duration = SECOND
    """Records, and the journal, are written at once and forced to disk (fsync) this often."""
    call_store: str = ""
    """SQLite file of call records, for `trunkd records`; empty: ``calls.db`` beside ``records``;
    "off": none, as where ``records`` is "off"."""
    call_store_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    """Calls in ``call_store`` that began so many days ago are deleted; 0: they stay for ever."""
    journal_mb: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 16
    """MiB of the journal beside the socket: the latest events, which outlive a daemon that is
    killed, for clients that come back to the next one."""
    media_dir: str = ""
    """Directory of voice files; empty: ``media`` in the state directory."""
    drain: Duration = 30 * SECOND
    """How long a stop waits for calls to end before it clears them."""
    client_queue: Annotated[int, msgspec.Meta(ge=16, le=1_000_000)] = 8192
    """Events that are kept for clients that read late or come back."""
    audit: Duration = 30 * SECOND
    """How often the states of calls, channels and media are compared; what disagrees twice is put
    right (event ChannelAudited); "0s": never."""
    watchdog: bool = True
    """Tell systemd's watchdog that the event loop runs."""
    priority: Annotated[int, msgspec.Meta(ge=0, le=98)] = 0
    """Real-time priority (SCHED_RR) of the event loop, and one more for the boards: events and
    samples come in time on a machine that has other work, too. It wants root, or `LimitRTPRIO=`
    one above it in the systemd unit; 0: none."""

    def socket_path(self) -> str:
        return self.socket or os.path.join(self.runtime_dir, "trunkd.sock")

    def records_path(self) -> str:
        """Empty: no records are kept."""
        if self.records == "off":
            return ""
        return self.records or os.path.join(state_dir(), "records.jsonl")

    def call_store_path(self) -> str:
        """Empty: none is kept."""
        if self.call_store == "off" or (not self.call_store and self.records == "off"):
            return ""
        beside = os.path.dirname(self.records_path()) or "."
        return self.call_store or os.path.join(beside, "calls.db")

    def media_path(self) -> str:
        return self.media_dir or os.path.join(state_dir(), "media")


class BoardTable(msgspec.Struct, kw_only=True):
    """``[[board]]``: a board by address, and its driver's own table."""

    name: Name
    address: str
    driver: Any = None
    """The driver's ``config_type``, read from ``[board.SCHEME]``; None without a driver."""


class LinkTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.pri.link]``: system parameters of Q.921 5.9; the engine knows their ranges."""

    k: int = q921_config.K.default
    n200: int = q921_config.N200.default
    n201: int = q921_config.N201.default
    t200: Duration = q921_config.T200.default
    t203: Duration = q921_config.T203.default


class InterfaceTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[trunk.pri.interfaces]]``: one T1 span of those that share a D-channel (NFAS)."""

    span: Annotated[str, msgspec.Meta(pattern=r"^[^/]+/[0-9]+$")]
    """``board/span``. The first interface's has the D-channel."""
    id: Annotated[int, msgspec.Meta(ge=0, le=31)] | None = None
    """Interface identifier, which the far end must have the same; left out: 0 for the first, then
    1 and so on."""
    channels: str = ""
    """B-channels, as in "1-23"; empty: all timeslots but a D-channel."""


class PriTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.pri]``: a primary-rate D-channel by Q.921 and Q.931 (see PriConfig)."""

    side: Literal["user", "network"]
    d_channel: Annotated[int, msgspec.Meta(ge=1, le=31)] | None = None
    """Its timeslot; left out: 16, and 24 with a variant for T1 (ni2, 5ess, 4ess, dms100)."""
    channels: str = ""
    """B-channels, as in "1-15,17-31"; empty: all timeslots but 0 and the D-channel."""
    interfaces: list[InterfaceTable] = []
    """Tables `[[trunk.pri.interfaces]]`: T1 spans that share the D-channel (NFAS); none: the trunk
    has one span. A channel is then numbered 32 * its interface's `id` + timeslot."""
    backup: str = ""
    """NFAS: span of the interface with the stand-by D-channel, as in "b0/2"; empty: none has."""
    variant: str = "etsi"
    hunt: Literal["ascending", "descending", "cyclic"] | None = None
    """Order in which a free B-channel is chosen; left out, the two sides begin at opposite ends
    (user ascending, network descending), so that they seldom choose the same one."""
    overlap_receiving: bool = False
    """Incoming calls may bring their number in pieces (Q.931 5.1.3, 5.2.4)."""
    min_digits: Annotated[int, msgspec.Meta(ge=0, le=32)] = 0
    """With overlap receiving: digits of a complete number; 0: the far end or T302 says."""
    send_proceeding: bool = True
    connect_acknowledge: bool = True
    restart_on_start: bool = False
    """RESTART all channels when the link comes up for the first time."""
    restart_maintenance: bool = True
    enquire: bool = True
    disconnect_tones: bool = False
    dial_tone: bool = True
    bearers: tuple[Literal["speech", "audio", "unrestricted", "restricted"], ...] = (
        "speech",
        "audio",
        "unrestricted",
        "restricted",
    )
    timers: dict[str, Duration] = {}
    """Timers of Q.931 table 9-1, as in ``T303 = "4s"``."""
    link: LinkTable = msgspec.field(default_factory=LinkTable)
    transfer: Literal["auto", "off", "explicit", "implicit", "2bct", "rlt"] = "auto"
    """How the network is asked to transfer two calls (transferCall with `by`): "auto": as the
    variant has it; "explicit", "implicit": explicit call transfer with and without a linkage asked
    for first (EN 300 369); "2bct": two B-channel transfer; "rlt": release link trunk; "off": not at
    all."""
    deflection: Literal["auto", "off", "deflection", "rerouting"] = "auto"
    """How the network is asked to take a call elsewhere (deflectCall with `by`): "auto": as the
    variant has it; "deflection", "rerouting": call deflection, call rerouteing (EN 300 207); "off":
    not at all."""
    offer_transfer: bool = True
    """`side` "network": a PBX behind us may have two of its calls connected with each other."""
    offer_deflection: bool = True
    """`side` "network": a PBX behind us may have a call that it has not answered taken to another
    number."""


CountryCode = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z]{2})?$")]


class MusicTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[media.music]]``: a source of music on hold, played for ever to all who wait."""

    name: Name
    """Its name, as for boards; playMusic and ``[trunk.media]`` name it."""
    files: list[str]
    """Voice files below the media directory, played one after the other."""
    volume: Annotated[float, msgspec.Meta(ge=-40, le=20)] = 0.0
    """In dB; 0: the files as they are."""


class MediaTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[media]``: prompts, tones and music on hold, for all trunks."""

    country: CountryCode = "cn"
    """Whose call progress tones are meant where nobody says otherwise (`trunkd synth tone` lists
    the countries)."""
    cache_mb: Annotated[int, msgspec.Meta(ge=1, le=65536)] = 64
    """MiB of prompts that are kept in memory, one copy of each for all calls: 8 MiB hold about 17
    minutes. What plays is always kept."""
    music: list[MusicTable] = []
    """Tables `[[media.music]]`: sources of music on hold."""


class TrunkMedia(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.media]``: what is set up on each call's channel when it opens."""

    country: CountryCode = ""
    """Whose call progress tones are meant on this trunk; empty: as in `[media]`."""
    gain_received: Annotated[float, msgspec.Meta(ge=-40, le=40)] = 0.0
    """Gain of what comes from the far end in dB; 0: octets as they are."""
    gain_sent: Annotated[float, msgspec.Meta(ge=-40, le=40)] = 0.0
    """Gain of what is sent to it."""
    agc: bool = False
    """Bring what comes from the far end to -18 dBm0 (automatic gain control)."""
    echo_ms: int = 0
    """Tail of the echo canceller (G.168), 16 to 128 in steps of 8; 0: none."""
    prerecord: Duration = 0
    """So much of every call's past is kept in memory, up to "60s", for recordMessage with `before`;
    a minute of a call takes 1 MB."""
    music: str = ""
    """Source for playMusic where none is named; empty: the first one."""


class TrunkTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[trunk]]``: channels that one signalling controls: a PRI's, or the circuits to one
    exchange of SS7."""

    name: Name
    span: Annotated[str, msgspec.Meta(pattern=r"^([^/]+/[0-9]+)?$")] = ""
    """``board/span``, e.g. "b0/1"; required but for SS7, whose circuits name their own, and for PRI
    with `interfaces`."""
    signalling: Literal["pri", "isup", "tup", "r2", "em", "fxs", "fxo", "tap", "board"]
    incoming: Literal["alert", "offer"] = "alert"
    """"alert": a call that comes in alerts at once (event Delivered). "offer": the application
    is asked first (event Offered) and accepts, answers or clears it."""
    law: Literal["alaw", "mulaw"] | None = None
    """Of its channels' octets; left out: mu-law on a T1, A-law elsewhere."""
    line_hold: Duration = 500 * MILLISECOND
    """How long layer 1 must be lost before the link is given up: calls that are being set up
    survive a shorter fault (persistent deactivation, Q.921 annex B; the time is our choice)."""
    keep_calls: bool = True
    """Answered calls outlive a daemon that is killed: the next one goes on with those that the far
    end has still. Signalling "pri", "isup" and "tup"; with other signalling the far end clears."""
    tone_time: Duration = 20 * SECOND
    """How long a call that the far end clears with tones or an announcement on its channel stays
    up to be heard, if the application does not clear it before."""
    media: TrunkMedia = msgspec.field(default_factory=TrunkMedia)
    """The table `[trunk.media]`."""
    pri: PriTable | None = None
    isup: IsupTable | None = None
    tup: TupTable | None = None
    r2: dict[str, Any] | None = None
    em: dict[str, Any] | None = None
    fxs: dict[str, Any] | None = None
    fxo: dict[str, Any] | None = None
    tap: dict[str, Any] | None = None
    calls: BoardCallsTable | None = msgspec.field(default=None, name="board")
    """The table `[trunk.board]`."""

    @property
    def lines(self) -> dict[str, Any] | None:
        """The table of a trunk of lines, read by config_line.py; None for other signalling."""
        if self.signalling in ("pri", "isup", "tup", "board"):
            return None
        return getattr(self, self.signalling) or {}

    @property
    def ss7(self) -> CircuitUser | None:
        """The table of circuits, if this is a trunk of SS7."""
        return self.isup or self.tup

    @property
    def spans(self) -> list[str]:
        """All spans with channels of it, as ``board/span``."""
        if self.pri is not None and self.pri.interfaces:
            return [interface.span for interface in self.pri.interfaces]
        if self.ss7 is None:
            return [self.span]
        return list(dict.fromkeys(c.span for c in circuits(self.ss7).values()))

    @property
    def board(self) -> str:
        """Of the first span."""
        return self.spans[0].split("/")[0]

    @property
    def span_number(self) -> int:
        return int(self.span.split("/")[1])


class Config(msgspec.Struct, kw_only=True):
    """The whole file."""

    daemon: Daemon = msgspec.field(default_factory=Daemon)
    media: MediaTable = msgspec.field(default_factory=MediaTable)
    board: list[BoardTable] = []
    ss7: list[SignallingPointTable] = []
    trunk: list[TrunkTable] = []
    routes: RoutingTables = msgspec.field(default_factory=RoutingTables)
    smdi: list[SmdiTable] = []
    access: AccessTables = msgspec.field(default_factory=AccessTables)


def parse_channels(text: str, highest: int = 31) -> tuple[int, ...]:
    """Timeslots of "1-15,17-31", ascending; ValueError says what is wrong with the text."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.strip().isdigit() or (dash and not last.strip().isdigit()):
            raise ValueError(f"'{part.strip()}' is no timeslot and no range of timeslots")
        begin, end = int(first), int(last or first)
        if begin > end:
            raise ValueError(f"the range {begin}-{end} runs backwards")
        found += range(begin, end + 1)
    twice = sorted({n for n in found if found.count(n) > 1})
    if twice:
        raise ValueError(f"timeslot {twice[0]} is named twice")
    outside = [n for n in found if not 1 <= n <= highest]
    if outside:
        kind = "a T1" if highest == T1_LAST else "an E1"
        raise ValueError(f"timeslot {outside[0]} does not exist on {kind}")
    return tuple(sorted(found))


T1_LAST: Final = 24
E1_LAST: Final = 31
"""The last timeslots."""


def on_t1(table: PriTable) -> bool:
    """The trunk's variant is one for T1."""
    variant = VARIANTS.get(table.variant)
    return variant is not None and variant.t1


def d_channel(table: PriTable) -> int:
    """The D-channel's timeslot."""
    return table.d_channel or (T1_LAST if on_t1(table) else 16)


def interfaces(table: PriTable) -> list[tuple[int, InterfaceTable]]:
    """NFAS: identifiers and tables, with the primary D-channel's first, then the stand-by one's."""
    found = [(n if t.id is None else t.id, t) for n, t in enumerate(table.interfaces)]
    return found[:1] + sorted(found[1:], key=lambda one: one[1].span != table.backup)


def interface_slots(table: PriTable, interface: InterfaceTable) -> tuple[int, ...]:
    """NFAS: timeslots of an interface's B-channels; ValueError as of ``parse_channels``."""
    if interface.channels:
        return parse_channels(interface.channels, T1_LAST)
    d = has_d_channel(table, interface)
    return tuple(n for n in range(1, T1_LAST + 1) if not d or n != d_channel(table))


def has_d_channel(table: PriTable, interface: InterfaceTable) -> bool:
    """NFAS: has this interface a D-channel, the primary or the stand-by one?"""
    return interface is table.interfaces[0] or interface.span == table.backup


def b_channels(table: PriTable) -> tuple[int, ...]:
    """The B-channels of a trunk, ascending; ValueError as of ``parse_channels``."""
    if table.interfaces:
        slots = [(i, n) for i, t in interfaces(table) for n in interface_slots(table, t)]
        return tuple(sorted(i * INTERFACE + n for i, n in slots))
    last = T1_LAST if on_t1(table) else E1_LAST
    if table.channels:
        return parse_channels(table.channels, last)
    return tuple(n for n in range(1, last + 1) if n != d_channel(table))


__all__ = [
    "DEFAULT_PATH",
    "BoardTable",
    "Config",
    "Daemon",
    "InterfaceTable",
    "LinkTable",
    "MediaTable",
    "MusicTable",
    "PriTable",
    "TrunkMedia",
    "TrunkTable",
    "b_channels",
    "d_channel",
    "has_d_channel",
    "interface_slots",
    "interfaces",
    "on_t1",
    "parse_channels",
    "runtime_dir",
    "state_dir",
]
