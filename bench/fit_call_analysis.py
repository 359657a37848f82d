"""Fit the weights of board/call_analysis_model.py to the training half of the corpus.

.venv/bin/python bench/fit_call_analysis.py [CALLS]

Prints the two rows to put there. Each call gives what was known of its greeting every 40 ms, from
the first word until 7 s after the answer; a logistic regression with a small penalty tells machine
from person, one for moments of voice and one for pauses. Every call has the same weight.
"""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "board"))

import call_analysis_corpus as corpus  # noqa: E402
import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

from trunkd.board.call_analysis_config import AnalysisConfig  # noqa: E402
from trunkd.board.call_analysis_events import SegmentHeard, VoiceChanged  # noqa: E402
from trunkd.board.call_analysis_model import SECOND, features  # noqa: E402
from trunkd.board.call_analysis_tones import ToneWatch  # noqa: E402
from trunkd.board.call_analysis_voice import Greeting, Measure  # noqa: E402
from trunkd.hil.instruments_analysis import BLOCK, SAMPLE, Detectors  # noqa: E402

CALLS = 600
UNTIL = 7 * SECOND
EACH = 2
"""Blocks between moments."""
PENALTY = 1e-3
NAMES = ("constant", "voice", "words", "initial_silence", "longest_pause", "moving")


def moments(call: corpus.Call) -> list[Measure]:
    """What is known of a greeting, moment by moment."""
    config = AnalysisConfig()
    assert call.answered is not None
    answered = call.answered * SAMPLE
    greeting = Greeting(answered, config.min_word, config.between_words)
    watch, detectors = ToneWatch(config, call.country), Detectors()
    data, known = call.samples.tobytes(), []
    for at in range(0, len(call.samples), BLOCK):
        now = (at + BLOCK) * SAMPLE
        for heard in detectors.run(data[2 * at : 2 * (at + BLOCK)]):
            if isinstance(heard, VoiceChanged):
                (greeting.begin if heard.active else greeting.end)(heard.time)
            elif isinstance(heard, SegmentHeard):
                watch.segment(heard, now)
                if heard.ended:
                    greeting.tone_ends(heard.time + heard.duration)
                elif watch.tone_since is not None:
                    greeting.tone_begins(heard.time)
        measure = greeting.measure(now)
        if now > answered + UNTIL or (call.beep is not None and at >= call.beep[0]):
            break
        if measure.voice > config.max_greeting:
            break
        if not measure.words or measure.pause > config.after_greeting:
            continue
        if now > answered and at // BLOCK % EACH == 0:
            known.append(measure)
    return known


def fit(
    rows: npt.NDArray[np.float64], label: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Weights of a logistic regression; features are scaled for the penalty to be fair."""
    scale = np.maximum(rows.std(axis=0), 1e-9)
    scale[0] = 1.0
    scaled = rows / scale

    def loss(w: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        z = scaled @ w
        p = 1 / (1 + np.exp(-z))
        cost = np.logaddexp(0, z) - label * z
        value = float(weight @ cost) + PENALTY * float(w[1:] @ w[1:])
        slope = scaled.T @ (weight * (p - label))
        slope[1:] += 2 * PENALTY * w[1:]
        return value, slope

    done = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B")
    return done.x / scale


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    table: dict[bool, list[tuple[tuple[float, ...], float, float]]] = {True: [], False: []}
    for seed in range(calls // 2):
        for make in (corpus.person, corpus.machine):
            call = make("train", seed)
            known = moments(call)
            for measure in known:
                row = (features(measure), float(call.kind == "machine"), 1 / len(known))
                table[measure.word > 0].append(row)
    for talking, name in ((True, "TALKING"), (False, "PAUSING")):
        rows = np.array([row for row, _, _ in table[talking]])
        label = np.array([label for _, label, _ in table[talking]])
        weight = np.array([weight for _, _, weight in table[talking]])
        found = fit(rows, label, weight / weight.sum())
        print(f"{name}: Final = Weights({', '.join(f'{w:.3f}' for w in found)})")
        right = ((rows @ found > 0) == (label > 0.5)) @ weight / weight.sum()
        print(f"# {len(rows)} moments of {calls} calls, {100 * right:.1f} % right")


if __name__ == "__main__":
    main()
