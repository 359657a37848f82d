"""What every board is, whoever made it: a board has spans, a span has timeslots.

Required methods are abstract. A driver that cannot do an optional one says so in ``features``
and leaves the base's method, which raises DriverError.
"""

from __future__ import annotations

import enum
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import DriverError
from .call_control import CallControl
from .clock import Clock
from .events import Alarm, BoardEvent
from .line import AnalogLine
from .media import (
    Conditioning,
    Conference,
    ConferenceConfig,
    Direction,
    EchoCancelling,
    EchoState,
    Level,
    Listen,
    LiveAudio,
)
from .record import RecordOptions, RecordTarget

if TYPE_CHECKING:
    from .play import PlayItem, PlayOptions


class Feature(enum.Flag):
    """What a board does by itself beyond the required methods."""

    NONE = 0
    STEPPED = enum.auto()
    """Runs under a virtual clock by ``Board.step``."""
    HDLC = enum.auto()
    MTP2 = enum.auto()
    """Fill-ins of MTP2 repeated and filtered, signal units counted (HdlcConfig.mtp2)."""
    PLAY = enum.auto()
    PLAY_LIST = enum.auto()
    """Lists of octets, tones and silence, with pause, seek, volume and speed."""
    RECORD = enum.auto()
    RECORD_TO = enum.auto()
    """Records into files, with limits, and the time before."""
    CONNECT = enum.auto()
    """Bit-exact timeslot connection."""
    CAS = enum.auto()
    LOOPBACK = enum.auto()
    LISTEN = enum.auto()
    """Detectors and meters."""
    CONDITION = enum.auto()
    """Gain, AGC, noise gate, echo canceller."""
    CONFERENCE = enum.auto()
    SOFT = enum.auto()
    """Soft channels."""
    STREAM = enum.auto()
    """Live audio and bridges to other boards."""
    ANALOG = enum.auto()
    """Analog ports (board/line.py)."""
    CALLS = enum.auto()
    """Call control by the board (board/call_control.py)."""


class SpanKind(enum.Enum):
    """The line code and frame of a span."""

    E1 = "e1"
    T1 = "t1"
    ANALOG = "analog"
    """Ports of an analog board: timeslot n is port n (board/line.py)."""


class Loopback(enum.Enum):
    """Where a span's signal is turned round (M.3010-style names used on the front panel)."""

    NONE = "none"
    LOCAL = "local"
    """What we send comes back to us."""
    LINE = "line"
    """What the far end sends goes back to it."""
    PAYLOAD = "payload"
    """The same of the timeslots only, in frames of our own (T1.403)."""


class Law(enum.Enum):
    """G.711 companding of a voice timeslot."""

    A = "alaw"
    MU = "mulaw"


class Interframe(enum.Enum):
    """What fills the time between HDLC frames."""

    FLAGS = "flags"
    MARK = "mark"
    """Continuous ones (ISO/IEC 13239 mark idle)."""


@dataclass(frozen=True)
class HdlcConfig:
    """How a timeslot carries HDLC. ``max_octets`` counts a frame without its FCS."""

    interframe: Interframe = Interframe.FLAGS
    max_octets: int = 264
    min_octets: int = 2
    """Shorter frames, FCS not counted, are FrameFault.SHORT (Q.921 2.9 b: with no information
    field 2 octets of address and control are the least)."""
    mtp2: bool = False
    """Signal units of Q.703. A fill-in (LI 0 to 2, FISU or LSSU), once sent, goes on until another
    frame waits; behind a message it is the FISU with its BSN and FSN. Received, it is told twice at
    most and then counted. SignalUnitReceived, SignalUnitErrors and TransmitLow come instead of
    FrameReceived and FrameFaulty; ``max_octets`` and ``min_octets`` become 276 and 3 where they are
    not given."""
    rate56: bool = False
    """56 kbit/s: bit 8 of each octet is 1 and not looked at, for T1 lines that rob it or whose AMI
    does not let octets of zeros pass."""

    def __post_init__(self) -> None:
        if self.mtp2 and (self.max_octets, self.min_octets) == (264, 2):
            object.__setattr__(self, "max_octets", 276)
            object.__setattr__(self, "min_octets", 3)


