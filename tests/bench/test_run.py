"""The harness of ``make bench``: picking, merging and reporting, with benchmarks of its own."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

BENCH = pathlib.Path(__file__).parent.parent.parent / "bench"


@pytest.fixture
def runner(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """bench/run.py over a folder of its own, with two modules of benchmarks."""
    monkeypatch.syspath_prepend(str(BENCH))
    for name in ("harness", "bench_one", "bench_two"):
        sys.modules.pop(name, None)
    spec = importlib.util.spec_from_file_location("bench_run", BENCH / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "bench_one.py").write_text(
        "from harness import BenchError, bench, compare\n"
        "@bench('one_fast')\n"
        "def fast():\n"
        "    return compare('one_fast', ours=30, peer=10, peer_name='p', unit='MB/s')\n"
        "@bench('one_missing')\n"
        "def missing():\n"
        "    raise BenchError('no peer: apt-get install peer')\n"
    )
    (tmp_path / "bench_two.py").write_text(
        "from harness import bench, compare\n"
        "@bench('two')\n"
        "def two():\n"
        "    row = dict(ours=2, peer=5, peer_name='p', unit='ms', lower_is_better=True)\n"
        "    return [compare('two_a', **row), compare('two_b', **row)]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results.json")
    yield module
    for name in ("harness", "bench_one", "bench_two"):
        sys.modules.pop(name, None)


def ratios(path: pathlib.Path) -> dict[str, float]:
    return {row["name"]: row["ratio"] for row in json.loads(path.read_text())["results"]}


def test_results_merge_by_name(runner: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    path = runner.RESULTS
    path.write_text('{"results": [{"name": "old", "ratio": 9.0}, {"name": "two_a", "ratio": 0.1}]}')
    assert runner.main(["two"]) == 0
    assert ratios(path) == {"old": 9.0, "two_a": 2.5, "two_b": 2.5}
    # All of them: what no benchmark makes any more goes, and one that cannot run is an error.
    assert runner.main([]) == 1
    assert ratios(path) == {"one_fast": 3.0, "two_a": 2.5, "two_b": 2.5}
    out = capsys.readouterr().out
    assert "one_missing: no peer: apt-get install peer" in out
    assert "2.50" in out


def test_unknown_names_are_told(runner: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no benchmark nope: there are one_fast, one_missing, two"):
        runner.main(["one", "nope"])


def test_a_broken_results_file_is_begun_afresh(runner: ModuleType) -> None:
    runner.RESULTS.write_text("{ not json")
    assert runner.main(["one_fast"]) == 0
    assert ratios(runner.RESULTS) == {"one_fast": 3.0}


def test_failing_programs_are_named(runner: ModuleType) -> None:
    harness = sys.modules["harness"]
    with pytest.raises(harness.BenchError, match="no-such-program is not installed"):
        harness.run(["no-such-program"])
    with pytest.raises(harness.BenchError, match="false ended with 1"):
        harness.run(["false"])
