"""Cables of the simulated board: cut, AIS, slips, clocks, delay, and when their alarms come."""

from __future__ import annotations

import random

import pytest

from trunkd.board.clock import MILLISECOND, SECOND, VirtualClock
from trunkd.board.events import (
    Alarm,
    AlarmChanged,
    BoardEvent,
    FrameFaulty,
    FrameReceived,
    RecordEnded,
    Slipped,
)
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard, SimConfig, SpanConfig
from trunkd.errors import ConfigError, DriverError, LocalError

FRAME = 125_000
PULSES_255 = 255 * 125_000 // 256


class Lab:
    """A stepped board, up, whose events are gathered in ``seen``."""

    def __init__(self, options: str = "cable=1-2") -> None:
        board = open_board(f"sim://lab?{options}", clock=VirtualClock())
        assert isinstance(board, SimBoard)
        self.board = board
        self.seen: list[BoardEvent] = []
        board.start()
        self.run(50)
        self.seen.clear()

    @property
    def now(self) -> int:
        return self.board.clock.now()

    def run(self, milliseconds: float) -> None:
        end = self.now + round(milliseconds * MILLISECOND)
        while self.now < end:
            self.board.step(end)
            self.seen += self.board.events()

    def alarms(self, span: int, since: int = 0) -> list[tuple[int, Alarm, bool]]:
        return [
            (e.time - since, e.alarm, e.active)
            for e in self.seen
            if isinstance(e, AlarmChanged) and e.span == span
        ]

    def slips(self, span: int) -> list[int]:
        return [e.frames for e in self.seen if isinstance(e, Slipped) and e.span == span]

    def carry(self, octets: bytes, act: object = None) -> bytes:
        """Play from span 1 to 2; what was recorded from its first octet on. act: in the middle."""
        source, sink = (self.board.span(n).timeslots[1] for n in (1, 2))
        source.open_voice()
        sink.open_voice()
        self.run(2)
        sink.record(len(octets) + 800)
        source.play(octets)
        self.run(len(octets) // 16)
        if callable(act):
            act()
        self.run(len(octets) // 8 + 200)
        assert any(isinstance(e, RecordEnded) for e in self.seen)
        kept = sink.recorded()
        return kept[kept.index(octets[:16]) :]


@pytest.fixture
def lab():
    made = Lab()
    yield made
    made.board.close()


def test_cut_raises_and_mend_clears_in_the_recommendations_times(lab: Lab) -> None:
    """LOS after 255 pulse intervals (G.775 4.2); LOF with the third FAS (G.706 4.1.1), at most 6
    frames; RAI at the far end after 3 frames without FAS from the next block on (G.775 6.2);
    mended: LOS as before, alignment by three frames and a timeslot, RAI gone."""
    begun = lab.now
    lab.board.cable(1).cut(to=2)
    lab.run(20)
    assert lab.alarms(2, begun) == [
        (PULSES_255, Alarm.LOS, True),
        (5 * FRAME, Alarm.LOF, True),
    ]
    ((raised, alarm, _),) = lab.alarms(1, begun)
    assert alarm is Alarm.RAI and raised == MILLISECOND + 6 * FRAME
    lab.seen.clear()
    begun = lab.now
    lab.board.cable(1).mend()
    lab.run(20)
    assert lab.alarms(2, begun) == [
        (PULSES_255, Alarm.LOS, False),
        (2 * FRAME + 8 * FRAME // 256, Alarm.LOF, False),
    ]
    assert lab.alarms(1, begun) == [(MILLISECOND + 6 * FRAME, Alarm.RAI, False)]


def test_ais_in_mid_line(lab: Lab) -> None:
    """AIS in two 512-bit periods (G.775 5.2), LOF, RAI the other way; clear with the FAS."""
    begun = lab.now
    lab.board.cable(1).ais(to=2)
    lab.run(20)
    assert lab.alarms(2, begun) == [
        (4 * FRAME, Alarm.AIS, True),
        (5 * FRAME, Alarm.LOF, True),
    ]
    assert [a for _, a, _ in lab.alarms(1)] == [Alarm.RAI]
    lab.seen.clear()
    begun = lab.now
    lab.board.cable(1).ais(False, to=2)
    lab.run(20)
    found = 2 * FRAME + 8 * FRAME // 256
    assert lab.alarms(2, begun) == [(found, Alarm.AIS, False), (found, Alarm.LOF, False)]
    assert not lab.board.span(1).alarms and not lab.board.span(2).alarms


def test_ais_with_bit_errors_is_still_ais(lab: Lab) -> None:
    """At 1e-4, 512 bits have 0.05 errors on average: three are a matter of 2e-5."""
    lab.board.cable(1).ais(to=2)
    lab.board.cable(1).impair(ber=1e-4, seed=1, to=2)
    lab.run(2000)
    assert lab.board.span(2).counters().alarms[Alarm.AIS] == 1
    assert Alarm.AIS in lab.board.span(2).alarms


def test_ais_sent_by_a_span(lab: Lab) -> None:
    lab.board.span(1).send_ais(True)
    lab.run(5)
    assert Alarm.AIS in lab.board.span(2).alarms
    lab.board.span(1).send_ais(False)
    lab.run(5)
    assert not lab.board.span(2).alarms


@pytest.mark.parametrize("frames", [1, -1])
def test_a_controlled_slip_repeats_or_deletes_one_octet(lab: Lab, frames: int) -> None:
    speech = b"".join(n.to_bytes(2, "big") for n in range(400))
    kept = lab.carry(speech, lambda: lab.board.cable(1).slip(frames, to=2))
    assert lab.slips(2) == [frames]
    assert lab.board.span(2).counters().slips == 1
    at = next(i for i in range(800) if kept[i] != speech[i])
    if frames < 0:
        assert kept[: 799 + 1][:at] == speech[:at] and kept[at:799] == speech[at + 1 :]
    else:
        # The repeated octet may equal its neighbour: look for it just before.
        assert kept[at + 1 : 801] == speech[at:] and kept[at] == speech[at - 1]
    # A controlled slip is behind the framer: nothing else notices.
    counters = lab.board.span(2).counters()
    assert not counters.alarms and counters.fas_errors == counters.crc4_errors == 0


@pytest.mark.parametrize("bits", [1, -1])
def test_a_bit_slip_loses_alignment_for_a_moment(lab: Lab, bits: int) -> None:
    begun = lab.now
    lab.board.cable(1).slip_bit(bits, to=2)
    lab.run(50)
    alarms = lab.alarms(2, begun)
    assert [(a, on) for _, a, on in alarms] == [(Alarm.LOF, True), (Alarm.LOF, False)]
    lost, found = alarms[0][0], alarms[1][0]
    # Three FAS in error: the last begins within 6 frames. Found at the next good three frames.
    assert 4 * FRAME < lost <= 6 * FRAME and found - lost <= 4 * FRAME
    assert lab.board.span(2).reframes() == 1
    assert not lab.slips(2)
    lab.seen.clear()
    for span in (1, 2):
        lab.board.span(span).timeslots[16].open_hdlc(HdlcConfig())
    lab.run(5)
    lab.board.span(1).timeslots[16].transmit(b"after the slip")
    lab.run(10)
    assert [e.frame for e in lab.seen if isinstance(e, FrameReceived)] == [b"after the slip"]


def test_bit_slips_through_every_alignment() -> None:
    """256 bits lost one by one: the receiver's frames begin at each bit of an octet and beyond,
    and voice is exact at each."""
    lab = Lab("cable=1-2&block_ms=2")
    source, sink = (lab.board.span(n).timeslots[1] for n in (1, 2))
    source.open_voice()
    sink.open_voice()
    rng = random.Random(1)
    for _ in range(256):
        lab.board.cable(1).slip_bit(-1, to=2)
        lab.run(10)
        speech = rng.randbytes(48)
        sink.record(120)
        source.play(speech)
        lab.run(20)
        assert speech in sink.recorded()
    assert lab.board.span(2).reframes() == 256
    lab.board.close()


@pytest.mark.parametrize("ppm", [50, -50])
def test_a_clock_off_by_50_ppm_slips_every_2_5_seconds(lab: Lab, ppm: int) -> None:
    """A frame of 125 us is gained or lost in 125 us / 50e-6 = 2.5 s: 40 in 100 s, less one or two
    that the elastic store takes at first. A fast far end loses frames here (-1)."""
    lab.board.cable(1).impair(ppm=ppm, to=2)
    lab.run(100_000)
    slips = lab.slips(2)
    assert set(slips) == {-1 if ppm > 0 else 1}
    assert 38 <= len(slips) <= 40
    assert lab.slips(1) == []
    received = lab.board.span(2).counters().frames
    assert abs(received - 800_000 * (1 + ppm * 1e-6) - 400) <= 8
    assert not lab.board.span(2).counters().alarms


@pytest.mark.parametrize("delay_ms", [1, 30, 250])
def test_delay(lab: Lab, delay_ms: int) -> None:
    for span in (1, 2):
        lab.board.span(span).timeslots[16].open_hdlc(HdlcConfig())
    lab.run(5)

    def latency() -> int:
        lab.seen.clear()
        begun = lab.now
        lab.board.span(1).timeslots[16].transmit(b"how long?")
        lab.run(delay_ms + 20)
        (event,) = [e for e in lab.seen if isinstance(e, FrameReceived)]
        return event.time - begun

    without = latency()
    lab.board.cable(1).impair(delay_ms=delay_ms)
    lab.run(2 * delay_ms + 20)
    assert latency() - without == delay_ms * MILLISECOND


def test_a_loop_plug_brings_back_what_is_sent() -> None:
    lab = Lab("spans=1&cable=1")
    timeslot = lab.board.span(1).timeslots[16]
    timeslot.open_hdlc(HdlcConfig())
    lab.run(5)
    timeslot.transmit(b"myself")
    lab.run(5)
    assert [e.frame for e in lab.seen if isinstance(e, FrameReceived)] == [b"myself"]
    lab.board.close()


def test_without_a_cable_there_is_no_signal() -> None:
    lab = Lab("spans=2")
    assert lab.board.span(1).alarms == lab.board.span(2).alarms
    assert Alarm.LOS in lab.board.span(1).alarms
    with pytest.raises(DriverError, match="has no cable 1: it has no cable"):
        lab.board.cable(1)
    lab.board.close()


def test_one_end_without_crc4() -> None:
    """G.706 annex B is not used: the end that expects CRC-4 reports LOMF_CRC after 400 ms and
    carries on; the other end sees nothing."""
    config = SimConfig(cable="1-2", span=[SpanConfig(2, crc4=False)])
    board = open_board("sim://lab", config, VirtualClock())
    board.start()
    while board.clock.now() < SECOND:
        board.step(SECOND)
    events = [e for e in board.events() if isinstance(e, AlarmChanged)]
    assert board.span(1).alarms == {Alarm.LOMF_CRC} and not board.span(2).alarms
    assert [e.alarm for e in events] == [Alarm.LOMF_CRC]
    assert abs(events[0].time - 400 * MILLISECOND) <= 2 * FRAME
    board.close()


def test_hdlc_hears_nothing_while_alignment_is_lost(lab: Lab) -> None:
    """G.732 table 2: AIS to the timeslots. The frame under way is broken off once, then silence."""
    for span in (1, 2):
        lab.board.span(span).timeslots[16].open_hdlc(HdlcConfig())
    lab.run(5)
    for _ in range(40):
        lab.board.span(1).timeslots[16].transmit(bytes(range(200)))
    lab.run(100)
    lab.seen.clear()
    lab.board.cable(1).cut(to=2)
    lab.run(500)
    faults = [e for e in lab.seen if isinstance(e, FrameFaulty)]
    assert len(faults) <= 1 and not [e for e in lab.seen if isinstance(e, FrameReceived)]


def test_wrong_use_of_cables(lab: Lab) -> None:
    cable = lab.board.cable(1)
    with pytest.raises(DriverError, match="no cable 2: it has cables 1 to 1"):
        lab.board.cable(2)
    with pytest.raises(LocalError, match="does not end at span 3"):
        cable.cut(to=3)
    with pytest.raises(LocalError, match=r"give \+1 or -1"):
        cable.slip(2)
    with pytest.raises(LocalError, match=r"give \+1 or -1"):
        cable.slip_bit(0)
    for wrong in (
        {"ber": 0.6},
        {"ber": -1.0},
        {"ppm": 2000.0},
        {"ppm": 1e9},
        {"bursts_per_second": 1.0},
        {"bursts_per_second": 1.0, "burst_bits": -1},
        {"delay_ms": -5},
        {"delay_ms": 1 << 40},
    ):
        with pytest.raises(LocalError, match="impairment out of range"):
            cable.impair(**wrong)
    with pytest.raises(ConfigError, match="'1-1-2' is no cable"):
        open_board("sim://lab?cable=1-1-2")
