"""Music on hold: one source for any number of calls."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig, level_of, sine

from trunkd.daemon import events as ev
from trunkd.daemon.media_files import load
from trunkd.daemon.wire import WireError
from trunkd.errors import LocalError

MUSIC = """\
[[media.music]]
name = "one"
files = ["one.wav", "two.wav"]
[[media.music]]
name = "loud"
files = ["two.wav"]
volume = 6
[[media.music]]
name = "absent"
files = ["none.wav"]
"""


def random(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3000, round(8000 * seconds))


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path, media=MUSIC, user='[trunk.media]\nmusic = "loud"')
    made.write("one.wav", random(1, 1))
    made.write("two.wav", sine(600, 1, -20))
    yield made
    made.close()


def test_all_calls_hear_the_same_at_the_same_time(rig: Rig) -> None:
    calls = [rig.call() for _ in range(12)]
    for pair in calls:
        rig.ask("playMusic", callId=pair.near.call_id, music="one")
        rig.run(0.1)
    told = rig.of(ev.ConnectionChanged)
    assert [(e.call_id, e.source) for e in told] == [(p.near.call_id, "music/one") for p in calls]
    for pair in calls:
        rig.listen(pair.far, 32000)
    rig.run(4.2)
    timeslots = [pair.far.trunk.span.timeslots[pair.far.channel] for pair in calls]
    heard = {timeslot.recorded() for timeslot in timeslots}
    assert len(heard) == 1
    # Octet for octet, over and over: 2 s of two files.
    one = load(str(rig.directory / "one.wav"), rig.node.media.law).octets
    two = load(str(rig.directory / "two.wav"), rig.node.media.law).octets
    (octets,) = heard
    assert octets in (one + two) * 4
    assert len(octets) == 32000
    counts = rig.node.media.cache.counts()
    assert (counts.prompts, counts.octets) == (2, 16000)


def test_it_begins_and_ends(rig: Rig) -> None:
    pair = rig.call()
    call = {"callId": pair.near.call_id}
    rig.ask("stopMusic", **call)
    rig.ask("playMusic", **call)
    rig.ask("playMusic", **call)
    assert [e.source for e in rig.of(ev.ConnectionChanged)] == ["music/loud"], "the trunk's own"
    rig.listen(pair.far, 4000)
    rig.run(0.6)
    assert level_of(rig.heard(pair.far)[400:3600], 600) == pytest.approx(-14, abs=0.3)
    rig.ask("playMusic", **call, music="one")
    rig.ask("stopMusic", **call)
    rig.ask("stopMusic", **call)
    assert [e.source for e in rig.of(ev.ConnectionChanged)] == ["music/loud", "music/one", ""]
    rig.run(0.1)
    rig.listen(pair.far, 4000)
    rig.run(0.6)
    assert np.abs(rig.heard(pair.far)).max() <= 8
    # A trunk that names none has the first.
    rig.ask("playMusic", callId=pair.far.call_id)
    assert rig.of(ev.ConnectionChanged)[-1].source == "music/one"


def test_a_message_is_heard_over_it(rig: Rig) -> None:
    pair = rig.call()
    rig.write("m.wav", sine(1500, 0.5))
    rig.ask("playMusic", callId=pair.near.call_id, music="loud")
    rig.run(0.2)
    rig.listen(pair.far, 8000)
    rig.ask("playMessage", callId=pair.near.call_id, message="m.wav")
    rig.run(1.1)
    heard = rig.heard(pair.far)
    assert level_of(heard[200:3800], 1500) == pytest.approx(-10, abs=0.5)
    assert level_of(heard[4200:7800], 600) == pytest.approx(-14, abs=0.5)


def test_a_call_that_ends(rig: Rig) -> None:
    first, second = rig.call(), rig.call()
    for pair in (first, second):
        rig.ask("playMusic", callId=pair.near.call_id, music="loud")
    rig.ask("clearConnection", callId=first.near.call_id)
    rig.wait(ev.ConnectionCleared, 2)
    rig.listen(second.far, 4000)
    rig.run(0.6)
    assert level_of(rig.heard(second.far)[400:3600], 600) == pytest.approx(-14, abs=0.3)
    third = rig.call()
    rig.listen(third.far, 4000)
    rig.run(0.6)
    assert np.abs(rig.heard(third.far)).max() <= 8, "the timeslot begins without music"


def test_a_conference_hears_it(rig: Rig) -> None:
    pair = rig.call()
    number = rig.ask("createConference").conference
    rig.ask("joinConference", conference=number, callId=pair.near.call_id)
    rig.ask("playMusic", conference=number, music="loud")
    rig.run(0.5)
    rig.listen(pair.far, 4000)
    rig.run(0.6)
    assert level_of(rig.heard(pair.far)[400:3600], 600) == pytest.approx(-14, abs=0.5)
    assert (
        rig.of(ev.Play)[0].message == rig.ask("conferences").conferences[0].playing == "music/loud"
    )
    rig.ask("stopMusic", conference=number)
    assert rig.wait(ev.Stop).reason == "stopped"
    with pytest.raises((WireError, LocalError), match="is in conference"):
        rig.ask("playMusic", callId=pair.near.call_id)


def test_a_damaged_file_plays_what_is_good_and_is_told(rig: Rig) -> None:
    pair = rig.call()
    whole = (rig.directory / "two.wav").read_bytes()
    (rig.directory / "two.wav").write_bytes(whole[:4000])
    problems: list[Exception] = []
    rig.node.on_problem = problems.append
    rig.ask("playMusic", callId=pair.near.call_id, music="loud")
    assert [str(p) for p in problems] and "two.wav: it is cut short" in str(problems[0])
    rig.run(3)
    rig.listen(pair.far, 4000)
    rig.run(0.6)
    assert np.abs(rig.heard(pair.far)).max() > 1000, "it goes on for ever"


def test_refused(rig: Rig) -> None:
    pair, other = rig.call(), rig.call()
    call = {"callId": pair.near.call_id}
    for params, words in (
        ({"music": "none"}, "there is no music 'none': one, loud, absent"),
        ({"music": "absent"}, "No such file"),
    ):
        with pytest.raises((WireError, LocalError), match=words):
            rig.ask("playMusic", **call, **params)
    used = rig.node.media.cache.counts().in_use
    assert used == 0
    rig.ask("connectCalls", **call, other=other.near.call_id)
    with pytest.raises((WireError, LocalError), match="disconnect it first"):
        rig.ask("playMusic", **call)
    rig.ask("disconnectCalls", **call)
    rig.write("none.wav", sine(600, 1))
    rig.ask("playMusic", **call, music="absent")
    assert rig.of(ev.ConnectionChanged)[-1].source == "music/absent"


def test_none_is_configured(tmp_path: pathlib.Path) -> None:
    rig = Rig(tmp_path)
    pair = rig.call()
    with pytest.raises((WireError, LocalError), match=r"add \[\[media\.music\]\]"):
        rig.ask("playMusic", callId=pair.near.call_id)
    rig.close()
