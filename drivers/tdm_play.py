"""What an engine's voice timeslots play."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from ..board.clock import FRAME, MILLISECOND
from ..board.model import Law
from ..board.play import (
    FASTEST,
    LOUDEST_DB,
    SLOWEST,
    SOFTEST_DB,
    Fsk,
    Octets,
    PlayItem,
    PlayOptions,
    Silence,
    stop_mask,
)
from ..board.progress_tones import Step
from ..errors import LocalError
from ..native import wrap, wrap_fsk
from ..native import wrap_player as native
from ..native.wrap_tones import ALAW, ULAW
from .tdm_voice import TdmVoice

_CODINGS = {Law.A: ALAW, Law.MU: ULAW}
_FRAMES = MILLISECOND // FRAME
_MOST_MS = 1 << 40
_MOST_TIMES = (1 << 32) - 1


class TdmPlay(TdmVoice):
    """Playing of octets and lists on one timeslot."""

    def play(self, octets: bytes, tag: int = 0) -> None:
        if not octets:
            raise LocalError(f"{self.where()}: nothing to play: give at least one octet")
        serial = self._board.next_serial()
        code, kept = self._board.engine.play(self.span, self.number, octets, serial)
        self.checked(code, "play on it")
        self._board.keep(serial, tag, kept)

    def stop_play(self) -> None:
        self.checked(self._board.engine.stop_play(self.span, self.number), "stop playing on it")

    def play_list(
        self, items: Sequence[PlayItem], options: PlayOptions | None = None, tag: int = 0
    ) -> None:
        how = _options(self.where(), options or PlayOptions())
        made = _items(self.where(), items)
        serial = self._board.next_serial()
        code, kept = native.play_list(self._board.engine, self.span, self.number, made, how, serial)
        if code == -errno.ENODATA:
            raise LocalError(
                f"{self.where()} does not hear what is to end its playing: listen to Listen.DTMF "
                "for stop_digits, to Listen.LEVEL for stop_on_voice"
            )
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: a list of more than 2**48 samples: give a shorter one"
            )
        self.checked(code, "play on it")
        self._board.keep(serial, tag, kept)

    def _control(self, what: int, value: int, doing: str) -> None:
        code = native.control(self._board.engine, self.span, self.number, what, value)
        self.checked(code, doing)

    def pause_play(self) -> None:
        self._control(native.PAUSE, 0, "pause its playing")

    def resume_play(self) -> None:
        self._control(native.RESUME, 0, "resume its playing")

    def seek_play(self, to: int, *, relative: bool = False) -> None:
        if not -(1 << 63) <= to < 1 << 63 or (to < 0 and not relative):
            raise LocalError(f"{self.where()}: seek to {to} ns: give 0 or more, within the list")
        what = native.SEEK_BY if relative else native.SEEK_TO
        self._control(what, round(to / FRAME), "seek in what it plays")

    def set_play_volume(self, volume_db: float) -> None:
        _check_volume(self.where(), volume_db)
        self._control(native.VOLUME, round(100 * volume_db), "set its volume")

    def set_play_speed(self, speed: float) -> None:
        _check_speed(self.where(), speed)
        self._control(native.SPEED, round(1000 * speed), "set its speed")

    def play_position(self) -> int:
        code = native.position(self._board.engine, self.span, self.number)
        return self.checked(code, "ask for its place in what it plays") * FRAME


def _check_volume(where: str, volume_db: float) -> None:
    if not SOFTEST_DB <= volume_db <= LOUDEST_DB:
        raise LocalError(f"{where}: volume {volume_db:g} dB: give {SOFTEST_DB:g} to {LOUDEST_DB:g}")


def _check_speed(where: str, speed: float) -> None:
    if not SLOWEST <= speed <= FASTEST:
        raise LocalError(f"{where}: speed {speed:g}: give {SLOWEST:g} to {FASTEST:g}")


def _options(where: str, options: PlayOptions) -> native.Options:
    _check_volume(where, options.volume_db)
    _check_speed(where, options.speed)
    if not 0 <= options.times <= _MOST_TIMES:
        raise LocalError(f"{where}: play {options.times} times: give 0 (for ever) or more")
    if not 0 <= options.start <= _MOST_MS * MILLISECOND:
        raise LocalError(f"{where}: start at {options.start} ns: give a place within the list")
    return native.Options(
        round(options.start / FRAME),
        options.times,
        round(100 * options.volume_db),
        round(1000 * options.speed),
        stop_mask(options.stop_digits),
        options.stop_on_voice,
        options.paused,
    )


def _check_step(where: str, step: Step) -> None:
    good = (
        len(step.frequencies) <= native.TONES_OF_A_STEP
        and all(0 <= hz < 3999 for hz in (*step.frequencies, step.am_hz))
        and -80 <= step.level <= 3.14
        and 0 <= step.am_depth <= 1
        and 0 <= step.samples < 1 << 32
        and 0 <= step.reversal < 1 << 32
    )
    if not good:
        raise LocalError(
            f"{where}: {step}: give up to {native.TONES_OF_A_STEP} frequencies below 3999 Hz at "
            "-80 to 3.14 dBm0, and a modulation depth of 0 to 1"
        )


def _fsk(item: Fsk) -> Octets:
    """Its samples: rendered here, for it is short."""
    samples = wrap_fsk.fsk_samples(
        item.octets,
        wrap_fsk.BELL202 if item.bell202 else wrap_fsk.V23,
        level=item.level_dbm0,
        seizure=item.seizure_bits,
        mark=item.mark_bits,
    )
    return Octets(wrap.alaw_encode(samples.tobytes()), Law.A)


def _item(where: str, item: PlayItem) -> tuple[native.Item, bool]:
    """The engine's form of it, and whether it ends."""
    if isinstance(item, Fsk):
        item = _fsk(item)
    if isinstance(item, Octets):
        if not item.octets and not item.damage:
            raise LocalError(f"{where}: nothing to play: give at least one octet")
        made = native.Item(
            native.OCTETS, item.octets, _CODINGS[item.law], damaged=bool(item.damage)
        )
        return made, True
    if not 1 <= (1 if item.ms is None else item.ms) <= _MOST_MS:
        raise LocalError(f"{where}: {item.ms} ms: give 1 or more")
    if isinstance(item, Silence):
        return native.Item(native.SILENCE, samples=item.ms * _FRAMES), True
    n = len(item.steps)
    if not 1 <= n <= native.STEPS or not 0 <= (item.repeat_from or 0) <= n:
        raise LocalError(
            f"{where}: {n} steps repeated from {item.repeat_from}: give 1 to {native.STEPS} steps, "
            "and one of them to repeat from, or None"
        )
    for step in item.steps:
        _check_step(where, step)
    repeats = item.repeat_from is not None and item.repeat_from < n
    ends = item.ms is not None or not (repeats or any(not s.samples for s in item.steps))
    samples = 0 if item.ms is None else item.ms * _FRAMES
    return (
        native.Item(native.TONES, samples=samples, steps=item.steps, repeat_from=item.repeat_from),
        ends,
    )


def _items(where: str, items: Sequence[PlayItem]) -> list[native.Item]:
    if not 1 <= len(items) <= native.ITEMS:
        raise LocalError(f"{where}: a list of {len(items)} items: give 1 to {native.ITEMS}")
    made = []
    ends = True
    for n, item in enumerate(items, 1):
        if not ends:
            raise LocalError(
                f"{where}: item {n} of the list comes after one that never ends: limit that by ms"
            )
        one, ends = _item(where, item)
        made.append(one)
    return made
