"""What the application decides of incoming calls, as R2 says it; overlap; other modes."""

from __future__ import annotations

import pytest
from r2_rig import LETTERS, SECOND, Rig, incoming

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.call_line import CallerIdentified
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_names import R2_FORWARD


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


# The application's decisions


@pytest.mark.parametrize(("charge", "signal"), [(True, 6), (False, 7)])
def test_free(charge: bool, signal: int) -> None:
    rig = incoming(charge=charge)
    call = rig.offered()
    rig.done()
    rig.request("alert", call, True)
    assert rig.done() == [f"R2 backward {signal}"]
    rig.off(R2_FORWARD, 1)
    assert rig.done() == ["silence"]
    rig.run(160)
    assert rig.state() == s.IN_WAIT_ANSWER
    rig.request("answer", call)
    assert rig.done() == ["bits 0101"]


def test_answered_at_once() -> None:
    """B-6, then the bits, TADELAY after the last register signal."""
    rig = incoming()
    call = rig.offered()
    rig.done()
    rig.request("answer", call)
    assert rig.done() == ["R2 backward 6"]
    rig.off(R2_FORWARD, 1)
    rig.done()
    rig.run(149)
    assert rig.done() == []
    rig.run(2)
    assert rig.done() == ["bits 0101"]


@pytest.mark.parametrize(
    ("variant", "cause", "signal"),
    [
        ("itu", 17, "3"),
        ("itu", 42, "4"),
        ("itu", 34, "4"),
        ("itu", 1, "5"),
        ("itu", 28, "5"),
        ("itu", 27, "8"),
        ("itu", 22, "5"),
        ("itu", 21, "2"),
        ("itu", 16, "2"),
        ("cn", 17, "2"),
        ("cn", 1, "5"),
        ("cn", 42, "4"),
        ("cn", 27, "2"),
        ("br", 17, "2"),
        ("br", 22, "3"),
        ("br", 1, "7"),
        ("br", 27, "8"),
        ("mx", 17, "2"),
        ("mx", 1, "2"),
        ("co", 1, "6"),
    ],
)
def test_refused_by_group_b(variant: str, cause: int, signal: str) -> None:
    rig = incoming(variant=variant)
    call = rig.offered()
    rig.done()
    rig.request("clear", call, cause)
    assert rig.done() == [f"R2 backward {signal}"]
    rig.off(R2_FORWARD, 1)
    assert rig.done() == ["silence"]
    assert rig.state() == s.IN_REFUSED
    rig.bits("1001", 200)
    released = rig.of(ev.CallReleased)
    assert [(e.cause, e.local) for e in released] == [(cause, True)]
    assert rig.state() == s.IDLE


def test_a_cause_of_the_config() -> None:
    rig = incoming(overrides={"cause.19": "busy"})
    call = rig.offered()
    rig.done()
    rig.request("clear", call, 19)
    assert rig.done() == ["R2 backward 3"]


def test_a_second_decision_changes_nothing() -> None:
    rig = incoming()
    call = rig.offered()
    rig.done()
    rig.request("clear", call, 17)
    rig.request("clear", call, 1)
    rig.request("alert", call, False)
    assert rig.done() == ["R2 backward 3"]
    rig.off(R2_FORWARD, 1)
    rig.bits("1001", 200)
    assert [e.cause for e in rig.of(ev.CallReleased)] == [17]


@pytest.mark.parametrize(("forced", "said"), [(False, []), (True, ["bits 0001"])])
def test_cleared_after_free_was_said(forced: bool, said: list[str]) -> None:
    rig = incoming(forced_release=forced)
    call = rig.offered()
    rig.request("alert", call, False)
    rig.off(R2_FORWARD, 1)
    rig.run(200)
    rig.done()
    rig.request("clear", call, 17)
    assert rig.done() == said
    assert rig.state() == s.IN_REFUSED


def test_tones_where_they_are_ours() -> None:
    rig = incoming(tones="cn")
    call = rig.offered()
    rig.request("alert", call, False)
    rig.off(R2_FORWARD, 1)
    assert rig.done()[-1] == "ringback tone (cn)"
    rig.run(200)
    rig.request("clear", call, 17)
    assert rig.done() == ["silence", "busy tone (cn)"]


@pytest.mark.parametrize(("undecided", "signal"), [("free", 6), ("congestion", 4)])
def test_the_application_does_not_decide(undecided: str, signal: int) -> None:
    rig = incoming(undecided=undecided, timers={"TOFFER": 5 * SECOND})
    rig.offered()
    rig.done()
    rig.run(4999)
    assert rig.done() == []
    rig.run(2)
    assert rig.done() == [f"R2 backward {signal}"]
    assert rig.trunk.counters()["undecided"] == 1


@pytest.mark.parametrize(("cause", "said"), [(None, "6"), (42, "4"), (17, "3")])
def test_accepted_in_group_a(cause: int | None, said: str) -> None:
    """A-6 for free, A-4 for congestion; what group A cannot say goes by group B."""
    rig = incoming(accept_in_a=True)
    rig.bits("0001")
    rig.done()
    rig.on(R2_FORWARD, 1)
    call = rig.of(ev.CallOffered)[0].call
    rig.request(*(("clear", call, cause) if cause else ("alert", call, False)))
    first = rig.done()
    assert first == [f"R2 backward {3 if cause == 17 else said}"]
    rig.off(R2_FORWARD, 1)
    rig.done()
    if cause == 17:
        assert rig.forward(1)[0] == "R2 backward 3"
    assert rig.state() == (s.IN_REFUSED if cause else s.IN_DELAY)


