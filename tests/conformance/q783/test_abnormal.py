"""Q.783 sections 5 and 6, numbered after Q.784.1: timers, resets in calls, special set-up."""

from __future__ import annotations

from q783_rig import MINUTE, OURS, SECOND, THEIRS, Rig
from registry import Cases

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7.tup_messages import AddressComplete, GeneralRequest, GroupMessage
from trunkd.signaling.ss7.tup_messages_address import GeneralForward, InitialAddress, Line

CASES = Cases("q783")
TEN = 10 * SECOND

CASES.not_applicable(
    ["5.1"],
    "Q.724 6",
    "Our circuits are timeslots of a switch without blocking: giving one back cannot fail, so "
    "there is no CLF that cannot be answered with RLG.",
)


def outgoing(rig: Rig, answered: bool = True) -> int:
    handle = rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete(free=True))
    if answered:
        rig.say("ANC")
    return handle


def repeated(rig: Rig, name: str, times: int, cic: int = OURS) -> None:
    """The message again each ten seconds, so many times."""
    for _ in range(times):
        rig.expect(name, cic=cic, after=TEN)


@CASES.case("5.2.1", "Q.724 1, 6")
def waiting_for_address_complete() -> str:
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.expect("CLF", after=25 * SECOND)
    rig.say("RLG")
    assert rig.released().cause == 102
    rig.idle()
    return rig.done()


@CASES.case("5.2.2", "Q.118 4.3.1")
def waiting_for_an_answer() -> str:
    rig = Rig()
    outgoing(rig, answered=False)
    rig.expect("CLF", after=3 * MINUTE)
    rig.say("RLG")
    assert rig.released().cause == 19
    rig.idle()
    return rig.done()


@CASES.case("5.2.3", "Q.724 6")
def waiting_for_release_guard() -> str:
    """T6 repeats CLF; after T7 maintenance is told, and a CLF goes out each minute."""
    rig = Rig()
    handle = outgoing(rig)
    rig.tup.clear(handle, 16, rig.now)
    rig.expect("CLF")
    repeated(rig, "CLF", 6)
    rig.run(SECOND)
    assert rig.faults() == ["no_release_guard"]
    assert rig.released().call == handle
    assert rig.channel(OURS) == neutral.CHANNEL_OUT_OF_SERVICE
    rig.expect("CLF", after=MINUTE)
    rig.expect("CLF", after=MINUTE)
    rig.say("RLG")
    rig.idle()
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done("no_release_guard")


@CASES.case("5.2.4", "Q.118 4.3.2")
def waiting_for_the_calling_party() -> str:
    rig = Rig()
    outgoing(rig)
    rig.say("CBK")
    rig.expect("CLF", after=MINUTE)
    rig.say("RLG")
    assert (rig.released().cause, rig.released().local) == (16, False)
    rig.idle()
    return rig.done()


@CASES.case("5.2.5", "Q.724 7")
def waiting_for_continuity() -> str:
    rig = Rig()
    rig.seize(THEIRS, check=1)
    rig.expect("CFL", cic=THEIRS, after=12 * SECOND)
    assert not rig.of(neutral.CallOffered)
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_OFF
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    rig.idle()
    return rig.done()


@CASES.case("5.2.6", "Q.724 6")
def waiting_for_clear_forward() -> str:
    """T3: CFL instead; T4 repeats it; T5: maintenance is told and the circuit reset."""
    rig = Rig()
    rig.seize(THEIRS)
    rig.tup.clear(rig.offered().call, 17, rig.now)
    rig.expect("SSB", cic=THEIRS)
    repeated(rig, "CFL", 7, THEIRS)
    rig.expect("RSC", cic=THEIRS)
    assert rig.released().cause == 17
    rig.say("RLG", THEIRS)
    rig.idle()
    return rig.done("no_clear_forward")


def supervised(rig: Rig, name: str, ack: str, fault: str) -> None:
    """Six more times in the minute, then once a minute, until the answer."""
    rig.expect(name)
    repeated(rig, name, 6)
    rig.run(SECOND)
    assert rig.faults() == [fault]
    rig.expect(name, after=MINUTE)
    rig.expect(name, after=MINUTE)
    if rig.tup.jobs:
        (job,) = rig.tup.jobs.values()
        status = 0 if ack == "GRA" else 7
        rig.say(GroupMessage(h.BY_ACRONYM[ack], job.message.range, status))
    else:
        rig.say(ack)
    rig.silent(2 * MINUTE)


@CASES.case("5.2.7", "Q.724 5")
def waiting_for_blocking_acknowledgement() -> str:
    rig = Rig()
    rig.tup.block((OURS,), False, rig.now)
    supervised(rig, "BLO", "BLA", "no_blocking_answer")
    assert [e.ok for e in rig.of(neutral.BlockingDone)] == [False]
    assert rig.channel(OURS) == neutral.CHANNEL_BLOCKED_HERE
    return rig.done("no_blocking_answer")


