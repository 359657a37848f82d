"""What a user may ask of us as the network, in turn and out of turn, well made and malformed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import rose
from trunkd.signaling.isdn import services_operations as op
from trunkd.signaling.isdn.q931 import CallControl
from trunkd.signaling.isdn.q931_config import PriConfig

Make = Callable[..., object]


def ask(pair, call: int, octets: bytes, profile: int = 17) -> list[rose.Component]:
    """The user's FACILITY on a call of its own; the components that we answer with."""
    pair.forget()
    reference = pair.network.control.calls[call].reference
    message = m.encode(reference, 0, m.FACILITY, [e.Facility(profile, octets)])
    pair.network.control.receive(message, pair.now)
    pair.run()
    return [c for f in pair.facilities(False) for c in rose.read_element(f.octets).found]


def error_of(answers: list[rose.Component]) -> bytes:
    (answer,) = answers
    assert (answer.kind, answer.id) == (rose.RETURN_ERROR, 5)
    return answer.operation


def link_of(answers: list[rose.Component]) -> int:
    (answer,) = answers
    assert (answer.kind, answer.operation) == (rose.RETURN_RESULT, op.ECT_LINK_ID_REQUEST)
    return op.read_number(answer.argument)


LINK_REQUEST = rose.invoke(5, op.ECT_LINK_ID_REQUEST)


def execute(link: int) -> bytes:
    return rose.invoke(5, op.EXPLICIT_ECT_EXECUTE, rose.integer(link))


