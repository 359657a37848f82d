"""Q.781 1.1 to 1.17: link state control, expected signal units and orders.

(a) is the sequence as printed, (b) its reverse direction, where B does what A did in (a).
"""

from __future__ import annotations

from q781_script import ALIGNED, OUT_OF_SERVICE, PROVING, READY, STARTED, play
from registry import Cases

CASES = Cases("q781")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text)(play)


NOT_READY = f"""{OUT_OF_SERVICE}
                : set LPO
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIN -->
                <-- SIPO after T4n
"""

script(
    "1.1(a)",
    "Q.703 7, figure 8",
    """
    SIOS -->
                <-- SIOS bsn=127 bib=1 fsn=127 fib=1
                ~ 200 ms
    """,
)
script(
    "1.1(b)",
    "Q.703 7, figure 8",
    """
                <-- SIOS bsn=127 bib=1 fsn=127 fib=1
                ~ 200 ms
    SIOS -->    # B is powered up
                ~ 200 ms
    """,
)
script(
    "1.2",
    "Q.703 7.3, T2",
    f"""{STARTED}
    SIOS -->
                <-- SIOS after T2
                = OutOfService
    """,
)
script(
    "1.3",
    "Q.703 7.3, T3",
    f"""{ALIGNED}
                <-- SIOS after T3    # B goes on with SIO
                = OutOfService
    """,
)
script(
    "1.4",
    "Q.703 7.3, T4 and T1",
    f"""{ALIGNED}
    SIN -->
                <-- FISU after T4n
    SIN -->
                <-- SIOS after T1
                = OutOfService
    """,
)
script(
    "1.5(a)",
    "Q.703 7.3",
    f"""{READY}
    FISU -->
                = InService
                ~ T1                  # stays in service when T1 would be over
    """,
)
script(
    "1.5(b)",
    "Q.703 7.3, 2.3.3",
    """
                <-- SIOS
    SIOS long --> # status fields of two octets
                : start
                <-- SIO
    SIO long -->
                <-- SIN
    SIN long -->
                <-- FISU after T4n
    FISU -->
                = InService
                ~ 1 s
    """,
)
script(
    "1.6",
    "Q.703 7.3",
    f"""{READY}
    MSU -->
                = InService
                = Message
                <-- FISU bsn=0 bib=1
                ~ 1 s
    """,
)
script(
    "1.7",
    "Q.703 7.3, figure 9",
    f"""{PROVING}
                ~ T4n/2
    SIO -->
                ~ 100 ms
    SIN -->
                <-- FISU after T4n    # proved from the beginning
    FISU -->
                = InService
    """,
)
script(
    "1.8(a)",
    "Q.703 7.3, 8",
    f"""{NOT_READY}
    FISU -->
                = InService
                ~ 1 s
                <-- SIPO bsn=127
    """,
)
script(
    "1.8(b)",
    "Q.703 7.3, 8",
    f"""{READY}
    SIPO -->
                = RemoteProcessorOutage on
                ~ 1 s
    """,
)
script(
    "1.9(a)",
    "Q.703 7.3, 8",
    f"""{NOT_READY}
    MSU -->
                = InService
                ~ 1 s
                <-- SIPO bsn=127      # the message is not taken
    """,
)
script(
    "1.9(b)",
    "Q.703 7.3, 8",
    f"""{PROVING}
                : send MSU
                <-- MSU fsn=0 after T4n
    SIPO -->
                = RemoteProcessorOutage on
                <-- FISU fsn=0
                ~ 500 ms              # T7 does not run against an outage
    """,
)
script(
    "1.10",
    "Q.703 7.3, 8",
    f"""{OUT_OF_SERVICE}
                : set LPO
                : clear LPO
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIN -->
                <-- FISU after T4n
    FISU -->
                = InService
                ~ 1 s
    """,
)
script(
    "1.11",
    "Q.703 7.3, 8",
    f"""{NOT_READY}
    SIPO -->
                = RemoteProcessorOutage on
                ~ 1 s
    """,
)
script(
    "1.12(a)",
    "Q.703 7.3, figure 8",
    f"""{NOT_READY}
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.12(b)",
    "Q.703 7.3, figure 8",
    f"""{READY}
    SIPO -->                          # B is aligned not ready
                = RemoteProcessorOutage on
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.13",
    "Q.703 7.3, figure 8",
    f"""{NOT_READY}
    SIO -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.14",
    "Q.703 7.3, 8",
    f"""{PROVING}
                : set LPO
                ~ T4n/2
                : clear LPO
                <-- FISU after T4n/2
    FISU -->
                = InService
                ~ 1 s
    """,
)
script(
    "1.15",
    "Q.703 7.3, 8",
    f"""{READY}
                : set LPO
                <-- SIPO
    FISU -->
                = InService
                ~ 1 s
                : clear LPO
                <-- FISU
                ~ 1 s
    """,
)
script(
    "1.16",
    "Q.703 7.3, T1",
    f"""{NOT_READY}
    SIN -->
                <-- SIOS after T1
                = OutOfService
    """,
)
script(
    "1.17",
    "Q.703 7.3, figure 9",
    f"""{STARTED}
    SIN -->                           # B leaves SIO out
                <-- SIN
                <-- FISU after T4n
    FISU -->
                = InService
    """,
)

test_case = CASES.test()
