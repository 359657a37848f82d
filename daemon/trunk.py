"""A trunk: one signalling engine, the span and timeslots it works on, and its calls.

What the engine reports becomes the calls' states and the clients' events here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import MILLISECOND, SECOND
from ..board.events import Alarm
from ..board.model import HdlcConfig, Law, Span, Timeslot
from ..errors import DriverError, LocalError
from ..signaling import call as neutral
from . import events
from .calls import Call
from .config import TrunkTable, b_channels
from .engines import engine_counters, frame_octets, make_engine
from .events import ALERTING, CONNECTED, FAIL, INITIATED, NULL, csta_cause
from .methods import ChannelInfo, TrunkInfo

if TYPE_CHECKING:
    from .node import BoardUnit, Node

LAYER1_FAULTS: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI})
"""With one of these the access is not operational and layer 2 gets PH-DI (I.431 5.1, table 7)."""

ALIGN_TIME: Final = 10 * MILLISECOND
"""A board that was just started: a good span is in frame and multiframe within 6 ms (G.706), a
bad one has its alarm. A SABME sent before would be lost, and the next one follows T200 later."""

FAULTS_A_SECOND: Final = 20
"""Protocol faults of a trunk that clients are told of; all are counted."""

NORMAL_CLEARING: Final = 16
"""Q.850."""

CHANNEL_STATES: Final = {
    neutral.CHANNEL_IDLE: "idle",
    neutral.CHANNEL_BUSY: "busy",
    neutral.CHANNEL_RESTARTING: "restarting",
    neutral.CHANNEL_OUT_OF_SERVICE: "outOfService",
}


class Trunk:
    """One ``[[trunk]]`` at work. ``node`` numbers and spreads the events."""

    def __init__(self, node: Node, table: TrunkTable, unit: BoardUnit) -> None:
        assert table.pri is not None
        self._pri = table.pri
        self.node = node
        self.table = table
        self.name = table.name
        self.side = table.pri.side
        self.device = f"trunk/{table.name}"
        self.unit = unit
        self.clock = unit.board.clock
        self.span: Span = unit.board.span(table.span_number)
        self.d_channel = table.pri.d_channel
        self.d_slot: Timeslot = self.span.timeslots[self.d_channel]
        self.channels = b_channels(table.pri)
        self.law = Law(table.law)
        self.engine: neutral.SignallingEngine = make_engine(table)
        self.calls: dict[int, Call] = {}
        """By the engine's handle."""
        self.by_channel: dict[int, Call] = {}
        self.channel_state = dict.fromkeys(self.channels, neutral.CHANNEL_IDLE)
        self.up = False
        self.reason = "not started"
        self.since = 0
        self.begun = False
        self.line_is_down = False
        self.fault_since: int | None = None
        self.deadline: int | None = None
        self.faults: dict[str, int] = {}
        self._faults_from = 0
        self._faults_told = 0
        self.tx_refused = 0
        self._handlers = self._make_handlers()

    # Life and frames

    def now(self) -> int:
        """Board time for a request; see BoardUnit.moment."""
        return self.unit.moment(self.clock.now())

    def start(self, now: int) -> None:
        """Open the D-channel; the link is brought up as soon as layer 1 has had time to align."""
        self.since = now
        self.reason = "the span is being aligned"
        self.d_slot.open_hdlc(HdlcConfig(max_octets=frame_octets(self.table)))
        self.node.at(now + ALIGN_TIME, self._begin)

    def _begin(self, now: int) -> None:
        """Start the engine, if layer 1 permits."""
        self.begun = True
        self.since = now
        self.reason = "the link is being set up"
        self.engine.start(now)
        if self.span.alarms & LAYER1_FAULTS:
            self.fault_since = now
            self._line_down(now)
        self.pump(now)

    def alarms_changed(self, now: int) -> None:
        """Tell the engine when layer 1 is lost for longer than ``line_hold``, or back."""
        if not self.begun:
            return
        if not self.span.alarms & LAYER1_FAULTS:
            self.fault_since = None
            if self.line_is_down:
                self.line_is_down = False
                self.engine.line_up(now)
                self.pump(now)
        elif self.fault_since is None:
            self.fault_since = now
            self.node.at(now + self.table.line_hold, self._persists)

    def _persists(self, now: int) -> None:
        """Deactivation is persistent (Q.921 annex B) when the fault has lasted all the time."""
        since = self.fault_since
        if since is not None and now >= since + self.table.line_hold and not self.line_is_down:
            self._line_down(now)

    def _line_down(self, now: int) -> None:
        self.line_is_down = True
        self.engine.line_down(now)
        self.pump(now)

    def receive(self, frame: bytes, now: int) -> None:
        """A frame of the D-channel."""
        if self.node.taps:
            self.node.tap(self, now, False, frame)
        self.engine.receive(frame, now)
        self.pump(now)

    def handle_timeout(self, now: int) -> None:
        self.engine.handle_timeout(now)
        self.pump(now)

    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""
        engine = self.engine
        try:
            while True:
                for frame in engine.transmit():
                    if self.node.taps:
                        self.node.tap(self, now, True, frame)
                    if not self.d_slot.transmit(frame):
                        self.tx_refused += 1  # Q.921 will ask for it again
                happened = engine.events()
                if not happened:
                    break
                for event in happened:
                    self._handle(event, now)
        finally:
            self.deadline = engine.next_timeout()

    def _handle(self, event: neutral.SignallingEvent, now: int) -> None:
        """One event that fails must not take those behind it along."""
        try:
            self._handlers[type(event)](event, now)
        except Exception as exc:
            self.node.problem(exc)

    # Calls

    def place(self, request: neutral.CallRequest, now: int) -> Call:
        """Place a call; LocalError when it cannot be placed."""
        handle = self.engine.place(request, now)
        call = Call(self.node.next_call_id(), self, "out", request, now)
        call.handle = handle
        self._adopt(call)
        if request.complete:
            self._tell(events.Originated, call, now, call.calling, call.called)
        else:
            self._tell(events.ServiceInitiated, call, now, "out", call.calling, call.called)
        self.pump(now)
        return call

    def send_digits(self, call: Call, digits: str, complete: bool, now: int) -> None:
        self.engine.send_digits(call.handle, digits, complete, now)
        call.called += digits
        self.pump(now)

    def accept(self, call: Call, inband: bool, now: int) -> None:
        """ALERTING to the far end."""
        if call.direction == "out" or call.state != INITIATED:
            raise LocalError(f"call {call.call_id} is {call.state}: it cannot be accepted")
        self.engine.alert(call.handle, inband, now)
        self._delivered(call, now, inband)
        self.pump(now)

    def answer(self, call: Call, now: int) -> None:
        if call.direction == "out" or call.state not in (INITIATED, ALERTING):
            raise LocalError(f"call {call.call_id} is {call.state}: it cannot be answered")
        self.engine.answer(call.handle, now)
        self.pump(now)

    def clear(self, call: Call, cause: int, now: int) -> None:
        self.engine.clear(call.handle, cause, now)
        if call.state != FAIL:  # else the far end began, and its tones were being heard
            call.cleared_here = True
        if call.cause == 0:
            call.cause = cause
        self.pump(now)

    def _adopt(self, call: Call) -> None:
        self.calls[call.handle] = call
        self.node.calls[call.call_id] = call
        self.node.calls_total += 1

    def _take(self, call: Call, channel: int) -> None:
        """The call has this channel now: speech can pass."""
        if channel == call.channel or channel == 0:
            return
        if call.channel:
            self._give_back(call)
        call.channel = channel
        call.device = f"{self.device}/{channel}"
        self.by_channel[channel] = call
        try:
            self.span.timeslots[channel].open_voice(self.law)
            self.node.media.open_call(call)
        except (LocalError, DriverError) as exc:
            # The call can be had without its speech; a port of the same timeslot is one reason.
            self.node.problem(exc)

    def _give_back(self, call: Call) -> None:
        if self.by_channel.get(call.channel) is call:
            del self.by_channel[call.channel]
            try:
                self.node.media.close_call(call)
            except (LocalError, DriverError) as exc:
                self.node.problem(exc)
            try:
                self.span.timeslots[call.channel].close()
            except (LocalError, DriverError) as exc:
                self.node.problem(exc)

    def _tell(self, kind: type[events.CallEvent], call: Call, now: int, *rest: Any) -> None:
        node = self.node
        node.seq += 1
        node.emit(kind(node.seq, self.clock.wall(now), call.call_id, call.device, *rest), self.name)

    def _tell_trunk(self, kind: type[events.Event], now: int, *rest: Any) -> None:
        node = self.node
        node.seq += 1
        node.emit(kind(node.seq, self.clock.wall(now), *rest), self.name)

    # What the engine reports of calls

    def _make_handlers(self) -> dict[type, Callable[[Any, int], None]]:
        return {
            neutral.CallOffered: self._offered,
            neutral.DigitsReceived: self._digits,
            neutral.MoreDigitsWanted: self._more_digits,
            neutral.CallProceeding: self._proceeding,
            neutral.CallAlerting: self._alerting,
            neutral.CallProgressed: self._progressed,
            neutral.CallConnected: self._connected,
            neutral.CallDisconnected: self._disconnected,
            neutral.CallReleased: self._released,
            neutral.CallNotified: self._notified,
            neutral.UserInformation: self._user_information,
            neutral.ChannelChanged: self._channel_changed,
            neutral.RestartDone: self._restart_done,
            neutral.LinkChanged: self._link_changed,
            neutral.ProtocolFault: self._fault,
        }

    def _offered(self, event: neutral.CallOffered, now: int) -> None:
        call = Call(self.node.next_call_id(), self, "in", event.request, now)
        call.handle = event.call
        self._adopt(call)
        self._take(call, event.channel)
        said = event.request.complete
        if said or self._is_enough(call):
            call.number_done = True
            self._number_done(call, said, now)
            return
        if self._pri.min_digits == 0 and call.called:
            # With fewer than min_digits, or none at all, the engine has asked for more by itself.
            self.engine.want_digits(event.call, now)
        self._tell(events.ServiceInitiated, call, now, "in", call.calling, call.called)

    def _is_enough(self, call: Call) -> bool:
        return 0 < self._pri.min_digits <= len(call.called)

    def _number_done(self, call: Call, said: bool, now: int) -> None:
        """The number is complete; ``said``: the far end said so, else we count its digits."""
        if self.table.incoming == "alert":
            self.engine.alert(call.handle, False, now)
            self._delivered(call, now, False)
            return
        if not (said and self._pri.send_proceeding):
            self.engine.proceed(call.handle, now)
        user_user = call.request.user_user.hex()
        display = call.request.display
        self._tell(
            events.Offered, call, now, call.calling, call.called, call.bearer, display, user_user
        )

    def _delivered(self, call: Call, now: int, inband: bool) -> None:
        call.state = ALERTING
        call.delivered = now
        incoming = call.direction == "in"
        self._tell(
            events.Delivered,
            call,
            now,
            call.direction,
            call.calling,
            call.called,
            inband,
            call.bearer,
            call.request.display if incoming else "",
            call.request.user_user.hex() if incoming else "",
        )

    def _digits(self, event: neutral.DigitsReceived, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        call.called += event.digits
        self._tell(
            events.DigitsDialed,
            call,
            now,
            event.digits,
            call.called,
            event.complete,
            event.keypad,
        )
        waiting = call.state == INITIATED and not call.number_done
        if waiting and (event.complete or self._is_enough(call)):
            call.number_done = True
            self._number_done(call, event.complete, now)

    def _more_digits(self, event: neutral.MoreDigitsWanted, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)

    def _proceeding(self, event: neutral.CallProceeding, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)
            self._tell(events.NetworkReached, call, now, event.inband)

    def _alerting(self, event: neutral.CallAlerting, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)
            self._delivered(call, now, event.inband)

    def _progressed(self, event: neutral.CallProgressed, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.NetworkReached, call, now, event.inband, event.indicator, event.cause)

    def _connected(self, event: neutral.CallConnected, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        self._take(call, event.channel)
        call.state = CONNECTED
        call.answered = now
        if event.connected is not None:
            call.answering = event.connected.digits
        self._tell(events.Established, call, now, call.answering)
        self.node.media.answered(call)

    def _disconnected(self, event: neutral.CallDisconnected, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        call.cause, call.location = event.cause, event.location
        answered = call.state == CONNECTED
        call.state = FAIL
        if not answered or event.inband:
            # The engine sends RELEASE by itself; the user side may listen to tones first.
            self._failed(call, now, event.inband)
        if event.inband:
            self.node.at(now + self.table.tone_time, lambda later: self._end_tones(call, later))

    def _end_tones(self, call: Call, now: int) -> None:
        """Nobody cleared the call while the far end's tones were heard: it shall not stay up."""
        if self.calls.get(call.handle) is call:
            self.clear(call, NORMAL_CLEARING, now)

    def _failed(self, call: Call, now: int, inband: bool) -> None:
        call.failed = True
        cause = csta_cause(call.cause)
        self._tell(events.Failed, call, now, cause, call.cause, call.location, inband)

    def _released(self, event: neutral.CallReleased, now: int) -> None:
        call = self.calls.pop(event.call, None)
        if call is None:
            return
        if event.cause:
            call.cause, call.location = event.cause, event.location
        if call.direction == "out" and not (call.answered or call.failed or call.cleared_here):
            # No channel, a refusal or a timer: nobody here asked for the end.
            call.state = FAIL
            self._failed(call, now, False)
        call.cleared_here = call.cleared_here or event.local
        self._ended(call, now)

    def _ended(self, call: Call, now: int) -> None:
        if call.channel:
            self._give_back(call)
        call.state = NULL
        call.ended = now
        self._tell(
            events.ConnectionCleared,
            call,
            now,
            "local" if call.cleared_here else "remote",
            csta_cause(call.cause),
            call.cause,
            call.location,
        )
        del self.node.calls[call.call_id]
        self.node.call_ended(call)

    def abandon(self, call: Call, cause: int, now: int) -> None:
        """The daemon ends and the far end has not confirmed: the call is over for us."""
        del self.calls[call.handle]
        call.cleared_here = True
        call.cause = call.cause or cause
        self._ended(call, now)

    def _notified(self, event: neutral.CallNotified, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.Notified, call, now, event.indicator)

    def _user_information(self, event: neutral.UserInformation, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.CallInformation, call, now, event.data.hex())

    # What the engine reports of the trunk

    def _channel_changed(self, event: neutral.ChannelChanged, now: int) -> None:
        if self.channel_state.get(event.channel) != event.state:
            self.channel_state[event.channel] = event.state
            state = CHANNEL_STATES[event.state]
            self._tell_trunk(events.ChannelChanged, now, self.name, event.channel, state)

    def _restart_done(self, event: neutral.RestartDone, now: int) -> None:
        self._tell_trunk(events.RestartDone, now, self.name, event.channels, event.local, event.ok)

    def _link_changed(self, event: neutral.LinkChanged, now: int) -> None:
        if event.up != self.up:
            self.since = now
        self.up, self.reason = event.up, event.reason
        self._tell_trunk(events.LinkChanged, now, self.name, event.up, event.reason)

    def _fault(self, event: neutral.ProtocolFault, now: int) -> None:
        self.faults[event.kind] = self.faults.get(event.kind, 0) + 1
        # All are counted. A line of noise makes 900 a second: the journal is not there for them.
        if now >= self._faults_from + SECOND:
            self._faults_from, self._faults_told = now, 0
        self._faults_told += 1
        if self._faults_told > FAULTS_A_SECOND:
            return
        self._tell_trunk(
            events.ProtocolFault,
            now,
            self.name,
            event.kind,
            event.text,
            event.clause,
            event.raw.hex(),
        )

    # For clients

    def channel_infos(self) -> list[ChannelInfo]:
        made = []
        for channel, state in self.channel_state.items():
            call = self.by_channel.get(channel)
            made.append(
                ChannelInfo(
                    trunk=self.name,
                    channel=channel,
                    state=CHANNEL_STATES[state],
                    call_id=call.call_id if call is not None else 0,
                )
            )
        return made

    def info(self) -> TrunkInfo:
        """The trunk as clients see it."""
        states = list(self.channel_state.values())
        slot = self.d_slot.counters()
        counters = {name: int(getattr(slot, name)) for name in SLOT_COUNTERS}
        counters["tx_refused"] = self.tx_refused
        counters.update(engine_counters(self.engine))
        return TrunkInfo(
            name=self.name,
            span=self.table.span,
            signalling=self.table.signalling,
            side=self.side,
            d_channel=self.d_channel,
            up=self.up,
            reason=self.reason,
            since=self.clock.wall(self.since),
            channels=len(states),
            idle=states.count(neutral.CHANNEL_IDLE),
            busy=states.count(neutral.CHANNEL_BUSY),
            restarting=states.count(neutral.CHANNEL_RESTARTING),
            out_of_service=states.count(neutral.CHANNEL_OUT_OF_SERVICE),
            counters=counters,
            faults=dict(self.faults),
        )


SLOT_COUNTERS: Final = (
    "rx_frames",
    "rx_octets",
    "tx_frames",
    "tx_octets",
    "fcs",
    "aborts",
    "short",
    "long",
    "octet",
)
