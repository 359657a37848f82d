"""The core in virtual time: what happens when a board cannot keep up or a timeslot is taken."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import ask

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon.config_check import loads
from trunkd.daemon.media_files import resolve, save
from trunkd.daemon.methods import SimCable
from trunkd.daemon.node import Node
from trunkd.daemon.simcable import set_cable
from trunkd.daemon.virtual import run_until
from trunkd.errors import DriverError, Error, LocalError
from trunkd.signaling.call import CallRequest, PartyNumber

CONFIG = """\
[daemon]
records = "off"
media_dir = "{dir}"
[[board]]
name = "b0"
address = "sim://v"
[board.sim]
spans = 2
cable = "1-2"
ring_octets = 4096
{ports}
[[trunk]]
name = "user"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "network"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""

SPEECH = bytes(range(256)) * 400


class Bench:
    """A node in virtual time that answers every call."""

    def __init__(self, directory: pathlib.Path, ports: str = "") -> None:
        self.seen: list[ev.Event] = []
        self.node = Node(loads(CONFIG.format(dir=directory, ports=ports)), VirtualClock())
        self.node.sinks.append(self._event)
        self.node.open()
        self.node.start()
        self.run(2)
        self.board = self.node.boards["b0"].board

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if isinstance(event, ev.Delivered) and event.direction == "in":
            call = self.node.call(event.call_id)
            self.node.at(self.node.now(), lambda now: call.trunk.answer(call, now))

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def connect(self):
        request = CallRequest(PartyNumber("1"), None, 1)
        call = self.node.place(self.node.trunk("user"), request)
        self.run(1)
        return call

    def of(self, kind: type[ev.Event]) -> list:
        return [e for e in self.seen if isinstance(e, kind)]


@pytest.fixture
def media(tmp_path: pathlib.Path) -> pathlib.Path:
    from trunkd.board.model import Law

    save(str(tmp_path / "long.wav"), SPEECH, Law.A, "g711")
    return tmp_path


def test_lost_board_events_are_told_and_nothing_hangs(media: pathlib.Path) -> None:
    bench = Bench(media)
    call = bench.connect()
    assert call.state == "connected"
    ask(bench.node, "playMessage", callId=call.call_id, message="long.wav")
    ask(bench.node, "recordMessage", callId=call.call_id, message="heard.wav")
    set_cable(bench.board, 1, SimCable(span="b0/1", action="impair", error_rate=0.01))
    until = bench.node.now() + 60 * SECOND
    while bench.board.stats().events_lost == 0:
        # Once the ring is full no event ends a step: small ones.
        now = bench.board.step(bench.board.clock.now() + SECOND // 10)
        assert now < until, "the ring never filled up"
    set_cable(bench.board, 1, SimCable(span="b0/1", action="mend"))
    # The loss is told with the first block after something was taken from the full ring.
    bench.run(1)
    bench.run(1)
    lost = bench.of(ev.BoardEventsLost)
    assert lost and lost[0].count > 0
    # What still plays and records goes on; each end is told, whether its event was lost or not.
    bench.run(70)
    stops = {stop.kind: stop for stop in bench.of(ev.Stop)}
    assert len(stops) == len(bench.of(ev.Stop)) == 2
    assert stops["play"].reason in ("complete", "failed")
    assert stops["record"].reason in ("complete", "failed")
    assert (media / "heard.wav").stat().st_size >= 60 * 8000
    assert (call.playing, call.recording) == ("", "")
    # The links are as the spans are, whatever was missed.
    bench.run(5)
    for trunk in bench.node.trunks.values():
        assert trunk.up and not trunk.line_is_down
    bench.node.close()


def test_call_on_a_timeslot_that_is_taken(media: pathlib.Path) -> None:
    """A port has timeslot 1: the call is had without speech, and the problem is told."""
    port = f'[[board.sim.ports]]\nspan = 1\ntimeslot = 1\nmode = "raw"\npath = "{media}/p"\n'
    bench = Bench(media, port)
    problems: list[Exception] = []
    bench.node.on_problem = problems.append
    call = bench.connect()
    assert call.state == "connected"
    assert [type(p) for p in problems] == [LocalError] or [type(p) for p in problems] == [
        DriverError
    ]
    assert bench.node.problems == 1
    with pytest.raises(Error, match="has no channel"):
        ask(bench.node, "playMessage", callId=call.call_id, message="long.wav")
    call.trunk.clear(call, 16, call.trunk.now())
    bench.run(1)
    assert not bench.node.calls
    bench.node.close()


def test_problem_is_raised_where_nobody_takes_it(media: pathlib.Path) -> None:
    port = f'[[board.sim.ports]]\nspan = 1\ntimeslot = 1\nmode = "raw"\npath = "{media}/p"\n'
    bench = Bench(media, port)
    with pytest.raises(Error):
        bench.connect()
    bench.node.close()


def test_time_of_engines_never_goes_back(media: pathlib.Path) -> None:
    bench = Bench(media)
    unit = bench.node.boards["b0"]
    now = unit.moment(bench.node.now())
    assert unit.moment(now - 5) == now
    assert unit.moment(now + 5) == now + 5
    bench.node.close()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x.wav", "/etc/x.wav", "a/../../x.wav", "x.exe"]
)
def test_messages_stay_below_the_media_directory(tmp_path: pathlib.Path, name: str) -> None:
    with pytest.raises(LocalError):
        resolve(str(tmp_path), name)


def test_message_by_a_link_to_outside_is_refused(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "media"
    root.mkdir()
    (tmp_path / "secret.wav").write_bytes(b"")
    (root / "x.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(LocalError):
        resolve(str(root), "x.wav")
    assert resolve(str(root), "sub/y.wav").endswith("/media/sub/y.wav")
