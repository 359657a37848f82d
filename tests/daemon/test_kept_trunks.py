"""Trunks of several D-channels and of SS7 whose calls outlive the daemon, in virtual time."""

from __future__ import annotations

import pathlib
import sys
from typing import cast

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import ask
from ss7_rig import ss7_config
from test_nfas import NFAS

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import kept_calls
from trunkd.daemon.config_check import loads
from trunkd.daemon.kept_file import KeptFile
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.signaling.call import CallRequest, PartyNumber
from trunkd.signaling.ss7.isup import Isup


def confirmed(seen: list[ev.Event]) -> set[int]:
    return {e.call_id for e in seen if isinstance(e, ev.CallKept)}


def test_two_d_channels(tmp_path: pathlib.Path) -> None:
    """NFAS with a stand-by D-channel: calls of all spans go on."""
    channels = (1, 40, 248)
    file = KeptFile(str(tmp_path / "k"))
    node, _ = bench(NFAS, file)
    for channel in channels:
        node.place(node.trunk("pstn"), CallRequest(PartyNumber("1"), None, channel, True))
        run_until(node, node.now() + SECOND)
    infos = {call_id: call.info() for call_id, call in node.calls.items()}
    assert {info.channel for info in infos.values()} == set(channels)
    again, seen = bench(NFAS, file, node)
    assert {call_id: call.info() for call_id, call in again.calls.items()} == infos
    assert confirmed(seen) == set(infos) and again.problems == 0
    for call in list(again.calls.values()):
        if call.direction == "out":
            call.trunk.clear(call, 16, again.now())
    run_until(again, again.now() + 5 * SECOND)
    assert not again.calls and not file.numbers
    again.close()
    file.close()


def test_the_called_party_had_hung_up(tmp_path: pathlib.Path) -> None:
    """SUS by the network and by the user: it is suspended over the kill, too, and goes on with
    RES."""
    file = KeptFile(str(tmp_path / "k"))
    text = ss7_config()
    node, _ = bench(text, file)
    near = node.place(node.trunk("pstn"), CallRequest(PartyNumber("5551000"), None))
    run_until(node, node.now() + 2 * SECOND)
    far = next(call for call in node.calls.values() if call is not near)
    ask(node, "notify", callId=far.call_id, indicator=0)
    part = cast(Isup, far.trunk.engine)
    part.suspend(far.handle, node.now())
    node.kept.changed(far.call_id)
    far.trunk.pump(node.now())
    run_until(node, node.now() + SECOND)
    assert near.suspended and near.state == "connected"
    again, seen = bench(text, file, node)
    assert confirmed(seen) == {near.call_id, far.call_id}
    near, far = again.call(near.call_id), again.call(far.call_id)
    assert near.suspended
    ask(again, "notify", callId=far.call_id, indicator=1)
    part = cast(Isup, far.trunk.engine)
    part.resume(far.handle, again.now())
    far.trunk.pump(again.now())
    run_until(again, again.now() + SECOND)
    assert not near.suspended, "both engines knew of the suspension"
    near.trunk.clear(near, 16, again.now())
    run_until(again, again.now() + 5 * SECOND)
    ended = {e.call_id: e.cause for e in seen if isinstance(e, ev.ConnectionCleared)}
    assert ended == dict.fromkeys((near.call_id, far.call_id), "normalClearing")
    assert not file.numbers and again.problems == 0
    again.close()
    file.close()


def bench(text: str, file: KeptFile, before: Node | None = None) -> tuple[Node, list[ev.Event]]:
    """A node whose incoming calls are answered, and all it tells; ``before`` is given up for it."""
    clock, seq, last = VirtualClock(), 0, 0
    if before is not None:
        before.kept.flush()
        before.close()
        seq, last = before.seq, before.last_call
        clock = VirtualClock(0, before.wall(before.now()) + SECOND)
    node = Node(loads(text), clock, f"run{seq}")
    node.go_on_from(seq, last, recovering=seq > 0)
    seen: list[ev.Event] = []

    def told(event: ev.Event, trunk: str) -> None:
        node.kept.told(event)
        seen.append(event)
        if isinstance(event, ev.Delivered) and event.direction == "in":
            call = node.call(event.call_id)
            node.at(node.now(), lambda now: call.trunk.answer(call, now))

    node.sinks.append(told)
    node.open()
    node.kept.open(file, kept_calls.read(file), clock.wall(0))
    node.start()
    node.kept.resume()
    run_until(node, node.now() + 12 * SECOND)
    return node, seen
