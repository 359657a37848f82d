"""Calls over SS7 between two signalling points of ours, through real bits, in virtual time."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import ask
from ss7_rig import Ss7Bench, ss7_config

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.media_files import save
from trunkd.errors import LocalError

KINDS = {
    "isup china": {"user": "isup", "label": "china24"},
    "isup itu": {"user": "isup", "label": "itu"},
    "isup ansi label": {"user": "isup", "label": "ansi24", "variant": "itu"},
    "tup china": {"user": "tup", "label": "china24"},
    "tup itu": {"user": "tup", "label": "itu"},
}


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest):
    made = Ss7Bench(ss7_config(**KINDS[request.param]))
    yield made
    made.close()


@pytest.fixture
def isup():
    made = Ss7Bench(ss7_config())
    yield made
    made.close()


def test_calls_both_ways(bench: Ss7Bench) -> None:
    out = bench.place(bench.pstn)
    back = bench.place(bench.exchange, called="2002", calling="5551000")
    bench.run(2)
    for call, called, calling in ((out, "5551000", "2001"), (back, "2002", "5551000")):
        far = bench.other(call)
        assert call.state == far.state == "connected"
        assert (far.called, far.calling, far.direction) == (called, calling, "in")
        assert far.device == f"trunk/{far.trunk.name}/{call.channel}"
    assert out.channel != back.channel
    ids = {out.call_id, bench.other(out).call_id}
    assert {e.call_id for e in bench.of(ev.Established)} >= ids
    out.trunk.clear(out, 16, out.trunk.now())
    far = bench.other(back)
    far.trunk.clear(far, 16, far.trunk.now())
    bench.run(2)
    if bench.pstn.table.signalling == "tup":
        # The calling party controls the call: the called one's hanging up is told (CBK).
        (told,) = bench.of(ev.Failed)
        assert (told.call_id, told.q850, told.inband) == (back.call_id, 16, True)
        back.trunk.clear(back, 16, back.trunk.now())
        bench.run(1)
    assert not bench.node.calls
    ended = {e.call_id: e for e in bench.of(ev.ConnectionCleared)}
    assert len(ended) == 4
    assert {e.q850 for e in ended.values()} == {16}
    assert ended[out.call_id].releasing == "local" and ended[back.call_id].releasing == "remote"
    assert not bench.of(ev.ProtocolFault) and not bench.of(ev.SignallingFault)


def test_speech_goes_through_the_circuit(bench: Ss7Bench) -> None:
    call = bench.place(bench.pstn, 33)
    bench.run(1)
    far = bench.other(call)
    assert call.channel == 33 and call.state == "connected"
    speech = bytes(range(256)) * 10
    far.trunk.timeslot(33).record(len(speech) + 400)
    call.trunk.timeslot(33).play(speech)
    bench.run(1)
    recorded = far.trunk.timeslot(33).recorded()
    assert speech in recorded
    assert (far.trunk.timeslot(33).span, far.trunk.timeslot(33).number) == (4, 1)


@pytest.mark.parametrize("cause", [17, 1, 21, 34])
def test_a_refused_call_fails_with_its_cause(isup: Ss7Bench, cause: int) -> None:
    isup.answers = False
    call = isup.place(isup.pstn)
    isup.run(0.5)
    far = isup.other(call)
    far.trunk.clear(far, cause, far.trunk.now())
    isup.run(1)
    (failed,) = isup.of(ev.Failed, call_id=call.call_id)
    assert failed.q850 == cause
    assert not isup.node.calls


def test_an_application_is_asked_first() -> None:
    bench = Ss7Bench(ss7_config(more='incoming = "offer"'))
    call = bench.place(bench.pstn, category=11)
    bench.run(0.5)
    (offered,) = bench.of(ev.Offered)
    assert (offered.called, offered.calling, offered.category) == ("5551000", "2001", 11)
    # The address is complete: ACM went back, and with it T7 there was stopped.
    assert bench.of(ev.NetworkReached, call_id=call.call_id)
    far = bench.node.call(offered.call_id)
    far.trunk.accept(far, False, far.trunk.now())
    bench.run(0.5)
    assert call.state == "connected" and bench.of(ev.Delivered, call_id=call.call_id)
    bench.close()


def test_overlap_sending() -> None:
    keys = "overlap = true\nmin_digits = 7"
    bench = Ss7Bench(ss7_config(near=keys, far=keys))
    call = bench.place(bench.pstn, called="555", complete=False)
    bench.run(0.5)
    assert not bench.exchange.calls
    call.trunk.send_digits(call, "10", False, call.trunk.now())
    call.trunk.send_digits(call, "00", True, call.trunk.now())
    bench.run(1)
    assert call.state == "connected"
    assert bench.other(call).called == "5551000"
    bench.close()


def test_an_asked_for_circuit_that_is_busy(isup: Ss7Bench) -> None:
    first = isup.place(isup.pstn, 5)
    isup.run(1)
    assert first.channel == 5
    second = isup.place(isup.pstn, 5, exclusive=True)
    isup.run(1)
    (failed,) = isup.of(ev.Failed, call_id=second.call_id)
    assert failed.q850 == 44
    third = isup.place(isup.pstn, 5)
    isup.run(1)
    assert third.state == "connected" and third.channel != 5


def test_all_circuits_at_once_and_one_more(isup: Ss7Bench) -> None:
    # Each end takes the circuits first that it controls: 32 are odd, 28 even.
    calls = [isup.place(isup.pstn if i < 32 else isup.exchange) for i in range(60)]
    isup.run(8)
    assert len({c.channel for c in calls}) == 60
    assert all(c.state == "connected" for c in calls)
    assert isup.pstn.info().busy == 60
    one_more = isup.place(isup.pstn)
    isup.run(1)
    (failed,) = isup.of(ev.Failed, call_id=one_more.call_id)
    assert failed.q850 == 34
    for call in calls:
        call.trunk.clear(call, 16, call.trunk.now())
    isup.run(5)
    assert not isup.node.calls
    assert isup.pstn.info().idle == isup.exchange.info().idle == 60


def test_dual_seizure_has_one_winner(isup: Ss7Bench) -> None:
    # Circuit 2 is even: the far end, whose point code is higher, controls it.
    ours = isup.place(isup.pstn, 2)
    theirs = isup.place(isup.exchange, 2, exclusive=True)
    isup.run(3)
    assert theirs.state == "connected" and theirs.channel == 2
    assert ours.channel != 2  # tried again elsewhere (automatic repeat attempt)
    assert ours.state == "connected"
    assert isup.pstn.by_channel[2].direction == "in"


def test_tup_called_party_hangs_up_and_comes_back() -> None:
    bench = Ss7Bench(ss7_config(user="tup", more='tone_time = "10s"'))
    call = bench.place(bench.pstn)
    bench.run(1)
    far = bench.other(call)
    far.trunk.engine.notify(far.handle, 0, far.trunk.now())
    far.trunk.pump(far.trunk.now())
    bench.run(5)
    assert call.state == "fail" and far.state == "connected"
    far.trunk.engine.notify(far.handle, 1, far.trunk.now())
    far.trunk.pump(far.trunk.now())
    bench.run(20)
    assert call.state == far.state == "connected"
    # Hung up for good, and nobody clears: that happens by itself once tones were heard enough.
    far.trunk.engine.notify(far.handle, 0, far.trunk.now())
    far.trunk.pump(far.trunk.now())
    bench.run(12)
    assert not bench.node.calls
    bench.close()


def test_draining_refuses_new_calls(isup: Ss7Bench) -> None:
    call = isup.place(isup.pstn)
    isup.run(1)
    isup.exchange.engine.drain(True, isup.exchange.now())
    refused = isup.place(isup.pstn)
    isup.run(1)
    (failed,) = isup.of(ev.Failed, call_id=refused.call_id)
    assert failed.q850 == 42
    assert call.state == "connected"
    with pytest.raises(LocalError, match="drained"):
        isup.place(isup.exchange)


def test_media_of_a_call(tmp_path: pathlib.Path) -> None:
    bench = Ss7Bench(ss7_config(daemon=f'records = "off"\nmedia_dir = "{tmp_path}"'))
    save(str(tmp_path / "hello.wav"), bytes(range(256)) * 20, Law.A, "g711")
    call = bench.place(bench.pstn, 40)
    bench.run(1)
    ask(bench.node, "playMessage", callId=call.call_id, message="hello.wav")
    bench.run(2)
    (stopped,) = bench.of(ev.Stop)
    assert stopped.call_id == call.call_id and stopped.reason == "complete"
    assert stopped.device == "trunk/pstn/40"
    bench.close()


@pytest.mark.parametrize("incoming", ["alert", "offer"])
@pytest.mark.parametrize("user", ["isup", "tup"])
def test_a_call_that_ends_before_it_was_looked_at(
    user: str, incoming: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages that begin and end it are read at once, as after a moment's delay."""
    bench = Ss7Bench(ss7_config(user=user, more=f'incoming = "{incoming}"'))
    settle = bench.far.settle
    held: list[int] = []
    monkeypatch.setattr(bench.far, "settle", lambda: held.append(1))
    call = bench.place(bench.pstn)
    bench.run(0.1)
    call.trunk.clear(call, 16, call.trunk.now())
    bench.run(0.1)
    assert len(held) > 1
    monkeypatch.setattr(bench.far, "settle", settle)
    settle()
    bench.run(2)
    told = [type(e).__name__ for e in bench.seen if isinstance(e, ev.CallEvent) and e.call_id == 2]
    begun = {"ServiceInitiated", "Offered", "Delivered"} & set(told)
    assert begun and told[-1] == "ConnectionCleared" and told.count("ConnectionCleared") == 1
    assert not bench.node.calls and bench.node.problems == 0
    assert bench.pstn.info().idle == bench.exchange.info().idle == 60
    bench.close()
