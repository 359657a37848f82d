"""Calls that outlived the daemon and whose session this run does not know: its file was lost, or it
was forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .events_session import OwnerChanged
from .methods_session import LossAction, OnLoss

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

log: Final = logging.getLogger("trunkd.sessions")

SECOND: Final = 1_000_000_000

Perform = Callable[["Call", LossAction, OnLoss], None]


class Unowned:
    """They are nobody's; what was said of a call itself for the loss of its session is done all the
    same, unless somebody takes the call before."""

    def __init__(self, node: Node, perform: Perform) -> None:
        self._node: Final = node
        self._perform: Final = perform
        self._calls: Final[dict[int, tuple[str, OnLoss | None]]] = {}
        """By callId: the session's name until its loss is told, and what was said."""

    def add(self, call: Call, name: str, on_loss: OnLoss | None) -> None:
        if name or on_loss is not None:
            self._calls[call.call_id] = name, on_loss

    def drop(self, call_id: int) -> None:
        """It is somebody's now, or over."""
        if self._calls:
            self._calls.pop(call_id, None)

    def on_loss_of(self, call_id: int) -> OnLoss | None:
        return self._calls[call_id][1] if call_id in self._calls else None

    def tell(self) -> None:
        """Clients know of the restart."""
        for call_id, (name, on_loss) in list(self._calls.items()):
            call = self._node.calls.get(call_id)
            if call is None or not name:
                continue
            self._calls[call_id] = "", on_loss
            log.warning("call %d is nobody's: its session %s is known no more", call_id, name)
            self._node.tell_call(OwnerChanged, call, name, "lost")

    def lose(self, begun: int) -> None:
        """Time to come back is over. ``begun``: board time from which leases count."""
        for call_id, (_, policy) in list(self._calls.items()):
            call = self._node.calls.get(call_id)
            if call is None or policy is None:
                continue
            if policy.action != "keep":
                self._do(call, policy.action, policy)
            elif policy.keep_for is not None:
                self._lease(call, policy, begun + round(policy.keep_for * SECOND))

    def _lease(self, call: Call, policy: OnLoss, until: int) -> None:
        self._node.at(until, lambda now: self._do(call, policy.then, policy))

    def _do(self, call: Call, action: LossAction, policy: OnLoss) -> None:
        there = self._node.calls.get(call.call_id) is call
        if self._calls.pop(call.call_id, None) is not None and there and action != "release":
            self._perform(call, action, policy)
