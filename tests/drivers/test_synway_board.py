"""The Synway driver over its double: calls in and out, voice, digits, recordings, connections."""

from __future__ import annotations

import pathlib
import random
import sys
import wave
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import synway_rig as lab
from synway_rig import Bench, rig

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    LineType,
)
from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Direction, Listen, Role
from trunkd.board.media_events import DigitHeard, DigitKind
from trunkd.board.model import Feature, HdlcConfig, Law, SpanKind
from trunkd.board.play import Fsk, Octets, PlayOptions, Silence, Tones, digits, tone
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon import events as ev
from trunkd.daemon.media_recording import finish, open_recording
from trunkd.daemon.methods import ClearConnection
from trunkd.daemon.methods_media import (
    GenerateDigits,
    PlayMessage,
    RecordMessage,
    StartListening,
    StopMedia,
)
from trunkd.drivers.sdk_render import as_digits
from trunkd.drivers.synway import SynwayTimeslot
from trunkd.errors import DriverError, LocalError

IDLE = b"\xd5"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    rig.builder().build(rig.NATIVE)
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def module_bench(daemon: rig.Daemon) -> Iterator[Bench]:
    config = {"library": str(lab.LIBRARY), "shconfig": lab.write_ini(daemon)}
    with Bench(required=True, **config) as made:
        yield made


@pytest.fixture
def bench(module_bench: Bench) -> Iterator[Bench]:
    module_bench.rest()
    yield module_bench


@pytest.fixture
def party(daemon: rig.Daemon) -> Iterator[rig.Party]:
    with rig.Party(daemon) as made:
        yield made


class Talk:
    """A call that came in and was answered."""

    def __init__(self, bench: Bench, party: rig.Party, number: str = "8801") -> None:
        self.bench, self.party = bench, party
        self.call = party.dial(number)
        came = bench.wait_for(CallArrived)
        self.slot = bench.board.span(came.span).timeslots[came.timeslot]
        assert isinstance(self.slot, SynwayTimeslot) and self.slot.calls is not None
        self.slot.open_voice()
        self.slot.calls.answer()
        bench.wait_for(CallAnswered)
        party.wait(ev.Established, call_id=self.call)

    def hear(self, seconds: float) -> str:
        """The party records from now on."""
        name = f"heard-{self.call}-{random.randrange(1 << 30)}.wav"
        record = RecordMessage(call_id=self.call, message=name, max_duration=seconds)
        self.party.client.call(record)
        self.party.wait(ev.Record, call_id=self.call)
        return name

    def heard(self, daemon: rig.Daemon, name: str) -> bytes:
        self.party.client.call(StopMedia(call_id=self.call, kind="record"))
        self.party.wait(ev.Stop, call_id=self.call, kind="record")
        return rig.read_alaw(daemon.media / name)

    def over(self) -> None:
        calls = self.slot.calls
        assert calls is not None
        self.slot.close()
        calls.hang_up()
        self.bench.wait_for(CallEnded, idle=True, far=False)
        self.party.wait(ev.ConnectionCleared, call_id=self.call)


@pytest.fixture
def talk(bench: Bench, party: rig.Party) -> Iterator[Talk]:
    made = Talk(bench, party)
    yield made
    made.over()


# The board


def test_spans_and_channels(bench: Bench) -> None:
    board = bench.board
    assert [span.number for span in board.spans] == [1, 2]
    assert all(span.kind is SpanKind.E1 for span in board.spans)
    for span in board.spans:
        assert [slot.number for slot in span.timeslots] == list(range(32))
    with_calls = [s.number for s in board.span(2).timeslots if s.calls is not None]
    assert with_calls == [n for n in range(1, 32) if n != 16]
    assert not any(slot.calls for slot in board.span(1).timeslots)
    calls = board.span(2).timeslots[7].calls
    assert calls is not None and calls.line is LineType.PRI
    assert calls.condition() is ChannelCondition.IDLE
    assert calls.state_text() == "standby (ISDN network side)"
    assert not board.span(2).alarms and board.span(2).fault == ""
    assert board.missing == []
    assert Feature.CALLS in board.features and Feature.HDLC not in board.features
    assert set(board.limits) <= set(board.features)


