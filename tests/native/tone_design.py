"""The arithmetic behind native/src/tone_tables.h: run this file to write the header again.

DTMF: two complex band filters (least squares, 48 taps, hop 10) for the low and high group. Their
cosines are even and their sines odd about the middle, so that the older half of the taps is enough
for sums and differences of samples, which are halved for it.
MF: each frequency's partial sums over 32 samples. Coefficients are integers whose magnitudes sum
to 65535 at most, so that a correlation with 16-bit samples cannot overflow 32 bits.
"""

from __future__ import annotations

import itertools
import pathlib

import numpy as np

RATE = 8000
DTMF_LOW = (697, 770, 852, 941)
DTMF_HIGH = (1209, 1336, 1477, 1633)
BANDS = (("low", DTMF_LOW, 819), ("high", DTMF_HIGH, 1421))
DTMF_TAPS = 48
DTMF_HOP = 10
MF_TAPS = 32
MF_SETS = {
    "r2f": (1380, 1500, 1620, 1740, 1860, 1980),
    "r2b": (1140, 1020, 900, 780, 660, 540),
    "r1": (700, 900, 1100, 1300, 1500, 1700),
}
HEADER = pathlib.Path(__file__).resolve().parents[2] / "native" / "src" / "tone_tables.h"


def scaled(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows as integers with one common factor."""
    factor = 65500 / np.abs(rows).sum(axis=-1).max()
    return np.round(rows * factor).astype(int), float(factor)


def low_pass(taps: int, edge: float, stop: float) -> np.ndarray:
    """Even, of an even number of taps: least squares, above ``stop`` with ten times the weight."""
    hz = np.linspace(0, RATE / 2, 2001)
    hz = hz[(hz <= edge) | (hz >= stop)]
    weight = np.where(hz <= edge, 1.0, np.sqrt(10))[:, None]
    waves = 2 * np.cos(2 * np.pi * hz[:, None] / RATE * (np.arange(taps // 2) + 0.5))
    half, *_ = np.linalg.lstsq(waves * weight, (hz <= edge) * weight[:, 0], rcond=None)
    return np.concatenate([half[::-1], half])


def dtmf_rows() -> tuple[np.ndarray, float]:
    """Rows low-cos, low-sin, high-cos, high-sin; tap 0 meets the oldest sample."""
    t = np.arange(DTMF_TAPS) - (DTMF_TAPS - 1) / 2
    rows = []
    for _, group, centre in BANDS:
        half = (group[-1] * 1.02 - group[0] * 0.98) / 2
        prototype = low_pass(DTMF_TAPS, half, half + 200)
        turn = 2 * np.pi * centre / RATE * t
        rows += [prototype * np.cos(turn), -prototype * np.sin(turn)]
    return scaled(np.array(rows))


def power_gains(rows: np.ndarray, low: int, group: tuple[float, ...]) -> list[float]:
    """|z|^2 of a band for a tone of mean square 1, at each frequency."""
    taps = rows[low] + 1j * rows[low + 1]
    t = np.arange(DTMF_TAPS)
    return [float(abs(np.sum(taps * np.exp(2j * np.pi * f / RATE * t))) ** 2 / 2) for f in group]


def mf_rows(group: tuple[int, ...]) -> tuple[np.ndarray, float]:
    """Rows cos, sin of each frequency over one partial sum."""
    t = np.arange(MF_TAPS)
    rows = []
    for f in group:
        turn = 2 * np.pi * f / RATE * t
        rows += [np.cos(turn), -np.sin(turn)]
    return scaled(np.array(rows))


def c_rows(name: str, rows: np.ndarray) -> str:
    lines = [f"static const int16_t {name}[{rows.shape[0]}][{rows.shape[1]}] = {{"]
    for row in rows:
        lines.append("    {")
        cuts = range(0, len(row), 12)
        lines += ["        " + ", ".join(str(v) for v in row[at : at + 12]) + "," for at in cuts]
        lines.append("    },")
    return "\n".join([*lines, "};"])


def c_floats(name: str, values: list[float]) -> str:
    return (
        f"static const float {name}[{len(values)}] = {{{', '.join(f'{v:.9e}f' for v in values)}}};"
    )


def header() -> str:
    out = [
        "/* Written by tests/native/tone_design.py, which says what the numbers are. */",
        "#ifndef TD_TONE_TABLES_H",
        "#define TD_TONE_TABLES_H",
        "",
        "#include <stdint.h>",
        "",
    ]
    rows, _ = dtmf_rows()
    # Half of the taps with twice their weight, for halved samples.
    out.append(c_rows("dtmf_rows", 2 * rows[:, : DTMF_TAPS // 2]))
    out += [
        "struct band_table {",
        "    float hz[4], inverse[4], slope[4];",
        "    float middle_re[3], middle_im[3]; /* turns in 10 samples of what is between */",
        "};",
        "static const struct band_table dtmf_band[2] = {",
    ]
    for n, (_, group, _) in enumerate(BANDS):
        gains = power_gains(rows, 2 * n, group)
        below = power_gains(rows, 2 * n, tuple(f * 0.98 for f in group))
        above = power_gains(rows, 2 * n, tuple(f * 1.02 for f in group))
        ends = zip(below, above, group, strict=True)
        turns = [np.pi * (a + b) * DTMF_HOP / RATE for a, b in itertools.pairwise(group)]
        fields = {
            "hz": [float(f) for f in group],
            "inverse": [1 / g for g in gains],
            "slope": [(1 / high - 1 / low) / (0.04 * f) for low, high, f in ends],
            "middle_re": [float(np.cos(a)) for a in turns],
            "middle_im": [float(np.sin(a)) for a in turns],
        }
        out.append("    {")
        for name, values in fields.items():
            out.append(f"        .{name} = {{{', '.join(f'{v:.9e}f' for v in values)}}},")
        out.append("    },")
    out.append("};")
    for name, group in MF_SETS.items():
        rows, factor = mf_rows(group)
        out.append(c_rows(f"mf_{name}_rows", rows))
        out.append(c_floats(f"mf_{name}_hz", [float(f) for f in group]))
        # One partial sum of a sine of mean square 1 has the magnitude factor * 32 / sqrt(2).
        out.append(c_floats(f"mf_{name}_inverse", [2 / (factor * MF_TAPS) ** 2]))
        turn = [2 * np.pi * f * MF_TAPS / RATE for f in group]
        out.append(c_floats(f"mf_{name}_turn_re", [float(np.cos(a)) for a in turn]))
        out.append(c_floats(f"mf_{name}_turn_im", [float(np.sin(a)) for a in turn]))
    return "\n".join([*out, "", "#endif", ""])


if __name__ == "__main__":
    HEADER.write_text(header())
