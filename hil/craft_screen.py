"""What a console sends, as a person reads it: no escape sequences, lines as they stood at last.

A terminal of one line: CR goes to its start, BS one back, what follows overwrites; that is how
pagers wipe their "--More--". ECMA-48: CSI sequences, OSC strings and two-character escapes are
dropped, erase in line (EL) is obeyed. Fed in any pieces it gives the same text.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

TEXT, ESCAPE, CSI, STRING, STRING_ESCAPE = range(5)

CSI_LIMIT: Final = 64
"""A control sequence longer than this is noise."""

WIDTH: Final = 4096
"""A line longer than this is broken, as a terminal would."""

PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f]+")


class Screen:
    """Octets in, text out; ``limit`` characters of unread text are kept, older ones are lost."""

    def __init__(self, limit: int = 65536) -> None:
        self.limit: Final = limit
        self.lost = 0
        """Characters that nobody read and that were dropped."""
        self.done = ""
        """Complete lines not yet taken by the reader, each with its newline."""
        self.line = ""
        """The line that is being written."""
        self.fresh: list[str] = []
        """Lines completed since the owner last cleared this list: for transcripts and logs."""
        self._whole = ""
        """The beginning of the present line that the reader has taken already."""
        self._column = 0
        self._returned = False
        """CR came: what is written next overwrites the line."""
        self._state = TEXT
        self._sequence = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def text(self) -> str:
        """Everything not yet taken."""
        return self.done + self.line

    def take(self, count: int) -> None:
        """The reader is done with so many characters of ``text``."""
        if count <= len(self.done):
            self.done = self.done[count:]
            return
        count -= len(self.done)
        self.done = ""
        self._whole += self.line[:count]
        self.line = self.line[count:]
        self._column = max(0, self._column - count)

    def feed(self, data: bytes) -> str:
        """Octets as they came; also returned as characters, escape sequences and all."""
        raw = self._decoder.decode(data)
        at = 0
        while at < len(raw):
            found = PLAIN.match(raw, at) if self._state == TEXT else None
            if found is not None:
                self._write(found[0])
                at = found.end()
                continue
            self._one(raw[at])
            at += 1
        surplus = len(self.done) - self.limit
        if surplus > 0:
            self.lost += surplus
            self.done = self.done[surplus:]
        return raw

    def flush(self) -> str:
        """What stands on the line that is not complete, for the end of a transcript."""
        return self._whole + self.line

    def _one(self, char: str) -> None:
        if self._state == TEXT:
            self._control(char)
        elif self._state == ESCAPE:
            self._escape(char)
        elif self._state == CSI:
            self._csi(char)
        elif char == "\x07" or char == "\x9c":
            self._state = TEXT
        elif self._state == STRING_ESCAPE:
            self._state = TEXT if char == "\\" else STRING
        elif char == "\x1b":
            self._state = STRING_ESCAPE
        elif char in "\r\n":
            # A string does not span lines: its end was lost.
            self._state = TEXT
            self._control(char)

    def _control(self, char: str) -> None:
        if char == "\n":
            self._newline()
        elif char == "\r":
            self._column, self._returned = 0, True
        elif char == "\b":
            self._column = max(0, self._column - 1)
        elif char == "\t":
            self._write(" " * (8 - (len(self._whole) + self._column) % 8))
        elif char == "\x1b":
            self._state, self._sequence = ESCAPE, ""

    def _escape(self, char: str) -> None:
        if char == "[":
            self._state = CSI
        elif char in "]PX^_":
            self._state = STRING
        elif " " <= char <= "/":
            return  # an intermediate: one more follows
        else:
            self._state = TEXT
            if char < " ":
                self._control(char)

    def _csi(self, char: str) -> None:
        if "@" <= char <= "~":
            self._state = TEXT
            if char == "K":
                self._erase(self._sequence)
        elif " " <= char <= "?" and len(self._sequence) < CSI_LIMIT:
            self._sequence += char
        else:
            self._state = TEXT
            self._control(char)

    def _erase(self, how: str) -> None:
        """EL: from here on (0), up to here (1), all (2)."""
        if how == "1":
            self.line = " " * min(self._column + 1, len(self.line)) + self.line[self._column + 1 :]
        elif how == "2":
            self.line = ""
        elif how in ("", "0"):
            self.line = self.line[: self._column]

    def _write(self, text: str) -> None:
        if self._returned:
            self._whole, self._returned = "", False
        while text:
            part, text = text[: WIDTH - self._column], text[WIDTH - self._column :]
            end = self._column + len(part)
            self.line = self.line[: self._column].ljust(self._column) + part + self.line[end:]
            self._column = end
            if self._column >= WIDTH:
                self._newline()

    def _newline(self) -> None:
        self.fresh.append((self._whole + self.line).rstrip())
        self.done += self.line.rstrip() + "\n"
        self.line = self._whole = ""
        self._column, self._returned = 0, False
