"""Q.921 Annex B: the table has every cell, and the methods do what it says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from trunkd.signaling.isdn import q921_table as t
from trunkd.signaling.isdn.q921_table import Q921

FRAMES = {
    t.IN_I: ["I c p{pf} s{ns} r{nr} =d"],
    t.IN_RR: ["RR c p{pf} r{nr}", "RR r p{pf} r{nr}"],
    t.IN_RNR: ["RNR c p{pf} r{nr}", "RNR r p{pf} r{nr}"],
    t.IN_REJ: ["REJ c p{pf} r{nr}", "REJ r p{pf} r{nr}"],
    t.IN_SABME: ["SABME c p{pf}"],
    t.IN_DM: ["DM r p{pf}"],
    t.IN_UI: ["UI c p{pf} =u"],
    t.IN_DISC: ["DISC c p{pf}"],
    t.IN_UA: ["UA r p{pf}"],
    t.IN_FRMR: ["FRMR r p{pf} =12345"],
    t.IN_XID: ["XID c p{pf}", "XID r p{pf}"],
    t.IN_ERROR_L: ["UI r p{pf}", "I r p{pf}", "SABME r p{pf}", "UA c p{pf}", "FRMR c p{pf}"],
    t.IN_ERROR_M: ["SABME c p{pf} =x", "DISC c p{pf} =x", "UA r p{pf} =x", "DM r p{pf} =x"],
    t.IN_ERROR_N: ["RR r p{pf} r{nr} =x", "REJ c p{pf} =x", "RNR r p{pf} =x", "FRMR r p0 =1234"],
    t.IN_ERROR_O: ["I c p{pf} =" + "x" * 261, "UI c p0 =" + "x" * 261],
}


def variants(input_: int) -> Iterator[str]:
    seen = set()
    for words in FRAMES.get(input_, [""]):
        for pf, ns, nr in itertools.product((0, 1), (0, 5), (0, 2, 99)):
            variant = words.format(pf=pf, ns=ns, nr=nr)
            if variant not in seen:
                seen.add(variant)
                yield variant


def apply(bench: Any, input_: int, words: str) -> None:
    link, now = bench.link, bench.now
    if words:
        bench.put(words)
    elif input_ == t.DL_ESTABLISH_REQUEST:
        link.establish(now)
    elif input_ == t.DL_RELEASE_REQUEST:
        link.release(now)
    elif input_ == t.DL_DATA_REQUEST:
        link.send(b"d", now)
    elif input_ == t.DL_UNIT_DATA_REQUEST:
        link.send_unit(b"u", now)
    elif input_ in (t.SET_OWN_RECEIVER_BUSY, t.CLEAR_OWN_RECEIVER_BUSY):
        link.set_busy(input_ == t.SET_OWN_RECEIVER_BUSY, now)
    elif input_ == t.PERSISTENT_DEACTIVATION:
        link.deactivate(now)
    elif input_ == t.PH_ACTIVATE:
        link.activate(now)
    else:  # I frame queued up, acknowledge pending, timers: from inside
        link._serve(input_, now)


def snapshot(link: Any) -> tuple[object, ...]:
    return (
        link.state,
        (link.va, link.vs, link.vr, link.rc),
        (link.layer_3_initiated, link.peer_receiver_busy, link.own_receiver_busy),
        (link.reject_exception, link.acknowledge_pending),
        (link.t200, link.t203),
        (list(link.i_queue), list(link.saved), list(link.out), list(link.happened)),
    )


TWISTS = ("", "unable", "retried", "outstanding", "by layer 2")


def prepared(link_bench: Any, network: bool, state: int, twist: str) -> Any:
    """A link in ``state``; the twists make the drawn decisions fall the other way."""
    bench = link_bench(network)
    link = bench.link
    bench.to(state)
    if twist == "unable":
        link.able_to_establish = False
    elif twist == "retried":
        link.rc = link.config.n200
    elif twist == "outstanding" and state == 7:
        bench.send("a", "b")
    elif twist == "outstanding" and state == 8:
        bench.put("RR r p1")
        bench.send("a", "b")
        bench.wait(1)
        assert link.state == 8
    elif twist == "by layer 2" and state == 5:
        link.layer_3_initiated = False
    bench.forget()
    return bench


def test_no_cell_is_empty() -> None:
    assert Q921.missing() == []
    assert sorted(Q921.states) == [4, 5, 6, 7, 8]
    assert sorted(Q921.inputs) == list(range(27))


def test_every_cell_names_its_clause() -> None:
    for state, row in Q921.table.items():
        for input_, cell in row.items():
            where = (Q921.states[state], Q921.inputs[input_])
            assert cell.kind in ("handled", "error", "ignored"), where
            assert any(c.isdigit() for c in cell.clause), where
            assert (cell.method is None) == (cell.kind == "ignored"), where
            if cell.clause.startswith("B-"):
                assert cell.clause[:3] in (f"B-{state}", "B-9"), where


@pytest.mark.parametrize("state", sorted(Q921.states))
@pytest.mark.parametrize("input_", sorted(Q921.inputs), ids=lambda i: Q921.inputs[i])
def test_cell(link_bench: Any, state: int, input_: int) -> None:
    """Each declared next state is reached by some variant, and no other (strict machine)."""
    cell = Q921.table[state][input_]
    reached: set[int] = set()
    errors = 0
    for network, twist in itertools.product((False, True), TWISTS):
        for words in variants(input_):
            bench = prepared(link_bench, network, state, twist)
            before = snapshot(bench.link)
            apply(bench, input_, words)
            reached.add(bench.link.state)
            errors += sum(bench.link.counters.errors) + bench.link.counters.refused
            if cell.kind == "ignored":
                assert snapshot(bench.link) == before, (words, twist)
    assert reached == set(cell.next or (state,))
    if cell.kind == "error":
        assert errors, "an error cell that reports nothing"


def test_drawing_for_the_docs() -> None:
    text = Q921.mermaid()
    assert text.startswith("stateDiagram-v2")
    assert "s7 --> s8: T200 expiry, T203 expiry" in text
