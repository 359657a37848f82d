"""Two trunks of lines of one node, joined by a simulated cable, in virtual time."""

from __future__ import annotations

from typing import Any

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.trunk_line import LineTrunk
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber

R2 = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://r2"
[board.sim]
spans = 2
cas = true
cable = "1-2"

[[trunk]]
name = "near"
span = "b0/1"
signalling = "r2"
incoming = "{incoming}"
[trunk.r2]
variant = "{variant}"
channels = "{channels}"
dnis_max = 7
{near}

[[trunk]]
name = "far"
span = "b0/2"
signalling = "r2"
incoming = "{incoming}"
[trunk.r2]
variant = "{variant}"
channels = "{channels}"
dnis_max = 7
{far}
"""

ANALOG = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://pots"
[board.sim]
spans = 1
[[board.sim.span]]
number = 1
kind = "analog"
ports = "fxs:1-4,fxo:5-8"
{lines}

[[trunk]]
name = "phones"
span = "b0/1"
signalling = "fxs"
[trunk.fxs]
{fxs}
[trunk.fxs.numbers]
1 = "8001"
2 = "8002"
3 = "8003"
4 = "8004"

[[trunk]]
name = "office"
span = "b0/1"
signalling = "fxo"
[trunk.fxo]
{fxo}
"""


def r2_config(
    variant: str = "cn",
    channels: str = "1-15,17-31",
    incoming: str = "alert",
    near: str = "",
    far: str = "",
) -> str:
    """Trunks "near" on span 1 and "far" on span 2."""
    return R2.format(variant=variant, channels=channels, incoming=incoming, near=near, far=far)


def analog_config(fxs: str = "", fxo: str = "") -> str:
    """Trunk "phones" of FXS ports 1 to 4, "office" of FXO ports 5 to 8 at the other ends."""
    lines = "\n".join(f'[[board.sim.lines]]\nfxs = "1/{n}"\nfxo = "1/{n + 4}"' for n in range(1, 5))
    return ANALOG.format(lines=lines, fxs=fxs, fxo=fxo)


SPANS = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://spans"
[board.sim]
spans = 2
cable = "1-2"
{board}

[[trunk]]
name = "near"
span = "b0/1"
signalling = "{near_kind}"
[trunk.{near_kind}]
{near}

[[trunk]]
name = "far"
span = "b0/2"
signalling = "{far_kind}"
[trunk.{far_kind}]
{far}
"""


def spans_config(kind: str, near: str, far: str, other: str = "", board: str = "") -> str:
    """Trunks "near" and "far" on two spans of a kind with a cable between them."""
    return SPANS.format(board=board, near=near, far=far, near_kind=kind, far_kind=other or kind)


class LineBench:
    """The node at work; ``seen`` has every event. ``answers``: calls that come in are answered."""

    def __init__(self, text: str, answers: bool = True) -> None:
        self.seen: list[ev.Event] = []
        self.answers = answers
        self.node = Node(loads(text), VirtualClock())
        self.node.sinks.append(self._event)
        self.node.open()
        self.node.start()
        self.run(1)

    def trunk(self, name: str) -> LineTrunk:
        found = self.node.trunks[name]
        assert isinstance(found, LineTrunk)
        return found

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if not self.answers or not isinstance(event, ev.Delivered):
            return
        if event.direction == "in" and not event.device.startswith("trunk/tap"):
            self.node.at(self.node.now() + SECOND // 2, lambda now: self._answer(event.call_id))

    def _answer(self, call_id: int) -> None:
        call = self.node.calls.get(call_id)
        if call is not None and call.state == "alerting" and not call.cleared_here:
            call.trunk.answer(call, call.trunk.now())

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def until(self, wanted: Any, seconds: float = 30) -> None:
        """Run until ``wanted()``; fails after so many seconds of board time."""
        end = self.node.now() + round(seconds * SECOND)
        while not wanted():
            assert self.node.now() < end, f"not within {seconds} s; seen: {self.seen[-12:]}"
            self.run(0.05)

    def place(self, trunk: str, called: str = "5551000", channel: int = 0, **more: Any) -> Call:
        calling = more.pop("calling", "01012345678")
        return self.node.place(
            self.node.trunk(trunk),
            CallRequest(PartyNumber(called), PartyNumber(calling), channel, **more),
        )

    def of(self, kind: type[Any], /, **fields: Any) -> list[Any]:
        """Events seen of this kind with these fields."""
        return [
            e
            for e in self.seen
            if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())
        ]

    def clear(self, call: Call, cause: int = 16) -> None:
        call.trunk.clear(call, cause, call.trunk.now())

    def idle(self) -> bool:
        """No call, and every channel of every trunk is idle."""
        return not self.node.calls and all(
            info.state == "idle" for t in self.node.trunks.values() for info in t.channel_infos()
        )

    def close(self) -> None:
        self.node.close()
