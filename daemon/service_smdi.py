"""The methods of methods_smdi.py at work."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from ..signaling.smdi.codec import CallHistory
from . import methods_smdi as m
from . import wire
from .methods_base import Done
from .smdi_desk import DeskLink
from .smdi_exchange import ExchangeLink
from .wire import WireError

if TYPE_CHECKING:
    from .node import Node


class SmdiService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them."""

    _node: Node

    def _desk(self, name: str) -> DeskLink:
        """The link of a desk with this name, or the only one."""
        desks = {n: x for n, x in self._node.smdi.items() if isinstance(x, DeskLink)}
        if not name and len(desks) == 1:
            return next(iter(desks.values()))
        found = desks.get(name)
        if found is None:
            have = ", ".join(desks) or "none is configured"
            what = f"there is no message desk '{name}'" if name else "name the message desk"
            raise WireError(wire.INVALID_OBJECT, f"{what}: {have}")
        return found

    def _smdi(self, p: m.Smdi, session: Any) -> m.SmdiList:
        return m.SmdiList(links=[link.info() for link in self._node.smdi.values()])

    def _set_message_waiting(self, p: m.SetMessageWaiting, session: Any) -> Done:
        desk = self._desk(p.smdi)
        desk.set_waiting(p.number, p.on, desk.now())
        return Done()

    def _message_waiting(self, p: m.MessageWaiting, session: Any) -> m.StationList:
        stations, more = self._desk(p.smdi).station_infos(p.after, p.limit)
        return m.StationList(stations=stations, more=more)

    def _send_call_history(self, p: m.SendCallHistory, session: Any) -> Done:
        link = self._node.smdi.get(p.smdi)
        if not isinstance(link, ExchangeLink):
            names = [n for n, x in self._node.smdi.items() if isinstance(x, ExchangeLink)]
            have = ", ".join(names) or "none is configured"
            text = f"there is no link '{p.smdi}' with role exchange: {have}"
            raise WireError(wire.INVALID_OBJECT, text)
        desk = p.desk or link.table.desk
        history = CallHistory(desk, p.terminal, p.kind, p.forwarding, p.calling)
        if not link.send_history(history, link.now()):
            raise LocalError(f"link '{link.name}' is down: {link.engine.reason}")
        return Done()
