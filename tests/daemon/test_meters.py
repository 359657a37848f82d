"""The meters of ``trunkd levels``: bars, peak hold, clipping, and 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from trunkd.daemon.meters import CELLS, LEAST, MOST, Meter, bar, row, scale, screen
from trunkd.daemon.methods_media import LevelInfo


def info(fast: float = -20, peak: float = -15, **more: object) -> LevelInfo:
    values = {
        "call_id": 3,
        "device": "trunk/pstn/7",
        "rms": fast,
        "noise": -60.0,
        "dc": 0,
        "clipped": 0,
        "voice": False,
        "silence": 1.0,
    }
    return LevelInfo(fast=fast, peak=peak, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "cells"), [(-90, 0), (-60, 0), (-28.5, CELLS // 2), (3, CELLS), (9, CELLS)]
)
def test_a_bar_is_as_long_as_the_level_says(level: float, cells: int) -> None:
    text = bar(level, LEAST).plain
    assert len(text) == CELLS
    assert text.count("█") == cells
    assert text[cells:].strip() == ""


def test_a_bar_grows_by_eighths() -> None:
    step = (MOST - LEAST) / CELLS / 8
    seen = [bar(-40 + n * step, LEAST).plain for n in range(64)]
    assert len(set(seen)) == 64


def test_the_peak_has_a_mark_that_is_never_hidden_nor_outside() -> None:
    assert bar(-60, -28.4).plain.index("|") == CELLS // 2
    assert bar(-60, 20).plain.index("|") == CELLS - 1
    assert "|" not in bar(-60, LEAST).plain
    assert any("red" in str(span.style) for span in bar(0, 0).spans)
    quiet = bar(-20, LEAST)
    filled = quiet.plain.count("█")
    assert all("red" not in str(span.style) for span in quiet.spans if span.start < filled)


def test_the_peak_is_held_and_falls() -> None:
    meter = Meter()
    meter.update(info(peak=-10), 0)
    meter.update(info(peak=-30), 1.4)
    assert meter.peak == -10
    meter.update(info(peak=-30), 2.0)
    assert meter.peak == pytest.approx(-20)
    meter.update(info(peak=-30), 2.25)
    assert meter.peak == pytest.approx(-25)
    meter.update(info(peak=-12), 2.3)
    assert meter.peak == -12, "a new peak is held again"
    meter.update(info(peak=-90), 3.7)
    assert meter.peak == -12
    meter.update(info(peak=-90), 60)
    assert meter.peak == LEAST


def test_clipping_is_shown_for_a_while() -> None:
    meter = Meter()
    meter.update(info(clipped=7), 0)
    assert not meter.clipping, "that was before anybody looked"
    meter.update(info(clipped=8), 1)
    assert meter.clipping
    assert "CLIPS" in row(meter).plain
    meter.update(info(clipped=8), 3.9)
    assert meter.clipping
    meter.update(info(clipped=8), 4.1)
    assert not meter.clipping


def test_lines_fit_into_80_columns_and_stand_under_each_other() -> None:
    meter = Meter()
    meter.update(info(-20, -15, call_id=12345, device="trunk/a-very-long-name-of-a-trunk/31"), 0)
    meter.update(info(-3, 2.9, clipped=1, voice=True), 1)
    text = row(meter).plain
    assert len(text) <= 79
    assert len(scale().plain) <= 79
    assert scale().plain.index("-60") == text.index("█")
    speaking = Meter()
    speaking.update(info(voice=True, device="trunk/a-very-long-name/31"), 0)
    assert "talks" in row(speaking).plain and "…" in row(speaking).plain
    silent = Meter()
    silent.update(info(-80, -80, noise=-80.0), 0)
    assert row(silent).plain.split() == ["3", "pstn/7", "-", "-", "-"]


def test_a_screen_shows_as_many_as_there_is_room_for() -> None:
    meters = []
    for n in range(5):
        meter = Meter()
        meter.update(info(call_id=n + 1), 0)
        meters.append(meter)
    out = Console(width=80, record=True, file=io.StringIO())
    out.print(screen(meters, 3))
    text = out.export_text()
    assert len(text.splitlines()) == 5
    assert "2 more" in text
    out.print(screen([], 3))
    assert "no calls" in out.export_text()
