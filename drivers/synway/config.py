"""``[board.synway]``: where the maker's library and its configuration are."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import msgspec

from ...errors import ConfigError
from . import shconfig


class SynwayConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Synway's SHT (analog) and SHD (E1) cards by the maker's own library, which trunkd does not
    contain: it must be installed. Every key may be left out."""

    library: str = ""
    """Path of libshpa3.so; empty: where the loader finds it, or in the usual places."""
    shconfig: str = ""
    """Path of ShConfig.ini, which the maker's configuration tool writes; empty: beside the
    library."""
    shindex: str = ""
    """Path of ShIndex.ini (indexed prompts, which trunkd does not use); empty: beside ShConfig."""
    dword: Literal["auto", "4", "8"] = "auto"
    """Octets of the library's DWORD. The two published headers differ on 64-bit systems: unsigned
    long (8) in the older, unsigned int (4) in the newer. "auto" finds out."""
    poll_ms: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    """How often the library is asked for events, ms."""
    answer_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 4000
    """How long a call of the library may take; one that does not come back is taken for a crash.
    The daemon waits meanwhile."""
    start_ms: Annotated[int, msgspec.Meta(ge=1000, le=600_000)] = 60_000
    """How long SsmStartCti may take."""
    restarts: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1000
    """A library that crashed is started again after 1 s, 2 s, 4 s … 60 s, so often at most; a
    minute without a crash begins anew."""
    required: bool = False
    """True: the daemon does not start where the library cannot be used. False: the board's channels
    are out of service until it can, and all else works."""
    check: bool = True
    """Check ShConfig.ini; False: leave all of it to the library."""
    max_members: Annotated[int, msgspec.Meta(ge=2, le=512)] = 64
    """Members of a conference group at most."""
    max_mixed: Annotated[int, msgspec.Meta(ge=2, le=64)] = 6
    """Members of a conference group that are heard at the same time."""


def check(config: SynwayConfig) -> None:
    """What the types cannot say: ConfigError "key: what is wrong: remedy"."""
    for key in ("library", "shconfig", "shindex"):
        value = getattr(config, key)
        if value and not os.path.isabs(value):
            raise ConfigError(f"{key}: '{value}' is not absolute: begin the path with /")
    if config.shconfig:
        text = read(config.shconfig)
        if not config.check:
            return
        for fault in shconfig.faults(shconfig.parse(text, config.shconfig)):
            raise ConfigError(f"shconfig: {fault.place} {fault.text}: {fault.remedy}")


def read(path: str) -> bytes:
    """A maker's file; ConfigError."""
    try:
        with open(path, "rb") as file:
            return file.read(shconfig.MOST)
    except OSError as exc:
        raise ConfigError(
            f"shconfig: {path} cannot be read ({exc.strerror}): give the path of the maker's "
            "ShConfig.ini, and let the daemon's user read it"
        ) from exc
