"""Fuzz MTP level 3 and its dissectors: random and spoilt messages into a node that carries traffic.

.venv/bin/python tests/fuzz/fuzz_mtp3.py --seconds 60 [--messages N] [--seed S]

Two links to an adjacent point; messages come as level 2 would hand them over, time runs, links fail
and come back. Whatever comes, nothing may be raised, and afterwards the node still
sends to its neighbour once the links are aligned anew.
"""

from __future__ import annotations

import argparse
import os
import random
import time

from trunkd.signaling.dissect_tree import RECEIVED
from trunkd.signaling.ss7.dissect_mtp import dissect_mtp2, dissect_mtp3
from trunkd.signaling.ss7.labels import ANSI24, CHINA24, ITU14, LabelFormat, encode_label
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config, RouteConfig
from trunkd.signaling.ss7.mtp3_events import TransferIndication

FORMATS: tuple[LabelFormat, ...] = (ITU14, CHINA24, ANSI24)
SECOND = 1_000_000_000
NEAR, FAR, BEYOND = 1, 2, 3


def pair(label: LabelFormat) -> tuple[Mtp3, Mtp3]:
    """A node to be fuzzed and its sound neighbour."""
    ends = []
    for own, adjacent in ((NEAR, FAR), (FAR, NEAR)):
        linkset = LinksetConfig("a", adjacent, (LinkConfig(0), LinkConfig(1)))
        routes = (RouteConfig(BEYOND, "a"),) if own == NEAR else ()
        ends.append(Mtp3(Mtp3Config(own, (linkset,), routes, label)))
    for node in ends:
        node.start(0)
    return ends[0], ends[1]


def exchange(near: Mtp3, far: Mtp3, now: int, until: int) -> int:
    """Carry signal units both ways until a time, letting timers expire; that time."""
    while True:
        for _ in range(64):
            moved = False
            for link in (0, 1):
                for one, other in ((near, far), (far, near)):
                    for unit in one.transmit(link):
                        other.receive(link, unit, now)
                        moved = True
            if not moved:
                break
        due = min(t for t in (near.next_timeout(), far.next_timeout(), until) if t is not None)
        if due >= until:
            return until
        now = max(now, due)
        near.handle_timeout(now)
        far.handle_timeout(now)


def random_message(rng: random.Random, label: LabelFormat) -> bytes:
    """SIO and SIF: mostly network management and tests for us, sometimes anything."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randint(2, 272))
    service = rng.choice((0, 0, 0, 1, 2, 4, 5, rng.randrange(16)))
    dpc = rng.choice((NEAR, NEAR, NEAR, FAR, rng.randrange(label.highest + 1)))
    opc = rng.choice((FAR, FAR, BEYOND, rng.randrange(label.highest + 1)))
    head = encode_label(label, dpc, opc, rng.randrange(16))
    body = bytes([rng.randrange(256)]) + rng.randbytes(rng.randint(0, rng.choice((3, 6, 20, 250))))
    return (bytes([0x80 | service]) + head + body)[:273]


def one_life(rng: random.Random, messages: int) -> None:
    """So many messages into one node, between failures of its links."""
    label = rng.choice(FORMATS)
    near, far = pair(label)
    now = exchange(near, far, 0, 30 * SECOND)
    for _ in range(messages):
        octets = random_message(rng, label)
        assert dissect_mtp3(octets, RECEIVED, label).summary is not None
        assert dissect_mtp2(rng.randbytes(rng.randint(0, 3)) + octets, RECEIVED, label).title
        near.message(near.links[rng.randrange(2)], octets, now)
        near.settle(now)
        near.events()
        roll = rng.random()
        if roll < 0.02:
            near.line_down(rng.randrange(2), now)
        elif roll < 0.05:
            for link in (0, 1):
                near.line_up(link, now)
        if rng.random() < 0.2:
            now = exchange(near, far, now, now + rng.randint(1, 3 * SECOND))
            far.events()
    recover(near, far, now)


def recover(near: Mtp3, far: Mtp3, now: int) -> None:
    """All links fail and come back: what was said before is forgotten, traffic flows."""
    for link in (0, 1):
        near.line_down(link, now)
        far.line_down(link, now)
    now = exchange(near, far, now, now + 5 * SECOND)
    for link in (0, 1):
        near.line_up(link, now)
        far.line_up(link, now)
    now = exchange(near, far, now, now + 200 * SECOND)
    far.events()
    assert near.send(FAR, 0, 5, b"\1\0\x0c", now), "the neighbour cannot be reached any more"
    exchange(near, far, now, now + SECOND)
    assert any(isinstance(event, TransferIndication) for event in far.events()), "it got nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=0, help="about so many, whatever the time")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    until = time.monotonic() + given.seconds
    done, seed = 0, given.seed
    while done < given.messages if given.messages else time.monotonic() < until:
        try:
            one_life(random.Random(seed), 300)
        except Exception:
            print(f"FOUND by seed {seed}", flush=True)
            raise
        done += 300
        seed += 1
    print(f"{done} messages from seed {given.seed} on: nothing found", flush=True)


if __name__ == "__main__":
    main()
