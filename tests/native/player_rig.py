"""A player by itself: on a soft channel, which records what it says. Stepped, sample for sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trunkd.board.clock import FRAME
from trunkd.native import wrap, wrap_player, wrap_tones
from trunkd.native.wrap_engine import EVENT, EVENT_PLAY_END, Engine
from trunkd.native.wrap_player import Item, Options, ToneStep

SPAN = 2
TAG = -77
PEAK = 22827.0
"""Of a sine at 0 dBm0."""
IDLE = 0xD5


class End(NamedTuple):
    """TD_EVENT_PLAY_END; time in samples."""

    time: int
    code: int
    octets: int
    value: int


class Rig:
    """One voice timeslot of a soft span, and its player."""

    def __init__(self, block: int = 8, ulaw: bool = False, room: int = 1 << 20) -> None:
        self.block = block
        self.engine = Engine(1, block, 1 << 18, True, soft_spans=1)
        assert self.engine.open_voice(SPAN, 1, ulaw, 0xFF if ulaw else IDLE) == 0
        assert self.engine.start() == 0
        code, self._record = self.engine.record(SPAN, 1, room, 0)
        assert code == 0
        self._table = np.frombuffer(
            (wrap.ulaw_decode if ulaw else wrap.alaw_decode)(bytes(range(256))), np.int16
        )
        self.ends: list[End] = []
        self._kept: list[object] = []

    def play(self, items: Sequence[Item], options: Options | None = None) -> int:
        how = options or Options()
        code, kept = wrap_player.play_list(self.engine, SPAN, 1, items, how, TAG)
        self._kept.append(kept)
        return code

    def control(self, what: int, value: int = 0) -> None:
        assert wrap_player.control(self.engine, SPAN, 1, what, value) == 0

    def position(self) -> int:
        return wrap_player.position(self.engine, SPAN, 1)

    def run(self, samples: int) -> None:
        """Whole blocks, at least so many samples."""
        until = self.engine.time() + -(-samples // self.block) * self.block * FRAME
        while self.engine.time() < until:
            self.engine.step(until)
            self._take()

    def run_to_end(self, most: int = 1 << 20) -> End:
        """Until the list ends."""
        n, until = len(self.ends), self.engine.time() + most * FRAME
        while len(self.ends) == n and self.engine.time() < until:
            self.run(self.block)
        assert len(self.ends) == n + 1, f"no end within {most} samples"
        return self.ends[-1]

    def _take(self) -> None:
        raw = self.engine.events()
        at = 0
        while at < len(raw):
            time, tag, size, octets, _, value, kind, span, timeslot, code = EVENT.unpack_from(
                raw, at
            )
            if kind == EVENT_PLAY_END:
                assert (tag, span, timeslot) == (TAG, SPAN, 1)
                self.ends.append(End(time // FRAME, code, octets, value))
            at += size

    @property
    def octets(self) -> bytes:
        """All that was said since the beginning."""
        return self.engine.octets(self._record, self.engine.recorded(SPAN, 1))

    @property
    def samples(self) -> np.ndarray:
        """The same, linear."""
        return self._table[np.frombuffer(self.octets, np.uint8)].astype(float)

    def playing(self) -> bool:
        return self.engine.playing(SPAN, 1)

    def close(self) -> None:
        self.engine.free()


def octets(data: bytes, coding: int = wrap_tones.ALAW, damaged: bool = False) -> Item:
    return Item(wrap_player.OCTETS, data, coding, damaged=damaged)


def silence(samples: int) -> Item:
    return Item(wrap_player.SILENCE, samples=samples)


def tones(*steps: ToneStep, repeat_from: int | None = None, samples: int = 0) -> Item:
    return Item(wrap_player.TONES, steps=steps, repeat_from=repeat_from, samples=samples)


def alaw(samples: np.ndarray) -> bytes:
    return wrap.alaw_encode(np.rint(samples).astype("<i2").tobytes())


def sine(hz: float, n: int, dbm0: float = -10) -> np.ndarray:
    return PEAK * 10 ** (dbm0 / 20) * np.sin(2 * np.pi * hz * np.arange(n) / 8000)


def peak_hz(samples: np.ndarray) -> float:
    """The strongest frequency, between the lines of the spectrum, too."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    k = int(spectrum[1:-1].argmax()) + 1
    a, b, c = np.log(spectrum[k - 1 : k + 2] + 1e-9)
    return (k + (a - c) / (2 * (a - 2 * b + c))) * 8000 / len(samples)
