"""A trunk of SS7: the circuits to one exchange, and ISUP or TUP on a signalling point of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..board.events import Alarm
from ..board.model import Timeslot
from ..errors import LocalError
from ..signaling import call as neutral
from ..signaling.ss7 import tup_events
from ..signaling.ss7.labels import parse_point_code
from . import events
from . import events_ss7 as ev
from .config import TrunkTable
from .config_ss7 import Circuit, IsupTable, TupTable, circuits
from .engines import CallRequests
from .events import CONNECTED, FAIL
from .methods_ss7 import Ss7CircuitInfo
from .ss7_continuity import Continuity
from .ss7_engines import isup_config_of, tup_config_of
from .trunk import BLOCKED, CHANNEL_STATES, Trunk

if TYPE_CHECKING:
    from ..signaling.ss7.stack import UserPart
    from .node import BoardUnit, Node
    from .ss7 import SignallingPoint

SUSPENDED: Final = 0
RESUMED: Final = 1
"""Notification indicators of Q.931 4.5.22, as PRI says the same."""

SPEECH_FAULTS: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI})
"""With one of these a span's circuits carry no speech both ways."""


class UserEngine(CallRequests, Protocol):
    """What ISUP and TUP take, beside the requests for calls."""

    def block(self, channels: tuple[int, ...], hardware: bool, now: int, /) -> None: ...
    def unblock(self, channels: tuple[int, ...], hardware: bool, now: int, /) -> None: ...
    def query(self, channels: tuple[int, ...], now: int, /) -> None: ...
    def continuity_test(self, channel: int, now: int, /) -> None: ...
    def continuity_result(self, channel: int, ok: bool, now: int, /) -> None: ...


