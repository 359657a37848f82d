"""Who may do what: roles by user and group, and the role that each method wants."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from .config_session import RoleTable
from .methods import METHODS

RANKS: Final = {"": 0, "observe": 1, "operate": 2, "administer": 3}

OBSERVE: Final = frozenset(
    {
        "subscribe",
        "unsubscribe",
        "calls",
        "snapshot",
        "snapshotCall",
        "snapshotDevice",
        "callConnections",
        "parkedCalls",
        "forwardings",
        "predictions",
        "spans",
        "trunks",
        "channels",
        "status",
        "levels",
        "conferences",
        "ss7Links",
        "ss7Linksets",
        "ss7Routes",
        "ss7Circuits",
        "queryCircuits",
        "routeTest",
        "routes",
        "groups",
        "lines",
        "line",
        "smdi",
        "messageWaiting",
    }
)
"""Those that change nothing."""

ADMINISTER: Final = frozenset(
    {
        "shutdown",
        "simCable",
        "setLoopback",
        "restartChannels",
        "switchDChannel",
        "traceStart",
        "traceStop",
        "ss7Link",
        "blockCircuits",
        "unblockCircuits",
        "resetCircuits",
        "testContinuity",
        "testLine",
        "learnTone",
        "trainLine",
        "casBits",
    }
)
"""Those that take from others what they use, or show what others dialled (traces)."""

NO_ROLE: Final = frozenset({"hello"})
"""Those that everybody may call who is connected."""

HIGHEST_PRIORITY: Final = 9


def role_of(method: str) -> str:
    """The role that a method wants: as its row says, else as the sets here, else operate."""
    if method in NO_ROLE:
        return ""
    row = METHODS.get(method)
    if row is not None and row.role:
        return row.role
    if method in OBSERVE:
        return "observe"
    return "administer" if method in ADMINISTER else "operate"


WANTED: Final = {method: role_of(method) for method in METHODS}


def permits(role: str, method: str) -> bool:
    return RANKS[role] >= RANKS[WANTED.get(method, "")]


class Role(NamedTuple):
    """What somebody may do: a name of RANKS, and his sessions' highest priority."""

    name: str
    priority: int


EVERYTHING: Final = Role("administer", HIGHEST_PRIORITY)
NOTHING: Final = Role("", 0)


class Who(Protocol):
    """The other end of a connection."""

    uid: int
    gids: set[int]


class Roles:
    """The rows of ``[[role]]``, with names of users and groups looked up."""

    def __init__(self, rows: Iterable[RoleTable]) -> None:
        self._rows: Final = [(row, *_ids(row)) for row in rows]

    def of(self, who: Who) -> Role:
        """Of a local user. Root and the daemon's own user may do everything."""
        if not self._rows or who.uid in (0, os.geteuid()):
            return EVERYTHING
        found = [
            Role(row.name, row.priority)
            for row, uids, gids in self._rows
            if who.uid in uids or gids & who.gids
        ]
        return max(found, key=lambda role: (RANKS[role.name], role.priority), default=NOTHING)

    def named(self, name: str) -> Role:
        """Of somebody whose token has this role: the highest priority of its rows."""
        found = [row.priority for row, _, _ in self._rows if row.name == name]
        if self._rows:
            return Role(name, max(found, default=0))
        return Role(name, HIGHEST_PRIORITY)

    @property
    def is_open(self) -> bool:
        """There are no rows: everybody may do everything."""
        return not self._rows


def _ids(row: RoleTable) -> tuple[set[int], set[int]]:
    uids = {*row.uids, *(pwd.getpwnam(name).pw_uid for name in row.users)}
    gids = {*row.gids, *(grp.getgrnam(name).gr_gid for name in row.groups)}
    return uids, gids
