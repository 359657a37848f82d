"""An SDK driver's end of the child process with its library (sdk_host.py): start, ask, take,
restart."""

from __future__ import annotations

import collections
import contextlib
import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Final, Protocol

from ..errors import DriverError
from .sdk_protocol import (
    MARK,
    PACKET,
    Answer,
    Ask,
    Failed,
    Happened,
    Ready,
    Reply,
    Start,
    encode,
    replies,
)

FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 60.0
"""Seconds before another start: doubled each time."""
GONE: Final = 5.0
"""Seconds in which a child that closed its socket must have ended (it may write a core)."""
QUIET: Final = 60.0
"""After so many seconds without a crash the delay begins anew."""


class SdkConfig(Protocol):
    """What every SDK driver's configuration has; docs/configuration.md says what each does."""

    library: str
    poll_ms: int
    answer_ms: int
    start_ms: int
    restarts: int
    required: bool


class Died(DriverError):
    """The child has gone; the text says how and in which call."""


class Child:
    """One child after the other. ``host``: its module; ``options``: what it gets in Start;
    ``starting``: the library's call that starts it, for messages."""

    def __init__(
        self, config: SdkConfig, host: str, options: dict[str, Any], starting: str
    ) -> None:
        self._config: Final = config
        self._host: Final = host
        self._options: Final = options
        self._starting: Final = starting
        self._mark_fd: Final = os.memfd_create("sdk", os.MFD_CLOEXEC)
        os.ftruncate(self._mark_fd, MARK)
        self._mark: Final = mmap.mmap(self._mark_fd, MARK)
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._kept: Final[collections.deque[Reply]] = collections.deque()
        """What came while an answer was waited for."""
        self._serial = 0
        self._delay = 0.0
        self._since = 0.0
        self._starts = 0
        self.running = False
        """The library is started and takes commands."""

    @property
    def sock(self) -> socket.socket | None:
        return self._sock

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    @property
    def waiting(self) -> bool:
        """Something came that ``take`` has not given yet."""
        return bool(self._kept)

    # Life

    def start(self, delay: float = 0.0) -> None:
        """A new process, which loads the library after ``delay`` seconds; Ready or Failed comes."""
        self._mark[:MARK] = bytes(MARK)
        self._since = time.monotonic()
        try:
            self._spawn(round(delay * 1000))
        except OSError as exc:
            raise DriverError(
                f"no process for the library could be started ({exc.strerror}): see how many "
                "processes and open files the system lets trunkd have"
            ) from exc

    def _spawn(self, delay_ms: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                # -P: files in the folder where the daemon was started are no modules of ours.
                command = [sys.executable, "-P", "-m", self._host]
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno()), str(self._mark_fd)],
                    pass_fds=(theirs.fileno(), self._mark_fd),
                    stdin=subprocess.DEVNULL,
                    stdout=sys.stderr.fileno() if _has_stderr() else subprocess.DEVNULL,
                )
            except BaseException:
                ours.close()
                raise
        self._sock = ours
        config = self._config
        with contextlib.suppress(OSError):  # it has ended already: that is read from the socket
            ours.send(encode(Start(config.library, config.poll_ms, delay_ms, self._options)))

    def first(self) -> Ready:
        """Start, and wait until the library runs. DriverError says why it does not."""
        self.start()
        end = time.monotonic() + self._config.start_ms / 1000
        try:
            while True:
                reply = self._receive(end, self._starting)
                if isinstance(reply, Ready):
                    self.running = True
                    return reply
                if isinstance(reply, Failed):
                    self.reap()
                    raise DriverError(reply.text) if reply.again else Hopeless(reply.text)
        except Died:
            self.reap()
            raise

    def again(self, hopeless: bool = False) -> float | None:
        """Start anew after a while: in how many seconds; None: that was tried often enough.
        ``hopeless``: somebody has to do something first, so it may be the longest while."""
        quiet = time.monotonic() - self._since > self._delay + QUIET
        if quiet:
            self._delay, self._starts = 0.0, 0
        if self._starts >= self._config.restarts:
            return None
        self._starts += 1
        longer = min(max(FIRST_DELAY, 2 * self._delay), LONGEST_DELAY)
        self._delay = LONGEST_DELAY if hopeless else longer
        self.start(self._delay)  # DriverError: no process can be had
        return self._delay

    def close(self) -> None:
        """Close the library, and the end of the process; one that does not end is killed."""
        if self.running and self._sock is not None:
            with contextlib.suppress(DriverError, OSError):
                self.ask("close", 0)
        if self._sock is not None:
            self._sock.close()
            self._sock = None
        if self._process is not None:
            try:
                self._process.wait(self._config.answer_ms / 1000)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.running = False
        if not self._mark.closed:
            self._mark.close()
            os.close(self._mark_fd)

    def reap(self) -> str:
        """The child has gone, or is killed now: how, in words."""
        self.running = False
        self._kept.clear()  # what that child said is not of the next one
        where = self._within()
        if self._sock is not None:
            self._sock.close()
            self._sock = None
        process, self._process = self._process, None
        if process is None:
            return "it is not there"
        try:
            status = process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return f"the library did not come back from {where or 'its work'}: it was killed"
        within = f" in {where}" if where else ""
        if status < 0:
            return f"the library crashed ({_signal(-status)}){within}"
        return f"the library ended its process (status {status}){within}"

    # Talking

    def ask(self, what: str, ch: int, *values: Any, fd: int = -1) -> Any:
        """A command; its value. DriverError: the library refuses. Died: there is none (any more).

        The caller waits: for the library, and at most ``answer_ms``.
        """
        sock = self._sock
        if sock is None or not self.running:
            raise Died("the library is not there")
        self._serial += 1
        packet = encode(Ask(self._serial, what, ch, list(values)))
        try:
            if fd >= 0:
                socket.send_fds(sock, [packet], [fd])
            else:
                sock.send(packet)
        except OSError as exc:
            raise Died("the library has gone") from exc
        end = time.monotonic() + self._config.answer_ms / 1000
        while True:
            reply = self._receive(end, what)
            if isinstance(reply, Answer):
                if reply.serial != self._serial:
                    continue
                if reply.error:
                    raise DriverError(reply.error)
                return reply.value
            self._kept.append(reply)

    def _receive(self, end: float, what: str) -> Reply:
        assert self._sock is not None
        rest = end - time.monotonic()
        self._sock.settimeout(max(0.001, rest))
        try:
            packet = self._sock.recv(PACKET)
        except TimeoutError:
            if self._process is not None:
                self._process.kill()
            raise Died(
                f"the library did not come back from {self._within() or what} within "
                f"{self._config.answer_ms if self.running else self._config.start_ms} ms"
            ) from None
        except OSError:
            packet = b""
        if not packet:
            raise Died(self._why_gone())
        reply: Reply = replies.decode(packet)
        return reply

    def _why_gone(self) -> str:
        """The child has closed its end: what it said before, else how it ended."""
        for reply in self._kept:
            if isinstance(reply, Failed):
                return reply.text
        within = self._within()
        assert self._process is not None
        try:
            status = self._process.wait(GONE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        said = f"crashed ({_signal(-status)})" if status < 0 else "ended its process"
        return f"the library {said}{f' in {within}' if within else ''}"

    def _within(self) -> str:
        return bytes(self._mark[:MARK]).rstrip(b"\0").decode("utf-8", "replace")

    def take(self) -> tuple[list[Happened | Ready | Failed], bool]:
        """What has come, and whether the child has gone."""
        found: list[Happened | Ready | Failed] = []
        while self._kept:
            reply = self._kept.popleft()
            if not isinstance(reply, Answer):
                found.append(reply)
        gone = False
        while self._sock is not None:
            self._sock.setblocking(False)
            try:
                packet = self._sock.recv(PACKET)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            if not packet:
                gone = True
                break
            reply = replies.decode(packet)
            if isinstance(reply, Ready):
                self.running = True
            if not isinstance(reply, Answer):
                found.append(reply)
        return found, gone


class Hopeless(DriverError):
    """The library cannot be used as it is."""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _has_stderr() -> bool:
    try:
        os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return True
