"""examples/acd.py: callers wait with music, hear their position, and get agents in order."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import answer, running, since

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.media_files import save

MUSIC = '\n[[media.music]]\nname = "waiting"\nfiles = ["waiting.wav"]\n'


def caller(app, number: str) -> tuple[int, int]:
    """A call that the queue takes: our end and its."""
    mark = len(app.seen)
    made = app.call(m.MakeCall(called="100", calling=number, device="trunk/pstn"))
    theirs = since(app, mark, ev.Delivered, direction="in", calling=number).call_id
    since(app, mark, ev.Established, call_id=made.call_id)
    return made.call_id, theirs


def test_two_callers_one_agent(start_daemon, subscribed) -> None:
    daemon = start_daemon(network=MUSIC)
    save(str(daemon.directory / "media" / "waiting.wav"), b"\x55\xd5" * 4000, Law.A, "g711")
    app = subscribed(daemon)
    app.links_up()
    with running(
        "acd.py", daemon, "--trunk", "exchange", "--agent", "trunk/exchange,301", "--every", "0.2"
    ) as acd:
        acd.line("waiting for calls")
        mark = len(app.seen)
        first, its = caller(app, "21")
        acd.line(f"call {its}", "position 1")
        second, other = caller(app, "22")
        acd.line(f"call {other}", "position 2")
        since(app, mark, ev.ConnectionChanged, call_id=other, source="music/waiting")
        agent = answer(app, mark, called="301")
        acd.line(f"call {its}", "with trunk/exchange,301")
        # The agent speaks: the first caller hears it.
        app.call(mm.StartListening(call_id=first, kinds=["dtmf"]))
        app.call(mm.GenerateDigits(call_id=agent, digits="7"))
        assert app.wait(ev.DigitsDetected, call_id=first).digit == "7"
        acd.line(f"call {other}", "position 1")
        mark = len(app.seen)
        app.call(m.ClearConnection(call_id=first))
        since(app, mark, ev.ConnectionCleared, call_id=agent)
        # The same agent gets the next one.
        agent = answer(app, mark, called="301")
        acd.line(f"call {other}", "with trunk/exchange,301")
        app.call(m.ClearConnection(call_id=agent))
        since(app, mark, ev.ConnectionCleared, call_id=second)


def test_a_caller_who_hangs_up_and_an_agent_who_does_not_answer(start_daemon, subscribed) -> None:
    daemon = start_daemon()
    app = subscribed(daemon)
    app.links_up()
    arguments = ("--trunk", "exchange", "--agent", "trunk/exchange,301", "--rest", "0")
    with running("acd.py", daemon, *arguments) as acd:
        acd.line("waiting for calls")
        mark = len(app.seen)
        first, _ = caller(app, "21")
        rings = since(app, mark, ev.Delivered, direction="in", called="301")
        app.call(m.ClearConnection(call_id=first))
        since(app, mark, ev.ConnectionCleared, call_id=rings.call_id)
        mark = len(app.seen)
        second, its = caller(app, "22")
        refused = since(app, mark, ev.Delivered, direction="in", called="301")
        mark = len(app.seen)
        app.call(m.ClearConnection(call_id=refused.call_id, cause=21))
        agent = answer(app, mark, called="301")
        acd.line(f"call {its}", "with")
        app.call(m.ClearConnection(call_id=second))
        since(app, mark, ev.ConnectionCleared, call_id=agent)
