"""An exchange line and its call: what they remember, timers, what is asked of the port.

The drawn inputs are functions of a Line, in fxo_incoming, fxo_outgoing and fxo_talking; the drawing
itself is the table in fxo_table.
"""

from __future__ import annotations

from typing import Final

from ..call import (
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    CallReleased,
    CallRequest,
    ChannelChanged,
    SignallingEvent,
)
from ..call_line import LineReported
from ..line_actions import (
    LineAction,
    ListenFor,
    OpenSpeech,
    SetGround,
    SetImpedance,
    SetLoop,
    StopSignal,
)
from ..line_names import (
    BATTERY_NORMAL,
    LISTEN_BELL202,
    LISTEN_DTMF,
    LISTEN_LEVEL,
    LISTEN_MODEM,
    LISTEN_PROGRESS,
    LISTEN_V23,
)
from ..line_signals import ToneReceived
from ..ss7.circuit_timers import CircuitTimers
from . import fxo_states as s
from .callerid_receive import NEVER, CallerId, CallerIdWatch
from .fxo_config import FxoConfig
from .fxo_tones import ToneLayer
from .fxo_training import Training

UNKNOWN: Final = -1
LOOK_KEY: Final = 1
WATCH_KEY: Final = 2
LEARN_KEY: Final = 3
"""Timers of the readers, not of the machine."""
LOCATION: Final = 2
"""Q.850: public network serving the local user."""

IDLE_LISTENING: Final = LISTEN_DTMF | LISTEN_V23
"""Caller ID without any warning: DTMF, and FSK behind a dual tone alerting signal or nothing."""
WOKEN: Final = LISTEN_DTMF | LISTEN_V23 | LISTEN_BELL202
TALK_LISTENING: Final = LISTEN_PROGRESS | LISTEN_LEVEL
SETUP_LISTENING: Final = LISTEN_PROGRESS | LISTEN_LEVEL | LISTEN_MODEM


class Call:
    """A call on a line."""

    def __init__(self, handle: int, request: CallRequest | None, outgoing: bool) -> None:
        self.handle: Final = handle
        self.request: Final = request
        self.outgoing: Final = outgoing
        self.complete: bool = request.complete if request is not None else True
        self.cause: int = 0
        """Why it ends; 0 while it does not."""
        self.local: bool = False
        self.pulses: int = 0
        self.how: str = ""

    def ends(self, cause: int, local: bool) -> None:
        """The first reason is the one that counts."""
        if not self.cause:
            self.cause = cause
            self.local = local


class Core(CircuitTimers):
    """What the lines of a trunk share: timers, the way out, what happened."""

    def __init__(self, config: FxoConfig) -> None:
        super().__init__(False)
        self.config: Final = config
        self.ns: Final[dict[str, int]] = config.ns
        self.happened: list[SignallingEvent] = []
        self.out: list[LineAction] = []
        self.calls: Final[dict[int, Line]] = {}
        """By handle."""
        self.last_handle: int = 0
        self.draining: bool = False
        self.counts: Final[dict[str, int]] = {}

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def handle(self) -> int:
        self.last_handle += 1
        return self.last_handle


