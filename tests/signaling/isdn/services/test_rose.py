"""The BER reader and the components: there and back, and nothing breaks them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.call import PartyNumber
from trunkd.signaling.dissect import dissect
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import rose
from trunkd.signaling.isdn import services_operations as op
from trunkd.signaling.isdn.rose_address import (
    address,
    party_number,
    presented,
    read_address,
    read_party,
    read_presented,
)

IDS = st.integers(-0x8000, 0x7FFF)
ARCS = st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4)
CODES = st.one_of(
    st.integers(-0x8000, 0x7FFF).map(rose.local),
    ARCS.map(lambda arcs: rose.oid((1, 3, *arcs))),
)
ARGUMENTS = st.one_of(
    st.just(b""),
    st.integers(-0x8000, 0xFFFF).map(rose.integer),
    st.binary(max_size=200).map(lambda x: rose.value(rose.OCTET_STRING, x)),
)
COMPONENTS = st.one_of(
    st.builds(rose.Component, st.just(rose.INVOKE), IDS, CODES, ARGUMENTS, IDS),
    st.builds(rose.Component, st.just(rose.INVOKE), IDS, CODES, ARGUMENTS),
    st.builds(rose.Component, st.just(rose.RETURN_RESULT), IDS, CODES, ARGUMENTS),
    st.builds(rose.Component, st.just(rose.RETURN_RESULT), IDS),
    st.builds(rose.Component, st.just(rose.RETURN_ERROR), IDS, CODES, ARGUMENTS),
    st.builds(
        lambda id, group, problem: rose.Component(
            rose.REJECT, id, problem_class=group, problem=problem
        ),
        st.one_of(IDS, st.just(rose.NO_ID)),
        st.integers(0, 3),
        st.integers(0, 7),
    ),
)


def fields(component: rose.Component) -> tuple:
    return tuple(getattr(component, name) for name in FIELDS)


FIELDS = ("kind", "id", "operation", "argument", "linked", "problem_class", "problem")


@given(components=st.lists(COMPONENTS, max_size=4))
def test_components_there_and_back(components: list[rose.Component]) -> None:
    read = rose.read_components(b"".join([one.octets for one in components]))
    assert [fields(x) for x in read.found] == [fields(x) for x in components]
    assert read.problem == -1 and read.interpretation == -1 and read.nfe == b""


@given(octets=st.binary(max_size=120))
def test_any_octets(octets: bytes) -> None:
    read = rose.read_components(octets)
    assert len(read.found) <= rose.MOST_COMPONENTS
    assert read.problem < 0 or read.text
    for one in read.found:
        again = rose.read_components(one.octets).found
        assert [fields(x) for x in again] == [fields(one)]
        assert rose.code_name(one.operation)
    rose.read_element(b"\x1c\x00" + octets)


@pytest.mark.parametrize("octets", ["a1", "a1 82 00", "a1 83 00 00 01 00", "a1 80 02 01", "bf", ""])
def test_what_is_no_value(octets: str) -> None:
    assert rose.read_value(bytes.fromhex(octets), 0) is None


def test_long_forms_and_tags() -> None:
    assert rose.read_value(bytes.fromhex("04820003 010203"), 0).contents == b"\1\2\3"
    high = rose.read_value(bytes.fromhex("bf8101 02 0500"), 0)
    assert (high.tag, high.contents) == (0xBF8101, b"\x05\0")
    assert rose.read_value(bytes.fromhex("9fffffff 00"), 0) is None
    nested = bytes.fromhex("3080 3080 020101 0000 0000 05")
    assert rose.read_value(nested, 0).end == len(nested) - 1
    assert rose.read_value(b"\x30\x80" * 30 + b"\0\0" * 30, 0) is None  # deeper than we go
    assert rose.read_value(b"\x04\x80\0\0", 0) is None  # primitive: it has no such form
    long = rose.value(0x04, bytes(300))
    assert long[:4] == bytes.fromhex("0482012c") and rose.read_value(long, 0).end == len(long)
    assert rose.value(0x04, bytes(200))[:3] == bytes.fromhex("0481c8")


def test_what_precedes_the_components() -> None:
    """Q.932 8.2.3: network facility extension, network protocol profile, interpretation."""
    head = bytes.fromhex("aa06 800100 820100 920105 8b0102")
    read = rose.read_components(head + rose.invoke(1, rose.local(0)))
    assert read.nfe == bytes.fromhex("800100820100")
    assert (read.network_profile, read.interpretation, len(read.found)) == (5, 2, 1)
    late = rose.read_components(rose.result(1) + head)
    assert late.problem == rose.UNRECOGNISED_COMPONENT
    assert rose.read_components(bytes.fromhex("8b050000000001")).problem == rose.MISTYPED_COMPONENT


def test_values_in_figures() -> None:
    assert rose.code_name(op.EXPLICIT_ECT_EXECUTE) == "0.4.0.369.1.1"
    assert bytes.fromhex("0606 0400 8271 0101") == op.EXPLICIT_ECT_EXECUTE
    assert bytes.fromhex("0607 2a8648ce150008") == op.INITIATE_TRANSFER
    assert rose.code_name(rose.local(-5)) == "-5"
    assert rose.code_name(rose.oid((2, 5, 4))) == "2.5.4"
    # An operation value that is not in its shortest form is the same operation.
    padded = rose.read_components(bytes.fromhex("a1080201010203000006"))
    assert padded.found[0].operation == op.ECT_EXECUTE


NUMBERS = st.builds(
    PartyNumber,
    st.text("0123456789*#", min_size=1, max_size=20),
    st.sampled_from([0, 1, 2, 3, 4, 6]),
    st.sampled_from([0, 1, 9]),
    st.sampled_from([0, 1, 2]),
)


@given(number=NUMBERS)
def test_numbers_there_and_back(number: PartyNumber) -> None:
    kind = 0 if number.plan == 0 else number.type_of_number
    plain = PartyNumber(number.digits, kind, number.plan)
    assert read_party(rose.read_value(party_number(number), 0)) == plain
    assert read_address(rose.read_value(address(number), 0)) == plain
    shown = read_presented(rose.read_value(presented(number), 0))
    if number.presentation == 2:
        assert (shown.digits, shown.presentation) == ("", 2)
    else:
        assert shown == PartyNumber(number.digits, kind, number.plan, number.presentation)
    assert read_presented(rose.read_value(presented(None), 0)).presentation == 2
    assert read_presented(rose.read_value(b"\x81\x00", 0)).presentation == 1


@pytest.mark.parametrize("octets", ["a1020500", "a106 0a0108 120131", "80013a", "a0020500", "0500"])
def test_what_is_no_number(octets: str) -> None:
    found = rose.read_value(bytes.fromhex(octets), 0)
    assert read_party(found) is None and read_presented(found) is None
    assert read_address(found) is None


def test_an_nsap_is_a_number_without_digits() -> None:
    nsap = rose.value(0x82, bytes.fromhex("4700918000"))
    assert read_party(rose.read_value(nsap, 0)).digits == ""
    assert read_presented(rose.read_value(rose.value(0xA0, nsap), 0)).digits == ""


@pytest.mark.parametrize("digits", ["", "12 34", "1" * 21, "abc"])
def test_a_number_that_cannot_be_sent(digits: str) -> None:
    with pytest.raises(LocalError, match="1 to 20 digits"):
        party_number(PartyNumber(digits))


@given(octets=st.binary(max_size=60), tag=st.sampled_from([0x30, 0x02, 0x0A, 0xA1]))
def test_any_argument(octets: bytes, tag: int) -> None:
    for argument in (octets, rose.value(tag, octets)):
        op.read_rerouteing(argument)
        op.read_deflection(argument)
        op.read_inform(argument)
        op.read_transfer(argument)
        op.read_third_party(argument)
        op.read_number(argument)


def tree_of(facility: e.Facility):
    octets = m.encode(1, 0, m.FACILITY, [facility])
    return dissect(203, b"\x00\x01\x00\x00" + octets)


def test_a_trace_names_the_operations() -> None:
    octets = rose.invoke(7, op.EXPLICIT_ECT_EXECUTE, rose.integer(3))
    octets += rose.failure(8, op.LINK_ID_NOT_ASSIGNED)
    octets += rose.rejection(rose.NO_ID, 0, 2)
    tree = tree_of(e.Facility(17, octets))
    assert tree.notes == [
        "invoke ExplicitEctExecute, return error link identifier not assigned by the network, "
        "reject: badly structured component"
    ]
    assert tree.reasons() == []
    operation = tree.find("Q.931", "Facility", "Invoke", "Operation")
    assert operation.text == "ExplicitEctExecute (0.4.0.369.1.1)"
    assert tree.find("Q.931", "Facility", "Reject", "Problem").text == "badly structured component"
    assert tree.find("Q.931", "Facility", "Return error", "Error").value == "0.4.0.369.1.21"
    broken = tree_of(e.Facility(17, b"\xa1\x05"))
    assert broken.reasons() == ["Components: no BER value at octet 0"]
    reject = tree_of(e.Facility(17, bytes.fromhex("a4020500")))
    assert reject.reasons() == ["Components: reject: it states no problem"]


def test_a_trace_knows_nortels_header() -> None:
    octets = b"\x11\xbe" + rose.invoke(1, op.RLT_OPERATION_IND)
    element = e.Facility(17, octets[1:], bytes((0x1C, len(octets))) + octets)
    assert tree_of(element).notes == ["invoke RLT_OperationInd"]


def test_a_trace_leaves_other_protocols_alone() -> None:
    tree = tree_of(e.Facility(18, b"\xa1\x05"))
    assert tree.notes == [] and tree.reasons() == []
    assert tree.find("Q.931", "Facility", "Contents").value == b"\xa1\x05"


def test_a_trace_shows_networking_extensions() -> None:
    head = bytes.fromhex("aa06 800100 820100 920105 8b0100")
    facility = tree_of(e.Facility(31, head + rose.result(1))).find("Q.931", "Facility")
    names = [field.name for field in facility.children]
    expected = ["Network facility extension", "Network protocol profile", "Interpretation"]
    assert names[1:4] == expected
    assert facility.find("Interpretation").text == "discard an invoke that is not recognised"
