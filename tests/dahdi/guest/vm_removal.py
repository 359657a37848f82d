"""Spans that go away and come back, devices that others have, permissions."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from trunkd.board.events import Alarm, AlarmChanged, FrameReceived
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.drivers.dahdi import SpanRemoved, SpanReturned
from trunkd.errors import DriverError


def spans(*what: str) -> None:
    done = subprocess.run(["dahdi_spans", *what], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_alarms_when_the_far_span_goes(started: Any, configure: Any) -> None:
    """The board has span 1 alone; span 2 is destroyed, made and configured again."""
    seen = started("clear", "spans=1")
    seen.board.span(1).timeslots[1].open_voice()
    seen.clear()
    spans("destroy", "2")
    raised = seen.wait(AlarmChanged)
    assert (raised.span, raised.alarm, raised.active) == (1, Alarm.LOS, True)
    assert seen.board.span(1).alarms == {Alarm.LOS}
    seen.clear()
    spans("make", "2")
    cleared = seen.wait(AlarmChanged)
    assert (cleared.span, cleared.alarm, cleared.active) == (1, Alarm.LOS, False)
    assert not seen.board.span(1).alarms
    assert seen.board.span(1).counters().alarms == {Alarm.LOS: 1}


def test_our_span_is_taken_away_and_comes_back(started: Any, configure: Any) -> None:
    """While frames and octets flow on both spans: events, no crash, DriverError afterwards."""
    seen = started("clear")
    board = seen.board
    for span in board.spans:
        span.timeslots[1].open_voice()
        span.timeslots[16].open_hdlc(HdlcConfig())
    seen.run(0.5)
    board.span(1).timeslots[1].play(b"\x55" * 80000)
    board.span(2).timeslots[1].record(80000)
    seen.clear()
    spans("unassign", "2")
    assert seen.wait(SpanRemoved).span == 2
    assert Alarm.LOS in board.span(2).alarms
    for wrong in (
        lambda: board.span(2).timeslots[16].transmit(b"gone"),
        board.span(2).timeslots[2].open_voice,
        lambda: board.span(2).timeslots[1].play(b"x"),
        board.span(2).info,
    ):
        with pytest.raises(DriverError, match="removed"):
            wrong()
    blocks = board.stats().blocks
    seen.run(1)
    assert board.stats().blocks > blocks + 50, "the other span goes on"
    spans("assign", "2")
    configure("clear", "-C", "32-62")
    assert seen.wait(SpanReturned, 20).span == 2
    seen.run(1)
    assert not board.span(2).alarms
    board.span(2).timeslots[16].open_hdlc(HdlcConfig())
    seen.run(0.3)
    seen.clear()
    board.span(1).timeslots[16].transmit(b"here again")
    assert seen.wait(FrameReceived, span=2).frame == b"here again"


def module(*what: str) -> str:
    """What ``dahdi_module`` complains of; "" when it could."""
    done = subprocess.run(["dahdi_module", *what], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or done.stderr
    return done.stderr


def test_the_module_is_removed_under_calls(started: Any, configure: Any) -> None:
    """In use the kernel keeps span and module; unplugged, both go, the board stays, and all is
    there again when they come back."""
    seen = started("clear")
    board = seen.board
    for span in board.spans:
        span.timeslots[1].open_voice()
        span.timeslots[16].open_hdlc(HdlcConfig())
    board.span(1).timeslots[1].play(b"\x55" * 80000)
    seen.clear()
    assert "unavailable" in module("remove", "dahdi_dynamic_loc")
    busy = subprocess.run(["dahdi_spans", "destroy", "1"], capture_output=True, check=False)
    assert busy.returncode != 0 and b"busy" in busy.stderr
    board.span(1).timeslots[16].transmit(b"unharmed")
    assert seen.wait(FrameReceived, span=2).frame == b"unharmed"
    spans("unassign", "1", "2")
    assert {seen.wait(SpanRemoved, span=n).span for n in (1, 2)} == {1, 2}
    assert not module("remove", "dahdi_dynamic_loc")
    with pytest.raises(DriverError, match="removed"):
        board.span(1).timeslots[2].open_voice()
    blocks = board.stats().blocks
    assert seen.run(20, lambda: board.stats().blocks > blocks + 5), "it stands still"
    assert not module("insert", "dahdi_dynamic_loc")
    spans("make", "1", "2")
    configure("clear")
    for number in (1, 2):
        assert seen.wait(SpanReturned, 20, span=number)
    seen.run(1)
    for span in board.spans:
        assert not span.alarms
        span.timeslots[16].open_hdlc(HdlcConfig())
    seen.run(0.3)
    seen.clear()
    board.span(1).timeslots[16].transmit(b"here again")
    assert seen.wait(FrameReceived, span=2).frame == b"here again"


def test_one_direction_is_cut(started: Any) -> None:
    """Spans joined by Ethernet frames: the far end loses the signal and says so to the near end."""
    spans("make", "3", "4")
    seen = started("ethernet", "spans=3-4")
    near, far = seen.board.spans
    try:
        assert seen.run(20, lambda: not near.alarms and not far.alarms)
        seen.clear()
        spans("cut", "3")
        for span, alarm in ((2, Alarm.LOS), (1, Alarm.RAI)):
            seen.wait(AlarmChanged, 30, span=span, alarm=alarm, active=True)
        assert (near.alarms, far.alarms) == ({Alarm.RAI}, {Alarm.LOS})
        spans("mend", "3")
        for span, alarm in ((2, Alarm.LOS), (1, Alarm.RAI)):
            seen.wait(AlarmChanged, 30, span=span, alarm=alarm, active=False)
        assert not near.alarms and not far.alarms
        assert len(seen.of(AlarmChanged)) == 4
    finally:
        seen.board.close()
        spans("destroy", "3", "4")


def test_a_channel_that_somebody_has(configure: Any) -> None:
    configure("clear")
    text = (
        "import fcntl, os, struct, sys\n"
        "fd = os.open('/dev/dahdi/channel', os.O_RDWR)\n"
        "fcntl.ioctl(fd, 0x4004DA26, struct.pack('i', 7))\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(DriverError) as said:
            open_board("dahdi://")
        other.communicate("")
    wrong = str(said.value)
    assert "DAHDI channel 7 is busy, held by" in wrong and f"(pid {other.pid})" in wrong
    open_board("dahdi://").close()


def open_as_nobody() -> str:
    """What a program of another user is told that opens the board."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os\n"
            "from trunkd.board.registry import find_driver, open_board\n"
            "from trunkd.errors import DriverError\n"
            "find_driver('dahdi')\n"
            "nobody = 65534\nos.setgroups([])\n"
            "os.setresgid(nobody, nobody, nobody)\nos.setresuid(nobody, nobody, nobody)\n"
            "try:\n    open_board('dahdi://')\n"
            "except DriverError as exc:\n    print(exc)\n",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_no_permission(configure: Any) -> None:
    configure("clear")
    devices = [f"/dev/dahdi/{name}" for name in os.listdir("/dev/dahdi") if name != "chan"]
    before = {device: os.stat(device) for device in devices}
    for device in devices:
        os.chmod(device, 0o600)
    said = open_as_nobody()
    assert "no permission for /dev/dahdi/ctl" in said and "udev rule" in said, said
    for device in devices:
        os.chown(device, 0, 20)
        os.chmod(device, 0o660)
    said = open_as_nobody()
    assert "group 'dialout'" in said and "usermod -aG dialout nobody" in said, said
    for device, about in before.items():
        os.chown(device, about.st_uid, about.st_gid)
        os.chmod(device, about.st_mode & 0o777)


