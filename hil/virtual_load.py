"""Calls back to back on all channels of a node in virtual time, with a log that can be compared."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from ..board.clock import SECOND, VirtualClock
from ..daemon import events as ev
from ..daemon.calls import Call
from ..daemon.config_check import loads
from ..daemon.node import Node
from ..daemon.virtual import run_until
from ..signaling.call import CallRequest, PartyNumber

_BOARD: Final = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://virtual"
[board.sim]
spans = {spans}
block_ms = {block_ms}
cable = "{cables}"
"""

_TRUNK: Final = """\
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "pri"
[trunk.pri]
side = "{side}"
"""


def config_text(links: int, block_ms: int) -> str:
    """``links`` E1 links, both ends on one simulated board: spans 1-2, 3-4 …"""
    cables = ",".join(f"{2 * i + 1}-{2 * i + 2}" for i in range(links))
    text = _BOARD.format(spans=2 * links, block_ms=block_ms, cables=cables)
    for span in range(1, 2 * links + 1):
        side = "user" if span % 2 else "network"
        text += _TRUNK.format(name=f"{side}{(span + 1) // 2}", span=span, side=side)
    return text


class VirtualLoad:
    """Half of each link's channels are called from the one end, half from the other.

    Each call is answered at once, held for ``hold`` ns, cleared by its caller, and followed by
    the next one. ``digest`` is a hash of every event in its order, as the socket would send it.
    """

    def __init__(self, links: int = 2, hold: int = 20 * SECOND, block_ms: int = 1) -> None:
        self.clock = VirtualClock(0, 1_700_000_000 * SECOND)
        self.node = Node(loads(config_text(links, block_ms)), self.clock)
        self.node.sinks.append(self._event)
        self.node.call_sinks.append(self._ended)
        self._hold = hold
        self._log = hashlib.sha256()
        self._encode = msgspec.json.Encoder().encode
        self._numbers = 0
        self.events = 0
        self.placed = 0
        self.completed = 0
        self.failed: list[tuple[int, int]] = []
        """Call ids and causes of calls that did not end as they should."""
        self.longest_setup = 0

    @property
    def digest(self) -> str:
        return self._log.hexdigest()

    def run(self, seconds: float) -> None:
        """From the opening of the board to ``seconds`` of virtual time."""
        self.node.open()
        try:
            self.node.start()
            run_until(self.node, round(seconds * SECOND))
        finally:
            self.node.close()

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.events += 1
        self._log.update(self._encode(event))
        now = self.node.now()
        if isinstance(event, ev.Delivered):
            if event.direction == "in":
                call = self.node.calls[event.call_id]
                self.node.at(now, lambda at: call.trunk.answer(call, at))
        elif isinstance(event, ev.Established):
            call = self.node.calls[event.call_id]
            if call.direction == "out":
                self.longest_setup = max(self.longest_setup, call.answered - call.started)
                self.node.at(now + self._hold, lambda at: call.trunk.clear(call, 16, at))
        elif isinstance(event, ev.LinkChanged) and event.up:
            self.node.at(now, lambda at: self._begin(trunk))

    def _begin(self, trunk: str) -> None:
        for _ in range(len(self.node.trunks[trunk].channels) // 2):
            self._place(trunk)

    def _place(self, trunk: str) -> None:
        self._numbers += 1
        number = PartyNumber(f"{self._numbers % 10_000_000:07d}")
        self.node.place(self.node.trunks[trunk], CallRequest(number, PartyNumber("100")))
        self.placed += 1

    def _ended(self, call: Call) -> None:
        if call.direction == "in":
            return
        if call.answered and call.cause == 16 and call.ended - call.answered >= self._hold:
            self.completed += 1
        else:
            self.failed.append((call.call_id, call.cause))
        self.node.at(call.ended, lambda at: self._place(call.trunk.name))
