"""An FXS port: what it remembers, what it feeds and sends, its calls; and what ports share.

The drawn inputs are functions of a Port, in fxs_dial, fxs_ring, fxs_clear, fxs_second and fxs_line;
the drawings are the tables in fxs_table and fxs_service.
"""

from __future__ import annotations

from typing import Final

from ...board.collect import DigitCollector
from ...board.progress_tones import COUNTRIES, Step, cadence
from ..call import (
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CallReleased,
    CallRequest,
    ChannelChanged,
    ProtocolFault,
    SignallingEvent,
)
from ..call_line import LineReported
from ..line_actions import (
    LineAction,
    ListenFor,
    OpenSpeech,
    SendSteps,
    SendTone,
    SetFeed,
    StopSignal,
)
from ..line_names import (
    FEED_NORMAL,
    FEED_OPEN,
    FEED_REVERSED,
    FEED_TIP_OPEN,
)
from ..line_signals import LineMeasured
from ..ss7.circuit_timers import CircuitTimers
from .fxs_config import FxsConfig
from .fxs_sequence import NEVER, Sequencer
from .fxs_sequence import Step as SequenceStep
from .fxs_states import BLOCKED, IDLE, SINGLE, TALKING
from .hook import HookInterpreter

LOCATION: Final = 1
"""Of causes: private network serving the local user (Q.850 2.1); the telephone itself is the user,
0."""
USER: Final = 0

NORMAL_CLEARING: Final = 16
USER_BUSY: Final = 17
NO_ANSWER: Final = 19
OUT_OF_ORDER: Final = 27

TONES: Final = {
    USER_BUSY: ("busy",),
    1: ("unobtainable", "special-information"),
    3: ("unobtainable", "special-information"),
    22: ("special-information", "congestion"),
    28: ("unobtainable", "special-information"),
    NORMAL_CLEARING: ("busy",),
    NO_ANSWER: ("busy",),
    21: ("busy",),
    31: ("busy",),
}
"""What the telephone hears of a cause, the first that the country has; all others: congestion."""


class Call:
    """A call of a port. ``outgoing``: we placed it towards the telephone."""

    def __init__(self, handle: int, request: CallRequest, outgoing: bool) -> None:
        self.handle: Final = handle
        self.request: Final = request
        self.outgoing: Final = outgoing
        self.port: Port | None = None


class LineTest:
    """What a line test found. Volts with battery, current with it, volts without it (foreign
    potential, direct or alternating), ringing volts and frequency, ringer equivalence (REN), -1: it
    could not be had."""

    def __init__(
        self,
        volts: float,
        milliamps: float,
        leak_ohms: float,
        foreign_volts: float,
        ring_volts: float,
        ring_hz: float,
        ren: float,
    ) -> None:
        self.volts: Final = volts
        self.milliamps: Final = milliamps
        self.leak_ohms: Final = leak_ohms
        self.foreign_volts: Final = foreign_volts
        self.ring_volts: Final = ring_volts
        self.ring_hz: Final = ring_hz
        self.ren: Final = ren

    @property
    def verdict(self) -> str:
        """In a technician's words."""
        if abs(self.foreign_volts) > 6.0:
            return "foreign potential"
        if abs(self.volts) < 5.0:
            return "short circuit" if self.milliamps > 15.0 else "no battery"
        if self.milliamps > 5.0:
            return "short circuit or leak"
        if self.leak_ohms < 100_000.0:
            return "leak"
        if self.ring_volts < 20.0:
            return "no ringing"
        if 0.0 <= self.ren < 0.1:
            return "no telephone"
        return "good"

    def __str__(self) -> str:
        return (
            f"{self.verdict}: {self.volts:.1f} V, {self.milliamps:.2f} mA, "
            f"{self.foreign_volts:.1f} V foreign, ringing {self.ring_volts:.1f} V "
            f"{self.ring_hz:.1f} Hz, REN {self.ren:.2f}"
        )