def test_collect_calls_refused() -> None:
    rig = Rig(variant="br", dnis_max=1, ani="none", collect="refuse")
    rig.bits("0001")
    rig.forward(1)
    rig.done()
    rig.on(R2_FORWARD, 8)
    assert rig.done() == ["R2 backward 7"]
    assert rig.of(ev.CallOffered) == []
    rig.off(R2_FORWARD, 8)
    rig.bits("1001", 200)
    assert rig.state() == s.IDLE
    assert rig.trunk.counters()["refused_collect"] == 1


# Overlap


def test_overlap() -> None:
    rig = seized(overlap=True, dnis_min=2, ani="none")
    asked(rig, "1")
    assert rig.of(ev.CallOffered) == []
    asked(rig, "2")
    request = the_call(rig)
    assert (request.called.digits, request.complete) == ("12", False)
    call = rig.of(ev.CallOffered)[0].call
    rig.request("want_digits", call)
    asked(rig, "34")
    assert [e.digits for e in rig.of(ev.DigitsReceived)] == ["3", "4"]
    asked(rig, "F")
    rig.on(R2_FORWARD, 1)
    assert rig.of(ev.DigitsReceived)[-1] == ev.DigitsReceived(call, "", True)
    assert len(rig.of(ev.CallOffered)) == 1
    rig.request("answer", call)
    assert rig.done()[-1] == "R2 backward 6"


def test_overlap_the_caller_is_known_later() -> None:
    rig = seized(overlap=True, dnis_max=2, ani="after")
    asked(rig, "12198F")
    call = rig.of(ev.CallOffered)[0].call
    assert the_call(rig).calling is None
    told = CallerIdentified(call, ev.PartyNumber("98"), "", b"", "r2", None)
    assert rig.of(CallerIdentified) == [told]


def test_overlap_the_application_has_enough() -> None:
    rig = seized(overlap=True, ani="none")
    asked(rig, "12")
    call = rig.of(ev.CallOffered)[0].call
    rig.request("proceed", call)
    rig.run(101)
    assert rig.done() == ["R2 backward 3, 150 ms"]
    rig.run(310)
    rig.on(R2_FORWARD, 1)
    rig.request("alert", call, False)
    assert rig.done() == ["R2 backward 6"]


@pytest.mark.parametrize(("cause", "signals"), [(0, ["3", "6"]), (17, ["3", "3"]), (42, ["4"])])
def test_overlap_decided_between_digits(cause: int, signals: list[str]) -> None:
    rig = seized(overlap=True, ani="none")
    asked(rig, "12")
    call = rig.of(ev.CallOffered)[0].call
    rig.request(*(("clear", call, cause) if cause else ("alert", call, False)))
    rig.run(101)
    assert rig.done() == [f"R2 backward {signals[0]}, 150 ms"]
    rig.run(310)
    if signals[1:]:
        rig.on(R2_FORWARD, 1)
        assert rig.done() == [f"R2 backward {signals[1]}"]
        rig.off(R2_FORWARD, 1)
    assert rig.state() == (s.IN_REFUSED if cause else s.IN_DELAY)


@pytest.mark.parametrize("cause", [0, 42])
def test_overlap_decided_while_a_signal_is_sent(cause: int) -> None:
    rig = seized(overlap=True, ani="none")
    rig.on(R2_FORWARD, 1)
    call = rig.of(ev.CallOffered)[0].call
    rig.request(*(("clear", call, cause) if cause else ("answer", call)))
    rig.off(R2_FORWARD, 1)
    rig.done()
    rig.on(R2_FORWARD, 2)
    assert rig.done() == ["R2 backward " + ("4" if cause else "3")]


def test_pulsed_mode() -> None:
    rig = Rig(mode="pulsed", dnis_max=2, ani="none")
    rig.bits("0001")
    rig.done()
    assert rig.forward(1) == ["R2 backward 1, 150 ms"]
    assert rig.forward(2) == ["R2 backward 3, 150 ms"]
    rig.forward(1)
    call = rig.of(ev.CallOffered)[0].call
    rig.request("answer", call)
    assert rig.done() == ["R2 backward 6, 150 ms"]
    rig.run(310)
    assert rig.state() == s.IN_ANSWERED


def test_semi_compelled_mode() -> None:
    """Forward signals wait for the backward one, which is a pulse."""
    rig = Rig(mode="semi", dnis_max=2, ani="none")
    rig.bits("0001")
    rig.done()
    rig.on(R2_FORWARD, 1)
    assert rig.done() == ["R2 backward 1, 150 ms"]
    rig.run(100)
    rig.off(R2_FORWARD, 1)
    assert rig.done() == []


def test_requests_for_calls_that_are_gone() -> None:
    rig = incoming()
    call = rig.offered()
    rig.bits("1001", 200)
    with pytest.raises(LocalError, match=f"no call {call}"):
        rig.request("answer", call)
    with pytest.raises(LocalError):
        rig.request("alert", call, False)
