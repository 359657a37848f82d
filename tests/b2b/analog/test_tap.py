"""Recording taps: what is told of a line that others talk on."""

from __future__ import annotations

import pytest
from fxo_rig import LineRig

from trunkd.errors import ConfigError, LocalError
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog.callerid import call_setup
from trunkd.signaling.analog.pulse import edges
from trunkd.signaling.analog.tap import TapConfig, TapTrunk
from trunkd.signaling.call import (
    CallConnected,
    CallOffered,
    CallReleased,
    CallRequest,
    ChannelChanged,
    DigitsReceived,
    PartyNumber,
)
from trunkd.signaling.call_line import CallerIdentified, CallFlashed, LineReported
from trunkd.signaling.line_actions import ListenFor


def rig() -> LineRig:
    return LineRig(TapTrunk(TapConfig((1,))))


def hook(line: LineRig, off: bool, after: float = 0.0) -> None:
    line.at(after * 1000, sig.HookReceived(1, off))


def test_a_call_that_comes_in_with_caller_id():
    line = rig()
    line.ring((1000, 4000), 1)
    line.fsk(call_setup("13912345678", "Li"), after=1.4)
    hook(line, True, 4)
    hook(line, False, 60)
    line.run(70)
    (offered,) = line.of(CallOffered)
    assert offered.request.complete
    (told,) = line.of(CallerIdentified)
    assert (told.calling.digits, told.name, told.standard) == ("13912345678", "Li", "bell202-mdmf")
    assert line.of(CallConnected)[0].how == "off hook"
    assert [e.cause for e in line.of(CallReleased)] == [16]
    assert [e.state for e in line.of(ChannelChanged)] == [1, 0]


def test_caller_id_before_the_first_ring():
    line = rig()
    line.dtmf("D13912345678C", after=0.2)
    line.ring((1000, 4000), 2, after=2.5)
    line.run(3)
    assert line.of(CallOffered)[0].request.calling.digits == "13912345678"


def test_nobody_answers():
    line = rig()
    line.ring((1000, 4000), 3)
    line.run(30)
    assert line.of(CallReleased) and not line.of(CallConnected)
    assert line.engine.channel_text(1) == "idle"


def test_a_call_that_goes_out_by_dtmf_with_a_flash():
    line = rig()
    hook(line, True)
    line.dtmf("10086", after=1)
    hook(line, False, 40)
    hook(line, True, 40.3)
    hook(line, False, 60)
    line.run(70)
    assert not line.of(CallOffered)[0].request.complete
    assert "".join(e.digits for e in line.of(DigitsReceived)) == "10086"
    assert len(line.of(CallFlashed)) == 1 and len(line.of(CallReleased)) == 1


@pytest.mark.parametrize(("pps", "percent"), [(8, 75), (10, 61.5), (12, 50)])
def test_a_call_that_goes_out_by_pulses(pps: float, percent: float):
    line = rig()
    hook(line, True)
    for offset, open_ in edges("1902", pps, percent, 800, "standard"):
        line.at(1000 + offset / 1e6, sig.HookReceived(1, not open_))
    hook(line, False, 30)
    line.run(40)
    assert "".join(e.digits for e in line.of(DigitsReceived)) == "1902"
    assert len(line.of(CallOffered)) == 1 and len(line.of(CallReleased)) == 1


def test_line_cut_in_a_call_and_back():
    line = rig()
    hook(line, True)
    line.run(5)
    line.show(sig.BatteryReceived(1, 0))
    line.run(2)
    assert [e.cause for e in line.of(CallReleased)] == [27]
    assert line.engine.channel_text(1).startswith("no battery")
    line.show(sig.BatteryReceived(1, 1))
    assert line.engine.channel_text(1).startswith("idle")
    assert [e.what for e in line.of(LineReported)] == ["line cut", "line back"]


def test_message_waiting():
    line = rig()
    line.fsk(bytes((0x82, 3, 0x0B, 1, 0xFF, 0x70)), after=0.1)
    line.run(2)
    assert [(e.what, e.text) for e in line.of(LineReported)] == [("message waiting", "on")]
    assert not line.of(CallOffered)


def test_a_tap_sends_nothing_and_refuses_requests():
    line = rig()
    line.ring((1000, 4000), 1)
    line.run(1)
    call = line.of(CallOffered)[0].call
    engine = line.engine
    for request in (
        lambda: engine.place(CallRequest(PartyNumber("1")), 0),
        lambda: engine.answer(call, 0),
        lambda: engine.clear(call, 16, 0),
        lambda: engine.send_digits(call, "1", True, 0),
        lambda: engine.alert(call, False, 0),
        lambda: engine.proceed(call, 0),
        lambda: engine.progress(call, 8, 0),
        lambda: engine.notify(call, 0, 0),
        lambda: engine.want_digits(call, 0),
        lambda: engine.send_user_information(call, b"", 0),
    ):
        with pytest.raises(LocalError, match="only listens"):
            request()
    assert {type(action) for _, action in line.actions} == {ListenFor}


def test_wrong_settings():
    for settings in (
        {"country": "zz"},
        {"ring_gap": 5},
        {"hook": "soft"},
        {"code": "morse"},
    ):
        with pytest.raises(ConfigError):
            TapConfig((1,), **settings)
    with pytest.raises(ConfigError):
        TapConfig(())
