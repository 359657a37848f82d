"""Routing in the configuration: which calls go where, as rows.

[routing]                    # times; may be left out
[[group]]                    # channels that are hunted together, and their limits
name = "pstn"
members = ["pstn", "exchange/1-15"]
[[number]]                   # number rules: what is stripped and put before, in order
on = "outgoing"
groups = ["pstn"]
prefix = ["00"]
strip = 2
set_type = "international"
[[route]]                    # which groups a number may take: the longest match wins
name = "national"
prefix = ["0"]
choices = ["pstn", "backup"]
[[dnis]]                     # which application an incoming call is for
[[barred]]                   # what may not be called, or may not call
[[emergency]]                # what must always get through
[[times]]                    # when: rows name them
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from ..board.clock import SECOND
from .config_read import Duration
from .config_ss7 import Name

OVERFLOW_CAUSES: Final = (34, 38, 41, 42, 44, 47)
"""Q.850: no circuit, network out of order, temporary failure, congestion, requested circuit not
available, resource unavailable."""

Hunt = Literal["ascending", "descending", "cyclic", "least_used", "even", "odd"]
TypeOfNumber = Literal[
    "unknown", "international", "national", "network", "subscriber", "abbreviated"
]
Plan = Literal["unknown", "e164", "data", "telex", "national", "private"]
Presentation = Literal["allowed", "restricted", "unavailable"]
Screening = Literal["not_screened", "passed", "failed", "network"]

TYPES_OF_NUMBER: Final = {
    "unknown": 0,
    "international": 1,
    "national": 2,
    "network": 3,
    "subscriber": 4,
    "abbreviated": 6,
}
PLANS: Final = {"unknown": 0, "e164": 1, "data": 3, "telex": 4, "national": 8, "private": 9}
PRESENTATIONS: Final = {"allowed": 0, "restricted": 1, "unavailable": 2}
SCREENINGS: Final = {"not_screened": 0, "passed": 1, "failed": 2, "network": 3}
"""Names and values of Q.931 4.5.10."""

Cause = Annotated[int, msgspec.Meta(ge=1, le=127)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=9)]
Length = Annotated[int, msgspec.Meta(ge=0, le=32)]
Dialled = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]*$", max_length=32)]


class Match(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which numbers a row is for: one of its prefixes, patterns or its expression, and the length.
    A row without any of them is for every number."""

    prefix: list[str] = []
    """Digits that the number begins with."""
    pattern: list[str] = []
    """Positions: a digit is itself, X 0-9, Z 1-9, N 2-9, [13-5] one of these; at the end `.` one
    or more further digits, `!` any number of them."""
    regex: str = ""
    """A regular expression of the whole number: digits, `.`, `\\d`, `[...]`, `(...)`, `|`, `*`,
    `+`, `?`, `{2,5}`."""
    min: Length = 0
    """Digits that the number has at least."""
    max: Length = 0
    """And at the most; 0: no limit."""


class RoutingTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[routing]``: what all rows share."""

    digit_time: Duration = 4 * SECOND
    """Overlap: a number to which no digit came for so long is complete, where more digits could
    have made another match."""
    first_digit_time: Duration = 15 * SECOND
    """The same before its first digit."""


class GroupTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[group]]``: a trunk group: channels of trunks that are hunted together."""

    name: Name
    """Its name, as for boards; calls are placed on `group/NAME`, routes name it."""
    members: list[str]
    """Trunks, or channels of one as in "pstn/1-15,17"; the order is that of hunting."""
    hunt: Hunt = "ascending"
    """Which idle channel a call gets: the first ("ascending") or last ("descending") one of the
    members' order, the next one behind the last ("cyclic"), the one that has been idle longest
    ("least_used"). "even" and "odd": Q.764 2.9.1.3 method 2, for circuits used from both ends, of
    which we control those numbers: the one of ours that has been idle longest, and if all of ours
    are busy, the one of the far end's that became idle last."""
    max_calls: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    """Calls at once, both ways; 0: as many as it has channels. Further ones overflow (cause 42)."""
    calls_per_second: Annotated[float, msgspec.Meta(ge=0, le=10_000)] = 0.0
    """Outgoing calls a second; 0: no limit."""
    burst: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    """So many of them may come at once after a pause."""
    wait: Duration = 0
    """A call too many for `calls_per_second` waits for its turn up to so long, else it overflows
    (cause 42)."""
    reserve_priority: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Idle channels that are left to calls with a priority and to emergency calls."""
    reserve_incoming: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Idle channels that are left to incoming and to emergency calls."""
    repeat: Annotated[int, msgspec.Meta(ge=0, le=9)] = 1
    """So often a call that lost its channel to one from the far end (glare, cause 44) gets another
    channel of the group before it overflows."""


