"""Caller identity of every kind in a recording, for ``trunkd detect``; and every kind made, for
``trunkd synth``: FSK by V.23 and Bell 202 (SDMF, MDMF, behind DT-AS, off hook behind CAS), DTMF.

A recording from anywhere has hum, direct current, ringing, wrong levels and a poor line in it. The
checksum says when a message was read right, so it is read in several ways: as it is, through a band
filter with its level held, and, where a carrier gave no message, with the line's slope undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..errors import LocalError
from ..native import wrap_fsk as fsk
from ..native import wrap_tones as tones
from ..native.wrap_progress import CadenceGenerator, CadenceStep
from ..signaling.analog import callerid as cid
from ..signaling.analog.callerid_dtmf import FRAMINGS, encode_dtmf
from ..signaling.analog.callerid_receive import CallerId, CallerIdWatch
from .instruments_kind import RATE, Found, Kind, Shape

NAME = "callerid"
DIGITS_ALONE = "dtmf-hash"
"""DTMF without a letter: may be dialled as well, and is told only when it is asked for."""
BLOCK = 4000
TAIL = 1600
"""Samples of silence behind a recording: the last carrier ends, the last digit too."""
SAMPLE = 125_000
SAME = RATE
"""The same message within so many samples is one that was read twice."""
BAND = (700.0, 2800.0)
DIGIT_BAND = (600.0, 1800.0)
HELD = 0.1
"""Part of full scale at which the level is held."""
MOST_GAIN = 300.0
SLOPES = (-0.6, 0.6)
"""First-order filters that undo a line's slope, either way."""
TAPS = (48, 96)
EQUALISING = 4
STEP = 0.016
SHORTEST, LONGEST = RATE // 6, 4 * RATE
"""A transmission of caller ID takes 0.2 to 3 s; what is longer is music."""
MARK = 240
"""Samples of a mark that tell its frequency: 30 ms."""
LOW_MARK, HIGH_MARK = 1100 * 2048 // RATE, 1400 * 2048 // RATE
LEAST_OCTETS = 16
NARROW_BAND = (660.0, 1680.0)
LOUD = 9000.0
WHEN = (1, 1, 12, 0)
REASONS = {1: "private", 2: "unavailable"}


class _Read(NamedTuple):
    """A message, where it was found (samples)."""

    identity: CallerId
    start: int
    end: int
    standard: str = ""
    """By the recording; empty: as the receivers found it."""


# ---- reading ----


def _filtered(data: Any, band: tuple[float, float]) -> Any:
    from scipy.signal import butter, sosfiltfilt

    if len(data) < 100:
        return data
    return sosfiltfilt(butter(4, band, "bandpass", fs=RATE, output="sos"), data)


def _held(data: Any) -> Any:
    """With the level of every 50 ms brought to the same."""
    import numpy as np
    from scipy.ndimage import uniform_filter1d

    power = uniform_filter1d(np.square(data), 400, mode="nearest")
    gain = np.minimum(HELD * 32768 / np.sqrt(np.maximum(power, 1e-6)), MOST_GAIN)
    return data * gain


def _samples(data: Any) -> bytes:
    import numpy as np

    whole = np.clip(np.rint(data), -32768, 32767).astype(np.int16).tobytes()
    return bytes(whole) + bytes(2 * TAIL)


def _sloped(data: Any, slope: float) -> Any:
    from scipy.signal import lfilter

    return lfilter([1.0, slope], [1.0], data)


