"""Active calls of a process that is no more: kept by the far end, gone on with here.

For the far end our process's end is the loss of its data link: an active call waits for T309
(5.8.9 b). When the link is back the call is asked for as after any loss (5.8.9, 5.8.10): STATUS
ENQUIRY, T322. STATUS with call state 10 confirms it; what else comes ends it, as 5.8.11 has it.
What is not adopted is returned to idle by RESTART, a message a channel: those of adopted calls must
not be named, and a list of channels is read as the whole interface by some far ends.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import KeptCall
from ..call_kept import FAR_REFERENCE
from . import q931_restart as restart
from .q931_call import Call, Layer3
from .q931_config import T309, check_place
from .q931_states import ACTIVE

MOST: Final = 0x7FFF
"""Call reference values of two octets (4.3)."""


def keep(layer3: Layer3, handle: int) -> KeptCall | None:
    """What to write down of a call, if it is active on a channel."""
    call = layer3.calls.get(handle)
    if call is None or call.state != ACTIVE or not call.channel:
        return None
    return KeptCall(call.channel, call.flag == 0, call.key)


def adopt(layer3: Layer3, handle: int, kept: KeptCall, now: int) -> None:
    """A call in the Active state under this handle. T309 runs as the link is not up yet (5.8.9)."""
    channel = kept.channel
    check_place(channel, layer3.config.channels)
    reference = kept.reference & MOST
    if not reference or not 0 < kept.reference <= FAR_REFERENCE + MOST:
        raise LocalError(f"call reference {kept.reference} is none of Q.931's")
    if not channel or not layer3.channels.is_idle(channel):
        raise LocalError(f"B-channel {channel} is not idle: its call cannot be adopted")
    call = Call(layer3, handle, reference, 1 if kept.reference & FAR_REFERENCE else 0)
    if call.key in layer3.references:
        raise LocalError(f"call reference {kept.reference} has a call already")
    call.register()
    layer3.channels.seize(channel, handle)
    layer3.adopted.append(channel)
    call.channel = channel
    call.complete = True
    call.adopted = True
    call.state = ACTIVE
    call.start(T309, now)


def last_reference(layer3: Layer3) -> int:
    """The call reference value behind which new ones are chosen: in the middle of the widest gap
    between those of ours that were adopted.

    The far end may still have other calls of ours, with references near these: a SETUP with one of
    theirs would be passed over (5.8.3.2 e).
    """
    own = sorted([key for key in layer3.references if key < FAR_REFERENCE])
    if not own:
        return 0
    start = own[-1]
    widest = own[0] + MOST - start
    low = own[0]
    for high in own:
        if high - low > widest:
            start = low
            widest = high - low
        low = high
    return (start + widest // 2 - 1) % MOST + 1


def restart_others(machine: restart.GlobalReference, now: int) -> None:
    """The link is up for the first time: RESTART what no adopted call has. Without
    ``restart_on_start`` these are the channels of calls that ended before the far end could be told
    of it."""
    layer3 = machine.layer3
    adopted = layer3.adopted
    if not adopted:
        restart.begin(machine, ())
        return
    numbers = layer3.config.channels if layer3.config.restart_on_start else sorted(adopted)
    holder = layer3.channels.holder
    channels = tuple([number for number in numbers if not holder[number]])
    adopted.clear()
    if channels:
        restart.block(layer3, channels, False)
        machine.jobs.append(restart.Job(channels, [(channel,) for channel in channels]))
