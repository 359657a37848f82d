"""The child process that has the maker's library: commands in, events out.

``python -m trunkd.drivers.synway.host SOCKET MARK``, started by child.py. One thread calls the
library, command after command and between them for events: how far it may be used by several is
not public. A crash ends this process alone, and MARK, memory shared with the driver, says in which
call.
"""

from __future__ import annotations

import array
import collections
import contextlib
import mmap
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from ...errors import DriverError
from . import facts
from .library import Library, Unusable, beside
from .protocol import (
    BACKLOG,
    MARK,
    PACKET,
    Answer,
    Ask,
    Channel,
    Failed,
    Happened,
    Ready,
    Start,
    encode,
    requests,
)

IDLE_OCTETS: Final = 8
"""Behind what is played, so that the end is within the buffer however the library counts it."""
SHOWS_NUMBERS: Final = (facts.RINGING, facts.PENDING)
"""States in which the numbers of a call are known."""
RUN: Final = 64
"""Events taken in one go, so that commands are not kept waiting."""


class Playing:
    """What a channel plays from memory; ``loops`` left after this turn, -1: for ever."""

    def __init__(
        self, serial: int, octets: int, coding: int, memory: Any, start: int, loops: int
    ) -> None:
        self.serial: Final = serial
        self.octets: Final = octets
        self.coding: Final = coding
        self.memory: Final = memory
        self.loop_from = start
        self.loops = loops
        self.turns = 0
        self.stopping = False
        self.began: Final = time.monotonic()


