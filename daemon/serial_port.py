"""Serial ports and what stands for one (TCP converters, loops), opened by pyserial's addresses.

Never blocks once it is open. board/serial_errors.py says why a port cannot be had.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import termios
from typing import Any, Final, Literal

from ..board.serial_errors import PortBusy, PortLost, busy_text, explain, locked_by

Parity = Literal["none", "even", "odd"]

_PARITIES: Final = {"none": "N", "even": "E", "odd": "O"}

UNSENT: Final = 16_384
"""Octets that may wait when more is to be sent: minutes at the rates of such links. A far end that
takes none for so long has no use for them, and is gone."""

DAMAGED: Final = 0x80
"""Handed up for an octet that came with a wrong parity, without a stop bit, or as a break."""


def check_url(url: str) -> None:
    """ValueError says why an address cannot be one; nothing is opened."""
    import serial

    if "://" not in url:
        if not url.startswith("/"):
            raise ValueError(f"'{url}' is no path of a device and no address")
        return
    try:
        serial.serial_for_url(url, do_not_open=True)
    except ValueError as exc:
        raise ValueError(f"'{url}' is no address that pyserial knows ({exc})") from exc
    except serial.SerialException as exc:
        raise ValueError(str(exc)) from exc


class SerialPort:
    """An open port that never blocks. ``lost``: why, once it is gone."""

    def __init__(self, url: str, port: Any, marks: bool) -> None:
        self.url: Final = url
        self._port: Final = port
        self._marks: Final = marks
        self._held = b""
        self._unsent = b""
        self.lost = ""
        self.descriptor: Final = _descriptor(url, port)
        """To be watched for reading; -1: there is none, look at the port often."""

    def read(self) -> bytes:
        """What came; octets that the line damaged are DAMAGED. b"": nothing, or ``lost``."""
        if self.lost:
            return b""
        try:
            if self.descriptor >= 0:
                data = os.read(self.descriptor, 4096)
                if not data and self._is_over():
                    raise OSError(errno.EIO, "end of file")
            else:
                data = self._port.read(4096)
        except BlockingIOError:
            return b""
        except (OSError, termios.error) as exc:
            self._gone(exc)
            return b""
        return self._unmarked(data) if self._marks else bytes(data)

    def _is_over(self) -> bool:
        """Nothing was read: is there nothing now (a terminal says so), or never again?"""
        if not os.isatty(self.descriptor):
            return True
        poll = select.poll()
        poll.register(self.descriptor, 0)
        return bool(poll.poll(0))  # hung up: told whether asked for or not

    def _unmarked(self, data: bytes) -> bytes:
        """PARMRK of termios(3): FF 00 x is a damaged octet, FF FF is FF."""
        data = self._held + data
        self._held = b""
        if b"\xff" not in data:
            return data
        out = bytearray()
        place = 0
        while place < len(data):
            octet = data[place]
            if octet != 0xFF:
                out.append(octet)
                place += 1
                continue
            mark = data[place : place + 3]
            if len(mark) < 2 or (mark[1] == 0 and len(mark) < 3):
                self._held = mark
                break
            out.append(DAMAGED if mark[1] == 0 else 0xFF)
            place += 3 if mark[1] == 0 else 2
        return bytes(out)

    def write(self, data: bytes) -> bool:
        """Send it; False: not all could be taken yet, ask again with b""."""
        if self.lost:
            return True
        self._unsent += data
        try:
            while self._unsent:
                if self.descriptor >= 0:
                    sent = os.write(self.descriptor, self._unsent)
                else:
                    sent = self._port.write(self._unsent)
                self._unsent = self._unsent[sent:]
        except BlockingIOError:
            if not data or len(self._unsent) - len(data) <= UNSENT:
                return False
            text = f"takes nothing: {len(self._unsent)} octets wait to be sent; is the far end on?"
            self.lost = str(PortLost(self.url, text))
        except (OSError, termios.error) as exc:
            self._gone(exc)
        return True

    def _gone(self, cause: BaseException) -> None:
        text = f"is gone: unplugged, or closed by the far end ({cause})"
        self.lost = str(PortLost(self.url, text))

    def close(self) -> None:
        """Give it back; what is lost already may not close any more."""
        try:
            if self._unsent and self.descriptor >= 0 and os.isatty(self.descriptor):
                # Or the system waits up to 30 s for what the far end does not take (closing_wait).
                termios.tcflush(self.descriptor, termios.TCOFLUSH)
            if self.descriptor >= 0 and os.isatty(self.descriptor):
                # Whoever else has it open would keep the mark after us.
                fcntl.ioctl(self.descriptor, termios.TIOCNXCL)
            connection = getattr(self._port, "_socket", None)
            if connection is not None and self.descriptor >= 0:
                # pyserial sleeps here, and leaves the socket open when the far end has closed it.
                self._port.is_open = False
                connection.close()
            else:
                self._port.close()
        except (OSError, termios.error) as exc:
            self._gone(exc)


def _descriptor(url: str, port: Any) -> int:
    if url.startswith("spy://"):
        return -1  # what it writes down passes through its own methods
    try:
        return int(port.fileno())
    except (OSError, AttributeError):
        return -1


def open_port(
    url: str,
    baud: int = 9600,
    bits: int = 8,
    parity: Parity = "none",
    stop_bits: float = 1,
) -> SerialPort:
    """Open a device for us alone, or an address of pyserial's; SerialError says why not, and what
    to do. May take seconds for an address in a network."""
    import serial

    device = "://" not in url
    if device and (pid := locked_by(url)) is not None:
        raise PortBusy(url, busy_text(url, pid))

    settings: dict[str, Any] = {
        "baudrate": baud,
        "bytesize": bits,
        "parity": _PARITIES[parity],
        "stopbits": stop_bits,
        "timeout": 0,
    }
    if device:
        settings["exclusive"] = True
    try:
        port = serial.serial_for_url(url, **settings)
    except (OSError, ValueError, termios.error) as exc:  # SerialException is an OSError
        raise explain(url, exc) from exc
    try:
        if device:
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)  # against programs that do not lock
        marks = parity != "none" and _mark_damage(port)
    except (OSError, termios.error) as exc:
        port.close()
        raise explain(url, exc) from exc
    return SerialPort(url, port, marks)


def _mark_damage(port: Any) -> bool:
    """Let the kernel mark octets with a wrong parity (INPCK, PARMRK), which pyserial leaves out;
    False: this is no terminal, whoever checks the parity is at its far end."""
    try:
        descriptor = port.fileno()
    except (OSError, AttributeError):
        return False
    if not os.isatty(descriptor):
        return False
    settings = termios.tcgetattr(descriptor)
    settings[0] |= termios.INPCK | termios.PARMRK
    settings[0] &= ~(termios.IGNPAR | termios.ISTRIP | termios.IGNBRK | termios.BRKINT)
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    return True
