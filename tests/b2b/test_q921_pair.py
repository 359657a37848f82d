"""Two Q.921 links back to back in virtual time, on a wire that loses, doubles, delays, corrupts.

What holds: while neither end reports a (re-)establishment, every unit arrives once and in order;
whatever happened, what arrives is in order and never twice (a wire keeps the order of frames);
and when the wire is good again both ends get back to state 7 and drain.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.signaling.isdn.q921 import DataLink
from trunkd.signaling.isdn.q921_config import LinkConfig
from trunkd.signaling.isdn.q921_events import (
    Data,
    Established,
    LinkEvent,
    ManagementError,
    Released,
)
from trunkd.signaling.isdn.q921_table import Q921

MS = 1_000_000
SECOND = 1_000_000_000


class Wire:
    """Rates of what happens to a frame, each 0 to 1; delays in ms; ``ordered`` keeps the order.

    ``seen`` of the corrupted frames have a good FCS all the same: garbage reaches the link.
    """

    def __init__(
        self,
        loss: float = 0.0,
        double: float = 0.0,
        corrupt: float = 0.0,
        seen: float = 0.0,
        delay: tuple[int, int] = (1, 5),
        ordered: bool = True,
    ) -> None:
        self.loss = loss
        self.double = double
        self.corrupt = corrupt
        self.seen = seen
        self.delay = delay
        self.ordered = ordered

    def arrivals(self, frame: bytes, dice: random.Random) -> list[bytes]:
        if dice.random() < self.loss:
            return []
        if dice.random() < self.corrupt:
            if dice.random() >= self.seen:
                return []
            octets = bytearray(frame)
            for _ in range(dice.randint(1, 3)):
                octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)
            if dice.random() < 0.2:
                octets = octets[: dice.randrange(len(octets))]
            frame = bytes(octets)
        return [frame, frame] if dice.random() < self.double else [frame]


class End:
    """A link, what its layer 3 sent and got, and what management heard."""

    def __init__(self, link: DataLink) -> None:
        self.link = link
        self.sent: list[bytes] = []
        self.got: list[bytes] = []
        self.events: list[LinkEvent] = []
        self.established = 0
        self.wanted = True
        """Layer 3 wants the link: it establishes again when it is released."""


class Pair:
    """Two ends and the time between them."""

    def __init__(self, seed: int, wire: Wire, **config: int) -> None:
        Q921.strict = True
        self.dice = random.Random(seed)
        self.wire = wire
        self.now = 0
        self.serial = 0
        self.flying: list[tuple[int, int, int, bytes]] = []
        self.latest = [0, 0]
        self.ends = [End(DataLink(LinkConfig(side, **config))) for side in (True, False)]

    def send(self, end: int, text: bytes) -> None:
        if self.ends[end].link.established:
            self.ends[end].sent.append(text)
            self.ends[end].link.send(text, self.now)

    def collect(self) -> None:
        """What both ends want to send and to say."""
        for index, end in enumerate(self.ends):
            for event in end.link.events():
                end.events.append(event)
                if isinstance(event, Data):
                    end.got.append(event.octets)
                elif isinstance(event, Established):
                    end.established += 1
                elif isinstance(event, Released) and end.wanted:
                    end.link.establish(self.now)
            for frame in end.link.transmit():
                for copy in self.wire.arrivals(frame, self.dice):
                    at = self.now + self.dice.randint(*self.wire.delay) * MS
                    if self.wire.ordered:
                        at = self.latest[index] = max(at, self.latest[index])
                    self.serial += 1
                    heapq.heappush(self.flying, (at, self.serial, 1 - index, copy))

    def run(self, until: int) -> None:
        self.collect()
        while True:
            due = [end.link.next_timeout() for end in self.ends]
            times = [at for at in due if at is not None]
            if self.flying:
                times.append(self.flying[0][0])
            if not times or min(times) > until:
                break
            self.now = max(self.now, min(times))
            while self.flying and self.flying[0][0] <= self.now:
                _, _, to, frame = heapq.heappop(self.flying)
                self.ends[to].link.receive(frame, self.now)
            for end in self.ends:
                end.link.handle_timeout(self.now)
            self.collect()
        self.now = max(self.now, until)

    def drained(self) -> bool:
        return all(
            end.link.state == 7
            and end.link.va == end.link.vs == end.link.vn
            and not end.link.i_queue
            and not end.link.acknowledge_pending
            for end in self.ends
        )

    def settle(self) -> None:
        """The wire is good from now on; both ends come back and drain."""
        self.wire = Wire()
        for end in self.ends:
            end.wanted = True
            end.link.set_busy(False, self.now)
            if end.link.state == 4:
                end.link.establish(self.now)
        self.run(self.now + 60 * SECOND)
        if not self.drained():  # the end fell into a T203 enquiry
            self.run(self.now + 100 * MS)
        assert self.drained(), [(e.link.state, e.link.va, e.link.vs) for e in self.ends]
        assert self.ends[0].link.vs == self.ends[1].link.vr
        assert self.ends[1].link.vs == self.ends[0].link.vr

    def broke(self) -> bool:
        """Did either end say, after the first establishment, that the link was set up anew?"""
        renewals = set("EFGHIJKLMNO")
        return any(
            end.established > 1
            or any(
                isinstance(e, Released) or (isinstance(e, ManagementError) and e.code in renewals)
                for e in end.events
            )
            for end in self.ends
        )


def is_subsequence(part: Sequence[bytes], whole: Sequence[bytes]) -> bool:
    rest = iter(whole)
    return all(any(unit == other for other in rest) for unit in part)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("sssssssbwwwdr"),
        st.integers(0, 1),
        st.integers(1, 12),
        st.integers(0, 2500),
    ),
    max_size=40,
)
RATES = st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.6])


def play(pair: Pair, actions: list[tuple[str, int, int, int]], rough: bool) -> None:
    """Run a script: send, busy on or off, wait, deactivate (layer 1), release."""
    serial = 0
    for what, end, count, pause in actions:
        link = pair.ends[end].link
        if what == "s":
            for _ in range(count):
                serial += 1
                pair.send(end, b"%d:%d" % (end, serial))
        elif what == "b":
            link.set_busy(count > 6, pair.now)
        elif what == "d" and rough:
            link.deactivate(pair.now)
        elif what == "r" and rough:
            link.release(pair.now)
        pair.run(pair.now + pause * MS)


QUICK = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


@QUICK
@given(st.integers(0, 2**32), RATES, RATES, ACTIONS, st.sampled_from([1, 2, 7, 127]))
def test_units_arrive_once_and_in_order(
    seed: int, loss: float, double: float, actions: list[tuple[str, int, int, int]], k: int
) -> None:
    pair = Pair(seed, Wire(loss, double, corrupt=loss / 2), k=k)
    pair.ends[0].link.establish(0)
    pair.run(30 * SECOND)
    play(pair, actions, rough=False)
    pair.settle()
    for here, there in ((0, 1), (1, 0)):
        sent, got = pair.ends[here].sent, pair.ends[there].got
        if pair.broke():
            assert is_subsequence(got, sent)
        else:
            assert got == sent


@QUICK
@given(st.integers(0, 2**32), RATES, ACTIONS)
def test_releases_and_layer_1_failures(
    seed: int, loss: float, actions: list[tuple[str, int, int, int]]
) -> None:
    pair = Pair(seed, Wire(loss))
    pair.ends[0].link.establish(0)
    play(pair, actions, rough=True)
    pair.settle()
    for here, there in ((0, 1), (1, 0)):
        assert is_subsequence(pair.ends[there].got, pair.ends[here].sent)
        pair.send(here, b"after")
    pair.settle()
    assert pair.ends[0].got[-1] == pair.ends[1].got[-1] == b"after"


@QUICK
@given(st.integers(0, 2**32), RATES, RATES, ACTIONS)
def test_garbage_with_a_good_fcs_and_frames_out_of_order(
    seed: int, loss: float, corrupt: float, actions: list[tuple[str, int, int, int]]
) -> None:
    """Worse than a wire can be: nothing is promised of the data, but the link comes back."""
    pair = Pair(seed, Wire(loss, 0.1, corrupt, 0.5, (1, 1500), ordered=False))
    pair.ends[0].link.establish(0)
    play(pair, actions, rough=True)
    pair.settle()
    for end in pair.ends:
        end.got.clear()
        end.sent.clear()
    for here in (0, 1):
        for n in range(20):
            pair.send(here, b"%d" % n)
    pair.settle()
    for here, there in ((0, 1), (1, 0)):
        assert pair.ends[there].got == pair.ends[here].sent == [b"%d" % n for n in range(20)]


@given(st.lists(st.binary(max_size=8), max_size=30), st.booleans())
def test_random_octets_never_raise(frames: list[bytes], network: bool) -> None:
    pair = Pair(1, Wire())
    pair.ends[0].link.establish(0)
    pair.run(SECOND)
    link = pair.ends[0 if network else 1].link
    head = (link.command_address, link.response_address)
    for n, frame in enumerate(frames):
        link.receive(frame, pair.now)
        link.receive(head[n % 2] + frame, pair.now)
    pair.settle()


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.1])
def test_long_transfer_without_a_break(loss: float) -> None:
    """2000 units each way; N200 is high, so that loss alone never breaks the link."""
    pair = Pair(7, Wire(loss), n200=50)
    pair.ends[0].link.establish(0)
    pair.run(SECOND * 20)
    assert pair.drained()
    for n in range(2000):
        pair.send(0, b"a%d" % n)
        pair.send(1, b"b%d" % n)
        if n % 10 == 0:
            pair.run(pair.now + 20 * MS)
    pair.run(pair.now + 2000 * SECOND)
    assert not pair.broke()
    assert pair.ends[1].got == pair.ends[0].sent and len(pair.ends[1].got) == 2000
    assert pair.ends[0].got == pair.ends[1].sent and len(pair.ends[0].got) == 2000
    counters = pair.ends[0].link.counters
    assert counters.retransmitted > 2000 * loss / 2
    assert counters.recoveries > 0


def test_same_seed_same_story() -> None:
    stories = []
    for _ in range(2):
        pair = Pair(42, Wire(0.2, 0.1, 0.1, 0.3))
        pair.ends[0].link.establish(0)
        for n in range(100):
            pair.send(n % 2, b"%d" % n)
            pair.run(pair.now + 50 * MS)
        stories.append([(e.events, e.link.counters.totals()) for e in pair.ends])
    assert stories[0] == stories[1]


def test_a_quiet_hour_polls_every_t203() -> None:
    """Both ends poll: each enquiry and its answer restart the silence of both ends by turns."""
    pair = Pair(1, Wire())
    pair.ends[0].link.establish(0)
    pair.run(3600 * SECOND)
    polls = sum(end.link.counters.recoveries for end in pair.ends)
    assert pair.drained() and not pair.broke()
    assert 3600 // 11 <= polls <= 2 * 3600 // 10
