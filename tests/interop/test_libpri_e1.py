"""libpri at the far end of a simulated E1: LAPD passes as HDLC bits through timeslot 16."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from libpri_rig import Heard, ends, last_numbers, with_libpri

from trunkd.signaling.script import CallScript, Script

CALLED = "0755266780123"
CALLING = "13802270001"
CALLS = 200


@pytest.mark.peer
@pytest.mark.parametrize("dialling", ["en-bloc", "overlap"])
@pytest.mark.parametrize("we", ["call", "answer"])
@pytest.mark.parametrize("side", ["cpe", "net"])
def test_calls_over_an_e1(
    e1: Callable[..., Any], libpri_peer: str, side: str, we: str, dialling: str
) -> None:
    """200 calls, 30 at once; ``side`` and ``we``: which side we are and what we do."""
    overlap = 4 if dialling == "overlap" else 0
    digits = len(CALLED) if overlap else 0
    trunk = e1(side)
    heard = Heard()
    script = Script(
        answer=we == "answer",
        calls=CALLS,
        conc=30,
        called=CALLED,
        calling=CALLING,
        overlap=overlap,
        min_digits=digits,
    )
    calls = CallScript(script, trunk.trunk, heard)
    far_side, far = ("net" if side == "cpe" else "cpe"), ("answer" if we == "call" else "call")
    options = f"--side {far_side} --mode {far} --calls {CALLS} --conc 30 --called {CALLED} "
    options += f"--calling {CALLING} --overlap {overlap} --min-digits {digits}"
    code, theirs = with_libpri(libpri_peer, trunk, calls, options)
    assert code == 0, theirs[-1]
    assert calls.good(), calls.totals()
    assert ends(heard.events) == ends(theirs) == {(16, True)}
    answering = heard.events if we == "answer" else theirs
    assert last_numbers(answering) == [(CALLED, CALLING)] * CALLS
    counters = trunk.slot.counters()
    assert counters.fcs == counters.aborts == counters.octet == counters.short == 0
    assert counters.rx_frames > CALLS * 4


@pytest.mark.peer
@pytest.mark.parametrize("side", ["cpe", "net"])
def test_calls_over_a_bad_line(e1: Callable[..., Any], libpri_peer: str, side: str) -> None:
    """A bit error rate of 8e-5 spoils about one frame in a hundred; all calls go through."""
    trunk = e1(side)
    calls = CallScript(Script(answer=True, calls=CALLS), trunk.trunk)
    trunk.board.cable(1).impair(ber=8e-5)
    options = f"--mode call --calls {CALLS} --conc 30 --side {'net' if side == 'cpe' else 'cpe'}"
    code, theirs = with_libpri(libpri_peer, trunk, calls, options)
    assert code == 0, theirs[-1]
    assert calls.good(), calls.totals()
    counters = trunk.slot.counters()
    assert counters.fcs + counters.aborts + counters.octet + counters.short + counters.long > 3
