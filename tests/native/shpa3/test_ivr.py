"""An IVR of Synway's published calls alone, on a simulated board: what it hears, says and keeps."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
import shpa3_rig as rig

from trunkd.daemon import events as ev
from trunkd.daemon.methods_media import GenerateDigits, PlayMessage, RecordMessage

VARIANTS = {"libshpa3_trunkd.so": (), "libshpa3_trunkd_long.so": ("-DDWORD_LONG",)}


@pytest.fixture(scope="module", params=VARIANTS)
def ivr(
    request: pytest.FixtureRequest,
    libraries: dict[str, pathlib.Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The program, compiled against each of the two published headers' DWORD."""
    to = tmp_path_factory.mktemp("p") / "ivr"
    return rig.compile_program(
        rig.HERE / "ivr.c", libraries[request.param], to, *VARIANTS[request.param]
    )


def one_call(party: rig.Party, daemon: rig.Daemon, speech: str) -> bytes:
    """A caller who hears the menu, presses 1 2 # 0 and speaks; what it heard."""
    call = party.connect("88886666")
    heard = f"heard-{call}.wav"
    party.client.call(RecordMessage(call_id=call, message=heard, max_duration=30))
    party.wait(ev.Record, call_id=call)
    party.client.call(GenerateDigits(call_id=call, digits="12#0"))
    party.wait(ev.Stop, call_id=call, kind="play")
    party.client.call(PlayMessage(call_id=call, message=speech))
    party.wait(ev.Stop, call_id=call, kind="record")
    return rig.read_alaw(daemon.media / heard)


@pytest.mark.parametrize("mode", ["polling", "callback"])
def test_ivr(
    ivr: str, mode: str, daemon: rig.Daemon, tmp_path: pathlib.Path, run: Callable[..., rig.Program]
) -> None:
    menu, speech = rig.noise(240000), rig.tone(3, 1004)
    rig.write_wav(tmp_path / "menu.wav", menu)
    rig.write_wav(daemon.media / "speech.wav", speech)
    program = run(ivr, daemon.ini(), str(tmp_path), mode, "2")
    assert program.wait_line("ready") == "ready 30 channels of type 8"
    with rig.Party(daemon) as party:
        for number in (1, 2):
            heard = one_call(party, daemon, "speech.wav")
            kept = tmp_path / f"message-{number}.wav"
            program.wait_line("free")
            # The menu is heard octet for octet, to where the fourth digit ended it.
            piece = heard[heard.index(menu[2400:2480]) :]
            played = next(
                (i for i, octet in enumerate(piece) if octet != menu[2400 + i]), len(piece)
            )
            assert played > 800
            assert set(piece[played:]) == {0xD5}
            # What the caller said is kept octet for octet, a second of it.
            said = rig.read_alaw(kept)
            assert 7840 <= len(said) <= 8160
            assert rig.level(said[-4000:], 1004) > 7000
    assert program.end() == 0
    text = "\n".join(program.lines)
    assert text.count("ringing from 13800000001 to 88886666") == 2
    assert text.count("digit 0 of 12#0") == text.count("recording after 12#0") == 2
    assert program.lines[-1] == "closed"
    assert not list(daemon.media.glob(".shpa3-*"))
