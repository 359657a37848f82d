"""North American variants: what their messages hold; SERVICE messages; names in Facility."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.signaling import call as neutral
from trunkd.signaling.dissect import dissect
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn.facility_name import calling_name
from trunkd.signaling.isdn.q931 import CallControl
from trunkd.signaling.isdn.q931_config import E1_CHANNELS, T1_CHANNELS, VARIANTS, PriConfig
from trunkd.signaling.isdn.q931_maintenance import (
    IN_SERVICE,
    OUT_OF_SERVICE,
    SERVICE,
    SERVICE_ACKNOWLEDGE,
    TYPES,
    decode_service,
    encode_service,
)
from trunkd.signaling.isdn.q931_variants import SUBSCRIBER

T1 = [name for name, row in VARIANTS.items() if row.t1]


def control_of(variant: str, side: str = "user", **more) -> CallControl:
    control = CallControl(PriConfig(side, variant=variant, **more))
    control.link_up(0)
    control.take_units()
    control.events()
    return control


def placed(control: CallControl, called: str, **more) -> m.Message:
    control.place(neutral.CallRequest(neutral.PartyNumber(called), **more), 0)
    (unit,) = control.take_units()
    return m.decode(unit)


def test_channels_of_the_variants() -> None:
    for name, row in VARIANTS.items():
        assert PriConfig(variant=name).channels == (T1_CHANNELS if row.t1 else E1_CHANNELS)
        assert row.source


@pytest.mark.parametrize("variant", T1)
def test_a_setup_on_a_t1(variant: str) -> None:
    setup = placed(control_of(variant), "2125550123", calling=neutral.PartyNumber("5550100"))
    bearer = setup.bearer()
    assert bearer.octets == bytes.fromhex("0403 9090a2")  # 3.1 kHz, 64 kbit/s, mu-law
    assert not setup.has(e.SENDING_COMPLETE)
    assert setup.called().type_of_number == 2  # national: ten digits
    assert setup.calling().type_of_number == SUBSCRIBER
    assert setup.channel().octets == bytes.fromhex("1803 a18381")  # B-channel 1, preferred
    assert setup.reference_octets == 2


def test_a_type_that_is_known_is_sent_as_it_is() -> None:
    number = neutral.PartyNumber("2125550123", 1)
    control = control_of("ni2")
    control.place(neutral.CallRequest(number), 0)
    setup = m.decode(control.take_units()[0])
    assert setup.called().type_of_number == 1
    assert placed(control_of("etsi"), "2125550123").called().type_of_number == 0
    assert placed(control_of("ni2"), "011442079460000").called().type_of_number == 0


def test_names_in_display() -> None:
    for side in ("user", "network"):
        setup = placed(control_of("dms100", side), "5551234", display="JO")
        assert setup.find(e.DISPLAY).octets == bytes.fromhex("2803 b1") + b"JO"
    assert not placed(control_of("ni2"), "5551234", display="JO").has(e.DISPLAY)
    assert placed(control_of("ni2", "network"), "5551234", display="JO").find(e.DISPLAY).type == -1


def test_the_interface_is_explicit_with_nfas() -> None:
    control = control_of("ni2", interfaces=(0, 2))
    setup = placed(control, "5551234", channel=2 * 32 + 24, exclusive=True)
    assert setup.channel().octets == bytes.fromhex("1804 e9828398")
    assert setup.channel().interface == 2 and setup.channel().channels == (24,)


NAME = bytes.fromhex("a10f 020101 020100 8007") + b"JO DOE "
"""ROSE invoke 1, operation 0 (callingName), namePresentationAllowedSimple."""


def test_a_name_in_facility() -> None:
    assert calling_name(NAME) == b"JO DOE "
    header = bytes.fromhex("aa06 800100 820100 8b0100")
    assert calling_name(header + NAME) == b"JO DOE "
    restricted = bytes.fromhex("a108 020101 020100 8400")
    assert calling_name(restricted) is None
    other = bytes.fromhex("a10a 020101 020103 8002 4a4f")
    assert calling_name(other) is None
    oid = bytes.fromhex("a10d 020101 06042b0c0900 8002 4a4f")
    assert calling_name(oid) == b"JO"


@given(octets=st.binary(max_size=60))
def test_no_facility_breaks_the_reader(octets: bytes) -> None:
    calling_name(octets)
    calling_name(NAME[: len(octets) % len(NAME)] + octets)


def offered(control: CallControl, facility: bytes) -> neutral.CallRequest:
    setup = [
        e.BearerCapability(0x10, 2),
        e.b_channel(1, True),
        e.Facility(0x1F, facility),
        e.CalledPartyNumber("5551234"),
    ]
    control.receive(m.encode(1, 0, m.SETUP, setup), 0)
    return next(x for x in control.events() if isinstance(x, neutral.CallOffered)).request


def test_the_name_of_the_caller_is_told() -> None:
    assert offered(control_of("ni2"), NAME).display == "JO DOE "
    assert offered(control_of("5ess"), NAME).display == ""


def test_a_name_that_follows_the_setup_is_told() -> None:
    control = control_of("ni2")
    offered(control, b"")
    facility = m.encode(1, 0, m.FACILITY, [e.Facility(0x1F, NAME)])
    control.receive(facility, 0)
    (told,) = control.events()
    assert (told.name, told.name_raw, told.standard) == ("JO DOE ", b"JO DOE ", "ni2")
    assert told.calling is None
    etsi = control_of("etsi")
    offered(etsi, b"")
    etsi.receive(facility, 0)
    assert etsi.events() == []


@pytest.mark.parametrize("discriminator", TYPES)
@pytest.mark.parametrize("type", [SERVICE, SERVICE_ACKNOWLEDGE])
@pytest.mark.parametrize("status", [IN_SERVICE, OUT_OF_SERVICE])
def test_service_messages_there_and_back(discriminator: int, type: int, status: int) -> None:
    octets = encode_service(discriminator, 1, type, status, e.b_channel(7, True, 3))
    read = decode_service(octets)
    assert (read.type, read.flag, read.status) == (type, 1, status)
    assert read.element.channels == (7,) and read.element.interface == 3


def test_service_as_libpri_has_it() -> None:
    at_and_t = bytes.fromhex("0302 0000 0f 0101c2 1803a98385")
    national = bytes.fromhex("4302 0000 07 0101c2 1803a98385")
    for octets, variant in ((at_and_t, "4ess"), (at_and_t, "dms100"), (national, "ni2")):
        control = control_of(variant)
        control.receive(octets, 0)
        (change,) = control.events()
        assert (change.channel, change.state) == (5, neutral.CHANNEL_BLOCKED_THERE)
        (answer,) = control.take_units()
        assert answer == octets[:4] + bytes((octets[4] ^ 8,)) + octets[5:]


@given(octets=st.binary(max_size=40), head=st.sampled_from([b"\x03", b"\x43", b"\x03\x02\0\0\x0f"]))
def test_no_service_message_breaks_call_control(octets: bytes, head: bytes) -> None:
    control = control_of("ni2")
    control.receive(head + octets, 0)
    assert all(len(unit) >= 5 for unit in control.take_units())


def test_without_the_protocol_it_is_a_wrong_discriminator() -> None:
    control = control_of("etsi")
    control.receive(bytes.fromhex("0302 0000 0f 0101c2 1803a98385"), 0)
    (fault,) = control.events()
    assert fault.kind == "protocol_discriminator"


def test_an_acknowledgement_that_nobody_waits_for_is_not_answered() -> None:
    control = control_of("4ess")
    control.receive(bytes.fromhex("0302 0000 07 0101c2 1803a98385"), 0)
    assert control.take_units() == []
    assert [event.kind for event in control.events()] == ["unexpected_message"]


@pytest.mark.parametrize("octet", ["0302 0000 0f", "4302 0000 07"])
def test_a_ladder_shows_service_messages(octet: str) -> None:
    octets = bytes.fromhex(octet + "0101c2 1803a98385")
    tree = dissect(203, b"\x00\x01\x00\x00" + octets)
    assert tree.title == "SERVICE"
    assert "out of service" in tree.notes
    assert tree.reasons() == []
