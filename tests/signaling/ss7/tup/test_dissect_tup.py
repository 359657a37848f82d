"""TUP messages as trees for people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trunkd.signaling.dissect_tree import UNKNOWN_DIRECTION
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7.dissect_tup import dissect_tup
from trunkd.signaling.ss7.tup_messages import (
    CHINA_LABEL,
    ITU_LABEL,
    AddressComplete,
    GeneralRequest,
    GroupMessage,
    Metering,
    SubsequentAddress,
    TupMessage,
    split_cic,
)
from trunkd.signaling.ss7.tup_messages_address import (
    GeneralForward,
    Indicators,
    InitialAddress,
    Line,
)


def text(message: TupMessage, label: int = ITU_LABEL, cic: int = 0x123) -> str:
    sls, octet = split_cic(cic, label)
    return dissect_tup(octet + message.octets, UNKNOWN_DIRECTION, sls, label).summary


def test_summaries() -> None:
    line = Line("8001234", 2)
    address = InitialAddress(10, Indicators(continuity=1), "12345F", line)
    assert text(address) == ("IAI  CIC 291  from 8001234  to 12345  check required on this circuit")
    assert text(SubsequentAddress("67")) == "SAM  CIC 291  digits 67"
    assert text(AddressComplete(1, True)) == "ACM  CIC 291  subscriber free  charge"
    assert text(GeneralForward(10, line)) == "GSM  CIC 291  from 8001234"
    assert text(GroupMessage(h.MGB, 3, 15)) == "MGB  CIC 291  4 circuits"
    assert text(TupMessage(h.SLB), CHINA_LABEL) == "SLB  CIC 291  cause 17"
    assert text(TupMessage(h.CLF)) == "CLF  CIC 291"


def test_the_tree_of_an_initial_address() -> None:
    message = InitialAddress(24, Indicators(0, digital=True), "123", Line("99", 2, True))
    sls, octet = split_cic(5, CHINA_LABEL)
    tree = dissect_tup(octet + message.octets, UNKNOWN_DIRECTION, sls, CHINA_LABEL)
    for path, words in (
        (("TUP", "Circuit"), "CIC 5"),
        (("TUP", "Message group"), "FAM, forward address"),
        (("TUP", "Calling party's category"), "ordinary, between local exchanges"),
        (("TUP", "Message indicators", "Nature of address"), "subscriber number"),
        (("TUP", "Message indicators", "Digital"), "all digital path required"),
        (("TUP", "Called number"), "123"),
        (("TUP", "Additional information"), "calling line identity"),
        (("TUP", "Calling line identity"), "99, national number, presentation restricted"),
    ):
        field = tree.find(*path)
        assert field is not None and field.text == words, path


def test_other_fields() -> None:
    request = dissect_tup(b"\x00" + GeneralRequest(6).octets, UNKNOWN_DIRECTION)
    field = request.find("TUP", "Request type")
    assert field is not None and field.text == "calling line identity, original called address"
    status = dissect_tup(b"\x00" + GroupMessage(h.HGB, 3, 5).octets, UNKNOWN_DIRECTION)
    field = status.find("TUP", "Status")
    assert field is not None and field.text == "circuits 0, 2 of the range"
    pulses = dissect_tup(b"\x00" + Metering(3).octets, UNKNOWN_DIRECTION)
    field = pulses.find("TUP", "Metering")
    assert field is not None and field.value == 3


def test_what_cannot_be_decoded_says_why() -> None:
    for data, words in (
        (b"", "nothing behind the label"),
        (b"\x01", "no heading code"),
        (b"\x01\x99", "no message has this heading code"),
        (b"\x01\x11\x0a", "too few"),
        (b"\x01\x18\x08\xff", "needs 2 octets"),
    ):
        tree = dissect_tup(data, UNKNOWN_DIRECTION)
        assert len(tree.reasons()) == 1 and words in tree.reasons()[0], tree.reasons()


@given(st.binary(max_size=60), st.integers(0, 255), st.sampled_from((ITU_LABEL, CHINA_LABEL)))
def test_dissection_is_total(data: bytes, sls: int, label: int) -> None:
    tree = dissect_tup(data, UNKNOWN_DIRECTION, sls, label)
    assert tree.summary and tree.fields
