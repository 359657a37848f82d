"""The line without a call: idle, blocking both ways, faulty codes, line down and up (Q.421, Q.424).

Clauses of Q.421 and Q.422 are cited from memory of the Blue Book, whose text could not be read
here: the numbers of sub-clauses may be off, and what is remembered may be incomplete.
"""

from __future__ import annotations

from . import r2_names as n
from . import r2_register as register
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import Channel

NORMAL = 16
DESTINATION_OUT_OF_ORDER = 27


def resting_code(channel: Channel) -> int:
    """What is sent without a call."""
    return channel.codes.blocked if channel.blocking else channel.codes.send_idle


def settle(channel: Channel, now: int) -> None:
    """No call any more: the state is as the far end's bits and our blocking say."""
    channel.stop_all()
    channel.new_registers()
    channel.state = s.BLOCKED_HERE if channel.blocking else s.IDLE
    channel.bits(resting_code(channel), now)
    look(channel, now)


def look(channel: Channel, now: int) -> None:
    """What the far end shows to a line without a call."""
    meaning = channel.codes.meaning[channel.state][channel.received]
    if meaning == s.IDLE_CODE:
        channel.state = s.BLOCKED_HERE if channel.blocking else s.IDLE
    elif meaning == s.BLOCKED_CODE:
        channel.state = s.BLOCKED_BOTH if channel.blocking else s.BLOCKED_THERE
    elif meaning == s.SEIZED_CODE:
        seized(channel, 0, now)
    else:
        channel.state = s.FAULTY


def shown(channel: Channel, _: int, now: int) -> None:
    """Idle or blocked is shown."""
    look(channel, now)


def faulty(channel: Channel, _: int, now: int) -> None:
    """A code that an idle line does not have: no calls on it until it shows idle."""
    text = f"code {channel.received:04b} on an idle line"
    channel.fault("faulty_code", text, "Q.422 3.2.5")
    channel.state = s.FAULTY


def seized(channel: Channel, _: int, now: int) -> None:
    """The far end seizes: acknowledged, the register listens (Q.422 3.2.2)."""
    channel.stop(t.GUARD)
    channel.end_call(NORMAL, False)  # one whose guard is cut short
    channel.new_registers()
    channel.core.count("seizures")
    if channel.state in (s.BLOCKED_HERE, s.BLOCKED_BOTH):
        channel.fault("seized_while_blocked", "seized while we block it", "Q.422 3.2.6")
        # Their seizure and our blocking crossed: the bits look acknowledged to them
        channel.inc.decision = n.B_CONGESTION
    channel.state = s.IN_REGISTER
    if channel.codes.seize_ack >= 0:
        channel.bits(channel.codes.seize_ack, now)
    register.start_incoming(channel, now)


def seized_faulty(channel: Channel, _: int, now: int) -> None:
    """Seizing without idle before it: an old seizure that was never cleared."""
    channel.fault("seized_not_idle", "seizing on a line that was not idle", "Q.422 3.2.5")


def block(channel: Channel, _: int, now: int) -> None:
    """Our blocking of an idle line."""
    settle(channel, now)


def down(channel: Channel, _: int, now: int) -> None:
    """Transmission is lost: whatever goes on, ends (Q.424)."""
    register.stop(channel)
    channel.silence()
    channel.stop_all()
    channel.end_call(DESTINATION_OUT_OF_ORDER, False)
    channel.state = s.DOWN
    channel.bits(resting_code(channel), now)


def up(channel: Channel, _: int, now: int) -> None:
    """It is back. A seizure that is older than the failure is not obeyed."""
    meaning = channel.codes.meaning[s.IDLE][channel.received]
    if meaning == s.SEIZED_CODE:
        channel.bits(resting_code(channel), now)
        channel.state = s.FAULTY
    else:
        settle(channel, now)


def guard_expiry(channel: Channel, _: int, now: int) -> None:
    """TGUARD: the line is free for new calls."""
    channel.end_call(NORMAL, False)
    settle(channel, now)


def begin(channel: Channel, now: int) -> None:
    """The board runs: idle is shown for TGUARD before anything else."""
    channel.state = s.GUARD
    channel.bits(channel.codes.send_idle, now)
    channel.start(t.GUARD, now)


def clear_over(channel: Channel, _: int, now: int) -> None:
    """The call is over already, and CallReleased near."""


def block_later(channel: Channel, _: int, now: int) -> None:
    """Blocking waits for the end of the call (Q.422 3.2.6)."""


def start_guard(channel: Channel, now: int) -> None:
    """Idle is shown: no seizing of ours for TGUARD."""
    channel.stop_all()
    channel.state = s.GUARD
    channel.bits(channel.codes.send_idle, now)
    channel.start(t.GUARD, now)
