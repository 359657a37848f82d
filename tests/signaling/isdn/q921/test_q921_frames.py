"""Q.921 clauses 2 and 3: frames as octets; 5.9: parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError, RemoteError
from trunkd.signaling.isdn import q921_frames as q
from trunkd.signaling.isdn.q921_config import PARAMETERS, LinkConfig
from trunkd.signaling.isdn.q921_frames import Frame, FrmrField, decode, encode

GOLDEN = [
    # Octets as in Tables 3 to 5 and Figures 3 to 7 of Q.921; network commands have C/R = 1.
    ("02017f", Frame(q.SABME, cr=1, pf=1)),
    ("00017f", Frame(q.SABME, cr=0, pf=1)),
    ("020173", Frame(q.UA, cr=1, pf=1)),
    ("000163", Frame(q.UA, cr=0)),
    ("02011f", Frame(q.DM, cr=1, pf=1)),
    ("02010f", Frame(q.DM, cr=1)),
    ("020153", Frame(q.DISC, cr=1, pf=1)),
    ("02ff03080100", Frame(q.UI, tei=127, cr=1, info=b"\x08\x01\x00")),
    ("02010101", Frame(q.RR, cr=1, pf=1)),
    ("00010104", Frame(q.RR, nr=2)),
    ("020105ff", Frame(q.RNR, cr=1, pf=1, nr=127)),
    ("02010908", Frame(q.REJ, cr=1, nr=4)),
    ("02010a05aabb", Frame(q.I, cr=1, pf=1, ns=5, nr=2, info=b"\xaa\xbb")),
    ("fcff03", Frame(q.UI, sapi=63, tei=127)),
    ("020197000000000a", Frame(q.FRMR, cr=1, pf=1, info=bytes([0, 0, 0, 0, 10]))),
    ("0201bf8280", Frame(q.XID, cr=1, pf=1, info=b"\x82\x80")),
]


@pytest.mark.parametrize(("octets", "frame"), GOLDEN, ids=[o for o, _ in GOLDEN])
def test_octets_of_every_frame_type(octets: str, frame: Frame) -> None:
    assert encode(frame).hex() == octets
    assert decode(bytes.fromhex(octets)) == frame


@given(
    st.integers(0, 10),
    st.integers(0, 63),
    st.integers(0, 127),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 127),
    st.integers(0, 127),
    st.binary(max_size=20),
)
def test_both_ways(
    kind: int, sapi: int, tei: int, cr: int, pf: int, ns: int, nr: int, info: bytes
) -> None:
    ns, nr = (ns if kind == q.I else 0), (nr if kind <= q.REJ else 0)
    frame = decode(encode(Frame(kind, sapi, tei, cr, pf, ns, nr, info)))
    got = (frame.kind, frame.sapi, frame.tei, frame.cr, frame.pf, frame.ns, frame.nr, frame.info)
    assert got == (kind, sapi, tei, cr, pf, ns, nr, info)


@given(st.binary(max_size=12))
def test_any_octets_decode_to_themselves_or_are_refused(octets: bytes) -> None:
    try:
        frame = decode(octets)
    except RemoteError:
        return
    assert encode(frame) == octets


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "at least 3"),
        ("0201", "at least 3"),
        ("030101", "one octet"),
        ("020001", "more than two octets"),
        ("0201e3", "Table 5"),  # TEST of HDLC: LAPD does not have it
        ("02012f", "Table 5"),  # SABM of LAPB
        ("02011100", "Table 5"),  # RR with a reserved bit set
        ("02010d00", "Table 5"),  # SREJ
        ("020101", "second control octet"),
        ("020100", "second control octet"),
    ],
)
def test_malformed(octets: str, why: str) -> None:
    with pytest.raises(RemoteError, match=why):
        decode(bytes.fromhex(octets))


def test_unencodable() -> None:
    for frame in (Frame(q.RR, nr=128), Frame(q.I, ns=-1), Frame(q.UI, sapi=64), Frame(q.UNDEFINED)):
        with pytest.raises(LocalError):
            encode(frame)


def test_control_octets_are_all_told_apart() -> None:
    kinds = [q.KINDS[octet] for octet in range(256)]
    assert kinds.count(q.I) == 128
    assert [kinds.count(k) for k in (q.RR, q.RNR, q.REJ)] == [1, 1, 1]
    for kind in range(q.SABME, q.UNDEFINED):
        assert kinds.count(kind) == 2, q.FRAME_NAMES[kind]


def test_frmr_field() -> None:
    field = FrmrField(bytes([0x0A, 0x05, 0x06, 0x09, 0x08]))
    assert (field.control, field.vs, field.vr, field.response) == (b"\x0a\x05", 3, 4, True)
    assert (field.w, field.x, field.y, field.z) == (False, False, False, True)
    with pytest.raises(RemoteError, match="not 5"):
        FrmrField(b"\0\0\0")


def test_command_is_told_by_the_side_that_sent_it() -> None:
    assert decode(bytes.fromhex("02017f")).command(from_network=True)
    assert not decode(bytes.fromhex("02017f")).command(from_network=False)


def test_parameters_are_those_of_5_9() -> None:
    rows = {row.name: (row.default, row.clause) for row in PARAMETERS}
    assert rows == {
        "T200": (1_000_000_000, "5.9.1"),
        "N200": (3, "5.9.2"),
        "N201": (260, "5.9.3"),
        "N202": (3, "5.9.4"),
        "k": (7, "5.9.5"),
        "T201": (1_000_000_000, "5.9.6"),
        "T202": (2_000_000_000, "5.9.7"),
        "T203": (10_000_000_000, "5.9.8"),
    }
    assert [row.name for row in PARAMETERS if not row.used] == ["N202", "T201", "T202"]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"sapi": 63}, "SAPI is 63"),
        ({"tei": 127}, "TEI is 127"),
        ({"t200": 1_000_000}, "T200 is 1 ms; give 10 to 60000 .default 1000"),
        ({"t203": 0}, "T203 is 0 ms"),
        ({"n200": 0}, "N200 is 0; give 1 to 255 .default 3"),
        ({"n201": 261}, "N201 is 261 octets"),
        ({"k": 128}, "k is 128 frames; give 1 to 127"),
        ({"t200": 10_000_000_000, "t203": 10_000_000_000}, "longer than T200"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, int], what: str) -> None:
    with pytest.raises(LocalError, match=what):
        LinkConfig(False, **wrong)
