"""Synway's SHT (analog) and SHD (E1) cards, by the maker's own library (libshpa3).

``synway://`` with options, or ``[board.synway]`` in TOML (``SynwayConfig``). The library must be
installed by its user; trunkd has none of it. It runs in a child process: one that crashes takes its
own calls down and nothing else. The board signals by itself: its trunks have
``signalling = "board"``. docs/synway.md says what is verified by what.
"""

from .board import SynwayBoard, SynwayDriver, SynwaySpan
from .config import SynwayConfig
from .timeslot import SynwayTimeslot

__all__ = ["SynwayBoard", "SynwayConfig", "SynwayDriver", "SynwaySpan", "SynwayTimeslot"]
