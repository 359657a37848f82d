"""What a board reports. Small classes that never change once made; times are board time in ns.

``span`` and ``timeslot`` are the numbers on the board's faceplate: spans from 1, E1 timeslots
0 to 31, T1 timeslots 1 to 24. Classes have hand-written ``__init__`` methods because thousands are
made each second.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Alarm(enum.IntEnum):
    """Defects of a span, by the names of G.775 and G.732; a bit in ``Span.alarms`` each.

    A T1 has four of them: LOS, LOF, AIS and RAI. They are defects (T1.231), told at once: whoever
    takes calls down waits for the 2.5 s of a red alarm by himself."""

    LOS = 0
    """Loss of signal (G.775 4.2; T1.231: 175 pulse positions without a pulse)."""
    LOF = 1
    """Loss of frame alignment (G.706 4.1.1); T1: out of frame, 2 of 4 framing bits wrong."""
    LOMF_CRC = 2
    """Loss of CRC-4 multiframe alignment (G.706 4.2)."""
    LOMF_CAS = 3
    """Loss of timeslot-16 signalling multiframe alignment (G.732 5.2)."""
    AIS = 4
    """Alarm indication signal: all ones received (G.775 5.2); T1: the blue alarm."""
    RAI = 5
    """Remote alarm indication: the A bit of the NFAS received (G.775 6.2); T1: the yellow alarm,
    bit 2 of all timeslots 0 (D4) or its codeword on the data link (ESF)."""
    AIS16 = 6
    """All ones in timeslot 16 while CAS is expected (G.775 5.3)."""
    RAI16 = 7
    """Remote alarm of the signalling multiframe: the y bit received (G.704 5.1.3.2.2)."""


class FrameFault(enum.IntEnum):
    """Why received HDLC octets are no frame (ISO/IEC 13239; Q.921 2.9)."""

    FCS = 1
    ABORT = 2
    SHORT = 3
    LONG = 4
    OCTET = 5
    """Not a whole number of octets between flags."""


@dataclass(init=False)
class BoardEvent:
    """Base: something happened at ``time`` (board time, ns)."""

    __slots__ = ("time",)
    time: int


@dataclass(init=False)
class FrameReceived(BoardEvent):
    """A good HDLC frame. ``frame``: its octets without flags and FCS."""

    __slots__ = ("frame", "span", "timeslot")
    span: int
    timeslot: int
    frame: bytes

    def __init__(self, time: int, span: int, timeslot: int, frame: bytes) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.frame = frame


@dataclass(init=False)
class FrameFaulty(BoardEvent):
    """HDLC octets that made no frame; also counted in the timeslot's counters."""

    __slots__ = ("fault", "span", "timeslot")
    span: int
    timeslot: int
    fault: FrameFault

    def __init__(self, time: int, span: int, timeslot: int, fault: FrameFault) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.fault = fault


