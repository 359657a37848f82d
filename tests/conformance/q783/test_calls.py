"""Q.783 sections 2 to 4: normal call set-up and release, unsuccessful set-up."""

from __future__ import annotations

from q783_rig import OURS, SECOND, THEIRS, Rig
from registry import Cases

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7.tup_messages import (
    OCTET,
    AddressComplete,
    GeneralRequest,
    SubsequentAddress,
)
from trunkd.signaling.ss7.tup_messages_address import GeneralForward, Indicators, InitialAddress

CASES = Cases("q783")
OUTGOING, INCOMING = True, False


def answered(rig: Rig, outgoing: bool) -> int:
    """A call that is up; its handle."""
    if outgoing:
        handle = rig.place(OURS)
        rig.expect("IAM")
        rig.say(AddressComplete(free=True))
        rig.say("ANC")
        assert rig.of(neutral.CallConnected)[-1].call == handle
        return handle
    rig.seize(THEIRS)
    handle = rig.offered().call
    rig.tup.alert(handle, True, rig.now)
    rig.expect("ACM", cic=THEIRS)
    rig.tup.answer(handle, rig.now)
    rig.expect("ANC", cic=THEIRS)
    return handle


def cleared_by_caller(rig: Rig, outgoing: bool, handle: int) -> None:
    """CLF and RLG."""
    if outgoing:
        rig.tup.clear(handle, 16, rig.now)
        rig.expect("CLF")
        rig.say("RLG")
    else:
        rig.say("CLF", THEIRS)
        rig.expect("RLG", cic=THEIRS)
    assert (rig.released().call, rig.released().cause) == (handle, 16)
    rig.idle()


@CASES.case("2.1.1", "Q.724 1, 2", OURS)
@CASES.case("2.1.2", "Q.724 1, 2", THEIRS)
def both_way_selection(cic: int) -> str:
    """The circuit that SP A controls and the one that it does not serve calls both ways."""
    rig = Rig()
    handle = rig.place(cic)
    rig.expect("IAM", cic=cic)
    rig.say(AddressComplete(), cic)
    rig.tup.clear(handle, 16, rig.now)
    rig.expect("CLF", cic=cic)
    rig.say("RLG", cic)
    rig.idle(cic)
    rig.seize(cic)
    assert rig.offered().channel == cic
    rig.say("CLF", cic)
    rig.expect("RLG", cic=cic)
    rig.idle(cic)
    return rig.done()


@CASES.case("2.2.1", "Q.724 1")
def en_bloc() -> str:
    rig = Rig()
    handle = rig.place(OURS, "12345678901234")
    message = rig.expect("IAM")
    assert isinstance(message, InitialAddress)
    assert message.signals == "12345678901234F" and message.indicators.nature == 2
    rig.say(AddressComplete(free=True))
    rig.say("ANC")
    cleared_by_caller(rig, OUTGOING, handle)
    rig.seize(THEIRS, "9876F")
    offered = rig.offered()
    assert offered.request.called.digits == "9876" and offered.request.complete
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    return rig.done()


@CASES.case("2.2.2", "Q.724 1")
def overlap() -> str:
    rig = Rig(overlap_receiving=True)
    handle = rig.place(OURS, "1234", complete=False)
    first = rig.expect("IAM")
    assert isinstance(first, InitialAddress) and first.signals == "1234"
    sent = ""
    for digits, last, name in (("5", False, "SAO"), ("67", False, "SAM"), ("8", True, "SAM")):
        rig.tup.send_digits(handle, digits, last, rig.now)
        more = rig.expect(name)
        assert isinstance(more, SubsequentAddress)
        sent += more.signals
    assert sent == "5678F"
    rig.say(AddressComplete())
    rig.say("ANC")
    cleared_by_caller(rig, OUTGOING, handle)
    rig.seize(THEIRS, "12")
    assert not rig.offered().request.complete
    for signals in ("3", "456", "7F"):
        rig.say(SubsequentAddress(signals), THEIRS)
    got = [(e.digits, e.complete) for e in rig.of(neutral.DigitsReceived)]
    assert got == [("3", False), ("456", False), ("7", True)]
    rig.tup.alert(rig.offered().call, True, rig.now)
    rig.expect("ACM", cic=THEIRS)
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    return rig.done()


