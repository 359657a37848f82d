"""Calls per CPU second of the PRI stack, both ends in one process, through Q.921.

    python bench/bench_pri.py [CALLS]

A call is SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE and
RELEASE COMPLETE, with every event taken on both sides. 30 calls are up at once.
"""

from __future__ import annotations

import sys
import time

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.trunk import PriTrunk


def exchange(user: PriTrunk, network: PriTrunk, now: int) -> None:
    """Carry frames both ways until there are none."""
    while True:
        up = user.transmit()
        down = network.transmit()
        if not up and not down:
            return
        for frame in up:
            network.receive(frame, now)
        for frame in down:
            user.receive(frame, now)


def up() -> tuple[PriTrunk, PriTrunk]:
    """Two ends with the link up."""
    user = PriTrunk(PriConfig(side="user"))
    network = PriTrunk(PriConfig(side="network"))
    user.start(0)
    network.start(0)
    exchange(user, network, 0)
    user.events()
    network.events()
    return user, network


def round_of_calls(user: PriTrunk, network: PriTrunk, count: int, now: int) -> int:
    """``count`` calls from the user, all up at once, answered and cleared; how many ended."""
    request = neutral.CallRequest(neutral.PartyNumber("5551234"), neutral.PartyNumber("02079460000"))
    handles = [user.place(request, now) for _ in range(count)]
    exchange(user, network, now)
    for event in network.events():
        if isinstance(event, neutral.CallOffered):
            network.alert(event.call, False, now)
            network.answer(event.call, now)
    exchange(user, network, now)
    for handle in handles:
        user.clear(handle, 16, now)
    exchange(user, network, now)
    ended = 0
    for event in user.events():
        if isinstance(event, neutral.CallReleased) and event.cause == 16:
            ended += 1
    network.events()
    return ended


def calls_per_cpu_second(calls: int) -> float:
    """Both sides of ``calls`` calls, per second of CPU time; RuntimeError when one fails."""
    user, network = up()
    rounds = max(1, calls // 30)
    ended = 0
    begin = time.process_time()
    for n in range(rounds):
        ended += round_of_calls(user, network, 30, n * 1_000_000)
    spent = time.process_time() - begin
    if ended != 30 * rounds:
        raise RuntimeError(f"{30 * rounds - ended} of {30 * rounds} calls failed")
    return ended / spent


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    print(f"{calls_per_cpu_second(asked):,.0f} calls per CPU second, both sides")
