"""To the telephone: a call placed, caller identity, ringing, the answer; ringing back."""

from __future__ import annotations

import datetime
from typing import Final

from ..call import CallAlerting, CallConnected, CallRequest
from ..call_line import CallHeld
from ..line_names import FEED_NORMAL
from .callerid_send import Caller, caller_steps, first_ring, name_octets
from .fxs_config import T_RERING, T_RING
from .fxs_port import NO_ANSWER, Call, Core, Port
from .fxs_sequence import LOOP, MARK, QUIET, RING, Step
from .fxs_states import PRESENTING, RERINGING, RING_BEGAN, RINGING
from .ring_cadences import RINGS, Cadence

_S: Final = 1_000_000_000


def place(port: Port, arg: object, now: int) -> None:
    """Caller identity before ringing, if that is its place; then ring."""
    assert isinstance(arg, Call)
    port.busy()
    port.take(arg)
    port.feed(FEED_NORMAL)
    port.state = PRESENTING
    port.begin(ringing(port, arg.request, now), now)


def ringing(port: Port, request: CallRequest, now: int) -> list[Step]:
    """The steps of a call: caller identity and the cadence, for ever."""
    config = port.core.config
    cadence = cadence_of(port.core, request)
    mark = Step(MARK, to=RING_BEGAN)
    standard = config.standard
    if standard is None:
        steps = [mark]
    else:
        caller = caller_of(port.core, request, now)
        steps = caller_steps(port.channel, standard, caller, cadence, config.ring_hz, mark)
    return steps + cadence_steps(cadence, config.ring_hz, len(steps))


def cadence_steps(cadence: Cadence, hz: float, at: int) -> list[Step]:
    """A cadence that is repeated, as steps ``at`` and following."""
    steps: list[Step] = []
    for n in range(0, len(cadence), 2):
        steps += [Step(RING, cadence[n], hz=hz), Step(QUIET, cadence[n + 1])]
    steps.append(Step(LOOP, to=at))
    return steps


def cadence_of(core: Core, request: CallRequest) -> Cadence:
    """Distinctive ringing by the calling number, the longest prefix first."""
    calling = request.calling.digits if request.calling is not None else ""
    for prefix, cadence in core.config.distinctive:
        if calling.startswith(prefix):
            return cadence
    return core.config.cadence


def caller_of(core: Core, request: CallRequest, now: int) -> Caller:
    """Who calls, as the telephone is to be told."""
    calling = request.calling
    presentation = 2
    number = ""
    if calling is not None:
        presentation = calling.presentation if calling.presentation in (0, 1, 2) else 2
        number = calling.digits
        if not number and presentation == 0:
            presentation = 2
    name = name_octets(request.display, core.config.encoding)
    return Caller(number, presentation, name, time_of(core, now))


def time_of(core: Core, now: int) -> tuple[int, int, int, int] | None:
    """Month, day, hour, minute by the clock that was set."""
    if core.clock < 0:
        return None
    seconds = core.clock + now // _S
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return time.month, time.day, time.hour, time.minute


def ring_began(port: Port, arg: object, now: int) -> None:
    """The telephone rings for the first time."""
    call = port.call
    assert call is not None
    port.state = RINGING
    port.start(T_RING, now)
    port.happen(CallAlerting(call.handle, port.channel, False))


def answered(port: Port, arg: object, now: int) -> None:
    """The telephone went off hook: the port has tripped the ringing."""
    call = port.call
    assert call is not None
    port.stop(T_RING)
    port.silence()
    port.feed(FEED_NORMAL)
    port.talk()
    port.core.answered += 1
    port.happen(CallConnected(call.handle, port.channel, None))


def not_answered(port: Port, arg: object, now: int) -> None:
    """It rang long enough (Q.118 4.3 leaves the time open)."""
    port.release(NO_ANSWER, False)
    port.rest()


def withdrawn(port: Port, arg: object, now: int) -> None:
    """The application ends the call that rings."""
    assert isinstance(arg, int)
    port.release(arg, True)
    port.rest()


def ring_back(port: Port, now: int) -> None:
    """The telephone hung up with a call on hold: it is rung for that one."""
    config = port.core.config
    port.silence()
    port.collector = None
    port.listen(0)
    port.open_speech(False)
    port.stop_all()
    port.feed(FEED_NORMAL)
    port.start(T_RERING, now)
    port.state = RERINGING
    cadence = RINGS[config.country].cadences["recall"]
    port.begin(cadence_steps(cadence, config.ring_hz, 0), now)


def came_back(port: Port, arg: object, now: int) -> None:
    """The telephone is back with the call that it had on hold."""
    call = port.call
    assert call is not None
    port.stop(T_RERING)
    port.silence()
    port.feed(FEED_NORMAL)
    port.talk()
    port.happen(CallHeld(call.handle, False))


def ring_waiting(port: Port, now: int) -> None:
    """The telephone hung up with a call waiting: that one rings now."""
    call = port.call
    assert call is not None
    config = port.core.config
    port.silence()
    port.listen(0)
    port.open_speech(False)
    port.stop_all()
    port.feed(FEED_NORMAL)
    port.start(T_RING, now)
    port.state = RINGING
    cadence = cadence_of(port.core, call.request)
    steps = first_ring(cadence, config.ring_hz)
    steps.append(Step(QUIET, cadence[-1]))
    port.begin(steps + cadence_steps(cadence, config.ring_hz, len(steps)), now)
