"""Q.782 section 11: traffic test."""

from __future__ import annotations

from q782_rig import ISUP, MS, A, B, msu
from q782_script import UP, Play
from registry import Cases

CASES = Cases("q782")


@CASES.case("11.1", "Q.704 2.3, 4.4, Q.706 4")
def both_ways() -> str:
    """Both links at about half their capacity both ways for 30 s: all, once, in order."""
    sequence = Play()
    sequence.play(UP)
    sent = [0] * 16
    for _ in range(500):
        sequence.burst([B])
        for sls in range(16):
            data = sent[sls].to_bytes(4, "big") + bytes(8)
            sequence.inject(sls % 2, msu(ISUP, A, B, sls, data))
            sent[sls] += 1
        sequence.advance(60 * MS)
    sequence.play("arrived")
    got: list[list[int]] = [[] for _ in range(16)]
    for event in sequence.delivered:
        got[event.sls].append(int.from_bytes(event.data[:4], "big"))
    assert got == [list(range(count)) for count in sent]
    return f"{sequence.done()} each way"


test_case = CASES.test()
