"""Collecting digits by the wire's methods: prompt, barge-in, times, type-ahead."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Ends, Rig, sine

from trunkd.daemon import events as ev
from trunkd.daemon import media_collect
from trunkd.daemon import methods_media as m
from trunkd.daemon.wire import WireError
from trunkd.errors import LocalError


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ends(rig: Rig) -> Ends:
    return rig.call()


def key(rig: Rig, ends: Ends, digits: str, on: float = 0.08) -> None:
    """The far end keys digits; time runs until the last one is over."""
    rig.ask("generateDigits", callId=ends.far.call_id, digits=digits, on=on, off=0.08)
    rig.run((on + 0.08) * len(digits) + 0.02)


def collect(rig: Rig, ends: Ends, **params: Any) -> None:
    rig.ask("startDigitsCollection", callId=ends.near.call_id, **params)


def result(rig: Rig, count: int = 1) -> tuple[str, str]:
    got = rig.wait(ev.DigitsCollected, count)
    return got.digits, got.reason


@pytest.mark.parametrize(
    ("keyed", "params", "digits", "reason"),
    [
        ("1234", {"maxDigits": 4}, "1234", "maximum"),
        ("1122#", {}, "1122", "terminator"),
        ("1", {"minDigits": 2, "terminators": "1"}, "", "noMatch"),
        ("13812345678", {"patterns": ["1[3-9]XXXXXXXXX", "0."]}, "13812345678", "pattern"),
        ("19", {"patterns": ["1[3-8]X"]}, "19", "noMatch"),
        ("55", {"interdigitTimeout": 1}, "55", "interdigitTimeout"),
        ("5", {"interdigitTimeout": 1, "patterns": ["5", "55"]}, "5", "pattern"),
        ("55", {"timeout": 2}, "55", "timeout"),
        ("", {"firstTimeout": 2}, "", "firstTimeout"),
    ],
)
def test_ends(
    rig: Rig, ends: Ends, keyed: str, params: dict[str, Any], digits: str, reason: str
) -> None:
    collect(rig, ends, **params)
    if keyed:
        key(rig, ends, keyed)
    assert result(rig) == (digits, reason)
    got = rig.of(ev.DigitsCollected)[0]
    assert got.call_id == ends.near.call_id
    assert got.terminator == ("#" if reason == "terminator" else got.terminator)
    assert bool(got.pattern) is (reason == "pattern")
    rig.run(10)
    assert len(rig.of(ev.DigitsCollected)) == 1
    assert not rig.of(ev.DigitsDetected), "nobody asked for them"


def test_times(rig: Rig, ends: Ends) -> None:
    """From the end of the prompt, and from the end of a digit, to within a block and detection."""
    prompt = [{"silence": 2}]
    began = rig.node.now()
    collect(rig, ends, items=prompt, firstTimeout=3)
    assert rig.wait(ev.DigitsCollected).time - rig.of(ev.Play)[0].time == pytest.approx(
        5e9, abs=5e6
    )
    collect(rig, ends, interdigitTimeout=1)
    began = rig.node.now()
    key(rig, ends, "7", on=2)
    assert result(rig, 2) == ("7", "interdigitTimeout")
    took = rig.node.now() - began
    assert 3e9 <= took < 3.2e9, "the digit sounds for 2 s"


def test_barge_in(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 5, -20))
    collect(rig, ends, items=[{"file": "p.wav"}, {"tone": "cn/dial", "seconds": 1}], maxDigits=2)
    assert ends.near.playing == "2 items"
    rig.run(0.5)
    key(rig, ends, "4")
    assert ends.near.playing == ""
    stop = rig.of(ev.Stop)[0]
    assert (stop.kind, stop.reason, stop.digit) == ("play", "digit", "4")
    assert stop.octets < 8 * 580
    rig.run(1)
    key(rig, ends, "2")
    assert result(rig) == ("42", "maximum")


def test_without_barge_in(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 2, -20))
    collect(rig, ends, items=[{"file": "p.wav"}], bargeIn=False, maxDigits=3)
    rig.run(0.2)
    key(rig, ends, "99")
    assert ends.near.playing == "p.wav"
    rig.run(2)
    assert next(e for e in rig.of(ev.Stop) if e.call_id == ends.near.call_id).reason == "complete"
    key(rig, ends, "123")
    assert result(rig) == ("123", "maximum")


def test_type_ahead(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 5, -20))
    prompt = [{"file": "p.wav"}]
    collect(rig, ends, maxDigits=2)
    key(rig, ends, "12345")
    assert result(rig) == ("12", "maximum")
    # What is left over is enough: no prompt.
    collect(rig, ends, items=prompt, maxDigits=2)
    assert result(rig, 2) == ("34", "maximum")
    assert not [e for e in rig.of(ev.Play) if e.call_id == ends.near.call_id]
    # And then not quite.
    collect(rig, ends, items=prompt, maxDigits=3)
    rig.run(0.5)
    key(rig, ends, "67")
    assert result(rig, 3) == ("567", "maximum")
    assert not [e for e in rig.of(ev.Play) if e.call_id == ends.near.call_id]
    # Digits between two collections, and who does not want them.
    key(rig, ends, "88")
    collect(rig, ends, items=prompt, maxDigits=2, keep=False)
    rig.run(0.2)
    assert ends.near.playing == "p.wav"
    key(rig, ends, "99")
    assert result(rig, 4) == ("99", "maximum")
    collect(rig, ends, firstTimeout=1)
    assert result(rig, 5) == ("", "firstTimeout")


def test_a_digit_that_ended_a_message_is_not_kept(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 5, -20))
    collect(rig, ends, maxDigits=1)
    key(rig, ends, "0")
    rig.ask("playMessage", callId=ends.near.call_id, message="p.wav", stopOnDigits="0123456789")
    rig.run(0.3)
    key(rig, ends, "5")
    rig.ask("recordMessage", callId=ends.near.call_id, message="r.wav", stopOnDigits="#")
    rig.run(0.3)
    key(rig, ends, "7#")
    stops = {e.kind: e for e in rig.of(ev.Stop) if e.call_id == ends.near.call_id}
    assert (stops["play"].digit, stops["record"].digit) == ("5", "#")
    collect(rig, ends, maxDigits=2, firstTimeout=1, interdigitTimeout=1)
    assert result(rig, 2) == ("7", "interdigitTimeout")


def test_stopping(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 5, -20))
    call = {"callId": ends.near.call_id}
    rig.ask("stopDigitsCollection", **call)
    collect(rig, ends, items=[{"file": "p.wav"}])
    with pytest.raises(WireError, match="busy with collect"):
        collect(rig, ends)
    rig.run(0.2)
    rig.ask("stopDigitsCollection", **call)
    assert result(rig) == ("", "stopped")
    assert rig.wait(ev.Stop).reason == "stopped"
    assert ends.near.playing == ""
    # In one breath, and with digits that were keyed.
    collect(rig, ends)
    key(rig, ends, "12")
    rig.ask("stopDigitsCollection", **call)
    assert result(rig, 2) == ("12", "stopped")


def test_the_prompt_is_stopped_by_somebody_else(rig: Rig, ends: Ends) -> None:
    collect(rig, ends, items=[{"tone": "cn/dial"}], firstTimeout=2)
    rig.run(1)
    rig.ask("stopMedia", callId=ends.near.call_id, kind="play")
    began = rig.node.now()
    assert result(rig) == ("", "firstTimeout")
    assert 2e9 <= rig.node.now() - began < 2.1e9


def test_the_end_of_the_call(rig: Rig, ends: Ends) -> None:
    rig.write("p.wav", sine(300, 5, -20))
    collect(rig, ends, items=[{"file": "p.wav"}])
    rig.run(0.2)
    key(rig, ends, "12")
    rig.ask("clearConnection", callId=ends.far.call_id)
    assert result(rig) == ("12", "ended")
    rig.wait(ev.ConnectionCleared, 2)
    mine = [e for e in rig.seen if getattr(e, "call_id", 0) == ends.near.call_id]
    assert isinstance(mine[-1], ev.ConnectionCleared)
    assert rig.node.media.cache.counts().in_use == 0


def test_lost_events_hold_nothing_up(rig: Rig, ends: Ends) -> None:
    """The end of a digit is lost: the next one is waited for all the same."""
    unit = rig.node.boards["b0"]
    collect(rig, ends, interdigitTimeout=2)
    rig.ask("generateDigits", callId=ends.far.call_id, digits="1", on=0.5)
    rig.run(0.3)
    until = rig.node.now() + 500_000_000
    while unit.board.clock.now() < until:
        unit.board.step(until)
        unit.board.events()
    rig.node.media.lost(unit.board)
    began = rig.node.now()
    assert result(rig) == ("1", "interdigitTimeout")
    assert 2e9 <= rig.node.now() - began < 2.1e9


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"items": [{"file": "none.wav"}]}, "No such file"),
        ({"items": [{}]}, "not 0 of them"),
        ({"items": [{"tone": "zz/busy"}]}, "no tones of country"),
        ({"patterns": ["(1)"]}, "pattern '\\(1\\)'"),
        ({"minDigits": 5, "maxDigits": 4}, "5 to 4 digits"),
    ],
)
def test_refused(rig: Rig, ends: Ends, params: dict[str, Any], words: str) -> None:
    with pytest.raises((WireError, LocalError), match=words):
        collect(rig, ends, **params)
    rig.run(10)
    assert not rig.of(ev.DigitsCollected)
    collect(rig, ends, maxDigits=1)
    key(rig, ends, "3")
    assert result(rig) == ("3", "maximum")


def test_refused_while_a_message_plays(rig: Rig, ends: Ends) -> None:
    rig.ask("generateTone", callId=ends.near.call_id, tone="cn/dial")
    with pytest.raises((WireError, LocalError), match="busy with play"):
        collect(rig, ends, items=[{"silence": 1}])
    collect(rig, ends, maxDigits=1)
    key(rig, ends, "3")
    assert result(rig) == ("3", "maximum"), "without a prompt it collects through what plays"
    rig.ask("stopMedia", callId=ends.near.call_id)
    params = m.StartDigitsCollection(
        call_id=ends.near.call_id, items=[m.Item(silence=1)], first_timeout=1
    )
    answers: list[Exception | None] = []
    media = rig.node.media
    media_collect.start(media.need(ends.near), media, params, answers.append)
    assert result(rig, 2) == ("", "firstTimeout"), "after a stop the prompt waits its turn"
    assert answers == [None]


def test_many_calls_at_once(rig: Rig) -> None:
    calls = [rig.call() for _ in range(8)]
    for pair in calls:
        collect(rig, pair, maxDigits=4)
    for n, pair in enumerate(calls):
        digits = f"{n}{9 - n}{n}5"
        rig.ask("generateDigits", callId=pair.far.call_id, digits=digits)
    rig.wait(ev.DigitsCollected, 8)
    got = {e.call_id: e.digits for e in rig.of(ev.DigitsCollected)}
    assert got == {pair.near.call_id: f"{n}{9 - n}{n}5" for n, pair in enumerate(calls)}
    assert np.all([e.reason == "maximum" for e in rig.of(ev.DigitsCollected)])
