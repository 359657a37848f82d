"""One end of a signalling stack as a protocol peer for any laboratory: the loop around a script.

The engine is any ``SignallingEngine``, the wire a SOCK_SEQPACKET descriptor that carries one frame
without FCS a packet. What happens is told as one JSON object a line, the last one a summary.
``trunkd peer pri`` is the first user; SS7 and MFC-R2 come with the same loop.
"""

from __future__ import annotations

import resource
from typing import IO, Final

import msgspec

from ..board.clock import MILLISECOND, SECOND, Clock, RealClock
from ..signaling.call import SignallingEngine
from ..signaling.script import CallScript, Script
from .packets import PacketWire

QUIET: Final = 1500 * MILLISECOND
"""No timer of the engine this near: nothing that was sent waits for its acknowledgement (T200 of
Q.921 is 1 s, T203 of an idle link 10 s)."""
LOOK: Final = MILLISECOND
"""While frames keep coming, timers are looked at this often."""


class JsonLines:
    """A Reporter that writes one JSON object a line. Times are wall clock, ns since 1970."""

    def __init__(self, out: IO[bytes], clock: Clock) -> None:
        self._out: Final = out
        self._clock: Final = clock
        self._encode: Final = msgspec.json.Encoder().encode

    def say(self, event: str, now: int, fields: dict[str, object]) -> None:
        """One line: the event's name, its time, then ``fields`` in their order."""
        line = {"event": event, "time": self._clock.wall(now), **fields}
        self._out.write(self._encode(line) + b"\n")

    def flush(self) -> None:
        """Let a reader see what was said, before the peer waits."""
        self._out.flush()


class Peer:
    """Runs ``script`` on ``engine`` over ``wire``. ``quiet``: only the summary is told."""

    def __init__(
        self,
        script: Script,
        engine: SignallingEngine,
        wire: PacketWire,
        out: IO[bytes],
        quiet: bool = False,
    ) -> None:
        self.clock: Final = RealClock()
        self.lines: Final = JsonLines(out, self.clock)
        self.engine: Final = engine
        self.wire: Final = wire
        self.calls: Final = CallScript(script, engine, None if quiet else self.lines)

    def run(self, timeout: float = 0.0) -> int:
        """Run to the script's end, the far end's hang-up or for ``timeout`` s; the exit code.

        0: all calls ended as expected; 1: not so; 2: out of time. Afterwards what was sent last
        has been acknowledged, so that the far end ends as well as we do.
        """
        used = cpu_s()
        now = self.clock.now()
        end = now + int(timeout * SECOND) if timeout else None
        self.engine.start(now)
        self.wire.transmit(self.calls.feed([], now))
        timed_out = False
        while not self.wire.closed:
            self.wire.exchange(self.calls.feed, now + LOOK)
            now = self.clock.now()
            if self._through(now):
                break
            if end is not None and now >= end:
                timed_out = True
                break
            due = earliest(self.engine.next_timeout(), self.calls.next_due(), end)
            if due is None or due > now:
                self.lines.flush()
                self.wire.wait(None if due is None else due - now)
                now = self.clock.now()
            else:
                self.engine.handle_timeout(now)
                self.wire.transmit(self.calls.feed([], now))
        self._summary(timed_out, cpu_s() - used)
        if timed_out:
            return 2
        return 0 if self.calls.good() else 1

    def _through(self, now: int) -> bool:
        if not self.calls.finished():
            return False
        timer = self.engine.next_timeout()
        return timer is None or timer > now + QUIET

    def _summary(self, timed_out: bool, used: float) -> None:
        fields = self.calls.totals()
        fields["cpu_s"] = round(used, 6)
        fields["active"] = len(self.calls.calls)
        fields["timed_out"] = timed_out
        self.lines.say("summary", self.clock.now(), fields)
        self.lines.flush()


def cpu_s() -> float:
    """CPU time of this process so far, s."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def earliest(*times: int | None) -> int | None:
    """The least of those that are not None."""
    return min((t for t in times if t is not None), default=None)
