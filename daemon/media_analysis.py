"""startCallProgressAnalysis: what answered an outgoing call, from what its channel hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board import call_analysis_events as ca
from ..board.call_analysis import CallAnalysis
from ..board.call_analysis_config import AnalysisConfig
from ..board.events import BoardEvent
from ..board.media import Listen
from ..board.media_events import ModemToneHeard, SegmentHeard, VoiceHeard
from ..native import wrap_progress as tones
from . import events_media as ev

if TYPE_CHECKING:
    from .media_channel import MediaChannel

WANTS: Final = Listen.MODEM | Listen.PROGRESS | Listen.LEVEL
_PHASES: Final = {
    tones.TONE_ON: ca.TonePhase.ON,
    tones.TONE_OFF: ca.TonePhase.OFF,
    tones.TONE_REVERSAL: ca.TonePhase.REVERSAL,
    tones.TONE_AM: ca.TonePhase.MODULATED,
}


class Analysis:
    """One call's analysis."""

    def __init__(
        self, channel: MediaChannel, country: str, settings: dict[str, float], answered: bool
    ) -> None:
        self._channel: Final = channel
        now = channel.now()
        self._engine: Final = CallAnalysis(AnalysisConfig(settings), country, now)
        self._due: int | None = None
        if answered:
            self._engine.answered(now)

    def begin(self) -> None:
        self._after(self._channel.now())

    def answered(self) -> None:
        """The network says so."""
        now = self._channel.now()
        self._engine.answered(now)
        self._after(now)

    def stop(self) -> None:
        now = self._channel.now()
        self._engine.stop(now)
        self._after(now)
        self._channel.end("analysis")

    def heard(self, event: BoardEvent) -> None:
        given = _input(event)
        if given is not None:
            now = self._channel.now()
            self._engine.receive(given, now)
            self._after(now)

    def channel_closes(self) -> None:
        now = self._channel.now()
        self._engine.stop(now)
        self._tell()

    def events_lost(self) -> None:
        """The next events are right again; the verdict rests on what came."""

    def _after(self, now: int) -> None:
        self._tell()
        due = self._engine.next_timeout()
        if due is None:
            self._channel.end("analysis")
        elif due != self._due:
            self._due = due
            self._channel.node.at(max(due, now), self._timeout)

    def _timeout(self, now: int) -> None:
        if self._channel.work.get("analysis") is not self:
            return
        self._due = None
        self._engine.handle_timeout(self._channel.now())
        self._after(self._channel.now())

    def _tell(self) -> None:
        channel = self._channel
        for event in self._engine.events():
            if isinstance(event, ca.AnalysisResult):
                self._result(event)
            elif isinstance(event, ca.RingbackHeard):
                began = channel.wall(event.began)
                channel.tell(ev.CallProgress, "ringing", began, 0.0, event.count)
            elif isinstance(event, ca.BeepHeard):
                began = channel.wall(event.began)
                channel.tell(ev.CallProgress, "beep", began, round(event.duration / 1e9, 3))
            elif isinstance(event, ca.GreetingEnded):
                channel.tell(ev.CallProgress, "greetingEnded", channel.wall(event.ended))
            elif isinstance(event, ca.AnswerInferred):
                channel.tell(ev.CallProgress, "answerInferred", channel.wall(event.time))

    def _result(self, result: ca.AnalysisResult) -> None:
        evidence = result.evidence
        details: dict[str, float | str] = {
            "rings": evidence.rings,
            "words": evidence.words,
            "voice": round(evidence.voice / 1e9, 3),
            "initialSilence": round(evidence.initial_silence / 1e9, 3),
            "longestWord": round(evidence.longest_word / 1e9, 3),
            "pause": round(evidence.pause / 1e9, 3),
        }
        if evidence.tone:
            details["tone"] = evidence.tone
        self._channel.tell(
            ev.CallProgressResult,
            result.kind.value,
            round(result.confidence, 3),
            self._channel.wall(result.began),
            result.reason,
            details,
        )


def _input(event: BoardEvent) -> ca.AnalysisInput | None:
    if isinstance(event, VoiceHeard):
        time = event.began if event.active else event.began + event.duration
        return ca.VoiceChanged(time, event.active, event.level_dbm0)
    if isinstance(event, SegmentHeard):
        return ca.SegmentHeard(
            event.began, event.duration, event.ended, event.frequencies, event.levels
        )
    if isinstance(event, ModemToneHeard) and event.kind in _PHASES:
        return ca.ToneHeard(
            event.began,
            tones.TONE_HZ[event.tone],
            _PHASES[event.kind],
            event.duration,
            event.frequency,
            event.level_dbm0,
        )
    return None


def start(channel: MediaChannel, country: str, settings: dict[str, float], answered: bool) -> None:
    """Begin; LocalError when one runs already."""
    analysis = Analysis(channel, (country or channel.country).lower(), settings, answered)
    channel.begin("analysis", analysis)
    channel.want("analysis", WANTS)
    analysis.begin()


def stop(channel: MediaChannel) -> None:
    work = channel.work.get("analysis")
    if isinstance(work, Analysis):
        work.stop()


def answered(channel: MediaChannel) -> None:
    """The call is answered: whoever analyses it is told."""
    work = channel.work.get("analysis")
    if isinstance(work, Analysis):
        work.answered()
