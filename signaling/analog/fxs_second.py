"""The second call of a telephone: hold, transfer, conference, call waiting with caller identity.

Call waiting with caller identity (type II) is that of GR-575 and EN 300 659-2: the subscriber
alerting signal, CAS of 80 ms, the telephone's DTMF acknowledgement within 160 ms of CAS's end (we
give the detector its time on top), and the message without channel seizure.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_tones import cadence
from ..call import CallAlerting, CallConnected
from ..call_line import CallFlashed, CallHeld, CallsJoined
from ..line_actions import OpenSpeech, SendFsk, SendSteps
from ..line_names import FEED_NORMAL, LISTEN_DTMF
from . import fxs_ring
from .callerid_send import dtas_step, fsk_message
from .fxs_clear import cleared, dial_anew, sound
from .fxs_config import T_RING, T_WAITING
from .fxs_dial import collect
from .fxs_port import NO_ANSWER, NORMAL_CLEARING, OUT_OF_ORDER, Call, Port
from .fxs_sequence import ACK, DO, SEND, WAIT, Step
from .fxs_states import DIAL_TONE, DIALLING, HOLDING, HOWLER, JOINED, SINGLE, TONE, WAITING

SAS_TO_CAS: Final = 40
"""0 to 50 ms (GR-575): telephones tell the two apart by the pause."""
CAS_MS: Final = 80
CAS_DBM0: Final = -19.0
"""dBm0 of each frequency: GR-30 has -15 dBm at the exchange's line, less what a port loses."""
ACK_MS: Final = 260
"""160 ms of GR-575, a digit's recognition and a block of the board each way."""
ACK_TO_DATA: Final = 100
"""50 to 500 ms (EN 300 659-2 6.2.3)."""
LONG: Final = 1000
"""ms: a silence of the call waiting tone that ends its burst."""

# ---- flash


def flash_single(port: Port, arg: object, now: int) -> None:
    """Hold, or tell the flash."""
    call = port.call
    assert call is not None
    port.core.flashes += 1
    if "hold" not in port.core.config.features:
        port.happen(CallFlashed(call.handle))
        return
    port.other = call
    port.call = None
    port.service = HOLDING
    port.happen(CallHeld(call.handle, True))
    port.feed(FEED_NORMAL)
    collect(port, now, True)


def flash_single_else(port: Port, arg: object, now: int) -> None:
    """Before a call is up: dial tone anew, or it is told."""
    if port.state in (DIAL_TONE, DIALLING, TONE, HOWLER):
        dial_anew(port, None, now)
    elif port.call is not None:
        port.happen(CallFlashed(port.call.handle))


def flash_holding(port: Port, arg: object, now: int) -> None:
    """Both calls talk: conference, or to and fro between them."""
    held, active = port.other, port.call
    assert held is not None and active is not None
    port.core.flashes += 1
    if "conference" in port.core.config.features:
        port.service = JOINED
        port.happen(CallsJoined(held.handle, active.handle, False))
        return
    port.other, port.call = active, held
    port.happen(CallHeld(active.handle, True))
    port.happen(CallHeld(held.handle, False))


def back_to_held(port: Port, arg: object, now: int) -> None:
    """The second call is given up, or there is none yet: back to the first."""
    port.core.flashes += 1
    port.release(NORMAL_CLEARING, False)
    held = port.other
    assert held is not None
    port.other = None
    port.service = SINGLE
    port.stop_all()
    port.take(held)
    fxs_ring.came_back(port, None, now)


def answer_waiting(port: Port, arg: object, now: int) -> None:
    """The call that waits is taken, the other one held."""
    active, waiting = port.call, port.other
    assert active is not None and waiting is not None
    port.core.flashes += 1
    port.stop(T_WAITING)
    port.happen(CallHeld(active.handle, True))
    port.other = active
    port.service = HOLDING
    _connect(port, waiting)


def take_waiting(port: Port, arg: object, now: int) -> None:
    """The active call has ended; the one that waits is taken."""
    waiting = port.other
    assert waiting is not None
    port.stop_all()
    port.other = None
    port.service = SINGLE
    port.feed(FEED_NORMAL)
    _connect(port, waiting)


def _connect(port: Port, call: Call) -> None:
    port.take(call)
    port.talk()
    port.core.answered += 1
    port.happen(CallConnected(call.handle, port.channel, None))


def drop_last(port: Port, arg: object, now: int) -> None:
    """Conference: the party that came last leaves."""
    port.release(NORMAL_CLEARING, False)
    _alone(port)


def _alone(port: Port) -> None:
    """One of a conference is left."""
    other = port.other
    assert other is not None
    port.other = None
    port.service = SINGLE
    port.take(other)
    port.happen(CallHeld(other.handle, False))


# ---- on hook


def hang_up_single(port: Port, arg: object, now: int) -> None:
    port.release(NORMAL_CLEARING, False)
    port.rest()


def hang_up_holding(port: Port, arg: object, now: int) -> None:
    """Transfer, or the held call rings back."""
    if "transfer" in port.core.config.features:
        _transfer(port)
    else:
        ring_held(port, None, now)


