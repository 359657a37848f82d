"""Q.784.1, 2 to 4: ordinary calls, their release, and calls that are refused."""

from __future__ import annotations

import functools

from q784_rig import play, scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)

OUTGOING = """
    : place 7551234 cic=1
    < IAM called=7551234 st
"""
ANSWERED_OUT = f"""{OUTGOING}
    > ACM status=1
    = CallAlerting
    > ANM
    = CallConnected
    ? 1 busy
"""
ANSWERED_IN = """
    > IAM called=7551234
    = CallOffered called=7551234 complete=yes
    : alert
    < ACM status=1
    : answer
    < ANM
    ? 1 busy
"""
RELEASED_THERE = """
    > REL cause=16
    < RLC
    = CallReleased cause=16 local=no
    ? 1 idle
"""
RELEASED_HERE = """
    : clear 16
    < REL cause=16
    > RLC
    = CallReleased cause=16 local=yes
    ? 1 idle
"""

script(
    "2.1.1",
    "Q.764 2.9.1.3",
    """
    : place 7551234
    < IAM cic=2             # even circuits are controlled by the node
    : place 7551235
    < IAM cic=4
    > ACM cic=2 status=1
    = CallAlerting channel=2
    > ANM cic=2
    = CallConnected channel=2
    > REL cic=2
    < RLC cic=2
    = CallReleased channel=2
    """,
)
script(
    "2.1.2",
    "Q.764 2.9.1.3",
    """
    > IAM cic=2
    > IAM cic=4
    > IAM cic=6
    > IAM cic=8             # none of ours is left
    : place 7551234
    < IAM cic=1
    > ACM status=1
    = CallAlerting channel=1
    > ANM
    = CallConnected channel=1
    > REL
    < RLC
    ? 1 idle
    """,
)


@CASES.case("2.2.1", "Q.764 2.1.1")
def en_bloc() -> str:
    """Both directions, numbers of both parts, with and without ST."""
    play(
        """
        : place 86137551234 cic=1 calling=1012345678
        < IAM called=86137551234 st calling=1012345678 category=10 tmr=3 continuity=0
        > ACM status=1
        > ANM connected=86137551234
        = CallConnected connected=86137551234
        : clear 16
        < REL cause=16
        > RLC
        """
    )
    play("> IAM nost called=7551234\n= CallOffered called=7551234 complete=yes\n: alert\n< ACM")
    return play(
        """
        > IAM called=7551234 calling=1012345678 category=11
        = CallOffered called=7551234 calling=1012345678 category=11 complete=yes
        : alert
        < ACM status=1
        : answer
        < ANM
        > REL
        < RLC
        = CallReleased cause=16
        """
    )


@CASES.case("2.2.2", "Q.764 2.1.2")
def overlap() -> str:
    """SAM sent and received; the number is complete by ST, by its length, and by T10."""
    play(
        """
        : place 755 overlap cic=1
        < IAM called=755 nost
        : digits 12
        < SAM digits=12 nost
        ~ 19 s                          # T7 begins anew with each address message
        : digits 34 end
        < SAM digits=34 st
        ~ 19 s
        > ACM status=1
        = CallAlerting
        """
    )
    play(
        """
        > IAM called=755 nost
        = CallOffered called=755 complete=no
        > SAM digits=12
        = DigitsReceived digits=12 complete=no
        ~ T10
        = DigitsReceived digits= complete=yes
        : alert
        < ACM status=1
        """,
        overlap=True,
    )
    play(
        """
        > IAM called=755 nost
        > SAM digits=1
        ! CallOffered
        > SAM digits=234
        = CallOffered called=7551234 complete=yes
        """,
        min_digits=7,
    )
    return play(
        """
        > IAM called=755 nost
        = CallOffered called=755 complete=no
        > SAM digits=12
        = DigitsReceived digits=12 complete=no
        > SAM digits=34 st
        = DigitsReceived digits=34 complete=yes
        : alert
        < ACM status=1
        : answer
        < ANM
        > REL
        < RLC
        """,
        overlap=True,
    )


