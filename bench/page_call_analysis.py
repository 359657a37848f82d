"""Write docs/call-analysis.md: what call progress analysis tells of a labelled corpus.

.venv/bin/python bench/page_call_analysis.py
"""

from __future__ import annotations

import collections
import pathlib
import sys
import time
from collections.abc import Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "board"))

import call_analysis_corpus as corpus  # noqa: E402
import call_analysis_rig as rig  # noqa: E402
import call_analysis_signals as signals  # noqa: E402
import numpy as np  # noqa: E402
from call_analysis_corpus import Call  # noqa: E402

from trunkd.board.call_analysis import CallAnalysis  # noqa: E402
from trunkd.board.call_analysis_config import PARAMETERS, AnalysisConfig  # noqa: E402
from trunkd.board.call_analysis_events import (  # noqa: E402
    AnalysisEvent,
    AnalysisResult,
    BeepHeard,
    SegmentHeard,
    Verdict,
)
from trunkd.board.call_analysis_model import PAUSING, TALKING, Weights  # noqa: E402
from trunkd.board.call_analysis_sit import PATTERNS  # noqa: E402
from trunkd.board.call_analysis_states import State  # noqa: E402
from trunkd.board.call_analysis_tones import Beep, ToneWatch  # noqa: E402
from trunkd.board.progress_tones import COUNTRIES  # noqa: E402
from trunkd.hil.instruments_analysis import BLOCK, SAMPLE, Detectors  # noqa: E402

CALLS = 200
"""Of each kind in each half."""
FIRST = 10_000
"""Seed of the first: none of the calls that the weights were fitted to, or that tests hear."""
LIMITS = {
    "sure_machine": 0.999,
    "sure_person": 0.999,
    "initial_silence": 2500,
    "max_greeting": 1500,
    "after_greeting": 800,
    "total_analysis": 5000,
    "max_words": 3,
}
"""Fixed limits as they are in common use, without the score."""

HEAD = """# Call progress analysis

Written by `bench/page_call_analysis.py`.

`board/call_analysis.py` tells what became of an outbound call: rings, busy, congestion, special
information (which of them), fax, modem, an answering machine or a person, or silence; each with a
confidence from 0 to 1, with the times it rests on, and after the verdict a machine's beep and the
end of its greeting. It is an engine without I/O: what the detectors of `native/` hear goes in
(voice activity, segments of sound, modem tones), events come out. What it makes of a recording,
`trunkd detect FILE --kind analysis` shows.

## Events

`RingbackHeard` (one a ring, counted), `AnswerInferred` (with `infer_answer`, for lines without
answer supervision), exactly one `AnalysisResult`, `BeepHeard`, `GreetingEnded`. A beep is told
after any verdict: after `person` it says that the verdict was wrong.
"""

VERDICTS = {
    Verdict.RINGING: "`stopped`: stopped while it rang",
    Verdict.NO_ANSWER: "`time`, `rings`",
    Verdict.BUSY: "`cadence`, of the country's tones (E.180)",
    Verdict.CONGESTION: "`cadence`",
    Verdict.UNOBTAINABLE: "`cadence`",
    Verdict.SIT: "`tones`: evidence.tone is a row of the table below; `cadence`: `national`",
    Verdict.FAX: "`ced` (2100 Hz steady for 1.2 s), `cng` (1100 Hz, 0.5 s)",
    Verdict.MODEM: "`ans-reversals`, `ansam` (or a V.34 fax), `bell-answer`, `calling-tone`",
    Verdict.MACHINE: "`score`, `long-greeting`, `words`, `beep`, `total-analysis`, "
    "`after-greeting`, `stopped`",
    Verdict.PERSON: "`score`, `after-greeting`, `total-analysis`, `stopped`",
    Verdict.SILENCE: "`initial-silence`, `total-analysis`, `stopped`",
    Verdict.UNKNOWN: "`stopped`; `tone`: answered by a tone that does not end",
}

