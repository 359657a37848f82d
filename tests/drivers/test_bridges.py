"""Timeslots of two boards, connected octet for octet."""

from __future__ import annotations

import select

import numpy as np
import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import RecordEnded
from trunkd.board.media_events import BridgeEnded
from trunkd.board.model import Law
from trunkd.board.registry import open_board
from trunkd.errors import LocalError
from trunkd.native import wrap


class Pair:
    """Two boards of two cabled spans each, in step: far end - near end = bridge = near - far."""

    def __init__(self, block_ms: tuple[int, int], stepped: bool) -> None:
        self.boards = [
            open_board(
                f"sim://bridge{n}?spans=2&cable=1-2&block_ms={ms}",
                clock=VirtualClock() if stepped else None,
            )
            for n, ms in enumerate(block_ms)
        ]
        self.stepped = stepped
        self.seen: list = []
        for board in self.boards:
            board.start()
        self.run(100)
        self.seen.clear()

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds // 20):
            ends = [board.clock.now() + 20 * MILLISECOND for board in self.boards]
            for board, end in zip(self.boards, ends, strict=True):
                while board.clock.now() < end:
                    if self.stepped:
                        board.step(end)
                    else:
                        select.select([board.fileno()], [], [], 0.002)
                    self.seen += board.events()

    def close(self) -> None:
        for board in self.boards:
            board.close()


@pytest.fixture(params=[((1, 1), True), ((1, 20), True), ((20, 1), True), ((2, 5), False)])
def pair(request):
    made = Pair(*request.param)
    yield made
    made.close()


def opened(pair: Pair, laws: tuple[Law, Law] = (Law.A, Law.A)) -> list:
    ends = []
    for board, law in zip(pair.boards, laws, strict=True):
        for span in (1, 2):
            ends.append(board.span(span).timeslots[4])
            ends[-1].open_voice(law)
    return ends  # near, far of board 0, near, far of board 1


def test_both_ways_bit_exact(pair):
    near, far, other_near, other_far = opened(pair)
    near.bridge(other_near)
    pair.run(200)
    rng = np.random.default_rng(7)
    a, b = (rng.integers(0, 256, 16000, dtype=np.uint8).tobytes() for _ in range(2))
    far.record(20000)
    other_far.record(20000)
    far.play(a)
    other_far.play(b)
    for _ in range(500):
        pair.run(20)
        if len([e for e in pair.seen if isinstance(e, RecordEnded)]) == 2:
            break
    if near.bridge_slips() + other_near.bridge_slips() == 0 or pair.stepped:
        assert a in other_far.recorded()
        assert b in far.recorded()
    near.stop_stream()
    pair.run(40)
    assert [e.slips for e in pair.seen if isinstance(e, BridgeEnded)] in ([0], [near_slips(pair)])
    with pytest.raises(LocalError, match="is not bridged"):
        near.bridge_slips()
    other_near.stop_stream()


def near_slips(pair: Pair) -> int:
    return next(e.slips for e in pair.seen if isinstance(e, BridgeEnded))


def test_between_the_laws_by_the_tables_of_g711():
    pair = Pair((1, 1), True)
    near, far, other_near, other_far = opened(pair, (Law.A, Law.MU))
    near.bridge(other_near)
    pair.run(100)
    said = bytes(range(256)) * 4
    other_far.record(4000)
    far.play(said)
    pair.run(700)
    assert wrap.alaw_to_ulaw(said) in other_far.recorded()
    pair.close()


def test_a_bridge_whose_other_end_has_gone_is_silent_and_can_be_made_anew():
    pair = Pair((1, 1), True)
    near, far, other_near, other_far = opened(pair)
    near.bridge(other_near)
    other_far.play(bytes([1, 2, 3, 4]) * 4000)
    pair.run(200)
    other_near.close()
    pair.run(100)
    far.record(400)
    pair.run(100)
    assert set(far.recorded()) == {0xD5}
    with pytest.raises(LocalError, match="already"):
        near.bridge(other_near)
    near.stop_stream()
    other_near.open_voice()
    pair.run(20)
    near.bridge(other_near)
    with pytest.raises(LocalError, match="with itself"):
        near.bridge(near)
    pair.close()


def test_one_open_end_is_not_enough():
    pair = Pair((1, 1), True)
    near, closed = (board.span(1).timeslots[4] for board in pair.boards)
    near.open_voice()
    with pytest.raises(LocalError, match="open both for voice"):
        near.bridge(closed)
    closed.open_voice()
    pair.run(20)
    near.bridge(closed)
    pair.close()
