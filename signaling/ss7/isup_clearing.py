"""Release of calls (Q.764 2.3), and what is unexpected on an idle or a busy circuit (2.9.5.1)."""

from __future__ import annotations

from . import isup_reset as reset
from .isup_availability import level_received
from .isup_call import NORMAL_UNSPECIFIED, TEMPORARY_FAILURE, Call
from .isup_config import T1
from .isup_messages import IsupMessage
from .isup_parameters_base import AUTOMATIC_CONGESTION_LEVEL, CAUSE_INDICATORS


def release_request(call: Call, cause: int, now: int) -> None:
    """REL (2.3.1)."""
    call.release(cause, now)


def rel_received(call: Call, message: IsupMessage, now: int) -> None:
    """REL: RLC at once, and the call is over (2.3.1)."""
    call.report_user_user(message)
    part = call.part
    if AUTOMATIC_CONGESTION_LEVEL in message.parameters:
        level_received(part, message.value(AUTOMATIC_CONGESTION_LEVEL), now)
    part.send_rlc(call.circuit)
    octets = message.parameters.get(CAUSE_INDICATORS, b"")
    if len(octets) == 2 and octets[0] >= 0x80:
        call.end(octets[1] & 0x7F, octets[0] & 15, False)
        return
    cause = message.cause()
    if cause is None:
        call.end(NORMAL_UNSPECIFIED, 0, False)
    else:
        call.end(cause.value, cause.location, False)


def rel_collision(call: Call, message: IsupMessage, now: int) -> None:
    """REL crossed ours: RLC; our own is still to be answered (2.3.1 e)."""
    call.report_user_user(message)
    call.part.send_rlc(call.circuit)


def rlc_received(call: Call, message: IsupMessage, now: int) -> None:
    """RLC: the circuit is idle (2.3.1)."""
    call.end(call.cause, call.location, call.local)


def t1_expiry(call: Call, now: int) -> None:
    """REL again (2.9.6)."""
    call.send_rel()
    call.start(T1, now)


def t5_expiry(call: Call, now: int) -> None:
    """RSC, maintenance is alerted, the circuit is out of service until RLC (2.9.6)."""
    part = call.part
    circuit = call.circuit
    part.fault("release_unanswered", f"no RLC for CIC {circuit.cic}", "2.9.6", b"")
    call.stop(T1)
    circuit.withdrawn = True
    call.end(call.cause, call.location, call.local)
    reset.csc_input(part, circuit, reset.RESET_AFTER_T5, now)


def rel_on_idle(call: Call, message: IsupMessage, now: int) -> None:
    """REL for an idle circuit: RLC (2.9.5.1 b)."""
    call.part.send_rlc(call.circuit)


def unexpected_on_idle(call: Call, message: IsupMessage, now: int) -> None:
    """RSC: the two ends do not agree (2.9.5.1 d 1)."""
    part = call.part
    part.fault("unexpected_message", f"{message.name} on an idle circuit", "2.9.5.1", message.raw)
    reset.csc_input(part, call.circuit, reset.RESET_REQ, now)


def rlc_unexpected(call: Call, message: IsupMessage, now: int) -> None:
    """RLC without REL: the call is released, REL sent (2.9.5.1 c)."""
    part = call.part
    part.fault("unexpected_message", "RLC without REL of ours", "2.9.5.1", message.raw)
    call.clearing(NORMAL_UNSPECIFIED, part.config.location, False)
    call.release(NORMAL_UNSPECIFIED, now)


def circuit_reset(call: Call, now: int) -> None:
    """RSC or GRS: the call is over; the answer goes out elsewhere (2.9.3.1 a)."""
    call.end(call.cause or NORMAL_UNSPECIFIED, 0, False)


def circuit_taken(call: Call, now: int) -> None:
    """We reset the circuit, or the far end has it not (UCIC): the call is over."""
    call.end(call.cause or TEMPORARY_FAILURE, call.part.config.location, True)
