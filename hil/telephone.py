"""A simulated telephone: an FXO port of a board, told what to do; what it met with is written down.

It is lifted and put down, dials by DTMF or pulses, flashes, answers after some rings, shows
callers' identities of every kind (on hook, and off hook behind CAS, which it acknowledges), hears
the tones of its country, polarity and metering pulses. It has no clock of its own: ``event`` gets
the board's events, ``handle_timeout`` the time. Tests and the demo of the daemon use it
(telephone_bench.py).
"""

from __future__ import annotations

from typing import Final

from ..board import play
from ..board.events import BoardEvent, PlayEnded
from ..board.line import (
    AnalogLine,
    Battery,
    BatteryChanged,
    LineSent,
    MeteringPulse,
    PulseShape,
    RingChanged,
)
from ..board.media import Listen
from ..board.media_events import DigitHeard, DigitKind, FskHeard, SegmentHeard
from ..board.model import Law, Timeslot
from ..board.progress_follow import ProgressFollower
from ..errors import LocalError
from ..signaling.analog.callerid_receive import CallerId, CallerIdWatch
from ..signaling.analog.callerid_send import DTAS

MS: Final = 1_000_000
NEVER: Final = 1 << 62
SAMPLE: Final = 125_000
"""ns."""
LISTENS: Final = Listen.PROGRESS | Listen.DTMF | Listen.FSK_V23 | Listen.FSK_BELL202
NEAR_HZ: Final = 25.0
WETTING_AFTER: Final = 20
WETTING_MS: Final = 15
"""The wetting pulse of SIN 242: from the end of the idle tone alert, and how long."""
ACKNOWLEDGE_MS: Final = 60
"""DTMF that answers CAS: 55 to 65 ms (GR-30)."""
LOOK: Final = 50 * MS
"""How often a tone that goes on is looked at."""

_TAGS: Final = 1 << 40


