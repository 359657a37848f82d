"""Compatibility procedure (Q.764 2.9.5.2, 2.9.5.3): messages and parameters that are not known.

An end or gateway exchange (type A) has nowhere to pass information on to, so that the "pass on not
possible" indicator decides; at a transit exchange (type B) what is marked for end nodes only is
left to those, and as nothing is passed on here it is discarded without a word.
"""

from __future__ import annotations

from typing import Final

from .isup_call import Call, UserPart, option
from .isup_circuits import Circuit
from .isup_messages import IsupMessage
from .isup_messages_table import CFN, IAM, REL, RLC
from .isup_parameters_base import (
    CAUSE_INDICATORS,
    MESSAGE_COMPATIBILITY,
    OCTET,
    PARAMETER_COMPATIBILITY,
)
from .isup_parameters_cause import Cause
from .isup_parameters_compat import (
    PASS_ON_DISCARD_MESSAGE,
    PASS_ON_DISCARD_PARAMETER,
    Instruction,
    MessageCompatibility,
    ParameterCompatibility,
)
from .isup_states import IDLE, WAIT_RLC

MESSAGE_UNKNOWN: Final = 97
PARAMETER_DISCARDED: Final = 99
MESSAGE_DISCARDED: Final = 110
"""Q.850: what is told of a message or parameter that is not known."""

KEEP: Final = 0
DISCARD: Final = 1
RELEASE: Final = 2


def send_confusion(part: UserPart, circuit: Circuit, cause: int, diagnostics: bytes) -> None:
    """CFN, where the variant has it."""
    if part.config.variant.confusion:
        part.count("confusion_sent")
        octets = Cause(cause, part.config.location, diagnostics).octets
        part.send(circuit, b"\x2f\x02\x00" + OCTET[len(octets)] + octets)


def message_unknown(part: UserPart, circuit: Circuit, message: IsupMessage, now: int) -> None:
    """A message type that is not known: discarded, with CFN or REL as it says itself (2.9.5.2)."""
    part.fault("unknown_message", message.name, "2.9.5.2", message.raw)
    diagnostics = OCTET[message.kind]
    found = message.read(MESSAGE_COMPATIBILITY)
    if not isinstance(found, MessageCompatibility) or not part.config.variant.compatibility:
        send_confusion(part, circuit, MESSAGE_UNKNOWN, diagnostics)
        return
    told = found.instruction
    if part.config.transit and not told.end_node:
        part.count("not_passed_on")
        return
    release = told.release
    if not release and not told.discard_message:
        release = told.pass_on != PASS_ON_DISCARD_MESSAGE
    if release and _release(part, circuit, message, MESSAGE_UNKNOWN, diagnostics, now):
        return
    if told.notify:
        send_confusion(part, circuit, MESSAGE_UNKNOWN, diagnostics)


def _release(
    part: UserPart,
    circuit: Circuit,
    message: IsupMessage,
    cause: int,
    diagnostics: bytes,
    now: int,
) -> bool:
    """REL for the call on the circuit, if there is one or the message is to begin one."""
    if circuit.call:
        call = part.calls[circuit.call]
        if call.state == WAIT_RLC:
            return True
    elif message.kind == IAM and circuit.csc == IDLE:
        call = Call(part, circuit, part.new_handle())
        call.register(circuit)
    else:
        return False
    call.release(cause, now, diagnostics)
    return True


def judge(told: Instruction, transit: bool) -> int:
    """What is to become of the message: KEEP (without the parameter), DISCARD or RELEASE."""
    if transit and not told.end_node:
        return KEEP
    if told.release:
        return RELEASE
    if told.discard_message:
        return DISCARD
    if told.discard_parameter or told.pass_on == PASS_ON_DISCARD_PARAMETER:
        return KEEP
    return DISCARD if told.pass_on == PASS_ON_DISCARD_MESSAGE else RELEASE


def parameters_unknown(
    part: UserPart, circuit: Circuit, message: IsupMessage, now: int
) -> IsupMessage | None:
    """The message without what is not known in it, or None if it is not to be served (2.9.5.3)."""
    config = part.config
    found = message.read(PARAMETER_COMPATIBILITY) if config.variant.compatibility else None
    verdict = KEEP
    tell = b""
    codes = b""
    for code in message.unrecognized:
        told = found.of(code) if isinstance(found, ParameterCompatibility) else None
        codes += OCTET[code]
        if told is None:
            if not config.transit:
                tell += OCTET[code]
            continue
        verdict = max(verdict, judge(told, config.transit))
        if told.notify and not (config.transit and not told.end_node):
            tell += OCTET[code]
    part.count("unknown_parameters")
    if message.kind in (REL, RLC, CFN):
        # These are served whatever is in them; RLC tells what CFN would (2.9.5.3, note).
        if message.kind == REL and tell and config.variant.confusion:
            part.rlc_cause = option(
                CAUSE_INDICATORS, Cause(PARAMETER_DISCARDED, config.location, tell).octets
            )
        return message
    if verdict == RELEASE:
        if _release(part, circuit, message, PARAMETER_DISCARDED, codes, now):
            return None
        verdict = DISCARD
    if verdict == DISCARD:
        if tell:
            send_confusion(part, circuit, MESSAGE_DISCARDED, OCTET[message.kind] + tell)
        return None
    if tell:
        send_confusion(part, circuit, PARAMETER_DISCARDED, tell)
    return message