@CASES.case("2.3.1", "Q.724 1")
def ordinary_call() -> str:
    """Every kind of ACM with every answer, sent and received."""
    rig = Rig()
    for kind in range(4):
        for free in (False, True):
            for answer in ("ANC", "ANN", "ANU"):
                handle = rig.place(OURS)
                rig.expect("IAM")
                rig.say(AddressComplete(kind, free))
                told = neutral.CallAlerting if free else neutral.CallProceeding
                assert rig.of(told)[-1].call == handle
                rig.say(answer)
                assert rig.of(neutral.CallConnected)[-1].call == handle
                cleared_by_caller(rig, OUTGOING, handle)
    messages = rig.done().split()[0]
    for charge, answer, kind in (
        ("charge", "ANC", 1),
        ("no_charge", "ANN", 2),
        ("unqualified", "ANU", 0),
    ):
        for free in (False, True):
            rig = Rig(charge=charge)
            rig.seize(THEIRS)
            handle = rig.offered().call
            if free:
                rig.tup.alert(handle, True, rig.now)
            else:
                rig.tup.proceed(handle, rig.now)
            complete = rig.expect("ACM", cic=THEIRS)
            assert isinstance(complete, AddressComplete)
            assert (complete.kind, complete.free) == (kind, free)
            rig.tup.answer(handle, rig.now)
            rig.expect(answer, cic=THEIRS)
            cleared_by_caller(rig, INCOMING, handle)
            rig.done()
    return f"24 calls out, {messages} messages; 6 calls in"


@CASES.case("2.3.2", "Q.724 1")
def via_satellite() -> str:
    """SP A's circuit is by satellite and it says so; a call with one satellite circuit comes in."""
    rig = Rig(satellite=True)
    handle = rig.place(OURS)
    message = rig.expect("IAM")
    assert isinstance(message, InitialAddress) and message.indicators.satellite == 1
    rig.say(AddressComplete())
    cleared_by_caller(rig, OUTGOING, handle)
    rig.say(InitialAddress(10, Indicators(satellite=1), "123F"), THEIRS)
    assert rig.offered().channel == THEIRS
    cleared_by_caller(rig, INCOMING, rig.offered().call)
    return rig.done()


@CASES.case("2.3.3", "Q.724 1")
def echo_suppressor() -> str:
    """SP A has no echo suppressors: it takes a call with one, and says that it has none."""
    rig = Rig()
    rig.say(InitialAddress(10, Indicators(echo=True), "123F"), THEIRS)
    rig.tup.alert(rig.offered().call, True, rig.now)
    complete = rig.expect("ACM", cic=THEIRS)
    assert isinstance(complete, AddressComplete) and not complete.echo
    cleared_by_caller(rig, INCOMING, rig.offered().call)
    handle = rig.place(OURS)
    message = rig.expect("IAM")
    assert isinstance(message, InitialAddress) and not message.indicators.echo
    rig.say(GeneralRequest(0x20))
    answer = rig.expect("GSM")
    assert isinstance(answer, GeneralForward) and answer.present == 0
    rig.say(AddressComplete(echo=True))
    rig.say("ANC")
    cleared_by_caller(rig, OUTGOING, handle)
    return rig.done()


@CASES.case("2.3.4", "Q.724 5")
def blocking_sent_during_a_call() -> str:
    rig = Rig()
    handle = answered(rig, OUTGOING)
    rig.tup.block((OURS,), False, rig.now)
    rig.expect("BLO")
    rig.say("BLA")
    rig.tup.unblock((OURS,), False, rig.now)
    rig.expect("UBL")
    rig.say("UBA")
    assert not rig.of(neutral.CallReleased)
    cleared_by_caller(rig, OUTGOING, handle)
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done()


@CASES.case("2.3.5", "Q.724 5")
def blocking_received_during_a_call() -> str:
    rig = Rig()
    handle = answered(rig, OUTGOING)
    rig.say("BLO")
    rig.expect("BLA")
    assert not rig.of(neutral.CallReleased)
    cleared_by_caller(rig, OUTGOING, handle)
    assert rig.channel(OURS) == neutral.CHANNEL_BLOCKED_THERE
    rig.say("UBL")
    rig.expect("UBA")
    assert rig.channel(OURS) == neutral.CHANNEL_IDLE
    return rig.done()


# 3 Normal call release, from both ends


@CASES.case("3.1", "Q.724 1")
def before_address_complete() -> str:
    rig = Rig()
    handle = rig.place(OURS)
    rig.expect("IAM")
    cleared_by_caller(rig, OUTGOING, handle)
    rig.seize(THEIRS)
    cleared_by_caller(rig, INCOMING, rig.offered().call)
    return rig.done()


@CASES.case("3.2", "Q.724 1")
def before_answer() -> str:
    rig = Rig()
    handle = rig.place(OURS)
    rig.expect("IAM")
    rig.say(AddressComplete(free=True))
    cleared_by_caller(rig, OUTGOING, handle)
    rig.seize(THEIRS)
    rig.tup.alert(rig.offered().call, True, rig.now)
    rig.expect("ACM", cic=THEIRS)
    cleared_by_caller(rig, INCOMING, rig.offered().call)
    return rig.done()


