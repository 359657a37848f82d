"""Calls that come in (Q.724 1, 2, 7). Each function is one drawn input of a Circuit."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    AUDIO_3K1,
    CONTINUITY_LOOP,
    TEST_CALL,
    UNRESTRICTED,
    CallConnected,
    CallOffered,
    CallRequest,
    DigitsReceived,
    PartyNumber,
)
from .tup_call import Call, Circuit, unexpected
from .tup_call_clearing import (
    clear_back,
    refuse,
    refused_by_load,
    repeat_attempt,
)
from .tup_call_outgoing import TYPES
from .tup_causes import INCOMPLETE, TEMPORARY_FAILURE
from .tup_circuits import MAINTENANCE
from .tup_config import T1, T_DIGITS, T_GUARD, T_INFORMATION
from .tup_messages import (
    CHARGE as CHARGED,
)
from .tup_messages import (
    CHARGE_UNQUALIFIED,
    NO_CHARGE,
    REQUEST_CALLING_LINE,
    ST,
    AddressComplete,
    GeneralRequest,
    SubsequentAddress,
    TupMessage,
)
from .tup_messages_address import (
    CHECK_NOT_REQUIRED,
    CHECK_REQUIRED,
    GeneralForward,
    InitialAddress,
    Line,
)
from .tup_messages_table import ADI, ANC, ANN, ANU, BACKWARD, BLO, CFL, HEADINGS, RAN
from .tup_states import (
    IC_ADDRESS,
    IC_ANSWERED,
    IC_CHECK,
    IC_INFORMATION,
    IC_WAIT_ANSWER,
    IC_WAIT_RETEST,
)

SUSPENDED: Final = 0
RESUMED: Final = 1
NETWORK_PROVIDED: Final = 3
KINDS: Final = (CHARGED, NO_CHARGE, CHARGE_UNQUALIFIED)
ANSWERS: Final = (ANC, ANN, ANU)
"""ACM and answer by TupConfig.charge."""


def party(line: Line | None) -> PartyNumber | None:
    """A number of IAI or GSM; None: not told, not available."""
    if line is None or not line.signals:
        return None
    restricted = 1 if line.restricted else 0
    digits = line.signals.rstrip(ST)
    return PartyNumber(digits, TYPES[line.nature], 1, restricted, NETWORK_PROVIDED)


def _request(message: InitialAddress, circuit: Circuit) -> CallRequest:
    """What an IAM asks for, in the form of a request."""
    config = circuit.core.config
    signals = message.signals
    category = config.variant.from_categories.get(message.category, message.category)
    return CallRequest(
        PartyNumber(signals.rstrip(ST), TYPES[message.indicators.nature]),
        party(message.calling),
        circuit.cic,
        True,
        ST in signals or not config.overlap_receiving,
        UNRESTRICTED if message.indicators.digital else AUDIO_3K1,
        category=category,
        redirecting=party(message.original),
        original_called=party(message.original),
    )


def initial_address_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """IAM or IAI on an idle circuit: it is seized."""
    core = circuit.core
    if not isinstance(message, InitialAddress):
        return
    test = message.category == TEST_CALL and circuit.local == MAINTENANCE
    if circuit.local and not test:
        core.fault(
            "seizure_of_blocked",
            f"{message.name} on circuit {circuit.cic}, which we block",
            "Q.724 5",
            message.octets,
        )
        if circuit.local != MAINTENANCE:
            core.reblock.append(circuit)
        else:
            circuit.signal(BLO)
        return
    core.last_handle += 1
    call = Call(core.last_handle, _request(message, circuit), False)
    call.circuit = circuit
    call.signals = message.signals
    call.complete = call.request.complete
    circuit.call = call
    core.calls[call.handle] = call
    check = message.indicators.continuity
    if check == CHECK_NOT_REQUIRED:
        accept(circuit, call, now)
        return
    circuit.start(T1, now)
    circuit.enter(IC_CHECK)
    if check == CHECK_REQUIRED:
        circuit.want_check(CONTINUITY_LOOP)


def accept(circuit: Circuit, call: Call, now: int) -> None:
    """The circuit is good: ask who calls if that is wanted, else offer the call."""
    core = circuit.core
    if core.draining:
        refused_by_load(circuit, now)
    elif core.config.request_calling_line and call.request.calling is None:
        circuit.send(GeneralRequest(REQUEST_CALLING_LINE).octets)
        circuit.start(T_INFORMATION, now)
        circuit.enter(IC_INFORMATION)
    else:
        offer(circuit, call, now)


def offer(circuit: Circuit, call: Call, now: int) -> None:
    """To the application; digits that came meanwhile are in the called number."""
    call.offered = True
    circuit.enter(IC_ADDRESS)
    if not call.complete:
        circuit.start(T_DIGITS, now)
    circuit.core.happened.append(CallOffered(call.handle, circuit.cic, call.request))


def dual_seizure(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Q.724 2: IAM on a circuit that we seized. Who controls the circuit wins."""
    core = circuit.core
    if circuit.backward:
        unexpected(circuit, message, now)
    elif circuit.controlled:
        core.seizures[1] += 1
    else:
        core.seizures[0] += 1
        repeat_attempt(circuit, TEMPORARY_FAILURE)
        circuit.idle()
        initial_address_received(circuit, message, now)


def seizure_while_clearing(circuit: Circuit, message: TupMessage, now: int) -> None:
    """IAM while we wait for RLG: a dual seizure that we cleared before we knew of it."""
    if circuit.backward or circuit.controlled:
        return
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.location, True)
    circuit.idle()
    initial_address_received(circuit, message, now)


def seizure_of_tested(circuit: Circuit, message: TupMessage, now: int) -> None:
    """IAM while we check the circuit: it and our CCR crossed, or the far end gives up its check."""
    if circuit.controlled:
        return
    circuit.idle()
    initial_address_received(circuit, message, now)


