"""The daemon on DonJin's cards: the demo's calls over the double, by the socket alone; on the
analog cards and on the E1 cards."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import donjin_rig as lab
from donjin_rig import rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused
from trunkd.daemon.methods_media import (
    ConnectCalls,
    GenerateDigits,
    PlayMessage,
    RecordMessage,
    StartDigitsCollection,
)

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
drain = "0s"
metrics = ""
[[board]]
name = "d0"
address = "donjin://"
[board.donjin]
library = "LIBRARY"
family = "FAMILY"
directory = "FOLDER"
guard_ms = 20
ring_gap_ms = 200
caller_id_ms = 3000
answer_ms = 60000
[[trunk]]
name = "cards"
span = "d0/1"
signalling = "board"
"""


class Place(NamedTuple):
    """The daemon with the driver, and the one behind the library."""

    family: str
    daemon: rig.Daemon
    network: rig.Daemon


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    lab.builder().build(rig.NATIVE)
    made = rig.Daemon(tmp_path_factory.mktemp("n"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=["analog", "e1"])
def place(
    request: pytest.FixtureRequest, network: rig.Daemon, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    family = request.param
    text = CONFIG.replace("FAMILY", family).replace("LIBRARY", str(lab.LIBRARY))
    text = text.replace("FOLDER", lab.write_ini(network, family))
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"), text)
    yield Place(family, daemon, network)
    daemon.close()


@pytest.fixture
def app(place: Place) -> Iterator[rig.Party]:
    with rig.Party(place.daemon, "cards") as made:
        yield made


@pytest.fixture
def far(place: Place) -> Iterator[rig.Party]:
    with rig.Party(place.network) as made:
        yield made


def over(app: rig.Party, far: rig.Party, call: int, there: int) -> None:
    app.client.call(m.ClearConnection(call_id=call))
    app.wait(ev.ConnectionCleared, call_id=call)
    far.wait(ev.ConnectionCleared, call_id=there)


def come_in(place: Place, app: rig.Party, far: rig.Party) -> tuple[int, int]:
    there = far.dial("88001", calling="13911112222")
    call = app.wait(ev.Delivered, direction="in")
    called = "88001" if place.family == "e1" else ""
    assert (call.called, call.calling) == (called, "13911112222")
    app.client.call(m.AnswerCall(call_id=call.call_id))
    app.wait(ev.Established, call_id=call.call_id)
    far.wait(ev.Established, call_id=there)
    return call.call_id, there


def test_the_trunk(place: Place, app: rig.Party) -> None:
    (trunk,) = app.client.call(m.Trunks()).trunks
    assert (trunk.signalling, trunk.up, trunk.channels, trunk.idle) == ("board", True, 30, 30)
    assert trunk.reason == "the board controls the calls"
    assert not any(s.alarms for s in app.client.call(m.Spans()).spans)


def test_ivr(place: Place, app: rig.Party, far: rig.Party) -> None:
    """In: answered, a prompt is heard octet for octet, digits are collected, speech is kept."""
    prompt, speech = rig.noise(8000), rig.tone(2, 1004)
    rig.write_wav(place.daemon.media / "prompt.wav", prompt)
    rig.write_wav(place.network.media / "speech.wav", speech)
    call, there = come_in(place, app, far)
    far.client.call(RecordMessage(call_id=there, message="heard.wav", max_duration=4))
    far.wait(ev.Record, call_id=there)
    app.client.call(PlayMessage(call_id=call, message="prompt.wav"))
    end = app.wait(ev.Stop, call_id=call, kind="play")
    assert (end.reason, end.octets) == ("complete", 8000)
    far.wait(ev.Stop, call_id=there, kind="record")
    assert prompt[:4000] in rig.read_alaw(place.network.media / "heard.wav")

    app.client.call(
        StartDigitsCollection(call_id=call, max_digits=4, first_timeout=15, terminators="")
    )
    far.client.call(GenerateDigits(call_id=there, digits="12#0"))
    collected: Any = app.wait(ev.DigitsCollected, call_id=call)
    assert collected.digits == "12#0"
    far.wait(ev.Stop, call_id=there, kind="play")

    app.client.call(RecordMessage(call_id=call, message="message.wav", max_duration=3))
    app.wait(ev.Record, call_id=call)
    far.client.call(PlayMessage(call_id=there, message="speech.wav"))
    end = app.wait(ev.Stop, call_id=call, kind="record")
    assert end.reason in ("complete", "limit", "maxDuration"), end
    kept = rig.read_alaw(place.daemon.media / "message.wav")
    assert len(kept) == 24000
    assert rig.level(kept[8000:12000], 1004) > 6000
    over(app, far, call, there)


def test_out(place: Place, app: rig.Party, far: rig.Party) -> None:
    made = app.client.call(m.MakeCall(called="5551234", calling="8888", device="trunk/cards/7"))
    rings = far.wait(ev.Delivered, direction="in")
    assert rings.called == "5551234"
    if place.family == "e1":
        assert rings.calling == "8888"
    app.wait(ev.Delivered, call_id=made.call_id, direction="out")
    far.client.call(m.AnswerCall(call_id=rings.call_id))
    app.wait(ev.Established, call_id=made.call_id)
    far.client.call(
        StartDigitsCollection(call_id=rings.call_id, max_digits=2, first_timeout=30, terminators="")
    )
    app.client.call(GenerateDigits(call_id=made.call_id, digits="9*"))
    collected: Any = far.wait(ev.DigitsCollected, call_id=rings.call_id)
    assert collected.digits == "9*"
    app.wait(ev.Stop, call_id=made.call_id, kind="play")
    far.client.call(m.ClearConnection(call_id=rings.call_id))
    end = app.wait(ev.ConnectionCleared, call_id=made.call_id)
    assert (end.q850, end.releasing) == (16, "remote")


def test_busy(app: rig.Party, far: rig.Party) -> None:
    made = app.client.call(m.MakeCall(called="5551234", device="trunk/cards"))
    rings = far.wait(ev.Delivered, direction="in")
    far.client.call(m.ClearConnection(call_id=rings.call_id, cause=17))
    assert app.wait(ev.Failed, call_id=made.call_id).q850 == 17
    app.wait(ev.ConnectionCleared, call_id=made.call_id)


def test_two_calls_are_connected(place: Place, app: rig.Party, far: rig.Party) -> None:
    one, there_one = come_in(place, app, far)
    two, there_two = come_in(place, app, far)
    app.client.call(ConnectCalls(call_id=one, other=two))
    speech = rig.noise(4000, 9)
    rig.write_wav(place.network.media / "says.wav", speech)
    far.client.call(RecordMessage(call_id=there_two, message="bridged.wav", max_duration=4))
    far.wait(ev.Record, call_id=there_two)
    far.client.call(PlayMessage(call_id=there_one, message="says.wav"))
    far.wait(ev.Stop, call_id=there_two, kind="record")
    assert speech[:2000] in rig.read_alaw(place.network.media / "bridged.wav")
    over(app, far, one, there_one)
    over(app, far, two, there_two)


def test_what_the_board_cannot_do_is_said(place: Place, app: rig.Party, far: rig.Party) -> None:
    rig.write_wav(place.daemon.media / "short.wav", rig.noise(800))
    call, there = come_in(place, app, far)
    with pytest.raises(Refused, match="this board plays at its own speed only"):
        app.client.call(PlayMessage(call_id=call, message="short.wav", speed=1.5))
    over(app, far, call, there)
