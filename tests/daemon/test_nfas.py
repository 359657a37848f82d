"""NFAS in the daemon: three T1 spans, two D-channels, and both ends of them; SERVICE messages."""

from __future__ import annotations

import contextlib
import pathlib
import random
import sys

import msgspec
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, spans_config

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.events import TraceFrame
from trunkd.daemon.methods_pri import SwitchDChannel
from trunkd.daemon.methods_ss7 import BlockCircuits, UnblockCircuits
from trunkd.daemon.metrics import _trunk_families
from trunkd.daemon.node import Node
from trunkd.daemon.service import Service
from trunkd.daemon.trace import Trace
from trunkd.daemon.trunk_pri import PriTrunk
from trunkd.daemon.virtual import run_until
from trunkd.daemon.wire import Request, WireError
from trunkd.errors import LocalError
from trunkd.signaling.call import CallRequest, PartyNumber

NFAS = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://nfas"
[board.sim]
spans = 7
kind = "t1"
cable = "1-4,2-5,3-6"

[[trunk]]
name = "pstn"
signalling = "pri"
[trunk.pri]
side = "user"
variant = "ni2"
backup = "b0/2"
interfaces = [{span = "b0/1"}, {span = "b0/3", id = 7}, {span = "b0/2", id = 1}]

[[trunk]]
name = "exchange"
span = "b0/4"
signalling = "pri"
[trunk.pri]
side = "network"
variant = "ni2"
backup = "b0/5"
[[trunk.pri.interfaces]]
span = "b0/4"
[[trunk.pri.interfaces]]
span = "b0/5"
[[trunk.pri.interfaces]]
span = "b0/6"
id = 7
"""

ALL = (*range(1, 24), *range(33, 56), *range(225, 249))
"""Channels: 23 of interface 0, 23 of interface 1, 24 of interface 7."""


class NfasBench(LineBench):
    """``user`` and ``network`` side, with links up."""

    def __init__(self, text: str = NFAS, user: str = "pstn", network: str = "exchange") -> None:
        super().__init__(text)
        self.user = self.pri(user)
        self.network = self.pri(network)
        self.service = Service(self.node, None)  # type: ignore[arg-type]
        self.until(lambda: self.user.up and self.network.up)

    def pri(self, name: str) -> PriTrunk:
        found = self.node.trunks[name]
        assert isinstance(found, PriTrunk)
        return found

    def dial(self, trunk: PriTrunk, channel: int = 0) -> Call:
        request = CallRequest(PartyNumber("5551000"), None, channel, exclusive=channel != 0)
        call = self.node.place(trunk, request)
        self.until(lambda: call.state == "connected", 5)
        return call

    def cable(self, span: int):
        return self.node.boards["b0"].board.cable(span)  # type: ignore[attr-defined]

    def states(self, trunk: PriTrunk) -> list[str]:
        return [d.state for d in trunk.d_channel_infos()]

    def ask(self, method: str, params: object) -> object:
        octets = msgspec.json.encode(params)
        request = Request(jsonrpc="2.0", method=method, params=msgspec.Raw(octets), id=1)
        return self.service.call(request, None)  # type: ignore[arg-type]

    def good(self) -> bool:
        return self.idle() and self.node.problems == 0


def links_up(trunk: PriTrunk) -> dict[str, float]:
    """The metric of D-channels, by span."""
    (family,) = (f for f in _trunk_families([trunk.info()]) if f.name == "trunkd_dchannel_up")
    return {sample.labels["span"]: sample.value for sample in family.samples}


def test_channels_and_d_channels_of_three_spans() -> None:
    bench = NfasBench()
    for trunk in (bench.user, bench.network):
        info = trunk.info()
        assert trunk.channels == ALL and info.channels == 70 and info.d_channel == 24
        assert [(d.timeslot, d.interface) for d in info.d_channels] == [(24, 0), (24, 1)]
        assert bench.states(trunk) == ["in service", "stand-by"]
        assert info.reason == "primary D-channel in service, interface 0"
        assert trunk.law is Law.MU
        assert all(d.counters["rx_frames"] > 0 for d in info.d_channels)
        assert info.counters["rx_frames"] == sum(d.counters["rx_frames"] for d in info.d_channels)
    assert bench.user.info().span == "b0/1, b0/3, b0/2"
    places = {i.channel: (i.span, i.timeslot) for i in bench.user.channel_infos()}
    assert places[23] == ("b0/1", 23) and places[33] == ("b0/2", 1) and places[248] == ("b0/3", 24)
    names = {info.name: info.trunk for info in bench.node.span_infos()}
    assert names["b0/3"] == "pstn" and names["b0/6"] == "exchange" and names["b0/7"] == ""
    assert links_up(bench.user) == {"b0/1": 1, "b0/2": 1}
    told = {(e.trunk, e.span): e.state for e in bench.of(ev.DChannelChanged)}
    assert told["pstn", "b0/2"] == told["exchange", "b0/5"] == "stand-by"
    bench.close()


def test_calls_on_every_channel_carry_speech() -> None:
    bench = NfasBench()
    calls = [bench.node.place(bench.user, CallRequest(PartyNumber("1"), None)) for _ in ALL]
    bench.until(lambda: all(c.state == "connected" for c in calls), 20)
    assert sorted(c.channel for c in calls) == list(ALL)
    assert {c.channel for c in bench.network.calls.values()} == set(ALL)
    for channel in (5, 40, 248):
        sound = bytes(range(1, 200)) * 4
        far = bench.network.timeslot(channel)
        far.record(len(sound) * 4)
        bench.user.timeslot(channel).play(sound)
        bench.run(1)
        assert sound[200:700] in far.recorded(), channel
    for call in calls:
        bench.clear(call)
    bench.until(bench.good)
    again = bench.dial(bench.network)
    assert again.channel == 248  # the network side chooses from the other end
    bench.close()


def test_the_backup_takes_over_and_calls_survive() -> None:
    bench = NfasBench()
    kept = {n: bench.dial(bench.user, n) for n in (3, 35, 226)}
    bench.cable(1).cut()
    bench.until(lambda: bench.states(bench.user) == ["out of service", "in service"], 40)
    bench.until(lambda: bench.states(bench.network) == ["out of service", "in service"], 5)
    assert bench.user.up and bench.network.up
    assert {c.state for c in kept.values()} == {"connected"}
    states = {i.channel: i.state for i in bench.user.channel_infos()}
    assert states[3] == "busy" and states[4] == "blockedHere" and states[36] == "idle"
    # New calls work, and none goes to the span that is lost.
    more = [bench.dial(bench.user) for _ in range(3)] + [bench.dial(bench.network)]
    assert all(c.channel >= 32 for c in more)
    assert not bench.of(ev.LinkChanged, up=False)
    assert bench.of(ev.LinkChanged, up=True, reason="secondary D-channel in service, interface 1")
    assert bench.of(ev.DChannelChanged, trunk="pstn", span="b0/1", state="out of service")
    assert bench.user.info().counters["d_channel_switches"] == 1
    assert links_up(bench.user) == {"b0/1": 0, "b0/2": 1}
    bench.cable(1).mend()
    bench.until(lambda: bench.states(bench.user) == ["stand-by", "in service"])
    bench.until(lambda: bench.states(bench.network) == ["stand-by", "in service"])
    assert bench.user.channel_info(4).state == "idle" and kept[3].state == "connected"
    # Back to the primary one by hand.
    bench.ask("switchDChannel", SwitchDChannel(trunk="pstn"))
    for trunk in (bench.user, bench.network):
        bench.until(lambda trunk=trunk: bench.states(trunk) == ["in service", "stand-by"], 5)
    bench.run(10)
    assert {c.state for c in [*kept.values(), *more]} == {"connected"}
    for call in [*kept.values(), *more]:
        bench.clear(call)
    bench.until(bench.good)
    bench.close()


def test_a_span_without_d_channel_is_lost_and_its_calls_end_after_t309() -> None:
    text = NFAS.replace('side = "user"', 'side = "user"\ntimers = {T309 = "10s"}')
    bench = NfasBench(text)
    lost, kept = bench.dial(bench.user, 230), bench.dial(bench.user, 7)
    bench.cable(3).cut()
    bench.run(5)
    assert bench.states(bench.user) == ["in service", "stand-by"]
    assert lost.state == "connected" and bench.user.channel_info(231).state == "blockedHere"
    bench.until(lambda: lost.state == "null", 20)
    assert (lost.cause, kept.state) == (27, "connected")
    assert bench.user.channel_info(230).state == "blockedHere"
    with pytest.raises(AssertionError, match="not within"):
        bench.dial(bench.user, 230)
    bench.cable(3).mend()
    bench.until(lambda: bench.user.channel_info(230).state == "idle")
    assert bench.dial(bench.network, 230).state == "connected"
    bench.close()


def test_a_short_fault_changes_nothing() -> None:
    bench = NfasBench()
    call = bench.dial(bench.user, 3)
    before = len(bench.of(ev.DChannelChanged))
    bench.cable(1).cut()
    bench.run(0.3)
    bench.cable(1).mend()
    bench.run(5)
    assert len(bench.of(ev.DChannelChanged)) == before and call.state == "connected"
    assert bench.states(bench.user) == ["in service", "stand-by"]
    bench.close()


def test_both_d_channels_lost_and_back() -> None:
    bench = NfasBench()
    call = bench.dial(bench.user, 240)
    bench.cable(1).cut()
    bench.cable(2).cut()
    bench.until(lambda: not bench.user.up and not bench.network.up)
    assert "both D-channels are lost" in bench.user.reason
    with pytest.raises(WireError, match="b0/1 is out of service, b0/2 is out of service"):
        bench.ask("switchDChannel", SwitchDChannel(trunk="pstn"))
    bench.run(20)
    assert call.state == "connected"  # T309 is 90 s
    bench.cable(2).mend()
    bench.until(lambda: bench.user.up and bench.network.up, 40)
    assert bench.states(bench.user) == ["out of service", "in service"]
    bench.clear(call)
    bench.until(lambda: not bench.node.calls)
    bench.cable(1).mend()
    bench.until(bench.good)
    bench.close()


def test_spans_that_are_down_from_the_start() -> None:
    node = Node(loads(NFAS), VirtualClock())
    node.open()
    board = node.boards["b0"].board
    board.cable(1).cut()  # type: ignore[attr-defined]
    board.cable(3).cut()  # type: ignore[attr-defined]
    node.start()
    run_until(node, node.now() + 5 * SECOND)
    trunk = node.trunks["pstn"]
    assert trunk.up and trunk.reason == "secondary D-channel in service, interface 1"
    states = {info.channel: info.state for info in trunk.channel_infos()}
    assert (states[1], states[33], states[225]) == ("blockedHere", "idle", "blockedHere")
    node.close()


@pytest.mark.parametrize("seed", range(6))
def test_anything_may_happen_and_both_ends_agree_afterwards(seed: int) -> None:
    """Cables cut and mended, calls, clearings and switches from both ends, in any order."""
    rng = random.Random(seed)
    bench = NfasBench()
    cut: set[int] = set()

    def cable() -> None:
        number = rng.choice((1, 2, 3))
        if number in cut:
            bench.cable(number).mend()
        else:
            bench.cable(number).cut()
        cut.symmetric_difference_update({number})

    def place() -> None:
        for _ in range(5):
            trunk = rng.choice((bench.user, bench.network))
            with contextlib.suppress(LocalError):
                bench.node.place(trunk, CallRequest(PartyNumber("1"), None))

    def switch() -> None:
        with contextlib.suppress(LocalError):
            rng.choice((bench.user, bench.network)).switch(bench.node.now())

    def clear() -> None:
        for call in list(bench.node.calls.values()):
            if rng.random() < 0.5 and call.state != "fail" and not call.cleared_here:
                bench.clear(call)

    for _ in range(25):
        rng.choice((cable, cable, place, place, switch, clear))()
        bench.run(rng.choice((0.01, 0.2, 0.7, 3, 15)))
    for number in cut:
        bench.cable(number).mend()
    bench.until(lambda: bench.user.up and bench.network.up, 60)
    bench.run(60)
    assert bench.states(bench.user) == bench.states(bench.network)
    assert sorted(bench.states(bench.user)) == ["in service", "stand-by"]
    for call in list(bench.node.calls.values()):
        if call.state != "fail" and not call.cleared_here:
            bench.clear(call)
    bench.until(bench.good, 400)
    bench.close()


def test_frames_are_traced_by_d_channel() -> None:
    bench = NfasBench()
    frames: list[TraceFrame] = []
    trace = Trace(bench.node, frames.append)
    trace.switch(True)
    call = bench.dial(bench.user)
    bench.ask("switchDChannel", SwitchDChannel(trunk="exchange"))
    bench.run(2)
    bench.clear(call)
    bench.until(bench.idle)
    said = {(f.trunk, f.span, f.timeslot, trace.text(f).split()[0]) for f in frames}
    texts = [(f.span, trace.text(f)) for f in frames if f.trunk == "pstn"]
    assert any(span == "b0/1" and "SETUP" in text for span, text in texts), texts
    assert any(span == "b0/2" and "RELEASE" in text for span, text in texts), texts
    assert {(t, s, n) for t, s, n, _ in said} == {
        ("pstn", "b0/1", 24),
        ("pstn", "b0/2", 24),
        ("exchange", "b0/4", 24),
        ("exchange", "b0/5", 24),
    }
    bench.close()


def test_nfas_without_a_stand_by_d_channel() -> None:
    bench = NfasBench(NFAS.replace('backup = "b0/2"', "").replace('backup = "b0/5"', ""))
    assert bench.user.channels == (*range(1, 24), *range(33, 57), *range(225, 249))
    assert len(bench.user.d_channel_infos()) == 1
    calls = {n: bench.dial(bench.user, n) for n in (56, 225, 1)}
    with pytest.raises(WireError, match="no stand-by D-channel"):
        bench.ask("switchDChannel", SwitchDChannel(trunk="pstn"))
    bench.cable(1).cut()
    bench.until(lambda: not bench.user.up)
    bench.run(10)
    bench.cable(1).mend()
    bench.until(lambda: bench.user.up and bench.network.up)
    bench.run(10)
    assert {c.state for c in calls.values()} == {"connected"}
    for call in calls.values():
        bench.clear(call)
    bench.until(bench.good)
    bench.close()


# SERVICE messages


def t1(variant: str) -> str:
    settings = f'side = "{{}}"\nvariant = "{variant}"'
    board = 'kind = "t1"' if variant != "etsi" else ""
    return spans_config("pri", settings.format("user"), settings.format("network"), board=board)


@pytest.mark.parametrize("variant", ["ni2", "5ess", "4ess", "dms100"])
def test_channels_are_blocked_and_unblocked(variant: str) -> None:
    bench = NfasBench(t1(variant), "near", "far")
    bench.ask("blockCircuits", BlockCircuits(trunk="near", circuits="1-3,5"))
    bench.until(lambda: bool(bench.of(ev.CircuitsBlocked)))
    (done,) = bench.of(ev.CircuitsBlocked)
    assert (done.trunk, done.circuits, done.action, done.ok) == (
        "near",
        (1, 2, 3, 5),
        "block",
        True,
    )
    assert bench.user.channel_info(5).state == "blockedHere"
    assert bench.network.channel_info(5).state == "blockedThere"
    assert bench.user.info().blocked == 4
    assert bench.dial(bench.user).channel == 4
    bench.ask("unblockCircuits", UnblockCircuits(trunk="near", circuits="1-3,5"))
    bench.until(lambda: bool(bench.of(ev.CircuitsBlocked, action="unblock")))
    bench.run(1)
    assert bench.network.info().blocked == bench.user.info().blocked == 0
    bench.close()


def test_a_channel_of_another_interface_is_blocked() -> None:
    bench = NfasBench()
    bench.ask("blockCircuits", BlockCircuits(trunk="exchange", circuits="230"))
    bench.until(lambda: bool(bench.of(ev.CircuitsBlocked, ok=True)))
    assert bench.user.channel_info(230).state == "blockedThere"
    # A span's loss and blocking are independent of each other.
    bench.cable(3).cut()
    bench.until(lambda: bench.user.channel_info(230).state == "blockedBoth")
    bench.cable(3).mend()
    bench.until(lambda: bench.user.channel_info(230).state == "blockedThere")
    assert bench.network.channel_info(230).state == "blockedHere"
    assert bench.network.channel_info(231).state == "idle"
    bench.close()


def test_what_cannot_be_blocked_or_switched() -> None:
    bench = NfasBench(t1("etsi"), "near", "far")
    for method, params in (
        ("blockCircuits", BlockCircuits(trunk="near", circuits="1")),
        ("unblockCircuits", UnblockCircuits(trunk="far", circuits="31")),
    ):
        with pytest.raises(WireError, match="variant 'etsi' has no SERVICE messages"):
            bench.ask(method, params)
    with pytest.raises(WireError, match="trunk 'near' has no channel 16"):
        bench.ask("blockCircuits", BlockCircuits(trunk="near", circuits="16"))
    with pytest.raises(LocalError, match="no stand-by D-channel"):
        bench.user.switch(bench.user.now())
    bench.close()
    em = LineBench(spans_config("em", "digits = 7", "digits = 7", board='kind = "t1"\ncas = true'))
    with pytest.raises(WireError, match="trunk 'near' is em: no D-channel"):
        Service(em.node, None)._switch_d_channel(SwitchDChannel(trunk="near"), None)  # type: ignore[arg-type]
    em.close()
