"""Messages: header errors of 5.8.1 to 5.8.3, shifts, and that no octets are ever lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError, RemoteError
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn.messages_check import check

Builder = Callable[[random.Random, int, float], m.Message]

PRI_SETUP = bytes.fromhex(
    "08 02 00 05 05 a1 04 03 80 90 a3 18 03 a9 83 81"
    "1e 02 80 83 6c 06 21 83 31 32 33 34 70 05 a1 35 36 37 38"
)


def test_a_setup_by_hand() -> None:
    message = m.decode(PRI_SETUP)
    assert (message.call_reference, message.flag, message.type) == (5, 0, m.SETUP)
    assert message.reference_octets == 2 and message.clean
    assert [x.id for x in message.elements] == [0xA1, 0x04, 0x18, 0x1E, 0x6C, 0x70]
    bearer, channel = message.bearer(), message.channel()
    called, calling = message.called(), message.calling()
    assert bearer and channel and called and calling
    assert (bearer.capability, bearer.layer1) == (0, e.LAYER1_A_LAW)
    assert channel.channels == (1,) and channel.exclusive
    assert called.digits == "5678" and called.type_of_number == 2
    assert calling.digits == "1234" and calling.screening == 3
    assert calling.party().digits == "1234"
    assert [p.description for p in message.progress()] == [3]
    assert message.has(e.SENDING_COMPLETE) and message.cause() is None
    assert m.encode(5, 0, m.SETUP, message.elements) == PRI_SETUP


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("", m.TOO_SHORT),
        ("08", m.TOO_SHORT),
        ("08 02", m.TOO_SHORT),
        ("08 02 00 01", m.TOO_SHORT),
        ("08 01 01", m.TOO_SHORT),
        ("08 00", m.TOO_SHORT),
        ("08 02 00 01 00", m.TOO_SHORT),
        ("03 01 01 05", m.WRONG_DISCRIMINATOR),
        ("41 02 00 01 05", m.WRONG_DISCRIMINATOR),
        ("08 12 00 01 05", m.BAD_CALL_REFERENCE),
        ("08 f2 00 01 05", m.BAD_CALL_REFERENCE),
        ("08 03 00 00 01 05", m.BAD_CALL_REFERENCE),
    ],
)
def test_headers_that_cannot_be_read(octets: str, kind: int) -> None:
    with pytest.raises(m.HeaderError) as error:
        m.decode(bytes.fromhex(octets))
    assert error.value.kind == kind
    assert error.value.clause in str(error.value)
    assert isinstance(error.value, RemoteError)


@pytest.mark.parametrize(
    ("octets", "reference", "flag", "size"),
    [
        ("08 02 7f ff 75", 0x7FFF, 0, 2),
        ("08 02 80 00 75", 0, 1, 2),
        ("08 01 ff 75", 0x7F, 1, 1),
        ("08 01 00 75", 0, 0, 1),
        ("08 00 75", 0, 0, 0),
    ],
)
def test_call_references(octets: str, reference: int, flag: int, size: int) -> None:
    raw = bytes.fromhex(octets)
    message = m.decode(raw)
    assert (message.call_reference, message.flag) == (reference, flag)
    assert (message.reference_octets, message.type) == (size, m.STATUS_ENQUIRY)
    assert m.encode(reference, flag, m.STATUS_ENQUIRY, [], size) == raw


def test_call_references_that_do_not_fit() -> None:
    with pytest.raises(LocalError):
        m.encode(0x8000, 0, m.SETUP, [])
    with pytest.raises(LocalError):
        m.encode(0x80, 0, m.SETUP, [], 1)


def test_national_message_type() -> None:
    """4.4: type 0 is an escape, the type is in the next octet."""
    raw = bytes.fromhex("08 02 00 01 00 05 28 01 41")
    message = m.decode(raw)
    assert message.type == 0x105 and m.name_of(message.type) == "national message type 0x05"
    assert m.encode(1, 0, 0x105, message.elements) == raw


def test_names() -> None:
    assert m.name_of(m.SETUP) == "SETUP"
    assert m.name_of(0x55) == "unknown message type 0x55"


def test_only_the_first_of_repeated_elements_is_found() -> None:
    """5.8.5.2."""
    message = m.decode(m.encode(1, 0, m.DISCONNECT, [e.Cause(16), e.Cause(17), e.Cause(18)]))
    found = message.cause()
    assert found and found.value == 16
    assert len(message.find_all(e.CAUSE)) == 3


def test_an_empty_element_counts_as_absent() -> None:
    """4.5.1."""
    message = m.decode(bytes.fromhex("08 02 00 01 05 04 03 80 90 a3 70 00"))
    assert message.find(e.CALLED_PARTY_NUMBER) is None and not message.has(e.CALLED_PARTY_NUMBER)
    assert len(message.elements) == 2


def test_an_element_longer_than_the_message() -> None:
    for tail in ("70 05 81 31", "70", "70 01"):
        raw = bytes.fromhex("08 02 00 01 05 04 03 80 90 a3" + tail)
        message = m.decode(raw)
        assert isinstance(message.elements[-1], e.Malformed)
        assert m.encode(1, 0, m.SETUP, message.elements) == raw
        assert not message.clean


def codesets(message: m.Message) -> list[tuple[int, int]]:
    return [(x.codeset, x.id) for x in message.elements if not isinstance(x, e.Shift)]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("96 01 01 41 28 01 42", [(6, 0x01), (6, 0x28)]),
        ("9e 01 01 41 28 01 42", [(6, 0x01), (0, 0x28)]),
        ("95 01 01 41 9f 02 01 41 03 01 43", [(5, 0x01), (7, 0x02), (5, 0x03)]),
        ("96 01 01 41 98 28 01 42 02 01 41", [(6, 0x01), (0, 0x28), (6, 0x02)]),
        ("96 01 01 41 97 01 01 41", [(6, 0x01), (7, 0x01)]),
        ("9e a1 28 01 42", [(6, 0xA1), (0, 0x28)]),
        ("96 90 28 01 42", [(0, 0x28)]),
        ("9e", []),
        ("96 28", [(6, 0x28)]),
        ("96 28 05 41", [(6, 0x28)]),
    ],
)
def test_shifts(tail: str, expected: list[tuple[int, int]]) -> None:
    """4.5.3, 4.5.4."""
    raw = bytes.fromhex("08 02 00 01 7b" + tail)
    message = m.decode(raw)
    assert codesets(message) == expected
    assert m.encode(1, 0, m.INFORMATION, message.elements) == raw
    display = message.find(e.DISPLAY)
    assert (display is not None) == ((0, 0x28) in expected)


@pytest.mark.parametrize(
    ("elements", "tail"),
    [
        ([e.variable(1, b"A", 6)], "96 01 01 41"),
        ([e.Display("B"), e.variable(1, b"A", 5), e.variable(1, b"A", 6)],
         "28 01 42 95 01 01 41 96 01 01 41"),
        ([e.variable(1, b"A", 6), e.Display("B")], "9e 01 01 41 28 01 42"),
        ([e.variable(1, b"A", 6), e.Display("B"), e.variable(2, b"A", 6)],
         "9e 01 01 41 28 01 42 96 02 01 41"),
        ([e.Shift(6, True), e.variable(1, b"A", 6)], "96 01 01 41"),
        ([e.Shift(6, False), e.variable(1, b"A", 6), e.Display("B")], "9e 01 01 41 28 01 42"),
    ],
)  # fmt: skip
def test_shifts_are_put_in(elements: list[e.Element], tail: str) -> None:
    raw = m.encode(1, 0, m.INFORMATION, elements)
    assert raw[5:].hex(" ") == tail
    assert codesets(m.decode(raw)) == [
        (x.codeset, x.id) for x in elements if not isinstance(x, e.Shift)
    ]


def test_find_in_another_codeset() -> None:
    message = m.decode(m.encode(1, 0, m.SETUP, [e.Display("x"), e.variable(0x28, b"y", 6)]))
    found = message.find(0x28, 6)
    assert found is not None and found.raw == b"y"
    assert message.find(0x28, 5) is None


def test_segment_message() -> None:
    """Annex H: after the segmented message element comes a piece of a message, not elements."""
    raw = bytes.fromhex("08 02 00 01 60 00 02 81 05 04 03 80")
    message = m.decode(raw)
    assert message.clean
    head, rest = message.elements
    assert isinstance(head, e.SegmentedMessage) and head.first and head.remaining == 1
    assert isinstance(rest, e.MessageSegment) and rest.segment == b"\x04\x03\x80"
    assert m.encode(1, 0, m.SEGMENT, message.elements) == raw


@pytest.mark.parametrize("number", list(m.NAMES))
def test_random_messages_survive(number: int, message_builder: Builder) -> None:
    rng = random.Random(number)
    for _ in range(50):
        sent = message_builder(rng, number, 0.5)
        octets = sent.encode()
        got = m.decode(octets)
        assert got == sent and got.elements == sent.elements
        assert [type(x) for x in got.elements] == [type(x) for x in sent.elements]
        assert got.clean, check(got)
        assert got.encode() == octets
        again = m.encode(got.call_reference, got.flag, got.type, got.elements, got.reference_octets)
        assert again == octets


def reencodes(octets: bytes) -> None:
    """Whatever can be decoded comes out of the encoder as it went in, and can be checked."""
    try:
        message = m.decode(octets)
    except m.HeaderError:
        return
    out = m.encode(
        message.call_reference,
        message.flag,
        message.type,
        message.elements,
        message.reference_octets,
    )
    if message.reference_octets == 0:
        assert message.flag == 0
    assert out == octets
    assert message.clean <= (check(message) == [])
    repr(message)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60))
@example(bytes.fromhex("00"))
def test_random_elements(tail: bytes) -> None:
    reencodes(b"\x08\x02\x00\x01\x05" + tail)
    reencodes(b"\x08\x01\x81\x60" + tail)
    reencodes(tail)


def test_mutated_messages(message_builder: Builder) -> None:
    """Bit errors, cuts, insertions in real messages: more of these reach the element readers."""
    rng = random.Random(5)
    types = list(m.NAMES)
    for _ in range(4000):
        octets = bytearray(message_builder(rng, rng.choice(types), 0.4).encode())
        for _ in range(rng.randint(1, 4)):
            what = rng.randrange(3)
            at = rng.randrange(len(octets)) if octets else 0
            if what == 0 and octets:
                octets[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                octets = octets[:at]
            else:
                octets.insert(at, rng.randrange(256))
        reencodes(bytes(octets))
