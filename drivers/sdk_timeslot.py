"""A channel of a maker's library as a timeslot: voice that the board plays, records and connects.

The commands it gives to the child process (sdk_host.py) are the same for every library.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ..board.call_control import CallControl
from ..board.events import BoardEvent, MediaEnd, PlayEnded, RecordEnded
from ..board.media import Listen
from ..board.media_events import DigitHeard, DigitKind
from ..board.model import HdlcConfig, Law, Timeslot, TimeslotCounters
from ..board.play import Octets, PlayItem, PlayOptions
from ..board.record import RecordOptions, RecordTarget, RecordWhat
from ..errors import DriverError, LocalError
from .sdk_protocol import BY_DIGIT, MOST, PLAYED_TO_END, RECORDED_TO_END
from .sdk_recording import Recording
from .sdk_render import IDLE, SAMPLES_A_MS, Sound, as_digits, render

if TYPE_CHECKING:
    from .sdk_board import SdkBoard

MS: Final = 1_000_000


class SdkCalls(CallControl):
    """Call control of one channel of a library that may go and come back."""

    @abstractmethod
    def lost(self, why: str) -> None:
        """The library has gone, with whatever call there was."""

    @abstractmethod
    def back(self) -> None:
        """The library is there again."""


class Play:
    """What plays. ``digits``: it is sent by the board's own DTMF generator."""

    def __init__(self, serial: int, tag: int, sound: Sound, digits: bool, stop_digits: str) -> None:
        self.serial: Final = serial
        self.tag: Final = tag
        self.sound: Final = sound
        self.digits: Final = digits
        self.stop_digits: Final = stop_digits
        self.stopping = False


