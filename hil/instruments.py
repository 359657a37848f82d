"""The technician's instruments: what signals a recording holds, and signals to play to a line."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from . import (
    instruments_analysis,
    instruments_callerid,
    instruments_digits,
    instruments_tones,
)
from .instruments_kind import RATE, Found, Kind
from .instruments_kind import Shape as Shape
from .instruments_sift import levelled, sift

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.int16]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *instruments_digits.KINDS,
        *instruments_callerid.KINDS,
        *instruments_tones.KINDS,
        *instruments_analysis.KINDS,
    )
}
"""Every kind by its name. A module of kinds is added here and nowhere else."""

CODINGS = {"pcm": "PCM_16", "alaw": "ALAW", "ulaw": "ULAW"}


def read(path: str) -> list[Samples]:
    """The channels of an audio file of any rate that libsndfile reads, as int16 at 8000 Hz.

    Raises LocalError saying what is wrong with the file.
    """
    import numpy as np
    import soundfile

    try:
        sound, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except (OSError, RuntimeError) as exc:
        raise LocalError(f"{path}: {exc}; give a WAV or what else libsndfile reads") from exc
    # Read as int16, files of floating point would not be scaled.
    data = np.clip(np.rint(np.nan_to_num(sound) * 32768), -32768, 32767).astype(np.int16)
    if rate == RATE:
        return [np.ascontiguousarray(channel) for channel in data.T]
    from math import gcd

    from scipy.signal import resample_poly

    shared = gcd(rate, RATE)
    channels = []
    for channel in data.T:
        slow = resample_poly(channel.astype(np.float64), RATE // shared, rate // shared)
        channels.append(np.clip(np.rint(slow), -32768, 32767).astype(np.int16))
    return channels


def write(path: str, samples: bytes, coding: str = "pcm") -> None:
    """Write int16 samples to an audio file at 8000 Hz, its format by the name's ending.

    ``coding`` is a key of CODINGS. Raises LocalError when the format cannot be written.
    """
    import numpy as np
    import soundfile

    data = np.frombuffer(samples, np.int16)
    try:
        soundfile.write(path, data, RATE, subtype=CODINGS[coding])
    except (OSError, RuntimeError, TypeError, ValueError) as exc:
        remedy = "give a name that ends in .wav, in a folder that can be written"
        raise LocalError(f"{path}: {exc}; {remedy}") from exc


def detect(samples: Any, kinds: tuple[str, ...] = ()) -> list[Found]:
    """What one channel holds, in order of time: what all kinds together make of it, or whatever the
    detectors of those named hear.
    """
    data = samples.tobytes()
    found: list[Found] = []
    for kind in KINDS.values():
        if kind.detect is not None and (kind.name in kinds if kinds else not kind.asked):
            found += kind.detect(data)
    if not kinds:
        found = sift(found, samples)
    found = [f if f.level_dbm0 is not None else levelled(f, samples) for f in found]
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def synth(kind: str, value: str, shape: Shape) -> bytes:
    """int16 samples of a signal. LocalError names the kinds there are, or the values."""
    row = KINDS.get(kind)
    if row is None or row.synth is None:
        known = ", ".join(k.name for k in KINDS.values() if k.synth is not None)
        raise LocalError(f"no signal is called {kind}: there are {known}")
    return row.synth(value, shape)


def as_json(found: Found, channel: int | None) -> dict[str, object]:
    """The keys of ``trunkd detect --json``; ``channel`` from 1, where a file has several."""
    row: dict[str, object] = {
        "kind": found.kind,
        "value": found.value,
        "start": round(found.start, 4),
        "end": round(found.end, 4),
    }
    if found.standard is not None:
        row["name"] = found.name or ""
        row["standard"] = found.standard
    if found.level_dbm0 is not None:
        row["level_dbm0"] = round(found.level_dbm0, 1)
    if found.twist_db is not None:
        row["twist_db"] = round(found.twist_db, 1)
    if channel is not None:
        row["channel"] = channel
    return row


def as_text(found: Found, channel: int | None) -> str:
    """One line for a person."""
    line = f"{found.start:9.3f} {found.end:9.3f}  {found.kind:8} {found.value}"
    if found.level_dbm0 is not None:
        line = f"{line:36} {found.level_dbm0:6.1f} dBm0"
    if found.twist_db is not None:
        line += f"  twist {found.twist_db:+.1f} dB"
    if found.standard is not None:
        line += f"  {found.standard}" + (f" {found.name}" if found.name else "")
    return line if channel is None else f"{channel}: {line}"


def examine(
    path: str, kinds: tuple[str, ...] = (), plot: str | None = None
) -> list[tuple[Found, int | None]]:
    """Everything in a file, with its channel from 1 where there are several; draw it if asked.

    Raises LocalError for a file that cannot be read, a picture that cannot be written.
    """
    channels = read(path)
    rows: list[tuple[Found, int | None]] = []
    for number, samples in enumerate(channels, 1):
        found = detect(samples, kinds)
        rows += [(f, number if len(channels) > 1 else None) for f in found]
    if plot is not None:
        from .instruments_plot import picture

        try:
            pathlib.Path(plot).write_bytes(picture(channels, rows))
        except OSError as exc:
            raise LocalError(f"{plot}: {exc.strerror}; name a file that can be written") from exc
    return rows
