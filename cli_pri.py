"""``trunkd pri``: D-channels of PRI trunks, and their B-channels out of service and back."""

from __future__ import annotations

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


@click.group()
def pri() -> None:
    """PRI: D-channels, and B-channels out of service and back.

    CHANNELS are numbers as in 1-15,17. With NFAS a channel's number is 32 * its interface's
    identifier + timeslot; `trunkd channels` shows them.
    """


@pri.command()
@click.argument("trunk", default="")
@JSON
@click.pass_context
def dchannels(ctx: click.Context, trunk: str, as_json: bool) -> None:
    """D-channels: which one is in service and which one is stand-by."""
    from .daemon.methods import Trunks

    name = trunk.removeprefix("trunk/")
    every = [t for t in connect_daemon(ctx).call(Trunks()).trunks if t.signalling == "pri"]
    found = [t for t in every if not name or t.name == name]
    if name and not found:
        have = ", ".join(t.name for t in every) or "none is configured"
        raise click.UsageError(f"there is no PRI trunk '{name}': {have}")
    if as_json:
        print_json({t.name: t.d_channels for t in found})
        return
    if not found:
        click.echo("no PRI trunks are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_pri import d_channels_table

    console().print(d_channels_table(found))


@pri.command()
@click.argument("trunk")
@TIMEOUT
@click.pass_context
def switch(ctx: click.Context, trunk: str, timeout: float) -> None:
    """Let a trunk's stand-by D-channel take over (NFAS); calls stay."""
    from .daemon.follow_pri import switch_d_channel

    if not switch_d_channel(connect_daemon(ctx), trunk, timeout):
        ctx.exit(1)


@pri.command()
@click.argument("trunk")
@click.argument("channels")
@TIMEOUT
@click.pass_context
def block(ctx: click.Context, trunk: str, channels: str, timeout: float) -> None:
    """Take B-channels out of service at both ends (SERVICE; not with etsi and itu).

    Calls on them may end by themselves.
    """
    _change(ctx, trunk, channels, "block", timeout)


@pri.command()
@click.argument("trunk")
@click.argument("channels")
@TIMEOUT
@click.pass_context
def unblock(ctx: click.Context, trunk: str, channels: str, timeout: float) -> None:
    """Put B-channels back into service."""
    _change(ctx, trunk, channels, "unblock", timeout)


def _change(ctx: click.Context, trunk: str, channels: str, action: str, timeout: float) -> None:
    from .daemon.follow_ss7 import change_circuits

    client = connect_daemon(ctx)
    look = "trunkd channels"
    if not change_circuits(client, trunk, channels, action, False, timeout, "channel", look):
        ctx.exit(1)


COMMANDS = (pri,)
