"""Machine or person: a logistic score of a greeting, and when it will reach a limit.

The score is the logarithm of the odds for a machine: a sum of features, each with its weight. While
somebody speaks the voice grows, in a pause the pause does; both change the score in proportion to
time, so that the moment at which it crosses a limit is known beforehand.

Weights were fitted by bench/fit_call_analysis.py to the training half of its corpus; they are data.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from .call_analysis_voice import Measure

SECOND: Final = 1_000_000_000


class Weights(NamedTuple):
    """Of one state: a constant, and per second or per word; ``slope`` is per second of time."""

    constant: float
    voice: float
    words: float
    initial_silence: float
    longest_pause: float
    moving: float
    """The present word while there is one, the pause while there is not."""


TALKING: Final = Weights(-0.429, 1.235, -0.390, -0.012, 0.367, -0.014)
PAUSING: Final = Weights(-2.520, 1.869, 0.622, 0.177, -3.023, -3.627)


def features(measure: Measure) -> tuple[float, float, float, float, float, float]:
    """What the weights are for, in seconds and words."""
    return (
        1.0,
        measure.voice / SECOND,
        float(measure.words),
        min(3.0, measure.initial_silence / SECOND),
        min(1.0, measure.longest_pause / SECOND),
        (measure.word or measure.pause) / SECOND,
    )


def score(measure: Measure) -> float:
    """Logarithm of the odds that this is a machine."""
    weights = TALKING if measure.word else PAUSING
    return sum(w * x for w, x in zip(weights, features(measure), strict=True))


def odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def probability(score: float) -> float:
    """Of a machine."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def until(measure: Measure, limit: float) -> int | None:
    """ns from now until the score reaches ``limit`` when nothing changes; None: never."""
    rate = TALKING.voice + TALKING.moving if measure.word else PAUSING.moving
    missing = limit - score(measure)
    if missing * rate > 0:
        return math.ceil(missing / rate * SECOND)
    return 0 if missing == 0 else None
