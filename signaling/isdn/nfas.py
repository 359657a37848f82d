"""NFAS with D-channel backup: two D-channels, one of them in service (Q.931 annex F, SR-4994 9).

Both data links are established; call control uses the one that is in service. Which one that is,
SERVICE messages say: the network side proposes (status in service, Channel identification with the
D-channel indicator and the interface), the user side acknowledges; when nobody proposes for T321
the user side does. When the data link in service is lost the other one takes over at once and calls
stay; messages under way may be lost, so the states of calls are asked for (5.8.8). The tables of
annex F were not at hand: the manual states of D-channels are left out.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from ..call import LinkChanged, SignallingEvent
from .elements_call import NO_CHANNEL, ChannelIdentification
from .q921 import DataLink
from .q921_events import RELEASED_LAYER1, Data, Established, LinkEvent, ManagementError, Released
from .q931_call import LINK_UP, NEVER
from .q931_config import PriConfig
from .q931_maintenance import (
    IN_SERVICE,
    SERVICE,
    SERVICE_ACKNOWLEDGE,
    ServiceMessage,
    decode_service,
    encode_service,
    is_service,
)
from .trunk_requests import PriRequests

RETRY: Final = 1_000_000_000
"""Pause before a link is established anew (ns)."""
T321: Final = 30_000_000_000
"""Annex F: the user side waits so long for the network's choice (table 9-2: 30 s)."""
ANSWER: Final = 4_000_000_000
"""Answer to SERVICE, then the next D-channel is tried."""

OUT_OF_SERVICE: Final = 0
WAITING: Final = 1
STANDBY: Final = 2
SERVING: Final = 3
D_CHANNEL_STATES: Final = (
    "out of service",
    "waits for SERVICE ACKNOWLEDGE",
    "stand-by",
    "in service",
)
NOBODY: Final = -1


class DChannel:
    """One of the two. ``interface``: its identifier."""

    def __init__(self, index: int, interface: int, config: PriConfig) -> None:
        self.index: Final = index
        self.interface: Final = interface
        self.link: Final = DataLink(config.link)
        self.state: int = OUT_OF_SERVICE
        self.line_up: bool = True
        self.retry: int = NEVER


