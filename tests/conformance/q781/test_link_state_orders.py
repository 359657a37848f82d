"""Q.781 1.18 to 1.35: link state control, emergency and deactivation."""

from __future__ import annotations

from q781_script import ALIGNED, IN_SERVICE, OUT_OF_SERVICE, PROVING, READY, STARTED, play
from registry import Cases

CASES = Cases("q781")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text)(play)


EMERGENCY = f"""{OUT_OF_SERVICE}
                : emergency
                : start
                <-- SIO
"""

script(
    "1.18",
    "Q.703 7.3, figure 8",
    f"""{OUT_OF_SERVICE}
                : emergency
                : emergency ceases
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIN -->
                <-- FISU after T4n
    FISU -->
                = InService
    """,
)
script(
    "1.19",
    "Q.703 7.3, figure 9",
    f"""{STARTED}
                : emergency
    SIO -->
                <-- SIE
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.20",
    "Q.703 7.3, figure 9",
    f"""{ALIGNED}
                : emergency
                <-- SIE
    SIN -->
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.21",
    "Q.703 7.3, figure 9",
    f"""{EMERGENCY}
    SIO -->
                <-- SIE
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.22",
    "Q.703 7.3, figure 9",
    f"""{OUT_OF_SERVICE}
    SIO -->                           # B begins; A hears only what goes on, when it starts
                ~ 100 ms
                : start
                <-- SIO
                <-- SIN
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.23",
    "Q.703 7.3, figure 9",
    f"""{PROVING}
                ~ 1 s
                : emergency
                <-- SIE
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.24",
    "Q.703 7.3, figure 9",
    f"""{EMERGENCY}
    SIE -->                           # B leaves SIO out
                <-- SIE
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)
script(
    "1.25",
    "Q.703 7.3, figure 8",
    f"""{STARTED}
    SIOS -->
                ~ 4 s                 # T2 is not over
                : stop
                <-- SIOS
                = OutOfService
                ~ T2
    """,
)
script(
    "1.26",
    "Q.703 7.3, figure 8",
    f"""{ALIGNED}
                ~ 800 ms              # T3 is not over
                : stop
                <-- SIOS
                = OutOfService
                ~ T3
    """,
)
script(
    "1.27",
    "Q.703 7.3, figure 8",
    f"""{OUT_OF_SERVICE}
                : set LPO
                : start
                <-- SIO
    SIO -->
                <-- SIN
    SIN -->
                <-- SIPO after T4n
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.28",
    "Q.703 7.3, figure 8",
    f"""{IN_SERVICE}
    SIO -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
# The sequences of 1.29 are those of a deactivation in service; the list's title is 1.28's.
script(
    "1.29(a)",
    "Q.703 7.3, figure 8",
    f"""{IN_SERVICE}
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.29(b)",
    "Q.703 7.3, figure 8",
    f"""{IN_SERVICE}
                : stop
                <-- SIOS
                = OutOfService
    SIOS -->
                ~ 1 s
    """,
)
script(
    "1.30(a)",
    "Q.703 8, figure 8",
    f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
                ~ 200 ms
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.30(b)",
    "Q.703 8, figure 8",
    f"""{IN_SERVICE}
    SIPO -->
                = RemoteProcessorOutage on
                ~ 200 ms
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.31(a)",
    "Q.703 8, figure 8",
    f"""{IN_SERVICE}
    SIPO -->
                = RemoteProcessorOutage on
                ~ 200 ms
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.31(b)",
    "Q.703 8, figure 8",
    f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
                ~ 200 ms
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.32(a)",
    "Q.703 7.3, figure 9",
    f"""{PROVING}
                ~ T4n/2
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ T4n
    """,
)
script(
    "1.32(b)",
    "Q.703 7.3, figure 9",
    f"""{PROVING}
                ~ T4n/2
                : stop
                <-- SIOS
                = OutOfService
                ~ T4n
    SIOS -->
                : start
                <-- SIO               # from the beginning
    SIO -->
                <-- SIN
    """,
)
script(
    "1.33",
    "Q.703 7.3, figure 8",
    f"""{READY}
    SIO -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
# 1.34's sequence has SIOS, whatever the list's title says.
script(
    "1.34",
    "Q.703 7.3, figure 8",
    f"""{READY}
    SIOS -->
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)
script(
    "1.35",
    "Q.703 8, figure 8",
    f"""{READY}
    SIPO -->
                = RemoteProcessorOutage on
                ~ 1 s
    """,
)

test_case = CASES.test()
