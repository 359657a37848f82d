"""Configuration of ``dahdi://``."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...errors import ConfigError

FRAMES_PER_MS = 8


class DahdiConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Spans of the DAHDI kernel driver: cards of Digium, Sangoma, OpenVox, Beronet and others."""

    spans: str = ""
    """DAHDI's spans that are this board's, as in "1-4,7", in the order of the faceplate: the first
    is the board's span 1. Empty: all there are."""
    channels: str = ""
    """DAHDI's channels of them to be opened, as in "1-15,17-31"; others stay for other programs.
    Empty: all that /etc/dahdi/system.conf configures."""
    block_ms: int = 10
    """Block of the engine, 2 to 20 ms: latency against processor time. Each timeslot in use costs
    one read and one write a block."""
    blocks: int = 3
    """Blocks that wait to be sent in the kernel, 1 to 16: how late a busy machine may be without a
    gap, against latency."""
    hdlc: Literal["auto", "soft", "kernel"] = "auto"
    """Who frames HDLC on a clear channel: trunkd's engine (``soft``, and ``auto``) or DAHDI
    (``kernel``). Channels configured as ``dchan``, ``hardhdlc`` or ``mtp2`` are framed by DAHDI or
    the board in any case."""
    echo: Literal["soft", "kernel"] = "soft"
    """Whose echo canceller is switched on: trunkd's, or the one that system.conf attaches to the
    channel (that of the board, where it has one)."""
    cas_idle: str = ""
    """ABCD bits sent on all CAS channels at first, as in "1101"; empty: those of system.conf."""
    soft_spans: int = 2
    """Spans without a line behind the others, 0 to 64: 31 soft channels each."""
    ring_octets: int = 1 << 20
    """Room for events that nobody has taken yet."""


def numbers(key: str, text: str) -> list[int]:
    """The numbers of "1-4,7", in order; ConfigError names the part that is none."""
    found: list[int] = []
    for part in text.replace(" ", "").split(",") if text.strip() else []:
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ConfigError(f"{key}: '{part}' is no number and no range: write '1-4,7'")
        if dash and int(last) < int(first):
            raise ConfigError(f"{key}: the range {part} runs backwards: write it as {last}-{first}")
        found += range(int(first), int(last or first) + 1)
    twice = sorted({n for n in found if found.count(n) > 1})
    if twice:
        raise ConfigError(f"{key}: {twice[0]} is named twice: name it once")
    return found


def _need(key: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{key}: {value} is out of range: give {low} to {high}")


def check(config: DahdiConfig) -> None:
    """What the types cannot say; ConfigError "key: what is wrong: remedy"."""
    numbers("spans", config.spans)
    numbers("channels", config.channels)
    _need("block_ms", config.block_ms, 2, 20)
    _need("blocks", config.blocks, 1, 16)
    _need("soft_spans", config.soft_spans, 0, 64)
    if config.cas_idle and (len(config.cas_idle) != 4 or set(config.cas_idle) - {"0", "1"}):
        raise ConfigError(f"cas_idle: '{config.cas_idle}' is no ABCD bits: write four of 0 and 1")
