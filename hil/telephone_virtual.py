"""Telephones on the lines of an FXS engine, in virtual time and without a board.

What a line does to a telephone is done here as a perfect port would: loop current flows when
battery is fed and the receiver is up, sounds take their time and end. A telephone is told what to
do and when; what it met with is in ``heard``. hil/telephone.py is the same with a board between.
"""

from __future__ import annotations

import heapq
from typing import Final

from ..signaling.analog.callerid_send import DTAS
from ..signaling.analog.fxs import FxsTrunk
from ..signaling.analog.pulse import edges
from ..signaling.call import SignallingEvent
from ..signaling.line_actions import (
    LineAction,
    MeasureLine,
    SendDigits,
    SendFsk,
    SendMetering,
    SendSteps,
    SendTone,
    SetFeed,
    SetLamp,
    StopSignal,
)
from ..signaling.line_names import DTMF, FEED_NORMAL, FEED_OPEN, FEED_REVERSED, FEED_RINGING
from ..signaling.line_signals import (
    DigitReceived,
    GroundReceived,
    HookReceived,
    LineMeasured,
    LineSignal,
    SendingEnded,
)

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
SEEN: Final = 2 * MS
"""A board tells a change of loop current so much later."""
CARRIES: Final = (FEED_NORMAL, FEED_REVERSED)
_DIGIT_MS: Final = 80


class VirtualTelephone:
    """A telephone on one port. ``heard``: (ns, what) in the order it was met with."""

    def __init__(self, lines: VirtualLines, channel: int) -> None:
        self.lines: Final = lines
        self.channel: Final = channel
        self.lifted: bool = False
        self.feed: int = FEED_NORMAL
        self.current: bool = False
        self.cut: bool = False
        self.heard: Final[list[tuple[int, str]]] = []
        self.actions: Final[list[tuple[int, LineAction]]] = []
        self.rings: int = 0
        self.answer_after: int = 0
        """Lift after so many rings; 0: never."""
        self.acknowledges: str = "D"
        """DTMF that answers CAS; empty: a telephone that knows nothing of it."""
        self.ohms: float = 8_000.0
        """Of the ringer at ringing frequency, for line tests."""
        self.sending: int = 0
        """Serial of what is sent to it."""

    # What people do

    def lift(self) -> None:
        self.lifted = True
        if self.feed == FEED_RINGING:
            self.feed = FEED_NORMAL
        self.look()

    def hang_up(self) -> None:
        self.lifted = False
        self.look()

    def press(self, digits: str) -> None:
        """DTMF, one after the other, from now on."""
        lines, at = self.lines, self.lines.now
        for digit in digits:
            on = DigitReceived(self.channel, DTMF, digit, True, at)
            off = DigitReceived(self.channel, DTMF, digit, False, at, _DIGIT_MS * MS)
            lines.later(at + 40 * MS, self, "signal", on)
            lines.later(at + _DIGIT_MS * MS, self, "signal", off)
            at += 2 * _DIGIT_MS * MS

    def dial(self, digits: str, pps: float = 10.0, broken: float = 61.5, pause: int = 800) -> int:
        """Pulses from now on; ns when they are through."""
        at = self.lines.now
        for offset, open_ in edges(digits, pps, broken, pause):
            at = self.lines.now + offset
            self.lines.later(at, self, "hang up" if open_ else "lift", None)
        return at

    def flash(self, ms: int) -> None:
        self.hang_up()
        self.lines.later(self.lines.now + ms * MS, self, "lift", None)

    def ground_ring(self, on: bool) -> None:
        """What the far end of a ground-start line does."""
        self.lines.give(GroundReceived(self.channel, on), self.lines.now)

    # What happens on the line

    def look(self) -> None:
        """Does current flow now?"""
        current = self.lifted and self.feed in CARRIES and not self.cut
        if current != self.current:
            self.current = current
            at = self.lines.now + SEEN
            self.lines.later(at, self, "signal", HookReceived(self.channel, current))

    def meet(self, action: LineAction) -> None:
        """The port does this to the line."""
        now = self.lines.now
        self.actions.append((now, action))
        if isinstance(action, SetFeed):
            self.fed(action.feed)
        elif isinstance(action, (SendDigits, SendSteps, SendFsk)):
            self.sent(action)
        elif isinstance(action, SendTone):
            self.stopped()
            self.heard.append((now, action.name))
        elif isinstance(action, StopSignal):
            self.stopped()
            self.heard.append((now, "silence"))
        elif isinstance(action, MeasureLine):
            self.lines.later(now, self, "signal", self.measured(action))
        elif isinstance(action, SendMetering):
            self.heard.append((now, "metering"))
        elif isinstance(action, SetLamp):
            self.heard.append((now, "lamp on" if action.on else "lamp off"))

    def fed(self, feed: int) -> None:
        now = self.lines.now
        if feed == FEED_RINGING and self.feed != FEED_RINGING:
            self.rings += 1
            self.heard.append((now, "ring"))
            if self.lifted:
                feed = FEED_NORMAL
            elif self.rings == self.answer_after:
                self.lines.later(now + 300 * MS, self, "lift", None)
        elif feed == FEED_REVERSED:
            self.heard.append((now, "reversed"))
        elif feed == FEED_OPEN:
            self.heard.append((now, "no battery"))
        self.feed = feed
        self.look()

    def sent(self, action: SendDigits | SendSteps | SendFsk) -> None:
        self.stopped()
        lines = self.lines
        self.sending = lines.serial + 1
        at = lines.now + took(action) * MS
        if isinstance(action, SendFsk):
            self.heard.append((lines.now, "data " + action.octets.hex()))
        elif isinstance(action, SendDigits):
            self.heard.append((lines.now, "digits " + action.digits))
        elif action.steps[0][0] == DTAS:
            self.heard.append((lines.now, "alerting signal"))
            if self.lifted and self.acknowledges:
                lines.later(at + 30 * MS, self, "acknowledge", None)
        else:
            self.heard.append((lines.now, f"tones {action.steps[0][0]}"))
        lines.later(at, self, "sent", SendingEnded(self.channel, action.tag))

    def stopped(self) -> None:
        """What was sent is no more."""
        self.sending = 0

    def measured(self, action: MeasureLine) -> LineMeasured:
        """A good line with one ringer on it."""
        ringing = self.feed == FEED_RINGING
        volts = 48.0 if self.feed in CARRIES else 0.0
        ring = 75.0 * self.ohms / (self.ohms + 500.0) if ringing else 0.0
        return LineMeasured(
            self.channel, action.tag, volts, 0.0, ring, 25.0 if ringing else 0.0, float("inf")
        )

    def texts(self) -> list[str]:
        return [what for _, what in self.heard]


