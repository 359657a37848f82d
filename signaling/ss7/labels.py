"""Routing labels (Q.704 2.2) and point codes, as rows: 14-bit ITU, 24-bit China, 24-bit ANSI.

ITU14: DPC 14 bits, OPC 14 bits, SLS 4 bits in four octets, least significant bits first (figure
3/Q.704). CHINA24 (GF 001-9001) and ANSI24 (T1.111.4): DPC and OPC of three octets, the least
significant first, then one octet whose low bits are the SLS (in China 4, the others spare; in ANSI
5 or 8).
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError, LocalError, RemoteError

OCTET: Final[list[bytes]] = [bytes([value]) for value in range(256)]


class LabelFormat:
    """A row. ``fields``: bits of the parts of a point code, the most significant first.

    ``octets``: length of the label. ``sls_values``: how many values the SLS field (or the octet
    behind the OPC) has; ``slots``: by how many of them traffic is shared (Q.704 2.3.4).
    ``slc_in_message``: T1.111.4 has the SLC in the message, where ITU and China have it in the
    place of the SLS.
    """

    def __init__(
        self,
        name: str,
        fields: tuple[int, ...],
        octets: int,
        sls_values: int,
        slots: int,
        slc_in_message: bool,
        text: str,
    ) -> None:
        self.name: Final = name
        self.fields: Final = fields
        self.bits: Final[int] = sum(fields)
        self.highest: Final[int] = (1 << sum(fields)) - 1
        self.octets: Final = octets
        self.pc_octets: Final[int] = 2 if sum(fields) == 14 else 3
        self.sls_values: Final = sls_values
        self.slots: Final = slots
        self.slc_in_message: Final = slc_in_message
        self.text: Final = text

    @property
    def shape(self) -> str:
        """The parts' sizes as people say them: "3-8-3"."""
        return "-".join(str(bits) for bits in self.fields)


ITU14: Final = LabelFormat("itu14", (3, 8, 3), 4, 16, 16, False, "ITU-T, 14-bit codes, 3-8-3")
CHINA24: Final = LabelFormat("china24", (8, 8, 8), 7, 256, 16, False, "China, 24-bit codes, 8-8-8")
ANSI24: Final = LabelFormat("ansi24", (8, 8, 8), 7, 256, 16, True, "ANSI, 24-bit codes, 8-8-8")

FORMATS: Final[dict[str, LabelFormat]] = {row.name: row for row in (ITU14, CHINA24, ANSI24)}


class Label:
    """A routing label as numbers."""

    def __init__(self, dpc: int, opc: int, sls: int) -> None:
        self.dpc: Final = dpc
        self.opc: Final = opc
        self.sls: Final = sls


def encode_label(format_: LabelFormat, dpc: int, opc: int, sls: int) -> bytes:
    """The label's octets; LocalError for a value that does not fit."""
    if not (0 <= dpc <= format_.highest and 0 <= opc <= format_.highest):
        raise LocalError(
            f"point codes {dpc} and {opc}: {format_.name} has {format_.bits} bits, 0 to "
            f"{format_.highest}"
        )
    if not 0 <= sls < format_.sls_values:
        raise LocalError(f"SLS is {sls}; {format_.name} has 0 to {format_.sls_values - 1}")
    if format_.pc_octets == 2:
        return (dpc | opc << 14 | sls << 28).to_bytes(4, "little")
    return dpc.to_bytes(3, "little") + opc.to_bytes(3, "little") + OCTET[sls]


def decode_label(format_: LabelFormat, octets: bytes, offset: int = 0) -> Label:
    """The label that begins at ``offset``; RemoteError if it is cut short."""
    if len(octets) < offset + format_.octets:
        raise RemoteError(
            f"{max(len(octets) - offset, 0)} octets where a {format_.name} label has "
            f"{format_.octets}"
        )
    if format_.pc_octets == 2:
        value = int.from_bytes(octets[offset : offset + 4], "little")
        return Label(value & 0x3FFF, value >> 14 & 0x3FFF, value >> 28)
    return Label(
        octets[offset] | octets[offset + 1] << 8 | octets[offset + 2] << 16,
        octets[offset + 3] | octets[offset + 4] << 8 | octets[offset + 5] << 16,
        octets[offset + 6],
    )


def show_point_code(code: int, format_: LabelFormat) -> str:
    """As technicians write it: "2-100-3"."""
    parts = []
    for bits in reversed(format_.fields):
        parts.append(str(code & (1 << bits) - 1))
        code >>= bits
    return "-".join(reversed(parts))


def parse_point_code(text: str | int, format_: LabelFormat) -> int:
    """A point code from "1-2-3", "0x20b" or "523"; ConfigError says what is wrong and how to write
    it."""
    if isinstance(text, int):
        return _within(text, str(text), format_)
    words = text.strip()
    separator = "-" if "-" in words else "." if "." in words else ""
    if separator:
        return _parts(words, words.split(separator), format_)
    try:
        value = int(words, 16) if words[:2].lower() == "0x" else int(words, 10)
    except ValueError:
        raise ConfigError(
            f'point code "{text}": write {_examples(format_)}'
            + (f' (hexadecimal needs 0x: "0x{words}")' if _is_hex(words) else "")
        ) from None
    return _within(value, words, format_)


def _parts(words: str, parts: list[str], format_: LabelFormat) -> int:
    """A code in parts."""
    sizes = format_.fields
    if len(parts) != len(sizes):
        raise ConfigError(
            f'point code "{words}" has {len(parts)} parts; {format_.name} codes are '
            f"{format_.shape}: write {_examples(format_)}"
        )
    code = 0
    for part, bits in zip(parts, sizes, strict=True):
        highest = (1 << bits) - 1
        if not (part.isascii() and part.isdigit()):
            raise ConfigError(
                f'point code "{words}": "{part}" is not a number; write {_examples(format_)}'
            )
        if int(part) > highest:
            raise ConfigError(
                f'point code "{words}": part {part} is above {highest}; {format_.name} codes are '
                f"{format_.shape} bits" + _other(words, parts, format_)
            )
        code = code << bits | int(part)
    return code


def _within(value: int, words: str, format_: LabelFormat) -> int:
    if 0 <= value <= format_.highest:
        return value
    why = f"point code {words}: {format_.name} has {format_.bits} bits, 0 to {format_.highest}"
    if format_ is ITU14 and 0 <= value <= CHINA24.highest:
        why += f'; as a 24-bit code it is {show_point_code(value, CHINA24)}: label "china24"'
    raise ConfigError(f"{why}; write {_examples(format_)}")


def _other(words: str, parts: list[str], format_: LabelFormat) -> str:
    """Says so if the code would be a good one in 24 bits."""
    if format_ is ITU14 and all(part.isdigit() and int(part) <= 255 for part in parts):
        return f' (8-8-8 would hold {words}: label "china24")'
    return ""


def _is_hex(words: str) -> bool:
    return bool(words) and all(letter in "0123456789abcdefABCDEF" for letter in words)


def _examples(format_: LabelFormat) -> str:
    code = 0x20B if format_.bits == 14 else 0x01020B
    return f'"{show_point_code(code, format_)}", "0x{code:x}" or "{code}"'