# Calls


def test_a_call_that_comes_in(bench: Bench, party: rig.Party) -> None:
    call = party.dial("88886666", calling="13900001111")
    came = bench.wait_for(CallArrived)
    assert (came.called, came.calling, came.complete) == ("88886666", "13900001111", True)
    slot = bench.board.span(came.span).timeslots[came.timeslot]
    assert slot.calls is not None and slot.calls.condition() is ChannelCondition.BUSY
    slot.calls.alert()
    slot.calls.answer()
    bench.wait_for(CallAnswered, span=came.span, timeslot=came.timeslot)
    party.wait(ev.Established, call_id=call)
    party.client.call(ClearConnection(call_id=call))
    end = bench.wait_for(CallEnded)
    assert (end.cause, end.far, end.idle) == (16, True, False)
    slot.calls.hang_up()
    end = bench.wait_for(CallEnded)
    assert end.idle
    bench.wait_for(ConditionChanged, condition=ChannelCondition.IDLE)
    assert slot.calls.condition() is ChannelCondition.IDLE


def test_a_caller_who_gives_up(bench: Bench, party: rig.Party) -> None:
    call = party.dial("8801")
    bench.wait_for(CallArrived)
    party.client.call(ClearConnection(call_id=call))
    end = bench.wait_for(CallEnded)
    assert end.far and end.idle


def test_a_call_that_is_refused(bench: Bench, party: rig.Party) -> None:
    call = party.dial("8801")
    came = bench.wait_for(CallArrived)
    calls = bench.board.span(came.span).timeslots[came.timeslot].calls
    assert calls is not None
    calls.hang_up(21)
    end = bench.wait_for(CallEnded)
    assert end.idle and not end.far
    party.wait(ev.ConnectionCleared, call_id=call)


def test_a_call_that_goes_out(bench: Bench, party: rig.Party) -> None:
    slot = bench.board.span(2).timeslots[9]
    assert slot.calls is not None
    slot.calls.dial("5551234", "88")
    rings = party.wait(ev.Delivered, direction="in")
    assert (rings.called, rings.calling) == ("5551234", "88")
    bench.wait_for(CallProgressing, alerting=True, timeslot=9)
    party.client.call(rig.m.AnswerCall(call_id=rings.call_id))
    assert bench.wait_for(CallAnswered, timeslot=9).how == ""
    party.client.call(ClearConnection(call_id=rings.call_id))
    assert bench.wait_for(CallEnded, timeslot=9).far
    slot.calls.hang_up()
    bench.wait_for(CallEnded, timeslot=9, idle=True)


@pytest.mark.parametrize(("cause", "told"), [(17, 17), (1, 1), (21, 34)])
def test_why_a_call_failed(bench: Bench, party: rig.Party, cause: int, told: int) -> None:
    """The library's reasons are few: the far end's cause comes back as near as they say."""
    slot = bench.board.span(2).timeslots[4]
    assert slot.calls is not None
    slot.calls.dial("5551234")
    rings = party.wait(ev.Delivered, direction="in")
    party.client.call(ClearConnection(call_id=rings.call_id, cause=cause))
    end = bench.wait_for(CallEnded, timeslot=4)
    assert (end.cause, end.far, end.idle) == (told, True, False)
    slot.calls.hang_up()
    bench.wait_for(CallEnded, timeslot=4, idle=True)


def test_what_the_library_refuses_in_its_words(bench: Bench) -> None:
    calls = bench.board.span(2).timeslots[3].calls
    assert calls is not None
    with pytest.raises(DriverError, match=r"span 2 timeslot 3: SsmAutoDial: error 8 \('x;y' is no"):
        calls.dial("x;y")
    assert calls.condition() is ChannelCondition.IDLE


