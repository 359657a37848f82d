"""Causes provoked on one side are seen alike on the other; RESTART both ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkd.hil.peer_pair import PairResult, PeerResult

Pair = Callable[..., PairResult]

SIDES = [("libpri", "trunkd"), ("trunkd", "libpri")]
CAUSES = (16, 17, 21, 27, 34, 44, 102)
CALLS = 10


def ends(peer: PeerResult) -> list[tuple[int, bool]]:
    """(cause, connected) of each call at its end."""
    return [(e["cause"], e["connected"]) for e in peer.named("released")]


@pytest.mark.peer
@pytest.mark.parametrize("loss", [0.0, 0.01], ids=["clean", "lossy"])
@pytest.mark.parametrize("how", ["refused", "refused-overlap", "cleared", "dropped"])
@pytest.mark.parametrize("caller", ["net", "cpe"])
@pytest.mark.parametrize(("net", "cpe"), SIDES)
def test_causes(pair: Pair, net: str, cpe: str, caller: str, how: str, loss: float) -> None:
    """``refused``: answering side before any answer; ``cleared``: by the caller after answer;
    ``dropped``: by the answering side after answer."""
    for cause in CAUSES:
        call = f"--mode call --calls {CALLS} --conc 5"
        answer = "--mode answer"
        if how == "refused":
            call, answer = f"{call} --expect-reject", f"{answer} --reject {cause}"
        elif how == "refused-overlap":
            call = f"{call} --expect-reject --overlap 3"
            answer = f"{answer} --reject {cause} --min-digits 7"
        elif how == "cleared":
            call = f"{call} --cause {cause}"
        else:
            call, answer = f"{call} --hold 60000", f"{answer} --drop-ms 0 --cause {cause}"
        args = (call, answer) if caller == "net" else (answer, call)
        result = pair(net, cpe, *args, loss=loss, seed=cause)
        connected = how in ("cleared", "dropped")
        for peer in (result.a, result.b):
            assert peer.code == 0, (cause, peer.events[-4:], peer.stderr)
            assert ends(peer) == [(cause, connected)] * CALLS


EVERYONE = {*range(1, 16), *range(17, 32)}
WHOLE_INTERFACE = -1
"""What libpri names as the channel of a RESTART with indicator "single interface" or "all"."""


def restarted(peer: PeerResult, local: bool) -> set[int]:
    """Channels that ``peer`` saw restarted, by itself or by the far end."""
    events = [e for e in peer.named("restart") if e["local"] is local]
    assert all(e["ok"] for e in events)
    found = {channel for e in events for channel in e["channels"]}
    return EVERYONE if found == {WHOLE_INTERFACE} else found


@pytest.mark.peer
@pytest.mark.parametrize("loss", [0.0, 0.01], ids=["clean", "lossy"])
@pytest.mark.parametrize(("net", "cpe"), SIDES)
@pytest.mark.parametrize("who", ["net", "cpe"])
def test_restart(pair: Pair, net: str, cpe: str, who: str, loss: float) -> None:
    """All channels restarted by the calling side, then calls over all of them."""
    call = "--mode call --calls 60 --conc 30 --hold 200 --restart"
    answer = "--mode answer --calls 60"
    args = (call, answer) if who == "net" else (answer, call)
    result = pair(net, cpe, *args, loss=loss, seed=7)
    calling, answering = (result.a, result.b) if who == "net" else (result.b, result.a)
    for peer in (calling, answering):
        assert peer.code == 0, (peer.events[-4:], peer.stderr)
        assert {e["channel"] for e in peer.named("connected")} == EVERYONE
    assert restarted(calling, True) == restarted(answering, False) == EVERYONE
    assert restarted(calling, False) == restarted(answering, True) == set()


@pytest.mark.peer
@pytest.mark.parametrize(("net", "cpe"), SIDES)
def test_restart_while_calls_come(pair: Pair, net: str, cpe: str) -> None:
    """The answering side restarts what the caller is about to use: those calls get cause 44 (5.5.1:
    no call until RESTART ACKNOWLEDGE) or are cleared by the RESTART, and the rest go through."""
    result = pair(
        net,
        cpe,
        "--mode call --calls 120 --conc 30 --hold 100 --rate 150",
        "--mode answer --restart --timeout 90",
    )
    assert result.a.summary["placed"] == result.a.summary["released"] == 120
    assert restarted(result.b, True) == restarted(result.a, False) == EVERYONE
    ends_seen = {e["cause"] for e in result.a.named("released")}
    assert ends_seen <= {6, 16, 31, 41, 44, 81}
    for peer in (result.a, result.b):
        assert peer.summary["active"] == 0
        assert peer.summary["connected"] >= 60
