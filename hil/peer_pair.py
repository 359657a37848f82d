"""Two protocol peers, each its own process, with a cable between them."""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..board.capture import LINKTYPE_LINUX_LAPD, CaptureWriter
from ..errors import Error
from .relay_frames import FrameRelay, Passed

Command = Callable[[int], Sequence[str]]
"""Makes a peer's command line from the number of its descriptor."""


@dataclass
class PeerResult:
    """What one peer said and how it ended."""

    code: int
    events: list[dict[str, Any]]
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The last line; an Error when the peer did not get that far."""
        if not self.events or self.events[-1]["event"] != "summary":
            raise Error(f"the peer ended with code {self.code} and no summary: {self.stderr}")
        return self.events[-1]

    def named(self, name: str) -> list[dict[str, Any]]:
        """All events of one name."""
        return [e for e in self.events if e["event"] == name]


@dataclass
class PairResult:
    """Both peers and what the cable passed."""

    a: PeerResult
    b: PeerResult
    frames: Passed


def run_pair(
    a: Command,
    b: Command,
    loss: float = 0.0,
    seed: int = 0,
    cut: tuple[float, float] = (0.0, 0.0),
    capture: pathlib.Path | None = None,
    a_is_network: bool = True,
    timeout: float = 60.0,
    link_type: int = LINKTYPE_LINUX_LAPD,
) -> PairResult:
    """Run both to their end. ``cut`` and ``loss`` as FrameRelay; ``capture``: a pcapng file of
    frames of ``link_type``.

    ``timeout`` s for the cable; a peer that still runs 5 s later is killed and its code is < 0.
    """
    with tempfile.TemporaryDirectory(prefix="trunkd-pair-") as folder:
        near: list[socket.socket] = []
        peers = []
        for name, command in (("a", a), ("b", b)):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with (
                theirs,
                open(f"{folder}/{name}.out", "wb") as out,
                open(f"{folder}/{name}.err", "wb") as err,
            ):
                fd = theirs.fileno()
                peers.append(subprocess.Popen(command(fd), stdout=out, stderr=err, pass_fds=(fd,)))
            near.append(ours)
        frames = _relay(near, loss, seed, cut, capture, a_is_network, timeout, link_type)
        results = [_end(peer, f"{folder}/{name}") for peer, name in zip(peers, "ab", strict=True)]
    return PairResult(results[0], results[1], frames)


def _relay(
    near: list[socket.socket],
    loss: float,
    seed: int,
    cut: tuple[float, float],
    capture: pathlib.Path | None,
    a_is_network: bool,
    timeout: float,
    link_type: int,
) -> Passed:
    if capture is None:
        relay = FrameRelay(near[0], near[1], loss, seed, cut)
        relay.run(timeout)
    else:
        with CaptureWriter(capture) as writer:
            relay = FrameRelay(near[0], near[1], loss, seed, cut, writer, a_is_network, link_type)
            relay.run(timeout)
    return relay.frames


def _end(peer: subprocess.Popen[bytes], name: str) -> PeerResult:
    try:
        code = peer.wait(5.0)
    except subprocess.TimeoutExpired:
        peer.kill()
        code = peer.wait()
    lines = pathlib.Path(f"{name}.out").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return PeerResult(code, events, pathlib.Path(f"{name}.err").read_text())
