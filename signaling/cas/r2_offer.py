"""An incoming call as the application hears of it, and its decisions as R2 says them."""

from __future__ import annotations

from typing import Final

from ..call import CallOffered, CallRequest, DigitsReceived, PartyNumber
from ..call_line import CallerIdentified
from . import r2_names as n
from .r2_channel import Call, Channel
from .r2_config import R2Config

CONGESTION: Final = 42
REJECTED: Final = 29
"""Facility rejected: the reason for which collect calls are refused."""


def offer(channel: Channel, complete: bool) -> None:
    """CallOffered, once; ``complete`` may follow later."""
    call = channel.call
    if call is not None:
        if complete and not call.complete:
            call.complete = True
            channel.event(DigitsReceived(call.handle, "", True))
        return
    core = channel.core
    inc = channel.inc
    request = CallRequest(
        PartyNumber(inc.digits),
        _calling(channel),
        channel=channel.number,
        complete=complete,
        category=_category(channel),
    )
    core.last_handle += 1
    call = Call(core.last_handle, request, False)
    call.channel = channel
    channel.call = call
    core.calls[call.handle] = call
    core.count("offered")
    channel.event(CallOffered(call.handle, channel.number, request))


def _calling(channel: Channel) -> PartyNumber | None:
    inc = channel.inc
    if inc.ani:
        return PartyNumber(inc.ani)
    return PartyNumber("", presentation=1) if inc.restricted else None


def caller_known(channel: Channel) -> None:
    """The caller's number has ended: told to the application if it has the call already."""
    call = channel.call
    if call is not None:
        calling = _calling(channel)
        channel.event(CallerIdentified(call.handle, calling, "", b"", "r2", None))


def _category(channel: Channel) -> int:
    """By the signal that answered CATEGORY, else by the one that answered COMPLETE."""
    inc = channel.inc
    rows = channel.core.config.rows
    if inc.category:
        return rows.category.get(inc.category, n.ORDINARY)
    return rows.purpose.get(inc.purpose, n.ORDINARY)


def more_digits(channel: Channel, digits: str) -> None:
    """Overlap: the call is offered as soon as dnis_min digits are there, the rest follows."""
    call = channel.call
    inc = channel.inc
    if call is not None:
        call.digits += digits
        channel.event(DigitsReceived(call.handle, digits, False))
    elif channel.core.config.overlap and len(inc.digits) >= channel.core.config.dnis_min:
        offer(channel, False)


def offered_or_refused(channel: Channel) -> bool:
    """The number is complete: the call is offered, unless it is one that is always refused. True:
    it is decided."""
    inc = channel.inc
    if channel.call is None and not inc.decision:
        inc.decision = _refusal(channel)
    if channel.call is not None or not inc.decision:
        offer(channel, True)
    return inc.decision != 0


def _refusal(channel: Channel) -> int:
    """What is refused without asking: calls while draining, collect calls that are not wanted."""
    config = channel.core.config
    if channel.core.draining:
        channel.core.count("refused_draining")
        return meaning_of_cause(config, CONGESTION)
    if config.collect == "refuse" and _category(channel) == n.COLLECT:
        channel.core.count("refused_collect")
        return meaning_of_cause(config, REJECTED)
    return 0


def meaning_of_cause(config: R2Config, cause: int) -> int:
    """The B meaning that says a Q.850 cause: the first fitting one that the variant has."""
    rows = config.rows
    own = rows.causes.get(cause, 0)
    fitting = (own,) if own else n.MEANINGS_OF_CAUSE.get(cause, n.MEANINGS_OF_OTHERS)
    for meaning in fitting:
        if rows.signal(rows.b, meaning):
            return meaning
    for meaning in rows.b.values():
        if meaning not in n.FREE:
            return meaning
    return n.B_CONGESTION


def free_meaning(config: R2Config) -> int:
    """The B meaning that says "free"."""
    rows = config.rows
    if not config.charge and rows.signal(rows.b, n.FREE_NO_CHARGE):
        return n.FREE_NO_CHARGE
    return n.FREE_CHARGE
