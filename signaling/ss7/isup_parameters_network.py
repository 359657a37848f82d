"""Parameters that networks use among themselves: generic digits, transit network, redirect and
pivot information, GVNS, application transport, remote operations (Q.763 3.24, 3.36, 3.48 …)."""

from __future__ import annotations

from typing import Final

from .isup_parameters_base import (
    APPLICATION_TRANSPORT,
    FORWARD_GVNS,
    GENERIC_DIGITS,
    NETWORK_ROUTING_NUMBER,
    NETWORK_SPECIFIC_FACILITY,
    OCTET,
    REMOTE_OPERATIONS,
    TRANSIT_NETWORK_SELECTION,
    ContentError,
    Parameter,
    at_least,
    check_range,
)
from .isup_parameters_number import digit_octets, digits_of

DIGITS_BCD_EVEN: Final = 0
DIGITS_BCD_ODD: Final = 1
DIGITS_IA5: Final = 2
DIGITS_BINARY: Final = 3
"""Encoding schemes of 3.24."""


class GenericDigits(Parameter):
    """Generic digits (3.24): ``type`` 0 to 31, ``contents`` as the encoding scheme says."""

    def __init__(self, encoding: int, type: int, contents: bytes, octets: bytes = b"") -> None:
        octets = (
            octets
            or OCTET[
                check_range("encoding scheme", encoding, 7) << 5 | check_range("type", type, 31)
            ]
            + contents
        )
        super().__init__(GENERIC_DIGITS, octets)
        self.encoding: Final = encoding
        self.type: Final = type
        self.contents: Final = contents

    @property
    def digits(self) -> str:
        """BCD and IA5 digits as characters; "" for binary ones."""
        if self.encoding == DIGITS_IA5:
            return self.contents.decode("ascii", "replace")
        if self.encoding > DIGITS_BCD_ODD:
            return ""
        return digits_of(self.contents, self.encoding == DIGITS_BCD_ODD)


def read_generic_digits(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "generic digits")
    return GenericDigits(octets[0] >> 5, octets[0] & 31, octets[1:], octets)


class TransitNetwork(Parameter):
    """Transit network selection (3.53). ``type``: 0 ITU-T, 2 national; ``plan``: of the network
    identification (0 unknown, 3 X.121, 6 E.212)."""

    def __init__(self, digits: str, type: int = 0, plan: int = 0, octets: bytes = b"") -> None:
        if not octets:
            octets = OCTET[
                check_range("network identification plan", plan, 15)
                | check_range("type of network identification", type, 7) << 4
                | (len(digits) & 1) << 7
            ] + digit_octets(digits)
        super().__init__(TRANSIT_NETWORK_SELECTION, octets)
        self.digits: Final = digits
        self.type: Final = type
        self.plan: Final = plan


def read_transit_network(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "transit network selection")
    first = octets[0]
    return TransitNetwork(digits_of(octets[1:], first >= 0x80), first >> 4 & 7, first & 15, octets)


class Tagged(Parameter):
    """Redirect and pivot information (3.94 to 3.100): (information type, contents) items."""

    def __init__(
        self, code: int, items: tuple[tuple[int, bytes], ...], octets: bytes = b""
    ) -> None:
        if not octets:
            for tag, contents in items:
                octets += OCTET[tag] + OCTET[check_range("length", len(contents), 255)] + contents
        super().__init__(code, octets)
        self.items: Final = items


def read_tagged(code: int, octets: bytes) -> Parameter:
    """ContentError when an item runs over the end."""
    items: list[tuple[int, bytes]] = []
    at = 0
    while at < len(octets):
        end = at + 2 + octets[at + 1] if at + 1 < len(octets) else len(octets) + 1
        if end > len(octets):
            raise ContentError("an information type runs over the end")
        items.append((octets[at], octets[at + 2 : end]))
        at = end
    return Tagged(code, tuple(items), octets)


class NetworkRoutingNumber(Parameter):
    """Network routing number (3.90). ``nai``: 1 national format, 2 network-specific format."""

    def __init__(self, digits: str, nai: int = 1, plan: int = 1, octets: bytes = b"") -> None:
        if not octets:
            octets = OCTET[
                check_range("nature of address", nai, 15)
                | check_range("numbering plan", plan, 7) << 4
                | (len(digits) & 1) << 7
            ] + digit_octets(digits)
        super().__init__(NETWORK_ROUTING_NUMBER, octets)
        self.digits: Final = digits
        self.nai: Final = nai
        self.plan: Final = plan


def read_network_routing_number(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "a network routing number")
    first = octets[0]
    return NetworkRoutingNumber(
        digits_of(octets[1:], first >= 0x80), first & 15, first >> 4 & 7, octets
    )


