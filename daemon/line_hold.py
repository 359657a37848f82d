"""Hold, transfer and conference by a telephone's hookflash: what becomes of the calls' speech.

The engine of FXS lines says what the telephone wants (CallHeld, CallsJoined). A telephone's call is
in a joint with its party, or connected with it by ``connectCalls``; who waits, who talks with whom
and who hears music is the switching function's (switch.py) in either case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import LocalError
from . import switch
from .events import CONNECTED, HOLD
from .trunk import BY_CALL

if TYPE_CHECKING:
    from .calls import Call
    from .trunk_line import LineTrunk


class Holds:
    """Calls of one trunk that are on hold, and who waits for them."""

    def __init__(self, trunk: LineTrunk) -> None:
        self._trunk: Final = trunk
        self._waiting: Final[dict[int, list[Call]]] = {}
        """By callId of a telephone's call on hold: who waits for it."""

    def hold(self, call: Call) -> None:
        """Part the call from its party, who waits; the channel is for another call now."""
        node = self._trunk.node
        parties = self._parties(call)
        call.state = HOLD
        # In a conference the others go on talking; one who is alone hears music.
        waiting = parties if len(parties) == 1 else []
        self._waiting[call.call_id] = waiting
        for party in waiting:
            if not node.switch.is_held(party):
                node.switch.wait(party)
        node.switch.heard(call)
        if node.media.of_call(call.call_id) is not None:
            node.media.close_call(call)

    def retrieve(self, call: Call) -> None:
        """The telephone is back: its channel is the call's again, connected as before."""
        trunk = self._trunk
        trunk.by_channel[call.channel] = call
        trunk.open_voice(call.channel, BY_CALL)
        trunk.node.media.open_call(call)
        trunk.sound.apply(call.channel)
        call.state = CONNECTED
        self._let_go(call)
        trunk.node.switch.heard(call)

    def park_others(self, call: Call, channel: int) -> None:
        """Another call is to have the channel: one on hold keeps no media there."""
        other = self._trunk.by_channel.get(channel)
        if other is not None and other is not call and other.state != HOLD:
            raise LocalError(f"channel {channel} is busy with call {other.call_id}")

    def gone(self, call: Call) -> None:
        """The call has ended."""
        self._let_go(call)

    def join(self, held: Call, active: Call, transfer: bool) -> None:
        """Bring the parties of both calls together, with the telephone unless it hung up."""
        joints = self._trunk.node.switch
        second = self._parties(active)
        first = self._let_go(held)
        joints.part(held)
        if transfer:
            joints.part(active)
            for one, other in zip(first, second, strict=False):
                joints.join(one, other, after=switch.CLEAR)
            return
        for party in first:
            joints.join(active, party)

    # Who is with whom

    def _let_go(self, call: Call) -> list[Call]:
        """Who waited for it waits no more; those who are still there."""
        node = self._trunk.node
        waiting = [c for c in self._waiting.pop(call.call_id, []) if c.call_id in node.calls]
        for party in waiting:
            if node.switch.is_held(party):
                node.switch.wait(party, False)
        return waiting

    def _parties(self, call: Call) -> list[Call]:
        """Those it talks with; one that an application connected comes into its joint."""
        node = self._trunk.node
        channel = node.media.of_call(call.call_id)
        kind, _, name = (channel.source if channel is not None else "").partition("/")
        other = node.calls.get(int(name)) if kind == "call" else None
        if other is not None and other not in node.switch.partners(call):
            heard = node.media.of_call(other.call_id)
            if heard is not None and heard.source == f"call/{call.call_id}":
                node.switch.join(call, other)
        return node.switch.partners(call)
