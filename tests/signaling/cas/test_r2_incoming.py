"""The incoming MF register, cycle by cycle (Q.440, Q.441, Q.442, Q.476)."""

from __future__ import annotations

import pytest
from r2_rig import LETTERS, Rig, incoming

from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_names as n
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_names import R2_FORWARD


def register(rig: Rig) -> int:
    return rig.trunk.channels[1].inc.state


def seized(**settings: object) -> Rig:
    rig = Rig(**settings)
    rig.bits("0001")
    rig.done()
    return rig


def asked(rig: Rig, signals: str) -> str:
    """What we answer to each forward signal, by letters."""
    return "".join(rig.forward(LETTERS.index(signal))[0][-1] for signal in signals)


def the_call(rig: Rig) -> ev.CallRequest:
    return rig.of(ev.CallOffered)[-1].request


def test_a_compelled_cycle() -> None:
    """The backward signal goes until the forward one ends."""
    rig = seized(ani="none")
    rig.on(R2_FORWARD, 5)
    assert rig.done() == ["R2 backward 1"]
    rig.run(5000)
    assert rig.done() == []
    rig.off(R2_FORWARD, 5)
    assert rig.done() == ["silence"]


@pytest.mark.parametrize(
    ("variant", "forward", "backward"),
    [
        # Called number 12, category 1 or KA 1, calling number 98
        ("itu", "12198F", "155553"),
        ("cn", "12198F", "161113"),
        ("mx", "12198F", "161113"),
        ("br", "12198F", "155553"),
        ("ar", "12198C", "155553"),
        ("co", "12198F", "161113"),
        ("ve", "12198F", "159993"),
        ("id", "12198F", "166663"),
    ],
)
def test_calling_number_after_the_called_one(variant: str, forward: str, backward: str) -> None:
    rig = seized(variant=variant, dnis_max=2, ani="after")
    assert asked(rig, forward) == backward
    rig.on(R2_FORWARD, 1)
    request = the_call(rig)
    assert request.called.digits == "12"
    assert request.calling == ev.PartyNumber("98")
    assert request.category == n.ORDINARY
    assert request.complete


@pytest.mark.parametrize(
    ("variant", "forward", "backward"),
    [
        ("itu", "1198F2", "555513"),
        ("cn", "1198F2", "611113"),
        ("mx", "1198F2", "611153"),
        ("br", "1198F2", "555513"),
        ("co", "1198F2", "611113"),
        ("ve", "1198F2", "599913"),
        ("id", "1198F2", "666613"),
    ],
)
def test_calling_number_before_the_called_one(variant: str, forward: str, backward: str) -> None:
    rig = seized(variant=variant, dnis_max=2, ani="before")
    assert asked(rig, forward) == backward
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).called.digits == "12"
    assert the_call(rig).calling == ev.PartyNumber("98")


def test_calling_number_during_the_called_one() -> None:
    rig = seized(variant="cn", dnis_max=4, ani="during", ani_after=3)
    assert asked(rig, "12319F4") == "1161113"
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).called.digits == "1234"
    assert the_call(rig).calling == ev.PartyNumber("9")


def test_a_number_that_ends_before_the_calling_one_was_asked_for() -> None:
    rig = seized(dnis_max=0, ani="during", ani_after=8)
    assert asked(rig, "12F19F") == "115553"


@pytest.mark.parametrize(
    ("variant", "end", "calling"),
    [
        ("itu", "C", ev.PartyNumber("", presentation=1)),
        ("itu", "F", None),
        ("ar", "F", ev.PartyNumber("", presentation=1)),
        ("ar", "C", None),
    ],
)
def test_no_calling_number(variant: str, end: str, calling: ev.PartyNumber | None) -> None:
    rig = seized(variant=variant, dnis_max=1)
    asked(rig, "11" + end)
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).calling == calling


def test_most_digits_of_the_calling_number() -> None:
    rig = seized(dnis_max=1, ani_max=3)
    assert asked(rig, "11987") == "55553"


def test_china_with_callers_numbers_of_one_length() -> None:
    rig = seized(variant="cn", dnis_max=2, ani="before", ani_max=2, overrides={"ani_end": 0})
    assert asked(rig, "11982") == "61113"
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).calling == ev.PartyNumber("98")
    assert the_call(rig).called.digits == "12"


def test_china_waits_for_the_end_of_the_calling_number() -> None:
    """A-1 would otherwise be taken for one more digit of it."""
    rig = seized(variant="cn", dnis_max=2, ani="before", ani_max=2)
    assert asked(rig, "11987F2") == "6111113"
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).calling == ev.PartyNumber("98")
    assert the_call(rig).called.digits == "12"


