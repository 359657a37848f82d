"""For all tests."""

from __future__ import annotations

import pathlib
import signal

import pytest
from hypothesis import HealthCheck, settings

# A busy machine takes long for an example: no fault of what is tested.
settings.register_profile(
    "trunkd", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("trunkd")

# A shell that runs `make test &` has it ignore Ctrl-C, and so would every program started here.
signal.signal(signal.SIGINT, signal.default_int_handler)

REAL_TIME = (
    *("cli", "client", "contract", "daemon", "drivers", "examples", "hil", "interop", "native"),
)
"""Folders whose tests run processes, peers and boards by the wall clock."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A machine that stood still for a second fails some of 4,000 such tests now and then: each
    gets a second try, which pytest reports (RERUN). Engines under a virtual clock get none."""
    here = pathlib.Path(__file__).parent
    again = pytest.mark.flaky(reruns=1)
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in REAL_TIME:
            item.add_marker(again)
