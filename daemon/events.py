"""What clients are told: monitor events in the words of ECMA-269 (CSTA), and trunkd's own.

On the wire an event is the ``params`` of a notification ``event``; its field ``event`` names the
class. ``seq`` counts all events of this run of the daemon from 1 without a gap; ``time`` is ns
since 1970-01-01 UTC (as a JSON number: exact to 256 ns where numbers are doubles). ``cause`` is
an ECMA-269 event cause, ``q850`` the cause value of Q.850 that it was made from.

``device`` is ``trunk/NAME`` or, once the call has a channel, ``trunk/NAME/TIMESLOT``.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from .events_base import ALERTING as ALERTING
from .events_base import CONNECTED as CONNECTED
from .events_base import FAIL as FAIL
from .events_base import HOLD as HOLD
from .events_base import INITIATED as INITIATED
from .events_base import NULL as NULL
from .events_base import QUEUED as QUEUED
from .events_base import CallEvent as CallEvent
from .events_base import Direction as Direction
from .events_base import Event as Event
from .events_line import CallerIdentified as CallerIdentified
from .events_line import Conferenced as Conferenced
from .events_line import FdlReceived as FdlReceived
from .events_line import Held as Held
from .events_line import HookFlash as HookFlash
from .events_line import LineChanged as LineChanged
from .events_line import Retrieved as Retrieved
from .events_line import Transferred as Transferred
from .events_media import ActiveSpeakers as ActiveSpeakers
from .events_media import AudioClosed as AudioClosed
from .events_media import CallProgress as CallProgress
from .events_media import CallProgressResult as CallProgressResult
from .events_media import ConferenceChanged as ConferenceChanged
from .events_media import ConnectionChanged as ConnectionChanged
from .events_media import DigitsCollected as DigitsCollected
from .events_media import DigitsDetected as DigitsDetected
from .events_media import FaxEnded as FaxEnded
from .events_media import FaxNegotiated as FaxNegotiated
from .events_media import FaxPage as FaxPage
from .events_media import FskDetected as FskDetected
from .events_media import Play as Play
from .events_media import Record as Record
from .events_media import Resume as Resume
from .events_media import Stop as Stop
from .events_media import Suspend as Suspend
from .events_media import ToneDetected as ToneDetected
from .events_media import VoiceActivity as VoiceActivity
from .events_pri import DChannelChanged as DChannelChanged
from .events_route import CallRerouted as CallRerouted
from .events_route import EmergencyCall as EmergencyCall
from .events_session import OwnerChanged as OwnerChanged
from .events_session import OwnerLost as OwnerLost
from .events_session import RequestSettled as RequestSettled
from .events_smdi import CallRedirected as CallRedirected
from .events_smdi import MessageWaitingChanged as MessageWaitingChanged
from .events_smdi import MessageWaitingRequested as MessageWaitingRequested
from .events_smdi import SmdiChanged as SmdiChanged
from .events_smdi import SmdiMessage as SmdiMessage
from .events_smdi import SmdiUnmatched as SmdiUnmatched
from .events_ss7 import ChargeAdvised as ChargeAdvised
from .events_ss7 import CircuitsBlocked as CircuitsBlocked
from .events_ss7 import CircuitsQueried as CircuitsQueried
from .events_ss7 import ContinuityChecked as ContinuityChecked
from .events_ss7 import ContinuityTested as ContinuityTested
from .events_ss7 import DestinationChanged as DestinationChanged
from .events_ss7 import DestinationCongested as DestinationCongested
from .events_ss7 import ExchangeCongested as ExchangeCongested
from .events_ss7 import OperatorSignal as OperatorSignal
from .events_ss7 import SignallingFault as SignallingFault
from .events_ss7 import SignallingLinkChanged as SignallingLinkChanged
from .events_ss7 import SignallingLinkTested as SignallingLinkTested
from .events_ss7 import SignallingManagementDone as SignallingManagementDone
from .events_ss7 import SignallingRouteChanged as SignallingRouteChanged
from .events_switch import CallData as CallData
from .events_switch import Diverted as Diverted
from .events_switch import NetworkRefused as NetworkRefused
from .events_switch import PartyChanged as PartyChanged
from .events_switch import PredictiveAbandoned as PredictiveAbandoned
from .events_switch import PredictiveConnected as PredictiveConnected
from .events_switch import PredictiveResult as PredictiveResult


class ServiceInitiated(CallEvent):
    """A call begins and its number is not complete (overlap)."""

    direction: Direction
    calling: str = ""
    called: str = ""


class DigitsDialed(CallEvent):
    """More digits of the called number; ``called`` is all of it so far."""

    digits: str
    called: str
    complete: bool = False
    keypad: str = ""


class Originated(CallEvent):
    """An outgoing call was sent with a complete number."""

    calling: str
    called: str


class NetworkReached(CallEvent):
    """The far end takes care of the call; ``inband``: tones may be heard on the channel."""

    inband: bool = False
    progress: int = 0
    """Progress description of Q.931 4.5.23, or 0."""
    q850: int = 0


class Offered(CallEvent):
    """A call came in and waits for acceptCall, answerCall or clearConnection."""

    calling: str
    called: str
    bearer: str = ""
    display: str = ""
    user_user: str = ""
    """Hexadecimal."""
    redirecting: str = ""
    """Who diverted the call here."""
    category: int = 10
    """Calling party's category of Q.763 3.11: 10 ordinary subscriber, 11 priority, 13 test …"""
    redirect_reason: int = 0
    """Why (Q.763 3.45): 1 busy, 2 no reply, 3 unconditional … 0: not known."""
    original_called: str = ""
    """Who was called first."""
    application: str = ""
    """Which program is to take the call (`[[dnis]]`)."""
    priority: int = 0
    """Of the same row."""


