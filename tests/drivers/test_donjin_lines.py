"""The driver and its double on lines as DonJin's cards have them: China No.1 on E1, telephone lines
from an exchange, stations and a recording module."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import donjin_rig as lab
from donjin_rig import Bench, rig

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    LineType,
)
from trunkd.board.events import PlayEnded
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m

HEADER = rig.CONFIG[: rig.CONFIG.index("[[board]]")]


@pytest.fixture(scope="module")
def pots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """Telephone lines of trunk "phones" to an "office"."""
    lab.builder().build(rig.NATIVE)
    text = (rig.ROOT / "examples" / "pots.toml").read_text()
    text = text.replace("max_digits = 7", "max_digits = 7\nreversal_on_answer = true")
    made = rig.Daemon(tmp_path_factory.mktemp("d"), HEADER + text)
    yield made
    made.close()


@pytest.fixture(scope="module")
def r2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    lab.builder().build(rig.NATIVE)
    text = (rig.ROOT / "examples" / "r2-china.toml").read_text()
    made = rig.Daemon(tmp_path_factory.mktemp("d"), HEADER + text)
    yield made
    made.close()


def opened(daemon: rig.Daemon, family: str, trunks: str) -> Bench:
    folder = lab.write_ini(daemon, family, trunks.replace(",", "-"), Trunks=trunks)
    return Bench(lab.config(daemon, family, directory=folder))


def test_china_number_one(r2: rig.Daemon) -> None:
    with opened(r2, "e1", "in") as bench, rig.Party(r2, "out") as party:
        assert bench.board.spans[0].timeslots[1].control.line is LineType.CAS
        call = party.dial("5551000")
        came = bench.wait_for(CallArrived)
        assert came.called == "5551000"
        slot = bench.board.span(came.span).timeslots[came.timeslot]
        slot.open_voice()
        slot.control.answer()
        bench.wait_for(CallAnswered)
        party.wait(ev.Established, call_id=call)
        slot.play(rig.noise(800), tag=1)
        bench.wait_for(PlayEnded, tag=1)
        party.client.call(m.ClearConnection(call_id=call))
        end = bench.wait_for(CallEnded)
        assert end.far and end.cause == 16
        slot.control.hang_up()
        bench.wait_for(ConditionChanged, condition=ChannelCondition.IDLE)


def test_a_call_out_on_e1(r2: rig.Daemon) -> None:
    with opened(r2, "e1", "out") as bench, rig.Party(r2, "in") as party:
        calls = bench.board.spans[0].timeslots[1].control
        calls.dial("5551000", "5559999")
        rings = party.wait(ev.Delivered, direction="in").call_id
        bench.wait_for(CallProgressing, alerting=True)  # the library is asked now and then
        party.client.call(m.AnswerCall(call_id=rings))
        bench.wait_for(CallAnswered)
        calls.hang_up()
        assert not bench.wait_for(CallEnded, idle=True).far
        party.wait(ev.ConnectionCleared, call_id=rings)


def test_a_telephone_line(pots: rig.Daemon) -> None:
    with opened(pots, "analog", "office") as bench, rig.Party(pots, "phones") as party:
        slot = bench.board.spans[0].timeslots[1]
        assert slot.control.line is LineType.ANALOG_TRUNK
        party.client.call(m.MakeCall(called="8001", calling="", device="trunk/phones/1"))
        came = bench.wait_for(CallArrived)
        assert came.timeslot == 1 and came.called == ""
        slot.open_voice()
        slot.control.answer()
        bench.wait_for(CallAnswered)
        established = party.wait(ev.Established)
        party.client.call(m.ClearConnection(call_id=established.call_id))
        assert bench.wait_for(CallEnded).far
        slot.control.hang_up()
        bench.wait_for(CallEnded, idle=True)


def test_stations(pots: rig.Daemon) -> None:
    """One is rung and answers; one is taken up, dials, and hears busy tone at the end."""
    with opened(pots, "analog", "phones") as bench, rig.Party(pots, "office") as party:
        one, two = bench.board.spans[0].timeslots[1:3]
        assert one.control.line is LineType.STATION
        one.control.dial("")
        assert bench.wait_for(CallProgressing, timeslot=1).alerting
        call = party.wait(ev.Delivered, direction="in").call_id
        party.client.call(m.AnswerCall(call_id=call))
        bench.wait_for(CallAnswered, timeslot=1)
        party.client.call(m.ClearConnection(call_id=call))
        assert bench.wait_for(CallEnded, timeslot=1).far
        party.wait(ev.ConnectionCleared, call_id=call)

        call = party.client.call(m.MakeCall(called="8004", device="trunk/office/6")).call_id
        bench.wait_for(CallArrived, timeslot=2)
        two.open_voice()
        two.control.answer()
        bench.wait_for(CallAnswered, timeslot=2)
        two.control.hang_up()
        party.client.call(m.ClearConnection(call_id=call))
        assert bench.wait_for(CallEnded, timeslot=2, idle=True)
