"""The connection to the daemon: requests and answers, and a new connection when it ends.

Each connection greets (hello, subscribe from the last event seen) before requests go on. A request
that was sent and not answered is sent again under the same key, where the daemon knows keys: it is
done once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import msgspec

from ..daemon import wire
from ..daemon.client import Refused, default_socket, method_of, read_notification
from ..daemon.client_address import Access, endpoint, is_remote
from ..daemon.client_failure import Untrusted, closed, failed, unreachable
from ..daemon.events import Event, TraceFrame
from ..daemon.methods import METHODS, Params
from ..daemon.reads import read_less
from ..errors import ConfigError, LocalError
from .errors import ConnectionLost, NoAnswer, Unreachable

log: Final = logging.getLogger("trunkd.client")

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts to connect; each is twice the one before."""
_MAX_ANSWER: Final = 16 << 20
_response_decoder: Final = msgspec.json.Decoder(wire.Response)

Then = Callable[[Any], Any]


class Owner(Protocol):
    """What a link tells."""

    async def greet(self, link: Link) -> bool:
        """Say hello on a new connection; true: requests may be sent again by their keys."""

    def event(self, event: Event) -> None: ...
    def frame(self, frame: TraceFrame) -> None: ...
    def ended(self, error: Exception) -> None: ...


class Pending:
    """A request that waits for its answer."""

    __slots__ = ("future", "greeting", "line", "method", "sent", "then")

    def __init__(self, method: str, line: bytes, then: Then | None, greeting: bool) -> None:
        self.method: Final = method
        self.line: Final = line
        self.then: Final = then
        self.greeting: Final = greeting
        self.sent = False
        self.future: Final[asyncio.Future[Any]] = asyncio.get_running_loop().create_future()


