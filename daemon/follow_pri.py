"""Commands that do something to D-channels and wait for the end of it."""

from __future__ import annotations

import time

import click

from .client import Client
from .events_pri import DChannelChanged
from .follow import say
from .methods import Subscribe
from .methods_pri import SwitchDChannel


def switch_d_channel(client: Client, trunk: str, timeout: float) -> bool:
    """Let the stand-by D-channel take over and wait until it has. False: the time is over."""
    trunk = trunk.removeprefix("trunk/")
    client.call(Subscribe(events=["DChannelChanged"], trunks=[trunk]))
    client.call(SwitchDChannel(trunk=trunk))
    until = time.monotonic() + timeout
    while (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if isinstance(event, DChannelChanged):
            say(event, False)
            if event.state == "in service":
                return True
    text = f"the far end did not acknowledge within {timeout:g} s: `trunkd pri dchannels`"
    click.echo(f"trunkd: {trunk}: {text}", err=True)
    return False
