"""``trunkd craft`` and ``trunkd bench``: serial ports at a technician's bench."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from .cli_base import JSON, print_json
from .errors import ConfigError

if TYPE_CHECKING:
    from .hil.craft import CraftLog
    from .hil.craft_engine import CraftResult
    from .hil.craft_script import Script
    from .hil.relay_box import RelayBox
    from .hil.serial_line import SerialLine, SerialSettings

# Relay and fault boxes

Where = tuple[str, str | None]
"""A box's name and the bench's file."""

FILE = click.option(
    "-f", "--file", "path", metavar="FILE", help="The bench's boxes (default: $TRUNKD_BENCH)."
)
HOLD = click.option(
    "--hold",
    type=click.FloatRange(0, 86400),
    metavar="S",
    help="Hold it for S seconds (0: until Ctrl-C), then put all relays into their safe state.",
)


@click.group()
def bench() -> None:
    """Relay and line-fault boxes on serial ports."""


@bench.command()
@FILE
@JSON
def boxes(path: str | None, as_json: bool) -> None:
    """The boxes that the bench's file names."""
    from .hil.relay_box_config import load_bench

    found = load_bench(path).box
    if as_json:
        print_json(found)
        return
    for name, table in found.items():
        faults = f"; faults: {', '.join(table.fault)}" if table.fault else ""
        click.echo(f"{name}: {table.family} at {table.port}{faults}")


@bench.command()
@JSON
def families(as_json: bool) -> None:
    """The relay boards that are known, by the name of their command set."""
    from .hil.relay_box_rows import FAMILIES

    if as_json:
        print_json([row._asdict() for row in FAMILIES.values()])
        return
    for row in FAMILIES.values():
        back = "read back" if row.asks else "cannot be read back"
        click.echo(f"{row.name:14} {row.title} ({row.baud} bit/s, {back})")


@bench.group()
@click.argument("box")
@FILE
@click.pass_context
def relay(ctx: click.Context, box: str, path: str | None) -> None:
    """One box: its relays and faults.

    BOX is a name in the bench's file, or FAMILY@PORT as in numato@/dev/ttyACM0.
    """
    ctx.obj = (box, path)


@relay.command("list")
@JSON
@click.pass_obj
def list_(where: Where, as_json: bool) -> None:
    """Every relay as it stands, and every fault."""
    with _open(where) as box:
        _show(box, as_json)


@relay.command("close")
@click.argument("relays", nargs=-1, required=True)
@HOLD
@JSON
@click.pass_obj
def close_(where: Where, relays: tuple[str, ...], hold: float | None, as_json: bool) -> None:
    """Close relays, by name or number; they stay closed."""
    with _open(where, hold) as box:
        box.close(*relays)
        _show(box, as_json)


@relay.command("open")
@click.argument("relays", nargs=-1, required=True)
@HOLD
@JSON
@click.pass_obj
def open_(where: Where, relays: tuple[str, ...], hold: float | None, as_json: bool) -> None:
    """Open relays, by name or number; they stay open."""
    with _open(where, hold) as box:
        box.open(*relays)
        _show(box, as_json)


@relay.command()
@click.argument("name", metavar="RELAY")
@click.argument("seconds", type=click.FloatRange(0, 3600), default=0.5)
@JSON
@click.pass_obj
def pulse(where: Where, name: str, seconds: float, as_json: bool) -> None:
    """Change one relay for SECONDS, and back."""
    with _open(where) as box:
        box.pulse(name, seconds)
        _show(box, as_json)


@relay.command()
@click.argument("names", metavar="FAULT...", nargs=-1, required=True)
@HOLD
@JSON
@click.pass_obj
def fault(where: Where, names: tuple[str, ...], hold: float | None, as_json: bool) -> None:
    """Bring faults on; they stay until `clear`."""
    from .hil.fault_box import FaultBox

    with _open(where, hold) as box:
        FaultBox(box).apply(*names)
        _show(box, as_json)


@relay.command()
@click.argument("names", metavar="[FAULT...]", nargs=-1)
@JSON
@click.pass_obj
def clear(where: Where, names: tuple[str, ...], as_json: bool) -> None:
    """End these faults; without a name, all relays go into their safe state."""
    from .hil.fault_box import FaultBox

    with _open(where) as box:
        if names:
            FaultBox(box).clear(*names)
        else:
            box.to_safe()
        _show(box, as_json)


