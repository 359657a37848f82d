"""Every state of CPC with every input; the other machines' tables too."""

from __future__ import annotations

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_blocking, isup_call_table, isup_groups, isup_reset
from trunkd.signaling.ss7 import isup_circuits as c
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup_messages import decode
from trunkd.signaling.ss7.isup_segments import announces_segment

MINUTE = 60_000_000_000
IAM_PLAIN = "0060000a03020005831021430f"
IAM_CHECK = "0460000a03020005831021430f"
IAM_SHORT = "0060000a03020003831001"
IAM_SEGMENT = "0060000a03020705831021430f08010400"
IAM_OVERLAP = "0060000a0302000403102143"
BODY = {
    m.IAM: IAM_PLAIN,
    m.SAM: "0200028005",
    m.INR: "010000",
    m.INF: "000000",
    m.COT: "01",
    m.ACM: "160400",
    m.CON: "160400",
    m.CPG: "0100",
    m.ANM: "00",
    m.FOT: "00",
    m.SUS: "0100",
    m.RES: "0100",
    m.REL: "0200028290",
    m.RLC: "00",
    m.USR: "02000300" + "4142",
    m.SGM: "00",
    m.CFN: "02000282e3",
    m.CRG: "00",
    m.FAC: "00",
}
KIND_OF_INPUT = {s.INPUT_OF_KIND[kind]: kind for kind in BODY}

MACHINES = {
    "CPC": isup_call_table.CPC,
    "CSC": isup_reset.CSC,
    "BLS": isup_blocking.BLS,
    "BLR": isup_blocking.BLR,
    "CGS": isup_groups.CGS,
}


@pytest.mark.parametrize("name", MACHINES)
def test_no_cell_is_empty(name: str) -> None:
    machine = MACHINES[name]
    assert machine.missing() == []
    for row in machine.table.values():
        for cell in row.values():
            assert cell.clause
            assert set(cell.next) <= set(machine.states)
    assert machine.mermaid().startswith("stateDiagram-v2")


def reach(bench, state: int):
    """A bench whose circuit 5 is in this state, and the handle of its call."""
    settings = {"continuity": 1} if state == s.OUT_CONTINUITY else {}
    if state == s.IN_INFORMATION:
        settings["ask_calling"] = True
    b = bench(**settings, overlap=state == s.IN_WAIT_ACM, min_digits=3)
    if state in (*s.OUTGOING, s.WAIT_RLC):
        handle = b.place()
        if state >= s.OUT_WAIT_ANM and state != s.WAIT_RLC:
            b.give(m.ACM, "160400")
        if state in (s.OUT_ANSWERED, s.OUT_SUSPENDED):
            b.give(m.ANM, "00")
        if state == s.OUT_SUSPENDED:
            b.give(m.SUS, "0100")
        if state == s.WAIT_RLC:
            b.isup.clear(handle, 16, 0)
    elif state != s.IDLE:
        body = {
            s.IN_SEGMENT: IAM_SEGMENT,
            s.IN_CONTINUITY: IAM_CHECK,
            s.IN_DIGITS: IAM_SHORT,
            s.IN_WAIT_ACM: IAM_OVERLAP,
        }.get(state, IAM_PLAIN)
        b.give(m.IAM, body)
        handle = b.isup.last_handle
        if state in (s.IN_WAIT_ANM, s.IN_ANSWERED, s.IN_SUSPENDED):
            b.isup.alert(handle, False, 0)
        if state in (s.IN_ANSWERED, s.IN_SUSPENDED):
            b.isup.answer(handle, 0)
        if state == s.IN_SUSPENDED:
            b.give(m.SUS, "0100")
    else:
        handle = 0
    b.take()
    assert b.state == state, s.STATE_NAMES.get(b.state)
    return b, handle


