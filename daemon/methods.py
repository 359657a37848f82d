"""The methods of the wire: parameters and results as types. The table is at the end.

A method's docstring is its parameter class's; the schema is made from here (schema.py).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_audit import AUDIT_METHODS
from .methods_audit import Audit as Audit
from .methods_audit import AuditFinding as AuditFinding
from .methods_audit import AuditInfo as AuditInfo
from .methods_audit import AuditSuspect as AuditSuspect
from .methods_base import Bearer as Bearer
from .methods_base import CallId as CallId
from .methods_base import CauseValue as CauseValue
from .methods_base import ConnectionInfo as ConnectionInfo
from .methods_base import Digits as Digits
from .methods_base import Done as Done
from .methods_base import Hex as Hex
from .methods_base import Method as Method
from .methods_base import Params as Params
from .methods_base import Result as Result
from .methods_boards import BoardInfo as BoardInfo
from .methods_boards import ChannelInfo as ChannelInfo
from .methods_boards import ChannelList as ChannelList
from .methods_boards import Channels as Channels
from .methods_boards import RestartChannels as RestartChannels
from .methods_boards import SetLoopback as SetLoopback
from .methods_boards import SimCable as SimCable
from .methods_boards import SpanInfo as SpanInfo
from .methods_boards import SpanList as SpanList
from .methods_boards import Spans as Spans
from .methods_boards import TrunkInfo as TrunkInfo
from .methods_boards import TrunkList as TrunkList
from .methods_boards import Trunks as Trunks
from .methods_line import LINE_METHODS
from .methods_media import MEDIA_METHODS
from .methods_media import PlayMessage as PlayMessage
from .methods_media import RecordMessage as RecordMessage
from .methods_media import StopMedia as StopMedia
from .methods_pri import PRI_METHODS
from .methods_route import ROUTE_METHODS
from .methods_session import SESSION_METHODS, OnLoss, Priority, Secret, SessionName
from .methods_smdi import SMDI_METHODS, SmdiInfo
from .methods_ss7 import SS7_METHODS, Ss7LinkInfo
from .methods_switch import SWITCH_METHODS
from .methods_switch_data import AccountCode, Correlator, UserData
from .methods_switch_divert import DIVERT_METHODS
from .methods_switch_more import MORE_METHODS

# Session


class Hello(Params):
    """Say which versions of the contract the client speaks; learn what the daemon is."""

    versions: tuple[int, ...] = (1,)
    client: Annotated[str, msgspec.Meta(max_length=64)] = ""
    session: SessionName = ""
    """A name that the application chooses, the same after every reconnect: calls that it places,
    answers or claims are its own. Empty: a connection without."""
    secret: Secret = ""
    """Of the session. Its first hello may choose it, or leave it to the daemon, which tells it."""
    token: Secret = ""
    """Over TCP and TLS: the word in the daemon's token file."""
    on_loss: OnLoss | None = None
    """What becomes of the session's calls when its last connection goes; left out: as it was said
    before, at first that they stay up."""
    priority: Priority | None = None
    """Who has the higher one may take calls from others; at most what the role permits."""


class Welcome(Result):
    version: int
    """The highest version that both speak."""
    product: str
    product_version: str
    instance: str
    """Differs for each run of the daemon. Call ids and sequence numbers go on from one run to the
    next, as long as it finds the journal."""
    seq: int
    """The last event so far."""
    max_line: int
    methods: list[str]
    events: list[str] = []
    """Names of all events there are."""
    features: list[str] = []
    """What this connection can do: "keys" (a request's member ``key``), "sessions", "resume",
    "filters", "descriptors" (openAudio; not over TCP) …"""
    role: str = ""
    """observe, operate or administer; empty: only hello."""
    permitted: list[str] = []
    """Methods that the role permits."""
    session: str = ""
    secret: str = ""
    """Of a session that is a new one: keep it for the next hello."""
    calls: list[int] = []
    """callIds that the session owns."""


class Subscribe(Params):
    """Begin to get events. ``after``: the last event seen, to miss none in between."""

    after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    instance: str = ""
    """Of the run that ``after`` belongs to. A daemon that was started anew knows the runs whose
    journal it found; of others nothing is known, and all events are new."""
    events: list[str] = []
    """Names of the events wanted; empty: all."""
    trunks: list[str] = []
    """Only events of these trunks; empty: all."""
    calls: list[CallId] = []
    """Only events of these calls, and those that concern the whole daemon; empty: all."""
    sessions: list[SessionName] = []
    """The same of calls that these sessions own; "": calls that nobody owns; empty: all."""
    devices: list[str] = []
    """The same of these devices, ``trunk/NAME`` or ``trunk/NAME/CHANNEL``; empty: all."""


