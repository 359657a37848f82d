"""Media and connections on calls of R2, E&M, FXS and FXO, with each other and with PRI; taps."""

from __future__ import annotations

import contextlib
import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench
from media_rig import ask, level_of, sine

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import events_line, media_play
from trunkd.daemon.calls import Call
from trunkd.daemon.media_files import save
from trunkd.daemon.methods_media import PlayMessage
from trunkd.daemon.wire import WireError
from trunkd.native import wrap

HZ = 1000

HEAD = """\
[daemon]
records = "off"
media_dir = "{dir}"
[[board]]
name = "b0"
address = "sim://mixed"
[board.sim]
spans = 7
[[board.sim.cables]]
ends = [1, 2]
[[board.sim.cables]]
ends = [3, 4]
[[board.sim.cables]]
ends = [6, 7]
[[board.sim.span]]
number = 1
cas = true
[[board.sim.span]]
number = 2
cas = true
[[board.sim.span]]
number = 3
kind = "t1"
cas = true
[[board.sim.span]]
number = 4
kind = "t1"
cas = true
[[board.sim.span]]
number = 5
kind = "analog"
ports = "fxs:1-3,fxo:4-6,tap:7"
[[board.sim.lines]]
fxs = "5/1"
fxo = "5/4"
tap = "5/7"
[[board.sim.lines]]
fxs = "5/2"
fxo = "5/5"
[[board.sim.lines]]
fxs = "5/3"
fxo = "5/6"
"""

FXS = "max_digits = 7\nreversal_on_answer = true\n"

TRUNKS = {
    "r2": ("r2", 'variant = "cn"\ndnis_max = 7', 1, 2),
    "em": ("em", "digits = 7", 3, 4),
    "pri": ("pri", "", 6, 7),
}


def config(directory: pathlib.Path) -> str:
    text = HEAD.format(dir=directory)
    for name, (kind, settings, one, other) in TRUNKS.items():
        for end, span in (("", one), ("-far", other)):
            side = "" if kind != "pri" else f'side = "{"network" if end else "user"}"'
            text += f'[[trunk]]\nname = "{name}{end}"\nspan = "b0/{span}"\n'
            text += f'signalling = "{kind}"\n[trunk.{kind}]\n{settings}\n{side}\n'
    for name in ("fxs", "fxo", "tap"):
        text += f'[[trunk]]\nname = "{name}"\nspan = "b0/5"\nsignalling = "{name}"\n'
        text += f"[trunk.{name}]\n" + (FXS if name == "fxs" else "")
    return text


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[LineBench]:
    samples = np.rint(sine(HZ, 2.0)).astype("<i2").tobytes()
    save(str(tmp_path / "a.wav"), wrap.alaw_encode(samples), Law.A, "g711")
    made = LineBench(config(tmp_path))
    made.run(2)
    yield made
    assert made.node.problems == 0
    made.close()


def connected(bench: LineBench, name: str) -> tuple[Call, Call]:
    """An answered call placed on trunk ``name``, and its other end."""
    other = {"fxs": "fxo", "fxo": "fxs"}.get(name, f"{name}-far")
    before = set(bench.node.calls)
    near = bench.place(name, "5551000", channel=4 if name == "fxo" else 1)
    bench.until(lambda: near.state == "connected", 40)
    (far,) = [
        c for c in bench.node.calls.values() if c.trunk.name == other and c.call_id not in before
    ]
    bench.until(lambda: far.state == "connected", 10)
    return near, far


def say(bench: LineBench, call: Call, repeat: int = 1) -> None:
    """Play 2 s of HZ at -10 dBm0 to a call, so often."""
    ask(bench.node, "playMessage", callId=call.call_id, message="a.wav", repeat=repeat)


