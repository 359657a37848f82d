"""DonJin's cards as a board: what they play, hear, record and connect, on both families. Of
their calls: test_sdk_board.py."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import donjin_rig as lab
from donjin_rig import Bench, rig
from sdk_rig import loudest, record, recorded, says

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    LineType,
)
from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Listen, Role
from trunkd.board.media_events import DigitHeard, DigitKind
from trunkd.board.model import Feature, Law, SpanKind
from trunkd.board.play import Octets, PlayOptions, Tones, digits
from trunkd.board.progress_tones import Step
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon import events as ev
from trunkd.daemon.methods_media import (
    GenerateDigits,
    PlayMessage,
    RecordMessage,
    StartDigitsCollection,
)
from trunkd.drivers.donjin import DonjinTimeslot, facts
from trunkd.errors import DriverError, LocalError


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    lab.builder().build(rig.NATIVE)
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=["analog", "e1"])
def opened(request: pytest.FixtureRequest, daemon: rig.Daemon) -> Iterator[Bench]:
    with Bench(lab.config(daemon, request.param)) as made:
        yield made


@pytest.fixture
def bench(opened: Bench) -> Iterator[Bench]:
    yield opened
    opened.rest()


@pytest.fixture
def party(daemon: rig.Daemon) -> Iterator[rig.Party]:
    with rig.Party(daemon) as made:
        yield made


class Target(NamedTuple):
    """A file to be recorded to (board/record.py)."""

    path: str
    encoding: str
    channels: int
    fd: int
    data_start: int
    data_octets: int
    riff_size_at: int = -1
    data_size_at: int = -1
    fact_count_at: int = -1


def is_e1(bench: Bench) -> bool:
    return bench.board.config.family == "e1"


def answered(bench: Bench, party: rig.Party) -> tuple[DonjinTimeslot, int]:
    call = party.dial("8801")
    came = bench.wait_for(CallArrived)
    slot = bench.board.span(came.span).timeslots[came.timeslot]
    assert slot.calls is not None
    slot.open_voice()
    slot.calls.answer()
    bench.wait_for(CallAnswered, timeslot=came.timeslot)
    party.wait(ev.Established, call_id=call)
    return slot, call


def test_layout(bench: Bench) -> None:
    spans = bench.board.spans
    if is_e1(bench):
        assert [span.kind for span in spans] == [SpanKind.E1]
        assert spans[0].link == 0 and len(spans[0].timeslots) == 32
        assert spans[0].timeslots[16].calls is None and spans[0].timeslots[17].ch == 15
    else:
        assert [span.kind for span in spans] == [SpanKind.ANALOG]
        assert len(spans[0].timeslots) == 31 and spans[0].timeslots[1].ch == 0
    first = spans[0].timeslots[1]
    assert first.control.line is (LineType.CAS if is_e1(bench) else LineType.ANALOG_TRUNK)
    state = "free (E1 trunk)" if is_e1(bench) else "idle (analog trunk)"
    assert first.control.state_text() == state
    assert (Feature.CONFERENCE in bench.board.features) is not is_e1(bench)
    assert bench.board.missing == []


def test_play_list_volume_loops_and_stop(
    bench: Bench, daemon: rig.Daemon, party: rig.Party
) -> None:
    slot, call = answered(bench, party)
    sound = rig.noise(2400, 8)
    slot.play_list([Octets(sound, Law.A)], PlayOptions(times=2), tag=1)
    with pytest.raises(LocalError, match="plays already"):
        slot.play(b"\xd5" * 80)
    end = bench.wait_for(PlayEnded)
    assert (end.tag, end.reason, end.octets) == (1, MediaEnd.COMPLETE, 2400)
    # A tone without an end, until it is stopped; the far end has heard a second of it.
    slot.play_list([Tones((Step((1000.0,), level=-10.0),))], tag=2)
    party.client.call(RecordMessage(call_id=call, message="tone.wav", max_duration=2))
    party.wait(ev.Stop, call_id=call, kind="record")
    slot.stop_play()
    end = bench.wait_for(PlayEnded)
    assert (end.tag, end.reason) == (2, MediaEnd.STOPPED)
    assert loudest(rig.read_alaw(daemon.media / "tone.wav"), 1000, 8000) > 2000
    for refused in (slot.pause_play, lambda: slot.set_play_volume(-6.0)):
        slot.play(rig.noise(8000), tag=3)
        with pytest.raises(DriverError, match="this board cannot"):
            refused()
        slot.stop_play()
        bench.wait_for(PlayEnded, tag=3)


def test_a_digit_ends_what_plays_and_records(bench: Bench, party: rig.Party) -> None:
    slot, call = answered(bench, party)
    slot.play_list([Octets(rig.noise(800_000), Law.A)], PlayOptions(stop_digits="#5"), tag=4)
    party.client.call(GenerateDigits(call_id=call, digits="15"))
    end = bench.wait_for(PlayEnded)
    assert (end.tag, end.reason, end.digit) == (4, MediaEnd.DIGIT, "5")
    assert 0 < end.octets < 800_000
    party.wait(ev.Stop, call_id=call, kind="play")
    slot.record(800_000, tag=5)
    slot.stop_record()
    end = bench.wait_for(RecordEnded)
    assert (end.tag, end.reason) == (5, MediaEnd.STOPPED)


def test_digits_both_ways(bench: Bench, party: rig.Party) -> None:
    slot, call = answered(bench, party)
    slot.listen(Listen.DTMF)
    party.client.call(GenerateDigits(call_id=call, digits="0D#*"))
    assert [bench.wait_for(DigitHeard, ended=False).digit for _ in range(4)] == list("0D#*")
    party.wait(ev.Stop, call_id=call, kind="play")
    party.client.call(
        StartDigitsCollection(call_id=call, max_digits=6, first_timeout=30, terminators="")
    )
    for lengths, text in (((80, 80), "123"), ((125, 125), "ABC")):
        slot.play_list([digits(DigitKind.DTMF, text, on_ms=lengths[0], off_ms=lengths[1])], tag=6)
        assert bench.wait_for(PlayEnded).reason is MediaEnd.COMPLETE
    assert party.wait(ev.DigitsCollected, call_id=call).digits == "123ABC"


def test_recording_to_its_limit(
    bench: Bench, daemon: rig.Daemon, party: rig.Party, tmp_path: pathlib.Path
) -> None:
    slot, call = answered(bench, party)
    speech = rig.noise(6000, 12)
    rig.write_wav(daemon.media / "limit.wav", speech)
    slot.record(24000, tag=7)
    party.client.call(PlayMessage(call_id=call, message="limit.wav"))
    end = bench.wait_for(RecordEnded)
    assert (end.tag, end.octets, end.reason) == (7, 24000, MediaEnd.COMPLETE)
    assert speech[:4000] in slot.recorded()
    with open(tmp_path / "x.wav", "wb") as file:
        target = Target("x", "pcm16", 1, file.fileno(), 0, 0)
        for options, lacks in (
            (RecordOptions(what=RecordWhat.BOTH), "record what is sent by itself"),
            (RecordOptions(silence_ms=100), "end recording at silence"),
            (RecordOptions(), "record pcm16"),
        ):
            with pytest.raises(DriverError, match=f"this board cannot {lacks}"):
                slot.record_to(target, options)


def test_both_ways_and_one_way(bench: Bench, daemon: rig.Daemon, party: rig.Party) -> None:
    (one, far_one), (two, far_two) = answered(bench, party), answered(bench, party)
    speech = rig.noise(4000, 13)

    def heard(speaks: int, listens: int) -> bool:
        record(party, listens, "link.wav")
        says(party, daemon, speaks, "both.wav", speech)
        recorded(party, listens)
        return speech in rig.read_alaw(daemon.media / "link.wav")

    two.connect(one)
    one.connect(two)
    assert heard(far_one, far_two) and heard(far_two, far_one)
    one.connect(None)
    assert heard(far_one, far_two) and not heard(far_two, far_one)
    two.connect(None)
    assert not heard(far_one, far_two)


def test_conference(bench: Bench, daemon: rig.Daemon, party: rig.Party) -> None:
    if is_e1(bench):
        with pytest.raises(DriverError, match="this board mixes no conferences"):
            bench.board.conference()
        return
    (one, far_one), (two, far_two) = answered(bench, party), answered(bench, party)
    room = bench.board.conference()
    room.join(one)
    room.join(two, Role.HEAR)
    record(party, far_two, "room-heard.wav")
    says(party, daemon, far_one, "room.wav", rig.tone(2, 1004))
    recorded(party, far_two)
    assert loudest(rig.read_alaw(daemon.media / "room-heard.wav"), 1004, 8000) > 3000
    with pytest.raises(DriverError, match="cannot coach"):
        room.join(one, Role.COACH)
    room.leave(two)
    room.close()
    rooms = [bench.board.conference() for _ in range(facts.GROUPS)]
    with pytest.raises(DriverError, match="all are in use"):
        bench.board.conference()
    for each in rooms:
        each.close()


def test_mu_law(daemon: rig.Daemon) -> None:
    """A library that codes by the other law: refused in words, not played as noise."""
    with Bench(lab.config(daemon, "analog", law="mu")) as bench, rig.Party(daemon) as party:
        slot, _ = answered(bench, party)
        with pytest.raises(DriverError, match="this board does not code by A law"):
            slot.play(rig.noise(80))
        slot.close()
        slot.open_voice(Law.MU)
        slot.play(rig.noise(800), tag=9)
        assert bench.wait_for(PlayEnded).reason is MediaEnd.COMPLETE
        bench.rest()
