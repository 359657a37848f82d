"""FXS: telephones on analog ports, without I/O (a LineEngine, signaling/line.py).

The line's machine is drawn in fxs_table, that of a second call in fxs_service. A channel is a
port's number. A call that a telephone dials is offered; one that is placed rings the telephone.
When the telephone hangs up its call is released at once: nobody is left to clear. When the
application clears, the call is released at once too, and the channel is busy (ChannelChanged) until
the telephone is on hook.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    TEST_CALL,
    BlockingDone,
    CallRequest,
    KeptCall,
    RestartDone,
    SignallingEvent,
)
from ..call_kept import not_adopted
from ..fsm import Cell, ignored
from ..line_actions import LineAction, SetImpedance
from ..line_names import DTMF
from ..line_signals import (
    DigitReceived,
    GroundReceived,
    HookReceived,
    LineMeasured,
    LineSignal,
    SendingEnded,
)
from . import fxs_line
from . import fxs_states as s
from .fxs_calls import serve_second
from .fxs_config import (
    T_ANSWER,
    T_DIGITS,
    T_DROP,
    T_GROUND,
    T_HOOK,
    T_HOWLER,
    T_METER,
    T_PROBE,
    T_RERING,
    T_RING,
    T_STEP,
    T_TONE,
    T_WAITING,
    FxsConfig,
)
from .fxs_port import OUT_OF_ORDER, USER_BUSY, Call, Core, LineTest, Port
from .fxs_sequence import NEVER
from .fxs_service import SERVICE
from .fxs_table import LINE
from .hook import (
    HOOK_DIGIT,
    HOOK_FAULT,
    HOOK_FLASH,
    HOOK_OFF,
    HOOK_ON,
    HOOK_PULSE,
)
from .pulse import digit_of

_NOTHING: Final = ignored("no such state")
CELLS: Final[list[list[Cell]]] = [[cell or _NOTHING for cell in row] for row in LINE.cells]

EXPIRY_INPUT: Final = {
    T_RING: s.T_RING_EXPIRY,
    T_ANSWER: s.T_ANSWER_EXPIRY,
    T_RERING: s.T_RERING_EXPIRY,
    T_TONE: s.T_TONE_EXPIRY,
    T_HOWLER: s.T_HOWLER_EXPIRY,
    T_DROP: s.T_DROP_EXPIRY,
    T_GROUND: s.T_GROUND_EXPIRY,
    T_PROBE: s.T_PROBE_EXPIRY,
}
HOOK_INPUT: Final = {
    HOOK_OFF: s.OFF_HOOK,
    HOOK_ON: s.ON_HOOK,
    HOOK_FLASH: s.FLASH,
    HOOK_PULSE: s.PULSE,
}
UNSEEN: Final = (s.DROPPED, s.DENIED)
"""States without battery: what the loop seems to do is our own doing."""
COLLECTING: Final = (s.DIAL_TONE, s.DIALLING)


class FxsTrunk(Core):
    """Ports with telephones. After any method take ``transmit`` and ``events``.

    Requests raise LocalError when the call does not exist or its state forbids them.
    """

    def __init__(self, config: FxsConfig) -> None:
        super().__init__(config)
        self.ports: Final[dict[int, Port]] = {n: Port(self, n) for n in config.channels}
        self.by_number: Final = {number: n for n, number in config.numbers.items()}

    # ---- layer 1

    def start(self, now: int) -> None:
        """The board runs: put every line in its idle state."""
        for port in self.ports.values():
            chosen = bool(self.config.text("impedance"))
            self.out.append(SetImpedance(port.channel, self.config.impedance, chosen))
            # The board's own idle feed may be another one.
            port.sequencer.feed = -1
            port.rest()

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """These lines are lost: their calls end with cause 27."""
        for channel in channels:
            port = self.port(channel)
            serve_second(port, s.S_END, None, now)
            self.serve(port, s.LINE_DOWN, None, now)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            self.serve(self.port(channel), s.LINE_UP, None, now)

    def receive(self, signal: LineSignal, now: int) -> None:
        """What a line shows."""
        port = self.ports.get(signal.channel)
        if port is None:
            return
        if isinstance(signal, HookReceived):
            self.hook_changed(port, signal.off, now)
        elif isinstance(signal, DigitReceived):
            self.digit_heard(port, signal, now)
        elif isinstance(signal, SendingEnded):
            port.sequencer.sent(signal.tag, now)
        elif isinstance(signal, GroundReceived):
            port.ground = signal.on
            if signal.on and self.config.start == "ground":
                self.serve(port, s.GROUND, None, now)
        elif isinstance(signal, LineMeasured):
            if port.state == s.TESTING:
                port.measures.append(signal)
            port.sequencer.measured(signal.tag, now)
        self.settle(port, now)

    def hook_changed(self, port: Port, current: bool, now: int) -> None:
        """Loop current flows or stopped."""
        port.current = current
        if port.state in UNSEEN:
            return
        if port.state == s.PROBING and current:
            self.serve(port, s.OFF_HOOK, None, now)
            return
        port.hook.change(current, now)
        self.hook_found(port, now)

    def hook_found(self, port: Port, now: int) -> None:
        """What the interpreter of the loop makes of it."""
        for kind, value in port.hook.taken():
            if kind == HOOK_FAULT:
                text = f"port {port.channel}: loop open for {value} ms"
                self.fault("hook-break", text, "the hook windows")
            elif kind == HOOK_DIGIT:
                digit = digit_of(value, self.config.pulse_code)
                if not digit:
                    self.fault("pulses", f"port {port.channel}: {value} pulses", "Q.23")
                elif self.config.pulse:
                    self.serve(port, s.DIGIT, digit, now)
            elif kind != HOOK_PULSE or self.config.pulse:
                self.serve(port, HOOK_INPUT[kind], value, now)

    def digit_heard(self, port: Port, signal: DigitReceived, now: int) -> None:
        if signal.kind != DTMF or port.sequencer.digit(signal.digit, signal.on, now):
            return
        if signal.on and self.config.dtmf:
            self.serve(port, s.DIGIT, signal.digit, now)

    # ---- one input

    def serve(self, port: Port, input_: int, arg: object, now: int) -> None:
        """An input of a line's machine."""
        before = port.state
        method = CELLS[before][input_].method
        if method is not None:
            method(port, arg, now)
            LINE.check(before, input_, port.state)
        self.settle(port, now)

    def settle(self, port: Port, now: int) -> None:
        """After anything that a port was told: what follows by itself, and its deadlines."""
        sequencer = port.sequencer
        while sequencer.marks:
            mark = sequencer.marks.pop(0)
            port.flush()
            self.serve(port, mark, None, now)
        port.flush()
        collector = port.collector
        if collector is not None and collector.result is not None:
            self.serve(port, s.COLLECTED, None, now)
            collector = port.collector
        if port.state == s.IDLE and port.lamp != port.lamp_shown:
            self.serve(port, s.LAMP_REQ, None, now)
        port.hook.collecting = self.config.pulse and (
            port.state in COLLECTING or (port.state == s.OFFERED and collector is not None)
        )
        port.wake(T_HOOK, port.hook.deadline)
        port.wake(T_STEP, sequencer.deadline)
        due = collector.next_timeout() if collector is not None else None
        port.wake(T_DIGITS, NEVER if due is None else due)

    # ---- what is to be taken

    def transmit(self) -> list[LineAction]:
        """Take what is to be done, in order."""
        out = self.out
        self.out = []
        return out

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    # ---- time

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        while True:
            key = self.take_due(now)
            if key < 0:
                return
            self.expired(self.ports[key >> 5], key & 31, now)

    def expired(self, port: Port, timer: int, now: int) -> None:
        if timer == T_HOOK:
            while port.hook.deadline <= now:
                port.hook.expire(port.hook.deadline)
            self.hook_found(port, now)
        elif timer == T_STEP:
            port.sequencer.expire(now)
        elif timer == T_DIGITS:
            if port.collector is not None:
                port.collector.handle_timeout(now)
        elif timer == T_METER:
            fxs_line.pulse_over(port, now)
        elif timer == T_WAITING:
            serve_second(port, s.S_AGAIN, None, now)
        else:
            if timer == T_HOWLER:  # nobody comes back to a call that is held or waits
                serve_second(port, s.S_END, None, now)
            self.serve(port, EXPIRY_INPUT[timer], None, now)
        self.settle(port, now)

    # ---- calls

    def place(self, request: CallRequest, now: int) -> int:
        """Ring a telephone; the call's handle. ``request.channel``, or the port that has the called
        number, or the first idle one. Busy: CallReleased with cause 17 follows. A blocked port can
        be rung by a test call (category TEST_CALL) alone."""
        if self.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        port = self.chosen(request)
        call = self.new_call(request, True)
        self.placed += 1
        waiting = "waiting" in self.config.features and port.service == s.SINGLE
        grounded = self.config.start == "ground" and port.ground
        testing = port.state == s.BLOCKED and request.category == TEST_CALL and not port.hook.off
        if (port.state == s.IDLE or testing) and not grounded:
            self.serve(port, s.PLACE_REQ, call, now)
        elif port.state == s.TALKING and waiting:
            serve_second(port, s.S_OFFER, call, now)
            self.settle(port, now)
        else:
            gone = port.state in (s.BLOCKED, s.CUT)
            self.released(call, port.channel, OUT_OF_ORDER if gone else USER_BUSY, False)
        return call.handle

    def chosen(self, request: CallRequest) -> Port:
        """The port of a call."""
        if request.channel:
            return self.port(request.channel)
        channel = self.by_number.get(request.called.digits, 0)
        if channel:
            return self.ports[channel]
        for port in self.ports.values():
            if port.state == s.IDLE:
                return port
        raise LocalError("no port is idle, and none has the called number")

    def port(self, channel: int) -> Port:
        port = self.ports.get(channel)
        if port is None:
            raise LocalError(f"there is no port {channel} on this trunk")
        return port

    def port_of(self, handle: int) -> tuple[Port, Call]:
        """Where a call is."""
        call = self.calls.get(handle)
        if call is None or call.port is None:
            raise LocalError(f"there is no call {handle}")
        return call.port, call

    def request(self, handle: int, input_: int, arg: object, now: int) -> None:
        """A request for the call that a telephone is busy with."""
        port, call = self.port_of(handle)
        if port.call is not call:
            raise LocalError(f"call {handle} is held or waits on port {port.channel}")
        self.serve(port, input_, arg, now)

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """DTMF to the telephone."""
        self.request(call, s.DIGITS_REQ, digits, now)

    def want_digits(self, call: int, now: int) -> None:
        self.request(call, s.WANT_DIGITS_REQ, None, now)

    def proceed(self, call: int, now: int) -> None:
        self.request(call, s.PROCEED_REQ, None, now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        self.request(call, s.PROGRESS_REQ, indicator, now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        self.request(call, s.ALERT_REQ, inband, now)

    def answer(self, call: int, now: int) -> None:
        self.request(call, s.ANSWER_REQ, None, now)

    def clear(self, call: int, cause: int, now: int) -> None:
        """End a call, whatever it is doing: CallReleased comes at once."""
        port, known = self.port_of(call)
        if port.call is known:
            self.serve(port, s.CLEAR_REQ, cause, now)
        else:
            serve_second(port, s.S_CLEAR_OTHER, cause, now)
            self.settle(port, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """A telephone cannot be told."""
        self.port_of(call)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        raise LocalError("an analog line carries no user information")

    def meter(self, call: int, units: int, now: int) -> None:
        """Charge: metering pulses to the telephone, one each ``charge_per_pulse`` units."""
        if not 1 <= units <= 10_000:
            raise LocalError(f"{units} units of charge: give 1 to 10000")
        each = self.config.number("charge_per_pulse")
        self.request(call, s.METER_REQ, -(-units // each), now)

    # ---- ports

    def message_waiting(self, channel: int, on: bool, now: int) -> None:
        """Messages wait for this telephone, or no more: dial tone, FSK, lamp as configured."""
        port = self.port(channel)
        port.lamp = on
        self.serve(port, s.LAMP_REQ, None, now)

    def line_test(self, channel: int, now: int) -> None:
        """Test an idle line; LineReported "line test" follows, ``tests`` has the figures."""
        self.serve(self.port(channel), s.TEST_REQ, None, now)

    def last_test(self, channel: int) -> LineTest | None:
        """What the last line test of a port found."""
        return self.tests.get(self.port(channel).channel)

    def set_clock(self, local_seconds: int, now: int) -> None:
        """Local time, s since 1970, at ``now``: for date and time in caller identity."""
        self.clock = local_seconds - now // 1_000_000_000

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """End what these ports do; () means all of them."""
        which = channels or self.config.channels
        for channel in which:
            port = self.port(channel)
            serve_second(port, s.S_END, None, now)
            self.serve(port, s.RESTART_REQ, None, now)
        self.happened.append(RestartDone(which, True, True))

    def drain(self, on: bool, now: int) -> None:
        self.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("an analog line")

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """No calls on these ports any more; those that are up go on to their end."""
        for channel in channels:
            port = self.port(channel)
            self.blocked.add(channel)
            self.serve(port, s.BLOCK_REQ, None, now)
        self.happened.append(BlockingDone(channels, "block", True))

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            port = self.port(channel)
            self.blocked.discard(channel)
            self.serve(port, s.UNBLOCK_REQ, None, now)
        self.happened.append(BlockingDone(channels, "unblock", True))

    def counters(self) -> dict[str, int]:
        """Totals by stable names, for metrics."""
        totals = {
            "placed": self.placed,
            "offered": self.offered,
            "answered": self.answered,
            "flashes": self.flashes,
            "late": sum(port.sequencer.late for port in self.ports.values()),
            "undrawn": LINE.undrawn + SERVICE.undrawn,
        }
        for kind, count in self.faults.items():
            totals["fault-" + kind] = count
        return totals

    def channel_text(self, channel: int) -> str:
        """The state of the port's machines, for people."""
        port = self.port(channel)
        text = s.STATE_NAMES[port.state]
        if port.service != s.SINGLE:
            text += f", {s.SERVICE_NAMES[port.service]}"
        return text
