"""A primary rate trunk: Q.921 data link and Q.931 call control of one D-channel, as one engine."""

from __future__ import annotations

from typing import Final

from ..call import CallRequest, LinkChanged, PartyNumber, SignallingEvent
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
from .q931 import CallControl
from .q931_call import LINK_UP, NEVER
from .q931_config import PriConfig

RETRY: Final = 1_000_000_000
"""Pause before the link is established anew after the far end took it down or refused it (ns)."""

BEING_SET_UP: Final = "layer 1 is back; the link is being set up"
ESTABLISHED: Final = "multiple frame established"
LOOPED: Final = "our own frames come back: the line is looped, or both ends are on the same side"

STOPPED: Final = 0
LINE_DOWN: Final = 1
RUNNING: Final = 2


class PriTrunk:
    """The SignallingEngine of one primary rate D-channel (signaling/call.py).

    ``send_digits``, ``answer`` and ``clear`` take optional extras after ``now``; ``enquire`` asks
    for the far end's call state. ``link`` and ``control`` are the layers, for counters.
    """

    def __init__(self, config: PriConfig) -> None:
        self.config: Final = config
        self.link: Final = DataLink(config.link)
        self.control: Final = CallControl(config)
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

    # Calls: as in SignallingEngine

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle. Without link or channel CallReleased follows at once."""
        handle = self.control.place(request, now)
        self._pump(now)
        return handle

    def send_digits(
        self, call: int, digits: str, complete: bool, now: int, keypad: str = ""
    ) -> None:
        """More digits of an overlap call."""
        self.control.send_digits(call, digits, complete, now, keypad)
        self._pump(now)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet (SETUP ACKNOWLEDGE)."""
        self.control.want_digits(call, now)
        self._pump(now)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""
        self.control.proceed(call, now)
        self._pump(now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: PROGRESS with this description."""
        self.control.progress(call, indicator, now)
        self._pump(now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""
        self.control.alert(call, inband, now)
        self._pump(now)

    def answer(self, call: int, now: int, connected: PartyNumber | None = None) -> None:
        """Incoming: answered."""
        self.control.answer(call, now, connected)
        self._pump(now)

    def clear(self, call: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """End or refuse the call; CallReleased follows when the far end has confirmed."""
        self.control.clear(call, cause, now, user_user)
        self._pump(now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """Send NOTIFY."""
        self.control.notify(call, indicator, now)
        self._pump(now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """User-user information: at once when active, else with ALERTING or CONNECT."""
        self.control.send_user_information(call, data, now)
        self._pump(now)

    def enquire(self, call: int, now: int) -> None:
        """Ask for the far end's call state (STATUS ENQUIRY, Q.931 5.8.10)."""
        self.control.enquire(call, now)
        self._pump(now)

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Return channels to idle at both ends; () means all of them. RestartDone follows."""
        self.control.restart(channels, now)
        self._pump(now)

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take B-channels out of service by SERVICE messages; LocalError where the variant has
        none. BlockingDone follows."""
        self.control.block(channels, now)
        self._pump(now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Put them back."""
        self.control.unblock(channels, now)
        self._pump(now)

    def lose(self, channels: tuple[int, ...], lost: bool, now: int) -> None:
        """NFAS: layer 1 of the span with these channels is lost, or back. No call gets them; calls
        that have them stay. The D-channel is told by ``line_down``."""
        self.control.lose(channels, lost)
        self._pump(now)

    def drain(self, on: bool, now: int) -> None:
        """While on, new calls are refused (cause 42) and none can be placed."""
        self.control.drain(on, now)
