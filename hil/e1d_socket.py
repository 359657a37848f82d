"""A listening SOCK_SEQPACKET socket at a path. A stale one is replaced, a live one is not."""

from __future__ import annotations

import errno
import grp
import os
import socket
import stat

from ..errors import DriverError


def listen_at(path: str, mode: int, group: str, backlog: int) -> socket.socket:
    """Bound, with this mode and group (empty: our own); DriverError says what to do."""
    _clear_stale(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    before = os.umask(0o177)
    try:
        made.bind(path)
        made.listen(backlog)
        if group:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        os.chmod(path, mode)
    except (OSError, KeyError) as exc:
        made.close()
        raise DriverError(f"{path} cannot be listened on: {_remedy(exc, path, group)}") from exc
    finally:
        os.umask(before)
    return made


def _remedy(exc: Exception, path: str, group: str) -> str:
    if isinstance(exc, KeyError):
        return f"there is no group '{group}'"
    if isinstance(exc, FileNotFoundError):
        return f"make the folder {os.path.dirname(path)}"
    if isinstance(exc, PermissionError):
        return "no permission: give a path in a folder that you may write"
    return str(exc)


def _clear_stale(path: str) -> None:
    try:
        found = os.lstat(path)
    except OSError:
        return  # bind says what is wrong
    if not stat.S_ISSOCK(found.st_mode):
        raise DriverError(f"{path} is there and is no socket: remove it or give another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        probe.setblocking(False)
        code = probe.connect_ex(path)
    if code != errno.ECONNREFUSED:
        raise DriverError(
            f"another program listens at {path} (osmo-e1d?): stop it or give another path"
        )
    os.unlink(path)
