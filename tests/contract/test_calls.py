"""What every board does that controls its calls by itself: calls, conditions, voice, features."""

from __future__ import annotations

import pathlib
import random
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from call_benches import CALL_MAKERS, CallBench

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
)
from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Direction, Listen, LiveAudio
from trunkd.board.media_events import DigitHeard
from trunkd.board.model import Feature, HdlcConfig, SpanKind, Timeslot
from trunkd.errors import DriverError, LocalError

SPEECH = random.Random(6).randbytes(2400)
SAID = SPEECH + b"\xd5" * 4000
"""With half a second of silence, for what is on its way when it has been played."""


@pytest.fixture(scope="module", params=sorted(CALL_MAKERS))
def bench(request: pytest.FixtureRequest) -> Iterator[CallBench]:
    made = CALL_MAKERS[request.param]()
    made.board.start()
    yield made
    made.close()


def answered(bench: CallBench) -> tuple[Timeslot, object]:
    """A call that came in and was answered, its timeslot open."""
    far = bench.call_in("8801", "13800000001")
    came = bench.wait_for(CallArrived)
    slot = bench.board.span(came.span).timeslots[came.timeslot]
    assert slot.calls is not None
    slot.open_voice()
    slot.calls.answer()
    bench.wait_for(CallAnswered, span=came.span, timeslot=came.timeslot)
    bench.far_talks(far)
    return slot, far


def over(bench: CallBench, slot: Timeslot) -> None:
    assert slot.calls is not None
    slot.close()
    slot.calls.hang_up()
    bench.wait_for(CallEnded, timeslot=slot.number, idle=True)


def test_faceplate(bench: CallBench) -> None:
    board = bench.board
    assert Feature.CALLS in board.features
    assert [span.number for span in board.spans] == list(range(1, len(board.spans) + 1))
    for span in board.spans:
        assert board.span(span.number) is span and span.kind in SpanKind
        assert [slot.number for slot in span.timeslots] == list(range(len(span.timeslots)))
        assert not span.alarms and span.fault == ""
    assert bench.channels()
    for slot in bench.channels():
        assert slot.calls is not None
        assert slot.calls.condition() is ChannelCondition.IDLE and slot.calls.state_text()
    with pytest.raises(LocalError, match="started already"):
        board.start()
    with pytest.raises(DriverError, match="real time"):
        board.step(1)


def test_in_and_far_end_hangs_up(bench: CallBench) -> None:
    far = bench.call_in("8801", "13800000001")
    came = bench.wait_for(CallArrived)
    called = "8801" if bench.called_comes else ""
    assert (came.called, came.calling, came.complete) == (called, "13800000001", True)
    slot = bench.board.span(came.span).timeslots[came.timeslot]
    assert slot.calls is not None and slot.calls.condition() is ChannelCondition.BUSY
    slot.calls.alert()
    slot.calls.answer()
    bench.wait_for(CallAnswered, timeslot=came.timeslot)
    bench.far_hangs_up(far)
    end = bench.wait_for(CallEnded, timeslot=came.timeslot)
    assert end.far and end.cause == 16
    if not end.idle:
        slot.calls.hang_up()
        bench.wait_for(CallEnded, timeslot=came.timeslot, idle=True)
    bench.wait_for(ConditionChanged, timeslot=came.timeslot, condition=ChannelCondition.IDLE)
    assert slot.calls.condition() is ChannelCondition.IDLE


def test_out(bench: CallBench) -> None:
    slot = bench.channels()[-1]
    assert slot.calls is not None
    slot.calls.dial("5551234", "99")
    bench.called()
    bench.wait_for(CallProgressing, timeslot=slot.number)
    bench.wait_for(CallAnswered, timeslot=slot.number)
    assert slot.calls.condition() is ChannelCondition.BUSY
    with pytest.raises(DriverError, match="has a call"):
        slot.calls.dial("5551234")
    slot.calls.hang_up()
    end = bench.wait_for(CallEnded, timeslot=slot.number, idle=True)
    assert not end.far


def test_voice_both_ways(bench: CallBench) -> None:
    slot, far = answered(bench)
    if Feature.PLAY in bench.board.features:
        heard = bench.far_hears(far)
        slot.play(SAID, tag=42)
        end = bench.wait_for(PlayEnded)
        assert (end.tag, end.octets, end.reason) == (42, len(SAID), MediaEnd.COMPLETE)
        assert SPEECH in heard()
    if Feature.RECORD in bench.board.features:
        slot.record(800_000, tag=7)
        bench.far_plays(far, SAID)
        slot.stop_record()
        end = bench.wait_for(RecordEnded)
        assert (end.tag, end.reason) == (7, MediaEnd.STOPPED)
        assert SPEECH in slot.recorded()
    over(bench, slot)


def test_digits(bench: CallBench) -> None:
    slot, far = answered(bench)
    if Feature.LISTEN in bench.board.features:
        slot.listen(Listen.DTMF)
        heard = ""
        for _ in range(5):  # sound of a board that others keep waiting has gaps: a digit is two
            bench.seen.clear()
            bench.far_sends(far, "19#*")
            heard = ""
            while not heard.endswith("*"):
                heard += bench.wait_for(DigitHeard, ended=False).digit
            if heard == "19#*":
                break
        assert heard == "19#*"
    over(bench, slot)


def test_connection(bench: CallBench) -> None:
    (one, far_one), (two, far_two) = answered(bench), answered(bench)
    if Feature.CONNECT in bench.board.features:
        two.connect(one)
        heard = bench.far_hears(far_two)
        bench.far_plays(far_one, SAID)
        assert SPEECH in heard()
        two.connect(None)
    over(bench, one)
    over(bench, two)


USES = (
    (Feature.HDLC, lambda b, s: s.open_hdlc(HdlcConfig())),
    (Feature.CAS, lambda b, s: s.set_bits(1)),
    (Feature.CAS, lambda b, s: s.bits()),
    (Feature.CONDITION, lambda b, s: s.condition(Direction.SENT, None)),
    (Feature.CONDITION, lambda b, s: s.cancel_echo(None)),
    (Feature.STREAM, lambda b, s: s.live_audio(LiveAudio())),
    (Feature.LOOPBACK, lambda b, s: b.spans[0].set_loopback(None)),
    (Feature.PLAY, lambda b, s: s.play(b"x")),
    (Feature.PLAY_LIST, lambda b, s: s.play_list([])),
    (Feature.RECORD, lambda b, s: s.record(8)),
    (Feature.CONNECT, lambda b, s: s.connect(None)),
    (Feature.LISTEN, lambda b, s: s.listen(Listen.DTMF)),
    (Feature.CONFERENCE, lambda b, s: b.conference()),
)


def test_what_a_board_has_not_it_says(bench: CallBench) -> None:
    slot = bench.channels()[0]
    for feature, use in USES:
        if feature not in bench.board.features:
            with pytest.raises(DriverError, match="this board"):
                use(bench.board, slot)
    assert all(feature in bench.board.features for feature in bench.board.limits)


@pytest.mark.parametrize("name", sorted(CALL_MAKERS))
def test_close(name: str) -> None:
    bench = CALL_MAKERS[name]()
    try:
        slot = bench.channels()[0]
        bench.board.close()
        bench.board.close()
        for use in (bench.board.events, bench.board.stats, bench.board.fileno, slot.open_voice):
            with pytest.raises(LocalError, match=r"is closed: open it again"):
                use()
    finally:
        bench.close()
