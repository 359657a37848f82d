"""Random and damaged messages: no exception, no inconsistent state, and it ends (seeded)."""

from __future__ import annotations

import random

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral

SECOND = 1_000_000_000
SEEDS = [
    bytes.fromhex(text)
    for text in (
        "0500010060000a03020005831021430f",
        "0500010460000a03020705831021430f08010400",
        "0500020200028005",
        "050003010000",
        "050004000000",
        "05000501",
        "0500061604012901040000",
        "0500071604013905ee82440094ee014200",
        "05000900",
        "05000c020002829000",
        "05000d0100",
        "05000e0100",
        "05001000",
        "050011",
        "050012",
        "050013",
        "050014",
        "050015",
        "050016",
        "0500170101070500",
        "0500180001020207",
        "0500190101020207",
        "05001a0001020207",
        "05001b0101020207",
        "050029010207ff",
        "05002a010107",
        "05002b0203010705050505050505050505",
        "05002c0100",
        "05002d02000300414200",
        "05002e",
        "05002f02000282e3",
        "05003800",
        "05003400",
        "05003500",
        "05006e0138018200",
    )
]


def damaged(rng: random.Random) -> bytes:
    octets = bytearray(rng.choice(SEEDS))
    octets[0] = rng.choice((1, 2, 3, 4, 5, 6, 99))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        octets[rng.randrange(2, len(octets))] = rng.randrange(256)
    if rng.random() < 0.1:
        del octets[rng.randrange(len(octets)) :]
    return bytes(octets)


def act(b, rng: random.Random) -> None:
    """The application does something too, allowed or not."""
    isup = b.isup
    handles = list(isup.calls) or [0]
    call = rng.choice(handles)
    cic = rng.randrange(1, 8)
    actions = (
        lambda: isup.place(
            neutral.CallRequest(neutral.PartyNumber("12"), channel=cic, complete=cic > 3), b.now
        ),
        lambda: isup.answer(call, b.now),
        lambda: isup.alert(call, False, b.now),
        lambda: isup.clear(call, 16, b.now),
        lambda: isup.block((cic, cic + 1), cic > 4, b.now),
        lambda: isup.unblock((), cic > 4, b.now),
        lambda: isup.restart((cic,), b.now),
        lambda: isup.continuity_test(cic, b.now),
        lambda: isup.continuity_result(cic, cic > 3, b.now),
        lambda: isup.mtp_status(cic & 3, 1, b.now),
    )
    try:
        rng.choice(actions)()
    except LocalError:
        return


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("variant", ["itu", "q767", "china"])
def test_noise(bench, seed: int, variant: str) -> None:
    rng = random.Random(seed)
    b = bench(
        circuits=tuple(range(1, 9)),
        variant=variant,
        exchange_type=rng.choice("AB"),
        overlap=rng.random() < 0.5,
        continuity=rng.choice((0, 2)),
    )
    for _ in range(400):
        b.isup.receive(damaged(rng), b.now)
        if rng.random() < 0.3:
            act(b, rng)
        b.take()
        if rng.random() < 0.2:
            b.wait(rng.randrange(20 * SECOND))
    for _ in range(3):
        for handle, call in list(b.isup.calls.items()):
            if call.offered:
                b.isup.clear(handle, 16, b.now)
        b.wait(3600 * SECOND)
    assert not b.isup.calls
