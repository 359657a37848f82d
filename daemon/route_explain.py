"""``trunkd route test``: what would become of a call, by the same engine that places it."""

from __future__ import annotations

import datetime
from typing import Final

from ..errors import LocalError
from ..signaling.call import PartyNumber
from . import methods_route as m
from .config import Config
from .config_route import TYPES_OF_NUMBER
from .config_route_check import channels_in_file
from .route import Choice, Context, Decision, Router
from .route_groups import Group, NoPick
from .route_numbers import TYPE_NAMES, RouteStep, Steps, show
from .route_table import GroupTables
from .route_times import Moment, moment_of, parse_moment


class RouteTester:
    """``groups``: with channels as they are now, or all idle where no daemon runs."""

    def __init__(self, router: Router, groups: dict[str, Group], wall: int, now: int) -> None:
        self._router: Final = router
        self._groups: Final = groups
        self._wall: Final = wall
        self._now: Final = now

    def test(self, p: m.RouteTest, group: str) -> m.RouteTested:
        """``group``: incoming, that it comes by. LocalError for a time that is none."""
        context = Context(self._moment(p.at), group, p.priority)
        called = PartyNumber(p.called, TYPES_OF_NUMBER.get(p.type, 0))
        calling = None
        if p.calling or p.calling_type not in ("", "unknown"):
            calling = PartyNumber(p.calling, TYPES_OF_NUMBER.get(p.calling_type, 0))
        return (self._in if p.direction == "in" else self._out)(p, called, calling, context)

    def _moment(self, at: str) -> Moment:
        now = moment_of(self._wall)
        if not at:
            return now
        try:
            return parse_moment(at, datetime.date.fromisoformat(now.date))
        except ValueError as exc:
            raise LocalError(str(exc)) from exc

    def _in(
        self, p: m.RouteTest, called: PartyNumber, calling: PartyNumber | None, context: Context
    ) -> m.RouteTested:
        steps: Steps = []
        found = self._router.incoming(called, calling, context, steps)
        result = f"called {show(found.called)}, calling {show(found.calling)}"
        if found.refused:
            result = f"refused with cause {found.refused}"
        elif found.application:
            result += f", application {found.application}"
        outcome = "refused" if found.refused else "done"
        steps.append(RouteStep("result", "", outcome, result))  # type: ignore[arg-type]
        return m.RouteTested(
            steps=steps,
            refused=found.refused,
            priority=found.priority,
            application=found.application,
            treatment=found.treatment,
            called=found.called.digits,
            calling=found.calling.digits if found.calling is not None else "",
        )

    def _out(
        self, p: m.RouteTest, called: PartyNumber, calling: PartyNumber | None, context: Context
    ) -> m.RouteTested:
        steps: Steps = []
        if p.device:
            name = p.device.removeprefix("group/")
            decision = self._router.direct(name, called, calling, context, steps)
        else:
            decision = self._router.route(called, calling, context, steps)
        choices = [self._choice(c, n, decision, steps) for n, c in enumerate(decision.choices)]
        first = next((c for c in choices if c.device), None)
        if decision.refused:
            steps.append(RouteStep("result", "", "refused", decision.why))
        elif first is None:
            text = "no choice has a channel: the call is refused"
            steps.append(RouteStep("result", "", "refused", text))
        else:
            wait = f" after {first.wait_ms:g} ms" if first.wait_ms else ""
            text = f"{first.called} on {first.device}{wait}, calling {first.calling or 'nobody'}"
            steps.append(RouteStep("result", first.group, "done", text))
        return m.RouteTested(
            steps=steps,
            route=decision.route,
            emergency=decision.emergency,
            priority=decision.priority,
            refused=decision.refused,
            choices=choices,
            overflow=sorted(decision.overflow) if decision.choices else [],
        )

    def _choice(
        self, choice: Choice, place: int, decision: Decision, steps: Steps
    ) -> m.RouteChoice:
        group = self._groups[choice.group]
        pick = group.pick(self._now, decision.priority, bool(decision.emergency))
        calling = choice.calling
        made = m.RouteChoice(
            group=choice.group,
            called=choice.called.digits,
            called_type=_type(choice.called),
            calling=calling.digits if calling is not None else "",
            calling_type=_type(calling) if calling is not None else "",
        )
        number = f"choice {place + 1}"
        if isinstance(pick, NoPick):
            made.why, made.q850 = pick.text, pick.q850
            text = f"{pick.text}: next choice (cause {pick.q850})"
            steps.append(RouteStep(number, choice.group, "skipped", text))
            return made
        made.device = f"trunk/{pick.circuit.trunk}/{pick.circuit.channel}"
        made.wait_ms = pick.wait / 1e6
        idle, hunt = group.idle(), group.table.hunt.replace("_", " ")
        kept = group.reserve(decision.priority, bool(decision.emergency))
        reserved = f", {kept} reserved" if kept else ""
        text = f"{idle} of {len(group.circuits)} channels idle{reserved}; {hunt}: {pick.circuit}"
        if pick.wait:
            text += f"; waits {pick.wait / 1e6:g} ms for its turn"
        text += f"; sends {show(choice.called)}, calling {show(calling)}"
        steps.append(RouteStep(number, choice.group, "chosen", text))
        return made


def _type(number: PartyNumber) -> str:
    return TYPE_NAMES.get(number.type_of_number, str(number.type_of_number))


def file_tester(config: Config, device: str, wall: int) -> tuple[RouteTester, str]:
    """A tester of a file, without a daemon: all trunks are up, all channels idle. Also the group
    that an incoming call at ``device`` comes by. LocalError for a device that is none."""
    trunks = {table.name: channels_in_file(table) for table in config.trunk}
    table = GroupTables(config.routes.group, trunks)
    tester = RouteTester(Router(config.routes), table.groups, wall, 0)
    kind, _, rest = device.partition("/")
    if kind == "group" and rest not in table.groups:
        have = ", ".join(table.groups) or "none is configured"
        raise LocalError(f"there is no group '{rest}': {have}")
    if kind != "trunk":
        return tester, rest
    name, _, channel = rest.partition("/")
    if name not in trunks or (channel and not channel.isdecimal()):
        raise LocalError(f"there is no trunk '{rest}': {', '.join(trunks)}")
    return tester, table.first_of(name, int(channel or 0))
