"""The far end of a message desk link, for tests and benches: a PBX, or a voicemail system.

A PBX tells of calls and has lamps; some of its numbers are invalid, some cannot be changed now. A
voicemail gets calls' history and wants lamps changed. Both speak through a serial line of any kind
(serial_line.py) and can make it a bad one.

    python -m trunkd.hil.smdi_pbx --port /dev/ttyUSB0 --invalid 999 --blocked 3501

reads commands, one a line, and prints what comes:

    call TERMINAL KIND FORWARDING CALLING      as in: call 7 B 3500 5551234, "-" for no number
    lamp NUMBER on|off                         (with --role voicemail)
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from collections.abc import Callable, Iterable
from typing import Final

import click

from ..errors import LocalError
from ..signaling.call import LinkChanged, ProtocolFault, SignallingEvent
from ..signaling.smdi.codec import KINDS, CallHistory, Lengths
from ..signaling.smdi.desk import DeskConfig, DeskEngine
from ..signaling.smdi.events import HistoryUnmatched, LampChanged, LampWanted, MessageSeen
from ..signaling.smdi.exchange import ExchangeEngine
from ..signaling.smdi.framing import EVEN, NO_PARITY
from ..signaling.smdi.lamps import LampTimes
from ..signaling.smdi.lamps_states import STATE_NAMES
from ..signaling.smdi.link import SECOND, Link
from .serial_line import LineSplitter, SerialLine, SerialSettings

USUAL: Final = SerialSettings(baud=1200, bits=7, parity="even")
"""As at DMS-100 and most PBX."""

Damage = Callable[[bytes], bytes]


def bad_line(seed: int, lost: float, doubled: float) -> Damage:
    """A line that loses and doubles these shares of its octets."""
    chance = random.Random(seed)

    def damage(data: bytes) -> bytes:
        copies = (
            0 if (x := chance.random()) < lost else 2 if x < lost + doubled else 1 for _ in data
        )
        return b"".join(
            data[n : n + 1] * count for n, count in zip(range(len(data)), copies, strict=True)
        )

    return damage


class FarEnd:
    """One end of the link on a serial line. ``events`` has all that its engine told."""

    engine: Link

    def __init__(self, line: SerialLine, damage: Damage | None = None) -> None:
        self.line: Final = line
        self.damage: Final = damage
        self.events: list[SignallingEvent] = []

    @staticmethod
    def now() -> int:
        return time.monotonic_ns()

    def open(self) -> None:
        """The line is open: begin."""
        self.engine.line_up(self.now())
        self.pump()

    def step(self, seconds: float = 0.0) -> list[SignallingEvent]:
        """Take what comes within so long, or what is there already, and answer it."""
        data = self.line.read(seconds)
        now = self.now()
        if data:
            self.engine.receive(data, now)
        timeout = self.engine.next_timeout()
        if timeout is not None and timeout <= now:
            self.engine.handle_timeout(now)
        return self.pump()

    def until(self, wanted: Callable[[], bool], seconds: float = 60.0) -> None:
        """Step until ``wanted()``; AssertionError with all events after so long."""
        end = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < end, f"not within {seconds} s: {self.events}"
            self.step(0.05)

    def pump(self) -> list[SignallingEvent]:
        """Send what is to be sent; what happened since."""
        found: list[SignallingEvent] = []
        while True:
            out, happened = self.engine.transmit(), self.engine.events()
            if not (out or happened):
                break
            for octets in out:
                self.line.write(self.damage(octets) if self.damage is not None else octets)
            for event in happened:
                self.happened(event)
                found.append(event)
        self.events += found
        return found

    def happened(self, event: SignallingEvent) -> None:
        """For the two kinds."""


class Pbx(FarEnd):
    """An exchange. ``lamps``: number -> on; ``invalid``, ``blocked``: numbers that are refused."""

    engine: ExchangeEngine

    def __init__(
        self,
        line: SerialLine,
        digits: tuple[int, ...] = (),
        parity: int = NO_PARITY,
        damage: Damage | None = None,
    ) -> None:
        super().__init__(line, damage)
        self.engine = ExchangeEngine(Lengths(digits), parity)
        self.lamps: dict[str, bool] = {}
        self.invalid: set[str] = set()
        self.blocked: set[str] = set()

    def call(
        self, terminal: int, kind: str = "D", forwarding: str = "", calling: str = "", desk: int = 1
    ) -> None:
        """Tell of a call on a line of the message desk; LocalError for a kind there is none of."""
        if kind not in KINDS:
            raise LocalError(f"there is no kind of call '{kind}': {', '.join(KINDS)}")
        self.engine.offer(CallHistory(desk, terminal, kind, forwarding, calling), self.now())
        self.pump()

    def happened(self, event: SignallingEvent) -> None:
        if not isinstance(event, LampWanted):
            return
        if event.number in self.invalid or event.number in self.blocked:
            self.engine.refuse(event.number, event.number in self.invalid, self.now())
        else:
            self.lamps[event.number] = event.on


class Voicemail(FarEnd):
    """A message desk. ``histories``: what it was told of calls."""

    engine: DeskEngine

    def __init__(
        self,
        line: SerialLine,
        digits: tuple[int, ...] = (),
        parity: int = NO_PARITY,
        damage: Damage | None = None,
    ) -> None:
        super().__init__(line, damage)
        times = LampTimes(SECOND // 10, 2 * SECOND, 5 * SECOND, 3)
        self.engine = DeskEngine(DeskConfig((), Lengths(digits), times, parity))
        self.histories: list[CallHistory] = []
        self.lamps: dict[str, tuple[bool, str]] = {}
        """Number -> on, and where that stands."""

    def lamp(self, number: str, on: bool) -> None:
        self.engine.set_waiting(number, on, self.now())
        self.pump()

    def happened(self, event: SignallingEvent) -> None:
        if isinstance(event, HistoryUnmatched):
            self.histories.append(event.history)
        elif isinstance(event, LampChanged):
            self.lamps[event.number] = (event.on, STATE_NAMES[event.state])


def _show(events: Iterable[SignallingEvent]) -> None:
    for event in events:
        if isinstance(event, MessageSeen):
            click.echo(f"{'->' if event.sent else '<-'} {event.text}")
        elif isinstance(event, ProtocolFault):
            click.echo(f"!! {event.kind}: {event.text} ({event.raw!r})")
        elif isinstance(event, LinkChanged):
            click.echo(f"== {event.reason}")
        elif isinstance(event, LampChanged):
            click.echo(f"== lamp of {event.number}: {STATE_NAMES[event.state]}")


def obey(end: FarEnd, command: str) -> None:
    """One line of commands; LocalError says what is wrong with it."""
    words = ["" if word == "-" else word for word in command.split()]
    if isinstance(end, Pbx) and len(words) == 5 and words[0] == "call" and words[1].isdigit():
        end.call(int(words[1]), words[2], words[3], words[4])
    elif isinstance(end, Voicemail) and len(words) == 3 and words[0] == "lamp":
        end.lamp(words[1], words[2] == "on")
    elif words:
        raise LocalError("write `call TERMINAL KIND FORWARDING CALLING`, or `lamp NUMBER on|off`")


@click.command()
@click.option("--port", required=True, help="Device, or an address of pyserial's.")
@click.option("--role", type=click.Choice(["pbx", "voicemail"]), default="pbx", show_default=True)
@click.option("--invalid", multiple=True, metavar="NUMBER", help="Refused with INV.")
@click.option("--blocked", multiple=True, metavar="NUMBER", help="Refused with BLK.")
@click.option("--raw-parity", is_flag=True, help="The port carries eight bits: parity is ours.")
@click.option("--lost", type=click.FloatRange(0, 1), default=0.0, help="Share of octets lost.")
@click.option("--doubled", type=click.FloatRange(0, 1), default=0.0, help="And doubled.")
def main(
    port: str,
    role: str,
    invalid: tuple[str, ...],
    blocked: tuple[str, ...],
    raw_parity: bool,
    lost: float,
    doubled: float,
) -> None:
    """The far end of a message desk link."""
    settings = SerialSettings(baud=1200) if raw_parity else USUAL
    parity = EVEN if raw_parity else NO_PARITY
    damage = bad_line(time.time_ns(), lost, doubled) if lost or doubled else None
    with SerialLine(port, settings) as line:
        end: FarEnd
        if role == "pbx":
            end = Pbx(line, (), parity, damage)
            end.invalid |= set(invalid)
            end.blocked |= set(blocked)
        else:
            end = Voicemail(line, (), parity, damage)
        end.open()
        _show(end.events)
        _serve(end)


def _serve(end: FarEnd) -> None:
    """Until the standard input ends."""
    commands = LineSplitter()
    while True:
        ready, _, _ = select.select([0], [], [], 0)
        if ready:
            text = os.read(0, 4096)
            if not text:
                return
            for command in commands.feed(text):
                before = len(end.events)
                try:
                    obey(end, command.decode(errors="replace"))
                except LocalError as exc:
                    click.echo(f"!! {exc}")
                _show(end.events[before:])
        _show(end.step(0.05))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
