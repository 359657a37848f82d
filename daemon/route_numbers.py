"""Number rules: what is stripped, put before and set, in the order of the file."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ..signaling.call import PartyNumber
from .config_route import (
    PLANS,
    PRESENTATIONS,
    SCREENINGS,
    TYPES_OF_NUMBER,
    NumberTable,
)
from .route_match import patterns_of
from .route_pattern import LONGEST, Pattern

TYPE_NAMES: Final = {value: name for name, value in TYPES_OF_NUMBER.items()}
PLAN_NAMES: Final = {value: name for name, value in PLANS.items()}

NOBODY: Final = PartyNumber("")


class RouteStep(msgspec.Struct, rename="camel", frozen=True):
    """One thing that routing did, for people: ``trunkd route test``."""

    stage: str
    """number, dialled, emergency, barred, route, choice, outgoing, incoming, dnis, result."""
    row: str
    """The row of the configuration, or ""."""
    outcome: Literal["done", "chosen", "skipped", "refused", "note"]
    """What came of it."""
    text: str
    """In words."""


Steps = list[RouteStep]


def show(number: PartyNumber | None) -> str:
    """A number with what is not usual about it: ``13800138000 national``."""
    if number is None:
        return "no number"
    words = [number.digits or "no digits"]
    if number.type_of_number:
        words.append(TYPE_NAMES.get(number.type_of_number, f"type {number.type_of_number}"))
    if number.plan != 1:
        words.append(f"plan {PLAN_NAMES.get(number.plan, str(number.plan))}")
    if number.presentation:
        words.append({1: "restricted", 2: "unavailable"}.get(number.presentation, ""))
    return " ".join(words)


class NumberRule:
    """One ``[[number]]``."""

    def __init__(self, table: NumberTable, place: int) -> None:
        self.table: Final = table
        self.name: Final = table.name or f"number[{place + 1}]"
        self.patterns: Final = patterns_of(table)
        self._type: Final = TYPES_OF_NUMBER[table.type] if table.type is not None else None

    def matches(self, number: PartyNumber, group: str) -> Pattern | None:
        """The pattern by which the rule is for this number."""
        table = self.table
        if table.groups and group not in table.groups:
            return None
        if self._type is not None and number.type_of_number != self._type:
            return None
        return next((p for p in self.patterns if p.matches(number.digits)), None)

    def apply(self, number: PartyNumber) -> PartyNumber:
        """The number as it is then, cut to what a number may have."""
        t = self.table
        digits = t.replace or t.prepend + number.digits[t.strip :]
        return PartyNumber(
            digits[:LONGEST],
            number.type_of_number if t.set_type is None else TYPES_OF_NUMBER[t.set_type],
            number.plan if t.set_plan is None else PLANS[t.set_plan],
            number.presentation
            if t.set_presentation is None
            else PRESENTATIONS[t.set_presentation],
            number.screening if t.set_screening is None else SCREENINGS[t.set_screening],
        )

    def words(self) -> str:
        """What it does."""
        t = self.table
        words = [f"strip {t.strip}"] if t.strip else []
        words += [f"prepend {t.prepend}"] if t.prepend else []
        words = [f"replace by {t.replace}"] if t.replace else words
        for key in ("type", "plan", "presentation", "screening"):
            value = getattr(t, f"set_{key}")
            if value is not None:
                words.append(f"{key} {value.replace('_', ' ')}")
        return ", ".join(words) or "nothing"


class NumberRules:
    """All ``[[number]]``."""

    def __init__(self, tables: list[NumberTable]) -> None:
        self.rules: Final = [NumberRule(table, place) for place, table in enumerate(tables)]

    def apply(
        self,
        on: str,
        party: str,
        group: str,
        number: PartyNumber | None,
        steps: Steps | None = None,
    ) -> PartyNumber | None:
        """The number after the rules for this side, party and group; None stays None where no
        rule gave it digits."""
        was = number if number is not None else NOBODY
        now = was
        for rule in self.rules:
            if rule.table.on != on or rule.table.party != party:
                continue
            matched = rule.matches(now, group)
            if matched is None:
                continue
            now = rule.apply(now)
            if steps is not None:
                by = f"by {group}, " if on == "outgoing" else ""
                text = f"{by}{party}: {matched.text}: {rule.words()} -> {show(now)}"
                steps.append(RouteStep(on, rule.name, "done", text))
            if not rule.table.more:
                break
        return number if now == was and number is None else now
