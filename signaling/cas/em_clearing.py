"""E&M trunks: release at both ends, guard time, blocking, restart, loss of the line.

Each function is one drawn input of an EmChannel (em_table.py).
"""

from __future__ import annotations

from typing import Final

from ..call import (
    CHANNEL_BLOCKED_BOTH,
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_OUT_OF_SERVICE,
    CallDisconnected,
)
from .em_channel import HANG_TIMER, LOCATION, NEVER, PULSE_TIMER, STATE_TIMER, EmCall, EmChannel
from .em_config import GUARD_TIME, REFUSE_WAIT, RELEASE_WAIT
from .em_states import (
    BLOCKED_BOTH,
    BLOCKED_HERE,
    BLOCKED_THERE,
    GUARD,
    IDLE,
    OUT_OF_SERVICE,
    REFUSING,
    RELEASING,
)

NORMAL_CLEARING: Final = 16
USER_BUSY: Final = 17
OUT_OF_ORDER: Final = 27
TEMPORARY_FAILURE: Final = 41


def nothing(channel: EmChannel, now: int) -> None:
    """The request is accepted; the line has no signal for it."""


def quiet(channel: EmChannel) -> None:
    """Registers and tones are at rest."""
    channel.be_silent()
    channel.reset_register()


def release(channel: EmChannel, now: int) -> None:
    """On-hook at our end; the trunk is free when the far end is on-hook too."""
    quiet(channel)
    channel.send_bits(False)
    if channel.far:
        channel.wait(RELEASING, now + channel.config.time[RELEASE_WAIT])
    else:
        released(channel, now)


def released(channel: EmChannel, now: int) -> None:
    """Both ends are on-hook: the call is over, and the trunk rests for the guard time. CallReleased
    says that it is free, so it comes behind that."""
    quiet(channel)
    channel.wait(GUARD, now + channel.config.time[GUARD_TIME])


def cleared(channel: EmChannel, now: int) -> None:
    """The application clears an outgoing call."""
    channel.clearing(channel.cause, True)
    release(channel, now)


def stuck(channel: EmChannel, now: int) -> None:
    """We are on-hook and the far end stays off-hook: the trunk is as good as blocked by it."""
    channel.fault("stuck", "off-hook long after our release", "GR-506")
    quiet(channel)
    channel.report_released()
    block_by_far(channel, now)


def refused(channel: EmChannel, now: int) -> None:
    """The application refuses or ends an incoming call: on-hook, and a tone where it was not
    answered; the caller's end must release."""
    refuse(channel, channel.cause, USER_BUSY if channel.cause == USER_BUSY else 0, now)


def refuse(channel: EmChannel, cause: int, busy: int, now: int) -> None:
    """Busy or congestion tone until the caller goes, for REFUSE_WAIT at most."""
    quiet(channel)
    channel.clearing(cause, True)
    channel.send_bits(False)
    channel.play_tone("busy" if busy else "congestion")
    channel.wait(REFUSING, now + channel.config.time[REFUSE_WAIT])


def hung_up(channel: EmChannel, now: int) -> None:
    """We, the called side, hang up behind the answer: on-hook without a tone."""
    quiet(channel)
    channel.clearing(channel.cause, True)
    channel.send_bits(False)
    channel.wait(REFUSING, now + channel.config.time[REFUSE_WAIT])


def refusal_over(channel: EmChannel, now: int) -> None:
    """The caller never hangs up."""
    stuck(channel, now)


def caller_gone(channel: EmChannel, now: int) -> None:
    """The calling side hung up: told, our end follows, free."""
    call = channel.call
    if call is not None and not call.cause:
        channel.clearing(NORMAL_CLEARING, False)
        channel.shared.happened.append(
            CallDisconnected(call.handle, NORMAL_CLEARING, LOCATION, False)
        )
    channel.send_bits(False)
    released(channel, now)


def abandoned(channel: EmChannel, now: int) -> None:
    """A seizure went before there was a call."""
    channel.shared.count("abandoned")
    caller_gone(channel, now)


# Guard and blocking


def place_later(channel: EmChannel, now: int) -> None:
    """Right behind the start: the far end has to see our on-hook first."""


