"""The same for programs without asyncio: each call of a method blocks the thread that makes it.

The asyncio client runs in a thread of its own; any number of threads may use one client.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon.methods_switch import Last, Whose
from .calls import Call
from .client import Client
from .conference import Role
from .streams import EventStream

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=ev.Event)


def _blocking(
    method: Callable[Concatenate[Call, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[BlockingCall, P], R]:
    def wait(self: BlockingCall, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.client.run(method(self.call, *args, **kwargs))

    wait.__doc__ = method.__doc__
    return wait


class BlockingStream(Generic[E]):
    """Events for one thread: ``for event in stream``; ``with`` closes it."""

    def __init__(self, client: BlockingClient, stream: EventStream[E]) -> None:
        self._client: Final = client
        self._stream: Final = stream

    def __enter__(self) -> BlockingStream[E]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[E]:
        while (event := self.next()) is not None:
            yield event

    def next(self, timeout: float | None = None) -> E | None:
        """The next event; None: the stream has ended. TimeoutError: none came in time."""
        return self._client.run(asyncio.wait_for(self._stream.next(), timeout))

    def close(self) -> None:
        self._client.soon(self._stream.close)


class BlockingCall:
    """A call; attributes and methods are those of Call (``call`` is it)."""

    def __init__(self, client: BlockingClient, call: Call) -> None:
        self.client: Final = client
        self.call: Final = call

    def __repr__(self) -> str:
        return repr(self.call)

    def __enter__(self) -> BlockingCall:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.run(self.call.__aexit__(*exc))

    call_id = property(lambda self: self.call.call_id)
    device = property(lambda self: self.call.device)
    trunk = property(lambda self: self.call.trunk)
    direction = property(lambda self: self.call.direction)
    state = property(lambda self: self.call.state)
    calling = property(lambda self: self.call.calling)
    called = property(lambda self: self.call.called)
    cause = property(lambda self: self.call.cause)
    q850 = property(lambda self: self.call.q850)
    ended = property(lambda self: self.call.ended)

    request = _blocking(Call.request)
    accept = _blocking(Call.accept)
    reject = _blocking(Call.reject)
    hang_up = _blocking(Call.hang_up)
    over = _blocking(Call.over)
    play = _blocking(Call.play)
    record = _blocking(Call.record)
    send_digits = _blocking(Call.send_digits)
    collect = _blocking(Call.collect)
    stop = _blocking(Call.stop)
    music = _blocking(Call.music)
    stop_music = _blocking(Call.stop_music)
    analyse = _blocking(Call.analyse)
    send_fax = _blocking(Call.send_fax)
    receive_fax = _blocking(Call.receive_fax)
    part = _blocking(Call.part)
    hold = _blocking(Call.hold)
    retrieve = _blocking(Call.retrieve)

    def answer(self) -> BlockingCall:
        self.client.run(self.call.answer())
        return self

    def answered(self) -> BlockingCall:
        self.client.run(self.call.answered())
        return self

    def wait(self, kind: type[E], **fields: Any) -> E:
        return self.client.run(self.call.wait(kind, **fields))

    def events(self, *kinds: type[E], **fields: Any) -> BlockingStream[E]:
        return BlockingStream(
            self.client, self.client.within(lambda: self.call.events(*kinds, **fields))
        )

    def join(
        self,
        other: BlockingCall,
        role: Role = "talk",
        coached: BlockingCall | None = None,
        last: Last = "keep",
    ) -> None:
        whom = coached.call if coached is not None else None
        self.client.run(self.call.join(other.call, role, whom, last))

    def consult(self, called: str = "", device: str = "", **more: Any) -> BlockingCall:
        return self.client.wrap(self.call.consult(called, device, **more))

    def transfer_to(self, called: str = "", device: str = "", **more: Any) -> BlockingCall:
        return self.client.wrap(self.call.transfer_to(called, device, **more))

    def alternate(self, active: BlockingCall) -> None:
        self.client.run(self.call.alternate(active.call))

    def reconnect(self, active: BlockingCall) -> None:
        self.client.run(self.call.reconnect(active.call))

    def confer(self, active: BlockingCall) -> None:
        self.client.run(self.call.confer(active.call))

    def transfer(self, active: BlockingCall, keep: bool = False, by: Whose = "switch") -> str:
        return self.client.run(self.call.transfer(active.call, keep, by))

    def deflect(
        self, called: str = "", device: str = "", by: Whose = "any", **more: Any
    ) -> BlockingCall | None:
        placed = self.client.run(self.call.deflect(called, device, by, **more))
        return BlockingCall(self.client, placed) if placed is not None else None


class BlockingClient:
    """``with BlockingClient() as trunkd``; the parameters are those of Client."""

    def __init__(self, address: str | None = None, **more: Any) -> None:
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = threading.Thread(
            target=self._loop.run_forever, name="trunkd.client", daemon=True
        )
        self._thread.start()
        try:
            self.client: Final[Client] = self.within(lambda: Client(address, **more))
            self.run(self.client.open())
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> BlockingClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; calls stay up."""
        if self._loop.is_running():
            self.run(self.client.close())
            self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # The way into the other thread

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """The result of a coroutine of the asyncio client's. Interrupted, it is cancelled."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def within(self, function: Callable[[], R]) -> R:
        """The result of a function, called in the asyncio client's thread."""

        async def call() -> R:
            return function()

        return self.run(call())

    def soon(self, function: Callable[[], Any]) -> None:
        self._loop.call_soon_threadsafe(function)

    def wrap(self, work: Coroutine[Any, Any, Call]) -> BlockingCall:
        return BlockingCall(self, self.run(work))

    # As of Client

    def request(self, params: m.Params) -> Any:
        """Any method of the daemon; Refused when it says no."""
        return self.run(self.client.request(params))

    def snapshot(self) -> m.SnapshotInfo:
        return self.run(self.client.snapshot())

    def links_up(self, *trunks: str) -> None:
        self.run(self.client.links_up(*trunks))

    def make_call(self, called: str = "", device: str = "", **more: Any) -> BlockingCall:
        return self.wrap(self.client.make_call(called, device, **more))

    def events(self, *kinds: type[E], **fields: Any) -> BlockingStream[E]:
        return BlockingStream(self, self.within(lambda: self.client.events(*kinds, **fields)))

    def calls(self) -> list[BlockingCall]:
        """All that there are at the trunks asked for."""
        return [
            BlockingCall(self, c) for c in self.within(lambda: list(self.client.calls.values()))
        ]

    def incoming(
        self, trunk: str = "", application: str = "", called: str = ""
    ) -> Iterator[BlockingCall]:
        """Calls that come in, for ever; give each a thread of its own."""
        arrivals = self.client.incoming(trunk, application, called)

        async def following() -> Call | None:
            return await anext(arrivals, None)

        try:
            while (call := self.run(following())) is not None:
                yield BlockingCall(self, call)
        finally:
            self.run(arrivals.aclose())
