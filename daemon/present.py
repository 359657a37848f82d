"""What a person at a terminal sees: tables, times, alarms in words. Plain text when piped."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..signaling.isdn.dissect_elements import printable
from .events import Event
from .methods import CallInfo, ChannelInfo, SpanInfo, StatusInfo, TrunkInfo
from .present_media import is_bad, media_words

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


def console(color: bool | None = None) -> Console:
    """Colours on a terminal; wide and plain when piped."""
    if sys.stdout.isatty():
        return Console(no_color=color is False, highlight=False)
    return Console(width=200, no_color=True, highlight=False, force_terminal=False)


def ago(then: int, now: int) -> str:
    """``3 min ago``; times are ns."""
    seconds = max(0, now - then) // 1_000_000_000
    if seconds < 120:
        return f"{seconds} s ago"
    if seconds < 7200:
        return f"{seconds // 60} min ago"
    if seconds < 172_800:
        return f"{seconds // 3600} h ago"
    return f"{seconds // 86400} days ago"


def span_of_time(ns: int) -> str:
    """``1:02:03`` or ``2:03``."""
    seconds = max(0, ns) // 1_000_000_000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}:{minutes:02d}:{seconds % 60:02d}"
    return f"{minutes}:{seconds % 60:02d}"


def clock(ns: int, fraction: bool = False) -> str:
    """Local time of day of ns since 1970."""
    moment = datetime.datetime.fromtimestamp(ns / 1e9).astimezone()
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if fraction else text


def when(then: int, now: int) -> str:
    """``22:31:07 (3 min ago)``; with the date when it was not today; "-" for never."""
    if not then:
        return "-"
    moment = datetime.datetime.fromtimestamp(then / 1e9).astimezone()
    today = datetime.datetime.fromtimestamp(now / 1e9).astimezone().date()
    text = moment.strftime("%H:%M:%S" if moment.date() == today else "%Y-%m-%d %H:%M:%S")
    return f"{text} ({ago(then, now)})"


_LONG: Final = ("why", "media")
"""Columns that take more lines when the terminal is narrow."""


def _when(then: int, now: int) -> str:
    """As ``when``; on a narrow terminal without how long ago."""
    text = when(then, now)
    return text if console().width >= 100 else text.partition(" (")[0]


def simple_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table; lines only on a terminal."""
    style = box.SIMPLE_HEAD if sys.stdout.isatty() else None
    space = (0, 1, 0, 0) if style else (0, 1)
    table = Table(box=style, pad_edge=False, show_edge=False, padding=space, header_style="bold")
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=column not in _LONG,
            overflow="fold",
        )
    return table


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
        if trunk.up or trunk.span in alarmed:
            continue
        other = "network" if trunk.side == "user" else "user"
        if "come back" in trunk.reason:
            hint = f"end the loop (`trunkd loop {trunk.span} none`), or set `side` at one end"
        elif trunk.counters.get("rx_frames", 0):
            hint = f"frames come in: is the far end the {other} side? `trunkd trace` shows them"
        else:
            hint = f"no frame came in: is timeslot {trunk.d_channel} their D-channel, and is it on?"
        lines.append(f"{trunk.name}: link down ({trunk.reason}): {hint}")
    return lines


def link_word(trunk: TrunkInfo) -> Text:
    return Text("up", style="green") if trunk.up else Text("DOWN", style="bold red")


def spans_table(spans: list[SpanInfo], now: int) -> Table:
    """One line a span."""
    table = simple_table(
        "span",
        "trunk",
        "alarms",
        "since",
        "CRC-4",
        "FAS",
        "far end",
        "slips",
        "loop",
        right=("CRC-4", "FAS", "far end", "slips"),
    )
    for span in spans:
        c = span.counters
        counts = [str(c[k]) for k in ("crc4_errors", "fas_errors", "e_bits", "slips")]
        since = _when(span.since, now)
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
        out = str(t.restarting + t.out_of_service)
        reason = t.reason
        since = _when(t.since, now)
        table.add_row(
            t.name, t.span, t.side, link_word(t), since, str(t.idle), str(t.busy), out, reason
        )
    return table


_STATES: Final = {"idle": "", "busy": "cyan", "restarting": "yellow", "outOfService": "bold red"}


def channels_table(channels: list[ChannelInfo], calls: list[CallInfo], now: int) -> Table:
    """One line a channel, with its call."""
    by_id = {call.call_id: call for call in calls}
    table = simple_table(
        "trunk", "channel", "state", "call", "parties", "up for", right=("channel",)
    )
    for c in channels:
        call = by_id.get(c.call_id)
        state = Text(c.state, style=_STATES.get(c.state, ""))
        rest = ("-", "-", "-")
        if call is not None:
            rest = (str(call.call_id), parties(call), span_of_time(now - call.started))
        table.add_row(c.trunk, str(c.channel), state, *rest)
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
            Text(c.state, style=_CALL_STATES.get(c.state, "")),
            foreign(c.calling) or "-",
            foreign(c.called) or "-",
            f"{c.trunk}/{c.channel}" if c.channel else c.trunk,
            _when(c.started, now),
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
    out.print(spans_table(status.spans, now))
    for line in advice(status.spans, status.trunks):
        out.print(Text("! ", style="bold red") + Text(line))


def event_line(event: Event) -> Text:
    """One event as one line: time, name, and what matters of it."""
    name = type(event).__name__
    fields: dict[str, Any] = {
        k: getattr(event, k) for k in event.__struct_fields__ if k not in ("seq", "time")
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
    style = "bold red" if bad else "bold"
    return Text.assemble((clock(event.time, True), "dim"), " ", (f"{name:<17} ", style), words)


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(str(v) for v in value) or "all"
    return printable(str(value))
