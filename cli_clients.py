"""``trunkd clients``: who is connected, and whose calls they are."""

from __future__ import annotations

import click

from .cli_base import JSON, connect_daemon, print_json


@click.command()
@JSON
@click.pass_context
def clients(ctx: click.Context, as_json: bool) -> None:
    """Who is connected, what it may do, how far behind it is, and the calls of its session."""
    from .daemon.methods import Status
    from .daemon.methods_session import ClientsOf

    client = connect_daemon(ctx)
    found = client.call(ClientsOf())
    if as_json:
        print_json(found)
        return
    from .daemon import present_session as present

    now = client.call(Status()).now
    out = present.console()
    out.print(present.clients_table(found.clients, now))
    if found.sessions:
        out.print()
        out.print(present.sessions_table(found.sessions, now))