OFFERED = "> IAM\n= CallOffered"
script(
    "2.3.1(a)", "Q.764 2.1.4.1", f"{OFFERED}\n: alert\n< ACM status=1 charge=2\n{RELEASED_THERE}"
)
script("2.3.1(b)", "Q.764 2.1.4.2", f"{OFFERED}\n: proceed\n< ACM status=0\n{RELEASED_THERE}")
script(
    "2.3.1(c)",
    "Q.764 2.1.4.3",
    f"{OFFERED}\n: progress 8\n< ACM status=0 inband\n{RELEASED_THERE}",
)
script(
    "2.3.1(d)",
    "Q.764 2.1.4.1",
    f"{OUTGOING}\n> ACM status=1 charge=2\n= CallAlerting inband=no\n{RELEASED_HERE}",
)
script(
    "2.3.1(e)",
    "Q.764 2.1.4.2",
    f"{OUTGOING}\n> ACM status=0 charge=1\n= CallProceeding inband=no\n{RELEASED_HERE}",
)
script(
    "2.3.1(f)",
    "Q.764 2.1.4.3",
    f"{OUTGOING}\n> ACM inband\n= CallProceeding inband=yes\n{RELEASED_HERE}",
)
script(
    "2.3.1(g)",
    "Q.764 2.1.4",
    f"""{OUTGOING}
    > ACM status=1 interworking=1 isup=0 isdn=0
    = CallAlerting inband=yes           # tones come from there
    {RELEASED_HERE}
    """,
)
script(
    "2.3.1(h)",
    "Q.764 2.1.4.3",
    f"""{OUTGOING}
    > ACM inband with-cause=17
    = CallProceeding inband=yes
    = CallProgressed cause=17
    {RELEASED_HERE}
    """,
)

EARLY = "> IAM\n= CallOffered\n: proceed\n< ACM status=0"
CONNECTS = "= CallConnected\n" + RELEASED_HERE
script(
    "2.3.2(a)", "Q.764 2.1.5", f"{EARLY}\n: alert\n< CPG event=1\n: answer\n< ANM\n{RELEASED_THERE}"
)
script(
    "2.3.2(b)",
    "Q.764 2.1.5",
    f"{EARLY}\n: progress 8\n< CPG event=3\n: answer\n< ANM\n{RELEASED_THERE}",
)
script(
    "2.3.2(c)",
    "Q.764 2.1.5",
    f"{EARLY}\n: progress 1\n< CPG event=2\n: answer\n< ANM\n{RELEASED_THERE}",
)
ACM_RECEIVED = f"{OUTGOING}\n> ACM status=0\n= CallProceeding"
script(
    "2.3.2(d)",
    "Q.764 2.1.5",
    f"{ACM_RECEIVED}\n> CPG event=1\n= CallAlerting inband=no\n> ANM\n{CONNECTS}",
)
script(
    "2.3.2(e)",
    "Q.764 2.1.5",
    f"{ACM_RECEIVED}\n> CPG event=3\n= CallProgressed inband=yes\n> ANM\n{CONNECTS}",
)
script(
    "2.3.2(f)",
    "Q.764 2.1.5",
    f"{ACM_RECEIVED}\n> CPG event=2 with-cause=31\n= CallProgressed cause=31\n> ANM\n{CONNECTS}",
)


@CASES.case("2.3.3", "Q.764 2.1.7")
def connect() -> str:
    """CON takes the place of ACM and ANM, both ways."""
    play(
        f"""{OUTGOING}
        > CON connected=7551234
        = CallConnected connected=7551234
        ~ T9                            # it does not run
        {RELEASED_HERE}
        """
    )
    return play(
        f"""
        > IAM ask=connected
        : answer connected=7551234
        < CON status=0 connected=7551234
        {RELEASED_THERE}
        """
    )


@CASES.case("2.3.4", "Q.764 2.1.1.1 d, Q.763 3.35")
def satellite() -> str:
    """The indicator counts the satellite circuits; a call that comes with one is taken."""
    play(f"> IAM satellites=1\n= CallOffered\n: alert\n< ACM\n{RELEASED_THERE}")
    return play(": place 7551234 cic=1\n< IAM satellites=1\n> ACM\n" + RELEASED_HERE, satellites=1)


script(
    "2.3.5",
    "Q.764 2.8.2.1",
    f"""{ANSWERED_OUT}
    : block 1
    < BLO
    > BLA
    ? 1 busy
    ! CallReleased
    {RELEASED_HERE.replace("? 1 idle", "? 1 blocked-here")}
    : unblock 1
    < UBL
    > UBA
    ? 1 idle
    """,
)
script(
    "2.3.6",
    "Q.764 2.8.2.1",
    f"""{ANSWERED_IN}
    > BLO
    < BLA
    ? 1 busy
    ! CallReleased
    > UBL
    < UBA
    > BLO
    < BLA
    {RELEASED_THERE.replace("? 1 idle", "? 1 blocked-there")}
    > UBL
    < UBA
    ? 1 idle
    """,
)
script("2.4.1", "Q.764 2.6.2", ": place 7551234 cic=1\n< IAM delay=12\n> ACM\n> ANM", delay=12)
script(
    "2.4.2",
    "Q.764 2.6.3",
    """
    > IAM delay=30
    : alert
    < ACM
    : answer
    < ANM history=42
    """,
    delay=12,
)
script("2.4.3", "Q.764 2.6.3", "> IAM delay=65530\n: answer\n< CON history=65535", delay=12)
script(
    "2.4.4",
    "Q.764 2.6.4",
    """
    : place 7551234 cic=1
    < IAM delay=12
    > ACM
    > ANM history=42
    = CallConnected
    > REL
    < RLC
    """,
    delay=12,
)
script("2.4.5", "Q.764 2.6.5", "> IAM\n: alert\n< ACM\n: answer\n< ANM no-history", delay=12)


