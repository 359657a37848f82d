"""Commands that do something to a line and wait for the end of it, or that go on looking."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
from rich.live import Live

from ..errors import ConfigError
from . import events_line as ev
from . import methods_line as m
from .client import Client
from .follow_line_rows import R2Call
from .methods import Snapshot, Subscribe, Trunks
from .present_base import console
from .present_line import bits_table

LOOK: Final = 0.1
"""Seconds between two looks at bits."""


def _await(client: Client, line: str, what: str, timeout: float) -> ev.LineChanged | None:
    """The line's event of this kind, or None after ``timeout`` s."""
    trunk, _, channel = line.rpartition("/")
    until = time.monotonic() + timeout
    while (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if (
            isinstance(event, ev.LineChanged)
            and event.trunk == trunk
            and event.channel == int(channel)
            and event.what.startswith(what)
        ):
            return event
    return None


def learn_tone(client: Client, line: str, seconds: float) -> bool:
    """Listen for so long and print what was learned. False: nothing was."""
    client.call(Subscribe(events=["LineChanged"]))
    client.call(m.LearnTone(line=line, seconds=seconds))
    click.echo(f"listening to {line} for {seconds:g} s …", err=True)
    event = _await(client, line, "learned tone", seconds + 5)
    if event is None:
        click.echo(
            f"trunkd: {line}: no tone was heard that repeats: `trunkd trace` shows what is heard",
            err=True,
        )
        return False
    click.echo(f'[trunk.fxo.learned]\nbusy = "{event.text}"')
    return True


def test_line(client: Client, line: str, timeout: float) -> bool:
    """Test the line and print the results. False: it failed, or the time is over."""
    client.call(Subscribe(events=["LineChanged"]))
    client.call(m.TestLine(line=line))
    event = _await(client, line, "line test", timeout)
    if event is None:
        click.echo(f"trunkd: {line}: no result after {timeout:g} s: is it idle?", err=True)
        return False
    click.echo(f"{line} {event.text}")
    return event.text.startswith("good")


def train_line(client: Client, line: str, timeout: float) -> bool:
    """Train the line and print what was found. False: it failed, or the time is over."""
    client.call(Subscribe(events=["LineChanged"]))
    client.call(m.TrainLine(line=line))
    event = _await(client, line, "train", timeout)
    if event is None:
        click.echo(f"trunkd: {line}: no result after {timeout:g} s", err=True)
        return False
    if event.what != "trained":
        click.echo(f"trunkd: {line}: {event.what}: {event.text}", err=True)
        return False
    click.echo(f"{line} {event.text}")
    click.echo(f'[trunk.fxo]\nimpedance = "{event.text.split(",")[0]}"')
    return True


def follow_bits(client: Client, span: str, follow: bool) -> None:
    """Show the grid once, or live on a terminal, or again whenever it changed."""
    out = console()
    last = client.call(m.CasBits(span=span)).bits
    if not follow and not sys.stdout.isatty():
        out.print(bits_table(span, last))
        return
    try:
        if sys.stdout.isatty():
            with Live(bits_table(span, last), console=out, auto_refresh=False) as live:
                while True:
                    time.sleep(LOOK)
                    live.update(
                        bits_table(span, client.call(m.CasBits(span=span)).bits), refresh=True
                    )
        out.print(bits_table(span, last))
        while True:
            time.sleep(LOOK)
            now = client.call(m.CasBits(span=span)).bits
            if now != last:
                out.print(bits_table(span, now))
                sys.stdout.flush()
            last = now
    except KeyboardInterrupt:
        pass  # the usual end


def r2_calls(client: Client, trunk: str) -> list[R2Call]:
    """Calls on R2 trunks, or on one; ConfigError when it is none."""
    names = [t.name for t in client.call(Trunks()).trunks if t.signalling == "r2"]
    if trunk and trunk not in names:
        raise ConfigError(f"there is no R2 trunk '{trunk}': {', '.join(names) or 'none is there'}")
    lines = {
        (x.trunk, x.channel): x
        for name in names
        if not trunk or name == trunk
        for x in client.call(m.Lines(trunk=name)).lines
    }
    rows = []
    for call in client.call(Snapshot()).calls:
        line = lines.get((call.trunk, call.channel))
        if line is not None:
            rows.append(
                R2Call(
                    call_id=call.call_id,
                    line=f"{call.trunk}/{call.channel}",
                    direction=call.direction,
                    called=call.called,
                    calling=call.calling,
                    state=call.state,
                    sent=line.sent,
                    received=line.received,
                    text=line.text,
                )
            )
    return rows