class Line:
    """A line: its machine, its call."""

    def __init__(self, core: Core, channel: int) -> None:
        self.core: Final = core
        self.config: Final[FxoConfig] = core.config
        self.channel: Final = channel
        self.state: int = s.IDLE
        self.call: Call | None = None
        self.blocked: bool = False
        self.down: bool = False
        """Layer 1 is lost."""
        self.battery: int = BATTERY_NORMAL
        self.polarity: int = UNKNOWN
        """The last one that lasted, or UNKNOWN before the first."""
        self.base: int = UNKNOWN
        """Polarity as the loop was closed."""
        self.dialled_from: int = UNKNOWN
        """Polarity as the first digit was sent."""
        self.grounded: bool = False
        """Ground start: the exchange grounds the tip."""
        self.in_use: bool = False
        self.loop: bool = False
        self.listening: int = UNKNOWN
        self.wanted: int = 0
        """Detectors without the one that learns a tone."""
        self.reported: int = CHANNEL_IDLE
        self.ringing: bool = False
        self.rings: int = 0
        """Rings so far; bursts with less than a second between are one."""
        self.ring_ended: int = 0
        self.refused: bool = False
        """The application refused the call; the caller rings on."""
        self.watch: Final = CallerIdWatch()
        self.identity: CallerId | None = None
        """Came before the call was offered."""
        self.tones: ToneLayer | None = None
        """Made when first needed."""
        self.items: list[str] = []
        """What is to be dialled: digits, ``,`` pause, ``w`` wait, ``!`` flash."""
        self.pulse: bool = core.config.pulse
        self.tag: int = 0
        self.voice: int = 0
        self.instead: str = ""
        """A tone that is heard where dial tone should be."""
        """ns of voice heard since the last ringback."""
        self.verdict: str = ""
        """Answer by a lesser sign, while a better one is waited for."""
        self.ringback: bool = False
        self.sounding: ToneReceived | None = None
        self.alerting: bool = False
        """A dual tone alerting signal of the exchange is acknowledged."""
        self.heard: bool = False
        self.sent: bool = False
        """Voice from the line, voice to it."""
        self.settled: int = 0
        """From then on a reversal means something."""
        self.flashed: int = 0
        """Dial tone up to then is the answer to our hookflash."""
        self.learning: bool = False
        self.impedance: str = core.config.impedance
        self.chosen: bool = core.config.impedance_chosen
        """Impedance row of the port; chosen: by the configuration or training."""
        self.training: Training | None = None

    # Timers

    def start(self, timer: int, now: int, ns: int) -> None:
        self.core.start_key(self.channel << 5 | timer, now + ns)

    def start_at(self, timer: int, deadline: int) -> None:
        self.core.start_key(self.channel << 5 | timer, deadline)

    def stop(self, timer: int) -> None:
        self.core.deadlines.pop(self.channel << 5 | timer, None)

    def runs(self, timer: int) -> bool:
        return (self.channel << 5 | timer) in self.core.deadlines

    def stop_all(self) -> None:
        for timer in range(s.FIRST_TIMER, s.T_MUTE + 1):
            self.stop(timer)

    # Asking

    def do(self, action: LineAction) -> None:
        self.core.out.append(action)

    def set_loop(self, closed: bool) -> None:
        if closed != self.loop:
            self.loop = closed
            self.do(SetLoop(self.channel, closed))

    def listen(self, kinds: int) -> None:
        self.wanted = kinds
        if self.learning:
            kinds |= LISTEN_PROGRESS
        if kinds != self.listening:
            self.listening = kinds
            self.do(ListenFor(self.channel, kinds))

    def wake(self) -> None:
        """Something came that caller ID may follow: all its kinds are listened to."""
        if self.config.listen != "none":
            self.listen(WOKEN)

    def next_tag(self) -> int:
        self.tag += 1
        return self.tag

    # Telling

    def report(self, what: str, text: str = "") -> None:
        self.core.count("fxo_" + what.replace(" ", "_"))
        self.core.happened.append(LineReported(self.channel, what, text))

    def tell(self, event: SignallingEvent) -> None:
        self.core.happened.append(event)

    def layer(self, connected: bool) -> ToneLayer:
        """The tones, begun afresh."""
        config = self.config
        if self.tones is None:
            self.tones = ToneLayer(config.country, config.tones, config.rows, config.cycles)
        self.tones.begin(connected)
        self.stop(LOOK_KEY)
        return self.tones

    def readers_wait(self) -> None:
        """Let the readers' deadlines run."""
        tones, watch = self.tones, self.watch
        if tones is not None and tones.deadline != NEVER:
            self.start_at(LOOK_KEY, tones.deadline)
        else:
            self.stop(LOOK_KEY)
        if watch.deadline != NEVER:
            self.start_at(WATCH_KEY, watch.deadline)
        else:
            self.stop(WATCH_KEY)

    # Ends

    def release(self) -> None:
        """The call is dead, if there is one."""
        call = self.call
        if call is None:
            return
        self.call = None
        del self.core.calls[call.handle]
        self.tell(CallReleased(call.handle, self.channel, call.cause or 16, LOCATION, call.local))

    def hang_up(self, now: int) -> None:
        """On hook, whatever went on; the guard time begins."""
        self.stop_all()
        if self.loop:
            self.do(StopSignal(self.channel))
            self.do(OpenSpeech(self.channel, False))
        self.set_loop(False)
        if self.config.ground:
            self.do(SetGround(self.channel, False))
        self.items.clear()
        if self.training is not None:
            self.training = None
            self.do(SetImpedance(self.channel, self.impedance, self.chosen))
        self.alerting = False
        self.sounding = None
        self.verdict = ""
        self.listen(0)
        self.state = s.GUARD
        self.start(s.T_GUARD, now, self.core.ns["guard"])

    def rest(self, now: int) -> None:
        """Where the line goes when nothing is left of a call: idle, in use, or out of service."""
        self.release()
        self.stop_all()
        self.watch.reset()
        self.identity = None
        self.refused = False
        self.rings = 0
        self.heard = self.sent = False
        if self.tones is not None:
            self.tones.begin(False)
        self.readers_wait()
        if self.down or (self.battery == 0 and not self.config.ground):
            self.out(now)
        elif self.in_use:
            self.state = s.IN_USE
            self.listen(0)
        else:
            self.state = s.IDLE
            self.listen(IDLE_LISTENING if self.config.listen == "all" else 0)
        self.show()

    def out(self, now: int) -> None:
        """Out of service: the line is cut, or layer 1 is lost."""
        self.release()
        self.stop_all()
        self.set_loop(False)
        self.watch.reset()
        self.identity = None
        self.listen(0)
        if self.state != s.OUT and not self.down:
            self.report("line cut", "no battery")
        self.state = s.OUT
        self.show()

    def show(self) -> None:
        """Tell the channel's state when it is another one."""
        state = CHANNEL_BUSY
        if self.state == s.OUT:
            state = CHANNEL_OUT_OF_SERVICE
        elif self.blocked and self.call is None and not self.loop:
            state = CHANNEL_BLOCKED_HERE
        elif self.state == s.IDLE:
            state = CHANNEL_IDLE
        if state != self.reported:
            self.reported = state
            self.tell(ChannelChanged(self.channel, state))

    def free(self) -> bool:
        """A call can be placed on it."""
        if self.blocked or self.down or self.ringing:
            return False
        if self.config.ground and self.grounded:
            return False
        if self.battery == 0 and not self.config.ground:
            return False
        if self.state == s.IN_USE:
            return not self.config.parallel_refused
        return self.state == s.IDLE and self.identity is None and not self.watch.receiving
