"""Captures written, read back, and read by tshark; broken files."""

from __future__ import annotations

import io
import json
import pathlib
import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.board import capture
from trunkd.board.capture import (
    CapturedFrame,
    CaptureError,
    CaptureWriter,
    Direction,
    read_capture,
)
from trunkd.errors import ConfigError, LocalError

T0 = 1_700_000_000_123_456_789
SABME_USER = bytes.fromhex("00017f")
UA_NETWORK = bytes.fromhex("000173")
# Q.931 SETUP in an I frame: call reference 1, bearer capability speech, channel 1, called 5551234.
SETUP_USER = bytes.fromhex(
    "00010000" + "080200010504039090a3" + "1803a98381" + "700881" + b"5551234".hex()
)
CONNECT_NETWORK = bytes.fromhex("02010002" + "0802800107")
IN, OUT = Direction.IN, Direction.OUT


def sample() -> bytes:
    """We are the user side on one link, the network side on the other."""
    out = io.BytesIO()
    with CaptureWriter(out, "sim://lab") as writer:
        user = writer.add_interface("b0/1/16 pstn", "span 1 timeslot 16, user side")
        net = writer.add_interface("b0/2/16 pbx", "span 2 timeslot 16", network=True)
        writer.frame(user, T0, OUT, SABME_USER)
        writer.frame(user, T0 + 1, IN, UA_NETWORK)
        writer.note("span 2: LOS raised at 12:00:00")
        writer.note("span 2: LOS cleared at 12:00:01")
        writer.frame(net, T0 + 2_000_000_000, IN, SETUP_USER, "the first call")
        writer.frame(net, T0 + 2_000_000_001, OUT, CONNECT_NETWORK)
        writer.note("span 1: AIS raised at 12:00:09")
    return out.getvalue()


EXPECTED = [
    # time, interface, direction, data, network, comment
    (T0, "b0/1/16 pstn", OUT, SABME_USER, False, ""),
    (T0 + 1, "b0/1/16 pstn", IN, UA_NETWORK, False, ""),
    (
        T0 + 2_000_000_000,
        "b0/2/16 pbx",
        IN,
        SETUP_USER,
        True,
        "span 2: LOS raised at 12:00:00\nspan 2: LOS cleared at 12:00:01\nthe first call",
    ),
    (T0 + 2_000_000_001, "b0/2/16 pbx", OUT, CONNECT_NETWORK, True, ""),
]


def essence(frame: CapturedFrame) -> tuple[int, str, Direction, bytes, bool | None, str]:
    return (
        frame.time_ns,
        frame.interface,
        frame.direction,
        frame.data,
        frame.network,
        frame.comment,
    )


def read(data: bytes) -> list[CapturedFrame]:
    return list(read_capture(io.BytesIO(data)))


def read_broken(data: bytes) -> tuple[list[CapturedFrame], CaptureError | None]:
    """What a reader yields before it meets an error, and the error."""
    frames: list[CapturedFrame] = []
    try:
        for frame in read_capture(io.BytesIO(data)):
            frames.append(frame)  # noqa: PERF402 – those before the error count
    except CaptureError as error:
        return frames, error
    return frames, None


def test_read_back() -> None:
    frames = read(sample())
    assert [essence(frame) for frame in frames] == EXPECTED
    assert {frame.link_type for frame in frames} == {capture.LINKTYPE_LINUX_LAPD}
    assert all(frame.length == len(frame.data) for frame in frames)


def test_notes_without_a_frame_are_not_lost() -> None:
    assert b"span 1: AIS raised" in sample()
    out = io.BytesIO()
    CaptureWriter(out).close()
    assert read(out.getvalue()) == []
    out = io.BytesIO()
    with CaptureWriter(out) as writer:
        writer.note("nothing but this")
    assert read(out.getvalue()) == []
    assert b"nothing but this" in out.getvalue()


