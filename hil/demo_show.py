"""How the demo ends: ladder, calls, alarms, and how to open the capture."""

from __future__ import annotations

import pathlib

from rich import box
from rich.console import Console
from rich.table import Table

from ..board.capture import read_capture
from ..daemon import decode, events, present
from ..daemon.records import CallRecord
from ..signaling.isdn import causes


def closing(
    out: Console,
    capture: pathlib.Path,
    records: list[CallRecord],
    seen: list[events.Event],
    with_libpri: bool,
) -> None:
    """Print what happened, from the files and events that the run left."""
    out.print("\n[b]The first call, as Q.931 said it[/] (from the capture)\n")
    for line in first_call(capture, out):
        out.print(line, highlight=False)
    out.print()
    out.print(calls_table(records))
    out.print(alarms_table(seen))
    far = "libpri" if with_libpri else "our network side"
    out.print(f"\nEvery frame between trunkd and {far} is in [b]{capture.name}[/]. To see it:")
    out.print(f"  trunkd decode {capture.name} --ladder        every frame, as a ladder")
    out.print(f"  wireshark {capture.name}                     no setting is needed\n")


def first_call(capture: pathlib.Path, out: Console) -> list[str]:
    """The ladder of the first call's messages, without those of the data link and of others."""
    renderer = decode.LadderRenderer(out.color_system is not None, min(out.width, 110))
    wanted = ""
    lines: list[str] = []
    for number, frame in enumerate(read_capture(capture), 1):
        tree = decode.dissected(frame)
        if tree.protocol != "Q.931":
            continue
        call = tree.call
        wanted = wanted or call
        if call == wanted:
            shown = renderer.lines(number, frame)
            lines += shown
            if any("RELEASE COMPLETE" in line for line in shown):
                break
    return lines


def calls_table(records: list[CallRecord]) -> Table:
    """The daemon's call records."""
    table = Table(title="Calls (from the call records)", box=box.SIMPLE, title_justify="left")
    for name in ("call", "", "from", "to", "B-channel", "set up", "talked", "ended by", "cause"):
        table.add_column(name)
    for r in records:
        talked = f"{r.talk_ms / 1000:.1f} s" if r.answered else "-"
        cause = f"{r.q850} {causes.name(r.q850)}"
        table.add_row(str(r.call_id), r.direction, r.calling, r.called, str(r.channel or "-"),
                      f"{r.setup_ms} ms", talked, r.releasing, cause)  # fmt: skip
    return table


def alarms_table(seen: list[events.Event]) -> Table:
    """Alarms and D-channel states with their times, counted from the cut."""
    table = Table(title="Alarms and the D-channel", box=box.SIMPLE, title_justify="left")
    for name in ("time", "after the first", "where", "what"):
        table.add_column(name)
    rows = [e for e in seen if isinstance(e, events.AlarmChanged | events.LinkChanged)]
    first = next((e.time for e in rows if isinstance(e, events.AlarmChanged)), 0)
    for event in rows:
        after = f"{(event.time - first) / 1e6:+.1f} ms" if event.time >= first else ""
        if isinstance(event, events.AlarmChanged):
            words = present.ALARMS.get(event.alarm, (event.alarm, ""))[0]
            what = f"[red]{event.alarm}[/] {words}" if event.active else f"{event.alarm} cleared"
            where = f"span {event.span}"
        else:
            what = f"D-channel {'[green]up[/]' if event.up else '[red]down[/]'}: {event.reason}"
            where = f"trunk {event.trunk}"
        table.add_row(present.clock(event.time, fraction=True), after, where, what)
    return table
