"""Call progress analysis on calls that sound: the native detectors before it, a corpus's samples.

A small part of the held-out half; docs/call-analysis.md has all of it.
"""

from __future__ import annotations

import functools
import pathlib
import sys

import pytest

from trunkd.board.call_analysis_events import (
    AnalysisEvent,
    AnalysisResult,
    BeepHeard,
    GreetingEnded,
    RingbackHeard,
)
from trunkd.board.progress_tones import COUNTRIES

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import call_analysis_corpus as corpus
import call_analysis_rig as rig
import call_analysis_signals as signals
from call_analysis_corpus import Call

CALLS = 60
SAMPLE = 125_000
COUNTRY_TONES = [
    (country, tone)
    for country, row in COUNTRIES.items()
    for tone in signals.VERDICTS
    if tone in row.tones
]


@functools.cache
def answers(kind: str) -> list[tuple[Call, list[AnalysisEvent], AnalysisResult]]:
    """Calls of the test half with all that the analysis told."""
    heard = []
    for seed in range(CALLS):
        call = (corpus.person if kind == "person" else corpus.machine)("test", seed)
        events = rig.run(call)
        heard.append((call, events, rig.verdict(events)))
    return heard


def after(call: Call, event: AnalysisEvent) -> float:
    """Seconds from the answer."""
    assert call.answered is not None
    return event.time / rig.SECOND - call.answered / corpus.RATE


@pytest.mark.parametrize(
    ("kind", "floor", "median"), [("person", 0.95, 2.6), ("machine", 0.95, 4.3)]
)
def test_person_or_machine(kind: str, floor: float, median: float) -> None:
    heard = answers(kind)
    right = [(call, result) for call, _, result in heard if result.kind.value == kind]
    wrong = [(call.name, result) for call, _, result in heard if result.kind.value != kind]
    assert len(right) >= floor * len(heard), wrong
    times = sorted(after(call, result) for call, result in right)
    assert times[len(times) // 2] <= median
    assert times[-1] < 8


def test_confidence_says_something() -> None:
    """What is said to be surer is right more often, and the mean is near to what was right."""
    heard = [(call.kind == r.kind.value, r.confidence) for k in KINDS for call, _, r in answers(k)]
    share = sum(right for right, _ in heard) / len(heard)
    assert abs(share - sum(sure for _, sure in heard) / len(heard)) < 0.06


KINDS = ("person", "machine")


def test_beeps() -> None:
    """Each machine's beep, to 20 ms and 2 %, at its end; none where there is none."""
    sent = 0
    for call, events, _ in [*answers("machine"), *answers("person")]:
        beeps = [event for event in events if isinstance(event, BeepHeard)]
        if call.beep is None:
            assert beeps == [], call.name
            continue
        sent += 1
        start, length, hz = call.beep
        (beep,) = beeps
        assert abs(beep.began / SAMPLE - start) < 160, call.name
        assert abs(beep.duration / SAMPLE - length) < 160, call.name
        assert abs(beep.hz - hz) < 0.02 * hz, call.name
        known = (beep.time - beep.began - beep.duration) / rig.SECOND
        assert known < 0.12 or hz < 520, call.name
    assert sent > CALLS // 2


def test_greetings_end_with_their_beep() -> None:
    ends = 0
    for call, events, result in answers("machine"):
        if call.beep is None or result.kind.value != "machine":
            continue
        (end,) = (event for event in events if isinstance(event, GreetingEnded))
        assert end.reason == "beep", call.name
        assert abs(end.ended / SAMPLE - sum(call.beep[:2])) < 160
        ends += 1
    assert ends > CALLS // 2


@pytest.mark.parametrize(("country", "tone"), COUNTRY_TONES)
def test_tones_of_all_countries(country: str, tone: str) -> None:
    """After rings or none; each at its own level."""
    seed = COUNTRY_TONES.index((country, tone))
    call = signals.progress(country, tone, seed, rings=seed % 3)
    events = rig.run(call)
    result = rig.verdict(events)
    expected = call.kind
    if tone == "congestion" and signals.alike(country, "busy", "congestion"):
        expected = "busy"
    assert (result.kind.value, result.confidence >= 0.9) == (expected, True)
    counts = [event.count for event in events if isinstance(event, RingbackHeard)]
    assert counts == list(range(1, seed % 3 + 1))
    assert result.evidence.rings == seed % 3


@pytest.mark.parametrize("pattern", signals.SITS, ids=lambda p: p.name)
def test_special_information(pattern: signals.SitPattern) -> None:
    for seed in range(4):
        result = rig.verdict(rig.run(signals.sit(pattern, seed)))
        assert (result.kind.value, result.evidence.tone) == ("sit", pattern.name)
        assert result.time - result.began < 1.1 * rig.SECOND


@pytest.mark.parametrize("name", signals.MODEMS)
def test_fax_and_modem(name: str) -> None:
    for seed in range(3):
        call = signals.modem(name, seed)
        result = rig.verdict(rig.run(call))
        assert (result.kind.value, result.evidence.tone) == (call.kind, name)
        assert result.time - result.began <= 1.3 * rig.SECOND


def test_silence_with_clicks() -> None:
    for seed in range(3):
        call = signals.nothing(seed)
        result = rig.verdict(rig.run(call))
        assert result.kind.value == "silence"
        assert after(call, result) == pytest.approx(4.0, abs=0.3)


def test_speech_has_no_beeps() -> None:
    """Prompts in five languages, each heard as the greeting of a machine."""
    seconds = 0.0
    for half in ("train", "test"):
        for speaker in corpus.RECORDED[half]:
            paths = sorted((corpus.SOUNDS / speaker).glob("*.wav"))
            spoken = [
                p.stem for p in paths if not {"beep", "tone", "leave", "join"} & words(p.stem)
            ]
            assert len(spoken) > 200, f"apt-get install asterisk-core-sounds-{speaker[:2]}-wav"
            call = corpus.read_aloud(speaker, spoken[::12])
            seconds += len(call.samples) / corpus.RATE
            events = rig.run(call, {"beep_wait": 300_000, "greeting_silence": 30_000})
            assert not any(isinstance(event, BeepHeard) for event in events), speaker
    assert seconds > 300


def words(stem: str) -> set[str]:
    return set(stem.replace("2", "").split("-"))
