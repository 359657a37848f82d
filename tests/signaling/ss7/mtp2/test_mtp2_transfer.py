"""Messages, their acknowledgement and repetition, congestion (Q.703 4, 5, 9)."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mtp2_rig import MS, MSU, SECOND, Far

from trunkd.errors import LocalError
from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7 import mtp2_units as u
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import RATES, T4E, T4N, T5, T7, Mtp2Config


def test_messages_wait_for_the_window_of_127() -> None:
    far = Far()
    link = far.align()
    for n in range(200):
        link.send(b"\x85%03d" % n, far.now)
    units = far.units()
    assert units == [f"MSU{n}" for n in range(127)] + ["FISU"]
    far.ack(9)
    assert far.units() == ["MSU127"] + [f"MSU{n}" for n in range(9)] + ["FISU"]
    assert link.waiting() == 127


def test_limit_counts_messages_and_keeps_the_fill_in_for_last() -> None:
    far = Far()
    link = far.align()
    for n in range(5):
        link.send(b"\x85%03d" % n, far.now)
    assert [len(unit) for unit in link.transmit(2)] == [7, 7]
    assert [len(unit) for unit in link.transmit(2)] == [7, 7]
    assert [len(unit) for unit in link.transmit(2)] == [7, 3]
    assert link.transmit(2) == []


def test_a_line_that_fills_gets_no_fisu_behind_a_message() -> None:
    """What the line makes of the message's numbers is not handed out; what differs is."""
    far = Far(line_fills=True)
    link = far.align()
    for _ in range(2):
        link.send(MSU, far.now)
    assert far.units() == ["MSU0", "MSU1"]
    assert far.units() == []
    far.msu(0)
    assert far.units() == ["FISU"]
    far.back = 0
    far.fisu()
    assert far.units() == ["MSU1"]
    far.ack(1)
    assert far.units() == []


def test_a_negative_acknowledgement_repeats_from_the_first_missing() -> None:
    far = Far()
    link = far.align()
    for n in range(4):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    far.back = 0 | 1
    far.fisu()
    again = link.transmit()
    assert [unit[1] for unit in again] == [2, 3, 3]
    assert again[0][3:] == b"\x85002" and len(again[-1]) == 3
    assert link.counters.retransmitted == 2 and link.counters.rx_nacks == 1
    far.ack(3)
    assert link.waiting() == 0 and far.units() == []


def test_a_gap_is_asked_for_once_and_filled() -> None:
    far = Far()
    link = far.align()
    far.msu(0, b"\x85one")
    far.msu(2, b"\x85three")
    far.msu(3, b"\x85four")
    assert [x.octets for x in far.events() if isinstance(x, e.Message)] == [b"\x85one"]
    nack = link.transmit()
    assert nack == [bytes([0, 255, 0])]
    far.front = 0
    far.msu(1, b"\x85two")
    far.msu(2, b"\x85three")
    texts = [x.octets for x in far.events() if isinstance(x, e.Message)]
    assert texts == [b"\x85two", b"\x85three"]
    assert link.counters.tx_nacks == 1


@pytest.mark.parametrize("between", [0, 1], ids=["two in a row", "two of three"])
def test_abnormal_bsn_ends_the_link(between: int) -> None:
    far = Far()
    far.align()
    far.ack(5)
    assert far.link.in_service
    for _ in range(between):
        far.ack(127)
    far.ack(5)
    reasons = [x for x in far.events() if isinstance(x, e.OutOfService)]
    assert reasons == [e.OutOfService(e.OUT_ABNORMAL_BSN)]


def test_one_abnormal_bsn_is_forgiven_after_two_good_units() -> None:
    far = Far()
    far.align()
    for _ in range(5):
        far.ack(5)
        far.ack(127)
        far.fisu()
    assert far.link.in_service


def test_abnormal_fib_ends_the_link_when_it_comes_twice() -> None:
    far = Far()
    far.align()
    far.front = 127
    far.fisu()
    assert far.link.in_service
    far.fisu()
    reasons = [x for x in far.events() if isinstance(x, e.OutOfService)]
    assert reasons == [e.OutOfService(e.OUT_ABNORMAL_FIB)]


@pytest.mark.parametrize("size", [3, 62, 63, 64, 273])
def test_lengths_of_messages(size: int) -> None:
    """LI is 63 for 63 octets and more (2.3.3)."""
    far = Far()
    link = far.align()
    text = bytes([0x85]) + bytes(size - 1)
    link.send(text, far.now)
    unit = link.transmit()[0]
    assert unit[2] == min(size, 63)
    far.msu(0, text)
    assert far.events() == [e.Message(text)]


