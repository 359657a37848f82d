"""Two PriTrunks on one wire under virtual time, with applications that do as a script says.

The wire delays every frame alike and may lose, double or damage it, or be cut. Most damaged
frames fail their FCS and are lost; some are delivered as if the FCS had not seen it. Each end is
audited as it goes: one CallReleased a handle and nothing after it, no channel twice in one state.
"""

from __future__ import annotations

import contextlib
import heapq
import pathlib
import random
import sys
from collections.abc import Callable, Iterator

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import q921_table, q931_restart, q931_table
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.q931_restart import REST0
from trunkd.signaling.isdn.trunk import PriTrunk

HERE = str(pathlib.Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

MS = 1_000_000
SECOND = 1_000_000_000
DELAY = 3 * MS


class Wire:
    """What happens to frames on their way; probabilities each."""

    def __init__(
        self,
        loss: float = 0.0,
        double: float = 0.0,
        damage: float = 0.0,
        undetected: float = 0.0,
    ) -> None:
        self.loss = loss
        self.double = double
        self.damage = damage
        self.undetected = undetected
        """Of the damaged frames, those that are delivered all the same."""
        self.cut = False

    def carry(self, frame: bytes, rng: random.Random) -> list[bytes]:
        """What arrives of a frame."""
        if self.cut or rng.random() < self.loss:
            return []
        if rng.random() < self.damage:
            if rng.random() >= self.undetected:
                return []
            bit = rng.randrange(8 * len(frame))
            octets = bytearray(frame)
            octets[bit >> 3] ^= 1 << (bit & 7)
            frame = bytes(octets)
        return [frame, frame] if rng.random() < self.double else [frame]


class End:
    """One trunk with its audit. ``app`` is told every event."""

    def __init__(self, name: str, trunk: PriTrunk) -> None:
        self.name = name
        self.trunk = trunk
        self.live: set[int] = set()
        self.dead: set[int] = set()
        self.released: list[neutral.CallReleased] = []
        self.log: list[neutral.SignallingEvent] = []
        self.channel: dict[int, int] = {}
        self.app: Callable[[End, neutral.SignallingEvent], None] | None = None

    def audit(self, event: neutral.SignallingEvent) -> None:
        if isinstance(event, neutral.ChannelChanged):
            before = self.channel.get(event.channel, neutral.CHANNEL_IDLE)
            assert before != event.state, f"{self.name}: channel {event.channel} twice {before}"
            self.channel[event.channel] = event.state
            return
        handle = getattr(event, "call", 0)
        if not handle:
            return
        assert handle not in self.dead, f"{self.name}: {event} after the end of call {handle}"
        if isinstance(event, neutral.CallOffered):
            assert handle not in self.live
            self.live.add(handle)
        assert handle in self.live, f"{self.name}: {event} for call {handle}, never offered"
        if isinstance(event, neutral.CallReleased):
            self.live.discard(handle)
            self.dead.add(handle)
            self.released.append(event)


class Pair:
    """Both ends, the wire and the time."""

    def __init__(
        self,
        seed: int,
        wire: Wire,
        user: PriConfig | None = None,
        network: PriConfig | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.wire = wire
        self.now = 0
        self.user = End("user", PriTrunk(user or PriConfig("user")))
        self.network = End("network", PriTrunk(network or PriConfig("network")))
        self.ends = (self.user, self.network)
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        self.frames = 0

    def other(self, end: End) -> End:
        return self.network if end is self.user else self.user

    def at(self, time: int, action: Callable[[], None]) -> None:
        """Let something happen at ``time`` (ns)."""
        self._order += 1
        heapq.heappush(self._agenda, (time, self._order, action))

    def after(self, ns: int, action: Callable[[], None]) -> None:
        self.at(self.now + ns, action)

    def start(self) -> None:
        for end in self.ends:
            end.trunk.start(self.now)
        self.settle()

    def settle(self) -> None:
        """Take what the ends have to say: frames onto the wire, events to audit and app."""
        for end in self.ends:
            events = end.trunk.events()
            while events:
                for event in events:
                    end.log.append(event)
                    end.audit(event)
                    if end.app is not None:
                        end.app(end, event)
                events = end.trunk.events()
        for end in self.ends:
            control = end.trunk.control
            for call in control.calls.values():
                holder = control.channels.holder[call.channel]
                assert holder == (call.handle if call.channel else 0), "two calls on one channel"
            for frame in end.trunk.transmit():
                self.frames += 1
                for arriving in self.wire.carry(frame, self.rng):
                    self._send(self.other(end), arriving)

    def _send(self, to: End, frame: bytes) -> None:
        self.at(self.now + DELAY, lambda: to.trunk.receive(frame, self.now))

    def run(self, until: int) -> None:
        """Run to ``until`` (ns)."""
        self.settle()
        while True:
            agenda = self._agenda
            next_one = agenda[0][0] if agenda else until + 1
            for end in self.ends:
                timeout = end.trunk.next_timeout()
                if timeout is not None and timeout < next_one:
                    next_one = timeout
            if next_one > until:
                break
            self.now = max(self.now, next_one)
            for end in self.ends:
                timeout = end.trunk.next_timeout()
                if timeout is not None and timeout <= self.now:
                    end.trunk.handle_timeout(self.now)
            while agenda and agenda[0][0] <= self.now:
                heapq.heappop(agenda)[2]()
            self.settle()
        self.now = until

    def try_(self, action: Callable[[], None]) -> None:
        """A request that may come too late: LocalError is how the engine says so."""
        with contextlib.suppress(LocalError):
            action()

    def place(self, end: End, request: neutral.CallRequest) -> int:
        handle = end.trunk.place(request, self.now)
        end.live.add(handle)
        return handle

    def assert_idle(self) -> None:
        """Nothing is left on either side."""
        for end in self.ends:
            control = end.trunk.control
            name = end.name
            assert not end.live, f"{name}: calls {sorted(end.live)} never ended"
            assert not control.calls, f"{name}: {[c.state for c in control.calls.values()]}"
            assert not control.references, name
            assert not control.deadlines, f"{name}: timers {control.deadlines}"
            assert control.asking.state == REST0 and not control.asking.jobs, name
            states = [control.channels.state[n] for n in control.config.channels]
            assert states == [neutral.CHANNEL_IDLE] * len(states), f"{name}: {states}"
            assert not any(control.channels.holder), name
            assert set(end.channel.values()) <= {neutral.CHANNEL_IDLE}, name


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A transition that is not drawn raises, in layer 2 and 3."""
    machines = (q921_table.Q921, q931_table.USER, q931_table.NETWORK, q931_restart.GLOBAL)
    for machine in machines:
        machine.strict = True
    yield
    for machine in machines:
        machine.strict = False


@pytest.fixture
def pair_of() -> Callable[..., Pair]:
    """Makes a pair: seed, wire, settings of both sides."""

    def make(
        seed: int = 1,
        wire: Wire | None = None,
        user: dict[str, object] | None = None,
        network: dict[str, object] | None = None,
    ) -> Pair:
        return Pair(
            seed,
            wire or Wire(),
            PriConfig("user", **(user or {})),  # type: ignore[arg-type]
            PriConfig("network", **(network or {})),  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def wire_of() -> type[Wire]:
    return Wire
