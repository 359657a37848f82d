"""Operations and errors of the services that a primary rate trunk asks for or is asked for.

Values and arguments: EN 300 369-1 annex (explicit call transfer, {0 4 0 369 1}), EN 300 207-1
(diversion), EN 300 196-1 (general errors). GR-2865 (two B-channel transfer) and NIS-A211-1 (release
link trunk) were not at hand: their values and arguments are those that libpri exchanges.
"""

from __future__ import annotations

from typing import Final

from ..call import PartyNumber
from .rose import (
    BOOLEAN,
    ENUMERATED,
    INTEGER,
    SEQUENCE,
    Value,
    integer,
    local,
    oid,
    read_value,
    read_values,
    to_integer,
    value,
)
from .rose_address import address, presented, read_address, read_presented

_ECT: Final = (0, 4, 0, 369, 1)
_CCBS: Final = (0, 4, 0, 359, 1)
_CCBS_T: Final = (0, 4, 0, 359, 2)
_MWI: Final = (0, 4, 0, 745, 1)
_ANSI: Final = (1, 2, 840, 10005, 0)

ECT_EXECUTE: Final = local(6)
EXPLICIT_ECT_EXECUTE: Final = oid((*_ECT, 1))
ECT_LINK_ID_REQUEST: Final = oid((*_ECT, 4))
ECT_INFORM: Final = oid((*_ECT, 5))
CALL_DEFLECTION: Final = local(13)
CALL_REROUTEING: Final = local(14)
DIVERTING_LEG_2: Final = local(15)
INITIATE_TRANSFER: Final = oid((*_ANSI, 8))
RLT_OPERATION_IND: Final = local(1)
RLT_THIRD_PARTY: Final = local(2)

OPERATION_NAMES: Final = {
    local(3): "MCIDRequest",
    ECT_EXECUTE: "EctExecute",
    local(7): "ActivationDiversion",
    local(8): "DeactivationDiversion",
    local(9): "ActivationStatusNotificationDiv",
    local(10): "DeactivationStatusNotificationDiv",
    local(11): "InterrogationDiversion",
    local(12): "DiversionInformation",
    CALL_DEFLECTION: "CallDeflection",
    CALL_REROUTEING: "CallRerouteing",
    DIVERTING_LEG_2: "DivertingLegInformation2",
    local(17): "InterrogateServedUserNumbers",
    local(18): "DivertingLegInformation1",
    local(19): "DivertingLegInformation3",
    local(30): "ChargingRequest",
    local(31): "AOCSCurrency",
    local(32): "AOCSSpecialArr",
    local(33): "AOCDCurrency",
    local(34): "AOCDChargingUnit",
    local(35): "AOCECurrency",
    local(36): "AOCEChargingUnit",
    EXPLICIT_ECT_EXECUTE: "ExplicitEctExecute",
    oid((*_ECT, 2)): "RequestSubaddress",
    oid((*_ECT, 3)): "SubaddressTransfer",
    ECT_LINK_ID_REQUEST: "EctLinkIdRequest",
    ECT_INFORM: "EctInform",
    oid((*_ECT, 6)): "EctLoopTest",
    oid((*_CCBS, 1)): "CallInfoRetain",
    oid((*_CCBS, 10)): "EraseCallLinkageID",
    oid((*_CCBS_T, 6)): "CCBS-T-Available",
    oid((*_MWI, 3)): "MWIIndicate",
    oid((*_ANSI, 4)): "InformationFollowing",
    INITIATE_TRANSFER: "InitiateTransfer",
    oid((1, 3, 12, 9, 0)): "CallingName",
    oid((1, 3, 12, 9, 1)): "CalledName",
    oid((1, 3, 12, 9, 2)): "ConnectedName",
    oid((1, 3, 12, 9, 3)): "BusyName",
}
"""By operation value. Local values that mean another thing elsewhere are in LOCAL_NAMES."""

LOCAL_NAMES: Final = {
    ("dms100", RLT_OPERATION_IND): "RLT_OperationInd",
    ("dms100", RLT_THIRD_PARTY): "RLT_ThirdParty",
}

INFORMING: Final = frozenset(
    (
        local(0),
        local(1),
        local(2),
        local(9),
        local(10),
        local(12),
        DIVERTING_LEG_2,
        local(18),
        local(19),
        local(31),
        local(32),
        local(33),
        local(34),
        local(35),
        local(36),
        oid((*_ECT, 2)),
        oid((*_ECT, 3)),
        oid((*_CCBS, 1)),
        oid((*_CCBS, 10)),
        oid((*_CCBS_T, 6)),
        oid((*_MWI, 3)),
        oid((*_ANSI, 4)),
        oid((1, 3, 12, 9, 0)),
        oid((1, 3, 12, 9, 1)),
        oid((1, 3, 12, 9, 2)),
        oid((1, 3, 12, 9, 3)),
    )
)
"""Operations that only tell something and want no answer: names, charges, diversion notices. Those
that are not served are passed over, as EN 300 196-1 8.3 has it for who does not know a service."""

