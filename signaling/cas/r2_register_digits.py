"""Registers without backward signals: DTMF on R2 lines, and decadic pulses of the line bits.

The number goes when seizure is acknowledged; what becomes of it is said by bits alone ("accept"
where the variant has it, answer, forced release). Decadic pulses are the clear-forward code for
TBREAK, seizing for TMAKE, as loops break and close; a pulse longer than THU is a clear-forward.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, handled, ignored
from ..line_actions import SendDigits
from ..line_names import DTMF
from . import r2_names as n
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import DTMF_REGISTER, Channel
from .r2_offer import free_meaning, more_digits, offered_or_refused
from .r2_register_out import signal_of

_TIMERS: Final = (
    *(t.START, t.BREAK, t.MAKE, t.INTERDIGIT, t.DIGIT_END, t.HANG_UP, t.DIGITS),
    *(t.T2, t.T3),
)
TIMED_OUT: Final = 102


def stop(channel: Channel) -> None:
    """The call ends, or its register is done."""
    if channel.plain != s.P_OFF:
        channel.plain = s.P_OFF
        for number in _TIMERS:
            channel.stop(number)
        channel.stop(t.OFFER)
        channel.silence()


# Outgoing


def start_outgoing(channel: Channel, now: int) -> None:
    channel.plain = s.P_STARTING
    channel.start(t.START, now)


def start_expiry(channel: Channel, _: int, now: int) -> None:
    """TSTART: the far end's register is ready."""
    if channel.core.kind == DTMF_REGISTER:
        _send_dtmf(channel, now)
    else:
        _next_decadic(channel, now)


def _send_dtmf(channel: Channel, now: int) -> None:
    """Once all of it; more digits of an overlap call follow by themselves."""
    call = channel.call
    out = channel.out
    if call is None:
        return
    config = channel.core.config
    if out.at == 0 and call.complete:
        calling = call.request.calling
        shown = calling is not None and calling.presentation == 0
        ani = calling.digits if shown and calling is not None else ""
        category = signal_of(config.rows.category, call.request.category) or 1
        text = config.dtmf_format.fill(call.digits, ani, n.DIGITS[category])
    else:
        text = call.digits[out.at :]
    out.at = len(call.digits)
    if not text:
        _sent(channel, now)
        return
    duration = channel.core.duration
    on_ms, off_ms = duration[t.DTMF_ON] // t.MS, duration[t.DTMF_OFF] // t.MS
    channel.plain = s.P_SENDING
    channel.core.last_tag += 1
    channel.tag = channel.core.last_tag
    channel.core.actions.append(
        SendDigits(channel.number, DTMF, text, on_ms, off_ms, tag=channel.tag)
    )
    channel.sounding = True
    channel.start_for(t.T2, len(text) * (on_ms + off_ms) * t.MS + duration[t.T2], now)


def sending_ended(channel: Channel, tag: int, now: int) -> None:
    """SendDigits has done."""
    if tag == channel.tag:
        channel.stop(t.T2)
        channel.sounding = False
        _sent(channel, now)


def _sent(channel: Channel, now: int) -> None:
    """All digits that are known have been sent."""
    call = channel.call
    if call is None:
        return
    if channel.out.at < len(call.digits):
        _more(channel, now)
    elif call.complete:
        stop(channel)
        channel.tell(s.REGISTER_DONE, 0)
    else:
        channel.plain = s.P_WAITING
        channel.start(t.T2, now)


def never_sent(channel: Channel, _: int, now: int) -> None:
    """T2: the end of the digits was never told."""
    channel.core.count("digits_lost")
    stop(channel)
    channel.tell(s.REGISTER_FAILED, TIMED_OUT)


def no_more(channel: Channel, _: int, now: int) -> None:
    """T2: no more digits are given; those that were sent are the number."""
    if channel.call is not None:
        channel.call.complete = True
    stop(channel)
    channel.tell(s.REGISTER_DONE, 0)


def digits_given(channel: Channel, _: int, now: int) -> None:
    """The application has them now."""
    channel.stop(t.T2)
    _more(channel, now)


def _more(channel: Channel, now: int) -> None:
    if channel.core.kind == DTMF_REGISTER:
        _send_dtmf(channel, now)
    else:
        _next_decadic(channel, now)


