"""Every event of the engines has its handler, and what clients see of a circuit trunk."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import Ss7Bench, ss7_config

from trunkd.board.events import EventsLost
from trunkd.daemon import events as ev
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import mtp3_events, tup_events


def kinds(module: object, base: type) -> set[type]:
    found = {c for c in vars(module).values() if isinstance(c, type) and issubclass(c, base)}
    return found - {base}


def test_every_event_of_the_engines_is_handled() -> None:
    bench = Ss7Bench(ss7_config(), up=False)
    engines = kinds(neutral, neutral.SignallingEvent) | kinds(tup_events, neutral.SignallingEvent)
    assert engines <= set(bench.pstn._handlers), engines - set(bench.pstn._handlers)
    level3 = kinds(mtp3_events, mtp3_events.Mtp3Event)
    # Those that the stack keeps to itself.
    level3 -= {
        mtp3_events.TransferIndication,
        mtp3_events.Paused,
        mtp3_events.Resumed,
        mtp3_events.Status,
    }
    assert level3 == set(bench.near._handlers)
    bench.close()


def test_infos() -> None:
    bench = Ss7Bench(ss7_config())
    call = bench.place(bench.pstn, 33)
    bench.run(1)
    info = bench.pstn.info()
    assert (info.name, info.signalling, info.span) == ("pstn", "isup", "b0/1, b0/2")
    assert (info.side, info.d_channel, info.up) == ("", 0, True)
    assert (info.channels, info.idle, info.busy) == (60, 59, 1)
    channel = next(c for c in bench.pstn.channel_infos() if c.channel == 33)
    assert (channel.state, channel.call_id) == ("busy", call.call_id)
    assert (channel.span, channel.timeslot) == ("b0/2", 1)
    spans = {s.name: s.trunk for s in bench.node.span_infos()}
    assert spans["b0/1"] == "near-set/0, pstn"
    bench.close()


def test_an_alarm_is_told_to_those_who_watch_the_trunk() -> None:
    bench = Ss7Bench(ss7_config())
    told = []
    bench.node.sinks.append(lambda event, trunk: told.append((type(event), trunk)))
    bench.cable(1).cut()
    bench.run(0.2)
    assert (ev.AlarmChanged, "pstn") in told and (ev.AlarmChanged, "exchange") in told
    bench.close()


def test_lost_board_events_stop_no_link() -> None:
    bench = Ss7Bench(ss7_config())
    line = bench.near.lines[0]
    line.queued = 3  # as if TransmitLow had been lost
    call = bench.place(bench.pstn, 2)
    bench.run(1)
    assert call.state == "initiated"
    unit = bench.node.boards["b0"]
    events = unit.board.events
    unit.board.events = lambda: [EventsLost(bench.node.now(), 5)]  # type: ignore[method-assign]
    bench.node.drain_board(unit)
    unit.board.events = events  # type: ignore[method-assign]
    bench.run(1)
    assert call.state == "connected"
    bench.close()


def test_load_is_a_share_of_the_line() -> None:
    bench = Ss7Bench(ss7_config())
    for _ in range(4):
        calls = [bench.place(bench.pstn) for _ in range(50)]
        bench.run(2)
        for call in calls:
            call.trunk.clear(call, 16, call.trunk.now())
        bench.run(0.9)
    shares = [bench.near.load.of(i) for i in range(2)]
    # 200 calls of five messages of some 20 to 40 octets in 11.6 s: a few percent each way.
    assert all(0.005 < share < 0.2 for pair in shares for share in pair), shares
    bench.close()


PRI = """\
[[trunk]]
name = "user"
span = "b0/5"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "network"
span = "b0/6"
signalling = "pri"
[trunk.pri]
side = "network"
"""


def test_pri_and_ss7_side_by_side() -> None:
    text = ss7_config().replace("spans = 4", "spans = 6").replace('"1-3,2-4"', '"1-3,2-4,5-6"')
    bench = Ss7Bench(text + PRI)
    user = bench.node.trunk("user")
    assert user.up and set(bench.node.trunks) == {"pstn", "exchange", "user", "network"}
    by_pri = bench.node.place(user, neutral.CallRequest(neutral.PartyNumber("200")))
    by_ss7 = bench.place(bench.pstn)
    bench.run(2)
    assert by_pri.state == by_ss7.state == "connected"
    bench.node.drain(True)
    bench.run(1)
    assert by_pri.state == by_ss7.state == "connected"
    bench.close()
