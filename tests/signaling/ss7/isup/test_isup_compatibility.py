"""Messages and parameters unknown here: their instruction indicators (Q.764 2.9.5.2, 2.9.5.3)."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s

IAM = "0060000a03020005831021430f"
ACM = "160400"
REL = "0200028290"


def faults(b) -> list[str]:
    return [event.kind for event in b.kinds(neutral.ProtocolFault)]


UNKNOWN = 0x6E
"""A message type that no variant has."""


def unknown(indicator: int) -> str:
    return f"013801{indicator:02x}00"


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("00", ["CFN"]),
        (unknown(0x80 | 0x08), []),
        (unknown(0x80 | 0x0C), ["CFN"]),
        (unknown(0x80 | 0x02), ["REL"]),
        (unknown(0x80 | 0x06), ["REL"]),
        (unknown(0x80 | 0x00), ["REL"]),
        (unknown(0x80 | 0x10), []),
        (unknown(0x80 | 0x14), ["CFN"]),
    ],
)
def test_unknown_message(bench, body: str, sent: list[str]) -> None:
    b = bench()
    call = b.place()
    b.take()
    assert b.give(UNKNOWN, body) == sent
    if "REL" in sent:
        b.give(m.RLC, "00")
        assert b.kinds(neutral.CallReleased) == [neutral.CallReleased(call, 5, 97, 2, True)]
    assert bench(variant="q767").give(UNKNOWN, body) == []


def with_unknown(indicator: int | None, code: int = 0xEE) -> str:
    """ACM with a parameter that nobody knows and what is to be done with it."""
    compatibility = "" if indicator is None else f"3902{code:02x}{indicator:02x}"
    return f"160401{code:02x}0142{compatibility}00"


@pytest.mark.parametrize(
    ("indicator", "sent", "state"),
    [
        (None, ["CFN"], s.OUT_WAIT_ANM),
        (0x80 | 0x10, [], s.OUT_WAIT_ANM),
        (0x80 | 0x14, ["CFN"], s.OUT_WAIT_ANM),
        (0x80 | 0x08, [], s.OUT_WAIT_ACM),
        (0x80 | 0x0C, ["CFN"], s.OUT_WAIT_ACM),
        (0x80 | 0x02, ["REL"], s.WAIT_RLC),
        (0x80 | 0x00, ["REL"], s.WAIT_RLC),
        (0x80 | 0x20, [], s.OUT_WAIT_ACM),
        (0x80 | 0x40, [], s.OUT_WAIT_ANM),
        (0x80 | 0x44, ["CFN"], s.OUT_WAIT_ANM),
        (0x80 | 0x60, ["REL"], s.WAIT_RLC),
    ],
)
def test_unknown_parameter(bench, indicator, sent: list[str], state: int) -> None:
    b = bench()
    b.place()
    b.take()
    assert b.give(m.ACM, with_unknown(indicator)) == sent
    assert b.state == state


def test_transit_exchange_leaves_end_node_matters_alone(bench) -> None:
    """Type B: bit A 0 means that the end nodes interpret the rest."""
    b = bench(exchange_type="B")
    b.place()
    b.take()
    assert b.give(m.ACM, with_unknown(0x82)) == []
    assert b.state == s.OUT_WAIT_ANM
    c = bench(exchange_type="B")
    c.place()
    c.take()
    assert c.give(m.ACM, with_unknown(0x83)) == ["REL"]


def test_unknown_parameter_in_iam_and_in_rel(bench) -> None:
    b = bench()
    body = "0060000a03020705831021430f" + "ee0142" + "3902ee82" + "00"
    assert b.give(m.IAM, body) == ["REL"]
    assert not b.kinds(neutral.CallOffered)
    b.give(m.RLC, "00")
    b.give(m.IAM, IAM)
    b.isup.receive(bytes.fromhex("05000c" + "020402" + "8290" + "ee0142" + "3902ee84" + "00"), 0)
    assert b.raw() == [bytes.fromhex("1001120382e3ee00")]


def test_confusion_is_reported_not_answered(bench) -> None:
    b = bench()
    b.place()
    b.take()
    assert b.give(m.CFN, "02000282e3") == []
    assert faults(b) == ["confusion"]
    assert b.state == s.OUT_WAIT_ACM


def test_unknown_messages_where_there_is_no_call(bench) -> None:
    b = bench()
    assert b.give(UNKNOWN, unknown(0x82)) == []
    assert bench(exchange_type="B").give(UNKNOWN, unknown(0x82)) == []
    assert b.give(m.ACM, with_unknown(0x82)) == []
    call = b.place()
    b.isup.clear(call, 16, 0)
    b.take()
    assert b.give(UNKNOWN, unknown(0x82)) == []
