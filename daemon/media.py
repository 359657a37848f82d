"""All media of a node: channels, conferences, prompts, music; board events on their way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.events import BoardEvent, PlayEnded, RecordEnded
from ..board.media import Conditioning, Direction, EchoCancelling
from ..board.media_events import BridgeEnded, LiveEnded, MediaEvent, TalkersChanged
from ..board.model import Board, Law
from ..errors import DriverError, LocalError
from . import media_analysis, media_conference
from .media_cache import PromptCache
from .media_channel import MediaChannel, Work
from .media_music import Music

if TYPE_CHECKING:
    from .calls import Call
    from .node import BoardUnit, Node

MIB: Final = 1 << 20


class Media:
    """The facade. Channels are known by board and timeslot, and by call."""

    def __init__(self, node: Node) -> None:
        config = node.config
        self._node: Final = node
        self.media_dir: Final = config.daemon.media_path()
        self.country: Final = config.media.country
        self.cache: Final = PromptCache(config.media.cache_mb * MIB)
        self.conferences: Final = media_conference.Conferences(node)
        self.music: Final = Music(node)
        self.late: Final[dict[int, Work]] = {}
        """Recordings of closed channels, by tag, until the board is done with their files."""
        self.late_audio: Final[dict[int, Work]] = {}
        """Live audio of closed channels, by number, until the board told its counts."""
        self._channels: Final[dict[tuple[int, int, int], MediaChannel]] = {}
        self._calls: Final[dict[int, MediaChannel]] = {}
        self._last_audio = 0

    @property
    def law(self) -> Law:
        """Of soft channels, where no call says otherwise."""
        laws = {trunk.law for trunk in self._node.trunks.values()}
        return Law.MU if laws == {Law.MU} else Law.A

    # Channels come and go

    def open_call(self, call: Call) -> None:
        """The call's timeslot is open for voice: what its trunk asks for is set up."""
        trunk = call.trunk
        table = trunk.table.media
        channel = MediaChannel(
            self._node,
            trunk.unit_of(call.channel),
            trunk.timeslot(call.channel),
            trunk.law,
            call,
            trunk.name,
            table.country or self.country,
        )
        self.opened(channel)
        self._calls[call.call_id] = channel
        if table.gain_received or table.agc:
            how = Conditioning(gain_db=table.gain_received, agc=table.agc, limit=True)
            channel.timeslot.condition(Direction.RECEIVED, how)
        if table.gain_sent:
            channel.timeslot.condition(
                Direction.SENT, Conditioning(gain_db=table.gain_sent, limit=True)
            )
        if table.echo_ms:
            channel.timeslot.cancel_echo(EchoCancelling(tail_ms=table.echo_ms))
        if table.prerecord:
            channel.timeslot.prerecord(table.prerecord // 1_000_000)

    def close_call(self, call: Call) -> None:
        """The timeslot is about to be closed."""
        self.forget(call.call_id)

    def forget(self, call_id: int) -> None:
        """As ``close_call``, by number."""
        channel = self._calls.pop(call_id, None)
        if channel is None:
            return
        try:
            self._let_go(channel, call_id)
        except (LocalError, DriverError) as exc:
            self._node.problem(exc)
        finally:
            self.closing(channel)

    def _let_go(self, channel: MediaChannel, call_id: int) -> None:
        """Of the conference and the calls that hear it."""
        if channel.conference is not None:
            channel.conference.leave(call_id)
        if channel.source.startswith("call/"):
            media_conference.disconnect(channel, self._node)
        source = f"call/{call_id}"
        for other in [other for other in self._calls.values() if other.source == source]:
            media_conference.disconnect(other, self._node)

    def opened(self, channel: MediaChannel) -> None:
        """From now on it gets its events."""
        self._channels[_key(channel.unit.board, channel.timeslot)] = channel

    def closing(self, channel: MediaChannel) -> None:
        """Everything on it ends and is told."""
        channel.close()
        self._channels.pop(_key(channel.unit.board, channel.timeslot), None)

    def answered(self, call: Call) -> None:
        channel = self._calls.get(call.call_id)
        if channel is not None:
            media_analysis.answered(channel)

    # Which channel is meant

    def of_call(self, call_id: int) -> MediaChannel | None:
        return self._calls.get(call_id)

    def need(self, call: Call) -> MediaChannel:
        """A call's channel; LocalError when it has none (any more)."""
        channel = self._calls.get(call.call_id)
        if channel is None:
            raise LocalError(
                f"call {call.call_id} has no channel: wait for Delivered or Established"
            )
        return channel

    def channels(self) -> list[MediaChannel]:
        """Of calls and of conferences."""
        return list(self._channels.values())

    def calls(self) -> list[MediaChannel]:
        return list(self._calls.values())

    def next_audio(self) -> int:
        """A number for live audio."""
        self._last_audio += 1
        return self._last_audio

    # Events of the boards

    def board_event(self, unit: BoardUnit, event: BoardEvent) -> None:
        """One of KINDS."""
        if isinstance(event, TalkersChanged):
            self.conferences.talkers(unit.board, event)
            return
        assert isinstance(event, MediaEvent | PlayEnded | RecordEnded | LiveEnded | BridgeEnded)
        if isinstance(event, RecordEnded) and event.tag in self.late:
            self.late.pop(event.tag).heard(event)
            return
        if isinstance(event, LiveEnded) and event.tag in self.late_audio:
            self.late_audio.pop(event.tag).heard(event)
            return
        channel = self._channels.get((id(unit.board), event.span, event.timeslot))
        if channel is not None:
            channel.heard(event)

    def lost(self, board: Board) -> None:
        """The board lost events: ends of messages may be among them."""
        for work in [*self.late.values(), *self.late_audio.values()]:
            work.events_lost()
        for channel in list(self._channels.values()):
            if channel.unit.board is board:
                try:
                    channel.events_lost()
                except (LocalError, DriverError) as exc:
                    self._node.problem(exc)


def _key(board: Board, timeslot: object) -> tuple[int, int, int]:
    return id(board), timeslot.span, timeslot.number  # type: ignore[attr-defined]
