"""A switchboard in virtual time whose node is given up and made anew, as after a kill: both ends of
each call are calls of it."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Collection
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Ends, Host
from switch_rig import MUSIC, Switchboard

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import kept_calls
from trunkd.daemon.config_check import loads
from trunkd.daemon.kept_file import KeptFile
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import Node
from trunkd.daemon.service import Service
from trunkd.daemon.session import Session
from trunkd.daemon.session_store import SessionStore

DOWN = 2
"""Seconds between two runs."""


class KeptBoard(Switchboard):
    """``again`` is what a kill and a start do. ``text``: of the configuration."""

    def __init__(self, directory: pathlib.Path, user: str = "", more: str = "") -> None:
        self.path = str(directory / "trunkd.kept")
        self.text = ""
        super().__init__(directory, user)
        self.text = self.config_of(directory, MUSIC + more, user)
        if more:
            self.node.close()
            self._open(VirtualClock(), 0, 0)
        self.file = KeptFile(self.path)
        self._keep([], 0)
        self.node.sessions.open(SessionStore(str(directory / "sessions")))
        self.run(2)

    @staticmethod
    def config_of(directory: pathlib.Path, media: str, user: str) -> str:
        from media_rig import CONFIG

        return CONFIG.format(dir=directory, media=media, user=user)

    def _open(self, clock: VirtualClock, seq: int, last: int) -> None:
        self.node = Node(loads(self.text), clock, f"run{seq}")
        self.node.go_on_from(seq, last, recovering=seq > 0)
        self.node.sinks.append(self._event)
        self.service = Service(self.node, Host())  # type: ignore[arg-type]
        self.node.open()
        if not seq:
            self.node.start()

    def _keep(self, found: list[Any], told_last: int, not_told: Collection[int] = ()) -> None:
        self.node.sinks.insert(0, lambda event, trunk: self.node.kept.told(event))
        self.node.kept.open(self.file, found, told_last, not_told)

    def again(
        self,
        lost: Collection[int] = (),
        edit: tuple[str, str] = ("", ""),
        not_told: Collection[int] = (),
    ) -> None:
        """``lost``: calls of which nothing was kept; ``edit``: of the configuration; ``not_told``:
        whose Established nobody was told."""
        node = self.node
        node.kept.flush()
        wall, seq, last = node.wall(node.now()), node.seq, node.last_call
        node.close()
        node.sessions.close()
        self.file.close()
        self.file = KeptFile(self.path)
        found = kept_calls.read(self.file)
        for call in lost:
            self.file.remove(call)
        self.text = self.text.replace(*edit)
        self._open(VirtualClock(0, wall + DOWN * SECOND), seq, last)
        self._keep([each for each in found if each.call_id not in lost], wall, not_told)
        self.node.sessions.open(SessionStore(str(self.directory / "sessions")))
        self.node.start()
        self.node.kept.resume()
        calls = self.node.calls
        for name, ends in list(self.legs.items()):
            if ends.near.call_id in calls and ends.far.call_id in calls:
                self.legs[name] = Ends(calls[ends.near.call_id], calls[ends.far.call_id])
            else:
                del self.legs[name]

    def session(self, name: str, on_loss: OnLoss | None = None) -> tuple[Session, object]:
        """A connection of it."""
        connection = object()
        session, _ = self.node.sessions.join(name, f"secret of {name}", connection)
        if on_loss is not None:
            session.on_loss = on_loss
            self.node.sessions.changed(session)
        return session, connection

    def info(self, name: str) -> Any:
        return self.node.call(self.id(name)).info()

    def ended(self) -> dict[int, str]:
        """Calls that ended, and their causes."""
        return {e.call_id: e.cause for e in self.of(ev.ConnectionCleared)}
