"""What is to be known of an answered call for a new process to go on with it (call.py).

An answered call outlives the loss of its signalling link: Q.931 5.8.9 (T309), Q.764 2.9.4. So it
also outlives the process that speaks for our end, if the next one knows which call it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import LocalError

FAR_REFERENCE = 0x8000
"""Added to a Q.931 call reference value that the far end allocated."""


@dataclass(init=False)
class KeptCall:
    """Plain data, to be written down when a call was answered, and whenever it changes.

    ``channel``: its timeslot or CIC. ``outgoing``: we placed it. ``reference``: PRI, the call
    reference value, plus FAR_REFERENCE where the far end allocated it; else 0. ``suspended``: ISUP,
    who has suspended the call, SUSPENDED_ bits of isup_call; TUP, 1 after CBK; else 0.
    """

    channel: int
    outgoing: bool
    reference: int
    suspended: int

    def __init__(
        self, channel: int, outgoing: bool, reference: int = 0, suspended: int = 0
    ) -> None:
        self.channel = channel
        self.outgoing = outgoing
        self.reference = reference
        self.suspended = suspended


def not_adopted(what: str) -> LocalError:
    """The error of an engine whose calls end with the process: the line itself is the call."""
    return LocalError(
        f"{what} cannot go on with calls of another process: the line was let go when it ended,"
        " and the far end has cleared them"
    )
