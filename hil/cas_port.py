"""The outside end of ``cas`` ports, for a LineEngine: its signals are packets, and its actions.

A packet is ``C`` and the ABCD bits, or ``A`` and 1 to 320 octets of A-law (DESIGN.md). The far end
is the clock: a block that comes is answered with one of the same length. A line that such a port
is has bits and sound; an action that asks for loop current, ringing or pulses is a LocalError.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Final

from ..board import progress_tones
from ..errors import LocalError
from ..native.wrap import alaw_encode
from ..native.wrap_cas import ALONE, EARLY, TOGETHER, CasLines
from ..native.wrap_progress import CadenceGenerator, CadenceStep
from ..native.wrap_tones import digits as tone_digits
from ..signaling.line import LineEngine
from ..signaling.line_actions import LineAction, SendDigits, SendSteps, SendTone
from .cas_rows import CLOSED, EVENT_ROW, SAMPLE, hear, orders

MS: Final = 1_000_000
RATE: Final = 8000
ONCE_S: Final = 60
"""A tone that begins with steps that come once is made for so long, then again."""
PAUSE_S: Final = 2
"""What a comma in digits stands for."""


class CasPorts:
    """Channels ``first`` … of one engine, each on a socket. ``lockstep``: blocks are exchanged on
    all of them together, and the samples are the engine's time. ``early``: in lockstep, hear what
    the far end says before the block that answers it (one of two ends may: TD_CAS_EARLY)."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        lockstep: bool = False,
        block: int = 160,
        first: int = 1,
        early: bool = False,
    ) -> None:
        self.sockets: Final = tuple(sockets)
        self.first: Final = first
        self.lockstep: Final = lockstep
        together = ALONE if not lockstep else EARLY if early else TOGETHER
        self.lines: Final = CasLines([s.fileno() for s in sockets], block, together)
        self.closed: Final[set[int]] = set()
        """Channels whose far end has hung up."""
        self._rows: Final[list[int]] = []

    @property
    def all_closed(self) -> bool:
        """No far end is left."""
        return len(self.closed) == len(self.sockets)

    def carry_out(self, actions: list[LineAction]) -> None:
        """Do what the engine asks for, in order. LocalError: not on such a line."""
        rows = self._rows
        place = 0
        while place < len(actions):
            rows.clear()
            place = orders(actions, place, self.first, rows)
            if rows:
                self.lines.do(rows)
            if place < len(actions):
                self._sound(actions[place])
                place += 1

    def run(self, engine: LineEngine, until: int) -> int:
        """Lockstep: exchange blocks until something came or board time ``until`` (ns), and let the
        engine have it; the time now."""
        rows = self.lines.run(-(-until // SAMPLE))
        now = self.lines.heard() * SAMPLE
        if rows and hear(engine, rows, self.first, now):
            self._note_closed(rows)
        return now

    def take(self, channel: int, engine: LineEngine, now: int) -> int:
        """Read one packet of a channel: octets of speech, 0 for bits, below 0: none there."""
        n, rows = self.lines.take(channel - self.first)
        if rows and hear(engine, rows, self.first, now):
            self._note_closed(rows)
        return n

    def send(self, channel: int, octets: int, engine: LineEngine, now: int) -> None:
        """Send so much of what the channel plays."""
        rows = self.lines.send(channel - self.first, octets)
        if rows:
            hear(engine, rows, self.first, now)

    def _note_closed(self, rows: list[int]) -> None:
        for place in range(0, len(rows), EVENT_ROW):
            if rows[place] == CLOSED:
                self.closed.add(self.first + rows[place + 1])

    def _sound(self, action: LineAction) -> None:
        channel = action.channel - self.first
        if isinstance(action, SendDigits):
            pcm = _digits(action)
            self.lines.play(channel, alaw_encode(pcm), False, action.tag)
        elif isinstance(action, SendSteps):
            steps = [CadenceStep(hz, ms * RATE // 1000, dbm0) for hz, ms, dbm0 in action.steps]
            pcm = CadenceGenerator(steps, None).run(sum(s.samples for s in steps)).tobytes()
            self.lines.play(channel, alaw_encode(pcm), False, action.tag)
        elif isinstance(action, SendTone):
            self.lines.play(channel, _tone(action.country, action.name), True)
        else:
            raise LocalError(f"a cas port has bits and sound alone, not: {action.text}")


def _digits(action: SendDigits) -> bytes:
    on = (action.on_ms or 70) / 1000
    off = (action.off_ms or 70) / 1000
    parts = [
        tone_digits(action.kind, part, level_dbm0=action.level_dbm0, on=on, off=off)
        for part in action.digits.split(",")
    ]
    return bytes(2 * RATE * PAUSE_S).join(parts)


def _tone(country: str, name: str) -> bytes:
    """A country's tone for as long as it takes to come round."""
    tone = progress_tones.cadence(country, name)
    steps = [CadenceStep(*step) for step in tone.steps]
    once = sum(step.samples for step in steps)
    length = once if tone.repeat_from == 0 and steps[-1].samples else ONCE_S * RATE
    return alaw_encode(CadenceGenerator(steps, tone.repeat_from).run(length).tobytes())
