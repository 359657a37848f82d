"""Methods of the wire that take a call elsewhere: reject, deflect, forward, park and pick up."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import CallId, CauseValue, Digits, Done, Hex, Method, Params, Result
from .methods_media import Seconds
from .methods_switch import Destination, PlacedCall, Whose

ForwardingType = Literal["immediate", "busy", "noAnswer", "dnd"]
Orbit = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z*#_-]{0,16}$")]


class RejectCall(Params):
    """Refuse a call that came in and is not answered. Failed or ConnectionCleared tell the far end
    ``cause`` as its signalling has it."""

    call_id: CallId
    cause: CauseValue = 21
    user_user: Hex = ""
    """User-user information that goes with it (PRI, ISUP)."""


class DeflectCall(Destination, kw_only=True):
    """Take an incoming call that is not answered to somebody else (ECMA-269 Deflect Call): the far
    end hears what the new destination sends, and is answered when that answers. Diverted tells. If
    nobody can be had there, the incoming call is cleared with the same cause."""

    call_id: CallId
    by: Whose = "any"
    """Who does it: "switch": this daemon, by a second connection; "network": the network of a PRI
    trunk that has call deflection or rerouteing (`deflection` of ``[trunk.pri]``), so that the
    channel comes free (the result is ``callId`` itself; where the network refuses, networkRefused,
    the call alerts on); "any": the network where it can and no ``device`` is named, else this
    daemon, also after a refusal."""


class SetForwarding(Params):
    """Let calls to a telephone of ours, or to a trunk group, go elsewhere (ECMA-269 Set
    Forwarding, Set Do Not Disturb). It holds until it is set off, also over a restart."""

    device: str
    """``trunk/NAME/CHANNEL`` of an FXS line, or ``group/NAME``."""
    type: ForwardingType = "immediate"
    """"dnd": do not disturb; calls are refused, or go to ``to`` if that is given."""
    to: Digits = ""
    """The number that is called instead."""
    to_device: str = ""
    """And by which device, as of makeCall."""
    after: Seconds = 20
    """"noAnswer": so long it rings first."""
    on: bool = True
    """False: take it back."""


class ForwardingInfo(Result):
    device: str
    type: str
    to: str
    to_device: str
    after: float


class Forwardings(Params):
    """Where calls to whom are forwarded."""


class ForwardingList(Result):
    forwardings: list[ForwardingInfo]


class ParkCall(Params):
    """Let a connection wait with music in an orbit, from where anybody may fetch it (ECMA-269 Park
    Call). Diverted tells."""

    call_id: CallId
    orbit: Orbit = ""
    """Empty: the first one that is free, from 1."""
    timeout: Seconds = 0
    """After so long it comes back to whom it talked with; 0: never."""
    keep: bool = False
    """Who parked it stays with the application; else that connection is cleared."""


class ParkedCall(Result):
    orbit: str


class RetrieveParkedCall(Params):
    """Connect ``callId`` with the call that waits in an orbit."""

    orbit: Orbit
    call_id: CallId


class ParkedCallInfo(Result):
    orbit: str
    call_id: int
    since: int
    """ns since 1970-01-01 UTC."""
    timeout: float
    parker: str
    """Device that it comes back to."""
    recalls: int
    """How often it was tried to bring it back."""


class ParkedCalls(Params):
    """Who waits in which orbit."""


class ParkedCallList(Result):
    parked: list[ParkedCallInfo]


class DirectedPickupCall(Params):
    """Answer a call that alerts somewhere else with one's own connection (ECMA-269 Directed Pickup
    Call): an incoming call that the application has not answered, or one that rings at a device
    while somebody waits for it. A call in an orbit is fetched, too. Diverted tells."""

    call_id: CallId
    """Who picks it up: an answered connection."""
    picked: CallId
    """The connection that alerts."""


class GroupPickupCall(Params):
    """As directedPickupCall, of the call that alerts longest in a group (ECMA-269 Group Pickup
    Call)."""

    call_id: CallId
    device: str
    """``group/NAME``, ``trunk/NAME`` or ``trunk/NAME/CHANNEL``: where it alerts."""


class PickedUp(Result):
    picked: int
    """callId of whom the picker speaks with now."""


DIVERT_METHODS: Final[dict[str, Method]] = {
    "rejectCall": Method(RejectCall, Done),
    "deflectCall": Method(DeflectCall, PlacedCall),
    "setForwarding": Method(SetForwarding, Done),
    "forwardings": Method(Forwardings, ForwardingList),
    "parkCall": Method(ParkCall, ParkedCall),
    "retrieveParkedCall": Method(RetrieveParkedCall, Done),
    "parkedCalls": Method(ParkedCalls, ParkedCallList),
    "directedPickupCall": Method(DirectedPickupCall, PickedUp),
    "groupPickupCall": Method(GroupPickupCall, PickedUp),
}
