"""What is sent, and how often, when the far end does not answer (Q.764 table A.1, 2.9.4, 2.9.6)."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ACM = "160400"


def faults(b) -> list[str]:
    return [event.kind for event in b.kinds(neutral.ProtocolFault)]


def released(b) -> neutral.CallReleased:
    return b.kinds(neutral.CallReleased)[-1]


def test_release_is_not_answered(bench) -> None:
    """T1 repeats REL; at T5 RSC, maintenance is alerted, out of service until RLC."""
    b = bench()
    call = b.place()
    b.isup.clear(call, 16, 0)
    assert b.take() == ["IAM", "REL"]
    assert b.wait(46 * SECOND) == ["REL"] * 3
    assert b.wait(5 * MINUTE - 46 * SECOND) == ["REL"] * 16 + ["RSC"]
    assert faults(b) == ["release_unanswered"]
    assert released(b) == neutral.CallReleased(call, 5, 16, 2, True)
    assert b.circuit.shown == neutral.CHANNEL_OUT_OF_SERVICE
    assert b.wait(11 * MINUTE) == ["RSC"] * 2
    b.give(m.RLC, "00")
    assert b.circuit.shown == neutral.CHANNEL_IDLE
    assert not b.isup.deadlines


@pytest.mark.parametrize(
    ("messages", "wait", "cause"),
    [
        ([], 20, 31),
        ([(m.ACM, ACM)], 120, 19),
        ([(m.ACM, ACM), (m.ANM, "00"), (m.SUS, "0100")], 60, 102),
        ([(m.ACM, ACM), (m.ANM, "00"), (m.SUS, "0000")], 180, 102),
    ],
    ids=["T7", "T9", "T6", "T2"],
)
def test_outgoing_supervision(bench, messages, wait: int, cause: int) -> None:
    b = bench()
    b.place()
    b.take()
    for kind, body in messages:
        assert b.give(kind, body) == []
    assert b.wait(wait * SECOND - 1) == []
    assert b.wait(1) == ["REL"]
    b.give(m.RLC, "00")
    assert released(b).cause == cause
    assert released(b).local


def test_t7_begins_again_with_each_digit(bench) -> None:
    b = bench()
    call = b.place(complete=False)
    for _ in range(4):
        b.wait(15 * SECOND)
        b.isup.send_digits(call, "1", False, b.now)
    assert b.take() == ["SAM"]
    assert b.wait(20 * SECOND) == ["REL"]


def test_t8(bench) -> None:
    """IAM says that continuity is checked, COT does not come."""
    b = bench()
    assert b.give(m.IAM, "0460000a03020005831021430f") == []
    assert b.wait(10 * SECOND) == ["REL"]
    assert not b.kinds(neutral.CallOffered)


def test_t33(bench) -> None:
    b = bench(ask_calling=True)
    assert b.give(m.IAM, "0060000a03020005831021430f") == ["INR"]
    assert b.wait(12 * SECOND) == ["REL"]
    assert "information_unanswered" in faults(b)


def test_t38(bench) -> None:
    """An incoming international exchange that suspended: it releases."""
    b = bench(international=True)
    b.give(m.IAM, "0060000a03020005831021430f")
    call = b.isup.last_handle
    b.isup.answer(call, 0)
    b.isup.suspend(call, 0)
    assert b.take() == ["CON", "SUS"]
    assert b.wait(MINUTE) == ["REL"]


def test_t11_sends_an_early_acm(bench) -> None:
    b = bench(early_acm=True)
    b.give(m.IAM, "0060000a03020005831021430f")
    assert b.wait(15 * SECOND) == ["ACM"]
    assert b.state == s.IN_WAIT_ANM


@pytest.mark.parametrize(
    ("request_", "message", "answer", "short", "long", "fault"),
    [
        ("block", "BLO", (m.BLA, ""), 15, 300, "blocking_unanswered"),
        ("unblock", "UBL", (m.UBA, ""), 15, 300, "unblocking_unanswered"),
        ("group_block", "CGB", (m.CGBA, "0001020207"), 15, 300, "group_unanswered"),
        ("group_unblock", "CGU", (m.CGUA, "0001020207"), 15, 300, "group_unanswered"),
        ("reset", "RSC", (m.RLC, "00"), 15, 300, "reset_unanswered"),
        ("group_reset", "GRS", (m.GRA, "01020200"), 15, 300, "group_unanswered"),
    ],
)
def test_supervision_is_not_answered(
    bench, request_: str, message: str, answer, short: int, long: int, fault: str
) -> None:
    """T12 to T23: each 15 s; after 5 min maintenance is alerted, and once each 5 min from then on;
    the answer ends it."""
    b = bench()
    group = (5, 6, 7)
    if "unblock" in request_:
        b.isup.block(group if "group" in request_ else (5,), False, 0)
        b.give(*((m.CGBA, "0001020207") if "group" in request_ else (m.BLA, "")))
    {
        "block": lambda: b.isup.block((5,), False, 0),
        "unblock": lambda: b.isup.unblock((5,), False, 0),
        "group_block": lambda: b.isup.block(group, False, 0),
        "group_unblock": lambda: b.isup.unblock(group, False, 0),
        "reset": lambda: b.isup.restart((5,), 0),
        "group_reset": lambda: b.isup.restart(group, 0),
    }[request_]()
    assert b.take() == [message]
    assert b.wait(long * SECOND - 1) == [message] * 19
    assert not faults(b)
    assert b.wait(1) == [message]
    assert faults(b) == [fault]
    assert b.wait(long * SECOND) == [message]
    done = [e for e in b.log if isinstance(e, neutral.BlockingDone | neutral.RestartDone)]
    assert not done[-1].ok
    b.give(*answer)
    assert not b.isup.deadlines
    assert not b.isup.groups.operations
    blocked = request_ in ("block", "group_block")
    wanted = neutral.CHANNEL_BLOCKED_HERE if blocked else neutral.CHANNEL_IDLE
    assert b.circuit.shown == wanted


def test_query_is_not_answered(bench) -> None:
    """T28: maintenance is alerted, nothing is sent again."""
    b = bench()
    b.isup.query((5, 6), 0)
    assert b.take() == ["CQM"]
    assert b.wait(MINUTE) == []
    assert faults(b) == ["query_unanswered"]


def test_continuity_tone_is_not_heard(bench) -> None:
    """T24, then T25, CCR, T24, T26 …: COT with failure each time; the call is tried elsewhere."""
    b = bench(continuity=2)
    b.place(channel=9)
    call = b.place()
    assert b.take() == ["9 IAM", "IAM"]
    sent = b.wait(2 * SECOND)
    assert sent[0] == "COT"
    assert sent[1].endswith(" IAM")
    assert b.isup.calls[call].circuit.cic != 5
    # T25 5 s, T24 2 s, then T26 2 min, T24 2 s …
    mine = [name for name in b.wait(5 * SECOND) if name in ("CCR", "COT")]
    assert mine == ["CCR"]
    assert [n for n in b.wait(2 * SECOND) if n in ("CCR", "COT")] == ["COT"]
    assert [n for n in b.wait(2 * MINUTE) if n in ("CCR", "COT")] == ["CCR"]
    b.isup.continuity_result(5, True, b.now)
    assert b.take() == ["REL"]
    b.give(m.RLC, "00")
    assert b.circuit.shown == neutral.CHANNEL_IDLE
