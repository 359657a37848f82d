"""Timers of level 3: Q.704 16.8 (T1 to T32) and Q.707 5.5 as rows.

T25 to T32 are named by ANSI T1.111.4 only. Where the range leaves a choice, the default is the one
that loses least: T2 is as long as it may be, since at its expiry what the far end has not
acknowledged is given up. T32 is T1.111.4's against links that oscillate, at its shortest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...errors import ConfigError

_MS: Final = 1_000_000
_S: Final = 1_000_000_000

NEVER: Final = 1 << 61
"""Deadline of a timer that is not running (ns)."""


class TimerRow:
    """A timer. Times are ns; ``low`` and ``high``: what Mtp3Config accepts, which reaches from
    somewhat below the Recommendation's range (for benches) to its upper end or above. ``given``:
    the Recommendation's range in words. ``used`` False: the timer's procedure is a transfer
    point's, or a national option that this end has not; listed so that the table is whole."""

    def __init__(
        self,
        name: str,
        default: int,
        low: int,
        high: int,
        given: str,
        clause: str,
        text: str,
        used: bool = True,
    ) -> None:
        self.name: Final = name
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high
        self.given: Final = given
        self.clause: Final = clause
        self.text: Final = text
        self.used: Final = used


def _short(name: str, clause: str, text: str) -> TimerRow:
    """A row of 500 (800) to 1200 ms, as T1, T3 to T6 are."""
    return TimerRow(name, 800 * _MS, 50 * _MS, 5 * _S, "500 (800) to 1200 ms", clause, text)


_ROWS: Final = (
    _short("T1", "5.6.2", "against mis-sequencing on changeover"),
    TimerRow("T2", 2 * _S, 100 * _MS, 10 * _S, "700 to 2000 ms", "5.7.2", "waiting for COA or ECA"),
    _short("T3", "6.4.1", "time-controlled diversion: against mis-sequencing on changeback"),
    _short("T4", "6.5.2", "waiting for CBA, first attempt"),
    _short("T5", "6.5.2", "waiting for CBA, second attempt"),
    _short("T6", "8.2.1", "against mis-sequencing on controlled rerouting"),
    TimerRow("T7", _S, 100 * _MS, 10 * _S, "1 to 2 s", "16.8", "waiting for DLC's answer", False),
    TimerRow(
        "T8",
        _S,
        100 * _MS,
        5 * _S,
        "800 to 1200 ms",
        "13.2.5",
        "transfer prohibited inhibition",
        False,
    ),
    TimerRow("T9", _S, _S, _S, "not used", "16.8", "not used", False),
    TimerRow("T10", 45 * _S, _S, 300 * _S, "30 to 60 s", "13.5.2", "repeating the route set test"),
    TimerRow("T11", 60 * _S, _S, 300 * _S, "30 to 90 s", "13.4", "transfer restricted", False),
    TimerRow("T12", 1200 * _MS, 100 * _MS, 10 * _S, "800 to 1500 ms", "10.2", "waiting for LUA"),
    TimerRow("T13", 1200 * _MS, 100 * _MS, 10 * _S, "800 to 1500 ms", "10.2", "LUN after LFU"),
    TimerRow("T14", 2500 * _MS, 100 * _MS, 10 * _S, "2 to 3 s", "10.2", "waiting for LIA or LID"),
    TimerRow("T15", 2500 * _MS, 100 * _MS, 10 * _S, "2 to 3 s", "13.9", "before a congestion test"),
    TimerRow("T16", 1700 * _MS, 100 * _MS, 10 * _S, "1.4 to 2 s", "13.9", "answer to RCT"),
    TimerRow(
        "T17", _S, 50 * _MS, 60 * _S, "800 to 1500 ms", "12.2", "before aligning a link once more"
    ),
    TimerRow(
        "T18",
        20 * _S,
        _S,
        120 * _S,
        "network dependent",
        "9.2",
        "restart of a transfer point",
        False,
    ),
    TimerRow(
        "T19", 68 * _S, _S, 300 * _S, "67 to 69 s", "9.4", "against TRA answering TRA for ever"
    ),
    TimerRow("T20", 60 * _S, 100 * _MS, 300 * _S, "59 to 61 s", "9.2", "the MTP's own restart"),
    TimerRow(
        "T21",
        64 * _S,
        100 * _MS,
        300 * _S,
        "63 to 65 s",
        "9.4",
        "restart of an adjacent point: TRA",
    ),
    TimerRow("T22", 240 * _S, _S, 1800 * _S, "3 to 6 min", "10.2.4", "local inhibit test (LLT)"),
    TimerRow("T23", 240 * _S, _S, 1800 * _S, "3 to 6 min", "10.2.4", "remote inhibit test (LRT)"),
    TimerRow(
        "T24", _S, 50 * _MS, 10 * _S, "500 ms (national)", "16.8", "stabilising after LPO", False
    ),
    TimerRow(
        "T25", 32 * _S, _S, 60 * _S, "30 to 35 s (ANSI)", "T1.111.4", "waiting for TRA", False
    ),
    TimerRow("T26", 13 * _S, _S, 60 * _S, "12 to 15 s (ANSI)", "T1.111.4", "repeating TRW", False),
    TimerRow("T27", 3 * _S, _S, 60 * _S, "2 to 5 s (ANSI)", "T1.111.4", "full restart", False),
    TimerRow(
        "T28", 20 * _S, _S, 60 * _S, "3 to 35 s (ANSI)", "T1.111.4", "adjacent restart", False
    ),
    TimerRow("T29", 62 * _S, _S, 120 * _S, "60 to 65 s (ANSI)", "T1.111.4", "TRA guard", False),
    TimerRow("T30", 32 * _S, _S, 60 * _S, "30 to 35 s (ANSI)", "T1.111.4", "TFP limit", False),
    TimerRow(
        "T31", 60 * _S, _S, 300 * _S, "10 to 120 s (ANSI)", "T1.111.4", "false congestion", False
    ),
    TimerRow(
        "T32",
        5 * _S,
        100 * _MS,
        300 * _S,
        "5 to 120 s (ANSI)",
        "T1.111.4",
        "between two restorations of a link; before one that failed its test",
    ),
    TimerRow("Q707-T1", 5 * _S, 100 * _MS, 30 * _S, "4 to 12 s", "Q.707 2.2", "waiting for SLTA"),
    TimerRow(
        "Q707-T2",
        60 * _S,
        _S,
        900 * _S,
        "30 to 90 s",
        "Q.707 2.2",
        "between signalling link tests",
    ),
)

TIMERS: Final[dict[str, TimerRow]] = {row.name: row for row in _ROWS}


def durations(overrides: Mapping[str, int]) -> dict[str, int]:
    """The durations of a node (ns), with those that its configuration sets itself."""
    out = {name: row.default for name, row in TIMERS.items()}
    for name, value in overrides.items():
        row = TIMERS.get(name)
        if row is None:
            raise ConfigError(f"timers: there is no {name}; level 3 has {', '.join(TIMERS)}")
        if not row.low <= value <= row.high:
            raise ConfigError(
                f"timers: {name} is {value // _MS} ms; give {row.low // _MS} to "
                f"{row.high // _MS} ms (Q.704 {row.clause}: {row.given})"
            )
        out[name] = value
    return out
