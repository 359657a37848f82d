"""Commands that play, record and collect, and follow that to its end."""

from __future__ import annotations

from collections.abc import Callable

import click
import msgspec

from . import events as ev
from .client import Client
from .events import Event
from .follow_media import run_to_end
from .methods_media import (
    GenerateDigits,
    GenerateTone,
    MediaKind,
    PlayMessage,
    RecordMessage,
    StartDigitsCollection,
    StopDigitsCollection,
    StopMedia,
)
from .present_media import media_words

GOOD = {
    "play": ("complete", "digit", "voice"),
    "record": ("complete", "digit", "silence", "stopped"),
}
"""Reasons of an end that is as it should be."""
VALID = ("maximum", "terminator", "pattern")


def _stop_of(kind: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, ev.Stop) and event.kind == kind


def _follow(
    client: Client,
    start: PlayMessage | RecordMessage | GenerateDigits | GenerateTone,
    kind: MediaKind,
    wait: bool,
    as_json: bool,
) -> bool:
    """Begin; with ``wait`` follow it to its end, which Ctrl-C brings about. False: it failed."""
    call_id = start.call_id
    assert call_id is not None
    if not wait:
        client.call(start)
        verb = "records" if kind == "record" else "plays"
        if not as_json:
            stop = f"`trunkd {kind} {call_id} --stop` ends it"
            click.echo(f"call {call_id} {verb} ({stop}, `trunkd events` tells how)")
        return True
    kinds = ["Play", "Record", "Suspend", "Resume", "Stop"]
    stopping = StopMedia(call_id=call_id, kind=kind)
    end = run_to_end(client, start, stopping, call_id, kinds, _stop_of(kind), as_json)
    assert isinstance(end, ev.Stop)
    return end.reason in GOOD[kind] and not end.lost


def play(
    client: Client, start: PlayMessage | GenerateDigits | GenerateTone, wait: bool, as_json: bool
) -> bool:
    """Play; False: not all of it was played."""
    return _follow(client, start, "play", wait, as_json)


def record(client: Client, start: RecordMessage, wait: bool, as_json: bool) -> bool:
    """Record; False: the recording is not whole."""
    return _follow(client, start, "record", wait, as_json)


def collect(client: Client, start: StartDigitsCollection, as_json: bool) -> bool:
    """Print what was keyed, on stdout alone; False: that is no valid entry."""
    call_id = start.call_id
    assert call_id is not None
    stop = StopDigitsCollection(call_id=call_id)
    end = run_to_end(
        client,
        start,
        stop,
        call_id,
        ["DigitsCollected"],
        lambda event: isinstance(event, ev.DigitsCollected),
        None,
    )
    assert isinstance(end, ev.DigitsCollected)
    if as_json:
        click.echo(msgspec.json.encode(end).decode())
    else:
        click.echo(end.digits)
        click.echo(media_words(end), err=True)
    late = end.reason in ("interdigitTimeout", "timeout")
    enough = len(end.digits) >= max(1, start.min_digits)
    return end.reason in VALID or (late and enough and not start.patterns)