def loudest(path: pathlib.Path, law: Law) -> float:
    """The highest level of HZ in half a second of a recording, dBm0."""
    decode = wrap.alaw_decode if law is Law.A else wrap.ulaw_decode
    octets = path.read_bytes().partition(b"data")[2][4:]
    sound = np.frombuffer(decode(octets), "<i2").astype(float)
    starts = range(0, len(sound) - 4000, 2000)
    return max(level_of(sound[at : at + 4000], HZ) for at in starts)


KINDS = ("r2", "em", "fxs", "fxo", "pri")


def heard(bench: LineBench, call: Call, seconds: float) -> np.ndarray:
    """What a call's far end sends it."""
    slot = call.trunk.timeslot(call.channel)
    slot.record(round(8000 * seconds))
    bench.run(seconds + 0.2)
    octets = slot.recorded()
    decode = wrap.alaw_decode if call.trunk.law is Law.A else wrap.ulaw_decode
    return np.frombuffer(decode(octets), "<i2").astype(float)


@pytest.mark.parametrize("kind", KINDS)
def test_messages_and_digits(bench: LineBench, kind: str, tmp_path: pathlib.Path) -> None:
    node = bench.node
    near, far = connected(bench, kind)
    ask(node, "recordMessage", callId=far.call_id, message="r.wav")
    say(bench, near)
    bench.until(lambda: bench.of(ev.Stop, call_id=near.call_id, kind="play"), 10)
    ask(node, "stopMedia", callId=far.call_id, kind="record")
    bench.until(lambda: bench.of(ev.Stop, call_id=far.call_id, kind="record"), 10)
    assert loudest(tmp_path / "r.wav", far.trunk.law) > -24
    for sender, collector in ((near, far), (far, near)):
        ask(node, "startDigitsCollection", callId=collector.call_id, maxDigits=4)
        ask(node, "generateDigits", callId=sender.call_id, digits="1590")
        bench.until(lambda c=collector: bench.of(ev.DigitsCollected, call_id=c.call_id), 10)
        (collected,) = bench.of(ev.DigitsCollected, call_id=collector.call_id)
        assert (collected.digits, collected.reason) == ("1590", "maximum")
    bench.clear(near)
    bench.until(bench.idle, 120)


def test_a_message_in_the_breath_of_the_answer(bench: LineBench) -> None:
    """Ringback is told to end with the answer; until the board has ended it, a message waits for
    it, and is not refused."""
    node = bench.node
    bench.answers = False
    caller = bench.place("fxo", "5551000", channel=4)
    bench.until(lambda: bench.of(ev.Delivered, direction="in"), 40)
    (told,) = bench.of(ev.Delivered, direction="in")
    call = node.calls[told.call_id]
    port = bench.trunk("fxs").port
    bench.until(lambda: call.channel in port.places(), 10)
    call.trunk.answer(call, call.trunk.now())
    assert port.ending(call.channel), "ringback, still"
    params = PlayMessage(call_id=call.call_id, message="a.wav")
    answers: list[Exception | None] = []
    media_play.play(node.media.need(call), node.media, params, answers.append)
    assert not bench.of(ev.Play, call_id=call.call_id) and not answers
    bench.until(lambda: answers == [None], 1)
    bench.until(lambda: bench.of(ev.Play, call_id=call.call_id), 1)
    bench.until(lambda: caller.state == "connected", 10)
    assert level_of(heard(bench, caller, 0.5), HZ) > -24
    bench.until(lambda: bench.of(ev.Stop, call_id=call.call_id, reason="complete"), 10)
    bench.clear(call)
    bench.until(bench.idle, 120)


def test_what_waits_for_ringback_to_end_can_be_stopped(bench: LineBench) -> None:
    node = bench.node
    bench.answers = False
    bench.place("fxo", "5551000", channel=4)
    bench.until(lambda: bench.of(ev.Delivered, direction="in"), 40)
    (told,) = bench.of(ev.Delivered, direction="in")
    call = node.calls[told.call_id]
    bench.until(lambda: call.channel in bench.trunk("fxs").port.places(), 10)
    call.trunk.answer(call, call.trunk.now())
    ask(node, "generateTone", callId=call.call_id, tone="gb/busy")
    ask(node, "stopMedia", callId=call.call_id)
    bench.run(1)
    assert not bench.of(ev.Play, call_id=call.call_id)
    (refused,) = bench.of(ev.Stop, call_id=call.call_id, kind="play")
    assert refused.reason == "failed" and "stopped" in refused.text
    say(bench, call)
    bench.clear(call)
    bench.until(bench.idle, 120)


