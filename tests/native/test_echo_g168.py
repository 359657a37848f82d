"""ITU-T G.168 clause 6.4.2: tests 2A to 10 by their numbers, on the echo paths D.2 to D.9 at
receive levels of -30 to 0 dBm0, with an echo return loss of 6 dB. docs/echo.md has the figures."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from echo_tests import TESTS


@pytest.mark.parametrize("number", TESTS)
def test_g168(number: str) -> None:
    for row in TESTS[number](64, 25.0, 6.0):
        assert row.margin >= 0, f"test {row.test}, {row.what}: {row.value:.1f}, {row}"
