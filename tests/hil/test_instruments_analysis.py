"""``trunkd detect --kind analysis``: what a recorded call came to."""

from __future__ import annotations

import json
import pathlib
import sys

from click.testing import CliRunner

from trunkd.cli import main
from trunkd.hil import instruments

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "board"))

import call_analysis_corpus as corpus
import call_analysis_signals as signals
from call_analysis_corpus import Call


def analysis(call: Call) -> list[tuple[str, float, float]]:
    """Values with their times in seconds."""
    found = instruments.detect(call.samples, ("analysis",))
    assert {f.kind for f in found} == {"analysis"}
    return [(f.value, f.start, f.end) for f in found]


def test_machine_from_the_first_ring_on() -> None:
    """The answer is inferred from the voice; the country is found from the ringback."""
    call = corpus.machine("test", 7)
    found = analysis(call)
    assert call.beep is not None
    values = [value for value, _, _ in found]
    assert values[:3] == ["ringing 1", "ringing 2", "answered voice"]
    assert values[3].startswith("machine score 0.9")
    (beep,) = (row for row in found if row[0].startswith("beep"))
    assert abs(beep[1] * corpus.RATE - call.beep[0]) < 160
    assert values[-1] == "greeting-ended beep"


def test_tones() -> None:
    assert analysis(signals.progress("fr", "busy", 1, 1))[-1][0] == "busy busy 0.98"
    assert analysis(signals.modem("ced", 1))[-1][0] == "fax ced 0.90"
    assert analysis(signals.sit(signals.SITS[1], 1))[-1][0].startswith("sit vacant-code 0.9")


def test_only_when_it_is_asked_for(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "call.wav"
    instruments.write(str(path), signals.modem("ced", 1).samples.tobytes())
    run = CliRunner().invoke(main, ["detect", str(path), "--json"])
    assert run.exit_code == 0, run.output
    assert "analysis" not in {json.loads(line)["kind"] for line in run.output.splitlines()}
    run = CliRunner().invoke(main, ["detect", str(path), "--json", "--kind", "analysis"])
    rows = [json.loads(line) for line in run.output.splitlines()]
    assert rows[-1]["value"] == "fax ced 0.90"
    assert rows[-1]["end"] - rows[-1]["start"] < 1.3
