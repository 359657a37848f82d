"""Loop start and ground start over T1 robbed bits: AB and ABCD codes of both directions, as rows.

The *office* end stands for the exchange (the engine is an FxsTrunk: it feeds and rings), the
*station* end for the telephone or PBX (an FxoTrunk: it closes the loop). Sources: ANSI T1.403,
TR-NWT-000057 and GR-303-CORE table 12 for the ABCD forms; the AB codes agree with those that
channel bank manuals print (Adtran 1200080, article 1604; Nortel 553-3001-211; Juniper CTP2000).
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from ..line_names import (
    FEED_NAMES,
    FEED_NORMAL,
    FEED_OPEN,
    FEED_REVERSED,
    FEED_RINGING,
    FEED_TIP_OPEN,
    bits_text,
)

NONE: Final = -1
"""There is no such code."""

LOOP_OPEN: Final = 0
LOOP_CLOSED: Final = 1
RING_GROUND: Final = 2
STATION_NAMES: Final = ("loop open", "loop closed", "ring ground")


class RobbedCodes:
    """A row: ABCD (AB twice) by FEED_ number for the office, by LOOP_OPEN … for the station;
    ``mask``: the bits that are looked at."""

    def __init__(
        self,
        name: str,
        source: str,
        office: tuple[int, int, int, int, int],
        station: tuple[int, int, int],
        mask: int,
    ) -> None:
        self.name: Final = name
        self.source: Final = source
        self.office: Final = office
        """FEED_OPEN, _NORMAL, _REVERSED, _RINGING, _TIP_OPEN."""
        self.station: Final = station
        self.mask: Final = mask

    def feed_of(self, bits: int) -> int:
        """The FEED_ number that the office's bits mean, or NONE."""
        for feed in (FEED_NORMAL, FEED_RINGING, FEED_REVERSED, FEED_TIP_OPEN, FEED_OPEN):
            code = self.office[feed]
            if code != NONE and (bits ^ code) & self.mask == 0:
                return feed
        return NONE

    def station_of(self, bits: int) -> int:
        """LOOP_OPEN, LOOP_CLOSED, RING_GROUND, or NONE."""
        for state, code in enumerate(self.station):
            if code != NONE and (bits ^ code) & self.mask == 0:
                return state
        return NONE


_AB: Final = 0b1100
_ABCD: Final = 0b1111

CODES: Final[dict[str, RobbedCodes]] = {
    row.name: row
    for row in (
        RobbedCodes(
            "loop",
            "T1.403, TR-57: loop start; A=1 from the office: no loop current feed",
            (0b1111, 0b0101, NONE, 0b0000, NONE),
            (0b0101, 0b1111, NONE),
            _AB,
        ),
        RobbedCodes(
            "ground",
            "T1.403, TR-57: ground start; A: tip not grounded, B: no ringing",
            (0b1111, 0b0101, NONE, 0b0000, 0b1111),
            (0b0101, 0b1111, 0b0000),
            _AB,
        ),
        RobbedCodes(
            "loop-reversal",
            "GR-303 table 12 (ESF, 16 states): loop start with reverse loop current feed",
            (0b1111, 0b0101, 0b0100, 0b0000, NONE),
            (0b0101, 0b1111, NONE),
            _ABCD,
        ),
    )
}


def own_codes(
    name: str, office: dict[str, str], station: dict[str, str], mask: str = "1100"
) -> RobbedCodes:
    """A row of the configuration: ABCD by the names of FEED_NAMES and STATION_NAMES. ConfigError
    names what is wrong."""
    found = [NONE] * len(FEED_NAMES)
    for key, text in office.items():
        if key not in FEED_NAMES:
            raise ConfigError(f"codes {name!r}: no feed {key!r}; give {', '.join(FEED_NAMES)}")
        found[FEED_NAMES.index(key)] = _abcd(name, key, text)
    theirs = [NONE] * len(STATION_NAMES)
    for key, text in station.items():
        if key not in STATION_NAMES:
            raise ConfigError(f"codes {name!r}: no {key!r}; give {', '.join(STATION_NAMES)}")
        theirs[STATION_NAMES.index(key)] = _abcd(name, key, text)
    if found[FEED_NORMAL] == NONE or NONE in theirs[:RING_GROUND]:
        raise ConfigError(f"codes {name!r}: give at least normal, loop open and loop closed")
    looked_at = _abcd(name, "mask", mask)
    closed, open_ = theirs[LOOP_CLOSED], theirs[LOOP_OPEN]
    if (closed ^ open_) & looked_at == 0:
        raise ConfigError(f"codes {name!r}: loop open and closed are both {bits_text(closed)}")
    return RobbedCodes(
        name,
        "configuration",
        (found[0], found[1], found[2], found[3], found[4]),
        (theirs[0], theirs[1], theirs[2]),
        looked_at,
    )


def _abcd(name: str, key: str, text: str) -> int:
    if len(text) != 4 or text.strip("01"):
        raise ConfigError(f"codes {name!r}: {key} is {text!r}; give ABCD like '0101'")
    return int(text, 2)
