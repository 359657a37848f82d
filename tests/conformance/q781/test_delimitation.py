"""Q.781 5.1 to 5.5: delimitation, alignment, error detection and correction."""

from __future__ import annotations

from q781_line import FLAG, framed
from q781_rig import SECOND
from q781_script import IN_SERVICE, Sequence, play
from registry import Cases

CASES = Cases("q781")

CASES.case(
    "5.1",
    "Q.703 4.1.4",
    f"""{IN_SERVICE}
    seven ones MSU -->
    FISU -->
                ~ 1 s
                <-- FISU bsn=127 bib=1
    MSU -->
                = Message
                <-- FISU bsn=0 bib=1
    """,
)(play)
CASES.case(
    "5.2",
    "Q.703 4.1.3, 2.3.8",
    f"""{IN_SERVICE}
    MSU len=274 -->
    FISU fsn=127 -->
                ~ 1 s
                <-- FISU bsn=127 bib=1
    MSU len=273 -->                   # the longest that there is
                = Message
                <-- FISU bsn=0 bib=1
    """,
)(play)
CASES.case(
    "5.3",
    "Q.703 4.1.3",
    f"""{IN_SERVICE}
    short MSU -->
    short MSU -->
    FISU -->
                ~ 1 s
                <-- FISU bsn=127 bib=1
    """,
)(play)


@CASES.case("5.4(a)", "Q.703 2.2.2, 4.1", 1)
@CASES.case("5.4(b)", "Q.703 2.2.2, 4.1", 5)
def flags_between_fisus(flags: int) -> str:
    """Each FISU is a good signal unit, however many flags are between two."""
    sequence = Sequence()
    sequence.play(IN_SERVICE)
    fill = FLAG * (flags - 1) + framed(sequence.su("FISU").octets())
    sequence.sent.fill = fill
    before = sequence.from_line.counts()
    sequence.advance(2 * SECOND)
    counts = sequence.from_line.counts()
    wanted = 2 * 64_000 // len(fill)
    assert counts.errors == before.errors == 0
    assert abs(counts.sus - before.sus - wanted) <= 2, (counts.sus - before.sus, wanted)
    sequence.play("~ 500 ms")
    return sequence.done()


@CASES.case("5.5(a)", "Q.703 2.2.2, 4.1", 1)
@CASES.case("5.5(b)", "Q.703 2.2.2, 4.1", 5)
def flags_between_msus(flags: int) -> str:
    """Every message arrives, in order."""
    sequence = Sequence()
    sequence.play(IN_SERVICE)
    bodies = []
    for number in range(50):
        sequence.fsn = number
        su = sequence.su("MSU", 3 + number)
        bodies.append(su.body)
        sequence.sent.put(FLAG * (flags - 1) + framed(su.octets()))
    sequence.sent.fill = framed(sequence.su("FISU").octets())
    sequence.flush()
    sequence.play("= Message x50")
    assert sequence.messages == bodies
    assert sequence.from_line.counts().errors == 0
    sequence.play("<-- FISU bsn=49 bib=1")
    return sequence.done()


test_case = CASES.test()
