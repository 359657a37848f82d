"""docs/metrics.md: every metric that a scrape of a real run holds, and the rules of alerts.yml."""

from __future__ import annotations

import functools
from typing import Final

import page_routing
import page_smdi
from page_lab import POTS_EXAMPLE, R2_EXAMPLE, SMDI_EXAMPLE, SS7_EXAMPLE, Lab, Terminal, lab
from page_socket import request
from page_tools import (
    GENERATED,
    ROOT,
    Undocumented,
    attribute_docs,
    block,
    sentence,
    table,
)
from prometheus_client.core import Metric

from trunkd.board.model import TimeslotCounters
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.metrics import SETUP_BUCKETS
from trunkd.daemon.session_counts import TURNED_AWAY
from trunkd.daemon.trunk_pri import PriTrunk
from trunkd.signaling.call import CallRequest, PartyNumber
from trunkd.signaling.isdn import q921_events as q921
from trunkd.signaling.ss7 import mtp2_units
from trunkd.signaling.ss7.mtp3_network import LinkCounters

ALERTS: Final = ROOT / "docs" / "alerts.yml"

LABELS: Final = {
    "alarm": "the alarm's name",
    "application": "as in `[[dnis]]`; of a client: its name in hello, without a number at the end",
    "board": "name of the board",
    "by": "`here` or `there`: whose management; of a client: `unix`, `tcp` or `tls`",
    "cause": "event cause, as on the [socket](socket.md#causes)",
    "counter": "which counter",
    "destination": "a point code",
    "direction": "`in` or `out`",
    "event": "`answer` or `hang-up`",
    "group": "name of the trunk group",
    "how": "what told it, as `how` of the events [Established](socket.md#established) and"
    " [ConnectionCleared](socket.md#connectioncleared)",
    "instance": "this run of the daemon",
    "kind": "which kind",
    "link": "name of the SS7 link, `linkset/slc`",
    "linkset": "name of the linkset",
    "method": "a [method](socket.md#methods); `unknown`: none that there is",
    "outcome": "`done`, or the word of the [error](socket.md#errors)",
    "owner": "what the call's session is",
    "point": "name of the signalling point",
    "q850": "cause value of Q.850",
    "reason": "why it ended, as in the [event](socket.md#events)",
    "result": "how it went",
    "role": "role in a conference; of a client: what it may do (`none`: only say hello)",
    "route": "name of the route",
    "row": "row of `[[emergency]]`",
    "smdi": "name of the message desk link",
    "span": "`board/number`",
    "state": "which state",
    "term": "`timed` or `forever`",
    "trunk": "name of the trunk",
    "verdict": "verdict of [call progress analysis](call-analysis.md)",
    "version": "version of the daemon",
    "what": "as in the event [LineChanged](socket.md#linechanged)",
    "why": "why not",
    "work": "what is done",
}
LISTED: Final = (
    "alarm",
    "kind",
    "owner",
    "reason",
    "result",
    "role",
    "state",
    "term",
    "verdict",
    "work",
)
"""Labels whose values the page lists."""
OPEN: Final = {
    ("trunkd_calls", "state"): f"`{ev.INITIATED}`, `{ev.ALERTING}`, `{ev.CONNECTED}`, `{ev.FAIL}`",
    ("trunkd_connected_clients", "role"): "as of `trunkd_clients_by_role`",
    ("trunkd_requests_turned_away", "why"): ", ".join(f"`{why}`" for why in TURNED_AWAY),
    ("trunkd_dchannel", "counter"): "see [below](#counters-of-a-d-channel)",
    ("trunkd_smdi", "counter"): "see [below](#counters-of-message-desk-links)",
    ("trunkd_line", "counter"): "see [below](#counters-of-lines)",
    ("trunkd_ss7_faults", "kind"): "as in the event [SignallingFault](socket.md#signallingfault)",
    ("trunkd_protocol_faults", "kind"): "as in the event [ProtocolFault](socket.md#protocolfault);"
    " `mdl_a` to `mdl_o` are errors of Q.921, see [below](#counters-of-a-d-channel)",
}
"""Values of labels that one run does not show whole."""


