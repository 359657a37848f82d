"""libpri at the far end of a simulated E1: LAPD passes as HDLC bits through timeslot 16."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any

import pytest

from trunkd.signaling.script import CallScript, Script

CALLED = "0755266780123"
CALLING = "13802270001"
CALLS = 200


class Heard:
    """A Reporter that keeps what the script says."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []

    def say(self, event: str, now: int, fields: dict[str, object]) -> None:
        self.events.append({"event": event, "time": now, **fields})


def with_libpri(
    program: str, trunk: Any, calls: CallScript, options: str
) -> tuple[int, list[dict[str, Any]]]:
    """Run libpri at the port and our script to their ends; libpri's exit code and events."""
    # A file, not a pipe: a pipe that nobody reads meanwhile would stop libpri when it is full.
    trunk.align()
    with tempfile.TemporaryFile("w+") as out:
        libpri = subprocess.Popen(
            [program, "--connect", str(trunk.port), *options.split()], stdout=out
        )
        try:
            trunk.run(calls, lambda: calls.finished() and libpri.poll() is not None)
        finally:
            libpri.kill()
            libpri.wait()
        out.seek(0)
        return libpri.returncode, [json.loads(line) for line in out]


def ends(events: list[dict[str, Any]]) -> set[tuple[int, bool]]:
    """(cause, connected) of all calls."""
    return {(e["cause"], e["connected"]) for e in events if e["event"] == "released"}


def last_numbers(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(called, calling) of each call when its number was complete."""
    found = {
        e["call"]: (e["called"], e["calling"])
        for e in events
        if e["event"] in ("offered", "digits")
    }
    return list(found.values())


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
