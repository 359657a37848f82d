"""The journal's ring in a file: order, room, what a kill and what power loss leave behind."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.daemon.ring import PAGE, Ring
from trunkd.errors import ConfigError

SMALL = 2 * PAGE


def contents(ring: Ring) -> list[tuple[int, int, bytes]]:
    return [(e.number, e.kind, e.payload) for e in ring.entries()]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=1900), max_size=60), st.integers(0, 60))
def test_it_holds_the_latest_entries_in_order(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], again: int
) -> None:
    """As a list would, less the oldest that had no room; also when it is opened anew between."""
    path = str(tmp_path_factory.mktemp("ring") / "r")
    ring = Ring(path, SMALL)
    whole = [(n, n % 3, payload) for n, payload in enumerate(payloads)]
    for n, kind, payload in whole:
        if n == again:
            ring.close()
            ring = Ring(path, SMALL)
        position = ring.append(n, kind, payload)
        assert next(iter(ring.entries(position))).payload == payload
    there = contents(ring)
    assert there == whole[len(whole) - len(there) :]
    # What is left out had no room: at most a quarter is wasted at the end of the file.
    kept = sum(len(p) + 28 for _, _, p in there)
    if len(there) < len(whole):
        assert kept + len(whole[-len(there) - 1][2]) + 28 > SMALL - SMALL // 4
    ring.close()


def test_a_killed_process_leaves_what_it_appended(tmp_path: pathlib.Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from trunkd.daemon.ring import Ring\n"
        "ring = Ring(sys.argv[1], 65536)\n"
        "for n in range(5000):\n"
        "    ring.append(n, 1, b'x' * (n % 50))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = str(tmp_path / "r")
    subprocess.run([sys.executable, "-c", program, path], check=False)
    ring = Ring(path)
    numbers = [e.number for e in ring.entries()]
    assert ring.capacity == 65536
    assert numbers == list(range(numbers[0], 5000)) and len(numbers) > 800
    ring.close()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2999), st.integers(1, 255))
def test_a_torn_entry_ends_the_ring(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int
) -> None:
    """An octet that is another: everything before its entry is there, nothing wrong is."""
    path = tmp_path_factory.mktemp("ring") / "r"
    ring = Ring(str(path), SMALL)
    starts = [ring.append(n, 7, bytes([n]) * 40) for n in range(40)]
    end = ring.head
    whole = contents(ring)
    ring.close()
    raw = bytearray(path.read_bytes())
    raw[PAGE + at] ^= change
    path.write_bytes(bytes(raw))
    ring = Ring(str(path))
    found = contents(ring)
    before = sum(1 for s in starts if s <= at) - 1 if at < end else len(whole)
    # The octets that fill an entry up to a multiple of eight mean nothing.
    assert found in (whole[:before], whole)
    ring.append(99, 7, b"more")
    assert contents(ring)[-1] == (99, 7, b"more")
    ring.close()


def test_what_cannot_be_a_ring(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r"
    path.write_bytes(b"something else")
    with pytest.raises(ConfigError, match="is no journal of trunkd's"):
        Ring(str(path))
    assert path.read_bytes() == b"something else"
    ring = Ring(str(tmp_path / "s"), SMALL)
    with pytest.raises(ValueError, match="an entry of 3000 octets"):
        ring.append(1, 1, bytes(3000))
    ring.close()
    with pytest.raises(ConfigError, match="cannot be opened"):
        Ring(str(path / "below"), SMALL)


def test_two_processes_cannot_have_it(tmp_path: pathlib.Path) -> None:
    ring = Ring(str(tmp_path / "r"), SMALL)
    program = "import sys\nfrom trunkd.daemon.ring import Ring\nRing(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, ring.path], capture_output=True, text=True, check=False
    )
    assert "another process has" in done.stderr
    ring.sync()
    ring.close()
    assert os.path.getsize(tmp_path / "r") == PAGE + SMALL
