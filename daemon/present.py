"""What a person at a terminal sees: tables, times, alarms in words. Plain text when piped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..signaling.isdn.dissect_elements import printable
from .events import Event
from .methods import CallInfo, ChannelInfo, SpanInfo, StatusInfo, TrunkInfo
from .present_base import ago as ago
from .present_base import clock as clock
from .present_base import console as console
from .present_base import short_when, span_of_time
from .present_base import simple_table as simple_table
from .present_base import when as when
from .present_line import is_bad as is_bad_line
from .present_line import line_words
from .present_media import is_bad, media_words
from .present_pri import backed_up, d_channels_advice, d_channels_table, pri_words
from .present_pri import is_bad as is_bad_pri
from .present_route import is_bad as is_bad_route
from .present_route import route_words
from .present_smdi import is_bad as is_bad_smdi
from .present_smdi import links_table as smdi_table
from .present_smdi import smdi_words
from .present_ss7 import is_bad as is_bad_ss7
from .present_ss7 import links_advice, links_table, ss7_words
from .present_switch import is_bad as is_bad_switch
from .present_switch import state_of, switch_words

ALARMS: Final[dict[str, tuple[str, str]]] = {
    "LOS": ("no signal", "check the cable, both plugs, and that the far end is switched on"),
    "AIS": ("all ones received", "the far end, or equipment between, is in trouble: call them"),
    "LOF": ("no frame alignment", "is the far end E1 with the same framing? look for bit errors"),
    "LOMF_CRC": ("no CRC-4 multiframe", "switch CRC-4 on, or off, at both ends alike"),
    "LOMF_CAS": ("no signalling multiframe", "the far end sends no CAS in timeslot 16"),
    "RAI": ("the far end does not hear us", "check our transmit pair, then their alarm"),
    "AIS16": ("all ones in timeslot 16", "the far end has lost its signalling: call them"),
    "RAI16": ("the far end lacks our CAS", "check that CAS is configured at both ends"),
}
"""Alarm -> (in words, what to look at next); an alarm comes before those it brings about."""


def alarm_words(alarms: Iterable[str]) -> Text:
    """``LOS: no signal`` in red, or a green ok."""
    names = list(alarms)
    if not names:
        return Text("ok", style="green")
    return Text(", ".join(f"{a} ({ALARMS[a][0]})" for a in names), style="bold red")


def advice(spans: list[SpanInfo], trunks: list[TrunkInfo]) -> list[str]:
    """What to look at next, one line for each thing that is wrong."""
    lines = []
    for span in spans:
        if span.trunk and span.alarms:
            # The first in the order of ALARMS is the reason of the others: begin there.
            alarm = next(a for a in ALARMS if a in span.alarms)
            lines.append(f"{span.name}: {alarm}, {ALARMS[alarm][0]}: {ALARMS[alarm][1]}")
    alarmed = {span.name for span in spans if span.alarms}
    for trunk in trunks:
        if trunk.up or alarmed.intersection([d.span for d in trunk.d_channels] or [trunk.span]):
            continue
        if trunk.signalling != "pri":
            hint = "`trunkd ss7 routes` and `trunkd ss7 links`"
            lines.append(f"{trunk.name}: no signalling ({trunk.reason}): {hint}")
            continue
        other = "network" if trunk.side == "user" else "user"
        if "come back" in trunk.reason:
            loop = f"trunkd loop {trunk.span.split(', ')[0]} none"
            hint = f"end the loop (`{loop}`), or set `side` at one end"
        elif trunk.counters.get("rx_frames", 0):
            hint = f"frames come in: is the far end the {other} side? `trunkd trace` shows them"
        else:
            hint = f"no frame came in: is timeslot {trunk.d_channel} their D-channel, and is it on?"
        lines.append(f"{trunk.name}: link down ({trunk.reason}): {hint}")
    return lines + d_channels_advice(trunks, alarmed)


def link_word(trunk: TrunkInfo) -> Text:
    return Text("up", style="green") if trunk.up else Text("DOWN", style="bold red")


def spans_table(spans: list[SpanInfo], now: int) -> Table:
    """One line a span."""
    table = simple_table(
        "span",
        "trunk",
        "alarms",
        "since",
        "CRC",
        "FAS",
        "far end",
        "slips",
        "loop",
        right=("CRC", "FAS", "far end", "slips"),
    )
    for span in spans:
        c = span.counters
        counts = [str(c[k]) for k in ("fas_errors", "e_bits", "slips")]
        counts.insert(0, str(c["crc4_errors"] + c["crc6_errors"]))  # a span has but one of them
        since = short_when(span.since, now)
        loop = span.loopback if span.loopback != "none" else "-"
        table.add_row(span.name, span.trunk or "-", alarm_words(span.alarms), since, *counts, loop)
    return table


def trunks_table(trunks: list[TrunkInfo], now: int) -> Table:
    """One line a trunk."""
    table = simple_table(
        "trunk",
        "span",
        "side",
        "link",
        "since",
        "idle",
        "busy",
        "out",
        "why",
        right=("idle", "busy", "out"),
    )
    for t in trunks:
        out = str(t.restarting + t.out_of_service + t.blocked + t.testing)
        reason = t.reason
        since = short_when(t.since, now)
        table.add_row(
            t.name,
            t.span,
            t.side or t.signalling,
            link_word(t),
            since,
            str(t.idle),
            str(t.busy),
            out,
            reason,
        )
    return table


_STATES: Final = {
    "idle": "",
    "busy": "cyan",
    "restarting": "yellow",
    "testing": "yellow",
    "outOfService": "bold red",
    "blockedHere": "bold red",
    "blockedThere": "bold red",
    "blockedBoth": "bold red",
}


def channels_table(channels: list[ChannelInfo], calls: list[CallInfo], now: int) -> Table:
    """One line a channel, with its call."""
    by_id = {call.call_id: call for call in calls}
    # Where numbers are not those of timeslots (circuits of SS7, NFAS) both are shown.
    placed = any(c.channel != c.timeslot for c in channels)
    place = ("timeslot",) if placed else ()
    table = simple_table(
        "trunk", "channel", *place, "state", "call", "parties", "up for", right=("channel",)
    )
    for c in channels:
        call = by_id.get(c.call_id)
        state = Text(c.state, style=_STATES.get(c.state, ""))
        rest = ("-", "-", "-")
        if call is not None:
            rest = (str(call.call_id), parties(call), span_of_time(now - call.started))
        place = (f"{c.span}/{c.timeslot}",) if placed else ()
        table.add_row(c.trunk, str(c.channel), *place, state, *rest)
    return table


def parties(call: CallInfo) -> str:
    return f"{foreign(call.calling) or 'unknown'} -> {foreign(call.called) or 'no number yet'}"


def foreign(text: str) -> str:
    """What the far end said, for a table: neither terminal controls nor markup of its own."""
    return escape(printable(text))


_CALL_STATES: Final = {
    "initiated": "yellow",
    "alerting": "yellow",
    "connected": "green",
    "fail": "bold red",
}


def calls_table(calls: list[CallInfo], now: int) -> Table:
    """One line a call, oldest first."""
    table = simple_table(
        "call",
        "dir",
        "state",
        "from",
        "to",
        "channel",
        "begun",
        "talking",
        "media",
        right=("call", "talking"),
    )
    for c in sorted(calls, key=lambda one: one.call_id):
        table.add_row(
            str(c.call_id),
            c.direction,
            Text(state_of(c), style=_CALL_STATES.get(c.state, "")),
            foreign(c.calling) or "-",
            foreign(c.called) or "-",
            f"{c.trunk}/{c.channel}" if c.channel else c.trunk,
            short_when(c.started, now),
            span_of_time(now - c.answered) if c.answered else "-",
            call_media(c) or "-",
        )
    return table


def call_media(call: CallInfo) -> str:
    """What goes on with a call's speech: ``plays a.wav, conference 2``."""
    words = [
        f"{word} {foreign(name)}"
        for word, name in (
            ("plays", call.playing),
            ("records", call.recording),
            ("conference", str(call.conference or "")),
            ("hears", call.hears.replace("/", " ")),
        )
        if name
    ]
    return ", ".join(words + [_AT_WORK[kind] for kind in call.at_work if kind in _AT_WORK])


