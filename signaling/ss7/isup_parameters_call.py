"""Indicators that every call carries: nature of connection, forward and backward call indicators,
event information and the parameters of one value (Q.763 3.5, 3.11, 3.18, 3.21, 3.23, 3.35 …)."""

from __future__ import annotations

from typing import Final

from .isup_parameters_base import (
    BACKWARD_CALL_INDICATORS,
    EVENT_INFORMATION,
    FORWARD_CALL_INDICATORS,
    NATURE_OF_CONNECTION,
    OCTET,
    OPTIONAL_BACKWARD_CALL_INDICATORS,
    OPTIONAL_FORWARD_CALL_INDICATORS,
    PROPAGATION_DELAY_COUNTER,
    SUSPEND_RESUME_INDICATORS,
    Parameter,
    at_least,
    check_range,
)


class Value(Parameter):
    """A parameter of one octet that is one value: calling party's category, transmission medium
    requirement, circuit group supervision message type, automatic congestion level …"""

    def __init__(self, code: int, value: int, octets: bytes = b"") -> None:
        super().__init__(code, octets or OCTET[check_range("the value", value, 255)])
        self.value: Final = value


def read_value(code: int, octets: bytes) -> Parameter:
    """The first octet counts; more of them are for later versions (1.2/Q.763, 2.9.5/Q.764)."""
    at_least(octets, 1, "the parameter")
    return Value(code, octets[0], octets)


CHECK_NOT_REQUIRED: Final = 0
CHECK_REQUIRED: Final = 1
CHECK_PREVIOUS: Final = 2
"""Continuity check indicator of 3.35: no check, on this circuit, on a previous circuit."""


class NatureOfConnection(Parameter):
    """Nature of connection indicators (3.35). ``satellites`` 0 to 2; ``continuity``: a CHECK_
    value; ``echo``: an outgoing echo control device is included."""

    def __init__(
        self, satellites: int = 0, continuity: int = 0, echo: bool = False, octets: bytes = b""
    ) -> None:
        if not octets:
            octets = OCTET[
                check_range("satellite indicator", satellites, 3)
                | check_range("continuity check indicator", continuity, 3) << 2
                | (0x10 if echo else 0)
            ]
        super().__init__(NATURE_OF_CONNECTION, octets)
        self.satellites: Final = satellites
        self.continuity: Final = continuity
        self.echo: Final = echo


