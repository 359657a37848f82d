"""The second call of a telephone in virtual time: hold, transfer, conference, call waiting."""

from __future__ import annotations

import pathlib
import sys

import pytest

from trunkd.signaling.call import (
    CallConnected,
    CallOffered,
)
from trunkd.signaling.call_line import CallFlashed, CallHeld, CallsJoined
from trunkd.signaling.line_actions import (
    OpenSpeech,
)

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fxs_rig import Bench, released

ALL = "hold,transfer,conference,waiting"


# ---- hold, transfer, conference


def test_flash_with_no_second_call_goes_back() -> None:
    bench = Bench(features=ALL)
    first = bench.talk()
    bench.phone.flash(200)
    bench.run_for(1000)
    assert bench.text() == "dial tone, one call held"
    bench.phone.flash(200)
    bench.run_for(1000)
    assert bench.of(CallHeld) == [CallHeld(first, True), CallHeld(first, False)]
    assert bench.text() == "talking"


@pytest.mark.parametrize("where", ["dialling", "dialled", "far end alerting", "tone"])
def test_flash_gives_the_second_call_up(where: str) -> None:
    bench = Bench(features=ALL)
    first = bench.talk()
    if where == "dialling":
        bench.phone.flash(200)
        bench.run_for(1000)
        bench.phone.press("12")
        bench.run_for(500)
    else:
        second = bench.second()
        if where == "far end alerting":
            bench.trunk.alert(second, False, bench.now)
        elif where == "tone":
            bench.clear(second, 17)
    assert bench.text() == f"{where}, one call held"
    bench.phone.flash(200)
    bench.run_for(1000)
    assert bench.text() == "talking" and list(bench.trunk.calls) == [first]


def test_without_conference_a_flash_changes_to_and_fro() -> None:
    bench = Bench(features="hold")
    first = bench.talk()
    second = bench.second()
    bench.trunk.answer(second, bench.now)
    for _ in range(2):
        bench.phone.flash(200)
        bench.run_for(1000)
    assert bench.of(CallHeld) == [
        CallHeld(first, True),
        CallHeld(second, True),
        CallHeld(first, False),
        CallHeld(first, True),
        CallHeld(second, False),
    ]


@pytest.mark.parametrize("talking", [True, False])
def test_transfer_by_hanging_up(talking: bool) -> None:
    bench = Bench(features="hold,transfer")
    first = bench.talk()
    second = bench.second()
    if talking:
        bench.trunk.answer(second, bench.now)
    else:
        bench.trunk.alert(second, False, bench.now)
    bench.down()
    assert bench.of(CallsJoined) == [CallsJoined(first, second, True)]
    assert sorted(released(bench)) == [(first, 16, False), (second, 16, False)]
    assert bench.text() == "idle"


def test_no_transfer_to_a_call_that_does_not_alert_yet() -> None:
    bench = Bench(features=ALL)
    first = bench.talk()
    second = bench.second()
    bench.down()
    assert not bench.of(CallsJoined)
    assert released(bench) == [(second, 16, False)]
    assert bench.text() == "ringing back"
    bench.lift()
    assert bench.text() == "talking" and bench.of(CallHeld)[-1] == CallHeld(first, False)


def test_without_transfer_the_first_call_rings_back_until_its_time() -> None:
    bench = Bench(features="hold", rering=10_000)
    first = bench.talk()
    second = bench.second()
    bench.trunk.answer(second, bench.now)
    bench.down()
    assert released(bench) == [(second, 16, False)] and bench.phone.rings >= 1
    bench.run_for(10_000)
    assert released(bench)[-1] == (first, 19, False) and bench.text() == "idle"


def test_a_call_that_rings_back_can_be_cleared() -> None:
    bench = Bench(features="hold")
    first = bench.talk()
    bench.phone.flash(200)
    bench.run_for(1000)
    bench.down()
    assert bench.text() == "ringing back"
    bench.clear(first)
    assert bench.text() == "idle" and released(bench) == [(first, 16, True)]


