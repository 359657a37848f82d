"""The outgoing MF register, cycle by cycle (Q.440, Q.441, Q.442, Q.476)."""

from __future__ import annotations

import pytest
from r2_rig import MS, SECOND, Rig

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_names as n
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_names import R2_BACKWARD


def register(rig: Rig) -> int:
    return rig.trunk.channels[1].out.state


def test_a_compelled_cycle() -> None:
    """The forward signal goes until the backward one is heard; the next follows its end."""
    rig = Rig()
    rig.placed("12")
    assert rig.done() == ["bits 0001", "R2 forward 1"]
    rig.on(R2_BACKWARD, 1)
    assert rig.done() == ["silence"]
    rig.run(5000)
    assert rig.done() == []
    rig.off(R2_BACKWARD, 1)
    assert rig.done() == ["R2 forward 2"]


def test_number_category_and_answer() -> None:
    rig = Rig()
    call = rig.placed("120")
    said = [rig.done()[-1:], rig.backward(1)[1:], rig.backward(1)[1:], rig.backward(3)[1:]]
    assert said == [["R2 forward 1"], ["R2 forward 2"], ["R2 forward 0"], ["R2 forward 1"]]
    assert rig.of(ev.CallProceeding) == [ev.CallProceeding(call, 1, False)]
    assert rig.backward(6) == ["silence"]
    assert rig.of(ev.CallAlerting) == [ev.CallAlerting(call, 1, True)]
    assert rig.state() == s.OUT_WAIT_ANSWER


@pytest.mark.parametrize(
    ("variant", "end"), [("itu", "R2 forward F"), ("cn", None), ("mx", None), ("br", None)]
)
def test_end_of_the_number(variant: str, end: str | None) -> None:
    rig = Rig(variant=variant)
    rig.placed("1")
    rig.done()
    assert rig.backward(1) == (["silence", end] if end else ["silence"])
    if end:
        assert rig.backward(1) == ["silence"]
    assert register(rig) == s.F_SILENT


@pytest.mark.parametrize(
    ("variant", "signal", "digit"),
    [
        ("itu", 2, "3"),
        ("itu", 7, "2"),
        ("itu", 8, "1"),
        ("br", 9, "3"),
        ("cn", 2, "1"),
    ],
)
def test_earlier_digits_are_sent_again(variant: str, signal: int, digit: str) -> None:
    rig = Rig(variant=variant)
    rig.placed("123456")
    for _ in range(3):
        rig.backward(1)
    rig.done()
    assert rig.backward(signal) == ["silence", f"R2 forward {digit}"]
    # And the ones behind it
    assert rig.backward(1)[1:] == [f"R2 forward {int(digit) + 1}"]


def test_going_back_too_far_gives_the_first_digit() -> None:
    rig = Rig()
    rig.placed("12")
    rig.done()
    assert rig.backward(8) == ["silence", "R2 forward 1"]


@pytest.mark.parametrize(
    ("variant", "first", "following"),
    [("itu", 5, 5), ("cn", 6, 1), ("mx", 6, 1), ("br", 5, 5), ("ve", 5, 9), ("id", 6, 6)],
)
def test_category_and_calling_number(variant: str, first: int, following: int) -> None:
    rig = Rig(variant=variant)
    rig.placed("12", "98")
    rig.done()
    assert rig.backward(first) == ["silence", "R2 forward 1"]
    assert rig.backward(following)[1:] == ["R2 forward 9"]
    assert rig.backward(following)[1:] == ["R2 forward 8"]
    assert rig.backward(following)[1:] == ["R2 forward F"]


@pytest.mark.parametrize(("variant", "end"), [("itu", "C"), ("cn", "C"), ("ar", "F")])
@pytest.mark.parametrize("calling", [None, ev.PartyNumber("98", presentation=1)])
def test_withheld_calling_number(variant: str, end: str, calling: ev.PartyNumber | None) -> None:
    rig = Rig(variant=variant)
    request = ev.CallRequest(ev.PartyNumber("12"), calling)
    rig.trunk.place(request, rig.now)
    rig.bits("1101")
    rig.run(500)
    rows = rig.trunk.config.rows
    category = rows.signal(rows.a, n.CATEGORY)
    rig.backward(category)
    assert rig.backward(rows.signal(rows.ani, n.NEXT_ANI))[1:] == [f"R2 forward {end}"]


def test_china_goes_on_with_the_called_number_after_the_end_of_the_calling_one() -> None:
    rig = Rig(variant="cn")
    rig.placed("12", "9")
    said = [rig.backward(signal)[-1] for signal in (6, 1, 1, 1)]
    assert said == ["R2 forward 1", "R2 forward 9", "R2 forward F", "R2 forward 2"]


