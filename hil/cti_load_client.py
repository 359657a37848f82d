"""A client of the daemon that holds what it is told against a model, and makes and takes calls."""

from __future__ import annotations

import asyncio
import collections
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ..board.clock import SECOND
from ..daemon import methods as m
from ..daemon import wire
from ..daemon.client import method_of
from ..daemon.reads import read_less
from .cti_load_model import STATE_EVENTS, Connections, Digest, Told, Wanted


class _Notification(msgspec.Struct):
    params: msgspec.Raw


class _Message(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw()
    error: wire.ErrorObject | None = None
    params: Told | None = None


_messages: Final = msgspec.json.Decoder(_Message)
_notifications: Final = msgspec.json.Decoder(_Notification)


def states(listed: list[m.CallInfo], trunks: tuple[str, ...]) -> dict[int, tuple[str, str]]:
    """A snapshot as the model has it."""
    return {
        call.call_id: (call.direction, call.state)
        for call in listed
        if not trunks or call.trunk in trunks
    }


class LoadClient(asyncio.Protocol):
    """One application: takes its events, answers its trunk's calls, clears what it placed."""

    def __init__(self, wanted: Wanted, answers: str = "", hold: float = 1.0) -> None:
        self.wanted: Final = wanted
        self.answers: Final = answers
        self.hold: Final = hold
        self.model: Final = Connections()
        self.told: Final = Digest()
        self.last = 0
        """Number of the last event."""
        self.gaps: list[str] = []
        self.lost: list[tuple[int, int]] = []
        self.latest = 0.0
        """Seconds from an event to here, at most."""
        self.refused: collections.Counter[str] = collections.Counter()
        self.placed = 0
        self.snapshots = 0
        # A call that changes hands, or its channel, comes in the middle, or goes.
        part = wanted.devices or wanted.sessions
        self.follows: Final = not part and (
            not wanted.events or frozenset(wanted.events) >= STATE_EVENTS
        )
        """It is told all that a connection's state is made of."""
        narrow = any(device.count("/") > 1 for device in wanted.devices)
        self._sees: Final = not narrow and (not wanted.events or "Established" in wanted.events)
        """It is told of the answer of every call that it places."""
        self._splitter: Final = wire.LineSplitter(16 << 20)
        self._asked: dict[int, Callable[[Any], None]] = {}
        self._last_id = 0
        self._mine: set[int] = set()
        self._snapshot: tuple[int, dict[int, tuple[str, str]]] | None = None
        self._fresh = False
        """Its connections were lost: they begin anew with the snapshot."""
        self._known = 0
        """Events up to this one are in the snapshot that it began anew with."""
        self._transport: asyncio.WriteTransport | None = None
        self.heard: Callable[[Told, bytes], None] | None = None
        """Also gets every event, with its params as JSON."""
        self.wall: Callable[[], int] = time.time_ns
        self.gone: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        read_less(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        now = self.wall()
        for line in self._splitter.feed(data):
            assert isinstance(line, bytes)
            message = _messages.decode(line)
            if message.params is not None:
                self._event(message.params, line, now)
            else:
                self._answer(message)

    def ask(self, params: m.Params, then: Callable[[Any], None] = lambda result: None) -> None:
        """Send a request; ``then`` gets its result. What is refused is counted."""
        assert self._transport is not None
        if self._transport.is_closing():
            return
        self._last_id += 1
        self._asked[self._last_id] = then
        self._transport.write(wire.request_line(self._last_id, method_of(params), params))

    async def asked(self, params: m.Params) -> Any:
        """The typed result."""
        got: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self.ask(params, got.set_result)
        return msgspec.json.decode(await got, type=m.METHODS[method_of(params)].result)

    def _answer(self, message: _Message) -> None:
        assert message.id is not None
        then = self._asked.pop(message.id)
        if message.error is not None:
            self.refused[str((message.error.data or {}).get("error", ""))] += 1
        else:
            then(message.result)

    async def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
            await self.gone

    async def subscribe(self, after: int | None) -> None:
        """Begin to get events."""
        wanted = self.wanted
        told = await self.asked(
            m.Subscribe(
                after=after,
                events=list(wanted.events),
                trunks=list(wanted.trunks),
                devices=list(wanted.devices),
                sessions=list(wanted.sessions),
            )
        )
        self.last = told.seq if after is None else after

    # Events

    def _event(self, told: Told, line: bytes, now: int) -> None:
        if told.event == "EventsLost":
            self._events_lost(told)
            return
        if told.seq <= self.last or (self.wanted.whole and told.seq != self.last + 1):
            self._complain(f"{told.event} {told.seq} after {self.last}")
        if self._snapshot is not None and told.seq > self._snapshot[0]:
            self._compare()
        self.last = told.seq
        params = bytes(_notifications.decode(line).params)
        self.told.add(params)
        if self.heard is not None:
            self.heard(told, params)
        self.latest = max(self.latest, (now - told.time) / SECOND)
        if told.event in STATE_EVENTS:
            if self.follows and not self._fresh and told.seq > self._known:
                self.model.take(told)
            self._act(told)

    def _act(self, told: Told) -> None:
        if told.event == "Delivered":
            if self.answers and told.direction == "in" and told.device.startswith(self.answers):
                self.ask(m.AnswerCall(call_id=told.call_id))
        elif told.event == "Established":
            if told.call_id in self._mine:
                self._clear_later(told.call_id, self.hold)
        elif told.event == "ConnectionCleared":
            self._mine.discard(told.call_id)

    def _clear_later(self, call: int, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self.ask, m.ClearConnection(call_id=call))

    # Load

    def place(self, device: str, number: str) -> None:
        """Place a call; it is cleared ``hold`` after its answer."""
        self.ask(m.MakeCall(called=number, device=device), self._made)

    def _made(self, result: msgspec.Raw) -> None:
        self.placed += 1
        made = msgspec.json.decode(result, type=m.CallMade)
        self._mine.add(made.call_id)
        if not self._sees:
            self._clear_later(made.call_id, self.hold)

    # Snapshots

    def look(self) -> None:
        """Compare with a snapshot, when the events that it has are here."""
        if self.follows:
            self.ask(m.Calls(), self._looked)

    def _looked(self, result: msgspec.Raw) -> None:
        listed = msgspec.json.decode(result, type=m.CallList)
        calls = states(listed.calls, self.wanted.trunks)
        if self._fresh:
            self._fresh = False
            self.model.replace(calls)
            self._known = listed.seq
        else:
            self._snapshot = (listed.seq, calls)

    def _compare(self) -> None:
        """The first event behind a snapshot is here: the model is of its moment."""
        if self._snapshot is None:
            return
        said = self.model.differs(self._snapshot[1])
        if said:
            self._complain(said)
        self._snapshot = None
        self.snapshots += 1

    def _events_lost(self, told: Told) -> None:
        self.lost.append((told.first, told.last))
        self.last = told.last
        self._fresh, self._snapshot = True, None
        self.ask(m.Calls(), self._looked)

    def _complain(self, text: str) -> None:
        if len(self.gaps) < 20:
            self.gaps.append(text)

    def finish(self) -> None:
        """Nothing more comes: what still waits to be compared is."""
        self._compare()

    @property
    def faults(self) -> list[str]:
        """What was not as it must be."""
        return self.gaps + self.model.wrong
