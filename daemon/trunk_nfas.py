"""A PRI trunk with two D-channels, one of them in service and one stand-by (NFAS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LocalError
from .engines import make_backup_engine
from .events_pri import DChannelChanged
from .trunk_pri import PriTrunk

if TYPE_CHECKING:
    from ..signaling.isdn.q921 import DataLink

STANDBY = "stand-by"
"""As D_CHANNEL_STATES of signaling/isdn/nfas.py names it."""


class NfasTrunk(PriTrunk):
    """One ``[[trunk]]`` whose ``[trunk.pri]`` has ``backup``."""

    def make_engine(self) -> None:
        self._two = make_backup_engine(self.table)
        self.engine = self._two

    def frame_received(self, index: int, frame: bytes, now: int) -> None:
        self._two.receive(index, frame, now)

    def frames_to_send(self, index: int) -> list[bytes]:
        return self._two.transmit(index)

    def line_changed(self, index: int, up: bool, now: int) -> None:
        if up:
            self._two.line_up(index, now)
        else:
            self._two.line_down(index, now)

    def link(self, index: int) -> DataLink:
        return self._two.channels[index].link

    def d_channel_text(self, index: int) -> str:
        return self._two.d_channel_text(index)

    def counters(self) -> dict[str, int]:
        return super().counters() | {"d_channel_switches": self._two.switches}

    def switch(self, now: int) -> None:
        """Let the stand-by D-channel take over; DChannelChanged tells when it has."""
        states = {i.span_name: self.d_channel_text(i.index) for i in self.d_channels}
        if STANDBY not in states.values():
            have = ", ".join(f"{span} is {state}" for span, state in states.items())
            raise LocalError(f"trunk '{self.name}': no D-channel is stand-by: {have}")
        self._two.switch(now)
        self.pump(now)

    def _look(self, now: int) -> None:
        """Tell what became of the D-channels: a lost stand-by one is told here only."""
        for interface in self.d_channels:
            state = self.d_channel_text(interface.index)
            if state != interface.told:
                interface.told = state
                told = (*interface.where(), interface.id, state)
                self._tell_trunk(DChannelChanged, now, self.name, *told)
