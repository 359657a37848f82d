"""Two R2 engines on a clean line: every variant, every way to send a number, every outcome."""

from __future__ import annotations

from typing import Any

import pytest
from r2_line import MS, R2Line

from trunkd.signaling import call as ev
from trunkd.signaling.call_line import CallMetered, LineReported
from trunkd.signaling.cas import r2_names as n
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas.r2_config import MODES, R2Config
from trunkd.signaling.cas.r2_variants import VARIANTS

SECOND = 1000


def line_of(variant: str = "itu", delay_ms: float = 10, seed: int = 1, **settings: Any) -> R2Line:
    channels = settings.pop("channels", (1, 2))
    config = R2Config(channels, variant, **settings)
    return R2Line(config, config, delay_ms, seed)


def place(line: R2Line, called: str, calling: str = "", **more: Any) -> int:
    number = ev.PartyNumber(calling) if calling else None
    return line.a.trunk.place(ev.CallRequest(ev.PartyNumber(called), number, **more), line.now)


def offered(line: R2Line) -> ev.CallOffered:
    assert line.run(60 * SECOND, lambda: bool(line.b.of(ev.CallOffered)))
    return line.b.of(ev.CallOffered)[-1]


def assert_idle(line: R2Line) -> None:
    for end in (line.a, line.b):
        assert {c.state for c in end.trunk.channels.values()} == {s.IDLE}
        assert end.trunk.calls == {}
        assert end.trunk.next_timeout() is None
        assert not any(c.sounding for c in end.trunk.channels.values())
        assert end.of(ev.ProtocolFault) == []


def whole_call(line: R2Line, called: str, calling: str, category: int = n.ORDINARY) -> None:
    """Placed, offered, answered and cleared; everything is asserted on the way."""
    call = place(line, called, calling, category=category)
    offer = offered(line)
    assert offer.request.called.digits == called
    assert offer.request.complete
    if line.b.trunk.config.ani != "none":
        assert offer.request.calling == (
            ev.PartyNumber(calling) if calling else ev.PartyNumber("", presentation=1)
        )
    assert offer.request.category == category
    line.b.trunk.alert(offer.call, True, line.now)
    assert line.run(5 * SECOND, lambda: bool(line.a.of(ev.CallAlerting)))
    line.run(500)
    line.b.trunk.answer(offer.call, line.now)
    assert line.run(2 * SECOND, lambda: bool(line.a.of(ev.CallConnected)))
    line.a.trunk.clear(call, 16, line.now)
    line.run(2 * SECOND)
    assert [(e.cause, e.local) for e in line.a.of(ev.CallReleased)] == [(16, True)]
    assert [(e.cause, e.local) for e in line.b.of(ev.CallReleased)] == [(16, False)]
    assert_idle(line)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("ani", ["none", "before", "during", "after"])
@pytest.mark.parametrize("length", ["fixed", "open"])
def test_every_variant(variant: str, ani: str, length: str) -> None:
    most = 6 if length == "fixed" else 0
    line = line_of(variant, ani=ani, dnis_max=most, ani_after=3)
    whole_call(line, "120456", "5550")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("delay_ms", [0, 100, 500])
def test_every_mode_and_delay(variant: str, mode: str, delay_ms: int) -> None:
    line = line_of(variant, delay_ms, mode=mode, dnis_max=3, ani="after")
    whole_call(line, "907", "21")


@pytest.mark.parametrize("variant", ["itu", "cn", "br", "mx"])
@pytest.mark.parametrize("ani", ["before", "after"])
def test_withheld_calling_number(variant: str, ani: str) -> None:
    whole_call(line_of(variant, ani=ani, dnis_max=3), "123", "")


@pytest.mark.parametrize(
    ("variant", "category"),
    [
        *(("itu", c) for c in (n.ORDINARY, n.PRIORITY, n.TEST, n.OPERATOR, n.DATA)),
        *(("br", c) for c in (n.PAYPHONE, n.COLLECT)),
        *(("cn", c) for c in (n.ORDINARY, n.PRIORITY)),
    ],
)
def test_categories(variant: str, category: int) -> None:
    whole_call(line_of(variant, dnis_max=1), "1", "2", category)


