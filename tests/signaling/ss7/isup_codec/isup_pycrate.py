"""pycrate (PyPI) as the far codec: its messages to and from ours, field by field.

Where pycrate 0.8 does not follow Q.763 a message leaves that out; each place says why.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

import isup_generator as g

from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.isup_messages_optional import OPTIONAL
from trunkd.signaling.ss7.isup_messages_table import LAYOUTS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pycrate_mobile import ISUP

UNSUPPORTED = frozenset((m.CMR, m.CMC, m.CMRJ, m.DRS, m.PAM, m.CRG, m.INF))
"""Messages that pycrate has not, or (PAM, CRG) has no contents for. Of INF's indicators it has 15
bits: of the address response in bits B and A (3.28/Q.763) it takes one."""
KINDS = [kind for kind in g.KINDS if kind not in UNSUPPORTED]

Fields = tuple[tuple[str, str], ...]
_NUMBER: Fields = (("NAI", "nai"), ("NumPlan", "plan"))
_PRESENTED: Fields = (*_NUMBER, ("AddrPresInd", "presentation"))
_SCREENED: Fields = (*_PRESENTED, ("ScreeningInd", "screening"))

FIELDS: dict[int, Fields] = {
    p.NATURE_OF_CONNECTION: (
        ("SatelliteInd", "satellites"),
        ("ContinuityCheckInd", "continuity"),
        ("EchoControlDeviceInd", "echo"),
    ),
    p.FORWARD_CALL_INDICATORS: (
        ("InternatCallInd", "international"),
        ("EtoEMethodInd", "end_to_end_method"),
        ("InterworkingInd", "interworking"),
        ("EtoEInfoInd", "end_to_end_information"),
        ("ISDNUserPartInd", "isup"),
        ("ISDNUserPartPrefInd", "preference"),
        ("ISDNAccessInd", "isdn_access"),
        ("SCCPMethodInd", "sccp_method"),
    ),
    p.BACKWARD_CALL_INDICATORS: (
        ("ChargeInd", "charge"),
        ("CalledPartyStatusInd", "called_status"),
        ("CalledPartyCatInd", "called_category"),
        ("EtoEMethodInd", "end_to_end_method"),
        ("InterworkingInd", "interworking"),
        ("EtoEInfoInd", "end_to_end_information"),
        ("ISDNUserPartInd", "isup"),
        ("HoldingInd", "holding"),
        ("ISDNAccessInd", "isdn_access"),
        ("EchoControlDeviceInd", "echo"),
        ("SCCPMethodInd", "sccp_method"),
    ),
    p.OPTIONAL_FORWARD_CALL_INDICATORS: (
        ("ClosedUserGroupCallInd", "cug"),
        ("SimpleSegmentationInd", "segmentation"),
        ("ConnectedLineIdentReqInd", "connected_line"),
    ),
    p.OPTIONAL_BACKWARD_CALL_INDICATORS: (
        ("InbandInfoInd", "inband"),
        ("CallDiversionMayOccurInd", "diversion"),
        ("SimpleSegmentationInd", "segmentation"),
        ("MLPPUsedInd", "mlpp"),
    ),
    p.EVENT_INFORMATION: (("EventInd", "event"), ("EventPresInd", "restricted")),
    p.SUSPEND_RESUME_INDICATORS: (("Value", "network"),),
    p.CONTINUITY_INDICATORS: (("Value", "value"),),
    p.GROUP_SUPERVISION_TYPE: (("Value", "value"),),
    p.HOP_COUNTER: (("Value", "value"),),
    p.RANGE_AND_STATUS: (("Range", "range"), ("Status", "status")),
    p.CAUSE_INDICATORS: (("CodingStd", "standard"), ("Location", "location")),
    p.REDIRECTION_INFORMATION: (
        ("OriginalRedirectReason", "original_reason"),
        ("RedirectingInd", "redirecting"),
        ("RedirectingReason", "reason"),
        ("RedirectCounter", "counter"),
    ),
    p.CALL_DIVERSION: (("RedirectingReason", "reason"), ("NotifSubsOptions", "subscription")),
    p.GENERIC_NOTIFICATION: (("Value", "notification"),),
    p.CALL_REFERENCE: (("CallIdentity", "identity"), ("SignallingPointCode", "point_code")),
    p.CONNECTION_REQUEST: (
        ("LocalRef", "reference"),
        ("SignallingPointCode", "point_code"),
        ("ProtocolClass", "protocol_class"),
        ("Credit", "credit"),
    ),
    p.CUG_INTERLOCK_CODE: (("Code", "interlock"),),
    p.MLPP_PRECEDENCE: (
        ("LFB", "look_ahead"),
        ("PrecedenceLevel", "level"),
        ("MLPPServiceDom", "domain"),
    ),
    p.USER_TO_USER_INDICATORS: (
        ("Type", "response"),
        ("Service1", "service1"),
        ("Service2", "service2"),
        ("Service3", "service3"),
        ("NetworkDiscardInd", "discarded"),
    ),
    p.ECHO_CONTROL: (
        ("OutgoingEchoControlDeviceInfoInd", "outgoing"),
        ("IncomingEchoControlDeviceInfoInd", "incoming"),
        ("OutgoingEchoControlDeviceReqInd", "outgoing_request"),
        ("IncomingEchoControlDeviceReqInd", "incoming_request"),
    ),
    p.INFORMATION_REQUEST_INDICATORS: (
        ("CallingPartyAddrReqInd", "calling_address"),
        ("HoldingInd", "holding"),
        ("CallingPartyCatReqInd", "category"),
        ("ChargeInfoReqInd", "charge"),
        ("MaliciousCallIdReqInd", "mcid"),
    ),
    p.MCID_REQUEST: (("MCIDReqInd", "mcid"), ("HoldingProvidedInd", "holding")),
    p.MCID_RESPONSE: (("MCIDRespInd", "mcid"), ("HoldingInd", "holding")),
    p.GENERIC_DIGITS: (("Encoding", "encoding"), ("Type", "type"), ("Digits", "contents")),
    p.REMOTE_OPERATIONS: (("ProtocolProfile", "profile"), ("Components", "components")),
    p.APPLICATION_TRANSPORT: (
        ("AppCtxtIdent", "context"),
        ("SNI", "notify"),
        ("RCI", "release"),
        ("SI", "new"),
        ("EncapsulatedAppInfo", "contents"),
    ),
    p.MESSAGE_COMPATIBILITY: (
        ("TransitAtIntermedExchInd", "instruction.end_node"),
        ("ReleaseCallInd", "instruction.release"),
        ("SendNotifInd", "instruction.notify"),
        ("DiscardMessageInd", "instruction.discard_message"),
        ("PassOnNotPossibleInd", "instruction.pass_on"),
        ("BroadbandNarrowbandInterworkInd", "instruction.broadband"),
    ),
    p.CALLED_PARTY_NUMBER: (*_NUMBER, ("INN", "inn")),
    p.REDIRECTION_NUMBER: (*_NUMBER, ("INN", "inn")),
    p.HTR_INFORMATION: _NUMBER,
    p.CALLED_DIRECTORY_NUMBER: (*_NUMBER, ("INN", "inn")),
    p.CALLING_PARTY_NUMBER: (*_SCREENED, ("NI", "incomplete")),
    p.CONNECTED_NUMBER: _SCREENED,
    p.CALL_TRANSFER_NUMBER: _SCREENED,
    p.LOCATION_NUMBER: (*_SCREENED, ("INN", "inn")),
    p.GENERIC_NUMBER: (*_SCREENED, ("NumQualifInd", "qualifier")),
    p.REDIRECTING_NUMBER: _PRESENTED,
    p.ORIGINAL_CALLED_NUMBER: _PRESENTED,
    p.CALLED_IN_NUMBER: _PRESENTED,
    p.ORIGINAL_CALLED_IN_NUMBER: _PRESENTED,
    p.TRANSIT_NETWORK_SELECTION: (("TypeOfNetworkIdent", "type"), ("NetworkIdentPlan", "plan")),
    p.NETWORK_ROUTING_NUMBER: (("NAI", "nai"), ("NumPlan", "plan")),
}
"""pycrate's fields and our attributes, by parameter; of the others the octets are compared."""

