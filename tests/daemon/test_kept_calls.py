"""What is set up again of calls that outlive the daemon, and what is told, in virtual time."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from kept_board import DOWN, KeptBoard

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import kept, kept_calls
from trunkd.daemon.config_check import loads
from trunkd.daemon.kept_file import KeptFile
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import Node
from trunkd.daemon.records import record_of
from trunkd.signaling.call import CallRequest, PartyNumber

EXAMPLES = pathlib.Path(__file__).parent.parent.parent / "examples"


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Iterator[Callable[..., KeptBoard]]:
    made: list[KeptBoard] = []

    def board(**given: str) -> KeptBoard:
        made.append(KeptBoard(tmp_path, **given))
        return made[-1]

    yield board
    for each in made:
        assert each.node.problems == 0
        assert (
            each.node.auditor.run(each.node.now()) == each.node.auditor.run(each.node.now()) == []
        )
        each.close()


@pytest.fixture
def board(make: Callable[..., KeptBoard]) -> KeptBoard:
    return make()


def test_a_call_is_what_it_was(board: KeptBoard) -> None:
    board.dial("A")
    near = board.legs["A"].near
    near.application, near.priority, near.route, near.group = "ivr", 3, "r1", "g1"
    board.ask(
        "setCallData", callId=near.call_id, correlator="c0ffee", userData="01", accountCode="7"
    )
    before, record = board.info("A"), record_of(near, board.node.instance)
    board.again()
    after = board.info("A")
    assert after == before
    assert board.legs["A"].near is not near
    assert record_of(board.legs["A"].near, "run9") == record, "the record is the same one"
    assert not board.of(ev.CallKept), "its far end was not asked yet"
    board.wait(ev.CallKept, 2)
    assert {e.call_id for e in board.of(ev.CallKept)} == set(board.node.calls)
    assert board.node.kept.outcomes == {"kept": 2, "lost": 0}
    assert not board.of(ev.ConnectionCleared)
    assert board.hearing() == {"A": ""}
    board.ask("clearConnection", callId=board.id("A"))
    board.wait(ev.ConnectionCleared, 2)
    ended = board.of(ev.ConnectionCleared)
    assert {e.cause for e in ended} == {"normalClearing"}
    assert board.file.numbers == []


def test_the_application_clears_it_at_once(board: KeptBoard) -> None:
    """Before its far end was asked."""
    board.dial("A")
    board.again()
    board.ask("clearConnection", callId=board.id("A"))
    board.run(10)
    near = board.legs["A"].near.call_id
    assert board.ended()[near] == "normalClearing"
    assert not board.node.calls and not board.file.numbers


def test_killed_between_its_answer_and_the_event(board: KeptBoard) -> None:
    """Established is told, once, by the next run."""
    board.dial("A")
    near = board.id("A")
    board.seen.clear()
    board.again(not_told=[near])
    (told,) = board.of(ev.Established)
    assert told.call_id == near
    board.wait(ev.CallKept, 2)
    assert board.seen.index(told) < board.seen.index(board.of(ev.CallKept)[0])


@pytest.mark.parametrize(
    ("example", "keeps"),
    [("back-to-back", True), ("ss7-china24", True), ("r2-china", False), ("pots", False)],
)
def test_which_signalling_keeps(example: str, keeps: bool) -> None:
    node = Node(loads((EXAMPLES / f"{example}.toml").read_text()), VirtualClock())
    node.open()
    assert {trunk.keeps for trunk in node.trunks.values()} == {keeps}
    node.close()


def test_joined_held_and_mixed(board: KeptBoard) -> None:
    board.dial("A", "B", "C")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"), after="clear")
    board.again()
    assert board.hearing() == {"A": "B", "B": "A", "C": ""}
    board.ask("holdCall", callId=board.id("B"))
    board.again()
    assert board.hearing() == {"A": "", "B": "~", "C": ""}
    board.ask("retrieveCall", callId=board.id("B"))
    add = {"callId": board.id("A"), "other": board.id("C"), "coached": board.id("A")}
    board.ask("joinCalls", **add, role="coach")
    (before,) = board.ask("conferences").conferences
    assert board.hearing() == {"A": "BC", "B": "A", "C": "AB"}
    board.seen.clear()
    board.again()
    assert board.hearing() == {"A": "BC", "B": "A", "C": "AB"}
    changes = [(e.call_id, e.change) for e in board.of(ev.ConferenceChanged)]
    assert changes[:4] == [*((board.id(n), "left") for n in "ABC"), (0, "closed")]
    assert (0, "created") in changes[4:]
    assert len(board.ask("conferences").conferences) == 1 and before.members
    board.ask("clearConnection", callId=board.id("C"))
    assert board.hearing() == {"A": "B", "B": "A"}


@pytest.mark.parametrize(("after", "follows"), [("clear", True), ("keep", False)])
def test_who_talked_with_a_lost_call(board: KeptBoard, after: str, follows: bool) -> None:
    """Its far end has it no more, or nothing was kept of it."""
    board.dial("A", "B")
    near, far, other = board.id("A"), board.legs["A"].far.call_id, board.id("B")
    board.ask("joinCalls", callId=near, other=other, after=after)
    board.again(lost=[far])
    board.run(10)
    assert board.ended()[near] == "restart"
    record = next(e for e in board.of(ev.ConnectionCleared) if e.call_id == near)
    assert (record.q850, record.releasing) == (41, "local")
    assert (other in board.ended()) is follows
    assert board.node.kept.outcomes["lost"] == 1


@pytest.mark.parametrize(("after", "follows"), [("clear", True), ("keep", False)])
def test_who_talked_with_one_that_nothing_is_known_of(
    board: KeptBoard, after: str, follows: bool
) -> None:
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"), after=after)
    other = board.id("B")
    board.again(lost=[board.id("A"), board.legs["A"].far.call_id])
    board.run(10)
    assert (board.ended().get(other) == "networkCongestion") is follows


def test_who_waited_for_one_that_had_not_answered(board: KeptBoard) -> None:
    """A transfer to somebody who rang: the application has its call again."""
    board.dial("A")
    board.answers = False
    rings = board.ask(
        "singleStepTransferCall", callId=board.id("A"), called="9", device="trunk/user"
    ).call_id
    board.run(1)
    board.again()
    board.run(5)
    assert board.id("A") in board.node.calls and rings not in board.node.calls
    assert board.info("A").connections[0].call_id == board.id("A")


def consult(board: KeptBoard) -> int:
    """A talks with B, who consults C: callId of that."""
    board.dial("A", "B")
    a, b = board.id("A"), board.id("B")
    board.ask("joinCalls", callId=a, other=b)
    params = {"heldCall": a, "consulting": b, "called": "3", "device": "trunk/user"}
    made: int = board.ask("consultationCall", **params).call_id
    board.placed("C", made)
    assert board.hearing() == {"A": "~", "B": "C", "C": "B"}
    return made


def test_a_consultation_goes_on(board: KeptBoard) -> None:
    consult(board)
    board.again()
    assert board.hearing() == {"A": "~", "B": "C", "C": "B"}
    both = {"heldCall": board.id("A"), "activeCall": board.id("C")}
    board.ask("alternateCall", **both)
    assert board.hearing() == {"A": "B", "B": "A", "C": "~"}
    board.again()
    assert board.hearing() == {"A": "B", "B": "A", "C": "~"}
    both = {"heldCall": board.id("C"), "activeCall": board.id("A")}
    board.ask("conferenceCall", **both)
    assert board.hearing() == {"A": "BC", "B": "AC", "C": "AB"}


def test_who_was_consulted_is_lost(board: KeptBoard) -> None:
    """Whoever consulted gets back the one on hold."""
    made = consult(board)
    board.again(lost=[made, board.legs["C"].far.call_id])
    assert board.hearing() == {"A": "B", "B": "A"}
    assert [e.call_id for e in board.of(ev.Retrieved)] == [board.id("A")]


def test_media_at_work_is_over_and_told(make: Callable[..., KeptBoard]) -> None:
    board = make()
    board.dial("A", "B", "C", "D")
    a, b, c, d = (board.id(name) for name in "ABCD")
    board.ask("playMessage", callId=a, message="waiting.wav", repeat=100)
    board.ask("recordMessage", callId=a, message="a.wav")
    board.ask("startDigitsCollection", callId=b, firstTimeout=60)
    board.ask("startCallProgressAnalysis", callId=b)
    number = board.ask("createConference", name="mine").conference
    board.ask("joinConference", conference=number, callId=c)
    board.ask("connectCalls", callId=d, other=b)
    sock = board.audio(callId=d)
    board.run(1)
    board.seen.clear()
    board.again()
    sock.close()
    stops = [(e.call_id, e.kind, e.message, e.reason) for e in board.of(ev.Stop)]
    assert sorted(stops) == [(a, "play", "waiting.wav", "failed"), (a, "record", "a.wav", "failed")]
    assert {e.text for e in board.of(ev.Stop)} == {"trunkd was killed and started anew"}
    assert [(e.call_id, e.reason) for e in board.of(ev.DigitsCollected)] == [(b, "stopped")]
    assert [(e.call_id, e.verdict) for e in board.of(ev.CallProgressResult)] == [(b, "unknown")]
    assert [(e.call_id, e.reason) for e in board.of(ev.AudioClosed)] == [(d, "failed")]
    assert [(e.call_id, e.change) for e in board.of(ev.ConferenceChanged)] == [
        (c, "left"),
        (0, "closed"),
    ]
    assert {e.call_id for e in board.of(ev.ConnectionChanged)} == {b, d}
    for name in "ABCD":
        assert board.info(name).at_work == [] and not board.info(name).playing
    board.again()
    assert len(board.of(ev.Stop)) == 2, "told once"


def test_a_parked_call(board: KeptBoard) -> None:
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    board.ask("parkCall", callId=board.id("A"), orbit="7", timeout=20)
    board.again()
    (info,) = board.ask("parkedCalls").parked
    assert (info.orbit, info.call_id, info.timeout) == ("7", board.id("A"), 20)
    assert board.hearing() == {"A": "~"}
    board.again()
    board.run(22)
    (recall,) = [e for e in board.of(ev.Diverted) if e.cause == "recall"]
    assert (recall.call_id, recall.diverting) == (board.id("A"), "orbit/7")
    board.placed("P", recall.new_call)
    assert board.ask("parkedCalls").parked == [], "it came back to who parked it"
    assert board.hearing() == {"A": "P", "P": "A"}


SESSIONS = """
[[treatment]]
name = "sorry"
music = "waiting"
seconds = 5.0
[sessions]
reconnect = "10s"
"""


def owned(board: KeptBoard, name: str, on_loss: OnLoss) -> int:
    """A call of a session, which is connected."""
    board.dial(name)
    session, _ = board.session(name.lower(), on_loss)
    board.node.sessions.claim(board.legs[name].near, session, False, None)
    return board.id(name)


def test_owners_have_time_to_come_back(make: Callable[..., KeptBoard]) -> None:
    board = make(more=SESSIONS)
    clear = owned(board, "A", OnLoss(action="clear", cause=38))
    lease = owned(board, "B", OnLoss(keep_for=25, then="clear"))
    own = owned(board, "C", OnLoss(action="clear"))
    session, _ = board.session("c")
    board.node.sessions.claim(board.legs["C"].near, session, False, OnLoss(keep_for=None))
    hand = owned(board, "D", OnLoss(action="handOver", to="e"))
    board.again()
    assert [board.info(n).owner for n in "ABCD"] == ["a", "b", "c", "d"]
    board.run(5)
    assert not board.of(ev.OwnerLost)
    board.session("e")
    board.run(6)
    lost = {e.call_id: (e.session, e.action) for e in board.of(ev.OwnerLost)}
    assert lost == {
        clear: ("a", "clear"),
        lease: ("b", "clear"),
        own: ("c", "keep"),
        hand: ("d", "handOver"),
    }
    assert clear in board.ended() and board.info("D").owner == "e"
    board.run(12)
    assert lease not in board.ended()
    board.run(3)
    assert lease in board.ended(), "25 s from the start"
    board.session("c")
    assert board.of(ev.OwnerChanged)[-1].reason == "back"
    board.run(60)
    assert board.info("C").owner == "c"


def test_an_owner_that_is_back_in_time(make: Callable[..., KeptBoard]) -> None:
    board = make(more=SESSIONS)
    call = owned(board, "A", OnLoss(action="clear"))
    board.again()
    board.run(3)
    session, connection = board.session("a")
    assert (board.of(ev.OwnerChanged)[-1].reason, list(session.calls)) == ("back", [call])
    board.run(30)
    assert not board.of(ev.OwnerLost) and call in board.node.calls
    board.node.sessions.leave(session, connection)
    board.run(3)
    assert call in board.ended()


def test_a_treatment_begins_anew(make: Callable[..., KeptBoard]) -> None:
    board = make(more=SESSIONS)
    board.dial("A")
    sessions = board.node.sessions
    sessions.treatments.begin(board.legs["A"].near, sessions.treatments.row("sorry"))
    board.run(3)
    board.again()
    board.run(3)
    assert board.id("A") in board.node.calls
    assert board.hearing() == {"A": "~"}
    board.run(3)
    assert board.id("A") in board.ended()


def test_keep_calls_off(make: Callable[..., KeptBoard]) -> None:
    board = make(user="keep_calls = false")
    board.dial("A")
    board.node.kept.flush()
    assert board.file.numbers == [board.legs["A"].far.call_id], "the other trunk keeps its end"


def test_keep_calls_off_from_now_on(make: Callable[..., KeptBoard]) -> None:
    """Or the trunk is gone: what cannot go on is told to the runner, which closes its record."""
    board = make(user="keep_calls = true")
    board.dial("A")
    near, far = board.id("A"), board.legs["A"].far.call_id
    board.again(edit=("keep_calls = true", "keep_calls = false"))
    assert [each.call_id for each in board.node.kept.lost] == [near]
    assert list(board.node.calls) == [far] and board.file.numbers == [far]
    board.run(10)
    assert board.ended() == {far: "restart"}


def test_times_of_a_lost_call(board: KeptBoard) -> None:
    """It ended when the run before told something last."""
    board.dial("A")
    board.run(7)
    far = board.legs["A"].far.call_id
    killed, instance = board.node.wall(board.node.now()), board.node.instance
    ended = []
    board.again(lost=[far])
    board.node.call_sinks.append(lambda call: ended.append(record_of(call, "x")))
    board.run(20)
    (record,) = ended
    assert record.lost == "restart" and record.cause == "restart" and record.instance == instance
    assert record.ended == kept.timestamp(killed) and 7000 <= record.talk_ms < 9000
    assert board.node.wall(board.node.now()) > killed + (DOWN + 15) * SECOND


numbers = st.builds(PartyNumber, st.text("0123456789", max_size=20), st.integers(0, 7))
requests = st.builds(
    CallRequest,
    numbers,
    st.none() | numbers,
    bearer=st.integers(0, 31),
    display=st.text(max_size=9),
    user_user=st.binary(max_size=130),
    redirecting=st.none() | numbers,
    original_called=st.none() | numbers,
    redirect_reason=st.integers(0, 15),
    access=st.binary(max_size=30),
    complete=st.booleans(),
)


@given(requests)
def test_a_request_is_the_same_again(request: CallRequest) -> None:
    made = kept.as_request(kept.decode(kept.encode(_of(kept.request_of(request)))).request)
    assert [getattr(made, n) for n in CallRequest.__slots__] == [
        getattr(request, n) for n in CallRequest.__slots__
    ]


def _of(request: kept.Request) -> kept.Kept:
    return kept.Kept(1, "i", "t", "in", {"channel": 1, "outgoing": 1}, 1, 2, request)


def test_what_cannot_be_read_is_dropped(tmp_path: pathlib.Path) -> None:
    file = KeptFile(str(tmp_path / "k"))
    file.put(2, b"\xc1 not a call")
    file.put(1, kept.encode(_of({})))
    found = kept_calls.read(file)
    assert [each.call_id for each in found] == [1] and file.numbers == [1]
    file.close()
