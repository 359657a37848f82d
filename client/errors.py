"""What a request of an application can end with, besides its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..daemon.client import Refused as Refused
from ..daemon.client import Unreachable as Unreachable
from ..daemon.client import Untrusted as Untrusted
from ..errors import Error

if TYPE_CHECKING:
    from .call_followed import FollowedCall
    from .calls import Call


class CallEnded(Error):
    """The call is over. ``cause`` is ECMA-269's word, ``q850`` the number of Q.850; "lost" and 0:
    it ended while nobody was told."""

    def __init__(self, call: FollowedCall) -> None:
        super().__init__(f"call {call.call_id} is over ({call.cause or 'not said why'})")
        self.call = cast("Call", call)
        self.cause = call.cause
        self.q850 = call.q850


class NoAnswer(Error):
    """The daemon did not answer in time; whether the request was done is not known."""


class ConnectionLost(NoAnswer):
    """The connection ended between request and answer, and the daemon knows no keys by which the
    request could have been sent again safely."""


class StreamOverrun(Error):
    """A stream of events was read too slowly, and ends; others go on."""