BARE = frozenset(
    (
        p.CALLING_PARTYS_CATEGORY,
        p.TRANSMISSION_MEDIUM_REQUIREMENT,
        p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME,
        p.TRANSMISSION_MEDIUM_USED,
        p.AUTOMATIC_CONGESTION_LEVEL,
        p.FACILITY_INDICATOR,
        p.CALL_TRANSFER_REFERENCE,
    )
)
"""Parameters that are one number in pycrate and ``value`` in ours."""


def attribute(parameter: p.Parameter, path: str) -> Any:
    value: Any = parameter
    for name in path.split("."):
        value = getattr(value, name)
    return int(value) if isinstance(value, bool) else value


MISREAD = frozenset(
    (
        p.USER_TELESERVICE,  # pycrate wants the extended characteristics always
        p.PIVOT_STATUS,  # of 9 bits in pycrate
        p.CALLING_GEODETIC_LOCATION,  # the generator's are random octets
    )
)


def optional_codes(kind: int) -> set[int]:
    """The parameters of pycrate's optional part of that message."""
    for element in ISUP.ISUPTypeClasses[kind]()._content:
        if element._name == "Opt":
            return {option[0].get_val() for option in element._content} - {0}
    return set()


LEFT_OUT = {kind: (OPTIONAL[kind] - optional_codes(kind)) | MISREAD for kind in KINDS}
"""What pycrate has not, or misreads, in each message."""
LEFT_OUT[m.SGM] |= {p.USER_TO_USER_INFORMATION}  # there pycrate puts the USR message, by its name


