"""R2 and SS7 on the real kernel driver, by the daemon's own trunks and by its engines."""

from __future__ import annotations

from typing import Any

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m

HEAD = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"
[[board]]
name = "b0"
address = "dahdi://"
[board.dahdi]
blocks = 4
"""

R2 = """\
[[trunk]]
name = "near"
span = "b0/1"
signalling = "r2"
[trunk.r2]
variant = "cn"
channels = "6-8"
dnis_max = 7
[[trunk]]
name = "far"
span = "b0/2"
signalling = "r2"
[trunk.r2]
variant = "cn"
channels = "6-8"
dnis_max = 7
"""

POINT = """\
[[ss7]]
name = "{name}"
variant = "itu"
point_code = "{code}"
network_indicator = "national"
[[ss7.linkset]]
name = "{name}-set"
adjacent = "{far}"
[[ss7.linkset.link]]
slc = 0
span = "b0/{span}"
timeslot = {timeslot}
[[trunk]]
name = "{trunk}"
signalling = "isup"
[trunk.isup]
ss7 = "{name}"
dpc = "{far}"
variant = "itu"
[[trunk.isup.circuits]]
cics = "1-5"
span = "b0/{span}"
"""


def ss7(timeslot: int) -> str:
    ends = (("near", "pstn", 1, "1-2-3", "1-2-4"), ("far", "exchange", 2, "1-2-4", "1-2-3"))
    return "".join(
        POINT.format(name=name, trunk=trunk, span=span, code=code, far=far, timeslot=timeslot)
        for name, trunk, span, code, far in ends
    )


@pytest.fixture
def run(configure: Any, rig: Any, tmp_path_factory: Any) -> Any:
    """A daemon on channels of all kinds, and a client."""
    running: list[Any] = []

    def start(text: str) -> Any:
        configure("mixed")
        running.append(rig.Daemon(tmp_path_factory.mktemp("d"), text=HEAD + text))
        return rig.App(running[-1].client())

    yield start
    for daemon in running:
        daemon.close()


def test_r2_calls(run: Any) -> None:
    app = run(R2)
    app.links_up("near", "far")
    for device, calling in (("trunk/near", "01012345678"), ("trunk/far", "")):
        made = app.call(m.MakeCall(called="5551000", device=device, calling=calling))
        ring = app.wait(ev.Delivered, direction="in", timeout=40)
        assert (ring.called, ring.calling) == ("5551000", calling)
        app.call(m.AnswerCall(call_id=ring.call_id))
        ends = {app.wait(ev.Established, timeout=20).call_id for _ in range(2)}
        assert ends == {made.call_id, ring.call_id}
        app.hang_up(made.call_id, ring.call_id)
        # The circuit is guarded for a while behind a call.
        while any(t.idle < t.channels for t in app.call(m.Trunks()).trunks):
            app.wait(ev.ChannelChanged, timeout=20)


@pytest.mark.parametrize("timeslot", [12, 11], ids=["by-us", "by-the-kernel"])
def test_a_link_is_aligned_and_carries_calls(run: Any, timeslot: int) -> None:
    """Signal units framed by our engine on a clear channel, and by the kernel's MTP2."""
    app = run(ss7(timeslot))
    app.links_up()
    app.circuits_idle()
    for _ in range(3):
        near, far = app.connect()
        cleared = app.hang_up(near, far)
        assert [e.q850 for e in cleared] == [16, 16]
