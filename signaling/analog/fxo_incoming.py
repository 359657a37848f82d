"""Inputs of an exchange line on hook: ringing, caller ID, battery, other telephones."""

from __future__ import annotations

from typing import Final

from ..call import CallConnected, CallOffered, CallRequest, PartyNumber
from ..line_actions import OpenSpeech
from ..line_signals import RingReceived
from . import fxo_states as s
from .callerid_receive import CallerId
from .fxo_line import TALK_LISTENING, Call, Line

_MS: Final = 1_000_000
NEW_RING: Final = 1_000 * _MS
"""A shorter silence is inside of a ring (Britain's two bursts)."""
WOKEN_FOR: Final = 10_000 * _MS
"""What came without a ring is of no call when none comes for so long."""
RECEIVING: Final = 700 * _MS
"""A message that is being received when the offer is due is waited for so much longer."""
LONGEST_RING: Final = 15_000 * _MS
"""Ringing without a pause ends by itself, should its end be lost."""
ANSWERED_ELSEWHERE: Final = 26
"""Q.850: non-selected user clearing."""
OUT_OF_ORDER: Final = 27


# Idle


def ring_when_idle(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, RingReceived)
    config = line.config
    if not config.ring_lowest <= arg.hz <= config.ring_highest:
        line.report("ringing ignored", f"{arg.hz:.0f} Hz")
        return
    if line.blocked or line.core.draining:
        line.refused = True
        line.stop_all()
        line.state = s.GUARD
        line.start(s.T_GUARD, now, line.core.ns["ring_gap"])
        why = "the line is blocked" if line.blocked else "the trunk is being drained"
        line.report("ringing ignored", why)
        return
    line.rings = 1
    line.stop_all()
    line.state = s.RINGING
    line.start(s.T_RING, now, line.core.ns["ring_validate"])
    line.wake()


def identity_when_idle(line: Line, arg: object, now: int) -> None:
    """Before the first ring, or of no call at all."""
    assert isinstance(arg, CallerId)
    if not arg.is_call:
        if arg.waiting is not None:
            line.report("message waiting", "on" if arg.waiting else "off")
        return
    line.identity = arg
    line.start(s.T_IDENTITY, now, WOKEN_FOR)


def reversed_when_idle(line: Line, arg: object, now: int) -> None:
    """A reversal goes before caller ID in some countries."""
    line.start(s.T_REVERSAL, now, line.core.ns["reversal"])
    line.wake()
    line.start(s.T_STEP, now, WOKEN_FOR)


def ground_when_idle(line: Line, arg: object, now: int) -> None:
    """Ground start: the exchange seizes the line. With loop start the tip is always grounded."""
    if line.config.ground:
        line.wake()
        line.start(s.T_STEP, now, WOKEN_FOR)


def woken_in_vain(line: Line, arg: object, now: int) -> None:
    """No call came of it."""
    if line.identity is not None:
        line.report("ringing ignored", f"caller ID {line.identity.number} without ringing")
    line.rest(now)


def polarity_settled(line: Line, arg: object, now: int) -> None:
    """On hook the polarity is what it is."""
    line.polarity = line.battery


def battery_lost_on_hook(line: Line, arg: object, now: int) -> None:
    if not line.config.ground:
        line.start(s.T_BATTERY, now, line.core.ns["cut"])


def battery_back(line: Line, arg: object, now: int) -> None:
    line.stop(s.T_BATTERY)


def line_cut(line: Line, arg: object, now: int) -> None:
    if line.call is not None:
        line.call.ends(OUT_OF_ORDER, False)
    line.out(now)


def line_back(line: Line, arg: object, now: int) -> None:
    if not line.down:
        line.report("line back")
        line.rest(now)


def other_off_hook(line: Line, arg: object, now: int) -> None:
    """Somebody uses the line, or took the call that rang."""
    line.report("line in use", s.STATES[line.state])
    if line.call is not None:
        line.call.ends(ANSWERED_ELSEWHERE, False)
    line.rest(now)


def other_on_hook(line: Line, arg: object, now: int) -> None:
    line.report("on hook", "no other telephone holds the line")
    line.rest(now)


def layer_lost(line: Line, arg: object, now: int) -> None:
    if line.call is not None:
        line.call.ends(OUT_OF_ORDER, False)
    line.out(now)


def layer_back(line: Line, arg: object, now: int) -> None:
    line.rest(now)


# Ringing


def ring_again(line: Line, arg: object, now: int) -> None:
    """A second burst makes ringing of two short ones."""
    line.watch.ring(now)
    if now - line.ring_ended >= NEW_RING:
        line.rings += 1
    validated(line, now)


def ring_pauses(line: Line, arg: object, now: int) -> None:
    line.ring_ended = now
    line.start(s.T_RING, now, line.core.ns["ring_gap"])


def ring_timer(line: Line, arg: object, now: int) -> None:
    """It rang for long enough, or not again."""
    if line.ringing:
        validated(line, now)
        return
    line.report("ringing ignored", "too short")
    line.rest(now)