class Delivered(CallEvent):
    """The called party is being told (ALERTING sent or received)."""

    direction: Direction
    calling: str
    called: str
    inband: bool = False
    bearer: str = ""
    display: str = ""
    user_user: str = ""
    redirecting: str = ""
    category: int = 10
    redirect_reason: int = 0
    original_called: str = ""
    application: str = ""
    """Incoming: which program is to take the call (`[[dnis]]`)."""
    priority: int = 0
    """Of the same row."""


class Established(CallEvent):
    """The call was answered and its channel carries speech both ways."""

    answering: str = ""
    """The connected number, if it was said."""
    how: str = ""
    """What told of the answer where the line has no signal that only says that: "reversal",
    "voice", "tone", "time"."""


class Failed(CallEvent):
    """The far end is clearing the call, or it never got through; ConnectionCleared follows."""

    cause: str
    q850: int
    location: int = 0
    inband: bool = False


class ConnectionCleared(CallEvent):
    """The call is over. ``releasing``: who began to clear it."""

    releasing: Literal["local", "remote"]
    cause: str
    q850: int
    location: int = 0
    how: str = ""
    """What told that the far end had hung up, where the line has no signal that only says that:
    "battery drop", "reversal", "busy tone", "learned tone", "silence", "time limit"; and
    "transferred by the network", "deflected by the network": the far end goes on there."""


class Notified(CallEvent):
    """NOTIFY: user suspended (0), resumed (1), bearer change (2) … (Q.931 4.5.22); of SS7 also SUS
    and RES, clear-back and re-answer."""

    indicator: int
    by_network: bool = False
    """The network says so: the party hung up (clear-back), or took the phone up again."""


class CallInformation(CallEvent):
    """User-user information came in; hexadecimal."""

    user_user: str


class LinkChanged(Event):
    """A trunk's signalling came up, went down, or is down for another reason than before: a PRI's
    D-channel, or the way to an SS7 exchange."""

    trunk: str
    up: bool
    reason: str


class AlarmChanged(Event):
    """A span's defect was raised or cleared (LOS, LOF, AIS, RAI …)."""

    span: str
    alarm: str
    active: bool


class ChannelChanged(Event):
    """A channel's own state: idle, busy, restarting, outOfService; of an SS7 circuit also
    blockedHere, blockedThere, blockedBoth, testing."""

    trunk: str
    channel: int
    state: str


class ChannelAudited(Event):
    """The auditor found states of a channel or a call that disagree, twice in a row, and put them
    right. This should not happen: please report what came before it."""

    trunk: str
    channel: int
    """0: none."""
    what: str
    """What disagreed, in words."""
    healed: bool
    """False: it could not be put right, and is tried again."""
    call_id: int = 0


class RestartDone(Event):
    """A RESTART ended. ``ok``: it was acknowledged."""

    trunk: str
    channels: tuple[int, ...]
    local: bool
    ok: bool


class ProtocolFault(Event):
    """The far end broke the protocol; counted, answered as the clause says."""

    trunk: str
    kind: str
    text: str
    clause: str
    raw: str
    """Hexadecimal."""


class PortChanged(Event):
    """An outside process opened or left the port of a simulated timeslot."""

    span: str
    timeslot: int
    connected: bool


class BoardEventsLost(Event):
    """A board's event ring was full; ``count`` of its events did not fit."""

    board: str
    count: int


class Draining(Event):
    """The daemon stops: no new calls; those that are up end by ``until`` (as ``time``)."""

    until: int


class Restarted(Event):
    """The daemon was started anew after another run of it was killed. Of the calls that were up
    then, ConnectionCleared with cause restart follows for each that is lost, and CallKept for each
    that goes on, or that as well when the far end does not have it any more."""

    instance: str
    """The run that was killed."""
    until: int
    """Its last event, as ``time``; 0: none is known."""
    calls: int
    """Calls that are lost."""
    kept: int = 0
    """Answered calls that go on, if their far ends have them still."""


