"""Calls that come in on an exchange line, with every kind of caller ID, at the level of signals."""

from __future__ import annotations

import pytest
from fxo_rig import LineRig

from trunkd.errors import LocalError
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog.callerid import (
    CALL_SETUP,
    CALLING_NAME,
    CALLING_NUMBER,
    DATE_TIME,
    Parameter,
    call_setup,
    encode,
    single_call,
)
from trunkd.signaling.analog.callerid_dtmf import FRAMINGS, encode_dtmf
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.call import (
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallReleased,
)
from trunkd.signaling.call_line import CallerIdentified, LineReported

RING = (1000, 4000)
WHEN = (11, 22, 8, 30)


def rig(**settings: object) -> LineRig:
    country = str(settings.pop("country", "cn"))
    return LineRig(FxoTrunk(FxoConfig((1,), country, dict(settings))))


def is_idle(line: LineRig, channel: int = 1) -> bool:
    """On hook, no call, ready for the next one."""
    engine = line.engine
    text = engine.channel_text(channel)
    return text.startswith("idle, on hook") and not line.loop[channel] and not engine.core.calls


def offered(line: LineRig) -> CallOffered:
    (event,) = line.of(CallOffered)
    return event


def test_a_call_is_offered_behind_the_wait_for_caller_id_and_answered():
    line = rig()
    line.ring(RING, 3)
    line.run(4.9)
    assert not line.of(CallOffered)
    line.run(0.3)
    event = offered(line)
    assert event.channel == 1 and event.request.calling is None
    line.request(line.engine.answer, event.call)
    line.forget()
    assert line.loop[1] and line.of(CallConnected)[0].how == ""
    line.request(line.engine.clear, event.call, 16)
    assert not line.loop[1] and not line.of(CallReleased)
    line.run(1.1)
    assert line.of(CallReleased)[0].local and is_idle(line)


def test_without_a_wait_it_is_offered_as_soon_as_ringing_is_certain():
    line = rig(cid_wait=0)
    line.ring(RING, 2)
    line.run(0.45)
    assert offered(line)


@pytest.mark.parametrize(("ms", "hz"), [(200, 25.0), (900, 12.0), (900, 75.0)])
def test_what_is_no_ringing_is_told_and_ignored(ms: int, hz: float):
    line = rig()
    line.ring((ms, 0), 1, hz=hz)
    line.run(10)
    assert [e.what for e in line.of(LineReported)] == ["ringing ignored"]
    assert not line.of(CallOffered) and is_idle(line)


def test_two_short_bursts_are_ringing():
    line = rig(country="gb")
    line.ring((300, 200, 300, 2000), 3)
    line.run(5)
    assert offered(line)


def test_the_caller_gives_up():
    line = rig()
    line.ring(RING, 2)
    line.run(30)
    call = offered(line).call
    (released,) = line.of(CallReleased)
    assert (released.call, released.cause, released.local) == (call, 16, False)
    assert line.when(CallReleased) <= (6 + 7.2) * 10**9 and is_idle(line)


@pytest.mark.parametrize("bell202", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_fsk_between_the_rings(bell202: bool, single: bool):
    line = rig()
    line.ring(RING, 3)
    message = single_call(WHEN, "13912345678") if single else call_setup("13912345678", "Li", WHEN)
    line.fsk(message, bell202, after=1.5)
    line.run(3)
    request = offered(line).request
    assert request.calling is not None and request.calling.digits == "13912345678"
    (told,) = line.of(CallerIdentified)
    modem, form = ("bell202" if bell202 else "v23"), ("sdmf" if single else "mdmf")
    assert told.standard == f"{modem}-{form}" and told.time == WHEN
    assert told.name == ("" if single else "Li")


def test_fsk_before_the_first_ring_behind_a_reversal():
    line = rig()
    line.at(0, sig.BatteryReceived(1, 2))
    line.fsk(call_setup("0301234567"), False, after=0.5)
    line.ring(RING, 2, after=1.8)
    line.run(2.5)
    assert offered(line).request.calling.digits == "0301234567"
    assert line.now - line.when(CallOffered) > 0


def test_fsk_behind_a_short_ring_pulse():
    line = rig()
    line.ring((250, 0), 1)
    line.fsk(call_setup("0301234567"), False, after=0.9)
    line.ring(RING, 2, after=2.5)
    line.run(3.2)
    assert offered(line).request.calling.digits == "0301234567"


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("reversal", [False, True])
@pytest.mark.parametrize("before", [False, True])
def test_dtmf_of_all_framings(framing: str, reversal: bool, before: bool):
    line = rig()
    if reversal:
        line.at(0, sig.BatteryReceived(1, 2))
    digits = encode_dtmf(framing, "13912345678")
    line.dtmf(digits, after=0.4 if before else 1.5)
    line.ring(RING, 3, after=2.5 if before else 0)
    line.run(5)
    request = offered(line).request
    assert request.calling is not None and request.calling.digits == "13912345678"
    assert line.of(CallerIdentified)[0].standard == "dtmf"


@pytest.mark.parametrize(("reason", "presentation"), [("P", 1), ("O", 2)])
def test_why_there_is_no_number(reason: str, presentation: int):
    for fsk in (True, False):
        line = rig()
        line.ring(RING, 2)
        if fsk:
            line.fsk(call_setup("", number_absent=reason), after=1.4)
        else:
            line.dtmf(encode_dtmf("d-c", "", reason), after=1.4)
        line.run(4)
        calling = offered(line).request.calling
        assert calling.digits == "" and calling.presentation == presentation


def test_a_ring_in_the_middle_of_the_message_and_the_message_again():
    line = rig()
    message = call_setup("13912345678")
    line.ring(RING, 4)
    line.fsk(message, after=4.3, until=12)
    line.fsk(message, after=6.6)
    line.run(5.3)
    assert offered(line).request.calling is None
    line.run(4)
    assert line.of(CallerIdentified)[0].calling.digits == "13912345678"


def test_the_same_message_twice_is_told_once():
    line = rig()
    line.ring(RING, 4)
    for after in (1.3, 3.0):
        line.fsk(call_setup("13912345678"), after=after)
    line.run(8)
    assert len(line.of(CallerIdentified)) == 1


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        ("王小明".encode("gb2312"), "王小明"),
        ("王小明".encode(), "王小明"),
        ("Müller".encode("latin-1"), "Müller"),
        (b"SMITH JOHN", "SMITH JOHN"),
        ("朱镕基".encode("gbk"), "朱镕基"),
    ],
)
def test_names_are_kept_raw_and_decoded(octets: bytes, name: str):
    line = rig()
    line.ring(RING, 2)
    parameters = [
        Parameter(DATE_TIME, b"11220830"),
        Parameter(CALLING_NUMBER, b"13912345678"),
        Parameter(CALLING_NAME, octets),
    ]
    line.fsk(encode(CALL_SETUP, parameters), after=1.4)
    line.run(4)
    (told,) = line.of(CallerIdentified)
    assert (told.name, told.name_raw) == (name, octets)
    assert offered(line).request.display == name


