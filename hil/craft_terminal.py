"""A person at a craft port: the terminal in raw mode, Ctrl-] leaves, Ctrl-\\ sends a break."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from typing import Final

from ..board.serial_errors import SerialError
from .craft import CraftLog, timestamp
from .craft_screen import Screen
from .serial_line import SerialLine

LEAVE: Final = b"\x1d"
BREAK: Final = b"\x1c"
POLL_S: Final = 0.02
"""For lines without a descriptor to wait on."""

WAIT_S: Final = 0.5
RETRY_NS: Final = 500_000_000


class Terminal:
    """Keys to the port, what it says to the terminal and to the log."""

    def __init__(
        self, line: SerialLine, keys: int, screen: int, log: CraftLog | None, timestamps: bool
    ) -> None:
        self._line: Final = line
        self._keys: Final = keys
        self._screen: Final = screen
        self._log: Final = log
        self._timestamps: Final = timestamps
        self._text: Final = Screen()
        self._at_start = True
        self._next_try = 0

    def run(self) -> None:
        """Until Ctrl-] is typed, or the terminal is gone. The terminal is put back as it was."""
        before = termios.tcgetattr(self._keys)
        tty.setraw(self._keys)
        try:
            self._say(f"{self._line.port} at {self._line.settings}: Ctrl-] leaves, Ctrl-\\ breaks")
            while self._once():
                pass
        finally:
            termios.tcsetattr(self._keys, termios.TCSADRAIN, before)
            if self._log is not None and (rest := self._text.flush().rstrip()):
                self._log.line(rest)

    def _once(self) -> bool:
        try:
            if not self._line.is_open:
                self._open_again()
            descriptor = self._line.fileno() if self._line.is_open else None
            waiting = [self._keys] + ([descriptor] if descriptor is not None else [])
            polled = self._line.is_open and descriptor is None
            ready, _, _ = select.select(waiting, [], [], POLL_S if polled else WAIT_S)
            if self._keys in ready and not self._typed():
                return False
            if descriptor in ready or polled:
                self._show(self._line.read(0.0))
        except SerialError as exc:
            if not self._line.is_open:
                self._next_try = time.monotonic_ns() + RETRY_NS
            self._say(f"{exc}; trying again, Ctrl-] leaves")
        return True

    def _open_again(self) -> None:
        if time.monotonic_ns() < self._next_try:
            return
        try:
            self._line.open()
        except SerialError:
            self._next_try = time.monotonic_ns() + RETRY_NS
        else:
            self._say(f"{self._line.port} is back")

    def _typed(self) -> bool:
        """Pass keys on; False: the person leaves."""
        data = os.read(self._keys, 1024)
        data, leave, _ = data.partition(LEAVE)
        for number, part in enumerate(data.split(BREAK)):
            if number and self._line.is_open:
                self._line.send_break()
                self._say("break sent")
            if part and self._line.is_open:
                self._line.write(part)
        return not leave and bool(data or leave)

    def _show(self, data: bytes) -> None:
        if not data:
            return
        self._text.feed(data)
        if self._log is not None:
            for line in self._text.fresh:
                self._log.line(line)
        self._text.fresh.clear()
        self._text.take(len(self._text.done))
        self._write(self._stamped(data) if self._timestamps else data)

    def _stamped(self, data: bytes) -> bytes:
        """The same with the time before the first octet of each line."""
        made = b""
        for octet in data:
            if self._at_start and octet not in b"\r\n":
                made += f"{timestamp()} ".encode()
                self._at_start = False
            made += bytes((octet,))
            if octet == 0x0A:
                self._at_start = True
        return made

    def _say(self, text: str) -> None:
        self._write(f"\r\n[trunkd: {text}]\r\n".encode())

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._screen, data) :]
