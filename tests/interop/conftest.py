"""libpri and libss7 as peers (their own processes, GPL) and tshark as the referee of what went over
the wire."""

from __future__ import annotations

import pathlib
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest

from trunkd.board.capture import LINKTYPE_MTP2_WITH_PHDR, CaptureWriter, Direction
from trunkd.board.clock import MILLISECOND, SECOND
from trunkd.board.events import BoardEvent, FrameReceived, PortChanged
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard
from trunkd.hil.peer_pair import PairResult, run_pair
from trunkd.hil.peer_pri import trunk_for
from trunkd.signaling.isdn.q931_config import VARIANTS
from trunkd.signaling.script import CallScript, Script

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from build_c import compiled  # noqa: E402
from libss7_rig import Exchange, OnE1, OnSocket  # noqa: E402
from openr2_rig import openr2_program  # noqa: E402


@pytest.fixture(scope="session")
def libpri_peer() -> str:
    """The path of the libpri peer's program."""
    sources = ("libpri_side.c", "libpri_services.c", "libpri_peer.c")
    return compiled("libpri_peer", sources, ("libpri_side.h",), ("-lpri",), "libpri-dev")


Pair = Callable[..., PairResult]


@pytest.fixture
def pair(
    libpri_peer: str, tmp_path: pathlib.Path, captures: list[pathlib.Path]
) -> Callable[..., PairResult]:
    """Runs two peers: ``pair(net="libpri", cpe="trunkd", net_args=…, cpe_args=…, loss=…)``.

    The network side is end A. Everything that was passed is captured for tshark.
    """

    def command(which: str, side: str, args: str) -> Callable[[int], list[str]]:
        program = (
            [libpri_peer] if which == "libpri" else [sys.executable, "-m", "trunkd.hil.peer_pri"]
        )
        return lambda fd: [*program, "--fd", str(fd), "--side", side, *args.split()]

    def run(
        net: str,
        cpe: str,
        net_args: str,
        cpe_args: str,
        loss: float = 0.0,
        seed: int = 1,
        cut: tuple[float, float] = (0.0, 0.0),
        timeout: float = 180.0,
    ) -> PairResult:
        capture = tmp_path / f"{len(captures)}.pcapng"
        captures.append(capture)
        return run_pair(
            command(net, "net", net_args),
            command(cpe, "cpe", cpe_args),
            loss=loss,
            seed=seed,
            cut=cut,
            capture=capture,
            timeout=timeout,
        )

    return run


@pytest.fixture
def captures(tmp_path: pathlib.Path) -> Iterator[list[pathlib.Path]]:
    """Captures of a test; at its end tshark must read all of them without a mark."""
    files: list[pathlib.Path] = []
    yield files
    if files:
        whole = joined(files, tmp_path / "all.pcapng")
        found = marks(whole)
        assert found == "", f"tshark marks frames of {whole}:\n{found}"


def joined(files: list[pathlib.Path], whole: pathlib.Path) -> pathlib.Path:
    """One file, since tshark takes longer to begin than to read: pcapng files one behind the other
    are a pcapng file."""
    whole.write_bytes(b"".join(file.read_bytes() for file in files))
    return whole


def marks(file: pathlib.Path, must: str = "q931.message_type") -> str:
    """What tshark finds malformed or in error, one frame a line; it must find ``must`` at all."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: apt-get install tshark")
    fields = ("frame.number", "_ws.malformed", "_ws.expert.severity", must)
    done = subprocess.run(
        ["tshark", "-n", "-r", str(file), "-o", FACILITY, "-T", "fields"]
        + [f"-e{f}" for f in fields],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert any(message for *_, message in rows), f"tshark sees no {must} in {file}"
    return "".join(
        f"frame {number}: malformed {malformed!r}, severity {severity!r}\n"
        for number, malformed, severity, _ in rows
        if malformed or any(int(s) >= ERROR for s in severity.split(",") if s)
    )


ERROR = 0x00800000
"""Wireshark's PI_ERROR severity."""
FACILITY = "q932.facility_encoding:Dissect facility as ETSI"
"""Local operation values are those of EN 300 207-1 and EN 300 369-1, not QSIG's."""


