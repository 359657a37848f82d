"""From the telephone: off hook, dial tone, digits, the call offered, its progress and answer."""

from __future__ import annotations

from typing import Final

from ...board.collect import CollectConfig, CollectEnd, DigitCollector
from ...errors import LocalError
from ..call import CallConnected, CallOffered, CallRequest, DigitsReceived, PartyNumber
from ..line_actions import SendDigits, SendTone
from ..line_names import DTMF, FEED_NORMAL, LISTEN_DTMF
from .fxs_config import T_ANSWER, T_GROUND, T_TONE
from .fxs_port import Port, stutter_steps
from .fxs_sequence import DO, SEND, Step
from .fxs_states import ALERTING, DIAL_TONE, DIALLING, OFFERED, SEIZING, STATE_NAMES, TONE

NETWORK_PROVIDED: Final = 3
INBAND: Final = (1, 8)
"""Progress descriptions with which the channel is to be listened to (Q.931 4.5.23)."""
CONGESTION: Final = 42
NO_NUMBER: Final = 28
"""Cause 28, address incomplete: what the telephone hears of a number that is none."""


def ground_seen(port: Port, arg: object, now: int) -> None:
    """Ground start: the far end grounds the ring; we ground the tip, and expect the loop."""
    port.busy()
    port.feed(FEED_NORMAL)
    port.start(T_GROUND, now)
    port.state = SEIZING


def no_loop(port: Port, arg: object, now: int) -> None:
    """Ground start: no loop came."""
    port.core.fault("no-loop", f"port {port.channel}: ground without a loop", "T1.401 5")
    port.rest()


def seized(port: Port, arg: object, now: int) -> None:
    """The telephone is off hook."""
    port.stop_all()
    port.silence()
    port.busy()
    port.feed(FEED_NORMAL)
    collect(port, now, False)


def collect(port: Port, now: int, recall: bool) -> None:
    """Dial tone, or what the line has in its place."""
    config = port.core.config
    port.open_speech(False)
    if config.hotline and not config.number("hotline_after") and not recall:
        port.silence()
        offer(port, config.hotline, True, now)
        return
    if config.dtmf:
        port.listen(LISTEN_DTMF)
    port.collector = DigitCollector(config.collect)
    port.collector.begin(now)
    port.state = DIAL_TONE
    dial_tone(port, now, recall)


def dial_tone(port: Port, now: int, recall: bool) -> None:
    config = port.core.config
    if port.lamp and "stutter" in config.message_waiting:
        steady = SendTone(port.channel, config.country, "dial")
        stutter = stutter_steps(port.channel, config.country)
        port.begin([Step(SEND, 4000, action=stutter), Step(DO, action=steady)], now)
        port.sounding = True
    elif recall:
        port.tone(("recall-dial", "special-dial", "dial"))
    else:
        port.tone(("dial",))


def first_pulse(port: Port, arg: object, now: int) -> None:
    """Dial tone stops with the first pulse."""
    port.silence()
    port.state = DIALLING


def digit(port: Port, arg: object, now: int) -> None:
    """A digit, by DTMF or pulses."""
    assert isinstance(arg, str)
    collector = port.collector
    if collector is None:
        return
    port.silence()
    port.state = DIALLING
    collector.digit(arg, now)
    collector.released(now)
    config = port.core.config
    least = config.collect.min_digits
    if config.overlap and collector.result is None and len(collector.digits) >= least:
        offer(port, collector.digits, False, now)


def collected(port: Port, arg: object, now: int) -> None:
    """The number is whole, or will never be."""
    collector = port.collector
    if collector is None or collector.result is None:
        return
    port.collector = None
    config = port.core.config
    result = collector.result
    reason, digits = result.reason, result.digits
    whole = (CollectEnd.PATTERN, CollectEnd.MAXIMUM, CollectEnd.TERMINATOR)
    late = reason is CollectEnd.INTERDIGIT_TIMEOUT and not config.collect.patterns
    if reason is CollectEnd.FIRST_TIMEOUT and config.hotline:
        port.silence()
        offer(port, config.hotline, True, now)
    elif digits and (reason in whole or (late and len(digits) >= config.collect.min_digits)):
        port.silence()
        offer(port, digits, True, now)
    else:
        what = "no number" if digits else "nothing dialled"
        port.report(what, f"{digits} ({reason.value})".strip())
        refuse(port, NO_NUMBER, now)


