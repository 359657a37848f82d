"""Q.781 10.1 to 10.3: congestion control."""

from __future__ import annotations

from q781_rig import MS
from q781_script import IN_SERVICE, Sequence, play
from registry import Cases

CASES = Cases("q781")

CASES.case(
    "10.1",
    "Q.703 9, figure 19, T5",
    f"""{IN_SERVICE}
                : congestion discard
    MSU -->
                <-- SIB
                <-- FISU bsn=127
                <-- SIB after T5
                <-- FISU bsn=127
                <-- SIB after T5
                : congestion ends
                <-- FISU bsn=127 bib=0 # what was discarded is asked for
                ~ 300 ms
    MSU fsn=0 fib=0 -->
                = Message
                <-- FISU bsn=0 bib=0
    """,
)(play)


@CASES.case("10.2", "Q.703 9.3, T7")
def t7_restarted() -> str:
    """SIB each T5 keeps T7 from running out, for longer than T7; then there is T7 again."""
    sequence = Sequence()
    sequence.play(f"{IN_SERVICE}\n: send MSU\n<-- MSU fsn=0")
    t5, t6, t7 = (sequence.timer(name) for name in ("T5", "T6", "T7"))
    rounds = (t6 - t7) // t5
    assert rounds * t5 > t7
    for _ in range(rounds):
        sequence.play("SIB -->\nFISU -->\n<-- FISU fsn=0")
        sequence.advance(t5)
    sequence.play(f"~ {(t7 - t5) // MS - 100} ms\nFISU bsn=0 -->\n~ T7")
    return sequence.done()


@CASES.case("10.3", "Q.703 9.3, T6")
def longest_congestion() -> str:
    """SIB each T5 and no acknowledgement: T6 from the first SIB on, whatever T7 is."""
    sequence = Sequence()
    sequence.play(f"{IN_SERVICE}\n: send MSU\n<-- MSU fsn=0\nSIB -->\nFISU -->")
    first, t5, t6 = sequence.now, sequence.timer("T5"), sequence.timer("T6")
    while sequence.now - first < t6 - t5:
        sequence.play(f"wait {t5 // MS} ms\nSIB -->\nFISU -->\n<-- FISU fsn=0")
    sequence.mark = first
    sequence.play("<-- SIOS after T6\n= OutOfService")
    return sequence.done()


test_case = CASES.test()
