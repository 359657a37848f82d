"""Caller identity in recordings: every kind made is found, whatever the recording went through."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from scipy.signal import lfilter, resample_poly

from trunkd.cli import main
from trunkd.errors import LocalError
from trunkd.hil import instruments
from trunkd.hil.instruments_callerid import MADE
from trunkd.hil.instruments_kind import Shape

NUMBER = "02087654321"


def form(made: str) -> str:
    """The standard that is found for what is made."""
    if made == "dtmf-hash":
        return made
    if made.startswith("dtmf"):
        return "dtmf"
    return made.replace("dtas", "mdmf").replace("type2", "mdmf")


def spoken(made: str) -> np.ndarray:
    name = ",SOME ONE" if "mdmf" in made or "dtas" in made or "type2" in made else ""
    return np.frombuffer(MADE[made](NUMBER + name, Shape()), np.int16).astype(float)


def found_in(line: np.ndarray, *kinds: str) -> list[tuple[str, str | None, str | None]]:
    samples = np.clip(np.rint(line), -32768, 32767).astype(np.int16)
    rows = instruments.detect(samples, kinds)
    return [(f.value, f.name, f.standard) for f in rows if f.kind == "callerid"]


def ringing(seconds: float) -> np.ndarray:
    """Ringing as a recorder clips it."""
    t = np.arange(round(seconds * 8000)) / 8000
    return np.clip(30000 * np.sin(2 * np.pi * 25 * t), -20000, 20000)


def hum(line: np.ndarray) -> np.ndarray:
    t = np.arange(len(line)) / 8000
    low, high = 2000 * np.sin(2 * np.pi * 50 * t), 600 * np.sin(2 * np.pi * 150 * t)
    return line + low + high + 3000


FAULTS = {
    "nothing": lambda x, rng: x,
    "hum and direct current": lambda x, rng: hum(x),
    "noise": lambda x, rng: x + rng.normal(0, 350, len(x)),
    "quiet": lambda x, rng: x * 0.02,
    "overdriven": lambda x, rng: np.clip(x * 4, -20000, 20000),
    "echo": lambda x, rng: x + 0.15 * np.roll(x, 40),
    "slope": lambda x, rng: lfilter([1, 0.9], [1], lfilter([1, 0.6], [1], x)),
    "ringing around it": lambda x, rng: np.concatenate(
        [ringing(1), np.zeros(4000), x, np.zeros(6000), ringing(1)]
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("made", [m for m in MADE if m != "dtmf"])
def test_every_kind_in_every_recording(made: str, fault: str):
    rng = np.random.default_rng(3)
    line = FAULTS[fault](np.pad(spoken(made), 1600), rng) + rng.normal(0, 2, 1)
    kinds = ("callerid",) if made == "dtmf-hash" else ()
    ((number, name, standard),) = found_in(line, *kinds)
    assert (number, standard) == (NUMBER, form(made))
    assert name == ("SOME ONE" if "mdmf" in form(made) else "")


@pytest.mark.parametrize("clock", [(103, 100), (97, 100)])
@pytest.mark.parametrize("made", ["v23-mdmf", "bell202-mdmf", "bell202-sdmf"])
def test_a_clock_that_is_wrong(made: str, clock: tuple[int, int]):
    line = resample_poly(np.pad(spoken(made), 1600), *clock)
    assert [(n, s) for n, _, s in found_in(line)] == [(NUMBER, made)]


def test_several_messages_and_both_kinds_in_one_file():
    parts = [spoken("bell202-mdmf"), np.zeros(20000), spoken("dtmf-d-c"), np.zeros(20000)]
    line = np.concatenate([*parts, 0.1 * spoken("v23-sdmf"), np.zeros(4000)])
    standards = ["bell202-mdmf", "dtmf", "v23-sdmf"]
    assert [s for _, _, s in found_in(line)] == standards


@pytest.mark.parametrize(
    ("rate", "subtype"),
    [(11025, "PCM_U8"), (44100, "PCM_24"), (48000, "FLOAT"), (22050, "ALAW"), (96000, "DOUBLE")],
)
def test_files_of_all_rates_and_codings(rate: int, subtype: str, tmp_path: pathlib.Path):
    path = tmp_path / "call.wav"
    made = resample_poly(np.pad(spoken("bell202-mdmf"), 2000), rate, 8000) / 32768
    soundfile.write(path, np.stack([np.zeros(len(made)), made], 1), rate, subtype=subtype)
    done = CliRunner().invoke(main, ["detect", "--json", str(path)])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.output.splitlines()]
    (row,) = [row for row in rows if row["kind"] == "callerid"]
    assert (row["value"], row["name"], row["standard"]) == (NUMBER, "SOME ONE", "bell202-mdmf")
    assert row["channel"] == 2


@pytest.mark.parametrize("made", MADE)
def test_synth_by_the_command_line(made: str, tmp_path: pathlib.Path):
    path = str(tmp_path / "cid.wav")
    words = ["synth", "callerid", f"{made}:{NUMBER}", "-o", path]
    assert CliRunner().invoke(main, words).exit_code == 0
    done = CliRunner().invoke(main, ["detect", "--kind", "callerid", path])
    assert NUMBER in done.output and form(made) in done.output


@pytest.mark.parametrize(("letter", "reason"), [("P", "private"), ("O", "unavailable")])
def test_why_there_is_no_number(letter: str, reason: str):
    for made in ("v23-mdmf", "bell202-sdmf", "dtmf-d-c", "dtmf-a-c"):
        samples = np.frombuffer(MADE[made](letter, Shape()), np.int16)
        assert [v for v, _, _ in found_in(samples.astype(float))] == [reason]


def test_dialling_is_no_caller_id():
    digits = np.frombuffer(instruments.synth("dtmf", "0123456789#", Shape()), np.int16)
    assert not found_in(digits.astype(float))


def test_mistakes_name_the_remedy():
    with pytest.raises(LocalError, match="no caller ID is called 'morse'"):
        instruments.synth("callerid", "morse:1", Shape())
    with pytest.raises(LocalError, match="SDMF has no names"):
        instruments.synth("callerid", "v23-sdmf:1,A", Shape())
    with pytest.raises(LocalError, match="DTMF has no names"):
        instruments.synth("callerid", "dtmf:1,A", Shape())


def test_a_tone_is_learned_from_a_file(tmp_path: pathlib.Path):
    from trunkd.board.progress_tones import parse
    from trunkd.hil.instruments_learn import learn_file
    from trunkd.native.wrap_progress import CadenceGenerator, CadenceStep

    steps = [CadenceStep(*step) for step in parse("620/240,0/130,620/240,0/600").steps]
    made = np.array(CadenceGenerator(steps, 0).run(80_000), float)
    path = str(tmp_path / "busy.wav")
    soundfile.write(path, resample_poly(made, 441, 80) / 32768, 44100)
    row = learn_file(path, "pbx")
    assert row.cadence == "620/240,0/130,620/240,0/600" and row.name == "pbx"
    instruments.write(path, bytes(160_000))
    with pytest.raises(LocalError, match="no tone was heard"):
        learn_file(path)
