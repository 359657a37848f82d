"""Neutral events of the network's supplementary services: transfer and deflection (call.py).

As the user we ask the network to join the far ends of two of our calls, or to send an offered call
elsewhere. As the network we are asked the same; the application answers by ``grant``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .call import PartyNumber, SignallingEvent

NO_ANSWER: Final = "the network did not answer"
"""``error`` after a timer: perhaps it knows no such service, and passes requests over."""


@dataclass(init=False)
class TransferDone(SignallingEvent):
    """What the network made of ``transfer``. ``ok``: it joined the far ends, and the calls are
    over (their CallReleased follows or has come); else both go on, and ``error`` says why."""

    call: int
    other: int
    ok: bool
    error: str

    def __init__(self, call: int, other: int, ok: bool, error: str) -> None:
        self.call = call
        self.other = other
        self.ok = ok
        self.error = error


@dataclass(init=False)
class DeflectionDone(SignallingEvent):
    """What the network made of ``deflect``. ``ok``: it called the number, and our call is over
    (CallReleased follows or has come); else it is still ours, and ``error`` says why."""

    call: int
    ok: bool
    error: str

    def __init__(self, call: int, ok: bool, error: str) -> None:
        self.call = call
        self.ok = ok
        self.error = error


@dataclass(init=False)
class TransferAsked(SignallingEvent):
    """The far end, a user of ours, wants the parties of two of its calls joined. ``other`` is on
    the same interface. ``service``: "ect", "explicit ect", "2bct", "rlt", "join". Answer by
    ``grant``; the far end waits for some seconds only."""

    call: int
    other: int
    service: str

    def __init__(self, call: int, other: int, service: str) -> None:
        self.call = call
        self.other = other
        self.service = service


@dataclass(init=False)
class DeflectionAsked(SignallingEvent):
    """The far end wants a call that we offered sent to ``number``. ``reason``: as of Q.763 3.45
    (0 not said, 1 busy, 2 no reply, 3 unconditional, 4 deflection while alerting, 5 at once).
    ``service``: "deflection", "rerouting". ``diversions``: how often the call was diverted, this
    time counted. ``subscription``: what the caller may be told, 0 nothing, 1 that the call is
    diverted, 2 also to whom. Answer by ``grant``."""

    call: int
    number: PartyNumber
    reason: int
    service: str
    diversions: int
    subscription: int

    def __init__(
        self,
        call: int,
        number: PartyNumber,
        reason: int,
        service: str,
        diversions: int = 1,
        subscription: int = 0,
    ) -> None:
        self.call = call
        self.number = number
        self.reason = reason
        self.service = service
        self.diversions = diversions
        self.subscription = subscription


@dataclass(init=False)
class PartyChanged(SignallingEvent):
    """The network says that the call's far end was transferred: it is now ``number`` (None: not
    said). ``alerting``: that party has not answered yet."""

    call: int
    number: PartyNumber | None
    alerting: bool

    def __init__(self, call: int, number: PartyNumber | None, alerting: bool) -> None:
        self.call = call
        self.number = number
        self.alerting = alerting
