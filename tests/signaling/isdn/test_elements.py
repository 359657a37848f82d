"""Elements of table 4-3: built, read back, and what becomes of contents that follow no clause."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m

Builders = dict[int, Callable[[random.Random], e.Element]]


def fields(element: e.Element) -> dict[str, object]:
    """All attributes, of a compiled class as well, which has no ``__dict__``."""
    named = {n: getattr(element, n) for n in dir(element) if not n.startswith("_")}
    return {n: v for n, v in named.items() if not callable(v)}


def read_back(element: e.Element) -> e.Element:
    """The element after its octets went through a message."""
    message = m.decode(m.encode(1, 0, m.CONNECT, [element]))
    assert len(message.elements) == 1
    return message.elements[0]


def test_every_element_of_the_table_is_tried(element_builders: Builders) -> None:
    beyond = {e.SHIFT, e.ESCAPE, e.MESSAGE_SEGMENT}
    assert set(element_builders) == set(e.NAMES) - beyond


@pytest.mark.parametrize("id", sorted(set(e.NAMES) - {e.SHIFT, e.ESCAPE, e.MESSAGE_SEGMENT}))
def test_what_is_built_is_read_back(id: int, element_builders: Builders) -> None:
    rng = random.Random(id)
    for _ in range(100):
        built = element_builders[id](rng)
        assert built.id == id
        read = read_back(built)
        assert type(read) is type(built)
        assert fields(read) == fields(built)
        assert read == built and hash(read) == hash(built)


BY_HAND: dict[str, e.Element] = {
    "04 03 80 90 a3": e.BearerCapability(0x00),
    "04 02 88 90": e.BearerCapability(0x08, -1),
    "04 04 88 98 86 a3": e.BearerCapability(0x08, rate=e.MULTIRATE, multiplier=6),
    "08 02 80 90": e.Cause(16),
    "08 03 00 80 90": e.Cause(16, 0, 0, 0),
    "08 05 84 e6 33 30 33": e.Cause(102, 4, diagnostics=b"303"),
    "14 01 0a": e.CallState(10),
    "14 01 3e": e.CallState(62),
    "18 03 a1 83 81": e.ChannelIdentification((1,)),
    "18 03 a9 83 9f": e.ChannelIdentification((31,), True),
    "18 04 e9 85 83 91": e.ChannelIdentification((17,), True, interface=5),
    "18 05 e9 01 80 83 91": e.ChannelIdentification((17,), True, interface=128),
    "18 01 a3": e.ChannelIdentification(selection=e.ANY_CHANNEL),
    "18 04 a1 83 01 82": e.ChannelIdentification((1, 2)),
    "18 06 a9 93 80 00 00 02": e.ChannelIdentification((1, 31), True, by_map=True),
    "18 05 a9 93 80 00 01": e.ChannelIdentification((1, 24), True, by_map=True, map_octets=3),
    "18 01 8a": e.ChannelIdentification(primary=False, selection=2, exclusive=True),
    "1e 02 82 88": e.ProgressIndicator(8, 2),
    "27 01 80": e.NotificationIndicator(0),
    "28 02 48 69": e.Display("Hi"),
    "28 03 b1 48 69": e.Display("Hi", 0x31),
    "29 05 18 02 1d 17 3b": e.DateTime(24, 2, 29, 23, 59),
    "2c 02 2a 23": e.KeypadFacility("*#"),
    "34 01 4f": e.Signal(0x4F),
    "4c 05 21 83 31 32 33": e.ConnectedNumber("123", 2, 1, 0, 3),
    "6c 04 81 31 32 33": e.CallingPartyNumber("123", explicit=False),
    "6c 05 01 a3 31 32 33": e.CallingPartyNumber("123", 0, 1, 1, 3),
    "6c 02 00 c3": e.CallingPartyNumber("", 0, 0, 2, 3),
    "6d 03 a8 21 30": e.CallingPartySubaddress(b"\x21\x30", 2, True),
    "70 04 91 31 32 33": e.CalledPartyNumber("123", 1, 1),
    "74 05 21 00 8f 31 32": e.RedirectingNumber("12", 2, 1, 0, 0, 15),
    "78 05 a1 30 33 33 33": e.TransitNetworkSelection("0333"),
    "79 01 87": e.RestartIndicator(7),
    "7c 04 08 c0 90 a3": e.LowLayerCompatibility(8, e.LAYER1_A_LAW, negotiation=1),
    "7d 02 91 81": e.HighLayerCompatibility(1),
    "7d 03 91 5e 84": e.HighLayerCompatibility(0x5E, 4),
    "7e 03 04 68 69": e.UserUser(4, b"hi"),
    "00 02 82 05": e.SegmentedMessage(True, 2, m.SETUP),
    "40 04 8a 8b 83 84": e.InformationRate(10, 11, 3, 4),
    "42 03 03 7f ff": e.EndToEndTransitDelay(0xFFFF),
    "43 03 00 01 80": e.TransitDelaySelection(128),
    "44 01 9f": e.PacketLayerBinaryParameters(3, True, True, True),
    "45 02 87 82": e.PacketLayerWindowSize(7, 2),
    "46 01 8a": e.PacketSize(10),
    "47 05 81 31 32 33 34": e.ClosedUserGroup("1234"),
    "4a 01 81": e.ReverseCharging(1),
    "10 01 07": e.CallIdentity(b"\x07"),
    "1c 03 91 a1 00": e.Facility(17, b"\xa1\x00"),
    "a1": e.SendingComplete(),
    "a0": e.MoreData(),
    "bf": e.CongestionLevel(15),
    "d2": e.RepeatIndicator(2),
    "96": e.Shift(6, True),
    "9d": e.Shift(5, False),
}
"""Encodings worked out by hand from the figures of 4.5."""


def test_elements_by_the_octet() -> None:
    for octets, element in BY_HAND.items():
        assert element.octets.hex(" ") == octets
    facilities = e.NetworkSpecificFacilities(b"\xe1", "12")
    assert facilities.octets.hex(" ") == "20 05 03 a1 31 32 e1"
    assert e.NetworkSpecificFacilities(b"\xe1").octets.hex(" ") == "20 02 00 e1"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("04 01 80", "too short: 1 of 2"),
        ("04 03 80 90 23", "octet 5 is extended but has no end"),
        ("04 02 80 98", "octet 4.1"),
        ("04 02 00 90", "extension bit must be 1"),
        ("04 04 80 90 c2 a3", "layer 1 identification where layer 3 may be"),
        ("04 04 80 90 a3 a3", "layer 1 identification where layer 2 may be"),
        ("04 0b 80 90 a3 00 00 00 00 00 00 00 80", "too long: 11 of 10"),
        ("08 01 80", "too short"),
        ("08 02 00 80", "octet 4, the cause value, is missing"),
        ("14 02 0a 00", "too long"),
        ("18 01 a1", "octet 3.2 is missing"),
        ("18 01 21", "extension bit must be 1"),
        ("18 02 e1 03", "octet 3.1, the interface identifier, has no end"),
        ("18 02 a1 83", "octet 3.3"),
        ("18 03 a1 03 81", "octet 3.2: the extension bit"),
        ("1e 01 82", "too short"),
        ("1e 03 82 88 88", "too long"),
        ("20 02 05 a1", "runs over the end"),
        ("29 03 18 0d 01", "no such date"),
        ("29 05 18 01 01 18 00", "no such time"),
        ("2c 01 b1", "not an IA5 character"),
        ("42 04 00 00 80 00", "a transit delay takes three octets"),
        ("6c 02 01 31", "the extension has no end"),
        ("70 02 81 b1", "not an IA5 character"),
        ("70 01 01", "the extension has no end"),
        ("74 02 01 00", "ends within an extended octet"),
        ("7c 03 08 40 90", "octet 3a: the extension bit"),
        ("7c 02 08 c0", "octet 4, transfer mode and rate, is missing"),
        ("7d 02 91 01", "octet 4a is missing"),
        ("7e 82" + " 00" * 0x82, "too long: 130 of 129"),
    ],
)
def test_malformed_contents_are_told_and_kept(octets: str, reason: str) -> None:
    raw = bytes.fromhex(octets)
    element = e.read(raw[0], raw)
    assert isinstance(element, e.Malformed)
    assert reason in element.reason
    assert element.octets == raw and element.id == raw[0] and element.raw == raw[2:]


@pytest.mark.parametrize("octets", ["18 03 a1 83 01", "18 03 a9 83 01"])
def test_channel_number_without_its_extension_bit(octets: str) -> None:
    """Seen in the field; with one number its end is not in doubt."""
    element = e.read(0x18, bytes.fromhex(octets))
    assert isinstance(element, e.ChannelIdentification)
    assert element.channels == (1,)


def test_an_empty_or_unknown_element_is_a_plain_one() -> None:
    for octets in (b"\x04\x00", b"\x70\x00", b"\x7b\x02ab", b"\x7f\x01a"):
        assert type(e.read(octets[0], octets)) is e.Element


@pytest.mark.parametrize(
    "build",
    [
        lambda: e.Cause(128),
        lambda: e.Cause(16, 16),
        lambda: e.CallState(64),
        lambda: e.CalledPartyNumber("12", 8),
        lambda: e.CalledPartyNumber("é"),
        lambda: e.CalledPartyNumber("1" * 255),
        lambda: e.ChannelIdentification((128,)),
        lambda: e.ChannelIdentification((0,), by_map=True, map_octets=3),
        lambda: e.ChannelIdentification((32,), by_map=True),
        lambda: e.CallingPartyNumber("1", presentation=1, explicit=False),
        lambda: e.DateTime(100, 1, 1),
        lambda: e.Display("☎"),
        lambda: e.Shift(8, True),
        lambda: e.variable(0x80, b""),
        lambda: e.variable(0x01, b"", 8),
        lambda: e.BearerCapability(32),
        lambda: e.TransitDelaySelection(65536),
    ],
)
def test_what_cannot_be_encoded_is_refused(build: Callable[[], e.Element]) -> None:
    with pytest.raises(LocalError):
        build()


def test_constant_elements_are_made_once() -> None:
    assert e.cause(16, 1) is e.cause(16, 1)
    assert e.cause(16, 1).octets == e.Cause(16, 1).octets
    assert e.b_channel(5, True) is e.b_channel(5, True)
    assert e.b_channel(5, False).octets == e.ChannelIdentification((5,)).octets


def test_memory_for_decoded_elements_is_bounded() -> None:
    for n in range(5000):
        raw = e.Cause(16, 0, diagnostics=n.to_bytes(2, "big")).octets
        assert e.read(e.CAUSE, raw).octets == raw
    assert len(e.MEMO[e.CAUSE]) <= 256


@given(st.integers(0, 0x7F), st.binary(max_size=255))
def test_any_contents_are_read_and_kept(id: int, contents: bytes) -> None:
    raw = bytes((id, len(contents))) + contents
    element = e.read(id, raw)
    assert element.octets == raw
    assert element.raw == contents
    assert element.id == id
