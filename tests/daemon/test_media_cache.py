"""Prompts in memory: one copy, counted, bounded."""

from __future__ import annotations

import os
import pathlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from trunkd.board.model import Law
from trunkd.daemon.media_cache import PromptCache
from trunkd.errors import LocalError


def prompt_file(folder: pathlib.Path, name: str, octets: int, value: int = 0x55) -> str:
    path = folder / f"{name}.al"
    path.write_bytes(bytes([value]) * octets)
    return str(path)


def test_240_channels_one_copy(tmp_path: pathlib.Path) -> None:
    """All at once, from many threads: the file is read once."""
    path = prompt_file(tmp_path, "x", 80000)
    cache = PromptCache()
    barrier = Barrier(24)

    def channel(_: int) -> list[int]:
        barrier.wait()
        return [id(cache.take(path, Law.A).octets) for _ in range(10)]

    with ThreadPoolExecutor(24) as pool:
        taken = {number for numbers in pool.map(channel, range(24)) for number in numbers}
    assert len(taken) == 1
    assert cache.counts() == (239, 1, 0, 1, 80000, 1)


def test_law_form_and_change_make_another(tmp_path: pathlib.Path) -> None:
    path = prompt_file(tmp_path, "x", 100)
    cache = PromptCache()
    first = cache.take(path, Law.A)
    assert cache.take(path, Law.MU).octets != first.octets
    assert cache.take(path, Law.A, "mulaw").octets != first.octets
    prompt_file(tmp_path, "x", 101, 0x56)
    again = cache.take(path, Law.A)
    assert again.octets == b"\x56" * 101
    assert first.octets == b"\x55" * 100
    assert cache.counts().prompts == 4
    # The old content goes when nobody plays it any more.
    cache.release(first)
    assert cache.counts().prompts == 3
    os.utime(path, ns=(1, 1))
    assert cache.take(path, Law.A) is not again


def test_longest_unused_goes_first_and_what_plays_stays(tmp_path: pathlib.Path) -> None:
    a, b, c, d = (prompt_file(tmp_path, name, 1000) for name in "abcd")
    cache = PromptCache(2500)
    playing = cache.take(a, Law.A)
    for path in (b, c):
        cache.release(cache.take(path, Law.A))
    assert cache.counts() == (0, 3, 1, 2, 2000, 1)  # b went as c came was released
    assert cache.take_cached(b, Law.A) is None
    hit = cache.take_cached(c, Law.A)
    assert hit is not None
    other = cache.take(d, Law.A)
    # Three are in use: over the limit, but none of them goes.
    assert cache.counts() == (1, 4, 1, 3, 3000, 3)
    cache.release(playing)
    assert cache.counts().octets == 2000
    assert cache.take_cached(a, Law.A) is None
    cache.release(hit)
    cache.release(other)
    assert cache.counts() == (1, 4, 2, 2, 2000, 0)
    with pytest.raises(LocalError, match="not in use"):
        cache.release(other)


def test_pinned_stays(tmp_path: pathlib.Path) -> None:
    a, b = (prompt_file(tmp_path, name, 1000) for name in "ab")
    cache = PromptCache(500)
    pinned = cache.pin(a, Law.A)
    cache.release(cache.take(b, Law.A))
    assert cache.take_cached(a, Law.A) is pinned
    cache.release(pinned)
    assert cache.counts().in_use == 1
    cache.unpin(pinned)
    assert cache.counts()[3:] == (0, 0, 0)
    with pytest.raises(LocalError, match="not pinned"):
        cache.unpin(pinned)


def test_a_file_that_cannot_be_read_leaves_nothing(tmp_path: pathlib.Path) -> None:
    cache = PromptCache()
    empty = prompt_file(tmp_path, "x", 0)
    for _ in range(2):
        with pytest.raises(LocalError, match="no sound"):
            cache.take(empty, Law.A)
    with pytest.raises(LocalError, match="No such file"):
        cache.take(str(tmp_path / "gone.al"), Law.A)
    assert cache.counts() == (0, 2, 0, 0, 0, 0)
    with pytest.raises(LocalError, match="0 or more"):
        PromptCache(-1)


def test_what_is_damaged_is_not_kept(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.gsm"
    path.write_bytes((b"\xd0" + bytes(32)) * 10 + bytes(33))
    cache = PromptCache()
    prompt = cache.take(str(path), Law.A)
    assert prompt.damage
    assert cache.counts().prompts == 1
    cache.release(prompt)
    assert cache.counts()[3:] == (0, 0, 0)
