"""Play lists of an engine's timeslots; td_player.h says what each function does.

Functions take the ``Engine``; they return what the C functions return: 0 or more, or a negative
errno.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..errors import LocalError
from .wrap import ffi, lib
from .wrap_engine import Engine

OCTETS: int = lib.TD_ITEM_OCTETS
TONES: int = lib.TD_ITEM_TONES
SILENCE: int = lib.TD_ITEM_SILENCE

PAUSE: int = lib.TD_PLAY_PAUSE
RESUME: int = lib.TD_PLAY_RESUME
SEEK_TO: int = lib.TD_PLAY_SEEK_TO
SEEK_BY: int = lib.TD_PLAY_SEEK_BY
VOLUME: int = lib.TD_PLAY_VOLUME
SPEED: int = lib.TD_PLAY_SPEED

ITEMS: int = lib.TD_PLAY_ITEMS
STEPS: int = lib.TD_PLAY_STEPS
TONES_OF_A_STEP: int = lib.TD_CADENCE_TONES

END_VOICE: int = lib.TD_END_VOICE
END_DAMAGED: int = lib.TD_END_DAMAGED


class ToneStep(Protocol):
    """wrap_progress.CadenceStep and what looks like it."""

    @property
    def frequencies(self) -> tuple[float, ...]: ...
    @property
    def samples(self) -> int: ...
    @property
    def level(self) -> float: ...
    @property
    def am_hz(self) -> float: ...
    @property
    def am_depth(self) -> float: ...
    @property
    def reversal(self) -> int: ...


class Item(NamedTuple):
    """td_play_item; what an item does not use keeps its default."""

    kind: int
    octets: bytes = b""
    coding: int = 0
    """TD_ALAW, TD_ULAW, 0: the timeslot's own."""
    samples: int = 0
    """Of SILENCE; of TONES at most, 0: no limit."""
    steps: Sequence[ToneStep] = ()
    repeat_from: int | None = None
    damaged: bool = False


class Options(NamedTuple):
    """td_play_options."""

    start: int = 0
    times: int = 1
    volume: int = 0
    speed: int = 1000
    stop_digits: int = 0
    stop_on_voice: bool = False
    paused: bool = False


def _steps(steps: Sequence[ToneStep]) -> Any:
    made = ffi.new("td_cadence_step[]", len(steps))
    for native, step in zip(made, steps, strict=True):
        if len(step.frequencies) > TONES_OF_A_STEP:
            raise LocalError(
                f"{len(step.frequencies)} frequencies at once: give at most {TONES_OF_A_STEP}"
            )
        for i, hz in enumerate(step.frequencies):
            native.frequency[i] = hz
            native.level[i] = step.level
        native.am_hz, native.am_depth = step.am_hz, step.am_depth
        native.samples, native.reversal = step.samples, step.reversal
    return made


def play_list(
    engine: Engine,
    span: int,
    timeslot: int,
    items: Sequence[Item],
    options: Options,
    tag: int,
) -> tuple[int, Any]:
    """The second value must be kept until the list has ended: it holds the octets."""
    made = ffi.new("td_play_item[]", len(items))
    kept: list[Any] = []
    steps: list[Any] = []
    for native, item in zip(made, items, strict=True):
        native.kind = item.kind
        native.damaged = item.damaged
        native.samples = item.samples
        if item.kind == OCTETS:
            memory = ffi.from_buffer("uint8_t[]", item.octets)
            kept.append(memory)
            native.octets, native.samples, native.coding = memory, len(memory), item.coding
        elif item.kind == TONES:
            steps.append(_steps(item.steps))
            native.steps, native.n_steps = steps[-1], len(item.steps)
            native.repeat_from = len(item.steps) if item.repeat_from is None else item.repeat_from
    how = ffi.new("td_play_options *", options._asdict())
    code = lib.td_slot_play_list(engine.handle, span, timeslot, made, len(items), how, tag)
    return int(code), kept


def control(engine: Engine, span: int, timeslot: int, what: int, value: int = 0) -> int:
    return int(lib.td_slot_play_control(engine.handle, span, timeslot, what, value))


def position(engine: Engine, span: int, timeslot: int) -> int:
    return int(lib.td_slot_play_position(engine.handle, span, timeslot))
