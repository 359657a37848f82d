"""SMDI's two ends back to back in virtual time: calls and messages, lamps, and a bad line."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from smdi_ends import SECOND, TIMES, Bench, lossy

from trunkd.errors import LocalError
from trunkd.signaling.smdi import lamps_states as ls
from trunkd.signaling.smdi import terminals_states as ts
from trunkd.signaling.smdi.codec import CallHistory, Lengths, WaitingRefused, encode
from trunkd.signaling.smdi.events import (
    CallIdentified,
    CallUnidentified,
    HistoryUnmatched,
    LampChanged,
    LampWanted,
)
from trunkd.signaling.smdi.exchange import ExchangeEngine
from trunkd.signaling.smdi.framing import EVEN, with_parity
from trunkd.signaling.smdi.lamps_table import LAMPS
from trunkd.signaling.smdi.terminals_table import TERMINALS


def history(terminal: int = 1, calling: str = "5559876", kind: str = "B") -> CallHistory:
    return CallHistory(1, terminal, kind, "5551234", calling)


def states(bench: Bench, number: str) -> list[int]:
    return [e.state for e in bench.of(bench.desk, LampChanged) if e.number == number]


@pytest.mark.parametrize("machine", [TERMINALS, LAMPS])
def test_no_cell_is_empty(machine) -> None:
    assert machine.missing() == []
    assert "stateDiagram" in machine.mermaid()


# Calls and their messages


@pytest.mark.parametrize("first", ["message", "call"])
def test_call_and_message_meet_whichever_is_first(first: str) -> None:
    bench = Bench()
    if first == "message":
        assert bench.exchange.offer(history(), bench.now)
        bench.pump()
        bench.run(2)
        bench.desk.call_offered((1, 1), bench.now)
    else:
        bench.desk.call_offered((1, 1), bench.now)
        bench.exchange.offer(history(), bench.now)
    bench.pump()
    bench.run(1)
    (met,) = bench.of(bench.desk, CallIdentified)
    assert met.terminal == (1, 1) and not met.late
    assert (met.history.forwarding, met.history.calling) == ("5551234", "5559876")
    bench.desk.call_ended((1, 1), bench.now)
    assert bench.desk.matching.places[1, 1].state == ts.IDLE
    assert bench.desk.counters()["matched"] == 1
    assert bench.desk.next_timeout() is None


def test_a_call_without_a_message_goes_on_and_may_have_it_late() -> None:
    bench = Bench()
    bench.desk.call_offered((1, 2), bench.now)
    bench.run(2.9)
    assert not bench.of(bench.desk, CallUnidentified)
    bench.run(0.2)
    (gone,) = bench.of(bench.desk, CallUnidentified)
    assert gone.terminal == (1, 2)
    bench.exchange.offer(history(2), bench.now)
    bench.pump()
    bench.run(1)
    (met,) = bench.of(bench.desk, CallIdentified)
    assert met.late


def test_a_message_after_the_window_is_for_the_next_call() -> None:
    bench = Bench(hold=0)
    bench.desk.call_offered((1, 1), bench.now)
    bench.run(31)
    bench.exchange.offer(history(), bench.now)
    bench.pump()
    bench.run(1)
    assert not bench.of(bench.desk, CallIdentified)
    bench.desk.call_ended((1, 1), bench.now)
    bench.desk.call_offered((1, 1), bench.now)
    bench.run(0)
    bench.pump()
    assert len(bench.of(bench.desk, CallIdentified)) == 1


def test_messages_without_a_call_are_kept_for_the_window_and_told() -> None:
    bench = Bench()
    for one in (history(1, "1"), history(1, "2"), history(9, "3")):
        bench.exchange.offer(one, bench.now)
        bench.pump()
        bench.run(1)
    bench.run(31)
    told = [(e.history.calling, e.why) for e in bench.of(bench.desk, HistoryUnmatched)]
    assert told == [("1", "replaced"), ("3", "unknown terminal"), ("2", "expired")]
    bench.desk.call_offered((1, 1), bench.now)
    bench.pump()
    assert not bench.of(bench.desk, CallIdentified)


def test_a_doubled_message_is_one_and_the_next_calls_message_waits() -> None:
    bench = Bench()
    bench.desk.call_offered((1, 1), bench.now)
    for one in (history(), history(), history(calling="5550000")):
        bench.exchange.offer(one, bench.now)
    bench.pump()
    bench.run(2)
    assert bench.desk.counters()["doubled"] == 1
    assert len(bench.of(bench.desk, CallIdentified)) == 1
    assert bench.desk.matching.places[1, 1].state == ts.NEXT
    bench.desk.call_ended((1, 1), bench.now)
    bench.desk.call_offered((1, 1), bench.now)
    bench.pump()
    assert bench.of(bench.desk, CallIdentified)[1].history.calling == "5550000"


def test_the_same_caller_again_is_a_new_call() -> None:
    bench = Bench()
    for _ in range(2):
        bench.exchange.offer(history(), bench.now)
        bench.pump()
        bench.run(1)
        bench.desk.call_offered((1, 1), bench.now)
        bench.pump()
        bench.desk.call_ended((1, 1), bench.now)
    assert len(bench.of(bench.desk, CallIdentified)) == 2
    assert "doubled" not in bench.desk.counters()


def test_a_caller_who_gives_up_takes_nothing_along() -> None:
    bench = Bench()
    bench.desk.call_offered((1, 1), bench.now)
    bench.run(1)
    bench.desk.call_ended((1, 1), bench.now)
    bench.run(60)
    assert not bench.of(bench.desk, CallUnidentified)
    with pytest.raises(LocalError, match="no terminal 001/0099"):
        bench.desk.call_offered((1, 99), bench.now)


# Message waiting


def test_lamps_go_on_at_the_stated_pace_and_silence_is_consent() -> None:
    bench = Bench()
    for n in range(10):
        bench.desk.set_waiting(f"35{n:02}", True, bench.now)
    bench.pump()
    bench.run(2.2)
    assert len(bench.lit) == 5
    bench.run(3)
    assert len(bench.lit) == 10 and all(bench.lit.values())
    bench.run(5)
    assert states(bench, "3509") == [ls.WANTED, ls.SENT, ls.DONE]
    bench.desk.set_waiting("3500", False, bench.now)
    bench.run(6)
    assert bench.lit["3500"] is False
    assert "3500" not in bench.desk.waiting.lamps  # off is what the exchange begins with
    assert len(bench.desk.waiting.lamps) == 9


def test_the_last_wish_wins_and_is_sent_once() -> None:
    bench = Bench()
    bench.desk.set_waiting("1", True, bench.now)
    for on in (True, False, True, False):
        bench.desk.set_waiting("2", on, bench.now)
    bench.pump()
    bench.run(10)
    wanted = [(e.number, e.on) for e in bench.of(bench.exchange, LampWanted)]
    assert wanted == [("1", True), ("2", False)]


def test_an_invalid_number_is_asked_for_twice_and_then_fails() -> None:
    bench = Bench()
    bench.refuses["999"] = True
    bench.desk.set_waiting("999", True, bench.now)
    bench.run(20)
    assert states(bench, "999") == [ls.WANTED, ls.SENT, ls.WANTED, ls.SENT, ls.FAILED]
    last = bench.of(bench.desk, LampChanged)[-1]
    assert "INV" in last.why
    assert bench.desk.counters()["refused_inv"] == 2


def test_a_blocked_one_is_tried_again_and_fails_in_the_end() -> None:
    bench = Bench()
    bench.refuses["3500"] = False
    bench.desk.set_waiting("3500", True, bench.now)
    bench.run(10)
    assert states(bench, "3500")[-1] == ls.BLOCKED
    del bench.refuses["3500"]
    bench.run(40)
    assert states(bench, "3500")[-1] == ls.DONE and bench.lit["3500"]
    bench.refuses["3500"] = False
    bench.desk.set_waiting("3500", False, bench.now)
    bench.run(120)
    assert states(bench, "3500")[-1] == ls.FAILED
    assert bench.desk.counters()["refused_blk"] == 1 + TIMES.tries


def test_a_refusal_of_a_number_that_nobody_sent_has_the_sent_ones_sent_again() -> None:
    """The line made another number of it, which the exchange does not have."""
    bench = Bench()
    bench.desk.set_waiting("3500", True, bench.now)
    bench.run(1)
    bench.exchange.refuse("3400", True, bench.now)
    bench.pump()
    bench.run(10)
    assert states(bench, "3500").count(ls.SENT) == 2
    assert states(bench, "3500")[-1] == ls.DONE
    assert bench.desk.counters()["refused_unknown"] == 1


def test_a_refusal_that_comes_late_still_counts() -> None:
    bench = Bench()
    bench.desk.set_waiting("3500", True, bench.now)
    bench.run(10)
    assert states(bench, "3500")[-1] == ls.DONE
    bench.exchange.refuse("3500", False, bench.now)
    bench.pump()
    bench.run(1)
    assert states(bench, "3500")[-1] == ls.BLOCKED


def test_what_is_wanted_survives_the_line() -> None:
    bench = Bench()
    bench.desk.set_waiting("1", True, bench.now)
    bench.run(0.01)
    bench.cut()
    bench.desk.set_waiting("2", True, bench.now)
    bench.desk.set_waiting("3", True, bench.now)
    bench.desk.set_waiting("3", False, bench.now)
    bench.run(100)
    assert not bench.lit and len(bench.desk.waiting.queue) == 3
    bench.connect()
    bench.run(10)
    assert bench.lit == {"1": True, "2": True, "3": False}
    assert bench.links(bench.desk)[1] == (False, "the cable is cut")


@pytest.mark.parametrize("refresh", [False, True])
def test_an_exchange_that_forgets_is_told_everything_again(refresh: bool) -> None:
    bench = Bench(resend_on_connect=refresh)
    bench.desk.set_waiting("1", True, bench.now)
    bench.run(10)
    bench.cut()
    bench.lit.clear()
    bench.connect()
    bench.run(10)
    assert bench.lit == ({"1": True} if refresh else {})


def test_the_queue_is_bounded() -> None:
    bench = Bench(queue=3)
    bench.cut()
    for n in range(3):
        bench.desk.set_waiting(str(n), True, bench.now)
    with pytest.raises(LocalError, match="3 stations wait"):
        bench.desk.set_waiting("9", True, bench.now)
    bench.desk.set_waiting("1", False, bench.now)
    bench.connect()
    bench.run(20)
    bench.desk.set_waiting("9", True, bench.now)  # what is done may be forgotten
    bench.run(20)
    assert bench.lit == {"0": True, "1": False, "2": True, "9": True}


def test_what_is_no_number_is_refused_here() -> None:
    bench = Bench(digits=(4,))
    for wrong, words in (("", "0 digits"), ("35", "2 digits"), ("35x0", "digits only")):
        with pytest.raises(LocalError, match=words):
            bench.desk.set_waiting(wrong, True, bench.now)


def test_the_exchange_answers_numbers_of_a_wrong_length_with_inv() -> None:
    bench = Bench()
    bench.exchange = ExchangeEngine(Lengths((4,)), EVEN)
    bench.seen = {bench.desk: [], bench.exchange: []}
    bench.exchange.line_up(bench.now)
    bench.desk.set_waiting("35001", True, bench.now)
    bench.run(20)
    assert states(bench, "35001")[-1] == ls.FAILED
    assert bench.faults(bench.exchange) == ["wrong_length"] * 2


def test_two_ends_of_the_same_kind_are_noticed() -> None:
    bench = Bench()
    refused = with_parity(encode(WaitingRefused("1", "INV")), EVEN)
    bench.exchange.receive(refused, bench.now)
    wanted = with_parity(b"OP:MWI 3500!\x04", EVEN)
    bench.desk.receive(wanted, bench.now)
    bench.pump()
    assert bench.faults(bench.exchange) == bench.faults(bench.desk) == ["wrong_way"]


# The line


def test_a_line_that_is_silent_is_told_and_keepalives_keep_it() -> None:
    quiet = Bench(silence=60 * SECOND)
    quiet.run(61)
    assert quiet.links(quiet.desk)[-1] == (False, "nothing was heard for 60 s")
    quiet.exchange.offer(history(), quiet.now)
    quiet.pump()
    quiet.run(1)
    assert quiet.links(quiet.desk)[-1] == (True, "the far end is heard again")
    alive = Bench(silence=60 * SECOND, keepalive="0000", keepalive_every=20 * SECOND)
    alive.refuses["0000"] = True
    alive.run(300)
    assert alive.desk.up and alive.desk.counters()["keepalives_answered"] == 15
    assert alive.desk.waiting.lamps == {}


def test_a_call_while_the_line_is_down_goes_untold() -> None:
    bench = Bench()
    bench.cut()
    assert not bench.exchange.offer(history(), bench.now)
    assert bench.exchange.counters()["unsent"] == 1
    bench.desk.line_down("the cable is cut", bench.now)  # nothing new
    assert len(bench.links(bench.desk)) == 2


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_line_costs_messages_and_never_makes_others(seed: int) -> None:
    """One octet in a hundred is lost, doubled or flipped; numbers have stated lengths."""
    bench = Bench(lossy(seed, 0.005, 0.005, 0.005), digits=(7,), hold=2 * SECOND)
    sent: dict[tuple[int, int], list[str]] = {}
    for n in range(120):
        terminal = (1, n % 4 + 1)
        one = history(terminal[1], f"{5550000 + n}")
        sent.setdefault(terminal, []).append(one.calling)
        bench.exchange.offer(one, bench.now)
        bench.desk.call_offered(terminal, bench.now)
        bench.pump()
        bench.desk.set_waiting(f"{6660000 + n}", True, bench.now)
        bench.run(3)
        bench.desk.call_ended(terminal, bench.now)
    bench.run(60)
    met = bench.of(bench.desk, CallIdentified)
    for event in met:
        assert event.history.calling in sent[event.terminal]
        assert event.history.forwarding == "5551234"
    callers = [event.history.calling for event in met]
    assert len(set(callers)) == len(callers) > 60
    assert bench.faults(bench.desk) and bench.faults(bench.exchange)
    assert set(bench.lit) <= {f"{6660000 + n}" for n in range(120)} and len(bench.lit) > 80
