"""Random valid ISUP parameters and messages, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from trunkd.signaling.isdn import elements as e
from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_names as n
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.isup_messages_optional import OPTIONAL
from trunkd.signaling.ss7.isup_messages_table import CHARGE_INFORMATION, ENCODED, ROWS
from trunkd.signaling.ss7.isup_parameters_fields import FIELDS

KINDS = [row.kind for row in ROWS]
LOCATIONS = (0, 1, 2, 3, 4, 5, 7, 10)
NATURES = (1, 2, 3, 4, 5)
PLANS = (1, 3, 4, 5)
OPAQUE = (
    p.SERVICE_ACTIVATION,
    p.CORRELATION_ID,
    p.SCF_ID,
    p.CHARGED_PARTY_IDENTIFICATION,
    p.CALLING_GEODETIC_LOCATION,
    p.FORWARD_CAT,
    p.BACKWARD_CAT,
    p.AUTOMATIC_REROUTING,
    p.IEPS_CALL,
    p.VED,
    p.USER_TO_USER_INFORMATION,
    p.CALL_MODIFICATION_INDICATORS,
)
"""Kept as octets."""


def digits(rng: random.Random, least: int = 1, most: int = 15, alphabet: str = "0123456789") -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def flag(rng: random.Random) -> bool:
    return rng.random() < 0.5


def octets(rng: random.Random, least: int, most: int) -> bytes:
    return rng.randbytes(rng.randint(least, most))


def number(rng: random.Random, code: int) -> p.Number:
    format = p.FORMATS[code]
    return p.Number(
        code,
        digits(rng, 1, 20),
        rng.choice(NATURES),
        rng.choice(PLANS),
        rng.randrange(4) if format & (p.SCREENED | p.PRESENTED) else 0,
        rng.randrange(4) if format & p.SCREENED else 0,
        bool(format & p.INDICATOR_INN) and flag(rng),
        bool(format & p.INDICATOR_NI) and flag(rng),
        code == p.CALLED_PARTY_NUMBER and flag(rng),
        rng.choice(list(n.QUALIFIER)) if code == p.GENERIC_NUMBER else 0,
    )


def value(rng: random.Random, code: int) -> p.Value:
    """Of the rows' words, so that referees find no value that is spare."""
    bits = 0
    for row in FIELDS[code]:
        bits |= rng.choice(list(row.words) or [rng.randrange(1 << row.width)]) << row.shift
    return p.Value(code, bits)


def cause(rng: random.Random) -> p.Cause:
    return p.Cause(
        rng.choice((1, 16, 17, 18, 19, 27, 28, 31, 34, 38, 41, 42, 97, 99, 102, 103, 127)),
        rng.choice(LOCATIONS),
        octets(rng, 1, 3) if rng.random() < 0.3 else b"",
        rng.randrange(3),
    )


def instruction(rng: random.Random, of_parameter: bool) -> p.Instruction:
    return p.Instruction(
        flag(rng),
        flag(rng),
        flag(rng),
        flag(rng),
        of_parameter and flag(rng),
        rng.randrange(3 if of_parameter else 2),
        rng.randrange(-1, 3) if of_parameter else rng.randrange(3),
    )


def bearer(rng: random.Random) -> e.BearerCapability:
    return e.BearerCapability(rng.choice((0, 8, 9, 16, 17)), rng.choice((2, 3)), rate=0x10, mode=0)


def elements(rng: random.Random) -> list[e.Element]:
    made: list[e.Element] = [
        e.ProgressIndicator(rng.choice((1, 2, 3, 8)), rng.choice((0, 1, 2))),
        e.variable(0x7D, bytes((0x91, 0x81))),
    ]
    return made[: rng.randint(1, 2)]


def range_and_status(rng: random.Random, with_status: bool) -> p.RangeAndStatus:
    size = rng.randint(1, 31)
    if not with_status:
        return p.RangeAndStatus(size)
    return p.RangeAndStatus(size, p.status_of([flag(rng) for _ in range(size + 1)]))