@pytest.mark.parametrize("category", [n.TEST, n.OPERATOR, n.DATA, n.ORDINARY])
def test_chinas_kd_is_the_category_where_ka_is_not_asked_for(category: int) -> None:
    whole_call(line_of("cn", dnis_max=1, ani="none"), "1", "", category)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_outcome_of_group_b(variant: str) -> None:
    """Whatever the called side refuses with, the calling side hears what the variant can say."""
    for meaning in sorted(set(VARIANTS[variant].b.values()) - n.FREE):
        cause = n.CAUSE_OF[meaning]
        line = line_of(variant, dnis_max=1, ani="none")
        place(line, "1")
        line.b.trunk.clear(offered(line).call, cause, line.now)
        line.run(3 * SECOND)
        assert [e.cause for e in line.a.of(ev.CallReleased)] == [cause], n.MEANING_NAMES[meaning]
        assert [e.cause for e in line.b.of(ev.CallReleased)] == [cause]
        assert_idle(line)


@pytest.mark.parametrize("variant", ["itu", "cn", "br", "mx", "ve"])
def test_free_of_charge(variant: str) -> None:
    line = line_of(variant, dnis_max=1, ani="none", charge=False)
    whole_call(line, "1", "")


def test_accepted_in_group_a() -> None:
    whole_call(line_of("itu", dnis_max=2, accept_in_a=True), "12", "3")


def test_overlap_both_ways() -> None:
    line = line_of("itu", overlap=True, dnis_min=2, ani="none")
    call = line.a.trunk.place(ev.CallRequest(ev.PartyNumber("12"), complete=False), line.now)
    offer = offered(line)
    assert not offer.request.complete
    assert line.run(5 * SECOND, lambda: bool(line.a.of(ev.MoreDigitsWanted)))
    line.run(1 * SECOND)
    line.a.trunk.send_digits(call, "34", False, line.now)
    line.run(2 * SECOND)
    line.a.trunk.send_digits(call, "5", True, line.now)
    line.run(2 * SECOND)
    assert "".join(e.digits for e in line.b.of(ev.DigitsReceived)) == "345"
    assert line.b.of(ev.DigitsReceived)[-1].complete
    line.b.trunk.answer(offer.call, line.now)
    line.run(2 * SECOND)
    assert len(line.a.of(ev.CallConnected)) == 1
    line.a.trunk.clear(call, 16, line.now)
    line.run(2 * SECOND)
    assert_idle(line)


def talking(**settings: Any) -> tuple[R2Line, int, int]:
    line = line_of(dnis_max=1, ani="none", **settings)
    call = place(line, "1")
    offer = offered(line)
    line.b.trunk.answer(offer.call, line.now)
    assert line.run(5 * SECOND, lambda: bool(line.a.of(ev.CallConnected)))
    return line, call, offer.call


def test_the_called_party_hangs_up() -> None:
    line, _, theirs = talking(timers={"T2CB": 5 * 10**9})
    line.b.trunk.clear(theirs, 16, line.now)
    line.run(4 * SECOND)
    assert len(line.a.of(ev.CallSuspended)) == 1
    assert line.a.of(ev.CallReleased) == []
    line.run(3 * SECOND)
    assert [(e.cause, e.local) for e in line.a.of(ev.CallReleased)] == [(16, False)]
    assert_idle(line)


def test_clear_back_and_reanswer() -> None:
    line, call, theirs = talking()
    line.b.trunk.notify(theirs, 0, line.now)
    line.run(20 * SECOND)
    line.b.trunk.notify(theirs, 1, line.now)
    line.run(1 * SECOND)
    assert (len(line.a.of(ev.CallSuspended)), len(line.a.of(ev.CallResumed))) == (1, 1)
    line.a.trunk.clear(call, 16, line.now)
    line.run(1 * SECOND)
    assert_idle(line)


def test_forced_release() -> None:
    line, _, theirs = talking(forced_release=True)
    line.b.trunk.clear(theirs, 16, line.now)
    line.run(1 * SECOND)
    assert [(e.cause, e.local) for e in line.a.of(ev.CallReleased)] == [(16, False)]
    assert_idle(line)


