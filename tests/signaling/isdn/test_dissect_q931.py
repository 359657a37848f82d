"""Trees of random valid messages of every type: complete, in words, nothing found wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from trunkd.signaling.dissect import Field, dissect
from trunkd.signaling.isdn import messages as m


def below(field: Field) -> Iterator[Field]:
    yield field
    for child in field.children:
        yield from below(child)


@pytest.mark.parametrize("type", list(m.NAMES))
def test_valid_messages(
    type: int, message_builder: Callable[[random.Random, int, float], m.Message]
) -> None:
    rng = random.Random(type)
    for _ in range(30):
        octets = message_builder(rng, type, 0.5).encode()
        tree = dissect(203, b"\x00\x01\x00\x00" + octets)
        assert tree.title == m.NAMES[type]
        assert tree.reasons() == []
        top = tree.find("Q.931")
        assert top is not None
        assert b"".join(field.raw for field in top.children) == octets
        for field in below(top):
            assert field.name and "reserved" not in field.text, field