@dataclass
class SpanCounters:
    """Totals since the board was opened; each only grows."""

    frames: int = 0
    """Basic frames received (125 us each)."""
    fas_errors: int = 0
    """Frame alignment signals received with a wrong bit; T1: wrong Ft or alignment bits."""
    crc4_errors: int = 0
    """CRC-4 submultiframes received in error."""
    e_bits: int = 0
    """Far-end CRC-4 block errors: E bits received as 0."""
    slips: int = 0
    """Controlled slips: whole frames repeated or deleted (G.822)."""
    alarms: dict[Alarm, int] = field(default_factory=dict)
    """How often each alarm was raised."""
    crc6_errors: int = 0
    """T1 with ESF: extended superframes received with a wrong CRC-6."""


@dataclass
class TimeslotCounters:
    """Totals of an HDLC timeslot since it was opened."""

    rx_frames: int = 0
    """Good frames received."""
    rx_octets: int = 0
    """Octets of good frames received, without FCS."""
    tx_frames: int = 0
    """Frames sent."""
    tx_octets: int = 0
    """Octets of frames sent, without FCS."""
    fcs: int = 0
    """Frames received with a wrong FCS."""
    aborts: int = 0
    """Frames that ended in an abort sequence (seven ones or more)."""
    short: int = 0
    """Frames received that are too short."""
    long: int = 0
    """Frames received that are longer than the timeslot was opened for."""
    octet: int = 0
    """Frames received that are no whole number of octets."""
    tx_refused: int = 0
    """Frames that ``transmit`` did not take because the queue was full."""
    sus: int = 0
    """MTP2: all signal units received, as SUERM counts them; with those in error."""
    su_errors: int = 0
    """MTP2: signal units in error, and 16 octets each in octet counting mode."""
    fill_ins_filtered: int = 0
    """MTP2: good fill-ins that were counted and not told; ``rx_frames`` has them."""
    octet_counting: int = 0
    """MTP2: how often octet counting mode was entered."""
    fill_ins_repeated: int = 0
    """MTP2: fill-ins sent again because nothing waited; ``tx_frames`` has them not."""


@dataclass
class EngineStats:
    """The native engine's own health."""

    blocks: int = 0
    """Blocks processed."""
    block_ns: int = 0
    """Length of one block."""
    busy_ns: int = 0
    """CPU time spent in blocks since start; with ``blocks * block_ns`` this gives the load."""
    overruns: int = 0
    """Blocks that began late by a whole block or more."""
    events_lost: int = 0


