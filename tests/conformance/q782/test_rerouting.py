"""Q.782 section 5: forced rerouting, and section 6: controlled rerouting."""

from __future__ import annotations

from q782_script import SHARED, TO_D, UP_4, play
from registry import Cases

CASES = Cases("q782")


def script(number: str, clause: str, text: str, *routes: object) -> None:
    CASES.case(number, clause, text, (2, 2), *routes)(play)


FORCED = f"""{UP_4}
                traffic 500 ms to 10
                shares 0 1 to 10
    TFP about=10 on 0 -->
                wait 100 ms
                shares 2 3 to 10        # at once
"""

script(
    "5.1",
    "Q.704 7.2, 13.2.4",
    f"""{FORCED}
                traffic 500 ms to 10
                arrived
                ~ 300 ms
    """,
    *TO_D,
)
script(
    "5.2",
    "Q.704 7.2, 4.5",
    f"""{UP_4}
                traffic 500 ms to 10
    TFP about=10 on 0 -->
                traffic 500 ms to 10
                arrived
                shares 2 3 to 10
    """,
    *SHARED,
)
script(
    "5.3",
    "Q.704 7.2.4, Q.701 table 1 (MTP-PAUSE)",
    f"""{FORCED}
    TFP about=10 on 2 -->
                = Paused 10
                unreachable 10
                ~ 500 ms
    """,
    *TO_D,
)
script(
    "5.4",
    "Q.704 13.2.4",
    f"""{UP_4}
    TFP about=10 on 2 -->               # the route that is not used
                ~ 300 ms
                traffic 500 ms to 10
                arrived
                shares 0 1 to 10
    """,
    *TO_D,
)
script(
    "5.5",
    "Q.704 7.2, 8.2",
    f"""{FORCED}
    TFP about=10 on 1 -->               # said once more
                ~ 300 ms
                traffic 500 ms to 10
                arrived
                shares 2 3 to 10
    """,
    *TO_D,
)
script(
    "6.1",
    "Q.704 8.2, 13.3.4, T6",
    f"""{FORCED}
    TFA about=10 on 0 -->
                traffic 400 ms to 10
                held 10                 # buffered until T6
                traffic 1 s to 10
                arrived
                shares 0 1 to 10
    """,
    *TO_D,
)
script(
    "6.2",
    "Q.704 8.2, 13.3.4, T6",
    f"""{UP_4}
    TFP about=10 on 0 -->
                wait 100 ms
                shares 2 3 to 10
    TFA about=10 on 0 -->               # back to sharing
                traffic 2 s to 10
                arrived
                shares 0 1 2 3 to 10
    """,
    *SHARED,
)
script(
    "6.3",
    "Q.704 8.3, Q.701 table 1 (MTP-RESUME)",
    f"""{FORCED}
    TFP about=10 on 2 -->
                = Paused 10
    TFA about=10 on 2 -->
                = Resumed 10
                shares 2 3 to 10        # nothing was on its way: at once
    TFA about=10 on 0 -->
                traffic 2 s to 10
                arrived
                shares 0 1 to 10
    """,
    *TO_D,
)
script(
    "6.4",
    "Q.704 8.2, 13.4.4 (TFR)",
    f"""{UP_4}
                traffic 500 ms to 10
    TFR about=10 on 0 -->               # restricted: the other route is better
                traffic 2 s to 10
                arrived
                shares 2 3 to 10
    TFR about=10 on 2 -->               # both restricted: priority again
                traffic 2 s to 10
                arrived
                shares 0 1 to 10
    """,
    *TO_D,
)
script(
    "6.5",
    "Q.704 8.2, 13.3.4",
    f"""{UP_4}
    TFA about=10 on 0 -->               # allowed already
                ~ 300 ms
                traffic 500 ms to 10
                arrived
                shares 0 1 to 10
    """,
    *TO_D,
)

test_case = CASES.test()
