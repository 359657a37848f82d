"""Two trunks with D-channel backup, each of whose D-channels can be cut."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.nfas import NfasTrunk
from trunkd.signaling.isdn.q931_config import PriConfig

MS = 1_000_000
SECOND = 1_000_000_000


def request(**fields) -> neutral.CallRequest:
    return neutral.CallRequest(neutral.PartyNumber("5551234"), **fields)


class Spans:
    """Two NfasTrunks on two D-channels, each of which can be cut."""

    def __init__(self) -> None:
        settings = {"variant": "ni2", "interfaces": (0, 1, 2), "backup": True}
        self.user = NfasTrunk(PriConfig("user", **settings))
        self.network = NfasTrunk(PriConfig("network", **settings))
        self.ends = (self.user, self.network)
        self.now = 0
        self.cut: set[int] = set()
        self.log: dict[int, list] = {0: [], 1: []}
        self.apps: dict[int, Callable] = {}
        self._agenda: list = []
        self._order = 0

    def start(self) -> None:
        for end in self.ends:
            end.start(self.now)
        self.run(3 * SECOND)

    def run(self, ns: int) -> None:
        until = self.now + ns
        while True:
            self.settle()
            next_one = self._agenda[0][0] if self._agenda else until + 1
            for end in self.ends:
                timeout = end.next_timeout()
                next_one = min(next_one, until + 1 if timeout is None else timeout)
            if next_one > until:
                break
            self.now = max(self.now, next_one)
            for end in self.ends:
                end.handle_timeout(self.now)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
        self.now = until

    def settle(self) -> None:
        for n, end in enumerate(self.ends):
            for event in end.events():
                self.log[n].append(event)
                if isinstance(event, neutral.CallOffered):
                    end.answer(event.call, self.now)
            for index in (0, 1):
                for frame in end.transmit(index):
                    self.send(self.ends[1 - n], index, frame)

    def send(self, to: NfasTrunk, index: int, frame: bytes) -> None:
        if index in self.cut:
            return
        self._order += 1
        deliver = lambda: to.receive(index, frame, self.now)  # noqa: E731
        heapq.heappush(self._agenda, (self.now + 3 * MS, self._order, deliver))

    def released(self) -> list:
        return [e for n in (0, 1) for e in self.log[n] if isinstance(e, neutral.CallReleased)]
