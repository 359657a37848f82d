"""``trunkd boards``: what is in the machine, and what is missing to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .cli_base import JSON, print_json

if TYPE_CHECKING:
    from .board.found import Found


@click.command()
@click.option("--config", "as_config", is_flag=True, help="Print a configuration to begin with.")
@click.option(
    "--root",
    default="/",
    metavar="DIR",
    hidden=True,
    type=click.Path(exists=True, file_okay=False, resolve_path=True),
    help="Look at the machine whose files are below DIR.",
)
@JSON
def boards(as_config: bool, root: str, as_json: bool) -> None:
    """Boards in this machine: what each is, which driver it wants, and what is missing to use it.

    An address that is printed goes into `address` of a [[board]] as it stands.
    """
    from .drivers.discover import find
    from .drivers.discover_machine import Machine

    if as_config and as_json:
        raise click.UsageError("choose one of --config and --json")
    rows = find(Machine(root))
    if as_config:
        from .drivers.discover_config import skeleton

        click.echo(skeleton(rows), nl=False)
        return
    if as_json:
        import msgspec

        print_json([{**msgspec.to_builtins(row), "ready": row.ready} for row in rows])
        return
    show(rows)


def show(rows: list[Found]) -> None:
    """One table; its last column is the address, or what is missing and what to do.

    On a terminal long texts take more lines; piped, a row is a line.
    """
    from rich.text import Text

    from .daemon.present_base import console, simple_table

    table = simple_table()
    out = console()
    if not out.is_terminal:
        out.width = 2000
    room = max(16, out.width // 5)
    table.add_column("found", max_width=room, overflow="fold")
    table.add_column("where", max_width=room, overflow="fold")
    table.add_column("driver", no_wrap=True)
    table.add_column("ready", no_wrap=True)
    table.add_column("address, or what is missing", overflow="fold")
    between = "\n" if out.is_terminal else "; "
    for row in rows:
        where = ", ".join(filter(None, (row.where, row.note)))
        gaps = between.join(f"{gap.what}: {gap.remedy}" for gap in row.missing)
        last = (row.address or "-") if row.ready else gaps
        cells = (row.what, where or "-", row.driver or "-", "yes" if row.ready else "no", last)
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