@pytest.mark.parametrize(("one", "other"), [("fxs", "pri"), ("fxs", "r2"), ("em", "r2")])
def test_calls_are_connected(bench: LineBench, one: str, other: str) -> None:
    """The far end of one call hears the far end of the other, A-law and mu-law alike."""
    near, far = connected(bench, one)
    second, beyond = connected(bench, other)
    ask(bench.node, "connectCalls", callId=near.call_id, other=second.call_id)
    say(bench, far)
    assert level_of(heard(bench, beyond, 1.0)[2000:6000], HZ) > -30
    bench.clear(far)
    bench.until(lambda: near.state == "null", 120)
    bench.clear(second)
    bench.until(bench.idle, 120)


def test_a_conference_of_every_kind(bench: LineBench) -> None:
    calls = [connected(bench, kind) for kind in ("r2", "em", "fxs", "pri")]
    number = ask(bench.node, "createConference", name="all").conference
    for near, _ in calls:
        ask(bench.node, "joinConference", conference=number, callId=near.call_id)
    say(bench, calls[0][1], 9)
    bench.run(0.5)
    for _, far in calls[1:]:
        assert level_of(heard(bench, far, 0.6)[1000:4000], HZ) > -30
    for near, _ in calls:
        bench.clear(near)
    bench.until(bench.idle, 120)


def test_an_application_cannot_break_a_register(bench: LineBench) -> None:
    """Its messages are refused, or end, while R2 signals are sent on the channel."""
    call = bench.place("r2", "5551000")
    asked = 0
    while call.state != "connected":
        bench.run(0.03)
        for end in list(bench.node.calls.values()):
            if end.channel and end.state == "initiated":
                asked += 1
                with contextlib.suppress(WireError):
                    ask(bench.node, "generateTone", callId=end.call_id, tone="CN/busy")
        assert asked < 500
    (met,) = bench.trunk("r2-far").calls.values()
    assert asked and (met.called, met.calling) == ("5551000", "01012345678")
    bench.clear(call)
    bench.until(bench.idle, 60)


@pytest.mark.parametrize("caller", ["fxs", "fxo"])
def test_a_tap_records_a_call_of_others(
    bench: LineBench, caller: str, tmp_path: pathlib.Path
) -> None:
    near = bench.place(caller, "5551000", channel=1 if caller == "fxs" else 4)
    bench.until(lambda: bool(bench.trunk("tap").calls), 20)
    (tapped,) = bench.trunk("tap").calls.values()
    ask(bench.node, "recordMessage", callId=tapped.call_id, message="tap.wav")
    bench.until(lambda: near.state == "connected", 40)
    bench.until(lambda: tapped.state == "connected", 10)
    if caller == "fxs":
        assert tapped.calling == "01012345678"
        assert bench.of(events_line.CallerIdentified, call_id=tapped.call_id)
    else:
        bench.until(lambda: tapped.called == "5551000", 10)
    say(bench, near)
    bench.run(2.5)
    with pytest.raises(WireError, match="only listens"):
        ask(bench.node, "clearConnection", callId=tapped.call_id)
    bench.clear(near)
    bench.until(lambda: tapped.state == "null", 120)
    bench.run(0.5)
    (ended,) = bench.of(ev.Stop, call_id=tapped.call_id, kind="record")
    assert ended.lost == 0
    assert loudest(tmp_path / "tap.wav", Law.A) > -24
    bench.until(bench.idle, 120)
