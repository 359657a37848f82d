"""Every kind of message with every parameter it may have, read by tshark as by us.

One tshark run for each label (ITU's 14 bits, China's 24) reads all frames, link type 141. What
tshark 4.0 does not follow Q.763 in is left out of its messages, with the reason.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import isup_generator as g
import pytest

from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.isup_messages_table import LAYOUTS

FRAMES_A_KIND = 30
END = "\x1f"
ALSO = "\x1e"
ITU = "ITU"
CHINA = "Chinese ITU"
LABELS = {
    ITU: struct.pack("<BI", 0x85, 0x0123 | 0x0456 << 14 | 5 << 28),
    CHINA: b"\x85" + bytes((3, 2, 1, 6, 5, 4, 7)),
}
"""SIO (national network, ISUP), DPC, OPC, SLS."""

UNREAD = frozenset(
    (
        p.FORWARD_GVNS,  # tshark takes its first octet for a length of all three
        p.VED,  # not of ITU-T Q.763 (1999): contents unknown to us, so random
        p.IEPS_CALL,
        p.FORWARD_CAT,
        p.BACKWARD_CAT,
        p.AUTOMATIC_REROUTING,
        p.CALLING_GEODETIC_LOCATION,
        p.APPLICATION_TRANSPORT,  # random contents: tshark reads them as the context says
        p.CIRCUIT_ASSIGNMENT_MAP,  # tshark takes a map of five octets, figure 81/Q.763 has four
    )
)


UNKNOWN_THERE = frozenset((m.CMR, m.CMC, m.CMRJ, m.DRS, m.PAM, m.SDN))
"""tshark has not the messages of 1988 that Q.763 keeps as reserved, nor reads SDN; the message
in a PAM it shows in fields of the same names."""
WARNING = 0x600000


def sendable(rng: random.Random, kind: int, share: float) -> m.IsupMessage:
    return g.message(rng, kind, share, UNREAD)


def pcap(path: Path, label: bytes, messages: list[m.IsupMessage]) -> None:
    """Classic pcap of MTP3 messages."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 141))
        for index, message in enumerate(messages):
            data = label + message.encode()
            file.write(struct.pack("<IIII", index, 0, len(data), len(data)) + data)


Rows = list[dict[str, list[str]]]


def read_by_tshark(
    folder: Path, standard: str, messages: list[m.IsupMessage], columns: list[str]
) -> Rows:
    assert shutil.which("tshark"), "tshark is missing: apt-get install tshark"
    path = folder / "isup.pcap"
    pcap(path, LABELS[standard], messages)
    command = ["tshark", "-r", str(path), "-o", f"mtp3.standard:{standard}", "-T", "fields"]
    command += ["-E", f"separator={END}", "-E", f"aggregator={ALSO}"]
    for column in columns:
        command += ["-e", column]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    words = {"True": "1", "False": "0"}
    rows: Rows = []
    for line in run.stdout.removesuffix("\n").split("\n"):
        values = [
            [words.get(v, v) for v in column.split(ALSO)] if column else []
            for column in line.split(END)
        ]
        rows.append(dict(zip(columns, values, strict=True)))
    assert len(rows) == len(messages), "tshark lost frames"
    return rows


@pytest.fixture(scope="module", params=[ITU, CHINA])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[m.IsupMessage], Rows]:
    """What was sent and what tshark saw."""
    rng = random.Random(763)
    messages = [
        sendable(rng, kind, share)
        for kind in g.KINDS
        if kind not in UNKNOWN_THERE
        for share in [0.0, 1.0] + [rng.random() for _ in range(FRAMES_A_KIND - 2)]
    ]
    columns = ["_ws.malformed", "_ws.expert.message", "_ws.expert.severity", *OURS]
    folder = tmp_path_factory.mktemp("tshark")
    return messages, read_by_tshark(folder, request.param, messages, columns)


@pytest.mark.peer
def test_tshark_finds_nothing_wrong(pair: tuple[list[m.IsupMessage], Rows]) -> None:
    marked = [
        f"{message.name} {message.encode().hex(' ')}: {row['_ws.expert.message']}"
        for message, row in zip(*pair, strict=True)
        if row["_ws.malformed"] or any(int(v) >= WARNING for v in row["_ws.expert.severity"])
    ]
    assert not marked, marked[:5]


def number(code: int) -> Callable[[m.IsupMessage], list[str]]:
    """Digits, ST as F: tshark shows it as a digit of the number."""

    def digits(message: m.IsupMessage) -> list[str]:
        return [
            x.digits + ("F" if x.st else "")
            for x in message.read_all(code)
            if isinstance(x, p.Number)
        ]

    return digits


def subsequent(message: m.IsupMessage) -> list[str]:
    return [
        x.digits + ("F" if x.st else "")
        for x in message.read_all(p.SUBSEQUENT_NUMBER)
        if isinstance(x, p.SubsequentNumber)
    ]