def test_double_answer_is_a_clear_back_between_two_answers() -> None:
    line, call, _ = talking(variant="br", collect="double_answer")
    line.run(5 * SECOND)
    assert len(line.a.of(ev.CallSuspended)) == len(line.a.of(ev.CallResumed)) == 1
    line.a.trunk.clear(call, 16, line.now)
    line.run(1 * SECOND)
    assert_idle(line)


def test_double_answer_ends_a_collect_call() -> None:
    line, _, theirs = talking(variant="br", collect="double_answer", timers={"T2CB": 0})
    line.run(5 * SECOND)
    assert [e.cause for e in line.a.of(ev.CallReleased)] == [16]
    assert [e.call for e in line.b.of(ev.CallReleased)] == [theirs]
    assert_idle(line)


def test_metering() -> None:
    line, call, theirs = talking(variant="ar", metering="pulses")
    line.b.trunk.meter(theirs, 5, line.now)
    line.run(5 * SECOND)
    assert len(line.a.of(CallMetered)) == 5
    line.a.trunk.clear(call, 16, line.now)
    line.run(1 * SECOND)
    assert_idle(line)


@pytest.mark.parametrize("delay_ms", [1, 40, 100, 250])
def test_glare(delay_ms: int) -> None:
    """Both ends seize the only channel: both give way; with more, both calls go elsewhere."""
    line = line_of(delay_ms=delay_ms, channels=(1,), ani="none", dnis_max=1)
    for end in (line.a, line.b):
        end.trunk.place(ev.CallRequest(ev.PartyNumber("1")), line.now)
    line.run(3 * SECOND)
    assert_idle(line)
    for end in (line.a, line.b):
        assert [e.what for e in end.of(LineReported)] == ["glare"]
        assert len(end.of(ev.CallReleased)) == 1


def test_glare_and_another_channel() -> None:
    settings = {"ani": "none", "dnis_max": 1}
    up = R2Config((1, 2, 3), hunting="ascending", **settings)
    down = R2Config((1, 2, 3), hunting="descending", **settings)
    line = R2Line(up, down, 20)
    for end in (line.a, line.b):
        end.trunk.place(ev.CallRequest(ev.PartyNumber("1"), channel=2), line.now)
    line.run(3 * SECOND)
    assert line.a.of(ev.CallMoved) == [ev.CallMoved(1, 1)]
    assert line.b.of(ev.CallMoved) == [ev.CallMoved(1, 3)]
    assert len(line.a.of(ev.CallOffered)) == len(line.b.of(ev.CallOffered)) == 1


def test_blocking_and_unblocking() -> None:
    line = line_of(channels=(1, 2), ani="none", dnis_max=1)
    line.b.trunk.block((1,), line.now)
    line.run(200)
    assert line.a.of(ev.ChannelChanged) == [ev.ChannelChanged(1, ev.CHANNEL_BLOCKED_THERE)]
    assert line.b.of(ev.ChannelChanged) == [ev.ChannelChanged(1, ev.CHANNEL_BLOCKED_HERE)]
    line.a.trunk.block((1,), line.now)
    line.run(200)
    both = ev.ChannelChanged(1, ev.CHANNEL_BLOCKED_BOTH)
    assert line.a.of(ev.ChannelChanged)[-1] == line.b.of(ev.ChannelChanged)[-1] == both
    call = line.a.trunk.place(ev.CallRequest(ev.PartyNumber("1"), channel=1), line.now)
    assert line.a.trunk.calls[call].channel is line.a.trunk.channels[2]
    offered(line)
    line.a.trunk.clear(call, 16, line.now)
    for end in (line.a, line.b):
        end.trunk.unblock((1,), line.now)
        line.run(1 * SECOND)
    assert_idle(line)


def test_blocking_during_a_call() -> None:
    line, call, theirs = talking(channels=(1,))
    line.b.trunk.block((), line.now)
    line.run(1 * SECOND)
    assert line.a.of(ev.CallReleased) == []
    line.b.trunk.clear(theirs, 16, line.now)
    line.a.trunk.clear(call, 16, line.now)
    line.run(1 * SECOND)
    assert line.a.trunk.channels[1].state == s.BLOCKED_THERE
    line.b.trunk.unblock((), line.now)
    line.run(1 * SECOND)
    assert_idle(line)


