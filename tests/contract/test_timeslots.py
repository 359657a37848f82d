"""HDLC, voice and connections on every board: both ways, every length, bit-exact."""

from __future__ import annotations

import random

import pytest

from trunkd.board.events import (
    BitsChanged,
    FrameFault,
    FrameFaulty,
    FrameReceived,
    MediaEnd,
    PlayEnded,
    RecordEnded,
)
from trunkd.board.model import Feature, HdlcConfig, Interframe, Law, Loopback, SpanKind
from trunkd.errors import DriverError, LocalError


def frames_to(bench, span: int) -> list[bytes]:
    return [event.frame for event in bench.of(FrameReceived) if event.span == span]


# ---- HDLC ----------------------------------------------------------------------------------------


def test_frames_of_every_length_both_ways(up) -> None:
    near, far = up.hdlc()
    rng = random.Random(1)
    lengths = list(range(2, 265)) if up.thorough else [2, 3, 7, 64, 128, 263, 264]
    there = [rng.randbytes(n) for n in lengths]
    back = [bytes([0xFF, 0x7E, 0x3F][n % 3] for _ in range(n)) for n in reversed(lengths)]
    for frame, other in zip(there, back, strict=True):
        # Frames do not all fit at once: the queue's limit is part of the contract.
        up.wait(lambda frame=frame: near.transmit(frame))
        up.wait(lambda other=other: far.transmit(other))
    up.wait(lambda: len(up.of(FrameReceived)) == 2 * len(lengths), 60_000)
    assert frames_to(up, 2) == there
    assert frames_to(up, 1) == back
    assert not up.of(FrameFaulty)
    ours, theirs = near.counters(), far.counters()
    assert ours.tx_frames == theirs.rx_frames == len(lengths)
    assert ours.tx_octets == theirs.rx_octets == sum(lengths)


@pytest.mark.parametrize("interframe", list(Interframe))
def test_fill_between_frames(up, interframe: Interframe) -> None:
    near, far = up.near.timeslots[9], up.far.timeslots[9]
    near.open_hdlc(HdlcConfig(interframe))
    far.open_hdlc(HdlcConfig(interframe))
    up.pass_time(20)
    up.seen.clear()
    near.transmit(b"first")
    up.wait(lambda: len(up.of(FrameReceived)) == 1)
    up.pass_time(20)
    near.transmit(b"second")
    up.wait(lambda: len(up.of(FrameReceived)) == 2)
    assert frames_to(up, 2) == [b"first", b"second"]
    assert not up.of(FrameFaulty)


def test_a_full_queue_refuses_and_loses_nothing(up) -> None:
    near, _ = up.hdlc()
    frames = []
    while True:
        frame = len(frames).to_bytes(2, "big") * 100
        if not near.transmit(frame):
            break
        frames.append(frame)
        assert len(frames) < 100_000
    assert near.counters().tx_refused == 1
    if up.thorough:
        up.wait(lambda: len(up.of(FrameReceived)) == len(frames), 120_000)
    else:
        up.wait(lambda: len(up.of(FrameReceived)) >= 5)
    got = frames_to(up, 2)
    assert got == frames[: len(got)]


def test_receiver_limits(up) -> None:
    """Too short and too long frames are faults, counted, and the next frame is right again."""
    near, far = up.near.timeslots[2], up.far.timeslots[2]
    near.open_hdlc(HdlcConfig(max_octets=200, min_octets=0))
    far.open_hdlc(HdlcConfig(max_octets=100, min_octets=4))
    up.pass_time(5)
    up.seen.clear()
    for frame in (b"ok 1", b"abc", b"ok 2", bytes(range(150)), b"ok 3"):
        assert near.transmit(frame)
    up.wait(lambda: len(up.of(FrameReceived)) == 3)
    assert frames_to(up, 2) == [b"ok 1", b"ok 2", b"ok 3"]
    assert [e.fault for e in up.of(FrameFaulty)] == [FrameFault.SHORT, FrameFault.LONG]
    counters = far.counters()
    assert (counters.short, counters.long, counters.rx_frames) == (1, 1, 3)


def test_close_drops_what_waits_and_opens_clean(up) -> None:
    near, _ = up.hdlc()
    for _ in range(10):
        near.transmit(b"old" * 50)
    near.close()
    near.open_hdlc(HdlcConfig())
    # The frame that was broken off ends in idle octets, which may be any fault, never a frame.
    up.pass_time(30)
    assert b"old" * 50 not in frames_to(up, 2)[1:]
    up.seen.clear()
    near.transmit(b"new")
    up.wait(lambda: up.of(FrameReceived) != [])
    assert frames_to(up, 2) == [b"new"]
    assert near.counters().tx_frames == 1


def test_all_timeslots_at_once(up) -> None:
    for timeslot in range(1, up.last + 1):
        up.near.timeslots[timeslot].open_hdlc(HdlcConfig())
        up.far.timeslots[timeslot].open_hdlc(HdlcConfig())
    up.pass_time(20)
    up.seen.clear()
    for timeslot in range(1, up.last + 1):
        up.near.timeslots[timeslot].transmit(bytes([timeslot]) * 50)
    up.wait(lambda: len(up.of(FrameReceived)) == up.last)
    assert {e.timeslot: e.frame for e in up.of(FrameReceived)} == {
        n: bytes([n]) * 50 for n in range(1, up.last + 1)
    }


