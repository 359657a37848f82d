"""Conferences: who hears whom, sample for sample."""

from __future__ import annotations

import numpy as np
import pytest

from trunkd.board.events import PlayEnded, RecordEnded
from trunkd.board.media import ConferenceConfig, Role
from trunkd.board.media_events import TalkersChanged
from trunkd.board.model import Feature, Timeslot
from trunkd.errors import LocalError
from trunkd.native import wrap

SPOKEN = 800
"""Samples that each party says."""


def linear(octets: bytes) -> np.ndarray:
    return np.frombuffer(wrap.alaw_decode(octets), "<i2").astype(np.int32)


def companded(samples: np.ndarray) -> np.ndarray:
    """What a member hears: the mix as A-law carries it."""
    return linear(wrap.alaw_encode(samples.astype("<i2").tobytes()))


def speech(seed: int, samples: int = SPOKEN, peak: int = 6000) -> bytes:
    noise = np.random.default_rng(seed).integers(-peak, peak, samples)
    return wrap.alaw_encode(noise.astype("<i2").tobytes())


@pytest.fixture
def up(bench):
    if Feature.CONFERENCE not in bench.board.features:
        pytest.fail(f"{bench.board.address} says that it has no conferences: take its maker out")
    bench.start()
    return bench


class Parties:
    """Parties 1 to n: each speaks at the far end of a timeslot, and hears there."""

    def __init__(self, bench, n: int) -> None:
        self.bench = bench
        self.members: list[Timeslot] = []
        self.far: list[Timeslot] = []
        for k in range(1, n + 1):
            near, far = bench.near.timeslots[k], bench.far.timeslots[k]
            near.open_voice()
            far.open_voice()
            self.members.append(near)
            self.far.append(far)
        bench.pass_time(5)

    def talk(
        self, says: dict[int, bytes], also: tuple[tuple[Timeslot, bytes], ...] = ()
    ) -> dict[int, np.ndarray]:
        """Party -> what it heard, while these spoke all at once; ``also``: channels that play."""
        bench = self.bench
        bench.seen.clear()
        for far in self.far:
            far.record(8 * bench.PATIENCE_MS)
        for slot, octets in [*also, *((self.far[party], said) for party, said in says.items())]:
            slot.play(octets)
        bench.wait(lambda: len(bench.of(PlayEnded)) == len(says) + len(also))
        bench.pass_time(100)
        for far in self.far:
            far.stop_record()
        bench.wait(lambda: len(bench.of(RecordEnded)) == len(self.far))
        return {k: linear(far.recorded()) for k, far in enumerate(self.far)}


