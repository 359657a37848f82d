"""The contract suite on every driver: what a test takes, beside the same tests on the simulated
board in the same run.

Boards that run in real time take what the line takes; the simulated one is stepped. Boards that
control their calls by themselves have tests of their own: those are beside the simulated board's
mean. DAHDI needs its kernel driver: dahdi_contract runs the suite in a virtual machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import fmean

from harness import ROOT, BenchError, Result, bench, compare

SIMULATED = "sim-stepped"
MOST_S = 1800.0

Times = dict[str, dict[str, float]]


def run_suite() -> Times:
    """Driver -> test -> seconds."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "contract_times.py"],
        check=False,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        cwd=ROOT,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("contract: ")]
    if not told:
        raise BenchError(f"the contract suite did not run: {(done.stdout + done.stderr)[-1500:]}")
    found = json.loads(told[-1].removeprefix("contract: "))
    if done.returncode:
        raise BenchError(f"the contract suite fails: {', '.join(found['failed'][:8])}")
    times: Times = found["times"]
    return times


def beside(driver: str, times: Times) -> Result:
    """The mean of a driver's tests and of the same ones on the simulated board, in ms."""
    simulated, own = times[SIMULATED], times[driver]
    both = sorted(own.keys() & simulated.keys())
    tests = both or sorted(own)
    theirs = [simulated[test] for test in both] or list(simulated.values())
    which = "the same tests" if both else "its tests"
    return compare(
        "contract_" + driver.replace("-", "_"),
        ours=1000 * fmean(own[test] for test in tests),
        peer=1000 * fmean(theirs),
        peer_name=f"{which} on the simulated board, stepped",
        unit=f"ms a test, {len(tests)} tests",
        lower_is_better=True,
    )


@bench("contract")
def contract() -> list[Result]:
    times = run_suite()
    if SIMULATED not in times:
        raise BenchError(f"no driver {SIMULATED} in tests/contract: {', '.join(sorted(times))}")
    return [beside(driver, times) for driver in sorted(times)]
