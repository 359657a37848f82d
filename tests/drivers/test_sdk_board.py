"""Boards over makers' libraries: their channels, calls in and out, why calls fail, blocking, what
they refuse. test_sdk_voice.py and test_donjin_board.py have what is heard."""

from __future__ import annotations

import pathlib
import sys
from typing import NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import WHOLE, Maker
from sdk_rig import SdkBench, Talk, rig

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
from trunkd.daemon.methods import AnswerCall, ClearConnection
from trunkd.drivers.sdk_timeslot import SdkTimeslot
from trunkd.errors import DriverError, LocalError


class Ways(NamedTuple):
    """How a maker's library goes about it."""

    idle: str = ""
    """In its words."""
    frees: bool = False
    """A channel whose far end has cleared is free by itself."""
    frees_unanswered: bool = True
    """Or it is when the call was not answered yet."""
    refusals: bool = False
    """The caller is told why a call was refused."""
    causes: tuple[tuple[int, int], ...] = ((17, 17),)
    """Of the far end, and as told: its reasons may be few."""


WAYS = {
    "synway": Ways("standby (ISDN network side)", causes=((17, 17), (1, 1), (21, 34))),
    "keygoe": Ways(
        "free (E1 DSS1)", frees=True, refusals=True, causes=((17, 17), (1, 1), (21, 21))
    ),
    "donjin": Ways(frees_unanswered=False),
    "donjin-e1": Ways(frees_unanswered=False),
}


@pytest.fixture(scope="module")
def ways(name: str) -> Ways:
    return WAYS[name]


def slot_of(bench: SdkBench, span: int, timeslot: int) -> SdkTimeslot:
    slot: SdkTimeslot = bench.board.span(span).timeslots[timeslot]
    return slot


# The board


@pytest.mark.parametrize("name", WHOLE, indirect=True, scope="module")
def test_spans_and_channels(bench: SdkBench, ways: Ways) -> None:
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
    assert calls.state_text() == ways.idle
    assert not board.span(2).alarms and board.span(2).fault == ""
    assert board.missing == []
    assert Feature.CALLS in board.features and Feature.HDLC not in board.features
    assert set(board.limits) <= set(board.features)


# Calls


def test_a_call_that_comes_in(bench: SdkBench, party: rig.Party, maker: Maker, ways: Ways) -> None:
    call = party.dial("88886666", calling="13900001111")
    came = bench.wait_for(CallArrived)
    assert came.complete and came.calling == "13900001111"
    assert came.called == ("88886666" if maker.numbers else "")
    slot = slot_of(bench, came.span, came.timeslot)
    assert slot.calls is not None and slot.calls.condition() is ChannelCondition.BUSY
    slot.calls.alert()
    slot.calls.answer()
    bench.wait_for(CallAnswered, span=came.span, timeslot=came.timeslot)
    party.wait(ev.Established, call_id=call)
    party.client.call(ClearConnection(call_id=call))
    end = bench.wait_for(CallEnded)
    assert (end.cause, end.far, end.idle) == (16, True, ways.frees)
    slot.calls.hang_up()  # of one that is free by itself: nothing
    if not ways.frees:
        bench.wait_for(CallEnded, idle=True)
    bench.wait_for(ConditionChanged, condition=ChannelCondition.IDLE)
    assert slot.calls.condition() is ChannelCondition.IDLE


def test_a_caller_who_gives_up(bench: SdkBench, party: rig.Party, ways: Ways) -> None:
    call = party.dial("8801")
    came = bench.wait_for(CallArrived)
    party.client.call(ClearConnection(call_id=call))
    end = bench.wait_for(CallEnded, timeslot=came.timeslot)
    assert end.far
    slot = slot_of(bench, came.span, came.timeslot)
    if not end.idle:
        assert not ways.frees_unanswered
        slot.control.hang_up()
    bench.wait(lambda: slot.control.condition() is ChannelCondition.IDLE)


def test_a_call_that_is_refused(bench: SdkBench, party: rig.Party, ways: Ways) -> None:
    call = party.dial("8801")
    came = bench.wait_for(CallArrived)
    calls = slot_of(bench, came.span, came.timeslot).calls
    assert calls is not None
    calls.hang_up(21)
    end = bench.wait_for(CallEnded, timeslot=came.timeslot, idle=True)
    assert not end.far
    cleared = party.wait(ev.ConnectionCleared, call_id=call)
    assert not ways.refusals or cleared.q850 == 21


