"""Recording taps: analog lines that are listened to at high impedance, no I/O (LineEngine).

A tap tells what happens on the line in the words of calls, so that a recorder needs no others, and
never sends anything: requests raise LocalError. Which of the two telephones called is told by what
was seen: ringing before (the call came in), or not (it goes out). Digits are heard as DTMF and
counted as pulses, caller ID is heard on hook and behind CAS.

``CallOffered``: it rings, or the line went off hook; ``CallerIdentified``; ``CallConnected``: the
line is off hook (``how``: "off hook"), of a call that goes out as soon as it begins, as the line
does not say when it is answered; ``DigitsReceived``: what was dialled so far; ``CallFlashed``;
``CallReleased``: on hook again, or the ringing ended.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_tones import COUNTRIES
from ...errors import ConfigError, LocalError
from ..call import (
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    BlockingDone,
    CallConnected,
    CallOffered,
    CallReleased,
    CallRequest,
    ChannelChanged,
    DigitsReceived,
    KeptCall,
    PartyNumber,
    RestartDone,
    SignallingEvent,
)
from ..call_kept import not_adopted
from ..call_line import CallFlashed, LineReported
from ..line_actions import LineAction, ListenFor
from ..line_names import BATTERY_ABSENT, DTMF, LISTEN_BELL202, LISTEN_DTMF, LISTEN_V23
from ..line_signals import (
    BatteryReceived,
    DigitReceived,
    FskReceived,
    HookReceived,
    LineSignal,
    RingReceived,
)
from ..ss7.circuit_timers import CircuitTimers
from .callerid_receive import NEVER, CallerId, CallerIdWatch
from .hook import (
    HOOK_DIGIT,
    HOOK_FLASH,
    HOOK_OFF,
    HOOK_ON,
    HOOK_ROWS,
    HookInterpreter,
    HookWindows,
)
from .pulse import CODES, digit_of

_MS: Final = 1_000_000
LISTENING: Final = LISTEN_DTMF | LISTEN_V23 | LISTEN_BELL202
IDENTITY_OF: Final = 10_000 * _MS
"""Caller ID that came before the first ring is of the ring within this time."""
DIALLING: Final = 30_000 * _MS
"""Off hook so long, a single short break of a call that goes out is a digit; later a flash."""
LOCATION: Final = 2
T_RING: Final = 0
T_HOOK: Final = 1
T_WATCH: Final = 2
T_CUT: Final = 3
CUT: Final = 1_500 * _MS
NORMAL: Final = 16

IDLE: Final = 0
RINGING: Final = 1
OFF_HOOK: Final = 2
OUT: Final = 3
STATES: Final = {IDLE: "idle", RINGING: "ringing", OFF_HOOK: "off hook", OUT: "no battery"}


class TapConfig:
    """Taps. ``ring_gap`` ms: no ringing for so long is the end of it; ``hook``: a key of HOOK_ROWS,
    what tells pulses and flashes from hanging up; ``code``: a key of pulse.CODES."""

    def __init__(
        self,
        channels: tuple[int, ...],
        country: str = "cn",
        ring_gap: int = 7_000,
        hook: str = "wide",
        code: str = "standard",
    ) -> None:
        if not channels or len(set(channels)) != len(channels):
            raise ConfigError("taps: give the numbers of their ports, each once")
        if country not in COUNTRIES:
            known = ", ".join(sorted(COUNTRIES))
            raise ConfigError(f"no tones of country {country!r}: give one of {known}")
        if not 1_000 <= ring_gap <= 20_000:
            raise ConfigError(f"taps: ring_gap = {ring_gap}, give 1000 to 20000 ms")
        if hook not in HOOK_ROWS:
            raise ConfigError(f"taps: hook = {hook!r}, give one of {', '.join(HOOK_ROWS)}")
        if code not in CODES:
            raise ConfigError(f"taps: code = {code!r}, give one of {', '.join(CODES)}")
        self.channels: Final = channels
        self.country: Final = country
        self.ring_gap: Final[int] = ring_gap * _MS
        self.hook: Final = hook
        self.code: Final = code


class Tap:
    """A tapped line."""

    def __init__(self, channel: int, hook: str) -> None:
        self.channel: Final = channel
        self.state = IDLE
        self.call = 0
        """Handle; 0: there is none."""
        self.rang = False
        self.down = False
        self.began = 0
        self.digits = ""
        self.identity: CallerId | None = None
        self.identity_at = 0
        self.reported = CHANNEL_IDLE
        self.watch: Final = CallerIdWatch()
        self.hook: Final = HookInterpreter(HookWindows(hook))


class TapTrunk(CircuitTimers):
    """See above."""

    def __init__(self, config: TapConfig) -> None:
        super().__init__(False)
        self.config: Final = config
        self.taps: Final[dict[int, Tap]] = {c: Tap(c, config.hook) for c in config.channels}
        self._happened: list[SignallingEvent] = []
        self._out: list[LineAction] = []
        self._last_handle = 0
        self._counts: Final[dict[str, int]] = {}

    # The board

    def start(self, now: int) -> None:
        for tap in self.taps.values():
            self._out.append(ListenFor(tap.channel, LISTENING))

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            tap = self.taps.get(channel)
            if tap is not None and not tap.down:
                tap.down = True
                self._out_of_service(tap)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        for channel in channels:
            tap = self.taps.get(channel)
            if tap is not None and tap.down:
                tap.down = False
                self._rest(tap)

    def receive(self, signal: LineSignal, now: int) -> None:
        tap = self.taps.get(signal.channel)
        if tap is None or tap.down:
            return
        if isinstance(signal, HookReceived):
            tap.hook.collecting = not tap.rang and now < tap.began + DIALLING
            tap.hook.change(signal.off, now)
            self._hooked(tap, now)
        elif isinstance(signal, RingReceived):
            self._ring(tap, signal.on, now)
        elif isinstance(signal, DigitReceived):
            if signal.kind == DTMF and signal.on:
                self._digit(tap, signal, now)
        elif isinstance(signal, FskReceived):
            tap.watch.fsk(signal.bell202, signal.kind, signal.octet, now)
            self._identities(tap, now)
        elif isinstance(signal, BatteryReceived):
            self._battery(tap, signal.battery, now)
        self._wait(tap)

    def transmit(self) -> list[LineAction]:
        out, self._out = self._out, []
        return out

    def events(self) -> list[SignallingEvent]:
        happened, self._happened = self._happened, []
        return happened

    def handle_timeout(self, now: int) -> None:
        key = self.take_due(now)
        while key != -1:
            tap = self.taps[key >> 2]
            timer = key & 3
            if timer == T_RING and tap.state == RINGING:
                self._end(tap, now)
            elif timer == T_HOOK:
                tap.hook.expire(now)
                self._hooked(tap, now)
            elif timer == T_WATCH:
                tap.watch.handle_timeout(now)
                self._identities(tap, now)
            elif timer == T_CUT:
                self._out_of_service(tap)
                self._report(tap, "line cut", "no battery")
            self._wait(tap)
            key = self.take_due(now)

    # What the line shows

    def _wait(self, tap: Tap) -> None:
        for timer, deadline in ((T_HOOK, tap.hook.deadline), (T_WATCH, tap.watch.deadline)):
            key = tap.channel << 2 | timer
            if deadline >= NEVER:
                self.deadlines.pop(key, None)
            else:
                self.start_key(key, deadline)

    def _ring(self, tap: Tap, on: bool, now: int) -> None:
        if tap.state == OFF_HOOK:
            return
        tap.watch.ring(now)
        gap = self.config.ring_gap + (15_000 * _MS if on else 0)
        self.start_key(tap.channel << 2 | T_RING, now + gap)
        if on and tap.state != RINGING:
            tap.state = RINGING
            self._begin(tap, now)

    def _begin(self, tap: Tap, now: int) -> None:
        """A call."""
        self._last_handle += 1
        tap.call = self._last_handle
        tap.rang = tap.state == RINGING
        tap.began = now
        tap.digits = ""
        identity = tap.identity if now - tap.identity_at <= IDENTITY_OF else None
        tap.identity = None
        calling = identity.party() if identity is not None and tap.rang else None
        name = identity.name if identity is not None and tap.rang else ""
        request = CallRequest(
            PartyNumber(""), calling, tap.channel, complete=tap.rang, display=name
        )
        self._count("tap_calls_in" if tap.rang else "tap_calls_out")
        self._happened.append(CallOffered(tap.call, tap.channel, request))
        if identity is not None and tap.rang:
            self._happened.append(identity.event(tap.call))
        self._show(tap, CHANNEL_BUSY)

    def _hooked(self, tap: Tap, now: int) -> None:
        for kind, value in tap.hook.taken():
            if kind == HOOK_OFF:
                self.deadlines.pop(tap.channel << 2 | T_RING, None)
                before = tap.state
                tap.state = OFF_HOOK
                if before != RINGING:
                    self._begin(tap, now)
                tap.watch.reset()
                self._happened.append(CallConnected(tap.call, tap.channel, None, -1, "off hook"))
            elif kind == HOOK_ON and tap.state == OFF_HOOK:
                self._end(tap, now)
            elif kind == HOOK_DIGIT and tap.state == OFF_HOOK:
                self._dialled(tap, digit_of(value, self.config.code))
            elif kind == HOOK_FLASH and tap.state == OFF_HOOK:
                self._happened.append(CallFlashed(tap.call))

    def _dialled(self, tap: Tap, digit: str) -> None:
        if digit:
            tap.digits += digit
            self._happened.append(DigitsReceived(tap.call, digit, False))

    def _digit(self, tap: Tap, signal: DigitReceived, now: int) -> None:
        if tap.state == OFF_HOOK:
            self._dialled(tap, signal.digit)
            return
        tap.watch.digit(signal.digit, signal.began, now)
        self._identities(tap, now)

    def _identities(self, tap: Tap, now: int) -> None:
        for identity in tap.watch.found():
            if not identity.is_call:
                waiting = "on" if identity.waiting else "off"
                self._report(tap, "message waiting", waiting)
            elif tap.call:
                self._happened.append(identity.event(tap.call))
            else:
                tap.identity, tap.identity_at = identity, now

    def _battery(self, tap: Tap, battery: int, now: int) -> None:
        key = tap.channel << 2 | T_CUT
        if battery == BATTERY_ABSENT:
            if tap.state != OUT:
                self.start_key(key, now + CUT)
            return
        self.deadlines.pop(key, None)
        if tap.state == OUT:
            self._report(tap, "line back")
            self._rest(tap)

    def _end(self, tap: Tap, now: int) -> None:
        self._release(tap, NORMAL)
        self._rest(tap)

    def _release(self, tap: Tap, cause: int) -> None:
        if tap.call:
            self._happened.append(CallReleased(tap.call, tap.channel, cause, LOCATION, False))
        tap.call = 0

    def _rest(self, tap: Tap) -> None:
        tap.state = IDLE
        tap.watch.reset()
        self.deadlines.pop(tap.channel << 2 | T_RING, None)
        self._show(tap, CHANNEL_IDLE)

    def _out_of_service(self, tap: Tap) -> None:
        self._release(tap, 27)
        self._rest(tap)
        tap.state = OUT
        self._show(tap, CHANNEL_OUT_OF_SERVICE)

    def _show(self, tap: Tap, state: int) -> None:
        if state != tap.reported:
            tap.reported = state
            self._happened.append(ChannelChanged(tap.channel, state))

    def _report(self, tap: Tap, what: str, text: str = "") -> None:
        self._count("tap_" + what.replace(" ", "_"))
        self._happened.append(LineReported(tap.channel, what, text))

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1

    # Requests: a tap has no say

    def _never(self) -> None:
        raise LocalError("a recording tap only listens: it places, answers and clears no calls")

    def place(self, request: CallRequest, now: int) -> int:
        self._never()
        return 0

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        self._never()

    def want_digits(self, call: int, now: int) -> None:
        self._never()

    def proceed(self, call: int, now: int) -> None:
        self._never()

    def progress(self, call: int, indicator: int, now: int) -> None:
        self._never()

    def alert(self, call: int, inband: bool, now: int) -> None:
        self._never()

    def answer(self, call: int, now: int) -> None:
        self._never()

    def clear(self, call: int, cause: int, now: int) -> None:
        self._never()

    def notify(self, call: int, indicator: int, now: int) -> None:
        self._never()

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        self._never()

    def drain(self, on: bool, now: int) -> None:
        """Nothing to stop: calls are not a tap's."""

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("a tap")

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Forget the call; the line may be off hook still, which is told anew."""
        for channel in channels or self.config.channels:
            tap = self._tap(channel)
            self._release(tap, 41)
            self._rest(tap)
        self._happened.append(RestartDone(channels or self.config.channels, True, True))

    def block(self, channels: tuple[int, ...], now: int) -> None:
        self._happened.append(BlockingDone(channels, "block", False))

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        self._happened.append(BlockingDone(channels, "unblock", False))

    def _tap(self, channel: int) -> Tap:
        tap = self.taps.get(channel)
        if tap is None:
            raise LocalError(f"there is no port {channel} here")
        return tap

    def counters(self) -> dict[str, int]:
        return dict(self._counts)

    def channel_text(self, channel: int) -> str:
        tap = self._tap(channel)
        return STATES[tap.state] + (f", dialled {tap.digits}" if tap.digits else "")
