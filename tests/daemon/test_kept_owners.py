"""Over a kill: calls whose session is known no more, and a single step that the network was to
do."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from kept_board import KeptBoard
from network_rig import NetworkBench

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import kept_calls
from trunkd.daemon.kept_file import KeptFile
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import Node

SESSIONS = """
[sessions]
reconnect = "10s"
"""


@pytest.fixture
def board(tmp_path: pathlib.Path) -> Iterator[KeptBoard]:
    made = KeptBoard(tmp_path, more=SESSIONS)
    yield made
    assert made.node.problems == 0
    made.close()


@pytest.fixture
def forget(board: KeptBoard, tmp_path: pathlib.Path) -> Callable[[], None]:
    """A kill, and the file of sessions is gone."""

    def again() -> None:
        (tmp_path / "sessions").unlink(missing_ok=True)
        board.again()

    return again


def owned(board: KeptBoard, name: str, on_loss: OnLoss | None) -> int:
    board.dial(name)
    session, _ = board.session(name.lower())
    board.node.sessions.claim(board.legs[name].near, session, False, on_loss)
    return board.id(name)


def test_a_session_that_is_known_no_more(board: KeptBoard, forget: Callable[[], None]) -> None:
    call = owned(board, "A", None)
    board.seen.clear()
    forget()
    (told,) = board.of(ev.OwnerChanged)
    assert (told.call_id, told.previous, told.owner, told.reason) == (call, "a", "", "lost")
    assert board.info("A").owner == ""
    board.run(60)
    assert call in board.node.calls, "as any call of nobody's"
    board.seen.clear()
    board.again()
    assert not board.of(ev.OwnerChanged), "told once"


def test_what_was_said_for_its_loss(board: KeptBoard, forget: Callable[[], None]) -> None:
    """Sessions have time to come back, also over a second kill; who takes such a call has it."""
    clear = owned(board, "A", OnLoss(action="clear", cause=38))
    lease = owned(board, "B", OnLoss(keep_for=25))
    ever = owned(board, "C", OnLoss(keep_for=None))
    taken = owned(board, "D", OnLoss(action="clear"))
    forget()
    board.run(5)
    board.again()
    session, _ = board.session("new")
    board.node.sessions.claim(board.legs["D"].near, session, False, None)
    board.run(9)
    assert not board.ended()
    board.run(2)
    assert set(board.ended()) & {clear, lease, ever, taken} == {clear}
    record = next(e for e in board.of(ev.ConnectionCleared) if e.call_id == clear)
    assert (record.q850, record.releasing) == (38, "local")
    board.run(12)
    assert lease not in board.ended()
    board.run(4)
    assert lease in board.ended(), "25 s from the start"
    board.run(60)
    assert {ever, taken} <= board.node.calls.keys()


# A single step by the network


def again(bench: NetworkBench, file: KeptFile) -> None:
    """A kill and a start; both sides of the network are in it."""
    before = bench.node
    before.kept.flush()
    before.close()
    clock = VirtualClock(0, before.wall(before.now()) + SECOND)
    node = bench.node = Node(before.config, clock, "again")
    node.go_on_from(before.seq, before.last_call, recovering=True)
    node.sinks += [lambda event, trunk: node.kept.told(event), bench._event]
    node.open()
    node.kept.open(file, kept_calls.read(file), clock.wall(0))
    bench.seen.clear()
    node.start()
    node.kept.resume()


@pytest.mark.parametrize("answered", [False, True])
def test_a_single_step_is_put_back(tmp_path: pathlib.Path, answered: bool) -> None:
    """Who was to be transferred does not wait for ever: he is back with his partner."""
    bench = NetworkBench()
    file = KeptFile(str(tmp_path / "k"))
    bench.node.sinks.insert(0, lambda event, trunk: bench.node.kept.told(event))
    bench.node.kept.open(file, [], 0)
    agent, call = bench.dial("5551009"), bench.dial("5551001")
    bench.ask("joinCalls", callId=agent.call_id, other=call.call_id)
    params = {"callId": call.call_id, "called": "5551003", "by": "network"}
    made = bench.ask("singleStepTransferCall", **params).call_id
    target = bench.node.calls[made]
    if answered:  # the network has been asked, and has not answered yet
        step = 0
        while target.state != "connected":
            bench.run(0.001)
            step += 1
            assert step < 30_000
        assert not bench.of(ev.Transferred) and bench.node.switch.is_held(call)
    again(bench, file)
    (told,) = bench.of(ev.NetworkRefused)
    assert (told.call_id, told.secondary, told.then) == (call.call_id, made, "")
    assert (told.service, told.why) == ("singleStepTransfer", "trunkd was killed and started anew")
    (back,) = bench.of(ev.Retrieved)
    node = bench.node
    one, other = node.call(call.call_id), node.call(agent.call_id)
    assert back.call_id == one.call_id and not node.switch.is_held(one)
    assert node.switch.partners(one) == [other]
    bench.until(lambda: made not in node.calls)
    bench.run(20)
    assert node.switch.partners(one) == [other]
    bench.close()
    file.close()
