"""A trunk of lines: R2, E&M, FXS, FXO, taps. Its engine is told what boards show, and asks them.

Signalling and applications share a channel's timeslot: while a register or a telephone without a
call has it, the engine plays and listens; while a call's speech is open, the application does, and
what the engine still listens for is heard by both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.events import Alarm, BoardEvent, PlayEnded
from ..board.media_events import DigitHeard, DigitKind
from ..board.model import Span, SpanKind, Timeslot
from ..errors import DriverError, LocalError
from ..signaling import call as neutral
from ..signaling import call_line as line_events
from ..signaling.cas.r2_config import R2Config
from ..signaling.cas.r2_timers import GUARD
from ..signaling.line import LineEngine
from ..signaling.line_actions import LineAction, OpenSpeech
from ..signaling.line_port import TAGS, LinePort
from ..signaling.line_signals import LineSignal
from . import events
from . import events_line as ev
from .calls import Call
from .config import TrunkTable
from .events import CONNECTED
from .line_engines import channels_of, make_config, make_engine, robbed_codes
from .line_hold import Holds
from .line_requests import keep_clock
from .line_sound import LineSound
from .line_words import LineWords, Said, words_of
from .trunk import NORMAL_CLEARING, Trunk

if TYPE_CHECKING:
    from .node import BoardUnit, Node

SIGNALLING_FAULTS: Final = frozenset(
    {Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI, Alarm.LOMF_CAS, Alarm.AIS16, Alarm.RAI16}
)
"""With one of these a span's bits say nothing (G.732 table 2, Q.421 3.1)."""

LOOK: Final = 100_000_000
"""What has not been played further for so long (ns) has ended."""

SUSPENDED: Final = 0
RESUMED: Final = 1
"""Notification indicators of Q.931 4.5.22."""

REGISTER_KINDS: Final = (DigitKind.R2_FORWARD, DigitKind.R2_BACKWARD, DigitKind.R1)


_ONLY: Final = {
    "line_test": "only fxs lines can be tested",
    "flash": "only fxo and em lines give a hookflash",
    "learn": "tones are learned on fxo lines",
    "train": "impedances are found for fxo lines",
    "message_waiting": "only fxs lines tell telephones of messages",
}
"""What is said when a line has no such thing."""


