"""Call clearing, 5.3. Each function is one drawn input of a Call.

The first reason to clear is the one that CallReleased reports (5.3.5: clear collision).
"""

from __future__ import annotations

from typing import Final

from .elements import USER_USER
from .messages import Message
from .q931_call import (
    DISCONNECT_OCTET,
    LINK_UP,
    NORMAL_UNSPECIFIED,
    RELEASE_OCTET,
    Call,
)
from .q931_config import T305, T306, T308

MANDATORY_MISSING: Final = 96
RECOVERY_ON_TIMER: Final = 102


def disconnect_request(call: Call, value: int, now: int) -> None:
    """5.3.3, 5.3.4: DISCONNECT and T305; where the network offers tones, T306 (5.3.4.1)."""
    layer3 = call.layer3
    call.clearing(value, layer3.location, True)
    if layer3.link != LINK_UP:
        # Only an active call outlives its data link (5.8.9), and only until it is cleared.
        call.end(value, layer3.location, True)
        return
    disconnect(call, value, now)


def disconnect(call: Call, value: int, now: int) -> None:
    """Send DISCONNECT with this cause, which need not be the one that is reported."""
    layer3 = call.layer3
    if call.timers:
        call.stop_all()
    call.wire_cause = value
    octets = call.cause_octets(value)
    if layer3.network and layer3.config.disconnect_tones:
        call.send(DISCONNECT_OCTET, octets + layer3.inband_octets + call.take_user_user())
        call.start(T306, now)
    else:
        call.send(DISCONNECT_OCTET, octets + call.take_user_user())
        call.start(T305, now)
    call.state = layer3.disconnecting


def clear_after_timer(call: Call, network_cause: int, now: int) -> None:
    """A timer ran out: DISCONNECT with cause 102. The network's other leg hears another one."""
    layer3 = call.layer3
    value = network_cause if layer3.network else RECOVERY_ON_TIMER
    call.clearing(value, layer3.location, True)
    disconnect(call, RECOVERY_ON_TIMER, now)


def reject_request(call: Call, value: int, now: int) -> None:
    """5.3.2 a, b: a SETUP that was not answered is refused with RELEASE COMPLETE."""
    call.send_release_complete(value)
    call.end(value, call.layer3.location, True)


def release_request(call: Call, value: int, now: int) -> None:
    """The far end's DISCONNECT with tones has been heard enough (5.3.4.1): RELEASE."""
    call.send_release(value, now)


def disconnect_received(call: Call, message: Message, now: int) -> None:
    """5.3.3, 5.3.4: report it and RELEASE; the user may listen to tones first (5.3.4.1)."""
    layer3 = call.layer3
    call.stop_all()
    if call.state == layer3.disconnected:
        call.send_release(call.answer or call.cause, now)  # tones were offered before: enough
        return
    inband = call.report_disconnect(message)
    call.state = layer3.disconnected
    if not inband or layer3.network:
        call.send_release(call.answer or call.cause, now)


def disconnect_collision(call: Call, message: Message, now: int) -> None:
    """5.3.5: both sides sent DISCONNECT. RELEASE."""
    call.send_release(call.answer or call.wire_cause, now)


def release_received(call: Call, message: Message, now: int) -> None:
    """5.3.3, 5.3.4; unexpected but good in any other state (5.8.4 a)."""
    layer3 = call.layer3
    if USER_USER in message.first:
        call.report_user_user(message)
    read = message.cause()
    if read is not None:
        call.send_release_complete(call.answer)
        call.end(read.value, read.location, False)
        return
    if not call.answer and call.state not in (layer3.disconnecting, layer3.disconnected):
        layer3.fault(
            "mandatory_missing",
            "RELEASE: Cause is missing, and no DISCONNECT had one",
            "5.8.6.1",
            message.raw,
        )
        call.answer = MANDATORY_MISSING
    call.send_release_complete(call.answer)
    call.end(NORMAL_UNSPECIFIED, 0, False)


def release_collision(call: Call, message: Message, now: int) -> None:
    """5.3.5: both sides sent RELEASE; nobody sends RELEASE COMPLETE."""
    call.end(NORMAL_UNSPECIFIED, 0, False)


def release_complete_received(call: Call, message: Message, now: int) -> None:
    """The end (5.3.3, 5.3.4), or a refused SETUP (5.3.2), or unexpected (5.8.4 b)."""
    if USER_USER in message.first:
        call.report_user_user(message)
    read = message.cause()
    if read is not None:
        call.end(read.value, read.location, False)
    else:
        call.end(NORMAL_UNSPECIFIED, 0, False)


def t305_expiry(call: Call, now: int) -> None:
    """No answer to DISCONNECT: RELEASE with the same cause (5.3.3, 5.3.4)."""
    call.send_release(call.wire_cause, now)


def t306_expiry(call: Call, now: int) -> None:
    """The tones have been offered long enough: RELEASE with the same cause (5.3.4.1)."""
    call.send_release(call.wire_cause, now)


def t308_expiry(call: Call, now: int) -> None:
    """RELEASE once more; the second time the channel goes out of service (5.3.3, 5.3.4)."""
    call.tries += 1
    if call.tries == 1:
        call.send(RELEASE_OCTET, call.cause_octets(call.wire_cause))
        call.start(T308, now)
    else:
        call.end_in_maintenance(RECOVERY_ON_TIMER)
