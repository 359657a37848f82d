"""``trunkd conference``, ``connect``, ``disconnect``, ``hear``, ``analyse``: speech of calls."""

from __future__ import annotations

from typing import Any, Final

import click

from .cli_base import JSON, connect_daemon, print_json

CALL: Final = click.IntRange(1)
NUMBER: Final = click.IntRange(1)
ROLES: Final = ("talk", "listen", "speak", "coach", "monitor")
KINDS: Final = ("dtmf", "r2f", "r2b", "mf", "fsk", "modem", "tones", "voice")
USUAL: Final = ("dtmf", "tones", "modem", "fsk", "voice")


@click.group()
def conference() -> None:
    """Conferences: who is in which, and in which role."""


@conference.command("list")
@JSON
@click.pass_context
def list_conferences(ctx: click.Context, as_json: bool) -> None:
    """Conferences with their members."""
    from .daemon.methods_media import Conferences

    found = connect_daemon(ctx).call(Conferences()).conferences
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no conferences")
        return
    from .daemon.follow_media import conferences_table
    from .daemon.present import console

    console().print(conferences_table(found))


@conference.command()
@click.argument("calls", metavar="[CALL]...", nargs=-1, type=CALL)
@click.option("--name", default="", help="A name for people.")
@click.option("--board", default="", help="Whose engine mixes; left out: the first board's.")
@JSON
@click.pass_context
def create(
    ctx: click.Context, calls: tuple[int, ...], name: str, board: str, as_json: bool
) -> None:
    """Make a conference, and take calls into it."""
    from .daemon.methods_media import CloseConference, CreateConference, Join
    from .errors import Error

    client = connect_daemon(ctx)
    made = client.call(CreateConference(name=name, board=board))
    try:
        for call in calls:
            client.call(Join(conference=made.conference, call_id=call))
    except Error:
        client.call(CloseConference(conference=made.conference))  # all or nothing
        raise
    if as_json:
        print_json(made)
    else:
        click.echo(f"conference {made.conference}")


@conference.command()
@click.argument("number", metavar="CONFERENCE", type=NUMBER)
@click.argument("calls", metavar="CALL...", nargs=-1, type=CALL, required=True)
@click.option("--role", type=click.Choice(ROLES), default="talk", show_default=True)
@click.option("--coached", metavar="CALL", type=CALL, help="With --role coach: who hears it.")
@click.pass_context
def join(
    ctx: click.Context, number: int, calls: tuple[int, ...], role: Any, coached: int | None
) -> None:
    """Take calls in, or change their role.

    talk speaks and hears; listen hears; speak is heard only; coach hears all and is heard by
    --coached alone; monitor hears and is not reported.
    """
    from .daemon.methods_media import Join

    if (role == "coach") != (coached is not None):
        raise click.UsageError("--role coach and --coached CALL belong together")
    client = connect_daemon(ctx)
    for call in calls:
        client.call(Join(conference=number, call_id=call, role=role, coached=coached))


@conference.command()
@click.argument("number", metavar="CONFERENCE", type=NUMBER)
@click.argument("calls", metavar="CALL...", nargs=-1, type=CALL, required=True)
@click.pass_context
def leave(ctx: click.Context, number: int, calls: tuple[int, ...]) -> None:
    """Take calls out; they stay up."""
    from .daemon.methods_media import Leave

    client = connect_daemon(ctx)
    for call in calls:
        client.call(Leave(conference=number, call_id=call))


def _roles(ctx: click.Context, number: int, calls: tuple[int, ...], role: Any) -> None:
    from .daemon.methods_media import Conferences, Join
    from .errors import Error

    client = connect_daemon(ctx)
    found = {c.conference: c for c in client.call(Conferences()).conferences}
    if number not in found:
        have = ", ".join(map(str, found)) or "none"
        raise Error(f"there is no conference {number}; there are: {have}")
    members = {member.call_id for member in found[number].members}
    for call in calls:
        if call not in members:  # join would take it in
            raise Error(f"call {call} is not in conference {number}")
        client.call(Join(conference=number, call_id=call, role=role))