SIMPLE: dict[int, Callable[[random.Random], p.Parameter]] = {
    p.NATURE_OF_CONNECTION: lambda r: p.NatureOfConnection(r.randrange(3), r.randrange(3), flag(r)),
    p.FORWARD_CALL_INDICATORS: lambda r: p.ForwardCallIndicators(
        flag(r),
        r.randrange(4),
        flag(r),
        flag(r),
        flag(r),
        r.randrange(3),
        flag(r),
        r.randrange(4),
        flag(r),
    ),
    p.BACKWARD_CALL_INDICATORS: lambda r: p.BackwardCallIndicators(
        r.randrange(3),
        r.randrange(3),
        r.randrange(3),
        r.randrange(4),
        flag(r),
        flag(r),
        flag(r),
        flag(r),
        flag(r),
        flag(r),
        r.randrange(4),
    ),
    p.OPTIONAL_FORWARD_CALL_INDICATORS: lambda r: p.OptionalForwardCallIndicators(
        r.choice((0, 2, 3)), flag(r), flag(r)
    ),
    p.OPTIONAL_BACKWARD_CALL_INDICATORS: lambda r: p.OptionalBackwardCallIndicators(
        flag(r), flag(r), flag(r), flag(r)
    ),
    p.EVENT_INFORMATION: lambda r: p.EventInformation(r.randint(1, 6), flag(r)),
    p.SUSPEND_RESUME_INDICATORS: lambda r: p.SuspendResume(flag(r)),
    p.PROPAGATION_DELAY_COUNTER: lambda r: p.PropagationDelay(r.randrange(0x10000)),
    p.CALL_HISTORY: lambda r: p.PropagationDelay(r.randrange(0x10000), p.CALL_HISTORY),
    p.CAUSE_INDICATORS: cause,
    p.CIRCUIT_STATE_INDICATOR: lambda r: p.CircuitStates(
        bytes(p.circuit_state(r.randint(1, 3), r.randrange(4)) for _ in range(r.randint(1, 32)))
    ),
    p.SUBSEQUENT_NUMBER: lambda r: p.SubsequentNumber(digits(r), flag(r)),
    p.MESSAGE_COMPATIBILITY: lambda r: p.MessageCompatibility(instruction(r, False)),
    p.PARAMETER_COMPATIBILITY: lambda r: p.ParameterCompatibility(
        tuple((r.randint(1, 255), instruction(r, True)) for _ in range(r.randint(1, 3)))
    ),
    p.REDIRECTION_INFORMATION: lambda r: p.RedirectionInformation(
        r.randrange(7), r.randrange(4), r.randint(1, 5), r.randrange(7)
    ),
    p.CALL_DIVERSION: lambda r: p.CallDiversion(r.randrange(4), r.randrange(7)),
    p.USER_TO_USER_INDICATORS: lambda r: p.UserToUserIndicators(
        flag(r), r.randrange(3), r.randrange(3), r.randrange(3), flag(r)
    ),
    p.GENERIC_NOTIFICATION: lambda r: p.GenericNotification(r.choice(list(n.NOTIFICATION))),
    p.CALL_REFERENCE: lambda r: p.CallReference(r.randrange(1 << 24), r.randrange(1 << 14)),
    p.SIGNALLING_POINT_CODE: lambda r: p.PointCode(p.SIGNALLING_POINT_CODE, r.randrange(1 << 14)),
    p.ORIGINATION_ISC_POINT_CODE: lambda r: p.PointCode(
        p.ORIGINATION_ISC_POINT_CODE, r.randrange(1 << 14)
    ),
    p.CONNECTION_REQUEST: lambda r: p.ConnectionRequest(
        r.randrange(1 << 24), r.randrange(1 << 14), r.randrange(4), r.randrange(256)
    ),
    p.CUG_INTERLOCK_CODE: lambda r: p.CugInterlock(digits(r, 4, 4), r.randrange(1 << 16)),
    p.MLPP_PRECEDENCE: lambda r: p.MlppPrecedence(
        r.randrange(5), r.randrange(3), digits(r, 4, 4), r.randrange(1 << 24)
    ),
    p.CIRCUIT_ASSIGNMENT_MAP: lambda r: p.CircuitAssignmentMap(
        2, tuple(slot for slot in range(1, 32) if flag(r))
    ),
    p.ECHO_CONTROL: lambda r: p.EchoControl(
        r.randrange(4), r.randrange(4), r.randrange(3), r.randrange(3)
    ),
    p.INFORMATION_REQUEST_INDICATORS: lambda r: p.InformationRequest(
        flag(r), flag(r), flag(r), flag(r), flag(r)
    ),
    p.INFORMATION_INDICATORS: lambda r: p.Information(
        r.choice((0, 1, 3)), flag(r), flag(r), flag(r), flag(r)
    ),
    p.MCID_REQUEST: lambda r: p.Mcid(p.MCID_REQUEST, flag(r), flag(r)),
    p.MCID_RESPONSE: lambda r: p.Mcid(p.MCID_RESPONSE, flag(r), flag(r)),
    p.GENERIC_DIGITS: lambda r: p.GenericDigits(r.choice((0, 2, 3)), r.randrange(4), b"\x21\x43"),
    p.TRANSIT_NETWORK_SELECTION: lambda r: p.TransitNetwork(digits(r, 3, 6), 2, 0),
    p.NETWORK_ROUTING_NUMBER: lambda r: p.NetworkRoutingNumber(digits(r), r.choice((1, 2))),
    p.FORWARD_GVNS: lambda r: p.ForwardGvns(digits(r, 1, 8), digits(r, 1, 8), digits(r, 1, 12)),
    p.APPLICATION_TRANSPORT: lambda r: p.ApplicationTransport(
        r.choice((0, 1, 3, 4)), octets(r, 1, 10), flag(r), flag(r)
    ),
    p.NETWORK_SPECIFIC_FACILITY: lambda r: p.NetworkFacility(2, 0, b"", octets(r, 1, 4)),
    p.REMOTE_OPERATIONS: lambda r: p.RemoteOperations(17, bytes.fromhex("a203020101")),
    p.ACCESS_TRANSPORT: lambda r: p.AccessTransport(elements(r)),
    p.USER_SERVICE_INFORMATION: lambda r: p.user_service(bearer(r)),
    p.USER_SERVICE_INFORMATION_PRIME: lambda r: p.UserServiceInformation(
        p.USER_SERVICE_INFORMATION_PRIME, bearer(r)
    ),
    p.USER_TELESERVICE: lambda r: p.UserTeleservice(e.HighLayerCompatibility(r.choice((1, 4)))),
    p.DISPLAY_INFORMATION: lambda r: p.DisplayInformation(e.variable(0x28, b"Wang")),
}
for _code in (
    p.REDIRECT_FORWARD,
    p.REDIRECT_BACKWARD,
    p.PIVOT_ROUTING_FORWARD,
    p.PIVOT_ROUTING_BACKWARD,
):
    SIMPLE[_code] = lambda r, code=_code: p.Tagged(
        code, tuple((r.randint(1, 4), octets(r, 1, 4)) for _ in range(r.randint(1, 3)))
    )