@CASES.case("3.1", "Q.764 2.3.1")
def before_backward() -> str:
    play(f"{OUTGOING}\n{RELEASED_HERE}")
    return play(f"> IAM\n= CallOffered\n{RELEASED_THERE}")


@CASES.case("3.2", "Q.764 2.3.1")
def before_answer() -> str:
    play(f"{OUTGOING}\n> ACM status=1\n{RELEASED_HERE}")
    return play(f"> IAM\n= CallOffered\n: alert\n< ACM\n{RELEASED_THERE}")


@CASES.case("3.3", "Q.764 2.3.1")
def calling_party_clears() -> str:
    play(f"{ANSWERED_OUT}\n{RELEASED_HERE}")
    return play(f"{ANSWERED_IN}\n{RELEASED_THERE}")


@CASES.case("3.4", "Q.764 2.3.2")
def called_party_clears() -> str:
    play(f"{ANSWERED_OUT}\n{RELEASED_THERE}")
    return play(f"{ANSWERED_IN}\n{RELEASED_HERE}")


@CASES.case("3.5", "Q.764 2.4.1")
def suspended_by_network() -> str:
    """The called party hangs up and takes the telephone again, both ways."""
    play(
        f"""{ANSWERED_OUT}
        > SUS network
        = CallSuspended by_network=yes
        ~ 30 s
        > RES network
        = CallResumed by_network=yes
        ~ T6                            # it does not run
        {RELEASED_THERE}
        """
    )
    return play(
        f"""{ANSWERED_IN}
        : suspend
        < SUS network
        : resume
        < RES network
        {RELEASED_HERE}
        """
    )


@CASES.case("3.6", "Q.764 2.4.1, Q.733.4")
def suspended_by_calling_party() -> str:
    play(
        f"""{ANSWERED_OUT}
        : suspend user
        < SUS user
        : resume user
        < RES user
        {RELEASED_HERE}
        """
    )
    return play(
        f"""{ANSWERED_IN}
        > SUS user
        = CallSuspended by_network=no
        > RES user
        = CallResumed by_network=no
        ~ T2
        {RELEASED_THERE}
        """
    )


@CASES.case("3.7", "Q.764 2.4.1, Q.733.4")
def suspended_by_called_party() -> str:
    play(
        f"""{ANSWERED_IN}
        : suspend user
        < SUS user
        : resume user
        < RES user
        {RELEASED_HERE}
        """
    )
    return play(
        f"""{ANSWERED_OUT}
        > SUS user
        = CallSuspended by_network=no
        > RES user
        = CallResumed by_network=no
        {RELEASED_THERE}
        """
    )


@CASES.case("3.8", "Q.764 2.3.1 e")
def collision() -> str:
    """RLC answers the REL that crossed; ours is still to be answered."""
    crossed = """
        : clear 16
        < REL cause=16
        > REL cause=31
        < RLC
        ! CallReleased
        ? 1 busy
        > RLC
        = CallReleased cause=16 local=yes
        ? 1 idle
        ~ T5
    """
    play(f"{ANSWERED_OUT}\n{crossed}")
    return play(f"{ANSWERED_IN}\n{crossed}")


def refused(number: str, cause: int) -> None:
    """Refused by the node, before and after ACM, and by the far end."""

    @CASES.case(number, "Q.764 2.2, Q.850")
    def both_ways() -> str:
        play(
            f"""{OUTGOING}
            > REL cause={cause}
            < RLC
            = CallReleased cause={cause} local=no
            ? 1 idle
            """
        )
        play(
            f"""{OUTGOING}
            > ACM
            > REL cause={cause}
            < RLC
            = CallReleased cause={cause}
            """
        )
        return play(
            f"""
            > IAM
            = CallOffered
            : clear {cause}
            < REL cause={cause} location=2
            > RLC
            = CallReleased cause={cause} local=yes
            ? 1 idle
            """
        )


for _number, _cause in (
    ("4.1(a)", 1),
    ("4.1(b)", 17),
    ("4.1(c)", 22),
    ("4.1(d)", 28),
    ("4.1(e)", 34),
    ("4.1(f)", 42),
):
    refused(_number, _cause)

test_case = CASES.test()
