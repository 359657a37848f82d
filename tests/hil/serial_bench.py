"""The far ends of serial lines: relay boards and noise, on threads behind ptys and sockets.

The boards are written from the vendors' texts, by hand for each family: nothing of the rows or the
codec under test is used here.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import select
import socket
import termios
import threading
import tty
from collections.abc import Callable, Iterator

PATIENCE_S = 60.0


class Noise:
    """Loses and doubles octets, from a seed."""

    def __init__(self, seed: int = 0, lost: float = 0.0, doubled: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._lost, self._doubled = lost, doubled
        self.hits = 0

    def __call__(self, data: bytes) -> bytes:
        made = bytearray()
        for octet in data:
            chance = self._random.random()
            if chance < self._lost:
                self.hits += 1
            elif chance < self._lost + self._doubled:
                self.hits += 1
                made += bytes((octet, octet))
            else:
                made.append(octet)
        return bytes(made)


class FarEnd:
    """A program at the far end of a line: ``heard`` is called with octets and gives the answer."""

    def __init__(self, heard: Callable[[bytes], bytes], noise: Noise | None = None) -> None:
        self.noise = noise or Noise()
        self.mute = False
        """Say nothing."""
        self.said = 0
        """Octets sent so far."""
        self._heard = heard
        self._wake_r, self._wake_w = os.pipe()
        self._thread = threading.Thread(target=self._run, name="far end")

    def _start(self) -> None:
        self._thread.start()

    def _answer(self, data: bytes) -> bytes:
        answer = self.noise(self._heard(self.noise(data)))
        return b"" if self.mute else answer

    def _run(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        os.write(self._wake_w, b"x")
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        os.close(self._wake_r)
        os.close(self._wake_w)


class PtyEnd(FarEnd):
    """At the master of a pty; ``port`` is what a program opens. The slave stays open here, so that
    the port may be opened any number of times. At a rate other than ``baud`` all is garbage."""

    def __init__(
        self,
        heard: Callable[[bytes], bytes],
        noise: Noise | None = None,
        baud: int | None = None,
    ) -> None:
        super().__init__(heard, noise)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._rate = getattr(termios, f"B{baud}") if baud else None
        self._start()

    def say(self, data: bytes) -> None:
        """Octets that nobody asked for."""
        os.write(self._master, data)

    def _right_rate(self) -> bool:
        return self._rate is None or termios.tcgetattr(self._master)[5] == self._rate

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._wake_r], [], [])
            if self._wake_r in ready:
                return
            data = os.read(self._master, 4096)
            if not self._right_rate():
                os.write(self._master, bytes(octet * 37 & 0xFF | 0x80 for octet in data))
                continue
            answer = self._answer(data)
            self.said += len(answer)
            os.write(self._master, answer)

    def close(self) -> None:
        super().close()
        os.close(self._master)
        os.close(self._slave)


class SocketEnd(FarEnd):
    """A terminal server's raw TCP port, for one connection at a time."""

    def __init__(self, heard: Callable[[bytes], bytes], noise: Noise | None = None) -> None:
        super().__init__(heard, noise)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._peer: socket.socket | None = None
        self._start()

    def hang_up(self) -> None:
        """End the connection, as a server that restarts."""
        if self._peer is not None:
            self._peer.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while True:
            waiting = [self._listener if self._peer is None else self._peer, self._wake_r]
            ready, _, _ = select.select(waiting, [], [])
            if self._wake_r in ready:
                break
            if self._peer is None:
                self._peer = self._listener.accept()[0]
                continue
            try:
                data = self._peer.recv(4096)
                if data:
                    self._peer.sendall(self._answer(data))
            except OSError:
                data = b""
            if not data:
                self._peer.close()
                self._peer = None
        if self._peer is not None:
            self._peer.close()
        self._listener.close()


@contextlib.contextmanager
def at_pty(heard: Callable[[bytes], bytes], noise: Noise | None = None) -> Iterator[PtyEnd]:
    end = PtyEnd(heard, noise)
    try:
        yield end
    finally:
        end.close()


