"""What every board with analog ports does: voice as on any timeslot, and the line side's events.

A maker gives a bench whose ``near`` is an FXS port and whose ``far`` is the FXO port on its line.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator

import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BoardEvent, MediaEnd, PlayEnded, RecordEnded
from trunkd.board.line import (
    AnalogLine,
    Battery,
    BatteryChanged,
    Feed,
    HookChanged,
    LineEvent,
    LineSent,
    MeteringPulse,
    PortKind,
    PulseShape,
    RingChanged,
    Ringing,
)
from trunkd.board.media import Listen
from trunkd.board.media_events import DigitHeard
from trunkd.board.model import Board, Feature, HdlcConfig, SpanKind, Timeslot
from trunkd.board.play import Tones
from trunkd.board.progress_tones import Step
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard, SimConfig, SpanConfig
from trunkd.drivers.sim.line_config import LineConfig
from trunkd.errors import ConfigError, LocalError


class AnalogBench:
    """An opened board and the two ports of one line."""

    def __init__(self, board: Board, near: Timeslot, far: Timeslot) -> None:
        self.board = board
        self.near = near
        self.far = far
        self.seen: list[BoardEvent] = []

    @property
    def fxs(self) -> AnalogLine:
        assert self.near.line is not None
        return self.near.line

    @property
    def fxo(self) -> AnalogLine:
        assert self.far.line is not None
        return self.far.line

    def wait(
        self, until: Callable[[], bool], milliseconds: float = 3000, must: bool = True
    ) -> None:
        """Until the condition holds, at most so long (line time; real time takes its own)."""
        if must and Feature.STEPPED not in self.board.features:
            milliseconds = max(milliseconds, 60_000)
        end = self.board.clock.now() + round(milliseconds * MILLISECOND)
        while not until():
            now = self.board.clock.now()
            if now >= end:
                assert not must, f"not within {milliseconds} ms; seen: {self.seen[-20:]}"
                return
            if Feature.STEPPED in self.board.features:
                self.board.step(end)
            else:
                select.select([self.board.fileno()], [], [], (end - now) / 1e9)
            self.seen += self.board.events()

    def pass_time(self, milliseconds: float) -> None:
        self.wait(lambda: False, milliseconds, must=False)

    def of(self, kind: type, slot: Timeslot) -> list:
        return [
            event
            for event in self.seen
            if isinstance(event, kind) and (event.span, event.timeslot) == (slot.span, slot.number)  # type: ignore[attr-defined]
        ]

    def answer(self) -> None:
        self.fxo.loop(True)
        self.wait(self.fxs.off_hook)


def sim(stepped: bool, block_ms: int) -> AnalogBench:
    config = SimConfig(
        spans=2,
        block_ms=block_ms,
        span=[SpanConfig(2, kind="analog", ports="fxs:1-4,fxo:5-8")],
        lines=[LineConfig(fxs="2/3", fxo="2/6", wire="none")],
    )
    board = SimBoard("sim://analog", config, VirtualClock() if stepped else None)
    slots = board.span(2).timeslots
    return AnalogBench(board, slots[3], slots[6])


MAKERS: dict[str, Callable[[], AnalogBench]] = {
    "sim-stepped": lambda: sim(True, 1),
    "sim-real": lambda: sim(False, 1),
    "sim-block20": lambda: sim(True, 20),
}


@pytest.fixture(params=sorted(MAKERS))
def up(request: pytest.FixtureRequest) -> Iterator[AnalogBench]:
    """A started board."""
    made = MAKERS[request.param]()
    made.board.start()
    yield made
    made.board.close()


def test_ports_and_their_kinds(up: AnalogBench) -> None:
    assert Feature.ANALOG in up.board.features
    assert up.board.span(up.near.span).kind is SpanKind.ANALOG
    assert up.fxs.kind is PortKind.FXS and up.fxo.kind is PortKind.FXO
    assert up.board.span(1).timeslots[1].line is None
    with pytest.raises(LocalError):
        up.near.open_hdlc(HdlcConfig())


def test_idle_lines_tell_nothing(up: AnalogBench) -> None:
    up.pass_time(200)
    assert not [event for event in up.seen if isinstance(event, LineEvent)]
    assert up.fxo.battery() is Battery.NORMAL and not up.fxs.off_hook()


def test_a_call_ringing_answer_reversal_and_clearing(up: AnalogBench) -> None:
    up.fxs.feed(Feed.RINGING, Ringing())
    up.wait(lambda: bool(up.of(RingChanged, up.far)))
    assert up.of(RingChanged, up.far)[0].hz == pytest.approx(25, rel=0.02)
    up.answer()
    up.fxs.feed(Feed.REVERSED)
    up.wait(lambda: up.fxo.battery() is Battery.REVERSED)
    up.fxs.feed(Feed.OPEN)
    up.wait(lambda: up.fxo.battery() is Battery.ABSENT)
    up.fxo.loop(False)
    up.fxs.feed(Feed.NORMAL)
    up.wait(lambda: up.fxo.battery() is Battery.NORMAL)
    up.pass_time(150)
    assert [e.on for e in up.of(RingChanged, up.far)] == [True, False]
    assert [e.battery for e in up.of(BatteryChanged, up.far)] == [
        Battery.REVERSED,
        Battery.ABSENT,
        Battery.NORMAL,
    ]
    assert not up.fxs.off_hook()


def test_pulses_flash_and_metering(up: AnalogBench) -> None:
    up.answer()
    up.fxo.pulses("3", PulseShape(10, 60), 11)
    up.wait(lambda: bool(up.of(LineSent, up.far)))
    up.fxo.flash(200, 12)
    up.wait(lambda: len(up.of(LineSent, up.far)) == 2)
    up.fxs.metering(120, 12000, 13)
    up.wait(lambda: bool(up.of(LineSent, up.near)))
    up.pass_time(50)
    hook = up.of(HookChanged, up.near)
    assert [e.off for e in hook] == [True] + [False, True] * 4
    breaks = [(b.time - a.time) / MILLISECOND for a, b in zip(hook[1::2], hook[2::2], strict=True)]
    # In real time an overloaded machine may leave blocks out, and the clock goes on.
    assert all(ms >= least for ms, least in zip(breaks, (60, 60, 60, 200), strict=True))
    if Feature.STEPPED in up.board.features:
        assert breaks == [60, 60, 60, 200]
    assert [e.tag for e in up.of(LineSent, up.far)] == [11, 12]
    assert [e.duration for e in up.of(MeteringPulse, up.far)] == [120 * MILLISECOND]


def test_play_record_and_listen_as_on_any_timeslot(up: AnalogBench) -> None:
    up.near.open_voice()
    up.far.open_voice()
    up.near.listen(Listen.DTMF)
    up.answer()
    up.near.record(1600, 5)
    tone = Tones((Step((770, 1336), 800, -10), Step((), 480)))
    up.far.play_list([tone], tag=6)
    up.wait(lambda: bool(up.of(PlayEnded, up.far)) and bool(up.of(RecordEnded, up.near)))
    assert up.of(PlayEnded, up.far)[0].tag == 6
    assert up.of(RecordEnded, up.near)[0].reason is MediaEnd.COMPLETE
    assert len(up.near.recorded()) == 1600
    up.wait(lambda: any(e.ended for e in up.of(DigitHeard, up.near)))
    assert {e.digit for e in up.of(DigitHeard, up.near)} == {"5"}


def test_voice_through_a_connection(up: AnalogBench) -> None:
    """The FXO port is joined with a soft channel: what that plays goes out on the line."""
    soft = up.board.soft[0]
    soft.open_voice()
    up.near.open_voice()
    up.far.open_voice()
    up.near.listen(Listen.DTMF)
    up.answer()
    up.far.connect(soft)
    soft.play_list([Tones((Step((941, 1336), 800, -10), Step((), 480)))])
    up.wait(lambda: bool(up.of(DigitHeard, up.near)))
    assert up.of(DigitHeard, up.near)[0].digit == "0"


def test_the_line_lives_without_open_timeslots(up: AnalogBench) -> None:
    up.near.open_voice()
    up.near.close()
    up.answer()
    assert up.of(HookChanged, up.near)


def test_a_configuration_in_an_address_names_what_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"span.ports: span 1 is analog and has none"):
        open_board("sim://lab?spans=1&kind=analog", clock=VirtualClock())