@CASES.case("3.3", "Q.724 1")
def after_answer() -> str:
    rig = Rig()
    for outgoing in (OUTGOING, INCOMING):
        cleared_by_caller(rig, outgoing, answered(rig, outgoing))
    return rig.done()


@CASES.case("3.4", "Q.724 1")
def after_clear_back() -> str:
    rig = Rig()
    handle = answered(rig, OUTGOING)
    rig.say("CBK")
    assert rig.of(neutral.CallDisconnected)[-1].cause == 16
    rig.silent(5 * SECOND)
    cleared_by_caller(rig, OUTGOING, handle)
    handle = answered(rig, INCOMING)
    rig.tup.clear(handle, 16, rig.now)
    rig.expect("CBK", cic=THEIRS)
    rig.silent(5 * SECOND)
    cleared_by_caller(rig, INCOMING, handle)
    return rig.done()


@CASES.case("3.5", "Q.724 1")
def reanswer() -> str:
    rig = Rig()
    handle = answered(rig, OUTGOING)
    for _ in range(2):
        rig.say("CBK")
        rig.silent(30 * SECOND)
        rig.say("RAN")
        rig.silent(60 * SECOND)
    assert [e.indicator for e in rig.of(neutral.CallNotified)] == [1, 1]
    cleared_by_caller(rig, OUTGOING, handle)
    handle = answered(rig, INCOMING)
    rig.tup.suspend(handle, rig.now)
    rig.expect("CBK", cic=THEIRS)
    rig.silent(30 * SECOND)
    rig.tup.resume(handle, rig.now)
    rig.expect("RAN", cic=THEIRS)
    cleared_by_caller(rig, INCOMING, handle)
    return rig.done()


# 4 Unsuccessful set-up


@CASES.case("4.1.1", "Q.724 1", "SEC", 42)
@CASES.case("4.2.1", "Q.724 1", "CGC", 34)
@CASES.case("4.3.1", "Q.724 1", "NNC", 38)
@CASES.case("4.4.1", "Q.724 1", "ADI", 28)
@CASES.case("4.5.1", "Q.724 1", "CFL", 31)
@CASES.case("4.6.1", "Q.724 1.9", "SSB", 17)
@CASES.case("4.7.1", "Q.724 1", "UNN", 1)
@CASES.case("4.8.1", "Q.724 1", "LOS", 27)
@CASES.case("4.9.1", "Q.724 1", "SST", 4)
@CASES.case("4.10.1", "Q.724 1", "ACB", 87)
@CASES.case("4.11.1", "Q.724 1", "DPN", 65)
def unsuccessful_received(name: str, cause: int) -> str:
    rig = Rig()
    handle = rig.place(OURS)
    rig.expect("IAM")
    rig.say(name)
    rig.expect("CLF")
    assert rig.of(neutral.CallDisconnected)[-1].cause == cause, "told before RLG"
    rig.say("RLG")
    released = rig.released()
    assert (released.call, released.cause, released.local) == (handle, cause, False)
    rig.idle()
    return rig.done() + f", cause {cause}"


@CASES.case("4.1.2", "Q.724 1", "SEC", 42)
@CASES.case("4.2.2", "Q.724 1", "CGC", 34)
@CASES.case("4.4.2", "Q.724 1", "ADI", 28)
@CASES.case("4.5.2", "Q.724 1", "CFL", 31)
@CASES.case("4.6.2", "Q.724 1.9", "SSB", 17)
@CASES.case("4.7.2", "Q.724 1", "UNN", 1)
@CASES.case("4.8.2", "Q.724 1", "LOS", 27)
@CASES.case("4.9.2", "Q.724 1", "SST", 4)
@CASES.case("4.10.2", "Q.724 1", "ACB", 87)
@CASES.case("4.11.2", "Q.724 1", "DPN", 65)
def unsuccessful_sent(name: str, cause: int) -> str:
    rig = Rig()
    rig.seize(THEIRS)
    handle = rig.offered().call
    rig.tup.clear(handle, cause, rig.now)
    message = rig.expect(name, cic=THEIRS)
    assert message.octets == OCTET[h.BY_ACRONYM[name]], "nothing behind the heading code"
    rig.say("CLF", THEIRS)
    rig.expect("RLG", cic=THEIRS)
    released = rig.released()
    assert (released.call, released.cause, released.local) == (handle, cause, True)
    rig.idle()
    return rig.done() + f", cause {cause}"


CASES.not_applicable(
    ["4.3.2"],
    "Q.724 1",
    "NNC says that the national network behind an international exchange is congested; SP A is "
    "the last exchange of the call and has no network behind it.",
)

test_case = CASES.test()
