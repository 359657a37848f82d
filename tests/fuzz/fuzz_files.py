"""Voice files from hell: every reader of files, on files that were spoilt.

    fuzz_files.py --seconds 60 [--seed 1] [--engine auto|mutator|atheris]

``mutator`` spoils files of all formats by a seeded generator that knows where their lengths are;
``atheris`` (pip install atheris) goes by the code it covers, on the same beginnings. ``auto`` does
both, or the first alone where atheris is not installed. Any exception but LocalError, a crash, a
hang or memory that grows is a finding: exit status not 0, and the file is kept and named.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib.util
import io
import math
import os
import pathlib
import random
import resource
import shutil
import struct
import sys
import tempfile
import time
from typing import Any

MOST_GROWTH = 96 << 10
"""KiB of memory that all of a run may take beyond its beginning."""
HANG = 60
INTERESTING = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFF000, 0x7FFFFFFF,
               0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
SUFFIXES = (".wav", ".al", ".ulaw", ".pcm", ".sln16", ".vox", ".vox6", ".gsm", ".flac", ".au", ".x")


def tone(n: int) -> bytes:
    """So many int16 samples."""
    return b"".join(struct.pack("<h", round(9000 * math.sin(i / 3))) for i in range(n))


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def wav(form: bytes, data: bytes, *more: bytes) -> bytes:
    body = b"WAVE" + chunk(b"fmt ", form) + b"".join(more) + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def beginnings() -> list[tuple[str, bytes]]:
    """Good files of every format, short."""
    from trunkd.daemon import media_wav
    from trunkd.native import wrap_files

    sound = tone(2000)
    gsm = b"".join(bytes([0xD0 | i & 15]) + bytes((i * 7 + k * 3) & 255 for k in range(32))
                   for i in range(20))  # fmt: skip
    files = [(".gsm", gsm), (".vox", sound[:600]), (".vox6", sound[:600]), (".al", sound),
             (".ulaw", sound), (".pcm", sound), (".sln16", sound), (".x", sound)]  # fmt: skip
    for tag, channels, rate, bits in (
        (1, 1, 8000, 8), (1, 2, 44100, 16), (1, 1, 48000, 24), (1, 3, 22050, 32),
        (3, 1, 11025, 32), (3, 2, 44101, 64), (6, 1, 8000, 8), (7, 1, 8000, 8), (6, 2, 16000, 8),
        (7, 1, 192000, 8), (1, 1, 8000, 16),
    ):  # fmt: skip
        head = media_wav.header(tag, channels, rate, bits, len(sound)).octets
        files.append((".wav", head + sound))
    ima = struct.pack("<HHIIHHHH", 0x11, 2, 16000, 8000, 72, 4, 2, 65)
    files.append((".wav", wav(ima, wrap_files.ima_encode(sound, 72, 2),
                              chunk(b"fact", struct.pack("<I", 1000)))))  # fmt: skip
    packed = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    files.append((".wav", wav(packed, gsm[:650], chunk(b"fact", struct.pack("<I", 3200)))))
    oki = struct.pack("<HHIIHHH", 0x17, 1, 8000, 4000, 1, 4, 0)
    files.append((".wav", wav(oki, sound[:500])))
    guid = bytes.fromhex("000000001000800000aa00389b71")
    wide = struct.pack("<HHIIHHHHIH", 0xFFFE, 2, 8000, 32000, 4, 16, 22, 16, 3, 1) + guid
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 9000, len(sound), 1000, 0))
    rf64 = b"RF64\xff\xff\xff\xffWAVE" + ds64 + chunk(b"fmt ", wide) + chunk(b"JUNK", b"odd")
    files.append((".wav", rf64 + b"data\xff\xff\xff\xff" + sound))
    return files + foreign(sound)


def foreign(sound: bytes) -> list[tuple[str, bytes]]:
    """Of formats that libsndfile reads."""
    import soundfile

    files = []
    for suffix, form, subtype in ((".flac", "FLAC", None), (".au", "AU", None),
                                  (".wav", "WAV", "MS_ADPCM")):  # fmt: skip
        out = io.BytesIO()
        with soundfile.SoundFile(out, "w", 16000, 1, subtype, format=form) as file:
            file.buffer_write(sound, dtype="int16")
        files.append((suffix, out.getvalue()))
    return files


def spoil(rng: random.Random, files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """One of the files, changed in a few places."""
    suffix, good = rng.choice(files)
    data = bytearray(good)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(data) + 1) if rng.random() < 0.4 else rng.randrange(80)
        at = min(at, len(data))
        what = rng.randrange(8)
        if what == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at : at + 1] = rng.randbytes(rng.choice((0, 1, 2, 9)))
        elif what in (2, 3):
            value, width = rng.choice(INTERESTING), rng.choice((1, 2, 4, 8))
            data[at : at + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")
        elif what == 4:
            del data[at:]
        elif what == 5:
            del data[at : at + rng.randrange(1, 40)]
        elif what == 6:
            other = rng.choice(files)[1]
            start = rng.randrange(len(other))
            data[at:at] = other[start : start + rng.randrange(1, 200)]
        else:
            data[at:at] = data[max(0, at - rng.randrange(1, 80)) : at]
    return rng.choice(SUFFIXES) if rng.random() < 0.03 else suffix, bytes(data)


class Target:
    """One file at a time through everything that reads files."""

    def __init__(self, folder: pathlib.Path) -> None:
        from trunkd.board.model import Law
        from trunkd.daemon import media_files, media_recording
        from trunkd.errors import LocalError

        self.folder = folder
        self.error = LocalError
        self.laws = (Law.A, Law.MU)
        self.files: Any = media_files
        self.recording: Any = media_recording
        self.runs = 0

    def run(self, suffix: str, data: bytes) -> None:
        """Raises what is a finding."""
        self.runs += 1
        faulthandler.dump_traceback_later(HANG, exit=True)
        path = self.folder / f"input{suffix}"
        path.write_bytes(data)
        with contextlib.suppress(self.error):
            prompt = self.files.load(str(path), self.laws[self.runs & 1])
            assert prompt.octets, "a prompt without sound"
            assert len(prompt.octets) <= 7200 * 8000, "longer than two hours"
            if prompt.format.startswith(("raw", "WAV ")) and "MS" not in prompt.format:
                # The most that a format makes of an octet: 320 samples of 65 octets at 4000 Hz.
                assert len(prompt.octets) <= 10 * len(data) + 1, "more sound than the file can hold"
            said = self.files.describe(str(path))
            assert round(said.seconds * 8000) == len(prompt.octets), "two answers"
        with contextlib.suppress(self.error):
            self.go_on(str(path))
        path.unlink()
        faulthandler.cancel_dump_traceback_later()

    def go_on(self, path: str) -> None:
        """A file that is appended to is a good one afterwards, with all of its sound."""
        encoding = ("alaw", "mulaw", "pcm16")[self.runs % 3]
        file = self.recording.open_recording(path, encoding, 1 + self.runs % 2, True)
        there = self.recording.finish(file)
        assert there == file.data_octets, "sound lost"
        assert file.data_start + there <= pathlib.Path(path).stat().st_size, "sound made up"
        said = self.files.describe(path)
        assert not said.damage, said.damage
        assert round(said.seconds * 8000) == there // file.frame_octets, "another length"


def growth(since: int) -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - since


def mutate(folder: pathlib.Path, seconds: float, seed: int) -> None:
    files = beginnings()
    target = Target(folder)
    for suffix, data in files:
        target.run(suffix, data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        target.run(*spoil(rng, files))
    assert growth(before) < MOST_GROWTH, f"memory grew by {growth(before)} KiB"
    print(f"{target.runs} spoilt files, seed {seed}: nothing found")


def cover(folder: pathlib.Path, seconds: float, seed: int) -> None:
    """By a child, since atheris ends its process."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(f"atheris ended with {status}: see above, and {folder}")
        return
    import atheris  # type: ignore[import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["trunkd.daemon.media_wav", "trunkd.daemon.media_files",
                                             "trunkd.daemon.media_source",
                                             "trunkd.daemon.media_decode",
                                             "trunkd.daemon.media_recording"]):  # fmt: skip
        target = Target(folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, (suffix, data) in enumerate(beginnings()):
        index = SUFFIXES.index(suffix)
        (corpus / str(number)).write_bytes(bytes([index]) + data)

    def one(octets: bytes) -> None:
        if octets:
            target.run(SUFFIXES[octets[0] % len(SUFFIXES)], octets[1:])

    options = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-seed={seed}",
        f"-timeout={HANG}",
        f"-artifact_prefix={folder}/",
        "-rss_limit_mb=512",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("auto", "mutator", "atheris"), default="auto")
    given = parser.parse_args()
    both = given.engine == "auto" and importlib.util.find_spec("atheris") is not None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fuzz-files-"))
    print(f"files in {folder}", flush=True)
    if given.engine != "atheris":
        mutate(folder, given.seconds / 2 if both else given.seconds, given.seed)
    if both or given.engine == "atheris":
        cover(folder, given.seconds / 2 if both else given.seconds, given.seed)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
