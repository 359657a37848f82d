"""DonJin's Keygoe platform, by the maker's own client library (XMS_acs…, XMS_cts…).

``keygoe://`` with options, or ``[board.keygoe]`` in TOML (``KeygoeConfig``). The library is a
client of the maker's Keygoe service, which has the hardware; both must be installed by their user,
trunkd has none of it. The library runs in a child process: one that crashes takes its own calls
down and nothing else. The platform signals by itself: its trunks have ``signalling = "board"``.
docs/donjin.md says what is verified by what.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .board import KeygoeBoard, KeygoeDriver, KeygoeSpan
    from .config import KeygoeConfig
    from .timeslot import KeygoeTimeslot

__all__ = ["KeygoeBoard", "KeygoeConfig", "KeygoeDriver", "KeygoeSpan", "KeygoeTimeslot"]

_HOMES: Final = {
    "KeygoeBoard": "board",
    "KeygoeConfig": "config",
    "KeygoeDriver": "board",
    "KeygoeSpan": "board",
    "KeygoeTimeslot": "timeslot",
}


def __getattr__(name: str) -> Any:
    """The child process imports this package, too, and needs none of the board."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
