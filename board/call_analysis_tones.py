"""What tones mean to an outbound call: rings, busy and the like, SIT, fax and modem, beeps.

Takes what the detectors hear and gives findings. The country's tones are rows of progress_tones.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .call_analysis_config import AnalysisConfig
from .call_analysis_events import SIT_TONES, SegmentHeard, ToneHeard, TonePhase, Verdict
from .call_analysis_sit import SitTone, follow, which
from .progress_follow import FAINT_DB, NEAR_HZ, NEAR_PAIR_HZ, ProgressFollower
from .progress_tones import COUNTRIES, Step, cadence

MS: Final = 1_000_000
SECOND: Final = 1000 * MS
SAMPLE: Final = 125_000
POLL: Final = 250 * MS
"""How often a tone that goes on is looked at again."""
LONGEST: Final = 10 * SECOND
"""A tone that goes on longer is not one of the country's."""
NEW_RING: Final = 700 * MS
"""A shorter silence is inside of a ring."""
TONAL_HZ: Final = 400.0
"""Voices hardly ever make one frequency alone above this: 7 times of 60 ms in 38 minutes."""
PURE_HZ: Final = 600.0
"""Below this a beep has no other frequencies at all."""
APART: Final = 80 * MS
"""A beep is followed by silence for so long."""
LOW_BEEP_HZ: Final = 420.0
"""Vowels are single frequencies below this; there a beep must be longer and stand more alone."""
LOW_BEEP: Final = 400 * MS
LOW_BEFORE: Final = 100 * MS
LOW_APART: Final = 300 * MS


class Ring(NamedTuple):
    began: int


class Progress(NamedTuple):
    """A verdict by a tone."""

    verdict: Verdict
    confidence: float
    reason: str
    tone: str
    began: int


class Beep(NamedTuple):
    began: int
    hz: float
    duration: int


Finding = Ring | Progress | Beep

CADENCES: Final[dict[str, tuple[Verdict, float]]] = {
    "busy": (Verdict.BUSY, 0.98),
    "congestion": (Verdict.CONGESTION, 0.98),
    "special-information": (Verdict.SIT, 0.95),
    "unobtainable": (Verdict.UNOBTAINABLE, 0.95),
}
"""The country's tones that end a call, with the confidence of the cadence detector in them."""


REPEATED: Final = ("busy", "congestion")
"""What may follow a greeting when the machine hangs up: not a beep, if it comes again."""


class ModemRow(NamedTuple):
    """A tone of fax or modem: what it is when it has lasted, or come in bursts of this length."""

    tone: int
    verdict: Verdict
    confidence: float
    reason: str
    lasts: int
    """ns after which it is certain; 0: it comes in bursts."""
    shortest: int = 0
    longest: int = 0


MODEMS: Final[dict[int, ModemRow]] = {
    row.tone: row
    for row in (
        ModemRow(2100, Verdict.FAX, 0.9, "ced", 1200 * MS),
        ModemRow(2225, Verdict.MODEM, 0.9, "bell-answer", 1000 * MS),
        ModemRow(1100, Verdict.FAX, 0.9, "cng", 0, 420 * MS, 580 * MS),
        ModemRow(1300, Verdict.MODEM, 0.85, "calling-tone", 0, 480 * MS, 720 * MS),
    )
}
"""T.30 4.1 (CED 2.6 to 4 s, CNG 0.5 s), V.25 2 (calling tone 0.5 to 0.7 s), Bell 103."""
REVERSALS: Final = (Verdict.MODEM, 0.95, "ans-reversals")
"""V.25: an answering modem turns the phase each 450 ms; a fax machine's CED does not."""
ANSAM: Final = (Verdict.MODEM, 0.75, "ansam")
"""V.8: a modem, or a fax machine by V.34."""
AFTER_SPEECH: Final = 800 * MS
"""So much longer a steady tone must last after speech: it may be a beep."""


class _Tone(NamedTuple):
    began: int
    ended: int
    hz: float


