"""Loop current to off hook, on hook, digits and flashes: every rate, break, digit and length."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.analog.hook import (
    HOOK_NAMES,
    HOOK_OFF,
    HOOK_ON,
    HOOK_PULSE,
    HOOK_ROWS,
    HookInterpreter,
    HookWindows,
)
from trunkd.signaling.analog.pulse import NEVER, PulseWindows, edges

MS = 1_000_000
SECOND = 1_000_000_000


def lifted(windows: HookWindows | None = None, collecting: bool = True) -> HookInterpreter:
    hook = HookInterpreter(windows or HookWindows())
    hook.collecting = collecting
    hook.change(True, 0)
    hook.expire(hook.deadline)
    assert hook.taken() == [(HOOK_OFF, 0)]
    return hook


def play(hook: HookInterpreter, changes: list[tuple[int, bool]], late: int = 0) -> list[str]:
    """Give the changes, (ns, open), in real order with timers, ``late`` ns late at most."""
    for at, open_ in changes:
        while hook.deadline + late <= at:
            hook.expire(hook.deadline + late)
        hook.change(not open_, at)
    while hook.deadline != NEVER:
        hook.expire(hook.deadline + late)
    return [
        f"{HOOK_NAMES[kind]} {value}".strip() for kind, value in hook.taken() if kind != HOOK_PULSE
    ]


def shifted(changes: list[tuple[int, bool]], by: int) -> list[tuple[int, bool]]:
    return [(at + by, open_) for at, open_ in changes]


@pytest.mark.parametrize("pps", [8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 12.0])
def test_all_digits_at_every_rate_and_break(pps: float) -> None:
    wrong = []
    for broken in range(50, 76):
        for pause in (250, 800):
            got = play(lifted(), shifted(edges("1234567890", pps, broken, pause), SECOND))
            if got != [f"digit {n}" for n in range(1, 11)]:
                wrong.append((pps, broken, pause, got))
    assert not wrong


@pytest.mark.parametrize("digit", "1234567890")
def test_each_digit_alone_collecting_or_not(digit: str) -> None:
    pulses = int(digit) or 10
    for pps in (8.0, 9.0, 10.0, 11.0, 12.0):
        for broken in range(50, 76, 5):
            changes = shifted(edges(digit, pps, broken), SECOND)
            assert play(lifted(), changes) == [f"digit {pulses}"]
            length = round(1000 / pps * broken / 100, 3)
            talking = play(lifted(collecting=False), changes)
            if pulses == 1 and length >= 75:
                assert talking == [f"flash {int(length)}"]
            else:
                assert talking == [f"digit {pulses}"]


def test_every_flash_of_80_to_800_ms() -> None:
    for ms in range(80, 801):
        talking = lifted(collecting=False)
        got = play(talking, [(SECOND, True), (SECOND + ms * MS, False)])
        assert got == [f"flash {ms}"], ms
        assert talking.off


def test_while_digits_are_collected_a_flash_begins_above_the_longest_pulse() -> None:
    for ms in range(18, 821):
        got = play(lifted(), [(SECOND, True), (SECOND + ms * MS, False)])
        assert got == (["digit 1"] if ms <= 105 else [f"flash {ms}"]), ms


def test_above_the_flash_it_is_a_hang_up() -> None:
    for ms in (821, 900, 1500, 60_000):
        hook = lifted(collecting=False)
        got = play(hook, [(SECOND, True), (SECOND + ms * MS, False)])
        assert got == ["on hook 0", "off hook 0"]
    hook = lifted()
    hook.change(False, SECOND)
    assert hook.deadline == SECOND + 820 * MS + 1
    hook.expire(hook.deadline)
    assert hook.taken() == [(HOOK_ON, 0)] and not hook.off and hook.deadline == NEVER


@pytest.mark.parametrize("row", HOOK_ROWS)
def test_every_break_of_every_row_is_what_its_windows_say(row: str) -> None:
    windows = HookWindows(row)
    low, high = HOOK_ROWS[row].flash
    for ms in range(1, HOOK_ROWS[row].on_hook + 50, 3):
        hook = lifted(windows, collecting=False)
        got = play(hook, [(SECOND, True), (SECOND + ms * MS, False)])
        if ms > HOOK_ROWS[row].on_hook:
            assert got == ["on hook 0", "off hook 0"]
        elif high and low <= ms <= high:
            assert got == [f"flash {ms}"], ms
        elif ms < 18:
            assert got == []
        elif ms <= 105:
            assert got == ["digit 1"]
        else:
            assert got == [f"break {ms}"]


def test_own_windows() -> None:
    windows = HookWindows("us", flash_min=200, flash_max=600, on_hook=700)
    results = {
        150: ["break 150"],
        200: ["flash 200"],
        600: ["flash 600"],
        650: ["break 650"],
        701: ["on hook 0", "off hook 0"],
    }
    for ms, expected in results.items():
        got = play(lifted(windows, False), [(SECOND, True), (SECOND + ms * MS, False)])
        assert got == expected


def test_bounces_change_nothing() -> None:
    # Each contact bounces twice for 3 ms when it closes and once when it opens.
    clean = shifted(edges("7302", 10.0, 60.0), SECOND)
    bouncing: list[tuple[int, bool]] = []
    for at, open_ in clean:
        bouncing += [(at, open_), (at + 2 * MS, not open_), (at + 5 * MS, open_)]
    assert play(lifted(), bouncing) == ["digit 7", "digit 3", "digit 10", "digit 2"]


def test_short_current_is_no_seizure() -> None:
    # The wetting pulse of caller ID, 15 ms (SIN 242).
    hook = HookInterpreter(HookWindows())
    hook.change(True, SECOND)
    hook.change(False, SECOND + 16 * MS)
    assert hook.deadline == NEVER and hook.taken() == [] and not hook.off
    hook.change(True, 2 * SECOND)
    hook.change(False, 2 * SECOND + 31 * MS)
    assert hook.taken() == [(HOOK_OFF, 0)] and hook.off


def test_a_late_clock_finds_the_same() -> None:
    changes = shifted(edges("905", 8.0, 75.0, 300), SECOND)
    at = changes[-1][0] + SECOND
    changes += [(at, True), (at + 300 * MS, False), (at + 3 * SECOND, True)]
    expected = ["digit 9", "digit 10", "digit 5", "flash 300", "on hook 0"]
    assert play(lifted(), changes) == expected
    assert play(lifted(), changes, late=400 * MS) == expected


def test_a_flash_right_behind_a_digit() -> None:
    changes = shifted(edges("4", 10.0, 60.0), SECOND)
    last = changes[-1][0] + 60 * MS
    got = play(lifted(), [*changes, (last, True), (last + 300 * MS, False)])
    assert got == ["digit 4", "flash 300"]


def test_hang_up_in_a_digit_forgets_it() -> None:
    changes = shifted(edges("5", 10.0, 60.0), SECOND)[:4]
    got = play(lifted(), [*changes, (changes[-1][0] + 40 * MS, True)])
    assert got == ["on hook 0"]


def test_too_many_pulses_are_told_as_they_are() -> None:
    changes = []
    for n in range(12):
        at = SECOND + n * 100 * MS
        changes += [(at, True), (at + 60 * MS, False)]
    assert play(lifted(), changes) == ["digit 12"]


def test_the_first_pulse_is_told_at_once() -> None:
    hook = lifted()
    hook.change(False, SECOND)
    hook.change(True, SECOND + 60 * MS)
    assert hook.taken() == [(HOOK_PULSE, 0)]
    hook.change(False, SECOND + 100 * MS)
    hook.change(True, SECOND + 160 * MS)
    assert hook.taken() == []


def test_reset_begins_anew() -> None:
    hook = lifted()
    hook.reset(True, False, SECOND)
    assert hook.off and hook.deadline == SECOND + 820 * MS + 1
    hook.change(True, SECOND + 3 * MS)
    assert hook.taken() == [] and hook.deadline == NEVER
    hook.reset(False, True, 2 * SECOND)
    assert not hook.off and hook.deadline == 2 * SECOND + 30 * MS


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"row": "fr"}, "wide, us"),
        ({"flash_min": 10}, "20 to 2500"),
        ({"flash_min": 900}, "flash_min below"),
        ({"on_hook": 500}, "more than a flash"),
        ({"row": "none", "on_hook": 90}, "a pulse"),
        ({"off_hook": 2000}, "1 to 1000"),
    ],
)
def test_wrong_windows(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        HookWindows(**settings)  # type: ignore[arg-type]


def test_slow_pulses_beside_late_flashes() -> None:
    windows = HookWindows("us", pulses=PulseWindows(break_max=200))
    got = play(lifted(windows), [(SECOND, True), (SECOND + 199 * MS, False)])
    assert got == ["digit 1"]