def test_china_with_callers_numbers_of_one_length() -> None:
    rig = Rig(variant="cn", overrides={"ani_end": 0})
    rig.placed("12", "98")
    said = [rig.backward(signal)[-1] for signal in (6, 1, 1, 1)]
    assert said == ["R2 forward 1", "R2 forward 9", "R2 forward 8", "R2 forward 2"]


def test_china_begins_the_calling_number_anew() -> None:
    rig = Rig(variant="cn")
    rig.placed("12", "98")
    said = [rig.backward(signal)[-1] for signal in (6, 1, 1, 2)]
    assert said[1:] == ["R2 forward 9", "R2 forward 8", "R2 forward 9"]


def test_mexico_comes_back_from_group_c() -> None:
    rig = Rig(variant="mx")
    rig.placed("12", "9")
    said = [rig.backward(signal)[-1] for signal in (6, 1, 5, 3)]
    assert said == ["R2 forward 1", "R2 forward 9", "R2 forward 2", "R2 forward 1"]
    rig.backward(1)
    assert rig.state() == s.OUT_WAIT_ANSWER


@pytest.mark.parametrize(
    ("variant", "category", "ka", "kd"),
    [
        ("itu", n.ORDINARY, "1", "1"),
        ("itu", n.PRIORITY, "2", "2"),
        ("itu", n.TEST, "3", "3"),
        ("itu", n.OPERATOR, "5", "5"),
        ("itu", n.DATA, "6", "6"),
        ("itu", n.COLLECT, "1", "1"),
        ("br", n.COLLECT, "8", "8"),
        ("cn", n.ORDINARY, "1", "3"),
        ("cn", n.PRIORITY, "4", "3"),
        ("cn", n.TEST, "1", "6"),
    ],
)
def test_categories(variant: str, category: int, ka: str, kd: str) -> None:
    rig = Rig(variant=variant)
    rig.placed("1", "9", category=category)
    rows = rig.trunk.config.rows
    assert rig.backward(rows.signal(rows.a, n.CATEGORY))[-1] == f"R2 forward {ka}"
    assert rig.backward(3)[-1] == f"R2 forward {kd}"


def test_purpose_of_the_config() -> None:
    rig = Rig(variant="cn", purpose=2)
    rig.placed("1")
    assert rig.backward(3)[-1] == "R2 forward 2"


@pytest.mark.parametrize(
    ("variant", "signal", "cause"),
    [("itu", 4, 42), ("itu", 15, 42), ("cn", 4, 42), ("cn", 5, 1)],
)
def test_refused_in_group_a(variant: str, signal: int, cause: int) -> None:
    rig = Rig(variant=variant)
    rig.placed("123")
    rig.done()
    assert rig.backward(signal)[1:] == ["bits 1011" if variant == "cn" else "bits 1001"]
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [cause]


@pytest.mark.parametrize(
    ("variant", "signal", "cause"),
    [
        ("itu", 2, 31),
        ("itu", 3, 17),
        ("itu", 4, 42),
        ("itu", 5, 1),
        ("itu", 8, 27),
        ("cn", 2, 17),
        ("cn", 3, 17),
        ("cn", 4, 42),
        ("cn", 5, 1),
        ("br", 2, 17),
        ("br", 3, 22),
        ("br", 7, 1),
        ("br", 8, 27),
        ("mx", 2, 17),
        ("co", 6, 1),
    ],
)
def test_refused_in_group_b(variant: str, signal: int, cause: int) -> None:
    rig = Rig(variant=variant)
    rig.placed("1")
    rig.backward(3)
    rig.backward(signal)
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [cause]
    assert rig.state() == s.OUT_CLEARING


@pytest.mark.parametrize(
    ("variant", "signal"),
    [("itu", 6), ("itu", 7), ("cn", 1), ("cn", 6), ("br", 1), ("br", 5), ("br", 6), ("mx", 5)],
)
def test_free_in_group_b(variant: str, signal: int) -> None:
    rig = Rig(variant=variant)
    rig.placed("1")
    rig.backward(3)
    rig.backward(signal)
    assert rig.state() == s.OUT_WAIT_ANSWER


def test_free_in_group_a() -> None:
    rig = Rig()
    rig.placed("1")
    rig.backward(6)
    assert rig.state() == s.OUT_WAIT_ANSWER
    assert len(rig.of(ev.CallAlerting)) == 1


