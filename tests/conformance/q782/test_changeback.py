"""Q.782 section 4: changeback."""

from __future__ import annotations

from q782_script import ROUND, TO_D, UP, UP_4, play
from registry import Cases

CASES = Cases("q782")


def script(
    number: str, clause: str, text: str, linksets: tuple[int, ...] = (2,), *routes: object
) -> None:
    CASES.case(number, clause, text, linksets, *routes)(play)


AWAY = f"""{UP}
                : deactivate 0
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                = Done 0 deactivate ok
                traffic 300 ms to 2
                : activate 0
                wait 8 s
                traffic 300 ms to 2
                restored 0
"""
"""Link 0 failed and is back; its traffic is on link 1."""
BACK = """
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
"""

script(
    "4.1",
    "Q.704 6.3, figure 29",
    f"""{AWAY}
                <-- CBD slc=0 code=last on 1
                traffic 300 ms to 2
                held some 2             # until CBA
    CBA slc=0 code=last on 1 -->
    {BACK}
    """,
)
script(
    "4.2",
    "Q.704 6.3.2, 6.3.3",
    f"""{UP_4}
                : deactivate 0
                <-- COO slc=0 on 1 2
    COA slc=0 fsn=known on 1 -->
                = Done 0 deactivate ok
                : activate 0
                wait 8 s
                traffic 300 ms to 2
                restored 0
                <-- CBD slc=0 code=last on 1 2 3  # each alternative link has its own
                <-- CBD slc=0 code=last on 1 2 3
                <-- CBD slc=0 code=last on 1 2 3
                acknowledge CBD on 1
                traffic 500 ms to 2
                arrived
                shares 0 1 2 3 to 2
    """,
    (4,),
)
script(
    "4.3",
    "Q.704 6.2, 6.3.1, 6.4.1, T3",
    """
                : start
                restored 0 1
                wait 2 s
                forget
                : deactivate 0          # the link to B: D is reached by way of C
                <-- COO slc=0 to=2 on 1
    COA slc=0 fsn=known from=2 on 1 -->
                = Done 0 deactivate ok
                traffic 300 ms to 10
                : activate 0
                restored 0
                traffic 3 s to 10
                arrived
                forget
                shares 0 to 10
    """,
    (1, 1),
    *ROUND,
    *TO_D,
)
script(
    "4.4",
    "Q.704 6.5.2, T4",
    f"""{AWAY}
                <-- CBD slc=0 code=last on 1
                <-- CBD slc=0 on 1 after T4
                traffic 200 ms to 2
    CBA slc=0 code=last on 1 -->
    {BACK}
    """,
)
script(
    "4.5",
    "Q.704 6.5.2, T5",
    f"""{AWAY}
                <-- CBD slc=0 on 1
                <-- CBD slc=0 on 1 after T4
                ~ T5/2
                wait T5/2               # nobody answers: traffic starts all the same
                wait 100 ms
    {BACK}
    """,
)
script(
    "4.6",
    "Q.704 6.3.4",
    f"""{AWAY}
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=99 on 1 -->          # another changeback's: nothing starts
                traffic 300 ms to 2
                held some 2
    CBA slc=0 code=last on 1 -->
    {BACK}
    """,
)
script(
    "4.7",
    "Q.704 6.5.1",
    f"""{UP}
    CBA slc=0 code=1 on 1 -->           # not asked for
                ~ 500 ms
                shares 0 1 to 2
    """,
)
script(
    "4.8",
    "Q.704 6.3.4",
    f"""{UP}
    CBD slc=0 code=77 on 1 -->
                <-- CBA slc=0 code=77
    CBD slc=0 code=77 on 1 -->          # its CBA was lost
                <-- CBA slc=0 code=77
                ~ 300 ms
                shares 0 1 to 2
    """,
)
script(
    "4.9",
    "Q.704 6.3",
    f"""{AWAY}
    CBD slc=0 code=5 on 1 -->           # both ends go back at the same time
                <-- CBD slc=0 code=last on 1
                <-- CBA slc=0 code=5
    CBA slc=0 code=last on 1 -->
    {BACK}
    """,
)
script(
    "4.10",
    "Q.704 6.3, 5.4",
    f"""{AWAY}
                <-- CBD slc=0 on 1
                traffic 100 ms to 2
                : far stops 1           # the alternative link fails before CBA
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
                traffic 500 ms to 2
                arrived
                shares 0 to 2
    """,
)
script(
    "4.11",
    "Q.704 3.2.5, 6.2",
    f"""{UP}
                : far LPO 0
                traffic 2 s to 2
                : far LPO ends 0
                restored 0
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                arrived but 16
                shares 0 1 to 2
    """,
)

test_case = CASES.test()
