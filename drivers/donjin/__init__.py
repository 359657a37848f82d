"""DonJin's analog cards and E1 cards, by the maker's own library.

``donjin://`` with options, or ``[board.donjin]`` in TOML (``DonjinConfig``). The library must be
installed by its user; trunkd has none of it. It runs in a child process: one that crashes takes its
own calls down and nothing else. The board signals by itself: its trunks have
``signalling = "board"``. docs/donjin.md says what is verified by what.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .board import DonjinBoard, DonjinDriver
    from .config import DonjinConfig
    from .timeslot import DonjinTimeslot

__all__ = ["DonjinBoard", "DonjinConfig", "DonjinDriver", "DonjinTimeslot"]

_HOMES: Final = {
    "DonjinBoard": "board",
    "DonjinConfig": "config",
    "DonjinDriver": "board",
    "DonjinTimeslot": "timeslot",
}


def __getattr__(name: str) -> Any:
    """The child process imports this package, too, and needs none of the board."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
