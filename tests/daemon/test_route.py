"""The router by itself: rules, routes, emergency, barred, times, applications, and its trace."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.daemon.config_route import (
    BarredTable,
    DnisTable,
    EmergencyTable,
    GroupTable,
    NumberTable,
    RouteTable,
    RoutingTables,
    TimesTable,
)
from trunkd.daemon.route import Context, Decision, Router
from trunkd.daemon.route_numbers import NumberRules, RouteStep
from trunkd.daemon.route_times import Calendar, Moment, moment_of, parse_moment
from trunkd.signaling.call import PartyNumber

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow machine fails nothing."""
SUNDAY = Moment(datetime.date(2026, 11, 22), 3 * 60)
MONDAY = Moment(datetime.date(2026, 11, 23), 9 * 60)


def router(**tables: object) -> Router:
    groups = [GroupTable(name=name, members=["t"]) for name in ("one", "two", "three")]
    return Router(RoutingTables(group=groups, **tables))  # type: ignore[arg-type]


def decide(
    by: Router, called: str, calling: str = "", moment: Moment = MONDAY, priority: int = 0
) -> tuple[Decision, list[RouteStep]]:
    steps: list[RouteStep] = []
    caller = PartyNumber(calling) if calling else None
    made = by.route(PartyNumber(called), caller, Context(moment, "", priority), steps)
    return made, steps


DIGITS = st.text("0123456789", max_size=12)


@PATIENT
@given(DIGITS, DIGITS)
def test_strip_undoes_prepend(digits: str, before: str) -> None:
    there = NumberRules([NumberTable(on="outgoing", prepend=before)])
    back = NumberRules([NumberTable(on="incoming", prefix=[before], strip=len(before))])
    number = PartyNumber(digits)
    sent = there.apply("outgoing", "called", "g", number)
    assert sent is not None and sent.digits == before + digits
    assert back.apply("incoming", "called", "g", sent) == number


@PATIENT
@given(DIGITS, st.integers(0, 6), st.integers(0, 6))
def test_international_forms_round_trip(digits: str, kind: int, plan: int) -> None:
    """00 and 0 to types and back, as rows; a type that is none of these stays."""
    out = [
        NumberTable(on="outgoing", prefix=["00"], strip=2, set_type="international"),
        NumberTable(on="outgoing", prefix=["0"], strip=1, set_type="national"),
    ]
    into = [
        NumberTable(on="incoming", type="international", prepend="00", set_type="unknown"),
        NumberTable(on="incoming", type="national", prepend="0", set_type="unknown"),
    ]
    rules = NumberRules([*out, *into])
    number = PartyNumber(digits, 0, plan)
    sent = rules.apply("outgoing", "called", "g", number)
    assert sent is not None
    assert sent.plan == plan
    assert rules.apply("incoming", "called", "g", sent) == number
    other = PartyNumber(digits, 4 if kind < 3 else 6)
    assert rules.apply("incoming", "called", "g", other) == other


def test_rules_in_order_until_one_ends_it() -> None:
    rows = [
        NumberTable(on="dialled", prefix=["9"], strip=1, more=True),
        NumberTable(on="dialled", pattern=["NXXX"], prepend="010"),
        NumberTable(on="dialled", prefix=["010"], set_type="national"),
        NumberTable(on="dialled", party="calling", replace="555", set_presentation="restricted"),
        NumberTable(on="outgoing", groups=["two"], party="calling", set_screening="network"),
        NumberTable(on="outgoing", set_plan="private", min=5, max=6),
    ]
    rules = NumberRules(rows)
    apply = rules.apply
    assert apply("dialled", "called", "", PartyNumber("92345")) == PartyNumber("0102345")
    assert apply("dialled", "called", "", PartyNumber("9010")) == PartyNumber("010", 2)
    assert apply("dialled", "called", "", None) is None
    assert apply("dialled", "calling", "", None) == PartyNumber("555", presentation=1)
    caller = PartyNumber("1")
    assert apply("outgoing", "calling", "one", caller) == caller
    assert apply("outgoing", "calling", "two", caller) == PartyNumber("1", screening=3)
    assert apply("outgoing", "called", "one", PartyNumber("12345")) == PartyNumber("12345", 0, 9)
    assert apply("outgoing", "called", "one", PartyNumber("1234")) == PartyNumber("1234")


