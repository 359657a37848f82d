"""Faults of a line by name, as sets of relays: a cut, a short, exchanged wires, loss of signal.

A fault is on when all its relays stand as it needs them, read from the board: another program,
or the next run of the command, sees the same.
"""

from __future__ import annotations

from typing import Final

from ..errors import LocalError
from .relay_box import RelayBox
from .relay_box_config import FaultTable, check_faults


class FaultBox:
    """The faults that a box's configuration names, over an open RelayBox."""

    def __init__(self, box: RelayBox) -> None:
        check_faults(box.name, box.table, box.relays)
        self.box: Final = box
        self.faults: Final[dict[str, FaultTable]] = box.table.fault
        self._before: Final = box.read()
        """How relays of ``leave`` stood: what clearing gives back."""

    def active(self) -> list[str]:
        """Names of the faults that are on now."""
        now = self.box.read()
        return [name for name in self.faults if self._is_on(name, now)]

    def apply(self, *names: str) -> None:
        """Bring these faults on, besides those that are; LocalError when two exclude each other."""
        needed: dict[str, tuple[bool, str]] = {}
        for name in dict.fromkeys((*self.active(), *names)):
            for relay, closed in self._needs(name).items():
                before = needed.setdefault(relay, (closed, name))
                if before[0] != closed:
                    raise LocalError(
                        f"faults '{before[1]}' and '{name}' cannot be on together: both need relay "
                        f"'{relay}'; clear one first"
                    )
        wanted = {relay: needed[relay][0] for name in names for relay in self._needs(name)}
        self.box.set(wanted)

    def clear(self, *names: str) -> None:
        """End these faults, or all of them: their relays go back to their safe state."""
        ending = names or tuple(self.faults)
        kept: dict[str, bool] = {}
        for name in self.active():
            if name not in ending:
                kept.update(self._needs(name))
        wanted: dict[str, bool] = {}
        for name in ending:
            for relay, closed in self._needs(name).items():
                wanted[relay] = kept.get(relay, self._rest(relay, closed))
        if wanted:
            self.box.set(wanted)

    def _needs(self, name: str) -> dict[str, bool]:
        fault = self.faults.get(name)
        if fault is None:
            have = ", ".join(self.faults) or "none"
            raise LocalError(f"box {self.box.name} has no fault '{name}'; it has {have}")
        return {**dict.fromkeys(fault.open, False), **dict.fromkeys(fault.close, True)}

    def _is_on(self, name: str, now: dict[str, bool | None]) -> bool:
        needs = self._needs(name)
        if any(now[relay] != closed for relay, closed in needs.items()):
            return False
        # A fault that only asks for relays at rest would be on always.
        return any(closed != self._rest(relay, closed) for relay, closed in needs.items())

    def _rest(self, relay: str, closed: bool) -> bool:
        """How a relay stands without the fault that needs it ``closed``."""
        safe = self.box.relays[relay].safe
        if safe != "leave":
            return safe == "closed"
        before = self._before[relay]
        return not closed if before is None else before
