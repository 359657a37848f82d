"""Voice files on B-channels: WAV to line octets and back, playing and recording.

A G.711 WAV keeps its octets from file to wire and from wire to file. Other WAVs are mixed to one
channel, brought to 8000 Hz and companded by native code. Files are read and written by
``Node.offload``, which in the daemon is another thread: the event loop does not wait for disks.
"""

from __future__ import annotations

import os
import pathlib
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.events import MediaEnd, PlayEnded, RecordEnded
from ..board.model import Board, Law
from ..errors import Error, LocalError
from . import events

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

RATE: Final = 8000
_FORMATS: Final = {6: Law.A, 7: Law.MU}
_TAGS: Final = {Law.A: 6, Law.MU: 7}
MAX_OCTETS: Final = 7200 * RATE
"""Two hours: the longest message that is taken."""


def resolve(media_dir: str, name: str, suffixes: tuple[str, ...] = (".wav", ".WAV")) -> str:
    """The path of a message below the media directory; LocalError for any other place."""
    root = os.path.realpath(media_dir)
    path = os.path.realpath(os.path.join(root, name))
    if not name or os.path.commonpath((root, path)) != root or path == root:
        raise LocalError(f"'{name}' is not below the media directory {root}")
    if not path.endswith(suffixes):
        raise LocalError(f"'{name}' is no WAV file: its name must end in .wav")
    return path


def load(path: str, law: Law) -> bytes:
    """A voice file as companded octets in line order; LocalError says why it cannot be played."""
    try:
        raw = pathlib.Path(path).read_bytes()
    except OSError as exc:
        raise LocalError(f"{path}: {exc.strerror}") from exc
    kept = _g711_data(raw)
    if kept is not None and kept[0] is law:
        octets = kept[1]
    else:
        octets = _compand(path, law)
    if not octets:
        raise LocalError(f"{path}: there is no sound in it")
    if len(octets) > MAX_OCTETS:
        raise LocalError(f"{path}: longer than two hours")
    return octets


def _g711_data(raw: bytes) -> tuple[Law, bytes] | None:
    """Law and octets of a G.711 mono 8 kHz WAV; None for any other file."""
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        return None
    law: Law | None = None
    at = 12
    while at + 8 <= len(raw):
        name, length = raw[at : at + 4], struct.unpack_from("<I", raw, at + 4)[0]
        body = raw[at + 8 : at + 8 + length]
        if name == b"fmt " and len(body) >= 16:
            tag, channels, rate = struct.unpack_from("<HHI", body)
            law = _FORMATS.get(tag) if channels == 1 and rate == RATE else None
        elif name == b"data":
            return None if law is None else (law, body)
        at += 8 + length + (length & 1)
    return None


def _compand(path: str, law: Law) -> bytes:
    """Any sound file as octets: first channel mix, then rate, then G.711."""
    import numpy as np
    import soundfile

    from ..native import wrap

    try:
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as exc:
        raise LocalError(f"{path}: not a sound file that can be read ({exc})") from exc
    mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
    if rate != RATE:
        from scipy.signal import resample_poly

        mono = np.clip(resample_poly(mono.astype(np.float64), RATE, rate), -32768, 32767)
    pcm = np.ascontiguousarray(np.rint(mono), dtype="<i2").tobytes()
    return wrap.alaw_encode(pcm) if law is Law.A else wrap.ulaw_encode(pcm)


def save(path: str, octets: bytes, law: Law, encoding: str) -> None:
    """Write a WAV: the line's octets as they are ("g711"), or as 16-bit samples ("pcm16")."""
    if encoding == "g711":
        body, tag, width = octets, _TAGS[law], 1
    else:
        from ..native import wrap

        decode = wrap.alaw_decode if law is Law.A else wrap.ulaw_decode
        body, tag, width = decode(octets), 1, 2
    form = struct.pack("<HHIIHH", tag, 1, RATE, RATE * width, width, 8 * width)
    if tag != 1:
        form += b"\0\0"  # formats other than PCM have the length of an extension
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    if tag != 1:
        chunks += b"fact" + struct.pack("<II", 4, len(octets))
    chunks += b"data" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(path).write_bytes(
            b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
        )
    except OSError as exc:
        raise LocalError(f"{path}: {exc.strerror}") from exc


class Job:
    """One playing or recording, known to the board by its tag."""

    __slots__ = ("call", "device", "encoding", "kind", "message", "path")

    def __init__(self, call: Call, kind: str, message: str, path: str, encoding: str = "") -> None:
        self.call = call
        self.kind = kind
        self.device = call.device
        self.message = message
        self.path = path
        self.encoding = encoding


