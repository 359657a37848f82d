"""What all ``trunkd peer`` commands share: the wire, the call script, and the run."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Final, TypedDict, TypeVar, Unpack

import click

from ..errors import Error
from ..signaling.call import SignallingEngine
from ..signaling.script import Script
from .packets import BATCH, OutOfTime, PacketWire, open_socket
from .peer import Peer

Command = TypeVar("Command", bound=Callable[..., Any])


class CallOptions(TypedDict):
    """The values of CALLS, by click's names."""

    mode: str
    calls: int | None
    conc: int
    rate: float
    hold: int
    called: str
    calling: str
    overlap: int
    min_digits: int
    cause: int
    reject: int
    drop_ms: int | None
    restart: bool
    expect_reject: bool
    timeout: float
    quiet: bool


class Options(CallOptions):
    """Those of WIRE, too."""

    fd: int | None
    connect: str | None
    listen: str | None


def digits(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A number as signalling can carry it, checked before the first call."""
    if not value or len(value) > 32 or any(c not in "0123456789*#ABCD" for c in value):
        raise click.BadParameter(f"'{value}' is no number: 1 to 32 of 0-9, *, # and A-D")
    return value


WIRE: Final = (
    click.option("--fd", type=click.IntRange(0), help="An open SOCK_SEQPACKET descriptor."),
    click.option("--connect", metavar="PATH", help="Connect to a port's socket."),
    click.option("--listen", metavar="PATH", help="Listen there; one far end connects."),
)

CALLS: Final = (
    click.option("--mode", type=click.Choice(["call", "answer"]), required=True),
    click.option(
        "--calls", type=click.IntRange(0), help="How many. [default: 1; answer: until hang-up]"
    ),
    click.option("--conc", type=click.IntRange(1), default=1, help="Calls at once."),
    click.option(
        "--rate", type=click.FloatRange(0, 1e6), default=0.0, help="New calls a second; 0: fast."
    ),
    click.option(
        "--hold", type=click.IntRange(0), default=0, metavar="MS", help="Length of a call."
    ),
    click.option(
        "--called", default="5551000", metavar="DIGITS", callback=digits, help="Number to call."
    ),
    click.option(
        "--calling",
        default="5550000",
        metavar="DIGITS",
        callback=digits,
        help="Number we call from.",
    ),
    click.option(
        "--overlap", type=click.IntRange(0), default=0, help="Digits in the first message; 0: all."
    ),
    click.option("--min-digits", type=click.IntRange(0, 32), default=0, help="Digits we need."),
    click.option("--cause", type=click.IntRange(1, 127), default=16, help="Cause we clear with."),
    click.option(
        "--reject", type=click.IntRange(0, 127), default=0, help="Refuse with this cause."
    ),
    click.option("--drop-ms", type=click.IntRange(0), help="The answering side clears after this."),
    click.option("--restart", is_flag=True, help="Reset all channels before the first call."),
    click.option("--expect-reject", is_flag=True, help="The calls are to be refused."),
    click.option(
        "--timeout", type=click.FloatRange(0, 1e6), default=60.0, metavar="S", help="0: none."
    ),
    click.option("--quiet", is_flag=True, help="Only the summary."),
)


def wire_options(command: Command) -> Command:
    """Add the options that say where the far end is."""
    for option in reversed(WIRE):
        command = option(command)
    return command


def call_options(command: Command) -> Command:
    """Add the options of the call script."""
    for option in reversed(CALLS):
        command = option(command)
    return command


def script_of(channels: int, options: CallOptions, category: int = -1) -> Script:
    """The script that the options ask for; UsageError when they cannot be meant. ``category`` as
    Script has it."""
    if math.isnan(options["rate"]) or math.isnan(options["timeout"]):
        raise click.UsageError("--rate and --timeout are numbers")
    answer = options["mode"] == "answer"
    calls = options["calls"]
    drop_ms = options["drop_ms"]
    return Script(
        answer=answer,
        calls=calls if calls is not None else 0 if answer else 1,
        conc=min(options["conc"], channels),
        rate=options["rate"],
        hold_ms=options["hold"],
        called=options["called"],
        calling=options["calling"],
        overlap=options["overlap"],
        min_digits=options["min_digits"],
        cause=options["cause"],
        reject=options["reject"],
        drop_ms=-1 if drop_ms is None else drop_ms,
        restart=options["restart"],
        expect_reject=options["expect_reject"],
        category=category,
    )


def run(
    channels: int,
    engine: Callable[[Script], SignallingEngine],
    batch: int = BATCH,
    **options: Unpack[Options],
) -> None:
    """Run the script on the engine over the wire, and exit as ``trunkd peer`` does. ``batch``:
    frames handled before answers go out."""
    wires = (options["fd"], options["connect"], options["listen"])
    if [one is not None for one in wires].count(True) != 1:
        raise click.UsageError("give one of --fd, --connect and --listen")
    script = script_of(channels, options)
    timeout = options["timeout"]
    fd = options["fd"]
    try:
        made = engine(script)
        wire = PacketWire(
            open_socket(
                -1 if fd is None else fd,
                options["connect"] or "",
                options["listen"] or "",
                timeout,
            ),
            batch,
        )
        code = Peer(script, made, wire, sys.stdout.buffer, options["quiet"]).run(timeout)
    except OutOfTime as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)
