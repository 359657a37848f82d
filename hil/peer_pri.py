"""``trunkd peer pri``: one end of our Q.921/Q.931 stack on a descriptor or a port."""

from __future__ import annotations

from typing import Unpack

import click

from ..signaling.isdn.q931_config import E1_CHANNELS, PriConfig
from ..signaling.isdn.trunk import PriTrunk
from ..signaling.script import Script
from .peer_options import Options, call_options, run, wire_options


def trunk_for(script: Script, side: str, chans: int) -> PriTrunk:
    """The engine for a script. ``side`` is "net" or "cpe"; ``chans``: the first so many B-channels.

    The script itself answers, so the engine neither proceeds nor counts digits on its own.
    """
    config = PriConfig(
        side="network" if side == "net" else "user",
        channels=E1_CHANNELS[:chans],
        overlap_receiving=script.min_digits > 0,
        send_proceeding=False,
    )
    return PriTrunk(config)


@click.command("pri")
@wire_options
@click.option("--side", type=click.Choice(["net", "cpe"]), required=True, help="Which end we are.")
@click.option("--chans", type=click.IntRange(1, 30), default=30, help="B-channels in use.")
@call_options
def pri(side: str, chans: int, **options: Unpack[Options]) -> None:
    """One end of a primary rate trunk on a port or descriptor, as a protocol peer.

    A packet is one LAPD frame without its FCS. Each event is one JSON object a line, the last one
    a summary. Exit code 0: all calls ended as expected; 1: not so; 2: out of time.
    """
    run(chans, lambda script: trunk_for(script, side, chans), **options)


if __name__ == "__main__":
    pri()