BUSY_NAME: Final = local(3)
"""QSIG's busyName only informs. In ETSI's services 3 is MCIDRequest, which wants an answer."""
_ETSI: Final = "etsi"

NOT_SUBSCRIBED: Final = local(0)
NOT_AVAILABLE: Final = local(3)
INVALID_CALL_STATE: Final = local(7)
INTERACTION_NOT_ALLOWED: Final = local(10)
RESOURCE_UNAVAILABLE: Final = local(11)
INVALID_DIVERTED_TO: Final = local(12)
CALL_ACCEPTED: Final = local(23)
DIVERSIONS_EXCEEDED: Final = local(24)
REQUEST_ALREADY_ACCEPTED: Final = local(48)
LINK_ID_NOT_ASSIGNED: Final = oid((*_ECT, 21))
ERROR_NAMES: Final = {
    NOT_SUBSCRIBED: "not subscribed",
    NOT_AVAILABLE: "not available",
    local(4): "not implemented",
    local(6): "invalid served user number",
    INVALID_CALL_STATE: "invalid call state",
    local(8): "basic service not provided",
    local(9): "not an incoming call",
    INTERACTION_NOT_ALLOWED: "supplementary service interaction not allowed",
    RESOURCE_UNAVAILABLE: "resource unavailable",
    INVALID_DIVERTED_TO: "invalid diverted-to number",
    local(14): "special service number",
    local(15): "diversion to the served user's number",
    CALL_ACCEPTED: "incoming call accepted",
    DIVERSIONS_EXCEEDED: "number of diversions exceeded",
    local(46): "not activated",
    REQUEST_ALREADY_ACCEPTED: "request already accepted",
    LINK_ID_NOT_ASSIGNED: "link identifier not assigned by the network",
}

ERROR_OF_CAUSE: Final = {
    28: INVALID_DIVERTED_TO,
    1: INVALID_DIVERTED_TO,
    50: NOT_SUBSCRIBED,
    29: INTERACTION_NOT_ALLOWED,
    25: DIVERSIONS_EXCEEDED,
    47: RESOURCE_UNAVAILABLE,
}
"""The error that a refusal with this cause (Q.850) is told as; others: not available."""

MOST_DIVERSIONS: Final = 5
LAST_REASON: Final = 5
_TO_ETSI: Final = (0, 2, 3, 1, 4, 5)
"""Redirecting reason of Q.763 3.45 (0 to 5) -> DiversionReason of EN 300 207-1."""
_Q931_INFO: Final = 0x40
_LAST_NUMBER: Final = 0xA1
_SUBSCRIPTION: Final = 0xA2
SUBSCRIPTIONS: Final = 2
_ACTIVE: Final = 1


def _inverse() -> tuple[int, ...]:
    back = [0] * len(_TO_ETSI)
    for neutral, etsi in enumerate(_TO_ETSI):
        back[etsi] = neutral
    return tuple(back)


_FROM_ETSI: Final = _inverse()


class Diversion:
    """A CallDeflection or CallRerouteing. ``reason``: as of Q.763 3.45; ``counter``: diversions
    with this one; ``last``: who diverts, for CallRerouteing; ``setup``: elements of the diverted
    SETUP (bearer capability and compatibilities); ``subscription``: what the caller is told."""

    def __init__(
        self,
        number: PartyNumber,
        reason: int,
        counter: int = 1,
        last: PartyNumber | None = None,
        setup: bytes = b"",
        subscription: int = 0,
    ) -> None:
        self.number: Final = number
        self.reason: Final = reason
        self.counter: Final = counter
        self.last: Final = last
        self.setup: Final = setup
        self.subscription: Final = subscription


def rerouteing_argument(diversion: Diversion) -> bytes:
    """The argument of CallRerouteing (EN 300 207-1)."""
    out = integer(_TO_ETSI[diversion.reason], ENUMERATED) + address(diversion.number)
    out += integer(diversion.counter) + value(_Q931_INFO, diversion.setup)
    out += value(_LAST_NUMBER, presented(diversion.last))
    if diversion.subscription:
        out += value(_SUBSCRIPTION, integer(diversion.subscription, ENUMERATED))
    return value(SEQUENCE, out)


