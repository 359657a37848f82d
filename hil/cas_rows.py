"""Between a LineEngine and trunkd.native.wrap_cas: rows of integers as signals, actions as rows.

Compiled with the engines (setup.py): in lockstep this is what is done for every signal of R2.
"""

from __future__ import annotations

from typing import Final

from ..signaling.line import LineEngine
from ..signaling.line_actions import (
    LineAction,
    ListenFor,
    OpenSpeech,
    SendBits,
    SendSignal,
    StopSignal,
)
from ..signaling.line_names import LISTEN_DTMF, LISTEN_R1, LISTEN_R2_BACKWARD, LISTEN_R2_FORWARD
from ..signaling.line_signals import BitsReceived, DigitReceived, SendingEnded

EVENT_ROW: Final = 8
"""Integers of td_cas_event: what, channel, at, value, kind, on, start, duration."""
ORDER_ROW: Final = 6
"""Integers of td_cas_order: what, channel, value, kind, samples, tag."""

BITS: Final = 1
DIGIT: Final = 2
SENT: Final = 3
CLOSED: Final = 4
"""td_cas.h, TD_CAS_…"""
DO_BITS: Final = 1
DO_SIGNAL: Final = 2
DO_SILENCE: Final = 3
DO_LISTEN: Final = 4

HEARD: Final = LISTEN_DTMF | LISTEN_R2_FORWARD | LISTEN_R2_BACKWARD | LISTEN_R1
"""Receivers that there are."""
SAMPLE: Final = 125_000
"""ns"""
_TEXT: Final = [chr(code) for code in range(128)]


def hear(engine: LineEngine, rows: list[int], first: int, now: int) -> int:
    """Give the engine what came; how many far ends have hung up. ``first``: the engine's number of
    channel 0. All of it became known at ``now``."""
    closed = 0
    for place in range(0, len(rows), EVENT_ROW):
        what = rows[place]
        channel = first + rows[place + 1]
        if what == DIGIT:
            began = now - (rows[place + 2] - rows[place + 6]) * SAMPLE
            engine.receive(
                DigitReceived(
                    channel,
                    rows[place + 4],
                    _TEXT[rows[place + 3]],
                    rows[place + 5] != 0,
                    began,
                    rows[place + 7] * SAMPLE,
                ),
                now,
            )
        elif what == BITS:
            engine.receive(BitsReceived(channel, rows[place + 3]), now)
        elif what == SENT:
            engine.receive(SendingEnded(channel, rows[place + 3], rows[place + 5] != 0), now)
        elif what == CLOSED:
            closed += 1
    return closed


def orders(actions: list[LineAction], begin: int, first: int, rows: list[int]) -> int:
    """Add actions from ``begin`` on to ``rows``; the place of the first that is no row, or of the
    end. An engine whose far end hears nothing of an action needs no row for it."""
    place = begin
    while place < len(actions):
        action = actions[place]
        channel = action.channel - first
        if isinstance(action, SendSignal):
            rows += [DO_SIGNAL, channel, ord(action.digit), action.kind, action.ms * 8, action.tag]
        elif isinstance(action, StopSignal):
            rows += [DO_SILENCE, channel, 0, 0, 0, 0]
        elif isinstance(action, SendBits):
            rows += [DO_BITS, channel, action.bits, 0, 0, 0]
        elif isinstance(action, ListenFor):
            if action.kinds & ~HEARD:
                return place
            rows += [DO_LISTEN, channel, action.kinds, 0, 0, 0]
        elif not isinstance(action, OpenSpeech):
            return place
        place += 1
    return place