Heard = list[tuple[Call, list[AnalysisEvent], AnalysisResult]]


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(columns)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def settings() -> str:
    rows = (
        (f"`{p.name}`", f"{p.default:g}", f"{p.least:g} … {p.most:g}", p.about) for p in PARAMETERS
    )
    return "## Settings\n\nTimes in ms.\n\n" + table(
        ("setting", "default", "range", "meaning"), rows
    )


def states() -> str:
    notes = {
        State.CALLING: "not answered",
        State.WAITING: "answered, no word yet",
        State.TALKING: "the far end speaks, not certain",
        State.PAUSING: "silent after a word, not certain",
        State.GREETING: "a machine; its end and beep are waited for",
        State.WATCHING: "a person or silence; a beep would correct it",
        State.ENDED: "nothing more comes",
    }
    rows = ((f"`{state.value}`", notes[state]) for state in State)
    return "## States\n\n" + table(("state", "meaning"), rows)


def sits() -> str:
    rows = (
        (f"`{p.name}`", f"{p.first_hz:g}/{p.first_ms}", f"{p.second_hz:g}/{p.second_ms}", p.about)
        for p in PATTERNS
    )
    return (
        "## Special information tones\n\nHz/ms of the first two tones; the third is 1776.7 Hz for "
        "380 ms (E.180: 1800 Hz, 330 ms).\n\n" + table(("name", "first", "second", "meaning"), rows)
    )


def weights(w: Weights) -> list[str]:
    return [f"{x:+.3f}" for x in w]


SCORE = """## The score

The logarithm of the odds for a machine is a sum: how much voice there was, in how many words, the
silence before and the longest pause between, and what moves: the present word, or the present
pause. The engine computes when the score will cross `sure_machine` or `sure_person` and asks to be
woken then. The probability is the confidence. The weights are fitted by
`bench/fit_call_analysis.py` to the training half of the corpus, and the defaults of `sure_machine`,
`sure_person` and `min_pause` were chosen there.

"""


def model() -> str:
    columns = ("", "constant", "voice s", "words", "first silence s", "longest pause s", "moving s")
    rows = (("speaking", *weights(TALKING)), ("pausing", *weights(PAUSING)))
    return SCORE + table(columns, rows)


def heard(half: str) -> list[tuple[Call, rig.Told]]:
    calls = []
    for seed in range(FIRST, FIRST + CALLS):
        for make in (corpus.person, corpus.machine):
            call = make(half, seed)
            calls.append((call, rig.inputs(call.samples)))
    return calls


def analysed(calls: list[tuple[Call, rig.Told]], how: dict[str, float] | None = None) -> Heard:
    results = []
    for call, told in calls:
        events = rig.replay(told, call, how)
        results.append((call, events, rig.verdict(events)))
    return results


def seconds(found: Heard, kind: str) -> str:
    times = [
        r.time / rig.SECOND - (call.answered or 0) / corpus.RATE
        for call, _, r in found
        if r.kind.value == kind == call.kind
    ]
    return " / ".join(f"{q:.1f}" for q in np.quantile(times, (0.1, 0.5, 0.9))) if times else "–"


ACCURACY = """## Machine or person

{calls} calls of each kind in each half: synthetic voices (espeak-ng, ten languages) and in about a
third of them real ones (Debian's asterisk-core-sounds), A-law, -10 to -35 dBm0, line noise of -60
to -45 dBm0, ringback of ten countries before the answer. The halves share neither texts nor voices
(real voices say the same prompts in other languages); these calls are neither those of the tests
nor those that the weights were fitted to. Persons say 0.3 to 4 s, some of them a company's name
and a question; machines pause for 0.15 to 0.75 s between sentences; both begin with the same delay.
This is not a sample of people on the telephone: expect other figures there, and set `sure_machine`
and `sure_person` by what an error costs. Times are counted from the answer. The last rows are the
same calls judged by fixed limits as they are in common use (1.5 s of greeting, 0.8 s of pause, 3
words), without the score.

"""


