"""``[board.e1d]``: which lines of osmo-e1d are a board's spans."""

from __future__ import annotations

import re

import msgspec

from ...errors import ConfigError
from .proto import DEFAULT_SOCKET

FRAMES_PER_MS = 8
_LINE = re.compile(r"(\d{1,3}):(\d{1,3})")


class E1dConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Lines that osmo-e1d, or `trunkd e1d-serve`, serves at the socket that the address names
    (``e1d:///tmp/osmo-e1d.ctl``, which is also the default)."""

    intf: int = 0
    """Interface of the only line, as osmo-e1d numbers it; ``lines`` names several."""
    line: int = 0
    """The only line, as osmo-e1d numbers it in its interface."""
    lines: str = ""
    """Several lines, spans 1, 2, … of the board: INTF:LINE with commas between, as in "0:0,0:1"."""
    hdlc: str = "own"
    """Who makes HDLC frames of octets: "own" is our engine (faults are counted, MTP2 too), "server"
    is osmo-e1d (its HDLC-FCS timeslots, frames of up to 264 octets; SS7 links are ours all the
    same)."""
    force: bool = False
    """Take timeslots away from other programs that have them open."""
    block_ms: int = 4
    """Length of a block, ms (1 to 20): what is read and written at a time."""
    buffer_ms: int = 60
    """What waits in each direction, ms (4 to 250): delay against how late this machine or osmo-e1d
    may be without a slip."""
    retry_ms: int = 500
    """How often a server that went away, or a timeslot that somebody took, is tried again."""
    soft_spans: int = 0
    """Further spans without a line for conferences and announcements (31 soft channels each)."""
    ring_octets: int = 1 << 20
    """Room for events that wait to be read."""


def socket_path(name: str) -> str:
    """Where an address ``e1d://NAME`` connects."""
    return name or DEFAULT_SOCKET


def lines_of(config: E1dConfig) -> list[tuple[int, int]]:
    """Interface and line of each span."""
    if not config.lines:
        return [(config.intf, config.line)]
    found = []
    for word in config.lines.split(","):
        read = _LINE.fullmatch(word.strip())
        if read is None:
            raise ConfigError(f"lines: '{word.strip()}': write INTF:LINE, as in '0:0,0:1'")
        found.append((int(read[1]), int(read[2])))
    return found


def check(config: E1dConfig) -> list[tuple[int, int]]:
    """The lines; ConfigError "key: what is wrong: remedy" for what types cannot say."""
    found = lines_of(config)
    for pair in found:
        if max(pair) > 253:
            raise ConfigError(f"lines: {pair[0]}:{pair[1]}: interfaces and lines are 0 to 253")
        if found.count(pair) > 1:
            raise ConfigError(f"lines: {pair[0]}:{pair[1]} is named twice: name each line once")
    if len(found) > 64:
        raise ConfigError(f"lines: {len(found)} lines: a board has up to 64; open several boards")
    if config.hdlc not in ("own", "server"):
        raise ConfigError(f"hdlc: '{config.hdlc}': give 'own' or 'server'")
    for key, least, most in (
        ("block_ms", 1, 20),
        ("buffer_ms", 4, 250),
        ("retry_ms", 10, 60000),
        ("soft_spans", 0, 64),
        ("ring_octets", 1 << 16, 1 << 30),
    ):
        if not least <= getattr(config, key) <= most:
            raise ConfigError(f"{key}: {getattr(config, key)}: give {least} to {most}")
    return found
