"""SERVICE and SERVICE ACKNOWLEDGE: North American maintenance of B- and D-channels.

Messages of their own protocol discriminator (q931_variants: 0x03 AT&T and Nortel, 0x43 National
ISDN), with the global call reference: Change status (identifier 1) and Channel identification.
Octet 3 of Change status: bit 8 set, bit 7 the preference (1 channel, 0 interface), bits 4-1 the new
status. SR-4994 clause 10 and TR 41459 give no number of repetitions that could be verified here:
a SERVICE without an answer is sent twice, T3M1 apart.
The message types and the flag are those that libpri sends (its receiver reads those of National
ISDN as AT&T's, and so does not acknowledge them).
"""

from __future__ import annotations

from typing import Final

from ..call import BlockingDone
from .elements_base import CHANNEL_IDENTIFICATION, OCTET
from .elements_call import ChannelIdentification
from .elements_table import read
from .q931_call import LINK_UP, Layer3
from .q931_numbering import identification, numbers_of
from .q931_variants import ATT_MAINTENANCE, NI_MAINTENANCE

SERVICE: Final = 0
SERVICE_ACKNOWLEDGE: Final = 1
TYPES: Final = {ATT_MAINTENANCE: (0x0F, 0x07), NI_MAINTENANCE: (0x07, 0x0F)}
"""Message types of SERVICE and its acknowledgement: the two protocols have them crosswise."""
CHANGE_STATUS: Final = 0x01

IN_SERVICE: Final = 0
MAINTENANCE: Final = 1
OUT_OF_SERVICE: Final = 2
STANDBY: Final = 3
"""New status of Change status; stand-by is of D-channels only."""
STATUS_NAMES: Final = {
    IN_SERVICE: "in service",
    MAINTENANCE: "maintenance",
    OUT_OF_SERVICE: "out of service",
    STANDBY: "stand-by",
}
CHANNEL_PREFERENCE: Final = 0x40

T3M1: Final = 4_000_000_000
"""Answer to SERVICE (ns)."""
MAINTENANCE_KEY: Final = 23
"""Key of T3M1 among the timers of the interface (Layer3.deadlines)."""
MOST_TRIES: Final = 2


class ServiceMessage:
    """A SERVICE or its acknowledgement. ``element`` None: it names no channel."""

    def __init__(
        self, type: int, flag: int, status: int, element: ChannelIdentification | None
    ) -> None:
        self.type: Final = type
        self.flag: Final = flag
        self.status: Final = status
        self.element: Final = element


def encode_service(
    discriminator: int, flag: int, type: int, status: int, element: ChannelIdentification
) -> bytes:
    """The octets of a message; call reference 0 of two octets. An answer has the ``flag`` that
    the question had: libpri passes over others."""
    head = OCTET[discriminator] + b"\x02" + OCTET[flag << 7] + b"\x00"
    head += OCTET[TYPES[discriminator][type]]
    change = OCTET[CHANGE_STATUS] + b"\x01" + OCTET[0x80 | CHANNEL_PREFERENCE | status]
    return head + change + element.octets


def is_service(octets: bytes) -> bool:
    """Does the message bear one of the two maintenance discriminators?"""
    return bool(octets) and octets[0] in (ATT_MAINTENANCE, NI_MAINTENANCE)


def decode_service(octets: bytes) -> ServiceMessage | None:
    """The message, or None when it cannot be read."""
    if len(octets) < 3 or octets[1] > 4 or len(octets) < 3 + octets[1]:
        return None
    at = 2 + octets[1]
    flag = octets[2] >> 7 if octets[1] else 0
    types = TYPES[octets[0]]
    if octets[at] not in types:
        return None
    type = types.index(octets[at])
    at += 1
    status = -1
    element: ChannelIdentification | None = None
    while at + 2 <= len(octets):
        end = at + 2 + octets[at + 1]
        if octets[at] >= 0x80:
            at += 1
            continue
        if end > len(octets):
            return None
        if octets[at] == CHANGE_STATUS and end > at + 2:
            status = octets[at + 2] & 15
        elif octets[at] == CHANNEL_IDENTIFICATION:
            found = read(CHANNEL_IDENTIFICATION, octets[at:end])
            element = found if isinstance(found, ChannelIdentification) else None
        at = end
    return ServiceMessage(type, flag, status, element) if status >= 0 else None


