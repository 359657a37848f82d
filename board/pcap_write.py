"""Writer of pcapng (draft-ietf-opsawg-pcapng): an interface a link, directions, comments."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from .. import __version__
from ..errors import ConfigError, LocalError
from .pcap_common import (
    LINKTYPE_LINUX_LAPD,
    LINKTYPE_MTP2_WITH_PHDR,
    MAX_FRAME,
    Direction,
    lapd_header,
    mtp2_header,
    open_file,
)
from .pcap_read import (
    BYTE_ORDER_MAGIC,
    ENHANCED_PACKET,
    EPB_FLAGS,
    IF_DESCRIPTION,
    IF_NAME,
    IF_TSRESOL,
    INTERFACE,
    OPT_COMMENT,
    SECTION_HEADER,
)

SHB_HARDWARE = 2
SHB_USERAPPL = 4
NAME_RESOLUTION = 4
NANOSECONDS = b"\x09"
MAX_OPTION = 65_535
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


class CaptureWriter:
    """Writes a capture that Wireshark reads without a setting.

    ``out`` is a path or an open binary file (which stays open after ``close``). Times are
    nanoseconds since 1970-01-01 UTC (``clock.wall``). ConfigError when the file cannot be written.
    """

    def __init__(self, out: str | os.PathLike[str] | BinaryIO, hardware: str = "") -> None:
        self._owned = isinstance(out, (str, os.PathLike))
        if isinstance(out, (str, os.PathLike)):
            self._name = os.fspath(out)
            self._out = open_file(out, "wb")
        else:
            self._name = str(getattr(out, "name", "capture"))
            self._out = out
        self._interfaces: list[tuple[bytes, bytes]] = []
        self._notes: list[bytes] = []
        self._closed = False
        options = _option(SHB_HARDWARE, hardware.encode()) if hardware else b""
        options += _option(SHB_USERAPPL, f"trunkd {__version__}".encode())
        # Section length -1: not known before its end.
        body = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1)
        self._block(SECTION_HEADER, body + options + _END)

    def add_interface(
        self,
        name: str,
        description: str = "",
        link_type: int = LINKTYPE_LINUX_LAPD,
        *,
        network: bool = False,
    ) -> int:
        """Describe a link, e.g. "b0/1/16 pstn"; returns its number for ``frame``.

        ``network``: we are the network side of it, which tells tshark whose frame is whose.
        """
        options = _option(IF_NAME, name.encode())
        if description:
            options += _option(IF_DESCRIPTION, description.encode())
        options += _option(IF_TSRESOL, NANOSECONDS)
        self._block(INTERFACE, struct.pack("<HHI", link_type, 0, 0) + options + _END)
        received = sent = b""
        if link_type == LINKTYPE_LINUX_LAPD:
            received = lapd_header(Direction.IN, network)
            sent = lapd_header(Direction.OUT, network)
        elif link_type == LINKTYPE_MTP2_WITH_PHDR:
            received, sent = mtp2_header(Direction.IN), mtp2_header(Direction.OUT)
        self._interfaces.append((received, sent))
        return len(self._interfaces) - 1

    def frame(
        self, interface: int, time_ns: int, direction: Direction, data: bytes, comment: str = ""
    ) -> None:
        """Write a frame without its FCS; notes that wait become its comments."""
        if not 0 <= interface < len(self._interfaces):
            raise LocalError(f"capture {self._name} has no interface {interface}: add it first")
        if len(data) > MAX_FRAME:
            raise LocalError(f"a frame of {len(data)} octets: a capture takes {MAX_FRAME}")
        received, sent = self._interfaces[interface]
        octets = (sent if direction == Direction.OUT else received) + data
        options = b"".join(self._notes)
        self._notes.clear()
        if comment:
            options += _option(OPT_COMMENT, comment.encode())
        options += struct.pack("<HHI", EPB_FLAGS, 4, direction) + _END
        header = struct.pack(
            "<IIIII",
            interface,
            time_ns >> 32 & 0xFFFFFFFF,
            time_ns & 0xFFFFFFFF,
            len(octets),
            len(octets),
        )
        self._block(ENHANCED_PACKET, header + octets + _PADDING[len(octets) & 3] + options)

    def note(self, text: str) -> None:
        """Keep an event, such as an alarm, as a comment on the frame that is written next.

        The text should name the event's time; pcapng has no block for an event alone that
        Wireshark would show. What no frame takes any more is written by ``close``.
        """
        self._notes.append(_option(OPT_COMMENT, text.encode()))

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._try(self._out.flush)

    def close(self) -> None:
        """Write what waits and close the file if it was opened here; twice is allowed."""
        if self._closed:
            return
        self._closed = True
        if self._notes:
            # The one block that may hold comments and needs neither a frame nor an interface.
            self._block(NAME_RESOLUTION, _END_OF_NAMES + b"".join(self._notes) + _END)
        self.flush()
        if self._owned:
            self._try(self._out.close)

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _block(self, kind: int, body: bytes) -> None:
        size = len(body) + 12
        block = struct.pack("<II", kind, size) + body + size.to_bytes(4, "little")
        try:
            self._out.write(block)
        except OSError as exc:
            raise self._failed(exc) from exc

    def _try(self, action: object) -> None:
        try:
            action()  # type: ignore[operator]
        except OSError as exc:
            raise self._failed(exc) from exc

    def _failed(self, exc: OSError) -> ConfigError:
        return ConfigError(f"capture file {self._name} cannot be written: {exc.strerror}")


_END = bytes(4)
"""opt_endofopt."""
_END_OF_NAMES = bytes(4)


def _option(code: int, value: bytes) -> bytes:
    """An option, cut to what its length field can say."""
    value = value[:MAX_OPTION]
    return struct.pack("<HH", code, len(value)) + value + _PADDING[len(value) & 3]
