"""DonJin's Keygoe platform, by the maker's own client library (XMS_acs…, XMS_cts…).

``keygoe://`` with options, or ``[board.keygoe]`` in TOML (``KeygoeConfig``). The library is a
client of the maker's Keygoe service, which has the hardware; both must be installed by their user,
trunkd has none of it. The library runs in a child process: one that crashes takes its own calls
down and nothing else. The platform signals by itself: its trunks have ``signalling = "board"``.
docs/donjin.md says what is verified by what.
"""

from .board import KeygoeBoard, KeygoeDriver, KeygoeSpan
from .config import KeygoeConfig
from .timeslot import KeygoeTimeslot

__all__ = ["KeygoeBoard", "KeygoeConfig", "KeygoeDriver", "KeygoeSpan", "KeygoeTimeslot"]