def narrowband(i: p.Instruction) -> p.Instruction:
    return p.Instruction(
        i.end_node, i.release, i.notify, i.discard_message, i.discard_parameter, i.pass_on
    )


def readable(read: p.Parameter) -> p.Parameter:
    """The parameter as pycrate can read and make it."""
    if isinstance(read, p.Cause):
        # pycrate sees diagnostics only where bit 8 of the cause value is 0; in 3.12/Q.763 and Q.850
        # it is 1.
        return p.Cause(read.value, read.location, b"", read.standard)
    if isinstance(read, p.SubsequentNumber):
        return p.SubsequentNumber(read.digits)  # ST it shows as "_ST_" and cannot make
    if isinstance(read, p.ParameterCompatibility):
        # pycrate reads no octet of the broadband/narrowband interworking indicator.
        return p.ParameterCompatibility(
            tuple((code, narrowband(i)) for code, i in read.instructions)
        )
    if isinstance(read, p.Number) and read.st:
        return p.Number(read.code, read.digits, read.nai, read.plan, inn=read.inn)
    if isinstance(read, p.Number) and read.code == p.GENERIC_NUMBER:
        # The number incomplete indicator is spare in pycrate's.
        return p.Number(
            read.code,
            read.digits,
            read.nai,
            read.plan,
            read.presentation,
            read.screening,
            qualifier=read.qualifier,
        )
    return read


def random_message(rng: random.Random) -> m.IsupMessage:
    kind = rng.choice(KINDS)
    made = g.message(rng, kind, rng.choice((0.0, 0.1, 0.2, 0.3)), LEFT_OUT[kind])
    parameters: list[p.Parameter] = []
    for code, octets in made.parameters.items():
        read = p.read(code, octets)
        parameters.append(readable(read))
    return m.message(kind, made.cic, parameters)


