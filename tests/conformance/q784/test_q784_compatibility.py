"""Q.784.1, 1.6 and 1.7: messages, parameters and values that the node does not know."""

from __future__ import annotations

import functools

from q784_rig import play, scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)

OUTGOING = """
    : place 7551234 cic=1
    < IAM
"""
INCOMING_CALL = """
    > IAM
    : alert
    < ACM
    : answer
    < ANM
"""
GOES_ON = """
    ? 1 busy
    > REL
    < RLC
    = CallReleased cause=16
"""

script("1.6.1.1", "Q.764 2.9.5.2", f"{INCOMING_CALL}\n> 0x7f\n< CFN cause=97 diag=7f\n{GOES_ON}")
script("1.6.1.2", "Q.764 2.9.5.2", f"{OUTGOING}\n> ACM\n> 0x7f\n< CFN cause=97 diag=7f\n{GOES_ON}")
script(
    "1.6.2.1",
    "Q.764 2.9.5.3",
    f"""
    > IAM x99=0102
    < CFN cause=99 diag=99
    = CallOffered called=7551234
    : alert
    < ACM
    {GOES_ON}
    """,
)
script(
    "1.6.2.2",
    "Q.764 2.9.5.3",
    f"""{OUTGOING}
    > ACM status=1 x99=01 xa1=
    < CFN cause=99 diag=99a1
    = CallAlerting
    {GOES_ON}
    """,
)
script(
    "1.6.3.1",
    "Q.764 2.9.5.3.3",
    f"""
    > IAM satellites=3 category=200 forward=c0e8
    = CallOffered called=7551234 category=200
    : alert
    < ACM
    {GOES_ON}
    """,
)
script(
    "1.6.3.2",
    "Q.764 2.9.5.3.3",
    f"""{OUTGOING}
    > ACM charge=3 status=3 category=3      # spare values: as no indication
    = CallProceeding
    > CPG event=99
    ! CallReleased CallAlerting
    {GOES_ON}
    """,
)


def message_case(number: str, told: str, answer: str, **settings: object) -> None:
    """An unknown message on an answered call, forward and backward."""
    backward = f"{OUTGOING}\n> ACM\n> ANM\n> 0x7f mci={told}\n{answer}"
    forward = f"{INCOMING_CALL}\n> 0x7f mci={told}\n{answer}"

    @CASES.case(number, "Q.764 2.9.5.2")
    def both_ways() -> str:
        play(backward, **settings)
        return play(forward, **settings)


RELEASED = """
    < REL cause=97 diag=7f
    > RLC
    = CallReleased cause=97
    ? 1 idle
"""
NOTIFIED = f"< CFN cause=97 diag=7f\n{GOES_ON}"

message_case("1.7.1.1", "release+notify", RELEASED)
message_case("1.7.1.2", "discard+notify", NOTIFIED)
message_case("1.7.1.3", "discard", GOES_ON)
message_case("1.7.1.4", "pass+notify", GOES_ON, exchange_type="B")
message_case("1.7.1.5", "pass", RELEASED)
message_case("1.7.1.6", "pass+pon-message+notify", NOTIFIED)
message_case("1.7.1.7", "pass+pon-message", GOES_ON)


def parameter_case(number: str, told: str, forward: str, backward: str, **settings: object) -> None:
    """An unknown parameter in IAM and in ACM."""

    @CASES.case(number, "Q.764 2.9.5.3")
    def both_ways() -> str:
        play(f"{OUTGOING}\n> ACM status=1 x99=0102 pci=99:{told}\n{backward}", **settings)
        return play(f"> IAM x99=0102 pci=99:{told}\n{forward}", **settings)


RELEASED_CALL = """
    < REL cause=99 diag=99
    > RLC
    ? 1 idle
"""
SERVED = f"= CallOffered called=7551234\n{GOES_ON}"
SERVED_BACK = f"= CallAlerting\n{GOES_ON}"
LOST = "! CallOffered\n? 1 idle"
LOST_BACK = """
    ! CallAlerting CallProceeding
    ~ T7
    < REL
    > RLC
"""

parameter_case("1.7.2.1", "release", RELEASED_CALL, RELEASED_CALL)
parameter_case(
    "1.7.2.2",
    "discard+notify",
    f"< CFN cause=110 diag=0199\n{LOST}",
    f"< CFN cause=110 diag=0699\n{LOST_BACK}",
)
parameter_case("1.7.2.3", "discard", LOST, LOST_BACK)
parameter_case(
    "1.7.2.4",
    "parameter+notify",
    f"< CFN cause=99 diag=99\n{SERVED}",
    f"< CFN cause=99 diag=99\n{SERVED_BACK}",
)
parameter_case("1.7.2.5", "parameter", SERVED, SERVED_BACK)
parameter_case("1.7.2.6", "pass+notify", SERVED, SERVED_BACK, exchange_type="B")
parameter_case("1.7.2.7", "pass", RELEASED_CALL, RELEASED_CALL)
parameter_case("1.7.2.8", "pass+pon-message", LOST, LOST_BACK)
parameter_case("1.7.2.9", "pass+pon-parameter", SERVED, SERVED_BACK)


@CASES.case("1.7.2.10", "Q.764 2.9.5.3")
def several() -> str:
    """The severest instruction is obeyed; of the rest those that ask for it are told."""
    play(
        f"""
        > IAM x99=01 x9a=02 pci=99:parameter,9a:parameter+notify
        < CFN cause=99 diag=9a
        {SERVED}
        """
    )
    play(
        """
        > IAM x99=01 x9a=02 pci=99:parameter+notify,9a:discard+notify
        < CFN cause=110 diag=01999a
        ! CallOffered
        """
    )
    return play(
        f"""{OUTGOING}
        > ACM x99=01 x9a=02 pci=9a:release,99:discard+notify
        < REL cause=99 diag=999a
        > RLC
        = CallReleased
        """
    )


@CASES.case("1.7.3.1", "Q.764 2.9.5.3.3")
def values_forward() -> str:
    """Values without a meaning release nothing; a medium that is not served does (2.2.4)."""
    play(
        f"""
        > IAM category=250 pci=09:release
        = CallOffered category=250
        {GOES_ON}
        """
    )
    return play(
        """
        > IAM tmr=99
        < REL cause=65
        > RLC
        ! CallOffered
        """
    )


script(
    "1.7.3.2",
    "Q.764 2.9.5.3.3",
    f"""{OUTGOING}
    > ACM status=3 pci=11:release
    = CallProceeding
    > CPG event=120
    {GOES_ON}
    """,
)

test_case = CASES.test()
