"""Where calls go: numbers in, groups out, with every step explained. No I/O and no clock.

``Router.route`` decides for a call that is to be placed, ``Router.incoming`` for one that came in.
Which channel of a group is idle is not known here (route_groups.py), and what becomes of the call
is the business of route_desk.py.
"""

from __future__ import annotations

from typing import Final

from ..signaling.call import PartyNumber
from .config_route import (
    OVERFLOW_CAUSES,
    BarredTable,
    EmergencyTable,
    RouteTable,
    RoutingTables,
)
from .route_match import Matcher, Place, patterns_of
from .route_numbers import NOBODY, NumberRules, RouteStep, Steps, show
from .route_pattern import Pattern, pattern
from .route_times import Calendar, Moment

NO_ROUTE: Final = 3
"""Q.850: no route to destination."""
USER_CAUSES: Final = frozenset({16, 17, 18, 19})
"""Q.850: the user was reached: normal clearing, busy, no response, no answer. No other way leads to
somebody else."""
EVERY_CAUSE: Final = frozenset(range(1, 128)) - USER_CAUSES
"""Emergency calls try on for any other."""
MOST_PRIORITY: Final = 10
"""That of emergency calls."""


class Context:
    """What is known beside the numbers."""

    __slots__ = ("group", "moment", "priority")

    def __init__(self, moment: Moment, group: str = "", priority: int = 0) -> None:
        self.moment: Final = moment
        self.group: Final = group
        """Incoming: the group that it came by."""
        self.priority: Final = priority
        """Of 0 to 9, as the application wants it."""


class Choice:
    """A group that the call may take, and its numbers as they leave there."""

    __slots__ = ("called", "calling", "group")

    def __init__(self, group: str, called: PartyNumber, calling: PartyNumber | None) -> None:
        self.group: Final = group
        self.called: Final = called
        self.calling: Final = calling


class Decision:
    """What is to become of a call."""

    def __init__(
        self,
        route: str = "",
        choices: list[Choice] | None = None,
        refused: int = 0,
        why: str = "",
        emergency: str = "",
        priority: int = 0,
        overflow: frozenset[int] = frozenset(OVERFLOW_CAUSES),
    ) -> None:
        self.route: Final = route
        self.choices: Final[list[Choice]] = choices or []
        self.refused: Final = refused
        """Q.850 cause; 0: it is not refused."""
        self.why: Final = why
        self.emergency: Final = emergency
        """Row of ``[[emergency]]``."""
        self.priority: Final = priority
        self.overflow: Final = overflow


class Incoming:
    """What an incoming call is for."""

    def __init__(self, called: PartyNumber, calling: PartyNumber | None) -> None:
        self.called: Final = called
        self.calling: Final = calling
        self.row = ""
        self.application = ""
        self.priority = 0
        self.treatment = ""
        self.refused = 0


def row_name(kind: str, name: str, place: int) -> str:
    """A row's name, or where it is."""
    return name or f"{kind}[{place + 1}]"


