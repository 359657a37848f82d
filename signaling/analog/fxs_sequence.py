"""Sequences on an FXS port: ringing cadences, caller identity, call waiting, line tests.

A sequence is steps, run one after the other; a step does something and waits for a time, for the
end of what it sent, for a telephone's acknowledgement, or for a measurement. No I/O: what is to be
done comes in ``out``, what was reached in ``marks``. Times are ns, those of steps ms.
"""

from __future__ import annotations

from typing import Final

from ..line_actions import (
    LineAction,
    MeasureLine,
    SendDigits,
    SendFsk,
    SendSteps,
    SetFeed,
    StopSignal,
)
from ..line_names import FEED_NORMAL, FEED_RINGING

_MS: Final = 1_000_000
NEVER: Final = 1 << 62

DO: Final = 1
"""Put out ``action``."""
WAIT: Final = 2
"""Wait ``ms``."""
SEND: Final = 3
"""Send ``action`` and wait for its end, ``ms`` at most."""
RING: Final = 4
"""Ring for ``ms`` with ``hz``."""
QUIET: Final = 5
"""Stop ringing and wait ``ms``."""
REST: Final = 6
"""Wait until ``ms`` have passed since ringing stopped, 200 ms from now at least."""
ACK: Final = 7
"""Wait ``ms`` for the DTMF digit ``text`` and its end; when it does not come go to step ``to``."""
MARK: Final = 8
"""Tell ``to`` in ``marks``."""
LOOP: Final = 9
"""Go to step ``to``."""
FEED: Final = 10
"""Feed ``to`` (FEED_…) from now on, ringing apart."""
MEASURE: Final = 11
"""Read the meters; ``measured`` goes on, or ``ms``."""

LEAST_REST: Final = 200 * _MS


class Step:
    """A step; see the kinds above."""

    def __init__(
        self,
        kind: int,
        ms: int = 0,
        to: int = 0,
        action: LineAction | None = None,
        hz: float = 0.0,
        text: str = "",
    ) -> None:
        self.kind: Final = kind
        self.ms: Final = ms
        self.to: Final = to
        self.action: Final = action
        self.hz: Final = hz
        self.text: Final = text

    def __repr__(self) -> str:
        return f"Step({self.kind}, {self.ms}, {self.to})"


class Sequencer:
    """Runs one sequence at a time on ``channel``. ``deadline``: when ``expire`` is due."""

    def __init__(self, channel: int, tags: int) -> None:
        self.channel: Final = channel
        self.out: list[LineAction] = []
        self.marks: list[int] = []
        self.deadline: int = NEVER
        self.running: bool = False
        self.late: int = 0
        """Sendings and measurements whose end was not told."""
        self.feed: int = FEED_NORMAL
        """What is fed, ringing apart."""
        self.ringing: bool = False
        self._tag: int = tags
        self._steps: list[Step] = []
        self._at: int = 0
        self._quiet_since: int = 0
        self._waiting: int = 0
        """The kind of step that waits for more than time."""
        self._heard: bool = False
        self._sounding: bool = False

    def begin(self, steps: list[Step], now: int) -> None:
        """Run these; what ran before is forgotten (``stop`` it first)."""
        self._steps = steps
        self._at = 0
        self.running = True
        self._waiting = 0
        self.deadline = NEVER
        self._run(now)

    def stop(self) -> None:
        """End it: silence. The feed stays as it is."""
        if self._sounding:
            self.out.append(StopSignal(self.channel))
        self.running = False
        self._sounding = False
        self._waiting = 0
        self.deadline = NEVER
        self.marks.clear()

    def expire(self, now: int) -> None:
        """Time passed."""
        if now < self.deadline:
            return
        due = self.deadline
        self.deadline = NEVER
        if self._waiting == ACK:
            self._waiting = 0
            self._at = self._steps[self._at - 1].to
        elif self._waiting:
            self.late += 1
            self._sounding = False
            self._waiting = 0
        self._run(due)

    def sent(self, tag: int, now: int) -> None:
        """SendingEnded."""
        if self._waiting == SEND and tag == self._tag:
            self._sounding = False
            self._resume(now)

    def measured(self, tag: int, now: int) -> bool:
        """LineMeasured; was it waited for?"""
        if self._waiting != MEASURE or tag != self._tag:
            return False
        self._resume(now)
        return True

    def digit(self, digit: str, on: bool, now: int) -> bool:
        """DTMF from the telephone; was it the acknowledgement?"""
        if self._waiting != ACK:
            return False
        if on:
            self._heard = digit == self._steps[self._at - 1].text
            if self._heard:
                # It was in time; how long it lasts is looked at no more than to its end.
                self.deadline = now + 400 * _MS
            return True
        if self._heard:
            self._resume(now)
        return True

    def _resume(self, now: int) -> None:
        self._waiting = 0
        self.deadline = NEVER
        self._run(now)

    def _run(self, now: int) -> None:
        while self.running and self.deadline == NEVER:
            if self._at >= len(self._steps):
                self.running = False
                return
            step = self._steps[self._at]
            self._at += 1
            self._step(step, now)

    def _step(self, step: Step, now: int) -> None:
        kind = step.kind
        after = now + step.ms * _MS
        if kind == DO:
            if step.action is not None:
                self.out.append(step.action)
        elif kind == WAIT:
            self.deadline = after
        elif kind == SEND:
            self._send(step, after)
        elif kind == RING:
            self.ringing = True
            self.out.append(SetFeed(self.channel, FEED_RINGING, step.hz))
            self.deadline = after
        elif kind == QUIET:
            self._quiet_since = now
            self.ringing = False
            self.out.append(SetFeed(self.channel, self.feed))
            self.deadline = after
        elif kind == REST:
            self.deadline = max(self._quiet_since + step.ms * _MS, now + LEAST_REST)
        elif kind == ACK:
            self._waiting = ACK
            self._heard = False
            self.deadline = after
        elif kind == MARK:
            self.marks.append(step.to)
        elif kind == LOOP:
            self._at = step.to
        elif kind == FEED:
            self.feed = step.to
            self.ringing = False
            self.out.append(SetFeed(self.channel, step.to))
        elif kind == MEASURE:
            self._tag += 1
            self._waiting = MEASURE
            self.out.append(MeasureLine(self.channel, self._tag))
            self.deadline = after

    def _send(self, step: Step, after: int) -> None:
        action = step.action
        self._tag += 1
        if isinstance(action, (SendFsk, SendSteps, SendDigits)):
            action.tag = self._tag
            self.out.append(action)
            self._sounding = True
            self._waiting = SEND
            self.deadline = after
