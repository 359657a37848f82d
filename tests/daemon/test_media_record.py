"""Recording by the wire's methods: what is in the file, what ends it and what is told."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig, level_of, sine

from trunkd.board.events import RecordEnded
from trunkd.daemon import events as ev
from trunkd.daemon import wire
from trunkd.daemon.media_files import load
from trunkd.daemon.wire import WireError
from trunkd.errors import LocalError

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path, user='[trunk.media]\nprerecord = "5s"')
    yield made
    made.close()


def dtmf(digit: str, on: float = 0.1) -> np.ndarray:
    at = "123A456B789C*0#D".index(digit)
    return sine(ROWS[at // 4], on, -9) + sine(COLUMNS[at % 4], on, -7)


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1500, round(8000 * seconds))


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(8000 * seconds))


def start(rig: Rig, method: str, **params: Any) -> list[Exception | None]:
    """A request whose answer may come later: it is put into the list."""
    raw = msgspec.Raw(msgspec.json.encode(params))
    request = wire.Request(jsonrpc="2.0", id=1, method=method, params=raw)
    answers: list[Exception | None] = []
    result = rig.service.call(request, None)  # type: ignore[arg-type]
    result.then(lambda value, error: answers.append(error))
    return answers


class Slow:
    """A node whose file work is done when the test says so."""

    def __init__(self, rig: Rig) -> None:
        self._waiting: list[tuple[Callable[[], Any], Callable[..., None]]] = []
        rig.node.offload = lambda work, done: self._waiting.append((work, done))

    def go(self) -> None:
        while self._waiting:
            work, done = self._waiting.pop(0)
            try:
                result = work()
            except LocalError as exc:
                done(None, exc)
            else:
                done(result, None)


def sound(rig: Rig, name: str) -> np.ndarray:
    """What a WAV holds, by a reader that is not ours: frames, or frames by channels."""
    samples, rate = soundfile.read(str(rig.directory / name), dtype="int16")
    assert rate == 8000
    return samples.astype(float)


# What is in the file


def test_octets_of_the_line_are_in_the_file(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("recordMessage", callId=ends.near.call_id, message="in/a.wav", maxDuration=2)
    assert ends.near.recording == "in/a.wav"
    (began,) = rig.of(ev.Record)
    assert (began.call_id, began.message) == (ends.near.call_id, "in/a.wav")
    sent = rig.say(ends.far, noise(1.5))
    stop = rig.wait(ev.Stop)
    assert (stop.kind, stop.message, stop.reason) == ("record", "in/a.wav", "complete")
    assert (stop.octets, stop.lost, stop.text) == (16000, 0, "")
    assert ends.near.recording == ""
    prompt = load(str(rig.directory / "in" / "a.wav"), rig.node.media.law)
    assert prompt.format == "WAV A-law" and len(prompt.octets) == 16000
    assert prompt.octets.index(sent) <= 4 * 8


def test_encodings_and_directions(rig: Rig) -> None:
    for n, (encoding, subtype) in enumerate(
        [("pcm16", "PCM_16"), ("alaw", "ALAW"), ("mulaw", "ULAW")], 1
    ):
        ends = rig.call()
        call = {"callId": ends.near.call_id, "encoding": encoding, "maxDuration": 1}
        both = f"{encoding}.wav"
        rig.ask("recordMessage", **call, message=both, direction="both")
        rig.say(ends.near, sine(700, 1))
        rig.say(ends.far, sine(1500, 1))
        rig.wait(ev.Stop, n)
        assert soundfile.info(str(rig.directory / both)).subtype == subtype
        samples = sound(rig, both)
        assert samples.shape == (8000, 2)
        received, sent = samples[100:7900, 0], samples[100:7900, 1]
        assert level_of(received, 1500) == pytest.approx(-10, abs=0.3)
        assert level_of(sent, 700) == pytest.approx(-10, abs=0.3)
        assert level_of(received, 700) < -40 and level_of(sent, 1500) < -40


@pytest.mark.parametrize(("direction", "levels"), [("sent", (-10, -60)), ("mixed", (-10, -10))])
def test_other_directions(rig: Rig, direction: str, levels: tuple[float, float]) -> None:
    ends = rig.call()
    rig.ask(
        "recordMessage",
        callId=ends.near.call_id,
        message="a.wav",
        maxDuration=1,
        direction=direction,
    )
    rig.say(ends.near, sine(700, 1))
    rig.say(ends.far, sine(1500, 1))
    rig.wait(ev.Stop)
    samples = sound(rig, "a.wav")[100:7900]
    for hz, level in zip((700, 1500), levels, strict=True):
        found = level_of(samples, hz)
        assert found == pytest.approx(level, abs=0.3) if level > -60 else found < -40


def test_appending(rig: Rig) -> None:
    ends = rig.call()
    for n, hz in enumerate((500, 1000, 1500), 1):
        rig.ask(
            "recordMessage",
            callId=ends.near.call_id,
            message="a.wav",
            maxDuration=0.5,
            append=n > 1,
        )
        rig.say(ends.far, sine(hz, 0.6))
        rig.wait(ev.Stop, n)
        rig.run(0.3)
    samples = sound(rig, "a.wav")
    assert len(samples) == 12000
    for n, hz in enumerate((500, 1000, 1500)):
        part = samples[4000 * n + 100 : 4000 * n + 3900]
        assert level_of(part, hz) == pytest.approx(-10, abs=0.3)
    with pytest.raises((WireError, LocalError), match="its format is not pcm16"):
        rig.ask(
            "recordMessage",
            callId=ends.near.call_id,
            message="a.wav",
            append=True,
            encoding="pcm16",
        )
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", maxDuration=0.5)
    rig.wait(ev.Stop, 4)
    assert len(sound(rig, "a.wav")) == 4000, "without append it begins anew"


def test_suspend_and_resume(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.ask("recordMessage", **call, message="a.wav")
    rig.say(ends.far, np.concatenate([sine(500, 1), sine(1000, 1), sine(1500, 1)]))
    rig.run(1)
    for _ in range(2):
        rig.ask("suspendMedia", **call, kind="record")
    rig.run(1)
    for _ in range(2):
        rig.ask("resumeMedia", **call)
    rig.run(1)
    rig.ask("stopMedia", **call)
    stop = rig.wait(ev.Stop)
    assert stop.reason == "stopped"
    samples = sound(rig, "a.wav")
    assert len(samples) == stop.octets == pytest.approx(16000, abs=40)
    assert level_of(samples[100:7900], 500) == pytest.approx(-10, abs=0.3)
    assert level_of(samples[8100:15900], 1500) == pytest.approx(-10, abs=0.3)
    (paused,), (resumed,) = rig.of(ev.Suspend), rig.of(ev.Resume)
    assert (paused.kind, paused.position) == ("record", pytest.approx(1, abs=0.005))
    assert (resumed.kind, resumed.position) == ("record", pytest.approx(1, abs=0.005))


def test_beep(rig: Rig) -> None:
    ends = rig.call()
    rig.listen(ends.far, 8000)
    answers = start(
        rig, "recordMessage", callId=ends.near.call_id, message="a.wav", beep=True, maxDuration=1
    )
    assert answers == [] and not rig.of(ev.Record), "it does not record yet"
    rig.say(ends.far, sine(700, 2))
    stop = rig.wait(ev.Stop)
    assert answers == [None]
    assert (stop.kind, stop.octets) == ("record", 8000)
    assert len(rig.of(ev.Stop)) == 1 and not rig.of(ev.Play), "of the beep nothing is told"
    assert rig.of(ev.Record)[0].time == pytest.approx(stop.time - 1e9, abs=5e6)
    heard = rig.heard(ends.far)
    assert level_of(heard[100:2400], 1000) == pytest.approx(-10, abs=0.3)
    assert np.abs(heard[2500:]).max() <= 8
    assert level_of(sound(rig, "a.wav")[100:7900], 700) == pytest.approx(-10, abs=0.3)


def test_time_before(rig: Rig) -> None:
    ends = rig.call()
    rig.say(ends.far, np.concatenate([sine(500, 2), sine(1000, 2)]))
    rig.run(3)
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", before=2, maxDuration=3)
    stop = rig.wait(ev.Stop)
    assert stop.octets == 24000
    samples = sound(rig, "a.wav")
    assert level_of(samples[200:7800], 500) == pytest.approx(-10, abs=0.3)
    assert level_of(samples[8200:23000], 1000) == pytest.approx(-10, abs=0.3)
    for call, params, words in (
        (ends.near, {"before": 6}, r"only the last 5 s are kept"),
        (ends.far, {"before": 1}, r"no time before is kept of .*: set prerecord"),
        (ends.near, {"before": 1, "beep": True}, "has no beep"),
    ):
        with pytest.raises(WireError, match=words):
            rig.ask("recordMessage", callId=call.call_id, message="b.wav", **params)


# What ends it


def test_a_digit_ends_it_and_is_not_in_the_file(rig: Rig) -> None:
    for n, cut in enumerate((True, False), 1):
        ends = rig.call()
        rig.ask(
            "recordMessage",
            callId=ends.near.call_id,
            message="a.wav",
            stopOnDigits="#",
            cutDigits=cut,
        )
        rig.say(ends.far, np.concatenate([sine(300, 1), quiet(0.1), dtmf("5"), dtmf("#")]))
        stop = rig.wait(ev.Stop, n)
        assert (stop.reason, stop.digit) == ("digit", "#")
        samples = sound(rig, "a.wav")
        assert len(samples) == stop.octets
        # 1.2 s before it began; it is known 30 to 60 ms later.
        assert len(samples) == pytest.approx(9616 if cut else 9960, abs=130)
        assert bool(level_of(samples[-240:], 1477) < -20) is cut


@pytest.mark.parametrize(
    ("said", "limits", "seconds"),
    [
        (quiet(8), {"initialSilence": 2, "silence": 1}, (1.9, 2.3)),
        (np.concatenate([noise(1), quiet(7)]), {"initialSilence": 2, "silence": 1.5}, (2.4, 3.0)),
        (np.concatenate([quiet(1.5), noise(1), quiet(6)]), {"initialSilence": 2}, (6, 6)),
    ],
)
def test_silence_ends_it(
    rig: Rig, said: np.ndarray, limits: dict[str, float], seconds: tuple[float, float]
) -> None:
    ends = rig.call()
    rig.say(ends.far, said)
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", maxDuration=6, **limits)
    stop = rig.wait(ev.Stop)
    assert stop.reason == ("silence" if seconds != (6, 6) else "complete")
    assert seconds[0] <= stop.octets / 8000 <= seconds[1]
    assert len(sound(rig, "a.wav")) == stop.octets


def test_the_end_of_the_call_finishes_the_file(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", encoding="pcm16")
    rig.say(ends.far, sine(700, 3))
    rig.run(1)
    rig.ask("clearConnection", callId=ends.near.call_id)
    stop = rig.wait(ev.Stop)
    assert (stop.reason, stop.text, stop.call_id) == (
        "stopped",
        "the call ended",
        ends.near.call_id,
    )
    samples = sound(rig, "a.wav")
    assert len(samples) == stop.octets > 7900
    assert level_of(samples[100:7900], 700) == pytest.approx(-10, abs=0.3)
    assert ends.near.recording == "" and not rig.node.media.late
    # The file is free again, and so is the timeslot.
    again = rig.call()
    rig.ask("recordMessage", callId=again.near.call_id, message="a.wav", maxDuration=0.1)
    assert rig.wait(ev.Stop, 2).octets == 800


def test_stop_and_record_in_one_breath(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.ask("recordMessage", **call, message="a.wav")
    rig.run(0.5)
    rig.ask("stopMedia", **call, kind="record")
    rig.ask("stopMedia", **call, kind="play")
    answers = start(rig, "recordMessage", **call, message="b.wav", maxDuration=0.5)
    with pytest.raises(LocalError, match="busy with record"):
        rig.ask("recordMessage", **call, message="c.wav")
    rig.wait(ev.Stop, 2)
    assert answers == [None]
    assert [(e.message, e.reason) for e in rig.of(ev.Stop)] == [
        ("a.wav", "stopped"),
        ("b.wav", "complete"),
    ]
    assert not (rig.directory / "c.wav").exists()
    # And where the call ends while the file is being finished.
    rig.ask("recordMessage", **call, message="d.wav")
    rig.run(0.2)
    slow = Slow(rig)
    rig.ask("stopMedia", **call)
    answers = start(rig, "recordMessage", **call, message="e.wav")
    rig.ask("clearConnection", **call)
    rig.wait(ev.ConnectionCleared, 2)
    assert "the call ended" in str(answers[0])
    assert len(rig.of(ev.Stop)) == 2
    slow.go()
    assert rig.of(ev.Stop)[2].message == "d.wav"
    assert not (rig.directory / "e.wav").exists()


def test_play_and_record_at_once(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.write("p.wav", sine(700, 1))
    rig.ask("recordMessage", **call, message="a.wav", direction="both")
    rig.ask("playMessage", **call, message="p.wav")
    rig.wait(ev.Stop)
    rig.run(0.5)
    rig.ask("stopMedia", **call)
    stop = rig.wait(ev.Stop, 2)
    assert (stop.kind, stop.reason) == ("record", "stopped")
    samples = sound(rig, "a.wav")
    assert level_of(samples[200:7800, 1], 700) == pytest.approx(-10, abs=0.3)
    assert np.abs(samples[8100:, 1]).max() <= 8


def test_the_end_that_the_board_could_not_tell(rig: Rig) -> None:
    ends = rig.call()
    unit = rig.node.boards["b0"]
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", maxDuration=2)
    rig.run(0.2)
    rig.node.media.lost(unit.board)
    assert rig.wait(ev.Stop).reason == "complete", "what still records goes on"
    rig.ask("recordMessage", callId=ends.near.call_id, message="a.wav", maxDuration=1)
    ended = False
    while not ended:
        unit.board.step(rig.node.now() + 10**9)
        ended = any(isinstance(e, RecordEnded) for e in unit.board.events())
    rig.node.media.lost(unit.board)
    rig.run(0.6)
    stop = rig.of(ev.Stop)[1]
    assert (stop.reason, stop.octets) == ("stopped", 8000)
    assert "lost" in stop.text
    assert len(sound(rig, "a.wav")) == 8000
    assert ends.near.recording == ""


# While files are opened, and what is refused


@pytest.mark.parametrize("end", ["stopMedia", "clearConnection"])
@pytest.mark.parametrize("beep", [False, True])
def test_ended_before_it_began(rig: Rig, end: str, beep: bool) -> None:
    ends = rig.call()
    slow = Slow(rig)
    answers = start(rig, "recordMessage", callId=ends.near.call_id, message="a.wav", beep=beep)
    if beep:
        slow.go()
        rig.run(0.1)
    rig.ask(end, callId=ends.near.call_id)
    rig.run(0.5)
    slow.go()
    assert "stopped before it began" in str(answers[0])
    assert not rig.of(ev.Record) and not rig.of(ev.Stop)
    assert ends.near.recording == ""
    again = rig.call()
    other = start(rig, "recordMessage", callId=again.near.call_id, message="a.wav", maxDuration=1)
    slow.go()
    assert other == [None], "its file is not locked any more"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"message": "../a.wav"}, "not below the media directory"),
        ({"message": "a.mp3"}, "must end in .wav"),
        ({"message": "dir.wav"}, "dir.wav: a directory"),
        ({"message": "a.wav", "beep": True}, "busy with play"),
        ({"message": "busy.wav"}, "it is being recorded"),
        ({"message": "text.wav", "append": True}, "no WAV file"),
    ],
)
def test_refused(rig: Rig, params: dict[str, Any], words: str) -> None:
    ends = rig.call()
    (rig.directory / "dir.wav").mkdir()
    (rig.directory / "text.wav").write_text("this is no sound")
    rig.ask("recordMessage", callId=ends.far.call_id, message="busy.wav")
    rig.ask("generateTone", callId=ends.near.call_id, tone="cn/dial")
    before = len(rig.of(ev.Record))
    with pytest.raises((WireError, LocalError), match=words):
        rig.ask("recordMessage", callId=ends.near.call_id, **params)
    assert ends.near.recording == ""
    assert len(rig.of(ev.Record)) == before
    rig.ask("recordMessage", callId=ends.near.call_id, message="good.wav", maxDuration=0.1)
    assert rig.wait(ev.Stop).reason == "complete"
