"""The native engine under its Python wrapper: layout, bounded rings, memory of media, health."""

from __future__ import annotations

import errno
import random
import select
import sys
import time

import pytest

from trunkd.board.clock import MILLISECOND, SECOND, VirtualClock
from trunkd.board.events import (
    BoardEvent,
    EventsLost,
    FrameReceived,
    PlayEnded,
)
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard
from trunkd.errors import DriverError
from trunkd.native import wrap_engine
from trunkd.native.wrap import ffi, lib


def board(options: str = "", stepped: bool = True) -> SimBoard:
    made = open_board(f"sim://lab?cable=1-2&{options}", clock=VirtualClock() if stepped else None)
    assert isinstance(made, SimBoard)
    made.start()
    if stepped:
        run(made, 50)
    return made


def run(made: SimBoard, milliseconds: float) -> list[BoardEvent]:
    """Step without taking events; then take all that are there."""
    end = made.clock.now() + round(milliseconds * MILLISECOND)
    while made.clock.now() < end:
        made.step(end)
    return made.events()


def test_the_event_head_is_as_python_reads_it() -> None:
    assert ffi.sizeof("td_event") == wrap_engine.EVENT.size == 32
    names = ["time", "tag", "size", "octets", "length", "value", "kind", "span", "timeslot", "code"]
    assert [name for name, _ in ffi.typeof("td_event").fields] == names


def test_events_that_do_not_fit_are_counted_and_told_in_their_place() -> None:
    made = board("ring_octets=4096")
    source, sink = made.span(1).timeslots[16], made.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    run(made, 10)
    for n in range(60):
        assert source.transmit(n.to_bytes(2, "big") * 60)
    got = run(made, 1500)
    lost = 60 - len([e for e in got if isinstance(e, FrameReceived)])
    assert lost > 20
    # Room again: the loss is told before anything new.
    source.transmit(b"after")
    got = run(made, 50)
    assert [type(e) for e in got] == [EventsLost, FrameReceived]
    assert got[0].count == lost == made.stats().events_lost
    assert sink.counters().rx_frames == 61
    made.close()


def test_the_ring_is_read_whole_however_often_it_wraps() -> None:
    made = board("ring_octets=4096")
    source, sink = made.span(1).timeslots[16], made.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    run(made, 10)
    rng = random.Random(1)
    for _ in range(300):
        frame = rng.randbytes(rng.randint(2, 264))
        assert source.transmit(frame)
        got = [e for e in run(made, 45) if isinstance(e, FrameReceived)]
        assert [e.frame for e in got] == [frame]
    assert made.stats().events_lost == 0
    made.close()


def test_lost_ends_of_playing_do_not_keep_memory() -> None:
    made = board("ring_octets=4096")
    for n in range(1, 31):
        made.span(1).timeslots[n].open_voice()
    run(made, 5)
    for _ in range(12):
        for n in range(1, 31):
            made.span(1).timeslots[n].play(b"\x55" * 80)
        end = made.clock.now() + 15 * MILLISECOND
        while made.clock.now() < end:
            made.step(end)
    ends = [e for e in run(made, 5) if isinstance(e, PlayEnded)]
    assert made.stats().events_lost > 200 and len(ends) < 160
    run(made, 50)
    run(made, 5)
    # The engine may use none of the buffers any more: the board keeps none.
    assert not made._kept
    made.close()


def test_play_keeps_its_octets_alive_until_its_end() -> None:
    made = board()
    source = made.span(1).timeslots[1]
    source.open_voice()
    speech = bytes(range(250)) * 16
    references = sys.getrefcount(speech)
    source.play(speech)
    assert sys.getrefcount(speech) > references
    run(made, 400)
    assert sys.getrefcount(speech) > references
    assert [e.octets for e in run(made, 200) if isinstance(e, PlayEnded)] == [4000]
    assert sys.getrefcount(speech) == references
    made.close()


