"""What is wrong with the elements of a message: the classification of 5.8.5 to 5.8.7.

``check`` finds and names; what to do about it depends on message and state and is call control's.
"""

from __future__ import annotations

from typing import Final

from .elements import (
    CHANNEL_IDENTIFICATION,
    MESSAGE_SEGMENT,
    NAMES,
    REPEAT_INDICATOR,
    ROWS,
    SHIFT,
    Element,
    Malformed,
    name_of,
)
from .messages import Message
from .messages_table import CONTENTS, MANDATORY, REPEATS, REPEATS_AS_INDICATED, SETUP

USER_TO_NETWORK: Final = 0
NETWORK_TO_USER: Final = 1
EITHER_WAY: Final = 2

MANDATORY_MISSING: Final = 1
"""5.8.6.1, cause 96. An empty element is as good as none (4.5.1)."""
COMPREHENSION_REQUIRED: Final = 2
"""5.8.7.1 with an unknown identifier whose bits 8 to 5 are 0000, cause 96."""
MANDATORY_CONTENT: Final = 3
"""5.8.6.2, cause 100."""
UNRECOGNISED: Final = 4
"""5.8.7.1, cause 99."""
UNEXPECTED: Final = 5
"""5.8.7.3: known, but not of this message; as unrecognised, cause 99."""
OPTIONAL_CONTENT: Final = 6
"""5.8.7.2, cause 100, or 43 for what is handed on to the far user as it is."""
DUPLICATED: Final = 7
"""5.8.5.2: repeated where it may not be, or too often; the first ones count. No cause."""
OUT_OF_SEQUENCE: Final = 8
"""5.8.5.1: after one of a higher identifier. We use it all the same. No cause."""


class Finding:
    """One thing wrong. ``kind``: as above, the gravest have the lowest numbers. ``cause``: what
    it is answered with, 0 if it is passed over. ``element`` is None where one is missing.
    """

    def __init__(
        self, kind: int, id: int, cause: int, clause: str, text: str, element: Element | None
    ) -> None:
        self.kind: Final = kind
        self.id: Final = id
        self.cause: Final = cause
        self.clause: Final = clause
        self.text: Final = text
        self.element: Final = element

    def __repr__(self) -> str:
        return f"Finding({self.text} ({self.clause}), cause {self.cause})"


def check(message: Message, direction: int = EITHER_WAY) -> list[Finding]:
    """All that is wrong with the elements, the gravest first; [] costs next to nothing.

    With ``direction`` NETWORK_TO_USER a SETUP must also have a channel identification
    (table 3-15, note 5).
    """
    needs_channel = direction == NETWORK_TO_USER and message.type == SETUP
    if message.clean and not (needs_channel and not message.has(CHANNEL_IDENTIFICATION)):
        return []
    findings: list[Finding] = []
    missing = [id for id in MANDATORY[message.type] if not message.has(id)]
    if needs_channel and not message.has(CHANNEL_IDENTIFICATION):
        missing.append(CHANNEL_IDENTIFICATION)
    for id in missing:
        text = f"{name_of(id)} is missing"
        findings.append(Finding(MANDATORY_MISSING, id, 96, "5.8.6.1", text, None))
    contents = CONTENTS[message.type]
    last = [-1] * 8
    seen = [0] * 256
    repeat = False
    for element in message.elements:
        if element.id == SHIFT or element.id == MESSAGE_SEGMENT:
            continue
        if element.id < 0x80:
            if element.id < last[element.codeset]:
                text = f"{name_of(element.id, element.codeset)} comes too late"
                findings.append(Finding(OUT_OF_SEQUENCE, element.id, 0, "5.8.5.1", text, element))
            last[element.codeset] = element.id
        if element.codeset != 0:
            continue
        if element.id == REPEAT_INDICATOR:
            repeat = True
        seen[element.id] += 1
        finding = _one(element, contents[element.id], seen[element.id], repeat)
        if finding is not None:
            findings.append(finding)
    return _sorted(findings)


def _one(element: Element, kind: int, count: int, repeat: bool) -> Finding | None:
    """What is wrong with a codeset 0 element as such."""
    id = element.id
    if id not in NAMES:
        if id < 0x10 and kind == 0:
            text = f"{name_of(id)} must be understood, and is not"
            return Finding(COMPREHENSION_REQUIRED, id, 96, "5.8.7.1", text, element)
        return Finding(UNRECOGNISED, id, 99, "5.8.7.1", name_of(id), element)
    if kind == 0:
        text = f"{name_of(id)} is not of this message"
        return Finding(UNEXPECTED, id, 99, "5.8.7.3", text, element)
    if count > 1 and id < 0x80:
        most = REPEATS.get(id, 1)
        if repeat:
            most = REPEATS_AS_INDICATED.get(id, most)
        if count > most:
            text = f"{name_of(id)} is there for the {count}. time, at most {most} may be"
            return Finding(DUPLICATED, id, 0, "5.8.5.2", text, element)
    if isinstance(element, Malformed):
        text = f"{name_of(id)}: {element.reason}"
        if kind == 2:
            return Finding(MANDATORY_CONTENT, id, 100, "5.8.6.2", text, element)
        row = ROWS[id] if id < 0x80 else None
        cause = 43 if row is not None and row.access else 100
        return Finding(OPTIONAL_CONTENT, id, cause, "5.8.7.2", text, element)
    return None


def _sorted(findings: list[Finding]) -> list[Finding]:
    """The gravest kind first, else in the order met."""
    out: list[Finding] = []
    for kind in range(MANDATORY_MISSING, OUT_OF_SEQUENCE + 1):
        out += [f for f in findings if f.kind == kind]
    return out
