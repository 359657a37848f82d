"""Layer 1 and noise, in virtual time: what a short fault must not do, and a long one must."""

from __future__ import annotations

import pytest

from trunkd.board.clock import MILLISECOND, SECOND
from trunkd.daemon import events as ev
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber


def cable(node: Node):
    return node.boards["b0"].board.cable(1)


@pytest.mark.parametrize("milliseconds", [1, 20, 450])
def test_a_short_fault_ends_no_call_in_set_up(pair: Node, milliseconds: int) -> None:
    call = pair.place(pair.trunk("user1"), CallRequest(PartyNumber("5551000")))
    run_until(pair, pair.now() + SECOND)
    assert call.state == "alerting"
    cable(pair).cut()
    run_until(pair, pair.now() + milliseconds * MILLISECOND)
    cable(pair).mend()
    run_until(pair, pair.now() + 5 * SECOND)
    assert pair.trunk("user1").up and call.state == "alerting"
    (other,) = pair.trunk("network1").calls.values()
    pair.trunk("network1").answer(other, pair.now())
    run_until(pair, pair.now() + SECOND)
    assert call.state == "connected"


def test_a_long_fault_takes_the_link_down_and_keeps_the_call(pair: Node) -> None:
    seen: list[ev.Event] = []
    pair.sinks.append(lambda event, trunk: seen.append(event))
    user, network = pair.trunk("user1"), pair.trunk("network1")
    call = pair.place(user, CallRequest(PartyNumber("5551000")))
    run_until(pair, pair.now() + SECOND)
    (other,) = network.calls.values()
    network.answer(other, pair.now())
    run_until(pair, pair.now() + SECOND)
    begin = pair.now()
    cable(pair).cut()
    run_until(pair, begin + 5 * SECOND)
    down = [e for e in seen if isinstance(e, ev.LinkChanged) and not e.up]
    assert {e.trunk for e in down} == {"user1", "network1"}
    hold = user.table.line_hold
    epoch = pair.wall(0)
    assert all(hold <= e.time - epoch - begin <= hold + 5 * MILLISECOND for e in down)
    cable(pair).mend()
    run_until(pair, begin + 10 * SECOND)
    assert user.up and network.up
    assert call.state == other.state == "connected"


def test_faults_are_all_counted_and_told_with_measure(pair: Node) -> None:
    seen: list[ev.Event] = []
    pair.sinks.append(lambda event, trunk: seen.append(event))
    network = pair.trunk("network1")
    for _ in range(40):
        # A message type that does not exist, on a call reference that does not either.
        network.engine.link.send(bytes([8, 2, 0, 9, 0x7F]), pair.now())
        network.pump(pair.now())
        run_until(pair, pair.now() + 10 * MILLISECOND)
    user = pair.trunk("user1")
    assert sum(user.faults.values()) >= 40
    told = [e for e in seen if isinstance(e, ev.ProtocolFault) and e.trunk == "user1"]
    assert 20 <= len(told) < 40


def test_a_fault_in_one_handler_does_not_stop_the_others(pair: Node) -> None:
    problems: list[Exception] = []
    pair.on_problem = problems.append
    ended = []
    pair.call_sinks.append(ended.append)
    call = pair.place(pair.trunk("user1"), CallRequest(PartyNumber("5551000")))
    run_until(pair, pair.now() + SECOND)
    # The application closed the timeslot under the call: giving it back must not lose the call.
    call.trunk.span.timeslots[call.channel].close()
    call.trunk.span.timeslots[call.channel].close = _refuse
    call.trunk.clear(call, 16, pair.now())
    run_until(pair, pair.now() + SECOND)
    assert call in ended and call.call_id not in pair.calls
    assert len(problems) == 1


def _refuse() -> None:
    from trunkd.errors import DriverError

    raise DriverError("the board is gone")