def attribute(code: int, name: str) -> Callable[[m.IsupMessage], list[str]]:
    def values(message: m.IsupMessage) -> list[str]:
        return [str(int(getattr(x, name))) for x in message.read_all(code)]

    return values


def codes(message: m.IsupMessage) -> list[str]:
    """Of all parameters, and the end of optional ones where there are any."""
    out = [str(code) for code in message.parameters]
    return [*out, "0"] if set(message.parameters) - LAYOUTS[message.kind].mandatory else out


def of_cause(name: str) -> Callable[[m.IsupMessage], list[str]]:
    """tshark reads causes of the ITU's and of ISO's coding alone."""

    def values(message: m.IsupMessage) -> list[str]:
        cause = message.cause()
        return [] if cause is None or cause.standard > 1 else [str(getattr(cause, name))]

    return values


OURS: dict[str, Callable[[m.IsupMessage], list[str]]] = {
    "isup.cic": lambda x: [str(x.cic)],
    "isup.message_type": lambda x: [str(x.kind)],
    "isup.called": number(p.CALLED_PARTY_NUMBER),
    "isup.calling": number(p.CALLING_PARTY_NUMBER),
    "isup.redirecting": number(p.REDIRECTING_NUMBER),
    "isup.connected_number": number(p.CONNECTED_NUMBER),
    "isup.cause_indicator": of_cause("value"),
    "q931.cause_location": of_cause("location"),
    "isup.calling_partys_category": attribute(p.CALLING_PARTYS_CATEGORY, "value"),
    "isup.transmission_medium_requirement": attribute(p.TRANSMISSION_MEDIUM_REQUIREMENT, "value"),
    "isup.charge_indicator": attribute(p.BACKWARD_CALL_INDICATORS, "charge"),
    "isup.called_partys_status_indicator": attribute(p.BACKWARD_CALL_INDICATORS, "called_status"),
    "isup.satellite_indicator": attribute(p.NATURE_OF_CONNECTION, "satellites"),
    "isup.continuity_check_indicator": attribute(p.NATURE_OF_CONNECTION, "continuity"),
    "isup.event_ind": attribute(p.EVENT_INFORMATION, "event"),
    "isup.suspend_resume_indicator": attribute(p.SUSPEND_RESUME_INDICATORS, "network"),
    "isup.forw_call_preferences_indicator": attribute(p.FORWARD_CALL_INDICATORS, "preference"),
    "isup.forw_call_natnl_inatnl_call_indicator": attribute(
        p.FORWARD_CALL_INDICATORS, "international"
    ),
    "isup.redirection_counter": attribute(p.REDIRECTION_INFORMATION, "counter"),
    "isup.cgs_message_type": attribute(p.GROUP_SUPERVISION_TYPE, "value"),
    "isup.automatic_congestion_level": attribute(p.AUTOMATIC_CONGESTION_LEVEL, "value"),
    "isup.hop_counter": attribute(p.HOP_COUNTER, "value"),
    "isup.propagation_delay_counter": attribute(p.PROPAGATION_DELAY_COUNTER, "ms"),
    "isup.range_indicator": attribute(p.RANGE_AND_STATUS, "count"),
    "isup.redirection_number": number(p.REDIRECTION_NUMBER),
    "isup.original_called_number": number(p.ORIGINAL_CALLED_NUMBER),
    "isup.location_number": number(p.LOCATION_NUMBER),
    "isup.generic_number": number(p.GENERIC_NUMBER),
    "isup.subsequent_number": subsequent,
    "isup.notification_indicator": attribute(p.GENERIC_NOTIFICATION, "notification"),
    "isup.redirecting_ind": attribute(p.REDIRECTION_INFORMATION, "redirecting"),
    "isup.calling_party_address_response_indicator": attribute(
        p.INFORMATION_INDICATORS, "calling_address"
    ),
    "isup.OECD_inf_ind_vals": attribute(p.ECHO_CONTROL, "outgoing"),
    "isup.IECD_req_ind_vals": attribute(p.ECHO_CONTROL, "incoming_request"),
    "isup.inband_information_ind": attribute(p.OPTIONAL_BACKWARD_CALL_INDICATORS, "inband"),
    "isup.precedence_level": attribute(p.MLPP_PRECEDENCE, "level"),
    "isup.call_identity": attribute(p.CALL_REFERENCE, "identity"),
    "isup.parameter_type": codes,
}


@pytest.mark.peer
@pytest.mark.parametrize("column", OURS)
def test_tshark_reads_the_same(column: str, pair: tuple[list[m.IsupMessage], Rows]) -> None:
    ours = OURS[column]
    seen = 0
    for message, row in zip(*pair, strict=True):
        told = sorted(row[column])
        assert [normal(v) for v in told] == sorted(ours(message)), (
            f"{message.name} {message.encode().hex(' ')}"
        )
        seen += len(told)
    assert seen > 10, f"tshark never showed {column}"


def normal(value: str) -> str:
    """Hexadecimal as decimal."""
    return str(int(value, 16)) if value.startswith("0x") else value
