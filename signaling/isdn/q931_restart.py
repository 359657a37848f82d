"""The global call reference: RESTART both ways (5.5; 5.8.3.2 f to i).

Restarts that we ask for and that the far end asks for are independent (5.5.1), so there is one
machine for each: the call reference flag of the message tells which is meant.
"""

from __future__ import annotations

from typing import Final

from ..call import CHANNEL_OUT_OF_SERVICE, CHANNEL_RESTARTING, RestartDone
from ..fsm import Machine, error, handled, ignored
from .elements import (
    CHANNEL_IDENTIFICATION,
    RESTART_INDICATOR,
    CallState,
    Cause,
    ChannelIdentification,
    RestartIndicator,
)
from .messages import RESTART, RESTART_ACKNOWLEDGE, STATUS, Message, encode, name_of
from .messages_check import MANDATORY_CONTENT, check
from .q931_call import TEMPORARY_FAILURE, Layer3
from .q931_config import T316
from .q931_faults import KINDS
from .q931_numbering import identification, interface_channels, numbers_of

REST0: Final = 0
REST1: Final = 1
REST2: Final = 2
STATE_NAMES: Final = {REST0: "Null", REST1: "Restart request", REST2: "Restart"}
ON_WIRE: Final = (0, 61, 62)
"""Call state values of the global call reference (4.5.7)."""

RESTART_REQ: Final = 0
RESTART_RESP: Final = 1
RESTART_IND: Final = 2
RESTART_ACK: Final = 3
STATUS_IND: Final = 4
OTHER: Final = 5
T316_EXPIRY: Final = 6
LINK_LOST: Final = 7
LINK_BACK: Final = 8
INPUT_NAMES: Final = {
    RESTART_REQ: "RESTART REQUEST",
    RESTART_RESP: "RESTART RESPONSE",
    RESTART_IND: "RESTART",
    RESTART_ACK: "RESTART ACKNOWLEDGE",
    STATUS_IND: "STATUS",
    OTHER: "any other message",
    T316_EXPIRY: "T316",
    LINK_LOST: "DL-RELEASE INDICATION",
    LINK_BACK: "DL-ESTABLISH",
}

INDICATED_CHANNELS: Final = 0
SINGLE_INTERFACE: Final = 6
ALL_INTERFACES: Final = 7
MOST_TRIES: Final = 2
"""RESTART messages without an answer before the channels go out of service (5.5.1)."""
INVALID_REFERENCE: Final = 81
NO_SUCH_CHANNEL: Final = 82
MANDATORY_MISSING: Final = 96
NOT_IMPLEMENTED: Final = 97
INVALID_CONTENT: Final = 100
_T316_KEY: Final = T316 - 300


class Job:
    """A restart that was asked for here: ``steps`` are the RESTART messages still to be sent."""

    def __init__(self, channels: tuple[int, ...], steps: list[tuple[int, ...]]) -> None:
        self.channels: Final = channels
        self.steps: Final = steps
        self.ok: bool = True


class GlobalReference:
    """One of the two machines. ``flag``: 0 where we ask, 1 where the far end does."""

    def __init__(self, layer3: Layer3, flag: int) -> None:
        self.layer3: Final = layer3
        self.flag: Final = flag
        self.state: int = REST0
        self.tries: int = 0
        self.jobs: Final[list[Job]] = []
        """The first one is under way in REST1."""

    def send(self, type: int, elements: list[ChannelIdentification | RestartIndicator]) -> None:
        self.layer3.units.append(encode(0, self.flag, type, [*elements]))

    def send_status(self, value: int) -> None:
        """STATUS with the global call reference (5.8.3.2 f, i; 5.8.6)."""
        elements = [Cause(value, self.layer3.location), CallState(ON_WIRE[self.state])]
        self.layer3.units.append(encode(0, self.flag, STATUS, [*elements]))

    def step_channels(self) -> tuple[int, ...]:
        """The channels of the RESTART that is under way."""
        return self.jobs[0].steps[0] or self.layer3.config.channels

    def put_back(self, channel: int) -> None:
        """To idle, unless a RESTART that has still to be sent is for the channel too."""
        for job in self.jobs:
            for step in job.steps:
                if not step or channel in step:
                    return
        self.layer3.channels.put_back(channel)


