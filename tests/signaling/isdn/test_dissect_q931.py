"""Trees of random valid messages of every type: complete, in words, nothing found wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from trunkd.signaling.dissect import Field, dissect
from trunkd.signaling.isdn import elements as e
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


def test_text_of_the_far_end_cannot_steer_a_terminal() -> None:
    """IA5 has control characters, and numbers come from anybody who calls."""
    steering = b"1\x1b]0;x\x07"
    elements = [
        e.BearerCapability(0),
        e.variable(e.DISPLAY, steering),
        e.variable(e.KEYPAD_FACILITY, steering),
        e.variable(e.CALLING_PARTY_NUMBER, b"\x81" + steering),
        e.variable(e.CALLED_PARTY_NUMBER, b"\x81" + steering),
    ]
    tree = dissect(203, b"\x00\x01\x00\x00" + m.encode(1, 0, m.SETUP, [*elements]))
    for field in tree.fields:
        for one in below(field):
            assert one.text.isprintable()
    notes = " ".join(tree.notes)
    assert "from 1\\x1b" in notes and "to 1\\x1b" in notes and notes.isprintable()
