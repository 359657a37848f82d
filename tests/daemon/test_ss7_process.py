"""SS7 in the daemon as a real process: calls, circuits, links, trace and metrics on its socket."""

from __future__ import annotations

import pathlib
import sys
import time
import urllib.request

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import ss7_config

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_ss7 as s7
from trunkd.daemon.client import Refused

DAEMON = """\
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"
"""


@pytest.fixture(scope="module")
def ss7_daemon(daemon_with):
    return daemon_with(ss7_config(daemon=DAEMON))


@pytest.fixture
def app(ss7_daemon, subscribed):
    made = subscribed(ss7_daemon, after=None)
    made.links_up("pstn", "exchange")
    made.circuits_idle()
    return made


def test_calls_both_ways(app, ss7_daemon) -> None:
    for near in ("pstn", "exchange"):
        out, into = app.connect(device=f"trunk/{near}")
        info = app.call(m.SnapshotCall(call_id=out))
        assert info.trunk == near and info.state == "connected"
        app.hang_up(out, into)
    records = (ss7_daemon.directory / "records.jsonl").read_text()
    assert records.count('"pstn"') >= 2


def test_circuits_are_blocked_and_unblocked(app) -> None:
    app.call(s7.BlockCircuits(trunk="pstn", circuits="3-5,40"))
    waiting = {3, 4, 5, 40}
    while waiting:
        done = app.wait(ev.CircuitsBlocked, trunk="pstn", action="block", ok=True)
        waiting -= set(done.circuits)
    infos = app.call(s7.Ss7Circuits(trunk="exchange")).circuits
    assert [c.cic for c in infos if c.state == "blockedThere"] == [3, 4, 5, 40]
    trunk = next(t for t in app.call(m.Trunks()).trunks if t.name == "pstn")
    assert (trunk.blocked, trunk.idle, trunk.channels) == (4, 56, 60)
    app.call(s7.UnblockCircuits(trunk="pstn", circuits="3-5,40"))
    waiting = {3, 4, 5, 40}
    while waiting:
        waiting -= set(app.wait(ev.CircuitsBlocked, action="unblock", ok=True).circuits)
    app.call(s7.ResetCircuits(trunk="pstn", circuits="3"))
    assert app.wait(ev.RestartDone, trunk="pstn", local=True).channels == (3,)
    app.call(s7.QueryCircuits(trunk="pstn", circuits="3"))
    assert app.wait(ev.CircuitsQueried, trunk="pstn").circuits == (3,)
    app.call(s7.TestContinuity(trunk="pstn", circuit=60))
    assert app.wait(ev.ContinuityTested, trunk="pstn", circuit=60).ok


def test_what_is_asked_for_wrongly_is_refused(app) -> None:
    wrong = [
        (s7.BlockCircuits(trunk="nobody", circuits="1"), "no trunk 'nobody'"),
        (s7.BlockCircuits(trunk="pstn", circuits="16"), "no circuit 16"),
        (s7.BlockCircuits(trunk="pstn", circuits="5-1"), "backwards"),
        (s7.BlockCircuits(trunk="pstn", circuits="one"), "regex"),
        (s7.Ss7Link(link="near-set/7", action="test"), "near-set/0, near-set/1"),
        (s7.Ss7Links(point="nobody"), "near, far"),
        (m.TraceStart(trunks=["near-set/9"]), "no trunk"),
    ]
    for request, words in wrong:
        with pytest.raises(Refused, match=words):
            app.call(request)


def test_links_routes_and_status(app) -> None:
    links = app.call(s7.Ss7Links()).links
    assert [x.name for x in links] == ["near-set/0", "near-set/1", "far-set/0", "far-set/1"]
    first = links[0]
    assert first.available and first.state == "in service" and first.active
    assert (first.span, first.timeslot, first.adjacent) == ("b0/1", 16, "1-2-4")
    assert first.counters["rx_msu"] > 0 and first.since > 0
    assert [x.name for x in app.call(s7.Ss7Links(point="far")).links] == ["far-set/0", "far-set/1"]
    linksets = app.call(s7.Ss7Linksets()).linksets
    assert [(x.name, x.point_code, x.links) for x in linksets] == [
        ("near-set", "1-2-3", 2),
        ("far-set", "1-2-4", 2),
    ]
    (route, _) = app.call(s7.Ss7Routes()).routes
    assert (route.destination, route.state, route.current) == ("1-2-4", "allowed", True)
    assert route.trunks == ["pstn"]
    status = app.call(m.Status())
    assert [x.name for x in status.links] == [x.name for x in links]


def test_a_link_is_cut_under_a_call(app) -> None:
    out, into = app.connect(device="trunk/pstn/1")
    app.call(m.SimCable(span="b0/2", action="cut"))
    app.wait(ev.SignallingLinkChanged, link="near-set/1", available=False)
    app.call(m.SimCable(span="b0/2", action="mend"))
    assert app.call(m.SnapshotCall(call_id=out)).state == "connected"
    app.wait(ev.SignallingLinkChanged, link="near-set/1", available=True, timeout=90)
    app.hang_up(out, into)


def test_trace_of_a_trunk_is_its_links(app) -> None:
    tracer = app.client
    assert tracer.call(m.TraceStart(trunks=["pstn"])).trunks == ["pstn"]
    out, into = app.connect(device="trunk/pstn/1")
    app.hang_up(out, into)
    frames = [e for e in app.seen if isinstance(e, ev.TraceFrame)]
    until = time.monotonic() + 90
    while not any(f.sent and len(f.frame) > 20 for f in frames) and time.monotonic() < until:
        event = tracer.next_event(1.0)
        if isinstance(event, ev.TraceFrame):
            frames.append(event)
    tracer.call(m.TraceStop())
    assert frames and {f.trunk for f in frames} <= {"near-set/0", "near-set/1"}
    assert {f.link_type for f in frames} == {140}
    assert {(f.span, f.timeslot) for f in frames} <= {("b0/1", 16), ("b0/2", 16)}


def test_metrics(app) -> None:
    address = app.call(m.Status()).metrics
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=90) as page:
        text = page.read().decode()
    for line in (
        'trunkd_ss7_link_up{link="near-set/0",point="near"} 1.0',
        'trunkd_ss7_link_state{link="near-set/0",point="near",state="in service"} 1.0',
        'trunkd_ss7_destination_up{destination="1-2-4",point="near"} 1.0',
        'trunkd_ss7_route_used{destination="1-2-4",linkset="near-set",point="near"} 1.0',
        'trunkd_ss7_circuits{state="idle",trunk="pstn"} 60.0',
        'trunkd_link_up{trunk="pstn"} 1.0',
        'trunkd_channels{state="blocked",trunk="pstn"} 0.0',
    ):
        assert line in text, line
    assert 'trunkd_ss7_link_total{counter="rx_msu",link="near-set/0",point="near"}' in text
