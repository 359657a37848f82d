"""The Keygoe driver over its double: China No.1, ISUP, TUP, analog trunks, stations."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import keygoe_rig as lab
from keygoe_rig import Bench, rig

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    LineType,
)
from trunkd.board.events import MediaEnd, PlayEnded
from trunkd.board.model import SpanKind
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.drivers.donjin.keygoe import KeygoeTimeslot
from trunkd.errors import DriverError

HEADER = rig.CONFIG[: rig.CONFIG.index("[[board]]")]


class Kind(NamedTuple):
    """Trunks of an example: ours, the far end's, and what they are."""

    example: str
    ours: str
    theirs: str
    line: LineType
    number: str
    replace: tuple[str, str] = ("", "")


POTS = ("max_digits = 7", "max_digits = 7\nreversal_on_answer = true")
KINDS = {
    "r2": Kind("r2-china", "in", "out", LineType.R2, "5551000"),
    "isup": Kind("ss7-china24", "to-local", "to-toll", LineType.ISUP, "5551000"),
    "tup": Kind("ss7-china24", "to-local", "to-toll", LineType.TUP, "5551000", ("isup", "tup")),
    "fxo": Kind("pots", "office", "phones", LineType.ANALOG_TRUNK, "8001", POTS),
}


class Lines(NamedTuple):
    kind: Kind
    daemon: rig.Daemon
    bench: Bench

    def slots(self) -> list[KeygoeTimeslot]:
        return [s for span in self.bench.board.spans for s in span.timeslots if s.calls is not None]


def daemon_of(kind: Kind, folder: pathlib.Path) -> rig.Daemon:
    lab.build()
    text = (rig.ROOT / "examples" / f"{kind.example}.toml").read_text()
    return rig.Daemon(folder, HEADER + text.replace(*kind.replace))


@pytest.fixture(scope="module", params=KINDS)
def lines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lines]:
    kind = KINDS[request.param]
    daemon = daemon_of(kind, tmp_path_factory.mktemp("d"))
    server = lab.server(daemon, Trunks=kind.ours)
    with Bench(library=str(lab.LIBRARY), server=server, required=True) as bench:
        yield Lines(kind, daemon, bench)
    daemon.close()


def test_channels(lines: Lines) -> None:
    slots = lines.slots()
    assert slots and {slot.control.line for slot in slots} == {lines.kind.line}
    assert {slot.control.condition() for slot in slots} == {ChannelCondition.IDLE}
    kinds = {lines.bench.board.span(slot.span).kind for slot in slots}
    analog = lines.kind.line is LineType.ANALOG_TRUNK
    assert kinds == {SpanKind.ANALOG if analog else SpanKind.E1}


def test_in(lines: Lines) -> None:
    bench = lines.bench
    with rig.Party(lines.daemon, lines.kind.theirs) as party:
        call = party.dial(lines.kind.number)
        came = bench.wait_for(CallArrived)
        slot = bench.board.span(came.span).timeslots[came.timeslot]
        assert slot.calls is not None
        if lines.kind.line is not LineType.ANALOG_TRUNK:
            assert came.called == lines.kind.number
        slot.calls.answer()
        bench.wait_for(CallAnswered, timeslot=came.timeslot)
        party.wait(ev.Established, call_id=call)
        slot.open_voice()
        slot.play(rig.noise(800), tag=4)
        end = bench.wait_for(PlayEnded)
        assert (end.tag, end.reason) == (4, MediaEnd.COMPLETE)
        slot.close()
        slot.calls.hang_up()
        party.client.call(m.ClearConnection(call_id=call))
        bench.wait_for(CallEnded, timeslot=came.timeslot, idle=True)
        party.wait(ev.ConnectionCleared, call_id=call)


def test_out(lines: Lines) -> None:
    bench = lines.bench
    bench.rest()
    slot = lines.slots()[1]
    with rig.Party(lines.daemon, lines.kind.theirs) as party:
        assert slot.calls is not None
        slot.calls.dial(lines.kind.number)
        call = party.answer()
        bench.wait_for(CallProgressing, timeslot=slot.number)
        answered = bench.wait_for(CallAnswered, timeslot=slot.number)
        analog = lines.kind.line is LineType.ANALOG_TRUNK
        assert answered.how == ("voice" if analog else "")
        slot.calls.hang_up()
        end = bench.wait_for(CallEnded, timeslot=slot.number, idle=True)
        assert not end.far
        party.wait(ev.ConnectionCleared, call_id=call)
    free = sum(bench.board.voices.values())
    for other in lines.slots()[:free]:
        other.open_voice()  # none was kept by the calls
    for other in lines.slots()[:free]:
        other.close()


def test_blocking(lines: Lines) -> None:
    slot = lines.slots()[-1]
    if lines.kind.line is LineType.ISUP:
        slot.control.block(True)
        lines.bench.wait_for(
            ConditionChanged, timeslot=slot.number, condition=ChannelCondition.BLOCKED_HERE
        )
        slot.control.block(False)
        lines.bench.wait_for(
            ConditionChanged, timeslot=slot.number, condition=ChannelCondition.IDLE
        )
    else:
        with pytest.raises(DriverError, match="can block channels of ISUP only"):
            slot.control.block(True)


def test_stations(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Telephones at our ports: one is rung and answers, one is taken up."""
    kind = KINDS["fxo"]
    daemon = daemon_of(kind, tmp_path_factory.mktemp("d"))
    server = lab.server(daemon, Trunks=kind.theirs)
    try:
        with (
            Bench(library=str(lab.LIBRARY), server=server, required=True) as bench,
            rig.Party(daemon, kind.ours) as party,
        ):
            slot = next(s for s in bench.board.spans if s.module == 2).timeslots[3]
            assert slot.control.line is LineType.STATION and slot.calls is not None
            slot.calls.dial("")
            assert bench.wait_for(CallProgressing, timeslot=3).alerting
            call = party.answer()
            bench.wait_for(CallAnswered, timeslot=3)
            party.client.call(m.ClearConnection(call_id=call))
            assert bench.wait_for(CallEnded, timeslot=3).idle
            call = party.dial("8004", channel=5)
            came = bench.wait_for(CallArrived)
            calls = bench.board.span(came.span).timeslots[came.timeslot].calls
            assert calls is not None
            calls.answer()
            bench.wait_for(CallAnswered, timeslot=came.timeslot)
            party.client.call(m.ClearConnection(call_id=call))
            assert bench.wait_for(CallEnded, timeslot=came.timeslot).idle
    finally:
        daemon.close()
