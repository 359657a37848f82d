"""``trunkd records``: call records by number, time and cause; sums; export."""

from __future__ import annotations

import sys
from typing import Any

import click

from .cli_base import JSON, print_json

BY = ("cause", "trunk", "direction", "called", "calling", "day", "hour")


def _path(ctx: click.Context, file: str | None, config: str | None) -> str:
    """The call store: named, of a configuration, or of the daemon that runs."""
    if file:
        return file
    from .daemon.config import DEFAULT_PATH
    from .daemon.config_check import load
    from .errors import ConfigError, Error

    if config is None:
        from .daemon.client import Client, Unreachable
        from .daemon.methods import Status

        try:
            with Client(ctx.find_root().obj) as client:
                config = client.call(Status()).config
        except Unreachable:
            config = DEFAULT_PATH  # records outlive the daemon
    try:
        path = load(config).daemon.call_store_path()
    except ConfigError as exc:
        raise Error(f"{exc}\nname the file of call records with --file") from exc
    if not path:
        raise Error(f"{config} keeps no call records (call_store, or records, is off)")
    return path


def _call(text: str) -> tuple[str, int]:
    """Run and callId, empty for ""."""
    run, slash, number = text.rpartition("/")
    if text and not (slash and number.isdecimal()):
        raise click.UsageError("--call is as the table has it, as in 55e059c3/17")
    return run, int(number or 0)


@click.command()
@click.argument("number", default="")
@click.option("--called", metavar="N", default="", help="The called number; 0086* is a prefix.")
@click.option("--calling", metavar="N", default="", help="The calling number.")
@click.option("--trunk", default="", help="Name of a trunk.")
@click.option("--direction", type=click.Choice(["in", "out"]), default=None)
@click.option("--cause", metavar="C", default="", help="As records have it, or a Q.850 value.")
@click.option("--since", metavar="T", default="", help="2h, 30m (ago), 14:30, 2026-11-22, …")
@click.option("--until", metavar="T", default="")
@click.option("--answered/--unanswered", "answered", default=None)
@click.option("--up/--ended", "up", default=None, help="Calls that are up now, or over.")
@click.option("--lost", is_flag=True, help="Calls that were up when trunkd was killed.")
@click.option("--linkage", type=int, default=0, help="Calls that belong together.")
@click.option("--summary", "by", type=click.Choice(BY), help="Sums instead of calls.")
@click.option("--call", metavar="RUN/ID", default="", help="One call, with all that is known.")
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N",
              help="The latest N; 0: all. As a table 50, else all.")  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values with a header row.")
@click.option("--file", metavar="FILE", help="The call store (calls.db).")
@click.option("-c", "--config", metavar="FILE", help="The configuration that names it.")
@JSON
@click.pass_context
def records(ctx: click.Context, /, **asked: Any) -> None:
    """Call records: which calls there were, why they ended, and their sums.

    NUMBER is a called, calling or answering number; 0086* means all that begin so. The daemon need
    not run.
    """
    import datetime

    from .daemon import callquery as q

    if asked["as_csv"] and (asked["as_json"] or asked["by"]):
        raise click.UsageError("--csv goes with neither --json nor --summary")
    run, number = _call(asked["call"])
    path = _path(ctx, asked["file"], asked["config"])
    now = datetime.datetime.now(datetime.UTC)
    same = ("number", "called", "calling", "trunk", "cause", "answered", "up", "lost", "linkage")
    wanted = q.Wanted(
        **{name: asked[name] for name in same},
        direction=asked["direction"] or "",
        instance=run,
        call_id=number,
        since=q.moment(asked["since"], now) if asked["since"] else "",
        until=q.moment(asked["until"], now) if asked["until"] else "",
    )
    if asked["by"]:
        _sums(q.summary(path, wanted, asked["by"]), asked["by"], asked["as_json"])
        return
    limit = asked["limit"]
    if asked["as_csv"]:
        q.write_csv(q.find(path, wanted, limit) if limit else q.each(path, wanted), sys.stdout)
        return
    if limit is None:
        limit = 0 if asked["as_json"] else 50
    found = q.find(path, wanted, limit)
    if asked["as_json"]:
        print_json(found)
    elif not found:
        click.echo(f"no such calls in {path}")
    else:
        _show(found, limit, bool(asked["call"]))


def _show(found: Any, limit: int, whole: bool) -> None:
    from .daemon.present_base import console
    from .daemon.present_records import record_table, records_table

    if whole:
        for record in found:
            console().print(record_table(record))
        return
    console().print(records_table(found))
    if len(found) == limit:
        click.echo(f"the latest {limit}; -n 0 shows all")


def _sums(found: Any, by: str, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    from .daemon.present_base import console
    from .daemon.present_records import summary_table

    console().print(summary_table(found, by))
