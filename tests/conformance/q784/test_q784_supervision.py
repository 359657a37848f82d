"""Q.784.1, 1.1 to 1.5: reset, blocking, continuity tests, unexpected messages."""

from __future__ import annotations

import functools

from q784_rig import play, scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)


@CASES.case("1.1", "Q.764 2.12")
def not_allocated() -> str:
    """UCIC where the network has that national option, else nothing."""
    with_option = play(
        """
        > IAM cic=99
        < UCIC cic=99
        = ProtocolFault kind=unequipped
        > RLC cic=99            # an answer is not answered
        > REL cic=99
        < UCIC cic=99
        """
    )
    play("> IAM cic=99\n = ProtocolFault kind=unequipped\n > BLO cic=99", variant="international")
    return with_option


script(
    "1.2.1",
    "Q.764 2.9.3.1 b",
    """
    > RSC
    < RLC
    ? 1 idle
    > IAM
    = CallOffered channel=1
    """,
)
script(
    "1.2.2",
    "Q.764 2.9.3.1",
    """
    : reset 1
    < RSC
    ? 1 restarting
    > RLC
    = RestartDone channels=1 local=yes ok=yes
    ? 1 idle
    ~ T17
    """,
)
script(
    "1.2.3",
    "Q.764 2.9.3.1 e",
    """
    : block 1
    < BLO
    > BLA
    ? 1 blocked-here
    > RSC
    < BLO
    < RLC
    > BLA
    ? 1 blocked-here
    : unblock 1
    < UBL
    > UBA
    ? 1 idle
    """,
)
script(
    "1.2.4",
    "Q.764 2.9.3.1 f",
    """
    > BLO
    < BLA
    ? 1 blocked-there
    > RSC
    < RLC
    ? 1 idle
    : place 7551234 cic=1
    < IAM
    """,
)
script(
    "1.2.5(a)",
    "Q.764 2.9.3.2",
    """
    > IAM cic=3
    : alert
    < ACM cic=3
    : answer
    < ANM cic=3
    > GRS range=3
    < GRA range=3 marked=none
    = CallReleased channel=3
    ? 1,2,3,4 idle
    """,
)
script(
    "1.2.5(b)",
    "Q.763 3.43 a",
    """
    > IAM
    > GRS range=0
    = ProtocolFault kind=group_range
    ? 1 busy
    """,
)
script(
    "1.2.5(c)",
    "Q.763 3.43 a",
    """
    > IAM
    > GRS range=32
    = ProtocolFault kind=group_range
    ? 1 busy
    """,
    circuits=tuple(range(1, 41)),
)
script(
    "1.2.6",
    "Q.764 2.9.3.2",
    """
    : reset 1-4
    < GRS range=3
    ? 1,2,3,4 restarting
    > GRA range=3 marked=1
    = RestartDone channels=1,2,3,4 local=yes ok=yes
    ? 1,3,4 idle
    ? 2 blocked-there       # the far end holds it blocked for maintenance
    ~ T23
    """,
)
script(
    "1.2.7",
    "Q.764 2.9.3.2 d",
    """
    > CGB range=3 marked=0,2
    < CGBA range=3 marked=0,2
    ? 1,3 blocked-there
    > GRS range=3
    < GRA range=3 marked=none
    ? 1,2,3,4 idle
    : place 7551234 cic=3 exclusive
    < IAM cic=3
    """,
)


def groups_received(hardware: bool) -> str:
    """A busy circuit keeps its call when it is blocked for maintenance, not for hardware."""
    hw = "hw" if hardware else ""
    return f"""
    > IAM cic=2
    : alert
    < ACM cic=2
    : answer
    < ANM cic=2
    > CGB {hw} range=3 marked=0,1,3
    < CGBA {hw} range=3 marked=0,1,3
    {"= CallReleased channel=2" if hardware else "! CallReleased"}
    ? 1,4 blocked-there
    ? 2 {"blocked-there" if hardware else "busy"}
    ? 3 idle
    : place 7551234 cic=1 exclusive
    = CallReleased cause=44
    > CGU {hw} range=3 marked=0,1,3
    < CGUA {hw} range=3 marked=0,1,3
    ? 1,3,4 idle
    ? 2 {"idle" if hardware else "busy"}
    """


