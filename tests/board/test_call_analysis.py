"""The machine of call progress analysis, input by input; without detectors."""

from __future__ import annotations

import pytest

from trunkd.board.call_analysis import DEADLINES, TABLE, CallAnalysis
from trunkd.board.call_analysis_config import PARAMETERS, AnalysisConfig
from trunkd.board.call_analysis_events import (
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
    Verdict,
    VoiceChanged,
)
from trunkd.board.call_analysis_states import Input, State
from trunkd.errors import ConfigError

MS = 1_000_000
SECOND = 1_000_000_000
BEGAN = 5 * SECOND
HANGOVER = 200 * MS


class Far:
    """The far end as the detectors tell it, on a clock of its own: seconds from BEGAN."""

    def __init__(self, country: str = "de", **settings: float) -> None:
        self.analysis = CallAnalysis(AnalysisConfig(settings), country, BEGAN)
        self.now = BEGAN
        self.told: list[AnalysisEvent] = []

    def wait(self, seconds: float) -> Far:
        self.now += round(seconds * SECOND)
        self.analysis.handle_timeout(self.now)
        return self._listen()

    def answer(self) -> Far:
        self.analysis.answered(self.now)
        return self._listen()

    def stop(self) -> Far:
        self.analysis.stop(self.now)
        return self._listen()

    def tell(self, event: AnalysisInput) -> Far:
        self.analysis.receive(event, self.now)
        return self._listen()

    def speak(self, seconds: float) -> Far:
        """Voice; its end is known only after the hangover."""
        self.tell(VoiceChanged(self.now, True)).wait(seconds)
        ended = self.now
        return self.wait(HANGOVER / SECOND).tell(VoiceChanged(ended, False))

    def sound(self, seconds: float, *hz: float) -> Far:
        """A segment, told after 128 ms and at its end, and the voice detector sees it, too."""
        since, levels = self.now, (-12.0,) * len(hz)
        self.tell(VoiceChanged(since, True)).wait(min(0.128, seconds))
        self.tell(SegmentHeard(since, self.now - since, False, hz, levels))
        self.wait(seconds - (self.now - since) / SECOND)
        length = self.now - since
        self.wait(0.024).tell(SegmentHeard(since, length, True, hz, levels))
        self.wait(HANGOVER / SECOND - 0.024)
        return self.tell(VoiceChanged(since + length, False))

    def tone(self, hz: int, seconds: float, phase: TonePhase | None = None) -> Far:
        """A tone of a modem, told after 200 ms; ``phase``: what it does after 450 ms."""
        since = self.now
        self.wait(0.2).tell(ToneHeard(since, hz, TonePhase.ON, self.now - since))
        if phase is not None:
            self.wait(0.25).tell(ToneHeard(self.now, hz, phase))
        self.wait(seconds - (self.now - since) / SECOND)
        return self.tell(ToneHeard(since, hz, TonePhase.OFF, self.now - since))

    def rings(self, count: int) -> Far:
        for _ in range(count):
            self.sound(1.0, 425.0).wait(4.0 - HANGOVER / SECOND)
        return self

    def all(self, kind: type) -> list[AnalysisEvent]:
        return [event for event in self.told if type(event) is kind]

    @property
    def result(self) -> AnalysisResult:
        results = [event for event in self.told if isinstance(event, AnalysisResult)]
        assert len(results) == 1, self.told
        return results[0]

    def _listen(self) -> Far:
        self.told += self.analysis.events()
        return self


def test_table_is_whole() -> None:
    """Each input is drawn in each state, and each state says what it waits for."""
    assert set(TABLE) == set(State) == set(DEADLINES)
    for state, row in TABLE.items():
        assert set(row) == set(Input), state


def test_configuration() -> None:
    for row in PARAMETERS:
        assert row.least <= row.default <= row.most
        assert row.about
    assert AnalysisConfig({"initial_silence": 2500}).initial_silence == 2500 * MS
    with pytest.raises(ConfigError, match=r"no setting greeting_time: there are no_answer"):
        AnalysisConfig({"greeting_time": 1})
    with pytest.raises(ConfigError, match=r"min_word = 5, give 20 to 1000"):
        AnalysisConfig({"min_word": 5})
    with pytest.raises(ConfigError, match=r"min_word = nan"):
        AnalysisConfig({"min_word": float("nan")})
    with pytest.raises(ConfigError, match="beep_lowest less than beep_highest"):
        AnalysisConfig({"beep_lowest": 2500, "beep_highest": 2500})
    with pytest.raises(ConfigError, match="no tones of country 'xx'"):
        CallAnalysis(AnalysisConfig(), "xx", 0)