def exercise(daemon: Lab) -> Terminal:
    """A call, and a frame that nobody sent, so that every family has a sample. The client that is
    still there."""
    line = Terminal(daemon)
    line.type(request(0, "hello", m.Hello(client="wallboard")))
    line.type(request(1, "makeCall", m.MakeCall(called="5551000", device="trunk/pstn")))
    daemon.run(1)
    line.type(request(2, "answerCall", m.AnswerCall(call_id=2)))
    daemon.run(1)
    line.type(request(3, "clearConnection", m.ClearConnection(call_id=1)))
    daemon.run(1)
    line.type(request(4, "makeCall", m.MakeCall(called="5551000", device="trunk/pstn")))
    daemon.run(1)
    # An I frame with a STATUS ENQUIRY of an unknown protocol discriminator breaks both layers.
    pstn = daemon.node.trunks["pstn"]
    assert isinstance(pstn, PriTrunk)
    pstn.interfaces[0].receive(bytes.fromhex("00017f7f"), daemon.node.now())
    daemon.run(1)
    return line


def exercise_lines(daemon: Lab, trunk: str, called: str, seconds: float) -> None:
    """A call that is answered and cleared by the called end, then by ours; a line that is cut."""
    daemon.node.place(
        daemon.node.trunk(trunk),
        CallRequest(PartyNumber(called), PartyNumber("13901234567"), 0),
    )
    daemon.run(seconds)
    near, far = daemon.node.calls.values()
    far.trunk.answer(far, far.trunk.now())
    daemon.run(3)
    near.trunk.clear(near, 16, near.trunk.now())
    daemon.run(10)
    board = daemon.node.boards["lab"].board
    if trunk == "phones":
        board.line_cable(2).cut()  # type: ignore[attr-defined]
        daemon.run(5)


@functools.cache
def families() -> list[Metric]:
    """All that one scrape holds, of runs with PRI, with lines and with SS7."""
    with lab() as daemon:
        line = exercise(daemon)
        found = list(daemon.metrics.snapshot().collect())
        line.hang_up()
    with lab(example=SS7_EXAMPLE) as daemon:
        # A message for another network: the far end counts a fault.
        line = daemon.node.points["local"].lines[0]
        line.receive(bytes.fromhex("ffff0fc504020103020100"), daemon.node.now())
        daemon.run(1)
        of_ss7 = daemon.metrics.snapshot().collect()
        found += [family for family in of_ss7 if family.name.startswith("trunkd_ss7")]
    with lab(example=SMDI_EXAMPLE) as daemon:
        of_smdi = daemon.metrics.snapshot().collect()
        found += [family for family in of_smdi if family.name.startswith("trunkd_smdi")]
    with lab(example=page_routing.EXAMPLE) as daemon:
        found += page_routing.families(daemon)
    return found + of_lines()


def of_lines() -> list[Metric]:
    """The families of lines, with the samples of an R2 and of an analog run."""
    merged: dict[str, Metric] = {}
    for example, trunk, called, seconds in (
        (R2_EXAMPLE, "out", "5551000", 8.0),
        (POTS_EXAMPLE, "phones", "8001", 8.0),
    ):
        with lab(example=example) as daemon:
            exercise_lines(daemon, trunk, called, seconds)
            for family in daemon.metrics.snapshot().collect():
                if family.name.startswith("trunkd_line"):
                    merged.setdefault(family.name, family).samples.extend(
                        family.samples if family.name in merged else []
                    )
    return list(merged.values())


def sample_names(family: Metric) -> list[str]:
    """The names that one queries: a counter's ends in ``_total``."""
    if family.type == "counter":
        return [f"{family.name}_total"]
    if family.type == "histogram":
        return [f"{family.name}_{part}" for part in ("bucket", "sum", "count")]
    return [family.name]


def label_values(family: Metric) -> dict[str, list[str]]:
    """Label -> the values it had in the run, in their order; ``le`` of buckets is left out."""
    found: dict[str, list[str]] = {}
    for sample in family.samples:
        for label, value in sample.labels.items():
            if label != "le" and value not in found.setdefault(label, []):
                found[label].append(value)
    return found


def row(family: Metric) -> tuple[str, ...]:
    labels = []
    for label, values in label_values(family).items():
        listed = ", ".join(f"`{v}`" for v in values) if label in LISTED else ""
        listed = OPEN.get((family.name, label), listed)
        labels.append(f"`{label}`: {listed}" if listed else f"`{label}`")
    names = ", ".join(f"`{name}`" for name in sample_names(family))
    return names, family.type, sentence(family.documentation), "; ".join(labels)