def seizure_after_failure(circuit: Circuit, message: TupMessage, now: int) -> None:
    """IAM on a circuit whose check failed at the far end's request: a new call."""
    circuit.idle()
    initial_address_received(circuit, message, now)


# Continuity


def continuity_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """COT: the call goes on."""
    circuit.stop(T1)
    circuit.end_check()
    if circuit.call is not None:
        accept(circuit, circuit.call, now)


def continuity_failure_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CCF: the call goes elsewhere; CCR or CLF follows."""
    circuit.stop(T1)
    circuit.end_check()
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.far_location, False)
    circuit.start(T_GUARD, now)
    circuit.enter(IC_WAIT_RETEST)


def t1_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """Neither COT nor CCF: CFL (Q.724 7)."""
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.location, True)
    refuse(circuit, CFL, now)


# Address and information


def signals_before_offer(circuit: Circuit, message: TupMessage, now: int) -> None:
    """SAM while the call waits for COT or GSM."""
    call = circuit.call
    if call is not None and isinstance(message, SubsequentAddress):
        _add(call, message.signals)


def _add(call: Call, signals: str) -> None:
    call.signals += signals
    old = call.request
    called = PartyNumber(call.signals.rstrip(ST), old.called.type_of_number)
    call.complete = call.complete or ST in signals
    call.request = CallRequest(
        called,
        old.calling,
        old.channel,
        True,
        call.complete,
        old.bearer,
        category=old.category,
        redirecting=old.redirecting,
        original_called=old.original_called,
    )


def signals_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """SAM, SAO: more of the called number."""
    call = circuit.call
    if call is None or not isinstance(message, SubsequentAddress):
        return
    _add(call, message.signals)
    if call.complete:
        circuit.stop(T_DIGITS)
    else:
        circuit.start(T_DIGITS, now)
    digits = message.signals.rstrip(ST)
    circuit.core.happened.append(DigitsReceived(call.handle, digits, call.complete))


def digits_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No more digits: the number is complete, or too short (ADI)."""
    call = circuit.call
    if call is None:
        return
    call.complete = True
    if len(call.signals) >= max(1, circuit.core.config.min_digits):
        circuit.core.happened.append(DigitsReceived(call.handle, "", True))
        return
    call.clearing(INCOMPLETE, circuit.core.location, True)
    refuse(circuit, ADI, now)


def information_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """GSM with what we asked for: now the call is offered."""
    call = circuit.call
    if call is None or not isinstance(message, GeneralForward):
        return
    circuit.stop(T_INFORMATION)
    _learn(call, message)
    if circuit.core.draining:
        refused_by_load(circuit, now)
    else:
        offer(circuit, call, now)


def _learn(call: Call, message: GeneralForward) -> None:
    old = call.request
    original = party(message.original) or old.original_called
    call.request = CallRequest(
        old.called,
        party(message.calling) or old.calling,
        old.channel,
        True,
        old.complete,
        old.bearer,
        category=old.category,
        redirecting=original,
        original_called=original,
    )


def late_information_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """GSM when the call was offered already (asked by ``identify``, or after TGSM)."""
    if circuit.call is not None and isinstance(message, GeneralForward):
        _learn(circuit.call, message)


def information_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """Nobody says who calls: the call is offered as it is."""
    if circuit.call is not None:
        offer(circuit, circuit.call, now)


# Requests


def identify_request(circuit: Circuit, wanted: int, now: int) -> None:
    """GRQ during the set-up."""
    circuit.send(GeneralRequest(wanted).octets)


def complete_request(circuit: Circuit, arg: object, now: int) -> None:
    """ACM: the number is complete."""
    _complete(circuit, False)


def alert_request(circuit: Circuit, inband: bool, now: int) -> None:
    """ACM: complete, and the subscriber is free."""
    _complete(circuit, True)


def _complete(circuit: Circuit, free: bool) -> None:
    circuit.stop(T_DIGITS)
    kind = KINDS[circuit.core.config.charge]
    circuit.send(AddressComplete(kind, free).octets)
    if circuit.call is not None:
        circuit.call.complete = True
    circuit.enter(IC_WAIT_ANSWER)


def answer_request(circuit: Circuit, arg: object, now: int) -> None:
    """ANC, ANN or ANU."""
    circuit.signal(ANSWERS[circuit.core.config.charge])
    circuit.enter(IC_ANSWERED)
    call = circuit.call
    assert call is not None
    # Nothing confirms an answer: from here on speech flows both ways.
    circuit.core.happened.append(CallConnected(call.handle, circuit.cic, None))


def answer_at_once(circuit: Circuit, arg: object, now: int) -> None:
    """An answer before ACM was sent: ACM goes first."""
    _complete(circuit, True)
    answer_request(circuit, arg, now)


def suspend_request(circuit: Circuit, indicator: int, now: int) -> None:
    """The called party hung up and may come back: CBK. Other notices TUP does not have."""
    if indicator == SUSPENDED:
        clear_back(circuit, now)


def resume_request(circuit: Circuit, indicator: int, now: int) -> None:
    """The called party is back: RAN, unless the call was cleared for good."""
    call = circuit.call
    if indicator == RESUMED and call is not None and not call.cause:
        circuit.stop(T_GUARD)
        circuit.signal(RAN)
        circuit.enter(IC_ANSWERED)


def signal_request(circuit: Circuit, message: TupMessage, now: int) -> None:
    """OPR, MAL, CHG or MPM backward."""
    row = HEADINGS[message.heading]
    if not row.direction & BACKWARD:
        raise LocalError(f"{row.acronym} is sent by the calling side only")
    circuit.send(message.octets)
