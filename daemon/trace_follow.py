"""``trunkd trace``: the frames of a running daemon as lines, fields, ladder, JSON and pcapng."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
from rich.text import Text

from ..board.capture import LINKTYPE_LINUX_LAPD, CapturedFrame, CaptureWriter, Direction
from ..errors import ConfigError
from .client import Client
from .decode import JsonRenderer, LadderRenderer, Renderer, TextRenderer, dissected
from .events import TraceFrame
from .methods import TraceStart, TrunkInfo, Trunks
from .present import clock, console

STYLES: Final = ("lines", "fields", "ladder", "json")


def interface_name(trunk: TrunkInfo) -> str:
    """Span, timeslot and trunk, as captures name their interfaces."""
    return f"{trunk.span}/{trunk.d_channel} {trunk.name}"


def captured(frame: TraceFrame, trunk: TrunkInfo) -> CapturedFrame:
    """A live frame in the form that captures are read in."""
    octets = bytes.fromhex(frame.frame)
    return CapturedFrame(
        interface=interface_name(trunk),
        link_type=LINKTYPE_LINUX_LAPD,
        time_ns=frame.time,
        direction=Direction.OUT if frame.sent else Direction.IN,
        data=octets,
        network=trunk.side == "network",
        length=len(octets),
        comment="",
        offset=0,
    )


class _Capture:
    """Writes traced frames to a pcapng, an interface a trunk."""

    def __init__(self, path: str, trunks: dict[str, TrunkInfo]) -> None:
        self._writer = CaptureWriter(path)
        self._interfaces = {
            t.name: self._writer.add_interface(
                interface_name(t),
                f"D-channel of trunk {t.name}, {t.side} side",
                network=t.side == "network",
            )
            for t in trunks.values()
        }

    def add(self, trunk: str, frame: CapturedFrame) -> None:
        interface = self._interfaces[trunk]
        self._writer.frame(interface, frame.time_ns, frame.direction, frame.data)
        self._writer.flush()  # Wireshark may follow the file

    def close(self) -> None:
        self._writer.close()


class LineRenderer:
    """A line a frame: time, trunk, direction, and what it is."""

    def lines(self, number: int, frame: CapturedFrame) -> list[str]:
        tree = dissected(frame)
        sent = frame.direction is Direction.OUT
        text = Text.assemble(
            (clock(frame.time_ns, True), "dim"),
            f" {frame.interface} ",
            (">", "cyan") if sent else ("<", "green"),
            " ",
            (tree.summary, "dim" if tree.bare else ""),
        )
        return [text.markup, *(f"    [red]! {Text(r).markup}[/]" for r in tree.reasons())]

    def closing(self) -> list[str]:
        return []


def _renderer(style: str) -> Renderer:
    colours = sys.stdout.isatty()
    if style == "json":
        return JsonRenderer()
    if style == "ladder":
        return LadderRenderer(colours)
    return TextRenderer(colours) if style == "fields" else LineRenderer()


class _Printer:
    """Prints traced frames in one of STYLES."""

    def __init__(self, style: str) -> None:
        self._renderer = _renderer(style)
        self._out = console()
        # Only lines of markup may be read as markup: JSON has brackets of its own.
        self._markup = style == "lines" or (style != "json" and sys.stdout.isatty())

    def print(self, number: int, frame: CapturedFrame) -> None:
        self._print(self._renderer.lines(number, frame))

    def close(self) -> None:
        self._print(self._renderer.closing())

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            if self._markup:
                self._out.print(line, soft_wrap=True)
            else:
                click.echo(line)
        sys.stdout.flush()


def follow_trace(
    client: Client,
    trunks: list[str],
    pcap: str | None,
    style: str,
    count: int | None,
    duration: float | None,
) -> None:
    """Print and write frames until ``count`` came, ``duration`` s are over, or Ctrl-C."""
    known = {t.name: t for t in client.call(Trunks()).trunks}
    for name in trunks:
        if name not in known:
            raise ConfigError(f"there is no trunk '{name}': {', '.join(known) or 'none is there'}")
    printer = _Printer(style)
    capture = _Capture(pcap, known) if pcap else None
    until = time.monotonic() + (duration if duration is not None else 1e9)
    seen, last = 0, 0
    try:
        client.call(TraceStart(trunks=trunks))
        while (count is None or seen < count) and (left := until - time.monotonic()) > 0:
            live = client.next_event(min(left, 3600.0))
            if not isinstance(live, TraceFrame):
                continue
            if last and live.index != last + 1 and not trunks:
                missing = live.index - last - 1
                click.echo(f"trunkd: {missing} frames are missing: too slow", err=True)
            last = live.index
            seen += 1
            frame = captured(live, known[live.trunk])
            if capture is not None:
                capture.add(live.trunk, frame)
            printer.print(seen, frame)
    except KeyboardInterrupt:
        pass  # the usual end of a trace
    finally:
        printer.close()
        if capture is not None:
            capture.close()
            click.echo(f"{seen} frames in {pcap}: open it with `wireshark {pcap}`", err=True)
