"""Two Isups back to back under virtual time, with applications that do as a script says.

MTP loses nothing and keeps the order; it may pause, and then what is under way is lost. Check tones
are heard where the far end has made the loop and the circuit is sound. Each end is audited: one
CallReleased a handle and nothing after it, no channel reported twice in one state.
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Callable, Iterator

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_blocking, isup_call_table, isup_groups, isup_reset
from trunkd.signaling.ss7.isup import Isup
from trunkd.signaling.ss7.isup_circuits import CSC_IDLE, UNBLOCKED
from trunkd.signaling.ss7.isup_config import IsupConfig

MS = 1_000_000
SECOND = 1_000_000_000
DELAY = 20 * MS
MACHINES = (
    isup_call_table.CPC,
    isup_reset.CSC,
    isup_blocking.BLS,
    isup_blocking.BLR,
    isup_groups.CGS,
)


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """An undrawn transition is an error in every test here."""
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine in MACHINES:
        machine.strict = False


class End:
    """One engine with its audit. ``app`` is told every event."""

    def __init__(self, name: str, isup: Isup) -> None:
        self.name = name
        self.isup = isup
        self.live: set[int] = set()
        self.dead: set[int] = set()
        self.log: list[neutral.SignallingEvent] = []
        self.sent: list[bytes] = []
        self.channel: dict[int, int] = {}
        self.check: dict[int, int] = {}
        self.app: Callable[[End, neutral.SignallingEvent], None] | None = None

    def audit(self, event: neutral.SignallingEvent) -> None:
        if isinstance(event, neutral.ChannelChanged):
            before = self.channel.get(event.channel, neutral.CHANNEL_IDLE)
            assert before != event.state, f"{self.name}: channel {event.channel} twice {before}"
            self.channel[event.channel] = event.state
        if isinstance(event, neutral.ContinuityCheck):
            assert self.check.get(event.channel, 0) != event.mode, f"{self.name}: {event} twice"
            self.check[event.channel] = event.mode
        handle = getattr(event, "call", 0)
        if not handle:
            return
        assert handle not in self.dead, f"{self.name}: {event} after the end of call {handle}"
        if isinstance(event, neutral.CallOffered):
            assert handle not in self.live
            self.live.add(handle)
        assert handle in self.live, f"{self.name}: {event} for a call that is unknown"
        if isinstance(event, neutral.CallReleased):
            self.live.discard(handle)
            self.dead.add(handle)

    def kinds(self, *kinds: type) -> list:
        """Its events of these classes."""
        return [event for event in self.log if isinstance(event, kinds)]

    def names(self, handle: int) -> list[str]:
        """Names of the events of one call."""
        return [type(e).__name__ for e in self.log if getattr(e, "call", 0) == handle]

    def wire(self) -> list[int]:
        """Message types that it sent, in order."""
        return [data[2] for data in self.sent]


class Pair:
    """Both ends, MTP between them, and time."""

    def __init__(self, seed: int = 1, a: dict | None = None, b: dict | None = None) -> None:
        self.rng = random.Random(seed)
        self.now = 0
        both = {"circuits": (*range(1, 16), *range(17, 32))}
        self.a = End("a", Isup(IsupConfig(**({"opc": 1, "dpc": 2} | both | (a or {})))))
        self.b = End("b", Isup(IsupConfig(**({"opc": 2, "dpc": 1} | both | (b or {})))))
        self.ends = (self.a, self.b)
        self.broken: set[int] = set()
        """Circuits without continuity."""
        self.paused = False
        self.cut = 0
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        for end in self.ends:
            end.isup.start(0)
            end.isup.mtp_resume(0)
        self.settle()

    def other(self, end: End) -> End:
        return self.b if end is self.a else self.a

    def at(self, time: int, action: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (time, self._order, action))

    def after(self, ns: int, action: Callable[[], None]) -> None:
        self.at(self.now + ns, action)

    def settle(self) -> None:
        """Take what the ends have to say: messages onto the way, events to audit and app."""
        again = True
        while again:
            again = False
            for end in self.ends:
                for event in end.isup.events():
                    again = True
                    end.log.append(event)
                    end.audit(event)
                    self._listen(end, event)
                    if end.app is not None:
                        end.app(end, event)
        for end in self.ends:
            for sls, data in end.isup.transmit():
                assert sls == data[0] & 15
                end.sent.append(data)
                self._carry(self.other(end), data)

    def _carry(self, to: End, data: bytes) -> None:
        cut = self.cut

        def arrive() -> None:
            if cut == self.cut and not self.paused:
                to.isup.receive(data, self.now)

        self.after(DELAY, arrive)

    def _listen(self, end: End, event: neutral.SignallingEvent) -> None:
        """The one who sends a check tone hears it, or not."""
        if not isinstance(event, neutral.ContinuityCheck):
            return
        cic = event.channel
        if event.mode != neutral.CONTINUITY_TONE:
            return

        def heard() -> None:
            if end.check.get(cic) != neutral.CONTINUITY_TONE:
                return
            looped = self.other(end).check.get(cic) == neutral.CONTINUITY_LOOP
            end.isup.continuity_result(cic, looped and cic not in self.broken, self.now)

        self.after(3 * DELAY, heard)

    def pause(self, on: bool) -> None:
        """The signalling route is lost, or back."""
        self.paused = on
        self.cut += 1
        for end in self.ends:
            (end.isup.mtp_pause if on else end.isup.mtp_resume)(self.now)
        self.settle()

    def run(self, ns: int) -> None:
        """Let so much time pass."""
        until = self.now + ns
        while True:
            times = [t for t in (end.isup.next_timeout() for end in self.ends) if t is not None]
            if self._agenda:
                times.append(self._agenda[0][0])
            next_time = min(times, default=until + 1)
            if next_time > until:
                self.now = until
                return
            self.now = max(self.now, next_time)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
                self.settle()
            for end in self.ends:
                end.isup.handle_timeout(self.now)
            self.settle()

    def place(self, end: End, digits: str = "1234", **fields) -> int:
        request = neutral.CallRequest(neutral.PartyNumber(digits, 2), **fields)
        handle = end.isup.place(request, self.now)
        end.live.add(handle)
        self.settle()
        return handle

    def do(self, action: Callable[[], None]) -> None:
        action()
        self.settle()

    def try_(self, action: Callable[[], None]) -> None:
        """What the state may forbid."""
        with contextlib.suppress(LocalError):
            action()
        self.settle()

    def answering(self, delay: int = 0) -> None:
        """Both ends alert and answer what is offered."""

        def app(end: End, event: neutral.SignallingEvent) -> None:
            if isinstance(event, neutral.CallOffered):
                call = event.call

                def act() -> None:
                    self.try_(lambda: end.isup.alert(call, True, self.now))
                    self.try_(lambda: end.isup.answer(call, self.now))

                if delay:
                    self.after(delay, act)
                else:
                    act()

        for end in self.ends:
            end.app = app

    def assert_idle(self, blocked: bool = False) -> None:
        """No call, no timer, every circuit idle at both ends."""
        for end in self.ends:
            isup = end.isup
            assert not isup.calls, (end.name, {h: c.state for h, c in isup.calls.items()})
            assert not end.live, (end.name, end.live)
            assert not isup.deadlines, (end.name, isup.deadlines)
            assert not isup.groups.operations, end.name
            assert not isup.jobs, end.name
            for circuit in isup.circuits.all:
                assert circuit.csc == CSC_IDLE, (end.name, circuit.cic, circuit.csc)
                assert circuit.call == 0
                assert not circuit.withdrawn
                assert not circuit.unequipped
                if not blocked:
                    state = (circuit.bls, circuit.blr, circuit.hls, circuit.hlr)
                    assert state == (UNBLOCKED,) * 4, (end.name, circuit.cic, state)
                    assert circuit.shown == neutral.CHANNEL_IDLE
            if not blocked:
                assert isup.circuits.idle_count() == len(isup.circuits.all)
        for circuit in self.a.isup.circuits.all:
            there = self.b.isup.circuits.by_cic[circuit.cic]
            assert (circuit.bls, circuit.hls) == (there.blr, there.hlr)
            assert (circuit.blr, circuit.hlr) == (there.bls, there.hls)


@pytest.fixture
def pair_of() -> Callable[..., Pair]:
    return Pair
