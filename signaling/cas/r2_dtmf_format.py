"""What a DTMF register sends: a form with the called number, the caller's and the category."""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError

FIELDS: Final = ("dnis", "ani", "category")
DTMF_DIGITS: Final = "0123456789"


class DtmfFormat:
    """A form such as "*{ani}*{dnis}#". Two fields need a character between them that is no digit;
    ConfigError otherwise."""

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self.parts: Final = _parts(text)
        """Fields by name, and characters, in order."""
        self.end: Final = self.parts[-1] if self.parts[-1] not in FIELDS else ""
        """The character that ends it, "": none does, a time without digits."""

    def fill(self, dnis: str, ani: str, category: str) -> str:
        """What is sent."""
        values = {"dnis": dnis, "ani": ani, "category": category}
        return "".join(values.get(part, part) for part in self.parts)

    def read(self, digits: str) -> dict[str, str] | None:
        """Fields of what came, as far as it came; None: it has another form."""
        found: dict[str, str] = {}
        at = 0
        for part in self.parts:
            if part in FIELDS:
                start = at
                while at < len(digits) and digits[at] in DTMF_DIGITS:
                    at += 1
                found[part] = digits[start:at]
            elif at < len(digits):
                if digits[at] != part:
                    return None
                at += 1
        return found if at == len(digits) else None

    def complete(self, digits: str) -> bool:
        """Has the character come that ends it?"""
        wanted = sum(part == self.end for part in self.parts)
        return bool(self.end) and digits.count(self.end) >= wanted


def _parts(text: str) -> tuple[str, ...]:
    parts: list[str] = []
    rest = text
    while rest:
        if rest[0] == "{":
            name, closed, rest = rest[1:].partition("}")
            if not closed or name not in FIELDS or name in parts:
                raise ConfigError(
                    f"dtmf_format is {text!r}; its fields are {{dnis}}, {{ani}} and {{category}}, "
                    "each once"
                )
            if parts and parts[-1] in FIELDS:
                raise ConfigError(
                    f"dtmf_format is {text!r}; put a character of *#ABCD between two fields"
                )
            parts.append(name)
        else:
            if rest[0] not in "*#ABCD":
                raise ConfigError(f"dtmf_format is {text!r}; beside fields it has *#ABCD only")
            parts.append(rest[0])
            rest = rest[1:]
    if "dnis" not in parts:
        raise ConfigError(f"dtmf_format is {text!r}; it needs {{dnis}}")
    return tuple(parts)
