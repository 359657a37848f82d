"""Check the tables of routing: names that are named, patterns, loops, and rows that never count."""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Callable, Iterable
from typing import Any, Final

from .config import TrunkTable, b_channels
from .config_read import MISSING, Reader
from .config_route import (
    ARRAYS,
    GroupTable,
    Match,
    NumberTable,
    RouteTable,
    RoutingTable,
    RoutingTables,
)
from .config_ss7 import circuits
from .line_engines import named_channels
from .route import USER_CAUSES
from .route_groups import parse_member
from .route_match import patterns_of, rank
from .route_pattern import Pattern, PatternError, common, pattern, uncovered

KINDS: Final = ("routing", *ARRAYS)
"""Top-level keys of the file that are ours."""

Rows = list[tuple[int, Any]]


class Checked:
    """Tables that could be read, with their places in the file."""

    def __init__(self, reader: Reader) -> None:
        self.reader: Final = reader
        self.routing = RoutingTable()
        self.rows: Final[dict[str, Rows]] = {kind: [] for kind in ARRAYS}
        self.patterns: Final[dict[tuple[str, int], list[Pattern]]] = {}

    def tables(self) -> RoutingTables:
        found = {kind: [row for _, row in rows] for kind, rows in self.rows.items()}
        return RoutingTables(routing=self.routing, **found)

    def names(self, kind: str) -> list[str]:
        """Also of tables that could not be read."""
        raw = self.reader.values.get(kind, [])
        return [str(t.get("name")) for t in raw if isinstance(t, dict)] if raw else []

    def known(self, kind: str, names: Iterable[str], path: tuple[str | int, ...]) -> None:
        """Note names that no table of this kind has."""
        have = self.names(kind)
        for place, name in enumerate(names):
            if name in have:
                continue
            near = difflib.get_close_matches(name, have, 1, 0.6)
            there = ", ".join(have) or "none"
            remedy = f"did you mean '{near[0]}'?" if near else f"there are: {there}"
            self.reader.wrong((*path, place), f"there is no [[{kind}]] '{name}'", remedy)


def read_routing(reader: Reader) -> Checked:
    """All tables that can be read; what is wrong with the others is noted."""
    made = Checked(reader)
    table = reader.read(reader.values.get("routing", {}), RoutingTable, ("routing",))
    if table is not MISSING:
        made.routing = table
    for kind, cls in ARRAYS.items():
        raw = reader.values.get(kind, [])
        if not isinstance(raw, list):
            reader.wrong((kind,), f"there may be several {kind}s", f"write [[{kind}]]")
            continue
        for place, value in enumerate(raw):
            row = reader.read(value, cls, (kind, place))
            if row is not MISSING:
                made.rows[kind].append((place, row))
    return made


def check_routing(made: Checked, trunks: list[tuple[int, TrunkTable]], said: list[str]) -> None:
    """``said``: names of all trunks in the file, also of those that could not be read."""
    _unique(made)
    _check_groups(made, {t.name: t for _, t in trunks}, said)
    for kind, rows in made.rows.items():
        for place, row in rows:
            if isinstance(row, Match):
                _check_match(made, kind, place, row)
    _check_references(made)
    _check_loops(made, "route", lambda row: [row.next] if row.next else [], "next")
    _check_loops(made, "times", lambda row: row.unless, "unless")
    if made.reader.errors:
        return  # what a row hides is only known when all of them are
    _check_hidden(made, "route", lambda row: bool(row.calling or row.times))
    _check_hidden(made, "dnis", lambda row: bool(row.groups or row.times))
    _check_rules(made)
    _check_emergency(made)


def _unique(made: Checked) -> None:
    for kind in ("group", "route", "times"):
        seen: dict[str, int] = {}
        for place, row in made.rows[kind]:
            if row.name in seen:
                made.reader.wrong(
                    (kind, place, "name"),
                    f"there are two of the name '{row.name}'",
                    f"rename one: {kind}[{seen[row.name] + 1}] or {kind}[{place + 1}]",
                )
            seen.setdefault(row.name, place)


# [[group]]


def _check_groups(made: Checked, trunks: dict[str, TrunkTable], said: list[str]) -> None:
    for place, row in made.rows["group"]:
        count = _check_members(made, place, row, trunks, said)
        kept = row.reserve_priority + row.reserve_incoming
        if count and kept >= count:
            made.reader.wrong(
                (
                    "group",
                    place,
                    "reserve_priority" if row.reserve_priority else "reserve_incoming",
                ),
                f"{kept} of {count} channels are reserved: no ordinary call ever gets one",
                f"reserve at most {count - 1}",
            )
        if row.wait and not row.calls_per_second:
            made.reader.wrong(
                ("group", place, "wait"),
                "no call ever waits without calls_per_second",
                "give calls_per_second, or remove wait",
                warning=True,
            )