class Timeslot(ABC):
    """One 64 kbit/s timeslot. It is closed until one of the ``open_`` methods opens it."""

    span: int
    number: int
    line: AnalogLine | None = None
    """The line side of an analog port, None on a trunk."""
    calls: CallControl | None = None
    """Call control by the board; None: trunkd's own engines do the signalling."""

    @abstractmethod
    def open_hdlc(self, config: HdlcConfig) -> None:
        """Carry HDLC frames; LocalError when the timeslot is open already or cannot (TS0)."""

    @abstractmethod
    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        """Carry G.711 octets; ``idle`` octet is sent while nothing plays (default: by law)."""

    @abstractmethod
    def close(self) -> None:
        """Back to the idle octet; whatever played or recorded ends with STOPPED."""

    @abstractmethod
    def transmit(self, frame: bytes) -> bool:
        """Queue a frame (no FCS). False when the queue is full; the frame was not taken."""

    @abstractmethod
    def counters(self) -> TimeslotCounters:
        """Counters since ``open_hdlc``."""

    def play(self, octets: bytes, tag: int = 0) -> None:
        """Send companded octets in line order; PlayEnded tells the end. One at a time."""
        raise DriverError("this board cannot play")

    def stop_play(self) -> None:
        """End playing now; PlayEnded(STOPPED) follows. Nothing playing: nothing happens."""
        raise DriverError("this board cannot play")

    def play_list(
        self, items: Sequence[PlayItem], options: PlayOptions | None = None, tag: int = 0
    ) -> None:
        """Send items (board/play.py) one after the other without a gap; PlayEnded tells the end.

        Items without ``options`` are played once. Octets of the timeslot's law go out as they are
        at volume 0 and speed 1; one ``bytes`` object serves any number of timeslots.
        """
        raise DriverError("this board cannot play lists")

    def pause_play(self) -> None:
        """Be silent, and keep the place. Nothing playing: nothing happens, as in all below."""
        raise DriverError("this board cannot play lists")

    def resume_play(self) -> None:
        """Go on where ``pause_play`` came."""
        raise DriverError("this board cannot play lists")

    def seek_play(self, to: int, *, relative: bool = False) -> None:
        """Go on ``to`` ns into the list, or so far on (back when negative); within the list."""
        raise DriverError("this board cannot play lists")

    def set_play_volume(self, volume_db: float) -> None:
        """-60 to 30 dB, reached within 8 ms; 0: octets as they are."""
        raise DriverError("this board cannot play lists")

    def set_play_speed(self, speed: float) -> None:
        """0.5 to 2; the pitch stays."""
        raise DriverError("this board cannot play lists")

    def play_position(self) -> int:
        """How far into the list it is, or came, ns; in the repetition under way."""
        raise DriverError("this board cannot play lists")

    def record(self, octets: int, tag: int = 0) -> None:
        """Keep up to ``octets`` received octets; RecordEnded tells the end."""
        raise DriverError("this board cannot record")

    def stop_record(self) -> None:
        """End recording now; RecordEnded(STOPPED) follows."""
        raise DriverError("this board cannot record")

    def recorded(self) -> bytes:
        """The octets recorded so far, or by the last recording."""
        raise DriverError("this board cannot record")

    def record_to(
        self, file: RecordTarget, options: RecordOptions | None = None, tag: int = 0
    ) -> None:
        """Record into an open file (board/record.py), valid at every moment; ``stop_record`` and
        RecordEnded as with ``record``. The caller may close his descriptor at once."""
        raise DriverError("this board cannot record to files")

    def pause_record(self) -> None:
        """Leave out what comes now. Nothing recorded: nothing happens, as in ``resume_record``."""
        raise DriverError("this board cannot record to files")

    def resume_record(self) -> None:
        """Go on recording after ``pause_record``."""
        raise DriverError("this board cannot record to files")

    def recorded_samples(self) -> int:
        """Samples of the recording there is, or was last; prerecorded ones too."""
        raise DriverError("this board cannot record to files")

    def prerecord(self, ms: int) -> None:
        """Keep the last ``ms`` of both directions from now on, for ``record_to``; 0: no more."""
        raise DriverError("this board cannot record to files")

    def connect(self, source: Timeslot | None) -> None:
        """Send what ``source`` receives, octet for octet; None ends that."""
        raise DriverError("this board cannot connect timeslots")

    def listen(self, kinds: Listen) -> None:
        """Listen for these from now on, and for nothing else; media_events.py has what comes.
        A soft channel listens to what it hears."""
        raise DriverError("this board has no detectors")

    def level(self) -> Level:
        """What the meter shows; LocalError unless it listens to Listen.LEVEL."""
        raise DriverError("this board has no level meters")

    def condition(self, direction: Direction, how: Conditioning | None) -> None:
        """Gain, AGC and gate of one direction; None: octets pass as they are."""
        raise DriverError("this board has no gain control")

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        """Cancel the line's echo in what is received; None: no more."""
        raise DriverError("this board has no echo canceller")

    def echo_state(self) -> EchoState:
        """LocalError unless ``cancel_echo`` is on."""
        raise DriverError("this board has no echo canceller")

    def live_audio(self, config: LiveAudio, tag: int = 0) -> socket.socket:
        """The application's end of a SOCK_SEQPACKET socket; closing it ends the live audio."""
        raise DriverError("this board has no live audio")

    def bridge(self, other: Timeslot) -> None:
        """Both ways with a timeslot of another board, octet for octet where the laws agree."""
        raise DriverError("this board has no bridges to others")

    def stop_stream(self) -> None:
        """End live audio, or this end of a bridge."""
        raise DriverError("this board has no live audio")

    def streaming(self) -> bool:
        """There is live audio or a bridge on it, whose end was not told."""
        raise DriverError("this board has no live audio")

    def bridge_slips(self) -> int:
        """Octets that were repeated or left out because the boards' clocks differ."""
        raise DriverError("this board has no bridges to others")

    def set_bits(self, bits: int) -> None:
        """Send these ABCD bits (bit 3 = A): in the CAS multiframe, or as robbed bits of a T1, 0 to
        15, of which D4 sends A and B. LocalError on a clear channel."""
        raise DriverError("this board has no CAS")

    def bits(self) -> int:
        """The ABCD bits received last."""
        raise DriverError("this board has no CAS")


