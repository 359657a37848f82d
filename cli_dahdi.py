"""``trunkd dahdi``: /etc/dahdi/system.conf explained, and taken over."""

from __future__ import annotations

import pathlib
from typing import Any

import click

from .cli_base import JSON, print_json
from .errors import ConfigError


@click.group()
def dahdi() -> None:
    """Boards of DAHDI's kernel driver."""


FILE = click.argument("file", default="/etc/dahdi/system.conf", required=False)


def _read(file: str) -> Any:
    from .drivers.dahdi import system_conf

    try:
        return system_conf.parse(pathlib.Path(file).read_text(errors="replace"))
    except FileNotFoundError:
        raise ConfigError(
            f"{file} is not there: `dahdi_genconf` makes one from the boards it finds, or name a "
            "file"
        ) from None
    except OSError as exc:
        raise ConfigError(f"{file} cannot be read: {exc.strerror}") from None


@dahdi.command("check")
@FILE
@click.option("--file-only", is_flag=True, help="Do not ask the kernel.")
@JSON
@click.pass_context
def check_command(ctx: click.Context, file: str, file_only: bool, as_json: bool) -> None:
    """Say what is wrong with FILE, and between it and the boards that are there."""
    from .drivers.dahdi import check

    conf = _read(file)
    found = check.check_file(conf) if file_only else check.check_all(conf)
    if as_json:
        print_json(
            [
                {"line": p.line, "text": p.text, "remedy": p.remedy, "warning": p.warning}
                for p in found
            ]
        )
    for problem in found if not as_json else ():
        kind = "warning" if problem.warning else "wrong"
        where = f"{file}:{problem.line}: " if problem.line else ""
        click.echo(f"{where}{kind}: {problem.text}\n    {problem.remedy}")
    if not found and not as_json:
        click.echo(f"{file}: {len(conf.channels)} channels, nothing wrong")
    if any(not problem.warning for problem in found):
        ctx.exit(1)


@dahdi.command("import")
@FILE
@click.option("-o", "--output", metavar="FILE", help="Write to this file; default: print.")
@click.option("--file-only", is_flag=True, help="Do not ask the kernel where spans begin.")
def import_command(file: str, output: str | None, file_only: bool) -> None:
    """Write a configuration of trunkd for what FILE configures."""
    from .drivers.dahdi import check, import_conf
    from .drivers.dahdi.find import channel_infos, span_infos
    from .errors import DriverError

    conf = _read(file)
    places = None
    if not file_only:
        try:
            infos = span_infos()
            places = check.places_there(infos, channel_infos(infos)) or None
        except DriverError as exc:
            click.echo(f"spans are taken from {file} alone: {exc}", err=True)
    text = import_conf.to_toml(conf, places, file)
    if output is None:
        click.echo(text, nl=False)
    else:
        pathlib.Path(output).write_text(text)
        click.echo(f"{output} is written: look through it, then `trunkd config check {output}`")