def test_file_by_path(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.pcapng"
    writer = CaptureWriter(path)
    link = writer.add_interface("x", link_type=capture.LINKTYPE_LAPD)
    writer.frame(link, 5, IN, UA_NETWORK)
    writer.flush()
    assert [f.direction for f in read_capture(path)] == [IN]
    writer.close()
    writer.close()
    (frame,) = read_capture(str(path))
    assert essence(frame) == (5, "x", IN, UA_NETWORK, None, "")


def test_wrong_calls(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere/a\.pcapng cannot be written: No such file"):
        CaptureWriter(tmp_path / "nowhere" / "a.pcapng")
    with pytest.raises(ConfigError, match=r"none\.pcap cannot be read: No such file"):
        list(read_capture(tmp_path / "none.pcap"))
    writer = CaptureWriter(io.BytesIO())
    with pytest.raises(LocalError, match="no interface 0: add it first"):
        writer.frame(0, 0, IN, b"x")
    writer.add_interface("x")
    with pytest.raises(LocalError, match="262144"):
        writer.frame(0, 0, IN, bytes(262_145))


def test_a_full_disk_is_named() -> None:
    with (
        open("/dev/full", "wb", buffering=0) as full,
        pytest.raises(ConfigError, match="/dev/full cannot be written: No space left"),
    ):
        CaptureWriter(full)


# ---- files of other programs, put together by hand


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int, options: bytes = b"", snap: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap) + options)


def enhanced(order: str, ticks: int, data: bytes, options: bytes = b"", number: int = 0) -> bytes:
    head = struct.pack(
        order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
    )
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "ticks", "want"),
    [
        (None, 1_500_000, 1_500_000_000),
        (9, 1_500_000_000, 1_500_000_000),
        (0, 3, 3_000_000_000),
        (3, 1500, 1_500_000_000),
        (0x80 | 10, 1536, 1_500_000_000),
        (0x80 | 32, 3 << 31, 1_500_000_000),
        (12, 1_500_000_000_000, 1_500_000_000),
        (127, 2**64 - 1, 0),
    ],
)
def test_byte_orders_and_resolutions(
    order: str, resolution: int | None, ticks: int, want: int
) -> None:
    options = option(order, 2, b"line\0")
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
    options += option(order, 14, struct.pack(order + "q", 7)) + bytes(4)
    flags = option(order, 2, struct.pack(order + "I", 0x02)) + bytes(4)
    data = section(order) + interface(order, 203, options) + enhanced(order, ticks, b"abc", flags)
    (frame,) = read(data)
    assert essence(frame) == (want + 7_000_000_000, "line", OUT, b"abc", None, "")


@pytest.mark.parametrize("order", ["<", ">"])
def test_simple_and_obsolete_blocks_and_sections(order: str) -> None:
    simple = block(order, 3, struct.pack(order + "I", 9) + b"123456")
    old = struct.pack(order + "HHIIII", 1, 0, 0, 4_000_000, 3, 3) + b"old\0"
    unknown = block(order, 0x0BAD, b"whatever")
    other = ">" if order == "<" else "<"
    data = (
        section(order)
        + interface(order, 203, snap=6)
        + interface(order, 140, option(order, 2, b"second"))
        + unknown
        + simple
        + block(order, 2, old)
        + section(other)
        + interface(other, 141)
        + enhanced(other, 1, b"third")
    )
    one, two, three = read(data)
    assert (one.time_ns, one.data, one.length, one.link_type) == (0, b"123456", 9, 203)
    assert (two.time_ns, two.data, two.interface, two.link_type) == (
        4_000_000_000,
        b"old",
        "second",
        140,
    )
    assert (three.data, three.link_type, three.interface) == (b"third", 141, "")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_classic_pcap(order: str, magic: int, unit: int) -> None:
    lapd = capture_header(outgoing=True, network=True) + CONNECT_NETWORK
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 177)
    data += struct.pack(order + "IIII", 10, 20, len(lapd), len(lapd) + 5) + lapd
    (frame,) = read(data)
    assert essence(frame) == (10_000_000_000 + 20 * unit, "", OUT, CONNECT_NETWORK, True, "")
    assert frame.length == len(CONNECT_NETWORK) + 5
    assert frame.offset == 24


def capture_header(outgoing: bool, network: bool) -> bytes:
    return struct.pack(">HHH8sH", 4 * outgoing, 8445, 1, bytes([network]), 0x30)