def request(b, handle: int, input_: int) -> None:
    isup = b.isup
    {
        s.SETUP_REQ: lambda: b.place(exclusive=True),
        s.ADDRESS_REQ: lambda: isup.send_digits(handle, "5", True, 0),
        s.MORE_DIGITS_REQ: lambda: isup.want_digits(handle, 0),
        s.PROCEED_REQ: lambda: isup.proceed(handle, 0),
        s.PROGRESS_REQ: lambda: isup.progress(handle, 8, 0),
        s.ALERT_REQ: lambda: isup.alert(handle, True, 0),
        s.ANSWER_REQ: lambda: isup.answer(handle, 0),
        s.RELEASE_REQ: lambda: isup.clear(handle, 17, 0),
        s.SUSPEND_REQ: lambda: isup.suspend(handle, 0),
        s.RESUME_REQ: lambda: isup.resume(handle, 0),
        s.USER_INFO_REQ: lambda: isup.send_user_information(handle, b"x", 0),
        s.FORWARD_TRANSFER_REQ: lambda: isup.forward_transfer(handle, 0),
        s.NOTIFY_REQ: lambda: isup.notify(handle, 2, 0),
    }[input_]()


def feed(b, handle: int, input_: int) -> None:
    """The input as it comes in life; timers are made to expire whether they run or not."""
    isup = b.isup
    if input_ in s.REQUESTS:
        request(b, handle, input_)
    elif input_ in s.MESSAGES:
        kind = KIND_OF_INPUT[input_]
        body = BODY[kind]
        isup.receive(b"\x05\0" + bytes((kind,)) + bytes.fromhex(body), 0)
    elif input_ in (s.CHECK_OK, s.CHECK_FAILED):
        isup.continuity_result(5, input_ == s.CHECK_OK, 0)
    elif input_ == s.CIRCUIT_RESET:
        isup.receive(bytes.fromhex("050012"), 0)
    elif input_ == s.CIRCUIT_TAKEN:
        isup.receive(bytes.fromhex("05002e"), 0)
    elif input_ == s.CIRCUIT_BLOCKED:
        isup.receive(bytes.fromhex("050013"), 0)
    elif handle:
        number = {v: k for k, v in s.EXPIRY_INPUT.items()}[input_]
        isup.stop_timer(b.circuit, number)
        isup.serve(isup.calls[b.circuit.call], input_, 0)
        isup.serve_again(0)


@pytest.mark.parametrize("input_", s.INPUT_NAMES, ids=s.INPUT_NAMES.get)
@pytest.mark.parametrize("state", s.STATE_NAMES, ids=s.STATE_NAMES.get)
def test_every_state_with_every_input(bench, state: int, input_: int) -> None:
    """No input is an exception but a forbidden request; what is drawn happens; and nothing is
    stuck: without another word of the far end every call is over after a while."""
    b, handle = reach(bench, state)
    cell = isup_call_table.CPC.table[state][input_]
    refused = False
    try:
        feed(b, handle, input_)
    except LocalError:
        refused = True
    if state != s.IDLE:
        hidden = state in s.UNOFFERED
        placed_elsewhere = input_ == s.SETUP_REQ
        forbidden = cell.kind == "error" or hidden
        assert refused == (input_ in s.REQUESTS and forbidden and not placed_elsewhere)
    b.take()
    moved = handle in b.isup.calls and b.isup.calls[handle].circuit.cic != 5
    if not moved and not refused and b.circuit.csc == 0:
        assert b.state in ({state} | set(cell.next) | ({s.IDLE} if state == s.IDLE else set()))
    for _ in range(2):
        for handle in list(b.isup.calls):
            if b.isup.calls[handle].offered:
                b.isup.clear(handle, 16, b.now)
        b.wait(60 * MINUTE)
    assert not b.isup.calls


