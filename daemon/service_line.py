"""The methods of methods_line.py at work."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ..board.media import Listen
from ..board.model import SpanKind
from ..errors import DriverError, LocalError
from . import line_infos, line_requests, wire
from . import methods_line as m
from .methods_base import Done
from .trunk_line import LineTrunk
from .wire import WireError

if TYPE_CHECKING:
    from .node import Node


class LineService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_trunk``."""

    _node: Node

    @abstractmethod
    def _trunk(self, name: str) -> Any:
        """The trunk; WireError invalidObjectID when there is none."""

    @abstractmethod
    def _call(self, call_id: int) -> Any:
        """The call; WireError invalidCallID when there is none."""

    def _line_trunk(self, name: str) -> LineTrunk:
        trunk = self._trunk(name)
        if not isinstance(trunk, LineTrunk):
            raise WireError(
                wire.INVALID_OBJECT, f"trunk '{trunk.name}' is {trunk.table.signalling}: no lines"
            )
        return trunk

    def _line_of(self, name: str) -> tuple[LineTrunk, int]:
        trunk_name, _, number = name.removeprefix("trunk/").rpartition("/")
        trunk = self._line_trunk(trunk_name)
        channel = int(number)
        try:
            trunk.check((channel,))
        except LocalError as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc
        return trunk, channel

    def _lines(self, p: m.Lines, session: Any) -> m.LineList:
        if p.trunk:
            trunks = [self._line_trunk(p.trunk)]
        else:
            trunks = [t for t in self._node.trunks.values() if isinstance(t, LineTrunk)]
        return m.LineList(lines=[i for t in trunks for i in line_infos.infos(t)])

    def _line(self, p: m.Line, session: Any) -> m.LineDetail:
        trunk, channel = self._line_of(p.line)
        line = trunk.timeslot(channel).line
        meters = None
        if line is not None:
            found = line.measure()
            ohms = None if math.isinf(found.ohms) else found.ohms
            meters = m.LineMeters(
                found.volts, found.milliamps, found.ring_volts, found.ring_hz, ohms
            )
        kinds = trunk.sound.kinds.get(channel, Listen.NONE)
        return m.LineDetail(
            line=line_infos.info(trunk, channel),
            listens=[str(kind.name).lower() for kind in kinds],
            meters=meters,
        )

    def _test_line(self, p: m.TestLine, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        trunk.test(channel, trunk.now())
        return Done()

    def _ring_line(self, p: m.RingLine, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        trunk.ring(channel, round(p.seconds * 1e9), trunk.now())
        return Done()

    def _flash_line(self, p: m.FlashLine, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        trunk.flash(channel, trunk.now())
        return Done()

    def _learn_tone(self, p: m.LearnTone, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        trunk.learn(channel, round(p.seconds * 1e9), trunk.now())
        return Done()

    def _train_line(self, p: m.TrainLine, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        trunk.train(channel, trunk.now())
        return Done()

    def _set_message_waiting_indicator(self, p: m.SetMessageWaitingIndicator, session: Any) -> Done:
        trunk, channel = self._line_of(p.line)
        line_requests.message_waiting(trunk, channel, p.on, trunk.now())
        return Done()

    def _send_metering(self, p: m.SendMetering, session: Any) -> Done:
        call = self._call(p.call_id)
        line_requests.meter(call, p.pulses, call.trunk.now())
        return Done()

    def _cas_bits(self, p: m.CasBits, session: Any) -> m.CasBitsList:
        try:
            unit, number = self._node.span_unit(p.span)
        except LocalError as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc
        span = unit.board.span(number)
        if span.kind is SpanKind.ANALOG:
            raise WireError(
                wire.INVALID_OBJECT, f"span {p.span} is analog: `trunkd lines` shows its ports"
            )
        rows = []
        for slot in span.timeslots:
            try:
                received = slot.bits()
            except (LocalError, DriverError):
                continue  # timeslot 0 and 16, and clear channels
            taker = unit.line_takers.get((number, slot.number))
            trunk = taker if isinstance(taker, LineTrunk) else None
            sent = trunk.port.sent_bits.get(slot.number, -1) if trunk is not None else -1
            name = trunk.name if trunk is not None else ""
            rows.append(m.CasBitsInfo(slot.number, sent, received, name))
        if not rows:
            raise WireError(
                wire.INVALID_OBJECT, f"span {p.span} has no CAS: configure it with cas = true"
            )
        return m.CasBitsList(span=p.span, bits=rows)
