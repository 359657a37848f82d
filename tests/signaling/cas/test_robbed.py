"""Codes of loop and ground start on robbed bits, and what the adapter makes of them."""

from __future__ import annotations

import inspect

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.analog.fxs import FxsTrunk
from trunkd.signaling.analog.fxs_config import FxsConfig
from trunkd.signaling.cas.robbed import RobbedBitLine
from trunkd.signaling.cas.robbed_codes import (
    CODES,
    LOOP_CLOSED,
    LOOP_OPEN,
    NONE,
    RING_GROUND,
    own_codes,
)
from trunkd.signaling.line import LineEngine
from trunkd.signaling.line_names import (
    FEED_NORMAL,
    FEED_OPEN,
    FEED_REVERSED,
    FEED_RINGING,
    FEED_TIP_OPEN,
)
from trunkd.signaling.line_signals import BitsReceived

MS = 1_000_000


def test_the_tables_of_channel_banks() -> None:
    loop, ground = CODES["loop"], CODES["ground"]
    assert [loop.feed_of(ab << 2) for ab in range(4)] == [
        FEED_RINGING,
        FEED_NORMAL,
        NONE,
        FEED_OPEN,
    ]
    assert [ground.feed_of(ab << 2) for ab in (0, 1, 3)] == [
        *(FEED_RINGING, FEED_NORMAL, FEED_TIP_OPEN)
    ]
    assert [ground.station_of(ab << 2) for ab in range(4)] == [
        *(RING_GROUND, LOOP_OPEN, NONE, LOOP_CLOSED)
    ]
    assert CODES["loop-reversal"].feed_of(0b0100) == FEED_REVERSED


@pytest.mark.parametrize("codes", CODES.values(), ids=lambda row: row.name)
def test_codes_are_told_apart(codes) -> None:
    for feed, code in enumerate(codes.office):
        if code != NONE and not (feed == FEED_OPEN and codes.office[FEED_TIP_OPEN] == code):
            assert codes.feed_of(code) == feed
    for state, code in enumerate(codes.station):
        if code != NONE:
            assert codes.station_of(code) == state
    assert codes.source


def test_own_codes() -> None:
    office = {"normal": "0101", "ringing": "0000", "open": "1111"}
    row = own_codes("mine", office, {"loop open": "0101", "loop closed": "1111"})
    assert row.feed_of(0b0000) == FEED_RINGING and row.station_of(0b1111) == LOOP_CLOSED
    for wrong, says in (
        (({"up": "0000"}, {}), "no feed 'up'; give open"),
        (({"normal": "01"}, {}), "normal is '01'; give ABCD"),
        ((office, {"loop": "0000"}), "no 'loop'; give loop open"),
        ((office, {"loop open": "0101"}), "at least"),
        ((office, {"loop open": "0101", "loop closed": "0100"}), "both"),
    ):
        with pytest.raises(ConfigError, match=says):
            own_codes("mine", *wrong)


def line_of(office: bool, codes: str = "loop") -> RobbedBitLine:
    engine = FxsTrunk(FxsConfig((1,), "us")) if office else FxoTrunk(FxoConfig((1,), "us"))
    line = RobbedBitLine(engine, (1,), CODES[codes], office)
    line.start(0)
    return line


def test_it_is_a_line_engine() -> None:
    for name, method in inspect.getmembers(LineEngine, inspect.isfunction):
        if not name.startswith("_"):
            ours = inspect.signature(getattr(RobbedBitLine, name))
            assert list(ours.parameters) == list(inspect.signature(method).parameters), name


def test_ringing_whose_bit_follows_the_voltage_is_one_ring() -> None:
    """Offices that toggle B 20 times a second: the engine sees ringing that lasts."""
    line = line_of(False)
    line.transmit()
    now = 0
    for n in range(80):
        now += 25 * MS
        line.handle_timeout(now)
        line.receive(BitsReceived(1, 0b0000 if n % 2 == 0 else 0b0101), now)
    assert line.lines[1].ringing
    now += 150 * MS
    line.handle_timeout(now)
    assert not line.lines[1].ringing


def test_bits_that_no_row_has_are_counted() -> None:
    line = line_of(True, "ground")
    line.receive(BitsReceived(1, 0b1000), 0)
    line.receive(BitsReceived(7, 0b1000), 0)
    counters = line.counters()
    assert counters["unknown_bits"] == 1 and counters["stray_signals"] == 1
