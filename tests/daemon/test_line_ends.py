"""Calls of lines end rightly: cuts in each state, alarms, lost board events, drain and stop."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config, r2_config

from trunkd.board.events import EventsLost
from trunkd.board.line import LineSent
from trunkd.daemon import events as ev
from trunkd.daemon import events_line
from trunkd.errors import LocalError

FXS = "max_digits = 4\nreversal_on_answer = true"


def cable(bench: LineBench, number: int) -> Any:
    return bench.node.boards["b0"].board.line_cable(number)  # type: ignore[attr-defined]


def on_analog(answers: bool = True) -> LineBench:
    return LineBench(analog_config(fxs=FXS), answers=answers)


def rings(bench: LineBench) -> None:
    bench.place("phones", "8001")
    bench.run(1.5)  # in the pause behind the first ring


def rings_now(bench: LineBench) -> None:
    bench.place("phones", "8001")
    bench.run(0.6)


def offered(bench: LineBench) -> None:
    bench.place("phones", "8001")
    bench.until(lambda: bench.trunk("office").calls, 10)


def talks(bench: LineBench) -> None:
    call = bench.place("phones", "8001")
    bench.until(lambda: call.state == "connected", 20)


def dial_tone(bench: LineBench) -> None:
    bench.place("office", "5551", 5)
    bench.run(0.4)


def dials(bench: LineBench) -> None:
    bench.place("office", "5551", 5)
    bench.until(lambda: bench.trunk("phones").by_channel or bench.node.now() > 4e9, 10)


def talks_out(bench: LineBench) -> None:
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 20)


def clearing(bench: LineBench) -> None:
    talks_out(bench)
    (call,) = bench.trunk("office").calls.values()
    bench.clear(call)


STATES = {
    f.__name__: f for f in (rings, rings_now, offered, talks, dial_tone, dials, talks_out, clearing)
}


@pytest.mark.parametrize("state", STATES)
def test_a_line_is_cut(state: str) -> None:
    """In each state both ends end their calls, the port says so, and is idle when it is mended."""
    bench = on_analog(answers=state.startswith(("talks", "clearing", "dials")))
    STATES[state](bench)
    line = cable(bench, 1)
    line.cut()
    bench.until(lambda: not bench.trunk("office").calls, 30)
    bench.until(lambda: bench.trunk("office").channel_info(5).state == "outOfService", 10)
    assert bench.of(events_line.LineChanged, trunk="office", channel=5, what="line cut")
    for call in list(bench.trunk("phones").calls.values()):
        if call.direction == "out" and call.state == "alerting":
            bench.clear(call)  # nobody answers: as an application does some time
    bench.until(lambda: not bench.node.calls, 60)
    refused = bench.place("office", "5551", 5, exclusive=True)
    bench.until(lambda: refused.state == "null", 5)
    line.mend()
    bench.until(bench.idle, 200)
    again = bench.place("office", "5551", 5)
    bench.answers = True
    bench.until(lambda: again.state == "connected", 40)
    assert bench.node.problems == 0
    bench.close()


@pytest.mark.parametrize("seconds", [0.1, 0.3])
def test_a_short_break_ends_no_call(seconds: float) -> None:
    """Battery that is away for less than ``drop`` is none; with longer ones it is a hang-up."""
    bench = LineBench(analog_config(fxs=FXS))
    talks_out(bench)
    (call,) = bench.trunk("office").calls.values()
    line = cable(bench, 1)
    line.cut()
    bench.run(seconds)
    line.mend()
    bench.run(3)
    if seconds < 0.2:
        assert call.state == "connected"
    else:
        assert call.state == "null" and call.ended_by == "battery drop"
    for other in list(bench.node.calls.values()):
        bench.clear(other)
    bench.until(bench.idle, 200)
    bench.close()


@pytest.mark.parametrize("state", ["register", "alerting", "connected"])
def test_an_alarm_on_an_r2_span(state: str) -> None:
    bench = LineBench(r2_config(), answers=state == "connected")
    calls = [bench.place("near") for _ in range(5)]
    if state == "register":
        bench.run(1.0)
    else:
        bench.until(lambda: all(c.state == state for c in calls), 30)
    board = bench.node.boards["b0"].board
    board.cable(1).cut()  # type: ignore[attr-defined]
    bench.run(1)
    assert not bench.trunk("near").up and "LOS" in bench.trunk("near").reason
    refused = bench.place("near")
    assert (refused.state, refused.cause) == ("null", 34)
    bench.until(lambda: not bench.node.calls, 120)
    board.cable(1).mend()  # type: ignore[attr-defined]
    bench.answers = True
    bench.until(bench.idle, 60)
    again = bench.place("near")
    bench.until(lambda: again.state == "connected", 30)
    assert bench.node.problems == 0
    bench.close()


class Losing:
    """A board that loses its next so many batches of events: those with one of a kind in them."""

    def __init__(self, bench: LineBench, batches: int, kind: type = object) -> None:
        self.left = batches
        self._kind = kind
        board = bench.node.boards["b0"].board
        self._events = board.events
        board.events = self.events  # type: ignore[method-assign]

    def events(self) -> list[Any]:
        happened = self._events()
        if not self.left or not any(isinstance(event, self._kind) for event in happened):
            return happened
        self.left -= 1
        return [EventsLost(happened[-1].time, len(happened))]


@pytest.mark.parametrize("after", [0.1, 0.3, 0.6, 0.8, 1.2, 2.0])
@pytest.mark.parametrize("batches", [1, 2, 5])
def test_lost_board_events_leave_no_r2_line_stuck(after: float, batches: int) -> None:
    """What was lost may have been anything: calls go on or end, and all is idle at last."""
    bench = LineBench(r2_config())
    bench.place("near")
    bench.run(after)
    losing = Losing(bench, batches)
    bench.run(60)
    for call in list(bench.node.calls.values()):
        if call.direction == "out":
            bench.clear(call)
    losing.left = 0
    bench.until(bench.idle, 180)
    assert 1 <= len(bench.of(ev.BoardEventsLost)) <= batches
    again = bench.place("near")
    bench.until(lambda: again.state == "connected", 30)
    bench.close()


def test_a_clear_forward_that_was_lost_is_found() -> None:
    bench = LineBench(r2_config())
    call = bench.place("near")
    bench.until(lambda: call.state == "connected", 30)
    losing = Losing(bench, 1)
    bench.clear(call)
    bench.until(lambda: not losing.left and bench.idle(), 3)
    bench.close()


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_lost_events_leave_no_telephone_up(batches: int) -> None:
    bench = on_analog()
    talks_out(bench)
    (call,) = bench.trunk("office").calls.values()
    losing = Losing(bench, batches)
    bench.clear(call)
    bench.run(5)
    losing.left = 0
    bench.until(bench.idle, 200)
    assert bench.of(ev.BoardEventsLost)
    again = bench.place("office", "5551", 5)
    bench.until(lambda: again.state == "connected", 40)
    bench.close()


def test_the_end_of_pulse_digits_that_was_lost_is_found() -> None:
    fxo = 'dialling = "pulse"\nanswer = ["reversal"]'
    bench = LineBench(analog_config(fxs=FXS, fxo=fxo))
    losing = Losing(bench, 0, LineSent)
    call = bench.place("office", "8002", 5)
    bench.run(1)
    losing.left = 1
    bench.until(lambda: not losing.left, 20)
    bench.until(lambda: call.state == "connected", 20)
    assert bench.of(ev.BoardEventsLost)
    bench.clear(call)
    bench.until(bench.idle, 60)
    bench.close()


def test_drain_lets_calls_end_and_takes_no_new_ones() -> None:
    for bench, one, other in (
        (LineBench(r2_config()), "near", "far"),
        (on_analog(), "office", "phones"),
    ):
        call = bench.place(one, "5551", 5 if one == "office" else 1)
        bench.until(lambda call=call: call.state == "connected", 30)
        bench.node.drain(True)
        with pytest.raises(LocalError):
            bench.place(one, "5551")
        bench.run(2)
        assert call.state == "connected"
        (met,) = bench.trunk(other).calls.values()
        bench.clear(met)
        if one == "near":
            bench.clear(call)
        bench.until(bench.idle, 120)
        bench.node.drain(False)
        again = bench.place(one, "5551")
        bench.until(lambda again=again: again.state == "connected", 40)
        bench.close()


def test_a_node_closes_with_calls_of_lines_up() -> None:
    for bench, one in ((LineBench(r2_config()), "near"), (on_analog(), "office")):
        call = bench.place(one, "5551")
        bench.until(lambda call=call: call.state == "connected", 30)
        bench.close()
        assert bench.node.boards == {}
