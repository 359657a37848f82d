"""The loop of a peer on ``cas`` ports: a call script on a LineEngine, in lockstep or in real time.

In lockstep blocks are exchanged as fast as both ends can, and the engine's time is the samples
heard. In real time the far end is the clock: what comes is answered, but nobody gets more than a
line would carry, so two ends that both only answer run at the line's pace, too; and a far end that
says nothing is sent blocks by our own clock.
"""

from __future__ import annotations

import select
import time
from typing import Final, cast

from ..board.clock import MILLISECOND, SECOND, Clock, RealClock, VirtualClock
from ..signaling.call import SignallingEngine
from ..signaling.line import LineEngine
from ..signaling.script import CallScript, Reporter, Script
from .cas_port import CasPorts
from .cas_rows import SAMPLE
from .peer import JsonLines, cpu_s, earliest

LINGER: Final = SECOND
"""After the last call the line is kept up: the far end has to see our bits for long enough."""
LOOK: Final = SECOND
"""Board time after which lockstep looks at the real clock, at the latest."""
LONGEST: Final = 320
"""Octets of a packet, at most."""
AHEAD: Final = 60 * MILLISECOND
"""How far a channel may get ahead of the clock: the far end may send in bursts."""
DRIFT: Final = 100
"""A far end's clock may be faster than ours by one in so many."""
SETTLE: Final = 250 * MILLISECOND
"""Both ends show idle for so long before the first call: who has just come sees no seizing else."""
SILENT: Final = 200 * MILLISECOND
"""A far end that has said nothing for so long gets blocks by our clock."""


class Pace:
    """How much one channel is to send, and when. Times in ns, lengths in octets (125 us each)."""

    def __init__(self, now: int, block: int) -> None:
        self.block: Final = block
        self.owed = block
        """To be sent: what was heard, and one block more for a start."""
        self._sent_to = now
        """Board time up to which we have sent."""
        self._heard = now

    def heard(self, octets: int, now: int) -> None:
        """So much came: as much is owed."""
        self.owed += octets
        self._heard = now

    def due(self, now: int) -> int:
        """Octets to be sent now, 0: none. They count as sent."""
        silent = now >= self._heard + SILENT and now >= self._sent_to
        if silent and not self.owed:
            self.owed = self.block
            self._sent_to = now
        octets = min(self.owed, LONGEST)
        if not octets or self._sent_to > now + AHEAD:
            return 0
        self.owed -= octets
        length = octets * SAMPLE
        self._sent_to = max(self._sent_to, now - AHEAD) + length - length // DRIFT
        return octets

    def next(self) -> int:
        """When ``due`` may have something, if nothing comes."""
        if self.owed:
            return self._sent_to - AHEAD
        return max(self._heard + SILENT, self._sent_to)


class CasPeer:
    """Runs ``script`` on ``engine`` over ``ports``. ``quiet``: only the summary is told. ``block``:
    octets that a real-time channel sends on its own."""

    def __init__(
        self,
        script: Script,
        engine: LineEngine,
        ports: CasPorts,
        lines: JsonLines,
        quiet: bool = False,
        block: int = 160,
    ) -> None:
        self.engine: Final = engine
        self.ports: Final = ports
        self.lines: Final = lines
        self.block: Final = block
        reporter: Reporter | None = None if quiet else lines
        # A LineEngine takes the same requests; what it is told by is the ports' business.
        self.calls: Final = CallScript(script, cast(SignallingEngine, engine), reporter)
        self.calls.up = True
        self.timed_out = False
        self._through: int | None = None
        """When the script was through."""

    def run(self, timeout: float = 0.0) -> int:
        """Run to the script's end, the far ends' hang-up or for ``timeout`` s of real time; the
        exit code: 0 all calls ended as expected, 1 not so, 2 out of time."""
        used = cpu_s()
        end = time.monotonic_ns() + int(timeout * SECOND) if timeout else None
        now = self._lockstep(end) if self.ports.lockstep else self._real_time(end)
        if not self.timed_out:
            self._after_hang_up(now)
        fields = self.calls.totals()
        fields["cpu_s"] = round(cpu_s() - used, 6)
        fields["active"] = len(self.calls.calls)
        fields["timed_out"] = self.timed_out
        self.lines.say("summary", now, fields)
        self.lines.flush()
        if self.timed_out:
            return 2
        return 0 if self.calls.good() else 1

    def begin(self, now: int) -> None:
        """The engine's start, at this time."""
        self.engine.start(now)
        self.calls.next_place = now + SETTLE
        self.serve(now)

    def serve(self, now: int) -> None:
        """Let due timers expire and the script act, and do what the engine asks for."""
        engine = self.engine
        timer = engine.next_timeout()
        if timer is not None and timer <= now:
            engine.handle_timeout(now)
        self.calls.serve(now)
        actions = engine.transmit()
        if actions:
            self.ports.carry_out(actions)

    def _done(self, now: int, end: int | None) -> bool:
        """The script was through a while ago, or there is no time left."""
        if not self.calls.finished():
            self._through = None
        elif self._through is None:
            self._through = now
        elif now >= self._through + LINGER:
            return True
        self.timed_out = end is not None and time.monotonic_ns() >= end
        return self.timed_out

    def _lockstep(self, end: int | None) -> int:
        engine = self.engine
        calls = self.calls
        ports = self.ports
        self.begin(0)
        now = 0
        while not ports.all_closed and not self._done(now, end):
            due = earliest(engine.next_timeout(), calls.next_due())
            now = ports.run(engine, now + LOOK if due is None else min(due, now + LOOK))
            self.serve(now)
        return now

    def _real_time(self, end: int | None) -> int:
        clock = time.monotonic_ns
        ports = self.ports
        now = clock()
        poll = select.poll()
        channels = {}
        for channel, sock in enumerate(ports.sockets, ports.first):
            poll.register(sock, select.POLLIN)
            channels[sock.fileno()] = channel
        paces = {channel: Pace(now, self.block) for channel in channels.values()}
        self.begin(now)
        while not ports.all_closed and not self._done(now, end):
            self.lines.flush()
            wake = min(now + LOOK, *(paces[c].next() for c in channels.values()))
            due = earliest(self.engine.next_timeout(), self.calls.next_due(), end)
            wake = wake if due is None else min(wake, due)
            ready = poll.poll(max(0, -(-(wake - clock()) // MILLISECOND)))
            now = clock()
            for fd, _ in ready:
                self._read(channels[fd], paces[channels[fd]], now)
                if channels[fd] in ports.closed:
                    poll.unregister(fd)
                    del channels[fd]
            for channel in channels.values():
                octets = paces[channel].due(now)
                if octets:
                    ports.send(channel, octets, self.engine, now)
            self.serve(now)
        return now

    def _read(self, channel: int, pace: Pace, now: int) -> None:
        """All that has come on a channel."""
        while True:
            octets = self.ports.take(channel, self.engine, now)
            if octets < 0:
                return
            if octets:
                pace.heard(octets, now)
            self.serve(now)

    def _after_hang_up(self, now: int) -> None:
        """A far end that has gone after its last bits: timers that wait for them to last."""
        end = now + LINGER
        while not self.calls.finished() or self.calls.calls:
            due = self.engine.next_timeout()
            if due is None or due > end:
                return
            self.serve(max(now, due))


def clock_of(lockstep: bool) -> Clock:
    """What times are told by: wall clock; in lockstep as if samples had taken their time."""
    return VirtualClock(epoch=time.time_ns()) if lockstep else RealClock()
