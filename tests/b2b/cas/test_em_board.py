"""E&M with both ends ours on the real path: two simulated T1 (or E1) spans and a cable, stepped;
bits are robbed bits of the frames, digits are tones in their octets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkd.board.clock import VirtualClock
from trunkd.board.model import Law
from trunkd.drivers.sim import SimBoard, SimConfig
from trunkd.signaling import call as neutral
from trunkd.signaling.cas.em import EmTrunk
from trunkd.signaling.cas.em_config import EmConfig
from trunkd.signaling.line_port import LinePort

MS = 1_000_000
SECOND = 1_000_000_000
SLICE = 5 * MS


class Bench:
    """``options``: of both spans; engines on the same channels of spans 1 and 2."""

    def __init__(self, options: dict[str, Any], law: Law, a: EmConfig, b: EmConfig) -> None:
        config = SimConfig(spans=2, cable="1-2", soft_spans=0, **options)
        self.board = SimBoard("sim://em", config, VirtualClock())
        self.board.start()
        self.engines = (EmTrunk(a), EmTrunk(b))
        self.ports = [
            LinePort({n: self.board.span(k).timeslots[n] for n in a.channels}, law) for k in (1, 2)
        ]
        self.log: tuple[list[Any], list[Any]] = ([], [])
        self.app: Callable[[int, Any], None] = lambda k, event: None
        self.run(SECOND)
        for engine in self.engines:
            engine.start(self.now)
        # On an E1 the bits were 1111 until now: off-hook, which has to go first.
        self.run(3 * SECOND)

    @property
    def now(self) -> int:
        return self.board.clock.now()

    def run(self, ns: int) -> None:
        end = self.now + ns
        while self.now < end:
            self.settle()
            due = [t for t in (e.next_timeout() for e in self.engines) if t is not None]
            step = min([end, self.now + SLICE, *[max(t, self.now + MS) for t in due]])
            self.board.step(step)
            for event in self.board.events():
                for engine, port in zip(self.engines, self.ports, strict=True):
                    signal = port.signal(event)
                    if signal is not None:
                        engine.receive(signal, self.now)
            for engine in self.engines:
                engine.handle_timeout(self.now)
        self.settle()

    def settle(self) -> None:
        for k, (engine, port) in enumerate(zip(self.engines, self.ports, strict=True)):
            for action in engine.transmit():
                port.carry_out(action)
                for ended in port.taken():
                    engine.receive(ended, self.now)
            for event in engine.events():
                self.log[k].append(event)
                self.app(k, event)

    def kinds(self, k: int, kind: type) -> list[Any]:
        return [event for event in self.log[k] if isinstance(event, kind)]


LINES = {
    "esf": ({"kind": "t1", "framing": "esf", "cas": True}, Law.MU, "t1"),
    "d4": ({"kind": "t1", "framing": "d4", "line_code": "ami", "cas": True}, Law.MU, "t1"),
    "e1": ({"cas": True}, Law.A, "e1"),
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("variant", ["wink", "wink-mf", "fgd", "delay", "immediate-pulse"])
def test_a_call_through_the_frames(line: str, variant: str) -> None:
    options, law, bits = LINES[line]
    channels = (1, 7, 24)
    common = {"channels": channels, "variant": variant, "bits": bits}
    bench = Bench(options, law, EmConfig(glare="hold", **common), EmConfig(**common))

    def app(k: int, event: Any) -> None:
        if isinstance(event, neutral.CallOffered):
            bench.engines[k].alert(event.call, False, bench.now)
        elif isinstance(event, neutral.CallProceeding):
            answering = bench.kinds(1 - k, neutral.CallOffered)
            if answering:
                bench.engines[1 - k].answer(answering[-1].call, bench.now)

    bench.app = app
    number = "5550123" if variant != "immediate-pulse" else "250"
    request = neutral.CallRequest(
        neutral.PartyNumber(number), neutral.PartyNumber("2125550100"), channel=24, exclusive=True
    )
    call = bench.engines[0].place(request, bench.now)
    bench.run(9 * SECOND)
    (offered,) = bench.kinds(1, neutral.CallOffered)
    assert offered.channel == 24
    assert offered.request.called.digits == number
    if variant == "fgd":
        assert offered.request.calling.digits == "2125550100"
    if not bench.kinds(0, neutral.CallConnected):  # the number was complete by time only
        bench.engines[1].answer(offered.call, bench.now)
        bench.run(SECOND)
    assert len(bench.kinds(0, neutral.CallConnected)) == 1
    bench.engines[0].clear(call, 16, bench.now)
    bench.run(3 * SECOND)
    for k in (0, 1):
        assert [e.cause for e in bench.kinds(k, neutral.CallReleased)] == [16]
        assert not bench.kinds(k, neutral.ProtocolFault)
        for number_ in channels:
            assert bench.engines[k].channel_text(number_) == "Idle; far end on-hook"
