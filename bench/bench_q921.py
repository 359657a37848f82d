"""Q.921 frames per CPU second: two links back to back in one process, no wire.

``python bench/bench_q921.py [SECONDS]`` prints one JSON object a case. A frame is counted once
for its sending and receiving together.
"""

from __future__ import annotations

import json
import sys
import time

from trunkd.signaling.isdn import q921
from trunkd.signaling.isdn.q921 import DataLink
from trunkd.signaling.isdn.q921_config import LinkConfig

UNIT = bytes(44)
"""As long as a SETUP with two numbers."""


def exchange(a: DataLink, b: DataLink, now: int) -> int:
    """Carry frames until both ends are quiet; how many there were."""
    frames = 0
    while True:
        out, back = a.transmit(), b.transmit()
        if not out and not back:
            a.events()
            b.events()
            return frames
        for frame in out:
            b.receive(frame, now)
        for frame in back:
            a.receive(frame, now)
        frames += len(out) + len(back)


def measure(burst: int, seconds: float) -> dict[str, object]:
    """``burst`` units each way, then whatever acknowledges them, for ``seconds`` of CPU time."""
    a, b = DataLink(LinkConfig(True)), DataLink(LinkConfig(False))
    a.establish(0)
    exchange(a, b, 0)
    frames, now, begin = 0, 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        for _ in range(100):
            now += 1_000_000
            for _ in range(burst):
                a.send(UNIT, now)
                b.send(UNIT, now)
            frames += exchange(a, b, now)
    return {
        "bench": "q921",
        "burst": burst,
        "compiled": not q921.__file__.endswith(".py"),
        "frames_per_cpu_s": round(frames / spent),
        "i_frames": a.counters.tx[0] + b.counters.tx[0],
        "retransmitted": a.counters.retransmitted + b.counters.retransmitted,
    }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for burst in (1, 7):
        print(json.dumps(measure(burst, seconds)))


if __name__ == "__main__":
    main()
