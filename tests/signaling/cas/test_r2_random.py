"""Anything at any time: no exception but LocalError, nothing undrawn, and idle in the end."""

from __future__ import annotations

import contextlib
import random

import pytest
from r2_rig import LETTERS, MS, Rig

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas.r2_config import COLLECT, MODES
from trunkd.signaling.cas.r2_variants import VARIANTS
from trunkd.signaling.line_names import DTMF, R2_BACKWARD, R2_FORWARD
from trunkd.signaling.line_signals import BitsReceived, DigitReceived, SendingEnded

REQUESTS = ("alert", "answer", "clear", "proceed", "progress", "suspend", "resume", "meter")


def settings(rand: random.Random) -> dict[str, object]:
    return {
        "variant": rand.choice(sorted(VARIANTS)),
        "register": rand.choice(("mfc", "mfc", "mfc", "dtmf", "decadic")),
        "mode": rand.choice(MODES),
        "direction": rand.choice(("both", "both", "in", "out")),
        "dnis_max": rand.choice((0, 1, 3)),
        "metering": "pulses",
        "overrides": {"timer.TMETER": 200},
        "overlap": rand.random() < 0.3,
        "ani": rand.choice(("none", "before", "during", "after")),
        "accept_in_a": rand.random() < 0.2,
        "collect": rand.choice(COLLECT),
        "forced_release": rand.random() < 0.3,
        "tones": rand.choice(("", "cn")),
        "timers": {"TRELEASE": rand.choice((0, 450 * MS)), "T2CB": rand.choice((0, 60_000 * MS))},
    }


def sensible(rig: Rig, rand: random.Random) -> bool:
    """What a far end does next that follows the rules, as far as one signal can; False: nothing."""
    channel = rig.trunk.channels[rand.randrange(1, 4)]
    codes, number = channel.codes, channel.number
    if channel.out.state == s.F_SENDING:
        rig.on(R2_BACKWARD, rand.choice((1, 1, 3, 5, 6)), number)
    elif channel.out.state == s.F_BACKWARD:
        rig.off(R2_BACKWARD, 1, number)
    elif channel.inc.state == s.B_WAIT:
        rig.on(R2_FORWARD, rand.choice((1, 2, 10, 15)), number)
    elif channel.inc.state == s.B_SENDING:
        rig.off(R2_FORWARD, 1, number)
    elif channel.plain == s.P_RECEIVING:
        rig.receive(DigitReceived(number, DTMF, "1", True, rig.now))
    elif channel.state in (s.IDLE, s.IN_DELAY, s.IN_ANSWERED, s.IN_REFUSED, s.IN_CLEARED_BACK):
        code = codes.seize if channel.received == codes.idle else codes.clear_forward
        rig.receive(BitsReceived(number, code))
    elif channel.state in (s.OUT_SEIZED, s.OUT_UNACKNOWLEDGED):
        rig.receive(BitsReceived(number, max(codes.seize_ack, 0)))
    elif channel.state in (s.OUT_WAIT_ANSWER, s.OUT_ANSWERED, s.OUT_CLEARED_BACK, s.OUT_PULSE):
        code = codes.clear_back if channel.received == codes.answer & codes.mask else codes.answer
        rig.receive(BitsReceived(number, code))
    elif channel.state in (s.OUT_CLEARING, s.FAULTY, s.BLOCKED_THERE, s.OUT_DOUBLE):
        rig.receive(BitsReceived(number, codes.idle))
    else:
        return False
    return True


def signal(rig: Rig, rand: random.Random) -> None:
    if rand.random() < 0.75 and sensible(rig, rand):
        return
    channel = rand.randrange(0, 4)
    kind = rand.random()
    if kind < 0.5:
        # Mostly codes that there are, and those of whole calls
        code = rand.choice((0x1, 0x3, 0x9, 0xB, 0xD, 0xF, 0x5, 0x7, rand.randrange(16)))
        rig.receive(BitsReceived(channel, code))
    elif kind < 0.95:
        which = rand.choice((R2_FORWARD, R2_BACKWARD, DTMF))
        letters = LETTERS[1:] if which != DTMF else "0123456789*#ABCD"
        digit = rand.choice(letters)
        on = rand.random() < 0.6
        rig.receive(DigitReceived(channel, which, digit, on, rig.now, 0 if on else 60 * MS))
    else:
        rig.receive(SendingEnded(channel, rand.randrange(1, rig.trunk.last_tag + 2)))


def request(rig: Rig, rand: random.Random) -> None:
    call = rand.choice([*rig.trunk.calls, 99])
    what = rand.choice(REQUESTS)
    with contextlib.suppress(LocalError):
        if what == "clear":
            rig.request("clear", call, rand.randrange(1, 128))
        elif what in ("suspend", "resume"):
            rig.request("notify", call, int(what == "resume"))
        elif what in ("progress", "meter"):
            rig.request(what, call, 1)
        elif what == "alert":
            rig.request("alert", call, False)
        else:
            rig.request(what, call)


def trunk_request(rig: Rig, rand: random.Random) -> None:
    kind = rand.random()
    with contextlib.suppress(LocalError):
        if kind < 0.4:
            rig.place("".join(rand.choices("0123456789", k=3)), complete=rand.random() < 0.8)
        elif kind < 0.5:
            call = rand.choice([*rig.trunk.calls, 99])
            rig.request("send_digits", call, "5", rand.random() < 0.5)
        elif kind < 0.8:
            name = rand.choice(("block", "unblock", "line_down", "line_up", "restart"))
            rig.request(name, (rand.randrange(1, 4),))
        else:
            rig.request("drain", rand.random() < 0.3)


@pytest.mark.parametrize("seed", range(150))
def test_anything_at_any_time(seed: int) -> None:
    rand = random.Random(seed)
    rig = Rig(1, 2, 3, **settings(rand))
    waits = (0, 5, 30, 30, 200, 3000, 20_000) if seed % 3 else (25, 30, 30, 100)
    for _ in range(150):
        kind = rand.random()
        if kind < 0.6:
            signal(rig, rand)
        elif kind < 0.75:
            request(rig, rand)
        elif kind < 0.85:
            trunk_request(rig, rand)
        rig.run(rand.choice(waits))
    # A good line, a far end that is idle, an application that clears
    for channel in (1, 2, 3):
        rig.request("line_up", (channel,))
        rig.receive(BitsReceived(channel, rig.trunk.channels[channel].codes.idle))
    rig.request("unblock", ())
    rig.run(500_000)
    for call in list(rig.trunk.calls):
        rig.request("clear", call, 16)
    rig.run(60_000)
    assert [rig.state(n) for n in (1, 2, 3)] == [s.IDLE] * 3, rig.trunk.channel_text(1)
    assert rig.trunk.calls == {}
    assert rig.trunk.next_timeout() is None
    begun = {e.call for e in rig.of(ev.CallOffered)}
    released = [e.call for e in rig.of(ev.CallReleased)]
    assert len(released) == len(set(released))
    assert begun <= set(released)
    for channel in rig.trunk.channels.values():
        assert not channel.sounding
        assert channel.listening == 0
        assert channel.sent & channel.codes.mask == channel.codes.idle