BROKEN: list[tuple[str, bytes, str]] = [
    ("empty", b"", "offset 0: neither pcap nor pcapng: the file begins with nothing"),
    ("text", b"hello world", "begins with 68 65 6c 6c"),
    ("gzip", b"\x1f\x8b\x08\x00", "unpack it with gunzip first"),
    ("pcap header cut", bytes.fromhex("d4c3b2a1 0200"), "ends within the file header"),
    (
        "pcap version",
        struct.pack("<IHHiIII", 0xA1B2C3D4, 9, 4, 0, 0, 0, 203),
        "offset 4: pcap version 9 is not known",
    ),
    (
        "pcap record cut",
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0, 203) + b"\0" * 7,
        "offset 24: the file ends within a record header: 7 of 16",
    ),
    (
        "pcap frame too long",
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0, 203)
        + struct.pack("<IIII", 0, 0, 1 << 31, 1 << 31),
        "offset 24: a frame of 2147483648 octets",
    ),
    (
        "pcap frame cut",
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0, 203)
        + struct.pack("<IIII", 0, 0, 10, 10)
        + b"abc",
        "ends within a frame: 10 octets should follow, 3 do",
    ),
    ("byte-order magic", section("<")[:8] + b"????" + bytes(16), "magic 3f3f3f3f is not known"),
    ("section length", struct.pack("<III", 0x0A0D0D0A, 12, 0x1A2B3C4D), "has the length 12"),
    ("block length odd", section("<") + struct.pack("<II", 6, 33), "has the length 33"),
    ("block length huge", section("<") + struct.pack("<II", 6, 1 << 30), "has the length 1073741"),
    (
        "block cut",
        section("<") + struct.pack("<II", 6, 400) + b"x",
        "ends within a block of type 0x6",
    ),
    (
        "second length",
        section("<") + block("<", 9, b"")[:-4] + b"\x10\0\0\0",
        "lengths differ: 12 and 16",
    ),
    ("type cut", section("<") + b"\x06\0", "ends within a block's type"),
    ("no interface", section("<") + enhanced("<", 0, b"x"), "interface 0, but 0 are described"),
    ("interface short", section("<") + block("<", 1, b"1234"), "shorter than 8 octets"),
    (
        "packet short",
        section("<") + interface("<", 203) + block("<", 6, b"1234"),
        "a packet block of 4 octets, at least 20 needed",
    ),
    (
        "frame over block",
        section("<") + interface("<", 203) + block("<", 3, struct.pack("<I", 90) + b"1234"),
        "a frame of 90 octets in a block that has room for 4",
    ),
    (
        "option over block",
        section("<") + interface("<", 203, struct.pack("<HH", 2, 200)),
        "option 2 has 200 octets, but its block has 0",
    ),
    (
        "no pseudo header",
        section("<") + interface("<", 177) + enhanced("<", 0, b"bare"),
        "no pseudo header of link type 177 (LINUX_LAPD): 62 61 72 65",
    ),
]


@pytest.mark.parametrize(("data", "want"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_broken_files(data: bytes, want: str) -> None:
    frames, error = read_broken(data)
    assert frames == []
    assert error is not None
    assert want in str(error)
    assert str(error).startswith(f"capture, offset {error.offset}: ")
    assert 0 <= error.offset <= len(data)


def test_every_truncation_yields_what_is_whole() -> None:
    whole = sample()
    offsets = [frame.offset for frame in read(whole)]
    ends = offsets[1:]
    for cut in range(len(whole)):
        frames, _ = read_broken(whole[:cut])
        assert len(frames) >= sum(end <= cut for end in ends)
        assert [essence(frame) for frame in frames] == EXPECTED[: len(frames)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10_000), st.sampled_from(["set", "cut", "insert"]), st.binary(max_size=8)
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
@settings(max_examples=400)
def test_mutated_files(changes: list[tuple[int, str, bytes]], classic: bool) -> None:
    """Whatever is done to a file, a reader ends, with frames within bounds, or a CaptureError."""
    data = sample()
    if classic:
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0, 203)
        data += (
            struct.pack("<IIII", 0, 0, 5, 5) + b"12345" + struct.pack("<IIII", 0, 0, 1, 1) + b"1"
        )
    for where, what, octets in changes:
        at = where % len(data)
        if what == "set":
            data = data[:at] + octets + data[at + len(octets) :]
        elif what == "cut":
            data = data[:at] + data[at + len(octets) :]
        else:
            data = data[:at] + octets + data[at:]
    frames, error = read_broken(data)
    assert sum(len(frame.data) for frame in frames) <= len(data)
    if error is not None:
        assert error.offset <= len(data)


@given(st.binary(max_size=400))
def test_garbage_after_a_good_header(garbage: bytes) -> None:
    read_broken(section("<") + interface("<", 203) + garbage)
    read_broken(struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 0, 177) + garbage)