def test_a_call_that_goes_out(bench: SdkBench, party: rig.Party, maker: Maker, ways: Ways) -> None:
    calls = slot_of(bench, maker.span, 9).calls
    assert calls is not None
    calls.dial("5551234", "88")
    with pytest.raises(DriverError, match="has a call"):
        calls.dial("5551234")
    rings = party.wait(ev.Delivered, direction="in")
    assert rings.called == "5551234"
    assert not maker.numbers or rings.calling == "88"
    for alerting in (False, True):
        assert bench.wait_for(CallProgressing, timeslot=9).alerting is alerting
    party.client.call(AnswerCall(call_id=rings.call_id))
    assert bench.wait_for(CallAnswered, timeslot=9).how == ("" if maker.numbers else "polarity")
    party.client.call(ClearConnection(call_id=rings.call_id))
    end = bench.wait_for(CallEnded, timeslot=9)
    assert end.far and end.idle == ways.frees
    if not ways.frees:
        calls.hang_up()
        bench.wait_for(CallEnded, timeslot=9, idle=True)


def test_why_a_call_failed(bench: SdkBench, party: rig.Party, maker: Maker, ways: Ways) -> None:
    """The far end's cause comes back as near as the library's reasons can say."""
    calls = slot_of(bench, maker.span, 4).calls
    assert calls is not None
    for cause, told in ways.causes:
        calls.dial("5551234")
        rings = party.wait(ev.Delivered, direction="in")
        party.client.call(ClearConnection(call_id=rings.call_id, cause=cause))
        end = bench.wait_for(CallEnded, timeslot=4)
        assert (end.cause, end.far, end.idle) == (told, True, ways.frees)
        assert end.how == ("" if maker.numbers else "busy tone")
        if not ways.frees:
            calls.hang_up()
            bench.wait_for(CallEnded, timeslot=4, idle=True)
        bench.rest()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("synway", r"span 2 timeslot 3: SsmAutoDial: error 8 \('x;y' is no"),
        ("keygoe", r"timeslot 3: XMS_ctsMakeCallOut\(1,35\): error -11"),
    ],
    indirect=["name"],
    scope="module",
)
def test_what_the_library_refuses_in_its_words(bench: SdkBench, words: str) -> None:
    calls = slot_of(bench, 2, 3).calls
    assert calls is not None
    with pytest.raises(DriverError, match=words):
        calls.dial("x;y")
    assert calls.condition() is ChannelCondition.IDLE


def test_blocking(bench: SdkBench, maker: Maker) -> None:
    calls = slot_of(bench, maker.span, 30).calls
    assert calls is not None
    if maker.blocks:
        with pytest.raises(DriverError, match=maker.blocks):
            calls.block(True)
        return
    calls.block(True)
    bench.wait_for(ConditionChanged, timeslot=30, condition=ChannelCondition.BLOCKED_HERE)
    assert calls.condition() is ChannelCondition.BLOCKED_HERE
    calls.block(False)
    bench.wait_for(ConditionChanged, timeslot=30, condition=ChannelCondition.IDLE)


# What it cannot do


@pytest.mark.parametrize("name", WHOLE, indirect=True, scope="module")
def test_what_is_beyond_the_board(talk: Talk, name: str, tmp_path: pathlib.Path) -> None:
    slot = talk.slot
    file = open_recording(str(tmp_path / "a.wav"), "alaw", 1, False)
    uses = [
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
    ]
    if name == "keygoe":
        uses.append((lambda: slot.set_play_volume(3), "cannot change the volume"))
    for use, text in uses:
        with pytest.raises(DriverError, match=text):
            use()
    finish(file)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("synway", r"SsmPlayMem: error 14 \(channel 4 has no call\)"),
        ("keygoe", r"XMS_ctsPlay\(1,\d+\): error -11 \(the device"),
    ],
    indirect=["name"],
    scope="module",
)
def test_opening_and_closing(bench: SdkBench, words: str) -> None:
    slot = slot_of(bench, 2, 5)
    with pytest.raises(LocalError, match=r"timeslot 5.* is closed"):
        slot.play(b"x")
    slot.open_voice()
    with pytest.raises(LocalError, match="open already"):
        slot.open_voice()
    with pytest.raises(DriverError, match=words):
        slot.play(b"x")
    slot.close()
    slot.close()
    with pytest.raises(LocalError, match="carries framing"):
        bench.board.span(2).timeslots[0].open_voice()
    with pytest.raises(LocalError, match="no channel there"):
        bench.board.span(2).timeslots[16].open_voice()
    with pytest.raises(LocalError, match="started already"):
        bench.board.start()
