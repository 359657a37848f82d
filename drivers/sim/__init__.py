"""The simulated board: E1 spans framed bit for bit, cables with faults, ports to other processes.

``sim://NAME`` with options, or ``[board.sim]`` in TOML (``SimConfig``)::

    sim://lab?spans=2&cable=1-2          two spans, a cable between them
    sim://lab?spans=1&cable=1            one span, its own loop plugged in
    sim://lab?spans=4&cable=1-2,3-4&seed=7&block_ms=2&crc4=no

Without ``cable`` nothing is plugged in: every span has loss of signal.
"""

from .board import Cable, SimBoard, SimDriver, SimSpan
from .config import CableConfig, PortConfig, SimConfig, SpanConfig

__all__ = [
    "Cable",
    "CableConfig",
    "PortConfig",
    "SimBoard",
    "SimConfig",
    "SimDriver",
    "SimSpan",
    "SpanConfig",
]
