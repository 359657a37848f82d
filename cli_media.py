"""``trunkd play``, ``record``, ``collect``, ``levels``, ``listen`` …: what goes out to a call, and
comes in from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from .cli_base import JSON, connect_daemon

CALL: Final = click.IntRange(1)
SECONDS: Final = click.FloatRange(0, 86400)
WAIT: Final = click.option(
    "--wait", is_flag=True, help="Follow it to its end; Ctrl-C stops it. Exit 1: it failed."
)
ACTIONS: Final = ("stop", "pause", "resume")


def _action_options(what: str) -> Callable[[Any], Any]:
    """--stop, --pause and --resume of what plays or is recorded."""

    def decorate(function: Any) -> Any:
        for word, text in (
            ("resume", "Go on after --pause."),
            ("pause", f"Pause what {what}."),
            ("stop", f"End what {what}."),
        ):
            function = click.option(f"--{word}", "action", flag_value=word, help=text)(function)
        return function

    return decorate


def _act(ctx: click.Context, call: int, kind: Any, action: str) -> None:
    from .daemon.methods_media import ResumeMedia, StopMedia, SuspendMedia

    request = {"stop": StopMedia, "pause": SuspendMedia, "resume": ResumeMedia}[action]
    connect_daemon(ctx).call(request(call_id=call, kind=kind))


@click.command()
@click.argument("call", type=CALL)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@click.option("--tone", "tones", multiple=True, metavar="COUNTRY/NAME", help="As in CN/busy.")
@click.option("--seconds", type=SECONDS, default=3.0, metavar="S", help="Of each --tone (3).")
@click.option("--digits", default="", metavar="DIGITS", help="DTMF digits.")
@click.option("--repeat", type=click.IntRange(0), default=1, metavar="N", help="0: for ever.")
@click.option("--from", "position", type=SECONDS, default=0.0, metavar="S", help="Begin there.")
@click.option(
    "--volume", type=click.FloatRange(-40, 20), default=0.0, metavar="DB", help="-40 to 20."
)
@click.option(
    "--speed",
    type=click.FloatRange(0.5, 2),
    default=1.0,
    metavar="X",
    help="0.5 to 2; the pitch stays.",
)
@click.option("--stop-on", default="", metavar="DIGITS", help="Digits of the far end that end it.")
@_action_options("plays")
@WAIT
@JSON
@click.pass_context
def play(
    ctx: click.Context,
    call: int,
    files: tuple[str, ...],
    tones: tuple[str, ...],
    seconds: float,
    digits: str,
    repeat: int,
    position: float,
    volume: float,
    speed: float,
    stop_on: str,
    action: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Play files, tones and digits to a call.

    FILE is a voice file below the media directory (WAV, raw, FLAC, Ogg, MP3 …). Files come
    first, then tones, then digits.
    """
    given = bool(files or tones or digits)
    if given == (action is not None):
        raise click.UsageError("give FILE, --tone or --digits; or --stop, --pause or --resume")
    _check_digits("--digits", digits)
    _check_digits("--stop-on", stop_on)
    if action is not None:
        _act(ctx, call, "play", action)
        return
    from .daemon import follow_play
    from .daemon.methods_media import Item, PlayMessage

    items = [Item(file=file) for file in files]
    items += [Item(tone=tone, seconds=seconds) for tone in tones]
    items += [Item(digits=digits)] if digits else []
    request = PlayMessage(
        call_id=call,
        items=items,
        repeat=repeat,
        position=position,
        volume=volume,
        speed=speed,
        stop_on_digits=stop_on,
    )
    if not follow_play.play(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


def _check_digits(option: str, digits: str) -> None:
    wrong = sorted(set(digits) - set("0123456789*#ABCD"))
    if wrong:
        raise click.UsageError(f"{option}: '{wrong[0]}' is no DTMF digit: 0 to 9, *, #, A to D")


@click.command()
@click.argument("call", type=CALL)
@click.argument("file", metavar="[FILE.wav]", default="")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 86400, min_open=True),
    default=60.0,
    metavar="S",
    help="At most (60).",
)
@click.option(
    "--direction",
    type=click.Choice(["received", "sent", "mixed", "both"]),
    default="received",
    show_default=True,
    help="both: two channels, the received one first.",
)
@click.option(
    "--encoding",
    type=click.Choice(["g711", "alaw", "mulaw", "pcm16"]),
    default="g711",
    show_default=True,
    help="g711: the octets of the line.",
)
@click.option("--append", is_flag=True, help="Go on at the end of FILE.")
@click.option("--beep", is_flag=True, help="A beep before it begins.")
@click.option("--silence", type=SECONDS, default=0.0, metavar="S", help="End after so much of it.")
@click.option(
    "--initial-silence", type=SECONDS, default=0.0, metavar="S", help="End if nobody speaks."
)
@click.option("--stop-on", default="", metavar="DIGITS", help="Digits of the far end that end it.")
@click.option(
    "--before",
    type=click.FloatRange(0, 60),
    default=0.0,
    metavar="S",
    help="Also of the past, if kept.",
)
@_action_options("is recorded")
@WAIT
@JSON
@click.pass_context
def record(
    ctx: click.Context,
    call: int,
    file: str,
    seconds: float,
    direction: Any,
    encoding: Any,
    append: bool,
    beep: bool,
    silence: float,
    initial_silence: float,
    stop_on: str,
    before: float,
    action: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Record a call into a WAV file.

    FILE.wav is below the media directory, and valid at every moment.
    """
    if bool(file) == (action is not None):
        raise click.UsageError("give FILE.wav; or --stop, --pause or --resume")
    _check_digits("--stop-on", stop_on)
    if action is not None:
        _act(ctx, call, "record", action)
        return
    from .daemon import follow_play
    from .daemon.methods_media import RecordMessage

    request = RecordMessage(
        call_id=call,
        message=file,
        max_duration=seconds,
        direction=direction,
        encoding=encoding,
        append=append,
        beep=beep,
        silence=silence,
        initial_silence=initial_silence,
        stop_on_digits=stop_on,
        before=before,
    )
    if not follow_play.record(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


@click.command()
@click.argument("call", type=CALL)
@click.argument("name", metavar="COUNTRY/NAME")
@click.option("--seconds", type=SECONDS, default=0.0, metavar="S", help="Left out: until stopped.")
@WAIT
@JSON
@click.pass_context
def tone(
    ctx: click.Context, call: int, name: str, seconds: float, wait: bool, as_json: bool
) -> None:
    """Send a call progress tone to a call.

    As in `trunkd tone 3 CN/busy`; a name alone is a tone of the trunk's country. Names are the
    same everywhere: dial, busy, ringback, congestion, special-information, call-waiting …
    `trunkd play CALL --stop` ends it.
    """
    from .daemon import follow_play
    from .daemon.methods_media import GenerateTone

    request = GenerateTone(call_id=call, tone=name, seconds=seconds)
    if not follow_play.play(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


@click.command()
@click.argument("call", type=CALL)
@click.argument("digits")
@click.option(
    "--kind",
    type=click.Choice(["dtmf", "r2f", "r2b", "mf"]),
    default="dtmf",
    show_default=True,
)
@click.option("--on", type=click.FloatRange(20, 10000), default=80.0, metavar="MS", help="Of each.")
@click.option("--off", type=click.FloatRange(20, 10000), default=80.0, metavar="MS", help="After.")
@click.option("--level", type=click.FloatRange(-60, 3), default=-8.0, metavar="DBM0")
@WAIT
@JSON
@click.pass_context
def digits(
    ctx: click.Context,
    call: int,
    digits: str,
    kind: Any,
    on: float,
    off: float,
    level: float,
    wait: bool,
    as_json: bool,
) -> None:
    """Send DTMF or other digits to a call."""
    from .daemon import follow_play
    from .daemon.methods_media import GenerateDigits

    if not digits or set(digits) - set("0123456789ABCDEFKS*#"):
        raise click.UsageError("digits are 0 to 9, *, #, A to D; of MFC also E, F, of R1 K and S")
    request = GenerateDigits(
        call_id=call, digits=digits, kind=kind, level=level, on=on / 1000, off=off / 1000
    )
    if not follow_play.play(connect_daemon(ctx), request, wait, as_json):
        ctx.exit(1)


@click.command()
@click.argument("call", type=CALL)
@click.option("--min", "least", type=click.IntRange(0, 64), default=0, metavar="N")
@click.option("--max", "most", type=click.IntRange(1, 64), default=32, metavar="N")
@click.option("--first", type=SECONDS, default=5.0, metavar="S", help="For the first digit.")
@click.option("--between", type=SECONDS, default=3.0, metavar="S", help="For each further one.")
@click.option("--timeout", type=SECONDS, default=0.0, metavar="S", help="For all of it.")
@click.option("--end", "terminators", default="#", metavar="DIGITS", help="What ends it (#).")
@click.option("--pattern", "patterns", multiple=True, metavar="PATTERN", help="A valid entry.")
@click.option("--play", "files", multiple=True, metavar="FILE", help="The prompt.")
@click.option("--no-barge-in", is_flag=True, help="Digits during the prompt are not taken.")
@click.option("--fresh", is_flag=True, help="Not what was keyed before.")
@JSON
@click.pass_context
def collect(
    ctx: click.Context,
    call: int,
    least: int,
    most: int,
    first: float,
    between: float,
    timeout: float,
    terminators: str,
    patterns: tuple[str, ...],
    files: tuple[str, ...],
    no_barge_in: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Collect digits that a call keys, and print them.

    PATTERN: digits, X any, Z 1-9, N 2-9, [2-4*] one of a set; after each of these "." for one or
    more, "?" for none or one. Ctrl-C ends it and prints what came. Exit 1: no valid entry.
    """
    if least > most:
        raise click.UsageError(f"--min {least} is more than --max {most}")
    _check_digits("--end", terminators)
    from .daemon import follow_play
    from .daemon.methods_media import Item, StartDigitsCollection

    request = StartDigitsCollection(
        call_id=call,
        min_digits=least,
        max_digits=most,
        first_timeout=first,
        interdigit_timeout=between,
        timeout=timeout,
        terminators=terminators,
        patterns=list(patterns),
        items=[Item(file=file) for file in files],
        barge_in=not no_barge_in,
        keep=not fresh,
    )
    if not follow_play.collect(connect_daemon(ctx), request, as_json):
        ctx.exit(1)


@click.command()
@click.argument("call", type=CALL)
@click.argument("name", metavar="[NAME]", default="")
@click.option("--stop", is_flag=True, help="End it.")
@click.pass_context
def music(ctx: click.Context, call: int, name: str, stop: bool) -> None:
    """Music on hold to a call.

    NAME is that of a source, [[media.music]] in the configuration; left out: the trunk's own.
    """
    from .daemon.methods_media import PlayMusic, StopMusic

    if stop and name:
        raise click.UsageError("give NAME or --stop, one of the two")
    client = connect_daemon(ctx)
    client.call(StopMusic(call_id=call) if stop else PlayMusic(call_id=call, music=name))


@click.command()
@click.argument("calls", metavar="[CALL]...", nargs=-1, type=CALL)
@click.option("--once", is_flag=True, help="One look.")
@JSON
@click.pass_context
def levels(ctx: click.Context, calls: tuple[int, ...], once: bool, as_json: bool) -> None:
    """Live meters of what calls receive.

    Level, peak, noise, speech and clipping; all calls, or those named. Ctrl-C ends.
    """
    from .daemon.meters import show_levels

    show_levels(connect_daemon(ctx), list(calls), once, as_json)


@click.command()
@click.argument("call", type=CALL)
@click.option("-o", "--out", default="-", metavar="FILE", help="A WAV file; -: stdout.")
@click.option("--both", is_flag=True, help="Two channels: received, sent.")
@click.option("--raw", is_flag=True, help="16-bit samples at 8000 Hz without a header.")
@click.pass_context
def listen(ctx: click.Context, call: int, out: str, both: bool, raw: bool) -> None:
    """A call's audio, live, to stdout or a file.

    As in `trunkd listen 3 | aplay`, or `trunkd listen 3 -o 3.wav`. Ctrl-C ends.
    """
    from .daemon.audio_out import listen as copy

    if not copy(connect_daemon(ctx), call, out, both, raw):
        ctx.exit(1)


COMMANDS: Final = (play, record, tone, digits, collect, music, levels, listen)
