"""Commands that follow a message desk link: its trace, and what becomes of a request."""

from __future__ import annotations

import time
from typing import Final

import click

from . import events_smdi as ev
from .client import Client
from .events import ProtocolFault
from .follow import say
from .methods import Subscribe
from .methods_smdi import SetMessageWaiting, Smdi, SmdiInfo

_TRACED: Final = (
    "SmdiMessage",
    "SmdiChanged",
    "SmdiUnmatched",
    "ProtocolFault",
    "MessageWaitingChanged",
    "MessageWaitingRequested",
    "CallRedirected",
)


def links_named(client: Client, name: str) -> list[SmdiInfo]:
    """The link, or all; UsageError names those there are."""
    every: list[SmdiInfo] = client.call(Smdi()).links
    found = [link for link in every if not name or link.name == name]
    if name and not found:
        have = ", ".join(link.name for link in every) or "none is configured"
        raise click.UsageError(f"there is no message desk link '{name}': {have}")
    return found


def trace(client: Client, name: str, count: int | None, as_json: bool) -> None:
    """Print what happens on the link (or on all), until ``count`` events came or for ever."""
    names = {link.name for link in links_named(client, name)}
    client.call(Subscribe(events=list(_TRACED)))
    seen = 0
    for event in client.events():
        if isinstance(event, ProtocolFault):
            mine = event.trunk in names
        else:
            mine = getattr(event, "smdi", "") in names or isinstance(event, ev.CallRedirected)
        if mine:
            say(event, as_json)
            seen += 1
        if count is not None and seen >= count:
            return


def set_waiting(client: Client, name: str, number: str, on: bool, timeout: float) -> bool:
    """Ask for it and wait until it is set. False: it failed, or the time is over."""
    client.call(Subscribe(events=["MessageWaitingChanged"]))
    client.call(SetMessageWaiting(smdi=name, number=number, on=on))
    until = time.monotonic() + timeout
    state = "wanted"
    while (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if not isinstance(event, ev.MessageWaitingChanged) or event.number != number:
            continue
        if event.line or (name and event.smdi != name) or event.on != on:
            continue
        state = event.state
        if state == "set":
            say(event, False)
            return True
        if state == "failed":
            click.echo(f"trunkd: message waiting of {number}: {event.why}", err=True)
            return False
    text = f"{state} after {timeout:g} s; it goes on: `trunkd smdi waiting`"
    click.echo(f"trunkd: message waiting of {number}: {text}", err=True)
    return False
