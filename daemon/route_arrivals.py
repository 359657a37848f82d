"""Routing of calls that come in: numbers as they are meant, which application, what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..signaling.call import PartyNumber
from .calls import Call

if TYPE_CHECKING:
    from .node import Node
    from .route_desk import Routing


class Arrivals:
    """Incoming calls of one node."""

    def __init__(self, node: Node, routing: Routing) -> None:
        tables = node.config.routes
        self._node: Final = node
        self._routing: Final = routing
        self._dnis: Final = bool(tables.dnis)
        self._any: Final = bool(
            tables.dnis
            or any(rule.on == "incoming" for rule in tables.number)
            or any(row.direction == "incoming" for row in tables.barred)
        )
        self.applications: Final[dict[str, int]] = {}
        """Calls by application."""
        self.refused: Final[dict[tuple[str, int], int]] = {}
        """Refused calls by row and Q.850 cause."""

    def arrived(self, call: Call) -> None:
        """A call came in on a channel: which group is it of?"""
        groups = self._routing.table.of.get((call.trunk.name, call.channel), ())
        for group in groups:
            group.counters.incoming += 1
        if groups:
            call.group = groups[0].name

    def _called(self, call: Call) -> PartyNumber:
        """All digits so far, with the type of number that came first."""
        said = call.request.called
        return PartyNumber(
            call.called, said.type_of_number, said.plan, said.presentation, said.screening
        )

    def enough(self, call: Call, now: int) -> bool:
        """Overlap: no further digit can change whom the call is for. If one could, but none is
        needed, the call waits a while for it."""
        if not self._dnis or call.number_done:
            return False
        done = self._routing.router.has_incoming_number(self._called(call), call.group)
        if done is None:
            self._await(call, now)
        return done is True

    def _await(self, call: Call, now: int) -> None:
        count = len(call.called)

        def over(then: int) -> None:
            waits = call.call_id in self._node.calls and not call.number_done
            if waits and len(call.called) == count:
                call.trunk.number_complete(call, then)

        self._node.at(now + self._node.config.routes.routing.digit_time, over)

    def treat(self, call: Call) -> tuple[str, int]:
        """The number is complete: what happens ("": as the trunk says), and the Q.850 cause of a
        call that is refused."""
        if not self._any:
            return "", 0
        routing = self._routing
        context = routing.context(0, call.group)
        found = routing.router.incoming(self._called(call), call.request.calling, context)
        call.called = found.called.digits
        call.calling = found.calling.digits if found.calling is not None else ""
        call.application, call.priority = found.application, found.priority
        call.route = found.row
        if found.application:
            name = found.application
            self.applications[name] = self.applications.get(name, 0) + 1
        if found.refused:
            key = (found.row, found.refused)
            self.refused[key] = self.refused.get(key, 0) + 1
            return "refuse", found.refused
        return found.treatment, 0
