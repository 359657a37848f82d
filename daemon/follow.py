"""Commands that follow the daemon's events: a call's progress, the list of calls, the trace."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from ..errors import Error
from . import events as ev
from .client import Client
from .events import Event, TraceFrame
from .methods import (
    CallInfo,
    Calls,
    ClearConnection,
    MakeCall,
    PlayMessage,
    RestartChannels,
    Subscribe,
    Trunks,
)
from .present import calls_table, console, event_line

_WATCH: Final = (
    "ServiceInitiated",
    "DigitsDialed",
    "Originated",
    "NetworkReached",
    "Offered",
    "Delivered",
    "Established",
    "Failed",
    "ConnectionCleared",
    "Play",
    "Record",
    "Stop",
    "ConferenceChanged",
    "ConnectionChanged",
    "DigitsCollected",
    "AudioClosed",
    "FaxEnded",
    "EventsLost",
)


def say(event: Event | TraceFrame, as_json: bool) -> None:
    """One event on one line."""
    if as_json:
        click.echo(msgspec.json.encode(event).decode())
    elif isinstance(event, Event):
        console().print(event_line(event), soft_wrap=True)
    sys.stdout.flush()


def follow_events(client: Client, after: int | None, count: int | None, as_json: bool) -> None:
    """Print events until ``count`` of them came, or for ever."""
    subscribed = client.call(Subscribe(after=after))
    if not subscribed.resumed:
        lost = f"events {subscribed.lost_first} to {subscribed.lost_last} are gone"
        click.echo(f"trunkd: {lost if subscribed.lost_last else 'that was another run'}", err=True)
    for seen, event in enumerate(client.events(), 1):
        say(event, as_json)
        if count is not None and seen >= count:
            return


def watch_calls(client: Client, as_json: bool) -> None:
    """The calls that are up, again at every change; Ctrl-C ends it."""
    client.call(Subscribe(events=list(_WATCH)))
    if as_json or not sys.stdout.isatty():
        _watch_plain(client, as_json)
        return
    calls = client.call(Calls()).calls
    with Live(_screen(calls), console=console(), refresh_per_second=4) as live:
        while True:
            event = client.next_event(1.0)
            while event is not None:  # many at once are one change
                event = client.next_event(0.0)
            calls = client.call(Calls()).calls
            live.update(_screen(calls))


def _watch_plain(client: Client, as_json: bool) -> None:
    while True:
        calls = client.call(Calls()).calls
        if as_json:
            click.echo(msgspec.json.encode(calls).decode())
        else:
            console().print(calls_table(calls, time.time_ns()))
        sys.stdout.flush()
        while client.next_event(3600.0) is None:
            continue


def _screen(calls: list[CallInfo]) -> RenderableType:
    now = time.time_ns()
    title = Text(f"{len(calls)} calls  {time.strftime('%H:%M:%S')}  (Ctrl-C ends)", style="dim")
    return Group(title, calls_table(calls, now) if calls else Text("no calls"))


class _Dialling:
    """One ``trunkd call``: how far it must get, and what happens on the way."""

    def __init__(self, wait: str, play: str | None, hold: float | None) -> None:
        self.goal = {"delivered": ev.Delivered, "answer": ev.Established}.get(wait)
        self.to_the_end = wait == "end" or hold is not None
        self.play = play
        self.hold = hold
        self.answered = False
        self.hang_up_at: float | None = None


def place_call(
    client: Client,
    number: str,
    device: str,
    calling: str,
    wait: str,
    timeout: float,
    play: str | None,
    hold: float | None,
    as_json: bool,
) -> bool:
    """Place a call and follow it as far as ``wait`` says. False: it did not get there."""
    client.call(Subscribe())
    made = client.call(MakeCall(called=number, device=device, calling=calling))
    if wait == "none" and hold is None and play is None:
        click.echo(msgspec.json.encode(made).decode() if as_json else f"call {made.call_id}")
        return True
    dialling = _Dialling(wait, play, hold)
    try:
        return _follow_call(client, made.call_id, dialling, time.monotonic() + timeout, as_json)
    except KeyboardInterrupt:
        click.echo("hanging up", err=True)
        client.call(ClearConnection(call_id=made.call_id))
        return False


def _follow_call(
    client: Client, call_id: int, dialling: _Dialling, until: float, as_json: bool
) -> bool:
    while True:
        due = min(until, dialling.hang_up_at or until)
        event = client.next_event(max(0.0, due - time.monotonic()))
        if event is None:
            if dialling.hang_up_at is not None and time.monotonic() >= dialling.hang_up_at:
                dialling.hang_up_at = None
                client.call(ClearConnection(call_id=call_id))
                until = time.monotonic() + 10
                continue
            click.echo("trunkd: the time is over; hanging up", err=True)
            client.call(ClearConnection(call_id=call_id, cause=19))
            return False
        if getattr(event, "call_id", None) != call_id:
            continue
        say(event, as_json)
        if isinstance(event, ev.Established):
            _answered(client, call_id, dialling)
        if isinstance(event, ev.Failed) and event.inband:
            client.call(ClearConnection(call_id=call_id))  # nobody listens to the tones here
        if isinstance(event, ev.ConnectionCleared):
            return dialling.to_the_end and dialling.answered
        if dialling.goal is not None and not dialling.to_the_end:
            reached = isinstance(event, dialling.goal | ev.Established)
            if reached and not (dialling.play and dialling.hold is None):
                return True
        if isinstance(event, ev.Stop) and not dialling.to_the_end:
            return event.reason == "complete"


def _answered(client: Client, call_id: int, dialling: _Dialling) -> None:
    dialling.answered = True
    if dialling.play:
        client.call(PlayMessage(call_id=call_id, message=dialling.play))
    if dialling.hold is not None:
        dialling.hang_up_at = time.monotonic() + dialling.hold


def restart_channels(client: Client, trunk: str, channels: list[int]) -> bool:
    """RESTART and wait for RestartDone (T316 twice at the most). False: not acknowledged."""
    client.call(Subscribe(events=["RestartDone"], trunks=[trunk]))
    client.call(RestartChannels(trunk=trunk, channels=channels))
    wanted = set(channels)
    done: set[int] = set()
    for event in client.events(300.0):
        if not isinstance(event, ev.RestartDone) or not event.local:
            continue
        say(event, False)
        if not event.ok:
            return False
        done |= set(event.channels)
        if wanted <= done:
            return True
    raise Error("the restart was not acknowledged")


def trunk_sides(client: Client) -> dict[str, str]:
    """Which side each trunk is, for the decode's direction."""
    return {t.name: t.side for t in client.call(Trunks()).trunks}
