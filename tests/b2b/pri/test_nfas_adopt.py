"""NFAS with D-channel backup: a process is killed and the next one goes on with its calls."""

from __future__ import annotations

import pytest
from nfas_rig import MS, SECOND, Spans, request

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.nfas import NfasTrunk
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.q931_states import ACTIVE

CALLS = 10


def established() -> Spans:
    """Calls both ways, on the channels of three spans."""
    spans = Spans()
    spans.start()
    for n in range(CALLS):
        channel = spans.user.config.channels[7 * n]
        spans.ends[n % 2].place(request(channel=channel), spans.now)
    spans.run(2 * SECOND)
    assert all(len(end.control.calls) == CALLS for end in spans.ends)
    return spans


def kill(spans: Spans, n: int, restarting: bool) -> list[neutral.KeptCall]:
    """The process of one end is gone; what it had written down. Its successor is not started."""
    end = spans.ends[n]
    kept = [end.keep(handle) for handle in sorted(end.control.calls)]
    config = PriConfig(
        end.config.side,
        variant="ni2",
        interfaces=end.config.interfaces,
        backup=True,
        restart_on_start=restarting,
    )
    new = NfasTrunk(config)
    spans._agenda.clear()
    spans.log[n] = []
    spans.ends = (new, spans.ends[1]) if n == 0 else (spans.ends[0], new)
    spans.user, spans.network = spans.ends
    return [call for call in kept if call is not None]


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("down", [0, 40 * SECOND])
@pytest.mark.parametrize("n", [0, 1], ids=["user", "network"])
def test_calls_go_on(n: int, down: int, restarting: bool) -> None:
    spans = established()
    channels = sorted(call.channel for call in spans.ends[n].control.calls.values())
    kept = kill(spans, n, restarting)
    if down:
        spans.cut = {0, 1}
        spans.run(down)
        spans.cut = set()
        kill(spans, n, restarting)
    handles = [spans.ends[n].adopt(call, spans.now) for call in kept]
    spans.ends[n].start(spans.now)
    spans.run(45 * SECOND)
    told = [event for event in spans.log[n] if isinstance(event, neutral.CallKept)]
    assert [event.call for event in told] == handles
    assert sorted(event.channel for event in told) == channels
    assert not spans.released()
    assert spans.user.serving == spans.network.serving != -1
    for end in spans.ends:
        assert sorted(call.channel for call in end.control.calls.values()) == channels
        assert {call.state for call in end.control.calls.values()} == {ACTIVE}
    spans.user.place(request(), spans.now)
    spans.run(SECOND)
    assert all(len(end.control.calls) == CALLS + 1 for end in spans.ends)
    for handle in [*spans.ends[n].control.calls]:
        spans.ends[n].clear(handle, 16, spans.now)
    spans.run(5 * SECOND)
    assert not any(end.control.calls for end in spans.ends)


def test_the_network_goes_on_with_its_d_channel() -> None:
    """It has no reason to say SERVICE. A message of its own shows which D-channel serves: with a
    wait for T321 (30 s) its SETUP would be lost, and the calls after its questions."""
    spans = established()
    kept = kill(spans, 0, False)
    for call in kept:
        spans.user.adopt(call, spans.now)
    spans.user.start(spans.now)
    spans.run(500 * MS)
    assert spans.user.serving == -1
    spans.network.place(request(), spans.now)
    spans.run(SECOND)
    assert spans.user.serving == spans.network.serving == 0
    told = [event for event in spans.log[0] if isinstance(event, neutral.CallKept)]
    assert len(told) == CALLS
    assert not spans.released()
    assert all(len(end.control.calls) == CALLS + 1 for end in spans.ends)
