"""Q.781 4.1 to 4.3: processor outage control."""

from __future__ import annotations

from q781_script import IN_SERVICE, play
from registry import Cases

CASES = Cases("q781")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text)(play)


script(
    "4.1",
    "Q.703 8, figures 8 and 13",
    f"""{IN_SERVICE}
                : send MSU x2
                <-- MSU fsn=0
                <-- MSU fsn=1
                : set LPO
    MSU bsn=0 -->                     # acknowledges the first; A does not take it
                <-- SIPO bsn=127
                ~ T7/2
                : flush buffers
                : send MSU
                <-- SIPO bsn=127 bib=1 fsn=0 fib=1
    FISU fsn=127 -->
                : clear LPO
                <-- MSU bsn=127 bib=1 fsn=1 fib=1
    FISU bsn=1 -->
                <-- FISU fsn=1
                ~ T7
    """,
)
script(
    "4.2",
    "Q.703 8, figure 10",
    f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
    SIPO -->
                = RemoteProcessorOutage on
                ~ 200 ms
    FISU -->
                = RemoteProcessorOutage off
                ~ 500 ms
    """,
)
script(
    "4.3",
    "Q.703 8, figure 10",
    f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
    SIPO -->
                = RemoteProcessorOutage on
                ~ 200 ms
                : clear LPO
                <-- FISU
                ~ 200 ms
    FISU -->
                = RemoteProcessorOutage off
                ~ 500 ms
    """,
)

test_case = CASES.test()
