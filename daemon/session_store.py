"""Sessions in a file beside the journal, so that a daemon that is started anew knows them.

A line for each change; what was said last counts. The secrets are not in it, only what tells a
right one from a wrong one. The file is written anew when most of its lines are old.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Final

import msgspec

from .methods_session import OnLoss

log: Final = logging.getLogger("trunkd.sessions")

_OLD_LINES: Final = 1000


class Stored(msgspec.Struct):
    """A session as the file has it."""

    name: str
    digest: str
    """SHA-256 of its secret, hexadecimal; empty: the session is forgotten."""
    priority: int = 0
    on_loss: OnLoss = msgspec.field(default_factory=OnLoss)


_decoder: Final = msgspec.json.Decoder(Stored)
_encoder: Final = msgspec.json.Encoder()


def store_path(journal: str) -> str:
    return os.path.splitext(journal)[0] + ".sessions"


class SessionStore:
    """The file. One that cannot be written is told in the log; sessions go on without."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self._file = -1
        self._lines = 0
        self._known: set[str] = set()

    def read(self) -> list[Stored]:
        """The sessions that it knows; from now on it can be written."""
        found: dict[str, Stored] = {}
        try:
            with open(self.path, "rb") as file:
                for line in file:
                    self._lines += 1
                    self._take(line, found)
        except FileNotFoundError:
            pass
        except OSError as exc:
            log.error("%s: %s", self.path, exc.strerror)
        self._known = set(found)
        self.rewrite(found.values())
        return list(found.values())

    @staticmethod
    def _take(line: bytes, found: dict[str, Stored]) -> None:
        try:
            stored = _decoder.decode(line)
        except msgspec.MsgspecError:
            return  # half a line of a crash
        if stored.digest:
            found[stored.name] = stored
        else:
            found.pop(stored.name, None)

    @property
    def is_long(self) -> bool:
        return self._lines > 2 * len(self._known) + _OLD_LINES

    def rewrite(self, stored: Iterable[Stored]) -> None:
        """The file with these alone, in place of the one that is there."""
        lines = [_encoder.encode(each) + b"\n" for each in stored]
        fresh = self.path + ".new"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
            made = os.open(fresh, flags, 0o600)
            try:
                os.write(made, b"".join(lines))
                os.replace(fresh, self.path)
            except OSError:
                os.close(made)
                raise
        except OSError as exc:
            log.error("%s: %s: sessions are known in this run only", self.path, exc.strerror)
            return
        self.close()
        self._file, self._lines = made, len(lines)

    def put(self, stored: Stored) -> None:
        self._known.add(stored.name)
        self._append(stored)

    def remove(self, name: str) -> None:
        self._known.discard(name)
        self._append(Stored(name, ""))

    def _append(self, stored: Stored) -> None:
        if self._file < 0:
            return
        try:
            os.write(self._file, _encoder.encode(stored) + b"\n")
            self._lines += 1
        except OSError as exc:
            log.error("%s: %s", self.path, exc.strerror)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