# Registers without backward signals


@pytest.mark.parametrize("register", ["dtmf", "decadic"])
@pytest.mark.parametrize("delay_ms", [0, 100])
@pytest.mark.parametrize("accept", ["", "1001"])
def test_registers_without_backward_signals(register: str, delay_ms: int, accept: str) -> None:
    codes = {"line.accept": accept, "line.seize_ack": "0101" if accept else "1101"}
    codes["line.answer"] = "0001" if accept else "0101"
    line = line_of(delay_ms=delay_ms, register=register, overrides=codes)
    call = place(line, "12034")
    offer = offered(line)
    assert offer.request.called.digits == "12034"
    line.b.trunk.alert(offer.call, False, line.now)
    line.run(1 * SECOND)
    assert len(line.a.of(ev.CallAlerting)) == (1 if accept else 0)
    line.b.trunk.answer(offer.call, line.now)
    line.run(1 * SECOND)
    assert len(line.a.of(ev.CallConnected)) == 1
    line.a.trunk.clear(call, 16, line.now)
    line.run(2 * SECOND)
    assert_idle(line)


def test_dtmf_form_with_calling_number_and_category() -> None:
    line = line_of("br", register="dtmf", dtmf_format="*{ani}*{category}*{dnis}#")
    place(line, "123", "98", category=n.PRIORITY)
    request = offered(line).request
    assert (request.called.digits, request.calling) == ("123", ev.PartyNumber("98"))
    assert request.category == n.PRIORITY


@pytest.mark.parametrize("register", ["dtmf", "decadic"])
def test_overlap_without_backward_signals(register: str) -> None:
    line = line_of(register=register, overlap=True, dnis_max=4)
    call = line.a.trunk.place(ev.CallRequest(ev.PartyNumber("1"), complete=False), line.now)
    offer = offered(line)
    assert not offer.request.complete
    line.run(1 * SECOND)
    line.a.trunk.send_digits(call, "23", False, line.now)
    line.run(3 * SECOND)
    line.a.trunk.send_digits(call, "4", True, line.now)
    line.run(3 * SECOND)
    assert "".join(e.digits for e in line.b.of(ev.DigitsReceived)) == "234"
    assert line.b.of(ev.DigitsReceived)[-1].complete


@pytest.mark.parametrize("register", ["dtmf", "decadic"])
@pytest.mark.parametrize("forced", [True, False])
def test_refused_without_backward_signals(register: str, forced: bool) -> None:
    line = line_of(register=register, dnis_max=1, forced_release=forced)
    place(line, "1")
    line.b.trunk.clear(offered(line).call, 17, line.now)
    line.run(1 * SECOND if forced else 200 * SECOND)
    assert len(line.a.of(ev.CallReleased)) == 1
    assert_idle(line)


@pytest.mark.parametrize("register", ["dtmf", "decadic"])
def test_no_digit_at_all(register: str) -> None:
    line = line_of(register=register)
    call = line.a.trunk.place(ev.CallRequest(ev.PartyNumber(""), complete=False), line.now)
    line.run(16 * SECOND)
    assert [f.kind for f in line.b.of(ev.ProtocolFault)] == ["no_digits"]
    line.a.trunk.clear(call, 16, line.now)
    line.run(1 * SECOND)
    assert line.b.trunk.channels[1].state == s.IDLE


def test_clear_forward_in_the_middle_of_decadic_pulses() -> None:
    line = line_of(register="decadic")
    call = place(line, "1234567890")
    for _ in range(200):
        line.run(7)
        if line.b.trunk.channels[1].inc.digits == "12":
            break
        line.run(30)
    line.a.trunk.clear(call, 16, line.now)
    line.run(2 * SECOND)
    assert_idle(line)
    assert line.b.of(ev.CallOffered) == []


def test_satellite_delay_needs_a_long_tack() -> None:
    line = line_of(delay_ms=300, timers={"TACK": 200 * MS}, channels=(1,))
    place(line, "1")
    line.run(5 * SECOND)
    assert [f.kind for f in line.a.of(ev.ProtocolFault)] == ["no_seizing_acknowledgement"]
    assert [c.state for c in line.a.trunk.channels.values()] == [s.IDLE]
