"""The user's own Keygoe client library: the stream to the service, commands, events.

Used in the child process alone: a library that crashes takes nothing else along.
"""

from __future__ import annotations

import mmap
import queue
from typing import Any, Final, NamedTuple

from ....errors import DriverError
from ...sdk_library import Maker, SdkLibrary, Unusable
from . import facts, structs
from .functions import FUNCTIONS

MAKER: Final = Maker(
    "libDJAcsAPI.so",
    ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/opt/DJKeygoe/lib"),
    "install DonJin's Keygoe package for Linux, and give the path of its client library as library",
    "DonJin's Keygoe package of this version",
)

QUEUES_KIB: Final = 64
"""Of the stream in each direction; published programs take 32 to 128."""
HEAD: Final = 52
"""Octets that every event has in either layout, up to its type where a word has 8."""

Key = tuple[int, int, int]
"""A device: main type, module, channel."""


class Event(NamedTuple):
    """An event: its type, the device, the device's own octets, and what follows the head."""

    type: int
    key: Key
    device: bytes
    body: bytes


def word_of(head: bytes) -> int:
    """Octets of a word, by the first 32 octets of an event: where the type stands with 4, the upper
    half of a small number stands with 8."""
    return 4 if int.from_bytes(head[28:32], "little") >> 16 in facts.CLASSES else 8


class Library(SdkLibrary):
    """An open library and, after ``open``, its stream."""

    def __init__(self, path: str, word: int, mark: mmap.mmap) -> None:
        super().__init__([path], MAKER, FUNCTIONS, "", mark)
        self.word = word or self._ffi.sizeof("long")
        self.word_stated: Final = word != 0
        self.word_seen = False
        self.events: Final[queue.SimpleQueue[Event]] = queue.SimpleQueue()
        self._handle = 0
        self._esr = self._ffi.callback("void(uintptr_t)", self._happened)

    # Events: the library's own thread

    def _happened(self, address: int) -> None:
        if not address:
            return
        at = self._ffi.cast("char *", address)
        if not self.word_seen and not self.word_stated:
            self.word = word_of(bytes(self._ffi.buffer(at, 32)))
        self.word_seen = True
        size = structs.layout("Acs_Evt_t", self.word).size
        head = structs.read(bytes(self._ffi.buffer(at, size)), 0, "Acs_Evt_t", self.word)
        body = b""
        if head["size"] > size:
            body = bytes(self._ffi.buffer(at + size, min(head["size"] - size, 1 << 20)))
        device = head["device"]
        begin = structs.layout("Acs_Evt_t", self.word).offsets["device"]
        octets = bytes(self._ffi.buffer(at + begin, structs.layout("DeviceID_t", self.word).size))
        key = (device["main"], device["module"], device["channel"])
        self.events.put(Event(head["event"], key, octets, body))

    def body(self, event: Event, name: str) -> dict[str, Any]:
        """What an event tells; all 0 where it is shorter than that."""
        size = structs.layout(name, self.word).size
        return structs.read(event.body.ljust(size, b"\0"), 0, name, self.word)

    # Calls

    def make(self, name: str, **values: Any) -> bytes:
        return structs.make(name, self.word, **values)

    def _result(self, name: str, where: str, *values: Any) -> int:
        call = self._calls.get(name)
        if call is None:
            return self.raw(name)  # DriverError says what that takes away
        self._note(f"{name}{where}")
        result = int(call(*values))
        self._note("")
        return result

    def of_stream(self, name: str, *values: Any) -> int:
        """A call for the whole stream, or for none; its result."""
        return self._result(name, "", *values)

    def do(self, name: str, device: bytes, *values: Any) -> None:
        """A call for a device; DriverError in the library's words. Octets go by address."""
        head = structs.read(device, 0, "DeviceID_t", self.word)
        where = f"({head['module']},{head['channel']})"
        kept = [self.memory(value) if isinstance(value, bytes) else value for value in values]
        result = self._result(name, where, self._handle, self.memory(device), *kept)
        if result < 0:
            raise DriverError(f"{name}{where}: {facts.error_text(result)}")

    def null(self) -> Any:
        """No address: the library's optional data."""
        return self._ffi.NULL

    def chars(self, value: str) -> Any:
        return self._ffi.new("char[]", value.encode())

    # Life

    def open(self, server: str, port: int, user: str, password: str, unit: int) -> None:
        """The stream, and events from it. Unusable says why not; another try may help."""
        if self.has("XMS_acsDllInit"):
            self.of_stream("XMS_acsDllInit")
        handle = self._ffi.new("unsigned long *")
        named = {"user": user.encode(), "password": password.encode()}
        octets = self.make("ServerID_t", ip=server.encode(), port=port, **named)
        queues = (QUEUES_KIB, QUEUES_KIB, 0, self.null())
        # A library with the other word reads no further than this has zeros.
        where = self.memory(octets.ljust(128, b"\0"))
        result = self.of_stream("XMS_acsOpenStream", handle, where, unit, *queues)
        if result < 0:
            raise Unusable(
                f"XMS_acsOpenStream({server}, port {port}): {facts.error_text(result)}: see that "
                f"the Keygoe service runs there, and that no other application has unit {unit}",
                again=True,
            )
        self._handle = int(handle[0])
        esr = self._ffi.cast("void *", self._esr)
        result = self.of_stream("XMS_acsSetESR", self._handle, esr, 0, 1)
        if result < 0:
            raise Unusable(f"XMS_acsSetESR: {facts.error_text(result)}", again=True)

    def check_word(self, named: bool) -> None:
        """An event has come. ``named``: a user or password was given, whose place depends on the
        word that was guessed."""
        if named and not self.word_stated and self.word != self._ffi.sizeof("long"):
            raise Unusable(
                f'this library\'s DJ_U32 has {self.word} octets: set word = "{self.word}" (where a '
                "user is named it must be known before the stream is opened)"
            )

    def devices(self) -> None:
        """Ask for the list; events follow."""
        result = self.of_stream("XMS_acsGetDeviceList", self._handle, self.null())
        if result < 0:
            raise Unusable(f"XMS_acsGetDeviceList: {facts.error_text(result)}", again=True)

    def close(self) -> None:
        self.of_stream("XMS_acsCloseStream", self._handle, self.null())
        if self.has("XMS_acsDllLUnInit"):
            self.of_stream("XMS_acsDllLUnInit")
