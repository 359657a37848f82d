"""Transfer by the exchange: on an FXO line as a telephone does it, by hookflash and digits.

The exchange connects whom it holds with the number, and the line is free again. Whether its lines
have this feature (three-way calling with transfer, or a PBX's transfer) nothing on the line tells:
an exchange without it drops the caller or plays an error tone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import DriverError, Error, LocalError
from . import events, media_play
from .events import CONNECTED
from .methods_media import GenerateDigits
from .trunk_line import LineTrunk

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

MILLISECOND: Final = 1_000_000
DIAL_TONE: Final = 1500 * MILLISECOND
"""From the hookflash until digits are sent: time for the exchange to give its recall dial tone. A
value from practice; no text of a standard was at hand for it, nor for the one below."""
PER_DIGIT: Final = 160 * MILLISECOND
ROUTED: Final = 2000 * MILLISECOND
"""From the last digit until hanging up: the exchange has begun to ring the number."""
NORMAL_CLEARING: Final = 16


def can_transfer(call: Call) -> bool:
    """Its line can be asked for it."""
    return call.trunk.table.signalling == "fxo"


class FlashTransfer:
    """One transfer, from the hookflash to hanging up."""

    def __init__(self, node: Node, call: Call, digits: str) -> None:
        self._node: Final = node
        self._call: Final = call
        self._digits: Final = digits

    def begin(self) -> None:
        """LocalError when the line or the call cannot."""
        call, node = self._call, self._node
        trunk = call.trunk
        if not can_transfer(call) or not isinstance(trunk, LineTrunk):
            raise LocalError(
                f"{trunk.table.signalling} cannot let the network transfer a call here: transfer "
                'it by "switch"'
            )
        if call.state != CONNECTED:
            raise LocalError(f"call {call.call_id} is {call.state}: it cannot be transferred")
        if not self._digits:
            raise LocalError("the exchange needs the number (called), and no device")
        node.switch.part(call)
        media_play.stop(node.media.need(call))
        trunk.flash(call.channel, trunk.now())
        node.at(node.now() + DIAL_TONE, lambda now: self._dial())

    def _is_there(self) -> bool:
        call = self._call
        return self._node.calls.get(call.call_id) is call and call.state == CONNECTED

    def _dial(self) -> None:
        if not self._is_there():
            return
        node, call = self._node, self._call
        try:
            asked = GenerateDigits(call_id=call.call_id, digits=self._digits)
            media_play.digits(node.media.need(call), asked)
        except (LocalError, DriverError) as exc:
            node.problem(exc)
            return
        due = node.now() + len(self._digits) * PER_DIGIT + ROUTED
        node.at(due, lambda now: self._hang_up())

    def _hang_up(self) -> None:
        if not self._is_there():
            return
        call = self._call
        self._node.tell_call(events.Transferred, call, 0, (), "singleStepTransfer")
        try:
            call.trunk.clear(call, NORMAL_CLEARING, call.trunk.now())
        except Error as exc:
            self._node.problem(exc)
