"""Q.782 section 1: signalling link management."""

from __future__ import annotations

from q782_script import UP, play
from registry import Cases

CASES = Cases("q782")

CASES.case(
    "1.1",
    "Q.704 12.2.2, 9.4, Q.707 2.2",
    """
                : start
                wait 600 ms            # emergency proving: there is no other link
                <-- TRA on 0 1
                = Link 0 available
                = Link 1 available
                = Resumed 2
                traffic 1 s to 2
                arrived
                shares 0 1 to 2
    """,
)(play)
CASES.case(
    "1.2",
    "Q.704 12.2.4",
    f"""{UP}
                traffic 300 ms to 2
                : deactivate 0
                <-- COO slc=0 on 1
    COA slc=0 fsn=known on 1 -->
                = Done 0 deactivate ok
                shares 1 to 2
                : deactivate 1
                = Paused 2
                = Done 1 deactivate ok
                arrived
                ~ 12 s
    """,
)(play)
CASES.case(
    "1.3",
    "Q.704 12.2.2, 9.4, 6.2",
    f"""{UP}
                : deactivate 1
                <-- COO slc=1 on 0
    COA slc=1 fsn=known on 0 -->
                = Done 1 deactivate ok
                : deactivate 0
                = Paused 2
                = Done 0 deactivate ok
                wait 2 s
                : activate 0
                : activate 1
                restored 0 1
                <-- TRA
                = Resumed 2
                traffic 1 s to 2
                arrived
                shares 0 1 to 2
    """,
)(play)

test_case = CASES.test()
