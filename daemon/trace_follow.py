"""``trunkd trace``: the frames of a running daemon as lines, fields, ladder, JSON and pcapng."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
from rich.text import Text

from ..board.capture import (
    LINKTYPE_LINUX_LAPD,
    LINKTYPE_MTP2,
    LINKTYPE_MTP2_WITH_PHDR,
    CapturedFrame,
    CaptureWriter,
    Direction,
)
from ..errors import ConfigError
from .client import Client
from .decode import MINOR, JsonRenderer, LadderRenderer, Renderer, TextRenderer, dissected
from .decode_ss7 import description
from .events import LINE_SIGNALS, TraceFrame
from .methods import TraceStart, Trunks
from .methods_ss7 import Ss7Links
from .present import clock, console

STYLES: Final = ("lines", "fields", "ladder", "json")


class Traced:
    """A signalling link as captures describe it. ``network``: None where there is no such side."""

    def __init__(
        self, place: str, name: str, text: str, link_type: int, network: bool | None
    ) -> None:
        self.interface: Final = f"{place} {name}"
        """Span, timeslot and name, as captures name their interfaces."""
        self.text: Final = text
        self.link_type: Final = link_type
        self.network: Final = network


def traced_links(client: Client) -> dict[str, Traced]:
    """D-channels by their trunks' names (the stand-by one's with its span behind it), SS7 links by
    their own."""
    known = {
        t.name if n == 0 else f"{t.name} {d.span}": Traced(
            f"{d.span}/{d.timeslot}",
            t.name,
            f"{'stand-by ' * n}D-channel of trunk {t.name}, {t.side} side",
            LINKTYPE_LINUX_LAPD,
            t.side == "network",
        )
        for t in client.call(Trunks()).trunks
        for n, d in enumerate(t.d_channels)
    }
    for t in client.call(Trunks()).trunks:
        if t.signalling not in ("pri", "isup", "tup"):
            text = f"lines of trunk {t.name}, {t.signalling}"
            known[t.name] = Traced(t.span, t.name, text, LINE_SIGNALS, None)
    for x in client.call(Ss7Links()).links:
        text = description(x.name, x.point, x.adjacent, x.label)
        place = f"{x.span}/{x.timeslot}"
        known[x.name] = Traced(place, x.name, text, LINKTYPE_MTP2, None)
    return known


def link_of(frame: TraceFrame, known: dict[str, Traced]) -> str:
    """Which of the links a frame is of."""
    with_span = f"{frame.trunk} {frame.span}"
    return with_span if with_span in known else frame.trunk


def captured(frame: TraceFrame, link: Traced) -> CapturedFrame:
    """A live frame in the form that captures are read in."""
    lines = link.link_type == LINE_SIGNALS
    octets = frame.text.encode() if lines else bytes.fromhex(frame.frame)
    name = f"{frame.span}/{frame.timeslot} {frame.trunk}"
    return CapturedFrame(
        interface=name if lines else link.interface,
        link_type=link.link_type,
        time_ns=frame.time,
        direction=Direction.OUT if frame.sent else Direction.IN,
        data=octets,
        network=link.network,
        length=len(octets),
        comment=MINOR if frame.minor else "",
        offset=0,
        description=link.text,
    )


class _Capture:
    """Writes traced frames to a pcapng, an interface a link."""

    def __init__(self, path: str, links: dict[str, Traced]) -> None:
        self._writer = CaptureWriter(path)
        self._interfaces = {
            name: self._writer.add_interface(
                link.interface,
                link.text,
                # The pseudo header keeps the direction where a tool makes a plain pcap of this.
                LINKTYPE_MTP2_WITH_PHDR if link.link_type == LINKTYPE_MTP2 else link.link_type,
                network=bool(link.network),
            )
            for name, link in links.items()
            if link.link_type != LINE_SIGNALS
        }
        self.left_out = 0
        """What lines showed: no capture format has a form for it."""

    def add(self, link: str, frame: CapturedFrame) -> None:
        interface = self._interfaces.get(link)
        if interface is None:
            self.left_out += 1
            return
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
    known = traced_links(client)
    have = [*(name for name in known if " " not in name)]
    have += [*(t.name for t in client.call(Trunks()).trunks if t.name not in known)]
    for name in trunks:
        if name not in have:
            have_text = ", ".join(have) or "none is there"
            raise ConfigError(f"there is no trunk and no link '{name}': {have_text}")
    printer = _Printer(style)
    capture = _Capture(pcap, known) if pcap else None
    until = time.monotonic() + (duration if duration is not None else 1e9)
    seen, last, minor = 0, 0, 0
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
            if live.minor and style in ("lines", "ladder"):
                minor += 1
                continue
            seen += 1
            link = link_of(live, known)
            frame = captured(live, known[link])
            if capture is not None:
                capture.add(link, frame)
            printer.print(seen, frame)
    except KeyboardInterrupt:
        pass  # the usual end of a trace
    finally:
        printer.close()
        if minor:
            click.echo(f"({minor} ends of signals not shown: --fields shows them)", err=True)
        if capture is not None:
            capture.close()
            kept = seen - capture.left_out
            click.echo(f"{kept} frames in {pcap}: open it with `wireshark {pcap}`", err=True)
            if capture.left_out:
                what = f"{capture.left_out} signals of lines were shown and not written"
                click.echo(f"trunkd: {what}: no capture format has them", err=True)
