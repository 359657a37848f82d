"""Two trunks cabled together in one node under virtual time; requests by the wire's methods.

Each call has two ends in the node: ``near`` placed by trunk "user", ``far`` answered by "network".
"""

from __future__ import annotations

import pathlib
import socket
from typing import Any, NamedTuple

import msgspec
import numpy as np

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import wire
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.later import Later
from trunkd.daemon.media_files import save
from trunkd.daemon.node import Node
from trunkd.daemon.service import Service
from trunkd.daemon.virtual import run_until
from trunkd.daemon.wire_pass import Passing
from trunkd.native import wrap
from trunkd.signaling.call import CallRequest, PartyNumber

CONFIG = """\
[daemon]
records = "off"
media_dir = "{dir}"
{media}
[[board]]
name = "b0"
address = "sim://v"
[board.sim]
spans = 2
cable = "1-2"
[[trunk]]
name = "user"
span = "b0/1"
signalling = "pri"
{user}
[trunk.pri]
side = "user"
[[trunk]]
name = "network"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""


class Ends(NamedTuple):
    """Both ends of a call in the node."""

    near: Call
    far: Call


class Host:
    """What the service asks of a process: there is none."""

    config_path = ""
    started = 0

    def journal_first(self) -> int:
        return 1

    def follows(self, instance: str) -> bool:
        return False

    def client_count(self) -> int:
        return 0

    def metrics_address(self) -> str:
        return ""

    def shut_down(self, drain: int | None) -> None:
        raise AssertionError("nobody asked for that")


def begin(node: Node, method: str, **params: Any) -> list[tuple[Any, Exception | None]]:
    """A method; its outcome is in the list once it is there. Parameters in camel case as on the
    wire. WireError: refused at once."""
    raw = msgspec.Raw(msgspec.json.encode(params))
    request = wire.Request(jsonrpc="2.0", id=1, method=method, params=raw)
    result = Service(node, Host()).call(request, None)  # type: ignore[arg-type]
    outcome: list[tuple[Any, Exception | None]] = []
    if isinstance(result, Later):
        result.then(lambda value, error: outcome.append((value, error)))
    else:
        outcome.append((result, None))
    return outcome


def ask(node: Node, method: str, **params: Any) -> Any:
    """The result of a method that is done at once. WireError: refused."""
    value, error = begin(node, method, **params)[0]
    if error is not None:
        raise error
    return value


class Rig:
    """A node that answers every call."""

    def __init__(self, directory: pathlib.Path, media: str = "", user: str = "") -> None:
        self.directory = directory
        self.seen: list[ev.Event] = []
        text = CONFIG.format(dir=directory, media=media, user=user)
        self.node = Node(loads(text), VirtualClock())
        self.node.sinks.append(self._event)
        self.service = Service(self.node, Host())
        self.node.open()
        self.node.start()
        self.run(2)

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if isinstance(event, ev.Delivered) and event.direction == "in":
            call = self.node.call(event.call_id)
            self.node.at(self.node.now(), lambda now: call.trunk.answer(call, now))

    def close(self) -> None:
        self.node.close()

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def wait(self, kind: type[ev.Event], count: int = 1, seconds: float = 30) -> Any:
        """Run until there are so many events of a kind; the last of them."""
        end = self.node.now() + round(seconds * SECOND)
        while len(self.of(kind)) < count:
            assert self.node.now() < end, f"no {kind.__name__} in {seconds} s: {self.seen[-10:]}"
            self.run(0.05)
        return self.of(kind)[count - 1]

    def call(self) -> Ends:
        """An answered call."""
        before = set(self.node.calls)
        near = self.node.place(self.node.trunk("user"), CallRequest(PartyNumber("1"), None, 0))
        self.run(0.5)
        (other,) = set(self.node.calls) - before - {near.call_id}
        assert near.state == "connected"
        return Ends(near, self.node.calls[other])

    def ask(self, method: str, **params: Any) -> Any:
        """As ``ask``, of this node."""
        return ask(self.node, method, **params)

    def audio(self, **params: Any) -> socket.socket:
        passing = self.ask("openAudio", **params)
        assert isinstance(passing, Passing)
        passing.sock.setblocking(False)
        return passing.sock

    def of(self, kind: type[ev.Event]) -> list:
        return [event for event in self.seen if isinstance(event, kind)]

    # Sound, board level: the far ends' timeslots

    def say(self, call: Call, samples: np.ndarray) -> bytes:
        """Play on a call's timeslot; the octets."""
        octets = wrap.alaw_encode(np.rint(samples).astype("<i2").tobytes())
        call.trunk.span.timeslots[call.channel].play(octets)
        return octets

    def listen(self, call: Call, samples: int) -> None:
        call.trunk.span.timeslots[call.channel].record(samples)

    def heard(self, call: Call) -> np.ndarray:
        octets = call.trunk.span.timeslots[call.channel].recorded()
        return np.frombuffer(wrap.alaw_decode(octets), "<i2").astype(float)

    def write(self, name: str, samples: np.ndarray) -> str:
        """A G.711 WAV below the media directory."""
        octets = wrap.alaw_encode(np.rint(samples).astype("<i2").tobytes())
        save(str(self.directory / name), octets, Law.A, "g711")
        return name


def sine(hz: float, seconds: float, dbm0: float = -10) -> np.ndarray:
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    return peak * np.sin(2 * np.pi * hz * np.arange(round(8000 * seconds)) / 8000)


def level_of(samples: np.ndarray, hz: float) -> float:
    """dBm0 of a frequency in some samples."""
    window = np.hanning(len(samples))
    turn = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / 8000)
    peak = 2 * abs((samples * window * turn).sum()) / window.sum()
    return 20 * np.log10(max(peak, 1e-3) / 32768) + 3.14
