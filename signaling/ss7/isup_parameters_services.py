"""Parameters of supplementary services and of the network behind the call: redirection, user-to-
user, notification, references, closed user groups, echo control (Q.763 3.7, 3.8, 3.15, 3.19 …)."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .isup_parameters_base import (
    CALL_DIVERSION,
    CALL_REFERENCE,
    CIRCUIT_ASSIGNMENT_MAP,
    CONNECTION_REQUEST,
    CUG_INTERLOCK_CODE,
    ECHO_CONTROL,
    GENERIC_NOTIFICATION,
    INFORMATION_INDICATORS,
    INFORMATION_REQUEST_INDICATORS,
    MCID_REQUEST,
    MCID_RESPONSE,
    MLPP_PRECEDENCE,
    OCTET,
    REDIRECTION_INFORMATION,
    USER_TO_USER_INDICATORS,
    Parameter,
    at_least,
    check_range,
)

BUSY: Final = 1
NO_REPLY: Final = 2
UNCONDITIONAL: Final = 3
"""Redirecting reasons of 3.45."""
REROUTED: Final = 1
DIVERTED: Final = 3
"""Redirecting indicators of 3.45."""


class RedirectionInformation(Parameter):
    """Redirection information (3.45). ``redirecting``: DIVERTED …; ``original_reason``,
    ``reason``: BUSY …; ``counter``: 1 to 5 redirections."""

    def __init__(
        self,
        redirecting: int = DIVERTED,
        original_reason: int = 0,
        counter: int = 1,
        reason: int = 0,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octets = (
                OCTET[
                    check_range("redirecting indicator", redirecting, 7)
                    | check_range("original reason", original_reason, 15) << 4
                ]
                + OCTET[
                    check_range("redirection counter", counter, 7)
                    | check_range("redirecting reason", reason, 15) << 4
                ]
            )
        super().__init__(REDIRECTION_INFORMATION, octets)
        self.redirecting: Final = redirecting
        self.original_reason: Final = original_reason
        self.counter: Final = counter
        self.reason: Final = reason


def read_redirection_information(code: int, octets: bytes) -> Parameter:
    """The second octet is not there in messages of 1984."""
    at_least(octets, 1, "redirection information")
    second = octets[1] if len(octets) > 1 else 0
    return RedirectionInformation(octets[0] & 7, octets[0] >> 4, second & 7, second >> 4, octets)


class CallDiversion(Parameter):
    """Call diversion information (3.6). ``subscription``: 2 presentation allowed with the
    redirection number, 3 without, 1 not allowed; ``reason``: BUSY …"""

    def __init__(self, subscription: int, reason: int, octets: bytes = b"") -> None:
        octets = (
            octets
            or OCTET[
                check_range("notification subscription", subscription, 7)
                | check_range("redirecting reason", reason, 15) << 3
            ]
        )
        super().__init__(CALL_DIVERSION, octets)
        self.subscription: Final = subscription
        self.reason: Final = reason


def read_call_diversion(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "call diversion information")
    return CallDiversion(octets[0] & 7, octets[0] >> 3 & 15, octets)


class UserToUserIndicators(Parameter):
    """User-to-user indicators (3.60). ``response`` False: a request, services 0 none, 2 not
    essential, 3 essential; True: 0 no information, 1 not provided, 2 provided. ``discarded``: the
    network discarded user-to-user information."""

    def __init__(
        self,
        response: bool,
        service1: int = 0,
        service2: int = 0,
        service3: int = 0,
        discarded: bool = False,
        octets: bytes = b"",
    ) -> None:
        octets = (
            octets
            or OCTET[
                (1 if response else 0)
                | check_range("service 1", service1, 3) << 1
                | check_range("service 2", service2, 3) << 3
                | check_range("service 3", service3, 3) << 5
                | (0x80 if discarded else 0)
            ]
        )
        super().__init__(USER_TO_USER_INDICATORS, octets)
        self.response: Final = response
        self.service1: Final = service1
        self.service2: Final = service2
        self.service3: Final = service3
        self.discarded: Final = discarded


def read_user_to_user_indicators(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "user-to-user indicators")
    bits = octets[0]
    return UserToUserIndicators(
        bits & 1 != 0, bits >> 1 & 3, bits >> 3 & 3, bits >> 5 & 3, bits >= 0x80, octets
    )


class GenericNotification(Parameter):
    """Generic notification indicator (3.25): a value of isup_names.NOTIFICATION."""

    def __init__(self, notification: int, octets: bytes = b"") -> None:
        octets = octets or OCTET[0x80 | check_range("notification", notification, 127)]
        super().__init__(GENERIC_NOTIFICATION, octets)
        self.notification: Final = notification


def read_generic_notification(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the generic notification indicator")
    return GenericNotification(octets[0] & 0x7F, octets)


class CallReference(Parameter):
    """Call reference (3.8): ``identity`` 24 bits, ``point_code`` as the network's labels."""

    def __init__(self, identity: int, point_code: int, size: int = 2, octets: bytes = b"") -> None:
        if not octets:
            octets = check_range("call identity", identity, 0xFFFFFF).to_bytes(3, "big")
            octets += point_code.to_bytes(size, "little")
        super().__init__(CALL_REFERENCE, octets)
        self.identity: Final = identity
        self.point_code: Final = point_code


