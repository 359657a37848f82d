"""Data link of simulated T1 spans with ESF: loopback commands, performance reports."""

from __future__ import annotations

import pathlib
import random
import sys

import pytest

from trunkd.board.model import Loopback
from trunkd.board.t1 import FdlCode

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from t1_lab import Lab


@pytest.mark.parametrize(
    ("up", "down", "loopback"),
    [
        (FdlCode.LINE_UP, FdlCode.LINE_DOWN, Loopback.LINE),
        (FdlCode.PAYLOAD_UP, FdlCode.PAYLOAD_DOWN, Loopback.PAYLOAD),
        (FdlCode.LINE_UP, FdlCode.DOWN, Loopback.LINE),
        (FdlCode.PAYLOAD_UP, FdlCode.DOWN, Loopback.PAYLOAD),
    ],
)
def test_the_far_end_obeys_loopback_commands(
    up: FdlCode, down: FdlCode, loopback: Loopback
) -> None:
    """T1.403 9.4.1: ten codewords; looped within 7 of them, and our octets come back."""
    lab = Lab()
    lab.span(1).send_code(up)
    lab.run(60)
    assert lab.codes(2) == [up] and lab.span(2).looped() is loopback
    assert lab.span(1).looped() is Loopback.NONE
    # A line loopback moves the frames: alignment anew, and a second of our own yellow alarm.
    lab.run(1300)
    assert lab.span(1).alarms == frozenset()
    slot = lab.board.span(1).timeslots[3]
    slot.open_voice()
    octets = random.Random(9).randbytes(800)
    slot.record(2400)
    slot.play(octets)
    lab.run(400)
    assert octets in slot.recorded()
    lab.span(1).send_code(down)
    lab.run(60)
    assert lab.codes(2) == [up, down] and lab.span(2).looped() is Loopback.NONE
    lab.run(1300)
    assert lab.span(1).alarms == frozenset() == lab.span(2).alarms


def test_our_own_command_that_comes_back_is_not_obeyed() -> None:
    """A long command: the far end loops the line in the middle of it, and we hear the rest."""
    lab = Lab()
    lab.span(1).send_code(FdlCode.LINE_UP, 100)
    lab.run(600)
    assert lab.span(2).looped() is Loopback.LINE
    assert lab.codes(1) == [FdlCode.LINE_UP] and lab.span(1).looped() is Loopback.NONE


def test_a_down_command_of_the_other_kind_is_none() -> None:
    lab = Lab()
    lab.span(2).set_loopback(Loopback.LINE)
    lab.run(30)
    for code in (FdlCode.PAYLOAD_DOWN, FdlCode.NETWORK_UP, 0x7E):
        lab.span(1).send_code(code)
        lab.run(150)
        assert lab.codes(2)[-1] == code and lab.span(2).looped() is Loopback.LINE
    lab.span(1).send_code(FdlCode.LINE_DOWN)
    lab.run(60)
    assert lab.span(2).looped() is Loopback.NONE


def test_loop_codes_false_tells_and_does_not_obey() -> None:
    lab = Lab("loop_codes=false")
    lab.span(1).send_code(FdlCode.LINE_UP)
    lab.run(100)
    assert lab.codes(2) == [FdlCode.LINE_UP] and lab.span(2).looped() is Loopback.NONE


def test_commands_go_through_at_an_error_rate_of_1e_3() -> None:
    for seed in range(1, 11):
        lab = Lab(f"seed={seed}")
        lab.board.cable(1).impair(ber=1e-3, to=2)
        lab.span(1).send_code(FdlCode.PAYLOAD_UP)
        lab.run(80)
        assert lab.span(2).looped() is Loopback.PAYLOAD


# ---- performance reports -------------------------------------------------------------------------


def test_a_report_each_second_and_none_with_errors() -> None:
    lab = Lab()
    lab.run(10_000)
    for n in (1, 2):
        counters = lab.span(n).t1_counters()
        assert counters.prm_sent == counters.prm_received == counters.fdl_messages == 10
        assert counters.far_errored == counters.far_severely_errored == counters.far_slipped == 0
        assert counters.crc6_errors == counters.fdl_faults == 0
    assert lab.seen == []


def test_reports_tell_the_far_end_s_errors() -> None:
    """Errors towards span 2 are in its reports, which span 1 counts: each second of them once."""
    lab = Lab("seed=2")
    lab.run(2000)
    lab.board.cable(1).impair(ber=1e-5, to=2)
    lab.run(5000)
    lab.board.cable(1).impair()
    lab.run(3000)
    errors = lab.span(2).t1_counters().crc6_errors
    assert 40 <= errors <= 120
    counters = lab.span(1).t1_counters()
    assert counters.far_errored in (5, 6) and counters.far_severely_errored == 0
    assert lab.span(2).t1_counters().far_errored == 0


def test_severely_errored_seconds_and_slips_are_reported() -> None:
    lab = Lab()
    lab.run(1000)
    lab.board.cable(1).cut(to=2)
    lab.run(30)
    lab.board.cable(1).mend()
    lab.run(2500)
    counters = lab.span(1).t1_counters()
    assert counters.far_severely_errored == 1 and counters.far_slipped == 0
    assert lab.span(2).t1_counters().severely_errored == 1
    lab.board.cable(1).slip(1, to=2)
    lab.run(2500)
    assert lab.span(1).t1_counters().far_slipped == 1


def test_lost_reports_are_made_up_for_by_the_next() -> None:
    """Each report has four seconds: up to three in a row may be lost."""
    lab = Lab("seed=5")
    lab.run(1500)
    lab.board.cable(1).impair(ber=1e-5, to=2)
    lab.run(2000)
    # Now the way back is spoilt, too: reports of span 2 do not arrive.
    lab.board.cable(1).impair(ber=2e-2, to=1)
    lab.run(2200)
    lab.board.cable(1).impair()
    lab.run(4000)
    sent = lab.span(2).t1_counters()
    got = lab.span(1).t1_counters()
    assert got.prm_received < sent.prm_sent
    assert got.far_errored in (4, 5, 6)


def test_no_reports_when_not_wanted_and_none_on_d4() -> None:
    for options in ("prm=false", "framing=d4"):
        lab = Lab(options)
        lab.run(3000)
        assert lab.span(1).t1_counters().prm_sent == 0
        assert lab.span(2).t1_counters().fdl_messages == 0


def test_reports_go_on_during_yellow_alarm_which_stays() -> None:
    lab = Lab()
    lab.board.cable(1).cut(to=2)
    lab.run(10_000)
    assert len(lab.alarms(1)) == 1
    assert lab.span(1).t1_counters().prm_received == 10
    assert lab.span(1).t1_counters().far_severely_errored == 10
