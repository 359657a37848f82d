"""Media events as people read them: `trunkd events`, and what the calls list says."""

from __future__ import annotations

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import events_media
from trunkd.daemon.methods import CallInfo
from trunkd.daemon.present import call_media, event_line
from trunkd.daemon.present_media import is_bad, media_words

CALL = (7, 1_767_600_000_000_000_000, 3, "trunk/pstn/5")
ROOM = (7, 1_767_600_000_000_000_000, 0, "conference/2")

CASES = [
    (ev.Play(*CALL, "a.wav"), "call 3: plays a.wav"),
    (ev.Record(*CALL, "b.wav"), "call 3: records b.wav"),
    (ev.Suspend(*CALL, "play", "a.wav", 1.25), "call 3: play a.wav pauses at 1.2 s"),
    (ev.Resume(*CALL, "play", "a.wav", 7.0), "call 3: play a.wav goes on at 7.0 s"),
    (ev.Stop(*CALL, "play", "a.wav", 16800, "complete"), "call 3: play a.wav: complete, 2.1 s"),
    (
        ev.Stop(*CALL, "record", "b.wav", 8000, "digit", digit="#"),
        "call 3: record b.wav: digit #, 1.0 s",
    ),
    (
        ev.Stop(*CALL, "record", "b.wav", 0, "failed", "disk full", lost=1),
        "call 3: record b.wav: failed, 0.0 s, 1 sample lost, disk full",
    ),
    (ev.Stop(*ROOM, "play", "x", 8, "stopped"), "conference 2: play x: stopped, 0.0 s"),
    (
        ev.DigitsDetected(*CALL, "5", "dtmf", 1, 0.0, -8.04),
        "call 3: dtmf 5 begins, -8.0 dBm0",
    ),
    (
        ev.DigitsDetected(*CALL, "5", "dtmf", 1, 0.081, -8.04, 1.5, True),
        "call 3: dtmf 5, 81 ms, -8.0 dBm0, twist 1.5 dB",
    ),
    (
        ev.DigitsCollected(*CALL, "4711", "terminator", "#"),
        "call 3: collected 4711 (ended by #)",
    ),
    (ev.DigitsCollected(*CALL, "", "firstTimeout"), "call 3: collected nothing (no digit came)"),
    (
        ev.DigitsCollected(*CALL, "12", "pattern", "", "1X"),
        "call 3: collected 12 (matches 1X)",
    ),
    (
        ev.ToneDetected(*CALL, "dial", 1, 1.5, -10.0, (350.0, 440.0)),
        "call 3: dial, 350+440 Hz, 1.50 s, -10.0 dBm0",
    ),
    (
        ev.ToneDetected(*CALL, "cng", 1, 0.5, -12.0, (1100.2,), True),
        "call 3: cng ended, 1100 Hz, 0.50 s, -12.0 dBm0",
    ),
    (ev.VoiceActivity(*CALL, True, 1, 0.0, -20.0), "call 3: speech begins, -20.0 dBm0"),
    (ev.VoiceActivity(*CALL, False, 1, 1.5, -20.0), "call 3: speech ends, 1.50 s"),
    (ev.VoiceActivity(*CALL, True, 1, 0.0, 3.14, 12), "call 3: 12 samples clipped"),
    (
        ev.FskDetected(*CALL, "bell202", "80", True, "5551000", "ANN", "x"),
        "call 3: Bell 202 message: number 5551000, name ANN",
    ),
    (
        ev.FskDetected(*CALL, "v23", "80", False, text="checksum"),
        "call 3: V.23 message is damaged: checksum",
    ),
    (ev.CallProgress(*CALL, "ringing", 1, 0.0, 2), "call 3: 2 rings"),
    (ev.CallProgress(*CALL, "beep", 1, 0.4), "call 3: beep of 0.40 s"),
    (ev.CallProgress(*CALL, "greetingEnded", 1), "call 3: the greeting ended"),
    (
        ev.CallProgressResult(*CALL, "machine", 0.934, 1, "it spoke for 4 s"),
        "call 3: MACHINE, 93% sure: it spoke for 4 s",
    ),
    (ev.ConferenceChanged(*ROOM, 2, "created"), "conference 2: created"),
    (
        ev.ConferenceChanged(*CALL, 2, "joined", "coach", 1),
        "call 3: joined conference 2 to coach, 1 member",
    ),
    (
        ev.ConferenceChanged(*CALL, 2, "left", "talk", 4),
        "call 3: left conference 2, 4 members",
    ),
    (
        ev.ActiveSpeakers(*ROOM, 2, [3, 5], [-12.2, -20.7]),
        "conference 2: call 3 talks (-12 dBm0), call 5 talks (-21 dBm0)",
    ),
    (ev.ActiveSpeakers(*ROOM, 2, [], []), "conference 2: nobody talks"),
    (ev.ConnectionChanged(*CALL, "music/waiting"), "call 3: hears music waiting"),
    (ev.ConnectionChanged(*CALL, ""), "call 3: hears nobody any more"),
    (
        ev.AudioClosed(*CALL, 1, "gone", 50, 2, 8000, 1, 0),
        "call 3: live audio 1 gone: 50 packets heard, 1.0 s spoken, 2 packets dropped, "
        "1 gap in what it spoke",
    ),
    (
        ev.FaxNegotiated(*CALL, "+49 30 1", "V.17", 14400, True, "MMR", "204x196"),
        "call 3: with +49 30 1, V.17 14400 bit/s, MMR, 204x196 dpi, ECM",
    ),
    (
        ev.FaxPage(*CALL, 1, False, "RTN", 100, 1728, 3, 0, 9600),
        "call 3: page 1 RTN, 9600 bit/s, 1728 x 100 pixels, 3 bad rows, not accepted",
    ),
    (
        ev.FaxEnded(*CALL, True, "ok", "", 2, "", "in.tif"),
        "call 3: done; 2 pages in in.tif",
    ),
    (
        ev.FaxEnded(*CALL, False, "hangup", "it hung up", 1),
        "call 3: failed (hangup): it hung up; 1 page",
    ),
]


