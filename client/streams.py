"""Events as an application reads them."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from ..daemon.events import Event
from .errors import StreamOverrun

E = TypeVar("E", bound=Event)
MAX_WAITING: Final = 65536
"""Events that wait in one stream: more is an application that has stopped reading."""


class EventStream(Generic[E]):
    """Events of some kinds, from when it was made: ``async for event in stream``.

    It ends when it is closed, with the client, and one of a call when the call is over. Closed by
    ``with`` or ``close()``; one reader at a time.
    """

    def __init__(
        self,
        kinds: tuple[type[E], ...],
        fields: dict[str, Any],
        leave: Callable[[EventStream[Any]], None],
    ) -> None:
        self._kinds: Final = kinds or (Event,)
        self._fields: Final = fields
        self._leave: Final = leave
        self._waiting: collections.deque[E] = collections.deque()
        self._reader: asyncio.Future[None] | None = None
        self._ended = False
        self._error: Exception | None = None

    def __enter__(self) -> EventStream[E]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __aiter__(self) -> EventStream[E]:
        return self

    async def __anext__(self) -> E:
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._waiting.popleft()

    async def next(self) -> E | None:
        """The next event; None: the stream has ended."""
        return await anext(self, None)

    def close(self) -> None:
        """No more events; those that wait can still be read."""
        self._leave(self)
        self.end()

    # Of those that feed it

    def put(self, event: Any) -> None:
        """Take an event if it is one of those wanted."""
        if not isinstance(event, self._kinds):
            return
        if any(getattr(event, name, None) != value for name, value in self._fields.items()):
            return
        wanted: E = event  # type: ignore[assignment]
        if len(self._waiting) >= MAX_WAITING:
            self._error = StreamOverrun(f"{MAX_WAITING} events wait: read the stream faster")
            self.close()
            return
        self._waiting.append(wanted)
        self._wake()

    def end(self, error: Exception | None = None) -> None:
        self._ended = True
        self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
