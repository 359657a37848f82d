"""Methods of the wire for calls of several connections: the services of ECMA-269 clause 17.

``callId`` names one connection (a device in a call) and stays the same when calls are joined.
ECMA-269 says for hold and the like which device asks; here the connection named is always the one
that it happens *to*: holdCall lets the far end of ``callId`` wait.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import (
    Bearer,
    CallId,
    CauseValue,
    ConnectionInfo,
    Digits,
    Done,
    Hex,
    Method,
    Params,
    Result,
)

PartyRole = Literal["talk", "listen", "speak", "coach", "monitor"]
Last = Literal["clear", "keep"]
Whose = Literal["switch", "network", "any"]


class Destination(Params, kw_only=True):
    """Base: a connection to be made, as by makeCall."""

    called: Digits = ""
    device: str = ""
    """As of makeCall."""
    calling: Digits = ""
    bearer: Bearer = "audio"
    display: Annotated[str, msgspec.Meta(max_length=80)] = ""
    user_user: Hex = ""


class ClearCall(Params):
    """Clear all connections of the call that this one is in (ECMA-269 Clear Call)."""

    call_id: CallId
    cause: CauseValue = 16


class JoinCalls(Params):
    """Bring two calls and all who take part in them together (ECMA-269 Join Call). Two connections
    are switched bit by bit, more are mixed."""

    call_id: CallId
    other: CallId
    role: PartyRole = "talk"
    """Of ``other``: talk; listen and monitor are not heard, speak hears nobody; coach is heard by
    ``coached`` alone."""
    coached: CallId | None = None
    after: Last = "keep"
    """What becomes of the last connection when all others are gone: "clear": it ends, too;
    "keep": its application has it again."""


class PartCall(Params):
    """Take a connection out of its call; its application has it alone."""

    call_id: CallId


class HoldCall(Params):
    """The connection's far end waits with music on hold (ECMA-269 Hold Call)."""

    call_id: CallId


class RetrieveCall(Params):
    """It takes part in its call again (ECMA-269 Retrieve Call)."""

    call_id: CallId


class ConsultationCall(Destination, kw_only=True):
    """Put a connection on hold and call somebody else (ECMA-269 Consultation Call)."""

    held_call: CallId
    """The connection that is to wait."""
    consulting: CallId | None = None
    """Who speaks with the one that is called; left out: who talks with ``heldCall`` now, or, if it
    is alone, the application."""


class PlacedCall(Result):
    call_id: int
    """Of the new connection."""
    device: str


class AlternateCall(Params):
    """Of a consultation: the active connection waits, and the held one is spoken with (ECMA-269
    Alternate Call)."""

    held_call: CallId
    active_call: CallId


class ReconnectCall(Params):
    """Of a consultation: clear the active connection, and be back with the held one (ECMA-269
    Reconnect Call)."""

    held_call: CallId
    active_call: CallId


class ConferenceCall(Params):
    """All of a consultation talk together (ECMA-269 Conference Call). Conferenced tells."""

    held_call: CallId
    active_call: CallId


class TransferCall(Params):
    """Both of a consultation talk with each other, and who consulted is out of it (ECMA-269
    Transfer Call). Transferred tells. When one hangs up, the other is cleared."""

    held_call: CallId
    active_call: CallId
    keep: bool = False
    """Who consulted stays with the application; else that connection is cleared."""
    by: Whose = "switch"
    """Who connects them: "switch": this daemon; "network": the network, where both are calls of one
    PRI trunk whose network has the service (`transfer` of ``[trunk.pri]``): both channels come
    free. The answer comes when the network has answered; where it refuses (networkRefused, event
    NetworkRefused) the consultation is as it was. "any": the network where it can, else this
    daemon, also after a refusal."""


class CallTransferred(Result):
    by: str
    """"switch" or "network": who connects them."""


class SingleStepConferenceCall(Destination, kw_only=True):
    """Add somebody to a call (ECMA-269 Single Step Conference Call, Intrude, Silent Monitor): a
    connection that is there (``other``), or one that is placed now."""

    call_id: CallId
    other: CallId | None = None
    role: PartyRole = "talk"
    coached: CallId | None = None


class SingleStepTransferCall(Destination, kw_only=True):
    """Call somebody else and connect ``callId`` with him in place of its present partner (ECMA-269
    Single Step Transfer Call). If nobody answers, the application has ``callId`` again."""

    call_id: CallId
    """Who is transferred."""
    keep: bool = False
    """The partner's connection stays with the application; else it is cleared."""
    by: Whose = "switch"
    """Who does it: "switch": this daemon; "network": the exchange of an FXO line, by hookflash,
    digits and hanging up, so that no channel is held (the result is ``callId`` itself); or the
    network of a PRI trunk: ``callId`` waits, the number is called by the same trunk (the result is
    that connection), and as soon as the network takes it both are transferred as by transferCall.
    Transferred tells; where it refuses, or nobody answers, NetworkRefused does, and ``callId`` is
    back with its partner. "any": the network where it can, else this daemon."""


class CallConnections(Params):
    """Who is in a call."""

    call_id: CallId


class ConnectionList(Result):
    linkage: int
    connections: list[ConnectionInfo]


SWITCH_METHODS: Final[dict[str, Method]] = {
    "clearCall": Method(ClearCall, Done),
    "joinCalls": Method(JoinCalls, Done),
    "partCall": Method(PartCall, Done),
    "holdCall": Method(HoldCall, Done),
    "retrieveCall": Method(RetrieveCall, Done),
    "consultationCall": Method(ConsultationCall, PlacedCall),
    "alternateCall": Method(AlternateCall, Done),
    "reconnectCall": Method(ReconnectCall, Done),
    "conferenceCall": Method(ConferenceCall, Done),
    "transferCall": Method(TransferCall, CallTransferred),
    "singleStepConferenceCall": Method(SingleStepConferenceCall, PlacedCall),
    "singleStepTransferCall": Method(SingleStepTransferCall, PlacedCall),
    "callConnections": Method(CallConnections, ConnectionList),
}
