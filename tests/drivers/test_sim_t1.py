"""T1 spans of the simulated board: alignment, alarms and their times, errors, slips."""

from __future__ import annotations

import itertools
import math
import pathlib
import random
import sys

import pytest

from trunkd.board.clock import MILLISECOND, SECOND, VirtualClock
from trunkd.board.events import Alarm, AlarmChanged, RecordEnded, Slipped
from trunkd.board.model import HdlcConfig, Law, Loopback, SpanKind
from trunkd.board.registry import open_board
from trunkd.errors import LocalError

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from t1_lab import Lab

FRAME = 125_000
PULSES_175 = 175 * FRAME // 193
SYNC = {"d4": 36, "esf": 96}
BOTH = pytest.mark.parametrize("framing", ["d4", "esf"])


def lab_of(framing: str, more: str = "", up: float = 50) -> Lab:
    return Lab(f"framing={framing}&{more}", up)


@BOTH
def test_a_good_line_comes_up_without_an_alarm(framing: str) -> None:
    lab = lab_of(framing)
    assert lab.at_start == []
    for span in lab.board.spans:
        assert span.kind is SpanKind.T1 and len(span.timeslots) == 25
        assert span.alarms == frozenset()
        # 50 ms less the reframe time (T1.403: at most 50 ms; here 4.5 and 12 ms).
        assert span.counters().frames == 400 - SYNC[framing]


@BOTH
def test_cut_and_mended(framing: str) -> None:
    """LOS after 175 pulse positions, LOF with the second wrong alignment bit, yellow back: told
    after 335 ms (D4) or seven codewords (ESF), and sent for a second at least (T1.403)."""
    lab = lab_of(framing)
    begun = lab.now
    lab.board.cable(1).cut(to=2)
    lab.run(600)
    los, lof = lab.alarms(2, begun)
    assert los == (PULSES_175, Alarm.LOS, True)
    assert lof[1:] == (Alarm.LOF, True) and lof[0] <= (6 if framing == "d4" else 16) * FRAME
    ((raised, alarm, active),) = lab.alarms(1, begun)
    assert (alarm, active) == (Alarm.RAI, True)
    low, high = (335, 342) if framing == "d4" else (28, 38)
    assert low * MILLISECOND <= raised <= high * MILLISECOND
    assert lab.span(2).alarms == {Alarm.LOS, Alarm.LOF}
    lab.seen.clear()
    begun = lab.now
    lab.board.cable(1).mend()
    lab.run(1500)
    los, lof = lab.alarms(2, begun)
    assert los == (PULSES_175, Alarm.LOS, False)
    assert lof[1:] == (Alarm.LOF, False)
    assert SYNC[framing] * FRAME - 1 <= lof[0] <= (SYNC[framing] + 24) * FRAME
    ((cleared, alarm, active),) = lab.alarms(1, begun)
    assert (alarm, active) == (Alarm.RAI, False)
    low, high = (1051, 1060) if framing == "d4" else (1100, 1125)
    assert low * MILLISECOND <= cleared <= high * MILLISECOND
    assert lab.span(1).alarms == lab.span(2).alarms == frozenset()
    assert lab.span(2).counters().alarms == {Alarm.LOS: 1, Alarm.LOF: 1}


@BOTH
def test_a_short_cut_is_told_back_for_a_second(framing: str) -> None:
    lab = lab_of(framing)
    lab.board.cable(1).cut(to=2)
    lab.run(30)
    lab.board.cable(1).mend()
    lab.run(900)
    assert Alarm.RAI in lab.span(1).alarms
    lab.run(400)
    assert lab.span(1).alarms == frozenset()


@BOTH
def test_blue_alarm(framing: str) -> None:
    """Unframed ones: alignment is lost, AIS after two periods of 3 ms; gone with alignment."""
    lab = lab_of(framing)
    begun = lab.now
    lab.board.cable(1).ais(to=2)
    lab.run(50)
    lof, ais = lab.alarms(2, begun)
    assert lof[1:] == (Alarm.LOF, True) and ais[1:] == (Alarm.AIS, True)
    assert 6 * MILLISECOND <= ais[0] <= 10 * MILLISECOND
    lab.seen.clear()
    lab.board.cable(1).mend()
    lab.run(30)
    assert {(alarm, active) for _, alarm, active in lab.alarms(2)} == {
        (Alarm.AIS, False),
        (Alarm.LOF, False),
    }


def test_blue_alarm_sent_by_a_span_and_at_an_error_rate_of_1e_3() -> None:
    lab = Lab()
    lab.board.cable(1).impair(ber=1e-3, to=2)
    begun = lab.now
    lab.span(1).send_ais(True)
    lab.run(100)
    assert Alarm.AIS in lab.span(2).alarms
    raised = next(time for time, alarm, _ in lab.alarms(2, begun) if alarm is Alarm.AIS)
    assert raised <= 75 * MILLISECOND
    lab.span(1).send_ais(False)
    lab.board.cable(1).impair()
    lab.run(50)
    assert lab.span(2).alarms == frozenset()


