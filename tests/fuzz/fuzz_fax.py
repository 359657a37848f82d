"""What strangers send to a fax, broken on purpose: TIFF files, T.30 frames, audio, packets.

``fuzz_fax.py --seconds N [--seed S]`` runs rounds until the time is over, each in its own process
with the fax worker's limits; it ends with 1 and names kind and seed when a process falls, or ends
in an exception that is not one of ours. ``fuzz_fax.py --round KIND SEED COUNT`` is such a process.

Kinds: ``tiff`` mutates files of every coding and sends what passes the checks, ``frames`` speaks
V.21 with a good frame check sequence around bad contents, ``audio`` cuts up and bends the sound of
real faxes, ``packets`` sends the worker process anything at all.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import pathlib
import random
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from trunkd.daemon import fax_worker
from trunkd.daemon.fax import FaxSession, audio_pair
from trunkd.daemon.fax_events import FaxRequest
from trunkd.daemon.fax_spandsp import FaxTerminal, Spandsp, check_rows
from trunkd.daemon.fax_tiff import pages_of
from trunkd.errors import LocalError

RIG = pathlib.Path(__file__).resolve().parent.parent / "daemon" / "fax_rig.py"
BLOCK = 160
ROUNDS = {"tiff": 150, "frames": 12, "audio": 12, "packets": 4}
"""Cases of a round of each kind: about a second."""


def rig() -> Any:
    """tests/daemon/fax_rig.py: pages, files, codings."""
    spec = importlib.util.spec_from_file_location("fax_rig", RIG)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fax_rig"] = module
    spec.loader.exec_module(module)
    return module


class Line:
    """A terminal and what it told."""

    def __init__(self, spandsp: Spandsp, calling: bool, ecm: bool = True, header: str = "") -> None:
        self.terminal = FaxTerminal(spandsp, calling)
        self.terminal.configure("+86 10 1234", header, ecm, ("v27ter", "v29", "v17"))
        self.code = -1
        self.terminal.handlers(lambda _: None, self._ended, self._frame)
        self.frames = 0

    def _ended(self, code: int) -> None:
        self.code = code

    def _frame(self, incoming: bool, frame: bytes) -> None:
        from trunkd.daemon.fax_frames import control_field, dcs

        control_field(frame)
        dcs(frame)
        self.terminal.frame_name(frame[2] if len(frame) > 2 else 0)
        self.terminal.remote()
        self.frames += 1

    def exchange(self, pcm: bytes) -> bytes:
        made = self.terminal.exchange(pcm)
        assert len(made) == len(pcm)
        if self.terminal.failure is not None:
            raise self.terminal.failure
        return made

    def close(self) -> None:
        self.terminal.statistics()
        self.terminal.terminate()
        self.terminal.completion(self.code)
        self.terminal.close()


def back_to_back(
    near: Line, far: Line, blocks: int, heard: Callable[[bytes, bytes], None] | None = None
) -> None:
    """Two terminals without a cable until both are through."""
    ours = theirs = bytes(2 * BLOCK)
    for _ in range(blocks):
        ours, theirs = far.exchange(ours), near.exchange(theirs)
        ours, theirs = theirs, ours
        if heard:
            heard(ours, theirs)
        if not near.terminal.active and not far.terminal.active:
            break


# TIFF files


def corpus(folder: pathlib.Path) -> list[bytes]:
    """Small files of every coding and both byte orders."""
    made = rig()
    files = []
    pages = [made.text_page(1, rows=24), made.text_page(2, rows=30, y=196)]
    for order in "<>":
        path = folder / f"corpus{ord(order)}.tif"
        made.write_tiff(path, pages, order)
        files.append(path)
    files += [made.recode(how, files[0]) for how in ("g3", "g32d", "g4")]
    return [path.read_bytes() for path in files]


INTERESTING = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The file with a few wounds, half of them in its directories; few that move what follows."""
    out = bytearray(data)
    (first,) = struct.unpack_from(("<" if data[:2] == b"II" else ">") + "I", data, 4)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        if len(out) < 16:
            break
        low = rng.choice((0, min(first, len(out) - 8)))
        at = rng.randrange(low, min(len(out) - 4, low + rng.choice((8, 200, len(out)))))
        kind = rng.choice((0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 4, 5))
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.randrange(256)
        elif kind == 2:
            value = rng.choice(INTERESTING)
            form = rng.choice("<>") + ("I" if value > 0xFFFF or rng.random() < 0.5 else "H")
            struct.pack_into(form, out, at, value)
        elif kind == 3:
            del out[at : at + rng.randint(1, 40)]
        elif kind == 4:
            out[at:at] = rng.randbytes(rng.randint(1, 40))
        else:
            del out[at:]
    return bytes(out)


