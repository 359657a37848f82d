"""A trunk, its channels and the calls that come in, as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..signaling import call as neutral
from .methods import ChannelInfo, TrunkInfo

if TYPE_CHECKING:
    from .calls import Call
    from .trunk import Trunk

CHANNEL_STATES: Final = {
    neutral.CHANNEL_IDLE: "idle",
    neutral.CHANNEL_BUSY: "busy",
    neutral.CHANNEL_RESTARTING: "restarting",
    neutral.CHANNEL_OUT_OF_SERVICE: "outOfService",
    neutral.CHANNEL_BLOCKED_HERE: "blockedHere",
    neutral.CHANNEL_BLOCKED_THERE: "blockedThere",
    neutral.CHANNEL_BLOCKED_BOTH: "blockedBoth",
    neutral.CHANNEL_TESTING: "testing",
}

BLOCKED: Final = (
    neutral.CHANNEL_BLOCKED_HERE,
    neutral.CHANNEL_BLOCKED_THERE,
    neutral.CHANNEL_BLOCKED_BOTH,
)


def channel_info(trunk: Trunk, channel: int) -> ChannelInfo:
    call = trunk.by_channel.get(channel)
    slot = trunk.timeslot(channel)
    return ChannelInfo(
        trunk=trunk.name,
        channel=channel,
        state=CHANNEL_STATES[trunk.channel_state[channel]],
        call_id=call.call_id if call is not None else 0,
        span=f"{trunk.unit_of(channel).name}/{slot.span}",
        timeslot=slot.number,
    )


def info(trunk: Trunk) -> TrunkInfo:
    states = list(trunk.channel_state.values())
    return TrunkInfo(
        name=trunk.name,
        span=trunk.spans(),
        signalling=trunk.table.signalling,
        side=trunk.side,
        d_channel=trunk.d_channel,
        up=trunk.up,
        reason=trunk.reason,
        since=trunk.clock.wall(trunk.since),
        channels=len(states),
        idle=states.count(neutral.CHANNEL_IDLE),
        busy=states.count(neutral.CHANNEL_BUSY),
        restarting=states.count(neutral.CHANNEL_RESTARTING),
        out_of_service=states.count(neutral.CHANNEL_OUT_OF_SERVICE),
        blocked=sum(states.count(state) for state in BLOCKED),
        testing=states.count(neutral.CHANNEL_TESTING),
        counters=trunk.counters(),
        faults=dict(trunk.faults),
        d_channels=trunk.d_channel_infos(),
    )


def said_of(call: Call) -> tuple[str, str, str, int, int, str, str, int]:
    """Display, user-user information, who diverted it, the caller's category, why it was diverted,
    who was called first, and which application is to take it how urgently."""
    request = call.request
    last, first = request.redirecting, request.original_called
    return (
        request.display,
        request.user_user.hex(),
        last.digits if last is not None else "",
        request.category,
        request.redirect_reason,
        first.digits if first is not None else "",
        call.application,
        call.priority,
    )