def test_without_a_cable_there_is_no_signal() -> None:
    board = open_board("sim://x?spans=1&kind=t1", clock=VirtualClock())
    board.start()
    while board.clock.now() < 40 * MILLISECOND:
        board.step(40 * MILLISECOND)
    events = [(e.time, e.alarm) for e in board.events() if isinstance(e, AlarmChanged)]
    assert board.span(1).alarms == {Alarm.LOS, Alarm.LOF}
    assert (PULSES_175, Alarm.LOS) in events
    board.close()


def test_a_d4_and_an_esf_end_do_not_understand_each_other() -> None:
    """One line, two framings: both ends stay without alignment, and say so."""
    from trunkd.drivers.sim import CableConfig, SimConfig, SpanConfig

    config = SimConfig(kind="t1", span=[SpanConfig(2, framing="d4")], cables=[CableConfig([1, 2])])
    board = open_board("sim://x", config, VirtualClock())
    board.start()
    while board.clock.now() < SECOND:
        board.step(SECOND)
        board.events()
    assert [span.alarms for span in board.spans] == [{Alarm.LOF}, {Alarm.LOF}]
    board.close()


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ber", "seconds"), [(1e-6, 60), (1e-5, 20), (1e-4, 10)])
def test_bit_error_rate(ber: float, seconds: int) -> None:
    """Errors, CRC-6 errors and alignment bits by arithmetic, within five standard deviations: a
    superframe is wrong when one of its 24 times 192 bits, or of its 6 check bits, is."""
    lab = Lab("seed=4")
    lab.board.cable(1).impair(ber=ber, to=2)
    span = lab.span(2)
    before, errors = span.counters(), span.line_errors()
    lab.run(seconds * 1000)
    after = span.counters()

    def near(seen: float, expected: float, more: float = 0.0) -> bool:
        return abs(seen - expected) <= 5 * math.sqrt(max(expected, 1)) + more * expected

    assert near(span.line_errors() - errors, 1_544_000 * seconds * ber)
    superframes = seconds * 8000 / 24
    wrong = superframes * (1 - (1 - ber) ** (24 * 192 + 6))
    assert near(after.crc6_errors - before.crc6_errors, wrong, 0.02)
    assert near(after.fas_errors - before.fas_errors, seconds * 2000 * ber)
    assert after.crc4_errors == 0 and span.reframes() == 0


@BOTH
def test_alignment_stands_at_1e_3_and_is_found_at_1e_3(framing: str) -> None:
    lab = lab_of(framing, "seed=3")
    lab.board.cable(1).impair(ber=1e-3, to=2)
    lab.run(10_000)
    lost = [e for e in lab.alarms(2) if e[1:] == (Alarm.LOF, True)]
    found = [e for e in lab.alarms(2) if e[1:] == (Alarm.LOF, False)]
    assert len(lost) <= 3
    for (begun, _, _), (ended, _, _) in zip(lost, found, strict=False):
        assert ended - begun <= 50 * MILLISECOND


@BOTH
@pytest.mark.parametrize("bits", [1, -1])
def test_a_bit_slip_loses_alignment_for_a_moment(framing: str, bits: int) -> None:
    lab = lab_of(framing)
    for _ in range(5):
        lab.seen.clear()
        lab.board.cable(1).slip_bit(bits, to=2)
        lab.run(60)
        (lost, _, _), (found, _, _) = [a for a in lab.alarms(2) if a[1] is Alarm.LOF]
        assert found - lost <= (SYNC[framing] + 60) * FRAME
    assert lab.span(2).reframes() == 5


# ---- octets --------------------------------------------------------------------------------------


@BOTH
def test_every_timeslot_is_bit_exact_both_ways(framing: str) -> None:
    lab = lab_of(framing)
    rng = random.Random(1)
    for near, far in ((1, 2), (2, 1)):
        text = {n: rng.randbytes(2000) for n in range(1, 25)}
        for n, octets in text.items():
            source, sink = (lab.board.span(span).timeslots[n] for span in (near, far))
            source.open_voice(Law.MU)
            sink.open_voice(Law.MU)
            sink.record(2800)
            source.play(octets)
        lab.run(400)
        for n, octets in text.items():
            assert octets in lab.board.span(far).timeslots[n].recorded()
            lab.board.span(near).timeslots[n].close()
            lab.board.span(far).timeslots[n].close()


def test_what_is_not_open_is_mu_law_silence() -> None:
    lab = Lab()
    sink = lab.board.span(2).timeslots[5]
    sink.open_voice(Law.MU)
    sink.record(200)
    lab.run(50)
    assert sink.recorded() == b"\xff" * 200