class Span(ABC):
    """One E1 or T1 interface."""

    number: int
    kind: SpanKind
    fault: str = ""
    """Why nothing works on it, in words, beside its alarms; "" when it does."""
    timeslots: Sequence[Timeslot]
    """Indexed by timeslot number; E1 has 0 to 31, T1 0 to 24 (0 carries framing and cannot be
    opened)."""

    @property
    @abstractmethod
    def alarms(self) -> frozenset[Alarm]:
        """Defects present now."""

    @abstractmethod
    def counters(self) -> SpanCounters:
        """Counters since the board was opened."""

    def set_loopback(self, loopback: Loopback) -> None:
        """Turn the signal round at the interface."""
        raise DriverError("this board has no loopback")


class Board(ABC):
    """An opened board. Methods may be called from one thread; events come by ``events``."""

    address: str
    features: Feature
    limits: Mapping[Feature, str] = {}
    """What the board cannot do of a feature that it has, in words for the matrix of boards."""
    spans: Sequence[Span]
    """In faceplate order: ``spans[0].number`` is 1."""
    clock: Clock
    soft: Sequence[Timeslot] = ()
    """Channels without a line, to be opened for voice: what is played on one is what it says, what
    it is connected with or hears in a conference is what it records as sent. For music on hold,
    players and recorders of conferences, live audio. Their span numbers follow the board's own."""

    @abstractmethod
    def start(self) -> None:
        """Begin to run. A stepped board runs in ``step`` only."""

    @abstractmethod
    def close(self) -> None:
        """Stop and give everything back; closing twice is allowed."""

    @abstractmethod
    def fileno(self) -> int:
        """A descriptor that is readable while events wait."""

    @abstractmethod
    def events(self) -> list[BoardEvent]:
        """Take all events that wait, oldest first. Never blocks."""

    @abstractmethod
    def stats(self) -> EngineStats:
        """The engine's health."""

    def conference(self, config: ConferenceConfig | None = None) -> Conference:
        """A new conference, empty."""
        raise DriverError("this board has no conferences")

    def step(self, until: int) -> int:
        """Run in virtual time to ``until`` (ns) or to the end of the first block with an event.

        Returns the new time, which ``clock.now()`` gives too.
        """
        raise DriverError("this board runs in real time only")

    def span(self, number: int) -> Span:
        """The span with this faceplate number; DriverError names the ones there are."""
        if not 1 <= number <= len(self.spans):
            raise DriverError(
                f"{self.address} has no span {number}: it has spans 1 to {len(self.spans)}"
            )
        return self.spans[number - 1]

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
