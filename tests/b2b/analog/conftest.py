"""For all back-to-back tests of analog lines: machines raise on transitions that are not drawn."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

from trunkd.signaling.analog import fxo_table

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

MACHINES = (fxo_table.FXO,)


@pytest.fixture(autouse=True)
def strict_lines() -> Iterator[None]:
    before = [machine.strict for machine in MACHINES]
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine, value in zip(MACHINES, before, strict=True):
        machine.strict = value
