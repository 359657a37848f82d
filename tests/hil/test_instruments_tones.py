"""What the instruments make, they read: caller identity, modem tones, call progress tones."""

from __future__ import annotations

import pytest

from trunkd.board.progress_tones import COUNTRIES
from trunkd.errors import ConfigError, LocalError
from trunkd.hil.instruments_kind import Found, Shape
from trunkd.hil.instruments_tones import KINDS, MODEM_STEPS

BY_NAME = {kind.name: kind for kind in KINDS}
QUIET = bytes(2 * 1600)


def round_trip(kind: str, value: str, level: float | None = None) -> list[Found]:
    row = BY_NAME[kind]
    assert row.synth is not None
    assert row.detect is not None
    return row.detect(QUIET + row.synth(value, Shape(level)) + QUIET)


def round_trip_other(kind: str, value: str) -> list[Found]:
    """What the other modem's kind makes of it."""
    synth = BY_NAME[kind].synth
    detect = BY_NAME["cid" if kind == "cid202" else "cid202"].detect
    assert synth is not None
    assert detect is not None
    return detect(synth(value, Shape()))


@pytest.mark.parametrize("kind", ["cid", "cid202"])
def test_caller_identity(kind: str) -> None:
    (found,) = round_trip(kind, "02079460000,ACME Ltd", -20)
    assert found.value == "date=01-01T12:00 number=02079460000 name=ACME Ltd"
    assert found.kind == kind
    assert found.level_dbm0 == pytest.approx(-20, abs=0.3)
    assert found.start == pytest.approx(0.4, abs=0.02)
    assert round_trip_other(kind, "5551212") == []
    (found,) = round_trip(kind, "P")
    assert found.value == "date=01-01T12:00 number-absent=P"


@pytest.mark.parametrize("value", list(MODEM_STEPS))
def test_modem_tones(value: str) -> None:
    found = round_trip("modem", value, -15)
    times = MODEM_STEPS[value][1]
    assert [f.value for f in found] == [value] * times
    assert found[0].start == pytest.approx(0.2, abs=0.01)
    assert found[0].level_dbm0 == pytest.approx(-15, abs=0.5)


@pytest.mark.parametrize("name", list(COUNTRIES["cn"].tones))
def test_progress_tones(name: str) -> None:
    (found,) = round_trip("tone", f"cn/{name}")
    assert found.start == pytest.approx(0.2, abs=0.03)
    country, _, heard = found.value.partition("/")
    tones = COUNTRIES[country].tones
    # Other countries have some of these tones too; the first that has it is told.
    assert heard == name or tones[heard].lstrip("!")[:3] in COUNTRIES["cn"].tones[name]


def test_wrong_values() -> None:
    for kind, value, wrong in (
        ("modem", "beep", LocalError),
        ("tone", "cn/ring", ConfigError),
        ("tone", "xx", ConfigError),
        ("cid", "1" * 30, LocalError),
    ):
        row = BY_NAME[kind]
        assert row.synth is not None
        with pytest.raises(wrong):
            row.synth(value, Shape())


@pytest.mark.parametrize("kind", list(BY_NAME))
def test_nothing(kind: str) -> None:
    detect = BY_NAME[kind].detect
    assert detect is not None
    assert detect(b"") == []
    assert detect(bytes(40000)) == []
