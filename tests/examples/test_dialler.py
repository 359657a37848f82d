"""examples/dialler.py: people get an agent, busy numbers and machines do not."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import answer, running, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm

HELLO = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/hello.wav")
GREETING = HELLO.with_name("vm-intro.wav")


@pytest.mark.peer
def test_a_campaign(daemon, app, tmp_path: pathlib.Path) -> None:
    for sound, name in ((HELLO, "hello.wav"), (GREETING, "greeting.wav")):
        assert sound.exists(), "install asterisk-core-sounds-en-wav"
        (daemon.directory / "media" / name).write_bytes(sound.read_bytes())
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("101\n102\n103\n")
    arguments = (
        str(numbers),
        "--device",
        "trunk/pstn",
        "--agent",
        "trunk/exchange,301",
        "--most",
        "1",
    )
    with running("dialler.py", daemon, *arguments) as dialler:
        mark = len(app.seen)
        agent = answer(app, mark, called="301")
        dialler.line("agent 301: here")
        # The first is busy.
        call = since(app, mark, ev.Delivered, direction="in", called="101").call_id
        app.call(m.ClearConnection(call_id=call, cause=17))
        dialler.line("101: busy")
        # The second is a machine: it talks on and on, and is cleared.
        machine = answer(app, mark, called="102")
        app.call(mm.PlayMessage(call_id=machine, message="greeting.wav", repeat=0))
        dialler.line("102: machine")
        since(app, mark, ev.ConnectionCleared, call_id=machine)
        # The third is a person: the agent hears him.
        person = answer(app, mark, called="103")
        app.call(mm.PlayMessage(call_id=person, message="hello.wav"))
        dialler.line("103: person")
        dialler.line("103: speaks with agent")
        app.call(mm.StartDigitsCollection(call_id=agent, max_digits=1, first_timeout=60))
        since(app, mark, ev.Stop, call_id=person, kind="play")
        app.call(mm.GenerateDigits(call_id=person, digits="6"))
        assert app.wait(ev.DigitsCollected, call_id=agent).digits == "6"
        app.call(m.ClearConnection(call_id=person))
        assert dialler.line("1 connected")
        since(app, mark, ev.ConnectionCleared, call_id=agent)
        assert dialler.process.wait(90) == 0
