"""Q.781 9.1 to 9.13: transmission and reception control, preventive cyclic retransmission.

Messages that are not acknowledged are sent again whenever there is nothing new (Q.703 6.3); N1
messages or N2 octets of them force it (6.4). 9.6 is derived from Q.703 6.3 alone: what a forced
retransmission of B must do at A.
"""

from __future__ import annotations

from q781_rig import MS, SECOND
from q781_script import IN_SERVICE, Sequence, play
from registry import Cases

from trunkd.signaling.ss7.mtp2_config import Mtp2Config

CASES = Cases("q781")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text, Mtp2Config(pcr=True))(play)


def in_service(**settings: int) -> Sequence:
    sequence = Sequence(Mtp2Config(pcr=True, **settings))
    sequence.play(IN_SERVICE)
    return sequence


def messages(sequence: Sequence, since: int) -> list[int]:
    """FSNs of the messages that A sent, from the run ``since`` on."""
    return [run.su.fsn for run in sequence.seen.runs[since:] if run.su.kind == "MSU"]


def until_sent(sequence: Sequence, since: int, fsn: int, limit: int) -> list[int]:
    """Run until A sent this FSN: all FSNs from the run ``since`` on."""
    sequence.run_until(lambda: fsn in messages(sequence, since), limit, f"MSU {fsn}")
    return messages(sequence, since)


script(
    "9.1",
    "Q.703 6.2, 6.3, figures 15 and 16",
    f"""{IN_SERVICE}
                : send MSU
                <-- MSU bsn=127 fsn=0
                <-- MSU bsn=127 fsn=0 # again, as long as there is no acknowledgement
                <-- MSU bsn=127 fsn=0
                <-- MSU bsn=127 fsn=0
    FISU bsn=0 -->
                <-- FISU bsn=127 bib=1 fsn=0 fib=1
                ~ 200 ms
    MSU -->
                = Message
                <-- FISU bsn=0 bib=1 fsn=0 fib=1
                ~ T7
    """,
)


