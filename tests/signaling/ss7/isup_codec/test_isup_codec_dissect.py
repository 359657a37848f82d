"""ISUP messages as trees and one-line notes."""

from __future__ import annotations

import random

import isup_generator as g
import pytest

from trunkd.signaling.dissect_tree import SENT, Field
from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.dissect_isup import dissect_isup
from trunkd.signaling.ss7.isup_messages_table import LAYOUTS_CHINA
from trunkd.signaling.ss7.isup_names import PARAMETERS, parameter_name

IAM = m.message(
    m.IAM,
    5,
    [
        p.NatureOfConnection(1, p.CHECK_REQUIRED),
        p.ForwardCallIndicators(isdn_access=True),
        p.Value(p.CALLING_PARTYS_CATEGORY, 10),
        p.Value(p.TRANSMISSION_MEDIUM_REQUIREMENT, 3),
        p.Number(p.CALLED_PARTY_NUMBER, "8613800138000", p.INTERNATIONAL, st=True),
        p.Number(p.CALLING_PARTY_NUMBER, "1012345678", presentation=1, screening=3),
        p.PropagationDelay(30),
        p.Parameter(0x99, b"\x01"),
    ],
)


def test_the_tree_of_an_iam() -> None:
    tree = dissect_isup(IAM.encode(), SENT)
    assert (tree.protocol, tree.title, tree.call, tree.direction) == ("ISUP", "IAM", "CIC 5", SENT)
    assert tree.notes == [
        "continuity check",
        "to 8613800138000 ST (international number)",
        "from 1012345678 (presentation restricted)",
    ]
    for path, text, value in (
        (("CIC",), "5", 5),
        (("Message type",), "IAM (initial address)", 1),
        (("Nature of connection indicators", "Satellite"), "one satellite circuit", 1),
        (("Forward call indicators", "Originating access"), "ISDN", 1),
        (("Calling party's category",), "ordinary calling subscriber", 10),
        (("Transmission medium requirement",), "3.1 kHz audio", 3),
        (("Called party number", "Digits"), "8613800138000", "8613800138000"),
        (("Calling party number", "Screening"), "network provided", 3),
        (("Propagation delay counter",), "30 ms", None),
    ):
        field = tree.find("ISUP", *path)
        assert field is not None, path
        assert (field.text, field.value) == (text, value)
    assert tree.reasons() == [
        "Unknown parameter 0x99: Unknown parameter 0x99 is not known (2.9.5.3/Q.764)"
    ]


TITLES = [
    (m.message(m.REL, 1, [p.Cause(17, p.PUBLIC_REMOTE)]), "REL  CIC 1  cause 17 user busy"),
    (m.message(m.SAM, 1, [p.SubsequentNumber("12", True)]), "SAM  CIC 1  digits 12 ST"),
    (m.message(m.COT, 1, [p.Value(p.CONTINUITY_INDICATORS, 0)]), "COT  CIC 1  failed"),
    (m.message(m.SUS, 1, [p.SuspendResume(True)]), "SUS  CIC 1  network initiated"),
    (m.message(m.GRS, 1, [p.RangeAndStatus(3)]), "GRS  CIC 1  CICs 1 to 4"),
    (m.message(m.CPG, 1, [p.EventInformation(p.ALERTING)]), "CPG  CIC 1  alerting"),
    (
        m.message(m.ACM, 1, [p.BackwardCallIndicators(called_status=p.SUBSCRIBER_FREE)]),
        "ACM  CIC 1  subscriber free",
    ),
    (
        m.message(m.CGB, 1, [p.Value(p.GROUP_SUPERVISION_TYPE, 1), p.RangeAndStatus(3, b"\x05")]),
        "CGB  CIC 1  hardware failure oriented  CICs 1, 3",
    ),
    (
        m.message(m.CPG, 1, [p.EventInformation(2), p.GenericNotification(0x79)]),
        "CPG  CIC 1  progress  remote hold",
    ),
    (m.IsupMessage(m.RLC, 4095), "RLC  CIC 4095"),
]