def _equalised(data: Any, taps: int) -> Any:
    """Without the line's echoes and slope: FSK has a constant envelope, and a filter that makes it
    one (CMA, blocks of 8 samples, several times over) undoes what spread it."""
    import numpy as np
    from scipy.signal import hilbert

    wave = hilbert(data)
    wave /= np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-9
    padded = np.pad(wave, taps // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)[: len(wave)]
    weights = np.zeros(taps, complex)
    weights[taps // 2] = 1
    for _ in range(EQUALISING):
        for at in range(0, len(wave) - 8, 8):
            block = windows[at : at + 8]
            made = block @ weights
            power = np.abs(made) ** 2
            error = made * (np.minimum(power, 4.0) - 1)
            loud = float(np.mean(np.abs(block) ** 2)) + 0.1
            weights -= STEP / taps / loud * (block.conj().T @ error)
    return np.real(windows @ weights) * HELD * 32768


def _carriers(samples: bytes, modem: int) -> Iterator[tuple[int, list[fsk.FskEvent]]]:
    """Transmissions: where each begins, and its events."""
    receiver = fsk.FskReceiver(1, modem)
    events: list[fsk.FskEvent] = []
    start = 0
    for at in range(0, len(samples), 2 * BLOCK):
        for event in receiver.run(samples[at : at + 2 * BLOCK]):
            if event.kind == fsk.CARRIER:
                events, start = [], event.sample
            events.append(event)
            if event.kind == fsk.LOST:
                yield start, events
                events = []
    if events:
        yield start, events


def _is_fsk(events: list[fsk.FskEvent]) -> bool:
    """Characters that mostly have their stop bits, as many as a message has."""
    good = sum(event.kind == fsk.OCTET for event in events)
    bad = sum(event.kind == fsk.FRAMING for event in events)
    return good >= LEAST_OCTETS and good > 2 * bad


def _messages(samples: bytes) -> tuple[list[_Read], list[tuple[int, int]]]:
    """Messages by either receiver, and where carriers gave none."""
    found: list[_Read] = []
    empty: list[tuple[int, int]] = []
    for bell202, modem in ((False, fsk.V23), (True, fsk.BELL202)):
        for start, events in _carriers(samples, modem):
            watch = CallerIdWatch()
            for event in events:
                watch.fsk(bell202, event.kind, event.octet, event.sample * SAMPLE)
            end = events[-1].sample
            watch.handle_timeout((end + RATE) * SAMPLE)
            read = [_Read(identity, start, end) for identity in watch.found()]
            found += read
            if not read and _is_fsk(events):
                empty.append((start, end))
    return found, empty


def _elected(reads: list[_Read]) -> list[_Read]:
    """Of messages at the same place the one that was read most often: a checksum of eight bits lets
    a wrong one through now and then. In order of time."""
    votes: dict[bytes, int] = {}
    for read in reads:
        raw = read.identity.raw
        votes[raw] = votes.get(raw, 0) + 1
    kept: list[_Read] = []
    for read in sorted(reads, key=lambda r: (-votes[r.identity.raw], -len(r.identity.raw))):
        if not any(
            (k.start < read.end and read.start < k.end)
            or (k.identity.raw == read.identity.raw and abs(k.start - read.start) < SAME)
            for k in kept
        ):
            kept.append(read)
    return sorted(kept, key=lambda read: read.start)


def _again(held: Any, start: int, end: int) -> list[_Read]:
    """A transmission that could not be read, or not for sure, with the line's faults undone."""
    import numpy as np

    first = max(0, start - RATE // 20)
    part = held[first : end + RATE // 20]
    found: list[_Read] = []
    ways = [_sloped(part, slope) for slope in SLOPES]
    ways += [_equalised(part, taps) for taps in TAPS]
    for way in ways:
        reads = _messages(_samples(np.pad(way, RATE // 10)))[0]
        moved = first - RATE // 10
        found += [_Read(r.identity, r.start + moved, r.end + moved) for r in reads]
    return found


def _fsk(raw: Any) -> list[_Read]:
    held = _held(_filtered(raw, BAND))
    found: list[_Read] = []
    carriers: list[tuple[int, int]] = []
    for data in (raw, held):
        more, empty = _messages(_samples(data))
        found += more
        carriers += empty
    carriers += [(read.start, read.end) for read in found]
    done: list[tuple[int, int]] = []
    for start, end in sorted(carriers, key=lambda c: c[0] - c[1]):
        readings = [r.identity.raw for r in found if r.start < end and start < r.end]
        doubtful = len(readings) < 2 or len(set(readings)) > 1
        fits = SHORTEST < end - start < LONGEST
        if doubtful and fits and not any(s < end and start < e for s, e in done):
            done.append((start, end))
            found += _again(held, start, end)
    return [_with_modem(raw, read) for read in _elected(found)]


def _with_modem(raw: Any, read: _Read) -> _Read:
    """With the modem by the frequency of its longest mark."""
    import numpy as np

    identity = read.identity
    if "jclip" in identity.standard:
        return read
    part = raw[max(0, read.start) : read.end]
    if len(part) < MARK:
        return read
    windows = np.lib.stride_tricks.sliding_window_view(part, MARK)[::40] * np.hanning(MARK)
    spectra = np.abs(np.fft.rfft(windows, 2048, axis=1))[:, LOW_MARK:HIGH_MARK]
    best = np.unravel_index(np.argmax(spectra), spectra.shape)[1] + LOW_MARK
    modem = "bell202" if best * RATE / 2048 < 1250 else "v23"
    return read._replace(standard=f"{modem}-{identity.standard.partition('-')[2]}")


def _digits_of(data: Any) -> list[_Read]:
    bank, watch = tones.DtmfBank(1), CallerIdWatch()
    samples = _samples(data)
    for at in range(0, len(samples), 2 * BLOCK):
        for event in bank.process(samples[at : at + 2 * BLOCK]):
            if event.phase == tones.BEGIN:
                began = event.start * SAMPLE
                if began >= watch.deadline:
                    watch.handle_timeout(watch.deadline)
                watch.digit(event.digit, began, began)
    watch.handle_timeout(len(samples) * SAMPLE + 10**9)
    return [
        _Read(identity, identity.began // SAMPLE, min(identity.ended // SAMPLE, len(data)))
        for identity in watch.found()
    ]


def _dtmf(raw: Any) -> list[_Read]:
    import numpy as np

    band = _filtered(raw, DIGIT_BAND)
    loud = float(np.percentile(np.abs(band), 95)) if len(band) else 0.0
    ways = [raw, band, _filtered(raw, NARROW_BAND)]
    if loud > 0:
        ways += [band * (LOUD / loud), raw * min(1.0, LOUD / loud)]
    found: list[_Read] = []
    for way in ways:
        found += _digits_of(way)
    return _elected(found)


def _value(identity: CallerId) -> str:
    """The number, or why there is none."""
    if not identity.is_call:
        waiting = {True: "message-waiting on", False: "message-waiting off"}
        return waiting.get(bool(identity.waiting), "") if identity.waiting is not None else "other"
    return identity.number or REASONS[identity.presentation]


def _detect(samples: bytes) -> list[Found]:
    import numpy as np

    raw = np.frombuffer(samples, np.int16).astype(np.float64)
    found: list[Found] = []
    for read in _fsk(raw) + _dtmf(raw):
        identity = read.identity
        standard = read.standard or identity.standard
        if identity.message is None and not any(chr(o) in "ABD" for o in identity.raw):
            standard = DIGITS_ALONE
        end = min(read.end, len(raw))
        found.append(
            Found(
                *(NAME, _value(identity), read.start / RATE, end / RATE, None, None),
                *(identity.name, standard),
            )
        )
    return found


# ---- making ----


def _number(value: str) -> tuple[str, str, str]:
    """NUMBER[,NAME], O or P instead of the number: number, reason, name."""
    number, _, name = value.partition(",")
    if number in ("O", "P"):
        return "", number, name
    return number, "", name


def _tones(*steps: tuple[tuple[float, ...], int], level: float) -> bytes:
    made = [CadenceStep(hz, ms * RATE // 1000, level) for hz, ms in steps]
    length = sum(step.samples for step in made)
    return CadenceGenerator(made, None).run(length).tobytes()


def _silence(ms: int) -> bytes:
    return bytes(2 * RATE * ms // 1000)


def _single(value: str) -> bytes:
    number, reason, name = _number(value)
    if name:
        raise LocalError(f"{value!r}: SDMF has no names; give NUMBER, O or P")
    return cid.single_call(WHEN, number, reason or cid.UNAVAILABLE)


def _multiple(value: str) -> bytes:
    number, reason, name = _number(value)
    return cid.call_setup(number, name, WHEN, number_absent=reason or cid.UNAVAILABLE)


def _fsk_samples(message: bytes, modem: int, level: float, off_hook: bool = False) -> bytes:
    """Off hook there is no seizure, and a mark of 80 bits (GR-30, EN 300 659-2)."""
    seizure, mark = (0, 80) if off_hook else (300, 180)
    return fsk.fsk_samples(message, modem, level=level, seizure=seizure, mark=mark).tobytes()


def _level(shape: Shape, usual: float) -> float:
    return usual if shape.level_dbm0 is None else shape.level_dbm0


def _on_hook(modem: int, octets: Callable[[str], bytes]) -> Callable[[str, Shape], bytes]:
    def synth(value: str, shape: Shape) -> bytes:
        message = _fsk_samples(octets(value), modem, _level(shape, -13.5))
        return _silence(400) + message + _silence(100)

    return synth


def _alerted(modem: int) -> Callable[[str, Shape], bytes]:
    """DT-AS of 100 ms, then the message on hook (EN 300 659-1)."""

    def synth(value: str, shape: Shape) -> bytes:
        level = _level(shape, -13.5)
        signal = _tones(((2130.0, 2750.0), 100), level=level - 3)
        message = _fsk_samples(_multiple(value), modem, level)
        return _silence(200) + signal + _silence(60) + message + _silence(100)

    return synth


def _waiting(modem: int) -> Callable[[str, Shape], bytes]:
    """Type II: SAS, CAS, the telephone's D, the message off hook (GR-30, EN 300 659-2)."""

    def synth(value: str, shape: Shape) -> bytes:
        level = _level(shape, -13.5)
        begin = _tones(((440.0,), 300), level=level) + _silence(10)
        signal = _tones(((2130.0, 2750.0), 82), level=level - 3) + _silence(60)
        answer = tones.digits(tones.DTMF, "D", level_dbm0=level, on=0.065, off=0.12)
        message = _fsk_samples(_multiple(value), modem, level, off_hook=True)
        return _silence(200) + begin + signal + answer + message + _silence(100)

    return synth


def _digits(framing: str) -> Callable[[str, Shape], bytes]:
    def synth(value: str, shape: Shape) -> bytes:
        number, reason, name = _number(value)
        if name:
            raise LocalError(f"{value!r}: DTMF has no names; give NUMBER, O or P")
        digits = tones.digits(
            tones.DTMF,
            encode_dtmf(framing, number, reason),
            level_dbm0=_level(shape, -8.0),
            twist_db=shape.twist_db or 0.0,
            on=0.07 if shape.on is None else shape.on,
            off=0.07 if shape.off is None else shape.off,
        )
        return _silence(200) + digits + _silence(300)

    return synth


MADE: dict[str, Callable[[str, Shape], bytes]] = {
    "v23-mdmf": _on_hook(fsk.V23, _multiple),
    "v23-sdmf": _on_hook(fsk.V23, _single),
    "bell202-mdmf": _on_hook(fsk.BELL202, _multiple),
    "bell202-sdmf": _on_hook(fsk.BELL202, _single),
    "v23-dtas": _alerted(fsk.V23),
    "bell202-dtas": _alerted(fsk.BELL202),
    "v23-type2": _waiting(fsk.V23),
    "bell202-type2": _waiting(fsk.BELL202),
    "dtmf": _digits("d-c"),
    **{f"dtmf-{name}": _digits(name) for name in FRAMINGS},
}
"""Every kind by name: standard and form, or the framing of DTMF."""


def _synth(value: str, shape: Shape) -> bytes:
    """STANDARD:NUMBER[,NAME]; without a standard Bell 202 MDMF."""
    standard, colon, rest = value.partition(":")
    if not colon:
        standard, rest = "bell202-mdmf", value
    if standard not in MADE:
        raise LocalError(f"no caller ID is called {standard!r}: there are {', '.join(MADE)}")
    return MADE[standard](rest, shape)


def _rows() -> tuple[Kind, ...]:
    about = "caller ID, STANDARD:NUMBER[,NAME]; standards " + " ".join(MADE)
    rows = [Kind(NAME, about, _detect, _synth)]
    for name, standard in (
        ("cid-sdmf", "v23-sdmf"),
        ("cid202-sdmf", "bell202-sdmf"),
        ("cid-dtas", "v23-dtas"),
        ("cid202-dtas", "bell202-dtas"),
        ("cid-type2", "v23-type2"),
        ("cid202-type2", "bell202-type2"),
        ("cid-dtmf", "dtmf"),
    ):
        rows.append(Kind(name, f"the same as {NAME} {standard}:", None, MADE[standard]))
    return tuple(rows)


KINDS = _rows()