@CASES.case("9.2", "Q.703 6.3, figure 15")
def new_before_old() -> str:
    """A new message goes before the retransmission of those that wait; what is acknowledged is
    not sent again."""
    sequence = in_service()
    sequence.play(": send MSU x2\nwait 100 ms")
    cycle = messages(sequence, 0)
    assert cycle[:6] == [0, 1, 0, 1, 0, 1], cycle
    for number in (2, 3):
        at = len(sequence.seen.runs)
        sequence.play(": send MSU")
        sent = until_sent(sequence, at, number, SECOND // 10)
        assert len(sent) <= 5, f"{sent}: the new message waited for old ones"
    for acknowledged in (0, 1, 2):
        sequence.play(f"FISU bsn={acknowledged} -->\nwait 20 ms")
        at = len(sequence.seen.runs)
        sequence.advance(100 * MS)
        assert set(messages(sequence, at)) == set(range(acknowledged + 1, 4))
    sequence.at = len(sequence.seen.runs) - 1
    sequence.play("FISU bsn=3 -->")
    sequence.known = {3}
    sequence.play("<-- FISU fsn=3\n~ T7")
    return sequence.done()


def forced(sequence: Sequence, low: int, high: int, total: int, length: int) -> int:
    """Order ``total`` messages: between ``low`` and ``high`` are sent, then all of these again
    before any new one. How many."""
    at = len(sequence.seen.runs)
    sequence.play(f": send MSU x{total} len={length}")
    sequence.run_until(lambda: messages(sequence, at).count(0) == 2, SECOND, "the first again")
    first = messages(sequence, at)[:-1]
    assert first == list(range(len(first))), first
    assert low <= len(first) <= high, f"{len(first)} messages before retransmission was forced"
    return len(first)


def forced_then_new(sequence: Sequence, low: int, high: int, total: int, length: int) -> str:
    at = len(sequence.seen.runs)
    sent = forced(sequence, low, high, total, length)
    sequence.run_until(lambda: messages(sequence, at).count(0) == 3, SECOND, "a whole cycle")
    twice = messages(sequence, at)[:-1]
    assert twice == list(range(sent)) * 2, f"not in order, or a new one between: {twice}"
    at = len(sequence.seen.runs)
    sequence.play("FISU bsn=0 -->")
    cycle = until_sent(sequence, at, sent, SECOND)
    assert len(cycle) <= 2 * sent, f"{cycle}: no new message though there is room"
    sequence.at = len(sequence.seen.runs)
    return f"{sequence.done()}, forced at {sent} messages"


@CASES.case("9.3", "Q.703 6.4, figure 15, N1")
def forced_by_n1() -> str:
    return forced_then_new(in_service(), 127, 127, 128, 6)


@CASES.case("9.4", "Q.703 6.4, figure 15, N2")
def forced_by_n2() -> str:
    """N2 = 2,000 octets, messages of 100 octets of SIO and SIF: 103 with the header."""
    return forced_then_new(in_service(n2=2_000), 19, 20, 40, 100)


@CASES.case("9.5", "Q.703 6.4, figure 15")
def forced_cancelled() -> str:
    """An acknowledgement of all but the last ends the forced cycle."""
    sequence = in_service()
    at = len(sequence.seen.runs)
    sent = forced(sequence, 127, 127, 128, 6)
    sequence.run_until(lambda: messages(sequence, at).count(3) == 2, SECOND, "MSU 3 again")
    at = len(sequence.seen.runs)
    sequence.play(f"FISU bsn={sent - 1} -->")
    cycle = until_sent(sequence, at, sent, SECOND // 10)
    assert sent - 3 not in cycle, f"{cycle}: acknowledged messages were sent"
    sequence.at = len(sequence.seen.runs)
    return sequence.done()


@CASES.case("9.6", "Q.703 6.3, 6.4, figure 16")
def forced_by_b() -> str:
    """B repeats twenty messages twice and goes on: each is delivered once, in order."""
    sequence = in_service()
    bodies = []
    for _ in range(3):
        for number in range(20):
            sequence.fsn = number
            su = sequence.su("MSU")
            bodies.append(su.body)
            sequence.put(su)
    sequence.play("MSU fsn=20 -->\n= Message x21\n<-- FISU bsn=20 bib=1 fsn=127 fib=1\n~ 200 ms")
    assert sequence.messages == [*bodies[:20], sequence.su("MSU").body]
    return sequence.done()


script(
    "9.7",
    "Q.703 6.3, 8, figure 15",
    f"""{IN_SERVICE}
                : send MSU
                <-- MSU fsn=0
    SIPO -->
                = RemoteProcessorOutage on
                <-- FISU bsn=127
                ~ T7
                ~ 200 ms              # neither retransmission nor T7
                : flush buffers
    MSU -->
                = RemoteProcessorOutage off
                = Message
                <-- FISU bsn=0
                ~ T7
    """,
)
script(
    "9.8",
    "Q.703 5.3.1, 6.2, figure 16",
    f"""{IN_SERVICE}
    MSU bsn=0 -->
    MSU bsn=127 fsn=0 -->             # the second of the three
    MSU fsn=0 -->
                = Message
                <-- FISU bsn=0 bib=1
                ~ 200 ms
    """,
)
script(
    "9.9",
    "Q.703 5.3.1, 6.2, figure 16",
    f"""{IN_SERVICE}
    MSU bsn=126 -->
    MSU bsn=127 fsn=0 -->
    MSU bsn=126 fsn=0 -->
                <-- SIOS              # two of three
                = OutOfService
    """,
)
script(
    "9.10",
    "Q.703 6.2, figure 16",
    f"""{IN_SERVICE}
    MSU -->
    MSU fsn=2 -->
                = Message
                <-- FISU bsn=0 bib=1  # not asked for: it comes again by itself
                ~ 300 ms
                <-- FISU bsn=0 bib=1
    MSU fsn=1 -->
    MSU fsn=2 -->
                = Message x2
                <-- FISU bsn=2 bib=1
    """,
)
script(
    "9.11",
    "Q.703 5.3.1, 6.2, T7",
    f"""{IN_SERVICE}
                : send MSU
                <-- MSU fsn=0
                <-- SIOS after T7
                = OutOfService
    """,
)
script(
    "9.12",
    "Q.703 6.2, figure 16",
    f"""{IN_SERVICE}
    FISU fsn=0 -->
                ~ 500 ms
                <-- FISU bsn=127 bib=1
    FISU fsn=127 -->
                ~ 200 ms
    """,
)
script(
    "9.13",
    "Q.703 6.2, figures 8 and 15",
    f"""{IN_SERVICE}
                : stop
                <-- SIOS
                = OutOfService
                ~ 1 s
    """,
)

test_case = CASES.test()