@pytest.mark.parametrize("input_", isup_reset.INPUT_NAMES, ids=isup_reset.INPUT_NAMES.get)
@pytest.mark.parametrize("state", c.CSC_NAMES, ids=c.CSC_NAMES.get)
def test_every_supervision_state_with_every_input(bench, state: int, input_: int) -> None:
    """CRS, CRR, CRCS, CRCR; then the far end answers again and the circuit becomes idle."""
    b = bench()
    isup = b.isup
    steps = {
        c.RESET_SENT: [isup_reset.RESET_REQ],
        c.GROUP_RESET_SENT: [isup_reset.GROUP_RESET],
        c.CHECK_T25: [isup_reset.FIRST_FAILURE],
        c.CHECK_RUNS: [isup_reset.FIRST_FAILURE, isup_reset.T25_EXPIRY],
        c.CHECK_T26: [
            isup_reset.FIRST_FAILURE,
            isup_reset.T25_EXPIRY,
            isup_reset.CHECK_FAILED,
        ],
        c.CHECK_RELEASE: [
            isup_reset.FIRST_FAILURE,
            isup_reset.T25_EXPIRY,
            isup_reset.CHECK_OK,
        ],
        c.RECHECK_AWAITED: [isup_reset.COT_FAILURE],
        c.RECHECK_LOOP: [isup_reset.M_CCR],
        c.CHECK_TEST: [isup_reset.TEST_REQ],
    }.get(state, [])

    def put(what: int) -> None:
        numbers = {v: k for k, v in isup_reset.EXPIRY_INPUT.items()}
        if what in numbers:
            isup.stop_timer(b.circuit, numbers[what])
        isup_reset.csc_input(isup, b.circuit, what, b.now)

    for step in steps:
        put(step)
    assert b.circuit.csc == state
    put(input_)
    b.take()
    if b.circuit.csc == c.GROUP_RESET_SENT:
        put(isup_reset.GROUP_DONE)
    for _ in range(200):
        sent = b.wait(MINUTE)
        if "RSC" in sent or "REL" in sent:
            b.give(m.RLC, "00")
        if "CCR" in sent or b.circuit.csc in (c.CHECK_RUNS, c.CHECK_TEST):
            isup.continuity_result(5, True, b.now)
        if b.circuit.csc == c.CSC_IDLE:
            break
    b.take()
    assert b.circuit.csc == c.CSC_IDLE
    assert not b.circuit.timers
    checks = [e.mode for e in b.kinds(neutral.ContinuityCheck)]
    assert not checks or checks[-1] == neutral.CONTINUITY_OFF


@pytest.mark.parametrize("input_", isup_blocking.INPUT_NAMES, ids=isup_blocking.INPUT_NAMES.get)
@pytest.mark.parametrize("state", c.BLOCKING_NAMES, ids=c.BLOCKING_NAMES.get)
def test_every_blocking_state_with_every_input(bench, state: int, input_: int) -> None:
    """BLS; then the circuit can be unblocked."""
    b = bench()
    isup = b.isup
    steps = {
        c.WAIT_BLA: [isup_blocking.BLOCK_REQ],
        c.BLOCKED: [isup_blocking.BLOCK_REQ, isup_blocking.M_BLA],
        c.WAIT_UBA: [isup_blocking.BLOCK_REQ, isup_blocking.M_BLA, isup_blocking.UNBLOCK_REQ],
        c.WAIT_CGBA: [isup_blocking.GROUP_BLOCK],
        c.WAIT_CGUA: [isup_blocking.GROUP_UNBLOCK],
    }.get(state, [])
    for what in [*steps, input_]:
        numbers = {v: k for k, v in isup_blocking.EXPIRY_INPUT.items()}
        if what in numbers:
            isup.stop_timer(b.circuit, numbers[what])
        if what == input_:
            assert b.circuit.bls == state or what in steps
        isup_blocking.bls_input(isup, b.circuit, what, b.now)
    b.take()
    isup.unblock((5,), False, b.now)
    b.wait(16_000_000_000)
    if b.circuit.bls == c.WAIT_UBA:
        b.give(m.UBA)
    assert b.circuit.bls == c.UNBLOCKED
    assert not b.circuit.timers
    assert b.circuit.shown == neutral.CHANNEL_IDLE


def test_the_bodies_used_here_are_what_they_seem() -> None:
    for kind, body in BODY.items():
        message = decode(b"\x05\0" + bytes((kind,)) + bytes.fromhex(body))
        assert not message.discard, (message.name, message.faults)
    message = decode(b"\x05\0\x01" + bytes.fromhex(IAM_SEGMENT))
    assert announces_segment(message)
    assert message.called().digits == "1234"