def test_answered_inside_the_caller_id():
    """Picked up while the message is under way: the call talks, nothing of it stays behind."""
    line = rig(cid_wait=0)
    line.ring(RING, 1)
    line.fsk(call_setup("13912345678"), after=1.4)
    line.run(1.9)
    line.request(line.engine.answer, offered(line).call)
    line.run(5)
    assert not line.of(CallerIdentified)
    line.request(line.engine.clear, offered(line).call, 16)
    line.run(2)
    assert is_idle(line)
    # And the next call has its own.
    line.ring(RING, 2)
    line.fsk(call_setup("200"), after=1.4)
    line.run(8)
    assert line.of(CallerIdentified)[0].calling.digits == "200"


def test_another_telephone_picks_up_inside_the_caller_id():
    line = rig()
    line.ring(RING, 1)
    line.fsk(call_setup("13912345678"), after=1.4, until=8)
    line.at(2000, sig.InUseReceived(1, True))
    line.run(3)
    assert line.engine.channel_text(1).startswith("line in use")
    assert not line.of(CallOffered)
    line.at(0, sig.InUseReceived(1, False))
    line.run(0.1)
    assert is_idle(line)


def test_another_telephone_takes_the_call():
    line = rig(cid_wait=0)
    line.ring(RING, 1)
    line.at(3000, sig.InUseReceived(1, True))
    line.run(4)
    assert line.of(CallReleased)[0].cause == 26
    line.at(5000, sig.InUseReceived(1, False))
    line.run(6)
    assert is_idle(line)


def test_a_call_that_is_refused_rings_on_unheard():
    line = rig(cid_wait=0)
    line.ring(RING, 5)
    line.run(1)
    line.request(line.engine.clear, offered(line).call, 21)
    assert line.of(CallReleased)[0].local
    line.run(21)
    assert len(line.of(CallOffered)) == 1 and line.engine.channel_text(1).startswith("on hook")
    line.run(8)
    assert is_idle(line)
    line.ring(RING, 1)
    line.run(1)
    assert len(line.of(CallOffered)) == 2


def test_message_waiting_is_of_no_call():
    line = rig()
    line.fsk(encode(0x82, [Parameter(0x0B, b"\xff")]), after=0.1)
    line.run(30)
    assert [(e.what, e.text) for e in line.of(LineReported)] == [("message waiting", "on")]
    assert is_idle(line)


def test_caller_id_of_a_waiting_call_is_acknowledged_and_told():
    line = rig(cid_wait=0)
    line.ring(RING, 1)
    line.run(1)
    call = offered(line).call
    line.request(line.engine.answer, call)
    line.run(10)
    line.sound((2130.0, 2750.0), 82)
    line.run(0.12)
    from trunkd.signaling.line_actions import OpenSpeech, SendDigits

    assert line.did(SendDigits)[-1].digits == "D" and not line.did(OpenSpeech)[-1].on
    line.fsk(call_setup("10086"), after=0.1)
    line.run(1.5)
    assert line.of(CallerIdentified)[-1].calling.digits == "10086"
    assert line.did(OpenSpeech)[-1].on
    line.sound((2130.0, 2750.0), 82)
    line.run(4)
    assert line.did(OpenSpeech)[-1].on, "no message came: the path is open again"


def test_requests_that_the_state_forbids():
    line = rig(cid_wait=0)
    line.ring(RING, 1)
    line.run(1)
    call = offered(line).call
    with pytest.raises(LocalError, match="is in state ringing, offered"):
        line.engine.flash(call, line.now)
    with pytest.raises(LocalError, match="no call 99"):
        line.engine.answer(99, line.now)
    assert not line.of(CallDisconnected)
