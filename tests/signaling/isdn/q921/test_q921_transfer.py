"""Q.921 5.6 and Figures B-7, B-8: numbered transfer, REJ, busy, timer recovery. Both sides."""

from __future__ import annotations

from typing import Any

import pytest

from trunkd.signaling.isdn.q921_events import Data
from trunkd.signaling.isdn.q921_procedures import MOST_QUEUED


def test_5_6_1_window(bench: Any) -> None:
    bench.to(7)
    bench.send(*"abcdefghi")
    assert bench.sent() == [f"I c p0 s{n} r0 ={u}" for n, u in enumerate("abcdefg")]
    bench.put("RR r p0 r1")
    assert bench.sent() == ["I c p0 s7 r0 =h"]
    bench.put("RR r p0 r8")
    assert bench.sent() == ["I c p0 s8 r0 =i"]


def test_window_of_one_and_of_127(link_bench: Any) -> None:
    for k in (1, 127):
        bench = link_bench(False, k=k)
        bench.to(7)
        bench.send(*["x"] * 300)
        got = 0
        while got < 300:
            frames = bench.sent()
            assert len(frames) == min(k, 300 - got)
            assert frames[0].startswith(f"I c p0 s{got % 128} ")
            got += len(frames)
            bench.put(f"RR r p0 r{got % 128}")
        assert bench.link.next_timeout() == bench.now + bench.link.config.t203


def test_numbers_wrap_modulo_128(bench: Any) -> None:
    bench.to(7)
    for n in range(300):
        bench.send("u")
        assert bench.sent() == [f"I c p0 s{n % 128} r{n % 128} =u"]
        bench.put(f"I c p0 s{n % 128} r{(n + 1) % 128} =v")
    assert bench.events() == [Data(b"v")] * 300


