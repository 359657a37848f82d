"""Our process is killed with calls to libpri; the next one goes on with them (Q.931 5.8.9)."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import pytest
from killed_rig import Killed

Make = Callable[..., Killed]
SIDES = [("net", "user"), ("cpe", "network")]
CALLS = 4


@pytest.fixture
def killed(
    libpri_peer: str, tmp_path: pathlib.Path, captures: list[pathlib.Path]
) -> Iterator[Make]:
    made: list[Killed] = []

    def make(side: str, options: str) -> Killed:
        captures.append(tmp_path / "killed.pcapng")
        words = [libpri_peer, "--side", side, "--timeout", "300", *options.split()]
        made.append(Killed(tmp_path, captures[-1], "pri", dict(SIDES)[side], words))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


def talking(rig: Killed, placing: bool) -> list[int]:
    """CALLS calls are up; their channels."""
    us = rig.start()
    if placing:
        rig.run(
            lambda: (
                any(event["up"] for event in us.named("LinkChanged"))
                and any(event["up"] for event in rig.far.named("link"))
            )
        )
        us.say(f"place {CALLS}")
    rig.run(
        lambda: len(us.named("CallConnected")) == CALLS and len(rig.far.named("connected")) == CALLS
    )
    return rig.far.channels("connected")


@pytest.mark.peer
@pytest.mark.parametrize("placing", [False, True], ids=["libpri-calls", "we-call"])
@pytest.mark.parametrize("side", ["net", "cpe"])
def test_libpri_keeps_its_calls(killed: Make, side: str, placing: bool) -> None:
    """Twice in a row; RESTART goes to the other channels; at last we clear, and libpri is idle."""
    mode = "--mode answer" if placing else f"--mode call --calls {CALLS} --conc {CALLS}"
    rig = killed(side, f"{mode} --rate 50 --hold 250000")
    busy = talking(rig, placing)
    for _ in range(2):
        before = len(rig.far.named("restart"))
        rig.kill()
        us = rig.start()
        rig.run(lambda us=us: len(us.named("CallKept")) == CALLS and bool(us.named("RestartDone")))
        assert us.channels("adopted") == us.channels("CallKept") == busy
        assert not us.named("CallReleased")
        assert not rig.far.named("released")
        told = sorted(n for x in rig.far.named("restart")[before:] for n in x["channels"])
        assert told == sorted({*range(1, 16), *range(17, 32)} - {*busy})
    us.say("clear")
    rig.run(lambda: len(rig.far.named("released")) == CALLS)
    rig.run(lambda: len(us.named("CallReleased")) == CALLS)
    for event in rig.far.named("released"):
        assert (event["cause"], event["connected"]) == (16, True)
    assert {event["cause"] for event in us.named("CallReleased")} == {16}
    if not placing:
        rig.run(lambda: rig.far.process.poll() is not None)
        rig.far.hear()
        assert rig.far.named("summary")[0]["active"] == 0


@pytest.mark.peer
def test_new_calls_beside_adopted_ones(killed: Make) -> None:
    """Call references of both kinds do not meet: libpri connects them all."""
    rig = killed("net", "--mode answer")
    busy = talking(rig, True)
    rig.kill()
    us = rig.start()
    rig.run(lambda: len(us.named("CallKept")) == CALLS and bool(us.named("RestartDone")))
    us.say("place 5")
    rig.run(lambda: len(us.named("CallConnected")) == 5)
    rig.run(lambda: len(rig.far.named("connected")) == CALLS + 5)
    assert not {*us.channels("CallConnected")} & {*busy}
    us.say("clear")
    rig.run(lambda: len(rig.far.named("released")) == CALLS + 5)
    assert {event["cause"] for event in rig.far.named("released")} == {16}


@pytest.mark.peer
@pytest.mark.parametrize("side", ["net", "cpe"])
def test_libpri_has_lost_them(killed: Make, side: str) -> None:
    """It says so when it is asked (5.8.10, 5.8.11)."""
    rig = killed(side, "--mode answer")
    busy = talking(rig, True)
    rig.kill()
    rig.kill_far()
    us = rig.start()
    rig.run(lambda: len(us.named("CallReleased")) == CALLS)
    assert us.channels("CallReleased") == busy
    assert not us.named("CallKept")
    us.say("place 1")
    rig.run(lambda: len(rig.far.named("connected")) == 1)
