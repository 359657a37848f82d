"""What the far end does wrong is an event and a counter; the circuits stay usable."""

from __future__ import annotations

import random

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7 import tup_states as s
from trunkd.signaling.ss7.tup import Tup
from trunkd.signaling.ss7.tup_config import TupConfig
from trunkd.signaling.ss7.tup_messages import OCTET, GroupMessage, split_cic
from trunkd.signaling.ss7.tup_messages_address import Indicators, InitialAddress, decode

SECOND = 1_000_000_000
MINUTE = 60 * SECOND


class Desk:
    """A Tup, its time, and the far end's part."""

    def __init__(self, **settings: object) -> None:
        self.tup = Tup(TupConfig((1, 2, 3, 4), opc=2, dpc=1, **settings))  # type: ignore[arg-type]
        self.label = self.tup.config.variant.label
        self.now = 0
        self.tup.start(0)
        self.tup.mtp_resume(0)

    def say(self, octets: bytes, cic: int = 1) -> None:
        sls, octet = split_cic(cic, self.label)
        self.tup.receive(octet + octets, sls, self.now)

    def heard(self) -> list[str]:
        return [decode(data[1:]).name for _, data in self.tup.transmit()]

    def faults(self) -> list[str]:
        return [e.kind for e in self.tup.events() if isinstance(e, neutral.ProtocolFault)]

    def wait(self, ns: int) -> None:
        until = self.now + ns
        while (due := self.tup.next_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.tup.handle_timeout(self.now)
        self.now = until


@pytest.mark.parametrize(
    ("octets", "cic", "kind"),
    [
        (OCTET[h.CLF], 9, "unequipped_circuit"),
        (GroupMessage(h.MGB, 3, 15).octets, 100, "unequipped_circuit"),
        (GroupMessage(h.MGB, 0).octets, 1, "group_range"),
        (b"\x99\x01", 1, "unknown_message"),
        (OCTET[h.SLB], 1, "unknown_message"),
        (b"\x11\x0a", 1, "malformed"),
        (OCTET[h.ANC], 1, "unexpected_message"),
        (OCTET[h.COT], 1, "unexpected_message"),
    ],
)
def test_counted_and_passed_over(octets: bytes, cic: int, kind: str) -> None:
    desk = Desk()
    desk.say(octets, cic)
    assert desk.faults() == [kind]
    assert desk.heard() == []
    assert desk.tup.circuits[1].state == s.NULL


def test_too_short_for_a_label() -> None:
    desk = Desk()
    for data in (b"", b"\x01"):
        desk.tup.receive(data, 1, 0)
    assert desk.faults() == ["too_short", "too_short"]
    assert desk.tup.cic_of(b"", 1) == -1 and desk.tup.cic_of(b"\x01", 1) == 17


def test_idle_circuit_answers_what_asks_for_an_answer() -> None:
    """Q.724 6: CLF, BLO and UBL are answered even where they change nothing."""
    desk = Desk()
    for heading in (h.CLF, h.UBL, h.BLO, h.BLO, h.UBL, h.RSC, h.RLG, h.BLA, h.UBA):
        desk.say(OCTET[heading])
    assert desk.heard() == ["RLG", "UBA", "BLA", "BLA", "UBA", "RLG"]
    assert desk.faults() == []


def test_seizure_of_a_circuit_that_we_block_is_told_so() -> None:
    desk = Desk()
    desk.tup.block((1,), False, 0)
    desk.say(OCTET[h.BLA])
    desk.heard()
    desk.say(InitialAddress(10, Indicators(), "123").octets)
    assert desk.heard() == ["BLO"]
    assert desk.faults() == ["seizure_of_blocked"]


def test_a_test_call_may_seize_a_circuit_that_we_block() -> None:
    desk = Desk()
    desk.tup.block((1,), False, 0)
    desk.say(OCTET[h.BLA])
    desk.say(InitialAddress(13, Indicators(), "123").octets)
    assert [e.channel for e in desk.tup.events() if isinstance(e, neutral.CallOffered)] == [1]


def test_nonsense_before_address_complete_sends_the_call_elsewhere() -> None:
    desk = Desk()
    desk.tup.place(neutral.CallRequest(neutral.PartyNumber("1")), 0)
    desk.say(OCTET[h.RAN], 2)
    assert desk.heard() == ["IAM", "CLF", "IAM"]
    assert desk.faults() == ["unexpected_message"]


def test_answer_without_address_complete_is_an_answer() -> None:
    desk = Desk()
    desk.tup.place(neutral.CallRequest(neutral.PartyNumber("1")), 0)
    desk.say(OCTET[h.ANC], 2)
    kinds = [type(event) for event in desk.tup.events()]
    assert neutral.CallConnected in kinds and neutral.ProtocolFault in kinds


def test_refusal_that_nobody_clears_ends_in_a_reset() -> None:
    desk = Desk()
    desk.say(InitialAddress(10, Indicators(), "123").octets)
    desk.tup.clear(1, 28, 0)
    desk.wait(71 * SECOND)
    heard = desk.heard()
    assert heard[:2] == ["ADI", "CFL"] and set(heard[1:-1]) == {"CFL"} and heard[-1] == "RSC"
    events = desk.tup.events()
    assert [e.kind for e in events if isinstance(e, neutral.ProtocolFault)] == ["no_clear_forward"]
    (released,) = [e for e in events if isinstance(e, neutral.CallReleased)]
    assert (released.cause, released.local) == (28, True)
    desk.say(OCTET[h.RLG])
    assert desk.tup.circuits[1].state == s.NULL and not desk.tup.deadlines


def test_unqualified_acknowledgement_of_a_part() -> None:
    """The far end has not all the circuits of the group: BlockingDone is not ok."""
    desk = Desk()
    desk.tup.block((1, 2, 3), False, 0)
    desk.say(GroupMessage(h.MBA, 2, 0b101).octets)
    (done,) = [e for e in desk.tup.events() if isinstance(e, neutral.BlockingDone)]
    assert (done.channels, done.what, done.ok) == ((1, 2, 3), "block", False)


def test_a_newer_request_ends_the_wait_for_the_older() -> None:
    desk = Desk()
    desk.tup.block((1, 2, 3), False, 0)
    desk.tup.unblock((2, 3), False, 0)
    desk.tup.block((4,), False, 0)
    desk.tup.unblock((4,), False, 0)
    done = [e for e in desk.tup.events() if isinstance(e, neutral.BlockingDone)]
    assert [(e.channels, e.ok) for e in done] == [((1, 2, 3), False), ((4,), False)]
    # The block that is left to circuit 1 is sent anew.
    assert desk.heard() == ["MGB", "MGU", "MGB", "BLO", "UBL"]


def test_automatic_congestion_control() -> None:
    desk = Desk()
    desk.say(bytes((h.ACC, 2)))
    refused = 0
    for _ in range(4):
        desk.tup.place(neutral.CallRequest(neutral.PartyNumber("1")), 0)
    refused = sum(isinstance(e, neutral.CallReleased) for e in desk.tup.events())
    assert refused == 2
    desk.say(bytes((h.ACC, 0)))
    assert desk.tup.level == 2, "0 is spare"


@pytest.mark.parametrize("variant", ["itu", "china"])
@pytest.mark.parametrize("seed", range(6))
def test_random_messages_leave_circuits_usable(variant: str, seed: int) -> None:
    """20,000 random messages, half of them well formed; then a reset and a call."""
    rng = random.Random(seed)
    desk = Desk(variant=variant, continuity=seed % 3)
    codes = [*h.HEADINGS]
    for _ in range(20_000):
        heading = rng.choice(codes) if rng.random() < 0.9 else rng.randrange(256)
        if heading in (h.IAM, h.IAI) and rng.random() < 0.8:
            check = rng.choice((0, 0, 1, 2))
            octets = InitialAddress(10, Indicators(continuity=check), "1234").octets
        else:
            octets = bytes((heading,)) + rng.randbytes(rng.randrange(9))
        desk.say(octets, rng.randrange(6))
        if rng.random() < 0.1:
            desk.wait(rng.randrange(40 * SECOND))
        if rng.random() < 0.05 and not desk.tup.circuits[1].call:
            desk.tup.place(neutral.CallRequest(neutral.PartyNumber("1")), desk.now)
        desk.tup.transmit()
        desk.tup.events()
    assert sum(desk.tup.received.values()) == 20_000
    for cics in ((1, 2, 3, 4),):
        desk.tup.restart(cics, desk.now)
    desk.say(GroupMessage(h.GRA, 3, 0).octets, 1)
    for heading in (h.UBL, h.HGU, h.SGU):
        octets = OCTET[heading] if heading == h.UBL else GroupMessage(heading, 3, 15).octets
        for cic in (1, 2, 3, 4) if heading == h.UBL else (1,):
            desk.say(octets, cic)
    desk.wait(MINUTE)
    assert {c.state for c in desk.tup.circuits.values()} == {s.NULL}
    assert not desk.tup.calls and not desk.tup.deadlines
    desk.tup.events()
    desk.tup.place(neutral.CallRequest(neutral.PartyNumber("1")), desk.now)
    assert "IAM" in desk.heard()


@pytest.mark.parametrize("unblocks", [False, True])
def test_a_reset_amid_group_blocking_leaves_the_group_message_to_its_answer(unblocks: bool) -> None:
    """A circuit that we block is blocked anew after a reset; one whose group message still waits
    for its answer is not: that would end the message, and the far end might never hear of the
    other circuits."""
    desk = Desk()
    desk.tup.block((1, 2, 3, 4), True, desk.now)
    heading = h.HGB
    if unblocks:
        desk.say(GroupMessage(h.HGB + 0x10, 3, 15).octets)
        desk.tup.unblock((1, 2, 3, 4), True, desk.now)
        heading = h.HGU
    desk.heard()
    desk.say(OCTET[h.RSC], 2)
    assert not {"HGB", "HGU"} & set(desk.heard())
    desk.wait(MINUTE // 2)
    sent = {data[1:] for _, data in desk.tup.transmit()}
    assert GroupMessage(heading, 3, 15).octets in sent, "repeated, for all four circuits"
