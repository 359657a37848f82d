"""Media at its edges: what ends while something else begins, and what is refused or lost."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig, sine
from test_media_fax import run_until_faxes_ended
from test_media_play import Slow, dtmf, noise, start

from trunkd.board.clock import MILLISECOND
from trunkd.board.events import EventsLost, PlayEnded
from trunkd.board.media import LiveAudio
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.wire import WireError
from trunkd.native import wrap_fsk as fsk
from trunkd.signaling.analog.callerid import call_setup


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def test_a_prompt_that_waits_for_its_turn_and_is_not_wanted_any_more(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.write("a.wav", noise(5))
    rig.ask("playMessage", **call, message="a.wav")
    rig.run(0.5)
    rig.ask("stopMedia", **call)
    answers = start(rig, "startDigitsCollection", **call, items=[{"file": "a.wav"}])
    rig.ask("stopDigitsCollection", **call)
    rig.wait(ev.Stop)
    rig.run(0.1)
    assert answers == [None]
    assert [e.reason for e in rig.of(ev.DigitsCollected)] == ["stopped"]
    assert ends.near.playing == ""
    assert rig.node.media.cache.counts().in_use == 0
    rig.ask("generateDigits", **call, digits="1")
    assert rig.wait(ev.Stop, 2).reason == "complete"


@pytest.mark.parametrize("what", ["play", "record"])
def test_a_lost_end_of_what_was_paused_and_stopped(rig: Rig, what: str) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    unit = rig.node.boards["b0"]
    rig.write("a.wav", noise(5))
    rig.ask(f"{what}Message", **call, message="a.wav" if what == "play" else "b.wav")
    rig.run(0.5)
    rig.ask("suspendMedia", **call)
    rig.ask("stopMedia", **call)
    unit.board.step(rig.node.now() + 10 * MILLISECOND)
    assert [type(e).__name__ for e in unit.board.events()] == [f"{what.title()}Ended"]
    rig.node.media.lost(unit.board)
    assert "lost" in rig.wait(ev.Stop).text
    assert (ends.near.playing, ends.near.recording) == ("", "")


def test_stopped_when_the_beep_is_just_over(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    board = rig.node.boards["b0"].board
    answers = start(rig, "recordMessage", **call, message="a.wav", beep=True)
    rig.run(0.29)
    board.step(rig.node.now() + 50 * MILLISECOND)  # its end waits to be handled
    rig.ask("stopMedia", **call)
    rig.run(0.1)
    assert "stopped before it began" in str(answers[0])
    assert not rig.of(ev.Record) and ends.near.recording == ""
    rig.ask("recordMessage", **call, message="a.wav", maxDuration=0.1)
    assert rig.wait(ev.Stop).reason == "complete"


def test_an_end_is_told_after_others_were_lost(rig: Rig) -> None:
    """What begins after the loss has its end told, whenever the board is asked next."""
    ends = rig.call()
    unit = rig.node.boards["b0"]
    board = unit.board
    slot = ends.near.trunk.span.timeslots[ends.near.channel]
    lost = False
    while not lost:  # nobody reads the board's events
        slot.play(b"\xd5" * 8)
        board.step(rig.node.now() + 5 * MILLISECOND)
        lost = board.stats().events_lost > 0
    seen = []
    while not seen or not isinstance(seen[-1], EventsLost):
        board.step(rig.node.now() + MILLISECOND)
        seen += board.events()
    slot.play(b"\xd5" * 80, tag=77)
    board.step(rig.node.now() + 100 * MILLISECOND)
    assert [e.tag for e in board.events() if isinstance(e, PlayEnded)] == [77]


def test_a_call_that_is_connected_joins_no_conference(rig: Rig) -> None:
    one, two = rig.call(), rig.call()
    number = rig.ask("createConference").conference
    rig.ask("connectCalls", callId=one.near.call_id, other=two.near.call_id)
    with pytest.raises(WireError, match="disconnect it"):
        rig.ask("joinConference", conference=number, callId=one.near.call_id)
    rig.ask("disconnectCalls", callId=one.near.call_id)
    rig.ask("joinConference", conference=number, callId=one.near.call_id)


def test_a_conference_hears_digits(rig: Rig) -> None:
    ends = rig.call()
    number = rig.ask("createConference").conference
    rig.ask("joinConference", conference=number, callId=ends.near.call_id)
    rig.ask("startListening", conference=number, kinds=["dtmf"])
    rig.run(0.1)
    rig.say(ends.far, dtmf("159"))
    rig.run(1)
    assert "".join(e.digit for e in rig.of(ev.DigitsDetected) if e.ended) == "159"
    rig.ask("startDigitsCollection", conference=number, maxDigits=2)
    rig.say(ends.far, dtmf("37"))
    assert rig.wait(ev.DigitsCollected).digits == "37"


def test_stopping_nothing_in_a_conference_takes_no_soft_channel(rig: Rig) -> None:
    number = rig.ask("createConference").conference
    for method in ("stopMedia", "suspendMedia", "resumeMedia", "stopMusic", "stopListening"):
        rig.ask(method, conference=number)
    unit = rig.node.boards["b0"]
    assert rig.node.media.conferences.soft.used(unit) == 0


def test_digits_seconds(rig: Rig) -> None:
    ends = rig.call()
    rig.ask("startListening", callId=ends.near.call_id, kinds=["dtmf"])
    rig.say(ends.far, dtmf("1"))
    rig.run(1)
    assert [(e.ended, round(e.seconds, 2)) for e in rig.of(ev.DigitsDetected)] == [
        (False, 0),
        (True, 0.08),
    ]


def test_audio_counts_when_the_call_ends(rig: Rig) -> None:
    ends = rig.call()
    sock = rig.audio(callId=ends.near.call_id)
    rig.run(0.5)
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.wait(ev.ConnectionCleared)
    rig.run(0.1)
    (closed,) = rig.of(ev.AudioClosed)
    assert closed.packets > 0
    sock.close()


def test_a_coach_whispers_to_nobody_else(rig: Rig) -> None:
    one, two, coach = rig.call(), rig.call(), rig.call()
    number = rig.ask("createConference").conference
    for ends in (one, two):
        rig.ask("joinConference", conference=number, callId=ends.near.call_id)
    whom = {"role": "coach", "coached": one.near.call_id}
    rig.ask("joinConference", conference=number, callId=coach.near.call_id, **whom)
    rig.ask("clearConnection", callId=one.near.call_id)
    rig.wait(ev.ConnectionCleared, 2)
    (info,) = rig.ask("conferences").conferences
    assert [(m.role, m.coached) for m in info.members] == [("talk", 0), ("monitor", 0)]
    # Another call has the timeslot now.
    other = rig.call()
    assert other.near.device == one.near.device
    rig.ask("joinConference", conference=number, callId=other.near.call_id)
    rig.listen(other.far, 8000)
    rig.say(coach.far, sine(700, 1))
    rig.run(1.2)
    assert np.abs(rig.heard(other.far)).max() <= 8


def test_a_daemon_that_stops_tells_the_ends_of_its_media(start_daemon, subscribed) -> None:
    daemon = start_daemon()
    app = subscribed(daemon)
    app.links_up()
    near, _ = app.connect()
    number = app.call(mm.CreateConference()).conference
    app.call(mm.RecordMessage(call_id=near, message="call.wav"))
    app.call(mm.RecordMessage(conference=number, message="conference.wav"))
    _, audio = app.client.open_audio(mm.OpenAudio(call_id=near))
    app.call(m.Shutdown(drain=0))
    ended: list[str] = []
    while len(ended) < 3:
        event = app.wait(ev.CallEvent)
        if isinstance(event, ev.Stop | ev.AudioClosed):
            ended.append(event.message if isinstance(event, ev.Stop) else event.reason)
    assert sorted(ended) == ["call.wav", "conference.wav", "stopped"]
    assert daemon.process.wait(90) == 0
    audio.close()


@pytest.mark.parametrize(("country", "modem"), [("de", "v23"), ("us", "bell202")])
def test_a_caller_id_is_told_once(rig: Rig, country: str, modem: str) -> None:
    ends = rig.call()
    rig.ask("startListening", callId=ends.near.call_id, kinds=["fsk"], country=country)
    message = call_setup("5551234", "ANN", (1, 30, 12, 0))
    for number in (fsk.V23, fsk.BELL202):
        rig.seen.clear()
        rig.say(ends.far, fsk.fsk_samples(message, number, level=-13.5))
        rig.run(2)
        (told,) = rig.of(ev.FskDetected)
        assert (told.modem, told.valid, told.octets) == (modem, True, message.hex())
        assert (told.number, told.name) == ("5551234", "ANN")
        assert told.text == "5551234, ANN, 01-30 12:00"


def test_a_fax_is_received_through_no_link(rig: Rig, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "kept"
    outside.write_text("kept")
    (rig.directory / "in.tif.part").symlink_to(outside)
    ends = rig.call()
    rig.ask("receiveFax", callId=ends.near.call_id, file="in.tif")
    (ended,) = run_until_faxes_ended(rig, 1)
    assert (ended.ok, ended.reason) == (False, "file")
    assert "in.tif.part" in ended.text
    assert outside.read_text() == "kept"


def test_a_fax_that_cannot_have_the_audio_says_why(rig: Rig) -> None:
    ends = rig.call()
    slot = ends.near.trunk.span.timeslots[ends.near.channel]
    with slot.live_audio(LiveAudio()):
        rig.ask("receiveFax", callId=ends.near.call_id, file="in.tif")
        (ended,) = run_until_faxes_ended(rig, 1)
    assert not ended.ok
    assert "has live audio or a bridge already" in ended.text


def test_a_folder_that_becomes_a_link_is_not_followed(rig: Rig, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    inside = rig.directory / "sub"
    inside.mkdir()
    rig.write("sub/a.wav", noise(1))
    ends = rig.call()
    slow = Slow(rig)
    answers = start(rig, "playMessage", callId=ends.near.call_id, message="sub/a.wav")
    (inside / "a.wav").rename(outside / "a.wav")
    inside.rmdir()
    inside.symlink_to(outside)
    slow.go()
    assert "became a symbolic link" in str(answers[0])
    assert not rig.of(ev.Play) and ends.near.playing == ""


def test_type_ahead_counts_where_no_prompt_is_to_be_heard(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    rig.ask("startDigitsCollection", **call, maxDigits=1)
    rig.say(ends.far, dtmf("123"))
    rig.run(1)
    rig.ask("startDigitsCollection", **call, maxDigits=2, bargeIn=False)
    assert [e.digits for e in rig.of(ev.DigitsCollected)] == ["1", "23"]
