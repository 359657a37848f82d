"""Two daemons, each with a simulated board, and the cable between these: one is killed and started
anew, the other is the far end and lives on."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import sqlite3
import sys
from collections import Counter
from types import TracebackType
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from conftest import App, Daemon

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.client import Unreachable
from trunkd.daemon.kept_file import KeptFile
from trunkd.hil.port_relay import PortRelay

HEAD = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = ""
[[board]]
name = "b0"
address = "sim://kept"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]
"""
PORT = """\
[[board.sim.ports]]
span = 2
timeslot = {slot}
path = "{{dir}}/p{slot}"
mode = "{mode}"
mtp2 = {mtp2}
"""
PRI = """\
[[trunk]]
name = "{name}"
span = "b0/1"
signalling = "pri"
{more}
[trunk.pri]
side = "{side}"
"""
SS7 = """\
[[ss7]]
name = "sp"
variant = "china24"
point_code = "{own}"
network_indicator = "national"
[[ss7.linkset]]
name = "links"
adjacent = "{other}"
[[ss7.linkset.link]]
slc = 0
span = "b0/1"
timeslot = 16
[[trunk]]
name = "{name}"
signalling = "{user}"
{more}
[trunk.{user}]
ss7 = "sp"
dpc = "{other}"
variant = "china"
[[trunk.{user}.circuits]]
cics = "1-15,17-31"
span = "b0/1"
"""
SPEECH = (1, 2, 3)
"""Timeslots whose speech goes through, too."""


def text_of(signalling: str, near: bool, more: str, sessions: str) -> str:
    """``{dir}`` is still in it."""
    text = HEAD
    for slot in (16, *SPEECH):
        mtp2 = str(slot == 16 and signalling != "pri").lower()
        text += PORT.format(slot=slot, mode="hdlc" if slot == 16 else "raw", mtp2=mtp2)
    name = "near" if near else "far"
    if signalling == "pri":
        side = "user" if near else "network"
        return text + sessions + PRI.format(name=name, more=more, side=side)
    codes = ("1-2-3", "1-2-4")
    own, other = codes if near else codes[::-1]
    return text + sessions + SS7.format(name=name, more=more, own=own, other=other, user=signalling)


