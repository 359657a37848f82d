"""One end of a trunk in a process that may be killed at any moment: it writes down what its engine
says of each answered call, and when it is started anew it adopts what it finds written.

    adopting_end.py pri user|network FD FILE      adopting_end.py ss7 OPC:DPC FD FILE

Calls that are offered are answered at once. On standard input: ``place N``, ``clear``. What happens
goes to standard output, a JSON object a line.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import socket
import sys
import time

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.trunk import PriTrunk
from trunkd.signaling.ss7.isup_config import IsupConfig
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.trunk import Ss7Trunk


def engine_for(kind: str, how: str, first: bool) -> PriTrunk | Ss7Trunk:
    """``first``: no RESTART, which would end what libpri has begun as soon as the link was up."""
    if kind == "pri":
        return PriTrunk(PriConfig(how, restart_on_start=not first))
    opc, dpc = map(int, how.split(":"))
    linkset = LinksetConfig("far", dpc, (LinkConfig(0),))
    isup = IsupConfig(circuits=tuple(range(1, 32)), opc=opc, dpc=dpc, reset_on_start=True)
    return Ss7Trunk(Mtp3Config(opc, (linkset,)), isup)


class Process:
    def __init__(self, kind: str, how: str, fd: str, file: str) -> None:
        self.socket = socket.socket(fileno=int(fd))
        self.socket.setblocking(False)
        self.file = pathlib.Path(file)
        self.engine = engine_for(kind, how, not self.file.exists())
        self.live: set[int] = set()
        self.written = ""
        self.waiting: list[bytes] = []

    def say(self, event: str, **fields: object) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)

    def adopt(self) -> None:
        """What the process before us wrote down."""
        if self.file.exists():
            for row in json.loads(self.file.read_text()):
                handle = self.engine.adopt(neutral.KeptCall(**row), time.monotonic_ns())
                self.live.add(handle)
                self.say("adopted", call=handle, channel=row["channel"])

    def write_down(self) -> None:
        """All answered calls as they are now; whole or not at all."""
        kept = [call for call in map(self.engine.keep, sorted(self.live)) if call is not None]
        text = json.dumps([vars_of(call) for call in kept])
        if text != self.written:
            self.written = text
            new = self.file.with_suffix(".new")
            new.write_text(text)
            os.replace(new, self.file)

    def happened(self, now: int) -> None:
        """What is told of a call is written down before."""
        told: list[neutral.SignallingEvent] = []
        while events := self.engine.events():
            told += events
            for event in events:
                if isinstance(event, neutral.CallOffered):
                    self.live.add(event.call)
                    self.engine.alert(event.call, False, now)
                    self.engine.answer(event.call, now)
                elif isinstance(event, neutral.CallReleased):
                    self.live.discard(event.call)
        self.write_down()
        for event in told:
            fields = {
                name: getattr(event, name, None) for name in ("call", "channel", "cause", "up")
            }
            self.say(type(event).__name__, **fields)

    def command(self, line: str, now: int) -> None:
        what, _, count = line.strip().partition(" ")
        if what == "place":
            for _ in range(int(count)):
                number = neutral.PartyNumber("5551000"), neutral.PartyNumber("5550000")
                self.live.add(self.engine.place(neutral.CallRequest(*number), now))
        elif what == "clear":
            for handle in sorted(self.live):
                self.engine.clear(handle, 16, now)

    def run(self) -> None:
        self.adopt()
        self.engine.start(time.monotonic_ns())
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        poll.register(sys.stdin, select.POLLIN)
        while True:
            now = time.monotonic_ns()
            self.engine.handle_timeout(now)
            self.happened(now)
            self.waiting += self.engine.transmit()
            with contextlib.suppress(BlockingIOError):
                while self.waiting:
                    self.socket.send(self.waiting[0])
                    self.waiting.pop(0)
            due = self.engine.next_timeout()
            wait = 20.0 if due is None else min(max(due - now, 0) / 1e6, 20.0)
            for fd, _ in poll.poll(min(wait, 1.0) if self.waiting else wait):
                if fd == sys.stdin.fileno():
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.command(line, time.monotonic_ns())
            with contextlib.suppress(BlockingIOError):
                for _ in range(64):
                    self.engine.receive(self.socket.recv(4096), time.monotonic_ns())


def vars_of(call: neutral.KeptCall) -> dict[str, int]:
    return {name: getattr(call, name) for name in ("channel", "outgoing", "reference", "suspended")}


if __name__ == "__main__":
    Process(*sys.argv[1:]).run()
