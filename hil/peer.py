"""One end of a signalling stack as a protocol peer for any laboratory: the call script.

The engine is any ``SignallingEngine``, the wire a SOCK_SEQPACKET descriptor that carries one frame
without FCS a packet. What happens is told as one JSON object a line, the last one a summary.
``trunkd peer pri`` is the first user; SS7 and MFC-R2 come with the same script.
"""

from __future__ import annotations

import resource
from collections import deque
from dataclasses import dataclass
from typing import IO, Any, Final

import msgspec

from ..board.clock import MILLISECOND, SECOND, RealClock
from ..errors import LocalError
from ..signaling.call import (
    CallAlerting,
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallProceeding,
    CallProgressed,
    CallReleased,
    CallRequest,
    ChannelChanged,
    DigitsReceived,
    LinkChanged,
    MoreDigitsWanted,
    PartyNumber,
    ProtocolFault,
    RestartDone,
    SignallingEngine,
    SignallingEvent,
)
from .packets import PacketWire

CALL_REJECTED: Final = 21
INVALID_NUMBER_FORMAT: Final = 28
"""Causes of Q.850 that the script gives by itself."""
RETRY: Final = 100 * MILLISECOND
"""When a call could not be placed (no free channel) the next attempt waits this long."""


@dataclass(frozen=True)
class Script:
    """What the peer does; the options of ``trunkd peer``. Times in ms, ``timeout`` in s.

    ``answer``: takes calls, else places them. ``calls`` 0 with ``answer``: until the far end hangs
    up. ``rate`` 0: as fast as allowed. ``overlap``: digits in the first message, 0 for all.
    ``min_digits``: digits an incoming call must have. ``reject`` 0: incoming calls are answered.
    ``drop_ms`` -1: the answering side leaves clearing to the far end. ``timeout`` 0: none.
    """

    answer: bool = False
    calls: int = 1
    conc: int = 1
    rate: float = 0.0
    hold_ms: int = 0
    called: str = "5551000"
    calling: str = "5550000"
    overlap: int = 0
    min_digits: int = 0
    cause: int = 16
    reject: int = 0
    drop_ms: int = -1
    restart: bool = False
    expect_reject: bool = False
    timeout: float = 60.0


class Reporter:
    """Writes one JSON object a line. ``quiet``: only the summary is wanted.

    Times are wall clock, ns since 1970.
    """

    def __init__(self, out: IO[bytes], clock: RealClock, quiet: bool = False) -> None:
        self.out: Final = out
        self.clock: Final = clock
        self.quiet: Final = quiet
        self._encode: Final = msgspec.json.Encoder().encode

    def say(self, event: str, now: int, **fields: Any) -> None:
        """One line: the event's name, its time, then ``fields`` in their order."""
        line = {"event": event, "time": self.clock.wall(now), **fields}
        self.out.write(self._encode(line) + b"\n")

    def flush(self) -> None:
        """Let a reader see what was said, before the peer waits."""
        self.out.flush()


class PeerCall:
    """A call as the script sees it."""

    __slots__ = ("called", "calling", "clearing", "connected", "outgoing", "wanted")

    def __init__(self, outgoing: bool, called: str, calling: str) -> None:
        self.outgoing: Final = outgoing
        self.called = called
        self.calling: Final = calling
        self.connected = False
        self.clearing = False
        self.wanted = False
        """SETUP ACKNOWLEDGE was sent or received: digits follow one by one."""


