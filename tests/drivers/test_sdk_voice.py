"""What channels of a maker's library play, hear, send, record and connect, over their doubles: the
same for the drivers that can all of it. test_donjin_board.py has the cards that cannot."""

from __future__ import annotations

import pathlib
import sys
import wave

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import WHOLE
from sdk_rig import SdkBench, Talk, loudest, rig

from trunkd.board.call_control import CallEnded
from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Listen, Role
from trunkd.board.media_events import DigitHeard, DigitKind
from trunkd.board.model import Law
from trunkd.board.play import Octets, PlayOptions, Silence, digits, tone
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon import events as ev
from trunkd.daemon.media_recording import finish, open_recording
from trunkd.daemon.methods import ClearConnection
from trunkd.daemon.methods_media import GenerateDigits, StartListening
from trunkd.errors import DriverError, LocalError

IDLE = b"\xd5"


pytestmark = pytest.mark.parametrize("name", WHOLE, indirect=True, scope="module")


def test_played_octets_arrive_exactly(talk: Talk) -> None:
    speech = rig.noise(4000)
    name = talk.hear()
    talk.slot.play_list([Octets(speech[:1000], Law.A), Silence(50), Octets(speech[1000:], Law.A)])
    end = talk.bench.wait_for(PlayEnded)
    assert (end.octets, end.reason) == (4400, MediaEnd.COMPLETE)
    kept = talk.heard(name)
    at = kept.index(speech[:1000])
    assert kept[at : at + 4400] == speech[:1000] + IDLE * 400 + speech[1000:]


def test_playing_again_and_again(talk: Talk) -> None:
    speech = rig.noise(1200, 2)
    name = talk.hear()
    talk.slot.play_list([Octets(speech, Law.A)], PlayOptions(times=3), tag=4)
    end = talk.bench.wait_for(PlayEnded)
    assert (end.tag, end.reason) == (4, MediaEnd.COMPLETE)
    assert talk.heard(name).count(speech) == 3


def test_stop(talk: Talk) -> None:
    talk.slot.play_list([tone("cn", "ringback")], tag=8)
    talk.bench.wait(lambda: talk.slot.play_position() > 200_000_000)
    with pytest.raises(LocalError, match="plays already"):
        talk.slot.play(b"x")
    talk.slot.stop_play()
    talk.slot.stop_play()
    end = talk.bench.wait_for(PlayEnded)
    assert (end.tag, end.reason) == (8, MediaEnd.STOPPED) and end.octets >= 1600
    talk.slot.play(IDLE * 80, tag=9)
    assert talk.bench.wait_for(PlayEnded).tag == 9


def test_pause_seek_volume(talk: Talk) -> None:
    loud = rig.tone(4, 1000)
    name = talk.hear()
    talk.slot.play_list([Octets(loud, Law.A)], PlayOptions(volume_db=-20))
    talk.slot.pause_play()
    talk.slot.resume_play()
    talk.slot.seek_play(3_000_000_000)
    end = talk.bench.wait_for(PlayEnded)
    assert end.reason is MediaEnd.COMPLETE
    kept = talk.heard(name)
    heard = np.frombuffer(kept, np.uint8) != 0xD5
    assert 4000 < heard.sum() < 24000  # of 32000
    assert 500 < loudest(kept, 1000) < 1000  # of 8000


def test_tones(talk: Talk) -> None:
    name = talk.hear()
    talk.slot.play_list([tone("cn", "busy", 700)])
    talk.bench.wait_for(PlayEnded)
    kept = talk.heard(name)
    at = next(i for i, octet in enumerate(kept) if octet != 0xD5)
    assert rig.level(kept[at : at + 2400], 450) > 5000  # -10 dBm0
    assert set(kept[at + 2900 : at + 5500]) == {0xD5}


@pytest.mark.parametrize("kind", ["by the board", "as sound"])
def test_digits_out(talk: Talk, kind: str) -> None:
    talk.party.client.call(StartListening(call_id=talk.call, kinds=["dtmf"]))
    sent = digits(DigitKind.DTMF, "159#D")
    talk.slot.play_list([sent] if kind == "by the board" else [Silence(20), sent], tag=6)
    got = ""
    while len(got) < 5:
        event = talk.party.wait(ev.DigitsDetected, call_id=talk.call)
        got += event.digit if not event.ended else ""
    assert got == "159#D"
    end = talk.bench.wait_for(PlayEnded)
    assert (end.tag, end.reason) == (6, MediaEnd.COMPLETE)


def test_digits_in(talk: Talk) -> None:
    talk.slot.listen(Listen.DTMF)
    talk.party.client.call(GenerateDigits(call_id=talk.call, digits="12*0"))
    talk.party.wait(ev.Stop, call_id=talk.call, kind="play")
    got = [talk.bench.wait_for(DigitHeard, ended=False).digit for _ in range(4)]
    assert "".join(got) == "12*0"