class CallKept(CallEvent):
    """An answered call that was up when the daemon was killed goes on: its far end has it, too.
    It has its callId, owner and data, and is joined or held as it was; what played, recorded or
    collected digits is over, which was told."""

    direction: Direction
    calling: str = ""
    called: str = ""


class EventsLost(Event):
    """To one client only: events ``first`` to ``last`` are gone. Take a snapshot."""

    first: int
    last: int


AnyEvent = (
    ServiceInitiated
    | DigitsDialed
    | Originated
    | NetworkReached
    | Offered
    | Delivered
    | Established
    | Failed
    | ConnectionCleared
    | OwnerChanged
    | OwnerLost
    | RequestSettled
    | Notified
    | CallInformation
    | CallerIdentified
    | HookFlash
    | Held
    | Retrieved
    | Conferenced
    | Transferred
    | Diverted
    | NetworkRefused
    | PartyChanged
    | CallData
    | PredictiveResult
    | PredictiveConnected
    | PredictiveAbandoned
    | Play
    | Record
    | Suspend
    | Resume
    | Stop
    | DigitsDetected
    | DigitsCollected
    | ToneDetected
    | VoiceActivity
    | FskDetected
    | CallProgress
    | CallProgressResult
    | ConferenceChanged
    | ActiveSpeakers
    | ConnectionChanged
    | AudioClosed
    | FaxNegotiated
    | FaxPage
    | FaxEnded
    | LinkChanged
    | DChannelChanged
    | AlarmChanged
    | ChannelChanged
    | ChannelAudited
    | RestartDone
    | ProtocolFault
    | SignallingLinkChanged
    | SignallingRouteChanged
    | DestinationChanged
    | DestinationCongested
    | SignallingLinkTested
    | SignallingManagementDone
    | CircuitsBlocked
    | CircuitsQueried
    | ContinuityChecked
    | ContinuityTested
    | ExchangeCongested
    | OperatorSignal
    | ChargeAdvised
    | SignallingFault
    | LineChanged
    | FdlReceived
    | CallRerouted
    | EmergencyCall
    | CallRedirected
    | SmdiChanged
    | SmdiMessage
    | SmdiUnmatched
    | MessageWaitingChanged
    | MessageWaitingRequested
    | PortChanged
    | BoardEventsLost
    | Draining
    | Restarted
    | CallKept
    | EventsLost
)


EVENTS: Final[tuple[type[Event], ...]] = get_args(AnyEvent)


LINE_SIGNALS: Final = -1
"""``TraceFrame.link_type`` of what lines show: no capture format knows that."""


class TraceFrame(msgspec.Struct, rename="camel", omit_defaults=True):
    """``params`` of a notification ``frame``: a frame of a signalling link, while a trace runs."""

    index: int
    """Counts the frames of the trace from 1; a gap is frames that this client read too late."""
    time: int
    trunk: str
    """Name of the trunk, for its D-channel; of the SS7 link, as ``linkset/slc``."""
    span: str
    timeslot: int
    sent: bool
    """True: from us to the far end."""
    frame: str
    """Hexadecimal, without FCS."""
    text: str = ""
    """One line of decode, where it was asked for."""
    link_type: int = 177
    """What the frame is, by pcap's number: 177 LAPD, 140 MTP2. -1: it is no frame but what a line
    shows or is asked for (R2, E&M, FXS, FXO), as ``text``; ``timeslot`` is the channel."""
    minor: bool = False
    """Of a line: only the end of a signal that was told when it began."""


_CSTA: Final[dict[int, str]] = {
    1: "numberUnallocated",
    2: "networkNotObtainable",
    3: "destNotObtainable",
    6: "resourcesNotAvailable",
    16: "normalClearing",
    17: "busy",
    18: "callNotAnswered",
    19: "callNotAnswered",
    20: "destOutOfOrder",
    21: "callCancelled",
    22: "numberChanged",
    26: "callCancelled",
    27: "destOutOfOrder",
    28: "invalidNumberFormat",
    31: "normal",
    34: "trunksBusy",
    38: "networkOutOfOrder",
    41: "networkCongestion",
    42: "networkCongestion",
    44: "selectedTrunkBusy",
    47: "resourcesNotAvailable",
    57: "unauthorisedBearerService",
    58: "notAvailableBearerService",
    63: "resourcesNotAvailable",
    65: "notSupportedBearerService",
    70: "notSupportedBearerService",
    87: "blocked",
    88: "incompatibleDestination",
    102: "timeout",
}
_CSTA_CLASS: Final = {
    0: "normal",
    1: "normal",
    2: "resourcesNotAvailable",
    3: "notAvailableBearerService",
    4: "notSupportedBearerService",
    5: "networkSignal",
    6: "networkSignal",
    7: "networkSignal",
}


def csta_cause(q850: int) -> str:
    """The ECMA-269 event cause for a Q.850 cause: by value, else by the value's class."""
    return _CSTA.get(q850) or _CSTA_CLASS[(q850 >> 4) & 7]
