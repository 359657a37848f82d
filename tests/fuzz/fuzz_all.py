"""Every fuzzer for some time each, as many at once as there are processors: `make fuzz`.

``fuzz_all.py [--seconds S] [--out DIR] [NAME…]``: ``files`` (voice files), ``fax`` (TIFF, T.30
frames, audio, packets), ``fsk`` (FSK, modem and progress tones by libFuzzer where clang has it),
``mtp2`` (signal units at line speed), ``t1`` (lines for the T1 receiver), ``mtp2link`` (signal
units into the engine), ``mtp3``, ``isup`` and ``tup`` (messages of the levels above), ``rose``
(components of the network's services in PRI), ``shpa3`` (Synway's library of calls), ``e1d``
(osmo-e1d's protocol, our server and client) and ``native`` (the drivers tests/native/fuzz_*.c under
ASan and UBSan, seed after seed).
Exit 1 when one finds something, with the end of its log; logs are in DIR, and hold the commands.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TextIO

HERE: Final = pathlib.Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
NATIVE: Final = ROOT / "native"
DRIVERS: Final = sorted((ROOT / "tests" / "native").glob("fuzz_*.c"))
SANITIZERS: Final = "-fsanitize=address,undefined"
FLAGS: Final = [
    "-std=gnu11",
    "-O1",
    "-g",
    "-fno-sanitize-recover=undefined",
    "-fno-omit-frame-pointer",
    f"-I{NATIVE / 'include'}",
    f"-I{NATIVE / 'src'}",
]
FSK_SOURCES: Final = ("fsk_*", "modem_tones", "progress", "tone", "g711")
SLACK: Final = 240.0
"""Seconds that a fuzzer may take beyond its time, to finish a round on a busy machine."""


class Found(Exception):
    """A fuzzer ended badly; its log has why."""


class Job:
    """One fuzzer at work; everything it says goes to its log."""

    def __init__(self, name: str, seconds: float, folder: pathlib.Path) -> None:
        self.name = name
        self.seconds = seconds
        self.folder = folder
        self.path = folder / f"{name}.log"
        self.log: TextIO = self.path.open("w", encoding="utf-8")

    def run(self, *command: str | pathlib.Path, limit: float = SLACK) -> None:
        """Found when it does not end with 0 in time."""
        words = [str(word) for word in command]
        print("$", *words, file=self.log, flush=True)
        try:
            done = subprocess.run(
                words, stdout=self.log, stderr=subprocess.STDOUT, check=False, timeout=limit
            )
        except subprocess.TimeoutExpired:
            raise Found(f"{self.name}: it did not end in {limit:.0f} s") from None
        if done.returncode:
            raise Found(f"{self.name}: it ended with {done.returncode}")

    def python(self, script: str) -> None:
        limit = self.seconds + SLACK
        self.run(sys.executable, HERE / script, "--seconds", f"{self.seconds:g}", limit=limit)


def objects(
    job: Job, compiler: str, folder: pathlib.Path, sanitizers: str, names: tuple[str, ...] = ("*",)
) -> list[str]:
    """Sources of native/src, compiled once."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for source in sorted(path for name in names for path in NATIVE.glob(f"src/{name}.c")):
        target = folder / f"{source.stem}.o"
        job.run(compiler, *FLAGS, sanitizers, "-c", source, "-o", target)
        made.append(str(target))
    return made


def fuzz_files(job: Job) -> None:
    job.python("fuzz_files.py")


def fuzz_fax(job: Job) -> None:
    job.python("fuzz_fax.py")


def fuzz_fsk(job: Job) -> None:
    """libFuzzer, guided by coverage; without it the driver's random input."""
    source, program = HERE / "libfuzzer_fsk.c", job.folder / "libfuzzer_fsk"
    coverage = SANITIZERS.replace("=", "=fuzzer-no-link,")
    try:
        if shutil.which("clang") is None:
            raise Found("no clang")
        parts = objects(job, "clang", job.folder / "clang", coverage, FSK_SOURCES)
        link = SANITIZERS.replace("=", "=fuzzer,")
        job.run("clang", *FLAGS, link, source, *parts, "-pthread", "-lm", "-o", program)
    except Found as why:
        print(f"{why}: libFuzzer comes with Debian's clang; by random input, then", file=job.log)
        drive(job, [d for d in DRIVERS if d.stem == "fuzz_fsk"])
        return
    corpus = job.folder / "corpus_fsk"
    corpus.mkdir(exist_ok=True)
    job.run(
        program,
        f"-max_total_time={job.seconds:.0f}",
        "-max_len=4096",
        "-print_final_stats=1",
        f"-artifact_prefix={job.folder}/fsk-",
        corpus,
        limit=job.seconds + SLACK,
    )


