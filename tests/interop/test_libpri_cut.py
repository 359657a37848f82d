"""The D-channel cut for 5 s in the middle of calls (Q.931 5.8.9): no active call is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkd.hil.peer_pair import PairResult, PeerResult

Pair = Callable[..., PairResult]

CUT_AT, CUT_FOR, HOLD_MS = 2.5, 5.0, 8000
SETTLED = 1_500_000_000
"""ns after which a CONNECT ACKNOWLEDGE that the cable lost has been sent again (T200 is 1 s)."""


def lives(peer: PeerResult) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """The ``connected`` and ``released`` events of each call that was connected."""
    began = {e["call"]: e for e in peer.named("connected")}
    ended = {e["call"]: e for e in peer.named("released")}
    return {call: (event, ended[call]) for call, event in began.items()}


def missed_the_link(caller: PeerResult) -> bool:
    """Whether the caller asked N200 times and re-established the link (Q.921 Figure B-8).

    libpri then says that the link is down. For us it is a reset, as the figure has it: layer 3 is
    told by DL-ESTABLISH INDICATION when it is up again, so only the MDL error I can be seen.
    """
    return any(
        (event["event"] == "link" and not event["up"])
        or (event["event"] == "fault" and event["kind"] == "mdl_i")
        for event in caller.events
    )


@pytest.mark.peer
@pytest.mark.parametrize("loss", [0.0, 0.01], ids=["clean", "lossy"])
@pytest.mark.parametrize("calling", ["net", "cpe"])
@pytest.mark.parametrize(("net", "cpe"), [("libpri", "trunkd"), ("trunkd", "libpri")])
def test_cut(pair: Pair, net: str, cpe: str, calling: str, loss: float) -> None:
    """Calls begin at ten a second before and during the cut, and last longer than it.

    Those that were active when it began are kept: each lives until its caller clears it. Those
    that were being set up may be lost, by 5.8.9, and no side may think otherwise at the end.
    """
    call = f"--mode call --calls 30 --conc 30 --rate 10 --hold {HOLD_MS} --timeout 40"
    answer = "--mode answer --timeout 40"
    result = pair(
        net,
        cpe,
        *((call, answer) if calling == "net" else (answer, call)),
        loss=loss,
        seed=11,
        cut=(CUT_AT, CUT_FOR),
    )
    assert result.frames.cut[0 if calling == "net" else 1] > 5  # of the caller
    for peer in (result.a, result.b):
        assert not peer.summary["timed_out"]
        assert peer.summary["active"] == 0
    caller, called = (result.a, result.b) if calling == "net" else (result.b, result.a)
    assert missed_the_link(caller)
    settled = result.frames.cut_began - SETTLED
    kept = {pair[0]["channel"] for pair in lives(caller).values() if pair[0]["time"] < settled}
    assert len(kept) >= 5
    for peer in (caller, called):
        for channel in kept:
            connected, released = next(
                pair for pair in lives(peer).values() if pair[0]["channel"] == channel
            )
            assert released["cause"] == 16, released
            assert released["time"] - connected["time"] > (HOLD_MS - 100) * 1_000_000
    assert caller.summary["placed"] == 30
