"""Whatever is heard in whatever order: no exception, one verdict, times that do not go back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.board.call_analysis import CallAnalysis
from trunkd.board.call_analysis_config import PARAMETERS, AnalysisConfig
from trunkd.board.call_analysis_events import (
    AnalysisEvent,
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
from trunkd.board.call_analysis_states import State
from trunkd.board.progress_tones import COUNTRIES

MS = 1_000_000
TONES = (950, 1100, 1300, 1400, 1800, 2100, 2225)

back = st.integers(-100, 3000).map(lambda ms: ms * MS)
"""How long before it is told a thing happened; a detector's clock may be ahead."""
lengths = st.integers(-50, 5000).map(lambda ms: ms * MS)
hertz = st.sampled_from(
    (0.0, 350.0, 400.0, 425.0, 440.0, 450.0, 480.0, 620.0, 950.0, 1000.0, 2100.0)
)
voices = st.builds(lambda b, on: (VoiceChanged, b, (on,)), back, st.booleans())
segments = st.builds(
    lambda b, length, ended, sounds: (
        SegmentHeard,
        b,
        (length, ended, tuple(hz for hz, _ in sounds), tuple(level for _, level in sounds)),
    ),
    back,
    lengths,
    st.booleans(),
    st.lists(st.tuples(hertz, st.floats(-60, 3)), max_size=4),
)
odd_segments = st.builds(
    lambda b, levels: (SegmentHeard, b, (300 * MS, True, (425.0,), tuple(levels))),
    back,
    st.lists(st.floats(-60, 3), max_size=2),
)
tones = st.builds(
    lambda b, tone, phase, length: (ToneHeard, b, (tone, phase, length)),
    back,
    st.sampled_from(TONES),
    st.sampled_from(TonePhase),
    lengths,
)
steps = st.lists(
    st.tuples(
        st.integers(0, 2500).map(lambda ms: ms * MS),
        st.one_of(voices, voices, segments, segments, odd_segments, tones, st.sampled_from("ast")),
    ),
    max_size=60,
)
configs = st.dictionaries(
    st.sampled_from([row.name for row in PARAMETERS if not row.name.startswith("beep_")]),
    st.floats(0, 1),
    max_size=6,
).map(
    lambda shares: {
        row.name: row.least + shares[row.name] * (row.most - row.least)
        for row in PARAMETERS
        if row.name in shares
    }
)


def moments(event: AnalysisEvent) -> list[int]:
    """Times that must not lie after the event's."""
    if isinstance(event, RingbackHeard):
        return []
    if isinstance(event, AnswerInferred):
        return [event.answered]
    if isinstance(event, AnalysisResult):
        return [event.began]
    if isinstance(event, BeepHeard):
        return [event.began + event.duration]
    return [event.ended] if isinstance(event, GreetingEnded) else []


def drive(analysis: CallAnalysis, script: list[tuple[int, object]]) -> list[AnalysisEvent]:
    """Timeouts are served when they are due in half of the steps, late in the others."""
    now, told = 0, []
    for number, (wait, what) in enumerate(script):
        now += wait
        if number % 2:
            for _ in range(10_000):
                due = analysis.next_timeout()
                if due is None or due > now:
                    break
                analysis.handle_timeout(due)
            else:
                raise AssertionError("a timeout that does not go away")
        if what == "a":
            analysis.answered(now)
        elif what == "s":
            analysis.stop(now)
        elif what == "t":
            analysis.handle_timeout(now)
        else:
            kind, ago, rest = what
            analysis.receive(kind(now - ago, *rest), now)
        told += analysis.events()
    analysis.handle_timeout(now + 10**13)
    return told + analysis.events()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(COUNTRIES)), configs, steps)
def test_any_sequence(country: str, config: dict[str, float], script: list) -> None:
    analysis = CallAnalysis(AnalysisConfig(config), country, 0)
    told = drive(analysis, script)
    results = [event for event in told if isinstance(event, AnalysisResult)]
    assert len(results) == 1
    assert results[0] is analysis.result
    assert analysis.state is State.ENDED
    assert analysis.next_timeout() is None
    assert 0 <= results[0].confidence <= 1
    assert isinstance(results[0].kind, Verdict)
    times = [event.time for event in told]
    assert times == sorted(times)
    for event in told:
        assert all(moment <= event.time for moment in moments(event)), event
    rings = [event.count for event in told if isinstance(event, RingbackHeard)]
    assert rings == list(range(1, len(rings) + 1))
    assert sum(isinstance(event, GreetingEnded) for event in told) <= 1


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(COUNTRIES)), steps)
def test_timeouts_late_or_in_time_give_the_same(country: str, script: list) -> None:
    """Serving the timer often changes nothing: each event is told at the time it was due."""
    lazy = CallAnalysis(AnalysisConfig(), country, 0)
    eager = CallAnalysis(AnalysisConfig(), country, 0)
    often = [part for wait, what in script for part in ((wait // 2, "t"), (wait - wait // 2, what))]
    assert drive(lazy, script) == drive(eager, often)
