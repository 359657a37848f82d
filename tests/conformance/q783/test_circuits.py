"""Q.783 section 1: circuit supervision."""

from __future__ import annotations

from q783_rig import CIRCUITS, OURS, SECOND, THEIRS, Rig
from registry import Cases

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7.tup_messages import AddressComplete, GroupMessage

CASES = Cases("q783")
BLOCKED_HERE, BLOCKED_THERE = neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE


def group(name: str, range_: int = 5, status: int = 0x3F) -> GroupMessage:
    return GroupMessage(h.BY_ACRONYM[name], range_, status)


@CASES.case("1.1", "Q.724 6")
def non_allocated_circuits() -> str:
    rig = Rig()
    for name in ("CLF", "RLG", "BLO", "RSC", "CCR"):
        rig.say(name, 100)
    rig.seize(16)
    rig.say(group("MGB", 3), 200)
    rig.silent(SECOND)
    assert not rig.of(neutral.CallOffered)
    return rig.done(*["unequipped_circuit"] * 7)


@CASES.case("1.2.1", "Q.724 10")
def reset_received() -> str:
    rig = Rig()
    rig.say("RSC")
    rig.expect("RLG")
    rig.idle()
    return rig.done()


@CASES.case("1.2.2", "Q.724 10")
def reset_sent() -> str:
    rig = Rig()
    rig.tup.restart((OURS,), rig.now)
    rig.expect("RSC")
    rig.say("RLG")
    rig.idle()
    assert [e.ok for e in rig.of(neutral.RestartDone)] == [True]
    return rig.done()


@CASES.case("1.2.3", "Q.724 10")
def group_reset_received() -> str:
    rig = Rig()
    rig.tup.block((5,), False, rig.now)
    rig.expect("BLO", cic=5)
    rig.say("BLA", 5)
    rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete())
    rig.seize(THEIRS)
    rig.say(group("GRS", 5), OURS)
    answer = rig.expect("GRA")
    assert isinstance(answer, GroupMessage) and (answer.range, answer.status) == (5, 0b1000)
    rig.idle(OURS, THEIRS)
    assert len(rig.of(neutral.CallReleased)) == 2
    return rig.done()


@CASES.case("1.2.4", "Q.724 10")
def group_reset_sent() -> str:
    rig = Rig()
    rig.tup.restart((OURS, THEIRS, 4, 5), rig.now)
    message = rig.expect("GRS")
    assert isinstance(message, GroupMessage) and message.range == 3
    rig.say(group("GRA", 3, 0b0100))
    rig.idle(OURS, THEIRS, 4, 5)
    assert [rig.channel(cic) for cic in (2, 3, 4, 5)] == [0, 0, BLOCKED_THERE, 0]
    assert [e.ok for e in rig.of(neutral.RestartDone)] == [True]
    return rig.done()


def block_by_group(hardware: bool, block: str, ack: str, unblock: str, unack: str) -> str:
    """The same sent, for all circuits of a system."""
    rig = Rig()
    rig.tup.block(CIRCUITS, hardware, rig.now)
    first = rig.expect(block, cic=1)
    rig.expect(block, cic=17)
    assert isinstance(first, GroupMessage) and (first.range, first.status) == (14, 0x7FFF)
    for cic in (1, 17):
        rig.say(group(ack, 14, 0x7FFF), cic)
    assert {rig.channel(cic) for cic in CIRCUITS} == {BLOCKED_HERE}
    rig.tup.unblock(CIRCUITS, hardware, rig.now)
    for cic in (1, 17):
        rig.expect(unblock, cic=cic)
    for cic in (1, 17):
        rig.say(group(unack, 14, 0x7FFF), cic)
    assert {rig.channel(cic) for cic in CIRCUITS} == {neutral.CHANNEL_IDLE}
    assert [(e.what, e.ok) for e in rig.of(neutral.BlockingDone)] == [
        ("block", True),
        ("unblock", True),
    ]
    return rig.done()


@CASES.case("1.3.1.1", "Q.724 10")
def hgb_received() -> str:
    """HGB ends the call on the circuit; CLF and HBA go out together."""
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete())
    rig.say("ANC")
    rig.say(group("HGB"))
    rig.expect("CLF", "HBA")
    rig.say("RLG")
    assert rig.released().cause == 41
    assert rig.channel(OURS) == rig.channel(THEIRS) == BLOCKED_THERE
    rig.say(group("HGU"))
    rig.expect("HUA")
    assert rig.channel(OURS) == rig.channel(THEIRS) == neutral.CHANNEL_IDLE
    return rig.done()


@CASES.case("1.3.1.2", "Q.724 10")
def hgb_sent() -> str:
    return block_by_group(True, "HGB", "HBA", "HGU", "HUA")


@CASES.case("1.3.1.3", "Q.724 10")
def mgb_received() -> str:
    """MGB leaves the call on the circuit alone."""
    rig = Rig()
    handle = rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete())
    rig.say("ANC")
    rig.say(group("MGB"))
    answer = rig.expect("MBA")
    assert isinstance(answer, GroupMessage) and (answer.range, answer.status) == (5, 0x3F)
    assert rig.channel(THEIRS) == BLOCKED_THERE and not rig.of(neutral.CallReleased)
    rig.tup.clear(handle, 16, rig.now)
    rig.expect("CLF")
    rig.say("RLG")
    assert rig.channel(OURS) == BLOCKED_THERE
    rig.say(group("MGU"))
    rig.expect("MUA")
    assert rig.channel(OURS) == rig.channel(THEIRS) == neutral.CHANNEL_IDLE
    return rig.done()


