"""Routing labels and point codes: octets as the figures draw them, and what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import ConfigError, LocalError, RemoteError
from trunkd.signaling.ss7.labels import (
    ANSI24,
    CHINA24,
    FORMATS,
    ITU14,
    decode_label,
    encode_label,
    parse_point_code,
    show_point_code,
)


def test_figure_3_of_q704():
    """DPC in bits 0 to 13, OPC in 14 to 27, SLS in 28 to 31, the lowest bit first."""
    assert encode_label(ITU14, 0x3FFF, 0, 0) == bytes.fromhex("ff3f0000")
    assert encode_label(ITU14, 0, 0x3FFF, 0) == bytes.fromhex("00c0ff0f")
    assert encode_label(ITU14, 0, 0, 15) == bytes.fromhex("000000f0")
    assert encode_label(ITU14, 1, 2, 3) == bytes.fromhex("01800030")


@pytest.mark.parametrize("row", [CHINA24, ANSI24])
def test_24_bit_labels(row):
    assert encode_label(row, 0x010203, 0x040506, 0x17) == bytes.fromhex("03020106050417")


@pytest.mark.parametrize("row", FORMATS.values(), ids=lambda row: row.name)
@given(data=st.data())
def test_what_is_encoded_is_decoded(row, data):
    codes = st.integers(0, row.highest)
    dpc, opc = data.draw(codes), data.draw(codes)
    sls = data.draw(st.integers(0, row.sls_values - 1))
    octets = encode_label(row, dpc, opc, sls)
    assert len(octets) == row.octets
    label = decode_label(row, b"\x85" + octets, 1)
    assert (label.dpc, label.opc, label.sls) == (dpc, opc, sls)
    assert parse_point_code(show_point_code(dpc, row), row) == dpc


def test_what_does_not_fit():
    with pytest.raises(LocalError, match="itu14 has 14 bits, 0 to 16383"):
        encode_label(ITU14, 16384, 0, 0)
    with pytest.raises(LocalError, match="SLS is 16; itu14 has 0 to 15"):
        encode_label(ITU14, 0, 0, 16)
    with pytest.raises(RemoteError, match="3 octets where a itu14 label has 4"):
        decode_label(ITU14, b"\x85abc", 1)
    with pytest.raises(RemoteError, match="0 octets where a china24 label has 7"):
        decode_label(CHINA24, b"", 1)


@pytest.mark.parametrize(
    ("text", "row", "code"),
    [
        ("1-2-3", ITU14, 1 << 11 | 2 << 3 | 3),
        (" 7-255-7 ", ITU14, 0x3FFF),
        ("1.2.3", ITU14, 1 << 11 | 2 << 3 | 3),
        ("0x20B", ITU14, 0x20B),
        ("523", ITU14, 523),
        (523, ITU14, 523),
        ("1-2-3", CHINA24, 0x010203),
        ("0x010203", CHINA24, 0x010203),
        ("255-255-255", ANSI24, 0xFFFFFF),
    ],
)
def test_point_codes_as_people_write_them(text, row, code):
    assert parse_point_code(text, row) == code


@pytest.mark.parametrize(
    ("text", "row", "why"),
    [
        ("1-2", ITU14, "has 2 parts; itu14 codes are 3-8-3: write .0-65-3., .0x20b. or .523."),
        ("8-1-1", ITU14, r"part 8 is above 7; .* \(8-8-8 would hold 8-1-1: label .china24.\)"),
        ("1-300-1", ITU14, "part 300 is above 255; itu14 codes are 3-8-3 bits$"),
        ("1-x-1", ITU14, '"x" is not a number'),
        ("16384", ITU14, "itu14 has 14 bits, 0 to 16383; as a 24-bit code it is 0-64-0"),
        ("-1", ITU14, "has 2 parts"),
        ("ff", ITU14, 'hexadecimal needs 0x: "0xff"'),
        ("0xzz", ITU14, "write"),
        ("", ITU14, "write"),
        ("16777216", CHINA24, "china24 has 24 bits, 0 to 16777215; write .1-2-11."),
        (-5, CHINA24, "china24 has 24 bits"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(text, row, why):
    with pytest.raises(ConfigError, match=why):
        parse_point_code(text, row)
