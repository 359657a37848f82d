"""``trunkd call consult``, alternate, reconnect, conference, transfer, deflect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from .cli_base import JSON, connect_daemon, print_json
from .cli_calls import CALL, TRUNK, call, placed, whom
from .errors import Error

if TYPE_CHECKING:
    from .daemon.client import Client

PATIENCE: Final = 30.0
"""Seconds for an answer: a network takes its time, and the daemon says when that is too long."""

CONNECTS: Final = {
    "switch": "trunkd connects {}",
    "network": "the network connects {}: the channels come free",
}

BY: Final = click.option(
    "--by",
    type=click.Choice(["switch", "network", "any"]),
    default="switch",
    show_default=True,
    help="Who connects them: trunkd; the network, so that both channels come free; or the network"
    " where it can, else trunkd.",
)


def consultation_of(client: Client, call_id: int) -> tuple[int, int]:
    """The held and the active call of the consultation that a call is in."""
    from .daemon.methods import SnapshotCall

    one = client.call(SnapshotCall(call_id=call_id))
    if not one.consultation:
        raise Error(
            f"call {call_id} is in no consultation: begin one with `trunkd call consult {call_id} "
            "NUMBER`"
        )
    return (one.call_id, one.consultation) if one.held else (one.consultation, one.call_id)


def say(as_json: bool, held: int, active: int, text: str) -> None:
    """What became of a consultation."""
    if as_json:
        print_json({"heldCall": held, "activeCall": active})
    else:
        click.echo(text)


@call.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.argument("number", default="")
@TRUNK
@click.option(
    "--speaker",
    metavar="CALL",
    type=CALL,
    help="Who speaks with NUMBER; left out: whom CALL talks with.",
)
@JSON
@click.pass_context
def consult(
    ctx: click.Context, call_id: int, number: str, trunk: str, speaker: int | None, as_json: bool
) -> None:
    """Put CALL on hold and call NUMBER.

    Whom CALL talks with speaks with NUMBER then. Go on with `trunkd call` alternate, reconnect,
    conference or transfer, each with either of the two calls.
    """
    from .daemon.methods_switch import ConsultationCall

    if not (number or trunk):
        raise click.UsageError("give a NUMBER, or --trunk")
    called, device = whom(number, trunk)
    asked = ConsultationCall(held_call=call_id, consulting=speaker, called=called, device=device)
    placed(connect_daemon(ctx), asked, as_json)


@call.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@JSON
@click.pass_context
def alternate(ctx: click.Context, call_id: int, as_json: bool) -> None:
    """Speak with the one on hold, and let the other one wait.

    CALL is either call of the consultation.
    """
    from .daemon.methods_switch import AlternateCall

    client = connect_daemon(ctx)
    held, active = consultation_of(client, call_id)
    client.call(AlternateCall(held_call=held, active_call=active))
    say(as_json, active, held, f"call {held} is spoken with, call {active} waits")


@call.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@JSON
@click.pass_context
def reconnect(ctx: click.Context, call_id: int, as_json: bool) -> None:
    """Hang up the new call, back to the one on hold.

    CALL is either call of the consultation.
    """
    from .daemon.methods_switch import ReconnectCall

    client = connect_daemon(ctx)
    held, active = consultation_of(client, call_id)
    client.call(ReconnectCall(held_call=held, active_call=active))
    say(as_json, held, active, f"call {held} is spoken with, call {active} is hung up")


@call.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@JSON
@click.pass_context
def conference(ctx: click.Context, call_id: int, as_json: bool) -> None:
    """All of a consultation talk together.

    CALL is either call of it.
    """
    from .daemon.methods_switch import ConferenceCall

    client = connect_daemon(ctx)
    held, active = consultation_of(client, call_id)
    client.call(ConferenceCall(held_call=held, active_call=active))
    say(as_json, held, active, f"calls {held} and {active} talk together")


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.argument("number", default="")
@TRUNK
@click.option(
    "--with", "active", metavar="CALL", type=CALL, help="The call that it consulted with."
)
@BY
@click.option("--keep", is_flag=True, help="Who transfers stays with the application.")
@JSON
@click.pass_context
def transfer(
    ctx: click.Context,
    call_id: int,
    number: str,
    trunk: str,
    active: int | None,
    by: Any,
    keep: bool,
    as_json: bool,
) -> None:
    """Connect CALL with NUMBER in place of whom it talks with.

    Without NUMBER: with the call that it consulted with (`trunkd call consult`).
    """
    if active is not None and (number or trunk):
        raise click.UsageError("give a NUMBER (or --trunk), or --with CALL: not both")
    called, device = whom(number, trunk)
    client = connect_daemon(ctx, PATIENCE)
    if not (number or trunk):
        two = (call_id, active) if active is not None else consultation_of(client, call_id)
        _transfer_two(client, *two, by, keep, as_json)
        return
    from .daemon.methods_switch import SingleStepTransferCall

    asked = SingleStepTransferCall(call_id=call_id, keep=keep, called=called, device=device, by=by)
    if by == "switch":
        placed(client, asked, as_json)
        return
    from .daemon.follow_switch import outcome, watch, who

    watch(client)
    made = client.call(asked)
    if not as_json:
        click.echo(f"call {made.call_id} {made.device}")
    by = who(outcome(client, call_id))
    if as_json:
        print_json({"callId": made.call_id, "device": made.device, "by": by})
    else:
        click.echo(CONNECTS[by].format(call_id))


def _transfer_two(
    client: Client, held: int, active: int, by: Any, keep: bool, as_json: bool
) -> None:
    from .daemon.follow_switch import asked, watch, who
    from .daemon.methods_switch import CallTransferred, TransferCall

    if by != "switch":
        watch(client)
    request = TransferCall(held_call=held, active_call=active, keep=keep, by=by)
    done = asked(client, request, held, lambda told: CallTransferred(by=who(told)))
    if as_json:
        print_json(done)
    else:
        click.echo(CONNECTS[done.by].format(f"{held} and {active}"))


@click.command()
@click.argument("call_id", metavar="CALL", type=CALL)
@click.argument("number", default="")
@TRUNK
@click.option(
    "--by",
    type=click.Choice(["switch", "network", "any"]),
    default="any",
    show_default=True,
    help="Who takes it there: trunkd, by a second channel; the network, so that the channel comes"
    " free; or the network where it can, else trunkd.",
)
@JSON
@click.pass_context
def deflect(
    ctx: click.Context, call_id: int, number: str, trunk: str, by: Any, as_json: bool
) -> None:
    """Take CALL, which came in and is not answered, to NUMBER."""
    from .daemon.follow_switch import asked, watch, who
    from .daemon.methods_switch import PlacedCall
    from .daemon.methods_switch_divert import DeflectCall

    if not (number or trunk):
        raise click.UsageError("give a NUMBER, or --trunk")
    called, device = whom(number, trunk)
    client = connect_daemon(ctx, PATIENCE)
    watch(client)
    request = DeflectCall(call_id=call_id, called=called, device=device, by=by)

    def late(told: Any) -> PlacedCall:
        new = call_id if who(told) == "network" else getattr(told, "new_call", 0)
        return PlacedCall(call_id=new, device="")

    made = asked(client, request, call_id, late)
    if as_json:
        print_json(made)
    elif made.call_id == call_id:
        click.echo(f"the network takes call {call_id} to {number}")
    elif not made.device:  # the answer came late
        click.echo(f"trunkd takes call {call_id} to {number or device}")
    else:
        click.echo(f"call {made.call_id} {made.device}")


COMMANDS: Final = (transfer, deflect)
for command in COMMANDS:
    call.add_command(command)