def contents_of(theirs: Any, layout: Any) -> dict[int, Any]:
    """pycrate's elements by parameter code, in the order of the message."""
    out: dict[int, Any] = {}
    elements = list(theirs)[2:]
    codes = [code for code, _ in layout.fixed] + list(layout.variable)
    named = [e for e in elements if e._name not in ("Pointers", "Opt")]
    for code, element in zip(codes, named, strict=True):
        out[code] = element[1] if code in layout.variable else element
    for element in elements:
        if element._name == "Opt":
            for option in element:
                if not option.get_trans() and option[0].get_val():
                    out[option[0].get_val()] = option[2]
    return out


def compare(ours: m.IsupMessage, theirs: Any) -> None:
    """Both hold the same, parameter by parameter, field by field."""
    assert theirs["CIC"].get_val() == ours.cic
    assert theirs["Type"].get_val() == ours.kind
    found = contents_of(theirs, LAYOUTS[ours.kind])
    assert found.keys() == ours.parameters.keys(), ours.name
    for code, element in found.items():
        compare_parameter(ours, code, element)


def compare_parameter(ours: m.IsupMessage, code: int, element: Any) -> None:
    parameter = ours.read(code)
    assert parameter is not None and not isinstance(parameter, p.Malformed)
    where = f"{ours.name} {code:#04x}"
    assert element.to_bytes() == parameter.octets, where
    if code in BARE:
        assert isinstance(parameter, p.Value)
        assert element.get_val() == parameter.value, where
    for name, path in FIELDS.get(code, ()):
        assert element[name].get_val() == attribute(parameter, path), f"{where} {name}"
    if isinstance(parameter, p.Cause):
        value = element["Class"].get_val() << 4 | element["Cause"].get_val()
        assert value == parameter.value, where
    if isinstance(parameter, p.Number | p.SubsequentNumber):
        assert element.get_num() == parameter.digits, where


def build(ours: m.IsupMessage) -> Any:
    """pycrate's message of the same values: from its fields, where FIELDS names them."""
    theirs = ISUP.ISUPTypeClasses[ours.kind]()
    theirs["CIC"].set_val(ours.cic)
    layout = LAYOUTS[ours.kind]
    if layout.optional:
        choose(theirs["Opt"], [code for code in ours.parameters if code not in layout.mandatory])
    for code, element in contents_of(theirs, layout).items():
        fill(element, code, ours)
    return theirs


def choose(part: Any, codes: list[int]) -> None:
    """Leave in pycrate's optional part these parameters, in this order, and the end."""
    options = {option[0].get_val(): option for option in part._content}
    for option in list(part._content):
        part.remove(option)
    for code in codes:
        option = options[code]
        option.set_trans(False)
        part.append(option)
    end = options[0]
    end.set_trans(not codes)
    part.append(end)


DIGITS = (p.Number, p.SubsequentNumber, p.TransitNetwork, p.NetworkRoutingNumber)


def fill(element: Any, code: int, ours: m.IsupMessage) -> None:
    parameter = ours.read(code)
    assert parameter is not None
    if isinstance(parameter, DIGITS):
        element.set_num(parameter.digits)
    elif isinstance(parameter, p.Cause):
        element[0].set_val(1)
        element["Class"].set_val(parameter.value >> 4)
        element["Cause"].set_val(parameter.value & 15)
    elif code not in FIELDS or code in WHOLE:
        if code in BARE:
            element.set_val(parameter.octets[0])
        else:
            whole(element, parameter.octets)
        return
    for name, path in FIELDS.get(code, ()):
        element[name].set_val(attribute(parameter, path))


def whole(element: Any, octets: bytes) -> None:
    """The element from its octets; its length field is set for the time being, as it limits it."""
    length = element.get_env()[-2]
    if length._name != "Len":
        element.from_bytes(octets)
        return
    length.set_val(len(octets))
    element.from_bytes(octets)
    length.set_val(None)


WHOLE = frozenset(
    (
        p.FORWARD_CALL_INDICATORS,  # has a bit that FIELDS does not name
        p.CUG_INTERLOCK_CODE,
        p.MLPP_PRECEDENCE,
        p.APPLICATION_TRANSPORT,
    )
)
"""Parameters with a field that FIELDS does not name: pycrate gets their octets."""
