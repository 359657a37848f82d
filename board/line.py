"""An analog port: loop current, battery, ringing. ``Timeslot.line`` has one where there is one.

The voice of a port is its timeslot's (``open_voice`` and all media); this is what DC and ringing
do. A port is FXS (it feeds a telephone), FXO (it stands in a telephone's place on an exchange's
line) or a high-impedance tap. Times are board time in ns.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..errors import LocalError
from .events import BoardEvent


class PortKind(enum.Enum):
    """Which end of a line."""

    FXS = "fxs"
    """Feeds battery and ringing to a telephone."""
    FXO = "fxo"
    """Closes the loop of an exchange's line, as a telephone does."""
    TAP = "tap"
    """Listens across a line at high impedance, for recorders."""


class Feed(enum.IntEnum):
    """What an FXS port feeds to its line."""

    OPEN = 0
    """No battery: power denial, or a battery drop at the far end's clearing."""
    NORMAL = 1
    REVERSED = 2
    """Polarity of answer, or before a caller ID in some countries."""
    RINGING = 3
    """Ringing over normal battery; the port itself trips it when the telephone answers, and feeds
    NORMAL from then on (HookChanged tells)."""
    TIP_OPEN = 4
    """Ground start, idle: the tip is open, and the port senses a ground on the ring."""


class Battery(enum.IntEnum):
    """What an FXO port or a tap sees on its line."""

    ABSENT = 0
    NORMAL = 1
    REVERSED = 2


@dataclass(frozen=True)
class Ringing:
    """Ringing voltage of an FXS port."""

    hz: float = 25.0
    """16 to 68 (T1.401; China GB/T 3378: 25 +- 3)."""
    volts: float = 75.0
    """RMS, 30 to 100, open circuit."""


@dataclass(frozen=True)
class PulseShape:
    """Decadic pulses: ``pps`` 8 to 22, ``break_percent`` 30 to 80."""

    pps: float = 10.0
    break_percent: float = 61.5
    """China GB/T 3378 asks for a break to make ratio of 1.6:1."""
    interdigit_ms: int = 800


@dataclass(frozen=True)
class LineMeasure:
    """What the port's meters show. Voltages tip to ring, current through the loop."""

    volts: float
    milliamps: float
    ring_volts: float
    """RMS of alternating voltage below 70 Hz."""
    ring_hz: float
    ohms: float
    """What the port's voltage meets while direct current flows: an FXS measures the line and
    whatever closes it, an FXO itself. On an FXS that rings: what the ringing meets, 7000 ohms for 1
    REN. Else infinity."""


@dataclass(init=False)
class LineEvent(BoardEvent):
    """Base: something happened on an analog port."""

    __slots__ = ("span", "timeslot")
    span: int
    timeslot: int


@dataclass(init=False)
class HookChanged(LineEvent):
    """FXS and tap: loop current flows (``off`` True: off hook) or has stopped. Not debounced beyond
    the board's 2 ms: pulses and flashes are seen as they are, ringing current is not seen. While an
    FXS rings, its ring trip tells it, within 200 ms; one that feeds nothing sees no current."""

    __slots__ = ("off",)
    off: bool

    def __init__(self, time: int, span: int, timeslot: int, off: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.off = off


@dataclass(init=False)
class GroundChanged(LineEvent):
    """Ground start. FXS: the far end grounds the ring; FXO: the exchange grounds the tip, that is,
    it is not open as in Feed.TIP_OPEN and Feed.OPEN. For 2 ms."""

    __slots__ = ("on",)
    on: bool

    def __init__(self, time: int, span: int, timeslot: int, on: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.on = on


@dataclass(init=False)
class RingChanged(LineEvent):
    """FXO and tap: ringing voltage came (told after two cycles) or went (100 ms without)."""

    __slots__ = ("hz", "on", "volts")
    on: bool
    hz: float
    volts: float

    def __init__(
        self, time: int, span: int, timeslot: int, on: bool, hz: float, volts: float
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.on = on
        self.hz = hz
        self.volts = volts


@dataclass(init=False)
class BatteryChanged(LineEvent):
    """FXO and tap: the line's DC is another one for 5 ms."""

    __slots__ = ("battery",)
    battery: Battery

    def __init__(self, time: int, span: int, timeslot: int, battery: Battery) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.battery = battery


@dataclass(init=False)
class InUseChanged(LineEvent):
    """FXO, itself on hook: the voltage says that another telephone holds the line (or no more).

    While it is off hook: another one went off hook beside it (the current sank by a quarter), or
    left. For 20 ms; our own pulses and flashes are not taken for another's."""

    __slots__ = ("in_use",)
    in_use: bool

    def __init__(self, time: int, span: int, timeslot: int, in_use: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.in_use = in_use


@dataclass(init=False)
class MeteringPulse(LineEvent):
    """FXO: a metering pulse of 12 or 16 kHz ended."""

    __slots__ = ("duration",)
    duration: int

    def __init__(self, time: int, span: int, timeslot: int, duration: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.duration = duration


@dataclass(init=False)
class LineSent(LineEvent):
    """``pulses``, ``flash`` or ``metering`` number ``tag`` is through."""

    __slots__ = ("tag",)
    tag: int

    def __init__(self, time: int, span: int, timeslot: int, tag: int) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.tag = tag


class AnalogLine(ABC):
    """The line side of an analog port. LocalError where the port's kind has no such thing."""

    kind: PortKind

    @abstractmethod
    def feed(self, feed: Feed, ringing: Ringing | None = None) -> None:
        """FXS: feed this from now on; ``ringing`` with Feed.RINGING."""

    @abstractmethod
    def loop(self, closed: bool) -> None:
        """FXO: off hook (True) or on hook."""

    @abstractmethod
    def ground(self, on: bool) -> None:
        """FXO, ground start: ground the ring."""

    @abstractmethod
    def pulses(self, digits: str, shape: PulseShape, tag: int = 0) -> None:
        """FXO, off hook: dial by breaking the loop; LineSent follows, at once when the port goes on
        hook. Up to 32 digits 1-9, 0 (ten); between two the loop is closed for ``interdigit_ms``."""

    @abstractmethod
    def flash(self, ms: int, tag: int = 0) -> None:
        """Break for so long: FXO the loop (hookflash), FXS the battery; LineSent follows."""

    @abstractmethod
    def metering(self, ms: int, hz: int = 16000, tag: int = 0) -> None:
        """FXS: one metering pulse of 12 or 16 kHz; LineSent follows."""

    @abstractmethod
    def monitor(self, on: bool) -> None:
        """FXO, on hook: keep the voice path for what is sent on-hook (caller ID). On by default."""

    @abstractmethod
    def impedance(self, name: str) -> None:
        """Termination and balance network: a row of the board's impedances (``600``, ``cn``,
        ``tbr21`` …); LocalError names the rows."""

    def lamp(self, on: bool) -> None:
        """FXS: light the neon message lamp of the telephone (high voltage on idle lines)."""
        raise LocalError("this port has no voltage for neon lamps: use FSK or a stutter dial tone")

    def sending(self) -> bool:
        """Pulses, a flash or metering are under way. True also where nobody can say: LineSent
        tells."""
        return True

    @abstractmethod
    def off_hook(self) -> bool:
        """FXS: loop current flows; FXO: we hold the loop; tap: somebody does."""

    @abstractmethod
    def battery(self) -> Battery:
        """FXO and tap: what is seen; FXS: what is fed."""

    @abstractmethod
    def measure(self) -> LineMeasure:
        """The meters, now."""
