"""What a line shows to an engine of channel-associated or analog signalling (line.py).

Each class has ``text``: how traces and ladders show it. Channels are the engine's, times are ns.
"""

from __future__ import annotations

from dataclasses import dataclass

from .line_names import BATTERY_NAMES, KIND_NAMES, bits_text


@dataclass(init=False)
class LineSignal:
    """Base of what a line shows on ``channel``."""

    channel: int

    def __init__(self, channel: int) -> None:
        self.channel = channel

    @property
    def text(self) -> str:
        """For traces."""
        return type(self).__name__


@dataclass(init=False)
class BitsReceived(LineSignal):
    """ABCD bits changed (bit 3 = A … bit 0 = D)."""

    bits: int

    def __init__(self, channel: int, bits: int) -> None:
        self.channel = channel
        self.bits = bits

    @property
    def text(self) -> str:
        return f"bits {bits_text(self.bits)}"


@dataclass(init=False)
class DigitReceived(LineSignal):
    """A digit is recognised (``on`` True) or over (False, ``duration`` is all of it).

    ``kind``: DTMF, R2_FORWARD, R2_BACKWARD, R1. Digits as board.media_events.DigitHeard: R2 has
    1-9 0 B-F for the signals 1 to 15 of Q.441 (B is 11, F is 15), R1 0-9 K S A-C.
    ``began``: when the signal began, ``now`` of ``receive`` is when it was recognised."""

    kind: int
    digit: str
    on: bool
    began: int
    duration: int

    def __init__(
        self, channel: int, kind: int, digit: str, on: bool, began: int, duration: int = 0
    ) -> None:
        self.channel = channel
        self.kind = kind
        self.digit = digit
        self.on = on
        self.began = began
        self.duration = duration

    @property
    def text(self) -> str:
        if self.on:
            return f"{KIND_NAMES[self.kind]} {self.digit}"
        return f"{KIND_NAMES[self.kind]} {self.digit} ends after {self.duration // 1_000_000} ms"


@dataclass(init=False)
class ToneReceived(LineSignal):
    """A sound of up to four frequencies (Hz, the strongest first) is heard, or over (``on`` False,
    ``duration`` all of it); without frequencies: speech or noise (board SegmentHeard)."""

    frequencies: tuple[float, ...]
    on: bool
    began: int
    duration: int
    level_dbm0: float

    def __init__(
        self,
        channel: int,
        frequencies: tuple[float, ...],
        on: bool,
        began: int,
        duration: int,
        level_dbm0: float,
    ) -> None:
        self.channel = channel
        self.frequencies = frequencies
        self.on = on
        self.began = began
        self.duration = duration
        self.level_dbm0 = level_dbm0

    @property
    def text(self) -> str:
        what = "+".join(f"{hz:.0f}" for hz in self.frequencies) + " Hz"
        what = what if self.frequencies else "sound"
        if self.on:
            return f"{what}, {self.level_dbm0:.0f} dBm0"
        return f"{what} ends after {self.duration // 1_000_000} ms"


@dataclass(init=False)
class ModemToneReceived(LineSignal):
    """A fax or modem tone, or an SIT: the fields of board ModemToneHeard."""

    kind: int
    tone: int
    frequency: float
    began: int
    duration: int

    def __init__(
        self, channel: int, kind: int, tone: int, frequency: float, began: int, duration: int
    ) -> None:
        self.channel = channel
        self.kind = kind
        self.tone = tone
        self.frequency = frequency
        self.began = began
        self.duration = duration

    @property
    def text(self) -> str:
        return f"modem tone {self.frequency:.0f} Hz"


@dataclass(init=False)
class VoiceReceived(LineSignal):
    """Speech (any lasting sound) began or ended."""

    active: bool

    def __init__(self, channel: int, active: bool) -> None:
        self.channel = channel
        self.active = active

    @property
    def text(self) -> str:
        return "voice" if self.active else "silence"


@dataclass(init=False)
class FskReceived(LineSignal):
    """A character of V.23 or Bell 202, or their carrier came or went: board FskHeard.

    ``kind``: 1 octet, 2 octet without stop bit, 3 carrier, 4 carrier lost (TD_FSK_…)."""

    bell202: bool
    kind: int
    octet: int

    def __init__(self, channel: int, bell202: bool, kind: int, octet: int) -> None:
        self.channel = channel
        self.bell202 = bell202
        self.kind = kind
        self.octet = octet

    @property
    def text(self) -> str:
        return f"FSK {self.octet:02x}" if self.kind <= 2 else "FSK carrier"


