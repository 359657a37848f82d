"""E&M engines at both ends of a line: calls of every kind of trunk, in virtual time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from trunkd.errors import LocalError
from trunkd.hil.em_lines import MS, SECOND, EmPair, answering
from trunkd.signaling import call as neutral
from trunkd.signaling.call_line import CallFlashed
from trunkd.signaling.cas import em_states as s
from trunkd.signaling.cas.em_config import VARIANTS, EmConfig
from trunkd.signaling.cas.em_table import EM
from trunkd.signaling.line_actions import SendBits, SendDigits
from trunkd.signaling.line_signals import BitsReceived


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    EM.strict = True
    yield
    EM.strict = False


def pair_of(variant: str = "wink", both: dict | None = None, **more) -> EmPair:
    """a holds in glare and b yields."""
    settings = {"channels": (1, 2, 3), "variant": variant, **(both or {})}
    return EmPair(EmConfig(glare="hold", **settings), EmConfig(**settings), **more).start()


def connected(pair: EmPair, **request) -> tuple[int, int]:
    """Handles of an active call from a to b."""
    answering(pair)
    ours = pair.place(pair.a, **request)
    pair.run_for(12 * SECOND)
    (theirs,) = pair.b.live
    assert pair.a.kinds(neutral.CallConnected) and pair.b.kinds(neutral.CallConnected)
    return ours, theirs


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("bits", ["t1", "e1"])
@pytest.mark.parametrize("clears", ["caller", "called"])
def test_a_call_of_every_variant_each_way(variant: str, bits: str, clears: str) -> None:
    pair = pair_of(variant, {"bits": bits})
    answering(pair)
    for end in pair.ends:
        ours = pair.place(end, "9505551234", "2125550100")
        pair.run_for(25 * SECOND)
        other = pair.other(end)
        offered = other.kinds(neutral.CallOffered)[-1].request
        assert offered.called.digits == "9505551234"
        if "ANI" in other.trunk.config.form.text:
            assert offered.calling == neutral.PartyNumber("2125550100")
        assert offered.complete
        (theirs,) = other.live
        assert end.kinds(neutral.CallProceeding)[-1].inband
        assert end.kinds(neutral.CallConnected)[-1].call == ours
        assert other.kinds(neutral.CallConnected)[-1].call == theirs
        first, handle = (end, ours) if clears == "caller" else (other, theirs)
        first.trunk.clear(handle, 16, pair.now)
        pair.run_for(3 * SECOND)
        for one in pair.ends:
            assert one.released[-1].cause == 16
            assert one.released[-1].local == (one is first)
            assert not one.faults()
    pair.assert_idle()


def test_feature_group_d_in_full() -> None:
    """KP II ANI ST KP number ST behind the wink, then the acknowledgement wink, then answer."""
    pair = pair_of("fgd", {"ii": "27"})
    connected(pair, called="8005551212", calling="2125550100")
    sent = "".join(a.digits for _, name, a in pair.wire if isinstance(a, SendDigits))
    assert sent == "K272125550100SK8005551212S"
    request = pair.b.kinds(neutral.CallOffered)[0].request
    assert request.keypad == sent
    assert request.category == 0x0F
    edges = [(t, a.bits) for t, name, a in pair.wire if name == "b" and isinstance(a, SendBits)]
    ons = [(t, after) for (t, bits), (after, _) in itertools.pairwise(edges) if bits]
    winks = [after - t for t, after in ons]
    assert winks == [200 * MS, 200 * MS]
    assert edges[-1][1] == 0b1111


def test_feature_group_d_through_a_tandem_has_three_winks() -> None:
    pair = pair_of("fgd-tandem", {"cic": "0288", "ozz": "138"})
    connected(pair, called="8005551212", calling="2125550100")
    sent = [a.digits for _, _, a in pair.wire if isinstance(a, SendDigits)]
    assert "".join(sent) == "K1380288SK002125550100SK8005551212S"
    bits = [a.bits for _, n, a in pair.wire if n == "b" and type(a) is SendBits and a.channel == 1]
    assert bits == [0] + 3 * [15, 0] + [15]


def test_no_caller_number_leaves_the_field_empty() -> None:
    pair = pair_of("fgd")
    connected(pair, called="8005551212")
    assert pair.b.kinds(neutral.CallOffered)[0].request.calling is None


def test_wink_start_keeps_the_times_of_the_rows() -> None:
    """Wink 200 ms, 210 ms behind the seizure; digits 100 ms behind the wink."""
    pair = pair_of(delay=10 * MS)
    answering(pair)
    pair.place(pair.a)
    begin = pair.now
    pair.run_for(3 * SECOND)
    ours = [(t - begin, a) for t, n, a in pair.wire if n == "a" and t >= begin]
    theirs = [t - begin for t, n, a in pair.wire if n == "b" and t >= begin and type(a) is SendBits]
    assert theirs[:2] == [220 * MS, 420 * MS]
    digits = next(t for t, a in ours if isinstance(a, SendDigits))
    assert digits == 430 * MS + 100 * MS


def test_pulses_are_ten_a_second() -> None:
    pair = pair_of("immediate-pulse", {"digits": 3})
    answering(pair)
    pair.place(pair.a, "310")
    begin = pair.now
    pair.run_for(10 * SECOND)
    bits = [(t, a.bits) for t, n, a in pair.wire if n == "a" and t > begin and type(a) is SendBits]
    breaks = [t for t, value in bits if not value]
    assert len(breaks) == 3 + 1 + 10
    assert breaks[1] - breaks[0] == 100 * MS
    assert bits[1][0] - bits[0][0] == 61 * MS
    assert pair.b.kinds(neutral.CallOffered)[0].request.called.digits == "310"


@pytest.mark.parametrize(("make", "broken"), [(62, 63), (31, 94), (42, 42), (21, 62)])
def test_pulses_of_8_to_12_a_second_and_50_to_75_percent(make: int, broken: int) -> None:
    times = {"pulse_make": max(make, 20), "pulse_break": broken}
    pair = pair_of("immediate-pulse", {"digits": 10, "times": times}, hits=0.05, seed=3)
    answering(pair)
    pair.place(pair.a, "1234567890")
    pair.run_for(30 * SECOND)
    assert pair.b.kinds(neutral.CallOffered)[0].request.called.digits == "1234567890"


def test_overlap_sending_and_receiving() -> None:
    pair = pair_of("wink", {"overlap": True, "min_digits": 3})
    call = pair.place(pair.a, "12", complete=False)
    pair.run_for(2 * SECOND)
    assert pair.a.kinds(neutral.MoreDigitsWanted)
    assert not pair.b.live
    for digit in "345":
        pair.a.trunk.send_digits(call, digit, False, pair.now)
        pair.run_for(SECOND)
    offered = pair.b.kinds(neutral.CallOffered)[0]
    assert offered.request.called.digits == "123" and not offered.request.complete
    pair.a.trunk.send_digits(call, "6", True, pair.now)
    pair.run_for(SECOND)
    assert "".join(e.digits for e in pair.b.kinds(neutral.DigitsReceived)) == "456"
    pair.b.trunk.answer(offered.call, pair.now)
    pair.run_for(SECOND)
    assert pair.a.kinds(neutral.CallConnected)
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(3 * SECOND)
    pair.assert_idle()


def test_mf_waits_for_the_whole_number() -> None:
    pair = pair_of("wink-mf")
    call = pair.place(pair.a, "12", complete=False)
    pair.run_for(2 * SECOND)
    assert not [a for _, _, a in pair.wire if isinstance(a, SendDigits)]
    pair.a.trunk.send_digits(call, "34", True, pair.now)
    pair.run_for(2 * SECOND)
    assert pair.b.kinds(neutral.CallOffered)[0].request.called.digits == "1234"


def test_digits_that_never_come_end_with_cause_28() -> None:
    pair = pair_of()
    pair.place(pair.a, "12", complete=False)
    pair.run_for(15 * SECOND)
    assert pair.a.released[0].cause == 28


def test_number_complete_by_count_by_time_and_by_the_application() -> None:
    counted = pair_of("wink", {"digits": 4})
    counted.place(counted.a, "12345678")
    counted.run_for(2 * SECOND)
    assert counted.b.kinds(neutral.CallOffered)[0].request.called.digits == "1234"
    timed = pair_of("wink", {"times": {"interdigit": 3000}})
    timed.place(timed.a, "12345678")
    timed.run_for(4 * SECOND)
    assert not timed.b.live
    timed.run_for(2 * SECOND)
    assert timed.b.kinds(neutral.CallOffered)[0].request.called.digits == "12345678"
    asked = pair_of("wink", {"overlap": True, "min_digits": 3})
    asked.place(asked.a, "123")
    asked.run_for(2 * SECOND)
    (call,) = asked.b.live
    asked.b.trunk.alert(call, False, asked.now)
    asked.run_for(SECOND)
    assert (1, "ringback") not in asked.a.tones
    assert [name for _, name in asked.b.tones] == ["ringback"]


@pytest.mark.parametrize(("cause", "tone"), [(17, "busy"), (34, "congestion")])
def test_a_refused_call_hears_a_tone(cause: int, tone: str) -> None:
    pair = pair_of("wink-mf")
    call = pair.place(pair.a)
    pair.run_for(3 * SECOND)
    (theirs,) = pair.b.live
    pair.b.trunk.clear(theirs, cause, pair.now)
    pair.run_for(SECOND)
    assert [name for _, name in pair.b.tones] == [tone]
    assert not pair.b.released
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(2 * SECOND)
    assert pair.b.released[0].cause == cause and pair.b.released[0].local
    pair.assert_idle()


def test_a_caller_that_never_goes_blocks_the_trunk_until_it_does() -> None:
    pair = pair_of("wink-mf")
    call = pair.place(pair.a)
    pair.run_for(3 * SECOND)
    (theirs,) = pair.b.live
    pair.b.trunk.clear(theirs, 17, pair.now)
    pair.run_for(40 * SECOND)
    assert pair.b.released[0].cause == 17
    assert pair.b.faults() == ["stuck"]
    assert pair.b.state[1] == neutral.CHANNEL_BLOCKED_THERE
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(3 * SECOND)
    pair.assert_idle()


def test_clear_back_and_re_answer() -> None:
    pair = pair_of("wink", {"times": {"resume_wait": 10000}})
    _, theirs = connected(pair)
    pair.b.trunk.notify(theirs, 0, pair.now)
    pair.run_for(SECOND)
    assert len(pair.a.kinds(neutral.CallSuspended)) == 1
    pair.b.trunk.notify(theirs, 1, pair.now)
    pair.run_for(SECOND)
    assert len(pair.a.kinds(neutral.CallResumed)) == 1
    pair.b.trunk.notify(theirs, 0, pair.now)
    pair.run_for(12 * SECOND)
    assert pair.a.released[0].cause == 16 and not pair.a.released[0].local
    pair.assert_idle()


def test_flash_is_told_from_a_hang_up() -> None:
    pair = pair_of("wink", {"flash": True})
    ours, theirs = connected(pair)
    pair.a.trunk.flash(ours, pair.now)
    pair.run_for(2 * SECOND)
    assert [e.call for e in pair.b.kinds(CallFlashed)] == [theirs]
    pair.b.trunk.flash(theirs, pair.now)
    pair.run_for(2 * SECOND)
    assert [e.call for e in pair.a.kinds(CallFlashed)] == [ours]
    pair.a.trunk.clear(ours, 16, pair.now)
    pair.run_for(3 * SECOND)
    pair.assert_idle()


def test_a_late_wink_is_no_answer() -> None:
    """False answers are what users of E&M complain of most."""
    pair = pair_of("wink-mf")
    pair.place(pair.a)
    pair.run_for(3 * SECOND)
    assert pair.a.trunk.lines[1].state == s.DIALLED
    pair.a.trunk.receive(BitsReceived(1, 15), pair.now)
    pair.run_for(200 * MS)
    pair.a.trunk.receive(BitsReceived(1, 0), pair.now)
    pair.run_for(SECOND)
    assert pair.a.faults() == ["unexpected_wink"]
    assert not pair.a.kinds(neutral.CallConnected)


def test_nobody_answers() -> None:
    pair = pair_of("wink-mf", {"times": {"answer_wait": 20000}})
    pair.place(pair.a)
    pair.run_for(30 * SECOND)
    assert pair.a.released[0].cause == 19
    assert pair.b.released[0].cause == 16
    pair.assert_idle()


def test_requests_that_make_no_sense_are_local_errors() -> None:
    pair = pair_of()
    ours, _ = connected(pair)
    trunk = pair.a.trunk
    for request in (
        lambda: trunk.answer(ours, pair.now),
        lambda: trunk.alert(ours, False, pair.now),
        lambda: trunk.proceed(99, pair.now),
        lambda: trunk.send_digits(ours, "1", True, pair.now),
        lambda: trunk.clear(ours, 0, pair.now),
        lambda: trunk.notify(ours, 2, pair.now),
        lambda: trunk.notify(ours, 0, pair.now),
        lambda: trunk.want_digits(ours, pair.now),
        lambda: trunk.send_user_information(ours, b"x", pair.now),
        lambda: trunk.place(neutral.CallRequest(neutral.PartyNumber("12A")), pair.now),
        lambda: trunk.place(neutral.CallRequest(neutral.PartyNumber("1"), channel=9), pair.now),
        lambda: trunk.block((9,), pair.now),
        lambda: trunk.channel_text(9),
    ):
        with pytest.raises(LocalError):
            request()


def test_a_call_placed_at_the_start_waits_until_the_far_end_has_seen_idle() -> None:
    pair = EmPair(EmConfig((1,), glare="hold"), EmConfig((1,)))
    for end in pair.ends:
        end.trunk.start(0)
    answering(pair)
    call = pair.place(pair.a)
    pair.run_for(700 * MS)
    assert pair.a.bits[1] == 0
    pair.run_for(12 * SECOND)
    assert [e.call for e in pair.a.kinds(neutral.CallConnected)] == [call]
    pair.a.trunk.clear(call, 16, pair.now)
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(3 * SECOND)
    pair.assert_idle()


def test_the_channel_is_free_when_the_call_is_released() -> None:
    """Whoever is told CallReleased may place the next call at once, on the only trunk."""
    pair = EmPair(EmConfig((1,), glare="hold"), EmConfig((1,))).start()
    ours, _ = connected(pair)
    told = pair.a.app
    placed: list[int] = []

    def again(end, event) -> None:
        told(end, event)
        if isinstance(event, neutral.CallReleased) and end is pair.a and not placed:
            placed.append(pair.place(end))

    pair.a.app = again
    pair.a.trunk.clear(ours, 16, pair.now)
    pair.run_for(12 * SECOND)
    assert placed[0] in pair.a.live
    assert len(pair.a.kinds(neutral.CallConnected)) == 2
