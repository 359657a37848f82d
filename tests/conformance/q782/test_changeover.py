"""Q.782 section 3: changeover.

Traffic runs on all links when one fails; every message must come, once, and in order within its
SLS, except where Q.704 itself gives that up (then the script says how many may be lost).
"""

from __future__ import annotations

from q782_script import ROUND, SHARED, TO_D, UP, UP_4, play
from registry import Cases

CASES = Cases("q782")


def script(
    number: str, clause: str, text: str, linksets: tuple[int, ...] = (2,), *routes: object
) -> None:
    CASES.case(number, clause, text, linksets, *routes)(play)


FAILS = f"""{UP}
                traffic 500 ms to 2
                : far stops 0
"""
BURST_FAILS = f"""{UP}
                traffic 500 ms to 2
                backlog 2              # a hundred messages wait in level 2
                : far stops 0
"""
GOES_ON = """
                traffic 500 ms to 2
                arrived
                shares 1 to 2
"""

script(
    "3.1",
    "Q.704 5.4, figure 28",
    f"""{BURST_FAILS}
                <-- COO slc=0 fsn=sent on 1
    COA slc=0 fsn=known on 1 -->
    {GOES_ON}
    """,
)
script(
    "3.2",
    "Q.704 5.2.3, 5.4, figure 28",
    f"""{BURST_FAILS}
    COO slc=0 fsn=known on 1 -->       # both at the same time
                <-- COO slc=0 fsn=sent on 1
                <-- COA slc=0 fsn=sent on 1
    COA slc=0 fsn=known on 1 -->
                ~ 100 ms
    {GOES_ON}
    """,
)
script(
    "3.3",
    "Q.704 5.3, 5.4",
    f"""{UP_4}
                traffic 500 ms to 2 10 11
                : far stops 0
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                traffic 500 ms to 2 10 11
                arrived
                shares 1 to 2 10
                over 1 2 3 to 11
    """,
    (2, 2),
    TO_D[0],
    *[type(row)(11, row.linkset, 1) for row in SHARED],
)
script(
    "3.4",
    "Q.704 4.4.2, 5.3.1",
    f"""{UP_4}
                traffic 500 ms to 2
                : far stops 3
                <-- COO slc=3 on 0 1 2
    COA slc=3 fsn=known on 1 -->
                traffic 500 ms to 2
                arrived
                shares 0 1 2 to 2
    """,
    (4,),
)
script(
    "3.5",
    "Q.704 5.3.2, 5.4",
    """
                : start
                restored 0 1
                wait 2 s
                forget
                traffic 500 ms to 2 10
                : far stops 0
                <-- COO slc=0 to=2 on 1  # by way of C
    COA slc=0 fsn=known from=2 on 1 -->
                traffic 500 ms to 2 10
                arrived
                shares 1 to 2 10
    """,
    (1, 1),
    *ROUND,
    *TO_D,
)
script(
    "3.6",
    "Q.704 5.3.3, 5.6.2, T1",
    """
                : start
                restored 0 1
                wait 2 s
                forget
                traffic 500 ms to 10
                : far stops 0           # B cannot be told: time-controlled
                = Paused 2
                traffic T1/2 to 10
                held 10
                traffic 1 s to 10
                arrived but 20
                shares 1 to 10
    """,
    (1, 1),
    *TO_D,
)
script(
    "3.7",
    "Q.704 5.2.3, 5.4, figure 28",
    f"""{BURST_FAILS}
    COO slc=0 fsn=known on 1 -->
                <-- COO slc=0 on 1
                <-- COA slc=0 on 1
    {GOES_ON}
    """,
)
script(
    "3.8",
    "Q.704 5.2.3, 5.7.5",
    f"""{UP}
                traffic 500 ms to 2
                wait 200 ms
    COO slc=0 fsn=known on 1 -->        # the link is in service for A
                <-- COA slc=0 fsn=sent on 1
                traffic 500 ms to 2
                restored 0
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                arrived
    """,
)
script(
    "3.9",
    "Q.704 5.7.2, T2",
    f"""{FAILS}
                <-- COO slc=0 on 1
                ~ T2/2
                wait T2/2
    {GOES_ON.replace("arrived", "arrived but 20")}
    """,
)
script(
    "3.10",
    "Q.704 5.7.3",
    f"""{FAILS}
                <-- COO slc=0 on 1
    COA slc=0 fsn=90 on 1 -->           # no such message was sent
                = Fault unreasonable_fsnc
    {GOES_ON.replace("arrived", "arrived but 20")}
    """,
)
script(
    "3.11",
    "Q.704 5.7.3",
    f"""{UP}
                traffic 500 ms to 2
    COO slc=0 fsn=90 on 1 -->
                <-- COA slc=0 on 1
                = Fault unreasonable_fsnc
                wait 1 s
                forget
                traffic 500 ms to 2
                arrived
    """,
)
script(
    "3.12",
    "Q.704 5.7.4",
    f"""{UP}
    COA slc=0 fsn=3 on 1 -->            # not asked for
                ~ 500 ms
                shares 0 1 to 2
                arrived
    """,
)
script(
    "3.13",
    "Q.704 5.7.5",
    f"""{FAILS}
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                ~ 200 ms
    COO slc=0 fsn=known on 1 -->        # once more: the changeover is over
                <-- ECA slc=0 on 1
                ~ 200 ms
    {GOES_ON}
    """,
)
script(
    "3.14",
    "Q.704 5.5, 5.6.1",
    f"""{FAILS}
                <-- COO slc=0 on 1
    ECA slc=0 on 1 -->                  # B does not know what it accepted
    {GOES_ON.replace("arrived", "arrived but 20")}
    """,
)
script(
    "3.15",
    "Q.704 5.5, 5.6.1",
    f"""{UP}
                traffic 500 ms to 2
    ECO slc=0 on 1 -->
                <-- COA slc=0 on 1
                wait 1 s
                forget
                traffic 500 ms to 2
                arrived
    """,
)
CASES.not_applicable(
    ["3.16", "3.17"],
    "Q.704 5.5",
    "A never orders an emergency changeover: its level 2 always knows its BSNT (the link terminal"
    " does not fail apart from level 3).",
)
script(
    "3.18",
    "Q.704 3.2.4, 5.6.2, T1",
    f"""{UP}
                traffic 500 ms to 2
                : far LPO 0
                traffic T1/2 to 2
                held some 2             # nothing is told: time-controlled
                traffic 1 s to 2
                shares 1 to 2
                : far LPO ends 0
                restored 0
                wait 2 s
                forget
                traffic 500 ms to 2
                arrived but 16         # what was on its way when B could not take it
                shares 0 1 to 2
    """,
)
script(
    "3.19",
    "Q.704 3.2.4, 5.6.2, T1",
    f"""{UP}
                traffic 500 ms to 2
                : LPO 0
                traffic T1/2 to 2
                held some 2             # nothing is told: time-controlled
                traffic 1 s to 2
                shares 1 to 2
                : LPO ends 0
                restored 0
                wait 2 s
                forget
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
    """,
)
script(
    "3.20",
    "Q.704 5, figure 28",
    f"""{UP}
                traffic 1 s to 2
                : deactivate 0          # "MML command or failure"
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                = Done 0 deactivate ok
                traffic 1 s to 2
                arrived
                : activate 0
                restored 0
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                : cut 1
                wait 400 ms
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
                traffic 1 s to 2
                arrived
                shares 0 to 2
    """,
)
CASES.case(
    "3.21",
    "Q.704 5.3, 12.2.3, Q.703 10.2",
    f"""{UP}
                traffic 500 ms to 2
                : cut 0                 # nothing but ones, both ways
                wait 400 ms
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                traffic 500 ms to 2
                arrived
                : mend 0
                restored 0
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
    """,
)(play)

test_case = CASES.test()
