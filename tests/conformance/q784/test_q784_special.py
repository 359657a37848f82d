"""Q.784.1, 6: continuity checks, repeat attempts, dual seizure, FOT, segmentation, fallback."""

from __future__ import annotations

import functools

from q784_rig import play, scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)

RELEASED = """
    > REL
    < RLC
    = CallReleased cause=16
"""

script(
    "6.1.1",
    "Q.764 2.1.8",
    f"""
    > IAM continuity=1
    = ContinuityCheck channel=1 mode=1
    ! CallOffered
    ~ 2 s
    > COT ok
    = ContinuityCheck channel=1 mode=0
    = CallOffered channel=1
    : alert
    < ACM status=1
    : answer
    < ANM
    {RELEASED}
    ? 1 idle
    """,
)
script(
    "6.1.2",
    "Q.764 2.1.8",
    f"""
    : place 7551234 cic=1
    < IAM continuity=1
    = ContinuityCheck channel=1 mode=2
    : tone heard 1
    < COT ok
    = ContinuityCheck channel=1 mode=0
    > ACM status=1
    = CallAlerting
    > ANM
    = CallConnected
    {RELEASED}
    ? 1 idle
    """,
    continuity=1,
)


@CASES.case("6.1.3", "Q.764 2.1.8")
def previous_circuit() -> str:
    """No loop; the call is offered when COT tells of success, and refused when not."""
    play(
        """
        > IAM continuity=2
        ! CallOffered ContinuityCheck
        > COT failed
        < REL cause=41
        > RLC
        ? 1 idle
        """
    )
    return play(
        f"""
        > IAM continuity=2
        ! CallOffered ContinuityCheck
        > SAM digits=9 st
        > COT ok
        = CallOffered called=75512349 complete=yes
        : alert
        < ACM
        {RELEASED}
        """
    )


script(
    "6.1.4",
    "Q.764 2.1.8",
    f"""
    > IAM continuity=1
    > COT failed
    ! CallOffered
    ? 1 testing
    > CCR
    < LPA
    > COT failed
    > CCR
    < LPA
    > REL                   # the check was successful
    < RLC
    ? 1 idle
    > IAM continuity=1
    > COT ok
    = CallOffered
    : alert
    < ACM
    {RELEASED}
    """,
)
script(
    "6.1.5",
    "Q.764 2.1.8",
    """
    : place 7551234 cic=1
    < IAM continuity=1
    ~ T24                   # no tone comes back
    < COT failed
    < IAM cic=2 continuity=1
    = CallMoved channel=2
    ? 1 testing
    : tone heard 2
    < COT cic=2 ok
    > ACM cic=2
    > ANM cic=2
    = CallConnected channel=2
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
    ? 2 busy
    """,
    continuity=1,
)
script(
    "6.2.1",
    "Q.764 2.9.1.4",
    """
    : place 7551234 cic=1
    < IAM
    > IAM called=9998888
    < IAM cic=2 called=7551234      # ours goes on elsewhere, theirs is served
    = CallMoved channel=2
    = CallOffered channel=1 called=9998888
    : alert
    < ACM
    > ACM cic=2 status=1
    = CallAlerting channel=2
    ? 1,2 busy
    """,
)
script(
    "6.2.2",
    "Q.764 2.8.2.1",
    """
    : place 7551234 cic=1
    < IAM
    > BLO
    < BLA
    < REL
    < IAM cic=2 called=7551234
    = CallMoved channel=2
    > RLC
    ? 1 blocked-there
    > ACM cic=2 status=1
    = CallAlerting channel=2
    """,
)
script(
    "6.2.3",
    "Q.764 2.9.3.1 d",
    """
    : place 7551234 cic=1
    < IAM
    > RSC
    < RLC
    < IAM cic=2 called=7551234
    = CallMoved channel=2
    ? 1 idle
    > ACM cic=2 status=1
    = CallAlerting channel=2
    """,
)
script(
    "6.2.4",
    "Q.764 2.1.8",
    """
    : place 7551234 cic=1
    < IAM continuity=1
    : tone lost 1
    < COT failed
    < IAM cic=2 called=7551234
    = CallMoved channel=2
    : tone heard 2
    < COT cic=2 ok
    > ACM cic=2 status=1
    = CallAlerting channel=2
    ? 1 testing
    ~ T25
    < CCR
    : tone heard 1
    < REL
    > RLC
    ? 1 idle
    """,
    continuity=1,
)
script(
    "6.2.5",
    "Q.764 2.9.5.1 d 3",
    """
    : place 7551234 cic=1
    < IAM
    > CPG
    < RSC
    < IAM cic=2 called=7551234
    = CallMoved channel=2
    > RLC
    ? 1 idle
    > ACM cic=2 status=1
    = CallAlerting channel=2
    """,
)
script(
    "6.3.1",
    "Q.764 2.9.1.4",
    """
    : place 7551234 cic=2
    < IAM cic=2
    > IAM cic=2 called=9998888      # discarded: the node controls even circuits
    ! CallOffered CallMoved
    > ACM cic=2 status=1
    = CallAlerting channel=2
    > ANM cic=2
    = CallConnected
    """,
)

