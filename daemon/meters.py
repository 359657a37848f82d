"""``trunkd levels``: live meters in a terminal, 80 columns wide."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from ..errors import Error
from .client import Client
from .methods_media import LevelInfo, LevelsOf
from .present import console

LEAST: Final = -60.0
MOST: Final = 3.0
NOTHING: Final = -80.0
"""What a meter shows where there is nothing at all."""
CELLS: Final = 32
"""Of a bar: about 2 dB each."""
LOUD: Final = -6.0
HOLD: Final = 1.5
"""Seconds that the peak mark stands still."""
FALL: Final = 20.0
"""dB a second by which it falls then."""
CLIP: Final = 3.0
"""Seconds for which clipping is shown."""
PERIOD: Final = 0.1
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


class Meter:
    """What is shown of one call: its level now, the peak mark, whether it clipped lately."""

    def __init__(self) -> None:
        self.info: LevelInfo | None = None
        self.peak = LEAST
        self.clipping = False
        self._peak_at = 0.0
        self._clipped: int | None = None
        self._clipped_at = 0.0

    def update(self, info: LevelInfo, now: float) -> None:
        """``now``: seconds of any clock."""
        falling = self.peak - FALL * max(0.0, now - self._peak_at - HOLD)
        if info.peak >= falling:
            self.peak, self._peak_at = max(info.peak, LEAST), now
        elif falling < self.peak:
            self.peak, self._peak_at = max(falling, LEAST), now - HOLD
        if self._clipped is not None and info.clipped > self._clipped:
            self._clipped_at = now
            self.clipping = True
        self._clipped = info.clipped
        self.clipping = self.clipping and now - self._clipped_at < CLIP
        self.info = info


def bar(level: float, peak: float) -> Text:
    """A level as a bar of CELLS cells, with a mark at the peak."""
    cells = (min(max(level, LEAST), MOST) - LEAST) / (MOST - LEAST) * CELLS
    full = int(cells)
    shape = "█" * full
    if full < CELLS:
        shape += _EIGHTHS[int(8 * (cells - full))]
    shape = shape.ljust(CELLS)
    mark = min(CELLS - 1, int((min(max(peak, LEAST), MOST) - LEAST) / (MOST - LEAST) * CELLS))
    loud = int((LOUD - LEAST) / (MOST - LEAST) * CELLS)
    made = Text()
    for n, cell in enumerate(shape):
        if n == mark and peak > LEAST and cell in " ▏▎▍▌":
            made.append("|", style="bold red" if n >= loud else "bold")
        else:
            made.append(cell, style="red" if n >= loud else "green")
    return made


def scale() -> Text:
    """The line above the bars: dBm0."""
    line = [" "] * (CELLS + 2)
    for level in (-60, -40, -20, 0):
        at = int((level - LEAST) / (MOST - LEAST) * CELLS)
        line[at : at + len(str(level))] = str(level)
    head = f"{'call':>5} {'channel':<13} {''.join(line[:CELLS])}"
    return Text(f"{head}  {'now':>5} {'peak':>5} {'noise':>5}", style="bold")


def row(meter: Meter) -> Text:
    """One call on one line."""
    info = meter.info
    assert info is not None
    device = info.device.removeprefix("trunk/")
    name = device if len(device) <= 13 else f"…{device[-12:]}"
    peak = meter.peak if meter.peak > LEAST else NOTHING
    numbers = f"  {_db(info.fast)} {_db(peak)} {_db(info.noise)} "
    if meter.clipping:
        mark = Text("CLIPS", style="bold white on red")
    else:
        mark = Text("talks" if info.voice else "", style="cyan")
    return Text.assemble(
        f"{info.call_id:>5} {name:<13} ", bar(info.fast, meter.peak), numbers, mark
    )


def _db(level: float) -> str:
    return f"{level:5.1f}" if level > NOTHING else "    -"


class Meters:
    """The calls whose levels are shown: those named, or all."""

    def __init__(self, client: Client, calls: list[int]) -> None:
        self._client: Final = client
        self._calls: Final = frozenset(calls)
        self._meters: dict[int, Meter] = {}
        client.call(LevelsOf(calls=calls))  # lets them be metered; names one that is not there

    def read(self) -> list[LevelInfo]:
        """What the meters show now; calls that have ended are left out."""
        found: list[LevelInfo] = self._client.call(LevelsOf()).levels
        return [x for x in found if not self._calls or x.call_id in self._calls]

    def update(self) -> list[Meter]:
        now = time.monotonic()
        kept = {}
        for info in self.read():
            meter = self._meters.get(info.call_id) or Meter()
            meter.update(info, now)
            kept[info.call_id] = meter
        self._meters = kept
        return [kept[call_id] for call_id in sorted(kept)]


def screen(meters: list[Meter], room: int) -> RenderableType:
    """All meters, or as many as there are lines."""
    if not meters:
        return Text("no calls  (Ctrl-C ends)")
    lines = [row(meter) for meter in meters[:room]]
    left = len(meters) - len(lines)
    more = f"; {left} more: name calls to see them" if left else ""
    return Group(scale(), *lines, Text(f"dBm0, as received{more}  (Ctrl-C ends)", style="dim"))


def show_levels(client: Client, calls: list[int], once: bool, as_json: bool) -> None:
    """Live meters until Ctrl-C; ``once``: one look. Piped or as JSON: again and again, plain."""
    meters = Meters(client, calls)
    time.sleep(2 * PERIOD)  # a meter that was off shows nothing before
    try:
        if as_json:
            _as_json(meters, once)
        elif once or not sys.stdout.isatty():
            _plain(meters, once)
        else:
            _live(meters, calls)
    except KeyboardInterrupt:
        return


def _as_json(meters: Meters, once: bool) -> None:
    while True:
        click.echo(msgspec.json.encode(meters.read()).decode())
        if once:
            return
        sys.stdout.flush()
        time.sleep(5 * PERIOD)


def _plain(meters: Meters, once: bool) -> None:
    out = console()
    while True:
        shown = meters.update()
        if not shown:
            click.echo("no calls")
        else:
            out.print(scale())
            for meter in shown:
                out.print(row(meter))
        if once:
            return
        sys.stdout.flush()
        time.sleep(10 * PERIOD)


def _live(meters: Meters, calls: list[int]) -> None:
    out = console()
    with Live(console=out, refresh_per_second=1 / PERIOD, screen=False) as live:
        while True:
            shown = meters.update()
            if calls and not shown:
                raise Error("the calls have ended: `trunkd calls` lists those that are up")
            live.update(screen(shown, max(1, out.height - 3)))
            time.sleep(PERIOD)
