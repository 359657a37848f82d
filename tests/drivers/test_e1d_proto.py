"""osmo-e1d's messages: what its header says, octet for octet, and that nothing received raises."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trunkd.drivers.e1d import proto
from trunkd.drivers.e1d.proto import Malformed, Message

OCTET = st.integers(0, 255)


@given(OCTET, OCTET, OCTET, OCTET, st.binary(max_size=4088))
def test_round_trip(kind: int, intf: int, line: int, timeslot: int, body: bytes) -> None:
    message = Message(kind, intf, line, timeslot, body)
    packet = message.encode()
    assert len(packet) == 8 + len(body)
    assert proto.decode(packet) == message
    assert message.kind | message.command == kind


@given(st.binary(max_size=5000))
@example(b"")
@example(struct.pack("=HHBBBB", 0x01E1, 8, 0, 0, 0, 0)[:7])
@example(struct.pack("=HHBBBB", 0x01E1, 7, 0, 0, 0, 0))
@example(struct.pack("=HHBBBB", 0x01E1, 9, 0, 0, 0, 0))
@example(struct.pack("=HHBBBB", 0x00E1, 8, 0, 0, 0, 0))
def test_any_packet_is_read_or_named(packet: bytes) -> None:
    read = proto.decode(packet)
    if isinstance(read, Message):
        assert packet.startswith(read.encode())
    else:
        assert read.text


@given(st.binary(max_size=5000))
def test_bodies_of_any_length(body: bytes) -> None:
    assert len(proto.interfaces(body)) == len(body) // 2
    assert len(proto.lines(body)) == len(body) // 3
    assert len(proto.timeslots(body)) == len(body) // 6
    assert (proto.timeslot_config(body) is None) == (len(body) != 4)


def test_octets_of_the_header() -> None:
    """The packed structures of proto.h, in the host's order."""
    assert sys.byteorder == "little", "the octets below are those of a little-endian host"
    config = proto.TimeslotConfig(proto.TS_HDLC, proto.FORCE, 160)
    opened = Message(proto.TS_OPEN, 1, 2, 16, config.encode())
    assert opened.encode() == bytes.fromhex("e1010c000401021011" + "80a000")
    info = proto.TimeslotInfo(16, proto.TS_RAW, 0, 160, 0xA5)
    assert info.encode() == bytes.fromhex("101000a000a5")
    assert proto.LineInfo(1, proto.LINE_CHANNELIZED).encode() == bytes.fromhex("012000")
    assert proto.InterfaceInfo(3, 2).encode() == bytes.fromhex("0302")


@given(st.integers(0, 31))
def test_sa_bits(sa: int) -> None:
    wire = proto.sa_to_wire(sa)
    assert proto.sa_from_wire(wire) == sa
    assert wire & 0x0E == 0


def test_sa_bits_where_osmo_e1d_has_them() -> None:
    """Sa8 is bit 7, Sa7 bit 6, Sa6 bit 0, Sa5 bit 5, Sa4 bit 4."""
    assert [proto.sa_to_wire(1 << n) for n in range(5)] == [0x80, 0x40, 0x01, 0x20, 0x10]


def test_limits() -> None:
    with pytest.raises(ValueError, match="limit is 4096"):
        Message(0, body=bytes(4089)).encode()
    assert isinstance(proto.decode(Message(0, body=bytes(4088)).encode() + b"more"), Message)
    assert "another version" in proto.decode(b"\xe1\x02" + bytes(6)).text  # type: ignore[union-attr]
    assert isinstance(proto.decode(bytes(8)), Malformed)