class Telephone:
    """One telephone. ``line``: LocalError when the timeslot is no FXO port.

    ``answer_after``: rings, 0: it is not answered. ``acknowledges``: the DTMF digit for CAS, empty:
    it knows nothing of type II. ``wets``: it sends the wetting pulse of British caller ID.
    """

    def __init__(self, slot: Timeslot, country: str = "cn", law: Law = Law.A) -> None:
        if slot.line is None:
            raise LocalError(f"span {slot.span} timeslot {slot.number} is no analog port")
        self.slot: Final = slot
        self.line: Final[AnalogLine] = slot.line
        self.answer_after = 0
        self.acknowledges = "D"
        self.wets = False
        self.off_hook = False
        self.rings = 0
        """Since the telephone was last lifted or put down."""
        self.callers: Final[list[CallerId]] = []
        """Shown, in order; messages waiting too."""
        self.tones: Final[list[tuple[int, str]]] = []
        """(ns, name) of tones of its country, when they were certain."""
        self.alerts: Final[list[int]] = []
        """When dual tone alerting signals ended, ns."""
        self.batteries: Final[list[tuple[int, Battery]]] = []
        self.ringing: Final[list[tuple[int, bool]]] = []
        """Ringing came (True) and went, ns."""
        self.metered: Final[list[int]] = []
        """Lengths of metering pulses, ns."""
        self.digits = ""
        """DTMF heard while off hook (from a far end)."""
        self.busy = False
        """Dialling or flashing is under way."""
        self._watch: Final = CallerIdWatch()
        self._follower = ProgressFollower(country)
        self._country: Final = country
        self._law: Final = law
        self._due: Final[list[tuple[int, str]]] = []
        self._look = NEVER
        slot.open_voice(law)
        slot.listen(LISTENS)

    # ---- what people do -----------------------------------------------------------------------

    def lift(self) -> None:
        """Take the receiver up."""
        self.off_hook = True
        self.rings = 0
        self._follower = ProgressFollower(self._country)
        self.line.loop(True)

    def hang_up(self) -> None:
        self.off_hook = False
        self.rings = 0
        self.busy = False
        self._look = NEVER
        self.slot.stop_play()
        self.line.loop(False)

    def press(self, digits: str, on_ms: int = 80, off_ms: int = 80) -> None:
        """DTMF."""
        tones = play.digits(DigitKind.DTMF, digits, -9.0, on_ms, off_ms)
        self._say([tones])

    def dial(self, digits: str, shape: PulseShape | None = None) -> None:
        """Pulses; ``busy`` until they are through."""
        self.busy = True
        self.line.pulses(digits, shape or PulseShape(), _TAGS)

    def flash(self, ms: int) -> None:
        self.busy = True
        self.line.flash(ms, _TAGS)

    def speak(self, octets: bytes) -> None:
        """Say companded octets."""
        self._say([play.Octets(octets, self._law)])

    def _say(self, items: list[play.PlayItem]) -> None:
        self.slot.play_list(items, tag=_TAGS)

    # ---- what happens on the line -------------------------------------------------------------

    def event(self, event: BoardEvent) -> None:
        """An event of the board; others' are passed over."""
        where = getattr(event, "span", 0), getattr(event, "timeslot", 0)
        if where != (self.slot.span, self.slot.number):
            return
        now = event.time
        if isinstance(event, RingChanged):
            self._rung(event.on, now)
        elif isinstance(event, BatteryChanged):
            self.batteries.append((now, event.battery))
        elif isinstance(event, MeteringPulse):
            self.metered.append(event.duration)
        elif isinstance(event, FskHeard):
            self._watch.fsk(event.bell202, event.kind, event.octet, now)
        elif isinstance(event, DigitHeard):
            self._digit(event, now)
        elif isinstance(event, SegmentHeard):
            self._segment(event, now)
        elif isinstance(event, (LineSent, PlayEnded)) and event.tag == _TAGS:
            self.busy = False
        self._shown()

    def _rung(self, on: bool, now: int) -> None:
        self.ringing.append((now, on))
        if not on:
            return
        self._watch.ring(now)
        self.rings += 1
        if self.rings == self.answer_after:
            self._later(now + 200 * MS, "lift")

    def _digit(self, event: DigitHeard, now: int) -> None:
        if event.kind is not DigitKind.DTMF or event.ended:
            return
        if self.off_hook:
            self.digits += event.digit
        else:
            self._watch.digit(event.digit, event.began, now)

    def _segment(self, event: SegmentHeard, now: int) -> None:
        if self._is_alert(event):
            if event.ended:
                self._alerted(event.began + event.duration)
            return
        follower = self._follower
        start = event.began // SAMPLE
        if event.ended:
            follower.end(start, event.duration // SAMPLE, event.frequencies, event.levels)
            self._look = NEVER
        else:
            follower.begin(start, event.frequencies, event.levels)
            self._look = now + LOOK
        self._follow()

    def _follow(self) -> None:
        for heard in self._follower.heard():
            self.tones.append((heard.told * SAMPLE, heard.name))

    def _is_alert(self, event: SegmentHeard) -> bool:
        hz = sorted(event.frequencies[:2])
        return len(hz) == 2 and all(abs(a - b) <= NEAR_HZ for a, b in zip(hz, DTAS, strict=True))

    def _alerted(self, ended: int) -> None:
        """A dual tone alerting signal is over."""
        self.alerts.append(ended)
        if self.off_hook and self.acknowledges:
            self.press(self.acknowledges, ACKNOWLEDGE_MS, 0)
        elif not self.off_hook and self.wets:
            self._later(ended + WETTING_AFTER * MS, "wet")
            self._later(ended + (WETTING_AFTER + WETTING_MS) * MS, "dry")

    def _shown(self) -> None:
        self.callers.extend(self._watch.found())

    # ---- time ---------------------------------------------------------------------------------

    def _later(self, at: int, what: str) -> None:
        self._due.append((at, what))
        self._due.sort()

    def next_timeout(self) -> int:
        """When ``handle_timeout`` wants to be called, ns; NEVER: not at all."""
        first = self._due[0][0] if self._due else NEVER
        return min(first, self._watch.deadline, self._look)

    def handle_timeout(self, now: int) -> None:
        while self._due and self._due[0][0] <= now:
            _, what = self._due.pop(0)
            if what == "lift" and not self.off_hook:
                self.lift()
            elif what == "wet" and not self.off_hook:
                self.line.loop(True)
            elif what == "dry" and not self.off_hook:
                self.line.loop(False)
        if self._watch.deadline <= now:
            self._watch.handle_timeout(now)
            self._shown()
        if self._look <= now:
            self._look = now + LOOK
            self._follower.time(now // SAMPLE)
            self._follow()

    @property
    def names(self) -> list[str]:
        """The tones heard, by name."""
        return [name for _, name in self.tones]
