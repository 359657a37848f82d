"""Boards of DAHDI's kernel driver: Digium, Sangoma, OpenVox, Beronet and others.

``dahdi://`` with options, or ``[board.dahdi]`` in TOML (``DahdiConfig``)::

    dahdi://                         all spans, all configured channels
    dahdi://?spans=1-2&block_ms=5

The board's span n is the n-th of ``spans``; timeslot n of an E1 or T1 is the n-th channel of its
span, an analog span's timeslots are its ports. Channels are configured by /etc/dahdi/system.conf
and ``dahdi_cfg``; `trunkd dahdi check` says what is wrong with them.
"""

from .board import DahdiBoard, DahdiDriver, DahdiSpan
from .config import DahdiConfig
from .events import KernelEvent, SpanRemoved, SpanReturned
from .line import DahdiLine
from .timeslot import DahdiTimeslot

__all__ = [
    "DahdiBoard",
    "DahdiConfig",
    "DahdiDriver",
    "DahdiLine",
    "DahdiSpan",
    "DahdiTimeslot",
    "KernelEvent",
    "SpanRemoved",
    "SpanReturned",
]
