"""Every message type with every element it may have, read by tshark as by us.

One tshark run reads all frames. Where tshark does not follow the Recommendation, the test says
so with the clause.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m

Builder = Callable[[random.Random, int, float], m.Message]

FRAMES_A_TYPE = 40
END = "\x1f"
"""Between columns: no field's text has it."""
ALSO = "\x1e"
"""Between the values of one column."""


def lapd_pcap(path: Path, messages: list[m.Message]) -> None:
    """Classic pcap, link type 177: each message in an I frame of the user side."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 177))
        for n, message in enumerate(messages):
            header = struct.pack(">HHHB7xH", 4, 0x2001, 1, 0, 0x0030)
            lapd = bytes([0x00, 0x01, n % 128 << 1, 0x00])
            data = header + lapd + message.encode()
            file.write(struct.pack("<IIII", n // 1000, n % 1000 * 1000, len(data), len(data)))
            file.write(data)


@pytest.fixture(scope="module")
def sent(message_builder: Builder) -> list[m.Message]:
    rng = random.Random(931)
    return [
        message_builder(rng, type, share)
        for type in m.NAMES
        for share in [0.0, 1.0] + [rng.random() for _ in range(FRAMES_A_TYPE - 2)]
    ]


def plain(column: str) -> list[str]:
    """The values of a column. tshark 4.4 says booleans in words, 4.0 does not."""
    words = {"True": "1", "False": "0"}
    return [words.get(v, v) for v in column.split(ALSO)] if column else []


def read_by_tshark(
    folder: Path, messages: list[m.Message], columns: list[str]
) -> list[dict[str, list[str]]]:
    """For each frame, tshark's values by column."""
    assert shutil.which("tshark"), "tshark is missing: apt-get install tshark"
    path = folder / "q931.pcap"
    lapd_pcap(path, messages)
    command = ["tshark", "-r", str(path), "-o", "q931.reassembly:FALSE", "-T", "fields"]
    command += ["-E", f"separator={END}", "-E", f"aggregator={ALSO}"]
    for column in columns:
        command += ["-e", column]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    rows = []
    for line in run.stdout.removesuffix("\n").split("\n"):
        values = line.split(END)
        rows.append({c: plain(v) for c, v in zip(columns, values, strict=True)})
    assert len(rows) == len(messages), "tshark lost frames, or a value holds a line break"
    return rows


@pytest.fixture(scope="module")
def seen(
    sent: list[m.Message], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, list[str]]]:
    columns = ["_ws.malformed", "_ws.expert.message", "_ws.expert.severity", *OURS]
    columns.append("q931.information_element.unknown")
    return read_by_tshark(tmp_path_factory.mktemp("tshark"), sent, columns)


@pytest.mark.peer
def test_tshark_finds_nothing_wrong(
    sent: list[m.Message], seen: list[dict[str, list[str]]]
) -> None:
    wrong = ("_ws.malformed", "_ws.expert.severity", "q931.information_element.unknown")
    marked = [
        f"{message.encode().hex(' ')}: {row['_ws.expert.message']}"
        for message, row in zip(sent, seen, strict=True)
        if any(row[column] for column in wrong)
    ]
    assert not marked, marked[:5]


def hexadecimal(values: list[int]) -> list[str]:
    return [f"0x{value:02x}" for value in values]


def bearers(message: m.Message) -> list[e.Bearer]:
    return [x for x in message.elements if isinstance(x, e.Bearer)]


def numbers(message: m.Message) -> list[e.Number]:
    """tshark shows nothing of the redirection number of Q.952."""
    return [
        x
        for x in message.elements
        if isinstance(x, e.Number) and not isinstance(x, e.RedirectionNumber)
    ]


def subaddresses(message: m.Message) -> list[e.Subaddress]:
    """tshark shows nothing of the connected subaddress of Q.951."""
    return [
        x
        for x in message.elements
        if isinstance(x, e.Subaddress) and not isinstance(x, e.ConnectedSubaddress)
    ]


def networks(message: m.Message) -> list[str]:
    """tshark takes octet 3 of a transit network selection for a length, as network-specific
    facilities have it, and loses the first digit; figure 4-39 (4.5.29) has no length there.
    """
    out = []
    for x in message.elements:
        if isinstance(x, e.NetworkSpecificFacilities) and x.network:
            out.append(x.network)
        elif isinstance(x, e.TransitNetworkSelection) and len(x.network) > 1:
            out.append(x.network[1:])
    return out


def of(message: m.Message, cls: type, name: str) -> list[int]:
    return [getattr(x, name) for x in message.elements if isinstance(x, cls)]


