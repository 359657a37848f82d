"""Lines in tables and words: `trunkd lines`, `line show`, `cas bits`, `r2 calls`."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from ..signaling.line_names import bits_text
from . import events_line as ev
from .events import Notified
from .events_base import Event
from .follow_line_rows import R2Call
from .methods_line import CasBitsInfo, LineDetail, LineInfo
from .present_base import simple_table

_DETECTORS: Final = {
    "dtmf": "DTMF",
    "fsk_v23": "V.23",
    "fsk_bell202": "Bell 202",
    "r2_forward": "R2 forward",
    "r2_backward": "R2 backward",
    "r1": "R1",
    "progress": "tones",
    "modem": "fax and modem tones",
    "level": "speech",
}
_STATES: Final = {"idle": "green", "busy": "cyan"}


def lines_table(lines: list[LineInfo]) -> Table:
    """A line each."""
    table = simple_table("line", "kind", "where", "state", "we send", "it shows", "call", "doing")
    for x in lines:
        table.add_row(
            f"{x.trunk}/{x.channel}",
            x.signalling,
            f"{x.span}/{x.timeslot}",
            Text(x.state, style=_STATES.get(x.state, "bold red")),
            x.sent or "-",
            x.received or "-",
            str(x.call_id or "-"),
            x.text,
        )
    return table


def show_line(detail: LineDetail) -> list[str]:
    """One line in words."""
    x = detail.line
    found = [
        f"line {x.trunk}/{x.channel} ({x.signalling}, {x.span}/{x.timeslot}): {x.state}"
        + (f", {x.text}" if x.text != x.state else ""),
        f"  we send   {x.sent or '-'}",
        f"  it shows  {x.received or '-'}",
        f"  call      {x.call_id or '-'}",
        f"  listens   {', '.join(_DETECTORS.get(d, d) for d in detail.listens) or 'to nothing'}",
    ]
    meters = detail.meters
    if meters is not None:
        ohms = f"{meters.ohms:.0f} ohm" if meters.ohms is not None else "open"
        ringing = "-"
        if meters.ring_volts:
            ringing = f"{meters.ring_volts:.0f} V, {meters.ring_hz:.0f} Hz"
        found += [
            f"  voltage   {meters.volts:.1f} V",
            f"  current   {meters.milliamps:.1f} mA",
            f"  loop      {ohms}",
            f"  ringing   {ringing}",
        ]
    return found


def bits_table(span: str, rows: list[CasBitsInfo]) -> Table:
    """A grid of four columns of timeslots."""
    table = simple_table(*(["ts", "sent", "recv", "trunk"] * 4))
    height = -(-len(rows) // 4)
    for line in range(height):
        cells: list[str | Text] = []
        for row in rows[line::height]:
            sent = bits_text(row.sent) if row.sent >= 0 else "-"
            idle = row.sent < 0 and not row.trunk
            style = "dim" if idle else "bold"
            cells += [str(row.timeslot), sent, Text(bits_text(row.received), style), row.trunk]
        table.add_row(*cells)
    table.title = f"ABCD bits of span {span}"
    return table


def r2_table(rows: list[R2Call]) -> Table:
    """A call each."""
    columns = ("call", "line", "way", "called", "calling", "state", "we send", "it shows", "R2")
    table = simple_table(*columns)
    for row in rows:
        table.add_row(
            str(row.call_id),
            row.line,
            row.direction,
            row.called,
            row.calling or "-",
            row.state,
            row.sent,
            row.received,
            row.text,
        )
    return table


def line_words(event: Event) -> str | None:
    """An event of lines in words; None for others."""
    if isinstance(event, ev.LineChanged):
        text = f": {event.text}" if event.text else ""
        return f"{event.trunk}/{event.channel} {event.what}{text}"
    if isinstance(event, ev.CallerIdentified):
        name = f" {event.name!r}" if event.name else ""
        how = ("", ", withheld", ", not available")[event.presentation % 3]
        return f"call {event.call_id} from {event.calling or '-'}{name} ({event.standard}{how})"
    if isinstance(event, Notified) and event.indicator < len(_NOTIFIED):
        why = _CLEARED_BACK[event.indicator] if event.by_network else ""
        return f"call {event.call_id} {_NOTIFIED[event.indicator]}{why}"
    if isinstance(event, ev.FdlReceived):
        what = event.what or f"code {event.code:#04x}"
        loop = f", loops {event.loopback}" if event.loopback != "none" else ""
        return f"{event.span} {what}{loop} {event.message}".rstrip()
    return None


_NOTIFIED: Final = ("suspended", "resumed")
_CLEARED_BACK: Final = (": the far end hung up (clear-back)", ": the far end is back")

BAD: Final = ("line cut", "off hook too long", "line in use", "glare", "no dial tone")


def is_bad(event: Event) -> bool:
    """An event to be shown in red."""
    return isinstance(event, ev.LineChanged) and event.what in BAD
