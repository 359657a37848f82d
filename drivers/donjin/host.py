"""The child process that has DonJin's library: commands in, events out (sdk_host.py).

The library tells nothing by itself and wants to be pushed: every ``poll_ms`` it is, and each
channel is asked for its line, its digits, what it plays, sends and records.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import time
from typing import Any, Final

from ...errors import DriverError
from ..sdk_host import SdkHost, serve
from ..sdk_protocol import BY_DIGIT, PLAYED_TO_END, RECORDED_TO_END, STOPPED, Start
from . import facts
from .cards import Analog, Card, Digital
from .library import Library
from .lines import Line
from .protocol import Channel, Survey

OCTETS_A_MS: Final = 8


class Playing:
    """What a channel plays; ``loops`` left after this turn, -1: for ever."""

    def __init__(
        self, serial: int, octets: bytes, kept: Any, loop_from: int, loops: int, stops: str
    ) -> None:
        self.serial: Final = serial
        self.octets: Final = octets
        self.kept = kept
        self.loop_from: Final = loop_from
        self.loops = loops
        self.stops: Final = stops
        self.how = PLAYED_TO_END
        self.digit = ""
        self.began: Final = time.monotonic()

    def ms(self) -> int:
        """Played so far, by the clock: the library does not say."""
        return round(1000 * (time.monotonic() - self.began))


class Recording:
    """What a channel records."""

    def __init__(self, serial: int, stops: str) -> None:
        self.serial: Final = serial
        self.stops: Final = stops
        self.began: Final = time.monotonic()


class Host(SdkHost):
    """The library at work for one driver."""

    def __init__(
        self, sock: socket.socket, poll_ms: int, card: Card, channels: list[Channel]
    ) -> None:
        super().__init__(sock, poll_ms)
        self.card: Final = card
        self.library: Final = card.library
        self.lines: Final[dict[int, Line]] = {}
        for ch, channel in enumerate(channels):
            line = card.line(channel, ch, self.tell)
            if line is not None:
                self.lines[ch] = line
        self.playing: dict[int, Playing] = {}
        self.sending: dict[int, int] = {}
        """Channels that send digits, and the serial number of that."""
        self.recording: dict[int, Recording] = {}
        self.listening: set[int] = set()
        self.groups: dict[int, dict[int, int]] = {}
        """Conferences: their members, and how each is in it."""

    # What has happened

    def look(self) -> None:
        self.card.push()
        for line in self.lines.values():
            line.poll()
        for ch in self.listening | self.playing.keys() | self.recording.keys():
            self._digits(ch)
        for ch in [ch for ch in self.playing if self.card.played(ch)]:
            self._played(ch)
        for ch in [ch for ch in self.sending if self.card.sent(ch)]:
            self.tell("sent", ch, self.sending.pop(ch))
        for ch in [ch for ch in self.recording if self.card.recorded(ch)]:
            self._record_over(ch, RECORDED_TO_END, "")

    def _digits(self, ch: int) -> None:
        while digit := self.card.digit(ch):
            if ch in self.listening:
                self.tell("digit", ch, digit)
            playing, recording = self.playing.get(ch), self.recording.get(ch)
            if playing is not None and digit in playing.stops and not playing.digit:
                playing.digit = digit
                self._stop(ch, BY_DIGIT)
            if recording is not None and digit in recording.stops:
                self._record_over(ch, BY_DIGIT, digit)

    def _stop(self, ch: int, how: int) -> None:
        playing = self.playing[ch]
        if playing.how == PLAYED_TO_END:
            playing.how = how
            self.card.stop(ch)

    def _played(self, ch: int) -> None:
        playing = self.playing[ch]
        self.card.stop(ch)  # the library wants that after the end, too
        self.card.dropped(playing.kept)
        if playing.how == PLAYED_TO_END and playing.loops:
            playing.loops -= playing.loops > 0
            with contextlib.suppress(DriverError):
                playing.kept = self.card.play(ch, playing.octets, playing.loop_from)
                return
        del self.playing[ch]
        ms = -1 if playing.how == PLAYED_TO_END else playing.ms()
        self.tell("played", ch, playing.serial, playing.how, ms, playing.digit)

    def _record_over(self, ch: int, how: int, digit: str) -> None:
        recording = self.recording.pop(ch)
        self.card.stop_record(ch)
        self.tell("recorded", ch, recording.serial, how, digit)

    def end(self) -> None:
        for ch in list(self.recording):
            self.card.stop_record(ch)
        self.library.stop()

    # Commands: calls

    def _line(self, ch: int) -> Line:
        line = self.lines.get(ch)
        if line is None:
            raise DriverError(f"channel {ch} has no calls")
        return line

    def do_dial(self, ch: int, number: str, calling: str) -> None:
        self._line(ch).dial(number, calling)

    def do_answer(self, ch: int) -> None:
        self._line(ch).answer()

    def do_hang_up(self, ch: int) -> None:
        self._line(ch).hang_up()

    def do_block(self, ch: int, on: bool) -> None:
        self._line(ch).block(on)

    # Commands: voice

    def do_listen(self, ch: int, on: bool) -> None:
        if on:
            self.card.clear_digits(ch)
            self.listening.add(ch)
        else:
            self.listening.discard(ch)

    def do_play(
        self,
        ch: int,
        serial: int,
        coding: int,
        idle: int,
        start: int,
        loop_from: int,
        loops: int,
        stops: str,
    ) -> None:
        """The octets of the descriptor that came; ``stops``: digits that end it."""
        if ch in self.playing and self.card.played(ch):
            self._played(ch)
        if ch in self.playing:
            raise DriverError(f"channel {ch} plays already: stop that first")
        octets = self.sound()
        if stops and ch not in self.listening:
            self.card.clear_digits(ch)
        kept = self.card.play(ch, octets, start)
        self.playing[ch] = Playing(serial, octets, kept, loop_from, loops, stops)

    def do_stop_play(self, ch: int) -> None:
        if ch in self.playing:
            self._stop(ch, STOPPED)

    def do_position(self, ch: int) -> int:
        playing = self.playing.get(ch)
        return playing.ms() if playing is not None else 0

    def do_digits(self, ch: int, serial: int, digits: str, on: int, off: int) -> None:
        self.card.send(ch, digits, on, off)
        self.sending[ch] = serial

    def do_stop_digits(self, ch: int) -> None:
        self.card.stop(ch)
        serial = self.sending.pop(ch, None)
        if serial is not None:
            self.tell("sent", ch, serial)

    def do_record(
        self,
        ch: int,
        serial: int,
        path: str,
        coding: int,
        octets: int,
        ms: int,
        mixed: bool,
        stops: str,
    ) -> None:
        if mixed:
            raise DriverError("this board records what comes from the line, not what it plays")
        if stops and ch not in self.listening:
            self.card.clear_digits(ch)
        self.card.record(ch, path, octets)
        self.recording[ch] = Recording(serial, stops)

    def do_stop_record(self, ch: int) -> None:
        if ch in self.recording:
            self._record_over(ch, STOPPED, "")

    def do_recorded_ms(self, ch: int) -> int:
        recording = self.recording.get(ch)
        return round(1000 * (time.monotonic() - recording.began)) if recording is not None else 0

    # Commands: who hears whom

    def do_connect(self, ch: int, source: int, on: bool) -> None:
        self.card.hear(ch, source, on)

    def do_talk(self, ch: int, other: int, on: bool) -> None:
        self.card.talk(ch, other, on)

    def do_group(self, ch: int) -> int:
        for group in range(1, facts.GROUPS + 1):
            if group not in self.groups:
                self.groups[group] = {}
                return group
        raise DriverError(f"this board has {facts.GROUPS} conferences: all are in use")

    def do_join(self, ch: int, group: int, noise: int) -> None:
        """``noise``: of AddChnl; -1: the member only hears."""
        if noise < 0:
            self.library.zero("AddListenChnl", facts.CONF_ERRORS, group, ch)
        else:
            self.library.zero("AddChnl", facts.CONF_ERRORS, group, ch, 0, noise)
        self.groups[group][ch] = noise

    def do_exit(self, ch: int) -> None:
        for group, members in self.groups.items():
            if ch in members:
                self._leave(group, ch, members.pop(ch))
                return

    def _leave(self, group: int, ch: int, noise: int) -> None:
        name = "SubListenChnl" if noise < 0 else "SubChnl"
        self.library.zero(name, facts.CONF_ERRORS, group, ch)

    def do_free_group(self, group: int) -> None:
        for ch, noise in self.groups.pop(group, {}).items():
            self._leave(group, ch, noise)


def begin(start: Start, mark: mmap.mmap, sock: socket.socket) -> tuple[Host, Survey]:
    """The library, started. Unusable says why it cannot be."""
    options = start.options
    if options["directory"]:
        os.chdir(options["directory"])
    library = Library(options, start.library, mark)
    library.start(options)
    card = Digital(library, options) if library.e1 else Analog(library, options)
    channels = card.channels()
    conferences = card.conferences()
    return Host(sock, start.poll_ms, card, channels), Survey(channels, conferences, library.missing)


if __name__ == "__main__":
    serve(begin)
