"""Services that the network does for a call: the request, and the event that tells how it ended
where the network takes longer than the daemon's answer may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import wire
from .errors import CallEnded, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from .calls import Call
    from .streams import EventStream

_OUTCOMES: Final = (ev.Transferred, ev.Diverted, ev.NetworkRefused)


async def asked(call: Call, params: m.Params, then: Callable[[Any], Any] | None = None) -> Any:
    """The result of a request that concerns a call, or, where it came too late, the event that
    tells of it. Refused: nobody did it."""
    # Those of a transfer are events of the call on hold: the one named here may be the other.
    with call.client.events(*_OUTCOMES) as stream:
        try:
            return await call.request(params, then)
        except Refused as exc:
            if exc.word != "timeout":
                raise
        event = await _outcome(call, stream)
    if event is None:
        raise CallEnded(call)
    if isinstance(event, ev.NetworkRefused) and not event.then:
        word, text = wire.ERRORS[wire.NETWORK_REFUSED]
        said = f"{text}: {event.why}"
        raise Refused(wire.ErrorObject(wire.NETWORK_REFUSED, said, {"error": word}))
    return event


async def _outcome(call: Call, stream: EventStream[Any]) -> Any:
    """The first event that is of this call, as either of two; None: it ended without one."""

    def close(over: asyncio.Future[Any]) -> None:
        over.cancelled() or over.exception()
        stream.close()

    over = asyncio.ensure_future(call.over())
    over.add_done_callback(close)
    try:
        async for event in stream:
            if call.call_id in (event.call_id, getattr(event, "secondary", 0)):
                return event
        return None
    finally:
        over.cancel()


def who(done: Any) -> str:
    """Of ``asked``: "switch" or "network"."""
    if isinstance(done, ev.NetworkRefused):
        return done.then
    by: str = done.by
    return by
