"""``trunkd fax``: TIFF files over established calls."""

from __future__ import annotations

from typing import Final

import click

from .cli_base import JSON, connect_daemon

CALL: Final = click.IntRange(1)
WAIT = click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Follow it to its end."
)
STATION = click.option("--station", default="", metavar="TEXT", help="Our identification.")
NO_ECM = click.option("--no-ecm", is_flag=True, help="Without error correction.")


@click.group()
def fax() -> None:
    """Send and receive faxes on established calls."""


@fax.command()
@click.argument("call", type=CALL)
@click.argument("file", metavar="FILE.tif")
@STATION
@click.option("--header", default="", metavar="TEXT", help="Line at the top of each page.")
@NO_ECM
@WAIT
@JSON
@click.pass_context
def send(
    ctx: click.Context,
    call: int,
    file: str,
    station: str,
    header: str,
    no_ecm: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Send FILE.tif (below the media directory), page by page. Exit 1: not all was delivered."""
    from .daemon import follow_media
    from .daemon.methods_media import SendFax

    request = SendFax(call_id=call, file=file, station=station, header=header, ecm=not no_ecm)
    if not follow_media.fax(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


@fax.command()
@click.argument("call", type=CALL)
@click.argument("file", metavar="FILE.tif")
@STATION
@NO_ECM
@WAIT
@JSON
@click.pass_context
def receive(
    ctx: click.Context, call: int, file: str, station: str, no_ecm: bool, wait: bool, as_json: bool
) -> None:
    """Receive into FILE.tif (below the media directory). Exit 1: it did not come whole."""
    from .daemon import follow_media
    from .daemon.methods_media import ReceiveFax

    request = ReceiveFax(call_id=call, file=file, station=station, ecm=not no_ecm)
    if not follow_media.fax(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


@fax.command()
@click.argument("call", type=CALL)
@click.pass_context
def stop(ctx: click.Context, call: int) -> None:
    """End a fax; the call stays up."""
    from .daemon.methods_media import StopFax

    connect_daemon(ctx).call(StopFax(call_id=call))


@fax.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def show(file: str) -> None:
    """What a fax sees of a TIFF file: its pages, or why it cannot be sent."""
    from .daemon.fax_show import file_lines

    for line in file_lines(file):
        click.echo(line)