def send_restart(machine: GlobalReference, now: int) -> None:
    """RESTART for the step that is under way, and T316 (5.5.1)."""
    step = machine.jobs[0].steps[0]
    if step:
        indicator = RestartIndicator(INDICATED_CHANNELS)
        if len(step) == 1:
            element = identification(machine.layer3.config, step[0], True)
        else:
            element = ChannelIdentification(step, True)
        machine.send(RESTART, [element, indicator])
    else:
        machine.send(RESTART, [RestartIndicator(SINGLE_INTERFACE)])
    machine.layer3.start_timer(_T316_KEY, now + machine.layer3.duration[_T316_KEY])


def restart_request(machine: GlobalReference, now: int) -> None:
    """5.5.1: the next RESTART of the first job."""
    # The far end may have put its channels into use again since the restart was asked for.
    block(machine.layer3, machine.step_channels(), not machine.jobs[0].steps[0])
    machine.tries = 1
    machine.state = REST1
    send_restart(machine, now)


def acknowledge_received(machine: GlobalReference, message: Message, now: int) -> None:
    """5.5.1: the channels that the far end names are idle at both ends."""
    layer3 = machine.layer3
    element = message.find(CHANNEL_IDENTIFICATION)
    step = machine.step_channels()
    done = step
    if machine.jobs[0].steps[0] and isinstance(element, ChannelIdentification):
        done = numbers_of(layer3.config, element) or done
    if set(step).isdisjoint(done):
        # A RESTART that was sent twice, by T316 or for a new data link, is answered twice.
        repeated_acknowledge(machine, message, now)
        return
    layer3.deadlines.pop(_T316_KEY, None)
    job = machine.jobs[0]
    job.steps.pop(0)
    for channel in step:
        if channel in done:
            machine.put_back(channel)
        else:
            layer3.channels.withdraw(channel, CHANNEL_OUT_OF_SERVICE)
            job.ok = False
    next_step(machine, now)


def next_step(machine: GlobalReference, now: int) -> None:
    """Go on with the job, or report it and begin the next one."""
    job = machine.jobs[0]
    if not job.steps:
        machine.jobs.pop(0)
        machine.layer3.happened.append(RestartDone(job.channels, True, job.ok))
    if machine.jobs:
        restart_request(machine, now)
    else:
        machine.state = REST0


def t316_expiry(machine: GlobalReference, now: int) -> None:
    """5.5.1: RESTART again, or the channels of the whole job go out of service."""
    if machine.tries < MOST_TRIES:
        machine.tries += 1
        send_restart(machine, now)
        return
    give_up(machine, CHANNEL_OUT_OF_SERVICE, now)


def give_up(machine: GlobalReference, state: int, now: int) -> None:
    """The far end does not restart: what is left of the job gets this channel state."""
    layer3 = machine.layer3
    job = machine.jobs[0]
    steps = [*job.steps]
    job.steps.clear()
    job.ok = False
    for step in steps:
        for channel in step or layer3.config.channels:
            if state == CHANNEL_OUT_OF_SERVICE:
                layer3.channels.withdraw(channel, state)
            else:
                machine.put_back(channel)
    next_step(machine, now)


def status_received(machine: GlobalReference, message: Message, now: int) -> None:
    """5.8.11: the far end complains. Does it not know RESTART, the channels stay in use."""
    read = message.cause()
    value = read.value if read is not None else 0
    layer3 = machine.layer3
    layer3.fault("restart_status", f"STATUS to our RESTART, cause {value}", "5.8.11", message.raw)
    if value == NOT_IMPLEMENTED:
        layer3.deadlines.pop(_T316_KEY, None)
        give_up(machine, 0, now)


