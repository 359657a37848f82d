"""Dissection: trees of fields, directions, reasons, and that no octets make it fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.signaling import dissect as d
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn.dissect_elements import DESCRIBERS, element_field, printable

SETUP = m.encode(
    5,
    0,
    m.SETUP,
    [
        e.SendingComplete(),
        e.BearerCapability(0x10),
        e.b_channel(3, False),
        e.Display("Ann"),
        e.CallingPartyNumber("4960", 2, 1, 1, 3),
        e.CalledPartyNumber("2071", 4),
    ],
)
I_FROM_USER = bytes((0x00, 0x01, 0x06, 0x0A)) + SETUP
I_FROM_NETWORK = bytes((0x02, 0x01, 0x06, 0x0A)) + SETUP


def test_a_setup() -> None:
    tree = d.dissect(d.LINUX_LAPD, I_FROM_USER, d.FROM_USER)
    assert (tree.protocol, tree.title, tree.call) == ("Q.931", "SETUP", "ref 5")
    assert tree.notes == ["channel 3 preferred", "from 4960", "to 2071"]
    assert tree.summary == "SETUP  ref 5  channel 3 preferred  from 4960  to 2071"
    assert tree.reasons() == [] and not tree.bare
    values = {
        ("Q.921", "SAPI"): (0, "0 call control"),
        ("Q.921", "C/R"): (0, "0 (command)"),
        ("Q.921", "TEI"): (0, "0"),
        ("Q.921", "Frame type"): ("I", "I"),
        ("Q.921", "N(S)"): (3, "3"),
        ("Q.921", "N(R)"): (5, "5"),
        ("Q.921", "P"): (0, "0"),
        ("Q.931", "Call reference"): (5, "5 (from the side that chose it)"),
        ("Q.931", "Message type"): (5, "SETUP"),
        ("Q.931", "Sending complete"): (None, "present"),
        ("Q.931", "Bearer capability"): (None, "3.1 kHz audio, G.711 A-law"),
        ("Q.931", "Bearer capability", "Transfer rate"): (0x10, "64 kbit/s"),
        ("Q.931", "Channel identification", "Channels"): (None, "3"),
        ("Q.931", "Display", "Text"): ("Ann", "Ann"),
        ("Q.931", "Calling party number"): (None, "4960 (presentation restricted)"),
        ("Q.931", "Calling party number", "Screening"): (3, "network provided"),
        ("Q.931", "Called party number", "Type of number"): (4, "subscriber"),
        ("Q.931", "Called party number", "Digits"): ("2071", "2071"),
    }
    for path, (value, text) in values.items():
        field = tree.find(*path)
        assert field is not None, path
        assert (field.value, field.text) == (value, text), path
    assert tree.find("Q.931", "Called party number", "Nothing") is None
    assert tree.find("Nothing", "Digits") is None and tree.find() is None


def test_every_element_octet_is_in_the_tree() -> None:
    """The fields below Q.931 are its octets, in order, none left out."""
    tree = d.dissect(d.PLAIN_LAPD, I_FROM_USER)
    fields = tree.find("Q.931")
    assert fields is not None
    assert b"".join(field.raw for field in fields.children) == SETUP == fields.raw


@pytest.mark.parametrize(
    ("octets", "given_direction", "expected"),
    [
        (I_FROM_USER, d.UNKNOWN_DIRECTION, d.FROM_USER),
        (I_FROM_NETWORK, d.UNKNOWN_DIRECTION, d.FROM_NETWORK),
        (I_FROM_NETWORK, d.FROM_USER, d.FROM_USER),
        (I_FROM_USER, d.SENT, d.SENT),
        (I_FROM_USER, d.RECEIVED, d.RECEIVED),
        (bytes.fromhex("00017f"), d.UNKNOWN_DIRECTION, d.FROM_USER),  # SABME, command
        (bytes.fromhex("000173"), d.UNKNOWN_DIRECTION, d.FROM_NETWORK),  # UA, response
        (bytes.fromhex("02010102"), d.UNKNOWN_DIRECTION, d.UNKNOWN_DIRECTION),  # RR, either
    ],
)
def test_direction(octets: bytes, given_direction: int, expected: int) -> None:
    """Table 1/Q.921: what can only be a command, or a response, shows its sender."""
    assert d.dissect(d.PLAIN_LAPD, octets, given_direction).direction == expected


def test_command_or_response_of_a_frame_that_may_be_both() -> None:
    rr = bytes.fromhex("02010103")
    names = {d.FROM_NETWORK: "P", d.FROM_USER: "F", d.UNKNOWN_DIRECTION: "P/F"}
    for direction, name in names.items():
        tree = d.dissect(d.PLAIN_LAPD, rr, direction)
        assert tree.title == "RR" and tree.bare and tree.notes == ["N(R)=1", "P/F=1"]
        assert tree.find("Q.921", name) is not None, name


@pytest.mark.parametrize(
    ("octets", "title", "reason"),
    [
        ("", "invalid frame", "0 octets"),
        ("00 01", "invalid frame", "2 octets"),
        ("01 01 7f", "invalid frame", "one octet"),
        ("00 00 7f", "invalid frame", "more than two octets"),
        ("00 01 00", "invalid frame", "second control octet"),
        ("00 01 ff", "invalid frame", "control octet"),
        ("00 01 7f 41", "SABME", "may carry no information"),
        ("02 01 97 01", "FRMR", "1 octets of information"),
        ("00 01 00 00 03 01 01 05", "unreadable message", "protocol discriminator 3"),
        ("00 01 00 00 08 02", "unreadable message", "no message type"),
        ("fc ff 03 0f 00 00 01 7f", "UI", "SAPI 63 (layer 2 management) is not decoded"),
        ("00 01 00 00 08 02 00 01 05", "SETUP", "Bearer capability is missing (5.8.6.1)"),
        ("00 01 00 00 08 02 00 01 4d 08 01 80", "RELEASE", "too short: 1 of 2"),
        ("00 01 00 00 08 02 00 01 4d 7b 01 80", "RELEASE", "unknown element 0x7b"),
        ("00 01 00 00 08 02 00 01 55 7b 01 80", "unknown message type 0x55", "not known"),
        ("00 01 00 00 08 02 00 01 4d 28 01 41 08 02 80 90", "RELEASE", "comes too late"),
    ],
)
def test_reasons(octets: str, title: str, reason: str) -> None:
    tree = d.dissect(d.PLAIN_LAPD, bytes.fromhex(octets))
    assert tree.title == title
    assert reason in "; ".join(tree.reasons())


def test_frmr() -> None:
    tree = d.dissect(d.PLAIN_LAPD, bytes.fromhex("00 01 87 06 0a 04 07 08"))
    field = tree.find("Q.921", "FRMR")
    assert field is not None and field.text == "N(R) invalid"
    assert field.find("Rejected frame was").text == "response"  # type: ignore[union-attr]


def test_link_types_that_are_not_known() -> None:
    tree = d.dissect(1, b"\x85\x01\x02")
    assert tree.title == "not decoded" and "177 (LINUX_LAPD)" in tree.reasons()[0]
    assert tree.fields[0].raw == b"\x85\x01\x02"


def test_a_stack_registers_as_a_row() -> None:
    def dissect_other(octets: bytes, direction: int) -> d.Dissection:
        return d.Dissection("other", octets.hex(), direction, [])

    d.DISSECTORS[147] = d.Row(147, "USER0", dissect_other)
    try:
        assert d.dissect(147, b"\x01").title == "01"
    finally:
        del d.DISSECTORS[147]


@pytest.mark.parametrize(
    ("message", "call", "note"),
    [
        ([0, m.RESTART, [e.RestartIndicator(7)]], "global ref", "all interfaces"),
        ([1, m.STATUS, [e.Cause(30), e.CallState(10)]], "ref 1", "in state 10 active"),
        ([1, m.DISCONNECT, [e.Cause(17)]], "ref 1", "cause 17 user busy"),
        ([1, m.PROGRESS, [e.ProgressIndicator(8)]], "ref 1", "in-band information"),
        ([1, m.NOTIFY, [e.NotificationIndicator(0)]], "ref 1", "user suspended"),
        ([1, m.INFORMATION, [e.KeypadFacility("*21#")]], "ref 1", "keypad *21#"),
        ([1, m.CONNECT, [e.ChannelIdentification(selection=3)]], "ref 1", "any channel preferred"),
        (
            [1, m.CONNECT, [e.ChannelIdentification((1, 5), True, by_map=True)]],
            "ref 1",
            "channel 1,5 exclusive",
        ),
        (
            [1, m.CONNECT, [e.ChannelIdentification(primary=False, selection=2)]],
            "ref 1",
            "B2 channel preferred",
        ),
    ],
)
def test_notes_for_ladders(message: list[object], call: str, note: str) -> None:
    reference, type, elements = message
    octets = b"\x00\x01\x00\x00" + m.encode(reference, 0, type, elements)  # type: ignore[arg-type]
    tree = d.dissect(d.PLAIN_LAPD, octets)
    assert tree.call == call and note in tree.notes


def test_other_codesets_are_shown_raw() -> None:
    octets = b"\x00\x01\x00\x00" + m.encode(1, 0, m.SETUP, [e.variable(1, b"AB", 6)])
    tree = d.dissect(d.PLAIN_LAPD, octets)
    field = tree.find("Q.931", "Element 0x01 of codeset 6")
    assert field is not None and field.raw == b"\x01\x02AB" and field.text.startswith("41 42")
    shift = tree.find("Q.931", "Shift")
    assert shift is not None and "codeset 6" in shift.text


def test_every_element_has_words() -> None:
    assert set(DESCRIBERS) == set(e.NAMES) - {e.ESCAPE}


@pytest.mark.parametrize(
    ("element", "path", "text"),
    [
        (e.Cause(96, diagnostics=b"\x04\x18"), "Diagnostics", "Bearer capability, Channel id"),
        (e.Cause(101, diagnostics=b"\x05"), "Diagnostics", "SETUP"),
        (e.Cause(102, diagnostics=b"303"), "Diagnostics", "timer T303"),
        (e.Cause(16, 2, 0, 0), "Location", "public network serving the local user"),
        (e.CalledPartySubaddress(b"\x50abc"), "Subaddress", "abc"),
        (e.UserUser(4, b"hi\x00"), "User information", "hi\\x00"),
        (e.UserUser(0, b"hi"), "User information", "68 69"),
        (e.Display("a\x1b[31m"), "Text", "a\\x1b[31m"),
        (e.RedirectingNumber("1", 0, 1, 0, 0, 15), "Reason", "call forwarding unconditional"),
        (e.HighLayerCompatibility(0x5E, 1), "Extended characteristics", "telephony"),
        (e.PacketSize(7, 8), "Backward", "2^8"),
        (e.SegmentedMessage(True, 2, m.SETUP), "Segmented message type", "SETUP"),
    ],
)
def test_words(element: e.Element, path: str, text: str) -> None:
    field = element_field(element).find(path)
    assert field is not None and field.text.startswith(text)


def test_rate_adaption_of_v110_and_v120() -> None:
    """Figure 4-11: octet 5b has another form for V.120."""
    v110 = e.BearerCapability(8, 1, layer1_octets=b"\x48\x24\x38\x96")
    field = element_field(v110).find("Layer 1")
    assert field is not None
    texts = {f.name: f.text for f in field.children}
    assert texts["Synchronization"] == "asynchronous" and texts["User rate"] == "9.6 kbit/s"
    assert (
        texts["Intermediate rate"] == "8 kbit/s" and texts["Sends with flow control"] == "required"
    )
    assert texts["Data bits"] == "8" and texts["Stop bits"] == "1" and texts["Parity"] == "odd"
    assert texts["Modem type"] == "V.26 bis" and texts["Duplex"] == "half duplex"
    v120 = e.BearerCapability(8, 8, layer1_octets=b"\x0e\xc0")
    field = element_field(v120).find("Layer 1", "Rate adaption header")
    assert field is not None and field.text == "included"
    mu_law = e.BearerCapability(8, 2, layer1_octets=b"\x8e")
    field = element_field(mu_law).find("Layer 1")
    assert field is not None and "not defined" in field.reason


def test_layers_2_and_3() -> None:
    low = e.LowLayerCompatibility(
        8, -1, 2, 0, 6, 6, negotiation=1, layer2_octets=b"\x20\x87", layer3_octets=b"\x40\x07\x82"
    )
    field = element_field(low)
    texts = [f.text for name in ("Layer 2", "Layer 3") for f in field.find(name).children]  # type: ignore[union-attr]
    assert texts == ["normal mode", "7", "extended packet sequence numbering", "2^7", "2"]


def test_nothing_that_moves_a_terminal() -> None:
    assert printable("a\x1b\x07b\x9b") == "a\\x1b\\x07b\\x9b"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([177, 203]), st.binary(max_size=80), st.integers(0, 4))
def test_random_octets_never_fail(link_type: int, octets: bytes, direction: int) -> None:
    d.dissect(link_type, octets, direction)
    d.dissect(link_type, b"\x00\x01\x00\x00" + octets, direction)
    d.dissect(link_type, b"\x00\x01\x00\x00\x08\x02\x00\x01\x05" + octets, direction)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(e.NAMES)), st.binary(min_size=1, max_size=40))
def test_random_contents_of_each_element_never_fail(id: int, contents: bytes) -> None:
    if 0 <= id < 0x80:
        raw = bytes((id, len(contents))) + contents
        assert element_field(e.read(id, raw)).raw == raw
