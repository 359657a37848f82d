"""Which of the signals found are there: what one detector hears in another's signal is left out.

A register receiver listens only while registers talk; here all listen to everything, and speech now
and then has two strong harmonics where MFC-R2 or R1 has its frequencies. What is a signal holds
nearly all the energy in its two frequencies, and for as long as a register needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..native import wrap_tones as tones
from .instruments_kind import RATE, Found

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float64]

CODES = {
    "dtmf": tones.DTMF,
    "r2f": tones.R2_FORWARD,
    "r2b": tones.R2_BACKWARD,
    "mf": tones.R1,
}
REGISTER = ("r2f", "r2b", "mf")
MESSAGES = ("cid", "cid202", "callerid")
IDENTITY = "callerid"
SHORTEST = 0.03
"""Seconds. Compelled signals last 50 ms and more, R1 digits 68 ms (Q.322)."""
LEAST_SHARE = 0.87
"""Of the energy in the two frequencies: 9 dB above noise. In two hours of prompts speech had 0.74
at most; the channel seizure of V.23 has 0.83 in 1100 and 1700 Hz, KP of R1."""
PIECE = 160
"""Samples in which 10 Hz off (Q.455) costs little."""
ZERO_DBM0 = 22827**2 / 2
"""The mean square of a sine at 0 dBm0."""
NEIGHBOUR = 1.0
"""Seconds between signals that belong together."""


def share(samples: Samples, found: Found) -> float:
    """The part of the energy that a signal's two frequencies hold while it lasts, 0 to 1."""
    import numpy as np

    begin, end = round(found.start * RATE) + 24, round(found.end * RATE) - 24
    pieces = [samples[at : at + PIECE] for at in range(max(begin, 0), end - PIECE + 1, PIECE // 2)]
    if not pieces:
        return 0.0
    turns = np.outer(np.arange(PIECE) / RATE, tones.frequencies(CODES[found.kind], found.value))
    waves = np.hstack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])
    whole = np.array(pieces).T
    rest = whole - waves @ np.linalg.lstsq(waves, whole, rcond=None)[0]
    return float(1 - np.sum(rest**2) / max(np.sum(whole**2), 1.0))


def _overlap(one: Found, other: Found) -> bool:
    """Do they share at least half of the shorter?"""
    both = min(one.end, other.end) - max(one.start, other.start)
    return both >= 0.5 * min(one.end - one.start, other.end - other.start)


def _company(found: Found, digits: list[Found]) -> int:
    """Signals of its kind shortly before and after it."""
    return sum(
        other is not found
        and other.kind == found.kind
        and abs(other.start - found.start) < NEIGHBOUR
        for other in digits
    )


def levelled(found: Found, samples: Any) -> Found:
    """With the level of what sounds while it lasts, where its detector gives none."""
    import numpy as np

    part = samples[round(found.start * RATE) : round(found.end * RATE)].astype(np.float64)
    power = float(np.mean(part**2)) if len(part) else 0.0
    return found._replace(level_dbm0=10 * float(np.log10(max(power, 1.0) / ZERO_DBM0)))


def sift(found: list[Found], samples: Any) -> list[Found]:
    """Without digits that speech, FSK, a tone or a better fitting digit explains, and caller ID of
    DTMF without a letter."""
    import numpy as np

    found = [f for f in found if f.kind != IDENTITY or f.standard != "dtmf-hash"]
    data = samples.astype(np.float64)
    covers = [f for f in found if f.kind in MESSAGES and not (f.standard or "").startswith("dtmf")]
    tones_heard = [f for f in found if f.kind in ("tone", "modem")]
    digits: list[tuple[Found, float]] = []
    for f in found:
        if f.kind not in CODES or any(_overlap(f, cover) for cover in covers):
            continue
        part = share(data, f)
        if f.kind in REGISTER and (f.end - f.start < SHORTEST or part < LEAST_SHARE):
            continue
        if f.kind in REGISTER and any(_overlap(f, tone) for tone in tones_heard):
            continue
        digits.append((f, part))
    alone = [f for f, _ in digits]
    best = {id(f): (_company(f, alone), part) for f, part in digits}
    kept = {
        id(f)
        for f in alone
        if not any(
            other.kind != f.kind and _overlap(f, other) and best[id(other)] > best[id(f)]
            for other in alone
        )
    }
    return [f for f in found if f.kind not in CODES or id(f) in kept]
