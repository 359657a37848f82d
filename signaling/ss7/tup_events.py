"""What the telephone user part tells beside the neutral events: signals that only TUP has."""

from __future__ import annotations

from dataclasses import dataclass

from ..call import SignallingEvent


@dataclass(init=False)
class MeteringPulses(SignallingEvent):
    """MPM (GF 001-9001): pulses of the charge meter for each unit of time."""

    call: int
    pulses: int

    def __init__(self, call: int, pulses: int) -> None:
        self.call = call
        self.pulses = pulses


@dataclass(init=False)
class ChargeInformation(SignallingEvent):
    """CHG: charging information, in a format that the two administrations agreed on."""

    call: int
    data: bytes

    def __init__(self, call: int, data: bytes) -> None:
        self.call = call
        self.data = data


@dataclass(init=False)
class OperatorSignal(SignallingEvent):
    """A signal that operators and controlling parties give during a call. ``signal``: "OPR"
    (operator re-rings or forces), "CCL" (the calling party hung up while the called party controls
    the call), "MAL" (the called party reports a malicious call)."""

    call: int
    signal: str

    def __init__(self, call: int, signal: str) -> None:
        self.call = call
        self.signal = signal


@dataclass(init=False)
class FarCongestion(SignallingEvent):
    """The far exchange (ACC) or the network (MTP-STATUS) is congested; ``level`` 0: no more."""

    level: int

    def __init__(self, level: int) -> None:
        self.level = level