def test_a_digit_ends_playing(talk: Talk) -> None:
    talk.slot.listen(Listen.DTMF)
    talk.slot.play_list([Octets(rig.noise(80000), Law.A)], PlayOptions(stop_digits="#"), tag=2)
    talk.party.client.call(GenerateDigits(call_id=talk.call, digits="5#"))
    end = talk.bench.wait_for(PlayEnded)
    assert (end.tag, end.reason, end.digit) == (2, MediaEnd.DIGIT, "#")
    assert 0 < end.octets < 80000


def test_record(talk: Talk) -> None:
    speech = rig.noise(8000, 3)
    talk.slot.record(800_000, tag=11)
    talk.says("speech.wav", speech)
    assert talk.slot.recorded_samples() > 4000
    talk.slot.stop_record()
    end = talk.bench.wait_for(RecordEnded)
    assert (end.tag, end.reason) == (11, MediaEnd.STOPPED)
    assert speech in talk.slot.recorded()
    assert end.octets == len(talk.slot.recorded())


@pytest.mark.parametrize("encoding", ["alaw", "pcm16"])
def test_record_into_a_file(talk: Talk, tmp_path: pathlib.Path, encoding: str) -> None:
    file = open_recording(str(tmp_path / "a.wav"), encoding, 1, False)
    talk.slot.record_to(file, RecordOptions(max_samples=4000), tag=12)
    with pytest.raises(LocalError, match="records already"):
        talk.slot.record(8)
    end = talk.bench.wait_for(RecordEnded)
    assert (end.tag, end.octets, end.reason) == (12, 4000, MediaEnd.COMPLETE)
    finish(file)
    if encoding == "alaw":
        assert len(rig.read_alaw(tmp_path / "a.wav")) == 4000
    else:
        with wave.open(str(tmp_path / "a.wav")) as made:
            assert made.getnframes() == 4000


def test_a_digit_ends_recording(talk: Talk, tmp_path: pathlib.Path) -> None:
    talk.slot.listen(Listen.DTMF)
    file = open_recording(str(tmp_path / "a.wav"), "alaw", 1, False)
    talk.slot.record_to(file, RecordOptions(stop_digits="#", what=RecordWhat.MIXED), tag=13)
    talk.party.client.call(GenerateDigits(call_id=talk.call, digits="#"))
    end = talk.bench.wait_for(RecordEnded)
    assert (end.tag, end.reason, end.digit) == (13, MediaEnd.DIGIT, "#")
    finish(file)


def test_the_far_end_hangs_up_while_all_is_at_work(
    bench: SdkBench, daemon: rig.Daemon, party: rig.Party
) -> None:
    talk = Talk(bench, daemon, party)
    talk.slot.play_list([tone("cn", "ringback")], tag=1)
    talk.slot.record(800000, tag=2)
    party.client.call(ClearConnection(call_id=talk.call))
    bench.wait(lambda: any(isinstance(e, CallEnded) and e.far for e in bench.seen))
    talk.slot.close()
    bench.wait(
        lambda: {1, 2} <= {e.tag for e in bench.seen if isinstance(e, PlayEnded | RecordEnded)}
    )
    talk.slot.calls.hang_up()  # nothing where the channel is free by itself
    bench.wait_for(CallEnded, idle=True)


def test_connections(bench: SdkBench, party: rig.Party, daemon: rig.Daemon) -> None:
    one, two = Talk(bench, daemon, party), Talk(bench, daemon, party)
    speech = rig.noise(4000, 5)
    two.slot.connect(one.slot)
    one.slot.connect(two.slot)
    for says, hears in ((one, two), (two, one)):
        name = hears.hear()
        says.says("says.wav", speech)
        bench.board.events()
        assert speech in hears.heard(name)
    one.slot.connect(None)
    two.slot.connect(None)
    one.over()
    two.over()


def test_conference(bench: SdkBench, party: rig.Party, daemon: rig.Daemon) -> None:
    talks = [Talk(bench, daemon, party) for _ in range(3)]
    conference = bench.board.conference()
    for talk, role in zip(talks, (Role.TALK, Role.TALK, Role.HEAR), strict=True):
        conference.join(talk.slot, role)
    names = [talk.hear() for talk in talks[1:]]
    talks[0].says("tone.wav", rig.tone(1, 1000))
    for talk, name in zip(talks[1:], names, strict=True):
        assert loudest(talk.heard(name), 1000) > 2000
    with pytest.raises(DriverError, match="cannot coach"):
        conference.join(talks[1].slot, Role.COACH, talks[0].slot)
    conference.leave(talks[2].slot)
    with pytest.raises(LocalError, match="no member"):
        conference.leave(talks[2].slot)
    conference.close()
    for talk in talks:
        talk.over()
