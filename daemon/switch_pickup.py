"""Picking up a call that alerts elsewhere (ECMA-269 Directed and Group Pickup Call)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import LocalError
from .events import ALERTING, CONNECTED
from .events_switch import Diverted
from .switch_divert import is_unanswered

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

NOT_SELECTED: Final = 26
"""Q.850: non-selected user clearing."""


def pick_up(node: Node, picked: Call, picker: Call) -> Call:
    """Connect the picker with who waits for an answer of ``picked``; who that is, is returned."""
    if picker.state != CONNECTED:
        raise LocalError(f"call {picker.call_id} is {picker.state}: it can pick up nothing")
    if picker is picked:
        raise LocalError(f"call {picker.call_id} cannot pick itself up")
    parked = node.switch.orbits.of(picked)
    if parked is not None:
        node.switch.orbits.fetch(parked, picker)
        return picked
    deflection = node.switch.diversions.of(picked)
    if deflection is not None:
        picked = deflection.outgoing
        node.switch.diversions.release(deflection)
        return _instead_of(node, picked, deflection.incoming, picker)
    if is_unanswered(picked):
        _answer(node, picked, picker)
        return picked
    waiting = _waiting_for(node, picked)
    if waiting is None:
        raise LocalError(f"call {picked.call_id} is {picked.state}, and nobody waits for it")
    return _instead_of(node, picked, waiting, picker)


def _waiting_for(node: Node, picked: Call) -> Call | None:
    """Who waits for the answer of a connection that was placed from here."""
    if picked.direction != "out" or picked.state != ALERTING:
        return None
    partners = node.switch.partners(picked)
    return partners[0] if partners else None


def _answer(node: Node, picked: Call, picker: Call) -> None:
    """An incoming call that only its application knew of."""
    node.tell_call(Diverted, picked, "callPickup", picked.device, picker.device, picker.call_id)
    node.switch.join(picker, picked, after="clear")
    picked.trunk.answer(picked, picked.trunk.now())


def _instead_of(node: Node, picked: Call, waiting: Call, picker: Call) -> Call:
    """The picker takes the place of the connection that rings, which is cleared."""
    node.tell_call(Diverted, picked, "callPickup", picked.device, picker.device, picker.call_id)
    node.switch.part(picked)
    node.switch.join(waiting, picker, after="clear")
    picked.trunk.clear(picked, NOT_SELECTED, picked.trunk.now())
    if is_unanswered(waiting):
        waiting.trunk.answer(waiting, waiting.trunk.now())
    return waiting


def longest(node: Node, device: str, picker: Call) -> Call:
    """The call that alerts longest at a device or in a group; LocalError when none does."""
    found = [
        call
        for call in node.calls.values()
        if call is not picker
        and (is_unanswered(call) or _waiting_for(node, call) is not None)
        and _is_at(node, call, device)
    ]
    if not found:
        raise LocalError(f"nothing alerts at {device}")
    return min(found, key=lambda call: (call.delivered or call.started, call.call_id))


def _is_at(node: Node, call: Call, device: str) -> bool:
    if device.startswith("group/"):
        name = device.removeprefix("group/")
        if name not in node.routing.groups:
            have = ", ".join(node.routing.groups) or "none is configured"
            raise LocalError(f"there is no group '{name}': {have}")
        groups = node.routing.table.of.get((call.trunk.name, call.channel), [])
        return call.group == name or any(group.name == name for group in groups)
    trunk, _, channel = device.removeprefix("trunk/").partition("/")
    return node.trunk(trunk) is call.trunk and channel in ("", str(call.channel))
