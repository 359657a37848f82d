"""Links that fail and come back under calls, management, and layer 1, in virtual time."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import Ss7Bench, ss7_config

from trunkd.daemon import events as ev
from trunkd.errors import LocalError


@pytest.fixture
def bench():
    made = Ss7Bench(ss7_config())
    yield made
    made.close()


def connect(bench: Ss7Bench, cic: int):
    call = bench.place(bench.pstn, cic)
    bench.run(1)
    assert call.state == "connected" and call.channel == cic
    return call


def test_one_link_of_two_is_cut_and_mended(bench: Ss7Bench) -> None:
    kept = connect(bench, 1)
    bench.cable(2).cut()
    bench.run(2)
    assert bench.links_up(bench.near) == bench.links_up(bench.far) == 1
    (down,) = bench.of(ev.SignallingLinkChanged, link="near-set/1", reason="layer 1 is down")
    assert not down.available
    assert bench.pstn.up and not bench.of(ev.LinkChanged, up=False)
    during = connect(bench, 3)
    bench.cable(2).mend()
    bench.run(15)
    assert bench.links_up(bench.near) == bench.links_up(bench.far) == 2
    for call in (kept, during):
        assert call.state == bench.other(call).state == "connected"
        call.trunk.clear(call, 16, call.trunk.now())
    bench.run(1)
    assert not bench.node.calls


def test_all_links_cut_and_mended_mid_call(bench: Ss7Bench) -> None:
    # Shorter than block_after (3 s), so no circuit is blocked for its span's alarm.
    call = connect(bench, 33)
    bench.cable(1).cut()
    bench.cable(2).cut()
    bench.run(2)
    assert bench.links_up(bench.near) == 0 and not bench.pstn.up
    assert bench.of(ev.DestinationChanged, point="near", reachable=False)
    lost = bench.place(bench.pstn)
    bench.run(0.1)
    (failed,) = bench.of(ev.Failed, call_id=lost.call_id)
    assert failed.q850 == 27
    bench.cable(1).mend()
    bench.cable(2).mend()
    bench.run(30)
    assert bench.pstn.up and bench.exchange.up
    assert call.state == bench.other(call).state == "connected"
    again = bench.place(bench.exchange)
    bench.run(1)
    assert again.state == "connected"


def test_a_short_fault_takes_no_link_down(bench: Ss7Bench) -> None:
    call = connect(bench, 1)
    bench.cable(1).cut()
    bench.run(0.02)
    bench.cable(1).mend()
    bench.run(2)
    assert bench.links_up(bench.near) == 2
    assert not [e for e in bench.of(ev.SignallingLinkChanged, available=False) if e.seq > 40]
    assert call.state == "connected"


def test_circuits_of_a_lost_span_are_blocked_until_it_is_back(bench: Ss7Bench) -> None:
    kept, lost = connect(bench, 1), connect(bench, 33)
    bench.cable(2).cut()
    bench.run(10)
    # Hardware failure: the call on the lost span is released, the circuits cannot be seized.
    assert kept.state == "connected" and lost.state == "null"
    infos = {c.cic: c for c in bench.pstn.circuit_infos()}
    assert infos[33].state == "blockedBoth" and infos[33].alarm  # the far end sees the alarm too
    assert infos[2].state == "idle" and not infos[2].alarm
    assert bench.pstn.info().blocked == 30
    (refused,) = [bench.place(bench.pstn, 34, exclusive=True)]
    bench.run(0.2)
    assert bench.of(ev.Failed, call_id=refused.call_id)[0].q850 in (34, 44)
    bench.cable(2).mend()
    bench.run(15)
    assert bench.pstn.info().blocked == bench.exchange.info().blocked == 0
    connect(bench, 34)


def test_alarms_block_nothing_where_that_is_switched_off() -> None:
    key = 'block_after = "0s"'
    bench = Ss7Bench(ss7_config(near=key, far=key))
    call = connect(bench, 33)
    bench.cable(2).cut()
    bench.run(20)
    bench.cable(2).mend()
    bench.run(15)
    assert call.state == "connected" and bench.pstn.info().blocked == 0
    bench.close()


@pytest.mark.parametrize("action", ["deactivate", "inhibit"])
def test_a_link_is_taken_out_and_put_back(bench: Ss7Bench, action: str) -> None:
    back = {"deactivate": "activate", "inhibit": "uninhibit"}[action]
    call = connect(bench, 1)
    for each, up in ((action, 1), (back, 2)):
        bench.near.manage(bench.near.line("near-set/1"), each, bench.near.now())
        bench.run(15)
        (done,) = bench.of(ev.SignallingManagementDone, action=each)
        assert done.ok and done.link == "near-set/1"
        assert bench.links_up(bench.near) == bench.links_up(bench.far) == up
        connect(bench, 5 if up == 1 else 7)
    assert call.state == "connected"


def test_the_last_link_cannot_be_inhibited(bench: Ss7Bench) -> None:
    bench.near.manage(bench.near.line("near-set/0"), "inhibit", bench.near.now())
    bench.run(5)
    bench.near.manage(bench.near.line("near-set/1"), "inhibit", bench.near.now())
    bench.run(10)
    first, second = bench.of(ev.SignallingManagementDone, action="inhibit")
    assert first.ok and not second.ok and second.reason
    assert bench.links_up(bench.near) == 1 and bench.pstn.up


def test_link_test(bench: Ss7Bench) -> None:
    bench.near.manage(bench.near.line("near-set/0"), "test", bench.near.now())
    bench.run(1)
    (tested,) = bench.of(ev.SignallingLinkTested)
    assert tested.ok and tested.link == "near-set/0"
    bench.near.manage(bench.near.line("near-set/1"), "deactivate", bench.near.now())
    bench.run(1)
    with pytest.raises(LocalError, match="not in service"):
        bench.near.manage(bench.near.line("near-set/1"), "test", bench.near.now())
    with pytest.raises(LocalError, match="no link 'x/0'"):
        bench.near.line("x/0")


def test_a_link_that_is_not_to_be_active() -> None:
    bench = Ss7Bench(ss7_config(link="active = false"), up=False)
    bench.run(5)
    assert bench.links_up(bench.near) == 0
    for point in (bench.near, bench.far):
        point.manage(point.lines[0], "activate", point.now())
    bench.run(5)
    assert bench.links_up(bench.near) == bench.links_up(bench.far) == 1 and bench.pstn.up
    bench.close()


def test_preventive_cyclic_retransmission() -> None:
    bench = Ss7Bench(ss7_config(link='error_correction = "pcr"'))
    calls = [bench.place(bench.pstn) for _ in range(20)]
    bench.run(5)
    assert {c.state for c in calls} == {"connected"}
    assert sum(link.l2.counters.retransmitted for link in bench.near.mtp3.links) > 0
    bench.close()


def test_bit_errors_lose_nothing(bench: Ss7Bench) -> None:
    bench.cable(1).impair(1e-5, seed=7)
    bench.cable(2).impair(1e-5, seed=8)
    for _ in range(5):
        calls = [bench.place(bench.pstn) for _ in range(20)]
        bench.run(4)
        assert {c.state for c in calls} == {"connected"}
        for call in calls:
            call.trunk.clear(call, 16, call.trunk.now())
        bench.run(4)
        assert not bench.node.calls
    counters = [link.l2.counters for link in bench.near.mtp3.links]
    assert sum(c.rx_errors for c in counters) > 10
    assert sum(c.retransmitted for c in counters) > 0


def test_wrong_network_indicator_is_told() -> None:
    text = ss7_config().replace('network_indicator = "national"', "network_indicator = 3", 1)
    bench = Ss7Bench(text, up=False)
    bench.run(10)
    faults = bench.of(ev.SignallingFault, kind="network_indicator")
    assert faults and "network indicator 3" in faults[0].text
    assert not bench.pstn.up
    bench.close()


def test_a_full_line_is_offered_again_what_it_refused(bench: Ss7Bench) -> None:
    near = bench.near.lines[1]
    level_2 = bench.near.mtp3.links[1].l2
    now = bench.node.now()
    fisu = bytes([level_2.back, level_2.fib | level_2.fsnl, 0])
    while near.slot.transmit(fisu):
        pass
    level_2.stop(now)
    bench.near.pump(now)
    assert near.refused and near.held
    bench.run(30)  # what filled the line goes first
    assert not near.held
    first = bench.of(ev.SignallingLinkChanged, link="far-set/1", available=False)[0]
    assert "SIOS" in first.reason
