"""Lines of osmo-e1d (Osmocom's icE1usb, virtual pairs, E1 over IP) as a board's spans.

``e1d:///PATH/OF/SOCKET`` with options, or ``[board.e1d]`` in TOML (``E1dConfig``)::

    e1d:///tmp/osmo-e1d.ctl?intf=0&line=0       one line
    e1d:///tmp/osmo-e1d.ctl?lines=0:0,1:0       two lines, spans 1 and 2

The timeslots come as octets (RAW) and our engine does HDLC, MTP2, voice and all media on them;
``hdlc = "server"`` leaves HDLC to osmo-e1d. The other way round, `trunkd e1d-serve` serves a
simulated board's lines to any Osmocom program. Its protocol has no CAS bits, loopbacks or error
counters: of those a board of this driver has none.
"""

from .board import E1dBoard, E1dDriver, E1dSpan, E1dTimeslot
from .config import E1dConfig
from .events import ServerChanged, TimeslotChanged

__all__ = [
    "E1dBoard",
    "E1dConfig",
    "E1dDriver",
    "E1dSpan",
    "E1dTimeslot",
    "ServerChanged",
    "TimeslotChanged",
]
