"""DTMF, MFC-R2 and R1 for the instruments."""

from __future__ import annotations

from ..native import wrap_tones as tones
from .instruments_kind import RATE, Found, Kind, Shape

TAIL = bytes(2 * RATE // 5)
"""Silence after a recording, so that a digit which it cuts off comes to its end."""


def _found(name: str, events: list[tones.ToneEvent]) -> list[Found]:
    return [
        Found(
            kind=name,
            value=e.digit,
            start=e.start / RATE,
            end=(e.start + e.duration) / RATE,
            level_dbm0=e.level_dbm0,
            twist_db=e.twist_db,
        )
        for e in events
        if e.phase == tones.END
    ]


def _whole(bank: tones.DtmfBank | tones.MfBank, samples: bytes) -> list[tones.ToneEvent]:
    """Every event of a recording of any length: a second at a time, so that none is lost."""
    data = samples + TAIL
    events = []
    for at in range(0, len(data), 2 * RATE):
        events += bank.process(data[at : at + 2 * RATE])
    return events


def _detect_dtmf(samples: bytes) -> list[Found]:
    return _found("dtmf", _whole(tones.DtmfBank(1), samples))


def _detect_r2f(samples: bytes) -> list[Found]:
    return _found("r2f", _whole(tones.MfBank(1, tones.R2_FORWARD), samples))


def _detect_r2b(samples: bytes) -> list[Found]:
    return _found("r2b", _whole(tones.MfBank(1, tones.R2_BACKWARD), samples))


def _detect_mf(samples: bytes) -> list[Found]:
    return _found("mf", _whole(tones.MfBank(1, tones.R1), samples))


def _digits(kind: int, text: str, shape: Shape, level: float, on: float, off: float) -> bytes:
    return tones.digits(
        kind,
        text.upper().replace(" ", ""),
        level_dbm0=level if shape.level_dbm0 is None else shape.level_dbm0,
        twist_db=shape.twist_db or 0.0,
        on=on if shape.on is None else shape.on,
        off=off if shape.off is None else shape.off,
    )


def _synth_dtmf(value: str, shape: Shape) -> bytes:
    return _digits(tones.DTMF, value, shape, -8.0, 0.07, 0.07)


def _synth_r2f(value: str, shape: Shape) -> bytes:
    return _digits(tones.R2_FORWARD, value, shape, -11.5, 0.1, 0.1)


def _synth_r2b(value: str, shape: Shape) -> bytes:
    return _digits(tones.R2_BACKWARD, value, shape, -11.5, 0.1, 0.1)


def _synth_mf(value: str, shape: Shape) -> bytes:
    """Q.322: digits of 68 ms, KP of 100 ms, pauses of 68 ms, -7 dBm0."""
    out = b""
    for digit in value.upper().replace(" ", ""):
        on = 0.1 if digit == "K" else 0.068
        out += _digits(tones.R1, digit, shape, -7.0, on, 0.068)
    return out


KINDS = (
    Kind("dtmf", "DTMF digits 0-9 * # A-D (Q.23)", _detect_dtmf, _synth_dtmf),
    Kind("r2f", "MFC-R2 forward signals 1-9 0 B-F (Q.441)", _detect_r2f, _synth_r2f),
    Kind("r2b", "MFC-R2 backward signals 1-9 0 B-F (Q.441)", _detect_r2b, _synth_r2b),
    Kind("mf", "R1 digits 0-9, K is KP, S is ST, A B C (Q.320)", _detect_mf, _synth_mf),
)
