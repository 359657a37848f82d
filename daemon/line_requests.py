"""What applications ask of lines beside calls: message waiting, metering; and the lines' clock."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

from ..board.clock import SECOND
from ..errors import LocalError

if TYPE_CHECKING:
    from .calls import Call
    from .trunk_line import LineTrunk

CLOCK: Final = 60 * SECOND
"""The lines' clock is set so often: it may have been changed, or summer time begun."""


def keep_clock(trunk: LineTrunk, now: int) -> None:
    """Tell the engine the local time, which caller ID bears, now and every minute."""
    set_clock = getattr(trunk.engine, "set_clock", None)
    if set_clock is None:
        return
    wall = trunk.clock.wall(now) / SECOND
    local = datetime.datetime.fromtimestamp(wall).astimezone()
    offset = local.utcoffset() or datetime.timedelta()
    set_clock(int(wall + offset.total_seconds()), now)
    trunk.node.at(now + CLOCK, lambda later: keep_clock(trunk, later))


def message_waiting(trunk: LineTrunk, channel: int, on: bool, now: int) -> None:
    """Messages wait for this telephone, or no more: as its trunk is configured to say so."""
    trunk.asked("message_waiting", channel)(channel, on, now)
    trunk.pump(now)


def meter(call: Call, pulses: int, now: int) -> None:
    """Metering pulses to the calling party of a call that came in."""
    send = getattr(getattr(call.trunk, "engine", None), "meter", None)
    if send is None:
        kind = call.trunk.table.signalling
        raise LocalError(f"call {call.call_id} is on a {kind} trunk, which sends no metering")
    send(call.handle, pulses, now)
    call.trunk.pump(now)
