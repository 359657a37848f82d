"""openr2 (its own process, LGPL) and our R2 (here) on packets of `cas` ports, in lockstep."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from build_c import compiled

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.hil.cas_port import CasPorts
from trunkd.hil.peer_cas import CasPeer
from trunkd.hil.peer_r2 import R2Lines
from trunkd.signaling.call import SignallingEvent
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.script import Script

BLOCK_MS = 20
SILENCE = 0xD5
DNIS, ANI = "5551234", "9876543210"
NAMES = {"itu": "ITU", "cn": "CN", "mx": "MX", "br": "BR", "ar": "AR", "ve": "VE"}
"""Our variants as openr2 calls them."""


def openr2_program() -> str:
    """The path of the openr2 peer's program."""
    wrapped = ",".join(f"--wrap={name}" for name in ("ioctl", "read", "write", "gettimeofday"))
    return compiled(
        "openr2_peer",
        [f"openr2_{part}.c" for part in ("wire", "side", "peer")],
        ("openr2_wire.h", "openr2_side.h"),
        (f"-Wl,{wrapped}", "-l:libopenr2.a", "-lm", "-lpthread"),
        "libopenr2-dev",
    )


Ends = tuple[list[socket.socket], list[socket.socket]]


def pairs(channels: int) -> Ends:
    """Both ends of so many channels."""
    made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(channels)]
    return [near for near, _ in made], [far for _, far in made]


@dataclass
class Told:
    """What an end told: its events, the last one a summary, and its exit code."""

    code: int
    events: list[dict[str, Any]]

    @property
    def summary(self) -> dict[str, Any]:
        assert self.events and self.events[-1]["event"] == "summary", self.events[-5:]
        return self.events[-1]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


class OpenR2:
    """An openr2 process on these descriptors, which it takes over."""

    def __init__(
        self, program: str, ends: Sequence[socket.socket], variant: str, options: str
    ) -> None:
        fds = [end.fileno() for end in ends]
        words = [program, "--lockstep", "--variant", NAMES[variant], "--called", DNIS]
        words += ["--calling", ANI, *options.split(), *(f"--fd={fd}" for fd in fds)]
        # A file, not a pipe: nobody reads before the end, and a full pipe would stop it.
        self.out = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            words, pass_fds=fds, stdout=self.out, stderr=subprocess.PIPE, text=True
        )
        for end in ends:
            end.close()

    def end(self) -> Told:
        """Wait for its end; what it told."""
        _, err = self.process.communicate(timeout=180)
        assert self.process.returncode in (0, 1), err
        with self.out as out:
            out.seek(0)
            lines = out.read().splitlines()
        return Told(self.process.returncode, [json.loads(line) for line in lines])


class Ours:
    """Our engine and its script on these sockets, in this process."""

    def __init__(
        self, ends: Sequence[socket.socket], config: dict[str, Any], script: Script
    ) -> None:
        self.ends = ends
        self.out = io.BytesIO()
        self.config = R2Config(channels=tuple(range(1, len(ends) + 1)), **config)
        self.engine = R2Trunk(self.config)
        lines = R2Lines(self.out, VirtualClock(), self.config.rows.category)
        self.peer = CasPeer(script, self.engine, CasPorts(ends, lockstep=True), lines)

    def run(self, timeout: float = 60.0) -> Told:
        code = self.peer.run(timeout)
        for end in self.ends:
            end.close()
        lines = self.out.getvalue().splitlines()
        return Told(code, [json.loads(line) for line in lines])


def outgoing(calls: int = 1, conc: int = 1, **more: Any) -> Script:
    """We call."""
    words = {"called": DNIS, "calling": ANI, "category": 0x0A, **more}
    return Script(calls=calls, conc=conc, **words)


def incoming(calls: int = 1, **more: Any) -> Script:
    """We answer; the far end clears."""
    return Script(answer=True, calls=calls, category=0x0A, **more)


# ---- a line that loses something -----------------------------------------------------------------


@dataclass
class Fault:
    """One signal lost. ``to_b``: of those that end A sends. ``burst``: the n-th sound (from 0) is
    silence; ``change``: the n-th change of bits is not seen for ``ms`` (from 0, without the first
    bits of all); they are those of the line from then on."""

    to_b: bool
    burst: int = -1
    change: int = -1
    ms: int = 0


