"""Short rounds of tests/fuzz/fuzz_fax.py; ``fuzz_fax.py --seconds 60`` goes on longer."""

from __future__ import annotations

import importlib.util
import pathlib
import re
import sys

import pytest

_path = pathlib.Path(__file__).parent.parent / "fuzz" / "fuzz_fax.py"
_spec = importlib.util.spec_from_file_location("fuzz_fax", _path)
assert _spec is not None and _spec.loader is not None
fuzz_fax = importlib.util.module_from_spec(_spec)
sys.modules["fuzz_fax"] = fuzz_fax
_spec.loader.exec_module(fuzz_fax)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("kind", "count", "at_least"),
    [("tiff", 150, 25), ("frames", 10, 12), ("audio", 10, 12), ("packets", 4, None)],
)
def test_a_round_has_no_finding(kind: str, count: int, at_least: int | None) -> None:
    """Seeded; and the cases get so far that they are worth something."""
    said = fuzz_fax.run_round(kind, 7, count)
    first = re.match(r"(\d+) ", said)
    if at_least is None:
        assert set(said.split(", ")) <= {"hangup", "worker"}
    else:
        assert first is not None and int(first[1]) >= at_least, said
