"""Call progress analysis of an outbound call: what answered, or why nothing did.

CallAnalysis takes what the detectors of one channel hear (call_analysis_events.py) and gives rings,
one verdict with its confidence and evidence, and after it the beep and the end of a machine's
greeting. It does no I/O and has no clock: ``now`` is given with each call, in ns.

    analysis = CallAnalysis(AnalysisConfig(), "de", now)
    analysis.receive(SegmentHeard(…), now)      # as the detectors tell
    analysis.answered(now)                      # the network says connected
    analysis.handle_timeout(now)                # when next_timeout() has come
    for event in analysis.events(): …

The machine is the table under the class: state -> input -> method. docs/call-analysis.md tells what
the states are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..errors import ConfigError
from .call_analysis_config import AnalysisConfig
from .call_analysis_events import (
    AnalysisEvent,
    AnalysisInput,
    AnalysisResult,
    AnswerInferred,
    BeepHeard,
    Evidence,
    GreetingEnded,
    RingbackHeard,
    SegmentHeard,
    ToneHeard,
    Verdict,
    VoiceChanged,
)
from .call_analysis_model import odds, probability, score, until
from .call_analysis_states import SPEECHLESS, UNDECIDED, Input, State
from .call_analysis_tones import LONGEST, Beep, Progress, Ring, ToneWatch
from .call_analysis_voice import Greeting, Measure
from .progress_tones import COUNTRIES, RATE, cadence

SECOND: Final = 1_000_000_000
LATE_RING: Final = SECOND
"""A ring so much overdue will not come."""
SHORTEST_SPEECH: Final = 200_000_000
"""Before the answer: so much voice that is no tone answers a line without answer supervision."""
BEEP_CONFIDENCE: Final = 0.97
MOST: Final = 0.99
EPSILON: Final = 1e-6
TICK: Final = 1_000_000


class CallAnalysis:
    """The analysis of one call. LocalError and ConfigError say what was given wrong."""

    def __init__(self, config: AnalysisConfig, country: str, now: int) -> None:
        if country not in COUNTRIES:
            raise ConfigError(f"no tones of country {country!r}: {', '.join(sorted(COUNTRIES))}")
        self._config: Final = config
        self._tones: Final = ToneWatch(config, country)
        steps = cadence(country, "ringback").steps
        self._round: Final = sum(step.samples for step in steps) * SECOND // RATE
        self._now = now
        self._began: Final = now
        self._state = State.CALLING
        self._answered = now
        self._greeting = Greeting(now, config.min_word, config.between_words)
        self._rings = 0
        self._verdict_time = now
        self._ring_began = now
        self._deadline: int | None = now + config.no_answer
        self._result: AnalysisResult | None = None
        self._found: Progress | None = None
        self._beep: Beep | None = None
        self._tone = ""
        self._events: Final[list[AnalysisEvent]] = []
        self._enter(State.CALLING)

    @property
    def state(self) -> State:
        return self._state

    @property
    def result(self) -> AnalysisResult | None:
        """The verdict, once there is one."""
        return self._result

    def answered(self, now: int) -> None:
        """The network says that the far end has answered. Later ones change nothing."""
        self._advance(now)
        self._input(Input.ANSWERED)

    def stop(self, now: int) -> None:
        """The call is over, or nobody wants to know more: the verdict is what is known by now."""
        self._advance(now)
        self._input(Input.STOPPED)

    def receive(self, event: AnalysisInput, now: int) -> None:
        """Something was heard; ``event.time`` may lie before ``now``."""
        self._advance(now)
        if self._state is State.ENDED:
            return
        if isinstance(event, VoiceChanged):
            self._voice(event)
            return
        if isinstance(event, SegmentHeard):
            self._segment(event)
        elif isinstance(event, ToneHeard):
            self._tones.tone(event, self._now)
        self._findings()
        self._enter(self._settled())

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; None: there is nothing to wait for."""
        if self._state is State.ENDED:
            return None
        times = [t for t in (self._deadline, self._tones.next_timeout()) if t is not None]
        return max(min(times), self._now) if times else None

    def handle_timeout(self, now: int) -> None:
        """Time has come to ``now``."""
        self._advance(now)

    def events(self) -> list[AnalysisEvent]:
        """Since the last call, in order of time."""
        events = self._events.copy()
        self._events.clear()
        return events

    def _advance(self, now: int) -> None:
        """All that is due by ``now``, each at its own time. Time does not go back."""
        while (due := self.next_timeout()) is not None and due <= now:
            self._now = max(self._now, due)
            self._tones.handle_timeout(self._now)
            self._findings()
            if self._deadline is not None and self._deadline <= self._now:
                self._deadline = None
                self._input(Input.TIMER)
        self._now = max(self._now, now)

    def _input(self, what: Input) -> None:
        TABLE[self._state][what](self)

    def _voice(self, event: VoiceChanged) -> None:
        time = min(event.time, self._now)
        if event.active:
            self._greeting.begin(time)
            self._input(Input.VOICE_BEGINS)
        else:
            self._greeting.end(time)
            self._input(Input.VOICE_ENDS)

    def _segment(self, event: SegmentHeard) -> None:
        self._tones.segment(event, self._now)
        if event.ended:
            self._greeting.tone_ends(min(event.time + event.duration, self._now))
        elif self._tones.tone_since is not None:
            self._greeting.tone_begins(min(event.time, self._now))

    def _findings(self) -> None:
        for finding in self._tones.findings():
            if isinstance(finding, Ring):
                self._ring_began = finding.began
                self._input(Input.RING)
            elif isinstance(finding, Beep):
                self._beep = finding
                self._input(Input.BEEP)
            else:
                self._found = finding
                self._input(Input.PROGRESS)

    # States

    def _settled(self) -> State:
        """A tone may have taken a word away, or given it back."""
        return self._by_voice() if self._state in UNDECIDED else self._state

    def _by_voice(self) -> State:
        if self._greeting.speaking and not self._greeting.tone:
            return State.TALKING
        return State.WAITING if self._greeting.first is None else State.PAUSING

    def _enter(self, state: State) -> None:
        self._state = state
        self._tones.after_speech = state not in SPEECHLESS and self._has_spoken()
        self._deadline = DEADLINES[state](self)

    def _has_spoken(self) -> bool:
        return self._greeting.first is not None or self._greeting.measure(self._now).word > 0

    def _calling_deadline(self) -> int | None:
        deadline = self._began + self._config.no_answer
        if self._config.max_rings and self._rings >= self._config.max_rings:
            deadline = min(deadline, self._ring_began + self._round)
        if self._config.infer_answer:
            if self._rings and not self._greeting.tone:
                deadline = min(deadline, self._next_ring() + LATE_RING)
            if self._greeting.speaking and not self._greeting.tone:
                deadline = min(deadline, self._now + self._speech_missing())
        return deadline

    def _next_ring(self) -> int:
        """When it is due; a tone that was just heard may have been it."""
        return max(self._ring_began + self._round, self._greeting.tone_ended)

    def _speech_missing(self) -> int:
        word = self._greeting.measure(self._now).word
        return max(self._greeting.missing(self._now), SHORTEST_SPEECH - word)

    def _waiting_deadline(self) -> int | None:
        """Ringing after the answer (a call passed on) puts the end of the wait off."""
        if self._tones.tone_since is not None:
            return max(self._answered, self._tones.tone_since) + LONGEST
        silence = self._config.initial_silence
        if self._greeting.tone_ended > self._answered:
            silence = max(silence, self._round)
        return max(self._answered, self._greeting.tone_ended) + silence

    def _undecided_deadline(self) -> int | None:
        """When the score crosses a limit, or a time that is set has come."""
        config, greeting, now = self._config, self._greeting, self._now
        measure = greeting.measure(now)
        times = [max(self._answered, greeting.tone_ended) + config.total_analysis]
        if measure.word:
            times.append(now + config.max_greeting - measure.voice)
            crossing = until(measure, odds(config.sure_machine))
            if crossing is not None:
                times.append(now + max(crossing, config.min_greeting - measure.voice))
        elif greeting.speaking and not greeting.tone:
            times.append(now + greeting.missing(now))
        elif greeting.first is not None and not greeting.tone:
            times.append(now + config.after_greeting - measure.pause)
            crossing = until(measure, -odds(config.sure_person))
            if crossing is not None:
                times.append(now + max(crossing, config.min_pause - measure.pause))
        return max(min(times), now)

    def _greeting_deadline(self) -> int | None:
        deadline = self._verdict_time + self._config.beep_wait
        if not self._greeting.speaking:
            deadline = min(deadline, self._greeting.ended + self._config.greeting_silence)
        return deadline

    def _watching_deadline(self) -> int | None:
        return self._verdict_time + self._config.beep_watch

    def _no_deadline(self) -> int | None:
        return None

    # Inputs, by state

    def _calling_answered(self) -> None:
        self._answer(self._now)

    def _calling_stopped(self) -> None:
        if self._rings:
            self._conclude(Verdict.RINGING, 0.95, self._ring_began, "stopped")
        else:
            self._conclude(Verdict.UNKNOWN, 0.5, self._began, "stopped")

    def _calling_voice(self) -> None:
        self._enter(State.CALLING)

    def _calling_timer(self) -> None:
        config, now = self._config, self._now
        rung = config.max_rings and self._rings >= config.max_rings
        if now >= self._began + config.no_answer:
            self._conclude(Verdict.NO_ANSWER, 0.95 if self._rings else 0.8, self._began, "time")
        elif rung and now >= self._ring_began + self._round:
            self._conclude(Verdict.NO_ANSWER, 0.95, self._began, "rings")
        elif self._greeting.speaking and self._speech_missing() == 0:
            begun = now if self._greeting.begun is None else self._greeting.begun
            self._infer(max(self._greeting.tone_ended, begun), "voice")
        elif self._rings and not self._greeting.tone and now >= self._next_ring() + LATE_RING:
            self._infer(now, "ringing-stopped")
        else:
            self._again()

    def _ring(self) -> None:
        """Also after the answer: a call that is passed on rings again."""
        self._rings += 1
        self._events.append(RingbackHeard(self._now, self._ring_began, self._rings))
        self._enter(self._settled())

    def _ends_by_tone(self) -> None:
        found = self._found
        assert found is not None
        self._tone = found.tone
        self._conclude(found.verdict, found.confidence, found.began, found.reason)

    def _waiting_stopped(self) -> None:
        self._conclude(Verdict.SILENCE, 0.5, self._answered, "stopped")

    def _waiting_timer(self) -> None:
        since = self._tones.tone_since
        if since is not None:
            self._conclude(Verdict.UNKNOWN, 0.5, max(self._answered, since), "tone")
            return
        self._conclude(Verdict.SILENCE, 0.9, self._answered, "initial-silence")

    def _voice_changed(self) -> None:
        """A word more, or its end, may decide by itself."""
        self._enter(self._by_voice())
        self._judge(self._greeting.measure(self._now))

    def _undecided_stopped(self) -> None:
        self._likelier("stopped")

    def _undecided_timer(self) -> None:
        config, measure = self._config, self._greeting.measure(self._now)
        if self._judge(measure):
            return
        since = max(self._answered, self._greeting.tone_ended)
        if measure.pause >= config.after_greeting:
            self._likelier("after-greeting")
        elif self._now >= since + config.total_analysis:
            self._likelier("total-analysis")
        else:
            self._again()

    def _undecided_beep(self) -> None:
        beep = self._heard_beep()
        self._conclude(Verdict.MACHINE, BEEP_CONFIDENCE, beep.began, "beep")
        self._greeting_beep()

    def _greeting_beep(self) -> None:
        beep = self._heard_beep()
        self._events.append(BeepHeard(self._now, beep.began, beep.hz, beep.duration))
        self._events.append(GreetingEnded(self._now, beep.began + beep.duration, "beep"))
        self._enter(State.ENDED)

    def _greeting_voice(self) -> None:
        self._enter(State.GREETING)

    def _greeting_tone(self) -> None:
        """Busy or the like: the machine has hung up."""
        self._events.append(GreetingEnded(self._now, self._greeting.ended, "tone"))
        self._enter(State.ENDED)

    def _greeting_timer(self) -> None:
        ended = self._greeting.ended
        if self._now >= self._verdict_time + self._config.beep_wait:
            self._events.append(GreetingEnded(self._now, self._now, "time"))
            self._enter(State.ENDED)
        else:
            self._events.append(GreetingEnded(self._now, ended, "silence"))
            self._enter(State.WATCHING)

    def _watching_voice(self) -> None:
        self._enter(State.WATCHING)

    def _watching_beep(self) -> None:
        beep = self._heard_beep()
        self._events.append(BeepHeard(self._now, beep.began, beep.hz, beep.duration))
        self._enter(State.ENDED)

    def _end(self) -> None:
        self._enter(State.ENDED)

    def _ignored(self) -> None:
        pass

    # What they have in common

    def _again(self) -> None:
        """The timer came a rounding too early."""
        self._enter(self._state)
        if self._deadline is not None:
            self._deadline = max(self._deadline, self._now + TICK)

    def _infer(self, answered: int, reason: str) -> None:
        self._events.append(AnswerInferred(self._now, answered, reason))
        self._answer(answered)

    def _answer(self, answered: int) -> None:
        config, before = self._config, self._greeting
        self._answered = answered
        self._greeting = Greeting(answered, config.min_word, config.between_words)
        if before.speaking:
            self._greeting.begin(answered)
        if before.tone:
            self._greeting.tone_begins(answered)
        self._enter(self._by_voice())

    def _heard_beep(self) -> Beep:
        assert self._beep is not None
        return self._beep

    def _judge(self, measure: Measure) -> bool:
        """A verdict if the limits or the score give one."""
        config = self._config
        if self._greeting.first is None and not measure.word:
            return False
        sure = probability(score(measure))
        if measure.voice >= max(config.max_greeting, config.min_greeting):
            self._machine(max(sure, config.sure_machine), "long-greeting")
        elif measure.words >= config.max_words:
            self._machine(max(sure, config.sure_machine), "words")
        elif measure.word and sure >= config.sure_machine and measure.voice >= config.min_greeting:
            self._machine(sure, "score")
        elif measure.pause > config.min_pause - TICK and 1 - sure >= config.sure_person - EPSILON:
            first = self._greeting.first
            began = self._answered if first is None else first
            self._conclude(Verdict.PERSON, min(MOST, 1 - sure), began, "score")
        else:
            return False
        return True

    def _machine(self, confidence: float, reason: str) -> None:
        first = self._greeting.first
        began = self._answered if first is None else first
        self._conclude(Verdict.MACHINE, min(MOST, confidence), began, reason)

    def _likelier(self, reason: str) -> None:
        measure, first = self._greeting.measure(self._now), self._greeting.first
        machine = probability(score(measure))
        began = self._answered if first is None else first
        if first is None and not measure.word:
            self._conclude(Verdict.SILENCE, 0.5, began, reason)
        elif machine >= 0.5:
            self._machine(machine, reason)
        else:
            self._conclude(Verdict.PERSON, min(MOST, 1 - machine), began, reason)

    def _conclude(self, kind: Verdict, confidence: float, began: int, reason: str) -> None:
        measure = self._greeting.measure(self._now)
        connected = self._state is not State.CALLING
        evidence = Evidence(
            self._rings,
            measure.initial_silence if connected else 0,
            measure.voice if connected else 0,
            measure.words if connected else 0,
            measure.longest_word if connected else 0,
            measure.pause if connected else 0,
            self._tone,
        )
        self._result = AnalysisResult(
            self._now, kind, round(confidence, 3), min(began, self._now), reason, evidence
        )
        self._verdict_time = self._now
        self._events.append(self._result)
        self._enter(AFTER.get(kind, State.ENDED))


