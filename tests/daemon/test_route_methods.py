"""The methods of routing with anything that their types permit: a result, or an error of theirs."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import RouteBench

from trunkd.daemon import wire
from trunkd.daemon.service import Service

TABLES = """
[[group]]
name = "a"
members = ["p1/1-3"]
reserve_priority = 1
[[group]]
name = "b"
members = ["p2"]
calls_per_second = 5.0
[[number]]
on = "dialled"
prefix = ["9"]
strip = 1
[[route]]
name = "r"
pattern = ["0X.", "[1-3]!"]
choices = ["a", "b"]
times = ["day"]
[[dnis]]
prefix = ["8"]
application = "sales"
[[barred]]
prefix = ["09"]
[[emergency]]
pattern = ["110"]
choices = ["b"]
[[times]]
name = "day"
begin = "00:00"
end = "24:00"
"""


class Host:
    config_path = ""
    started = 0

    def journal_first(self) -> int:
        return 1

    def client_count(self) -> int:
        return 0

    def metrics_address(self) -> str:
        return ""

    def shut_down(self, drain: int | None) -> None:
        raise AssertionError(drain)


@pytest.fixture(scope="module")
def bench() -> Iterator[RouteBench]:
    made = RouteBench(TABLES)
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(bench: RouteBench) -> Service:
    return Service(bench.node, Host())


def ask(service: Service, method: str, params: dict[str, Any]) -> Any:
    raw = msgspec.Raw(msgspec.json.encode(params))
    session: Any = None
    return service.call(wire.Request("2.0", method, raw, 1), session)


DIGITS = st.text("0123456789*#ABCD", max_size=32)
DEVICES = st.one_of(
    st.sampled_from(["", "group/a", "group/b", "group/", "group/x", "trunk/p1", "trunk/p1/2"]),
    st.sampled_from(["trunk/p1/²", "trunk/p1/99", "p1", "trunk/x1", "trunk//", "/"]),
    st.text(max_size=64),
)
TIMES = st.one_of(
    st.just(""),
    st.sampled_from(["03:00", "sun 03:00", "0001-01-01 00:00", "9999-12-31 23:59", "x", "1:1"]),
    st.text(max_size=32),
)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    called=DIGITS,
    calling=DIGITS,
    direction=st.sampled_from(["in", "out"]),
    device=DEVICES,
    priority=st.integers(0, 9),
    at=TIMES,
)
def test_route_test_answers_or_refuses(service: Service, bench: RouteBench, **params: Any) -> None:
    before = (bench.node.seq, len(bench.node.calls))
    try:
        tested = ask(service, "routeTest", params)
    except wire.WireError as refused:
        assert refused.code in (wire.INVALID_OBJECT, wire.INVALID_PARAMS)
        return
    assert tested.steps[0].stage == "number" or params["device"]
    assert tested.steps[-1].stage == "result"
    assert bool(tested.refused) <= (tested.choices == [])
    # It is a question only.
    assert (bench.node.seq, len(bench.node.calls)) == before
    for group in bench.node.routing.groups.values():
        assert group.bucket is None or group.bucket.wait(bench.node.now()) == 0


def test_test_and_call_agree(service: Service, bench: RouteBench) -> None:
    """What the test says is what a call does then."""
    params = {"called": "90555", "at": "12:00"}
    tested = ask(service, "routeTest", params)
    made = ask(service, "makeCall", {"called": "90555"})
    call = bench.node.calls[made.call_id]
    bench.connected(call)
    (choice, _) = tested.choices
    assert choice.device == f"trunk/p1/{call.channel}" == "trunk/p1/1"
    assert call.request.called.digits == choice.called == "0555"
    assert (tested.route, call.route) == ("r", "r")
    bench.clear(call)
    bench.over(call)


def test_refusals_bear_a_cause(service: Service, bench: RouteBench) -> None:
    for number, q850 in (("0912", 21), ("7", 3)):
        with pytest.raises(wire.WireError) as refused:
            ask(service, "makeCall", {"called": number})
        assert (refused.value.code, refused.value.data) == (wire.NO_RESOURCE, {"q850": q850})
    assert not bench.node.calls


def test_lists(service: Service) -> None:
    groups = ask(service, "groups", {}).groups
    assert [(g.name, g.channels, g.reserved) for g in groups] == [("a", 3, 1), ("b", 30, 0)]
    (route,) = ask(service, "routes", {}).routes
    assert route.match == ["pattern 0X.", "pattern [1-3]!"]
    assert (route.choices, route.limits) == (["a", "b"], ["at day"])
