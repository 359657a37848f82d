"""Ringing by country: every row whole, its source named."""

from __future__ import annotations

import pytest

from trunkd.board.progress_tones import COUNTRIES
from trunkd.errors import ConfigError
from trunkd.signaling.analog.ring_cadences import RINGS, ring_cadence


def test_every_country_with_tones_rings() -> None:
    assert set(RINGS) == set(COUNTRIES)


@pytest.mark.parametrize("country", RINGS)
def test_rows(country: str) -> None:
    row = RINGS[country]
    assert row.country == country and row.source and 16 <= row.hz <= 68
    assert {"normal", "recall", "distinctive-1"} <= set(row.cadences)
    for name, steps in row.cadences.items():
        assert len(steps) % 2 == 0 and all(100 <= ms <= 20_000 for ms in steps), name
        # The last silence is the long one, for the message between rings.
        assert steps[-1] == max(steps[1::2]) >= 1000
        assert ring_cadence(country, name) == steps


def test_known_cadences() -> None:
    assert RINGS["cn"].cadences["normal"] == (1000, 4000) and RINGS["cn"].hz == 25.0
    assert RINGS["us"].cadences["normal"] == (2000, 4000) and RINGS["us"].hz == 20.0
    assert RINGS["gb"].cadences["normal"] == (400, 200, 400, 2000)
    assert RINGS["jp"].hz == 16.0 and RINGS["fr"].hz == 50.0


def test_own_cadences() -> None:
    assert ring_cadence("cn", "300,300,300,3000") == (300, 300, 300, 3000)
    for wrong in ("300", "a,b", "", "50,1000", "1000,30000"):
        with pytest.raises(ConfigError, match="ring cadence"):
            ring_cadence("cn", wrong)