TO_OPERATOR_OUT = """
    : place 7551234 cic=1 category=2
    < IAM category=2
    > ACM status=1
"""
script("6.4.1", "Q.764 2.1.9", f"{TO_OPERATOR_OUT}\n: transfer\n< FOT\n> ANM\n= CallConnected")
script(
    "6.4.2",
    "Q.764 2.1.9",
    f"{TO_OPERATOR_OUT}\n> ANM\n= CallConnected\n: transfer\n< FOT\n! CallReleased",
)
script(
    "6.4.3",
    "Q.764 2.1.9",
    f"""
    > IAM category=2
    = CallOffered category=2
    : alert
    < ACM
    > FOT
    = ForwardTransfer
    : answer
    < ANM
    > FOT
    = ForwardTransfer
    {RELEASED}
    """,
)
script(
    "6.4.4",
    "Q.764 2.1.9, Q.763 3.9 e",
    f"""
    > IAM category=2 called=B
    = CallOffered called=B category=2
    : proceed
    < ACM status=0
    : answer
    < ANM
    > FOT
    = ForwardTransfer
    {RELEASED}
    > IAM category=2 called=C1234
    = CallOffered called=C1234 category=2
    """,
)
script(
    "6.5.1",
    "Q.764 2.1.12.2",
    """
    > IAM segment calling=1012345678
    ! CallOffered
    > SGM uui=00616263
    = CallOffered calling=1012345678 user_user=616263
    : alert
    < ACM
    """,
)
OUTGOING = """
    : place 7551234 cic=1
    < IAM
"""
script(
    "6.5.2",
    "Q.764 2.1.12.2",
    f"""{OUTGOING}
    > ACM status=1 segment
    ! CallAlerting
    > SGM uui=00616263
    = UserInformation data=616263
    = CallAlerting
    > ANM
    = CallConnected
    """,
)
script(
    "6.5.3",
    "Q.764 2.1.12.2",
    f"""{OUTGOING}
    > ACM status=1
    > ANM segment connected=7551234
    ! CallConnected
    > SGM uui=00616263
    = UserInformation data=616263
    = CallConnected connected=7551234
    """,
)


@CASES.case("6.5.4", "Q.764 2.1.12.2")
def no_segment() -> str:
    """T34: the message is served without its rest."""
    play(f"{OUTGOING}\n> ACM status=1 segment\n~ T34\n= CallAlerting\n> ANM\n= CallConnected")
    return play(
        """
        > IAM segment
        ! CallOffered
        ~ T34
        = CallOffered
        > SGM uui=00616263              # too late
        : alert
        < ACM
        """
    )


@CASES.case("6.5.5", "Q.764 2.1.12.3")
def another_message() -> str:
    """A message that may not come between: the one that waited is served, then this one."""
    play(
        f"""{OUTGOING}
        > ACM status=1 segment
        > ANM
        = CallAlerting
        = CallConnected
        """
    )
    return play(
        f"""{OUTGOING}
        > ACM status=1 segment
        > REL cause=17
        < RLC
        = CallAlerting
        = CallReleased cause=17
        ? 1 idle
        """
    )


WITH_FALLBACK = """
    : place 7551234 cic=1 bearer=08 fallback=00
    < IAM tmr=6 prime=0
"""
script(
    "6.6.1",
    "Q.764 2.5",
    f"{WITH_FALLBACK}\n> ACM status=1\n= CallAlerting\n> ANM\n= CallConnected bearer=-1",
)
script(
    "6.6.2",
    "Q.764 2.5.1",
    f"{WITH_FALLBACK}\n> ACM status=1\n> ANM used=0\n= CallConnected bearer=0",
)
script(
    "6.6.3",
    "Q.764 2.5.2",
    """
    > IAM tmr=6 prime=3
    = CallOffered bearer=8 fallback=16
    : alert
    < ACM status=1
    : answer bearer=10
    < ANM used=3
    """,
)
script(
    "6.6.4",
    "Q.764 2.5.1",
    f"{WITH_FALLBACK}\n> ACM status=1 used=0\n= CallAlerting\n> ANM\n= CallConnected bearer=0",
)

test_case = CASES.test()