class Subscribed(Result):
    seq: int
    """The last event so far."""
    resumed: bool
    """False: events between ``after`` and now are gone. Take a snapshot."""
    lost_first: int = 0
    lost_last: int = 0


class Unsubscribe(Params):
    """Stop getting events."""


# Calls


class MakeCall(Params):
    """Place a call. Originated (or ServiceInitiated), Delivered, Established … follow."""

    called: Digits
    device: str = ""
    """``group/NAME``, ``trunk/NAME`` or ``trunk/NAME/CHANNEL``; empty: the route of the number, or
    without routes the first trunk that is up."""
    calling: Digits = ""
    complete: bool = True
    """False: more digits follow by sendDigits (overlap sending)."""
    exclusive: bool = False
    """With a channel in ``device``: that one or none."""
    bearer: Bearer = "audio"
    display: Annotated[str, msgspec.Meta(max_length=80)] = ""
    keypad: Annotated[str, msgspec.Meta(max_length=32)] = ""
    user_user: Hex = ""
    redirecting: Digits = ""
    """Who diverted the call to the called number (PRI, SS7, SMDI)."""
    redirect_reason: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    """Why (Q.763 3.45): 1 busy, 2 no reply, 3 unconditional …"""
    original_called: Digits = ""
    """Who was called first, if that was somebody else."""
    for_call: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The call that this one hands on, as to an outside voicemail: where nothing is said of the
    caller and of who diverted it, theirs are taken; 0: none."""
    category: Annotated[int, msgspec.Meta(ge=0, le=255)] = 10
    """Calling party's category of Q.763 3.11 (SS7): 10 ordinary subscriber, 13 test call …"""
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    """Above 0 the call may use channels that groups reserve (`reserve_priority`)."""
    correlator: Correlator = ""
    """Data with the call, as of setCallData."""
    user_data: UserData = ""
    account_code: AccountCode = ""


class CallMade(Result):
    call_id: int
    device: str


class AcceptCall(Params):
    """Tell the far end that the called party is being told (ALERTING)."""

    call_id: CallId
    inband: bool = False
    """Tones or speech are on the channel (progress description 8)."""
    user_user: Hex = ""
    """User-user information that goes with it (PRI, ISUP)."""


class AnswerCall(Params):
    """Answer an incoming call."""

    call_id: CallId
    user_user: Hex = ""
    """User-user information that goes with it (PRI, ISUP)."""


class ClearConnection(Params):
    """End a call, or refuse one that comes in."""

    call_id: CallId
    cause: CauseValue = 16
    user_user: Hex = ""
    """User-user information that goes with it (PRI, ISUP)."""


class SendDigits(Params):
    """More digits of an overlap call. ``complete``: these are the last."""

    call_id: CallId
    digits: Digits
    complete: bool = False


class SendUserInformation(Params):
    """Send user-user information on an established call."""

    call_id: CallId
    data: Hex


class Notify(Params):
    """Send NOTIFY (0 user suspended, 1 resumed, 2 bearer change)."""

    call_id: CallId
    indicator: Annotated[int, msgspec.Meta(ge=0, le=127)]


class Progress(Params):
    """Send PROGRESS with a description of Q.931 4.5.23 (8: in-band information)."""

    call_id: CallId
    description: Annotated[int, msgspec.Meta(ge=1, le=127)] = 8


class CallInfo(Result):
    call_id: int
    direction: Literal["in", "out"]
    trunk: str
    channel: int
    """0: none yet."""
    state: str
    """Connection state of ECMA-269 6.1.5: initiated, alerting, connected, fail …"""
    calling: str
    called: str
    answering: str
    connections: list[ConnectionInfo]
    """Of all devices in the call, this one first."""
    started: int
    """ns since 1970-01-01 UTC, as the others; 0: not yet."""
    delivered: int
    answered: int
    playing: str
    recording: str
    cause: str = ""
    q850: int = 0
    conference: int = 0
    """The conference that it is in; 0: none."""
    hears: str = ""
    """Whose speech it gets by a connection: ``call/N`` or ``music/NAME``."""
    at_work: list[str] = []
    """What is at work: play, record, collect, listen, analysis, audio, fax …"""
    route: str = ""
    """Row of `[[route]]`, `[[emergency]]` or `[[dnis]]` that it goes by."""
    group: str = ""
    """Trunk group."""
    attempts: int = 0
    """Places where routing tried it."""
    application: str = ""
    """Incoming: which program is to take it (`[[dnis]]`)."""
    priority: int = 0
    """As makeCall, the route or `[[dnis]]` said; 10: an emergency call."""
    linkage: int = 0
    """The same for all connections that come from one call by consultation, conference, transfer
    or diversion: callId of the first (ECMA-269 call linkage)."""
    redirecting: str = ""
    """Who diverted it."""
    redirect_reason: int = 0
    """And why, as in the event Offered."""
    owner: str = ""
    """Session that owns it; empty: nobody does."""
    correlator: str = ""
    """Data with the call, as setCallData set it."""
    user_data: str = ""
    account_code: str = ""
    held: bool = False
    """It waits with music on hold."""
    consultation: int = 0
    """The other call of its consultation."""
    parked: str = ""
    """The orbit where it waits."""


