"""What all commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .daemon.client import Client

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")


def connect_daemon(ctx: click.Context, timeout: float = 10.0) -> Client:
    """A client of the daemon that the global options name; closed when the command ends.
    ``timeout``: seconds for an answer."""
    from .daemon.client import Client

    client = Client(ctx.find_root().obj, timeout)
    ctx.call_on_close(client.close)
    return client


def print_json(document: Any) -> None:
    """One JSON document on one line."""
    import msgspec

    click.echo(msgspec.json.encode(document).decode())
