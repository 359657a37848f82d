"""Q.781 6.1 to 6.4 and 7.1 to 7.4: the error rate monitors.

SUERM (Q.703 10.2) counts one for each signal unit in error and takes one off for each 256 signal
units; at 64 the link fails. One error in 254 units adds one in 16,256 units: that is reached within
8,192 errors, half an hour of line time.
"""

from __future__ import annotations

from q781_line import corrupt, framed
from q781_rig import SECOND
from q781_script import IN_SERVICE, PROVING, Sequence, play
from registry import Cases

from trunkd.signaling.ss7 import mtp2_events as ev

CASES = Cases("q781")

ROUNDS = 8192


def periodic_errors(period: int) -> tuple[Sequence, int]:
    """One signal unit in ``period`` is in error, until the link fails or 8,192 times: the rig and
    how many rounds were sent."""
    sequence = Sequence()
    sequence.play(IN_SERVICE)
    fisu = sequence.su("FISU").octets()
    sequence.sent.fill = corrupt(fisu) + framed(fisu) * (period - 1)
    nanoseconds = len(sequence.sent.fill) * SECOND // 64_000
    start = sequence.now
    while sequence.now - start < ROUNDS * nanoseconds:
        sequence.rush(SECOND // 8)
        if any(isinstance(event, ev.OutOfService) for event in sequence.events):
            break
    return sequence, (sequence.now - start) // nanoseconds


@CASES.case("6.1", "Q.703 10.2", 256)
def one_in_256(period: int) -> str:
    sequence, rounds = periodic_errors(period)
    assert rounds == ROUNDS, f"failed after {rounds} rounds"
    sequence.play("~ 100 ms")
    assert sequence.from_line.counts().errors >= ROUNDS - 1
    return sequence.done()


@CASES.case("6.2", "Q.703 10.2", 254)
def one_in_254(period: int) -> str:
    sequence, rounds = periodic_errors(period)
    assert 7_900 <= rounds < ROUNDS, f"{rounds} rounds"
    sequence.play(
        """
                <-- SIOS
                = OutOfService
        """
    )
    return f"{sequence.done()}, {rounds} errors"


@CASES.case("6.3", "Q.703 10.2")
def consecutive_errors() -> str:
    """63 in a row are forgiven, 64 are not."""
    first, second = Sequence(), Sequence()
    first.play(
        f"""{IN_SERVICE}
    corrupt FISU x63 -->
    FISU -->
                ~ 1 s
        """
    )
    second.play(
        f"""{IN_SERVICE}
    corrupt FISU x64 -->
    FISU -->
                <-- SIOS
                = OutOfService
        """
    )
    return f"{first.done()}; {second.done()}"


@CASES.case("6.4", "Q.703 4.1.4, 10.2")
def timed_breaks() -> str:
    """Octet counting: one error in 16 octets. 100 ms are 50, 160 ms would be 80."""
    first, second = Sequence(), Sequence()
    first.play(
        f"""{IN_SERVICE}
    break -->
                wait 100 ms
    FISU -->
                ~ 1 s
        """
    )
    second.play(
        f"""{IN_SERVICE}
    break -->
                wait 120 ms
    FISU -->
                ~ 100 ms
    break -->
                wait 20 ms            # what the first break left is still counted
    FISU -->
                <-- SIOS
                = OutOfService
        """
    )
    return f"{first.done()}; {second.done()}"


CASES.case(
    "7.1",
    "Q.703 10.3",
    f"""{PROVING}
                ~ T4n/2
    corrupt SIN x3 -->
    SIN -->
                <-- FISU after T4n/2
    FISU -->
                = InService
    """,
)(play)
CASES.case(
    "7.2",
    "Q.703 10.3",
    f"""{PROVING}
                ~ T4n/2
    corrupt SIN x4 -->
    SIN -->
                <-- FISU after T4n    # proved once more
    FISU -->
                = InService
    """,
)(play)
FAILED_ATTEMPT = """
                ~ T4n/2
    corrupt SIN x5 -->
    SIN -->
"""
CASES.case(
    "7.3",
    "Q.703 10.3, 7.3",
    f"""{PROVING}
    {FAILED_ATTEMPT * 5}
                <-- SIOS              # after the fifth attempt
                = OutOfService
                ~ 1 s
    """,
)(play)
CASES.case(
    "7.4",
    "Q.703 10.3",
    f"""{PROVING}
    SIE -->
                ~ T4e/2
    corrupt SIE -->
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
    """,
)(play)

test_case = CASES.test()
