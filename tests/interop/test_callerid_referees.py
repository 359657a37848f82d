"""Caller identity both ways against spandsp, multimon-ng and minimodem (each is needed here): every
standard, -3 to -36 dBm, noise, 3 percent of clock error, seizure and mark cut short.

We read with what a line has (both FSK receivers, the DTMF detector, CallerIdWatch), and with what
``trunkd detect`` has."""

from __future__ import annotations

import pathlib
import subprocess

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from build_c import compiled
from scipy.signal import resample_poly

from trunkd.hil import instruments
from trunkd.hil.instruments_callerid import MADE
from trunkd.hil.instruments_kind import Shape
from trunkd.native import wrap_fsk as fsk
from trunkd.native import wrap_tones as tones
from trunkd.signaling.analog.callerid_receive import CallerId, CallerIdWatch

LENGTH = 24000
COUNT = 13
SAMPLE = 125_000
STANDARDS = {
    "class": "bell202-mdmf",
    "class-sdmf": "bell202-sdmf",
    "clip": "v23-mdmf",
    "jclip": "v23-jclip",
    "dtmf-a-c": "dtmf",
    "dtmf-a-hash": "dtmf",
    "dtmf-d-c": "dtmf",
    "dtmf-hash": "dtmf",
}
NAMED = ("class", "clip")
Samples = npt.NDArray[np.int16]


@pytest.fixture(scope="module")
def spandsp() -> str:
    return compiled(
        "callerid_spandsp", ("callerid_spandsp.c",), (), ("-lspandsp", "-lm"), "libspandsp-dev"
    )


def run(command: list[str], stdin: bytes | None = None) -> bytes:
    done = subprocess.run(command, input=stdin, check=False, capture_output=True, timeout=60)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr!r}"
    return done.stdout


def made_by(
    program: str, standard: str, folder: pathlib.Path, seizure: int = -1, mark: int = 0
) -> tuple[list[tuple[str, str]], npt.NDArray[np.float64]]:
    """(number, name) and samples of COUNT messages."""
    text, samples = folder / "text", folder / "samples"
    words = [str(COUNT), "7", str(seizure), str(mark), str(text), str(samples)]
    run([program, "make", standard, *words])
    said = [tuple(line.split()) for line in text.read_text().splitlines()]
    data = np.fromfile(samples, np.int16).reshape(COUNT, LENGTH).astype(np.float64)
    return said, data  # type: ignore[return-value]


