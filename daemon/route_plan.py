"""What is known of one routed call: where it may go, where it was, what it waits for."""

from __future__ import annotations

from typing import Final

from ..errors import LocalError
from ..signaling.call import CallRequest, PartyNumber
from .route import Choice, Decision
from .route_groups import Circuit, Group

COLLECTING: Final = "collecting"
"""Digits are missing (overlap)."""
WAITING: Final = "waiting"
"""For its turn (calls_per_second)."""
MOVING: Final = "moving"
"""It left a trunk and is about to be placed on another."""
PLACED: Final = "placed"
OVER: Final = "over"


class RouteRefused(LocalError):
    """A call cannot be placed; ``q850`` says why as a cause."""

    def __init__(self, text: str, q850: int) -> None:
        super().__init__(text)
        self.q850 = q850


class RoutePlan:
    """One call's way through its choices."""

    __slots__ = (
        "attempts",
        "avoid",
        "cause",
        "circuit",
        "decision",
        "group",
        "index",
        "last_device",
        "location",
        "repeats",
        "request",
        "state",
        "told",
        "tried",
    )

    def __init__(self, request: CallRequest, decision: Decision) -> None:
        self.request: Final = request
        """As the application gave it."""
        self.decision = decision
        self.index = 0
        """The choice whose turn it is."""
        self.group: Group | None = None
        """Where it is, or was last."""
        self.circuit: Circuit | None = None
        self.avoid: frozenset[Circuit] = frozenset()
        """Channels of this group that were lost to calls from the far end."""
        self.repeats = 0
        self.attempts = 0
        self.state = MOVING
        self.cause = 0
        """Q.850: why it could not stay where it was last."""
        self.location = 0
        self.last_device = ""
        self.told = False
        """Clients know of the call."""
        self.tried: list[str] = []
        """Group and why not, in words."""

    @property
    def choice(self) -> Choice | None:
        choices = self.decision.choices
        return choices[self.index] if self.index < len(choices) else None

    @property
    def emergency(self) -> bool:
        return bool(self.decision.emergency)

    def next_choice(self) -> None:
        self.index += 1
        self.repeats = 0
        self.avoid = frozenset()


def readdressed(
    request: CallRequest,
    called: PartyNumber,
    calling: PartyNumber | None,
    channel: int = 0,
    exclusive: bool = False,
) -> CallRequest:
    """The request with other numbers, for one channel."""
    return CallRequest(
        called,
        calling,
        channel,
        exclusive,
        request.complete,
        request.bearer,
        request.display,
        request.keypad,
        request.user_user,
        request.category,
        request.redirecting,
        request.original_called,
        request.redirect_reason,
        request.redirect_count,
        request.hop_counter,
        request.fallback,
        request.access,
    )


def completed(request: CallRequest, called: PartyNumber) -> CallRequest:
    """The request with all of its number."""
    made = CallRequest(
        called,
        request.calling,
        bearer=request.bearer,
        display=request.display,
        keypad=request.keypad,
        user_user=request.user_user,
        category=request.category,
        redirecting=request.redirecting,
        original_called=request.original_called,
        redirect_reason=request.redirect_reason,
        redirect_count=request.redirect_count,
        hop_counter=request.hop_counter,
        fallback=request.fallback,
        access=request.access,
    )
    return made
