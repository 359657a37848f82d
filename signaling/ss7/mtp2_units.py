"""Signal units (Q.703 2): formats, status indications, and what a link counts."""

from __future__ import annotations

from typing import Final

OCTET: Final[list[bytes]] = [bytes([n]) for n in range(256)]
"""One-octet strings: concatenation of these is the quickest way to a header."""

LENGTH: Final[list[bytes]] = [bytes([n if n < 63 else 63]) for n in range(274)]
"""The LI octet of a message by the octets of its SIO and SIF (2.3.3)."""

FISU_LI: Final = b"\x00"
LSSU_LI: Final = b"\x01"
BIT: Final = 128
"""FIB and BIB: the highest bit of the second and first octet (2.2)."""

# Status indications (11.1.3), the numbers of the status field

SIO: Final = 0
SIN: Final = 1
SIE: Final = 2
SIOS: Final = 3
SIPO: Final = 4
SIB: Final = 5

STATUS_NAMES: Final = ("SIO", "SIN", "SIE", "SIOS", "SIPO", "SIB")

# Kinds of signal units, as counted: status indications 0 to 5, then

FISU: Final = 6
MSU: Final = 7

KIND_NAMES: Final = ("sio", "sin", "sie", "sios", "sipo", "sib", "fisu", "msu")


class Counters:
    """Totals since the link was made; each only grows. ``rx`` and ``tx``: by kind, SIO to MSU."""

    __slots__ = (
        "alignments",
        "discarded",
        "failures",
        "invalid",
        "proving_aborts",
        "refused",
        "retransmitted",
        "rx",
        "rx_errors",
        "rx_nacks",
        "rx_octets",
        "rx_units",
        "tx",
        "tx_nacks",
        "tx_octets",
    )

    def __init__(self) -> None:
        self.rx: list[int] = [0] * len(KIND_NAMES)
        self.tx: list[int] = [0] * len(KIND_NAMES)
        self.rx_octets = 0
        """Octets of SIO and SIF in messages that went to level 3."""
        self.tx_octets = 0
        """The same, of new messages sent."""
        self.rx_units = 0
        """Signal units on the line, filtered repeats included, good ones only."""
        self.rx_errors = 0
        """Signal units in error (in octet counting mode one for each 16 octets)."""
        self.retransmitted = 0
        """Messages sent again."""
        self.rx_nacks = 0
        """Negative acknowledgements that came: the far end missed something."""
        self.tx_nacks = 0
        """Negative acknowledgements sent."""
        self.invalid = 0
        """Good units that are none of ours: wrong LI, spare status."""
        self.discarded = 0
        """MSUs and FISUs dropped by reception control: out of sequence, abnormal, congested."""
        self.refused = 0
        """Messages that ``send`` did not take: the buffer is full."""
        self.alignments = 0
        """Times that the link came into service."""
        self.failures = 0
        """Times that it went out of service without being told to."""
        self.proving_aborts = 0
        """Proving periods that the AERM ended."""

    def totals(self) -> dict[str, int]:
        """All counters by stable names, for metrics: rx_msu, tx_fisu, retransmitted, …"""
        out: dict[str, int] = {}
        for kind, name in enumerate(KIND_NAMES):
            out["rx_" + name] = self.rx[kind]
            out["tx_" + name] = self.tx[kind]
        out["rx_octets"] = self.rx_octets
        out["tx_octets"] = self.tx_octets
        out["rx_units"] = self.rx_units
        out["rx_errors"] = self.rx_errors
        out["retransmitted"] = self.retransmitted
        out["rx_nacks"] = self.rx_nacks
        out["tx_nacks"] = self.tx_nacks
        out["invalid"] = self.invalid
        out["discarded"] = self.discarded
        out["refused"] = self.refused
        out["alignments"] = self.alignments
        out["failures"] = self.failures
        out["proving_aborts"] = self.proving_aborts
        return out