def heard_by_a_line(samples: Samples) -> list[CallerId]:
    """As fxo.py hears it: blocks of 20 ms, all receivers at once."""
    modems = ((False, fsk.FskReceiver(1, fsk.V23)), (True, fsk.FskReceiver(1, fsk.BELL202)))
    bank, watch = tones.DtmfBank(1), CallerIdWatch()
    padded = np.concatenate([samples, np.zeros(8000, np.int16)])
    for at in range(0, len(padded) // 160 * 160, 160):
        block, now = padded[at : at + 160].tobytes(), (at + 160) * SAMPLE
        for bell202, modem in modems:
            for event in modem.run(block):
                watch.fsk(bell202, event.kind, event.octet, now)
        for digit in bank.process(block):
            if digit.phase == tones.BEGIN:
                watch.digit(digit.digit, digit.start * SAMPLE, now)
        if now >= watch.deadline:
            watch.handle_timeout(now)
    return watch.found()


def at_level(line: npt.NDArray[np.float64], dbm0: float) -> npt.NDArray[np.float64]:
    """What sounds brought to a level."""
    sounding = line[np.abs(line) > 0.1 * np.max(np.abs(line))]
    return line * (22827 / 2**0.5 * 10 ** (dbm0 / 20) / np.sqrt(np.mean(sounding**2)))


def as_samples(line: npt.NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(line), -32768, 32767).astype(np.int16)


CONDITIONS = {
    "level": {},
    "noise": {"snr": 18.0},
    "slow": {"clock": (103, 100)},
    "fast": {"clock": (97, 100)},
    "short": {"seizure": 24, "mark": 24},
    "no seizure": {"seizure": 0, "mark": 72},
}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("standard", STANDARDS)
def test_spandsp_sends(spandsp: str, standard: str, condition: str, tmp_path: pathlib.Path) -> None:
    how = CONDITIONS[condition]
    said, lines = made_by(spandsp, standard, tmp_path, how.get("seizure", -1), how.get("mark", 0))
    rng = np.random.default_rng(11)
    if "clock" in how and standard.startswith("dtmf"):
        # DTMF's frequencies may be 1.5 percent off (Q.24); its clock is that of its frequencies.
        how = {"clock": (1012, 1000) if how["clock"][0] > 100 else (988, 1000)}
    for n, line in enumerate(lines):
        level = -3 - 33 * n / (COUNT - 1)
        if "clock" in how:
            line = resample_poly(line, *how["clock"])
        line = at_level(line, level)
        floor = level - how.get("snr", 40.0)
        line = line + rng.normal(0, 22827 / 2**0.5 * 10 ** (floor / 20), len(line))
        got = heard_by_a_line(as_samples(line))
        assert [c.number for c in got] == [said[n][0]], (level, got)
        assert [c.standard for c in got] == [STANDARDS[standard]], level
        if standard in NAMED:
            assert got[0].name == said[n][1]
            assert got[0].time == (11, 22, 23, 59)
        if n % 6 == 0:
            found = instruments.detect(as_samples(line), ("callerid",))
            wanted = standard if standard == "dtmf-hash" else STANDARDS[standard]
            assert [(f.value, f.standard) for f in found] == [(said[n][0], wanted)], level


READS = {
    "class": ("bell202-mdmf", "02"),
    "class-sdmf": ("bell202-sdmf", "00"),
    "clip": ("v23-mdmf", "02"),
    "dtmf-a-c": ("dtmf-a-c", "41"),
    "dtmf-a-hash": ("dtmf-a-hash", "41"),
    "dtmf-d-c": ("dtmf-d-c", "44"),
    "dtmf-hash": ("dtmf-hash", "00"),
}


@pytest.mark.parametrize("standard", READS)
def test_spandsp_reads_ours(spandsp: str, standard: str, tmp_path: pathlib.Path) -> None:
    ours, field = READS[standard]
    name = ",ACME LTD" if "mdmf" in ours else ""
    numbers = [f"0{n:04d}555" for n in range(COUNT)]
    lines = np.zeros((COUNT, LENGTH), np.int16)
    for line, number, level in zip(lines, numbers, np.linspace(-6, -26, COUNT), strict=True):
        made = np.frombuffer(MADE[ours](number + name, Shape(level_dbm0=float(level))), np.int16)
        line[: len(made)] = made
    (tmp_path / "ours").write_bytes(lines.tobytes())
    answer = run([spandsp, "read", standard, str(tmp_path / "ours")]).decode().splitlines()
    for number, line in zip(numbers, answer, strict=True):
        date = "01011200" if ours == "bell202-sdmf" else ""
        assert f"{field}={date}{number} " in line, line
        if name:
            assert "07=ACME LTD " in line


@pytest.mark.parametrize("ours", ["bell202-mdmf", "v23-mdmf", "bell202-dtas", "bell202-type2"])
def test_multimon_reads_ours(ours: str) -> None:
    """Its CLIPFSK demodulator wants 22,050 samples a second, and does not read SDMF."""
    made = np.frombuffer(MADE[ours]("02079460000,ACME LTD", Shape(level_dbm0=-10)), np.int16)
    raw = as_samples(resample_poly(np.pad(made, 4000).astype(float), 441, 160)).tobytes()
    answer = run(["multimon-ng", "-q", "-c", "-a", "CLIPFSK", "-t", "raw", "-"], raw).decode()
    assert "02079460000" in answer, answer
    assert "ACME LTD" in answer, answer


@pytest.mark.parametrize("ours", ["dtmf-d-c", "dtmf-a-hash", "bell202-type2"])
def test_multimon_reads_our_digits(ours: str) -> None:
    made = np.frombuffer(MADE[ours]("13912345678", Shape()), np.int16)
    raw = as_samples(resample_poly(np.pad(made, 4000).astype(float), 441, 160)).tobytes()
    answer = run(["multimon-ng", "-q", "-c", "-a", "DTMF", "-t", "raw", "-"], raw).decode()
    digits = "".join(line.split()[-1] for line in answer.splitlines() if "DTMF" in line)
    wanted = {"dtmf-d-c": "D13912345678C", "dtmf-a-hash": "A13912345678#", "bell202-type2": "D"}
    assert digits.startswith(wanted[ours]), answer


@pytest.mark.parametrize("ours", ["bell202-mdmf", "v23-mdmf"])
def test_minimodem_reads_ours(ours: str, tmp_path: pathlib.Path) -> None:
    """At 96 kHz, for it takes whole samples for a bit."""
    made = np.frombuffer(MADE[ours]("02079460000,ACME LTD", Shape(level_dbm0=-10)), np.int16)
    path = tmp_path / "ours.wav"
    soundfile.write(path, as_samples(resample_poly(made.astype(float), 12, 1)), 96000)
    marks = ["-M", "1200", "-S", "2200"] if "bell" in ours else ["-M", "1300", "-S", "2100"]
    words = ["minimodem", "--rx", "--quiet", *marks, "-b", "50", "--file", str(path), "1200"]
    answer = run(words)
    assert b"02079460000" in answer and b"ACME LTD" in answer, answer