def _check_members(
    made: Checked, place: int, row: GroupTable, trunks: dict[str, TrunkTable], said: list[str]
) -> int:
    """How many channels the group has; 0: not known."""
    reader = made.reader
    if not row.members:
        reader.wrong(("group", place, "members"), "the group has no trunk", "name one")
    found: set[tuple[str, int]] = set()
    known = True
    for number, text in enumerate(row.members):
        path = ("group", place, "members", number)
        try:
            name, wanted = parse_member(text)
        except ValueError as exc:
            reader.wrong(path, str(exc), 'write it as "pstn" or "pstn/1-15,17"')
            continue
        if name not in said:
            near = difflib.get_close_matches(name, sorted(said), 1, 0.6)
            there = ", ".join(sorted(said)) or "none"
            remedy = f"did you mean '{near[0]}'?" if near else f"there are: {there}"
            reader.wrong(path, f"there is no trunk '{name}'", remedy)
            continue
        trunk = trunks.get(name)
        have = _channels(trunk) if trunk is not None else ()
        known = known and bool(have or wanted)
        for channel in wanted or have:
            if have and channel not in have:
                there = f"it has {have[0]} to {have[-1]}"
                reader.wrong(path, f"trunk '{name}' has no channel {channel}", there)
                break
            if (name, channel) in found:
                text = f"channel {channel} of '{name}' is in the group twice"
                reader.wrong(path, text, "name it once")
                break
            found.add((name, channel))
    return len(found) if known else 0


def channels_in_file(trunk: TrunkTable) -> tuple[int, ...]:
    """A trunk's channels; where only the board knows them, those of an E1."""
    return _channels(trunk) or tuple(n for n in range(1, 32) if n != 16)


def _channels(trunk: TrunkTable) -> tuple[int, ...]:
    """A trunk's channels as far as the file alone says them."""
    try:
        if trunk.pri is not None:
            return b_channels(trunk.pri)
        if trunk.ss7 is not None:
            return tuple(sorted(circuits(trunk.ss7)))
        return () if trunk.signalling == "board" else named_channels(trunk)
    except ValueError:
        return ()  # noted where the trunk itself is checked


# Patterns and names


def _check_match(made: Checked, kind: str, place: int, row: Match) -> None:
    reader, path = made.reader, (kind, place)
    if row.max and row.min > row.max:
        text = f"{row.min} digits at least and {row.max} at the most: no number has both"
        reader.wrong((*path, "min"), text, "let min be less than max")
        return
    try:
        patterns = patterns_of(row)
    except PatternError as exc:
        key, _, text = str(exc).partition(": ")
        reader.wrong((*path, key), text, "see docs/routing.md")
        return
    made.patterns[kind, place] = patterns
    for one in patterns:
        if one.empty:
            key = one.text.split()[0]
            reader.wrong(
                (*path, key if key in ("prefix", "pattern", "regex") else "min"),
                f"no number can ever match {one.text} with min {row.min} and max {row.max or '-'}",
                "its own length and min and max must agree",
            )
    if isinstance(row, RouteTable):
        for number, text in enumerate(row.calling):
            try:
                pattern(text)
            except PatternError as exc:
                reader.wrong((*path, "calling", number), f"'{text}': {exc}", "see docs/routing.md")


def _check_references(made: Checked) -> None:
    reader = made.reader
    for kind, rows in made.rows.items():
        for place, row in rows:
            for key in ("choices", "groups"):
                made.known("group", getattr(row, key, ()), (kind, place, key))
            if kind != "times":
                made.known("times", getattr(row, "times", ()), (kind, place, "times"))
    for place, row in made.rows["times"]:
        made.known("times", row.unless, ("times", place, "unless"))
    for place, row in made.rows["route"]:
        if row.next:
            made.known("route", [row.next], ("route", place, "next"))
        elif not row.choices:
            reader.wrong(("route", place, "choices"), "the route leads nowhere", "name groups")
        for cause in sorted(USER_CAUSES & set(row.overflow)):
            reader.wrong(
                ("route", place, "overflow"),
                f"cause {cause} says that the user was reached: another way leads to the same one",
                f"remove {cause}",
            )
    for place, row in made.rows["emergency"]:
        if not row.choices:
            reader.wrong(("emergency", place, "choices"), "it leads nowhere", "name groups")


def _check_loops(made: Checked, kind: str, nexts: Callable[[Any], list[str]], key: str) -> None:
    by_name = {row.name: row for _, row in made.rows[kind]}
    for place, row in made.rows[kind]:
        waiting, seen = list(nexts(row)), set[str]()
        while waiting:
            name = waiting.pop()
            if name == row.name:
                text = f"'{row.name}' leads back to itself"
                made.reader.wrong((kind, place, key), text, "take one of the loop out")
                break
            if name in seen or name not in by_name:
                continue
            seen.add(name)
            waiting += nexts(by_name[name])


