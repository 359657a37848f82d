"""Calls that we place (Q.724 1, 2, 3, 7). Each function is one drawn input of a Circuit."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    CONTINUITY_TONE,
    UNRESTRICTED,
    CallAlerting,
    CallConnected,
    CallNotified,
    CallProceeding,
    CallRequest,
    ForwardTransfer,
    MoreDigitsWanted,
    PartyNumber,
)
from .tup_call import Call, Circuit
from .tup_call_clearing import clear_forward, release_outgoing, repeat_attempt
from .tup_causes import NO_ANSWER, NORMAL_CLEARING, RECOVERY_ON_TIMER, TEMPORARY_FAILURE, cause_of
from .tup_config import (
    T2,
    T8,
    T9,
    T_ANSWER,
    T_CLEAR_BACK,
    TupConfig,
)
from .tup_events import ChargeInformation, MeteringPulses, OperatorSignal
from .tup_messages import (
    MOST_SIGNALS,
    REQUEST_CALLING_LINE,
    REQUEST_CATEGORY,
    REQUEST_ORIGINAL_CALLED,
    ST,
    AddressComplete,
    Charging,
    ExtendedUnsuccessful,
    GeneralRequest,
    Metering,
    SubsequentAddress,
    TupMessage,
)
from .tup_messages_address import (
    CHECK_NOT_REQUIRED,
    CHECK_REQUIRED,
    GeneralForward,
    Indicators,
    InitialAddress,
    Line,
)
from .tup_messages_table import CCF, CCL, COT, FORWARD, FOT, HEADINGS
from .tup_states import (
    OG_ANSWERED,
    OG_CHECK,
    OG_CLEARED_BACK,
    OG_WAIT_ACM,
    OG_WAIT_ANSWER,
    OG_WAIT_RETEST,
)

NATURES: Final = {1: 3, 2: 2, 3: 1, 4: 0}
"""Nature of address (Q.723 3.3.1 d) by type of number (Q.931 4.5.10)."""
TYPES: Final = {0: 4, 1: 3, 2: 2, 3: 1}
DIGITS: Final = "0123456789BC"
RESTRICTED: Final = 1
NOT_AVAILABLE: Final = 2


def nature_of(number: PartyNumber, config: TupConfig) -> int:
    return NATURES.get(number.type_of_number, config.nature)


def checked_digits(digits: str) -> str:
    """LocalError for what is no address signal; B and C are codes 11 and 12."""
    digits = digits.upper()
    for character in digits:
        if character not in DIGITS:
            raise LocalError(
                f"{character!r} in {digits!r} is no digit that TUP can send: 0-9, B, C"
            )
    return digits


def line_of(number: PartyNumber | None, config: TupConfig) -> Line | None:
    """A calling or original called number as an identity; None where there is none to tell."""
    if number is None or number.presentation == NOT_AVAILABLE:
        return None
    digits = checked_digits(number.digits)[:MOST_SIGNALS]
    return Line(digits, nature_of(number, config), number.presentation == RESTRICTED)


def category_of(request: CallRequest, config: TupConfig) -> int:
    category = config.variant.categories.get(request.category, request.category)
    if not 0 <= category <= 63:
        raise LocalError(f"calling party's category {category}; TUP has 0 to 63 (Q.723 3.3.1)")
    return category


def initial_address(
    request: CallRequest, signals: str, check: bool, config: TupConfig
) -> InitialAddress:
    """The IAM of a call, or IAI where more than the called number is to be told."""
    original = line_of(request.original_called or request.redirecting, config)
    calling = line_of(request.calling, config) if config.send_calling_line else None
    indicators = Indicators(
        nature_of(request.called, config),
        int(config.satellite),
        CHECK_REQUIRED if check else CHECK_NOT_REQUIRED,
        international=config.international,
        redirected=original is not None,
        digital=request.bearer == UNRESTRICTED,
    )
    category = category_of(request, config)
    return InitialAddress(category, indicators, signals, calling, original)


def send_signals(circuit: Circuit, signals: str) -> None:
    """SAO for one address signal, SAM for up to fifteen."""
    for at in range(0, len(signals), MOST_SIGNALS):
        circuit.send(SubsequentAddress(signals[at : at + MOST_SIGNALS]).octets)


def setup_request(circuit: Circuit, call: Call, now: int) -> None:
    """IAM or IAI, and SAM for what does not fit; a continuity check where its turn is."""
    core = circuit.core
    config = core.config
    core.placed += 1
    check = config.continuity > 0 and core.placed % config.continuity == 0
    signals = call.signals
    first = initial_address(call.request, signals[:MOST_SIGNALS], check, config)
    circuit.call = call
    call.circuit = circuit
    circuit.backward = False
    circuit.send(first.octets)
    send_signals(circuit, signals[MOST_SIGNALS:])
    if not call.complete and not call.asked:
        # Nobody asks for more digits in TUP: subsequent addresses may follow at once.
        call.asked = True
        core.happened.append(MoreDigitsWanted(call.handle, circuit.cic))
    if check:
        circuit.start(T8, now)
        circuit.enter(OG_CHECK)
        circuit.want_check(CONTINUITY_TONE)
    else:
        circuit.start(T2, now)
        circuit.enter(OG_WAIT_ACM)


def digits_request(circuit: Circuit, more: tuple[str, bool], now: int) -> None:
    """More of the called number: SAM or SAO."""
    call = circuit.call
    if call is None:
        return
    signals = more_signals(call, more[0], more[1], circuit.core.config)
    send_signals(circuit, signals)
    if circuit.state == OG_WAIT_ACM:
        circuit.start(T2, now)


def more_signals(call: Call, digits: str, complete: bool, config: TupConfig) -> str:
    """Address signals to be sent now; remembered for a repeat attempt."""
    if call.complete:
        raise LocalError(f"call {call.handle}: the called number was said to be complete")
    signals = checked_digits(digits)
    if complete and config.variant.end_of_pulsing:
        signals += ST
    call.signals += signals
    call.complete = complete
    return signals


# The continuity check (Q.724 7)


def check_passed(circuit: Circuit, arg: object, now: int) -> None:
    """The tone came back: COT."""
    circuit.stop(T8)
    circuit.end_check()
    circuit.signal(COT)
    circuit.start(T2, now)
    circuit.enter(OG_WAIT_ACM)


def check_failed(circuit: Circuit, arg: object, now: int) -> None:
    """The tone did not come back in T8: CCF; the call goes elsewhere, the circuit is tried anew."""
    core = circuit.core
    circuit.stop(T8)
    circuit.end_check()
    circuit.signal(CCF)
    core.fault("continuity_failure", f"circuit {circuit.cic}: no check tone", "Q.724 7", b"")
    repeat_attempt(circuit, TEMPORARY_FAILURE)
    circuit.start(T9, now)
    circuit.enter(OG_WAIT_RETEST)


# What the far end says


def general_request_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """GRQ: tell what it wants of the calling side, an identity without signals where we lack it."""
    call = circuit.call
    if call is None or not isinstance(message, GeneralRequest):
        return
    circuit.backward = True
    config = circuit.core.config
    request = call.request
    wanted = message.wanted
    category = category_of(request, config) if wanted & REQUEST_CATEGORY else -1
    calling = None
    if wanted & REQUEST_CALLING_LINE:
        calling = line_of(request.calling, config) or Line("")
    original = None
    if wanted & REQUEST_ORIGINAL_CALLED:
        original = line_of(request.original_called or request.redirecting, config)
    circuit.send(GeneralForward(category, calling, original).octets)
    if circuit.state == OG_WAIT_ACM:
        circuit.start(T2, now)


def address_complete_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """ACM: the number is complete, and perhaps the subscriber free. Tones are on the circuit."""
    call = circuit.call
    if call is None:
        return
    circuit.backward = True
    circuit.stop(T2)
    circuit.start(T_ANSWER, now)
    free = isinstance(message, AddressComplete) and message.free
    circuit.enter(OG_WAIT_ANSWER)
    happened = circuit.core.happened
    if free:
        happened.append(CallAlerting(call.handle, circuit.cic, True))
    else:
        happened.append(CallProceeding(call.handle, circuit.cic, True))


def unsuccessful_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """SEC, CGC, … : the call cannot be set up; CLF."""
    circuit.backward = True
    indicator = message.indicator if isinstance(message, ExtendedUnsuccessful) else 0
    release_outgoing(circuit, cause_of(message.heading, indicator), now)


def answer_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """ANC, ANN, ANU."""
    call = circuit.call
    if call is None:
        return
    circuit.stop(T_ANSWER)
    circuit.enter(OG_ANSWERED)
    circuit.core.happened.append(CallConnected(call.handle, circuit.cic, None))


def answered_without_complete(circuit: Circuit, message: TupMessage, now: int) -> None:
    """An answer that no ACM came before is not reasonable, but an answer: counted, and taken."""
    circuit.core.fault(
        "answer_without_acm", f"{message.name} without ACM", "Q.724 6", message.octets
    )
    circuit.backward = True
    circuit.stop(T2)
    answer_received(circuit, message, now)


def clear_back_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CBK: the called party hung up. It may come back until TCBK runs out or we clear."""
    if circuit.gone or circuit.core.duration[T_CLEAR_BACK] == 0:
        release_outgoing(circuit, NORMAL_CLEARING, now)
        return
    circuit.start(T_CLEAR_BACK, now)
    circuit.enter(OG_CLEARED_BACK)
    circuit.disconnected(NORMAL_CLEARING, True)


