"""``trunkd detect`` and ``trunkd synth`` as a technician types them."""

from __future__ import annotations

import json
import pathlib

from click.testing import CliRunner, Result

from trunkd.cli import main


def trunkd(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_synth_then_detect(tmp_path: pathlib.Path) -> None:
    path, plot = str(tmp_path / "digits.wav"), tmp_path / "digits.png"
    made = trunkd(
        *("synth", "dtmf", "0123 456*", "-o", path, "--level", "-20", "--twist", "3"),
        *("--on", "60", "--off", "40", "--coding", "alaw"),
    )
    assert (made.exit_code, made.output) == (0, "")
    done = trunkd("detect", path, "--kind", "dtmf", "--json", "--plot", str(plot))
    assert done.exit_code == 0
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert "".join(row["value"] for row in rows) == "0123456*"
    assert all(row["kind"] == "dtmf" and abs(row["level_dbm0"] + 20) < 0.5 for row in rows)
    assert abs(rows[1]["start"] - 0.1) < 0.005
    assert plot.read_bytes().startswith(b"\x89PNG")
    text = trunkd("detect", path)
    assert text.exit_code == 0
    assert text.output.splitlines()[0].split()[2:4] == ["dtmf", "0"]


def test_nothing_found(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "silence.wav")
    assert trunkd("synth", "dtmf", "1", "-o", path, "--level", "-60").exit_code == 0
    assert trunkd("detect", path, "--kind", "dtmf").output == "no signals\n"
    assert trunkd("detect", path, "--kind", "dtmf", "--json").output == ""


def test_mistakes(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "a.wav")
    wrong = trunkd("synth", "dtmf", "12E", "-o", path)
    assert wrong.exit_code == 1
    assert "no digit 'E'" in wrong.output
    assert "Traceback" not in wrong.output
    assert trunkd("synth", "dtmf", "1").exit_code == 2
    assert trunkd("detect", str(tmp_path / "none.wav")).exit_code == 2
    assert trunkd("synth", "dtmf", "1", "-o", path).exit_code == 0
    unknown = trunkd("detect", path, "--kind", "smoke")
    assert unknown.exit_code == 2
    assert "there are dtmf" in unknown.output
