"""The methods of methods_pri.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from . import methods_pri as m
from . import wire
from .methods_base import Done
from .trunk_pri import PriTrunk
from .wire import WireError


class PriService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_trunk``."""

    @abstractmethod
    def _trunk(self, name: str) -> Any:
        """The trunk; WireError invalidObjectID when there is none."""

    def _switch_d_channel(self, p: m.SwitchDChannel, session: Any) -> Done:
        trunk = self._trunk(p.trunk)
        if not isinstance(trunk, PriTrunk):
            text = f"trunk '{trunk.name}' is {trunk.table.signalling}: no D-channel"
            raise WireError(wire.INVALID_OBJECT, text)
        trunk.switch(trunk.now())
        return Done()
