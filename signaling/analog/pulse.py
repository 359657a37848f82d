"""Decadic pulses: what a dial's breaks and makes say, and how digits are sent by them.

A digit is a train of breaks of the loop (on digital lines of bits), 8 to 12 a second, 50 to 75 %
of each period broken; a longer make ends it. National rules give the ranges.
Nothing here does I/O; times are ns unless the name says ms.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError, LocalError

_MS: Final = 1_000_000
NEVER: Final = 1 << 62

CODES: Final = {"standard": "1234567890", "sweden": "0123456789", "new-zealand": "9876543210"}
"""The digits of 1 to 10 pulses. Dials of Sweden begin with 0, those of New Zealand count back."""


def digit_of(pulses: int, code: str = "standard") -> str:
    """The digit that so many pulses are; "": none."""
    return CODES[code][pulses - 1] if 1 <= pulses <= 10 else ""


def pulses_of(digit: str, code: str = "standard") -> int:
    """The pulses of a digit. Raises LocalError when dials have no such digit."""
    at = CODES[code].find(digit) if len(digit) == 1 else -1
    if at < 0:
        raise LocalError(f"'{digit}' cannot be dialled by pulses: give digits 0 to 9")
    return at + 1


class PulseWindows:
    """What is taken for a pulse, ms. A break shorter than ``break_min`` and a make shorter than
    ``make_min`` are contacts that bounce: they belong to what is around them. A break longer than
    ``break_max`` is no pulse; a make longer than ``make_max`` ends a digit.

    The defaults take 7.5 to 22 pulses a second with 45 to 78 % broken, and pauses between digits
    from 150 ms on.
    """

    def __init__(
        self, break_min: int = 18, break_max: int = 105, make_min: int = 8, make_max: int = 130
    ) -> None:
        if not 1 <= break_min < break_max <= 2000:
            raise ConfigError(
                f"pulse break of {break_min} to {break_max} ms: give 1 to 2000, the shorter first"
            )
        if not 1 <= make_min < make_max <= 2000:
            raise ConfigError(
                f"pulse make of {make_min} to {make_max} ms: give 1 to 2000 ms, the shorter first"
            )
        self.break_min: Final[int] = break_min * _MS
        self.break_max: Final[int] = break_max * _MS
        self.make_min: Final[int] = make_min * _MS
        self.make_max: Final[int] = make_max * _MS


class PulseCounter:
    """Counts the breaks of one digit after the other.

    ``edge`` and ``expire`` return the pulses of a digit that is whole, or 0. ``deadline``: when
    ``expire`` is due, NEVER: nothing is under way. A break longer than the windows permit ends the
    digit under way; ``opened`` says since when the loop is open, for those who look further.
    """

    def __init__(self, windows: PulseWindows) -> None:
        self.windows: Final = windows
        self.pulses: int = 0
        """Of the digit under way."""
        self.longest: int = 0
        """The longest break of the digit under way, or of the last one."""
        self.opened: int = NEVER
        """Since when the loop is open (a bounce of it left out), NEVER: it is closed."""
        self.closed: int = 0
        """Since when it is closed."""
        self.deadline: int = NEVER
        self.bounces: int = 0
        self._last: int = 0

    def reset(self) -> None:
        """Forget the digit under way."""
        self.pulses = 0
        self.longest = 0
        self.opened = NEVER
        self.deadline = NEVER

    def edge(self, open_: bool, now: int) -> int:
        """The loop was opened or closed. Returns the pulses of the digit that this ended, or 0."""
        if open_ == (self.opened != NEVER):
            return 0
        return self._open(now) if open_ else self._close(now)

    def _open(self, now: int) -> int:
        windows = self.windows
        if self.pulses and now - self.closed < windows.make_min:
            # The make was a bounce: the break that seemed to end goes on.
            self.bounces += 1
            self.pulses -= 1
            self.opened = self.closed - self._last
            self.deadline = NEVER
            return 0
        done = 0
        if self.pulses and now - self.closed > windows.make_max:
            done = self._done()
        self.opened = now
        self.deadline = NEVER
        return done

    def _close(self, now: int) -> int:
        windows = self.windows
        length = now - self.opened
        self.opened = NEVER
        self._last = length
        if length < windows.break_min:
            self.bounces += 1
            if self.pulses:
                self.deadline = self.closed + windows.make_max + 1
            return 0
        self.closed = now
        if length > windows.break_max:
            return self._done()
        if not self.pulses:
            self.longest = 0
        self.pulses += 1
        self.longest = max(self.longest, length)
        self.deadline = now + windows.make_max + 1
        return 0

    def expire(self, now: int) -> int:
        """Time passed: the digit that the long make ended, or 0."""
        if now < self.deadline:
            return 0
        return self._done()

    def _done(self) -> int:
        pulses = self.pulses
        self.pulses = 0
        self.deadline = NEVER
        return pulses


def edges(
    digits: str,
    pps: float = 10.0,
    break_percent: float = 61.5,
    interdigit_ms: int = 800,
    code: str = "standard",
) -> list[tuple[int, bool]]:
    """When to open (True) and to close the loop, ns from now, for all of ``digits``.

    Raises LocalError when a digit is none or ``pps`` or ``break_percent`` is out of range.
    """
    if not 1.0 <= pps <= 25.0 or not 10.0 <= break_percent <= 90.0:
        raise LocalError(f"{pps} pulses a second, {break_percent} %: give 1 to 25 and 10 to 90")
    period = int(1_000_000_000 / pps)
    broken = int(period * break_percent / 100.0)
    found: list[tuple[int, bool]] = []
    at = 0
    for digit in digits:
        for _ in range(pulses_of(digit, code)):
            found += [(at, True), (at + broken, False)]
            at += period
        at += interdigit_ms * _MS - (period - broken)
    return found
