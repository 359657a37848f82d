"""TUP codec: heading codes against their sources, formats octet by octet, labels, totality."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7.labels import CHINA24, ITU14, encode_label
from trunkd.signaling.ss7.tup_messages import (
    CHINA_LABEL,
    ITU_LABEL,
    SIGNALS,
    AddressComplete,
    Charging,
    CongestionControl,
    ExtendedUnsuccessful,
    GeneralRequest,
    GroupMessage,
    Metering,
    SubsequentAddress,
    join_cic,
    split_cic,
)
from trunkd.signaling.ss7.tup_messages_address import (
    GeneralForward,
    Indicators,
    InitialAddress,
    Line,
    decode,
)

CHART = {
    0x1: "IAM IAI SAM SAO",
    0x2: "GSM - COT CCF",
    0x3: "GRQ",
    0x4: "ACM CHG",
    0x5: "SEC CGC NNC ADI CFL SSB UNN LOS SST ACB DPN - - - EUM",
    0x7: "RLG BLO BLA UBL UBA CCR RSC",
    0x8: "MGB MBA MGU MUA HGB HBA HGU HUA GRS GRA SGB SBA SGU SUA",
    0xA: "ACC",
    0xC: "- MPM",
    0xD: "OPR",
    0xE: "SLB STB",
    0xF: "MAL",
}
"""The heading code chart, H0 -> messages by H1 from 1 on; H0 6 begins with H1 0."""
CHART_CSM = "ANU ANC ANN CBK CLF RAN FOT CCL"


def fields(thing: object) -> dict[str, object]:
    """All attributes, of a compiled class as well, which has no ``__dict__``."""
    return {name: getattr(thing, name) for name in dir(thing) if not name.startswith("_")}


def test_heading_codes_are_those_of_the_chart() -> None:
    expected = {
        name: (h1 << 4) | h0
        for h0, row in CHART.items()
        for h1, name in enumerate(row.split(), 1)
        if name != "-"
    }
    expected |= {name: h1 << 4 | 6 for h1, name in enumerate(CHART_CSM.split())}
    ours = dict(h.BY_ACRONYM)
    assert ours.pop("MPR") == 0xC5, "not in the chart; the row says so"
    assert h.HEADINGS[0xC5].sources == "not verified"
    assert ours == expected


def test_every_row_names_two_sources() -> None:
    for row in h.HEADINGS.values():
        assert row.sources.count(",") + row.sources.count(";") >= 1 or row.acronym == "MPR"
        assert row.direction in (h.FORWARD, h.BACKWARD, h.EITHER)
        assert row.code & 15 in h.GROUPS


@pytest.mark.parametrize(
    ("message", "octets"),
    [
        # H1/H0, category and spare, indicators H-A, number of signals and L-I, signals two by two
        (InitialAddress(10, Indicators(nature=3), "4412F"), "110a03504421" + "0f"),
        (InitialAddress(24, Indicators(0, 1, 1, True, True, True, True, True), "1"), "1118d41701"),
        (InitialAddress(10, Indicators(), "12", Line("345", 2, True)), "210a022021" + "10364305"),
        (
            InitialAddress(10, Indicators(), "12", Line("", 0), Line("9", 3)),
            "210a022021" + "30" + "00" + "1309",
        ),
        (
            InitialAddress(10, Indicators(), "12", None, None, b"\x02\x01\x02\x03\x04"),
            "210a022021020201020304",
        ),
        (SubsequentAddress("1"), "4101"),
        (SubsequentAddress("12F"), "3130210f"),
        (GeneralRequest(0x3F), "133f"),
        (GeneralForward(10, Line("99", 2)), "12030a2299"),
        (GeneralForward(-1, None, Line("7", 1), 0x60), "12681107"),
        (AddressComplete(), "1401"),
        (AddressComplete(3, True, True, True, True), "143f"),
        (Charging(b"\x01\x02"), "240102"),
        (Metering(258), "2c0201"),
        (ExtendedUnsuccessful(1, b"\x01\x02\x03"), "f501010203"),
        (CongestionControl(2), "1a02"),
        (GroupMessage(h.MGB, 1, 3), "180103"),
        (GroupMessage(h.HGB, 8, 0x1FF), "5808ff01"),
        (GroupMessage(h.GRS, 31), "981f"),
        (GroupMessage(h.GRA, 31, 1 << 31), "a81f00000080"),
        (GroupMessage(h.SGU, 7, 0xFFFF), "d807ff"),  # no status beyond the range
    ],
)
def test_formats(message: object, octets: str) -> None:
    assert message.octets.hex() == octets  # type: ignore[attr-defined]
    read = decode(bytes.fromhex(octets))
    assert type(read) is type(message) and read.reason == ""
    before, after = fields(message), fields(read)
    assert before.keys() == after.keys() and len(before) > 4
    for name, value in before.items():
        assert after[name] == value or isinstance(value, Indicators), name


def test_indicators_are_read_bit_by_bit() -> None:
    read = decode(bytes.fromhex("1118d41701"))
    assert isinstance(read, InitialAddress)
    assert fields(read.indicators) == {
        "bits": 0x7D4,
        "nature": 0,
        "satellite": 1,
        "continuity": 1,
        "echo": True,
        "international": True,
        "redirected": True,
        "digital": True,
        "all_ss7": True,
    }


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        ("11", "too few"),
        ("110a0230", "3 address signals and has 0"),
        ("210a022021", "first indicator octet"),
        ("210a02202110", "calling line identity is missing"),
        ("210a0220211032", "3 address signals and has 0"),
        ("210a0220210201", "closed user group"),
        ("31", "no number"),
        ("3100", "no address signals"),
        ("315021", "5 address signals and has 2"),
        ("41", "too few"),
        ("13", "too few"),
        ("14", "too few"),
        ("12", "response type"),
        ("1202", "calling line identity is missing"),
        ("120411", "too short"),
        ("2c01", "too few"),
        ("f5", "too few"),
        ("18", "no range"),
        ("1808ff", "needs 2 octets"),
        ("", "no heading code"),
    ],
)
def test_what_cannot_be_read_says_why(octets: str, words: str) -> None:
    message = decode(bytes.fromhex(octets))
    assert words in message.reason
    if octets:
        assert message.octets.hex() == octets


def test_fields_that_are_not_published_stay() -> None:
    octets = bytes.fromhex("210a022021" + "1501020399")
    message = decode(octets)
    assert isinstance(message, InitialAddress)
    assert (message.present, message.calling, message.rest) == (0x15, None, b"\x01\x02\x03\x99")
    assert message.octets == octets


def test_transit_exchange_identity_is_passed_over() -> None:
    """GSM with an incoming trunk (point code of 3 octets, trunk of 2), then a called address."""
    message = decode(bytes.fromhex("120c" + "31010203" + "20aabb" + "2221"))
    assert isinstance(message, GeneralForward) and message.reason == ""
    assert message.trunk.hex() == "3101020320aabb"
    assert message.original == Line("12", 2)
    digits = decode(bytes.fromhex("1204" + "322143" + "00"))
    assert isinstance(digits, GeneralForward) and digits.reason == "" and digits.rest == b""


@given(st.binary(max_size=300))
def test_decoding_is_total_and_keeps_the_octets(octets: bytes) -> None:
    message = decode(octets)
    assert message.octets == (octets or b"\x00")
    assert message.name and repr(message)


def test_decoding_random_octets_behind_every_heading_code() -> None:
    rng = random.Random(3)
    for heading in range(256):
        for size in range(12):
            octets = bytes((heading,)) + rng.randbytes(size)
            assert decode(octets).octets == octets


LINES = st.builds(
    Line,
    st.text(SIGNALS, max_size=15),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
)
FLAGS = [st.booleans()] * 5
INDICATORS = st.builds(Indicators, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), *FLAGS)


@given(
    st.integers(0, 63),
    INDICATORS,
    st.text(SIGNALS, max_size=15),
    st.none() | LINES,
    st.none() | LINES,
    st.sampled_from((b"", b"\x01\x23\x45\x67\x89")),
)
def test_initial_address_round_trip(
    category: int,
    indicators: Indicators,
    signals: str,
    calling: Line | None,
    original: Line | None,
    group: bytes,
) -> None:
    message = InitialAddress(category, indicators, signals, calling, original, group)
    read = decode(message.octets)
    assert isinstance(read, InitialAddress)
    assert read.name == ("IAI" if calling or original or group else "IAM")
    assert (read.category, read.signals, read.rest) == (category, signals, b"")
    assert read.indicators.bits == indicators.bits
    assert (read.calling, read.original, read.group) == (calling, original, group)


@given(st.integers(0, 255), st.data())
def test_group_round_trip(range_: int, data: st.DataObject) -> None:
    status = data.draw(st.integers(0, (2 << range_) - 1))
    for heading in (h.MGB, h.HUA, h.GRA):
        read = decode(GroupMessage(heading, range_, status).octets)
        assert isinstance(read, GroupMessage) and read.range == range_
        assert read.status == (status if range_ else 0)


@pytest.mark.parametrize("label", [ITU_LABEL, CHINA_LABEL])
def test_every_circuit_has_its_label(label: int) -> None:
    for cic in range(4096):
        sls, octet = split_cic(cic, label)
        assert join_cic(sls, octet[0], label) == cic
        assert sls & 15 == cic & 15, "the four low bits of the CIC choose the link"


def test_labels_as_drawn() -> None:
    """ITU: the 40-bit label of Q.723 2.2; China: the 64 bits of GF 001-9001."""
    dpc, opc, cic = 0x1234, 0x2ABC, 0xFED
    sls, octet = split_cic(cic, ITU_LABEL)
    label = encode_label(ITU14, dpc, opc, sls) + octet
    assert int.from_bytes(label, "little") == dpc | opc << 14 | cic << 28
    dpc, opc = 0x123456, 0xABCDEF
    sls, octet = split_cic(cic, CHINA_LABEL)
    label = encode_label(CHINA24, dpc, opc, sls) + octet
    assert int.from_bytes(label, "little") == dpc | opc << 24 | cic << 48
    assert len(label) == 8


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SubsequentAddress(""),
        lambda: SubsequentAddress("1*"),
        lambda: InitialAddress(1, Indicators(), "1" * 16),
        lambda: GroupMessage(h.MGB, 256),
        lambda: Metering(70000),
    ],
)
def test_what_cannot_be_said(wrong: object) -> None:
    with pytest.raises(LocalError):
        wrong()  # type: ignore[operator]


def test_messages_compare_by_octets() -> None:
    assert decode(b"\x16") == decode(b"\x16") != decode(b"\x26")
    assert len({decode(b"\x16"), decode(b"\x16"), decode(b"\x26")}) == 2
    assert decode(b"\x99").known is False and decode(b"\x16").known is True
    assert str(decode(b"\x99")).startswith("H0=9 H1=9")
