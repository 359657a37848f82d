"""Our exchange in this process, an exchange made of libss7 in another one: both take commands.

An ``Exchange`` runs in real time. ``OnSocket`` joins the two by a socket, ``OnE1`` by timeslot 16
of two simulated spans with a cable between them. All that passes is captured for tshark.
"""

from __future__ import annotations

import json
import os
import pathlib
import select
import socket
import subprocess
from collections.abc import Callable
from typing import Any, TypeVar

from trunkd.board.capture import LINKTYPE_MTP2_WITH_PHDR, CaptureWriter, Direction
from trunkd.board.clock import MILLISECOND, SECOND, Clock, RealClock
from trunkd.board.events import (
    Alarm,
    AlarmChanged,
    PortChanged,
    SignalUnitErrors,
    SignalUnitReceived,
)
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard
from trunkd.signaling.call import (
    CallOffered,
    CallRequest,
    LinkChanged,
    PartyNumber,
    SignallingEvent,
)
from trunkd.signaling.ss7.isup_config import IsupConfig
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.trunk import Ss7Trunk

E = TypeVar("E", bound=SignallingEvent)

LOST = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS})
"""With one of them a span carries nothing."""


class Exchange:
    """``trunk`` is ours, ``seen`` its events, ``told`` what the libss7 process said.

    ``options``: those of the process beyond point codes; ours has ``opc`` and ``cics``. With
    ``answers`` calls that are offered to us are answered at once.
    """

    clock: Clock

    def __init__(
        self,
        program: str,
        folder: pathlib.Path,
        capture: pathlib.Path,
        options: str,
        opc: int = 2058,
        dpc: int = 2057,
        cics: tuple[int, ...] = tuple(range(1, 32)),
        answers: bool = True,
        emergency: bool = False,
    ) -> None:
        linkset = LinksetConfig("far", dpc, (LinkConfig(0),))
        self.trunk = Ss7Trunk(
            Mtp3Config(opc, (linkset,)), IsupConfig(circuits=cics, opc=opc, dpc=dpc)
        )
        self.answers = answers
        self.emergency = emergency
        self.capture = CaptureWriter(capture)
        self.line = self.capture.add_interface("ss7", link_type=LINKTYPE_MTP2_WITH_PHDR)
        self.seen: list[SignallingEvent] = []
        self.told: list[dict[str, Any]] = []
        self.waiting: list[bytes] = []
        self.held = False
        """Nothing is sent, and what comes waits in the wire."""
        self.text = b""
        self.started = False
        self.plug(folder)
        words = [program, "--opc", str(dpc), "--dpc", str(opc), "--commands", *options.split()]
        words += self.reached_by()
        with open(folder / "libss7.err", "wb") as err:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=err,
                pass_fds=self.passed(),
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    # What the wires do each in their way

    def plug(self, folder: pathlib.Path) -> None:
        """Make the wire."""
        raise NotImplementedError

    def reached_by(self) -> list[str]:
        """The process's options for its end."""
        raise NotImplementedError

    def passed(self) -> tuple[int, ...]:
        """Descriptors that the process inherits."""
        return ()

    def fileno(self) -> int:
        """Readable when something comes."""
        raise NotImplementedError

    def take(self, now: int) -> None:
        """Hand what came to the trunk."""
        raise NotImplementedError

    def put(self, su: bytes) -> bool:
        """Send one signal unit; False: not now."""
        raise NotImplementedError

    def unplug(self) -> None:
        """Close the wire."""
        raise NotImplementedError

    # Both

    def start(self) -> None:
        """Bring the link up at our end."""
        self.started = True
        now = self.clock.now()
        if self.emergency:
            self.trunk.stack.mtp3.links[0].l2.emergency(True, now)
        self.trunk.start(now)

    def say(self, command: str) -> None:
        """One line for the libss7 process (libss7_circuits.c)."""
        assert self.process.stdin is not None
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def place(self, called: str = "5551000", calling: str = "5550000") -> int:
        """A call of ours; its handle."""
        request = CallRequest(PartyNumber(called), PartyNumber(calling))
        return self.trunk.place(request, self.clock.now())

    def keep(self, direction: Direction, su: bytes) -> None:
        self.capture.frame(self.line, self.clock.wall(self.clock.now()), direction, su)

    def flush(self) -> None:
        """Send what the trunk has, as far as the wire takes it."""
        self.waiting += self.trunk.transmit()
        while self.waiting and not self.held and self.put(self.waiting[0]):
            self.keep(Direction.OUT, self.waiting.pop(0))

    def happened(self, now: int) -> None:
        for event in self.trunk.events():
            self.seen.append(event)
            if self.answers and isinstance(event, CallOffered):
                self.trunk.proceed(event.call, now)
                self.trunk.alert(event.call, False, now)
                self.trunk.answer(event.call, now)

    def hear(self) -> None:
        """What the process said since."""
        assert self.process.stdout is not None
        while chunk := self.process.stdout.read(65536):
            self.text += chunk
        *lines, self.text = self.text.split(b"\n")
        self.told += [json.loads(line) for line in lines]

    def run(self, until: Callable[[], bool], timeout: float = 90.0) -> None:
        """Carry signal units and time until the condition holds."""
        assert self.process.stdout is not None
        end = self.clock.now() + round(timeout * SECOND)
        poll = select.poll()
        poll.register(self.process.stdout, select.POLLIN)
        if not self.held:
            poll.register(self.fileno(), select.POLLIN)
        while True:
            now = self.clock.now()
            if not self.held:
                self.take(now)
            if self.started:
                self.trunk.handle_timeout(now)
            self.happened(now)
            self.flush()
            self.hear()
            if until():
                return
            assert now < end, f"not so within {timeout} s: {self.seen[-6:]}, {self.told[-6:]}"
            due = self.trunk.next_timeout() if self.started else None
            wait = end - now if due is None else min(max(due - now, 0), end - now)
            if self.waiting:
                wait = min(wait, MILLISECOND)
            poll.poll(min(wait / MILLISECOND, 20.0))

    def of(self, kind: type[E]) -> list[E]:
        """Our events of one kind."""
        return [event for event in self.seen if type(event) is kind]

    def named(self, name: str) -> list[dict[str, Any]]:
        """The process's events of one name."""
        return [event for event in self.told if event["event"] == name]

    def up(self, timeout: float = 90.0) -> None:
        """Start, and wait until calls can be placed at both ends."""
        self.start()
        self.run(
            lambda: (
                any(event.up for event in self.of(LinkChanged))
                and any(event["up"] for event in self.named("link"))
            ),
            timeout,
        )
        self.seen.clear()
        self.told.clear()

    def close(self) -> None:
        """End the process, which must not have died of anything."""
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.unplug()
        self.capture.close()
        assert code in (0, 1, -9), f"the libss7 process ended with {code}"