@dataclass(init=False)
class SignalUnitReceived(BoardEvent):
    """A good signal unit on a timeslot opened with ``mtp2``. ``frame``: from BSN to SIF, no CK.

    A fill-in (FISU, LSSU) that comes again and again is told twice at most; ``sus`` has the others:
    all signal units since this timeslot's last event of this kind or SignalUnitErrors, in error or
    not, this one included, as SUERM counts them (Q.703 10.2).
    """

    __slots__ = ("frame", "span", "sus", "timeslot")
    span: int
    timeslot: int
    frame: bytes
    sus: int

    def __init__(self, time: int, span: int, timeslot: int, frame: bytes, sus: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.frame = frame
        self.sus = sus


@dataclass(init=False)
class SignalUnitErrors(BoardEvent):
    """``errors`` signal units in error, one behind the other, or as many times 16 octets in octet
    counting mode (Q.703 4.1.4). ``sus``: as in SignalUnitReceived, these included."""

    __slots__ = ("errors", "span", "sus", "timeslot")
    span: int
    timeslot: int
    errors: int
    sus: int

    def __init__(self, time: int, span: int, timeslot: int, errors: int, sus: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.errors = errors
        self.sus = sus


@dataclass(init=False)
class TransmitLow(BoardEvent):
    """The last message signal unit that waited on a timeslot with ``mtp2`` begins to be sent: with
    two or three more now the line has no gap."""

    __slots__ = ("span", "timeslot")
    span: int
    timeslot: int

    def __init__(self, time: int, span: int, timeslot: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot


@dataclass(init=False)
class AlarmChanged(BoardEvent):
    """A defect was raised or cleared."""

    __slots__ = ("active", "alarm", "span")
    span: int
    alarm: Alarm
    active: bool

    def __init__(self, time: int, span: int, alarm: Alarm, active: bool) -> None:
        self.time = time
        self.span = span
        self.alarm = alarm
        self.active = active


@dataclass(init=False)
class Slipped(BoardEvent):
    """A controlled slip: ``frames`` is +1 for a frame repeated, -1 for one deleted (G.822)."""

    __slots__ = ("frames", "span")
    span: int
    frames: int

    def __init__(self, time: int, span: int, frames: int) -> None:
        self.time = time
        self.span = span
        self.frames = frames


@dataclass(init=False)
class BitsChanged(BoardEvent):
    """New ABCD bits on a timeslot (bit 3 = A … bit 0 = D): CAS multiframe of G.704 5.1.3.2, or the
    robbed bits of a T1 once two superframes agree; D4 has A and B alone, C and D repeat them."""

    __slots__ = ("bits", "span", "timeslot")
    span: int
    timeslot: int
    bits: int

    def __init__(self, time: int, span: int, timeslot: int, bits: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.bits = bits


class MediaEnd(enum.IntEnum):
    """Why playing or recording ended."""

    COMPLETE = 0
    """All was played, or as much is recorded as had been asked for."""
    STOPPED = 1
    """``stop_play`` or ``stop_record`` was called, or the timeslot was closed."""
    DIGIT = 2
    """One of the digits that were to end it was heard."""
    SILENCE = 3
    """Nobody spoke for as long as had been asked for."""
    ERROR = 4
    """The file or its disk failed."""
    VOICE = 5
    """Speech that was to end it was heard."""
    DAMAGED = 6
    """What was played is damaged and ends there; silence follows."""


@dataclass(init=False)
class PlayEnded(BoardEvent):
    """``play`` or ``play_list`` number ``tag`` ended after ``octets`` octets went on the wire."""

    __slots__ = ("digit", "octets", "reason", "span", "tag", "timeslot")
    span: int
    timeslot: int
    tag: int
    octets: int
    reason: MediaEnd
    digit: str
    """The one that ended it, with MediaEnd.DIGIT."""

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        tag: int,
        octets: int,
        reason: MediaEnd,
        digit: str = "",
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.tag = tag
        self.octets = octets
        self.reason = reason
        self.digit = digit


@dataclass(init=False)
class RecordEnded(BoardEvent):
    """``record`` or ``record_to`` number ``tag`` ended; a file is complete by then."""

    __slots__ = ("digit", "error", "lost", "octets", "reason", "span", "tag", "timeslot")
    span: int
    timeslot: int
    tag: int
    octets: int
    """Octets of the buffer that are filled; of a file, samples of each channel recorded to it."""
    reason: MediaEnd
    lost: int
    """Samples of that time that are missing (RecordGap tells of each place)."""
    error: str
    """Of the file or its disk, with MediaEnd.ERROR; ``octets`` are in it all the same."""
    digit: str
    """The one that ended it, with MediaEnd.DIGIT."""

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        tag: int,
        octets: int,
        reason: MediaEnd,
        lost: int = 0,
        error: str = "",
        digit: str = "",
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.tag = tag
        self.octets = octets
        self.reason = reason
        self.lost = lost
        self.error = error
        self.digit = digit


@dataclass(init=False)
class RecordGap(BoardEvent):
    """``lost`` samples are missing before sample ``at`` of ``record_to`` number ``tag``: the disk
    did not keep up, or the engine left blocks out. Told when sound goes on."""

    __slots__ = ("at", "lost", "span", "tag", "timeslot")
    span: int
    timeslot: int
    tag: int
    at: int
    lost: int

    def __init__(self, time: int, span: int, timeslot: int, tag: int, at: int, lost: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.tag = tag
        self.at = at
        self.lost = lost


@dataclass(init=False)
class PortChanged(BoardEvent):
    """An outside process opened or left the port of a simulated timeslot."""

    __slots__ = ("connected", "span", "timeslot")
    span: int
    timeslot: int
    connected: bool

    def __init__(self, time: int, span: int, timeslot: int, connected: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.connected = connected


@dataclass(init=False)
class EventsLost(BoardEvent):
    """The bounded event ring was full: ``count`` events since the last report did not fit."""

    __slots__ = ("count",)
    count: int

    def __init__(self, time: int, count: int) -> None:
        self.time = time
        self.count = count


@dataclass(init=False)
class SaBitsChanged(BoardEvent):
    """The national bits of an E1 (G.704 2.3.2 table 5A) were received otherwise than before."""

    __slots__ = ("sa", "span")
    span: int
    sa: int
    """Sa4 (bit 4) to Sa8 (bit 0); 31 when the far end has nothing to say."""

    def __init__(self, time: int, span: int, sa: int) -> None:
        self.time = time
        self.span = span
        self.sa = sa
