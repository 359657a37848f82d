"""Q.782 section 12: signalling link test (Q.707)."""

from __future__ import annotations

from q782_script import UP, play
from registry import Cases

CASES = Cases("q782")


def script(number: str, clause: str, text: str, *arguments: object) -> None:
    CASES.case(number, clause, text, *arguments)(play)


BEGUN = """
                silent SLTM
                : start
                wait 600 ms
                <-- SLTM slc=0 to=2 on 0
"""

script(
    "12.1",
    "Q.707 2.2, Q.704 12.2.2",
    f"""{BEGUN}
                ~ 1 s                   # no traffic before the answer
                unreachable 2
    SLTA slc=0 sent on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
                shares 0 to 2
    """,
    (1,),
)
script(
    "12.2",
    "Q.707 2.2, T1",
    f"""{BEGUN}
                <-- SLTM slc=0 on 0 after Q707-T1
    SLTA slc=0 sent on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
    """,
    (1,),
)
script(
    "12.3",
    "Q.707 2.2, T1, Q.704 12.2.2",
    f"""{BEGUN}
                <-- SLTM slc=0 on 0 after Q707-T1
                ~ Q707-T1/2
                wait Q707-T1/2
                wait 500 ms
                out 0                   # the test failed: the link is taken out of service
                unreachable 2
                wait 6 s
                <-- SLTM slc=0 on 0     # and tried again
    SLTA slc=0 sent on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
    """,
    (1,),
)
script(
    "12.4",
    "Q.707 2.2",
    f"""{BEGUN}
    SLTA slc=0 pattern=other on 0 -->
                = Fault slta_mismatch
                ~ 1 s
                unreachable 2
    SLTA slc=0 sent on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
    """,
    (1,),
)
script(
    "12.5",
    "Q.707 2.2",
    f"""{BEGUN}
    SLTA slc=1 sent on 0 -->            # the other link's: are they swapped?
                = Fault slta_mismatch
    SLTA slc=0 from=3 sent on 0 -->     # another point's
                = Fault slta_mismatch
                ~ 1 s
                unreachable 2
    SLTA slc=0 sent on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
    """,
    (1,),
)
script(
    "12.6",
    "Q.707 2.2",
    f"""{UP}
    SLTA slc=0 sent on 0 -->            # not asked for
                ~ 1 s
                shares 0 1 to 2
    """,
)
script(
    "12.7",
    "Q.707 2.2",
    f"""{UP}
    SLTM slc=1 pattern=tester on 1 -->
                <-- SLTA slc=1 same on 1
    SLTM slc=0 pattern=123456789012345 on 0 -->
                <-- SLTA slc=0 same on 0
    SLTM slc=0 from=3 on 0 -->          # not from the adjacent point: no answer
                = Fault sltm_opc
                ~ 500 ms
    """,
)
script(
    "12.8",
    "Q.707 2.2, T2",
    """
                : start
                wait 1 s
                forget
                silent SLTM
                wait 50 s
                forget
                wait 9400 ms
                <-- SLTM slc=0 on 0     # each T2
    SLTA slc=0 sent on 0 -->
                wait 2 s
                <-- SLTM slc=0 on 0 after 58 s
    """,
    (1,),
)
script(
    "12.9",
    "Q.707 2.2, Q.704 12.2.3",
    f"""{UP}
                silent SLTM
                : test 0
                <-- SLTM slc=0 on 0
                <-- SLTM slc=0 on 0 after Q707-T1
                wait Q707-T1
                = Tested 0 failed
                <-- COO slc=0 on 1      # a link in service that fails its test twice
    COA slc=0 fsn=known on 1 -->
                shares 1 to 2
    """,
)

test_case = CASES.test()
