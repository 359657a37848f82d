"""Names in caller identity messages: which characters their octets stand for, by content alone.

EN 300 659-3 says ISO 8859-1 or national; China's exchanges send GB 2312 or GBK, newer ones UTF-8.
Nothing in the message tells which.
"""

from __future__ import annotations

_CONTROLS = frozenset((*range(0x20), *range(0x7F, 0xA0)))
"""No characters of ISO 8859-1."""


def _high_runs(octets: bytes) -> list[bytes]:
    """Runs of octets above 127."""
    runs: list[bytes] = []
    run = bytearray()
    for octet in octets:
        if octet > 0x7F:
            run.append(octet)
        elif run:
            runs.append(bytes(run))
            run = bytearray()
    if run:
        runs.append(bytes(run))
    return runs


def _is_gb2312(octets: bytes) -> bool:
    """Pairs of high octets, each a character of GB 2312's rows 1 to 87."""
    for run in _high_runs(octets):
        if len(run) % 2:
            return False
        for at in range(0, len(run), 2):
            if not (0xA1 <= run[at] <= 0xF7 and run[at + 1] >= 0xA1):
                return False
    return True


def _decoded(octets: bytes, coding: str) -> str | None:
    """None: it is not in this coding. A character that the message's end cuts off is left out."""
    for cut in range(min(4, len(octets))):
        if cut and octets[-cut] < 0x80:
            break
        try:
            text = octets[: len(octets) - cut].decode(coding)
        except UnicodeDecodeError:
            continue
        # What is cut off cannot be all that speaks for the coding.
        if not cut or any(ord(char) > 0x7F for char in text):
            return text
    return None


def decode_name(octets: bytes) -> str:
    """The characters of a name. ASCII, else UTF-8 when it is that without a fault (other texts
    hardly ever are), else GB 2312 when all high octets come in its pairs, else GBK when several
    high octets stand together or ISO 8859-1 has no such characters, else ISO 8859-1. Spaces and
    zeros around it go."""
    octets = octets.strip(b" \0")
    if all(octet < 0x80 for octet in octets):
        return "".join(chr(o) for o in octets if 0x20 <= o < 0x7F)
    text = _decoded(octets, "utf-8")
    if text is not None:
        return text
    if _is_gb2312(octets):
        text = _decoded(octets, "gb2312")
        if text is not None:
            return text
    together = any(len(run) > 1 for run in _high_runs(octets))
    if together or any(octet in _CONTROLS for octet in octets):
        text = _decoded(octets, "gbk")
        if text is not None:
            return text
    return "".join(chr(o) for o in octets if o not in _CONTROLS)
