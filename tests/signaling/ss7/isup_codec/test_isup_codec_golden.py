"""Octets as published, read and made again."""

from __future__ import annotations

import pytest

from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p

RFC3204 = "000001004900000302000704100033632143"
"""The IAM in the body of the INVITE of RFC 3204, 3, up to the octets that follow the called party
number there; a CIC of 0 put before it, which the RFC leaves off."""

LINKBIT = "0500010020000a030208060310111111f10a0603132222222200"
"""Linkbit, "simple ISUP call": the IAM with its fields in words."""

OSMO_GRS = "01001701010e"
"""osmo_ss7, test/isup_codec_tests.erl: a GRS from the wire."""


def test_iam_of_linkbit() -> None:
    read = m.decode(bytes.fromhex(LINKBIT))
    assert (read.kind, read.cic, read.faults, read.unrecognized) == (m.IAM, 5, [], [])
    nature = read.read(p.NATURE_OF_CONNECTION)
    assert isinstance(nature, p.NatureOfConnection)
    assert (nature.satellites, nature.continuity, nature.echo) == (0, 0, False)
    forward = read.read(p.FORWARD_CALL_INDICATORS)
    assert isinstance(forward, p.ForwardCallIndicators)
    assert forward == p.ForwardCallIndicators(isup=True)
    assert not forward.international and not forward.interworking and not forward.isdn_access
    assert read.value(p.CALLING_PARTYS_CATEGORY) == 10
    assert read.value(p.TRANSMISSION_MEDIUM_REQUIREMENT) == 3
    called, calling = read.called(), read.calling()
    assert called == p.Number(p.CALLED_PARTY_NUMBER, "1111111", st=True)
    assert called is not None and called.digits == "1111111" and called.st
    assert calling == p.Number(p.CALLING_PARTY_NUMBER, "22222222", screening=3)
    made = m.message(
        m.IAM,
        5,
        [
            p.NatureOfConnection(),
            p.ForwardCallIndicators(),
            p.Value(p.CALLING_PARTYS_CATEGORY, 10),
            p.Value(p.TRANSMISSION_MEDIUM_REQUIREMENT, 3),
            p.Number(p.CALLED_PARTY_NUMBER, "1111111", st=True),
            p.Number(p.CALLING_PARTY_NUMBER, "22222222", screening=3),
        ],
    )
    assert made.encode() == bytes.fromhex(LINKBIT)


def test_iam_of_rfc3204() -> None:
    read = m.decode(bytes.fromhex(RFC3204))
    assert (read.kind, read.faults) == (m.IAM, [])
    called = read.called()
    assert called is not None
    assert (called.digits, called.nai, called.plan) == ("0033361234", p.INTERNATIONAL, 1)
    forward = read.read(p.FORWARD_CALL_INDICATORS)
    assert isinstance(forward, p.ForwardCallIndicators)
    assert forward.international and forward.interworking and not forward.isup
    assert forward.preference == p.ISUP_NOT_REQUIRED


def test_grs_of_osmo() -> None:
    read = m.decode(bytes.fromhex(OSMO_GRS))
    assert (read.kind, read.cic) == (m.GRS, 1)
    named = read.range_and_status()
    assert named is not None and (named.range, named.count, named.status) == (14, 15, b"")
    assert m.message(m.GRS, 1, [p.RangeAndStatus(14)]).encode() == bytes.fromhex(OSMO_GRS)


def test_iam_of_osmo() -> None:
    data = bytes((9, 0, 1, 16, 72, 0, 10, 3, 2, 10, 8, 131, 16, 41, 153, 36, 0, 128, 15))
    data += bytes((10, 8, 3, 19, 148, 3, 66, 48, 147, 32, 242, 21)) + bytes(21) + b"\0"
    read = m.decode(data)
    assert (read.kind, read.cic, read.faults) == (m.IAM, 9, [])
    called, calling = read.called(), read.calling()
    assert called is not None and calling is not None
    assert (called.digits, called.st, called.inn) == ("9299420008", True, False)
    assert (calling.digits, calling.screening) == ("493024033902", p.NETWORK_PROVIDED)
    assert read.unrecognized == [242]
    nature = read.read(p.NATURE_OF_CONNECTION)
    assert isinstance(nature, p.NatureOfConnection) and nature.echo