def _next_decadic(channel: Channel, now: int) -> None:
    call = channel.call
    out = channel.out
    if call is None:
        return
    if out.at == len(call.digits):
        _sent(channel, now)
        return
    channel.plain = s.P_SENDING
    out.pulses = n.DIGITS.index(call.digits[out.at])
    out.at += 1
    _break(channel, now)


def _break(channel: Channel, now: int) -> None:
    channel.pulse(channel.codes.clear_forward)
    channel.start(t.BREAK, now)


def break_expiry(channel: Channel, _: int, now: int) -> None:
    """The pulse ends."""
    channel.pulse(channel.codes.seize)
    channel.out.pulses -= 1
    channel.start(t.MAKE if channel.out.pulses else t.INTERDIGIT, now)


def make_expiry(channel: Channel, _: int, now: int) -> None:
    """The next pulse."""
    _break(channel, now)


def interdigit_expiry(channel: Channel, _: int, now: int) -> None:
    """The next digit."""
    _next_decadic(channel, now)


# Incoming


def start_incoming(channel: Channel, now: int) -> None:
    channel.plain = s.P_RECEIVING
    channel.start(t.T3, now)


def dtmf_received(channel: Channel, code: int, now: int) -> None:
    """A DTMF digit, as the code of its character, began."""
    _digit(channel, chr(code), now)


def _digit(channel: Channel, digit: str, now: int) -> None:
    inc = channel.inc
    config = channel.core.config
    inc.ani += digit  # all that came, which the form takes apart
    form = config.dtmf_format
    channel.stop(t.T3)
    fields = form.read(inc.ani) if channel.core.kind == DTMF_REGISTER else {"dnis": inc.ani}
    if fields is None:
        channel.fault("dtmf_form", f"{inc.ani} is not of the form {form.text}", "ours")
        _complete(channel, now)
        return
    dnis = fields.get("dnis", "")
    new = dnis[len(inc.digits) :]
    inc.digits = dnis
    if new:
        more_digits(channel, new)
    if channel.core.kind == DTMF_REGISTER and form.parts != ("dnis",):
        full = form.complete(inc.ani)
    else:
        full = config.dnis_max > 0 and len(dnis) >= config.dnis_max
    if full:
        _complete(channel, now)
    else:
        channel.start(t.DIGITS, now)


def digits_expiry(channel: Channel, _: int, now: int) -> None:
    """No more digits come."""
    _complete(channel, now)


def _complete(channel: Channel, now: int) -> None:
    config = channel.core.config
    inc = channel.inc
    everything = inc.ani
    inc.ani = ""
    if channel.core.kind == DTMF_REGISTER:
        fields = config.dtmf_format.read(everything) or {"dnis": everything}
        inc.digits = fields.get("dnis", "")
        inc.ani = fields.get("ani", "")
        category = fields.get("category", "")
        inc.category = n.DIGITS.index(category) if len(category) == 1 else 0
    inc.number_done = True
    channel.plain = s.P_DECIDING
    channel.stop(t.DIGITS)
    if offered_or_refused(channel):
        decided(channel, 0, now)
    else:
        channel.start(t.OFFER, now)


def decided_receiving(channel: Channel, _: int, now: int) -> None:
    """Overlap: the application has heard enough."""
    if channel.inc.decision or channel.inc.number_done:
        _complete(channel, now)


def decided(channel: Channel, _: int, now: int) -> None:
    """Free is said by the accept code, if there is one; no is the line's to say."""
    inc = channel.inc
    if not inc.decision:
        return  # it said that the number is complete, which is known
    stop(channel)
    if inc.decision in n.FREE:
        if channel.codes.accept >= 0:
            channel.bits(channel.codes.accept, now)
        channel.tell(s.REGISTER_DONE, inc.decision)
    else:
        channel.tell(s.REGISTER_FAILED)


def offer_expiry(channel: Channel, _: int, now: int) -> None:
    """TOFFER: the application says nothing."""
    config = channel.core.config
    channel.core.count("undecided")
    free = config.undecided == "free"
    channel.inc.decision = free_meaning(config) if free else n.B_CONGESTION
    decided(channel, 0, now)


def t3_expiry(channel: Channel, _: int, now: int) -> None:
    """No digit came at all."""
    channel.fault("no_digits", "no digit came in T3", "Q.476 5.5.2")
    stop(channel)
    channel.tell(s.REGISTER_FAILED)


