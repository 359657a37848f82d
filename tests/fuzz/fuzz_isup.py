"""Any octets into the ISUP codec and its dissector: nothing raises, nothing is lost.

    fuzz_isup.py [--seconds S | --messages N] [--seed X]

By a seeded generator of messages that are then spoilt, and for half of the time by
atheris, which goes by the code it covers, where it is installed. A finding is an exception, octets
that do not come back, or a message without faults that its own parameters do not make again: exit
status 1, with the octets.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "signaling" / "ss7" / "isup_codec"))


def check(data: bytes, variant: str) -> None:
    """AssertionError, or whatever the codec raises, when it does not keep its word."""
    from trunkd.errors import LocalError
    from trunkd.signaling.dissect_tree import SENT
    from trunkd.signaling.ss7 import isup_messages as m
    from trunkd.signaling.ss7 import isup_parameters as p
    from trunkd.signaling.ss7.dissect_isup import dissect_isup
    from trunkd.signaling.ss7.isup_messages_table import VARIANTS

    read = m.decode(data, VARIANTS[variant])
    assert read.encode() == data, "the octets did not come back"
    assert dissect_isup(data, SENT, VARIANTS[variant]).summary
    for code, octets in read.parameters.items():
        assert p.read(code, octets).octets == octets, f"parameter {code:#04x} did not come back"
    if read.discard or not read.known or read.body:
        return
    with contextlib.suppress(LocalError):  # two parameters of a mandatory code do not fit anywhere
        made = m.encode(m.IsupMessage(read.kind, read.cic, read.parameters, read.repeats))
        again = m.decode(made, VARIANTS[variant])
        assert again.parameters == read.parameters, "the parameters make another message"


def spoil(rng: random.Random, data: bytearray) -> None:
    """Cut, change, insert or repeat, some of these."""
    for _ in range(rng.randint(0, 4)):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(5)
        if how == 0:
            del data[at:]
        elif how == 1 and at < len(data):
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif how == 2:
            data[at:at] = rng.randbytes(rng.randint(1, 3))
        elif how == 3:
            data[at:at] = data[at : at + rng.randint(1, 20)]
        elif at < len(data):
            data[at] ^= 1 << rng.randrange(8)


def mutate(seconds: float, messages: int, seed: int) -> int:
    """How many messages were read."""
    import isup_generator as g

    from trunkd.signaling.ss7.isup_messages_table import CHINA_ROWS, ROWS, VARIANTS

    kinds = [row.kind for row in ROWS + CHINA_ROWS]
    variants = sorted(VARIANTS)
    rng = random.Random(seed)
    until = time.monotonic() + seconds
    done = 0
    while done < messages if messages else time.monotonic() < until:
        data = bytearray(g.message(rng, rng.choice(kinds), rng.choice((0.0, 0.1, 0.5))).encode())
        for _ in range(8):
            spoilt = bytearray(data)
            spoil(rng, spoilt)
            variant = rng.choice(variants)
            try:
                check(bytes(spoilt), variant)
            except Exception:
                print(f"FOUND by seed {seed}: {bytes(spoilt).hex()} ({variant})", flush=True)
                raise
            done += 1
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
        from trunkd.signaling.ss7.isup_messages_table import VARIANTS

        check(b"\x01\x00\x09\x00", "itu")
    variants = sorted(VARIANTS)

    def one(octets: bytes) -> None:
        if octets:
            check(octets[1:], variants[octets[0] % len(variants)])

    corpus = pathlib.Path(tempfile.mkdtemp(prefix="fuzz-isup-"))
    import isup_generator as g

    rng = random.Random(seed)
    for kind in g.KINDS:
        octets = b"\x01" + g.message(rng, kind, 0.3).encode()
        (corpus / str(kind)).write_bytes(octets)
    options = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", "-max_len=300", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={corpus}/", str(corpus)], one)
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