def fuzz_mtp2(job: Job) -> None:
    """MTP2's line-speed part for all of the time; ``native`` has it among the others, too."""
    drive(job, [d for d in DRIVERS if d.stem == "fuzz_mtp2"])


def fuzz_t1(job: Job) -> None:
    """Random lines for the T1 receiver."""
    drive(job, [d for d in DRIVERS if d.stem == "fuzz_t1"])


def fuzz_mtp2_link(job: Job) -> None:
    """Random signal units into the MTP2 engine."""
    job.python("fuzz_mtp2_link.py")


def fuzz_mtp3(job: Job) -> None:
    """Random messages into a node's level 3, and its dissectors."""
    job.python("fuzz_mtp3.py")


def fuzz_isup(job: Job) -> None:
    job.python("fuzz_isup.py")


def fuzz_tup(job: Job) -> None:
    job.python("fuzz_tup.py")


def fuzz_rose(job: Job) -> None:
    """Components in Facility elements into the services of PRI."""
    job.python("fuzz_rose.py")


def fuzz_shpa3(job: Job) -> None:
    """The library of Synway's calls: the daemon's lines and ShConfig.ini, mutated."""
    folder, program = ROOT / "native" / "shpa3", job.folder / "fuzz_shpa3"
    source = ROOT / "tests" / "native" / "shpa3" / "fuzz_shpa3.c"
    sources = [source, *sorted(folder.glob("*.c"))]
    job.run(*("gcc", *FLAGS, f"-I{folder}", "-pthread", SANITIZERS, *sources, "-lm", "-o", program))
    end = time.monotonic() + job.seconds
    seed = 0
    while time.monotonic() < end:
        seed += 1
        job.run(program, str(seed), "200000")


def fuzz_e1d(job: Job) -> None:
    """Packets between both ends of osmo-e1d's control protocol."""
    job.python("fuzz_e1d.py")


def fuzz_drivers(job: Job) -> None:
    drive(job, DRIVERS)


def drive(job: Job, drivers: list[pathlib.Path]) -> None:
    """The drivers in turn, with a new seed each time, until the time is over."""
    folder = job.folder / f"gcc-{job.name}"
    parts = objects(job, "gcc", folder, SANITIZERS)
    programs = []
    for driver in drivers:
        programs.append(folder / driver.stem)
        job.run("gcc", *FLAGS, SANITIZERS, driver, *parts, "-pthread", "-lm", "-o", programs[-1])
    seed = int.from_bytes(os.urandom(3)) or 1
    until = time.monotonic() + job.seconds
    while time.monotonic() < until:
        for program in programs:
            job.run(program, str(seed), "200")
        seed += 1


JOBS: Final[dict[str, Callable[[Job], None]]] = {
    "files": fuzz_files,
    "fax": fuzz_fax,
    "fsk": fuzz_fsk,
    "mtp2": fuzz_mtp2,
    "t1": fuzz_t1,
    "mtp2link": fuzz_mtp2_link,
    "mtp3": fuzz_mtp3,
    "isup": fuzz_isup,
    "tup": fuzz_tup,
    "rose": fuzz_rose,
    "shpa3": fuzz_shpa3,
    "e1d": fuzz_e1d,
    "native": fuzz_drivers,
}


def work(name: str, seconds: float, folder: pathlib.Path) -> str:
    """What was found; "" for nothing."""
    job = Job(name, seconds, folder)
    began = time.monotonic()
    try:
        JOBS[name](job)
        found = ""
    except Found as exc:
        job.log.flush()
        end = job.path.read_text(encoding="utf-8", errors="replace")[-4000:]
        found = f"{exc}; the end of {job.path}:\n{end}"
    finally:
        job.log.close()
    word = "FOUND SOMETHING" if found else "nothing found"
    print(f"{name}: {word} in {time.monotonic() - began:.0f} s ({job.path})", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each fuzzer")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(JOBS))
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in JOBS]
    if unknown:
        parser.error(f"no fuzzer {', '.join(unknown)}: there are {', '.join(JOBS)}")
    given.out.mkdir(parents=True, exist_ok=True)
    names = given.names or list(JOBS)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda name: work(name, given.seconds, given.out), names))
    for text in filter(None, found):
        print(text, file=sys.stderr)
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
