"""One signal lost on the way between us and openr2, at each step of a call: both come back to idle.

An MF signal that is lost is silence for as long as it is sent. A change of bits that is lost is not
seen for 40 s; then the far end sees the line as it is, for bits are always there. Both ends must be
idle again within the times of the Recommendation, which the next call on the line shows: it goes
through. openr2's own timers: 8 s for a seizing-acknowledgement, 5 s and 10 s between MF signals.
"""

from __future__ import annotations

from typing import Any

import pytest
from openr2_rig import ANI, DNIS, Fault, Joined, Told, incoming, outgoing, through_relay

T1, T2, T3 = 18, 28, 18
"""s: the longest that Q.476 allows a forward signal, the silence between them (24 s and more), and
a backward one (T3 with its tolerance)."""
LINE = 5
"""s: clearing, release-guard and the next seizing."""
HIDDEN = 40
"""s of a change of bits that is not seen: more than any register waits."""

CALLER = "--mode call --calls 2"
CALLEE = "--mode answer --calls 0 --max-dnis 7 --max-ani 10"


def run(
    program: str, variant: str, we_call: bool, fault: Fault | None = None, rest: int = 0
) -> Joined:
    """Two calls, at least ``rest`` s from one to the next."""
    config: dict[str, Any] = {"variant": variant}
    if we_call:
        script = outgoing(2, rate=1 / rest if rest else 0)
        return through_relay(program, config, script, CALLEE, fault)
    config |= {"dnis_max": len(DNIS), "ani_max": len(ANI)}
    return through_relay(program, config, incoming(0), f"{CALLER} --rest-ms {rest}000", fault)


def steps(program: str, variant: str, we_call: bool, to_b: bool, bursts: bool) -> int:
    """How many signals one of two good calls has in this direction."""
    ours, theirs, relay = run(program, variant, we_call)
    caller = ours if we_call else theirs
    assert caller.summary["connected"] == 2, caller.events
    way = relay.to_b if to_b else relay.to_a
    return (way.bursts if bursts else way.changes) // 2


def recovered(joined: Joined, we_call: bool, limit: float, what: str) -> None:
    """The fault came about, the second call went through, and both were idle within ``limit`` s."""
    ours, theirs, relay = joined
    caller: Told = ours if we_call else theirs
    assert relay.to_b.lost + relay.to_a.lost, f"{what}: nothing was lost"
    released = caller.named("released")
    assert len(released) == 2 and released[1]["connected"], (what, caller.events, relay.to_a.log)
    placed = [e["time"] / 1e9 for e in caller.named("placed")]
    assert placed[1] - placed[0] <= limit, (what, caller.events)
    for told in (ours, theirs):
        assert told.summary["active"] == 0, (what, told.events)
    for way in (relay.to_a, relay.to_b):
        assert way.bits >> 2 == 2 and not way.sounding, (what, way.log)


@pytest.mark.parametrize("to_b", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("variant", ["itu", "mx", "br"])
def test_each_mf_signal_lost_when_we_call(openr2_peer: str, variant: str, to_b: bool) -> None:
    for step in range(steps(openr2_peer, variant, True, to_b, True)):
        joined = run(openr2_peer, variant, True, Fault(to_b, burst=step))
        recovered(joined, True, max(T1, T2, T3) + LINE, f"signal {step}")


@pytest.mark.parametrize("to_b", [True, False], ids=["backward", "forward"])
@pytest.mark.parametrize("variant", ["itu", "mx", "br"])
def test_each_mf_signal_lost_when_openr2_calls(openr2_peer: str, variant: str, to_b: bool) -> None:
    for step in range(steps(openr2_peer, variant, False, to_b, True)):
        joined = run(openr2_peer, variant, False, Fault(to_b, burst=step))
        recovered(joined, False, max(T1, T2, T3) + LINE, f"signal {step}")


@pytest.mark.parametrize("we_call", [True, False], ids=["we call", "openr2 calls"])
@pytest.mark.parametrize("to_b", [True, False], ids=["from us", "from openr2"])
@pytest.mark.parametrize("variant", ["itu", "br"])
def test_each_change_of_bits_lost(
    openr2_peer: str, variant: str, to_b: bool, we_call: bool
) -> None:
    for step in range(steps(openr2_peer, variant, we_call, to_b, False)):
        fault = Fault(to_b, change=step, ms=HIDDEN * 1000)
        joined = run(openr2_peer, variant, we_call, fault, HIDDEN + LINE)
        recovered(joined, we_call, HIDDEN + LINE + 1, f"change {step}")
