"""Methods of the wire for lines: R2, E&M, FXS, FXO, taps; CAS bits, line tests, learned tones."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from .methods_base import CallId, Done, Method, Params, Result

LineName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(trunk/)?[A-Za-z][A-Za-z0-9_-]{0,31}/[0-9]{1,2}$",
        description='a line as ``trunk/NAME/CHANNEL``, or ``NAME/CHANNEL``: "pots/3"',
    ),
]


class Lines(Params):
    """The lines of all trunks of lines, or of one."""

    trunk: str = ""


class LineInfo(Result):
    trunk: str
    channel: int
    signalling: str
    """r2, em, fxs, fxo or tap."""
    span: str
    timeslot: int
    state: str
    """As of channels: idle, busy, blockedHere …"""
    text: str
    """What its signalling is doing, in words."""
    call_id: int = 0
    sent: str = ""
    """ABCD bits that are sent, or what is fed to the line."""
    received: str = ""
    """ABCD bits received, or what the line shows: on hook, off hook, battery."""


class LineList(Result):
    lines: list[LineInfo]


class Line(Params):
    """One line, with its meters."""

    line: LineName


class LineMeters(Result):
    volts: float
    milliamps: float
    ring_volts: float
    ring_hz: float
    ohms: float | None
    """Of the loop; none while no current flows."""


class LineDetail(Result):
    line: LineInfo
    listens: list[str]
    """Detectors that run for its signalling."""
    meters: LineMeters | None = None
    """Of an analog port."""


class TestLine(Params):
    """Test an idle line (FXS: loop, ringing, DC, ringer load). LineChanged (line test) tells."""

    line: LineName


class RingLine(Params):
    """Ring a telephone (FXS) without a call, to find it; 0 s ends it."""

    line: LineName
    seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 4.0


class FlashLine(Params):
    """A hookflash towards the exchange (FXO), during a call."""

    line: LineName


class LearnTone(Params):
    """Listen to the tone on a line and describe it for the configuration. LineChanged tells."""

    line: LineName
    seconds: Annotated[float, msgspec.Meta(ge=1, le=120)] = 10.0


class TrainLine(Params):
    """Find the impedance with the least echo for an idle exchange line (FXO); it is seized for some
    five seconds. LineChanged (trained, training failed) tells."""

    line: LineName


class SetMessageWaitingIndicator(Params):
    """Messages wait for a telephone (FXS), or no more: told by stutter dial tone, FSK or a lamp, as
    `message_waiting` of its trunk says."""

    line: LineName
    on: bool


class SendMetering(Params):
    """Metering pulses to the calling party of a call that came in (FXS, R2 where it has them)."""

    call_id: CallId
    pulses: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class CasBits(Params):
    """The ABCD bits of a span's timeslots now, both ways."""

    span: str


class CasBitsInfo(Result):
    timeslot: int
    sent: int
    """-1: nothing is sent by trunkd."""
    received: int
    trunk: str = ""


class CasBitsList(Result):
    span: str
    bits: list[CasBitsInfo]


LINE_METHODS: Final[dict[str, Method]] = {
    "lines": Method(Lines, LineList),
    "line": Method(Line, LineDetail),
    "testLine": Method(TestLine, Done),
    "ringLine": Method(RingLine, Done),
    "flashLine": Method(FlashLine, Done),
    "learnTone": Method(LearnTone, Done),
    "trainLine": Method(TrainLine, Done),
    "setMessageWaitingIndicator": Method(SetMessageWaitingIndicator, Done),
    "sendMetering": Method(SendMetering, Done),
    "casBits": Method(CasBits, CasBitsList),
}
