"""One channel whose calls the board controls: its call, what answers its inputs, and what the
channels of a trunk share. board_calls_table.py draws the machine.
"""

from __future__ import annotations

from typing import Final

from ..board.call_control import (
    CallAnswered,
    CallArrived,
    CallControl,
    CallEnded,
    ChannelCondition,
    ControlEvent,
    LineType,
    NumberGrew,
)
from ..errors import DriverError
from . import board_calls_states as s
from .call import (
    CHANNEL_BUSY,
    CHANNEL_OUT_OF_SERVICE,
    CallAlerting,
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallProceeding,
    CallReleased,
    CallRequest,
    DigitsReceived,
    PartyNumber,
    ProtocolFault,
    SignallingEvent,
)
from .isdn.q931_channels import NOBODY, Channels

NEVER: Final = 1 << 62
LOCATION: Final = 3
"""Transit network (Q.850 table 1): a board does not say who clears."""

NORMAL: Final = 16
NORMAL_UNSPECIFIED: Final = 31
OUT_OF_ORDER: Final = 27
CONGESTION: Final = 42
NOT_AVAILABLE: Final = 44
TEMPORARY_FAILURE: Final = 41
"""Causes of Q.850."""


class Shared:
    """What the channels of a trunk share: what happened, timers, calls."""

    def __init__(
        self, numbers: tuple[int, ...], selection: str, tones: bool, clear_time: int
    ) -> None:
        self.happened: list[SignallingEvent] = []
        self.channels: Final = Channels(numbers, selection, self.happened)
        self.calls: Final[dict[int, BoardChannel]] = {}
        """The channel of each call, by handle."""
        self.tones: Final = tones
        self.clear_time: Final = clear_time
        self.deadlines: Final[dict[int, int]] = {}
        """By channel: when the board must have become idle."""
        self.earliest: int = NEVER
        self.totals: Final[dict[str, int]] = {}
        self.draining: bool = False
        self.last_handle: int = 0

    def count(self, what: str) -> None:
        self.totals[what] = self.totals.get(what, 0) + 1

    def next_handle(self) -> int:
        self.last_handle += 1
        return self.last_handle


class BoardChannel:
    """A channel and its call. ``event``: what the board told that is being taken."""

    def __init__(self, shared: Shared, number: int, control: CallControl) -> None:
        self.shared: Final = shared
        self.number: Final = number
        self.control: Final = control
        self.state: int = s.OUT_OF_SERVICE
        self.call: int = NOBODY
        self.request: CallRequest | None = None
        self.outgoing: bool = False
        self.cause: int = 0
        """Why it is being cleared, by us or by the far end."""
        self.local: bool = False
        self.event: ControlEvent | None = None
        self.block_wanted: bool = False
        self.refusal: str = ""
        """What the board said to the last command, "" when it took it."""

    # Towards the board

    def hang_up(self, cause: int, now: int) -> None:
        """To CLEARING: the board says when it is idle, or the guard time is over."""
        shared = self.shared
        self.state = s.CLEARING
        due = now + shared.clear_time
        shared.deadlines[self.number] = due
        if due < shared.earliest:
            shared.earliest = due
        try:
            self.control.hang_up(cause)
        except DriverError as exc:
            self.refused(exc)

    def refused(self, why: DriverError) -> None:
        self.refusal = str(why)
        self.shared.count("refused")

    # Towards the daemon

    def report(self, event: SignallingEvent) -> None:
        self.shared.happened.append(event)

    def fault(self, kind: str, text: str) -> None:
        """The board broke the contract of board/call_control.py."""
        self.shared.count(kind)
        self.report(ProtocolFault(kind, f"channel {self.number}: {text}", "call_control.py", b""))

    def take(self, handle: int, request: CallRequest, outgoing: bool) -> None:
        """A call has the channel from now on."""
        channels = self.shared.channels
        self.call = handle
        self.request = request
        self.outgoing = outgoing
        self.cause = 0
        self.local = False
        self.shared.calls[handle] = self
        if channels.is_idle(self.number):
            channels.seize(self.number, handle)
        else:
            channels.withdraw(self.number, CHANNEL_BUSY)
            channels.holder[self.number] = handle

    def drop(self) -> None:
        """The call is over; the channel stays as it is."""
        handle = self.call
        if handle == NOBODY:
            return
        self.call = NOBODY
        self.request = None
        del self.shared.calls[handle]
        self.shared.channels.holder[self.number] = NOBODY
        cause = self.cause or NORMAL_UNSPECIFIED
        self.report(CallReleased(handle, self.number, cause, LOCATION, self.local))

    def rest(self) -> None:
        """To IDLE, without a call."""
        self.drop()
        self.shared.deadlines.pop(self.number, None)
        self.state = s.IDLE
        self.shared.channels.put_back(self.number)

    def leave(self) -> None:
        """To OUT_OF_SERVICE, without a call."""
        self.drop()
        self.shared.deadlines.pop(self.number, None)
        self.state = s.OUT_OF_SERVICE
        self.shared.channels.withdraw(self.number, CHANNEL_OUT_OF_SERVICE)


# Requests


def place(channel: BoardChannel, now: int) -> None:
    """The call that was taken is dialled; where the board refuses it ``refusal`` says why."""
    request = channel.request
    assert request is not None
    channel.refusal = ""
    calling = request.calling
    try:
        channel.control.dial(request.called.digits, calling.digits if calling is not None else "")
    except DriverError as exc:
        channel.refused(exc)
        return
    channel.state = s.DIALLING