class ToneWatch:
    """One call's tones. ``after_speech`` is told by the engine: from then on there are beeps."""

    def __init__(self, config: AnalysisConfig, country: str) -> None:
        self._config: Final = config
        self._follower: Final = ProgressFollower(country)
        steps = {name: cadence(country, name).steps for name in COUNTRIES[country].tones}
        self._ring_steps: Final = [s for s in steps.get("ringback", ()) if s.frequencies]
        repeated = [s for name in REPEATED for s in steps.get(name, ())]
        self._repeated: Final = [s for s in repeated if s.frequencies]
        self._gap: Final = max(
            (s.samples * SAMPLE for s in repeated if not s.frequencies), default=0
        )
        levels = [s.level for s in steps.get("congestion", ()) if s.frequencies]
        self._uneven: Final = max(levels, default=0.0) - min(levels, default=0.0)
        self._levels = (0.0, 0.0)
        self.after_speech = False
        self.tone_since: int | None = None
        """Where the tone that sounds now began."""
        self.name = ""
        """The country's tone heard last."""
        self._rings: Final[list[int]] = []
        self._ring_ended = -NEW_RING
        self._sit: Final[list[SitTone]] = []
        self._bursts = 0
        self._poll: int | None = None
        self._modem: tuple[ModemRow, int, int] | None = None
        self._beep: tuple[_Tone, int] | None = None
        self._sounded = -SECOND
        self._found: Final[list[Finding]] = []

    def findings(self) -> list[Finding]:
        """Since the last call."""
        found = self._found.copy()
        self._found.clear()
        return found

    def next_timeout(self) -> int | None:
        times = [self._poll] if self._poll is not None else []
        if self._modem is not None:
            times.append(self._modem[2])
        if self._beep is not None:
            times.append(self._beep[1])
        return min(times, default=None)

    def handle_timeout(self, now: int) -> None:
        if self._poll is not None and now >= self._poll:
            going = self.tone_since is not None and now < self.tone_since + LONGEST
            self._poll = now + POLL if going else None
            self._follower.time(now // SAMPLE)
            self._recognize(now)
        if self._modem is not None and now >= self._modem[2]:
            row, began, _ = self._modem
            self._modem = None
            self._tell(row.verdict, row.confidence, row.reason, row.reason, began)
        if self._beep is not None and now >= self._beep[1]:
            tone, self._beep = self._beep[0], None
            self._found.append(Beep(tone.began, tone.hz, tone.ended - tone.began))

    def segment(self, event: SegmentHeard, now: int) -> None:
        """Something sounds, or has ended."""
        start, length = event.time // SAMPLE, max(0, event.duration) // SAMPLE
        several = min(len(event.frequencies), len(event.levels))
        frequencies, levels = event.frequencies[:several], event.levels[:several]
        loud = _loud(frequencies, levels)
        if event.ended:
            self._poll = None
            self.tone_since = None
            self._follower.end(start, length, frequencies, levels)
            self._levels = (self._levels[1], levels[0] if levels else 0.0)
            self._ring(event.time, event.time + event.duration, loud)
            self._recognize(now)
            if len(loud) == 1 and _is_pure(frequencies):
                self._beep_ends(event, loud)
            self._sounded = event.time + max(0, event.duration)
            return
        if self._beep is not None:
            self._interrupted(event, loud)
        self._follower.begin(start, frequencies, levels)
        if self._is_tone(loud):
            self.tone_since = event.time
            self._poll = now + POLL

    def tone(self, event: ToneHeard, now: int) -> None:
        """A modem tone began, ended, turned or is modulated."""
        if event.phase is TonePhase.ON:
            self._tone_on(event)
        elif event.phase is TonePhase.OFF:
            self._tone_off(event)
        elif self._modem is not None and self._modem[0].tone == event.tone == 2100:
            verdict, confidence, reason = REVERSALS if event.phase is TonePhase.REVERSAL else ANSAM
            self._tell(verdict, confidence, reason, reason, self._modem[1])
            self._modem = None

    def _tell(
        self, verdict: Verdict, confidence: float, reason: str, tone: str, began: int
    ) -> None:
        self._found.append(Progress(verdict, confidence, reason, tone, began))

    def _recognize(self, now: int) -> None:
        for heard in self._follower.heard():
            self.name = name = self._by_level(heard.name)
            if name == "ringback":
                self._found.extend(Ring(began) for began in self._rings)
            self._rings.clear()
            if name in CADENCES:
                verdict, confidence = CADENCES[name]
                tone = "national" if verdict is Verdict.SIT else name
                self._tell(verdict, confidence, "cadence", tone, heard.start * SAMPLE)

    def _by_level(self, name: str) -> str:
        """Australia's congestion is its busy tone with each second burst 10 dB weaker."""
        if not self._uneven or name not in REPEATED:
            return name
        uneven = abs(self._levels[0] - self._levels[1])
        return "congestion" if uneven > self._uneven / 2 else "busy"

    def _ring(self, began: int, ended: int, loud: tuple[float, ...]) -> None:
        """A sound that may be a ring, or the first part of one."""
        length = ended - began
        if not any(
            _is_step(step, loud)
            and abs(length - step.samples * SAMPLE) <= max(25 * MS, length // 8)
            for step in self._ring_steps
        ):
            return
        new = began - self._ring_ended >= NEW_RING
        self._ring_ended = ended
        if not new:
            return
        if self.name == "ringback":
            self._found.append(Ring(began))
        else:
            self._rings.append(began)
            del self._rings[:-4]

    def _is_tone(self, loud: tuple[float, ...]) -> bool:
        if len(loud) == 1 and loud[0] >= TONAL_HZ:
            return True
        return _is_known(loud)

    def _tone_on(self, event: ToneHeard) -> None:
        row = MODEMS.get(event.tone)
        if row is not None and row.lasts:
            lasts = row.lasts + (AFTER_SPEECH if self.after_speech else 0)
            self._modem = (row, event.time, event.time + lasts)
        if event.tone == SIT_TONES[2] and len(self._sit) == 2:
            first, second = self._sit
            third = SitTone(event.time, 0, event.frequency)
            if follow(first, second) and follow(second, third):
                name, confidence = which(first, second, event.frequency)
                self._tell(Verdict.SIT, confidence, "tones", name, first.time)
            self._sit.clear()

    def _tone_off(self, event: ToneHeard) -> None:
        if self._modem is not None and self._modem[0].tone == event.tone:
            self._modem = None
        row = MODEMS.get(event.tone)
        if row is not None and row.longest and row.shortest <= event.duration <= row.longest:
            self._bursts += 1
            if self._bursts > self.after_speech:
                self._tell(row.verdict, row.confidence, row.reason, row.reason, event.time)
        heard = SitTone(event.time, event.duration, event.frequency)
        if event.tone == SIT_TONES[0]:
            self._sit[:] = [heard]
        elif event.tone == SIT_TONES[1] and len(self._sit) == 1:
            self._sit.append(heard)

    def _beep_ends(self, event: SegmentHeard, loud: tuple[float, ...]) -> None:
        config = self._config
        if not self.after_speech:
            return
        if not config.beep_shortest <= event.duration <= config.beep_longest:
            return
        if not config.beep_lowest <= loud[0] <= config.beep_highest:
            return
        ended, apart = event.time + event.duration, APART
        if loud[0] < LOW_BEEP_HZ:
            if event.duration < LOW_BEEP or event.time - self._sounded < LOW_BEFORE:
                return
            apart = LOW_APART
        if any(_is_step(step, loud) for step in self._repeated):
            apart = max(apart, self._gap + 150 * MS)
        self._beep = (_Tone(event.time, ended, loud[0]), ended + apart)

    def _interrupted(self, event: SegmentHeard, loud: tuple[float, ...]) -> None:
        """Something sounds soon after what may be a beep."""
        assert self._beep is not None
        tone = self._beep[0]
        same = len(loud) == 1 and abs(loud[0] - tone.hz) <= NEAR_HZ
        if same or event.time - tone.ended < (APART if tone.hz >= LOW_BEEP_HZ else LOW_APART):
            self._beep = None


def _loud(frequencies: tuple[float, ...], levels: tuple[float, ...]) -> tuple[float, ...]:
    """Without the faint ones."""
    most = max(levels, default=0.0) - FAINT_DB
    return tuple(hz for hz, level in zip(frequencies, levels, strict=False) if level > most)


def _sounds() -> tuple[Step, ...]:
    """Every country's steps with different frequencies: calls go abroad."""
    found: dict[tuple[tuple[float, ...], float], Step] = {}
    for code, country in COUNTRIES.items():
        for name in country.tones:
            for step in cadence(code, name).steps:
                if step.frequencies:
                    found.setdefault((step.frequencies, step.am_hz), step)
    return tuple(found.values())


SOUNDS: Final = _sounds()


def _is_known(loud: tuple[float, ...]) -> bool:
    """Is it a tone of some country?"""
    return any(_is_step(step, loud) for step in SOUNDS)


def _is_pure(frequencies: tuple[float, ...]) -> bool:
    """A tone, with harmonics perhaps; a voice has its pitch below its strongest frequency."""
    return all(hz > frequencies[0] >= PURE_HZ for hz in frequencies[1:])


def _is_step(step: Step, loud: tuple[float, ...]) -> bool:
    """Are these the frequencies of a step, all of them and nothing else?"""
    wanted = step.frequencies
    near = NEAR_HZ if len(wanted) == 1 else NEAR_PAIR_HZ
    side = step.am_hz + 10 if step.am_hz else 0.0
    return (
        len(loud) >= len(wanted)
        and all(any(abs(hz - h) <= near for h in loud) for hz in wanted)
        and all(any(abs(hz - h) <= near + side for hz in wanted) for h in loud)
    )
