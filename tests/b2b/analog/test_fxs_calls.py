"""FXS engine and telephones in virtual time: digits, timers each at its time, requests."""

from __future__ import annotations

import pathlib
import sys

import pytest

from trunkd.errors import LocalError
from trunkd.hil.telephone_virtual import MS, SECOND
from trunkd.signaling.call import (
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    TEST_CALL,
    BlockingDone,
    CallOffered,
    CallRequest,
    ChannelChanged,
    DigitsReceived,
    PartyNumber,
    ProtocolFault,
    RestartDone,
)
from trunkd.signaling.call_line import LineReported
from trunkd.signaling.line_actions import (
    ListenFor,
    OpenSpeech,
    SendDigits,
    SendTone,
    SetFeed,
    SetImpedance,
)
from trunkd.signaling.line_names import DTMF, FEED_NORMAL, FEED_OPEN, FEED_REVERSED, LISTEN_DTMF
from trunkd.signaling.line_signals import DigitReceived

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fxs_rig import Bench, released, told_digits

ALL = "hold,transfer,conference,waiting"


# ---- digits


def test_dial_plan() -> None:
    for digits, expected in (("110", "110"), ("8123", "8123"), ("013800138000", "013800138000")):
        bench = Bench(dial_plan="1XX;8XXX;01X.", max_digits=20, interdigit=3000)
        bench.lift()
        bench.phone.press(digits)
        bench.run_for(6000)
        (offered,) = bench.of(CallOffered)
        assert isinstance(offered, CallOffered)
        assert (offered.request.called.digits, offered.request.complete) == (expected, True)
        assert offered.request.calling == PartyNumber("8001", screening=3)


def test_a_number_that_is_none() -> None:
    bench = Bench(dial_plan="1XX")
    bench.lift()
    bench.phone.press("2")
    bench.run_for(1000)
    assert bench.text() == "tone" and bench.phone.texts()[-1] == "special-information"
    assert bench.of(LineReported) == [LineReported(1, "no number", "2 (noMatch)")]
    bench.down()
    assert bench.text() == "idle"


def test_overlap() -> None:
    bench = Bench(overlap=True, min_digits=2, max_digits=6, interdigit=3000)
    bench.lift()
    bench.phone.press("123456")
    bench.run_for(2000)
    (offered,) = bench.of(CallOffered)
    assert isinstance(offered, CallOffered)
    assert (offered.request.called.digits, offered.request.complete) == ("12", False)
    more = told_digits(bench)
    assert more == [("3", False), ("4", False), ("5", False), ("6", True)]


@pytest.mark.parametrize(("press", "last"), [("1234", ("", True)), ("123#", ("", True))])
def test_overlap_ends_by_time_or_sign(press: str, last: tuple[str, bool]) -> None:
    bench = Bench(overlap=True, min_digits=2, max_digits=10, interdigit=3000)
    bench.lift()
    bench.phone.press(press)
    bench.run_for(6000)
    final = bench.of(DigitsReceived)[-1]
    assert isinstance(final, DigitsReceived) and (final.digits, final.complete) == last


def test_the_application_wants_more_digits() -> None:
    bench = Bench()
    call = bench.dial()
    bench.trunk.want_digits(call, bench.now)
    bench.settle()
    bench.phone.press("77")
    bench.run_for(8000)
    more = told_digits(bench)
    assert more == [("7", False), ("7", False), ("", True)]
    bench.trunk.proceed(call, bench.now)


def test_hotline_and_warm_line() -> None:
    hot = Bench(hotline="100")
    hot.lift()
    (offered,) = hot.of(CallOffered)
    assert isinstance(offered, CallOffered) and offered.request.called.digits == "100"
    assert "dial" not in hot.phone.texts()
    warm = Bench(hotline="100", hotline_after=4000)
    warm.lift()
    assert warm.text() == "dial tone"
    warm.run_for(3000)
    assert warm.text() == "dial tone"
    warm.run_for(1000)
    assert warm.text() == "dialled"
    other = Bench(hotline="100", hotline_after=4000)
    other.dial("8002")
    (offered,) = other.of(CallOffered)
    assert isinstance(offered, CallOffered) and offered.request.called.digits == "8002"