def counters(family: Metric) -> str:
    """What each counter of a D-channel counts."""
    hdlc, link = attribute_docs(TimeslotCounters), attribute_docs(q921.LinkCounters)
    rows = []
    types: dict[str, list[str]] = {"rx": [], "tx": []}
    for name in label_values(family)["counter"]:
        layer, _, rest = name.partition("_")
        word, _, end = rest.partition("_")
        if name in hdlc:
            text = hdlc[name]
        elif layer == "q921" and word in types:
            types[word].append(f"`{name}`")
            continue
        elif layer == "q921" and word == "error":
            meaning, clause = q921.ERROR_TEXTS[q921.ERROR_CODES.index(end.upper())]
            text = f"Error {end.upper()} ({clause}): {meaning}"
        else:
            text = link.get(rest) or COUNTERS.get(name, "")
        if not text:
            raise Undocumented(f"the counter {name} has no docstring")
        rows.append((f"`{name}`", sentence(text)))
    rows.append((", ".join(types["rx"]), "Frames of the data link received, by type."))
    rows.append((", ".join(types["tx"]), "Frames of the data link sent, by type."))
    return table(("counter", "counts"), rows)


def ss7_counters() -> str:
    """What each counter of an SS7 link counts."""
    (family,) = (each for each in families() if each.name == "trunkd_ss7_link")
    docs = [attribute_docs(cls) for cls in (mtp2_units.Counters, LinkCounters, TimeslotCounters)]
    rows = []
    types: dict[str, list[str]] = {"rx": [], "tx": []}
    for name in label_values(family)["counter"]:
        way, _, kind = name.partition("_")
        text = SS7_COUNTERS.get(name) or next((d[name] for d in docs if d.get(name)), "")
        if kind in mtp2_units.KIND_NAMES:
            types[way].append(f"`{name}`")
        elif text:
            rows.append((f"`{name}`", sentence(text)))
        else:
            raise Undocumented(f"the counter {name} has no docstring")
    rows.append((", ".join(types["rx"]), "Signal units received, by kind."))
    rows.append((", ".join(types["tx"]), "Signal units sent, by kind; repeats of fill-ins not."))
    return table(("counter", "counts"), rows)


SS7_COUNTERS: Final = {
    "tx_refused": "Signal units that the line did not take; level 2 sends them again",
    "changeovers": "Times its traffic was changed over to other links",
    "changebacks": "Times traffic was changed back to it",
    "tests_failed": "Signalling link tests without the right answer (Q.707)",
    "congestions": "Times its congestion level rose",
    "inhibitions": "Times it was inhibited",
    "faults": "Messages of level 3 on it that broke the protocol",
}
"""Counters that have no docstring of their own."""


LINE_COUNTERS: Final = (
    ("`refused`", "all", "Actions that the board did not take."),
    (
        "`placed`, `offered`, `seizures`, `fxo_calls_out`, `fxo_calls_in`",
        "all",
        "Calls out and in.",
    ),
    ("`glare`", "R2, E&M", "Both ends seized the line in one moment (double seizure)."),
    ("`no_seizing_acknowledgement`", "R2", "Our seizure was not acknowledged in time."),
    (
        "`no_backward_signal`, `no_forward_signal`, `register_silent`",
        "R2",
        "Register signalling that stopped: T1, T3, T2 were over.",
    ),
    (
        "`unknown_backward_signal`",
        "R2",
        "A signal that the variant has no meaning for: see `overrides`.",
    ),
    ("`faulty_code`, `unknown_bits`", "R2, T1", "Bits that mean nothing in that state."),
    ("`no_release_guard`", "R2", "The far end did not show idle after our clear-forward."),
    (
        "`no_start_signal`, `short_wink`, `long_wink`, `no_wink`",
        "E&M",
        "What the far end answered our seizure with was no wink.",
    ),
    ("`no_digits`, `partial_dial`, `early_digit`", "E&M", "Seizures without a whole number."),
    ("`stuck`", "E&M", "The far end stays off-hook long after our release."),
    ("`fxo_gone_…`", "FXO", "What the far end's hang-up was told by, as in `how`."),
    ("`fxo_caller_id_faults`", "FXO", "Caller ID that came with a wrong checksum, or cut short."),
    ("`fxo_trained`, `fxo_training_failed`", "FXO", "Ends of `trunkd line train`."),
    ("`digits_lost`", "R2", "The board never told the end of DTMF digits: the call was cleared."),
    ("`flashes`, `answered`", "FXS", "Hookflashes, and answered calls."),
    (
        "`fault-hook-break`, `fault-pulses`, `fault-no-loop`",
        "FXS",
        "Breaks of the loop that are neither pulse, flash nor hang-up.",
    ),
    ("`not_on_bits`", "T1", "What bits cannot carry: metering, line tests."),
    ("`…undrawn`", "all", "Steps that the drawing does not have: a mistake of ours, report it."),
)


