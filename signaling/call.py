"""The neutral call: what every signalling engine says and is told, whatever the protocol.

A call is an integer handle, chosen by the engine, valid from CallOffered or ``place`` until its
CallReleased. A channel is the timeslot number on the engine's interface. Causes are Q.850 values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from .call_kept import KeptCall as KeptCall

from .call_request import (  # isort: skip
    AUDIO_3K1 as AUDIO_3K1,
    ORDINARY_SUBSCRIBER as ORDINARY_SUBSCRIBER,
    RESTRICTED as RESTRICTED,
    SPEECH as SPEECH,
    TEST_CALL as TEST_CALL,
    UNRESTRICTED as UNRESTRICTED,
    CallRequest as CallRequest,
    PartyNumber as PartyNumber,
)


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
    """Answered; speech may flow both ways. ``connected``: who answered, if said. ``bearer``: the
    transfer capability that the call fell back to, -1: it is what was asked for. ``how``: where
    the line does not say it in so many words, by what it was told: "reversal", "voice", "tone",
    "time" … ("": the far end said so)."""

    call: int
    channel: int
    connected: PartyNumber | None
    bearer: int
    how: str

    def __init__(
        self,
        call: int,
        channel: int,
        connected: PartyNumber | None,
        bearer: int = -1,
        how: str = "",
    ) -> None:
        self.call = call
        self.channel = channel
        self.connected = connected
        self.bearer = bearer
        self.how = how


@dataclass(init=False)
class CallDisconnected(SignallingEvent):
    """The far end is clearing, with tones or an announcement on the channel if ``inband``. ``how``:
    where a line does not say it in so many words, by what it was told: "battery drop", "reversal",
    "busy tone", "learned tone", "silence", "time limit" …"""

    call: int
    cause: int
    location: int
    inband: bool
    how: str

    def __init__(self, call: int, cause: int, location: int, inband: bool, how: str = "") -> None:
        self.call = call
        self.cause = cause
        self.location = location
        self.inband = inband
        self.how = how


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
class CallKept(SignallingEvent):
    """An adopted call (``adopt``) goes on: the far end has it too, answered, or says nothing else.
    Where it has not, CallReleased comes instead. Its cause is the far end's if it cleared the call;
    else it says how that was found out: 41 its answer contradicts ours, or none came (PRI also 101:
    STATUS in another state, 81: the call reference is not known, 27: the link does not come back),
    31 the channel or circuit was reset."""

    call: int
    channel: int

    def __init__(self, call: int, channel: int) -> None:
        self.call = call
        self.channel = channel


@dataclass(init=False)
class CallMoved(SignallingEvent):
    """An outgoing call is tried again on another channel (automatic repeat attempt)."""

    call: int
    channel: int

    def __init__(self, call: int, channel: int) -> None:
        self.call = call
        self.channel = channel


@dataclass(init=False)
class CallSuspended(SignallingEvent):
    """The far side hung up without clearing, or suspended the call (ISUP's SUS).

    ``by_network``: the network says so, else the subscriber's own request. TUP has only one message
    for the called party's end of a call, CBK: it is a CallDisconnected with tones, and RAN, should
    the party come back, a CallNotified (1).
    """

    call: int
    by_network: bool

    def __init__(self, call: int, by_network: bool) -> None:
        self.call = call
        self.by_network = by_network


@dataclass(init=False)
class CallResumed(SignallingEvent):
    """A suspended call goes on (RES)."""

    call: int
    by_network: bool

    def __init__(self, call: int, by_network: bool) -> None:
        self.call = call
        self.by_network = by_network


@dataclass(init=False)
class ForwardTransfer(SignallingEvent):
    """The calling operator wants help from an operator of ours (FOT)."""

    call: int

    def __init__(self, call: int) -> None:
        self.call = call


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
CHANNEL_BLOCKED_HERE: Final = 4
"""We blocked it towards the far end: it may not use it; we may place test calls only."""
CHANNEL_BLOCKED_THERE: Final = 5
"""The far end blocked it: we may not place calls on it."""
CHANNEL_BLOCKED_BOTH: Final = 6
CHANNEL_TESTING: Final = 7
"""A continuity check is made on it outside a call."""


@dataclass(init=False)
class ChannelChanged(SignallingEvent):
    """A channel's own state, one of the CHANNEL_ values."""

    channel: int
    state: int

    def __init__(self, channel: int, state: int) -> None:
        self.channel = channel
        self.state = state


CONTINUITY_OFF: Final = 0
CONTINUITY_LOOP: Final = 1
"""Connect receive to transmit (the incoming side of a 4-wire circuit, Q.724 7)."""
CONTINUITY_TONE: Final = 2
"""Send the check tone and listen for it; tell ``continuity_result`` what was heard."""


@dataclass(init=False)
class ContinuityCheck(SignallingEvent):
    """A circuit's continuity is checked: ``mode``, a CONTINUITY_ value, is wanted on it now."""

    channel: int
    mode: int

    def __init__(self, channel: int, mode: int) -> None:
        self.channel = channel
        self.mode = mode


@dataclass(init=False)
class ContinuityDone(SignallingEvent):
    """A continuity test of ours outside a call ended."""

    channel: int
    ok: bool

    def __init__(self, channel: int, ok: bool) -> None:
        self.channel = channel
        self.ok = ok


@dataclass(init=False)
class CircuitsQueried(SignallingEvent):
    """What the far end says of channels (CQR): ``states``, the octets of Q.763 3.14, a channel
    each in the order of ``channels``; ``differ``: those whose state here is another."""

    channels: tuple[int, ...]
    states: bytes
    differ: tuple[int, ...]

    def __init__(self, channels: tuple[int, ...], states: bytes, differ: tuple[int, ...]) -> None:
        self.channels = channels
        self.states = states
        self.differ = differ


@dataclass(init=False)
class BlockingDone(SignallingEvent):
    """A blocking, unblocking or circuit query of ours ended. ``what``: "block", "unblock",
    "query". ``ok``: the far end acknowledged."""

    channels: tuple[int, ...]
    what: str
    ok: bool

    def __init__(self, channels: tuple[int, ...], what: str, ok: bool) -> None:
        self.channels = channels
        self.what = what
        self.ok = ok


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

    def keep(self, call: int) -> KeptCall | None:
        """What to write down of a call now, for ``adopt`` of a new process; None: it is not
        answered, is being cleared, or is of a line that is let go when its process ends."""

    def adopt(self, kept: KeptCall, now: int) -> int:
        """Before ``start``: go on with a call of a process that is no more; its handle. CallKept or
        CallReleased follows. LocalError when the channel is none of ours or taken, or this protocol
        cannot."""
