"""Q.781 3.1 to 3.8: transmission failure in each state.

A broken path shows ones: octet counting mode at once, one error each 16 octets, T = 64 of them:
128 ms (Q.703 4.1.4, 10.2). Two signal units of which the FIB was inverted without a negative
acknowledgement fail the link (5.3.2).
"""

from __future__ import annotations

from q781_script import IN_SERVICE, OUT_OF_SERVICE, READY, play
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
OUTAGE = f"""{IN_SERVICE}
                : set LPO
                <-- SIPO
                ~ 100 ms
"""
BREAK = """
    break -->
                <-- SIOS after 128 ms
                = OutOfService
                ~ 500 ms
"""
CORRUPT_FIBS = """
    FISU fib=0 x2 -->
    FISU fib=1 -->
                <-- SIOS
                =? InService
                = OutOfService
                ~ 500 ms
"""

script("3.1", "Q.703 4, 10.2", f"{READY} {BREAK}")
script("3.2", "Q.703 5.3", f"{READY} {CORRUPT_FIBS}")
script("3.3", "Q.703 4, 10.2", f"{NOT_READY} {BREAK}")
script("3.4", "Q.703 5.3, 8", f"{NOT_READY} {CORRUPT_FIBS}")
script("3.5", "Q.703 4, 10.2", f"{IN_SERVICE} {BREAK}")
script("3.6", "Q.703 5.3", f"{IN_SERVICE} {CORRUPT_FIBS}")
script("3.7", "Q.703 4, 10.2", f"{OUTAGE} {BREAK}")
script("3.8", "Q.703 5.3, 8", f"{OUTAGE} {CORRUPT_FIBS}")

test_case = CASES.test()
