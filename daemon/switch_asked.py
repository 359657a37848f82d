"""What a PBX behind a PRI trunk of ours asks for, where we are the network: transfer, deflection.

Our switch does it: the far ends of two of its calls are joined and its channels come free, or a
call that it has not answered goes on to another number by the routing.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Final

from ..errors import Error, LocalError
from ..signaling.call_services import DeflectionAsked, TransferAsked
from . import events
from .events import ALERTING, INITIATED
from .switch_forward import MOST_HOPS

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node
    from .trunk_pri import PriTrunk

log: Final = logging.getLogger("trunkd.switch")

ALWAYS: Final = "always"
"""What becomes of the last one of two that were joined at a PBX's request: it ends with the other,
answered or not. There is no application that would have it."""

REJECTED: Final = 29
RESOURCE_UNAVAILABLE: Final = 47
NOT_SUBSCRIBED: Final = 50
"""Q.850: facility rejected; resource unavailable; requested facility not subscribed."""


class Asked:
    """What users of ours ask for."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node

    def transfer(self, trunk: PriTrunk, event: TransferAsked, now: int) -> None:
        """Join those whom two of its calls are with."""
        assert trunk.table.pri is not None
        call, other = trunk.calls.get(event.call), trunk.calls.get(event.other)
        if not trunk.table.pri.offer_transfer:
            self._refuse(trunk, event.call, NOT_SUBSCRIBED, "offer_transfer is off", now)
        elif call is None or other is None:
            self._refuse(trunk, event.call, REJECTED, "one of the calls is over", now)
        elif why := self._why_not(call, other):
            self._refuse(trunk, event.call, REJECTED, why, now)
        else:
            try:
                # The engine clears both, which are of no joint any more when it tells so.
                trunk.engine.grant(event.call, True, now)
            except LocalError as exc:
                log.info("%s: a transfer came too late: %s", trunk.name, exc)
                return
            self._carry_out(call, other)

    def _carry_out(self, call: Call, other: Call) -> None:
        switch = self._node.switch
        left = [*switch.partners(call), *switch.partners(other)]
        try:
            self._join(call, other)
        except Error as exc:
            # What they talked with is being cleared: nobody else would end them.
            for each in left:
                switch.follow(each, RESOURCE_UNAVAILABLE)
            self._node.problem(exc)

    def _why_not(self, call: Call, other: Call) -> str:
        """Empty: whom these are with can be joined."""
        partners = self._node.switch.partners
        for leg in (call, other):
            if not partners(leg):
                return f"call {leg.call_id} talks with an application, and nobody else"
        if other in partners(call):
            return f"calls {call.call_id} and {other.call_id} are of one call already"
        return ""

    def _join(self, call: Call, other: Call) -> None:
        """Those whom these are with talk with each other from now on."""
        switch = self._node.switch
        ours, theirs = switch.partners(call), switch.partners(other)
        for leg in (call, other):
            self._take_out(leg)
        last = ALWAYS if len(ours) == len(theirs) == 1 else None
        for each in (*ours, *theirs):
            if switch.is_held(each):
                switch.retrieve(each, "transfer")
        switch.join(ours[0], theirs[0], after=last)
        told = (theirs[0].call_id, tuple(switch.connections(ours[0])), "transfer", "switch")
        self._node.tell_call(events.Transferred, ours[0], *told, call.call_id)
        switch.services.inform(ours[0], theirs[0])

    def _take_out(self, leg: Call) -> None:
        switch = self._node.switch
        deflection = switch.diversions.of(leg)
        if deflection is not None:
            switch.diversions.release(deflection)
        switch.leave_consultations(leg)
        switch.part(leg)

    def deflection(self, trunk: PriTrunk, event: DeflectionAsked, now: int) -> None:
        """Let a call that it has not answered go on to another number."""
        assert trunk.table.pri is not None
        call = trunk.calls.get(event.call)
        if not trunk.table.pri.offer_deflection:
            self._refuse(trunk, event.call, NOT_SUBSCRIBED, "offer_deflection is off", now)
        elif call is None or call.direction != "out" or call.state not in (INITIATED, ALERTING):
            self._refuse(trunk, event.call, REJECTED, "the call is answered, or over", now)
        else:
            why = self._node.switch.forwards.why_not(call) or self._barred(call, event)
            if why:
                self._refuse(trunk, event.call, REJECTED, why, now)
                return
            try:
                trunk.engine.grant(event.call, True, now)
            except LocalError as exc:
                log.info("%s: a deflection came too late: %s", trunk.name, exc)
                return
            self._node.switch.forwards.deflected(call, event.number, now)

    def _barred(self, call: Call, event: DeflectionAsked) -> str:
        """Empty: our routing has a way to the number."""
        number = event.number
        if event.diversions > MOST_HOPS:
            return f"the call was diverted {event.diversions} times"
        if not number.digits:
            return "no number was said"
        routing = self._node.routing
        context, calling = routing.context(call.priority), call.request.calling
        if routing.tables.route:
            decision = routing.router.route(number, calling, context)
            return (decision.why or "there is no route") if decision.refused else ""
        barred = routing.router.barred("outgoing", number, calling, context, [])
        return f"'{barred[0]}' bars {number.digits}" if barred is not None else ""

    @staticmethod
    def _refuse(trunk: PriTrunk, handle: int, cause: int, why: str, now: int) -> None:
        log.info("%s: what its far end asked for is refused: %s", trunk.name, why)
        with contextlib.suppress(LocalError):  # it does not ask any more
            trunk.engine.grant(handle, False, now, cause)
