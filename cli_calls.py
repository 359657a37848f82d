"""``trunkd call show``, hold, park, pickup, monitor …: what is done with calls; cli_consult.py has
consultation and transfer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from .cli_base import JSON, connect_daemon, print_json

if TYPE_CHECKING:
    from .daemon.client import Client

CALL: Final = click.IntRange(1)
DIGITS: Final = set("0123456789*#ABCD")

TRUNK = click.option(
    "--trunk", "trunk", default="", metavar="NAME", help="NAME, NAME/CHANNEL or group/NAME."
)


class CallGroup(click.Group):
    """``trunkd call NUMBER`` places a call; ``trunkd call show CALL`` is a command of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = (*self.commands, "-h", "--help")
        if args and args[0] not in known:
            args = ["place", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """What is no command is a number to be called."""
        return super().get_command(ctx, cmd_name) or self.commands.get("place")


@click.group(cls=CallGroup)
def call() -> None:
    """Place a call to NUMBER, or look at one: `trunkd call 5551000`, `trunkd call show 12`."""


@call.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@JSON
@click.pass_context
def show(ctx: click.Context, call_id: int, as_json: bool) -> None:
    """All that is known of a call, and who is in it."""
    from .daemon.methods import SnapshotCall

    found = connect_daemon(ctx).call(SnapshotCall(call_id=call_id))
    if as_json:
        print_json(found)
        return
    from .daemon.present_base import console
    from .daemon.present_switch import show_call

    show_call(console(), found, time.time_ns())


def whom(number: str, trunk: str) -> tuple[str, str]:
    """Number and device as services take them."""
    if set(number) - DIGITS:
        raise click.UsageError("a number has the digits 0 to 9, * and #")
    if trunk and not trunk.startswith(("group/", "trunk/")):
        trunk = f"trunk/{trunk}"
    return number, trunk


def placed(client: Client, request: Any, as_json: bool) -> None:
    made = client.call(request)
    if as_json:
        print_json(made)
    else:
        click.echo(f"call {made.call_id} {made.device}")


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.pass_context
def hold(ctx: click.Context, call_id: int) -> None:
    """Let a call wait with music."""
    from .daemon.methods_switch import HoldCall

    connect_daemon(ctx).call(HoldCall(call_id=call_id))


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.pass_context
def retrieve(ctx: click.Context, call_id: int) -> None:
    """Take a call off hold."""
    from .daemon.methods_switch import RetrieveCall

    connect_daemon(ctx).call(RetrieveCall(call_id=call_id))


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.argument("number", default="")
@TRUNK
@click.option("--by", "other", metavar="CALL", type=CALL, help="A call that is there listens.")
@click.option("--coach", is_flag=True, help="Speak to CALL, and to nobody else.")
@click.option("--intrude", is_flag=True, help="Speak to all (barge in).")
@JSON
@click.pass_context
def monitor(
    ctx: click.Context,
    call_id: int,
    number: str,
    trunk: str,
    other: int | None,
    coach: bool,
    intrude: bool,
    as_json: bool,
) -> None:
    """Let NUMBER, or a call that is there, listen to CALL without being heard."""
    from .daemon.methods_switch_more import CoachCall, IntrudeCall, MonitorCall, Watch

    if coach and intrude:
        raise click.UsageError("give one of --coach and --intrude")
    if (other is not None) == bool(number or trunk):
        raise click.UsageError("give a NUMBER (or --trunk), or --by CALL")
    kind: type[Watch] = CoachCall if coach else IntrudeCall if intrude else MonitorCall
    called, device = whom(number, trunk)
    asked = kind(call_id=call_id, other=other, called=called, device=device)
    placed(connect_daemon(ctx), asked, as_json)


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.option("--orbit", default="", help="Where; left out: the first one that is free.")
@click.option("--timeout", default=0.0, metavar="S", help="Back to who parks it after S s.")
@JSON
@click.pass_context
def park(ctx: click.Context, call_id: int, orbit: str, timeout: float, as_json: bool) -> None:
    """Let CALL wait in an orbit, from where anybody may fetch it."""
    from .daemon.methods_switch_divert import ParkCall

    asked = ParkCall(call_id=call_id, orbit=orbit, timeout=timeout)
    parked = connect_daemon(ctx).call(asked)
    if as_json:
        print_json(parked)
    else:
        click.echo(f"orbit {parked.orbit}")


@click.command()
@JSON
@click.pass_context
def parked(ctx: click.Context, as_json: bool) -> None:
    """Who waits in which orbit."""
    from .daemon.methods_switch_divert import ParkedCalls

    found = connect_daemon(ctx).call(ParkedCalls()).parked
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("nobody waits in an orbit")
        return
    from .daemon.present_base import console
    from .daemon.present_switch import parked_table

    console().print(parked_table(found, time.time_ns()))


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.option("--orbit", help="Fetch who waits there.")
@click.option("--call", "picked", metavar="CALL", type=CALL, help="Answer this one.")
@click.option(
    "--at", "device", metavar="DEVICE", help="Answer what rings at group/NAME or a trunk."
)
@JSON
@click.pass_context
def pickup(
    ctx: click.Context,
    call_id: int,
    orbit: str | None,
    picked: int | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Let CALL, which is answered, have a call that waits in an orbit or rings elsewhere."""
    from .daemon import methods_switch_divert as m

    if sum(one is not None for one in (orbit, picked, device)) != 1:
        raise click.UsageError("give one of --orbit, --call and --at")
    client = connect_daemon(ctx)
    if orbit is not None:
        client.call(m.RetrieveParkedCall(orbit=orbit, call_id=call_id))
        return
    if picked is not None:
        found = client.call(m.DirectedPickupCall(call_id=call_id, picked=picked))
    else:
        found = client.call(m.GroupPickupCall(call_id=call_id, device=device or ""))
    if as_json:
        print_json(found)
    else:
        click.echo(f"call {found.picked}")


@click.command()
@click.argument("device", default="")
@click.argument("number", default="")
@TRUNK
@click.option(
    "--when",
    type=click.Choice(["immediate", "busy", "noAnswer", "dnd"]),
    default="immediate",
    show_default=True,
)
@click.option("--after", default=20.0, metavar="S", show_default=True, help="Of ringing: noAnswer.")
@click.option("--off", is_flag=True, help="Take it back.")
@JSON
@click.pass_context
def forward(
    ctx: click.Context,
    device: str,
    number: str,
    trunk: str,
    when: str,
    after: float,
    off: bool,
    as_json: bool,
) -> None:
    """Let calls to DEVICE go to NUMBER; without DEVICE: list what is set."""
    from .daemon import methods_switch_divert as m

    client = connect_daemon(ctx)
    if device:
        called, where = whom(number, trunk)
        asked = m.SetForwarding(
            device=device,
            type=when,  # type: ignore[arg-type]
            to=called,
            to_device=where,
            after=after,
            on=not off,
        )
        client.call(asked)
        return
    found = client.call(m.Forwardings()).forwardings
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("nothing is forwarded")
        return
    from .daemon.present_base import console
    from .daemon.present_switch import forwardings_table

    console().print(forwardings_table(found))


@click.command()
@JSON
@click.pass_context
def predictions(ctx: click.Context, as_json: bool) -> None:
    """Predictive calls: what answered, how many got an agent, how many were abandoned."""
    from .daemon.methods_switch_more import Predictions

    found = connect_daemon(ctx).call(Predictions())
    if as_json:
        print_json(found)
        return
    from .daemon.present_base import console
    from .daemon.present_switch import show_predictions

    show_predictions(console(), found)


COMMANDS: Final = (
    call,
    hold,
    retrieve,
    monitor,
    park,
    parked,
    pickup,
    forward,
    predictions,
)