def reserved_range(hardware: bool) -> str:
    hw = "hw" if hardware else ""
    return f"""
    > CGB {hw} range=0
    = ProtocolFault kind=group_range
    ? 1 idle
    > CGU {hw} range=0
    = ProtocolFault kind=group_range
    """


def too_many(hardware: bool) -> str:
    hw = "hw" if hardware else ""
    return f"""
    > CGB {hw} range=32
    = ProtocolFault kind=group_range
    ? 1,33 idle
    > CGU {hw} range=32
    = ProtocolFault kind=group_range
    > CGB {hw} range=39 marked=0,39      # the range may be so wide, if 32 are marked at most
    < CGBA {hw} range=39 marked=0,39
    ? 1,40 blocked-there
    """


MANY = tuple(range(1, 41))
script("1.3.1.1(a)", "Q.764 2.8.2.2", groups_received(False))
script("1.3.1.1(b)", "Q.763 3.43 a", reserved_range(False))
script("1.3.1.1(c)", "Q.763 3.43 b", too_many(False), circuits=MANY)
script("1.3.1.1(d)", "Q.764 2.8.2.2", groups_received(True))
script("1.3.1.1(e)", "Q.763 3.43 a", reserved_range(True))
script("1.3.1.1(f)", "Q.763 3.43 b", too_many(True), circuits=MANY)


def groups_sent(hardware: bool) -> str:
    hw = "hw" if hardware else ""
    return f"""
    : block 1,2,4 {hw}
    < CGB {hw} range=3 marked=0,1,3
    > CGBA {hw} range=3 marked=0,1,3
    = BlockingDone channels=1,2,4 what=block ok=yes
    ? 1,2,4 blocked-here
    ? 3 idle
    ~ T19
    : unblock 1,2,4 {hw}
    < CGU {hw} range=3 marked=0,1,3
    > CGUA {hw} range=3 marked=0,1,3
    = BlockingDone channels=1,2,4 what=unblock ok=yes
    ? 1,2,3,4 idle
    ~ T21
    """


