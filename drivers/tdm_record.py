"""What an engine's voice timeslots record: into memory, into files, and the time before."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from ..board.events import BoardEvent, MediaEnd, RecordEnded, RecordGap
from ..board.play import STOP_DIGITS, stop_mask
from ..board.record import PRERECORD_MOST_MS, RecordOptions, RecordTarget, RecordWhat
from ..errors import LocalError
from ..native import wrap_recorder as native
from ..native.wrap_engine import EVENT_RECORD_END
from ..native.wrap_tones import ALAW, LINEAR, ULAW
from .tdm_voice import TdmVoice

if TYPE_CHECKING:
    from .tdm import TdmBoard

KINDS = frozenset({EVENT_RECORD_END, native.EVENT_GAP})
"""Of events that ``ended`` and ``gap`` make."""

_CODINGS = {"alaw": ALAW, "mulaw": ULAW, "pcm16": LINEAR}
_ENDS = {int(end): end for end in MediaEnd}
_LIMIT_MS = (1 << 32) // 8 - 1


class TdmRecord(TdmVoice):
    """Recording of one timeslot."""

    def __init__(self, board: TdmBoard, span: int, number: int) -> None:
        super().__init__(board, span, number)
        self._record_kept: Any = None
        self._record_octets = 0

    # ---- into memory ------------------------------------------------------------------------

    def record(self, octets: int, tag: int = 0) -> None:
        if not 1 <= octets < 1 << 31:
            raise LocalError(f"{self.where()}: recording of {octets} octets: give 1 to 2147483647")
        serial = self._board.next_serial()
        code, kept = self._board.engine.record(self.span, self.number, octets, serial)
        self.checked(code, "record on it")
        self._record_kept = kept
        self._record_octets = 0
        self._board.keep(serial, tag, kept)

    def recorded(self) -> bytes:
        if self._record_kept is None:
            return b""
        n = self._board.engine.recorded(self.span, self.number)
        return self._board.engine.octets(self._record_kept, n if n > 0 else self._record_octets)

    def record_ended(self, kept: Any, octets: int) -> None:
        """The engine is done with this buffer (for ``event``)."""
        if kept is not None and kept is self._record_kept:
            self._record_octets = octets

    # ---- into a file ------------------------------------------------------------------------

    def record_to(
        self, file: RecordTarget, options: RecordOptions | None = None, tag: int = 0
    ) -> None:
        config = self._config(file, options or RecordOptions())
        serial = self._board.next_serial()
        code = native.start(self._board.engine, self.span, self.number, config, serial)
        where = f"{self.where()}: cannot record to {file.path}"
        if code == -errno.ENODATA:
            raise LocalError(
                f"{self.where()} does not hear what is to end its recording: listen to Listen.DTMF "
                "for stop_digits, to Listen.LEVEL for limits of silence"
            )
        if code == -errno.ENOENT:
            raise LocalError(f"{where} with the time before: call prerecord() on it first")
        if code == -errno.EFBIG:
            raise LocalError(f"{where}: a WAV holds no more than 4 GiB: give another file")
        if code in (-errno.EBADF, -errno.ESPIPE, -errno.EINVAL):
            raise LocalError(
                f"{where}: open a file for reading and writing, without O_APPEND, and give "
                "prerecord_ms not together with paused"
            )
        self.checked(code, "record on it")
        # Octets of this recording are not in memory.
        self._record_kept = None
        self._board.keep(serial, tag, None)

    def _config(self, file: RecordTarget, options: RecordOptions) -> native.Config:
        encoding = _CODINGS.get(file.encoding)
        channels = 2 if options.what is RecordWhat.BOTH else 1
        if encoding is None:
            raise LocalError(
                f"{self.where()}: recording in '{file.encoding}': give one of {', '.join(_CODINGS)}"
            )
        if file.channels != channels:
            raise LocalError(
                f"{self.where()}: {file.path} has {file.channels} channels, recording "
                f"{options.what.name} makes {channels}: open the file with as many"
            )
        self._check_limits(options)
        return native.Config(
            file.fd,
            options.what,
            encoding,
            (native.PAUSED if options.paused else 0)
            | (native.CUT_DIGIT if options.cut_digit else 0),
            file.data_start,
            file.data_octets,
            max(0, file.riff_size_at),
            max(0, file.data_size_at),
            max(0, file.fact_count_at),
            options.prerecord_ms,
            options.max_samples,
            options.initial_silence_ms,
            options.silence_ms,
            stop_mask(options.stop_digits),
        )

    def _check_limits(self, options: RecordOptions) -> None:
        for digit in options.stop_digits:
            if digit not in STOP_DIGITS:
                raise LocalError(
                    f"{self.where()}: digit {digit!r} cannot end recording: give some of "
                    f"{STOP_DIGITS}"
                )
        for name, most in (
            ("max_samples", (1 << 62) - 1),
            ("initial_silence_ms", _LIMIT_MS),
            ("silence_ms", _LIMIT_MS),
            ("prerecord_ms", PRERECORD_MOST_MS),
        ):
            value = getattr(options, name)
            if not 0 <= value <= most:
                raise LocalError(f"{self.where()}: {name} of {value}: give 0 to {most}")

    def stop_record(self) -> None:
        self.checked(self._board.engine.stop_record(self.span, self.number), "stop recording on it")

    def pause_record(self) -> None:
        code = native.control(self._board.engine, self.span, self.number, native.PAUSE)
        self.checked(code, "pause its recording")

    def resume_record(self) -> None:
        code = native.control(self._board.engine, self.span, self.number, native.RESUME)
        self.checked(code, "resume its recording")

    def recorded_samples(self) -> int:
        return self.checked(
            self._board.engine.recorded(self.span, self.number), "see how much it recorded"
        )

    def prerecord(self, ms: int) -> None:
        if not 0 <= ms <= PRERECORD_MOST_MS:
            raise LocalError(
                f"{self.where()}: keeping the last {ms} ms: give 0 to {PRERECORD_MOST_MS}"
            )
        code = native.prerecord(self._board.engine, self.span, self.number, ms)
        self.checked(code, "keep its time before")


# ---- events -------------------------------------------------------------------------------------


def ended(
    time: int, span: int, timeslot: int, tag: int, code: int, value: int, payload: bytes
) -> RecordEnded:
    """The event of TD_EVENT_RECORD_END."""
    samples, lost, _, _, error = native.END.unpack_from(payload)
    reason = _ENDS[code]
    return RecordEnded(
        time,
        span,
        timeslot,
        tag,
        samples,
        reason,
        lost,
        os.strerror(error) if error else "",
        chr(value) if reason is MediaEnd.DIGIT else "",
    )


def gap(time: int, span: int, timeslot: int, tag: int, payload: bytes) -> BoardEvent:
    """The event of TD_EVENT_RECORD_GAP."""
    at, lost = native.GAP.unpack_from(payload)
    return RecordGap(time, span, timeslot, tag, at, lost)
