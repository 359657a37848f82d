"""The command ``trunkd``. Thin: it parses, asks the daemon, prints.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon answers.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from . import __version__
from .cli_audit import audit
from .cli_base import JSON, print_json
from .cli_base import connect_daemon as connect
from .cli_boards import boards
from .cli_calls import COMMANDS as CALLS
from .cli_calls import call as call_group
from .cli_clients import clients
from .cli_conference import COMMANDS as SPEECH
from .cli_consult import COMMANDS as CONSULTATION
from .cli_craft import COMMANDS as SERIAL
from .cli_dahdi import dahdi
from .cli_e1d import COMMANDS as E1D
from .cli_fax import fax
from .cli_instruments import detect, synth
from .cli_line import COMMANDS as LINES
from .cli_media import COMMANDS as MEDIA
from .cli_pri import COMMANDS as PRI
from .cli_records import records
from .cli_route import COMMANDS as ROUTING
from .cli_smdi import smdi
from .cli_ss7 import ss7
from .errors import Error


class Trunkd(click.Group):
    """A group whose user mistakes are messages, never tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Error as exc:
            from .daemon.client import Unreachable

            click.echo(f"trunkd: {exc}", err=True)
            ctx.exit(3 if isinstance(exc, Unreachable) else 1)


@click.group(cls=Trunkd, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trunkd")
@click.option(
    "--socket",
    "socket_path",
    envvar="TRUNKD_SOCKET",
    metavar="PATH",
    help="The daemon's socket (default: trunkd.sock in /run/trunkd or $XDG_RUNTIME_DIR/trunkd),"
    " or tcp://HOST:PORT, tls://HOST:PORT with $TRUNKD_TOKEN, $TRUNKD_CA.",
)
@click.pass_context
def main(ctx: click.Context, socket_path: str | None) -> None:
    """Drive telephony voice boards."""
    ctx.obj = socket_path


# The daemon


@main.command()
@click.option("-c", "--config", "path", metavar="FILE", help="Default: /etc/trunkd/trunkd.toml.")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens in detail.")
def run(path: str | None, verbose: bool) -> None:
    """Run the daemon in the foreground."""
    import logging

    from .daemon.config import DEFAULT_PATH
    from .daemon.config_check import load
    from .daemon.runner import run as run_daemon

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    where = path or DEFAULT_PATH
    run_daemon(load(where), where)


@main.command()
@click.option("--drain", type=click.FloatRange(0, 86400), metavar="S", help="Wait for calls.")
@click.pass_context
def stop(ctx: click.Context, drain: float | None) -> None:
    """Stop the daemon: wait for calls to end, then clear those that are left."""
    from .daemon.methods import Shutdown

    connect(ctx).call(Shutdown(drain=drain))
    click.echo("stopping")


@main.group()
def config() -> None:
    """Look at configuration files."""


@config.command("check")
@click.argument("file", default="/etc/trunkd/trunkd.toml")
@JSON
def config_check(file: str, as_json: bool) -> None:
    """Check a configuration; every mistake is named with its remedy."""
    from .daemon.config_check import check

    loaded, findings = check(file)
    if as_json:
        print_json({"file": file, "ok": loaded is not None, "findings": findings})
    else:
        for finding in findings:
            click.echo(f"{'warning: ' if finding.warning else ''}{finding}", err=True)
        if loaded is not None:
            counted = f"{len(loaded.board)} board(s), {len(loaded.trunk)} trunk(s)"
            click.echo(f"{file}: {counted}: no mistakes found")
    if loaded is None:
        raise SystemExit(1)


@config.command("show")
@click.argument("file", default="/etc/trunkd/trunkd.toml")
@JSON
def config_show(file: str, as_json: bool) -> None:
    """Show a configuration with all defaults filled in."""
    from .daemon.config_check import load
    from .daemon.config_show import as_dict, as_toml

    loaded = load(file)
    if as_json:
        print_json(as_dict(loaded))
    else:
        click.echo(as_toml(loaded), nl=False)


# Looking


@main.command()
@JSON
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Is it running, are the spans clean, are the links up, what to look at next."""
    from .daemon.methods import Status

    answer = connect(ctx).call(Status())
    if as_json:
        print_json(answer)
        return
    from .daemon.present import console, show_status

    show_status(console(), answer)


@main.command()
@JSON
@click.pass_context
def spans(ctx: click.Context, as_json: bool) -> None:
    """Spans with their alarms and error counters."""
    from .daemon.methods import Status

    answer = connect(ctx).call(Status())
    if as_json:
        print_json(answer.spans)
        return
    from .daemon import present

    out = present.console()
    out.print(present.spans_table(answer.spans, answer.now))
    for line in present.advice(answer.spans, []):
        out.print(f"! {line}")


@main.command()
@click.argument("trunk", default="")
@JSON
@click.pass_context
def channels(ctx: click.Context, trunk: str, as_json: bool) -> None:
    """B-channels with their state and call."""
    from .daemon.methods import Calls, Channels

    client = connect(ctx)
    found = client.call(Channels(trunk=trunk)).channels
    if as_json:
        print_json(found)
        return
    import time

    from .daemon import present

    calls = client.call(Calls()).calls
    present.console().print(present.channels_table(found, calls, time.time_ns()))


@main.command()
@click.option("--watch", is_flag=True, help="Follow the calls until Ctrl-C.")
@JSON
@click.pass_context
def calls(ctx: click.Context, watch: bool, as_json: bool) -> None:
    """Calls that are up."""
    from .daemon.methods import Calls

    client = connect(ctx)
    if watch:
        from .daemon.follow import watch_calls

        watch_calls(client, as_json)
        return
    found = client.call(Calls()).calls
    if as_json:
        print_json(found)
        return
    import time

    from .daemon import present

    if not found:
        click.echo("no calls")
        return
    present.console().print(present.calls_table(found, time.time_ns()))


@main.command()
@click.option("--after", type=click.IntRange(0), help="Begin after this event.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after N events.")
@JSON
@click.pass_context
def events(ctx: click.Context, after: int | None, count: int | None, as_json: bool) -> None:
    """Follow the events, one a line."""
    from .daemon.follow import follow_events

    follow_events(connect(ctx), after, count, as_json)


# Calls


@call_group.command("place")
@click.argument("number")
@click.option("--trunk", "device", default="", metavar="NAME", help="NAME or NAME/CHANNEL.")
@click.option("--calling", default="", metavar="NUMBER", help="Our number.")
@click.option(
    "--wait",
    type=click.Choice(["none", "delivered", "answer", "end"]),
    default="answer",
    show_default=True,
    help="Return when the call has got this far.",
)
@click.option("--timeout", default=180.0, metavar="S", show_default=True)
@click.option("--play", metavar="FILE", help="Play this voice file once answered.")
@click.option("--hold", type=click.FloatRange(0), metavar="S", help="Hang up S s after the answer.")
@JSON
@click.pass_context
def call(
    ctx: click.Context,
    number: str,
    device: str,
    calling: str,
    wait: str,
    timeout: float,
    play: str | None,
    hold: float | None,
    as_json: bool,
) -> None:
    """Place a call to NUMBER; exit 0 when it got as far as --wait says."""
    from .daemon.follow import place_call

    if set(number + calling) - set("0123456789*#ABCD"):
        raise click.UsageError("a number has the digits 0 to 9, * and #")
    where = f"trunk/{device.removeprefix('trunk/')}" if device else ""
    ok = place_call(connect(ctx), number, where, calling, wait, timeout, play, hold, as_json)
    if not ok:
        ctx.exit(1)


@main.command()
@click.argument("call_id", metavar="CALL", type=click.IntRange(1))
@click.pass_context
def answer(ctx: click.Context, call_id: int) -> None:
    """Answer an incoming call."""
    from .daemon.methods import AnswerCall

    connect(ctx).call(AnswerCall(call_id=call_id))


@main.command()
@click.argument("call_ids", metavar="CALL...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "every", is_flag=True, help="All calls.")
@click.option("--cause", default=16, type=click.IntRange(1, 127), show_default=True)
@click.pass_context
def hangup(ctx: click.Context, call_ids: tuple[int, ...], every: bool, cause: int) -> None:
    """End calls, or refuse ones that come in."""
    from .daemon.methods import Calls, ClearConnection

    if not call_ids and not every:
        raise click.UsageError("name a call (`trunkd calls` lists them), or --all")
    client = connect(ctx)
    ids = [c.call_id for c in client.call(Calls()).calls] if every else list(call_ids)
    for call_id in ids:
        client.call(ClearConnection(call_id=call_id, cause=cause))


@main.command()
@click.argument("trunk")
@click.argument("channel_numbers", metavar="[CHANNEL]...", nargs=-1, type=click.IntRange(0, 4095))
@click.pass_context
def restart(ctx: click.Context, trunk: str, channel_numbers: tuple[int, ...]) -> None:
    """RESTART (SS7: reset) channels of a trunk, or all of them; waits for the acknowledgement."""
    from .daemon.follow import restart_channels

    if not restart_channels(connect(ctx), trunk, list(channel_numbers)):
        ctx.exit(1)


@main.command()
@click.argument("span")
@click.argument("where", type=click.Choice(["none", "local", "line", "payload"]))
@click.pass_context
def loop(ctx: click.Context, span: str, where: str) -> None:
    """Loop a span: `local` ours back to us, `line` theirs back to them, `payload` the same of the
    timeslots only, `none` ends it."""
    from .daemon.methods import SetLoopback

    connect(ctx).call(SetLoopback(span=span, loopback=where))  # type: ignore[arg-type]


@main.command()
@click.argument("span")
@click.argument("action", type=click.Choice(["cut", "mend", "impair"]))
@click.option("--error-rate", type=click.FloatRange(0, 0.5), default=0.0, metavar="BER")
@click.option("--ais", is_flag=True, help="All ones arrive.")
@click.pass_context
def cable(ctx: click.Context, span: str, action: str, error_rate: float, ais: bool) -> None:
    """Cut, mend or impair the simulated cable of a span."""
    from .daemon.methods import SimCable

    request = SimCable(span=span, action=action, error_rate=error_rate, ais=ais)  # type: ignore[arg-type]
    connect(ctx).call(request)


# Traces


@main.command()
@click.option("--pcap", metavar="FILE", help="Write a pcapng that Wireshark reads.")
@click.option("--fields", "style", flag_value="fields", help="Show every field of each frame.")
@click.option("--ladder", "style", flag_value="ladder", help="Draw the ladder diagram.")
@click.option("--json", "style", flag_value="json", help="One JSON object a frame.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after N frames.")
@click.option("--duration", type=click.FloatRange(0), metavar="S", help="Stop after S seconds.")
@click.option("--trunk", "trunks", multiple=True, metavar="NAME", help="Only this trunk or link.")
@click.pass_context
def trace(
    ctx: click.Context,
    pcap: str | None,
    style: str | None,
    count: int | None,
    duration: float | None,
    trunks: tuple[str, ...],
) -> None:
    """Decode D-channels, SS7 links and the signals of lines as they go by."""
    from .daemon.trace_follow import follow_trace

    follow_trace(connect(ctx), list(trunks), pcap, style or "lines", count, duration)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--ladder", is_flag=True, help="Draw the ladder diagram.")
@click.option("--link", is_flag=True, help="With --ladder: also RR frames and FISUs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a frame.")
@click.option("--label", default="", metavar="LABEL", help="Of SS7: itu, china24 or ansi24.")
def decode(file: str, ladder: bool, link: bool, as_json: bool, label: str) -> None:
    """Print every frame of a pcap or pcapng, whoever captured it."""
    if ladder and as_json:
        raise click.UsageError("choose one of --json and --ladder")
    from .daemon.decode import decode_file

    decode_file(file, sys.stdout, as_json, ladder, link, label)


# For programs and shells


@main.command()
def schema() -> None:
    """The socket's contract as an OpenRPC document."""
    from .daemon.schema import openrpc

    print_json(openrpc())


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a completion script: `eval "$(trunkd completion bash)"`."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(main, {}, "trunkd", "_TRUNKD_COMPLETE").source())


# The bench


@main.command()
@click.option("--out", "directory", metavar="DIR", help="Where the capture and files go.")
@click.option("--plain", is_flag=True, help="No colours.")
@click.pass_context
def demo(ctx: click.Context, directory: str | None, plain: bool) -> None:
    """Simulated board, exchange, calls both ways, a cable cut and mended, in under a minute."""
    from .hil.demo import run as run_demo

    ctx.exit(run_demo(directory=directory, plain=plain))


class LazyPeers(click.Group):
    """Protocol peers are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["pri", "r2", "ss7"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "pri":
            from .hil.peer_pri import pri

            return pri
        if cmd_name == "r2":
            from .hil.peer_r2 import r2

            return r2
        if cmd_name == "ss7":
            from .hil.peer_ss7 import ss7

            return ss7
        return None


@main.group(cls=LazyPeers)
def peer() -> None:
    """Be one end of a protocol, for any laboratory."""


# Media

for command in (
    *CALLS,
    *CONSULTATION,
    *MEDIA,
    *SPEECH,
    *LINES,
    *E1D,
    *PRI,
    *ROUTING,
    *SERIAL,
    boards,
    dahdi,
    fax,
    smdi,
    ss7,
):
    main.add_command(command)

# Instruments

main.add_command(records)
main.add_command(audit)
main.add_command(clients)
main.add_command(detect)
main.add_command(synth)
