"""What bench_contract makes of the contract suite's times, on a small suite of its own."""

from __future__ import annotations

import importlib
import json
import pathlib
import subprocess
import sys

import pytest

BENCH = pathlib.Path(__file__).parent.parent.parent / "bench"
SUITE = """\
import pytest

@pytest.fixture(params=["sim-stepped", "wire"])
def bench(request):
    return request.param

def test_both(bench):
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_more(bench, n):
    pass

@pytest.mark.parametrize("name", ["calls"])
def test_own(name):
    pass

def test_none():
    pass
"""


def run(folder: pathlib.Path, text: str) -> tuple[int, dict[str, dict[str, dict[str, float]]]]:
    (folder / "test_small.py").write_text(text)
    words = [sys.executable, str(BENCH / "contract_times.py"), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder)
    line = next(x for x in done.stdout.splitlines() if x.startswith("contract: "))
    return done.returncode, json.loads(line.removeprefix("contract: "))


def test_times_by_driver_and_test(tmp_path: pathlib.Path) -> None:
    code, told = run(tmp_path, SUITE)
    assert code == 0 and told["failed"] == []
    times = told["times"]
    assert {driver: len(tests) for driver, tests in times.items()} == {
        "sim-stepped": 3,
        "wire": 3,
        "calls": 1,
    }
    assert times["wire"].keys() == times["sim-stepped"].keys()
    assert all(seconds > 0 for tests in times.values() for seconds in tests.values())


def test_a_test_that_fails_is_named(tmp_path: pathlib.Path) -> None:
    code, told = run(
        tmp_path, SUITE.replace("test_none():\n    pass", "test_none():\n    assert 0")
    )
    assert code == 1 and told["failed"] == ["test_small.py::test_none"]


def test_ratio_is_to_the_same_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    for name in ("harness", "bench_contract"):
        sys.modules.pop(name, None)
    contract = importlib.import_module("bench_contract")
    times = {
        "sim-stepped": {"a": 0.01, "b": 0.03, "c": 0.05},
        "wire": {"a": 0.04, "b": 0.04},
        "calls": {"z": 0.06},
    }
    wire, calls = contract.beside("wire", times), contract.beside("calls", times)
    assert (wire["name"], wire["ours"], wire["peer"], wire["ratio"]) == (
        "contract_wire", 40, 20, 0.5,
    )  # fmt: skip
    assert (calls["ours"], calls["peer"], calls["ratio"]) == (60, 30, 0.5)
    assert wire["unit"] == "ms a test, 2 tests" and calls["unit"] == "ms a test, 1 tests"
    for name in ("harness", "bench_contract"):
        sys.modules.pop(name, None)
