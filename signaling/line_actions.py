"""What an engine of channel-associated or analog signalling asks of a line (line.py).

Each class has ``text``: how traces and ladders show it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .line_names import FEED_NAMES, FEED_RINGING, KIND_NAMES, bits_text


@dataclass(init=False)
class LineAction:
    """Base of what an engine asks for on ``channel``."""

    channel: int

    def __init__(self, channel: int) -> None:
        self.channel = channel

    @property
    def text(self) -> str:
        """For traces."""
        return type(self).__name__


@dataclass(init=False)
class SendBits(LineAction):
    """Send these ABCD bits from now on."""

    bits: int

    def __init__(self, channel: int, bits: int) -> None:
        self.channel = channel
        self.bits = bits

    @property
    def text(self) -> str:
        return f"bits {bits_text(self.bits)}"


@dataclass(init=False)
class SendSignal(LineAction):
    """Send this MF signal (``kind``, ``digit`` as in DigitReceived) until StopSignal: compelled
    signalling. It takes the place of what was sent before. ``ms`` not 0: a pulse of that length,
    SendingEnded follows with ``tag``."""

    kind: int
    digit: str
    ms: int
    tag: int

    def __init__(self, channel: int, kind: int, digit: str, ms: int = 0, tag: int = 0) -> None:
        self.channel = channel
        self.kind = kind
        self.digit = digit
        self.ms = ms
        self.tag = tag

    @property
    def text(self) -> str:
        return f"{KIND_NAMES[self.kind]} {self.digit}" + (f", {self.ms} ms" if self.ms else "")


@dataclass(init=False)
class StopSignal(LineAction):
    """Be silent: ends SendSignal, SendDigits, SendSteps and SendFsk."""

    @property
    def text(self) -> str:
        return "silence"


@dataclass(init=False)
class SendDigits(LineAction):
    """Send digits as pulses of sound, then SendingEnded with ``tag``. 0 ms: the defaults of 70/70.

    In ``digits`` a ``,`` is a pause of 2 s."""

    kind: int
    digits: str
    on_ms: int
    off_ms: int
    level_dbm0: float
    tag: int

    def __init__(
        self,
        channel: int,
        kind: int,
        digits: str,
        on_ms: int = 70,
        off_ms: int = 70,
        level_dbm0: float = -8.0,
        tag: int = 0,
    ) -> None:
        self.channel = channel
        self.kind = kind
        self.digits = digits
        self.on_ms = on_ms
        self.off_ms = off_ms
        self.level_dbm0 = level_dbm0
        self.tag = tag

    @property
    def text(self) -> str:
        return f"{KIND_NAMES[self.kind]} {self.digits}"


@dataclass(init=False)
class SendTone(LineAction):
    """Send a call progress tone of ``country`` (board/progress_tones.py) until StopSignal."""

    country: str
    name: str

    def __init__(self, channel: int, country: str, name: str) -> None:
        self.channel = channel
        self.country = country
        self.name = name

    @property
    def text(self) -> str:
        return f"{self.name} tone ({self.country})"


@dataclass(init=False)
class SendSteps(LineAction):
    """Send tones: each step is (frequencies Hz, ms, dBm0 of each), then SendingEnded."""

    steps: tuple[tuple[tuple[float, ...], int, float], ...]
    tag: int

    def __init__(
        self,
        channel: int,
        steps: tuple[tuple[tuple[float, ...], int, float], ...],
        tag: int = 0,
    ) -> None:
        self.channel = channel
        self.steps = steps
        self.tag = tag

    @property
    def text(self) -> str:
        return f"{len(self.steps)} tones"


@dataclass(init=False)
class SendFsk(LineAction):
    """Send ``octets`` by V.23 or Bell 202, 1200 bit/s: ``seizure_bits`` alternating bits, then
    ``mark_bits`` of mark, then the octets; SendingEnded with ``tag``."""

    bell202: bool
    octets: bytes
    seizure_bits: int
    mark_bits: int
    level_dbm0: float
    tag: int

    def __init__(
        self,
        channel: int,
        bell202: bool,
        octets: bytes,
        seizure_bits: int = 300,
        mark_bits: int = 180,
        level_dbm0: float = -13.5,
        tag: int = 0,
    ) -> None:
        self.channel = channel
        self.bell202 = bell202
        self.octets = octets
        self.seizure_bits = seizure_bits
        self.mark_bits = mark_bits
        self.level_dbm0 = level_dbm0
        self.tag = tag

    @property
    def text(self) -> str:
        return f"{'Bell 202' if self.bell202 else 'V.23'} {self.octets.hex(' ')}"


@dataclass(init=False)
class SetFeed(LineAction):
    """FXS: FEED_…; ``hz`` of the ringing with FEED_RINGING (0: the board's default)."""

    feed: int
    hz: float

    def __init__(self, channel: int, feed: int, hz: float = 0.0) -> None:
        self.channel = channel
        self.feed = feed
        self.hz = hz

    @property
    def text(self) -> str:
        return "ring" if self.feed == FEED_RINGING else f"feed {FEED_NAMES[self.feed]}"


@dataclass(init=False)
class SetLoop(LineAction):
    """FXO: close the loop (off hook) or open it."""

    closed: bool

    def __init__(self, channel: int, closed: bool) -> None:
        self.channel = channel
        self.closed = closed

    @property
    def text(self) -> str:
        return "off hook" if self.closed else "on hook"


@dataclass(init=False)
class SetGround(LineAction):
    """FXO, ground start: ground the ring."""

    on: bool

    def __init__(self, channel: int, on: bool) -> None:
        self.channel = channel
        self.on = on

    @property
    def text(self) -> str:
        return "ground" if self.on else "no ground"


@dataclass(init=False)
class SendPulses(LineAction):
    """FXO: decadic pulses, timed by the board; SendingEnded with ``tag``."""

    digits: str
    pps: float
    break_percent: float
    interdigit_ms: int
    tag: int

    def __init__(
        self,
        channel: int,
        digits: str,
        pps: float = 10.0,
        break_percent: float = 61.5,
        interdigit_ms: int = 800,
        tag: int = 0,
    ) -> None:
        self.channel = channel
        self.digits = digits
        self.pps = pps
        self.break_percent = break_percent
        self.interdigit_ms = interdigit_ms
        self.tag = tag

    @property
    def text(self) -> str:
        return f"pulses {self.digits}"


@dataclass(init=False)
class SendFlash(LineAction):
    """FXO: break the loop, FXS: the battery, for so long; SendingEnded with ``tag``."""

    ms: int
    tag: int

    def __init__(self, channel: int, ms: int, tag: int = 0) -> None:
        self.channel = channel
        self.ms = ms
        self.tag = tag

    @property
    def text(self) -> str:
        return f"flash {self.ms} ms"


@dataclass(init=False)
class SendMetering(LineAction):
    """FXS: a metering pulse of 12 or 16 kHz."""

    ms: int
    hz: int

    def __init__(self, channel: int, ms: int, hz: int) -> None:
        self.channel = channel
        self.ms = ms
        self.hz = hz

    @property
    def text(self) -> str:
        return f"metering pulse of {self.ms} ms"


@dataclass(init=False)
class ListenFor(LineAction):
    """The engine needs these detectors (LISTEN_… bits) on the channel from now on; 0: none.

    They may run all the time on lines that are idle: keep them few."""

    kinds: int

    def __init__(self, channel: int, kinds: int) -> None:
        self.channel = channel
        self.kinds = kinds

    @property
    def text(self) -> str:
        return f"listens for {self.kinds:#x}"


@dataclass(init=False)
class OpenSpeech(LineAction):
    """The register or line signalling needs the channel's sound no more (``on`` True: it is the
    call's), or takes it back (False). Tells who may play: the engine or the application."""

    on: bool

    def __init__(self, channel: int, on: bool) -> None:
        self.channel = channel
        self.on = on

    @property
    def text(self) -> str:
        return "speech path " + ("open" if self.on else "closed")


@dataclass(init=False)
class MeasureLine(LineAction):
    """Read the port's meters now: LineMeasured with ``tag`` follows."""

    tag: int

    def __init__(self, channel: int, tag: int) -> None:
        self.channel = channel
        self.tag = tag

    @property
    def text(self) -> str:
        return "measure"


@dataclass(init=False)
class MeasureLevel(LineAction):
    """Read how loud the channel is now: LevelMeasured with ``tag`` follows. The engine listens to
    LISTEN_LEVEL on it."""

    tag: int

    def __init__(self, channel: int, tag: int) -> None:
        self.channel = channel
        self.tag = tag

    @property
    def text(self) -> str:
        return "measure level"


@dataclass(init=False)
class SetLamp(LineAction):
    """FXS: put the voltage of a neon message lamp on the line, or take it away."""

    on: bool

    def __init__(self, channel: int, on: bool) -> None:
        self.channel = channel
        self.on = on

    @property
    def text(self) -> str:
        return "lamp on" if self.on else "lamp off"


@dataclass(init=False)
class SetImpedance(LineAction):
    """Termination and balance network of the port: a row of the board's (``600``, ``cn`` …).
    ``chosen`` False: the country's own, which a port may do without."""

    name: str
    chosen: bool

    def __init__(self, channel: int, name: str, chosen: bool = True) -> None:
        self.channel = channel
        self.name = name
        self.chosen = chosen

    @property
    def text(self) -> str:
        return f"impedance {self.name}"
