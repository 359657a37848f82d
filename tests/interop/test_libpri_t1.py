"""libpri as a North American exchange or user: NI-2, 5ESS, 4ESS and DMS-100, on a T1.

Over a socket pair, and as HDLC bits through timeslot 24 of two simulated T1 spans.
"""

from __future__ import annotations

import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from libpri_rig import Beside, Heard, ends, last_numbers, with_libpri

from trunkd.hil.peer_pair import PairResult, run_pair
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.trunk import PriTrunk
from trunkd.signaling.script import CallScript, Script

CALLED = "2125550123"
CALLING = "9735550199"
CALLS = 100
VARIANTS = ("ni2", "5ess", "4ess", "dms100")


@pytest.fixture
def t1_pair(
    libpri_peer: str, tmp_path: pathlib.Path, captures: list[pathlib.Path]
) -> Callable[..., PairResult]:
    """libpri and trunkd on a socket pair: ``t1_pair(variant, libpri's side, its args, ours)``; what
    passed is shown to tshark at the end. End A is libpri."""

    def run(variant: str, side: str, theirs: str, ours: str) -> PairResult:
        capture = tmp_path / f"{len(captures)}.pcapng"
        captures.append(capture)
        libpri = [libpri_peer, "--switch", variant, "--chans", "23", "--side", side]
        trunkd = [sys.executable, "-m", "trunkd.hil.peer_pri", "--variant", variant]
        trunkd += ["--side", "cpe" if side == "net" else "net"]
        return run_pair(
            lambda fd: [*libpri, "--fd", str(fd), *theirs.split()],
            lambda fd: [*trunkd, "--fd", str(fd), *ours.split()],
            capture=capture,
            timeout=180.0,
        )

    return run


