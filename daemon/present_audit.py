"""What the auditor found, as text."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from .methods_audit import AuditInfo
from .present_base import ago, simple_table
from .present_base import console as console


def show_audit(out: Console, info: AuditInfo, now: int) -> None:
    """A line of summary, then a table of findings and one of suspects, where there are any."""
    if not info.every:
        out.print('the auditor is off ([daemon] audit = "0s")')
    looked = f", the last {ago(info.last, now)}" if info.looks else ""
    total = sum(finding.count for finding in info.found)
    words = f"{total} disagreements found" if total else "nothing disagreed"
    out.print(f"{info.looks} looks, one each {info.every:g} s{looked}: {words}")
    if info.found:
        right = ("channel", "times")
        table = simple_table("trunk", "channel", "what", "times", "last", "state", right=right)
        for found in info.found:
            table.add_row(
                escape(found.trunk),
                str(found.channel or "-"),
                escape(found.what),
                str(found.count),
                ago(found.last, now),
                "put right" if found.healed else "[red]could not be put right[/]",
            )
        out.print(table)
    if info.suspects:
        table = simple_table(
            "trunk", "channel", "call", "suspect", "since", right=("channel", "call")
        )
        for one in info.suspects:
            table.add_row(
                escape(one.trunk),
                str(one.channel or "-"),
                str(one.call_id or "-"),
                escape(one.what),
                ago(one.since, now),
            )
        out.print(table)
