"""ShConfig.ini, which the maker's library reads: read here to say what is wrong with it, where.

The layout is that of public samples (docs/synway.md): sections in brackets, ``key=value``, ``;``
before comments. ``[AppChToBoardChTable]`` maps application channels to boards:
``AppCh[0]=BOARD,FIRST..LAST``; ``[BoardId=N]`` is a board, ``[PcmInfo]`` its PCM links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

MOST: Final = 4 << 20
"""Octets of a file."""

_SECTION: Final = re.compile(r"^\[([^\]]+)\]\s*$")
_RANGE: Final = re.compile(r"^\s*(\d+)\s*,\s*(\d+)\s*(?:\.\.\s*(\d+))?\s*$")


class Row(NamedTuple):
    """A key's value and its line."""

    value: str
    line: int


@dataclass
class ShConfig:
    """A file. Sections and keys in small letters: the maker's driver does not tell them apart."""

    path: str
    sections: dict[str, dict[str, Row]]
    lines: dict[str, int]
    """Of the sections."""
    bad_lines: list[int]
    """Neither section, key, comment nor blank."""

    def row(self, section: str, key: str) -> Row | None:
        return self.sections.get(section.lower(), {}).get(key.lower())

    def number(self, section: str, key: str) -> int | None:
        """None: there is none, or it is no number."""
        row = self.row(section, key)
        value = row.value if row is not None else ""
        return int(value) if re.fullmatch(r"-?\d+", value) else None

    def place(self, section: str, key: str = "") -> str:
        """Where a key or its section stands."""
        row = self.row(section, key) if key else None
        line = row.line if row is not None else self.lines.get(section.lower(), 0)
        where = f"{self.path}:{line}:" if line else f"{self.path}:"
        return f"{where} [{section}] {key}".rstrip()


class Fault(NamedTuple):
    """Something that the maker's library would stumble over."""

    place: str
    text: str
    remedy: str


class Channels(NamedTuple):
    """A row of the table of channels."""

    first: int
    board: int
    on_board: int
    size: int


def parse(octets: bytes, path: str = "ShConfig.ini") -> ShConfig:
    """Read a file; of two rows with one key the first counts, as with the maker's driver."""
    text = octets.decode("utf-8-sig", "replace").replace("\x00", "")
    found = ShConfig(path, {}, {}, [])
    current: dict[str, Row] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith((";", "#", "//")):
            continue
        header = _SECTION.match(line)
        if header:
            name = header[1].strip().lower()
            current = found.sections.setdefault(name, {})
            found.lines.setdefault(name, number)
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            found.bad_lines.append(number)
            continue
        current.setdefault(key.strip().lower(), Row(value.split(";")[0].strip(), number))
    return found


def channels(config: ShConfig) -> list[Channels]:
    """The table of channels, as far as it can be read."""
    found, first, index = [], 0, 0
    while (row := config.row("AppChToBoardChTable", f"AppCh[{index}]")) is not None:
        index += 1
        part = _RANGE.match(row.value)
        if part is None:
            continue
        begin = int(part[2])
        count = int(part[3] or begin) - begin + 1
        if count > 0:
            found.append(Channels(first, int(part[1]), begin, count))
            first += count
    return found


def total_channels(config: ShConfig) -> int:
    return config.number("AppChToBoardChTable", "TotalAppCh") or sum(
        part.size for part in channels(config)
    )


def total_links(config: ShConfig) -> int:
    """PCM links: ``TotalPcm``, else two for a board of 60 channels (SHD-60), one for 30 …"""
    told = config.number("PcmInfo", "TotalPcm")
    if told is not None:
        return told
    boards = (config.row(f"BoardId={n}", "BoardModel") for n in range(_boards(config)))
    return sum(_links_of(row.value) for row in boards if row is not None)


def _links_of(model: str) -> int:
    """E1 links of a model by its name: SHD-30, SHD-60, SHD-120, SHD-240 have 30 channels each."""
    part = re.match(r"SHD-(\d+)", model.upper())
    return int(part[1]) // 30 if part else 0


def _boards(config: ShConfig) -> int:
    return max(0, config.number("SystemConfig", "TotalBoards") or 0)


def faults(config: ShConfig) -> list[Fault]:
    """All that is wrong with it."""
    found = [
        Fault(f"{config.path}:{n}:", "is neither [section] nor key=value", "correct or delete it")
        for n in config.bad_lines
    ]
    if not config.sections:
        found.append(Fault(f"{config.path}:", "is empty", "let the maker's tool write it"))
        return found
    return found + _board_faults(config) + _channel_faults(config) + _link_faults(config)