def parameter(rng: random.Random, code: int) -> p.Parameter:
    """A valid parameter of that code."""
    if code in p.FORMATS:
        return number(rng, code)
    if code in p.VALUES:
        return value(rng, code)
    if code in SIMPLE:
        return SIMPLE[code](rng)
    assert code in OPAQUE or code == CHARGE_INFORMATION, f"no generator for {code:#04x}"
    size = 2 if code == CHARGE_INFORMATION else 1
    return p.Parameter(
        code, rng.randbytes(size) if code != p.USER_TO_USER_INFORMATION else octets(rng, 3, 20)
    )


def message(
    rng: random.Random, kind: int, share: float, leave: frozenset[int] = frozenset()
) -> m.IsupMessage:
    """A message of that kind with this share of the optional parameters it may have."""
    layout = ENCODED[kind]
    cic = rng.randrange(4096)
    if layout.opaque:
        body = octets(rng, 0, 8) if kind == m.CRG else b"\x10\x00"
        return m.IsupMessage(kind, cic, body=body)
    made: list[p.Parameter] = []
    for code, size in layout.fixed:
        made.append(parameter(rng, code))
        assert len(made[-1].octets) == size
    for code in layout.variable:
        if code == p.RANGE_AND_STATUS:
            made.append(range_and_status(rng, kind not in (m.GRS, m.CQM, m.CQR)))
        elif code == p.CIRCUIT_STATE_INDICATOR:
            count = made[-1].octets[0] + 1
            made.append(
                p.CircuitStates(bytes(rng.choice((0x0C, 0x04, 0x09)) for _ in range(count)))
            )
        else:
            made.append(parameter(rng, code))
    optional = [code for code in sorted(OPTIONAL[kind]) if code not in leave]
    rng.shuffle(optional)
    size = 0
    for code in optional:
        if rng.random() < share:
            more = parameter(rng, code)
            size += len(more.octets) + 2
            if size > 220:
                break
            made.append(more)
    return m.message(kind, cic, made)