def joined(features: str = ALL) -> tuple[Bench, int, int]:
    bench = Bench(features=features)
    first = bench.talk()
    second = bench.second()
    bench.trunk.answer(second, bench.now)
    bench.phone.flash(200)
    bench.run_for(1000)
    assert bench.text() == "talking, conference"
    return bench, first, second


def test_conference_flash_drops_the_last_party() -> None:
    bench, first, second = joined()
    bench.phone.flash(200)
    bench.run_for(1000)
    assert released(bench) == [(second, 16, False)]
    assert bench.text() == "talking" and list(bench.trunk.calls) == [first]
    bench.down()
    assert not bench.trunk.calls


@pytest.mark.parametrize("which", [0, 1])
def test_conference_one_party_leaves(which: int) -> None:
    bench, *calls = joined()
    bench.clear(calls[which])
    assert bench.text() == "talking" and list(bench.trunk.calls) == [calls[1 - which]]
    bench.clear(calls[1 - which])
    assert bench.text() == "tone"


def test_conference_ends_where_there_is_no_transfer() -> None:
    bench, first, second = joined("hold,conference")
    bench.down()
    assert sorted(released(bench)) == [(first, 16, False), (second, 16, False)]
    assert not [e for e in bench.of(CallsJoined) if isinstance(e, CallsJoined) and e.transfer]


def test_the_held_party_leaves() -> None:
    bench = Bench(features=ALL)
    first = bench.talk()
    second = bench.second()
    bench.clear(first)
    assert bench.text() == "dialled"
    bench.trunk.answer(second, bench.now)
    bench.down()
    assert sorted(released(bench)) == [(first, 16, True), (second, 16, False)]
    assert bench.text() == "idle"


def test_the_second_party_leaves_and_the_first_rings_back() -> None:
    bench = Bench(features=ALL)
    bench.talk()
    bench.clear(bench.second(), 17)
    assert bench.phone.texts()[-1] == "busy"
    bench.down()
    assert bench.text() == "ringing back"


def test_features_as_events_or_not_at_all() -> None:
    for features in ("event", ""):
        bench = Bench(features=features)
        first = bench.talk()
        bench.phone.flash(300)
        bench.run_for(1000)
        assert bench.of(CallFlashed) == [CallFlashed(first)]
        assert bench.text() == "talking"


def test_flash_before_a_call_gives_dial_tone_anew() -> None:
    bench = Bench()
    bench.lift()
    bench.phone.press("12")
    bench.run_for(500)
    bench.phone.flash(300)
    bench.run_for(1000)
    assert bench.text() == "dial tone" and not bench.of(CallFlashed)
    call = bench.dial("7777")
    offered = bench.of(CallOffered)[-1]
    assert isinstance(offered, CallOffered) and offered.request.called.digits == "7777"
    bench.phone.flash(300)
    bench.run_for(1000)
    assert bench.of(CallFlashed) == [CallFlashed(call)] and bench.text() == "dialled"


# ---- call waiting


def test_waiting_call_is_taken_by_flash_and_back() -> None:
    bench = Bench(features="hold,waiting")
    first = bench.talk()
    second = bench.place()
    bench.run_for(3000)
    heard = bench.phone.texts()
    assert "alerting signal" in heard and heard[-1].startswith("data 80")
    for _ in range(2):
        bench.phone.flash(200)
        bench.run_for(1000)
    told = bench.of(CallHeld, CallConnected)
    assert told == [
        CallConnected(first, 1, None),
        CallHeld(first, True),
        CallConnected(second, 1, None),
        CallHeld(second, True),
        CallHeld(first, False),
    ]