def accuracy(halves: dict[str, Heard]) -> str:
    rows = []
    for name, found in halves.items():
        for kind in ("person", "machine"):
            mine = [r.kind.value for call, _, r in found if call.kind == kind]
            counts = [share(mine.count(k), len(mine)) for k in ("person", "machine")]
            other = len(mine) - mine.count("person") - mine.count("machine")
            rows.append((name, kind, *counts, share(other, len(mine)), seconds(found, kind)))
    columns = ("corpus", "is", "person", "machine", "else", "seconds to the verdict, 10/50/90 %")
    return ACCURACY.format(calls=CALLS) + table(columns, rows)


def trade(calls: list[tuple[Call, rig.Told]]) -> str:
    """Earlier or surer."""
    rows = []
    for sure in (0.8, 0.85, 0.88, 0.92, 0.95):
        found = analysed(calls, {"sure_machine": sure})
        right = [
            share(sum(c.kind == kind == r.kind.value for c, _, r in found), CALLS)
            for kind in ("person", "machine")
        ]
        rows.append((f"{sure:g}", *right, seconds(found, "machine")))
    columns = ("`sure_machine`", "persons right", "machines right", "seconds to `machine`")
    return "Held-out half, by what is asked of a machine:\n\n" + table(columns, rows)


def calibration(found: Heard) -> str:
    bands = ((0.5, 0.9), (0.9, 0.94), (0.94, 0.955), (0.955, 1.0))
    rows = []
    for low, high in bands:
        inside = [
            (c.kind == r.kind.value, r.confidence)
            for c, _, r in found
            if low <= r.confidence < high
        ]
        if inside:
            mean = sum(sure for _, sure in inside) / len(inside)
            right = sum(ok for ok, _ in inside)
            rows.append(
                (f"{low:g} to {high:g}", str(len(inside)), f"{mean:.2f}", share(right, len(inside)))
            )
    return "## Confidence\n\nHeld-out half.\n\n" + table(
        ("confidence", "calls", "mean", "right"), rows
    )


def beeps(found: Heard) -> str:
    sent = right = false = 0
    late = []
    for call, events, _ in found:
        told = [event for event in events if isinstance(event, BeepHeard)]
        if call.beep is None:
            false += len(told)
            continue
        sent += 1
        good = [b for b in told if abs(b.began / SAMPLE - call.beep[0]) < 400]
        right += bool(good)
        false += len(told) - len(good)
        late += [b.time / rig.SECOND - sum(call.beep[:2]) / corpus.RATE for b in good]
    wrong, minutes = talk()
    return BEEPS.format(
        right=right,
        sent=sent,
        false=false,
        median=np.median(late),
        most=max(late),
        minutes=minutes,
        wrong=wrong,
    )


BEEPS = """## Beeps

Held-out half: {right} of {sent} beeps (440 to 2000 Hz, 150 to 1200 ms) told, {false} that were
none; told {median:.2f} s after their end (median; {most:.2f} s at most, where the frequency is also
that of the country's busy tone). In {minutes:.0f} minutes of real speech (asterisk-core-sounds,
five languages) {wrong} false beeps.
"""


def talk() -> tuple[int, float]:
    """False beeps in all prompts of the voices, and minutes."""
    wrong, samples = 0, 0
    for half in ("train", "test"):
        for speaker in corpus.RECORDED[half]:
            paths = sorted((corpus.SOUNDS / speaker).rglob("*.wav"))
            names = [str(p.relative_to(corpus.SOUNDS / speaker))[:-4] for p in paths]
            tonal = ("beep", "tone", "silence", "confbridge-leave", "confbridge-join")
            speech = [n for n in names if not any(word in n for word in tonal)]
            call = corpus.read_aloud(speaker, speech)
            samples += len(call.samples)
            wrong += _beeps_in(call)
    return wrong, samples / corpus.RATE / 60


