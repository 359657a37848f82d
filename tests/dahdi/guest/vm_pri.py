"""PRI on the real kernel driver, by the daemon as it is."""

from __future__ import annotations

from typing import Any

from trunkd.daemon import events as ev
from trunkd.daemon import methods_media as mm

CONFIG = """\
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


def test_fifty_calls_with_digits_through_the_audio(
    configure: Any, rig: Any, tmp_path_factory: Any
) -> None:
    """D-channels by the kernel's HDLC; each call's DTMF is heard at its far end."""
    configure("trunk")
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"), text=CONFIG)
    try:
        app = rig.App(daemon.client())
        app.links_up()
        for call in range(50):
            near, far = app.connect()
            if call % 10 == 0:
                app.call(mm.StartListening(call_id=far, kinds=["dtmf"]))
                app.call(mm.GenerateDigits(call_id=near, digits=f"{call:02}#"))
                heard = [app.wait(ev.DigitsDetected, call_id=far, ended=True) for _ in range(3)]
                assert "".join(e.digit for e in heard) == f"{call:02}#"
            cleared = app.hang_up(near, far)
            assert [e.q850 for e in cleared] == [16, 16]
        assert daemon.stop() == 0
    finally:
        daemon.close()