@conference.command()
@click.argument("number", metavar="CONFERENCE", type=NUMBER)
@click.argument("calls", metavar="CALL...", nargs=-1, type=CALL, required=True)
@click.pass_context
def mute(ctx: click.Context, number: int, calls: tuple[int, ...]) -> None:
    """Members hear on and are heard no more."""
    _roles(ctx, number, calls, "listen")


@conference.command()
@click.argument("number", metavar="CONFERENCE", type=NUMBER)
@click.argument("calls", metavar="CALL...", nargs=-1, type=CALL, required=True)
@click.pass_context
def unmute(ctx: click.Context, number: int, calls: tuple[int, ...]) -> None:
    """Members are heard again."""
    _roles(ctx, number, calls, "talk")


@conference.command()
@click.argument("numbers", metavar="CONFERENCE...", nargs=-1, type=NUMBER, required=True)
@click.pass_context
def close(ctx: click.Context, numbers: tuple[int, ...]) -> None:
    """End conferences; their calls stay up."""
    from .daemon.methods_media import CloseConference

    client = connect_daemon(ctx)
    for number in numbers:
        client.call(CloseConference(conference=number))


@click.command("connect")
@click.argument("call", type=CALL)
@click.argument("other", type=CALL)
@click.option("--half", is_flag=True, help="OTHER hears CALL, and not the other way round.")
@click.pass_context
def connect_calls(ctx: click.Context, call: int, other: int, half: bool) -> None:
    """Let two calls hear each other, octet for octet."""
    from .daemon.methods_media import ConnectCalls

    connect_daemon(ctx).call(ConnectCalls(call_id=call, other=other, half=half))


@click.command()
@click.argument("call", type=CALL)
@click.pass_context
def disconnect(ctx: click.Context, call: int) -> None:
    """End a call's connection with another."""
    from .daemon.methods_media import DisconnectCalls

    connect_daemon(ctx).call(DisconnectCalls(call_id=call))


@click.command()
@click.argument("call", type=CALL)
@click.option("--country", default="", metavar="CC", help="Whose tones; left out: the trunk's.")
@click.option("--no-answer", default=60.0, metavar="S", show_default=True, help="Of ringing.")
@click.option("--beep", default=0.0, metavar="S", help="After MACHINE wait so long for its beep.")
@JSON
@click.pass_context
def analyse(
    ctx: click.Context, call: int, country: str, no_answer: float, beep: float, as_json: bool
) -> None:
    """Say what answered an outgoing call: person, machine, fax, busy, …

    Begin it as soon as the call is placed. Ctrl-C asks for the verdict now. Exit 1: unknown.
    """
    from .daemon import follow_media
    from .daemon.methods_media import StartCallProgressAnalysis

    request = StartCallProgressAnalysis(
        call_id=call, country=country, no_answer=no_answer, beep_wait=beep
    )
    if not follow_media.analyse(connect_daemon(ctx), request, as_json):
        ctx.exit(1)


@click.command()
@click.argument("call", type=CALL)
@click.argument("kinds", metavar="[KIND]...", nargs=-1, type=click.Choice(KINDS))
@click.option("--country", default="", metavar="CC", help="Whose tones; left out: the trunk's.")
@JSON
@click.pass_context
def hear(
    ctx: click.Context, call: int, kinds: tuple[Any, ...], country: str, as_json: bool
) -> None:
    """Print what a call's far end sends: digits, tones, caller ID, speech.

    Kinds: dtmf, r2f, r2b, mf, fsk (caller ID), modem (and fax), tones, voice; left out: dtmf,
    tones, modem, fsk and voice. Ends with the call, or by Ctrl-C.
    """
    from .daemon import follow_media
    from .daemon.methods_media import StartListening

    wanted: list[Any] = list(kinds or USUAL)
    request = StartListening(call_id=call, kinds=wanted, country=country)
    follow_media.hear(connect_daemon(ctx), request, as_json)


COMMANDS: Final = (conference, connect_calls, disconnect, analyse, hear)
