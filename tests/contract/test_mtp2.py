"""MTP2 on every board: fill-ins that go on, filtered and counted; errors; when to give more."""

from __future__ import annotations

import pytest

from trunkd.board.events import (
    FrameFaulty,
    FrameReceived,
    SignalUnitErrors,
    SignalUnitReceived,
    TransmitLow,
)
from trunkd.board.model import Feature, HdlcConfig, Interframe, Timeslot
from trunkd.errors import DriverError, LocalError

FISU = bytes.fromhex("ffff00")
SIO = bytes.fromhex("ffff0100")
MTP2 = HdlcConfig(mtp2=True)


def msu(n: int, octets: int = 40) -> bytes:
    """Its FSN is n."""
    return bytes((0xFF, 0x80 | n & 0x7F, min(octets - 3, 63))) + bytes(octets - 3)


def has(bench) -> bool:
    """False after seeing that a board without the feature says so."""
    if Feature.MTP2 in bench.board.features:
        return True
    with pytest.raises(DriverError, match="MTP2"):
        bench.near.timeslots[16].open_hdlc(MTP2)
    return False


def link(bench, timeslot: int = 16) -> tuple[Timeslot, Timeslot]:
    near, far = bench.near.timeslots[timeslot], bench.far.timeslots[timeslot]
    near.open_hdlc(MTP2)
    far.open_hdlc(MTP2)
    bench.pass_time(45)
    return near, far


def received(bench, span: int = 2) -> list[bytes]:
    return [e.frame for e in bench.of(SignalUnitReceived) if e.span == span]


def messages(bench, span: int = 2) -> list[bytes]:
    return [su for su in received(bench, span) if len(su) > 5]


def counted(bench, span: int = 2) -> int:
    told = [*bench.of(SignalUnitReceived), *bench.of(SignalUnitErrors)]
    return sum(e.sus for e in told if e.span == span)


def test_a_fill_in_goes_on_and_is_told_twice(up) -> None:
    if not has(up):
        return
    near, far = link(up)
    up.seen.clear()
    near.transmit(SIO)
    up.wait(lambda: len(received(up)) == 2)
    up.pass_time(100)
    assert received(up) == [SIO, SIO]
    near.transmit(FISU)
    up.wait(lambda: len(received(up)) == 4)
    assert received(up) == [SIO, SIO, FISU, FISU]
    # 100 ms are 800 octets, 7 for each SIO with its flag and check bits.
    assert counted(up) > 800 // 8
    up.pass_time(45)
    counters = far.counters()
    assert counters.sus == counters.rx_frames == counters.fill_ins_filtered + 4
    assert near.counters().tx_frames == 2
    assert near.counters().fill_ins_repeated >= counters.fill_ins_filtered
    assert not up.of(FrameReceived)


def test_messages_pass_in_order_and_none_is_filtered(up) -> None:
    if not has(up):
        return
    near, far = link(up)
    near.transmit(FISU)
    far.transmit(FISU)
    lengths = list(range(6, 277)) if up.thorough else [6, 7, 60, 275, 276]
    there = [msu(n, octets) for n, octets in enumerate(lengths)]
    back = [msu(5, 20)] * len(lengths)
    for one, other in zip(there, back, strict=True):
        up.wait(lambda one=one: near.transmit(one))
        up.wait(lambda other=other: far.transmit(other))
    up.wait(lambda: len(messages(up, 2)) + len(messages(up, 1)) == 2 * len(lengths), 60_000)
    assert messages(up, 2) == there
    assert messages(up, 1) == back
    assert not up.of(SignalUnitErrors)
    assert not up.of(FrameReceived)


