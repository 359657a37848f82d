"""What the child process tells of Synway's library when it runs (sdk_protocol.Ready)."""

from __future__ import annotations

import msgspec


class Channel(msgspec.Struct, array_like=True):
    """A channel as the library tells of it; ``pcm`` -1: of no PCM link."""

    type: int
    state: int
    pcm: int
    timeslot: int


class Survey(msgspec.Struct, array_like=True):
    """``links``: status of each PCM link. ``missing``: functions it lacks."""

    channels: list[Channel]
    links: list[int]
    dword: int
    missing: list[str]
