"""What the child process tells of DonJin's library when it runs (sdk_protocol.Ready).

Events of a channel: "arrived" called, calling, name; "progress" alerting; "answered" how; "ended"
cause, far, idle, how; "step" a text; "digit", "played", "sent", "recorded" as every SDK driver's.
"""

from __future__ import annotations

import msgspec


class Channel(msgspec.Struct, array_like=True):
    """A channel: its type (facts.KINDS), its link (-1: it is of none) and timeslot or port."""

    kind: int
    link: int
    timeslot: int


class Survey(msgspec.Struct, array_like=True):
    """``missing``: functions the library lacks."""

    channels: list[Channel]
    conferences: bool
    missing: list[str]
