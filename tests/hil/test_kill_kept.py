"""The storm's model of kept calls: what it expects, and what it complains of."""

from __future__ import annotations

import random

import msgspec
import pytest

from trunkd.daemon import events as ev
from trunkd.daemon.methods import CallInfo
from trunkd.hil.kill_kept import KeptCalls

NEAR, FAR = 1, 2


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest.fixture
def model(wrong: list[str]) -> KeptCalls:
    """A call that the storm placed, answered at both ends; and one of somebody else."""
    made = KeptCalls(wrong.append)
    made.placed(NEAR)
    for near, called in ((NEAR, "200"), (3, "300")):
        made.told(ev.Originated(1, 1, near, "trunk/near", "", called))
        made.told(ev.Delivered(1, 1, near + 1, "trunk/far/1", "in", "", called))
        for call in (near, near + 1):
            made.told(ev.Established(1, 1, call, "trunk/near/1"))
    return made


def cleared(call: int, cause: str = "restart") -> ev.ConnectionCleared:
    return ev.ConnectionCleared(1, 1, call, "trunk/near/1", "local", cause, 41)


def kept(call: int) -> ev.CallKept:
    return ev.CallKept(1, 1, call, "trunk/near/1", "out")


def info(call: int, held: bool = False) -> CallInfo:
    told = {"callId": call, "direction": "out", "trunk": "near", "channel": 1, "held": held}
    words = {"state": "connected"} | dict.fromkeys(
        ("calling", "called", "answering", "playing", "recording"), ""
    )
    rest = {"connections": [], "started": 1, "delivered": 1, "answered": 1, "linkage": call}
    return msgspec.convert({**told, **words, **rest}, CallInfo)


def test_both_ends_must_be_confirmed(model: KeptCalls, wrong: list[str]) -> None:
    model.killed()
    assert model.expected == {NEAR, FAR} and model.most == 2
    model.compare([info(NEAR), info(FAR)])
    model.told(kept(NEAR))
    assert model.expected == {FAR} and not wrong
    model.told(cleared(FAR))
    assert "was not kept" in wrong[0]


def test_what_was_cleared_may_end(model: KeptCalls, wrong: list[str]) -> None:
    model.cleared(FAR)
    model.killed()
    assert not model.expected
    model.told(cleared(NEAR))
    model.compare([])
    assert not wrong


def test_held_as_before(model: KeptCalls, wrong: list[str]) -> None:
    model.told(ev.Held(1, 1, NEAR, "trunk/near/1"))
    model.killed()
    model.compare([info(NEAR, held=True), info(FAR)])
    assert not wrong
    model.killed()
    model.compare([info(NEAR), info(FAR)])
    assert wrong == [f"call {NEAR}: held is False after the start"]
    wrong.clear()
    chance = random.Random(1)
    assert model.one_to_hold(chance) == (True, NEAR)
    model.killed()
    model.compare([info(NEAR), info(FAR)])
    assert not wrong, "it was asked shortly before the kill"
    assert model.pair_to_hear(chance) is None


def test_what_is_not_there_or_was_never_answered(model: KeptCalls, wrong: list[str]) -> None:
    model.killed()
    model.compare([info(NEAR)])
    model.told(kept(9))
    assert wrong == [
        f"call {FAR} was answered at both ends, and is not there",
        "call 9 is kept, and nobody told that it was answered",
    ]
