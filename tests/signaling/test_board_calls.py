"""Calls that the board controls: the engine, on a board in memory that keeps to call_control.py."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from board_calls_rig import Bench, Line

from trunkd.board.call_control import (
    CallEnded,
    CallProgressing,
    ChannelCondition,
    LineType,
)
from trunkd.errors import LocalError
from trunkd.signaling import board_calls_states as s
from trunkd.signaling import call as c
from trunkd.signaling.board_calls import CLEAR_TIME, BoardCalls
from trunkd.signaling.board_calls_table import BOARD_CALLS


@pytest.fixture(autouse=True)
def strict() -> object:
    BOARD_CALLS.strict = True
    yield
    BOARD_CALLS.strict = False


def test_no_cell_is_empty() -> None:
    assert BOARD_CALLS.missing() == []


def test_a_call_that_comes_in() -> None:
    bench = Bench()
    call = bench.offered(calling="5551")
    offer = bench.of(c.CallOffered)[0]
    assert isinstance(offer, c.CallOffered)
    assert (offer.channel, offer.request.called.digits, offer.request.display) == (1, "8801", "Ann")
    assert offer.request.calling == c.PartyNumber("5551")
    bench.engine.proceed(call, 0)
    bench.engine.alert(call, False, 0)
    assert bench.lines[1].alerted == 1
    bench.engine.answer(call, 0)
    assert bench.run() == [c.CallConnected(call, 1, None)]
    bench.engine.clear(call, 16, 0)
    assert bench.lines[1].causes == [16]
    assert bench.run() == [
        c.CallReleased(call, 1, 16, 3, True),
        c.ChannelChanged(1, c.CHANNEL_IDLE),
    ]
    assert bench.engine.next_timeout() is None


def test_a_call_that_goes_out() -> None:
    bench = Bench()
    call = bench.placed(calling=c.PartyNumber("77"))
    assert bench.lines[1].dialled == ("8801", "77")
    bench.lines[1].alerts()
    bench.lines[1].answers("voice")
    bench.run()
    assert bench.seen == [
        c.ChannelChanged(1, c.CHANNEL_BUSY),
        c.CallProceeding(call, 1, False),
        c.CallAlerting(call, 1, True),
        c.CallConnected(call, 1, None, how="voice"),
    ]


@pytest.mark.parametrize("answered", [False, True])
def test_the_far_end_ends_it(answered: bool) -> None:
    bench = Bench()
    call = bench.placed()
    if answered:
        bench.lines[1].answers()
    bench.lines[1].over(17, far=True, idle=False, how="busy tone")
    bench.run()
    assert bench.lines[1].causes == [17]  # hung up at once: nobody wants the tones
    assert bench.seen[-3:] == [
        c.CallDisconnected(call, 17, 3, False, "busy tone"),
        c.CallReleased(call, 1, 17, 3, False),
        c.ChannelChanged(1, c.CHANNEL_IDLE),
    ]


def test_tones_are_heard_until_it_is_cleared() -> None:
    bench = Bench(tones=True)
    call = bench.placed()
    bench.lines[1].over(17, far=True, idle=False)
    assert bench.run() == [c.CallDisconnected(call, 17, 3, True)]
    assert bench.state() == s.TONES
    bench.engine.clear(call, 16, 0)
    bench.run()
    (end,) = bench.of(c.CallReleased)
    assert end == c.CallReleased(call, 1, 17, 3, True)


def test_a_number_in_pieces() -> None:
    bench = Bench()
    call = bench.offered(called="88", complete=False)
    assert bench.state() == s.COLLECTING
    bench.engine.want_digits(call, 0)
    bench.lines[1].more("0", False)
    bench.lines[1].more("1", True)
    assert bench.run() == [c.DigitsReceived(call, "0", False), c.DigitsReceived(call, "1", True)]
    assert bench.state() == s.OFFERED


def test_the_board_refuses_to_dial() -> None:
    bench = Bench()
    bench.lines[1].refuses = "error 3 (no dial tone)"
    assert bench.placed() and bench.lines[2].dialled == ("8801", "")  # the next channel has it
    bench.lines[2].refuses = bench.lines[3].refuses = "error 14"
    with pytest.raises(LocalError, match=r"takes no call: error 14"):
        bench.placed()
    with pytest.raises(LocalError, match="no dial tone"):
        bench.placed(channel=1, exclusive=True)
    assert bench.engine.shared.calls.keys() == {bench.engine.lines[2].call}
    assert bench.engine.counters()["refused"] == 4


def test_no_channel_is_idle() -> None:
    bench = Bench()
    for _ in range(3):
        bench.placed()
    call = bench.placed()
    assert bench.seen[-1] == c.CallReleased(call, 0, 34, 3, True)
    call = bench.placed(channel=2, exclusive=True)
    assert bench.seen[-1] == c.CallReleased(call, 0, 44, 3, True)


def test_glare() -> None:
    bench = Bench()
    out = bench.placed()
    bench.lines[1].rings("9")
    bench.run()
    (end,), (offer,) = bench.of(c.CallReleased), bench.of(c.CallOffered)
    assert end == c.CallReleased(out, 1, 44, 3, False)
    assert isinstance(offer, c.CallOffered) and bench.engine.lines[1].call == offer.call


def test_a_board_that_does_not_become_idle() -> None:
    bench = Bench()
    call = bench.placed()
    bench.lines[1].numb = True
    bench.engine.clear(call, 16, 5)
    assert bench.run() == []
    assert bench.engine.next_timeout() == CLEAR_TIME + 5
    bench.engine.handle_timeout(CLEAR_TIME + 5)
    assert bench.run() == [
        c.CallReleased(call, 1, 16, 3, True),
        c.ChannelChanged(1, c.CHANNEL_OUT_OF_SERVICE),
    ]
    bench.lines[1].call = ""
    bench.lines[1].says(ChannelCondition.IDLE)
    assert bench.run() == [c.ChannelChanged(1, c.CHANNEL_IDLE)]


def test_a_hang_up_that_is_refused_is_waited_for_too() -> None:
    bench = Bench()
    call = bench.placed()
    bench.lines[1].refuses = "error 12"
    bench.engine.clear(call, 16, 0)
    bench.engine.handle_timeout(CLEAR_TIME)
    assert bench.run()[0] == c.CallReleased(call, 1, 16, 3, True)


@pytest.mark.parametrize("begin", ["idle", "offered", "dialling", "clearing"])
def test_out_of_service_and_back(begin: str) -> None:
    bench = Bench()
    line = bench.lines[1]
    if begin == "offered":
        bench.offered()
    elif begin != "idle":
        call = bench.placed()
        if begin == "clearing":
            line.numb = True
            bench.engine.clear(call, 16, 0)
    line.call = ""
    line.says(ChannelCondition.OUT_OF_SERVICE)
    bench.run()
    assert bench.seen[-1] == c.ChannelChanged(1, c.CHANNEL_OUT_OF_SERVICE)
    assert len(bench.of(c.CallReleased)) == (begin != "idle")
    assert bench.engine.next_timeout() is None
    with pytest.raises(LocalError, match="there is no call 9"):
        bench.engine.answer(9, 0)
    line.says(ChannelCondition.IDLE)
    bench.run()
    assert bench.seen[-1] == c.ChannelChanged(1, c.CHANNEL_IDLE)


def test_blocking() -> None:
    bench = Bench()
    bench.engine.block((1,), 0)
    bench.run()
    assert c.ChannelChanged(1, c.CHANNEL_BLOCKED_HERE) in bench.seen
    assert c.BlockingDone((1,), "block", True) in bench.seen
    bench.lines[2].says(ChannelCondition.BLOCKED_THERE)
    bench.run()
    assert bench.seen[-1] == c.ChannelChanged(2, c.CHANNEL_BLOCKED_THERE)
    bench.placed()
    assert bench.lines[3].call == "out"
    bench.engine.unblock((1,), 0)
    bench.lines[2].says(ChannelCondition.IDLE)
    bench.run()
    assert bench.engine.shared.channels.is_idle(1) and bench.engine.shared.channels.is_idle(2)


def test_blocking_a_board_that_cannot() -> None:
    bench = Bench()
    bench.lines[1].refuses = "this board cannot block channels"
    bench.engine.block((1, 2), 0)
    bench.run()
    assert c.BlockingDone((1, 2), "block", False) in bench.seen
    bench.lines[1].says(ChannelCondition.IDLE)
    bench.run()
    assert not bench.engine.shared.channels.is_idle(1)  # for our own calls it is blocked


def test_an_end_that_was_not_told() -> None:
    bench = Bench()
    call = bench.offered()
    bench.lines[1].says(ChannelCondition.IDLE)  # older than the call: the board says busy
    assert bench.run() == []
    bench.lines[1].call = ""
    bench.lines[1].says(ChannelCondition.IDLE)
    fault, end, idle = bench.run()
    assert isinstance(fault, c.ProtocolFault) and fault.kind == "end_not_told"
    assert end == c.CallReleased(call, 1, 31, 3, False)
    assert idle == c.ChannelChanged(1, c.CHANNEL_IDLE)


def test_events_lost() -> None:
    bench = Bench()
    out, coming = bench.placed(), bench.offered(2)
    bench.lines[1].answers()
    bench.run()
    bench.lines[1].call = ""
    bench.lines[1].told.clear()
    bench.engine.events_lost(0)
    ended = {e.call for e in bench.run() if isinstance(e, c.CallReleased)}
    assert ended == {out} and coming in bench.engine.shared.calls


def test_busy_without_a_call() -> None:
    bench = Bench()
    bench.lines[1].says(ChannelCondition.BUSY)
    assert bench.run() == [c.ChannelChanged(1, c.CHANNEL_BUSY)]
    bench.placed()
    assert bench.lines[2].call == "out"
    bench.offered(1)
    assert bench.state() == s.OFFERED


def test_draining() -> None:
    bench = Bench()
    bench.engine.drain(True, 0)
    with pytest.raises(LocalError, match="drained"):
        bench.placed()
    bench.lines[1].rings()
    bench.run()
    assert not bench.of(c.CallOffered) and not bench.of(c.CallReleased)
    assert bench.lines[1].causes == [42] and bench.state() == s.IDLE


def test_restart() -> None:
    bench = Bench()
    call = bench.offered()
    bench.engine.restart((), 0)
    bench.run()
    assert c.RestartDone((1, 2, 3), True, True) in bench.seen
    assert c.CallReleased(call, 1, 31, 3, True) in bench.seen


def test_span_down_and_up() -> None:
    bench = Bench()
    bench.engine.line_down((1, 2, 3), 0)
    call = bench.placed()
    assert bench.seen[-1] == c.CallReleased(call, 0, 34, 3, True)
    bench.engine.line_up((1, 2, 3), 0)
    bench.placed()
    assert bench.lines[1].call == "out"


def test_recording_channels_only_listen() -> None:
    bench = Bench(LineType.RECORDING)
    with pytest.raises(LocalError, match="record others' calls"):
        bench.placed()
    call = bench.offered()
    with pytest.raises(LocalError, match="they answer them"):
        bench.engine.answer(call, 0)
    bench.lines[1].answers()
    bench.lines[1].over(16, far=True, idle=True)
    bench.run()
    assert bench.of(c.CallConnected) and bench.of(c.CallReleased)


REQUESTS: list[tuple[str, Callable[[BoardCalls, int], None]]] = [
    ("whole numbers", lambda e, call: e.send_digits(call, "1", True, 0)),
    ("notifications", lambda e, call: e.notify(call, 0, 0)),
    ("user information", lambda e, call: e.send_user_information(call, b"x", 0)),
    ("cause 0 does not exist", lambda e, call: e.clear(call, 0, 0)),
    ("no answer now", lambda e, call: e.answer(call, 0)),
    ("no alert now", lambda e, call: e.alert(call, False, 0)),
    ("no call 99", lambda e, call: e.clear(99, 16, 0)),
    ("no channel 7", lambda e, call: e.block((7,), 0)),
]


@pytest.mark.parametrize(("text", "request_"), REQUESTS, ids=[t for t, _ in REQUESTS])
def test_what_cannot_be_had(text: str, request_: Callable[[BoardCalls, int], None]) -> None:
    bench = Bench()
    call = bench.placed()
    with pytest.raises(LocalError, match=text):
        request_(bench.engine, call)


def test_overlap_sending_is_beyond_boards() -> None:
    with pytest.raises(LocalError, match="whole numbers only"):
        Bench().placed(complete=False)


def test_an_answer_that_the_board_refuses() -> None:
    bench = Bench()
    call = bench.offered()
    bench.lines[1].refuses = "error 14"
    with pytest.raises(LocalError, match="does not answer: error 14"):
        bench.engine.answer(call, 0)
    bench.lines[1].refuses = ""
    bench.engine.answer(call, 0)
    assert bench.run() == [c.CallConnected(call, 1, None)]


def test_every_report_in_every_state() -> None:
    """Whatever a board tells and whenever: an end is an end, and nothing escapes."""
    makers: dict[int, Callable[[Bench], object]] = {
        s.IDLE: lambda b: None,
        s.SEIZED: lambda b: b.lines[1].says(ChannelCondition.BUSY),
        s.OUT_OF_SERVICE: lambda b: b.lines[1].says(ChannelCondition.OUT_OF_SERVICE),
        s.DIALLING: lambda b: b.placed(),
        s.RINGING: lambda b: (b.placed(), b.lines[1].alerts()),
        s.COLLECTING: lambda b: b.lines[1].rings(complete=False),
        s.OFFERED: lambda b: b.lines[1].rings(),
        s.TALKING: lambda b: (b.placed(), b.lines[1].answers()),
        s.TONES: lambda b: (b.placed(), b.lines[1].over(16, True, False)),
    }
    reports: list[Callable[[Line], None]] = [
        lambda line: line.rings(),
        lambda line: line.more("1", False),
        lambda line: line.told.append(CallProgressing(0, 1, 1, False)),
        lambda line: line.alerts(),
        lambda line: line.answers(),
        lambda line: line.over(16, True, True),
        lambda line: line.over(16, True, False),
        lambda line: line.over(16, False, False),
        *(lambda line, w=where: line.says(w) for where in ChannelCondition),
    ]
    for state, make in makers.items():
        for report in reports:
            bench = Bench(tones=True)
            make(bench)
            bench.run()
            assert bench.state() == state
            report(bench.lines[1])
            bench.run()
            bench.lines[1].call = ""
            bench.lines[1].says(ChannelCondition.OUT_OF_SERVICE)
            bench.lines[1].says(ChannelCondition.IDLE)
            bench.run()
            assert bench.state() == s.IDLE and not bench.engine.shared.calls
            assert len(bench.of(c.CallReleased)) >= len(bench.of(c.CallOffered))


def test_reports_of_a_channel_that_is_not_ours() -> None:
    bench = Bench()
    bench.engine.receive(CallEnded(0, 1, 9, 16, True, True), 0)
    assert bench.engine.counters() == {"stray_reports": 1}


def test_what_a_channel_does_in_words() -> None:
    bench = Bench()
    bench.placed()
    assert bench.engine.channel_text(1) == "Dials; board: out"


def test_no_call_outlives_the_process() -> None:
    """The board's library hangs up when the process that loaded it ends."""
    bench = Bench()
    call = bench.placed()
    bench.lines[1].answers()
    bench.run()
    assert bench.engine.keep(call) is None
    with pytest.raises(LocalError, match="the line was let go"):
        bench.engine.adopt(c.KeptCall(2, True), bench.now)
