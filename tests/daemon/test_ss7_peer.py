"""A daemon's SS7 trunk, and as the far exchange a program of its own behind a simulated port."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_ss7 as s7

CONFIG = """\
[daemon]
runtime_dir = "{{dir}}"
records = "off"
media_dir = "{{dir}}/media"
metrics = ""
[[board]]
name = "lab"
address = "sim://lab"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]
[[board.sim.ports]]
span = 2
timeslot = 16
path = "{{dir}}/exchange.sock"
mtp2 = true

[[ss7]]
name = "sp"
variant = "{label}"
point_code = "1-2-3"
network_indicator = "national"
[[ss7.linkset]]
name = "exchange"
adjacent = "1-2-4"
[[ss7.linkset.link]]
slc = 0
span = "lab/1"
timeslot = 16

[[trunk]]
name = "pstn"
signalling = "{user}"
[trunk.{user}]
ss7 = "sp"
dpc = "1-2-4"
variant = "{variant}"
[[trunk.{user}.circuits]]
cics = "1-15,17-31"
span = "lab/1"
"""


@pytest.mark.parametrize(
    ("user", "label", "variant", "peer"),
    [("isup", "itu", "itu", "itu"), ("tup", "china24", "china", "china24")],
)
def test_calls_with_a_peer(
    daemon_with, subscribed, user: str, label: str, variant: str, peer: str
) -> None:
    daemon = daemon_with(CONFIG.format(user=user, label=label, variant=variant))
    app = subscribed(daemon)
    command = [sys.executable, "-m", "trunkd", "peer", "ss7", "--connect",
               str(daemon.directory / "exchange.sock"), "--opc", "1-2-4", "--dpc", "1-2-3",
               "--cics", "1-31", "--variant", peer, "--user", user, "--mode", "answer",
               "--calls", "2", "--timeout", "60"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        app.wait(ev.LinkChanged, up=True, timeout=90)
        app.circuits_idle()
        for number in ("5551000", "5551001"):
            made = app.call(m.MakeCall(called=number, calling="2001", device="trunk/pstn"))
            app.wait(ev.Established, call_id=made.call_id)
            app.call(m.ClearConnection(call_id=made.call_id))
            assert app.wait(ev.ConnectionCleared, call_id=made.call_id).q850 == 16
        (link,) = app.call(s7.Ss7Links()).links
        assert link.available and link.counters["rx_msu"] > 5
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    offered = [json.loads(line) for line in output.splitlines()]
    assert "5551001" in json.dumps(offered)