# ---- voice ---------------------------------------------------------------------------------------


def media(bench, needed: Feature) -> bool:
    """False after seeing that a board without the feature says so."""
    if needed in bench.board.features:
        return True
    with pytest.raises(DriverError, match="cannot"):
        bench.near.timeslots[1].play(b"x")
    return False


def test_played_octets_arrive_exactly(up) -> None:
    if not media(up, Feature.PLAY | Feature.RECORD):
        return
    near, far = up.voice()
    speech = random.Random(2).randbytes(1600)
    n = 2400 + 8 * up.LATENCY_MS
    far.record(n, tag=7)
    near.play(speech, tag=42)
    up.wait(lambda: up.of(PlayEnded) != [] and up.of(RecordEnded) != [])
    (played,), (recorded,) = up.of(PlayEnded), up.of(RecordEnded)
    assert (played.span, played.timeslot, played.tag) == (1, 1, 42)
    assert (played.octets, played.reason) == (1600, MediaEnd.COMPLETE)
    assert (recorded.span, recorded.tag) == (2, 7)
    assert (recorded.octets, recorded.reason) == (n, MediaEnd.COMPLETE)
    kept = far.recorded()
    at = kept.index(speech)
    idle = b"\xd5"
    assert kept == idle * at + speech + idle * (n - 1600 - at)


@pytest.mark.parametrize(("law", "idle", "octet"), [(Law.MU, None, 0xFF), (Law.A, 0x54, 0x54)])
def test_idle_octet(up, law: Law, idle: int | None, octet: int) -> None:
    near, far = up.near.timeslots[7], up.far.timeslots[7]
    near.open_voice(law, idle)
    far.open_voice(law, idle)
    up.pass_time(45)
    far.record(160)
    up.wait(lambda: up.of(RecordEnded) != [])
    assert far.recorded() == bytes([octet]) * 160


def test_one_at_a_time_and_again_after_the_end(up) -> None:
    near, far = up.voice()
    near.play(bytes(800_000), tag=1)
    far.record(800_000, tag=2)
    with pytest.raises(LocalError, match="busy"):
        near.play(b"x")
    with pytest.raises(LocalError, match="busy"):
        far.record(8)
    near.stop_play()
    far.stop_record()
    up.wait(lambda: up.of(PlayEnded) != [] and up.of(RecordEnded) != [])
    near.play(b"\x11" * 80, tag=3)
    far.record(240, tag=4)
    up.wait(lambda: len(up.of(PlayEnded)) == 2 and len(up.of(RecordEnded)) == 2)
    assert [e.tag for e in up.of(PlayEnded)] == [1, 3]
    assert [e.tag for e in up.of(RecordEnded)] == [2, 4]
    with pytest.raises(LocalError, match="nothing to play"):
        near.play(b"")
    with pytest.raises(LocalError, match="recording of 0"):
        far.record(0)


def test_stopping(up) -> None:
    near, far = up.voice()
    near.play(bytes(80_000), tag=5)
    far.record(80_000, tag=6)
    up.pass_time(60)
    near.stop_play()
    far.stop_record()
    up.wait(lambda: up.of(PlayEnded) != [] and up.of(RecordEnded) != [])
    (played,), (recorded,) = up.of(PlayEnded), up.of(RecordEnded)
    assert played.reason is recorded.reason is MediaEnd.STOPPED
    assert 100 <= played.octets < 80_000 and 100 <= recorded.octets < 80_000
    assert len(far.recorded()) == recorded.octets
    near.stop_play()
    far.stop_record()
    up.pass_time(30)
    assert len(up.seen) == 2


def test_closing_ends_media(up) -> None:
    near, _ = up.voice()
    near.play(bytes(80_000), tag=1)
    near.record(80_000, tag=2)
    up.pass_time(60)
    near.close()
    up.wait(lambda: up.of(PlayEnded) != [] and up.of(RecordEnded) != [])
    assert {e.reason for e in up.seen} == {MediaEnd.STOPPED}
    assert {e.tag for e in up.seen} == {1, 2}
    assert len(near.recorded()) == up.of(RecordEnded)[0].octets > 100


def test_recorded_grows(up) -> None:
    near, far = up.voice()
    assert far.recorded() == b""
    far.record(80_000)
    up.pass_time(45)
    one = len(far.recorded())
    up.pass_time(45)
    assert 0 < one < len(far.recorded())
    assert near.recorded() == b""


# ---- connections and loopbacks -------------------------------------------------------------------