@CASES.case("1.3.1.4", "Q.724 10")
def mgb_sent() -> str:
    return block_by_group(False, "MGB", "MBA", "MGU", "MUA")


@CASES.case("1.3.2.1", "Q.724 5")
def blo_received() -> str:
    rig = Rig()
    rig.say("BLO")
    rig.expect("BLA")
    assert rig.channel(OURS) == BLOCKED_THERE
    rig.place(OURS)
    rig.expect("IAM", cic=4)  # not on the blocked circuit
    rig.say("UBL")
    rig.expect("UBA")
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done()


@CASES.case("1.3.2.2", "Q.724 5")
def blo_sent() -> str:
    rig = Rig()
    rig.tup.block((THEIRS,), False, rig.now)
    rig.expect("BLO", cic=THEIRS)
    rig.say("BLA", THEIRS)
    assert rig.channel(THEIRS) == BLOCKED_HERE
    rig.tup.unblock((THEIRS,), False, rig.now)
    rig.expect("UBL", cic=THEIRS)
    rig.say("UBA", THEIRS)
    assert rig.channel(THEIRS) == neutral.CHANNEL_IDLE
    assert all(e.ok for e in rig.of(neutral.BlockingDone))
    rig.seize(THEIRS)
    assert rig.offered().channel == THEIRS
    return rig.done()


@CASES.case("1.3.2.3", "Q.724 5")
def blocked_from_both_ends() -> str:
    rig = Rig()
    rig.say("BLO")
    rig.expect("BLA")
    rig.tup.block((OURS,), False, rig.now)
    rig.expect("BLO")
    rig.say("BLA")
    assert rig.channel(OURS) == neutral.CHANNEL_BLOCKED_BOTH
    rig.tup.unblock((OURS,), False, rig.now)
    rig.expect("UBL")
    rig.say("UBA")
    assert rig.channel(OURS) == BLOCKED_THERE
    rig.place(OURS)
    rig.expect("IAM", cic=4)
    rig.say("UBL")
    rig.expect("UBA")
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done()


CASES.not_applicable(
    ["1.3.2.4"],
    "Q.724 5",
    "Interruption control is for FDM circuits with a pilot; our circuits are timeslots of 2048 "
    "kbit/s systems, whose alarms lead to HGB (1.3.1.2).",
)


@CASES.case("1.4.1", "Q.724 7")
def check_call_received() -> str:
    rig = Rig()
    rig.say("CCR")
    assert [e.mode for e in rig.of(neutral.ContinuityCheck)] == [neutral.CONTINUITY_LOOP]
    assert rig.channel(OURS) == neutral.CHANNEL_TESTING
    rig.say("CLF")
    rig.expect("RLG")
    rig.idle()
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_OFF
    return rig.done()


@CASES.case("1.4.2", "Q.724 7")
def check_call_sent() -> str:
    rig = Rig()
    rig.tup.continuity_test(OURS, rig.now)
    rig.expect("CCR")
    rig.tone_heard(OURS, True)
    rig.expect("CLF")
    rig.say("RLG")
    rig.idle()
    return rig.done()


@CASES.case("1.4.3", "Q.724 7")
def check_call_received_failed() -> str:
    rig = Rig()
    rig.say("CCR")
    rig.say("CCF")
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_OFF
    assert rig.channel(OURS) == neutral.CHANNEL_TESTING, "the check will be made anew"
    rig.say("CCR")
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_LOOP
    rig.say("CLF")
    rig.expect("RLG")
    rig.idle()
    return rig.done()


@CASES.case("1.4.4", "Q.724 7")
def check_call_sent_failed() -> str:
    rig = Rig()
    rig.tup.continuity_test(OURS, rig.now)
    rig.expect("CCR")
    rig.expect("CCF", after=2 * SECOND)
    rig.expect("CCR", after=120 * SECOND)
    rig.tone_heard(OURS, False)
    rig.expect("CCF")
    rig.expect("CCR", after=120 * SECOND)
    rig.tone_heard(OURS, True)
    rig.expect("CLF")
    rig.say("RLG")
    rig.idle()
    return rig.done("continuity_failure", "continuity_failure")


@CASES.case("1.5.1", "Q.724 6")
def unreasonable_information() -> str:
    """On an idle circuit and in a call: answered where there is an answer, else passed over."""
    rig = Rig()
    for name, answer in (("CLF", "RLG"), ("UBL", "UBA"), ("BLO", "BLA"), ("BLO", "BLA")):
        rig.say(name)
        rig.expect(answer)
    rig.say("UBL")
    rig.expect("UBA")
    for name in ("RLG", "BLA", "UBA"):
        rig.say(name)
    rig.silent(SECOND)
    for name in ("ANC", "CBK", "COT", "CCF"):
        rig.say(name)
    rig.silent(SECOND)
    rig.idle()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete())
    for octets in (b"\x99", b"\x14", b"\xff\x01"):
        rig.say(octets)
    rig.say("COT")
    rig.say("ANC")
    assert len(rig.of(neutral.CallConnected)) == 1
    unexpected = ["unexpected_message"] * 4
    strange = ["unknown_message", "malformed", "unknown_message", "unexpected_message"]
    return rig.done(*unexpected, *strange)


test_case = CASES.test()
