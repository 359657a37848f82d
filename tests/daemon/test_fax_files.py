"""TIFF files and T.30 frames as they are read, without any library."""

from __future__ import annotations

import importlib.util
import pathlib
import struct
import sys

import pytest

from trunkd.daemon.fax_frames import CFR, DCS, PAGE_DATA, control_field, dcs
from trunkd.daemon.fax_tiff import TiffPage, pages_of
from trunkd.errors import LocalError

_spec = importlib.util.spec_from_file_location(
    "fax_rig", pathlib.Path(__file__).with_name("fax_rig.py")
)
assert _spec is not None and _spec.loader is not None
rig = importlib.util.module_from_spec(_spec)
sys.modules["fax_rig"] = rig
_spec.loader.exec_module(rig)


def tag_at(data: bytes, tag: int) -> int:
    """Where a tag's entry is in the first directory of a little-endian file."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    places = {struct.unpack_from("<H", data, at + 2 + 12 * i)[0]: i for i in range(count)}
    return at + 2 + 12 * places[tag]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pages_of_both_byte_orders(order: str, tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(1, rows=20), rig.text_page(2, rows=30, width=2048, y=196)]
    rig.write_tiff(tmp_path / "a.tif", pages, order)
    assert pages_of(str(tmp_path / "a.tif")) == [
        TiffPage(1728, 20, "none", 204.0, 98.0),
        TiffPage(2048, 30, "none", 204.0, 196.0),
    ]


@pytest.mark.peer
@pytest.mark.parametrize(("how", "name"), [("g3", "T.4"), ("g32d", "T.4"), ("g4", "T.6")])
def test_pages_of_libtiffs_files(how: str, name: str, tmp_path: pathlib.Path) -> None:
    rig.write_tiff(tmp_path / "a.tif", [rig.text_page(1, rows=300)])
    assert pages_of(str(rig.recode(how, tmp_path / "a.tif"))) == [
        TiffPage(1728, 300, name, 204.0, 98.0)
    ]


def test_resolution_in_centimetres(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.tif"
    rig.write_tiff(path, [rig.text_page(1, rows=20, y=77)], x=80)
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, tag_at(data, 296) + 8, 3)
    path.write_bytes(data)
    (page,) = pages_of(str(path))
    assert (round(page.x_resolution), round(page.y_resolution)) == (203, 196)


@pytest.mark.parametrize(
    ("tag", "value", "says"),
    [
        (256, 1700, "page 1: 1700 pixels wide; a fax has 1728 (A4), 2048 (B4) or 2432 (A3)"),
        (257, 0, "page 1: 0 rows"),
        (257, 4_000_000_000, "4000000000 rows"),
        (258, 8, "not black and white"),
        (277, 3, "not black and white"),
        (259, 7, "compression 7 is not read"),
        (273, 0x7FFFFFFF, "a strip lies outside the file"),
        (278, 7, "its strips do not make 20 rows"),
        (279, 0, "a strip lies outside the file"),
        (279, 0xFFFFFFFF, "a strip lies outside the file"),
    ],
)
def test_a_wrong_tag_is_named(tag: int, value: int, says: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.tif"
    rig.write_tiff(path, [rig.text_page(1, rows=20)])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, tag_at(data, tag) + 8, value)
    path.write_bytes(data)
    with pytest.raises(LocalError) as told:
        pages_of(str(path))
    assert says in str(told.value) and str(path) in str(told.value)


@pytest.mark.parametrize(("x", "y"), [(300, 300), (408, 391), (204, 150), (96, 96)])
def test_a_resolution_that_no_fax_has(x: int, y: int, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.tif"
    rig.write_tiff(path, [rig.text_page(1, rows=20, y=y)], x=x)
    with pytest.raises(LocalError, match=f"page 1: {x}x{y} dots per inch.*-r204x196"):
        pages_of(str(path))


def test_directories_in_a_circle(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.tif"
    rig.write_tiff(path, [rig.text_page(1, rows=20)])
    data = bytearray(path.read_bytes())
    data[-4:] = data[4:8]
    path.write_bytes(data)
    with pytest.raises(LocalError, match="page 2: the directories run in a circle"):
        pages_of(str(path))


def test_no_page_and_no_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0\0\0\0\0")
    with pytest.raises(LocalError, match="there is no page in it"):
        pages_of(str(tmp_path / "a.tif"))
    with pytest.raises(LocalError, match="No such file"):
        pages_of(str(tmp_path / "b.tif"))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        # Spoken by spandsp's terminal in tests: fine without and with ECM, then rates of V.27ter.
        ("ff138300e278", ("V.17", 14400, False, "MR", "204x196")),
        ("ff13830022f844", ("V.17", 14400, True, "MMR", "204x98")),
        ("ff1382000000", ("V.27ter", 2400, False, "MH", "204x98")),
        ("ff1382000800", ("V.27ter", 4800, False, "MH", "204x98")),
        ("ff1382000400", ("V.29", 9600, False, "MH", "204x98")),
        ("ff1382000c00", ("V.29", 7200, False, "MH", "204x98")),
        ("ff1382002400", ("V.17", 9600, False, "MH", "204x98")),
        ("ff1382000400", ("V.29", 9600, False, "MH", "204x98")),
        ("ff1382001000", ("", 0, False, "MH", "204x98")),
    ],
)
def test_dcs(octets: str, expected: tuple[str, int, bool, str, str]) -> None:
    assert tuple(dcs(bytes.fromhex(octets)) or ()) == expected


def test_other_frames_are_no_dcs() -> None:
    assert dcs(bytes.fromhex("ff138000eefac480")) is None
    assert dcs(bytes.fromhex("ff1383")) is None
    assert dcs(b"") is None
    assert control_field(bytes.fromhex("ff1385")) == CFR
    assert control_field(bytes.fromhex("ff1383ffffff")) == DCS
    assert control_field(bytes.fromhex("ff1381")) == 0x81
    assert control_field(bytes.fromhex("ff0306")) in PAGE_DATA
    assert control_field(b"\xff") in PAGE_DATA
