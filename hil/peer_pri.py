"""``trunkd peer pri``: one end of our Q.921/Q.931 stack on a descriptor or a port."""

from __future__ import annotations

from typing import Unpack

import click

from ..signaling.isdn.q931_config import VARIANTS, PriConfig, usual_channels
from ..signaling.isdn.trunk import PriTrunk
from ..signaling.script import Script
from .peer_options import Options, call_options, run, wire_options


def trunk_for(script: Script, side: str, chans: int, variant: str = "etsi") -> PriTrunk:
    """The engine for a script. ``side`` is "net" or "cpe"; ``chans``: the first so many B-channels.
    ``variant``: a key of VARIANTS.

    The script itself answers, so the engine neither proceeds nor counts digits on its own.
    """
    config = PriConfig(
        side="network" if side == "net" else "user",
        channels=usual_channels(VARIANTS[variant])[:chans],
        variant=variant,
        overlap_receiving=script.min_digits > 0,
        send_proceeding=False,
    )
    return PriTrunk(config)


@click.command("pri")
@wire_options
@click.option("--side", type=click.Choice(["net", "cpe"]), required=True, help="Which end we are.")
@click.option(
    "--chans", type=click.IntRange(1, 30), help="B-channels in use. [default: 30; 23 on T1]"
)
@click.option(
    "--variant", type=click.Choice([*VARIANTS]), default="etsi", help="National or vendor variant."
)
@call_options
def pri(side: str, chans: int | None, variant: str, **options: Unpack[Options]) -> None:
    """One end of a primary rate trunk on a port or descriptor, as a protocol peer.

    A packet is one LAPD frame without its FCS. Each event is one JSON object a line, the last one
    a summary. Exit code 0: all calls ended as expected; 1: not so; 2: out of time.
    """
    most = len(usual_channels(VARIANTS[variant]))
    count = most if chans is None else chans
    if count > most:
        raise click.UsageError(f"--chans is {count}; variant {variant} has {most} B-channels")
    run(count, lambda script: trunk_for(script, side, count, variant), **options)


if __name__ == "__main__":
    pri()
