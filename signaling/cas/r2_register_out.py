"""The outgoing MF register: compelled sending of group I and II, obeying groups A, C and B.

Drawn after Q.440, Q.441 4.2.3, Q.442 and Q.476. A compelled cycle: a forward signal goes until a
backward one is heard; when that ends, it is obeyed, mostly by the next forward signal. How late the
receivers tell of a signal does not matter. Q.400 to Q.490 are cited from memory of the Blue Book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..call import CallProceeding, MoreDigitsWanted
from ..fsm import Cell, Machine, error, handled, ignored
from . import r2_names as n
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import GROUP_A, GROUP_ANI, GROUP_B, Channel

Method = Callable[[Channel, int, int], None]

TIMED_OUT: Final = 102
UNKNOWN_SIGNAL: Final = 41
_BACK: Final = {n.N_MINUS_1: 2, n.N_MINUS_2: 3, n.N_MINUS_3: 4}
"""From the digit after the last one sent to the one that is asked for."""


def start(channel: Channel, now: int) -> None:
    """Seizure was acknowledged: the first digit follows, unasked (Q.440)."""
    channel.out.state = s.F_START
    channel.start(t.START, now)


def stop(channel: Channel) -> None:
    """The call ends, or the line says all that there is to say."""
    channel.out.state = s.F_OFF
    for number in (t.START, t.T1, t.T2):
        channel.stop(number)
    channel.silence()


def _send(channel: Channel, signal: int, now: int) -> None:
    channel.out.state = s.F_SENDING
    channel.stop(t.T2)
    channel.start(t.T1, now)
    channel.forward_signal(signal)


def _wait(channel: Channel, state: int, now: int) -> None:
    channel.out.state = state
    channel.stop(t.T1)
    channel.start(t.T2, now)


def _next_digit(channel: Channel, now: int) -> None:
    """The digit whose turn it is, the end of the number, or silence."""
    out = channel.out
    call = channel.call
    out.group = GROUP_A
    if call is None:
        return
    if out.at < len(call.digits):
        digit = call.digits[out.at]
        out.at += 1
        _send(channel, n.DIGITS.index(digit), now)
    elif call.complete and channel.core.config.rows.dnis_end and not out.ended:
        out.ended = True
        _send(channel, channel.core.config.rows.dnis_end, now)
    else:
        _wait(channel, s.F_SILENT, now)
        if not call.complete and not out.asked:
            out.asked = True
            channel.event(MoreDigitsWanted(call.handle, channel.number))


def _earlier_digit(channel: Channel, at: int, now: int) -> None:
    channel.out.at = max(0, at)
    channel.out.ended = False
    _next_digit(channel, now)


def signal_of(row: dict[int, int], category: int) -> int:
    """The signal that says a category of Q.763, 0: none does."""
    for signal, other in row.items():
        if other == category:
            return signal
    return 0


def _category(channel: Channel, now: int) -> None:
    config = channel.core.config
    row = config.rows.category
    call = channel.call
    wanted = call.request.category if call is not None else config.category
    signal = signal_of(row, wanted) or signal_of(row, config.category) or 1
    channel.out.group = GROUP_ANI
    channel.out.ani_at = 0
    _send(channel, signal, now)


def _purpose(channel: Channel, now: int) -> None:
    """A-3 came: group II, and group B is in force."""
    config = channel.core.config
    row = config.rows.purpose
    call = channel.call
    channel.out.group = GROUP_B
    if call is not None:
        channel.event(CallProceeding(call.handle, channel.number, False))
    wanted = call.request.category if call is not None else config.category
    signal = config.purpose or signal_of(row, wanted) or signal_of(row, config.category) or 1
    _send(channel, signal, now)


def _next_ani(channel: Channel, now: int) -> None:
    rows = channel.core.config.rows
    out = channel.out
    call = channel.call
    calling = call.request.calling if call is not None else None
    digits = calling.digits if calling is not None and calling.presentation == 0 else ""
    if out.ani_at < len(digits):
        out.ani_at += 1
        if rows.ani_returns and not rows.ani_end and out.ani_at == len(digits):
            out.group = GROUP_A  # the far end knows how long such numbers are
        _send(channel, n.DIGITS.index(digits[out.ani_at - 1]), now)
        return
    if rows.ani_returns:
        out.group = GROUP_A
    end = rows.ani_end if digits else 0
    _send(channel, end or rows.ani_restricted, now)


def heard(channel: Channel, signal: int, now: int) -> None:
    """A backward signal: the forward one is to end."""
    channel.out.heard = signal
    channel.silence()
    _wait(channel, s.F_BACKWARD, now)


def ended(channel: Channel, _: int, now: int) -> None:
    """The backward signal has ended: it is obeyed."""
    out = channel.out
    rows = channel.core.config.rows
    if out.group == GROUP_B:
        _obey_b(channel, rows.b.get(out.heard, 0))
        return
    group = rows.ani if out.group == GROUP_ANI else rows.a
    meaning = group.get(out.heard, 0)
    if meaning == n.NEXT_DIGIT:
        _next_digit(channel, now)
    elif meaning in _BACK:
        _earlier_digit(channel, out.at - _BACK[meaning], now)
    elif meaning == n.FIRST_DIGIT:
        _earlier_digit(channel, 0, now)
    elif meaning == n.CATEGORY:
        _category(channel, now)
    elif meaning == n.NEXT_ANI:
        _next_ani(channel, now)
    elif meaning == n.FIRST_ANI:
        out.ani_at = 0
        _next_ani(channel, now)
    elif meaning == n.COMPLETE:
        _purpose(channel, now)
    else:
        _obey_rare(channel, meaning, now)


def _obey_rare(channel: Channel, meaning: int, now: int) -> None:
    """What international exchanges ask for (Table 8/Q.441), ends of the call, signals unknown."""
    config = channel.core.config
    if meaning == n.SPEECH:
        _done(channel, meaning)
    elif meaning in n.CAUSE_OF:
        _failed(channel, n.CAUSE_OF[meaning])
    elif meaning == n.LANGUAGE:
        _send(channel, config.language, now)
    elif meaning == n.CIRCUIT:
        _send(channel, 14 if config.satellite else 13, now)
    elif meaning == n.COUNTRY:
        _send(channel, 12, now)  # no echo suppressor is wanted
    elif meaning == n.ECHO:
        _send(channel, 13, now)
    else:
        text = f"signal {channel.out.heard} has no meaning in group {'AC'[channel.out.group]}"
        channel.fault("unknown_backward_signal", text, "Q.480 5.8.2")
        _failed(channel, UNKNOWN_SIGNAL)


def _obey_b(channel: Channel, meaning: int) -> None:
    if meaning in n.FREE:
        _done(channel, meaning)
    elif meaning:
        _failed(channel, n.CAUSE_OF[meaning])
    else:
        text = f"signal {channel.out.heard} has no meaning in group B"
        channel.fault("unknown_backward_signal", text, "Q.480 5.8.2")
        _failed(channel, UNKNOWN_SIGNAL)


def _done(channel: Channel, meaning: int) -> None:
    stop(channel)
    channel.tell(s.REGISTER_DONE, meaning)


def _failed(channel: Channel, cause: int) -> None:
    stop(channel)
    channel.tell(s.REGISTER_FAILED, cause)


def digits(channel: Channel, _: int, now: int) -> None:
    """More digits while the far end waits for one."""
    _next_digit(channel, now)


def begin(channel: Channel, _: int, now: int) -> None:
    """TSTART: the first digit."""
    _next_digit(channel, now)


def t1_expiry(channel: Channel, _: int, now: int) -> None:
    """The forward signal was answered by nothing."""
    channel.fault("no_backward_signal", "no backward signal in T1", "Q.476 5.5.1")
    _failed(channel, TIMED_OUT)


def t2_expiry(channel: Channel, _: int, now: int) -> None:
    """The far end asks for nothing, or its signal does not end."""
    channel.fault("register_silent", "nothing was asked for in T2", "Q.476 5.5.1")
    _failed(channel, TIMED_OUT)


def _table() -> dict[int, dict[int, Cell]]:
    sending, backward, silent, off = s.F_SENDING, s.F_BACKWARD, s.F_SILENT, s.F_OFF
    late = ignored("it does not run in this state")
    none = ignored("Q.440: no register signal is expected")
    obey = handled(ended, "Q.441 4.2.3, Q.442 4.2.4", sending, silent, off)
    first = handled(begin, "Q.440 4.1.3", sending, silent)
    kept = ignored("ours: they are sent when asked for")
    t1 = handled(t1_expiry, "Q.476 5.5.1", off)
    t2 = handled(t2_expiry, "Q.476 5.5.1", off)
    hear = handled(heard, "Q.440 4.1.3", backward)
    pulse = handled(heard, "Q.442 4.2.4", backward)
    second = error(_second, "Q.440 4.1.3", backward)
    rows = {
        off: (none, none, kept, late, late, late),
        s.F_START: (none, none, kept, first, late, late),
        sending: (hear, none, kept, late, t1, late),
        backward: (second, obey, kept, late, late, t2),
        silent: (
            *(pulse, none, handled(digits, "Q.440 4.1.3", sending, silent)),
            *(late, late, t2),
        ),
    }
    return {state: dict(enumerate(row)) for state, row in rows.items()}


def _second(channel: Channel, signal: int, now: int) -> None:
    """Another backward signal before the end of the first: the first counts."""
    channel.fault("backward_signal_changed", "the backward signal changed", "Q.440 4.1.3")


REGISTER: Final = Machine("R2 outgoing register", s.FORWARD_STATES, s.FORWARD_INPUTS, _table())


def serve(channel: Channel, input_: int, signal: int, now: int) -> None:
    """An input of the machine."""
    before = channel.out.state
    cell = REGISTER.cells[before][input_]
    if cell is not None and cell.method is not None:
        cell.method(channel, signal, now)
        REGISTER.check(before, input_, channel.out.state)