def test_blocking(bench: Bench) -> None:
    calls = bench.board.span(2).timeslots[30].calls
    assert calls is not None
    calls.block(True)
    bench.wait_for(ConditionChanged, timeslot=30, condition=ChannelCondition.BLOCKED_HERE)
    assert calls.condition() is ChannelCondition.BLOCKED_HERE
    calls.block(False)
    bench.wait_for(ConditionChanged, timeslot=30, condition=ChannelCondition.IDLE)


# Voice


def test_played_octets_arrive_exactly(talk: Talk, daemon: rig.Daemon) -> None:
    speech = rig.noise(4000)
    name = talk.hear(10)
    talk.slot.play_list([Octets(speech[:1000], Law.A), Silence(50), Octets(speech[1000:], Law.A)])
    end = talk.bench.wait_for(PlayEnded)
    assert (end.octets, end.reason) == (4400, MediaEnd.COMPLETE)
    kept = talk.heard(daemon, name)
    at = kept.index(speech[:1000])
    assert kept[at : at + 4400] == speech[:1000] + IDLE * 400 + speech[1000:]


def test_playing_again_and_again(talk: Talk, daemon: rig.Daemon) -> None:
    speech = rig.noise(1200, 2)
    name = talk.hear(10)
    talk.slot.play_list([Octets(speech, Law.A)], PlayOptions(times=3), tag=4)
    end = talk.bench.wait_for(PlayEnded)
    assert (end.tag, end.reason) == (4, MediaEnd.COMPLETE)
    assert talk.heard(daemon, name).count(speech) == 3


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


def test_pause_seek_volume(talk: Talk, daemon: rig.Daemon) -> None:
    loud = rig.tone(4, 1000)
    name = talk.hear(10)
    talk.slot.play_list([Octets(loud, Law.A)], PlayOptions(volume_db=-20))
    talk.slot.pause_play()
    talk.slot.resume_play()
    talk.slot.seek_play(3_000_000_000)
    end = talk.bench.wait_for(PlayEnded)
    assert end.reason is MediaEnd.COMPLETE
    kept = talk.heard(daemon, name)
    heard = np.frombuffer(kept, np.uint8) != 0xD5
    assert 4000 < heard.sum() < 24000  # of 32000
    assert rig.level(kept[-4000:], 1000) < 1000


def test_tones(talk: Talk, daemon: rig.Daemon) -> None:
    name = talk.hear(10)
    talk.slot.play_list([tone("cn", "busy", 700)])
    talk.bench.wait_for(PlayEnded)
    kept = talk.heard(daemon, name)
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


def test_record(talk: Talk, daemon: rig.Daemon) -> None:
    speech = rig.noise(8000, 3)
    rig.write_wav(daemon.media / "speech.wav", speech)
    talk.slot.record(16000, tag=11)
    talk.party.client.call(PlayMessage(call_id=talk.call, message="speech.wav"))
    talk.party.wait(ev.Stop, call_id=talk.call, kind="play")
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


def test_the_far_end_hangs_up_while_all_is_at_work(bench: Bench, party: rig.Party) -> None:
    talk = Talk(bench, party)
    talk.slot.play_list([tone("cn", "ringback")], tag=1)
    talk.slot.record(800000, tag=2)
    party.client.call(ClearConnection(call_id=talk.call))
    bench.wait(lambda: any(isinstance(e, CallEnded) and e.far for e in bench.seen))
    talk.slot.close()
    bench.wait(
        lambda: {1, 2} <= {e.tag for e in bench.seen if isinstance(e, PlayEnded | RecordEnded)}
    )
    assert talk.slot.calls is not None
    talk.slot.calls.hang_up()
    bench.wait_for(CallEnded, idle=True)


def test_connections(bench: Bench, party: rig.Party, daemon: rig.Daemon) -> None:
    one, two = Talk(bench, party), Talk(bench, party)
    speech = rig.noise(4000, 5)
    rig.write_wav(daemon.media / "says.wav", speech)
    two.slot.connect(one.slot)
    one.slot.connect(two.slot)
    for says, hears in ((one, two), (two, one)):
        name = hears.hear(10)
        party.client.call(PlayMessage(call_id=says.call, message="says.wav"))
        party.wait(ev.Stop, call_id=says.call, kind="play")
        bench.board.events()
        assert speech[:3000] in hears.heard(daemon, name)
    one.slot.connect(None)
    two.slot.connect(None)
    one.over()
    two.over()


