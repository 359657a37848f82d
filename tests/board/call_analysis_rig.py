"""Runs a call's samples through the detectors and the analysis, as a board does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from call_analysis_corpus import Call

from trunkd.board.call_analysis import CallAnalysis
from trunkd.board.call_analysis_config import AnalysisConfig
from trunkd.board.call_analysis_events import AnalysisEvent, AnalysisInput, AnalysisResult
from trunkd.hil.instruments_analysis import BLOCK, SAMPLE, Detectors

SECOND = 1_000_000_000
Told = list[tuple[int, list[AnalysisInput]]]


def inputs(samples: npt.NDArray[np.int16]) -> Told:
    """What the detectors tell, block by block, with the time at the block's end in ns."""
    detectors = Detectors()
    data = samples.tobytes()
    blocks = range(0, len(samples) // BLOCK * BLOCK, BLOCK)
    return [
        ((at + BLOCK) * SAMPLE, detectors.run(data[2 * at : 2 * (at + BLOCK)])) for at in blocks
    ]


def replay(told: Told, call: Call, settings: dict[str, float] | None = None) -> list[AnalysisEvent]:
    """What the analysis makes of it; stopped at the end of the samples."""
    analysis = CallAnalysis(AnalysisConfig(settings), call.country, 0)
    events: list[AnalysisEvent] = []
    answered = None if call.answered is None else call.answered * SAMPLE
    for now, heard in told:
        if answered is not None and now >= answered:
            analysis.answered(answered)
            answered = None
        for event in heard:
            analysis.receive(event, now)
        analysis.handle_timeout(now)
        events += analysis.events()
    analysis.stop(told[-1][0])
    return events + analysis.events()


def run(call: Call, settings: dict[str, float] | None = None) -> list[AnalysisEvent]:
    """Detectors and analysis."""
    return replay(inputs(call.samples), call, settings)


def verdict(events: list[AnalysisEvent]) -> AnalysisResult:
    """The one result. AssertionError: there are none or several."""
    results = [event for event in events if isinstance(event, AnalysisResult)]
    assert len(results) == 1, results
    return results[0]
