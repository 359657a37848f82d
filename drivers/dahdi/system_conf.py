"""``/etc/dahdi/system.conf``: its lines as data, and what is wrong with them by themselves.

Keywords and fields are those that ``dahdi_cfg`` reads. Numbers of channels are DAHDI's, from 1 on
over all spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

PATH: Final = "/etc/dahdi/system.conf"

FRAMINGS: Final[dict[str, str]] = {
    "d4": "t1",
    "sf": "t1",
    "superframe": "t1",
    "esf": "t1",
    "cas": "e1",
    "ccs": "e1",
}
CODINGS: Final[dict[str, tuple[str, ...]]] = {"t1": ("ami", "b8zs"), "e1": ("ami", "hdb3")}
SPAN_OPTIONS: Final = ("crc4", "yellow", "notopen", "term", "te", "nt")

SIGNALLINGS: Final[dict[str, str]] = {
    "fxols": "fxs",
    "fxogs": "fxs",
    "fxoks": "fxs",
    "fxsls": "fxo",
    "fxsgs": "fxo",
    "fxsks": "fxo",
    "e&m": "em",
    "e&me1": "em",
    "cas": "cas",
    "user": "cas",
    "bchan": "bearer",
    "clear": "clear",
    "indclear": "clear",
    "rawhdlc": "clear",
    "dchan": "dchan",
    "fcshdlc": "dchan",
    "hardhdlc": "dchan",
    "nethdlc": "net",
    "mtp2": "mtp2",
    "dacs": "dacs",
    "dacsrbs": "dacs",
    "sf": "other",
    "unused": "unused",
}
"""Keyword of channels -> what they are on the wire. An FXS port is signalled to as an FXO."""


@dataclass(frozen=True)
class Problem:
    """What is wrong and what to do. ``line`` 0: none of the file. ``warning``: it may be meant."""

    line: int
    text: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.text}: {self.remedy}"


@dataclass(frozen=True)
class SpanLine:
    """``span=NUMBER,TIMING,LBO,FRAMING,CODING[,OPTIONS]``."""

    line: int
    number: int
    timing: int
    framing: str
    coding: str
    options: tuple[str, ...]

    @property
    def kind(self) -> str:
        """``e1`` or ``t1``; BRI counts as E1."""
        return FRAMINGS.get(self.framing, "e1")


@dataclass(frozen=True)
class DynamicLine:
    """``dynamic=DRIVER,ADDRESS,CHANNELS,TIMING``."""

    line: int
    driver: str
    address: str
    channels: int
    timing: int


@dataclass(frozen=True)
class Channel:
    """One channel, as a line configures it."""

    line: int
    number: int
    keyword: str
    bits: str = ""

    @property
    def role(self) -> str:
        return SIGNALLINGS[self.keyword]


@dataclass
class SystemConf:
    """The whole file."""

    spans: dict[int, SpanLine] = field(default_factory=dict)
    dynamics: list[DynamicLine] = field(default_factory=list)
    channels: dict[int, Channel] = field(default_factory=dict)
    laws: dict[int, str] = field(default_factory=dict)
    """Channel -> ``alaw`` or ``mulaw``, where a line says."""
    cancellers: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Channel -> name and line."""
    zones: list[str] = field(default_factory=list)
    default_zone: str = ""
    problems: list[Problem] = field(default_factory=list)

    def country(self) -> str:
        """ISO 3166 code of the default tone zone, or ""."""
        zone = self.default_zone or (self.zones[0] if self.zones else "")
        return ZONES.get(zone, zone[:2] if re.fullmatch(r"[a-z]{2}(-\w+)?", zone) else "")


ZONES: Final = {"uk": "gb", "us-old": "us", "cn-chengdu": "cn"}
"""Tone zones whose names do not begin with the country's code."""


