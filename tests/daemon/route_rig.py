"""Two PRIs and an SS7 trunk of one node, each back to back with an exchange, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber

BOARD = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://route"
[board.sim]
spans = {spans}
cable = "{cables}"
"""

PRI = """\
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "pri"
incoming = "{incoming}"
[trunk.pri]
side = "{side}"
{keys}
"""

POINT = """\
[[ss7]]
name = "{name}"
variant = "itu"
point_code = "{code}"
network_indicator = "national"
[[ss7.linkset]]
name = "{name}-set"
adjacent = "{far}"
[[ss7.linkset.link]]
slc = 0
span = "b0/{span}"
timeslot = 16

[[trunk]]
name = "{trunk}"
signalling = "isup"
incoming = "{incoming}"
[trunk.isup]
ss7 = "{name}"
dpc = "{far}"
[[trunk.isup.circuits]]
cics = "1-15,17-31"
span = "b0/{span}"
"""


R2 = """\
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "r2"
incoming = "{incoming}"
[trunk.r2]
variant = "itu"
dnis_max = 7
"""


def route_config(
    routing: str, third: str = "", far: str = "offer", user: str = "", net: str = ""
) -> str:
    """Trunks p1, p2 (users) against x1, x2; with ``third`` "isup" or "r2" also s1 against y1. Calls
    that come in at x1, x2 and y1 are offered, so that tests choose what becomes of them.
    ``routing``: its tables; ``user``, ``net``: further keys of p1 and p2, of x1 and x2."""
    text = BOARD.format(spans=6 if third else 4, cables="1-2,3-4" + (",5-6" if third else ""))
    if third == "r2":
        text += "".join(f"[[board.sim.span]]\nnumber = {n}\ncas = true\n" for n in (5, 6))
    for n in (1, 2):
        text += PRI.format(name=f"p{n}", span=2 * n - 1, side="user", incoming="alert", keys=user)
        name, span = f"x{n}", 2 * n
        text += PRI.format(name=name, span=span, side="network", incoming=far, keys=net)
    if third == "isup":
        near = {"name": "near", "code": "1-2-3", "far": "1-2-4", "span": 5, "trunk": "s1"}
        away = {"name": "far", "code": "1-2-4", "far": "1-2-3", "span": 6, "trunk": "y1"}
        text += POINT.format(**near, incoming="alert") + POINT.format(**away, incoming=far)
    if third == "r2":
        text += R2.format(name="s1", span=5, incoming="alert")
        text += R2.format(name="y1", span=6, incoming=far)
    return text + routing


TWO = """
[[group]]
name = "one"
members = ["p1/1-3"]
{one}
[[group]]
name = "two"
members = ["p2"]
hunt = "descending"
[[number]]
on = "outgoing"
groups = ["one"]
prefix = ["0"]
strip = 1
set_type = "national"
[[number]]
on = "outgoing"
groups = ["one"]
party = "calling"
prepend = "021"
[[route]]
name = "national"
prefix = ["0"]
choices = ["one", "two"]
{more}
"""


def two(one: str = "", more: str = "") -> str:
    """Route "national" over groups "one" (three channels of p1) and "two" (p2 from above)."""
    return TWO.format(one=one, more=more)


class RouteBench:
    """The node at work. ``refuse`` has the cause that an exchange refuses calls with; ``answers``:
    the others are answered."""

    def __init__(self, routing: str, third: str = "", **more: Any) -> None:
        self.seen: list[ev.Event] = []
        self.refuse: dict[str, int] = {}
        self.answers = True
        self.node = Node(loads(route_config(routing, third, **more)), VirtualClock())
        self.node.sinks.append(self._event)
        self.ended: list[Call] = []
        self.node.call_sinks.append(self.ended.append)
        self.node.open()
        self.node.start()
        self.until(lambda: all(t.up for t in self.node.trunks.values()))
        self.until(lambda: all(t.info().idle == 30 for t in self.node.trunks.values()))
        self.seen.clear()

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if isinstance(event, ev.Offered):
            self.node.at(self.node.now(), lambda now: self._offered(event.call_id, trunk))

    def _offered(self, call_id: int, trunk: str) -> None:
        call = self.node.calls.get(call_id)
        if call is None:
            return
        now = call.trunk.now()
        if trunk in self.refuse:
            call.trunk.clear(call, self.refuse[trunk], now)
        elif self.answers:
            call.trunk.accept(call, False, now)
            call.trunk.answer(call, now)

    def dial(self, called: str, device: str = "", calling: str = "", **more: Any) -> Call:
        request = CallRequest(
            PartyNumber(called),
            PartyNumber(calling) if calling else None,
            complete=more.pop("complete", True),
        )
        return self.node.routing.dial(device, request, **more)

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def until(self, done: Callable[[], Any], seconds: float = 40) -> None:
        """Run until it is so; it must be within that much virtual time."""
        end = self.node.now() + round(seconds * SECOND)
        while not done():
            assert self.node.now() < end, f"not in {seconds} s; {self.seen[-12:]}"
            self.run(0.01)

    def connected(self, call: Call) -> None:
        self.until(lambda: call.state == "connected")

    def over(self, call: Call) -> None:
        self.until(lambda: call.state == "null")

    def clear(self, call: Call, cause: int = 16) -> None:
        call.trunk.clear(call, cause, call.trunk.now())

    def of(self, kind: type[Any], call: Call | None = None) -> list[Any]:
        """Events of a kind, in order."""
        mine = [e for e in self.seen if isinstance(e, kind)]
        return [e for e in mine if call is None or e.call_id == call.call_id]

    def names(self, call: Call) -> list[str]:
        """What clients were told of a call."""
        return [type(e).__name__ for e in self.seen if getattr(e, "call_id", 0) == call.call_id]

    def fill(self, trunk: str, count: int) -> list[Call]:
        """Calls that stay up on a trunk."""
        made = [self.dial(f"9{n:02d}", f"trunk/{trunk}") for n in range(count)]
        self.until(lambda: all(c.state == "connected" for c in made))
        return made

    def cut(self, span: int) -> Any:
        cable = self.node.boards["b0"].board.cable(span)  # type: ignore[attr-defined]
        cable.cut()
        return cable

    def close(self) -> None:
        """Nothing may be left or have gone wrong."""
        assert self.node.problems == 0
        for call in list(self.node.calls.values()):
            if call.direction == "out" and call.call_id in self.node.calls:
                self.clear(call)
        self.until(lambda: not self.node.calls, 60)
        self.until(
            lambda: (
                all(c.idle for c in self.node.routing.table.circuits.values())
                or not all(t.up for t in self.node.trunks.values())
            )
        )
        assert not any(c.in_call for c in self.node.routing.table.circuits.values())
        self.node.close()
