"""``trunkd lines``, ``line``, ``cas``, ``r2``: lines of R2, E&M, FXS and FXO."""

from __future__ import annotations

import re
from typing import Final

import click

from .cli_base import JSON, connect_daemon, print_json

TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=30.0,
    metavar="S",
    show_default=True,
    help="How long to wait for the end.",
)

_LINE: Final = re.compile(r"(trunk/)?([A-Za-z][A-Za-z0-9_-]{0,31})/([0-9]{1,2})")


def _line_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A line as the socket names it."""
    found = _LINE.fullmatch(value)
    if found is None:
        raise click.BadParameter(f"'{value}' is no line: write TRUNK/CHANNEL, as in pots/3")
    return f"{found[2]}/{int(found[3])}"


LINE = click.argument("line", callback=_line_name)


@click.command()
@click.argument("trunk", default="")
@JSON
@click.pass_context
def lines(ctx: click.Context, trunk: str, as_json: bool) -> None:
    """Lines of R2, E&M, FXS and FXO trunks: what each shows, and what its signalling does."""
    from .daemon.methods import Trunks
    from .daemon.methods_line import Lines

    client = connect_daemon(ctx)
    # A line of the socket has its limit: ask trunk by trunk.
    every = [t.name for t in client.call(Trunks()).trunks if not is_message_based(t.signalling)]
    names = [trunk.removeprefix("trunk/")] if trunk else every
    found = [x for name in names for x in client.call(Lines(trunk=name)).lines]
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no trunk has lines (signalling r2, em, fxs, fxo or tap)")
        return
    from .daemon.present_base import console
    from .daemon.present_line import lines_table

    console().print(lines_table(found))


def is_message_based(signalling: str) -> bool:
    """It has messages (PRI, SS7), not lines."""
    return signalling in ("pri", "isup", "tup", "board")


@click.group()
def line() -> None:
    """One line: look at it, test it, ring it, learn its tones.

    A LINE is called TRUNK/CHANNEL, as in pots/3.
    """


@line.command()
@LINE
@JSON
@click.pass_context
def show(ctx: click.Context, line: str, as_json: bool) -> None:
    """One line with its meters: voltage, loop current, ringing."""
    from .daemon.methods_line import Line

    found = connect_daemon(ctx).call(Line(line=line))
    if as_json:
        print_json(found)
        return
    from .daemon.present_line import show_line

    for text in show_line(found):
        click.echo(text)


@line.command("learn-tone")
@LINE
@click.option("--seconds", type=click.FloatRange(1, 120), default=10.0, show_default=True)
@click.pass_context
def learn_tone(ctx: click.Context, line: str, seconds: float) -> None:
    """Listen to a tone (a PBX's busy tone, say) and print it for [trunk.fxo.learned].

    Call somebody on this line and let them hang up, so that the tone is heard.
    """
    from .daemon.follow_line import learn_tone

    if not learn_tone(connect_daemon(ctx), line, seconds):
        ctx.exit(1)


@line.command()
@LINE
@TIMEOUT
@click.pass_context
def test(ctx: click.Context, line: str, timeout: float) -> None:
    """Test an idle telephone line: loop, DC voltage, ringer load."""
    from .daemon.follow_line import test_line

    if not test_line(connect_daemon(ctx), line, timeout):
        ctx.exit(1)


@line.command()
@LINE
@click.option("--timeout", type=click.FloatRange(1, 600), default=40.0, show_default=True)
@click.pass_context
def train(ctx: click.Context, line: str, timeout: float) -> None:
    """Find an exchange line's impedance: the one with the least echo.

    The line is seized for some five seconds; one digit is dialled to break the dial tone.
    """
    from .daemon.follow_line import train_line

    if not train_line(connect_daemon(ctx), line, timeout):
        ctx.exit(1)


@line.command()
@LINE
@click.option("--seconds", type=click.FloatRange(0, 60), default=4.0, show_default=True)
@click.pass_context
def ring(ctx: click.Context, line: str, seconds: float) -> None:
    """Ring a telephone, to find out where it stands."""
    from .daemon.methods_line import RingLine

    connect_daemon(ctx).call(RingLine(line=line, seconds=seconds))
    click.echo(f"{line} rings for {seconds:g} s")


@line.command()
@LINE
@click.pass_context
def flash(ctx: click.Context, line: str) -> None:
    """A hookflash towards the exchange, during a call (FXO, E&M)."""
    from .daemon.methods_line import FlashLine

    connect_daemon(ctx).call(FlashLine(line=line))
    click.echo(f"{line}: hookflash sent")


@line.command()
@LINE
@click.argument("state", type=click.Choice(["on", "off"]))
@click.pass_context
def waiting(ctx: click.Context, line: str, state: str) -> None:
    """Tell a telephone that messages wait, or no more."""
    from .daemon.methods_line import SetMessageWaitingIndicator

    connect_daemon(ctx).call(SetMessageWaitingIndicator(line=line, on=state == "on"))
    click.echo(f"{line}: message waiting {state}")


@line.command()
@click.argument("call", type=click.IntRange(1))
@click.argument("pulses", type=click.IntRange(1, 1000), default=1)
@click.pass_context
def meter(ctx: click.Context, call: int, pulses: int) -> None:
    """Send metering pulses to the calling party of a call."""
    from .daemon.methods_line import SendMetering

    connect_daemon(ctx).call(SendMetering(call_id=call, pulses=pulses))
    click.echo(f"call {call}: {pulses} metering pulse{'s' * (pulses != 1)} sent")


@line.command()
@LINE
@click.pass_context
def block(ctx: click.Context, line: str) -> None:
    """Take a line out of service, and tell the far end where its signalling can."""
    _block(ctx, line, True)


@line.command()
@LINE
@click.pass_context
def unblock(ctx: click.Context, line: str) -> None:
    """Give a blocked line back to service."""
    _block(ctx, line, False)


def _block(ctx: click.Context, line: str, on: bool) -> None:
    from .daemon.methods_ss7 import BlockCircuits, UnblockCircuits

    trunk, _, channel = line.rpartition("/")
    kind = BlockCircuits if on else UnblockCircuits
    connect_daemon(ctx).call(kind(trunk=trunk, circuits=channel))
    click.echo(f"{line} {'blocked' if on else 'unblocked'}")


@click.group()
def cas() -> None:
    """Channel-associated signalling: the ABCD bits of a span."""


@cas.command()
@click.argument("span")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C, a picture whenever bits change.")
@JSON
@click.pass_context
def bits(ctx: click.Context, span: str, follow: bool, as_json: bool) -> None:
    """The ABCD bits of a span's timeslots, sent and received.

    On a terminal the grid is live until Ctrl-C; piped, it is printed once.
    """
    from .daemon.methods_line import CasBits

    client = connect_daemon(ctx)
    if as_json:
        print_json(client.call(CasBits(span=span)).bits)
        return
    from .daemon.follow_line import follow_bits

    follow_bits(client, span, follow)


@click.group()
def r2() -> None:
    """MFC-R2 trunks."""


@r2.command()
@click.argument("trunk", default="")
@JSON
@click.pass_context
def calls(ctx: click.Context, trunk: str, as_json: bool) -> None:
    """Calls on R2 lines: their bits, and what line and register signalling are doing."""
    from .daemon.follow_line import r2_calls
    from .daemon.present_base import console
    from .daemon.present_line import r2_table

    rows = r2_calls(connect_daemon(ctx), trunk.removeprefix("trunk/"))
    if as_json:
        print_json(rows)
    elif not rows:
        click.echo("no calls on R2 lines")
    else:
        console().print(r2_table(rows))


COMMANDS = (lines, line, cas, r2)
