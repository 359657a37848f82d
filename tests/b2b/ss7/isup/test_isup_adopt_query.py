"""What the far end answers to the query for adopted circuits: CQR, UCIC, nothing (Q.764 2.8.3)."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from isup_adopt_rig import adopt, kill, named

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as k
from trunkd.signaling.ss7.isup_availability import STATUS_USER_INACCESSIBLE

SECOND = 1_000_000_000


def waiting(pair, *cics: int) -> None:
    """Calls from A on these circuits, adopted and asked for; nobody has answered yet."""
    for cic in cics:
        pair.place(pair.a, channel=cic, exclusive=True)
    pair.run(SECOND)
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept)
    pair.a.isup.mtp_resume(pair.now)
    pair.settle()


def tell(pair, cic: int, octets: bytes) -> None:
    """A message to A."""
    pair.a.isup.receive(bytes((cic, 0)) + octets, pair.now)
    pair.settle()


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [
        (0x04, True),  # circuit incoming busy, as it should be
        (0x35, True),  # the same, blocked in every way: that says nothing of the call
        (0x00, True),  # transient: agrees with any state (2.8.3.3)
        (0x03, False),  # unequipped
        (0x08, False),  # circuit outgoing busy: another call
        (0x0C, False),  # idle
        (0x0D, False),  # idle and blocked
    ],
)
def test_every_state_that_can_be_told(pair_of, state: int, goes_on: bool) -> None:
    pair = pair_of()
    pair.answering()
    waiting(pair, 4)
    tell(pair, 4, bytes((k.CQR, 2, 3, 1, 0, 1, state)))
    assert len(pair.a.kinds(neutral.CallKept)) == goes_on
    assert len(pair.a.kinds(neutral.CallReleased)) == (not goes_on)
    assert (k.RSC in pair.a.wire()) == (not goes_on)


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("states", [b"", b"\x04", b"\x04\x0c", b"\x04\x04\x04"])
def test_an_answer_that_leaves_circuits_out(pair_of, states: bytes, asked: bool) -> None:
    """A CQR of range 3 with fewer than four states tells nothing against the calls it leaves out:
    they go on, as without any answer (T28), and the far end's fault is reported."""
    pair = pair_of()
    pair.answering()
    waiting(pair, 4, 5, 6, 7)
    if asked:
        pair.do(lambda: pair.a.isup.query((4, 5, 6, 7), pair.now))
    tell(pair, 4, bytes((k.CQR, 2, 3, 1, 3, len(states))) + states)
    refuted = [5] if b"\x0c" in states else []
    kept = [event.channel for event in pair.a.kinds(neutral.CallKept)]
    assert kept == [cic for cic in (4, 5, 6, 7) if cic not in refuted]
    assert [event.channel for event in pair.a.kinds(neutral.CallReleased)] == refuted
    faults = [
        event for event in pair.a.kinds(neutral.ProtocolFault) if event.clause == "3.14/Q.763"
    ]
    assert [event.kind for event in faults] == ["query_answer_short"]
    left_out = range(4 + len(states), 8)
    assert faults[0].text == f"CQR leaves out CIC {', '.join(map(str, left_out))}"
    assert not any(call.adopted for call in pair.a.isup.calls.values())


@pytest.mark.parametrize("message", ["UPA", "CQR"])
def test_the_user_part_there_is_not_available(pair_of, message: str) -> None:
    """MTP-STATUS: the query went to nobody, T28 confirms nothing. It is asked anew when the far
    end's ISUP speaks again (2.13.2), unless what it says is the answer."""
    pair = pair_of()
    pair.answering()
    waiting(pair, 4, 5)
    pair.a.isup.mtp_status(STATUS_USER_INACCESSIBLE, 0, pair.now)
    pair.settle()
    pair.run(20 * SECOND)
    assert "query_unanswered" in [x.kind for x in pair.a.kinds(neutral.ProtocolFault)]
    assert not pair.a.kinds(neutral.CallKept)
    assert named(pair.a, k.CQM) == [(4, 1)]
    tell(pair, 1, bytes((k.UPA,)))
    assert named(pair.a, k.CQM) == [(4, 1), (4, 1)]
    assert not pair.a.kinds(neutral.CallKept)
    if message == "CQR":
        tell(pair, 4, bytes((k.CQR, 2, 3, 1, 1, 2, 4, 4)))
    else:
        pair.run(20 * SECOND)  # UPA and then nothing: no queries there
    assert [event.channel for event in pair.a.kinds(neutral.CallKept)] == [4, 5]
    tell(pair, 1, bytes((k.UPA,)))
    assert len(named(pair.a, k.CQM)) == 2


def test_the_answer_shows_that_the_user_part_is_there(pair_of) -> None:
    """It was on its way when MTP-STATUS came: nothing is asked a second time."""
    pair = pair_of()
    pair.answering()
    waiting(pair, 4)
    pair.a.isup.mtp_status(STATUS_USER_INACCESSIBLE, 0, pair.now)
    tell(pair, 4, bytes((k.CQR, 2, 3, 1, 0, 1, 4)))
    assert [event.channel for event in pair.a.kinds(neutral.CallKept)] == [4]
    assert len(named(pair.a, k.CQM)) == 1


def test_the_circuit_is_unequipped_there(pair_of) -> None:
    """UCIC ends the call (2.12); the other circuits of the group are asked for anew."""
    pair = pair_of()
    pair.answering()
    waiting(pair, 4, 5, 6)
    tell(pair, 4, bytes((k.UCIC,)))
    assert [event.channel for event in pair.a.kinds(neutral.CallReleased)] == [4]
    assert named(pair.a, k.CQM) == [(4, 2), (5, 1)]
    assert not pair.a.kinds(neutral.BlockingDone)
    tell(pair, 5, bytes((k.CQR, 2, 3, 1, 1, 2, 4, 4)))
    assert [event.channel for event in pair.a.kinds(neutral.CallKept)] == [5, 6]
    assert not pair.a.kinds(neutral.CircuitsQueried)


def test_the_application_asks_for_the_same_circuits(pair_of) -> None:
    """Its query overtakes ours; its answer confirms the calls, and is told once."""
    pair = pair_of()
    pair.answering()
    waiting(pair, 4, 5)
    pair.do(lambda: pair.a.isup.query((4, 5), pair.now))
    assert not pair.a.kinds(neutral.BlockingDone)
    for _ in range(2):
        tell(pair, 4, bytes((k.CQR, 2, 3, 1, 1, 2, 4, 4)))
    assert [event.channel for event in pair.a.kinds(neutral.CallKept)] == [4, 5]
    assert len(pair.a.kinds(neutral.CircuitsQueried)) == 1
