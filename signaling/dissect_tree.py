"""The tree that a dissected frame is. Neutral: no protocol's name in it."""

from __future__ import annotations

from typing import Final

FROM_USER: Final = 0
FROM_NETWORK: Final = 1
SENT: Final = 2
"""By whoever captured, whose side is not known."""
RECEIVED: Final = 3
UNKNOWN_DIRECTION: Final = 4


class Field:
    """A named part of a frame.

    ``text``: the value in words. ``value``: as a number, string or octets, None where the words
    are all there is. ``raw``: the octets it was read from. ``reason``: why it could not be
    decoded, "" if it could.
    """

    def __init__(
        self,
        name: str,
        text: str,
        value: int | str | bytes | None = None,
        raw: bytes = b"",
        children: list[Field] | None = None,
        reason: str = "",
    ) -> None:
        self.name: Final = name
        self.text: Final = text
        self.value: Final = value
        self.raw: Final = raw
        self.children: Final[list[Field]] = [] if children is None else children
        self.reason: Final = reason

    def find(self, *names: str) -> Field | None:
        """The field at the end of this path of names below this one, or None."""
        field: Field | None = self
        for name in names:
            if field is None:
                return None
            field = _named(field.children, name)
        return field

    def reasons(self) -> list[str]:
        """Why it, or what is below it, could not be decoded."""
        out = [f"{self.name}: {self.reason}"] if self.reason else []
        for child in self.children:
            out += child.reasons()
        return out

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.text!r}, {self.children})"


class Dissection:
    """A dissected frame.

    ``protocol``: the highest one found in it. ``title``: what it is ("SETUP", "RR").
    ``direction``: as given or as the frame itself shows. ``fields``: a tree for each layer, the
    lowest first. For ladders: ``call`` names the call or link it belongs to, ``notes`` has what
    is worth a line beside its arrow, ``bare`` says that it only keeps the link going.
    """

    def __init__(
        self,
        protocol: str,
        title: str,
        direction: int,
        fields: list[Field],
        call: str = "",
        notes: list[str] | None = None,
        bare: bool = False,
    ) -> None:
        self.protocol: Final = protocol
        self.title: Final = title
        self.direction: Final = direction
        self.fields: Final = fields
        self.call: Final = call
        self.notes: Final[list[str]] = [] if notes is None else notes
        self.bare: Final = bare

    def find(self, *names: str) -> Field | None:
        """The field at the end of this path of names, or None."""
        if not names:
            return None
        field = _named(self.fields, names[0])
        return None if field is None else field.find(*names[1:])

    def reasons(self) -> list[str]:
        """Why parts of it could not be decoded; [] if all could."""
        out: list[str] = []
        for field in self.fields:
            out += field.reasons()
        return out

    @property
    def summary(self) -> str:
        """One line."""
        parts = [self.title, self.call, *self.notes]
        return "  ".join([part for part in parts if part])


def _named(fields: list[Field], name: str) -> Field | None:
    for field in fields:
        if field.name == name:
            return field
    return None
