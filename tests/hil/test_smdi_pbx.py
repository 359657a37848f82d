"""The PBX and the voicemail of hil/smdi_pbx.py, at both ends of a TCP connection and of a pty."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemon"))
from smdi_far import Master

from trunkd.errors import LocalError
from trunkd.hil.serial_line import SerialLine, SerialSettings
from trunkd.hil.smdi_pbx import USUAL, Pbx, Voicemail, bad_line, obey
from trunkd.signaling.call import ProtocolFault
from trunkd.signaling.smdi.framing import EVEN

PATIENCE = 100.0


def test_a_pbx_and_a_voicemail_on_a_line_with_parity_of_our_own() -> None:
    far = Master()
    with SerialLine(far.name, SerialSettings(baud=1200)) as near:
        pbx = Pbx(near, (4,), EVEN)
        voicemail = Voicemail(far, (4,), EVEN)
        for end in (pbx, voicemail):
            end.open()
        obey(pbx, "call 7 B 3500 -")
        voicemail.until(lambda: bool(voicemail.histories), PATIENCE)
        (history,) = voicemail.histories
        assert (history.terminal, history.forwarding, history.calling) == (7, "3500", "")
        pbx.invalid.add("9999")
        obey(voicemail, "lamp 3500 on")
        obey(voicemail, "lamp 9999 on")

        def both() -> bool:
            pbx.step()
            return [voicemail.lamps[n][1] for n in ("3500", "9999")] == ["set", "failed"]

        voicemail.until(both, PATIENCE)
        assert pbx.lamps == {"3500": True}
        near.write(b"\r\nMD0010007D  \r\n\x19")  # without parity
        voicemail.until(
            lambda: any(isinstance(e, ProtocolFault) for e in voicemail.events), PATIENCE
        )
    far.close()


def test_commands_that_are_none() -> None:
    with SerialLine("loop://", USUAL) as line:
        pbx = Pbx(line)
        pbx.open()
        for command in ("call 7 B", "lamp 1 on", "call x B 1 2"):
            with pytest.raises(LocalError, match="write `call"):
                obey(pbx, command)
        with pytest.raises(LocalError, match="no kind of call 'Z'"):
            obey(pbx, "call 7 Z 1 2")
        obey(pbx, "")
        pbx.call(1)
        pbx.until(
            lambda: any(isinstance(e, ProtocolFault) for e in pbx.events), PATIENCE
        )  # its own echo


def test_a_bad_line_is_the_same_each_time() -> None:
    data = bytes(range(32, 127)) * 20
    lost, doubled = bad_line(3, 0.1, 0.0)(data), bad_line(3, 0.0, 0.1)(data)
    assert lost == bad_line(3, 0.1, 0.0)(data)
    assert 0.85 < len(lost) / len(data) < 0.95 and 1.05 < len(doubled) / len(data) < 1.15


def test_as_a_program() -> None:
    far = Master()
    with subprocess.Popen(
        [sys.executable, "-m", "trunkd.hil.smdi_pbx", "--port", far.name, "--blocked", "3501"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        voicemail = Voicemail(far)
        voicemail.open()
        assert process.stdout.readline() == "== the line is open\n"
        process.stdin.write("nonsense\ncall 2 N 3500 5551234\n")
        process.stdin.flush()
        voicemail.until(lambda: bool(voicemail.histories), PATIENCE)
        voicemail.lamp("3501", True)
        voicemail.until(lambda: voicemail.lamps["3501"][1] in ("blocked", "failed"), PATIENCE)
        process.stdin.close()
        text = process.stdout.read()
        assert process.wait(PATIENCE) == 0
    assert "!! write `call" in text
    assert "-> desk 001 terminal 0002: forwarded on no answer from 3500" in text
    assert "-> message waiting refused for 3501: cannot be done now" in text
    far.close()