@contextlib.contextmanager
def _open(where: Where, hold: float | None = None) -> Iterator[RelayBox]:
    """The box while a command works on it. With ``hold`` its relays end in their safe state."""
    from .hil.relay_box import RelayBox

    box = RelayBox.named(*where)
    if hold is None:
        box.connect()
        try:
            yield box
        finally:
            box.disconnect()
        return
    signal.signal(signal.SIGTERM, _stop)
    with box, contextlib.suppress(KeyboardInterrupt):
        yield box
        click.echo("holding; Ctrl-C ends it", err=True)
        time.sleep(hold or 10**8)


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


def _show(box: RelayBox, as_json: bool) -> None:
    from .hil.fault_box import FaultBox

    states = box.read()
    active = FaultBox(box).active() if box.table.fault else []
    if as_json:
        relays = [
            {"name": r.name, "number": r.number, "closed": states[r.name], "safe": r.safe}
            for r in box.relays.values()
        ]
        faults = [
            {"name": n, "kind": f.kind, "on": f.on, "active": n in active}
            for n, f in box.table.fault.items()
        ]
        head = {"box": box.name, "port": box.line.port, "identity": box.identity}
        tail = {"verified": box.verified, "relays": relays, "faults": faults}
        print_json({**head, **tail})
        return
    words = {True: "closed", False: "open", None: "not known (this board cannot tell)"}
    for r in box.relays.values():
        number = "" if r.name == str(r.number) else f" ({r.number})"
        click.echo(f"{r.name}{number}: {words[states[r.name]]}")
    for name, table in box.table.fault.items():
        where = f" on {table.on}" if table.on else ""
        click.echo(f"fault {name} ({table.kind}{where}): {'ON' if name in active else 'off'}")


# The craft port


@click.command()
@click.argument("port")
@click.option("--script", "path", metavar="FILE", help="Run a script; - reads it from input.")
@click.option("--send", multiple=True, metavar="TEXT", help="Send a line; may be given again.")
@click.option("--expect", multiple=True, metavar="REGEX", help="What must come after each --send.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.01, 86400),
    metavar="S",
    help="For --expect, and each rate.",
)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A value for ${NAME}.")
@click.option("--baud", type=click.IntRange(50, 4_000_000), help="Default: 9600.")
@click.option("--bits", type=click.Choice(["5", "6", "7", "8"]), help="Data bits; default: 8.")
@click.option("--parity", type=click.Choice(["none", "even", "odd", "mark", "space"]))
@click.option("--stop", type=click.Choice(["1", "2"]), help="Stop bits; default: 1.")
@click.option("--flow", type=click.Choice(["none", "hardware", "software"]))
@click.option("--autobaud", metavar="REGEX", help="Try rates until this prompt comes.")
@click.option(
    "--break", "break_ms", type=click.IntRange(1, 10_000), metavar="MS", help="Send one first."
)
@click.option("--log", "log_path", metavar="FILE", help="Append what comes and goes.")
@click.option("--timestamps", is_flag=True, help="Time before each line, on screen and in the log.")
@JSON
@click.pass_context
def craft(ctx: click.Context, /, port: str, **options: Any) -> None:
    """A console on the craft port of a channel bank, gateway or PBX.

    PORT is a device, socket://HOST:PORT or rfc2217://HOST:PORT. By hand (Ctrl-] leaves), or by
    a script or --send and --expect; then what was captured is printed, and the exit code is 1
    when something did not come.
    """
    script = _script(options)
    by_hand = script is None and sys.stdin.isatty() and sys.stdout.isatty()
    if script is None and not by_hand and not options["autobaud"]:
        raise click.UsageError("no terminal here: give --script, or --send and --expect")
    from .hil.serial_line import SerialLine

    secrets = _secrets(script)
    line = SerialLine(port, _settings(script, options))
    with contextlib.ExitStack() as stack:
        log = _log(stack, options)
        stack.enter_context(line)
        if options["autobaud"]:
            from .hil.craft import PROBE_S, find_rate

            probe = options["timeout"] or PROBE_S
            find_rate(line, options["autobaud"], probe_s=probe, say=_say)
        if script is None and not by_hand:
            click.echo(str(line.settings))
            return
        if script is None:
            from .hil.craft_terminal import Terminal

            if options["break_ms"]:
                line.send_break(options["break_ms"] / 1000)
            keys, screen = sys.stdin.fileno(), sys.stdout.fileno()
            Terminal(line, keys, screen, log, options["timestamps"]).run()
            return
        ctx.exit(_run(line, script, secrets, options, log))


