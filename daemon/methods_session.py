"""Methods of the wire for sessions: who is connected, and whose calls they are."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import CallId, CauseValue, Done, Method, Params, Result

SessionName = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.:@-]{0,63})?$")]
Secret = Annotated[str, msgspec.Meta(max_length=128)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=9)]
LossAction = Literal["keep", "clear", "handOver", "treatment", "release"]


class OnLoss(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What becomes of a call when the last connection of its session goes. Left out: it stays up,
    and stays the session's."""

    action: Literal["keep", "clear", "handOver", "treatment"] = "keep"
    """At once; "keep": the call waits for its session."""
    keep_for: Annotated[float, msgspec.Meta(ge=0, le=86400)] | None = None
    """Of "keep": so many seconds (a lease); left out: as long as the call lasts."""
    then: Literal["clear", "handOver", "treatment", "release"] = "clear"
    """Of "keep": what becomes of it after that time; "release": it belongs to nobody."""
    to: SessionName = ""
    """Of "handOver": session that gets it. If that one is not connected, the call gets
    ``treatment`` if there is one, or is cleared."""
    treatment: str = ""
    """Row of `[[treatment]]`."""
    cause: CauseValue = 41
    """Of "clear": cause value."""


class SetSession(Params):
    """Change what hello said of the session."""

    on_loss: OnLoss | None = None
    """What becomes of its calls, from now on; left out: as it was."""
    priority: Priority | None = None
    """At most what the role permits; left out: as it was."""


class ClaimCall(Params):
    """Be the owner of a call that nobody owns. OwnerChanged tells."""

    call_id: CallId
    preempt: bool = False
    """Take it from another session, which must have a lower priority."""
    on_loss: OnLoss | None = None
    """What becomes of this call, otherwise than of others of the session; also of a call that is
    owned already."""


class ReleaseCall(Params):
    """Own a call no longer; it stays up. OwnerChanged tells."""

    call_id: CallId


class HandOverCall(Params):
    """Give a call to another session, which is connected. OwnerChanged tells."""

    call_id: CallId
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """The session."""
    preempt: bool = False
    """The call may be another session's, which must have a lower priority."""


class ClientsOf(Params):
    """Who is connected, and the sessions there are."""


class ClientInfo(Result):
    client: int
    """Number of the connection."""
    name: str
    """As it said in hello."""
    session: str
    role: str
    """observe, operate, administer; empty: none."""
    by: Literal["unix", "tcp", "tls"]
    address: str
    """Of a remote one."""
    uid: int
    """-1: not known, as of remote ones."""
    pid: int
    since: int
    """ns since 1970-01-01 UTC."""
    behind: int
    """Events that wait for it."""
    requests: int
    refused: int
    """Requests that were answered with an error."""
    outstanding: int
    """Requests whose results are not there yet."""
    calls: int
    """Calls of its session."""


class SessionInfo(Result):
    name: str
    priority: int
    connections: int
    """0: it is lost, or was closed."""
    since: int
    """ns since 1970-01-01 UTC: of its first connection, or, without one, since the last went."""
    calls: list[int]
    """callIds that it owns."""
    keys: int
    """Answers that are kept for keys of its requests."""


class ClientList(Result):
    clients: list[ClientInfo]
    sessions: list[SessionInfo]


SESSION_METHODS: Final[dict[str, Method]] = {
    "setSession": Method(SetSession, Done, "observe"),
    "claimCall": Method(ClaimCall, Done),
    "releaseCall": Method(ReleaseCall, Done),
    "handOverCall": Method(HandOverCall, Done),
    "clients": Method(ClientsOf, ClientList, "observe"),
}
