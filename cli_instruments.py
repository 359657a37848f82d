"""``trunkd detect`` and ``trunkd synth``: thin, as all of the command line."""

from __future__ import annotations

import click

FILE = click.Path(exists=True, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only this kind, and all its receiver hears, even in speech.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a signal.")
@click.option("--plot", metavar="PNG", help="Draw a spectrogram with what was found.")
def detect(file: str, kinds: tuple[str, ...], as_json: bool, plot: str | None) -> None:
    """Run every detector on a recording; one signal a line, times in seconds.

    Register signals and digits which speech, FSK or a tone explains are left out.
    """
    import json

    from .hil import instruments

    unknown = [kind for kind in kinds if kind not in instruments.KINDS]
    if unknown:
        known = ", ".join(instruments.KINDS)
        raise click.UsageError(f"no kind {', '.join(unknown)}: there are {known}")
    rows = instruments.examine(file, kinds, plot)
    for found, channel in rows:
        if as_json:
            click.echo(json.dumps(instruments.as_json(found, channel)))
        else:
            click.echo(instruments.as_text(found, channel))
    if not rows and not as_json:
        click.echo("no signals")


@click.command()
@click.argument("kind")
@click.argument("value")
@click.option("-o", "--out", required=True, metavar="FILE", help="A WAV file.")
@click.option("--level", type=click.FloatRange(-60, 3), metavar="DBM0", help="Of each frequency.")
@click.option("--twist", type=click.FloatRange(-20, 20), metavar="DB", help="High less low.")
@click.option("--on", type=click.FloatRange(1, 60000), metavar="MS", help="Length of each digit.")
@click.option("--off", type=click.FloatRange(0, 60000), metavar="MS", help="Silence after each.")
@click.option("--coding", type=click.Choice(["pcm", "alaw", "ulaw"]), default="pcm")
def synth(
    kind: str,
    value: str,
    out: str,
    level: float | None,
    twist: float | None,
    on: float | None,
    off: float | None,
    coding: str,
) -> None:
    """Write a signal to a file: `trunkd synth dtmf 0123 -o digits.wav`.

    KIND and VALUE: dtmf, r2f, r2b, mf with DIGITS; cid (V.23) and cid202 (Bell 202) with NUMBER,
    also cid-sdmf, cid-dtas, cid-type2, cid-dtmf; callerid with STANDARD:NUMBER[,NAME], e.g.
    dtmf-d-c:13901234567; modem with the name of a tone; tone with COUNTRY/NAME, e.g. cn/busy.
    """
    from .hil import instruments

    shape = instruments.Shape(
        level, twist, None if on is None else on / 1000, None if off is None else off / 1000
    )
    instruments.write(out, instruments.synth(kind, value, shape), coding)
