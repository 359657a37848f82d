"""What clients are told of SS7: links, routes, blocking and management."""

from __future__ import annotations

from typing import Literal

from .events_base import CallEvent, Event


class SignallingLinkChanged(Event):
    """An SS7 link can be used by traffic, or cannot any more. ``link`` is ``linkset/slc``."""

    point: str
    link: str
    available: bool
    reason: str


class SignallingRouteChanged(Event):
    """A route's state: allowed, restricted or prohibited (by the STP), or down (no links)."""

    point: str
    destination: str
    linkset: str
    state: str


class DestinationChanged(Event):
    """A signalling point can be reached, or cannot any more (MTP-RESUME, MTP-PAUSE)."""

    point: str
    destination: str
    reachable: bool


class DestinationCongested(Event):
    """The way to a signalling point is congested, level 1 to 3, or no more (0)."""

    point: str
    destination: str
    level: int


class SignallingLinkTested(Event):
    """A signalling link test (SLTM and SLTA of Q.707) that was asked for ended."""

    point: str
    link: str
    ok: bool
    reason: str


class SignallingManagementDone(Event):
    """A request to a link ended."""

    point: str
    link: str
    action: str
    """activate, deactivate, inhibit or uninhibit."""
    ok: bool
    reason: str


class CircuitsBlocked(Event):
    """A blocking or unblocking of ours ended. ``ok``: it was acknowledged."""

    trunk: str
    circuits: tuple[int, ...]
    action: Literal["block", "unblock", "query"]
    ok: bool


class CircuitsQueried(Event):
    """The far end's view of circuits (CQR). ``differ``: those that were in another state here."""

    trunk: str
    circuits: tuple[int, ...]
    states: tuple[int, ...]
    """Circuit state indicators of Q.763 3.14, one for each circuit."""
    differ: tuple[int, ...] = ()


class ContinuityChecked(Event):
    """The check tone that we sent on a circuit came back, or could not be sent."""

    trunk: str
    circuit: int
    ok: bool
    level: float = 0.0
    """Of the tone that came back, dBm0."""


class ContinuityTested(Event):
    """A continuity test outside a call (CCR), which testContinuity asked for, ended."""

    trunk: str
    circuit: int
    ok: bool


class ExchangeCongested(Event):
    """The far exchange is congested, level 1 or more, or no more (0); calls are held back."""

    trunk: str
    level: int


class OperatorSignal(CallEvent):
    """An operator's signal during a call: FOT (help is wanted), OPR, CCL, MAL (TUP)."""

    signal: str


class ChargeAdvised(CallEvent):
    """Charging of a call: metering pulses (MPM), or information in an agreed format (CHG)."""

    pulses: int = 0
    data: str = ""
    """Hexadecimal."""


class SignallingFault(Event):
    """The far end of an SS7 link broke the protocol; counted, answered as the clause says."""

    point: str
    link: str
    """"": not of one link."""
    kind: str
    text: str
    clause: str
    raw: str
    """Hexadecimal."""
