"""Continuity checks of circuits (Q.724 7): the loop at one end, the check tone at the other.

A circuit of a digital board is a four-wire one: the end that is asked connects receive to
transmit, and the end that asks sends 2000 Hz at -12 dBm0 and must hear it come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.events import BoardEvent
from ..board.media import Listen
from ..board.media_events import SegmentHeard
from ..board.model import Timeslot
from ..board.play import Tones
from ..board.progress_tones import Step
from ..errors import DriverError, LocalError
from ..signaling.call import CONTINUITY_LOOP, CONTINUITY_OFF, CONTINUITY_TONE

if TYPE_CHECKING:
    from .trunk_ss7 import CircuitTrunk

CHECK_TONE: Final = 2000.0
"""Hz, at -12 dBm0 (Q.724 7.4)."""
CHECK_LEVEL: Final = -12.0
TOLERANCE: Final = 30.0
"""The receiver takes 2000 Hz give or take so much (Q.724 7.5)."""
QUIETEST: Final = -18.0
LOUDEST: Final = -6.0
"""dBm0 that come back: the circuit may take or give 6 dB (Q.724 7.5)."""

BY_CHECK: Final = "check"
"""Who has the timeslot open (Trunk.open_voice)."""


class Continuity:
    """The checks that are at work on the circuits of a trunk."""

    def __init__(self, trunk: CircuitTrunk) -> None:
        self._trunk: Final = trunk
        self._modes: Final[dict[int, int]] = {}

    def wanted(self, cic: int, mode: int, now: int) -> None:
        """One of the CONTINUITY_ values is wanted on this circuit now."""
        before = self._modes.pop(cic, CONTINUITY_OFF)
        if before != CONTINUITY_OFF:
            self._end(cic, before)
        if mode == CONTINUITY_OFF:
            return
        try:
            self._begin(cic, mode)
        except (LocalError, DriverError) as exc:
            self._trunk.node.problem(exc)
            self._trunk.close_voice(cic, BY_CHECK)
            if mode == CONTINUITY_TONE:
                node = self._trunk.node
                node.at(now, lambda later: self._trunk.continuity_heard(cic, False, 0.0, later))

    def _begin(self, cic: int, mode: int) -> None:
        trunk = self._trunk
        trunk.open_voice(cic, BY_CHECK)
        self._modes[cic] = mode
        slot = trunk.timeslot(cic)
        if mode == CONTINUITY_LOOP:
            slot.connect(slot)
            return
        assert mode == CONTINUITY_TONE
        trunk.unit_of(cic).hearers[slot.span, slot.number] = lambda event: self._heard(cic, event)
        slot.listen(Listen.PROGRESS | self._wanted(cic))
        slot.play_list([Tones((Step((CHECK_TONE,), level=CHECK_LEVEL),))])

    def _end(self, cic: int, mode: int) -> None:
        trunk = self._trunk
        slot = trunk.timeslot(cic)
        try:
            if mode == CONTINUITY_LOOP:
                slot.connect(None)
            else:
                self._be_silent(cic, slot)
        except (LocalError, DriverError) as exc:
            trunk.node.problem(exc)
        trunk.close_voice(cic, BY_CHECK)

    def _be_silent(self, cic: int, slot: Timeslot) -> None:
        self._trunk.unit_of(cic).hearers.pop((slot.span, slot.number), None)
        slot.stop_play()
        slot.listen(self._wanted(cic))

    def _wanted(self, cic: int) -> Listen:
        """What the call on this circuit listens for, if there is one already."""
        call = self._trunk.by_channel.get(cic)
        channel = None if call is None else self._trunk.node.media.of_call(call.call_id)
        return Listen.NONE if channel is None else channel.listens

    def _heard(self, cic: int, event: BoardEvent) -> bool:
        """An event of the circuit's timeslot while the tone is sent; True: it was for the check."""
        if not isinstance(event, SegmentHeard):
            return False
        if event.ended or self._modes.get(cic) != CONTINUITY_TONE:
            return True
        if len(event.frequencies) == 1 and abs(event.frequencies[0] - CHECK_TONE) <= TOLERANCE:
            level = event.levels[0]
            if QUIETEST <= level <= LOUDEST:
                self._trunk.continuity_heard(cic, True, level, event.time)
        return True
