"""Q.784.1, 7 to 9: bearer services, congestion, availability of the user part, echo control."""

from __future__ import annotations

import functools

from q784_rig import Script, play, scripted
from registry import Cases

CASES = Cases("q784")
script = functools.partial(scripted, CASES)


@CASES.case("7.1.1", "Q.764 2.1.1, Q.763 3.54")
def unrestricted() -> str:
    """Both ways; ISUP is required all the way."""
    play(
        """
        : place 7551234 cic=1 bearer=08
        < IAM tmr=2 preference=2 x1d=8890
        > ACM status=1
        > ANM
        = CallConnected
        : clear 16
        < REL cause=16
        > RLC
        """
    )
    return play(
        """
        > IAM tmr=2 x1d=8890
        = CallOffered bearer=8
        : alert
        < ACM status=1
        : answer
        < ANM
        > REL
        < RLC
        """
    )


@CASES.case("7.1.2", "Q.764 2.2")
def unrestricted_refused() -> str:
    play(
        """
        : place 7551234 cic=1 bearer=08
        < IAM tmr=2
        > REL cause=65
        < RLC
        = CallReleased cause=65
        ? 1 idle
        """
    )
    return play("> IAM tmr=2\n= CallOffered bearer=8\n: clear 88\n< REL cause=88\n> RLC\n? 1 idle")


script(
    "7.1.3",
    "Q.764 2.2.4",
    "> IAM tmr=2\n< REL cause=65\n! CallOffered\n> RLC\n? 1 idle",
    bearers=(0x00, 0x10),
)


@CASES.case("7.2.1", "Q.763 3.54")
def audio() -> str:
    play(": place 7551234 cic=1 bearer=10\n< IAM tmr=3 preference=1\n> ACM\n> ANM\n= CallConnected")
    return play("> IAM tmr=3\n= CallOffered bearer=16\n: alert\n< ACM\n: answer\n< ANM")


CASES.not_applicable(
    ["7.3.1", "7.3.3", "7.3.4", "7.3.5", "7.3.6"],
    "Q.764 2.1.1.1 a, Q.763 3.54",
    "Multirate connection types are a network option that this node has not: a call has one "
    "circuit. Such an IAM is released (7.3.2).",
)


@CASES.case("7.3.2", "Q.764 2.2.4")
def multirate_refused() -> str:
    """2 x 64, 384, 1536, 1920 kbit/s and N x 64 kbit/s: the medium is not implemented."""
    one = Script()
    for medium in (7, 8, 9, 10, 16, 42):
        one.play(f"> IAM tmr={medium}\n< REL cause=65\n! CallOffered\n> RLC\n? 1 idle")
    return one.finish()


@CASES.case("8.1.1", "Q.764 2.12, Q.542")
def level_received() -> str:
    """Some calls are refused for 5 s, more at level 2; then all go out again."""
    refused = []
    for level in (1, 2):
        one = Script(circuits=tuple(range(1, 64)), selection="cyclic")
        one.play(f": place 7551234 cic=1\n< IAM\n> REL cause=42 level={level}\n< RLC")
        one.play("= CallReleased cause=42 local=no")
        out = 0
        for _ in range(16):
            one.request(["place", "7551234"])
            out += len(one.sent)
            one.sent.clear()
        refused.append(16 - out)
        one.play("~ 5001 ms")
        for _ in range(8):
            one.play(": place 7551234")
            assert len(one.sent) == 1, "a call was refused after 5 s"
            one.sent.clear()
    assert 0 < refused[0] < refused[1] <= 16, refused
    return f"of 16 calls {refused[0]} refused at level 1, {refused[1]} at level 2"


script(
    "8.1.2",
    "Q.764 2.12",
    """
    : congested 1
    > IAM
    : clear 42
    < REL cause=42 level=1
    > RLC
    : congested 2
    > IAM
    : clear 16
    < REL cause=16 level=2
    > RLC
    : congested 0
    > IAM
    : clear 16
    < REL cause=16 no-level
    > RLC
    """,
)
script(
    "8.2.1",
    "Q.764 2.13.2",
    """
    : mtp status 3          # inaccessible
    < UPT
    = LinkChanged up=no
    : place 7551234 cic=1
    = CallReleased cause=27
    ~ T4
    < UPT
    ~ T4
    < UPT
    > UPA
    = LinkChanged up=yes
    ~ T4
    : place 7551234 cic=1
    < IAM
    """,
)


@CASES.case("8.2.2", "Q.764 2.13.2")
def user_part_test_received() -> str:
    """UPA answers; any other message ends the test as well."""
    play("> UPT\n< UPA\n> UPT cic=99\n< UPA cic=99")
    return play(
        """
        : mtp status 1
        < UPT
        = LinkChanged up=no
        > IAM
        = LinkChanged up=yes
        = CallOffered
        : alert
        < ACM
        : answer
        < ANM
        ~ T4
        """
    )


script(
    "8.2.3",
    "Q.764 2.13.2",
    """
    : mtp status 2          # unequipped: management must act, nothing is tested
    = LinkChanged up=no
    ~ T4
    : place 7551234 cic=1
    = CallReleased cause=27
    : mtp resume
    """,
)
script(
    "9.1.1",
    "Q.764 2.7.1",
    """
    : place 7551234 cic=1
    < IAM echo
    > ACM status=1 echo
    = CallAlerting
    > ANM
    = CallConnected
    """,
    echo_control=True,
)


@CASES.case("9.1.2", "Q.764 2.7.2")
def incoming_device() -> str:
    """The incoming half is included where the outgoing half is, and only there."""
    without = Script(echo_control=True)
    without.play("> IAM\n: alert")
    assert without.sent[0][4] & 0x20 == 0, "an incoming device without an outgoing one"
    return play("> IAM echo\n: alert\n< ACM echo\n: answer\n< ANM", echo_control=True)


test_case = CASES.test()
