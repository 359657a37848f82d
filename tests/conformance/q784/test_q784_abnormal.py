"""Q.784.1, 5: what is not answered, timers, reset during a call."""

from __future__ import annotations

import functools

from q784_rig import scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)

ANSWERED_OUT = """
    : place 7551234 cic=1
    < IAM
    > ACM status=1
    > ANM
    = CallConnected
"""
ANSWERED_IN = """
    > IAM
    : alert
    < ACM
    : answer
    < ANM
"""


def again(timer: str, message: str, times: int) -> str:
    """The message each time the short timer runs out, up to the long one."""
    return f"~ {timer}\n< {message}\n" * times


script(
    "5.1",
    "Q.764 2.9.6",
    f"""{ANSWERED_OUT}
    : clear 16
    < REL cause=16
    {again("T1", "REL cause=16", 3)}
    ? 1 busy
    > RLC
    = CallReleased cause=16
    ? 1 idle
    ~ T5
    """,
)
script(
    "5.2.1",
    "Q.764 2.2.5",
    """
    : place 7551234 cic=1
    < IAM
    ~ T7
    < REL cause=31
    > RLC
    = CallReleased cause=31 local=yes
    ? 1 idle
    """,
)
script(
    "5.2.2",
    "Q.764 2.1.4",
    """
    : place 7551234 cic=1
    < IAM
    > ACM status=1
    ~ T9
    < REL cause=19
    > RLC
    = CallReleased cause=19
    ? 1 idle
    """,
)


script(
    "5.2.3",
    "Q.764 2.9.6",
    f"""{ANSWERED_OUT}
    : clear 16
    < REL cause=16
    {again("T1", "REL cause=16", 19)}
    ~ T1                    # T5 ends at the same time: RSC in place of REL
    < RSC
    = ProtocolFault kind=release_unanswered
    = CallReleased cause=16 local=yes
    ? 1 out
    ~ T17                   # now without T16
    < RSC
    ~ T17
    < RSC
    > RLC
    ? 1 idle
    ~ T17
    """,
)
script(
    "5.2.4",
    "Q.764 2.4.3",
    f"""{ANSWERED_OUT}
    > SUS network
    ~ T6
    < REL cause=102
    > RLC
    = CallReleased cause=102
    ? 1 idle
    """,
)
script(
    "5.2.5(a)",
    "Q.764 2.1.8",
    """
    > IAM continuity=1
    = ContinuityCheck mode=1
    ! CallOffered
    ~ T8
    < REL cause=41
    = ContinuityCheck mode=0
    > RLC
    ? 1 idle
    """,
)
script(
    "5.2.5(b)",
    "Q.764 2.1.8",
    """
    > IAM continuity=2
    ! CallOffered ContinuityCheck
    ~ T8
    < REL cause=41
    > RLC
    ? 1 idle
    """,
)


def unanswered(request: str, message: str, short: str, long: str, alarm: str, answer: str) -> str:
    """Sent each ``short``; when ``long`` ends, with the 20th of these, maintenance is alerted,
    and it is sent each ``long``; the answer ends it."""
    return f"""
    : {request}
    < {message}
    {again(short, message, 19)}
    ~ {short}
    < {message}
    = ProtocolFault kind={alarm}
    ~ {long}
    < {message}
    ~ {long}
    < {message}
    > {answer}
    ~ {long}
    """


def supervised(
    number: str,
    clause: str,
    request: str,
    message: str,
    timers: str,
    alarm: str,
    answer: str,
    end: str,
) -> None:
    short, long = timers.split()
    script(number, clause, unanswered(request, message, short, long, alarm, answer) + end)


supervised(
    "5.2.6",
    "Q.764 2.9.4",
    "block 1",
    "BLO",
    "T12 T13",
    "blocking_unanswered",
    "BLA",
    "? 1 blocked-here",
)


def unblocking() -> str:
    return ": block 1\n< BLO\n> BLA\n"


script(
    "5.2.7",
    "Q.764 2.9.4",
    unblocking()
    + unanswered("unblock 1", "UBL", "T14", "T15", "unblocking_unanswered", "UBA")
    + "? 1 idle",
)
supervised(
    "5.2.8", "Q.764 2.9.3.1", "reset 1", "RSC", "T16 T17", "reset_unanswered", "RLC", "? 1 idle"
)
supervised(
    "5.2.9",
    "Q.764 2.9.4",
    "block 1-3",
    "CGB range=2 marked=0,1,2",
    "T18 T19",
    "group_unanswered",
    "CGBA range=2",
    "? 1,2,3 blocked-here",
)
script(
    "5.2.10",
    "Q.764 2.9.4",
    ": block 1-3\n< CGB range=2\n> CGBA range=2\n"
    + unanswered(
        "unblock 1-3", "CGU range=2 marked=0,1,2", "T20", "T21", "group_unanswered", "CGUA range=2"
    )
    + "? 1,2,3 idle",
)
supervised(
    "5.2.11",
    "Q.764 2.9.3.2",
    "reset 1-3",
    "GRS range=2",
    "T22 T23",
    "group_unanswered",
    "GRA range=2",
    "? 1,2,3 idle",
)
script(
    "5.3.1",
    "Q.764 2.9.3.1 a",
    f"""{ANSWERED_OUT}
    > RSC
    < RLC
    = CallReleased
    ? 1 idle
    """,
)
script(
    "5.3.2",
    "Q.764 2.9.3.1 a",
    f"""{ANSWERED_IN}
    > RSC
    < RLC
    = CallReleased
    ? 1 idle
    """,
)

test_case = CASES.test()
