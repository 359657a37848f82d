"""The Synway driver over its double: calls in and out, voice, digits, recordings, connections."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import synway_rig as lab
from sdk_rig import Talk
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
from trunkd.board.media import Direction, Listen
from trunkd.board.media_events import DigitKind
from trunkd.board.model import Feature, HdlcConfig, SpanKind
from trunkd.board.play import Fsk, PlayOptions, Silence, Tones, digits, tone
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon import events as ev
from trunkd.daemon.media_recording import finish, open_recording
from trunkd.daemon.methods import ClearConnection
from trunkd.drivers.sdk_render import as_digits
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


@pytest.fixture
def talk(bench: Bench, daemon: rig.Daemon, party: rig.Party) -> Iterator[Talk]:
    made = Talk(bench, daemon, party)
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
