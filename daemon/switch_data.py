"""Data that goes with a call: correlator, user data, account code; and what links calls.

Calls of one linkage (ECMA-269 6.1.8: what comes from one call by consultation, transfer, diversion)
have the same data. When two linkages become one, what the older one does not say is taken from the
other. User-user information is another thing: it goes to the far end, where the signalling has it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from ..errors import LocalError
from .events import FAIL
from .events_switch import CallData as CallDataEvent

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node


class CallData:
    """What applications said of a call; never changed, so that calls can share it."""

    __slots__ = ("account_code", "correlator", "user_data")

    def __init__(self, correlator: str = "", user_data: str = "", account_code: str = "") -> None:
        self.correlator: Final = correlator
        """Hexadecimal, as ``user_data``."""
        self.user_data: Final = user_data
        self.account_code: Final = account_code

    def key(self) -> tuple[str, str, str]:
        return self.correlator, self.user_data, self.account_code


NONE: Final = CallData()


def set_data(
    call: Call,
    correlator: str | None = None,
    user_data: str | None = None,
    account_code: str | None = None,
) -> None:
    """Give it to all calls of the same linkage; None: as it was."""
    was = call.data
    data = CallData(
        was.correlator if correlator is None else correlator.lower(),
        was.user_data if user_data is None else user_data.lower(),
        was.account_code if account_code is None else account_code,
    )
    for each in list(call.trunk.node.calls.values()):
        if each.linkage == call.linkage:
            _give(each, data)


def link(one: Call, other: Call) -> None:
    """From now on these are of one linkage, and all who were linked with either."""
    first, second = sorted((one, other), key=lambda call: call.linkage)
    if first.linkage == second.linkage:
        return
    a, b = first.data, second.data
    data = CallData(
        a.correlator or b.correlator,
        a.user_data or b.user_data,
        a.account_code or b.account_code,
    )
    linkage, old = first.linkage, second.linkage
    for each in list(second.trunk.node.calls.values()):
        if each.linkage in (linkage, old):
            each.linkage = linkage
            each.trunk.node.kept.changed(each.call_id)
            _give(each, data)
    second.linkage = first.linkage = linkage  # one of them may not be known to the node yet


def _give(call: Call, data: CallData) -> None:
    if call.data.key() == data.key():
        return
    call.data = data
    call.trunk.node.tell_call(CallDataEvent, call, *data.key())


# To the far end


class SaysAtEnd(Protocol):
    """An engine whose signalling has user-user information."""

    def clear(self, call: int, cause: int, now: int, user_user: bytes, /) -> None: ...


def carries(call: Call) -> bool:
    """Its signalling has user-user information."""
    table = call.trunk.table
    return table.pri is not None or table.signalling == "isup"


def send_with_next(call: Call, user_user: str, now: int) -> None:
    """It goes with the ALERTING, CONNECT, ACM or ANM that is sent next; signalling that has no
    user-user information goes without."""
    if user_user and carries(call) and call.direction == "in" and not call.answered:
        with contextlib.suppress(LocalError):  # the request that follows says what is wrong
            call.trunk.engine.send_user_information(call.handle, bytes.fromhex(user_user), now)


def clear_with(call: Call, cause: int, user_user: str, now: int) -> None:
    """Clear the call; the information goes with the DISCONNECT, RELEASE COMPLETE or REL."""
    trunk = call.trunk
    if not (user_user and carries(call) and call.handle) or call.state == FAIL:
        trunk.clear(call, cause, now)
        return
    cast(SaysAtEnd, trunk.engine).clear(call.handle, cause, now, bytes.fromhex(user_user))
    call.cleared_here = True
    call.cause = call.cause or cause
    trunk.pump(now)


def words(node: Node, call: Call) -> dict[str, Any]:
    """Of CallInfo."""
    return {
        "correlator": call.data.correlator,
        "user_data": call.data.user_data,
        "account_code": call.data.account_code,
        "parked": node.switch.orbits.orbit_of(call),
        "consultation": node.switch.consulted(call),
        "held": node.switch.is_held(call),
    }
