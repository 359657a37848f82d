"""``trunkd route`` and ``trunkd groups``: where calls go, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .cli_base import JSON, connect_daemon, print_json
from .errors import Error

if TYPE_CHECKING:
    from .daemon.methods_route import RouteTest, RouteTested

TYPES: Final = ("unknown", "international", "national", "network", "subscriber", "abbreviated")


@click.group()
def route() -> None:
    """Where calls go: test a number step by step, list the routes."""


@route.command()
@click.argument("number")
@click.option("--calling", default="", metavar="N", help="The calling number.")
@click.option("--group", metavar="NAME", help="An incoming call, by this group.")
@click.option("--trunk", metavar="NAME[/CH]", help="An incoming call, by this trunk's group.")
@click.option("--by", metavar="GROUP", help="An outgoing call by this group, without a route.")
@click.option("--type", "kind", type=click.Choice(TYPES), default="unknown", help="Of the number.")
@click.option("--calling-type", type=click.Choice(TYPES), default="unknown")
@click.option("--priority", type=click.IntRange(0, 9), default=0)
@click.option("--at", default="", metavar="TIME", help='"03:00", "sun 03:00", "2026-10-01 03:00".')
@click.option(
    "-c", "--config", "path", metavar="FILE", help="Ask this file instead of the running daemon."
)
@JSON
@click.pass_context
def test(
    ctx: click.Context,
    number: str,
    calling: str,
    group: str | None,
    trunk: str | None,
    by: str | None,
    kind: str,
    calling_type: str,
    priority: int,
    at: str,
    path: str | None,
    as_json: bool,
) -> None:
    """What would become of a call to NUMBER; no call is placed.

    Without --group and --trunk the call is an outgoing one. With -c all trunks are taken to be up
    and all channels to be idle. Exit code 1: the call would be refused.
    """
    from .daemon.methods_route import RouteTest

    if sum(one is not None for one in (group, trunk, by)) > 1:
        raise click.UsageError("give one of --group, --trunk and --by")
    device = f"group/{group or by}" if group or by else f"trunk/{trunk}" if trunk else ""
    asked = RouteTest(
        called=_digits(number),
        calling=_digits(calling),
        direction="in" if group or trunk else "out",
        device=device,
        type=kind,  # type: ignore[arg-type]
        calling_type=calling_type,  # type: ignore[arg-type]
        priority=priority,
        at=at,
    )
    tested = _of_file(path, asked) if path else connect_daemon(ctx).call(asked)
    if as_json:
        print_json(tested)
    else:
        from .daemon.present_base import console
        from .daemon.present_route import show_tested

        show_tested(console(), tested)
    placeable = any(choice.device for choice in tested.choices)
    if tested.refused or (asked.direction == "out" and not placeable):
        ctx.exit(1)


def _digits(number: str) -> str:
    """A number as people write it: without blanks and dashes."""
    digits = "".join(c for c in number if c not in " -().")
    if not set(digits) <= set("0123456789*#ABCD") or len(digits) > 32:
        raise click.UsageError(f"'{number}' is no number: 32 digits, * and # at the most")
    return digits


def _of_file(path: str, asked: RouteTest) -> RouteTested:
    import time

    from .daemon.config_check import load
    from .daemon.route_explain import file_tester

    config = load(path)
    tester, group = file_tester(config, asked.device, time.time_ns())
    return tester.test(asked, group)


@route.command(name="list")
@JSON
@click.pass_context
def list_routes(ctx: click.Context, as_json: bool) -> None:
    """The routes with what they match, where they lead and what was counted."""
    from .daemon.methods_route import Routes

    found = connect_daemon(ctx).call(Routes())
    if as_json:
        print_json(found)
        return
    if not found.routes:
        click.echo("no routes are configured: calls go by the first trunk that is up")
        return
    from .daemon.present_base import console
    from .daemon.present_route import refused_line, routes_table

    console().print(routes_table(found.routes))
    if line := refused_line(found):
        click.echo(line)


@click.command()
@click.argument("name", default="")
@JSON
@click.pass_context
def groups(ctx: click.Context, name: str, as_json: bool) -> None:
    """Trunk groups: use, seizures, overflow, and how often nothing was free."""
    from .daemon.methods_route import Groups

    every = connect_daemon(ctx).call(Groups()).groups
    found = [g for g in every if name.removeprefix("group/") in ("", g.name)]
    if name and not found:
        have = ", ".join(g.name for g in every) or "none is configured"
        raise Error(f"there is no group '{name}': {have}")
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no groups are configured")
        return
    from .daemon.present_base import console
    from .daemon.present_route import groups_table

    console().print(groups_table(found))


COMMANDS: Final = (route, groups)
