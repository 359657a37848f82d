"""Changeover (Q.704 5) and changeback (6), with a far end that plays by hand."""

from __future__ import annotations

import pytest
from mtp3_rig import MS, OWN, SECOND, Bench, linkset, one

from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import OCTET
from trunkd.signaling.ss7.mtp3_config import Mtp3Config, RouteConfig
from trunkd.signaling.ss7.mtp3_events import Level3Fault, Paused, Resumed

COO, COA, ECO, ECA = (OCTET[code] for code in (m.COO, m.COA, m.ECO, m.ECA))
EVEN = [0, 1] * 8


def lossy(bench: Bench, texts: list[bytes], link: int = 0) -> None:
    """Send on SLS 0 while the link swallows what it is given."""
    bench.dead[link] = True
    for text in texts:
        bench.send(200, 0, text)
    bench.run(0)


def test_changeover_retrieves_what_the_far_end_has_not():
    bench = one()
    bench.start()
    bench.send(200, 0, b"one")
    bench.run(0)
    fsn = bench.far[0].fsnx - 1 & 127
    lossy(bench, [b"two", b"three"])
    bench.forget()
    bench.fail(0)
    (order,) = bench.got
    assert (order.name, order.link, order.sls) == ("COO", 1, 0)
    assert order.data[1] == bench.node.links[0].bsnt
    bench.send(200, 0, b"four")
    bench.send(200, 1, b"other")
    bench.run(0)
    assert bench.texts() == [b"other"], "only the failed link's traffic waits"
    bench.forget()
    bench.say(1, COA + OCTET[fsn], sls=0)
    bench.run(0)
    assert bench.texts(1) == [b"two", b"three", b"four"]
    assert bench.node.links[0].counters.retrieved == 2
    assert bench.told(Paused) == []
    assert bench.carriers(200) == [1] * 16


def test_the_far_end_orders_changeover_of_a_link_that_still_works_here():
    bench = one()
    bench.start()
    fsn = bench.far[0].fsnx - 1 & 127
    lossy(bench, [b"two", b"three"])
    got = bench.tell(1, COO + OCTET[fsn], sls=0)
    assert [msu.name for msu in got] == ["COA", "ISUP", "ISUP"]
    assert (got[0].sls, got[0].data[1]) == (0, bench.node.links[0].bsnt)
    assert bench.texts(1) == [b"two", b"three"]
    assert not bench.node.links[0].available


def test_both_ends_order_changeover_at_once():
    bench = one()
    bench.start()
    fsn = bench.far[0].fsnx - 1 & 127
    lossy(bench, [b"two"])
    bench.forget()
    bench.fail(0)
    assert bench.names() == ["COO"]
    got = bench.tell(1, COO + OCTET[fsn], sls=0)
    assert [msu.name for msu in got] == ["COA", "ISUP"]
    assert bench.tell(1, COA + OCTET[fsn], sls=0) == [], "the answer that crossed is of no use"


def test_no_answer_to_coo_within_t2():
    bench = one()
    bench.start()
    lossy(bench, [b"sent, perhaps received"])
    bench.forget()
    bench.fail(0)
    bench.send(200, 0, b"waits")
    bench.run(1999 * MS)
    assert bench.texts() == []
    bench.run(1 * MS)
    assert bench.texts(1) == [b"waits"], "5.7.2: what was sent is not known to have come"
    got = bench.tell(1, COO + OCTET[9], sls=0)
    assert [msu.name for msu in got] == ["ECA"], "5.7.5: its changeover is over"


def test_emergency_changeover_by_the_far_end():
    bench = one()
    bench.start()
    lossy(bench, [b"sent, perhaps received"])
    got = bench.tell(1, ECO, sls=0)
    assert [msu.name for msu in got] == ["COA"], "we know what we accepted"
    bench.send(200, 0, b"new")
    bench.run(0)
    assert bench.texts() == [b"new"]


def test_emergency_acknowledgement():
    bench = one()
    bench.start()
    lossy(bench, [b"sent, perhaps received"])
    bench.forget()
    bench.fail(0)
    bench.send(200, 0, b"new")
    bench.say(1, ECA, sls=0)
    bench.run(0)
    assert bench.texts() == [b"new"]


def test_an_unreasonable_fsn_retrieves_nothing_and_is_told():
    bench = one()
    bench.start()
    lossy(bench, [b"two"])
    bench.forget()
    bench.fail(0)
    bench.say(1, COA + OCTET[99], sls=0)
    bench.run(0)
    assert bench.texts() == []
    assert "unreasonable_fsnc" in [event.kind for event in bench.told(Level3Fault)]
    assert bench.carriers(200) == [1] * 16


