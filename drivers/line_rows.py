"""Rows of analog lines: impedances, feeds, ring detectors, wires.

Impedances: 220 + 820//115 nF, 270 + 750//150 nF (TBR 21), 370 + 620//310 nF and 320 + 1050//230 nF
are read from the voice port settings of a router maker's command reference (complex1 to complex5);
``cn`` is the issue's; the others are those that the data sheets of line interface chips list by
country, from memory. Wires in mm: YD/T 322 as cable makers quote it (148, 95 and 65.8 ohms per km
of one conductor, 52 nF per km; 0.32 mm from memory); AWG: usual primary constants, from memory.
Feeds and ring detectors are typical values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Impedance:
    """``series_ohms`` and a series capacitor, behind them ``parallel_ohms`` beside a branch of
    ``branch_ohms`` and a capacitor. Farads 0: there is none."""

    series_ohms: float
    parallel_ohms: float = 0.0
    parallel_farads: float = 0.0
    series_farads: float = 0.0
    branch_ohms: float = 0.0

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        """As native/wrap_analog.py takes them."""
        return (
            self.series_ohms,
            self.series_farads,
            self.parallel_ohms,
            self.branch_ohms,
            self.parallel_farads,
        )

    def at(self, hz: float) -> complex:
        """Ohms at a frequency."""
        w = 2j * 3.141592653589793 * hz
        z = complex(self.series_ohms)
        if self.series_farads:
            z += 1 / (w * self.series_farads)
        if not self.parallel_farads:
            return z + self.parallel_ohms
        branch = self.branch_ohms + 1 / (w * self.parallel_farads)
        return z + self.parallel_ohms * branch / (self.parallel_ohms + branch)


IMPEDANCES: Final[dict[str, Impedance]] = {
    "600": Impedance(600),
    "900": Impedance(900),
    "600-2u16": Impedance(600, series_farads=2.16e-6),
    "900-2u16": Impedance(900, series_farads=2.16e-6),
    "cn": Impedance(200, 680, 100e-9),
    "tbr21": Impedance(270, 750, 150e-9),
    "uk": Impedance(370, 620, 310e-9),
    "nz": Impedance(370, 620, 310e-9),
    "au": Impedance(220, 820, 120e-9),
    "za": Impedance(220, 820, 115e-9),
    "de": Impedance(220, 820, 115e-9),
    "in": Impedance(320, 1050, 230e-9),
    "jp": Impedance(600, series_farads=1e-6),
    "us-loaded": Impedance(0, 1650, 5e-9, branch_ohms=100),
    "us-nonloaded": Impedance(0, 800, 50e-9, branch_ohms=100),
}
"""``us-loaded`` and ``us-nonloaded``: the compromise networks for loaded and non-loaded cable."""


@dataclass(frozen=True)
class FeedRow:
    """Battery of an FXS port: ``feed_ohms`` of both wires, constant current above ``limit_ma``;
    ``off_hook_ma`` and more is off hook."""

    volts: float
    feed_ohms: float
    limit_ma: float
    off_hook_ma: float


FEEDS: Final[dict[str, FeedRow]] = {
    "48": FeedRow(48, 400, 23, 10),
    "48-long": FeedRow(48, 800, 25, 8),
    "60": FeedRow(60, 1000, 40, 10),
    "24": FeedRow(24, 400, 20, 8),
}
"""48: an exchange or gateway for short and medium loops; ``48-long``: 2 x 400 ohms, as bridges of
exchanges; ``60``: German and Chinese exchanges of 60 V; 24: indoor ports of PBXs."""


@dataclass(frozen=True)
class RingRow:
    """Ring detector of FXO ports and taps: from ``volts`` RMS on, between ``low_hz`` and
    ``high_hz``; ``ren`` is the FXO's load."""

    volts: float
    low_hz: float
    high_hz: float
    ren: float


RINGS: Final[dict[str, RingRow]] = {
    "std": RingRow(40, 15.3, 70, 1.0),
    "cn": RingRow(35, 17, 60, 1.0),
    "tbr21": RingRow(30, 22, 55, 1.0),
    "pbx": RingRow(16, 15.3, 70, 0.6),
}
"""``std``: TIA-968 type B ringing (15.3 to 68 Hz, 40 V and more); ``tbr21``: 30 V at 25 and 50 Hz;
``pbx``: weak ringing of small PBXs."""

HOLD_OHMS: Final = 300.0
"""Direct current termination of an FXO port off hook."""


@dataclass(frozen=True)
class Wire:
    """A pair, per kilometre of cable: ``ohms`` of both wires, ``farads`` between them."""

    ohms: float
    farads: float

    def db_per_km(self, hz: float = 1020.0) -> float:
        """Attenuation of an RC line between its own impedances."""
        w = 2 * 3.141592653589793 * hz
        return float(8.685889638 * (w * self.ohms * self.farads / 2) ** 0.5)


WIRES: Final[dict[str, Wire]] = {
    "0.32": Wire(472, 52e-9),
    "0.4": Wire(296, 52e-9),
    "0.5": Wire(190, 52e-9),
    "0.6": Wire(131.6, 52e-9),
    "awg26": Wire(273, 51.6e-9),
    "awg24": Wire(170, 51.6e-9),
}
"""Diameter in mm, or AWG."""
