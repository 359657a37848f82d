"""What every board does, whoever made it: opening, errors, events, health."""

from __future__ import annotations

import select

import pytest

from trunkd.board.events import BoardEvent, EventsLost, FrameReceived
from trunkd.board.model import Feature, HdlcConfig, SpanKind
from trunkd.errors import DriverError, LocalError


def test_faceplate_numbers(bench) -> None:
    board = bench.board
    assert [span.number for span in board.spans] == list(range(1, len(board.spans) + 1))
    for span in board.spans:
        assert board.span(span.number) is span
        assert span.kind in SpanKind
        last = {SpanKind.E1: 31, SpanKind.T1: 24}[span.kind]
        assert [t.number for t in span.timeslots] == list(range(last + 1))
        assert {t.span for t in span.timeslots} == {span.number}
    for wrong in (0, -1, len(board.spans) + 1):
        with pytest.raises(DriverError, match=f"no span {wrong}.*spans 1 to {len(board.spans)}"):
            board.span(wrong)


def test_close_twice_and_use_after(bench) -> None:
    bench.board.start()
    bench.board.close()
    bench.board.close()
    for use in (bench.board.events, bench.board.stats, bench.board.fileno):
        with pytest.raises(LocalError, match=r"is closed: open it again"):
            use()
    with pytest.raises(LocalError, match="is closed"):
        bench.near.timeslots[1].open_voice()


def test_start_twice(bench) -> None:
    bench.board.start()
    with pytest.raises(LocalError, match="started already"):
        bench.board.start()


def test_close_before_start(bench) -> None:
    bench.near.timeslots[16].open_hdlc(HdlcConfig())
    bench.near.timeslots[16].transmit(b"ab")
    bench.board.close()


def test_timeslot_0_carries_framing(up) -> None:
    for opening in (
        lambda t: t.open_hdlc(HdlcConfig()),
        lambda t: t.open_voice(),
    ):
        with pytest.raises(LocalError, match=r"timeslot 0 carries framing"):
            opening(up.near.timeslots[0])


def test_open_twice(up) -> None:
    timeslot = up.near.timeslots[3]
    timeslot.open_voice()
    for opening in (lambda: timeslot.open_hdlc(HdlcConfig()), timeslot.open_voice):
        with pytest.raises(LocalError, match="span 1 timeslot 3 is open already: close it first"):
            opening()
    timeslot.close()
    timeslot.open_hdlc(HdlcConfig())
    timeslot.close()
    timeslot.close()


def test_closed_timeslots_refuse(up) -> None:
    timeslot = up.near.timeslots[5]
    uses = [
        lambda: timeslot.transmit(b"ab"),
        timeslot.counters,
        lambda: timeslot.play(b"ab"),
        lambda: timeslot.record(8),
        timeslot.stop_play,
        lambda: timeslot.connect(up.near.timeslots[6]),
    ]
    for use in uses:
        with pytest.raises(LocalError, match="timeslot 5 is closed"):
            use()


def test_wrong_kind_refuses(up) -> None:
    up.near.timeslots[5].open_voice()
    with pytest.raises(LocalError, match="open for something else"):
        up.near.timeslots[5].transmit(b"ab")
    up.near.timeslots[6].open_hdlc(HdlcConfig())
    with pytest.raises(LocalError, match="open for something else"):
        up.near.timeslots[6].play(b"ab")


@pytest.mark.parametrize(
    "config",
    [HdlcConfig(max_octets=0), HdlcConfig(max_octets=70000), HdlcConfig(min_octets=300)],
)
def test_hdlc_out_of_range(up, config) -> None:
    with pytest.raises(LocalError, match="give 0 <= min_octets <= max_octets"):
        up.near.timeslots[5].open_hdlc(config)


def test_frame_too_long_or_empty(up) -> None:
    near, _ = up.hdlc()
    for frame in (b"", bytes(265)):
        with pytest.raises(LocalError, match="empty or longer than max_octets"):
            near.transmit(frame)


def test_step_is_for_virtual_time(up) -> None:
    if Feature.STEPPED in up.board.features:
        now = up.board.clock.now()
        assert up.board.step(now + 12_345) == now + 12_345 == up.board.clock.now()
    else:
        with pytest.raises(DriverError, match="runs in real time"):
            up.board.step(1)


def test_descriptor_is_readable_while_events_wait(up) -> None:
    near, far = up.hdlc()
    near.transmit(b"one")
    far.transmit(b"two")
    poll = select.poll()
    poll.register(up.board.fileno(), select.POLLIN)
    assert not up.board.events() and not poll.poll(0)
    stepped = Feature.STEPPED in up.board.features
    if stepped:
        while not poll.poll(0):
            up.board.step(up.board.clock.now() + 10_000_000)
    assert poll.poll(up.PATIENCE_MS)
    found: list[BoardEvent] = []
    while len(found) < 2:
        if stepped:
            up.board.step(up.board.clock.now() + 10_000_000)
        else:
            assert poll.poll(up.PATIENCE_MS)
        found += up.board.events()
    assert {event.frame for event in found if isinstance(event, FrameReceived)} == {b"one", b"two"}
    assert not poll.poll(0)


def test_events_come_in_order_of_time(up) -> None:
    for timeslot in range(1, up.last):
        up.hdlc(timeslot)
    for timeslot in range(1, up.last):
        for n in range(5):
            up.near.timeslots[timeslot].transmit(bytes([timeslot, n] * (3 + timeslot)))
            up.far.timeslots[timeslot].transmit(bytes([timeslot, n] * (40 - timeslot)))
    many = 2 * (up.last - 1)
    up.wait(lambda: len(up.of(FrameReceived)) == 5 * many)
    times = [event.time for event in up.seen]
    assert times == sorted(times)
    assert times[-1] <= up.board.clock.now()
    per: dict[tuple[int, int], list[int]] = {}
    for event in up.of(FrameReceived):
        per.setdefault((event.span, event.timeslot), []).append(event.frame[1])
    assert set(map(tuple, per.values())) == {(0, 1, 2, 3, 4)} and len(per) == many


def test_health(up) -> None:
    before = up.board.stats()
    up.pass_time(40)
    after = up.board.stats()
    assert after.block_ns == before.block_ns > 0
    grown = after.blocks - before.blocks
    assert grown * after.block_ns >= 20_000_000
    assert after.busy_ns >= before.busy_ns > 0
    assert after.events_lost == 0
    assert not up.of(EventsLost)