# Decadic pulses, received on the bits


def broke(channel: Channel, _: int, now: int) -> None:
    """The clear-forward code came: a pulse, unless THU runs out."""
    channel.plain = s.P_BREAKING
    channel.stop(t.FAULT)
    channel.stop(t.DIGIT_END)
    channel.stop(t.DIGITS)
    channel.stop(t.T3)
    channel.start(t.HANG_UP, now)


def made(channel: Channel, _: int, now: int) -> None:
    """The pulse ended."""
    channel.plain = s.P_RECEIVING
    channel.stop(t.HANG_UP)
    channel.inc.pulses += 1
    channel.start(t.DIGIT_END, now)


def digit_end_expiry(channel: Channel, _: int, now: int) -> None:
    """The pulses of a digit have all come."""
    pulses = channel.inc.pulses
    channel.inc.pulses = 0
    if pulses <= 10:
        _digit(channel, n.DIGITS[pulses], now)
    else:
        channel.fault("pulses", f"{pulses} pulses in a digit", "Q.23")
        channel.start(t.DIGITS, now)


def hang_up_expiry(channel: Channel, _: int, now: int) -> None:
    """It was no pulse."""
    stop(channel)
    channel.tell(s.CLEAR_FORWARD_CODE)


_LATE: Final = ignored("it does not run in this state")
_NONE: Final = ignored("ours: not a moment for it")


def _sending() -> dict[int, dict[int, Cell]]:
    after = (s.P_OFF, s.P_SENDING, s.P_WAITING)
    return {
        s.P_STARTING: {s.P_START_EXPIRY: handled(start_expiry, "ours", *after)},
        s.P_SENDING: {
            s.P_BREAK_EXPIRY: handled(break_expiry, "Q.23", s.P_SENDING),
            s.P_MAKE_EXPIRY: handled(make_expiry, "Q.23", s.P_SENDING),
            s.P_INTERDIGIT_EXPIRY: handled(interdigit_expiry, "Q.23", *after),
            s.P_SENT: handled(sending_ended, "Q.23", *after),
            s.P_T2: handled(never_sent, "ours", s.P_OFF),
        },
        s.P_WAITING: {
            s.P_GIVEN: handled(digits_given, "ours", *after),
            s.P_T2: handled(no_more, "ours", s.P_OFF),
        },
    }


def _receiving() -> dict[int, dict[int, Cell]]:
    off, receiving, breaking, deciding = s.P_OFF, s.P_RECEIVING, s.P_BREAKING, s.P_DECIDING
    after = (receiving, deciding, off)
    return {
        receiving: {
            s.P_DIGIT: handled(dtmf_received, "Q.23", *after),
            s.P_BROKE: handled(broke, "Q.23", breaking),
            s.P_DIGIT_END: handled(digit_end_expiry, "Q.23", *after),
            s.P_DIGITS: handled(digits_expiry, "ours", deciding, off),
            s.P_T3: handled(t3_expiry, "Q.476 5.5.2", off),
            s.P_DECIDED: handled(decided_receiving, "ours", *after),
        },
        breaking: {
            s.P_MADE: handled(made, "Q.23", receiving),
            s.P_HANG_UP: handled(hang_up_expiry, "Q.422 3.2.4", off),
        },
        deciding: {
            s.P_DECIDED: handled(decided, "ours", deciding, off),
            s.P_OFFER: handled(offer_expiry, "ours", off),
        },
    }


def _table() -> dict[int, dict[int, Cell]]:
    rows = _sending() | _receiving()
    common: dict[int, Cell] = dict.fromkeys(s.PLAIN_INPUTS, _NONE)
    common |= dict.fromkeys(s.PLAIN_TIMERS.values(), _LATE)
    return {state: common | rows.get(state, {}) for state in s.PLAIN_STATES}


REGISTER: Final = Machine(
    "R2 register without backward signals", s.PLAIN_STATES, s.PLAIN_INPUTS, _table()
)


def serve(channel: Channel, input_: int, arg: int, now: int) -> bool:
    """An input of the machine; was it for it?"""
    before = channel.plain
    cell = REGISTER.cells[before][input_]
    if cell is None or cell.method is None:
        return False
    cell.method(channel, arg, now)
    REGISTER.check(before, input_, channel.plain)
    return True
