"""A PRI trunk: Q.921 and Q.931 on the D-channel of one span, for its B-channels and, with NFAS,
those of other spans. trunk_nfas.py has what a stand-by D-channel adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import MILLISECOND
from ..board.model import Span, Timeslot
from ..errors import LocalError
from ..signaling import call as neutral
from ..signaling.isdn.q931_config import INTERFACE
from . import events
from .config import TrunkTable, b_channels
from .engines import engine_counters, link_counters, make_engine
from .methods_pri import DChannelInfo
from .pri_interface import NO_D_CHANNEL, Interface, plans
from .trunk import Trunk

if TYPE_CHECKING:
    from ..signaling.isdn.nfas import NfasTrunk as BackupEngine
    from ..signaling.isdn.q921 import DataLink
    from ..signaling.isdn.trunk import PriTrunk as Engine
    from .node import BoardUnit, Node

ALIGN_TIME: Final = 10 * MILLISECOND
"""A board that was just started: a good span is in frame and multiframe within 6 ms (G.706), a
bad one has its alarm. A SABME sent before would be lost, and the next one follows T200 later."""


class PriTrunk(Trunk):
    """One ``[[trunk]]`` with ``signalling = "pri"`` and one D-channel."""

    engine: Engine | BackupEngine

    def __init__(self, node: Node, table: TrunkTable) -> None:
        assert table.pri is not None
        super().__init__(node, table, node.boards[table.board], b_channels(table.pri))
        self.min_digits = table.pri.min_digits
        self.says_proceeding = table.pri.send_proceeding
        self.side = table.pri.side
        self.resets_others = table.pri.restart_on_start
        self.interfaces: Final = [
            Interface(self, plan, node.boards[plan.span.split("/")[0]]) for plan in plans(table)
        ]
        """Those with a D-channel first."""
        self.d_channels: Final = [i for i in self.interfaces if i.index != NO_D_CHANNEL]
        self._by_id: Final = {interface.id: interface for interface in self.interfaces}
        self.span: Final[Span] = self.interfaces[0].span
        """That of the (primary) D-channel."""
        self.d_channel = self.interfaces[0].timeslot
        self.begun = False
        self.make_engine()

    # What a trunk with two D-channels does otherwise

    def make_engine(self) -> None:
        self._one = make_engine(self.table)
        self.engine = self._one

    def frame_received(self, index: int, frame: bytes, now: int) -> None:
        """A frame of D-channel ``index``."""
        self._one.receive(frame, now)

    def frames_to_send(self, index: int) -> list[bytes]:
        """Take them."""
        return self._one.transmit()

    def line_changed(self, index: int, up: bool, now: int) -> None:
        """Layer 1 of a D-channel is lost, or back."""
        if up:
            self._one.line_up(now)
        else:
            self._one.line_down(now)

    def link(self, index: int) -> DataLink:
        """The data link of a D-channel."""
        return self._one.link

    def d_channel_text(self, index: int) -> str:
        """The state of a D-channel, for people."""
        return "in service" if self.up else "out of service"

    def switch(self, now: int) -> None:
        """Let the stand-by D-channel take over."""
        raise LocalError(f"trunk '{self.name}' has no stand-by D-channel: see `backup`")

    def _look(self, now: int) -> None:
        """Tell what became of D-channels; of a single one, LinkChanged says it."""

    # Spans and channels

    @property
    def line_is_down(self) -> bool:
        """Layer 1 of the (primary) D-channel is lost."""
        return self.interfaces[0].line_is_down

    def interface_of(self, channel: int) -> Interface:
        """The span of a channel."""
        return self._by_id[channel // INTERFACE]

    def timeslot(self, channel: int) -> Timeslot:
        return self.interface_of(channel).span.timeslots[channel % INTERFACE]

    def unit_of(self, channel: int) -> BoardUnit:
        return self.interface_of(channel).unit

    def spans(self) -> str:
        return ", ".join(self.table.spans)

    def check(self, channels: tuple[int, ...]) -> None:
        """LocalError when one of them is none of the trunk's."""
        for channel in channels:
            if channel not in self.channel_state:
                raise LocalError(f"trunk '{self.name}' has no channel {channel}")

    def d_channel_infos(self) -> list[DChannelInfo]:
        """The D-channels as clients see them."""
        return [
            DChannelInfo(
                span=interface.span_name,
                timeslot=interface.timeslot,
                interface=interface.id,
                state=self.d_channel_text(interface.index),
                counters=interface.counters() | link_counters(self.link(interface.index)),
            )
            for interface in self.d_channels
        ]

    def counters(self) -> dict[str, int]:
        """Sums of the D-channels', and call control's."""
        counters: dict[str, int] = {}
        for interface in self.d_channels:
            own = interface.counters() | link_counters(self.link(interface.index))
            for name, value in own.items():
                counters[name] = counters.get(name, 0) + value
        counters.update(engine_counters(self.engine))
        return counters

    # The engine

    def start(self, now: int) -> None:
        """Open the D-channels; links are brought up as soon as layer 1 has had time to align."""
        self.since = now
        self.reason = "the span is being aligned"
        for interface in self.d_channels:
            interface.open()
        self.node.at(now + ALIGN_TIME, self._begin)

    def _begin(self, now: int) -> None:
        """Start the engine, if layer 1 permits."""
        self.begun = True
        self.since = now
        self.reason = "the link is being set up"
        self.engine.start(now)
        for interface in self.interfaces:
            interface.begin(now)
        self.pump(now)

    def handle_timeout(self, now: int) -> None:
        now = self.unit.moment(now)
        self.engine.handle_timeout(now)
        self.pump(now)

    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""
        engine = self.engine
        try:
            while True:
                for interface in self.d_channels:
                    for frame in self.frames_to_send(interface.index):
                        interface.send(frame, now)
                happened = engine.events()
                if not happened:
                    break
                for event in happened:
                    self._handle(event, now)
            self._look(now)
        finally:
            self.deadline = engine.next_timeout()

    # Channels out of service, by SERVICE messages

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take B-channels out of service towards the far end; LocalError where the variant has no
        SERVICE messages. CircuitsBlocked tells the end."""
        self.engine.block(channels, now)
        self.pump(now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Put them back."""
        self.engine.unblock(channels, now)
        self.pump(now)

    def _make_handlers(self) -> dict[type, Callable[[Any, int], None]]:
        handlers = super()._make_handlers()
        handlers[neutral.BlockingDone] = self._blocking_done
        handlers |= self.node.switch.services.handlers(self)
        return handlers

    def _blocking_done(self, event: neutral.BlockingDone, now: int) -> None:
        told = (event.channels, event.what, event.ok)
        self._tell_trunk(events.CircuitsBlocked, now, self.name, *told)