def test_person() -> None:
    far = Far().wait(1).answer().wait(0.4).speak(0.5).wait(3)
    assert far.result.kind is Verdict.PERSON
    assert far.result.reason == "score"
    assert far.result.confidence >= 0.95
    assert far.result.began == BEGAN + 1400 * MS
    assert far.result.time < BEGAN + 3 * SECOND
    evidence = far.result.evidence
    assert (evidence.words, evidence.voice, evidence.initial_silence) == (1, 500 * MS, 400 * MS)
    assert evidence.pause == far.result.time - (BEGAN + 1900 * MS)


def test_machine_beep_and_end() -> None:
    far = Far().answer().wait(0.6).speak(1.4).wait(0.3).speak(3.0).speak(2.0)
    assert far.result.kind is Verdict.MACHINE
    assert far.result.reason == "score"
    assert far.result.time < BEGAN + 5 * SECOND
    assert far.analysis.state is State.GREETING
    far.wait(0.4).sound(0.4, 1000.0)
    (beep,), (end,) = far.all(BeepHeard), far.all(GreetingEnded)
    assert isinstance(beep, BeepHeard)
    assert (beep.hz, beep.duration, beep.time - beep.began) == (1000.0, 400 * MS, 480 * MS)
    assert isinstance(end, GreetingEnded)
    assert (end.reason, end.ended) == ("beep", beep.began + beep.duration)
    assert far.analysis.next_timeout() is None


