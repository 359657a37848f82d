"""Learns a tone from a recording: ``trunkd line learn-tone FILE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..board.progress_follow import FAINT_DB
from ..errors import LocalError
from ..native import wrap_progress as native
from ..signaling.analog.learn_tone import ToneLearner
from ..signaling.analog.tone_rows import ToneRow
from ..signaling.line_signals import ToneReceived
from .instruments import read

if TYPE_CHECKING:
    from .instruments import Samples

SAMPLE = 125_000
"""ns."""
TAIL = 800
"""Samples of silence behind a recording: its last sound ends."""


def learn_samples(samples: Samples, name: str, cycles: int = 4) -> ToneRow:
    """The row of a tone that repeats ``cycles`` times; LocalError says why there is none."""
    learner = ToneLearner(cycles)
    detector = native.SegmentDetector(floor=-45.0)
    whole = samples.tobytes()
    for segment in detector.run(whole) + detector.run(bytes(2 * TAIL)):
        loudest = segment.levels[0] if segment.levels else 0.0
        heard = zip(segment.frequencies, segment.levels, strict=True)
        learner.receive(
            ToneReceived(
                0,
                tuple(hz for hz, level in heard if level > loudest - FAINT_DB),
                segment.kind == native.SEGMENT_ON,
                segment.sample * SAMPLE,
                segment.duration * SAMPLE,
                segment.level,
            )
        )
        if learner.row(name) is not None:
            break
    row = learner.row(name)
    if row is None:
        raise LocalError(learner.why())
    return row


def learn_file(path: str, name: str = "learned", cycles: int = 4) -> ToneRow:
    """The same of a file, of its first channel that has one. ``row.text`` is for the config."""
    why: LocalError | None = None
    for samples in read(path):
        try:
            return learn_samples(samples, name, cycles)
        except LocalError as exc:
            why = exc
    raise LocalError(f"{path}: {why or 'it has no sound'}")