@pytest.mark.parametrize(
    ("code", "digits"), [("standard", "190"), ("sweden", "089"), ("new-zealand", "910")]
)
def test_dials_of_other_countries(code: str, digits: str) -> None:
    bench = Bench(pulse_code=code, max_digits=3)
    bench.lift()
    bench.run(bench.phone.dial("190") + SECOND)
    (offered,) = bench.of(CallOffered)
    assert isinstance(offered, CallOffered) and offered.request.called.digits == digits


def test_pulses_are_not_taken_where_they_are_off() -> None:
    bench = Bench(pulse=False)
    bench.lift()
    bench.run(bench.phone.dial("3") + SECOND)
    assert bench.text() == "dial tone"
    bench = Bench(dtmf=False)
    bench.lift()
    bench.phone.press("3")
    bench.run_for(500)
    assert bench.text() == "dial tone"
    assert not [a for _, a in bench.phone.actions if isinstance(a, ListenFor) and a.kinds]


def test_pulses_while_the_call_is_up_are_told() -> None:
    bench = Bench()
    call = bench.talk()
    bench.run(bench.phone.dial("5") + SECOND)
    assert bench.of(DigitsReceived) == [DigitsReceived(call, "5", False)]


def test_faults_of_a_dial_are_told_and_counted() -> None:
    bench = Bench(hook="us")
    bench.lift()
    bench.phone.flash(200)
    bench.run_for(1000)
    for n in range(12):
        bench.later(bench.now + n * 100 * MS, bench.phone, "hang up", None)
        bench.later(bench.now + n * 100 * MS + 60 * MS, bench.phone, "lift", None)
    bench.run_for(3000)
    faults = [e.kind for e in bench.of(ProtocolFault) if isinstance(e, ProtocolFault)]
    assert faults == ["hook-break", "pulses"]
    counters = bench.trunk.counters()
    assert counters["fault-hook-break"] == counters["fault-pulses"] == 1


# ---- timers, each at its time


def at_expiry(bench: Bench, since: int, ms: int, before: str, after: str) -> None:
    bench.run(since + ms * MS - 1)
    assert bench.text() == before
    bench.run(since + ms * MS)
    assert bench.text() == after


def test_each_timer_of_a_forgotten_receiver() -> None:
    values: dict[str, object] = {"first_digit": 8000, "tone_time": 20_000, "howler_time": 40_000}
    bench = Bench(**values)
    bench.phone.lift()
    bench.run_for(100)
    since = next(at for at, e in bench.told if e == ChannelChanged(1, CHANNEL_BUSY))
    at_expiry(bench, since, 8000, "dial tone", "tone")
    at_expiry(bench, since, 28_000, "tone", "howler")
    at_expiry(bench, since, 68_000, "howler", "parked")
    tones = [a.name for _, a in bench.phone.actions if isinstance(a, SendTone)]
    assert tones == ["dial", "special-information", "howler"]
    bench.run_for(3_600_000)
    assert bench.text() == "parked" and bench.trunk.next_timeout() is None
    bench.down()
    assert bench.text() == "idle"


def test_interdigit_timer() -> None:
    bench = Bench(interdigit=4000)
    bench.lift()
    bench.phone.press("12")
    bench.run_for(300)
    last = bench.now
    bench.run(last + 3800 * MS)
    assert bench.text() == "dialling"
    bench.run(last + 4200 * MS)
    assert bench.text() == "dialled"


def test_ring_timer() -> None:
    bench = Bench(ring_timeout=30_000)
    bench.place()
    at_expiry(bench, 0, 30_000, "ringing", "idle")
    assert released(bench) == [(1, 19, False)]


def test_drop_and_probe_timers() -> None:
    bench = Bench(start="kewl", drop=700, tone_time=1000, howler_time=1000, power_denial=True)
    call = bench.talk()
    since = bench.now
    bench.trunk.clear(call, 16, bench.now)
    at_expiry(bench, since, 700, "battery drop", "tone")
    at_expiry(bench, since, 1700, "tone", "howler")
    at_expiry(bench, since, 2700, "howler", "power denied")
    at_expiry(bench, since, 12_700, "power denied", "power probed")
    bench.run_for(10)
    assert bench.text() == "power denied"
    feeds = [a.feed for _, a in bench.phone.actions if isinstance(a, SetFeed)]
    assert feeds[-5:] == [FEED_OPEN, FEED_NORMAL, FEED_OPEN, FEED_NORMAL, FEED_OPEN]
    bench.phone.hang_up()
    bench.run_for(12_000)
    assert bench.text() == "idle"


