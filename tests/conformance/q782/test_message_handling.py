"""Q.782 section 2: signalling message handling."""

from __future__ import annotations

from q782_rig import ISUP, A, B, D, msu
from q782_script import SHARED, TO_D, UP, UP_4, Play, play
from registry import Cases

CASES = Cases("q782")


def refused(octets: bytes, fault: str) -> str:
    """A message that is not for A goes nowhere: neither to a user, nor on, nor back."""
    sequence = Play()
    sequence.play(UP)
    sequence.inject(0, octets)
    sequence.play(f"= Fault {fault}\n~ 500 ms")
    assert not sequence.delivered
    sequence.inject(0, msu(ISUP, A, B, 7, b"\1\0IAM"))
    sequence.advance(50_000_000)
    assert [(e.opc, e.sls, e.data) for e in sequence.delivered] == [(B, 7, b"\1\0IAM")]
    return sequence.done()


@CASES.case("2.1", "Q.704 2.4.1, 14.2.2")
def invalid_ssf() -> str:
    return refused(msu(ISUP, A, B, 0, b"\1\0IAM", network=3 << 6), "network_indicator")


@CASES.case("2.2", "Q.704 2.4.1")
def invalid_dpc() -> str:
    return refused(msu(ISUP, D, B, 0, b"\1\0IAM"), "dpc")


@CASES.case("2.3", "Q.704 2.4.3, 11.2.7")
def invalid_si() -> str:
    """A service without a user part: it is discarded, the sender is told (UPU, unequipped)."""
    sequence = Play()
    sequence.play(UP)
    sequence.inject(0, msu(6, A, B, 0, b"\1\0DUP"))
    sequence.play("<-- UPU about=1 user=6 cause=1\n~ 500 ms")
    assert not sequence.delivered
    return sequence.done()


CASES.case(
    "2.4.1",
    "Q.704 2.3.2, 4.4",
    f"""{UP_4}
                shares 0 1 2 3 to 2
                traffic 2 s to 2
                arrived
    """,
    (4,),
)(play)
CASES.case(
    "2.4.2",
    "Q.704 2.3.2, 4.4",
    f"""{UP_4}
                : deactivate 2
                <-- COO slc=2 on 0 1 3
    COA slc=2 fsn=known on 0 -->
                = Done 2 deactivate ok
                shares 0 1 3 to 2
                traffic 2 s to 2
                arrived
    """,
    (4,),
)(play)
CASES.case(
    "2.5.1",
    "Q.704 2.3.2, 4.5",
    f"""{UP_4}
                shares 0 1 2 3 to 10
                traffic 2 s to 10
                arrived
    """,
    (2, 2),
    *SHARED,
)(play)
CASES.case(
    "2.5.2",
    "Q.704 2.3.2, 4.5",
    f"""{UP_4}
                : far stops 0
                : far stops 1
                wait 2 s
                = Paused 2
                forget
                shares 2 3 to 10
                traffic 2 s to 10
                arrived
    """,
    (2, 2),
    *SHARED,
)(play)
CASES.case(
    "2.6.1",
    "Q.704 3.6, 5.3.3, Q.701 table 1 (MTP-PAUSE)",
    """
                : start
                restored 0
                wait 2 s
                forget
                : far stops 0
                = Paused 2
                = Paused 10
                unreachable 2 10
                ~ 5 s
    """,
    (1,),
    TO_D[0],
)(play)
CASES.case(
    "2.6.2",
    "Q.704 3.4, 7.2, Q.701 table 1 (MTP-PAUSE)",
    f"""{UP_4}
    TFP about=10 on 0 -->
                ~ 300 ms
    TFP about=10 on 2 -->
                = Paused 10
                unreachable 10
                shares 0 1 to 2        # B itself is not touched
    """,
    (2, 2),
    *TO_D,
)(play)
CASES.not_applicable(
    "2.7",
    "Q.704 2.4.2",
    "A message for another point is never transferred: this is an end point without the transfer"
    " function (2.2 shows that it goes nowhere).",
)

test_case = CASES.test()
