"""Files that hold the word by which a remote client is known."""

from __future__ import annotations

import os
import stat
from typing import Final

from ..errors import ConfigError

SHORTEST: Final = 16
"""Characters of a token."""


def read_token(path: str) -> str:
    """The first line of a token file; ConfigError where others could read it, too."""
    try:
        with open(path, encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            token = file.readline().strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"token_file: {path} cannot be read ({exc}): make it") from exc
    if stat.S_IMODE(found.st_mode) & 0o027:
        raise ConfigError(
            f"token_file: {path} has mode {stat.S_IMODE(found.st_mode):04o}: `chmod 0640 {path}`"
        )
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"token_file: {path} is user {found.st_uid}'s: `chown root {path}`")
    if len(token) < SHORTEST:
        raise ConfigError(
            f"token_file: the token in {path} is shorter than {SHORTEST} characters: "
            f"`openssl rand -hex 24 > {path}`"
        )
    return token