def test_ground_timer() -> None:
    bench = Bench(start="ground", ground_wait=2000)
    bench.phone.ground_ring(True)
    at_expiry(bench, 0, 2000, "ground, waiting for the loop", "idle")
    assert bench.trunk.counters()["fault-no-loop"] == 1
    # The far end still grounds the ring: it is about to call.
    assert bench.place() and released(bench)[-1][1] == 17


# ---- requests


def test_polarity_says_answer_and_clear() -> None:
    bench = Bench(reversal_on_answer=True, reversal_on_clear=True)
    call = bench.talk()
    bench.clear(call)
    feeds = [a.feed for _, a in bench.phone.actions if isinstance(a, SetFeed)]
    assert feeds[-2:] == [FEED_REVERSED, FEED_NORMAL]
    only = Bench(reversal_on_clear=True)
    only.clear(only.talk())
    assert only.phone.texts().count("reversed") == 1
    only.down()
    assert only.phone.feed == FEED_NORMAL


def test_progress_and_alerting_with_sound_open_the_speech_path() -> None:
    for request in ("progress", "alert"):
        bench = Bench()
        call = bench.dial()
        if request == "progress":
            bench.trunk.progress(call, 8, bench.now)
        else:
            bench.trunk.alert(call, True, bench.now)
        bench.settle()
        assert bench.phone.actions[-1][1] == OpenSpeech(1, True)


def test_causes_have_their_tones() -> None:
    tones = {
        16: "busy",
        17: "busy",
        1: "special-information",
        34: "congestion",
        28: "special-information",
    }
    for cause, tone in tones.items():
        bench = Bench()
        bench.clear(bench.dial(), cause)
        assert bench.phone.texts()[-1] == tone