_AT_WORK: Final = {
    "collect": "collects digits",
    "analysis": "is analysed",
    "audio": "live audio",
    "fax": "fax",
}


def show_status(out: Console, status: StatusInfo) -> None:
    """The first thing to look at: is it running, are the spans clean, are the links up."""
    now = status.now
    state = Text("stopping", style="yellow") if status.draining else Text("running", style="green")
    out.print(
        Text.assemble(
            f"trunkd {status.product_version} ",
            state,
            f" since {when(status.started, now)}, pid {status.pid}",
        )
    )
    out.print(
        f"calls {status.calls} now, {status.calls_total} in all; clients {status.clients}; "
        f"events {status.seq}"
    )
    metrics = f"http://{status.metrics}/metrics" if status.metrics else "off"
    out.print(f"socket {status.socket}; metrics {metrics}; records {status.records or 'off'}")
    for b in status.boards:
        text = f"board {b.name} {b.address}: {b.spans} spans, engine load {b.load:.1%}"
        out.print(text + f", {b.overruns} overruns, {b.events_lost} events lost")
    out.print(trunks_table(status.trunks, now))
    if backed_up(status.trunks):
        out.print(d_channels_table(backed_up(status.trunks)))
    if status.links:
        out.print(links_table(status.links, now))
    if status.smdi:
        out.print(smdi_table(status.smdi, now))
    out.print(spans_table(status.spans, now))
    for line in [*advice(status.spans, status.trunks), *links_advice(status.links)]:
        out.print(Text("! ", style="bold red") + Text(line))


