"""Hold, transfer and conference by a telephone's hookflash: what becomes of the calls' speech.

The engine of FXS lines says what the telephone wants (CallHeld, CallsJoined). A telephone's call
is connected with its party by ``connectCalls``; that is taken apart and put together here. Whoever
waits hears music, if a source is configured.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ..errors import DriverError, LocalError
from . import media_conference, media_music
from .events import HOLD
from .methods_media import CreateConference
from .trunk import BY_CALL

if TYPE_CHECKING:
    from .calls import Call
    from .media_channel import MediaChannel
    from .trunk_line import LineTrunk


class Holds:
    """Calls of one trunk that are on hold, and who waits for them."""

    def __init__(self, trunk: LineTrunk) -> None:
        self._trunk: Final = trunk
        self._parties: Final[dict[int, int]] = {}
        """Call on hold -> the call that is its party, 0: none."""
        self._meetings: Final[dict[int, int]] = {}
        """Telephone's call -> number of the conference made for it."""

    def hold(self, call: Call) -> None:
        """Part the call from its party, who waits; the channel is for another call now."""
        media = self._trunk.node.media
        channel = media.of_call(call.call_id)
        party = self._party(channel)
        self._parties[call.call_id] = party
        if channel is not None and channel.source.startswith("call/"):
            media_conference.disconnect(channel, self._trunk.node)
        self._music(party, True)
        call.state = HOLD
        if channel is not None:
            media.close_call(call)

    def retrieve(self, call: Call) -> None:
        """The telephone is back: its channel is the call's again, connected as before."""
        trunk = self._trunk
        party = self._parties.pop(call.call_id, 0)
        trunk.by_channel[call.channel] = call
        trunk.open_voice(call.channel, BY_CALL)
        trunk.node.media.open_call(call)
        trunk.sound.apply(call.channel)
        self._music(party, False)
        self._connect(call.call_id, party)

    def park_others(self, call: Call, channel: int) -> None:
        """Another call is to have the channel: one on hold keeps no media there."""
        other = self._trunk.by_channel.get(channel)
        if other is not None and other is not call and other.state != HOLD:
            raise LocalError(f"channel {channel} is busy with call {other.call_id}")

    def gone(self, call: Call) -> None:
        """The call has ended."""
        party = self._parties.pop(call.call_id, 0)
        if party:
            self._music(party, False)
        number = self._meetings.pop(call.call_id, 0)
        if number:
            with contextlib.suppress(LocalError):  # an application has closed it
                self._trunk.node.media.conferences.close(number)

    def join(self, held: Call, active: Call, transfer: bool) -> None:
        """Bring the parties of both calls together, with the telephone unless it hung up."""
        node = self._trunk.node
        first = self._parties.pop(held.call_id, 0)
        second = self._party(node.media.of_call(active.call_id))
        self._music(first, False)
        self._part(active.call_id)
        if transfer:
            self._connect(first, second)
            return
        conference = node.media.conferences.create(CreateConference(name=f"flash-{held.call_id}"))
        self._meetings[active.call_id] = conference.number
        for call_id in (active.call_id, first, second):
            channel = node.media.of_call(call_id)
            call = node.calls.get(call_id)
            if channel is not None and call is not None:
                self._part(call_id)
                conference.join(channel, call, "talk", None)

    # What is connected with what

    def _party(self, channel: MediaChannel | None) -> int:
        if channel is None:
            return 0
        kind, _, name = channel.source.partition("/")
        return int(name) if kind == "call" else 0

    def _part(self, call_id: int) -> None:
        channel = self._trunk.node.media.of_call(call_id)
        if channel is not None and channel.source.startswith("call/"):
            media_conference.disconnect(channel, self._trunk.node)

    def _connect(self, one: int, other: int) -> None:
        media = self._trunk.node.media
        a, b = media.of_call(one), media.of_call(other)
        if a is None or b is None:
            return
        try:
            media_conference.connect(a, b, False)
        except (LocalError, DriverError) as exc:
            self._trunk.node.problem(exc)

    def _music(self, call_id: int, on: bool) -> None:
        """Music for who waits, where there is some."""
        node = self._trunk.node
        channel = node.media.of_call(call_id) if call_id else None
        if channel is None or not node.config.media.music:
            return
        try:
            if on:
                media_music.play(channel, node.media, "", self._begun)
            else:
                media_music.stop(channel)
        except (LocalError, DriverError) as exc:
            node.problem(exc)

    def _begun(self, error: Exception | None) -> None:
        if error is not None:
            self._trunk.node.problem(error)
