"""A call's machine: what it remembers, and what Annex A draws once for several states.

The drawn inputs are functions of a Call, in q931_outgoing, q931_incoming, q931_clearing and
q931_faults; the drawing itself is the table in q931_table.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    CHANNEL_OUT_OF_SERVICE,
    CallDisconnected,
    CallReleased,
    PartyNumber,
    ProtocolFault,
    SignallingEvent,
    UserInformation,
)
from .elements import (
    OCTET,
    PROGRESS_INDICATOR,
    USER_USER,
    CallState,
    Cause,
    ProgressIndicator,
    UserUser,
    cause,
)
from .messages import Message
from .q931_channels import Channels
from .q931_config import T308, PriConfig
from .q931_states import NULL, RELEASE_REQUEST, Roles

NEVER: Final = 1 << 62
LINK_DOWN: Final = 0
LINK_UP: Final = 1

ALERTING_OCTET: Final = b"\x01"
CALL_PROCEEDING_OCTET: Final = b"\x02"
PROGRESS_OCTET: Final = b"\x03"
SETUP_OCTET: Final = b"\x05"
CONNECT_OCTET: Final = b"\x07"
SETUP_ACKNOWLEDGE_OCTET: Final = b"\x0d"
CONNECT_ACKNOWLEDGE_OCTET: Final = b"\x0f"
USER_INFORMATION_OCTET: Final = b"\x20"
DISCONNECT_OCTET: Final = b"\x45"
RELEASE_OCTET: Final = b"\x4d"
RELEASE_COMPLETE_OCTET: Final = b"\x5a"
NOTIFY_OCTET: Final = b"\x6e"
STATUS_ENQUIRY_OCTET: Final = b"\x75"
INFORMATION_OCTET: Final = b"\x7b"
STATUS_OCTET: Final = b"\x7d"

NORMAL_UNSPECIFIED: Final = 31
TEMPORARY_FAILURE: Final = 41
INBAND: Final = 8
"""Progress description: in-band information or an appropriate pattern is available."""
AUDIBLE: Final = (1, INBAND)
"""Descriptions with which the channel is to be listened to (5.1.6, 5.4)."""
SUPERVISED_ELSEWHERE: Final = (1, 2, INBAND, 64)
"""Descriptions that keep T310 from being started, or stop it (table 9-2)."""
MOST_USER_USER: Final = 128
"""Octets of user information in one message (4.5.30)."""


class Layer3(Roles):
    """What the machines of one interface share: channels, timers, the way out, what happened."""

    def __init__(self, config: PriConfig) -> None:
        super().__init__(config.network)
        self.config: Final = config
        self.location: Final[int] = config.location
        self.duration: Final[list[int]] = config.timers.duration
        self.happened: list[SignallingEvent] = []
        self.channels: Final = Channels(config.channels, config.selection, self.happened)
        self.units: list[bytes] = []
        """DL-DATA requests, in order."""
        self.calls: Final[dict[int, Call]] = {}
        """By handle."""
        self.references: Final[dict[int, Call]] = {}
        """By call reference value, plus 0x8000 for those that the far end allocated."""
        self.deadlines: Final[dict[int, int]] = {}
        """Running timers: handle << 5 | number - 300 (handle 0: the interface) to ns."""
        self.earliest: int = NEVER
        """No timer ends before this."""
        self.link: int = LINK_DOWN
        self.draining: bool = False
        self.unrestarted: Final[list[int]] = []
        """Channels taken out of service for which a RESTART is to be sent."""
        self.adopted: Final[list[int]] = []
        """Channels of adopted calls, until the link is up for the first time."""
        self.refused: Final[dict[int, int]] = {}
        """Calls refused before they were offered, by cause."""
        self.inband_octets: Final[bytes] = ProgressIndicator(INBAND, config.location).octets
        self.setup_facility: bytes = b""
        """A Facility element that goes with each SETUP of ours."""

    def start_timer(self, key: int, deadline: int) -> None:
        self.deadlines[key] = deadline
        if deadline < self.earliest:
            self.earliest = deadline

    def call_left(self, handle: int) -> None:
        """A call has ended: its services end too."""

    def proceed(self, handle: int, now: int) -> None:
        """CALL PROCEEDING on a call (q931.CallControl)."""
        raise NotImplementedError

    def clear(self, handle: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """Clear a call (q931.CallControl)."""
        raise NotImplementedError

    def fault(self, kind: str, text: str, clause: str, raw: bytes) -> None:
        """The far end broke the protocol: an event, and nothing more."""
        self.happened.append(ProtocolFault(kind, text, clause, raw))


class Call:
    """One call reference. ``flag`` is the one we send: 0 if we allocated the reference."""

    def __init__(self, layer3: Layer3, handle: int, reference: int, flag: int) -> None:
        self.layer3: Final = layer3
        self.handle: Final = handle
        self.reference: Final = reference
        self.flag: Final = flag
        self.key: Final[int] = reference | flag << 15
        octet = OCTET[flag << 7 | reference >> 8]
        self.head: Final[bytes] = b"\x08\x02" + octet + OCTET[reference & 0xFF]
        self.state: int = NULL
        self.channel: int = 0
        self.exclusive: bool = False
        """We asked for exactly this channel (5.1.2 a)."""
        self.cause: int = 0
        """Why the call is being cleared; 0 while it is not."""
        self.location: int = 0
        self.local: bool = False
        """We began the clearing."""
        self.wire_cause: int = 0
        """The cause in our own clearing messages; not the application's after a timer."""
        self.answer: int = 0
        """The cause that the answer to a faulty clearing message bears (5.8.6, 5.8.7), or 0."""
        self.tries: int = 0
        """Expiries of T303 or T308."""
        self.enquiries: int = 0
        """STATUS ENQUIRY messages sent and not answered."""
        self.setup: bytes = b""
        """Elements of our SETUP, for its retransmission; or the SETUP that offered the call."""
        self.called: PartyNumber | None = None
        """Whom we call: its type and plan go with further digits."""
        self.digits: str = ""
        """Called: those received so far. Calling: those that wait for SETUP ACKNOWLEDGE."""
        self.complete: bool = False
        """The called number is complete, as far as we or they have said."""
        self.progress: int = 0
        """The progress description that stops T310 from being started (table 9-2), or 0."""
        self.user_user: bytes = b""
        """User-user element that waits for the next message that can carry it."""
        self.timers: int = 0
        """Bit n: T300 + n runs."""
        self.adopted: bool = False
        """Of a process that is no more; the far end has not said yet that it has the call too."""

    # Timers

    def start(self, number: int, now: int) -> None:
        """Start or restart T``number``."""
        n = number - 300
        layer3 = self.layer3
        self.timers |= 1 << n
        layer3.start_timer(self.handle << 5 | n, now + layer3.duration[n])

    def stop(self, number: int) -> None:
        """Stop T``number`` if it runs."""
        n = number - 300
        if self.timers >> n & 1:
            self.timers &= ~(1 << n)
            del self.layer3.deadlines[self.handle << 5 | n]

    def stop_all(self) -> None:
        """Stop every timer of the call."""
        rest = self.timers
        self.timers = 0
        while rest:
            n = (rest & -rest).bit_length() - 1
            rest &= rest - 1
            del self.layer3.deadlines[self.handle << 5 | n]

    # Sending

    def send(self, type: bytes, elements: bytes) -> None:
        """DL-DATA request. While the link is down there is nobody to hear it (5.8.9)."""
        if self.layer3.link == LINK_UP:
            self.layer3.units.append(self.head + type + elements)

    def cause_octets(self, value: int) -> bytes:
        return cause(value, self.layer3.location).octets

    def send_status(self, value: int, diagnostics: bytes) -> None:
        """STATUS with our call state (3.1.16; 5.8)."""
        if diagnostics:
            octets = Cause(value, self.layer3.location, diagnostics=diagnostics).octets
        else:
            octets = self.cause_octets(value)
        self.send(STATUS_OCTET, octets + CallState(self.state).octets)

    def take_user_user(self) -> bytes:
        """The user-user element that waits, if any; it goes with the message being built."""
        octets = self.user_user
        self.user_user = b""
        return octets

    # The end

    def clearing(self, value: int, location: int, local: bool) -> None:
        """Remember why the call ends; the first reason is the one that counts."""
        if not self.cause:
            self.cause = value
            self.location = location
            self.local = local

    def send_release(self, value: int, now: int) -> None:
        """RELEASE, T308, state 19 (5.3.3, 5.3.4)."""
        self.stop_all()
        self.wire_cause = value
        self.tries = 0
        octets = self.cause_octets(value) if value else b""
        self.send(RELEASE_OCTET, octets + self.take_user_user())
        self.start(T308, now)
        self.state = RELEASE_REQUEST

    def send_release_complete(self, value: int) -> None:
        """RELEASE COMPLETE, with a cause if ``value`` is not 0."""
        octets = self.cause_octets(value) if value else b""
        self.send(RELEASE_COMPLETE_OCTET, octets + self.take_user_user())

    def register(self) -> None:
        """The call reference is in use from now on."""
        self.layer3.calls[self.handle] = self
        self.layer3.references[self.key] = self

    def end(self, value: int, location: int, local: bool) -> None:
        """Null state: timers, channel and call reference are released, and that is reported."""
        self.clearing(value, location, local)
        self._leave()
        layer3 = self.layer3
        layer3.channels.free(self.channel, self.handle)
        layer3.happened.append(
            CallReleased(self.handle, self.channel, self.cause, self.location, self.local)
        )

    def end_in_maintenance(self, value: int) -> None:
        """Null state, but the channel is not to be used: T308 ran out twice (5.3.3, 5.3.4)."""
        self.clearing(value, self.layer3.location, True)
        self._leave()
        layer3 = self.layer3
        channel = self.channel
        if channel and layer3.channels.holder[channel] == self.handle:
            layer3.channels.withdraw(channel, CHANNEL_OUT_OF_SERVICE)
            layer3.unrestarted.append(channel)
        layer3.happened.append(
            CallReleased(self.handle, channel, self.cause, self.location, self.local)
        )

    def _leave(self) -> None:
        if self.timers:
            self.stop_all()
        self.state = NULL
        del self.layer3.calls[self.handle]
        del self.layer3.references[self.key]
        self.layer3.call_left(self.handle)

    def refuse(self, value: int, now: int) -> None:
        """RELEASE a call that we placed: what the far end answered is unacceptable (5.1.2)."""
        self.clearing(value, self.layer3.location, True)
        self.send_release(value, now)

    # What messages say

    def note_progress(self, message: Message) -> bool:
        """Progress descriptions: remember one that keeps T310 from running; is there sound?"""
        if PROGRESS_INDICATOR not in message.first:
            return False
        inband = False
        for indicator in message.progress():
            if indicator.coding == 0:
                if indicator.description in SUPERVISED_ELSEWHERE:
                    self.progress = indicator.description
                if indicator.description in AUDIBLE:
                    inband = True
        return inband

    def report_user_user(self, message: Message) -> None:
        """User-user information that rides in a message of the call."""
        element = message.find(USER_USER)
        if isinstance(element, UserUser):
            self.layer3.happened.append(UserInformation(self.handle, element.data))

    def report_disconnect(self, message: Message) -> bool:
        """Remember and report why the far end clears; True if there are tones to be heard."""
        self.report_user_user(message)
        read = message.cause()
        value, location = (read.value, read.location) if read else (NORMAL_UNSPECIFIED, 0)
        # 5.3.4.1 knows tones by description 8 only.
        inband = False
        for indicator in message.progress():
            if indicator.description == INBAND:
                inband = True
        self.clearing(value, location, False)
        self.layer3.happened.append(CallDisconnected(self.handle, value, location, inband))
        return inband


def user_user_octets(data: bytes) -> bytes:
    """A User-user element (4.5.30), user-specific protocol; LocalError when it is too long."""
    if not data:
        return b""
    if len(data) > MOST_USER_USER:
        raise LocalError(f"user-user information is {len(data)} octets; at most {MOST_USER_USER}")
    return UserUser(0, data).octets
