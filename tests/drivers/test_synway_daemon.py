"""The daemon on Synway cards: the demo's calls over the double, by the socket alone."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import synway_rig as lab
from synway_rig import rig

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
from trunkd.daemon.methods_ss7 import BlockCircuits, UnblockCircuits

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
drain = "0s"
metrics = ""
[[board]]
name = "s0"
address = "synway://"
[board.synway]
library = "LIBRARY"
shconfig = "INI"
[[trunk]]
name = "cards"
span = "s0/2"
signalling = "board"
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """Behind the library: whoever is called and calls."""
    rig.builder().build(rig.NATIVE)
    made = rig.Daemon(tmp_path_factory.mktemp("n"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def daemon(network: rig.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    """The daemon with the driver."""
    text = CONFIG.replace("LIBRARY", str(lab.LIBRARY)).replace("INI", lab.write_ini(network))
    made = rig.Daemon(tmp_path_factory.mktemp("d"), text)
    yield made
    made.close()


@pytest.fixture
def app(daemon: rig.Daemon) -> Iterator[rig.Party]:
    with rig.Party(daemon, "cards") as made:
        yield made


@pytest.fixture
def far(network: rig.Daemon) -> Iterator[rig.Party]:
    with rig.Party(network) as made:
        yield made


def over(app: rig.Party, far: rig.Party, call: int, there: int) -> None:
    app.client.call(m.ClearConnection(call_id=call))
    app.wait(ev.ConnectionCleared, call_id=call)
    far.wait(ev.ConnectionCleared, call_id=there)


def come_in(app: rig.Party, far: rig.Party) -> tuple[int, int]:
    there = far.dial("88001", calling="13911112222")
    call = app.wait(ev.Delivered, direction="in")
    assert (call.called, call.calling) == ("88001", "13911112222")
    app.client.call(m.AnswerCall(call_id=call.call_id))
    app.wait(ev.Established, call_id=call.call_id)
    far.wait(ev.Established, call_id=there)
    return call.call_id, there


def test_the_trunk(app: rig.Party) -> None:
    (trunk,) = app.client.call(m.Trunks()).trunks
    assert (trunk.signalling, trunk.up, trunk.channels, trunk.idle) == ("board", True, 30, 30)
    assert trunk.reason == "the board controls the calls"
    spans = app.client.call(m.Spans()).spans
    assert [s.name for s in spans] == ["s0/1", "s0/2"] and not any(s.alarms for s in spans)


def test_ivr(app: rig.Party, far: rig.Party, daemon: rig.Daemon, network: rig.Daemon) -> None:
    """In: answered, a prompt is heard octet for octet, digits are collected, speech is kept."""
    prompt, speech = rig.noise(8000), rig.tone(2, 1004)
    rig.write_wav(daemon.media / "prompt.wav", prompt)
    rig.write_wav(network.media / "speech.wav", speech)
    call, there = come_in(app, far)
    far.client.call(RecordMessage(call_id=there, message="heard.wav", max_duration=1.5))
    far.wait(ev.Record, call_id=there)
    app.client.call(PlayMessage(call_id=call, message="prompt.wav"))
    end = app.wait(ev.Stop, call_id=call, kind="play")
    assert (end.reason, end.octets) == ("complete", 8000)
    far.wait(ev.Stop, call_id=there, kind="record")
    assert prompt[:4000] in rig.read_alaw(network.media / "heard.wav")

    app.client.call(
        StartDigitsCollection(call_id=call, max_digits=4, first_timeout=15, terminators="")
    )
    far.client.call(GenerateDigits(call_id=there, digits="12#0"))
    collected: Any = app.wait(ev.DigitsCollected, call_id=call)
    assert collected.digits == "12#0"
    far.wait(ev.Stop, call_id=there, kind="play")

    app.client.call(RecordMessage(call_id=call, message="message.wav", max_duration=1))
    app.wait(ev.Record, call_id=call)
    far.client.call(PlayMessage(call_id=there, message="speech.wav"))
    end = app.wait(ev.Stop, call_id=call, kind="record")
    assert end.reason in ("complete", "limit", "maxDuration"), end
    kept = rig.read_alaw(daemon.media / "message.wav")
    assert len(kept) == 8000
    assert rig.level(kept[-3000:], 1004) > 6000
    over(app, far, call, there)


def test_out(app: rig.Party, far: rig.Party) -> None:
    made = app.client.call(m.MakeCall(called="5551234", calling="8888", device="trunk/cards/7"))
    rings = far.wait(ev.Delivered, direction="in")
    assert (rings.called, rings.calling) == ("5551234", "8888")
    app.wait(ev.Delivered, call_id=made.call_id, direction="out")
    far.client.call(m.AnswerCall(call_id=rings.call_id))
    app.wait(ev.Established, call_id=made.call_id)
    app.client.call(GenerateDigits(call_id=made.call_id, digits="9"))
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


def test_two_calls_are_connected(app: rig.Party, far: rig.Party, network: rig.Daemon) -> None:
    one, there_one = come_in(app, far)
    two, there_two = come_in(app, far)
    app.client.call(ConnectCalls(call_id=one, other=two))
    speech = rig.noise(4000, 9)
    rig.write_wav(network.media / "says.wav", speech)
    far.client.call(RecordMessage(call_id=there_two, message="bridged.wav", max_duration=1.5))
    far.wait(ev.Record, call_id=there_two)
    far.client.call(PlayMessage(call_id=there_one, message="says.wav"))
    far.wait(ev.Stop, call_id=there_two, kind="record")
    assert speech[:2000] in rig.read_alaw(network.media / "bridged.wav")
    over(app, far, one, there_one)
    over(app, far, two, there_two)


def test_what_the_board_cannot_do_is_said(app: rig.Party, far: rig.Party) -> None:
    call, there = come_in(app, far)
    with pytest.raises(Refused, match="this board plays at its own speed only"):
        app.client.call(PlayMessage(call_id=call, message="prompt.wav", speed=1.5))
    over(app, far, call, there)


def test_blocking(app: rig.Party) -> None:
    app.client.call(BlockCircuits(trunk="cards", circuits="5"))
    assert app.wait(ev.ChannelChanged, channel=5).state == "blockedHere"
    app.client.call(UnblockCircuits(trunk="cards", circuits="5"))
    assert app.wait(ev.ChannelChanged, channel=5).state == "idle"
