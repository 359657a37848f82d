"""Level meters: levels, peaks, offset, clipping, beside numpy; how calls and twins agree."""

from __future__ import annotations

import pathlib
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.native.wrap import ffi, lib
from trunkd.native.wrap_level import CLIP, HOP, NOTHING, VOICE, LevelBank, LevelEvent

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from level_rig import PEAK, RATE, dbm0, int16, listen, noise, tone


def selected(channels: int, **config: int | bool) -> LevelBank:
    bank = LevelBank(channels, **config)  # type: ignore[arg-type]
    for channel in range(channels):
        bank.select(channel)
    return bank


@pytest.mark.parametrize("level", [3, 0, -10, -40, -60])
@pytest.mark.parametrize("hz", [300, 1004, 3400])
def test_rms_of_sine(hz: float, level: float) -> None:
    bank, _ = listen(tone(hz, level, 1.024))
    now = bank.read(0)
    assert now.rms == pytest.approx(level, abs=0.1)
    assert now.fast == pytest.approx(level, abs=0.1)
    assert now.peak_level == pytest.approx(level, abs=0.4)
    assert abs(now.dc) <= now.peak // 2000  # what a sine leaves of its last period
    assert now.sample == 8192


def test_like_numpy() -> None:
    """The last 32 ms and the peak, 32 channels of noise of other levels, to 0.03 dB."""
    levels = np.linspace(-65, -5, 32)
    frames = int16(np.stack([noise(level, 1.28, n) for n, level in enumerate(levels)], 1))
    bank = selected(32)
    bank.run(frames.tobytes())
    for channel, level in enumerate(levels):
        now, mine = bank.read(channel), frames[:, channel].astype(float)
        # What of the offset it takes out is noise itself: the mean of the last second or so.
        assert now.rms == pytest.approx(dbm0(mine[-256:]), abs=0.03)
        assert now.peak == min(np.abs(mine).max(), 32767)
        assert now.peak_level == pytest.approx(20 * np.log10(now.peak / PEAK), abs=0.01)
        assert now.fast == pytest.approx(level, abs=0.6)


def test_fast_falls_as_an_exponential() -> None:
    """125 ms after a tone its level is 1/e of the power: 4.34 dB less."""
    bank, _ = listen(np.concatenate([tone(1000, -10, 2), np.zeros(1000)]))
    assert bank.read(0).fast == pytest.approx(-14.34, abs=0.3)
    assert bank.read(0).rms < -60


def test_nothing() -> None:
    bank, events = listen(np.zeros(20000))
    now = bank.read(0)
    assert not events
    assert now.rms == now.fast == now.floor == now.peak_level == NOTHING
    assert (now.peak, now.dc, now.voice, now.on) == (0, 0, False, True)
    assert now.since_voice == 20000


@pytest.mark.parametrize("offset", [-3000, -40, 7, 1000])
def test_offset(offset: int) -> None:
    bank, events = listen(noise(-50, 2) + offset)
    now = bank.read(0)
    assert now.dc == pytest.approx(offset, abs=2)
    assert now.rms == pytest.approx(-50, abs=0.8)
    assert now.fast == pytest.approx(-50, abs=0.5)
    assert not events


def test_offset_that_comes() -> None:
    bank, events = listen(noise(-50, 12) + np.repeat([0, 3000], 48000))
    assert bank.read(0).dc == pytest.approx(3000, abs=15)
    assert not events


def test_peak_is_held() -> None:
    bank = selected(2)
    loud, soft = int16(tone(1000, -3, 0.1)), int16(tone(1000, -33, 0.1))
    for part, peak in ((loud, 16160), (soft, 16160)):
        bank.run(np.stack([soft, part], 1).tobytes())
        assert bank.read(1).peak == pytest.approx(peak, abs=2)
    assert bank.read(1, reset=True).peak == pytest.approx(16160, abs=2)
    assert bank.read(1).peak == 0
    bank.run(np.stack([loud, soft], 1).tobytes())
    assert bank.read(1).peak == pytest.approx(511, abs=2)
    assert bank.read(0).peak == pytest.approx(16160, abs=2)


def test_least_sample() -> None:
    """-32768 is a magnitude of 32767."""
    bank, events = listen(np.full(640, -32768.0))
    assert bank.read(0).peak == 32767
    assert bank.read(0).clipped == 640
    assert [(e.kind, e.active, e.sample) for e in events] == [(CLIP, True, 0)]


def clips(events: list[LevelEvent]) -> list[tuple[int, int, bool, int]]:
    return [(e.sample, e.duration, e.active, e.clipped) for e in events if e.kind == CLIP]


def test_clipping() -> None:
    line = np.zeros(8000)
    line[1000:1500:10] = 32767
    line[1505:1700:20] = -32700
    line[4000:4003] = 32124  # no more than three
    line[6000:6004] = 32124
    line[6004 + 300] = 32767
    line[7900:7910] = 32123
    bank, events = listen(line)
    assert clips(events) == [
        (1000, 31, True, 4),
        (1000, 686, False, 60),
        (6000, 4, True, 4),
        (6000, 4, False, 4),
    ]
    assert bank.read(0).clipped == 50 + 10 + 3 + 4 + 1


def test_overdriven_tone_clips() -> None:
    bank, events = listen(tone(700, 9, 1), clip_samples=10)
    (on,) = [e for e in events if e.kind == CLIP]
    assert on.active
    assert on.clipped == 10
    assert on.level_dbm0 >= NOTHING
    assert bank.read(0).clipped > 4000
    assert not clips(listen(tone(700, 2.5, 1))[1])


