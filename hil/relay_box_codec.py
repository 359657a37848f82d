"""Commands and answers of relay boards, made and read from their rows (relay_box_rows.py)."""

from __future__ import annotations

import re
from typing import Final

from .relay_box_rows import NO_ERROR, READERS, Family, State


def crc16(data: bytes) -> int:
    """Modbus' CRC (polynomial 0xA001 reflected, start 0xFFFF); sent low octet first."""
    crc = 0xFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 * (crc & 1)
    return crc


def render(template: str, binary: bool, words: dict[str, int]) -> bytes:
    """A command from its template; ``words`` are the numbers it may use."""
    if not binary:
        n = words["n"]
        n36 = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[n] if n < 32 else "?"
        return template.format(**words, n02=f"{n:02}", n36=n36).encode()
    made = b""
    for word in template.split():
        base, plus, name = word.rpartition("+")
        if word == "sum":
            made += bytes([sum(made) & 0xFF])
        elif word == "crc":
            made += crc16(made).to_bytes(2, "little")
        elif name in words:
            made += bytes([(int(base, 16) if plus else 0) + words[name]])
        else:
            made += bytes.fromhex(word)
    return made


class Codec:
    """One board: a family, how many relays, the number of the first, its Modbus address."""

    def __init__(self, family: Family, relays: int, first: int, unit: int = 1) -> None:
        self.family: Final = family
        self.relays: Final = relays
        self._words: Final = {
            "n": first,
            "first": first,
            "last": first + relays - 1,
            "count": relays,
            "others": relays - 1,
            "unit": unit,
            "bytes": (relays + 7) // 8,
            "hex": (relays + 3) // 4,
        }
        self._first: Final = first
        self.ack: Final = self._pattern(family.ack, first)
        self.refused: Final = self._pattern(family.refused, first)
        self.identity: Final = self._pattern(family.identity, first)
        self.no_error: Final = re.compile(NO_ERROR, re.DOTALL)

    def command(self, place: int, closed: bool) -> bytes:
        """Close or open the relay at this place (from 0)."""
        return self._render(self.family.close if closed else self.family.open, place)

    def asks(self) -> list[tuple[bytes, re.Pattern[bytes], int]]:
        """What to ask for the state of all relays: command, answer, place of its first relay."""
        family = self.family
        places = range(self.relays) if family.asks == "one" else range(1 if family.asks else 0)
        return [
            (self._render(family.ask, p), self._must(family.answer, self._first + p), p)
            for p in places
        ]

    def read(self, answer: bytes, pattern: re.Pattern[bytes], place: int) -> State | None:
        """The relays of an answer by place, or None when it is garbled."""
        found = pattern.fullmatch(answer)
        if found is None or not self.sound(answer):
            return None
        state = READERS[self.family.reader](found["state"])
        if self.family.asks == "one":
            return {place: state[0]}
        if not set(range(self.relays)) <= set(state):
            return None
        return {p: state[p] for p in range(self.relays)}

    def sound(self, answer: bytes) -> bool:
        """Its check sum is right, where the family has one."""
        return not self.family.crc or crc16(answer) == 0

    def wake(self) -> bytes:
        return self._render(self.family.wake, 0)

    def identify(self) -> bytes:
        return self._render(self.family.identify, 0)

    def identity_text(self, found: re.Match[bytes]) -> str:
        """What the board says it is."""
        text = found["text"]
        return text.hex(" ") if self.family.binary else text.decode("ascii", "replace").strip()

    def errors(self) -> bytes:
        return self._render(self.family.errors, 0)

    def _render(self, template: str, place: int) -> bytes:
        return render(template, self.family.binary, {**self._words, "n": self._first + place})

    def _must(self, template: str, n: int) -> re.Pattern[bytes]:
        made = self._pattern(template, n)
        assert made is not None
        return made

    def _pattern(self, template: str, n: int) -> re.Pattern[bytes] | None:
        if not template:
            return None
        words: dict[str, object] = {**self._words, "n": n}
        if self.family.binary:
            # Numbers are octets there.
            words.update(
                n=f"\\x{n:02x}",
                unit=f"\\x{self._words['unit']:02x}",
                last=f"\\x{self._words['bytes']:02x}",
            )
        return re.compile(template.format(**words).encode(), re.DOTALL)
