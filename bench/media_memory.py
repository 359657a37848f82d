"""Resident memory (KiB, printed) of this process with 480 channels in full use, for bench_media.py.

Each channel of 16 E1 listens for DTMF, progress tones and levels, records into a file, has an echo
canceller of 64 ms, plays the same prompt, and is in a conference of three.
"""

from __future__ import annotations

import pathlib
import tempfile

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.media import EchoCancelling, Listen
from trunkd.board.model import Law
from trunkd.board.play import Octets, PlayOptions
from trunkd.board.registry import open_board
from trunkd.daemon.media_recording import open_recording

SPANS = 16


def resident() -> int:
    """VmRSS in KiB."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("/proc/self/status has no VmRSS")


def main() -> None:
    prompt = Octets(bytes(range(256)) * 32 * 60, Law.A)
    clock = VirtualClock()
    cables = ",".join(map(str, range(1, SPANS + 1)))
    address = f"sim://memory?spans={SPANS}&cable={cables}&block_ms=1"
    with tempfile.TemporaryDirectory() as folder, open_board(address, clock=clock) as board:
        board.start()
        conference = board.conference()
        members = 0
        for span in board.spans:
            for n in [*range(1, 16), *range(17, 32)]:
                channel = span.timeslots[n]
                channel.open_voice()
                channel.listen(Listen.DTMF | Listen.PROGRESS | Listen.LEVEL)
                channel.cancel_echo(EchoCancelling(tail_ms=64))
                channel.play_list([prompt], PlayOptions(times=0))
                file = open_recording(f"{folder}/{span.number}-{n}.wav", "alaw", 1, False)
                channel.record_to(file)
                conference = board.conference() if members % 3 == 0 else conference
                conference.join(channel)
                members += 1
        while clock.now() < 6 * SECOND:
            board.step(6 * SECOND)
            board.events()
        print(resident())


if __name__ == "__main__":
    main()
