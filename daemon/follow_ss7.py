"""Commands that do something to SS7 links and circuits and wait for the end of it."""

from __future__ import annotations

import time
from typing import Final

import click

from . import events_ss7 as ev
from . import methods_ss7 as m
from .client import Client
from .config_ss7 import MAX_CIC, parse_numbers, show_numbers
from .events import RestartDone
from .events_base import Event
from .follow import say
from .methods import Subscribe
from .methods_base import Params

ENDS: Final = {
    "block": "CircuitsBlocked",
    "unblock": "CircuitsBlocked",
    "query": "CircuitsQueried",
    "reset": "RestartDone",
    "continuity": "ContinuityTested",
}
"""Action -> the event that tells its end."""

LINK_WORDS: Final = {
    "activate": "is active",
    "deactivate": "is deactivated",
    "inhibit": "is inhibited",
    "uninhibit": "is uninhibited",
    "test": "passed the test",
}


def change_link(client: Client, link: str, action: str, timeout: float) -> bool:
    """Do ``action`` to a link and wait for its end. False: it failed, or the time is over."""
    client.call(Subscribe(events=["SignallingManagementDone", "SignallingLinkTested"]))
    client.call(m.Ss7Link(link=link, action=action))  # type: ignore[arg-type]
    until = time.monotonic() + timeout
    while (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if isinstance(event, ev.SignallingLinkTested):
            done = action == "test" and event.link == link
        elif isinstance(event, ev.SignallingManagementDone):
            done = event.action == action and event.link == link
        else:
            continue
        if done:
            return _said(link, action, event.ok, event.reason)
    click.echo(f"trunkd: link {link}: not done after {timeout:g} s: `trunkd ss7 links`", err=True)
    return False


def _said(link: str, action: str, ok: bool, reason: str) -> bool:
    why = f": {reason}" if reason else ""
    if ok:
        click.echo(f"link {link} {LINK_WORDS[action]}{why}")
    else:
        click.echo(f"trunkd: link {link}: {action} failed{why}", err=True)
    return ok


def _circuits_of(event: Event) -> set[int]:
    if isinstance(event, RestartDone):
        return set(event.channels)
    if isinstance(event, ev.ContinuityTested):
        return {event.circuit}
    assert isinstance(event, ev.CircuitsBlocked | ev.CircuitsQueried)
    return set(event.circuits)


def change_circuits(
    client: Client,
    trunk: str,
    text: str,
    action: str,
    hardware: bool,
    timeout: float,
    what: str = "CIC",
    look: str = "trunkd ss7 circuits",
) -> bool:
    """Block, unblock, query, reset or check circuits and wait until that is done with all.
    ``what``: one of them is called so; ``look``: the command that shows them."""
    try:
        cics = parse_numbers(text, what, MAX_CIC)
    except ValueError as exc:
        raise click.UsageError(f'{exc}: write numbers as in "1-15,17"') from exc
    text = show_numbers(cics)
    trunk = trunk.removeprefix("trunk/")
    kinds = [ENDS[action]]
    client.call(Subscribe(events=kinds, trunks=[trunk]))
    requests: dict[str, Params] = {
        "block": m.BlockCircuits(trunk=trunk, circuits=text, hardware=hardware),
        "unblock": m.UnblockCircuits(trunk=trunk, circuits=text, hardware=hardware),
        "query": m.QueryCircuits(trunk=trunk, circuits=text),
        "reset": m.ResetCircuits(trunk=trunk, circuits=text),
        "continuity": m.TestContinuity(trunk=trunk, circuit=cics[0]),
    }
    client.call(requests[action])
    waiting = set(cics)
    refused: set[int] = set()
    until = time.monotonic() + timeout
    while waiting and (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if isinstance(event, RestartDone):
            mine = event.local
        elif isinstance(event, ev.CircuitsBlocked):
            mine = event.action == action
        elif isinstance(event, ev.ContinuityTested | ev.CircuitsQueried):
            mine = True
        else:
            continue
        if mine:
            say(event, False)
            done = waiting & _circuits_of(event)
            waiting -= done
            if not getattr(event, "ok", True):
                refused |= done
    if waiting:
        rest = f"{show_numbers(waiting)} not acknowledged after {timeout:g} s"
        click.echo(f"trunkd: {trunk}: {rest}; it goes on: `{look}`", err=True)
    return not waiting and not refused
