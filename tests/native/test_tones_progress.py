"""Segments of sound, and the tones of every country as they are made and recognized."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from trunkd.board.progress_follow import Heard, ProgressFollower
from trunkd.board.progress_tones import COUNTRIES, cadence
from trunkd.errors import LocalError
from trunkd.native.wrap_progress import (
    SEGMENT_OFF,
    SEGMENT_ON,
    CadenceGenerator,
    CadenceStep,
    Segment,
    SegmentDetector,
)

RATE = 8000
LEAD = 801


def on_line(samples: Any, level: float = -10, snr: float = 40, seed: int = 1) -> Any:
    noise = 32768 * 10 ** ((level - 3.14) / 20) / 2**0.5 * 10 ** (-snr / 20)
    line = numpy.random.default_rng(seed).normal(0, noise, len(samples) + LEAD + 2400)
    line[LEAD : LEAD + len(samples)] += numpy.array(samples, float)
    return numpy.clip(numpy.rint(line), -32768, 32767).astype(numpy.int16)


def segments(line: Any) -> list[Segment]:
    detector = SegmentDetector()
    events: list[Segment] = []
    for at in range(0, len(line), 160):
        events += detector.run(numpy.ascontiguousarray(line[at : at + 160]))
    return events


def recognized(country: str, line: Any) -> list[Heard]:
    """What the follower tells of a line, in blocks of 20 ms."""
    detector, follower = SegmentDetector(), ProgressFollower(country)
    for at in range(0, len(line), 160):
        for event in detector.run(numpy.ascontiguousarray(line[at : at + 160])):
            if event.kind == SEGMENT_ON:
                follower.begin(event.sample, event.frequencies, event.levels)
            else:
                follower.end(event.sample, event.duration, event.frequencies, event.levels)
        follower.time(at + 160)
    return follower.heard()


def made(country: str, name: str, rounds: int | None = None) -> Any:
    tone = cadence(country, name)
    once = sum(step.samples for step in tone.steps)
    length = 6 * RATE + once
    if tone.steps[-1].samples:
        length = once * (rounds or (2 if once > 2 * RATE else 5 if once > RATE // 2 else 10))
    steps = [CadenceStep(*step) for step in tone.steps]
    return CadenceGenerator(steps, tone.repeat_from).run(length)


@pytest.mark.parametrize("ms", [60, 100, 200, 400, 1000])
@pytest.mark.parametrize("frequencies", [(450,), (425,), (350, 440), (440, 480), (480, 620)])
def test_segment(frequencies: tuple[float, ...], ms: int) -> None:
    generator = CadenceGenerator([CadenceStep(frequencies, 8 * ms, -13)], None)
    events = segments(on_line(generator.run(8 * ms), -13))
    assert [event.kind for event in events] == [SEGMENT_ON, SEGMENT_OFF]
    over = events[-1]
    assert over.sample == pytest.approx(LEAD, abs=130)
    assert over.duration == pytest.approx(8 * ms, abs=150)
    assert over.level == pytest.approx(-13 + 10 * numpy.log10(len(frequencies)), abs=1)
    if ms >= 100:
        assert sorted(over.frequencies) == [pytest.approx(hz, abs=3) for hz in frequencies]
        assert all(level == pytest.approx(-13, abs=1) for level in over.levels)


@pytest.mark.parametrize("level", [3, -20, -38])
def test_levels(level: float) -> None:
    steps = [CadenceStep((450.0,), 2800, level), CadenceStep((), 2800)]
    events = segments(on_line(CadenceGenerator(steps).run(16800), level, 20))
    offs = [event for event in events if event.kind == SEGMENT_OFF and event.frequencies]
    assert [event.sample for event in offs] == [
        pytest.approx(LEAD + 5600 * n, abs=32) for n in range(3)
    ]
    for event in offs:
        assert event.duration == pytest.approx(2800, abs=64)
        assert event.level == pytest.approx(level, abs=0.3)
        assert event.frequencies == (pytest.approx(450, abs=2),)


def test_change_without_pause() -> None:
    steps = [CadenceStep((hz,), 4000) for hz in (425.0, 850.0, 600.0)]
    offs = [
        e
        for e in segments(on_line(CadenceGenerator(steps, None).run(12000)))
        if e.kind == SEGMENT_OFF
    ]
    assert [e.frequencies[0] for e in offs] == [pytest.approx(hz, abs=2) for hz in (425, 850, 600)]
    for n, event in enumerate(offs):
        assert event.sample == pytest.approx(LEAD + 4000 * n, abs=800)


def test_noise_has_no_frequencies() -> None:
    noise = numpy.random.default_rng(2).normal(0, 3000, 16000)
    events = segments(on_line(noise))
    assert events
    assert all(event.frequencies == () for event in events)


def test_silence_and_faint() -> None:
    assert segments(numpy.zeros(16000, numpy.int16)) == []
    assert segments(on_line(CadenceGenerator([CadenceStep((450.0,), 0, -50)]).run(8000), -50)) == []


def test_channels_and_blocks() -> None:
    """Each channel as if it were alone, whatever the blocks."""
    rng = numpy.random.default_rng(6)
    lines = numpy.zeros((4, 40000), numpy.int16)
    for line, name in zip(lines, ("busy", "dial", "special-information", "ringback"), strict=True):
        line[:] = numpy.resize(on_line(made("cn", name), snr=25), 40000)
    alone = [SegmentDetector().run(line) for line in lines]
    together = SegmentDetector(4)
    events: list[Segment] = []
    at = 0
    while at < 40000:
        n = min(int(rng.integers(1, 500)), 40000 - at)
        events += together.run(numpy.ascontiguousarray(lines[:, at : at + n]))
        at += n
    for channel in range(4):
        own = [event._replace(channel=0) for event in events if event.channel == channel]
        assert own == alone[channel]


ALL = [(country, name) for country in sorted(COUNTRIES) for name in COUNTRIES[country].tones]
# Where a network gives two tones one cadence, or they differ in level alone, the first is told; and
# what is sent before a dial tone announces that.
ALIKE = {
    ("au", "congestion"): "busy",
    ("us", "recall-dial"): "dial",
    ("cn", "confirmation"): "howler",
}


def expected(country: str, name: str) -> str:
    tones = COUNTRIES[country].tones
    first = next(other for other in tones if tones[other] == tones[name])
    return ALIKE.get((country, name), first)


@pytest.mark.parametrize(("country", "name"), ALL)
def test_every_tone(country: str, name: str) -> None:
    """Made from its row, through noise 20 dB below, and recognized as itself and nothing else."""
    level = min(step.level for step in cadence(country, name).steps if step.frequencies)
    heard = recognized(country, on_line(made(country, name), level, snr=20))
    assert [tone.name for tone in heard] == [expected(country, name)]
    if name != "recall-dial":
        assert heard[0].start == pytest.approx(LEAD, abs=200)


@pytest.mark.parametrize("stretch", [0.92, 1.08])
@pytest.mark.parametrize("name", ["busy", "congestion", "ringback", "special-information"])
def test_tolerance(name: str, stretch: float) -> None:
    """E.180: cadences to 10 %; here 8 %, and 450 Hz 20 Hz off."""
    tone = cadence("cn", name)
    steps = [
        CadenceStep(tuple(hz + 20 for hz in s.frequencies), round(s.samples * stretch), s.level)
        for s in tone.steps
    ]
    length = 3 * sum(step.samples for step in steps)
    line = on_line(CadenceGenerator(steps).run(length), snr=20)
    assert [heard.name for heard in recognized("cn", line)] == [name]


def test_a_call() -> None:
    """Dial tone, ringback, and then busy, one after the other."""
    pause = numpy.zeros(3000)
    parts = [made("cn", "dial"), pause, made("cn", "ringback", 2), pause, made("cn", "busy", 4)]
    heard = recognized("cn", on_line(numpy.concatenate(parts), snr=25))
    assert [tone.name for tone in heard] == ["dial", "ringback", "busy"]


def test_soon() -> None:
    """Busy is certain with its second beat, ringback with its first, dial tone after 1.6 s."""
    for name, seconds in (("busy", 1.2), ("ringback", 1.2), ("dial", 1.7)):
        (heard,) = recognized("cn", on_line(made("cn", name), snr=25))
        assert heard.told - heard.start < seconds * RATE


def test_wrong_use() -> None:
    with pytest.raises(LocalError, match="1 to 4096 channels"):
        SegmentDetector(0)
    with pytest.raises(LocalError, match="-60 to 0 dBm0"):
        SegmentDetector(1, floor=3)
    with pytest.raises(LocalError, match="equally many"):
        SegmentDetector(2).run(numpy.zeros(3, numpy.int16))
