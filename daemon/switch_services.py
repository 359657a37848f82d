"""Transfer and deflection by the network of a PRI trunk, at an application's request.

The engine asks the network (signaling/call_services.py) and tells how that ended; here are the
calls that are asked for, and what follows: with the network's consent their channels come free,
after a refusal they are as they were, or our switch does it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..errors import Error, LocalError
from ..signaling.call import PartyNumber
from ..signaling.call_services import (
    NO_ANSWER,
    DeflectionAsked,
    DeflectionDone,
    PartyChanged,
    TransferAsked,
    TransferDone,
)
from ..signaling.isdn.services_config import NONE
from . import events, wire
from .events import ALERTING, CONNECTED
from .switch_divert import DEFLECTED, DEFLECTED_ALERTING, is_unanswered
from .trunk_pri import PriTrunk
from .wire import WireError

if TYPE_CHECKING:
    from .calls import Call
    from .methods_switch import PlacedCall
    from .node import Node
    from .switch import Consultation

NORMAL_CLEARING: Final = 16
"""Q.850."""

TRANSFER: Final = "transfer"
SINGLE_STEP: Final = "singleStepTransfer"
DEFLECTION: Final = "deflection"

Done = Callable[[str, Exception | None], None]
"""Gets who connects them, "switch" or "network", or why nobody does."""


class Transfer:
    """Two calls of a consultation that the network is to connect. ``fallback``: else our switch
    does. ``partner``: of a single step, whom the transferred one talked with."""

    __slots__ = ("asked", "consultation", "done", "fallback", "keep", "partner", "service")

    def __init__(
        self,
        consultation: Consultation,
        service: str,
        fallback: bool,
        keep: bool,
        done: Done | None = None,
        partner: Call | None = None,
    ) -> None:
        self.consultation: Final = consultation
        self.service: Final = service
        self.fallback: Final = fallback
        self.keep: Final = keep
        self.done: Final = done
        """The request that waits for it."""
        self.partner: Final = partner
        self.asked = False
        """The network has been asked, and tells how that ended whatever happens."""

    @property
    def calls(self) -> tuple[Call, Call]:
        return self.consultation.held, self.consultation.active


class Deflection:
    """An incoming call that the network is to take elsewhere; ``instead`` does it after a
    refusal."""

    __slots__ = ("call", "done", "instead", "to")

    def __init__(
        self,
        call: Call,
        to: str,
        done: Callable[[PlacedCall | None, Exception | None], None],
        instead: Callable[[], PlacedCall] | None,
    ) -> None:
        self.call: Final = call
        self.to: Final = to
        self.done: Final = done
        """Gets the connection that our switch placed; None: the network did it."""
        self.instead: Final = instead


def refused(what: str, why: str) -> WireError:
    """The error of a request that the network did not grant."""
    return WireError(wire.NETWORK_REFUSED, f"{what}: {why}")


def pri_of(call: Call, what: str) -> PriTrunk:
    """Its trunk; LocalError where no network can be asked for that."""
    trunk = call.trunk
    if not isinstance(trunk, PriTrunk):
        raise LocalError(
            f"{trunk.table.signalling} cannot let the network {what} a call here: {what} it by "
            '"switch"'
        )
    if not call.handle:
        raise LocalError(f"call {call.call_id} is on no channel yet")
    return trunk


def number_of(call: Call) -> PartyNumber | None:
    """Who is at its far end, as far as others may know."""
    if call.direction == "out":
        number = call.answering or call.called
        return PartyNumber(number) if number else None
    calling = call.request.calling
    return calling if calling is not None and calling.presentation == 0 else None


def in_our_words(why: str, *calls: Call) -> str:
    """A reason of the engine's, whose calls have handles; ours have callIds."""
    for call in calls:
        why = re.sub(rf"\bcall {call.handle}\b", f"call #{call.call_id}", why)
    return why.replace("call #", "call ")


