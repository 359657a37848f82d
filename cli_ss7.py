"""``trunkd ss7``: links, linksets, routes and circuits of Signalling System No. 7."""

from __future__ import annotations

import click

from .cli_base import JSON, connect_daemon, print_json

TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=60.0,
    metavar="S",
    show_default=True,
    help="How long to wait for the end.",
)


@click.group()
def ss7() -> None:
    """SS7: links, linksets, routes, circuits.

    A LINK is called LINKSET/SLC, as `trunkd ss7 links` shows it; CICS are circuits as in 1-15,17.
    """


# Looking


@ss7.command()
@JSON
@click.pass_context
def links(ctx: click.Context, as_json: bool) -> None:
    """Signalling links: state of both levels, load, errors, and what to look at next."""
    from .daemon.methods_ss7 import Ss7Links

    answer = connect_daemon(ctx).call(Ss7Links())
    if as_json:
        print_json(answer.links)
        return
    if not answer.links:
        click.echo("no SS7 links are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_ss7 import links_advice, links_table

    out = console()
    out.print(links_table(answer.links, answer.now))
    for line in links_advice(answer.links):
        out.print(f"! {line}", markup=False)


@ss7.command()
@JSON
@click.pass_context
def linksets(ctx: click.Context, as_json: bool) -> None:
    """Linksets: how many of their links are up."""
    from .daemon.methods_ss7 import Ss7Linksets

    found = connect_daemon(ctx).call(Ss7Linksets()).linksets
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no SS7 linksets are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_ss7 import linksets_table

    console().print(linksets_table(found))


@ss7.command()
@JSON
@click.pass_context
def routes(ctx: click.Context, as_json: bool) -> None:
    """Routes: which destinations can be reached, and which way."""
    from .daemon.methods_ss7 import Ss7Routes

    found = connect_daemon(ctx).call(Ss7Routes()).routes
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no SS7 routes are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_ss7 import routes_table

    console().print(routes_table(found))


@ss7.command()
@click.argument("trunk", default="")
@click.option("--each", is_flag=True, help="One line for each circuit.")
@JSON
@click.pass_context
def circuits(ctx: click.Context, trunk: str, each: bool, as_json: bool) -> None:
    """Circuits with their state; those that are alike are on one line."""
    from .daemon.methods import Trunks
    from .daemon.methods_ss7 import Ss7Circuits

    client = connect_daemon(ctx)
    # A trunk may have thousands; a line of the socket has its limit.
    every = [t.name for t in client.call(Trunks()).trunks if t.signalling in ("isup", "tup")]
    names = [trunk] if trunk else every
    found = [c for name in names for c in client.call(Ss7Circuits(trunk=name)).circuits]
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no SS7 circuits are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_ss7 import circuits_table

    console().print(circuits_table(found, each))


# Circuits


def _circuits(
    ctx: click.Context, trunk: str, cics: str, action: str, hardware: bool, timeout: float
) -> None:
    from .daemon.follow_ss7 import change_circuits

    if not change_circuits(connect_daemon(ctx), trunk, cics, action, hardware, timeout):
        ctx.exit(1)


_TRUNK = click.argument("trunk")
_CICS = click.argument("cics")
_HARDWARE = click.option(
    "--hardware", is_flag=True, help="As for a hardware failure: calls on them are released."
)


@ss7.command()
@_TRUNK
@_CICS
@_HARDWARE
@TIMEOUT
@click.pass_context
def block(ctx: click.Context, trunk: str, cics: str, hardware: bool, timeout: float) -> None:
    """Block circuits towards the far end (BLO, CGB); calls on them may end by themselves."""
    _circuits(ctx, trunk, cics, "block", hardware, timeout)


@ss7.command()
@_TRUNK
@_CICS
@_HARDWARE
@TIMEOUT
@click.pass_context
def unblock(ctx: click.Context, trunk: str, cics: str, hardware: bool, timeout: float) -> None:
    """End a blocking of ours (UBL, CGU)."""
    _circuits(ctx, trunk, cics, "unblock", hardware, timeout)


@ss7.command()
@_TRUNK
@_CICS
@TIMEOUT
@click.pass_context
def reset(ctx: click.Context, trunk: str, cics: str, timeout: float) -> None:
    """Return circuits to idle at both ends (RSC, GRS); calls on them are released."""
    _circuits(ctx, trunk, cics, "reset", False, timeout)


@ss7.command()
@_TRUNK
@_CICS
@TIMEOUT
@click.pass_context
def query(ctx: click.Context, trunk: str, cics: str, timeout: float) -> None:
    """Ask the far end for its view of circuits (CQM, ISUP only)."""
    _circuits(ctx, trunk, cics, "query", False, timeout)


@ss7.command()
@_TRUNK
@click.argument("cic", type=click.IntRange(0, 4095))
@TIMEOUT
@click.pass_context
def continuity(ctx: click.Context, trunk: str, cic: int, timeout: float) -> None:
    """Check an idle circuit: our tone must come back by the far end's loop (CCR)."""
    _circuits(ctx, trunk, str(cic), "continuity", False, timeout)


# Links


def _link(ctx: click.Context, link: str, action: str, timeout: float) -> None:
    from .daemon.follow_ss7 import change_link

    if not change_link(connect_daemon(ctx), link, action, timeout):
        ctx.exit(1)


@ss7.command()
@click.argument("link")
@TIMEOUT
@click.pass_context
def activate(ctx: click.Context, link: str, timeout: float) -> None:
    """Align a link, test it, and give it traffic."""
    _link(ctx, link, "activate", timeout)


@ss7.command()
@click.argument("link")
@TIMEOUT
@click.pass_context
def deactivate(ctx: click.Context, link: str, timeout: float) -> None:
    """Take a link out of service; its traffic goes over the others first."""
    _link(ctx, link, "deactivate", timeout)


@ss7.command()
@click.argument("link")
@TIMEOUT
@click.pass_context
def inhibit(ctx: click.Context, link: str, timeout: float) -> None:
    """Keep traffic off a link that stays aligned; refused where it is the last one."""
    _link(ctx, link, "inhibit", timeout)


@ss7.command()
@click.argument("link")
@TIMEOUT
@click.pass_context
def uninhibit(ctx: click.Context, link: str, timeout: float) -> None:
    """Let traffic onto a link again."""
    _link(ctx, link, "uninhibit", timeout)


@ss7.group("link")
def one_link() -> None:
    """One signalling link."""


@one_link.command()
@click.argument("link")
@TIMEOUT
@click.pass_context
def test(ctx: click.Context, link: str, timeout: float) -> None:
    """Signalling link test (Q.707): is the right exchange at the other end of this link?"""
    _link(ctx, link, "test", timeout)
