"""A fax on a channel, the daemon's side: a worker process, its events, and its end.

``FaxSession`` has no loop and never waits: it gives a descriptor to watch (``fileno``), and
``events`` is to be called when that is readable. Once it told ``FaxStarted`` it is to be given the
channel's audio (``connect``), which then goes straight between engine and worker (``fax_worker``)::

    session = FaxSession(FaxRequest("send", "a.tif"))
    …                                   # readable: for event in session.events(): FaxStarted
    audio = timeslot.live_audio(LiveAudio(wait_ms=5000))
    session.connect(audio)
    audio.close()                       # the worker has its own
    …                                   # readable: FaxNegotiated, FaxPage, FaxResult
    # session.ended: the worker is gone
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from typing import Final

import msgspec

from ..errors import LocalError
from .fax_events import (
    DECODER,
    ENCODER,
    PART,
    AnyFaxEvent,
    FaxOrder,
    FaxPage,
    FaxRequest,
    FaxResult,
)

MAX_LINE: Final = 65_536
_READ: Final = 65_536
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "TRUNKD_SPANDSP")
"""What of the environment a worker is given."""


def audio_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel's audio: packets of PCM16 samples at 8000 Hz, one for each received."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class FaxSession:
    """One fax in its worker. LocalError for a request that cannot be done."""

    def __init__(self, request: FaxRequest) -> None:
        request.check()
        request = msgspec.structs.replace(request, file=os.path.abspath(request.file))
        self.request: Final = request
        self.result: FaxResult | None = None
        self.ended = False
        """The worker is gone; ``events`` has nothing more to tell."""
        self._at = 0
        self._pages = 0
        self._rest = b""
        error, error_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(error_end, False)  # chatter of libtiff that nobody reads is dropped
        os.set_blocking(error, False)
        self._error = error
        self._orders, orders_end = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.fax_worker"],
                stdin=orders_end.fileno(),
                stdout=subprocess.PIPE,
                stderr=error_end,
                cwd="/",
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,
                bufsize=0,
            )
        except OSError as exc:
            os.close(error)
            self._orders.close()
            raise LocalError(f"the fax worker cannot be started: {exc.strerror}") from exc
        finally:
            os.close(error_end)
            orders_end.close()
        assert self._process.stdout is not None
        self._told = self._process.stdout.fileno()
        os.set_blocking(self._told, False)
        self._orders.setblocking(False)
        self._order(request)

    def fileno(self) -> int:
        """Readable when there are events; -1 after the end."""
        return -1 if self.ended else self._told

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._process.pid

    def connect(self, audio: socket.socket) -> None:
        """Give the worker the channel's audio, after FaxStarted. Closing the other end hangs up.

        A SOCK_SEQPACKET socket of PCM16 samples at 8000 Hz, 1 to 1600 a packet; for each packet the
        worker sends one of the same length. The caller closes its own copy.
        """
        if not self.ended:
            self._order(FaxOrder("audio"), audio)

    def stop(self) -> None:
        """End the fax now; its result comes as an event."""
        if not self.ended:
            self._order(FaxOrder("stop"))

    def events(self) -> list[AnyFaxEvent]:
        """What was told since the last call. The last of all events is a FaxResult, always."""
        found: list[AnyFaxEvent] = []
        while not self.ended:
            try:
                data = os.read(self._told, _READ)
            except BlockingIOError:
                break
            if data:
                self._take(data, found)
            else:
                self._finish(found)
        return found

    def __enter__(self) -> FaxSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Be rid of the worker at once, without waiting for a result."""
        if not self.ended:
            self._finish([])

    def _order(self, order: FaxRequest | FaxOrder, audio: socket.socket | None = None) -> None:
        # Three short lines at most: a socket takes them whole, and a worker that is gone is told of
        # by the end of its output.
        line = ENCODER.encode(order) + b"\n"
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, BlockingIOError):
            if audio is None:
                self._orders.send(line)
            else:
                socket.send_fds(self._orders, [line], [audio.fileno()])

    def _take(self, data: bytes, found: list[AnyFaxEvent]) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            if len(self._rest) > MAX_LINE:
                raise msgspec.DecodeError("a line without end")
            for line in lines:
                event = DECODER.decode(line)
                if self.result is not None:
                    continue
                self._at = event.at
                if isinstance(event, FaxPage):
                    self._pages += event.confirmed
                elif isinstance(event, FaxResult):
                    self.result = event
                found.append(event)
        except msgspec.DecodeError as exc:
            self._finish(found, f"the fax worker said what is no event: {exc}")

    def _finish(self, found: list[AnyFaxEvent], text: str = "") -> None:
        """Reap the worker; without a result, its end is the result."""
        self._process.kill()  # no effect on one that has ended: its own status stays
        code = self._process.wait()
        if self.result is None:
            text = text or self._epitaph(code)
            kept = self._salvage()
            self.result = FaxResult(self._at, "worker", -1, text, self._pages, file=kept)
            found.append(self.result)
        self.ended = True
        os.close(self._error)
        self._orders.close()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _salvage(self) -> str:
        """What a worker that fell left of a file being received; none where no page was through."""
        part = self.request.file + PART
        if self.request.mode == "receive" and os.path.exists(part):
            if self._pages:
                return part
            with contextlib.suppress(OSError):
                os.unlink(part)
        return ""

    def _epitaph(self, code: int) -> str:
        if code < 0:
            name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
            text = f"the fax worker was ended by {name}"
        else:
            text = f"the fax worker ended with {code}"
        try:
            said = os.read(self._error, _READ).decode("utf-8", "replace").strip()
        except BlockingIOError:
            said = ""
        return f"{text}: {said.splitlines()[-1][:300]}" if said else text
