"""Voice devices: one for each channel that is open, linked with it both ways.

A channel hears one source, a voice device or another channel; the last link counts. While it plays
or sends digits it hears its voice device, else what it is connected with.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import BinaryIO, Final

from ....errors import DriverError
from ...sdk_protocol import BY_DIGIT, MOST, PLAYED_TO_END, RECORDED_TO_END, STOPPED
from . import facts
from .library import Key, Library

Tell = Callable[..., None]
TASKS: Final = 256


class Clock:
    """Time that runs but while it is paused, in ms; ``base``: where it began."""

    def __init__(self, base: int = 0) -> None:
        self._base = base
        self._since: float | None = time.monotonic()

    def pause(self, on: bool) -> None:
        now = self.ms()
        self._base, self._since = now, None if on else time.monotonic()

    def ms(self) -> int:
        run = 0.0 if self._since is None else time.monotonic() - self._since
        return self._base + round(1000 * run)


class Playing:
    """What plays: octets of one coding; ``loops`` left after this turn, -1: for ever. ``serial``:
    the driver's number of it."""

    def __init__(
        self, serial: int, octets: bytes, coding: int, loop_from: int, loops: int, stops: str
    ) -> None:
        self.serial: Final = serial
        self.octets: Final = octets
        self.coding: Final = coding
        self.loop_from: Final = loop_from
        self.loops = loops
        self.stops: Final = stops
        self.digit = ""
        """That stopped it."""
        self.stopping = False
        self.paused = False
        self.seek = -1
        """Octet at which it begins anew when the service has stopped; -1: it does not."""
        self.task = 0
        self.path = ""
        self.clock = Clock()


class RecordingNow:
    """What is being recorded."""

    def __init__(self, serial: int, stops: str) -> None:
        self.serial: Final = serial
        self.stops: Final = stops
        self.digit = ""
        self.clock: Final = Clock()


