"""One E&M trunk: its line as it is seen and driven, its timers, its call; what the trunks of a
group share."""

from __future__ import annotations

from typing import Final

from ..analog.pulse import PulseCounter, PulseWindows
from ..call import CallReleased, CallRequest, ProtocolFault, SignallingEvent
from ..isdn.q931_channels import NOBODY, Channels
from ..line_actions import (
    LineAction,
    ListenFor,
    OpenSpeech,
    SendBits,
    SendTone,
    StopSignal,
)
from ..line_names import DTMF, LISTEN_DTMF, LISTEN_R1, R1
from .em_address import Fields, Reader
from .em_config import (
    DIGIT_END,
    PULSE,
    PULSE_MAX,
    PULSE_MIN,
    RECOGNITION,
    EmConfig,
)
from .em_states import OUT_OF_SERVICE

NEVER: Final = 1 << 62

STATE_TIMER: Final = 0
BIT_TIMER: Final = 1
"""A change of the far end's bit is recognised."""
HANG_TIMER: Final = 2
"""The far end's on-hook is a disconnect."""
PULSE_TIMER: Final = 3
"""A digit of pulses that comes in is over."""
STEP_TIMER: Final = 4
"""The next change of our own bit in pulses or in a flash."""
TIMERS: Final = 8
"""Timer keys: channel * TIMERS + kind."""

LOCATION: Final = 3
"""Transit network (Q.850 table 1): a trunk does not know who clears."""
_MS: Final = 1_000_000


class EmCall:
    """A call on a trunk, or between two."""

    def __init__(self, handle: int, outgoing: bool, request: CallRequest, fields: Fields) -> None:
        self.handle: Final = handle
        self.outgoing: Final = outgoing
        self.request: Final = request
        self.fields: Final = fields
        """Outgoing: what the form's fields send."""
        self.complete: bool = request.complete
        self.tries: int = 0
        self.cause: int = 0
        """Why it is being cleared, 0: it is not."""
        self.local: bool = False


class Shared:
    """What the channels of a group share: the way out, what happened, timers, calls."""

    def __init__(self, config: EmConfig) -> None:
        self.config: Final = config
        self.actions: list[LineAction] = []
        self.happened: list[SignallingEvent] = []
        self.channels: Final = Channels(config.channels, config.selection, self.happened)
        self.calls: Final[dict[int, EmChannel]] = {}
        """The channel of each call, by handle."""
        self.deadlines: Final[dict[int, int]] = {}
        self.earliest: int = NEVER
        self.totals: Final[dict[str, int]] = {}
        self.draining: bool = False
        self.last_handle: int = 0
        self.last_tag: int = 0
        self.moving: list[EmCall] = []
        """Outgoing calls that lost their channel: they are tried on another one."""

    def count(self, what: str) -> None:
        self.totals[what] = self.totals.get(what, 0) + 1

    def next_handle(self) -> int:
        self.last_handle += 1
        return self.last_handle


