"""The neutral call: what every signalling engine says and is told, whatever the protocol.

A call is an integer handle, chosen by the engine, valid from CallOffered or ``place`` until its
CallReleased. A channel is the timeslot number on the engine's interface. Causes are Q.850 values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol


class PartyNumber:
    """A number with what Q.931 4.5.8 and 4.5.10 say of it.

    ``presentation``: 0 allowed, 1 restricted, 2 not available. ``screening``: 0 user not
    screened, 1 user verified and passed, 2 verified and failed, 3 network provided.
    """

    __slots__ = ("digits", "plan", "presentation", "screening", "type_of_number")

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        screening: int = 0,
    ) -> None:
        self.digits: Final = digits
        self.type_of_number: Final = type_of_number
        self.plan: Final = plan
        self.presentation: Final = presentation
        self.screening: Final = screening

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartyNumber) and (
            self.digits,
            self.type_of_number,
            self.plan,
            self.presentation,
            self.screening,
        ) == (
            other.digits,
            other.type_of_number,
            other.plan,
            other.presentation,
            other.screening,
        )

    def __hash__(self) -> int:
        return hash((self.digits, self.type_of_number, self.plan))

    def __repr__(self) -> str:
        return f"PartyNumber({self.digits!r}, {self.type_of_number}, {self.plan})"


SPEECH: Final = 0x00
UNRESTRICTED: Final = 0x08
RESTRICTED: Final = 0x09
AUDIO_3K1: Final = 0x10
"""Information transfer capabilities of Q.931 4.5.5, which other protocols are mapped to."""


class CallRequest:
    """A call to be placed. ``channel`` 0: any; ``exclusive``: that one or none."""

    __slots__ = (
        "bearer",
        "called",
        "calling",
        "channel",
        "complete",
        "display",
        "exclusive",
        "keypad",
        "user_user",
    )

    def __init__(
        self,
        called: PartyNumber,
        calling: PartyNumber | None = None,
        channel: int = 0,
        exclusive: bool = False,
        complete: bool = True,
        bearer: int = AUDIO_3K1,
        display: str = "",
        keypad: str = "",
        user_user: bytes = b"",
    ) -> None:
        self.called: Final = called
        self.calling: Final = calling
        self.channel: Final = channel
        self.exclusive: Final = exclusive
        self.complete: Final = complete
        """False: overlap sending, ``send_digits`` follows."""
        self.bearer: Final = bearer
        self.display: Final = display
        self.keypad: Final = keypad
        self.user_user: Final = user_user


@dataclass(init=False)
class SignallingEvent:
    """Base of what engines report."""


@dataclass(init=False)
class CallOffered(SignallingEvent):
    """A call comes in. ``complete`` False: more digits follow in DigitsReceived."""

    call: int
    channel: int
    request: CallRequest
    """What the far end asked for, in the form of a request."""

    def __init__(self, call: int, channel: int, request: CallRequest) -> None:
        self.call = call
        self.channel = channel
        self.request = request


@dataclass(init=False)
class DigitsReceived(SignallingEvent):
    """More digits of the called number. ``complete``: the far end says these were the last."""

    call: int
    digits: str
    complete: bool
    keypad: str

    def __init__(self, call: int, digits: str, complete: bool, keypad: str = "") -> None:
        self.call = call
        self.digits = digits
        self.complete = complete
        self.keypad = keypad


@dataclass(init=False)
class MoreDigitsWanted(SignallingEvent):
    """The far end took the call and waits for digits (SETUP ACKNOWLEDGE)."""

    call: int
    channel: int

    def __init__(self, call: int, channel: int) -> None:
        self.call = call
        self.channel = channel


@dataclass(init=False)
class CallProceeding(SignallingEvent):
    """The far end has all it needs. ``inband``: tones or speech can be heard on the channel."""

    call: int
    channel: int
    inband: bool

    def __init__(self, call: int, channel: int, inband: bool) -> None:
        self.call = call
        self.channel = channel
        self.inband = inband


@dataclass(init=False)
class CallAlerting(SignallingEvent):
    """The called party is being told."""

    call: int
    channel: int
    inband: bool

    def __init__(self, call: int, channel: int, inband: bool) -> None:
        self.call = call
        self.channel = channel
        self.inband = inband


@dataclass(init=False)
class CallProgressed(SignallingEvent):
    """PROGRESS: ``indicator`` is a progress description of Q.931 4.5.23 or 0, ``cause`` or 0."""

    call: int
    indicator: int
    inband: bool
    cause: int

    def __init__(self, call: int, indicator: int, inband: bool, cause: int) -> None:
        self.call = call
        self.indicator = indicator
        self.inband = inband
        self.cause = cause


@dataclass(init=False)
class CallConnected(SignallingEvent):
    """Answered; speech may flow both ways. ``connected``: who answered, if said."""

    call: int
    channel: int
    connected: PartyNumber | None

    def __init__(self, call: int, channel: int, connected: PartyNumber | None) -> None:
        self.call = call
        self.channel = channel
        self.connected = connected


@dataclass(init=False)
class CallDisconnected(SignallingEvent):
    """The far end is clearing, with tones or an announcement on the channel if ``inband``."""

    call: int
    cause: int
    location: int
    inband: bool

    def __init__(self, call: int, cause: int, location: int, inband: bool) -> None:
        self.call = call
        self.cause = cause
        self.location = location
        self.inband = inband


@dataclass(init=False)
class CallReleased(SignallingEvent):
    """The end: the handle is dead and the channel is free. ``local``: we began the clearing."""

    call: int
    channel: int
    cause: int
    location: int
    local: bool

    def __init__(self, call: int, channel: int, cause: int, location: int, local: bool) -> None:
        self.call = call
        self.channel = channel
        self.cause = cause
        self.location = location
        self.local = local


@dataclass(init=False)
class CallNotified(SignallingEvent):
    """NOTIFY: user suspended (0), resumed (1), bearer change (2) … of Q.931 4.5.22."""

    call: int
    indicator: int

    def __init__(self, call: int, indicator: int) -> None:
        self.call = call
        self.indicator = indicator


@dataclass(init=False)
class UserInformation(SignallingEvent):
    """User-user information that came in a message other than the one that made the call."""

    call: int
    data: bytes

    def __init__(self, call: int, data: bytes) -> None:
        self.call = call
        self.data = data


CHANNEL_IDLE: Final = 0
CHANNEL_BUSY: Final = 1
CHANNEL_RESTARTING: Final = 2
CHANNEL_OUT_OF_SERVICE: Final = 3


@dataclass(init=False)
class ChannelChanged(SignallingEvent):
    """A channel's own state, one of the CHANNEL_ values."""

    channel: int
    state: int

    def __init__(self, channel: int, state: int) -> None:
        self.channel = channel
        self.state = state


