"""Two exchanges with TUP circuits between them under virtual time, MTP as it promises to be: in
order, nothing lost; or worse, where a test asks for it. Each end is audited as it goes."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_circuits_blocking, tup_circuits_group, tup_states, tup_table
from trunkd.signaling.ss7.tup import Tup
from trunkd.signaling.ss7.tup_config import TupConfig
from trunkd.signaling.ss7.tup_messages_address import decode

MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DELAY = 10 * MS
MACHINES = (tup_table.TUP, tup_circuits_blocking.BLOCKING, tup_circuits_group.GROUP)


class TupEnd:
    """One exchange with its audit. ``app`` is told every event, before anything else happens."""

    def __init__(self, name: str, config: TupConfig) -> None:
        self.name = name
        self.tup = Tup(config)
        self.log: list[neutral.SignallingEvent] = []
        self.live: set[int] = set()
        self.dead: set[int] = set()
        self.channel: dict[int, int] = {}
        self.app: Callable[[TupEnd, neutral.SignallingEvent], None] | None = None

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

    def of(self, kind: type) -> list:
        """Events of a kind so far."""
        return [event for event in self.log if isinstance(event, kind)]

    def faults(self) -> list[str]:
        return [event.kind for event in self.of(neutral.ProtocolFault)]

    def state(self, cic: int) -> int:
        return self.tup.circuits[cic].state


class TupPair:
    """Both ends, what lies between them, and the time."""

    def __init__(
        self,
        seed: int = 1,
        circuits: tuple[int, ...] = tuple(range(1, 32)),
        variant: str = "itu",
        a: dict[str, object] | None = None,
        b: dict[str, object] | None = None,
        up: bool = True,
    ) -> None:
        self.rng = random.Random(seed)
        self.now = 0
        self.loss = 0.0
        self.cut = False
        self.a = TupEnd("A", TupConfig(circuits, variant, opc=2, dpc=1, **(a or {})))  # type: ignore[arg-type]
        self.b = TupEnd("B", TupConfig(circuits, variant, opc=1, dpc=2, **(b or {})))  # type: ignore[arg-type]
        self.ends = (self.a, self.b)
        self.said: list[str] = []
        """Messages as "A IAM 5": who, what, on which circuit."""
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        if up:
            for end in self.ends:
                end.tup.start(0)
                end.tup.mtp_resume(0)
            self.settle()

    def other(self, end: TupEnd) -> TupEnd:
        return self.b if end is self.a else self.a

    def after(self, ns: int, action: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (self.now + ns, self._order, action))

    def place(self, end: TupEnd, request: neutral.CallRequest) -> int:
        handle = end.tup.place(request, self.now)
        end.live.add(handle)
        self.settle()
        return handle

    def settle(self) -> None:
        """Take what the ends have to say: messages on their way, events to audit and app."""
        for end in self.ends:
            events = end.tup.events()
            while events:
                for event in events:
                    end.log.append(event)
                    end.audit(event)
                    if end.app is not None:
                        end.app(end, event)
                events = end.tup.events()
        for end in self.ends:
            for sls, data in end.tup.transmit():
                cic = end.tup.cic_of(data, sls)
                self.said.append(f"{end.name} {decode(data[1:]).name} {cic}")
                if not self.cut and self.rng.random() >= self.loss:
                    self._send(self.other(end), sls, data)

    def _send(self, to: TupEnd, sls: int, data: bytes) -> None:
        self.after(DELAY, lambda: to.tup.receive(data, sls, self.now))

    def run(self, ns: int) -> None:
        """Let time pass."""
        until = self.now + ns
        self.settle()
        while True:
            times = [self._agenda[0][0]] if self._agenda else []
            times += [t for t in (end.tup.next_timeout() for end in self.ends) if t is not None]
            if not times or min(times) > until:
                break
            self.now = max(self.now, min(times))
            for end in self.ends:
                end.tup.handle_timeout(self.now)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
            self.settle()
        self.now = until

    def assert_idle(self) -> None:
        """Nothing is left on either side."""
        for end in self.ends:
            name, tup = end.name, end.tup
            assert not end.live, f"{name}: calls {sorted(end.live)} never ended"
            assert not tup.calls, name
            states = {c.cic: c.state for c in tup.circuits.values() if c.state != tup_states.NULL}
            assert not states, f"{name}: {states}"
            assert not tup.deadlines, f"{name}: timers {tup.deadlines}"
            assert not tup.jobs, name
            flags = {c.cic: (c.local, c.remote) for c in tup.circuits.values()}
            assert set(flags.values()) == {(0, 0)}, f"{name}: {flags}"
            assert set(end.channel.values()) <= {neutral.CHANNEL_IDLE}, f"{name}: {end.channel}"
            assert len(tup.pool) == len(tup.circuits), name


def number(digits: str, presentation: int = 0) -> neutral.PartyNumber:
    return neutral.PartyNumber(digits, 2, 1, presentation)


def request(called: str = "2345678", **more: object) -> neutral.CallRequest:
    return neutral.CallRequest(number(called), **more)  # type: ignore[arg-type]


def messages(pair: TupPair) -> list[str]:
    """What was said, without the circuits."""
    return [said.rsplit(" ", 1)[0] for said in pair.said]


def states(pair: TupPair, cic: int) -> tuple[int, int]:
    """The channel's state as A and B were told."""
    return pair.a.channel.get(cic, 0), pair.b.channel.get(cic, 0)


def calls_both_ways(pair: TupPair) -> tuple[int, int]:
    """An answered call on circuit 2 from A and one on circuit 3 from B."""
    ours = pair.place(pair.a, request(channel=2, exclusive=True))
    theirs = pair.place(pair.b, request(channel=3, exclusive=True))
    pair.run(100 * MS)
    for end in pair.ends:
        end.tup.answer(end.of(neutral.CallOffered)[-1].call, pair.now)
    pair.run(100 * MS)
    return ours, theirs
