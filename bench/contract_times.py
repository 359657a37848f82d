"""Runs the contract suite and tells what each test took: bench_contract's child process.

Prints one JSON object: ``times``, driver -> test -> seconds with setting up and closing the board;
``failed``: tests. A driver's name is that of its maker in tests/contract.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

import pytest

SUITE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "contract"


class Times:
    """A plug-in of pytest."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, str]] = {}
        """Of a test on a driver: both names."""
        self.times: dict[str, dict[str, float]] = {}
        self.failed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            drivers = drivers_of(item)
            if len(drivers) == 1:
                (driver,) = drivers
                same = item.nodeid.replace(driver, "*")
                self.places[item.nodeid] = driver, same

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        if report.nodeid not in self.places:
            return
        driver, test = self.places[report.nodeid]
        of = self.times.setdefault(driver, {})
        # What is tried again begins anew.
        of[test] = report.duration + (0.0 if report.when == "setup" else of[test])


def drivers_of(item: Any) -> set[str]:
    """The makers that a test's fixtures were given."""
    spec = getattr(item, "callspec", None)
    if spec is None:
        return set()
    return {str(v) for k, v in spec.params.items() if k in ("bench", "cas_bench", "up", "name")}


def main() -> int:
    times = Times()
    chosen = sys.argv[1:] or [str(SUITE)]
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen], plugins=[times])
    print("\ncontract: " + json.dumps({"times": times.times, "failed": times.failed}))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
