"""What is encoded is decoded to the same, whatever octets come nothing raises."""

from __future__ import annotations

import random

import isup_generator as g
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.dissect_tree import SENT
from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.dissect_isup import dissect_isup
from trunkd.signaling.ss7.isup_messages_optional import OPTIONAL
from trunkd.signaling.ss7.isup_messages_table import (
    CHINA_ROWS,
    ENCODED,
    LAYOUTS_CHINA,
    LAYOUTS_Q767,
    Q767_KINDS,
    ROWS,
    VARIANTS,
)
from trunkd.signaling.ss7.isup_names import PARAMETERS

ALL_KINDS = [row.kind for row in ROWS + CHINA_ROWS]
CODES = sorted(set(PARAMETERS) - {p.END_OF_OPTIONAL, p.RANGE_AND_STATUS})


@pytest.mark.parametrize("kind", ALL_KINDS, ids=[ENCODED[kind].name for kind in ALL_KINDS])
def test_messages_come_back(kind: int) -> None:
    rng = random.Random(kind)
    for share in (0.0, 0.2, 0.5, 1.0):
        for _ in range(10):
            made = g.message(rng, kind, share)
            wire = made.encode()
            read = m.decode(wire, LAYOUTS_CHINA)
            assert read.faults == []
            assert (read.kind, read.cic, read.known) == (kind, made.cic, True)
            assert read.parameters == made.parameters
            assert list(read.parameters) == list(made.parameters)
            assert read.unrecognized == []
            assert m.encode(
                m.IsupMessage(kind, made.cic, read.parameters, None, b"", read.body)
            ) == (wire)


@pytest.mark.parametrize("code", CODES, ids=[PARAMETERS[code] for code in CODES])
def test_parameters_come_back(code: int) -> None:
    """Reading what a constructor made gives every attribute back."""
    rng = random.Random(code)
    for _ in range(40):
        made = g.parameter(rng, code)
        read = p.read(code, made.octets)
        assert type(read) is type(made)
        assert vars_of(read) == vars_of(made)


def vars_of(parameter: p.Parameter) -> dict[str, object]:
    names = [name for name in dir(parameter) if not name.startswith("_")]
    return {n: v for n in names if not callable(v := getattr(parameter, n))}


def test_every_kind_of_range() -> None:
    for size in range(256):
        marks = [index % 3 == 0 for index in range(size + 1)]
        made = p.RangeAndStatus(size, p.status_of(marks))
        read = p.read(p.RANGE_AND_STATUS, made.octets)
        assert isinstance(read, p.RangeAndStatus)
        assert read.complete and read.count == size + 1
        assert [read.marked(index) for index in range(read.count)] == marks
        assert read.circuits(7) == tuple(7 + at for at, mark in enumerate(marks) if mark)


def test_groups_of_circuits() -> None:
    first, named = p.group_of((9, 3, 4))
    assert first == 3 and named.range == 6 and named.circuits(first) == (3, 4, 9)
    with pytest.raises(LocalError, match="no circuit"):
        p.group_of(())
    with pytest.raises(LocalError, match="256"):
        p.group_of((1, 257))


@settings(max_examples=1500, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(sorted(VARIANTS)))
def test_any_octets_are_read_and_kept(data: bytes, variant: str) -> None:
    read = m.decode(data, VARIANTS[variant])
    assert read.encode() == data
    for code in read.parameters:
        read.read(code)
    assert dissect_isup(data, SENT, VARIANTS[variant]).summary


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(ALL_KINDS), st.data())
def test_damaged_messages_are_read_and_kept(seed: int, kind: int, data: st.DataObject) -> None:
    """Cut, or with an octet changed: what is readable is read, what is not is a fault."""
    wire = bytearray(g.message(random.Random(seed), kind, 0.3).encode())
    if data.draw(st.booleans()):
        del wire[data.draw(st.integers(0, len(wire))) :]
    else:
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    read = m.decode(bytes(wire), LAYOUTS_CHINA)
    assert read.encode() == bytes(wire)
    for code in read.parameters:
        for parameter in read.read_all(code):
            assert isinstance(parameter, p.Parameter)
    dissected = dissect_isup(bytes(wire), SENT, LAYOUTS_CHINA)
    assert len(read.faults) <= len(dissected.reasons())


@given(st.integers(1, 255), st.binary(max_size=40))
@settings(max_examples=1500, deadline=None)
def test_any_contents_are_read_and_kept(code: int, contents: bytes) -> None:
    assert p.read(code, contents).octets == contents


