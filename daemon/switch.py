"""The switching function: calls of several connections (ECMA-269 6.1).

A ``Call`` of calls.py is one connection, a trunk's channel, with a callId of its own as long as it
lives. Connections that talk with one another are parties of one ``Joint``; a connection that no
service joined is alone with its application and has none. What is heard follows from who is in a
joint and how (switch_media.py); nobody else connects them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Error, LocalError
from . import events, switch_data, switch_media
from .events import CONNECTED, FAIL, HOLD
from .methods_base import ConnectionInfo
from .switch_asked import ALWAYS, Asked
from .switch_divert import Diversions
from .switch_forward import Forwards
from .switch_park import Orbits
from .switch_predict import Predictions
from .switch_services import Services

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

CLEAR: Final = "clear"
KEEP: Final = "keep"
"""What becomes of the last connection of a joint when the others have gone."""

TALK: Final = "talk"

NORMAL_CLEARING: Final = 16
"""Q.850."""

RE_ANSWER: Final = 3_000_000_000
"""ns that a party who hung up has to take the telephone up again, before a transferred or deflected
call is cleared. Exchanges wait for 1 to 2 minutes (Q.118), to charge right; nobody speaks here."""


class Party:
    """A connection in a joint."""

    __slots__ = ("after", "call", "coached", "held", "ringback", "role")

    def __init__(self, call: Call, role: str = TALK, after: str = KEEP) -> None:
        self.call: Final = call
        self.role = role
        self.coached: Call | None = None
        self.held = False
        """It hears music and is not heard."""
        self.after = after
        self.ringback = False
        """It hears a ringing tone of ours, since who it waits for sends none."""


class Joint:
    """A call of ECMA-269: its connections, and the mixer while there are more than two."""

    __slots__ = ("conference", "number", "parties")

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self.parties: Final[dict[int, Party]] = {}
        self.conference = 0
        """Number of the conference that mixes it; 0: none does."""


class Consultation:
    """Who is on hold for whom (ECMA-269 consultation call): ``held`` waits while ``consulting``, or
    the application itself where that is None, speaks with ``active``."""

    __slots__ = ("active", "consulting", "held")

    def __init__(self, held: Call, active: Call, consulting: Call | None) -> None:
        self.held: Final = held
        self.active: Final = active
        self.consulting: Final = consulting


class Switch:
    """All joints of a node."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._joints: Final[dict[int, Joint]] = {}
        """By the callId of each party."""
        self._consultations: Final[list[Consultation]] = []
        self._last = 0
        self.diversions: Final = Diversions(node)
        self.forwards: Final = Forwards(node)
        self.orbits: Final = Orbits(node)
        self.predictions: Final = Predictions(node)
        self.asked: Final = Asked(node)
        self.services: Final = Services(node)

    # What there is

    def calls(self) -> list[Call]:
        """All connections that are in a joint."""
        joints = {id(joint): joint for joint in self._joints.values()}
        return [p.call for joint in joints.values() for p in joint.parties.values()]

    def joint(self, call: Call) -> Joint | None:
        return self._joints.get(call.call_id)

    def partners(self, call: Call) -> list[Call]:
        """The others in its joint."""
        joint = self.joint(call)
        return [p.call for p in joint.parties.values() if p.call is not call] if joint else []

    def party(self, call: Call) -> Party:
        """Its party, in a joint of its own if it has none."""
        joint = self.joint(call) or self._joint_of(call)
        return joint.parties[call.call_id]

    def connections(self, call: Call) -> list[ConnectionInfo]:
        """All connections of the call that this one is in, itself first."""
        joint = self.joint(call)
        parties = list(joint.parties.values()) if joint is not None else [Party(call)]
        parties.sort(key=lambda party: party.call is not call)
        return [
            ConnectionInfo(
                device=p.call.device,
                state=HOLD if p.held else p.call.told,
                call_id=p.call.call_id,
                role=p.role,
                coached=p.coached.call_id if p.coached is not None else 0,
            )
            for p in parties
        ]

    def is_held(self, call: Call) -> bool:
        joint = self.joint(call)
        return joint is not None and joint.parties[call.call_id].held

    def consulted(self, call: Call) -> int:
        """callId of the other one of its consultation, as held or active; 0: it is in none."""
        for found in self._consultations:
            if call is found.held:
                return found.active.call_id
            if call is found.active:
                return found.held.call_id
        return 0

    def consultations_with(self, call: Call) -> list[Consultation]:
        """Those that this connection takes part in."""
        if not self._consultations:
            return []
        return [c for c in self._consultations if call in (c.held, c.active, c.consulting)]

    def consultation(self, held: Call, active: Call) -> Consultation:
        """The one of these two, in either order; LocalError when there is none."""
        for found in self._consultations:
            if {found.held.call_id, found.active.call_id} == {held.call_id, active.call_id}:
                return found
        raise LocalError(
            f"calls {held.call_id} and {active.call_id} are no consultation: "
            "consultationCall or alternateCall makes one"
        )

    # Joining and parting

    def join(
        self,
        call: Call,
        other: Call,
        role: str = TALK,
        coached: Call | None = None,
        after: str | None = None,
    ) -> Joint:
        """Bring ``other`` and all it talks with into the call of ``call``; ``role`` is other's."""
        if call is other:
            raise LocalError(f"call {call.call_id} cannot be joined with itself")
        together = [call, *self.partners(call), *self.partners(other)]
        if coached is not None and (coached is other or coached not in together):
            raise LocalError(f"call {coached.call_id} is not in the call: it cannot be coached")
        joint = self.joint(call) or self._joint_of(call)
        theirs = self.joint(other) or self._joint_of(other)
        if theirs is not joint:
            switch_media.take_apart(self._node, theirs)
            for party in theirs.parties.values():
                joint.parties[party.call.call_id] = party
                self._joints[party.call.call_id] = joint
            theirs.parties.clear()
            self.linked(call, other)
        party = joint.parties[other.call_id]
        party.role, party.coached = role, coached
        if after is not None:
            for each in joint.parties.values():
                each.after = after
        self.arrange(joint)
        return joint

    def part(self, call: Call) -> None:
        """Take a connection out of its joint: it is alone with the application."""
        joint = self._joints.pop(call.call_id, None)
        if joint is None:
            return
        self._node.kept.changed(call.call_id)
        # Every sound is taken apart before anything else is connected to it.
        switch_media.leave(self._node, joint, call)
        party = joint.parties.pop(call.call_id)
        for other in joint.parties.values():
            if other.coached is party.call:
                other.role, other.coached = "monitor", None
        self._dissolve(joint)
        self.predictions.look()

    def linked(self, one: Call, other: Call) -> None:
        """These belong together from now on: they have one linkage, and the same data."""
        switch_data.link(one, other)

    def _joint_of(self, call: Call) -> Joint:
        self._last += 1
        joint = Joint(self._last)
        joint.parties[call.call_id] = Party(call)
        self._joints[call.call_id] = joint
        return joint

    def restore(self, parties: list[Party]) -> None:
        """Together as they were before a restart."""
        self._last += 1
        joint = Joint(self._last)
        for party in parties:
            joint.parties[party.call.call_id] = party
            self._joints[party.call.call_id] = joint
        self._dissolve(joint)

    def _dissolve(self, joint: Joint) -> None:
        """Go on with those that are left; one that is alone and not held needs no joint."""
        self.arrange(joint)
        if len(joint.parties) == 1:
            (last,) = joint.parties.values()
            if not last.held:
                joint.parties.clear()
                del self._joints[last.call.call_id]

    def arrange(self, joint: Joint) -> None:
        """Make heard what is to be heard."""
        for call_id in joint.parties:
            self._node.kept.changed(call_id)
        switch_media.arrange(self._node, joint)

    # Hold and consultation

    def hold(self, call: Call, cause: str = "") -> None:
        """The connection's far end waits with music; those it talked with hear it no more."""
        if call.state != CONNECTED:
            raise LocalError(f"call {call.call_id} is {call.state}: it cannot be put on hold")
        party = self.party(call)
        if party.held:
            raise LocalError(f"call {call.call_id} is on hold already")
        party.held = True
        joint = self._joints[call.call_id]
        self.arrange(joint)
        self.tell(events.Held, call, cause)

    def retrieve(self, call: Call, cause: str = "") -> None:
        """It takes part again."""
        if not self.is_held(call):
            raise LocalError(f"call {call.call_id} is not on hold")
        self.party(call).held = False
        self._dissolve(self._joints[call.call_id])
        self.tell(events.Retrieved, call, cause)

    def wait(self, call: Call, on: bool = True) -> None:
        """As hold and retrieve, where something else tells of it (park, a telephone's flash)."""
        self.party(call).held = on
        joint = self._joints[call.call_id]
        if on:
            self.arrange(joint)
        else:
            self._dissolve(joint)

    def leave_consultations(self, call: Call) -> None:
        """It is to be had otherwise; who consulted goes on with the other one."""
        for found in [c for c in self._consultations if call in (c.held, c.active)]:
            self._over(found)

    def leave_consultation(self, found: Consultation) -> None:
        """This one is over, if it is not already."""
        if found in self._consultations:
            self._over(found)

    def consult(self, held: Call, active: Call, consulting: Call | None) -> None:
        """``held`` is on hold already; ``consulting`` leaves it to talk with ``active``."""
        if consulting is not None:
            self.part(consulting)
            self.join(consulting, active)
        self.linked(held, active)
        self.consulted_by(Consultation(held, active, consulting))

    def consulted_by(self, made: Consultation) -> None:
        """There is this consultation from now on."""
        self._consultations.append(made)
        self._noted(made)

    def _over(self, ended: Consultation) -> None:
        self._consultations.remove(ended)
        self._noted(ended)

    def _noted(self, changed: Consultation) -> None:
        for call in (changed.held, changed.active, changed.consulting):
            if call is not None:
                self._node.kept.changed(call.call_id)

    def alternate(self, held: Call, active: Call) -> None:
        """Who waited is spoken with, and the other way round."""
        found = self.consultation(held, active)
        consulting = found.consulting
        if not self.is_held(held):
            raise LocalError(f"call {held.call_id} is not on hold")
        if self.is_held(active):
            raise LocalError(f"call {active.call_id} is on hold, too: retrieve it first")
        if active.state != CONNECTED:
            raise LocalError(f"call {active.call_id} is {active.state}: it cannot be put on hold")
        if consulting is not None:
            self.part(consulting)
        self.hold(active, "alternate")
        self.retrieve(held, "alternate")
        if consulting is not None:
            self.join(consulting, held)
        self._over(found)
        self.consulted_by(Consultation(active, held, consulting))

    def reconnect(self, held: Call, active: Call) -> Call:
        """Back to ``held``; the call to clear is returned."""
        found = self.consultation(held, active)
        self._over(found)
        consulting = found.consulting
        if consulting is not None:
            self.part(consulting)
        if self.party(held).held:
            self.retrieve(held, "reconnect")
        if consulting is not None:
            self.join(consulting, held)
        return active

    def conference(self, held: Call, active: Call) -> Joint:
        """All of a consultation talk together."""
        found = self.consultation(held, active)
        self._over(found)
        for call in (held, active):
            if self.party(call).held:
                self.retrieve(call, "conference")
        joint = self.join(held, active)
        if found.consulting is not None:
            self.join(held, found.consulting)
        told = (active.call_id, tuple(self.connections(held)), "conference")
        self.tell(events.Conferenced, held, *told)
        return joint

    def transfer(self, held: Call, active: Call, cause: str = "transfer") -> Call | None:
        """``held`` and ``active`` talk; who consulted is out of it and is returned."""
        found = self.consultation(held, active)
        self._over(found)
        if found.consulting is not None:
            self.part(found.consulting)
        for call in (held, active):
            if self.party(call).held:
                self.retrieve(call, "transfer")
        self.join(held, active, after=CLEAR)
        told = (active.call_id, tuple(self.connections(held)), cause)
        self.tell(events.Transferred, held, *told)
        self.services.inform(held, active)
        return found.consulting

    # What happens to connections

    def heard(self, call: Call) -> None:
        """Its state or its channel is another: it may be heard now, or no more."""
        joint = self.joint(call)
        if joint is not None:
            self.arrange(joint)
        self.diversions.changed(call)
        self.forwards.changed(call)
        self.orbits.changed(call)
        self.predictions.changed(call)
        self.services.changed(call)

    def gone(self, call: Call) -> None:
        """It ended. The last one of a joint follows, where it was told to."""
        self.predictions.gone(call)
        self.diversions.gone(call)
        self.forwards.gone(call)
        self.orbits.gone(call)
        self.services.gone(call)
        found = [c for c in self._consultations if call in (c.held, c.active, c.consulting)]
        for consultation in found:
            self._over(consultation)
        joint = self.joint(call)
        if joint is None:
            return
        left = [p for p in joint.parties.values() if p.call is not call]
        self.part(call)
        after = left[0].after if len(left) == 1 else KEEP
        if after == ALWAYS or (after == CLEAR and call.answered):
            # Had nobody answered, the application would have the one that was to be transferred.
            self.follow(left[0].call, call.cause or 16)
            return
        for consultation in found:
            if call is consultation.active and not self.services.is_asked(call):
                self.let_wait(consultation)

    def let_wait(self, consultation: Consultation) -> None:
        """The call that was consulted with is over: who consulted and is alone now gets back whom
        it left (ECMA-269: the held call stays)."""
        held, consulting = consultation.held, consultation.consulting
        if consulting is None:
            return
        try:
            if self.party(held).held:
                self.retrieve(held, "reconnect")
            self.join(consulting, held)
        except Error as exc:
            self._node.problem(exc)

    def suspended(self, call: Call) -> None:
        """Its far end hung up without clearing (clear-back, SUS): where nobody else would, it is
        cleared here, unless the telephone is taken up again."""
        call.suspended = True
        self._node.kept.changed(call.call_id)

        def over(now: int) -> None:
            joint = self.joint(call)
            party = joint.parties[call.call_id] if joint is not None else None
            if call.suspended and party is not None and party.after in (CLEAR, ALWAYS):
                self._clear(call, NORMAL_CLEARING)

        self._node.at(self._node.now() + RE_ANSWER, over)

    def follow(self, call: Call, cause: int) -> None:
        """Clear a connection that has nobody to talk with."""
        # It may have ended as well, and its engine is about to tell so.
        self._node.at(self._node.now(), lambda now: self._clear(call, cause))

    def _clear(self, call: Call, cause: int) -> None:
        if self._node.calls.get(call.call_id) is not call or call.cleared_here:
            return
        try:
            if call.state != FAIL:
                call.trunk.clear(call, cause, call.trunk.now())
        except Error as exc:
            self._node.problem(exc)

    def tell(self, kind: type[events.CallEvent], call: Call, *rest: object) -> None:
        self._node.tell_call(kind, call, *rest)
