"""``trunkd peer r2``: channels of our MFC-R2 on ``cas`` ports or descriptors."""

from __future__ import annotations

import inspect
import socket
import sys
from typing import IO, Any, Final, Unpack

import click

from ..board.clock import Clock
from ..errors import ConfigError, Error, LocalError
from ..signaling.cas import r2_names
from ..signaling.cas.r2 import R2Trunk
from ..signaling.cas.r2_config import R2Config
from ..signaling.cas.r2_variants import VARIANTS
from .cas_port import CasPorts
from .packets import OutOfTime, open_socket
from .peer import JsonLines
from .peer_cas import CasPeer, clock_of
from .peer_options import CallOptions, call_options, script_of

CATEGORIES: Final = {
    "ordinary": r2_names.ORDINARY,
    "priority": r2_names.PRIORITY,
    "test": r2_names.TEST,
    "operator": r2_names.OPERATOR,
    "data": r2_names.DATA,
    "payphone": r2_names.PAYPHONE,
    "collect": r2_names.COLLECT,
}
NAMES: Final = {number: name for name, number in CATEGORIES.items()}
LONGEST: Final = 32
"""Digits of a number."""


class R2Lines(JsonLines):
    """JSON lines with the words of R2: ``dnis``, ``ani`` and the category by its name."""

    def __init__(self, out: IO[bytes], clock: Clock, category: dict[int, int]) -> None:
        super().__init__(out, clock)
        self._signals: Final = {value: signal for signal, value in reversed(category.items())}

    def say(self, event: str, now: int, fields: dict[str, object]) -> None:
        if "category" in fields:
            category = fields["category"]
            assert isinstance(category, int)
            fields["dnis"] = fields["called"]
            fields["ani"] = fields["calling"]
            fields["category"] = NAMES.get(category, str(category))
            fields["category_signal"] = self._signals.get(category, 0)
        super().say(event, now, fields)


def number(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Digits that registers send."""
    if value is not None and (len(value) > LONGEST or not set(value) <= set("0123456789")):
        raise click.BadParameter(f"'{value}' is no number of up to {LONGEST} digits")
    return value


def settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``NAME=VALUE`` as R2Config has them: its fields, and what has a point its overrides."""
    found: dict[str, Any] = {}
    overrides: dict[str, object] = {}
    fields = inspect.signature(R2Config).parameters
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: give NAME=VALUE")
        if "." in name:
            overrides[name] = int(text) if text.isdecimal() and name[:4] != "line" else text
        elif name not in fields or name in ("channels", "variant", "overrides", "timers"):
            raise ConfigError(
                f"--set {name}: there are {', '.join(fields)}, and a.N, b.N, timer.T …"
            )
        elif isinstance(fields[name].default, bool):
            found[name] = text.lower() in ("1", "yes", "true", "on")
        elif isinstance(fields[name].default, int):
            if not text.isdecimal():
                raise ConfigError(f"--set {pair}: give a number")
            found[name] = int(text)
        else:
            found[name] = text
    if overrides:
        found["overrides"] = overrides
    return found


def config_for(
    channels: int,
    variant: str,
    answer: bool,
    dnis: str | None,
    ani: str | None,
    pairs: dict[str, Any],
) -> R2Config:
    """The engine's. Who answers and is told numbers asks for as many digits as they have."""
    made: dict[str, Any] = {}
    if answer and dnis:
        made["dnis_max"] = len(dnis)
    if answer and ani is not None:
        made |= {"ani_max": len(ani)} if ani else {"ani": "none"}
    return R2Config(channels=tuple(range(1, channels + 1)), variant=variant, **(made | pairs))


def category_of(text: str, config: R2Config) -> int:
    """A name, or the number of a group II signal of the variant, as Q.763 has it."""
    if text in CATEGORIES:
        return CATEGORIES[text]
    signals = config.rows.category
    if text.isdecimal() and int(text) in signals:
        return signals[int(text)]
    raise LocalError(
        f"--category {text}: give {', '.join(CATEGORIES)}, or a signal that the variant has: "
        f"{', '.join(str(s) for s in sorted(signals))}"
    )


def sockets(
    fds: tuple[int, ...], connect: tuple[str, ...], listen: tuple[str, ...], timeout: float
) -> list[socket.socket]:
    """One for each channel, in this order; DriverError says what is wrong with one."""
    found = [open_socket(fd, "", "", timeout) for fd in fds]
    found += [open_socket(-1, path, "", timeout) for path in connect]
    found += [open_socket(-1, "", path, timeout) for path in listen]
    if not found:
        raise click.UsageError("give --fd, --connect or --listen, once for each channel")
    return found


@click.command("r2")
@click.option("--fd", "fds", type=click.IntRange(0), multiple=True, help="Open SOCK_SEQPACKET.")
@click.option("--connect", metavar="PATH", multiple=True, help="Connect to a port's socket.")
@click.option("--listen", metavar="PATH", multiple=True, help="Listen there.")
@click.option("--variant", type=click.Choice(list(VARIANTS)), default="itu", show_default=True)
@click.option("--dnis", metavar="DIGITS", callback=number, help="Number to call. [--called]")
@click.option(
    "--ani", metavar="DIGITS", callback=number, help="Our number, '' for none. [--calling]"
)
@click.option("--category", default="ordinary", show_default=True, help="Name or group II signal.")
@click.option("--lockstep", is_flag=True, help="Send a block, wait for one: as fast as can be.")
@click.option(
    "--block", type=click.IntRange(1, 40), default=20, metavar="MS", help="Of audio. [20]"
)
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="ani=before, a.5=category …"
)
@call_options
def r2(
    fds: tuple[int, ...],
    connect: tuple[str, ...],
    listen: tuple[str, ...],
    variant: str,
    dnis: str | None,
    ani: str | None,
    category: str,
    lockstep: bool,
    block: int,
    pairs: tuple[str, ...],
    **options: Unpack[CallOptions],
) -> None:
    """Channels of MFC-R2 on cas ports, as a protocol peer; --fd and so on once for each channel.

    A packet is C and an octet, the ABCD bits sent from now on (bit 3 = A), or A and 1 to 320
    octets of A-law; each block is answered with one as long. The answering end asks for as many
    digits as --dnis and --ani have, if they are given. Each event is one JSON object a line, the
    last one a summary. Exit code 0: all calls ended as expected; 1: not so; 2: out of time.
    """
    try:
        ends = sockets(fds, connect, listen, options["timeout"])
        if dnis:
            options["called"] = dnis
        if ani is not None:
            options["calling"] = ani
        answer = options["mode"] == "answer"
        more = settings(pairs)
        if answer and options["min_digits"]:
            more.setdefault("dnis_min", options["min_digits"])
        config = config_for(len(ends), variant, answer, dnis, ani, more)
        script = script_of(len(ends), options, category_of(category, config))
        lines = R2Lines(sys.stdout.buffer, clock_of(lockstep), config.rows.category)
        # The end that has to react first hears first: two ends of ours need half the blocks.
        ports = CasPorts(ends, lockstep, block * 8, early=answer)
        peer = CasPeer(script, R2Trunk(config), ports, lines, options["quiet"], block * 8)
        code = peer.run(options["timeout"])
    except OutOfTime as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)


if __name__ == "__main__":
    r2()