def test_waiting_tone_comes_again_each_time() -> None:
    bench = Bench(features="waiting", waiting_again=10_000, caller_id_waiting=False)
    bench.talk()
    bench.place()
    bench.run_for(35_000)
    assert [text for text in bench.phone.texts() if text.startswith("tones")] == [
        "tones (450.0,)"
    ] * 4
    speech = [a.on for _, a in bench.phone.actions if isinstance(a, OpenSpeech)]
    assert speech[-2:] == [False, True]


def test_waiting_call_is_withdrawn() -> None:
    bench = Bench(features="waiting")
    first = bench.talk()
    second = bench.place()
    bench.run_for(300)
    bench.clear(second)
    assert bench.text() == "talking" and list(bench.trunk.calls) == [first]
    heard = len(bench.phone.heard)
    bench.run_for(30_000)
    assert len(bench.phone.heard) == heard


def test_the_first_party_leaves_while_a_call_waits() -> None:
    for taken in (True, False):
        bench = Bench(features="waiting")
        first = bench.talk()
        second = bench.place()
        bench.run_for(3000)
        bench.clear(first)
        assert bench.text() == "tone, a call waiting"
        if taken:
            bench.phone.flash(200)
            bench.run_for(1000)
        else:
            bench.down()
            assert bench.text() == "ringing"
            bench.lift()
        assert bench.of(CallConnected)[-1] == CallConnected(second, 1, None)
        assert bench.text() == "talking"


def test_a_third_call_is_refused_as_busy() -> None:
    bench = Bench(features=ALL)
    bench.talk()
    bench.place()
    third = bench.place()
    assert released(bench)[-1] == (third, 17, False)


def test_without_the_feature_a_telephone_that_talks_is_busy() -> None:
    bench = Bench(features="hold")
    bench.talk()
    assert released(bench) == [] and bench.place() and released(bench)[-1][1] == 17


# ---- calls that nobody comes back to


def test_a_waiting_call_that_is_not_taken_ends_as_one_that_rings() -> None:
    bench = Bench(features="waiting", ring_timeout=30_000, caller_id_waiting=False)
    first = bench.talk()
    second = bench.place()
    bench.run_for(29_000)
    assert released(bench) == []
    bench.run_for(12_000)
    assert released(bench) == [(second, 19, False)]
    assert bench.text() == "talking" and list(bench.trunk.calls) == [first]


@pytest.mark.parametrize("denial", [False, True])
def test_a_call_held_by_a_telephone_that_was_left_off_hook_ends(denial: bool) -> None:
    """Its second call is gone, tone and howler were heard by nobody: the held party is let go."""
    bench = Bench(features=ALL, power_denial=denial)
    first = bench.talk()
    bench.clear(bench.second(), 16)
    assert bench.text() == "tone, one call held"
    bench.run_for(95_000)
    assert bench.text().startswith("power" if denial else "parked")
    assert [call for call, _, _ in released(bench)][-1] == first and not bench.trunk.calls
    bench.down()
    bench.run_for(60_000)
    assert bench.text() == "idle"


def test_a_waiting_call_of_a_telephone_that_was_left_off_hook_ends() -> None:
    bench = Bench(features="waiting", waiting_again=60_000)
    first = bench.talk()
    second = bench.place()
    bench.run_for(3000)
    bench.clear(first)
    bench.run_for(95_000)
    assert bench.text() == "parked" and [c for c, _, _ in released(bench)] == [first, second]


@pytest.mark.parametrize("alerted", [False, True])
def test_a_dialled_call_that_nobody_answers_ends(alerted: bool) -> None:
    bench = Bench(features=ALL, answer_timeout=60_000)
    call = bench.dial()
    if alerted:
        bench.trunk.alert(call, False, bench.now)
    bench.run_for(58_000)
    assert released(bench) == []
    bench.run_for(3_000)
    assert [(c, cause) for c, cause, _ in released(bench)] == [(call, 19)]
    assert bench.text() == "tone"
    bench.down()
    assert bench.text() == "idle"
    # An answered one is not touched.
    bench.talk()
    bench.run_for(70_000)
    assert bench.text() == "talking"
