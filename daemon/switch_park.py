"""Orbits: calls that wait with music until somebody fetches them (ECMA-269 Park Call)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Error, LocalError
from ..signaling.call import CallRequest, PartyNumber
from .events import CONNECTED
from .events_switch import Diverted
from .methods_switch_divert import ParkedCallInfo

if TYPE_CHECKING:
    from .calls import Call
    from .kept import KeptOrbit
    from .node import Node

SECOND: Final = 1_000_000_000
MOST_ORBITS: Final = 1000
"""Orbits that are chosen by number."""


class Address:
    """Where a connection can be had again when it is over."""

    __slots__ = ("device", "number")

    def __init__(self, number: str, device: str) -> None:
        self.number: Final = number
        self.device: Final = device


def address_of(call: Call) -> Address:
    """By which the connection was had."""
    line = call.trunk.table.signalling == "fxs"
    return Address(
        call.called if call.direction == "out" else call.calling,
        call.device if line else call.trunk.device,
    )


class Parked:
    """A call in an orbit. ``parker``: who it comes back to, None: nobody."""

    __slots__ = ("address", "call", "orbit", "parker", "recall", "recalls", "since", "timeout")

    def __init__(self, call: Call, orbit: str, timeout: int, parker: Call | None, now: int) -> None:
        self.call: Final = call
        self.orbit: Final = orbit
        self.timeout: Final = timeout
        self.parker: Final = parker
        self.address = address_of(parker) if parker is not None else None
        self.since: Final = now
        self.recall: Call | None = None
        """The connection by which its parker is called."""
        self.recalls = 0


class Orbits:
    """All orbits of a node."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._parked: Final[dict[str, Parked]] = {}

    def infos(self) -> list[ParkedCallInfo]:
        return [
            ParkedCallInfo(
                orbit=parked.orbit,
                call_id=parked.call.call_id,
                since=self._node.wall(parked.since),
                timeout=parked.timeout / SECOND,
                parker=parked.address.device if parked.address is not None else "",
                recalls=parked.recalls,
            )
            for parked in self._parked.values()
        ]

    def of(self, call: Call) -> Parked | None:
        return next((p for p in self._parked.values() if p.call is call), None)

    def orbit_of(self, call: Call) -> str:
        """Empty: it is in none."""
        found = self.of(call) if self._parked else None
        return found.orbit if found is not None else ""

    def park(self, call: Call, orbit: str, timeout: int) -> tuple[str, Call | None]:
        """The orbit, and who parked the call: its partner, who is parted from it now."""
        switch = self._node.switch
        if call.state != CONNECTED:
            raise LocalError(f"call {call.call_id} is {call.state}: it cannot be parked")
        if self.of(call) is not None:
            raise LocalError(f"call {call.call_id} is parked in orbit {self.orbit_of(call)}")
        partners = switch.partners(call)
        if len(partners) > 1:
            raise LocalError(
                f"call {call.call_id} is in a conference of {len(partners) + 1}: partCall first"
            )
        orbit = orbit or self._free()
        if orbit in self._parked:
            raise LocalError(f"call {self._parked[orbit].call.call_id} is in orbit {orbit} already")
        parker = partners[0] if partners else None
        parked = Parked(call, orbit, timeout, parker, self._node.now())
        switch.leave_consultations(call)
        was_held = switch.is_held(call)
        switch.part(call)
        self._parked[orbit] = parked
        self._tell(parked, "park", parker.device if parker is not None else "", f"orbit/{orbit}")
        if not was_held:
            switch.hold(call, "park")
        else:
            switch.wait(call)
        self._wind(parked)
        return orbit, parker

    def restore(self, call: Call, kept: KeptOrbit, parker: Call | None) -> None:
        """It was parked when the daemon was killed: it waits again, for as long as at first."""
        parked = Parked(call, kept.orbit, kept.timeout, parker, self._node.now())
        if parked.address is None and kept.device:
            parked.address = Address(kept.number, kept.device)
        self._parked[kept.orbit] = parked
        self._node.kept.changed(call.call_id)
        self._wind(parked)

    def _free(self) -> str:
        for number in range(1, MOST_ORBITS + 1):
            if str(number) not in self._parked:
                return str(number)
        raise LocalError(f"all {MOST_ORBITS} orbits are taken")

    def _wind(self, parked: Parked) -> None:
        if parked.timeout and parked.address is not None:
            due = self._node.now() + parked.timeout
            self._node.at(due, lambda now: self._over(parked))

    def _tell(self, parked: Parked, cause: str, left: str, to: str, new: int = 0) -> None:
        self._node.tell_call(Diverted, parked.call, cause, left, to, new)

    # Somebody fetches it

    def need(self, orbit: str) -> Parked:
        found = self._parked.get(orbit)
        if found is None:
            have = ", ".join(self._parked) or "all are empty"
            raise LocalError(f"nobody waits in orbit {orbit}: {have}")
        return found

    def fetch(self, parked: Parked, picker: Call) -> None:
        """The picker's connection, which is answered, talks with it."""
        if picker is parked.call:
            raise LocalError(f"call {picker.call_id} waits in the orbit itself")
        if picker.state != CONNECTED:
            raise LocalError(f"call {picker.call_id} is {picker.state}: it can pick up nothing")
        recall = parked.recall
        self._forget(parked)
        if recall is not None and recall is not picker and recall.state != CONNECTED:
            self._clear(recall)
        told = (f"orbit/{parked.orbit}", picker.device, picker.call_id)
        self._tell(parked, "callPickup", *told)
        self._together(parked, picker, "callPickup")

    def _together(self, parked: Parked, other: Call, cause: str) -> None:
        switch = self._node.switch
        if switch.is_held(parked.call):
            switch.retrieve(parked.call, cause)
        switch.join(parked.call, other)

    def _forget(self, parked: Parked) -> None:
        self._parked.pop(parked.orbit, None)
        self._node.kept.changed(parked.call.call_id)
        parked.recall = None

    # It comes back to who parked it

    def _over(self, parked: Parked) -> None:
        """Nobody fetched it in time."""
        if self._parked.get(parked.orbit) is not parked or parked.recall is not None:
            return
        parker = parked.parker
        parked.recalls += 1
        here = parker is not None and self._node.calls.get(parker.call_id) is parker
        if parker is not None and here and parker.state == CONNECTED and self._is_free(parker):
            self._forget(parked)
            self._tell(parked, "recall", f"orbit/{parked.orbit}", parker.device, parker.call_id)
            self._together(parked, parker, "recall")
            return
        self._call_parker(parked)

    def _is_free(self, call: Call) -> bool:
        return not self._node.switch.partners(call) and not self._node.switch.is_held(call)

    def _call_parker(self, parked: Parked) -> None:
        address = parked.address
        assert address is not None
        who = parked.call.called if parked.call.direction == "out" else parked.call.calling
        request = CallRequest(PartyNumber(address.number), PartyNumber(who) if who else None)
        try:
            parked.recall = self._node.switch.forwards.dial(address.device, request)
        except LocalError:
            # Its line is busy, or nothing is free: it waits on, and is tried again.
            to = address.number or address.device
            self._tell(parked, "recallResourcesNotAvailable", f"orbit/{parked.orbit}", to)
            self._wind(parked)
            return
        self._node.switch.linked(parked.call, parked.recall)
        told = (address.number or address.device, parked.recall.call_id)
        self._tell(parked, "recall", f"orbit/{parked.orbit}", *told)

    def _by_recall(self, call: Call) -> Parked | None:
        return next((p for p in self._parked.values() if p.recall is call), None)

    def changed(self, call: Call) -> None:
        """A recall may have been answered."""
        parked = self._by_recall(call) if self._parked else None
        if parked is not None and call.state == CONNECTED:
            self._forget(parked)
            self._node.at(self._node.now(), lambda now: self._recalled(parked, call))

    def _recalled(self, parked: Parked, call: Call) -> None:
        try:
            if call.state == CONNECTED and parked.call.state == CONNECTED:
                self._together(parked, call, "recall")
        except Error as exc:
            self._node.problem(exc)

    def gone(self, call: Call) -> None:
        """A parked call, or a recall, has ended."""
        if not self._parked:
            return
        parked = self.of(call)
        if parked is not None:
            recall = parked.recall
            self._forget(parked)
            if recall is not None:
                self._node.at(self._node.now(), lambda now: self._clear(recall))
            return
        parked = self._by_recall(call)
        if parked is not None:
            parked.recall = None
            cause = {17: "recallBusy"}.get(call.cause, "recallNoAnswer")
            self._tell(parked, cause, call.device, f"orbit/{parked.orbit}")
            self._wind(parked)

    def _clear(self, call: Call) -> None:
        if call.call_id in self._node.calls:
            try:
                call.trunk.clear(call, 16, call.trunk.now())
            except Error as exc:
                self._node.problem(exc)
