"""Calls that were made again after a kill go on as they were (kept_calls.py).

Media that was at work is over, which is told; who talked with whom, who waited for whom, parked
calls and treatments are set up again; and what waited for a call that is lost goes on without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Error
from . import events
from .kept import Kept, KeptConsultation, KeptWork
from .switch import CLEAR, Consultation, Party
from .switch_asked import ALWAYS
from .switch_services import SINGLE_STEP

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

RESTARTED: Final = "trunkd was killed and started anew"
TEMPORARY_FAILURE: Final = 41
NORMAL_CLEARING: Final = 16
"""Q.850."""


def resume(node: Node, restored: list[Kept]) -> None:
    """All that is to be done once clients know of the restart; one that fails is reported."""
    # One may have ended while the trunks began: for the others it is lost.
    up = [each for each in restored if each.call_id in node.calls]
    calls = {each.call_id: node.calls[each.call_id] for each in up}
    restored = up
    attempt(node, lambda: _end_media(node, restored, calls))
    groups: dict[int, list[Kept]] = {}
    for each in restored:
        if each.party is not None:
            groups.setdefault(each.party.joint, []).append(each)
    for group in groups.values():
        attempt(node, lambda g=group: _join(node, g, calls))
    for consultation in dict.fromkeys(c for each in restored for c in each.consultations):
        attempt(node, lambda c=consultation: _consult(node, c, calls))
    for each in restored:
        attempt(node, lambda k=each: _alone(node, k, calls))
    attempt(node, node.sessions.await_owners)


def attempt(node: Node, work: object) -> None:
    """One thing that fails must not keep the daemon from starting."""
    assert callable(work)
    try:
        work()
    except Exception as exc:
        node.problem(exc)


# Media


def _end_media(node: Node, restored: list[Kept], calls: dict[int, Call]) -> None:
    closed: set[int] = set()
    for each in restored:
        for work in each.work:
            attempt(node, lambda k=each, w=work: _end_work(node, calls[k.call_id], w))
            if work.kind == "conference":
                closed.add(work.number)
    for number in sorted(closed):
        node.tell(events.ConferenceChanged, 0, f"conference/{number}", number, "closed")


def _end_work(node: Node, call: Call, work: KeptWork) -> None:
    if work.kind in ("play", "record"):
        node.tell_call(events.Stop, call, work.kind, work.message, 0, "failed", RESTARTED)
    elif work.kind == "collect":
        node.tell_call(events.DigitsCollected, call, "", "stopped")
    elif work.kind == "analysis":
        began = node.wall(node.now())
        node.tell_call(events.CallProgressResult, call, "unknown", 0.0, began, RESTARTED)
    elif work.kind == "audio":
        node.tell_call(events.AudioClosed, call, work.number, "failed", *[0] * 5, RESTARTED)
    elif work.kind == "fax":
        node.tell_call(events.FaxEnded, call, False, "worker", RESTARTED, 0)
    elif work.kind == "conference":
        node.tell_call(events.ConferenceChanged, call, work.number, "left")
    elif work.kind == "source":
        node.tell_call(events.ConnectionChanged, call, "")


# Who talks with whom


def _join(node: Node, group: list[Kept], calls: dict[int, Call]) -> None:
    parties = []
    for each in group:
        assert each.party is not None
        party = Party(calls[each.call_id], each.party.role, each.party.after)
        party.held = each.party.held
        party.coached = calls.get(each.party.coached)
        if each.party.coached and party.coached is None:
            party.role = "monitor"
        parties.append(party)
    node.switch.restore(parties)
    only = group[0]
    assert only.party is not None
    after = only.party.after
    if len(group) > 1 or after not in (CLEAR, ALWAYS):
        return
    gone = [other for other in only.party.others if other.call_id not in calls]
    if any(after == ALWAYS or other.answered or other.incoming for other in gone):
        # As Switch.gone does. Who waited for somebody who had not answered is the application's.
        node.sessions.clear(calls[only.call_id], TEMPORARY_FAILURE)


def _consult(node: Node, kept: KeptConsultation, calls: dict[int, Call]) -> None:
    switch = node.switch
    held, active = calls.get(kept.held), calls.get(kept.active)
    consulting = calls.get(kept.consulting)
    if kept.step:
        _step_over(node, kept, calls)
        return
    if held is None or (kept.consulting and consulting is None):
        return
    if active is not None:
        switch.consulted_by(Consultation(held, active, consulting))
    elif consulting is not None:
        # Who consulted is alone now: back to the one who waits for him.
        if switch.is_held(held):
            switch.retrieve(held, "reconnect")
        switch.join(consulting, held)


def _step_over(node: Node, kept: KeptConsultation, calls: dict[int, Call]) -> None:
    """The process that had the network connect them is no more, and does not hear whether it did.
    If it did not, who was to be transferred is back with his partner, as after a refusal."""
    switch = node.switch
    held, active = calls.get(kept.held), calls.get(kept.active)
    partner = calls.get(kept.partner)
    if active is not None:
        node.sessions.clear(active, NORMAL_CLEARING)
    if held is None:
        return
    node.tell_call(events.NetworkRefused, held, SINGLE_STEP, RESTARTED, kept.active, "")
    if switch.is_held(held):
        switch.retrieve(held, "reconnect")
    if partner is not None:
        switch.join(partner, held)


def _alone(node: Node, kept: Kept, calls: dict[int, Call]) -> None:
    """What one call has for itself."""
    call = calls[kept.call_id]
    if kept.orbit is not None:
        node.switch.orbits.restore(call, kept.orbit, calls.get(kept.orbit.parker))
    if call.suspended:
        node.switch.suspended(call)
    if kept.treatment:
        treatments = node.sessions.treatments
        try:
            treatments.begin(call, treatments.row(kept.treatment))
        except Error:
            node.sessions.clear(call, TEMPORARY_FAILURE)
            raise
