"""Services of the network that a command asks for, until it is known how they ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ..errors import Error
from . import events as ev
from .client import Client, Refused
from .methods import Params, Result, Subscribe

PATIENCE: Final = 300.0
"""Seconds: a number may ring for three minutes (T301), a network answers in less than one."""
Outcome: TypeAlias = ev.Transferred | ev.Diverted | ev.NetworkRefused
_OUTCOMES: Final = ["Transferred", "Diverted", "NetworkRefused", "ConnectionCleared"]


def watch(client: Client) -> None:
    """From now on the client sees how services end."""
    client.call(Subscribe(events=_OUTCOMES))


def asked(client: Client, request: Params, call_id: int, late: Callable[[Outcome], Result]) -> Any:
    """The result of a request to a watching client; where the network takes longer than the
    daemon's answer may, ``late`` makes it of the event that tells. Error: nobody did."""
    try:
        return client.call(request)
    except Refused as exc:
        if exc.word != "timeout":
            raise
    return late(outcome(client, call_id))


def who(told: Outcome) -> str:
    """Did it: "network" or "switch"."""
    return told.then if isinstance(told, ev.NetworkRefused) else told.by


def outcome(client: Client, call_id: int) -> Outcome:
    """Wait for the event that tells who did it, of this call as either of two. Error: nobody."""
    for event in client.events(PATIENCE):
        if isinstance(event, ev.Transferred | ev.NetworkRefused):
            # Told of the call on hold: the one that was named may be the other.
            concerned = call_id in (event.call_id, event.secondary)
        else:
            concerned = isinstance(event, ev.CallEvent) and event.call_id == call_id
        if not concerned:
            continue
        if isinstance(event, Outcome) and who(event):
            return event
        if isinstance(event, ev.NetworkRefused):
            raise Error(f"call {call_id}: no {event.service} by the network: {event.why}")
        if isinstance(event, ev.ConnectionCleared):
            raise Error(f"call {call_id} ended before it was done ({event.cause})")
    raise Error(f"call {call_id}: nothing was heard of it in {PATIENCE:g} s")
