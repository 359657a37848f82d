"""Random signal units into an MTP2 link: it never raises, and can always be aligned afterwards.

``fuzz_mtp2_link.py [--seconds S | --units N] [--seed X]``: rounds, each with a seed of its own,
basic, PCR and annex A by turns. A round aligns the link with a good far end, carries messages both
ways, then puts 200 units into it that are right, nearly right or random, while level 3 asks for
anything and time passes; whatever that left is stopped, and the next round aligns it again. Exit 1
with the round's seed when a link raises, breaks a bound, or cannot be aligned.

The acceptance run is ``fuzz_mtp2_link.py --units 10000000``.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import traceback

from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp2_events import Message
from trunkd.signaling.ss7.mtp2_signals import INITIAL_ALIGNMENT, LSC, OUT_OF_SERVICE
from trunkd.signaling.ss7.mtp2_table import MACHINES
from trunkd.signaling.ss7.mtp2_units import SIB

MS = 1_000_000
UNITS = 200
"""Units of a round."""

KINDS = ((False, 64_000), (True, 64_000), (False, 1_984_000))
"""PCR and rate of the links, that take rounds by turns."""


class Finding(Exception):
    """What the link did wrong."""


def align(link: SignallingLink, now: int) -> int:
    """The link, in whatever state, comes into service with a good far end and carries messages."""
    far = SignallingLink(link.config)
    link.stop(now)
    link.local_processor_outage(False, now)
    link.congestion_ceases(now)
    link.line_up(now)
    link.events()
    ends = (link, far)
    for end in ends:
        end.emergency(True, now)
        end.start(now)
    deadline = now + 3_000 * MS
    while True:
        pump(ends, now)
        if link.in_service and far.in_service:
            break
        due = [at for end in ends if (at := end.next_timeout()) is not None]
        if not due or min(due) > deadline:
            raise Finding(f"cannot be aligned: {link.state_text}; far end {far.state_text}")
        now = max(now, min(due))
        for end in ends:
            end.handle_timeout(now)
    for end in ends:
        end.events()
        end.send(b"\x85 good", now)
    pump(ends, now)
    for end in ends:
        if [e for e in end.events() if isinstance(e, Message)] != [Message(b"\x85 good")]:
            raise Finding("aligned, but a message did not arrive")
    return now


def pump(ends: tuple[SignallingLink, SignallingLink], now: int) -> None:
    moved = True
    while moved:
        moved = False
        for here, there in (ends, ends[::-1]):
            for unit in here.transmit():
                moved = True
                there.receive(unit, now)


def strange(rng: random.Random, link: SignallingLink, noise: bytes, wild: float) -> bytes:
    """A unit: the one that the link expects, ``wild`` of them with other numbers, bits, noise."""
    start = rng.randrange(len(noise) - 300)
    if link.state[LSC] == INITIAL_ALIGNMENT and noise[start] & 3:
        return bytes([255, 255, 1, (0, 1, 1, 1, 1, 2, 2, 4)[noise[start + 1] & 7]])
    size = (0, 0, 0, 1, 4, 3, 3, 5, 20, 62, 63, 70, 273)[noise[start] % 13]
    back = link.acked if noise[start + 1] & 1 else link.fib | link.fsnl
    front = link.expected if size > 2 else link.fibx | (link.fsnx - 1) & 127
    status = SIB
    if rng.random() < wild:
        kind = noise[start + 2] % 8
        if kind == 0:
            return noise[start : start + rng.randrange(300)]
        if kind == 1:
            back = noise[start + 3]
        elif kind == 2:
            back ^= 128
        elif kind == 3:
            front ^= 128
        elif kind < 6:
            front = front & 128 | (front + noise[start + 3] % 3) & 127
        else:
            size = 1 + kind % 2
            status = noise[start + 3] % 8
    body = noise[start + 4 : start + 4 + size]
    if size == 1 or size == 2:
        body = bytes([status]) + body[1:]
    return bytes([back, front, min(size, 63)]) + body


def ask(rng: random.Random, link: SignallingLink, now: int) -> None:
    """Level 3 or the line does something."""
    what = rng.randrange(16)
    if link.state[LSC] == OUT_OF_SERVICE and what & 1:
        link.emergency(True, now)
        link.start(now)
    if what < 6:
        for _ in range(rng.randrange(1, 40)):
            link.send(b"\x85" + rng.randbytes(rng.randrange(2, 60)), now)
    elif what == 6:
        link.start(now)
    elif what == 7:
        link.emergency(rng.random() < 0.5, now)
    elif what == 8:
        link.local_processor_outage(rng.random() < 0.5, now)
    elif what == 9:
        link.continue_(now)
        link.flush_buffers(now)
    elif what == 10:
        link.retrieve_bsnt(now)
        link.retrieve(rng.randrange(-1, 128), now)
    elif what == 11:
        rng.choice((link.congestion_accept, link.congestion_discard))(now)
    elif what == 12:
        link.congestion_ceases(now)
    elif what == 13:
        errors = rng.randrange(1, 9)
        link.receive_error(now, errors, errors + rng.randrange(300))
    elif what == 14 and rng.randrange(4) == 0:
        link.line_down(now)
    elif what == 15 and rng.randrange(4) == 0:
        link.stop(now)


def check(link: SignallingLink, units: list[bytes]) -> None:
    for unit in units:
        size = len(unit)
        if not 3 <= size <= 276 or unit[2] & 63 != min(size - 3, 63):
            raise Finding(f"handed out {unit.hex()}")
    if link.waiting() > 127 or len(link.tb) > 8192 or link.signals:
        raise Finding(f"out of bounds: {link.waiting()} in RTB, {len(link.tb)} in TB")


def play(rng: random.Random, link: SignallingLink, now: int, noise: bytes) -> int:
    wild = rng.choice((0.02, 0.1, 0.5, 1.0))
    for n in range(UNITS):
        link.receive(strange(rng, link, noise, wild), now, 1 + (n & 1))
        if n % 10 == 0:
            ask(rng, link, now)
            check(link, link.transmit(rng.randrange(-1, 20)))
            now += MS
            if rng.randrange(20) == 0:
                now += rng.choice((50, 200, 1600, 5_000, 60_000)) * MS
            link.handle_timeout(now)
            link.events()
    return now


def rounds(seed: int, seconds: float, units: int) -> tuple[int, int]:
    """Units served and the next seed."""
    noise = random.Random(seed).randbytes(1 << 16)
    links = [SignallingLink(Mtp2Config(pcr=pcr, rate=rate)) for pcr, rate in KINDS]
    times = [0] * len(links)
    served = 0
    end = time.monotonic() + seconds
    while served < units if units else time.monotonic() < end:
        which = seed % len(links)
        try:
            times[which] = align(links[which], times[which])
            times[which] = play(random.Random(seed), links[which], times[which], noise)
        except Exception as exc:
            raise Finding(f"in the round of seed {seed}: {exc!r}") from exc
        served += UNITS
        seed += 1
    for link, now in zip(links, times, strict=True):
        align(link, now)
    return served, seed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--units", type=int, default=0, help="so many units instead of seconds")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    for machine in MACHINES:
        machine.strict = True
    try:
        served, seed = rounds(given.seed, given.seconds, given.units)
    except Finding:
        traceback.print_exc()
        return 1
    print(f"{served} signal units, next seed {seed}: nothing found, every link can be aligned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
