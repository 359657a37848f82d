"""``trunkd e1d-serve``: a simulated board's lines for Osmocom programs."""

from __future__ import annotations

import signal
from typing import Any

import click


@click.command("e1d-serve")
@click.option("-c", "--config", "path", metavar="FILE", help="Serve a board of this configuration.")
@click.option(
    "--name", metavar="BOARD", help="Which one; not needed when it has one simulated board."
)
@click.option("--board", "address", metavar="ADDRESS", help="Serve this board, as in 'sim://lab'.")
@click.option("--socket", "socket_path", metavar="PATH", help="Default: /tmp/osmo-e1d.ctl.")
@click.option("--group", default="", metavar="GROUP", help="Whose programs may connect, too.")
@click.option("-q", "--quiet", is_flag=True, help="Do not tell what happens.")
def e1d_serve(
    path: str | None,
    name: str | None,
    address: str | None,
    socket_path: str | None,
    group: str,
    quiet: bool,
) -> None:
    """Be osmo-e1d: serve a simulated board's E1 lines to any Osmocom program, or to our e1d://.

    Span n of the board is line n - 1 of interface 0. Ends with SIGINT or SIGTERM.
    """
    from .board.registry import open_board
    from .drivers.e1d.proto import DEFAULT_SOCKET
    from .hil.e1d_serve import E1dServer, servable

    if (path is None) == (address is None):
        raise click.UsageError("give a configuration (-c FILE) or a board (--board ADDRESS)")
    driver = None
    if path is not None:
        address, driver = _board_of(path, name)
    assert address is not None
    board = open_board(address, driver)
    where = socket_path or DEFAULT_SOCKET
    try:
        mode = 0o660 if group else 0o600
        say = (lambda text: None) if quiet else click.echo
        server = E1dServer(servable(board), where, mode=mode, group=group, say=say)
    except BaseException:
        board.close()
        raise
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    click.echo(f"{address} is served at {where}: {len(board.spans)} line(s)")
    server.run()


def _board_of(path: str, name: str | None) -> tuple[str, Any]:
    """Address and driver table of a configuration's board."""
    from .daemon.config_check import load
    from .errors import ConfigError

    tables = [table for table in load(path).board if name is None or table.name == name]
    if name is None:
        tables = [table for table in tables if table.address.startswith("sim://")]
    if len(tables) != 1:
        have = ", ".join(table.name for table in load(path).board) or "none"
        raise ConfigError(f"{path}: say which board with --name; it has {have}")
    return tables[0].address, tables[0].driver


COMMANDS = (e1d_serve,)