class Board:
    """A relay board: octets in, octets out, ``relays`` as they stand."""

    def __init__(self, relays: int) -> None:
        self.relays = [False] * relays
        self.broken: set[int] = set()
        """Places that do not move."""
        self.commands = 0
        self.buffer = b""

    def put(self, place: int, closed: bool) -> bool:
        self.commands += 1
        if not 0 <= place < len(self.relays):
            return False
        if place not in self.broken:
            self.relays[place] = closed
        return True

    def mask(self) -> int:
        return sum(closed << i for i, closed in enumerate(self.relays))

    def __call__(self, data: bytes) -> bytes:
        self.buffer += data
        answer = b""
        while (taken := self.take()) is not None:
            answer += taken
        return answer

    def take(self) -> bytes | None:
        """Take one command from the buffer and give its answer; None: it holds no whole one."""
        raise NotImplementedError

    def line(self, end: bytes) -> str | None:
        """A command that ends so."""
        if end not in self.buffer:
            return None
        text, self.buffer = self.buffer.split(end, 1)
        return text.decode("latin-1")


class Numato(Board):
    """Echoes, answers, prompts with '>'."""

    def take(self) -> bytes | None:
        text = self.line(b"\r")
        if text is None:
            return None
        words = text.split()
        said = b""
        if words == ["ver"]:
            said = b"A04\n\r"
        elif words == ["relay", "readall"]:
            digits = (len(self.relays) + 3) // 4
            said = f"{self.mask():0{digits}X}\n\r".encode()
        elif len(words) == 3 and words[0] == "relay" and words[1] in ("on", "off"):
            place = "0123456789ABCDEFGHIJKLMNOPQRSTUV".find(words[2])
            if len(words[2]) == 1:
                self.put(place, words[1] == "on")
        return text.encode("latin-1") + b"\n\r" + said + b">"


class Kmtronic(Board):
    """FF n 00|01|03; three octets from each FF."""

    def take(self) -> bytes | None:
        start = self.buffer.find(b"\xff")
        self.buffer = self.buffer[start:] if start >= 0 else b""
        if len(self.buffer) < 3:
            return None
        n, order = self.buffer[1], self.buffer[2]
        self.buffer = self.buffer[3:]
        if (n, order) == (9, 0) and len(self.relays) > 2:
            return bytes(self.relays)
        if order == 3 and len(self.relays) <= 2 and 1 <= n <= len(self.relays):
            return bytes((0xFF, n, self.relays[n - 1]))
        if order in (0, 1):
            self.put(n - 1, order == 1)
        return b""


class Lcus(Board):
    """A0 n 00|01 sum; FF asks, except on boards of one relay."""

    def take(self) -> bytes | None:
        while self.buffer and self.buffer[0] not in (0xA0, 0xFF):
            self.buffer = self.buffer[1:]
        if self.buffer[:1] == b"\xff":
            self.buffer = self.buffer[1:]
            if len(self.relays) == 1:
                return b""
            rows = (f"CH{i + 1}: {'ON ' if c else 'OFF'}\r\n" for i, c in enumerate(self.relays))
            return "".join(rows).encode()
        if len(self.buffer) < 4:
            return None
        _, n, on, check = self.buffer[:4]
        if (0xA0 + n + on) & 0xFF != check:
            self.buffer = self.buffer[1:]
            return b""
        self.buffer = self.buffer[4:]
        if on in (0, 1):
            self.put(n - 1, on == 1)
        return b""


class DevantechUsb(Board):
    """One octet a command."""

    def take(self) -> bytes | None:
        if not self.buffer:
            return None
        order, self.buffer = self.buffer[0], self.buffer[1:]
        if order == 0x5A:
            return b"\x08\x03"
        if order == 0x5B:
            return bytes((self.mask(),))
        if 0x65 <= order <= 0x6C:
            self.put(order - 0x65, True)
        if 0x6F <= order <= 0x76:
            self.put(order - 0x6F, False)
        return b""