class Calls(Params):
    """All calls."""


class CallList(Result):
    seq: int
    calls: list[CallInfo]


class SnapshotCall(Params):
    """One call as it is now."""

    call_id: CallId


class SnapshotDevice(Params):
    """The calls at a trunk or at one of its channels."""

    device: str


# The whole


class Status(Params):
    """The daemon's health in one answer."""


class StatusInfo(Result):
    product_version: str
    instance: str
    pid: int
    started: int
    now: int
    draining: bool
    seq: int
    clients: int
    calls: int
    calls_total: int
    boards: list[BoardInfo]
    trunks: list[TrunkInfo]
    spans: list[SpanInfo]
    config: str
    socket: str
    metrics: str
    records: str
    links: list[Ss7LinkInfo] = []
    """SS7 links."""
    media_dir: str = ""
    """Where voice files are."""
    smdi: list[SmdiInfo] = []
    """Message desk links."""


class Snapshot(Params):
    """Everything, as of event ``seq``: to begin with, or after events were lost."""


class SnapshotInfo(Result):
    seq: int
    instance: str
    calls: list[CallInfo]
    trunks: list[TrunkInfo]
    spans: list[SpanInfo]


# Trace and life


class TraceStart(Params):
    """Begin to get the frames of D-channels and SS7 links as notifications ``frame``."""

    trunks: list[str] = []
    """Names of trunks, or of SS7 links (``linkset/slc``); empty: all."""
    decode: bool = False
    """Add one line of decode to each frame."""


class TraceStarted(Result):
    trunks: list[str]


class TraceStop(Params):
    """End the trace."""


class Shutdown(Params):
    """Stop the daemon: no new calls, wait up to ``drain`` seconds, clear what is left."""

    drain: Annotated[float, msgspec.Meta(ge=0, le=86400)] | None = None
    """Seconds; none: as configured."""


METHODS: Final[dict[str, Method]] = {
    "hello": Method(Hello, Welcome),
    "subscribe": Method(Subscribe, Subscribed),
    "unsubscribe": Method(Unsubscribe, Done),
    "makeCall": Method(MakeCall, CallMade),
    "acceptCall": Method(AcceptCall, Done),
    "answerCall": Method(AnswerCall, Done),
    "clearConnection": Method(ClearConnection, Done),
    "sendDigits": Method(SendDigits, Done),
    "sendUserInformation": Method(SendUserInformation, Done),
    "notify": Method(Notify, Done),
    "progress": Method(Progress, Done),
    "calls": Method(Calls, CallList),
    "snapshot": Method(Snapshot, SnapshotInfo),
    "snapshotCall": Method(SnapshotCall, CallInfo),
    "snapshotDevice": Method(SnapshotDevice, CallList),
    "spans": Method(Spans, SpanList),
    "trunks": Method(Trunks, TrunkList),
    "channels": Method(Channels, ChannelList),
    "status": Method(Status, StatusInfo),
    "restartChannels": Method(RestartChannels, Done),
    "setLoopback": Method(SetLoopback, Done),
    "simCable": Method(SimCable, Done),
    **AUDIT_METHODS,
    **MEDIA_METHODS,
    **SS7_METHODS,
    **PRI_METHODS,
    **LINE_METHODS,
    **ROUTE_METHODS,
    **SMDI_METHODS,
    **SWITCH_METHODS,
    **DIVERT_METHODS,
    **MORE_METHODS,
    **SESSION_METHODS,
    "traceStart": Method(TraceStart, TraceStarted),
    "traceStop": Method(TraceStop, Done),
    "shutdown": Method(Shutdown, Done),
}