class E1Trunk:
    """Our side of a trunk whose D-channel is timeslot 16 of span 1 of a simulated board, real time;
    with a North American ``variant`` timeslot 24 of a T1.

    Span 2, at the other end of the cable, is the outside program's: ``port`` is its D-channel.
    """

    def __init__(
        self, folder: pathlib.Path, side: str, options: str = "", variant: str = "etsi"
    ) -> None:
        t1 = VARIANTS[variant].t1
        timeslot = 24 if t1 else 16
        options += "&kind=t1" if t1 else ""
        self.port = folder / "d-channel.port"
        self.capture = CaptureWriter(folder / "e1.pcapng")
        self.line = self.capture.add_interface(f"sim/1/{timeslot}", network=side == "net")
        board = open_board(f"sim://interop?cable=1-2{options}")
        assert isinstance(board, SimBoard)
        self.board = board
        board.add_port(PortConfig(span=2, timeslot=timeslot, path=str(self.port)))
        self.slot = board.span(1).timeslots[timeslot]
        self.slot.open_hdlc(HdlcConfig())
        self.trunk = trunk_for(Script(min_digits=0 if t1 else 1), side, 23 if t1 else 30, variant)
        self.waiting: list[bytes] = []
        self.plugged = False
        self.heard = False
        self.t1 = t1

    def align(self) -> None:
        """Start the board and wait until both spans are aligned: before that no frame passes."""
        self.board.start()
        self.wait(lambda: not self.board.span(1).alarms and not self.board.span(2).alarms)

    def wait(self, condition: Callable[[], bool], timeout: float = 60.0) -> list[BoardEvent]:
        """Take events until ``condition``; all that came."""
        poll = select.poll()
        poll.register(self.board.fileno(), select.POLLIN)
        seen: list[BoardEvent] = []
        end = self.board.clock.now() + round(timeout * SECOND)
        while not condition():
            assert self.board.clock.now() < end, f"not so within {timeout} s: {seen[-5:]}"
            poll.poll(10)
            events = self.board.events()
            seen += events
            self.plugged |= any(isinstance(e, PortChanged) and e.connected for e in events)
            self.heard |= any(isinstance(e, FrameReceived) for e in events)
        return seen

    def run(self, script: CallScript, done: Callable[[], bool], timeout: float = 120.0) -> None:
        """Once the far end has opened the port, start the trunk; carry frames and time until
        ``done`` or ``timeout`` s.

        What came before is handed over after the start: a SABME that one side misses costs T200,
        and the calls of whoever thought that the link was up.
        """
        board, trunk = self.board, self.trunk
        # On a T1 libpri's first SABME may come a second late, with the first repetition of ours: to
        # be reset by it would cost the calls that libpri has begun meanwhile. So it goes first.
        early = self.wait(lambda: self.plugged and (self.heard or not self.t1))
        now = board.clock.now()
        end = now + round(timeout * SECOND)
        trunk.start(now)
        self.send(script.feed([], now))
        self.take(script, early, now)
        poll = select.poll()
        poll.register(board.fileno(), select.POLLIN)
        while not done():
            assert now < end, f"not done after {timeout} s: {script.totals()}"
            due = min(d for d in (trunk.next_timeout(), script.next_due(), end) if d is not None)
            # What did not fit the timeslot's queue is tried again each ms.
            wait = MILLISECOND if self.waiting else min(max(due - now, 0), 20 * MILLISECOND)
            poll.poll(wait / MILLISECOND)
            now = board.clock.now()
            self.take(script, board.events(), now)
            trunk.handle_timeout(now)
            self.send(script.feed([], now))

    def take(self, script: CallScript, events: Sequence[BoardEvent], now: int) -> None:
        for event in events:
            if isinstance(event, FrameReceived):
                self.keep(Direction.IN, event.frame)
                self.send(script.feed([event.frame], now))

    def send(self, frames: Sequence[bytes]) -> None:
        """Queue frames on the timeslot, in order, as far as it takes them."""
        self.waiting += frames
        while self.waiting and self.slot.transmit(self.waiting[0]):
            self.keep(Direction.OUT, self.waiting.pop(0))

    def keep(self, direction: Direction, frame: bytes) -> None:
        wall = self.board.clock.wall(self.board.clock.now())
        self.capture.frame(self.line, wall, direction, frame)

    def close(self) -> None:
        self.board.close()
        self.capture.close()


