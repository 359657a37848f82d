"""Our process is killed with calls to libss7; the next one goes on with them (Q.764 2.8.3, 2.9)."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import pytest
from killed_rig import Killed, Speaker

Make = Callable[[], Killed]
CALLS = 4


@pytest.fixture
def killed(
    libss7_peer: str, tmp_path: pathlib.Path, ss7_captures: list[pathlib.Path]
) -> Iterator[Make]:
    made: list[Killed] = []

    def make() -> Killed:
        ss7_captures.append(tmp_path / f"{len(ss7_captures)}.pcapng")
        words = [libss7_peer, "--opc", "2057", "--dpc", "2058", "--commands"]
        words += ["--mode", "both", "--cics", "1-31", "--hold", "-1", "--drop-ms", "-1"]
        words += ["--timeout", "300"]
        made.append(Killed(tmp_path, ss7_captures[-1], "ss7", "2058:2057", words))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


def up(rig: Killed) -> Speaker:
    """Our process runs, the link works, and our resets are done."""
    us = rig.start()
    rig.run(
        lambda: (
            bool(us.named("RestartDone"))
            and [x["up"] for x in rig.far.named("link")][-1:] == [True]
        )
    )
    return us


def talking(rig: Killed) -> list[int]:
    """Calls both ways are up; their circuits."""
    us = up(rig)
    us.say("place 2")
    for cic in (20, 21):
        rig.far.say(f"call {cic}")
    rig.run(
        lambda: len(us.named("CallConnected")) == CALLS and len(rig.far.named("connected")) == CALLS
    )
    return rig.far.channels("connected")


@pytest.mark.peer
def test_libss7_keeps_its_calls(killed: Make) -> None:
    """Twice in a row. GRS and RSC are for the other circuits, CQM for these; then we clear."""
    rig = killed()
    busy = talking(rig)
    for _ in range(2):
        restarts, queries = len(rig.far.named("restart")), len(rig.far.named("query"))
        rig.kill()
        us = up(rig)
        rig.run(lambda us=us: len(us.named("CallKept")) == CALLS)
        assert us.channels("adopted") == us.channels("CallKept") == busy
        assert not us.named("CallReleased")
        assert not rig.far.named("released")
        reset = {n for x in rig.far.named("restart")[restarts:] for n in x["channels"]}
        asked = {n for x in rig.far.named("query")[queries:] for n in x["channels"]}
        assert asked == {*busy}
        assert reset == {*range(1, 32)} - {*busy}
    us.say("clear")
    rig.run(lambda: len(rig.far.named("released")) == CALLS)
    rig.run(lambda: len(us.named("CallReleased")) == CALLS)
    for event in rig.far.named("released"):
        assert (event["cause"], event["connected"]) == (16, True)


@pytest.mark.peer
def test_libss7_clears_an_adopted_call(killed: Make) -> None:
    """And a new call goes on the same circuit, another beside it."""
    rig = killed()
    talking(rig)
    rig.kill()
    us = up(rig)
    rig.run(lambda: len(us.named("CallKept")) == CALLS)
    rig.far.say("clear 20 17")
    rig.run(lambda: len(rig.far.named("released")) == 1 and bool(us.named("CallReleased")))
    assert [(x["channel"], x["cause"]) for x in us.named("CallReleased")] == [(20, 17)]
    rig.far.say("call 20")
    us.say("place 1")
    rig.run(lambda: len(us.named("CallConnected")) == 2)
    us.say("clear")
    rig.run(lambda: len(rig.far.named("released")) == CALLS + 2)


@pytest.mark.peer
def test_libss7_has_lost_them(killed: Make) -> None:
    """CQR says that the circuits are idle there: our calls end, the circuits are reset."""
    rig = killed()
    busy = talking(rig)
    rig.kill()
    rig.kill_far()
    us = up(rig)
    rig.run(lambda: len(us.named("CallReleased")) == CALLS)
    assert us.channels("CallReleased") == busy
    assert {x["cause"] for x in us.named("CallReleased")} == {41}
    assert not us.named("CallKept")
    rig.run(lambda: {n for x in rig.far.named("restart") for n in x["channels"]} == {*range(1, 32)})
