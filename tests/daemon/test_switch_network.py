"""Transfer by the exchange of an FXO line: our FXS port is the exchange."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import CstaBench
from line_rig import LineBench, analog_config
from media_rig import ask

from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.wire import WireError

FEATURES = 'features = "hold,transfer,conference"\nmax_digits = 4\nreversal_on_answer = true'
EXCHANGE = 'flash = 400\nsupervision = ["drop"]'


@pytest.fixture
def bench() -> Iterator[LineBench]:
    made = LineBench(analog_config(fxs=FEATURES, fxo=EXCHANGE))
    yield made
    made.close()


def up(bench: LineBench) -> tuple[Call, Call]:
    """A call by the exchange line; both ends."""
    office = bench.place("office", "8100", 5)
    bench.until(lambda: office.state == "connected")
    return office, bench.trunk("phones").by_channel[1]


def test_hookflash_digits_and_hanging_up(bench: LineBench) -> None:
    office, first = up(bench)
    # Whom the exchange connects the line with.
    party = bench.place("phones", "8003")
    bench.until(lambda: party.state == "connected")
    ask(bench.node, "joinCalls", callId=first.call_id, other=party.call_id)
    made = ask(
        bench.node, "singleStepTransferCall", callId=office.call_id, called="8002", by="network"
    )
    assert made.call_id == office.call_id
    bench.until(lambda: bench.of(ev.Held, call_id=first.call_id))
    bench.until(lambda: bench.trunk("phones").by_channel[1] is not first)
    second = bench.trunk("phones").by_channel[1]
    bench.until(lambda: second.called == "8002")
    bench.until(lambda: bench.of(ev.Transferred, call_id=office.call_id))
    (told,) = bench.of(ev.Transferred, call_id=office.call_id)
    assert (told.secondary, told.cause) == (0, "singleStepTransfer")
    bench.until(lambda: bench.of(ev.Transferred, call_id=first.call_id))
    bench.until(lambda: office.state == first.state == second.state == "null")
    assert party.state == "connected"


def test_the_call_ends_before_it_is_done(bench: LineBench) -> None:
    office, _ = up(bench)
    ask(bench.node, "singleStepTransferCall", callId=office.call_id, called="8002", by="any")
    bench.clear(office)
    bench.run(10)
    assert not bench.of(ev.Transferred, call_id=office.call_id) and office.state == "null"


def test_where_it_cannot_be_done(bench: LineBench, tmp_path: pathlib.Path) -> None:
    office, first = up(bench)
    with pytest.raises(WireError, match="fxs cannot let the network"):
        who = {"callId": first.call_id, "called": "8002"}
        ask(bench.node, "singleStepTransferCall", **who, by="network")
    with pytest.raises(WireError, match="needs the number"):
        who = {"callId": office.call_id, "device": "trunk/office"}
        ask(bench.node, "singleStepTransferCall", **who, by="network")
    isup = CstaBench("isup", tmp_path)
    isup.dial("A")
    with pytest.raises(WireError, match="isup cannot let the network"):
        isup.ask("singleStepTransferCall", callId=isup.id("A"), called="1", by="network")
    isup.node.close()
