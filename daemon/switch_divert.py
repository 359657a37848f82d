"""Deflection by our switch: an incoming call that is not answered goes on to somebody else.

Both connections are parties of one joint. What the outgoing one is told, the incoming one is told:
that it rings, that there are tones, that it is answered, that it failed and why.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ..errors import Error, LocalError
from ..signaling.call import CallRequest
from .events import ALERTING, CONNECTED, FAIL, INITIATED, NULL
from .events_switch import Diverted
from .smdi_calls import copied, handed_on

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

INBAND: Final = 8
"""Progress description of Q.931 4.5.23: in-band information is available."""

NORMAL_CLEARING: Final = 16

DEFLECTED: Final = 5
"""Redirecting reason of Q.763 3.45: deflection immediate response; when it alerts already:"""
DEFLECTED_ALERTING: Final = 4


class Deflection:
    """An incoming connection, and the one that it goes on by."""

    __slots__ = ("incoming", "outgoing")

    def __init__(self, incoming: Call, outgoing: Call) -> None:
        self.incoming: Final = incoming
        self.outgoing: Final = outgoing


def is_unanswered(call: Call) -> bool:
    """It came in, and may be accepted, answered, refused or deflected."""
    return call.direction == "in" and call.state in (INITIATED, ALERTING) and not call.cleared_here


def need_unanswered(call: Call, what: str) -> None:
    """LocalError unless it is."""
    if not is_unanswered(call):
        way = "came in and is" if call.direction == "in" else "was placed from here and is"
        raise LocalError(f"call {call.call_id} {way} {call.state}: it cannot be {what}")


class Diversions:
    """All deflections of a node that are not answered yet."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._by: Final[dict[int, Deflection]] = {}
        """By the callId of either connection."""

    def of(self, call: Call) -> Deflection | None:
        return self._by.get(call.call_id)

    def request(self, incoming: Call, request: CallRequest) -> CallRequest:
        """The request for the new destination, with who calls and who deflected."""
        made = handed_on(request, incoming)
        reason = DEFLECTED_ALERTING if incoming.state == ALERTING else DEFLECTED
        if made.redirect_reason == 0:
            made = copied(made, redirect_reason=reason)
        if not made.user_user:
            made = copied(made, user_user=incoming.request.user_user)
        return made

    def deflect(self, incoming: Call, outgoing: Call, to: str, cause: str = "redirected") -> None:
        """The new destination is being called: from now on the one follows the other."""
        deflection = Deflection(incoming, outgoing)
        self._by[incoming.call_id] = self._by[outgoing.call_id] = deflection
        self._node.switch.join(incoming, outgoing, after="clear")
        told = (cause, incoming.device, to, outgoing.call_id)
        self._node.tell_call(Diverted, incoming, *told)
        self._later(deflection)

    def release(self, deflection: Deflection) -> None:
        """Somebody else takes care of the incoming call."""
        self._by.pop(deflection.incoming.call_id, None)
        self._by.pop(deflection.outgoing.call_id, None)

    def changed(self, call: Call) -> None:
        """Its state, or what is to be heard on it, is another."""
        deflection = self._by.get(call.call_id)
        if deflection is not None and call is deflection.outgoing:
            self._later(deflection)

    def _later(self, deflection: Deflection) -> None:
        # Not from within what an engine is doing now: both may be of one trunk.
        self._node.at(self._node.now(), lambda now: self._follow(deflection))

    def _follow(self, deflection: Deflection) -> None:
        incoming, outgoing = deflection.incoming, deflection.outgoing
        if self._by.get(incoming.call_id) is not deflection or not is_unanswered(incoming):
            return
        trunk = incoming.trunk
        try:
            if outgoing.state == CONNECTED:
                self.release(deflection)
                with contextlib.suppress(LocalError):  # the application has answered it itself
                    trunk.answer(incoming, trunk.now())
            elif outgoing.state == ALERTING and incoming.state == INITIATED:
                trunk.accept(incoming, outgoing.inband, trunk.now())
            elif outgoing.inband and not incoming.inband:
                self._sound(deflection)
        except Error as exc:
            self._node.problem(exc)

    def _sound(self, deflection: Deflection) -> None:
        """Tones or an announcement of the far end are to be heard before the answer."""
        incoming = deflection.incoming
        trunk = incoming.trunk
        if incoming.state == INITIATED:
            trunk.accept(incoming, True, trunk.now())
            return
        incoming.inband = True
        now = trunk.now()
        trunk.engine.progress(incoming.handle, INBAND, now)
        trunk.pump(now)

    def gone(self, call: Call) -> None:
        """It ended before the new destination answered: the other one ends, too."""
        deflection = self._by.get(call.call_id)
        if deflection is None:
            return
        self.release(deflection)
        if call is deflection.outgoing:
            other, cause = deflection.incoming, call.cause or NORMAL_CLEARING
        else:
            other, cause = deflection.outgoing, NORMAL_CLEARING
        self._node.at(self._node.now(), lambda now: self._clear(other, cause))

    def _clear(self, call: Call, cause: int) -> None:
        if call.state not in (NULL, FAIL) and call.call_id in self._node.calls:
            try:
                call.trunk.clear(call, cause, call.trunk.now())
            except Error as exc:
                self._node.problem(exc)