class _Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._splitter = wire.LineSplitter(_MAX_ANSWER)
        self.lost: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        """Why it ended, where it was no plain end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        read_less(transport)

    def data_received(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            if isinstance(line, bytes):
                self._link.line(line)

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = self.error or exc
        if not self.lost.done():
            self.lost.set_result(None)


class Link:
    """Requests to a daemon at ``address``: a socket's path, ``tcp://host:port`` or
    ``tls://host:port``, with the ``access`` that these need."""

    def __init__(self, owner: Owner, address: str | None, access: Access, timeout: float) -> None:
        self.address: Final = address or default_socket()
        self._owner: Final = owner
        self._access: Final = access.filled()
        self._timeout: Final = timeout
        self._pending: Final[dict[int, Pending]] = {}
        self._last_id = 0
        self._key: Final = secrets.token_hex(6)
        self._transport: asyncio.Transport | None = None
        self._ready = False
        self._task: asyncio.Task[None] | None = None
        self._closed: Exception | None = None
        self.connections = 0
        """How many there were."""

    @property
    def local(self) -> bool:
        """The daemon is on this machine, on a Unix socket: descriptors can be passed."""
        return "://" not in self.address

    def token(self) -> str:
        """What hello shows a remote daemon; empty: nothing."""
        return "" if self.local else self._access.word()

    async def open(self) -> None:
        """Connect and greet; Unreachable or Refused when that fails. From then on it reconnects."""
        connection = await self._connect()
        try:
            await self._greet()
        except BaseException:
            self._drop()
            raise
        self._task = asyncio.get_running_loop().create_task(self._run(connection))

    async def close(self) -> None:
        self._closed = self._closed or LocalError("the client was closed")
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._drop()
        self._fail(self._closed)

    # Requests

    async def ask(self, params: Params, then: Then | None = None, greeting: bool = False) -> Any:
        """The method's typed result. Refused: the daemon says no. ``then`` gets the result in its
        place among the events, and what it returns is the answer."""
        if self._closed is not None:
            raise self._closed
        method = method_of(params)
        self._last_id += 1
        number = self._last_id
        pending = Pending(method, self._line(number, method, params, greeting), then, greeting)
        self._pending[number] = pending
        if self._ready or greeting:
            self._send(pending)
        try:
            async with asyncio.timeout(self._timeout):
                return await pending.future
        except TimeoutError:
            raise NoAnswer(
                f"trunkd at {self.address} did not answer {method} in {self._timeout:g} s"
            ) from None
        finally:
            self._pending.pop(number, None)

    def _line(self, number: int, method: str, params: Params, greeting: bool) -> bytes:
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        if not greeting:
            request["key"] = f"{self._key}-{number}"
        return wire.encode(request) + b"\n"

    def _send(self, pending: Pending) -> None:
        if self._transport is not None:
            pending.sent = True
            self._transport.write(pending.line)

    def line(self, line: bytes) -> None:
        """A line of the daemon's."""
        response = _response_decoder.decode(line)
        if response.method is not None:
            told = read_notification(response)
            if isinstance(told, Event):
                self._owner.event(told)
            elif isinstance(told, TraceFrame):
                self._owner.frame(told)
            return
        pending = self._pending.get(response.id) if isinstance(response.id, int) else None
        if pending is None and response.id is None and response.error is not None:
            self._fail(Refused(response.error), greeting=True)  # it will not talk with us at all
        if pending is None or pending.future.done():
            return
        if response.error is not None:
            pending.future.set_exception(Refused(response.error))
            return
        result = msgspec.json.decode(response.result, type=METHODS[pending.method].result)
        pending.future.set_result(pending.then(result) if pending.then is not None else result)

    # Connections

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()

        def make() -> _Connection:
            return _Connection(self)

        opening: Awaitable[tuple[asyncio.Transport, _Connection]]
        if self.local:
            opening = loop.create_unix_connection(make, self.address)
        elif is_remote(self.address):
            # The files are read each time: they may be others when the connection comes back.
            secure = self._access.context() if self.address.startswith("tls://") else None
            opening = loop.create_connection(make, *endpoint(self.address), ssl=secure)
        else:
            raise LocalError(
                f"'{self.address}' is no address: give a path, tcp://host:port or tls://host:port"
            )
        try:
            async with asyncio.timeout(self._timeout):
                self._transport, connection = await opening
        except TimeoutError:
            raise unreachable(self.address, "no connection in time") from None
        except OSError as exc:
            raise failed(self.address, exc) from exc
        self.connections += 1
        # Who greets must learn of the end even if no answer ever comes.
        connection.lost.add_done_callback(lambda _: self._lost_while_greeting(connection))
        return connection

    def _lost_while_greeting(self, connection: _Connection) -> None:
        if not self._ready:
            error = closed(self.address, connection.error, self._access)
            self._fail(error, greeting=True)

    async def _greet(self) -> None:
        again = await self._owner.greet(self)
        self._ready = True
        for pending in list(self._pending.values()):
            if pending.sent and not again and not pending.future.done():
                pending.future.set_exception(
                    ConnectionLost(
                        f"trunkd at {self.address} went before it answered {pending.method}"
                    )
                )
            elif not pending.future.done() and not pending.greeting:
                self._send(pending)

    async def _run(self, connection: _Connection) -> None:
        """Hold the connection; make another when it ends."""
        pause, told = FIRST_PAUSE, ""
        try:
            while True:
                await connection.lost
                self._drop()
                while True:
                    try:
                        connection = await self._connect()
                        await self._greet()
                    except (Unreachable, NoAnswer, ConfigError, OSError) as exc:
                        self._drop()
                        # A file of ours may be about to be renewed, as the daemon's certificate.
                        ours = not isinstance(exc, Unreachable | NoAnswer)
                        if (ours or isinstance(exc, Untrusted)) and str(exc) != told:
                            told = str(exc)  # somebody has to do something about it
                            log.warning("%s; it is tried again and again", told)
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, LONGEST_PAUSE)
                    else:
                        pause, told = FIRST_PAUSE, ""
                        break
        except Exception as exc:  # a daemon that refuses us will do so again
            self._closed = exc
            self._drop()
            self._fail(exc)
            self._owner.ended(exc)

    def _drop(self) -> None:
        self._ready = False
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _fail(self, error: Exception, greeting: bool = False) -> None:
        """Waiting requests end; with ``greeting`` only those of the greeting."""
        for pending in self._pending.values():
            if not pending.future.done() and (pending.greeting or not greeting):
                pending.future.set_exception(error)
