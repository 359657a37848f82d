"""A trunk: one signalling engine, the channels it controls, and their calls.

What the engine reports becomes the calls' states and the clients' events here, whatever the
signalling. How the engine is fed is the business of trunk_pri.py (a D-channel) and trunk_ss7.py
(circuits of a signalling point).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.model import Law, SpanKind, Timeslot
from ..errors import DriverError, LocalError
from ..signaling import call as neutral
from . import events, trunk_info
from .calls import Call
from .config import TrunkTable
from .engines import CallRequests
from .events import ALERTING, CONNECTED, FAIL, INITIATED, NULL, csta_cause
from .methods import ChannelInfo, TrunkInfo
from .methods_pri import DChannelInfo
from .node_parts import Timed
from .trunk_info import BLOCKED as BLOCKED
from .trunk_info import CHANNEL_STATES as CHANNEL_STATES
from .trunk_reports import KEEPING, TrunkReports

if TYPE_CHECKING:
    from .node import BoardUnit, Node
    from .smdi_calls import DeskLines

NORMAL_CLEARING: Final = 16
"""Q.850."""

BY_CALL: Final = "call"
"""Who has a channel's timeslot open; see ``open_voice``."""


class Trunk(Timed, TrunkReports):
    """One ``[[trunk]]`` at work. ``node`` numbers and spreads the events."""

    min_digits: int = 0
    """Overlap: so many digits are a complete number; 0: the far end or a timer says."""
    says_proceeding: bool = True
    """The engine tells the far end by itself that a number which it called complete is."""
    desk_lines: DeskLines | None = None
    """Which of its channels are lines of message desks (SMDI)."""
    side: str = ""
    d_channel: int = 0
    """Timeslot of the trunk's own signalling link; 0: it has none."""

    def __init__(
        self, node: Node, table: TrunkTable, unit: BoardUnit, channels: tuple[int, ...]
    ) -> None:
        self.node = node
        self.table = table
        self.name = table.name
        self.device = f"trunk/{table.name}"
        self.unit = unit
        self.clock = unit.board.clock
        self.channels = channels
        self.law = Law(table.law) if table.law is not None else self._usual_law()
        self.calls: dict[int, Call] = {}
        """By the engine's handle."""
        self.by_channel: dict[int, Call] = {}
        self.channel_state = dict.fromkeys(channels, neutral.CHANNEL_IDLE)
        self.up = False
        self.reason = "not started"
        self.since = 0
        self.faults: dict[str, int] = {}
        self._faults_from = 0
        self._faults_told = 0
        self._open: dict[int, set[str]] = {}
        self._recovering = node.recovering
        self.keeps = table.keep_calls and table.signalling in KEEPING
        self._handlers = self._make_handlers()

    def _usual_law(self) -> Law:
        board, _, number = self.table.spans[0].partition("/")
        span = self.node.boards[board].board.span(int(number))
        return Law.MU if span.kind is SpanKind.T1 else Law.A

    # What the kinds of trunks do each in their way

    engine: CallRequests

    @abstractmethod
    def start(self, now: int) -> None:
        """The boards run: bring the signalling up."""

    @abstractmethod
    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""

    @abstractmethod
    def timeslot(self, channel: int) -> Timeslot:
        """Where a channel's speech is."""

    @abstractmethod
    def unit_of(self, channel: int) -> BoardUnit:
        """The board that a channel's timeslot is on."""

    @abstractmethod
    def spans(self) -> str:
        """The spans with this trunk's channels, for people: ``b0/1`` or ``b0/1, b0/2``."""

    @abstractmethod
    def counters(self) -> dict[str, int]:
        """What the signalling counted."""

    def d_channel_infos(self) -> list[DChannelInfo]:
        """Its D-channels, if it has any."""
        return []

    def now(self) -> int:
        """Board time for a request; see BoardUnit.moment."""
        return self.unit.moment(self.clock.now())

    def _handle(self, event: neutral.SignallingEvent, now: int) -> None:
        if self.desk_lines is None or not self.desk_lines.holds(event, now):
            self.handle_now(event, now)

    def handle_now(self, event: neutral.SignallingEvent, now: int) -> None:
        """One event that fails must not take those behind it along."""
        try:
            self._handlers[type(event)](event, now)
        except Exception as exc:
            self.node.problem(exc)

    # Calls

    def place(
        self,
        request: neutral.CallRequest,
        now: int,
        seat: Callable[[neutral.CallRequest, int], Call] | None = None,
    ) -> Call:
        """Place a call; LocalError when it cannot be placed. ``seat`` gives the call that there is
        already (routing) its handle."""
        if self.desk_lines is not None:
            request = self.desk_lines.choose(request)
        handle = self.engine.place(request, now)
        call = seat(request, handle) if seat else self._new_call(request, handle, now)
        if self.desk_lines is not None:
            self.desk_lines.placed(call, now)
        self.pump(now)
        return call

    def _new_call(self, request: neutral.CallRequest, handle: int, now: int) -> Call:
        call = Call(self.node.next_call_id(), self, "out", request, now)
        call.handle = handle
        self._adopt(call)
        if request.complete:
            self._tell(events.Originated, call, now, call.calling, call.called)
        else:
            self._tell(events.ServiceInitiated, call, now, "out", call.calling, call.called)
        return call

    def send_digits(self, call: Call, digits: str, complete: bool, now: int) -> None:
        if not call.handle and call.plan is not None:
            self.node.routing.digits(call, digits, complete, now)
            return
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
        if not call.handle and call.plan is not None:
            self.node.routing.cancel(call, cause, now)
            return
        self.engine.clear(call.handle, cause, now)
        self.node.kept.changed(call.call_id)
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
        self.node.routing.channel_changed(self, channel, self.now())
        try:
            self.open_voice(channel, BY_CALL)
            self.node.media.open_call(call)
            self.node.switch.heard(call)
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
            self.close_voice(call.channel, BY_CALL)
            self.node.routing.channel_changed(self, call.channel, self.now())

    def open_voice(self, channel: int, who: str) -> None:
        """Open a channel's timeslot for ``who``; others who have it open share it."""
        users = self._open.setdefault(channel, set())
        if not users:
            self.timeslot(channel).open_voice(self.law)
        users.add(who)

    def close_voice(self, channel: int, who: str) -> None:
        """``who`` needs the timeslot no more; the last one closes it."""
        users = self._open.get(channel, set())
        if who not in users:
            return
        users.discard(who)
        if users:
            return
        del self._open[channel]
        try:
            self.timeslot(channel).close()
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
            neutral.CallKept: self._kept,
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
        self.node.routing.arrivals.arrived(call)
        said = event.request.complete
        if said or self._is_enough(call, now):
            call.number_done = True
            self._number_done(call, said, now)
            return
        if self.min_digits == 0 and call.called:
            # With fewer than min_digits, or none at all, the engine has asked for more by itself.
            self._asked(self.engine.want_digits, event.call, now)
        self._tell(events.ServiceInitiated, call, now, "in", call.calling, call.called)

    def _is_enough(self, call: Call, now: int) -> bool:
        counted = 0 < self.min_digits <= len(call.called)
        return counted or self.node.routing.arrivals.enough(call, now)

    def _number_done(self, call: Call, said: bool, now: int) -> None:
        """The number is complete; ``said``: the far end said so, else we count its digits."""
        treatment, refusal = self.node.routing.arrivals.treat(call)
        if refusal:
            self._tell(events.ServiceInitiated, call, now, "in", call.calling, call.called)
            call.cleared_here, call.cause = True, refusal
            self._asked(self.engine.clear, call.handle, refusal, now)
            return
        if (treatment or self.table.incoming) != "offer":
            if not self._asked(self.engine.alert, call.handle, False, now):
                self._tell(events.ServiceInitiated, call, now, "in", call.calling, call.called)
                return
            self._delivered(call, now, False)
            if treatment == "answer":
                self._asked(self.engine.answer, call.handle, now)
            return
        if not (said and self.says_proceeding):
            self._asked(self.engine.proceed, call.handle, now)
        told = (call.calling, call.called, call.bearer, *trunk_info.said_of(call))
        self._tell(events.Offered, call, now, *told)

    def _delivered(self, call: Call, now: int, inband: bool) -> None:
        call.state = ALERTING
        call.delivered = now
        call.inband = call.inband or inband
        self.node.switch.heard(call)
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
            *(trunk_info.said_of(call) if incoming else ()),
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
        if waiting and (event.complete or self._is_enough(call, now)):
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
            call.inband = call.inband or event.inband
            self._tell(events.NetworkReached, call, now, event.inband)

    def _alerting(self, event: neutral.CallAlerting, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)
            self._delivered(call, now, event.inband)

    def _progressed(self, event: neutral.CallProgressed, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            if event.inband and not call.inband:
                call.inband = True
                self.node.switch.heard(call)
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
        call.answered_by = event.how
        self._tell(events.Established, call, now, call.answering, event.how)
        self.node.media.answered(call)
        self.node.switch.heard(call)

    def _disconnected(self, event: neutral.CallDisconnected, now: int) -> None:
        call = self.calls.get(event.call)
        if call is None:
            return
        if self._goes_on(call, event.cause, event.location, False, event.inband, now):
            return
        self._confirm(call, now)
        call.cause, call.location = event.cause, event.location
        call.ended_by = event.how or call.ended_by
        answered = call.state == CONNECTED
        call.state = FAIL
        self.node.kept.changed(call.call_id)
        call.inband = event.inband
        if not answered or event.inband:
            # The engine sends RELEASE by itself; the user side may listen to tones first.
            self._failed(call, now, event.inband)
        if event.inband:
            self.node.at(now + self.table.tone_time, lambda later: self._end_tones(call, later))

    def _end_tones(self, call: Call, now: int) -> None:
        """Nobody cleared the call while the far end's tones were heard: it shall not stay up."""
        if self.calls.get(call.handle) is call and call.state == FAIL:
            self.clear(call, NORMAL_CLEARING, now)

    def _failed(self, call: Call, now: int, inband: bool) -> None:
        call.failed = True
        cause = csta_cause(call.cause)
        self._tell(events.Failed, call, now, cause, call.cause, call.location, inband)

    def _released(self, event: neutral.CallReleased, now: int) -> None:
        call = self.calls.pop(event.call, None)
        if call is None:
            return
        if self._goes_on(call, event.cause, event.location, event.local, False, now):
            return
        if event.cause:
            call.cause, call.location = event.cause, event.location
        if call.direction == "out" and not (call.answered or call.failed or call.cleared_here):
            # No channel, a refusal or a timer: nobody here asked for the end.
            call.state = FAIL
            self._failed(call, now, False)
        if call.unconfirmed and not call.cleared_here:
            self.node.kept.failed(call)
        call.cleared_here = call.cleared_here or event.local or call.lost != ""
        self._ended(call, now)

    def _ended(self, call: Call, now: int) -> None:
        self.node.switch.gone(call)
        if call.channel:
            self._give_back(call)
        call.state = NULL
        call.ended = call.lost_at or now
        self._tell(
            events.ConnectionCleared,
            call,
            now,
            "local" if call.cleared_here else "remote",
            call.lost or csta_cause(call.cause),
            call.cause,
            call.location,
            call.ended_by,
        )
        del self.node.calls[call.call_id]
        self.node.call_ended(call)

    def abandon(self, call: Call, cause: int, now: int) -> None:
        """The daemon ends and the far end has not confirmed: the call is over for us."""
        self.calls.pop(call.handle, None)
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

    # For clients

    def channel_info(self, channel: int) -> ChannelInfo:
        return trunk_info.channel_info(self, channel)

    def channel_infos(self) -> list[ChannelInfo]:
        return [self.channel_info(channel) for channel in self.channels]

    def info(self) -> TrunkInfo:
        """The trunk as clients see it."""
        return trunk_info.info(self)