class OnSocket(Exchange):
    """Joined by a socket: as fast as both can."""

    def plug(self, folder: pathlib.Path) -> None:
        self.clock = RealClock()
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.setblocking(False)

    def reached_by(self) -> list[str]:
        return ["--fd", str(self.theirs.fileno())]

    def passed(self) -> tuple[int, ...]:
        return (self.theirs.fileno(),)

    def fileno(self) -> int:
        return self.ours.fileno()

    def take(self, now: int) -> None:
        for _ in range(64):
            try:
                su = self.ours.recv(4096)
            except BlockingIOError:
                return
            assert su, "the libss7 process hung up"
            self.keep(Direction.IN, su)
            self.trunk.receive(su, now)

    def put(self, su: bytes) -> bool:
        try:
            self.ours.send(su)
        except BlockingIOError:
            return False
        return True

    def arrives(self) -> bool:
        """Something waits in the wire that was not taken."""
        return bool(select.select([self.ours], [], [], 0)[0])

    def unplug(self) -> None:
        self.ours.close()
        self.theirs.close()


class OnE1(Exchange):
    """Joined by HDLC bits: ours is span 1, the process has the port of span 2."""

    def plug(self, folder: pathlib.Path) -> None:
        board = open_board("sim://interop?cable=1-2")
        assert isinstance(board, SimBoard)
        self.board = board
        self.clock = board.clock
        self.port = folder / "link.port"
        board.add_port(PortConfig(span=2, timeslot=16, path=str(self.port), mtp2=True))
        self.slot = board.span(1).timeslots[16]
        self.slot.open_hdlc(HdlcConfig(mtp2=True))
        self.errors = 0
        self.plugged = False
        board.start()

    def reached_by(self) -> list[str]:
        return ["--connect", str(self.port)]

    def start(self) -> None:
        """Once the spans are aligned and the process has opened its port."""
        self.run(
            lambda: self.plugged and not self.board.span(1).alarms and not self.board.span(2).alarms
        )
        self.errors = 0
        super().start()

    def up(self, timeout: float = 90.0) -> None:
        super().up(timeout)
        self.errors = 0
        self.before = self.slot.counters()

    def fileno(self) -> int:
        return self.board.fileno()

    def take(self, now: int) -> None:
        for event in self.board.events():
            if isinstance(event, SignalUnitReceived):
                self.keep(Direction.IN, event.frame)
                if self.started:
                    self.trunk.stack.receive(0, event.frame, now, event.sus)
            elif isinstance(event, SignalUnitErrors):
                self.errors += event.errors
                if self.started:
                    self.trunk.stack.receive_error(0, now, event.errors, event.sus)
            elif isinstance(event, PortChanged):
                self.plugged = event.connected
            elif isinstance(event, AlarmChanged) and event.span == 1 and self.started:
                self.alarm(event, now)

    def alarm(self, event: AlarmChanged, now: int) -> None:
        if event.alarm not in LOST:
            return
        if event.active:
            self.trunk.line_down(now)
        elif not self.board.span(1).alarms & LOST:
            self.trunk.line_up(now)

    def put(self, su: bytes) -> bool:
        return self.slot.transmit(su)

    def unplug(self) -> None:
        self.board.close()