def digits(message: m.Message, id: int) -> list[str]:
    return [x.digits for x in numbers(message) if x.id == id and x.digits]


def channels(message: m.Message) -> list[e.ChannelIdentification]:
    return [x for x in message.elements if isinstance(x, e.ChannelIdentification)]


def reference(message: m.Message) -> list[str]:
    """tshark shows the value's octets without the flag."""
    return [message.call_reference.to_bytes(message.reference_octets, "big").hex()]


def text_of_user_user(message: m.Message) -> list[str]:
    return [
        x.data.decode() for x in message.elements if isinstance(x, e.UserUser) and x.protocol == 4
    ]


OURS: dict[str, Callable[[m.Message], list[str]]] = {
    "q931.message_type": lambda x: hexadecimal([x.type]),
    "q931.segment_type": lambda x: hexadecimal(of(x, e.SegmentedMessage, "type")),
    "q931.call_ref": reference,
    "q931.call_ref_flag": lambda x: [str(x.flag)],
    "q931.called_party_number.digits": lambda x: digits(x, e.CALLED_PARTY_NUMBER),
    "q931.calling_party_number.digits": lambda x: digits(x, e.CALLING_PARTY_NUMBER),
    "q931.connected_number.digits": lambda x: digits(x, e.CONNECTED_NUMBER),
    "q931.redirecting_number.digits": lambda x: digits(x, e.REDIRECTING_NUMBER),
    "q931.number_type": lambda x: hexadecimal([y.type_of_number for y in numbers(x)]),
    "q931.numbering_plan": lambda x: hexadecimal([y.plan for y in numbers(x)]),
    "q931.presentation_ind": lambda x: hexadecimal(
        [y.presentation for y in numbers(x) if y.explicit]
    ),
    "q931.screening_ind": lambda x: hexadecimal([y.screening for y in numbers(x) if y.explicit]),
    "q931.extension.reason": lambda x: hexadecimal([y.reason for y in numbers(x) if y.reason >= 0]),
    "q931.cause_value": lambda x: [str(v) for v in of(x, e.Cause, "value")],
    "q931.cause_location": lambda x: [str(v) for v in of(x, e.Cause, "location")],
    "q931.channel.number": lambda x: [
        str(n) for y in channels(x) if not y.by_map for n in y.channels
    ],
    "q931.channel.exclusive": lambda x: [str(int(y.exclusive)) for y in channels(x)],
    "q931.channel.selection": lambda x: hexadecimal([y.selection for y in channels(x)]),
    "q931.channel.interface_type": lambda x: [str(int(y.primary)) for y in channels(x)],
    "q931.channel.interface_id": lambda x: [
        str(y.interface) for y in channels(x) if y.interface >= 0
    ],
    "q931.information_transfer_capability": lambda x: hexadecimal(
        [y.capability for y in bearers(x)]
    ),
    "q931.transfer_mode": lambda x: hexadecimal([y.mode for y in bearers(x)]),
    "q931.information_transfer_rate": lambda x: hexadecimal([y.rate for y in bearers(x)]),
    "q931.bearer_capability.rate_multiplier": lambda x: [
        str(y.multiplier) for y in bearers(x) if y.rate == e.MULTIRATE
    ],
    "q931.uil1": lambda x: hexadecimal([y.layer1 for y in bearers(x) if y.layer1 >= 0]),
    "q931.uil2": lambda x: hexadecimal([y.layer2 for y in bearers(x) if y.layer2 >= 0]),
    "q931.uil3": lambda x: hexadecimal([y.layer3 for y in bearers(x) if y.layer3 >= 0]),
    "q931.bearer_capability.user_rate": lambda x: hexadecimal(
        [y.layer1_octets[0] & 31 for y in bearers(x) if y.layer1_octets]
    ),
    "q931.high_layer_characteristics": lambda x: hexadecimal(
        of(x, e.HighLayerCompatibility, "characteristics")
    ),
    "q931.progress_indicator.description": lambda x: hexadecimal(
        of(x, e.ProgressIndicator, "description")
    ),
    "q931.display_information": lambda x: [str(v) for v in of(x, e.Display, "text")],
    "q931.keypad_facility": lambda x: [str(v) for v in of(x, e.KeypadFacility, "text")],
    "q931.user.protocol_discriminator": lambda x: hexadecimal(of(x, e.UserUser, "protocol")),
    "q931.user.string": text_of_user_user,
    "data.data": lambda x: [
        y.data.hex() for y in x.elements if isinstance(y, e.UserUser) and y.protocol != 4
    ],
    "q931.call_state": lambda x: hexadecimal(
        # tshark takes bit 6 for the coding standard, which is in bits 8 and 7 (figure 4-13), so
        # it cannot read states 61 and 62.
        [state for state in of(x, e.CallState, "state") if state < 32]
    ),
    "q931.signal": lambda x: hexadecimal(of(x, e.Signal, "value")),
    "q931.restart_indicator": lambda x: hexadecimal(of(x, e.RestartIndicator, "class_")),
    "q932.nd": lambda x: hexadecimal(of(x, e.NotificationIndicator, "description")),
    "q931.cug_index_code": lambda x: [str(v) for v in of(x, e.ClosedUserGroup, "index")],
    "q931.netid": networks,
    "q931.party_subaddr.type": lambda x: hexadecimal([y.type for y in subaddresses(x)]),
    "q931.party_subaddr": lambda x: [y.address.hex() for y in subaddresses(x)],
    "q931.cumulative_transit_delay": lambda x: [
        str(v) for v in of(x, e.EndToEndTransitDelay, "cumulative")
    ],
    "q931.maximum_end_to_end_transit_delay": lambda x: [
        str(v) for v in of(x, e.EndToEndTransitDelay, "maximum")
    ],
    "q931.transit_delay": lambda x: [str(v) for v in of(x, e.TransitDelaySelection, "delay")],
    "q931.information_rate.incoming": lambda x: hexadecimal(of(x, e.InformationRate, "incoming")),
    "q931.information_rate.minimum_outgoing": lambda x: hexadecimal(
        of(x, e.InformationRate, "minimum_outgoing")
    ),
    "q931.pl_window_size.forward_value": lambda x: [
        str(v) for v in of(x, e.PacketLayerWindowSize, "forward")
    ],
    "q931.packet_size.backward_value": lambda x: [str(v) for v in of(x, e.PacketSize, "backward")],
    "q931.fast_select": lambda x: hexadecimal(of(x, e.PacketLayerBinaryParameters, "fast_select")),
    "q931.congestion_level": lambda x: hexadecimal(of(x, e.CongestionLevel, "level")),
    "q931.repeat_indicator": lambda x: hexadecimal(of(x, e.RepeatIndicator, "indication")),
    "q931.reverse_charging_ind": lambda x: hexadecimal(of(x, e.ReverseCharging, "indication")),
    "q931.date_time": lambda x: [y.raw.hex() for y in x.elements if isinstance(y, e.DateTime)],
}
"""What tshark should show in each column, by our own reading of the octets sent."""