@pytest.mark.parametrize(("signal", "answer"), [(11, "C"), (12, "0"), (13, "D"), (14, "D")])
def test_what_international_exchanges_ask(signal: int, answer: str) -> None:
    rig = Rig()
    rig.placed("12")
    assert rig.backward(signal)[-1] == f"R2 forward {answer}"
    assert rig.backward(1)[-1] == "R2 forward 2"


def test_satellite() -> None:
    rig = Rig(satellite=True)
    rig.placed("12")
    assert rig.backward(13)[-1] == "R2 forward E"


@pytest.mark.parametrize("group_b", [False, True])
def test_signals_without_meaning_end_the_call(group_b: bool) -> None:
    rig = Rig()
    rig.placed("1")
    if group_b:
        rig.backward(3)
    rig.backward(9)
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["unknown_backward_signal"]
    assert rig.state() == s.OUT_CLEARING


def test_pulsed_signals_while_nothing_is_sent() -> None:
    rig = Rig(variant="cn")
    rig.placed("1")
    rig.backward(1)
    assert register(rig) == s.F_SILENT
    rig.run(5000)
    rig.done()
    rig.on(R2_BACKWARD, 3)
    rig.run(150)
    rig.off(R2_BACKWARD, 3)
    assert rig.done() == ["R2 forward 3"]


def test_overlap() -> None:
    rig = Rig()
    call = rig.placed("1", complete=False)
    rig.done()
    assert rig.backward(1) == ["silence"]
    assert rig.of(ev.MoreDigitsWanted) == [ev.MoreDigitsWanted(call, 1)]
    rig.request("send_digits", call, "23", False)
    assert rig.done() == ["R2 forward 2"]
    rig.request("send_digits", call, "4", True)
    assert [rig.backward(1)[-1] for _ in range(3)] == [
        "R2 forward 3",
        "R2 forward 4",
        "R2 forward F",
    ]
    with pytest.raises(LocalError):
        rig.request("send_digits", call, "4", True)
    assert len(rig.of(ev.MoreDigitsWanted)) == 1


def test_overlap_from_no_digit_at_all() -> None:
    rig = Rig()
    call = rig.placed("", complete=False)
    rig.done()
    assert register(rig) == s.F_SILENT
    rig.request("send_digits", call, "7", True)
    assert rig.done() == ["R2 forward 7"]


def test_another_backward_signal_before_the_end_of_the_first() -> None:
    rig = Rig()
    rig.placed("12")
    rig.on(R2_BACKWARD, 1)
    rig.on(R2_BACKWARD, 3)
    rig.off(R2_BACKWARD, 1)
    assert rig.done()[-1] == "R2 forward 2"
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["backward_signal_changed"]


def test_t1() -> None:
    """No backward signal: 15 s, clear-forward."""
    rig = Rig()
    rig.place("1")
    rig.bits("1101", 225)
    rig.run(14_990)
    assert register(rig) == s.F_SENDING
    rig.done()
    rig.run(20)
    assert rig.done() == ["silence", "bits 1001"]
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [102]


@pytest.mark.parametrize("stays", [False, True])
def test_t2(stays: bool) -> None:
    """Nothing is asked for, or the backward signal does not end: 24 s, clear-forward."""
    rig = Rig(variant="cn")
    rig.placed("1")
    if stays:
        rig.on(R2_BACKWARD, 1)
    else:
        rig.backward(1)
    rig.run(23_900)
    assert register(rig) == (s.F_BACKWARD if stays else s.F_SILENT)
    rig.run(200)
    assert rig.state() == s.OUT_CLEARING
    assert [f.kind for f in rig.of(ev.ProtocolFault)] == ["register_silent"]


def test_timers_of_the_config() -> None:
    rig = Rig(timers={"T1": 12 * SECOND, "TSTART": 50 * MS})
    rig.place("1")
    rig.bits("1101", 75)
    assert rig.done()[-1] == "R2 forward 1"
    rig.run(12_001)
    assert rig.state() == s.OUT_CLEARING


def test_pulsed_mode() -> None:
    rig = Rig(mode="pulsed")
    rig.placed("12")
    assert rig.done()[-1] == "R2 forward 1, 150 ms"
    assert rig.backward(1) == ["R2 forward 2, 150 ms"]


def test_clearing_in_the_middle_of_a_signal() -> None:
    rig = Rig()
    call = rig.placed("12")
    rig.done()
    rig.request("clear", call, 16)
    assert rig.done() == ["silence", "bits 1001"]
    rig.bits("1001", 200)
    assert rig.state() == s.IDLE
    assert rig.trunk.next_timeout() is None