def _say(text: str) -> None:
    click.echo(text, err=True)


def _script(options: dict[str, Any]) -> Script | None:
    """The script that the options ask for, with all that can be checked; None: work by hand."""
    from .hil import craft
    from .hil.craft_script import Script, StepTable, check_script, load_script

    path, send, expect = options["path"], options["send"], options["expect"]
    if path and (send or expect):
        raise click.UsageError("give --script, or --send and --expect")
    if not (path or send or expect):
        return None
    where = "standard input" if path == "-" else path
    try:
        values = craft.parse_values(options["values"])
        if path:
            with click.open_file(path) as file:
                script = load_script(file.read(), where)
        else:
            steps = craft.one_step(send, expect, options["timeout"])
            script, where = Script(step=steps), "--send and --expect"
        if options["break_ms"]:
            script.step.insert(0, StepTable(name="break", break_ms=options["break_ms"]))
        check_script(script, where, frozenset(values))
    except UnicodeDecodeError as exc:
        raise click.UsageError(f"{where}: is no text in UTF-8: {exc}") from exc
    except (ConfigError, OSError) as exc:
        raise click.UsageError(str(exc)) from exc
    if not script.step:
        raise click.UsageError("the script has no [[step]]")
    return script


def _settings(script: Script | None, options: dict[str, Any]) -> SerialSettings:
    import msgspec

    from .hil.serial_line import SerialSettings

    base = (script.port if script is not None else None) or SerialSettings()
    given = {k: options[k] for k in ("baud", "parity", "flow") if options[k] is not None}
    given.update({k: int(options[k]) for k in ("bits", "stop") if options[k] is not None})
    return msgspec.structs.replace(base, **given)


def _log(stack: contextlib.ExitStack, options: dict[str, Any]) -> CraftLog | None:
    from .hil.craft import CraftLog

    if options["log_path"] is None:
        return None
    try:
        out = click.open_file(options["log_path"], "a")
    except OSError as exc:
        raise ConfigError(f"--log {options['log_path']}: {exc.strerror}") from exc
    stack.callback(_close, out)
    return CraftLog(out, options["timestamps"])


def _close(out: IO[Any]) -> None:
    """What could not be written has been told."""
    with contextlib.suppress(OSError):
        out.__exit__(None, None, None)


def _secrets(script: Script | None) -> dict[int, str]:
    """Read before the port is opened: what is missing is said at once."""
    from .hil.craft_script import secrets_of

    try:
        return secrets_of(script) if script is not None else {}
    except ConfigError as exc:
        raise click.UsageError(str(exc)) from exc


def _run(
    line: SerialLine,
    script: Script,
    secrets: dict[int, str],
    options: dict[str, Any],
    log: CraftLog | None,
) -> int:
    from .hil.craft import parse_values, run_script

    result = run_script(line, script, parse_values(options["values"]), log, secrets)
    if options["as_json"]:
        import msgspec

        document = msgspec.to_builtins(result)
        print_json({"port": line.port, "line": str(line.settings), **document})
    else:
        _print_result(result)
    return 0 if result.ok else 1


def _print_result(result: CraftResult) -> None:
    for name, value in result.captured.items():
        click.echo(f"{name}: {value}")
    for name, rows in result.tables.items():
        click.echo(f"{name}: {len(rows)} row{'s' * (len(rows) != 1)}")
        for row in rows:
            click.echo("  " + "  ".join(f"{key}={value}" for key, value in row.items()))
    if not (result.captured or result.tables) and result.ok:
        for entry in result.transcript:
            if not entry.sent:
                click.echo(entry.text)
    if not result.ok:
        click.echo(f"trunkd: {result.why}", err=True)


COMMANDS = (bench, craft)