class Services:
    """All that networks are asked for at the moment."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._transfers: Final[dict[int, Transfer]] = {}
        """By the callId of either call."""
        self._asked: Final[dict[tuple[str, int], Transfer]] = {}
        """By trunk and the engine's handle of either call: these outlive the calls."""
        self._deflections: Final[dict[tuple[str, int], Deflection]] = {}
        self._informed: Final[dict[int, Call]] = {}
        """By the callId of one that alerts: who knows by us that it does."""
        self._silent: Final[dict[tuple[str, str], int]] = {}
        """Trunk and service that its network left unanswered, and since when that link is up."""

    def handlers(self, trunk: PriTrunk) -> dict[type, Callable[[Any, int], None]]:
        """What an engine tells of services, for the trunk's table of handlers."""
        asked = self._node.switch.asked
        return {
            TransferDone: lambda event, now: self._transfer_done(trunk, event),
            DeflectionDone: lambda event, now: self._deflection_done(trunk, event),
            PartyChanged: lambda event, now: self._party_changed(trunk, event),
            TransferAsked: lambda event, now: asked.transfer(trunk, event, now),
            DeflectionAsked: lambda event, now: asked.deflection(trunk, event, now),
        }

    def is_asked(self, call: Call) -> bool:
        """The network is being asked to transfer it: what becomes of it is not yet known."""
        transfer = self._transfers.get(call.call_id)
        return transfer is not None and transfer.asked

    def check_free(self, *calls: Call) -> None:
        """LocalError: the network is transferring one of them already."""
        for call in calls:
            if call.call_id in self._transfers:
                raise LocalError(f"call {call.call_id} is being transferred by the network already")

    def single_step(self, consultation: Consultation) -> Transfer | None:
        """The single step that it is for, until the network has done that or refused."""
        transfer = self._transfers.get(consultation.held.call_id)
        if transfer is None or transfer.service != SINGLE_STEP:
            return None
        return transfer if transfer.consultation is consultation else None

    def give_up(self, *calls: Call) -> None:
        """The application has just done something else with these: what their network has not been
        asked for yet, it is not asked for. Who was called for it is cleared, unless the application
        has him by now."""
        for call in calls:
            transfer = self._transfers.get(call.call_id)
            if transfer is None or transfer.asked:
                continue
            self._forget(transfer)
            held, active = transfer.calls
            self._node.switch.leave_consultation(transfer.consultation)
            told = (transfer.service, "given up by the application", active.call_id, "")
            self._node.tell_call(events.NetworkRefused, held, *told)
            if active not in calls:
                self._clear(active)

    def is_silent(self, call: Call, service: str) -> bool:
        """Its network left such a request unanswered since the link was set up. Who can have it
        otherwise ("any") need not wait for the timer with every call."""
        trunk = call.trunk
        return self._silent.get((trunk.name, service)) == trunk.since

    def _heard(self, trunk: PriTrunk, service: str, error: str) -> None:
        if error == NO_ANSWER:
            self._silent[trunk.name, service] = trunk.since
        else:
            self._silent.pop((trunk.name, service), None)

    # Transfer

    def why_not(self, held: Call, active: Call) -> str:
        """Empty: the network can be asked to connect these; else what is in the way."""
        try:
            trunk = pri_of(held, TRANSFER)
            if active.trunk is not trunk:
                raise LocalError(
                    f"call {held.call_id} is of trunk '{trunk.name}' and call {active.call_id} of "
                    f"'{active.trunk.name}': the network connects calls of one trunk only"
                )
            pri_of(active, TRANSFER)
        except LocalError as exc:
            return str(exc)
        return in_our_words(trunk.engine.can_transfer(held.handle, active.handle), held, active)

    def can_begin(self, call: Call) -> str:
        """Empty: its network may be able to transfer it, once there is a second call."""
        try:
            trunk = pri_of(call, TRANSFER)
        except LocalError as exc:
            return str(exc)
        if trunk.engine.config.transfer == NONE:
            variant = trunk.engine.config.variant.name
            return f"trunk '{trunk.name}' ({variant}) has none: see `transfer`"
        if trunk.side == "network":
            return f"trunk '{trunk.name}' is the network side: its far end is a user"
        return ""

    def transfer(self, transfer: Transfer) -> None:
        """Ask the network now. LocalError: it cannot be asked."""
        held, active = transfer.calls
        trunk = pri_of(held, TRANSFER)
        keys = [(trunk.name, call.handle) for call in transfer.calls]
        now = trunk.now()
        trunk.engine.transfer(held.handle, active.handle, now)
        transfer.asked = True
        for call, key in zip(transfer.calls, keys, strict=True):
            self._transfers[call.call_id] = self._asked[key] = transfer
        trunk.pump(now)

    def await_answer(self, transfer: Transfer) -> None:
        """Ask as soon as the network can connect them: the second call has just been placed."""
        for call in transfer.calls:
            self._transfers[call.call_id] = transfer
            self._node.kept.changed(call.call_id)

    def changed(self, call: Call) -> None:
        """Its state is another."""
        waiting = self._informed.pop(call.call_id, None) if call.state == CONNECTED else None
        if waiting is not None and not waiting.ended:
            self._inform(waiting, call)
        transfer = self._transfers.get(call.call_id)
        if transfer is None or transfer.asked or call is not transfer.consultation.active:
            return
        if call.state in (ALERTING, CONNECTED):
            # Not from within what the engine is doing now.
            self._node.at(self._node.now(), lambda now: self._try(transfer))

    def _try(self, transfer: Transfer) -> None:
        held, active = transfer.calls
        if self._transfers.get(active.call_id) is not transfer or transfer.asked:
            return
        why = self.why_not(held, active)
        if why and active.state != CONNECTED:
            return  # perhaps once it is answered
        try:
            if why:
                raise LocalError(why)
            self.transfer(transfer)
        except Error as exc:
            self._failed(transfer, str(exc))

    def _transfer_done(self, trunk: PriTrunk, event: TransferDone) -> None:
        transfer = self._asked.pop((trunk.name, event.call), None)
        self._asked.pop((trunk.name, event.other), None)
        self._heard(trunk, TRANSFER, event.error)
        if transfer is None:
            return
        if event.ok:
            self._transferred(transfer)
        else:
            # What follows may be requests to the engine that is telling this.
            self._node.at(self._node.now(), lambda now: self._failed(transfer, event.error))

    def _forget(self, transfer: Transfer) -> None:
        for call in transfer.calls:
            self._transfers.pop(call.call_id, None)
            self._node.kept.changed(call.call_id)

    def _transferred(self, transfer: Transfer) -> None:
        """The network has connected their far ends; it, or the engine, ends the calls."""
        self._forget(transfer)
        held, active = transfer.calls
        switch = self._node.switch
        switch.leave_consultations(held)
        for call in transfer.calls:
            call.network, call.ended_by = TRANSFER, "transferred by the network"
            switch.part(call)
        told = (active.call_id, (), transfer.service, "network")
        self._node.tell_call(events.Transferred, held, *told)
        self._let_go(transfer)
        if transfer.done is not None:
            transfer.done("network", None)

    def _let_go(self, transfer: Transfer) -> None:
        """Who transferred is out of it."""
        left = transfer.partner or transfer.consultation.consulting
        if transfer.partner is not None and self._node.switch.partners(transfer.partner):
            return  # he talks with somebody else by now
        if left is not None and not transfer.keep:
            self._node.at(self._node.now(), lambda now: self._clear(left))

    def _clear(self, call: Call) -> None:
        if self._node.calls.get(call.call_id) is not call or call.cleared_here:
            return
        try:
            call.trunk.clear(call, NORMAL_CLEARING, call.trunk.now())
        except Error as exc:
            self._node.problem(exc)

    def _failed(self, transfer: Transfer, why: str) -> None:
        """The network did not do it, or was not asked in the end."""
        self._forget(transfer)
        held, active = transfer.calls
        there = all(self._node.calls.get(c.call_id) is c for c in transfer.calls)
        instead = "switch" if there and transfer.fallback and self._by_switch(transfer) else ""
        told = (transfer.service, why, active.call_id, instead)
        self._node.tell_call(events.NetworkRefused, held, *told)
        if instead:
            self._let_go(transfer)
        elif transfer.service == SINGLE_STEP:
            self._put_back(transfer)
        else:
            self._let_wait(transfer)
        if transfer.done is not None:
            what = f"calls {held.call_id} and {active.call_id} are not transferred by the network"
            transfer.done(instead, None if instead else refused(what, why))

    def _let_wait(self, transfer: Transfer) -> None:
        """Where the call that was consulted with ended meanwhile, who consulted goes back."""
        held, active, calls = *transfer.calls, self._node.calls
        back = transfer.consultation.consulting
        if active.ended and not held.ended and back is not None and back.call_id in calls:
            self._node.switch.let_wait(transfer.consultation)

    def _by_switch(self, transfer: Transfer) -> bool:
        """Let our switch connect them; false: the consultation is no more."""
        try:
            self._node.switch.transfer(*transfer.calls, transfer.service)
        except Error:
            return False
        return True

    def _put_back(self, transfer: Transfer) -> None:
        """A single step that failed: who was to be transferred is back with his partner."""
        held, active = transfer.calls
        switch, calls = self._node.switch, self._node.calls
        switch.leave_consultations(held)
        self._clear(active)
        if calls.get(held.call_id) is not held or held.state != CONNECTED:
            return
        try:
            if switch.is_held(held):
                switch.retrieve(held, "reconnect")
            back = transfer.partner
            if back is not None and calls.get(back.call_id) is back and not switch.partners(back):
                switch.join(back, held)
        except Error as exc:
            self._node.problem(exc)

    def gone(self, call: Call) -> None:
        """It ended. Once the network has been asked, its answer comes all the same."""
        self._informed.pop(call.call_id, None)
        transfer = self._transfers.get(call.call_id)
        if transfer is None or transfer.asked:
            return
        self._forget(transfer)
        why = f"call {call.call_id} ended ({events.csta_cause(call.cause or NORMAL_CLEARING)})"
        self._node.at(self._node.now(), lambda now: self._failed(transfer, why))

    # Deflection

    def why_not_deflect(self, call: Call) -> str:
        """Empty: the network can be asked to take the call elsewhere."""
        try:
            why = pri_of(call, "deflect").engine.can_deflect(call.handle)
            return in_our_words(why, call)
        except LocalError as exc:
            return str(exc)

    def check_not_deflected(self, call: Call) -> None:
        """LocalError: the network is deflecting it already."""
        if (call.trunk.name, call.handle) in self._deflections:
            raise LocalError(f"call {call.call_id} is being deflected by the network already")

    def deflect(self, deflection: Deflection) -> None:
        """Ask the network. LocalError: it cannot be asked."""
        call = deflection.call
        trunk = pri_of(call, "deflect")
        self.check_not_deflected(call)
        key = (trunk.name, call.handle)
        reason = DEFLECTED_ALERTING if call.state == ALERTING else DEFLECTED
        now = trunk.now()
        trunk.engine.deflect(call.handle, PartyNumber(deflection.to), reason, now)
        self._deflections[key] = deflection
        trunk.pump(now)

    def _deflection_done(self, trunk: PriTrunk, event: DeflectionDone) -> None:
        deflection = self._deflections.pop((trunk.name, event.call), None)
        self._heard(trunk, DEFLECTION, event.error)
        if deflection is None:
            return
        call = deflection.call
        if event.ok:
            call.network, call.ended_by = DEFLECTION, "deflected by the network"
            told = ("redirected", call.device, deflection.to, 0, "network")
            self._node.tell_call(events.Diverted, call, *told)
            deflection.done(None, None)
        else:
            self._node.at(self._node.now(), lambda now: self._not_deflected(deflection, event))

    def _not_deflected(self, deflection: Deflection, event: DeflectionDone) -> None:
        call = deflection.call
        instead = deflection.instead if is_unanswered(call) else None
        what = f"call {call.call_id} is not deflected by the network"
        placed, error = None, refused(what, event.error)
        if instead is not None:
            try:
                placed = instead()
            except Error as exc:
                error = refused(what, f"{event.error}; nor by our switch: {exc}")
        told = (DEFLECTION, event.error, 0, "switch" if placed is not None else "")
        self._node.tell_call(events.NetworkRefused, call, *told)
        deflection.done(placed, None if placed is not None else error)

    # Where we are the network

    def inform(self, one: Call, other: Call) -> None:
        """Our switch has connected these: users of ours are told who is there now (EctInform, EN
        300 369-1)."""
        self._inform(one, other)
        self._inform(other, one)

    def _inform(self, call: Call, other: Call) -> None:
        trunk = call.trunk
        if not isinstance(trunk, PriTrunk) or trunk.side != "network" or call.state != CONNECTED:
            return
        if other.state == ALERTING:
            self._informed[other.call_id] = call
        now = trunk.now()
        with contextlib.suppress(LocalError):  # its variant has no such word
            number = number_of(other)
            trunk.engine.inform_transfer(call.handle, number, other.state == ALERTING, now)
            trunk.pump(now)

    # What the network tells by itself

    def _party_changed(self, trunk: PriTrunk, event: PartyChanged) -> None:
        call = trunk.calls.get(event.call)
        if call is None:
            return
        number = event.number.digits if event.number is not None else ""
        call.answering = number or call.answering
        self._node.tell_call(events.PartyChanged, call, number, event.alerting)
