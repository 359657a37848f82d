"""Processor outages, changeover, and what ends a link in service (Q.703 5.4, 8)."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mtp2_rig import MSU, Far

from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7 import mtp2_units as u


def test_remote_processor_outage_stops_messages_until_level_3_goes_on() -> None:
    far = Far()
    link = far.align()
    far.lssu(u.SIPO)
    far.lssu(u.SIPO)
    assert far.events() == [e.RemoteProcessorOutage(True)]
    assert link.state_text == "processor outage: remote processor outage"
    link.send(MSU, far.now)
    assert far.units() == []
    far.fisu()
    assert far.events() == [e.RemoteProcessorOutage(False)]
    assert far.units() == []
    link.continue_(far.now)
    assert link.in_service and far.units() == ["MSU0", "FISU"]


def test_continue_before_the_recovery_counts_when_it_comes() -> None:
    far = Far()
    link = far.align()
    far.lssu(u.SIPO)
    link.continue_(far.now)
    assert not link.in_service
    far.fisu()
    assert link.in_service


def test_flush_after_an_outage_starts_with_the_awaited_number() -> None:
    far = Far()
    link = far.align()
    for _ in range(3):
        link.send(MSU, far.now)
    far.units()
    far.ack(0)
    far.lssu(u.SIPO)
    link.send(MSU, far.now)
    far.fisu()
    link.flush_buffers(far.now)
    assert e.BuffersCleared() in far.events()
    assert link.in_service and far.units() == ["FISU"]
    link.send(MSU, far.now)
    assert far.units() == ["MSU1", "FISU"]


def test_local_processor_outage_sends_sipo_and_drops_messages() -> None:
    far = Far()
    link = far.align()
    link.local_processor_outage(True, far.now)
    assert far.units() == ["SIPO"]
    far.msu(0)
    assert [x for x in far.events() if isinstance(x, e.Message)] == []
    far.lssu(u.SIPO)
    assert link.state_text == "processor outage: both processors out"
    link.local_processor_outage(False, far.now)
    assert far.units() == ["FISU"]
    link.continue_(far.now)
    assert not link.in_service
    far.front = 255
    far.fisu()
    assert link.in_service


def test_local_outage_before_alignment_ends_in_processor_outage() -> None:
    far = Far()
    link = far.link
    link.local_processor_outage(True, 0)
    far.prove()
    assert far.units() == ["SIOS", "SIO", "SIN", "SIPO"]
    assert link.state_text == "aligned not ready"
    far.fisu()
    assert far.events() == [e.InService()]
    assert link.state_text == "processor outage: local processor outage"


def test_changeover_retrieves_what_the_far_end_has_not() -> None:
    far = Far()
    link = far.align()
    for n in range(130):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    far.msu(0)
    far.msu(1)
    link.line_down(far.now)
    assert e.OutOfService(e.OUT_LAYER1) in far.events()
    link.retrieve_bsnt(far.now)
    link.retrieve(99, far.now)
    bsnt, retrieved, cleared, *rest = far.events()
    assert bsnt == e.Bsnt(1) and cleared == e.BuffersCleared() and rest == []
    assert retrieved == e.Retrieved([b"\x85%03d" % n for n in range(100, 130)])
    link.retrieve(99, far.now)
    assert far.events() == [e.Retrieved([]), e.BuffersCleared()]


def test_changeover_without_a_number_retrieves_what_was_never_sent() -> None:
    far = Far()
    link = far.align()
    for n in range(130):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    link.stop(far.now)
    far.events()
    link.retrieve(-1, far.now)
    assert far.events()[0] == e.Retrieved([b"\x85%03d" % n for n in range(127, 130)])


def test_an_unreasonable_number_retrieves_nothing() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    link.stop(far.now)
    far.events()
    link.retrieve(50, far.now)
    fault, retrieved, _ = far.events()
    assert isinstance(fault, e.Level2Fault) and fault.kind == "unreasonable_fsnc"
    assert retrieved == e.Retrieved([])


def test_nothing_is_retrieved_from_a_link_in_service() -> None:
    far = Far()
    link = far.align()
    link.retrieve_bsnt(far.now)
    link.retrieve(0, far.now)
    assert far.events() == [e.Bsnt(-1), e.Retrieved([])]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(u.SIO, e.OUT_SIO), (u.SIN, e.OUT_SIN), (u.SIE, e.OUT_SIE), (u.SIOS, e.OUT_SIOS)],
    ids=["SIO", "SIN", "SIE", "SIOS"],
)
def test_status_units_that_end_a_link_in_service(status: int, reason: str) -> None:
    far = Far()
    far.align()
    far.lssu(status)
    assert far.failed() == reason


def test_stale_numbers_before_alignment_are_no_fault() -> None:
    """The far end does not know yet that the link is down: Q.781 2.2 to 2.4."""
    far = Far()
    far.back, far.front = 130, 55
    far.link.start(0)
    for _ in range(4):
        far.fisu()
    assert far.link.state_text == "initial alignment: not aligned"
    assert far.events() == []


def test_each_status_that_was_ordered_goes_out_once_in_order() -> None:
    """The far end began first: it is to see our SIO before the SIN all the same (Q.781 1.22)."""
    far = Far()
    far.units()
    far.lssu(u.SIO)
    far.link.start(0)
    assert far.link.state_text == "initial alignment: aligned"
    assert far.units() == ["SIO", "SIN"]
    assert far.units() == []


def test_outage_of_the_far_end_at_alignment_is_told_instead_of_in_service() -> None:
    far = Far()
    far.prove()
    far.lssu(u.SIPO)
    assert far.events() == [e.RemoteProcessorOutage(True)]
    far.link.continue_(far.now)
    far.fisu()
    assert far.events() == [e.RemoteProcessorOutage(False)] and far.link.in_service


def test_lssu_of_two_octets() -> None:
    far = Far()
    far.link.start(0)
    far.link.receive(b"\xff\xff\x02\x00\x00", 0)
    assert far.link.state_text == "initial alignment: aligned"