@pytest.mark.peer
@pytest.mark.parametrize("column", OURS)
def test_tshark_reads_the_same(
    column: str, sent: list[m.Message], seen: list[dict[str, list[str]]]
) -> None:
    ours = OURS[column]
    some = 0
    for message, row in zip(sent, seen, strict=True):
        octets = message.encode()
        expected = ours(m.decode(octets))
        found = [v.lower() for v in row[column]]
        wanted = [v.lower() for v in expected]
        escaped = [v.replace("\\", "\\\\") for v in wanted]  # as tshark 4.4 writes texts
        assert found in (wanted, escaped), octets.hex(" ")
        some += len(expected)
    assert some, "no frame had the field: the test tests nothing"


def of_several_codesets(rng: random.Random) -> m.Message:
    """Elements of codeset 0 that tshark knows and of 5 to 7 that it does not, in any order."""
    elements: list[e.Element] = []
    for _ in range(rng.randint(1, 8)):
        if rng.random() < 0.4:
            elements.append(e.Display("x" * rng.randint(1, 9)))
        else:
            contents = rng.randbytes(rng.randint(1, 9))
            elements.append(e.variable(rng.randint(0x50, 0x6F), contents, rng.randint(5, 7)))
    return m.Message(1, 0, m.INFORMATION, elements)


@pytest.mark.peer
def test_tshark_follows_our_shifts(tmp_path: Path) -> None:
    """4.5.3, 4.5.4: what is put in by the encoder leads tshark to the same elements."""
    rng = random.Random(45)
    messages = [of_several_codesets(rng) for _ in range(200)]
    columns = ["_ws.malformed", "q931.display_information", "q931.data"]
    shifts = 0
    for message, row in zip(messages, read_by_tshark(tmp_path, messages, columns), strict=True):
        octets = message.encode().hex(" ")
        assert not row["_ws.malformed"], octets
        assert row["q931.display_information"] == of(message, e.Display, "text"), octets
        others = [x.raw.hex() for x in message.elements if x.codeset]
        assert row["q931.data"] == others, octets
        shifts += sum(isinstance(x, e.Shift) for x in m.decode(message.encode()).elements)
    assert shifts > 200