@dataclass(init=False)
class RestartDone(SignallingEvent):
    """A RESTART ended. ``channels``: which. ``local``: we asked. ``ok``: it was acknowledged."""

    channels: tuple[int, ...]
    local: bool
    ok: bool

    def __init__(self, channels: tuple[int, ...], local: bool, ok: bool) -> None:
        self.channels = channels
        self.local = local
        self.ok = ok


@dataclass(init=False)
class LinkChanged(SignallingEvent):
    """The signalling link came up or went down, or is down for another reason than before.

    ``reason``: in a technician's words.
    """

    up: bool
    reason: str

    def __init__(self, up: bool, reason: str) -> None:
        self.up = up
        self.reason = reason


@dataclass(init=False)
class ProtocolFault(SignallingEvent):
    """Counted: the far end broke the protocol. ``kind`` is a short stable name for metrics."""

    kind: str
    text: str
    clause: str
    raw: bytes

    def __init__(self, kind: str, text: str, clause: str, raw: bytes) -> None:
        self.kind = kind
        self.text = text
        self.clause = clause
        self.raw = raw


class SignallingEngine(Protocol):
    """An engine without I/O for one signalling link and the channels it controls.

    Requests raise LocalError when the call does not exist or its state forbids them. ``now`` is
    board time in ns. After any method, take ``transmit``, ``events`` and ``next_timeout`` anew.
    """

    def start(self, now: int) -> None:
        """The board runs: bring the link up."""

    def line_down(self, now: int) -> None:
        """Layer 1 is lost (PH-DEACTIVATE): the link cannot work."""

    def line_up(self, now: int) -> None:
        """Layer 1 is back (PH-ACTIVATE)."""

    def receive(self, frame: bytes, now: int) -> None:
        """A frame from the wire, without FCS."""

    def transmit(self) -> list[bytes]:
        """Take the frames that are to go on the wire, in order."""

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle."""

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of an overlap call."""

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet (SETUP ACKNOWLEDGE)."""

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: PROGRESS with this description (8: in-band information is available)."""

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""

    def answer(self, call: int, now: int) -> None:
        """Incoming: answered."""

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call; CallReleased follows when the far end has confirmed."""

    def notify(self, call: int, indicator: int, now: int) -> None:
        """Send NOTIFY."""

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """Send user-user information on an established call."""

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Return channels to idle at both ends; () means all of them. RestartDone follows."""

    def drain(self, on: bool, now: int) -> None:
        """While on, new calls are refused (cause 42) and none can be placed."""
