"""Channels of all kinds on the real kernel driver: octets, frames, bits, ports."""

from __future__ import annotations

import random
from typing import Any

import pytest

from trunkd.board.events import BitsChanged, FrameReceived, MediaEnd, RecordEnded
from trunkd.board.line import Feed as LineFeed
from trunkd.board.line import HookChanged, LineSent, PulseShape, RingChanged, Ringing
from trunkd.board.model import HdlcConfig
from trunkd.drivers.dahdi import KernelEvent
from trunkd.errors import DriverError, LocalError


def test_octets_arrive_bit_exact(started: Any) -> None:
    seen = started("mixed")
    near, far = (seen.board.span(n).timeslots[1] for n in (1, 2))
    octets = random.Random(1).randbytes(16000)
    near.open_voice()
    far.open_voice()
    seen.run(0.3)
    far.record(24000)
    near.play(octets)
    ended = seen.wait(RecordEnded)
    assert ended.reason is MediaEnd.COMPLETE
    assert octets in far.recorded()


def test_a_loop_through_both_boards_is_bit_exact(started: Any) -> None:
    """Out on timeslot 1, connected at the far end to timeslot 2, back: two passes of the kernel."""
    seen = started("mixed")
    near, far = seen.board.spans
    octets = random.Random(2).randbytes(8000)
    for span in (near, far):
        for number in (1, 2):
            span.timeslots[number].open_voice()
    far.timeslots[2].connect(far.timeslots[1])
    seen.run(0.3)
    near.timeslots[2].record(16000)
    near.timeslots[1].play(octets)
    seen.wait(RecordEnded)
    assert octets in near.timeslots[2].recorded()


@pytest.mark.parametrize(
    ("timeslot", "options"), [(9, ""), (9, "hdlc=kernel"), (16, ""), (16, "block_ms=20")]
)
def test_frames(started: Any, timeslot: int, options: str) -> None:
    """Clear channels by our HDLC and by the kernel's, D-channels by the kernel's."""
    seen = started("mixed", options)
    near, far = (seen.board.span(n).timeslots[timeslot] for n in (1, 2))
    near.open_hdlc(HdlcConfig())
    far.open_hdlc(HdlcConfig())
    seen.run(0.3)
    seen.clear()
    want = [bytes([2, 1, n]) * (n % 80 + 1) for n in range(60)]
    for frame in want:
        assert near.transmit(frame)
    assert far.transmit(b"back")
    assert seen.run(10, lambda: len(seen.of(FrameReceived)) == 61)
    assert [e.frame for e in seen.of(FrameReceived) if e.span == 2] == want
    assert [e.frame for e in seen.of(FrameReceived) if e.span == 1] == [b"back"]
    assert near.counters().tx_frames == far.counters().rx_frames == 60
    near.close()
    seen.run(0.1)
    with pytest.raises(LocalError, match="closed"):
        near.counters()


def test_what_a_channel_cannot_carry(started: Any) -> None:
    board = started("mixed").board
    with pytest.raises(LocalError, match=r"D-channel \(dchan\).*not voice"):
        board.span(1).timeslots[16].open_voice()
    with pytest.raises(LocalError, match=r"dchan.*'mtp2=16'.*for an SS7 link"):
        board.span(1).timeslots[16].open_hdlc(HdlcConfig(mtp2=True))
    with pytest.raises(LocalError, match="has no CAS: configure it as 'cas=9:1001'"):
        board.span(1).timeslots[9].set_bits(9)
    with pytest.raises(DriverError, match="no loopback"):
        from trunkd.board.model import Loopback

        board.span(1).set_loopback(Loopback.LOCAL)


def test_bits(started: Any) -> None:
    seen = started("mixed")
    near, far = (seen.board.span(n).timeslots[6] for n in (1, 2))
    assert near.bits() == far.bits() == 0b1101
    seen.clear()
    told = []
    for bits in (1, 2, 9, 5, 13, 1):
        near.set_bits(bits)
        told.append(seen.wait(BitsChanged, span=2, timeslot=6, bits=bits))
        assert far.bits() == bits
        seen.events.clear()
    # No event of the neighbours, whose bits the kernel shows in the high half.
    seen.run(0.2)
    assert not seen.of(BitsChanged)


