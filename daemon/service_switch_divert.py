"""The methods of methods_switch_divert.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from . import methods_switch_divert as m
from . import switch_data, switch_pickup
from .later import Later
from .methods_base import Done
from .methods_switch import Destination, PlacedCall
from .switch_divert import need_unanswered
from .switch_services import DEFLECTION, Deflection

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

SECOND = 1_000_000_000


class DivertService(ABC):
    """Handlers ``_method(params, session)``; SwitchService inherits them."""

    _node: Node

    @abstractmethod
    def _call(self, call_id: int) -> Call:
        """The call; WireError invalidCallID when there is none."""

    @abstractmethod
    def _place(self, p: Destination, session: Any, for_call: int = 0) -> Call:
        """Place a connection."""

    @staticmethod
    @abstractmethod
    def _clear(call: Call, cause: int) -> None:
        """End a connection."""

    def _reject_call(self, p: m.RejectCall, session: Any) -> Done:
        call = self._call(p.call_id)
        need_unanswered(call, "refused")
        switch_data.clear_with(call, p.cause, p.user_user, call.trunk.now())
        return Done()

    def _deflect_call(self, p: m.DeflectCall, session: Any) -> PlacedCall | Later:
        services = self._node.switch.services
        call = self._call(p.call_id)
        need_unanswered(call, "deflected")
        services.check_not_deflected(call)
        if self._node.switch.partners(call):
            raise LocalError(f"call {p.call_id} goes on to somebody else already")
        if p.by == "switch":
            return self._deflect_here(p, session)
        why = services.why_not_deflect(call)
        if not why and (p.device or not p.called):
            why = "it needs the number (called), and no device"
        if p.by == "any" and services.is_silent(call, DEFLECTION):
            return self._deflect_here(p, session)
        if not why:
            return self._deflect_there(p, session)
        if p.by == "any":
            return self._deflect_here(p, session)
        raise LocalError(f"the network cannot be asked to deflect: {why}")

    def _deflect_there(self, p: m.DeflectCall, session: Any) -> Later:
        """By the network; where it refuses and ``by`` permits, by our switch."""
        later, sessions = Later(), self._node.sessions
        member = session.member if session is not None else None
        call = self._call(p.call_id)
        itself = PlacedCall(call_id=call.call_id, device=call.device)

        def done(placed: PlacedCall | None, error: Exception | None) -> None:
            later.settle(placed or itself, error)

        def instead() -> PlacedCall:
            made: PlacedCall = sessions.act(member, self._deflect_here, p, session)
            return made

        fallback = instead if p.by == "any" else None
        self._node.switch.services.deflect(Deflection(call, p.called, done, fallback))
        return later

    def _deflect_here(self, p: m.DeflectCall, session: Any) -> PlacedCall:
        call = self._call(p.call_id)
        placed = self._place(p, session, p.call_id)
        self._node.switch.diversions.deflect(call, placed, p.called or p.device)
        return PlacedCall(call_id=placed.call_id, device=placed.device)

    def _set_forwarding(self, p: m.SetForwarding, session: Any) -> Later:
        later = Later()
        self._node.switch.forwards.set(p, lambda error: later.settle(Done(), error))
        return later

    def _forwardings(self, p: m.Forwardings, session: Any) -> m.ForwardingList:
        return m.ForwardingList(forwardings=self._node.switch.forwards.infos())

    def _park_call(self, p: m.ParkCall, session: Any) -> m.ParkedCall:
        call = self._call(p.call_id)
        orbit, parker = self._node.switch.orbits.park(call, p.orbit, round(p.timeout * SECOND))
        self._node.switch.services.give_up(call)
        if parker is not None and not p.keep:
            self._clear(parker, 16)
        return m.ParkedCall(orbit=orbit)

    def _retrieve_parked_call(self, p: m.RetrieveParkedCall, session: Any) -> Done:
        orbits, call = self._node.switch.orbits, self._call(p.call_id)
        orbits.fetch(orbits.need(p.orbit), call)
        self._node.switch.services.give_up(call)
        return Done()

    def _parked_calls(self, p: m.ParkedCalls, session: Any) -> m.ParkedCallList:
        return m.ParkedCallList(parked=self._node.switch.orbits.infos())

    def _directed_pickup_call(self, p: m.DirectedPickupCall, session: Any) -> m.PickedUp:
        return self._pick_up(self._call(p.picked), self._call(p.call_id))

    def _group_pickup_call(self, p: m.GroupPickupCall, session: Any) -> m.PickedUp:
        picker = self._call(p.call_id)
        picked = switch_pickup.longest(self._node, p.device, picker)
        return self._pick_up(picked, picker)

    def _pick_up(self, picked: Call, picker: Call) -> m.PickedUp:
        found = switch_pickup.pick_up(self._node, picked, picker)
        self._node.switch.services.give_up(picker)
        return m.PickedUp(picked=found.call_id)
