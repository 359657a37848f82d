"""``[board.keygoe]``: where the maker's library and service are."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import msgspec

from ....errors import ConfigError

ADDRESS: int = 31
"""Octets of a server's address, a user's name and a password at most."""
CONTENT: int = 127
"""Octets of a file's path at most, as the service takes it for playing."""


class KeygoeConfig(msgspec.Struct, forbid_unknown_fields=True):
    """DonJin's Keygoe platform by the maker's own client library, which trunkd does not contain: it
    and the Keygoe service must be installed. Every key may be left out."""

    library: str = ""
    """Path of the maker's client library; empty: libDJAcsAPI.so where the loader finds it, or in
    the usual places (that name is not verified: give the path)."""
    server: str = "127.0.0.1"
    """Address of the machine with the Keygoe service."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 9000
    """Its port."""
    user: str = ""
    """User name, where the service wants one."""
    password: str = ""
    """Password, where the service wants one."""
    unit: Annotated[int, msgspec.Meta(ge=1, le=255)] = 20
    """This application's own unit number: no two applications of a service may have the same."""
    modules: list[int] = []
    """Numbers of the DSP modules whose devices are used; empty: all."""
    word: Literal["auto", "4", "8"] = "auto"
    """Octets of the library's DJ_U32 and DJ_S32. The published header has them as long: 8 on 64-bit
    systems. "auto" finds out by the first event."""
    folder: str = ""
    """Folder for sound that the service plays and records; the service must be able to read and
    write there. Empty: one of our own in the temporary directory, which does where the service runs
    on this machine with sufficient rights."""
    server_folder: str = ""
    """The same folder as the service names it, where it runs on another machine; empty: as
    folder."""
    cas_called_length: Annotated[int, msgspec.Meta(ge=0, le=32)] = 0
    """CAS (China No.1) spans: digits of a called number, 0: of any length."""
    cas_called_timeout: Annotated[int, msgspec.Meta(ge=1, le=255)] = 10
    """CAS spans: seconds without a digit after which a number of any length is complete."""
    cas_need_caller: bool = True
    """CAS spans: ask for the caller's number."""
    poll_ms: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    """How often the library's events are looked at, ms."""
    answer_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 8000
    """How long a call of the library may take; one that does not come back is taken for a crash.
    The daemon waits meanwhile."""
    start_ms: Annotated[int, msgspec.Meta(ge=1000, le=600_000)] = 60_000
    """How long the stream to the service, its device list and opening the devices may take."""
    restarts: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1_000_000
    """A library that crashed, and a stream that broke, is opened again after 1 s, 2 s, 4 s … 60 s,
    so often at most; a minute without a break begins anew."""
    required: bool = False
    """True: the daemon does not start where the service cannot be used. False: the board's channels
    are out of service until it can, and all else works; that needs ``expected_spans``."""
    expected_spans: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    """E1 spans that are expected, for the time before the service answers the first time; 0: the
    daemon does not start without it."""


def check(config: KeygoeConfig) -> None:
    """What the types cannot say: ConfigError "key: what is wrong: remedy"."""
    for key in ("library", "folder"):
        value = getattr(config, key)
        if value and not os.path.isabs(value):
            raise ConfigError(f"{key}: '{value}' is not absolute: begin the path with /")
    for key in ("server", "user", "password"):
        if len(getattr(config, key).encode()) > ADDRESS:
            raise ConfigError(f"{key}: longer than {ADDRESS} octets: the library takes no more")
    if config.server_folder and not config.folder:
        raise ConfigError(
            "server_folder: given without folder: name the same folder here by folder"
        )
    if len((config.server_folder or config.folder).encode()) > CONTENT - 40:
        raise ConfigError(
            f"folder: longer than {CONTENT - 40} octets: the service takes paths of {CONTENT}"
        )
    if any(not 0 <= module <= 127 for module in config.modules):
        raise ConfigError("modules: a module's number is 0 to 127: look at the service's own tool")
