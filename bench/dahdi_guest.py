"""In the machine of tests/dahdi/vm.sh: trunkd's engine on 30 channels of DAHDI, and the bare loop.

Arguments: the loop's program, blocks. Prints one JSON object of nanoseconds.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time

from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board

CHANNELS = [n for n in range(1, 32) if n != 16]


def engine(blocks: int, block_ms: int, count: int, hdlc: bool) -> float:
    """CPU of the engine's thread for one channel and block."""
    board = open_board(f"dahdi://?spans=1&blocks=4&block_ms={block_ms}")
    board.start()
    for number in CHANNELS[:count]:
        timeslot = board.span(1).timeslots[number]
        if hdlc:
            timeslot.open_hdlc(HdlcConfig())
        else:
            timeslot.open_voice()
            timeslot.record(8000 * 60)
    time.sleep(0.5)
    before = board.stats()
    end = before.blocks + blocks
    while (now := board.stats()).blocks < end:
        select.select([board.fileno()], [], [], 0.05)
        board.events()
    board.close()
    return (now.busy_ns - before.busy_ns) / (now.blocks - before.blocks) / count


def main() -> None:
    loop, blocks = sys.argv[1], int(sys.argv[2])
    found: dict[str, float] = {}
    for block_ms in (10, 20):
        bare = subprocess.run(
            [loop, "15", str(8 * block_ms), str(blocks)], capture_output=True, text=True, check=True
        )
        found[f"bare_{block_ms}ms"] = float(bare.stdout.split()[0])
        found[f"voice_{block_ms}ms"] = engine(blocks, block_ms, 15, False)
    found["hdlc_10ms"] = engine(blocks, 10, 15, True)
    found["nothing_10ms"] = engine(blocks, 10, 1, False)
    print("bench: " + json.dumps(found))


main()
