"""MTP2 at line speed in C against a model of Q.703 clause 4 that takes one bit at a time."""

from __future__ import annotations

import importlib.util
import pathlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.native.wrap_mtp2 import ERRORS, SU, Mtp2Decoder, Mtp2Encoder, Mtp2Framer, Mtp2Indication

_spec = importlib.util.spec_from_file_location(
    "hdlc_reference", pathlib.Path(__file__).with_name("hdlc_reference.py")
)
assert _spec and _spec.loader
ref = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ref)

FLAG = [0, 1, 1, 1, 1, 1, 1, 0]
FISU = bytes.fromhex("ffff00")
SIO = bytes.fromhex("ffff0100")
SIE = bytes.fromhex("ffff020200")
MSU = bytes.fromhex("80813f") + bytes(range(80))


def is_fill_in(su: bytes) -> bool:
    return len(su) >= 3 and su[2] & 0x3F <= 2 and len(su) == 3 + (su[2] & 0x3F)


class Reference(ref.ReferenceDecoder):
    """``seen``: b"" for a good fill-in that is not told, None for an error, else the SU told."""

    def __init__(self, told: int = 2) -> None:
        super().__init__(276, 3)
        self.told = told
        self.seen: list[bytes | None] = []
        self.counting = self.flags = False
        self.octets = self.entered = 0
        self.last, self.equal = b"", 0

    def read(self, line: bytes) -> None:
        for octet in line:
            if self.counting:
                self.octets += 1
                if self.octets == 16:
                    self.octets = 0
                    self.error()
            for bit in ref.line_bits(bytes([octet])):
                self.bit(bit)
            if not self.flags and not self.counting:
                self.octets += 1
                if self.octets > 278:
                    self.count()

    def bit(self, bit: int) -> None:
        in_frame = self.data is not None
        self.feed([bit])
        self.flags = self.flags or self.data is not None
        found, self.found = self.found, []
        if (in_frame and self.data is None) or (self.ones >= 15 and not self.flags):
            self.count()  # seven ones, or too long
        for name, su in found:
            if name == "frame":
                self.good(su)
            elif not self.counting:
                self.error()

    def count(self) -> None:
        if not self.counting:
            self.counting, self.octets, self.equal = True, 0, 0
            self.entered += 1

    def error(self) -> None:
        self.seen.append(None)
        self.equal = 0

    def good(self, su: bytes) -> None:
        self.counting = False
        same = self.equal and su == self.last
        self.equal = 0 if not is_fill_in(su) else self.equal + 1 if same else 1
        self.last = su
        self.seen.append(su if self.equal <= self.told else b"")


def flat(found: list[Mtp2Indication]) -> list[bytes | None]:
    """One entry a signal unit, as in Reference.seen."""
    seen: list[bytes | None] = []
    for kind, su, sus, errors in found:
        assert (kind == ERRORS) == (errors > 0) == (su == b"")
        own = [su] if kind == SU else [None] * errors
        seen += [b""] * (sus - len(own)) + own
    return seen


def check(line: bytes, sizes: list[int], told: int = 2) -> Reference:
    """C and model find the same in a line, however it is cut."""
    reference = Reference(told)
    reference.read(line)
    for cut in ([len(line) or 1], sizes, [1]):
        decoder = Mtp2Decoder(told=told)
        found, at, i = [], 0, 0
        while at < len(line):
            found += decoder.decode(line[at : at + cut[i % len(cut)]])
            at += cut[i % len(cut)]
            i += 1
        seen = flat(found)
        assert seen == reference.seen[: len(seen)]
        assert set(reference.seen[len(seen) :]) <= {b""}
        assert decoder.counting == reference.counting
        assert decoder.counts() == (
            len(reference.seen),
            reference.seen.count(None),
            reference.seen.count(b""),
            reference.entered,
            0,
        )
    return reference


units = st.one_of(
    st.sampled_from([FISU, FISU, SIO, SIE, MSU, bytes(3), bytes.fromhex("ff7f00")]),
    st.binary(min_size=1, max_size=40),
    st.binary(min_size=1, max_size=290),
)
steps = st.one_of(
    st.tuples(units, st.integers(1, 6)).map(lambda x: ("su", *x)),
    st.tuples(units, st.integers(0, 500)).map(lambda x: ("flip", *x)),
    st.tuples(units, st.integers(0, 500)).map(lambda x: ("abort", *x)),
    st.integers(1, 40).map(lambda n: ("flags", n)),
    st.integers(7, 400).map(lambda n: ("ones", n)),
    st.lists(st.integers(0, 1), max_size=80).map(lambda bits: ("noise", bits)),
    st.tuples(st.integers(270, 700), st.sampled_from([0xFF, 0, 0x55, 0xF8])).map(
        lambda x: ("long", bytes([x[1]]) * x[0])
    ),
)


