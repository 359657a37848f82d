"""The machine that is looked at: files below a root folder, and who would open them."""

from __future__ import annotations

import contextlib
import grp
import os
import pathlib
import pwd
import stat
import tomllib
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ..board.found import Missing


class Machine:
    """Files of a machine below ``root``: this one's, or an image of one's. ``user`` and ``groups``
    are the ids of the process that would open its devices (default: this one's)."""

    def __init__(
        self, root: str | os.PathLike[str] = "/", user: int = -1, groups: Sequence[int] = ()
    ) -> None:
        self.root: Final = pathlib.Path(root)
        self.user: Final = os.geteuid() if user < 0 else user
        self.groups: Final = tuple(groups) or (os.getegid(), *os.getgroups())

    def path(self, name: str) -> pathlib.Path:
        """Where an absolute path of the machine is."""
        return self.root / name.lstrip("/")

    def exists(self, name: str) -> bool:
        """False, too, where the way there is barred."""
        try:
            self.path(name).stat()
        except OSError:
            return False
        return True

    def read(self, name: str) -> str:
        """A text file, stripped; "" when it cannot be read."""
        try:
            return self.path(name).read_text(errors="replace").strip()
        except OSError:
            return ""

    def folder(self, name: str) -> list[str]:
        """Names in a folder, sorted; none when it cannot be read."""
        try:
            return sorted(entry.name for entry in self.path(name).iterdir())
        except OSError:
            return []

    def link(self, name: str) -> str:
        """The last part of what a symbolic link names; "" when it is none."""
        with contextlib.suppress(OSError):
            return pathlib.PurePath(os.readlink(self.path(name))).name
        return ""

    # ---- kernel modules -----------------------------------------------------------------------

    def loaded(self, module: str) -> bool:
        """A kernel module is loaded (or built in with parameters)."""
        return self.exists(f"/sys/module/{module.replace('-', '_')}")

    def has_module(self, module: str) -> bool:
        """A kernel module is there to be loaded."""
        release = self.read("/proc/sys/kernel/osrelease")
        listed = self.read(f"/lib/modules/{release}/modules.dep")
        name = module.replace("-", "_")
        for line in listed.splitlines():
            file = line.partition(":")[0].rpartition("/")[2].replace("-", "_")
            if file.partition(".ko")[0] == name:
                return True
        return False

    # ---- permission ---------------------------------------------------------------------------

    def may_use(self, name: str) -> bool:
        """Reading and writing is allowed to ``user`` by owner, group and mode."""
        try:
            about = self.path(name).stat()
        except OSError:
            return False
        if self.user == 0:
            return True
        if about.st_uid == self.user:
            return about.st_mode & 0o600 == 0o600
        if about.st_gid in self.groups:
            return about.st_mode & 0o060 == 0o060
        return about.st_mode & 0o006 == 0o006

    def permission(self, name: str) -> Missing:
        """That it may not be opened, and which group to enter."""
        about = self.path(name).stat()
        me = _user_name(self.user)
        mode = stat.filemode(about.st_mode)
        group = _group_name(about.st_gid)
        what = f"no permission for {name} ({_user_name(about.st_uid)}:{group} {mode})"
        if about.st_mode & 0o060 == 0o060 and about.st_gid:
            return Missing(what, f"`usermod -aG {group} {me}`, and log in again")
        return Missing(what, f"let {me} read and write it: a udev rule with GROUP= and MODE=0660")


def _user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group_name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)


CONFIGURATION: Final = "/etc/trunkd/trunkd.toml"


def configured(machine: Machine, scheme: str) -> list[tuple[str, dict[str, str]]]:
    """Boards of a driver in the daemon's configuration: name in the address, and options."""
    try:
        boards = tomllib.loads(machine.read(CONFIGURATION)).get("board", [])
    except tomllib.TOMLDecodeError:
        return []  # `trunkd config check` says why
    found = []
    for board in boards if isinstance(boards, list) else ():
        parts = urlsplit(str(board.get("address", ""))) if isinstance(board, dict) else None
        if parts is not None and parts.scheme == scheme:
            options = dict(parse_qsl(parts.query))
            table = board.get(scheme, {})
            if isinstance(table, dict):
                options |= {k: v for k, v in table.items() if isinstance(v, str)}
            found.append((parts.netloc + parts.path, options))
    return found