def test_acknowledgements_that_nothing_waits_for():
    bench = one()
    bench.start()
    for answer in (COA + OCTET[5], ECA):
        assert bench.tell(1, answer, sls=0) == []
    assert bench.node.links[0].available
    assert bench.node.links[0].counters.faults == 2


def test_changeover_to_several_links_keeps_each_flow_together():
    bench = one(4)
    bench.start()
    assert bench.carriers(200) == [0, 1, 2, 3] * 4
    bench.fail(1)
    bench.say(0, COA + OCTET[bench.far[1].fsnx - 1 & 127], sls=1)
    bench.run(0)
    carriers = bench.carriers(200)
    assert 1 not in carriers
    assert [carriers[slot] for slot in range(16) if slot % 4 != 1] == [0, 2, 3] * 4
    assert max(carriers.count(link) for link in (0, 2, 3)) == 6


def test_a_changeover_order_that_was_retrieved_is_sent_over_a_third_link():
    bench = one(3)
    bench.start()
    bench.dead[1] = True
    bench.forget()
    bench.fail(0)
    assert bench.names() == [], "link 1 swallowed it"
    bench.fail(1)
    orders = [(msu.name, msu.link, msu.sls) for msu in bench.got]
    assert orders == [("COO", 2, 1)]
    bench.forget()
    bench.say(2, COA + OCTET[bench.far[1].fsnx - 1 & 127], sls=1)
    bench.run(0)
    assert [(msu.name, msu.link, msu.sls) for msu in bench.got] == [("COO", 2, 0)]


def test_changeback_waits_for_its_acknowledgement():
    bench = one()
    bench.start()
    bench.fail(0)
    bench.run(3 * SECOND)
    bench.mend(0)
    bench.run(20 * SECOND)
    # T4 and T5 have passed long since: the far end did not answer CBD.
    assert [(msu.link, msu.sls) for msu in bench.of("CBD")] == [(1, 0), (1, 0)]
    assert bench.carriers(200) == EVEN


def test_changeback_declaration_and_acknowledgement():
    bench = one()
    bench.start()
    bench.fail(0)
    bench.run(3 * SECOND)
    bench.forget()
    bench.mend(0)
    while not bench.of("CBD"):
        bench.run(10 * MS)
    (declaration,) = bench.of("CBD")
    bench.send(200, 0, b"waits")
    bench.send(200, 1, b"goes on")
    bench.run(0)
    assert bench.texts() == [b"goes on"]
    bench.say(1, OCTET[m.CBA] + OCTET[declaration.data[1] + 1 & 255], sls=0)
    bench.run(0)
    assert bench.texts() == [b"goes on"], "another code is another changeback's"
    bench.say(1, OCTET[m.CBA] + declaration.data[1:], sls=0)
    bench.run(0)
    assert bench.texts(0) == [b"waits"]
    assert bench.names().count("CBD") == 1
    assert bench.node.links[0].counters.changebacks == 1


@pytest.mark.parametrize(("after", "count"), [(700, 1), (900, 2), (1700, 2)])
def test_changeback_is_declared_twice(after, count):
    """T4, then T5, then traffic goes back without an acknowledgement (6.5.2)."""
    bench = one()
    bench.start()
    bench.fail(0)
    bench.run(3 * SECOND)
    bench.forget()
    bench.mend(0)
    while not bench.of("CBD"):
        bench.run(1 * MS)
    bench.send(200, 0, b"waits")
    bench.run(after * MS)
    assert len(bench.of("CBD")) == count
    assert bench.texts(0) == ([b"waits"] if after > 1600 else [])


def test_a_declaration_is_acknowledged_with_its_code():
    bench = one()
    bench.start()
    (answer,) = bench.tell(1, OCTET[m.CBD] + OCTET[77], sls=0)
    assert (answer.name, answer.sls, answer.data[1]) == ("CBA", 0, 77)


def test_the_alternative_link_fails_during_changeback():
    """What waits for the changeback follows what is retrieved."""
    bench = one()
    bench.start()
    bench.fail(0)
    bench.run(3 * SECOND)
    bench.mend(0)
    while not bench.node.links[0].available:
        bench.run(1 * MS)
    fsn = bench.far[1].fsnx - 1 & 127
    bench.node.links[1].l2.send(b"\x85" + bench.node.destination(200).labels[0] + b"a", bench.now)
    bench.dead[1] = True
    bench.run(0)
    bench.send(200, 0, b"b")
    bench.forget()
    bench.fail(1)
    assert [(msu.name, msu.link) for msu in bench.got if msu.name == "COO"] == [("COO", 0)]
    bench.say(0, COA + OCTET[fsn], sls=1)
    bench.run(0)
    assert bench.texts(0) == [b"a", b"b"]
    assert bench.carriers(200) == [0] * 16


