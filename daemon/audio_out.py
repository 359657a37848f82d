"""``trunkd listen``: a call's audio to a file or to stdout."""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
import time
from typing import BinaryIO, Final

import click

from ..errors import Error
from . import events as ev
from .client import Client
from .methods import Subscribe
from .methods_media import OpenAudio

RATE: Final = 8000
_UNKNOWN: Final = 0xFFFFFFFF
_ROOM: Final = 65536
_LENGTHS_EVERY: Final = RATE
"""Samples after which a file's lengths are set."""


def wav_header(channels: int, octets: int | None) -> bytes:
    """Of 16-bit PCM at 8000 Hz; None: of a stream whose length nobody knows."""
    sound = _UNKNOWN if octets is None else min(octets, _UNKNOWN - 36)
    whole = _UNKNOWN if octets is None else sound + 36
    form = struct.pack("<HHIIHH", 1, channels, RATE, 2 * RATE * channels, 2 * channels, 16)
    return b"".join(
        (
            b"RIFF",
            struct.pack("<I", whole),
            b"WAVEfmt ",
            struct.pack("<I", len(form)),
            form,
            b"data",
            struct.pack("<I", sound),
        )
    )


class Writer:
    """Samples as WAV or raw; a file's lengths are right at least every second."""

    def __init__(self, out: BinaryIO, channels: int, raw: bool) -> None:
        self._out: Final = out
        self._channels: Final = channels
        self._raw: Final = raw
        self._seekable: Final = not raw and out.seekable()
        self._told = 0
        self.octets = 0
        if not raw:
            out.write(wav_header(channels, 0 if self._seekable else None))
            out.flush()

    def write(self, samples: bytes) -> None:
        self._out.write(samples)
        self.octets += len(samples)
        if not self._seekable:
            self._out.flush()  # whoever listens does so now
        elif self.octets - self._told >= 2 * _LENGTHS_EVERY * self._channels:
            self.finish()

    def finish(self) -> None:
        """Set the lengths."""
        if self._seekable:
            self._out.flush()
            self._out.seek(0)
            self._out.write(wav_header(self._channels, self.octets))
            self._out.seek(0, os.SEEK_END)
        self._out.flush()
        self._told = self.octets

    @property
    def seconds(self) -> float:
        return self.octets / (2 * RATE * self._channels)


def open_output(path: str) -> BinaryIO:
    """A file, or stdout for "-". Error: a terminal, or it cannot be written."""
    if path == "-":
        if sys.stdout.isatty():
            raise Error("audio does not go to a terminal: give -o FILE.wav, or pipe it (| aplay)")
        return sys.stdout.buffer
    try:
        return open(path, "wb")
    except OSError as exc:
        raise Error(f"{path}: {exc.strerror}: give the name of a file that may be written") from exc


def listen(client: Client, call_id: int, path: str, both: bool, raw: bool) -> bool:
    """Write a call's audio until Ctrl-C or its end; False: some of it is missing."""
    out = open_output(path)
    try:
        client.call(Subscribe(events=["AudioClosed"]))
        config = OpenAudio(call_id=call_id, received=True, sent=both, speak=False)
        opened, audio = client.open_audio(config)
        click.echo(f"listening to call {call_id} (Ctrl-C ends)", err=True)
        with audio:
            writer = Writer(out, 2 if both else 1, raw)
            stopped = _copy(audio, writer)
        _finish(writer)
    finally:
        if path != "-":
            out.close()
    dropped = _closed(client, opened.audio)
    why = "" if stopped else ", the call ended"
    where = "" if path == "-" else f" in {path}"
    click.echo(f"call {call_id}: {writer.seconds:.1f} s{where}{why}", err=True)
    if dropped:
        click.echo(f"trunkd: {dropped} packets of 20 ms are missing", err=True)
    return not dropped


def _copy(audio: socket.socket, writer: Writer) -> bool:
    """Copy until the end. True: by Ctrl-C, or the reader of stdout is gone."""
    audio.settimeout(None)
    try:
        while True:
            packet = audio.recv(_ROOM)
            if not packet:
                return False
            writer.write(packet)
    except KeyboardInterrupt:
        return True
    except BrokenPipeError:
        _silence_stdout()
        return True
    except ConnectionError:
        return False


def _finish(writer: Writer) -> None:
    try:
        writer.finish()
    except (BrokenPipeError, io.UnsupportedOperation):
        _silence_stdout()


def _silence_stdout() -> None:
    """Nobody reads: what the interpreter flushes at its end goes nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _closed(client: Client, number: int) -> int:
    """Packets that were dropped, as AudioClosed tells; 0 when it does not come."""
    until = time.monotonic() + 2
    while (left := until - time.monotonic()) > 0:
        event = client.next_event(left)
        if isinstance(event, ev.AudioClosed) and event.audio == number:
            return event.dropped
    return 0
