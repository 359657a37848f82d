"""Link types of SS7 in captures: 139 with its pseudo header, 140 and 141 without one."""

from __future__ import annotations

import io
import struct

import pytest

from trunkd.board.capture import (
    LINKTYPE_MTP2,
    LINKTYPE_MTP2_WITH_PHDR,
    LINKTYPE_MTP3,
    CaptureError,
    CaptureWriter,
    Direction,
    read_capture,
)

FISU = bytes.fromhex("ffff00")


def pcap(link_type: int, *frames: bytes) -> io.BytesIO:
    """A classic pcap, which knows no direction of its own."""
    data = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for n, frame in enumerate(frames):
        data += struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame
    return io.BytesIO(data)


@pytest.mark.parametrize("link_type", [LINKTYPE_MTP2, LINKTYPE_MTP2_WITH_PHDR, LINKTYPE_MTP3])
def test_written_and_read_again(link_type: int) -> None:
    out = io.BytesIO()
    with CaptureWriter(out) as writer:
        number = writer.add_interface("b0/1/16 x/0", "SS7 link x/0", link_type)
        writer.frame(number, 5, Direction.IN, FISU)
        writer.frame(number, 7, Direction.OUT, FISU, comment="ours")
    out.seek(0)
    first, second = read_capture(out)
    assert (first.direction, second.direction) == (Direction.IN, Direction.OUT)
    assert first.data == second.data == FISU and first.length == 3
    assert first.link_type == link_type and first.description == "SS7 link x/0"
    assert (first.network, second.comment) == (None, "ours")


def test_pseudo_header_tells_direction_link_and_annex_a() -> None:
    frames = list(
        read_capture(
            pcap(
                LINKTYPE_MTP2_WITH_PHDR,
                bytes.fromhex("01000000") + FISU,
                bytes.fromhex("00000003") + FISU,
                bytes.fromhex("00010000") + FISU,
                bytes.fromhex("00020000") + FISU,
            )
        )
    )
    assert [f.direction for f in frames] == [Direction.OUT, *[Direction.IN] * 3]
    assert [f.interface for f in frames] == ["", "link 3", "", ""]
    assert [bool(f.comment) for f in frames] == [False, False, True, False]
    assert "annex A" in frames[2].comment
    assert {f.data for f in frames} == {FISU}


def test_a_pseudo_header_cut_short_is_told() -> None:
    frames = read_capture(pcap(LINKTYPE_MTP2_WITH_PHDR, bytes.fromhex("01000000") + FISU, b"\0\0"))
    assert next(frames).data == FISU
    with pytest.raises(CaptureError, match="no pseudo header of link type 139"):
        next(frames)


def test_plain_mtp2_has_no_direction() -> None:
    (frame,) = read_capture(pcap(LINKTYPE_MTP2, FISU))
    assert frame.direction == Direction.UNKNOWN and frame.data == FISU
