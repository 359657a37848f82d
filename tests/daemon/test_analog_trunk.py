"""FXS and FXO trunks of the daemon, back to back on simulated lines, in virtual time."""

from __future__ import annotations

import datetime
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config

from trunkd.board.clock import SECOND
from trunkd.daemon import events as ev
from trunkd.daemon import line_requests
from trunkd.errors import LocalError
from trunkd.signaling.analog.callerid_send import STANDARDS
from trunkd.signaling.analog.fxs import FxsTrunk


@pytest.mark.parametrize("standard", STANDARDS)
def test_an_exchange_line_rings_and_shows_the_caller(standard: str) -> None:
    """FXS rings and sends caller ID of every standard, FXO hears it without a setting."""
    bench = LineBench(analog_config(fxs=f'caller_id = "{standard}"'))
    call = bench.place("phones", "8001", calling="13901234567")
    bench.until(lambda: call.state == "connected", 20)
    (met,) = bench.trunk("office").calls.values()
    assert met.calling == "13901234567" and met.channel == 5
    bench.clear(met)
    bench.until(bench.idle, 60)
    bench.close()


def test_dialling_out_and_hanging_up_at_either_end() -> None:
    for first in ("phones", "office"):
        bench = LineBench(analog_config(fxs="max_digits = 7", fxo='answer = ["tone"]'))
        call = bench.place("office", "5551000")
        bench.until(lambda bench=bench: bool(bench.trunk("phones").calls), 20)
        (met,) = bench.trunk("phones").calls.values()
        bench.until(lambda met=met: met.called == "5551000", 20)
        bench.until(lambda met=met: met.state == "connected")
        bench.clear(call if first == "office" else met)
        bench.until(bench.idle, 120)
        bench.close()


def test_lines_are_shown() -> None:
    bench = LineBench(analog_config())
    from trunkd.daemon.line_infos import infos

    rows = infos(bench.trunk("phones")) + infos(bench.trunk("office"))
    assert [r.signalling for r in rows] == ["fxs"] * 4 + ["fxo"] * 4
    assert all(r.state == "idle" and r.text for r in rows)
    assert rows[0].sent == "battery" and rows[4].received.startswith("battery")
    bench.close()


def test_a_cut_line_is_told_and_back_in_service() -> None:
    bench = LineBench(analog_config())
    line = bench.node.boards["b0"].board.line_cable(2)  # type: ignore[attr-defined]
    line.cut()
    bench.until(lambda: bench.of(ev.LineChanged, trunk="office", channel=6))
    assert bench.trunk("office").channel_info(6).state == "outOfService"
    line.mend()
    bench.until(bench.idle)
    bench.close()


def test_a_tone_is_learned_and_then_ends_calls() -> None:
    """`trunkd line learn-tone`: what it prints is what the configuration takes."""
    deaf = 'supervision = ["silence", "tone"]\ntones = []\nanswer = ["time"]\nanswer_time = 1000\n'
    bench = LineBench(analog_config(fxs="max_digits = 4", fxo=deaf))
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 20)
    (met,) = bench.trunk("phones").calls.values()
    bench.until(lambda: met.state == "connected", 10)
    office = bench.trunk("office")
    bench.clear(met)
    bench.run(1)
    assert call.state == "connected"  # nobody knows that tone
    office.learn(5, 15 * SECOND, office.now())
    bench.until(lambda: bench.of(ev.LineChanged, what="learned tone"), 15)
    (told,) = bench.of(ev.LineChanged, what="learned tone")
    bench.close()
    learned = f'{deaf}[trunk.fxo.learned]\nbusy = "{told.text}"\n'
    bench = LineBench(analog_config(fxs="max_digits = 4", fxo=learned))
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 20)
    (met,) = bench.trunk("phones").calls.values()
    bench.until(lambda: met.state == "connected", 10)
    bench.clear(met)
    bench.until(lambda: call.state == "null", 15)
    assert call.ended_by.startswith("learned tone")
    assert bench.trunk("office").told_by["hang-up", call.ended_by] == 1
    bench.close()


def test_messages_wait_and_calls_are_metered() -> None:
    bench = LineBench(analog_config(fxs='message_waiting = "stutter"\nmax_digits = 4'))
    phones = bench.trunk("phones")
    sent: list[str] = []
    bench.node.line_taps.append(lambda *told: sent.append(str(told[4])))
    line_requests.message_waiting(phones, 1, True, phones.now())
    call = bench.place("office", "8100", 5)
    bench.until(lambda: bench.of(ev.Established, device="trunk/phones/1"), 30)
    assert any("20 tones" in text for text in sent)
    (met,) = phones.calls.values()
    line_requests.meter(met, 3, phones.now())
    bench.run(3)
    assert sum("metering" in text for text in sent) >= 3
    with pytest.raises(LocalError, match="sends no metering"):
        line_requests.meter(call, 1, phones.now())
    bench.close()


def test_caller_id_has_the_local_time() -> None:
    """The clock of caller ID: local time, told to the engine at start and every minute."""
    bench = LineBench(analog_config())
    engine = bench.trunk("phones").engine
    assert isinstance(engine, FxsTrunk)
    bench.run(61)
    wall = bench.node.wall(bench.node.now()) / 1e9
    local = datetime.datetime.fromtimestamp(wall).astimezone()
    offset = local.utcoffset()
    assert offset is not None
    seconds = engine.clock + bench.node.now() // SECOND
    assert abs(seconds - (wall + offset.total_seconds())) <= 1
    bench.close()