@given(
    st.sampled_from([row.kind for row in ROWS if row.optional]),
    st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=20)), max_size=8),
)
@settings(max_examples=500, deadline=None)
def test_unknown_parameters_survive(kind: int, extra: list[tuple[int, bytes]]) -> None:
    """Unknown, unexpected and repeated parameters are kept, in order and encoded unchanged."""
    base = g.message(random.Random(1), kind, 0.0)
    layout = ENCODED[kind]
    extra = [item for item in extra if item[0] not in layout.mandatory]
    made = m.message(
        kind,
        base.cic,
        [p.Parameter(*item) for item in base.parameters.items()]
        + [p.Parameter(*item) for item in extra],
    )
    read = m.decode(made.encode())
    assert read.faults == []
    again = m.encode(m.IsupMessage(kind, read.cic, read.parameters, read.repeats))
    assert again == made.encode()
    for code, _ in extra:
        assert [x.octets for x in read.read_all(code)] == [o for c, o in extra if c == code]
        assert (code in read.unrecognized) == (code not in OPTIONAL[kind])


def test_unknown_message_keeps_its_optional_part() -> None:
    """Its compatibility information can be read (Q.764 2.9.5.3)."""
    wanted = p.MessageCompatibility(p.Instruction(notify=True, discard_message=True, broadband=0))
    part = bytes((p.MESSAGE_COMPATIBILITY, 1)) + wanted.octets
    data = b"\x05\x00\x7f\x01" + part + b"\x99\x02ab\x00"
    read = m.decode(data)
    assert not read.known and read.faults == [] and read.unrecognized == []
    found = read.read(p.MESSAGE_COMPATIBILITY)
    assert isinstance(found, p.MessageCompatibility)
    assert found.instruction == wanted.instruction
    assert read.encode() == data and read.body == data[3:]
    for other in (
        b"\x05\x00\x7f",
        b"\x05\x00\x7f\x00",
        b"\x05\x00\x7f\xff\x01",
        b"\x05\x00\x7f\x01\x99",
    ):
        read = m.decode(other)
        assert not read.known and read.faults == [] and read.parameters == {}
        assert read.encode() == other


def test_variants_know_their_messages() -> None:
    for kind in range(256):
        data = bytes((1, 0, kind)) + bytes.fromhex("0000000000020006031011123300")
        assert m.decode(data).known == (kind in g.KINDS)
        assert m.decode(data, LAYOUTS_Q767).known == (kind in Q767_KINDS)
        assert m.decode(data, LAYOUTS_CHINA).known == (kind in ALL_KINDS)
    assert [m.name_of(kind) for kind in (0xFC, 0xFD, 0xFE)] == ["CCL", "MPM", "OPR"]


def test_compatibility_instructions() -> None:
    made = p.ParameterCompatibility(
        (
            (0x99, p.Instruction(release=True)),
            (0x9A, p.Instruction(discard_parameter=True, broadband=2)),
        )
    )
    assert made.octets == bytes.fromhex("99829a1082")
    read = p.read(p.PARAMETER_COMPATIBILITY, made.octets)
    assert isinstance(read, p.ParameterCompatibility)
    assert read.instructions == made.instructions
    assert read.of(0x98) is None
    assert isinstance(p.read(p.PARAMETER_COMPATIBILITY, b"\x99"), p.Malformed)
    assert isinstance(p.read(p.PARAMETER_COMPATIBILITY, b"\x99\x02"), p.Malformed)


LOCAL = [
    (m.IsupMessage(m.REL, 1), "REL lacks parameter 0x12"),
    (m.IsupMessage(m.RLC, 4096), "a CIC is 0 to 4095"),
    (m.IsupMessage(m.RSC, 1, {p.CAUSE_INDICATORS: b"\x80\x90"}), "no optional part"),
    (m.IsupMessage(m.COT, 1, {p.CONTINUITY_INDICATORS: b"\0\0"}), "has 1 octets, not 2"),
    (m.IsupMessage(m.ANM, 1, {p.ACCESS_TRANSPORT: bytes(256)}), "does not fit"),
    (m.IsupMessage(m.REL, 1, {p.CAUSE_INDICATORS: bytes(256)}), "too long"),
    (
        m.IsupMessage(m.USR, 1, {p.USER_TO_USER_INFORMATION: bytes(255), p.ACCESS_TRANSPORT: b""}),
        "too long for optional parameters",
    ),
]


@pytest.mark.parametrize(("message", "words"), LOCAL, ids=[words for _, words in LOCAL])
def test_what_cannot_be_encoded_is_the_callers_error(message: m.IsupMessage, words: str) -> None:
    with pytest.raises(LocalError, match=words):
        message.encode()


def test_wrong_values_are_the_callers_error() -> None:
    for make in (
        lambda: p.Number(p.CALLED_PARTY_NUMBER, "12x"),
        lambda: p.Number(p.CALLED_PARTY_NUMBER, "12", nai=128),
        lambda: p.Cause(128),
        lambda: p.Value(p.HOP_COUNTER, 256),
        lambda: p.RangeAndStatus(256),
        lambda: p.CugInterlock("12", 1),
        lambda: p.Mcid(p.CCSS, True),
    ):
        with pytest.raises(LocalError):
            make()
