"""The fax worker: a process that carries one fax and ends (``python -m trunkd.daemon.fax_worker``).

Started by ``fax.FaxSession``. Standard input is a stream socket with the request and later orders,
standard output tells events, both lines of JSON (``fax_events``). When all is ready (FaxStarted)
the channel's audio comes as a descriptor: a SOCK_SEQPACKET socket of PCM16 samples at 8000 Hz. For
each packet that comes in, one of as many samples goes out. So the channel sets the pace, on the
wall clock or in virtual time. After the result silence goes out until the socket is closed or
``TAIL`` samples have passed.

libspandsp and libtiff work on what strangers send. They do so here, with bounded memory, processor
time, file size and descriptors; when they fall, the daemon reads the end of a pipe.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import sys
from typing import Final, Literal

from ..errors import DriverError, LocalError
from . import fax_tiff
from .fax_events import (
    ENCODER,
    MAX_PAGES,
    ORDER,
    PART,
    REQUEST,
    AnyFaxEvent,
    FaxFrame,
    FaxNegotiated,
    FaxPage,
    FaxRequest,
    FaxResult,
    FaxStarted,
    Reason,
)
from .fax_frames import CFR, PAGE_DATA, Dcs, control_field, dcs
from .fax_spandsp import FaxTerminal, Spandsp, Statistics, check_rows

MAX_PACKET: Final = 1600
"""Samples of a packet at most; a longer or odd one is no audio, and ends the fax."""
SAMPLE: Final = 125_000
TAIL: Final = 4000
"""Half a second: what is on its way to the channel is not cut off."""
CONFIRM: Final = 24_000
"""Three seconds: an answer of V.21 is through."""
QUIET: Final = 65 * 8000
"""The longest timer of T.30 (Annex A, T5: 60 s and 5 more): when so long no frame came or went,
none of a page came and nothing was said, the far end is gone, whatever spandsp waits for."""
FAREWELL: Final = 10 * 8000
"""When the last page was confirmed the far end says DCN or repeats its command within T4 (3 s), and
T2 (6 s and 1 more) would be over; the rest is for what waits in buffers. spandsp has no timer there
and waits for ever."""
NO_AUDIO: Final = 120.0
"""Seconds of the wall clock without a packet: the board gives no audio any more."""
STUCK: Final = 2.0
"""Processor time in seconds for one packet at most: a library in a circle is ended by SIGPROF."""
STUCK_IN_FILE: Final = 60.0
_NOISE: Final = 200
MAX_LINE: Final = 65_536
MAX_TRACED: Final = 64

_CODES: Final[dict[Reason, tuple[int, ...]]] = {
    "ok": (0,),
    "noFax": (1, 2, 3),
    "noTraining": (6, 14),
    "incompatible": (8, 9, 10, 11, 12),
    "farEnd": (15, 17, *range(35, 41)),
    "timeout": (4, 20, 21, 22, *range(29, 35), 48),
    "lineLost": (26, 27, 28),
    "file": tuple(range(41, 48)),
    "hangup": (49,),
    "refused": tuple(range(50, 62)),
}
"""spandsp's completion codes of phase E; what is not named is ``protocol``."""
_REASONS: Final = {code: reason for reason, codes in _CODES.items() for code in codes}
_CONFIRMING: Final = {"MCF", "RTP", "PIP"}
_WITHOUT_DCN: Final[tuple[Reason, ...]] = ("timeout", "lineLost", "hangup")
_ANSWERS: Final = _CONFIRMING | {"RTN", "PIN"}


