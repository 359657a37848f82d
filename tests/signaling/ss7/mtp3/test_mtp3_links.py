"""Activation, test, restoration, deactivation (Q.704 12, Q.707), and the messages' way."""

from __future__ import annotations

import pytest
from mtp3_rig import ISUP, MS, OWN, SECOND, Bench, linkset, one

from trunkd.errors import LocalError
from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import ANSI24, CHINA24, OCTET
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.mtp3_events import (
    Level3Fault,
    LinkStateChanged,
    LinkTested,
    ManagementDone,
    Paused,
    Resumed,
    Status,
)


def test_a_link_is_aligned_tested_and_given_to_traffic():
    bench = one(1)
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(2 * SECOND)
    assert bench.names()[0] == "SLTM", "the test message goes out at once"
    assert sorted(bench.names()) == ["SLTM", "TRA"]
    sltm = bench.got[0]
    assert (sltm.opc, sltm.dpc, sltm.sls) == (OWN, 200, 0)
    assert sltm.data == OCTET[m.SLTM] + OCTET[11 << 4] + b"trunkd SLTM"
    assert [event.available for event in bench.told(LinkStateChanged)] == [False, False, True]
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.send(200, 0, b"first")
    bench.run(0)
    assert bench.texts() == [b"first"]


def test_a_single_link_is_aligned_as_an_emergency():
    bench = one(1)
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(1 * SECOND)
    assert bench.node.links[0].available, "500 ms of proving, not 8.2 s"


def test_no_answer_to_sltm_fails_the_link_and_t32_brings_it_back():
    bench = one(1)
    bench.answers_slt = False
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(11 * SECOND)
    assert bench.names() == ["SLTM", "SLTM"], "T1 twice (Q.707 2.2)"
    assert bench.told(LinkStateChanged)[-1].reason.startswith("the signalling link test failed")
    assert bench.node.links[0].counters.tests_failed == 1
    bench.answers_slt = True
    bench.far[0].start(bench.now)
    bench.run(6 * SECOND)
    assert bench.node.links[0].available


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda bench: bench.say(0, OCTET[m.SLTA] + b"\x30abc", m.SLT, 0), "pattern"),
        (lambda bench: bench.say(0, OCTET[m.SLTA] + b"\xb0trunkd SLTM", m.SLT, 3), "SLC 3"),
        (lambda bench: bench.say(0, OCTET[m.SLTA] + b"\xb0trunkd SLTM", m.SLT, 0, 201), "201"),
    ],
)
def test_a_wrong_slta_does_not_pass(answer, why):
    bench = one(1)
    bench.answers_slt = False
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(1 * SECOND)
    answer(bench)
    bench.run(1 * SECOND)
    assert not bench.node.links[0].available
    fault = bench.told(Level3Fault)[-1]
    assert fault.kind == "slta_mismatch"
    assert why in fault.text


def test_the_test_is_repeated_every_t2_and_on_request():
    bench = one(1)
    bench.start()
    bench.run(60 * SECOND)
    assert bench.names() == ["SLTM"]
    bench.node.link_test(0, bench.now)
    bench.run(0)
    assert bench.names() == ["SLTM", "SLTM"]
    assert [(event.link, event.ok) for event in bench.told(LinkTested)] == [(0, True)]
    bench.answers_slt = False
    bench.node.link_test(0, bench.now)
    bench.run(10 * SECOND)
    tested = bench.told(LinkTested)[-1]
    assert (tested.ok, tested.reason) == (False, "no SLTA within T1")
    assert bench.told(Paused)


def test_a_link_test_needs_a_link_in_service():
    bench = one(1)
    with pytest.raises(LocalError, match=r"link 0 is not in service .not activated.: activate it"):
        bench.node.link_test(0, 0)
    with pytest.raises(LocalError, match="there is no link 4; there are 0 to 0"):
        bench.node.link_test(4, 0)


def test_sltm_is_answered_over_its_own_link():
    bench = one(2)
    bench.start()
    bench.say(1, OCTET[m.SLTM] + b"\x40ping", m.SLT, 1)
    bench.run(0)
    (answer,) = bench.got
    assert (answer.name, answer.link, answer.sls, answer.data[1:]) == ("SLTA", 1, 1, b"\x40ping")
    bench.say(1, OCTET[m.SLTM] + b"\x40ping", m.SLT, 1, opc=201)
    bench.say(1, OCTET[m.SLTM] + b"\xf0ping", m.SLT, 1)
    bench.say(1, b"\x33\x40ping", m.SLT, 1)
    bench.run(0)
    kinds = [event.kind for event in bench.told(Level3Fault)]
    assert kinds == ["sltm_opc", "slt_length", "slt_heading"]
    assert bench.names() == ["SLTA"]