def cleared_in_guard(channel: EmChannel, now: int) -> None:
    """A call that is over, or one that has not begun."""
    channel.clearing(channel.cause, True)


def guard_over(channel: EmChannel, now: int) -> None:
    """Idle, or what was asked for during the call: blocked; off-hook meanwhile is a seizure, which
    the machine is given as such (em.py)."""
    channel.stop(STATE_TIMER)
    channel.report_released()
    if channel.block_wanted:
        block_here(channel, now)
    else:
        channel.state = IDLE
        channel.shared.channels.put_back(channel.number)


def block_later(channel: EmChannel, now: int) -> None:
    """The trunk is in use: it is blocked when its call is over."""
    channel.block_wanted = True


def block_here(channel: EmChannel, now: int) -> None:
    """Make busy: off-hook towards the far end, which then does not seize the trunk."""
    channel.block_wanted = True
    channel.send_bits(channel.config.shows_busy)
    channel.wait(BLOCKED_HERE, NEVER)
    channel.shared.channels.withdraw(channel.number, CHANNEL_BLOCKED_HERE)
    if channel.far:
        block_both(channel, now)


def block_both(channel: EmChannel, now: int) -> None:
    """Off-hook at the far end while we block."""
    channel.block_wanted = True
    channel.send_bits(channel.config.shows_busy)
    channel.wait(BLOCKED_BOTH, NEVER)
    channel.shared.channels.withdraw(channel.number, CHANNEL_BLOCKED_BOTH)


def block_by_far(channel: EmChannel, now: int) -> None:
    """Off-hook at the far end that is no call: it makes the trunk busy, or is stuck."""
    channel.shared.count("blocked_by_far_end")
    channel.wait(BLOCKED_THERE, NEVER)
    channel.shared.channels.withdraw(channel.number, CHANNEL_BLOCKED_THERE)
    if channel.block_wanted:
        block_both(channel, now)


def far_unblocked(channel: EmChannel, now: int) -> None:
    """It is on-hook again."""
    if channel.block_wanted:
        block_here(channel, now)
    else:
        channel.wait(GUARD, now + channel.config.time[GUARD_TIME])


def unblock_later(channel: EmChannel, now: int) -> None:
    """The blocking that waits is taken back."""
    channel.block_wanted = False


def unblock(channel: EmChannel, now: int) -> None:
    """On-hook again; the guard time lets the far end see it."""
    channel.block_wanted = False
    channel.send_bits(False)
    if channel.far:
        block_by_far(channel, now)
    else:
        channel.wait(GUARD, now + channel.config.time[GUARD_TIME])


# Restart and the line


def restarted(channel: EmChannel, now: int) -> None:
    """Back to idle whatever there was."""
    channel.clearing(TEMPORARY_FAILURE, True)
    channel.block_wanted = False
    release(channel, now)


def line_down(channel: EmChannel, now: int) -> None:
    """Carrier group alarm: calls end, nobody uses the trunk. Our bits are idle for its return."""
    quiet(channel)
    channel.clearing(OUT_OF_ORDER, False)
    channel.report_released()
    channel.stop(HANG_TIMER)
    channel.stop(PULSE_TIMER)
    channel.send_bits(False)
    channel.wait(OUT_OF_SERVICE, NEVER)
    channel.shared.channels.withdraw(channel.number, CHANNEL_OUT_OF_SERVICE)


def line_up(channel: EmChannel, now: int) -> None:
    """The line is back, or the engine starts. A far end that is off-hook has to release first."""
    channel.send_bits(False)
    if channel.far:
        block_by_far(channel, now)
    elif channel.block_wanted:
        block_here(channel, now)
    else:
        channel.wait(GUARD, now + channel.config.time[GUARD_TIME])


def give_up(channel: EmChannel, cause: int, now: int) -> None:
    """Our own end clears an outgoing call: a timer, or the far end's mistake."""
    channel.clearing(cause, True)
    release(channel, now)


def detach(channel: EmChannel, cause: int) -> None:
    """The outgoing call leaves this trunk: em.py tries it on another, or ends it with ``cause``."""
    call: EmCall | None = channel.call
    if call is None:
        return
    channel.clearing(cause, True)
    channel.take(None)
    channel.shared.moving.append(call)
