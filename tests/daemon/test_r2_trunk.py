"""R2 trunks of the daemon: two ends on a simulated E1, bits and tones in virtual time."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, r2_config

from trunkd.board.media_events import DigitHeard
from trunkd.daemon import events as ev


@pytest.mark.parametrize("variant", ["cn", "itu", "mx", "br", "ar"])
def test_a_call_both_ways(variant: str) -> None:
    bench = LineBench(r2_config(variant))
    for one, other in (("near", "far"), ("far", "near")):
        call = bench.place(one)
        bench.until(lambda call=call: call.state == "connected")
        (met,) = bench.trunk(other).calls.values()
        assert (met.called, met.calling) == ("5551000", "01012345678")
        assert met.state == "connected"
        bench.clear(call)
        bench.until(bench.idle)
    assert bench.node.problems == 0
    bench.close()


def test_thirty_calls_at_once_and_clear_back() -> None:
    bench = LineBench(r2_config())
    calls = [bench.place("near", f"55510{n:02d}") for n in range(30)]
    bench.until(lambda: all(c.state == "connected" for c in calls), 60)
    assert {c.called for c in bench.trunk("far").calls.values()} == {c.called for c in calls}
    for call in list(bench.trunk("far").calls.values()):
        bench.clear(call)
    bench.until(lambda: all(c.state == "null" for c in calls) and bench.idle(), 120)
    bench.close()


@pytest.mark.parametrize(("cause", "told"), [(17, 17), (1, 1)])
def test_a_refusal_by_group_b(cause: int, told: int) -> None:
    bench = LineBench(r2_config(incoming="offer"), answers=False)
    call = bench.place("near")
    bench.until(lambda: bench.of(ev.Offered))
    (met,) = bench.trunk("far").calls.values()
    bench.clear(met, cause)
    bench.until(lambda: call.state == "null")
    assert call.cause == told
    bench.until(bench.idle)
    bench.close()


def test_register_digits_are_not_the_applications() -> None:
    bench = LineBench(r2_config())
    heard: list[object] = []
    bench.node.media.board_event = lambda unit, event: heard.append(event)  # type: ignore[method-assign]
    call = bench.place("near")
    bench.until(lambda: call.state == "connected")
    assert not [e for e in heard if isinstance(e, DigitHeard)]
    bench.close()


def test_an_alarm_ends_calls_and_blocks() -> None:
    bench = LineBench(r2_config())
    call = bench.place("near")
    bench.until(lambda: call.state == "connected")
    cable = bench.node.boards["b0"].board.cable(1)  # type: ignore[attr-defined]
    cable.cut()
    bench.until(lambda: call.state == "null", 90)
    assert not bench.trunk("near").up
    cable.mend()
    bench.until(lambda: bench.trunk("near").up and bench.trunk("far").up)
    again = bench.place("near")
    bench.until(lambda: again.state == "connected")
    bench.close()


def test_blocked_lines() -> None:
    bench = LineBench(r2_config())
    bench.trunk("near").block((3,), bench.trunk("near").now())
    bench.run(2)
    assert bench.trunk("near").channel_info(3).state == "blockedHere"
    assert bench.trunk("far").channel_info(3).state == "blockedThere"
    bench.trunk("near").unblock((3,), bench.trunk("near").now())
    bench.until(bench.idle)
    bench.close()