def planned(step: tuple[object, ...]) -> list[int]:
    kind, what = step[0], step[1]
    if kind == "su":
        return (ref.frame_bits(what) + FLAG) * step[2]
    if kind == "flip":
        bits = ref.frame_bits(what) + FLAG
        bits[step[2] % len(bits)] ^= 1
        return bits
    if kind == "abort":
        bits = ref.frame_bits(what)
        return bits[: step[2] % len(bits)] + [1] * 7 + FLAG
    if kind == "flags":
        return FLAG * what
    if kind == "ones":
        return [1] * what + FLAG
    if kind == "long":
        return ref.frame_bits(what) + FLAG
    return list(what)


@given(
    plan=st.lists(steps, max_size=12),
    lead=st.one_of(st.integers(0, 40), st.integers(2200, 2400)),
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=6),
    told=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_decoder_reads_what_the_model_reads(
    plan: list[tuple[object, ...]], lead: int, sizes: list[int], told: int
) -> None:
    bits = [0] * lead + FLAG + [bit for step in plan for bit in planned(step)] + FLAG
    check(ref.line_octets(bits, fill=0), sizes, told)


@pytest.mark.parametrize("seed", range(3))
def test_garbage(seed: int) -> None:
    """Random octets with flags and fill-ins among them."""
    rng = random.Random(seed)
    line = b""
    while len(line) < 6000:
        line += rng.randbytes(rng.choice((1, 5, 30, 400)))
        line += ref.line_octets((FLAG + ref.frame_bits(FISU)) * rng.randrange(5) + FLAG)
    reference = check(line, [rng.randrange(1, 50) for _ in range(40)])
    assert reference.entered > 10
    assert {None, b"", FISU} <= set(reference.seen)


@given(
    plan=st.lists(
        st.tuples(
            st.lists(units.filter(lambda su: len(su) <= 276), max_size=4), st.integers(1, 90)
        ),
        max_size=8,
    )
)
@settings(max_examples=50, deadline=None)
def test_encoder_is_bit_exact(plan: list[tuple[list[bytes], int]]) -> None:
    """From the first fill-in on one flag between any two; what waits goes first, in order; else the
    fill-in goes on, behind another unit the FISU with its numbers."""
    encoder = Mtp2Encoder()
    encoder.send(SIO)
    waiting = [SIO]
    line = b""
    for sus, octets in [*plan, ([], 2000)]:
        for su in sus:
            encoder.send(su)
        waiting += sus
        line += encoder.encode(octets)
    reader = ref.ReferenceDecoder(276, 0)
    reader.feed(ref.line_bits(line))
    sent, fill_in = [], b""
    for name, su in reader.found:
        assert name == "frame"
        if waiting and su == waiting[0]:
            waiting.pop(0)
            fill_in = su if is_fill_in(su) else su[:2] + b"\0" if len(su) > 2 else fill_in
        else:
            assert su == fill_in
        sent.append(su)
    assert not waiting
    want = FLAG + [bit for su in sent for bit in ref.frame_bits(su) + FLAG]
    assert ref.line_bits(line)[: len(want)] == want


def test_a_fill_in_goes_on_and_is_told_twice() -> None:
    near, far = Mtp2Framer(), Mtp2Framer()
    assert far.decode(near.encode(100)) == []
    near.send(FISU)
    found = [x for _ in range(100) for x in far.decode(near.encode(1))]
    assert found == [(SU, FISU, 1, 0)] * 2
    filtered = far.counts().filtered
    assert filtered == far.counts().sus - 2 > 10
    assert near.counts().repeated - filtered in (2, 3)  # two were told; some are on their way
    for su in (MSU, MSU, FISU):
        near.send(su)
    found = far.decode(near.encode(300))
    assert [x.su for x in found] == [MSU, MSU, FISU, FISU]
    assert [x.sus for x in found[1:]] == [1, 1, 1]
    assert found[0].sus - filtered in (2, 3)
    near.send(MSU)
    own = MSU[:2] + b"\0"
    assert [x.su for x in far.decode(near.encode(300))] == [MSU, own, own]


