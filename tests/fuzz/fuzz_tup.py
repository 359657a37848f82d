"""Any octets into the TUP codec, its dissector and its circuits: nothing raises, nothing is lost.

    fuzz_tup.py [--seconds S | --messages N] [--seed X]

By a seeded generator of messages that are then spoilt, and for half of the time by atheris, which
goes by the code it covers, where it is installed. A finding is an exception, octets that do not
come back, or circuits that a reset does not make idle: exit status 1, with the octets.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import sys
import time

CIRCUITS = (1, 2, 3, 4)
VARIANTS = ("itu", "china", "china14")
SECOND = 1_000_000_000


def check(data: bytes, sls: int) -> None:
    """AssertionError, or whatever the codec raises, when it does not keep its word."""
    from trunkd.signaling.dissect_tree import SENT
    from trunkd.signaling.ss7.dissect_tup import dissect_tup
    from trunkd.signaling.ss7.tup_messages import CHINA_LABEL, ITU_LABEL
    from trunkd.signaling.ss7.tup_messages_address import decode

    message = decode(data[1:])
    assert message.octets == (data[1:] or b"\x00"), "the octets did not come back"
    for label in (ITU_LABEL, CHINA_LABEL):
        tree = dissect_tup(data, SENT, sls, label)
        assert tree.summary and tree.fields
        assert bool(tree.reasons()) >= bool(message.reason)


class Exchange:
    """Circuits of ours that the messages arrive at."""

    def __init__(self, variant: str) -> None:
        from trunkd.signaling.ss7.tup import Tup
        from trunkd.signaling.ss7.tup_config import TupConfig

        self.tup = Tup(TupConfig(CIRCUITS, variant, 2, 1, overlap_receiving=True))
        self.tup.start(0)
        self.tup.mtp_resume(0)
        self.now = 0

    def hear(self, data: bytes, sls: int, wait: int) -> None:
        """A message, and what time does after it."""
        self.tup.receive(data, sls, self.now)
        self.now += wait
        self.tup.handle_timeout(self.now)
        self.tup.events()
        self.tup.transmit()

    def settle(self) -> None:
        """After a reset that the far end answers every circuit is idle."""
        from trunkd.signaling.ss7 import tup_messages_table as h
        from trunkd.signaling.ss7.tup_messages import GroupMessage, split_cic

        self.tup.restart((), self.now)
        sls, octet = split_cic(CIRCUITS[0], self.tup.config.variant.label)
        answer = GroupMessage(h.GRA, len(CIRCUITS) - 1)
        self.tup.receive(octet + answer.octets, sls, self.now)
        assert {c.state for c in self.tup.circuits.values()} == {0}, "a circuit is stuck"
        assert not self.tup.calls and not self.tup.jobs and not self.tup.again


def generate(rng: random.Random) -> bytes:
    """A message that is well formed, or nearly, behind a label's octet."""
    from trunkd.signaling.ss7 import tup_messages_table as h
    from trunkd.signaling.ss7.tup_messages_address import Indicators, InitialAddress, Line

    heading = rng.choice([*h.HEADINGS]) if rng.random() < 0.95 else rng.randrange(256)
    if heading in (h.IAM, h.IAI):
        digits = "".join(rng.choice("0123456789BCF") for _ in range(rng.randrange(16)))
        line = Line(digits[::-1], rng.randrange(4)) if heading == h.IAI else None
        check_bits = rng.randrange(4)
        octets = InitialAddress(10, Indicators(continuity=check_bits), digits, line).octets
    else:
        octets = bytes((heading,)) + rng.randbytes(rng.choice((0, 0, 1, 2, 3, 5, 9)))
    spoilt = bytearray(octets)
    for _ in range(rng.choice((0, 0, 1, 2))):
        at = rng.randrange(len(spoilt) + 1)
        if rng.random() < 0.4:
            del spoilt[at:]
        elif at < len(spoilt):
            spoilt[at] ^= 1 << rng.randrange(8)
    return bytes((0 if rng.random() < 0.9 else rng.randrange(256),)) + bytes(spoilt)


def mutate(seconds: float, messages: int, seed: int) -> int:
    """How many messages were read."""
    rng = random.Random(seed)
    until = time.monotonic() + seconds
    done = 0
    while done < messages if messages else time.monotonic() < until:
        exchange = Exchange(rng.choice(VARIANTS))
        said: list[str] = []
        try:
            for _ in range(200):
                data, sls = generate(rng), rng.randrange(6)
                said.append(f"{sls}:{data.hex()}")
                check(data, sls)
                exchange.hear(data, sls, rng.choice((0, 0, SECOND, 20 * SECOND)))
                done += 1
            exchange.settle()
        except Exception:
            print(f"FOUND by seed {seed}: {' '.join(said)}", flush=True)
            raise
    return done


def cover(seconds: float, seed: int) -> None:
    """By a child, since atheris ends its process."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(f"atheris ended with {status}: see above")
        return
    import atheris  # type: ignore[import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["trunkd.signaling"]):
        check(b"\x00\x11\x0a\x02\x10\x01", 0)
        Exchange("itu").settle()

    def one(octets: bytes) -> None:
        """Messages with their length before them, at one exchange."""
        if not octets:
            return
        exchange = Exchange(VARIANTS[octets[0] % len(VARIANTS)])
        at = 1
        while at + 1 < len(octets):
            size, sls = octets[at] & 15, octets[at] >> 4
            data = octets[at + 1 : at + 1 + size]
            check(data, sls)
            exchange.hear(data, sls, SECOND)
            at += 1 + size
        exchange.settle()

    options = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", "-max_len=300", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=0, help="so many, without atheris")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    both = not given.messages and importlib.util.find_spec("atheris") is not None
    seconds = given.seconds / 2 if both else given.seconds
    if both:
        cover(seconds, given.seed)  # first, as atheris prepares modules while they are imported
    done = mutate(seconds, given.messages, given.seed)
    print(f"{done} messages by mutation, seed {given.seed}: nothing found", flush=True)


if __name__ == "__main__":
    main()
