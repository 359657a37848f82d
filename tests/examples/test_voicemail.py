"""examples/voicemail.py: a message is left, the lamp goes on, it is fetched and deleted."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import running, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm

LINES = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
metrics = ""

[[board]]
name = "lab"
address = "sim://lab"
[board.sim]
spans = 1
[[board.sim.span]]
number = 1
kind = "analog"
ports = "fxs:1-2,fxo:3-4"
[[board.sim.lines]]
fxs = "1/1"
fxo = "1/3"
[[board.sim.lines]]
fxs = "1/2"
fxo = "1/4"

[[trunk]]
name = "phones"
span = "lab/1"
signalling = "fxs"
[trunk.fxs]
channels = "1-2"
max_digits = 4
[trunk.fxs.numbers]
1 = "8001"
2 = "8002"

[[trunk]]
name = "telephones"
span = "lab/1"
signalling = "fxo"
[trunk.fxo]
channels = "3-4"
dial_tone_wait = "60s"
"""


def test_a_message(daemon_with, subscribed) -> None:
    daemon = daemon_with(LINES)
    app = subscribed(daemon)
    arguments = ("--trunk", "phones", "--lamp", "8001=phones/1", "--access", "8000")
    with running("voicemail.py", daemon, *arguments) as voicemail:
        voicemail.line("waiting for calls")
        # Telephone 8002 calls 8001 and leaves a message.
        mark = len(app.seen)
        caller = app.call(m.MakeCall(called="8001", device="trunk/telephones/4")).call_id
        taken = since(app, mark, ev.Record).call_id
        app.call(mm.GenerateTone(call_id=caller, tone="gb/busy", seconds=1))
        since(app, mark, ev.Stop, call_id=caller, kind="play")
        app.call(mm.GenerateDigits(call_id=caller, digits="#"))
        since(app, mark, ev.Stop, call_id=taken, kind="record", reason="digit")
        voicemail.line("mailbox 8001: 1 new")
        app.call(m.ClearConnection(call_id=caller))
        since(app, mark, ev.ConnectionCleared, call_id=caller)
        (message,) = (daemon.directory / "media" / "voicemail" / "8001").iterdir()
        assert message.name.startswith("new-") and "8002" in message.name
        # Telephone 8001 fetches it.
        mark = len(app.seen)
        owner = app.call(m.MakeCall(called="8000", device="trunk/telephones/3")).call_id
        since(app, mark, ev.Established, call_id=owner)
        since(app, mark, ev.Play)  # the message: digits count from then on
        app.call(mm.GenerateDigits(call_id=owner, digits="3"))
        voicemail.line("mailbox 8001: 0 new")
        assert not message.exists()
        since(app, mark, ev.ConnectionCleared, call_id=owner)