def test_a_link_that_cannot_be_aligned_is_tried_again_after_t17():
    bench = one(1)
    bench.node.start(0)
    bench.run(200 * SECOND)
    reasons = [event.reason for event in bench.told(LinkStateChanged)]
    assert reasons.count("aligning") >= 2
    assert any(reason.startswith("T2") for reason in reasons)
    bench.far[0].start(bench.now)
    bench.run(60 * SECOND)
    assert bench.node.links[0].available


def test_a_failed_link_is_restored():
    bench = one(1)
    bench.start()
    bench.fail(0)
    assert [event.dpc for event in bench.told(Paused)] == [200]
    assert not bench.send(200, 0, b"lost")
    assert bench.node.destination(200).counters.discarded == 1
    bench.mend(0)
    bench.run(20 * SECOND)
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.carriers(200) == [0] * 16


def test_deactivation_and_activation():
    bench = one(2)
    bench.start()
    bench.node.deactivate(1, bench.now)
    bench.run(0)
    order = bench.of("COO")[0]
    assert (order.link, order.sls) == (0, 1), "changeover first"
    bench.say(0, OCTET[m.COA] + OCTET[127], sls=1)
    bench.run(0)
    done = bench.told(ManagementDone)
    assert [(event.link, event.what, event.ok) for event in done] == [(1, "deactivate", True)]
    assert bench.carriers(200) == [0] * 16
    bench.run(60 * SECOND)
    assert not bench.node.links[1].available, "it stays so"
    bench.node.activate(1, bench.now)
    bench.far[1].start(bench.now)
    bench.run(12 * SECOND)
    assert [event.what for event in bench.told(ManagementDone)] == ["deactivate", "activate"]
    assert bench.node.links[1].available
    bench.node.activate(1, bench.now)
    bench.run(0)
    assert bench.told(ManagementDone)[-1].reason == "it was active"


def test_a_link_that_is_not_automatic_waits_for_its_activation():
    rows = (LinkConfig(0), LinkConfig(1, auto=False))
    bench = Bench(Mtp3Config(OWN, (LinksetConfig("a", 200, rows),)))
    bench.start()
    assert [link.available for link in bench.node.links] == [True, False]
    bench.node.deactivate(1, bench.now)
    bench.run(0)
    assert bench.told(ManagementDone)[-1].reason == "it was inactive"


def test_deactivated_while_it_aligns_or_waits():
    bench = one(1)
    bench.node.start(0)
    bench.run(SECOND)
    bench.node.deactivate(0, bench.now)
    bench.run(300 * SECOND)
    assert bench.node.links[0].lsac.state_name == "Inactive"
    bench.node.activate(0, bench.now)
    bench.node.deactivate(0, bench.now)
    bench.node.activate(0, bench.now)
    bench.far[0].start(bench.now)
    bench.run(40 * SECOND)
    assert bench.node.links[0].available


@pytest.mark.parametrize("label", [CHINA24, ANSI24])
def test_24_bit_labels(label):
    bench = Bench(Mtp3Config(0x010203, (linkset("a", 0x0A0B0C),), label=label))
    bench.start()
    far, own = 0x0A0B0C, 0x010203
    assert bench.node.send(far, 0x35, ISUP, b"data", bench.now)
    bench.run(0)
    (msu,) = bench.got
    assert (msu.dpc, msu.opc, msu.sls, msu.data) == (far, own, 0x35, b"data")
    bench.say(0, b"answer", ISUP, 0xA7, dpc=own)
    bench.run(0)
    (user,) = bench.users
    assert (user.opc, user.dpc, user.sls, user.service) == (far, own, 0xA7, ISUP)
    bench.forget()
    bench.fail(1)
    (order,) = bench.of("COO")
    if label is ANSI24:
        assert (order.sls, order.data[1] & 15) == (0, 1), "the SLC is in the message"
    else:
        assert order.sls == 1


