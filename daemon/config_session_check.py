"""Reading and checking of ``[sessions]``, ``[[role]]``, ``[[treatment]]`` and ``[[listen]]``."""

from __future__ import annotations

import grp
import ipaddress
import os
import pwd
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import MILLISECOND, SECOND
from ..errors import LocalError
from .config_read import MISSING, Path, Reader
from .config_session import (
    HOUR,
    AccessTables,
    ListenTable,
    RoleTable,
    SessionsTable,
    TreatmentTable,
)
from .media_files import resolve

if TYPE_CHECKING:
    from .config import MediaTable

_TIMES: Final = {
    "forget": (SECOND, 30 * 24 * HOUR),
    "answer_within": (100 * MILLISECOND, HOUR),
    "unclaimed": (0, HOUR),
}
KINDS: Final = ("sessions", "role", "treatment", "listen")


def read_access(reader: Reader, media: MediaTable | None, media_dir: str) -> AccessTables:
    """The tables, with everything that is wrong in them noted."""
    values = reader.values
    sessions = reader.read(values.get("sessions", {}), SessionsTable, ("sessions",))
    rows: dict[str, list[Any]] = {}
    kinds = {"role": RoleTable, "treatment": TreatmentTable, "listen": ListenTable}
    for name, kind in kinds.items():
        rows[name] = []
        tables = values.get(name, [])
        if not isinstance(tables, list):
            reader.wrong((name,), "there may be several", f"write [[{name}]], not [{name}]")
            continue
        for i, table in enumerate(tables):
            made = reader.read(table, kind, (name, i))
            if made is not MISSING:
                rows[name].append(made)
                _CHECKS[name](reader, made, (name, i))
    for i, row in enumerate(rows["treatment"]):
        _check_media(reader, row, media, media_dir, ("treatment", i))
    _check_names(reader, rows["treatment"])
    if sessions is MISSING:
        return AccessTables()
    _check_sessions(reader, sessions, rows["treatment"])
    return AccessTables(sessions=sessions, **rows)


def _check_sessions(reader: Reader, table: SessionsTable, rows: list[TreatmentTable]) -> None:
    for key, (low, high) in _TIMES.items():
        if not low <= getattr(table, key) <= high:
            reader.wrong(("sessions", key), "out of range", "see docs/configuration.md")
    names = [row.name for row in rows]
    if table.unclaimed_treatment and table.unclaimed_treatment not in names:
        have = ", ".join(names) or "there are none"
        what = f"there is no treatment '{table.unclaimed_treatment}'"
        reader.wrong(("sessions", "unclaimed_treatment"), what, f"name a [[treatment]]: {have}")
    if table.audit_log and not os.path.isabs(table.audit_log):
        reader.wrong(("sessions", "audit_log"), "is not absolute", "begin the path with /")
    elif table.audit_log and not os.path.isdir(os.path.dirname(table.audit_log)):
        folder = os.path.dirname(table.audit_log)
        reader.wrong(("sessions", "audit_log"), f"{folder} does not exist", f"`mkdir -p {folder}`")


def _check_role(reader: Reader, row: RoleTable, path: Path) -> None:
    for key, find, tool in (
        ("users", pwd.getpwnam, "id"),
        ("groups", grp.getgrnam, "getent group"),
    ):
        for name in getattr(row, key):
            try:
                find(name)
            except KeyError:
                reader.wrong((*path, key), f"there is no '{name}'", f"see `{tool} {name}`")
    for key in ("uids", "gids"):
        for value in getattr(row, key):
            if not 0 <= value < 2**32 - 1:
                reader.wrong((*path, key), f"{value} is no id", "see `id -u` and `id -g`")
    if row.token_file and not os.path.isabs(row.token_file):
        reader.wrong((*path, "token_file"), "is not absolute", "begin the path with /")


def _check_treatment(reader: Reader, row: TreatmentTable, path: Path) -> None:
    if row.message and row.music:
        reader.wrong((*path, "music"), "there is a message, too", "choose one of the two")


def _check_media(
    reader: Reader, row: TreatmentTable, media: MediaTable | None, media_dir: str, path: Path
) -> None:
    if row.message and media_dir:
        try:
            file = resolve(media_dir, row.message)
        except LocalError as exc:
            reader.wrong((*path, "message"), str(exc), "give a path below media_dir")
        else:
            if not os.path.isfile(file):
                what = f"there is no file {file}"
                reader.wrong((*path, "message"), what, "copy it there", warning=True)
    if row.music and media is not None and row.music not in [m.name for m in media.music]:
        reader.wrong((*path, "music"), f"there is no music '{row.music}'", "add [[media.music]]")


def _check_names(reader: Reader, rows: list[TreatmentTable]) -> None:
    seen: set[str] = set()
    for i, row in enumerate(rows):
        if row.name in seen:
            reader.wrong(("treatment", i, "name"), f"there are two '{row.name}'", "rename one")
        seen.add(row.name)


def _check_listen(reader: Reader, row: ListenTable, path: Path) -> None:
    try:
        host, port = row.endpoint()
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError as exc:
        remedy = 'write it as "tcp://127.0.0.1:9620" or "tls://192.0.2.1:9621"'
        reader.wrong((*path, "address"), str(exc), remedy)
        return
    if port > 65535 or (0 < port < 1024 and os.geteuid() != 0):
        reader.wrong((*path, "address"), f"port {port} cannot be had", "choose 1024 to 65535")
    if not loopback and not row.tls:
        remedy = "use 127.0.0.1, or tls:// with a certificate"
        reader.wrong((*path, "address"), f"{host} can be reached from outside", remedy)
    elif not loopback and not row.public:
        remedy = "use 127.0.0.1, or state public = true"
        reader.wrong((*path, "address"), f"{host} can be reached from outside", remedy)
    for key in ("certificate", "key"):
        if row.tls and not getattr(row, key):
            reader.wrong((*path, key), "tls needs it", f'add `{key} = "/etc/trunkd/….pem"`')
    for key in ("certificate", "key", "client_ca"):
        if not row.tls and getattr(row, key):
            reader.wrong((*path, key), "tcp has no such key", "remove it, or use tls://")
    if not row.token_file and not (row.tls and row.client_ca):
        remedy = "name a file with a secret word in it: `openssl rand -hex 24`"
        reader.wrong((*path, "token_file"), "anybody could connect", remedy)
    for key in ("token_file", "certificate", "key", "client_ca"):
        value = getattr(row, key)
        if value and not os.path.isabs(value):
            reader.wrong((*path, key), f"'{value}' is not absolute", "begin the path with /")


_CHECKS: Final[dict[str, Any]] = {
    "role": _check_role,
    "treatment": _check_treatment,
    "listen": _check_listen,
}
