"""States and inputs of call progress analysis; its table is in call_analysis.py."""

from __future__ import annotations

import enum
from typing import Final


class State(enum.Enum):
    """Where an analysis is."""

    CALLING = "calling"
    """Not answered."""
    WAITING = "waiting"
    """Answered, no word yet."""
    TALKING = "talking"
    """The far end speaks, and what it is is not certain."""
    PAUSING = "pausing"
    """Silent after a word, and what it is is not certain."""
    GREETING = "greeting"
    """It is a machine: its end and its beep are waited for."""
    WATCHING = "watching"
    """Something else has answered; a beep would show that it was a machine."""
    ENDED = "ended"


class Input(enum.Enum):
    """What can happen to an analysis."""

    ANSWERED = "answered"
    STOPPED = "stopped"
    VOICE_BEGINS = "voice begins"
    VOICE_ENDS = "voice ends"
    RING = "ring"
    PROGRESS = "tone"
    """A tone that is a verdict: busy, SIT, fax …"""
    BEEP = "beep"
    TIMER = "timer"


SPEECHLESS: Final = (State.CALLING, State.WAITING)
"""Nothing has been said that a beep could follow."""
UNDECIDED: Final = (State.WAITING, State.TALKING, State.PAUSING)
"""Answered, without a verdict."""
