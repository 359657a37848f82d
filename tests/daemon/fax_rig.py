"""For the fax tests: pages as TIFF and back, the independent terminal, and a cable between."""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import select
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from trunkd.daemon.fax import AnyFaxEvent, FaxRequest, FaxSession, audio_pair
from trunkd.daemon.fax_events import FaxNegotiated, FaxPage, FaxResult
from trunkd.native import wrap

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = 160
TAIL = 60
"""Blocks after the end of one terminal for what is still on its way."""
LONGEST = 30_000
"""Ten minutes of blocks."""


class Page(NamedTuple):
    """Rows of packed pixels, the highest bit first, 1 for black."""

    width: int
    rows: int
    pixels: bytes
    y: int = 98

    @property
    def stride(self) -> int:
        return (self.width + 7) // 8

    def below(self, rows: int) -> bytes:
        """The pixels without the first rows."""
        return self.pixels[rows * self.stride :]


def text_page(seed: int, rows: int = 280, width: int = 1728, y: int = 98) -> Page:
    """Lines like print: strokes of 1 to 12 pixels between margins, blank rows between the lines."""
    rng = random.Random(seed)
    stride = width // 8
    made: list[bytes] = []
    while len(made) < rows:
        strokes = 0
        at = 160
        while at < width - 160:
            ink = rng.randint(1, 12)
            strokes |= ((1 << ink) - 1) << (width - at - ink)
            at += ink + rng.choice((3, 5, 9, 14, 40))
        line = strokes.to_bytes(stride, "big")
        thin = (strokes & strokes >> 3).to_bytes(stride, "big")
        made += [line] * 3 + [thin] * 8 + [line] * 2 + [bytes(stride)] * 14
    return Page(width, rows, b"".join(made[:rows]), y)


def write_tiff(path: pathlib.Path, pages: Sequence[Page], order: str = "<", x: int = 204) -> None:
    """Uncompressed, one strip a page, white is 0 (TIFF 6.0 section 4)."""
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    link = 4
    for page in pages:
        start = len(out)
        out += page.pixels + b"\0" * (len(page.pixels) & 1)
        where = len(out)
        out += struct.pack(order + "IIII", x, 1, page.y, 1)
        struct.pack_into(order + "I", out, link, len(out))
        longs = {256: page.width, 257: page.rows, 273: start, 278: page.rows}
        longs[279] = len(page.pixels)
        shorts = {258: 1, 259: 1, 262: 0, 277: 1, 296: 2}
        out += struct.pack(order + "H", len(longs) + len(shorts) + 2)
        for tag in sorted([*longs, *shorts, 282, 283]):
            if tag in shorts:
                out += struct.pack(order + "HHIHH", tag, 3, 1, shorts[tag], 0)
            elif tag in longs:
                out += struct.pack(order + "HHII", tag, 4, 1, longs[tag])
            else:
                out += struct.pack(order + "HHII", tag, 5, 1, where + 8 * (tag - 282))
        link = len(out)
        out += bytes(4)
    path.write_bytes(out)