def tiff_round(rng: random.Random, count: int, folder: pathlib.Path) -> str:
    """Mutants through the checks; what they let pass is sent to another terminal."""
    spandsp = Spandsp()
    files = corpus(folder)
    path, out = folder / "mutant.tif", folder / "out.tif"
    passed = delivered = 0
    for _ in range(count):
        path.write_bytes(mutated(rng, rng.choice(files)))
        try:
            check_rows(spandsp, str(path), pages_of(str(path)))
        except LocalError:
            continue
        passed += 1
        near = Line(spandsp, True, rng.random() < 0.7, rng.choice(("", "fuzz")))
        far = Line(spandsp, False)
        near.terminal.send_file(str(path), -1, -1)
        far.terminal.receive_file(str(out))
        back_to_back(near, far, 2000)
        delivered += near.code == 0
        near.close()
        far.close()
    return f"{passed} passed the checks, {delivered} delivered"


# T.30 frames


def fcs(data: bytes) -> int:
    """The frame check sequence of HDLC (T.30 5.3.7)."""
    crc = 0xFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def v21(frames: list[bytes]) -> bytes:
    """One second of flags, then the frames, in V.21 channel 2: 300 bit/s, 1650 and 1850 Hz."""
    flag = [0, 1, 1, 1, 1, 1, 1, 0]
    bits = flag * 38
    for frame in frames:
        ones = 0
        for octet in frame + struct.pack("<H", fcs(frame)):
            for place in range(8):
                bit = octet >> place & 1
                bits.append(bit)
                ones = ones + 1 if bit else 0
                if ones == 5:
                    bits.append(0)
                    ones = 0
        bits += flag * 2
    phase, samples = 0.0, []
    for i in range(len(bits) * 80 // 3):
        phase += 2 * math.pi * (1650 if bits[i * 3 // 80] else 1850) / 8000
        samples.append(int(4000 * math.sin(phase)))
    return struct.pack(f"<{len(samples)}h", *samples)


FIELDS = (0x80, 0x40, 0x20, 0x81, 0x41, 0x21, 0xC1, 0xA1, 0x61, 0xE1, 0x11, 0x82, 0x42, 0x22, 0xC2)
FIELDS += (0xA2, 0x12, 0x62, 0xE2, 0x84, 0x44, 0xC4, 0x24, 0x8E, 0x4E, 0x2E, 0x9E, 0x5E, 0x3E, 0x1E)
FIELDS += (0xBE, 0xCE, 0x6E, 0x8C, 0xCC, 0x4C, 0xAC, 0x2C, 0xBC, 0xEC, 0x1C, 0xFC, 0xFA, 0x1A, 0xCA)
VENDORS = (b"\xad\x00\x51", b"\xb5\x00\x2a", b"\x00\x00\x0e", b"\x86\x00\x0a", b"\x26\x00", b"\x89")
"""Facsimile control fields as spandsp writes them; the beginnings of some NSF (T.35 codes)."""


def strange_frame(rng: random.Random) -> bytes:
    """Address, control, a field that T.30 has, and contents of any length."""
    field = rng.choice(FIELDS) if rng.random() < 0.95 else rng.randrange(256)
    length = rng.choice((0, 1, 2, 3, 4, 8, 20, 21, 60, 120, 250))
    contents = bytearray(rng.randbytes(length))
    if field == 0x20 and rng.random() < 0.7:
        contents[:3] = rng.choice(VENDORS)
    if field | 1 in (0x81, 0x83) and rng.random() < 0.6:
        contents = bytearray(b"\x00\xee\xfa\xc4\x80\x91\x80\x80\x80\x18")
        contents[rng.randrange(10)] = rng.randrange(256)
    control = rng.choice((0x03, 0x13, 0x13, rng.randrange(256)))
    if field & 0x0E:
        field |= rng.randrange(2)
    return bytes((0xFF, control, field)) + contents


def prepared(rng: random.Random, spandsp: Spandsp, folder: pathlib.Path) -> Line:
    """A terminal that sends or receives, in either role."""
    line = Line(spandsp, rng.random() < 0.5, rng.random() < 0.7)
    if rng.random() < 0.5:
        line.terminal.send_file(str(folder / "corpus60.tif"), -1, -1)
    else:
        line.terminal.receive_file(str(folder / "out.tif"))
    return line


def play(line: Line, rng: random.Random, pcm: bytes) -> None:
    """Audio in packets of every size that is audio."""
    at = 0
    while at < len(pcm) and line.terminal.active:
        size = 2 * rng.choice((1, 7, 80, 160, 160, 160, 240, 1600))
        line.exchange(pcm[at : at + size])
        at += size


def frames_round(rng: random.Random, count: int, folder: pathlib.Path) -> str:
    spandsp = Spandsp()
    corpus(folder)
    seen = 0
    for _ in range(count):
        line = prepared(rng, spandsp, folder)
        for _ in range(rng.randint(2, 8)):
            play(line, rng, bytes(2 * rng.choice((800, 8000, 24000))))
            play(line, rng, v21([strange_frame(rng) for _ in range(rng.randint(1, 3))]))
        seen += line.frames
        line.close()
    return f"{seen} frames seen"


# Audio


def recorded(spandsp: Spandsp, folder: pathlib.Path) -> list[bytes]:
    """What the two ends of good faxes send, with and without ECM."""
    made = []
    for ecm in (True, False):
        near, far = Line(spandsp, True, ecm), Line(spandsp, False, ecm)
        near.terminal.send_file(str(folder / "corpus60.tif"), -1, -1)
        far.terminal.receive_file(str(folder / "out.tif"))
        sides: tuple[list[bytes], list[bytes]] = ([], [])

        def heard(
            ours: bytes, theirs: bytes, sides: tuple[list[bytes], list[bytes]] = sides
        ) -> None:
            sides[0].append(ours)
            sides[1].append(theirs)

        back_to_back(near, far, 6000, heard)
        assert near.code == far.code == 0
        near.close()
        far.close()
        made += [b"".join(side) for side in sides]
    return made


def bent(rng: random.Random, sources: list[bytes]) -> bytes:
    """Pieces of the recordings one after another, louder, softer, noisy, torn or reversed."""
    out = bytearray()
    for _ in range(rng.randint(1, 6)):
        source = rng.choice(sources)
        start = 2 * rng.randrange(len(source) // 4)
        piece = bytearray(source[start : start + 2 * rng.randrange(800, 160_000)])
        kind = rng.randrange(5)
        if kind == 0:
            for _ in range(len(piece) // 400):
                piece[rng.randrange(len(piece))] = rng.randrange(256)
        elif kind == 1:
            gain = rng.choice((0.02, 0.3, 3.0, 30.0))
            values = struct.unpack(f"<{len(piece) // 2}h", piece)
            bounded = (max(-32768, min(32767, int(v * gain))) for v in values)
            piece = bytearray(struct.pack(f"<{len(values)}h", *bounded))
        elif kind == 2:
            piece = bytearray(rng.randbytes(2 * rng.randrange(800, 40_000)))
        out += piece
    return bytes(out)


def audio_round(rng: random.Random, count: int, folder: pathlib.Path) -> str:
    spandsp = Spandsp()
    corpus(folder)
    sources = recorded(spandsp, folder)
    seen = 0
    for _ in range(count):
        line = prepared(rng, spandsp, folder)
        play(line, rng, bent(rng, sources))
        seen += line.frames
        line.close()
    return f"{seen} frames seen"


# Packets to the worker


def packets_round(rng: random.Random, count: int, folder: pathlib.Path) -> str:
    """A worker process that is sent anything tells one result and ends."""
    corpus(folder)
    reasons = []
    for _ in range(count):
        mode = rng.choice(("send", "receive"))
        name = "corpus60.tif" if mode == "send" else "out.tif"
        near, worker_end = audio_pair()
        events: list[Any] = []
        with near, worker_end, FaxSession(FaxRequest(mode, str(folder / name))) as session:
            session.connect(worker_end)
            worker_end.close()
            for _ in range(rng.randint(1, 60)):
                size = rng.choice((320, 320, 320, 2, 3200, 3200, rng.randrange(1, 5000)))
                try:
                    near.send(rng.randbytes(size))
                    if not near.recv(8192):
                        break
                except (BrokenPipeError, ConnectionResetError):
                    break
            near.close()
            while not session.ended:
                assert select.select([session], [], [], 90)[0], "the worker hangs"
                events += session.events()
            result = session.result
            assert result is not None and events[-1] is result
            assert not result.text.startswith("the fax worker"), result
            reasons.append(result.reason)
    return ", ".join(sorted(set(reasons)))


KINDS: dict[str, Callable[[random.Random, int, pathlib.Path], str]] = {
    "tiff": tiff_round,
    "frames": frames_round,
    "audio": audio_round,
    "packets": packets_round,
}


def one_round(kind: str, seed: int, count: int) -> None:
    """In this process, with the worker's limits, quiet."""
    rig().build()
    if kind != "packets":
        fax_worker.limit()
        signal.setitimer(signal.ITIMER_PROF, 0)  # a round is longer than a packet
    with tempfile.TemporaryDirectory() as folder:
        print(KINDS[kind](random.Random(f"{kind} {seed}"), count, pathlib.Path(folder)))


def run_round(kind: str, seed: int, count: int) -> str:
    """A round in its own process: what it says, or AssertionError with what it died of."""
    done = subprocess.run(
        [sys.executable, __file__, "--round", kind, str(seed), str(count)],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (
        f"fuzz_fax.py --round {kind} {seed} {count} ended with {done.returncode}\n"
        + done.stderr.decode("utf-8", "replace")[-3000:]
    )
    return done.stdout.decode().strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--round", nargs=3, metavar=("KIND", "SEED", "COUNT"))
    given = parser.parse_args()
    if given.round:
        kind, seed, count = given.round
        one_round(kind, int(seed), int(count))
        return 0
    end = time.monotonic() + given.seconds
    seed = given.seed
    rounds = dict.fromkeys(KINDS, 0)
    while time.monotonic() < end:
        for kind, count in ROUNDS.items():
            try:
                run_round(kind, seed, count)
            except (AssertionError, subprocess.TimeoutExpired) as exc:
                print(exc, file=sys.stderr)
                return 1
            rounds[kind] += count
        seed += 1
    print(f"no finding; cases: {rounds}; next seed: {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