@CASES.case("5.2.8", "Q.724 5")
def waiting_for_unblocking_acknowledgement() -> str:
    rig = Rig()
    rig.tup.block((OURS,), False, rig.now)
    rig.expect("BLO")
    rig.say("BLA")
    rig.tup.unblock((OURS,), False, rig.now)
    supervised(rig, "UBL", "UBA", "no_blocking_answer")
    assert [e.ok for e in rig.of(neutral.BlockingDone)] == [True, False]
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done("no_blocking_answer")


@CASES.case("5.2.9", "Q.724 10")
def waiting_for_the_answer_to_reset() -> str:
    rig = Rig()
    rig.tup.restart((OURS,), rig.now)
    supervised(rig, "RSC", "RLG", "no_reset_answer")
    assert [e.ok for e in rig.of(neutral.RestartDone)] == [False]
    rig.idle()
    return rig.done("no_reset_answer")


@CASES.case("5.2.10", "Q.724 10")
def waiting_for_a_group_acknowledgement() -> str:
    rig = Rig()
    rig.tup.block((2, 3, 4), True, rig.now)
    supervised(rig, "HGB", "HBA", "no_group_answer")
    assert rig.channel(OURS) == neutral.CHANNEL_BLOCKED_HERE
    return rig.done("no_group_answer")


@CASES.case("5.2.11", "Q.724 10")
def waiting_for_a_group_unblocking_acknowledgement() -> str:
    rig = Rig()
    rig.tup.block((2, 3, 4), False, rig.now)
    rig.expect("MGB")
    rig.say(GroupMessage(h.MBA, 2, 7))
    rig.tup.unblock((2, 3, 4), False, rig.now)
    supervised(rig, "MGU", "MUA", "no_group_answer")
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done("no_group_answer")


@CASES.case("5.2.12", "Q.724 10")
def waiting_for_a_group_reset_acknowledgement() -> str:
    rig = Rig()
    rig.tup.restart((2, 3, 4), rig.now)
    supervised(rig, "GRS", "GRA", "no_group_answer")
    rig.idle(2, 3, 4)
    return rig.done("no_group_answer")


@CASES.case("5.3.1", "Q.724 10")
def reset_of_an_outgoing_circuit() -> str:
    """RSC received for a call of SP A: CLF; and sent: RLG."""
    rig = Rig()
    outgoing(rig)
    rig.say("RSC")
    rig.expect("CLF")
    rig.say("RLG")
    assert rig.released().cause == 41
    rig.idle()
    outgoing(rig)
    rig.tup.restart((OURS,), rig.now)
    rig.expect("RSC")
    rig.say("RLG")
    rig.idle()
    return rig.done()


