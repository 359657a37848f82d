"""The child process that has Keygoe's client library: commands in, events out (sdk_host.py)."""

from __future__ import annotations

import contextlib
import mmap
import os
import queue
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ....errors import DriverError
from ...sdk_host import SdkHost, serve
from ...sdk_protocol import Failed, Start, encode
from . import facts, structs
from .library import Event, Key, Library
from .survey import Devices
from .voice import Playing, RecordingNow, Store, Voice, limits

SURVEY_PART: Final = 0.8
"""Of start_ms: so that our own reason is told before the driver's."""
RECORD_S: Final = 2.0
"""How long the end of a recording is waited for when its voice device is given back."""
REFUSED: Final = 6
"""The media error of a command that did not do (facts.MEDIA_ERRORS)."""


class Host(SdkHost):
    """The library at work for one driver. A channel's number is its place in the survey."""

    def __init__(
        self, sock: socket.socket, start: Start, library: Library, devices: Devices
    ) -> None:
        super().__init__(sock, start.poll_ms)
        self.library: Final = library
        self.options: Final = start.options
        self.lines: Final[list[Key]] = devices.keys(facts.INTERFACE)
        self.opened: Final = devices.opened
        self.rest: Final = devices.rest
        self.subs: Final = devices.subs
        self.numbers: Final = {key: ch for ch, key in enumerate(self.lines)}
        self.free: Final[dict[int, list[Key]]] = {}
        """Voice devices of each module that no channel has; the last given back comes last."""
        for key in devices.keys(facts.VOICE):
            self.free.setdefault(key[1], []).append(key)
        self.voices: Final[dict[int, Voice]] = {}
        """Of channels."""
        self.by_device: Final[dict[Key, Voice]] = {}
        self.borrowed: Final[set[int]] = set()
        """Channels that have a voice device for dialling or MFC alone."""
        self.conferences: Final = devices.keys(facts.CONFERENCE)
        self.groups: Final[set[int]] = set()
        self.members: Final[dict[int, int]] = {}
        """Channel -> conference."""
        self.store: Final = Store(start.options["folder"], start.options["server_folder"])
        self._events: Final[dict[int, Callable[[Event], None]]] = {
            facts.DEVICE_STATE: self.state_changed,
            facts.CLOSE_DEVICE: self.device_closed,
            facts.CALL_IN_EVENT: self.called,
            facts.CALL_OUT_EVENT: self.call_out_over,
            facts.ANSWER_EVENT: self.answer_over,
            facts.CLEAR_EVENT: self.cleared,
            facts.MFC_START: self.mfc_started,
            facts.MFC_END: self.mfc_ended,
            facts.PLAY_EVENT: self.play_over,
            facts.RECORD_EVENT: self.record_over,
            facts.SENT_IO: self.io_sent,
            facts.RECEIVED_IO: self.io_came,
            facts.FAILURE: self.failed,
        }

    # What the library tells

    def look(self) -> None:
        while self.rest:
            self.take_event(self.rest.pop(0))
        while True:
            try:
                event = self.library.events.get_nowait()
            except queue.Empty:
                return
            self.take_event(event)

    def take_event(self, event: Event) -> None:
        handler = self._events.get(event.type)
        if handler is not None:
            handler(event)

    def end(self) -> None:
        for ch in list(self.voices):
            self.release(ch)
        for device in self.opened.values():
            with contextlib.suppress(DriverError):
                self.library.do("XMS_ctsCloseDevice", device, self.library.null())
        self.library.close()

    def state_changed(self, event: Event) -> None:
        state = self.library.body(event, "Acs_GeneralProc_Data")["device_state"]
        if event.key[0] == facts.DIGITAL_PORT:
            self.tell("port", 0, event.key[1], event.key[2], state)
        elif event.key in self.numbers:
            self.tell("state", self.numbers[event.key], state)

    def device_closed(self, event: Event) -> None:
        """Its module goes, or another application has it now."""
        if event.key in self.numbers:
            self.tell("state", self.numbers[event.key], facts.UNAVAILABLE)

    def of_call(self, event: Event) -> tuple[int, dict[str, Any]]:
        """The channel, -1: none of ours; and what is told of its call."""
        return self.numbers.get(event.key, -1), self.library.body(event, "Acs_CallControl_Data")

    def called(self, event: Event) -> None:
        ch, data = self.of_call(event)
        if ch >= 0:
            numbers = structs.text(data["called"]), structs.text(data["calling"])
            self.tell("called", ch, *numbers)

    def call_out_over(self, event: Event) -> None:
        ch, data = self.of_call(event)
        if ch >= 0:
            self.tell("dialled", ch, data["state"] == 1, data["cause"])

    def answer_over(self, event: Event) -> None:
        ch, data = self.of_call(event)
        if ch >= 0:
            self.tell("answered", ch, data["state"] == 1)

    def cleared(self, event: Event) -> None:
        """A hang-up is done, ours or the far end's. The state is asked for, so that one which
        became free before this is not waited for."""
        ch, data = self.of_call(event)
        if ch < 0:
            return
        self.give_back(ch)
        self.tell("cleared", ch, data["cause"])
        with contextlib.suppress(DriverError):
            self.line("XMS_ctsGetDevState", ch, self.library.null())

    def play_over(self, event: Event) -> None:
        voice = self.by_device.get(event.key)
        if voice is not None:
            data = self.library.body(event, "Acs_MediaProc_Data")
            self.complain(voice, "playing", data["error"])
            voice.played(data["error"], data["task"], self.tell, self.store)

    def complain(self, voice: Voice, what: str, error: int) -> None:
        """Into the daemon's log: events of what ended say no more than that it was stopped."""
        why = facts.MEDIA_ERRORS.get(error)
        if why is not None:
            where, folder = self.lines[voice.ch][1:], self.options["folder"]
            print(
                f"keygoe: {what} on channel {where}: {why} (the service must be able to read and "
                f"write in {folder}: see folder in [board.keygoe])",
                file=sys.stderr,
                flush=True,
            )

    def record_over(self, event: Event) -> None:
        voice = self.by_device.get(event.key)
        if voice is not None:
            error = self.library.body(event, "Acs_MediaProc_Data")["error"]
            self.complain(voice, "recording", error)
            voice.recorded(error, self.tell)

    def io_sent(self, event: Event) -> None:
        voice = self.by_device.get(event.key)
        if voice is not None:
            voice.sent(self.tell)

    def io_came(self, event: Event) -> None:
        voice = self.by_device.get(event.key)
        if voice is None:
            return
        data = self.library.body(event, "Acs_IO_Data")
        begin = structs.layout("Acs_IO_Data", self.library.word).size
        text = event.body[begin : begin + data["length"]].decode("latin-1")
        for sign in text.rstrip("\0"):
            if data["type"] == facts.IO_DTMF:
                voice.digit(sign.upper(), self.tell)
            elif data["type"] == facts.IO_TONE:
                self.tell("tone", voice.ch, sign)
        if data["type"] == facts.IO_VOICE:
            self.tell("tone", voice.ch, facts.RINGBACK_OVER)

    def failed(self, event: Event) -> None:
        """A command did not do, or the link is broken: then this process ends, and the driver
        begins again."""
        error = self.library.body(event, "Acs_UniFailure_Data")["error"]
        if error == facts.LINK_BROKEN or event.key[0] == 0:
            self.waiting.append(encode(Failed(f"the service: {facts.error_text(error)}", True)))
            self.send()
            self.closing = True
            return
        voice = self.by_device.get(event.key)
        if voice is not None:
            if voice.playing is not None:
                voice.played(REFUSED, voice.playing.task, self.tell, self.store)
            voice.recorded(REFUSED, self.tell)
            voice.sent(self.tell)
        elif event.key in self.numbers:
            self.tell("failed", self.numbers[event.key], error)

    # Devices

    def line(self, name: str, ch: int, *values: Any) -> None:
        """A call for a channel's own device."""
        self.library.do(name, self.opened[self.lines[ch]], *values)

    def voice(self, ch: int) -> Voice:
        voice = self.voices.get(ch)
        if voice is None:
            raise DriverError(f"channel {self.lines[ch][1:]} has no voice device: open it first")
        return voice

    def take(self, ch: int) -> Voice:
        """The channel's voice device, linked; one of its module is taken where it has none."""
        if ch in self.voices:
            return self.voices[ch]
        module = self.lines[ch][1]
        free = self.free.get(module, [])
        if not free:
            raise DriverError(
                f"module {module} has no free voice device: the licence or the module has too few "
                "for its channels"
            )
        key = free.pop(0)
        voice = Voice(self.library, key, self.opened[key], ch, self.opened[self.lines[ch]])
        try:
            voice.begin()
        except DriverError:
            free.append(key)
            raise
        self.voices[ch] = self.by_device[key] = voice
        return voice

    def release(self, ch: int) -> None:
        voice = self.voices.pop(ch, None)
        if voice is None:
            return
        for other in self.voices.values():
            if other.source is voice:
                with contextlib.suppress(DriverError):
                    other.connect(None)
        playing = voice.playing
        voice.end()
        self.await_record(voice)
        if playing is not None:
            self.store.drop(playing)
        del self.by_device[voice.key]
        self.free.setdefault(voice.key[1], []).append(voice.key)
        if voice.recording is not None:
            voice.recorded(1, self.tell)

    def await_record(self, voice: Voice) -> None:
        """Until the service is done with the file of what was stopped."""
        end = time.monotonic() + RECORD_S
        while voice.recording is not None and (rest := end - time.monotonic()) > 0:
            try:
                self.take_event(self.library.events.get(timeout=rest))
            except queue.Empty:
                return

    def borrow(self, ch: int) -> Voice:
        """For as long as a call is being made."""
        if ch not in self.voices:
            self.borrowed.add(ch)
        return self.take(ch)

    def give_back(self, ch: int) -> None:
        if ch in self.borrowed:
            self.borrowed.discard(ch)
            self.release(ch)

    def do_open_voice(self, ch: int) -> None:
        self.borrowed.discard(ch)
        self.take(ch)

    def do_close_voice(self, ch: int) -> None:
        self.leave(ch)
        self.release(ch)

    # Commands: calls

    def do_dial(self, ch: int, number: str, calling: str) -> None:
        if self.subs[self.lines[ch]] == facts.ANALOG_TRUNK:
            self.borrow(ch)  # its tones say how far the call has come
        chars = self.library.chars
        try:
            self.line("XMS_ctsMakeCallOut", ch, chars(calling), chars(number), self.library.null())
        except DriverError:
            self.give_back(ch)
            raise

    def do_alert(self, ch: int) -> None:
        self.line("XMS_ctsAlertCall", ch, self.library.null())

    def do_answer(self, ch: int) -> None:
        self.line("XMS_ctsAnswerCallIn", ch, self.library.null())

    def do_hang_up(self, ch: int, cause: int) -> None:
        self.line("XMS_ctsClearCall", ch, cause, self.library.null())

    def do_block(self, ch: int, on: bool) -> None:
        if self.subs[self.lines[ch]] != facts.E1_ISUP:
            raise DriverError("this board can block channels of ISUP only")
        message = facts.ISUP_BLOCK if on else facts.ISUP_UNBLOCK
        self.line("XMS_ctsSendSignalMsg", ch, message)

    def mfc_started(self, event: Event) -> None:
        """CAS: a voice device is wanted for the tones of the registers."""
        ch = self.numbers.get(event.key, -1)
        if ch < 0:
            return
        with contextlib.suppress(DriverError):
            voice = self.borrow(ch)
            param = self.library.make(
                "CmdParamData_CAS_t",
                voice=voice.device,
                called_length=self.options["cas_called_length"],
                called_timeout=self.options["cas_called_timeout"],
                need_caller=int(self.options["cas_need_caller"]),
                ka=facts.KA,
                kd=facts.KD,
                country=facts.CHINA,
            )
            self.line("XMS_ctsSetParam", ch, facts.CAS_PARAM, len(param), param)

    def mfc_ended(self, event: Event) -> None:
        ch = self.numbers.get(event.key, -1)
        if ch >= 0:
            self.give_back(ch)

    # Commands: voice

    def do_listen(self, ch: int, on: bool) -> None:
        self.voice(ch).listens = on

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
        voice = self.voice(ch)
        if voice.playing is not None:
            raise DriverError("it plays still: wait for the end of what was stopped")
        playing = Playing(serial, self.sound(), coding, loop_from, loops, stops)
        voice.play(playing, start, self.store)

    def do_stop_play(self, ch: int) -> None:
        self.voice(ch).stop_play()

    def do_pause(self, ch: int, on: bool) -> None:
        self.voice(ch).pause(on)

    def do_seek(self, ch: int, ms: int) -> None:
        self.voice(ch).seek(ms)

    def do_position(self, ch: int) -> int:
        playing = self.voice(ch).playing
        return playing.clock.ms() if playing is not None else 0

    def do_digits(self, ch: int, serial: int, digits: str, on: int, off: int) -> None:
        """``on`` and ``off`` are the board's own: no call for them is published."""
        self.voice(ch).send_digits(serial, digits)

    def do_stop_digits(self, ch: int) -> None:
        self.voice(ch).stop_digits()

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
        voice = self.voice(ch)
        if voice.recording is not None:
            raise DriverError("it records still: wait for the end of what was stopped")
        self.store.room(path)
        property_: dict[str, int | bytes] = {
            "max_size": limits(octets),
            "coding": coding,
            "file": self.store.remote(path).encode(),
        }
        if mixed:
            property_ |= {"mix": 1, "mixer": voice.mixer()}
        voice.record(RecordingNow(serial, stops), property_)

    def do_stop_record(self, ch: int) -> None:
        self.voice(ch).stop_record()

    def do_pause_record(self, ch: int, on: bool) -> None:
        self.voice(ch).pause_record(on)

    def do_recorded_ms(self, ch: int) -> int:
        recording = self.voice(ch).recording
        return recording.clock.ms() if recording is not None else 0

    # Commands: who hears whom

    def do_connect(self, ch: int, source: int, on: bool) -> None:
        self.voice(ch).connect(self.voice(source) if on else None)

    def do_talk(self, ch: int, other: int, on: bool) -> None:
        """``other`` hears ``ch`` already, and goes on to."""
        self.do_connect(ch, other, on)

    def do_group(self, ch: int, members: int, mixed: int) -> int:
        for number in range(len(self.conferences)):
            if number not in self.groups:
                self.groups.add(number)
                return number
        raise DriverError("no conference is free")

    def do_free_group(self, group: int) -> None:
        self.groups.discard(group)
        for ch in [ch for ch, number in self.members.items() if number == group]:
            del self.members[ch]
        device = self.opened[self.conferences[group]]
        self.library.do("XMS_ctsClearConf", device, self.library.null())

    def _conference(self, name: str, ch: int, group: int, how: bytes) -> None:
        device = self.opened[self.conferences[group]]
        self.library.do(name, device, self.voice(ch).device, how, self.library.null())

    def do_join(self, ch: int, group: int, mode: int) -> None:
        received, sent = facts.CONFERENCE_MODES[mode]
        how = self.library.make("CmdParamData_Conf_t", input=received, output=sent)
        self._conference("XMS_ctsJoinToConf", ch, group, how)
        self.members[ch] = group

    def leave(self, ch: int) -> None:
        if ch in self.members:
            with contextlib.suppress(DriverError):
                self.do_exit(ch)

    def do_exit(self, ch: int) -> None:
        group = self.members.pop(ch, None)
        if group is not None:
            how = self.library.make("CmdParamData_Conf_t", input=1)
            self._conference("XMS_ctsLeaveFromConf", ch, group, how)


def begin(start: Start, mark: mmap.mmap, sock: socket.socket) -> tuple[Host, Any]:
    """The library with its devices. Unusable says why it cannot be."""
    options = start.options
    os.umask(0o022)
    library = Library(start.library, options["word"], mark)
    library.open(
        options["server"], options["port"], options["user"], options["password"], options["unit"]
    )
    devices = Devices(library, options["modules"], options["start_ms"] / 1000 * SURVEY_PART)
    try:
        devices.learn(bool(options["user"] or options["password"]))
    except DriverError:
        with contextlib.suppress(DriverError):
            library.close()
        raise
    return Host(sock, start, library, devices), msgspec.to_builtins(devices.survey())


if __name__ == "__main__":
    serve(begin)
