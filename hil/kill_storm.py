"""A daemon that is killed (SIGKILL) again and again under load: is any call or event lost?

One client makes, answers and clears calls between spans of a simulated board (PRI, or ISUP over two
links), and resumes after each kill where it was; others that make calls are killed, too. The daemon
is killed at work and while it starts. What the first client was told is the truth that the rest is
held against:

- calls that it placed and that were answered at both ends go on over each kill of the daemon, which
  is told of both ends, held or not as before; over some the speech of one end is heard at the
  other, and each is cleared later from either end;
- events: numbered without a gap across all runs, each once;
- records (calls.db and records.jsonl): each call that an event told of has one, ended, and no
  other call has; those that a kill ended say so;
- channels: all idle when the last call is over;
- the log: no error.

`python -m trunkd.hil.kill_storm --kills 1000 --clients 4` prints a JSON summary; its exit code
tells.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Final

import msgspec

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import methods_media as mm
from ..daemon import methods_switch as sw
from ..daemon.callquery import Wanted, find
from ..daemon.client import Client, Refused, Unreachable
from ..errors import Error
from .kill_callers import Callers
from .kill_kept import KeptCalls

_DAEMON: Final = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = ""
journal_mb = 4
"""
_PRI: Final = """\
[[board]]
name = "b0"
address = "sim://storm"
[board.sim]
spans = 2
cable = "1-2"
[[trunk]]
name = "near"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "far"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""
_ISUP_BOARD: Final = """\
[[board]]
name = "b0"
address = "sim://storm"
[board.sim]
spans = 4
[[board.sim.cables]]
ends = [1, 3]
[[board.sim.cables]]
ends = [2, 4]
"""
_POINT: Final = """\
[[ss7]]
name = "{name}"
variant = "china24"
point_code = "{own}"
network_indicator = "national"
[[ss7.linkset]]
name = "{name}-links"
adjacent = "{other}"
[[ss7.linkset.link]]
slc = 0
span = "b0/{first}"
timeslot = 16
[[ss7.linkset.link]]
slc = 1
span = "b0/{second}"
timeslot = 16
[[trunk]]
name = "{name}"
signalling = "isup"
[trunk.isup]
ss7 = "{name}"
dpc = "{other}"
variant = "china"
[[trunk.isup.circuits]]
cics = "1-15,17-31"
span = "b0/{first}"
"""


def configuration(folder: str, signalling: str) -> str:
    """Trunks "near" and "far", cabled to each other."""
    text = _DAEMON.format(dir=folder)
    if signalling == "pri":
        return text + _PRI
    near = _POINT.format(name="near", own="1-2-3", other="1-2-4", first=1, second=2)
    far = _POINT.format(name="far", own="1-2-4", other="1-2-3", first=3, second=4)
    return text + _ISUP_BOARD + near + far


_TRUNKS: Final = {"near", "far"}
_PATIENCE: Final = 120.0
"""Seconds for anything that has to happen at last."""
_AT_START: Final = 0.25
"""How often a start is killed."""
_HOLDS: Final = 0.1
_HEARD: Final = 0.2
_DIGIT: Final = 0.5
"""Seconds of a digit."""


class Storm:
    """``calls``: that many of ours at most are up at once. The same ``seed`` draws the same times.
    ``clients``: so many others make calls."""

    def __init__(
        self, folder: str, seed: int, calls: int = 12, signalling: str = "pri", clients: int = 0
    ) -> None:
        self.folder: Final = folder
        self._random: Final = random.Random(seed)
        self._most: Final = calls
        self._config: Final = f"{folder}/storm.toml"
        pathlib.Path(self._config).write_text(configuration(folder, signalling))
        os.makedirs(f"{folder}/media", exist_ok=True)
        self._notices: Final = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(f"{folder}/notify")
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None
        self._instance = ""
        self.start_seconds = 1.0
        """How long the last start took."""
        self.seq = 0
        """The last event."""
        self.wrong: list[str] = []
        self.begun: Final[set[int]] = set()
        """Calls that an event told of."""
        self.ended: Final[collections.Counter[int]] = collections.Counter()
        self.by_kill: Final[set[int]] = set()
        self._up: Final[dict[int, str]] = {}
        """Calls that are up -> the trunk; an outgoing one may be cleared."""
        self._trunks_up: Final[set[str]] = set()
        self._answers: list[int] = []
        self.kept: Final = KeptCalls(self._complain)
        self.kills = 0
        self.kills_at_start = 0
        self.heard = 0
        """Kept pairs over which a digit was heard."""
        self.events = 0
        path = f"{folder}/trunkd.sock"
        self._callers: Final = Callers(path, "trunk/near", clients, seed, self._forget)

    def _forget(self) -> None:
        """In a child: it must not hold the daemon's socket open for us."""
        self._notices.close()
        if self._client is not None:
            self._client.close()

    # The daemon

    def _spawn(self) -> int:
        """A descriptor that tells of its end."""
        with open(f"{self.folder}/log", "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trunkd", "run", "-c", self._config],
                stdout=log,
                stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": f"{self.folder}/notify"},
            )
        return os.pidfd_open(self._process.pid)

    def start(self) -> None:
        begun = time.monotonic()
        ended = self._spawn()
        try:
            while True:
                ready, _, _ = select.select([self._notices.fileno(), ended], [], [], _PATIENCE)
                if self._notices.fileno() not in ready:
                    raise Error(f"the daemon did not start: see {self.folder}/log")
                if self._notices.recv(4096).startswith(b"READY=1"):
                    break
        finally:
            os.close(ended)
        self.start_seconds = time.monotonic() - begun
        self._trunks_up.clear()
        self._client = Client(f"{self.folder}/trunkd.sock", _PATIENCE)
        welcome = self._client.call(m.Hello(client="storm"))
        answer = self._client.call(m.Subscribe(after=self.seq, instance=self._instance))
        if not answer.resumed or answer.lost_first:
            self._complain(f"events {answer.lost_first} to {answer.lost_last} were lost: {answer}")
        self._instance = welcome.instance

    def kill_at_start(self, seconds: float) -> None:
        """One that is killed so long after its begin, ready or not."""
        ended = self._spawn()
        select.select([ended], [], [], seconds)
        os.close(ended)
        self._end()
        self.kills_at_start += 1

    def _end(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.kills += 1
        with contextlib.suppress(BlockingIOError):
            while True:
                self._notices.recv(4096, socket.MSG_DONTWAIT)

    def kill(self) -> None:
        """SIGKILL; what the socket still holds is read, as the client was told that."""
        assert self._client is not None
        self._end()
        with contextlib.suppress(Unreachable):
            while True:
                self._take(self._client.next_event(_PATIENCE))
        self._client.close()
        self.kept.killed()

    def _complain(self, text: str) -> None:
        if len(self.wrong) < 20:
            self.wrong.append(text)

    # Load

    def load(self, seconds: float) -> None:
        """Make and clear calls for so long."""
        assert self._client is not None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            event = self._client.next_event(min(left, 0.02))
            self._take(event)
            if event is None and self._trunks_up == _TRUNKS:
                self._act()
            if len(self._callers) and self._random.random() < 0.02:
                self._callers.kill_one()

    def _act(self) -> None:
        ours = [call for call, trunk in self._up.items() if trunk == "near"]
        if self._random.random() < _HOLDS and self.kept.answered:
            held, call = self.kept.one_to_hold(self._random)
            self._ask(sw.RetrieveCall(call_id=call) if held else sw.HoldCall(call_id=call))
        elif len(ours) < self._most and self._random.random() < 0.7:
            called = str(self._random.randrange(10**8))
            placed = self._ask(m.MakeCall(called=called, device="trunk/near"))
            if placed is not None:
                self.kept.placed(placed.call_id)
        elif ours:
            self._clear(self.kept.either_end(self._random.choice(ours), self._random))

    def _clear(self, call: int) -> None:
        self.kept.cleared(call)
        self._ask(m.ClearConnection(call_id=call))

    def _check_kept(self) -> None:
        """Held or not as before; and sometimes, by a digit from end to end, that speech passes."""
        assert self._client is not None
        self.kept.compare(self._client.call(m.Calls()).calls)
        pair = self.kept.pair_to_hear(self._random)
        if pair is None or self._random.random() > _HEARD:
            return
        near, far = pair
        self._ask(mm.StartListening(call_id=far, kinds=["dtmf"]))
        self._ask(mm.GenerateDigits(call_id=near, digits="5", on=_DIGIT))
        end = time.monotonic() + _PATIENCE
        while not (heard := self.kept.heard(far)) and far in self._up:
            if time.monotonic() > end:
                self._complain(f"calls {near} and {far} were kept, and no speech passes")
                return
            self._take(self._client.next_event(1.0))
        self._ask(mm.StopListening(call_id=far))
        self.heard += heard

    def _ask(self, params: m.Params) -> Any:
        assert self._client is not None
        try:
            return self._client.call(params)
        except Refused:
            return None  # it ended meanwhile, or no channel is free

    def _take(self, event: Any) -> None:
        if not isinstance(event, ev.Event):
            return
        self.events += 1
        if event.seq != self.seq + 1:
            self._complain(f"event {event.seq} follows {self.seq}: {event}")
        self.seq = event.seq
        if isinstance(event, ev.LinkChanged) and event.up:
            self._trunks_up.add(event.trunk)
        if not isinstance(event, ev.CallEvent) or event.call_id == 0:
            return
        call = event.call_id
        self.kept.told(event)
        if isinstance(event, ev.ConnectionCleared):
            self.ended[call] += 1
            self._up.pop(call, None)
            if event.cause == "restart":
                self.by_kill.add(call)
            return
        if self.ended[call]:
            self._complain(f"an event of call {call} after its end: {event}")
        if isinstance(event, ev.ServiceInitiated):
            self.begun.add(call)  # its far end cleared it in the same breath (IAM and REL)
        if isinstance(event, ev.Originated | ev.Delivered | ev.Offered):
            self.begun.add(call)
            self._up[call] = event.device.split("/")[1]
        if isinstance(event, ev.Delivered) and event.direction == "in":
            self._answers.append(call)

    def answer(self) -> None:
        """Answer what came in; apart from ``_take``, which may run inside a request."""
        while self._answers:
            self._ask(m.AnswerCall(call_id=self._answers.pop(0)))

    def wait_for_trunks(self) -> None:
        assert self._client is not None
        end = time.monotonic() + _PATIENCE
        while self._trunks_up != _TRUNKS and time.monotonic() < end:
            self._take(self._client.next_event(1.0))

    # The end

    def settle(self) -> None:
        """Clear every call, wait until it is over, and stop the daemon as it should be."""
        assert self._client is not None and self._process is not None
        self._callers.close()
        end = time.monotonic() + _PATIENCE
        while self.kept.expected and time.monotonic() < end:
            self._take(self._client.next_event(1.0))
        if self.kept.expected:
            self._complain(f"calls that were not kept: {sorted(self.kept.expected)[:10]}")
        quiet = False
        while (self._up or not quiet) and time.monotonic() < end:
            for call in list(self._up):
                self._clear(call)
            event = self._client.next_event(1.0)
            quiet = event is None  # a call that was just made may not have been told of yet
            self._take(event)
        if self._up:
            self._complain(f"calls that did not end: {sorted(self._up)}")
        states = collections.Counter(
            channel.state for channel in self._client.call(m.Channels()).channels
        )
        while set(states) != {"idle"} and time.monotonic() < end:
            self._take(self._client.next_event(0.2))
            states = collections.Counter(
                channel.state for channel in self._client.call(m.Channels()).channels
            )
        if set(states) != {"idle"}:
            self._complain(f"channels are stuck: {dict(states)}")
        if self._client.call(m.Calls()).calls:
            self._complain("the daemon has calls that no event told of")
        self._client.close()
        self._process.terminate()
        if self._process.wait(_PATIENCE):
            self._complain(f"the daemon ended with code {self._process.returncode}")

    def check(self) -> None:
        """Records against what was told."""
        rows = find(f"{self.folder}/calls.db", Wanted())
        lines = pathlib.Path(self.folder, "records.jsonl").read_text().splitlines()
        filed = [msgspec.json.decode(line) for line in lines]
        for name, kept in (
            ("calls.db", [(r.call_id, r.ended, r.lost) for r in rows]),
            ("records.jsonl", [(r["callId"], r["ended"], r["lost"]) for r in filed]),
        ):
            times = collections.Counter(call for call, _, _ in kept)
            doubled = [call for call, n in times.items() if n > 1]
            if doubled:
                self._complain(f"{name}: calls with more than one record: {doubled[:10]}")
            if set(times) != self.begun:
                missing, more = self.begun - set(times), set(times) - self.begun
                self._complain(f"{name}: no record of {sorted(missing)[:10]}")
                self._complain(f"{name}: records of calls nobody told of: {sorted(more)[:10]}")
            if not all(ended for _, ended, _ in kept):
                self._complain(f"{name}: records without an end")
            lost = {call for call, _, why in kept if why}
            if lost != self.by_kill:
                self._complain(f"{name}: lost by a kill: {sorted(lost ^ self.by_kill)[:10]} differ")
        log = pathlib.Path(self.folder, "log").read_text(errors="replace").splitlines()
        # What trunkd says of itself: something failed inside, or the auditor found something.
        for line in [text for text in log if " ERROR " in text][:5]:
            self._complain(line)
        more_ends = [call for call, n in self.ended.items() if n != 1]
        if more_ends:
            self._complain(f"calls that were told to end more than once: {more_ends[:10]}")

    def close(self) -> None:
        self._callers.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._notices.close()

    def run(self, kills: int, longest: float) -> dict[str, Any]:
        """``longest``: seconds of load before a kill, at most; a summary."""
        self.start()
        for _ in range(kills):
            self._loaded(self._random.uniform(0.0, longest))
            self.kill()
            while self._random.random() < _AT_START:
                self.kill_at_start(self._random.uniform(0.0, self.start_seconds))
            self.start()
            self._check_kept()
        self.wait_for_trunks()
        self._loaded(longest)
        self.settle()
        self.check()
        return {
            "kills": self.kills,
            "killsAtStart": self.kills_at_start,
            "killsOfClients": self._callers.kills,
            "calls": len(self.begun),
            "endedByKill": len(self.by_kill),
            "kept": self.kept.confirmed,
            "answeredOverKills": self.kept.most,
            "heard": self.heard,
            "events": self.events,
            "wrong": self.wrong,
        }

    def _loaded(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.load(min(left, 0.05))
            self.answer()


def options() -> argparse.ArgumentParser:
    """The command's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of the daemon at work")
    parser.add_argument("--longest", type=float, default=1.5, help="seconds of load before a kill")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--signalling", choices=("pri", "isup"), default="pri", help="of the spans")
    parser.add_argument("--clients", type=int, default=0, help="others that make calls")
    parser.add_argument("--keep", metavar="FOLDER", help="leave all files there")
    return parser


def main() -> int:
    asked = options().parse_args()
    with contextlib.ExitStack() as stack:
        folder = asked.keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="trunkd-storm-")
        )
        storm = Storm(folder, asked.seed, 12, asked.signalling, asked.clients)
        try:
            found = storm.run(asked.kills, asked.longest)
        finally:
            storm.close()
    print(json.dumps(found))
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
