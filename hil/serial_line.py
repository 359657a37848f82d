"""A serial line through pyserial: a device, a pty, ``loop://``, ``socket://`` or ``rfc2217://``.

What pyserial leaves to its user is done here: settings with a type, reading of what is there,
lines of bounded length, opening again after the adapter was unplugged, and errors that say what
to do (board/serial_errors.py). Blocking, with time-outs in seconds: for a thread or a command.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import select
import termios
import time
import warnings
from types import TracebackType
from typing import Annotated, Any, Final, Literal, Self

import msgspec
import serial

from ..board.serial_errors import PortBusy, PortLost, SerialError, busy_text, explain, locked_by

POLL_S: Final = 0.05
"""How long one read of pyserial waits, where a handler has no descriptor to wait on."""

RETRY_S: Final = 0.25
"""How often a lost port is tried again."""

CHUNK: Final = 4096
LINE_LIMIT: Final = 4096

Parity = Literal["none", "even", "odd", "mark", "space"]
Flow = Literal["none", "hardware", "software"]


class SerialSettings(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a serial line is set."""

    baud: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    """Bits a second."""
    bits: Literal[5, 6, 7, 8] = 8
    """Data bits of a character."""
    parity: Parity = "none"
    stop: Literal[1, 2] = 1
    """Stop bits."""
    flow: Flow = "none"
    """Flow control: ``hardware`` is RTS/CTS, ``software`` XON/XOFF."""

    def __str__(self) -> str:
        """As technicians write it: 9600 8N1."""
        return f"{self.baud} {self.bits}{self.parity[0].upper()}{self.stop}"