class Router:
    """All tables of routing, ready to be asked."""

    def __init__(self, tables: RoutingTables) -> None:
        self.tables: Final = tables
        self.calendar: Final = Calendar(tables.times)
        self.numbers: Final = NumberRules(tables.number)
        self._routes: Final = Matcher([patterns_of(r) for r in tables.route])
        self._by_name: Final = {r.name: r for r in tables.route}
        self._calling: Final = [[pattern(p) for p in r.calling] for r in tables.route]
        self._dnis: Final = Matcher([patterns_of(r) for r in tables.dnis])
        self._barred: Final = [patterns_of(r) for r in tables.barred]
        self._emergency: Final = Matcher([patterns_of(r) for r in tables.emergency])

    # Calls that are to be placed

    def route(
        self,
        called: PartyNumber,
        calling: PartyNumber | None,
        context: Context,
        steps: Steps | None = None,
    ) -> Decision:
        """Where a call goes; ``steps`` is filled with what was done and why."""
        trace = steps if steps is not None else []
        said = f"call to {show(called)} from {show(calling)}, {context.moment}"
        trace.append(RouteStep("number", "", "note", said))
        urgent = self.emergency(called, calling, trace)
        if urgent is not None:
            return urgent
        dialled = called
        called = self.numbers.apply("dialled", "called", "", called, steps) or NOBODY
        calling = self.numbers.apply("dialled", "calling", "", calling, steps)
        if called != dialled and self.urgent_row(called) is not None:
            urgent = self.emergency(called, calling, trace)
            assert urgent is not None
            return urgent
        barred = self.barred("outgoing", called, calling, context, trace)
        if barred is not None:
            return Decision(refused=barred[1].cause, why=f"'{barred[0]}' bars the number")
        return self._choose(called, calling, context, trace)

    def direct(
        self,
        group: str,
        called: PartyNumber,
        calling: PartyNumber | None,
        context: Context,
        steps: Steps | None = None,
    ) -> Decision:
        """As ``route`` for a call whose group was named: no route is looked for."""
        trace = steps if steps is not None else []
        urgent = self.urgent_row(called)
        if urgent is None:
            barred = self.barred("outgoing", called, calling, context, trace)
            if barred is not None:
                return Decision(refused=barred[1].cause, why=f"'{barred[0]}' bars the number")
        return Decision(
            choices=[self.choice(group, called, calling, steps)],
            emergency=urgent[0] if urgent is not None else "",
            priority=context.priority if urgent is None else MOST_PRIORITY,
        )

    def choice(
        self,
        group: str,
        called: PartyNumber,
        calling: PartyNumber | None,
        steps: Steps | None = None,
    ) -> Choice:
        """A group with the numbers as its rules make them."""
        out = self.numbers.apply("outgoing", "called", group, called, steps) or NOBODY
        shown = self.numbers.apply("outgoing", "calling", group, calling, steps)
        return Choice(group, out, shown)

    def urgent_row(self, called: PartyNumber) -> tuple[str, EmergencyTable, Pattern] | None:
        """The row of ``[[emergency]]`` for a number."""
        for place, matched in self._emergency.matches(called.digits):
            table = self.tables.emergency[place]
            return row_name("emergency", table.name, place), table, matched
        return None

    def emergency(
        self, called: PartyNumber, calling: PartyNumber | None, trace: Steps
    ) -> Decision | None:
        """A decision for an emergency number, before all that could stop it."""
        found = self.urgent_row(called)
        if found is None:
            if self.tables.emergency:
                count = len(self.tables.emergency)
                trace.append(RouteStep("emergency", "", "note", f"none of {count} rows"))
            return None
        name, table, matched = found
        text = f"{matched.text}: highest priority, reserved channels, never barred"
        trace.append(RouteStep("emergency", name, "chosen", text))
        choices = [self.choice(group, called, calling, trace) for group in table.choices]
        return Decision("", choices, 0, "", name, MOST_PRIORITY, EVERY_CAUSE)

    def barred(
        self,
        direction: str,
        called: PartyNumber,
        calling: PartyNumber | None,
        context: Context,
        trace: Steps,
    ) -> tuple[str, BarredTable] | None:
        """The row that bars a call, if one does."""
        looked = 0
        for place, table in enumerate(self.tables.barred):
            if table.direction != direction:
                continue
            looked += 1
            number = called if table.party == "called" else calling
            digits = number.digits if number is not None else ""
            if table.groups and context.group not in table.groups:
                continue
            matched = next((p for p in self._barred[place] if p.matches(digits)), None)
            if matched is None:
                continue
            name = row_name("barred", table.name, place)
            if not self.calendar.any(table.times, context.moment):
                text = f"{matched.text}, but not at this time ({', '.join(table.times)})"
                trace.append(RouteStep("barred", name, "skipped", text))
                continue
            text = f"{table.party} {matched.text}: refused with cause {table.cause}"
            trace.append(RouteStep("barred", name, "refused", text))
            return name, table
        if looked:
            trace.append(RouteStep("barred", "", "note", f"none of {looked} rows"))
        return None

    def _choose(
        self,
        called: PartyNumber,
        calling: PartyNumber | None,
        context: Context,
        trace: Steps,
    ) -> Decision:
        """The longest match among the routes that may be used now."""
        chosen: RouteTable | None = None
        for place, matched in self._routes.matches(called.digits):
            table = self.tables.route[place]
            why = self._hinders(place, table, calling, context)
            if chosen is not None:
                text = f"{matched.text} matches too, but comes behind '{chosen.name}'"
                trace.append(RouteStep("route", table.name, "skipped", text))
            elif why:
                text = f"{matched.text} matches, but {why}"
                trace.append(RouteStep("route", table.name, "skipped", text))
            else:
                chosen = table
                text = f"{matched.text} is the longest match"
                trace.append(RouteStep("route", table.name, "chosen", text))
        if chosen is None:
            count = len(self.tables.route)
            text = f"none of {count} routes is for {show(called)}: refused with cause {NO_ROUTE}"
            trace.append(RouteStep("route", "", "refused", text))
            return Decision(refused=NO_ROUTE, why=f"no route is for {show(called)}")
        choices = [self.choice(group, called, calling, trace) for group in self.choices_of(chosen)]
        priority = context.priority or chosen.priority
        overflow = frozenset(chosen.overflow)
        return Decision(chosen.name, choices, 0, "", "", priority, overflow)

    def _hinders(
        self, place: int, table: RouteTable, calling: PartyNumber | None, context: Context
    ) -> str:
        digits = calling.digits if calling is not None else ""
        if self._calling[place] and not any(p.matches(digits) for p in self._calling[place]):
            return f"it is not for callers like {digits or 'one without a number'}"
        if not self.calendar.any(table.times, context.moment):
            return f"not at this time ({', '.join(table.times)})"
        return ""

    def choices_of(self, route: RouteTable) -> list[str]:
        """Groups of a route and of those that follow it, each once."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        now: RouteTable | None = route
        while now is not None and now.name not in seen:
            seen.add(now.name)
            found.update(dict.fromkeys(now.choices))
            now = self._by_name.get(now.next)
        return list(found)

    def is_complete(self, called: PartyNumber) -> bool | None:
        """Overlap: is a number to be placed complete? True: no further digit can change its route.
        False: not yet, it needs more. None: it could be, unless more digits come."""
        if self.urgent_row(called) is not None:
            return True
        number = self.numbers.apply("dialled", "called", "", called) or NOBODY
        if number != called and self.urgent_row(number) is not None:
            return True
        place = self._routes.walk(number.digits)
        urgent = self._emergency.walk(called.digits).open
        return _complete(place, place.open or urgent)

    # Calls that came in

    def incoming(
        self,
        called: PartyNumber,
        calling: PartyNumber | None,
        context: Context,
        steps: Steps | None = None,
    ) -> Incoming:
        """What a call that came in is for; ``context.group`` is the group that it came by."""
        trace = steps if steps is not None else []
        by = f"by group {context.group}" if context.group else "by no group"
        said = f"call to {show(called)} from {show(calling)} {by}, {context.moment}"
        trace.append(RouteStep("number", "", "note", said))
        group = context.group
        called = self.numbers.apply("incoming", "called", group, called, steps) or NOBODY
        calling = self.numbers.apply("incoming", "calling", group, calling, steps)
        made = Incoming(called, calling)
        barred = self.barred("incoming", called, calling, context, trace)
        if barred is not None:
            made.row, made.refused = barred[0], barred[1].cause
            return made
        self._application(made, context, trace)
        return made

    def _application(self, made: Incoming, context: Context, trace: Steps) -> None:
        for place, matched in self._dnis.matches(made.called.digits):
            table = self.tables.dnis[place]
            name = row_name("dnis", table.name, place)
            if made.row:
                text = f"{matched.text} matches too, but comes behind '{made.row}'"
                trace.append(RouteStep("dnis", name, "skipped", text))
                continue
            if table.groups and context.group not in table.groups:
                text = f"{matched.text} matches, but only for {', '.join(table.groups)}"
                trace.append(RouteStep("dnis", name, "skipped", text))
                continue
            if not self.calendar.any(table.times, context.moment):
                text = f"{matched.text} matches, but not at this time ({', '.join(table.times)})"
                trace.append(RouteStep("dnis", name, "skipped", text))
                continue
            made.row, made.application = name, table.application
            made.priority, made.treatment = table.priority, table.treatment
            refuses = table.treatment == "refuse"
            made.refused = table.cause if refuses else 0
            words = [f"application {table.application}"] if table.application else []
            words += [f"priority {table.priority}"] if table.priority else []
            words += [f"refuse with cause {table.cause}" if refuses else table.treatment]
            text = f"{matched.text}: {', '.join(w for w in words if w) or 'nothing is said'}"
            trace.append(RouteStep("dnis", name, "refused" if refuses else "chosen", text))
        if self.tables.dnis and not made.row:
            count = len(self.tables.dnis)
            trace.append(RouteStep("dnis", "", "note", f"none of {count} rows"))

    def has_incoming_number(self, called: PartyNumber, group: str) -> bool | None:
        """Overlap: as ``is_complete`` for a call that came in."""
        number = self.numbers.apply("incoming", "called", group, called) or NOBODY
        place = self._dnis.walk(number.digits)
        return _complete(place, place.open)


def _complete(place: Place, more: bool) -> bool | None:
    """None: it matches, and could match otherwise with ``more`` digits."""
    if not more:
        return True  # nothing more can come, be there a match or none
    return None if place.matches else False