@pytest.mark.parametrize(
    "unit",
    [
        b"",
        b"\xff",
        b"\xff\xff",
        b"\xff\xff\x01",
        b"\xff\xff\x03ab",
        b"\xff\xff\x02abc",
        b"\xff\x80\x3f" + bytes(62),
        b"\xff\x80\x3e" + bytes(63),
        b"\xff\x80\x05abcd",
        b"\xff\x80\x3f" + bytes(274),
        b"\xff\xff\x01\x06",
        b"\xff\xff\x01\x07",
    ],
    ids=lambda unit: unit[:4].hex() + f"-{len(unit)}",
)
def test_units_that_are_none_are_counted(unit: bytes) -> None:
    far = Far()
    link = far.align()
    link.receive(unit, far.now)
    assert link.counters.invalid == 1 and link.in_service
    (fault,) = far.events()
    assert isinstance(fault, e.Level2Fault) and fault.clause
    assert link.transmit() == []


def test_what_the_caller_does_wrong() -> None:
    link = SignallingLink(Mtp2Config())
    for text in (b"", b"\x85", b"\x85a", bytes(274)):
        with pytest.raises(LocalError, match="3 to 273 octets"):
            link.send(text, 0)
    with pytest.raises(LocalError, match="priority"):
        link.send(MSU, 0, 4)
    with pytest.raises(LocalError, match="FSNC"):
        link.retrieve(128, 0)
    for bad, words in (
        ({"rate": 9_600}, "give one of"),
        ({"timers": {T7: 3 * SECOND}}, "500 to 2000"),
        ({"timers": {T7: 600 * MS}, "pcr": True}, "800 to 2000"),
        ({"timers": {42: 1}}, "no timer"),
        ({"n1": 128}, "N1"),
        ({"n2": 0}, "N2"),
        ({"longest": 300}, "longest"),
        ({"onset": (1, 2), "abate": (0,)}, "levels"),
        ({"onset": (10,), "abate": (10,)}, "must end"),
    ):
        with pytest.raises(LocalError, match=words):
            Mtp2Config(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", list(RATES))
def test_defaults_lie_in_their_ranges(rate: int) -> None:
    config = Mtp2Config(rate=rate)
    for index, row in RATES[rate].timers.items():
        assert row.low <= row.default <= row.high
        assert config.timers[index] == row.default
    assert config.timers[T4E] < config.timers[T4N]


def test_priority_bits_beside_li() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now, priority=2)
    assert link.transmit()[0][2] == 0x80 | 4
    link.receive(bytes([255, 128, 0xC0 | 4]) + MSU, far.now)
    assert far.events() == [e.Message(MSU)]


def test_t7_without_an_acknowledgement() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    far.wait(1499 * MS)
    assert link.in_service
    far.wait(MS)
    assert far.failed() == e.OUT_T7


def test_sib_holds_t7_until_t6() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    for _ in range(44):
        far.lssu(u.SIB)
        far.fisu()
        far.wait(100 * MS)
    assert link.in_service
    far.wait(200 * MS)
    assert far.failed() == e.OUT_T6


def test_an_acknowledgement_ends_sib() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    far.lssu(u.SIB)
    far.ack(0)
    assert link.next_timeout() is None
    far.wait(10 * SECOND)
    assert link.in_service


def test_congestion_accept_sends_sib_each_t5_and_holds_acknowledgement() -> None:
    far = Far()
    link = far.align()
    link.congestion_accept(far.now)
    assert far.units() == ["SIB", "FISU"]
    far.msu(0)
    assert far.events() == [e.Message(MSU)]
    assert far.units() == []
    for _ in range(3):
        far.wait(link.config.timers[T5])
        assert far.units() == ["SIB", "FISU"]
    link.congestion_ceases(far.now)
    assert link.transmit() == [bytes([128, 255, 0])]
    far.wait(SECOND)
    assert far.units() == []


def test_congestion_discard_asks_again_when_it_ends() -> None:
    far = Far()
    link = far.align()
    link.congestion_discard(far.now)
    far.msu(0)
    far.msu(1)
    assert far.events() == []
    far.units()
    link.congestion_ceases(far.now)
    assert link.transmit() == [bytes([127, 255, 0])]
    far.front = 0
    far.msu(0)
    assert far.events() == [e.Message(MSU)]


def test_transmit_congestion_levels() -> None:
    far = Far(onset=(4, 8), abate=(2, 6))
    link = far.align()
    for _ in range(9):
        link.send(MSU, far.now)
    assert far.events() == [e.TransmitCongestion(1), e.TransmitCongestion(2)]
    far.units()
    far.ack(1)
    assert far.events() == []
    far.ack(2)
    assert far.events() == [e.TransmitCongestion(1)]
    far.ack(8)
    assert far.events() == [e.TransmitCongestion(0)]


def test_a_full_buffer_refuses() -> None:
    link = SignallingLink(Mtp2Config())
    for _ in range(8200):
        link.send(MSU, 0)
    assert link.counters.refused == 8 and len(link.tb) == 8192
