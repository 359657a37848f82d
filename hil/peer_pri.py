"""``trunkd peer pri``: one end of our Q.921/Q.931 stack on a descriptor or a port."""

from __future__ import annotations

import math
import sys

import click

from ..errors import Error
from ..signaling.isdn.q931_config import E1_CHANNELS, PriConfig
from ..signaling.isdn.trunk import PriTrunk
from ..signaling.script import Script
from .packets import OutOfTime, PacketWire, open_socket
from .peer import Peer


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


def digits(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A number as Q.931 can carry it (IA5 digits), checked before the first call."""
    if not value or len(value) > 32 or any(c not in "0123456789*#ABCD" for c in value):
        raise click.BadParameter(f"'{value}' is no number: 1 to 32 of 0-9, *, # and A-D")
    return value


@click.command("pri")
@click.option("--fd", type=click.IntRange(0), help="An open SOCK_SEQPACKET descriptor.")
@click.option("--connect", metavar="PATH", help="Connect to a port's socket.")
@click.option("--listen", metavar="PATH", help="Listen there; one far end connects.")
@click.option("--side", type=click.Choice(["net", "cpe"]), required=True, help="Which end we are.")
@click.option("--mode", type=click.Choice(["call", "answer"]), required=True)
@click.option(
    "--calls", type=click.IntRange(0), help="How many. [default: 1; answer: until hang-up]"
)
@click.option("--conc", type=click.IntRange(1), default=1, help="Calls at once.")
@click.option(
    "--rate", type=click.FloatRange(0, 1e6), default=0.0, help="New calls a second; 0: fast."
)
@click.option("--hold", type=click.IntRange(0), default=0, metavar="MS", help="Length of a call.")
@click.option(
    "--called", default="5551000", metavar="DIGITS", callback=digits, help="Number to call."
)
@click.option(
    "--calling", default="5550000", metavar="DIGITS", callback=digits, help="Number we call from."
)
@click.option("--overlap", type=click.IntRange(0), default=0, help="Digits in SETUP; 0: all.")
@click.option("--min-digits", type=click.IntRange(0, 32), default=0, help="Digits we need.")
@click.option("--cause", type=click.IntRange(1, 127), default=16, help="Cause we clear with.")
@click.option("--reject", type=click.IntRange(0, 127), default=0, help="Refuse with this cause.")
@click.option("--drop-ms", type=click.IntRange(0), help="The answering side clears after this.")
@click.option("--restart", is_flag=True, help="RESTART all channels before the first call.")
@click.option("--chans", type=click.IntRange(1, 30), default=30, help="B-channels in use.")
@click.option("--expect-reject", is_flag=True, help="The calls are to be refused.")
@click.option(
    "--timeout", type=click.FloatRange(0, 1e6), default=60.0, metavar="S", help="0: none."
)
@click.option("--quiet", is_flag=True, help="Only the summary.")
def pri(
    fd: int | None,
    connect: str | None,
    listen: str | None,
    side: str,
    mode: str,
    calls: int | None,
    conc: int,
    rate: float,
    hold: int,
    called: str,
    calling: str,
    overlap: int,
    min_digits: int,
    cause: int,
    reject: int,
    drop_ms: int | None,
    restart: bool,
    chans: int,
    expect_reject: bool,
    timeout: float,
    quiet: bool,
) -> None:
    """One end of a primary rate trunk on a port or descriptor, as a protocol peer.

    A packet is one LAPD frame without its FCS. Each event is one JSON object a line, the last one
    a summary. Exit code 0: all calls ended as expected; 1: not so; 2: out of time.
    """
    if [fd is not None, connect is not None, listen is not None].count(True) != 1:
        raise click.UsageError("give one of --fd, --connect and --listen")
    if math.isnan(rate) or math.isnan(timeout):
        raise click.UsageError("--rate and --timeout are numbers")
    answer = mode == "answer"
    script = Script(
        answer=answer,
        calls=calls if calls is not None else 0 if answer else 1,
        conc=min(conc, chans),
        rate=rate,
        hold_ms=hold,
        called=called,
        calling=calling,
        overlap=overlap,
        min_digits=min_digits,
        cause=cause,
        reject=reject,
        drop_ms=-1 if drop_ms is None else drop_ms,
        restart=restart,
        expect_reject=expect_reject,
    )
    try:
        wire = PacketWire(
            open_socket(-1 if fd is None else fd, connect or "", listen or "", timeout)
        )
        trunk = trunk_for(script, side, chans)
        code = Peer(script, trunk, wire, sys.stdout.buffer, quiet).run(timeout)
    except OutOfTime as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)


if __name__ == "__main__":
    pri()