def identity_while_ringing(line: Line, arg: object, now: int) -> None:
    """Behind a short ring pulse (RP-AS)."""
    assert isinstance(arg, CallerId)
    if arg.is_call:
        line.identity = arg


def validated(line: Line, now: int) -> None:
    """A call comes in."""
    line.stop(s.T_RING)
    wait = line.core.ns["cid_wait"]
    if line.identity is not None or not wait or line.config.listen == "none":
        offer(line, now)
        return
    line.state = s.CALLER_ID
    line.start(s.T_IDENTITY, now, wait + 3_000 * _MS)
    line.start(s.T_RING, now, LONGEST_RING if line.ringing else line.core.ns["ring_gap"])


# Waits for caller ID


def ring_while_waiting(line: Line, arg: object, now: int) -> None:
    """The second ring: what should have come between is not there, or the ring cut it."""
    line.watch.ring(now)
    line.start(s.T_RING, now, LONGEST_RING)
    if now - line.ring_ended >= NEW_RING:
        line.rings += 1
        offer(line, now)


def pause_while_waiting(line: Line, arg: object, now: int) -> None:
    ring_pauses(line, arg, now)
    if line.rings == 1:
        line.start(s.T_IDENTITY, now, line.core.ns["cid_wait"])


def identity_while_waiting(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, CallerId)
    if arg.is_call:
        line.identity = arg
        offer(line, now)


def identity_timer(line: Line, arg: object, now: int) -> None:
    if line.watch.receiving and line.verdict != "receiving":
        line.verdict = "receiving"
        line.start(s.T_IDENTITY, now, RECEIVING)
        return
    offer(line, now)


def gave_up_unoffered(line: Line, arg: object, now: int) -> None:
    line.report("ringing ignored", "the caller gave up before the call was offered")
    line.rest(now)


def offer(line: Line, now: int) -> None:
    """Tell the application. The number that was called is the line's own: nobody says it."""
    core, identity = line.core, line.identity
    line.stop(s.T_IDENTITY)
    line.verdict = ""
    line.state = s.OFFERED
    calling = identity.party() if identity is not None else None
    name = identity.name if identity is not None else ""
    request = CallRequest(PartyNumber(""), calling, line.channel, display=name)
    call = Call(core.handle(), request, False)
    line.call = call
    core.calls[call.handle] = line
    core.count("fxo_calls_in")
    if not line.runs(s.T_RING):
        line.start(s.T_RING, now, LONGEST_RING if line.ringing else core.ns["ring_gap"])
    line.tell(CallOffered(call.handle, line.channel, request))
    if identity is not None:
        line.tell(identity.event(call.handle))
    line.show()


# Offered


def ring_when_offered(line: Line, arg: object, now: int) -> None:
    line.watch.ring(now)
    line.start(s.T_RING, now, LONGEST_RING)


def pause_when_offered(line: Line, arg: object, now: int) -> None:
    ring_pauses(line, arg, now)


def identity_when_offered(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, CallerId)
    if arg.is_call and line.call is not None:
        line.identity = arg
        line.tell(arg.event(line.call.handle))


def caller_gave_up(line: Line, arg: object, now: int) -> None:
    if line.call is not None:
        line.call.ends(16, False)
    line.rest(now)


def answer(line: Line, arg: object, now: int) -> None:
    """Off hook. The exchange trips its ringing."""
    line.set_loop(True)
    talk(line, now)


def talk(line: Line, now: int) -> None:
    call, core = line.call, line.core
    assert call is not None
    line.stop_all()
    line.watch.reset()
    line.ringing = False
    line.state = s.TALKING
    line.base = line.polarity
    line.settled = now + core.ns["answer_settle"]
    line.do(OpenSpeech(line.channel, True))
    line.listen(TALK_LISTENING)
    line.layer(True)
    if line.config.silence and not (line.heard or line.sent):
        line.start(s.T_SILENCE, now, line.config.silence)
    if line.config.limit:
        line.start(s.T_LIMIT, now, line.config.limit)
    line.tell(CallConnected(call.handle, line.channel, None))


def refuse(line: Line, arg: object, now: int) -> None:
    """An exchange line cannot refuse: nobody answers, and this ringing is no new call."""
    line.release()
    line.stop_all()
    line.watch.reset()
    line.identity = None
    line.listen(0)
    line.refused = True
    line.state = s.GUARD
    line.start(s.T_GUARD, now, line.core.ns["ring_gap"])


# Guard


def ring_in_guard(line: Line, arg: object, now: int) -> None:
    """A new call, or the ringing of one that we refused."""
    if line.refused:
        line.start(s.T_GUARD, now, LONGEST_RING)
        return
    line.rest(now)
    if line.state == s.IDLE:
        ring_when_idle(line, arg, now)


def pause_in_guard(line: Line, arg: object, now: int) -> None:
    if line.refused:
        line.start(s.T_GUARD, now, line.core.ns["ring_gap"])


def guard_over(line: Line, arg: object, now: int) -> None:
    line.rest(now)