script("1.3.1.2(a)", "Q.764 2.8.2.2", groups_sent(False))
script("1.3.1.2(b)", "Q.764 2.8.2.2", groups_sent(True))
script(
    "1.3.2.1",
    "Q.764 2.8.2.1",
    """
    > BLO
    < BLA
    ? 1 blocked-there
    : place 7551234 cic=1 exclusive
    = CallReleased cause=44
    > UBL
    < UBA
    ? 1 idle
    : place 7551234 cic=1 exclusive
    < IAM
    """,
)
script(
    "1.3.2.2",
    "Q.764 2.8.2.1",
    """
    : block 1
    < BLO
    > BLA
    = BlockingDone channels=1 what=block ok=yes
    ? 1 blocked-here
    ~ T13
    : unblock 1
    < UBL
    > UBA
    = BlockingDone channels=1 what=unblock ok=yes
    ? 1 idle
    ~ T15
    """,
)
script(
    "1.3.2.3",
    "Q.764 2.8.2.1",
    """
    : block 1
    < BLO
    > BLA
    > BLO
    < BLA
    ? 1 blocked-both
    : unblock 1
    < UBL
    > UBA
    ? 1 blocked-there
    : place 7551234 cic=1 exclusive
    = CallReleased cause=44
    > UBL
    < UBA
    ? 1 idle
    """,
)
script(
    "1.3.2.4",
    "Q.764 2.8.2.3",
    """
    > BLO
    < BLA
    > IAM
    = CallOffered channel=1
    : alert
    < ACM
    : answer
    < ANM
    > REL
    < RLC
    ? 1 idle                # the far end has used it: it is blocked no more
    """,
)
script(
    "1.3.2.5",
    "Q.764 2.8.2.2",
    """
    > CGB range=3
    < CGBA range=3 marked=0,1,2,3
    ? 1,2,3,4 blocked-there
    > UBL cic=2
    < UBA cic=2
    ? 2 idle
    ? 1,3,4 blocked-there
    > CGB hw range=3
    < CGBA hw range=3
    > UBL cic=3             # takes away what is for maintenance only
    < UBA cic=3
    ? 3 blocked-there
    """,
)
script(
    "1.4.1",
    "Q.764 2.1.8",
    """
    > CCR
    < LPA
    = ContinuityCheck channel=1 mode=1
    ? 1 testing
    > REL
    < RLC
    = ContinuityCheck channel=1 mode=0
    ? 1 idle
    ~ T36
    """,
)
script(
    "1.4.2",
    "Q.764 2.1.8",
    """
    : test 1
    < CCR
    = ContinuityCheck channel=1 mode=2
    > LPA
    : tone heard 1
    < REL
    = ContinuityDone channel=1 ok=yes
    > RLC
    ? 1 idle
    """,
)
script(
    "1.4.3",
    "Q.764 2.1.8",
    """
    > CCR
    < LPA
    = ContinuityCheck channel=1 mode=1
    > COT failed
    = ContinuityCheck channel=1 mode=0
    ~ 5 s
    > CCR
    < LPA
    > REL
    < RLC
    ? 1 idle
    """,
)
script(
    "1.4.4",
    "Q.764 2.1.8",
    """
    : test 1
    < CCR
    > LPA
    ~ T24                   # no tone
    < COT failed
    = ContinuityDone channel=1 ok=no
    ~ T25
    < CCR
    > LPA
    : tone lost 1
    < COT failed
    = ProtocolFault kind=continuity
    ~ T26
    < CCR
    > LPA
    : tone heard 1
    < REL
    > RLC
    ? 1 idle
    """,
)
script(
    "1.4.5",
    "Q.764 2.1.8",
    """
    > IAM continuity=1
    > COT failed
    ? 1 testing
    ~ T27
    < RSC
    > RLC
    ? 1 idle
    """,
)
script(
    "1.5.1",
    "Q.764 2.9.5.1 a, b, d",
    """
    > RLC                   # a: discarded
    > REL                   # b
    < RLC
    > BLA                   # 2.8.2.3
    < UBL
    > UBA
    > UBA
    = ProtocolFault
    ? 1 idle
    > CGBA range=3
    = ProtocolFault kind=unexpected_message
    > GRA range=3
    = ProtocolFault kind=unexpected_message
    > ANM                   # d 1
    < RSC
    ? 1 restarting
    > RLC
    ? 1 idle
    """,
)


@CASES.case("1.5.2", "Q.764 2.9.5.1 c, d 3")
def during_setup() -> str:
    """Before a backward message RSC; after ACM what does not fit is discarded."""
    out = play(
        """
        : place 7551234 cic=1
        < IAM
        > ANM               # d 3: before ACM
        < RSC
        < IAM cic=2         # the call, on another circuit
        = CallMoved channel=2
        > RLC
        > ACM cic=2
        > SAM cic=2 digits=1            # d 2: discarded
        = ProtocolFault kind=unexpected_message
        > RLC cic=2                     # c: released
        < REL cic=2
        > RLC cic=2
        = CallReleased
        """
    )
    play("> IAM\n > ANM\n < RSC\n = CallReleased\n > RLC\n ? 1 idle")
    return out


script(
    "1.5.3",
    "Q.764 2.9.5.1 d 2",
    """
    > IAM
    : alert
    < ACM
    : answer
    < ANM
    > IAM
    = ProtocolFault kind=unexpected_message
    > ANM
    = ProtocolFault kind=unexpected_message
    > CCR
    = ProtocolFault kind=unexpected_message
    > RES network
    = ProtocolFault
    ! CallReleased
    ? 1 busy
    > REL
    < RLC
    """,
)

test_case = CASES.test()