FIGURES = [
    # Q.763: parameter, octets, by its figures and code tables.
    (p.Cause(16, p.USER), "8090"),
    (p.Cause(34, p.PUBLIC_LOCAL), "82a2"),
    (p.Cause(102, p.PUBLIC_LOCAL, b"7"), "82e637"),
    (p.Cause(1, p.TRANSIT, standard=p.NATIONAL_STANDARD), "c381"),
    (p.Cause(16, p.USER, recommendation=3), "008390"),
    (p.Number(p.CALLED_PARTY_NUMBER, "123"), "83102103"),
    (p.Number(p.CALLED_PARTY_NUMBER, "1234", p.INTERNATIONAL, inn=True), "04902143"),
    (p.Number(p.CALLING_PARTY_NUMBER, "BC", p.SUBSCRIBER, 1, 1, 3), "0117cb"),
    (p.Number(p.GENERIC_NUMBER, "1", qualifier=6, screening=1), "06831101"),
    (p.Number(p.ORIGINAL_CALLED_NUMBER, "12", presentation=1), "031421"),
    (p.SubsequentNumber("12", True), "80210f"),
    (p.SubsequentNumber("123"), "802103"),
    (p.BackwardCallIndicators(p.CHARGE, p.SUBSCRIBER_FREE), "1604"),
    (p.OptionalBackwardCallIndicators(inband=True), "01"),
    (p.OptionalForwardCallIndicators(segmentation=True, connected_line=True), "84"),
    (p.EventInformation(p.ALERTING), "01"),
    (p.RangeAndStatus(7, b"\xff"), "07ff"),
    (p.PropagationDelay(258), "0102"),
    (p.RedirectionInformation(p.DIVERTED, p.BUSY, 2, p.NO_REPLY), "1322"),
    (p.GenericNotification(0x79), "f9"),
    (p.CallReference(0x010203, 0x1234), "0102033412"),
    (p.InformationRequest(calling_address=True, category=True), "0900"),
    (p.Information(p.ADDRESS_INCLUDED, category=True), "2300"),
    (p.UserToUserIndicators(False, 2), "04"),
    (p.CugInterlock("0460", 258), "04600102"),
    (p.CircuitAssignmentMap(2, (1, 31)), "0201000040"),
    (p.MessageCompatibility(p.Instruction(release=True, notify=True)), "86"),
    (p.TransitNetwork("460", 2, 0), "a06400"),
]


@pytest.mark.parametrize(("made", "octets"), FIGURES, ids=[o for _, o in FIGURES])
def test_octets_of_parameters(made: p.Parameter, octets: str) -> None:
    assert made.octets.hex() == octets
    assert p.read(made.code, made.octets) == made


MESSAGES = [
    # Octets behind the CIC, from the tables of Q.763 4.
    (m.IsupMessage(m.ANM, 1), "0900"),
    (m.IsupMessage(m.RLC, 1), "1000"),
    (m.message(m.ACM, 1, [p.BackwardCallIndicators(0, 0, 0, isup=False)]), "06000000"),
    (m.message(m.REL, 1, [p.Cause(43, p.USER, b"\x80")]), "0c02000380ab80"),
    (m.message(m.COT, 1, [p.Value(p.CONTINUITY_INDICATORS, 1)]), "0501"),
    (m.message(m.SUS, 1, [p.SuspendResume(True)]), "0d0100"),
    (m.message(m.SAM, 1, [p.SubsequentNumber("12")]), "020200020021"),
    (m.message(m.CPG, 1, [p.EventInformation(p.ALERTING)]), "2c0100"),
    (
        m.message(m.CGB, 1, [p.Value(p.GROUP_SUPERVISION_TYPE, 1), p.RangeAndStatus(1, b"\x03")]),
        "180101020103",
    ),
    (
        m.message(m.CQR, 1, [p.RangeAndStatus(1), p.CircuitStates(b"\x0c\x0d")]),
        "2b02030101020c0d",
    ),
    (m.message(m.CFN, 1, [p.Cause(97, diagnostics=b"\x7f")]), "2f02000382e17f"),
    (m.IsupMessage(m.RSC, 1), "12"),
    (m.IsupMessage(m.PAM, 1, body=b"\x09\x00"), "280900"),
]


@pytest.mark.parametrize(("made", "octets"), MESSAGES, ids=[o for _, o in MESSAGES])
def test_octets_of_messages(made: m.IsupMessage, octets: str) -> None:
    wire = b"\x01\x00" + bytes.fromhex(octets)
    assert made.encode() == wire
    read = m.decode(wire)
    assert read == made and read.parameters == made.parameters and read.faults == []


FORMAT_ERRORS = [
    ("", "no CIC and message type"),
    ("0100", "no CIC and message type"),
    ("01000100", "ends before its mandatory part"),
    ("01000c", "ends before its mandatory part"),
    ("01000c0000", "a pointer leads out"),
    ("01000c0900", "a pointer leads out"),
    ("01000c02000980", "a mandatory parameter runs over"),
    ("01000909", "a pointer leads out"),
    ("0100090120", "an optional parameter has no length"),
    ("010009012004aa", "an optional parameter runs over"),
]


@pytest.mark.parametrize(("octets", "words"), FORMAT_ERRORS, ids=[o for o, _ in FORMAT_ERRORS])
def test_format_errors(octets: str, words: str) -> None:
    """Each of Q.764 2.9.5 a) to c): the message is to be discarded."""
    read = m.decode(bytes.fromhex(octets))
    assert read.discard and len(read.faults) == 1
    assert words in read.faults[0].text
    assert read.encode() == bytes.fromhex(octets)


def test_no_end_of_optional_parameters_is_forgiven() -> None:
    read = m.decode(bytes.fromhex("010009012d020001"))
    assert [fault.kind for fault in read.faults] == ["unended"] and not read.discard
    delay = read.read(p.CALL_HISTORY)
    assert isinstance(delay, p.PropagationDelay) and delay.ms == 1


def test_optional_pointer_may_be_missing() -> None:
    """Messages of 1984 that have none, as RLC of Q.767: read as if it were zero."""
    read = m.decode(bytes.fromhex("010010"))
    assert (read.kind, read.faults, read.parameters) == (m.RLC, [], {})