def test_metering() -> None:
    bench = Bench(charge_per_pulse=2, metering_on=150, metering_off=350)
    call = bench.talk()
    since = bench.now
    bench.trunk.meter(call, 5, bench.now)
    bench.run_for(5000)
    times = [(at - since) // MS for at, what in bench.phone.heard if what == "metering"]
    assert times == [0, 500, 1000]
    bench.trunk.meter(call, 40, bench.now)
    bench.run_for(1000)
    bench.down()
    assert bench.text() == "idle" and bench.trunk.next_timeout() is None
    with pytest.raises(LocalError, match="1 to 10000"):
        bench.trunk.meter(call, 0, bench.now)


def test_dtmf_to_what_is_behind_the_port() -> None:
    bench = Bench()
    call = bench.place()
    bench.lift()
    bench.trunk.send_digits(call, "123", True, bench.now)
    bench.settle()
    action = bench.phone.actions[-1][1]
    assert isinstance(action, SendDigits) and (action.kind, action.digits) == (DTMF, "123")


def test_start_puts_the_lines_in_order() -> None:
    bench = Bench()
    actions = [a for _, a in bench.phone.actions]
    assert actions[:2] == [SetImpedance(1, "cn", False), SetFeed(1, FEED_NORMAL)]


def test_choosing_a_port() -> None:
    bench = Bench()
    assert bench.trunk.chosen(CallRequest(PartyNumber("8002"))).channel == 2
    assert bench.trunk.chosen(CallRequest(PartyNumber("8002"), channel=1)).channel == 1
    assert bench.trunk.chosen(CallRequest(PartyNumber("77"))).channel == 1
    bench.lift()
    assert bench.trunk.chosen(CallRequest(PartyNumber("77"))).channel == 2
    bench.telephones[2].lift()
    bench.run_for(100)
    with pytest.raises(LocalError, match="no port is idle"):
        bench.place("77")
    with pytest.raises(LocalError, match="no port 3"):
        bench.trunk.place(CallRequest(PartyNumber(""), channel=3), bench.now)


def test_requests_out_of_turn() -> None:
    bench = Bench(features=ALL)
    trunk = bench.trunk
    with pytest.raises(LocalError, match="no call 9"):
        trunk.answer(9, 0)
    call = bench.talk()
    with pytest.raises(LocalError, match="talking"):
        trunk.answer(call, bench.now)
    waiting = bench.place()
    with pytest.raises(LocalError, match="held or waits"):
        trunk.answer(waiting, bench.now)
    with pytest.raises(LocalError, match="carries no user information"):
        trunk.send_user_information(call, b"", bench.now)
    with pytest.raises(LocalError, match="talking"):
        trunk.line_test(1, bench.now)
    trunk.notify(call, 0, bench.now)
    trunk.drain(True, bench.now)
    with pytest.raises(LocalError, match="drained"):
        bench.place()


def test_a_drained_trunk_takes_no_calls() -> None:
    bench = Bench()
    bench.trunk.drain(True, 0)
    bench.lift()
    bench.phone.press("9051")
    bench.run_for(1000)
    assert not bench.of(CallOffered) and bench.phone.texts()[-1] == "congestion"


# ---- blocking, loss, restart


def test_blocking_waits_for_the_end_of_the_call() -> None:
    bench = Bench()
    bench.talk()
    bench.trunk.block((1, 2), bench.now)
    bench.settle()
    assert [bench.text(n) for n in (1, 2)] == ["talking", "blocked"]
    bench.down()
    assert bench.text() == "blocked"
    bench.lift()
    assert bench.text() == "blocked"
    assert bench.place() and released(bench)[-1][1] == 27
    bench.trunk.unblock((1, 2), bench.now)
    bench.run_for(200)
    assert [bench.text(n) for n in (1, 2)] == ["dial tone", "idle"]
    states = [e.state for e in bench.of(ChannelChanged) if isinstance(e, ChannelChanged)]
    assert states.count(CHANNEL_BLOCKED_HERE) == 2
    assert len(bench.of(BlockingDone)) == 2


def test_a_blocked_port_can_be_rung_for_a_test() -> None:
    bench = Bench()
    bench.trunk.block((1,), bench.now)
    request = CallRequest(PartyNumber(""), channel=1, category=TEST_CALL)
    call = bench.trunk.place(request, bench.now)
    bench.run_for(3000)
    assert bench.text() == "ringing" and bench.phone.rings == 1
    bench.clear(call)
    assert bench.text() == "blocked"
    bench.lift()
    # The telephone is off hook: no test either.
    refused = bench.trunk.place(request, bench.now)
    bench.settle()
    assert released(bench)[-1] == (refused, 27, False)


def test_blocked_lines_have_no_battery_where_power_is_denied() -> None:
    bench = Bench(power_denial=True)
    bench.trunk.block((1,), 0)
    bench.settle()
    assert bench.phone.feed == FEED_OPEN
    bench.trunk.unblock((1,), 0)
    bench.settle()
    assert bench.phone.feed == FEED_NORMAL
    bench.lift()
    assert bench.text() == "dial tone"


def test_loss_of_the_board_ends_all_calls() -> None:
    bench = Bench(features=ALL)
    first, second = bench.talk(), bench.second()
    bench.trunk.line_down((1,), bench.now)
    bench.run_for(100)
    assert sorted(released(bench)) == [(first, 27, True), (second, 27, True)]
    assert bench.of(ChannelChanged)[-1] == ChannelChanged(1, CHANNEL_OUT_OF_SERVICE)
    assert bench.place() and released(bench)[-1][1] == 27
    bench.trunk.line_up((1,), bench.now)
    bench.run_for(200)
    # The receiver is still up.
    assert bench.text() == "dial tone"
    bench.down()
    assert bench.of(ChannelChanged)[-1] == ChannelChanged(1, CHANNEL_IDLE)


def test_restart() -> None:
    bench = Bench()
    call = bench.talk()
    bench.trunk.restart((), bench.now)
    bench.run_for(100)
    assert released(bench) == [(call, 27, True)]
    assert bench.of(RestartDone) == [RestartDone((1, 2), True, True)]
    assert [bench.text(n) for n in (1, 2)] == ["tone", "idle"]


def test_what_is_of_no_port_is_passed_over() -> None:
    bench = Bench()
    bench.trunk.receive(DigitReceived(77, DTMF, "1", True, 0), 0)
    bench.trunk.receive(DigitReceived(1, DTMF + 1, "1", True, 0), 0)
    assert bench.trunk.transmit() == [] and bench.text() == "idle"
    assert LISTEN_DTMF == 1
