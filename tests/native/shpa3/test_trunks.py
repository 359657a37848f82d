"""The same program on other trunks: China No.1, ISUP, TUP, analog trunks and stations."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import shpa3_rig as rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_media import GenerateDigits, PlayMessage

STANDBY, PICKUPED, RINGING, TALKING, PENDING = 0, 1, 2, 3, 7
HEADER = rig.CONFIG[: rig.CONFIG.index("[[board]]")]


class Kind(NamedTuple):
    """Trunks of an example: ours, the far end's, and what is told of our channels."""

    example: str
    ours: str
    theirs: str
    type: int
    number: str
    dialling: int
    replace: tuple[str, str] = ("", "")


KINDS = {
    "r2": Kind("r2-china", "in", "out", 4, "5551000", 41),
    "isup": Kind("ss7-china24", "to-local", "to-toll", 11, "5551000", 125),
    "tup": Kind("ss7-china24", "to-local", "to-toll", 6, "5551000", 75, ("isup", "tup")),
    "fxo": Kind(
        *("pots", "office", "phones", 0, "8001", 4),
        ("max_digits = 7", "max_digits = 7\nreversal_on_answer = true"),
    ),
}


class Bench(NamedTuple):
    kind: Kind
    daemon: rig.Daemon


@pytest.fixture(scope="module", params=KINDS)
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    kind = KINDS[request.param]
    text = (rig.ROOT / "examples" / f"{kind.example}.toml").read_text()
    made = rig.Daemon(tmp_path_factory.mktemp("d"), HEADER + text.replace(*kind.replace))
    yield Bench(kind, made)
    made.close()


def test_ivr(
    bench: Bench,
    libraries: dict[str, pathlib.Path],
    tmp_path: pathlib.Path,
    run: Callable[..., rig.Program],
) -> None:
    kind, daemon = bench
    library = libraries["libshpa3_trunkd.so"]
    ivr = rig.compile_program(rig.HERE / "ivr.c", library, tmp_path / "ivr")
    rig.write_wav(tmp_path / "menu.wav", rig.noise(240000))
    rig.write_wav(daemon.media / "speech.wav", rig.tone(4, 1004))
    program = run(ivr, daemon.ini(Trunks=kind.ours), str(tmp_path), "polling", "1")
    assert program.wait_line("ready").endswith(f"channels of type {kind.type}")
    with rig.Party(daemon, kind.theirs) as party:
        call = party.dial(kind.number)
        program.wait_line("ringing")
        party.wait(ev.Established, call_id=call)
        program.wait_line("playing")
        party.client.call(GenerateDigits(call_id=call, digits="12#0"))
        party.wait(ev.Stop, call_id=call, kind="play")
        party.client.call(PlayMessage(call_id=call, message="speech.wav"))
        program.wait_line("recording after 12#0")
        program.wait_line("recorded")
        if kind.type in (4, 6):  # the called party's clear-back: the caller has to clear forward
            party.client.call(m.ClearConnection(call_id=call))
        program.wait_line("free")
        assert program.end() == 0
    said = rig.read_alaw(tmp_path / "message-1.wav")
    assert 7840 <= len(said) <= 8160
    assert rig.level(said[-4000:], 1004) > 3000


def test_dial(bench: Bench, shell_program: str) -> None:
    kind, daemon = bench
    shell = rig.Shell(shell_program, daemon.ini(Trunks=kind.ours))
    try:
        shell.wait_line("ready")
        with rig.Party(daemon, kind.theirs) as party:
            assert shell.call("SsmAutoDial", 1, kind.number) == 0
            shell.state(1, kind.dialling)
            ring = party.answer()
            shell.state(1, TALKING)
            assert shell.call("SsmChkAutoDial", 1) == 7
            assert shell.call("SsmHangup", 1) == 0
            party.wait(ev.ConnectionCleared, call_id=ring)
            shell.state(1, STANDBY)
            shell.say("quit")
            assert shell.end() == 0
    finally:
        shell.close()


def test_station(shell_program: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Telephones at our ports: one is rung and answers, one is taken up and dials."""
    kind = KINDS["fxo"]
    text = (rig.ROOT / "examples" / "pots.toml").read_text().replace(*kind.replace)
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"), HEADER + text)
    shell = rig.Shell(shell_program, daemon.ini(Trunks="phones"))
    try:
        shell.wait_line("ready")
        assert [shell.call("SsmGetChType", ch) for ch in range(4)] == [2, 2, 2, 2]
        with rig.Party(daemon, "office") as party:
            assert shell.call("SsmStartRing", 2) == 0
            call = party.answer()
            assert shell.event(0x24, 2) == 1
            shell.state(2, PICKUPED)
            assert shell.call("SsmGetHookState", 2) == 1
            party.client.call(m.ClearConnection(call_id=call))
            assert shell.event(0x24, 2) == 0
            shell.state(2, STANDBY)
            call = party.dial("8004", channel=5)
            assert shell.event(0x24, 0) == 1
            digits = [shell.event(0x0C, 0) & 0xFF for _ in range(4)]
            assert bytes(digits) == b"8004"
            assert shell.text("SsmGetDtmfStr", 0) == "8004"
            party.client.call(m.ClearConnection(call_id=call))
            assert shell.event(0x24, 0) == 0
            shell.say("quit")
            assert shell.end() == 0
    finally:
        shell.close()
        daemon.close()
