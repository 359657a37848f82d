"""The parts of generated pages that are about sessions, roles, treatments and other sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec
from page_tools import block, summary

from trunkd.daemon.config_session import ListenTable, RoleTable, SessionsTable, TreatmentTable

EXAMPLE: Final = """\
[sessions]
unclaimed = "30s"
requests_per_second = 500
audit_log = "/var/log/trunkd/audit.jsonl"

[[role]]
name = "operate"
groups = ["callcentre"]
priority = 3

[[role]]
name = "observe"
users = ["monitoring"]

[[treatment]]
name = "sorry"
message = "prompts/call-later.wav"

[[listen]]
address = "tls://192.0.2.10:9621"
public = true
certificate = "/etc/trunkd/daemon.pem"
key = "/etc/trunkd/daemon.key"
token_file = "/etc/trunkd/token"
"""

GLOSSES: Final = {
    "RoleTable.uids": "User ids; see `id -u`",
    "RoleTable.gids": "Group ids",
    "RoleTable.groups": "Their names",
    "TreatmentTable.name": "Its name, for `onLoss` and `unclaimed_treatment`",
    "TreatmentTable.repeat": "How often the file is played",
}
"""Keys that have no docstring of their own."""

SOCKET: Final = {
    "ClientInfo.by": "how it is connected",
    "ClientInfo.requests": "how many it has sent",
    "ClientInfo.pid": "its process; 0: not known",
    "ClientInfo.session": "the session that it is of; empty: of none",
    "ClientList.clients": "connections",
    "ClientList.sessions": "sessions, those without a connection among them",
    "SessionInfo.priority": "who has the higher one may take calls from it",
    "RequestSettled.session": "of the connection that asked; empty: none",
    "RequestSettled.method": "what was asked",
    "RequestSettled.key": "its key, if it had one",
    "Welcome.session": "the session that the connection is of",
}
"""Words of docs/socket.md for plain fields."""


def configuration(keys: Callable[[type[msgspec.Struct]], str]) -> list[str]:
    """`[sessions]`, `[[role]]`, `[[treatment]]`, `[[listen]]`."""
    parts = [
        "## Sessions, roles, other sockets\n",
        "All of it may be left out: everybody whom the socket's mode lets in may do everything, and"
        " nothing\nlistens but the Unix socket. [sessions.md](sessions.md) tells how it is used.\n",
        block("ini", EXAMPLE),
    ]
    kinds = {
        "[sessions]": SessionsTable,
        "[[role]]": RoleTable,
        "[[treatment]]": TreatmentTable,
        "[[listen]]": ListenTable,
    }
    for name, kind in kinds.items():
        text = re.sub(r"^`[^`]+`: ", "", summary(kind))
        parts += [f"### `{name}`\n", f"{text[:1].upper()}{text[1:]}\n", keys(kind)]
    return parts
