"""A daemon whose predecessor was killed: channels of every signalling are reset and idle."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until

EXAMPLES = pathlib.Path(__file__).parent.parent.parent / "examples"


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("back-to-back", {"pstn", "exchange"}),
        ("ss7-china24", {"to-toll", "to-local"}),
        ("r2-china", set()),  # bits alone: idle ones clear what was
        ("pots", {"phones", "office"}),
    ],
)
def test_channels_are_reset(example: str, says: set[str]) -> None:
    node = Node(loads((EXAMPLES / f"{example}.toml").read_text()), VirtualClock())
    node.go_on_from(100, 50, recovering=True)
    seen: list[ev.Event] = []
    node.sinks.append(lambda event, trunk: seen.append(event))
    node.open()
    node.start()
    try:
        run_until(node, 40 * SECOND)
        done = {e.trunk for e in seen if isinstance(e, ev.RestartDone) and e.local and e.ok}
        assert done == says
        for trunk in node.trunks.values():
            assert set(trunk.channel_state.values()) == {0}, trunk.name
        assert node.problems == 0
        assert seen[0].seq == 101 and node.next_call_id() == 51
    finally:
        node.close()