def test_step_returns_at_the_first_block_with_an_event() -> None:
    made = board()
    source, sink = made.span(1).timeslots[16], made.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    run(made, 10)
    begun = made.clock.now()
    source.transmit(bytes(range(100)))
    reached = made.step(begun + SECOND)
    # 100 octets and FCS at 8 octets a millisecond, and a flag or so.
    assert begun + 13 * MILLISECOND <= reached <= begun + 15 * MILLISECOND
    assert len(made.events()) == 1
    assert made.step(begun + SECOND) == begun + SECOND
    assert made.step(begun) == begun + SECOND
    made.close()


def test_what_is_asked_for_between_blocks_takes_effect_after_it() -> None:
    """Nothing arrives before it was sent, wherever in a block it was asked for."""
    made = board("block_ms=10")
    source, sink = made.span(1).timeslots[16], made.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    run(made, 20)
    for offset in (0.0, 0.1, 3.3, 9.9):
        at = (made.clock.now() // (10 * MILLISECOND) + 2) * 10 * MILLISECOND
        run(made, (at - made.clock.now()) / MILLISECOND + offset)
        sent = made.clock.now()
        source.transmit(b"causal")
        got = run(made, 40)
        assert len(got) == 1 and got[0].time > sent
    made.close()


def test_engine_refuses_what_is_out_of_range() -> None:
    for spans, frames in ((0, 8), (65, 8), (1, 7), (1, 161)):
        with pytest.raises(DriverError, match="Invalid argument"):
            wrap_engine.Engine(spans, frames, 4096, True)
    engine = wrap_engine.Engine(1, 8, 4096, True)
    assert engine.configure_span(2, True, False) == -errno.ENODEV
    assert engine.step(10) == -errno.EINVAL
    assert engine.start() == 0
    assert engine.configure_span(1, True, False) == -errno.EBUSY
    assert engine.line_state(1, 7) == -errno.EINVAL
    assert engine.loopback(1, 9) == -errno.EINVAL
    assert engine.open_voice(1, 32, False, 0) == -errno.ENODEV
    assert engine.port_attach(1, 1, 9, 0, 100) == -errno.EINVAL
    assert lib.td_engine_events(engine._engine, ffi.NULL, 0) == 0
    engine.free()


def test_many_commands_at_once() -> None:
    """More than the command ring holds, before any block takes them."""
    made = board()
    timeslot = made.span(1).timeslots[1]
    for _ in range(6000):
        timeslot.open_voice()
        timeslot.close()
    timeslot.open_voice()
    timeslot.play(b"\x01\x02")
    assert [type(e) for e in run(made, 5)] == [PlayEnded]
    made.close()


def test_real_time_keeps_to_the_clock_and_counts_its_work() -> None:
    made = board(stepped=False)
    source, sink = made.span(1).timeslots[16], made.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    poll = select.poll()
    poll.register(made.fileno(), select.POLLIN)
    begun = made.clock.now()
    while made.stats().blocks < 20:
        poll.poll(5)  # until both framers stand
    got: list[BoardEvent] = []
    for n in range(20):
        sent = made.clock.now()
        source.transmit(bytes([n]) * 10)
        while len(frames := [e for e in got if isinstance(e, FrameReceived)]) <= n:
            assert poll.poll(5000)
            got += made.events()
        # On a machine that holds the engine up, board time may be late by CATCH_UP_NS.
        assert sent - SECOND // 4 < frames[n].time <= made.clock.now()
        assert frames[n].frame == bytes([n]) * 10
    stats = made.stats()
    elapsed = made.clock.now() - begun
    assert stats.block_ns == MILLISECOND
    assert stats.blocks * MILLISECOND <= elapsed + 100 * MILLISECOND
    assert 0 < stats.busy_ns < elapsed
    made.close()


def test_virtual_time_is_fast() -> None:
    """Four spans, one virtual minute: a small part of a second (an hour in well under 20 s)."""
    made = open_board("sim://lab?spans=4&cable=1-2,3-4&block_ms=1", clock=VirtualClock())
    made.start()
    begun = time.process_time_ns()
    while made.clock.now() < 60 * SECOND:
        made.step(60 * SECOND)
        made.events()
    per_frame = (time.process_time_ns() - begun) / (60 * 8000 * 4)
    assert per_frame < 300, f"{per_frame:.0f} ns a span and frame"
    made.close()
