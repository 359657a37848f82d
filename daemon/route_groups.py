"""Trunk groups: hunting for an idle channel, limits of calls and rate, reserved channels.

No I/O and no clock: whoever owns the channels tells of changes (``Circuit.idle``, ``in_call``) and
gives the time. A group chooses; it never takes: the channel is busy when its owner says so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final

from .config_route import GroupTable

NO_CIRCUIT: Final = 34
NETWORK_OUT_OF_ORDER: Final = 38
CONGESTION: Final = 42
"""Q.850."""

SECOND: Final = 1_000_000_000
_IDLE_LONGEST: Final = operator.attrgetter("order")


class Circuit:
    """One channel of a trunk. Groups that share it share this."""

    __slots__ = ("channel", "idle", "in_call", "order", "trunk")

    def __init__(self, trunk: str, channel: int) -> None:
        self.trunk: Final = trunk
        self.channel: Final = channel
        self.idle = True
        """It may be seized."""
        self.in_call = False
        self.order = 0
        """When it became idle last: counts what became idle."""

    def __repr__(self) -> str:
        return f"{self.trunk}/{self.channel}"


class TokenBucket:
    """So many calls a second, ``burst`` at once after a pause: the generic cell rate algorithm of
    I.371 annex A, in whole ns, so that nothing is lost to rounding."""

    def __init__(self, rate: float, burst: int) -> None:
        self.interval: Final = round(SECOND / rate)
        """Between two calls."""
        self._slack: Final = (burst - 1) * self.interval
        self._next = 0
        """Theoretical arrival time of the next call."""

    def wait(self, now: int) -> int:
        """How long (ns) a call would have to wait; takes nothing."""
        return max(0, self._next - self._slack - now)

    def take(self, now: int) -> None:
        """The next call's turn is taken, whenever that is."""
        self._next = max(self._next, now) + self.interval


class Pick:
    """A channel that may be had, after ``wait`` ns; with a wait it is only one that is idle now."""

    __slots__ = ("circuit", "wait")

    def __init__(self, circuit: Circuit, wait: int = 0) -> None:
        self.circuit: Final = circuit
        self.wait: Final = wait


class NoPick:
    """Why no channel can be had."""

    __slots__ = ("q850", "text", "why")

    def __init__(self, q850: int, why: str, text: str) -> None:
        self.q850: Final = q850
        self.why: Final = why
        """A word for counters: down, busy, reserved, calls, rate."""
        self.text: Final = text


class GroupCounters:
    """What a group counted since the start."""

    def __init__(self) -> None:
        self.attempts = 0
        """Calls that wanted a channel of it."""
        self.seizures = 0
        self.incoming = 0
        self.waited = 0
        """Calls that waited for `calls_per_second`."""
        self.refused: dict[str, int] = {}
        """Calls that got no channel, by why: down, busy, reserved, calls, rate."""
        self.overflows: dict[int, int] = {}
        """Calls that went on to another choice, or ended, by Q.850 cause."""
        self.busy_ns = 0
        """Time that its channels had calls, of those that ended."""
        self.peak = 0
        """Calls at once at the most."""