class SdkTimeslot(Timeslot):
    """One channel. ``ch``: the library's number of it, -1: there is none. A driver's class sets
    ``control`` and ``calls``."""

    LAWS: ClassVar[dict[Law, int]] = {}
    """The library's number of a law's coding, for playing."""
    CODINGS: ClassVar[dict[str, tuple[int, int]]] = {}
    """Encoding of a recording -> the library's number, octets a sample."""
    HEADER: ClassVar[int] = 0
    """Octets before the sound where the library writes RIFF files."""
    STEP_DB: ClassVar[float] = 0.0
    """Of the volume of playing; 0: the board has no control of it."""
    STEPS: ClassVar[tuple[int, int]] = (0, 0)
    """Its range, in those steps."""
    PAUSES: ClassVar[bool] = True
    """What plays and records can pause."""
    control: SdkCalls

    def __init__(self, board: SdkBoard, span: int, number: int) -> None:
        self._board: Final = board
        self.span = span
        self.number = number
        self.ch = -1
        self.hanging = False
        """We hung up: the end of the call is ours."""
        self._open = False
        self._law = Law.A
        self._play: Play | None = None
        self._record: Recording | None = None
        self._late: dict[int, Recording] = {}
        """Recordings of calls that are over, until the library is done with their files."""
        self._recorded = b""
        self._source: SdkTimeslot | None = None
        self._listens = Listen.NONE

    def __repr__(self) -> str:
        return f"<{self.where()}>"

    def where(self) -> str:
        return f"{self._board.address} span {self.span} timeslot {self.number}"

    def now(self) -> int:
        return self._board.clock.now()

    def tell(self, event: BoardEvent) -> None:
        self._board.tell(event)

    def ask(self, what: str, *values: Any, fd: int = -1) -> Any:
        """A command to the library; DriverError with the board's name and the library's words."""
        self._board.check_open()
        self.hanging = what == "hang_up" or (self.hanging and what not in ("dial", "answer"))
        return self._board.ask(self.where(), what, self.ch, *values, fd=fd)

    # Opening

    def open_hdlc(self, config: HdlcConfig) -> None:
        self._board.check_open()
        raise DriverError(f"{self.where()}: this board cannot carry HDLC: it signals by itself")

    def transmit(self, frame: bytes) -> bool:
        raise DriverError(f"{self.where()}: this board cannot carry HDLC: it signals by itself")

    def counters(self) -> TimeslotCounters:
        raise DriverError(f"{self.where()}: this board cannot carry HDLC: it signals by itself")

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        """``idle`` is the board's own affair."""
        self._board.check_open()
        if self.number == 0:
            raise LocalError(f"{self.where()}: timeslot 0 carries framing")
        if self.ch < 0:
            raise LocalError(f"{self.where()}: the board has no channel there")
        if self._open:
            raise LocalError(f"{self.where()} is open already: close it first")
        self._open, self._law = True, law

    def close(self) -> None:
        if not self._open:
            return
        self.stop_all()
        self._open = False

    def stop_all(self) -> None:
        """End everything on it; what the library does not take is over all the same."""
        for stop in (self._end_play, self._end_record, self._disconnect):
            try:
                stop()
            except DriverError:
                continue
        self._listens = Listen.NONE

    def _need(self) -> None:
        self._board.check_open()
        if not self._open:
            raise LocalError(f"{self.where()} (timeslot {self.number}) is closed: open it first")

    # Playing

    def play(self, octets: bytes, tag: int = 0) -> None:
        self.play_list([Octets(octets, self._law)], None, tag)

    def play_list(
        self, items: Sequence[PlayItem], options: PlayOptions | None = None, tag: int = 0
    ) -> None:
        self._need()
        if self._play is not None:
            raise LocalError(f"{self.where()} plays already: stop that first")
        options = options or PlayOptions()
        self._may_pause(options.paused)
        known = as_digits(items) if options == PlayOptions() else None
        if known is not None:
            digits, on, off = known
            sound = Sound(bytes((on + off) * SAMPLES_A_MS * len(digits)), 0, 0, False)
            serial = self._board.next_serial()
            self.ask("digits", serial, digits, on, off)
            self._play = Play(serial, tag, sound, True, "")
            return
        sound = render(items, options, self._law)
        start = options.start // 1000 * SAMPLES_A_MS // 1000
        if start >= len(sound.octets):
            raise LocalError(f"{self.where()}: the list ends before its start")
        coding = self._coding()
        fd = os.memfd_create("play", os.MFD_CLOEXEC)
        try:
            with open(os.dup(fd), "wb") as file:
                file.write(sound.octets)
            serial = self._board.next_serial()
            values = (serial, coding, IDLE[self._law], start, sound.loop_from, sound.loops)
            os.lseek(fd, 0, os.SEEK_SET)
            self.ask("play", *values, options.stop_digits, fd=fd)
        finally:
            os.close(fd)
        self._play = Play(serial, tag, sound, False, options.stop_digits)
        if options.paused:
            self.pause_play()

    def stop_play(self) -> None:
        self._need()
        play = self._play
        if play is not None and not play.stopping:
            play.stopping = True
            self.ask("stop_digits" if play.digits else "stop_play")

    def _end_play(self) -> None:
        play, self._play = self._play, None
        if play is None:
            return
        self.tell(PlayEnded(*self._here(), play.tag, 0, MediaEnd.STOPPED))
        if not play.stopping:
            self.ask("stop_digits" if play.digits else "stop_play")

    def _here(self) -> tuple[int, int, int]:
        return self.now(), self.span, self.number

    def pause_play(self) -> None:
        self._pause(True)

    def resume_play(self) -> None:
        self._pause(False)

    def _may_pause(self, wanted: bool = True) -> None:
        if wanted and not self.PAUSES:
            raise DriverError(f"{self.where()}: this board cannot pause what plays or records")

    def _pause(self, on: bool) -> None:
        self._need()
        self._may_pause()
        if self._play is not None:
            self.ask("pause", on)

    def seek_play(self, to: int, *, relative: bool = False) -> None:
        self._need()
        if self._play is not None:
            at = self.play_position() + to if relative else to
            self.ask("seek", max(0, at) // MS)

    def set_play_volume(self, volume_db: float) -> None:
        """In the board's own steps."""
        self._need()
        if not self.STEP_DB:
            raise DriverError(f"{self.where()}: this board cannot change the volume of playing")
        if self._play is not None:
            least, most = self.STEPS
            self.ask("volume", max(least, min(most, round(volume_db / self.STEP_DB))))

    def set_play_speed(self, speed: float) -> None:
        raise DriverError(f"{self.where()}: this board cannot play faster or slower")

    def play_position(self) -> int:
        self._need()
        if self._play is None or self._play.digits:
            return 0
        return int(self.ask("position")) * MS

    def played(self, serial: int, value: int, ms: int, digit: str) -> None:
        """The library's end of playing."""
        play = self._play
        if play is None or play.serial != serial:
            return
        self._play = None
        octets = len(play.sound.octets) if ms < 0 else min(ms * 8, len(play.sound.octets))
        if value == BY_DIGIT and play.stop_digits:
            end = MediaEnd.DIGIT
        elif value == PLAYED_TO_END:
            end = MediaEnd.DAMAGED if play.sound.damaged else MediaEnd.COMPLETE
        else:
            end = MediaEnd.STOPPED
        heard = digit if end is MediaEnd.DIGIT else ""
        self.tell(PlayEnded(*self._here(), play.tag, octets, end, heard))

    def sent(self, serial: int) -> None:
        """Digits are sent."""
        play = self._play
        if play is None or play.serial != serial:
            return
        self._play = None
        end = MediaEnd.STOPPED if play.stopping else MediaEnd.COMPLETE
        octets = 0 if play.stopping else len(play.sound.octets)
        self.tell(PlayEnded(*self._here(), play.tag, octets, end))

    # Recording

    def record(self, octets: int, tag: int = 0) -> None:
        made = Recording(self._path(), tag, 1, None, self.HEADER)
        self._begin_record(self._coding(), octets, RecordOptions(), made)

    def _coding(self) -> int:
        coding = self.LAWS.get(self._law)
        if coding is None:
            raise DriverError(f"{self.where()}: this board does not code by {self._law.name} law")
        return coding

    def _path(self) -> str:
        serial = self._board.next_serial()
        return os.path.join(self._board.folder, f"{self.span}-{self.number}-{serial}.raw")

    def _begin_record(
        self, coding: int, octets: int, options: RecordOptions, recording: Recording
    ) -> None:
        self._need()
        if self._record is not None:
            raise LocalError(f"{self.where()} records already: stop that first")
        self._may_pause(options.paused)
        mixed = options.what is RecordWhat.MIXED
        path = recording.path
        recording.serial = self._board.next_serial()
        self.ask("record", recording.serial, path, coding, octets, MOST, mixed, options.stop_digits)
        self._record = recording
        if options.paused:
            self.pause_record()

    def record_to(
        self, file: RecordTarget, options: RecordOptions | None = None, tag: int = 0
    ) -> None:
        """Limits by silence, the time before, and two channels are beyond the board."""
        options = options or RecordOptions()
        lacks = (
            (options.what in (RecordWhat.SENT, RecordWhat.BOTH), "record what is sent by itself"),
            (bool(options.silence_ms or options.initial_silence_ms), "end recording at silence"),
            (options.prerecord_ms > 0, "record the time before"),
            (file.encoding not in self.CODINGS, f"record {file.encoding}"),
        )
        for lacking, what in lacks:
            if lacking:
                raise DriverError(f"{self.where()}: this board cannot {what}")
        coding, size = self.CODINGS[file.encoding]
        octets = options.max_samples * size or MOST
        self._begin_record(
            coding, octets, options, Recording(self._path(), tag, size, file, self.HEADER)
        )

    def stop_record(self) -> None:
        self._need()
        if self._record is not None:
            self.ask("stop_record")

    def pause_record(self) -> None:
        self._pause_record(True)

    def resume_record(self) -> None:
        self._pause_record(False)

    def _pause_record(self, on: bool) -> None:
        self._need()
        self._may_pause()
        if self._record is not None:
            self.ask("pause_record", on)

    def recorded(self) -> bytes:
        self._board.check_open()
        return self._recorded

    def recorded_samples(self) -> int:
        self._need()
        if self._record is None:
            return len(self._recorded)
        return int(self.ask("recorded_ms")) * SAMPLES_A_MS

    def prerecord(self, ms: int) -> None:
        if ms:
            raise DriverError(f"{self.where()}: this board cannot record the time before")

    def _end_record(self) -> None:
        recording, self._record = self._record, None
        if recording is not None:
            self._late[recording.serial] = recording
            self.ask("stop_record")

    def record_ended(self, serial: int, value: int, digit: str) -> None:
        """The library's end of recording."""
        recording = self._late.pop(serial, None)
        if self._record is not None and self._record.serial == serial:
            recording, self._record = self._record, None
        if recording is None:
            return
        if value == BY_DIGIT:
            self._record_over(recording, MediaEnd.DIGIT, digit)
        elif value == RECORDED_TO_END:
            self._record_over(recording, MediaEnd.COMPLETE, "")
        else:
            self._record_over(recording, MediaEnd.STOPPED, "")

    def _record_over(
        self, recording: Recording, end: MediaEnd, digit: str, error: str = ""
    ) -> None:
        samples, fault = recording.finish()
        self._recorded = recording.octets
        error = error or fault
        if error:
            end = MediaEnd.ERROR
        self.tell(RecordEnded(*self._here(), recording.tag, samples, end, 0, error, digit))

    # Digits, connections

    def listen(self, kinds: Listen) -> None:
        self._need()
        if kinds & ~Listen.DTMF:
            names = ", ".join(str(k.name) for k in Listen if k in kinds & ~Listen.DTMF)
            raise DriverError(f"{self.where()}: this board cannot listen for {names}: DTMF only")
        if kinds != self._listens:
            self.ask("listen", bool(kinds))
            self._listens = kinds

    def digit(self, digit: str) -> None:
        """A digit came; how long and loud it was the library does not say."""
        if Listen.DTMF not in self._listens:
            return
        now = self.now()
        for ended in (False, True):
            kind = DigitKind.DTMF
            here = (now, self.span, self.number, now)
            self.tell(DigitHeard(*here, kind, digit, ended, 0, 0.0, 0.0))

    def connect(self, source: Timeslot | None) -> None:
        self._need()
        if source is None:
            self._disconnect()
            return
        if not isinstance(source, SdkTimeslot) or source._board is not self._board:
            raise LocalError(f"{self.where()}: {source!r} is of another board: bridge them")
        source._need()
        self._disconnect()
        self.ask("talk" if source._source is self else "connect", source.ch, True)
        self._source = source

    def _disconnect(self) -> None:
        source, self._source = self._source, None
        if source is not None and source.ch >= 0:
            self.ask("talk" if source._source is self else "connect", source.ch, False)

    # The library has gone

    def lost(self, why: str) -> None:
        """Everything on the channel ended with the library."""
        play, self._play = self._play, None
        if play is not None:
            self.tell(PlayEnded(*self._here(), play.tag, 0, MediaEnd.ERROR))
        recordings = [*self._late.values(), *([self._record] if self._record else [])]
        self._record = None
        self._late.clear()
        for recording in recordings:
            self._record_over(recording, MediaEnd.ERROR, "", why)
        self._source = None
        self._listens = Listen.NONE
        if self.calls is not None:
            self.control.lost(why)
