"""A client of the daemon's socket for asyncio."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import msgspec

from ..errors import LocalError
from . import wire
from .client import (
    NO_DESCRIPTOR,
    Client,
    Refused,
    default_socket,
    method_of,
    read_notification,
    response_decoder,
    unreachable,
)
from .client_address import Access, endpoint, is_remote
from .client_failure import failed
from .events import Event, TraceFrame
from .methods import METHODS, Hello, Params
from .methods_media import AudioOpened, OpenAudio
from .reads import read_less


class AsyncClient:
    """As ``Client``: ``await AsyncClient.connect(path)``, then ``await call(...)``."""

    def __init__(
        self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._events: asyncio.Queue[Event | TraceFrame | None] = asyncio.Queue()
        self._task = asyncio.get_running_loop().create_task(self._receive())

    @classmethod
    async def connect(cls, path: str | None = None, access: Access | None = None) -> AsyncClient:
        """``path`` and ``access`` as of Client."""
        where = path or default_socket()
        access = (access or Access()).filled()
        token = access.word() if is_remote(where) else ""
        try:
            if is_remote(where):
                context = access.context() if where.startswith("tls://") else None
                reader, writer = await asyncio.open_connection(
                    *endpoint(where), limit=16 << 20, ssl=context
                )
            else:
                reader, writer = await asyncio.open_unix_connection(where, limit=16 << 20)
        except OSError as exc:
            raise failed(where, exc) from exc
        read_less(writer.transport)
        made = cls(where, reader, writer)
        if token:
            await made.call(Hello(token=token))
        return made

    async def call(self, params: Params, key: str = "") -> Any:
        """As of Client."""
        if isinstance(params, OpenAudio):
            raise LocalError(NO_DESCRIPTOR)
        name = method_of(params)
        self._last_id += 1
        future: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[self._last_id] = future
        self._writer.write(wire.request_line(self._last_id, name, params, key))
        await self._writer.drain()
        return msgspec.json.decode(await future, type=METHODS[name].result)

    async def open_audio(self, params: OpenAudio) -> tuple[AudioOpened, socket.socket]:
        """A call's audio: the socket's packets are samples; close it to end it.

        asyncio's streams drop descriptors, so this asks on a connection of its own.
        """

        def ask() -> tuple[AudioOpened, socket.socket]:
            with Client(self.path) as client:
                return client.open_audio(params)

        opened, sock = await asyncio.get_running_loop().run_in_executor(None, ask)
        sock.setblocking(False)
        return opened, sock

    async def next_event(self) -> Event | TraceFrame:
        """The next event; Unreachable when the daemon is gone."""
        event = await self._events.get()
        if event is None:
            raise unreachable(self.path, "it closed the connection")
        return event

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()

    async def _receive(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(response_decoder.decode(line))
        except OSError:
            pass  # gone, as when it closes: said below
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(unreachable(self.path, "it closed the connection"))
        self._events.put_nowait(None)

    def _take(self, response: wire.Response) -> None:
        if response.method is not None:
            notification = read_notification(response)
            if notification is not None:
                self._events.put_nowait(notification)
            return
        future = self._waiting.pop(response.id, None) if isinstance(response.id, int) else None
        if future is None or future.done():
            return
        if response.error is not None:
            future.set_exception(Refused(response.error))
        else:
            future.set_result(response.result)