def refuse(port: Port, cause: int, now: int) -> None:
    """What was dialled leads nowhere: the tone that says why, until the telephone is on hook."""
    port.collector = None
    port.listen(0)
    port.cause_tone(cause)
    port.start(T_TONE, now)
    port.state = TONE


def offer(port: Port, digits: str, complete: bool, now: int) -> None:
    """The call goes to the application."""
    core = port.core
    if core.draining:
        refuse(port, CONGESTION, now)
        return
    own = core.config.numbers.get(port.channel, "")
    calling = PartyNumber(own, 0, 1, 0, NETWORK_PROVIDED) if own else None
    request = CallRequest(
        PartyNumber(digits), calling, channel=port.channel, exclusive=True, complete=complete
    )
    call = core.new_call(request, False)
    port.take(call)
    core.offered += 1
    if complete:
        port.collector = None
        port.listen(0)
    port.start(T_ANSWER, now)
    port.happen(CallOffered(call.handle, port.channel, request))
    port.state = OFFERED


def more_digits(port: Port, arg: object, now: int) -> None:
    """A digit of a number that was offered before it was whole."""
    assert isinstance(arg, str)
    collector, call = port.collector, port.call
    if collector is None or call is None:
        return
    before = len(collector.digits)
    collector.digit(arg, now)
    collector.released(now)
    if collector.result is None and len(collector.digits) > before:
        port.happen(DigitsReceived(call.handle, arg, False))


def rest_collected(port: Port, arg: object, now: int) -> None:
    """No more digits come."""
    collector, call = port.collector, port.call
    if collector is None or collector.result is None or call is None:
        return
    last = collector.result.reason in (CollectEnd.PATTERN, CollectEnd.MAXIMUM)
    digits = collector.result.digits[-1:] if last else ""
    port.collector = None
    port.listen(0)
    port.happen(DigitsReceived(call.handle, digits, True))


def spoken_digit(port: Port, arg: object, now: int) -> None:
    """Pulses while the call is up: DTMF the application hears by itself."""
    assert isinstance(arg, str)
    if port.call is not None:
        port.happen(DigitsReceived(port.call.handle, arg, False))


def want_digits(port: Port, arg: object, now: int) -> None:
    """The number is not complete: more are collected."""
    if port.collector is None:
        config = port.core.config
        rest = config.collect
        port.collector = DigitCollector(
            CollectConfig(0, rest.max_digits, rest.interdigit_timeout, rest.interdigit_timeout)
        )
        port.collector.begin(now)
        if config.dtmf:
            port.listen(LISTEN_DTMF)


def proceed(port: Port, arg: object, now: int) -> None:
    """The number is complete, says the application."""
    port.collector = None
    port.listen(0)


def progress(port: Port, arg: object, now: int) -> None:
    """There may be something to hear."""
    if arg in INBAND:
        proceed(port, None, now)
        port.silence()
        port.open_speech(True)


def alert(port: Port, arg: object, now: int) -> None:
    """The far end alerts. ``arg``: it can be heard; else ringback tone comes from here."""
    proceed(port, None, now)
    if arg:
        port.silence()
        port.open_speech(True)
    else:
        port.tone(("ringback",))
    port.state = ALERTING


def answer(port: Port, arg: object, now: int) -> None:
    """The called party answered: tell the telephone, by polarity where it is to be."""
    call = port.call
    assert call is not None
    port.stop(T_ANSWER)
    port.talk()
    if port.core.config.reversal_on_answer:
        port.reverse()
    port.core.answered += 1
    port.happen(CallConnected(call.handle, port.channel, None))


def send_digits(port: Port, arg: object, now: int) -> None:
    """DTMF to the telephone (an exchange of extensions behind it)."""
    assert isinstance(arg, str)
    if arg:
        port.put(SendDigits(port.channel, DTMF, arg))


def not_permitted(port: Port, arg: object, now: int) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(f"port {port.channel} is in state {port.state}, {STATE_NAMES[port.state]}")
