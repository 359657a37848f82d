"""R2 on bad lines: a signal lost at each step, bits late at each step, errors of all kinds."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from r2_line import MS, Noise, R2Line
from r2_traffic import Traffic

from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_names as n
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.cas.r2_variants import VARIANTS

SECOND = 1000
LONGEST = 24 * SECOND + 15 * SECOND
"""T2 at one end and T3 at the other, one after the other, are the longest that any loss can take
(Q.476); an answer that is lost is waited for by TANSWER."""


class Answering(R2Line):
    """The end b takes every call and answers it; a clears it a second after the answer."""

    def told(self, end: Any, events: list[ev.SignallingEvent]) -> None:
        for event in events:
            if isinstance(event, ev.CallOffered):
                end.trunk.answer(event.call, self.now)
                end.take()
            elif isinstance(event, ev.CallConnected) and end is self.a:
                end.trunk.clear(event.call, 16, self.now)
                end.take()


def idle(line: R2Line) -> bool:
    ends = (line.a, line.b)
    return all(c.state == s.IDLE for end in ends for c in end.trunk.channels.values()) and not any(
        end.trunk.calls for end in ends
    )


def one_call(variant: str, ani: str, length: int, drop: int = 0, late: int = 0) -> R2Line:
    config = R2Config(
        (1,), variant, ani=ani, dnis_max=length, attempts=0, timers={"TANSWER": 30 * SECOND * MS}
    )
    line = Answering(config, config, 20)
    line.drop = drop
    line.changes = 0
    line.late = late
    line.a.trunk.place(ev.CallRequest(ev.PartyNumber("12"), ev.PartyNumber("9")), line.now)
    return line


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("ani", "length"), [("before", 2), ("after", 2), ("after", 0)])
def test_a_signal_lost_at_each_step(variant: str, ani: str, length: int) -> None:
    whole = one_call(variant, ani, length)
    assert whole.run(30 * SECOND, lambda: bool(whole.a.of(ev.CallReleased)))
    assert len(whole.a.of(ev.CallConnected)) == 1
    assert whole.signals >= 12
    for drop in range(1, whole.signals + 1):
        line = one_call(variant, ani, length, drop)
        line.run(whole.now / MS)
        assert line.run(LONGEST, partial(idle, line)), f"signal {drop} of {whole.signals}"
        assert len(line.a.of(ev.CallReleased)) == 1
        assert len(line.b.of(ev.CallReleased)) == len(line.b.of(ev.CallOffered))
        assert line.a.of(ev.CallReleased)[0].cause in (16, 42, 102)
        line.run(200)
        assert line.a.trunk.next_timeout() is None
        assert line.b.trunk.next_timeout() is None


@pytest.mark.parametrize("variant", ["itu", "cn"])
def test_bits_late_at_each_step(variant: str) -> None:
    """A change of bits that comes 5 s late: seizing, its acknowledgement, answer, clear-forward,
    idle. The call may fail; nothing stays."""
    whole = one_call(variant, "after", 2)
    assert whole.run(30 * SECOND, lambda: idle(whole) and bool(whole.a.of(ev.CallReleased)))
    assert whole.changes == 5
    for late in range(1, whole.changes + 1):
        line = one_call(variant, "after", 2, late=late)
        line.run(whole.now / MS)
        assert line.run(60 * SECOND, partial(idle, line)), f"change {late}"
        assert len(line.a.of(ev.CallReleased)) == 1


@pytest.mark.parametrize("what", ["seize", "register", "alerting", "answered", "cleared"])
@pytest.mark.parametrize("both", [True, False])
def test_transmission_lost_at_each_step(what: str, both: bool) -> None:
    """Q.424: the calls end, and the line works when it is back."""
    config = R2Config((1,), "itu", dnis_max=2, ani="none")
    line = R2Line(config, config, 20)
    call = line.a.trunk.place(ev.CallRequest(ev.PartyNumber("12")), line.now)
    if what != "seize":
        line.run(700)
    if what in ("alerting", "answered", "cleared"):
        assert line.run(10 * SECOND, lambda: bool(line.b.of(ev.CallOffered)))
        theirs = line.b.of(ev.CallOffered)[0].call
        line.b.trunk.alert(theirs, False, line.now)
        line.run(2 * SECOND)
        if what != "alerting":
            line.b.trunk.answer(theirs, line.now)
            line.run(2 * SECOND)
        if what == "cleared":
            line.a.trunk.clear(call, 16, line.now)
    ends = (line.a, line.b) if both else (line.a,)
    for end in ends:
        end.trunk.line_down((1,), line.now)
    line.run(10 * SECOND)
    for end in ends:
        end.trunk.line_up((1,), line.now)
    assert line.run(30 * SECOND, lambda: idle(line))
    assert len(line.a.of(ev.CallReleased)) == 1
    line.a.events.clear()
    line.b.events.clear()
    line.a.trunk.place(ev.CallRequest(ev.PartyNumber("12")), line.now)
    assert line.run(10 * SECOND, lambda: bool(line.b.of(ev.CallOffered)))


def traffic(
    variant: str, calls: int, seed: int, noise: Noise, delay_ms: float = 100, **more: Any
) -> Traffic:
    """Run it, then let the line be good for ten minutes."""
    times = {"TANSWER": 20 * SECOND * MS, "T2CB": 5 * SECOND * MS, "TDIG": 1500 * MS}
    a, b = (
        R2Config(tuple(range(1, 31)), variant, timers=times, hunting=hunting, **more)
        for hunting in ("ascending", "descending")
    )
    load = Traffic(a, b, calls, delay_ms, seed, noise)
    for _ in range(10):
        load.placing()
    assert load.run(36_000 * SECOND, lambda: load.placed == calls)
    load.run(20 * SECOND)
    load.noise = Noise()
    load.run(600 * SECOND)
    return load


BAD = Noise(glitch=0.05, stuck=0.02, lost=0.01, doubled=0.01, garbled=0.01, interrupted=0.01)


def test_5000_calls_under_random_errors() -> None:
    """The acceptance: 200 ms round trip, receivers at the limits of Q.455, none stuck."""
    load = traffic("itu", 5000, 5, BAD)
    assert load.stuck() == []
    assert load.released >= 5000
    assert load.connected > 1000
    assert load.longest_call < 200 * SECOND * MS
    counts = load.a.trunk.counters()
    assert counts["calls"] == 0
    for fault in ("glitches", "no_backward_signal", "no_forward_signal", "faulty_code"):
        assert counts[fault] > 0


@pytest.mark.parametrize("variant", ["cn", "mx", "br", "ar"])
@pytest.mark.parametrize("delay_ms", [1, 250])
def test_calls_under_random_errors(variant: str, delay_ms: int) -> None:
    load = traffic(variant, 300, len(variant) + delay_ms, BAD, delay_ms)
    assert load.stuck() == []
    assert load.released >= 300


@pytest.mark.parametrize(
    "more",
    [
        {"mode": "semi"},
        {"mode": "pulsed"},
        {"register": "dtmf"},
        {"register": "decadic"},
        {"forced_release": True},
        {"collect": "double_answer", "metering": "pulses", "overrides": {"timer.TMETER": 300}},
        {"overlap": True, "ani": "during", "ani_after": 2},
        {"accept_in_a": True, "dnis_max": 2},
    ],
    ids=lambda more: next(iter(more)) + " " + str(next(iter(more.values()))),
)
def test_other_ways_under_random_errors(more: dict[str, Any]) -> None:
    load = traffic("itu", 200, 3, BAD, **more)
    assert load.stuck() == []
    assert load.connected > 20


def test_a_very_bad_line() -> None:
    load = traffic("itu", 300, 9, Noise(0.3, 0.2, 0.1, 0.1, 0.1, 0.1))
    assert load.stuck() == []


def test_a_good_line_has_no_faults() -> None:
    load = traffic("cn", 500, 7, Noise())
    assert load.stuck() == []
    for end in (load.a, load.b):
        known = {"placed", "seizures", "offered", "undecided", "glare", "calls"}
        assert set(end.trunk.counters()) <= known


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_scripts_on_a_good_line(data: st.DataObject) -> None:
    """Any variant, any numbers, any fate: the called number, the caller's, category and cause."""
    variant = data.draw(st.sampled_from(sorted(VARIANTS)))
    digits = st.text("0123456789", min_size=1, max_size=12)
    called = data.draw(digits)
    calling = data.draw(st.none() | digits)
    ani = data.draw(st.sampled_from(["none", "before", "during", "after"]))
    rows = VARIANTS[variant]
    values = rows.purpose if ani == "none" else rows.category
    category = data.draw(st.sampled_from(sorted(set(values.values()))))
    outcomes = sorted(set(rows.b.values()) - n.FREE)
    cause = data.draw(st.none() | st.sampled_from([n.CAUSE_OF[m] for m in outcomes]))
    config = R2Config(
        (1,),
        variant,
        ani=ani,
        ani_after=data.draw(st.integers(1, 5)),
        dnis_max=data.draw(st.sampled_from([0, len(called)])),
        mode=data.draw(st.sampled_from(["compelled", "semi", "pulsed"])),
    )
    line = R2Line(config, config, data.draw(st.integers(0, 250)), data.draw(st.integers(0, 99)))
    caller = None if calling is None else ev.PartyNumber(calling)
    request = ev.CallRequest(ev.PartyNumber(called), caller, category=category)
    ours = line.a.trunk.place(request, line.now)
    assert line.run(120 * SECOND, lambda: bool(line.b.of(ev.CallOffered)))
    offer = line.b.of(ev.CallOffered)[0]
    assert offer.request.called.digits == called
    assert offer.request.category == category
    if ani != "none":
        withheld = ev.PartyNumber("", presentation=1)
        assert offer.request.calling == (caller if caller is not None else withheld)
    if cause is None:
        line.b.trunk.answer(offer.call, line.now)
        assert line.run(10 * SECOND, lambda: bool(line.a.of(ev.CallConnected)))
        line.a.trunk.clear(ours, 16, line.now)
    else:
        line.b.trunk.clear(offer.call, cause, line.now)
    line.run(10 * SECOND)
    assert idle(line)
    assert [e.cause for e in line.a.of(ev.CallReleased)] == [cause or 16]
    assert line.a.of(ev.ProtocolFault) == line.b.of(ev.ProtocolFault) == []
