"""A simulated exchange on one line: the far end of an exchange line port (FXO), without I/O.

It gives dial tone, takes digits by DTMF and pulses, rings back, is busy or congested, answers with
or without a reversal, hangs up in one of the ways that exchanges have, and rings with a caller ID
of any standard. It takes LineSignals of an FXS port and gives LineActions; exchange_bench.py runs
it on a simulated board. What it met with is written down in ``log``. Times are ns.
"""

from __future__ import annotations

from typing import Final

from ..board.progress_tones import COUNTRIES, parse
from ..errors import LocalError
from ..signaling.analog.callerid_send import (
    Caller,
    caller_steps,
    data_step,
    dtas_step,
    fsk_message,
    standard_row,
)
from ..signaling.analog.fxs_sequence import ACK, DO, LOOP, RING, WAIT, Sequencer, Step
from ..signaling.analog.hook import (
    HOOK_DIGIT,
    HOOK_FLASH,
    HOOK_OFF,
    HOOK_ON,
    HookInterpreter,
    HookWindows,
)
from ..signaling.analog.pulse import digit_of
from ..signaling.analog.ring_cadences import RINGS
from ..signaling.line_actions import (
    LineAction,
    ListenFor,
    SendFlash,
    SendMetering,
    SendSteps,
    SendTone,
    SetFeed,
    StopSignal,
)
from ..signaling.line_names import (
    DTMF,
    FEED_NORMAL,
    FEED_OPEN,
    FEED_REVERSED,
    FEED_TIP_OPEN,
    LISTEN_DTMF,
)
from ..signaling.line_signals import (
    DigitReceived,
    GroundReceived,
    HookReceived,
    LineSignal,
    SendingEnded,
)

MS: Final = 1_000_000
SECOND: Final = 1000 * MS
NEVER: Final = 1 << 62
DROP_MS: Final = 600
"""Battery is away so long when the far end hung up (GR-506: 600 to 1000 ms; kewl start)."""
TONE_FOR: Final = 45
"""Seconds of a tone that is no country's."""
MOST_STEPS: Final = 2000

IDLE: Final = "idle"
DIAL_TONE: Final = "dial tone"
COLLECTING: Final = "collecting"
RINGBACK: Final = "ringback"
TALKING: Final = "talking"
GONE: Final = "gone"
RINGING: Final = "ringing"

GOODBYES: Final = ("tone", "drop", "reversal", "nothing")
OUTCOMES: Final = ("answer", "busy", "congestion", "ring", "special-information")


