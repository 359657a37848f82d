"""Conferences, connections, listening, analysis and live audio by the wire's methods."""

from __future__ import annotations

import contextlib
import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Ends, Rig, level_of, sine

from trunkd.daemon import events as ev
from trunkd.daemon.wire import WireError

TONES = (500, 900, 1300, 1700)


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def all_talk(rig: Rig, calls: list[Ends]) -> list[list[float]]:
    """Each far end sends its tone; what each far end hears of each tone, dBm0."""
    for hz, ends in zip(TONES, calls, strict=False):
        rig.listen(ends.far, 4000)
        rig.say(ends.far, sine(hz, 1, -20))
    rig.run(1)
    return [[level_of(rig.heard(ends.far)[1600:3200], hz) for hz in TONES] for ends in calls]


def hears(levels: list[float]) -> set[int]:
    return {n for n, level in enumerate(levels) if level > -30}


def test_a_conference_of_calls(rig: Rig) -> None:
    calls = [rig.call() for _ in range(4)]
    number = rig.ask("createConference", name="sales", speakers=0.1).conference
    for ends in calls[:3]:
        rig.ask("joinConference", conference=number, callId=ends.near.call_id)
    heard = all_talk(rig, calls)
    assert [hears(levels) for levels in heard] == [{1, 2}, {0, 2}, {0, 1}, set()]
    speakers = rig.of(ev.ActiveSpeakers)
    assert {call for event in speakers for call in event.calls} == {
        ends.near.call_id for ends in calls[:3]
    }
    info = rig.ask("conferences").conferences[0]
    assert info.name == "sales" and [m.role for m in info.members] == ["talk"] * 3
    # A supervisor coaches the first; then listens only.
    coach = {"conference": number, "callId": calls[3].near.call_id, "role": "coach"}
    rig.ask("joinConference", **coach, coached=calls[0].near.call_id)
    assert [hears(levels) for levels in all_talk(rig, calls)] == [
        {1, 2, 3},
        {0, 2},
        {0, 1},
        {0, 1, 2},
    ]
    rig.ask("joinConference", **{**coach, "role": "monitor"})
    assert hears(all_talk(rig, calls)[0]) == {1, 2}
    with pytest.raises(WireError, match="coach needs the call"):
        rig.ask("joinConference", **coach)
    rig.ask("leaveConference", conference=number, callId=calls[3].near.call_id)
    with pytest.raises(WireError, match="is not in conference"):
        rig.ask("leaveConference", conference=number, callId=calls[3].near.call_id)
    # A call that ends leaves.
    rig.ask("clearConnection", callId=calls[0].near.call_id)
    rig.run(1)
    changes = [(e.change, e.members) for e in rig.of(ev.ConferenceChanged)]
    assert changes[-1] == ("left", 2)
    rig.ask("closeConference", conference=number)
    assert rig.of(ev.ConferenceChanged)[-1].change == "closed"
    assert not rig.ask("conferences").conferences
    with pytest.raises(WireError, match="there is no conference"):
        rig.ask("closeConference", conference=number)
    rig.run(0.1)
    assert [hears(levels) for levels in all_talk(rig, calls[1:3])] == [set(), set()]


