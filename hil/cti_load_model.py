"""What clients of the daemon may be told: connection states by event, and which events are whose.

The rules are written from ECMA-269 and docs/socket.md, apart from the daemon's own code, so that a
fault there is not repeated here.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

ENDED: Final = "null"

LEGAL: Final[dict[str, dict[str, dict[str, str]]]] = {
    "out": {
        "": {"Originated": "initiated", "ServiceInitiated": "initiated"},
        "initiated": {
            "DigitsDialed": "initiated",
            "NetworkReached": "initiated",
            "Delivered": "alerting",
            "Established": "connected",
            "Failed": "fail",
            "ConnectionCleared": ENDED,
        },
        "alerting": {
            "NetworkReached": "alerting",
            "Established": "connected",
            "Failed": "fail",
            "ConnectionCleared": ENDED,
        },
        "connected": {
            "NetworkReached": "connected",
            "Failed": "fail",
            "ConnectionCleared": ENDED,
        },
        "fail": {"ConnectionCleared": ENDED},
    },
    "in": {
        "": {"ServiceInitiated": "initiated", "Offered": "initiated", "Delivered": "alerting"},
        "initiated": {
            "DigitsDialed": "initiated",
            "Offered": "initiated",
            "Delivered": "alerting",
            "Established": "connected",
            "Failed": "fail",
            "ConnectionCleared": ENDED,
        },
        "alerting": {
            "Established": "connected",
            "Failed": "fail",
            "ConnectionCleared": ENDED,
        },
        "connected": {"Failed": "fail", "ConnectionCleared": ENDED},
        "fail": {"ConnectionCleared": ENDED},
    },
}
"""Direction -> connection state (ECMA-269 6.1.5, "" before the first event) -> event -> state."""

STATE_EVENTS: Final = frozenset(
    name for rows in LEGAL.values() for row in rows.values() for name in row
)


class Told(msgspec.Struct, rename="camel"):
    """What the model looks at of any event."""

    event: str
    seq: int
    time: int = 0
    call_id: int = 0
    device: str = ""
    trunk: str = ""
    channel: int = 0
    owner: str = ""
    previous: str = ""
    direction: str = ""
    first: int = 0
    last: int = 0


class Wanted(msgspec.Struct, frozen=True):
    """A subscription, as ``subscribe`` takes it; empty: all."""

    events: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()

    def has(self, told: Told, trunk: str) -> bool:
        """The daemon owes this event of ``trunk`` ("": of none) to who asked so."""
        if self.events and told.event not in self.events:
            return False
        if not trunk:
            return True  # it concerns the whole daemon
        if self.trunks and trunk not in self.trunks:
            return False
        if self.sessions and not (told.call_id and self._owned(told)):
            return False
        return not self.devices or self._there(told)

    def _owned(self, told: Told) -> bool:
        return told.owner in self.sessions or (
            told.previous != "" and told.previous in self.sessions
        )

    def _there(self, told: Told) -> bool:
        device = told.device
        if not device and told.trunk:
            device = f"trunk/{told.trunk}/{told.channel}" if told.channel else f"trunk/{told.trunk}"
        return device in self.devices or "/".join(device.split("/")[:2]) in self.devices

    @property
    def whole(self) -> bool:
        """It has every event: numbers have no gap."""
        return self == Wanted()


class Digest:
    """Which events, in which order, with which content: equal when those are."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, params: bytes) -> None:
        """One event, as JSON."""
        self.count += 1
        self._sum = zlib.crc32(params, self._sum)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (self.count, self._sum) == (other.count, other._sum)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.count} events {self._sum:08x}"


class Connections:
    """All connections as one client knows them from its events."""

    def __init__(self) -> None:
        self.up: dict[int, tuple[str, str]] = {}
        """callId -> direction and state."""
        self.begun = 0
        self.ended = 0
        self.established = 0
        self.wrong: list[str] = []
        self._last = 0
        """Highest callId seen: they are given in order and never twice."""

    def take(self, told: Told) -> None:
        """An event that changes a connection's state; whatever is not legal is noted."""
        direction, state = self.up.get(told.call_id, ("", ""))
        if not state:
            direction = self._begins(told)
        following = LEGAL.get(direction, {}).get(state, {}).get(told.event)
        if following is None:
            self._complain(f"{told.event} of call {told.call_id} in '{direction} {state}'")
        elif following == ENDED:
            del self.up[told.call_id]
            self.ended += 1
        else:
            self.up[told.call_id] = (direction, following)
            if told.event == "Established":
                self.established += 1

    def _begins(self, told: Told) -> str:
        if told.call_id <= self._last:
            self._complain(f"{told.event} of call {told.call_id}, which is over or out of order")
        self._last = max(self._last, told.call_id)
        self.begun += 1
        if told.event == "Originated":
            return "out"
        return "in" if told.event == "Offered" else told.direction

    def _complain(self, text: str) -> None:
        if len(self.wrong) < 20:
            self.wrong.append(text)

    def replace(self, calls: dict[int, tuple[str, str]]) -> None:
        """Begin anew from a snapshot."""
        self.up = dict(calls)
        self._last = max([self._last, *calls])

    def differs(self, calls: dict[int, tuple[str, str]]) -> str:
        """How a snapshot of the same moment differs; "" when it does not."""
        if calls == self.up:
            return ""
        odd = sorted(set(calls.items()) ^ set(self.up.items()))
        return f"{len(odd)} connections differ from the snapshot: {odd[:4]}"