class LineTrunk(Trunk):
    """One ``[[trunk]]`` with ``signalling = "r2"``, ``"em"``, ``"fxs"``, ``"fxo"`` or ``"tap"``."""

    says_proceeding = False

    def __init__(self, node: Node, table: TrunkTable, unit: BoardUnit) -> None:
        self.span: Final[Span] = unit.board.span(table.span_number)
        super().__init__(node, table, unit, channels_of(table, self.span))
        e1 = self.span.kind is SpanKind.E1
        config = make_config(table, self.channels, node.media.country, e1)
        self.engine: LineEngine = make_engine(table, config, self.channels, self.span.kind)
        self.quiet: Final = config.duration[GUARD] if isinstance(config, R2Config) else 0
        """So long (ns) R2 shows idle at the start before it seizes a line."""
        self.words: Final = self._words(config)
        self.sound: Final = LineSound(self)
        slots = {channel: self.span.timeslots[channel] for channel in self.channels}
        self.port: Final = LinePort(slots, self.law, self.sound)
        self.holds: Final = Holds(self)
        self.line_is_down = False
        self.told_by: dict[tuple[str, str], int] = {}
        """("answer" or "hang-up", how) -> how often."""
        self.reports: dict[str, int] = {}
        """How often the engine told what of its lines."""
        self.refused = 0
        """Actions that the board did not take."""

    def _words(self, config: object) -> LineWords:
        table = self.table
        on_bits = self.span.kind is not SpanKind.ANALOG and table.signalling in ("fxs", "fxo")
        codes = robbed_codes(table) if on_bits else None
        ground = (table.lines or {}).get("start") == "ground"
        return words_of(config, ground, codes, table.signalling == "fxs")

    def timeslot(self, channel: int) -> Timeslot:
        return self.span.timeslots[channel]

    def unit_of(self, channel: int) -> BoardUnit:
        return self.unit

    def spans(self) -> str:
        return self.table.span

    def counters(self) -> dict[str, int]:
        return {**self.engine.counters(), "refused": self.refused}

    def is_open(self, channel: int) -> bool:
        """Somebody has the timeslot open for speech."""
        return bool(self._open.get(channel))

    # Life

    def start(self, now: int) -> None:
        """The boards run: every line goes to its idle state."""
        self.since = now
        self.engine.start(now)
        keep_clock(self, now)
        if self.quiet:
            self.reason = "idle is shown before the first call"
            self.node.at(now + self.quiet, self._begun)
        else:
            self._begun(now)
        for signal in self.port.first_signals():
            self.engine.receive(signal, now)
        self.pump(now)
        if self.span.kind is not SpanKind.ANALOG:
            self.alarms_changed(now)

    def _begun(self, now: int) -> None:
        if not self.line_is_down:
            self._link(True, "the lines are watched", now)

    def _link(self, up: bool, reason: str, now: int) -> None:
        self._link_changed(neutral.LinkChanged(up, reason), now)

    def alarms_changed(self, now: int) -> None:
        """The span's alarms: its bits are not to be believed while it has one."""
        faulty = self.span.alarms & SIGNALLING_FAULTS
        if faulty and not self.line_is_down:
            self.line_is_down = True
            self.engine.line_down(self.channels, now)
            names = ", ".join(sorted(a.name for a in faulty))
            self._link(False, f"the span has {names}", now)
            self.pump(now)
        elif not faulty and self.line_is_down:
            self.line_is_down = False
            self.engine.line_up(self.channels, now)
            self._link(True, "the span is back", now)
            self.pump(now)

    def handle_timeout(self, now: int) -> None:
        now = self.unit.moment(now)
        self.engine.handle_timeout(now)
        self.pump(now)

    def line_event(self, event: BoardEvent) -> None:
        """Bits or an analog port's state changed on one of the channels."""
        signal = self.port.signal(event)
        if signal is not None:
            self._receive(signal, self.unit.moment(event.time))

    def media_event(self, event: BoardEvent) -> bool:
        """A detector or player of one of the channels. True: it is not for applications."""
        signal = self.port.signal(event)
        if signal is not None:
            self._receive(signal, self.unit.moment(event.time))
        if isinstance(event, PlayEnded):
            self.sound.let_play()
            return event.tag >= TAGS
        return isinstance(event, DigitHeard) and event.kind in REGISTER_KINDS

    def events_lost(self, now: int) -> None:
        """The board lost events: the engine is told how its lines stand, and what it plays and
        does not move any more has ended."""
        for signal in self.port.standing():
            self._receive(signal, now)
        before = self.port.places()

        def look(later: int) -> None:
            for signal in self.port.unnoticed(before):
                self._receive(signal, later)
            self.sound.let_play()

        if before:
            self.node.at(now + LOOK, look)

    def _receive(self, signal: LineSignal, now: int) -> None:
        if self.node.line_taps or self.words.follows:
            self._show(self.words.signal(signal), now, False, signal.channel)
        self.engine.receive(signal, now)
        self.pump(now)

    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""
        engine = self.engine
        try:
            while True:
                actions = engine.transmit()
                for action in actions:
                    self._carry_out(action, now)
                taken = self.port.taken()
                for signal in taken:
                    engine.receive(signal, now)
                happened = engine.events()
                if not (actions or taken or happened):
                    break
                for event in happened:
                    self._handle(event, now)
        finally:
            self.deadline = engine.next_timeout()

    def _carry_out(self, action: LineAction, now: int) -> None:
        if isinstance(action, OpenSpeech):
            return
        if self.node.line_taps or self.words.follows:
            self._show(self.words.action(action), now, True, action.channel)
        try:
            self.port.carry_out(action)
        except (LocalError, DriverError) as exc:
            self.refused += 1
            self.node.problem(exc)

    def _show(self, said: Said | None, now: int, sent: bool, channel: int) -> None:
        if said is not None and self.node.line_taps:
            self.node.line_tap(self, now, sent, channel, *said)

    # Channels of calls

    def _take(self, call: Call, channel: int) -> None:
        if channel == 0 or channel == call.channel:
            return
        self.holds.park_others(call, channel)
        super()._take(call, channel)
        self.sound.apply(channel)
        media = self.node.media.of_call(call.call_id)
        if media is not None:
            media.sends_changed = lambda sends: self._sending(channel, sends)
            media.line_ends = lambda begin: self.sound.after(channel, begin)
            self._sending(channel, media.sends)

    def _sending(self, channel: int, sends: bool) -> None:
        """Applications send to the line, or no more: supervision of silence counts both ways."""
        inner = getattr(self.engine, "engine", self.engine)  # behind robbed bits
        told: Callable[..., None] | None = getattr(inner, "sending", None)
        if told is not None:
            told(channel, sends, self.now())
            self.deadline = self.engine.next_timeout()

    def _give_back(self, call: Call) -> None:
        super()._give_back(call)
        self.holds.gone(call)
        self.sound.apply(call.channel)

    def close_voice(self, channel: int, who: str) -> None:
        super().close_voice(channel, who)
        if not self.is_open(channel):
            self.port.forget(channel)
            self.sound.let_play()

    # What the engine reports beside calls

    def _make_handlers(self) -> dict[type, Callable[[Any, int], None]]:
        handlers = super()._make_handlers()
        handlers.update(
            {
                neutral.CallSuspended: self._suspended,
                neutral.CallResumed: self._resumed,
                neutral.CallMoved: self._moved,
                neutral.BlockingDone: self._blocking_done,
                line_events.CallerIdentified: self._caller_identified,
                line_events.CallMetered: self._metered,
                line_events.CallFlashed: self._flashed,
                line_events.CallHeld: self._held,
                line_events.CallsJoined: self._joined,
                line_events.LineReported: self._reported,
            }
        )
        return handlers

    def _connected(self, event: neutral.CallConnected, now: int) -> None:
        self._told("answer", event.how)
        super()._connected(event, now)

    def _disconnected(self, event: neutral.CallDisconnected, now: int) -> None:
        self._told("hang-up", event.how)
        super()._disconnected(event, now)

    def _told(self, what: str, how: str) -> None:
        if how:
            self.told_by[what, how] = self.told_by.get((what, how), 0) + 1

    def _suspended(self, event: neutral.CallSuspended, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.Notified, call, now, SUSPENDED, True)  # clear-back
            self.node.switch.suspended(call)

    def _resumed(self, event: neutral.CallResumed, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            call.suspended = False
            self._tell(events.Notified, call, now, RESUMED, True)

    def _moved(self, event: neutral.CallMoved, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)

    def _blocking_done(self, event: neutral.BlockingDone, now: int) -> None:
        self._tell_trunk(
            events.CircuitsBlocked, now, self.name, event.channels, event.what, event.ok
        )

    def _offered(self, event: neutral.CallOffered, now: int) -> None:
        who = event.request.calling
        if who is not None and self.table.signalling in ("r2", "em"):  # CallerIdentified: others
            self._show_caller(event.channel, who.digits, now)
        super()._offered(event, now)

    def _number_done(self, call: Call, said: bool, now: int) -> None:
        if self.table.signalling == "tap":
            self._delivered(call, now, False)  # others answer it
            return
        super()._number_done(call, said, now)

    def _show_caller(self, channel: int, text: str, now: int) -> None:
        """Caller ID or ANI in the trace, beside the signals that it came by."""
        self._show(Said(f"caller {text}".rstrip()), now, False, channel)

    def _caller_identified(self, event: line_events.CallerIdentified, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        who = event.calling
        said = who.digits if who is not None else "not told"
        words = f"{said} {event.name}".rstrip()
        self._show_caller(call.channel, f"{words} ({event.standard})", now)
        call.calling = who.digits if who is not None else call.calling
        stamp = "{:02}-{:02} {:02}:{:02}".format(*event.time) if event.time is not None else ""
        self._tell(
            ev.CallerIdentified,
            call,
            now,
            call.calling,
            event.name,
            event.name_raw.hex(),
            event.standard,
            who.presentation if who is not None else 2,
            stamp,
        )

    def _metered(self, event: line_events.CallMetered, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.ChargeAdvised, call, now, event.pulses)

    def _flashed(self, event: line_events.CallFlashed, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(ev.HookFlash, call, now)

    def _held(self, event: line_events.CallHeld, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        if event.held:
            self.holds.hold(call)
            self._tell(ev.Held, call, now)
        else:
            self.holds.retrieve(call)
            call.state = CONNECTED
            self._tell(ev.Retrieved, call, now)

    def _joined(self, event: line_events.CallsJoined, now: int) -> None:
        held, active = self.calls.get(event.held), self.calls.get(event.active)
        if held is None or active is None:
            return
        kind = ev.Transferred if event.transfer else ev.Conferenced
        self.holds.join(held, active, event.transfer)
        self._tell(kind, held, now, active.call_id)

    def _reported(self, event: line_events.LineReported, now: int) -> None:
        self.reports[event.what] = self.reports.get(event.what, 0) + 1
        self._tell_trunk(ev.LineChanged, now, self.name, event.channel, event.what, event.text)

    # Requests beside calls

    def block(self, channels: tuple[int, ...], now: int) -> None:
        self.check(channels)
        self.engine.block(channels, now)
        self.pump(now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        self.check(channels)
        self.engine.unblock(channels, now)
        self.pump(now)

    def check(self, channels: tuple[int, ...]) -> None:
        """LocalError for a channel that is not of this trunk."""
        for channel in channels:
            if channel not in self.channel_state:
                raise LocalError(
                    f"trunk '{self.name}' has no channel {channel}: see `trunkd lines {self.name}`"
                )

    def asked(self, name: str, channel: int) -> Callable[..., None]:
        """A method that only some kinds of lines have; LocalError for the others."""
        inner = getattr(self.engine, "engine", self.engine)  # behind robbed bits
        found: Callable[..., None] | None = getattr(inner, name, None)
        if found is None:
            kind = self.table.signalling
            raise LocalError(f"{self.name}/{channel} is {kind}: {_ONLY[name]}")
        return found

    def test(self, channel: int, now: int) -> None:
        """Test an idle FXS line; LineReported follows."""
        self.asked("line_test", channel)(channel, now)
        self.pump(now)

    def flash(self, channel: int, now: int) -> None:
        """A hookflash towards the exchange in a call on the channel."""
        flash = self.asked("flash", channel)
        call = self.by_channel.get(channel)
        if call is None:
            raise LocalError(f"there is no call on {self.name}/{channel}: flash during one")
        flash(call.handle, now)
        self.pump(now)

    def learn(self, channel: int, duration: int, now: int) -> None:
        """Listen to a tone on the line for so long; LineReported tells what it is."""
        learn = self.asked("learn", channel)
        learn(channel, True, now)
        self.pump(now)

        def end(later: int) -> None:
            learn(channel, False, later)
            self.pump(later)

        self.node.at(now + duration, end)

    def train(self, channel: int, now: int) -> None:
        """Find the impedance of an idle exchange line; LineReported tells it."""
        train = self.asked("train", channel)
        if self.span.kind is not SpanKind.ANALOG:
            raise LocalError(f"{self.name}/{channel} is digital: it has no impedance")
        train(channel, now)
        self.pump(now)

    def ring(self, channel: int, duration: int, now: int) -> None:
        """Ring a telephone for so long: a call that nobody is to speak on."""
        if self.table.signalling != "fxs":
            raise LocalError(f"{self.name}/{channel} is {self.table.signalling}: only FXS rings")
        request = neutral.CallRequest(
            neutral.PartyNumber(""), channel=channel, exclusive=True, category=neutral.TEST_CALL
        )
        call = self.place(request, now)

        def end(later: int) -> None:
            if self.calls.get(call.handle) is call:
                self.clear(call, NORMAL_CLEARING, later)

        self.node.at(now + duration, end)
