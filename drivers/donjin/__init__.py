"""DonJin's analog cards and E1 cards, by the maker's own library.

``donjin://`` with options, or ``[board.donjin]`` in TOML (``DonjinConfig``). The library must be
installed by its user; trunkd has none of it. It runs in a child process: one that crashes takes its
own calls down and nothing else. The board signals by itself: its trunks have
``signalling = "board"``. docs/donjin.md says what is verified by what.
"""

from .board import DonjinBoard, DonjinDriver
from .config import DonjinConfig
from .timeslot import DonjinTimeslot

__all__ = ["DonjinBoard", "DonjinConfig", "DonjinDriver", "DonjinTimeslot"]
