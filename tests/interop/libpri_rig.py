"""libpri at the far end of a D-channel: on a port of a simulated board, or on a socket beside an
engine of ours in this process."""

from __future__ import annotations

import json
import os
import pathlib
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

from trunkd.board.capture import CaptureWriter, Direction
from trunkd.signaling.call import SignallingEvent
from trunkd.signaling.isdn.trunk import PriTrunk
from trunkd.signaling.script import CallScript


class Heard:
    """A Reporter that keeps what the script says."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []

    def say(self, event: str, now: int, fields: dict[str, object]) -> None:
        self.events.append({"event": event, "time": now, **fields})


def with_libpri(
    program: str, trunk: Any, calls: CallScript, options: str
) -> tuple[int, list[dict[str, Any]]]:
    """Run libpri at the port and our script to their ends; libpri's exit code and events."""
    # A file, not a pipe: a pipe that nobody reads meanwhile would stop libpri when it is full.
    trunk.align()
    with tempfile.TemporaryFile("w+") as out:
        libpri = subprocess.Popen(
            [program, "--connect", str(trunk.port), *options.split()], stdout=out
        )
        try:
            trunk.run(calls, lambda: calls.finished() and libpri.poll() is not None)
        finally:
            libpri.kill()
            libpri.wait()
        out.seek(0)
        return libpri.returncode, [json.loads(line) for line in out]


def ends(events: list[dict[str, Any]]) -> set[tuple[int, bool]]:
    """(cause, connected) of all calls."""
    return {(e["cause"], e["connected"]) for e in events if e["event"] == "released"}


def last_numbers(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(called, calling) of each call when its number was complete."""
    found = {
        e["call"]: (e["called"], e["calling"])
        for e in events
        if e["event"] in ("offered", "digits")
    }
    return list(found.values())


class Beside:
    """A PriTrunk of ours and a libpri process on a socket pair, in real time."""

    def __init__(
        self,
        program: str,
        trunk: PriTrunk,
        options: str,
        capture: pathlib.Path | None = None,
    ) -> None:
        self.trunk = trunk
        self.capture = CaptureWriter(capture) if capture is not None else None
        if self.capture is not None:
            self.line = self.capture.add_interface("pri", network=trunk.config.network)
        self.events: list[SignallingEvent] = []
        self.out = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with the rig)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket = ours
        with theirs:
            command = [program, "--fd", str(theirs.fileno()), *options.split()]
            self.libpri = subprocess.Popen(command, stdout=self.out, pass_fds=(theirs.fileno(),))
        trunk.start(time.monotonic_ns())

    def run(self, done: Callable[[], bool], timeout: float = 90.0) -> None:
        """Carry frames and time until ``done``."""
        end = time.monotonic() + timeout
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        while not done():
            assert time.monotonic() < end, f"not so within {timeout} s: {self.events}"
            for frame in self.trunk.transmit():
                self._keep(Direction.OUT, frame)
                self.socket.send(frame)
            self.events += self.trunk.events()
            if poll.poll(5):
                frame = self.socket.recv(4096)
                assert frame, "libpri has gone"
                self._keep(Direction.IN, frame)
                self.trunk.receive(frame, time.monotonic_ns())
            self.trunk.handle_timeout(time.monotonic_ns())
            self.events += self.trunk.events()

    def _keep(self, direction: Direction, frame: bytes) -> None:
        if self.capture is not None:
            self.capture.frame(self.line, time.time_ns(), direction, frame)

    def theirs(self) -> list[dict[str, Any]]:
        """What libpri has said so far, in whole lines. The file's position is libpri's too: it is
        left alone."""
        said = os.pread(self.out.fileno(), 1 << 20, 0)
        return [json.loads(line) for line in said.splitlines(True) if line.endswith(b"\n")]

    def close(self) -> None:
        self.libpri.kill()
        self.libpri.wait()
        self.socket.close()
        self.out.close()
        if self.capture is not None:
            self.capture.close()
