"""SMDI's messages and framing: round trips, and what damage of every kind does to them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trunkd.errors import RemoteError
from trunkd.signaling.smdi.codec import (
    CALLS,
    KINDS,
    LAMPS,
    CallHistory,
    Lengths,
    Message,
    WaitingRefused,
    WaitingRequest,
    decode,
    encode,
)
from trunkd.signaling.smdi.framing import (
    DAMAGED,
    EVEN,
    GAP,
    LONGEST_MESSAGE,
    NO_PARITY,
    ODD,
    Framer,
    with_parity,
)

SECOND = 1_000_000_000

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that does other things, too, is no failure."""

numbers = st.text("0123456789", min_size=1, max_size=32)
histories = st.builds(
    CallHistory,
    st.integers(1, 999),
    st.integers(1, 9999),
    st.sampled_from(sorted(KINDS)),
    st.just("") | numbers,
    st.just("") | numbers,
)
requests = st.builds(WaitingRequest, numbers, st.booleans())
refusals = st.builds(WaitingRefused, st.just("") | numbers, st.sampled_from(["INV", "BLK"]))
messages = histories | requests | refusals


def fields(message: Message) -> tuple[object, ...]:
    if isinstance(message, CallHistory):
        where = (message.desk, message.terminal, message.kind)
        return ("history", *where, message.forwarding, message.calling)
    if isinstance(message, WaitingRequest):
        return ("request", message.number, message.on)
    return ("refused", message.number, message.why)


def received(data: bytes, lengths: tuple[int, ...] = (), parity: int = NO_PARITY) -> list[Message]:
    return Framer(Lengths(lengths), parity).receive(data, 0)


@PATIENT
@given(st.lists(messages, max_size=5), st.sampled_from([NO_PARITY, EVEN, ODD]), st.data())
def test_what_is_sent_is_received_however_it_is_split(
    sent: list[Message], parity: int, data: st.DataObject
) -> None:
    octets = with_parity(b"".join(encode(m) for m in sent), parity)
    framer = Framer(Lengths(), parity)
    got: list[Message] = []
    while octets:
        size = data.draw(st.integers(1, len(octets)))
        got += framer.receive(octets[:size], 0)
        octets = octets[size:]
    assert [fields(m) for m in got] == [fields(m) for m in sent]
    assert not framer.faults and not framer.pending


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"\r\nMD0010007D 3500 \r\n\x19", CallHistory(1, 7, "D", "", "3500")),
        (b"\r\nMD0010001A2145551234 2145559876 \r\n\x19",
         CallHistory(1, 1, "A", "2145551234", "2145559876")),
        (b"\r\nMD0630012N5551234  \r\n\x19", CallHistory(63, 12, "N", "5551234", "")),
        (b"\r\nMWI5551234 INV\r\n\x7f\x7f\x19", WaitingRefused("5551234", "INV")),
        (b"\r\nMWI5551234 BLK\r\n\xff\xff\x19", WaitingRefused("5551234", "BLK")),
        (b"\r\nMWI 5551234 INV\r\n\x19", WaitingRefused("5551234", "INV")),
        (b"OP:MWI 5551234!\x04", WaitingRequest("5551234", True)),
        (b"RMV: MWI 5551234!\x04", WaitingRequest("5551234", False)),
        (b"\r\nOP:MWI 3500!\r\n\x04", WaitingRequest("3500", True)),
    ],
)  # fmt: skip
def test_messages_as_manuals_show_them(octets: bytes, expected: Message) -> None:
    """Nortel DMS-100, Toshiba VP 300, Cisco CallManager: see codec.py."""
    (got,) = received(octets)
    assert fields(got) == fields(expected)
    assert got.raw and got.raw in octets


GOOD = CallHistory(1, 7, "B", "2145551234", "2145559876")
OCTETS = encode(GOOD)
AFTER = CallHistory(1, 8, "D", "", "2145550000")
STRICT = (7, 10)


@PATIENT
@given(st.integers(0, len(OCTETS) - 1), st.sampled_from(["lost", "doubled"]))
def test_an_octet_lost_or_doubled_never_gives_another_number(place: int, how: str) -> None:
    """With the lengths of numbers stated; the message behind the damage is received."""
    keep = 0 if how == "lost" else 2
    damaged = OCTETS[:place] + OCTETS[place : place + 1] * keep + OCTETS[place + 1 :]
    framer = Framer(Lengths(STRICT))
    got = framer.receive(damaged + encode(AFTER), 0)
    assert fields(got[-1]) == fields(AFTER)
    for message in got[:-1]:
        assert fields(message) == fields(GOOD)
    assert len(got) == 2 or framer.faults


