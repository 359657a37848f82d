"""``[board.donjin]``: where the maker's library is, and which cards it is for."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import msgspec

from ...errors import ConfigError


class DonjinConfig(msgspec.Struct, forbid_unknown_fields=True):
    """DonJin's analog cards and E1 cards by the maker's own library, which trunkd does not contain:
    it must be installed. Only ``library`` is needed."""

    library: str = ""
    """Path of the library: of the analog cards' (Tc08a32) or of the E1 cards' (tce1_32). Its name
    on Linux is the maker's affair, so it is not searched."""
    more: list[str] = []
    """Paths of further libraries with the other calls (NewSig, the conference calls), where they
    are in files of their own."""
    family: Literal["analog", "e1"] = "analog"
    """Which cards: "analog" (Tc08a32, NewSig) or "e1" (tce1_32, channel associated signalling)."""
    directory: str = ""
    """Where the library's process works: INI files that it opens without a path (TC08A-V.INI,
    NewSig.INI) are looked for there; empty: where the daemon was started."""
    ini: str = ""
    """E1 cards: the path of the maker's INI (DJSys_EnableCard's first argument); empty: the
    library's own choice."""
    prompts: str = ""
    """E1 cards: the path of PROMPT.INI (DJSys_EnableCard's second argument)."""
    kd: Annotated[int, msgspec.Meta(ge=1, le=6)] = 3
    """E1 cards: the kind of outgoing calls, sent as KD: 1 and 2 long distance (half automatic,
    automatic), 3 a local call, 4 local fax or data, 5 half automatic with the caller's number
    confirmed, 6 a test call."""
    ka: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    """E1 cards: our category as callers, sent as KA."""
    law: Literal["a", "mu"] = "a"
    """The coding of voice in the library's memory and files at 64 kbit/s: A-law or mu-law. The
    published texts do not say; a board that sounds like noise wants the other."""
    buffer_octets: Annotated[int, msgspec.Meta(ge=1024, le=64512, multiple_of=1024)] = 16_384
    """Analog cards: octets of voice that the library keeps for each channel (EnableCard)."""
    dial_mode: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    """Analog cards: NewSig's mode of dialling, one of NewSig.INI's; 2: double ringing."""
    prefix: str = ""
    """Analog cards: digits dialled before every number, for a line behind a PBX."""
    caller_id_ms: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 6_000
    """Analog cards: how long a ringing line is given to tell the caller's number, which comes after
    the first ring; 0: the call is told at once, without it."""
    ring_gap_ms: Annotated[int, msgspec.Meta(ge=100, le=30_000)] = 6_000
    """Analog cards: a line that does not ring for so long has been given up by its caller."""
    guard_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 500
    """Analog cards: how long a line is left alone after hanging up."""
    poll_ms: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    """How often the library is asked what has happened, ms: it tells nothing by itself, and is to
    be pushed (PUSH_PLAY) for playing and recording to go on."""
    answer_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 4000
    """How long a call of the library may take; one that does not come back is taken for a crash.
    The daemon waits meanwhile."""
    start_ms: Annotated[int, msgspec.Meta(ge=1000, le=600_000)] = 60_000
    """How long opening the cards may take."""
    restarts: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1000
    """A library that crashed is started again after 1 s, 2 s, 4 s … 60 s, so often at most; a
    minute without a crash begins anew."""
    required: bool = False
    """True: the daemon does not start where the library cannot be used. False: the board's channels
    are out of service until it can, and all else works; ``channels`` says how many there are."""
    channels: Annotated[int, msgspec.Meta(ge=0, le=512)] = 0
    """Channels of the board, for ``required = false``: what is shown while the library cannot be
    used at the daemon's start; 0: without the library the board is not opened."""


def check(config: DonjinConfig) -> None:
    """What the types cannot say: ConfigError "key: what is wrong: remedy"."""
    if not config.library:
        raise ConfigError(
            "library: missing: give the path of DonJin's library, from the driver package of the "
            "card"
        )
    named = [("library", config.library), *(("more", path) for path in config.more)]
    named += [("directory", config.directory), ("ini", config.ini), ("prompts", config.prompts)]
    for key, value in named:
        if value and not os.path.isabs(value):
            raise ConfigError(f"{key}: '{value}' is not absolute: begin the path with /")
    if config.directory and not os.path.isdir(config.directory):
        raise ConfigError(
            f"directory: {config.directory} is no directory: give the one with the maker's INI"
        )
    if config.ini and not os.access(config.ini, os.R_OK):
        raise ConfigError(f"ini: {config.ini} cannot be read: let the daemon's user read it")