class DevantechEth(Board):
    """20|21 n time; 0 is success."""

    locked = False

    def take(self) -> bytes | None:
        if not self.buffer:
            return None
        order = self.buffer[0]
        if order in (0x20, 0x21):
            if len(self.buffer) < 3:
                return None
            n, self.buffer = self.buffer[1], self.buffer[3:]
            done = not self.locked and self.put(n - 1, order == 0x20)
            return b"\x00" if done else b"\x01"
        self.buffer = self.buffer[1:]
        if order == 0x10:
            return b"\x13\x01\x06"
        if order == 0x24:
            return self.mask().to_bytes((len(self.relays) + 7) // 8, "little")
        return b""


class Denkovi(Board):
    """nn+// nn-// ask//; commands come back."""

    def take(self) -> bytes | None:
        text = self.line(b"//")
        if text is None:
            return None
        if text == "ask":
            bits = "".join("01"[closed] for closed in self.relays)
            return int(bits, 2).to_bytes(2, "big")
        if re.fullmatch(r"\d\d[+-]", text) and self.put(int(text[:2]) - 1, text[2] == "+"):
            return text.encode() + b"//"
        return b""


class Kincony(Board):
    """RELAY-SET-255,n,1 and RELAY-READ-255,n; no end of line, so what is whole is taken."""

    def take(self) -> bytes | None:
        text = self.buffer.decode("latin-1")
        self.buffer = b""
        if not text:
            return None
        if found := re.fullmatch(r"RELAY-SET-255,(\d+),([01])", text):
            good = self.put(int(found[1]) - 1, found[2] == "1")
            return f"{text},{'OK' if good else 'ERROR'}\r\n".encode()
        if found := re.fullmatch(r"RELAY-READ-255,(\d+)", text):
            place = int(found[1]) - 1
            if place < len(self.relays):
                return f"{text},{int(self.relays[place])},OK\r\n".encode()
        return b""


def modbus_crc(data: bytes) -> bytes:
    crc = 0xFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc, low = crc >> 1, crc & 1
            if low:
                crc ^= 0xA001
    return bytes((crc & 0xFF, crc >> 8))


class Modbus(Board):
    """Coils from 0 of unit 1; a frame is what comes at once (silence ends it on a wire)."""

    def take(self) -> bytes | None:
        frame, self.buffer = self.buffer, b""
        if not frame:
            return None
        if len(frame) != 8 or modbus_crc(frame[:-2]) != frame[-2:] or frame[0] != 1:
            return b""
        if frame[1] == 5:
            good = self.put(frame[3], frame[4] == 0xFF)
            body = frame[:6] if good else b"\x01\x85\x02"
        else:
            octets = (len(self.relays) + 7) // 8
            body = bytes((1, 1, octets)) + self.mask().to_bytes(octets, "little")
        return body + modbus_crc(body)


class Scpi(Board):
    """ROUT:CLOS, ROUT:OPEN, ROUT:CLOS?, *IDN?, SYST:ERR? with a queue of 20; channels from 101."""

    first = 101

    def __init__(self, relays: int) -> None:
        super().__init__(relays)
        self.errors: list[str] = []

    def take(self) -> bytes | None:
        text = self.line(b"\n")
        if text is None:
            return None
        text = text.strip()
        if text == "*IDN?":
            return b"HEWLETT-PACKARD,44471A,0,A.04\r\n"
        if text == "SYST:ERR?":
            return (self.errors.pop(0) if self.errors else '+0,"No error"').encode() + b"\r\n"
        if found := re.fullmatch(r"ROUT:(CLOS|OPEN) \(@(\d+)\)", text):
            if not self.put(int(found[2]) - self.first, found[1] == "CLOS"):
                self.error('-222,"Data out of range"')
        elif found := re.fullmatch(r"ROUT:CLOS\? \(@(\d+):(\d+)\)", text):
            low, high = int(found[1]) - self.first, int(found[2]) - self.first
            if 0 <= low <= high < len(self.relays):
                states = ("01"[closed] for closed in self.relays[low : high + 1])
                return ",".join(states).encode() + b"\r\n"
            self.error('-222,"Data out of range"')
        elif text:
            self.error('-113,"Undefined header"')
        return b""

    def error(self, text: str) -> None:
        if len(self.errors) < 20:
            self.errors.append(text)


BOARDS: dict[str, Callable[[], Board]] = {
    "numato": lambda: Numato(8),
    "kmtronic": lambda: Kmtronic(2),
    "kmtronic8": lambda: Kmtronic(8),
    "lcus": lambda: Lcus(2),
    "lcus1": lambda: Lcus(1),
    "devantech-usb": lambda: DevantechUsb(8),
    "devantech-eth": lambda: DevantechEth(8),
    "denkovi": lambda: Denkovi(16),
    "kincony": lambda: Kincony(8),
    "modbus": lambda: Modbus(8),
    "scpi": lambda: Scpi(8),
}
"""A board of each family, as many relays as its row says."""
