"""Ends of a pair that are killed, and adopt their answered calls when they are back."""

from __future__ import annotations

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as k
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup import Isup

SECOND = 1_000_000_000
STATES = (s.OUT_ANSWERED, s.OUT_SUSPENDED, s.IN_ANSWERED, s.IN_SUSPENDED)
BUSY = neutral.CHANNEL_BUSY


def kill(pair, end) -> list[neutral.KeptCall]:
    """The process is gone, and with it the way to it; what it had written down."""
    kept = [end.isup.keep(handle) for handle in sorted(end.live)]
    pair.paused = True
    pair.cut += 1
    pair.other(end).isup.mtp_pause(pair.now)
    pair.settle()
    end.isup = Isup(end.isup.config)
    end.live, end.dead, end.channel, end.check = set(), set(), {}, {}
    end.log, end.sent = [], []
    return [call for call in kept if call is not None]


def adopt(pair, end, kept) -> list[int]:
    handles = [end.isup.adopt(call, pair.now) for call in kept]
    end.live.update(handles)
    pair.settle()
    return handles


def back(pair, *ends) -> None:
    """The links are up again."""
    pair.paused = False
    for end in pair.ends:
        end.isup.start(pair.now)
        end.isup.mtp_resume(pair.now)
    pair.settle()


def reborn(pair, end, down: int = SECOND) -> list[int]:
    kept = kill(pair, end)
    pair.run(down)
    handles = adopt(pair, end, kept)
    back(pair)
    return handles


def established(pair_of, count: int = 2, **settings):
    """``count`` answered calls from each side."""
    pair = pair_of(**settings)
    pair.run(SECOND)
    pair.answering()
    for _ in range(count):
        for end in pair.ends:
            pair.place(end)
    pair.run(SECOND)
    assert_answered(pair, 2 * count)
    return pair


def assert_answered(pair, count: int) -> None:
    """Both ends have so many calls, answered, one's outgoing being the other's incoming."""
    views = []
    for end in pair.ends:
        calls = end.isup.calls.values()
        assert len(calls) == count, (end.name, {c.circuit.cic: c.state for c in calls})
        view = {c.circuit.cic: c.state in s.OUTGOING for c in calls}
        assert {c.state for c in calls} <= {*STATES}
        assert {cic for cic, state in end.channel.items() if state == BUSY} == set(view)
        views.append(view)
    assert views[0] == {cic: not outgoing for cic, outgoing in views[1].items()}


def cleared(pair) -> None:
    for end in pair.ends:
        for handle in sorted(end.live):
            pair.try_(lambda e=end, h=handle: e.isup.clear(h, 16, pair.now))
    pair.run(60 * SECOND)
    pair.assert_idle()


def named(end, kind: int) -> list[tuple[int, int]]:
    """First CIC and range (-1: not a group) of the messages of a kind that went out."""
    ranged = kind in (k.GRS, k.CQM)
    return [(d[0] | d[1] << 8, d[5] if ranged else -1) for d in end.sent if d[2] == kind]