@PATIENT
@given(st.integers(0, len(OCTETS) - 1), st.integers(0, 7), st.sampled_from([EVEN, ODD]))
def test_a_bit_error_is_seen_by_its_parity(place: int, bit: int, parity: int) -> None:
    octets = bytearray(with_parity(OCTETS, parity))
    octets[place] ^= 1 << bit
    framer = Framer(Lengths(STRICT), parity)
    got = framer.receive(bytes(octets) + with_parity(encode(AFTER), parity), 0)
    assert fields(got[-1]) == fields(AFTER)
    # A damaged CR, LF or fill may cost nothing; a damaged number must.
    assert [fields(m) for m in got[:-1]] in ([], [fields(GOOD)])
    text = OCTETS[place : place + 1]
    if text.isalnum():
        assert len(got) == 1 and framer.faults


@settings(PATIENT, max_examples=300)
@example(b"\x19\x04", [GOOD])
@example(b"MDMDMD", [GOOD])
@given(st.binary(max_size=300), st.lists(messages, min_size=1, max_size=3))
def test_garbage_raises_nothing_and_the_line_comes_back(noise: bytes, sent: list[Message]) -> None:
    framer = Framer(Lengths())
    framer.receive(noise, 0)
    # The first message may be lost with the noise before it; whoever comes next may not.
    octets = b"".join(encode(m) for m in [GOOD, *sent])
    got = framer.receive(octets, 0)
    assert [fields(m) for m in got[-len(sent) :]] == [fields(m) for m in sent]
    assert not framer.pending


def test_each_kind_of_damage_is_counted_by_its_name() -> None:
    def kinds(data: bytes, lengths: tuple[int, ...] = (4,)) -> list[str]:
        framer = Framer(Lengths(lengths))
        framer.receive(data, 0)
        framer.line_lost()
        return [fault.kind for fault in framer.faults]

    assert kinds(b"\r\nMD0010007D 350 \r\n\x19") == ["malformed"]
    assert kinds(b"\r\nMD0010007Z 3500 \r\n\x19") == ["malformed"]
    assert kinds(b"\r\nMD0000007D 3500 \r\n\x19") == ["malformed"]
    assert kinds(b"\r\nMWI3500 XYZ\r\n\x19") == ["malformed"]
    assert kinds(b"OP:MWI !\x04") == ["malformed"]
    assert kinds(b"MD0010007D 35" + bytes([DAMAGED]) + b"0 \r\n\x19") == ["damaged"]
    assert kinds(b"\r\nMD0010007D 3500 \r\n" * 2 + b"\x19") == ["end_lost"]
    assert kinds(b"x" * (LONGEST_MESSAGE + 5) + b"\r\n") == ["too_long"]
    assert kinds(b"\r\nMD0010007D 35") == ["cut"]
    assert kinds(b"##MD0010007D 3500 \r\n\x19") == ["noise"]
    assert kinds(b"\x19\x04\r\n\x00\x7f") == []


def test_a_message_that_stops_is_not_continued_later() -> None:
    framer = Framer(Lengths())
    assert not framer.receive(OCTETS[:20], 0)
    (got,) = framer.receive(encode(AFTER), GAP + 1)
    assert fields(got) == fields(AFTER)
    assert [f.kind for f in framer.faults] == ["cut"]


def test_numbers_are_checked_by_their_lengths() -> None:
    text = b"MD0010007B5551234 2145559876 "
    assert decode(text, CALLS, Lengths((7, 10))).forwarding == "5551234"  # type: ignore[union-attr]
    with pytest.raises(RemoteError, match="forwarding number has 7 digits, not 4, 10"):
        decode(text, CALLS, Lengths((4, 10)))
    with pytest.raises(RemoteError, match="33 digits"):
        decode(b"OP:MWI " + b"1" * 33 + b"!", LAMPS, Lengths())
    assert GOOD.text() == (
        "desk 001 terminal 0007: forwarded on busy from 2145551234, caller 2145559876"
    )
    assert (GOOD.reason, AFTER.reason) == (1, 0)
