"""What goes into call progress analysis and what comes out: small classes, times in ns.

``time`` of an input is when the thing happened, which may lie before the moment it is known: a
voice detector tells the end of a word after its hangover. Levels are dBm0, frequencies Hz.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Verdict(enum.Enum):
    """What an outbound call came to."""

    RINGING = "ringing"
    """The far end rang and the analysis was stopped before anything else."""
    NO_ANSWER = "no-answer"
    """Nobody answered in the time or the number of rings that were set."""
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    """Number unobtainable tone (BT SIN 350)."""
    SIT = "sit"
    """Special information tone; which of them is in the evidence."""
    FAX = "fax"
    MODEM = "modem"
    MACHINE = "machine"
    """An answering machine, voicemail or announcement."""
    PERSON = "person"
    SILENCE = "silence"
    """Answered, and nothing was said."""
    UNKNOWN = "unknown"


class TonePhase(enum.Enum):
    """What a detector of modem tones tells."""

    ON = "on"
    OFF = "off"
    REVERSAL = "reversal"
    """The phase turned by half (V.25 2.6, V.8)."""
    MODULATED = "modulated"
    """Amplitude modulated at 15 Hz: ANSam (V.8)."""


@dataclass(init=False)
class VoiceChanged:
    """Voice activity began or ended at ``time``; ``level_dbm0`` of the voice."""

    __slots__ = ("active", "level_dbm0", "time")
    time: int
    active: bool
    level_dbm0: float

    def __init__(self, time: int, active: bool, level_dbm0: float = -20.0) -> None:
        self.time = time
        self.active = active
        self.level_dbm0 = level_dbm0


@dataclass(init=False)
class SegmentHeard:
    """Something sounds since ``time``, or has ended: the call progress detector's segments.

    ``duration`` (ns) so far, or in all. ``frequencies`` the strongest first; none: speech, noise.
    """

    __slots__ = ("duration", "ended", "frequencies", "levels", "time")
    time: int
    duration: int
    ended: bool
    frequencies: tuple[float, ...]
    levels: tuple[float, ...]

    def __init__(
        self,
        time: int,
        duration: int,
        ended: bool,
        frequencies: tuple[float, ...],
        levels: tuple[float, ...],
    ) -> None:
        self.time = time
        self.duration = duration
        self.ended = ended
        self.frequencies = frequencies
        self.levels = levels


@dataclass(init=False)
class ToneHeard:
    """A modem, fax or information tone, known by its nominal frequency ``tone`` in Hz.

    950, 1100 (CNG), 1300, 1400, 1800, 2100 (CED, ANS), 2225. ``time`` is where it began, of a
    reversal where that was; ``duration`` (ns) so far, or in all.
    """

    __slots__ = ("duration", "frequency", "level_dbm0", "phase", "time", "tone")
    time: int
    tone: int
    phase: TonePhase
    duration: int
    frequency: float
    level_dbm0: float

    def __init__(
        self,
        time: int,
        tone: int,
        phase: TonePhase,
        duration: int = 0,
        frequency: float = 0.0,
        level_dbm0: float = -20.0,
    ) -> None:
        self.time = time
        self.tone = tone
        self.phase = phase
        self.duration = duration
        self.frequency = frequency or float(tone)
        self.level_dbm0 = level_dbm0


AnalysisInput = VoiceChanged | SegmentHeard | ToneHeard


@dataclass(init=False)
class Evidence:
    """What a verdict stands on. Lengths in ns; what does not apply is 0 or empty."""

    __slots__ = ("initial_silence", "longest_word", "pause", "rings", "tone", "voice", "words")
    rings: int
    initial_silence: int
    """From answer to the first voice, or to the verdict."""
    voice: int
    """Voice in all, without the pauses."""
    words: int
    """Stretches of voice between pauses."""
    longest_word: int
    pause: int
    """Silence since the last voice."""
    tone: str
    """The country's name of the tone, the name of the SIT, or the modem tone."""

    def __init__(
        self,
        rings: int = 0,
        initial_silence: int = 0,
        voice: int = 0,
        words: int = 0,
        longest_word: int = 0,
        pause: int = 0,
        tone: str = "",
    ) -> None:
        self.rings = rings
        self.initial_silence = initial_silence
        self.voice = voice
        self.words = words
        self.longest_word = longest_word
        self.pause = pause
        self.tone = tone


@dataclass(init=False)
class AnalysisEvent:
    """Base: told at ``time``."""

    __slots__ = ("time",)
    time: int


@dataclass(init=False)
class RingbackHeard(AnalysisEvent):
    """The far end rings: ring number ``count``, which began at ``began``."""

    __slots__ = ("began", "count")
    began: int
    count: int

    def __init__(self, time: int, began: int, count: int) -> None:
        self.time = time
        self.began = began
        self.count = count


@dataclass(init=False)
class AnswerInferred(AnalysisEvent):
    """On a line without answer supervision: ``reason`` is ``voice`` or ``ringing-stopped``.

    ``answered`` is when it must have been: the begin of the voice, or the moment it is told.
    """

    __slots__ = ("answered", "reason")
    answered: int
    reason: str

    def __init__(self, time: int, answered: int, reason: str) -> None:
        self.time = time
        self.answered = answered
        self.reason = reason


@dataclass(init=False)
class AnalysisResult(AnalysisEvent):
    """The verdict; there is exactly one. ``confidence`` is 0 to 1.

    ``began`` is where what decided it began: the tone, or the first voice. ``reason`` is a short
    stable word; those there are stand in docs/call-analysis.md.
    """

    __slots__ = ("began", "confidence", "evidence", "kind", "reason")
    kind: Verdict
    confidence: float
    began: int
    reason: str
    evidence: Evidence

    def __init__(
        self,
        time: int,
        kind: Verdict,
        confidence: float,
        began: int,
        reason: str,
        evidence: Evidence,
    ) -> None:
        self.time = time
        self.kind = kind
        self.confidence = confidence
        self.began = began
        self.reason = reason
        self.evidence = evidence


@dataclass(init=False)
class BeepHeard(AnalysisEvent):
    """A machine's beep: a single steady tone after speech. It may come after any verdict."""

    __slots__ = ("began", "duration", "hz")
    began: int
    hz: float
    duration: int

    def __init__(self, time: int, began: int, hz: float, duration: int) -> None:
        self.time = time
        self.began = began
        self.hz = hz
        self.duration = duration


@dataclass(init=False)
class GreetingEnded(AnalysisEvent):
    """A machine's greeting is over: now is the time to speak. ``ended`` is where it ended.

    ``reason``: ``beep``, ``silence`` (no beep followed in time) or ``time`` (it went on too long).
    """

    __slots__ = ("ended", "reason")
    ended: int
    reason: str

    def __init__(self, time: int, ended: int, reason: str) -> None:
        self.time = time
        self.ended = ended
        self.reason = reason


FAX_TONES: Final[frozenset[int]] = frozenset((1100, 2100))
SIT_TONES: Final[tuple[int, ...]] = (950, 1400, 1800)
