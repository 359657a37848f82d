"""The line models beside this file are found; a transition of R2 that is not drawn raises."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

from trunkd.signaling.cas import r2_register_digits, r2_register_in, r2_register_out
from trunkd.signaling.cas.r2_line_table import LINE

HERE = str(pathlib.Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

MACHINES = (
    LINE,
    r2_register_out.REGISTER,
    r2_register_in.REGISTER,
    r2_register_digits.REGISTER,
)


@pytest.fixture(autouse=True)
def strict_r2() -> Iterator[None]:
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine in MACHINES:
        machine.strict = False
