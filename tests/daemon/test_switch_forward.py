"""Forwarding of telephones on FXS lines, its file, and loops of it."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import media_rig
from csta_rig import CstaBench, config_of

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.switch_forward import forwarding_path
from trunkd.daemon.virtual import run_until
from trunkd.daemon.wire import WireError
from trunkd.errors import LocalError


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[CstaBench]:
    made = CstaBench("analog", tmp_path)
    yield made
    made.reset()
    made.node.close()


def test_a_telephone_is_forwarded_to_another(bench: CstaBench) -> None:
    bench.ask("setForwarding", device="trunk/phones/1", to="8002", toDevice="trunk/phones")
    made = bench.ask("makeCall", called="8001", device="trunk/phones")
    bench.placed("A", made.call_id)
    assert bench.legs["A"].near.device == "trunk/phones/2"
    (told,) = bench.of(ev.Diverted)
    assert (told.diverting, told.to) == ("trunk/phones/1", "8002")


def test_do_not_disturb_of_one_line_only(bench: CstaBench) -> None:
    bench.ask("setForwarding", device="trunk/phones/1", type="dnd")
    with pytest.raises(WireError, match="does not want to be disturbed") as refused:
        bench.ask("makeCall", called="8001", device="trunk/phones")
    assert refused.value.data["q850"] == 21
    made = bench.ask("makeCall", called="8002", device="trunk/phones")
    bench.placed("A", made.call_id)


def test_telephones_forwarded_to_each_other(bench: CstaBench) -> None:
    for line, to in ((1, "8002"), (2, "8001")):
        where = {"device": f"trunk/phones/{line}", "to": to, "toDevice": "trunk/phones"}
        bench.ask("setForwarding", **where)
    with pytest.raises(WireError, match="more than 5 times"):
        bench.ask("makeCall", called="8001", device="trunk/phones")


def test_a_chain_of_no_answer_ends(bench: CstaBench) -> None:
    """Each rings for its time; at most five times is a call forwarded."""
    bench.silent |= {"8001", "8002", "8003", "8004"}
    for line in (1, 2, 3):
        where = {"device": f"trunk/phones/{line}", "to": f"800{line + 1}"}
        bench.ask("setForwarding", type="noAnswer", after=2, toDevice="trunk/phones", **where)
    made = bench.ask("makeCall", called="8001", device="trunk/phones")
    bench.until(lambda: len(bench.of(ev.Diverted)) == 3)
    assert [e.to for e in bench.of(ev.Diverted)] == ["8002", "8003", "8004"]
    bench.ask("clearConnection", callId=made.call_id)
    bench.run(20)  # the last ringing is still to be noticed
    assert bench.is_idle()


def test_clearing_while_a_call_is_forwarded(bench: CstaBench) -> None:
    bench.silent.add("8001")
    where = {"device": "trunk/phones/1", "to": "8002", "toDevice": "trunk/phones"}
    bench.ask("setForwarding", type="noAnswer", after=2, **where)
    made = bench.ask("makeCall", called="8001", device="trunk/phones")
    call = bench.node.calls[made.call_id]
    forwards = bench.node.switch.forwards
    bench.until(lambda: call.state == "alerting")
    (row,) = forwards.infos()
    forwards._move(call, row, True, bench.node.now())
    assert call.handle == 0
    bench.ask("clearConnection", callId=made.call_id)
    bench.until(lambda: made.call_id not in bench.node.calls)
    bench.run(5)
    assert len(bench.of(ev.ConnectionCleared, call_id=made.call_id)) == 1


def test_what_cannot_be_set(bench: CstaBench) -> None:
    for wrong in ({"device": "trunk/office/5"}, {"device": "trunk/phones/9"}, {"device": "x"}):
        with pytest.raises(WireError, match="no device that can be forwarded"):
            bench.ask("setForwarding", to="1", **wrong)
    with pytest.raises(WireError, match="say where"):
        bench.ask("setForwarding", device="trunk/phones/1")
    with pytest.raises(WireError, match="to itself"):
        bench.ask("setForwarding", device="trunk/phones/1", toDevice="trunk/phones/1")


def test_where_calls_may_go(bench: CstaBench) -> None:
    line = "trunk/phones/1"
    for given, kept in (("phones", "trunk/phones"), ("phones/02", "trunk/phones/2"), ("", "")):
        bench.ask("setForwarding", device=line, to="8002", toDevice=given)
        assert bench.ask("forwardings").forwardings[0].to_device == kept
    for wrong in ("nowhere", "trunk/phones/77", "trunk/phones/\u00b2", "group/none"):
        with pytest.raises(WireError, match="calls cannot go to"):
            bench.ask("setForwarding", device=line, to="8002", toDevice=wrong)


def test_an_emergency_call_is_not_forwarded(tmp_path: pathlib.Path) -> None:
    rows = '[[emergency]]\nname = "police"\nprefix = ["110"]\nchoices = ["agents"]\n'
    node = Node(loads(config_of("pri", tmp_path) + rows), VirtualClock())
    node.open()
    node.start()
    run_until(node, 3 * SECOND)
    media_rig.ask(node, "setForwarding", device="group/agents", type="dnd")
    with pytest.raises(WireError, match="disturbed"):
        media_rig.ask(node, "makeCall", called="111", device="group/agents")
    made = media_rig.ask(node, "makeCall", called="110", device="group/agents")
    assert made.call_id in node.calls
    node.close()


def node_with_records(directory: pathlib.Path) -> Node:
    text = config_of("analog", directory)
    text = text.replace('records = "off"', f'records = "{directory}/records.jsonl"')
    node = Node(loads(text), VirtualClock())
    node.open()
    return node


def test_it_outlives_the_daemon(tmp_path: pathlib.Path) -> None:
    node = node_with_records(tmp_path)
    where = {"device": "trunk/phones/3", "type": "busy", "to": "12", "after": 7}
    media_rig.ask(node, "setForwarding", **where)
    media_rig.ask(node, "setForwarding", device="group/agents", type="dnd")
    node.close()
    path = forwarding_path(node.config.daemon)
    assert [row["type"] for row in json.loads(pathlib.Path(path).read_text())] == ["dnd", "busy"]
    again = node_with_records(tmp_path)
    rows = media_rig.ask(again, "forwardings").forwardings
    assert [(r.device, r.type, r.to, r.after) for r in rows] == [
        ("group/agents", "dnd", "", 20),
        ("trunk/phones/3", "busy", "12", 7),
    ]
    for row in rows:
        media_rig.ask(again, "setForwarding", device=row.device, type=row.type, on=False)
    again.close()
    assert not node_with_records(tmp_path).switch.forwards.infos()


def test_a_file_that_is_broken_is_reported(tmp_path: pathlib.Path) -> None:
    node = node_with_records(tmp_path)
    node.close()
    path = forwarding_path(node.config.daemon)
    pathlib.Path(path).write_text("nonsense")
    with pytest.raises(LocalError, match="cannot be read"):
        node_with_records(tmp_path)


def test_a_file_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    node = node_with_records(tmp_path)
    os.mkdir(forwarding_path(node.config.daemon))
    with pytest.raises(LocalError, match="cannot be written"):
        media_rig.ask(node, "setForwarding", device="group/agents", type="dnd")
    node.close()