def link_lost(machine: GlobalReference, now: int) -> None:
    """No answer can come."""
    machine.layer3.deadlines.pop(_T316_KEY, None)


def link_back(machine: GlobalReference, now: int) -> None:
    """RESTART may be lost: send it anew."""
    send_restart(machine, now)


def link_first(machine: GlobalReference, now: int) -> None:
    """Restarts asked for without a link begin now."""
    if machine.jobs:
        restart_request(machine, now)


def restart_received(machine: GlobalReference, message: Message, now: int) -> None:
    """5.5.2: clear the calls of these channels internally, then RESTART ACKNOWLEDGE."""
    layer3 = machine.layer3
    indicator = message.find(RESTART_INDICATOR)
    element = message.find(CHANNEL_IDENTIFICATION)
    class_ = indicator.class_ if isinstance(indicator, RestartIndicator) else -1
    channels = layer3.config.channels
    if class_ == INDICATED_CHANNELS:
        if not isinstance(element, ChannelIdentification):
            refuse(machine, message, MANDATORY_MISSING, "Channel identification is missing")
            return
        named = numbers_of(layer3.config, element)
        channels = tuple([n for n in named if layer3.channels.exists(n)])
        if not channels:
            refuse(machine, message, NO_SUCH_CHANNEL, f"no such channels: {element.channels}")
            return
    elif class_ == SINGLE_INTERFACE and isinstance(element, ChannelIdentification):
        channels = interface_channels(layer3.config, element)
    elif class_ not in (SINGLE_INTERFACE, ALL_INTERFACES):
        refuse(machine, message, INVALID_CONTENT, f"restart class {class_} has no meaning")
        return
    machine.state = REST2
    clear_internally(layer3, channels, class_ != INDICATED_CHANNELS, False)
    restart_response(machine, message, channels)


def restart_response(machine: GlobalReference, message: Message, channels: tuple[int, ...]) -> None:
    """5.5.2: all is idle here. Channels that we restart too wait for our own acknowledgement."""
    layer3 = machine.layer3
    for channel in channels:
        if not layer3.channels.is_restarting(channel):
            layer3.channels.put_back(channel)
    elements: list[ChannelIdentification | RestartIndicator] = []
    element = message.find(CHANNEL_IDENTIFICATION)
    if isinstance(element, ChannelIdentification):
        elements.append(element)
    indicator = message.find(RESTART_INDICATOR)
    if isinstance(indicator, RestartIndicator):
        elements.append(indicator)
    machine.send(RESTART_ACKNOWLEDGE, elements)
    machine.state = REST0
    layer3.happened.append(RestartDone(channels, False, True))


def refuse(machine: GlobalReference, message: Message, value: int, text: str) -> None:
    """A RESTART that cannot be served."""
    machine.layer3.fault("restart", f"RESTART: {text}", "5.5.2, 5.8.6", message.raw)
    machine.send_status(value)


def clear_internally(
    layer3: Layer3, channels: tuple[int, ...], all_calls: bool, local: bool
) -> None:
    """5.5: the calls end without a message. Those without a channel end with the interface."""
    for call in [*layer3.calls.values()]:
        if call.channel in channels or (all_calls and not call.channel):
            call.end(TEMPORARY_FAILURE, layer3.location, local)


def block(layer3: Layer3, channels: tuple[int, ...], all_calls: bool) -> None:
    """5.5.1: nobody uses the channels from now on, and the calls on them end."""
    for channel in channels:
        layer3.channels.withdraw(channel, CHANNEL_RESTARTING)
    clear_internally(layer3, channels, all_calls, True)


def begin(machine: GlobalReference, channels: tuple[int, ...]) -> None:
    """Clear the channels and queue the RESTART messages for them; () means the interface."""
    layer3 = machine.layer3
    block(layer3, channels or layer3.config.channels, not channels)
    if layer3.config.interfaces:
        # "This interface" would be but one of them.
        channels = channels or layer3.config.channels
    steps: list[tuple[int, ...]]
    if channels and layer3.config.variant.restart_each:
        steps = [(channel,) for channel in channels]
    else:
        steps = [channels]
    machine.jobs.append(Job(channels or layer3.config.channels, steps))


