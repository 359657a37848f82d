"""Prompts in memory, one copy of each for any number of channels."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Final, NamedTuple

from ..board.model import Law
from ..errors import LocalError
from .media_files import Prompt, load

Key = tuple[str, int, int, Law, str | None]
"""Path, time of last change in ns, size, law, form."""


class CacheCounts(NamedTuple):
    """Of a cache: what was asked of it, and what it holds."""

    hits: int
    misses: int
    dropped: int
    """Prompts dropped to make room, or because their file changed."""
    prompts: int
    octets: int
    in_use: int
    """Prompts that are playing, or pinned: they are not dropped."""


class _Entry:
    __slots__ = ("key", "pins", "prompt", "users")

    def __init__(self, key: Key, prompt: Prompt) -> None:
        self.key = key
        self.prompt = prompt
        self.users = 0
        self.pins = 0


class PromptCache:
    """Voice files by path, time of change, size and law; the longest unused are dropped first.

    ``take`` and ``release`` come in pairs. What is taken or pinned is not dropped, even if that
    goes over the limit; what is damaged is dropped when it is released, and read again the next
    time. May be used by any threads: while one reads a file, others that want the same file wait
    for it.
    """

    def __init__(self, limit_octets: int = 64 << 20) -> None:
        if limit_octets < 0:
            raise LocalError(f"a cache of {limit_octets} octets: give 0 or more")
        self.limit_octets: Final = limit_octets
        self._changed: Final = threading.Condition()
        self._entries: Final[OrderedDict[Key, _Entry]] = OrderedDict()
        self._of_prompt: Final[dict[int, _Entry]] = {}
        self._stale: Final[dict[int, _Entry]] = {}
        self._loading: Final[set[Key]] = set()
        self._octets = 0
        self._hits = 0
        self._misses = 0
        self._dropped = 0

    def take(self, path: str, law: Law, form: str | None = None) -> Prompt:
        """The prompt of a file, read if need be. ``path`` is as ``media_files.resolve`` gives it.

        LocalError as of ``media_files.load``, without links.
        """
        key = _key(path, law, form)
        with self._changed:
            while key in self._loading:
                self._changed.wait()
            entry = self._entries.get(key)
            if entry is not None:
                return self._use(entry)
            self._misses += 1
            self._loading.add(key)
        try:
            prompt = load(path, law, form=form, links=False)
        except BaseException:
            with self._changed:
                self._loading.discard(key)
                self._changed.notify_all()
            raise
        with self._changed:
            self._loading.discard(key)
            self._changed.notify_all()
            return self._enter(key, prompt).prompt

    def take_cached(self, path: str, law: Law, form: str | None = None) -> Prompt | None:
        """The prompt of a file if it is in memory: it reads nothing and waits for nothing.

        LocalError: the file is gone.
        """
        key = _key(path, law, form)
        with self._changed:
            entry = self._entries.get(key)
            return None if entry is None else self._use(entry)

    def release(self, prompt: Prompt) -> None:
        """A prompt that was taken is no longer played. LocalError: it is not in use."""
        with self._changed:
            entry = self._of_prompt.get(id(prompt))
            if entry is None or not entry.users:
                raise LocalError(f"{prompt.path}: it is not in use: release each prompt once")
            entry.users -= 1
            self._make_room()

    def pin(self, path: str, law: Law, form: str | None = None) -> Prompt:
        """Read a file now and keep it until ``unpin``. LocalError as of ``take``."""
        prompt = self.take(path, law, form)
        with self._changed:
            entry = self._of_prompt[id(prompt)]
            entry.pins += 1
            entry.users -= 1
        return prompt

    def unpin(self, prompt: Prompt) -> None:
        """What was pinned may be dropped again. LocalError: it is not pinned."""
        with self._changed:
            entry = self._of_prompt.get(id(prompt))
            if entry is None or not entry.pins:
                raise LocalError(f"{prompt.path}: it is not pinned: unpin each prompt once")
            entry.pins -= 1
            self._make_room()

    def counts(self) -> CacheCounts:
        """How it does."""
        with self._changed:
            in_use = sum(1 for e in self._of_prompt.values() if e.users or e.pins)
            return CacheCounts(
                self._hits,
                self._misses,
                self._dropped,
                len(self._of_prompt),
                self._octets,
                in_use,
            )

    def _use(self, entry: _Entry) -> Prompt:
        self._hits += 1
        entry.users += 1
        self._entries.move_to_end(entry.key)
        return entry.prompt

    def _enter(self, key: Key, prompt: Prompt) -> _Entry:
        entry = _Entry(key, prompt)
        entry.users = 1
        self._of_prompt[id(prompt)] = entry
        self._octets += len(prompt.octets)
        if prompt.damage:  # the disk, or whoever mends the file, gets another chance
            self._stale[id(prompt)] = entry
            return entry
        self._entries[key] = entry
        # An older content of the file is of no more use to anybody but those that play it.
        for other in [k for k in self._entries if k[0] == key[0] and k[1:3] != key[1:3]]:
            old = self._entries.pop(other)
            self._stale[id(old.prompt)] = old
        self._make_room()
        return entry

    def _make_room(self) -> None:
        for number, entry in list(self._stale.items()):
            if not entry.users and not entry.pins:
                del self._stale[number]
                self._forget(entry)
        if self._octets <= self.limit_octets:
            return
        for key, entry in list(self._entries.items()):
            if not entry.users and not entry.pins:
                del self._entries[key]
                self._forget(entry)
                if self._octets <= self.limit_octets:
                    return

    def _forget(self, entry: _Entry) -> None:
        del self._of_prompt[id(entry.prompt)]
        self._octets -= len(entry.prompt.octets)
        self._dropped += 1


def _key(path: str, law: Law, form: str | None) -> Key:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise LocalError(f"{path}: {why}: give the name of a voice file that may be read") from exc
    return path, status.st_mtime_ns, status.st_size, law, form