def ring_held(port: Port, arg: object, now: int) -> None:
    """The second call ends, the first rings back."""
    port.release(NORMAL_CLEARING, False)
    held = port.other
    assert held is not None
    port.other = None
    port.service = SINGLE
    port.take(held)
    fxs_ring.ring_back(port, now)


def hang_up_joined(port: Port, arg: object, now: int) -> None:
    """The two others talk on, where transfers are permitted."""
    if "transfer" in port.core.config.features:
        _transfer(port)
        return
    port.release(NORMAL_CLEARING, False)
    port.release_other(NORMAL_CLEARING, False)
    port.service = SINGLE
    port.rest()


def _transfer(port: Port) -> None:
    held, active = port.other, port.call
    assert held is not None and active is not None
    port.happen(CallsJoined(held.handle, active.handle, True))
    port.release(NORMAL_CLEARING, False)
    port.release_other(NORMAL_CLEARING, False)
    port.service = SINGLE
    port.rest()


def ring_waiting(port: Port, arg: object, now: int) -> None:
    """The active call ends, the one that waits rings."""
    port.release(NORMAL_CLEARING, False)
    waiting = port.other
    assert waiting is not None
    port.other = None
    port.service = SINGLE
    port.take(waiting)
    fxs_ring.ring_waiting(port, now)


# ---- the far ends


def active_cleared(port: Port, arg: object, now: int) -> None:
    assert isinstance(arg, int)
    cleared(port, arg, now)


def active_cleared_holding(port: Port, arg: object, now: int) -> None:
    """A tone; a flash leads back to the call that is held or waits. No supervision on the line: the
    telephone has another call."""
    assert isinstance(arg, int)
    port.release(arg, True)
    port.silence()
    port.collector = None
    port.listen(0)
    port.open_speech(False)
    port.stop(T_WAITING)
    sound(port, arg, now)


def active_cleared_joined(port: Port, arg: object, now: int) -> None:
    assert isinstance(arg, int)
    port.release(arg, True)
    _alone(port)


def other_cleared(port: Port, arg: object, now: int) -> None:
    assert isinstance(arg, int)
    port.release_other(arg, True)
    port.service = SINGLE


def waiting_cleared(port: Port, arg: object, now: int) -> None:
    """It waits no more: no tone comes again, and the speech path is the active call's."""
    other_cleared(port, arg, now)
    port.stop(T_WAITING)
    if port.call is not None and not port.sounding:
        port.talk()


def line_lost(port: Port, arg: object, now: int) -> None:
    port.release_other(OUT_OF_ORDER, True)
    port.service = SINGLE


# ---- call waiting


def offered(port: Port, arg: object, now: int) -> None:
    """A second call for a telephone that talks: it hears so, and may see who it is."""
    assert isinstance(arg, Call)
    port.other = arg
    arg.port = port
    port.service = WAITING
    port.begin(waiting_steps(port, arg, now), now)
    port.waits_until = now + port.core.config.duration[T_RING]
    port.start(T_WAITING, now)
    port.happen(CallAlerting(arg.handle, port.channel, False))


def again(port: Port, arg: object, now: int) -> None:
    """The tone comes again, without caller identity; a call that waited as long as one may ring
    ends."""
    if now >= port.waits_until:
        port.release_other(NO_ANSWER, False)
        port.service = SINGLE
        return
    channel = port.channel
    closed, opened = OpenSpeech(channel, False), OpenSpeech(channel, True)
    steps = [Step(DO, action=closed), alerting_step(port), Step(DO, action=opened)]
    port.begin(steps, now)
    port.start(T_WAITING, now)


def alerting_step(port: Port) -> Step:
    """One burst of the country's call waiting tone (SAS)."""
    steps: list[tuple[tuple[float, ...], int, float]] = []
    took = 0
    for step in cadence(port.core.config.country, "call-waiting").steps:
        ms = step.samples // 8
        if not step.frequencies and ms >= LONG:
            break
        steps.append((step.frequencies, ms, step.level))
        took += ms
    return Step(SEND, took + 1000, action=SendSteps(port.channel, tuple(steps)))


def waiting_steps(port: Port, call: Call, now: int) -> list[Step]:
    channel, config = port.channel, port.core.config
    steps = [Step(DO, action=OpenSpeech(channel, False)), alerting_step(port)]
    standard = config.standard
    if standard is not None and config.flag("caller_id_waiting"):
        port.listen(LISTEN_DTMF)
        bell202 = standard.bell202
        caller = fxs_ring.caller_of(port.core, call.request, now)
        octets = fsk_message(False, caller)
        took = (80 + 10 * len(octets)) * 1000 // 1200
        data = SendFsk(channel, bell202, octets, 0, 80, standard.level_dbm0)
        end = len(steps) + 5
        steps.append(Step(WAIT, SAS_TO_CAS))
        steps.append(dtas_step(channel, CAS_MS, CAS_DBM0))
        steps.append(Step(ACK, ACK_MS, to=end, text=config.text("waiting_ack")))
        steps.append(Step(WAIT, ACK_TO_DATA))
        steps.append(Step(SEND, 2 * took + 1000, action=data))
    steps.append(Step(DO, action=OpenSpeech(channel, True)))
    return steps