@pytest.mark.parametrize(
    ("variant", "signal", "category"),
    [
        ("itu", 2, n.PRIORITY),
        ("itu", 5, n.OPERATOR),
        ("itu", 15, n.ORDINARY),
        ("br", 8, n.COLLECT),
        ("br", 4, n.PAYPHONE),
        ("cn", 6, n.TEST),
        ("cn", 3, n.ORDINARY),
    ],
)
def test_category_by_group_ii_where_it_was_not_asked_for(
    variant: str, signal: int, category: int
) -> None:
    rig = seized(variant=variant, dnis_max=1, ani="none")
    rig.forward(1)
    rig.on(R2_FORWARD, signal)
    assert the_call(rig).category == category


def test_a_number_of_any_length_ends_by_i15() -> None:
    rig = seized(ani="none")
    assert asked(rig, "1234F") == "11113"
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).called.digits == "1234"


def test_a_number_of_any_length_ends_by_silence() -> None:
    """TDIG, then A-3 as a pulse; forward signals are recognised 300 ms from its start."""
    rig = seized(variant="cn", ani="none")
    asked(rig, "12")
    rig.run(3990)
    assert rig.done() == []
    rig.run(20)
    assert register(rig) == s.B_GAP
    rig.run(100)
    assert rig.done() == ["R2 backward 3, 150 ms"]
    rig.run(200)
    rig.on(R2_FORWARD, 3)
    assert rig.of(ev.CallOffered) == []
    rig.run(101)
    assert the_call(rig).called.digits == "12"


def test_silence_and_the_calling_number_is_wanted() -> None:
    rig = seized(variant="mx", dnis_max=0)
    asked(rig, "12")
    rig.run(4101)
    assert rig.done() == ["R2 backward 6, 150 ms"]
    rig.run(310)
    assert asked(rig, "198F") == "1113"
    rig.on(R2_FORWARD, 1)
    assert the_call(rig).calling == ev.PartyNumber("98")


def test_a_digit_later_than_tdig() -> None:
    rig = seized(variant="cn", ani="none")
    asked(rig, "1")
    rig.run(4050)
    assert register(rig) == s.B_GAP
    assert rig.forward(2) == ["R2 backward 3", "silence"]
    rig.on(R2_FORWARD, 3)
    assert the_call(rig).called.digits == "12"


def test_too_few_digits_wait_for_t3() -> None:
    rig = seized(dnis_min=3, ani="none")
    asked(rig, "12")
    rig.run(14_990)
    assert rig.done() == []
    rig.run(200)
    assert rig.done() == ["R2 backward 4, 150 ms"]
    rig.run(310)
    assert rig.state() == s.IN_REFUSED
    assert rig.of(ev.CallOffered) == []
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["no_forward_signal"]


def test_t3_without_any_signal() -> None:
    rig = Rig()
    rig.bits("0001", 25)
    rig.run(15_500)
    assert rig.done() == ["bits 1101", "R2 backward 4, 150 ms"]
    rig.bits("1001", 200)
    assert rig.state() == s.IDLE


@pytest.mark.parametrize("variant", ["itu", "cn", "mx"])
def test_t3_in_each_phase(variant: str) -> None:
    rows = Rig(variant=variant).trunk.config.rows
    for phase in range(1, 5):
        rig = seized(variant=variant, dnis_max=2)
        asked(rig, "1211F"[: phase + 1])
        rig.run(15_500)
        said = rig.done()
        group = rows.b if phase == 4 else rows.a
        meaning = n.B_CONGESTION if phase == 4 else n.CONGESTION
        assert said == [f"R2 backward {rows.signal(group, meaning)}, 150 ms"]
        assert rig.state() == s.IN_REFUSED


def test_the_forward_signal_does_not_end() -> None:
    """Ours stops; congestion follows as a pulse, for who has no T1 may hear it."""
    rig = seized(ani="none")
    rig.on(R2_FORWARD, 1)
    rig.run(15_001)
    assert rig.done() == ["R2 backward 1", "silence"]
    rig.run(600)
    assert rig.done() == ["R2 backward 4, 150 ms"]
    assert rig.state() == s.IN_REFUSED
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["forward_signal_stays"]


def test_another_forward_signal_before_the_end_of_the_first() -> None:
    rig = seized(ani="none")
    rig.on(R2_FORWARD, 1)
    rig.on(R2_FORWARD, 2)
    rig.off(R2_FORWARD, 1)
    assert rig.trunk.channels[1].inc.digits == "1"
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["forward_signal_changed"]


def test_interrupted_while_the_application_decides() -> None:
    rig = incoming()
    call = rig.offered()
    rig.done()
    rig.off(R2_FORWARD, 1)
    assert register(rig) == s.B_HOLD_SILENT
    rig.on(R2_FORWARD, 1)
    assert register(rig) == s.B_HOLD
    rig.request("alert", call, False)
    assert rig.done() == ["R2 backward 6"]


def test_decided_after_the_forward_signal_ended() -> None:
    rig = incoming()
    call = rig.offered()
    rig.off(R2_FORWARD, 1)
    rig.done()
    rig.request("alert", call, False)
    rig.run(101)
    assert rig.done() == ["R2 backward 6, 150 ms"]
    rig.run(300)
    assert rig.state() == s.IN_DELAY