# Rows that never count


class _Atoms:
    """Patterns of rows that have no further condition, found by how their numbers begin."""

    def __init__(self, atoms: list[tuple[tuple[int, int, int], int, Pattern]]) -> None:
        self._sorted: Final = sorted(((a[2].beginning(), n, a) for n, a in enumerate(atoms)))
        self._starts: Final = [begin for begin, _, _ in self._sorted]

    def better(self, one: Pattern, place: int) -> list[tuple[int, Pattern]]:
        """Place and pattern of those of other rows that come before this one, and may match the
        same numbers: one begins as the other does."""
        mine, order = one.beginning(), (rank(one), place)
        spans = [self._span(mine[:n], mine[:n]) for n in range(len(mine))]
        spans.append(self._span(mine, mine + "~"))
        return [
            (p, other)
            for first, last in spans
            for _, _, (ranked, p, other) in self._sorted[first:last]
            if p != place and (ranked, p) < order
        ]

    def _span(self, low: str, high: str) -> tuple[int, int]:
        return bisect.bisect_left(self._starts, low), bisect.bisect_right(self._starts, high)


def _check_hidden(made: Checked, kind: str, limited: Callable[[Any], bool]) -> None:
    """Rows of which every number is a longer match of others, that have no further condition."""
    atoms = _Atoms(
        [
            (rank(one), place, one)
            for place, row in made.rows[kind]
            if not limited(row)
            for one in made.patterns[kind, place]
        ]
    )
    for place, row in made.rows[kind]:
        hiding: set[int] = set()
        for one in made.patterns[kind, place]:
            better = atoms.better(one, place)
            if uncovered(one, [other for _, other in better]) is not None:
                break
            hiding.update(p for p, other in better if common(one, other) is not None)
        else:
            names = ", ".join(_called(kind, p, made) for p in sorted(hiding))
            made.reader.wrong(
                (kind, place, _match_key(row)),
                f"no number ever gets here: {names} match all of it, as long or longer",
                "move it up, make it more exact, or remove it",
                warning=True,
            )


def _match_key(row: Match) -> str:
    return next((k for k in ("prefix", "pattern", "regex") if getattr(row, k)), "name")


def _called(kind: str, place: int, made: Checked) -> str:
    row = next(r for p, r in made.rows[kind] if p == place)
    return f"'{row.name}'" if row.name else f"{kind}[{place + 1}]"


def _check_rules(made: Checked) -> None:
    """Number rules are taken in order: one behind another that takes all of its numbers."""
    before: list[tuple[int, NumberTable]] = []
    for place, row in made.rows["number"]:
        wider = [p for p, other in before if _takes_all(other, row)]
        others = [one for p in wider for one in made.patterns["number", p]]
        mine = made.patterns["number", place]
        if others and all(uncovered(one, others) is None for one in mine):
            names = ", ".join(_called("number", p, made) for p in wider)
            made.reader.wrong(
                ("number", place, _match_key(row)),
                f"no number ever gets here: {names} before it takes all of them",
                "move it up, or give the others `more = true`",
                warning=True,
            )
        before.append((place, row))


def _takes_all(before: NumberTable, row: NumberTable) -> bool:
    """Does a rule, where it matches, always come before this one and end there?"""
    if before.more or (before.on, before.party) != (row.on, row.party):
        return False
    if before.groups and not (row.groups and set(row.groups) <= set(before.groups)):
        return False
    return before.type is None or before.type == row.type


def _check_emergency(made: Checked) -> None:
    urgent = [
        (place, one)
        for place, _ in made.rows["emergency"]
        for one in made.patterns["emergency", place]
    ]
    for place, row in made.rows["barred"]:
        if row.direction != "outgoing" or row.party != "called":
            continue
        mine = made.patterns["barred", place]
        if urgent and all(uncovered(one, [u for _, u in urgent]) is None for one in mine):
            made.reader.wrong(
                ("barred", place, _match_key(row)),
                "all that this row bars are emergency numbers, which never are",
                "remove it, or the number in [[emergency]]",
            )
            continue
        for one in mine:
            number = next(
                (n for _, u in urgent if (n := common(one, u)) is not None),
                None,
            )
            if number is not None:
                made.reader.wrong(
                    ("barred", place, _match_key(row)),
                    f"emergency number {number} is among them; it is placed all the same",
                    "write patterns that leave it out",
                    warning=True,
                )
                break


__all__ = [
    "KINDS",
    "Checked",
    "check_routing",
    "read_routing",
]
