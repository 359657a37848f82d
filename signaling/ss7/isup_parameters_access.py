"""Parameters that carry the access protocol through the network: access transport, user service
information, user teleservice information, display, in Q.931's coding (Q.763 3.3, 3.57, 3.59 …)."""

from __future__ import annotations

from typing import Final

from ..isdn.elements import (
    BEARER_CAPABILITY,
    HIGH_LAYER_COMPATIBILITY,
    Bearer,
    BearerCapability,
    Element,
    HighLayerCompatibility,
    framed,
    single_octet,
)
from ..isdn.elements import Malformed as MalformedElement
from ..isdn.elements import read as read_element
from .isup_parameters_base import (
    ACCESS_TRANSPORT,
    DISPLAY_INFORMATION,
    USER_SERVICE_INFORMATION,
    USER_TELESERVICE,
    ContentError,
    Parameter,
    at_least,
)


class AccessTransport(Parameter):
    """Access transport (3.3): information elements of Q.931, in order."""

    def __init__(self, elements: list[Element], octets: bytes = b"") -> None:
        if not octets:
            octets = b"".join([element.octets for element in elements])
        super().__init__(ACCESS_TRANSPORT, octets)
        self.elements: Final = elements


def elements_of(octets: bytes) -> list[Element]:
    """Information elements of codeset 0; ContentError when one runs over the end."""
    elements: list[Element] = []
    at = 0
    size = len(octets)
    while at < size:
        if octets[at] >= 0x80:
            elements.append(single_octet(octets[at], 0))
            at += 1
            continue
        end = at + 2 + octets[at + 1] if at + 1 < size else size + 1
        if end > size:
            raise ContentError(f"information element {octets[at]:#04x} runs over the end")
        elements.append(read_element(octets[at], octets[at:end]))
        at = end
    return elements


def read_access_transport(code: int, octets: bytes) -> Parameter:
    return AccessTransport(elements_of(octets), octets)


class UserServiceInformation(Parameter):
    """User service information (3.57) and its prime (3.58): a bearer capability of Q.931 without
    identifier and length."""

    def __init__(self, code: int, bearer: Bearer) -> None:
        super().__init__(code, bearer.raw)
        self.bearer: Final = bearer


def user_service(bearer: BearerCapability) -> UserServiceInformation:
    """A bearer capability of the access as the parameter that carries it."""
    return UserServiceInformation(USER_SERVICE_INFORMATION, bearer)


def read_user_service(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "user service information")
    element = read_element(BEARER_CAPABILITY, framed(BEARER_CAPABILITY, octets))
    if isinstance(element, Bearer):
        return UserServiceInformation(code, element)
    raise ContentError(_reason(element))


class UserTeleservice(Parameter):
    """User teleservice information (3.59): a high layer compatibility of Q.931 likewise."""

    def __init__(self, compatibility: HighLayerCompatibility) -> None:
        super().__init__(USER_TELESERVICE, compatibility.raw)
        self.compatibility: Final = compatibility


def read_user_teleservice(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "user teleservice information")
    element = read_element(HIGH_LAYER_COMPATIBILITY, framed(HIGH_LAYER_COMPATIBILITY, octets))
    if isinstance(element, HighLayerCompatibility):
        return UserTeleservice(element)
    raise ContentError(_reason(element))


class DisplayInformation(Parameter):
    """Display information (3.77): a display element of Q.931, whole."""

    def __init__(self, element: Element) -> None:
        super().__init__(DISPLAY_INFORMATION, element.octets)
        self.element: Final = element


def read_display(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "display information")
    if octets[0] >= 0x80:
        raise ContentError("display information does not begin with an element")
    return DisplayInformation(read_element(octets[0], octets))


def _reason(element: Element) -> str:
    return element.reason if isinstance(element, MalformedElement) else "it is empty"
