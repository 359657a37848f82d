"""Two signalling points of one node on a simulated board, in virtual time."""

from __future__ import annotations

from typing import Any

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.ss7 import SignallingPoint
from trunkd.daemon.trunk_ss7 import CircuitTrunk
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber

BOARD = """\
[daemon]
{daemon}

[[board]]
name = "b0"
address = "sim://ss7"
[board.sim]
spans = 4
cable = "1-3,2-4"
"""

POINT = """\
[[ss7]]
name = "{name}"
variant = "{label}"
point_code = "{code}"
network_indicator = "national"
[[ss7.linkset]]
name = "{name}-set"
adjacent = "{far}"
[[ss7.linkset.link]]
slc = 0
span = "b0/{first}"
timeslot = 16
{link}
[[ss7.linkset.link]]
slc = 1
span = "b0/{second}"
timeslot = 16
{link}

[[trunk]]
name = "{trunk}"
signalling = "{user}"
{more}
[trunk.{user}]
ss7 = "{name}"
dpc = "{far}"
variant = "{variant}"
{keys}
[[trunk.{user}.circuits]]
cics = "1-15,17-31"
span = "b0/{first}"
[[trunk.{user}.circuits]]
cics = "33-47,49-63"
span = "b0/{second}"
"""

CODES = {"itu": ("1-2-3", "1-2-4"), "china24": ("1-2-3", "1-2-4"), "ansi24": ("1-2-3", "1-2-4")}


def ss7_config(
    user: str = "isup",
    label: str = "china24",
    variant: str = "",
    near: str = "",
    far: str = "",
    more: str = "",
    link: str = "",
    daemon: str = 'records = "off"',
) -> str:
    """Points "near" (spans 1, 2; trunk "pstn") and "far" (spans 3, 4; trunk "exchange").

    ``near``, ``far``: further keys of each trunk's own table; ``more``: of both trunks.
    """
    codes = CODES[label]
    if not variant:
        variant = "china" if label == "china24" else "itu"
    text = BOARD.format(daemon=daemon)
    ends = (("near", "pstn", 1, 2, near), ("far", "exchange", 3, 4, far))
    for i, (name, trunk, first, second, keys) in enumerate(ends):
        text += POINT.format(
            name=name,
            label=label,
            code=codes[i],
            far=codes[1 - i],
            first=first,
            second=second,
            link=link,
            trunk=trunk,
            user=user,
            variant=variant,
            keys=keys,
            more=more,
        )
    return text


class Ss7Bench:
    """The node at work; ``seen`` has every event. ``answers``: calls that come in are answered."""

    def __init__(self, text: str, up: bool = True, answers: bool = True) -> None:
        self.seen: list[ev.Event] = []
        self.answers = answers
        self.node = Node(loads(text), VirtualClock())
        self.node.sinks.append(self._event)
        self.node.open()
        self.near = self.node.points["near"]
        self.far = self.node.points["far"]
        pstn, exchange = self.node.trunks["pstn"], self.node.trunks["exchange"]
        assert isinstance(pstn, CircuitTrunk) and isinstance(exchange, CircuitTrunk)
        self.pstn, self.exchange = pstn, exchange
        self.node.start()
        if up:
            self.run(12)
            assert self.links_up(self.near) == self.links_up(self.far) == 2
            assert self.pstn.up and self.exchange.up
            assert self.pstn.info().idle == self.exchange.info().idle == 60
            self.seen.clear()

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if self.answers and isinstance(event, ev.Delivered) and event.direction == "in":
            self.node.at(self.node.now(), lambda now: self._answer(event.call_id))

    def _answer(self, call_id: int) -> None:
        call = self.node.calls.get(call_id)
        if call is not None and call.state == "alerting" and not call.cleared_here:
            call.trunk.answer(call, call.trunk.now())

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def place(self, trunk: CircuitTrunk, channel: int = 0, **more: Any) -> Call:
        called = PartyNumber(more.pop("called", "5551000"))
        calling = PartyNumber(more.pop("calling", "2001"))
        return self.node.place(trunk, CallRequest(called, calling, channel, **more))

    def other(self, call: Call) -> Call:
        """The far end of a call: the one on the same circuit."""
        trunk = self.exchange if call.trunk is self.pstn else self.pstn
        return trunk.by_channel[call.channel]

    def of(self, kind: type[Any], /, **fields: Any) -> list[Any]:
        return [
            e
            for e in self.seen
            if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())
        ]

    def cable(self, span: int) -> Any:
        return self.node.boards["b0"].board.cable(span)

    @staticmethod
    def links_up(point: SignallingPoint) -> int:
        return sum(link.available for link in point.mtp3.links)

    def close(self) -> None:
        self.node.close()