def together(parts: list[np.ndarray], heard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heard, and the sum of what was said, while all said something.

    In real time not all begin in the same block: where each is, its correlation tells.
    """
    begins = [int(np.argmax(np.correlate(heard, part.astype(float)))) for part in parts]
    first, last = max(begins) + 8, min(begins) + SPOKEN - 8
    if last - first < SPOKEN // 4:
        return heard[:0], heard[:0]
    total = sum(part[first - at : last - at] for part, at in zip(parts, begins, strict=True))
    return heard[first:last], np.asarray(total)


def found(heard: np.ndarray, *parts: np.ndarray, more: int = 0) -> bool:
    """Whether it is the sum of these and of ``more``, sample for sample."""
    got, total = together(list(parts), heard.astype(float))
    return len(got) > 0 and bool((got == companded(total + more)).all())


def test_three_parties_hear_exactly_the_others(up):
    parties = Parties(up, 3)
    conference = up.board.conference()
    for member in parties.members:
        conference.join(member)
    says = {k: speech(k) for k in range(3)}
    heard = parties.talk(says)
    for k in range(3):
        others = [linear(says[j]) for j in range(3) if j != k]
        assert np.abs(sum(others)).max() < 23197  # below what the limiter touches
        assert found(heard[k], *others), f"party {k}"


def test_who_left_is_neither_heard_nor_hears(up):
    parties = Parties(up, 3)
    conference = up.board.conference()
    for member in parties.members:
        conference.join(member)
    conference.leave(parties.members[2])
    says = {k: speech(k) for k in range(3)}
    heard = parties.talk(says)
    assert found(heard[0], linear(says[1]))
    assert found(heard[1], linear(says[0]))
    assert np.ptp(heard[2]) == 0
    with pytest.raises(LocalError, match="is not in conference"):
        conference.leave(parties.members[2])
    conference.close()
    heard = parties.talk(says)
    assert all(np.ptp(sound) == 0 for sound in heard.values())


def test_roles(up):
    """0 talks, 1 hears only, 2 coaches 0, 3 talks to all and hears nothing."""
    parties = Parties(up, 4)
    members = parties.members
    conference = up.board.conference()
    conference.join(members[0])
    conference.join(members[1], Role.HEAR)
    conference.join(members[2], Role.COACH | Role.HEAR, coached=members[0])
    conference.join(members[3], Role.SPEAK)
    says = {k: speech(10 + k) for k in range(4)}
    heard = parties.talk(says)
    line = {k: linear(octets) for k, octets in says.items()}
    assert found(heard[0], line[3], line[2])
    assert found(heard[1], line[0], line[3])
    assert found(heard[2], line[0], line[3])
    assert np.ptp(heard[3]) == 0
    # The coach becomes a party like any other.
    conference.join(members[2])
    heard = parties.talk(says)
    assert found(heard[1], line[0], line[2], line[3])
    with pytest.raises(LocalError, match="a coach is heard"):
        conference.join(members[2], Role.COACH)


def test_loud_parties_are_limited_and_never_wrap(up):
    parties = Parties(up, 3)
    conference = up.board.conference()
    for member in parties.members:
        conference.join(member)
    loud = {k: speech(30 + k, peak=32000) for k in range(2)}
    heard = parties.talk(loud)
    assert np.abs(heard[2]).max() <= 32767
    got, total = together([linear(octets) for octets in loud.values()], heard[2].astype(float))
    over = np.abs(total) > 2000
    assert (np.abs(total) > 32767).sum() > 20  # a wrapped sum would have the other sign
    assert (np.sign(got[over]) == np.sign(total[over])).mean() > 0.95


def test_in_a_large_conference_only_talkers_are_mixed_and_they_are_named(up):
    parties = Parties(up, 10)
    conference = up.board.conference(ConferenceConfig(gate_above=4, report_ms=1))
    for member in parties.members:
        conference.join(member)
    parties.talk({})
    says = {k: speech(k) for k in (2, 7)}
    murmur = speech(50, peak=20)
    heard = parties.talk({**says, 4: murmur})
    assert found(heard[0], linear(says[2]), linear(says[7]))
    named = {
        (span, timeslot) for event in up.of(TalkersChanged) for span, timeslot, _ in event.talkers
    }
    assert named == {(up.near.number, 3), (up.near.number, 8)}


def test_play_to_and_record_from_a_conference_by_soft_channels(up):
    parties = Parties(up, 3)
    conference = up.board.conference()
    for member in parties.members:
        conference.join(member)
    announcer, recorder = up.board.soft[0], up.board.soft[1]
    announcer.open_voice()
    recorder.open_voice()
    conference.join(announcer, Role.SPEAK)
    conference.join(recorder, Role.HEAR)
    announcement = speech(99)
    heard = parties.talk({0: speech(5)}, ((announcer, announcement),))
    for party in range(1, 3):
        assert np.abs(heard[party]).max() > 4000
    # Parties 1 and 2 are silent: A-law has no zero, they add 8 each.
    assert found(heard[0], linear(announcement), more=16)


def test_one_conference_at_a_time(up):
    parties = Parties(up, 2)
    first, second = up.board.conference(), up.board.conference()
    assert first.number != second.number
    first.join(parties.members[0])
    with pytest.raises(LocalError, match="in another conference"):
        second.join(parties.members[0])
    first.close()
    second.join(parties.members[0])
    parties.members[0].close()
    parties.members[0].open_voice()
    third = up.board.conference()
    third.join(parties.members[0])