@pytest.mark.parametrize(("event", "words"), CASES, ids=[type(c[0]).__name__ for c in CASES])
def test_words(event: ev.Event, words: str) -> None:
    assert media_words(event) == words
    line = event_line(event).plain
    assert line.endswith(f" {words}") and type(event).__name__ in line


def test_every_media_event_has_words() -> None:
    media = {e for e in ev.EVENTS if e.__module__ == events_media.__name__}
    assert {type(event) for event, _ in CASES} == media
    assert media_words(ev.Established(*CALL)) is None


def test_what_needs_a_look_is_red() -> None:
    bad = {words for event, words in CASES if is_bad(event)}
    assert {words.split(": ", 1)[1].split(",")[0] for words in bad} == {
        "record b.wav: failed",
        "failed (hangup): it hung up; 1 page",
    }
    assert is_bad(ev.Stop(*CALL, "play", "a.wav", 80, "damaged"))
    assert is_bad(ev.AudioClosed(*CALL, 1, "failed", 0, 0, 0, 0, 0))
    assert not is_bad(ev.FaxEnded(*CALL, False, "stopped", "", 0))


def test_what_the_far_end_says_cannot_steer_the_terminal() -> None:
    nasty = ev.FaxNegotiated(*CALL, "\x1b[2J\nevil", "V.17", 9600, False, "MH", "204x98")
    words = media_words(nasty)
    assert words is not None and "\x1b" not in words and "\n" not in words and "evil" in words


def test_media_of_a_call() -> None:
    call = CallInfo(
        call_id=1,
        direction="out",
        trunk="pstn",
        channel=1,
        state="connected",
        calling="",
        called="1",
        answering="",
        connections=[],
        started=0,
        delivered=0,
        answered=0,
        playing="[b]a.wav",
        recording="",
        conference=4,
        hears="music/waiting",
        at_work=["collect", "listen", "play"],
    )
    assert call_media(call) == (
        "plays \\[b]a.wav, conference 4, hears music waiting, collects digits"
    )
