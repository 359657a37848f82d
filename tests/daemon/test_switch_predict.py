"""makePredictiveCall by sound: what is heard decides, and an agent is called."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import CstaBench
from media_rig import sine

from trunkd.daemon import events as ev
from trunkd.daemon.wire import WireError
from trunkd.native import wrap


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[CstaBench]:
    made = CstaBench("pri", tmp_path)
    yield made
    made.reset()
    made.node.close()


def say(bench: CstaBench, name: str, samples: np.ndarray) -> None:
    far = bench.legs[name].far
    octets = np.rint(samples).astype("<i2").tobytes()
    far.trunk.timeslot(far.channel).play(wrap.alaw_encode(octets))


def word(seconds: float) -> np.ndarray:
    """Something like a voice: three formants that swell and fade."""
    made = sine(220, seconds, -16) + sine(700, seconds, -18) + sine(1150, seconds, -20)
    beat: np.ndarray = made * (0.6 + 0.4 * np.sin(np.arange(len(made)) / 300))
    return beat


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(8000 * seconds))


def predict(bench: CstaBench, **more: object) -> int:
    made = bench.ask("makePredictiveCall", called=bench.number(), device="trunk/user", **more)
    bench.placed("P", made.call_id)
    call_id: int = made.call_id
    return call_id


def result(bench: CstaBench) -> ev.PredictiveResult:
    bench.until(lambda: bench.of(ev.PredictiveResult))
    (found,) = bench.of(ev.PredictiveResult)
    assert isinstance(found, ev.PredictiveResult)
    return found


def test_a_person_gets_an_agent_who_is_called_now(bench: CstaBench) -> None:
    call_id = predict(
        bench, agentCalled="5550009", agentDevice="group/agents", abandonTime=30, ringTime=20
    )
    say(bench, "P", np.concatenate((quiet(0.3), word(0.5))))
    found = result(bench)
    assert (found.result, found.action, found.agent) == ("person", "wait", 0)
    assert found.confidence > 0
    bench.until(lambda: bench.of(ev.PredictiveConnected))
    (told,) = bench.of(ev.PredictiveConnected)
    assert told.call_id == call_id
    bench.placed("A", told.agent)
    assert bench.hearing() == {"P": "A", "A": "P"}
    assert bench.legs["A"].near.linkage == bench.legs["P"].near.linkage


def test_a_fax_machine_is_cleared(bench: CstaBench) -> None:
    bench.dial("A")
    call_id = predict(bench, agents=[bench.id("A")])
    say(bench, "P", np.concatenate((quiet(0.5), sine(2100, 3, -12))))
    found = result(bench)
    assert (found.result, found.action) == ("fax", "clear")
    bench.until(lambda: call_id not in bench.node.calls)
    assert bench.state("A") == "connected"


def test_an_answering_machine_is_the_applications(bench: CstaBench) -> None:
    predict(bench, machine="hand")
    words = [np.concatenate((word(0.8), quiet(0.15))) for _ in range(6)]
    say(bench, "P", np.concatenate((quiet(0.3), *words, quiet(1))))
    found = result(bench)
    assert (found.result, found.action) == ("machine", "hand")
    bench.run(5)
    assert bench.state("P") == "connected"


def test_the_second_person_waits_for_the_agent(bench: CstaBench) -> None:
    bench.dial("A")
    first = predict(bench, agents=[bench.id("A")], analyse=False)
    bench.legs["first"] = bench.legs.pop("P")
    second = predict(bench, agents=[bench.id("A")], analyse=False, abandonTime=60)
    bench.until(lambda: len(bench.of(ev.PredictiveResult)) == 2)
    assert [e.action for e in bench.of(ev.PredictiveResult)] == ["connect", "wait"]
    assert bench.ask("predictions").waiting == 1
    bench.ask("clearConnection", callId=first)
    bench.until(lambda: bench.of(ev.PredictiveConnected, call_id=second))
    assert bench.of(ev.PredictiveConnected, call_id=second)[0].agent == bench.id("A")


def test_busy_and_a_person_who_does_not_wait(bench: CstaBench) -> None:
    made = bench.ask("makePredictiveCall", called=bench.busy_number(), device="trunk/user")
    found = result(bench)
    assert (found.result, found.action, found.q850) == ("busy", "cleared", 17)
    assert made.call_id == found.call_id
    bench.seen.clear()
    bench.dial("A")
    bench.ask("holdCall", callId=bench.id("A"))
    predict(bench, agents=[bench.id("A")], analyse=False, abandonTime=60)
    bench.until(lambda: bench.of(ev.PredictiveResult))
    bench.hang_up("P")
    bench.until(lambda: bench.of(ev.PredictiveAbandoned))
    assert bench.of(ev.PredictiveAbandoned)[0].why == "hungUp"
    info = bench.ask("predictions")
    assert (info.abandoned, info.abandon_rate, info.waiting) == (1, 1.0, 0)


def test_wrong_requests(bench: CstaBench) -> None:
    with pytest.raises(WireError, match="there is no call"):
        bench.ask("makePredictiveCall", called="1", agents=[99])
    with pytest.raises(WireError, match="name who is to be called"):
        bench.ask("makePredictiveCall")