def test_a_connection_is_bit_exact(up) -> None:
    """far plays on 4; near sends what it receives on 4 out on 5; far records 5."""
    for span in (up.near, up.far):
        span.timeslots[4].open_voice()
        span.timeslots[5].open_voice()
    up.near.timeslots[5].connect(up.near.timeslots[4])
    speech = random.Random(3).randbytes(1000)
    up.pass_time(45)
    up.far.timeslots[5].record(2400 + 16 * up.LATENCY_MS)
    up.far.timeslots[4].play(speech)
    up.wait(lambda: up.of(RecordEnded) != [])
    assert speech in up.far.timeslots[5].recorded()
    up.near.timeslots[5].connect(None)
    up.pass_time(45)
    up.seen.clear()
    up.far.timeslots[5].record(400)
    up.far.timeslots[4].play(speech)
    up.wait(lambda: up.of(RecordEnded) != [])
    assert up.far.timeslots[5].recorded() == b"\xd5" * 400
    with pytest.raises(LocalError, match="framing"):
        up.near.timeslots[5].connect(up.near.timeslots[0])


def test_local_loopback(up) -> None:
    """What we send comes back to us; nothing of the far end does."""
    if Feature.LOOPBACK not in up.board.features:
        with pytest.raises(DriverError, match="no loopback"):
            up.near.set_loopback(Loopback.LOCAL)
        return
    near, far = up.hdlc()
    up.near.set_loopback(Loopback.LOCAL)
    up.pass_time(60)
    up.seen.clear()
    near.transmit(b"to myself")
    far.transmit(b"unheard")
    up.wait(lambda: frames_to(up, 1) != [])
    up.pass_time(45)
    assert frames_to(up, 1) == [b"to myself"]
    up.near.set_loopback(Loopback.NONE)
    up.pass_time(60)
    up.seen.clear()
    far.transmit(b"heard")
    up.wait(lambda: up.of(FrameReceived) != [])
    assert frames_to(up, 1) == [b"heard"]


def test_line_loopback(up) -> None:
    """What the far end sends goes back to it."""
    if Feature.LOOPBACK not in up.board.features:
        return
    _, far = up.hdlc()
    up.near.set_loopback(Loopback.LINE)
    up.pass_time(100)
    up.seen.clear()
    far.transmit(b"round trip")
    up.wait(lambda: frames_to(up, 2) != [])
    assert frames_to(up, 2) == [b"round trip"]


# ---- CAS -----------------------------------------------------------------------------------------


def test_abcd_bits(cas_bench) -> None:
    if Feature.CAS not in cas_bench.board.features:
        with pytest.raises(DriverError, match="no CAS"):
            cas_bench.near.timeslots[1].set_bits(9)
        return
    cas_bench.pass_time(100)
    cas_bench.seen.clear()
    # 0 is no change on a T1, whose bits begin as 0; an E1 has it on timeslots 17 to 31 only.
    on_t1 = cas_bench.near.kind is SpanKind.T1
    want = {1: 9, 16: 2, 24: 5} if on_t1 else {1: 9, 15: 1, 17: 0, 31: 5}
    for timeslot, bits in want.items():
        cas_bench.near.timeslots[timeslot].set_bits(bits)
    cas_bench.wait(lambda: len(cas_bench.of(BitsChanged)) >= len(want))
    assert {(e.span, e.timeslot): e.bits for e in cas_bench.of(BitsChanged)} == {
        (2, timeslot): bits for timeslot, bits in want.items()
    }
    for timeslot, bits in want.items():
        assert cas_bench.far.timeslots[timeslot].bits() == bits


def test_abcd_wrong_use(cas_bench, up) -> None:
    if Feature.CAS not in cas_bench.board.features:
        return  # test_abcd_bits looks at what it says then
    slot = cas_bench.near.timeslots[1]
    on_t1 = cas_bench.near.kind is SpanKind.T1
    for wrong in (16, -1, 1 << 40) if on_t1 else (0, 16, -1, 1 << 40):
        least = 0 if on_t1 else 1
        with pytest.raises(LocalError, match=f"ABCD bits {wrong}: give {least} to 15"):
            slot.set_bits(wrong)
    for number in (0,) if on_t1 else (0, 16):
        with pytest.raises(LocalError, match="has no ABCD bits"):
            cas_bench.near.timeslots[number].set_bits(9)
    if not on_t1:
        with pytest.raises(LocalError, match="carries CAS"):
            cas_bench.near.timeslots[16].open_hdlc(HdlcConfig())
    if Feature.CAS not in up.board.features:
        return
    without = "has no robbed bits" if up.near.kind is SpanKind.T1 else "no CAS: configure it"
    with pytest.raises(LocalError, match=without):
        up.near.timeslots[1].set_bits(9)
    with pytest.raises(LocalError, match=without):
        up.near.timeslots[1].bits()


def test_a_clear_channel_has_no_bits(cas_bench) -> None:
    """T1: a timeslot opened for HDLC is not robbed, its frames arrive, and its bits are refused."""
    if cas_bench.near.kind is not SpanKind.T1:
        return
    near, _ = cas_bench.hdlc(24)
    with pytest.raises(LocalError, match="timeslot 24 is a clear channel: close it"):
        near.set_bits(5)
    frame = bytes(200)
    near.transmit(frame)
    cas_bench.wait(lambda: cas_bench.of(FrameReceived) != [])
    assert frames_to(cas_bench, 2) == [frame]
