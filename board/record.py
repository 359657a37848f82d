"""What of a voice timeslot is recorded into a file, and when that ends.

``Timeslot.record_to`` (model.py) takes these.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Protocol

PRERECORD_MOST_MS: Final = 60_000


class RecordWhat(enum.IntEnum):
    """Which directions of a timeslot."""

    RECEIVED = 0
    SENT = 1
    """Of a soft channel: what it hears, a conference say."""
    MIXED = 2
    """The sum of both, softly limited."""
    BOTH = 3
    """Two channels: received, sent."""


@dataclass(frozen=True)
class RecordOptions:
    """How a file is recorded."""

    what: RecordWhat = RecordWhat.RECEIVED
    max_samples: int = 0
    """Of each channel, at 8000 Hz, prerecorded ones too; 0: what the file can hold."""
    initial_silence_ms: int = 0
    """Nobody speaks at all for so long: the end. 0: no limit; else listen to Listen.LEVEL."""
    silence_ms: int = 0
    """Nobody speaks any more for so long: the end. 0: no limit; else listen to Listen.LEVEL."""
    stop_digits: str = ""
    """DTMF digits that end it; the timeslot must listen to Listen.DTMF."""
    cut_digit: bool = True
    """Leave the sound of the digit that ended it out."""
    paused: bool = False
    """Wait for ``resume_record``."""
    prerecord_ms: int = 0
    """Begin with up to so much of the time before, as far as ``prerecord`` has kept it."""


class RecordTarget(Protocol):
    """An open WAV (or raw file) with its header; daemon/media_recording.py makes them."""

    @property
    def path(self) -> str:
        """For messages."""

    @property
    def encoding(self) -> str:
        """alaw, mulaw or pcm16."""

    @property
    def channels(self) -> int:
        """1, with RecordWhat.BOTH 2."""

    @property
    def fd(self) -> int:
        """For reading and writing; it is duplicated and may be closed after ``record_to``."""

    @property
    def data_start(self) -> int:
        """Offset of the first sample."""

    @property
    def data_octets(self) -> int:
        """Sound that is there already."""

    @property
    def riff_size_at(self) -> int:
        """Offset of the RIFF length, -1: there is none, as of the next two."""

    @property
    def data_size_at(self) -> int: ...

    @property
    def fact_count_at(self) -> int: ...
