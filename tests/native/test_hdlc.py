"""HDLC in C against a slow bit-by-bit reference, known vectors, random garbage."""

from __future__ import annotations

import importlib.util
import pathlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.native import wrap
from trunkd.native.wrap import HdlcDecoder, HdlcEncoder, HdlcIndication, hdlc_fcs

_spec = importlib.util.spec_from_file_location(
    "hdlc_reference", pathlib.Path(__file__).with_name("hdlc_reference.py")
)
assert _spec and _spec.loader
ref = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ref)

NAMES = {
    wrap.HDLC_FRAME: "frame",
    wrap.HDLC_FCS: "fcs",
    wrap.HDLC_ABORT: "abort",
    wrap.HDLC_SHORT: "short",
    wrap.HDLC_LONG: "long",
    wrap.HDLC_OCTET: "octet",
    wrap.HDLC_FLAG: "flag",
    wrap.HDLC_IDLE: "idle",
}
FLAG = [0, 1, 1, 1, 1, 1, 1, 0]

# Octets that lean to long runs of ones, beside any others.
frame_octets = st.one_of(
    st.binary(min_size=2, max_size=264),
    st.lists(st.sampled_from([0xFF, 0x7E, 0xF8, 0x1F, 0xFE, 0x3F, 0x00, 0xFC]), min_size=2).map(
        lambda octets: bytes(octets[:264])
    ),
)


def chunks(line: bytes, sizes: list[int]) -> list[bytes]:
    """``line`` cut into pieces of the sizes given, over and over."""
    out = []
    at = i = 0
    while at < len(line):
        out.append(line[at : at + sizes[i % len(sizes)]])
        at += sizes[i % len(sizes)]
        i += 1
    return out


def decode(decoder: HdlcDecoder, *lines: bytes) -> list[tuple[str, bytes]]:
    return [(NAMES[x.kind], x.frame) for line in lines for x in decoder.decode(line)]


@pytest.mark.parametrize(
    ("frame", "fcs"),
    [
        # Check value of CRC-16/X-25, "123456789" -> 0x906E, low octet first.
        (b"123456789", "6e90"),
        # The example in the annex of ISO 3309: a command SABM with P = 1, sent to address 03.
        (bytes.fromhex("033f"), "5bec"),
    ],
)
def test_fcs_vectors(frame: bytes, fcs: str) -> None:
    assert ref.fcs16(frame).hex() == fcs
    assert hdlc_fcs(frame).hex() == fcs


@given(st.binary(max_size=300))
def test_fcs_is_the_reference_s(octets: bytes) -> None:
    assert hdlc_fcs(octets) == ref.fcs16(octets)


def test_known_line() -> None:
    """Worked by hand: flag, 00 01 7F, FCS, flag; the first HDLC bit is the MSB of the octet."""
    encoder = HdlcEncoder()
    encoder.send(bytes.fromhex("00017f"))
    bits = ref.line_bits(encoder.encode(9))
    # 7F is 1111111 0 LSB first: a zero goes in behind the fifth one.
    assert bits[:33] == FLAG + [0] * 8 + [1] + [0] * 7 + [1, 1, 1, 1, 1, 0, 1, 1, 0]


@given(
    frames=st.lists(frame_octets, max_size=6),
    gaps=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    mark=st.booleans(),
    align=st.booleans(),
    between=st.integers(1, 4),
    sizes=st.lists(st.integers(1, 33), min_size=1, max_size=6),
)
def test_encoder_sends_what_the_reference_reads(
    frames: list[bytes],
    gaps: list[int],
    mark: bool,
    align: bool,
    between: int,
    sizes: list[int],
) -> None:
    encoder = HdlcEncoder(mark=mark, align=align, flags_between=between)
    line = b""
    for i, frame in enumerate(frames):
        encoder.send(frame)
        line += encoder.encode(gaps[i % len(gaps)])
    while encoder.pending:
        line += encoder.encode(sizes[len(line) % len(sizes)])
    line += encoder.encode(12)
    reference = ref.ReferenceDecoder()
    reference.feed(ref.line_bits(line))
    assert reference.found == [("frame", frame) for frame in frames]
    assert decode(HdlcDecoder(), *chunks(line, sizes)) == [("frame", f) for f in frames]