@dataclass
class Way:
    """One direction of a line."""

    fault: Fault | None
    bursts: int = 0
    """Sounds that began."""
    changes: int = 0
    sounding: bool = False
    bits: int = -1
    """As sent, and as seen by the far end."""
    seen: int = -1
    hidden_ms: int = 0
    lost: int = 0
    """Blocks and changes that were."""
    log: list[tuple[int, str]] = field(default_factory=list)
    """(ms, what): bits and sounds, as sent."""

    def pass_on(self, packets: list[bytes], now: int) -> list[bytes]:
        """What the far end gets of a round of packets, the last one a block."""
        out = []
        for packet in packets[:-1]:
            out += self._bits(packet[1], now)
        if self.hidden_ms > 0:
            self.hidden_ms -= BLOCK_MS
            if self.hidden_ms <= 0 and self.bits != self.seen:
                self.seen = self.bits
                out.append(bytes((ord("C"), self.bits)))
        return [*out, self._block(packets[-1], now)]

    def _bits(self, bits: int, now: int) -> list[bytes]:
        if bits == self.bits:
            return []
        first = self.bits < 0
        self.bits = bits
        self.log.append((now, f"{bits:04b}"))
        if not first:
            if self.fault and self.fault.change == self.changes:
                self.hidden_ms = self.fault.ms
                self.lost += 1
            self.changes += 1
        if self.hidden_ms > 0:
            return []
        self.seen = bits
        return [bytes((ord("C"), bits))]

    def _block(self, packet: bytes, now: int) -> bytes:
        sounding = packet.count(SILENCE) < len(packet) // 2
        if sounding and not self.sounding:
            self.bursts += 1
            self.log.append((now, "sound"))
        self.sounding = sounding
        if sounding and self.fault and self.fault.burst == self.bursts - 1:
            self.lost += 1
            return packet[:1] + bytes((SILENCE,)) * (len(packet) - 1)
        return packet


class Relay(threading.Thread):
    """A line between ends A and B in lockstep, one block a round; with a fault or without."""

    def __init__(self, a: socket.socket, b: socket.socket, fault: Fault | None = None) -> None:
        super().__init__(daemon=True)
        self.a, self.b = a, b
        self.to_b = Way(fault if fault and fault.to_b else None)
        self.to_a = Way(fault if fault and not fault.to_b else None)
        self.ms = 0
        self.start()

    def run(self) -> None:
        while True:
            from_a, from_b = _round(self.a), _round(self.b)
            if not from_a or not from_b:
                break
            try:
                for packet in self.to_b.pass_on(from_a, self.ms):
                    self.b.send(packet)
                for packet in self.to_a.pass_on(from_b, self.ms):
                    self.a.send(packet)
            except OSError:
                break
            self.ms += BLOCK_MS
        self.a.close()
        self.b.close()


def _round(end: socket.socket) -> list[bytes]:
    """Packets up to a block; none: the far end has gone."""
    packets = []
    while not packets or packets[-1][:1] != b"A":
        try:
            packet = end.recv(321)
        except OSError:
            packet = b""
        if not packet:
            return []
        packets.append(packet)
    return packets


Joined = tuple[Told, Told, Relay]


def through_relay(
    program: str, config: dict[str, Any], script: Script, options: str, fault: Fault | None = None
) -> Joined:
    """Ours is end A, openr2 end B, and the line between them has this fault: what both told."""
    near, a = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    b, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs = OpenR2(program, [far], config["variant"], options)
    relay = Relay(a, b, fault)
    told = Ours([near], config, script).run()
    return told, theirs.end(), relay


def directly(
    program: str, channels: int, config: dict[str, Any], script: Script, options: str
) -> tuple[Told, Told]:
    """Ours and openr2 on so many channels, nothing between them: what both told."""
    near, far = pairs(channels)
    theirs = OpenR2(program, far, config["variant"], options)
    told = Ours(near, config, script).run()
    return told, theirs.end()


# ---- our engine by hand --------------------------------------------------------------------------


class Manual:
    """Our engine on these sockets without a script; ``events``: all that it told."""

    def __init__(self, ends: Sequence[socket.socket], config: dict[str, Any]) -> None:
        self.ends = ends
        self.engine = R2Trunk(R2Config(channels=tuple(range(1, len(ends) + 1)), **config))
        self.ports = CasPorts(ends, lockstep=True)
        self.events: list[SignallingEvent] = []
        self.now = 0
        self.engine.start(0)
        self._take()

    def _take(self) -> None:
        self.events += self.engine.events()
        self.ports.carry_out(self.engine.transmit())

    def until(self, what: type[SignallingEvent] | None, seconds: float) -> SignallingEvent:
        """Go on until such an event comes, which must be within ``seconds`` of board time; None:
        go on for so long."""
        end = self.now + round(seconds * SECOND)
        seen = len(self.events)
        self._take()
        while self.now < end:
            due = self.engine.next_timeout()
            self.now = self.ports.run(self.engine, end if due is None else min(due, end))
            due = self.engine.next_timeout()
            if due is not None and due <= self.now:
                self.engine.handle_timeout(self.now)
            self._take()
            found = [e for e in self.events[seen:] if what is not None and isinstance(e, what)]
            if found:
                return found[0]
            if self.ports.all_closed:
                break
        assert what is None, f"no {what.__name__} within {seconds} s: {self.events[seen:]}"
        return SignallingEvent()

    def close(self) -> None:
        for end in self.ends:
            end.close()
