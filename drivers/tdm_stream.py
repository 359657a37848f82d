"""Live audio and bridges of an engine's timeslots."""

from __future__ import annotations

import errno
import os
import socket

from ..board.clock import VirtualClock
from ..board.events import BoardEvent
from ..board.media import LiveAudio
from ..board.media_events import BridgeEnded, LiveEnded
from ..board.model import Timeslot
from ..errors import DriverError, LocalError
from ..native import wrap_stream as native
from .tdm_voice import TdmVoice, event_makers


class TdmStream(TdmVoice):
    """A timeslot's sound to and from other processes and other boards."""

    def live_audio(self, config: LiveAudio, tag: int = 0) -> socket.socket:
        if not (config.received or config.sent or config.speak):
            raise LocalError(
                f"{self.where()}: live audio without a direction: give received, sent or speak"
            )
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as exc:
            raise DriverError(
                f"{self.where()}: no socket for its live audio ({exc.strerror}): raise the limit "
                "of open files (LimitNOFILE)"
            ) from exc
        try:
            self._give(ours, config, tag)
        except BaseException:
            theirs.close()
            raise
        finally:
            ours.close()
        return theirs

    def _give(self, ours: socket.socket, config: LiveAudio, tag: int) -> None:
        directions = (
            (native.RECEIVED if config.received else 0)
            | (native.SENT if config.sent else 0)
            | (native.SPEAK if config.speak else 0)
            | (native.DATA if config.data and config.speak else 0)
        )
        coding = native.CODINGS.get(config.coding)
        if coding is None:
            raise LocalError(
                f"{self.where()}: live audio in '{config.coding}': give one of "
                f"{', '.join(native.CODINGS)}"
            )
        fd = os.dup(ours.fileno())
        waits = config.wait_ms if isinstance(self._board.clock, VirtualClock) else 0
        code = native.live(
            self._board.engine,
            self.span,
            self.number,
            fd,
            tag,
            directions,
            coding,
            config.rate,
            config.packet_ms,
            config.buffer_ms,
            config.prefill_ms,
            waits,
        )
        if code < 0:
            os.close(fd)
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: live audio of {config.coding} at {config.rate} Hz, packets of "
                f"{config.packet_ms} ms, buffer {config.buffer_ms} ms: give 8000 Hz (pcm16 also "
                "16000), packets of 5 to 100 ms, a buffer of 40 to 2000 ms, half of it prefilled "
                "at most"
            )
        if code == -errno.EBUSY:
            raise LocalError(f"{self.where()} has live audio or a bridge already: stop that first")
        self.checked(code, "take its live audio")

    def bridge(self, other: Timeslot) -> None:
        if not isinstance(other, TdmStream):
            raise LocalError(f"{self.where()} can be bridged with a timeslot of a TDM board")
        if other is self:
            raise LocalError(f"{self.where()} cannot be bridged with itself")
        code = native.bridge(
            self._board.engine,
            self.span,
            self.number,
            other._board.engine,
            other.span,
            other.number,
        )
        if code == -errno.EBUSY:
            raise LocalError(
                f"{self.where()} or {other.where()} has live audio or a bridge already: stop that "
                "first"
            )
        if code in (-errno.ENOTCONN, -errno.EOPNOTSUPP):
            raise LocalError(f"{self.where()} and {other.where()}: open both for voice first")
        if code < 0:
            raise DriverError(
                f"{self.where()} and {other.where()}: no bridge: {os.strerror(-code)}"
            )

    def stop_stream(self) -> None:
        code = native.stop(self._board.engine, self.span, self.number)
        self.checked(code, "stop its live audio or bridge")

    def streaming(self) -> bool:
        code = native.streaming(self._board.engine, self.span, self.number)
        return self.checked(code, "ask for its live audio") > 0

    def bridge_slips(self) -> int:
        code = native.bridge_slips(self._board.engine, self.span, self.number)
        if code == -errno.ENOTCONN:
            raise LocalError(f"{self.where()} is not bridged")
        return self.checked(code, "count its slips")


def _live_end(time: int, span: int, timeslot: int, code: int, tag: int, raw: bytes) -> BoardEvent:
    packets, dropped, spoken, gaps, malformed = native.COUNTS.unpack(raw)
    return LiveEnded(
        time,
        span,
        timeslot,
        tag,
        code == native.END_GONE,
        packets,
        dropped,
        spoken,
        gaps,
        malformed,
    )


def _bridge_end(time: int, span: int, timeslot: int, code: int, tag: int, raw: bytes) -> BoardEvent:
    return BridgeEnded(time, span, timeslot, tag)


event_makers[native.EVENT_LIVE_END] = _live_end
event_makers[native.EVENT_BRIDGE_END] = _bridge_end