@pytest.fixture
def e1(tmp_path: pathlib.Path, captures: list[pathlib.Path]) -> Iterator[Callable[..., E1Trunk]]:
    """Makes an E1Trunk: ``e1(side, options, variant=…)``; what passed is shown to tshark at the
    end, unless ``referee`` is false because frames are malformed on purpose."""
    made: list[E1Trunk] = []

    def make(side: str, options: str = "", referee: bool = True, variant: str = "etsi") -> E1Trunk:
        made.append(E1Trunk(tmp_path, side, options, variant))
        if referee:
            captures.append(tmp_path / "e1.pcapng")
        return made[-1]

    yield make
    for trunk in made:
        trunk.close()


@pytest.fixture(scope="session")
def openr2_peer() -> str:
    """The path of the openr2 peer's program."""
    return openr2_program()


# ---- SS7 -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def libss7_peer() -> str:
    """The path of the libss7 peer's program."""
    parts = ("calls", "circuits", "peer", "report", "side")
    wrapped = ",".join(f"--wrap={name}" for name in ("read", "write", "mtp2_start"))
    return compiled(
        "libss7_peer",
        [f"libss7_{part}.c" for part in parts],
        ("libss7_side.h",),
        (f"-Wl,{wrapped}", "-l:libss7.a"),
        "libss7-dev",
    )


@pytest.fixture(scope="module")
def ss7_captures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[pathlib.Path]]:
    """Captures of a module's tests; at its end tshark must read all of them without a mark."""
    files: list[pathlib.Path] = []
    yield files
    if files:
        whole = joined(files, tmp_path_factory.mktemp("ss7") / "all.pcapng")
        found = marks(whole, "isup.message_type")
        assert found == "", f"tshark marks frames of {whole}:\n{found}"


@pytest.fixture
def ss7_pair(
    libss7_peer: str, tmp_path: pathlib.Path, ss7_captures: list[pathlib.Path]
) -> Callable[..., PairResult]:
    """Runs libss7, point code 1-1-1, as end A against ``trunkd peer ss7``, 1-1-2, as end B."""

    def run(a_args: str, b_args: str, timeout: float = 180.0) -> PairResult:
        capture = tmp_path / f"{len(ss7_captures)}.pcapng"
        ss7_captures.append(capture)
        ours = [sys.executable, "-m", "trunkd.hil.peer_ss7", "--opc", "1-1-2", "--dpc", "1-1-1"]
        theirs = [libss7_peer, "--opc", "1-1-1", "--dpc", "1-1-2"]
        return run_pair(
            lambda fd: [*theirs, "--fd", str(fd), *a_args.split()],
            lambda fd: [*ours, "--fd", str(fd), *b_args.split()],
            capture=capture,
            timeout=timeout,
            link_type=LINKTYPE_MTP2_WITH_PHDR,
        )

    return run


Make = Callable[..., Exchange]


def maker(
    kind: type[Exchange],
    libss7_peer: str,
    folder: pathlib.Path,
    captures: list[pathlib.Path],
    made: list[Exchange],
) -> Make:
    def make(options: str, **more: object) -> Exchange:
        captures.append(folder / f"{len(captures)}.pcapng")
        made.append(kind(libss7_peer, folder, captures[-1], options, **more))
        return made[-1]

    return make


@pytest.fixture
def ss7(
    libss7_peer: str, tmp_path: pathlib.Path, ss7_captures: list[pathlib.Path]
) -> Iterator[Make]:
    """Makes an Exchange of ours that a libss7 process is joined with by a socket."""
    made: list[Exchange] = []
    yield maker(OnSocket, libss7_peer, tmp_path, ss7_captures, made)
    for exchange in made:
        exchange.close()


@pytest.fixture
def ss7_e1(
    libss7_peer: str, tmp_path: pathlib.Path, ss7_captures: list[pathlib.Path]
) -> Iterator[Make]:
    """The same over timeslot 16 of two simulated E1 spans and a cable, at 64 kbit/s."""
    made: list[Exchange] = []
    yield maker(OnE1, libss7_peer, tmp_path, ss7_captures, made)
    for exchange in made:
        exchange.close()