def deflection_argument(number: PartyNumber, shown: bool) -> bytes:
    """The argument of CallDeflection; ``shown``: the new party may see who deflects."""
    return value(SEQUENCE, address(number) + value(BOOLEAN, b"\xff" if shown else b"\x00"))


def inform_argument(number: PartyNumber | None, alerting: bool) -> bytes:
    """The argument of EctInform: alerting without number, active with one (EN 300 369-1)."""
    out = integer(0 if alerting else _ACTIVE, ENUMERATED)
    return value(SEQUENCE, out if alerting else out + presented(number))


def transfer_argument(reference: int) -> bytes:
    """The argument of InitiateTransfer: the other call's reference, 0x8000 its flag as sent."""
    return value(SEQUENCE, integer(reference))


def third_party_argument(call_id: int) -> bytes:
    """The argument of RLT_ThirdParty: call identifier and an unused reason."""
    return value(SEQUENCE, integer(call_id, 0x80) + integer(0, 0x81))


def _sequence(argument: bytes) -> list[Value] | None:
    found = read_value(argument, 0)
    return read_values(found.contents) if found is not None and found.tag == SEQUENCE else None


def read_number(argument: bytes, tag: int = INTEGER) -> int | None:
    """An argument or result that is one integer."""
    found = read_value(argument, 0)
    return to_integer(found.contents) if found is not None and found.tag == tag else None


def read_deflection(argument: bytes) -> PartyNumber | None:
    """Where a CallDeflection wants the call; None: malformed."""
    parts = _sequence(argument)
    return read_address(parts[0]) if parts else None


def read_rerouteing(argument: bytes) -> Diversion | None:
    """A CallRerouteing's argument; None: malformed."""
    parts = _sequence(argument)
    if parts is None or len(parts) < 5:
        return None
    reason = to_integer(parts[0].contents) if parts[0].tag == ENUMERATED else None
    number = read_address(parts[1])
    counter = to_integer(parts[2].contents) if parts[2].tag == INTEGER else None
    if reason is None or number is None or counter is None or parts[3].tag != _Q931_INFO:
        return None
    inner = read_value(parts[4].contents, 0) if parts[4].tag == _LAST_NUMBER else None
    last = read_presented(inner) if inner is not None else None
    if last is None or not 1 <= counter <= MOST_DIVERSIONS or not 0 <= reason <= LAST_REASON:
        return None
    subscription = 0
    for part in parts[5:]:
        if part.tag == _SUBSCRIPTION:
            option = read_number(part.contents, ENUMERATED)
            subscription = option if option is not None and 0 <= option <= SUBSCRIPTIONS else 0
    return Diversion(number, _FROM_ETSI[reason], counter, last, parts[3].contents, subscription)


def read_diversions(argument: bytes) -> int | None:
    """How often a call was diverted, of DivertingLegInformation2; None: malformed."""
    parts = _sequence(argument)
    return to_integer(parts[0].contents) if parts and parts[0].tag == INTEGER else None


def read_inform(argument: bytes) -> tuple[bool, PartyNumber | None] | None:
    """(alerting, the new party's number or None) of an EctInform; None: malformed."""
    parts = _sequence(argument)
    if not parts or parts[0].tag != ENUMERATED:
        return None
    status = to_integer(parts[0].contents)
    if status not in (0, _ACTIVE):
        return None
    number = read_presented(parts[1]) if len(parts) > 1 else None
    return status == 0, number


def read_transfer(argument: bytes) -> int | None:
    """The call reference of an InitiateTransfer, 0x8000 its flag; negative values are those of an
    implementation that fits it into sixteen bits."""
    parts = _sequence(argument)
    number = to_integer(parts[0].contents) if parts and parts[0].tag == INTEGER else None
    return number & 0xFFFF if number is not None and -0x8000 <= number <= 0xFFFF else None


def read_third_party(argument: bytes) -> int | None:
    """The call identifier of an RLT_ThirdParty."""
    parts = _sequence(argument)
    return to_integer(parts[0].contents) if parts and parts[0].tag == 0x80 else None


def informs(variant: str, operation: bytes) -> bool:
    """Does an operation only tell something?"""
    return operation in INFORMING or (operation == BUSY_NAME and variant != _ETSI)


def operation_name(variant: str, operation: bytes) -> str:
    """An operation's name, "" when it has none here."""
    return LOCAL_NAMES.get((variant, operation)) or OPERATION_NAMES.get(operation, "")


def error_name(error: bytes) -> str:
    """An error in words, "" when it has none here."""
    return ERROR_NAMES.get(error, "")