def _beeps_in(call: Call) -> int:
    watch, detectors = ToneWatch(AnalysisConfig(), call.country), Detectors()
    watch.after_speech, found = True, 0
    data = call.samples.tobytes()
    for at in range(0, len(call.samples), BLOCK):
        now = (at + BLOCK) * SAMPLE
        for event in detectors.run(data[2 * at : 2 * (at + BLOCK)]):
            if isinstance(event, SegmentHeard):
                watch.segment(event, now)
        watch.handle_timeout(now)
        found += sum(isinstance(finding, Beep) for finding in watch.findings())
    return found


def tone_calls() -> Iterable[tuple[str, Call, str]]:
    """Name of the row, call, and the evidence's tone where it is to be right, too."""
    for seed in range(5):
        for country, row in COUNTRIES.items():
            for tone in signals.VERDICTS:
                same = tone == "congestion" and signals.alike(country, "busy", "congestion")
                if tone in row.tones and not same:
                    yield tone, signals.progress(country, tone, seed, seed % 3), ""
        for pattern in PATTERNS:
            yield f"SIT {pattern.name}", signals.sit(pattern, seed), pattern.name
        for name in signals.MODEMS:
            yield name, signals.modem(name, seed), name
        yield "silence", signals.nothing(seed), ""


def tone_table() -> str:
    count: collections.Counter[str] = collections.Counter()
    right: collections.Counter[str] = collections.Counter()
    times: dict[str, list[float]] = collections.defaultdict(list)
    wrong = []
    for name, call, tone in tone_calls():
        result = rig.verdict(rig.run(call))
        count[name] += 1
        if result.kind.value == call.kind and tone in ("", result.evidence.tone):
            right[name] += 1
            times[name].append((result.time - result.began) / rig.SECOND)
        else:
            wrong.append(f"{call.name[:-2]} as {result.kind.value}")
    rows = (
        (
            name,
            str(count[name]),
            share(right[name], count[name]),
            f"{max(times[name], default=0):.1f}",
        )
        for name in count
    )
    said = ", ".join(sorted(set(wrong))) or "none"
    return TONES.format(wrong=said) + table(("tone", "calls", "right", "s"), rows)


TONES = """## Tones

Of all countries where they have them, -30 to -10 dBm0, after none to two rings; seconds from the
tone's beginning to the verdict, at most. Countries whose congestion is their busy tone are left
out. Silence is counted from the answer; a call that rings on after it is given a whole ring more.
Wrong: {wrong}.

"""


def cost(calls: list[tuple[Call, rig.Told]]) -> str:
    """CPU of the engine alone."""
    best = float("inf")
    samples = sum(int(told[-1][0]) for _, told in calls) / rig.SECOND
    events = sum(len(heard) for _, told in calls for _, heard in told)
    for _ in range(3):
        begun = time.process_time()
        for call, told in calls:
            analysis = CallAnalysis(AnalysisConfig(), call.country, 0)
            for now, inputs in told:
                for event in inputs:
                    analysis.receive(event, now)
            analysis.stop(told[-1][0])
        best = min(best, time.process_time() - begun)
    return (
        "## Cost\n\nThe engine without its detectors, uncompiled Python: "
        f"{1e6 * best / events:.0f} µs of CPU for each event of a\ndetector, {samples / best:,.0f} "
        "channel-seconds a CPU second.\n"
    )


def text() -> str:
    train, test = heard("train"), heard("test")
    held = analysed(test)
    halves = {
        "training": analysed(train),
        "held out": held,
        "held out, limits": analysed(test, LIMITS),
    }
    verdicts = table(
        ("verdict", "reasons"), ((f"`{kind.value}`", VERDICTS[kind]) for kind in Verdict)
    )
    parts = [HEAD, "## Verdicts\n\n" + verdicts, sits(), states(), settings(), model()]
    parts += [
        accuracy(halves),
        trade(test),
        calibration(held),
        beeps(held),
        tone_table(),
        cost(test),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    page = ROOT / "docs" / "call-analysis.md"
    page.write_text(text())
    print(page)