def test_an_end_point_transfers_nothing():
    bench = one(1)
    bench.start()
    bench.say(0, b"for another", ISUP, dpc=77)
    bench.say(0, b"wrong network", ISUP, ni=0)
    bench.run(0)
    assert bench.users == []
    faults = bench.told(Level3Fault)
    assert [fault.kind for fault in faults] == ["dpc", "network_indicator"]
    assert "for point code 77, ours is 100" in faults[0].text
    assert "network indicator 0 (international), ours is 2 (national)" in faults[1].text
    assert bench.node.links[0].counters.faults == 2


def test_a_message_for_a_user_part_that_is_not_here_is_answered_with_upu():
    bench = one(1, users=(ISUP,))
    bench.start()
    bench.say(0, b"tup", 4, opc=200)
    bench.run(0)
    (upu,) = bench.got
    assert (upu.name, upu.data[1:]) == ("UPU", (OWN).to_bytes(2, "little") + b"\x14")
    bench.node.user_available(ISUP, False, bench.now)
    bench.say(0, b"isup", ISUP)
    bench.run(0)
    assert bench.got[-1].data[-1] == 0x25, "inaccessible"
    assert bench.users == []
    bench.node.user_available(ISUP, True, bench.now)
    bench.say(0, b"isup", ISUP)
    bench.run(0)
    assert len(bench.users) == 1
    with pytest.raises(LocalError, match="service indicator 9"):
        bench.node.user_available(9, True, bench.now)


@pytest.mark.parametrize(("cause", "status"), [(0, 1), (1, 2), (2, 3), (9, 1)])
def test_upu_is_told_to_the_users(cause, status):
    bench = one(1)
    bench.start()
    body = (200).to_bytes(2, "little") + OCTET[cause << 4 | 5]
    bench.tell(0, OCTET[m.UPU] + body)
    (event,) = bench.told(Status)
    assert (event.dpc, event.cause, event.service) == (200, status, 5)


def test_dlc_is_not_possible():
    bench = one(1)
    bench.start()
    (answer,) = bench.tell(0, OCTET[m.DLC] + b"\x12\x03")
    assert answer.name == "CNP"


def test_messages_that_no_end_point_expects_are_counted():
    bench = one(1)
    bench.start()
    for data in (
        b"",
        OCTET[0x99],
        OCTET[m.COO],
        OCTET[m.CBD],
        OCTET[m.CSS],
        OCTET[m.RST] + b"\x01\x00",
        OCTET[m.TFP] + b"\x01",
        OCTET[m.TFP] + b"\xc8\x00",
        OCTET[m.TFP] + b"\x01\x00",
        OCTET[m.UPU] + b"\xc8",
    ):
        bench.say(0, data or b"\x0f", m.SNM)
    bench.say(0, OCTET[m.COO] + b"\x00", sls=7)
    bench.say(0, OCTET[m.COO] + b"\x00", opc=5)
    bench.say(0, OCTET[m.TRA], opc=5)
    bench.run(0)
    assert len(bench.told(Level3Fault)) == 13
    assert bench.node.links[0].available
    assert bench.users == []


def test_a_destination_that_has_no_route():
    bench = one(1)
    bench.start()
    with pytest.raises(LocalError, match="no route to point code 9; there are routes to 200"):
        bench.send(9, 0, b"x")
    with pytest.raises(LocalError, match="no route to point code 9; there are routes to 200"):
        bench.node.destination(9)


def test_counters_of_links_and_routes():
    bench = one(1)
    bench.start()
    link = bench.node.links[0].counters
    before = (link.tx_messages, link.tx_octets, link.rx_messages, link.rx_octets)
    bench.send(200, 1, b"12345")
    bench.say(0, b"123", ISUP)
    bench.run(0)
    after = (link.tx_messages, link.tx_octets, link.rx_messages, link.rx_octets)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 10, 1, 8]
    route = bench.node.destination(200).counters
    assert (route.tx_messages, route.tx_octets) == (1, 10)


def test_remote_processor_outage_while_aligning():
    """Q.703 figure 8: no "in service" comes, the outage does; the link is tested when it ends."""
    bench = one(1)
    bench.far[0].local_processor_outage(True, 0)
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(5 * SECOND)
    assert not bench.node.links[0].available
    assert "processor outage" in bench.told(LinkStateChanged)[-1].reason
    bench.far[0].local_processor_outage(False, bench.now)
    bench.far[0].continue_(bench.now)
    bench.run(5 * SECOND)
    assert bench.node.links[0].available
    assert bench.carriers(200) == [0] * 16