class NumberTable(Match, kw_only=True):
    """``[[number]]``: a number rule. Of those for one side, party and group the first that matches
    is applied, and with `more` the next ones too."""

    name: str = ""
    """For people: `trunkd route test` shows it."""
    on: Literal["dialled", "outgoing", "incoming"]
    """"dialled": numbers as applications give them, before a route is chosen. "outgoing": as they
    leave by a group. "incoming": as they come in by a group."""
    party: Literal["called", "calling"] = "called"
    """Whose number is changed, and matched."""
    groups: list[str] = []
    """Only by these groups; none: by all."""
    type: TypeOfNumber | None = None
    """Only numbers of this type; left out: of any."""
    strip: Length = 0
    """Digits taken off its beginning."""
    prepend: Dialled = ""
    """Digits put before what is left."""
    replace: Dialled = ""
    """The whole number instead."""
    set_type: TypeOfNumber | None = None
    """Type of number that it has then; left out: as it was, as the next three."""
    set_plan: Plan | None = None
    """Numbering plan."""
    set_presentation: Presentation | None = None
    """May the calling number be shown?"""
    set_screening: Screening | None = None
    """Who vouches for the calling number."""
    more: bool = False
    """Go on with the rules behind this one."""


class RouteTable(Match, kw_only=True):
    """``[[route]]``: groups that a called number may take, in order."""

    name: Name
    """Its name, as for boards."""
    choices: list[str] = []
    """Groups; the next one is tried on overflow."""
    calling: list[str] = []
    """Only for calling numbers of these patterns; none: for all."""
    times: list[str] = []
    """Only at these `[[times]]`; none: always."""
    overflow: tuple[Cause, ...] = OVERFLOW_CAUSES
    """Causes of Q.850 on which the next choice is tried, as long as the far end did not alert. A
    trunk that is down and a group without an idle channel overflow always."""
    next: str = ""
    """Route whose choices follow when all of this one are used up."""
    priority: Priority = 0
    """Priority of its calls, if the application gave none; above 0 they may use
    `reserve_priority`."""


class DnisTable(Match, kw_only=True):
    """``[[dnis]]``: what incoming calls to a called number are for; the longest match wins."""

    name: str = ""
    """For people."""
    groups: list[str] = []
    """Only by these groups; none: by all."""
    times: list[str] = []
    """Only at these `[[times]]`; none: always."""
    application: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Field `application` of Offered and Delivered: which program is to take the call."""
    priority: Priority = 0
    """Field `priority` of the same."""
    treatment: Literal["", "alert", "offer", "answer", "refuse"] = ""
    """What happens at once: "alert", "offer" as `incoming` of a trunk, "answer" after alerting,
    "refuse" with `cause`; empty: what the trunk says."""
    cause: Cause = 21
    """Q.850 cause of "refuse" (21: call rejected)."""


class BarredTable(Match, kw_only=True):
    """``[[barred]]``: calls that are refused. Emergency numbers never are."""

    name: str = ""
    """For people."""
    direction: Literal["outgoing", "incoming"] = "outgoing"
    """Which calls."""
    party: Literal["called", "calling"] = "called"
    """Whose number is matched."""
    groups: list[str] = []
    """Incoming: only by these groups; none: by all."""
    times: list[str] = []
    """Only at these `[[times]]`; none: always."""
    cause: Cause = 21
    """Q.850 cause of the refusal (21: call rejected)."""


class EmergencyTable(Match, kw_only=True):
    """``[[emergency]]``: numbers that must get through: highest priority, reserved channels, no
    limit of calls or rate, never barred. The event EmergencyCall tells of each."""

    name: str = ""
    """For people."""
    choices: list[str] = []
    """Groups, in order; each cause but user busy, no answer and the like tries the next one."""


class TimesTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[times]]``: when rows count, in the machine's local time."""

    name: Name
    """Its name, as for boards."""
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = []
    """Days of the week; none: all."""
    begin: Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "00:00"
    """First minute, as in "08:30"."""
    end: Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "24:00"
    """The minute behind the last one; before `begin`: on the next day."""
    dates: list[Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-)?[01][0-9]-[0-3][0-9]$")]] = []
    """Only these days, as in "2026-10-01" or, every year, "10-01"; none: all."""
    unless: list[str] = []
    """Not while one of these `[[times]]` is."""


class RoutingTables(msgspec.Struct, kw_only=True):
    """All tables of routing."""

    routing: RoutingTable = msgspec.field(default_factory=RoutingTable)
    group: list[GroupTable] = []
    number: list[NumberTable] = []
    route: list[RouteTable] = []
    dnis: list[DnisTable] = []
    barred: list[BarredTable] = []
    emergency: list[EmergencyTable] = []
    times: list[TimesTable] = []


ARRAYS: Final[dict[str, type[msgspec.Struct]]] = {
    "group": GroupTable,
    "number": NumberTable,
    "route": RouteTable,
    "dnis": DnisTable,
    "barred": BarredTable,
    "emergency": EmergencyTable,
    "times": TimesTable,
}
"""Arrays of tables, in the order of the page."""