class Media:
    """All playing and recording of a node."""

    def __init__(self, node: Node, media_dir: str) -> None:
        self._node = node
        self.media_dir = media_dir
        self._jobs: dict[int, Job] = {}
        self._next_tag = 1

    def _tag(self, job: Job) -> int:
        tag = self._next_tag
        self._next_tag = tag + 1 if tag < 0x7FFFFFFF else 1
        self._jobs[tag] = job
        return tag

    def play(self, call: Call, message: str, done: Callable[[Exception | None], None]) -> None:
        """Read the file elsewhere, then play it. ``done`` is told when it plays, or why not."""
        _wants_channel(call)
        path = resolve(self.media_dir, message)
        law = call.trunk.law

        def loaded(result: Any, error: Exception | None) -> None:
            if error is None:
                error = self._begin_play(call, message, path, result)
            done(error)

        self._node.offload(lambda: load(path, law), loaded)

    def _begin_play(self, call: Call, message: str, path: str, octets: bytes) -> Exception | None:
        try:
            _wants_channel(call)
            if call.playing:
                raise LocalError(f"call {call.call_id} plays {call.playing} already: stop it first")
            tag = self._tag(Job(call, "play", message, path))
            try:
                call.trunk.span.timeslots[call.channel].play(octets, tag)
            except Error:
                del self._jobs[tag]
                raise
        except Error as exc:
            return exc
        call.playing = message
        self._node.tell_call(events.Play, call, message)
        return None

    def record(self, call: Call, message: str, seconds: float, encoding: str) -> None:
        """Record what comes from the far end, at most so many seconds."""
        _wants_channel(call)
        if call.recording:
            raise LocalError(f"call {call.call_id} records {call.recording} already: stop it first")
        path = resolve(self.media_dir, message)
        tag = self._tag(Job(call, "record", message, path, encoding))
        try:
            call.trunk.span.timeslots[call.channel].record(round(seconds * RATE), tag)
        except Error:
            del self._jobs[tag]
            raise
        call.recording = message
        self._node.tell_call(events.Record, call, message)

    def stop(self, call: Call, kind: str) -> None:
        """Stop playing, recording or both; nothing running is no error."""
        if not call.channel:
            return
        slot = call.trunk.span.timeslots[call.channel]
        if kind in ("play", "both") and call.playing:
            slot.stop_play()
        if kind in ("record", "both") and call.recording:
            slot.stop_record()

    def call_ends(self, call: Call) -> None:
        """The channel is about to be closed: keep what was recorded until now."""
        if not call.recording:
            return
        slot = call.trunk.span.timeslots[call.channel]
        slot.stop_record()
        octets = slot.recorded()
        for tag, job in list(self._jobs.items()):
            if job.call is call and job.kind == "record":
                del self._jobs[tag]
                self._save(job, octets, "stopped")

    def lost(self, board: Board) -> None:
        """The board lost events: ends of messages may be among them, so end all of its jobs."""
        for tag, job in list(self._jobs.items()):
            call = job.call
            if call.trunk.unit.board is not board or not call.channel:
                continue
            del self._jobs[tag]
            slot = call.trunk.span.timeslots[call.channel]
            if job.kind == "play":
                slot.stop_play()
                call.playing = ""
                self._node.tell_media(job, 0, "failed", "the board lost events")
            else:
                slot.stop_record()
                self._save(job, slot.recorded(), "stopped")

    def ended(self, event: PlayEnded | RecordEnded) -> None:
        """The board says that one ended."""
        job = self._jobs.pop(event.tag, None)
        if job is None:
            return
        reason = "complete" if event.reason is MediaEnd.COMPLETE else "stopped"
        call = job.call
        if isinstance(event, PlayEnded):
            call.playing = ""
            self._node.tell_media(job, event.octets, reason, "")
            return
        octets = call.trunk.span.timeslots[event.timeslot].recorded()[: event.octets]
        self._save(job, octets, reason)

    def _save(self, job: Job, octets: bytes, reason: str) -> None:
        law = job.call.trunk.law

        def saved(_: Any, error: Exception | None) -> None:
            job.call.recording = ""
            if error is None:
                self._node.tell_media(job, len(octets), reason, "")
            else:
                self._node.tell_media(job, len(octets), "failed", str(error))

        self._node.offload(lambda: save(job.path, octets, law, job.encoding), saved)


def _wants_channel(call: Call) -> None:
    if not call.channel or call.ended:
        raise LocalError(f"call {call.call_id} has no channel: wait for Delivered or Established")
