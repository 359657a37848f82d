"""What a telephone's loop says: off hook, on hook, pulse digits, hookflash.

A board tells when loop current flows and stops, without judging. By how long it stopped: a bounce
is nothing, a train of short breaks is a digit, a longer break is a hookflash (timed break register
recall), a still longer one is the receiver put down. The windows are rows of data. A single short
break can be the digit 1 or a flash where the windows overlap: while digits are collected it is the
digit, else the flash.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from .pulse import NEVER, PulseCounter, PulseWindows

_MS: Final = 1_000_000

HOOK_OFF: Final = 1
"""The telephone went off hook."""
HOOK_ON: Final = 2
"""It is on hook: the loop was open longer than any flash."""
HOOK_PULSE: Final = 3
"""The first break that may be a pulse ended: dial tone is to stop."""
HOOK_DIGIT: Final = 4
"""A digit: value pulses, above 10 a fault of the dial."""
HOOK_FLASH: Final = 5
"""A hookflash of value ms."""
HOOK_FAULT: Final = 6
"""A break of value ms, between the windows: nothing."""

HOOK_NAMES: Final = {
    HOOK_OFF: "off hook",
    HOOK_ON: "on hook",
    HOOK_PULSE: "pulse",
    HOOK_DIGIT: "digit",
    HOOK_FLASH: "flash",
    HOOK_FAULT: "break",
}


class HookRow:
    """Windows of a network, ms. ``flash``: least and most, (0, 0): flashes are not taken.

    ``on_hook``: a loop open for longer is a receiver put down; never below the flash's most.
    ``off_hook``: current that flows shorter is none (wetting pulses of caller ID, SIN 242: 15 ms).
    """

    def __init__(
        self, name: str, flash: tuple[int, int], on_hook: int, off_hook: int, source: str
    ) -> None:
        self.name: Final = name
        self.flash: Final = flash
        self.on_hook: Final = on_hook
        self.off_hook: Final = off_hook
        self.source: Final = source


HOOK_ROWS: Final = {
    row.name: row
    for row in (
        HookRow("wide", (75, 820), 820, 30, "ours: 80 to 800 ms, and what measuring adds"),
        HookRow("us", (300, 1100), 1100, 30, "GR-506: flash 300 to 1000 ms, on hook above 1.1 s"),
        HookRow("etsi", (45, 135), 250, 30, "BT SIN 351, ES 201 970: timed break 50 to 130 ms"),
        HookRow(
            "cn",
            (75, 220),
            300,
            30,
            "timed break of 100 ms and of the telephones that give "
            "more; ours, no text of GB/T 3378 was at hand",
        ),
        HookRow("none", (0, 0), 200, 30, "ours: no flash, the loop open is the receiver put down"),
    )
}


class HookWindows:
    """A row's windows with one's own in place of some; 0 or None: as in the row.

    Raises ConfigError naming what is wrong.
    """

    def __init__(
        self,
        row: str = "wide",
        flash_min: int = 0,
        flash_max: int = 0,
        on_hook: int = 0,
        off_hook: int = 0,
        pulses: PulseWindows | None = None,
    ) -> None:
        if row not in HOOK_ROWS:
            raise ConfigError(f"hook is {row!r}; give one of {', '.join(HOOK_ROWS)}")
        base = HOOK_ROWS[row]
        low, high = flash_min or base.flash[0], flash_max or base.flash[1]
        last = on_hook or max(base.on_hook, high)
        self.pulses: Final = pulses or PulseWindows()
        self.flash_min: Final[int] = low * _MS
        self.flash_max: Final[int] = high * _MS
        self.on_hook: Final[int] = last * _MS
        self.off_hook: Final[int] = (off_hook or base.off_hook) * _MS
        if (low or high) and not 20 <= low < high <= 2500:
            raise ConfigError(
                f"flash of {low} to {high} ms: give 20 to 2500 ms (flash_min below flash_max)"
            )
        if last < high or self.on_hook <= self.pulses.break_max:
            raise ConfigError(
                f"on_hook is {last} ms: give more than a flash ({high} ms) and a pulse "
                f"({self.pulses.break_max // _MS} ms) may last"
            )
        if not 1 <= self.off_hook // _MS <= 1000:
            raise ConfigError(f"off_hook is {off_hook} ms; give 1 to 1000")


class HookInterpreter:
    """One port's loop. ``change`` and ``expire`` add to what ``taken`` gives: (HOOK_…, value).

    ``deadline``: when ``expire`` is due, NEVER: not at all. Times are those of the events: a late
    ``expire`` changes nothing in what is found. ``collecting``: digits are wanted now.
    """

    def __init__(self, windows: HookWindows) -> None:
        self.windows: Final = windows
        self.off: bool = False
        """Off hook, as last told."""
        self.closed: bool = False
        """Current flows now."""
        self.collecting: bool = False
        self.deadline: int = NEVER
        self._counter: Final = PulseCounter(windows.pulses)
        self._found: list[tuple[int, int]] = []

    def taken(self) -> list[tuple[int, int]]:
        """What was found since the last call."""
        found = self._found
        if found:
            self._found = []
        return found

    def reset(self, off: bool, closed: bool, now: int) -> None:
        """Begin anew with the telephone off hook or not, current flowing or not since now."""
        self._counter.reset()
        self.off = off
        self.closed = closed
        self.deadline = NEVER
        if off and not closed:
            self._counter.edge(True, now)
            self.deadline = now + self.windows.on_hook + 1
        elif closed and not off:
            self.deadline = now + self.windows.off_hook

    def change(self, closed: bool, now: int) -> None:
        """Current flows (True) or stopped."""
        while self.deadline <= now:
            self.expire(self.deadline)
        if closed == self.closed:
            return
        self.closed = closed
        if not self.off:
            self.deadline = now + self.windows.off_hook if closed else NEVER
            return
        opened = self._counter.opened
        before = self._counter.pulses
        pulses = self._counter.edge(not closed, now)
        if pulses:
            self._digit(pulses)
        if closed and opened != NEVER:
            self._closed_again(now - opened, before)
        self._wait()

    def expire(self, now: int) -> None:
        """Time passed."""
        if now < self.deadline:
            return
        if not self.off:
            self.off = True
            self._counter.reset()
            self._found.append((HOOK_OFF, 0))
        elif self._counter.opened != NEVER:
            self.off = False
            self._counter.reset()
            self._found.append((HOOK_ON, 0))
        else:
            pulses = self._counter.expire(now)
            if pulses:
                self._digit(pulses)
        self._wait()

    def _wait(self) -> None:
        if not self.off:
            self.deadline = NEVER
        elif self._counter.opened != NEVER:
            self.deadline = self._counter.opened + self.windows.on_hook + 1
        else:
            self.deadline = self._counter.deadline

    def _digit(self, pulses: int) -> None:
        windows = self.windows
        longest = self._counter.longest
        flash = windows.flash_min <= longest <= windows.flash_max
        if pulses == 1 and flash and not self.collecting:
            self._found.append((HOOK_FLASH, longest // _MS))
        else:
            self._found.append((HOOK_DIGIT, pulses))

    def _closed_again(self, length: int, before: int) -> None:
        """A break of so long ended."""
        windows = self.windows
        if length <= windows.pulses.break_max:
            if length >= windows.pulses.break_min and before == 0 and self._counter.pulses == 1:
                self._found.append((HOOK_PULSE, 0))
        elif windows.flash_min <= length <= windows.flash_max:
            self._found.append((HOOK_FLASH, length // _MS))
        else:
            self._found.append((HOOK_FAULT, length // _MS))