def test_no_path_for_the_order_but_another_way_for_the_traffic():
    """5.6.2: time-controlled changeover to another linkset."""
    config = Mtp3Config(
        OWN,
        (linkset("a", 200, 1), linkset("b", 300, 1)),
        (RouteConfig(900, "a", 1), RouteConfig(900, "b", 2)),
    )
    bench = Bench(config)
    bench.start()
    assert bench.carriers(900) == [0] * 16
    bench.fail(0)
    assert [event.dpc for event in bench.told(Paused)] == [200]
    bench.send(900, 3, b"waits for T1")
    bench.run(799 * MS)
    assert bench.texts() == []
    bench.run(1 * MS)
    assert bench.texts(1) == [b"waits for T1"]
    assert bench.of("COO") == []


def test_the_order_takes_the_way_over_another_linkset():
    config = Mtp3Config(
        OWN,
        (linkset("a", 200, 1), linkset("b", 300, 1)),
        (RouteConfig(200, "b", 2),),
    )
    bench = Bench(config)
    bench.start()
    fsn = bench.far[0].fsnx - 1 & 127
    lossy(bench, [b"two"])
    bench.forget()
    bench.fail(0)
    (order,) = bench.of("COO")
    assert (order.link, order.dpc) == (1, 200)
    bench.say(1, COA + OCTET[fsn], sls=0, opc=200)
    bench.run(0)
    assert bench.texts(1) == [b"two"]
    assert bench.told(Paused) == []
    # And back, with a declaration by the same way: point 200 did not restart.
    bench.forget()
    bench.mend(0)
    while not bench.of("CBD"):
        bench.run(10 * MS)
    (declaration,) = bench.of("CBD")
    assert (declaration.link, declaration.dpc) == (1, 200)
    bench.say(1, OCTET[m.CBA] + declaration.data[1:], sls=0, opc=200)
    bench.run(0)
    assert bench.carriers(200) == [0] * 16
    assert bench.told(Resumed) == []
    assert "TRA" not in bench.names()


def test_a_remote_processor_outage_diverts_after_t1_and_comes_back():
    bench = one()
    bench.start()
    bench.far[0].local_processor_outage(True, bench.now)
    bench.run(0)
    bench.send(200, 0, b"waits")
    bench.run(799 * MS)
    assert bench.texts() == []
    bench.run(1 * MS)
    assert bench.texts(1) == [b"waits"]
    assert bench.of("COO") == []
    bench.far[0].local_processor_outage(False, bench.now)
    bench.far[0].continue_(bench.now)
    bench.run(3 * SECOND)
    assert bench.node.links[0].available
    assert bench.carriers(200) == EVEN


def test_a_short_processor_outage_moves_nothing():
    bench = one()
    bench.start()
    bench.far[0].local_processor_outage(True, bench.now)
    bench.run(0)
    bench.send(200, 0, b"waits")
    bench.run(300 * MS)
    bench.far[0].local_processor_outage(False, bench.now)
    bench.far[0].continue_(bench.now)
    bench.run(0)
    assert bench.texts(0) == [b"waits"]
    assert bench.of("CBD") == []


def test_our_own_processor_outage():
    bench = one()
    bench.start()
    bench.node.local_processor_outage(0, True, bench.now)
    bench.run(SECOND)
    assert bench.carriers(200) == [1] * 16
    bench.node.local_processor_outage(0, False, bench.now)
    bench.run(3 * SECOND)
    assert bench.carriers(200) == EVEN


def test_a_blocked_link_that_fails_is_changed_over():
    bench = one()
    bench.start()
    fsn = bench.far[0].fsnx - 1 & 127
    lossy(bench, [b"two"])
    bench.dead[0] = False
    bench.far[0].local_processor_outage(True, bench.now)
    bench.run(100 * MS)
    bench.forget()
    bench.fail(0)
    assert bench.names() == ["COO"]
    bench.say(1, COA + OCTET[fsn], sls=0)
    bench.run(0)
    assert bench.texts(1) == [b"two"]


def test_the_far_end_orders_changeover_of_a_blocked_link():
    bench = one()
    bench.start()
    bench.far[0].local_processor_outage(True, bench.now)
    bench.run(100 * MS)
    got = bench.tell(1, ECO, sls=0)
    assert [msu.name for msu in got] == ["COA"]
    assert not bench.node.links[0].in_service


def test_all_links_lost():
    bench = one()
    bench.start()
    bench.fail(0)
    bench.run(2 * SECOND)
    bench.fail(1)
    assert [event.dpc for event in bench.told(Paused)] == [200]
    assert not bench.send(200, 0, b"lost")
    bench.mend(0)
    bench.run(20 * SECOND)
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.carriers(200) == [0] * 16