def _board_faults(config: ShConfig) -> list[Fault]:
    found = []
    total = config.number("SystemConfig", "TotalBoards")
    if total is None or total < 1:
        place = config.place("SystemConfig", "TotalBoards")
        found.append(Fault(place, "is missing or no number", "write how many boards there are"))
        return found
    serials: dict[str, int] = {}
    for board in range(total):
        section = f"BoardId={board}"
        if section.lower() not in config.sections:
            place = config.place("SystemConfig", "TotalBoards")
            found.append(
                Fault(place, f"is {total}, and there is no [{section}]", "add the section")
            )
            continue
        model = config.row(section, "BoardModel")
        if model is None or not model.value:
            place = config.place(section, "BoardModel")
            found.append(Fault(place, "is missing", "write the model, as in SHD-30E-CT/PCI"))
        serial = config.row(section, "BoardSerialNumber")
        if serial is not None and serial.value not in ("", "0"):
            other = serials.setdefault(serial.value, board)
            if other != board:
                place = config.place(section, "BoardSerialNumber")
                text = f"{serial.value} is that of board {other} too"
                found.append(Fault(place, text, "each board has its own, printed on it"))
    return found


def _channel_faults(config: ShConfig) -> list[Fault]:
    section = "AppChToBoardChTable"
    if section.lower() not in config.sections:
        return [
            Fault(config.place(section), "is missing", "map the channels with AppCh[0]=0,0..29")
        ]
    found, index = [], 0
    taken: dict[tuple[int, int], int] = {}
    while (row := config.row(section, f"AppCh[{index}]")) is not None:
        place = config.place(section, f"AppCh[{index}]")
        part = _RANGE.match(row.value)
        if part is None or int(part[3] or part[2]) < int(part[2]):
            found.append(Fault(place, f"'{row.value}' is no BOARD,FIRST..LAST", "as in 0,0..29"))
        else:
            found += _row_faults(config, place, index, part, taken)
        index += 1
    total, have = config.number(section, "TotalAppCh"), sum(c.size for c in channels(config))
    if total is None:
        found.append(Fault(config.place(section, "TotalAppCh"), "is missing", f"write {have}"))
    elif total != have and not found:
        place = config.place(section, "TotalAppCh")
        found.append(Fault(place, f"is {total}, and AppCh[] has {have}", "make them the same"))
    return found


def _row_faults(
    config: ShConfig,
    place: str,
    index: int,
    part: re.Match[str],
    taken: dict[tuple[int, int], int],
) -> list[Fault]:
    board = int(part[1])
    if board >= _boards(config):
        text = f"there is no board {board}"
        return [Fault(place, text, f"boards are 0 to {_boards(config) - 1}, by TotalBoards")]
    for channel in range(int(part[2]), int(part[3] or part[2]) + 1):
        other = taken.setdefault((board, channel), index)
        if other != index:
            text = f"channel {channel} of board {board} is in AppCh[{other}] already"
            return [Fault(place, text, "name each channel once")]
    return []


_LINKS: Final = (("ISDN", ("TotalUserLinker", "TotalNetLinker")), ("SS7", ("TotalIsupPcm",)))
"""Keys that say how many PCM links a protocol has."""


def _link_faults(config: ShConfig) -> list[Fault]:
    """E1 boards: how many links there are, and how many of them each protocol takes. How a link is
    given its protocol is not public: the channels' types are seen when the library runs."""
    found = []
    links = total_links(config)
    rows = (config.row(f"BoardId={board}", "BoardModel") for board in range(_boards(config)))
    digital = sum(_links_of(row.value) for row in rows if row is not None)
    if links > digital and not digital:
        place = config.place("PcmInfo", "TotalPcm")
        found.append(Fault(place, f"is {links}, and no board is an SHD", "write 0"))
    if digital and not links:
        place = config.place("PcmInfo", "TotalPcm")
        text = f"is 0, and the boards have {digital} E1 links"
        found.append(Fault(place, text, "write how many are used"))
    for section, keys in _LINKS:
        used = sum(config.number(section, key) or 0 for key in keys)
        if used > links:
            place = config.place(section, keys[0])
            text = f"{' and '.join(keys)} make {used} links, and there are {links}"
            found.append(Fault(place, text, "correct them, or TotalPcm of [PcmInfo]"))
    return found