class NfasTrunk(PriRequests):
    """As PriTrunk, for two D-channels: ``index`` 0 is the primary, 1 the secondary."""

    def __init__(self, config: PriConfig) -> None:
        if not config.backup:
            raise ConfigError("backup is off: one D-channel is a PriTrunk's; set it on")
        super().__init__(config)
        self.channels: Final = [DChannel(n, config.interfaces[n], config) for n in (0, 1)]
        self.serving: int = NOBODY
        """Index of the D-channel in service."""
        self.asked: int = NOBODY
        """Index of the one for which our SERVICE waits for its answer."""
        self.deadline: int = NEVER
        self.running: bool = False
        self.reason: str = ""
        self.switches: int = 0
        """Times that the other D-channel took over."""

    # Layers 1 and 2

    def start(self, now: int) -> None:
        """The boards run: bring both links up."""
        self.running = True
        for channel in self.channels:
            if channel.line_up:
                channel.link.establish(now)
        self._pump(now)

    def line_down(self, index: int, now: int) -> None:
        """Layer 1 of a D-channel is lost."""
        channel = self.channels[index]
        channel.line_up = False
        channel.retry = NEVER
        channel.link.deactivate(now)
        self._pump(now)
        if not (self.channels[0].line_up or self.channels[1].line_up):
            self._say(False, f"both D-channels are lost: {RELEASED_LAYER1}")

    def line_up(self, index: int, now: int) -> None:
        """It is back."""
        channel = self.channels[index]
        if channel.line_up:
            return
        channel.line_up = True
        channel.link.activate(now)
        if self.running:
            channel.link.establish(now)
        self._pump(now)

    def receive(self, index: int, frame: bytes, now: int) -> None:
        """A frame from a D-channel, without FCS."""
        channel = self.channels[index]
        if not channel.line_up:
            channel.link.counters.ignored += 1
            return
        channel.link.receive(frame, now)
        if channel.link.happened:
            self._pump(now)

    def transmit(self, index: int) -> list[bytes]:
        """Take the frames that are to go on a D-channel, in order."""
        return self.channels[index].link.transmit()

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        return self.control.events()

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        earliest = min(self.control.next_timeout(), self.deadline)
        for channel in self.channels:
            earliest = min(earliest, channel.retry)
            link = channel.link.next_timeout()
            if link is not None and link < earliest:
                earliest = link
        return None if earliest == NEVER else earliest

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        for channel in self.channels:
            channel.link.handle_timeout(now)
        self._pump(now)
        self.control.handle_timeout(now)
        for channel in self.channels:
            if channel.retry <= now:
                channel.retry = NEVER
                channel.link.establish(now)
        if self.deadline <= now:
            self._waited(now)
        self._pump(now)

    def _pump(self, now: int) -> None:
        """Carry primitives between the layers until there are none."""
        busy = True
        while busy:
            busy = False
            for channel in self.channels:
                for event in channel.link.events():
                    busy = True
                    self._link_event(channel, event, now)
            if self.serving != NOBODY and self.control.units:
                busy = True
                for unit in self.control.take_units():
                    self.channels[self.serving].link.send(unit, now)

    def _link_event(self, channel: DChannel, event: LinkEvent, now: int) -> None:
        if isinstance(event, Data):
            self._data(channel, event.octets, now)
        elif isinstance(event, Established):
            self._established(channel, now)
        elif isinstance(event, Released):
            self._released(channel, event, now)
        elif isinstance(event, ManagementError):
            self.control.fault("mdl_" + event.code.lower(), event.text, event.clause, b"")

    def _data(self, channel: DChannel, octets: bytes, now: int) -> None:
        if is_service(octets):
            message = decode_service(octets)
            if message is not None and message.element is not None and message.element.d_channel:
                self._service(channel, message, octets, now)
                return
        if self.serving == NOBODY and not self.config.network:
            # The network goes on with the D-channel that it knows to be in service: we are new.
            self._serve(channel, now)
        if channel.index != self.serving:
            # The far end serves call control here already: its SERVICE was on this link before.
            self.control.fault(
                "standby_message", "a message on the stand-by D-channel", "annex F", octets
            )
        self.control.receive(octets, now)

    def _established(self, channel: DChannel, now: int) -> None:
        channel.retry = NEVER
        if channel.index == self.serving:
            self.control.link_reset(now)
            return
        channel.state = STANDBY
        if self.serving == NOBODY and self.asked == NOBODY:
            self._choose(now)

    def _released(self, channel: DChannel, event: Released, now: int) -> None:
        channel.state = OUT_OF_SERVICE
        if channel.line_up and event.reason != RELEASED_LAYER1:
            channel.retry = now + RETRY
        if self.asked == channel.index:
            self.asked = NOBODY
        if self.serving != channel.index:
            return
        self.serving = NOBODY
        other = self.channels[1 - channel.index]
        if other.state == OUT_OF_SERVICE:
            self.deadline = NEVER
            self._say(False, f"both D-channels are lost: {event.reason}")
            self.control.link_down(now)
        else:
            self.switches += 1
            self._choose(now)

    # Which one is in service

    def _choose(self, now: int) -> None:
        """The network proposes a D-channel, the primary before the secondary; the user waits."""
        if not self.config.network:
            if self.deadline == NEVER:
                self.deadline = now + T321
            return
        self._propose(NOBODY, now)

    def _propose(self, last: int, now: int) -> None:
        """SERVICE for the first D-channel with a link; ``last``: it did not answer."""
        order = [n for n in (0, 1) if n != last] + ([last] if last != NOBODY else [])
        for index in order:
            channel = self.channels[index]
            if channel.state in (STANDBY, WAITING):
                channel.state = WAITING
                self.asked = index
                self.deadline = now + ANSWER
                self._send(channel, 0, SERVICE, self.config.variant.maintenance, now)
                return

    def _send(self, channel: DChannel, flag: int, type: int, discriminator: int, now: int) -> None:
        element = ChannelIdentification(
            (), True, NO_CHANNEL, True, channel.interface, d_channel=True
        )
        channel.link.send(encode_service(discriminator, flag, type, IN_SERVICE, element), now)

    def _waited(self, now: int) -> None:
        """No answer to our SERVICE, or nobody chose."""
        self.deadline = NEVER
        last = self.asked
        self.asked = NOBODY
        if last != NOBODY:
            self.control.fault("no_service_acknowledge", "no answer to SERVICE", "annex F", b"")
        if self.serving != NOBODY:
            return
        if last != NOBODY:
            self.channels[last].state = STANDBY
        self._propose(last, now)

    def _service(self, channel: DChannel, message: ServiceMessage, octets: bytes, now: int) -> None:
        """SERVICE or its acknowledgement for the D-channel that it came on."""
        if message.type == SERVICE_ACKNOWLEDGE:
            if self.asked == channel.index:
                self._serve(channel, now)
            return
        if message.status == IN_SERVICE:
            if self.config.network and self.asked not in (NOBODY, channel.index):
                return  # both ends asked at once: the network's choice counts, at both
            self._send(channel, message.flag, SERVICE_ACKNOWLEDGE, octets[0], now)
            self._serve(channel, now)

    def _serve(self, channel: DChannel, now: int) -> None:
        """Call control uses this D-channel from now on."""
        self.asked = NOBODY
        self.deadline = NEVER
        if self.serving == channel.index:
            return
        other = self.channels[1 - channel.index]
        if other.state == WAITING:
            other.state = STANDBY
        if self.serving != NOBODY:
            self.channels[self.serving].state = STANDBY
            self.switches += 1
        self.serving = channel.index
        channel.state = SERVING
        name = ("primary", "secondary")[channel.index]
        self._say(True, f"{name} D-channel in service, interface {channel.interface}")
        if self.control.link == LINK_UP:
            self.control.link_reset(now)
        else:
            self.control.link_up(now)

    def switch(self, now: int) -> None:
        """Let the stand-by D-channel take over: SERVICE on it."""
        for channel in self.channels:
            if channel.state == STANDBY:
                self.asked = channel.index
                self.deadline = now + ANSWER
                self._send(channel, 0, SERVICE, self.config.variant.maintenance, now)
        self._pump(now)

    def _say(self, up: bool, reason: str) -> None:
        if reason != self.reason:
            self.reason = reason
            self.control.happened.append(LinkChanged(up, reason))

    def d_channel_text(self, index: int) -> str:
        """The state of a D-channel, for people."""
        return D_CHANNEL_STATES[self.channels[index].state]
