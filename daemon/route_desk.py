"""Routing at work: calls are placed by route or group, and placed again where that did not do.

A call keeps its id while it goes from one choice to the next. In between, and while it waits for
its turn or for digits, its ``handle`` is 0: no engine knows of it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ..errors import LocalError
from ..signaling.call import CallRequest, PartyNumber
from . import events
from .calls import Call
from .events_route import CallRerouted, EmergencyCall
from .route import Context, Decision, Router, row_name
from .route_arrivals import Arrivals
from .route_groups import NETWORK_OUT_OF_ORDER, Group, NoPick, Pick
from .route_pattern import LONGEST
from .route_plan import (
    COLLECTING,
    MOVING,
    OVER,
    PLACED,
    WAITING,
    RoutePlan,
    RouteRefused,
    completed,
    readdressed,
)
from .route_table import GroupTables, RouteCounters
from .route_times import moment_of

if TYPE_CHECKING:
    from .node import Node
    from .trunk import Trunk
    from .trunk_reports import TrunkReports

log: Final = logging.getLogger("trunkd.route")

GLARE: Final = 44
OUT_OF_ORDER: Final = 27
NO_CIRCUIT: Final = 34
NORMAL_CLEARING: Final = 16
"""Q.850."""


class Routing:
    """Routing of one node."""

    def __init__(self, node: Node) -> None:
        tables = node.config.routes
        self._node: Final = node
        self.router: Final = Router(tables)
        self.tables: Final = tables
        self.groups: dict[str, Group] = {}
        self.table = GroupTables([], {})
        self.arrivals: Final = Arrivals(node, self)
        self.routes: Final = {route.name: RouteCounters() for route in tables.route}
        self.refused: Final[dict[tuple[str, int], int]] = {}
        """Calls that were refused, by ("barred" or "route", Q.850 cause)."""
        self.emergencies: Final[dict[str, int]] = {}
        """Emergency calls by row."""
        self.emergencies_failed: Final[dict[str, int]] = dict.fromkeys(
            (row_name("emergency", t.name, place) for place, t in enumerate(tables.emergency)), 0
        )
        """Those that did not get through."""

    def open(self) -> None:
        """The trunks are there."""
        trunks = self._node.trunks
        have = {name: trunk.channels for name, trunk in trunks.items()}
        self.table = GroupTables(self.tables.group, have)
        self.table.is_up = lambda name: trunks[name].up
        self.groups = self.table.groups

    def channel_changed(self, trunk: TrunkReports, channel: int, now: int) -> None:
        """Its state, or whether it has a call."""
        self.table.changed(trunk, channel, now)

    def context(self, priority: int = 0, group: str = "") -> Context:
        """Now."""
        node = self._node
        return Context(moment_of(node.wall(node.now())), group, priority)

    # Calls that are placed

    def dial(self, device: str, request: CallRequest, priority: int = 0) -> Call:
        """Place a call: ``device`` is ``trunk/NAME[/CHANNEL]``, ``group/NAME``, or "" for the
        route of the number. RouteRefused, or another LocalError, says why it cannot be placed."""
        if device.startswith("group/"):
            return self._by_group(device.removeprefix("group/"), request, priority)
        if device or not (self.tables.route or self._urgent(request)):
            return self._by_trunk(device, request, priority)
        if not request.complete and not self.router.is_complete(request.called):
            return self._collect(request, priority)
        request = completed(request, request.called)
        decision = self.router.route(request.called, request.calling, self.context(priority))
        return self._begin(RoutePlan(request, decision))

    def _urgent(self, request: CallRequest) -> bool:
        return self.router.urgent_row(request.called) is not None

    def _by_group(self, name: str, request: CallRequest, priority: int) -> Call:
        if name not in self.groups:
            have = ", ".join(self.groups) or "none is configured"
            raise LocalError(f"there is no group '{name}': {have}")
        context = self.context(priority)
        decision = self.router.direct(name, request.called, request.calling, context)
        return self._begin(RoutePlan(request, decision))

    def _by_trunk(self, device: str, request: CallRequest, priority: int) -> Call:
        """A trunk was named, or there are no routes: no rules, but what is barred is barred."""
        node = self._node
        trunk = (
            node.trunk(device.removeprefix("trunk/").split("/")[0])
            if device
            else node.choose_trunk()
        )
        urgent = self.router.urgent_row(request.called)
        if urgent is None:
            context = self.context(priority)
            barred = self.router.barred("outgoing", request.called, request.calling, context, [])
            if barred is not None:
                name, row = barred
                self._count_refused("barred", row.cause)
                raise RouteRefused(f"'{name}' bars {request.called.digits}", row.cause)
        if not trunk.up:
            if urgent is not None:
                calling = request.calling.digits if request.calling is not None else ""
                self._alert(urgent[0], None, request.called.digits, calling, OUT_OF_ORDER)
            raise RouteRefused(f"trunk '{trunk.name}' is down: {trunk.reason}", OUT_OF_ORDER)
        call = node.place(trunk, request)
        call.priority = priority
        if urgent is not None:
            self._count_emergency(urgent[0])
            self._alert(urgent[0], call, call.called, call.calling, 0)
        return call

    def _count_emergency(self, row: str) -> None:
        self.emergencies[row] = self.emergencies.get(row, 0) + 1

    def _begin(self, plan: RoutePlan) -> Call:
        """The first attempt; what cannot even be begun is refused to the application."""
        self._check(plan)
        now = self._node.now()
        found = self._advance(plan, now)
        if found is None:
            self._used_up(plan)
            self._urgent_failed(plan, None)
            raise RouteRefused(self._words(plan), plan.cause or NO_CIRCUIT)
        call = self._make(plan, found[0], now)
        self._go(call, plan, *found, now)
        return call

    def _check(self, plan: RoutePlan) -> None:
        decision = plan.decision
        if decision.route:
            self.routes[decision.route].calls += 1
        if decision.emergency:
            self._count_emergency(decision.emergency)
        if decision.refused:
            self._count_refused("route" if decision.refused == 3 else "barred", decision.refused)
            raise RouteRefused(decision.why, decision.refused)

    def _count_refused(self, why: str, q850: int) -> None:
        self.refused[why, q850] = self.refused.get((why, q850), 0) + 1

    @staticmethod
    def _words(plan: RoutePlan) -> str:
        route = plan.decision.route or plan.decision.emergency
        name = f"route '{route}': " if route else ""
        return name + ("; ".join(plan.tried) or "it has no choices")

    def _make(self, plan: RoutePlan, group: Group | None, now: int) -> Call:
        """The call, not yet on any trunk."""
        node = self._node
        name = group.trunks[0] if group is not None else next(iter(node.trunks))
        request = plan.request
        call = Call(node.next_call_id(), node.trunks[name], "out", request, now)
        call.plan = plan
        call.device = f"group/{group.name}" if group is not None else "route"
        self._enter(call, plan)
        node.calls[call.call_id] = call
        node.calls_total += 1
        return call

    @staticmethod
    def _enter(call: Call, plan: RoutePlan) -> None:
        call.route = plan.decision.route or plan.decision.emergency
        call.priority = plan.decision.priority

    def _advance(self, plan: RoutePlan, now: int) -> tuple[Group, Pick] | None:
        """The next choice that has a channel; those that have none are passed over."""
        while (choice := plan.choice) is not None:
            group = self.groups[choice.group]
            group.counters.attempts += 1
            pick = group.pick(now, plan.decision.priority, plan.emergency, plan.avoid)
            if isinstance(pick, Pick):
                return group, pick
            self._refused_by(plan, group, pick)
            plan.next_choice()
        return None

    def _refused_by(self, plan: RoutePlan, group: Group, pick: NoPick) -> None:
        counters = group.counters
        counters.refused[pick.why] = counters.refused.get(pick.why, 0) + 1
        plan.tried.append(f"{group.name}: {pick.text}")
        if not (plan.attempts and plan.cause):
            # What a far end said is worth more than that the rest was busy.
            plan.cause = pick.q850
        self._overflowed(plan, group, pick.q850)

    def _overflowed(self, plan: RoutePlan, group: Group, q850: int) -> None:
        overflows = group.counters.overflows
        overflows[q850] = overflows.get(q850, 0) + 1
        if plan.decision.route:
            overflows = self.routes[plan.decision.route].overflows
            overflows[q850] = overflows.get(q850, 0) + 1

    def _used_up(self, plan: RoutePlan) -> None:
        if plan.decision.route:
            self.routes[plan.decision.route].failed += 1

    def _go(self, call: Call, plan: RoutePlan, group: Group, pick: Pick, now: int) -> None:
        """To this group: at once, or when it is the call's turn."""
        group.take(pick, now, plan.emergency)
        if pick.wait:
            group.counters.waited += 1
            plan.state, plan.group = WAITING, group
            call.group = group.name
            self._tell_begun(call, plan)
            self._node.at(now + pick.wait, lambda then: self._turn(call, plan, then))
            return
        self._place(call, plan, group, pick, now)

    def _turn(self, call: Call, plan: RoutePlan, now: int) -> None:
        """The call's turn has come: its token is taken already."""
        if plan.state != WAITING or plan.group is None:
            return
        group = plan.group
        pick = group.pick(now, plan.decision.priority, plan.emergency, plan.avoid)
        if isinstance(pick, NoPick) and pick.why != "rate":
            self._refused_by(plan, group, pick)
            plan.next_choice()
            self._on(call, plan, now)
            return
        circuit = group.hunted(plan.avoid)
        self._place(call, plan, group, Pick(circuit), now)

    def _on(self, call: Call, plan: RoutePlan, now: int) -> None:
        """To the next choice, or to the end."""
        plan.state = MOVING
        found = self._advance(plan, now)
        if found is not None:
            self._go(call, plan, *found, now)
            return
        self._used_up(plan)
        self._end(call, plan, plan.cause or NO_CIRCUIT, now)

    def _place(self, call: Call, plan: RoutePlan, group: Group, pick: Pick, now: int) -> None:
        node, circuit, choice = self._node, pick.circuit, plan.choice
        assert choice is not None
        trunk = node.trunks[circuit.trunk]
        now = max(now, trunk.now())
        whole = group.has_all_of(circuit.trunk, len(trunk.channels))
        request = readdressed(
            plan.request, choice.called, choice.calling, circuit.channel, not whole
        )
        plan.attempts += 1
        plan.group, plan.circuit, plan.state = group, circuit, MOVING
        try:
            trunk.place(request, now, lambda r, handle: self._seat(call, plan, trunk, r, handle))
        except LocalError as exc:
            plan.attempts -= 1
            self._refused_by(plan, group, NoPick(NETWORK_OUT_OF_ORDER, "error", str(exc)))
            plan.next_choice()
            self._tell_begun(call, plan)
            node.at(now, lambda then: self._again(call, plan, then))

    def _seat(
        self,
        call: Call,
        plan: RoutePlan,
        trunk: Trunk,
        request: CallRequest,
        handle: int,
    ) -> Call:
        """The engine has it."""
        assert plan.group is not None
        plan.state = PLACED
        plan.group.counters.seizures += 1
        call.trunk, call.request, call.handle = trunk, request, handle
        call.device, call.channel = trunk.device, 0
        call.cause = call.location = 0
        call.group, call.attempts = plan.group.name, plan.attempts
        if not call.calling and request.calling is not None:
            call.calling = request.calling.digits
        trunk.calls[handle] = call
        self._announce(call, plan, plan.group)
        return call

    def _tell_begun(self, call: Call, plan: RoutePlan) -> None:
        """It has its callId and is not yet placed: a call is told before it can be lost."""
        if not plan.told:
            plan.told = True
            self._node.tell_call(events.ServiceInitiated, call, "out", call.calling, call.called)

    def _announce(self, call: Call, plan: RoutePlan, group: Group) -> None:
        node = self._node
        told = (call.calling, call.called)
        begun, plan.told = plan.told, True
        if plan.attempts > 1:
            to = f"{call.device}/{plan.circuit.channel}" if plan.circuit else call.device
            what = (plan.last_device, to, plan.cause, plan.attempts, call.route, group.name)
            node.tell_call(CallRerouted, call, *what)
            return
        if plan.request.complete:
            node.tell_call(events.Originated, call, *told)
        elif not begun:
            node.tell_call(events.ServiceInitiated, call, "out", *told)
        if plan.emergency:
            self._alert(plan.decision.emergency, call, call.called, call.calling, 0)

    def _alert(self, row: str, call: Call | None, called: str, calling: str, q850: int) -> None:
        call_id, device = (call.call_id, call.device) if call is not None else (0, "")
        log.warning(
            "emergency call '%s' to %s from %s: %s%s",
            row,
            called,
            calling or "unknown",
            f"call {call_id} on {device}" if call_id else "no call was placed",
            f" failed with cause {q850}" if q850 else "",
        )
        if q850:
            self.emergencies_failed[row] += 1
        self._node.tell(EmergencyCall, row, called, calling, call_id, device, q850)

    def _urgent_failed(self, plan: RoutePlan, call: Call | None) -> None:
        if plan.emergency:
            calling = plan.request.calling.digits if plan.request.calling is not None else ""
            cause = plan.cause or NO_CIRCUIT
            self._alert(plan.decision.emergency, call, plan.request.called.digits, calling, cause)

    # Calls that did not get through

    def overflows(
        self, call: Call, cause: int, location: int, local: bool, inband: bool, now: int
    ) -> bool:
        """The far end, or the engine, ends an outgoing call. True: it goes on elsewhere."""
        plan: RoutePlan | None = call.plan
        if plan is None or plan.state != PLACED or plan.group is None:
            return False
        reached = call.delivered or call.answered or call.cleared_here
        if reached or self._node.draining or not self._goes_on(call, plan, cause, local):
            if plan.emergency and not call.answered and not call.cleared_here:
                plan.cause = cause
                self._urgent_failed(plan, call)
            plan.state = OVER
            return False
        plan.cause, plan.location = cause, location
        plan.last_device = call.device
        plan.tried.append(f"{plan.group.name}: cause {cause}")
        self._overflowed(plan, plan.group, cause)
        handle = call.handle
        call.trunk.let_go(call)
        if inband:
            call.trunk.engine.clear(handle, NORMAL_CLEARING, now)
        call.handle, call.channel, call.device = 0, 0, f"group/{plan.group.name}"
        plan.state = MOVING
        # Not from within what the engine is doing now.
        self._node.at(now, lambda then: self._again(call, plan, then))
        return True

    def _goes_on(self, call: Call, plan: RoutePlan, cause: int, local: bool) -> bool:
        """Is there another way, and is this a cause to take it? If so the plan points to it."""
        group = plan.group
        assert group is not None
        glare = cause == GLARE and plan.repeats < group.table.repeat
        if glare and plan.circuit is not None:
            plan.repeats += 1
            plan.avoid |= {plan.circuit}
            pick = group.pick(call.trunk.now(), plan.decision.priority, True, plan.avoid)
            if isinstance(pick, Pick):
                return True
        down = not call.trunk.up or (local and cause == OUT_OF_ORDER)
        if not (down or cause in plan.decision.overflow):
            return False
        if plan.index + 1 >= len(plan.decision.choices):
            self._overflowed(plan, group, cause)
            self._used_up(plan)
            return False
        plan.next_choice()
        return True

    def _again(self, call: Call, plan: RoutePlan, now: int) -> None:
        if plan.state == MOVING:
            self._on(call, plan, now)

    def _end(self, call: Call, plan: RoutePlan, cause: int, now: int) -> None:
        """No choice is left: one Failed, with the last cause."""
        plan.state = OVER
        plan.cause = cause
        self._urgent_failed(plan, call)
        local = plan.attempts == 0
        call.trunk.fail(call, cause, plan.location, local, max(now, call.trunk.now()))

    def redirect(self, call: Call, device: str, request: CallRequest, now: int) -> None:
        """A call that is on no trunk goes on elsewhere: by ``group/NAME``, or by the route of its
        number. RouteRefused, or another LocalError: it cannot."""
        context = self.context(call.priority)
        if device.startswith("group/"):
            name = device.removeprefix("group/")
            if name not in self.groups:
                raise LocalError(f"there is no group '{name}'")
            decision = self.router.direct(name, request.called, request.calling, context)
        else:
            request = completed(request, request.called)
            decision = self.router.route(request.called, request.calling, context)
        plan = RoutePlan(request, decision)
        plan.told = True
        self._check(plan)
        call.plan = plan
        self._enter(call, plan)
        self._on(call, plan, now)

    def cancel(self, call: Call, cause: int, now: int) -> None:
        """The application clears a call that is on no trunk."""
        plan: RoutePlan | None = call.plan
        if plan is None or plan.state == OVER:
            raise LocalError(f"call {call.call_id} is over")
        plan.state = OVER
        call.cleared_here = True
        call.trunk.fail(call, cause, 0, True, now)

    # Overlap: digits are collected until the number is complete

    def _collect(self, request: CallRequest, priority: int) -> Call:
        plan = RoutePlan(request, Decision(priority=priority))
        plan.state = COLLECTING
        call = self._make(plan, None, self._node.now())
        self._tell_begun(call, plan)
        self._await_digits(call, plan)
        return call

    def digits(self, call: Call, digits: str, complete: bool, now: int) -> None:
        """More digits of a call that is on no trunk."""
        plan: RoutePlan | None = call.plan
        if plan is None or plan.state != COLLECTING:
            raise LocalError(f"call {call.call_id} is being placed: its number is complete")
        if len(call.called) + len(digits) > LONGEST:
            raise LocalError(f"call {call.call_id}: a number has at most {LONGEST} digits")
        call.called += digits
        if complete or self.router.is_complete(PartyNumber(call.called)):
            self._collected(call, plan, now)
        else:
            self._await_digits(call, plan)

    def _await_digits(self, call: Call, plan: RoutePlan) -> None:
        table = self.tables.routing
        time = table.digit_time if call.called else table.first_digit_time
        count = len(call.called)

        def over(now: int) -> None:
            if plan.state == COLLECTING and len(call.called) == count:
                self._collected(call, plan, now)

        self._node.at(self._node.now() + time, over)

    def _collected(self, call: Call, plan: RoutePlan, now: int) -> None:
        request = completed(plan.request, PartyNumber(call.called))
        context = self.context(plan.decision.priority)
        routed = RoutePlan(request, self.router.route(request.called, request.calling, context))
        plan.state, routed.told = OVER, True
        call.plan = routed
        self._enter(call, routed)
        try:
            self._check(routed)
        except RouteRefused as refused:
            self._end(call, routed, refused.q850, now)
            return
        self._on(call, routed, now)


__all__ = ["RouteRefused", "Routing"]