def test_the_longest_match_that_may_be_used() -> None:
    by = router(
        route=[
            RouteTable(name="all", choices=["three"]),
            RouteTable(name="night", prefix=["138"], times=["night"], choices=["two"]),
            RouteTable(name="vip", prefix=["13"], calling=["8XXX"], choices=["one"], priority=4),
            RouteTable(name="mobile", prefix=["13"], choices=["one", "two"], next="all"),
        ],
        times=[TimesTable(name="night", begin="22:00", end="06:00")],
    )
    made, steps = decide(by, "13800")
    assert (made.route, [c.group for c in made.choices]) == ("mobile", ["one", "two", "three"])
    said = [(s.row, s.outcome) for s in steps if s.stage == "route"]
    assert said == [
        ("night", "skipped"),
        ("vip", "skipped"),
        ("mobile", "chosen"),
        ("all", "skipped"),
    ]
    texts = [s.text for s in steps if s.stage == "route"]
    assert "not at this time (night)" in texts[0]
    assert "not for callers like one without a number" in texts[1]
    assert "comes behind 'mobile'" in texts[3]
    assert decide(by, "13800", moment=SUNDAY)[0].route == "night"
    assert (decide(by, "139", "8001")[0].route, decide(by, "139", "8001")[0].priority) == ("vip", 4)
    assert decide(by, "139", "8001", priority=7)[0].priority == 7
    assert decide(by, "2")[0].route == "all"


def test_no_route() -> None:
    made, steps = decide(router(route=[RouteTable(name="a", prefix=["0"], choices=["one"])]), "5")
    assert (made.refused, made.choices) == (3, [])
    assert steps[-1].outcome == "refused" and "none of 1 routes" in steps[-1].text


EMERGENCY = EmergencyTable(name="police", pattern=["110", "9110"], choices=["one", "two"])


def test_emergency_numbers_are_never_barred() -> None:
    by = router(
        emergency=[EMERGENCY],
        barred=[BarredTable(), BarredTable(name="dead")],
        number=[
            NumberTable(on="dialled", prefix=["1"], prepend="0"),
            NumberTable(on="dialled", prefix=["85"], replace="110"),
        ],
    )
    made, _ = decide(by, "110", "1")
    assert (made.emergency, made.priority, made.refused) == ("police", 10, 0)
    assert [(c.group, c.called.digits) for c in made.choices] == [("one", "110"), ("two", "110")]
    assert 34 in made.overflow and 1 in made.overflow and 17 not in made.overflow
    # Also when only the rules make it one.
    assert decide(by, "85")[0].emergency == "police"
    direct = by.direct("three", PartyNumber("110"), None, Context(MONDAY))
    assert (direct.emergency, direct.refused) == ("police", 0)
    barred, steps = decide(by, "111")
    assert barred.refused == 21 and "'barred[1]'" in barred.why
    assert steps[-1].stage == "barred"
    assert by.direct("three", PartyNumber("5"), None, Context(MONDAY)).refused == 21


def test_barred_callers_and_times() -> None:
    by = router(
        route=[RouteTable(name="all", choices=["one"])],
        barred=[
            BarredTable(party="calling", pattern=["666X"], cause=57),
            BarredTable(prefix=["00"], times=["closed"]),
            BarredTable(direction="incoming", party="calling", prefix=["7"], groups=["two"]),
        ],
        times=[
            TimesTable(name="office", days=["mon"], begin="08:30", end="18:00"),
            TimesTable(name="closed", unless=["office"]),
        ],
    )
    assert decide(by, "1", "6661")[0].refused == 57
    assert decide(by, "1", "5")[0].route == "all"
    made, steps = decide(by, "001", moment=MONDAY)
    assert made.route == "all"
    assert any("not at this time (closed)" in s.text for s in steps)
    assert decide(by, "001", moment=SUNDAY)[0].refused == 21
    caller = PartyNumber("77")
    assert by.incoming(PartyNumber("1"), caller, Context(MONDAY, "one")).refused == 0
    assert by.incoming(PartyNumber("1"), caller, Context(MONDAY, "two")).refused == 21


