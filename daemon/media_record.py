"""recordMessage and what changes or ends it, on one channel.

The board writes the file (daemon/media_recording.py opens it): it is a valid WAV at every moment.
Opening and finishing files is done elsewhere (``Node.offload``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.events import BoardEvent, RecordEnded
from ..board.media import Listen
from ..board.model import Law
from ..board.play import Tones
from ..board.progress_tones import RATE, Step
from ..board.record import RecordOptions, RecordWhat
from ..errors import Error, LocalError
from . import events_media as ev
from .media_files import resolve
from .media_play import Playing
from .media_recording import RecordingFile, finish, open_recording
from .media_work import CALL_ENDED, LOOK, REASONS, UNNOTICED, Done, Stoppable, after_stop, next_tag
from .methods_media import RecordMessage

if TYPE_CHECKING:
    from .media import Media
    from .media_channel import MediaChannel

DIRECTIONS: Final = {
    "received": RecordWhat.RECEIVED,
    "sent": RecordWhat.SENT,
    "mixed": RecordWhat.MIXED,
    "both": RecordWhat.BOTH,
}
BEEP: Final = Tones((Step((1000.0,), RATE * 300 // 1000, -10.0),))
"""1000 Hz for 300 ms: what callers know from answering machines."""


class Recording(Stoppable):
    """A recording on a channel, from the request to the finished file: kind of work "record"."""

    def __init__(self, channel: MediaChannel, media: Media, p: RecordMessage, done: Done) -> None:
        super().__init__()
        self.message: Final = p.message
        self.stop_digits: Final = p.stop_on_digits
        self._channel: Final = channel
        self._media: Final = media
        self._done: Done | None = done
        self._options: Final = _options(channel, p)
        self._wants: Final = _wants(p)
        self._file: RecordingFile | None = None
        self._beep: Playing | None = None
        self._tag = 0
        self._paused = False
        self._ended = False
        self._closed = False

    # Beginning

    def reserve(self) -> None:
        """Take the channel; LocalError when something is recorded there."""
        self._channel.begin("record", self)
        self._channel.owner.recording = self.message

    def opened(self, file: RecordingFile, beep: bool) -> None:
        """The file is there: record, after a beep if one is wanted."""
        self._file = file
        if self._ended:
            self._failed(LocalError(f"{self.message}: stopped before it began to record"))
            return
        if not beep:
            self._begin()
            return
        self._beep = Playing(self._channel, "beep", told=False, then=self._beeped)
        try:
            self._beep.reserve()
            self._beep.begin([BEEP], [])
        except Error as exc:
            self._beep = None
            self._failed(exc)

    def _beeped(self, reason: str) -> None:
        self._beep = None
        if reason == "complete" and not self.stopping:
            self._begin()
        else:
            self._failed(LocalError(f"{self.message}: stopped before it began to record"))

    def _begin(self) -> None:
        channel = self._channel
        assert self._file is not None
        try:
            channel.want("record", self._wants)
            tag = next_tag()
            channel.timeslot.record_to(self._file, self._options, tag)
        except Error as exc:
            self._failed(exc)
            return
        self._tag = tag
        channel.tell(ev.Record, self.message)
        self._answer(None)

    def _answer(self, error: Exception | None) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(error)

    def _failed(self, error: Exception) -> None:
        """It did not come to recording."""
        file, self._file = self._file, None

        def closed(_: Any, failed: Exception | None) -> None:
            self._leave()
            self._answer(failed or error)
            self.let_begin()

        if file is None:
            closed(None, None)
        else:
            self._channel.node.offload(lambda: finish(file), closed)

    def file_failed(self, error: Exception) -> None:
        """The file could not be opened."""
        self._failed(error)

    # While it records

    def suspend(self) -> None:
        if self._tag and not self._paused and not self.stopping:
            self._channel.timeslot.pause_record()
            self._paused = True
            self._channel.tell(ev.Suspend, "record", self.message, self.position())

    def resume(self) -> None:
        if self._paused:
            self._channel.timeslot.resume_record()
            self._paused = False
            self._channel.tell(ev.Resume, "record", self.message, self.position())

    def position(self) -> float:
        """Seconds recorded."""
        return round(self._channel.timeslot.recorded_samples() / RATE, 3)

    def stop(self) -> None:
        """End it; Stop follows when the file is finished."""
        if self.stopping:
            return
        self.stopping = True
        if self._tag:
            self._channel.timeslot.stop_record()
        elif self._beep is not None:
            self._beep.stop()
        else:
            self._ended = True  # its file is still being opened

    # How it ends

    def heard(self, event: BoardEvent) -> None:
        if not isinstance(event, RecordEnded) or event.tag != self._tag or self._ended:
            return
        if not self._tag:
            return  # of nobody's: this one has not begun
        self._end(REASONS[event.reason], event.octets, event.error, event.digit, event.lost)

    def channel_closes(self) -> None:
        """The board tells the end, and that the file can be finished, when the channel is gone."""
        self._closed = True
        self.let_begin(LocalError(CALL_ENDED))
        if not self._tag:
            self._ended = True
            return
        if not self._ended:
            self._media.late[self._tag] = self
            self._channel.timeslot.stop_record()

    def events_lost(self) -> None:
        """Its end may be among them: then nothing is added to it any more."""
        if not self._tag or self._ended:
            return
        samples = self._samples()

        def look(now: int) -> None:
            goes_on = self._paused or self._samples() != samples
            if self._ended or (goes_on and not (self.stopping or self._closed)):
                return
            self._media.late.pop(self._tag, None)
            if not self._closed:
                self._channel.timeslot.stop_record()
            self._end("stopped", self._samples(), UNNOTICED)

        self._channel.later(LOOK, look)

    def _samples(self) -> int:
        """Recorded so far, as far as that can be seen."""
        try:
            return self._channel.timeslot.recorded_samples()
        except Error:
            return 0

    def _end(
        self, reason: str, octets: int, text: str = "", digit: str = "", lost: int = 0
    ) -> None:
        self._ended = self.stopping = True
        file, self._file = self._file, None
        channel = self._channel
        if self._closed and not text:
            text = CALL_ENDED

        def finished(_: Any, error: Exception | None) -> None:
            self._leave()
            channel.tell(
                ev.Stop,
                "record",
                self.message,
                octets,
                "failed" if error is not None else reason,
                text=str(error) if error is not None else text,
                digit=digit,
                lost=lost,
            )
            self.let_begin()

        channel.want("record", Listen.NONE)
        if file is None:
            finished(None, None)
        else:
            channel.node.offload(lambda: finish(file), finished)

    def _leave(self) -> None:
        self._ended = True
        if self._channel.work.get("record") is self:
            self._channel.end("record")
        self._channel.owner.recording = ""


def _options(channel: MediaChannel, p: RecordMessage) -> RecordOptions:
    return RecordOptions(
        # A conference's recorder is a soft channel that hears it, and says nothing itself.
        what=DIRECTIONS[p.direction] if channel.owner.call_id else RecordWhat.SENT,
        max_samples=max(1, round(RATE * p.max_duration)),
        initial_silence_ms=round(1000 * p.initial_silence),
        silence_ms=round(1000 * p.silence),
        stop_digits=p.stop_on_digits,
        cut_digit=p.cut_digits,
        prerecord_ms=round(1000 * p.before),
    )


def _wants(p: RecordMessage) -> Listen:
    wants = Listen.DTMF if p.stop_on_digits else Listen.NONE
    return wants | (Listen.LEVEL if p.silence or p.initial_silence else Listen.NONE)


def _encoding(channel: MediaChannel, p: RecordMessage) -> str:
    if p.encoding == "g711":
        return "alaw" if channel.law is Law.A else "mulaw"
    return p.encoding


def _check_before(channel: MediaChannel, p: RecordMessage) -> None:
    if not p.before:
        return
    if p.beep:
        raise LocalError("a recording with the time before (before) has no beep: give one of them")
    trunk = channel.node.trunks.get(channel.trunk)
    kept = trunk.table.media.prerecord / 1e9 if trunk is not None else 0.0
    if p.before > kept:
        what = f"only the last {kept:g} s are kept" if kept else "no time before is kept"
        raise LocalError(
            f"{what} of {channel.owner.device}: set prerecord in [trunk.media], and restart"
        )


def _open(path: str, encoding: str, channels: int, append: bool, media_dir: str) -> RecordingFile:
    try:
        os.makedirs(media_dir, exist_ok=True)
    except OSError as exc:
        raise LocalError(f"{media_dir}: {exc.strerror}: make the media directory") from exc
    return open_recording(path, encoding, channels, append, below=media_dir)


def record(channel: MediaChannel, media: Media, p: RecordMessage, done: Done) -> None:
    """recordMessage. LocalError: bad parameters; ``done`` is told of the rest, when it records."""
    path = resolve(media.media_dir, p.message, (".wav",))
    _check_before(channel, p)
    channel.check()
    encoding, channels = _encoding(channel, p), 2 if p.direction == "both" else 1
    recording = Recording(channel, media, p, done)

    def opened(file: Any, error: Exception | None) -> None:
        if error is None:
            recording.opened(file, p.beep)
        else:
            recording.file_failed(error)

    def start() -> None:
        try:
            recording.reserve()
        except Error as exc:
            done(exc)
            return
        channel.node.offload(
            lambda: _open(path, encoding, channels, p.append, media.media_dir), opened
        )

    after_stop(channel, "record", start, done)


def _on_current(channel: MediaChannel, do: Callable[[Recording], None]) -> None:
    """Nothing recorded is no error."""
    work = channel.work.get("record")
    if isinstance(work, Recording):
        do(work)


def stop(channel: MediaChannel) -> None:
    _on_current(channel, Recording.stop)


def suspend(channel: MediaChannel) -> None:
    _on_current(channel, Recording.suspend)


def resume(channel: MediaChannel) -> None:
    _on_current(channel, Recording.resume)
