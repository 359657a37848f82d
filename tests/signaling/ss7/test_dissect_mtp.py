"""Signal units and level 3's messages as trees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.signaling.dissect_tree import SENT
from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.dissect_mtp import dissect_mtp2, dissect_mtp3
from trunkd.signaling.ss7.labels import ANSI24, CHINA24, FORMATS, ITU14, OCTET, encode_label

OPC, DPC = 0x20B, 0x123


def message(body: bytes, service: int = m.SNM, sls: int = 3, label=ITU14) -> bytes:
    return OCTET[0x80 | service] + encode_label(label, DPC, OPC, sls) + body


def test_fill_in_and_status_units():
    fisu = dissect_mtp2(bytes.fromhex("8a9500"), SENT)
    assert (fisu.protocol, fisu.title, fisu.bare) == ("MTP2", "FISU", True)
    assert fisu.fields[0].find("BSN").value == 10
    assert fisu.fields[0].find("FIB").value == 1
    assert fisu.notes == ["BSN=10 FSN=21"]
    titles = [dissect_mtp2(b"\xff\xff\x01" + OCTET[n], SENT).title for n in range(6)]
    assert titles == ["SIO", "SIN", "SIE", "SIOS", "SIPO", "SIB"]
    assert dissect_mtp2(b"\xff\xff\x01\x07", SENT).fields[0].reasons()


@pytest.mark.parametrize("octets", [b"", b"\x01\x02", b"\x00\x00\x05ab", b"\x00\x00\x00abc"])
def test_units_that_are_none_say_why(octets):
    found = dissect_mtp2(octets, SENT)
    assert any(field.reasons() for field in found.fields)


@pytest.mark.parametrize("label", FORMATS.values(), ids=lambda row: row.name)
def test_the_label(label):
    found = dissect_mtp3(message(m.changeover_order(label, m.COO, 3, 77), label=label), SENT, label)
    header = found.fields[0]
    assert header.find("DPC").value == DPC
    assert header.find("OPC").value == OPC
    assert header.find("Network indicator").text == "2 national"
    assert found.title == "COO"
    assert found.notes == ["link 3", "FSN 77"]


@pytest.mark.parametrize("label", FORMATS.values(), ids=lambda row: row.name)
@pytest.mark.parametrize("heading", m.SNM_NAMES)
def test_every_management_message_is_named(heading, label):
    body = {
        m.COO: m.changeover_order(label, m.COO, 3, 77),
        m.COA: m.changeover_order(label, m.COA, 3, 77),
        m.CBD: m.changeback(label, m.CBD, 3, 200),
        m.CBA: m.changeback(label, m.CBA, 3, 200),
        m.TFC: m.transfer_controlled(label, 0x99, 2),
        m.UPU: m.user_part_unavailable(label, 0x99, 5, 1),
    }.get(heading, m.of_link(label, heading, 3))
    if heading in (m.TFP, m.TFR, m.TFA, m.RST, m.RSR):
        body = m.of_destination(label, heading, 0x99)
    found = dissect_mtp3(message(body, label=label), SENT, label)
    assert found.title == m.SNM_NAMES[heading][0]
    assert [reason for field in found.fields for reason in field.reasons()] == []
    if heading == m.TFC:
        assert found.notes[-1] == "level 2"
    if heading == m.UPU:
        assert found.notes[-1] == "ISUP: unequipped remote user"
    if heading in (m.CBD, m.CBA):
        assert found.notes == ["link 3", "code 200"]


@pytest.mark.parametrize("label", [ITU14, CHINA24, ANSI24])
def test_link_tests(label):
    body = m.link_test(m.SLTM, 3, b"abc", label)
    found = dissect_mtp3(message(body, m.SLT, 3, label), SENT, label)
    assert (found.protocol, found.title, found.notes) == ("SLT", "SLTM", ["link 3"])
    assert found.fields[1].find("Test pattern").text == '"abc"'
    cut = dissect_mtp3(message(body[:-1], m.SLT, 3, label), SENT, label)
    assert cut.fields[1].reasons() == ["Test pattern: the test pattern is cut short"]


def test_users_by_service_indicator():
    release = bytes.fromhex("0100 0c 0200 028090")
    unit = b"\xff\xff" + OCTET[5 + len(release)] + message(release, 5)
    found = dissect_mtp2(unit, SENT)
    assert (found.protocol, found.title, found.call) == ("ISUP", "REL", "CIC 1")
    assert [field.name for field in found.fields[:2]] == ["MTP2", "MTP3"]
    tup = dissect_mtp3(message(b"\x01\x16", 4), SENT)
    assert tup.protocol == "TUP"
    sccp = dissect_mtp3(message(b"\x01", 3), SENT)
    assert sccp.fields[1].reason == (
        "service 3 (signalling connection control part) is not decoded"
    )


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x80\x01", message(b""), message(b"\x11"), message(b"\x14\x01"), message(b"\x99")],
)
def test_messages_that_cannot_be_read_say_why(octets):
    found = dissect_mtp3(octets, SENT)
    assert any(field.reasons() for field in found.fields)


@given(st.binary(max_size=60), st.sampled_from(list(FORMATS.values())))
def test_nothing_makes_it_fail(octets, label):
    for found in (dissect_mtp2(octets, SENT, label), dissect_mtp3(octets, SENT, label)):
        assert found.title
