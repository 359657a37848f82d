"""Calls of the corpus that end in tones: busy, congestion, SIT, fax, modem; and in silence."""

from __future__ import annotations

import numpy as np
from call_analysis_corpus import RATE, Call, Wave, finish, silence, sine, steps

from trunkd.board.call_analysis_sit import PATTERNS, PLAIN, THIRD, SitPattern
from trunkd.board.progress_tones import COUNTRIES, cadence
from trunkd.native.wrap_progress import CadenceGenerator, CadenceStep

MODEMS = {
    "ced": ("fax", CadenceStep((2100.0,), 24000)),
    "cng": ("fax", CadenceStep((1100.0,), 4000)),
    "ans-reversals": ("modem", CadenceStep((2100.0,), 26400, reversal=3600)),
    "ansam": ("modem", CadenceStep((2100.0,), 26400, am_hz=15, am_depth=0.2)),
    "bell-answer": ("modem", CadenceStep((2225.0,), 24000)),
    "calling-tone": ("modem", CadenceStep((1300.0,), 4800)),
}
"""What answers, the verdict, and its tone (T.30 4.1, V.25, V.8, Bell 103)."""

BURSTS = {"cng": 3.0, "calling-tone": 1.8}
"""Seconds of silence after each burst of those that come in bursts."""


def line(rng: np.random.Generator) -> tuple[float, float]:
    """Level of the tones in dBm0, and noise."""
    return float(rng.uniform(-30, -10)), float(rng.uniform(-60, -48))


def progress(country: str, tone: str, seed: int, rings: int = 0) -> Call:
    """A country's tone before the answer, after ``rings`` rings."""
    rng = np.random.default_rng((seed, 3))
    level, noise = line(rng)
    parts = [silence(float(rng.uniform(0.3, 1.5)))]
    if rings:
        ring = cadence(country, "ringback")
        parts.append(steps(country, "ringback", rings * sum(s.samples for s in ring.steps) / RATE))
    made = cadence(country, tone)
    once = sum(step.samples for step in made.steps) / RATE
    parts.append(steps(country, tone, 4 * once if made.steps[-1].samples else 5.0, level))
    samples = finish(np.concatenate([*parts, silence(0.5)]), rng, noise)
    return Call(f"{country}/{tone} {seed}", VERDICTS[tone], country, samples, None)


VERDICTS = {
    "busy": "busy",
    "congestion": "congestion",
    "special-information": "sit",
    "unobtainable": "unobtainable",
}


def alike(country: str, one: str, other: str) -> bool:
    """Some countries have the same tone for both."""
    return COUNTRIES[country].tones[one] == COUNTRIES[country].tones[other]


def sit(pattern: SitPattern, seed: int) -> Call:
    """The three tones within their tolerances: 0.2 % and 5 %, at most 4 ms between."""
    rng = np.random.default_rng((seed, 4))
    level, noise = line(rng)
    third = (1800.0, 330) if pattern.name == PLAIN else (THIRD, 380)
    parts: list[Wave] = [silence(float(rng.uniform(0.3, 1.5)))]
    tones = ((pattern.first_hz, pattern.first_ms), (pattern.second_hz, pattern.second_ms), third)
    for hz, ms in tones:
        length = ms / 1000 * float(rng.uniform(0.97, 1.03))
        parts += [
            sine(hz * float(rng.uniform(0.998, 1.002)), length, level + float(rng.uniform(-1, 1))),
            silence(float(rng.uniform(0, 0.004))),
        ]
    samples = finish(np.concatenate([*parts, silence(1.0)]), rng, noise)
    return Call(f"{pattern.name} {seed}", "sit", "us", samples, None)


def modem(name: str, seed: int, country: str = "us") -> Call:
    """A fax machine or a modem answers."""
    rng = np.random.default_rng((seed, 5))
    level, noise = line(rng)
    verdict, step = MODEMS[name]
    ring = np.concatenate([silence(0.5), steps(country, "ringback", float(rng.uniform(1, 7)))])
    gap = round(BURSTS.get(name, 2.0) * RATE)
    pattern = [step._replace(level=level), CadenceStep((), gap)]
    times = 3 if name in BURSTS else 1
    tone = CadenceGenerator(pattern).run(times * (step.samples + gap))
    body = [silence(float(rng.uniform(0.3, 2.5))), np.array(tone, np.float64)]
    samples = finish(np.concatenate([ring, *body]), rng, noise)
    return Call(f"{name} {seed}", verdict, country, samples, len(ring))


def nothing(seed: int, country: str = "us") -> Call:
    """Somebody or something answers and says nothing; a click now and then."""
    rng = np.random.default_rng((seed, 6))
    _, noise = line(rng)
    ring = np.concatenate([silence(0.5), steps(country, "ringback", float(rng.uniform(1, 7)))])
    body = silence(6.5)
    for at in (np.arange(3) * 2 + rng.uniform(0, 1, 3)) * RATE:
        body[int(at) : int(at) + 40] += rng.normal(0, 3000, 40)
    samples = finish(np.concatenate([ring, body]), rng, noise)
    return Call(f"silence {seed}", "silence", country, samples, len(ring))


SITS = PATTERNS
