"""What an engine reports of its trunk: channels, restarts, the link, faults of the far end."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Final

from ..board.clock import SECOND
from ..errors import LocalError
from ..signaling import call as neutral
from . import events
from .calls import Call
from .config import TrunkTable
from .engines import CallRequests
from .events import FAIL
from .trunk_info import CHANNEL_STATES
from .trunk_routed import RoutedCalls

KEEPING: Final = frozenset({"pri", "isup", "tup"})
"""Signalling whose answered calls outlive the loss of its link (Q.931 5.8.9, Q.764 2.9.4). With
R2, E&M and analog lines the line itself is the call, and a board of its own library ends calls with
the process that opened it."""

log: Final = logging.getLogger("trunkd")

FAULTS_A_SECOND: Final = 20
"""Protocol faults of a trunk that clients are told of; all are counted."""


class TrunkReports(RoutedCalls):
    """The trunk's own state; Trunk inherits it and has the calls."""

    name: str
    engine: CallRequests
    by_channel: dict[int, Call]
    channel_state: dict[int, int]
    up: bool
    reason: str
    since: int
    """Board time of the last change of ``up``."""
    faults: dict[str, int]
    """By kind."""
    _faults_from: int
    _faults_told: int
    _recovering: bool
    """The run before was killed, and its calls are not yet cleared at the far end."""

    channels: tuple[int, ...]
    table: TrunkTable
    keeps: bool
    """Its answered calls outlive a daemon that is killed."""
    resets_others: bool = False
    """With such calls, the engine resets all other channels by itself when the link is up."""

    @abstractmethod
    def _adopt(self, call: Call) -> None:
        """The engine has the call under its handle."""

    @abstractmethod
    def _take(self, call: Call, channel: int) -> None:
        """The call has this channel now."""

    @abstractmethod
    def _end_tones(self, call: Call, now: int) -> None:
        """The far end's tones were heard for long enough."""

    @abstractmethod
    def _tell(self, kind: type[events.CallEvent], call: Call, now: int, *rest: Any) -> None:
        """An event of a call."""

    @abstractmethod
    def _tell_trunk(self, kind: type[events.Event], now: int, *rest: Any) -> None:
        """An event of the trunk."""

    def _asked(self, request: Callable[..., None], *said: Any) -> bool:
        """Ask the engine for the next step of a call that came in. False: the far end has ended it
        in the same breath (IAM and REL that arrive together); what is told next is its end."""
        try:
            request(*said)
        except LocalError as exc:
            log.info("%s: %s", self.name, exc)
            return False
        return True

    def _channel_changed(self, event: neutral.ChannelChanged, now: int) -> None:
        if self.channel_state.get(event.channel) != event.state:
            self.channel_state[event.channel] = event.state
            self.node.routing.channel_changed(self, event.channel, now)
            state = CHANNEL_STATES[event.state]
            self._tell_trunk(events.ChannelChanged, now, self.name, event.channel, state)

    def _restart_done(self, event: neutral.RestartDone, now: int) -> None:
        self._tell_trunk(events.RestartDone, now, self.name, event.channels, event.local, event.ok)

    def _link_changed(self, event: neutral.LinkChanged, now: int) -> None:
        if event.up != self.up:
            self.since = now
        self.up, self.reason = event.up, event.reason
        self._tell_trunk(events.LinkChanged, now, self.name, event.up, event.reason)
        if event.up and self._recovering:
            self._recovering = False
            self._recover(now)

    def _recover(self, now: int) -> None:
        """The run before was killed: what the far end still has of its calls is cleared there, but
        for those that go on here."""
        free = tuple([channel for channel in self.channels if channel not in self.by_channel])
        if not free or (len(free) < len(self.channels) and self.resets_others):
            return
        try:
            self.engine.restart(free if len(free) < len(self.channels) else (), now)
        except LocalError as exc:
            self.node.problem(exc)

    # Calls of a run that was killed

    def restore(self, call: Call, kept: neutral.KeptCall, now: int) -> None:
        """Go on with an answered call, before the trunk begins; LocalError: that cannot be. The far
        end is asked for it when the link is up."""
        call.handle = self.engine.adopt(kept, now)
        self._adopt(call)
        self._take(call, kept.channel)
        if call.state == FAIL:
            self.node.at(now + self.table.tone_time, lambda later: self._end_tones(call, later))

    def _kept(self, event: neutral.CallKept, now: int) -> None:
        call = self.calls.get(event.call)
        if call is not None:
            self._confirm(call, now)

    def _confirm(self, call: Call, now: int) -> None:
        """The far end speaks of it: it has it, too."""
        if call.unconfirmed:
            self.node.kept.confirmed(call)
            self._tell(events.CallKept, call, now, call.direction, call.calling, call.called)

    def _fault(self, event: neutral.ProtocolFault, now: int) -> None:
        self.faults[event.kind] = self.faults.get(event.kind, 0) + 1
        # All are counted. A line of noise makes 900 a second: the journal is not there for them.
        if now >= self._faults_from + SECOND:
            self._faults_from, self._faults_told = now, 0
        self._faults_told += 1
        if self._faults_told > FAULTS_A_SECOND:
            return
        self._tell_trunk(
            events.ProtocolFault,
            now,
            self.name,
            event.kind,
            event.text,
            event.clause,
            event.raw.hex(),
        )