def test_wrong_names(configure: Any) -> None:
    configure("clear")
    with pytest.raises(DriverError, match="there is no DAHDI span 5: there are 1, 2"):
        open_board("dahdi://?spans=5")
    with pytest.raises(DriverError, match="there is no DAHDI channel 99"):
        open_board("dahdi://?channels=99")


DAEMON = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"
[[board]]
name = "b0"
address = "dahdi://"
[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""


def test_the_daemon_stays_up(configure: Any, rig: Any, tmp_path_factory: Any) -> None:
    """A span is taken away under a call: both links go down, the daemon goes on, and the
    call, which Q.931 keeps for T309, can be cleared."""
    configure("trunk")
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"), text=DAEMON)
    taken = False
    try:
        app = rig.App(daemon.client())
        app.links_up()
        near, far = app.connect()
        spans("unassign", "2")
        taken = True
        assert app.wait(ev.AlarmChanged, active=True, timeout=60).alarm == "LOS"
        while any(t.up for t in app.call(m.Trunks()).trunks):
            app.wait(ev.LinkChanged, up=False, timeout=60)
        for call_id in (near, far):
            app.call(m.ClearConnection(call_id=call_id, cause=16))
        ended = {app.wait(ev.ConnectionCleared, timeout=60).call_id for _ in (near, far)}
        assert ended == {near, far}
        assert daemon.stop() == 0, daemon.log_text()
    finally:
        daemon.close()
        if taken:
            spans("assign", "2")
            configure("trunk")
