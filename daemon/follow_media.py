"""Commands that start media on a call and follow it to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import click
from rich.table import Table

from ..errors import Error
from . import events as ev
from .client import Client
from .events import Event
from .follow import say
from .methods import Subscribe
from .methods_base import Params
from .methods_media import (
    ConferenceInfo,
    ReceiveFax,
    SendFax,
    StartCallProgressAnalysis,
    StartListening,
    StopCallProgressAnalysis,
    StopFax,
    StopListening,
)
from .present import foreign, simple_table

_HEARD: Final = ("DigitsDetected", "ToneDetected", "VoiceActivity", "FskDetected")
_ENDS: Final = ["ConnectionCleared"]
_STOPPING: Final = 60.0
"""Seconds for the end that follows a stop."""


class _Until:
    """Events of one call, said as they come, until the one that ends it."""

    def __init__(self, client: Client, call_id: int, kinds: list[str]) -> None:
        self._client = client
        self._call_id = call_id
        client.call(Subscribe(events=kinds))

    def follow(
        self,
        as_json: bool | None,
        last: Callable[[Event], bool],
        timeout: float | None,
        skip: Callable[[Event], bool] = lambda event: False,
    ) -> Event:
        """The last event; TimeoutError when it did not come."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = 3600.0 if until is None else max(0.0, until - time.monotonic())
            event = self._client.next_event(left)
            if event is None:
                if until is not None:
                    raise TimeoutError
                continue
            if not isinstance(event, Event) or getattr(event, "call_id", None) != self._call_id:
                continue
            if as_json is not None and not skip(event):
                say(event, as_json)
            if last(event):
                return event


def run_to_end(
    client: Client,
    start: Params,
    stop: Params,
    call_id: int,
    kinds: list[str],
    last: Callable[[Event], bool],
    as_json: bool | None,
) -> Event:
    """Start something, follow it to its end; Ctrl-C stops it, and its end is still awaited.

    ``as_json`` None: say nothing.
    """
    until = _Until(client, call_id, kinds)
    try:
        client.call(start)
        return until.follow(as_json, last, None)
    except KeyboardInterrupt:
        client.call(stop)
        try:
            return until.follow(as_json, last, _STOPPING)
        except TimeoutError:
            raise Error(
                f"its end was not told within {_STOPPING:.0f} s: `trunkd calls` shows what goes on"
            ) from None


def fax(client: Client, start: SendFax | ReceiveFax, wait: bool, as_json: bool) -> bool:
    """Send or receive a fax. False: it failed. Without ``wait`` it is only begun."""
    call_id = start.call_id
    if not wait:
        client.call(start)
        if not as_json:
            click.echo(f"begun; `trunkd fax stop {call_id}` ends it, `trunkd events` tells how")
        return True
    kinds = ["FaxNegotiated", "FaxPage", "FaxEnded"]
    stop = StopFax(call_id=call_id)
    end = run_to_end(client, start, stop, call_id, kinds, is_kind(ev.FaxEnded), as_json)
    return isinstance(end, ev.FaxEnded) and end.ok


def analyse(client: Client, start: StartCallProgressAnalysis, as_json: bool) -> bool:
    """Call progress analysis until its verdict. False: the verdict is "unknown"."""
    assert start.call_id is not None
    kinds = ["CallProgress", "CallProgressResult"]
    stop = StopCallProgressAnalysis(call_id=start.call_id)
    final = is_kind(ev.CallProgressResult)
    end = run_to_end(client, start, stop, start.call_id, kinds, final, as_json)
    return isinstance(end, ev.CallProgressResult) and end.verdict != "unknown"


def is_kind(kind: type[Event]) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, kind)


def hear(client: Client, start: StartListening, as_json: bool) -> None:
    """What a call's far end sends, until Ctrl-C or the end of the call."""
    assert start.call_id is not None
    until = _Until(client, start.call_id, [*_HEARD, *_ENDS])

    def begins(event: Event) -> bool:
        """For people one line a digit, when its length is known."""
        return not as_json and isinstance(event, ev.DigitsDetected) and not event.ended

    client.call(start)
    if not as_json:
        click.echo(f"listening to call {start.call_id} (Ctrl-C ends)", err=True)
    try:
        until.follow(as_json, is_kind(ev.ConnectionCleared), None, begins)
    except KeyboardInterrupt:
        client.call(StopListening(call_id=start.call_id))


def conferences_table(conferences: list[ConferenceInfo]) -> Table:
    """One line a member; a conference without any has one line, too."""
    table = simple_table("conference", "name", "board", "call", "role", "device", "media")
    for each in conferences:
        words = (("plays", each.playing), ("records", each.recording))
        media = ", ".join(f"{word} {foreign(name)}" for word, name in words if name)
        head = [str(each.conference), foreign(each.name) or "-", each.board]
        if not each.members:
            table.add_row(*head, "-", "-", "-", media or "-")
        for n, member in enumerate(each.members):
            role = member.role + (f" {member.coached}" if member.coached else "")
            first = head if n == 0 else ["", "", ""]
            rest = (media or "-") if n == 0 else ""
            table.add_row(*first, str(member.call_id), role, member.device, rest)
    return table
