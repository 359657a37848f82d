"""``trunkd audit``: states that disagreed, and what became of that."""

from __future__ import annotations

import click

from .cli_base import JSON, connect_daemon, print_json


@click.command()
@click.option("--look", is_flag=True, help="Compare all states now, too.")
@JSON
@click.pass_context
def audit(ctx: click.Context, look: bool, as_json: bool) -> None:
    """Stuck channels and calls: states that disagreed between call, signalling, board and media,
    how often, and whether they were put right. Exit code 1: one could not be."""
    from .daemon.methods import Audit, Status

    client = connect_daemon(ctx)
    found = client.call(Audit(look=look))
    if as_json:
        print_json(found)
    else:
        from .daemon.present_audit import console, show_audit

        show_audit(console(), found, client.call(Status()).now)
    if not all(finding.healed for finding in found.found):
        ctx.exit(1)