class CircuitTrunk(Trunk):
    """One ``[[trunk]]`` with ``signalling = "isup"`` or ``"tup"``. A channel is a CIC."""

    def __init__(self, node: Node, table: TrunkTable, point: SignallingPoint) -> None:
        own = table.ss7
        assert own is not None
        self.circuits: Final[dict[int, Circuit]] = circuits(own)
        unit = node.boards[table.board]
        super().__init__(node, table, unit, tuple(self.circuits))
        self.says_proceeding = False
        self.resets_others = own.reset_on_start
        self.min_digits = own.min_digits
        self.point: Final = point
        self.dpc: Final[int] = parse_point_code(own.dpc, point.label)
        self.block_after: Final = own.block_after
        self.part: UserPart
        self.engine: UserEngine
        self._controlled: Callable[[int], bool]
        self._add_user_part(own)
        self.continuity: Final = Continuity(self)
        self._faulty: Final[dict[str, int]] = {}
        """Spans with an alarm, and since when."""
        self._lost_spans: Final[set[str]] = set()
        """Spans whose circuits we blocked for an alarm."""

    def _add_user_part(self, own: IsupTable | TupTable) -> None:
        point = self.point
        opc = point.config.point_code
        if isinstance(own, IsupTable):
            isup = point.stack.add_isup(isup_config_of(own, point.label, opc))
            self.part, self.engine = isup, isup.engine
            self._controlled = isup.engine.config.controlled
        else:
            tup = point.stack.add_tup(tup_config_of(own, point.label, opc))
            self.part, self.engine = tup, tup.engine
            self._controlled = tup.engine.config.is_controlled

    def start(self, now: int) -> None:
        """The boards run, and level 3 brings the links up."""
        self.since = now
        self.reason = "the exchange cannot be reached yet"
        self.alarms_changed(now)

    def now(self) -> int:
        return self.point.now()

    def pump(self, now: int) -> None:
        self.point.pump(now)

    def handle(self, event: neutral.SignallingEvent, now: int) -> None:
        """What the user part reports."""
        self._handle(event, now)

    # Channels

    def timeslot(self, channel: int) -> Timeslot:
        circuit = self.circuits[channel]
        unit = self.node.boards[circuit.board]
        return unit.board.span(circuit.span_number).timeslots[circuit.timeslot]

    def unit_of(self, channel: int) -> BoardUnit:
        return self.node.boards[self.circuits[channel].board]

    def spans(self) -> str:
        return ", ".join(self.table.spans)

    def counters(self) -> dict[str, int]:
        return {"unsent": self.point.mtp3.destinations[self.dpc].counters.discarded}

    # Circuits

    def block(self, cics: tuple[int, ...], hardware: bool, now: int) -> None:
        """Block circuits towards the far end; CircuitsBlocked follows."""
        self.check(cics)
        self.engine.block(cics, hardware, now)
        self.pump(now)

    def unblock(self, cics: tuple[int, ...], hardware: bool, now: int) -> None:
        self.check(cics)
        self.engine.unblock(cics, hardware, now)
        self.pump(now)

    def query(self, cics: tuple[int, ...], now: int) -> None:
        """Ask the far end for its view; CircuitsBlocked follows."""
        self.check(cics)
        self.engine.query(cics, now)
        self.pump(now)

    def test_continuity(self, cic: int, now: int) -> None:
        """Check an idle circuit by tone and loop; ContinuityTested follows."""
        self.check((cic,))
        self.engine.continuity_test(cic, now)
        self.pump(now)

    def reset(self, cics: tuple[int, ...], now: int) -> None:
        self.check(cics)
        self.engine.restart(cics, now)
        self.pump(now)

    def check(self, cics: tuple[int, ...]) -> None:
        """LocalError for a CIC that is not of this trunk."""
        for cic in cics:
            if cic not in self.circuits:
                raise LocalError(
                    f"trunk '{self.name}' has no circuit {cic}: see `trunkd ss7 circuits"
                    f" {self.name}`"
                )

    # Layer 1

    def alarms_changed(self, now: int) -> None:
        """Block the circuits of a span that is lost for longer than ``block_after``."""
        if not self.point.begun or not self.block_after:
            return
        for name in self.table.spans:
            board, _, number = name.partition("/")
            span = self.node.boards[board].board.span(int(number))
            if not span.alarms & SPEECH_FAULTS:
                self._faulty.pop(name, None)
                if name in self._lost_spans:
                    self._lost_spans.discard(name)
                    self.unblock(self._cics_on(name), True, self.point.moment(now))
            elif name not in self._faulty:
                self._faulty[name] = now
                self.node.at(now + self.block_after, self._persists)

    def _persists(self, now: int) -> None:
        """Spans whose alarm has lasted all the time are lost."""
        for name, since in self._faulty.items():
            if now >= since + self.block_after and name not in self._lost_spans:
                self._lost_spans.add(name)
                self.block(self._cics_on(name), True, self.point.moment(now))

    def _cics_on(self, span: str) -> tuple[int, ...]:
        return tuple(c.cic for c in self.circuits.values() if c.span == span)

    # What the user part reports beside calls

    def _make_handlers(self) -> dict[type, Callable[[Any, int], None]]:
        handlers = super()._make_handlers()
        handlers.update(
            {
                neutral.BlockingDone: self._blocking_done,
                neutral.CircuitsQueried: self._queried,
                neutral.ContinuityCheck: self._continuity,
                neutral.ContinuityDone: self._continuity_done,
                neutral.CallMoved: self._moved,
                neutral.CallSuspended: self._suspended,
                neutral.CallResumed: self._resumed,
                neutral.ForwardTransfer: self._forward_transfer,
                tup_events.OperatorSignal: self._operator_signal,
                tup_events.MeteringPulses: self._metering_pulses,
                tup_events.ChargeInformation: self._charge_information,
                tup_events.FarCongestion: self._far_congestion,
            }
        )
        return handlers

    def _blocking_done(self, event: neutral.BlockingDone, now: int) -> None:
        told = (event.channels, event.what, event.ok)
        self._tell_trunk(ev.CircuitsBlocked, now, self.name, *told)

    def _queried(self, event: neutral.CircuitsQueried, now: int) -> None:
        told = (event.channels, tuple(event.states), event.differ)
        self._tell_trunk(ev.CircuitsQueried, now, self.name, *told)

    def _moved(self, event: neutral.CallMoved, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._take(call, event.channel)

    def _suspended(self, event: neutral.CallSuspended, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(events.Notified, call, now, SUSPENDED, event.by_network)
            if event.by_network:
                self.node.switch.suspended(call)

    def _resumed(self, event: neutral.CallResumed, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            call.suspended = False
            self._tell(events.Notified, call, now, RESUMED, event.by_network)

    def _notified(self, event: neutral.CallNotified, now: int) -> None:
        """TUP: the called party had hung up (CBK, told as a clearing) and came back (RAN)."""
        call = self.calls.get(event.call)
        if call is not None and call.state == FAIL and event.indicator == RESUMED:
            call.state = CONNECTED
            call.cause = call.location = 0
        super()._notified(event, now)

    def _forward_transfer(self, event: neutral.ForwardTransfer, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(ev.OperatorSignal, call, now, "FOT")

    def _operator_signal(self, event: tup_events.OperatorSignal, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(ev.OperatorSignal, call, now, event.signal)

    def _metering_pulses(self, event: tup_events.MeteringPulses, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(ev.ChargeAdvised, call, now, event.pulses)

    def _charge_information(self, event: tup_events.ChargeInformation, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._tell(ev.ChargeAdvised, call, now, 0, event.data.hex())

    def _far_congestion(self, event: tup_events.FarCongestion, now: int) -> None:
        self._tell_trunk(ev.ExchangeCongested, now, self.name, event.level)

    def _continuity(self, event: neutral.ContinuityCheck, now: int) -> None:
        self.continuity.wanted(event.channel, event.mode, now)

    def _continuity_done(self, event: neutral.ContinuityDone, now: int) -> None:
        self._tell_trunk(ev.ContinuityTested, now, self.name, event.channel, event.ok)

    def continuity_heard(self, cic: int, ok: bool, level: float, now: int) -> None:
        """The check tone came back on a circuit, or cannot be sent."""
        now = self.point.moment(now)
        self.engine.continuity_result(cic, ok, now)
        self._tell_trunk(ev.ContinuityChecked, now, self.name, cic, ok, level)
        self.pump(now)

    # For clients

    def circuit_infos(self) -> list[Ss7CircuitInfo]:
        made = []
        for cic, circuit in self.circuits.items():
            call = self.by_channel.get(cic)
            state = self.channel_state[cic]
            made.append(
                Ss7CircuitInfo(
                    trunk=self.name,
                    cic=cic,
                    span=circuit.span,
                    timeslot=circuit.timeslot,
                    state=CHANNEL_STATES[state],
                    controlled=self._controlled(cic),
                    call_id=call.call_id if call is not None else 0,
                    alarm=circuit.span in self._lost_spans and state in BLOCKED,
                )
            )
        return made
