"""Which build is under test: the plain files, or the engines compiled by mypyc."""

from __future__ import annotations

import os

import trunkd.signaling.fsm
import trunkd.signaling.isdn.trunk


def test_this_run_uses_the_build_it_was_asked_for() -> None:
    expected = os.environ.get("TRUNKD_EXPECT") == "compiled"
    for module in (trunkd.signaling.fsm, trunkd.signaling.isdn.trunk):
        assert str(module.__file__).endswith(".so") == expected