AFTER: Final = {
    Verdict.MACHINE: State.GREETING,
    Verdict.PERSON: State.WATCHING,
    Verdict.SILENCE: State.WATCHING,
}
"""Where a verdict leads; any other ends the analysis."""

_Method = Callable[[CallAnalysis], None]

_SPOKEN: Final[dict[Input, _Method]] = {
    Input.ANSWERED: CallAnalysis._ignored,
    Input.STOPPED: CallAnalysis._undecided_stopped,
    Input.VOICE_BEGINS: CallAnalysis._voice_changed,
    Input.VOICE_ENDS: CallAnalysis._voice_changed,
    Input.RING: CallAnalysis._ring,
    Input.PROGRESS: CallAnalysis._ends_by_tone,
    Input.BEEP: CallAnalysis._undecided_beep,
    Input.TIMER: CallAnalysis._undecided_timer,
}

TABLE: Final[dict[State, dict[Input, _Method]]] = {
    State.CALLING: {
        Input.ANSWERED: CallAnalysis._calling_answered,
        Input.STOPPED: CallAnalysis._calling_stopped,
        Input.VOICE_BEGINS: CallAnalysis._calling_voice,
        Input.VOICE_ENDS: CallAnalysis._calling_voice,
        Input.RING: CallAnalysis._ring,
        Input.PROGRESS: CallAnalysis._ends_by_tone,
        Input.BEEP: CallAnalysis._ignored,
        Input.TIMER: CallAnalysis._calling_timer,
    },
    State.WAITING: {
        Input.ANSWERED: CallAnalysis._ignored,
        Input.STOPPED: CallAnalysis._waiting_stopped,
        Input.VOICE_BEGINS: CallAnalysis._voice_changed,
        Input.VOICE_ENDS: CallAnalysis._voice_changed,
        Input.RING: CallAnalysis._ring,
        Input.PROGRESS: CallAnalysis._ends_by_tone,
        Input.BEEP: CallAnalysis._ignored,
        Input.TIMER: CallAnalysis._waiting_timer,
    },
    State.TALKING: _SPOKEN,
    State.PAUSING: _SPOKEN,
    State.GREETING: {
        Input.ANSWERED: CallAnalysis._ignored,
        Input.STOPPED: CallAnalysis._end,
        Input.VOICE_BEGINS: CallAnalysis._greeting_voice,
        Input.VOICE_ENDS: CallAnalysis._greeting_voice,
        Input.RING: CallAnalysis._ignored,
        Input.PROGRESS: CallAnalysis._greeting_tone,
        Input.BEEP: CallAnalysis._greeting_beep,
        Input.TIMER: CallAnalysis._greeting_timer,
    },
    State.WATCHING: {
        Input.ANSWERED: CallAnalysis._ignored,
        Input.STOPPED: CallAnalysis._end,
        Input.VOICE_BEGINS: CallAnalysis._watching_voice,
        Input.VOICE_ENDS: CallAnalysis._watching_voice,
        Input.RING: CallAnalysis._ignored,
        Input.PROGRESS: CallAnalysis._end,
        Input.BEEP: CallAnalysis._watching_beep,
        Input.TIMER: CallAnalysis._end,
    },
    State.ENDED: dict.fromkeys(Input, CallAnalysis._ignored),
}
"""What each input does in each state."""

DEADLINES: Final[dict[State, Callable[[CallAnalysis], int | None]]] = {
    State.CALLING: CallAnalysis._calling_deadline,
    State.WAITING: CallAnalysis._waiting_deadline,
    State.TALKING: CallAnalysis._undecided_deadline,
    State.PAUSING: CallAnalysis._undecided_deadline,
    State.GREETING: CallAnalysis._greeting_deadline,
    State.WATCHING: CallAnalysis._watching_deadline,
    State.ENDED: CallAnalysis._no_deadline,
}
"""What each state waits for."""