class Group:
    """One ``[[group]]``. ``up(trunk)``: may calls be placed on the trunk?"""

    def __init__(
        self, table: GroupTable, circuits: list[Circuit], up: Callable[[str], bool]
    ) -> None:
        self.table: Final = table
        self.name: Final = table.name
        self.circuits: Final = circuits
        """In the order of the members."""
        self.trunks: Final = list(dict.fromkeys(c.trunk for c in circuits))
        self.counters: Final = GroupCounters()
        self._up: Final = up
        rate = table.calls_per_second
        self.bucket: Final = TokenBucket(rate, table.burst) if rate else None
        self._last = -1
        """Place of the channel chosen last, for "cyclic"."""

    def calls(self) -> int:
        """Calls on its channels now, both ways."""
        return sum(circuit.in_call for circuit in self.circuits)

    def idle(self) -> int:
        """Channels that could be seized now."""
        up = {name for name in self.trunks if self._up(name)}
        return sum(circuit.idle and circuit.trunk in up for circuit in self.circuits)

    def reserve(self, priority: int, emergency: bool) -> int:
        """Idle channels that a call must leave to others."""
        if emergency:
            return 0
        table = self.table
        return table.reserve_incoming + (0 if priority > 0 else table.reserve_priority)

    def reserved_in_use(self) -> int:
        """Reserved channels that have a call, or are out of order."""
        table = self.table
        return max(0, table.reserve_priority + table.reserve_incoming - self.idle())

    def pick(
        self,
        now: int,
        priority: int = 0,
        emergency: bool = False,
        avoid: frozenset[Circuit] = frozenset(),
    ) -> Pick | NoPick:
        """The channel that a call would get, or why it gets none. Changes nothing: ``take``."""
        up = [name for name in self.trunks if self._up(name)]
        if not up:
            names = ", ".join(self.trunks)
            are = "is" if len(self.trunks) == 1 else "are"
            return NoPick(NETWORK_OUT_OF_ORDER, "down", f"{names} {are} down")
        idle = [c for c in self.circuits if c.idle]
        if len(up) < len(self.trunks):
            idle = [c for c in idle if c.trunk in up]
        count = f"{len(idle)} of {len(self.circuits)} channels idle"
        spare = [c for c in idle if c not in avoid] if avoid else idle
        if not spare:
            return NoPick(NO_CIRCUIT, "busy", count)
        kept = self.reserve(priority, emergency)
        if len(idle) <= kept:
            return NoPick(NO_CIRCUIT, "reserved", f"{count}, {kept} of them reserved")
        table = self.table
        if table.max_calls and not emergency and self.calls() >= table.max_calls:
            return NoPick(CONGESTION, "calls", f"{table.max_calls} calls at once are all it takes")
        wait = self.bucket.wait(now) if self.bucket is not None and not emergency else 0
        if wait > table.wait:
            rate = f"{table.calls_per_second:g} calls a second are all it takes"
            return NoPick(CONGESTION, "rate", f"{rate}; the next one in {wait / 1e9:.3g} s")
        return Pick(self._hunt(spare), wait)

    def take(self, pick: Pick, now: int, emergency: bool = False) -> None:
        """A call goes to ``pick``'s channel, or will, after its wait."""
        if self.bucket is not None and not emergency:
            self.bucket.take(now)
        self._last = self.circuits.index(pick.circuit)

    def hunted(self, avoid: frozenset[Circuit] = frozenset()) -> Circuit:
        """The idle channel that is next; there must be one."""
        idle = [c for c in self.circuits if c.idle and self._up(c.trunk) and c not in avoid]
        chosen = self._hunt(idle)
        self._last = self.circuits.index(chosen)
        return chosen

    def has_all_of(self, trunk: str, channels: int) -> bool:
        """Are all channels of a trunk in it?"""
        return sum(c.trunk == trunk for c in self.circuits) == channels

    def _hunt(self, idle: list[Circuit]) -> Circuit:
        """One of these idle channels, by the group's order. Of some, never of none."""
        hunt = self.table.hunt
        if hunt == "ascending":
            return idle[0]
        if hunt == "descending":
            return idle[-1]
        if hunt == "cyclic":
            behind = set(self.circuits[self._last + 1 :])
            return next((c for c in idle if c in behind), idle[0])
        if hunt == "least_used":
            return min(idle, key=_IDLE_LONGEST)
        ours = [c for c in idle if c.channel % 2 == (hunt == "odd")]
        return min(ours, key=_IDLE_LONGEST) if ours else max(idle, key=_IDLE_LONGEST)


def parse_member(text: str) -> tuple[str, tuple[int, ...]]:
    """Trunk and channels of "pstn" (none: all) or "pstn/1-15,17"; ValueError says what is wrong."""
    trunk, slash, rest = text.partition("/")
    if not slash:
        return trunk, ()
    found: list[int] = []
    for part in rest.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"'{part.strip()}' is no channel and no range of channels")
        begin, end = int(first), int(last or first)
        if begin > end or end - begin > 20_000:
            raise ValueError(f"the range {part.strip()} runs backwards or is too long")
        found += range(begin, end + 1)
    return trunk, tuple(dict.fromkeys(found))
