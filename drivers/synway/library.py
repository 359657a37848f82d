"""The user's own libshpa3: found, opened by cffi in ABI mode, checked, and called.

Used in the child process alone: a library that crashes takes nothing else along.
"""

from __future__ import annotations

import mmap
import pathlib
from typing import Any, Final

from ...errors import DriverError
from ..sdk_library import Maker, SdkLibrary, Unusable
from . import facts
from .functions import FUNCTIONS, types

NAME: Final = "libshpa3.so"
PLACES: Final = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/opt/synway/lib",
    "/opt/shcti/lib",
)
"""Where it is looked for after the loader's own places (LD_LIBRARY_PATH, ld.so.conf)."""
MAKER: Final = Maker(
    NAME,
    PLACES,
    "install Synway's driver package (SHCTI) for Linux, or give the path of libshpa3.so as library",
)

USER_EVENT: Final = 0x7FFE
UNTOUCHED: Final = 0xA5
MESSAGE: Final = 64
"""Octets given for a MESSAGE_INFO; it has 12 or 16."""


class Library(SdkLibrary):
    """An open library."""

    def __init__(self, path: str, dword: int, mark: mmap.mmap) -> None:
        self.dword = dword
        super().__init__([path], MAKER, FUNCTIONS, types(dword or 8), mark)

    def do(self, name: str, *values: Any) -> int:
        """As ``raw``; DriverError with the library's code and words where it says -1."""
        result = self.raw(name, *values)
        if result < 0:
            raise DriverError(f"{name}: {self.why()}")
        return result

    def why(self) -> str:
        """The last error in words."""
        code = self.raw("SsmGetLastErrCode")
        text = self.text("SsmGetLastErrMsg") if self.has("SsmGetLastErrMsg") else ""
        return f"error {code} ({text.strip() or facts.ERRORS.get(code, 'not known')})"

    def pcm_of(self, ch: int) -> tuple[int, int]:
        """PCM link and timeslot of a channel; -1, 0: it is of none."""
        pcm, timeslot = self._ffi.new("int *"), self._ffi.new("int *")
        if not self.has("SsmChToPcmTs") or self.raw("SsmChToPcmTs", ch, pcm, timeslot) < 0:
            return -1, 0
        return int(pcm[0]), int(timeslot[0])

    def link(self, pcm: int) -> int:
        """Status of a PCM link; 0 where it cannot be had."""
        status = self._ffi.new("unsigned short *")
        if not self.has("SsmGetPcmLinkStatus"):
            return 0
        return int(status[0]) if self.raw("SsmGetPcmLinkStatus", pcm, status) == 0 else 0

    # Life

    def start(self, config: str, index: str) -> None:
        """SsmStartCti; Unusable with its code and message."""
        result = self.raw("SsmStartCti", config.encode(), index.encode())
        if result == 0:
            return
        raise Unusable(
            f"SsmStartCti({config}) failed with {result}: {self.why()}: look at ShConfig.ini, at "
            "the maker's kernel module (`lsmod`) and at who else uses the board",
            again=True,
        )

    def listen(self) -> None:
        """Ask for all events by polling; then find DWORD's size where it is not stated."""
        # EVENT_SET_INFO has its mode first and zeros behind it, whatever the size of DWORD.
        info = self._ffi.new("unsigned char[]", 64)
        info[0] = 1
        self.do("SsmSetEvent", 0xFFFF, -1, 1, info)
        if not self.dword:
            self.dword = self._probe()
        self._ffi, self._calls = self._declare(types(self.dword))

    def _probe(self) -> int:
        if self._ffi.sizeof("long") == 4:
            return 4  # the two published headers say the same
        state = self._ffi.new("unsigned char[]", bytes([UNTOUCHED] * 16))
        name = "SsmQueryLocalChBlockState"
        known = self.has(name) and self.raw(name, 0, state) == 0
        if known and state[0] != UNTOUCHED:
            return 4 if state[4] == UNTOUCHED else 8
        if self.has("SsmPutUserEvent") and self.raw("SsmPutUserEvent", USER_EVENT, 0, 0) == 0:
            for _ in range(64):
                seen = self._message(0)
                if seen is None:
                    break
                if seen[0] | seen[1] << 8 == USER_EVENT:
                    return 4 if seen[12] == UNTOUCHED else 8
        raise Unusable(
            "how long DWORD is in this library cannot be seen (the makers' headers differ): set "
            "dword = 8 for a library of the older header (unsigned long), or dword = 4"
        )

    def _message(self, ms: int) -> Any:
        message = self._ffi.new("unsigned char[]", bytes([UNTOUCHED] * MESSAGE))
        return message if self.raw("SsmWaitForEvent", ms, message) == 0 else None

    def event(self) -> tuple[int, int, int] | None:
        """The next event without waiting: code, reference, parameter.

        MESSAGE_INFO is WORD, int, DWORD: the parameter's low 32 bits are at 8 in either layout.
        """
        message = self._message(0)
        if message is None:
            return None
        octets = bytes(self._ffi.buffer(message, MESSAGE))
        code = int.from_bytes(octets[0:2], "little")
        reference = int.from_bytes(octets[4:8], "little", signed=True)
        return code, reference, int.from_bytes(octets[8:12], "little")


def beside(library: str, name: str) -> str:
    """The path of ``name`` beside the library, or in the usual places; "" when there is none."""
    for place in (pathlib.Path(library).parent if library else None, *map(pathlib.Path, PLACES)):
        if place is not None and (place / name).is_file():
            return str(place / name)
    return ""
