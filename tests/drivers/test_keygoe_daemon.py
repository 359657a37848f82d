"""The daemon on DonJin's Keygoe platform when the service goes away (test_sdk_daemon.py has its
calls)."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import HEAD, KEYGOE
from sdk_rig import Place, rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """Behind the library: whoever is called and calls."""
    KEYGOE.build()
    made = rig.Daemon(tmp_path_factory.mktemp("n"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def daemon(network: rig.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """The daemon with the driver."""
    text = HEAD + KEYGOE.cards(KEYGOE.double(network), span=KEYGOE.span)
    made = rig.Daemon(tmp_path_factory.mktemp("d"), text)
    yield made
    made.close()


@pytest.fixture
def place(daemon: rig.Daemon, network: rig.Daemon) -> Iterator[Place]:
    with Place(daemon, network) as made:
        yield made


def come_in_again(app: rig.Party, far: rig.Party) -> tuple[int, int]:
    """A call when the service is back. Its lines may go down once more meanwhile, on a machine that
    has much to do: a call that was lost by that is made again."""
    for _ in range(10):
        while not all(t.up for t in far.client.call(m.Trunks()).trunks):
            far.wait(ev.LinkChanged)
        try:
            there = far.dial("88001", calling="13911112222")
        except Refused:
            continue
        told = far.wait((ev.Delivered, ev.ConnectionCleared), call_id=there)
        if isinstance(told, ev.Delivered):
            call = app.wait(ev.Delivered, direction="in").call_id
            app.client.call(m.AnswerCall(call_id=call))
            app.wait(ev.Established, call_id=call)
            return call, there
    raise AssertionError(f"no call came in: {far.seen[-10:]}")


def test_the_service_goes_and_comes_back(place: Place) -> None:
    """Its calls end, the trunk says why it is down, and works again when the service does."""
    app, network = place.app, place.network
    call, _ = place.come_in()
    network.kill()
    end = app.wait(ev.ConnectionCleared, call_id=call)
    assert end.q850 == 27
    # What is told first: a second later the driver has tried again, and says why that failed.
    told = [e for e in app.seen if isinstance(e, ev.LinkChanged) and not e.up]
    down = told[0] if told else app.wait(ev.LinkChanged, up=False)
    assert "the link to the server is broken) (it is started again" in down.reason
    (trunk,) = app.client.call(m.Trunks()).trunks
    assert not trunk.up and trunk.out_of_service == 30
    assert "it is started again" in trunk.reason
    network.start()
    while not app.wait(ev.LinkChanged, trunk="cards").up:
        pass
    with rig.Party(network) as again:
        call, there = come_in_again(app, again)
        app.client.call(m.ClearConnection(call_id=call))
        app.wait(ev.ConnectionCleared, call_id=call)
        again.wait(ev.ConnectionCleared, call_id=there)
