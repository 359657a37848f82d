"""A primary rate trunk: Q.921 data link and Q.931 call control of one D-channel, as one engine."""

from __future__ import annotations

from typing import Final

from ..call import LinkChanged, SignallingEvent
from .q921 import DataLink
from .q921_events import (
    RELEASED_LAYER1,
    RELEASED_SILENT,
    Data,
    Established,
    LinkEvent,
    ManagementError,
    Released,
)
from .q931_call import LINK_UP, NEVER
from .q931_config import PriConfig
from .trunk_requests import PriRequests

RETRY: Final = 1_000_000_000
"""Pause before the link is established anew after the far end took it down or refused it (ns)."""

BEING_SET_UP: Final = "layer 1 is back; the link is being set up"
ESTABLISHED: Final = "multiple frame established"
LOOPED: Final = "our own frames come back: the line is looped, or both ends are on the same side"

STOPPED: Final = 0
LINE_DOWN: Final = 1
RUNNING: Final = 2


class PriTrunk(PriRequests):
    """The SignallingEngine of one primary rate D-channel (signaling/call.py).

    ``send_digits``, ``answer`` and ``clear`` take optional extras after ``now``; ``enquire`` asks
    for the far end's call state. ``link`` and ``control`` are the layers, for counters.
    """

    def __init__(self, config: PriConfig) -> None:
        super().__init__(config)
        self.link: Final = DataLink(config.link)
        self.running: int = STOPPED
        self.line: int = RUNNING
        """LINE_DOWN while layer 1 is lost."""
        self.retry: int = NEVER
        self.reason: str = ""
        """Why the link is up or down, as said last."""
        self.looped_before: int = 0
        """Frames of our own that had come back when the link was last begun."""

    # Layers 1 and 2

    def start(self, now: int) -> None:
        """The board runs: bring the link up."""
        self.running = RUNNING
        if self.line == RUNNING:
            self._establish(now)
            self._pump(now)

    def line_down(self, now: int) -> None:
        """Layer 1 is lost: the link cannot work."""
        self.line = LINE_DOWN
        self.retry = NEVER
        self.link.deactivate(now)
        self._pump(now)
        self._say(False, RELEASED_LAYER1)

    def line_up(self, now: int) -> None:
        """Layer 1 is back: bring the link up again."""
        if self.line == RUNNING:
            return
        self.line = RUNNING
        self.link.activate(now)
        if self.running == RUNNING:
            self._establish(now)
            self._say(False, BEING_SET_UP)
        self._pump(now)

    def receive(self, frame: bytes, now: int) -> None:
        """A frame from the wire, without FCS. While layer 1 is lost there can be none."""
        if self.line != RUNNING:
            self.link.counters.ignored += 1
            return
        self.link.receive(frame, now)
        if self.link.happened:
            self._pump(now)

    def transmit(self) -> list[bytes]:
        """Take the frames that are to go on the wire, in order."""
        return self.link.transmit()

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        return self.control.events()

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        earliest = min(self.control.next_timeout(), self.retry)
        link = self.link.next_timeout()
        if link is not None and link < earliest:
            return link
        return None if earliest == NEVER else earliest

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        self.link.handle_timeout(now)
        self._pump(now)
        self.control.handle_timeout(now)
        if self.retry <= now:
            self.retry = NEVER
            self._establish(now)
        self._pump(now)

    def _establish(self, now: int) -> None:
        self.looped_before = self.link.counters.looped
        self.link.establish(now)

    def _say(self, up: bool, reason: str) -> None:
        """LinkChanged, when the state or the reason is not what was said last."""
        if reason != self.reason:
            self.reason = reason
            self.control.happened.append(LinkChanged(up, reason))

    def _pump(self, now: int) -> None:
        """Carry primitives between the layers until there are none."""
        link = self.link
        control = self.control
        while link.happened or control.units:
            for event in link.events():
                if isinstance(event, Data):
                    control.receive(event.octets, now)
                else:
                    self._link_event(event, now)
            for unit in control.take_units():
                link.send(unit, now)

    def _link_event(self, event: LinkEvent, now: int) -> None:
        control = self.control
        if isinstance(event, Established):
            self.retry = NEVER
            if control.link == LINK_UP:
                control.link_reset(now)
            else:
                self._say(True, ESTABLISHED)
                control.link_up(now)
        elif isinstance(event, Released):
            looped = self.link.counters.looped > self.looped_before
            # Nobody else answers where our own frames come back: that is what must be looked at.
            self._say(False, LOOPED if looped else event.reason)
            if control.link == LINK_UP:
                control.link_down(now)
            if self.line == RUNNING and event.reason == RELEASED_SILENT:
                self._establish(now)
            elif self.line == RUNNING and event.reason != RELEASED_LAYER1:
                self.retry = now + RETRY
        elif isinstance(event, ManagementError):
            control.fault("mdl_" + event.code.lower(), event.text, event.clause, b"")
            if event.code == "F":
                control.link_begun_anew(now)