class EmChannel:
    """A trunk. Its inputs are in em_outgoing, em_incoming and em_clearing; em_table draws it."""

    def __init__(self, shared: Shared, number: int) -> None:
        config = shared.config
        self.shared: Final = shared
        self.config: Final = config
        self.number: Final = number
        self.state: int = OUT_OF_SERVICE
        self.call: EmCall | None = None
        self.raw: int = 0
        """The far end's bit A as it came, since ``raw_at``."""
        self.raw_at: int = 0
        self.far: int = 0
        """The far end's bit A as recognised (1 off-hook), since ``since``."""
        self.since: int = 0
        self.before: int = 0
        """When what ``far`` was before had begun."""
        self.until: int = NEVER
        """When the wait is over that a wink or a hit interrupted."""
        self.block_wanted: bool = False
        """Our own blocking, which waits for the end of a call."""
        self.digit: str = ""
        self.cause: int = 0
        """What the input DIGIT, or CLEAR, brought."""
        self.stage: int = 0
        """Outgoing: the stage of the form that is being sent."""
        self.sent: int = 0
        """Outgoing: digits of a number without end mark that were sent."""
        self.pieces: list[tuple[str, int, int]] = []
        """Outgoing: signals still to be sent, with ms on and off."""
        self.steps: list[tuple[int, bool]] = []
        """Changes of our own bit that are to come: (time, on-hook)."""
        self.tag: int = 0
        self.reader: Reader | None = None
        """Incoming: the number, from the start signal's end on."""
        self.listening: int = 0
        self.tone: bool = False
        time = config.time
        self.pulses: Final = PulseCounter(
            PulseWindows(time[PULSE_MIN] // _MS, time[PULSE_MAX] // _MS, 8, time[DIGIT_END] // _MS)
        )

    # Timers

    def start(self, kind: int, deadline: int) -> None:
        """Start or restart a timer."""
        shared = self.shared
        shared.deadlines[self.number * TIMERS + kind] = deadline
        if deadline < shared.earliest:
            shared.earliest = deadline

    def stop(self, kind: int) -> None:
        """Stop a timer if it runs."""
        self.shared.deadlines.pop(self.number * TIMERS + kind, None)

    def wait(self, state: int, deadline: int) -> None:
        """Go to ``state`` until ``deadline`` at the latest, NEVER: for as long as it takes."""
        self.state = state
        if deadline == NEVER:
            self.stop(STATE_TIMER)
        else:
            self.start(STATE_TIMER, deadline)

    # The line

    def do(self, action: LineAction) -> None:
        self.shared.actions.append(action)

    def send_bits(self, seized: bool) -> None:
        """Off-hook or on-hook from now on."""
        config = self.config
        self.do(SendBits(self.number, config.seized if seized else config.idle))

    def listen(self, on: bool) -> None:
        """For digits of the register."""
        register = self.config.register
        kinds = 0
        if on:
            kinds = LISTEN_DTMF if register == DTMF else LISTEN_R1 if register == R1 else 0
        if kinds != self.listening:
            self.listening = kinds
            self.do(ListenFor(self.number, kinds))

    def play_tone(self, name: str) -> None:
        """A tone of the country for the caller, where one is configured."""
        if self.config.country:
            self.tone = True
            self.do(SendTone(self.number, self.config.country, name))

    def be_silent(self) -> None:
        """No digits, no tone."""
        if self.tag or self.tone:
            self.tag = 0
            self.tone = False
            self.do(StopSignal(self.number))
        self.pieces.clear()
        if self.steps:
            self.steps.clear()
            self.stop(STEP_TIMER)

    def open_speech(self, on: bool) -> None:
        self.do(OpenSpeech(self.number, on))

    def bit_received(self, bit: int, now: int) -> bool:
        """Bit A as it came. True: it is recognised at once, BIT_TIMER does it else."""
        if bit == self.raw:
            return False
        self.raw = bit
        self.raw_at = now
        if bit == self.far:
            self.stop(BIT_TIMER)
            self.shared.count("hits")
            return False
        recognition = self.config.time[RECOGNITION]
        if not recognition:
            return True
        self.start(BIT_TIMER, now + recognition)
        return False

    def recognise(self) -> None:
        """The bit has lasted: it is what the far end means."""
        self.far = self.raw
        self.before = self.since
        self.since = self.raw_at

    @property
    def lasted(self) -> int:
        """How long the far end showed what it does no more, ns."""
        return self.since - self.before

    # Calls

    def take(self, call: EmCall | None) -> None:
        """The channel is in use, by ``call`` or by a seizure that is none yet."""
        channels = self.shared.channels
        handle = call.handle if call is not None else NOBODY
        if channels.is_idle(self.number):
            channels.seize(self.number, handle)
        else:
            channels.pass_on(self.number, handle)
        self.call = call
        if call is not None:
            self.shared.calls[call.handle] = self

    def clearing(self, cause: int, local: bool) -> None:
        """Remember why the call ends; the first reason counts."""
        call = self.call
        if call is not None and not call.cause:
            call.cause = cause
            call.local = local

    def report_released(self) -> None:
        """The call's end, if there is one."""
        call = self.call
        if call is None:
            return
        self.call = None
        del self.shared.calls[call.handle]
        self.shared.channels.pass_on(self.number, NOBODY)
        self.shared.happened.append(
            CallReleased(call.handle, self.number, call.cause, LOCATION, call.local)
        )

    def fault(self, kind: str, text: str, clause: str) -> None:
        """The far end did what it should not: counted and told."""
        self.shared.count(kind)
        self.shared.happened.append(
            ProtocolFault(kind, f"timeslot {self.number}: {text}", clause, b"")
        )

    def end_register(self) -> None:
        """No more digits are received."""
        self.listen(False)
        self.pulses.reset()
        self.stop(PULSE_TIMER)

    def reset_register(self) -> None:
        """Nothing was received or sent yet."""
        self.end_register()
        self.reader = None
        self.stage = 0
        self.sent = 0


def is_pulse(config: EmConfig) -> bool:
    """Digits are decadic pulses on the bits."""
    return config.register == PULSE
