"""Preventive cyclic retransmission (Q.703 6), and the rows of counters and timers."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mtp2_rig import MS, MSU, SECOND, Far

from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import T5, T6, Mtp2Config


def paced(far: Far, count: int) -> list[int]:
    """The FSNs of the next ``count`` units that the line asks for."""
    return [unit[1] & 127 for unit in far.link.transmit(count) if len(unit) > 5]


def test_pcr_repeats_all_that_waits_when_nothing_new_does() -> None:
    far = Far(pcr=True)
    link = far.align()
    for _ in range(3):
        link.send(MSU, far.now)
    assert paced(far, 8) == [0, 1, 2, 0, 1, 2, 0, 1]
    link.send(MSU, far.now)
    assert paced(far, 6) == [3, 2, 3, 0, 1, 2]
    far.ack(2)
    assert paced(far, 3) == [3, 3, 3]
    far.ack(3)
    assert far.units() == ["FISU"]


def test_pcr_forces_retransmission_at_n1_until_there_is_room() -> None:
    far = Far(pcr=True, n1=4)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 12) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]
    far.ack(0)
    assert paced(far, 8) == [1, 2, 3, 4, 1, 2, 3, 4]


def test_pcr_forced_retransmission_goes_on_to_the_last_message() -> None:
    """6.4.1: the far end lost message 0 and discarded 1 to 3. That it has 0 now makes room, but
    1 to 3 are to be sent before anything new, or it stays behind as long as there is load."""
    far = Far(pcr=True, n1=4)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 5) == [0, 1, 2, 3, 0]
    far.ack(0)
    assert paced(far, 1) == [1]
    far.ack(1)
    assert paced(far, 2) == [2, 3]
    far.ack(3)
    assert paced(far, 5) == [4, 5, 6, 7, 4]


def test_pcr_forces_retransmission_at_n2_octets() -> None:
    far = Far(pcr=True, n2=14)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 6) == [0, 1, 2, 0, 1, 2]


def test_pcr_ignores_a_negative_acknowledgement_and_unexpected_numbers() -> None:
    far = Far(pcr=True)
    link = far.align()
    far.msu(1)
    far.back = 127
    far.fisu()
    assert link.counters.tx_nacks == 0 and link.counters.rx_nacks == 0
    assert far.events() == [] and link.in_service
    far.msu(0)
    far.msu(0)
    assert far.events() == [e.Message(MSU)]


def test_pcr_without_a_pace_repeats_each_time_a_cycle_would_be_over() -> None:
    far = Far(pcr=True)
    link = far.align()
    link.send(MSU, far.now)
    assert far.units() == ["MSU0", "FISU"]
    assert far.units() == []
    due = link.next_timeout()
    assert due is not None and due - far.now == 11 * SECOND // 8_000
    far.wait(due - far.now)
    assert far.units() == ["MSU0", "FISU"]


def test_totals_name_every_counter() -> None:
    totals = SignallingLink(Mtp2Config()).counters.totals()
    assert totals["rx_msu"] == 0 and totals["tx_sib"] == 0
    assert len(totals) == 16 + 13


def test_timers_t6_and_t5_are_rows() -> None:
    config = Mtp2Config(timers={T6: 5 * SECOND, T5: 90 * MS})
    assert config.timers[T6] == 5 * SECOND and config.timers[T5] == 90 * MS
