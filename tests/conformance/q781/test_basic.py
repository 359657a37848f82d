"""Q.781 8.1 to 8.13: transmission and reception control, basic error correction.

A negative acknowledgement inverts the BIB; the retransmission that answers it has that FIB.
The list ends with 8.13; no 8.14 is known.
"""

from __future__ import annotations

from q781_script import IN_SERVICE, Sequence, play
from registry import Cases

CASES = Cases("q781")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text)(play)


script(
    "8.1",
    "Q.703 5.2, figures 13 and 14",
    f"""{IN_SERVICE}
    MSU -->
                = Message
                <-- FISU bsn=0 bib=1 fsn=127 fib=1
                : send MSU
                <-- MSU bsn=0 bib=1 fsn=0 fib=1
    FISU bsn=0 -->
                <-- FISU bsn=0 bib=1 fsn=0 fib=1
                ~ T7
    """,
)
script(
    "8.2",
    "Q.703 5.2, figure 13",
    f"""{IN_SERVICE}
                : send MSU x2
                <-- MSU bsn=127 bib=1 fsn=0 fib=1
                <-- MSU bsn=127 bib=1 fsn=1 fib=1
    FISU bib=0 -->                    # negative acknowledgement of both
                <-- MSU bsn=127 bib=1 fsn=0 fib=0
                <-- MSU bsn=127 bib=1 fsn=1 fib=0
    FISU bsn=1 -->
                <-- FISU fsn=1 fib=0
                ~ T7
    """,
)


@CASES.case("8.3", "Q.703 5.2.2, figure 13")
def retransmission_buffer_full() -> str:
    """127 messages may wait for acknowledgement; the 128th is sent when one of them has it."""
    sequence = Sequence()
    sequence.play(f"{IN_SERVICE}\n: send MSU x128 len=6")
    for number in range(127):
        sequence.play(f"<-- MSU bsn=127 fsn={number} fib=1")
    sequence.play(
        """
                <-- FISU fsn=126
                ~ 200 ms
    FISU bsn=127 bib=0 -->            # all of them again
        """
    )
    for number in range(127):
        sequence.play(f"<-- MSU bsn=127 fsn={number} fib=0")
    sequence.play(
        """
                <-- FISU fsn=126
                ~ 200 ms
    FISU bsn=0 -->
                <-- MSU fsn=127 fib=0
    FISU bsn=127 -->
                <-- FISU fsn=127
                ~ T7
        """
    )
    return sequence.done()


ERRONEOUS_FIB = f"""{IN_SERVICE}
    MSU fib=0 -->                     # nothing was asked for: discarded
    FISU fib=1 -->
                <-- FISU bsn=127 bib=0
    MSU fsn=0 fib=0 -->
                = Message
                <-- FISU bsn=0 bib=0
                ~ 200 ms
"""
script("8.4", "Q.703 5.3.2, figure 14", ERRONEOUS_FIB)
script(
    "8.5",
    "Q.703 5.2.2, figure 14",
    f"""{IN_SERVICE}
    MSU -->
                = Message
                <-- FISU bsn=0 bib=1
    MSU fsn=0 -->                     # once more: not delivered again
                ~ 100 ms
                <-- FISU bsn=0 bib=1
    FISU fsn=1 -->                    # a message was lost
                <-- FISU bsn=0 bib=0
    MSU fsn=1 fib=0 -->
                = Message
                <-- FISU bsn=1 bib=0
                ~ 200 ms
    """,
)
script(
    "8.6",
    "Q.703 5.3.2, figure 14",
    f"""{IN_SERVICE}
    MSU -->
                = Message
                <-- FISU bsn=0 bib=1
    MSU fsn=0 fib=0 -->               # retransmitted, but A asked for nothing
    FISU fib=1 -->
                ~ 200 ms
                <-- FISU bsn=0 bib=1
    MSU -->
                = Message
                <-- FISU bsn=1 bib=1
    """,
)
script(
    "8.7",
    "Q.703 5.3.2, figure 14",
    f"""{IN_SERVICE}
    FISU -->
    FISU fib=0 -->
    FISU fib=1 -->
    FISU fib=0 -->
                <-- SIOS              # two of three
                = OutOfService
    """,
)
script(
    "8.8",
    "Q.703 5.3.2, figure 14",
    f"""{IN_SERVICE}
    FISU -->
    FISU fib=0 -->
    FISU fib=1 -->
                ~ 1 s
                <-- FISU bsn=127 bib=1
    """,
)
script(
    "8.9",
    "Q.703 5.3.2, 8, figures 10 and 14",
    f"""{IN_SERVICE}
    FISU fib=0 -->
    SIPO -->
                = RemoteProcessorOutage on
    MSU fib=1 -->                     # the second of three units with an abnormal FIB behind it
    FISU -->
    FISU -->
                = RemoteProcessorOutage off
                <-- FISU bsn=127 bib=0
    MSU fsn=0 fib=0 -->
                = Message
                <-- FISU bsn=0 bib=0
                ~ 200 ms
    """,
)
script(
    "8.10",
    "Q.703 5.3.1, figure 14",
    f"""{IN_SERVICE}
    FISU -->
    MSU bsn=63 -->
    FISU bsn=127 -->
                <-- FISU bsn=127 bib=0
    MSU fsn=0 fib=0 -->
                = Message
                <-- FISU bsn=0 bib=0
                ~ 200 ms
    """,
)
script(
    "8.11",
    "Q.703 5.3.1, figure 14",
    f"""{IN_SERVICE}
    FISU bsn=63 x2 -->
    FISU bsn=127 -->
                <-- SIOS
                = OutOfService
    """,
)
script(
    "8.12",
    "Q.703 5.3.1, T7",
    f"""{IN_SERVICE}
                : send MSU
                <-- MSU fsn=0
                <-- SIOS after T7
                = OutOfService
    """,
)
script(
    "8.13",
    "Q.703 5.2, figures 8 and 13",
    f"""{IN_SERVICE}
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)

test_case = CASES.test()