def test_the_end_of_the_queue_is_told_when_it_begins(up) -> None:
    """Whoever gives the next ones then leaves no gap: no fill-in between them. In a gap, and at the
    end, the FISU goes on that has the numbers of the message before: older ones ask for more."""
    if not has(up):
        return
    near, _ = link(up)
    near.transmit(FISU)
    up.pass_time(45)
    up.seen.clear()
    for n in range(3):
        near.transmit(msu(n, 200))
    given = 3
    while given < 24:
        up.wait(lambda given=given: len(up.of(TransmitLow)) == given // 3)
        for n in range(3):
            near.transmit(msu(given + n, 200))
        given += 3
    last = msu(23)[:2] + b"\0"
    up.wait(lambda: received(up)[-2:] == [last, last])
    assert [(e.span, e.timeslot) for e in up.of(TransmitLow)] == [(1, 16)] * 8
    if up.thorough:
        assert received(up) == [msu(n, 200) for n in range(24)] + [last, last]
    assert messages(up) == [msu(n, 200) for n in range(24)]


def test_errors_are_told_with_their_number(up) -> None:
    """A broken line: octet counting mode; mended, the first good signal unit ends it."""
    if not has(up):
        return
    near, far = link(up)
    near.transmit(FISU)
    up.wait(lambda: len(received(up)) == 2)
    up.cut()
    up.wait(lambda: sum(e.errors for e in up.of(SignalUnitErrors)) >= 20)
    assert not up.of(FrameFaulty)
    up.mend()
    up.wait(lambda: received(up)[2:] != [] and received(up)[-1] == FISU)
    up.pass_time(45)
    errors = sum(e.errors for e in up.of(SignalUnitErrors))
    counters = far.counters()
    assert counters.su_errors == errors
    assert counters.octet_counting >= 1
    # All that was counted was told, but for what was filtered since the last event.
    assert counters.sus - counters.fill_ins_filtered <= counted(up) <= counters.sus


def test_short_ones_are_errors_and_long_ones_counted_by_octets(up) -> None:
    if not has(up):
        return
    near, far = up.near.timeslots[9], up.far.timeslots[9]
    near.open_hdlc(HdlcConfig(max_octets=700, min_octets=0))
    far.open_hdlc(MTP2)
    up.pass_time(45)
    before = far.counters()
    for su in (FISU, b"\x01\x02", msu(1), bytes(600), msu(2)):
        near.transmit(su)
    up.wait(lambda: len(received(up)) == 3)
    assert received(up) == [FISU, msu(1), msu(2)]
    up.pass_time(45)
    counters = far.counters()
    assert counters.octet_counting - before.octet_counting == 1
    # One short, and what goes beyond m + 7 of the long one and the good one: 16 octets each.
    assert 1 + (600 - 278 + 40) // 16 - 2 <= counters.su_errors - before.su_errors <= 30


def test_closing_ends_the_fill_in_and_opening_begins_afresh(up) -> None:
    if not has(up):
        return
    near, far = link(up)
    near.transmit(FISU)
    near.transmit(msu(1))
    up.wait(lambda: len(received(up)) >= 3)
    near.close()
    up.pass_time(45)
    up.seen.clear()
    far.close()
    near.open_hdlc(MTP2)
    far.open_hdlc(MTP2)
    up.pass_time(100)
    assert received(up) == []
    near.transmit(SIO)
    up.wait(lambda: len(received(up)) == 2)
    assert received(up) == [SIO, SIO]
    assert [e.sus for e in up.of(SignalUnitReceived)] == [1, 1]


def test_wrong_use(bench) -> None:
    if not has(bench):
        return
    slot = bench.near.timeslots[3]
    for wrong in (
        HdlcConfig(Interframe.MARK, mtp2=True),
        HdlcConfig(max_octets=276, min_octets=2, mtp2=True),
        HdlcConfig(max_octets=4, min_octets=3, mtp2=True),
    ):
        with pytest.raises(LocalError, match=r"MTP2 has flags .*: give .* min_octets 3"):
            slot.open_hdlc(wrong)
    slot.open_hdlc(MTP2)
    with pytest.raises(LocalError, match="277 octets"):
        slot.transmit(bytes(277))
