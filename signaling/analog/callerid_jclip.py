"""Caller identity as Japan's network sends it: V.23, but a frame of its own, sent off hook.

DLE SOH header DLE STX, type 40, length, parameters, DLE ETX, CRC-16 of ITU-T V.41 from the header
to ETX; seven bits and even parity, but for the CRC. NTT's text could not be read: the frame is what
spandsp sends and reads. The equipment answers a first ringing, takes the message, hangs up, and
answers the ringing that follows: trunks of ours do not do that, recordings are read.
"""

from __future__ import annotations

from typing import Final

from . import callerid as cid

TYPE: Final = 0x40
DLE: Final = 0x10
ETX: Final = 0x03
SOH: Final = 0x01
CONTENTS: Final = 5
"""Octets before type, length and parameters."""
LONGEST: Final = 140


def crc_rest(octets: bytes) -> int:
    """CRC-16 with the least bit first, from all zeros; over a frame and its CRC it is 0."""
    rest = 0
    for octet in octets:
        rest ^= octet
        for _ in range(8):
            rest = rest >> 1 ^ (0x8408 if rest & 1 else 0)
    return rest


class JclipReader:
    """Finds frames among the modem's characters, as CallerIdReceiver does."""

    def __init__(self) -> None:
        self._octets: Final = bytearray()

    def carrier(self) -> None:
        self._octets.clear()

    def receive(self, octet: int) -> cid.CallerIdMessage | None:
        """A character; the message that it completes."""
        octets = self._octets
        octets.append(octet)
        while octets:
            if octets[0] & 0x7F != DLE or (len(octets) > 1 and octets[1] & 0x7F != SOH):
                del octets[0]
                continue
            end = _end(octets)
            if len(octets) < end + 2 and len(octets) <= LONGEST:
                return None
            frame = bytes(octets[: end + 2])
            if len(octets) <= LONGEST and not crc_rest(frame[2:]):
                octets.clear()
                return _message(frame)
            del octets[0]
        return None


def _end(octets: bytearray) -> int:
    """Where DLE ETX ends; behind everything when it is not there yet."""
    at = CONTENTS
    while at + 1 < len(octets):
        if octets[at] & 0x7F != DLE:
            at += 1
        elif octets[at + 1] & 0x7F == ETX:
            return at + 2
        else:
            at += 2  # a DLE of the contents is sent twice
    return len(octets)


def _message(frame: bytes) -> cid.CallerIdMessage | None:
    contents = bytearray()
    at = CONTENTS
    while at < len(frame) - 4:
        contents.append(frame[at] & 0x7F)
        at += 2 if frame[at] & 0x7F == DLE else 1
    parameters: list[cid.Parameter] = []
    at = 2
    while at + 1 < len(contents):
        end = at + 2 + contents[at + 1]
        if end > len(contents):
            return None
        parameters.append(cid.Parameter(contents[at], bytes(contents[at + 2 : end])))
        at = end
    return cid.CallerIdMessage(TYPE, parameters, frame)
