"""What all tables share: the console, times in words, an empty table."""

from __future__ import annotations

import datetime
import sys
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table


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


def short_when(then: int, now: int) -> str:
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
