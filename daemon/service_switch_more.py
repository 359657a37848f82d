"""The methods of methods_switch_more.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from . import events, switch_data
from . import methods_switch_more as m
from .methods_base import Done
from .methods_switch import Destination, PlacedCall

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node


class MoreService(ABC):
    """Handlers ``_method(params, session)``; SwitchService inherits them."""

    _node: Node

    @abstractmethod
    def _call(self, call_id: int) -> Call:
        """The call; WireError invalidCallID when there is none."""

    @abstractmethod
    def _place(self, p: Destination, session: Any, for_call: int = 0) -> Call:
        """Place a connection."""

    def _watcher(self, p: m.Watch, session: Any) -> Call:
        if p.other is None:
            return self._place(p, session)
        if p.called or p.device:
            raise LocalError("give other, or who is to be called: not both")
        return self._call(p.other)

    def _watch(self, p: m.Watch, session: Any, role: str, cause: str) -> PlacedCall:
        """Bring somebody into a call, or give him another role there."""
        switch = self._node.switch
        call = self._call(p.call_id)
        other = self._watcher(p, session)
        if other is call:
            raise LocalError(f"call {p.call_id} cannot listen to itself")
        if other not in switch.partners(call) and switch.partners(other):
            raise LocalError(f"call {other.call_id} is in another call: partCall first")
        switch.join(call, other, role, call if role == "coach" else None)
        switch.services.give_up(call, other)
        told = (other.call_id, tuple(switch.connections(call)), cause)
        switch.tell(events.Conferenced, call, *told)
        return PlacedCall(call_id=other.call_id, device=other.device)

    def _monitor_call(self, p: m.MonitorCall, session: Any) -> PlacedCall:
        return self._watch(p, session, "monitor", "silentParticipation")

    def _coach_call(self, p: m.CoachCall, session: Any) -> PlacedCall:
        return self._watch(p, session, "coach", "activeParticipation")

    def _intrude_call(self, p: m.IntrudeCall, session: Any) -> PlacedCall:
        return self._watch(p, session, "talk", "intrude")

    def _make_predictive_call(self, p: m.MakePredictiveCall, session: Any) -> PlacedCall:
        for agent in p.agents:
            self._call(agent)
        placed = self._place(p, session)
        self._node.switch.predictions.begin(placed, p)
        return PlacedCall(call_id=placed.call_id, device=placed.device)

    def _predictions(self, p: m.Predictions, session: Any) -> m.PredictionsInfo:
        return self._node.switch.predictions.info()

    def _set_call_data(self, p: m.SetCallData, session: Any) -> Done:
        call = self._call(p.call_id)
        switch_data.set_data(call, p.correlator, p.user_data, p.account_code)
        return Done()
