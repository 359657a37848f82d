"""Craft scripts on real ptys and sockets: noise, breaks, logs, a port that goes."""

from __future__ import annotations

import io
import pathlib
import re
import sys

import pytest

from trunkd.board.serial_errors import PortLost
from trunkd.hil.craft import CraftLog, find_rate, run_script
from trunkd.hil.craft_script import load_script
from trunkd.hil.serial_line import SerialLine, SerialSettings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from craft_pbx import PASSWORD, TRUNKS, Pbx
from serial_bench import Noise, PtyEnd, SocketEnd, at_pty

LIST = """
settle = 0.05
more_send = " "

[[step]]
line = "LIST TRUNKS"
expect = 'PBX> $'
rows = '^ +(?P<trunk>\\d+) +(?P<state>\\w+)$'
table = "trunks"
timeout = 60.0
"""

STUBBORN = """
settle = 0.05

[[step]]
line = "SHOW TRUNK 3"
expect = '^trunk 3 slips (?P<slips>\\d+)\\nPBX> $'
timeout = 0.4
on_timeout = "retry"
tries = 500
"""


def test_pages_and_table_through_a_pty() -> None:
    log = io.StringIO()
    with at_pty(Pbx(login=False)) as end, SerialLine(end.port) as line:
        result = run_script(line, load_script(LIST), log=CraftLog(log, timestamps=False))
    assert result.why == ""
    assert [int(row["trunk"]) for row in result.tables["trunks"]] == [n for n, _ in TRUNKS]
    told = log.getvalue().splitlines()
    assert told[0] == "> LIST TRUNKS"
    assert told[-1] == "PBX>"
    assert "   12  down" in told


@pytest.mark.parametrize("seed", range(4))
def test_octets_lost_and_doubled_are_tried_again(seed: int) -> None:
    noise = Noise(seed, lost=0.02, doubled=0.02)
    with at_pty(Pbx(login=False), noise) as end, SerialLine(end.port) as line:
        result = run_script(line, load_script(STUBBORN))
    assert result.why == ""
    assert result.captured["slips"] in ("7", "77"), "a doubled digit cannot be told"


def test_a_port_that_goes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[SocketEnd] = []

    def far(data: bytes) -> bytes:
        ends[0].hang_up()
        return b""

    ends.append(SocketEnd(far))
    try:
        with SerialLine(ends[0].port) as line:
            result = run_script(line, load_script('[[step]]\nline = "X"\nexpect = "Y"'))
    finally:
        ends[0].close()
    assert not result.ok
    assert result.why.startswith("step 1 (X): socket://127.0.0.1:")
    assert "is gone" in result.why


def test_secret_is_sent_and_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBX_PASSWORD", PASSWORD)
    text = (
        '[login]\nuser = "craft"\nsecret = { env = "PBX_PASSWORD" }\nprompt = "PBX> $"\n'
        "timeout = 120.0\n"
    )
    log, pbx = io.StringIO(), Pbx(echo_password=True)
    with at_pty(pbx) as end, SerialLine(end.port) as line:
        result = run_script(line, load_script(text), log=CraftLog(log, timestamps=True))
    assert result.ok
    assert pbx.tries == 1
    assert PASSWORD not in log.getvalue()
    assert re.search(r"^\S+ \S+ > \*\*\*$", log.getvalue(), re.M)


def test_break_is_sent_on_a_pty() -> None:
    text = '[[step]]\nbreak_ms = 1\nline = "SHOW TRUNK 1"\nexpect = "slips"\ntimeout = 60.0'
    with at_pty(Pbx(login=False)) as end, SerialLine(end.port) as line:
        assert run_script(line, load_script(text)).ok


def test_find_rate_goes_on_when_the_port_stays_and_stops_when_it_goes() -> None:
    end = PtyEnd(Pbx(login=False), baud=2400)
    line = SerialLine(end.port, SerialSettings(bits=7, parity="even"))
    with line:
        assert find_rate(line, "PBX> $", rates=(300, 2400), probe_s=3) == 2400
        assert str(line.settings) == "2400 7E1"
        end.close()
        with pytest.raises(PortLost):
            find_rate(line, "PBX> $", rates=(300,), probe_s=3)