class LineSplitter:
    """Cuts octets into lines, whatever ends them (CR, LF, both); empty lines are left out.

    A line longer than ``limit`` octets is thrown away up to its end, and counted in ``too_long``.
    """

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.limit: Final = limit
        self.too_long = 0
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Octets as they came; the lines that they complete, without their ends."""
        parts = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = parts.pop()
        lines: list[bytes] = []
        for part in parts:
            if self._skipping:
                self._skipping = False
            elif len(part) > self.limit:
                self.too_long += 1
            elif part:
                lines.append(part)
        if len(self._rest) > self.limit:
            self.too_long += not self._skipping
            self._skipping = True
        if self._skipping:
            self._rest = b""
        return lines

    def reset(self) -> None:
        """Forget an unfinished line."""
        self._rest, self._skipping = b"", False


class SerialLine:
    """One serial line, opened by ``open()`` or ``with``; SerialError says why it cannot be had.

    A device is locked against other programs (flock and TIOCEXCL) while it is open.
    """

    def __init__(
        self,
        port: str,
        settings: SerialSettings | None = None,
        *,
        write_timeout_s: float = 10.0,
        line_limit: int = LINE_LIMIT,
    ) -> None:
        self.port: Final = port
        self.settings = settings or SerialSettings()
        self.lines: Final = LineSplitter(line_limit)
        self.reconnects = 0
        """How often ``reconnect`` has opened it again."""
        self._write_timeout_s: Final = write_timeout_s
        self._ready: list[bytes] = []
        self._serial: Any = None
        self._poll: select.poll | None = None

    def open(self) -> Self:
        """Open the port; nothing when it is open."""
        if self._serial is not None:
            return self
        pid = locked_by(self.port) if "://" not in self.port else None
        if pid is not None:
            raise PortBusy(self.port, busy_text(self.port, pid))
        made: Any = None
        try:
            made = serial.serial_for_url(self.port, do_not_open=True)
            self._configure(made)
            with warnings.catch_warnings():
                # pyserial 3.5 starts its thread for rfc2217:// with setDaemon().
                warnings.simplefilter("ignore", DeprecationWarning)
                made.open()
            self._set_exclusive(made, True)
        except (OSError, ValueError, LookupError, termios.error) as exc:
            if made is not None:
                with contextlib.suppress(OSError):
                    made.close()
            raise explain(self.port, exc) from exc
        self._serial = made
        self._poll = None
        if (descriptor := self.fileno()) is not None:
            self._poll = select.poll()
            self._poll.register(descriptor, select.POLLIN)
        self.lines.reset()
        self._ready.clear()
        return self

    @property
    def is_open(self) -> bool:
        return self._serial is not None

    def close(self) -> None:
        """Let go of the port. What was written has gone out, as far as the system knows."""
        found, self._serial = self._serial, None
        if found is not None:
            with contextlib.suppress(OSError, termios.error):
                self._set_exclusive(found, False)
            with contextlib.suppress(OSError):
                found.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def fileno(self) -> int | None:
        """A descriptor to wait on, or None where the handler has none (loop://, rfc2217://)."""
        try:
            return int(self._open().fileno())
        except io.UnsupportedOperation:
            return None

    def write(self, data: bytes) -> None:
        """All of it. PortLost when the port is gone, SerialError when it is not taken in time."""
        port = self._open()
        try:
            port.write(data)
        except serial.SerialTimeoutException as exc:
            # Or closing the port waits for it, too: 30 s (closing_wait).
            with contextlib.suppress(OSError, termios.error, AttributeError):
                port.reset_output_buffer()
            raise SerialError(
                self.port,
                f"does not take what is sent ({len(data)} octets in {self._write_timeout_s:g} s): "
                f"flow control is '{self.settings.flow}'; is that what the far end has?",
            ) from exc
        except (OSError, termios.error) as exc:
            raise self._lost(exc) from exc

    def read(self, timeout_s: float = 0.0, limit: int = CHUNK) -> bytes:
        """What has come, at most ``limit`` octets; waits for the first one. Empty: time-out."""
        port = self._open()
        until = time.monotonic() + timeout_s
        data = b""
        try:
            while not data:
                waiting = port.in_waiting
                left = until - time.monotonic()
                if not waiting and (left <= 0 or not self._wait(left)):
                    if left <= 0:
                        return b""
                    continue
                data = port.read(min(max(waiting, 1), limit))
            while len(data) < limit and (waiting := port.in_waiting):
                data += port.read(min(waiting, limit - len(data)))
        except (OSError, TypeError, termios.error) as exc:
            raise self._lost(exc) from exc
        return data

    def read_line(self, timeout_s: float) -> bytes | None:
        """The next line without its end, or None when none came in time (SerialLine.lines)."""
        until = time.monotonic() + timeout_s
        while not self._ready:
            left = until - time.monotonic()
            data = self.read(max(left, 0.0))
            self._ready += self.lines.feed(data)
            if not data and left <= 0 and not self._ready:
                return None
        return self._ready.pop(0)

    def drain(self, quiet_s: float = 0.0, limit: int = 65536) -> bytes:
        """Take and give what waits, until nothing has come for ``quiet_s``; at most ``limit``."""
        self.lines.reset()
        self._ready.clear()
        data = b""
        while len(data) < limit and (more := self.read(quiet_s)):
            data += more
        return data

    def reconnect(self, timeout_s: float) -> None:
        """Close it and open it again, trying for so long; the last error when it stays away."""
        self.close()
        until = time.monotonic() + timeout_s
        while True:
            try:
                self.open()
            except SerialError:
                left = until - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(RETRY_S, left))
            else:
                self.reconnects += 1
                return

    def set_baud(self, baud: int) -> None:
        """Go on at another rate."""
        self.settings = msgspec.structs.replace(self.settings, baud=baud)
        try:
            self._open().baudrate = baud
        except (OSError, ValueError, termios.error) as exc:
            # pyserial puts the system's error into a text; the cause has its number.
            first = exc.__context__ or exc
            if first.args[:1] == (errno.EIO,):
                raise self._lost(exc) from exc
            raise SerialError(self.port, f"cannot be set to {baud} bit/s: {exc}") from exc

    def send_break(self, seconds: float = 0.25) -> None:
        """Hold the line at space for so long."""
        port = self._open()
        try:
            port.break_condition = True
            time.sleep(seconds)
            port.break_condition = False
        except (OSError, termios.error) as exc:
            raise self._lost(exc) from exc

    def _wait(self, seconds: float) -> bool:
        """There is something, or (without a descriptor) the next read of pyserial waits."""
        if self._poll is None:
            return True
        return bool(self._poll.poll(min(seconds, 1.0) * 1000))

    def _configure(self, port: Any) -> None:
        settings = self.settings
        port.baudrate = settings.baud
        port.bytesize = settings.bits
        port.parity = settings.parity[0].upper()
        port.stopbits = settings.stop
        port.rtscts = settings.flow == "hardware"
        port.xonxoff = settings.flow == "software"
        port.timeout = POLL_S
        if not self.port.startswith("rfc2217://"):  # pyserial has none there
            port.write_timeout = self._write_timeout_s
        if isinstance(port, serial.Serial):
            port.exclusive = True

    def _set_exclusive(self, port: Any, on: bool) -> None:
        if isinstance(port, serial.Serial):
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL if on else termios.TIOCNXCL)

    def _open(self) -> Any:
        if self._serial is None:
            raise SerialError(self.port, "is not open")
        return self._serial

    def _lost(self, cause: BaseException) -> PortLost:
        self.close()
        return PortLost(self.port, f"is gone: unplugged, or closed by the far end ({cause})")
