"""Exchange lines under whatever a line and an application can do: no undrawn transition, and when
the line is quiet again every port is on hook and idle, every call released."""

from __future__ import annotations

import contextlib
import random

import pytest
from fxo_rig import LineRig

from trunkd.errors import LocalError
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog.callerid import call_setup
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import CHOICES, FxoConfig
from trunkd.signaling.call import CallOffered, CallReleased, CallRequest, PartyNumber

COUNTRIES = ("cn", "us", "gb", "it", "au", "jp")
TONES = ("450", "450/350,0/350", "450/1000,0/4000", "350+440", "480+620/500,0/500", "425/500,0/500")
CHANNELS = (1, 2, 3)


def settings_of(rng: random.Random) -> dict[str, object]:
    found: dict[str, object] = {"ringing_limit": 30_000, "limit": 60_000, "silence": 20_000}
    for row in CHOICES.values():
        if rng.random() < 0.5:
            if row.several:
                found[row.name] = rng.sample(row.words, rng.randrange(len(row.words)))
            else:
                found[row.name] = rng.choice(row.words)
    if rng.random() < 0.5:
        found["cid_wait"] = rng.choice((0, 2000))
    return found


def show_something(line: LineRig, rng: random.Random, channel: int) -> None:
    what = rng.randrange(12)
    if what == 0:
        line.ring(rng.choice(((1000, 4000), (400, 200, 400, 2000), (200, 3000))), 2, channel)
    elif what == 1:
        line.at(0, sig.BatteryReceived(channel, rng.randrange(3)))
    elif what == 2:
        line.at(0, sig.BatteryReceived(channel, 0))
        line.at(rng.choice((50, 300, 3000)), sig.BatteryReceived(channel, 1))
    elif what == 3:
        line.tone(rng.choice(TONES), rng.uniform(0.2, 8), channel)
    elif what == 4:
        line.fsk(call_setup("13912345678"), rng.random() < 0.5, channel, until=rng.choice((9, 99)))
    elif what == 5:
        line.dtmf(rng.choice(("D123456C", "A1#", "55", "D1C")), channel)
    elif what == 6:
        line.at(0, sig.InUseReceived(channel, rng.random() < 0.5))
    elif what == 7:
        line.at(0, sig.GroundReceived(channel, rng.random() < 0.5))
    elif what == 8:
        line.sound((), rng.uniform(50, 900), channel)
        line.at(0, sig.VoiceReceived(channel, rng.random() < 0.5))
    elif what == 9:
        line.sound((2130.0, 2750.0), 80, channel)
    elif what == 10:
        line.at(0, sig.RingReceived(channel, rng.random() < 0.5, rng.choice((12.0, 25.0))))
    else:
        line.at(0, sig.ModemToneReceived(channel, 1, 5, 2100.0, line.now, 0))
        line.at(0, sig.MeteringReceived(channel, 100_000_000))
        line.at(0, sig.SendingEnded(channel, rng.randrange(4)))


def ask_something(line: LineRig, rng: random.Random, calls: list[int]) -> None:
    engine = line.engine
    call = rng.choice(calls) if calls else 0
    requests = (
        lambda: calls.append(place(line, rng)),
        lambda: line.request(engine.answer, call),
        lambda: line.request(engine.clear, call, 16),
        lambda: line.request(engine.flash, call),
        lambda: line.request(engine.send_digits, call, "12", rng.random() < 0.5),
        lambda: line.request(engine.sending, rng.choice(CHANNELS), rng.random() < 0.5),
        lambda: line.request(engine.restart, (rng.choice(CHANNELS),)),
        lambda: line.request(engine.line_down, (rng.choice(CHANNELS),)),
        lambda: line.request(engine.line_up, CHANNELS),
        lambda: line.request(engine.block, (rng.choice(CHANNELS),)),
        lambda: line.request(engine.unblock, CHANNELS),
        lambda: line.request(engine.learn, rng.choice(CHANNELS), rng.random() < 0.5),
        lambda: line.request(engine.train, rng.choice(CHANNELS)),
    )
    with contextlib.suppress(LocalError):  # a request that the state forbids
        rng.choices(requests, (4, 4, 3, 1, 1, 1, 0.3, 0.3, 1, 0.3, 1, 0.3, 1))[0]()


def place(line: LineRig, rng: random.Random) -> int:
    digits = rng.choice(("10086", "0,w123", "1!2", ""))
    request = CallRequest(PartyNumber(digits), channel=rng.choice((0, 1)))
    return int(line.request(line.engine.place, request))


def quiet(line: LineRig) -> None:
    """The line as it stands when nothing goes on."""
    line.forget()
    line.request(line.engine.line_up, CHANNELS)
    line.request(line.engine.unblock, CHANNELS)
    for channel in CHANNELS:
        line.show(sig.InUseReceived(channel, False))
        line.show(sig.BatteryReceived(channel, 1))
        line.show(sig.GroundReceived(channel, False))
        line.show(sig.RingReceived(channel, False))
        line.show(sig.VoiceReceived(channel, False))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_the_ports_come_back(seed: int):
    rng = random.Random(seed)
    config = FxoConfig(CHANNELS, rng.choice(COUNTRIES), settings_of(rng))
    line = LineRig(FxoTrunk(config), CHANNELS)
    calls: list[int] = []
    for _ in range(150):
        if rng.random() < 0.6:
            show_something(line, rng, rng.choice(CHANNELS))
        else:
            ask_something(line, rng, calls)
        line.run(rng.choice((0.0, 0.05, 0.5, 3.0)))
        known = {*calls, *(event.call for event in line.of(CallOffered))}
        calls = sorted(call for call in known if call in line.engine.core.calls)
    quiet(line)
    line.run(400 if "limit" in config.supervision else 15_000)
    for call in list(line.engine.core.calls):
        line.request(line.engine.clear, call, 16)
    line.run(10)
    for channel in CHANNELS:
        text = line.engine.channel_text(channel)
        assert text.startswith("idle, on hook") and not line.loop[channel], (channel, text)
    assert not line.engine.core.calls
    released = [e.call for e in line.of(CallReleased)]
    assert len(released) == len(set(released)), "each call ends once"
    assert {e.call for e in line.of(CallOffered)} <= set(released)