def test_conference(bench: Bench, party: rig.Party, daemon: rig.Daemon) -> None:
    talks = [Talk(bench, party) for _ in range(3)]
    conference = bench.board.conference()
    for talk, role in zip(talks, (Role.TALK, Role.TALK, Role.HEAR), strict=True):
        conference.join(talk.slot, role)
    rig.write_wav(daemon.media / "tone.wav", rig.tone(1, 1000))
    names = [talk.hear(10) for talk in talks[1:]]
    party.client.call(PlayMessage(call_id=talks[0].call, message="tone.wav"))
    party.wait(ev.Stop, call_id=talks[0].call, kind="play")
    for talk, name in zip(talks[1:], names, strict=True):
        kept = talk.heard(daemon, name)
        assert rig.level(kept[-5000:-1000], 1000) > 2000
    with pytest.raises(DriverError, match="cannot coach"):
        conference.join(talks[1].slot, Role.COACH, talks[0].slot)
    conference.leave(talks[2].slot)
    with pytest.raises(LocalError, match="no member"):
        conference.leave(talks[2].slot)
    conference.close()
    for talk in talks:
        talk.over()


# What it cannot do


def test_what_is_beyond_the_board(talk: Talk, tmp_path: pathlib.Path) -> None:
    slot = talk.slot
    file = open_recording(str(tmp_path / "a.wav"), "alaw", 1, False)
    for use, text in (
        (lambda: slot.open_hdlc(HdlcConfig()), "cannot carry HDLC"),
        (lambda: slot.transmit(b"x"), "cannot carry HDLC"),
        (lambda: slot.play_list([Silence(5)], PlayOptions(speed=1.5)), "own speed"),
        (lambda: slot.play_list([Silence(5)], PlayOptions(stop_on_voice=True)), "tell speech"),
        (lambda: slot.play_list([Fsk(b"x")]), "no FSK"),
        (lambda: slot.set_play_speed(1.2), "faster or slower"),
        (lambda: slot.listen(Listen.LEVEL), "cannot listen for LEVEL: DTMF only"),
        (lambda: slot.record_to(file, RecordOptions(silence_ms=500)), "at silence"),
        (lambda: slot.record_to(file, RecordOptions(what=RecordWhat.BOTH)), "what is sent"),
        (lambda: slot.prerecord(100), "the time before"),
        (lambda: slot.condition(Direction.SENT, None), "no gain control"),
        (lambda: slot.set_bits(0), "no CAS"),
    ):
        with pytest.raises(DriverError, match=text):
            use()
    finish(file)


def test_opening_and_closing(bench: Bench) -> None:
    slot = bench.board.span(2).timeslots[5]
    with pytest.raises(LocalError, match=r"timeslot 5.* is closed"):
        slot.play(b"x")
    slot.open_voice()
    with pytest.raises(LocalError, match="open already"):
        slot.open_voice()
    with pytest.raises(DriverError, match=r"SsmPlayMem: error 14 \(channel 4 has no call\)"):
        slot.play(b"x")
    slot.close()
    slot.close()
    with pytest.raises(LocalError, match="carries framing"):
        bench.board.span(2).timeslots[0].open_voice()
    with pytest.raises(LocalError, match="no channel there"):
        bench.board.span(2).timeslots[16].open_voice()
    with pytest.raises(LocalError, match="started already"):
        bench.board.start()


def test_digits_are_known_by_their_tones() -> None:
    assert as_digits([digits(DigitKind.DTMF, "12#", on_ms=90, off_ms=60)]) == ("12#", 90, 60)
    assert as_digits([digits(DigitKind.R1, "12")]) is None
    assert as_digits([tone("cn", "busy")]) is None
    assert as_digits([Tones(())]) is None
