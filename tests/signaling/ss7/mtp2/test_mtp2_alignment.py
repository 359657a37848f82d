"""Alignment, its timers, and the monitors of error rates (Q.703 7, 10, annex A)."""

from __future__ import annotations

import pathlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mtp2_rig import MS, SECOND, Far

from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7 import mtp2_units as u
from trunkd.signaling.ss7.mtp2_config import T1, T2, T3, T8


def test_normal_alignment_sends_what_clause_7_3_says() -> None:
    far = Far()
    assert far.units() == ["SIOS"]
    far.link.start(0)
    assert far.units() == ["SIO"]
    assert far.link.state_text == "initial alignment: not aligned"
    far.lssu(u.SIO)
    assert far.units() == ["SIN"]
    far.lssu(u.SIN)
    assert far.units() == []
    assert far.link.state_text == "initial alignment: proving"
    far.wait(8199 * MS)
    assert far.units() == []
    far.wait(MS)
    assert far.units() == ["FISU"]
    assert far.link.state_text == "aligned ready"
    far.fisu()
    assert far.events() == [e.InService()]


@pytest.mark.parametrize("who", ["here", "there"])
def test_either_end_can_make_the_proving_short(who: str) -> None:
    far = Far()
    if who == "here":
        far.link.emergency(True, 0)
    far.link.start(0)
    far.units()
    far.lssu(u.SIO)
    assert far.units() == ["SIE" if who == "here" else "SIN"]
    far.lssu(u.SIN if who == "here" else u.SIE)
    far.wait(499 * MS)
    assert far.link.state_text == "initial alignment: proving"
    far.wait(MS)
    assert far.link.state_text == "aligned ready"


def test_emergency_while_proving_proves_anew_and_one_error_aborts() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.lssu(u.SIN)
    far.wait(5 * SECOND)
    far.units()
    far.link.emergency(True, far.now)
    assert far.units() == ["SIE"]
    far.wait(400 * MS)
    far.link.receive_error(far.now)
    far.lssu(u.SIN)
    far.wait(499 * MS)
    assert far.link.state_text == "initial alignment: proving"
    far.wait(MS)
    assert far.link.state_text == "aligned ready"


def test_a_fill_in_told_once_is_seen_by_each_new_state() -> None:
    """The line filters repeats: the SIN that aligned the link begins to prove it too."""
    far = Far()
    far.link.start(0)
    far.lssu(u.SIN)
    assert far.link.state_text == "initial alignment: proving"
    assert far.link.counters.rx[u.SIN] == 1
    far.wait(8200 * MS)
    far.link.stop(far.now)
    far.events()
    far.link.line_down(far.now)
    far.link.start(far.now)
    assert far.link.state_text == "initial alignment: not aligned"


def test_octet_counting_ends_what_the_line_repeated() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.link.receive_error(0, errors=20, sus=20)
    far.link.stop(0)
    far.link.start(0)
    assert far.link.state_text == "initial alignment: not aligned"
    far.link.receive_error(0, errors=1, sus=3)
    far.lssu(u.SIO)
    assert far.link.state_text == "initial alignment: aligned"


@pytest.mark.parametrize(
    ("timer", "reason"),
    [(T2, e.OUT_T2), (T3, e.OUT_T3), (T1, e.OUT_T1)],
    ids=["T2", "T3", "T1"],
)
def test_alignment_timers(timer: int, reason: str) -> None:
    far = Far()
    far.units()
    far.link.start(0)
    if timer == T3:
        far.lssu(u.SIO)
    elif timer == T1:
        far.prove()
    far.units()
    far.wait(far.link.config.timers[timer] - 1)
    assert far.events() == []
    far.wait(1)
    assert far.failed() == reason
    assert far.link.next_timeout() is None


def test_five_aborted_proving_periods_end_the_alignment() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    for attempt in range(5):
        far.lssu(u.SIN)
        assert far.link.state_text == "initial alignment: proving"
        far.wait(7 * SECOND)
        far.link.receive_error(far.now, errors=4, sus=4)
        assert far.link.counters.proving_aborts == attempt + 1
    assert e.OutOfService(e.OUT_PROVING) in far.events()


def test_proving_goes_on_with_three_errors() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.lssu(u.SIN)
    far.link.receive_error(0, errors=3, sus=3)
    far.wait(8200 * MS)
    assert far.link.state_text == "aligned ready"


def suerm(events: list[tuple[bool, int]]) -> int:
    """10.2.2 taken literally: the number of the unit that ends the link, or -1."""
    cs = ns = number = 0
    for bad, count in events:
        for _ in range(count):
            number += 1
            if bad:
                cs += 1
                if cs == 64:
                    return number
            ns += 1
            if ns == 256:
                ns = 0
                cs = max(0, cs - 1)
    return -1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=60), st.booleans())
def test_suerm_counts_exactly_from_the_sums_of_the_line(
    events: list[tuple[bool, int]], together: bool
) -> None:
    events = [(bad, count % 12 + 1 if bad else count) for bad, count in events]
    expected = suerm(events)
    far = Far()
    far.align()
    number = good = 0
    for bad, count in events:
        if not bad:
            good += count
            number += count
            if not together:
                far.link.receive(bytes([255, 255, 0]), far.now, sus=good)
                good = 0
            continue
        for _ in range(count):
            number += 1
            far.link.receive_error(far.now, errors=1, sus=good + 1)
            good = 0
            assert far.link.in_service == (expected < 0 or number < expected)
            if number == expected:
                assert far.failed() == e.OUT_ERRORS
                return
    assert expected < 0


def test_suerm_of_4_8_kbit_s_is_half_as_patient() -> None:
    far = Far(rate=4_800)
    far.align()
    far.link.receive_error(far.now, errors=31, sus=31)
    assert far.link.in_service
    far.link.receive_error(far.now)
    assert far.failed() == e.OUT_ERRORS


def test_errored_interval_monitor_of_2_mbit_s() -> None:
    """A.10: a link without errors is forgiven slowly; five errored intervals in a row end it."""
    far = Far(rate=1_984_000)
    far.align()
    interval = far.link.config.timers[T8]
    for _ in range(4):
        far.link.receive_error(far.now)
        far.wait(interval)
    far.wait(71 * interval)
    for _ in range(4):
        far.link.receive_error(far.now)
        far.wait(interval)
    assert far.link.in_service
    far.link.receive_error(far.now)
    far.wait(interval)
    assert far.failed() == e.OUT_ERRORS


def test_errored_interval_monitor_ends_a_silent_line() -> None:
    far = Far(rate=1_984_000)
    far.align()
    far.link.receive_error(far.now, errors=50, sus=50)
    far.wait(6 * far.link.config.timers[T8])
    assert far.failed() == e.OUT_ERRORS