def unexpected(machine: GlobalReference, message: Message, now: int) -> None:
    """5.8.3.2 f, i: STATUS with cause 81."""
    machine.layer3.fault(
        "unknown_call_reference",
        f"{name_of(message.type)} with the global call reference, flag {message.flag}",
        "5.8.3.2",
        message.raw,
    )
    machine.send_status(INVALID_REFERENCE)


def repeated_acknowledge(machine: GlobalReference, message: Message, now: int) -> None:
    """A late RESTART ACKNOWLEDGE: nobody waits for it."""
    machine.layer3.fault(
        "unexpected_message", "RESTART ACKNOWLEDGE without a RESTART", "5.8.4", message.raw
    )


def examine(machine: GlobalReference, message: Message) -> bool:
    """5.8.5 to 5.8.7 for messages of the global call reference. False: not to be served."""
    findings = check(message)
    for finding in findings:
        machine.layer3.fault(
            KINDS[finding.kind],
            f"{name_of(message.type)}: {finding.text}",
            finding.clause,
            message.raw,
        )
    if findings and findings[0].kind <= MANDATORY_CONTENT:
        if message.type != STATUS:
            machine.send_status(findings[0].cause)
        return False
    return True


_LEFT_AT_ONCE: Final = ignored("5.5.2: our clearing takes no time, the state is left as entered")

GLOBAL: Final = Machine(
    "Q.931 global call reference",
    STATE_NAMES,
    INPUT_NAMES,
    {
        REST0: {
            RESTART_REQ: handled(restart_request, "5.5.1", REST1),
            RESTART_RESP: ignored("5.5.2: nothing was asked"),
            RESTART_IND: handled(restart_received, "5.5.2", REST0),
            RESTART_ACK: error(repeated_acknowledge, "5.8.4", REST0),
            STATUS_IND: ignored("5.8.11: nothing to compare it with"),
            OTHER: error(unexpected, "5.8.3.2 f", REST0),
            T316_EXPIRY: ignored("9.2: it does not run in this state"),
            LINK_LOST: ignored("5.8.9"),
            LINK_BACK: handled(link_first, "5.5.1", REST0, REST1),
        },
        REST1: {
            RESTART_REQ: ignored("5.5.1: it waits for the one that is under way"),
            RESTART_RESP: ignored("5.5.1: our own calls were cleared before RESTART"),
            RESTART_IND: error(unexpected, "5.8.3.2 i", REST1),
            RESTART_ACK: handled(acknowledge_received, "5.5.1", REST0, REST1),
            STATUS_IND: handled(status_received, "5.8.11", REST0, REST1),
            OTHER: error(unexpected, "5.8.3.2 f", REST1),
            T316_EXPIRY: handled(t316_expiry, "5.5.1", REST0, REST1),
            LINK_LOST: handled(link_lost, "5.8.9", REST1),
            LINK_BACK: handled(link_back, "5.5.1, 5.8.9", REST1),
        },
        REST2: {
            RESTART_REQ: _LEFT_AT_ONCE,
            RESTART_RESP: handled(restart_response, "5.5.2", REST0),
            RESTART_IND: _LEFT_AT_ONCE,
            RESTART_ACK: _LEFT_AT_ONCE,
            STATUS_IND: _LEFT_AT_ONCE,
            OTHER: _LEFT_AT_ONCE,
            T316_EXPIRY: _LEFT_AT_ONCE,
            LINK_LOST: _LEFT_AT_ONCE,
            LINK_BACK: _LEFT_AT_ONCE,
        },
    },
)


def input_of(message: Message, asking: bool) -> int:
    """The input that a message of the global call reference is (5.8.3.2 f, i)."""
    if message.type == STATUS:
        return STATUS_IND
    if message.type == RESTART and not asking:
        return RESTART_IND
    if message.type == RESTART_ACKNOWLEDGE and asking:
        return RESTART_ACK
    return OTHER
