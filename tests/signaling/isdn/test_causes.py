"""Q.850's table of causes."""

from __future__ import annotations

import pytest

from trunkd.signaling.isdn import causes


def test_rows_are_in_order_and_complete() -> None:
    values = [row[0] for row in causes.ROWS]
    assert values == sorted(set(values))
    assert all(name and meaning for _, name, meaning in causes.ROWS)
    # Q.850 (05/98) table 1.
    expected = [*range(1, 10), 14, *range(16, 32), 34, *range(38, 45), 46, 47, 49, 50, 53, 55]
    expected += [57, 58, 62, 63, 65, 66, 69, 70, 79, *range(81, 89), 90, 91, *range(95, 104)]
    expected += [110, 111, 127]
    assert values == expected


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (16, "normal call clearing"),
        (17, "user busy"),
        (34, "no circuit/channel available"),
        (102, "recovery on timer expiry"),
        (37, "unknown cause (resource unavailable)"),
        (15, "unknown cause (normal event)"),
        (126, "unknown cause (interworking)"),
        (128, "no such cause"),
        (-1, "no such cause"),
    ],
)
def test_names(value: int, name: str) -> None:
    assert causes.name(value) == name


def test_locations() -> None:
    assert causes.location_name(0) == "user"
    assert causes.location_name(6) == "location 6"