class Pair:
    """``near`` may be killed and started; ``far`` stays. What both told is in ``app`` and
    ``there``, the near one's across its runs."""

    def __init__(
        self, folder: pathlib.Path, signalling: str = "pri", more: str = "", sessions: str = ""
    ) -> None:
        self.folder = folder
        self._text = text_of(signalling, True, more, sessions)
        for name in ("n", "f"):
            (folder / name).mkdir()
        pairs = [(str(folder / "n" / f"p{s}"), str(folder / "f" / f"p{s}")) for s in (16, *SPEECH)]
        self._relay = PortRelay(pairs).start()
        self.far = Daemon(folder / "f", text=text_of(signalling, False, "", ""))
        try:
            self.near = Daemon(folder / "n", text=self._text)
        except BaseException:
            self.far.close()
            raise
        self.app = App(self.near.client())
        self.there = App(self.far.client())
        self.instance = self.app.call(m.Hello(client="test")).instance
        self._circuits = signalling != "pri"
        self.ready()

    def ready(self) -> None:
        for app, trunk in ((self.app, "near"), (self.there, "far")):
            app.links_up(trunk)
            if self._circuits:
                app.circuits_idle()

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            sys.stderr.write(self.near.log_text()[-3000:])
        self.near.close()
        self.far.close()
        self._relay.close()

    def answered(self, called: str = "200") -> tuple[int, int]:
        """A call that was placed here and answered there."""
        made = self.app.call(m.MakeCall(called=called, device="trunk/near")).call_id
        there = self.there.wait(ev.Delivered, direction="in").call_id
        self.there.call(m.AnswerCall(call_id=there))
        self.there.wait(ev.Established, call_id=there)
        self.app.wait(ev.Established, call_id=made)
        return made, there

    def kill(self) -> None:
        """SIGKILL; what the socket still holds is seen."""
        self.near.stop(signal.SIGKILL)
        with contextlib.suppress(Unreachable):
            while (event := self.app.client.next_event(30.0)) is not None:
                self.app.seen.append(event)
        self.near.close()

    def start(self, more: str = "") -> ev.Restarted:
        """The next run; its client goes on where the one before was."""
        text = self._text.replace("[[trunk]]", more + "[[trunk]]") if more else self._text
        self.near = Daemon(self.folder / "n", text=text)
        seen = self.app.seen
        after = max(e.seq for e in seen if isinstance(e, ev.Event))
        client = self.near.client()
        welcome = client.call(m.Hello(client="test"))
        answer = client.call(m.Subscribe(after=after, instance=self.instance))
        assert answer.resumed and not answer.lost_first
        self.app.client, self.instance = client, welcome.instance
        restarted = self.app.wait(ev.Restarted)
        assert isinstance(restarted, ev.Restarted)
        return restarted

    def again(self) -> ev.Restarted:
        self.kill()
        return self.start()

    def kept(self, *calls: int) -> None:
        """Wait until the far end has confirmed each."""
        restarted = max(e.seq for e in self.app.seen if isinstance(e, ev.Restarted))
        told = {
            e.call_id for e in self.app.seen if isinstance(e, ev.CallKept) and e.seq > restarted
        }
        while not told >= set(calls):
            told.add(self.app.wait(ev.CallKept).call_id)

    def reset(self) -> None:
        """Wait until the channels of no call are reset: a new call may have any of them."""
        restarted = max(e.seq for e in self.app.seen if isinstance(e, ev.Restarted))
        done = [e for e in self.app.seen if isinstance(e, ev.RestartDone) and e.local]
        if not any(e.seq > restarted for e in done):
            self.app.wait(ev.RestartDone, local=True)

    def over(self, *calls: int, there: tuple[int, ...] = ()) -> None:
        """Wait until these calls are told to have ended, here and at the far end."""
        for app, wanted in ((self.app, calls), (self.there, there)):
            ended = {e.call_id for e in app.seen if isinstance(e, ev.ConnectionCleared)}
            while not ended >= set(wanted):
                ended.add(app.wait(ev.ConnectionCleared).call_id)

    def info(self, call: int) -> Any:
        return next(c for c in self.app.call(m.Calls()).calls if c.call_id == call)

    def hears(self, sender: int, receiver: int, digit: str = "5") -> None:
        """Far ends: what one keys the other one hears. For long: two clocks and a busy machine may
        cut out some of it."""
        self.there.call(mm.StartListening(call_id=receiver, kinds=["dtmf"]))
        self.there.call(mm.GenerateDigits(call_id=sender, digits=digit, on=1.0))
        self.there.wait(ev.DigitsDetected, call_id=receiver, digit=digit)
        self.there.wait(ev.Stop, call_id=sender)
        self.there.call(mm.StopListening(call_id=receiver))

    def end(self, calls: dict[int, str]) -> None:
        """Stop it as it should be; each call has one record that ended and says ``lost`` so."""
        assert self.near.stop() == 0, self.near.log_text()
        folder = self.folder / "n"
        file = KeptFile(str(folder / "trunkd.kept"))
        assert file.read() == {}, "nothing is kept of calls that are over"
        file.close()
        lines = [json.loads(x) for x in (folder / "records.jsonl").read_text().splitlines()]
        assert Counter(x["callId"] for x in lines) == Counter(dict.fromkeys(calls, 1))
        assert {x["callId"]: x["lost"] for x in lines} == calls
        database = sqlite3.connect(f"file:{folder}/calls.db?mode=ro", uri=True)
        try:
            text = "SELECT callId, lost, ended, talkMs FROM call ORDER BY callId"
            rows = database.execute(text).fetchall()
        finally:
            database.close()
        assert {call: lost for call, lost, _, _ in rows} == calls and len(rows) == len(calls)
        assert all(ended and talk >= 0 for _, _, ended, talk in rows)
        log = self.near.log_text()
        assert " ERROR " not in log, log
