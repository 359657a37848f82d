"""Lines as clients see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..board.line import Feed, PortKind
from ..errors import DriverError, LocalError
from ..signaling.line_names import bits_text
from .methods_line import LineInfo
from .trunk_info import CHANNEL_STATES

if TYPE_CHECKING:
    from .trunk_line import LineTrunk


FEEDS: Final = {
    Feed.OPEN: "no battery",
    Feed.NORMAL: "battery",
    Feed.REVERSED: "reversed",
    Feed.RINGING: "ringing",
    Feed.TIP_OPEN: "tip open",
}


def infos(trunk: LineTrunk) -> list[LineInfo]:
    """Of all channels of a trunk."""
    return [info(trunk, channel) for channel in trunk.channels]


def info(trunk: LineTrunk, channel: int) -> LineInfo:
    slot = trunk.timeslot(channel)
    call = trunk.by_channel.get(channel)
    sent, received = _shown(trunk, channel)
    return LineInfo(
        trunk=trunk.name,
        channel=channel,
        signalling=trunk.table.signalling,
        span=trunk.table.span,
        timeslot=slot.number,
        state=CHANNEL_STATES[trunk.channel_state[channel]],
        text=doing(trunk.engine.channel_text(channel)),
        call_id=call.call_id if call is not None else 0,
        sent=sent,
        received=received,
    )


_SHOWN: Final = re.compile(
    r"[;,] (far end o[nf]f?-hook|bits sent \d+, received \d+|o[nf]f? hook"
    r"|no battery|battery normal|battery reversed)"
)


def doing(text: str) -> str:
    """An engine's words without those that ``sent`` and ``received`` have already."""
    left = _SHOWN.sub("", text)
    return left[:1].lower() + left[1:]


def _shown(trunk: LineTrunk, channel: int) -> tuple[str, str]:
    """What goes to the line, and what comes from it."""
    slot = trunk.timeslot(channel)
    if slot.line is None:
        sent = trunk.port.sent_bits.get(channel, -1)
        try:
            received = bits_text(slot.bits())
        except (LocalError, DriverError):
            received = ""
        return bits_text(sent) if sent >= 0 else "", received
    battery = {0: "no battery", 1: "battery", 2: "reversed"}[int(slot.line.battery())]
    hook = "off hook" if slot.line.off_hook() else "on hook"
    if slot.line.kind is PortKind.FXS:
        feed = trunk.port.feeds.get(channel, Feed.NORMAL)
        return FEEDS[Feed(feed)], hook
    if slot.line.kind is PortKind.FXO:
        return hook, battery
    return "", f"{hook}, {battery}"
