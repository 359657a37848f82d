"""examples/recorder.py: a call is recorded; a supervisor listens, coaches and barges in."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import answer, running, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon import methods_switch as ms


def press(app, call_id: int, digits: str) -> None:
    app.call(mm.GenerateDigits(call_id=call_id, digits=digits))
    app.wait(ev.Stop, call_id=call_id)


def hears(app, speaker: int, listener: int) -> bool:
    """Does ``listener`` hear a digit of ``speaker``'s? Each of them is asked when it is quiet."""
    app.call(mm.StartDigitsCollection(call_id=listener, max_digits=1, keep=False, first_timeout=60))
    mark = len(app.seen)
    # What is heard is heard before the silence behind it is over.
    said = [mm.Item(digits="8"), mm.Item(silence=0.5)]
    app.call(mm.PlayMessage(call_id=speaker, items=said))
    since(app, mark, ev.Stop, call_id=speaker, kind="play", reason="complete")
    app.call(mm.StopDigitsCollection(call_id=listener))
    return bool(since(app, mark, ev.DigitsCollected, call_id=listener).digits)


def test_recorded_and_supervised(daemon, app) -> None:
    with running("recorder.py", daemon, "--trunk", "exchange", "--supervisors", "7000") as recorder:
        recorder.line("recording")
        # A customer calls; what comes in is connected with an agent, who is called.
        mark = len(app.seen)
        customer = app.call(m.MakeCall(called="100", calling="21", device="trunk/pstn")).call_id
        watched = answer(app, mark, called="100")
        agent_leg = app.call(m.MakeCall(called="301", calling="9", device="trunk/exchange")).call_id
        agent = answer(app, mark, called="301")
        since(app, mark, ev.Established, call_id=agent_leg)
        app.call(ms.JoinCalls(call_id=watched, other=agent_leg, after="clear"))
        line = recorder.line(f"call {watched}: recorded into")
        path = daemon.directory / "media" / line.split("into ")[1].strip()
        assert path.name == f"{watched}-21-100.wav"

        mark = len(app.seen)
        boss = app.call(m.MakeCall(called="7000", calling="1", device="trunk/pstn")).call_id
        since(app, mark, ev.Established, call_id=boss)
        since(app, mark, ev.Play, message="tone CN/dial")  # digits count from then on
        press(app, boss, f"{watched}#")
        recorder.line(f"monitor of {watched}")
        assert hears(app, customer, boss) and not hears(app, boss, customer)
        press(app, boss, "5")
        recorder.line("coach of")
        assert hears(app, boss, agent) and not hears(app, boss, customer)
        press(app, boss, "6")
        recorder.line("talk of")
        assert hears(app, boss, customer)
        mark = len(app.seen)
        app.call(m.ClearConnection(call_id=boss))
        since(app, mark, ev.ConnectionCleared, call_id=boss)
        assert hears(app, customer, agent)
        mark = len(app.seen)
        app.call(m.ClearConnection(call_id=customer))
        stop = since(app, mark, ev.Stop, call_id=watched, kind="record")
        since(app, mark, ev.ConnectionCleared, call_id=agent)
        with path.open("rb") as file:
            head = file.read(12)
        assert head[:4] == b"RIFF" and path.stat().st_size >= 2 * stop.octets
