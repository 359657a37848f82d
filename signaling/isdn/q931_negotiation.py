"""Which B-channel a call gets: 5.1.2 (calls from the user), 5.2.3 (calls to the user), 5.7.

Until its SETUP is answered, the channel of a call that we place is only proposed. Where both
sides propose the same one, the network's choice wins (5.7): a user's call loses the channel and
gets another with the network's answer, or is refused.
"""

from __future__ import annotations

from typing import Final

from .elements import ANY_CHANNEL, AS_INDICATED, ChannelIdentification
from .messages import Message
from .q931_call import Call
from .q931_numbering import numbers_of
from .q931_states import CALL_INITIATED

CHANNEL_UNACCEPTABLE: Final = 6
NO_CIRCUIT: Final = 34
REQUESTED_NOT_AVAILABLE: Final = 44
NO_SUCH_CHANNEL: Final = 82


def accept_answered(call: Call, message: Message, now: int) -> bool:
    """The first answer to our SETUP says which channel it is (5.1.2, 5.2.3). False: released."""
    channels = call.layer3.channels
    element = message.channel()
    if element is None:
        if call.channel:
            return True
        # We lost ours to a call of the network's, and this answer grants that same one.
        call.refuse(REQUESTED_NOT_AVAILABLE, now)
        return False
    number = _single(call, element)
    if number == call.channel and number:
        return True
    if not channels.exists(number):
        call.refuse(NO_SUCH_CHANNEL, now)
        return False
    if call.exclusive or not (channels.is_idle(number) or _yields(call, number)):
        call.refuse(CHANNEL_UNACCEPTABLE, now)
        return False
    channels.free(call.channel, call.handle)
    _take(call, number)
    return True


def accept_offered(call: Call, element: ChannelIdentification | None) -> int:
    """Choose the channel of a call that comes in. 0, or the cause to refuse it with."""
    channels = call.layer3.channels
    if element is None or element.selection == ANY_CHANNEL:
        return _take_any(call)
    if element.selection != AS_INDICATED:
        return NO_CIRCUIT
    number = _single(call, element)
    if not channels.exists(number):
        return NO_SUCH_CHANNEL
    if channels.is_idle(number) or _yields(call, number):
        _take(call, number)
        return 0
    if element.exclusive:
        return REQUESTED_NOT_AVAILABLE
    return _take_any(call)


def _single(call: Call, element: ChannelIdentification) -> int:
    """The one B-channel that is meant, or 0 when it is not one."""
    if element.d_channel or not element.primary or len(element.channels) != 1:
        return 0
    return numbers_of(call.layer3.config, element)[0]


def _take_any(call: Call) -> int:
    number = call.layer3.channels.choose()
    if not number:
        return NO_CIRCUIT
    _take(call, number)
    return 0


def _take(call: Call, number: int) -> None:
    channels = call.layer3.channels
    if channels.is_idle(number):
        channels.seize(number, call.handle)
    else:
        channels.pass_on(number, call.handle)
    call.channel = number


def _yields(call: Call, number: int) -> bool:
    """5.7: does a call that we as the user only proposed hold the channel? It loses it."""
    layer3 = call.layer3
    other = layer3.calls.get(layer3.channels.holder[number])
    if layer3.network or other is None or other.state != CALL_INITIATED:
        return False
    other.channel = 0
    return True
