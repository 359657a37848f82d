"""A process that records, to be killed or to run into a full disk: see test_recorder.py.

recorder_child.py FOLDER: records 30 timeslots in real time and prints, again and again, how many
samples each has recorded. It never ends by itself.

recorder_child.py FOLDER OCTETS: files may have so many octets (RLIMIT_FSIZE); prints the ends.
"""

from __future__ import annotations

import random
import resource
import select
import sys

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.events import RecordEnded
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.board.registry import open_board
from trunkd.daemon.media_recording import open_recording

KINDS = (
    ("alaw", RecordWhat.RECEIVED),
    ("pcm16", RecordWhat.SENT),
    ("alaw", RecordWhat.BOTH),
    ("pcm16", RecordWhat.BOTH),
    ("mulaw", RecordWhat.MIXED),
)
SECONDS = 60


def received(timeslot: int) -> bytes:
    """What the far end plays on a timeslot."""
    return random.Random(timeslot).randbytes(8000 * SECONDS)


def sent(timeslot: int) -> bytes:
    return random.Random(1000 + timeslot).randbytes(8000 * SECONDS)


def kind(timeslot: int) -> tuple[str, RecordWhat]:
    return KINDS[timeslot % len(KINDS)]


def main(folder: str, octets: int) -> None:
    board = open_board("sim://child?spans=2&cable=1-2", clock=VirtualClock() if octets else None)
    board.start()
    while not board.stats().blocks or any(span.alarms for span in board.spans):
        if octets:
            board.step(board.clock.now() + SECOND // 10)
        else:
            select.select([board.fileno()], [], [], 0.02)
        board.events()
    for span in board.spans:
        for timeslot in span.timeslots[1:31]:
            timeslot.open_voice()
    recording = board.span(2).timeslots[1:31]
    sounds = [(received(n), sent(n)) for n in range(1, len(recording) + 1)]
    for n, timeslot in enumerate(recording, 1):
        encoding, what = kind(n)
        channels = 2 if what is RecordWhat.BOTH else 1
        file = open_recording(f"{folder}/{n}.wav", encoding, channels, False)
        timeslot.record_to(file, RecordOptions(what), tag=n)
    if octets:
        resource.setrlimit(resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))
    for n, timeslot in enumerate(recording, 1):
        there, back = sounds[n - 1]
        board.span(1).timeslots[n].play(there)
        timeslot.play(back)
    ends = 0
    while ends < len(recording):
        if octets:
            board.step(board.clock.now() + SECOND)
        else:
            select.select([board.fileno()], [], [], 0.02)
            print(*(timeslot.recorded_samples() for timeslot in recording), flush=True)
        for event in board.events():
            if isinstance(event, RecordEnded):
                ends += 1
                print(event.tag, event.reason.name, event.octets, event.error, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
