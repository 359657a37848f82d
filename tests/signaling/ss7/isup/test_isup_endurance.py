"""A far end that answers nothing or repeats itself: nothing sticks, grows, or is told wrongly."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup_circuits import UNBLOCKED

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
IAM = "0060000a03020005831021430f"
TEST_IAM = IAM.replace("0a03", "0d03", 1)
ACM = "160400"


def channels(b, cic: int) -> list[int]:
    """The states that were reported of a circuit."""
    return [e.state for e in b.kinds(neutral.ChannelChanged) if e.channel == cic]


def test_suspend_again_does_not_put_off_the_release(bench) -> None:
    """2.4.3: T6 runs from the first SUS."""
    b = bench()
    b.place()
    b.give(m.ACM, ACM)
    b.give(m.ANM, "00")
    said = []
    for _ in range(7):
        b.give(m.SUS, "0100")
        said += b.wait(10 * SECOND)
    assert "REL" in said
    assert len(b.kinds(neutral.CallSuspended)) == 1
    assert len(b.kinds(neutral.ProtocolFault)) == 5


@pytest.mark.parametrize("iam", [IAM, TEST_IAM])
def test_iam_on_a_circuit_whose_hardware_failed(bench, iam: str) -> None:
    """2.8.2.2: neither calls nor test calls; the far end is told once more."""
    b = bench()
    b.isup.block((5,), True, 0)
    assert b.take() == ["CGB"]
    assert b.give(m.IAM, iam) == []
    assert b.give(m.CGBA, "0101020101") == []
    assert b.give(m.IAM, iam) == ["CGB"]
    assert b.give(m.IAM, iam) == []
    assert b.state == s.IDLE
    assert b.give(m.CGBA, "0101020101") == []
    assert not b.isup.deadlines


def test_reset_group_is_not_told_out_of_service(bench) -> None:
    """2.9.3.2: calls of ours leave the circuits of the group; their channels are free, no more."""
    b = bench(circuits=(*range(1, 16), *range(17, 48)), selection="lowest")
    calls = [b.place(channel=cic) for cic in (3, 4, 5)]
    b.take()
    sent = b.give(m.GRS, "01011e", cic=1)
    assert sent == ["33 IAM", "35 IAM", "37 IAM", "1 GRA"]
    assert sorted(b.isup.calls) == calls
    assert [channels(b, cic) for cic in (3, 4, 5)] == [
        [neutral.CHANNEL_BUSY, neutral.CHANNEL_IDLE]
    ] * 3
    assert channels(b, 6) == []


def test_longest_idle_keeps_off_the_group_too(bench) -> None:
    b = bench(circuits=tuple(range(1, 41)), selection="longest_idle")
    b.place(channel=5)
    b.take()
    sent = b.give(m.GRS, "01011f", cic=1)
    assert sent[0].endswith(" IAM")
    assert int(sent[0].split()[0]) > 32


def test_release_that_nobody_answers(bench) -> None:
    """2.9.6: the channel goes from busy to out of service; idle it never was."""
    b = bench()
    b.place()
    b.isup.clear(1, 16, 0)
    b.wait(5 * MINUTE)
    assert [e.call for e in b.kinds(neutral.CallReleased)] == [1]
    assert channels(b, 5) == [neutral.CHANNEL_BUSY, neutral.CHANNEL_OUT_OF_SERVICE]
    b.give(m.RLC, "00")
    assert channels(b, 5)[-1] == neutral.CHANNEL_IDLE
    assert not b.isup.deadlines


def test_years_beside_a_deaf_exchange(bench) -> None:
    """Whatever is asked again and again of a far end that never answers, no more is kept of it."""
    b = bench()
    isup = b.isup
    sizes = []
    for _ in range(3):
        for turn in range(50):
            isup.block((), turn % 2 == 0, b.now)
            isup.unblock((), turn % 2 == 0, b.now)
            isup.query((), b.now)
            isup.restart((5, 6, 7), b.now)
            isup.restart((9,), b.now)
            isup.restart((), b.now)
            b.wait(40 * SECOND)
        b.wait(20 * MINUTE)
        groups = isup.groups
        stale = sum(len(answers) for answers in groups._stale.values())
        sizes.append((len(isup.deadlines), len(groups.operations), len(isup.jobs), stale))
        b.log.clear()
    assert sizes[0] == sizes[1] == sizes[2]
    assert not isup.jobs


def test_a_deaf_exchange_that_hears_again(bench) -> None:
    """Every circuit comes back by itself when the far end answers at last."""
    b = bench()
    isup = b.isup
    for cic in isup.config.circuits[:10]:
        b.place(channel=cic)
    isup.restart((20, 21, 22), b.now)
    isup.restart((30,), b.now)
    b.wait(30 * MINUTE)
    assert not isup.calls
    for _ in range(6 * MINUTE // SECOND):
        for name in b.wait(SECOND):
            kind = name.split()[-1]
            cic = int(name.split()[0]) if " " in name else 5
            if kind == "RSC":
                b.give(m.RLC, "00", cic=cic)
            elif kind == "GRS":
                b.give(m.GRA, "01020200", cic=cic)
    assert {c.shown for c in isup.circuits.all} == {neutral.CHANNEL_IDLE}
    assert {c.hls for c in isup.circuits.all} == {UNBLOCKED}
    assert not isup.deadlines
