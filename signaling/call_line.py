"""Neutral events that only lines have: caller ID between rings, metering, hookflash (call.py)."""

from __future__ import annotations

from dataclasses import dataclass

from .call import PartyNumber, SignallingEvent


@dataclass(init=False)
class CallerIdentified(SignallingEvent):
    """Who calls, told after the call was offered (caller ID between rings, or call waiting).

    ``calling`` None: withheld or not known, ``calling.presentation`` says which where it is there.
    ``name``: as text, ``name_raw``: its octets as they came. ``standard``: "bell202-mdmf",
    "v23-mdmf", "bell202-sdmf", "dtmf" … ``time``: month, day, hour, minute, or None."""

    call: int
    calling: PartyNumber | None
    name: str
    name_raw: bytes
    standard: str
    time: tuple[int, int, int, int] | None

    def __init__(
        self,
        call: int,
        calling: PartyNumber | None,
        name: str,
        name_raw: bytes,
        standard: str,
        time: tuple[int, int, int, int] | None,
    ) -> None:
        self.call = call
        self.calling = calling
        self.name = name
        self.name_raw = name_raw
        self.standard = standard
        self.time = time


@dataclass(init=False)
class CallMetered(SignallingEvent):
    """Metering pulses came from the exchange since the last event of this kind."""

    call: int
    pulses: int

    def __init__(self, call: int, pulses: int) -> None:
        self.call = call
        self.pulses = pulses


@dataclass(init=False)
class CallFlashed(SignallingEvent):
    """A telephone gave a hookflash that no feature of its line took (or features are off)."""

    call: int

    def __init__(self, call: int) -> None:
        self.call = call


@dataclass(init=False)
class CallHeld(SignallingEvent):
    """The telephone put the call on hold (hookflash): its channel is wanted for another call. The
    far party waits; ``held`` False: the telephone is back with it."""

    call: int
    held: bool

    def __init__(self, call: int, held: bool) -> None:
        self.call = call
        self.held = held


@dataclass(init=False)
class CallsJoined(SignallingEvent):
    """The telephone joined its two calls: ``transfer`` True: it hung up, and their far parties are
    to be connected with each other (both calls end here); else all three talk together."""

    held: int
    active: int
    transfer: bool

    def __init__(self, held: int, active: int, transfer: bool) -> None:
        self.held = held
        self.active = active
        self.transfer = transfer


@dataclass(init=False)
class LineReported(SignallingEvent):
    """Something of a line itself that people want to know: "line in use", "line cut", "line back",
    "off hook too long", "on hook", "ringing ignored", "glare", "learned tone" … ``text``: the rest.
    """

    channel: int
    what: str
    text: str

    def __init__(self, channel: int, what: str, text: str = "") -> None:
        self.channel = channel
        self.what = what
        self.text = text
