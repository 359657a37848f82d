"""A call script on any engine: places or takes calls, clears them, and counts what became of them.

Without I/O, like the engines: ``trunkd peer`` and the benchmarks feed it frames and time. What
happens is told to a Reporter; events, their fields and their order are those of ``trunkd peer``.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

from ..errors import LocalError
from .call import (
    ORDINARY_SUBSCRIBER,
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

CALL_REJECTED: Final = 21
INVALID_NUMBER_FORMAT: Final = 28
"""Causes of Q.850 that the script gives by itself."""

_MS: Final = 1_000_000
_S: Final = 1_000_000_000
RETRY: Final = 100 * _MS
"""When a call could not be placed the next attempt waits this long (ns)."""
NEVER: Final = 1 << 62


class Script:
    """What is to be done; the options of ``trunkd peer``. Times in ms.

    ``answer``: takes calls, else places them. ``calls`` 0 with ``answer``: no end. ``rate``: new
    calls a second, 0: as fast as allowed. ``overlap``: digits in the first message, 0 for all.
    ``min_digits``: digits an incoming call must have. ``reject`` 0: incoming calls are answered.
    ``drop_ms`` -1: the answering side leaves clearing to the far end. ``category`` (Q.763 3.11) of
    the calls placed; not -1: that of each call is told, too.
    """

    def __init__(
        self,
        answer: bool = False,
        calls: int = 1,
        conc: int = 1,
        rate: float = 0.0,
        hold_ms: int = 0,
        called: str = "5551000",
        calling: str = "5550000",
        overlap: int = 0,
        min_digits: int = 0,
        cause: int = 16,
        reject: int = 0,
        drop_ms: int = -1,
        restart: bool = False,
        expect_reject: bool = False,
        category: int = -1,
    ) -> None:
        self.answer: Final = answer
        self.calls: Final = calls
        self.conc: Final = conc
        self.rate: Final = rate
        self.hold_ms: Final = hold_ms
        self.called: Final = called
        self.calling: Final = calling
        self.overlap: Final = overlap
        self.min_digits: Final = min_digits
        self.cause: Final = cause
        self.reject: Final = reject
        self.drop_ms: Final = drop_ms
        self.restart: Final = restart
        self.expect_reject: Final = expect_reject
        self.category: Final = category


class Reporter(Protocol):
    """Who is told what happens."""

    def say(self, event: str, now: int, fields: dict[str, object]) -> None:
        """One event at board time ``now``."""


class ScriptCall:
    """A call as the script sees it."""

    __slots__ = ("called", "calling", "category", "clearing", "connected", "outgoing", "wanted")

    def __init__(self, outgoing: bool, called: str, calling: str, category: int) -> None:
        self.category: Final = category
        self.outgoing: Final = outgoing
        self.called: str = called
        self.calling: Final = calling
        self.connected: bool = False
        self.clearing: bool = False
        self.wanted: bool = False
        """The receiving side asked for digits: they follow one by one."""


class CallScript:
    """Runs a Script on an engine: ``serve`` after each thing the engine was given.

    ``reporter`` None: nobody wants to be told.
    """

    def __init__(
        self, script: Script, engine: SignallingEngine, reporter: Reporter | None = None
    ) -> None:
        self.script: Final = script
        self.engine: Final = engine
        self.reporter: Final = reporter
        self.quiet: Final = reporter is None
        self.calls: Final[dict[int, ScriptCall]] = {}
        self.up: bool = False
        self.restarting: bool = script.restart
        self.restart_asked: bool = False
        self.hangups: Final[deque[tuple[int, int]]] = deque()
        """(time, call): the hold time is the same for all, so the order is that of time."""
        self.next_place: int = 0
        self.interval: Final = int(_S / script.rate) if script.rate > 0 else 0
        overlap = 0 < script.overlap < len(script.called)
        self.complete: Final = not overlap
        self.first: Final = script.overlap if overlap else len(script.called)
        self.request: Final = CallRequest(
            PartyNumber(script.called[: self.first]),
            PartyNumber(script.calling) if script.calling else None,
            complete=self.complete,
            category=script.category if script.category >= 0 else ORDINARY_SUBSCRIBER,
        )
        self.to_place: int = 0 if script.answer else script.calls
        self.placed: int = 0
        self.offered: int = 0
        self.connected: int = 0
        self.released: int = 0
        self.failed: int = 0
        self.errors: int = 0

    def serve(self, now: int) -> None:
        """Take the engine's events and do what they and the time call for."""
        while True:
            for event in self.engine.events():
                try:
                    self._react(event, now)
                except LocalError as error:
                    self._local_error(error, now)
            if not self._act(now):
                return

    def feed(self, frames: list[bytes], now: int) -> list[bytes]:
        """Give the engine frames, let the script act; the frames that are to go out."""
        engine = self.engine
        for frame in frames:
            engine.receive(frame, now)
        self.serve(now)
        return engine.transmit()

    def next_due(self) -> int | None:
        """When ``serve`` wants to be called again; None: only after the engine was given more."""
        due = self.hangups[0][0] if self.hangups else NEVER
        if self.next_place < due and self._may_place():
            due = self.next_place
        return None if due == NEVER else due

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

    def totals(self) -> dict[str, object]:
        """The counters of a summary."""
        return {
            "placed": self.placed,
            "offered": self.offered,
            "connected": self.connected,
            "released": self.released,
            "failed": self.failed,
            "errors": self.errors,
        }

    # What is due

    def _act(self, now: int) -> bool:
        """Restart, clear and place what is due; True when the engine was given something."""
        acted = False
        if self.restarting and self.up and not self.restart_asked:
            self.restart_asked = acted = True
            self.engine.restart((), now)
        while self.hangups and self.hangups[0][0] <= now:
            acted = True
            try:
                self._clear(self.hangups.popleft()[1], self.script.cause, now)
            except LocalError as error:
                self._local_error(error, now)
        while self.to_place and self.next_place <= now and self._may_place():
            self._place(now)
            acted = True
        return acted

    def _may_place(self) -> bool:
        return (
            self.to_place > 0
            and len(self.calls) < self.script.conc
            and self.up
            and not self.restarting
        )

    def _place(self, now: int) -> None:
        script = self.script
        try:
            call = self.engine.place(self.request, now)
        except LocalError as error:
            self._local_error(error, now)
            self.next_place = now + RETRY
            return
        self.calls[call] = ScriptCall(True, script.called, script.calling, self.request.category)
        self.placed += 1
        self.to_place -= 1
        if self.interval:
            self.next_place = now + self.interval
        if not self.quiet:
            self._say_numbers("placed", call, 0, self.complete, now)

    def _clear(self, call: int, cause: int, now: int) -> None:
        known = self.calls.get(call)
        if known is None or known.clearing:
            return
        known.clearing = True
        self.engine.clear(call, cause, now)

    def _local_error(self, error: LocalError, now: int) -> None:
        self.errors += 1
        self._say("fault", now, {"kind": "local", "text": str(error)})

    # What the engine reports

    def _react(self, event: SignallingEvent, now: int) -> None:
        if isinstance(event, CallReleased):
            self._on_released(event, now)
        elif isinstance(event, CallConnected):
            self._on_connected(event, now)
        elif isinstance(event, ChannelChanged):
            if event.state >= 2:
                self._say("channel", now, {"channel": event.channel, "state": event.state})
        elif isinstance(event, CallOffered):
            self._on_offered(event, now)
        elif isinstance(event, CallDisconnected):
            self._on_disconnected(event, now)
        elif isinstance(event, CallProceeding):
            self._say_call("proceeding", event.call, event.channel, now)
        elif isinstance(event, CallAlerting):
            self._say_call("alerting", event.call, event.channel, now)
        elif isinstance(event, CallProgressed):
            self._say_call("progress", event.call, 0, now)
        elif isinstance(event, DigitsReceived):
            self._on_digits(event, now)
        elif isinstance(event, MoreDigitsWanted):
            self._on_more_digits(event, now)
        else:
            self._react_of_link(event, now)

    def _react_of_link(self, event: SignallingEvent, now: int) -> None:
        if isinstance(event, RestartDone):
            if event.local and self.restarting:
                self.restarting = self.restart_asked = not event.ok
            self._say(
                "restart",
                now,
                {"channels": event.channels, "local": event.local, "ok": event.ok},
            )
        elif isinstance(event, LinkChanged):
            self.up = event.up
            self._say("link", now, {"up": event.up, "reason": event.reason})
        elif isinstance(event, ProtocolFault):
            self.errors += 1
            self._say("fault", now, {"kind": event.kind, "text": event.text})

    def _on_offered(self, event: CallOffered, now: int) -> None:
        request = event.request
        calling = request.calling.digits if request.calling is not None else ""
        self.offered += 1
        known = ScriptCall(False, request.called.digits, calling, request.category)
        self.calls[event.call] = known
        if not self.quiet:
            self._say_numbers("offered", event.call, event.channel, request.complete, now)
        if self.script.answer:
            self._consider(event.call, known, request.complete, now)
        else:
            self._clear(event.call, CALL_REJECTED, now)

    def _on_digits(self, event: DigitsReceived, now: int) -> None:
        known = self.calls.get(event.call)
        if known is None or known.clearing or known.connected:
            return
        known.called += event.digits
        if not self.quiet:
            self._say_numbers("digits", event.call, 0, event.complete, now)
        if self.script.answer:
            self._consider(event.call, known, event.complete, now)

    def _consider(self, call: int, known: ScriptCall, complete: bool, now: int) -> None:
        """Accept the call once it has the digits it needs."""
        script = self.script
        engine = self.engine
        if len(known.called) < script.min_digits:
            if complete:
                self._clear(call, INVALID_NUMBER_FORMAT, now)
            elif not known.wanted:
                known.wanted = True
                engine.want_digits(call, now)
        elif script.reject:
            self._clear(call, script.reject, now)
        else:
            engine.proceed(call, now)
            engine.alert(call, False, now)
            engine.answer(call, now)

    def _on_more_digits(self, event: MoreDigitsWanted, now: int) -> None:
        known = self.calls.get(event.call)
        self._say_call("more_digits", event.call, event.channel, now)
        if known is None or known.clearing or known.wanted or self.complete:
            return
        known.wanted = True
        last = len(self.script.called) - 1
        for place in range(self.first, last + 1):
            self.engine.send_digits(event.call, self.script.called[place], place == last, now)

    def _on_connected(self, event: CallConnected, now: int) -> None:
        known = self.calls.get(event.call)
        if known is None:
            return
        known.connected = True
        self.connected += 1
        self._say_call("connected", event.call, event.channel, now)
        after = self.script.hold_ms if known.outgoing else self.script.drop_ms
        if after > 0:
            self.hangups.append((now + after * _MS, event.call))
        elif after == 0:
            self._clear(event.call, self.script.cause, now)

    def _on_disconnected(self, event: CallDisconnected, now: int) -> None:
        if not self.quiet:
            self._say("disconnected", now, {"call": event.call, "channel": 0, "cause": event.cause})
        self._clear(event.call, event.cause, now)

    def _on_released(self, event: CallReleased, now: int) -> None:
        known = self.calls.get(event.call)
        if known is None:
            return
        del self.calls[event.call]
        self.released += 1
        refused = self.script.expect_reject if known.outgoing else self.script.reject != 0
        if known.connected == refused:
            self.failed += 1
        if not self.quiet:
            fields: dict[str, object] = {
                "call": event.call,
                "channel": event.channel,
                "cause": event.cause,
                "local": event.local,
                "connected": known.connected,
            }
            self._say("released", now, fields)

    # Telling

    def _say_call(self, name: str, call: int, channel: int, now: int) -> None:
        if not self.quiet:
            self._say(name, now, {"call": call, "channel": channel})

    def _say_numbers(self, name: str, call: int, channel: int, complete: bool, now: int) -> None:
        known = self.calls[call]
        fields: dict[str, object] = {
            "call": call,
            "channel": channel,
            "called": known.called,
            "calling": known.calling,
            "complete": complete,
        }
        if self.script.category >= 0:
            fields["category"] = known.category
        self._say(name, now, fields)

    def _say(self, name: str, now: int, fields: dict[str, object]) -> None:
        if self.reporter is not None:
            self.reporter.say(name, now, fields)