@pytest.mark.peer
@pytest.mark.parametrize("caller", ["libpri", "trunkd"])
@pytest.mark.parametrize("side", ["net", "cpe"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_hundred_calls(
    t1_pair: Callable[..., PairResult], variant: str, side: str, caller: str
) -> None:
    call = f"--mode call --called {CALLED} --calling {CALLING} --calls {CALLS} --conc 23 --hold 20"
    answer = f"--mode answer --calls {CALLS}"
    theirs, ours = (call, answer) if caller == "libpri" else (answer, call)
    result = t1_pair(variant, side, theirs, ours)
    for peer in (result.a, result.b):
        assert peer.code == 0, peer.events[-3:]
        assert peer.summary["connected"] == peer.summary["released"] == CALLS
        assert peer.summary["failed"] == peer.summary["active"] == peer.summary["errors"] == 0
        assert {e["cause"] for e in peer.named("released")} == {16}
    answering = result.b if caller == "libpri" else result.a
    offered = answering.named("offered")
    assert [(e["called"], e["calling"]) for e in offered] == [(CALLED, CALLING)] * CALLS
    assert {e["channel"] for e in offered} == set(range(1, 24))


@pytest.mark.peer
@pytest.mark.parametrize("variant", ["ni2", "dms100"])
def test_restart_of_every_channel(t1_pair: Callable[..., PairResult], variant: str) -> None:
    for theirs, ours in (
        ("--mode call --calls 5 --restart", "--mode answer --calls 5"),
        ("--mode answer --calls 5", "--mode call --calls 5 --restart"),
    ):
        result = t1_pair(variant, "net", theirs, ours)
        assert result.a.code == result.b.code == 0, (result.a.events[-3:], result.b.events[-3:])
        assert result.a.summary["connected"] == 5


@pytest.mark.peer
@pytest.mark.parametrize(("variant", "cause"), [("ni2", 17), ("5ess", 21)])
def test_refused_calls(t1_pair: Callable[..., PairResult], variant: str, cause: int) -> None:
    for theirs, ours in (
        ("--mode call --calls 10 --expect-reject", f"--mode answer --calls 10 --reject {cause}"),
        (f"--mode answer --calls 10 --reject {cause}", "--mode call --calls 10 --expect-reject"),
    ):
        result = t1_pair(variant, "net", theirs, ours)
        assert result.a.code == result.b.code == 0, (result.a.events[-3:], result.b.events[-3:])
        assert {e["cause"] for e in result.b.named("released")} == {cause}


@pytest.mark.peer
@pytest.mark.parametrize(
    ("variant", "side", "we"),
    [
        ("ni2", "cpe", "call"),
        ("ni2", "cpe", "answer"),
        ("ni2", "net", "call"),
        ("ni2", "net", "answer"),
        ("5ess", "cpe", "call"),
        ("5ess", "net", "answer"),
        ("dms100", "cpe", "answer"),
        ("dms100", "net", "call"),
    ],
)
def test_calls_over_a_t1(
    e1: Callable[..., Any], libpri_peer: str, variant: str, side: str, we: str
) -> None:
    """The D-channel is timeslot 24 of a simulated T1, ESF and B8ZS: 100 calls, 23 at once."""
    trunk = e1(side, variant=variant)
    heard = Heard()
    script = Script(answer=we == "answer", calls=CALLS, conc=23, called=CALLED, calling=CALLING)
    calls = CallScript(script, trunk.trunk, heard)
    far_side, far = ("net" if side == "cpe" else "cpe"), ("answer" if we == "call" else "call")
    options = f"--side {far_side} --mode {far} --calls {CALLS} --conc 23 --called {CALLED} "
    options += f"--calling {CALLING} --switch {variant} --chans 23"
    code, theirs = with_libpri(libpri_peer, trunk, calls, options)
    assert code == 0, theirs[-1]
    assert calls.good(), calls.totals()
    assert ends(heard.events) == ends(theirs) == {(16, True)}
    answering = heard.events if we == "answer" else theirs
    assert last_numbers(answering) == [(CALLED, CALLING)] * CALLS
    counters = trunk.slot.counters()
    assert counters.fcs == counters.aborts == counters.octet == counters.short == 0


@pytest.fixture
def beside(libpri_peer: str) -> Any:
    """Makes a Beside: ``beside(variant, our side, options of libpri)``."""
    made: list[Beside] = []

    def make(variant: str, side: str, options: str) -> Beside:
        trunk = PriTrunk(PriConfig(side, variant=variant))
        far = "cpe" if side == "network" else "net"
        common = f"--side {far} --switch {variant} --chans 23"
        made.append(Beside(libpri_peer, trunk, f"{common} {options}"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def kinds(rig: Beside, kind: type) -> list[Any]:
    return [event for event in rig.events if isinstance(event, kind)]


@pytest.mark.peer
@pytest.mark.parametrize("variant", ["5ess", "4ess", "dms100"])
def test_libpri_acknowledges_our_service_messages(beside: Any, variant: str) -> None:
    """With National ISDN libpri 1.6 sends SERVICE as type 7, yet answers type 15 only: not here."""
    rig = beside(variant, "network", "--mode answer")
    rig.run(lambda: bool(kinds(rig, neutral.LinkChanged)))
    rig.trunk.block((7, 8), time.monotonic_ns())
    rig.run(lambda: len(kinds(rig, neutral.BlockingDone)) == 1)
    rig.trunk.unblock((7, 8), time.monotonic_ns())
    rig.run(lambda: len(kinds(rig, neutral.BlockingDone)) == 2)
    done = [(e.channels, e.what, e.ok) for e in kinds(rig, neutral.BlockingDone)]
    assert done == [((7, 8), "block", True), ((7, 8), "unblock", True)]
    assert not kinds(rig, neutral.ProtocolFault)


@pytest.mark.peer
@pytest.mark.parametrize("variant", VARIANTS)
def test_we_obey_libpris_service_messages(beside: Any, variant: str) -> None:
    """libpri 1.6 does not take an acknowledgement of its SERVICE for one, so this is all."""
    rig = beside(variant, "network", "--mode answer --service 5")
    rig.run(lambda: bool(kinds(rig, neutral.ChannelChanged)))
    (change,) = kinds(rig, neutral.ChannelChanged)
    assert (change.channel, change.state) == (5, neutral.CHANNEL_BLOCKED_THERE)


@pytest.mark.peer
@pytest.mark.parametrize("side", ["user", "network"])
def test_the_callers_name_of_national_isdn(beside: Any, side: str) -> None:
    """libpri's NI-2 tells it in a Facility element, as SR-4994 does."""
    rig = beside("ni2", side, "--mode call --name TRUNKD --calls 1")
    rig.run(lambda: bool(kinds(rig, neutral.CallOffered)))
    request = kinds(rig, neutral.CallOffered)[0].request
    assert request.called.digits == "5551000"
    assert request.display == "TRUNKD"