class _Reader:
    """One reading of a file."""

    def __init__(self) -> None:
        self.conf = SystemConf()
        self.line = 0

    def wrong(self, text: str, remedy: str, warning: bool = False) -> None:
        self.conf.problems.append(Problem(self.line, text, remedy, warning))

    def read(self, text: str) -> SystemConf:
        for self.line, whole in enumerate(text.splitlines(), 1):
            line = whole.partition("#")[0].partition(";")[0].strip()
            if line:
                self._line(line)
        return self.conf

    def _line(self, line: str) -> None:
        keyword, equals, value = line.partition("=")
        keyword, value = keyword.strip().lower(), value.strip()
        if not equals:
            self.wrong(f"'{line}' is no 'keyword=value'", "write it so, or put '#' before it")
        elif keyword == "span":
            self._span(value)
        elif keyword == "dynamic":
            self._dynamic(value)
        elif keyword in SIGNALLINGS:
            self._channels(keyword, value)
        elif keyword in ("alaw", "mulaw", "deflaw"):
            for number in self._numbers(value):
                if keyword != "deflaw":
                    self.conf.laws[number] = keyword
        elif keyword == "echocanceller":
            name, _, channels = value.partition(",")
            for number in self._numbers(channels):
                self.conf.cancellers[number] = (name.strip(), self.line)
        elif keyword == "loadzone":
            self.conf.zones.append(value)
        elif keyword == "defaultzone":
            self.conf.default_zone = value
        elif keyword not in ("spantype", "chanstate", "ctcss", "dcsrx", "rxtone", "txtone"):
            self.wrong(f"'{keyword}' is no keyword of dahdi_cfg", "correct or remove it", True)

    def _span(self, value: str) -> None:
        parts = [part.strip().lower() for part in value.split(",")]
        if len(parts) < 5 or not all(part.isdigit() for part in parts[:3]):
            self.wrong(
                f"'span={value}' has not its five fields",
                "write span=NUMBER,TIMING,LBO,FRAMING,CODING, as in span=1,1,0,ccs,hdb3,crc4",
            )
            return
        found = SpanLine(
            self.line, int(parts[0]), int(parts[1]), parts[3], parts[4], tuple(parts[5:])
        )
        if found.number in self.conf.spans:
            first = self.conf.spans[found.number].line
            self.wrong(f"span {found.number} is configured on line {first} too", "remove one")
        if found.framing not in FRAMINGS:
            self.wrong(f"framing '{found.framing}' does not exist", "give esf, d4, ccs or cas")
        elif found.coding not in CODINGS[found.kind]:
            have = " or ".join(CODINGS[found.kind])
            line = "an E1" if found.kind == "e1" else "a T1"
            self.wrong(
                f"framing {found.framing} is {line}'s and line code {found.coding} is not",
                f"give {have}",
            )
        for option in found.options:
            if option and option not in SPAN_OPTIONS:
                self.wrong(f"'{option}' is no option of a span", "remove it", True)
        self.conf.spans[found.number] = found

    def _dynamic(self, value: str) -> None:
        parts = [part.strip() for part in value.split(",")]
        if len(parts) != 4 or not parts[2].isdigit() or not parts[3].isdigit():
            self.wrong(
                f"'dynamic={value}' has not its four fields",
                "write dynamic=DRIVER,ADDRESS,CHANNELS,TIMING, as in dynamic=eth,eth0/MAC/0,31,0",
            )
            return
        found = DynamicLine(self.line, parts[0], parts[1], int(parts[2]), int(parts[3]))
        if found.driver == "loc" and found.timing:
            self.wrong(
                f"the local span {found.address} is named as a timing source",
                "give 0: it would wait for itself, and nothing would flow",
            )
        self.conf.dynamics.append(found)

    def _channels(self, keyword: str, value: str) -> None:
        listed, _, bits = value.partition(":")
        if keyword in ("cas", "user") and not re.fullmatch("[01]{4}", bits):
            self.wrong(
                f"'{keyword}={value}' says no idle bits",
                f"write {keyword}={listed}:1001 (R2) or another four bits",
            )
        for number in self._numbers(listed):
            before = self.conf.channels.get(number)
            if before is not None:
                self.wrong(
                    f"channel {number} is '{before.keyword}' on line {before.line} and "
                    f"'{keyword}' here",
                    "leave it on one line",
                )
            self.conf.channels[number] = Channel(self.line, number, keyword, bits)

    def _numbers(self, text: str) -> list[int]:
        found: list[int] = []
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
            if match is None:
                self.wrong(f"'{part}' is no channel and no range", "write them as in 1-15,17-31")
                continue
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first:
                self.wrong(f"the range {part} runs backwards", f"write {last}-{first}")
            found += range(first, last + 1)
        return found


def parse(text: str) -> SystemConf:
    """Read a file's text; ``problems`` has what its lines have wrong by themselves."""
    return _Reader().read(text)