class Worker:
    """One fax: the terminal, its events, and its file."""

    def __init__(self, request: FaxRequest) -> None:
        self._request = request
        self._sends = request.mode == "send"
        self._part = request.file if self._sends else request.file + PART
        self._limit = request.minutes * 60 * 8000
        self._excess = f"the fax took longer than {request.minutes} min"
        self._samples = 0
        self._dcs: Dcs | None = None
        self._page: Statistics | None = None
        self._confirmed = 0
        self._code = -1
        self._last = False
        """Received: the page that was confirmed was the last one (EOP)."""
        self._active = 0
        """Sample at which the fax went on last."""
        self._octets = 0
        self._terminal: FaxTerminal | None = None
        self.ended = False
        """The result is told."""

    def start(self, spandsp: Spandsp) -> None:
        """Look at the file, make the terminal. LocalError names what is wrong with the file."""
        request = self._request
        pages = self._look(spandsp) if self._sends else self._make_room()
        terminal = FaxTerminal(spandsp, request.is_calling)
        self._terminal = terminal
        terminal.configure(request.station_id, request.header, request.ecm, request.modems)
        if self._sends:
            terminal.send_file(self._part, request.first_page - 1, request.last_page - 1)
        else:
            terminal.receive_file(self._part)
        terminal.handlers(self._phase_d, self._phase_e, self._frame)
        tell(FaxStarted(0, pages))

    def exchange(self, received: bytes) -> bytes:
        """The channel's samples in, ours out; silence after the end."""
        terminal = self._terminal
        if self.ended or terminal is None:
            return bytes(len(received))
        made = terminal.exchange(received)
        self._samples += len(received) // 2
        if terminal.failure is not None:
            raise terminal.failure
        if not terminal.active:
            self._finish(_REASONS.get(self._code, "protocol"), terminal.completion(self._code))
        elif self._samples >= self._limit:
            self.give_up("tooLong", self._excess)
        elif self._is_dead(received, made):
            waited = (self._samples - self._active) // 8000
            self.give_up("timeout", f"no sign of the far end for {waited} s")
        return made

    def _is_dead(self, received: bytes, made: bytes) -> bool:
        """Nothing has happened for longer than T.30 has a timer for."""
        assert self._terminal is not None
        if any(made) or (not self._terminal.has_statistics and _loud(received)):
            self._active = self._samples
        if self._samples - self._active < (FAREWELL if self._last else QUIET):
            return False
        # A page without error correction has no frames for minutes: it grows.
        octets = self._terminal.statistics().octets
        if octets == self._octets or self._last:
            return True
        self._octets, self._active = octets, self._samples
        return False

    def give_up(self, reason: Reason, text: str) -> None:
        """End now, for a reason that T.30 does not know of. Once ended, nothing more."""
        if self.ended:
            return
        if self._terminal is not None:
            self._terminal.terminate()
        self._finish(reason, text)

    @property
    def _at(self) -> int:
        return self._samples * SAMPLE

    def _look(self, spandsp: Spandsp) -> int:
        """How many pages there are to send; every row of them can be decoded."""
        request = self._request
        pages = fax_tiff.pages_of(request.file)
        found = len(pages)
        last = request.last_page or found
        if max(request.first_page, last) > found:
            wanted = max(request.first_page, last)
            raise LocalError(f"{request.file}: there is no page {wanted} in it: it has {found}")
        check_rows(spandsp, request.file, pages)
        return last - request.first_page + 1

    def _make_room(self) -> int:
        """The file that pages are written to can be made; none is known of yet."""
        try:
            # Through no link: only the file itself was seen to be below the media directory.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(self._part, flags, 0o666))
            return 0
        except OSError as exc:
            raise LocalError(f"{self._part}: {exc.strerror}") from exc

    def _finish(self, reason: Reason, text: str) -> None:
        self.ended = True
        remote, known = "", True
        if self._terminal is not None:
            remote, known = self._terminal.remote()[0], self._terminal.has_statistics
            self._terminal.close()
        if self._last and reason in _WITHOUT_DCN:
            # The farewell was lost, the document was not (DCN needs no answer).
            reason, text = "ok", f"all pages came, but no DCN: {text}"
        rate, ecm = (self._dcs.bit_rate, self._dcs.ecm) if self._dcs else (0, False)
        kept = "" if self._sends else self._keep()
        pages = self._confirmed
        tell(FaxResult(self._at, reason, self._code, text, pages, remote, rate, ecm, kept, known))

    def _keep(self) -> str:
        """Give what was received its name; where no page came, no file is left."""
        try:
            if self._confirmed:
                os.replace(self._part, self._request.file)
                return self._request.file
            os.unlink(self._part)
        except OSError:
            return self._part if self._confirmed else ""
        return ""

    def _frame(self, incoming: bool, frame: bytes) -> None:
        self._active = self._samples
        field = control_field(frame)
        if field in PAGE_DATA or self._terminal is None:
            return
        self._dcs = now = dcs(frame) or self._dcs
        name = self._terminal.frame_name(frame[2])
        if self._request.trace:
            way: Literal["received", "sent"] = "received" if incoming else "sent"
            tell(FaxFrame(self._at, way, name, frame[:MAX_TRACED].hex()))
        if field == CFR and now is not None:
            remote, vendor, model = self._terminal.remote()
            tell(FaxNegotiated(self._at, remote, vendor, model, *now))
        elif not incoming and self._page is not None and name in _ANSWERS:
            self._page_through(name)

    def _phase_d(self, result: int) -> None:
        """A page is through: a sender has the answer (T.30 5.3.6.1.6), a receiver gives it next."""
        assert self._terminal is not None
        self._page = self._terminal.statistics()
        name = self._terminal.frame_name(result)
        self._last = name == "EOP" and not self._sends
        if self._sends:
            self._page_through(name)
        elif name != "EOP" and self._confirmed + 1 >= (self._request.last_page or MAX_PAGES):
            # spandsp takes any number of pages. This one is still to be confirmed, no more come.
            self._limit = self._samples + CONFIRM
            self._excess = f"more pages came than {self._confirmed + 1}"

    def _page_through(self, response: str) -> None:
        figures, self._page = self._page, None
        assert figures is not None
        confirmed = response in _CONFIRMING
        tell(
            FaxPage(
                self._at,
                self._confirmed + 1,
                response,
                confirmed,
                self._dcs.bit_rate if self._dcs else figures.bit_rate,
                figures.rows,
                figures.width,
                figures.bad_rows,
                figures.ecm_retries,
                figures.octets,
            )
        )
        self._confirmed += confirmed
        self._last = self._last and confirmed

    def _phase_e(self, code: int) -> None:
        self._code = code


