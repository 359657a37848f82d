"""Calls both ways over an R2Line, each with its own fate, and what became of them."""

from __future__ import annotations

from typing import Any, Final

from r2_line import MS, End, Noise, R2Line

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas.r2_config import R2Config

CAUSES: Final = (17, 42, 1, 27, 22, 21, 34)


class Traffic(R2Line):
    """``wanted``: calls in all; ``longest_ms``: of the time before each thing that is done."""

    def __init__(
        self,
        a: R2Config,
        b: R2Config,
        wanted: int,
        delay_ms: float,
        seed: int,
        noise: Noise,
        longest_ms: int = 3000,
    ) -> None:
        super().__init__(a, b, delay_ms, seed)
        self.noise = noise
        self.wanted = wanted
        self.longest: Final = longest_ms
        self.placed = 0
        self.offered = 0
        self.connected = 0
        self.released = 0
        self.limit: Final = len(a.channels) * 2 // 3
        self.coming = 0
        self.live: Final[dict[int, dict[int, int]]] = {id(self.a): {}, id(self.b): {}}
        """Calls of each end that are not released, and when they began."""
        self.longest_call = 0
        """ns"""

    def more(self) -> None:
        """Place a call at one end."""
        if self.placed == self.wanted:
            return
        rand = self.random
        end = rand.choice((self.a, self.b))
        digits = "".join(rand.choice("0123456789") for _ in range(rand.randrange(1, 5)))
        calling = ev.PartyNumber("".join(rand.choice("0123456789") for _ in range(2)))
        request = ev.CallRequest(ev.PartyNumber(digits), rand.choice((None, calling)))
        self.placed += 1
        call = end.trunk.place(request, self.now)
        self.live[id(end)][call] = self.now
        if rand.random() < 0.1:
            self.later(end, call, "clear", 16)
        end.take()

    def later(self, end: End, call: int, what: str, arg: int = 0) -> None:
        at = self.now + self.random.randrange(1, self.longest) * MS
        self.post(at, end, ("do", call, what, arg, None, None))

    def _special(self, end: End, what: Any) -> None:
        if what[0] != "do":
            super()._special(end, what)
        elif what[2] == "place":
            self.coming -= 1
            self.more()
        elif what[1] in self.live[id(end)]:
            self._do(end, what[1], what[2], what[3])

    def _do(self, end: End, call: int, what: str, arg: int) -> None:
        try:
            if what == "clear":
                end.trunk.clear(call, arg, self.now)
            elif what == "alert":
                end.trunk.alert(call, True, self.now)
            else:
                end.trunk.answer(call, self.now)
        except LocalError:
            # The line is in a state that forbids it by now: the call is ended instead
            if what == "clear":
                raise
            end.trunk.clear(call, 16, self.now)

    def told(self, end: End, events: list[ev.SignallingEvent]) -> None:
        rand = self.random
        for event in events:
            if isinstance(event, ev.CallOffered):
                self.offered += 1
                self.live[id(end)][event.call] = self.now
                fate = rand.random()
                if fate < 0.3:
                    self.later(end, event.call, "clear", rand.choice(CAUSES))
                elif fate < 0.6:
                    self.later(end, event.call, "alert")
                    self.later(end, event.call, "answer")
                elif fate < 0.95:
                    self.later(end, event.call, "answer")
                if 0.3 < fate < 0.7:
                    self.later(end, event.call, "clear", 16)
            elif isinstance(event, ev.CallConnected):
                self.connected += 1
                self.later(end, event.call, "clear", 16)
            elif isinstance(event, ev.CallAlerting) and rand.random() < 0.2:
                self.later(end, event.call, "clear", 16)
            elif isinstance(event, ev.CallReleased):
                self.released += 1
                began = self.live[id(end)].pop(event.call, self.now)
                self.longest_call = max(self.longest_call, self.now - began)
        if events and self.placed + self.coming < self.wanted:
            busy = max(len(self.live[id(self.a)]), len(self.live[id(self.b)]))
            if busy + self.coming < self.limit:
                self.placing()
        end.events.clear()
        end.log.clear()

    def placing(self) -> None:
        """Another call soon."""
        self.coming += 1
        at = self.now + self.random.randrange(1, 2000) * MS
        self.post(at, self.a, ("do", 0, "place", 0, None, None))

    def stuck(self) -> list[str]:
        """Channels that are not idle, calls that are not released."""
        found = []
        for name, end in (("a", self.a), ("b", self.b)):
            for number, channel in end.trunk.channels.items():
                if channel.state != s.IDLE:
                    found.append(f"{name} {end.trunk.channel_text(number)}")
            found += [f"{name} call {call}" for call in self.live[id(end)]]
        return found