class Voice:
    """A channel's voice device at work. ``line``: the channel's device."""

    def __init__(self, library: Library, key: Key, device: bytes, ch: int, line: bytes) -> None:
        self.library: Final = library
        self.key: Final = key
        self.device: Final = device
        self.ch: Final = ch
        self.line: Final = line
        self.listens = False
        self.source: Voice | None = None
        self.playing: Playing | None = None
        self.recording: RecordingNow | None = None
        self.sending = -1
        """The driver's number of the digits under way."""
        self.heard: bytes = b""
        """The device that the channel hears."""

    def begin(self) -> None:
        """Link both ways, and listen for digits and tones."""
        self.library.do("XMS_ctsLinkDevice", self.line, self.device, self.library.null())
        self.route()
        gtd = self.library.make("VocGtdControlParam_t", enable=1, dtmf=1, gtd=1, tones=facts.TONES)
        param = self.library.make("CmdParamData_Voice_t", gtd_valid=1, gtd=gtd)
        self.library.do("XMS_ctsSetParam", self.device, facts.VOICE_PARAM, len(param), param)

    def end(self) -> None:
        """Give the device back: nothing plays, nothing is linked."""
        for stop in (self.stop_play, self.stop_digits, self.stop_record, self._unlink):
            with contextlib.suppress(DriverError):
                stop()

    def _unlink(self) -> None:
        null = self.library.null()
        if self.heard:
            heard, self.heard = self.heard, b""
            self.library.do("XMS_ctsUnlinkDevice", heard, self.line, null)
        self.library.do("XMS_ctsUnlinkDevice", self.line, self.device, null)

    def route(self) -> None:
        """Let the channel hear what it is to hear."""
        own = self.playing is not None or self.sending >= 0 or self.source is None
        wanted = self.device if own or self.source is None else self.source.line
        if wanted == self.heard:
            return
        null = self.library.null()
        if self.heard:
            before, self.heard = self.heard, b""
            with contextlib.suppress(DriverError):
                self.library.do("XMS_ctsUnlinkDevice", before, self.line, null)
        self.library.do("XMS_ctsLinkDevice", wanted, self.line, null)
        self.heard = wanted

    def connect(self, source: Voice | None) -> None:
        self.source = source
        self.route()

    # Playing

    def play(self, playing: Playing, start: int, store: Store) -> None:
        """From octet ``start`` on. DriverError: the service refuses."""
        self.playing = playing
        try:
            self.route()
            self._turn(playing, start, store)
        except DriverError:
            self.playing = None
            store.drop(playing)
            with contextlib.suppress(DriverError):
                self.route()
            raise

    def _turn(self, playing: Playing, start: int, store: Store) -> None:
        store.put(playing, playing.octets[start:])
        playing.task = store.next_task()
        playing.clock = Clock(start // 8)
        path = store.remote(playing.path).encode()
        property_ = self.library.make(
            "PlayProperty_t", task=playing.task, coding=playing.coding, content=path
        )
        self.library.do("XMS_ctsPlay", self.device, property_, self.library.null())

    def control_play(self, control: int) -> None:
        octets = self.library.make("ControlPlay_t", control=control)
        self.library.do("XMS_ctsControlPlay", self.device, octets, self.library.null())

    def stop_play(self) -> None:
        if self.playing is not None and not self.playing.stopping:
            self.playing.stopping = True
            self.control_play(facts.STOP)

    def pause(self, on: bool) -> None:
        playing = self.playing
        if playing is not None and playing.paused != on:
            self.control_play(facts.PAUSE if on else facts.RESUME)
            playing.paused = on
            playing.clock.pause(on)

    def seek(self, ms: int) -> None:
        """Stop; when that is told it begins anew there."""
        playing = self.playing
        if playing is None or playing.stopping:
            return
        playing.seek = min(8 * ms, len(playing.octets) - 1)
        self.control_play(facts.STOP)

    def played(self, error: int, task: int, tell: Tell, store: Store) -> None:
        """The service's end of playing."""
        playing = self.playing
        if playing is None or task != playing.task:
            return
        again = -1
        if playing.seek >= 0 and not playing.stopping:
            again, playing.seek = playing.seek, -1
        elif error == facts.MEDIA_OK and playing.loops and not playing.stopping:
            again = playing.loop_from
            playing.loops -= playing.loops > 0
        if again >= 0:
            store.drop(playing)
            with contextlib.suppress(DriverError):
                self._turn(playing, again, store)
                if playing.paused:
                    playing.paused = False
                    self.pause(True)
                return
        self._played(playing, error, tell, store)

    def _played(self, playing: Playing, error: int, tell: Tell, store: Store) -> None:
        self.playing = None
        store.drop(playing)
        ms = playing.clock.ms()
        if playing.digit:
            tell("played", self.ch, playing.serial, BY_DIGIT, ms, playing.digit)
        elif error == facts.MEDIA_OK and not playing.stopping:
            tell("played", self.ch, playing.serial, PLAYED_TO_END, -1, "")
        else:
            tell("played", self.ch, playing.serial, STOPPED, ms, "")
        with contextlib.suppress(DriverError):
            self.route()

    # Recording

    def record(self, now: RecordingNow, property_: dict[str, int | bytes]) -> None:
        octets = self.library.make("RecordProperty_t", **property_)
        self.library.do("XMS_ctsRecord", self.device, octets, self.library.null())
        self.recording = now

    def mixer(self) -> bytes:
        """What is received and what is sent, as one sound."""
        own = self.key[2]
        other = (facts.FROM_PLAY, own)
        if self.source is not None and self.source.key[1] == self.key[1]:
            other = (facts.FROM_INPUT, self.source.key[2])
        return self.library.make(
            "MixerControlParam_t",
            source1=facts.FROM_INPUT,
            channel1=own,
            source2=other[0],
            channel2=other[1],
        )

    def control_record(self, control: int) -> None:
        octets = self.library.make("ControlRecord_t", control=control)
        self.library.do("XMS_ctsControlRecord", self.device, octets, self.library.null())

    def stop_record(self) -> None:
        if self.recording is not None:
            self.control_record(facts.STOP)

    def pause_record(self, on: bool) -> None:
        if self.recording is not None:
            self.control_record(facts.PAUSE if on else facts.RESUME)
            self.recording.clock.pause(on)

    def recorded(self, error: int, tell: Tell) -> None:
        """The service's end of recording."""
        now, self.recording = self.recording, None
        if now is None:
            return
        how = BY_DIGIT if now.digit else RECORDED_TO_END if error == facts.MEDIA_OK else STOPPED
        tell("recorded", self.ch, now.serial, how, now.digit)

    # Digits

    def send_digits(self, serial: int, digits: str) -> None:
        self.sending = serial
        try:
            self.route()
            octets = digits.encode()
            self.library.do("XMS_ctsSendIOData", self.device, facts.IO_DTMF, len(octets), octets)
        except DriverError:
            self.sending = -1
            raise

    def stop_digits(self) -> None:
        """No digits at all: that ends those under way."""
        if self.sending >= 0:
            self.library.do("XMS_ctsSendIOData", self.device, facts.IO_DTMF, 0, b"\0")

    def sent(self, tell: Tell) -> None:
        serial, self.sending = self.sending, -1
        if serial >= 0:
            tell("sent", self.ch, serial)
        with contextlib.suppress(DriverError):
            self.route()

    def digit(self, digit: str, tell: Tell) -> None:
        """A DTMF digit came: it may end what plays or records."""
        if self.listens:
            tell("digit", self.ch, digit)
        playing, recording = self.playing, self.recording
        if playing is not None and digit in playing.stops and not playing.stopping:
            playing.digit = digit
            with contextlib.suppress(DriverError):
                self.stop_play()
        if recording is not None and digit in recording.stops and not recording.digit:
            recording.digit = digit
            with contextlib.suppress(DriverError):
                self.stop_record()


class Store:
    """Files of sound for the service. ``there``: the folder as the service names it."""

    def __init__(self, folder: str, there: str) -> None:
        self._folder: Final = folder
        self._there: Final = there or folder
        self._count = 0
        self._task = 0

    def next_task(self) -> int:
        """A number for what plays: its end is told with it, maybe after the next has begun."""
        self._task = self._task % (TASKS - 1) + 1
        return self._task

    def put(self, playing: Playing, octets: bytes) -> None:
        """The octets as a file, readable for all; DriverError."""
        self._count += 1
        playing.path = os.path.join(self._folder, f"p{os.getpid()}-{self._count}.raw")
        try:
            with _own_file(playing.path, 0o644) as file:
                file.write(octets)
        except OSError as exc:
            path = playing.path
            self.drop(playing)
            raise DriverError(f"{path}: {exc.strerror}: see folder in [board.keygoe]") from exc

    def drop(self, playing: Playing) -> None:
        path, playing.path = playing.path, ""
        if path:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def room(self, path: str) -> None:
        """An empty file that the service, whoever it runs as, may write."""
        try:
            _own_file(path, 0o666).close()
        except OSError as exc:
            raise DriverError(f"{path}: {exc.strerror}: see folder in [board.keygoe]") from exc

    def remote(self, path: str) -> str:
        return os.path.join(self._there, os.path.basename(path))


def _own_file(path: str, mode: int) -> BinaryIO:
    """A new file: others may write in the folder, so nothing of theirs is followed or kept."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.fchmod(fd, mode)
    return os.fdopen(fd, "wb")


def limits(octets: int) -> int:
    """A recording's limit as the service takes it, 0: none."""
    return octets if octets < MOST else 0
