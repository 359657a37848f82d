"""Modem and fax tones: ours, spandsp's, lines with noise, speech."""

from __future__ import annotations

import pathlib
import subprocess
import wave
from typing import Any

import numpy
import pytest

from trunkd.errors import LocalError
from trunkd.native.wrap_progress import (
    TONE_AM,
    TONE_OFF,
    TONE_ON,
    TONE_REVERSAL,
    TONE_SIT,
    CadenceGenerator,
    CadenceStep,
    ModemTone,
    ModemToneDetector,
)

HERE = pathlib.Path(__file__).parent
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE = 8000
# Spandsp's numbers of tones.
CNG, ANS, ANS_PR, ANSAM, ANSAM_PR, BELL_ANS, CALLING = 1, 2, 3, 4, 5, 8, 9
NOMINAL = {CNG: 1100, ANS: 2100, ANS_PR: 2100, ANSAM: 2100, ANSAM_PR: 2100, BELL_ANS: 2225}


def amplitude(level: float) -> float:
    return 32768.0 * 10.0 ** ((level - 3.14) / 20)


def on_line(samples: Any, level: float, snr: float = 60, seed: int = 1, lead: int = 1237) -> Any:
    """The samples after and before silence, with white noise over 4 kHz, as int16."""
    noise = amplitude(level) / 2**0.5 * 10 ** (-snr / 20)
    line = numpy.random.default_rng(seed).normal(0, noise, len(samples) + lead + 2400)
    line[lead : lead + len(samples)] += numpy.array(samples, float)
    return numpy.clip(numpy.rint(line), -32768, 32767).astype(numpy.int16)


def tone(hz: float, seconds: float, level: float = -10, **step: float) -> Any:
    made = CadenceGenerator([CadenceStep((hz,), 0, level, **step)])  # type: ignore[arg-type]
    return made.run(int(seconds * RATE))


def found(line: Any) -> list[ModemTone]:
    detector = ModemToneDetector()
    events: list[ModemTone] = []
    for at in range(0, len(line), 160):
        events += detector.run(numpy.ascontiguousarray(line[at : at + 160]))
    return events


def kinds(events: list[ModemTone]) -> list[tuple[int, int]]:
    return [(event.kind, event.tone) for event in events]


@pytest.mark.parametrize("level", [3, -10, -25, -40])
@pytest.mark.parametrize("hz", [950, 1100, 1300, 1400, 1800, 2100, 2225])
def test_start_duration_level(hz: int, level: float) -> None:
    events = found(on_line(tone(hz, 0.5, level), level, snr=30))
    assert kinds(events) == [(TONE_ON, hz), (TONE_OFF, hz)]
    over = events[-1]
    assert over.sample == pytest.approx(1237, abs=16)
    assert over.duration == pytest.approx(4000, abs=32)
    assert over.level == pytest.approx(level, abs=0.3)
    assert over.frequency == pytest.approx(hz, abs=1)
    assert events[0].duration < 0.28 * RATE


