"""pycrate and our codec agree on 10,000 random messages, both ways."""

from __future__ import annotations

import random

import isup_pycrate as y
import pytest

from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.isup_messages_optional import OPTIONAL

MESSAGES = 2500
"""For each seed."""

AMENDMENTS = {p.FORWARD_CAT, p.BACKWARD_CAT, p.AUTOMATIC_REROUTING, p.IEPS_CALL, p.VED}
"""Parameters that came after the edition of Q.763 (12/1999) that pycrate's tables are of."""


@pytest.mark.peer
@pytest.mark.parametrize("seed", range(4))
def test_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    kinds = set()
    for _ in range(MESSAGES):
        ours = y.random_message(rng)
        wire = ours.encode()
        theirs, error = y.ISUP.parse_ISUP(wire)
        assert not error, wire.hex(" ")
        y.compare(m.decode(wire), theirs)
        made = y.build(ours).to_bytes()
        read = m.decode(made)
        assert read.faults == [] and read.unrecognized == []
        assert made == wire
        assert (read.kind, read.cic) == (ours.kind, ours.cic)
        assert read.parameters == ours.parameters
        kinds.add(ours.kind)
    assert kinds == set(y.KINDS)


@pytest.mark.peer
@pytest.mark.parametrize("kind", y.KINDS, ids=[m.name_of(kind) for kind in y.KINDS])
def test_the_same_parameters_are_expected(kind: int) -> None:
    """The rows of optional parameters are those of Q.763, which pycrate took from its tables."""
    assert OPTIONAL[kind] - AMENDMENTS == y.optional_codes(kind)