def event_line(event: Event) -> Text:
    """One event as one line: time, name, and what matters of it."""
    name = type(event).__name__
    fields: dict[str, Any] = {
        f.name: getattr(event, f.name)
        for f in msgspec.structs.fields(type(event))
        if f.name not in ("seq", "time") and getattr(event, f.name) != f.default
    }
    bad = name in ("Failed", "EventsLost", "ProtocolFault", "BoardEventsLost")
    if name in ("LinkChanged", "AlarmChanged"):
        bad = not fields.get("up", True) or bool(fields.get("active"))
    words = " ".join(f"{k}={_value(v)}" for k, v in fields.items() if v not in ("", 0, None, False))
    if name == "AlarmChanged":
        alarm = fields["alarm"]
        verb = "raised" if fields["active"] else "cleared"
        words = f"{fields['span']} {alarm} {verb}: {ALARMS[alarm][0]}"
        words += f"; {ALARMS[alarm][1]}" if fields["active"] else ""
    if name == "LinkChanged":
        words = f"{fields['trunk']} {'up' if fields['up'] else 'down'}: {fields['reason']}"
    media = media_words(event)
    if media is not None:
        words, bad = media, is_bad(event)
    ss7 = ss7_words(event)
    if ss7 is not None:
        words = printable(ss7)
    lines = line_words(event)
    if lines is not None:
        words = printable(lines)
    d_channel = pri_words(event)
    if d_channel is not None:
        words = d_channel
    routed = route_words(event)
    if routed is not None:
        words = printable(routed)
    message_desk = smdi_words(event)
    if message_desk is not None:
        words = printable(message_desk)
    bad = bad or is_bad_ss7(event) or is_bad_line(event) or is_bad_pri(event) or is_bad_route(event)
    switched = switch_words(event)
    if switched is not None:
        words = printable(switched)
    bad = bad or is_bad_smdi(event) or is_bad_switch(event)
    style = "bold red" if bad else "bold"
    return Text.assemble((clock(event.time, True), "dim"), " ", (f"{name:<17} ", style), words)


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(str(v) for v in value) or "all"
    return printable(str(value))
