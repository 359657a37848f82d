"""Who did what, and when: one line of JSON for each request that changes something.

The file is rotated like that of call records: it may be renamed at any time, and is opened anew on
SIGHUP and when another file, or none, is found under its name.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..errors import ConfigError
from .records import RecordFile

SECRETS: Final = frozenset({"secret", "token"})
"""Parameters that are never written."""
_LONGEST: Final = 4096
"""Octets of parameters; of longer ones only their names are written."""


class AuditEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """One request. ``time`` is RFC 3339 in UTC."""

    time: str
    client: int
    """Number of the connection."""
    by: str
    """unix, tcp or tls."""
    address: str = ""
    uid: int = -1
    pid: int = 0
    session: str = ""
    name: str = ""
    """As it said in hello."""
    method: str = ""
    params: dict[str, Any] = {}
    key: str = ""
    result: dict[str, Any] = {}
    error: str = ""
    """The word of the error; empty: it was done."""
    text: str = ""


def shown(params: msgspec.Raw) -> dict[str, Any]:
    """Parameters without what is secret."""
    try:
        found = msgspec.json.decode(params or b"{}")
    except (msgspec.MsgspecError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    if len(params) > _LONGEST:
        return dict.fromkeys(list(found)[:32], "…")
    return {name: value for name, value in found.items() if name not in SECRETS}


class AuditLog:
    """The file; a full disk holds up nobody."""

    def __init__(self, path: str) -> None:
        try:
            self.file: Final = RecordFile(path, "")
        except ConfigError as exc:
            raise ConfigError(
                f"sessions.audit_log: {path} cannot be written: set it to another file, or to "
                '"" for none'
            ) from exc

    def write(self, entry: AuditEntry) -> None:
        self.file.write(entry)

    def close(self) -> None:
        self.file.close()
