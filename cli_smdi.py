"""``trunkd smdi``: message desk links between an exchange and its voicemail."""

from __future__ import annotations

import click

from .cli_base import JSON, connect_daemon, print_json

SMDI = click.option("--smdi", default="", metavar="NAME", help="The link; else the only one.")


@click.group()
def smdi() -> None:
    """SMDI: message desk links between an exchange (PBX) and its voicemail."""


@smdi.command()
@click.argument("name", default="")
@JSON
@click.pass_context
def status(ctx: click.Context, name: str, as_json: bool) -> None:
    """The links, and what one of them counted."""
    from .daemon.follow_smdi import links_named

    found = links_named(connect_daemon(ctx), name)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no message desk links are configured ([[smdi]])")
        return
    import time

    from .daemon.present_base import console
    from .daemon.present_smdi import counters_table, links_table

    console().print(links_table(found, time.time_ns()))
    if name:
        console().print(counters_table(found[0]))


@smdi.command()
@click.argument("number", default="")
@click.argument("state", type=click.Choice(["on", "off", ""]), default="")
@SMDI
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=60.0,
    metavar="S",
    show_default=True,
    help="How long to wait for the end.",
)
@JSON
@click.pass_context
def waiting(
    ctx: click.Context, number: str, state: str, smdi: str, timeout: float, as_json: bool
) -> None:
    """Tell the exchange that messages wait for NUMBER, or no more; or list what it was told.

    The exchange refuses at once or not at all, so a request counts as done some seconds later.
    """
    client = connect_daemon(ctx)
    if state:
        from .daemon.follow_smdi import set_waiting

        if not set_waiting(client, smdi, number, state == "on", timeout):
            ctx.exit(1)
        return
    from .daemon.methods_smdi import MessageWaiting, StationInfo

    found: list[StationInfo] = []
    more = True
    while more:
        last = found[-1].number if found else ""
        page = client.call(MessageWaiting(smdi=smdi, after=last))
        found += page.stations
        more = page.more
    found = [x for x in found if not number or x.number == number]
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no message waiting is known")
        return
    from .daemon.present_base import console
    from .daemon.present_smdi import stations_table

    console().print(stations_table(found))


@smdi.command()
@click.argument("name")
@click.argument("terminal", type=click.IntRange(1, 9999))
@click.option(
    "--kind",
    type=click.Choice(["A", "B", "D", "N", "U"]),
    default="D",
    show_default=True,
    help="D direct, A all calls forwarded, B busy, N no answer, U unknown.",
)
@click.option("--desk", type=click.IntRange(1, 999), help="Message desk; else as configured.")
@click.option("--forwarding", default="", metavar="NUMBER", help="Who forwarded the call.")
@click.option("--calling", default="", metavar="NUMBER", help="Who calls.")
@click.pass_context
def send(
    ctx: click.Context,
    name: str,
    terminal: int,
    kind: str,
    desk: int | None,
    forwarding: str,
    calling: str,
) -> None:
    """Send a call's message on link NAME to the outside voicemail, to try it.

    TERMINAL is the line of the message desk that the call is said to be on.
    """
    from .daemon.methods_smdi import SendCallHistory

    request = SendCallHistory(
        smdi=name,
        terminal=terminal,
        desk=desk or 0,
        kind=kind,  # type: ignore[arg-type]
        forwarding=forwarding,
        calling=calling,
    )
    connect_daemon(ctx).call(request)
    click.echo(f"{name}: sent for terminal {terminal:04}")


@smdi.command()
@click.argument("name", default="")
@click.option("--count", type=click.IntRange(1), help="End after so many events.")
@JSON
@click.pass_context
def trace(ctx: click.Context, name: str, count: int | None, as_json: bool) -> None:
    """Messages of a link, both ways, and what was wrong with others, until Ctrl-C."""
    from .daemon.follow_smdi import trace as follow

    follow(connect_daemon(ctx), name, count, as_json)
