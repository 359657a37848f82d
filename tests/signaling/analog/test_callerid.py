"""Caller identity messages: the standards' own examples, bounds, and garbage."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.analog import callerid
from trunkd.signaling.analog.callerid import (
    CallerIdFault,
    CallerIdMessage,
    CallerIdReceiver,
    Event,
    Parameter,
    call_setup,
    decode,
    encode,
    encode_single,
    single_call,
)

WHEN = (9, 30, 12, 15)


def received(octets: bytes) -> list[Event]:
    receiver = CallerIdReceiver()
    receiver.carrier()
    for octet in octets:
        receiver.receive(octet)
    receiver.lost()
    return receiver.events()


def message(raw: bytes) -> CallerIdMessage:
    found = decode(raw)
    assert isinstance(found, CallerIdMessage)
    return found


def test_single_format() -> None:
    """Date, time and number as one string; the sum of all octets is 0 modulo 256."""
    raw = single_call(WHEN, "6095551212")
    assert raw[:-1] == b"\x04\x1209301215" + b"6095551212"
    assert raw[-1] == 0x51
    found = message(raw)
    assert (found.number, found.date_time, found.number_absent) == ("6095551212", WHEN, "")
    assert found.raw == raw


@pytest.mark.parametrize("reason", ["O", "P"])
def test_single_format_without_number(reason: str) -> None:
    found = message(single_call(WHEN, absent=reason))
    assert (found.number, found.number_absent) == ("", reason)


def test_multiple_format() -> None:
    raw = call_setup("02079460000", "ACME", WHEN)
    body = b"\x01\x0809301215" + b"\x02\x0b02079460000" + b"\x07\x04ACME"
    assert raw == bytes((0x80, len(body))) + body + bytes((-sum(body) - 0x80 - len(body) & 0xFF,))
    found = message(raw)
    assert (found.number, found.name, found.date_time) == ("02079460000", "ACME", WHEN)
    assert [p.kind for p in found.parameters] == [1, 2, 7]


def test_absence() -> None:
    found = message(call_setup(when=WHEN, number_absent="P", name_absent="O"))
    assert (found.number, found.number_absent) == ("", "P")
    assert (found.name, found.name_absent) == ("", "O")


@pytest.mark.parametrize(("octet", "waiting"), [(0xFF, True), (0x00, False)])
def test_message_waiting(octet: int, waiting: bool) -> None:
    indicator = Parameter(callerid.VISUAL_INDICATOR, bytes((octet,)))
    assert message(encode(callerid.MESSAGE_WAITING, [indicator])).waiting is waiting
    assert message(encode_single(callerid.SDMF_WAITING, bytes((octet,)) * 3)).waiting is waiting
    assert message(call_setup("1")).waiting is None


def test_unknown_parameters_survive() -> None:
    parameters = [Parameter(0xE1, b"\x00\x01"), Parameter(2, b"123"), Parameter(0xE1, b"")]
    found = message(encode(callerid.CALL_SETUP, parameters))
    assert found.parameters == parameters
    assert encode(found.kind, found.parameters) == found.raw


@given(
    st.sampled_from([callerid.CALL_SETUP, callerid.MESSAGE_WAITING, callerid.SHORT_MESSAGE]),
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=6),
)
def test_round_trip(kind: int, values: list[tuple[int, bytes]]) -> None:
    parameters = [Parameter(k, octets) for k, octets in values]
    found = message(encode(kind, parameters))
    assert found.kind == kind
    assert found.parameters == parameters


@given(st.binary(max_size=400))
def test_garbage(octets: bytes) -> None:
    """Whatever comes, nothing is raised, and what is found has a right sum."""
    for event in received(octets):
        if isinstance(event, CallerIdMessage):
            assert sum(event.raw) & 0xFF == 0
            assert len(event.raw) == 3 + event.raw[1]
    decode(octets)


@pytest.mark.parametrize(
    "digits", [b"", b"0230121", b"13301215", b"09321215", b"09302415", b"0930x215"]
)
def test_no_date(digits: bytes) -> None:
    found = message(encode(callerid.CALL_SETUP, [Parameter(callerid.DATE_TIME, digits)]))
    assert found.date_time is None
    assert found.octets(callerid.DATE_TIME) == digits


def test_after_seizure() -> None:
    """Seizure read as characters, and the message."""
    raw = call_setup("123", when=WHEN)
    events = received(b"\x55" * 30 + raw + b"\xff")
    assert [e.raw for e in events] == [raw]


@pytest.mark.parametrize("noise", [b"\x80", b"\x04\x7e", b"\x80\x02", b"\x06\x55\x82\x00"])
def test_noise_hides_nothing(noise: bytes) -> None:
    """Noise that looks like a type in front of the message, however long it claims to be."""
    raw = call_setup("5551212", "SOMEBODY", WHEN)
    assert [e.raw for e in received(noise + raw)] == [raw]


def test_two_messages() -> None:
    first, second = call_setup("1"), encode_single(callerid.SDMF_WAITING, b"\xff\xff\xff")
    assert [e.raw for e in received(first + second)] == [first, second]


def test_at_once() -> None:
    """A message is there with its checksum, not only when the carrier goes."""
    receiver = CallerIdReceiver()
    receiver.carrier()
    for octet in call_setup("1"):
        assert receiver.events() == []
        receiver.receive(octet)
    assert len(receiver.events()) == 1
    assert receiver.messages == 1


def test_checksum() -> None:
    """Any single wrong octet is seen; one fault is told, at the end of carrier."""
    raw = call_setup("5551212", when=WHEN)
    for at in range(2, len(raw)):
        wrong = bytearray(raw)
        wrong[at] ^= 0x10
        events = received(bytes(wrong))
        assert len(events) == 1
        assert isinstance(events[0], CallerIdFault)
        assert events[0].fault == callerid.CHECKSUM
        assert events[0].raw == bytes(wrong)


def test_cut_short() -> None:
    raw = call_setup("5551212", when=WHEN)
    for length in range(1, len(raw)):
        (event,) = received(raw[:length])
        assert isinstance(event, CallerIdFault)
        assert event.fault == callerid.CUT_SHORT
    assert received(b"") == []
    assert received(b"\x55" * 40) == []


def test_contents() -> None:
    """A parameter that claims more than there is."""
    for contents in (b"\x02", b"\x02\x05123", b"\x01\x00\x02"):
        found = decode(encode_single(callerid.CALL_SETUP, contents))
        assert isinstance(found, CallerIdFault)
        assert found.fault == callerid.CONTENTS


def test_carrier_begins_afresh() -> None:
    receiver = CallerIdReceiver()
    raw = call_setup("5551212")
    receiver.carrier()
    for octet in raw[:6]:
        receiver.receive(octet)
    receiver.carrier()
    for octet in raw:
        receiver.receive(octet)
    receiver.lost()
    assert [e.raw for e in receiver.events()] == [raw]
    assert (receiver.messages, receiver.faults) == (1, 0)


def test_bounded_memory() -> None:
    """However long the transmission, no more than one message's octets are held."""
    receiver = CallerIdReceiver()
    receiver.carrier()
    rng = random.Random(5)
    for _ in range(20000):
        receiver.receive(rng.choice((0x80, 0x04, 0xFF, 0x82, rng.randrange(256))))
        assert len(receiver._octets) <= 258


def test_wrong_use() -> None:
    with pytest.raises(LocalError, match="255 octets"):
        encode(callerid.CALL_SETUP, [Parameter(2, bytes(256))])
    with pytest.raises(LocalError, match="255 octets"):
        encode(callerid.CALL_SETUP, [Parameter(2, bytes(200)), Parameter(2, bytes(60))])
    with pytest.raises(LocalError, match="20 characters"):
        call_setup("1" * 21)
    with pytest.raises(LocalError, match="8859-1"):
        call_setup("1", "日本")
    with pytest.raises(LocalError, match="no date"):
        call_setup("1", when=(2, 30, 25, 0))
    with pytest.raises(LocalError, match="no octet"):
        CallerIdReceiver().receive(256)