def test_two_calls_connected(rig: Rig) -> None:
    calls = [rig.call() for _ in range(3)]
    ids = [ends.near.call_id for ends in calls]
    rig.ask("connectCalls", callId=ids[0], other=ids[1])
    assert [hears(levels) for levels in all_talk(rig, calls)] == [{1}, {0}, set()]
    with pytest.raises(WireError, match="connected already"):
        rig.ask("connectCalls", callId=ids[0], other=ids[2])
    with pytest.raises(WireError, match="with itself"):
        rig.ask("connectCalls", callId=ids[0], other=ids[0])
    rig.ask("disconnectCalls", callId=ids[1])
    assert [hears(levels) for levels in all_talk(rig, calls)] == [set()] * 3
    rig.ask("connectCalls", callId=ids[0], other=ids[2], half=True)
    assert [hears(levels) for levels in all_talk(rig, calls)] == [set(), set(), {0}]
    # Who is only heard may hear another.
    rig.ask("connectCalls", callId=ids[1], other=ids[0], half=True)
    assert [hears(levels) for levels in all_talk(rig, calls)] == [{1}, set(), {0}]
    rig.ask("disconnectCalls", callId=ids[0])
    assert [hears(levels) for levels in all_talk(rig, calls)] == [set(), set(), {0}]
    # And that one him: two halves.
    rig.ask("connectCalls", callId=ids[2], other=ids[0], half=True)
    assert [hears(levels) for levels in all_talk(rig, calls)] == [{2}, set(), {0}]
    rig.ask("disconnectCalls", callId=ids[0])
    rig.ask("connectCalls", callId=ids[0], other=ids[2], half=True)
    # The one that is heard ends: the other is told and is free again.
    rig.ask("clearConnection", callId=ids[0])
    rig.run(1)
    assert rig.of(ev.ConnectionChanged)[-1].call_id == ids[2]
    assert rig.of(ev.ConnectionChanged)[-1].source == ""
    rig.ask("connectCalls", callId=ids[1], other=ids[2])
    assert [hears(levels) for levels in all_talk(rig, calls[1:])] == [{1}, {0}]


def test_listening(rig: Rig) -> None:
    ends = rig.call()
    where = {"callId": ends.near.call_id}
    rig.ask("startListening", **where, kinds=["dtmf", "tones", "modem", "voice"], country="GB")
    digit = sine(770, 0.1, -8) + sine(1336, 0.1, -8)
    rig.say(ends.far, np.concatenate([np.zeros(800), digit, np.zeros(800)]))
    rig.run(0.5)
    begin, end = rig.of(ev.DigitsDetected)
    assert (begin.digit, begin.ended, end.ended) == ("5", False, True)
    assert abs(end.seconds - 0.1) < 0.015 and abs(end.level_dbm0 + 8) < 1
    dial = sine(350, 3, -18) + sine(440, 3, -18)
    rig.say(ends.far, dial)
    rig.run(4)
    assert "dial" in {e.tone for e in rig.of(ev.ToneDetected)}
    rig.say(ends.far, sine(1100, 0.5, -12))
    rig.run(1)
    assert "cng" in {e.tone for e in rig.of(ev.ToneDetected)}
    assert any(e.active for e in rig.of(ev.VoiceActivity))
    rig.ask("stopListening", **where)
    rig.seen.clear()
    rig.say(ends.far, np.concatenate([np.zeros(800), digit, np.zeros(800)]))
    rig.run(0.5)
    assert not rig.seen
    with pytest.raises(WireError, match="no tones of country 'xx'"):
        rig.ask("startListening", **where, kinds=["tones"], country="XX")
    with pytest.raises(WireError, match="one of the two"):
        rig.ask("startListening", kinds=["dtmf"])


def test_levels_and_gain(rig: Rig) -> None:
    ends = rig.call()
    where = {"calls": [ends.near.call_id]}
    assert len(rig.ask("levels").levels) == 2
    rig.say(ends.far, sine(1004, 3, -13))
    rig.run(0.5)
    level = rig.ask("levels", **where).levels[0]
    assert abs(level.rms + 13) < 0.5 and level.voice and level.erl is None
    rig.ask("setGain", callId=ends.near.call_id, gain=-6)
    rig.run(0.3)
    assert abs(rig.ask("levels", **where).levels[0].rms + 19) < 0.5
    rig.ask("setEchoCanceller", callId=ends.near.call_id)
    rig.run(0.3)
    assert rig.ask("levels", **where).levels[0].erl is not None
    rig.ask("setEchoCanceller", callId=ends.near.call_id, on=False)
    rig.run(0.1)
    assert rig.ask("levels", **where).levels[0].erl is None


