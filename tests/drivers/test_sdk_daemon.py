"""The daemon on boards over a maker's library: the demo's calls over the doubles, by the socket
alone."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import HEAD, MAKERS, Maker
from sdk_rig import Place, loudest, record, recorded, rig, says

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused
from trunkd.daemon.methods_media import (
    ConnectCalls,
    GenerateDigits,
    PlayMessage,
    StartDigitsCollection,
)
from trunkd.daemon.methods_ss7 import BlockCircuits, UnblockCircuits


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """Behind the library: whoever is called and calls."""
    for maker in MAKERS.values():
        maker.build()
    made = rig.Daemon(tmp_path_factory.mktemp("n"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=MAKERS)
def maker(request: pytest.FixtureRequest) -> Maker:
    return MAKERS[request.param]


@pytest.fixture(scope="module")
def daemon(
    maker: Maker, network: rig.Daemon, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rig.Daemon]:
    """The daemon with the driver."""
    text = HEAD + maker.cards(maker.double(network), span=maker.span)
    made = rig.Daemon(tmp_path_factory.mktemp("d"), text)
    yield made
    made.close()


@pytest.fixture
def place(maker: Maker, daemon: rig.Daemon, network: rig.Daemon) -> Iterator[Place]:
    with Place(daemon, network, maker.numbers) as made:
        yield made


def test_the_trunk(place: Place, maker: Maker) -> None:
    (trunk,) = place.app.client.call(m.Trunks()).trunks
    assert (trunk.signalling, trunk.up, trunk.channels, trunk.idle) == ("board", True, 30, 30)
    assert trunk.reason == "the board controls the calls"
    spans = place.app.client.call(m.Spans()).spans
    assert [s.name for s in spans] == [f"x-cards/{n + 1}" for n in range(maker.span)]
    assert not any(s.alarms for s in spans)


def test_ivr(place: Place) -> None:
    """In: answered, a prompt is heard octet for octet, digits are collected, speech is kept."""
    app, far = place.app, place.far
    prompt, speech = rig.noise(8000), rig.tone(2, 1004)
    call, there = place.come_in()
    record(far, there, "heard.wav")
    says(app, place.daemon, call, "prompt.wav", prompt)
    recorded(far, there)
    assert prompt in rig.read_alaw(place.network.media / "heard.wav")

    collects(app, call, far, there, "12#0")

    record(app, call, "message.wav")
    says(far, place.network, there, "speech.wav", speech)
    recorded(app, call)
    kept = rig.read_alaw(place.daemon.media / "message.wav")
    assert loudest(kept, 1004, 12000) > 6000
    place.over(call, there)


def collects(hears: rig.Party, call: int, sends: rig.Party, there: int, digits: str) -> None:
    collection = StartDigitsCollection(
        call_id=call,
        max_digits=len(digits),
        first_timeout=60,
        interdigit_timeout=60,
        terminators="",
    )
    hears.client.call(collection)
    sends.client.call(GenerateDigits(call_id=there, digits=digits))
    assert hears.wait(ev.DigitsCollected, call_id=call).digits == digits
    sends.wait(ev.Stop, call_id=there, kind="play")


def test_out(place: Place, maker: Maker) -> None:
    app, far = place.app, place.far
    made = app.client.call(m.MakeCall(called="5551234", calling="8888", device="trunk/cards/7"))
    rings = far.wait(ev.Delivered, direction="in")
    assert rings.called == "5551234"
    if maker.numbers:
        assert rings.calling == "8888"
    app.wait(ev.Delivered, call_id=made.call_id, direction="out")
    far.client.call(m.AnswerCall(call_id=rings.call_id))
    app.wait(ev.Established, call_id=made.call_id)
    collects(far, rings.call_id, app, made.call_id, "9*")
    far.client.call(m.ClearConnection(call_id=rings.call_id))
    end = app.wait(ev.ConnectionCleared, call_id=made.call_id)
    assert (end.q850, end.releasing) == (16, "remote")


def test_busy(place: Place) -> None:
    app, far = place.app, place.far
    made = app.client.call(m.MakeCall(called="5551234", device="trunk/cards"))
    rings = far.wait(ev.Delivered, direction="in")
    far.client.call(m.ClearConnection(call_id=rings.call_id, cause=17))
    assert app.wait(ev.Failed, call_id=made.call_id).q850 == 17
    app.wait(ev.ConnectionCleared, call_id=made.call_id)


def test_two_calls_are_connected(place: Place) -> None:
    far = place.far
    one, there_one = place.come_in()
    two, there_two = place.come_in()
    place.app.client.call(ConnectCalls(call_id=one, other=two))
    speech = rig.noise(4000, 9)
    record(far, there_two, "bridged.wav")
    says(far, place.network, there_one, "says.wav", speech)
    recorded(far, there_two)
    assert speech in rig.read_alaw(place.network.media / "bridged.wav")
    place.over(one, there_one)
    place.over(two, there_two)


def test_what_the_board_cannot_do_is_said(place: Place) -> None:
    rig.write_wav(place.daemon.media / "short.wav", rig.noise(800))
    call, there = place.come_in()
    with pytest.raises(Refused, match="this board plays at its own speed only"):
        place.app.client.call(PlayMessage(call_id=call, message="short.wav", speed=1.5))
    place.over(call, there)


def test_blocking(place: Place, maker: Maker) -> None:
    """Keygoe's ISDN cannot, nor can analog lines: it is said, and the channel gets no new call."""
    app = place.app
    can = not maker.blocks
    app.client.call(BlockCircuits(trunk="cards", circuits="5"))
    if can:
        assert app.wait(ev.ChannelChanged, channel=5).state == "blockedHere"
    else:
        assert not app.wait(ev.CircuitsBlocked, action="block").ok
    app.client.call(UnblockCircuits(trunk="cards", circuits="5"))
    if can:
        assert app.wait(ev.ChannelChanged, channel=5).state == "idle"
    else:
        assert not app.wait(ev.CircuitsBlocked, action="unblock").ok