def clear_back_before_answer(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CBK instead of an answer: the called side will not go on with the call."""
    circuit.core.fault("clear_back_before_answer", "CBK before an answer", "Q.724 6", b"")
    release_outgoing(circuit, NORMAL_CLEARING, now)


def reanswer_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """RAN: the called party is back."""
    circuit.stop(T_CLEAR_BACK)
    circuit.enter(OG_ANSWERED)
    if circuit.call is not None:
        circuit.core.happened.append(CallNotified(circuit.call.handle, 1))


def charging_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CHG, MPM."""
    call = circuit.call
    if call is None:
        return
    if isinstance(message, Metering):
        circuit.core.happened.append(MeteringPulses(call.handle, message.pulses))
    elif isinstance(message, Charging):
        circuit.core.happened.append(ChargeInformation(call.handle, message.data))


def signal_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """FOT, OPR, CCL, MAL: for the application."""
    call = circuit.call
    if call is None:
        return
    if message.heading == FOT:
        circuit.core.happened.append(ForwardTransfer(call.handle))
    else:
        circuit.core.happened.append(OperatorSignal(call.handle, message.name))


def signal_request(circuit: Circuit, message: TupMessage, now: int) -> None:
    """FOT, OPR or CCL forward."""
    row = HEADINGS[message.heading]
    if not row.direction & FORWARD:
        raise LocalError(f"{row.acronym} is sent by the called side only")
    circuit.send(message.octets)
    if message.heading == CCL:
        circuit.gone = True


# Timers


def t2_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No ACM."""
    release_locally(circuit, RECOVERY_ON_TIMER, now)


def answer_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No answer (Q.118)."""
    release_locally(circuit, NO_ANSWER, now)


def release_locally(circuit: Circuit, cause: int, now: int) -> None:
    """A timer of ours ends the call."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)
    clear_forward(circuit, now)


def clear_back_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """The called party did not come back (Q.118): CLF."""
    if circuit.call is not None:
        circuit.call.clearing(NORMAL_CLEARING, circuit.core.far_location, False)
    clear_forward(circuit, now)


def clear_request_cleared_back(circuit: Circuit, cause: int, now: int) -> None:
    """CLF after CBK: it was the called party that ended the call."""
    clear_back_expiry(circuit, cause, now)
