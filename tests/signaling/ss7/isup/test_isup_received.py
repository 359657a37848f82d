"""What the far end may send that is odd: unexpected, malformed, segmented, in groups."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup_messages import decode

SECOND = 1_000_000_000
IAM = "0060000a03020005831021430f"
ACM = "160400"
REL = "0200028290"


def faults(b) -> list[str]:
    return [event.kind for event in b.kinds(neutral.ProtocolFault)]


# 2.9.5.1


def test_idle_circuit(bench) -> None:
    b = bench()
    assert b.give(m.RLC, "00") == []
    assert b.give(m.REL, REL) == ["RLC"]
    assert b.give(m.ANM, "00") == ["RSC"]
    assert b.give(m.IAM, IAM) == []
    assert b.give(m.RLC, "00") == []
    b.give(m.IAM, IAM)
    assert b.state == s.IN_WAIT_ACM


def test_rlc_without_rel(bench) -> None:
    """2.9.5.1 c: the circuit is released, REL is sent."""
    b = bench()
    call = b.place()
    b.give(m.ACM, ACM)
    assert b.give(m.RLC, "00") == ["REL"]
    b.give(m.RLC, "00")
    assert b.kinds(neutral.CallReleased)[-1].call == call


def test_before_the_backward_message(bench) -> None:
    """2.9.5.1 d 3: RSC, and the call on another circuit."""
    b = bench()
    call = b.place()
    b.take()
    sent = b.give(m.ANM, "00")
    assert sent[0] == "RSC"
    assert sent[1].endswith(" IAM")
    assert b.isup.calls[call].circuit.cic != 5


def test_after_the_backward_message(bench) -> None:
    """2.9.5.1 d 2: passed over."""
    b = bench()
    b.place()
    b.give(m.ACM, ACM)
    for kind in (m.IAM, m.SAM, m.COT, m.CON, m.ACM):
        body = {m.IAM: IAM, m.SAM: "0200028005", m.COT: "01"}.get(kind, ACM)
        assert b.give(kind, body) == []
    assert b.state == s.OUT_WAIT_ANM
    assert faults(b) == ["unexpected_message"] * 5


def test_reset_after_iam(bench) -> None:
    """2.9.3.1 d: RLC, and the call on another circuit."""
    b = bench()
    b.place()
    b.take()
    sent = b.give(m.RSC)
    assert sent[0] == "RLC"
    assert sent[1].endswith(" IAM")


def test_reset_of_a_blocked_circuit(bench) -> None:
    """2.9.3.1 e: BLO before RLC; f: their own blocking is undone."""
    b = bench()
    b.isup.block((5,), False, 0)
    b.give(m.BLA)
    b.give(m.BLO)
    assert b.circuit.shown == neutral.CHANNEL_BLOCKED_BOTH
    assert b.give(m.RSC) == ["BLO", "RLC"]
    assert b.give(m.BLA) == []
    assert b.circuit.shown == neutral.CHANNEL_BLOCKED_HERE


def test_iam_on_a_circuit_that_they_blocked(bench) -> None:
    """2.8.2.3: the circuit is blocked no more."""
    b = bench()
    assert b.give(m.BLO) == ["BLA"]
    b.give(m.IAM, IAM)
    assert b.state == s.IN_WAIT_ACM
    b.give(m.REL, REL)
    assert b.circuit.shown == neutral.CHANNEL_IDLE


def test_iam_on_a_circuit_that_we_blocked(bench) -> None:
    b = bench()
    b.isup.block((5,), False, 0)
    assert b.give(m.IAM, IAM, cic=6) == ["BLO"]
    b.isup.clear(b.isup.last_handle, 16, 0)
    b.give(m.BLA)
    assert b.give(m.IAM, IAM) == ["BLO"]
    assert b.state == s.IDLE
    b.give(m.BLA)
    b.give(m.IAM, IAM.replace("0a03", "0d03", 1))
    assert b.state == s.IN_WAIT_ACM


def test_answers_to_nothing(bench) -> None:
    """2.8.2.3: BLA for a circuit that is not blocked: UBL; UBA for one that is: BLO."""
    b = bench()
    assert b.give(m.BLA) == ["UBL"]
    assert b.give(m.UBA) == []
    assert b.give(m.UBA) == []
    b.isup.block((5,), False, 0)
    b.give(m.BLA)
    assert b.give(m.BLA) == []
    assert b.give(m.UBA) == ["BLO"]
    b.give(m.BLA)
    for kind, body in ((m.CGBA, "0001020207"), (m.GRA, "01020200"), (m.CQR, "0203010100")):
        assert b.give(kind, body) == []


@pytest.mark.parametrize(
    ("kind", "body", "answer"),
    [
        (m.CGB, "0001020207", "CGBA"),
        (m.CGB, "0101020207", "CGBA"),
        (m.CGU, "0001020207", "CGUA"),
        (m.CGB, "00010100", ""),
        (m.CGB, "0001020001", ""),
        (m.CGB, "000102ffff", ""),
        (m.CGB, "000121ff" + "ff" * 5 + "00" * 27, ""),
        (m.CGB, "000121ff" + "ff" * 4 + "00" * 28, "CGBA"),
        (m.GRS, "010102", "GRA"),
        (m.GRS, "01011f", "GRA"),
        (m.GRS, "010100", ""),
        (m.GRS, "010120", ""),
        (m.CQM, "010100", "CQR"),
        (m.CQM, "01011f", "CQR"),
        (m.CQM, "010120", ""),
    ],
)
def test_ranges(bench, kind: int, body: str, answer: str) -> None:
    """Q.763 3.43: 1 to 31 for GRS, 0 to 31 for CQM, at most 32 circuits marked in CGB and CGU."""
    b = bench(circuits=tuple(range(1, 64)))
    assert b.give(kind, body) == ([answer] if answer else [])
    if not answer:
        assert faults(b) == ["group_range"]


def test_group_answers_name_only_circuits_that_are_there(bench) -> None:
    b = bench(circuits=(5, 7))
    b.isup.receive(bytes.fromhex("0500180001020207"), 0)
    assert b.raw() == [bytes.fromhex("1a0001020205")]
    b.isup.block((7,), False, 0)
    b.isup.receive(bytes.fromhex("070015"), 0)
    b.raw()
    b.isup.receive(bytes.fromhex("050017010103"), 0)
    assert b.raw() == [bytes.fromhex("2901020304")]
    b.isup.receive(bytes.fromhex("05002a010103"), 0)
    assert b.raw() == [bytes.fromhex("2b02030103040c030d03")]


def test_group_not_wholly_acknowledged(bench) -> None:
    """2.8.2.3: what CGBA leaves out is not blocked; maintenance is told."""
    b = bench()
    b.isup.block((5, 6, 7), False, 0)
    b.take()
    b.give(m.CGBA, "0001020205")
    assert b.kinds(neutral.BlockingDone) == [neutral.BlockingDone((5, 6, 7), "block", False)]
    assert faults(b) == ["group_not_acknowledged"]
    shown = [b.isup.circuits.by_cic[n].shown for n in (5, 6, 7)]
    here = neutral.CHANNEL_BLOCKED_HERE
    assert shown == [here, neutral.CHANNEL_IDLE, here]


def test_hardware_blocking_of_one_circuit(bench) -> None:
    """Range 0 is reserved, so a second circuit is named and not marked."""
    b = bench()
    b.isup.block((5,), True, 0)
    assert b.raw() == [bytes.fromhex("180101020101")]
    b.isup.receive(bytes.fromhex("05001a0101020101"), 0)
    assert b.kinds(neutral.BlockingDone)[0].ok
    assert b.give(m.RSC) == ["CGB", "RLC"]


def test_circuits_that_are_not_ours(bench) -> None:
    b = bench()
    assert b.give(m.IAM, IAM, cic=99) == ["99 UCIC"]
    assert b.give(m.RLC, "00", cic=99) == []
    assert b.give(m.UPT, "00", cic=99) == ["99 UPA"]
    assert bench(variant="international").give(m.IAM, IAM, cic=99) == []


@pytest.mark.parametrize("octets", ["", "05", "0500", "050001", "05000100", "05000c02ff", "ffff"])
def test_malformed(bench, octets: str) -> None:
    b = bench()
    b.isup.receive(bytes.fromhex(octets), 0)
    assert b.take() == []
    assert faults(b)


# 2.1.12


SEGMENTED = "0060000a03020705831021430f08010400"


def test_segmented_iam(bench) -> None:
    b = bench()
    assert b.give(m.IAM, SEGMENTED) == []
    assert not b.kinds(neutral.CallOffered)
    b.give(m.SGM, "01" + "200400414243" + "00")
    assert b.kinds(neutral.CallOffered)[0].request.user_user == b"ABC"


def test_segment_does_not_come(bench) -> None:
    """T34: on without it."""
    b = bench()
    b.give(m.IAM, SEGMENTED)
    b.wait(3 * SECOND)
    assert b.state == s.IN_WAIT_ACM


def test_segmented_acm(bench) -> None:
    b = bench()
    b.place()
    b.take()
    b.give(m.ACM, "160401" + "290104" + "00")
    assert b.state == s.OUT_WAIT_ACM
    b.give(m.SGM, "01" + "200400414243" + "00")
    assert b.state == s.OUT_WAIT_ANM
    assert [e.data for e in b.kinds(neutral.UserInformation)] == [b"ABC"]


def test_another_message_instead_of_the_segment(bench) -> None:
    b = bench()
    b.place()
    b.take()
    b.give(m.ACM, "160401" + "290104" + "00")
    b.give(m.ANM, "00")
    assert b.state == s.OUT_ANSWERED
    names = [type(e).__name__ for e in b.log if getattr(e, "call", 0)]
    assert names == ["CallAlerting", "CallConnected"]


@pytest.mark.parametrize("kind", [m.ACM, m.CON])
def test_segment_of_a_backward_message_does_not_come(bench, kind: int) -> None:
    b = bench()
    b.place()
    b.give(kind, "160401" + "290104" + "00")
    assert b.state == s.OUT_WAIT_ACM
    b.wait(3 * SECOND)
    assert b.state == {m.ACM: s.OUT_WAIT_ANM, m.CON: s.OUT_ANSWERED}[kind]


@pytest.mark.parametrize("kind", [m.CPG, m.ANM])
def test_segmented_after_acm(bench, kind: int) -> None:
    b = bench()
    b.place()
    b.give(m.ACM, ACM)
    head = "0201" if kind == m.CPG else "01"
    b.give(kind, head + "290104" + "00")
    assert not b.kinds(neutral.CallConnected)
    b.give(m.SGM, "01" + "200400414243" + "ee0100" + "00")
    assert len(b.kinds(neutral.UserInformation)) == 1
    assert len(b.kinds(neutral.CallConnected)) == (kind == m.ANM)


def test_long_iam_is_sent_in_two(bench) -> None:
    b, far = bench(), bench(opc=2, dpc=1)
    access = b"\x7d\x02\x91\x81" + b"\x71" + bytes((180,)) + b"s" * 180
    b.place(user_user=b"u" * 120, access=access)
    sent = [data for _, data in b.isup.transmit()]
    assert [data[2] for data in sent] == [m.IAM, m.SGM]
    assert all(len(data) <= 265 for data in sent)
    for data in sent:
        far.isup.receive(data, 0)
    request = far.kinds(neutral.CallOffered)[0].request
    assert (request.user_user, request.access) == (b"u" * 120, access)


# Values


@pytest.mark.parametrize(
    ("status", "octet2", "event", "inband"),
    [
        (0, 0x14, neutral.CallProceeding, False),
        (1, 0x14, neutral.CallAlerting, False),
        (1, 0x04, neutral.CallAlerting, True),
        (1, 0x10, neutral.CallAlerting, True),
        (0, 0x15, neutral.CallProceeding, True),
    ],
)
def test_backward_call_indicators(bench, status: int, octet2: int, event, inband: bool) -> None:
    """Tones come from where ISUP or ISDN ends (3.5)."""
    b = bench()
    b.place()
    b.give(m.ACM, f"{0x12 | status << 2:02x}{octet2:02x}00")
    got = b.kinds(event)
    assert [e.inband for e in got] == [inband]


@pytest.mark.parametrize("hops", [0, 1, 2, 31])
def test_hop_counter_at_a_transit_exchange(bench, hops: int) -> None:
    """2.1.15: what would leave with 0 is released, cause 25."""
    b = bench(exchange_type="B")
    sent = b.give(m.IAM, "0060000a03020705831021430f" + f"3d01{hops:02x}" + "00")
    assert sent == (["REL"] if hops < 2 else [])
    assert bench().give(m.IAM, "0060000a03020705831021430f3d010000") == []


def test_echo_control(bench) -> None:
    """2.7: the outgoing half is said in IAM, the incoming one answered in ACM."""
    b, far = bench(echo_control=True), bench(opc=2, dpc=1, echo_control=True)
    b.place()
    octets = b.raw()[0]
    assert octets[1] & 0x10
    far.isup.receive(b"\x05\0" + octets, 0)
    far.isup.alert(1, False, 0)
    assert far.raw()[0][2] & 0x20


def test_satellite_and_international(bench) -> None:
    b = bench(satellites=1, international=True)
    b.place()
    octets = b.raw()[0]
    assert octets[1] & 3 == 1
    assert octets[2] & 1 == 1


def test_china_sends_no_st_and_national_numbers(bench) -> None:
    b = bench(variant="china")
    b.isup.place(neutral.CallRequest(neutral.PartyNumber("13800138000"), channel=5), 0)
    octets = b.raw()[0]
    called = decode(b"\x05\0" + octets).called()
    assert (called.digits, called.nai, called.st) == ("13800138000", 3, False)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("0000", "04000000"),
        ("0100", "040300010a040310890900"),
        ("0800", "0420000109010a00"),
    ],
)
def test_information_that_is_asked_for(bench, asked: str, answer: str) -> None:
    """2.1.6: calling number and category."""
    b = bench()
    b.place(calling=neutral.PartyNumber("9890", 2))
    b.raw()
    b.isup.receive(bytes.fromhex("050003" + asked + "00"), 0)
    assert [octets.hex() for octets in b.raw()] == [answer]


def test_information_is_not_asked_for_in_q767(bench) -> None:
    b = bench(variant="international")
    b.place()
    b.take()
    assert b.give(m.INR, "010000") == []
    assert faults(b) == ["unexpected_message"]


def test_information_brings_the_calling_number(bench) -> None:
    b = bench(ask_calling=True)
    b.give(m.IAM, IAM)
    b.give(m.INF, "030001" + "0a0403108909" + "00")
    calling = b.kinds(neutral.CallOffered)[0].request.calling
    assert calling == neutral.PartyNumber("9890", 2)


def test_causes_of_progress_and_release(bench) -> None:
    """A cause in ACM is passed on; one of REL with a recommendation octet is read too."""
    b = bench()
    b.place()
    b.give(m.ACM, "160401" + "12028291" + "00")
    assert b.kinds(neutral.CallProgressed)[0].cause == 17
    b.give(m.REL, "0200030380" + "90")
    assert (b.log[-1].cause, b.log[-1].location) == (16, 3)


def test_malformed_parameters(bench) -> None:
    """Numbers, ranges and causes that cannot be read do no harm."""
    b = bench(overlap=True)
    assert b.give(m.IAM, "0060000a0302000103") == []
    assert faults(b) == ["called_number"]
    b.give(m.IAM, "0060000a0302000403102143")
    assert b.give(m.SAM, "02000180") == []
    b.give(m.SAM, "020002800f")
    assert b.give(m.SAM, "0200028005") == []
    assert faults(b)[1:] == ["subsequent_number", "unexpected_message"]
    assert b.give(m.GRS, "0100", cic=9) == []
    assert b.give(m.CGB, "0201020207", cic=9) == []
    assert faults(b)[3:] == ["group_range", "group_range"]
    assert b.give(m.REL, "02000182") == ["RLC"]
    assert b.kinds(neutral.CallReleased)[0].cause == 31


def test_failed_check_on_an_earlier_circuit(bench) -> None:
    """2.1.8: this circuit is sound: REL; no CCR is waited for."""
    b = bench()
    b.give(m.IAM, IAM.replace("00", "08", 1))
    assert b.give(m.COT, "00") == ["REL"]


def test_unequipped_circuit_comes_back(bench) -> None:
    """2.12: any message about it shows that the far end has it now."""
    b = bench()
    b.give(m.UCIC)
    assert b.circuit.shown == neutral.CHANNEL_OUT_OF_SERVICE
    b.give(m.IAM, IAM)
    assert b.state == s.IN_WAIT_ACM


def test_resume_of_what_is_not_suspended(bench) -> None:
    b = bench()
    b.place()
    b.give(m.CON, ACM)
    b.give(m.SUS, "0100")
    b.give(m.RES, "0000")
    assert b.state == s.OUT_SUSPENDED
    assert faults(b) == ["unexpected_message"]


def test_early_acm_after_the_last_digit(bench) -> None:
    for digits in ("0200028005", "020002800f"):
        b = bench(early_acm=True, overlap=True, max_digits=6)
        b.give(m.IAM, "0060000a0302000403102143")
        b.give(m.SAM, digits)
        assert b.wait(20 * SECOND) == ["ACM"]


def test_max_digits_in_the_iam(bench) -> None:
    b = bench(overlap=True, max_digits=4)
    b.give(m.IAM, "0060000a0302000403102143")
    assert b.kinds(neutral.CallOffered)[0].request.complete
