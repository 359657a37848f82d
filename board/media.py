"""What a voice timeslot can do beyond playing and recording octets: the words for asking for it.

Levels are dBm0, gains dB, times ns unless the name says otherwise. ``Timeslot`` and ``Board``
(model.py) have the methods that take these.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Timeslot


class Listen(enum.Flag):
    """What a timeslot listens for; each gives its own events (media_events.py)."""

    NONE = 0
    DTMF = 1
    """Q.23 digits."""
    R2_FORWARD = 2
    """MFC-R2 forward signals (Q.441)."""
    R2_BACKWARD = 4
    R1 = 8
    """R1 register signals (Q.320)."""
    FSK_V23 = 16
    """V.23 caller ID."""
    FSK_BELL202 = 32
    MODEM = 64
    """Fax and modem tones, special information tones."""
    PROGRESS = 128
    """Segments of whatever sounds: for call progress tones and cadences."""
    LEVEL = 256
    """Levels, voice activity, clipping."""


class Direction(enum.IntEnum):
    """Of a timeslot, seen from the board."""

    RECEIVED = 0
    SENT = 1


@dataclass(frozen=True)
class Conditioning:
    """Gain, automatic gain control and noise gate of one direction (td_condition.h)."""

    gain_db: float = 0.0
    """-40 to +40."""
    agc: bool = False
    agc_target_dbm0: float = -18.0
    """Active speech level that AGC aims at."""
    agc_max_gain_db: float = 24.0
    agc_max_loss_db: float = 20.0
    gate: bool = False
    gate_threshold_dbm0: float = -50.0
    """What is weaker is taken for noise."""
    gate_loss_db: float = 90.0
    """How much a shut gate takes away."""
    limit: bool = False
    """Soft limiting instead of clipping at full scale."""


@dataclass(frozen=True)
class EchoCancelling:
    """Line echo canceller of G.168."""

    tail_ms: int = 64
    """Longest echo: 16 to 128 in steps of 8; one for all timeslots of a span."""
    nonlinear: bool = True
    """Non-linear processor: takes out what echo the filter leaves."""
    comfort_noise: bool = True
    tone_disable: bool = True
    """2100 Hz with phase reversals disables it, for modems and fax (G.168 7)."""


@dataclass(frozen=True)
class EchoState:
    """What a canceller knows of its line."""

    erl_db: float
    """Echo return loss of the line."""
    erle_db: float
    """Echo return loss enhancement by the filter alone."""
    residual_dbm0: float
    noise_dbm0: float
    delay_ms: float
    """Of the strongest part of the echo."""
    resets: int
    double_talk: bool
    disabled: bool


@dataclass(frozen=True)
class Level:
    """What a timeslot's meter shows."""

    rms_dbm0: float
    """Of the last 32 ms."""
    fast_dbm0: float
    """Exponential average of 125 ms."""
    peak_dbm0: float
    """Largest since the meter was read last."""
    noise_dbm0: float
    dc: int
    """DC offset, in steps of 16-bit samples."""
    clipped: int
    """Clipped samples so far."""
    voice: bool
    silence: int
    """ns since voice was heard last, or since it listens."""


@dataclass(frozen=True)
class LiveAudio:
    """What goes over a live-audio socket: packets of whole samples, no header.

    With both ``received`` and ``sent`` their samples come in turn, received first.
    """

    received: bool = True
    """The application hears what the timeslot receives."""
    sent: bool = False
    """And what it sends."""
    speak: bool = True
    """What the application writes is sent."""
    coding: str = "pcm16"
    """``pcm16`` (little endian), ``alaw`` or ``mulaw``."""
    rate: int = 8000
    """8000, with ``pcm16`` also 16000."""
    packet_ms: int = 20
    buffer_ms: int = 200
    """Bound of what waits to be sent; more waits in the socket and holds the writer back."""
    prefill_ms: int = 0
    """So much must be there before sending begins, against gaps of a late writer."""
    wait_ms: int = 0
    """Under a virtual clock: time stands still so long for an answer to each packet."""
    data: bool = False
    """Modem signals of a writer that answers each packet with one: what it wrote goes out whole
    also when it has closed its end, and delay that its lateness left is made good in silence."""


class Role(enum.Flag):
    """What a member of a conference does."""

    SPEAK = 1
    """All others hear it."""
    HEAR = 2
    COACH = 4
    """One member hears it, no other: whisper."""
    TALK = SPEAK | HEAR


@dataclass(frozen=True)
class ConferenceConfig:
    """How a conference mixes."""

    gate_above: int = 6
    """With more members, only those who talk are mixed; with fewer, all are."""
    talk_dbm0: float = -45.0
    """What counts as talking."""
    hold_ms: int = 400
    """A talker stays in the mix so long after his last word."""
    report_ms: int = 200
    """Least time between two TalkersChanged; 0: none."""


class Conference(ABC):
    """Any number of timeslots of one board that hear each other."""

    number: int

    @abstractmethod
    def join(
        self, timeslot: Timeslot, role: Role = Role.TALK, coached: Timeslot | None = None
    ) -> None:
        """Take in a voice timeslot, or change its role; with Role.COACH name whom it coaches."""

    @abstractmethod
    def leave(self, timeslot: Timeslot) -> None:
        """LocalError when it is no member."""

    @abstractmethod
    def close(self) -> None:
        """All members leave."""