class ForwardGvns(Parameter):
    """Forward GVNS (3.66): digits of the originating participating service provider and of the
    GVNS user group, and the terminating network routing number with its plan and nature."""

    def __init__(
        self,
        provider: str,
        group: str,
        routing: str,
        plan: int = 1,
        nai: int = 3,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            routed = OCTET[check_range("nature of address", nai, 127)] + digit_octets(routing)
            octets = _short_number("service provider", provider)
            octets += _short_number("user group", group)
            octets += OCTET[
                (len(routing) & 1) << 7
                | check_range("numbering plan", plan, 7) << 4
                | check_range("octets of the routing number", len(routed), 15)
            ]
            octets += routed
        super().__init__(FORWARD_GVNS, octets)
        self.provider: Final = provider
        self.group: Final = group
        self.routing: Final = routing
        self.plan: Final = plan
        self.nai: Final = nai


def _short_number(what: str, digits: str) -> bytes:
    contents = digit_octets(digits)
    return OCTET[(len(digits) & 1) << 7 | check_range(what, len(contents), 15)] + contents


def read_forward_gvns(code: int, octets: bytes) -> Parameter:
    """ContentError when one of the three runs over the end."""
    parts: list[bytes] = []
    at = 0
    for _ in range(3):
        at_least(octets, at + 1, "forward GVNS")
        end = at + 1 + (octets[at] & 15)
        at_least(octets, end, "forward GVNS")
        parts.append(octets[at:end])
        at = end
    provider, group, routed = parts
    nai = routed[1] & 0x7F if len(routed) > 1 else 0
    return ForwardGvns(
        digits_of(provider[1:], provider[0] >= 0x80),
        digits_of(group[1:], group[0] >= 0x80),
        digits_of(routed[2:], routed[0] >= 0x80),
        routed[0] >> 4 & 7,
        nai,
        octets,
    )


class ApplicationTransport(Parameter):
    """Application transport (3.82). ``context``: application context identifier; ``release``,
    ``notify``: what is wanted when it cannot be delivered; ``new``: first segment of a new
    sequence; ``more``: segments that follow; ``reference``: segmentation local reference, -1 when
    there is none; ``contents``: the encapsulated information."""

    def __init__(
        self,
        context: int,
        contents: bytes,
        release: bool = False,
        notify: bool = False,
        new: bool = True,
        more: int = 0,
        reference: int = -1,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            third = (0x40 if new else 0) | check_range("segments that follow", more, 63)
            octets = (
                OCTET[0x80 | check_range("application context", context, 127)]
                + OCTET[0x80 | (1 if release else 0) | (2 if notify else 0)]
                + OCTET[third if reference >= 0 else 0x80 | third]
            )
            if reference >= 0:
                octets += OCTET[0x80 | check_range("segmentation reference", reference, 127)]
            octets += contents
        super().__init__(APPLICATION_TRANSPORT, octets)
        self.context: Final = context
        self.contents: Final = contents
        self.release: Final = release
        self.notify: Final = notify
        self.new: Final = new
        self.more: Final = more
        self.reference: Final = reference


def read_application_transport(code: int, octets: bytes) -> Parameter:
    """A context of two octets has bit 8 of the first clear."""
    at_least(octets, 3, "application transport")
    context = octets[0] & 0x7F
    at = 1
    if octets[0] < 0x80:
        context |= (octets[1] & 0x7F) << 7
        at = 2
    at_least(octets, at + 2, "application transport")
    flags = octets[at]
    third = octets[at + 1]
    at += 2
    reference = -1
    if third < 0x80:
        at_least(octets, at + 1, "application transport")
        reference = octets[at] & 0x7F
        at += 1
    return ApplicationTransport(
        context,
        octets[at:],
        flags & 1 != 0,
        flags & 2 != 0,
        third & 0x40 != 0,
        third & 63,
        reference,
        octets,
    )


class NetworkFacility(Parameter):
    """Network specific facility (3.36). ``type``, ``plan``: of the network identification;
    ``network``: its octets, their bits 8 included; ``indicator``: the facility's own octets."""

    def __init__(
        self, type: int, plan: int, network: bytes, indicator: bytes, octets: bytes = b""
    ) -> None:
        if not octets:
            first = check_range("plan", plan, 15) | check_range("type", type, 7) << 4
            octets = OCTET[len(network) + 1] + OCTET[first if network else 0x80 | first]
            octets += network + indicator
        super().__init__(NETWORK_SPECIFIC_FACILITY, octets)
        self.type: Final = type
        self.plan: Final = plan
        self.network: Final = network
        self.indicator: Final = indicator


def read_network_facility(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "a network specific facility")
    end = 1 + octets[0]
    if end < 2 or end > len(octets):
        raise ContentError("the network identification runs over the end")
    return NetworkFacility(octets[1] >> 4 & 7, octets[1] & 15, octets[2:end], octets[end:], octets)


class RemoteOperations(Parameter):
    """Remote operations (3.48). ``profile``: protocol profile, 17; ``components``: BER."""

    def __init__(self, profile: int, components: bytes, octets: bytes = b"") -> None:
        octets = octets or OCTET[0x80 | check_range("profile", profile, 31)] + components
        super().__init__(REMOTE_OPERATIONS, octets)
        self.profile: Final = profile
        self.components: Final = components


def read_remote_operations(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "remote operations")
    return RemoteOperations(octets[0] & 31, octets[1:], octets)
