"""Q.782 section 9: signalling route management, as the end point next to transfer points."""

from __future__ import annotations

from q782_script import TO_D, UP_4, play
from registry import Cases

CASES = Cases("q782")


def script(number: str, clause: str, text: str) -> None:
    CASES.case(number, clause, text, (2, 2), *TO_D)(play)


script(
    "9.1",
    "Q.704 13.2, 13.5.2, T10",
    f"""{UP_4}
    TFP about=10 on 0 -->
                wait 2 ms
                <-- RST about=10 to=2 on 0 1 after T10
    TFP about=10 on 0 -->               # answered: still prohibited
                <-- RST about=10 to=2 on 0 1 after T10
                shares 2 3 to 10
    """,
)
script(
    "9.2",
    "Q.704 13.3, 13.5.3, T10",
    f"""{UP_4}
    TFP about=10 on 0 -->
                wait 2 ms
                <-- RST about=10 to=2 on 0 1 after T10
    TFA about=10 on 0 -->
                wait 2 s
                shares 0 1 to 10
                ~ T10
                ~ 5 s
    """,
)
script(
    "9.3",
    "Q.704 13.4, 13.5 (TFR, RSR), T10",
    f"""{UP_4}
    TFR about=10 on 0 -->
                wait 2 ms
                <-- RSR about=10 to=2 on 0 1 after T10
    TFA about=10 on 0 -->
                ~ T10
                ~ 5 s
    """,
)
script(
    "9.4",
    "Q.704 13.2.4, 13.3.4",
    f"""{UP_4}
    TFP about=12 on 0 -->               # A has no route to 12
                = Fault transfer_unknown
    TFP about=2 on 0 -->                # about B itself
                = Fault transfer_unknown
    TFP about=10 from=12 on 0 -->       # not from an adjacent point
                = Fault transfer_unknown
    TFA about=12 on 0 -->
                = Fault transfer_unknown
                ~ 500 ms
                shares 0 1 to 10
                shares 0 1 to 2
    """,
)
script(
    "9.5",
    "Q.704 9.4, 13.2.4",
    f"""{UP_4}
    TFP about=10 on 0 -->
                wait 200 ms
                shares 2 3 to 10
                : far stops 0
                : far stops 1
                = Paused 2
                wait 1 s
                : far starts 0
                : far starts 1
                restored 0 1
                wait 3 s
                forget
                shares 0 1 to 10        # B has restarted: what it said before is void
                ~ T10
    """,
)
TRANSFER = "it is the part of a transfer point; this is an end point without the transfer function."
CASES.not_applicable(
    ["9.6", "9.7", "9.8", "9.9"],
    "Q.704 13.2 to 13.4",
    f"Sending TFP, TFR and TFA to adjacent points: {TRANSFER}",
)
CASES.case(
    "9.10",
    "Q.704 13.5.4, 15.1",
    f"""{UP_4}
    RST about=10 on 0 -->               # A is no transfer point: there is no answer
                = Fault snm_heading
                ~ 500 ms
                shares 0 1 to 10
    """,
    (2, 2),
    *TO_D,
)(play)

test_case = CASES.test()
