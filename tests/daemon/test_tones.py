"""A call that the far end clears with tones on its channel ends even if nobody clears it."""

from __future__ import annotations

from trunkd.board.clock import SECOND
from trunkd.daemon import events as ev
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber
from trunkd.signaling.isdn import elements, messages

TONES = 8
"""Progress description 8: in-band information is available (Q.931 4.5.23)."""


def test_tones_are_heard_for_a_bounded_time(pair: Node) -> None:
    node = pair
    seen: list[ev.Event] = []
    node.sinks.append(lambda event, trunk: seen.append(event))
    user, network = node.trunk("user1"), node.trunk("network1")
    call = node.place(user, CallRequest(PartyNumber("5551000")))
    run_until(node, 4 * SECOND)
    (other,) = network.calls.values()
    network.answer(other, node.now())
    run_until(node, 5 * SECOND)
    disconnect = messages.encode(
        1,
        1,
        messages.DISCONNECT,
        [elements.cause(17, 2), elements.ProgressIndicator(TONES, 2)],
    )
    network.engine.link.send(disconnect, node.now())
    network.pump(node.now())
    run_until(node, 6 * SECOND)
    (failed,) = [e for e in seen if isinstance(e, ev.Failed)]
    assert (failed.call_id, failed.q850, failed.inband) == (call.call_id, 17, True)
    assert node.calls[call.call_id].state == "fail"  # still up: the tones can be heard
    run_until(node, 5 * SECOND + user.table.tone_time)
    assert call.call_id in node.calls
    run_until(node, 7 * SECOND + user.table.tone_time)
    assert not node.calls
    cleared = [e for e in seen if isinstance(e, ev.ConnectionCleared)]
    assert {e.call_id for e in cleared} == {call.call_id, other.call_id}
    # The far end began the clearing, whoever ended the tones.
    assert [e.releasing for e in cleared if e.call_id == call.call_id] == ["remote"]