def read_call_reference(code: int, octets: bytes) -> Parameter:
    """14-bit point codes take two octets, 24-bit ones three."""
    at_least(octets, 5, "a call reference")
    point_code = int.from_bytes(octets[3:6], "little") & 0xFFFFFF
    if len(octets) == 5:
        point_code &= 0x3FFF
    return CallReference(int.from_bytes(octets[:3], "big"), point_code, 2, octets)


class PointCode(Parameter):
    """Signalling point code (3.50), origination ISC point code (3.40)."""

    def __init__(self, code: int, point_code: int, size: int = 2, octets: bytes = b"") -> None:
        super().__init__(code, octets or point_code.to_bytes(size, "little"))
        self.point_code: Final = point_code


def read_point_code(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "a point code")
    if len(octets) == 2:
        return PointCode(code, (octets[0] | octets[1] << 8) & 0x3FFF, 2, octets)
    return PointCode(code, int.from_bytes(octets[:3], "little"), 3, octets)


class ConnectionRequest(Parameter):
    """Connection request (3.17) of SCCP: local reference, point code, protocol class, credit."""

    def __init__(
        self,
        reference: int,
        point_code: int,
        protocol_class: int,
        credit: int,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octets = (
                check_range("local reference", reference, 0xFFFFFF).to_bytes(3, "big")
                + check_range("point code", point_code, 0x3FFF).to_bytes(2, "little")
                + OCTET[check_range("protocol class", protocol_class, 255)]
                + OCTET[check_range("credit", credit, 255)]
            )
        super().__init__(CONNECTION_REQUEST, octets)
        self.reference: Final = reference
        self.point_code: Final = point_code
        self.protocol_class: Final = protocol_class
        self.credit: Final = credit


def read_connection_request(code: int, octets: bytes) -> Parameter:
    at_least(octets, 6, "a connection request")
    return ConnectionRequest(
        int.from_bytes(octets[:3], "big"),
        (octets[3] | octets[4] << 8) & 0x3FFF,
        octets[5],
        octets[6] if len(octets) > 6 else 0,
        octets,
    )


class CugInterlock(Parameter):
    """Closed user group interlock code (3.15): ``network`` four digits, ``interlock`` 16 bits."""

    def __init__(self, network: str, interlock: int, octets: bytes = b"") -> None:
        if not octets:
            if len(network) != 4:
                raise LocalError(f"a network identity has four digits, not {network!r}")
            try:
                octets = bytes.fromhex(network)
            except ValueError:
                raise LocalError(f"a network identity has digits, not {network!r}") from None
            octets += check_range("interlock code", interlock, 0xFFFF).to_bytes(2, "big")
        super().__init__(CUG_INTERLOCK_CODE, octets)
        self.network: Final = network
        self.interlock: Final = interlock


def read_cug_interlock(code: int, octets: bytes) -> Parameter:
    at_least(octets, 4, "a CUG interlock code")
    return CugInterlock(octets[:2].hex().upper(), octets[2] << 8 | octets[3], octets)


class MlppPrecedence(Parameter):
    """MLPP precedence (3.34): ``level`` 0 flash override … 4 routine; ``look_ahead``: 0 allowed,
    1 path reserved, 2 not allowed; ``network``: four digits; ``domain``: 24 bits."""

    def __init__(
        self, level: int, look_ahead: int, network: str, domain: int, octets: bytes = b""
    ) -> None:
        if not octets:
            octets = OCTET[
                check_range("precedence level", level, 15)
                | check_range("look ahead for busy", look_ahead, 3) << 5
            ]
            octets += bytes.fromhex(network)
            octets += check_range("MLPP service domain", domain, 0xFFFFFF).to_bytes(3, "big")
        super().__init__(MLPP_PRECEDENCE, octets)
        self.level: Final = level
        self.look_ahead: Final = look_ahead
        self.network: Final = network
        self.domain: Final = domain


def read_mlpp_precedence(code: int, octets: bytes) -> Parameter:
    at_least(octets, 6, "MLPP precedence")
    return MlppPrecedence(
        octets[0] & 15,
        octets[0] >> 5 & 3,
        octets[1:3].hex().upper(),
        int.from_bytes(octets[3:6], "big"),
        octets,
    )


class CircuitAssignmentMap(Parameter):
    """Circuit assignment map (3.69) of N x 64 kbit/s calls. ``map_type``: 1 1544 kbit/s, 2 2048;
    ``timeslots``: those used, counted from 1."""

    def __init__(self, map_type: int, timeslots: tuple[int, ...], octets: bytes = b"") -> None:
        if not octets:
            bits = 0
            for slot in timeslots:
                bits |= 1 << check_range("timeslot", slot - 1, 30)
            octets = OCTET[check_range("map type", map_type, 63)] + bits.to_bytes(4, "little")
        super().__init__(CIRCUIT_ASSIGNMENT_MAP, octets)
        self.map_type: Final = map_type
        self.timeslots: Final = timeslots


def read_circuit_assignment_map(code: int, octets: bytes) -> Parameter:
    """1544 kbit/s: 24 bits in three octets; 2048 kbit/s: 31 bits in four."""
    at_least(octets, 4, "a circuit assignment map")
    bits = int.from_bytes(octets[1:5], "little")
    slots = [slot + 1 for slot in range(31) if bits >> slot & 1]
    return CircuitAssignmentMap(octets[0] & 63, tuple(slots), octets)


class EchoControl(Parameter):
    """Echo control information (3.19). Devices: 0 no information, 1 not included and not
    available, 2 included, 3 not included but available. Requests: 1 activate, 2 deactivate."""

    def __init__(
        self,
        outgoing: int = 0,
        incoming: int = 0,
        outgoing_request: int = 0,
        incoming_request: int = 0,
        octets: bytes = b"",
    ) -> None:
        octets = (
            octets
            or OCTET[
                check_range("outgoing device", outgoing, 3)
                | check_range("incoming device", incoming, 3) << 2
                | check_range("outgoing request", outgoing_request, 3) << 4
                | check_range("incoming request", incoming_request, 3) << 6
            ]
        )
        super().__init__(ECHO_CONTROL, octets)
        self.outgoing: Final = outgoing
        self.incoming: Final = incoming
        self.outgoing_request: Final = outgoing_request
        self.incoming_request: Final = incoming_request


def read_echo_control(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "echo control information")
    bits = octets[0]
    return EchoControl(bits & 3, bits >> 2 & 3, bits >> 4 & 3, bits >> 6, octets)


class InformationRequest(Parameter):
    """Information request indicators (3.29): what is requested."""

    def __init__(
        self,
        calling_address: bool = False,
        holding: bool = False,
        category: bool = False,
        charge: bool = False,
        mcid: bool = False,
        octets: bytes = b"",
    ) -> None:
        octets = (
            octets
            or OCTET[
                (1 if calling_address else 0)
                | (2 if holding else 0)
                | (8 if category else 0)
                | (0x10 if charge else 0)
                | (0x80 if mcid else 0)
            ]
            + b"\0"
        )
        super().__init__(INFORMATION_REQUEST_INDICATORS, octets)
        self.calling_address: Final = calling_address
        self.holding: Final = holding
        self.category: Final = category
        self.charge: Final = charge
        self.mcid: Final = mcid


def read_information_request(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "information request indicators")
    bits = octets[0]
    return InformationRequest(
        bits & 1 != 0, bits & 2 != 0, bits & 8 != 0, bits & 0x10 != 0, bits >= 0x80, octets
    )


ADDRESS_NOT_INCLUDED: Final = 0
ADDRESS_NOT_AVAILABLE: Final = 1
ADDRESS_INCLUDED: Final = 3
"""Calling party address response indicator of 3.28."""


class Information(Parameter):
    """Information indicators (3.28): what INF brings."""

    def __init__(
        self,
        calling_address: int = ADDRESS_NOT_INCLUDED,
        hold: bool = False,
        category: bool = False,
        charge: bool = False,
        unsolicited: bool = False,
        octets: bytes = b"",
    ) -> None:
        octets = (
            octets
            or OCTET[
                check_range("calling party address response", calling_address, 3)
                | (4 if hold else 0)
                | (0x20 if category else 0)
                | (0x40 if charge else 0)
                | (0x80 if unsolicited else 0)
            ]
            + b"\0"
        )
        super().__init__(INFORMATION_INDICATORS, octets)
        self.calling_address: Final = calling_address
        self.hold: Final = hold
        self.category: Final = category
        self.charge: Final = charge
        self.unsolicited: Final = unsolicited


def read_information(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "information indicators")
    bits = octets[0]
    return Information(
        bits & 3, bits & 4 != 0, bits & 0x20 != 0, bits & 0x40 != 0, bits >= 0x80, octets
    )


class Mcid(Parameter):
    """MCID request (3.31) or response (3.32) indicators: ``mcid`` requested or included,
    ``holding`` requested or provided."""

    def __init__(self, code: int, mcid: bool, holding: bool = False, octets: bytes = b"") -> None:
        if code != MCID_REQUEST and code != MCID_RESPONSE:
            raise LocalError(f"parameter {code:#04x} is not one of MCID")
        super().__init__(code, octets or OCTET[(1 if mcid else 0) | (2 if holding else 0)])
        self.mcid: Final = mcid
        self.holding: Final = holding


def read_mcid(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "MCID indicators")
    return Mcid(code, octets[0] & 1 != 0, octets[0] & 2 != 0, octets)
