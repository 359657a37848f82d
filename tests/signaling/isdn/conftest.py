"""Random valid elements and messages, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn.messages_table import CONTENTS

DIGITS = "0123456789"
TEXT = "".join(chr(n) for n in range(0x20, 0x7F))
TYPES_OF_NUMBER = (0, 1, 2, 3, 4, 6)
PLANS = (0, 1, 3, 4, 8, 9)
LOCATIONS = (0, 1, 2, 3, 4, 5, 7, 10)
CAPABILITIES = (0x00, 0x08, 0x09, 0x10, 0x11, 0x18)
ROSE_RESULT = bytes.fromhex("a203020101")
"""Return result of invoke 1 without a result (Q.932 annex D)."""


def text(rng: random.Random, alphabet: str, least: int, most: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def v110(rng: random.Random) -> bytes:
    """Octets 5a and 5b. No more, as tshark reads 5b in both its forms, V.110's and V.120's, one
    after the other where figure 4-11 has either, and so goes astray on 5c.
    """
    octets = [
        rng.choice((0x00, 0x20, 0x40, 0x60)) | rng.choice((1, 2, 3, 5, 8, 14, 15, 30)),
        rng.choice((0x00, 0x20, 0x40, 0x60)) | rng.choice((0, 2, 4, 6, 0x1E)),
    ]
    return extended(octets[: rng.randint(1, 2)])


def extended(octets: list[int]) -> bytes:
    return bytes(octets[:-1]) + bytes([octets[-1] | 0x80])


def layers(rng: random.Random) -> dict[str, object]:
    """Mode, rate and layers of a bearer capability or low layer compatibility."""
    if rng.random() < 0.2:
        return {"mode": e.PACKET_MODE, "rate": 0, "layer1": -1, "layer2": 6, "layer3": 6}
    out: dict[str, object] = {"mode": e.CIRCUIT_MODE, "rate": rng.choice((0x10, 0x13, 0x17, 0x18))}
    if out["rate"] == e.MULTIRATE:
        out["multiplier"] = rng.randint(2, 30)
    out["layer1"] = rng.choice((-1, 2, 3, 5, 1, 9))
    if out["layer1"] == e.LAYER1_V110:
        out["layer1_octets"] = v110(rng)
    out["layer2"] = rng.choice((-1, 2))
    out["layer3"] = rng.choice((-1, 2)) if out["layer2"] == 2 else -1
    return out


def bearer(rng: random.Random) -> e.Element:
    return e.BearerCapability(rng.choice(CAPABILITIES), **layers(rng))  # type: ignore[arg-type]


def low_layer(rng: random.Random) -> e.Element:
    return e.LowLayerCompatibility(
        rng.choice(CAPABILITIES), negotiation=rng.choice((-1, 0, 1)), **layers(rng)
    )  # type: ignore[arg-type]


def high_layer(rng: random.Random) -> e.Element:
    if rng.random() < 0.3:
        return e.HighLayerCompatibility(0x5E, rng.choice((1, 4, 0x32)))
    return e.HighLayerCompatibility(rng.choice((1, 4, 0x21, 0x31, 0x38, 0x41)))


def cause(rng: random.Random) -> e.Element:
    value = rng.choice((1, 3, 16, 17, 18, 19, 27, 31, 34, 41, 44, 63, 81, 88, 96, 97, 99, 101, 102))
    diagnostics = b""
    if value in (96, 99):
        diagnostics = bytes([rng.choice((0x04, 0x18, 0x1E))])
    elif value in (97, 101):
        diagnostics = bytes([rng.choice((m.ALERTING, m.PROGRESS, m.STATUS))])
    elif value == 102:
        diagnostics = rng.choice((b"303", b"308", b"310"))
    return e.Cause(value, rng.choice(LOCATIONS), 0, rng.choice((-1, -1, 0)), diagnostics)


def channel(rng: random.Random) -> e.Element:
    interface = rng.choice((-1, -1, -1, 0, 3, 127))
    kind = rng.randrange(5)
    if kind == 0:
        return e.ChannelIdentification(selection=rng.choice((0, 3)), interface=interface)
    if kind == 1:
        return e.ChannelIdentification(primary=False, selection=rng.choice((0, 1, 2, 3)))
    if kind == 2:
        slots = tuple(sorted(rng.sample(range(1, 32), rng.randint(1, 6))))
        return e.ChannelIdentification(slots, True, interface=interface, by_map=True)
    numbers = (rng.randint(1, 31),)
    return e.ChannelIdentification(numbers, rng.random() < 0.5, interface=interface)


def user_user(rng: random.Random) -> e.Element:
    if rng.random() < 0.5:
        return e.UserUser(4, text(rng, TEXT, 1, 128).encode())
    return e.UserUser(0, rng.randbytes(rng.randint(1, 128)))


def date_time(rng: random.Random) -> e.Element:
    fields = [rng.randint(0, 99), rng.randint(1, 12), rng.randint(1, 28)]
    fields += [rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)]
    return e.DateTime(*fields[: rng.choice((5, 6))])


def party(rng: random.Random) -> tuple[str, int, int, int, int]:
    """Digits, type, plan, presentation, screening."""
    return (
        text(rng, DIGITS, 0, 20),
        rng.choice(TYPES_OF_NUMBER),
        rng.choice(PLANS),
        rng.randrange(3),
        rng.randrange(4),
    )


def subaddress(cls: type[e.Subaddress]) -> Callable[[random.Random], e.Element]:
    def build(rng: random.Random) -> e.Element:
        octets = rng.randbytes(rng.randint(1, 20))
        if rng.random() < 0.5:
            return cls(b"\x50" + octets[1:], 0, False)  # type: ignore[call-arg, arg-type]
        return cls(octets, 2, rng.random() < 0.5)  # type: ignore[call-arg, arg-type]

    return build


BUILDERS: dict[int, Callable[[random.Random], e.Element]] = {
    e.MORE_DATA: lambda r: e.MoreData(),
    e.SENDING_COMPLETE: lambda r: e.SendingComplete(),
    e.CONGESTION_LEVEL: lambda r: e.CongestionLevel(r.choice((0, 15))),
    e.REPEAT_INDICATOR: lambda r: e.RepeatIndicator(2),
    e.SEGMENTED_MESSAGE: lambda r: e.SegmentedMessage(
        False, r.randint(0, 7), r.choice((m.SETUP, m.CONNECT))
    ),
    e.BEARER_CAPABILITY: bearer,
    e.CAUSE: cause,
    e.CALL_IDENTITY: lambda r: e.CallIdentity(r.randbytes(r.randint(1, 8))),
    e.CALL_STATE: lambda r: e.CallState(r.choice((0, 1, 4, 10, 11, 19, 25, 61, 62))),
    e.CHANNEL_IDENTIFICATION: channel,
    e.FACILITY: lambda r: e.Facility(17, ROSE_RESULT),
    e.PROGRESS_INDICATOR: lambda r: e.ProgressIndicator(
        r.choice((1, 2, 3, 4, 5, 8)), r.choice(LOCATIONS)
    ),
    e.NETWORK_SPECIFIC_FACILITIES: lambda r: (
        e.NetworkSpecificFacilities(r.randbytes(r.randint(1, 5)))
        if r.random() < 0.4
        else e.NetworkSpecificFacilities(b"\xe1", r.choice(("288", "0333")), r.choice((2, 3)))
    ),
    e.NOTIFICATION_INDICATOR: lambda r: e.NotificationIndicator(r.randrange(3)),
    e.DISPLAY: lambda r: e.Display(text(r, TEXT, 1, 80)),
    e.DATE_TIME: date_time,
    e.KEYPAD_FACILITY: lambda r: e.KeypadFacility(text(r, DIGITS + "*#", 1, 32)),
    e.SIGNAL: lambda r: e.Signal(r.choice((0, 1, 2, 3, 4, 5, 6, 7, 0x3F, 0x40, 0x41, 0x4F))),
    e.INFORMATION_RATE: lambda r: e.InformationRate(
        *(r.randint(3, 13) for _ in range(4))  # type: ignore[arg-type]
    ),
    e.END_TO_END_TRANSIT_DELAY: lambda r: e.EndToEndTransitDelay(
        r.randint(0, 0xFFFF), r.randint(0, 0xFFFF), r.randint(0, 0xFFFF)
    ),
    e.TRANSIT_DELAY_SELECTION: lambda r: e.TransitDelaySelection(r.randint(0, 0xFFFF)),
    e.PACKET_LAYER_BINARY_PARAMETERS: lambda r: e.PacketLayerBinaryParameters(
        r.randrange(4), r.random() < 0.5, r.random() < 0.5, r.random() < 0.5
    ),
    e.PACKET_LAYER_WINDOW_SIZE: lambda r: e.PacketLayerWindowSize(
        r.randint(1, 127), r.randint(1, 127)
    ),
    e.PACKET_SIZE: lambda r: e.PacketSize(r.randint(4, 12), r.randint(4, 12)),
    e.CLOSED_USER_GROUP: lambda r: e.ClosedUserGroup(text(r, DIGITS, 1, 4), r.choice((1, 2))),
    e.REVERSE_CHARGING: lambda r: e.ReverseCharging(1),
    e.CONNECTED_NUMBER: lambda r: e.ConnectedNumber(*party(r)),
    e.CONNECTED_SUBADDRESS: subaddress(e.ConnectedSubaddress),
    e.CALLING_PARTY_NUMBER: lambda r: (
        e.CallingPartyNumber(*party(r))
        if r.random() < 0.8
        else e.CallingPartyNumber(*party(r)[:3], explicit=False)
    ),
    e.CALLING_PARTY_SUBADDRESS: subaddress(e.CallingPartySubaddress),
    e.CALLED_PARTY_NUMBER: lambda r: e.CalledPartyNumber(*party(r)[:3]),
    e.CALLED_PARTY_SUBADDRESS: subaddress(e.CalledPartySubaddress),
    e.REDIRECTING_NUMBER: lambda r: e.RedirectingNumber(*party(r), r.choice((-1, 0, 1, 2, 15))),
    e.REDIRECTION_NUMBER: lambda r: e.RedirectionNumber(*party(r)[:4]),
    e.TRANSIT_NETWORK_SELECTION: lambda r: e.TransitNetworkSelection(
        text(r, DIGITS, 1, 4), r.choice((2, 3)), 1
    ),
    e.RESTART_INDICATOR: lambda r: e.RestartIndicator(r.choice((0, 6, 7))),
    e.LOW_LAYER_COMPATIBILITY: low_layer,
    e.HIGH_LAYER_COMPATIBILITY: high_layer,
    e.USER_USER: user_user,
}


def build_message(rng: random.Random, type: int, share: float) -> m.Message:
    """A message with its mandatory elements and about ``share`` of the optional ones, in order."""
    table = CONTENTS[type]
    elements = [
        BUILDERS[id](rng)
        for id in sorted(range(256), key=lambda id: (id < 0x80, id))
        if table[id] == 2 or (table[id] == 1 and id in BUILDERS and rng.random() < share)
    ]
    if type == m.SEGMENT:
        elements.append(e.MessageSegment(rng.randbytes(rng.randint(1, 100))))
    reference = rng.choice((1, 0x7F, 0x80, 0x100, 0x7FFF, rng.randrange(1, 0x8000)))
    size = rng.choice((2, 2, 2, 1))
    if size == 1:
        reference &= 0x7F
    return m.Message(reference, rng.randrange(2), type, elements, size)


@pytest.fixture(scope="session")
def element_builders() -> dict[int, Callable[[random.Random], e.Element]]:
    """One for each element: builds it with random valid contents."""
    return BUILDERS


@pytest.fixture(scope="session")
def message_builder() -> Callable[[random.Random, int, float], m.Message]:
    return build_message
