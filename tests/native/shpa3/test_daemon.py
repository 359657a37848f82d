"""No daemon, one that is killed and comes back, one of the program's own; wrong configurations."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest
import shpa3_rig as rig

from trunkd.daemon import events as ev
from trunkd.daemon.methods_media import GenerateDigits

UNAVAILABLE, STANDBY, TALKING, RINGING = 11, 0, 3, 2


@pytest.fixture
def idle(shell_program: str) -> Iterator[rig.Shell]:
    """A program that has not called SsmStartCti."""
    made = rig.Shell(shell_program)
    made.wait_line("ready")
    yield made
    made.close()


def test_no_daemon(idle: rig.Shell, tmp_path: pathlib.Path) -> None:
    (tmp_path / "ShConfig.ini").write_text(f"[trunkd]\nSocket={tmp_path}/none.sock\n")
    assert idle.call("SsmGetMaxCh") == -1
    assert idle.error()[0] == 1
    assert idle.call("SsmStartCti", tmp_path / "ShConfig.ini") == -1
    code, text = idle.error()
    assert code == 0
    assert text.startswith(
        f"no trunkd at {tmp_path}/none.sock (No such file or directory): start it"
    )
    assert idle.call("SsmCloseCti") == -1
    assert idle.call("SsmPickup", 0) == -1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "ShConfig.ini: No such file or directory"),
        ("[SystemConfig]\nwhat is this\n", "line 5: neither [section] nor key=value"),
        ("[trunkd]\nTrunks=nobody\n", "has no channels of the trunks nobody"),
        ("[AppChToBoardChTable]\nTotalAppCh=60\n", "wants TotalAppCh=60 channels, trunkd at"),
    ],
)
def test_wrong_configuration(
    idle: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path, rows: str, said: str
) -> None:
    path = tmp_path / "ShConfig.ini"
    if rows:
        socket = f"Socket={daemon.socket}\n"
        rows = rows if "[trunkd]" in rows else f"[trunkd]\nTrunks=exchange\n{rows}"
        path.write_text(rows.replace("[trunkd]\n", f"[trunkd]\n{socket}"))
    assert idle.call("SsmStartCti", path) == -1
    code, text = idle.error()
    assert code == 0
    assert said in text


def test_fewer_channels(idle: rig.Shell, daemon: rig.Daemon) -> None:
    path = pathlib.Path(daemon.ini("few.ini", Trunks="exchange,pstn"))
    path.write_text(path.read_text() + "[AppChToBoardChTable]\nTotalAppCh=33\nAppCh[0]=0,0..32\n")
    for _ in range(2):  # and again after SsmCloseCti
        assert idle.call("SsmStartCti", path) == 0
        assert idle.call("SsmStartCti", path) == -1
        assert idle.call("SsmGetMaxCh") == 33
        assert [idle.call("SsmGetChType", ch) for ch in (0, 29, 30, 32)] == [7, 7, 8, 8]
        assert idle.call("SsmGetMaxPcm") == 2
        assert idle.text("SsmGetPcmLinkStatus", 1) == "0"
        timer = idle.call("SsmStartTimer", 10, 1)
        idle.event(0x30, timer)
        idle.event(0x30, timer)
        assert idle.call("SsmStopTimer", timer) == 0
        assert idle.call("SsmStopTimer", timer) == -1
        assert idle.call("SsmCloseCti") == 0


def test_daemon_killed(
    shell_program: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: pathlib.Path
) -> None:
    """Clear errors while it is away, no crash; channels come back with it."""
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"))
    shell = rig.Shell(shell_program, daemon.ini())
    rig.write_wav(tmp_path / "long.wav", rig.noise(80000))
    try:
        shell.wait_line("ready")
        with rig.Party(daemon) as party:
            party.dial("1", channel=3)
            shell.state(2, RINGING)
            shell.call("SsmPickup", 2)
            shell.state(2, TALKING)
            shell.call("SsmPlayFile", 2, tmp_path / "long.wav")
            shell.call("SsmRecToFile", 2, tmp_path / "rec.wav", 6, 0, 0)
            daemon.kill()
            shell.state(2, UNAVAILABLE)
        assert shell.call("SsmCheckPlay", 2) == 4
        assert shell.call("SsmChkRecToFile", 2) == 0
        assert shell.call("SsmStopRecToFile", 2) == 0
        for name, words in (("SsmHangup", ()), ("SsmTalkWith", (3,)), ("SsmTxDtmf", ("1",))):
            assert shell.call(name, 2, *words) == -1, name
        assert shell.call("SsmAutoDial", 2, "1") == -1
        assert shell.call("SsmCreateConfGroup", 2, 2, 2, 2) == -1
        code, text = shell.error()
        assert code == 12
        assert text == f"createConference: trunkd at {daemon.socket} has gone"
        assert shell.call("SsmGetChState", 5) == UNAVAILABLE
        pathlib.Path(daemon.socket).unlink(missing_ok=True)
        daemon.start()
        shell.state(2, STANDBY)
        with rig.Party(daemon) as party:
            assert shell.call("SsmAutoDial", 2, "1") == 0
            party.answer()
            shell.state(2, TALKING)
        shell.say("quit")
        assert shell.end() == 0
    finally:
        shell.close()
        daemon.close()


def test_own_daemon(idle: rig.Shell, tmp_path: pathlib.Path) -> None:
    """[trunkd] Config= and Command=: the daemon is the program's child."""
    (tmp_path / "media").mkdir()
    config = tmp_path / "trunkd.toml"
    config.write_text(rig.CONFIG.replace("{dir}", str(tmp_path)))
    ini = tmp_path / "ShConfig.ini"
    socket = tmp_path / "trunkd.sock"
    rows = f"[trunkd]\nSocket={socket}\nCommand={sys.executable} -m trunkd\nConfig="
    ini.write_text(f"{rows}{config}\n")
    assert idle.call("SsmStartCti", ini) == 0
    assert idle.call("SsmGetMaxCh") == 60
    assert idle.call("SsmCloseCti") == 0
    assert not socket.exists()
    ini.write_text(f"{rows}{tmp_path}/none.toml\n")
    assert idle.call("SsmStartCti", ini) == -1
    assert "trunkd ended with status" in idle.error()[1]


