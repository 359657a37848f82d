"""Methods of the wire for message desk links (SMDI)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .config_smdi import HIGHEST_DESK, HIGHEST_TERMINAL
from .methods_base import Done, Method, Params, Result

Number = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]*$", max_length=32, description="digits"),
]


class Smdi(Params):
    """The message desk links: their state and what they counted."""


class SmdiInfo(Result):
    name: str
    role: str
    """desk or exchange."""
    port: str
    up: bool
    reason: str
    since: int
    """ns since 1970-01-01 UTC."""
    terminals: int
    """Lines of the desk."""
    stations: int
    """At a desk: stations whose message waiting is known; at an exchange: those configured."""
    waiting: int
    """Requests for message waiting that wait for their turn."""
    heard: int
    """When the far end was heard last, as `since`; 0: never."""
    counters: dict[str, int]


class SmdiList(Result):
    links: list[SmdiInfo]


class SetMessageWaiting(Params):
    """Messages wait at our message desk for a station of the exchange, or no more.
    MessageWaitingChanged tells what becomes of it; the last request for a number wins."""

    number: Number
    """Of the station at the exchange."""
    on: bool
    smdi: str = ""
    """Name of the link; empty: the only one of a desk."""


class MessageWaiting(Params):
    """Message waiting of stations at our message desk, as far as it is known, by number."""

    smdi: str = ""
    """Name of the link; empty: the only one of a desk."""
    after: Number = ""
    """Only numbers that sort behind this one, to go on with a long list."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 1000


class StationInfo(Result):
    number: str
    on: bool
    state: str
    """As of MessageWaitingChanged."""
    why: str = ""


class StationList(Result):
    stations: list[StationInfo]
    more: bool
    """There are others behind the last."""


class SendCallHistory(Params):
    """Send a call's message to an outside message desk by hand, to try it. Calls that are placed
    on the desk's lines have theirs sent by themselves."""

    smdi: str
    """Name of the link; it has role exchange."""
    terminal: Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_TERMINAL)]
    desk: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_DESK)] = 0
    """0: as configured."""
    kind: Literal["A", "B", "D", "N", "U"] = "D"
    """D direct call; forwarded: A all calls, B busy, N no answer, U unknown."""
    forwarding: Number = ""
    """Who forwarded the call; empty: nobody."""
    calling: Number = ""
    """Who calls; empty: not told."""


SMDI_METHODS: Final[dict[str, Method]] = {
    "smdi": Method(Smdi, SmdiList),
    "setMessageWaiting": Method(SetMessageWaiting, Done),
    "messageWaiting": Method(MessageWaiting, StationList),
    "sendCallHistory": Method(SendCallHistory, Done),
}
