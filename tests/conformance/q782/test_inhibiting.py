"""Q.782 section 7: management inhibiting."""

from __future__ import annotations

from q782_rig import SECOND
from q782_script import ROUND, TO_D, UP, Play, play
from registry import Cases

CASES = Cases("q782")


def script(
    number: str, clause: str, text: str, linksets: tuple[int, ...] = (2,), *routes: object
) -> None:
    CASES.case(number, clause, text, linksets, *routes)(play)


def shortest(text: str) -> str:
    """With T22 and T23 at their least: 3 minutes."""
    sequence = Play(timers={"T22": 180 * SECOND, "T23": 180 * SECOND})
    sequence.play(text)
    return sequence.done()


INHIBITED = f"""{UP}
                : inhibit 0
                <-- LIN slc=0
    LIA slc=0 on 1 -->
                = Done 0 inhibit ok
                wait 1500 ms            # time-controlled changeover, T1
                shares 1 to 2
"""
FAR_INHIBITED = f"""{UP}
    LIN slc=0 on 1 -->
                <-- LIA slc=0
                wait 1500 ms
                shares 1 to 2
"""
DOWN = f"""{UP}
                : far stops 0
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                ~ 300 ms
"""

script(
    "7.1.1",
    "Q.704 10.2.1",
    f"""{UP}
                traffic 300 ms to 2
                : inhibit 0
                <-- LIN slc=0
    LIA slc=0 on 1 -->
                = Done 0 inhibit ok
                ~ T1/2
                traffic 1500 ms to 2
                arrived
                shares 1 to 2
    SLTM slc=0 on 0 -->                 # tests go on
                <-- SLTA slc=0 on 0
    """,
)
script(
    "7.1.2",
    "Q.704 10.2.1",
    f"""{DOWN}
                : inhibit 0
                <-- LIN slc=0 on 1
    LIA slc=0 on 1 -->
                = Done 0 inhibit ok
                : far starts 0
                wait 12 s               # restored, but no traffic
                shares 1 to 2
                ~ 300 ms
    """,
)
script(
    "7.2.1",
    "Q.704 10.2.1",
    """
                : start
                restored 0
                wait 500 ms
                forget
                : inhibit 0             # B could not be reached any more
                = Done 0 inhibit refused
                ~ 300 ms
                shares 0 to 2
    """,
    (1,),
)
script(
    "7.2.2",
    "Q.704 10.2.1",
    f"""{UP}
                : inhibit 0
                <-- LIN slc=0
    LID slc=0 on 1 -->
                = Done 0 inhibit refused
                ~ 300 ms
                shares 0 1 to 2
    """,
)
script(
    "7.2.3",
    "Q.704 10.2.1",
    """
                : start
                restored 0
                wait 500 ms
                forget
    LIN slc=0 on 0 -->                  # A's only link
                <-- LID slc=0
                ~ 300 ms
                shares 0 to 2
    """,
    (1,),
)
script(
    "7.3.1",
    "Q.704 10.2.2, T14",
    f"""{UP}
                : inhibit 0
                <-- LIN slc=0
                <-- LIN slc=0 after T14
                ~ T14/2
                wait T14/2
                = Done 0 inhibit refused
                ~ 300 ms
                shares 0 1 to 2
    """,
)
script(
    "7.3.2",
    "Q.704 10.2.2, T14",
    f"""{DOWN}
                : inhibit 0
                <-- LIN slc=0 on 1
                <-- LIN slc=0 on 1 after T14
                ~ T14/2
                wait T14/2
                = Done 0 inhibit refused
    """,
)
script(
    "7.4",
    "Q.704 10.2.1",
    f"""{UP}
                : inhibit 0             # both ends at the same time
                <-- LIN slc=0
    LIN slc=0 on 1 -->
                <-- LIA slc=0
    LIA slc=0 on 1 -->
                = Done 0 inhibit ok
                wait 1500 ms
                shares 1 to 2
                : uninhibit 0
                <-- LUN slc=0
    LUA slc=0 on 1 -->
                = Done 0 uninhibit ok
                ~ 500 ms
                shares 1 to 2           # B still inhibits it
    LUN slc=0 on 1 -->
                <-- LUA slc=0
                answering CBD
                wait 500 ms
                = Link 0 available
                shares 0 1 to 2
    """,
)
script(
    "7.5.1",
    "Q.704 10.3.1",
    f"""{INHIBITED}
                : uninhibit 0
                <-- LUN slc=0
    LUA slc=0 on 1 -->
                = Done 0 uninhibit ok
                = Link 0 available
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
    """,
)
script(
    "7.5.2",
    "Q.704 10.3.1",
    f"""{INHIBITED}
                : far stops 0
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                ~ 500 ms
                : uninhibit 0
                <-- LUN slc=0 on 1
    LUA slc=0 on 1 -->
                = Done 0 uninhibit ok
                ~ 500 ms
                shares 1 to 2
    """,
)
script(
    "7.6",
    "Q.704 10.3.1",
    f"""{FAR_INHIBITED}
                : uninhibit 0           # only B may
                = Done 0 uninhibit refused
    LUN slc=0 on 1 -->
                <-- LUA slc=0
                = Link 0 available
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
    """,
)
script(
    "7.7",
    "Q.704 10.3.2 (LFU received)",
    f"""{INHIBITED}
    LFU slc=0 on 1 -->
                <-- LUN slc=0
    LUA slc=0 on 1 -->
                = Link 0 available
                <-- CBD slc=0 code=last on 1
    CBA slc=0 code=last on 1 -->
                traffic 500 ms to 2
                arrived
                shares 0 1 to 2
    """,
)
script(
    "7.8",
    "Q.704 10.2.3, 10.3.2",
    f"""{INHIBITED}
                : far stops 1           # the other link fails: the inhibited one is needed
                = Paused 2
                <-- LUN slc=0 on 0
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
    LUA slc=0 on 0 -->
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
                shares 0 to 2
    """,
)
script(
    "7.9",
    "Q.704 10.2.3, 10.3.2 (LFU sent)",
    f"""{FAR_INHIBITED}
                : far stops 1
                = Paused 2
                <-- LFU slc=0 on 0
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
    LUN slc=0 on 0 -->
                <-- LUA slc=0 on 0
                = Link 0 available
                <-- TRA on 0
                = Resumed 2
                shares 0 to 2
    """,
)
script(
    "7.10",
    "Q.704 10.3.3, T12",
    f"""{INHIBITED}
                : uninhibit 0
                <-- LUN slc=0
                <-- LUN slc=0 after T12
                ~ T12/2
                wait T12/2
                = Done 0 uninhibit refused
                shares 1 to 2
    """,
)
script(
    "7.11",
    "Q.704 10.3.3, T13",
    f"""{FAR_INHIBITED}
                : far stops 1
                = Paused 2
                <-- LFU slc=0 on 0
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
                <-- LFU slc=0 on 0 after T13
                ~ T13
                ~ 500 ms
    """,
)
script(
    "7.12",
    "Q.704 10.3.1",
    f"""{UP}
    LUN slc=0 on 1 -->                  # it is not inhibited
                <-- LUA slc=0
                ~ 300 ms
                shares 0 1 to 2
    """,
)
script(
    "7.13",
    "Q.704 10.2.1",
    f"""{FAR_INHIBITED}
    LIN slc=0 on 1 -->                  # B did not see LIA
                <-- LIA slc=0
                ~ 300 ms
                shares 1 to 2
    """,
)
script(
    "7.14",
    "Q.704 10.2",
    f"""{UP}
    LIA slc=0 on 1 -->                  # none of these was asked for
    LID slc=0 on 1 -->
    LUA slc=0 on 1 -->
                ~ 500 ms
                shares 0 1 to 2
    """,
)
CASES.case(
    "7.15",
    "Q.704 10.2.4, T22",
    f"""{INHIBITED}
                <-- LLT slc=0 after 178500 ms
                <-- LLT slc=0 after T22
    """,
)(shortest)
CASES.case(
    "7.16",
    "Q.704 10.2.4, T23",
    f"""{FAR_INHIBITED}
                <-- LRT slc=0 after 178500 ms
                <-- LRT slc=0 after T23
    """,
)(shortest)
script(
    "7.17",
    "Q.704 10.2.4",
    f"""{UP}
    LLT slc=0 on 1 -->                  # B thinks that it inhibited the link: A does not know
                <-- LFU slc=0
                ~ 300 ms
    """,
)
script(
    "7.18",
    "Q.704 10.2.4",
    f"""{UP}
    LRT slc=0 on 1 -->                  # B thinks that A inhibited the link
                <-- LUN slc=0
    LUA slc=0 on 1 -->
                ~ 300 ms
                shares 0 1 to 2
    """,
)
script(
    "7.19",
    "Q.704 10.2.4",
    f"""{FAR_INHIBITED}
    LLT slc=0 on 1 -->                  # so it is
                ~ 500 ms
                shares 1 to 2
    """,
)
script(
    "7.20",
    "Q.704 10.1, 10.2",
    f"""{INHIBITED}
                : far stops 0
                wait 500 ms
                : far starts 0
                wait 12 s               # its mark outlives its failure
                shares 1 to 2
                forget
                : uninhibit 0
                <-- LUN slc=0
    LUA slc=0 on 1 -->
                = Done 0 uninhibit ok
                answering CBD
                = Link 0 available
                wait 500 ms
                shares 0 1 to 2
    """,
)
script(
    "7.21",
    "Q.704 10.2.3, 7.2",
    """
                : start
                restored 0 1 2
                wait 2 s
                forget
                : inhibit 2             # D can be reached by way of B
                <-- LIN slc=0 to=3
    LIA slc=0 on 2 -->
                = Done 2 inhibit ok
                wait 1500 ms
                shares 0 1 to 10
                answering CBD
    TFP about=10 on 0 -->               # now it cannot
                = Paused 10
                <-- LUN slc=0 to=3
    LUA slc=0 on 2 -->
                = Link 2 available
                = Resumed 10
                shares 2 to 10
    """,
    (2, 1),
    *ROUND,
    *TO_D,
)

test_case = CASES.test()
