"""A client of the daemon's socket that blocks. For asyncio: client_async.py."""

from __future__ import annotations

import collections
import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ..errors import Error, LocalError
from . import wire
from .client_address import Access, connect, is_remote, receive
from .client_failure import Unreachable as Unreachable
from .client_failure import Untrusted as Untrusted
from .client_failure import failed
from .client_failure import unreachable as unreachable
from .events import AnyEvent, Event, TraceFrame
from .methods import METHODS, Hello, Params
from .methods_media import AudioOpened, OpenAudio
from .places import runtime_dir
from .reads import READ

_RECEIVE: Final = socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
_METHOD_OF: Final = {method.params: name for name, method in METHODS.items()}
NO_DESCRIPTOR: Final = "the answer to openAudio comes with a descriptor: use open_audio()"
response_decoder: Final = msgspec.json.Decoder(wire.Response)
_event_decoder: Final = msgspec.json.Decoder(AnyEvent)
_frame_decoder: Final = msgspec.json.Decoder(TraceFrame)


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())


class Refused(Error):
    """The daemon answered with an error. ``code`` and ``word`` are those of wire.ERRORS."""

    def __init__(self, error: wire.ErrorObject) -> None:
        super().__init__(error.message)
        self.code = error.code
        self.word = str((error.data or {}).get("error", ""))
        self.data = error.data or {}


def default_socket() -> str:
    """$TRUNKD_SOCKET, else the socket in the runtime directory."""
    return os.environ.get("TRUNKD_SOCKET") or os.path.join(runtime_dir(), "trunkd.sock")


def method_of(params: Params) -> str:
    """The method that takes these parameters."""
    return _METHOD_OF[type(params)]


def read_notification(response: wire.Response) -> Event | TraceFrame | None:
    """The event or frame in a notification; None for those of a later version."""
    try:
        if response.method == "event":
            event: Event = _event_decoder.decode(response.params)
            return event
        if response.method == "frame":
            return _frame_decoder.decode(response.params)
    except msgspec.ValidationError:
        return None
    return None


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits: what was taken from the socket would be lost with it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Client:
    """A connection that blocks; usable in a ``with`` statement.

    ``call(MakeCall(called="100"))`` gives a CallMade. Events that come while it waits for an
    answer are kept for ``next_event``. ``timeout``: seconds to wait for an answer. ``path``: of
    the socket, or ``tcp://HOST:PORT``, ``tls://HOST:PORT`` with the ``access`` that these need.
    """

    def __init__(
        self, path: str | None = None, timeout: float = 10.0, access: Access | None = None
    ) -> None:
        self.path = path or default_socket()
        self._timeout = timeout
        access = (access or Access()).filled()
        token = access.word() if is_remote(self.path) else ""
        try:
            self._socket = connect(self.path, timeout, access)
        except OSError as exc:
            raise failed(self.path, exc) from exc
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._splitter = wire.LineSplitter(16 << 20)
        self._lines: collections.deque[tuple[bytes, list[int]]] = collections.deque()
        """With the descriptors that came with them."""
        self._notifications: collections.deque[Event | TraceFrame] = collections.deque()
        self._passed: list[int] = []
        """Descriptors of a line that has not come whole."""
        self._last_id = 0
        if token:
            try:
                self.call(Hello(token=token))
            except Error:
                self.close()
                raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()
        for _, passed in self._lines:
            _close(passed)
        self._lines.clear()
        _close(self._passed)

    def open_audio(self, params: OpenAudio) -> tuple[AudioOpened, socket.socket]:
        """A call's audio: the socket's packets are samples; close it to end it.

        It stays open when this client is closed.
        """
        raw, passed = self._ask(method_of(params), params)
        if not passed:
            raise Unreachable(
                f"no descriptor came with the answer of trunkd at {self.path}: "
                "has this process too many open files (ulimit -n)?"
            )
        sock = socket.socket(fileno=passed.pop(0))
        _close(passed)
        return msgspec.json.decode(raw, type=AudioOpened), sock

    def fileno(self) -> int:
        return self._socket.fileno()

    def call(self, params: Params, key: str = "") -> Any:
        """The method's typed result; Refused when the daemon says no. With a ``key`` it is done
        once, however often it is asked for (see docs/sessions.md)."""
        if isinstance(params, OpenAudio):
            raise LocalError(NO_DESCRIPTOR)
        name = method_of(params)
        raw = self.request(name, params, key)
        return msgspec.json.decode(raw, type=METHODS[name].result)

    def request(self, method: str, params: Any, key: str = "") -> msgspec.Raw:
        """The result as JSON, of any method. A descriptor that comes with it is closed."""
        raw, passed = self._ask(method, params, key)
        _close(passed)
        return raw

    def _ask(self, method: str, params: Any, key: str = "") -> tuple[msgspec.Raw, list[int]]:
        """The result, and the descriptors that came with it."""
        self._last_id += 1
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(wire.request_line(self._last_id, method, params, key))
        except OSError as exc:
            raise failed(self.path, exc) from exc
        deadline = time.monotonic() + self._timeout
        while True:
            read = self._read(deadline)
            if read is None:
                raise Unreachable(f"trunkd at {self.path} did not answer in {self._timeout:g} s")
            response, passed = read
            if response.id == self._last_id and response.error is None:
                return response.result, passed
            _close(passed)  # of a request that was given up
            if response.method is not None:
                self._keep(response)
            elif response.error is not None and response.id in (self._last_id, None):
                raise Refused(response.error)

    def _keep(self, response: wire.Response) -> None:
        notification = read_notification(response)
        if notification is not None:
            self._notifications.append(notification)

    def _read(self, deadline: float) -> tuple[wire.Response, list[int]] | None:
        """The next message with its descriptors; None when the time is over."""
        while not self._lines:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if not self._poll.poll(math.ceil(1000 * left)):
                return None
            with _uninterrupted():
                self._receive()
        line, descriptors = self._lines.popleft()
        return response_decoder.decode(line), descriptors

    def _receive(self) -> None:
        """What has come, as lines."""
        try:
            data, passed = receive(self._socket, READ, _RECEIVE)
        except BlockingIOError:
            return
        except OSError as exc:
            raise failed(self.path, exc) from exc
        if not data:
            raise unreachable(self.path, "it closed the connection")
        self._take(data, passed)

    def _take(self, data: bytes, passed: list[int]) -> None:
        """Octets as they came. The kernel ends a read where a descriptor was sent: it belongs to
        the last line that begins in it, which may not have come whole."""
        lines = [x for x in self._splitter.feed(data) if isinstance(x, bytes)]
        for line in lines:
            self._lines.append((line, self._passed))
            self._passed = []
        if passed and lines and data.endswith(b"\n"):
            self._lines[-1][1].extend(passed)
        else:
            self._passed.extend(passed)

    def next_event(self, timeout: float | None = None) -> Event | TraceFrame | None:
        """The next event or frame; None when none came in ``timeout`` seconds."""
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        while not self._notifications:
            read = self._read(deadline)
            if read is None:
                return None
            response, passed = read
            _close(passed)
            if response.method is not None:
                self._keep(response)
        return self._notifications.popleft()

    def events(self, timeout: float | None = None) -> Iterator[Event | TraceFrame]:
        """Events until ``timeout`` seconds pass without one; None: for ever."""
        while True:
            event = self.next_event(3600.0 if timeout is None else timeout)
            if event is not None:
                yield event
            elif timeout is not None:
                return
