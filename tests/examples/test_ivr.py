"""examples/ivr.py as a process, called through a real daemon."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm

IVR = pathlib.Path(__file__).parent.parent.parent / "examples" / "ivr.py"


@contextlib.contextmanager
def ivr(daemon) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, str(IVR), "--socket", daemon.socket, "--trunk", "exchange"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "waiting for calls\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=90)


def call(app) -> tuple[int, int]:
    """A call that is in the menu: our end of it and the IVR's. Digits count from then on."""
    mark = len(app.seen)
    made = app.call(m.MakeCall(called="5551000", device="trunk/pstn"))
    theirs = app.wait(ev.Delivered, direction="in").call_id
    since(app, mark, ev.Play, call_id=theirs)
    since(app, mark, ev.Established, call_id=made.call_id)
    return made.call_id, theirs


def since(app, mark: int, wanted: type[ev.Event], /, **fields: object):
    """The first such event after ``mark``, whether it came already or not."""
    for event in app.seen[mark:]:
        if isinstance(event, wanted) and all(getattr(event, k) == v for k, v in fields.items()):
            return event
    return app.wait(wanted, **fields)


def press(app, call_id: int, digits: str) -> int:
    """Send digits; how many events were seen before."""
    mark = len(app.seen)
    app.call(mm.GenerateDigits(call_id=call_id, digits=digits))
    app.wait(ev.Stop, call_id=call_id)
    return mark


def next_line(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"it ended without {word}")


def test_a_message_is_recorded_and_played_back(daemon, app) -> None:
    with ivr(daemon) as process:
        ours, theirs = call(app)
        mark = press(app, ours, "1")
        assert "1 (pattern)" in next_line(process, "call")
        since(app, mark, ev.Record, call_id=theirs)
        app.call(mm.GenerateTone(call_id=ours, tone="gb/busy", seconds=1))
        app.wait(ev.Stop, call_id=ours)
        mark = press(app, ours, "#")
        stop = since(app, mark, ev.Stop, call_id=theirs, kind="record")
        assert (stop.reason, stop.digit) == ("digit", "#") and stop.octets > 4000
        assert "s in message-" in next_line(process, "message")
        since(app, mark, ev.Play, call_id=theirs, message=stop.message)
        assert (daemon.directory / "media" / stop.message).stat().st_size > stop.octets
        app.wait(ev.Stop, call_id=theirs, kind="play", reason="complete")
        press(app, ours, "9")
        app.wait(ev.ConnectionCleared, call_id=ours)


def test_two_callers_in_the_room(daemon, app) -> None:
    with ivr(daemon):
        (one, its), (two, other) = call(app), call(app)
        for ours, theirs in ((one, its), (two, other)):
            mark = press(app, ours, "2")
            since(app, mark, ev.ConferenceChanged, call_id=theirs, change="joined")
        app.call(mm.StartListening(call_id=two, kinds=["tones"], country="gb"))
        app.call(mm.GenerateTone(call_id=one, tone="gb/busy"))
        assert app.wait(ev.ToneDetected, call_id=two, tone="busy")
        app.call(mm.StopMedia(call_id=one))
        app.wait(ev.Stop, call_id=one)
        mark = press(app, two, "*")
        since(app, mark, ev.ConferenceChanged, call_id=other, change="left")
        app.call(m.ClearConnection(call_id=one))
        app.wait(ev.ConferenceChanged, call_id=its, change="left")
        app.call(m.ClearConnection(call_id=two))
        app.wait(ev.ConnectionCleared, call_id=two)


def test_three_mistakes_and_it_says_goodbye(daemon, app) -> None:
    with ivr(daemon) as process:
        ours, _ = call(app)
        for _ in range(3):
            press(app, ours, "5")
            assert "(noMatch)" in next_line(process, "call")
        app.wait(ev.ConnectionCleared, call_id=ours)