def _loud(samples: bytes) -> bool:
    """Above what a line without a signal has: about -43 dBm0, the least of V.21 and V.27ter."""
    values = memoryview(samples).cast("h")
    return max(values) > _NOISE or min(values) < -_NOISE


def tell(event: AnyFaxEvent) -> None:
    """One line on standard output, whole."""
    data = ENCODER.encode(event) + b"\n"
    while data:
        data = data[os.write(1, data) :]


class Orders:
    """Standard input: lines, bounded, and the descriptor that comes with one of them."""

    def __init__(self) -> None:
        self._socket = socket.socket(fileno=os.dup(0))
        self._rest = b""
        self.open = True
        self.audio: socket.socket | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> list[bytes]:
        """Whole lines; none at the end, when ``open`` becomes False."""
        data, descriptors, _, _ = socket.recv_fds(self._socket, 4096, 2, socket.MSG_CMSG_CLOEXEC)
        for fd in descriptors:
            if self.audio is None:
                self.audio = socket.socket(fileno=fd)
                self.audio.setblocking(True)
            else:
                os.close(fd)
        self.open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise LocalError("a line to the fax worker has no end")
        return lines


def limit() -> None:
    """Bound what this process may take."""
    for what, most in (
        (resource.RLIMIT_AS, 768 << 20),
        (resource.RLIMIT_CPU, 600),
        (resource.RLIMIT_FSIZE, 512 << 20),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    signal.setitimer(signal.ITIMER_PROF, STUCK_IN_FILE)


def converse(worker: Worker, orders: Orders) -> None:
    """Orders and audio until the result is told and the tail is through."""
    tail = TAIL
    while tail > 0:
        if worker.ended and orders.audio is None:
            return
        watched = [s for s in (orders, orders.audio) if s is not None]
        ready = select.select(watched, [], [], NO_AUDIO)[0]
        if not ready:
            worker.give_up("lineLost", f"the channel gave no audio for {NO_AUDIO:.0f} s")
            return
        if orders in ready:
            obey(worker, orders)
        if orders.audio is not None and orders.audio in ready:
            packet = receive(orders.audio)
            if not packet:
                worker.give_up("hangup", "the call ended before the fax did")
                return
            if len(packet) % 2 or len(packet) > 2 * MAX_PACKET:
                worker.give_up("worker", f"a packet of {len(packet)} octets is no audio")
                return
            if worker.ended:
                tail -= len(packet) // 2
            signal.setitimer(signal.ITIMER_PROF, STUCK)
            answer(orders.audio, worker.exchange(packet))


def obey(worker: Worker, orders: Orders) -> None:
    """What the daemon says, or that it says nothing more."""
    take(worker, orders, orders.read())


def take(worker: Worker, orders: Orders, lines: list[bytes]) -> None:
    """Orders as lines."""
    for line in lines:
        if ORDER.decode(line).order == "stop":
            worker.give_up("stopped", "stopped by the application")
    if not orders.open:
        worker.give_up("stopped", "the daemon is gone")
        raise SystemExit(1)


def receive(audio: socket.socket) -> bytes:
    """A packet; nothing at the end. One octet more than may be is enough to see that it is more."""
    try:
        return audio.recv(2 * MAX_PACKET + 1)
    except ConnectionResetError:
        return b""


def answer(audio: socket.socket, packet: bytes) -> None:
    """Send; a closed socket is found out when reading."""
    try:
        audio.send(packet)
    except (BrokenPipeError, ConnectionResetError):
        return


def carry(worker: Worker, orders: Orders, early: list[bytes]) -> None:
    """The fax from file to end; whatever fails in it becomes its result. ``early``: orders that
    came along with the request."""
    try:
        worker.start(Spandsp())
        take(worker, orders, early)
        converse(worker, orders)
    except DriverError as exc:
        worker.give_up("library", str(exc))
    except LocalError as exc:
        worker.give_up("file", str(exc))
    except Exception as exc:
        worker.give_up("worker", f"{type(exc).__name__}: {exc}")


def main() -> int:
    """Standard input to standard output, as the module says."""
    os.closerange(3, 1024)
    limit()
    orders = Orders()
    first: list[bytes] = []
    while not first and orders.open:
        first = orders.read()
    if first:
        carry(Worker(REQUEST.decode(first[0])), orders, first[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
