"""A T1 receiver of the C code, fed with lists of bits, and payloads for it."""

from __future__ import annotations

import random
from collections.abc import Iterable

from trunkd.board.events import Alarm
from trunkd.native import wrap_t1
from trunkd.native.wrap_t1 import D4, ESF, FRAME_BITS, T1Receiver, T1Transmitter

ALL = (1 << 25) - 2
"""Every timeslot with robbed bits."""
FRAMINGS = {"d4": D4, "esf": ESF}
SUPERFRAME = {D4: 12, ESF: 24}
SYNC = {D4: 36, ESF: 96}
"""Frames until alignment is found on a good line."""


def nanoseconds(bits: int) -> int:
    return bits * 125_000 // FRAME_BITS


def frames_ns(frames: int) -> int:
    return frames * 125_000


def noise(frames: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(32 * frames)


def idle(frames: int, octet: int = 0xFF) -> bytes:
    return bytes([octet]) * (32 * frames)


def timeslots(frames: bytes) -> list[bytes]:
    """The 24 octets of each frame of 32 columns."""
    return [frames[at + 1 : at + 25] for at in range(0, len(frames), 32)]


def bits_of(octets: bytes, n: int) -> str:
    return "".join(f"{octet:08b}" for octet in octets)[:n]


def sent(tx: T1Transmitter, frames: bytes) -> str:
    """The line's bits as text."""
    return bits_of(*tx.frames(frames))


def flipped(bits: str, places: Iterable[int]) -> str:
    out = list(bits)
    for place in places:
        out[place] = "10"[int(out[place])]
    return "".join(out)


class Line:
    """Feeds a receiver in blocks and keeps what it gives. ``now``: ns since the first bit."""

    def __init__(self, framing: int = ESF, cas: int = 0) -> None:
        self.rx = T1Receiver(framing, cas)
        self.bits_in = 0
        self.frames = b""
        self.events: list[tuple[int, int, int, int]] = []
        self.messages: list[bytes] = []

    @property
    def now(self) -> int:
        return nanoseconds(self.bits_in)

    def feed(self, bits: str, signal: bool = True, block: int = 8 * FRAME_BITS) -> None:
        for at in range(0, len(bits), block):
            piece = bits[at : at + block]
            octets = int(piece.ljust(-(-len(piece) // 8) * 8, "0"), 2).to_bytes(
                -(-len(piece) // 8), "big"
            )
            frames, events = self.rx.line(octets, len(piece), self.now, signal)
            self.bits_in += len(piece)
            self.frames += frames
            self.events += events
            if any(kind == wrap_t1.MESSAGE for _, kind, _, _ in events):
                self.messages.append(self.rx.message())

    def silence(self, frames: int) -> None:
        self.feed("0" * (frames * FRAME_BITS), signal=False)

    def times(self, alarm: Alarm, active: bool) -> list[int]:
        return [t for t, a, value, _ in self.events if a == alarm and value == active]

    def alarms(self) -> list[tuple[Alarm, bool]]:
        return [(Alarm(a), value != 0) for _, a, value, _ in self.events if 0 <= a < 8]

    def bits(self) -> list[tuple[int, int, int]]:
        """(time, timeslot, ABCD) of each change."""
        return [(t, timeslot, value) for t, a, value, timeslot in self.events if a == -1]

    def codes(self) -> list[int]:
        return [value for _, a, value, _ in self.events if a == wrap_t1.CODE]
