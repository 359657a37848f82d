"""Q.782 section 10: restart of points."""

from __future__ import annotations

from q782_script import TO_D, UP, Play, play
from registry import Cases

CASES = Cases("q782")

CASES.case(
    "10.1",
    "Q.704 9.4 (TRA)",
    """
                silent TRA
                : start
                wait 600 ms
                <-- TRA to=2 on 0 1
                = Link 0 available
                = Link 1 available
                unreachable 2           # B has not said that it is ready
                ~ 5 s
    TRA on 0 -->
                = Resumed 2
                shares 0 1 to 2
                ~ 500 ms
    """,
)(play)
CASES.case(
    "10.2",
    "Q.704 9.4, T21",
    """
                silent TRA
                : start
                wait 600 ms
                <-- TRA to=2 on 0 1
                = Link 0 available
                = Link 1 available
                wait 62 s
                unreachable 2
                = Resumed 2 within 3 s  # T21: B may know no restart
                shares 0 1 to 2
    """,
)(play)
CASES.case(
    "10.3",
    "Q.704 9.5, T19",
    f"""{UP}
    TRA on 0 -->                        # T19 runs since the last one
                ~ 1 s
                shares 0 1 to 2
                ~ 68 s
    TRA on 0 -->                        # B restarted without a loss of links
                <-- TRA to=2
    TRA on 0 -->                        # its answer is not answered
                ~ 1 s
                shares 0 1 to 2
    """,
)(play)
CASES.case(
    "10.4",
    "Q.704 9.4",
    f"""{UP}
                silent TRA
                : far stops 0
                : far stops 1
                wait 300 ms
                = Paused 2
                : far starts 0
                : far starts 1
                restored 0 1
    TRA on 0 -->
                forget
                shares 0 1 to 2
    """,
)(play)


def own_restart(script: str) -> str:
    """The MTP's own restart: no traffic before all adjacent points are ready, or T20."""
    sequence = Play((1, 1), TO_D, full_restart=True)
    sequence.play(script)
    return sequence.done()


CASES.case(
    "10.5",
    "Q.704 9.2 (restart of a point without transfer function)",
    """
                silent TRA
                : start
                wait 600 ms
                <-- TRA
                <-- TRA
    TRA on 0 -->
                wait 200 ms
                unreachable 2 3 10
    TFP about=10 on 0 -->               # what B cannot reach is known before traffic starts
    TRA on 1 -->
                wait 200 ms
                forget
                shares 0 to 2
                shares 1 to 3
                shares 1 to 10
    """,
)(own_restart)
CASES.case(
    "10.6",
    "Q.704 9.2, T20",
    """
                silent TRA
                : start
                wait 600 ms
                <-- TRA
                <-- TRA
    TRA on 0 -->
                wait 55 s
                unreachable 2 3 10
                wait 6 s                # T20
                forget
                shares 0 to 2
                shares 1 to 3
                shares 0 to 10
    """,
)(own_restart)
CASES.not_applicable(
    "10.7",
    "Q.704 9.3, T18",
    "The restart of a point that has the transfer function; this is an end point without it.",
)

test_case = CASES.test()