@pytest.mark.parametrize(("message", "line"), TITLES, ids=[line for _, line in TITLES])
def test_one_line(message: m.IsupMessage, line: str) -> None:
    assert dissect_isup(message.encode(), SENT).summary == line


CAUSES = [
    (p.Cause(97, diagnostics=b"\x7f"), "unknown message 0x7f"),
    (p.Cause(99, diagnostics=b"\x99\x0a"), "Unknown parameter 0x99, Calling party number"),
    (p.Cause(110, diagnostics=b"\x01\x99"), "IAM: Unknown parameter 0x99"),
    (p.Cause(102, diagnostics=b"7"), "timer T7"),
    (p.Cause(16, diagnostics=b"\x01\x02"), "01 02"),
]


@pytest.mark.parametrize(("cause", "text"), CAUSES, ids=[text for _, text in CAUSES])
def test_diagnostics_of_a_cause(cause: p.Cause, text: str) -> None:
    tree = dissect_isup(m.message(m.REL, 1, [cause]).encode(), SENT)
    field = tree.find("ISUP", "Cause indicators", "Diagnostics")
    assert field is not None and field.text == text


def test_compatibility_in_words() -> None:
    told = p.ParameterCompatibility(
        ((0x99, p.Instruction(release=True, notify=True)), (0x0A, p.Instruction(pass_on=2)))
    )
    tree = dissect_isup(m.message(m.ACM, 1, [p.BackwardCallIndicators(), told]).encode(), SENT)
    field = tree.find("ISUP", "Parameter compatibility information")
    assert field is not None
    assert [(child.name, child.text) for child in field.children] == [
        ("Unknown parameter 0x99", "release call, send notification"),
        ("Calling party number", "pass on, else discard parameter"),
    ]


def test_what_cannot_be_read_has_its_reason() -> None:
    for octets, words in (
        ("01", "no CIC and message type"),
        ("01000100", "ends before its mandatory part"),
        ("01007f00", "this message is not known"),
        ("0100fd1234", "this message is not known"),
        ("0100090178018000", "fewer than 3"),
        ("0100090105028001", "not expected in this message"),
    ):
        tree = dissect_isup(bytes.fromhex(octets), SENT)
        assert any(words in reason for reason in tree.reasons()), (octets, tree.reasons())


def test_chinas_messages() -> None:
    tree = dissect_isup(bytes.fromhex("0100fd123400"), SENT, LAYOUTS_CHINA)
    assert tree.title == "MPM" and tree.reasons() == []
    field = tree.find("ISUP", "Charge information")
    assert field is not None and field.value == b"\x12\x34"


def test_a_message_passed_along_is_shown_within() -> None:
    inner = m.message(m.REL, 9, [p.Cause(16)]).encode()
    tree = dissect_isup(m.IsupMessage(m.PAM, 9, body=inner[2:]).encode(), SENT)
    field = tree.find("ISUP", "ISUP", "Cause indicators", "Cause value")
    assert field is not None and field.value == 16


@pytest.mark.parametrize("code", sorted(PARAMETERS)[1:], ids=lambda code: PARAMETERS[code])
def test_every_parameter_is_told_in_words(code: int) -> None:
    """By its name, without a reason, whatever its values are."""
    rng = random.Random(code)
    for _ in range(20):
        made = (
            g.range_and_status(rng, True) if code == p.RANGE_AND_STATUS else g.parameter(rng, code)
        )
        tree = dissect_isup(m.message(m.ANM, 1, [made]).encode(), SENT)
        field = tree.find("ISUP", parameter_name(code))
        assert field is not None and field.text
        assert not [r for r in tree.reasons() if "not expected" not in r], tree.reasons()
        assert all(child.name and child.text for child in children(field))


def children(field: Field) -> list[Field]:
    out = list(field.children)
    for child in field.children:
        out += children(child)
    return out
