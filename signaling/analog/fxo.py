"""Exchange lines: a trunk of FXO ports, no I/O (LineEngine, signaling/line.py).

The machine is drawn in fxo_table. Here are the requests, and what a port shows is made into inputs:
sounds go through the tones' reader (fxo_tones), FSK and DTMF through caller ID's
(callerid_receive). Channels are port numbers. A line that cannot say a thing (proceed, alert,
progress) says nothing.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    BlockingDone,
    CallReleased,
    CallRequest,
    KeptCall,
    RestartDone,
    SignallingEvent,
)
from ..call_kept import not_adopted
from ..call_line import CallMetered
from ..line_actions import LineAction, SetImpedance
from ..line_names import BATTERY_ABSENT, DTMF
from ..line_signals import (
    BatteryReceived,
    DigitReceived,
    FskReceived,
    GroundReceived,
    InUseReceived,
    LevelMeasured,
    LineSignal,
    MeteringReceived,
    ModemToneReceived,
    RingReceived,
    SendingEnded,
    ToneReceived,
    VoiceReceived,
)
from . import fxo_states as s
from .callerid_receive import CARRIER
from .fxo_config import FxoConfig
from .fxo_line import LEARN_KEY, LOCATION, LOOK_KEY, UNKNOWN, WATCH_KEY, WOKEN, Call, Core, Line
from .fxo_outgoing import check_pulses, dial_items
from .fxo_table import FXO
from .fxo_talking import is_alerting_signal, voice_changed
from .learn_tone import CONTINUOUS, ToneLearner

NO_CIRCUIT: Final = 34
NOT_THAT_ONE: Final = 44
HEARS_IDENTITY: Final = (s.IDLE, s.RINGING, s.CALLER_ID, s.OFFERED)


class FxoTrunk:
    """See above. Requests raise LocalError when the call does not exist or its state forbids it."""

    def __init__(self, config: FxoConfig) -> None:
        self.config: Final = config
        self.core: Final = Core(config)
        self.lines: Final[dict[int, Line]] = {
            channel: Line(self.core, channel) for channel in config.channels
        }
        self._learners: Final[dict[int, ToneLearner]] = {}
        self._next = 0
        """Where the search for a free line begins: all are used in turn."""

    # The board

    def start(self, now: int) -> None:
        for line in self.lines.values():
            line.loop = True  # whatever was before: it is opened
            line.set_loop(False)
            line.do(SetImpedance(line.channel, line.impedance, line.chosen))
            line.rest(now)

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            line = self.lines.get(channel)
            if line is not None and not line.down:
                line.down = True
                self._input(line, s.LINE_DOWN, None, now)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            line = self.lines.get(channel)
            if line is not None and line.down:
                line.down = False
                self._input(line, s.LINE_UP, None, now)

    def receive(self, signal: LineSignal, now: int) -> None:
        line = self.lines.get(signal.channel)
        if line is None:
            return
        if isinstance(signal, ToneReceived):
            self._tone(line, signal, now)
        elif isinstance(signal, FskReceived):
            self._fsk(line, signal, now)
        elif isinstance(signal, DigitReceived):
            if signal.kind == DTMF and signal.on and line.state in HEARS_IDENTITY:
                line.watch.digit(signal.digit, signal.began, now)
                self._identities(line, now)
        elif isinstance(signal, RingReceived):
            line.ringing = signal.on
            self._input(line, s.RING_ON if signal.on else s.RING_OFF, signal, now)
        elif isinstance(signal, BatteryReceived):
            self._battery(line, signal.battery, now)
        elif isinstance(signal, VoiceReceived):
            line.heard = signal.active
            voice_changed(line, now)
        elif isinstance(signal, InUseReceived):
            line.in_use = signal.in_use
            on = s.OTHER_OFF_HOOK if signal.in_use else s.OTHER_ON_HOOK
            self._input(line, on, signal, now)
        elif isinstance(signal, GroundReceived):
            line.grounded = signal.on
            self._input(line, s.GROUND_ON if signal.on else s.GROUND_OFF, signal, now)
        elif isinstance(signal, SendingEnded):
            self._input(line, s.SENT, signal, now)
        elif isinstance(signal, MeteringReceived):
            self._metered(line)
        elif isinstance(signal, LevelMeasured):
            if signal.tag == line.tag:
                self._input(line, s.MEASURED, signal, now)
        elif isinstance(signal, ModemToneReceived):
            self._input(line, s.SOUND, signal, now)
        line.readers_wait()

    def transmit(self) -> list[LineAction]:
        core = self.core
        out, core.out = core.out, []
        return out

    def events(self) -> list[SignallingEvent]:
        core = self.core
        happened, core.happened = core.happened, []
        return happened

    def next_timeout(self) -> int | None:
        return self.core.next_timeout()

    def handle_timeout(self, now: int) -> None:
        core = self.core
        key = core.take_due(now)
        while key != -1:
            line = self.lines[key >> 5]
            timer = key & 31
            if timer == LOOK_KEY:
                if line.tones is not None:
                    for name in line.tones.look(now):
                        self._input(line, s.TONE, name, now)
            elif timer == LEARN_KEY:
                learner = self._learners.get(line.channel)
                if learner is not None:
                    learner.lasts(now)
                    self._learned(line, learner)
            elif timer == WATCH_KEY:
                line.watch.handle_timeout(now)
                self._identities(line, now)
            else:
                self._input(line, timer, None, now)
            line.readers_wait()
            key = core.take_due(now)

    # What a port shows

    def _input(self, line: Line, input_: int, arg: object, now: int) -> None:
        before = line.state
        cell = FXO.cells[before][input_]
        if cell is None or cell.method is None:
            return
        cell.method(line, arg, now)
        FXO.check(before, input_, line.state)

    def _battery(self, line: Line, battery: int, now: int) -> None:
        before = line.battery
        line.battery = battery
        back = before == BATTERY_ABSENT and not line.loop  # on hook it is the exchange's usual one
        if battery != BATTERY_ABSENT and (line.polarity == UNKNOWN or back):
            line.polarity = line.base = battery
        if battery == BATTERY_ABSENT:
            self._input(line, s.BATTERY_LOST, None, now)
            return
        if before == BATTERY_ABSENT:
            self._input(line, s.BATTERY_BACK, None, now)
        if battery != line.polarity or before not in (BATTERY_ABSENT, battery):
            self._input(line, s.REVERSED, None, now)

    def _tone(self, line: Line, tone: ToneReceived, now: int) -> None:
        learner = self._learners.get(line.channel)
        if learner is not None:
            learner.receive(tone)
            self._learned(line, learner)
            if tone.on and tone.frequencies:
                line.start_at(LEARN_KEY, max(now, tone.began + CONTINUOUS))
            else:
                line.stop(LEARN_KEY)
        if line.tones is None:
            return
        if line.state in s.TALKS and is_alerting_signal(tone):
            self._input(line, s.ALERTING_SIGNAL, tone, now)
        state = line.state
        names = line.tones.segment(tone, now)
        for name in names:
            if line.state == state:
                self._input(line, s.TONE, name, now)
        if line.state == state:
            self._input(line, s.SOUND, tone, now)

    def _fsk(self, line: Line, signal: FskReceived, now: int) -> None:
        if line.state not in HEARS_IDENTITY and not line.alerting:
            return
        line.watch.fsk(signal.bell202, signal.kind, signal.octet, now)
        if signal.kind == CARRIER and line.state == s.IDLE:
            line.listen(WOKEN)
            if not line.runs(s.T_STEP):
                line.start(s.T_STEP, now, self.core.ns["ring_gap"])
        self._identities(line, now)

    def _identities(self, line: Line, now: int) -> None:
        for identity in line.watch.found():
            self.core.count("fxo_caller_id_" + identity.standard.replace("-", "_"))
            self._input(line, s.IDENTITY, identity, now)

    def _metered(self, line: Line) -> None:
        call = line.call
        if call is not None and call.outgoing:
            call.pulses += 1
            line.tell(CallMetered(call.handle, 1))

    # Calls

    def _of(self, call: int) -> Line:
        line = self.core.calls.get(call)
        if line is None:
            raise LocalError(f"there is no call {call}")
        return line

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call. The number may have pauses (``,``), waits for dial tone (``w``), flashes
        (``!``) and ``t``, ``p`` for DTMF and pulses; empty: the line is seized, no more."""
        if self.core.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        if request.channel and request.channel not in self.lines:
            raise LocalError(f"there is no port {request.channel} here")
        check_pulses(dial_items(request.called.digits), self.config.pulse)
        call = Call(self.core.handle(), request, True)
        line = self._choose(request)
        if line is None:
            call.ends(NOT_THAT_ONE if request.exclusive else NO_CIRCUIT, False)
            self._refused(call, request.channel)
        else:
            self._input(line, s.SEIZE, call, now)
            line.readers_wait()
        return call.handle

    def _choose(self, request: CallRequest) -> Line | None:
        if request.channel:
            line = self.lines[request.channel]
            if line.free():
                return line
            if request.exclusive:
                return None
        order = list(self.lines.values())
        for step in range(len(order)):
            line = order[(self._next + step) % len(order)]
            if line.free():
                self._next = (self._next + step + 1) % len(order)
                return line
        return None

    def _refused(self, call: Call, channel: int) -> None:
        """No line: the handle lives until its CallReleased."""
        self.core.happened.append(CallReleased(call.handle, channel, call.cause, LOCATION, False))

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        line = self._of(call)
        check_pulses(dial_items(digits), line.pulse)
        self._input(line, s.DIGITS, (digits, complete), now)

    def want_digits(self, call: int, now: int) -> None:
        self._of(call)

    def proceed(self, call: int, now: int) -> None:
        self._of(call)

    def progress(self, call: int, indicator: int, now: int) -> None:
        self._of(call)

    def alert(self, call: int, inband: bool, now: int) -> None:
        self._of(call)

    def notify(self, call: int, indicator: int, now: int) -> None:
        self._of(call)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        self._of(call)

    def answer(self, call: int, now: int) -> None:
        line = self._of(call)
        self._input(line, s.ANSWER, None, now)
        line.readers_wait()

    def clear(self, call: int, cause: int, now: int) -> None:
        """Hang up. An offered call cannot be refused on the line: it rings on, unheard."""
        line = self._of(call)
        if line.call is not None:
            line.call.ends(cause, True)
        self._input(line, s.CLEAR, None, now)
        line.readers_wait()

    def flash(self, call: int, now: int) -> None:
        """A hookflash to the exchange."""
        line = self._of(call)
        self._input(line, s.FLASH, None, now)
        line.readers_wait()

    def sending(self, channel: int, active: bool, now: int) -> None:
        """Voice goes to the line, or no more: silence counts both ways."""
        line = self.lines.get(channel)
        if line is not None and line.sent != active:
            line.sent = active
            voice_changed(line, now)

    # Channels

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """On hook, whatever goes on."""
        for channel in channels or self.config.channels:
            line = self._line(channel)
            if line.call is not None:
                line.call.ends(41, True)
            if line.state not in (s.OUT, s.IDLE, s.IN_USE):
                line.hang_up(now)
                line.readers_wait()
        self.core.happened.append(RestartDone(channels or self.config.channels, True, True))

    def _line(self, channel: int) -> Line:
        line = self.lines.get(channel)
        if line is None:
            raise LocalError(f"there is no port {channel} here")
        return line

    def drain(self, on: bool, now: int) -> None:
        self.core.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("an analog line")

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """No calls are placed on them, and none are taken: the line rings and nobody answers."""
        self._blocking(channels, True)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        self._blocking(channels, False)

    def _blocking(self, channels: tuple[int, ...], on: bool) -> None:
        for channel in channels:
            line = self._line(channel)
            line.blocked = on
            line.show()
        what = "block" if on else "unblock"
        self.core.happened.append(BlockingDone(channels, what, True))

    def learn(self, channel: int, on: bool, now: int) -> None:
        """Listen for a tone to learn, in whatever state; LineReported "learned tone" tells the
        row's text when it is there. ``on`` False: no more."""
        line = self._line(channel)
        line.learning = on
        if on:
            self._learners[channel] = ToneLearner()
        else:
            self._learners.pop(channel, None)
        line.listen(line.wanted)

    def train(self, channel: int, now: int) -> None:
        """Find the impedance row with the least echo on an idle line: LineReported "trained" or
        "training failed" follows, some five seconds later. The row is the line's from then on."""
        line = self._line(channel)
        if self.config.ground:
            raise LocalError("ground-start lines are not trained: choose `impedance` for them")
        if line.state == s.IDLE and not line.free():
            raise LocalError(f"port {channel} is not free: {self.channel_text(channel)}")
        self._input(line, s.TRAIN, None, now)
        line.readers_wait()

    def _learned(self, line: Line, learner: ToneLearner) -> None:
        row = learner.row("learned")
        if row is not None:
            line.report("learned tone", row.text)
            self._learners.pop(line.channel, None)
            line.learning = False
            line.listen(line.wanted)

    def counters(self) -> dict[str, int]:
        found = dict(self.core.counts)
        found["fxo_undrawn"] = FXO.undrawn
        found["fxo_caller_id_faults"] = sum(line.watch.faults for line in self.lines.values())
        return found

    def channel_text(self, channel: int) -> str:
        line = self._line(channel)
        words = [s.STATES[line.state], "off hook" if line.loop else "on hook"]
        if line.ringing:
            words.append("ringing")
        words.append(("no battery", "battery normal", "battery reversed")[line.battery])
        if line.in_use:
            words.append("another telephone off hook")
        if line.blocked:
            words.append("blocked")
        return ", ".join(words)
