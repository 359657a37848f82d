"""Q.782 section 8: signalling traffic flow control."""

from __future__ import annotations

from q782_rig import ISUP, MS, A, B, msu
from q782_script import TO_D, UP, Play, play
from registry import Cases

from trunkd.signaling.ss7.mtp3_config import CONGESTION_LEVELS

CASES = Cases("q782")

CASES.case(
    "8.1",
    "Q.704 11.2.3, 13.6.4 (TFC)",
    f"""{UP}
    TFC about=10 on 0 -->
                = Status 10 cause 0 level 1 user 0
    TFC about=10 on 0 -->
                = Status 10 cause 0 level 1 user 0
                ~ 500 ms
                shares 0 1 to 10        # messages still go
    """,
    (2,),
    TO_D[0],
)(play)


@CASES.case("8.2", "Q.704 3.8.2, 11.2.3.1")
def congested_link() -> str:
    """More than 256 messages wait on a link: the user hears with the first and each eighth more."""
    sequence = Play()
    sequence.play(UP)
    while not any(link.congestion for link in sequence.node.links):
        for _ in range(16):
            sequence.user(B, 0)
        sequence.advance(MS)
        assert sequence.counts[B, 0] < 400, "no congestion"
    before = len(sequence.events)
    for _ in range(24):
        sequence.user(B, 0)
    sequence.advance(MS)
    told = [sequence._text(e) for e in sequence.events[before:] if sequence._text(e)]
    assert told == [f"Status {B} cause 0 level 1 user 0"] * 3, told
    sequence.play("wait 8 s\narrived")
    assert not any(link.congestion for link in sequence.node.links)
    sequence.told = len(sequence.events)
    sequence.user(B, 0)
    sequence.play("~ 500 ms\narrived")
    return sequence.done()


@CASES.case("8.3", "Q.704 11.2.4, 13.9 (TFC, RCT), T15, T16")
def congestion_levels() -> str:
    """National option: the level of the TFC, then one less for each RCT without an answer."""
    sequence = Play((2,), TO_D[:1], congestion=CONGESTION_LEVELS)
    sequence.play(
        f"""{UP}
    TFC about=10 level=2 on 0 -->
                = Status 10 cause 0 level 2 user 0
                <-- RCT to=10 after T15
                = Status 10 cause 0 level 1 user 0 within T16
                wait 10 ms
                <-- RCT to=10 after T15
    TFC about=10 level=2 on 0 -->       # still
                = Status 10 cause 0 level 2 user 0
                <-- RCT to=10 after T15
                = Status 10 cause 0 level 1 user 0 within T16
                wait 10 ms
                <-- RCT to=10 after T15
                = Status 10 cause 0 level 0 user 0 within T16
                ~ T15
                ~ 500 ms
        """
    )
    return sequence.done()


CASES.case(
    "8.4",
    "Q.704 11.2.7 (UPU)",
    f"""{UP}
    UPU about=2 user=5 cause=1 on 0 -->
                = Status 2 cause 2 level 0 user 5
    UPU about=2 user=5 cause=2 on 1 -->
                = Status 2 cause 3 level 0 user 5
    UPU about=2 user=5 cause=0 on 1 -->
                = Status 2 cause 1 level 0 user 5
                ~ 500 ms
                shares 0 1 to 2
    """,
)(play)


@CASES.case("8.5", "Q.704 11.2.7 (UPU)")
def user_part_unavailable() -> str:
    """A message for a user part that is equipped, but not there: UPU, inaccessible."""
    sequence = Play()
    sequence.play(UP)
    sequence.node.user_available(ISUP, False, sequence.now)
    sequence.inject(1, msu(ISUP, A, B, 3, b"\1\0IAM"))
    sequence.play("<-- UPU to=2 about=1 user=5 cause=2\n~ 500 ms")
    assert not sequence.delivered
    sequence.node.user_available(ISUP, True, sequence.now)
    sequence.inject(1, msu(ISUP, A, B, 3, b"\1\0IAM"))
    sequence.play("~ 500 ms")
    assert len(sequence.delivered) == 1
    return sequence.done()


CASES.not_applicable(
    "8.6",
    "Q.704 11.2.3.2, 13.6",
    "TFC is sent by a transfer point whose outgoing link set is congested; this is an end point.",
)

test_case = CASES.test()
