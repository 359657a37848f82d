"""Q.782 section 13: invalid messages are discarded and change nothing."""

from __future__ import annotations

from q782_rig import A, B, msu
from q782_script import UP, Play
from registry import Cases

CASES = Cases("q782")


def discarded(*messages: tuple[int, int, bytes]) -> str:
    """Messages (service, SLC, octets behind the label), each of which is counted as a fault or
    ignored; traffic goes on and A answers nothing."""
    sequence = Play()
    sequence.play(UP)
    for service, slc, data in messages:
        before = sum(link.counters.faults for link in sequence.node.links)
        sequence.inject(1, msu(service, A, B, slc, data))
        sequence.advance(100_000_000)
        after = sum(link.counters.faults for link in sequence.node.links)
        assert after == before + 1, f"{data.hex()}: {after - before} faults; {sequence.tail()}"
        assert sequence.at == len(sequence.seen), f"{data.hex()}: {sequence.seen[-1]}"
    sequence.told = len(sequence.events)
    sequence.play("traffic 500 ms to 2\narrived\nshares 0 1 to 2\n~ 300 ms")
    return f"{sequence.done()}, {len(messages)} kinds"


NO_SUCH = 9
"""An SLC that the link set does not have."""

CASES.case(
    "13.1", "Q.704 15.1, table 1", *[(0, 0, bytes([code])) for code in (0x00, 0x31, 0x9B, 0xFF)]
)(discarded)
CASES.case(
    "13.2",
    "Q.704 15.4",
    (0, 0, b"\x11"),
    (0, 0, b"\x21"),
    (0, NO_SUCH, b"\x11\x05"),
    (0, NO_SUCH, b"\x21\x05"),
    (0, NO_SUCH, b"\x12"),
)(discarded)
CASES.case(
    "13.3",
    "Q.704 15.5",
    (0, 0, b"\x51"),
    (0, 0, b"\x61"),
    (0, NO_SUCH, b"\x51\x01"),
    (0, NO_SUCH, b"\x61\x01"),
)(discarded)
CASES.case(
    "13.4",
    "Q.704 15.9 to 15.16",
    *[(0, NO_SUCH, bytes([code])) for code in (0x16, 0x26, 0x36, 0x46, 0x56, 0x66, 0x76, 0x86)],
)(discarded)
CASES.case(
    "13.5",
    "Q.704 15.7",
    *[
        (0, 0, bytes([code]) + rest)
        for code in (0x14, 0x54)
        for rest in (b"", b"\x0a", b"\x0c\x00")
    ],
)(discarded)
CASES.case("13.6", "Q.704 15.15", (0, 0, b"\x23"), (0, 0, b"\x23\x0c\x00"))(discarded)
CASES.case("13.7", "Q.704 15.8", (0, 0, b"\x15"), (0, 0, b"\x15\x0a\x00"))(discarded)
CASES.case("13.8", "Q.704 15.17.2", (0, 0, b"\x1a"), (0, 0, b"\x1a\x02\x00"))(discarded)
CASES.case(
    "13.9",
    "Q.707 5.4",
    (1, 0, b"\x11"),
    (1, 0, b"\x11\x00"),
    (1, 0, b"\x11\xf0abc"),
    (1, 0, b"\x31\x10a"),
)(discarded)
CASES.case("13.10", "Q.704 2.2", (0, 0, b""), (1, 0, b""), (5, 0, b""))(discarded)

test_case = CASES.test()