def test_calls_there_before(shell_program: str, daemon: rig.Daemon) -> None:
    """A call that rings when the program begins is told. Timeslot 16 is no channel."""
    with rig.Party(daemon) as party:
        call = party.dial("9", channel=20)
        party.wait(ev.Delivered, call_id=call)
        shell = rig.Shell(shell_program, daemon.ini())
        try:
            shell.wait_line("ready")
            assert shell.call("SsmGetChState", 18) == RINGING
            assert shell.text("SsmGetPhoNumStr", 18) == "9"
            assert shell.call("SsmPickup", 18) == 0
            party.wait(ev.Established, call_id=call)
            shell.say("quit")
            assert party.wait(ev.ConnectionCleared, call_id=call).releasing == "remote"
            assert shell.end() == 0
        finally:
            shell.close()


def test_keys_of_boards(shell_program: str, daemon: rig.Daemon, tmp_path: pathlib.Path) -> None:
    """Lists with an item for each channel: AppCh gives it its board and its place there."""
    path = pathlib.Path(daemon.ini("boards.ini"))
    table = "[AppChToBoardChTable]\nTotalAppCh=4\nAppCh[0]=0,0..1\nAppCh[1]=1,0..1\n"
    one = "[BoardId=1]\nDefaultDtmfStopPlay=0,1\ndtmfstopplaycharset={{},{5}}\n"
    path.write_text(path.read_text() + table + one)
    rig.write_wav(tmp_path / "long.wav", rig.noise(400000))
    shell = rig.Shell(shell_program, str(path))
    try:
        shell.wait_line("ready")
        with rig.Party(daemon) as party:
            for channel, last in ((3, 2), (2, 1)):
                call = party.dial("1", channel=channel + 1)
                shell.state(channel, RINGING)
                shell.call("SsmPickup", channel)
                shell.state(channel, TALKING)
                shell.call("SsmPlayFile", channel, tmp_path / "long.wav")
                party.wait(ev.Established, call_id=call)
                party.client.call(GenerateDigits(call_id=call, digits="45"))
                shell.event(0x0C, channel, 1 << 16 | ord("4"))
                shell.event(0x0C, channel, 2 << 16 | ord("5"))
                if last == 1:
                    assert shell.call("SsmCheckPlay", channel) == 0
                    shell.call("SsmStopPlay", channel)
                shell.event(0x0F, channel, last)
        shell.say("quit")
        assert shell.end() == 0
    finally:
        shell.close()
