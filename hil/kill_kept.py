"""The storm's model of calls that must go on when the daemon is killed (kill_storm.py)."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable, Iterable
from typing import Final

from ..daemon import events as ev
from ..daemon.methods import CallInfo


class KeptCalls:
    """What was told of the calls. A pair is one that the storm itself placed, and its far end,
    which is another call of the same daemon: nobody but the storm clears it."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain: Final = complain
        self._mine: Final[set[int]] = set()
        self._called: Final[dict[int, str]] = {}
        self._by_number: Final[dict[str, list[int]]] = collections.defaultdict(list)
        self._up: Final[set[int]] = set()
        """Established was told, and no end."""
        self._held: Final[set[int]] = set()
        self._unsure: Final[set[int]] = set()
        """Asked to hold or retrieve shortly before the kill."""
        self._cleared: Final[set[int]] = set()
        self._heard: Final[set[int]] = set()
        self.expected: Final[set[int]] = set()
        """Those that are to be confirmed since the last kill."""
        self.confirmed = 0
        self.most = 0
        """Calls that were up over kills, each counted at each kill."""

    # What is asked

    def placed(self, call: int) -> None:
        self._mine.add(call)

    def cleared(self, call: int) -> None:
        """From now on it may end, and so may its far end."""
        both = {call, *self._other(call)}
        self._cleared.update(both)
        self.expected.difference_update(both)

    def _other(self, call: int) -> list[int]:
        return [c for c in self._by_number.get(self._called.get(call, ""), []) if c != call]

    def _pairs(self) -> list[tuple[int, int]]:
        """Answered at both ends."""
        found = []
        for near in sorted(self._up & self._mine - self._cleared):
            other = self._other(near)
            if len(other) == 1 and other[0] in self._up:
                found.append((near, other[0]))
        return found

    @property
    def answered(self) -> bool:
        return bool(self._up & self._mine - self._cleared)

    def one_to_hold(self, chance: random.Random) -> tuple[bool, int]:
        """Is it on hold now; which."""
        call = chance.choice(sorted(self._up & self._mine - self._cleared))
        self._unsure.add(call)
        return call in self._held, call

    def either_end(self, call: int, chance: random.Random) -> int:
        """The call itself, or its far end."""
        other = self._other(call)
        return other[0] if len(other) == 1 and chance.random() < 0.5 else call

    def pair_to_hear(self, chance: random.Random) -> tuple[int, int] | None:
        pairs = [p for p in self._pairs() if p[0] not in self._held | self._unsure]
        self._heard.clear()
        return chance.choice(pairs) if pairs else None

    def heard(self, call: int) -> bool:
        return call in self._heard

    # What is told

    def told(self, event: ev.CallEvent) -> None:
        call = event.call_id
        if isinstance(event, ev.Originated | ev.Delivered | ev.Offered) and event.called:
            if call not in self._called:
                self._called[call] = event.called
                self._by_number[event.called].append(call)
        elif isinstance(event, ev.Established):
            self._up.add(call)
        elif isinstance(event, ev.Held):
            self._held.add(call)
        elif isinstance(event, ev.Retrieved):
            self._held.discard(call)
        elif isinstance(event, ev.DigitsDetected):
            self._heard.add(call)
        elif isinstance(event, ev.CallKept):
            self.confirmed += 1
            self.expected.discard(call)
            if call not in self._up:
                self._complain(f"call {call} is kept, and nobody told that it was answered")
        elif isinstance(event, ev.ConnectionCleared):
            self._ended(call, event)

    def _ended(self, call: int, event: ev.ConnectionCleared) -> None:
        if call in self.expected:
            self._complain(f"a call that was answered at both ends was not kept: {event}")
        self.expected.discard(call)
        self._up.discard(call)
        self._held.discard(call)

    # Over a kill

    def killed(self) -> None:
        """All that was told is read: these must go on."""
        both = {call for pair in self._pairs() for call in pair}
        self.most += len(both)
        self.expected.clear()
        self.expected.update(both)

    def compare(self, calls: Iterable[CallInfo]) -> None:
        """A snapshot right after the start."""
        there = {info.call_id: info for info in calls}
        for call in sorted(self.expected):
            info = there.get(call)
            if info is None:
                self._complain(f"call {call} was answered at both ends, and is not there")
            elif call not in self._unsure and info.held != (call in self._held):
                self._complain(f"call {call}: held is {info.held} after the start")
        self._unsure.clear()
