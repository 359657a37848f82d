"""The rig beside this file is found; a transition of R2 that is not drawn raises."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

HERE = str(pathlib.Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from r2_rig import MACHINES  # noqa: E402


@pytest.fixture(autouse=True)
def strict_r2() -> Iterator[None]:
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine in MACHINES:
        machine.strict = False