def test_long_word_decides_while_it_lasts() -> None:
    far = Far().answer().wait(0.5).tell(VoiceChanged(BEGAN + SECOND // 2, True))
    due = far.analysis.next_timeout()
    assert due is not None
    far.wait(6)
    assert far.result.kind is Verdict.MACHINE
    assert BEGAN + 2 * SECOND < far.result.time < BEGAN + 4 * SECOND
    assert far.result.evidence.words == 1


def test_limits_decide_where_the_score_does_not() -> None:
    """max_greeting, max_words, after_greeting, total_analysis."""
    sure = {"sure_machine": 0.999, "sure_person": 0.999}
    far = Far(**sure, max_greeting=2000).answer().speak(3)
    assert (far.result.kind, far.result.reason) == (Verdict.MACHINE, "long-greeting")
    assert far.result.time == BEGAN + 2 * SECOND
    far = Far(**sure, max_words=3, between_words=0).answer().speak(0.2).speak(0.2).speak(0.2)
    assert (far.result.kind, far.result.reason) == (Verdict.MACHINE, "words")
    far = Far(**sure, after_greeting=700).answer().speak(0.6).wait(2)
    assert (far.result.kind, far.result.reason) == (Verdict.PERSON, "after-greeting")
    assert far.result.evidence.pause == 700 * MS
    far = (
        Far(**sure, total_analysis=1500, after_greeting=5000).answer().wait(0.5).speak(0.6).wait(3)
    )
    assert (far.result.kind, far.result.reason) == (Verdict.PERSON, "total-analysis")
    assert far.result.time == BEGAN + 1500 * MS
    far = Far(min_greeting=4000, max_greeting=6000).answer().speak(7)
    assert far.result.time >= BEGAN + 4 * SECOND


def test_silence() -> None:
    far = Far(initial_silence=2500).answer().wait(1).speak(0.05).wait(3)
    assert far.result.kind is Verdict.SILENCE
    assert (far.result.time, far.result.began) == (BEGAN + 2500 * MS, BEGAN)
    assert far.analysis.state is State.WATCHING
    far.wait(20)
    assert far.analysis.state is State.ENDED


@pytest.mark.parametrize(
    ("tone", "verdict", "times"),
    [
        ("busy", Verdict.BUSY, ((0.48, 0.48), 4)),
        ("congestion", Verdict.CONGESTION, ((0.24, 0.24), 5)),
    ],
)
def test_cadences(tone: str, verdict: Verdict, times: tuple[tuple[float, float], int]) -> None:
    (on, off), count = times
    for answered in (False, True):
        far = Far()
        if answered:
            far.answer()
        began = far.now
        for _ in range(count):
            far.sound(on, 425.0).wait(off - HANGOVER / SECOND)
        assert far.result.kind is verdict
        assert far.result.evidence.tone == tone
        assert abs(far.result.began - began) < MS
        assert far.result.confidence > 0.9
        assert far.analysis.state is State.ENDED


def test_rings_and_no_answer() -> None:
    far = Far(max_rings=3).rings(2)
    rings = far.all(RingbackHeard)
    assert [ring.count for ring in rings if isinstance(ring, RingbackHeard)] == [1, 2]
    far.rings(1).wait(2)
    assert far.result.kind is Verdict.NO_ANSWER
    assert (far.result.reason, far.result.evidence.rings) == ("rings", 3)
    far = Far(no_answer=9_000).rings(3)
    assert (far.result.kind, far.result.reason) == (Verdict.NO_ANSWER, "time")
    assert far.result.time == BEGAN + 9 * SECOND


def test_ring_in_two_parts_is_one() -> None:
    far = Far("gb")
    for _ in range(3):
        for off in (0.2, 2.0):
            far.sound(0.4, 400.0, 450.0).wait(off - HANGOVER / SECOND)
    assert [r.count for r in far.all(RingbackHeard) if isinstance(r, RingbackHeard)] == [1, 2, 3]


def test_answer_inferred() -> None:
    """Without answer supervision: by voice, and by a ring that does not come."""
    far = Far(infer_answer=1).rings(2).speak(0.6).wait(2)
    assert [e.reason for e in far.all(AnswerInferred) if isinstance(e, AnswerInferred)] == ["voice"]
    assert far.result.kind is Verdict.PERSON
    assert far.result.evidence.voice == 600 * MS
    far = Far(infer_answer=1).rings(2).wait(20)
    (inferred,) = far.all(AnswerInferred)
    assert isinstance(inferred, AnswerInferred)
    assert (inferred.reason, inferred.time) == ("ringing-stopped", BEGAN + 11_000 * MS)
    assert far.result.kind is Verdict.SILENCE
    assert Far().rings(2).speak(0.6).wait(2).stop().result.kind is Verdict.RINGING


def test_ringing_on_after_the_answer() -> None:
    """A call that is passed on rings, which is no voice and no silence."""
    far = Far().rings(1).answer().rings(2).speak(0.5).wait(2)
    assert far.result.kind is Verdict.PERSON
    assert far.result.evidence.rings == 3
    assert far.result.evidence.words == 1


@pytest.mark.parametrize(
    ("hz", "seconds", "phase", "verdict", "tone"),
    [
        (2100, 3.0, None, Verdict.FAX, "ced"),
        (2100, 3.0, TonePhase.REVERSAL, Verdict.MODEM, "ans-reversals"),
        (2100, 3.0, TonePhase.MODULATED, Verdict.MODEM, "ansam"),
        (1100, 0.5, None, Verdict.FAX, "cng"),
        (2225, 2.0, None, Verdict.MODEM, "bell-answer"),
        (1300, 0.6, None, Verdict.MODEM, "calling-tone"),
    ],
)
def test_fax_and_modem(
    hz: int, seconds: float, phase: TonePhase | None, verdict: Verdict, tone: str
) -> None:
    far = Far().answer().wait(0.5).tone(hz, seconds, phase)
    assert far.result.kind is verdict
    assert far.result.reason == far.result.evidence.tone == tone
    assert far.result.began == BEGAN + SECOND // 2


def test_tones_that_are_too_short_or_long_are_no_fax() -> None:
    for hz, seconds in ((2100, 0.6), (1100, 0.3), (1100, 0.9), (2225, 0.7), (1300, 1.4)):
        far = Far().answer().wait(0.5).tone(hz, seconds).wait(5)
        assert far.result.kind is Verdict.SILENCE, hz


def test_beep_of_a_fax_frequency_is_a_beep() -> None:
    """After speech 1100 Hz for half a second is no CNG, unless it comes again."""
    far = Far().answer().wait(0.3).speak(1.2).wait(0.1)
    since = far.now
    far.tone(1100, 0.5)
    segment = (since, 500 * MS, True, (1100.0,), (-12.0,))
    far.tell(SegmentHeard(*segment)).wait(0.1)
    assert (far.result.kind, far.result.reason) == (Verdict.MACHINE, "beep")
    assert [type(event) for event in far.told] == [AnalysisResult, BeepHeard, GreetingEnded]
    far = Far(sure_person=0.999, after_greeting=9000).answer().speak(1.5)
    far.tone(1100, 0.5).wait(0.6).tone(1100, 0.5)
    assert far.result.kind is Verdict.FAX


def test_sit_by_its_tones() -> None:
    far = Far()
    for hz, ms in ((985, 380), (1371, 274)):
        since = far.now
        far.wait(0.2).tell(ToneHeard(since, 950 if hz < 1000 else 1400, TonePhase.ON))
        far.now = since + ms * MS
        nominal = 950 if hz < 1000 else 1400
        far.tell(ToneHeard(since, nominal, TonePhase.OFF, ms * MS, float(hz)))
    far.wait(0.2).tell(ToneHeard(far.now - 200 * MS, 1800, TonePhase.ON, 200 * MS, 1776.7))
    assert far.result.kind is Verdict.SIT
    assert far.result.evidence.tone == "vacant-code"
    assert far.result.began == BEGAN


def test_beep_after_a_person_corrects() -> None:
    far = Far().answer().speak(0.5).wait(2)
    assert far.result.kind is Verdict.PERSON
    far.sound(0.3, 800.0).wait(0.3)
    assert len(far.all(BeepHeard)) == 1
    assert far.analysis.state is State.ENDED
    far = Far(beep_watch=1000).answer().speak(0.5).wait(4).sound(0.3, 800.0).wait(0.3)
    assert far.all(BeepHeard) == []


@pytest.mark.parametrize(
    ("hz", "seconds"),
    [
        ((1000.0,), 0.05),
        ((1000.0,), 1.7),
        ((2700.0,), 0.4),
        ((350.0,), 0.3),
        ((697.0, 1209.0), 0.4),
    ],
)
def test_what_is_no_beep(hz: tuple[float, ...], seconds: float) -> None:
    far = Far().answer().speak(4).wait(0.5).sound(seconds, *hz).wait(0.5)
    assert far.result.kind is Verdict.MACHINE
    assert far.all(BeepHeard) == []


def test_voice_is_no_beep() -> None:
    """A vowel has its pitch below its strongest frequency, or another sound follows at once."""
    far = Far().answer().speak(4).wait(0.5)
    far.tell(SegmentHeard(far.now, 200 * MS, True, (650.0, 325.0), (-12.0, -25.0))).wait(0.5)
    far.tell(SegmentHeard(far.now, 200 * MS, True, (650.0,), (-12.0,)))
    far.tell(SegmentHeard(far.now + 210 * MS, 128 * MS, False, (), ())).wait(0.5)
    assert far.all(BeepHeard) == []


def test_busy_after_the_greeting_is_no_beep() -> None:
    """The machine hung up: 425 Hz again and again."""
    far = Far().answer().speak(4).wait(0.4)
    for _ in range(4):
        far.sound(0.48, 425.0).wait(0.28)
    assert far.all(BeepHeard) == []
    assert [e.reason for e in far.all(GreetingEnded) if isinstance(e, GreetingEnded)] == ["tone"]
    assert far.result.kind is Verdict.MACHINE


def test_greeting_without_beep() -> None:
    far = Far(greeting_silence=2000).answer().speak(4).wait(5)
    (end,) = far.all(GreetingEnded)
    assert isinstance(end, GreetingEnded)
    assert (end.reason, end.ended, end.time) == (
        "silence",
        BEGAN + 4 * SECOND,
        end.ended + 2 * SECOND,
    )
    assert far.analysis.state is State.WATCHING
    far = Far(beep_wait=5000).answer().tell(VoiceChanged(BEGAN, True)).wait(30)
    (end,) = far.all(GreetingEnded)
    assert isinstance(end, GreetingEnded)
    assert (end.reason, end.time) == ("time", far.result.time + 5 * SECOND)


def test_stopped() -> None:
    assert Far().wait(2).stop().result.kind is Verdict.UNKNOWN
    ringing = Far().rings(2).stop().result
    assert (ringing.kind, ringing.evidence.rings) == (Verdict.RINGING, 2)
    assert Far().answer().wait(1).stop().result.kind is Verdict.SILENCE
    talking = Far().answer().tell(VoiceChanged(BEGAN, True)).wait(0.6).stop().result
    assert (talking.kind, talking.reason) == (Verdict.PERSON, "stopped")
    assert talking.confidence < 0.8
    far = Far().answer().speak(5).stop()
    assert far.result.kind is Verdict.MACHINE
    assert far.analysis.state is State.ENDED
    assert far.stop().answer().speak(3).wait(9).told.count(far.result) == 1
