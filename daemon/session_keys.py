"""Requests that are done once: the answers of those that had a key.

The same key of the same session gets the first answer again, also over another connection. Answers
are kept for ``KEEP_SECONDS``, at most ``MAX_KEYS`` and ``MAX_OCTETS`` of a session; the oldest
leave first, but none whose request is still at work.
"""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from . import wire
from .wire import WireError

KEEP_SECONDS: Final = 600.0
MAX_KEYS: Final = 10_000
MAX_OCTETS: Final = 16 << 20

Outcome = msgspec.Raw | WireError
"""The result as JSON, or the error."""


class Answer:
    """Of one key. ``outcome`` is None while the request is at work."""

    __slots__ = ("outcome", "print", "time", "waiting")

    def __init__(self, print: bytes, time: float) -> None:
        self.print: Final = print
        self.time: Final = time
        self.outcome: Outcome | None = None
        self.waiting: list[Callable[[Outcome], None]] = []

    def settle(self, outcome: Outcome) -> None:
        """The request is done; those who asked again in between are told."""
        self.outcome = outcome
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each(outcome)


def fingerprint(request: wire.Request) -> bytes:
    """Equal for requests that ask the same, however their JSON is written."""
    params = msgspec.json.decode(request.params or b"{}")
    text = msgspec.json.encode([request.method, params], order="deterministic")
    return hashlib.blake2b(text, digest_size=16).digest()


def _size(answer: Answer) -> int:
    return len(answer.outcome) if isinstance(answer.outcome, bytes | msgspec.Raw) else 0


class Answers:
    """The keys of one session, or of one connection that is of none."""

    def __init__(self) -> None:
        self._kept: collections.OrderedDict[str, Answer] = collections.OrderedDict()
        self._octets = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str, print: bytes, now: float) -> Answer | None:
        """The answer to this key; WireError keyReused where it was another request's."""
        self._clean(now)
        found = self._kept.get(key)
        if found is not None and found.print != print:
            text = f"key '{key}' was another request's: every request has a key of its own"
            raise WireError(wire.KEY_REUSED, text)
        return found

    def begin(self, key: str, print: bytes, now: float) -> Answer:
        """A request with this key is done now."""
        made = self._kept[key] = Answer(print, now)
        return made

    def settled(self, answer: Answer, outcome: Outcome) -> None:
        if isinstance(outcome, WireError):
            # As it is kept, without the frames that it came through.
            outcome = WireError(outcome.code, str(outcome), outcome.data)
        answer.settle(outcome)
        self._octets += _size(answer)

    def _clean(self, now: float) -> None:
        while self._kept:
            key, oldest = next(iter(self._kept.items()))
            old = now - oldest.time > KEEP_SECONDS
            full = len(self._kept) > MAX_KEYS or self._octets > MAX_OCTETS
            if oldest.outcome is None or not (old or full):
                return
            del self._kept[key]
            self._octets -= _size(oldest)
