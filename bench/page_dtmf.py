"""Write docs/dtmf.md: detection rates of ours beside spandsp on the same signals.

.venv/bin/python bench/page_dtmf.py
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "native"))

import numpy as np  # noqa: E402
import tone_rig as rig  # noqa: E402
from tone_rig import Dtmf  # noqa: E402

from trunkd.native.wrap_tones import BEGIN, DtmfBank  # noqa: E402

SEEDS = (1, 2, 3)

HEAD = """# DTMF reception

Written by `bench/page_dtmf.py`. Each figure is the share of {count} digits that were heard, in
their order, by trunkd's receiver and by spandsp's on the same signals; `+n` counts digits heard
that were not sent. Unless a table varies it: -10 dBm0 a frequency, no twist, 50 ms tone, 50 ms
pause. SNR is the power of both frequencies to that of white noise from 0 to 4 kHz. The tests hold
the limits of Q.24 (AT&T, NTT, Brazil) and ETSI ES 201 235-3; between those for "must accept" and
"must not" a receiver is free. For barge-in a prompt speaks without a pause at -15 dBm0 and comes
back through a hybrid of that return loss, with no echo canceller before the receiver.

What the receiver does is said at the head of native/src/dtmf.c.
"""


def cell(scores: list[tuple[float, int]]) -> str:
    good = sum(score for score, _ in scores) / len(scores)
    extra = sum(more for _, more in scores)
    return f"{good:.1f}" + (f" +{extra}" if extra else "")


def table(title: str, first: str, rows: Iterable[tuple[str, Dtmf]]) -> str:
    lines = [f"## {title}", "", f"| {first} | trunkd % | spandsp % |", "|---:|---:|---:|"]
    for name, how in rows:
        pairs = [rig.both(how, seed) for seed in SEEDS]
        lines.append(f"| {name} | {cell([p[0] for p in pairs])} | {cell([p[1] for p in pairs])} |")
    return "\n".join([*lines, ""])


def talk_off() -> str:
    signals, files = rig.speech()
    bank = DtmfBank(signals.shape[0])
    events = bank.process(np.ascontiguousarray(signals.T).tobytes())
    mine = sum(e.phase == BEGIN for e in events)
    theirs = sum(map(len, rig.spandsp_hears("dtmf", signals)))
    return (
        "## Talk-off\n\n"
        f"{files} prompts of Debian's asterisk-core-sounds in English, Spanish, French, Italian\n"
        f"and Russian, {signals.size / 8000 / 60:.0f} minutes: {mine} false digits "
        f"(spandsp: {theirs}).\n"
    )


Table = tuple[str, str, list[tuple[str, Dtmf]]]
"""Title, what varies, and the signals by its values."""


def over(values: Iterable[float], make: Callable[[float], Dtmf]) -> list[tuple[str, Dtmf]]:
    return [(f"{value}", make(value)) for value in values]


def noise_and_level() -> list[Table]:
    snr = (30, 20, 15, 13, 11, 10, 9, 8, 7, 6, 5, 4, 2, 0)
    level = (0, -5, -10, -20, -30, -36, -38, -40, -41, -42, -43, -45, -48)
    short = over((20, 15, 13, 11, 9, 8, 7, 6), lambda v: Dtmf(snr=v, on=0.04, off=0.04))
    return [
        ("Noise", "SNR dB", over(snr, lambda v: Dtmf(snr=v))),
        ("Noise, tones and pauses of 40 ms", "SNR dB", short),
        ("Level", "dBm0", over(level, lambda v: Dtmf(level=v))),
    ]


def frequencies() -> list[Table]:
    high = (0, 1, 1.25, 1.5, 1.75, 1.8, 2, 2.25, 2.5, 3, 3.5)
    apart = (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5)
    return [
        (
            "Twist (high group less low group)",
            "dB",
            [(f"{v:+}", Dtmf(twist=v, level=-15)) for v in range(10, -11, -1)],
        ),
        (
            "Frequency error, both high",
            "%",
            [(f"{v:.2f}", Dtmf(low_error=v / 100, high_error=v / 100)) for v in high],
        ),
        (
            "Frequency error, apart (low group high, high group low)",
            "%",
            [(f"{v:.2f}", Dtmf(low_error=v / 100, high_error=-v / 100)) for v in apart],
        ),
    ]


def lengths() -> list[Table]:
    on = (20, 22, 24, 26, 28, 30, 32, 34, 36, 40, 60)
    off = (5, 10, 15, 18, 20, 25, 30, 40, 60)
    return [
        ("Length of tone", "ms", over(on, lambda v: Dtmf(on=v / 1000))),
        ("Length of pause", "ms", over(off, lambda v: Dtmf(off=v / 1000))),
    ]


def other_sounds() -> list[Table]:
    dial = (-30, -20, -16, -13, -10, -6, -3, 0)
    barge_in = "Barge-in: digits at {} dBm0, the own prompt's echo"
    return [
        (
            "Dial tone of 350 and 440 Hz, digits at -10 dBm0",
            "dial tone dBm0",
            over(dial, lambda v: Dtmf(dial_tone=v)),
        ),
        *(
            (
                barge_in.format(level),
                "return loss dB",
                [(f"{v}", Dtmf(level=level, erl=v)) for v in (20, 16, 12, 10, 8, 6)],
            )
            for level in (-10, -15)
        ),
        (
            "The digits' own echo, 10 dB weaker",
            "ms late",
            over((2, 5, 10, 15, 20), lambda v: Dtmf(echo_ms=v)),
        ),
    ]


def codings() -> list[Table]:
    laws = [(law, v) for law in ("alaw", "ulaw") for v in (0, -20, -36, -41)]
    rows = [(f"{law} {v}", Dtmf(law=law, level=v)) for law, v in laws]
    return [("Coding", "law, dBm0", rows)]


def text() -> str:
    count = rig.CHANNELS * rig.DIGITS_EACH * len(SEEDS)
    tables = [*noise_and_level(), *frequencies(), *lengths(), *other_sounds(), *codings()]
    return "\n".join([HEAD.format(count=count), *(table(*one) for one in tables), talk_off()])


if __name__ == "__main__":
    (ROOT / "docs" / "dtmf.md").write_text(text())
    print("docs/dtmf.md written")