class CallScript:
    """Runs a Script on an engine: ``serve`` after each thing the engine was given.

    ``next_due`` is when ``serve`` wants to be called again, in board time, None for never.
    """

    def __init__(self, script: Script, engine: SignallingEngine, reporter: Reporter) -> None:
        self.script: Final = script
        self.engine: Final = engine
        self.reporter: Final = reporter
        self.quiet: Final = reporter.quiet
        self.calls: Final[dict[int, PeerCall]] = {}
        self.up = False
        self.restarting = script.restart
        self._restart_asked = False
        self._hangups: Final[deque[tuple[int, int]]] = deque()
        """(time, call): the hold time is the same for all, so the order is that of time."""
        self._next_place = 0
        self._interval: Final = int(SECOND / script.rate) if script.rate > 0 else 0
        overlap = 0 < script.overlap < len(script.called)
        self._complete: Final = not overlap
        self._first: Final = script.overlap if overlap else len(script.called)
        self._request: Final = CallRequest(
            PartyNumber(script.called[: self._first]),
            PartyNumber(script.calling) if script.calling else None,
            complete=self._complete,
        )
        self.placed = 0
        self.offered = 0
        self.connected = 0
        self.released = 0
        self.failed = 0
        self.errors = 0
        self._react: Final = {
            CallOffered: self._on_offered,
            DigitsReceived: self._on_digits,
            MoreDigitsWanted: self._on_more_digits,
            CallConnected: self._on_connected,
            CallDisconnected: self._on_disconnected,
            CallReleased: self._on_released,
            RestartDone: self._on_restart,
            LinkChanged: self._on_link,
            ProtocolFault: self._on_fault,
        }
        if not self.quiet:
            self._react[ChannelChanged] = self._on_channel
            for stage in STAGES:
                self._react.setdefault(stage, self._on_stage)

    # What the loop asks

    def serve(self, now: int) -> None:
        """Take the engine's events and do what they and the time call for."""
        react = self._react
        acted = True
        while acted:
            for event in self.engine.events():
                handler = react.get(type(event))
                if handler is not None:
                    try:
                        handler(event, now)
                    except LocalError as error:
                        self._local_error(error, now)
            acted = self._act(now)

    def next_due(self) -> int | None:
        """When the script wants to act next; None when it only waits for the far end."""
        due = self._hangups[0][0] if self._hangups else None
        if self._may_place() and (due is None or self._next_place < due):
            due = self._next_place
        return due

    def finished(self) -> bool:
        """All that was to happen has happened."""
        if self.calls or self.restarting:
            return False
        if self.script.answer:
            return 0 < self.script.calls <= self.offered
        return self.placed >= self.script.calls

    def good(self) -> bool:
        """All calls ended as expected."""
        if self.failed or self.calls or self.released != self.placed + self.offered:
            return False
        if self.script.answer:
            return self.offered >= self.script.calls
        return self.placed == self.script.calls

    def summary(self, now: int, timed_out: bool) -> None:
        """The last line."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.reporter.say(
            "summary",
            now,
            placed=self.placed,
            offered=self.offered,
            connected=self.connected,
            released=self.released,
            failed=self.failed,
            errors=self.errors,
            cpu_s=round(usage.ru_utime + usage.ru_stime, 6),
            active=len(self.calls),
            timed_out=timed_out,
        )

    # What is due

    def _act(self, now: int) -> bool:
        """Restart, clear and place what is due; True when the engine was given something."""
        acted = False
        if self.restarting and self.up and not self._restart_asked:
            self._restart_asked = acted = True
            self.engine.restart((), now)
        hangups = self._hangups
        while hangups and hangups[0][0] <= now:
            acted = True
            try:
                self._clear(hangups.popleft()[1], self.script.cause, now)
            except LocalError as error:
                self._local_error(error, now)
        while self._may_place() and self._next_place <= now:
            self._place(now)
            acted = True
        return acted

    def _may_place(self) -> bool:
        script = self.script
        return (
            not script.answer
            and self.placed < script.calls
            and len(self.calls) < script.conc
            and self.up
            and not self.restarting
        )

    def _place(self, now: int) -> None:
        script = self.script
        try:
            call = self.engine.place(self._request, now)
        except LocalError as error:
            self._local_error(error, now)
            self._next_place = now + RETRY
            return
        self.calls[call] = PeerCall(True, script.called, script.calling)
        self.placed += 1
        if self._interval:
            self._next_place = now + self._interval
        if not self.quiet:
            self._say_numbers("placed", call, 0, self._complete, now)

    def _clear(self, call: int, cause: int, now: int) -> None:
        peer = self.calls.get(call)
        if peer is None or peer.clearing:
            return
        peer.clearing = True
        self.engine.clear(call, cause, now)

    def _local_error(self, error: LocalError, now: int) -> None:
        self.errors += 1
        if not self.quiet:
            self.reporter.say("fault", now, kind="local", text=str(error))

    # What the engine reports

    def _on_offered(self, event: Any, now: int) -> None:
        request: CallRequest = event.request
        call: int = event.call
        calling = request.calling.digits if request.calling else ""
        self.offered += 1
        peer = self.calls[call] = PeerCall(False, request.called.digits, calling)
        if not self.quiet:
            self._say_numbers("offered", call, event.channel, request.complete, now)
        if self.script.answer:
            self._consider(call, peer, request.complete, now)
        else:
            self._clear(call, CALL_REJECTED, now)

    def _on_digits(self, event: Any, now: int) -> None:
        peer = self.calls.get(event.call)
        if peer is None or peer.clearing or peer.connected:
            return
        peer.called += event.digits
        if not self.quiet:
            self._say_numbers("digits", event.call, 0, event.complete, now)
        if self.script.answer:
            self._consider(event.call, peer, event.complete, now)

    def _consider(self, call: int, peer: PeerCall, complete: bool, now: int) -> None:
        """Accept the call once it has the digits it needs."""
        script = self.script
        engine = self.engine
        if len(peer.called) < script.min_digits:
            if complete:
                self._clear(call, INVALID_NUMBER_FORMAT, now)
            elif not peer.wanted:
                peer.wanted = True
                engine.want_digits(call, now)
        elif script.reject:
            self._clear(call, script.reject, now)
        else:
            engine.proceed(call, now)
            engine.alert(call, False, now)
            engine.answer(call, now)

    def _on_more_digits(self, event: Any, now: int) -> None:
        peer = self.calls.get(event.call)
        if not self.quiet:
            self._on_stage(event, now)
        if peer is None or peer.clearing or peer.wanted or self._complete:
            return
        peer.wanted = True
        digits = self.script.called[self._first :]
        for place, digit in enumerate(digits, 1):
            self.engine.send_digits(event.call, digit, place == len(digits), now)

    def _on_stage(self, event: Any, now: int) -> None:
        channel = getattr(event, "channel", 0)
        self.reporter.say(STAGES[type(event)], now, call=event.call, channel=channel)

    def _on_connected(self, event: Any, now: int) -> None:
        call: int = event.call
        peer = self.calls.get(call)
        if peer is None:
            return
        peer.connected = True
        self.connected += 1
        if not self.quiet:
            self.reporter.say("connected", now, call=call, channel=event.channel)
        after = self.script.hold_ms if peer.outgoing else self.script.drop_ms
        if after > 0:
            self._hangups.append((now + after * MILLISECOND, call))
        elif after == 0:
            self._clear(call, self.script.cause, now)

    def _on_disconnected(self, event: Any, now: int) -> None:
        if not self.quiet:
            self.reporter.say("disconnected", now, call=event.call, channel=0, cause=event.cause)
        self._clear(event.call, event.cause, now)

    def _on_released(self, event: Any, now: int) -> None:
        peer = self.calls.pop(event.call, None)
        if peer is None:
            return
        self.released += 1
        refused = self.script.expect_reject if peer.outgoing else self.script.reject != 0
        if peer.connected == refused:
            self.failed += 1
        if not self.quiet:
            self.reporter.say(
                "released",
                now,
                call=event.call,
                channel=event.channel,
                cause=event.cause,
                local=event.local,
                connected=peer.connected,
            )

    def _on_restart(self, event: Any, now: int) -> None:
        if event.local and self.restarting:
            self.restarting = self._restart_asked = not event.ok
        if not self.quiet:
            self.reporter.say(
                "restart", now, channels=event.channels, local=event.local, ok=event.ok
            )

    def _on_channel(self, event: Any, now: int) -> None:
        if event.state >= 2:
            self.reporter.say("channel", now, channel=event.channel, state=event.state)

    def _on_link(self, event: Any, now: int) -> None:
        self.up = event.up
        if not self.quiet:
            self.reporter.say("link", now, up=event.up, reason=event.reason)

    def _on_fault(self, event: Any, now: int) -> None:
        self.errors += 1
        if not self.quiet:
            self.reporter.say("fault", now, kind=event.kind, text=event.text)

    def _say_numbers(self, name: str, call: int, channel: int, complete: bool, now: int) -> None:
        peer = self.calls[call]
        self.reporter.say(
            name,
            now,
            call=call,
            channel=channel,
            called=peer.called,
            calling=peer.calling,
            complete=complete,
        )


STAGES: Final[dict[type[SignallingEvent], str]] = {
    MoreDigitsWanted: "more_digits",
    CallProceeding: "proceeding",
    CallAlerting: "alerting",
    CallProgressed: "progress",
}


QUIET: Final = 1500 * MILLISECOND
"""No timer of the engine this near: nothing that was sent waits for its acknowledgement (T200 of
Q.921 is 1 s, T203 of an idle link 10 s)."""


def run_peer(
    script: Script,
    engine: SignallingEngine,
    wire: PacketWire,
    reporter: Reporter,
) -> int:
    """Run the script to its end, the far end's hang-up or the time-out; the exit code.

    0: all calls ended as expected; 1: not so; 2: out of time. Afterwards what was sent last has
    been acknowledged, so that the far end ends as well as we do.
    """
    clock = reporter.clock
    runner = CallScript(script, engine, reporter)
    now = clock.now()
    end = now + int(script.timeout * SECOND) if script.timeout else None
    timed_out = False
    engine.start(now)
    while True:
        runner.serve(now)
        wire.transmit(engine.transmit())
        if wire.closed:
            break
        timer = engine.next_timeout()
        if runner.finished() and (timer is None or timer > now + QUIET):
            break
        if end is not None and now >= end:
            timed_out = True
            break
        due = earliest(timer, runner.next_due(), end)
        frames = wire.receive()
        if not frames and not wire.closed:
            reporter.flush()
            wire.wait(None if due is None else max(0, due - clock.now()))
            frames = wire.receive()
        now = clock.now()
        for frame in frames:
            engine.receive(frame, now)
        if timer is not None and timer <= now:
            engine.handle_timeout(now)
    runner.summary(now, timed_out)
    reporter.flush()
    if timed_out:
        return 2
    return 0 if runner.good() else 1


def earliest(*times: int | None) -> int | None:
    """The least of those that are not None."""
    return min((t for t in times if t is not None), default=None)