def test_a_telephone_line(started: Any) -> None:
    """FXS (fxoks) to FXO (fxsks): ring, answer, hang up, by the kernel's own signalling."""
    seen = started("mixed")
    fxs, fxo = seen.board.span(1).timeslots[13].line, seen.board.span(2).timeslots[13].line
    assert (fxs.kind.value, fxo.kind.value) == ("fxs", "fxo")
    with pytest.raises(LocalError, match="is an FXO and cannot feed"):
        fxo.feed(LineFeed.NORMAL)
    seen.run(2.2)  # DAHDI hears no ringing for so long after a line was configured
    seen.clear()
    fxs.feed(LineFeed.RINGING, Ringing())
    seen.run(1)
    fxs.feed(LineFeed.NORMAL)
    assert seen.wait(RingChanged, span=2, timeslot=13).on
    assert seen.run(1, lambda: [e.on for e in seen.of(RingChanged)] == [True, False])
    fxs.feed(LineFeed.RINGING, Ringing())
    seen.run(0.5)
    fxo.loop(True)
    assert seen.wait(HookChanged, span=1, timeslot=13).off
    assert fxs.off_hook() and fxo.off_hook()
    fxs.feed(LineFeed.NORMAL)
    seen.clear()
    fxo.loop(False)
    assert not seen.wait(HookChanged, span=1, timeslot=13).off
    assert seen.of(KernelEvent)


def test_pulses_and_a_flash(started: Any) -> None:
    """FXO (fxsks) to FXS (fxoks): the kernel dials, and counts at the other end."""
    seen = started("mixed")
    fxo = seen.board.span(2).timeslots[13].line
    with pytest.raises(LocalError, match="close the loop to dial by pulses"):
        fxo.pulses("3", PulseShape())
    seen.run(2.2)
    fxo.loop(True)
    assert seen.wait(HookChanged, span=1, timeslot=13).off
    seen.run(2)  # what follows off hook at once is not taken for pulses
    seen.clear()
    assert not fxo.sending()
    fxo.pulses("3", PulseShape(10, 60), 11)
    assert fxo.sending()
    with pytest.raises(LocalError, match="is busy: wait for its LineSent"):
        fxo.flash(300, 12)
    assert seen.wait(LineSent, 20, span=2, timeslot=13).tag == 11
    assert not fxo.sending()
    want = [False, True] * 3
    assert seen.run(10, lambda: [e.off for e in seen.of(HookChanged) if e.span == 1] == want)
    with pytest.raises(LocalError, match="give 1 to 32 digits"):
        fxo.pulses("a", PulseShape())
    assert not fxo.sending()


def test_echo_and_gain_of_the_kernel(started: Any) -> None:
    from trunkd.board.media import EchoCancelling

    seen = started("trunk", "echo=kernel")
    with_one, without = (seen.board.span(1).timeslots[n] for n in (1, 2))
    for timeslot in (with_one, without, seen.board.span(2).timeslots[1]):
        timeslot.open_voice()
    with_one.cancel_echo(EchoCancelling())
    with_one.cancel_echo(None)
    with pytest.raises(LocalError, match="no echo canceller: write 'echocanceller=mg2,2'"):
        without.cancel_echo(EchoCancelling())
    with_one.set_gain(0, -6)
    seen.run(0.3)
    far = seen.board.span(2).timeslots[1]
    far.record(4000)
    with_one.play(b"\x2a" * 4000)
    seen.wait(RecordEnded)
    heard = far.recorded()[-200:]
    assert set(heard) != {0x2A} and len(set(heard)) == 1
    with pytest.raises(LocalError, match="no such gain in its converters"):
        with_one.set_hardware_gain(1, 1)
