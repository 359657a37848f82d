"""trunkd's configuration made from ``system.conf``."""

from __future__ import annotations

from typing import Final

from .check import SpanPlace, places_of
from .system_conf import PATH, Channel, SystemConf

HEAD: Final = """\
# Made by `trunkd dahdi import` from {file}.
# Look through it: what a number means, who is the network and what the exchange calls its circuits
# is not in that file.
"""


def ranges(numbers: list[int]) -> str:
    """As in "1-15,17-31"."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


class _Span:
    """One span's channels by what they are; numbers are timeslots."""

    def __init__(self, conf: SystemConf, place: SpanPlace, number: int) -> None:
        self.conf = conf
        self.place = place
        self.number = number
        """On the board: its place among the spans."""
        self.channels = [conf.channels[n] for n in place.range if n in conf.channels]

    def timeslots(self, *roles: str) -> list[int]:
        return [self._timeslot(c) for c in self.channels if c.role in roles]

    def _timeslot(self, channel: Channel) -> int:
        return channel.number - self.place.first + 1

    def law(self) -> str:
        for channel in self.channels:
            if channel.number in self.conf.laws:
                return self.conf.laws[channel.number]
        return "alaw" if self.place.kind in ("e1", "bri") else "mulaw"

    def head(self, name: str, signalling: str) -> list[str]:
        lines = ["", "[[trunk]]", f'name = "{name}"', f'span = "b0/{self.number}"']
        lines.append(f'signalling = "{signalling}"')
        if self.law() != "alaw":
            lines.append(f'law = "{self.law()}"')
        return [*lines, f"[trunk.{signalling}]"]

    def pri(self) -> list[str]:
        span = self.conf.spans.get(self.place.number)
        clock = span is not None and span.timing > 0
        side = "user" if clock else "network"
        d_channel = self.timeslots("dchan")[0]
        why = "the far end gives the clock" if clock else "we give the clock"
        return [
            *self.head(f"pri{self.number}", "pri"),
            f'side = "{side}"  # {why}: then this is usual',
            f"d_channel = {d_channel}",
            f'channels = "{ranges(self.timeslots("bearer", "clear"))}"',
        ]

    def cas(self) -> list[str]:
        country = self.conf.country()
        variant = country if country in ("cn", "mx", "br", "ar") else "itu"
        return [
            *self.head(f"r2-{self.number}", "r2"),
            f'variant = "{variant}"',
            f'channels = "{ranges(self.timeslots("cas"))}"',
        ]

    def em(self) -> list[str]:
        numbers = [c.number for c in self.channels if c.role == "em"]
        return [
            "",
            f"# Channels {ranges(numbers)} are e&m in {PATH}, where DAHDI signals on them itself.",
            f"# trunkd does that: write 'cas={ranges(numbers)}:0000' there instead, and here:",
            *(
                f"# {line}"
                for line in [
                    *self.head(f"em{self.number}", "em")[1:],
                    f'channels = "{ranges(self.timeslots("em"))}"',
                ]
            ),
        ]

    def analog(self, role: str) -> list[str]:
        country = self.conf.country()
        lines = [
            *self.head(f"{role}{self.number}", role),
            f'channels = "{ranges(self.timeslots(role))}"',
        ]
        return [*lines, f'country = "{country}"'] if country else lines

    def ss7(self) -> list[str]:
        links = self.timeslots("mtp2")
        return [
            "",
            f"# Timeslot {ranges(links)} of span b0/{self.number} is an SS7 link (mtp2). Its point",
            "# codes are in no DAHDI file: write [[ss7]], [[ss7.linkset]], and within that",
            f'# [[ss7.linkset.link]] of span "b0/{self.number}" and timeslot {links[0]}; and a',
            "# [[trunk]] of ISUP or TUP with its circuits (see docs/ss7.md).",
        ]

    def lines(self) -> list[str]:
        found: list[str] = []
        if self.timeslots("dchan") and self.timeslots("bearer", "clear"):
            found += self.pri()
        if self.timeslots("cas"):
            found += self.cas()
        if self.timeslots("em"):
            found += self.em()
        for role in ("fxs", "fxo"):
            if self.timeslots(role):
                found += self.analog(role)
        if self.timeslots("mtp2"):
            found += self.ss7()
        if not found and self.channels:
            found = ["", f"# Span b0/{self.number}: no signalling of ours is configured on it."]
        return found


def to_toml(conf: SystemConf, places: list[SpanPlace] | None = None, file: str = PATH) -> str:
    """A configuration of all that the file signals. ``places``: where spans are; None: where the
    file says."""
    at = places_of(conf) if places is None else places
    lines = [HEAD.format(file=file)]
    country = conf.country()
    if country:
        lines += ["[media]", f'country = "{country}"', ""]
    lines += ["[[board]]", 'name = "b0"', 'address = "dahdi://"']
    named = ", ".join(f"{n}: {p.name or p.kind}" for n, p in enumerate(at, 1))
    lines.append(f"# Spans: {named or 'none'}.")
    for number, place in enumerate(at, 1):
        lines += _Span(conf, place, number).lines()
    return "\n".join(lines) + "\n"