@dataclass(init=False)
class HookReceived(LineSignal):
    """FXS, tap: loop current flows (``off``) or stopped. Not debounced: pulses and flashes are the
    engine's business."""

    off: bool

    def __init__(self, channel: int, off: bool) -> None:
        self.channel = channel
        self.off = off

    @property
    def text(self) -> str:
        return "off hook" if self.off else "on hook"


@dataclass(init=False)
class RingReceived(LineSignal):
    """FXO, tap: ringing voltage came or went."""

    on: bool
    hz: float

    def __init__(self, channel: int, on: bool, hz: float = 0.0) -> None:
        self.channel = channel
        self.on = on
        self.hz = hz

    @property
    def text(self) -> str:
        return f"ringing {self.hz:.0f} Hz" if self.on else "ringing stops"


@dataclass(init=False)
class BatteryReceived(LineSignal):
    """FXO, tap: BATTERY_ABSENT, _NORMAL, _REVERSED."""

    battery: int

    def __init__(self, channel: int, battery: int) -> None:
        self.channel = channel
        self.battery = battery

    @property
    def text(self) -> str:
        return f"battery {BATTERY_NAMES[self.battery]}"


@dataclass(init=False)
class GroundReceived(LineSignal):
    """Ground start: FXS, the far end grounds the ring; FXO, the exchange grounds the tip."""

    on: bool

    def __init__(self, channel: int, on: bool) -> None:
        self.channel = channel
        self.on = on

    @property
    def text(self) -> str:
        return "ground" if self.on else "no ground"


@dataclass(init=False)
class InUseReceived(LineSignal):
    """FXO: another telephone holds the line beside us, or no more (board InUseChanged)."""

    in_use: bool

    def __init__(self, channel: int, in_use: bool) -> None:
        self.channel = channel
        self.in_use = in_use

    @property
    def text(self) -> str:
        return "another telephone is off hook" if self.in_use else "no other telephone"


@dataclass(init=False)
class MeteringReceived(LineSignal):
    """FXO: a metering pulse of 12 or 16 kHz ended."""

    duration: int

    def __init__(self, channel: int, duration: int) -> None:
        self.channel = channel
        self.duration = duration

    @property
    def text(self) -> str:
        return f"metering pulse of {self.duration // 1_000_000} ms"


@dataclass(init=False)
class SendingEnded(LineSignal):
    """What was given with this ``tag`` (SendDigits, SendSteps, SendFsk, SendPulses, SendFlash) has
    been sent; ``complete`` False: it was stopped."""

    tag: int
    complete: bool

    def __init__(self, channel: int, tag: int, complete: bool = True) -> None:
        self.channel = channel
        self.tag = tag
        self.complete = complete

    @property
    def text(self) -> str:
        return "sent"


@dataclass(init=False)
class LevelMeasured(LineSignal):
    """How loud the channel was in the last 32 ms, when MeasureLevel with this ``tag`` came."""

    tag: int
    level_dbm0: float

    def __init__(self, channel: int, tag: int, level_dbm0: float) -> None:
        self.channel = channel
        self.tag = tag
        self.level_dbm0 = level_dbm0

    @property
    def text(self) -> str:
        return f"level {self.level_dbm0:.1f} dBm0"


@dataclass(init=False)
class LineMeasured(LineSignal):
    """What the port's meters showed when MeasureLine with this ``tag`` came (board LineMeasure)."""

    tag: int
    volts: float
    milliamps: float
    ring_volts: float
    ring_hz: float
    ohms: float

    def __init__(
        self,
        channel: int,
        tag: int,
        volts: float,
        milliamps: float,
        ring_volts: float,
        ring_hz: float,
        ohms: float,
    ) -> None:
        self.channel = channel
        self.tag = tag
        self.volts = volts
        self.milliamps = milliamps
        self.ring_volts = ring_volts
        self.ring_hz = ring_hz
        self.ohms = ohms

    @property
    def text(self) -> str:
        return f"{self.volts:.1f} V, {self.milliamps:.1f} mA, ringing {self.ring_volts:.1f} V"
