"""Caller identity, modem and fax tones, call progress tones, for the technician's instruments."""

from __future__ import annotations

from ..board.progress_follow import Heard, ProgressFollower
from ..board.progress_tones import COUNTRIES, Cadence, cadence
from ..daemon.media_listen import MODEM_NAMES
from ..errors import LocalError
from ..native import wrap_fsk as fsk
from ..native import wrap_progress as native
from ..signaling.analog.callerid import CallerIdMessage, CallerIdReceiver, call_setup
from .instruments_kind import RATE, Found, Kind, Shape

BLOCK = 2 * 160
MODEMS = {"cid": fsk.V23, "cid202": fsk.BELL202}
WHEN = (1, 1, 12, 0)


def _described(message: CallerIdMessage) -> str:
    """What a message says, as ``number=… name=… date=…``."""
    parts = []
    if message.date_time is not None:
        month, day, hour, minute = message.date_time
        parts.append(f"date={month:02d}-{day:02d}T{hour:02d}:{minute:02d}")
    for name, text in (
        ("number", message.number),
        ("number-absent", message.number_absent),
        ("name", message.name),
        ("name-absent", message.name_absent),
    ):
        if text:
            parts.append(f"{name}={text}")
    if message.waiting is not None:
        parts.append(f"waiting={'on' if message.waiting else 'off'}")
    return " ".join(parts) or message.raw.hex()


