"""Call progress analysis for the technician's instruments: a recording's verdict.

``Detectors`` joins the native detectors to board/call_analysis.py, here and on the test bench.
"""

from __future__ import annotations

from ..board.call_analysis import CallAnalysis
from ..board.call_analysis_config import AnalysisConfig
from ..board.call_analysis_events import (
    AnalysisEvent,
    AnalysisInput,
    AnalysisResult,
    AnswerInferred,
    BeepHeard,
    GreetingEnded,
    RingbackHeard,
    SegmentHeard,
    ToneHeard,
    TonePhase,
    VoiceChanged,
)
from ..native import wrap_progress as native
from ..native.wrap_level import VOICE, LevelBank, LevelEvent
from . import instruments_tones
from .instruments_kind import RATE, Found, Kind

BLOCK = 160
"""Samples of a block."""
SAMPLE = 125_000
"""ns."""
SECOND = 1_000_000_000
FLOOR = -42.0
"""dBm0: tones are stronger, line noise is weaker."""
TAIL = 5
"""Seconds of silence heard after a recording: pauses and beeps are certain only later."""
COUNTRY = "us"
"""Where a recording holds no tone of any country."""

PHASES = {
    native.TONE_ON: TonePhase.ON,
    native.TONE_OFF: TonePhase.OFF,
    native.TONE_REVERSAL: TonePhase.REVERSAL,
    native.TONE_AM: TonePhase.MODULATED,
}


class Detectors:
    """All detectors of one channel that call progress analysis wants."""

    def __init__(self) -> None:
        self._voice = LevelBank(1)
        self._voice.select(0)
        self._segments = native.SegmentDetector(floor=FLOOR)
        self._tones = native.ModemToneDetector()

    def run(self, samples: bytes) -> list[AnalysisInput]:
        """What the next block (int16 at 8000 Hz) brings, in the order to give it."""
        heard: list[AnalysisInput] = [
            _tone(tone) for tone in self._tones.run(samples) if tone.kind in PHASES
        ]
        heard += [_segment(segment) for segment in self._segments.run(samples)]
        heard += [_voice(event) for event in self._voice.run(samples) if event.kind == VOICE]
        return heard


def _tone(tone: native.ModemTone) -> ToneHeard:
    return ToneHeard(
        tone.sample * SAMPLE,
        tone.tone,
        PHASES[tone.kind],
        tone.duration * SAMPLE,
        tone.frequency,
        tone.level,
    )


def _segment(segment: native.Segment) -> SegmentHeard:
    return SegmentHeard(
        segment.sample * SAMPLE,
        segment.duration * SAMPLE,
        segment.kind == native.SEGMENT_OFF,
        segment.frequencies,
        segment.levels,
    )


def _voice(event: LevelEvent) -> VoiceChanged:
    sample = event.sample if event.active else event.sample + event.duration
    return VoiceChanged(sample * SAMPLE, event.active, event.level_dbm0)


def analyse(
    samples: bytes,
    country: str,
    answered: int | None = None,
    settings: dict[str, float] | None = None,
) -> list[AnalysisEvent]:
    """What call progress analysis tells of a recording; ``answered``: the sample of the answer.

    Without it the answer is inferred from voice, or from a ring that does not come.
    """
    config = AnalysisConfig({"infer_answer": answered is None, **(settings or {})})
    analysis, detectors = CallAnalysis(config, country, 0), Detectors()
    events: list[AnalysisEvent] = []
    padded = samples + bytes(2 * (-len(samples) // 2 % BLOCK))
    for at in range(0, len(padded) // 2, BLOCK):
        now = (at + BLOCK) * SAMPLE
        if answered is not None and at <= answered < at + BLOCK:
            analysis.answered(answered * SAMPLE)
        for heard in detectors.run(padded[2 * at : 2 * (at + BLOCK)]):
            analysis.receive(heard, now)
        analysis.handle_timeout(now)
        events += analysis.events()
    analysis.stop(len(padded) // 2 * SAMPLE)
    return events + analysis.events()


def _country(samples: bytes) -> str:
    """Whose tones the recording holds."""
    (row,) = (kind for kind in instruments_tones.KINDS if kind.name == "tone")
    found = row.detect(samples) if row.detect is not None else []
    return found[0].value.split("/")[0] if found else COUNTRY


def _found(event: AnalysisEvent) -> Found | None:
    at = event.time / SECOND
    if isinstance(event, RingbackHeard):
        return Found(NAME, f"ringing {event.count}", event.began / SECOND, at)
    if isinstance(event, AnswerInferred):
        return Found(NAME, f"answered {event.reason}", event.answered / SECOND, at)
    if isinstance(event, BeepHeard):
        end = (event.began + event.duration) / SECOND
        return Found(NAME, f"beep {event.hz:.0f}", event.began / SECOND, end)
    if isinstance(event, GreetingEnded):
        return Found(NAME, f"greeting-ended {event.reason}", event.ended / SECOND, at)
    if isinstance(event, AnalysisResult):
        tone = event.evidence.tone or event.reason
        value = f"{event.kind.value} {tone} {event.confidence:.2f}"
        return Found(NAME, value, event.began / SECOND, at)
    return None


def _detect(samples: bytes) -> list[Found]:
    """Rings, how it was answered, the verdict (its confidence last), beep and end of greeting."""
    length = len(samples) / 2 / RATE
    events = analyse(samples + bytes(2 * TAIL * RATE), _country(samples))
    found = [row for event in events if (row := _found(event)) is not None]
    return [row._replace(start=min(row.start, length), end=min(row.end, length)) for row in found]


NAME = "analysis"
ABOUT = "what answered an outbound call (recorded from dialling on); only when it is asked for"
KINDS = (Kind(NAME, ABOUT, _detect, None, asked=True),)