class Host:
    """The library at work for one driver."""

    def __init__(self, sock: socket.socket, library: Library, poll_ms: int) -> None:
        self.sock: Final = sock
        self.library: Final = library
        self.poll: Final = poll_ms / 1000
        self.waiting: collections.deque[bytes] = collections.deque()
        self.lost = 0
        self.playing: dict[int, Playing] = {}
        self.sending: dict[int, int] = {}
        """Channels that send digits, and the serial number of that."""
        self.recording: dict[int, int] = {}
        self.stopping: set[int] = set()
        """Channels whose recording is being stopped."""
        self.digit: dict[int, str] = {}
        self.fds: list[int] = []
        self.closing = False
        self._events: Final[dict[int, Callable[[int, int], None]]] = {
            facts.E_STATE: self.state_changed,
            facts.E_PHONE_NUMBER: self.number_grew,
            facts.E_DTMF: self.digit_heard,
            facts.E_DTMF_SENT: self.digits_sent,
            facts.E_PLAY_END: self.play_ended,
            facts.E_RECORD_END: self.record_ended,
            facts.E_AUTO_DIAL: lambda ch, value: self.tell("dialled", ch, value, *self.reasons(ch)),
            facts.E_HOOK: lambda ch, value: self.tell("hook", ch, value),
            facts.E_PCM_LINK: lambda ch, value: self.tell("link", ch, self.library.link(ch)),
        }

    # Out

    def tell(self, what: str, ch: int, *values: Any) -> None:
        """An event for the driver, in order; what does not fit is counted."""
        if len(self.waiting) >= BACKLOG:
            self.lost += 1
            return
        if self.lost:
            self.waiting.append(encode(Happened("lost", 0, [self.lost])))
            self.lost = 0
        self.waiting.append(encode(Happened(what, ch, list(values))))

    def send(self) -> None:
        """As much of what waits as the socket takes."""
        while self.waiting:
            try:
                self.sock.send(self.waiting[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            self.waiting.popleft()

    # The loop

    def run(self) -> None:
        """Until the driver goes or says so."""
        while not self.closing:
            self.send()
            ready, _, _ = select.select([self.sock], [], [], self.poll)
            if ready and not self.receive():
                break
            self.take_events()
            self.look()
        with contextlib.suppress(DriverError):
            self.library.do("SsmCloseCti")

    def receive(self) -> bool:
        """One command. False: the driver has gone."""
        packet, ancillary, _, _ = self.sock.recvmsg(PACKET, socket.CMSG_SPACE(4))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.fds += array.array("i", data[:4])
        if not packet:
            return False
        ask = requests.decode(packet)
        assert isinstance(ask, Ask)
        value, error = None, ""
        try:
            value = getattr(self, f"do_{ask.what}")(ask.ch, *ask.values)
        except DriverError as exc:
            error = str(exc)
        finally:
            while self.fds:
                os.close(self.fds.pop())
        self.send()
        # The answer overtakes no event: the driver reads events as they were when it was given.
        self.waiting.append(encode(Answer(ask.serial, value, error)))
        return True

    def take_events(self) -> None:
        for _ in range(RUN):
            event = self.library.event()
            if event is None:
                return
            code, reference, value = event
            handler = self._events.get(code)
            if handler is not None:
                handler(reference, value)

    def look(self) -> None:
        """What is being stopped has ended, where the library gives no event for it."""
        for ch in [ch for ch, playing in self.playing.items() if playing.stopping]:
            if self.library.raw("SsmCheckPlay", ch) != 0:
                self.play_over(ch, 1)
        for ch in list(self.stopping):
            if self.library.raw("SsmChkRecToFile", ch) == 0:
                self.record_over(ch, 1)

    # Events

    def reasons(self, ch: int) -> tuple[int, int, int]:
        """Result of dialling, its failure's reason, the reason of pending."""
        library = self.library
        failure = "SsmGetAutoDialFailureReason"
        return (
            library.raw("SsmGetAutoDialResult", ch),
            library.raw(failure, ch) if library.has(failure) else 0,
            library.raw("SsmGetPendingReason", ch),
        )

    def text(self, name: str, ch: int) -> str:
        return self.library.text(name, ch) if self.library.has(name) else ""

    def state_changed(self, ch: int, value: int) -> None:
        state = value & 0xFFFF
        numbers = ["", "", ""]
        if state in SHOWS_NUMBERS:
            names = ("SsmGetCallerId", "SsmGetPhoNumStr", "SsmGetCallerName")
            numbers = [self.text(name, ch) for name in names]
        self.tell("state", ch, value >> 16, state, *numbers, *self.reasons(ch))

    def number_grew(self, ch: int, value: int) -> None:
        self.tell("number", ch, self.text("SsmGetPhoNumStr", ch))

    def digit_heard(self, ch: int, value: int) -> None:
        digit = chr(value & 0x7F).upper()
        self.digit[ch] = digit
        self.tell("digit", ch, digit)

    def digits_sent(self, ch: int, value: int) -> None:
        library = self.library
        if library.has("SsmChkTxDtmf") and library.raw("SsmChkTxDtmf", ch) == 1:
            return  # the end of digits that were stopped: others are being sent
        serial = self.sending.pop(ch, None)
        if serial is not None:
            self.tell("sent", ch, serial)

    def play_ended(self, ch: int, value: int) -> None:
        if ch in self.playing and self.library.raw("SsmCheckPlay", ch) != 0:
            self.play_over(ch, value)

    def play_over(self, ch: int, value: int) -> None:
        playing = self.playing[ch]
        if value == facts.PLAYED_TO_END and playing.loops and not playing.stopping:
            playing.loops -= playing.loops > 0
            playing.turns += 1
            with contextlib.suppress(DriverError):
                self.begin_turn(ch, playing, playing.loop_from)
                return
        del self.playing[ch]
        whole = value == facts.PLAYED_TO_END
        # A library that forgets the place when it stops: the time since then is near to it.
        since = round(1000 * (time.monotonic() - playing.began))
        ms = -1 if whole else self.position(ch) or since
        self.tell("played", ch, playing.serial, value, ms, self.digit.get(ch, ""))

    def record_ended(self, ch: int, value: int) -> None:
        if ch in self.recording and self.library.raw("SsmChkRecToFile", ch) == 0:
            self.record_over(ch, value)

    def record_over(self, ch: int, value: int) -> None:
        self.stopping.discard(ch)
        serial = self.recording.pop(ch)
        self.tell("recorded", ch, serial, value, self.digit.get(ch, ""))

    # Commands: calls

    def do_close(self, ch: int) -> None:
        self.closing = True

    def do_dial(self, ch: int, number: str, calling: str) -> None:
        if calling and self.library.has("SsmSetTxCallerId"):
            self.library.do("SsmSetTxCallerId", ch, calling.encode())
        self.library.do("SsmAutoDial", ch, number.encode())

    def do_ring(self, ch: int, on: bool) -> None:
        self.library.do("SsmStartRing" if on else "SsmStopRing", ch)

    def do_alert(self, ch: int) -> None:
        self.library.do("SsmSetKB", ch, 1)

    def do_answer(self, ch: int) -> None:
        self.library.do("SsmPickup", ch)

    def do_hang_up(self, ch: int) -> None:
        self.library.do("SsmHangup", ch)

    def do_block(self, ch: int, on: bool) -> None:
        self.library.do("SsmBlockLocalCh" if on else "SsmUnblockLocalCh", ch)

    def do_state(self, ch: int) -> int:
        return self.library.do("SsmGetChState", ch)

    # Commands: playing

    def do_listen(self, ch: int, on: bool) -> None:
        if self.library.has("SsmEnableRxDtmf"):
            self.library.do("SsmEnableRxDtmf", ch, int(on))

    def begin_turn(self, ch: int, playing: Playing, start: int) -> None:
        size = playing.octets + IDLE_OCTETS
        name = "SsmPlayMem"
        self.library.do(name, ch, playing.coding, playing.memory, size, start, playing.octets)

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
        if ch in self.playing and self.library.raw("SsmCheckPlay", ch) != 0:
            self.play_over(ch, 1)
        if ch in self.playing:
            raise DriverError(f"channel {ch} plays already: stop that first")
        with open(os.dup(self.fds[0]), "rb") as file:
            octets = file.read()
        self.stop_on(ch, stops)
        memory = self.library.memory(octets + bytes([idle] * IDLE_OCTETS))
        playing = Playing(serial, len(octets), coding, memory, loop_from, loops)
        self.begin_turn(ch, playing, start)
        self.playing[ch] = playing

    def stop_on(self, ch: int, digits: str) -> None:
        library = self.library
        if not digits and not library.has("SsmSetDtmfStopPlay"):
            return
        library.do("SsmSetDtmfStopPlay", ch, int(digits != ""))
        if digits:
            library.do("SsmSetDTMFStopPlayCharSet", ch, digits.encode())

    def do_stop_play(self, ch: int) -> None:
        playing = self.playing.get(ch)
        if playing is not None:
            playing.stopping = True
            self.library.do("SsmStopPlayMem", ch)

    def do_pause(self, ch: int, on: bool) -> None:
        self.library.do("SsmPausePlay" if on else "SsmRestartPlay", ch)

    def do_seek(self, ch: int, ms: int) -> None:
        self.library.do("SsmSetPlayTime", ch, ms)

    def do_volume(self, ch: int, steps: int) -> None:
        self.library.do("SsmSetPlayVolume", ch, steps)

    def position(self, ch: int) -> int:
        """ms played."""
        name = "SsmGetPlayedTime"
        return max(0, self.library.raw(name, ch)) if self.library.has(name) else 0

    def do_position(self, ch: int) -> int:
        return self.position(ch)

    def do_digits(self, ch: int, serial: int, digits: str, on: int, off: int) -> None:
        if self.library.has("SsmSetTxDtmfPara"):
            self.library.do("SsmSetTxDtmfPara", ch, on, off)
        self.library.do("SsmTxDtmf", ch, digits.encode())
        self.sending[ch] = serial

    def do_stop_digits(self, ch: int) -> None:
        self.library.do("SsmStopTxDtmf", ch)
        serial = self.sending.pop(ch, None)
        if serial is not None:
            self.tell("sent", ch, serial)

    # Commands: recording

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
        library = self.library
        if mixed or library.has("SsmSetRecMixer"):
            library.do("SsmSetRecMixer", ch, int(mixed), 0)
        if stops or library.has("SsmSetDTMFStopRecCharSet"):
            library.do("SsmSetDTMFStopRecCharSet", ch, stops.encode())
        library.do("SsmRecToFile", ch, path.encode(), coding, 0, octets, ms, 0)
        self.recording[ch] = serial

    def do_stop_record(self, ch: int) -> None:
        if ch in self.recording:
            self.stopping.add(ch)
            self.library.do("SsmStopRecToFile", ch)

    def do_pause_record(self, ch: int, on: bool) -> None:
        self.library.do("SsmPauseRecToFile" if on else "SsmRestartRecToFile", ch)

    def do_recorded_ms(self, ch: int) -> int:
        return self.library.do("SsmGetRecTime", ch)

    # Commands: who hears whom

    def do_connect(self, ch: int, source: int, on: bool) -> None:
        self.library.do("SsmLinkFrom" if on else "SsmStopLinkFrom", source, ch)

    def do_talk(self, ch: int, other: int, on: bool) -> None:
        """``other`` hears ``ch``, and still does; ``ch`` hears ``other``, or no more."""
        library = self.library
        if on:
            library.do("SsmStopLinkFrom", ch, other)
            library.do("SsmTalkWith", ch, other)
        else:
            library.do("SsmStopTalkWith", ch, other)
            library.do("SsmLinkFrom", ch, other)

    def do_group(self, ch: int, members: int, mixed: int) -> int:
        return self.library.do("SsmCreateConfGroup", members, members, mixed, 0)

    def do_free_group(self, group: int) -> None:
        self.library.do("SsmFreeConfGroup", group)

    def do_join(self, ch: int, group: int, mode: int) -> None:
        self.library.do("SsmJoinConfGroup", group, ch, mode, 0, 0, 0)

    def do_exit(self, ch: int) -> None:
        self.library.do("SsmExitConfGroup", ch, 0)


def survey(library: Library) -> Ready:
    """Channels and links as the started library has them."""
    channels = []
    for ch in range(library.do("SsmGetMaxCh")):
        kind = library.raw("SsmGetChType", ch)
        channels.append(Channel(kind, library.raw("SsmGetChState", ch), *library.pcm_of(ch)))
    links = library.raw("SsmGetMaxPcm") if library.has("SsmGetMaxPcm") else 0
    status = [library.link(pcm) for pcm in range(max(0, links))]
    return Ready(channels, status, library.dword, library.missing)


def open_library(start: Start, mark: mmap.mmap) -> tuple[Library, Ready]:
    """The library, started. Unusable says why it cannot be."""
    library = Library(start.library, start.dword, mark)
    config = start.config or beside(library.path, "ShConfig.ini")
    if not config:
        raise Unusable(
            f"there is no ShConfig.ini beside {library.path}: give its path as shconfig (the "
            "maker's configuration tool writes it)"
        )
    index = start.index or beside(config, "ShIndex.ini")
    library.start(config, index)
    library.listen()
    return library, survey(library)


def main() -> None:
    """The process: load, start, work."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    mark = mmap.mmap(int(sys.argv[2]), MARK)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the driver's to handle
    start = requests.decode(sock.recv(PACKET))
    assert isinstance(start, Start)
    if start.delay_ms:
        # The driver going away ends the wait.
        select.select([sock], [], [], start.delay_ms / 1000)
    try:
        library, ready = open_library(start, mark)
    except DriverError as exc:
        again = isinstance(exc, Unusable) and exc.again
        sock.send(encode(Failed(str(exc), again)))
        return
    host = Host(sock, library, start.poll_ms)
    sock.send(encode(ready))
    host.run()


if __name__ == "__main__":
    main()
    # Threads of the library may still run: they must not meet an interpreter that is going down.
    sys.stdout.flush()
    time.sleep(0)
    os._exit(0)
