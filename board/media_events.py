"""What a board's detectors report. Times are board time in ns: ``time`` when it was known,
``began`` when it began. Durations are ns, levels dBm0, frequencies Hz.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .events import BoardEvent


class DigitKind(enum.IntEnum):
    """Whose digits."""

    DTMF = 1
    R2_FORWARD = 2
    R2_BACKWARD = 3
    R1 = 4


@dataclass(init=False)
class MediaEvent(BoardEvent):
    """Something heard on a timeslot."""

    __slots__ = ("began", "span", "timeslot")
    span: int
    timeslot: int
    began: int

    def __init__(self, time: int, span: int, timeslot: int, began: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.began = began


@dataclass(init=False)
class DigitHeard(MediaEvent):
    """A digit is recognised (``ended`` False, ``duration`` so far) or over (True, all of it).

    DTMF 0-9 A-D * #; R2 1-9 0 B-F for the signals 1 to 15 of Q.441; R1 0-9 K S A-C.
    """

    __slots__ = ("digit", "duration", "ended", "kind", "level_dbm0", "twist_db")
    kind: DigitKind
    digit: str
    ended: bool
    duration: int
    level_dbm0: float
    twist_db: float
    """The higher frequency's level less the lower one's."""

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        kind: DigitKind,
        digit: str,
        ended: bool,
        duration: int,
        level_dbm0: float,
        twist_db: float,
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.kind = kind
        self.digit = digit
        self.ended = ended
        self.duration = duration
        self.level_dbm0 = level_dbm0
        self.twist_db = twist_db


@dataclass(init=False)
class FskHeard(MediaEvent):
    """A character, a faulty one, or the carrier of V.23 or Bell 202 came or went."""

    __slots__ = ("bell202", "kind", "level_dbm0", "octet")
    bell202: bool
    kind: int
    """TD_FSK_OCTET, TD_FSK_FRAMING, TD_FSK_CARRIER, TD_FSK_LOST."""
    octet: int
    level_dbm0: float

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        bell202: bool,
        kind: int,
        octet: int,
        level_dbm0: float,
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.bell202 = bell202
        self.kind = kind
        self.octet = octet
        self.level_dbm0 = level_dbm0


@dataclass(init=False)
class ModemToneHeard(MediaEvent):
    """A fax or modem tone: what the native detector tells (td_modem_tone_event)."""

    __slots__ = ("duration", "frequency", "kind", "level_dbm0", "reversals", "tone")
    kind: int
    """TD_MODEM_ON, TD_MODEM_OFF, TD_MODEM_REVERSAL, TD_MODEM_AM, TD_MODEM_SIT."""
    tone: int
    """TD_MODEM_950 and so on."""
    duration: int
    frequency: float
    level_dbm0: float
    reversals: int

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        kind: int,
        tone: int,
        duration: int,
        frequency: float,
        level_dbm0: float,
        reversals: int,
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.kind = kind
        self.tone = tone
        self.duration = duration
        self.frequency = frequency
        self.level_dbm0 = level_dbm0
        self.reversals = reversals


@dataclass(init=False)
class SegmentHeard(MediaEvent):
    """Something sounds, or it ended: up to four frequencies, the strongest first; none: speech."""

    __slots__ = ("duration", "ended", "frequencies", "level_dbm0", "levels")
    ended: bool
    duration: int
    level_dbm0: float
    frequencies: tuple[float, ...]
    levels: tuple[float, ...]

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        ended: bool,
        duration: int,
        level_dbm0: float,
        frequencies: tuple[float, ...],
        levels: tuple[float, ...],
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.ended = ended
        self.duration = duration
        self.level_dbm0 = level_dbm0
        self.frequencies = frequencies
        self.levels = levels


@dataclass(init=False)
class VoiceHeard(MediaEvent):
    """Speech (or any lasting sound) began, or ended after its hangover."""

    __slots__ = ("active", "duration", "level_dbm0")
    active: bool
    duration: int
    level_dbm0: float

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        active: bool,
        duration: int,
        level_dbm0: float,
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.active = active
        self.duration = duration
        self.level_dbm0 = level_dbm0


@dataclass(init=False)
class Clipped(MediaEvent):
    """A burst of clipped samples began, or is over: ``clipped`` of them."""

    __slots__ = ("active", "clipped", "duration")
    active: bool
    duration: int
    clipped: int

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        began: int,
        active: bool,
        duration: int,
        clipped: int,
    ) -> None:
        super().__init__(time, span, timeslot, began)
        self.active = active
        self.duration = duration
        self.clipped = clipped


@dataclass(init=False)
class TalkersChanged(BoardEvent):
    """Who talks in a conference now, the loudest first: (span, timeslot, dBm0)."""

    __slots__ = ("conference", "talkers")
    conference: int
    talkers: tuple[tuple[int, int, float], ...]

    def __init__(
        self, time: int, conference: int, talkers: tuple[tuple[int, int, float], ...]
    ) -> None:
        self.time = time
        self.conference = conference
        self.talkers = talkers


@dataclass(init=False)
class LiveEnded(BoardEvent):
    """Live audio number ``tag`` ended: stopped, or the other end closed its socket (``gone``)."""

    __slots__ = (
        "dropped",
        "gaps",
        "gone",
        "malformed",
        "packets",
        "span",
        "spoken",
        "tag",
        "timeslot",
    )
    span: int
    timeslot: int
    tag: int
    gone: bool
    packets: int
    """Sent to the other end."""
    dropped: int
    """Packets that the other end did not take in time."""
    spoken: int
    """Samples of 8 kHz sent from it."""
    gaps: int
    """How often it came too late, or paused."""
    malformed: int

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        tag: int,
        gone: bool,
        packets: int,
        dropped: int,
        spoken: int,
        gaps: int,
        malformed: int,
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.tag = tag
        self.gone = gone
        self.packets = packets
        self.dropped = dropped
        self.spoken = spoken
        self.gaps = gaps
        self.malformed = malformed


@dataclass(init=False)
class BridgeEnded(BoardEvent):
    """This end of a bridge was ended; ``slips`` octets were repeated or left out."""

    __slots__ = ("slips", "span", "timeslot")
    span: int
    timeslot: int
    slips: int

    def __init__(self, time: int, span: int, timeslot: int, slips: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.slips = slips
