"""A trunk and its channels as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..signaling import call as neutral
from .methods import ChannelInfo, TrunkInfo

if TYPE_CHECKING:
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
