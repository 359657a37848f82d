"""A whole daemon and libpri as the referee: transfer and deflection by the network.

``line`` is a user of libpri's network; ``office`` is the network of a PBX that libpri plays; whom
the office connects it with are calls by ``pstn``, answered by ``world``, which is cabled to it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused
from trunkd.daemon.methods_switch import ConsultationCall, TransferCall
from trunkd.daemon.methods_switch_divert import DeflectCall

_PATH = pathlib.Path(__file__).parent.parent / "daemon" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("trunkd_daemon_fixtures_libpri", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
_fixtures: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _fixtures
_SPEC.loader.exec_module(_fixtures)
start_daemon = _fixtures.start_daemon
subscribed = _fixtures.subscribed

pytestmark = pytest.mark.peer

TRUNK = """\
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "{side}"
"""
CONFIG = (
    """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = ""
[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 6
cable = "1-2,3-4,5-6"
[[board.sim.ports]]
span = 2
timeslot = 16
path = "{dir}/network"
[[board.sim.ports]]
span = 4
timeslot = 16
path = "{dir}/pbx"
[[group]]
name = "away"
members = ["pstn"]
[[route]]
name = "all"
prefix = ["5"]
choices = ["away"]
[[dnis]]
prefix = ["5"]
groups = ["world"]
treatment = "answer"
[[group]]
name = "world"
members = ["world"]
"""
    + TRUNK.format(name="line", span=1, side="user")
    + TRUNK.format(name="office", span=3, side="network")
    + TRUNK.format(name="pstn", span=5, side="user")
    + TRUNK.format(name="world", span=6, side="network")
)


class Lab:
    """A daemon, a client of it, and libpri at one of its ports."""

    def __init__(self, daemon: Any, app: Any, program: str) -> None:
        self.daemon = daemon
        self.app = app
        self._program = program
        self._said = b""
        self._libpri: subprocess.Popen[bytes] | None = None

    def libpri(self, port: str, options: str) -> None:
        """Start it; the link is up when this returns."""
        self.app.links_up("pstn", "world")
        side, trunk = ("net", "line") if port == "network" else ("cpe", "office")
        command = [self._program, "--connect", str(self.daemon.directory / port), "--side", side]
        self._libpri = subprocess.Popen([*command, *options.split()], stdout=subprocess.PIPE)
        self.app.links_up(trunk)

    def heard(self, event: str) -> dict[str, Any]:
        """The first report of this name that libpri makes."""
        assert self._libpri is not None and self._libpri.stdout is not None
        descriptor = self._libpri.stdout.fileno()
        while True:
            for line in self._said.splitlines(True):
                if line.endswith(b"\n") and json.loads(line)["event"] == event:
                    said: dict[str, Any] = json.loads(line)
                    return said
            ready, _, _ = select.select([descriptor], [], [], 90)
            more = os.read(descriptor, 4096) if ready else b""
            assert more, f"libpri has not said {event}: {self._said.decode()}"
            self._said += more

    def dial(self) -> int:
        made = self.app.call(m.MakeCall(called="5551000", device="trunk/line"))
        self.app.wait(ev.Established, call_id=made.call_id)
        return int(made.call_id)

    def consult(self) -> tuple[int, int]:
        held = self.dial()
        asked = ConsultationCall(held_call=held, called="5551001", device="trunk/line")
        active = self.app.call(asked).call_id
        self.app.wait(ev.Established, call_id=active)
        return held, active

    def ended(self, *calls: int) -> None:
        waiting = set(calls)
        while waiting:
            waiting.discard(self.app.wait(ev.ConnectionCleared).call_id)

    def close(self) -> None:
        if self._libpri is not None:
            self._libpri.kill()
            self._libpri.communicate()


@pytest.fixture
def lab(
    start_daemon: Callable[..., Any], subscribed: Callable[..., Any], libpri_peer: str
) -> Iterator[Lab]:
    daemon = start_daemon(text=CONFIG)
    made = Lab(daemon, subscribed(daemon), libpri_peer)
    yield made
    made.close()


def test_libpri_joins_a_consultation(lab: Lab) -> None:
    lab.libpri("network", "--mode answer --services grant")
    held, active = lab.consult()
    done = lab.app.call(TransferCall(held_call=held, active_call=active, by="network"))
    assert done.by == "network"
    seen = lab.heard("transfer")
    assert {seen["call"], seen["other"]} == {1, 2}
    told = lab.app.wait(ev.Transferred)
    assert (told.call_id, told.secondary, told.by) == (held, active, "network")
    lab.ended(held, active)
    assert lab.app.call(m.Calls()).calls == []


def test_libpri_refuses_and_our_switch_does_it(lab: Lab) -> None:
    lab.libpri("network", "--mode answer --services refuse")
    held, active = lab.consult()
    request = TransferCall(held_call=held, active_call=active, by="network")
    with pytest.raises(Refused, match="the network refused") as refused:
        lab.app.call(request)
    assert refused.value.word == "networkRefused"
    assert lab.heard("transfer")
    assert lab.app.wait(ev.NetworkRefused).call_id == held
    shown = lab.app.call(m.SnapshotCall(call_id=held))
    assert shown.held and shown.consultation == active
    done = lab.app.call(TransferCall(held_call=held, active_call=active, by="any"))
    assert done.by == "switch"
    lab.app.hang_up(held, active)


@pytest.mark.parametrize("answer", ["grant", "refuse"])
def test_libpri_reroutes_a_call(lab: Lab, answer: str) -> None:
    lab.libpri("network", f"--mode call --calls 2 --called 4001 --services {answer}")
    call = lab.app.wait(ev.Offered).call_id
    asked = DeflectCall(call_id=call, called="5552000", by="network")
    if answer == "grant":
        assert lab.app.call(asked).call_id == call
        told = lab.app.wait(ev.Diverted)
        assert (told.call_id, told.by, told.to) == (call, "network", "5552000")
        lab.ended(call)
    else:
        with pytest.raises(Refused, match="the network refused"):
            lab.app.call(asked)
        lab.app.call(m.AnswerCall(call_id=call))
        lab.app.wait(ev.Established, call_id=call)
    seen = lab.heard("rerouting")
    assert (seen["to"], seen["from"]) == ("5552000", "4001")


def test_a_pbx_of_libpri_has_its_calls_joined(lab: Lab) -> None:
    """It places two calls, our routing takes them on, it asks; whom they were with talk on. Where
    both ends bring the link up at once the first two are lost, and it places others."""
    options = "--mode call --calls 6 --conc 2 --hold 600000 --services grant --bridge"
    lab.libpri("pbx", f"{options} --called 5551000")
    legs, away = [], []
    for _ in range(2):
        leg = lab.app.wait(ev.Offered)
        while not leg.device.startswith("trunk/office"):
            leg = lab.app.wait(ev.Offered)
        legs.append(leg.call_id)
        deflected = DeflectCall(call_id=leg.call_id, called="5551000", device="trunk/pstn")
        away.append(lab.app.call(deflected).call_id)
    told = lab.app.wait(ev.Transferred)
    assert {told.call_id, told.secondary} == set(away)
    assert told.asked_by in legs and told.by == "switch"
    lab.ended(*legs)
    shown = lab.app.call(m.SnapshotCall(call_id=away[0]))
    assert {c.call_id for c in shown.connections} == set(away) and shown.state == "connected"
    lab.app.hang_up(away[0], away[1])


def test_a_pbx_of_libpri_deflects_a_call(lab: Lab) -> None:
    lab.libpri("pbx", "--mode answer --services grant --deflect 5552000")
    made = lab.app.call(m.MakeCall(called="4001", device="trunk/office"))
    told = lab.app.wait(ev.Diverted)
    assert (told.call_id, told.to, told.by) == (made.call_id, "5552000", "switch")
    arrived = lab.app.wait(ev.Delivered, direction="in")
    assert arrived.called == "5552000" and arrived.redirecting == "4001"
    lab.app.wait(ev.Established, call_id=made.call_id)
    shown = lab.app.call(m.SnapshotCall(call_id=made.call_id))
    assert shown.trunk == "pstn" and shown.redirecting == "4001"
    lab.app.hang_up(made.call_id)
