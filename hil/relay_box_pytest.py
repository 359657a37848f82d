"""Fixtures for tests at a real bench: the relay and fault boxes of its file.

In a conftest.py: ``pytest_plugins = ["trunkd.hil.relay_box_pytest"]``. Then ``--bench FILE``
(or $TRUNKD_BENCH) names the file and ``--box NAME`` the box, which may be FAMILY@PORT. Relays are
put into their safe state after each test, whatever became of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..errors import Error
from .fault_box import FaultBox
from .relay_box import RelayBox


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trunkd bench")
    group.addoption("--bench", metavar="FILE", help="The bench's boxes (bench.toml).")
    group.addoption("--box", metavar="NAME", help="A box of that file, or FAMILY@PORT.")


@pytest.fixture
def relay_box(request: pytest.FixtureRequest) -> Iterator[RelayBox]:
    """The box that --box names, open."""
    name = request.config.getoption("--box")
    if name is None:
        pytest.fail("this test needs a relay box: give --box NAME, or --box FAMILY@PORT")
    try:
        box = RelayBox.named(name, request.config.getoption("--bench"))
        box.connect()
    except Error as exc:
        pytest.fail(str(exc), pytrace=False)
    try:
        yield box
    finally:
        try:
            box.to_safe()
        finally:
            box.disconnect()


@pytest.fixture
def fault_box(relay_box: RelayBox) -> FaultBox:
    """The faults of that box."""
    return FaultBox(relay_box)
