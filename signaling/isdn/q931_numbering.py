"""Channel numbers of an engine and Channel identification elements (4.5.13).

Without NFAS a channel's number is its timeslot, and the interface is implicit. With NFAS it is the
interface identifier * 32 + the timeslot, and the identifier is explicit in the element.
"""

from __future__ import annotations

from .elements_call import ChannelIdentification, b_channel
from .q931_config import INTERFACE, PriConfig


def identification(config: PriConfig, number: int, exclusive: bool) -> ChannelIdentification:
    """The element for one B-channel, made once for each."""
    if not config.interfaces:
        return b_channel(number, exclusive)
    return b_channel(number % INTERFACE, exclusive, number // INTERFACE)


def numbers_of(config: PriConfig, element: ChannelIdentification) -> tuple[int, ...]:
    """The numbers of the channels that an element names. An implicit interface is the one with the
    D-channel."""
    if not config.interfaces:
        return element.channels
    interface = element.interface if element.interface >= 0 else config.interfaces[0]
    return tuple([interface * INTERFACE + channel for channel in element.channels])


def interface_channels(config: PriConfig, element: ChannelIdentification) -> tuple[int, ...]:
    """All B-channels of the interface that an element names."""
    if not config.interfaces:
        return config.channels
    interface = element.interface if element.interface >= 0 else config.interfaces[0]
    return tuple([n for n in config.channels if n // INTERFACE == interface])
