"""The Keygoe driver over its double: calls in and out, voice, digits, recordings, connections."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import keygoe_rig as lab
from keygoe_rig import Bench, rig
from sdk_rig import Talk

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
from trunkd.board.model import Feature, HdlcConfig, SpanKind
from trunkd.board.play import Fsk, PlayOptions, Silence
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon import events as ev
from trunkd.daemon.media_recording import finish, open_recording
from trunkd.daemon.methods import ClearConnection
from trunkd.errors import DriverError, LocalError

IDLE = b"\xd5"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    lab.build()
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def module_bench(daemon: rig.Daemon) -> Iterator[Bench]:
    config = {"library": str(lab.LIBRARY), "server": lab.server(daemon)}
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
    assert calls.state_text() == "free (E1 DSS1)"
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
    assert (end.cause, end.far, end.idle) == (16, True, True)
    slot.calls.hang_up()  # it is free by itself: nothing
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
    assert party.wait(ev.ConnectionCleared, call_id=call).q850 == 21


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
    end = bench.wait_for(CallEnded, timeslot=9)
    assert end.far and end.idle


@pytest.mark.parametrize("cause", [17, 1, 21])
def test_why_a_call_failed(bench: Bench, party: rig.Party, cause: int) -> None:
    """The library's causes are those of Q.850."""
    slot = bench.board.span(2).timeslots[4]
    assert slot.calls is not None
    slot.calls.dial("5551234")
    rings = party.wait(ev.Delivered, direction="in")
    party.client.call(ClearConnection(call_id=rings.call_id, cause=cause))
    end = bench.wait_for(CallEnded, timeslot=4)
    assert (end.cause, end.far, end.idle) == (cause, True, True)


def test_what_the_library_refuses_in_its_words(bench: Bench) -> None:
    calls = bench.board.span(2).timeslots[3].calls
    assert calls is not None
    with pytest.raises(DriverError, match=r"timeslot 3: XMS_ctsMakeCallOut\(1,35\): error -11"):
        calls.dial("x;y")
    assert calls.condition() is ChannelCondition.IDLE


def test_blocking(bench: Bench) -> None:
    calls = bench.board.span(2).timeslots[30].calls
    assert calls is not None
    with pytest.raises(DriverError, match="can block channels of ISUP only"):
        calls.block(True)


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
        (lambda: slot.set_play_volume(3), "cannot change the volume"),
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
    with pytest.raises(DriverError, match=r"XMS_ctsPlay\(1,\d+\): error -11 \(the device"):
        slot.play(b"x")
    slot.close()
    slot.close()
    with pytest.raises(LocalError, match="carries framing"):
        bench.board.span(2).timeslots[0].open_voice()
    with pytest.raises(LocalError, match="no channel there"):
        bench.board.span(2).timeslots[16].open_voice()
    with pytest.raises(LocalError, match="started already"):
        bench.board.start()