def test_link_identifiers(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    link = link_of(ask(pair, first, LINK_REQUEST))
    assert link_of(ask(pair, first, LINK_REQUEST)) == link
    assert link_of(ask(pair, second, LINK_REQUEST)) != link
    assert error_of(ask(pair, second, execute(77))) == op.LINK_ID_NOT_ASSIGNED
    assert error_of(ask(pair, first, execute(link))) == op.LINK_ID_NOT_ASSIGNED  # itself
    pair.user.control.clear(first, 16, pair.now)
    pair.run()
    assert error_of(ask(pair, second, execute(link))) == op.LINK_ID_NOT_ASSIGNED


def test_states_forbid_a_transfer(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(answer=False), pair.place(answer=False)
    link = link_of(ask(pair, first, LINK_REQUEST))
    assert error_of(ask(pair, second, execute(link))) == op.INVALID_CALL_STATE
    offered = pair.offer()
    reference = pair.network.control.calls[offered].reference
    message = m.encode(reference, 1, m.FACILITY, [e.Facility(17, LINK_REQUEST)])
    pair.forget()
    pair.network.control.receive(message, pair.now)
    pair.run()
    (facility,) = pair.facilities(False)
    assert error_of(rose.read_element(facility.octets).found) == op.INVALID_CALL_STATE


def test_one_request_at_a_time(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    link = link_of(ask(pair, first, LINK_REQUEST))
    assert ask(pair, second, execute(link)) == []
    assert pair.network.told(services.TransferAsked)
    assert error_of(ask(pair, second, execute(link))) == op.REQUEST_ALREADY_ACCEPTED


@pytest.mark.parametrize(
    ("settings", "octets"),
    [
        ({}, rose.invoke(5, op.ECT_EXECUTE)),
        ({"transfer": "implicit"}, LINK_REQUEST),
        ({"transfer": "implicit"}, execute(1)),
        ({"transfer": "none"}, LINK_REQUEST),
        ({"deflection": "none"}, rose.invoke(5, op.CALL_DEFLECTION, b"\x30\x00")),
    ],
)
def test_what_is_not_subscribed(pair_of: Make, settings: dict, octets: bytes) -> None:
    pair = pair_of(**settings)
    assert error_of(ask(pair, pair.place(), octets)) == op.NOT_SUBSCRIBED


def test_implicit_linkage_needs_a_held_call_and_one_other(pair_of: Make) -> None:
    pair = pair_of(transfer="implicit")
    request = rose.invoke(5, op.ECT_EXECUTE)
    first = pair.place()
    assert error_of(ask(pair, first, request)) == op.INVALID_CALL_STATE
    reference = pair.network.control.calls[first].reference
    pair.network.control.receive(m.encode(reference, 0, m.HOLD, []), 0)
    assert error_of(ask(pair, first, request)) == op.INVALID_CALL_STATE  # no other
    second, third = pair.place(), pair.place()
    assert error_of(ask(pair, first, request)) == op.INVALID_CALL_STATE  # which one?
    pair.user.control.clear(third, 16, 0)
    pair.run()
    assert ask(pair, first, request) == []
    (asked,) = pair.network.told(services.TransferAsked)
    assert (asked.call, asked.other) == (first, second)


def test_the_second_call_ends_before_the_grant(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    ask(pair, second, execute(link_of(ask(pair, first, LINK_REQUEST))))
    pair.user.control.clear(first, 16, pair.now)
    pair.run()
    pair.forget()
    with pytest.raises(LocalError, match="has ended"):
        pair.network.services.grant(second, True, pair.now)
    pair.run()
    (facility,) = pair.facilities(False)
    assert error_of(rose.read_element(facility.octets).found) == op.INVALID_CALL_STATE
    assert second in pair.network.control.calls


def test_either_form_of_a_call_reference(pair_of: Make) -> None:
    """libpri writes 0x8001 as a positive number, others fit it into sixteen bits."""
    for octets in ("30050203008001", "300402028001"):
        pair = pair_of(variant="ni2")
        first = pair.place()
        second = pair.receive()
        request = rose.invoke(5, op.INITIATE_TRANSFER, bytes.fromhex(octets))
        assert ask(pair, first, request) == []
        (asked,) = pair.network.told(services.TransferAsked)
        assert (asked.call, asked.other) == (first, second)


BAD_ARGUMENTS = {
    "explicit": ({}, op.EXPLICIT_ECT_EXECUTE, ["", "0500", "0205ffffffffff"], ["0201"]),
    "deflection": ({"deflection": "deflection"}, op.CALL_DEFLECTION, ["", "3000", "30020500"], []),
    "rerouteing": (
        {},
        op.CALL_REROUTEING,
        ["", "3000", "300a0a010430058003313233"],
        ["300a0a01043005800331323302"],
    ),
    "inform": ({}, op.ECT_INFORM, ["", "3000", "30030a0107", "0a0101"], ["30"]),
    "2bct": ({"variant": "ni2"}, op.INITIATE_TRANSFER, ["", "020101", "30050203018001"], []),
    "rlt": ({"variant": "dms100", "transfer": "rlt"}, op.RLT_THIRD_PARTY, ["", "3000"], ["3005"]),
}
"""Settings, operation, arguments of another type, arguments that are no BER value."""


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_arguments_that_cannot_be_read(pair_of: Make, name: str) -> None:
    settings, operation, mistyped, broken = BAD_ARGUMENTS[name]
    for argument in mistyped + broken:
        pair = pair_of(**settings)
        (answer,) = ask(pair, pair.place(), rose.invoke(5, operation, bytes.fromhex(argument)))
        (fault,) = pair.network.told(neutral.ProtocolFault)
        said = (answer.kind, answer.id, answer.problem_class, answer.problem, fault.kind)
        if argument in mistyped:
            of = (rose.INVOKE_PROBLEM, rose.MISTYPED_ARGUMENT)
            assert said == (rose.REJECT, 5, *of, "facility_argument"), argument
        else:
            of = (rose.GENERAL_PROBLEM, rose.BADLY_STRUCTURED)
            assert said == (rose.REJECT, rose.NO_ID, *of, "facility_component"), argument
        assert fault.clause == "Q.932 6.3"


UNKNOWN = rose.invoke(9, rose.local(99))


def elements_of(pair, call: int, elements: list[e.Element], type: int = m.FACILITY) -> list[int]:
    """The user's message on a call of its own; the types of our answers."""
    pair.forget()
    reference = pair.network.control.calls[call].reference
    pair.network.control.receive(m.encode(reference, 0, type, elements), pair.now)
    return [m.decode(unit).type for unit in pair.network.take()]


@pytest.mark.parametrize(
    "elements",
    [
        [e.Facility(17, UNKNOWN * 16)],
        [e.Facility(17, b"\x00")] * 50,
        [e.Facility(17, UNKNOWN)] * 20,
        [e.Facility(17, UNKNOWN), e.Facility(17, b"\xa1")],
        [e.Facility(17, rose.invoke(5, op.EXPLICIT_ECT_EXECUTE))] * 10,
        [e.Facility(17, rose.result(1))] * 17,
    ],
)
def test_a_message_gets_one_reject(pair_of: Make, elements: list[e.Element]) -> None:
    """A long message must not make us say and log many times as much."""
    pair = pair_of()
    assert elements_of(pair, pair.place(), elements) == [m.FACILITY]
    assert len(pair.network.told(neutral.ProtocolFault)) == 1


def test_what_is_good_is_served_beside_what_is_unknown(pair_of: Make) -> None:
    pair = pair_of()
    answers = ask(pair, pair.place(), UNKNOWN + UNKNOWN + LINK_REQUEST)
    assert [answer.kind for answer in answers] == [rose.REJECT, rose.RETURN_RESULT]
    few = [e.Facility(17, LINK_REQUEST * 10)] * 2
    assert len(elements_of(pair, pair.place(), few)) == 17  # 16 components, and a reject


@pytest.mark.parametrize("octets", ["a4020500", "a403020109", "a405020109", "a403020109" * 3])
def test_no_reject_is_answered(pair_of: Make, octets: str) -> None:
    """X.229: not even one that cannot be read."""
    pair = pair_of()
    assert ask(pair, pair.place(), bytes.fromhex(octets)) == []
    assert pair.network.faults() == ["facility_component"]


@pytest.mark.parametrize("type", [m.RELEASE, m.RELEASE_COMPLETE])
def test_nothing_is_asked_with_the_end_of_a_call(pair_of: Make, type: int) -> None:
    pair = pair_of()
    first, second, third = pair.place(), pair.place(), pair.place()
    link = link_of(ask(pair, first, LINK_REQUEST))
    ends = [m.RELEASE_COMPLETE] if type == m.RELEASE else []
    for call, octets in ((second, execute(link)), (third, UNKNOWN), (first, b"\xa1")):
        assert elements_of(pair, call, [e.Cause(16), e.Facility(17, octets)], type) == ends
        assert pair.network.told(services.TransferAsked) == []
        faults = ["facility_component"] if octets == b"\xa1" else []
        assert pair.network.faults() == faults
    assert not pair.network.control.calls


@pytest.mark.parametrize("type", [m.RELEASE, m.RELEASE_COMPLETE])
def test_a_result_with_the_end_of_a_call(pair_of: Make, type: int) -> None:
    pair = pair_of(variant="ni2")
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    elements = [e.Cause(16), e.Facility(17, rose.result(1))]
    reference = pair.user.control.calls[first].reference
    pair.user.control.receive(m.encode(reference, 1, type, elements), pair.now)
    pair.user.take()
    assert [x.ok for x in pair.user.told(services.TransferDone)] == [True]


@pytest.mark.parametrize(
    ("variant", "operation", "answers"),
    [("etsi", 3, 1), ("etsi", 0, 0), ("itu", 3, 0), ("ni2", 3, 0), ("etsi", 15, 0)],
)
def test_who_wants_an_answer(pair_of: Make, variant: str, operation: int, answers: int) -> None:
    """In ETSI's services operation 3 is MCIDRequest; elsewhere it is busyName."""
    pair = pair_of(variant=variant)
    said = ask(pair, pair.place(), rose.invoke(9, rose.local(operation)))
    assert [x.problem for x in said] == [rose.UNRECOGNISED_OPERATION] * answers


@pytest.mark.parametrize(("interpretation", "answers"), [(0, 0), (1, 1), (2, 1)])
def test_interpretations(pair_of: Make, interpretation: int, answers: int) -> None:
    pair = pair_of()
    call = pair.place()
    octets = bytes((0x8B, 1, interpretation)) + UNKNOWN
    assert len(ask(pair, call, octets, 31)) == answers
    assert pair.network.control.calls[call].state == 10  # no call is lost for a service


def test_an_nsap_cannot_be_called(pair_of: Make) -> None:
    """It is read, though it has no digits: the number is refused, not the request rejected."""
    pair = pair_of(deflection="deflection")
    call = pair.offer()
    number = rose.value(rose.SEQUENCE, rose.value(0x82, bytes.fromhex("4700918000")))
    request = rose.invoke(5, op.CALL_DEFLECTION, rose.value(rose.SEQUENCE, number))
    pair.forget()
    reference = pair.network.control.calls[call].reference
    message = m.encode(reference, 1, m.FACILITY, [e.Facility(17, request)])
    pair.network.control.receive(message, pair.now)
    pair.run()
    (facility,) = pair.facilities(False)
    assert error_of(rose.read_element(facility.octets).found) == op.INVALID_DIVERTED_TO
    assert pair.network.faults() == [] and pair.network.told(services.DeflectionAsked) == []


@pytest.mark.parametrize("end", ["network", "user"])
def test_operations_that_nobody_serves(pair_of: Make, end: str) -> None:
    pair = pair_of()
    call = pair.place()
    control = pair.network.control if end == "network" else pair.user.control
    flag = 0 if end == "network" else 1
    reference = pair.network.control.calls[call].reference

    def answers(octets: bytes, profile: int = 17) -> list[rose.Component]:
        facility = e.Facility(profile, octets)
        control.receive(m.encode(reference, flag, m.FACILITY, [facility]), 0)
        units = control.take_units()
        return [
            c
            for unit in units
            for f in m.decode(unit).elements
            for c in rose.read_element(f.octets).found
        ]

    (reject,) = answers(rose.invoke(9, rose.local(99)))
    assert (reject.kind, reject.id) == (rose.REJECT, 9)
    assert (reject.problem_class, reject.problem) == (1, rose.UNRECOGNISED_OPERATION)
    assert answers(rose.invoke(9, rose.local(34))) == []  # AOCDChargingUnit: only informs
    discard = bytes.fromhex("8b0100")
    assert answers(discard + rose.invoke(9, rose.local(99)), 31) == []
    assert answers(rose.invoke(9, rose.local(99)), 18) == []  # CMIP
    assert answers(rose.rejection(9, 0, 0)) == []
    assert answers(rose.result(9)) == [] and answers(rose.failure(9, rose.local(3))) == []
    faults = [x.kind for x in control.events() if isinstance(x, neutral.ProtocolFault)]
    assert faults == ["facility_operation", "facility_rejected"]


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        ("a1", rose.BADLY_STRUCTURED),
        ("a105020101", rose.BADLY_STRUCTURED),
        ("a100", rose.BADLY_STRUCTURED),
        ("3000", rose.UNRECOGNISED_COMPONENT),
        ("a103040101", rose.MISTYPED_COMPONENT),
        ("a103020101", rose.MISTYPED_COMPONENT),
        ("a203020101" * 17, rose.BADLY_STRUCTURED),
        ("a1800201010201061111", rose.BADLY_STRUCTURED),
        ("a1" + "80" * 40, rose.BADLY_STRUCTURED),
    ],
)
def test_components_that_cannot_be_read(pair_of: Make, octets: str, problem: int) -> None:
    pair = pair_of()
    answers = ask(pair, pair.place(), bytes.fromhex(octets))
    (reject,) = [x for x in answers if x.kind == rose.REJECT]
    assert (reject.id, reject.problem_class, reject.problem) == (rose.NO_ID, 0, problem)
    assert pair.network.faults() == ["facility_component"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    octets=st.lists(st.binary(max_size=60), max_size=4),
    side=st.sampled_from(["user", "network"]),
    service=st.sampled_from(["explicit", "implicit", "2bct", "rlt", "none"]),
    profile=st.sampled_from([17, 31]),
    headed=st.booleans(),
)
def test_nothing_that_comes_breaks_call_control(
    octets: list[bytes], side: str, service: str, profile: int, headed: bool
) -> None:
    control = CallControl(PriConfig(side, transfer=service))
    control.link_up(0)
    setup = [e.BearerCapability(0), e.b_channel(1, True), e.CalledPartyNumber("1")]
    control.receive(m.encode(1, 0, m.SETUP, setup), 0)
    control.answer(1, 0)
    control.receive(m.encode(1, 0, m.CONNECT_ACKNOWLEDGE, []), 0)
    head = b"\xa1\x0c\x02\x01\x05" if headed else b""
    for one in octets:
        facility = e.Facility(profile, head + one)
        control.receive(m.encode(1, 0, m.FACILITY, [facility]), 0)
    assert all(m.decode(unit) for unit in control.take_units())
    assert control.calls[1].state == 10
