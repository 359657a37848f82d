"""The file of slots: what a process wrote is there whole, however it ended."""

from __future__ import annotations

import os
import pathlib
import random
import signal
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.daemon import kept_file
from trunkd.daemon.kept_file import FIRST, ROOM, SLOT, KeptFile
from trunkd.daemon.ring import PAGE
from trunkd.errors import ConfigError


def at(path: pathlib.Path) -> KeptFile:
    return KeptFile(str(path / "k"))


def reread(path: pathlib.Path) -> dict[int, bytes]:
    file = at(path)
    found = file.read()
    assert set(file.numbers) == set(found)
    file.close()
    return found


steps = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.integers(1, 4 * ROOM), st.booleans()), max_size=40
)


@given(steps)
@settings(max_examples=60)
def test_what_was_written_last_is_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int | None, bool]]
) -> None:
    path = tmp_path_factory.mktemp("kept")
    file = at(path)
    file.read()
    model: dict[int, bytes] = {}
    for n, (number, length, opened) in enumerate(steps):
        if length is None:
            file.remove(number)
            model.pop(number, None)
        else:
            model[number] = bytes([n + 1]) * length
            assert file.put(number, model[number])
        if opened:
            file.close()
            file = at(path)
            assert file.read() == model
    file.close()
    assert reread(path) == model


def record(number: int, count: int) -> bytes:
    """Of one to three slots."""
    return struct.pack("<QQ", number, count) * (1 + (number * 37 + count * 29) % (3 * ROOM // 16))


def test_a_process_that_is_killed_leaves_the_last_or_the_one_before(tmp_path: pathlib.Path) -> None:
    """SIGKILL at any instruction, twenty times; each process goes on with what it found."""
    chance = random.Random(5)
    counts = dict.fromkeys(range(1, 9), 0)
    for _ in range(20):
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(told)
                write_for_ever(tmp_path, tell, dict(counts))
            finally:
                os._exit(1)
        os.close(tell)
        with os.fdopen(told, "rb") as done:
            for _ in range(chance.randrange(5, 400)):
                number, count = struct.unpack("<QQ", done.read(16))
                counts[number] = count
            os.kill(pid, signal.SIGKILL)
            rest = done.read()
        os.waitpid(pid, 0)
        for place in range(0, len(rest) - 15, 16):
            number, count = struct.unpack_from("<QQ", rest, place)
            counts[number] = count
        found = reread(tmp_path)
        for number, count in counts.items():
            if count:
                assert found[number] in (record(number, count), record(number, count + 1)), number
        counts = {n: struct.unpack_from("<QQ", found[n])[1] if n in found else 0 for n in counts}
    assert min(counts.values()) > 20


def write_for_ever(path: pathlib.Path, tell: int, counts: dict[int, int]) -> None:
    file = at(path)
    file.read()
    while True:
        for number in counts:
            counts[number] += 1
            file.put(number, record(number, counts[number]))
            os.write(tell, struct.pack("<QQ", number, counts[number]))


def test_a_torn_slot_is_none(tmp_path: pathlib.Path) -> None:
    """Of a record of three slots, any octet of one is another: the record before is there still,
    or there is none; never half of one."""
    for place in (0, 4, 8, 16, 24, 26, 40, SLOT - 1):
        file = at(tmp_path)
        file.read()
        file.put(1, b"one" * ROOM)
        file.close()
        raw = bytearray((tmp_path / "k").read_bytes())
        slot = next(
            n for n in range(FIRST) if raw[PAGE + n * SLOT : PAGE + n * SLOT + 4].strip(b"\0")
        )
        raw[PAGE + slot * SLOT + place] ^= 0x41
        (tmp_path / "k").write_bytes(raw)
        assert reread(tmp_path) == {}
        assert reread(tmp_path) == {}, "its other slots are free"


def test_it_grows(tmp_path: pathlib.Path) -> None:
    file = at(tmp_path)
    file.read()
    for number in range(1, 3 * FIRST):
        assert file.put(number, bytes([number % 251 + 1]) * 100)
    file.close()
    assert len(reread(tmp_path)) == 3 * FIRST - 1
    # It was killed while it grew: not a whole number of slots.
    with (tmp_path / "k").open("ab") as raw:
        raw.write(bytes(SLOT // 2))
    assert len(reread(tmp_path)) == 3 * FIRST - 1


def test_no_room(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written leaves what was; room that becomes free is used."""
    monkeypatch.setattr(kept_file, "MOST", FIRST)
    file = at(tmp_path)
    file.read()
    for number in range(1, FIRST + 1):
        assert file.put(number, b"first")
    assert not file.put(FIRST + 1, b"more") and not file.put(1, b"second")
    assert f"there are {FIRST} slots already" in file.failing
    file.remove(7)
    assert file.put(1, b"second")
    file.close()
    found = reread(tmp_path)
    assert found.pop(1) == b"second" and set(found.values()) == {b"first"}
    assert len(found) == FIRST - 2


def test_after_a_start_of_the_machine_it_is_empty(tmp_path: pathlib.Path) -> None:
    file = at(tmp_path)
    file.put(1, b"x")
    file.close()
    raw = bytearray((tmp_path / "k").read_bytes())
    raw[64:70] = b"other-"
    (tmp_path / "k").write_bytes(raw)
    assert reread(tmp_path) == {}


@pytest.mark.parametrize("length", [0, 100, PAGE, PAGE + 10])
def test_one_that_is_not_whole_is_made_anew(tmp_path: pathlib.Path, length: int) -> None:
    """Who made it was killed before its header was written, or it is of another version."""
    (tmp_path / "k").write_bytes(bytes(length))
    assert reread(tmp_path) == {}
    (tmp_path / "k").write_bytes(b"trunkd kept 0\n\0\0".ljust(PAGE + SLOT, b"\1"))
    assert reread(tmp_path) == {}


def test_where_it_cannot_be(tmp_path: pathlib.Path) -> None:
    (tmp_path / "k").write_bytes(b"somebody's letters")
    with pytest.raises(ConfigError, match=r"cannot be written .*set \[daemon\] socket"):
        KeptFile(str(tmp_path / "k" / "below"))