class Job:
    """Channels whose status we change, one SERVICE each."""

    def __init__(self, channels: tuple[int, ...], status: int) -> None:
        self.channels: Final = channels
        self.status: Final = status
        self.left: Final[list[int]] = [*channels]
        self.ok: bool = True


class Maintenance:
    """B-channels' service status, both ways, of one D-channel's interfaces."""

    def __init__(self, layer3: Layer3) -> None:
        self.layer3: Final = layer3
        self.jobs: Final[list[Job]] = []
        self.tries: int = 0

    def change(self, channels: tuple[int, ...], on: bool, now: int) -> None:
        """Take our end's channels out of service (``on``), or put them back; SERVICE for each."""
        for channel in channels:
            self.layer3.channels.bar(channel, True, on)
        self.jobs.append(Job(channels, OUT_OF_SERVICE if on else IN_SERVICE))
        if len(self.jobs) == 1:
            self.begin(now)

    def begin(self, now: int) -> None:
        """SERVICE for the next channel; while there is no link it waits."""
        if not self.jobs or self.layer3.link != LINK_UP:
            return
        self.tries = 1
        self._send(now)

    def _send(self, now: int) -> None:
        job = self.jobs[0]
        layer3 = self.layer3
        element = identification(layer3.config, job.left[0], True)
        discriminator = layer3.config.variant.maintenance
        layer3.units.append(encode_service(discriminator, 0, SERVICE, job.status, element))
        layer3.start_timer(MAINTENANCE_KEY, now + T3M1)

    def expired(self, now: int) -> None:
        """No answer: once more, then on without it. Our own end stays as it was asked."""
        if not self.jobs:
            return
        if self.tries < MOST_TRIES:
            self.tries += 1
            self._send(now)
            return
        self.layer3.fault("no_service_acknowledge", "no answer to SERVICE", "SR-4994 10", b"")
        self.jobs[0].ok = False
        self._next(now)

    def _next(self, now: int) -> None:
        job = self.jobs[0]
        job.left.pop(0)
        self.layer3.deadlines.pop(MAINTENANCE_KEY, None)
        if not job.left:
            self.jobs.pop(0)
            what = "block" if job.status else "unblock"
            self.layer3.happened.append(BlockingDone(job.channels, what, job.ok))
        self.begin(now)

    def link_lost(self) -> None:
        """No answer can come; ``begin`` goes on when the link is back."""
        self.layer3.deadlines.pop(MAINTENANCE_KEY, None)

    def receive(self, octets: bytes, now: int) -> None:
        """A message of this protocol."""
        layer3 = self.layer3
        message = decode_service(octets)
        if message is None:
            layer3.fault("service_message", "SERVICE that cannot be read", "SR-4994 10", octets)
            return
        element = message.element
        numbers = numbers_of(layer3.config, element) if element is not None else ()
        known = tuple([n for n in numbers if layer3.channels.exists(n)])
        if message.type == SERVICE_ACKNOWLEDGE:
            self._acknowledged(known, octets, now)
            return
        if element is None or (not known and not element.d_channel):
            layer3.fault("service_message", "SERVICE for no channel of ours", "SR-4994 10", octets)
            return
        for number in known:
            layer3.channels.bar(number, False, message.status in (MAINTENANCE, OUT_OF_SERVICE))
        layer3.units.append(
            encode_service(octets[0], message.flag, SERVICE_ACKNOWLEDGE, message.status, element)
        )

    def _acknowledged(self, known: tuple[int, ...], octets: bytes, now: int) -> None:
        if self.jobs and self.jobs[0].left[0] in known:
            self._next(now)
        else:
            self.layer3.fault(
                "unexpected_message", "SERVICE ACKNOWLEDGE that nobody waits for", "SR-4994", octets
            )
