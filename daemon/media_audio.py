"""openAudio and fax: a channel's audio given to another process."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from ..board.events import BoardEvent
from ..board.media import LiveAudio
from ..board.media_events import LiveEnded
from ..errors import DriverError, LocalError
from . import events_media as ev
from . import fax_events as fe
from .fax import FaxSession
from .media_work import CALL_ENDED, LOOK, UNNOTICED

if TYPE_CHECKING:
    from .media_channel import MediaChannel

FAX_AUDIO: Final = LiveAudio(prefill_ms=200, buffer_ms=1000, wait_ms=5000, data=True)
"""The fax worker answers each packet with one: 200 ms in hand bear its scheduling, and are little
beside the 3 s that T.30 waits for an answer (T4)."""
FAX_OUT: Final = 10.0
"""Seconds in which the last of a fax has gone out: what waits in socket and buffer is less."""


class Audio:
    """Live audio of a channel, known by a number."""

    def __init__(self, channel: MediaChannel, number: int) -> None:
        self._channel: Final = channel
        self.number: Final = number
        self._ended = False

    def heard(self, event: BoardEvent) -> None:
        if not isinstance(event, LiveEnded) or event.tag != self.number or self._ended:
            return
        self._end(
            "gone" if event.gone else "stopped",
            event.packets,
            event.dropped,
            event.spoken,
            event.gaps,
            event.malformed,
            CALL_ENDED if self._channel.closed else "",
        )

    def _end(self, *what: object) -> None:
        self._ended = True
        self._channel.end("audio")
        self._channel.tell(ev.AudioClosed, self.number, *what)

    def channel_closes(self) -> None:
        """The board tells the end, and the counts, when the channel is gone."""
        self._channel.node.media.late_audio[self.number] = self

    def events_lost(self) -> None:
        """The end may be among what was lost."""

        def look(now: int) -> None:
            media = self._channel.node.media
            if self._ended or not (self._channel.closed or self._has_ended()):
                return
            media.late_audio.pop(self.number, None)
            self._end("failed", 0, 0, 0, 0, 0, UNNOTICED)

        self._channel.later(LOOK, look)

    def _has_ended(self) -> bool:
        return not self._channel.timeslot.streaming()


def open_audio(channel: MediaChannel, config: LiveAudio, number: int) -> socket.socket:
    """The application's end of the socket."""
    _is_free(channel)
    audio = Audio(channel, number)
    channel.begin("audio", audio)
    try:
        return channel.timeslot.live_audio(config, number)
    except (LocalError, DriverError):
        channel.end("audio")
        raise


def close_audio(channel: MediaChannel) -> None:
    if not isinstance(channel.work.get("audio"), Audio):
        raise LocalError(f"{channel.owner.device} has no live audio")
    channel.timeslot.stop_stream()


def _is_free(channel: MediaChannel) -> None:
    if "fax" in channel.work:
        raise LocalError(f"{channel.owner.device} is busy with a fax: stop that first")
    if "audio" in channel.work:
        raise LocalError(f"{channel.owner.device} has live audio already: close that first")


class Fax:
    """A fax on a channel: the worker process has its audio."""

    def __init__(self, channel: MediaChannel, request: fe.FaxRequest) -> None:
        self._channel: Final = channel
        self._session: Final = FaxSession(request)
        self._fd = self._session.fileno()
        """-1: no longer watched."""
        self._trouble = ""
        """Why it could not have the channel's audio."""
        self._audio = 0
        """Tag of the channel's audio while the board has it."""
        self._end: fe.FaxResult | None = None
        """How it ended, until all that the worker said has gone out."""
        channel.node.watch(self._fd, self._ready)

    def _ready(self) -> None:
        for event in self._session.events():
            if isinstance(event, fe.FaxStarted):
                self._connect()
            elif isinstance(event, fe.FaxNegotiated):
                self._channel.tell(
                    ev.FaxNegotiated,
                    event.remote_id,
                    event.modem,
                    event.bit_rate,
                    event.ecm,
                    event.compression,
                    event.resolution,
                )
            elif isinstance(event, fe.FaxPage):
                self._channel.tell(
                    ev.FaxPage,
                    event.number,
                    event.confirmed,
                    event.response,
                    event.rows,
                    event.width,
                    event.bad_rows,
                    event.ecm_retries,
                    event.bit_rate,
                )
            elif isinstance(event, fe.FaxResult):
                self._result(event)
        if self._session.ended:
            self._let_go()

    def _connect(self) -> None:
        if self._channel.closed:
            self._session.stop()
            return
        tag = self._channel.node.media.next_audio()
        try:
            audio = self._channel.timeslot.live_audio(FAX_AUDIO, tag)
        except (LocalError, DriverError) as exc:
            self._trouble = str(exc)
            self._session.stop()
            return
        self._audio = tag
        self._session.connect(audio)
        audio.close()

    def _result(self, result: fe.FaxResult) -> None:
        """Told when the last frame is on the line: who then hangs up does not cut off DCN, without
        which the far end does not know that it is over (T.30, phase E)."""
        self._end = result
        if self._audio:
            self._channel.later(FAX_OUT, lambda now: self._all_out())
        else:
            self._all_out()

    def _all_out(self) -> None:
        self._audio = 0
        result, self._end = self._end, None
        if result is None:
            return
        self._channel.end("fax")
        self._channel.tell(
            ev.FaxEnded,
            result.reason == "ok",
            result.reason,
            self._trouble or result.text,
            result.pages,
            result.remote_id,
            result.file,
        )

    def _let_go(self) -> None:
        if self._fd >= 0:
            self._channel.node.unwatch(self._fd)
            self._fd = -1
            self._session.close()

    def stop(self) -> None:
        self._session.stop()

    def heard(self, event: BoardEvent) -> None:
        """Its audio's end tells the worker by itself; behind the result it is the very end."""
        if isinstance(event, LiveEnded) and event.tag == self._audio:
            self._all_out()

    def channel_closes(self) -> None:
        """The worker sees its audio end, and its result follows."""
        self._all_out()

    def events_lost(self) -> None:
        """The end of its audio may be among what was lost."""
        if self._audio and not self._channel.timeslot.streaming():
            self._all_out()


def start_fax(channel: MediaChannel, request: fe.FaxRequest) -> None:
    """Begin; FaxEnded follows in any case."""
    channel.check()
    _is_free(channel)
    channel.begin("fax", Fax(channel, request))


def stop_fax(channel: MediaChannel) -> None:
    fax = channel.work.get("fax")
    if not isinstance(fax, Fax):
        raise LocalError(f"{channel.owner.device} has no fax")
    fax.stop()
