"""Calls and their messages: a trunk's incoming calls wait for what the message desk link tells of
them, and calls to an outside message desk are told to it.

Only trunks with a line of a message desk have one of these; a call that is held is not known to
clients yet, and what its signalling tells of it meanwhile is kept in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..signaling.call import (
    CHANNEL_IDLE,
    CallDisconnected,
    CallOffered,
    CallReleased,
    CallRequest,
    PartyNumber,
    SignallingEvent,
)
from ..signaling.smdi.codec import DIRECT, KIND_OF_REASON, UNKNOWN, CallHistory
from ..signaling.smdi.events import Terminal
from . import events_smdi as ev

if TYPE_CHECKING:
    from .calls import Call
    from .smdi_desk import DeskLink
    from .smdi_exchange import ExchangeLink
    from .trunk import Trunk

FIELDS: Final = (
    "called",
    "calling",
    "channel",
    "exclusive",
    "complete",
    "bearer",
    "display",
    "keypad",
    "user_user",
    "category",
    "redirecting",
    "original_called",
    "redirect_reason",
    "redirect_count",
    "hop_counter",
    "fallback",
    "access",
)
"""Of a call's request, as its constructor names them."""

ALLOWED: Final = 0
"""Presentation of Q.931 4.5.10."""


class DeskLines:
    """Lines of a trunk that are terminals of message desks, ours or outside ones."""

    def __init__(self, trunk: Trunk) -> None:
        self.trunk: Final = trunk
        self.ours: Final[dict[int, tuple[DeskLink, Terminal]]] = {}
        """By channel: calls come in with their message."""
        self.outside: Final[dict[int, tuple[ExchangeLink, Terminal]]] = {}
        """By channel: calls go out with theirs."""
        self._held: Final[dict[int, list[SignallingEvent]]] = {}
        """By handle: calls that wait, and what was told of them since."""
        self._channels: Final[dict[int, int]] = {}
        """The channel of each call on a terminal, by handle."""

    # Calls that come in

    def holds(self, event: SignallingEvent, now: int) -> bool:
        """True: the event waits with its call, and is handled later."""
        if isinstance(event, CallOffered):
            return self._offered(event, now)
        handle = getattr(event, "call", 0)
        over = isinstance(event, CallReleased)
        held = self._held.get(handle)
        if held is not None:
            if not (over or isinstance(event, CallDisconnected)):
                held.append(event)
                return True
            if over:  # its signalling knows it no more: nobody can be told of it
                del self._held[handle]
                self.ours[self._channels[handle]][0].engine.count("gave_up")
            else:
                self._go_on(handle, None, now)
        if over and handle in self._channels:
            channel = self._channels.pop(handle)
            link, terminal = self.ours[channel]
            link.call_ended(terminal, now)
        return False

    def _offered(self, event: CallOffered, now: int) -> bool:
        place = self.ours.get(event.channel)
        if place is None:
            return False
        link, terminal = place
        self._channels[event.call] = event.channel
        # A number that comes in pieces cannot wait; what the message tells is told later.
        if event.request.complete:
            self._held[event.call] = [event]
        link.call_offered(terminal, now)
        return event.request.complete

    def _handle_of(self, channel: int) -> int:
        for handle, each in self._channels.items():
            if each == channel:
                return handle
        return 0

    def identified(self, channel: int, history: CallHistory, now: int) -> None:
        """The message of the call on a line is there."""
        handle = self._handle_of(channel)
        if handle in self._held:
            self._go_on(handle, history, now)
            return
        call = self.trunk.calls.get(handle)
        if call is None:
            return
        call.request = with_history(call.request, history)
        if history.calling:
            call.calling = history.calling
        told = (call.calling, history.forwarding, history.reason)
        self.trunk.node.tell_call(ev.CallRedirected, call, *told)

    def unidentified(self, channel: int, now: int) -> None:
        """The call on a line goes on without its message."""
        handle = self._handle_of(channel)
        if handle in self._held:
            self._go_on(handle, None, now)

    def _go_on(self, handle: int, history: CallHistory | None, now: int) -> None:
        """Tell a call that was held, and all that happened to it since."""
        offered, *rest = self._held.pop(handle)
        assert isinstance(offered, CallOffered)
        request = offered.request
        if history is not None:
            request = with_history(request, history)
        self.trunk.handle_now(CallOffered(offered.call, offered.channel, request), now)
        for event in rest:
            self.trunk.handle_now(event, now)

    def let_go(self, now: int) -> None:
        """The daemon stops: nobody waits any more."""
        for handle in list(self._held):
            self._go_on(handle, None, now)

    # Calls that go out

    def choose(self, request: CallRequest) -> CallRequest:
        """The same call with its line chosen, where the lines belong to an outside desk: which one
        it is must be known to tell the desk."""
        if not self.outside or (request.channel and request.exclusive):
            return request
        wanted = [request.channel] if request.channel in self.outside else []
        for channel in (*wanted, *self.outside):
            if self._is_free(channel):
                return copied(request, channel=channel, exclusive=True)
        return request

    def _is_free(self, channel: int) -> bool:
        trunk = self.trunk
        idle = trunk.channel_state.get(channel) == CHANNEL_IDLE
        return idle and channel not in trunk.by_channel

    def placed(self, call: Call, now: int) -> None:
        """A call was placed, and its line is not taken yet: if it is a desk's, tell the desk."""
        channel = call.request.channel
        place = self.outside.get(channel)
        if place is not None and call.request.exclusive and self._is_free(channel):
            link, terminal = place
            link.tell_call(terminal, call.request, now)


