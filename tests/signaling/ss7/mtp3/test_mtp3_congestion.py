"""Flow control: TFC, congested links, the congestion test (Q.704 3.8, 11, 13.6 to 13.9)."""

from __future__ import annotations

from mtp3_rig import MS, SECOND, Bench, one

from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import CHINA24, OCTET
from trunkd.signaling.ss7.mtp3_config import CONGESTION_LEVELS
from trunkd.signaling.ss7.mtp3_events import STATUS_CONGESTED, Status


def levels(bench: Bench) -> list[int]:
    out = []
    for event in bench.told(Status):
        assert (event.cause, event.dpc) == (STATUS_CONGESTED, 200)
        out.append(event.level)
    return out


def tfc(level: int) -> bytes:
    return OCTET[m.TFC] + (200 | level << 14).to_bytes(2, "little")


def fill(bench: Bench, count: int) -> None:
    """The far end takes nothing: messages pile up."""
    bench.dead[0] = True
    for _ in range(count):
        bench.send(200, 0, b"x")
    bench.run(0)


def test_internationally_each_tfc_is_told():
    bench = one(1)
    bench.start()
    bench.tell(0, tfc(0))
    bench.tell(0, tfc(0))
    assert levels(bench) == [1, 1]
    bench.run(60 * SECOND)
    assert bench.of("RCT") == []


def test_internationally_the_first_and_each_eighth_message():
    bench = one(1)
    bench.start()
    onset = bench.node.links[0].l2.onset
    fill(bench, onset + 1)
    assert bench.node.links[0].congestion == 1
    bench.events.clear()
    bench.node.links[0].l2.onset = 1 << 40
    for _ in range(17):
        bench.send(200, 0, b"x")
    bench.run(0)
    assert levels(bench) == [1, 1, 1]
    assert bench.node.links[0].counters.congestions == 1


def test_the_end_of_congestion_is_counted_anew():
    bench = one(1)
    bench.start()
    fill(bench, bench.node.links[0].l2.onset + 1)
    bench.send(200, 0, b"x")
    bench.run(0)
    assert levels(bench) == [1]
    bench.fail(0)
    bench.mend(0)
    bench.run(20 * SECOND)
    assert bench.node.links[0].congestion == 0
    bench.events.clear()
    bench.send(200, 0, b"x")
    bench.run(0)
    assert levels(bench) == []


def test_levels_come_down_by_the_congestion_test():
    bench = one(1, congestion=CONGESTION_LEVELS)
    bench.start()
    bench.tell(0, tfc(2))
    assert levels(bench) == [2]
    bench.run(2500 * MS)
    (test,) = bench.of("RCT")
    assert test.dpc == 200
    bench.run(1700 * MS)
    assert levels(bench) == [2, 1]
    bench.run(5 * SECOND)
    assert levels(bench) == [2, 1, 0]
    assert len(bench.of("RCT")) == 2
    bench.run(60 * SECOND)
    assert len(bench.of("RCT")) == 2


def test_a_tfc_during_the_test_sets_the_level():
    bench = one(1, congestion=CONGESTION_LEVELS)
    bench.start()
    bench.tell(0, tfc(1))
    bench.run(3 * SECOND)
    bench.tell(0, tfc(3))
    assert levels(bench) == [1, 3]
    bench.tell(0, tfc(0))
    assert levels(bench) == [1, 3, 0]
    bench.run(60 * SECOND)
    assert bench.of("RCT") == []


def test_the_test_ends_with_the_destination():
    bench = one(1, congestion=CONGESTION_LEVELS)
    bench.start()
    bench.tell(0, tfc(1))
    bench.fail(0)
    bench.mend(0)
    bench.run(60 * SECOND)
    assert bench.of("RCT") == []
    assert bench.node.destination(200).congestion == 0


def test_levels_of_a_congested_link():
    bench = one(1, congestion=CONGESTION_LEVELS)
    bench.start()
    fill(bench, bench.node.links[0].l2.onset + 1)
    assert levels(bench) == [1]
    bench.send(200, 0, b"x")
    bench.run(0)
    assert levels(bench) == [1], "told once"


def test_status_in_an_octet_of_its_own_with_24_bit_codes():
    bench = one(1, congestion=CONGESTION_LEVELS, label=CHINA24)
    bench.start()
    bench.tell(0, OCTET[m.TFC] + (200).to_bytes(3, "little") + b"\x02")
    assert levels(bench) == [2]


def test_rct_is_counted():
    bench = one(1)
    bench.start()
    assert bench.tell(0, OCTET[m.RCT]) == []
    assert bench.node.links[0].counters.congestion_tests == 1
