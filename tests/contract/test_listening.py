"""What timeslots hear, with times, levels and meters; conditioning; echo."""

from __future__ import annotations

import numpy as np
import pytest

from trunkd.board.clock import MILLISECOND
from trunkd.board.events import PlayEnded
from trunkd.board.media import Conditioning, Direction, EchoCancelling, Listen
from trunkd.board.media_events import (
    DigitHeard,
    DigitKind,
    FskHeard,
    ModemToneHeard,
    SegmentHeard,
    VoiceHeard,
)
from trunkd.board.model import Feature, Law
from trunkd.errors import LocalError
from trunkd.native import wrap

FULL = 32768.0


def sine(hz: float, ms: float, dbm0: float) -> np.ndarray:
    peak = FULL * 10 ** ((dbm0 - 3.14) / 20)
    return peak * np.sin(2 * np.pi * hz * np.arange(round(8 * ms)) / 8000)


def dtmf(digits: str, on: float = 60, off: float = 60, dbm0: float = -10) -> np.ndarray:
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
    parts = [np.zeros(round(8 * off))]
    for digit in digits:
        at = "123A456B789C*0#D".index(digit)
        parts.append(sine(rows[at // 4], on, dbm0) + sine(columns[at % 4], on, dbm0))
        parts.append(np.zeros(round(8 * off)))
    return np.concatenate(parts)


def octets(samples: np.ndarray, law: Law = Law.A) -> bytes:
    pcm = np.rint(samples).astype("<i2").tobytes()
    return wrap.alaw_encode(pcm) if law is Law.A else wrap.ulaw_encode(pcm)


@pytest.fixture
def up(bench):
    if Feature.LISTEN not in bench.board.features:
        pytest.fail(f"{bench.board.address} says that it has no detectors: take its maker out")
    bench.start()
    return bench


def say(bench, timeslot, samples: np.ndarray, law: Law = Law.A, after_ms: float = 100) -> int:
    """Play it to its end and a little on; board time of its first sample on the line."""
    done = len(bench.of(PlayEnded))
    begun = bench.board.clock.now()
    timeslot.play(octets(samples, law))
    bench.wait(lambda: len(bench.of(PlayEnded)) > done, 20000)
    bench.pass_time(after_ms)
    return begun


@pytest.mark.parametrize("law", Law)
def test_digits_with_their_times_and_levels(up, law):
    near, far = up.near.timeslots[3], up.far.timeslots[3]
    near.open_voice(law)
    far.open_voice(law)
    near.listen(Listen.DTMF)
    up.pass_time(20)
    begun = say(up, far, dtmf("159D#"), law)
    heard = [e for e in up.of(DigitHeard) if not e.ended]
    ends = [e for e in up.of(DigitHeard) if e.ended]
    assert "".join(e.digit for e in heard) == "159D#"
    assert [e.digit for e in ends] == [e.digit for e in heard]
    for n, event in enumerate(ends):
        assert event.kind is DigitKind.DTMF
        assert (event.span, event.timeslot) == (up.near.number, 3)
        expected = begun + (60 + 120 * n) * MILLISECOND
        assert abs(event.began - expected) < (20 + up.LATENCY_MS) * MILLISECOND
        assert abs(event.duration - 60 * MILLISECOND) < 12 * MILLISECOND
        assert event.began < event.time
        assert abs(event.level_dbm0 + 10) < 1


def test_only_who_listens_hears_and_only_what_was_asked_for(up):
    pairs = [up.voice(n) for n in (1, 2, 20)]
    pairs[0][0].listen(Listen.DTMF)
    pairs[2][0].listen(Listen.MODEM)
    for _, far in pairs:
        far.play(octets(dtmf("42")))
    up.pass_time(500)
    assert {e.timeslot for e in up.of(DigitHeard)} == {1}
    assert not up.of(ModemToneHeard)
    pairs[0][0].listen(Listen.NONE)
    pairs[1][0].listen(Listen.DTMF)
    up.seen.clear()
    for _, far in pairs:
        far.play(octets(dtmf("7")))
    up.pass_time(400)
    assert {e.timeslot for e in up.of(DigitHeard)} == {2}


def test_all_detectors_at_once(up):
    near, far = up.voice(9)
    near.listen(~Listen.NONE)
    up.pass_time(50)
    say(up, far, sine(2100, 600, -12), after_ms=500)
    assert any(abs(e.frequency - 2100) < 5 for e in up.of(ModemToneHeard))
    segments = [e for e in up.of(SegmentHeard) if e.ended]
    assert any(e.frequencies and abs(e.frequencies[0] - 2100) < 5 for e in segments)
    voice = up.of(VoiceHeard)
    assert [e.active for e in voice][:2] == [True, False]


def test_fsk_of_a_caller_id_message(up):
    from trunkd.native.wrap_fsk import fsk_samples

    near, far = up.voice(5)
    near.listen(Listen.FSK_V23)
    message = bytes((0x80, 3, 65, 66, 67))
    say(up, far, np.frombuffer(fsk_samples(message), "<i2").astype(float))
    heard = bytes(e.octet for e in up.of(FskHeard) if e.kind == 1)
    assert message in heard


def test_meter(up):
    near, far = up.voice(4)
    with pytest.raises(LocalError, match="has no meter"):
        near.level()
    near.listen(Listen.LEVEL)
    up.pass_time(100)
    assert near.level().rms_dbm0 < -55
    far.play(octets(sine(1004, 1000 + 20 * up.LATENCY_MS, -13)))
    up.pass_time(600)
    now = near.level()
    assert abs(now.rms_dbm0 + 13) < 0.3
    assert abs(now.fast_dbm0 + 13) < 0.5
    assert now.voice and now.silence == 0


def test_gain_of_both_directions(up):
    near, far = up.voice(6)
    far.listen(Listen.LEVEL)
    near.listen(Listen.LEVEL)
    near.condition(Direction.SENT, Conditioning(gain_db=-6))
    far.condition(Direction.RECEIVED, Conditioning(gain_db=-10))
    near.play(octets(sine(1004, 500 + 20 * up.LATENCY_MS, -5)))
    up.pass_time(400)
    assert abs(far.level().rms_dbm0 + 21) < 0.5
    near.condition(Direction.SENT, None)
    up.pass_time(60)
    assert abs(far.level().rms_dbm0 + 15) < 0.5
    with pytest.raises(LocalError, match="conditioning"):
        near.condition(Direction.SENT, Conditioning(gain_db=99))


def test_echo_is_cancelled_before_everything_else(up):
    """The far end sends back what it hears, 12 dB down."""
    near, far = up.voice(7)
    far.connect(far)
    far.condition(Direction.SENT, Conditioning(gain_db=-12))
    near.listen(Listen.LEVEL)
    with pytest.raises(LocalError, match="call cancel_echo first"):
        near.echo_state()
    rng = np.random.default_rng(3)
    near.play(octets(1500 * rng.standard_normal(8 * (3000 + 20 * up.LATENCY_MS))))
    up.pass_time(500)
    before = near.level().rms_dbm0
    near.cancel_echo(EchoCancelling(tail_ms=64))
    up.pass_time(1500)
    assert near.level().rms_dbm0 < before - 25
    state = near.echo_state()
    assert abs(state.erl_db - 12) < 2
    assert state.erle_db > 20
    with pytest.raises(LocalError, match="one tail for all"):
        other, _ = up.voice(8)
        other.cancel_echo(EchoCancelling(tail_ms=128))
