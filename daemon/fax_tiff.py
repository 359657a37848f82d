"""TIFF files to send, looked at before a fax begins: what T.4 has no width for is said at once.

Read here are the file's directories (TIFF 6.0 section 2, TIFF-F: RFC 2301); the worker then has
libtiff decode every row. A page's size is bounded before anything is given memory.
"""

from __future__ import annotations

import os
import struct
from typing import Final, NamedTuple

from ..errors import LocalError
from .fax_events import MAX_PAGES

REMEDY: Final = "make one with: gs -sDEVICE=tiffg4 -r204x196 -g1728x2292 -o page.tif FILE.pdf"
WIDTHS: Final = {1728: "A4", 2048: "B4", 2432: "A3"}
"""Pixels a row at 204 dots per inch (T.4 Table 1); the only widths a fax has."""
ACROSS: Final = ((190.0, 215.0),)
DOWN: Final = ((93.0, 103.0), (186.0, 206.0), (372.0, 411.0))
"""Dots per inch that spandsp takes for R8, and for standard, fine and superfine."""
MAX_ROWS: Final = 32_000
MAX_OCTETS: Final = 256 << 20
_COMPRESSIONS: Final = {1: "none", 2: "MH", 3: "T.4", 4: "T.6", 5: "LZW", 8: "deflate"} | {
    32773: "PackBits"
}
_SHORT: Final = 3
_SIZES: Final = {1: 1, _SHORT: 2, 4: 4, 5: 8}
"""Octets of the field types used here: BYTE, SHORT, LONG, RATIONAL."""

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, STRIPS = 256, 257, 258, 259, 262, 273
SAMPLES, ROWS_PER_STRIP, STRIP_OCTETS, X, Y, UNIT, TILE_WIDTH = 277, 278, 279, 282, 283, 296, 322


class TiffPage(NamedTuple):
    """One page as its directory describes it. Resolutions in dots per inch, 0 where not said."""

    width: int
    rows: int
    compression: str
    x_resolution: float
    y_resolution: float


class _Reader:
    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        order = {b"II": "<", b"MM": ">"}.get(data[:2])
        if order is None or len(data) < 8 or struct.unpack(order + "H", data[2:4])[0] != 42:
            raise LocalError(f"{path}: not a TIFF file; {REMEDY}")
        self.order = order

    def numbers(self, form: str, at: int, place: str) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + form, self.data, at)
        except struct.error as exc:
            raise LocalError(f"{self.path}: {place} lies outside the file: it is cut off") from exc

    def directory(self, at: int, place: str) -> tuple[dict[int, tuple[int, ...]], int]:
        """The tags of a directory that matter here, and where the next one is."""
        (count,) = self.numbers("H", at, place)
        tags: dict[int, tuple[int, ...]] = {}
        for i in range(count):
            tag, kind, values = self.numbers("HHI", at + 2 + 12 * i, place)
            size = _SIZES.get(kind, 0) * values
            if not size or tag not in _WANTED:
                continue
            if values > MAX_ROWS:
                raise LocalError(f"{self.path}: {place}: tag {tag} has {values} values")
            where = at + 10 + 12 * i
            if size > 4:
                (where,) = self.numbers("I", where, place)
            letter = {1: "B", _SHORT: "H", 4: "I", 5: "I"}[kind]
            tags[tag] = self.numbers(f"{values * (2 if kind == 5 else 1)}{letter}", where, place)
        (after,) = self.numbers("I", at + 2 + 12 * count, place)
        return tags, after


_WANTED: Final = {WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, SAMPLES, STRIP_OCTETS}
_WANTED.update((ROWS_PER_STRIP, X, Y, UNIT, TILE_WIDTH))


def pages_of(path: str) -> list[TiffPage]:
    """The pages of a TIFF file; LocalError names the first that no fax can carry, and a remedy."""
    try:
        if os.path.getsize(path) > MAX_OCTETS:
            raise LocalError(f"{path}: longer than {MAX_OCTETS >> 20} MiB")
        with open(path, "rb") as file:
            reader = _Reader(path, file.read())
    except OSError as exc:
        raise LocalError(f"{path}: {exc.strerror}") from exc
    (at,) = reader.numbers("I", 4, "the first page's directory")
    pages: list[TiffPage] = []
    seen: set[int] = set()
    while at:
        place = f"page {len(pages) + 1}"
        if at in seen:
            raise LocalError(f"{path}: {place}: the directories run in a circle")
        if len(pages) == MAX_PAGES:
            raise LocalError(f"{path}: more than {MAX_PAGES} pages")
        seen.add(at)
        tags, at = reader.directory(at, place)
        pages.append(_page(tags, f"{path}: {place}", len(reader.data)))
    if not pages:
        raise LocalError(f"{path}: there is no page in it; {REMEDY}")
    return pages


def _page(tags: dict[int, tuple[int, ...]], place: str, octets: int) -> TiffPage:
    def one(tag: int, otherwise: int) -> int:
        values = tags.get(tag, ())
        return values[0] if values else otherwise

    width, rows = one(WIDTH, 0), one(LENGTH, 0)
    if (one(BITS, 1), one(SAMPLES, 1)) != (1, 1):
        raise LocalError(f"{place}: not black and white, 1 bit a pixel; {REMEDY}")
    if width not in WIDTHS:
        raise LocalError(
            f"{place}: {width} pixels wide; a fax has 1728 (A4), 2048 (B4) or 2432 (A3); {REMEDY}"
        )
    if not 1 <= rows <= MAX_ROWS:
        raise LocalError(f"{place}: {rows} rows; a page has 1 to {MAX_ROWS}")
    compression = _COMPRESSIONS.get(one(COMPRESSION, 1))
    if compression is None:
        raise LocalError(f"{place}: compression {one(COMPRESSION, 1)} is not read; {REMEDY}")
    _strips(tags, place, octets, rows)
    scale = 2.54 if one(UNIT, 2) == 3 else 1.0
    x, y = (_rational(tags.get(tag, ())) * scale for tag in (X, Y))
    if one(UNIT, 2) == 1 or not x or not y:
        x = y = 0.0
    elif not (_within(x, ACROSS) and _within(y, DOWN)):
        raise LocalError(
            f"{place}: {x:.0f}x{y:.0f} dots per inch; a fax has 204x98, 204x196 or 204x391; "
            + REMEDY
        )
    return TiffPage(width, rows, compression, x, y)


def _within(value: float, ranges: tuple[tuple[float, float], ...]) -> bool:
    return any(low <= value <= high for low, high in ranges)


def _strips(tags: dict[int, tuple[int, ...]], place: str, octets: int, rows: int) -> None:
    """The strips lie in the file and are as many as the rows need."""
    starts, lengths = tags.get(STRIPS, ()), tags.get(STRIP_OCTETS, ())
    if TILE_WIDTH in tags:
        raise LocalError(f"{place}: made of tiles, not strips; {REMEDY}")
    each = (tags.get(ROWS_PER_STRIP) or (rows,))[0]
    if each < 1 or len(starts) != -(-rows // each) or len(lengths) != len(starts):
        raise LocalError(f"{place}: its strips do not make {rows} rows; the file is damaged")
    for start, length in zip(starts, lengths, strict=True):
        if not length or start + length > octets:
            raise LocalError(f"{place}: a strip lies outside the file: it is cut off")


def _rational(values: tuple[int, ...]) -> float:
    return values[0] / values[1] if len(values) >= 2 and values[1] else 0.0