def took(action: SendDigits | SendSteps | SendFsk) -> int:
    """How long it takes to send, ms."""
    if isinstance(action, SendDigits):
        return len(action.digits) * (action.on_ms + action.off_ms)
    if isinstance(action, SendSteps):
        return sum(ms for _, ms, _ in action.steps)
    bits = action.seizure_bits + action.mark_bits + 10 * len(action.octets)
    return bits * 1000 // 1200


class VirtualLines:
    """An FXS engine with a telephone on each port. ``told``: every event, as (ns, event)."""

    def __init__(self, trunk: FxsTrunk) -> None:
        self.trunk: Final = trunk
        self.now: int = 0
        self.serial: int = 0
        self.told: Final[list[tuple[int, SignallingEvent]]] = []
        self.telephones: Final = {n: VirtualTelephone(self, n) for n in trunk.ports}
        self._queue: Final[list[tuple[int, int, VirtualTelephone, str, LineSignal | None]]] = []
        trunk.start(0)
        self.settle()

    def later(
        self, at: int, telephone: VirtualTelephone, what: str, signal: LineSignal | None
    ) -> None:
        """Something that happens to a telephone at a time."""
        self.serial += 1
        heapq.heappush(self._queue, (at, self.serial, telephone, what, signal))

    def give(self, signal: LineSignal, now: int) -> None:
        """The engine sees this."""
        self.trunk.receive(signal, now)
        self.settle()

    def settle(self) -> None:
        """The engine was called: its actions reach the telephones."""
        for action in self.trunk.transmit():
            self.telephones[action.channel].meet(action)
        for event in self.trunk.events():
            self.told.append((self.now, event))

    def run(self, until: int) -> None:
        """Let time pass until ``until`` ns."""
        self.settle()
        while True:
            due = self.trunk.next_timeout()
            at = self._queue[0][0] if self._queue else until + 1
            if due is not None and due < at:
                if due > until:
                    break
                self.now = max(self.now, due)
                self.trunk.handle_timeout(self.now)
                self.settle()
                continue
            if at > until:
                break
            self.now, serial, telephone, what, signal = heapq.heappop(self._queue)
            self.happen(telephone, serial, what, signal)
        self.now = until

    def run_for(self, ms: int) -> None:
        self.run(self.now + ms * MS)

    def happen(
        self, telephone: VirtualTelephone, serial: int, what: str, signal: LineSignal | None
    ) -> None:
        if what == "lift":
            telephone.lift()
        elif what == "hang up":
            telephone.hang_up()
        elif what == "acknowledge":
            telephone.press(telephone.acknowledges)
        elif signal is not None:
            if what == "sent" and telephone.sending == 0:
                return
            if what == "sent":
                telephone.sending = 0
            self.give(signal, self.now)

    def events(self, kind: type) -> list[SignallingEvent]:
        """What was told of one kind."""
        return [event for _, event in self.told if isinstance(event, kind)]
