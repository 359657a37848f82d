"""Q.921 frames (clauses 2 and 3, modulo 128): octets without flags and FCS, both ways.

The engine reads octets with the tables below; ``decode`` gives whole frames to traces and tests.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError, RemoteError

I: Final = 0  # noqa: E741 - the frame's own name
RR: Final = 1
RNR: Final = 2
REJ: Final = 3
SABME: Final = 4
DM: Final = 5
UI: Final = 6
DISC: Final = 7
UA: Final = 8
FRMR: Final = 9
XID: Final = 10
UNDEFINED: Final = 11
"""A control field that Table 5/Q.921 does not have."""

FRAME_NAMES: Final = (
    "I",
    "RR",
    "RNR",
    "REJ",
    "SABME",
    "DM",
    "UI",
    "DISC",
    "UA",
    "FRMR",
    "XID",
    "undefined",
)

CONTROL: Final = (0x00, 0x01, 0x05, 0x09, 0x6F, 0x0F, 0x03, 0x43, 0x63, 0x87, 0xAF)
"""First control octet by frame type with P/F = 0 (Table 5/Q.921; S frames: octet 4)."""

PF_U: Final = 0x10
"""The P/F bit of a U frame; I and S frames have it in bit 1 of the second control octet."""

AS_COMMAND: Final = (1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0)
AS_RESPONSE: Final = (0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0)
"""Table 5/Q.921: may this type be a command, may it be a response?"""

FRMR_OCTETS: Final = 5
"""Information field of an FRMR, modulo 128 (Figure 7/Q.921)."""


def _kinds() -> bytes:
    table = bytearray([UNDEFINED] * 256)
    for octet in range(0, 256, 2):
        table[octet] = I
    for kind in (RR, RNR, REJ):
        table[CONTROL[kind]] = kind
    for kind in (SABME, DM, UI, DISC, UA, FRMR, XID):
        table[CONTROL[kind]] = kind
        table[CONTROL[kind] | PF_U] = kind
    return bytes(table)


KINDS: Final = _kinds()
"""Frame type by first control octet; S frames with bits 5 to 8 set are undefined (3.4.2)."""

OCTET: Final = [bytes([n]) for n in range(256)]


def address(sapi: int, tei: int, cr: int) -> bytes:
    """The two address octets (3.2): SAPI, C/R bit, EA 0; TEI, EA 1."""
    return bytes([sapi << 2 | cr << 1, tei << 1 | 1])


class Frame:
    """A decoded frame. ``cr`` is the bit as it stands; ``ns`` and ``nr`` are 0 where absent.

    ``info``: I, UI, XID and FRMR information field, and stray octets of frames that have none.
    """

    __slots__ = ("cr", "info", "kind", "nr", "ns", "pf", "sapi", "tei")

    def __init__(
        self,
        kind: int,
        sapi: int = 0,
        tei: int = 0,
        cr: int = 0,
        pf: int = 0,
        ns: int = 0,
        nr: int = 0,
        info: bytes = b"",
    ) -> None:
        self.kind: Final = kind
        self.sapi: Final = sapi
        self.tei: Final = tei
        self.cr: Final = cr
        self.pf: Final = pf
        self.ns: Final = ns
        self.nr: Final = nr
        self.info: Final = info

    @property
    def name(self) -> str:
        return FRAME_NAMES[self.kind]

    def command(self, from_network: bool) -> bool:
        """Is it a command, when the side that sent it is known (3.3.2)?"""
        return (self.cr == 1) == from_network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and encode(self) == encode(other)

    def __hash__(self) -> int:
        return hash(encode(self))

    def __repr__(self) -> str:
        numbers = f" ns={self.ns}" if self.kind == I else ""
        if self.kind <= REJ:
            numbers += f" nr={self.nr}"
        return (
            f"Frame({self.name} sapi={self.sapi} tei={self.tei} cr={self.cr} pf={self.pf}"
            f"{numbers} info={self.info.hex()!r})"
        )


def encode(frame: Frame) -> bytes:
    """The octets of a frame; LocalError for values that have no octets."""
    if not (0 <= frame.sapi <= 63 and 0 <= frame.tei <= 127):
        raise LocalError(f"SAPI {frame.sapi} or TEI {frame.tei} does not fit (63 and 127 at most)")
    if not (0 <= frame.ns <= 127 and 0 <= frame.nr <= 127):
        raise LocalError(f"N(S) {frame.ns} or N(R) {frame.nr} does not fit modulo 128")
    head = address(frame.sapi, frame.tei, frame.cr)
    if frame.kind == I:
        return head + bytes([frame.ns << 1, frame.nr << 1 | frame.pf]) + frame.info
    if frame.kind <= REJ:
        return head + bytes([CONTROL[frame.kind], frame.nr << 1 | frame.pf]) + frame.info
    if frame.kind >= UNDEFINED:
        raise LocalError("an undefined frame has no octets")
    return head + bytes([CONTROL[frame.kind] | (PF_U if frame.pf else 0)]) + frame.info


def decode(octets: bytes) -> Frame:
    """Read a frame; RemoteError says why it is invalid (2.9) or undefined (5.8.5)."""
    if len(octets) < 3:
        raise RemoteError(f"{len(octets)} octets: a frame has at least 3 and its FCS (2.9)")
    if octets[0] & 1:
        raise RemoteError("the address field has one octet, not two (2.9)")
    if not octets[1] & 1:
        raise RemoteError("the address field has more than two octets (3.3.1)")
    kind = KINDS[octets[2]]
    sapi, cr, tei = octets[0] >> 2, octets[0] >> 1 & 1, octets[1] >> 1
    if kind == UNDEFINED:
        raise RemoteError(f"control octet {octets[2]:#04x} is not in Table 5/Q.921")
    if kind > REJ:
        return Frame(kind, sapi, tei, cr, 1 if octets[2] & PF_U else 0, info=octets[3:])
    if len(octets) < 4:
        raise RemoteError(f"{FRAME_NAMES[kind]} without its second control octet (2.9)")
    ns = octets[2] >> 1 if kind == I else 0
    return Frame(kind, sapi, tei, cr, octets[3] & 1, ns, octets[3] >> 1, octets[4:])


class FrmrField:
    """Information field of an FRMR (3.6.12): what was rejected, and the sender's variables."""

    __slots__ = ("control", "response", "vr", "vs", "w", "x", "y", "z")

    def __init__(self, info: bytes) -> None:
        if len(info) != FRMR_OCTETS:
            raise RemoteError(f"FRMR has {len(info)} octets of information, not {FRMR_OCTETS}")
        self.control: Final = info[:2]
        """Rejected control field; its second octet is 0 for a U frame."""
        self.vs: Final = info[2] >> 1
        self.response: Final = bool(info[3] & 1)
        """The rejected frame was a response."""
        self.vr: Final = info[3] >> 1
        self.w: Final = bool(info[4] & 1)
        """Control field undefined or not implemented."""
        self.x: Final = bool(info[4] & 2)
        """Information field not permitted, or wrong length (with ``w``)."""
        self.y: Final = bool(info[4] & 4)
        """Information field too long."""
        self.z: Final = bool(info[4] & 8)
        """N(R) invalid."""
