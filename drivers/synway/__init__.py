"""Synway's SHT (analog) and SHD (E1) cards, by the maker's own library (libshpa3).

``synway://`` with options, or ``[board.synway]`` in TOML (``SynwayConfig``). The library must be
installed by its user; trunkd has none of it. It runs in a child process: one that crashes takes its
own calls down and nothing else. The board signals by itself: its trunks have
``signalling = "board"``. docs/synway.md says what is verified by what.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .board import SynwayBoard, SynwayDriver, SynwaySpan
    from .config import SynwayConfig
    from .timeslot import SynwayTimeslot

__all__ = ["SynwayBoard", "SynwayConfig", "SynwayDriver", "SynwaySpan", "SynwayTimeslot"]

_HOMES: Final = {
    "SynwayBoard": "board",
    "SynwayConfig": "config",
    "SynwayDriver": "board",
    "SynwaySpan": "board",
    "SynwayTimeslot": "timeslot",
}


def __getattr__(name: str) -> Any:
    """The child process imports this package, too, and needs none of the board."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