def test_5_6_2_i_frame_carries_the_acknowledgement(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s0 r0 =x", "I c p0 s1 r0 =y")
    bench.send("a")
    assert bench.sent() == ["I c p0 s0 r2 =a"]


def test_acknowledge_pending_is_one_rr_for_many(bench: Any) -> None:
    bench.to(7)
    bench.put(*[f"I c p0 s{n} r0 =x" for n in range(5)])
    assert bench.sent() == ["RR r p0 r5"] and bench.sent() == []
    assert bench.events() == [Data(b"x")] * 5


def test_poll_of_an_i_frame_is_answered_at_once(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s0 r0 =x", "I c p1 s1 r0 =y")
    bench.send("a")
    assert bench.sent() == ["RR r p1 r2", "I c p0 s0 r2 =a"]


def test_5_8_1_one_rej_for_a_gap(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s1 r0 =b", "I c p0 s2 r0 =c")
    assert bench.sent() == ["REJ r p0 r0"] and bench.events() == []
    bench.put("I c p1 s3 r0 =d")
    assert bench.sent() == ["RR r p1 r0"]
    bench.put("I c p0 s0 r0 =a", "I c p0 s1 r0 =b")
    assert bench.sent() == ["RR r p0 r2"] and bench.events() == [Data(b"a"), Data(b"b")]
    bench.put("I c p1 s5 r0 =f")
    assert bench.sent() == ["REJ r p1 r2"]


def test_n_r_of_an_out_of_sequence_i_frame_counts(bench: Any) -> None:
    bench.to(7)
    bench.send("a", "b")
    bench.put("I c p0 s9 r2 =x")
    assert bench.link.va == 2 and bench.link.next_timeout() == bench.now + 10_000_000_000


def test_5_6_4_rej_repeats_from_n_r(bench: Any) -> None:
    bench.to(7)
    bench.send("a", "b", "c")
    bench.sent()
    bench.put("REJ r p0 r1")
    assert bench.sent() == ["I c p0 s1 r0 =b", "I c p0 s2 r0 =c"]
    assert bench.link.counters.retransmitted == 2 and bench.link.va == 1


def test_5_6_4_rej_with_poll(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.sent()
    bench.put("REJ c p1 r0")
    assert bench.sent() == ["RR r p1 r0", "I c p0 s0 r0 =a"]


def test_rej_ends_peer_busy(bench: Any) -> None:
    bench.to(7)
    bench.put("RNR r p0 r0")
    bench.send("a")
    assert bench.sent() == []
    bench.put("REJ r p0 r0")
    assert bench.sent() == ["I c p0 s0 r0 =a"]


def test_5_6_3_command_poll(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s0 r0 =x", "RR c p1 r0")
    assert bench.sent() == ["RR r p1 r1"]
    bench.put("RR c p0 r0")
    assert bench.sent() == []


def test_5_6_5_peer_busy(bench: Any) -> None:
    bench.to(7)
    bench.send("a", "b")
    bench.sent()
    bench.put("RNR c p1 r1")
    bench.send("c")
    assert bench.sent() == ["RR r p1 r0"]
    bench.wait(0.999)
    assert bench.sent() == []
    bench.wait(0.001)
    assert bench.sent() == ["RR c p1 r0"] and bench.link.state == 8
    bench.put("RNR r p1 r1")
    assert bench.sent() == [] and bench.link.state == 7 and bench.link.peer_receiver_busy
    bench.wait(1)
    assert bench.sent() == ["RR c p1 r0"]
    bench.put("RR r p1 r1")
    assert bench.sent() == ["I c p0 s1 r0 =b", "I c p0 s2 r0 =c"]


def test_5_6_5_a_busy_peer_is_asked_for_ever(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.put("RNR r p0 r0")
    bench.sent()
    for _ in range(50):
        bench.wait(1)
        assert bench.sent() == ["RR c p1 r0"]
        bench.put("RNR r p1 r0")
    assert bench.errors() == ""
    bench.put("RR r p0 r0")
    assert bench.sent() == ["I c p0 s0 r0 =a"]


def test_5_6_6_own_receiver_busy(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s0 r0 =x")
    bench.link.set_busy(True, bench.now)
    bench.link.set_busy(True, bench.now)
    assert bench.sent() == ["RNR r p0 r1"]
    bench.send("a")
    bench.put("I c p0 s1 r1 =y", "I c p1 s2 r1 =z", "RR c p1 r1")
    assert bench.sent() == ["I c p0 s0 r1 =a", "RNR r p1 r1", "RNR r p1 r1"]
    assert bench.events() == [Data(b"x")] and bench.link.va == 1
    bench.link.set_busy(False, bench.now)
    bench.link.set_busy(False, bench.now)
    assert bench.sent() == ["RR r p0 r1"]
    bench.put("I c p0 s1 r1 =y")
    assert bench.events() == [Data(b"y")]


def test_5_6_6_enquiry_of_a_busy_receiver_is_rnr(bench: Any) -> None:
    bench.to(7)
    bench.link.set_busy(True, bench.now)
    bench.wait(10)
    assert bench.sent() == ["RNR r p0 r0", "RNR c p1 r0"]
    bench.link.set_busy(False, bench.now)
    assert bench.sent() == ["RR r p0 r0"] and bench.link.state == 8
    bench.link.set_busy(True, bench.now)
    assert bench.sent() == ["RNR r p0 r0"]


def test_5_6_7_timer_recovery(bench: Any) -> None:
    bench.to(7)
    bench.send("a", "b")
    bench.sent()
    bench.wait(1)
    assert bench.sent() == ["RR c p1 r0"] and (bench.link.state, bench.link.rc) == (8, 1)
    bench.send("c")
    assert bench.sent() == []
    bench.put("RR r p0 r1")
    assert bench.link.state == 8 and bench.link.va == 1
    bench.put("RR r p1 r1")
    assert bench.link.state == 7
    assert bench.sent() == ["I c p0 s1 r0 =b", "I c p0 s2 r0 =c"]


def test_5_6_7_all_was_received_only_the_answer_was_lost(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.wait(1)
    bench.sent()
    bench.put("RR r p1 r1")
    assert bench.link.state == 7 and bench.sent() == []
    assert bench.link.next_timeout() == bench.now + 10_000_000_000


@pytest.mark.parametrize("words", ["RR c p{pf} r0", "REJ c p{pf} r0", "RNR c p{pf} r0"])
@pytest.mark.parametrize("pf", [0, 1])
def test_commands_do_not_end_timer_recovery(bench: Any, words: str, pf: int) -> None:
    bench.to(8)
    bench.put(words.format(pf=pf))
    assert bench.link.state == 8
    assert bench.sent() == (["RR r p1 r0"] if pf else [])


@pytest.mark.parametrize("words", ["RR r p0 r1", "REJ r p0 r1", "RNR r p0 r1"])
def test_responses_without_f_do_not_end_timer_recovery(bench: Any, words: str) -> None:
    bench.to(7)
    bench.send("a")
    bench.wait(1)
    bench.sent()
    bench.put(words)
    assert bench.link.state == 8 and bench.link.va == 1 and bench.sent() == []


@pytest.mark.parametrize("words", ["RR r p1 r0", "REJ r p1 r0", "RNR r p1 r0"])
def test_responses_with_f_end_timer_recovery(bench: Any, words: str) -> None:
    bench.to(7)
    bench.send("a")
    bench.wait(1)
    bench.sent()
    bench.put(words)
    assert bench.link.state == 7
    busy = words.startswith("RNR")
    assert bench.sent() == ([] if busy else ["I c p0 s0 r0 =a"])
    assert bench.link.next_timeout() == bench.now + 1_000_000_000


def test_i_frames_are_received_in_timer_recovery(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.wait(1)
    bench.sent()
    bench.put("I c p0 s0 r1 =x")
    assert bench.events() == [Data(b"x")] and bench.link.state == 8 and bench.link.va == 1
    assert bench.sent() == ["RR r p0 r1"]
    bench.put("I c p1 s1 r1 =y", "I c p0 s3 r1 =z")
    assert bench.sent() == ["RR r p1 r2", "REJ r p0 r2"]


def test_the_enquiry_acknowledges(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.sent()
    bench.put("I c p0 s0 r0 =x")
    bench.wait(1)
    assert bench.sent() == ["RR c p1 r1"]


def test_5_6_7_n200_enquiries_then_re_established(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.wait(3.999)
    assert bench.sent() == ["I c p0 s0 r0 =a"] + ["RR c p1 r0"] * 3
    assert bench.errors() == ""
    bench.wait(0.001)
    assert bench.errors() == "I" and bench.sent() == ["SABME c p1"]
    assert bench.link.state == 5 and not bench.link.layer_3_initiated


@pytest.mark.parametrize(
    ("va", "vs", "valid"),
    [(0, 0, [0]), (0, 3, [0, 1, 2, 3]), (126, 2, [126, 127, 0, 1, 2]), (5, 5, [5])],
)
@pytest.mark.parametrize("state", [7, 8])
def test_3_5_2_5_valid_n_r(link_bench: Any, state: int, va: int, vs: int, valid: list[int]) -> None:
    """V(A) <= N(R) <= V(S) modulo 128; every other value is error J."""
    for nr in range(128):
        bench = link_bench(False)
        bench.to(state)
        bench.link.va = va
        bench.link.vs = bench.link.vn = vs
        bench.put(f"RR r p0 r{nr}")
        assert bench.errors() == ("" if nr in valid else "J"), nr


def test_t200_restarts_on_partial_acknowledgement_only(bench: Any) -> None:
    bench.to(7)
    bench.send("a", "b")
    start = bench.now
    bench.wait(0.6)
    bench.put("RR r p0 r0")
    assert bench.link.next_timeout() == start + 1_000_000_000
    bench.put("RR r p0 r1")
    assert bench.link.next_timeout() == bench.now + 1_000_000_000


def test_units_for_a_busy_peer_survive_its_re_establishment(bench: Any) -> None:
    """B.4: what invoke retransmission put back in the I queue is sent with new numbers."""
    bench.to(7)
    bench.send("a", "b")
    bench.wait(1)
    bench.put("RNR r p1 r0")
    bench.send("c")
    bench.forget()
    assert bench.link.state == 7
    bench.put("SABME c p1")
    assert bench.errors() == "F"
    expected = ["UA r p1", "I c p0 s0 r0 =a", "I c p0 s1 r0 =b", "I c p0 s2 r0 =c"]
    assert bench.sent() == expected


def test_i_queue_is_bounded(bench: Any) -> None:
    """A far end that is busy for ever fills no memory."""
    bench.to(7)
    bench.put("RNR r p0 r0")
    bench.send(*["x"] * (MOST_QUEUED + 5))
    assert len(bench.link.i_queue) == MOST_QUEUED
    assert bench.link.counters.refused == 5


def test_asking_the_time_changes_nothing_and_early_calls_do_nothing(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.sent()
    due = bench.link.next_timeout()
    bench.link.handle_timeout(due - 1)
    assert bench.link.next_timeout() == due and bench.sent() == []
    bench.link.handle_timeout(due + 5)
    assert bench.link.next_timeout() == due + 5 + 1_000_000_000
