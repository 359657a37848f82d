"""Q.781 2.1 to 2.8: link state control, unexpected signal units and orders change nothing.

LSSU6 and LSSU7 have status indications that are spare (Q.703 11.1.3). In 2.6 the order "local
processor recovered" of the printed sequence would end the state that is tested: 1.15 has it.
"""

from __future__ import annotations

from q781_script import ALIGNED, IN_SERVICE, OUT_OF_SERVICE, PROVING, READY, STARTED, play
from registry import Cases

CASES = Cases("q781")


def script(number: str, text: str) -> None:
    CASES.case(number, "Q.703 7, 11, figure 8", text)(play)


script(
    "2.1",
    f"""{OUT_OF_SERVICE}
    SIO -->
    SIN -->
    SIE -->
    SIPO -->
    SIB -->
    LSSU6 -->
    LSSU7 long -->
    FISU -->
    MSU -->
                : stop
                ~ 300 ms
    SIOS fsn=127 -->
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.2",
    f"""{STARTED}
    SIOS -->
    SIPO -->
    SIB -->
    LSSU6 -->
    FISU -->
    MSU -->
                : emergency ceases
                : start
                ~ 300 ms
    SIO fsn=127 -->
                <-- SIN
    SIN -->
                <-- FISU after T4n
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.3",
    f"""{ALIGNED}
    SIO -->
    SIPO -->
    SIB -->
    LSSU6 -->
    FISU -->
    MSU -->
                : emergency ceases
                : start
                ~ 300 ms
    SIN fsn=127 -->
                <-- FISU after T4n
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.4",
    f"""{PROVING}
    SIPO -->
    SIB -->
    LSSU6 -->
    FISU -->
    MSU -->
                : emergency ceases
                : start
    SIN fsn=127 -->
                <-- FISU after T4n
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.5",
    f"""{READY}
    SIB -->
    LSSU6 -->
                : emergency
                : emergency ceases
                : clear LPO
                : start
                ~ 300 ms
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.6",
    f"""{OUT_OF_SERVICE}
                : set LPO
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIN -->
                <-- SIPO after T4n
    SIB -->
    LSSU6 -->
                : emergency
                : emergency ceases
                : set LPO
                : start
                ~ 300 ms
    FISU -->
                = InService
                ~ 500 ms
    """,
)
script(
    "2.7",
    f"""{IN_SERVICE}
    LSSU6 -->
                : emergency
                : emergency ceases
                : clear LPO
                : start
                ~ 300 ms
    FISU -->
                ~ 500 ms
    """,
)
script(
    "2.8",
    f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
    SIB -->
    LSSU6 -->
                : emergency
                : emergency ceases
                : start
                ~ 300 ms
    FISU -->
                ~ 500 ms
    """,
)

test_case = CASES.test()