@CASES.case("5.3.2", "Q.724 10")
def reset_of_an_incoming_circuit() -> str:
    """RSC received for a call of SP B: RLG; and sent: CLF, RLG."""
    rig = Rig()
    rig.seize(THEIRS)
    rig.say("RSC", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    assert rig.released().cause == 41
    rig.idle()
    rig.seize(THEIRS)
    rig.tup.restart((THEIRS,), rig.now)
    rig.expect("RSC", cic=THEIRS)
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    rig.idle()
    assert len(rig.of(neutral.CallReleased)) == 2
    return rig.done()


# 6 Special call set-up


@CASES.case("6.1.1", "Q.724 7")
def check_sent() -> str:
    rig = Rig(continuity=1)
    rig.place(OURS)
    message = rig.expect("IAM")
    assert isinstance(message, InitialAddress) and message.indicators.continuity == 1
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_TONE
    rig.tone_heard(OURS, True)
    rig.expect("COT")
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_OFF
    rig.say(AddressComplete())
    rig.say("ANC")
    assert rig.of(neutral.CallConnected)
    return rig.done()


@CASES.case("6.1.2", "Q.724 7")
def check_received() -> str:
    rig = Rig()
    rig.seize(THEIRS, check=1)
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_LOOP
    assert not rig.of(neutral.CallOffered)
    rig.say("COT", THEIRS)
    assert rig.of(neutral.ContinuityCheck)[-1].mode == neutral.CONTINUITY_OFF
    rig.tup.alert(rig.offered().call, True, rig.now)
    rig.expect("ACM", cic=THEIRS)
    return rig.done()


@CASES.case("6.1.3", "Q.724 3, 7")
def check_sent_failed() -> str:
    """CCF, the call goes to another circuit; the circuit is checked anew after T9."""
    rig = Rig(continuity=2)
    rig.tup.clear(rig.place(THEIRS), 16, rig.now)
    rig.expect("IAM", "CLF", cic=THEIRS)
    rig.say("RLG", THEIRS)
    rig.place(OURS)
    rig.expect("IAM")
    rig.tone_heard(OURS, False)
    rig.expect("CCF")
    rig.expect("IAM", cic=4)
    rig.say(AddressComplete(), 4)
    rig.expect("CCR", after=5 * SECOND)
    rig.tone_heard(OURS, True)
    rig.expect("CLF")
    rig.say("RLG")
    rig.idle()
    return rig.done("continuity_failure")


@CASES.case("6.1.4", "Q.724 7")
def check_received_failed() -> str:
    rig = Rig()
    rig.seize(THEIRS, check=1)
    rig.say("CCF", THEIRS)
    assert not rig.of(neutral.CallOffered)
    rig.say("CCR", THEIRS)
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    rig.idle()
    return rig.done()


@CASES.case("6.1.5", "Q.724 7")
def check_on_a_previous_circuit() -> str:
    """No loop, but COT is waited for."""
    rig = Rig()
    rig.seize(THEIRS, check=2)
    assert not rig.of(neutral.ContinuityCheck) and not rig.of(neutral.CallOffered)
    rig.say("COT", THEIRS)
    assert rig.offered().channel == THEIRS
    return rig.done()


@CASES.case("6.2.1", "Q.724 2, 3")
def dual_seizure_not_controlling() -> str:
    """SP A gives way on SP B's circuit: its call goes elsewhere, SP B's is taken."""
    rig = Rig()
    handle = rig.place(THEIRS)
    rig.expect("IAM", cic=THEIRS)
    rig.seize(THEIRS)
    rig.expect("IAM", cic=OURS)
    assert rig.offered().channel == THEIRS
    rig.say(AddressComplete())
    rig.say("ANC")
    assert rig.of(neutral.CallConnected)[-1].call == handle
    return rig.done()


@CASES.case("6.2.2", "Q.724 3, 5")
def repeat_after_blocking() -> str:
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say("BLO")
    rig.expect("BLA", "CLF")
    rig.expect("IAM", cic=4)
    rig.say("RLG")
    assert rig.channel(OURS) == neutral.CHANNEL_BLOCKED_THERE
    return rig.done()


@CASES.case("6.2.3", "Q.724 3, 10")
def repeat_after_reset() -> str:
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say("RSC")
    rig.expect("CLF")
    rig.expect("IAM", cic=4)
    rig.say("RLG")
    rig.idle()
    return rig.done()


@CASES.case("6.2.4", "Q.724 3, 7")
def repeat_after_continuity_failure() -> str:
    """No tone within T8; the second attempt fails alike, and is the last."""
    rig = Rig(continuity=1)
    rig.place(OURS)
    rig.expect("IAM")
    rig.expect("CCF", after=2 * SECOND)
    rig.expect("IAM", cic=4)
    rig.tone_heard(4, False)
    rig.expect("CCF", cic=4)
    assert rig.released().cause == 41
    for cic in (OURS, 4):
        rig.say("CLF", cic)
        rig.expect("RLG", cic=cic)
    return rig.done("continuity_failure", "continuity_failure")


@CASES.case("6.2.5", "Q.724 3, 6")
def repeat_after_nonsense() -> str:
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say("CBK")
    rig.expect("CLF")
    rig.expect("IAM", cic=4)
    rig.say("RLG")
    rig.idle()
    return rig.done("unexpected_message")


@CASES.case("6.3.1", "Q.724 2")
def dual_seizure_controlling() -> str:
    """SP A's call on its circuit goes on; SP B's IAM is passed over."""
    rig = Rig()
    handle = rig.place(OURS)
    rig.expect("IAM")
    rig.seize(OURS)
    assert not rig.of(neutral.CallOffered)
    rig.say(AddressComplete())
    rig.say("ANC")
    assert rig.of(neutral.CallConnected)[-1].call == handle
    rig.tup.clear(handle, 16, rig.now)
    rig.expect("CLF")
    rig.say("RLG")
    rig.idle()
    return rig.done()


@CASES.case("6.4.1", "Q.724 1")
def forward_transfer_sent() -> str:
    rig = Rig()
    handle = outgoing(rig)
    rig.tup.forward_transfer(handle, rig.now)
    rig.expect("FOT")
    assert not rig.of(neutral.CallReleased)
    return rig.done()


@CASES.case("6.4.2", "Q.724 1")
def forward_transfer_received() -> str:
    rig = Rig()
    rig.seize(THEIRS)
    rig.tup.answer(rig.offered().call, rig.now)
    rig.expect("ACM", "ANC", cic=THEIRS)
    rig.say("FOT", THEIRS)
    assert len(rig.of(neutral.ForwardTransfer)) == 1
    return rig.done()


@CASES.case("6.5.1", "Q.724 1")
def general_request_received() -> str:
    rig = Rig()
    rig.place(OURS)
    rig.expect("IAM")
    rig.say(GeneralRequest(0x03))
    answer = rig.expect("GSM")
    assert isinstance(answer, GeneralForward)
    assert answer.category == 10 and answer.calling == Line("", 2), "there is no identity to tell"
    rig.say(AddressComplete())
    rig.say("ANC")
    return rig.done()


@CASES.case("6.5.2", "Q.724 1")
def general_request_sent() -> str:
    rig = Rig(request_calling_line=True)
    rig.seize(THEIRS)
    request = rig.expect("GRQ", cic=THEIRS)
    assert isinstance(request, GeneralRequest) and request.wanted == 2
    assert not rig.of(neutral.CallOffered)
    rig.say(GeneralForward(-1, Line("8001234", 2, True)), THEIRS)
    calling = rig.offered().request.calling
    assert calling is not None and (calling.digits, calling.presentation) == ("8001234", 1)
    return rig.done()


test_case = CASES.test()