class ExchangeTones:
    """The tones of an exchange: a country's, some of them its own (cadences as progress_tones
    writes them): ``ExchangeTones("cn", busy="440/250,0/200")``."""

    def __init__(self, country: str, **own: str) -> None:
        if country not in COUNTRIES:
            raise LocalError(f"no tones of {country!r}: give one of {', '.join(COUNTRIES)}")
        self.country: Final = country
        self.own: Final = own
        for text in own.values():
            parse(text)

    def action(self, channel: int, name: str) -> LineAction:
        """What sends it."""
        text = self.own.get(name)
        if text is None:
            return SendTone(channel, self.country, name)
        tone = parse(text)
        steps = [(s.frequencies, s.samples // 8 or TONE_FOR * 1000, s.level) for s in tone.steps]
        once = sum(ms for _, ms, _ in steps)
        rounds = max(1, min(TONE_FOR * 1000 // once, MOST_STEPS // len(steps)))
        return SendSteps(channel, tuple(steps * rounds))


PBX_TONES: Final[dict[str, str]] = {
    "single, even": "480/240,0/240",
    "single, short pause": "425/600,0/150",
    "single, short tone": "620/120,0/380",
    "two frequencies": "350+620/330,0/270",
    "double beat": "450/150,0/100,450/150,0/600",
    "triple beat": "440/100,0/100,440/100,0/100,440/100,0/500",
    "two tones by turns": "400/200,0/50,600/200,0/550",
    "low and long": "300/900,0/700",
    "high and quick": "1050/80,0/80",
    "without a pause": "580",
}
"""Busy tones of private exchanges that no table has."""


class ExchangeLine:
    """One line. ``goodbye``: how a far end that hangs up is told, besides a busy tone that always
    follows ("nothing": nothing at all). ``outcomes``: by dialled number, "answer" where it is not
    in it. ``reverses``: the polarity turns at the answer, and back at the end."""

    def __init__(
        self,
        channel: int,
        tones: ExchangeTones,
        *,
        digits: int = 5,
        rings_for: float = 6.0,
        reverses: bool = False,
        goodbye: str = "tone",
        outcomes: dict[str, str] | None = None,
        ground: bool = False,
        dial_tone_after: float = 0.3,
    ) -> None:
        if goodbye not in GOODBYES:
            raise LocalError(f"goodbye {goodbye!r}: give one of {', '.join(GOODBYES)}")
        for outcome in (outcomes or {}).values():
            if outcome not in OUTCOMES:
                raise LocalError(f"outcome {outcome!r}: give one of {', '.join(OUTCOMES)}")
        self.channel: Final = channel
        self.tones: Final = tones
        self.digits_wanted: Final = digits
        self.rings_for: Final = round(rings_for * SECOND)
        self.reverses: Final = reverses
        self.goodbye: Final = goodbye
        self.outcomes: Final = dict(outcomes or {})
        self.ground: Final = ground
        self.dial_tone_after: Final = round(dial_tone_after * SECOND)
        self.state = IDLE
        self.off_hook = False
        self.dialled = ""
        self.log: list[tuple[int, str]] = []
        """(ns, what): "off hook", "on hook", "digit 1", "flash", "answered", "hung up" …"""
        self._hook: Final = HookInterpreter(HookWindows())
        self._sequence: Final = Sequencer(channel, 1 << 20)
        self._out: list[LineAction] = []
        self._deadline = NEVER
        self._next = IDLE

    # Run by a bench

    def start(self) -> None:
        self._out.append(SetFeed(self.channel, FEED_TIP_OPEN if self.ground else FEED_NORMAL))

    def transmit(self) -> list[LineAction]:
        self._out += self._sequence.out
        self._sequence.out = []
        out, self._out = self._out, []
        return out

    def next_timeout(self) -> int:
        return min(self._deadline, self._hook.deadline, self._sequence.deadline)

    def handle_timeout(self, now: int) -> None:
        if now >= self._sequence.deadline:
            self._sequence.expire(now)
        if now >= self._hook.deadline:
            self._hook.expire(now)
            self._hooked(now)
        if now >= self._deadline:
            self._deadline = NEVER
            self._go(self._next, now)

    def receive(self, signal: LineSignal, now: int) -> None:
        if isinstance(signal, HookReceived):
            self._hook.change(signal.off, now)
            self._hooked(now)
        elif isinstance(signal, DigitReceived) and signal.kind == DTMF:
            if self._sequence.digit(signal.digit, signal.on, now):
                self._note(now, f"acknowledged {signal.digit}")
            elif signal.on:
                self._digit(signal.digit, now)
        elif isinstance(signal, SendingEnded):
            self._sequence.sent(signal.tag, now)
        elif isinstance(signal, GroundReceived):
            self._grounded(signal.on, now)

    def _grounded(self, on: bool, now: int) -> None:
        """Ground start: the far end asks for the line."""
        if on and self.ground and self.state == IDLE:
            self._note(now, "ground")
            self._out.append(SetFeed(self.channel, FEED_NORMAL))

    # The script

    def ring(
        self,
        now: int,
        caller: Caller | None = None,
        standard: str = "",
        hz: float = 0.0,
        cadence: tuple[int, ...] = (),
    ) -> None:
        """A call comes in: ringing of the country, a caller ID by a standard of callerid_send."""
        row = RINGS[self.tones.country]
        rings = cadence or row.cadences["normal"]
        hz = hz or row.hz
        steps: list[Step] = []
        if self.ground:
            steps.append(Step(DO, action=SetFeed(self.channel, FEED_NORMAL)))
        if standard:
            known = standard_row(standard)
            steps += caller_steps(self.channel, known, caller or Caller(), rings, hz)
        first = len(steps)
        for at in range(0, len(rings), 2):
            steps.append(Step(RING, rings[at], hz=hz))
            steps.append(Step(DO, action=SetFeed(self.channel, FEED_NORMAL)))
            steps.append(Step(WAIT, rings[at + 1]))
        steps.append(Step(LOOP, to=first))
        self.state = RINGING
        self._note(now, "rings")
        self._sequence.begin(steps, now)

    def stop_ringing(self, now: int) -> None:
        """The caller gave up."""
        if self.state == RINGING:
            self._sequence.stop()
            self._rest_feed()
            self._note(now, "caller gave up")
            self.state = IDLE

    def hang_up(self, now: int) -> None:
        """The far party puts the receiver down."""
        if self.state != TALKING:
            raise LocalError(f"nobody talks: the line is {self.state}")
        self._note(now, "hung up")
        self.state = GONE
        if self.goodbye == "drop":
            self._out.append(SendFlash(self.channel, DROP_MS))
        if self.goodbye == "reversal":
            self._out.append(SetFeed(self.channel, self._quiet_feed(FEED_REVERSED)))
        if self.goodbye != "nothing":
            self._tone("busy")

    def sound(self, name: str) -> None:
        """A tone, whatever the state: what a far end leaves behind may be any."""
        self._tone(name)

    def _quiet_feed(self, other: int) -> int:
        """After a call that reversed at its answer, back to normal; else to the other polarity."""
        return FEED_NORMAL if self.reverses else other

    def call_waiting(self, now: int, caller: Caller, standard: str = "bell202") -> None:
        """A second call: CAS, and when it is acknowledged its caller ID (type II)."""
        row = standard_row(standard)
        octets = fsk_message(row.single, caller)
        data = data_step(self.channel, row, octets, "")
        steps = [
            dtas_step(self.channel, 82, -16.0),
            Step(ACK, 200, to=4, text="D"),
            Step(WAIT, 100),
            data,
        ]
        self._sequence.begin(steps, now)

    def meter(self, ms: int = 150, hz: int = 16_000) -> None:
        self._out.append(SendMetering(self.channel, ms, hz))

    # What happens

    def _note(self, now: int, what: str) -> None:
        self.log.append((now, what))

    def _tone(self, name: str) -> None:
        self._out.append(self.tones.action(self.channel, name))

    def _silence(self) -> None:
        self._out.append(StopSignal(self.channel))

    def _hooked(self, now: int) -> None:
        for kind, value in self._hook.taken():
            if kind == HOOK_OFF:
                self._lifted(now)
            elif kind == HOOK_ON:
                self._put_down(now)
            elif kind == HOOK_DIGIT and value <= 10:
                self._digit(digit_of(value), now)
            elif kind == HOOK_FLASH:
                self._note(now, "flash")

    def _lifted(self, now: int) -> None:
        if self.off_hook:
            return
        self.off_hook = True
        self._note(now, "off hook")
        self._sequence.stop()
        if self.state == RINGING:
            self.state = TALKING
            self._note(now, "answered")
            self._out.append(SetFeed(self.channel, FEED_NORMAL))
            self._out.append(ListenFor(self.channel, LISTEN_DTMF))
            return
        self.dialled = ""
        self._hook.collecting = True
        self._out.append(ListenFor(self.channel, LISTEN_DTMF))
        self._after(self.dial_tone_after, DIAL_TONE, now)

    def _put_down(self, now: int) -> None:
        self.off_hook = False
        self._note(now, "on hook")
        self._silence()
        self._sequence.stop()
        self._rest_feed()
        self._out.append(ListenFor(self.channel, 0))
        self._hook.collecting = False
        self._deadline = NEVER
        self.state = IDLE

    def _rest_feed(self) -> None:
        self._out.append(SetFeed(self.channel, FEED_TIP_OPEN if self.ground else FEED_NORMAL))

    def _after(self, ns: int, state: str, now: int) -> None:
        self._deadline, self._next = now + ns, state

    def _digit(self, digit: str, now: int) -> None:
        self._note(now, f"digit {digit}")
        if self.state not in (DIAL_TONE, COLLECTING):
            return
        if self.state == DIAL_TONE:
            self._silence()
        self.state = COLLECTING
        self.dialled += digit
        wait = 700 * MS if len(self.dialled) >= self.digits_wanted else 4 * SECOND
        self._after(wait, RINGBACK, now)

    def _go(self, state: str, now: int) -> None:
        if state == DIAL_TONE:
            self.state = DIAL_TONE
            self._tone("dial")
        elif state == RINGBACK:
            self._hook.collecting = False
            outcome = self.outcomes.get(self.dialled, "answer")
            if outcome in ("answer", "ring"):
                self.state = RINGBACK
                self._tone("ringback")
                if outcome == "answer":
                    self._after(self.rings_for, TALKING, now)
            else:
                self.state = GONE
                self._tone(outcome)
        elif state == TALKING:
            self.state = TALKING
            self._note(now, "answers")
            self._silence()
            if self.reverses:
                self._out.append(SetFeed(self.channel, FEED_REVERSED))

    def power_denial(self, now: int) -> None:
        """The line is switched off, and stays so until ``restore``."""
        self._note(now, "battery off")
        self._out.append(SetFeed(self.channel, FEED_OPEN))

    def restore(self, now: int) -> None:
        self._note(now, "battery on")
        self._rest_feed()

    def loops(self) -> bool:
        """The far end holds the loop, as far as the exchange has seen."""
        return self.off_hook