def _marks(samples: bytes, hz: float) -> float:
    """The most that 100 ms of the samples hold of a frequency."""
    import numpy as np

    data = np.frombuffer(samples, np.int16)
    whole = data[: len(data) // 800 * 800].reshape(-1, 800)
    wave = np.exp(2j * np.pi * hz / RATE * np.arange(800))
    return float(np.max(np.abs(whole @ wave), initial=0.0))


def _detect_cid(kind: str, samples: bytes) -> list[Found]:
    """Either receiver reads both modems; the marks tell which it was."""
    found = _messages(kind, samples)
    if not found:
        return found
    own, other = (1300, 1200) if kind == "cid" else (1200, 1300)
    parts = [samples[round(f.start * RATE) * 2 : round(f.end * RATE) * 2] for f in found]
    return [
        f for f, part in zip(found, parts, strict=True) if _marks(part, own) > _marks(part, other)
    ]


def _messages(kind: str, samples: bytes) -> list[Found]:
    modem, reader = fsk.FskReceiver(1, MODEMS[kind]), CallerIdReceiver()
    found: list[Found] = []
    values: list[str] = []
    start = 0
    for at in range(0, len(samples) + BLOCK, BLOCK):
        for event in modem.run(samples[at : at + BLOCK] or bytes(BLOCK)):
            if event.kind == fsk.CARRIER:
                start = event.sample
                reader.carrier()
            elif event.kind == fsk.LOST:
                reader.lost()
            else:
                reader.receive(event.octet)
            messages = [m for m in reader.events() if isinstance(m, CallerIdMessage)]
            # Three octets that say nothing come out of noise now and then.
            values += [_described(message) for message in messages if message.parameters]
            if event.kind == fsk.LOST:
                end = min(event.sample, len(samples) // 2)
                found += [Found(kind, v, start / RATE, end / RATE, event.level) for v in values]
                values = []
    return found


def _detect_v23(samples: bytes) -> list[Found]:
    return _detect_cid("cid", samples)


def _detect_bell202(samples: bytes) -> list[Found]:
    return _detect_cid("cid202", samples)


def _synth_cid(kind: str, value: str, shape: Shape) -> bytes:
    """``NUMBER`` or ``NUMBER,NAME``; O or P instead of the number: why there is none."""
    number, _, name = value.partition(",")
    absent = number if number in ("O", "P") else "O"
    number = "" if number in ("O", "P") else number
    message = call_setup(number, name, WHEN, number_absent=absent)
    level = -13.5 if shape.level_dbm0 is None else shape.level_dbm0
    return bytes(2 * RATE // 5) + fsk.fsk_samples(message, MODEMS[kind], level=level).tobytes()


def _synth_v23(value: str, shape: Shape) -> bytes:
    return _synth_cid("cid", value, shape)


def _synth_bell202(value: str, shape: Shape) -> bytes:
    return _synth_cid("cid202", value, shape)


MODEM_STEPS = {
    "cng": ((native.CadenceStep((1100.0,), 4000), native.CadenceStep((), 24000)), 2),
    "calling": ((native.CadenceStep((1300.0,), 4800), native.CadenceStep((), 16000)), 2),
    "ced": ((native.CadenceStep((2100.0,), 24000),), 1),
    "ans/": ((native.CadenceStep((2100.0,), 26400, reversal=3600),), 1),
    "ansam": ((native.CadenceStep((2100.0,), 26400, am_hz=15, am_depth=0.2),), 1),
    "ansam/": ((native.CadenceStep((2100.0,), 26400, am_hz=15, am_depth=0.2, reversal=3600),), 1),
    "bell": ((native.CadenceStep((2225.0,), 24000),), 1),
    "sit": (tuple(native.CadenceStep((hz,), 2640) for hz in (950.0, 1400.0, 1800.0)), 1),
}
"""Steps and how many times they come."""


def _detect_modem(samples: bytes) -> list[Found]:
    """2100 Hz is ced, or ansam when modulated; a stroke behind it means phase reversals."""
    found: list[Found] = []
    modulated = False
    for event in native.ModemToneDetector().run(samples + bytes(BLOCK)):
        start, end = event.sample / RATE, (event.sample + event.duration) / RATE
        if event.kind == native.TONE_AM:
            modulated = True
        elif event.kind == native.TONE_SIT:
            found.append(Found("modem", "sit", start, end, event.level))
        elif event.kind == native.TONE_OFF and event.tone in MODEM_NAMES:
            name = "ansam" if modulated else MODEM_NAMES[event.tone]
            if event.reversals:
                name = "ansam/" if modulated else "ans/"
            found.append(Found("modem", name, start, end, event.level))
            modulated = False
    return found


def _synth_modem(value: str, shape: Shape) -> bytes:
    if value not in MODEM_STEPS:
        raise LocalError(f"no modem tone {value!r}: give one of {', '.join(MODEM_STEPS)}")
    steps, times = MODEM_STEPS[value]
    level = -11.0 if shape.level_dbm0 is None else shape.level_dbm0
    levelled = [step._replace(level=level) for step in steps]
    length = times * sum(step.samples for step in steps)
    return native.CadenceGenerator(levelled).run(length).tobytes()


def _segments(samples: bytes) -> list[native.Segment]:
    return native.SegmentDetector().run(samples + bytes(2 * BLOCK))


def _follow(country: str, segments: list[native.Segment], length: int) -> tuple[list[Heard], int]:
    follower = ProgressFollower(country)
    for segment in segments:
        if segment.kind == native.SEGMENT_ON:
            follower.begin(segment.sample, segment.frequencies, segment.levels)
        else:
            follower.end(segment.sample, segment.duration, segment.frequencies, segment.levels)
    follower.time(length)
    return follower.heard(), follower.explained


def _detect_tone(samples: bytes) -> list[Found]:
    """The tones of the country whose tones explain the most; ``value`` is COUNTRY/NAME."""
    segments = _segments(samples)
    length = len(samples) // 2
    offs = [s for s in segments if s.kind == native.SEGMENT_OFF and s.frequencies]
    best: list[Heard] = []
    where, most = "", 0
    for country in COUNTRIES:
        heard, explained = _follow(country, segments, length)
        if heard and (explained, -len(heard)) > (most, -len(best)):
            best, where, most = heard, country, explained
    found: list[Found] = []
    for n, tone in enumerate(best):
        until = best[n + 1].start if n + 1 < len(best) else length
        inside = [s for s in offs if tone.start <= s.sample < until]
        end = max((s.sample + s.duration for s in inside), default=tone.told)
        level = max((s.level for s in inside), default=None)
        found.append(Found("tone", f"{where}/{tone.name}", tone.start / RATE, end / RATE, level))
    return found


def _synth_tone(value: str, shape: Shape) -> bytes:
    """COUNTRY/NAME: three rounds of a cadence, 4 s of what is continuous."""
    country, _, name = value.partition("/")
    tone: Cadence = cadence(country, name)
    steps = [native.CadenceStep(*step) for step in tone.steps]
    if shape.level_dbm0 is not None:
        steps = [step._replace(level=shape.level_dbm0) for step in steps]
    once = sum(step.samples for step in steps)
    length = once + 4 * RATE if not steps[-1].samples else once
    if steps[-1].samples and tone.repeat_from is not None:
        length = 3 * once
    return native.CadenceGenerator(steps, tone.repeat_from).run(length).tobytes()


KINDS = (
    Kind("cid", "caller identity by V.23: NUMBER[,NAME] (EN 300 659-3)", _detect_v23, _synth_v23),
    Kind("cid202", "caller identity by Bell 202 (GR-30)", _detect_bell202, _synth_bell202),
    Kind("modem", "modem and fax tones: " + " ".join(MODEM_STEPS), _detect_modem, _synth_modem),
    Kind("tone", "call progress tones: COUNTRY/NAME (E.180)", _detect_tone, _synth_tone),
)