def run_cut(frames: np.ndarray, cuts: list[int], **config: int | bool) -> tuple[list, list]:
    bank = selected(frames.shape[1], **config)
    events: list[LevelEvent] = []
    at = 0
    while at < len(frames):
        n = cuts[len(events) % len(cuts)]
        events += bank.run(frames[at : at + n].tobytes())
        at += n
    shown = [bank.read(c) for c in range(frames.shape[1])]
    return sorted(events, key=lambda e: (e.channel, e.sample + e.duration, e.kind)), shown


@settings(deadline=None, max_examples=25)
@given(
    channels=st.integers(1, 40),
    cuts=st.lists(st.integers(1, 300), min_size=1, max_size=5),
    seed=st.integers(0, 2**32 - 1),
)
def test_calls_and_twins(channels: int, cuts: list[int], seed: int) -> None:
    """However samples are cut into calls, and with or without vectors: the same, to the bit."""
    rng = np.random.default_rng(seed)
    levels = 10 ** rng.uniform(0, 5.2, (12, channels))
    frames = int16(rng.normal(0, 1, (12 * 400, channels)) * np.repeat(levels, 400, 0))
    whole = run_cut(frames, [len(frames)])
    assert run_cut(frames, cuts) == whole
    assert run_cut(frames, cuts, plain=True) == whole
    assert LevelBank(1).vector or not LevelBank(1, plain=True).vector


def test_neighbours_do_not_matter() -> None:
    """A channel beside others that are on, off, or not there tells what it tells alone."""
    rng = np.random.default_rng(3)
    line = int16(np.concatenate([noise(-55, 0.5), tone(440, -12, 0.5), noise(-55, 0.7)]))
    alone = selected(1)
    wanted = alone.run(line.tobytes())
    frames = rng.integers(-32768, 32767, (len(line), 50)).astype(np.int16)
    frames[:, 47] = line
    for others in (False, True):
        bank = LevelBank(48)
        for channel in range(47):
            bank.select(channel, others)
        bank.select(47)
        events = bank.run(frames.tobytes(), stride=50)
        assert [e._replace(channel=0) for e in events if e.channel == 47] == wanted
        assert others == any(e.channel != 47 for e in events)
        assert bank.read(47) == alone.read(0)
        assert bank.read(0).on == others


def test_select() -> None:
    bank = LevelBank(3)
    loud = int16(np.stack([tone(440, -12, 0.5)] * 3, 1))
    assert bank.run(loud.tobytes()) == []
    assert bank.read(1).rms == NOTHING
    bank.select(1)
    bank.run(loud[:100].tobytes())
    bank.select(1, False)
    assert bank.run(loud.tobytes()) == []
    assert bank.read(1)._replace(sample=0) == LevelBank(1).read(0)
    bank.select(1)  # 36 samples into a hop: from the next one on
    (on,) = bank.run(loud.tobytes())
    assert (on.channel, on.kind, on.active) == (1, VOICE, True)
    hops = bank.read(1).sample // HOP * HOP
    assert bank.read(1).rms == pytest.approx(-12, abs=0.1)
    assert hops <= bank.read(1).sample


def test_events_without_room_are_counted() -> None:
    bank = selected(2)
    line = int16(np.concatenate([noise(-60, 0.3), tone(440, -10, 0.3)]))
    memory = ffi.from_buffer("int16_t[]", np.repeat(line, 2).tobytes())
    events = ffi.new("td_level_event[]", 1)
    assert lib.td_level_run(bank._bank, memory, len(line), 2, events, 1) == 1
    assert bank.lost == 1
    assert lib.td_level_run(bank._bank, memory, len(line), 1, events, 1) < 0


def test_read_from_another_thread() -> None:
    """Reads while run runs: every reading is whole, and time never goes back."""
    bank = selected(32)
    frames = int16(np.stack([tone(1000, -10, 0.8)] * 32, 1)).tobytes()
    over = threading.Event()
    wrong: list[object] = []

    def look() -> None:
        last = 0
        while not over.is_set():
            now = bank.read(31)
            if now.sample < last or (now.rms != NOTHING and not -12 < now.rms < -9):
                wrong.append(now)
            last = now.sample

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(40):
        bank.run(frames)
    over.set()
    thread.join()
    assert not wrong
    assert bank.read(31).sample == 40 * 0.8 * RATE


def test_wrong_use() -> None:
    for channels in (0, 1025):
        with pytest.raises(LocalError, match="1 to 1024 channels"):
            LevelBank(channels)
    with pytest.raises(LocalError, match="ranges"):
        LevelBank(-1)
    for config in ({"voice_min": 3}, {"floor_max": -81}, {"voice_over": 0.5}, {"hangover_ms": 7}):
        with pytest.raises(LocalError, match="voice_over of 1 to 30 dB"):
            LevelBank(1, **config)
    bank = LevelBank(2)
    for channel in (2, 5000):
        with pytest.raises(LocalError, match=f"no channel {channel}: there are 0 to 1"):
            bank.select(channel)
        with pytest.raises(LocalError, match="no channel"):
            bank.read(channel)
    with pytest.raises(LocalError, match="not whole frames of 2"):
        bank.run(b"123456")
    with pytest.raises(LocalError, match="not whole frames of 1"):
        bank.run(b"12", stride=1)
