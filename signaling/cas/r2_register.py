"""The register of a channel, whichever kind the trunk has: MF, DTMF or decadic pulses."""

from __future__ import annotations

from . import r2_register_digits as plain
from . import r2_register_in as incoming
from . import r2_register_out as outgoing
from . import r2_states as s
from .r2_channel import MFC, Channel


def start_outgoing(channel: Channel, now: int) -> None:
    """Seizure is acknowledged: the number is to be sent."""
    channel.take_sound(True)
    if channel.core.kind == MFC:
        outgoing.start(channel, now)
    else:
        plain.start_outgoing(channel, now)


def start_incoming(channel: Channel, now: int) -> None:
    """The channel is seized: the number is to come."""
    channel.take_sound(False)
    if channel.core.kind == MFC:
        incoming.start(channel, now)
    else:
        plain.start_incoming(channel, now)


def stop(channel: Channel) -> None:
    """Whatever it does, it ends."""
    outgoing.stop(channel)
    incoming.stop(channel)
    plain.stop(channel)
    channel.listen(0)


def digits_given(channel: Channel, now: int) -> None:
    """Outgoing: the application gave more digits."""
    if channel.core.kind == MFC:
        outgoing.serve(channel, s.F_DIGITS, 0, now)
    else:
        plain.serve(channel, s.P_GIVEN, 0, now)


def decided(channel: Channel, now: int) -> None:
    """Incoming: the application decided, or said that the number is complete."""
    if channel.core.kind == MFC:
        incoming.serve(channel, s.B_DECIDED, 0, now)
    else:
        plain.serve(channel, s.P_DECIDED, 0, now)
