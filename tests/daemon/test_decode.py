"""Decoding captures: text, JSON lines, ladders, and files that are no captures."""

from __future__ import annotations

import io
import json
import random
import struct
from pathlib import Path

import pytest

from trunkd.board.capture import read_capture
from trunkd.daemon.decode import clock, decode_file
from trunkd.errors import Error
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m

SETUP = b"\x00\x01\x00\x00" + m.encode(
    7, 0, m.SETUP, [e.BearerCapability(0), e.b_channel(2, True), e.CalledPartyNumber("31337")]
)
PROCEEDING = b"\x02\x01\x00\x02" + m.encode(7, 1, m.CALL_PROCEEDING, [])
RR = b"\x00\x01\x01\x02"
SECOND = 1_700_000_000


def pcap(path: Path, link_type: int, frames: list[bytes]) -> Path:
    """Classic pcap, little endian, microseconds; a frame each millisecond."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for n, frame in enumerate(frames):
        data += struct.pack("<IIII", SECOND, n * 1000, len(frame), len(frame)) + frame
    path.write_bytes(data)
    return path


def linux_lapd(frame: bytes, outgoing: bool, network: bool) -> bytes:
    return struct.pack(">HHHB7xH", 4 if outgoing else 0, 8445, 1, network, 0x30) + frame


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(path: Path, interfaces: list[str], frames: list[tuple[int, bytes]]) -> Path:
    """pcapng: interfaces of link type 177 by name, frames (interface, octets) each millisecond."""
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for name in interfaces:
        raw = name.encode()
        option = struct.pack("<HH", 2, len(raw)) + raw + bytes(-len(raw) % 4)
        data += block(1, struct.pack("<HHI", 177, 0, 65535) + option + bytes(4))
    for n, (interface, frame) in enumerate(frames):
        stamp = SECOND * 1_000_000 + n * 1000
        head = struct.pack(
            "<IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), len(frame)
        )
        data += block(6, head + frame)
    path.write_bytes(data)
    return path


def decoded(path: Path, **how: bool) -> list[str]:
    out = io.StringIO()
    decode_file(path, out, **how)
    return out.getvalue().splitlines()


def test_text(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a.pcap", 203, [SETUP, PROCEEDING])
    lines = decoded(path)
    assert lines[0] == (
        "1  2023-11-14 22:13:20.000000  link type 203  user -> network  "
        "SETUP  ref 7  channel 2 exclusive  to 31337"
    )
    assert "    Q.931: SETUP" in lines
    assert "        Called party number: 31337  [70 06 81 33 31 33 33 37]" in lines
    assert "            Numbering plan: ISDN/telephony (E.164)  [81]" in lines
    assert lines[[x[:1] for x in lines].index("2")].endswith(
        "network -> user  CALL PROCEEDING  ref 7"
    )


def test_json(tmp_path: Path) -> None:
    frames = [linux_lapd(SETUP, True, False), linux_lapd(PROCEEDING, False, False)]
    path = pcap(tmp_path / "a.pcap", 177, [*frames, linux_lapd(b"\x01\x02", False, False)])
    records = [json.loads(line) for line in decoded(path, as_json=True)]
    assert [r["number"] for r in records] == [1, 2, 3]
    assert [r["title"] for r in records] == ["SETUP", "CALL PROCEEDING", "invalid frame"]
    assert [r["direction"] for r in records] == ["user-to-network"] + ["network-to-user"] * 2
    first = records[0]
    assert first["time_ns"] == SECOND * 10**9 and first["link_type"] == 177
    assert bytes.fromhex(first["raw"]) == SETUP and first["reasons"] == []
    q931 = first["fields"][1]
    names = [child["name"] for child in q931["children"]]
    assert names[3:] == ["Bearer capability", "Channel identification", "Called party number"]
    digits = q931["children"][5]["children"][-1]
    assert digits == {
        "name": "Digits",
        "text": "31337",
        "value": "31337",
        "raw": "3331333337",
    }
    assert records[2]["reasons"] and records[2]["fields"][0]["reason"]


@pytest.mark.parametrize(
    ("outgoing", "network", "direction"),
    [
        (True, False, "user-to-network"),
        (False, False, "network-to-user"),
        (True, True, "network-to-user"),
        (False, True, "user-to-network"),
    ],
)
def test_whose_direction_it_is(
    tmp_path: Path, outgoing: bool, network: bool, direction: str
) -> None:
    """Link type 177 says who captured; the C/R bit of an RR alone could not tell."""
    path = pcap(tmp_path / "a.pcap", 177, [linux_lapd(RR, outgoing, network)])
    assert json.loads(decoded(path, as_json=True)[0])["direction"] == direction


def test_ladder_of_one_link(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a.pcap", 203, [SETUP, RR, PROCEEDING])
    assert decoded(path, ladder=True) == [
        "      time  user                             network",
        "     0.000  |--SETUP ref 7------------------------>|  channel 2 exclusive  to 31337",
        "     0.002  |<--------------CALL PROCEEDING ref 7--|",
        "(1 RR frame not shown)",
    ]
    assert any("RR TEI 0" in line for line in decoded(path, ladder=True, link=True))


def test_ladders_of_several_links(tmp_path: Path) -> None:
    """One after the other, on one time scale, with the ends that captured named."""
    frames = [
        (0, linux_lapd(SETUP, True, False)),
        (1, linux_lapd(SETUP, False, True)),
        (0, linux_lapd(PROCEEDING, False, False)),
    ]
    lines = decoded(pcapng(tmp_path / "a.pcapng", ["b0/1/16", "b0/2/16"], frames), ladder=True)
    assert [line.split()[0] for line in lines] == [
        "b0/1/16", "time", "0.000", "0.002", "b0/2/16", "time", "0.001",
    ]  # fmt: skip
    assert "user (here)" in lines[1] and "network (here)" in lines[5]


def test_a_frame_cut_by_the_capture(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 20, 203)
    data += struct.pack("<IIII", 0, 0, 20, len(SETUP)) + SETUP[:20]
    path.write_bytes(data)
    reason = f"cut by the capture: 20 of {len(SETUP)} octets kept"
    assert f"    ! {reason}" in decoded(path)
    assert reason in json.loads(decoded(path, as_json=True)[0])["reasons"]
    assert any(reason in line for line in decoded(path, ladder=True))


def test_link_types_that_are_not_known_are_shown_raw(tmp_path: Path) -> None:
    path = pcap(tmp_path / "ether.pcap", 1, [bytes(range(60))])
    lines = decoded(path)
    assert lines[0].endswith("not decoded") and "! link type 1 is not known" in lines[2]
    assert bytes(range(60)).hex(" ") in lines[3]


@pytest.mark.parametrize("how", ["", "as_json", "ladder"])
def test_the_good_part_of_a_broken_file_is_printed(tmp_path: Path, how: str) -> None:
    path = pcap(tmp_path / "a.pcap", 203, [SETUP, PROCEEDING])
    path.write_bytes(path.read_bytes()[:-3])
    out = io.StringIO()
    with pytest.raises(Error, match="offset"):
        decode_file(path, out, **({how: True} if how else {}))
    assert "SETUP" in out.getvalue() and "PROCEEDING" not in out.getvalue()


@pytest.mark.parametrize("content", [b"", b"hello world", b"\x1f\x8b\x08\x00", b"\xd4\xc3\xb2\xa1"])
@pytest.mark.parametrize("how", ["", "as_json", "ladder"])
def test_files_that_are_no_captures(tmp_path: Path, content: bytes, how: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(Error):
        decode_file(path, io.StringIO(), **({how: True} if how else {}))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for how in ({}, {"ladder": True}):
        with pytest.raises(Error, match="cannot be read"):
            decode_file(tmp_path / "none", io.StringIO(), **how)


def test_damaged_files_never_fail_otherwise(tmp_path: Path) -> None:
    rng = random.Random(8)
    frames = [(n % 2, linux_lapd(SETUP, n % 3 == 0, False)) for n in range(6)]
    whole = pcapng(tmp_path / "a", ["one", "two"], frames).read_bytes()
    for n in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path = tmp_path / "damaged"
        path.write_bytes(damaged[: rng.randrange(len(damaged))] if n % 3 == 0 else damaged)
        for how in ({}, {"as_json": True}, {"ladder": True}):
            try:
                decode_file(path, io.StringIO(), **how)
            except Error as error:
                assert str(error)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_on_a_terminal_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    display = m.encode(7, 0, m.SETUP, [e.BearerCapability(0), e.Display("[bold]x[/nope]")])
    path = pcap(tmp_path / "a.pcap", 203, [b"\x00\x01\x00\x00" + display])
    for ladder in (False, True):
        out = Terminal()
        decode_file(path, out, ladder=ladder)
        assert "\x1b[" in out.getvalue()
    out = Terminal()
    decode_file(path, out)
    assert "[bold]x[/nope]" in out.getvalue()
    out = Terminal()
    decode_file(path, out, as_json=True)
    assert "\x1b[" not in out.getvalue()


def test_times() -> None:
    assert clock(0) == "1970-01-01 00:00:00.000000"
    assert clock(1_700_000_000_123_456_789) == "2023-11-14 22:13:20.123456"
    assert clock(10**30) == f"{10**21}.000000000"


def test_the_reader_and_the_decoder_agree(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a.pcap", 203, [SETUP, RR, PROCEEDING])
    raws = [json.loads(line)["raw"] for line in decoded(path, as_json=True)]
    assert raws == [frame.data.hex() for frame in read_capture(path)]
