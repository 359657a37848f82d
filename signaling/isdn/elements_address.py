"""Elements that hold numbers, subaddresses and names of networks."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import PartyNumber
from .elements_base import (
    CALLED_PARTY_NUMBER,
    CALLED_PARTY_SUBADDRESS,
    CALLING_PARTY_NUMBER,
    CALLING_PARTY_SUBADDRESS,
    CONNECTED_NUMBER,
    CONNECTED_SUBADDRESS,
    NETWORK_SPECIFIC_FACILITIES,
    OCTET,
    REDIRECTING_NUMBER,
    REDIRECTION_NUMBER,
    TRANSIT_NETWORK_SELECTION,
    ContentError,
    Element,
    check_range,
    framed,
    ia5,
    to_ia5,
)


class Number(Element):
    """A party's number: what figures 4-16 and 4-18 have in common.

    ``presentation`` and ``screening`` are 0 where octet 3a is not there (``explicit`` False), as
    4.5.10 lets one assume; ``reason`` (octet 3b, redirecting number only) is -1 where absent.
    """

    def __init__(
        self,
        id: int,
        digits: str,
        type_of_number: int,
        plan: int,
        explicit: bool,
        presentation: int,
        screening: int,
        reason: int,
        octets: bytes,
    ) -> None:
        super().__init__(id, 0, octets)
        self.digits: Final = digits
        self.type_of_number: Final = type_of_number
        self.plan: Final = plan
        self.explicit: Final = explicit
        self.presentation: Final = presentation
        self.screening: Final = screening
        self.reason: Final = reason

    def party(self) -> PartyNumber:
        """The same in neutral form."""
        return PartyNumber(
            self.digits, self.type_of_number, self.plan, self.presentation, self.screening
        )


class CalledPartyNumber(Number):
    """Called party number (4.5.8)."""

    def __init__(
        self, digits: str, type_of_number: int = 0, plan: int = 1, octets: bytes = b""
    ) -> None:
        if not octets:
            octets = _built(CALLED_PARTY_NUMBER, digits, type_of_number, plan, b"")
        super().__init__(CALLED_PARTY_NUMBER, digits, type_of_number, plan, False, 0, 0, -1, octets)


class CallingPartyNumber(Number):
    """Calling party number (4.5.10). Octet 3a is sent unless ``explicit`` is False."""

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        screening: int = 0,
        explicit: bool = True,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octet3a = _octet_3a(presentation, screening, explicit)
            octets = _built(CALLING_PARTY_NUMBER, digits, type_of_number, plan, octet3a)
        super().__init__(
            CALLING_PARTY_NUMBER,
            digits,
            type_of_number,
            plan,
            explicit,
            presentation,
            screening,
            -1,
            octets,
        )


class ConnectedNumber(Number):
    """Connected number (Q.951.5, 5.4.1; coded as calling party number)."""

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        screening: int = 0,
        explicit: bool = True,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octet3a = _octet_3a(presentation, screening, explicit)
            octets = _built(CONNECTED_NUMBER, digits, type_of_number, plan, octet3a)
        super().__init__(
            CONNECTED_NUMBER,
            digits,
            type_of_number,
            plan,
            explicit,
            presentation,
            screening,
            -1,
            octets,
        )


class RedirectingNumber(Number):
    """Redirecting number (4.6.7): who diverted the call, and why (``reason``, octet 3b)."""

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        screening: int = 0,
        reason: int = -1,
        explicit: bool = True,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octet3a = _octet_3a(presentation, screening, explicit or reason >= 0)
            if reason >= 0:
                check_range("reason for redirection", reason, 15)
                octet3a = OCTET[octet3a[0] & 0x7F] + OCTET[0x80 | reason]
            octets = _built(REDIRECTING_NUMBER, digits, type_of_number, plan, octet3a)
        super().__init__(
            REDIRECTING_NUMBER,
            digits,
            type_of_number,
            plan,
            explicit or reason >= 0,
            presentation,
            screening,
            reason,
            octets,
        )


class RedirectionNumber(Number):
    """Redirection number (Q.952): to whom the call is diverted."""

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        explicit: bool = True,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octet3a = _octet_3a(presentation, 0, explicit)
            octets = _built(REDIRECTION_NUMBER, digits, type_of_number, plan, octet3a)
        super().__init__(
            REDIRECTION_NUMBER,
            digits,
            type_of_number,
            plan,
            explicit,
            presentation,
            0,
            -1,
            octets,
        )


def _octet_3a(presentation: int, screening: int, explicit: bool) -> bytes:
    if not explicit:
        if presentation or screening:
            raise LocalError("presentation and screening are in octet 3a: leave explicit True")
        return b""
    check_range("presentation indicator", presentation, 3)
    check_range("screening indicator", screening, 3)
    return OCTET[0x80 | presentation << 5 | screening]


def _built(id: int, digits: str, type_of_number: int, plan: int, octet3a: bytes) -> bytes:
    check_range("type of number", type_of_number, 7)
    check_range("numbering plan", plan, 15)
    octet3 = (0 if octet3a else 0x80) | type_of_number << 4 | plan
    return framed(id, OCTET[octet3] + octet3a + to_ia5("number digits", digits))


def read_called_party_number(octets: bytes) -> Element:
    """Called party number from the wire; octets 3a, were there any, are passed over."""
    octet3 = octets[2]
    at = 3
    if octet3 < 0x80:
        at = _after_extension(octets)
    digits = ia5("number digits", octets[at:])
    return CalledPartyNumber(digits, octet3 >> 4 & 7, octet3 & 15, octets)


def read_calling_party_number(octets: bytes) -> Element:
    """Calling party number from the wire."""
    octet3 = octets[2]
    octet3a = octets[3] if octet3 < 0x80 else 0x80
    digits = ia5("number digits", octets[_after_extension(octets) :])
    return CallingPartyNumber(
        digits,
        octet3 >> 4 & 7,
        octet3 & 15,
        octet3a >> 5 & 3,
        octet3a & 3,
        octet3 < 0x80,
        octets,
    )


def read_connected_number(octets: bytes) -> Element:
    """Connected number from the wire."""
    octet3 = octets[2]
    octet3a = octets[3] if octet3 < 0x80 else 0x80
    digits = ia5("number digits", octets[_after_extension(octets) :])
    return ConnectedNumber(
        digits,
        octet3 >> 4 & 7,
        octet3 & 15,
        octet3a >> 5 & 3,
        octet3a & 3,
        octet3 < 0x80,
        octets,
    )


def read_redirecting_number(octets: bytes) -> Element:
    """Redirecting number from the wire."""
    octet3 = octets[2]
    octet3a = octets[3] if octet3 < 0x80 else 0x80
    reason = octets[4] & 15 if octet3a < 0x80 else -1
    digits = ia5("number digits", octets[_after_extension(octets) :])
    return RedirectingNumber(
        digits,
        octet3 >> 4 & 7,
        octet3 & 15,
        octet3a >> 5 & 3,
        octet3a & 3,
        reason,
        octet3 < 0x80,
        octets,
    )


def read_redirection_number(octets: bytes) -> Element:
    """Redirection number from the wire."""
    octet3 = octets[2]
    octet3a = octets[3] if octet3 < 0x80 else 0x80
    digits = ia5("number digits", octets[_after_extension(octets) :])
    return RedirectionNumber(
        digits, octet3 >> 4 & 7, octet3 & 15, octet3a >> 5 & 3, octet3 < 0x80, octets
    )


def _after_extension(octets: bytes) -> int:
    """Where the octet group that begins with octet 3 ends: after the first with bit 8 set."""
    at = 2
    end = len(octets)
    while at < end:
        at += 1
        if octets[at - 1] >= 0x80:
            return at
    raise ContentError("octet 3 is extended (bit 8 is 0) but the extension has no end")


class Subaddress(Element):
    """A subaddress. ``type``: 0 NSAP (X.213), 2 user specified; ``odd``: of half-octet signals."""

    def __init__(self, id: int, address: bytes, type: int, odd: bool, octets: bytes) -> None:
        if not octets:
            check_range("type of subaddress", type, 7)
            octets = framed(id, OCTET[0x80 | type << 4 | (8 if odd else 0)] + address)
        super().__init__(id, 0, octets)
        self.address: Final = address
        self.type: Final = type
        self.odd: Final = odd


class CalledPartySubaddress(Subaddress):
    """Called party subaddress (4.5.9)."""

    def __init__(
        self, address: bytes, type: int = 0, odd: bool = False, octets: bytes = b""
    ) -> None:
        super().__init__(CALLED_PARTY_SUBADDRESS, address, type, odd, octets)


class CallingPartySubaddress(Subaddress):
    """Calling party subaddress (4.5.11)."""

    def __init__(
        self, address: bytes, type: int = 0, odd: bool = False, octets: bytes = b""
    ) -> None:
        super().__init__(CALLING_PARTY_SUBADDRESS, address, type, odd, octets)


class ConnectedSubaddress(Subaddress):
    """Connected subaddress (Q.951.5, 5.4.2)."""

    def __init__(
        self, address: bytes, type: int = 0, odd: bool = False, octets: bytes = b""
    ) -> None:
        super().__init__(CONNECTED_SUBADDRESS, address, type, odd, octets)


def read_called_party_subaddress(octets: bytes) -> Element:
    """Called party subaddress from the wire."""
    octet3 = octets[2]
    return CalledPartySubaddress(octets[3:], octet3 >> 4 & 7, octet3 & 8 != 0, octets)


def read_calling_party_subaddress(octets: bytes) -> Element:
    """Calling party subaddress from the wire."""
    octet3 = octets[2]
    return CallingPartySubaddress(octets[3:], octet3 >> 4 & 7, octet3 & 8 != 0, octets)


def read_connected_subaddress(octets: bytes) -> Element:
    """Connected subaddress from the wire."""
    octet3 = octets[2]
    return ConnectedSubaddress(octets[3:], octet3 >> 4 & 7, octet3 & 8 != 0, octets)


class TransitNetworkSelection(Element):
    """Transit network selection (4.5.29): ``type`` 2 national, 3 international network."""

    def __init__(self, network: str, type: int = 2, plan: int = 1, octets: bytes = b"") -> None:
        if not octets:
            contents = _network_octet(type, plan) + to_ia5("network identification", network)
            octets = framed(TRANSIT_NETWORK_SELECTION, contents)
        super().__init__(TRANSIT_NETWORK_SELECTION, 0, octets)
        self.network: Final = network
        self.type: Final = type
        self.plan: Final = plan


def read_transit_network_selection(octets: bytes) -> Element:
    """Transit network selection from the wire."""
    octet3 = octets[2]
    network = ia5("network identification", octets[3:])
    return TransitNetworkSelection(network, octet3 >> 4 & 7, octet3 & 15, octets)


class NetworkSpecificFacilities(Element):
    """Network-specific facilities (4.5.21). No ``network`` means the one at this interface."""

    def __init__(
        self,
        facility: bytes,
        network: str = "",
        type: int = 2,
        plan: int = 1,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            contents = b"\0"
            if network:
                name = _network_octet(type, plan) + to_ia5("network identification", network)
                contents = OCTET[len(name)] + name
            octets = framed(NETWORK_SPECIFIC_FACILITIES, contents + facility)
        super().__init__(NETWORK_SPECIFIC_FACILITIES, 0, octets)
        self.facility: Final = facility
        self.network: Final = network
        self.type: Final = type
        self.plan: Final = plan


def read_network_specific_facilities(octets: bytes) -> Element:
    """Network-specific facilities from the wire."""
    length = octets[2]
    if length == 0:
        return NetworkSpecificFacilities(octets[3:], "", 2, 1, octets)
    at = 3 + length
    if at > len(octets):
        raise ContentError(f"the network identification of {length} octets runs over the end")
    network = ia5("network identification", octets[4:at])
    octet3_1 = octets[3]
    return NetworkSpecificFacilities(octets[at:], network, octet3_1 >> 4 & 7, octet3_1 & 15, octets)


def _network_octet(type: int, plan: int) -> bytes:
    check_range("type of network identification", type, 7)
    check_range("network identification plan", plan, 15)
    return OCTET[0x80 | type << 4 | plan]
