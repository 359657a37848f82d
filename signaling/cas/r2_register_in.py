"""The incoming MF register: asks by groups A, C and B, and takes groups I and II.

Drawn after Q.440, Q.441, Q.442 (pulsed signals) and Q.476. The call is offered when the number is
complete; the far end's group II signal then goes on until the application has decided (TOFFER).
Q.400 to Q.490 are cited from memory of the Blue Book, whose text could not be read here.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import r2_names as n
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import (
    FINISHED,
    GROUP_A,
    GROUP_ANI,
    GROUP_B,
    PHASE_ANI,
    PHASE_CATEGORY,
    PHASE_DNIS,
    PHASE_PURPOSE,
    REFUSED,
    Channel,
)
from .r2_offer import caller_known, more_digits, offered_or_refused

_TIMERS: Final = (t.T3, t.DIGITS, t.OFFER, t.MF_GAP, t.MF_GUARD)
ASKING: Final = (PHASE_DNIS, PHASE_CATEGORY, PHASE_ANI)
BEHIND_DIGITS: Final = 11
"""From here on signals are no digits."""
END_ANYWHERE: Final = 15
"""I-15 among called digits can be nothing else, whatever the variant says of it."""


def start(channel: Channel, now: int) -> None:
    """Seized: the first digit comes unasked."""
    channel.inc.state = s.B_WAIT
    channel.start(t.T3, now)


def stop(channel: Channel) -> None:
    channel.inc.state = s.B_OFF
    for number in _TIMERS:
        channel.stop(number)
    channel.silence()


# What comes


def heard(channel: Channel, signal: int, now: int) -> None:
    """A forward signal: taken, and answered."""
    inc = channel.inc
    channel.stop(t.T3)
    channel.stop(t.DIGITS)
    inc.heard = signal
    inc.state = s.B_HOLD
    rows = channel.core.config.rows
    if inc.phase == PHASE_CATEGORY:
        inc.category = signal
        inc.phase = PHASE_ANI
    elif inc.phase == PHASE_ANI:
        _ani(channel, signal)
    elif inc.phase == PHASE_PURPOSE:
        inc.purpose = signal
    elif signal == rows.dnis_end or signal == END_ANYWHERE:
        inc.number_done = True
    else:
        _digit(channel, signal)
    _answer(channel, now)


def _digit(channel: Channel, signal: int) -> None:
    config = channel.core.config
    inc = channel.inc
    inc.digits += n.DIGITS[signal]
    if config.dnis_max and len(inc.digits) >= config.dnis_max:
        inc.number_done = True
    more_digits(channel, n.DIGITS[signal])


def _ani(channel: Channel, signal: int) -> None:
    config = channel.core.config
    rows = config.rows
    inc = channel.inc
    if signal == rows.ani_end or signal == rows.ani_restricted:
        inc.ani_done = True
        inc.restricted = signal == rows.ani_restricted and not inc.ani
    elif len(inc.ani) < config.ani_max:
        inc.ani += n.DIGITS[signal]
        # Where group A comes back by the end signal only, that must be waited for
        if len(inc.ani) == config.ani_max:
            inc.ani_done = inc.number_done or not rows.ani_returns or not rows.ani_end
    if inc.ani_done:
        if rows.ani_returns and not (rows.ani_end and signal < BEHIND_DIGITS):
            inc.group = GROUP_A
        caller_known(channel)


def _ani_wanted(channel: Channel) -> bool:
    """Is it time to ask who calls?"""
    config = channel.core.config
    inc = channel.inc
    if config.ani == "none" or inc.ani_done or inc.category:
        return False
    if inc.number_done or config.ani == "before":
        return True
    return config.ani == "during" and len(inc.digits) >= config.ani_after


def _answer(channel: Channel, now: int) -> None:
    """What the far end is to do next."""
    inc = channel.inc
    if inc.decision:
        inc.number_done = True
    if inc.phase == PHASE_PURPOSE:
        _decide(channel, now)
    elif inc.decision and inc.decision not in n.FREE:
        _refuse(channel, now)
    elif inc.phase == PHASE_ANI and not inc.ani_done:
        if not _ask(channel, n.NEXT_ANI, PHASE_ANI, now):
            inc.ani_done = True
            _answer(channel, now)
    elif _ani_wanted(channel):
        _ask(channel, n.CATEGORY, PHASE_CATEGORY, now)
        inc.group = GROUP_ANI
    elif not inc.number_done:
        _ask(channel, n.NEXT_DIGIT, PHASE_DNIS, now)
        inc.group = GROUP_A
    elif channel.core.config.accept_in_a and channel.core.config.rows.signal(
        channel.core.config.rows.a, n.SPEECH
    ):
        _decide(channel, now)
    else:
        _ask(channel, n.COMPLETE, PHASE_PURPOSE, now)
        inc.group = GROUP_B


def _ask(channel: Channel, meaning: int, phase: int, now: int) -> bool:
    """By the signal of the group in force; False: the variant has none."""
    inc = channel.inc
    rows = channel.core.config.rows
    signal = rows.signal(rows.ani if inc.group == GROUP_ANI else rows.a, meaning)
    if not signal:
        return False
    inc.phase = phase
    _say(channel, signal, now)
    return True


def _say(channel: Channel, signal: int, now: int) -> None:
    """Compelled while a forward signal is heard, else as a pulse (Q.442)."""
    inc = channel.inc
    if inc.heard and channel.core.compelled:
        inc.state = s.B_SENDING
        channel.start(t.T3, now)
        channel.backward_signal(signal, False)
    elif inc.heard:
        inc.state = s.B_SENDING
        channel.start(t.T3, now)
        channel.backward_signal(signal, True)
    elif not channel.core.compelled:
        # The next forward pulse follows the end of this one
        inc.state = s.B_PULSE
        channel.backward_signal(signal, True)
        channel.start_for(t.MF_GUARD, channel.core.duration[t.MF_PULSE], now)
    else:
        inc.state = s.B_GAP
        inc.pulsed = signal
        channel.start(t.MF_GAP, now)


def ended(channel: Channel, _: int, now: int) -> None:
    """The forward signal has ended: so has the cycle."""
    inc = channel.inc
    inc.heard = 0
    channel.silence()
    _cycle_over(channel, now)


def _cycle_over(channel: Channel, now: int) -> None:
    inc = channel.inc
    if inc.phase == FINISHED:
        stop(channel)
        channel.tell(s.REGISTER_DONE, inc.decision)
        return
    if inc.phase == REFUSED:
        stop(channel)
        channel.tell(s.REGISTER_FAILED)
        return
    inc.state = s.B_WAIT
    channel.start(t.T3, now)
    if inc.phase == PHASE_DNIS and len(inc.digits) >= channel.core.config.dnis_min:
        channel.start(t.DIGITS, now)


def ended_early(channel: Channel, _: int, now: int) -> None:
    """It ended while the application decides: the decision will be a pulse."""
    channel.inc.heard = 0
    channel.inc.state = s.B_HOLD_SILENT


def heard_again(channel: Channel, signal: int, now: int) -> None:
    """An interruption of the signal."""
    channel.inc.heard = signal
    channel.inc.state = s.B_HOLD


# The application


def _decide(channel: Channel, now: int) -> None:
    """The call is offered; what the application decides is said."""
    if offered_or_refused(channel):
        decided(channel, 0, now)
    else:
        channel.start(t.OFFER, now)


def decided(channel: Channel, _: int, now: int) -> None:
    """The application decided, or TOFFER did."""
    inc = channel.inc
    if not inc.decision:
        return  # it said that the number is complete, which is known
    rows = channel.core.config.rows
    channel.stop(t.OFFER)
    if inc.phase == PHASE_PURPOSE:
        signal = rows.signal(rows.b, inc.decision)
        inc.phase = FINISHED if inc.decision in n.FREE else REFUSED
        _say(channel, signal, now)
    elif inc.decision in n.FREE:
        group = rows.ani if inc.group == GROUP_ANI else rows.a
        signal = rows.signal(group, n.SPEECH)
        if signal:
            inc.phase = FINISHED
            _say(channel, signal, now)
        else:
            _ask(channel, n.COMPLETE, PHASE_PURPOSE, now)
            inc.group = GROUP_B
    else:
        _refuse(channel, now)


def _refuse(channel: Channel, now: int) -> None:
    """Before group B: by A-4, or what else the variant has there; or by group B after all."""
    inc = channel.inc
    rows = channel.core.config.rows
    group = rows.ani if inc.group == GROUP_ANI else rows.a
    signal = 0
    if inc.decision == n.B_CONGESTION:
        signal = rows.signal(group, n.CONGESTION)
    elif inc.decision == n.B_NOT_ALLOCATED:
        signal = rows.signal(group, n.NOT_ALLOCATED)
    if signal:
        inc.phase = REFUSED
        _say(channel, signal, now)
    else:
        inc.number_done = True
        _ask(channel, n.COMPLETE, PHASE_PURPOSE, now)
        inc.group = GROUP_B


def decided_waiting(channel: Channel, _: int, now: int) -> None:
    """Overlap: the application has heard enough, and no forward signal is there to answer."""
    inc = channel.inc
    if inc.phase in ASKING and (inc.number_done or inc.decision):
        channel.stop(t.T3)
        channel.stop(t.DIGITS)
        inc.state = s.B_HOLD_SILENT
        _answer(channel, now)


def offer_expiry(channel: Channel, _: int, now: int) -> None:
    """The application says nothing, and the far end will not wait for ever (its T1)."""
    channel.core.count("undecided")
    free = channel.core.config.undecided == "free"
    inc = channel.inc
    inc.decision = n.FREE_CHARGE if free else n.B_CONGESTION
    decided(channel, 0, now)


# Time


def digits_expiry(channel: Channel, _: int, now: int) -> None:
    """No more digits come: the number is complete."""
    channel.stop(t.T3)
    channel.inc.number_done = True
    channel.inc.state = s.B_HOLD_SILENT
    _answer(channel, now)


def t3_waiting(channel: Channel, _: int, now: int) -> None:
    """No forward signal: congestion is said by a pulse (Q.476)."""
    channel.fault("no_forward_signal", "no forward signal in T3", "Q.476 5.5.2")
    channel.stop(t.DIGITS)
    signal = _congestion(channel)
    if signal:
        _say(channel, signal, now)
    else:
        _cycle_over(channel, now)


def _congestion(channel: Channel) -> int:
    """The register gives up: how the group in force says so, 0: it cannot."""
    inc = channel.inc
    rows = channel.core.config.rows
    inc.decision = n.B_CONGESTION
    in_b = inc.phase == PHASE_PURPOSE
    inc.phase = REFUSED
    if in_b:
        return rows.signal(rows.b, n.B_CONGESTION)
    return rows.signal(rows.ani if inc.group == GROUP_ANI else rows.a, n.CONGESTION)


def t3_sending(channel: Channel, _: int, now: int) -> None:
    """The forward signal does not end: ours was not heard, or the far end has no T1. Congestion is
    said by a pulse here, too, for it may be heard (openr2 has no T1 and would never clear)."""
    channel.fault("forward_signal_stays", "the forward signal does not end", "Q.476 5.5.2")
    channel.silence()
    signal = _congestion(channel)
    if signal and channel.core.compelled:
        channel.inc.state = s.B_GAP
        channel.inc.pulsed = signal
        channel.start(t.MF_GAP, now)
    else:
        _cycle_over(channel, now)


def gap_expiry(channel: Channel, _: int, now: int) -> None:
    """The pulse itself."""
    channel.inc.state = s.B_PULSE
    channel.backward_signal(channel.inc.pulsed, True)
    channel.start(t.MF_GUARD, now)


def heard_in_gap(channel: Channel, signal: int, now: int) -> None:
    """A forward signal after all: the pulse becomes its compelled answer."""
    inc = channel.inc
    channel.stop(t.MF_GAP)
    inc.heard = signal
    if inc.phase in (PHASE_CATEGORY, PHASE_PURPOSE) and signal < END_ANYWHERE:
        _digit(channel, signal)  # a called digit that was later than TDIG
    _say(channel, inc.pulsed, now)


def heard_in_pulse(channel: Channel, signal: int, now: int) -> None:
    """Not recognised yet (Q.442)."""
    channel.inc.heard = signal


def ended_in_pulse(channel: Channel, _: int, now: int) -> None:
    channel.inc.heard = 0


def guard_expiry(channel: Channel, _: int, now: int) -> None:
    """Forward signals count again."""
    signal = channel.inc.heard
    _cycle_over(channel, now)
    if signal and channel.inc.state == s.B_WAIT:
        heard(channel, signal, now)


def _changed(channel: Channel, signal: int, now: int) -> None:
    """Another forward signal before the end of the first: the first counts."""
    channel.fault("forward_signal_changed", "the forward signal changed", "Q.440 4.1.3")


def _table() -> dict[int, dict[int, Cell]]:
    off, wait, sending, hold, silent = s.B_OFF, s.B_WAIT, s.B_SENDING, s.B_HOLD, s.B_HOLD_SILENT
    gap, pulse = s.B_GAP, s.B_PULSE
    late = ignored("it does not run in this state")
    none = ignored("Q.440 4.1.3: no register signal is expected")
    kept = ignored("ours: it is said with the next backward signal")
    changed = error(_changed, "Q.440 4.1.3")
    say_hold = handled(decided, "Q.441 4.2.3", hold, sending)
    say_silent = handled(decided, "Q.442 4.2.4", silent, gap, pulse)
    late_hold = handled(offer_expiry, "ours", sending)
    late_silent = handled(offer_expiry, "ours", gap, pulse)
    over = handled(ended, "Q.440 4.1.3", wait, off)
    t3_wait = handled(t3_waiting, "Q.476 5.5.2", gap, pulse, off)
    t3_send = handled(t3_sending, "Q.476 5.5.2", gap, off)
    rows = {
        off: (none, none, kept, late, late, late, late, late),
        wait: (
            handled(heard, "Q.440 4.1.3", sending, hold),
            none,
            handled(decided_waiting, "Q.442 4.2.4", wait, gap, pulse, silent),
            t3_wait,
            handled(digits_expiry, "ours", gap, pulse, silent),
            late,
            late,
            late,
        ),
        sending: (changed, over, kept, t3_send, late, late, late, late),
        hold: (
            changed,
            handled(ended_early, "Q.440 4.1.3", silent),
            say_hold,
            late,
            late,
            late_hold,
            late,
            late,
        ),
        silent: (
            handled(heard_again, "Q.454", hold),
            none,
            say_silent,
            late,
            late,
            late_silent,
            late,
            late,
        ),
        gap: (
            handled(heard_in_gap, "Q.442 4.2.4", sending),
            *(none, kept, late, late, late),
            handled(gap_expiry, "Q.442 4.2.4", pulse),
            late,
        ),
        pulse: (
            handled(heard_in_pulse, "Q.442 4.2.4", pulse),
            handled(ended_in_pulse, "Q.442 4.2.4", pulse),
            *(kept, late, late, late, late),
            handled(guard_expiry, "Q.442 4.2.4", wait, off, sending, hold),
        ),
    }
    return {state: dict(enumerate(row)) for state, row in rows.items()}


REGISTER: Final = Machine("R2 incoming register", s.BACKWARD_STATES, s.BACKWARD_INPUTS, _table())


def serve(channel: Channel, input_: int, signal: int, now: int) -> None:
    """An input of the machine."""
    before = channel.inc.state
    cell = REGISTER.cells[before][input_]
    if cell is not None and cell.method is not None:
        cell.method(channel, signal, now)
        REGISTER.check(before, input_, channel.inc.state)
