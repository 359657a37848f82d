"""CTI programs of DonJin's published calls alone, on a simulated board, with and without ASan."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "drivers"))

import donjin_rig as lab
from donjin_rig import rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_media import GenerateDigits, PlayMessage, RecordMessage

HERE = pathlib.Path(__file__).resolve().parent
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-O0", "-g1")
rig.SECONDS = 20.0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=["plain", "sanitized"])
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pathlib.Path, tuple[str, ...]]:
    """The library as it is built for use, and with ASan and UBSan; how a program is compiled."""
    builder = lab.builder()
    if request.param == "plain":
        return builder.build(rig.NATIVE), ()
    target = tmp_path_factory.mktemp("asan") / "libdonjin_trunkd.so"
    words = [w for w in builder.command(target, *SANITIZERS) if "FORTIFY" not in w]
    subprocess.run(words, check=True)
    return target, SANITIZERS[:2]


@pytest.fixture(scope="module")
def compiled(
    library: tuple[pathlib.Path, tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    folder = tmp_path_factory.mktemp("p")

    def made(name: str) -> str:
        path, flags = library
        source = HERE / name
        return rig.compile_program(source, path, folder / source.stem, *flags, f"-I{HERE}")

    return made


@pytest.fixture
def run(daemon: rig.Daemon) -> Iterator[Callable[..., rig.Program]]:
    """Start a program; it is ended at the end of the test."""
    running: list[rig.Program] = []

    def start(*words: str, **environment: str) -> rig.Program:
        running.append(rig.Program(*words, environment=environment))
        return running[-1]

    yield start
    for program in running:
        program.close()


def ini(daemon: rig.Daemon, family: str, **keys: str) -> str:
    folder = lab.write_ini(daemon, family, "program", **keys)
    return str(pathlib.Path(folder) / lab.INIS[family])


def heard_until_end(
    party: rig.Party, daemon: rig.Daemon, call: int, act: Callable[[], None]
) -> bytes:
    """What the caller hears while ``act`` goes on, up to the end of the call."""
    name = f"heard-{call}.wav"
    party.client.call(RecordMessage(call_id=call, message=name, max_duration=120))
    party.wait(ev.Record, call_id=call)
    act()
    party.wait(ev.Stop, call_id=call, kind="record")
    return rig.read_alaw(daemon.media / name)


def test_analog_menu(
    compiled: Callable[[str], str],
    daemon: rig.Daemon,
    tmp_path: pathlib.Path,
    run: Callable[..., rig.Program],
) -> None:
    """Answers with the caller's number, plays, collects digits, records, hangs up; twice."""
    prompt, speech = rig.noise(4000, 3), rig.noise(8000, 4)
    (tmp_path / "prompt.pcm").write_bytes(prompt)
    rig.write_wav(daemon.media / "speech.wav", speech)
    kept = tmp_path / "kept.pcm"
    words = (str(tmp_path / "prompt.pcm"), str(kept), "24000", "2")
    program = run(compiled("ivr.c"), *words, DONJIN_INI=ini(daemon, "analog"))
    assert program.wait_line("ready") == "ready 0 30"
    with rig.Party(daemon) as party:
        for _ in range(2):
            call = party.dial("88886666")
            channel = program.wait_line("call").split()
            assert channel[2:] == ["from", "13800000001"]
            party.wait(ev.Established, call_id=call)

            def caller(call: int = call) -> None:
                program.wait_line("played")
                party.client.call(GenerateDigits(call_id=call, digits="159D#"))
                party.wait(ev.Stop, call_id=call, kind="play")
                assert program.wait_line("digits").split()[2] == "159D#"
                program.wait_line("records")
                party.client.call(PlayMessage(call_id=call, message="speech.wav"))

            heard = heard_until_end(party, daemon, call, caller)
            # Recording begins when the far end says so: the prompt's begin may be over by then.
            assert prompt[-1600:] in heard
            assert program.wait_line("over").endswith("recorded")
            assert len(kept.read_bytes()) == 24000
            assert speech[:4000] in kept.read_bytes()
    assert program.end() == 0
    assert program.lines[-1] == "end"


def test_analog_dialling(
    compiled: Callable[[str], str], daemon: rig.Daemon, run: Callable[..., rig.Program]
) -> None:
    program = run(compiled("ivr.c"), "dial", "5551234", "42#", DONJIN_INI=ini(daemon, "analog"))
    with rig.Party(daemon) as party:
        call = party.answer()
        assert program.wait_line("result") == "result 14"
        program.wait_line("sent")
        party.client.call(m.ClearConnection(call_id=call))
        program.wait_line("busy")
        assert program.end() == 0


def test_e1_menu(
    compiled: Callable[[str], str],
    daemon: rig.Daemon,
    tmp_path: pathlib.Path,
    run: Callable[..., rig.Program],
) -> None:
    """What is played to answer is heard from its begin; files have the published header."""
    header = bytes(58)
    prompt, speech = rig.noise(12000, 5), rig.noise(8000, 6)
    (tmp_path / "prompt.wav").write_bytes(header + prompt)
    rig.write_wav(daemon.media / "speech.wav", speech)
    kept = tmp_path / "kept.wav"
    path = ini(daemon, "e1", WaveFormat="1")
    program = run(compiled("e1_ivr.c"), path, str(tmp_path / "prompt.wav"), str(kept), "24000", "1")
    assert program.wait_line("ready") == "ready 30"
    with rig.Party(daemon) as party:
        call = party.dial("88886666")
        line = program.wait_line("call").split()
        assert line[2:] == ["from", "13800000001", "to", "88886666"]
        party.wait(ev.Established, call_id=call)

        def caller() -> None:
            program.wait_line("played")
            party.client.call(GenerateDigits(call_id=call, digits="7"))
            party.wait(ev.Stop, call_id=call, kind="play")
            assert program.wait_line("digit").endswith(" 7")
            program.wait_line("records")
            party.client.call(PlayMessage(call_id=call, message="speech.wav"))

        heard = heard_until_end(party, daemon, call, caller)
        assert prompt[-1600:] in heard
    program.wait_line("recorded")
    assert program.end() == 0
    assert program.lines[-1] == "end"
    assert speech[:4000] in rig.read_alaw(kept)
    assert len(kept.read_bytes()) == 58 + 24000


def test_no_daemon(
    compiled: Callable[[str], str], tmp_path: pathlib.Path, run: Callable[..., rig.Program]
) -> None:
    """A program sees the published error, and its user a sentence."""
    (tmp_path / "none.ini").write_text(f"[trunkd]\nSocket={tmp_path}/none\n")
    program = run(compiled("ivr.c"), DONJIN_INI=str(tmp_path / "none.ini"))
    assert program.end() == 1
    assert "LoadDRV -1" in program.lines
    assert any("no trunkd at" in line for line in program.lines)
    (tmp_path / "bad.ini").write_text("[trunkd]\nwhat is this\n")
    program = run(compiled("ivr.c"), DONJIN_INI=str(tmp_path / "bad.ini"))
    assert program.end() == 1
    assert "LoadDRV -2" in program.lines