@BOTH
@pytest.mark.parametrize("frames", [1, -1])
def test_a_controlled_slip_repeats_or_deletes_one_octet(framing: str, frames: int) -> None:
    lab = lab_of(framing)
    octets = bytes(range(1, 251)) * 16
    source, sink = (lab.board.span(n).timeslots[24] for n in (1, 2))
    source.open_voice()
    sink.open_voice()
    sink.record(len(octets) + 800)
    source.play(octets)
    lab.run(200)
    lab.board.cable(1).slip(frames, to=2)
    lab.run(600)
    assert [e.frames for e in lab.seen if isinstance(e, Slipped)] == [frames]
    kept = sink.recorded()
    kept = kept[kept.index(octets[:16]) :][: len(octets) + frames]
    at = next(i for i, (a, b) in enumerate(zip(kept, octets, strict=False)) if a != b)
    after = octets[at - 1 :] if frames == 1 else octets[at + 1 :]
    assert kept == octets[:at] + after
    assert lab.alarms(2) == []
    assert any(isinstance(e, RecordEnded) for e in lab.seen)


@pytest.mark.parametrize("ppm", [50, -50])
def test_a_clock_off_by_50_ppm_slips_every_2_5_seconds(ppm: int) -> None:
    lab = Lab()
    lab.board.cable(1).impair(ppm=ppm, to=2)
    lab.run(20_500)
    slips = [e for e in lab.seen if isinstance(e, Slipped)]
    assert {e.frames for e in slips} == {-1 if ppm > 0 else 1}
    gaps = {(b.time - a.time) / SECOND for a, b in itertools.pairwise(slips)}
    assert len(slips) >= 6 and all(2.49 < gap < 2.51 for gap in gaps)
    assert lab.alarms(2) == []


@BOTH
def test_delay_and_blocks_of_every_length(framing: str) -> None:
    for block in (1, 3, 20):
        lab = lab_of(framing, f"block_ms={block}", up=120)
        lab.board.cable(1).impair(delay_ms=40, to=2)
        lab.run(120)
        for n in (1, 2):
            lab.board.span(n).timeslots[7].open_hdlc(HdlcConfig())
        lab.run(60)
        lab.seen.clear()
        begun = lab.now
        assert lab.board.span(1).timeslots[7].transmit(b"far away")
        lab.run(300)
        (event,) = [e for e in lab.seen if getattr(e, "frame", None) == b"far away"]
        assert 40 <= (event.time - begun) / MILLISECOND <= 40 + 4 * block + 4


# ---- loopbacks -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("loopback", [Loopback.LOCAL, Loopback.LINE, Loopback.PAYLOAD])
def test_loopbacks(framing: str, loopback: Loopback) -> None:
    """LOCAL: our octets come back to us; LINE and PAYLOAD at the far end: the same, over the line.
    LOCAL and LINE lose alignment for a moment; then comes a second of our own yellow alarm."""
    lab = lab_of(framing)
    lab.span(1 if loopback is Loopback.LOCAL else 2).set_loopback(loopback)
    lab.run(1600)
    assert lab.span(1).alarms == frozenset()
    slot = lab.board.span(1).timeslots[3]
    slot.open_voice()
    octets = random.Random(9).randbytes(1000)
    slot.record(2400)
    slot.play(octets)
    lab.run(400)
    assert octets in slot.recorded()
    assert lab.span(1).looped() is (loopback if loopback is Loopback.LOCAL else Loopback.NONE)
    assert lab.span(2).looped() is (Loopback.NONE if loopback is Loopback.LOCAL else loopback)


def test_payload_loopback_on_a_span_with_robbed_bits_is_bit_exact() -> None:
    lab = Lab("cas=1-12")
    lab.span(2).set_loopback(Loopback.PAYLOAD)
    lab.run(100)
    slot = lab.board.span(1).timeslots[20]
    slot.open_voice()
    octets = random.Random(9).randbytes(1000)
    slot.record(2400)
    slot.play(octets)
    lab.run(400)
    assert octets in slot.recorded()


# ---- wrong use -----------------------------------------------------------------------------------


def test_wrong_use_is_named() -> None:
    lab = Lab("framing=d4")
    slot = lab.board.span(1).timeslots[0]
    with pytest.raises(LocalError, match="timeslot 0 carries framing"):
        slot.open_voice()
    with pytest.raises(LocalError, match="no data link: configure it with framing = 'esf'"):
        lab.span(1).send_code(0x0E)
    lab = Lab()
    for code in (0x00, 0x01, 0x80, 0x0F, -2, 1 << 40):
        with pytest.raises(LocalError, match="is no command: give one of FdlCode"):
            lab.span(1).send_code(code)
    with pytest.raises(LocalError, match="0 times: give 1 to 10000"):
        lab.span(1).send_code(0x0E, 0)
