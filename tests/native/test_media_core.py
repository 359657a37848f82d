"""The media core: connections octet for octet, and what must not be left over when things end."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BoardEvent, RecordEnded
from trunkd.board.media import ConferenceConfig, EchoCancelling, Listen, Role
from trunkd.board.media_events import BridgeEnded, DigitHeard, TalkersChanged
from trunkd.board.model import Law
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.board.registry import open_board
from trunkd.daemon.media_recording import open_recording
from trunkd.drivers.sim import SimBoard
from trunkd.errors import LocalError
from trunkd.native import wrap, wrap_media

IDLE = 0xD5
LOUD = wrap.alaw_encode((8000 * np.sin(np.arange(4000) * 0.6)).astype("<i2").tobytes())


class Stepped:
    """A board in virtual time; ``seen`` are its events."""

    def __init__(self, options: str) -> None:
        board = open_board(f"sim://core?{options}", clock=VirtualClock())
        assert isinstance(board, SimBoard)
        self.board = board
        self.seen: list[BoardEvent] = []

    def run(self, milliseconds: int) -> None:
        until = self.board.clock.now() + milliseconds * MILLISECOND
        while self.board.clock.now() < until:
            self.board.step(until)
            self.seen += self.board.events()

    def of(self, kind: type[BoardEvent]) -> list[BoardEvent]:
        return [event for event in self.seen if isinstance(event, kind)]


@pytest.fixture
def stepped() -> Iterator[Callable[[str], Stepped]]:
    made: list[Stepped] = []

    def make(options: str) -> Stepped:
        made.append(Stepped(options))
        made[-1].board.start()
        made[-1].run(100)
        made[-1].seen.clear()
        return made[-1]

    yield make
    for one in made:
        one.board.close()


def test_a_million_octets_through_connections(stepped: Callable[[str], Stepped]) -> None:
    """20 connections among the 30 channels of two spans, 6.25 s of random octets through each."""
    it = stepped("spans=4&cable=1-2,3-4&block_ms=10")
    n = 50_000
    rng = np.random.default_rng(1)
    said: list[bytes] = []
    for channel in range(1, 11):
        ends = [it.board.span(span).timeslots[channel] for span in (1, 2, 3, 4)]
        for end in ends:
            end.open_voice(Law.A if channel % 2 else Law.MU)
        ends[0].connect(ends[2])
        ends[2].connect(ends[0])
        for far in (ends[1], ends[3]):
            said.append(rng.integers(0, 256, n, dtype=np.uint8).tobytes())
            far.play(said[-1])
            far.record(n + 2000)
    it.run(7000)
    assert len(it.of(RecordEnded)) == 20
    for k, octets in enumerate(said):
        far = it.board.span(4 if k % 2 == 0 else 2).timeslots[k // 2 + 1]
        assert octets in far.recorded()


def test_a_closed_soft_channel_is_silent(stepped: Callable[[str], Stepped]) -> None:
    """Its span stands still then: what it said last must not be heard for ever."""
    it = stepped("spans=1&cable=1&soft_spans=1&block_ms=1")
    soft, ear = it.board.soft[0], it.board.span(1).timeslots[1]
    soft.open_voice()
    ear.open_voice()
    ear.connect(soft)
    soft.play(LOUD)
    it.run(200)
    ear.record(800)
    it.run(50)
    soft.close()
    it.run(100)
    octets = ear.recorded()
    assert len(set(octets[:320])) > 10
    assert set(octets[480:]) == {IDLE}


def test_who_comes_back_to_a_conference_brings_nothing_old(
    stepped: Callable[[str], Stepped],
) -> None:
    it = stepped("spans=1&cable=1&soft_spans=2&block_ms=10")
    speaker, hearer = it.board.soft[0], it.board.soft[31]
    conference = it.board.conference()
    for one in (speaker, hearer):
        one.open_voice()
        conference.join(one)
    speaker.play(LOUD)
    it.run(100)
    conference.leave(speaker)
    speaker.stop_play()
    it.run(100)
    ear = it.board.span(1).timeslots[1]
    ear.open_voice()
    conference.join(ear, Role.HEAR)
    ear.record(1600)
    it.run(20)
    conference.join(speaker)
    it.run(180)
    # The least A-law sample, of each of the two others.
    assert set(ear.recorded()) <= set(wrap.alaw_encode(np.array([8, 16], "<i2").tobytes()))


def test_an_empty_conference_says_that_nobody_talks(stepped: Callable[[str], Stepped]) -> None:
    it = stepped("spans=1&cable=1&block_ms=1")
    conference = it.board.conference(ConferenceConfig(report_ms=50))
    for soft in it.board.soft[:2]:
        soft.open_voice()
        conference.join(soft)
    it.board.soft[0].play(LOUD)
    it.run(200)
    reports = it.of(TalkersChanged)
    assert isinstance(reports[-1], TalkersChanged) and len(reports[-1].talkers) == 1
    for soft in it.board.soft[:2]:
        soft.close()
    it.run(100)
    last = it.of(TalkersChanged)[-1]
    assert isinstance(last, TalkersChanged) and last.talkers == ()


def test_a_growing_conference_cuts_nobody(stepped: Callable[[str], Stepped]) -> None:
    """With more members only those who talk are mixed: one in a pause is heard on for a while."""
    it = stepped("spans=1&cable=1&soft_spans=1&block_ms=1")
    conference = it.board.conference(ConferenceConfig(gate_above=2, hold_ms=300))
    softly = wrap.alaw_encode(np.tile(np.array([72, -72], "<i2"), 4000).tobytes())
    for soft in it.board.soft[:3]:
        soft.open_voice()
    conference.join(it.board.soft[0])
    conference.join(it.board.soft[1])
    it.board.soft[0].play(softly)
    it.run(50)
    ear = it.board.span(1).timeslots[1]
    ear.open_voice()
    ear.record(4000)
    conference.join(ear, Role.HEAR)
    it.run(500)
    heard = np.frombuffer(ear.recorded(), np.uint8)
    assert len(set(heard[80:2000])) == 2
    assert set(heard[3000:]) == {IDLE}


@pytest.mark.parametrize("ppm", [-1000, 1000])
def test_what_is_sent_to_another_clock_is_recorded_in_order(
    stepped: Callable[[str], Stepped], tmp_path, ppm: int
) -> None:
    """A frame more or fewer in a block: an octet is recorded twice, or not, and none is old."""
    it = stepped(f"spans=2&cable=1-2&block_ms=1&soft_spans=0&seed={2000 + ppm}")
    it.board.cable(1).impair(ppm=ppm)
    it.run(100)
    ours = it.board.span(1).timeslots[3]
    ours.open_voice()
    ours.play(bytes(range(256)) * 200)
    file = open_recording(str(tmp_path / "sent.wav"), "alaw", 1, False)
    it.run(20)
    ours.record_to(file, RecordOptions(what=RecordWhat.SENT, max_samples=40000))
    it.run(5100)
    octets = np.frombuffer((tmp_path / "sent.wav").read_bytes()[file.data_start :], np.uint8)
    steps = np.diff(octets[:40000].astype(int)) % 256
    values, counts = np.unique(steps, return_counts=True)
    odd = 0 if ppm < 0 else 2
    assert set(values) == {1, odd}
    assert 20 <= counts[values == odd][0] <= 60


def test_bridge_slips_count_from_its_beginning(stepped: Callable[[str], Stepped]) -> None:
    one = stepped("spans=1&cable=1&block_ms=1")
    other = stepped("spans=1&cable=1&block_ms=1")
    near, far = one.board.span(1).timeslots[1], other.board.span(1).timeslots[1]
    near.open_voice()
    far.open_voice()
    near.bridge(far)
    for _ in range(50):
        one.run(10)
        other.run(20)
    assert far.bridge_slips() > 0
    slips = far.bridge_slips()
    near.stop_stream()
    far.stop_stream()
    one.run(10)
    other.run(10)
    ends = other.of(BridgeEnded)
    assert [end.slips for end in ends if isinstance(end, BridgeEnded)] == [slips]
    near.bridge(far)
    assert far.bridge_slips() == 0


def test_a_bridge_that_cannot_be_made_leaves_nothing(stepped: Callable[[str], Stepped]) -> None:
    it = stepped("spans=1&cable=1&block_ms=1")
    a, b, c = it.board.soft[:3]
    for one in (a, b, c):
        one.open_voice()
    b.bridge(c)
    with pytest.raises(LocalError, match="already"):
        a.bridge(b)
    it.run(20)
    assert not it.of(BridgeEnded)
    b.stop_stream()
    c.stop_stream()
    it.run(20)
    a.bridge(b)


@pytest.mark.parametrize("options", [2, 32 | 1, 1 << 31])
def test_echo_options_are_checked(stepped: Callable[[str], Stepped], options: int) -> None:
    it = stepped("spans=1&cable=1&block_ms=1")
    slot = it.board.span(1).timeslots[1]
    slot.open_voice()
    assert wrap_media.echo(it.board.engine, 1, 1, options, 64) == -errno.EINVAL
    slot.cancel_echo(EchoCancelling(tail_ms=64))


@pytest.mark.parametrize("block_ms", [1, 3, 20])
def test_digits_are_heard_through_echo_conference_and_mixed_laws(
    stepped: Callable[[str], Stepped], block_ms: int
) -> None:
    """Whatever the block is: samples are cleaned, mixed and detected at their times."""
    it = stepped(f"spans=2&cable=1-2&block_ms={block_ms}")
    near = [it.board.span(1).timeslots[n] for n in (1, 2, 17)]
    far = [it.board.span(2).timeslots[n] for n in (1, 2, 17)]
    conference = it.board.conference()
    for k, (ours, theirs) in enumerate(zip(near, far, strict=True)):
        law = Law.MU if k == 1 else Law.A
        ours.open_voice(law)
        theirs.open_voice(law)
        ours.cancel_echo(EchoCancelling(tail_ms=16))
        ours.listen(Listen.DTMF)
        theirs.listen(Listen.DTMF)
        conference.join(ours)
    it.run(60)
    began = it.board.clock.now()
    tone = sum(8000 * np.sin(2 * np.pi * hz * np.arange(800) / 8000) for hz in (697, 1209))
    samples = np.concatenate([tone, np.zeros(800)]).astype("<i2").tobytes()
    far[1].play(wrap.ulaw_encode(samples))
    it.run(300)
    heard = [event for event in it.of(DigitHeard) if isinstance(event, DigitHeard)]
    begins = {(e.span, e.timeslot): e.began - began for e in heard if not e.ended}
    assert {e.digit for e in heard} == {"1"}
    assert set(begins) == {(1, 2), (2, 1), (2, 17)}
    assert all(0 <= late <= (12 + 4 * block_ms) * MILLISECOND for late in begins.values())