def read_nature_of_connection(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the parameter")
    bits = octets[0]
    return NatureOfConnection(bits & 3, bits >> 2 & 3, bits & 0x10 != 0, octets)


ISUP_PREFERRED: Final = 0
ISUP_NOT_REQUIRED: Final = 1
ISUP_REQUIRED: Final = 2
"""ISDN user part preference indicator of 3.23."""


class ForwardCallIndicators(Parameter):
    """Forward call indicators (3.23). ``preference``: an ISUP_ value; ``isup``: ISUP is used all
    the way; ``isdn_access``: the originating access is ISDN; ``international``: to be treated as
    an international call."""

    def __init__(
        self,
        international: bool = False,
        end_to_end_method: int = 0,
        interworking: bool = False,
        end_to_end_information: bool = False,
        isup: bool = True,
        preference: int = ISUP_PREFERRED,
        isdn_access: bool = False,
        sccp_method: int = 0,
        ported: bool = False,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            first = (
                (1 if international else 0)
                | check_range("end-to-end method", end_to_end_method, 3) << 1
                | (8 if interworking else 0)
                | (0x10 if end_to_end_information else 0)
                | (0x20 if isup else 0)
                | check_range("ISUP preference", preference, 3) << 6
            )
            second = (
                (1 if isdn_access else 0)
                | check_range("SCCP method", sccp_method, 3) << 1
                | (0x10 if ported else 0)
            )
            octets = OCTET[first] + OCTET[second]
        super().__init__(FORWARD_CALL_INDICATORS, octets)
        self.international: Final = international
        self.end_to_end_method: Final = end_to_end_method
        self.interworking: Final = interworking
        self.end_to_end_information: Final = end_to_end_information
        self.isup: Final = isup
        self.preference: Final = preference
        self.isdn_access: Final = isdn_access
        self.sccp_method: Final = sccp_method
        self.ported: Final = ported
        """Ported number translation indicator: the number has been translated."""


def read_forward_call_indicators(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "the parameter")
    first = octets[0]
    second = octets[1]
    return ForwardCallIndicators(
        first & 1 != 0,
        first >> 1 & 3,
        first & 8 != 0,
        first & 0x10 != 0,
        first & 0x20 != 0,
        first >> 6,
        second & 1 != 0,
        second >> 1 & 3,
        second & 0x10 != 0,
        octets,
    )


NO_INDICATION: Final = 0
NO_CHARGE: Final = 1
CHARGE: Final = 2
"""Charge indicator of 3.5."""
SUBSCRIBER_FREE: Final = 1
CONNECT_WHEN_FREE: Final = 2
"""Called party's status indicator of 3.5."""
ORDINARY: Final = 1
PAYPHONE: Final = 2
"""Called party's category indicator of 3.5."""


class BackwardCallIndicators(Parameter):
    """Backward call indicators (3.5). ``isup``: ISUP is used all the way; ``isdn_access``: the
    terminating access is ISDN; ``echo``: an incoming echo control device is included."""

    def __init__(
        self,
        charge: int = CHARGE,
        called_status: int = NO_INDICATION,
        called_category: int = ORDINARY,
        end_to_end_method: int = 0,
        interworking: bool = False,
        end_to_end_information: bool = False,
        isup: bool = True,
        holding: bool = False,
        isdn_access: bool = False,
        echo: bool = False,
        sccp_method: int = 0,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            first = (
                check_range("charge indicator", charge, 3)
                | check_range("called party's status", called_status, 3) << 2
                | check_range("called party's category", called_category, 3) << 4
                | check_range("end-to-end method", end_to_end_method, 3) << 6
            )
            second = (
                (1 if interworking else 0)
                | (2 if end_to_end_information else 0)
                | (4 if isup else 0)
                | (8 if holding else 0)
                | (0x10 if isdn_access else 0)
                | (0x20 if echo else 0)
                | check_range("SCCP method", sccp_method, 3) << 6
            )
            octets = OCTET[first] + OCTET[second]
        super().__init__(BACKWARD_CALL_INDICATORS, octets)
        self.charge: Final = charge
        self.called_status: Final = called_status
        self.called_category: Final = called_category
        self.end_to_end_method: Final = end_to_end_method
        self.interworking: Final = interworking
        self.end_to_end_information: Final = end_to_end_information
        self.isup: Final = isup
        self.holding: Final = holding
        self.isdn_access: Final = isdn_access
        self.echo: Final = echo
        self.sccp_method: Final = sccp_method


def read_backward_call_indicators(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "the parameter")
    first = octets[0]
    second = octets[1]
    return BackwardCallIndicators(
        first & 3,
        first >> 2 & 3,
        first >> 4 & 3,
        first >> 6,
        second & 1 != 0,
        second & 2 != 0,
        second & 4 != 0,
        second & 8 != 0,
        second & 0x10 != 0,
        second & 0x20 != 0,
        second >> 6,
        octets,
    )


class OptionalForwardCallIndicators(Parameter):
    """Optional forward call indicators (3.38). ``cug``: 0 not a CUG call, 2 outgoing access
    allowed, 3 not allowed; ``segmentation``: additional information follows in SGM;
    ``connected_line``: the connected line identity is requested."""

    def __init__(
        self,
        cug: int = 0,
        segmentation: bool = False,
        connected_line: bool = False,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octets = OCTET[
                check_range("CUG call indicator", cug, 3)
                | (4 if segmentation else 0)
                | (0x80 if connected_line else 0)
            ]
        super().__init__(OPTIONAL_FORWARD_CALL_INDICATORS, octets)
        self.cug: Final = cug
        self.segmentation: Final = segmentation
        self.connected_line: Final = connected_line


def read_optional_forward_call_indicators(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the parameter")
    bits = octets[0]
    return OptionalForwardCallIndicators(bits & 3, bits & 4 != 0, bits & 0x80 != 0, octets)


class OptionalBackwardCallIndicators(Parameter):
    """Optional backward call indicators (3.37). ``inband``: in-band information or an appropriate
    pattern is available; ``diversion``: call diversion may occur; ``segmentation``: additional
    information follows in SGM; ``mlpp``: MLPP user."""

    def __init__(
        self,
        inband: bool = False,
        diversion: bool = False,
        segmentation: bool = False,
        mlpp: bool = False,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            octets = OCTET[
                (1 if inband else 0)
                | (2 if diversion else 0)
                | (4 if segmentation else 0)
                | (8 if mlpp else 0)
            ]
        super().__init__(OPTIONAL_BACKWARD_CALL_INDICATORS, octets)
        self.inband: Final = inband
        self.diversion: Final = diversion
        self.segmentation: Final = segmentation
        self.mlpp: Final = mlpp


def read_optional_backward_call_indicators(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the parameter")
    bits = octets[0]
    return OptionalBackwardCallIndicators(
        bits & 1 != 0, bits & 2 != 0, bits & 4 != 0, bits & 8 != 0, octets
    )


ALERTING: Final = 1
PROGRESS: Final = 2
INBAND: Final = 3
FORWARDED_BUSY: Final = 4
FORWARDED_NO_REPLY: Final = 5
FORWARDED_UNCONDITIONAL: Final = 6
"""Event indicator of 3.21."""


class EventInformation(Parameter):
    """Event information (3.21). ``event``: ALERTING …; ``restricted``: its presentation is."""

    def __init__(self, event: int, restricted: bool = False, octets: bytes = b"") -> None:
        octets = (
            octets
            or OCTET[check_range("event indicator", event, 127) | (0x80 if restricted else 0)]
        )
        super().__init__(EVENT_INFORMATION, octets)
        self.event: Final = event
        self.restricted: Final = restricted


def read_event_information(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the parameter")
    return EventInformation(octets[0] & 0x7F, octets[0] >= 0x80, octets)


class SuspendResume(Parameter):
    """Suspend/resume indicators (3.52). ``network``: initiated by the network, else by the ISDN
    subscriber."""

    def __init__(self, network: bool, octets: bytes = b"") -> None:
        super().__init__(SUSPEND_RESUME_INDICATORS, octets or OCTET[1 if network else 0])
        self.network: Final = network


def read_suspend_resume(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the parameter")
    return SuspendResume(octets[0] & 1 != 0, octets)


class PropagationDelay(Parameter):
    """Propagation delay counter (3.42), call history information (3.7): ms."""

    def __init__(self, ms: int, code: int = PROPAGATION_DELAY_COUNTER, octets: bytes = b"") -> None:
        if not octets:
            octets = check_range("propagation delay", ms, 0xFFFF).to_bytes(2, "big")
        super().__init__(code, octets)
        self.ms: Final = ms


def read_propagation_delay(code: int, octets: bytes) -> Parameter:
    at_least(octets, 2, "the parameter")
    return PropagationDelay(octets[0] << 8 | octets[1], code, octets)