@given(frames=st.lists(frame_octets, min_size=1, max_size=4), between=st.integers(1, 3))
def test_encoder_is_bit_exact(frames: list[bytes], between: int) -> None:
    """Frames given in time follow each other with exactly the flags asked for."""
    want = list(FLAG)
    for frame in frames:
        want += ref.frame_bits(frame) + FLAG * between
    encoder = HdlcEncoder(flags_between=between)
    for frame in frames:
        encoder.send(frame)
    got = ref.line_bits(encoder.encode(len(want) // 8 + 40))
    fill = FLAG * ((len(got) - len(want)) // 8 + 1)
    assert got == (want + fill)[: len(got)]


@given(
    plan=st.lists(
        st.one_of(
            frame_octets.map(lambda f: ("frame", f)),
            st.integers(1, 30).map(lambda n: ("flags", n)),
            st.integers(1, 20).map(lambda n: ("shared", n)),
            st.integers(7, 40).map(lambda n: ("mark", n)),
            st.lists(st.integers(0, 1), max_size=60).map(lambda b: ("noise", b)),
            st.tuples(frame_octets, st.integers(0, 2000)).map(lambda f: ("flip", f)),
            st.tuples(frame_octets, st.integers(0, 200)).map(lambda f: ("abort", f)),
        ),
        max_size=10,
    ),
    shift=st.integers(0, 7),
    sizes=st.lists(st.integers(1, 33), min_size=1, max_size=6),
    limits=st.sampled_from([(264, 2), (260, 3), (20, 2), (1, 0), (64, 8)]),
    raw=st.booleans(),
)
@settings(max_examples=300)
def test_decoder_reads_what_the_reference_reads(
    plan: list[tuple[str, object]],
    shift: int,
    sizes: list[int],
    limits: tuple[int, int],
    raw: bool,
) -> None:
    line = ref.line_octets([1] * shift + [bit for step in plan for bit in planned(step)] + FLAG * 2)
    reference = ref.ReferenceDecoder(*limits, raw)
    reference.feed(ref.line_bits(line))
    for cut in ([len(line)], sizes, [1]):
        decoder = HdlcDecoder(*limits, raw=raw)
        assert decode(decoder, *chunks(line, cut)) == reference.found
        check_counts(decoder, reference.found)


def planned(step: tuple[str, object]) -> list[int]:
    """The bits of one step of a plan."""
    kind, what = step
    if kind == "frame":
        return FLAG + ref.frame_bits(what) + FLAG
    if kind == "flags":
        return FLAG * what
    if kind == "shared":
        return [0] + [1, 1, 1, 1, 1, 1, 0] * what
    if kind == "mark":
        return [1] * what
    if kind == "noise":
        return list(what)
    frame, where = what
    bits = FLAG + ref.frame_bits(frame) + FLAG
    if kind == "flip":
        bits[where % len(bits)] ^= 1
        return bits
    return bits[: 8 + where % (len(bits) - 16)] + [1] * 7


def check_counts(decoder: HdlcDecoder, found: list[tuple[str, bytes]]) -> None:
    counts = decoder.counts()
    names = [name for name, _ in found]
    assert counts.frames == names.count("frame")
    assert counts.octets == sum(len(frame) for _, frame in found)
    assert counts.fcs == names.count("fcs")
    assert counts.aborts == names.count("abort")
    assert counts.shorts == names.count("short")
    assert counts.longs == names.count("long")
    assert counts.unaligned == names.count("octet")


@pytest.mark.parametrize("seed", range(4))
def test_garbage(seed: int) -> None:
    """Random octets and flags: the reference finds the same in them, in any pieces."""
    rng = random.Random(seed)
    line = bytes(rng.choice((rng.getrandbits(8), rng.getrandbits(8), 0x7E)) for _ in range(20_000))
    reference = ref.ReferenceDecoder(6, 0)
    reference.feed(ref.line_bits(line))
    pieces = chunks(line, [rng.randrange(1, 50) for _ in range(40)])
    assert decode(HdlcDecoder(6, 0), *pieces) == reference.found
    assert {name for name, _ in reference.found} >= {"abort", "octet", "fcs", "long"}


def test_abort_breaks_the_frame_off() -> None:
    for mark in (False, True):
        encoder = HdlcEncoder(mark=mark)
        encoder.send(bytes(100))
        line = encoder.encode(50)
        assert encoder.abort()
        assert not encoder.abort()
        encoder.send(b"after")
        line += encoder.encode(30)
        assert decode(HdlcDecoder(), line) == [("abort", b""), ("frame", b"after")]


def test_abort_before_the_first_bit_leaves_no_trace() -> None:
    encoder = HdlcEncoder()
    encoder.send(b"never sent")
    line = encoder.encode(1)
    encoder.send(b"then this")
    assert encoder.abort()
    assert decode(HdlcDecoder(), line + encoder.encode(40)) == [("frame", b"then this")]


def test_mark_is_no_abort_and_idle_is_told_once() -> None:
    decoder = HdlcDecoder(report_idle=True)
    encoder = HdlcEncoder(mark=True)
    encoder.send(b"one")
    line = encoder.encode(600)
    assert decode(decoder, line) == [("idle", b""), ("frame", b"one"), ("idle", b"")][1:]
    assert decoder.idle
    assert decode(decoder, encoder.encode(600)) == []
    assert decode(decoder, b"\x7e") == []
    assert not decoder.idle
    assert decoder.counts().aborts == 0


@pytest.mark.parametrize("ones", [7, 8, 14, 15, 16, 100])
def test_idle_is_fifteen_ones(ones: int) -> None:
    decoder = HdlcDecoder(report_idle=True)
    line = ref.line_octets(FLAG + FLAG + [1] * ones + FLAG, fill=0)
    assert decode(decoder, line) == ([("idle", b"")] if ones >= 15 else [])


@pytest.mark.parametrize("shift", range(8))
@pytest.mark.parametrize("octets", [1, 7, 64, 65, 1000])
def test_idle_flags_at_every_rotation(shift: int, octets: int) -> None:
    """The fast path over idle flags ends where the next frame begins."""
    line = ref.line_octets([1] * shift + FLAG * octets + ref.frame_bits(b"hello") + FLAG)
    for cut in (len(line), 3, 100):
        decoder = HdlcDecoder()
        assert decode(decoder, *chunks(line, [cut])) == [("frame", b"hello")]
        assert sum(decoder.counts()) == 1 + len("hello")


def test_every_flag_reported() -> None:
    decoder = HdlcDecoder(report_flags=True)
    line = ref.line_octets(FLAG * 3 + ref.frame_bits(b"abc") + FLAG + FLAG[1:], fill=0)
    assert [name for name, _ in decode(decoder, line)] == ["flag"] * 3 + ["frame", "flag"]


def test_flags_sharing_a_zero() -> None:
    line = ref.line_octets([0] + FLAG[1:] * 9 + ref.frame_bits(b"shared") + FLAG + FLAG[1:])
    assert decode(HdlcDecoder(), line) == [("frame", b"shared")]


def test_align_puts_opening_flags_on_octets() -> None:
    for mark in (False, True):
        encoder = HdlcEncoder(mark=mark, align=True)
        line = b""
        for k in range(40):
            encoder.send(bytes([0xFF] * (k + 2)))
            line += encoder.encode(k + 30)
            assert line[-1] == (0xFF if mark else 0x7E)
        assert len(decode(HdlcDecoder(), line)) == 40


def test_octets_used_count_the_line() -> None:
    """Octet counting for Q.703: what indications report adds up to the octets read."""
    encoder = HdlcEncoder()
    for k in range(20):
        encoder.send(bytes([k]) * 10)
    line = encoder.encode(400)
    found: list[HdlcIndication] = list(HdlcDecoder().decode(line))
    assert len(found) == 20
    assert 20 * 13 <= sum(x.octets for x in found) < 20 * 14


def test_raw_frames_keep_what_is_there() -> None:
    encoder = HdlcEncoder(raw=True)
    encoder.send(b"no check at all")
    line = encoder.encode(40)
    assert decode(HdlcDecoder(raw=True), line) == [("frame", b"no check at all")]
    assert decode(HdlcDecoder(), line) == [("fcs", b"")]


@pytest.mark.parametrize(
    "call",
    [
        lambda: HdlcDecoder(0),
        lambda: HdlcDecoder(65536),
        lambda: HdlcDecoder(10, 11),
        lambda: HdlcDecoder(10, -1),
        lambda: HdlcEncoder(flags_between=0),
        lambda: HdlcEncoder(flags_between=256),
        lambda: HdlcEncoder().send(b""),
        lambda: HdlcEncoder(10).send(bytes(11)),
    ],
)
def test_wrong_calls_are_refused(call: object) -> None:
    with pytest.raises(LocalError, match=r"give|send"):
        call()  # type: ignore[operator]


def test_c_refuses_what_the_wrapper_would() -> None:
    """The C functions check for themselves: other callers have no wrapper."""
    ffi, lib = wrap.ffi, wrap.lib
    encoder = ffi.cast("td_hdlc_encoder *", ffi.new("uint64_t[]", 64))
    memory = ffi.new("uint64_t[]", 64)
    encoder = ffi.cast("td_hdlc_encoder *", memory)
    for bad in ((0, 0, 0, 1), (65536, 0, 0, 1), (10, 0, 0, 0), (10, 0, 0, 256)):
        assert lib.td_hdlc_encoder_init(encoder, ffi.new("td_hdlc_config *", bad)) < 0
    assert lib.td_hdlc_encoder_init(encoder, ffi.new("td_hdlc_config *", (10, 0, 0, 1))) == 0
    frame = ffi.new("uint8_t[]", 20)
    assert lib.td_hdlc_send(encoder, frame, 0) < 0
    assert lib.td_hdlc_send(encoder, frame, 11) < 0
    assert lib.td_hdlc_send(encoder, frame, 10) == 0
    assert lib.td_hdlc_send(encoder, frame, 10) < 0
    decoder = ffi.cast("td_hdlc_decoder *", memory)
    for bad in ((0, 0, 0, 1), (65536, 0, 0, 1), (10, 11, 0, 1)):
        assert lib.td_hdlc_decoder_init(decoder, ffi.new("td_hdlc_config *", bad)) < 0
