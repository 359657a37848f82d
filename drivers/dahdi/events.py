"""What only DAHDI's boards tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...board.events import BoardEvent


@dataclass(init=False)
class SpanRemoved(BoardEvent):
    """The span is gone: its board was unplugged, its module unloaded, or a dynamic span destroyed.
    Its timeslots are closed; Alarm.LOS is raised, and DriverError comes from what is done there."""

    __slots__ = ("span",)
    span: int

    def __init__(self, time: int, span: int) -> None:
        self.time = time
        self.span = span


@dataclass(init=False)
class SpanReturned(BoardEvent):
    """A span that was gone is there again, configured: its timeslots can be opened anew."""

    __slots__ = ("span",)
    span: int

    def __init__(self, time: int, span: int) -> None:
        self.time = time
        self.span = span


@dataclass(init=False)
class KernelEvent(BoardEvent):
    """What the kernel told of an analog or E&M channel, by DAHDI's name for it."""

    __slots__ = ("name", "span", "timeslot")
    span: int
    timeslot: int
    name: str

    def __init__(self, time: int, span: int, timeslot: int, name: str) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.name = name


NAMES: Final[dict[int, str]] = {
    1: "ONHOOK",
    2: "RINGOFFHOOK",
    3: "WINKFLASH",
    4: "ALARM",
    5: "NOALARM",
    9: "DIALCOMPLETE",
    10: "RINGERON",
    11: "RINGEROFF",
    12: "HOOKCOMPLETE",
    14: "PULSE_START",
    17: "POLARITY",
    18: "RINGBEGIN",
    19: "EC_DISABLED",
    21: "NEONMWI_ACTIVE",
    22: "NEONMWI_INACTIVE",
    23: "TX_CED_DETECTED",
    24: "RX_CED_DETECTED",
    25: "TX_CNG_DETECTED",
    26: "RX_CNG_DETECTED",
    27: "EC_NLP_DISABLED",
    28: "EC_NLP_ENABLED",
}
"""Events as DAHDI's interface numbers them."""


def kernel_event(time: int, span: int, timeslot: int, number: int) -> KernelEvent:
    return KernelEvent(time, span, timeslot, NAMES.get(number, f"event {number}"))