# ---- tshark and editcap as referees


def tool(*command: str | pathlib.Path) -> str:
    try:
        done = subprocess.run(
            [str(c) for c in command], check=False, capture_output=True, text=True, timeout=300
        )
    except FileNotFoundError:
        pytest.fail(f"{command[0]} is missing: apt-get install tshark wireshark-common")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def written(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "trunkd.pcapng"
    path.write_bytes(sample())
    return path


@pytest.mark.peer
def test_tshark_reads_what_we_write(written: pathlib.Path) -> None:
    packets = json.loads(tool("tshark", "-r", written, "-T", "json", "-J", "frame lapd q931"))
    layers = [packet["_source"]["layers"] for packet in packets]
    frames = [layer["frame"] for layer in layers]
    names = [frame["frame.interface_id_tree"]["frame.interface_name"] for frame in frames]
    assert names == [expected[1] for expected in EXPECTED]
    assert [
        frame["frame.interface_id_tree"]["frame.interface_description"] for frame in frames
    ] == ["span 1 timeslot 16, user side"] * 2 + ["span 2 timeslot 16"] * 2
    flags = [int(frame["frame.packet_flags"], 16) & 3 for frame in frames]
    assert flags == [OUT, IN, IN, OUT]
    assert [frame["frame.time_epoch"] for frame in frames] == [
        f"{t // 10**9}.{t % 10**9:09d}" for t, *_ in EXPECTED
    ]
    assert all("q931" in layer for layer in layers[2:])


@pytest.mark.peer
def test_tshark_finds_nothing_wrong(written: pathlib.Path) -> None:
    bad = tool("tshark", "-r", written, "-Y", "_ws.malformed or _ws.expert.severity >= 0x400000")
    assert bad == ""
    listing = tool("tshark", "-r", written, "-Y", "lapd", "-T", "fields", "-e", "lapd.direction")
    # User to network is 0, network to user 1.
    assert listing.split() == ["0", "1", "0", "1"]
    info = tool("tshark", "-r", written).splitlines()
    assert "SABME" in info[0]
    assert "UA" in info[1]
    assert "SETUP" in info[2]
    assert "CONNECT" in info[3]
    notes = tool("tshark", "-r", written, "-T", "fields", "-e", "frame.comment")
    assert "LOS raised at 12:00:00" in notes.splitlines()[2]


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "pcapng"])
def test_we_read_what_editcap_writes(
    written: pathlib.Path, tmp_path: pathlib.Path, kind: str
) -> None:
    copy = tmp_path / f"copy.{kind}"
    tool("editcap", "-F", kind, written, copy)
    frames = list(read_capture(copy))
    for frame, (time_ns, name, direction, data, network, comment) in zip(
        frames, EXPECTED, strict=True
    ):
        assert (frame.direction, frame.data, frame.network) == (direction, data, network)
        if kind == "pcapng":
            assert (frame.interface, frame.comment, frame.time_ns) == (name, comment, time_ns)
        else:
            assert frame.time_ns == (time_ns // 1000 * 1000 if kind == "pcap" else time_ns)


@pytest.mark.peer
def test_we_read_what_tshark_writes(written: pathlib.Path, tmp_path: pathlib.Path) -> None:
    copy = tmp_path / "copy.pcapng"
    tool("tshark", "-r", written, "-w", copy)
    assert [essence(frame)[:5] for frame in read_capture(copy)] == [e[:5] for e in EXPECTED]
    cut = tmp_path / "cut.pcapng"
    tool("editcap", "-s", "10", written, cut)
    frames = list(read_capture(cut))
    assert [len(frame.data) for frame in frames] == [3, 3, 10, 9]
    assert [frame.length for frame in frames] == [len(e[3]) for e in EXPECTED]
