"""What a kind of signal is to the instruments ``trunkd detect`` and ``trunkd synth``.

A module ``instruments_*.py`` gives rows of ``Kind``; ``instruments.py`` names the modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

RATE = 8000
"""Samples a second of all that goes in and out."""


class Found(NamedTuple):
    """A signal in a recording. Times are seconds from its beginning."""

    kind: str
    value: str
    start: float
    end: float
    level_dbm0: float | None = None
    """Of each frequency where there are several."""
    twist_db: float | None = None
    """The higher frequency's level less the lower one's; None where there is one frequency."""
    name: str | None = None
    """Of the caller, decoded; caller ID alone."""
    standard: str | None = None
    """Of caller ID: bell202-mdmf, v23-sdmf, dtmf …"""


class Shape(NamedTuple):
    """How a signal is to be made; None asks for the kind's own default."""

    level_dbm0: float | None = None
    twist_db: float | None = None
    on: float | None = None
    """Seconds of each digit or burst."""
    off: float | None = None
    """Seconds of silence after each."""


Detect = Callable[[bytes], list[Found]]
"""int16 samples at RATE of one channel -> what was found, in order of time."""
Synth = Callable[[str, Shape], bytes]
"""A value and a shape -> int16 samples at RATE. LocalError: a value the kind does not have."""


class Kind(NamedTuple):
    """A row: the name on the command line, its meaning, what reads and makes it (or None)."""

    name: str
    about: str
    detect: Detect | None
    synth: Synth | None
    asked: bool = False
    """Detected only when it is asked for by name: a judgement of the whole recording."""