def test_every_fill_in_given_is_sent_at_least_once() -> None:
    framer = Mtp2Framer()
    given_sus = [SIO, SIE, SIO, FISU, bytes(3), FISU]
    for su in given_sus:
        framer.send(su)
    assert framer.waiting == 6
    assert [x.su for x in framer.decode(framer.encode(50))][:6] == given_sus
    assert framer.waiting == 0


def test_an_error_between_opens_the_filter_again() -> None:
    framer = Mtp2Framer()
    framer.send(FISU)
    framer.decode(framer.encode(60))
    framer.send(FISU, bad=True)
    found = framer.decode(framer.encode(60))
    assert [(x.kind, x.su, x.errors) for x in found] == [
        (ERRORS, b"", 1),
        (SU, FISU, 0),
        (SU, FISU, 0),
    ]
    assert found[0].sus > 2


def test_a_genuine_repeat_is_never_filtered() -> None:
    """MSUs pass however equal; so does a fill-in with an MSU between; LI must fit a fill-in."""
    framer = Mtp2Framer(max_octets=300)
    odd = bytes.fromhex("ffff00aa")  # four octets that say they are three
    given_sus = [MSU] * 5 + [FISU, MSU, FISU, MSU, FISU] + [odd] * 4 + [SIE]
    for su in given_sus:
        framer.send(su)
    found = framer.decode(framer.encode(1200))
    assert [x.su for x in found][: len(given_sus)] == given_sus


def test_octet_counting() -> None:
    """Entering is no error; each 16 octets are one; a bad SU is none; the next good one ends it."""
    framer = Mtp2Framer()
    framer.send(FISU)
    framer.decode(framer.encode(60))
    before = framer.counts().errors
    assert framer.decode(b"\xff") == [] and framer.counting
    assert framer.decode(b"\xff" * 15) == []
    (found,) = framer.decode(b"\xff")
    assert (found.kind, found.errors) == (ERRORS, 1)
    assert [x.errors for x in framer.decode(b"\xff" * 16 * 63)] == [63]
    bad = Mtp2Encoder()
    bad.send(b"\x00", bad=True)
    assert framer.decode(bad.encode(8)) == [] and framer.counting
    assert framer.counts().errors == before + 64
    found = framer.decode(framer.encode(30))
    assert [x.su for x in found if x.su] == [FISU, FISU]
    assert not framer.counting and framer.counts().counting == 1


@pytest.mark.parametrize(("octets", "good"), [(275, True), (276, True), (277, False)])
def test_longest(octets: int, good: bool) -> None:
    """272 octets of SIF pass; one more begins octet counting mode (Q.703 4.1.3: m + 7)."""
    sender, receiver = Mtp2Encoder(400), Mtp2Decoder()
    sender.send(bytes([0, 0, 63]) + bytes(octets - 3))
    line = sender.encode(octets + 10)
    assert [x.kind for x in receiver.decode(line)] == ([SU] if good else [])
    assert receiver.counting != good


@pytest.mark.parametrize("octets", [1, 2])
def test_too_short(octets: int) -> None:
    sender, receiver = Mtp2Encoder(), Mtp2Decoder()
    sender.send(bytes(octets))
    assert receiver.decode(sender.encode(20)) == [(ERRORS, b"", 1, 1)]


def test_a_line_without_flags_is_found_out() -> None:
    """Idle octets of a voice timeslot: no flag, no ones; counted after m + 7 octets."""
    receiver = Mtp2Decoder()
    assert receiver.decode(b"\xd5" * 278) == [] and not receiver.counting
    assert [x.errors for x in receiver.decode(b"\xd5" * 161)] == [10]


def test_an_su_is_broken_off() -> None:
    framer = Mtp2Framer()
    framer.send(MSU)
    line = framer.encode(20)
    assert framer.tx.abort() and not framer.tx.abort()
    framer.send(FISU)
    found = framer.decode(line + framer.encode(20))
    assert framer.counts().counting == 1
    assert [x.su for x in found] == [FISU, FISU]


@pytest.mark.parametrize(
    "call",
    [
        lambda: Mtp2Decoder(4),
        lambda: Mtp2Decoder(276, 0),
        lambda: Mtp2Decoder(65536),
        lambda: Mtp2Encoder(4),
        lambda: Mtp2Framer().send(b""),
        lambda: Mtp2Framer().send(bytes(277)),
    ],
)
def test_wrong_calls_are_refused(call: object) -> None:
    with pytest.raises(LocalError, match=r"give|send"):
        call()  # type: ignore[operator]