COUNTERS: Final = {
    "q931_undrawn": "Steps of Q.931 that the drawing does not have: a mistake of ours, report it",
}
"""Counters that are attributes of no counter class."""

PARTS: Final = (
    ("Spans", ("trunkd_span",)),
    ("Trunks", ("trunkd_link", "trunkd_dchannel", "trunkd_protocol", "trunkd_channels")),
    (
        "Media",
        (
            "trunkd_media",
            "trunkd_conference",
            "trunkd_conferences",
            "trunkd_soft_channels",
            "trunkd_prompt_cache",
            "trunkd_play",
            "trunkd_recording",
            "trunkd_collection",
            "trunkd_live_audio",
            "trunkd_faxes",
            "trunkd_fax_pages",
            "trunkd_digit",
            "trunkd_call_progress",
        ),
    ),
    ("Routing", ("trunkd_group", "trunkd_route", "trunkd_emergency", "trunkd_application")),
    ("Lines", ("trunkd_line",)),
    ("SS7", ("trunkd_ss7",)),
    ("Message desk links", ("trunkd_smdi",)),
    ("Calls", ("trunkd_call", "trunkd_calls", "trunkd_talk", "trunkd_records")),
    (
        "Clients and sessions",
        (
            "trunkd_client",
            "trunkd_connected_clients",
            "trunkd_clients",
            "trunkd_sessions",
            "trunkd_owned_calls",
            "trunkd_leases",
            "trunkd_request",
            "trunkd_requests",
            "trunkd_method_requests",
            "trunkd_resume",
            "trunkd_resumes",
        ),
    ),
    ("Predictive calls", ("trunkd_predictive",)),
    ("Boards", ("trunkd_engine", "trunkd_board")),
    ("The daemon", ("trunkd_",)),
)
"""Heading, and how the names of its metrics begin; the first part that fits has it."""


def part_of(name: str) -> str:
    """The heading of a metric."""
    for title, prefixes in PARTS[:-1]:
        if any(name == p or name.startswith((f"{p}_", f"{p}s_")) for p in prefixes):
            return title
    return PARTS[-1][0]


INTRO: Final = """\
Prometheus reads `http://127.0.0.1:9618/metrics` (`metrics` in the
[configuration](configuration.md)); `/health` beside it answers `{"ok": true, …}` in JSON while all
links are up. A scrape job:
"""

SCRAPE: Final = """\
scrape_configs:
  - job_name: trunkd
    static_configs:
      - targets: ["127.0.0.1:9618"]
"""


def text() -> str:
    """The page."""
    found = families()
    parts = [GENERATED, "# Metrics\n", INTRO, block("yaml", SCRAPE)]
    for title, _ in PARTS:
        rows = [row(family) for family in found if part_of(family.name) == title]
        parts += [f"## {title}\n", table(("metric", "type", "meaning", "labels"), rows)]
    (dchannel,) = (family for family in found if family.name == "trunkd_dchannel")
    used = sorted({label for family in found for label in label_values(family)})
    parts += [
        "## Labels\n",
        table(("label", "value"), [(f"`{label}`", LABELS[label]) for label in used]),
        "Histograms have the upper bounds "
        + ", ".join(f"{bound:g}" for bound in SETUP_BUCKETS)
        + " s.\nA series with a label appears when there is something to count.\n",
        "## Counters of a D-channel\n",
        "Those of HDLC, of the data link (`q921_…`) and of call control (`q931_…`);"
        " `trunkd status --json`\nhas them too. `q931_refused_N` are calls that came in and were"
        " refused with cause N.\n",
        counters(dchannel),
        "## Counters of an SS7 link\n",
        "Of HDLC, of level 2 (`rx_…`, `tx_…`) and of level 3; `trunkd ss7 links --json` has them"
        " too.\n",
        ss7_counters(),
        "## Counters of lines\n",
        "Those of the engines of R2, E&M, FXS, FXO and taps; a counter appears with its first"
        " count. The\nkinds of [ProtocolFault](socket.md#protocolfault) are counters too.\n",
        table(("counter", "lines", "counts"), LINE_COUNTERS),
        *page_smdi.counters(),
        "## Alerts\n",
        "Rules to begin with, in [alerts.yml](alerts.yml):\n",
        block("yaml", ALERTS.read_text()),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)
