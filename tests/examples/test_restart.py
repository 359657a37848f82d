"""The daemon is killed in the midst of an example's work, and started anew: the example goes on."""

from __future__ import annotations

import pathlib
import signal
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import answer, running, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm

MENU = "tone CN/dial"


class Again:
    """A daemon that can be killed, with who watches it."""

    def __init__(self, start: Any, subscribed: Any) -> None:
        self._subscribed = subscribed
        self.daemon = start()
        self.app = subscribed(self.daemon)
        self.app.links_up()

    def kill(self) -> None:
        """SIGKILL, and a new one in its place; ``app`` sees what that tells from its begin on."""
        self.daemon.stop(signal.SIGKILL)
        last = max(event.seq for event in self.app.seen)
        self.daemon.start()
        self.app = self._subscribed(self.daemon, after=last)
        self.app.links_up()

    def call(self, number: str = "5551000", **more: Any) -> tuple[int, int]:
        """A call that the example answers: our end of it and its."""
        mark = len(self.app.seen)
        made = self.app.call(m.MakeCall(called=number, device="trunk/pstn", **more)).call_id
        theirs = since(self.app, mark, ev.Delivered, direction="in", called=number).call_id
        since(self.app, mark, ev.Established, call_id=made)
        return made, theirs

    def press(self, call: int, digits: str) -> int:
        """Send digits; how many events were seen before."""
        mark = len(self.app.seen)
        self.app.call(mm.GenerateDigits(call_id=call, digits=digits))
        since(self.app, mark, ev.Stop, call_id=call, kind="play")
        return mark

    def kept(self, *calls: int) -> None:
        for call in calls:
            since(self.app, 0, ev.CallKept, call_id=call)


def test_an_ivr(start_daemon, subscribed) -> None:
    """One caller is in the menu and one in the room when it happens: both go on with the menu."""
    at = Again(start_daemon, subscribed)
    with running("ivr.py", at.daemon, "--trunk", "exchange") as ivr:
        ivr.line("waiting for calls")
        (one, its), (two, other) = at.call(), at.call()
        since(at.app, 0, ev.Play, call_id=its)
        since(at.app, 0, ev.Play, call_id=other)
        mark = at.press(two, "2")
        since(at.app, mark, ev.ConferenceChanged, call_id=other, change="joined")
        at.kill()
        at.kept(one, its, two, other)
        since(at.app, 0, ev.Play, call_id=its, message=MENU)
        since(at.app, 0, ev.Play, call_id=other, message=MENU)
        # The room ended with the daemon: who wants to join makes it again.
        for ours, theirs in ((one, its), (two, other)):
            mark = at.press(ours, "2")
            since(at.app, mark, ev.ConferenceChanged, call_id=theirs, change="joined")
        at.app.call(mm.StartListening(call_id=two, kinds=["tones"], country="gb"))
        at.app.call(mm.GenerateTone(call_id=one, tone="gb/busy"))
        assert at.app.wait(ev.ToneDetected, call_id=two, tone="busy")
        at.app.call(m.ClearConnection(call_id=one))
        mark = at.press(two, "*")
        since(at.app, mark, ev.Play, call_id=other, message=MENU)
        at.press(two, "9")
        since(at.app, mark, ev.ConnectionCleared, call_id=two)
        # And who calls now is served as before.
        mark = len(at.app.seen)
        three, its = at.call()
        since(at.app, mark, ev.Play, call_id=its, message=MENU)
        at.press(three, "9")
        since(at.app, mark, ev.ConnectionCleared, call_id=three)
        assert ivr.process.poll() is None


def test_a_queue(start_daemon, subscribed) -> None:
    """One caller talks with the agent, one waits; then the agent's telephone rings for the one who
    waits when it happens again."""
    at = Again(start_daemon, subscribed)
    arguments = ("--trunk", "exchange", "--agent", "trunk/exchange,301", "--rest", "0")
    with running("acd.py", at.daemon, *arguments, "--every", "1") as acd:
        acd.line("waiting for calls")
        first, its = at.call("100", calling="21")
        agent = answer(at.app, called="301")
        acd.line(f"call {its}", "with trunk/exchange,301")
        second, other = at.call("100", calling="22")
        acd.line(f"call {other}", "position 1")
        at.kill()
        at.kept(first, its, agent, second, other)
        # They talk with each other, as before.
        at.app.call(mm.StartListening(call_id=first, kinds=["dtmf"]))
        at.app.call(mm.GenerateDigits(call_id=agent, digits="7"))
        assert at.app.wait(ev.DigitsDetected, call_id=first).digit == "7"
        acd.line(f"call {other}", "position 1")
        mark = len(at.app.seen)
        at.app.call(m.ClearConnection(call_id=first))
        since(at.app, mark, ev.Delivered, direction="in", called="301")
        at.kill()
        # It rang, and was lost: it is called again.
        at.kept(second, other)
        agent = answer(at.app, called="301")
        acd.line(f"call {other}", "with trunk/exchange,301")
        mark = len(at.app.seen)
        at.app.call(m.ClearConnection(call_id=agent))
        since(at.app, mark, ev.ConnectionCleared, call_id=second)
        assert acd.process.poll() is None
