"""What level 2 tells level 3 (Q.703, figure 7: L2 -> L3), and what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(init=False)
class Level2Event:
    """Base of what a signalling link reports to level 3."""


@dataclass(init=False)
class InService(Level2Event):
    """The link is aligned and in service."""


OUT_STOPPED: Final = "stopped by level 3"
OUT_T1: Final = "T1: the far end did not become ready"
OUT_T2: Final = "T2: no signal units that begin alignment from the far end"
OUT_T3: Final = "T3: the far end did not begin to prove the link"
OUT_PROVING: Final = "too many errors while the link was proved (AERM)"
OUT_ERRORS: Final = "too many signal units in error (SUERM)"
OUT_SIO: Final = "the far end began alignment (SIO)"
OUT_SIOS: Final = "the far end went out of service (SIOS)"
OUT_SIN: Final = "the far end began alignment (SIN)"
OUT_SIE: Final = "the far end began alignment (SIE)"
OUT_ABNORMAL_BSN: Final = "abnormal BSN in two of three signal units"
OUT_ABNORMAL_FIB: Final = "abnormal FIB in two of three signal units"
OUT_T6: Final = "T6: the far end stayed congested (SIB)"
OUT_T7: Final = "T7: the far end did not acknowledge"
OUT_LAYER1: Final = "layer 1 is down"


@dataclass(init=False)
class OutOfService(Level2Event):
    """The link failed or was stopped. ``reason``: one of the OUT_ texts."""

    reason: str

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(init=False)
class RemoteProcessorOutage(Level2Event):
    """The far end's processor outage began or ended."""

    on: bool

    def __init__(self, on: bool) -> None:
        self.on = on


@dataclass(init=False)
class BuffersCleared(Level2Event):
    """RTB (and TB) cleared, after a retrieval or a flush."""


@dataclass(init=False)
class Bsnt(Level2Event):
    """Answer to ``retrieve_bsnt``: the BSN that is to be sent next, 0 to 127; -1: not known."""

    bsnt: int

    def __init__(self, bsnt: int) -> None:
        self.bsnt = bsnt


@dataclass(init=False)
class Retrieved(Level2Event):
    """Retrieval complete: what the far end has not acknowledged, then what was not sent yet, each
    as SIO and SIF, in order."""

    messages: list[bytes]

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages


@dataclass(init=False)
class TransmitCongestion(Level2Event):
    """The transmission and retransmission buffers passed a threshold; ``level`` 0 to 3."""

    level: int

    def __init__(self, level: int) -> None:
        self.level = level


@dataclass(init=False)
class Message(Level2Event):
    """A message signal unit, in order and once. ``octets``: SIO and SIF."""

    octets: bytes

    def __init__(self, octets: bytes) -> None:
        self.octets = octets


@dataclass(init=False)
class Level2Fault(Level2Event):
    """Counted: the far end broke the protocol. ``kind``: a short stable name for metrics."""

    kind: str
    text: str
    clause: str

    def __init__(self, kind: str, text: str, clause: str) -> None:
        self.kind = kind
        self.text = text
        self.clause = clause
