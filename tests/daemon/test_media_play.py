"""Playing by the wire's methods: what goes out, what ends it and what is told."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig, level_of, sine

from trunkd.board.events import PlayEnded
from trunkd.daemon import events as ev
from trunkd.daemon import methods_media as m
from trunkd.daemon import wire
from trunkd.daemon.calls import Call
from trunkd.daemon.wire import WireError
from trunkd.errors import LocalError

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def dtmf(digits: str, on: float = 0.08, off: float = 0.08) -> np.ndarray:
    parts = []
    for digit in digits:
        at = "123A456B789C*0#D".index(digit)
        parts.append(sine(ROWS[at // 4], on, -9) + sine(COLUMNS[at % 4], on, -7))
        parts.append(np.zeros(round(8000 * off)))
    return np.concatenate(parts)


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    """Nothing that a detector takes for something."""
    return np.random.default_rng(seed).normal(0, 1500, round(8000 * seconds))


def start(rig: Rig, method: str, **params: Any) -> list[Exception | None]:
    """A request whose answer may come later: it is put into the list."""
    raw = msgspec.Raw(msgspec.json.encode(params))
    request = wire.Request(jsonrpc="2.0", id=1, method=method, params=raw)
    answers: list[Exception | None] = []
    result = rig.service.call(request, None)  # type: ignore[arg-type]
    result.then(lambda value, error: answers.append(error))
    return answers


def told(rig: Rig, *kinds: type[ev.Event]) -> list[str]:
    return [type(event).__name__ for event in rig.seen if isinstance(event, kinds)]


def received(rig: Rig, call: Call) -> bytes:
    return call.trunk.span.timeslots[call.channel].recorded()


# What goes out


def test_a_message_goes_out_octet_for_octet(rig: Rig) -> None:
    ends = rig.call()
    name = rig.write("hello.wav", noise(1))
    sent = rig.node.media.cache.take(str(rig.directory / name), rig.node.media.law).octets
    rig.listen(ends.far, 12000)
    rig.ask("playMessage", callId=ends.near.call_id, message=name)
    assert ends.near.playing == name
    assert rig.ask("snapshotCall", callId=ends.near.call_id).playing == name
    (began,) = rig.of(ev.Play)
    assert (began.call_id, began.device, began.message) == (
        ends.near.call_id,
        ends.near.device,
        name,
    )
    stop = rig.wait(ev.Stop)
    assert (stop.kind, stop.message, stop.octets, stop.reason, stop.text) == (
        "play",
        name,
        8000,
        "complete",
        "",
    )
    assert stop.time - began.time == pytest.approx(1e9, abs=3e6)
    rig.run(0.2)
    heard = received(rig, ends.far)
    at = heard.index(sent)
    assert at <= 4 * 8, "it begins within two blocks, and takes two on the cable"
    assert set(heard[at + 8000 :]) == {0xD5}
    assert ends.near.playing == ""


def test_a_list_of_all_kinds(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", sine(700, 0.5))
    rig.listen(ends.far, 50000)
    rig.ask("startListening", callId=ends.far.call_id, kinds=["dtmf"])
    items = [
        {"file": "a.wav"},
        {"silence": 0.5},
        {"tone": "CN/busy", "seconds": 0.7},
        {"digits": "59#", "on": 0.1, "off": 0.1, "level": -10},
        {"tone": "dial", "seconds": 0.5, "level": -20},
    ]
    rig.ask("playMessage", callId=ends.near.call_id, items=items, repeat=2)
    assert rig.of(ev.Play)[0].message == "5 items"
    stop = rig.wait(ev.Stop)
    assert (stop.reason, stop.octets) == ("complete", 2 * 8 * (500 + 500 + 700 + 600 + 500))
    heard = rig.heard(ends.far)[16:]
    for again in (0, 22400):
        part = heard[again : again + 22400]
        assert level_of(part[200:3800], 700) == pytest.approx(-10, abs=0.3)
        assert np.abs(part[4100:7900]).max() < 20
        assert level_of(part[8200:10600], 450) == pytest.approx(-10, abs=0.3)
        assert np.abs(part[11000:13500]).max() < 20, "busy is 0.35 s on and off in China"
        assert level_of(part[18600:22300], 450) == pytest.approx(-20, abs=0.3)
    digits = [e for e in rig.of(ev.DigitsDetected) if e.ended]
    assert "".join(e.digit for e in digits) == "59#59#"
    assert {round(e.seconds, 2) for e in digits} == {0.1}


def test_first_sample_within_two_blocks_when_the_prompt_is_known(rig: Rig) -> None:
    rig.write("a.wav", noise(0.2))
    for _ in range(2):
        ends = rig.call()
        rig.listen(ends.far, 4000)
        rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
        rig.run(0.3)
        heard = received(rig, ends.far)
        # Two blocks of 1 ms, and two more on the cable.
        assert next(n for n, octet in enumerate(heard) if octet != 0xD5) <= 4 * 8


def test_one_copy_of_a_prompt_for_all(rig: Rig) -> None:
    rig.write("a.wav", noise(1))
    ends = [rig.call() for _ in range(10)]
    for pair in ends:
        rig.ask("playMessage", callId=pair.near.call_id, message="a.wav")
    counts = rig.node.media.cache.counts()
    assert (counts.prompts, counts.octets, counts.in_use, counts.misses) == (1, 8000, 1, 1)
    rig.wait(ev.Stop, 10)
    assert rig.node.media.cache.counts().in_use == 0


def test_position_volume_and_speed(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", np.concatenate([sine(700, 1, -20), sine(1500, 1, -20)]))
    rig.listen(ends.far, 12000)
    rig.ask(
        "playMessage", callId=ends.near.call_id, message="a.wav", position=1, volume=6, speed=0.5
    )
    stop = rig.wait(ev.Stop)
    assert stop.octets == pytest.approx(16000, abs=200)
    heard = rig.heard(ends.far)
    assert level_of(heard[1000:9000], 1500) == pytest.approx(-14, abs=0.7)
    assert level_of(heard[1000:9000], 700) < -40


def test_digits_and_tones(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("startListening", callId=ends.far.call_id, kinds=["dtmf", "r2f", "tones"])
    rig.ask("generateDigits", callId=ends.near.call_id, digits="0123456789*#ABCD")
    assert rig.of(ev.Play)[0].message == "digits 0123456789*#ABCD"
    assert rig.wait(ev.Stop).octets == 16 * 8 * 160
    rig.ask("generateDigits", callId=ends.near.call_id, digits="159", kind="r2f")
    rig.wait(ev.Stop, 2)
    heard = [(e.kind, e.digit) for e in rig.of(ev.DigitsDetected) if e.ended]
    assert "".join(d for kind, d in heard if kind == "dtmf") == "0123456789*#ABCD"
    assert "".join(d for kind, d in heard if kind == "r2f") == "159"
    rig.ask("generateTone", callId=ends.near.call_id, tone="CN/busy", seconds=5)
    assert rig.wait(ev.Stop, 3).octets == 40000
    assert "busy" in {e.tone for e in rig.of(ev.ToneDetected)}
    rig.ask("generateTone", callId=ends.near.call_id, tone="ringback")
    rig.run(20)
    assert len(rig.of(ev.Stop)) == 3, "it goes on until it is stopped"
    rig.ask("stopMedia", callId=ends.near.call_id, kind="play")
    assert rig.wait(ev.Stop, 4).reason == "stopped"
    assert "ringback" in {e.tone for e in rig.of(ev.ToneDetected)}


# What ends it


def test_stopping(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(5))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.run(1)
    rig.ask("stopMedia", callId=ends.near.call_id)
    stop = rig.wait(ev.Stop)
    assert stop.reason == "stopped"
    assert stop.octets == pytest.approx(8000, abs=24)
    rig.ask("stopMedia", callId=ends.near.call_id)
    assert told(rig, ev.Play, ev.Stop) == ["Play", "Stop"]


def test_stop_and_play_in_one_breath(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(5))
    rig.write("b.wav", noise(0.5))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.run(1)
    rig.ask("stopMedia", callId=ends.near.call_id)
    answers = start(rig, "playMessage", callId=ends.near.call_id, message="b.wav")
    with pytest.raises(WireError, match="busy with play"):
        rig.ask("generateTone", callId=ends.near.call_id, tone="CN/busy")
    rig.wait(ev.Stop, 2)
    assert answers == [None]
    assert [(e.message, e.reason) for e in rig.of(ev.Stop)] == [
        ("a.wav", "stopped"),
        ("b.wav", "complete"),
    ]
    rig.ask("generateTone", callId=ends.near.call_id, tone="CN/busy")
    rig.ask("stopMedia", callId=ends.near.call_id)
    rig.ask("generateDigits", callId=ends.near.call_id, digits="1")
    assert rig.wait(ev.Stop, 4).message == "digits 1"


@pytest.mark.parametrize(("stops", "keyed", "reason"), [("5#", "15", "digit"), ("#", "15", "")])
def test_digits_end_it(rig: Rig, stops: str, keyed: str, reason: str) -> None:
    ends = rig.call()
    rig.write("a.wav", sine(300, 3, -20))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav", stopOnDigits=stops)
    rig.run(0.5)
    rig.say(ends.far, dtmf(keyed))
    stop = rig.wait(ev.Stop)
    if reason:
        assert (stop.reason, stop.digit) == ("digit", "5")
        # The second digit begins 0.16 s later, and is known after 30 to 45 ms.
        assert 8 * 680 <= stop.octets <= 8 * 730
    else:
        assert (stop.reason, stop.digit) == ("complete", "")
    assert not rig.of(ev.DigitsDetected), "nobody asked for them"


def test_speech_ends_it(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", sine(300, 5, -20))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav", stopOnVoice=True)
    rig.run(1)
    assert not rig.of(ev.Stop)
    rig.say(ends.far, noise(2))
    stop = rig.wait(ev.Stop)
    assert stop.reason == "voice"
    assert 8000 < stop.octets < 12000


def test_a_damaged_file_ends_in_silence_and_is_told(rig: Rig) -> None:
    """A 10 s prompt that lost its second half: what is good is played, then silence."""
    ends = rig.call()
    rig.write("a.wav", noise(10))
    whole = (rig.directory / "a.wav").read_bytes()
    (rig.directory / "a.wav").write_bytes(whole[: len(whole) // 2])
    rig.listen(ends.far, 80000)
    rig.write("b.wav", noise(1))
    items = [{"file": "a.wav"}, {"file": "b.wav"}]
    rig.ask("playMessage", callId=ends.near.call_id, items=items)
    stop = rig.wait(ev.Stop)
    assert stop.reason == "damaged"
    assert stop.octets == pytest.approx(40000, abs=60)
    assert "cut short" in stop.text and "at second 5.0" in stop.text
    rig.run(3)
    heard = rig.heard(ends.far)
    assert np.abs(heard[20000:39000]).max() > 1000
    assert np.abs(heard[stop.octets + 40 :]).max() <= 8
    assert rig.node.media.cache.counts().prompts == 1, "a mended file is read again"


def test_the_end_of_the_call_ends_it(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(5))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.run(1)
    rig.ask("suspendMedia", callId=ends.near.call_id)
    rig.run(1)
    rig.ask("resumeMedia", callId=ends.near.call_id)
    rig.run(1)
    rig.ask("clearConnection", callId=ends.far.call_id)
    stop = rig.wait(ev.Stop)
    assert (stop.reason, stop.text) == ("stopped", "the call ended")
    assert stop.octets == pytest.approx(16000, abs=1000)
    assert rig.node.media.cache.counts().in_use == 0
    rig.wait(ev.ConnectionCleared, 2)
    order = [e for e in rig.seen if isinstance(e, ev.Stop | ev.ConnectionCleared)]
    mine = [e for e in order if e.call_id == ends.near.call_id]
    assert [type(e) for e in mine] == [ev.Stop, ev.ConnectionCleared]


def test_the_end_that_the_board_could_not_tell(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(1))
    unit = rig.node.boards["b0"]
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.run(0.2)
    rig.node.media.lost(unit.board)
    stop = rig.wait(ev.Stop)
    assert stop.reason == "complete", "what still plays goes on"
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    ended = False
    while not ended:
        unit.board.step(rig.node.now() + 10**9)
        ended = any(isinstance(e, PlayEnded) for e in unit.board.events())
    rig.node.media.lost(unit.board)
    rig.run(0.6)
    assert rig.of(ev.Stop)[1].reason == "failed"
    assert "lost" in rig.of(ev.Stop)[1].text
    assert ends.near.playing == ""
    assert rig.node.media.cache.counts().in_use == 0


# What changes it


def test_suspend_and_resume(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(2))
    rig.ask("suspendMedia", callId=ends.near.call_id)
    rig.ask("resumeMedia", callId=ends.near.call_id)
    assert not rig.of(ev.Suspend) and not rig.of(ev.Resume)
    rig.listen(ends.far, 40000)
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.run(1)
    for _ in range(2):
        rig.ask("suspendMedia", callId=ends.near.call_id, kind="play")
    rig.run(2)
    for _ in range(2):
        rig.ask("resumeMedia", callId=ends.near.call_id)
    stop = rig.wait(ev.Stop)
    assert stop.reason == "complete"
    assert stop.octets == pytest.approx(16000, abs=100)
    assert told(rig, ev.Play, ev.Suspend, ev.Resume, ev.Stop) == [
        "Play",
        "Suspend",
        "Resume",
        "Stop",
    ]
    (paused,), (resumed,) = rig.of(ev.Suspend), rig.of(ev.Resume)
    assert (paused.kind, paused.message) == (resumed.kind, resumed.message) == ("play", "a.wav")
    assert paused.position == pytest.approx(1, abs=0.01)
    assert resumed.position == pytest.approx(1, abs=0.01)
    heard = np.abs(rig.heard(ends.far))
    assert heard[8200:23800].max() <= 8
    assert heard[24200:31800].max() > 1000


def test_reposition_and_attributes(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.write("a.wav", np.concatenate([sine(300 + 200 * n, 1, -20) for n in range(6)]))
    rig.ask("playMessage", **call, message="a.wav")
    rig.listen(ends.far, 40000)
    rig.run(0.5)
    rig.ask("reposition", **call, seconds=4)
    rig.run(0.5)
    rig.ask("reposition", **call, seconds=-2, relative=True)
    rig.run(0.4)
    rig.ask("setVoiceAttribute", **call, volume=10)
    rig.run(0.6)
    heard = rig.heard(ends.far)
    assert level_of(heard[400:3600], 300) == pytest.approx(-20, abs=0.5)
    assert level_of(heard[4400:7600], 1100) == pytest.approx(-20, abs=0.5)
    assert level_of(heard[8400:11000], 700) == pytest.approx(-20, abs=0.5)
    assert level_of(heard[12200:15800], 900) == pytest.approx(-10, abs=0.5)
    assert [e.position for e in rig.of(ev.Resume)] == [
        4,
        pytest.approx(2.5, abs=0.02),
        pytest.approx(2.9, abs=0.02),
    ]
    with pytest.raises(WireError, match="0 s or more"):
        rig.ask("reposition", **call, seconds=-1)
    with pytest.raises(WireError, match="volume, speed or both"):
        rig.ask("setVoiceAttribute", **call)
    rig.ask("setVoiceAttribute", **call, speed=2)
    began = rig.node.now()
    rig.wait(ev.Stop)
    assert (rig.node.now() - began) / 1e9 == pytest.approx(1.25, abs=0.1)
    for method, params in (("reposition", {"seconds": 1}), ("setVoiceAttribute", {"speed": 1})):
        with pytest.raises(WireError, match="plays nothing"):
            rig.ask(method, **call, **params)


# While files are read


class Slow:
    """A node whose file work is done when the test says so."""

    def __init__(self, rig: Rig) -> None:
        self._waiting: list[tuple[Callable[[], Any], Callable[..., None]]] = []
        rig.node.offload = lambda work, done: self._waiting.append((work, done))

    def go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for work, done in waiting:
            try:
                result = work()
            except LocalError as exc:
                done(None, exc)
            else:
                done(result, None)


def test_stopped_while_its_file_is_read(rig: Rig) -> None:
    ends = rig.call()
    slow = Slow(rig)
    rig.write("a.wav", noise(1))
    first = start(rig, "playMessage", callId=ends.near.call_id, message="a.wav")
    with pytest.raises(WireError, match="busy with play"):
        rig.ask("generateDigits", callId=ends.near.call_id, digits="1")
    rig.ask("stopMedia", callId=ends.near.call_id)
    assert ends.near.playing == ""
    second = start(rig, "playMessage", callId=ends.near.call_id, message="a.wav")
    slow.go()
    assert "stopped before" in str(first[0])
    assert second == [None]
    assert ends.near.playing == "a.wav"
    rig.wait(ev.Stop)
    assert told(rig, ev.Play, ev.Stop) == ["Play", "Stop"]
    assert rig.node.media.cache.counts().in_use == 0


def test_cleared_while_its_file_is_read(rig: Rig) -> None:
    ends = rig.call()
    slow = Slow(rig)
    rig.write("a.wav", noise(1))
    answers = start(rig, "playMessage", callId=ends.near.call_id, message="a.wav")
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.wait(ev.ConnectionCleared, 2)
    slow.go()
    assert isinstance(answers[0], Exception)
    assert not rig.of(ev.Play) and not rig.of(ev.Stop)
    assert rig.node.media.cache.counts().in_use == 0


def test_no_second_reading_of_a_known_prompt(rig: Rig) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(0.1))
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.wait(ev.Stop)
    Slow(rig)
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    rig.wait(ev.Stop, 2)


# What is refused


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("playMessage", {}, "message or items"),
        ("playMessage", {"message": "a.wav", "items": [{"file": "a.wav"}]}, "message or items"),
        ("playMessage", {"message": "none.wav"}, "No such file"),
        ("playMessage", {"message": "../a.wav"}, "not below the media directory"),
        ("playMessage", {"message": "a.exe"}, "no voice file"),
        ("playMessage", {"message": "text.wav"}, "not a sound file"),
        ("playMessage", {"items": [{}]}, "file, tone, digits and silence, not 0"),
        (
            "playMessage",
            {"items": [{"file": "a.wav"}, {"silence": 1, "tone": "x"}]},
            "item 2: give",
        ),
        ("playMessage", {"items": [{"file": "a.wav"}, {"file": "none.wav"}]}, "No such file"),
        ("playMessage", {"items": [{"tone": "cn/engaged"}]}, "no tone"),
        ("playMessage", {"items": [{"tone": "zz/busy"}]}, "no tones of country 'zz'"),
        ("playMessage", {"items": [{"tone": "cn/busy"}, {"silence": 1}]}, "never ends"),
        ("playMessage", {"items": [{"digits": "K"}]}, "no DTMF digit 'K'"),
        ("generateTone", {"tone": "cn/engaged"}, "no tone"),
        ("generateDigits", {"digits": "S"}, "no DTMF digit 'S'"),
    ],
)
def test_refused(rig: Rig, method: str, params: dict[str, Any], words: str) -> None:
    ends = rig.call()
    rig.write("a.wav", noise(0.1))
    (rig.directory / "text.wav").write_text("this is no sound")
    with pytest.raises((WireError, LocalError), match=words):
        rig.ask(method, callId=ends.near.call_id, **params)
    assert ends.near.playing == ""
    assert not rig.of(ev.Play)
    assert rig.node.media.cache.counts().in_use == 0
    rig.ask("playMessage", callId=ends.near.call_id, message="a.wav")
    assert rig.wait(ev.Stop).reason == "complete"


def test_parameters_are_checked_before_anything_is_done() -> None:
    for text in (
        b'{"callId":1,"message":"a.wav","volume":30}',
        b'{"callId":1,"message":"a.wav","speed":3}',
        b'{"callId":1,"message":"a.wav","stopOnDigits":"E"}',
        b'{"callId":1,"message":"a.wav","loud":1}',
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=m.PlayMessage)