def test_our_own_processor_outage_while_aligning():
    bench = one(1)
    bench.node.start(0)
    bench.far[0].start(0)
    bench.run(100 * MS)
    bench.node.local_processor_outage(0, True, bench.now)
    bench.run(30 * SECOND)
    assert not bench.node.links[0].available
    bench.node.local_processor_outage(0, False, bench.now)
    bench.run(5 * SECOND)
    assert bench.node.links[0].available


def test_a_link_that_is_aligned_anew_is_still_in_our_processor_outage():
    """Q.703 figure 8: level 2 forgets the outage when the link fails; SIPO must go on."""
    bench = one(1)
    bench.start()
    bench.node.local_processor_outage(0, True, bench.now)
    bench.run(10 * SECOND)
    bench.fail_far(0)
    bench.far[0].start(bench.now)
    bench.run(20 * SECOND)
    assert bench.node.links[0].in_service
    assert bench.far[0].state_text == "processor outage: remote processor outage"
    bench.node.local_processor_outage(0, False, bench.now)
    bench.run(5 * SECOND)
    assert bench.node.links[0].available


def test_a_link_that_flaps_comes_into_service_once_in_t32():
    """T1.111.4, procedure A. The far end takes it down and aligns it anew as soon as it is up."""
    bench = one(1)
    bench.start()
    bench.run(60 * SECOND)
    for _ in range(6000):
        if bench.node.links[0].in_service:
            bench.fail_far(0)
            bench.far[0].start(bench.now)
        bench.run(10 * MS)
    failures = bench.node.links[0].counters.failures
    assert 10 <= failures <= 12, "60 s of T32 = 5 s, not one each 0.5 s of emergency proving"


def test_a_link_that_held_for_t32_is_restored_at_once():
    bench = one(1)
    bench.start()
    bench.run(5 * SECOND)
    bench.fail_far(0)
    bench.far[0].start(bench.now)
    bench.run(SECOND)
    assert bench.node.links[0].available


def test_losing_the_last_link_hurries_one_that_is_being_proved():
    """12.2.2: an emergency that begins during normal proving."""
    bench = one(2)
    bench.start()
    bench.run(5 * SECOND)
    bench.fail_far(1)
    bench.far[1].start(bench.now)
    bench.run(4 * SECOND)
    assert bench.node.links[1].l2.state_text == "initial alignment: proving"
    bench.fail_far(0)
    bench.run(SECOND)
    assert bench.node.links[1].available, "0.5 s of emergency proving, not 8.2 s"


def test_a_tra_before_a_link_that_fails_is_forgotten():
    """9.4: it was of a restart that came to nothing; the next one has a TRA of its own."""
    bench = one(1)
    bench.answers_slt = False
    bench.sends_tra = False
    bench.node.start(0)
    bench.far[0].start(0)
    bench.run(SECOND)
    bench.say(0, OCTET[m.TRA])
    bench.run(0)
    bench.fail_far(0)
    bench.answers_slt = True
    bench.far[0].start(bench.now)
    bench.run(10 * SECOND)
    assert bench.node.links[0].available
    assert bench.told(Resumed) == [], "the far end has not said yet that it is ready"
    bench.say(0, OCTET[m.TRA])
    bench.run(0)
    assert [event.dpc for event in bench.told(Resumed)] == [200]


def test_a_message_that_is_too_long_is_refused_though_it_would_only_wait():
    bench = one(2)
    bench.start()
    bench.fail(0)
    with pytest.raises(LocalError, match="269 octets behind the label; a message has at most 268"):
        bench.send(200, 0, bytes(269))
    assert bench.send(200, 0, bytes(268))


def test_sltm_with_another_slc_is_answered_and_told():
    bench = one(1)
    bench.start()
    bench.say(0, OCTET[m.SLTM] + b"\x40ping", m.SLT, 3)
    bench.run(0)
    (answer,) = bench.got
    assert (answer.name, answer.sls) == ("SLTA", 3)
    (fault,) = bench.told(Level3Fault)
    assert (fault.kind, fault.text.split(":")[0]) == ("sltm_slc", "SLTM has SLC 3, this link is 0")


def test_a_special_test_message_is_answered_as_one():
    """ANSI networks test with service indicator 2 too."""
    bench = one(1)
    bench.start()
    bench.say(0, OCTET[m.SLTM] + b"\x40ping", m.SLT_SPECIAL, 0)
    bench.run(0)
    assert [msu.service for msu in bench.got] == [m.SLT_SPECIAL]