def build() -> str:
    """The independent terminal's program, compiled anew when its source is newer."""
    source = ROOT / "tests" / "interop" / "fax_spandsp.c"
    program = ROOT / "build" / "interop" / "fax_spandsp"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return str(program)
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=program.parent, prefix="fax", delete=False) as fresh:
        pass
    command = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", str(source), "-o", fresh.name]
    done = subprocess.run(
        [*command, "-lspandsp", "-ltiff", "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        os.unlink(fresh.name)
        pytest.fail(
            "fax_spandsp does not compile; if headers are missing: "
            f"apt-get install gcc libspandsp-dev libtiff-dev\n{done.stderr}"
        )
    os.replace(fresh.name, program)
    return str(program)


def read_pages(path: pathlib.Path) -> list[Page]:
    """A TIFF file as libtiff decodes it."""
    done = subprocess.run([build(), "pixels", str(path)], capture_output=True, check=False)
    assert done.returncode == 0, f"{path} is no TIFF file: {done.stderr!r}"
    rest, pages = done.stdout, []
    while rest:
        kind, size, rest = rest.split(b"\n", 2)
        width, rows = map(int, size.split())
        length = (width + 7) // 8 * rows
        assert kind == b"P4" and len(rest) >= length
        pages.append(Page(width, rows, rest[:length]))
        rest = rest[length:]
    return pages


def recode(how: str, path: pathlib.Path) -> pathlib.Path:
    """The same pages coded with g3, g32d, g4 or none."""
    to = path.with_suffix(f".{how}.tif")
    subprocess.run([build(), "code", how, str(path), str(to)], check=True, capture_output=True)
    return to


class Cable:
    """One direction of an E1 channel: A-law octets, bit errors at a rate, a delay in blocks."""

    def __init__(self, rate: float = 0.0, seed: int = 1, delay: int = 0) -> None:
        self._rng = random.Random(seed)
        self._rate = rate
        self._next = self._gap()
        self._line = [bytes(2 * BLOCK)] * delay
        self.errors = 0

    def _gap(self) -> int:
        return int(self._rng.expovariate(self._rate)) if self._rate else 1 << 62

    def carry(self, pcm: bytes) -> bytes:
        octets = bytearray(wrap.alaw_encode(pcm))
        while self._next < 8 * len(octets):
            octets[self._next // 8] ^= 0x80 >> self._next % 8
            self._next += 1 + self._gap()
            self.errors += 1
        self._next -= 8 * len(octets)
        self._line.append(wrap.alaw_decode(bytes(octets)))
        return self._line.pop(0)


class Told(NamedTuple):
    """What came of a fax: our events, the far terminal's line, the cable's errors."""

    events: list[AnyFaxEvent]
    far: list[str]
    errors: int
    blocks: int

    @property
    def result(self) -> FaxResult:
        last = self.events[-1]
        assert isinstance(last, FaxResult)
        return last

    @property
    def negotiated(self) -> list[FaxNegotiated]:
        return [e for e in self.events if isinstance(e, FaxNegotiated)]

    @property
    def pages(self) -> list[FaxPage]:
        return [e for e in self.events if isinstance(e, FaxPage)]


def started(session: FaxSession) -> list[AnyFaxEvent]:
    """The first events: FaxStarted, or the result of what cannot begin."""
    events: list[AnyFaxEvent] = []
    while not events:
        assert select.select([session], [], [], 90)[0], "the fax worker says nothing"
        events += session.events()
    return events


def connected(session: FaxSession) -> socket.socket:
    """The far end of the audio that the worker is given."""
    near, worker_end = audio_pair()
    session.connect(worker_end)
    worker_end.close()
    return near


def wait_for_end(session: FaxSession, events: list[AnyFaxEvent]) -> None:
    """Read a worker that is about to end, at most 10 s."""
    while not session.ended:
        assert select.select([session], [], [], 90)[0], "the fax worker does not end"
        events += session.events()


class FarTerminal:
    """``fax_spandsp call|answer send|receive FILE FD …`` in its own process.

    ``arguments`` are without FD. With ``alaw=1`` among them the line is octets, not samples.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._law = "alaw=1" in arguments
        self.line, far_end = audio_pair()
        command = [build(), *arguments[:3], str(far_end.fileno()), *arguments[3:]]
        self._process = subprocess.Popen(
            command, pass_fds=(far_end.fileno(),), stdout=subprocess.PIPE, text=True
        )
        far_end.close()

    def send(self, pcm: bytes) -> None:
        self.line.send(wrap.alaw_encode(pcm) if self._law else pcm)

    def recv(self) -> bytes:
        said = self.line.recv(4 * BLOCK)
        return wrap.alaw_decode(said) if self._law else said

    def end(self) -> list[str]:
        """Hang up; the words of its last line."""
        self.line.close()
        return self._process.communicate(timeout=90)[0].split()


def _order(order: str, session: FaxSession) -> None:
    if order == "stop":
        session.stop()
    elif order == "kill":
        os.kill(session.pid, signal.SIGSEGV)
    elif order == "cut":
        raise ConnectionResetError


def run_fax(
    request: FaxRequest,
    far: Sequence[str],
    cables: tuple[Cable, Cable] | None = None,
    at_block: dict[int, str] | None = None,
) -> Told:
    """Our worker against another terminal. ``at_block`` does something in the middle: ``stop``,
    ``kill`` the worker, or ``cut`` the line. The pump takes no account of time."""
    out, back = cables or (Cable(), Cable())
    session = FaxSession(request)
    events = started(session)
    near = connected(session)
    terminal = FarTerminal(far)
    ours = theirs = bytes(2 * BLOCK)
    block, left = 0, -1
    with near, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while left:
            _order((at_block or {}).get(block, ""), session)
            near.send(ours)
            terminal.send(theirs)
            heard, said = near.recv(4 * BLOCK), terminal.recv()
            if not heard or not said:
                break
            assert len(heard) == len(said) == 2 * BLOCK
            ours, theirs = back.carry(said), out.carry(heard)
            block += 1
            assert block < LONGEST, "the fax has no end"
            events += session.events()
            left = left - 1 if left > 0 else TAIL if session.result and left < 0 else left
    far_said = terminal.end()
    wait_for_end(session, events)
    return Told(events, far_said, out.errors + back.errors, block)
