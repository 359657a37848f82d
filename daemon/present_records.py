"""Call records as tables."""

from __future__ import annotations

import datetime

import msgspec
from rich.table import Table

from .callquery import Summary
from .present_base import simple_table, span_of_time
from .records import CallRecord

_MS = 1_000_000


def _local(stamp: str) -> str:
    """A record's time as the technician's clock has it."""
    if not stamp:
        return ""
    then = datetime.datetime.fromisoformat(stamp).astimezone()
    return f"{then:%Y-%m-%d %H:%M:%S}"


def _end(record: CallRecord) -> str:
    if not record.ended:
        return "is up"
    if record.lost:
        return "trunkd was killed"
    who = "we" if record.releasing == "local" else "they"
    return f"{record.cause} ({record.q850}), {who}"


def records_table(records: list[CallRecord]) -> Table:
    """One call a row; times are local."""
    table = simple_table("started", "dir", "trunk", "calling", "called", "talk", "end", "call")
    for r in records:
        table.add_row(
            _local(r.started),
            r.direction,
            f"{r.trunk}/{r.channel}" if r.channel else r.trunk,
            r.calling or "-",
            r.called or "-",
            span_of_time(r.talk_ms * _MS) if r.answered and r.ended else "-",
            _end(r),
            f"{r.instance}/{r.call_id}",
        )
    return table


_TIMES = frozenset({"started", "delivered", "answered", "ended"})


def record_table(record: CallRecord) -> Table:
    """All that is known of one call; what was never said is left out."""
    table = simple_table("of", f"call {record.instance}/{record.call_id}")
    for name, value in msgspec.structs.asdict(record).items():
        if value in ("", 0) or name in ("instance", "call_id"):
            continue
        text = _local(value) if name in _TIMES else str(value)
        if name.endswith("_ms"):
            name, text = name.removesuffix("_ms"), f"{value / 1000:.3f} s"
        table.add_row(name.replace("_", " "), text)
    table.add_row("end", _end(record))
    return table


def summary_table(sums: list[Summary], by: str) -> Table:
    """Sums a row, and their total."""
    table = simple_table(
        by,
        "calls",
        "answered",
        "share",
        "talk",
        "mean talk",
        "mean setup",
        right=("calls", "answered", "share", "talk", "mean talk", "mean setup"),
    )
    whole = sum(s.calls for s in sums)
    for s in [*sums, *_total(sums)]:
        talk = s.talk_ms // max(1, s.answered)
        table.add_row(
            s.key or "-",
            str(s.calls),
            str(s.answered),
            f"{100 * s.calls / max(1, whole):.1f} %",
            span_of_time(s.talk_ms * _MS),
            span_of_time(talk * _MS),
            f"{s.setup_ms / 1000:.1f} s",
        )
    return table


def _total(sums: list[Summary]) -> list[Summary]:
    if len(sums) < 2:
        return []
    answered = sum(s.answered for s in sums)
    setup = sum(s.setup_ms * s.answered for s in sums) / max(1, answered)
    calls, talk = sum(s.calls for s in sums), sum(s.talk_ms for s in sums)
    return [Summary("all", calls, answered, talk, setup, max(s.longest_ms for s in sums))]