def copied(request: CallRequest, **changes: Any) -> CallRequest:
    """The same request but for some of its fields."""
    fields = {name: getattr(request, name) for name in FIELDS}
    return CallRequest(**{**fields, **changes})


def with_history(request: CallRequest, history: CallHistory) -> CallRequest:
    """The request with what the message tells: who calls, who diverted the call, and why. SMDI
    names one number only: it stands for the first and for the last who diverted it."""
    changes: dict[str, Any] = {}
    if history.calling:
        changes["calling"] = PartyNumber(history.calling)
    if history.forwarding:
        changes["redirecting"] = PartyNumber(history.forwarding)
        changes["original_called"] = PartyNumber(history.forwarding)
        changes["redirect_reason"] = history.reason
    return copied(request, **changes)


def handed_on(request: CallRequest, call: Call) -> CallRequest:
    """The request with what it leaves open taken from the call that it hands on. A call that
    nobody diverted yet is diverted by whom it was for."""
    theirs = call.request
    changes: dict[str, Any] = {}
    if request.calling is None:
        withheld = theirs.calling is not None and theirs.calling.presentation != ALLOWED
        if withheld or not call.calling:
            changes["calling"] = theirs.calling
        else:
            changes["calling"] = PartyNumber(call.calling)
    if request.redirecting is None:
        last = theirs.redirecting or (PartyNumber(call.called) if call.called else None)
        if last is not None:
            changes["redirecting"] = last
            changes["redirect_count"] = theirs.redirect_count
            if request.redirect_reason == 0:
                changes["redirect_reason"] = theirs.redirect_reason
    if request.original_called is None:
        changes["original_called"] = theirs.original_called
    return copied(request, **changes)


def history_of(
    request: CallRequest, terminal: Terminal, first: bool, keep: int, lengths: tuple[int, ...]
) -> CallHistory:
    """What a message desk is told of a call. A number that is withheld, or that the desk could not
    believe (``lengths``), is left out; ``keep``: its last so many digits are sent, 0: all."""
    last, original = request.redirecting, request.original_called
    diverted = (original or last) if first else (last or original)
    kind = DIRECT if diverted is None else KIND_OF_REASON.get(request.redirect_reason, UNKNOWN)
    forwarding = _digits(diverted, keep, lengths, True)
    calling = _digits(request.calling, keep, lengths, False)
    return CallHistory(terminal[0], terminal[1], kind, forwarding, calling)


def _digits(
    number: PartyNumber | None, keep: int, lengths: tuple[int, ...], withheld_too: bool
) -> str:
    if number is None or (number.presentation != ALLOWED and not withheld_too):
        return ""
    digits = number.digits[-keep:] if keep else number.digits
    if not (digits.isascii() and digits.isdigit()) or (lengths and len(digits) not in lengths):
        return ""
    return digits