class Core(CircuitTimers):
    """What the ports of a trunk share: settings, timers, the way out, what happened."""

    def __init__(self, config: FxsConfig) -> None:
        super().__init__(False)
        self.config: Final = config
        self.happened: list[SignallingEvent] = []
        self.out: list[LineAction] = []
        self.calls: Final[dict[int, Call]] = {}
        self.blocked: Final[set[int]] = set()
        """Ports to be blocked, or that are."""
        self.draining: bool = False
        self.last_handle: int = 0
        self.placed: int = 0
        self.offered: int = 0
        self.answered: int = 0
        self.flashes: int = 0
        self.faults: Final[dict[str, int]] = {}
        self.tests: Final[dict[int, LineTest]] = {}
        """The last line test of each port."""
        self.clock: int = -1
        """Local time in s when board time was 0, -1: nobody told."""

    def new_call(self, request: CallRequest, outgoing: bool) -> Call:
        self.last_handle += 1
        call = Call(self.last_handle, request, outgoing)
        self.calls[call.handle] = call
        return call

    def released(self, call: Call, channel: int, cause: int, local: bool) -> None:
        """The end of a call."""
        self.calls.pop(call.handle, None)
        call.port = None
        location = LOCATION if local else USER
        self.happened.append(CallReleased(call.handle, channel, cause, location, local))

    def fault(self, kind: str, text: str, clause: str) -> None:
        """The telephone did what no telephone should."""
        self.faults[kind] = self.faults.get(kind, 0) + 1
        self.happened.append(ProtocolFault(kind, text, clause, b""))


