"""What a channel of DAHDI costs, in the machine with its real kernel driver (tests/dahdi/vm.sh).

Beside a bare C loop of read and write in the same machine and run. The machine is emulated: times
are many times those of hardware, and only their ratio means something.
"""

from __future__ import annotations

import json
import sys

from harness import ROOT, WORK, BenchError, Result, bench, compare, run

BLOCKS = 400


@bench("dahdi_channel")
def dahdi_channel() -> list[Result]:
    WORK.mkdir(parents=True, exist_ok=True)
    loop = WORK / "dahdi_loop"
    run(["gcc", "-O2", "-o", loop, ROOT / "bench" / "dahdi_loop.c"])
    said = run(
        [
            ROOT / "tests" / "dahdi" / "vm.sh",
            sys.executable,
            ROOT / "bench" / "dahdi_guest.py",
            loop,
            str(BLOCKS),
        ],
        timeout=900,
    )
    rows = [line for line in said.splitlines() if line.startswith("bench: ")]
    if not rows:
        raise BenchError(f"nothing was measured: {said[-800:]}")
    found = json.loads(rows[-1].removeprefix("bench: "))
    named = {
        "voice_10ms": ("dahdi_voice_block_10ms", "bare_10ms"),
        "voice_20ms": ("dahdi_voice_block_20ms", "bare_20ms"),
        "hdlc_10ms": ("dahdi_hdlc_block_10ms", "bare_10ms"),
    }
    return [
        compare(
            name,
            ours=found[ours],
            peer=found[bare],
            peer_name="bare read/write loop in C",
            unit="ns of CPU a channel and block",
            lower_is_better=True,
        )
        for ours, (name, bare) in named.items()
    ]