def test_live_audio_of_a_call(rig: Rig) -> None:
    ends = rig.call()
    audio = rig.audio(callId=ends.near.call_id, coding="alaw")
    with pytest.raises(WireError, match="live audio already"):
        rig.audio(callId=ends.near.call_id)
    said = rig.say(ends.far, sine(700, 0.5))
    rig.listen(ends.far, 2400)
    spoken = np.random.default_rng(1).integers(0, 256, 1600, dtype=np.uint8).tobytes()
    audio.send(spoken)
    rig.run(0.7)
    packets = b""
    while True:
        try:
            packets += audio.recv(4096)
        except BlockingIOError:
            break
    assert said in packets
    far = ends.far.trunk.span.timeslots[ends.far.channel]
    assert spoken in far.recorded()
    audio.close()
    rig.run(0.1)
    closed = rig.of(ev.AudioClosed)[0]
    assert closed.reason == "gone" and closed.spoken == 1600
    # Again, and ended by the daemon; then by the call.
    second = rig.audio(callId=ends.near.call_id)
    rig.ask("closeAudio", callId=ends.near.call_id)
    rig.run(0.1)
    assert rig.of(ev.AudioClosed)[1].reason == "stopped"
    third = rig.audio(callId=ends.near.call_id)
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.run(1)
    assert rig.of(ev.AudioClosed)[2].text == "the call ended"
    second.close()
    third.close()


def test_call_progress_analysis_of_a_busy_line(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("startCallProgressAnalysis", callId=ends.near.call_id, country="gb")
    beat = np.concatenate([sine(400, 0.375, -14), np.zeros(3000)])
    rig.say(ends.far, np.tile(beat, 8))
    result = rig.wait(ev.CallProgressResult)
    assert result.verdict == "busy" and result.confidence > 0.8
    with pytest.raises(WireError, match="there is no call 999"):
        rig.ask("startCallProgressAnalysis", callId=999)
    rig.run(1)
    assert len(rig.of(ev.CallProgressResult)) == 1


def test_analysis_ends_with_its_call(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("startCallProgressAnalysis", callId=ends.near.call_id)
    rig.run(0.2)
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.run(1)
    assert len(rig.of(ev.CallProgressResult)) == 1


def test_play_and_record_in_a_conference(rig: Rig) -> None:
    calls = [rig.call() for _ in range(2)]
    number = rig.ask("createConference").conference
    for ends in calls:
        rig.ask("joinConference", conference=number, callId=ends.near.call_id)
    rig.write("welcome.wav", sine(700, 1, -15))
    rig.ask("recordMessage", conference=number, message="all.wav", maxDuration=2)
    rig.ask("playMessage", conference=number, message="welcome.wav")
    for ends in calls:
        rig.listen(ends.far, 4000)
    rig.say(calls[0].far, sine(1100, 1, -20))
    rig.run(0.7)
    for ends, hertz in zip(calls, ({700}, {700, 1100}), strict=True):
        sound = rig.heard(ends.far)[1600:3200]
        assert {hz for hz in (700, 1100) if level_of(sound, hz) > -30} == hertz
    assert rig.wait(ev.Stop, 2).reason == "complete"
    with wave_of(rig, "all.wav") as samples:
        assert level_of(samples[1600:4800], 700) > -17
        assert level_of(samples[1600:4800], 1100) > -22
    info = rig.ask("conferences").conferences[0]
    assert (info.playing, info.recording) == ("", "")


@contextlib.contextmanager
def wave_of(rig: Rig, name: str) -> Iterator[np.ndarray]:
    import soundfile

    samples, rate = soundfile.read(rig.directory / name, dtype="int16")
    assert rate == 8000
    yield samples.astype(float)


def test_the_application_speaks_in_a_conference(rig: Rig) -> None:
    ends = rig.call()
    number = rig.ask("createConference").conference
    rig.ask("joinConference", conference=number, callId=ends.near.call_id)
    audio = rig.audio(conference=number)
    spoken = np.rint(sine(900, 0.4, -15)).astype("<i2").tobytes()
    for at in range(0, len(spoken), 640):
        audio.send(spoken[at : at + 640])
    rig.listen(ends.far, 1600)
    rig.say(ends.far, sine(1500, 0.4, -15))
    rig.run(0.4)
    assert level_of(rig.heard(ends.far)[800:1600], 900) > -17
    heard = b""
    while True:
        try:
            heard += audio.recv(4096)
        except BlockingIOError:
            break
    sound = np.frombuffer(heard, "<i2").astype(float)[1600:2400]
    assert level_of(sound, 1500) > -17
    assert level_of(sound, 900) < -40
    audio.close()
