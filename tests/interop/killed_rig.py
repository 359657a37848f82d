"""A far end that lives on while our process (adopting_end.py) is killed and started anew.

The wire between the two is in this process: it is captured for tshark, and what comes while nobody
is at our end is lost, as it would be. As a line does it goes on with a fill-in (FISU, LSSU) while
nothing else is sent: an end that was not there yet, or not in the state for it, sees the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from trunkd.board.capture import LINKTYPE_MTP2_WITH_PHDR, CaptureWriter, Direction

REPEAT = 0.1
"""Seconds between two fill-ins that are the same."""
LONGEST_FILL = 5
"""Octets of a signal unit without FCS: FISU 3, LSSU 4 or 5 (Q.703 2.2)."""

HERE = pathlib.Path(__file__).resolve().parent


def pair() -> tuple[socket.socket, socket.socket]:
    """A wire: our end, and that of a process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    return ours, theirs


class Speaker:
    """A program that says JSON objects, a line each."""

    def __init__(self, words: list[str], fd: int, err: pathlib.Path) -> None:
        with open(err, "ab") as stream:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                pass_fds=(fd,),
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""
        self.told: list[dict[str, Any]] = []

    def hear(self) -> None:
        assert self.process.stdout is not None
        while chunk := self.process.stdout.read(65536):
            self.text += chunk
        *lines, self.text = self.text.split(b"\n")
        self.told += [json.loads(line) for line in lines]

    def say(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.told if event["event"] == name]

    def channels(self, name: str) -> list[int]:
        """Channels of its events of one name, in order of the channels."""
        return sorted(event["channel"] for event in self.named(name))

    def kill(self) -> None:
        """SIGKILL; what it said before is heard."""
        self.process.kill()
        self.process.wait()
        self.hear()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Killed:
    """``us`` is our process of the moment, ``far`` the one that lives on."""

    def __init__(
        self, folder: pathlib.Path, capture: pathlib.Path, kind: str, how: str, far: list[str]
    ) -> None:
        self.folder = folder
        self.words = [sys.executable, str(HERE / "adopting_end.py"), kind, how]
        self.capture = CaptureWriter(capture)
        if kind == "pri":
            self.line = self.capture.add_interface("d", network=how == "network")
        else:
            self.line = self.capture.add_interface("ss7", link_type=LINKTYPE_MTP2_WITH_PHDR)
        self.fills = kind == "ss7"
        self.last: dict[Direction, bytes] = {}
        self.next_fill = 0.0
        self.near, self.ours = pair()
        self.us: Speaker | None = None
        self.far_words = far
        self.start_far()

    def start_far(self) -> None:
        """The far end, which knows of no call."""
        self.away, theirs = pair()
        with theirs:
            fd = theirs.fileno()
            self.far = Speaker([*self.far_words, "--fd", str(fd)], fd, self.folder / "far.err")

    def kill_far(self) -> None:
        """kill -9 of the far end, and another one in its place."""
        self.far.kill()
        self.away.close()
        self.start_far()

    def start(self) -> Speaker:
        """Our process, the first or another one."""
        while self.near in select.select([self.near], [], [], 0)[0]:
            self.near.recv(4096)  # said by the one before with its last breath
        fd = self.ours.fileno()
        words = [*self.words, str(fd), str(self.folder / "kept.json")]
        self.us = Speaker(words, fd, self.folder / "us.err")
        return self.us

    def kill(self) -> None:
        """kill -9 of our process; what is on the wire to it is lost."""
        assert self.us is not None
        self.us.kill()
        self.us = None
        self.last.pop(Direction.OUT, None)
        self.ours.close()
        self.near.close()
        self.near, self.ours = pair()

    def run(self, until: Callable[[], bool], timeout: float = 90.0) -> None:
        """Carry frames until the condition holds."""
        end = time.monotonic() + timeout
        while True:
            for speaker in (self.us, self.far):
                if speaker is not None:
                    speaker.hear()
            if until():
                return
            assert time.monotonic() < end, f"not so within {timeout} s: {self.said()}"
            poll = select.poll()
            for end_ in (self.near, self.away):
                poll.register(end_, select.POLLIN)
            poll.poll(20)
            self._carry(self.away, self.near, Direction.IN)
            self._carry(self.near, self.away, Direction.OUT)
            if self.fills and self.us is not None and time.monotonic() >= self.next_fill:
                self.next_fill = time.monotonic() + REPEAT
                self._repeat(self.near, Direction.IN)
                self._repeat(self.away, Direction.OUT)

    def said(self) -> str:
        """What both said, for people."""
        quiet = ("ChannelChanged", "restart", "query")
        both = (self.us.told if self.us else [], self.far.told)
        lines = [[e for e in told if e["event"] not in quiet] for told in both]
        return f"ours {lines[0]}, theirs {lines[1]}"

    def _carry(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        for _ in range(64):
            try:
                frame = source.recv(4096)
            except BlockingIOError:
                return
            if not frame:
                return
            self.last[direction] = frame
            if self.us is None:
                continue
            self.capture.frame(self.line, time.time_ns(), direction, frame)
            sink.send(frame)

    def _repeat(self, sink: socket.socket, direction: Direction) -> None:
        frame = self.last.get(direction, b"")
        if 0 < len(frame) <= LONGEST_FILL:
            with contextlib.suppress(BlockingIOError):
                sink.send(frame)

    def close(self) -> None:
        if self.us is not None:
            self.us.kill()
        self.far.kill()
        for end in (self.near, self.away, self.ours):
            end.close()
        self.capture.close()
