"""A process that ends without a word, and the next one, at one end of a PriTrunk pair."""

from __future__ import annotations

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn.q931_states import ACTIVE
from trunkd.signaling.isdn.trunk import PriTrunk

SECOND = 1_000_000_000
ROUND = SECOND // 20
"""Enough for a message, its answer and what follows."""


def request(**fields) -> neutral.CallRequest:
    return neutral.CallRequest(neutral.PartyNumber("1234"), neutral.PartyNumber("99"), **fields)


def answering(pair) -> None:
    """Both ends alert and answer what is offered."""

    def app(end, event) -> None:
        if isinstance(event, neutral.CallOffered) and event.request.complete:
            pair.try_(lambda: end.trunk.alert(event.call, False, pair.now))
            pair.try_(lambda: end.trunk.answer(event.call, pair.now))

    for end in pair.ends:
        end.app = app


def forget(end) -> None:
    """A new engine that knows nothing, and a new audit."""
    end.trunk = PriTrunk(end.trunk.config)
    end.live, end.dead, end.channel = set(), set(), {}
    end.released, end.log = [], []


def kill(pair, end) -> list[neutral.KeptCall]:
    """The process of this end is gone; what it had written down of its calls."""
    kept = [end.trunk.keep(handle) for handle in sorted(end.live)]
    forget(end)
    return [call for call in kept if call is not None]


def start(pair, end, kept=()) -> list[int]:
    """The new process adopts and starts; the handles."""
    forget(end)  # frames may have come while nobody was there
    handles = [end.trunk.adopt(call, pair.now) for call in kept]
    end.live.update(handles)
    end.trunk.start(pair.now)
    pair.settle()
    return handles


def reborn(pair, end, down: int = 0) -> list[int]:
    """Killed, nobody there for ``down`` ns, started anew with all that was written down."""
    kept = kill(pair, end)
    if down:
        pair.wire.cut = True
        pair.run(pair.now + down)
        pair.wire.cut = False
    return start(pair, end, kept)


def established(pair_of, count: int = 1, **settings):
    """A pair with ``count`` active calls from each side."""
    pair = pair_of(**settings)
    answering(pair)
    for end in pair.ends:
        end.trunk.start(pair.now)
    pair.run(ROUND + SECOND)
    for _ in range(count):
        for end in pair.ends:
            pair.place(end, request())
    pair.run(pair.now + 3 * ROUND)
    assert_active(pair, 2 * count)
    return pair


def assert_active(pair, count: int) -> None:
    """Both ends have so many calls, all active, the same ones on the same channels."""
    for end in pair.ends:
        calls = end.trunk.control.calls
        assert len(calls) == count, (end.name, [c.state for c in calls.values()])
        assert {call.state for call in calls.values()} <= {ACTIVE}
        busy = {n for n, state in end.channel.items() if state == neutral.CHANNEL_BUSY}
        assert busy == {call.channel for call in calls.values()}
    mine, theirs = (
        sorted((c.reference, c.flag, c.channel) for c in end.trunk.control.calls.values())
        for end in pair.ends
    )
    assert mine == sorted((reference, 1 - flag, channel) for reference, flag, channel in theirs)


def cleared(pair) -> None:
    """Every end clears the calls that it has; nothing is left."""
    for end in pair.ends:
        for handle in sorted(end.live):
            pair.try_(lambda e=end, h=handle: e.trunk.clear(h, 16, pair.now))
    pair.settle()
    pair.run(pair.now + 20 * SECOND)
    pair.assert_idle()


def kinds(end, kind) -> list:
    return [event for event in end.log if isinstance(event, kind)]


class Spy:
    """Layer 3 messages of an end, as they go onto the wire, in order."""

    def __init__(self, pair, end) -> None:
        self.messages: list[m.Message] = []
        carry = pair.wire.carry
        trunks = pair.ends
        self.end = end

        def listen(frame: bytes, rng) -> list[bytes]:
            # I frames of this end: address of its side, control field even, information behind.
            command = 0x02 if end.trunk.config.network else 0x00
            if len(frame) > 8 and frame[0] == command and not frame[2] & 1 and frame[4] == 8:
                self.messages.append(m.decode(frame[4:]))
            return carry(frame, rng)

        assert end in trunks
        pair.wire.carry = listen

    def channels(self, type: int) -> list[tuple[int, ...]]:
        """Channels that the messages of a type name."""
        found = [message.find(0x18) for message in self.messages if message.type == type]
        return [tuple(element.channels) if element else () for element in found]
