"""Load of SS7 links: the share of the line that messages took in the last period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.clock import SECOND
from ..signaling.ss7.mtp2_units import MSU

if TYPE_CHECKING:
    from .ss7 import SignallingPoint

PERIOD: Final = 5 * SECOND
"""Loads are shares of so much time."""

OVERHEAD: Final = 6
"""Octets of a signal unit beside SIO and SIF: BSN, FSN, LI, check octets, a flag (Q.703 2.2)."""


class Load:
    """Samples the octets of all links of a point every PERIOD."""

    def __init__(self, point: SignallingPoint) -> None:
        self._point: Final = point
        self._before: dict[int, tuple[int, int]] = {}
        self._shares: dict[int, tuple[float, float]] = {}

    def of(self, link: int) -> tuple[float, float]:
        """Shares in and out, 0 to 1."""
        return self._shares.get(link, (0.0, 0.0))

    def sample(self, now: int) -> None:
        """Take the next sample, and the one after in PERIOD."""
        for link in self._point.mtp3.links:
            counters = link.l2.counters
            octets = (
                counters.rx_octets + OVERHEAD * counters.rx[MSU],
                counters.tx_octets + OVERHEAD * counters.tx[MSU],
            )
            before = self._before.get(link.index)
            if before is not None:
                room = link.config.mtp2.rate / 8 * (PERIOD / SECOND)
                self._shares[link.index] = (
                    min(1.0, (octets[0] - before[0]) / room),
                    min(1.0, (octets[1] - before[1]) / room),
                )
            self._before[link.index] = octets
        self._point.node.at(now + PERIOD, self.sample)
