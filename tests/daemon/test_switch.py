"""Hold, consultation, alternate, conference, transfer: who is heard, and what is told."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from switch_rig import Switchboard

from trunkd.daemon import events as ev
from trunkd.daemon.wire import INVALID_STATE, WireError


@pytest.fixture
def board(tmp_path: pathlib.Path) -> Iterator[Switchboard]:
    made = Switchboard(tmp_path)
    yield made
    made.close()


def test_two_talk_and_one_is_held_and_retrieved(board: Switchboard) -> None:
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    assert board.hearing() == {"A": "B", "B": "A"}
    board.ask("holdCall", callId=board.id("B"))
    assert board.hearing() == {"A": "", "B": "~"}
    assert board.told(ev.Held) == [board.id("B")]
    found = board.ask("callConnections", callId=board.id("A")).connections
    assert [(c.call_id, c.state) for c in found] == [
        (board.id("A"), "connected"),
        (board.id("B"), "hold"),
    ]
    with pytest.raises(WireError, match="on hold already"):
        board.ask("holdCall", callId=board.id("B"))
    board.ask("retrieveCall", callId=board.id("B"))
    assert board.hearing() == {"A": "B", "B": "A"}
    with pytest.raises(WireError, match="is not on hold"):
        board.ask("retrieveCall", callId=board.id("B"))


def test_a_call_of_the_application_alone_can_wait(board: Switchboard) -> None:
    board.dial("A")
    board.ask("holdCall", callId=board.id("A"))
    assert board.hearing() == {"A": "~"}
    board.ask("retrieveCall", callId=board.id("A"))
    assert board.hearing() == {"A": ""}


def test_three_are_mixed_and_two_are_not(board: Switchboard) -> None:
    board.dial("A", "B", "C")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    board.ask("joinCalls", callId=board.id("A"), other=board.id("C"))
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    board.ask("holdCall", callId=board.id("C"))
    assert board.hearing() == {"A": "B", "B": "A", "C": "~"}
    assert not board.ask("conferences").conferences, "two are switched bit by bit"
    board.ask("retrieveCall", callId=board.id("C"))
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    board.ask("partCall", callId=board.id("A"))
    assert board.hearing() == {"A": "", "B": "C", "C": "B"}


def test_joining_takes_calls_out_of_what_an_application_had_them_in(board: Switchboard) -> None:
    """Found by test_schema_fuzz_trunks: they were told to be joined, and heard nobody."""
    board.dial("A", "B", "C", "D")
    own = board.ask("createConference").conference
    for name in ("A", "C"):
        board.ask("joinConference", conference=own, callId=board.id(name))
    board.ask("connectCalls", callId=board.id("B"), other=board.id("D"))
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    assert board.hearing() == {"A": "B", "B": "A", "C": "", "D": ""}
    board.ask("joinCalls", callId=board.id("A"), other=board.id("C"))
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB", "D": ""}
    left = [e.call_id for e in board.of(ev.ConferenceChanged) if e.change == "left"]
    assert left == [board.id("A"), board.id("C")] and board.node.problems == 0
    board.ask("closeConference", conference=own)


def test_what_mixes_a_call_is_not_closed_by_others(board: Switchboard) -> None:
    """Found by test_schema_fuzz_trunks: the parties stayed together and nobody heard anybody."""
    board.dial("A", "B", "C")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    board.ask("joinCalls", callId=board.id("A"), other=board.id("C"))
    (mixing,) = board.ask("conferences").conferences
    with pytest.raises(WireError, match="partCall") as caught:
        board.ask("closeConference", conference=mixing.conference)
    assert caught.value.code == INVALID_STATE
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    board.ask("clearCall", callId=board.id("A"))
    board.run(1)
    assert not board.ask("conferences").conferences and not board.node.calls


def test_monitor_coach_and_barge_in(board: Switchboard) -> None:
    board.dial("A", "B", "S")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    add = {"callId": board.id("A"), "other": board.id("S")}
    board.ask("singleStepConferenceCall", **add, role="monitor")
    assert board.hearing() == {"A": "B", "B": "A", "S": "AB"}
    board.ask("joinCalls", **add, role="coach", coached=board.id("A"))
    assert board.hearing() == {"A": "BS", "B": "A", "S": "AB"}
    board.ask("joinCalls", **add, role="talk")
    assert board.hearing() == {"A": "BS", "B": "AS", "S": "AB"}
    with pytest.raises(WireError, match="coach needs the call"):
        board.ask("joinCalls", **add, role="coach")
    board.ask("joinCalls", **add, role="coach", coached=board.id("A"))
    board.ask("partCall", callId=board.id("A"))
    assert board.hearing() == {"A": "", "B": "", "S": "B"}, "nobody is left to be coached"


def consult(board: Switchboard) -> None:
    """A talks with B, and consults C."""
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    made = board.ask("consultationCall", heldCall=board.id("B"), called="3")
    board.placed("C", made.call_id)
    assert board.hearing() == {"A": "C", "B": "~", "C": "A"}
    assert board.of(ev.Held)[-1].cause == "consultation"


def two(board: Switchboard, held: str = "B", active: str = "C") -> dict[str, int]:
    return {"heldCall": board.id(held), "activeCall": board.id(active)}


def test_consultation_and_alternate(board: Switchboard) -> None:
    consult(board)
    board.ask("alternateCall", **two(board))
    assert board.hearing() == {"A": "B", "B": "A", "C": "~"}
    board.ask("alternateCall", **two(board, "C", "B"))
    assert board.hearing() == {"A": "C", "B": "~", "C": "A"}
    with pytest.raises(WireError, match="no consultation"):
        board.ask("alternateCall", **two(board, "A", "B"))


def test_consultation_and_reconnect(board: Switchboard) -> None:
    consult(board)
    board.ask("reconnectCall", **two(board))
    assert board.hearing() == {"A": "B", "B": "A"}
    assert board.id("C") not in board.node.calls


def test_consultation_and_conference(board: Switchboard) -> None:
    consult(board)
    board.ask("conferenceCall", **two(board))
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    event = board.of(ev.Conferenced)[-1]
    assert {c.call_id for c in event.connections} == {board.id(n) for n in "ABC"}


@pytest.mark.parametrize("keep", [False, True])
def test_consultation_and_transfer(board: Switchboard, keep: bool) -> None:
    consult(board)
    board.ask("transferCall", **two(board), keep=keep)
    hearing = board.hearing()
    assert (hearing["B"], hearing["C"], hearing.get("A")) == ("C", "B", "" if keep else None)
    event = board.of(ev.Transferred)[-1]
    assert (event.call_id, event.secondary) == (board.id("B"), board.id("C"))
    linkage = {board.legs[n].near.linkage for n in "BC"}
    assert len(linkage) == 1
    # Nobody is left to clear the other one.
    far = board.legs["B"].far
    far.trunk.clear(far, 16, far.trunk.now())
    board.run(1)
    assert board.id("B") not in board.node.calls and board.id("C") not in board.node.calls
    assert (board.id("A") in board.node.calls) == keep


def test_a_transfer_before_the_answer(board: Switchboard) -> None:
    """Blind, in two steps: who is transferred hears a ringing tone until there is an answer."""
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    board.answers = False
    made = board.ask("consultationCall", heldCall=board.id("B"), called="3")
    board.placed("C", made.call_id)
    assert board.legs["C"].near.state == "alerting"
    assert board.node.calls[board.id("A")].playing.startswith("tone"), "A hears it ring"
    board.ask("transferCall", **two(board))
    board.run(0.5)
    assert board.node.calls[board.id("B")].playing.startswith("tone"), "B hears it ring"
    far = board.legs["C"].far
    far.trunk.answer(far, far.trunk.now())
    assert board.hearing() == {"B": "C", "C": "B"}
    assert not board.node.calls[board.id("B")].playing


def test_a_single_step_transfer(board: Switchboard) -> None:
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    made = board.ask("singleStepTransferCall", callId=board.id("B"), called="3")
    board.placed("C", made.call_id)
    assert board.hearing() == {"B": "C", "C": "B"}
    assert board.id("A") not in board.node.calls
    board.ask("clearCall", callId=board.id("B"))
    board.run(1)
    assert not board.node.calls


def test_nobody_answers_a_transfer(board: Switchboard) -> None:
    """The application has the one who was to be transferred again, and may try another number."""
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    board.answers = False
    made = board.ask("singleStepTransferCall", callId=board.id("B"), called="3")
    board.placed("C", made.call_id)
    far = board.legs["C"].far
    far.trunk.clear(far, 17, far.trunk.now())
    board.run(1)
    assert made.call_id not in board.node.calls
    assert board.node.calls[board.id("B")].state == "connected"
    assert not board.node.calls[board.id("B")].playing
    assert board.of(ev.Failed)[-1].cause == "busy"


def test_the_one_who_consulted_hangs_up(board: Switchboard) -> None:
    """B waits still, and the application has it; C is alone."""
    consult(board)
    board.ask("clearConnection", callId=board.id("A"))
    board.run(1)
    assert board.hearing() == {"B": "~", "C": ""}
    board.ask("retrieveCall", callId=board.id("B"))
    assert board.hearing() == {"B": "", "C": ""}


def test_the_one_who_was_consulted_hangs_up(board: Switchboard) -> None:
    """A is back with B."""
    consult(board)
    far = board.legs["C"].far
    far.trunk.clear(far, 16, far.trunk.now())
    board.run(1)
    assert board.hearing() == {"A": "B", "B": "A"}


def test_the_one_who_waits_hangs_up(board: Switchboard) -> None:
    consult(board)
    far = board.legs["B"].far
    far.trunk.clear(far, 16, far.trunk.now())
    board.run(1)
    assert board.hearing() == {"A": "C", "C": "A"}
    with pytest.raises(WireError, match=r"there is no call|no consultation"):
        board.ask("alternateCall", **two(board))


def test_no_channel_for_the_consultation(board: Switchboard) -> None:
    """What was put on hold for it is retrieved."""
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    with pytest.raises(WireError, match="there is no trunk"):
        board.ask("consultationCall", heldCall=board.id("B"), called="3", device="trunk/nowhere")
    assert board.hearing() == {"A": "B", "B": "A"}


def test_wrong_requests(board: Switchboard) -> None:
    board.dial("A", "B")
    with pytest.raises(WireError, match="cannot be joined with itself"):
        board.ask("joinCalls", callId=board.id("A"), other=board.id("A"))
    with pytest.raises(WireError, match="name who is to be called"):
        board.ask("singleStepConferenceCall", callId=board.id("A"))
    with pytest.raises(WireError, match="not both"):
        board.ask("singleStepConferenceCall", callId=board.id("A"), other=board.id("B"), called="1")
    with pytest.raises(WireError, match="cannot wait and consult"):
        board.ask("consultationCall", heldCall=board.id("A"), consulting=board.id("A"), called="1")
    with pytest.raises(WireError, match="there is no call"):
        board.ask("holdCall", callId=9999)
    assert board.hearing() == {"A": "", "B": ""}
