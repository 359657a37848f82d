"""Write docs/echo.md: the echo canceller in the tests of G.168 and on speech, beside spandsp.

.venv/bin/python bench/page_echo.py
"""

from __future__ import annotations

import itertools
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "native"), str(ROOT / "bench")]

import bench_echo  # noqa: E402
import numpy as np  # noqa: E402
from echo_rig import enhancement, speech_bench  # noqa: E402
from echo_tests import TESTS, Row  # noqa: E402

from trunkd.native.wrap_echo import COMFORT, NLP, ON  # noqa: E402

CASES = ((16, 0.0, 6.0), (64, 25.0, 6.0), (64, 25.0, 20.0), (128, 100.0, 6.0))
"""Tail ms, pure delay ms, echo return loss dB."""
SPEECH = ((16, 0), (32, 12), (64, 45), (96, 70), (128, 105))
EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

HEAD = """# The line echo canceller

Written by `bench/page_echo.py`. What it does is said at the head of native/src/echo.c.

## G.168, clause 6.4.2

All echo paths D.2 to D.9 at receive levels of -30, -20, -10 and 0 dBm0, A-law on both ways; each
row is the worst of the 32. Signals are those of Annex C. The limits are of G.168 (04/2015) as
public descriptions give them (`tests/native/echo_tests.py`); the text of the
Recommendation itself was not at hand, and where a description left room, this was taken:

- convergence: 6 dB combined loss from 50 ms on (or the path's own loss by this signal, where that
  is less), 20 dB from 1 s on; after a change of path the first 250 ms are let pass;
- 2C(a): the returned level may be 1.5 dB above the noise's own highest;
- 10: what fax needs (CED and V.21 pass unchanged, their echo is taken out, CED without reversals
  does not disable), not the Recommendation's figures.

"""


def cell(row: Row) -> str:
    return f"{row.value:.1f}" if row.margin >= 0 else f"**{row.value:.1f}**"


def g168_table() -> str:
    columns = [[r for test in TESTS.values() for r in test(*case)] for case in CASES]
    heads = " | ".join(f"{t} ms, delay {d:.0f}, ERL {e:.0f}" for t, d, e in CASES)
    lines = [
        f"| test | what (dB, dBm0) | limit where worst, {CASES[1][0]} ms | {heads} |",
        "|---|---|---:|" + "---:|" * len(CASES),
    ]
    for i, row in enumerate(columns[1]):
        cells = " | ".join(cell(column[i]) for column in columns)
        lines.append(f"| {row.test} | {row.what} | {row.limit:.1f} | {cells} |")
    failed = sum(row.margin < 0 for column in columns for row in column)
    lines += ["", f"Rows outside their limit: {failed}" + (" (bold)." if failed else ".")]
    return "\n".join(lines)


def spandsp(sent: np.ndarray, received: np.ndarray, tail_ms: int) -> np.ndarray:
    """What spandsp's canceller (adapting, no processor) makes of each channel."""
    cleaned = np.empty_like(received)
    for channel in range(sent.shape[1]):
        pairs = np.stack([sent[:, channel], received[:, channel]], axis=1)
        done = subprocess.run(
            [bench_echo.program(), "run", str(tail_ms)],
            input=np.ascontiguousarray(pairs).tobytes(),
            capture_output=True,
            check=True,
        )
        cleaned[:, channel] = np.frombuffer(done.stdout, np.int16)
    return cleaned


def speech_table() -> str:
    heads = " | ".join(f"{a:g}–{b:g} s" for a, b in itertools.pairwise(EDGES))
    lines = [f"| tail, delay ms | | {heads} |", "|---|---|" + "---:|" * (len(EDGES) - 1)]
    for tail, delay in SPEECH:
        sent, received, linear = speech_bench(tail, delay, ON, 11)
        total = speech_bench(tail, delay, ON | NLP | COMFORT, 11)[2]
        theirs = spandsp(sent, received, tail)
        for name, cleaned in (("filter", linear), ("total", total), ("spandsp filter", theirs)):
            figures = enhancement(sent, received, cleaned, EDGES)
            middle, least = np.median(figures, axis=0), np.min(figures, axis=0)
            cells = " | ".join(f"{m:.0f} ({w:.0f})" for m, w in zip(middle, least, strict=True))
            lines.append(f"| {tail}, {delay} | {name} | {cells} |")
    return "\n".join(lines)


def text() -> str:
    return (
        HEAD
        + g168_table()
        + "\n\n## Speech\n\nEcho return loss enhancement in dB over seconds of far-end speech: "
        "median of eight voices (and the\nleast). Prompts at -16 dBm0, echo return loss 10 dB, "
        "paths D.2 to D.9, A-law both ways, which limits\nwhat a linear filter can reach to about "
        "36 dB. *total* is with the non-linear processor and comfort\nnoise.\n\n"
        + speech_table()
        + "\n"
    )


if __name__ == "__main__":
    (ROOT / "docs" / "echo.md").write_text(text())
    print("docs/echo.md written")
