"""The call model of ECMA-269 for trunk calls: what one call is, from offer to record.

A call has one connection here: the trunk's leg, whose far end is the other party and whose near
end is the application, or whom the switching function joined with it (switch.py). Its state is the
connection state of ECMA-269 6.1.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ..signaling import call as neutral
from .events import CONNECTED, FAIL, INITIATED, csta_cause
from .methods import CallInfo
from .switch_data import NONE, words

if TYPE_CHECKING:
    from .route_plan import RoutePlan
    from .trunk import Trunk

BEARERS: Final = {
    "speech": neutral.SPEECH,
    "unrestricted": neutral.UNRESTRICTED,
    "restricted": neutral.RESTRICTED,
    "audio": neutral.AUDIO_3K1,
}
BEARER_NAMES: Final = {value: name for name, value in BEARERS.items()}


def bearer_name(bearer: int) -> str:
    return BEARER_NAMES.get(bearer, f"0x{bearer:02x}")


class Call:
    """One call. Times are board time in ns, 0 for what has not happened."""

    __slots__ = (
        "answered",
        "answered_by",
        "answering",
        "application",
        "attempts",
        "call_id",
        "called",
        "calling",
        "cause",
        "channel",
        "cleared_here",
        "data",
        "delivered",
        "device",
        "direction",
        "ended",
        "ended_by",
        "failed",
        "group",
        "handle",
        "inband",
        "instance",
        "linkage",
        "location",
        "lost",
        "lost_at",
        "network",
        "number_done",
        "plan",
        "playing",
        "priority",
        "recording",
        "request",
        "route",
        "started",
        "state",
        "suspended",
        "trunk",
        "unconfirmed",
    )

    def __init__(
        self,
        call_id: int,
        trunk: Trunk,
        direction: Literal["in", "out"],
        request: neutral.CallRequest,
        started: int,
    ) -> None:
        self.call_id = call_id
        self.trunk = trunk
        self.direction = direction
        self.request = request
        self.handle = 0
        self.state = INITIATED
        self.channel = 0
        self.device = trunk.device
        self.called = request.called.digits
        self.calling = request.calling.digits if request.calling is not None else ""
        self.answering = ""
        self.answered_by = ""
        """How a line told of the answer (CallConnected.how)."""
        self.ended_by = ""
        """How a line told that the far end is gone (CallDisconnected.how)."""
        self.started = started
        self.delivered = 0
        self.answered = 0
        self.ended = 0
        self.cause = 0
        self.location = 0
        self.number_done = False
        """Incoming: the called number is complete."""
        self.failed = False
        """A Failed event was sent."""
        self.inband = False
        """Outgoing, not answered: the far end sends tones or an announcement."""
        self.linkage = call_id
        """What belongs together, across consultation and transfer, has the same (ECMA-269 call
        linkage): the first one's callId."""
        self.data = NONE
        """What applications said of it (switch_data.py); the same for all of one linkage."""
        self.plan: RoutePlan | None = None
        """Outgoing: where it may go, if routing placed it (route_desk.py)."""
        self.route = ""
        """Row of `[[route]]`, `[[emergency]]` or `[[dnis]]` that it goes by."""
        self.group = ""
        self.attempts = 0
        """Places where routing tried it."""
        self.application = ""
        """Incoming: of [[dnis]]."""
        self.priority = 0
        self.suspended = False
        """The far end hung up, and the call is not cleared (clear-back, SUS)."""
        self.network = ""
        """"transfer" or "deflection": the far end goes on in the network without this channel."""
        self.cleared_here = False
        """Who began the clearing."""
        self.instance = ""
        """Run of the daemon in which it began; empty: this one."""
        self.unconfirmed = False
        """It was up when the run before was killed, and the far end has not said yet that it has
        it, too."""
        self.lost = ""
        """"restart": as that, and the far end had it no more. ``ended`` is then ``lost_at``, when
        the run before told anything last."""
        self.lost_at = 0
        self.playing: str = ""
        self.recording: str = ""

    @property
    def bearer(self) -> str:
        return bearer_name(self.request.bearer)

    @property
    def told(self) -> str:
        """The state as events have told it: that the far end clears an answered call is told by
        ConnectionCleared alone, unless it sends tones first."""
        return CONNECTED if self.state == FAIL and not self.failed else self.state

    def info(self) -> CallInfo:
        """The call as clients see it."""
        wall = self.trunk.clock.wall
        channel = self.trunk.node.media.of_call(self.call_id)
        conference = channel.conference if channel is not None else None
        return CallInfo(
            call_id=self.call_id,
            direction=self.direction,
            trunk=self.trunk.name,
            channel=self.channel,
            state=self.told,
            calling=self.calling,
            called=self.called,
            answering=self.answering,
            connections=self.trunk.node.switch.connections(self),
            linkage=self.linkage,
            redirecting=self.request.redirecting.digits if self.request.redirecting else "",
            redirect_reason=self.request.redirect_reason,
            route=self.route,
            group=self.group,
            attempts=self.attempts,
            application=self.application,
            priority=self.priority,
            owner=self.trunk.node.sessions.owner_of(self.call_id),
            started=wall(self.started),
            delivered=wall(self.delivered) if self.delivered else 0,
            answered=wall(self.answered) if self.answered else 0,
            playing=self.playing,
            recording=self.recording,
            cause=csta_cause(self.cause) if self.cause else "",
            q850=self.cause,
            conference=conference.number if conference is not None else 0,
            hears=channel.source if channel is not None else "",
            at_work=sorted(set(channel.work) - {"typeahead"}) if channel is not None else [],
            **words(self.trunk.node, self),
        )
