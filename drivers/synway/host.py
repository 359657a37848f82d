"""The child process that has Synway's library: commands in, events out (sdk_host.py)."""

from __future__ import annotations

import contextlib
import mmap
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from ...errors import DriverError
from ..sdk_host import SdkHost, serve
from ..sdk_library import Unusable
from ..sdk_protocol import Start
from . import facts
from .library import Library, beside
from .protocol import Channel, Survey

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


class Host(SdkHost):
    """The library at work for one driver."""

    def __init__(self, sock: socket.socket, library: Library, poll_ms: int) -> None:
        super().__init__(sock, poll_ms)
        self.library: Final = library
        self.playing: dict[int, Playing] = {}
        self.sending: dict[int, int] = {}
        """Channels that send digits, and the serial number of that."""
        self.recording: dict[int, int] = {}
        self.stopping: set[int] = set()
        """Channels whose recording is being stopped."""
        self.digit: dict[int, str] = {}
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

    # The loop

    def end(self) -> None:
        self.library.do("SsmCloseCti")

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
        """Events; and what is being stopped has ended, where the library gives no event for it."""
        self.take_events()
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
        octets = self.sound()
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
        if ch in self.recording and library.raw("SsmChkRecToFile", ch) == 0:
            self.record_over(ch, 1)
        if ch in self.recording:
            raise DriverError(f"channel {ch} records still: wait for the end of what was stopped")
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


def survey(library: Library) -> Survey:
    """Channels and links as the started library has them."""
    channels = []
    for ch in range(library.do("SsmGetMaxCh")):
        kind = library.raw("SsmGetChType", ch)
        channels.append(Channel(kind, library.raw("SsmGetChState", ch), *library.pcm_of(ch)))
    links = library.raw("SsmGetMaxPcm") if library.has("SsmGetMaxPcm") else 0
    status = [library.link(pcm) for pcm in range(max(0, links))]
    return Survey(channels, status, library.dword, library.missing)


def begin(start: Start, mark: mmap.mmap, sock: socket.socket) -> tuple[Host, Survey]:
    """The library, started. Unusable says why it cannot be."""
    options = start.options
    library = Library(start.library, options["dword"], mark)
    config = options["shconfig"] or beside(library.path, "ShConfig.ini")
    if not config:
        raise Unusable(
            f"there is no ShConfig.ini beside {library.path}: give its path as shconfig (the "
            "maker's configuration tool writes it)"
        )
    index = options["shindex"] or beside(config, "ShIndex.ini")
    library.start(config, index)
    library.listen()
    return Host(sock, library, start.poll_ms), survey(library)


if __name__ == "__main__":
    serve(begin)