class Port:
    """One FXS port and its telephone."""

    def __init__(self, core: Core, channel: int) -> None:
        self.core: Final = core
        self.channel: Final = channel
        self.state: int = IDLE
        self.service: int = SINGLE
        self.call: Call | None = None
        """The call that the telephone is busy with."""
        self.other: Call | None = None
        """The call that is held, waits, or is the first of a conference."""
        self.hook: Final = HookInterpreter(core.config.hook)
        self.sequencer: Final = Sequencer(channel, channel << 32)
        self.collector: DigitCollector | None = None
        self.current: bool = False
        """Loop current flows, as the board told last."""
        self.ground: bool = False
        """The ring is grounded (ground start)."""
        self.lamp: bool = False
        """Messages wait."""
        self.lamp_shown: bool = False
        """The telephone was told so."""
        self.sounding: bool = False
        """A tone is sent."""
        self.listening: int = 0
        self.speech: bool = False
        self.shown: int = CHANNEL_IDLE
        self.meter_left: int = 0
        self.ended: int = NORMAL_CLEARING
        """Why the last call ended: for the tone behind a battery drop."""
        self.measures: list[LineMeasured] = []
        self.waits_until: int = 0
        """A call that waits ends then, not taken."""

    # What is done on the line

    def put(self, action: LineAction) -> None:
        """Ask it of the line, behind what the sequence asked."""
        self.flush()
        self.core.out.append(action)

    def flush(self) -> None:
        """What the sequence wants done."""
        out = self.sequencer.out
        if out:
            for action in out:
                if isinstance(action, OpenSpeech):
                    self.speech = action.on
            self.core.out += out
            out.clear()

    def feed(self, feed: int) -> None:
        """Feed this from now on; ends ringing."""
        sequencer = self.sequencer
        if sequencer.feed != feed or sequencer.ringing:
            sequencer.feed = feed
            sequencer.ringing = False
            self.put(SetFeed(self.channel, feed))

    def resting_feed(self) -> int:
        """What an idle line has."""
        return FEED_TIP_OPEN if self.core.config.start == "ground" else FEED_NORMAL

    def reverse(self) -> None:
        """Change the polarity."""
        normal = self.sequencer.feed == FEED_REVERSED
        self.feed(FEED_NORMAL if normal else FEED_REVERSED)

    def listen(self, kinds: int) -> None:
        if kinds != self.listening:
            self.listening = kinds
            self.put(ListenFor(self.channel, kinds))

    def open_speech(self, on: bool) -> None:
        """Give the channel's sound to the call, or take it."""
        if on != self.speech:
            self.speech = on
            self.put(OpenSpeech(self.channel, on))

    def silence(self) -> None:
        """End a tone or a sequence."""
        self.sequencer.stop()
        self.flush()
        if self.sounding:
            self.sounding = False
            self.put(StopSignal(self.channel))

    def tone(self, names: tuple[str, ...], country: str = "") -> None:
        """Send the first of these that the country has, until something else is sent."""
        country = country or self.core.config.country
        self.sequencer.stop()
        self.open_speech(False)
        self.sounding = True
        known = COUNTRIES[country].tones
        for name in names:
            if name in known:
                self.put(SendTone(self.channel, country, name))
                return
        self.put(SendTone(self.channel, country, "congestion"))

    def cause_tone(self, cause: int) -> None:
        """What a telephone hears when its call ended for this reason."""
        self.tone(TONES.get(cause, ("congestion",)))

    def begin(self, steps: list[SequenceStep], now: int) -> None:
        """Run a sequence in place of what is sent."""
        self.silence()
        self.sequencer.begin(steps, now)

    # Timers

    def start(self, timer: int, now: int) -> None:
        self.core.start_key(self.channel << 5 | timer, now + self.core.config.duration[timer])

    def stop(self, timer: int) -> None:
        self.core.deadlines.pop(self.channel << 5 | timer, None)

    def wake(self, timer: int, deadline: int) -> None:
        """A deadline that a part of the port keeps itself."""
        key = self.channel << 5 | timer
        deadlines = self.core.deadlines
        if deadline == NEVER:
            if key in deadlines:
                del deadlines[key]
        elif deadlines.get(key, NEVER) != deadline:
            self.core.start_key(key, deadline)

    # Calls

    def take(self, call: Call) -> None:
        """The telephone is busy with this one now."""
        self.call = call
        call.port = self

    def release(self, cause: int, local: bool) -> None:
        """The active call ends."""
        call = self.call
        if call is not None:
            self.call = None
            self.core.released(call, self.channel, cause, local)

    def release_other(self, cause: int, local: bool) -> None:
        """The held or waiting call ends."""
        call = self.other
        if call is not None:
            self.other = None
            self.core.released(call, self.channel, cause, local)

    def show(self, state: int) -> None:
        """The channel's own state, one of CHANNEL_…"""
        if state != self.shown:
            self.shown = state
            self.core.happened.append(ChannelChanged(self.channel, state))

    def report(self, what: str, text: str = "") -> None:
        self.core.happened.append(LineReported(self.channel, what, text))

    def happen(self, event: SignallingEvent) -> None:
        self.core.happened.append(event)

    # States that many inputs lead to

    def talk(self) -> None:
        """The speech path is the call's."""
        self.silence()
        self.collector = None
        self.listen(0)
        self.open_speech(True)
        self.state = TALKING

    def rest(self) -> None:
        """The telephone is on hook, no call is left: idle, or blocked as was asked."""
        config = self.core.config
        self.silence()
        self.collector = None
        self.listen(0)
        self.open_speech(False)
        self.stop_all()
        self.meter_left = 0
        if self.channel in self.core.blocked:
            self.state = BLOCKED
            self.feed(FEED_OPEN if config.power_denial else self.resting_feed())
            self.show(CHANNEL_BLOCKED_HERE)
            return
        self.state = IDLE
        self.feed(self.resting_feed())
        self.show(CHANNEL_IDLE)

    def busy(self) -> None:
        self.show(CHANNEL_BUSY)

    def stop_all(self) -> None:
        """Stop the timers of states."""
        for timer in self.core.config.duration:
            self.stop(timer)


def stutter_steps(channel: int, country: str) -> SendSteps:
    """Dial tone in ten bursts of 100 ms, which says that messages wait (GR-506; GR-1401)."""
    step: Step = cadence(country, "dial").steps[0]
    burst = (step.frequencies, 100, step.level)
    pause = ((), 100, 0.0)
    return SendSteps(channel, (burst, pause) * 10)