@pytest.mark.parametrize(
    ("nominal", "off"), [(1100, 38), (2100, 15), (2225, 15), (1300, 15), (950, 50), (1800, 50)]
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_frequency_limits(nominal: int, off: int, sign: int) -> None:
    """T.30 4.1: 1100 +- 38 Hz; V.25: 2100 and 1300 +- 15 Hz; E.180: SIT +- 50 Hz."""
    hz = nominal + sign * off
    events = found(on_line(tone(hz, 0.5), -10, snr=20))
    assert kinds(events) == [(TONE_ON, nominal), (TONE_OFF, nominal)]
    assert events[-1].frequency == pytest.approx(hz, abs=2)
    assert events[-1].level == pytest.approx(-10, abs=0.5)


@pytest.mark.parametrize("hz", [1030, 1200, 2040, 2160, 2300, 440, 697, 1633, 3000])
def test_other_frequencies(hz: int) -> None:
    assert found(on_line(tone(hz, 1.0), -10)) == []


def test_short_and_mixed() -> None:
    """What is too short, or one of two tones as strong, is no modem tone."""
    assert found(on_line(tone(2100, 0.15), -10)) == []
    both = numpy.array(tone(2100, 1.0)) + numpy.array(tone(697, 1.0))
    assert found(on_line(both, -10)) == []


@pytest.mark.parametrize("snr", [60, 15, 10])
def test_reversals(snr: float) -> None:
    """G.168 and V.8: the phase turned every 450 ms."""
    line = on_line(tone(2103, 3.3, -20, reversal=3600), -20, snr)
    events = found(line)
    turns = [event.sample for event in events if event.kind == TONE_REVERSAL]
    assert len(turns) == 7
    for n, turn in enumerate(turns, 1):
        assert turn == pytest.approx(1237 + 3600 * n, abs=96)
    assert events[-1].kind == TONE_OFF
    assert events[-1].reversals == 7
    assert [event for event in events if event.kind == TONE_AM] == []


@pytest.mark.parametrize("reversal", [0, 3600])
@pytest.mark.parametrize("snr", [60, 15])
def test_ansam(snr: float, reversal: int) -> None:
    """V.8 5: 2100 Hz modulated by 15 Hz to 20 %."""
    made = tone(2100, 2.5, -12, am_hz=15, am_depth=0.2, reversal=reversal)
    events = found(on_line(made, -12, snr))
    told = [event.kind for event in events if event.kind in (TONE_ON, TONE_AM)]
    assert told == [TONE_ON, TONE_AM]
    assert sum(event.kind == TONE_REVERSAL for event in events) == (5 if reversal else 0)


def test_cng_cadence() -> None:
    steps = [CadenceStep((1100.0,), 4000), CadenceStep((), 24000)]
    events = found(on_line(CadenceGenerator(steps).run(8 * RATE), -10, 20))
    starts = [event.sample for event in events if event.kind == TONE_OFF]
    assert starts == [pytest.approx(1237 + 28000 * n, abs=24) for n in range(3)]


@pytest.mark.parametrize("tones", [(950, 1400, 1800), (985, 1428, 1776), (913, 1370, 1776)])
@pytest.mark.parametrize("ms", [(330, 330, 330), (274, 380, 380), (380, 274, 380)])
def test_sit(tones: tuple[float, ...], ms: tuple[int, ...]) -> None:
    """E.180 and Bell's variants: frequencies and lengths tell what is the matter."""
    steps = [CadenceStep((hz,), 8 * length, -12) for hz, length in zip(tones, ms, strict=True)]
    events = found(on_line(CadenceGenerator(steps, None).run(16000), -12, 25))
    (sit,) = [event for event in events if event.kind == TONE_SIT]
    assert sit.sample == pytest.approx(1237, abs=32)
    assert sit.duration == pytest.approx(8 * sum(ms), abs=160)
    parts = [event for event in events if event.kind == TONE_OFF]
    for part, hz, length in zip(parts, tones, ms, strict=True):
        assert part.frequency == pytest.approx(hz, abs=3)
        assert part.duration == pytest.approx(8 * length, abs=130)


def test_no_sit() -> None:
    """The three in another order, or with a long pause, are none."""
    for order in ((1400, 950, 1800), (950, 1800, 1400), (1400, 1800)):
        steps = [CadenceStep((hz,), 2640) for hz in order]
        events = found(on_line(CadenceGenerator(steps, None).run(16000), -10))
        assert TONE_SIT not in {event.kind for event in events}
    steps = [CadenceStep((hz,), 2640) for hz in (950, 1400)]
    steps += [CadenceStep((), 1600), CadenceStep((1800,), 2640)]
    events = found(on_line(CadenceGenerator(steps, None).run(16000), -10))
    assert TONE_SIT not in {event.kind for event in events}


def test_blocks_and_vectors_do_not_matter() -> None:
    rng = numpy.random.default_rng(4)
    channels, length = 6, 24000
    lines = rng.integers(-32768, 32768, (channels, length)).astype(numpy.int16)
    for c, hz in enumerate((1100, 2100, 2225, 950)):
        made = numpy.array(tone(hz, 2.0, -8 * c, reversal=3600))
        lines[c] = numpy.resize(on_line(made, -8 * c, 10 + 5 * c, c), length)
    whole = ModemToneDetector(channels).run(lines.copy())
    plain = ModemToneDetector(channels, vector=False)
    assert not plain.vector
    cut: list[ModemTone] = []
    at = 0
    while at < length:
        n = min(int(rng.integers(1, 300)), length - at)
        cut += plain.run(numpy.ascontiguousarray(lines[:, at : at + n]))
        at += n
    assert sorted(whole) == sorted(cut)
    assert len(whole) > 10


@pytest.fixture(scope="module")
def spandsp(tmp_path_factory: pytest.TempPathFactory) -> str:
    program = str(tmp_path_factory.mktemp("spandsp") / "modem_tones_spandsp")
    command = ["gcc", "-O2", str(HERE / "modem_tones_spandsp.c"), "-o", program, "-lspandsp", "-lm"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"libspandsp-dev is needed: {done.stderr}"
    return program


@pytest.mark.parametrize("kind", [CNG, ANS, ANS_PR, ANSAM, ANSAM_PR, BELL_ANS])
@pytest.mark.parametrize("level", [0, -18, -36])
def test_spandsp_sends(spandsp: str, kind: int, level: float, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "samples"
    subprocess.run([spandsp, "make", str(kind), str(path)], check=True, timeout=60)
    made = numpy.fromfile(path, numpy.int16).astype(float)
    sounding = made[numpy.abs(made) > 0]
    made *= amplitude(level) / 2**0.5 / numpy.sqrt(numpy.mean(sounding**2))
    events = found(on_line(made, level, 15))
    ons = [event for event in events if event.kind == TONE_ON]
    assert {event.tone for event in ons} == {NOMINAL[kind]}
    assert any(event.kind == TONE_AM for event in events) == (kind in (ANSAM, ANSAM_PR))
    turned = any(event.kind == TONE_REVERSAL for event in events)
    assert turned == (kind in (ANS_PR, ANSAM_PR))
    assert all(event.level == pytest.approx(level, abs=0.7) for event in ons)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (CNG, CadenceStep((1100.0,), 4000)),
        (ANS, CadenceStep((2100.0,), 24000)),
        (ANS_PR, CadenceStep((2100.0,), 24000, reversal=3600)),
        (ANSAM, CadenceStep((2100.0,), 24000, am_hz=15, am_depth=0.2)),
        (ANSAM_PR, CadenceStep((2100.0,), 24000, am_hz=15, am_depth=0.2, reversal=3600)),
        (BELL_ANS, CadenceStep((2225.0,), 24000)),
    ],
)
def test_spandsp_hears_ours(
    spandsp: str, kind: int, step: CadenceStep, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "samples"
    made = CadenceGenerator([step, CadenceStep((), 24000)]).run(32000)
    path.write_bytes(bytes(3200) + made.tobytes() + bytes(3200))
    command = [spandsp, "read", str(kind), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert str(kind) in done.stdout.split(), done.stdout


def test_speech() -> None:
    """Asterisk's English prompts, half an hour, hold no modem tone (beeps apart)."""
    files = sorted(p for p in SPEECH.rglob("*.wav") if "beep" not in p.name)
    assert len(files) > 400, "asterisk-core-sounds-en-wav is needed"
    heard = {}
    for path in files:
        with wave.open(str(path)) as file:
            samples = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
        events = ModemToneDetector().run(samples.copy())
        if events:
            heard[path.name] = kinds(events)
    assert heard == {}


def test_wrong_use() -> None:
    with pytest.raises(LocalError, match="1 to 4096"):
        ModemToneDetector(0)
    with pytest.raises(LocalError, match="equally many"):
        ModemToneDetector(3).run(numpy.zeros(160, numpy.int16))
    for step in (CadenceStep((4000.0,)), CadenceStep((440.0,), 0, 9.0), CadenceStep((1.0,) * 5)):
        with pytest.raises(LocalError, match="frequencies"):
            CadenceGenerator([step])
    with pytest.raises(LocalError, match="0 steps"):
        CadenceGenerator([])
