"""What clients are told of media: playing, recording, digits, tones, conferences, fax.

``call_id`` is 0 and ``device`` is ``conference/N`` where it happens in a conference. Seconds and
dBm0 as decimal numbers; ``began`` is ns since 1970-01-01 UTC as ``time`` is.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .events_base import CallEvent

MediaKind = Literal["play", "record"]


class Play(CallEvent):
    """A message began to play (ECMA-269 Play)."""

    message: str
    """The file, or what was asked for: "tone CN/busy", "digits 123", "3 items"."""


class Record(CallEvent):
    """A recording began (ECMA-269 Record)."""

    message: str


class Suspend(CallEvent):
    """Playing or recording pauses (ECMA-269 Suspend Play, Suspend Record)."""

    kind: MediaKind
    message: str
    position: float
    """Seconds played or recorded."""


class Resume(CallEvent):
    """It goes on, or goes on elsewhere or otherwise: position, volume or speed changed."""

    kind: MediaKind
    message: str
    position: float


class Stop(CallEvent):
    """Playing or recording ended; ``octets`` were on the wire (8000 a second)."""

    kind: MediaKind
    message: str
    octets: int
    reason: Literal["complete", "stopped", "digit", "voice", "silence", "damaged", "failed"]
    """digit, voice: the caller ended it; silence: a recording's limit; damaged: the file was not
    whole, what is good of it was played; failed: ``text`` says why."""
    text: str = ""
    digit: str = ""
    lost: int = 0
    """Samples that the disk did not take in time."""


class DigitsDetected(CallEvent):
    """A digit was heard. By startListening."""

    digit: str
    kind: Literal["dtmf", "r2f", "r2b", "mf"]
    began: int
    seconds: float
    """0 while it still sounds (with ``ended`` false)."""
    level_dbm0: float
    twist_db: float = 0.0
    ended: bool = False


class DigitsCollected(CallEvent):
    """A collection of digits ended (ECMA-269 Data Collected)."""

    digits: str
    """Without the terminator."""
    reason: Literal[
        "maximum",
        "terminator",
        "pattern",
        "noMatch",
        "firstTimeout",
        "interdigitTimeout",
        "timeout",
        "stopped",
        "ended",
    ]
    """noMatch: no pattern can match any more; ended: the call was cleared."""
    terminator: str = ""
    pattern: str = ""


class ToneDetected(CallEvent):
    """A call progress, fax or modem tone was recognised, or ended. By startListening."""

    tone: str
    """A country's tone as in "busy", or "fax calling", "2100 Hz" …"""
    began: int
    seconds: float
    level_dbm0: float
    frequencies: tuple[float, ...] = ()
    ended: bool = False


class VoiceActivity(CallEvent):
    """Speech began or ended, or the signal clips. By startListening."""

    active: bool
    began: int
    seconds: float
    level_dbm0: float
    clipped: int = 0
    """Clipped samples: then this is about clipping, not about speech."""


class FskDetected(CallEvent):
    """A message by V.23 or Bell 202, as caller ID is sent. By startListening."""

    modem: Literal["v23", "bell202"]
    octets: str
    """Hexadecimal, from the message type to the checksum."""
    valid: bool
    number: str = ""
    name: str = ""
    text: str = ""
    """What it says, or what is wrong with it."""


class CallProgress(CallEvent):
    """What call progress analysis has heard so far: ringing, a beep, the end of a greeting."""

    kind: str
    began: int
    seconds: float = 0.0
    count: int = 0
    """Rings so far."""


class CallProgressResult(CallEvent):
    """The verdict of startCallProgressAnalysis; there is exactly one."""

    verdict: str
    confidence: float
    """0 to 1."""
    began: int
    reason: str
    details: dict[str, float | str] = msgspec.field(default_factory=dict)


class ConferenceChanged(CallEvent):
    """A conference was made or closed, or a call joined, left or changed its role."""

    conference: int
    change: Literal["created", "joined", "left", "role", "closed"]
    role: str = ""
    members: int = 0


class ActiveSpeakers(CallEvent):
    """Who talks in a conference now, the loudest first."""

    conference: int
    calls: list[int]
    levels: list[float]


class ConnectionChanged(CallEvent):
    """Speech of a call goes to another call, comes from music on hold, or does so no more."""

    source: str
    """``call/N``, ``music/NAME`` or nothing."""


class AudioClosed(CallEvent):
    """Live audio ended."""

    audio: int
    reason: Literal["stopped", "gone", "failed"]
    packets: int
    dropped: int
    spoken: int
    """Samples of 8 kHz that the application spoke."""
    gaps: int
    malformed: int
    text: str = ""


class FaxNegotiated(CallEvent):
    """Two fax terminals agreed (DCS and CFR of T.30)."""

    remote_id: str
    modem: str
    """V.17, V.29 or V.27ter."""
    bit_rate: int
    ecm: bool
    compression: str
    """MH, MR (T.4) or MMR (T.6)."""
    resolution: str
    """Dots per inch, as in 204x196."""


class FaxPage(CallEvent):
    """A page is through."""

    page: int
    """From 1."""
    confirmed: bool
    response: str
    """MCF, RTP, RTN, PIP or PIN."""
    rows: int
    width: int
    bad_rows: int
    ecm_retries: int
    bit_rate: int


class FaxEnded(CallEvent):
    """A fax is over."""

    ok: bool
    reason: str
    """ok, stopped, hangup, noFax, noTraining, incompatible, refused, farEnd, lineLost, timeout,
    protocol, file, tooLong, library or worker."""
    text: str
    pages: int
    """Delivered and confirmed, or received."""
    remote_id: str = ""
    file: str = ""
    """Received pages."""