def alert(channel: BoardChannel, now: int) -> None:
    try:
        channel.control.alert()
    except DriverError as exc:
        channel.refused(exc)


def answer(channel: BoardChannel, now: int) -> None:
    """A board that does not answer keeps the call: the caller of ``answer`` is told."""
    channel.refusal = ""
    try:
        channel.control.answer()
    except DriverError as exc:
        channel.refused(exc)
        return
    channel.state = s.ANSWERING


def clear(channel: BoardChannel, now: int) -> None:
    channel.local = True
    channel.hang_up(channel.cause, now)


def restart(channel: BoardChannel, now: int) -> None:
    channel.cause = channel.cause or NORMAL_UNSPECIFIED
    channel.local = True
    channel.hang_up(NORMAL_UNSPECIFIED, now)


def look(channel: BoardChannel, now: int) -> None:
    """Out of service, or busy without a call: is it still?"""
    if channel.control.condition() is ChannelCondition.IDLE:
        channel.rest()


# What the board tells


def arrived(channel: BoardChannel, now: int) -> None:
    """A call comes in."""
    event = channel.event
    assert isinstance(event, CallArrived)
    shared = channel.shared
    shared.deadlines.pop(channel.number, None)
    tapped = channel.control.line is LineType.RECORDING
    request = CallRequest(
        PartyNumber(event.called),
        PartyNumber(event.calling) if event.calling else None,
        channel=channel.number,
        complete=event.complete,
        display=event.name,
        category=event.category,
    )
    handle = shared.next_handle()
    channel.take(handle, request, False)
    if shared.draining and not tapped:
        del shared.calls[handle]
        channel.call = NOBODY
        shared.channels.holder[channel.number] = NOBODY
        shared.count("drained")
        channel.hang_up(CONGESTION, now)
        return
    channel.state = s.OFFERED if event.complete else s.COLLECTING
    channel.report(CallOffered(handle, channel.number, request))


def arrived_late(channel: BoardChannel, now: int) -> None:
    """The board did not say that the last call was over."""
    channel.drop()
    arrived(channel, now)


def collided(channel: BoardChannel, now: int) -> None:
    """Glare: the board gave the channel to the call that came in."""
    channel.shared.count("collisions")
    channel.cause = NOT_AVAILABLE
    channel.drop()
    arrived(channel, now)


def out_of_turn(channel: BoardChannel, now: int) -> None:
    """A report that the state of the channel's call does not permit."""
    what = type(channel.event).__name__
    channel.fault("unexpected_report", f"{what} in state {s.STATE_NAMES[channel.state]!r}")


def grew(channel: BoardChannel, now: int) -> None:
    event = channel.event
    assert isinstance(event, NumberGrew)
    if event.complete:
        channel.state = s.OFFERED
    channel.report(DigitsReceived(channel.call, event.digits, event.complete))


def progressing(channel: BoardChannel, now: int) -> None:
    channel.report(CallProceeding(channel.call, channel.number, False))


def alerting(channel: BoardChannel, now: int) -> None:
    channel.state = s.RINGING
    channel.report(CallAlerting(channel.call, channel.number, True))


def answered(channel: BoardChannel, now: int) -> None:
    event = channel.event
    assert isinstance(event, CallAnswered)
    channel.state = s.TALKING
    channel.report(CallConnected(channel.call, channel.number, None, how=event.how))


def ended(channel: BoardChannel, now: int) -> None:
    """The far end has ended the call, or the board has."""
    event = channel.event
    assert isinstance(event, CallEnded)
    channel.cause = event.cause
    channel.local = not event.far
    tones = channel.shared.tones and event.far and not event.idle
    if event.far:
        channel.report(CallDisconnected(channel.call, event.cause, LOCATION, tones, event.how))
    if event.idle:
        channel.rest()
    elif tones:
        channel.state = s.TONES
    else:
        channel.hang_up(event.cause, now)


def cleared(channel: BoardChannel, now: int) -> None:
    """The end of what was hung up; the cause stays that of who began."""
    event = channel.event
    assert isinstance(event, CallEnded)
    if event.idle:
        channel.rest()


def over(channel: BoardChannel, now: int) -> None:
    """The channel is idle."""
    channel.rest()


def over_untold(channel: BoardChannel, now: int) -> None:
    """Idle, though no CallEnded came: the report may be older than the call."""
    if channel.control.condition() is ChannelCondition.BUSY:
        return
    channel.fault("end_not_told", "the board became idle without ending the call")
    channel.rest()


def seized(channel: BoardChannel, now: int) -> None:
    channel.state = s.SEIZED
    channel.shared.channels.withdraw(channel.number, CHANNEL_BUSY)


def out(channel: BoardChannel, now: int) -> None:
    """Out of service, with whatever call there was."""
    channel.cause = channel.cause or OUT_OF_ORDER
    if channel.call != NOBODY and channel.state != s.CLEARING:
        channel.report(CallDisconnected(channel.call, channel.cause, LOCATION, False))
    channel.leave()


def stuck(channel: BoardChannel, now: int) -> None:
    """The board did not become idle: the call is over, the channel of no use until it does."""
    channel.shared.count("stuck")
    channel.leave()