def test_applications() -> None:
    by = router(
        dnis=[
            DnisTable(prefix=["8"], application="any", priority=1),
            DnisTable(pattern=["80X"], application="sales", groups=["one"], treatment="offer"),
            DnisTable(pattern=["801"], application="open", times=["office"]),
            DnisTable(name="old", pattern=["899"], treatment="refuse", cause=22),
        ],
        times=[TimesTable(name="office", days=["mon"])],
    )

    def app(called: str, group: str = "one", moment: Moment = MONDAY) -> tuple[str, str, int]:
        made = by.incoming(PartyNumber(called), None, Context(moment, group))
        return made.application, made.treatment, made.refused

    assert app("801") == ("open", "", 0)
    assert app("801", moment=SUNDAY) == ("sales", "offer", 0)
    assert app("801", "two", SUNDAY) == ("any", "", 0)
    assert app("899") == ("", "refuse", 22)
    assert app("7") == ("", "", 0)


def test_overlap() -> None:
    by = router(
        emergency=[EMERGENCY],
        number=[NumberTable(on="dialled", prefix=["9"], strip=1)],
        route=[
            RouteTable(name="local", pattern=["2XXX"], choices=["one"]),
            RouteTable(name="far", prefix=["0"], min=3, max=5, choices=["one"]),
        ],
    )

    def done(digits: str) -> bool | None:
        return by.is_complete(PartyNumber(digits))

    assert [done("2" + "1" * n) for n in range(4)] == [False, False, False, True]
    assert [done("9" + "0" * n) for n in range(1, 6)] == [False, False, None, None, True]
    assert done("110") is True and done("9110") is True
    assert done("12") is True and done("11") is False
    assert done("") is False


def test_overlap_waits_for_emergency_numbers() -> None:
    """11 could still become 110, whatever the routes say."""
    by = router(
        emergency=[EMERGENCY], route=[RouteTable(name="s", pattern=["11"], choices=["one"])]
    )
    assert by.is_complete(PartyNumber("1")) is False
    assert by.is_complete(PartyNumber("11")) is None


@pytest.mark.parametrize(
    ("table", "yes", "no"),
    [
        (TimesTable(name="t"), [SUNDAY, MONDAY], []),
        (TimesTable(name="t", days=["mon"], begin="09:00", end="09:01"), [MONDAY], [SUNDAY]),
        (TimesTable(name="t", begin="09:01"), [], [MONDAY]),
        # Past midnight: Saturday's night goes on until Sunday morning.
        (TimesTable(name="t", days=["sat"], begin="22:00", end="06:00"), [SUNDAY], [MONDAY]),
        (TimesTable(name="t", days=["sun"], begin="22:00", end="06:00"), [], [SUNDAY, MONDAY]),
        (TimesTable(name="t", dates=["11-22"]), [SUNDAY], [MONDAY]),
        (TimesTable(name="t", dates=["2026-11-23", "2025-11-22"]), [MONDAY], [SUNDAY]),
        (TimesTable(name="t", dates=["11-21"], begin="22:00", end="03:01"), [SUNDAY], [MONDAY]),
    ],
)
def test_times(table: TimesTable, yes: list[Moment], no: list[Moment]) -> None:
    calendar = Calendar([table])
    assert all(calendar.holds("t", moment) for moment in yes)
    assert not any(calendar.holds("t", moment) for moment in no)


def test_moments() -> None:
    today = datetime.date(2026, 11, 22)
    assert str(parse_moment("03:00", today)) == str(SUNDAY) == "Sun 2026-11-22 03:00"
    assert str(parse_moment("mon 9:00", today)) == str(MONDAY)
    assert str(parse_moment("Sunday 03:00", today)) == str(SUNDAY)
    assert parse_moment("2026-11-23 09:00", today).weekday == 0
    assert parse_moment("0001-01-01 00:00", today).yesterday == ""
    wall = int(datetime.datetime(2026, 11, 22, 3, 0, 59).timestamp()) * 1_000_000_000
    assert str(moment_of(wall)) == str(SUNDAY)
    for text in ("now", "25:00", "09:60", "someday 09:00", "2026-13-01 09:00"):
        with pytest.raises(ValueError, match="is no time"):
            parse_moment(text, today)
