"""The methods of methods_switch.py at work."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import LocalError
from . import events, methods, wire
from . import methods_switch as m
from .later import Later
from .methods_base import Done
from .service_switch_divert import DivertService
from .service_switch_more import MoreService
from .switch_network import FlashTransfer, can_transfer
from .switch_services import SINGLE_STEP, TRANSFER, Transfer
from .wire import WireError

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node


class SwitchService(DivertService, MoreService):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_call``."""

    _node: Node

    @abstractmethod
    def _call(self, call_id: int) -> Call:
        """The call; WireError invalidCallID when there is none."""

    @abstractmethod
    def _make_call(self, p: methods.MakeCall, session: Any) -> methods.CallMade:
        """Place a connection."""

    def _place(self, p: m.Destination, session: Any, for_call: int = 0) -> Call:
        if not (p.called or p.device):
            raise LocalError("name who is to be called (called), a device, or both")
        made = self._make_call(
            methods.MakeCall(
                called=p.called,
                device=p.device,
                calling=p.calling,
                bearer=p.bearer,
                display=p.display,
                user_user=p.user_user,
                for_call=for_call,
            ),
            session,
        )
        call = self._node.calls.get(made.call_id)
        if call is None:
            raise WireError(
                wire.NO_RESOURCE,
                f"call {made.call_id} ended as it was placed: the event Failed tells why",
            )
        return call

    @staticmethod
    def _clear(call: Call, cause: int) -> None:
        call.trunk.clear(call, cause, call.trunk.now())

    def _clear_call(self, p: m.ClearCall, session: Any) -> Done:
        call = self._call(p.call_id)
        for each in [call, *self._node.switch.partners(call)]:
            self._clear(each, p.cause)
        return Done()

    def _join_calls(self, p: m.JoinCalls, session: Any) -> Done:
        coached = self._coached(p.role, p.coached)
        call, other = self._call(p.call_id), self._call(p.other)
        self._node.switch.join(call, other, p.role, coached, p.after)
        self._node.switch.services.give_up(call, other)
        return Done()

    def _coached(self, role: str, coached: int | None) -> Call | None:
        if (role == "coach") != (coached is not None):
            raise LocalError("a coach needs the call that it coaches (coached), others need none")
        return self._call(coached) if coached is not None else None

    def _part_call(self, p: m.PartCall, session: Any) -> Done:
        call = self._call(p.call_id)
        self._node.switch.part(call)
        self._node.switch.services.give_up(call)
        return Done()

    def _hold_call(self, p: m.HoldCall, session: Any) -> Done:
        call = self._call(p.call_id)
        self._node.switch.hold(call)
        self._node.switch.services.give_up(call)
        return Done()

    def _retrieve_call(self, p: m.RetrieveCall, session: Any) -> Done:
        call = self._call(p.call_id)
        self._node.switch.retrieve(call)
        self._node.switch.services.give_up(call)
        return Done()

    def _consultation_call(self, p: m.ConsultationCall, session: Any) -> m.PlacedCall:
        switch = self._node.switch
        held = self._call(p.held_call)
        consulting = self._consulting(held, p.consulting)
        was_held = switch.party(held).held
        if not was_held:
            switch.hold(held, "consultation")
        try:
            active = self._place(p, session)
        except Exception:
            if not was_held:
                switch.retrieve(held, "consultation")
            raise
        switch.consult(held, active, consulting)
        switch.services.give_up(held, *([consulting] if consulting is not None else []))
        return m.PlacedCall(call_id=active.call_id, device=active.device)

    def _consulting(self, held: Call, asked: int | None) -> Call | None:
        if asked is not None:
            call = self._call(asked)
            if call is held:
                raise LocalError(f"call {asked} cannot wait and consult at once")
            return call
        partners = self._node.switch.partners(held)
        if len(partners) > 1:
            raise LocalError(
                f"call {held.call_id} talks with {len(partners)} others: say who consults "
                "(consulting)"
            )
        return partners[0] if partners else None

    def _two(self, p: Any) -> tuple[Call, Call]:
        return self._call(p.held_call), self._call(p.active_call)

    def _alternate_call(self, p: m.AlternateCall, session: Any) -> Done:
        self._node.switch.alternate(*self._two(p))
        self._node.switch.services.give_up(*self._two(p))
        return Done()

    def _reconnect_call(self, p: m.ReconnectCall, session: Any) -> Done:
        self._clear(self._node.switch.reconnect(*self._two(p)), 16)
        return Done()

    def _conference_call(self, p: m.ConferenceCall, session: Any) -> Done:
        self._node.switch.conference(*self._two(p))
        self._node.switch.services.give_up(*self._two(p))
        return Done()

    def _transfer_call(self, p: m.TransferCall, session: Any) -> m.CallTransferred | Later:
        switch, services = self._node.switch, self._node.switch.services
        held, active = self._two(p)
        consultation = switch.consultation(held, active)
        services.check_free(held, active)
        if p.by != "switch":
            why = services.why_not(held, active)
            silent = p.by == "any" and services.is_silent(held, TRANSFER)
            if not (why or silent):
                later = Later()

                def done(by: str, error: Exception | None) -> None:
                    later.settle(m.CallTransferred(by=by), error)

                services.transfer(Transfer(consultation, TRANSFER, p.by == "any", p.keep, done))
                return later
            if p.by == "network":
                raise LocalError(f"the network cannot be asked to transfer: {why}")
        consulting = switch.transfer(held, active)
        if consulting is not None and not p.keep:
            self._clear(consulting, 16)
        return m.CallTransferred(by="switch")

    def _single_step_conference_call(
        self, p: m.SingleStepConferenceCall, session: Any
    ) -> m.PlacedCall:
        switch = self._node.switch
        coached = self._coached(p.role, p.coached)
        call = self._call(p.call_id)
        if p.other is not None and (p.called or p.device):
            raise LocalError("give other, or who is to be called: not both")
        other = self._call(p.other) if p.other is not None else self._place(p, session)
        switch.join(call, other, p.role, coached)
        switch.services.give_up(call, other)
        cause = "silentParticipation" if p.role in ("listen", "monitor") else "singleStepConference"
        told = (other.call_id, tuple(switch.connections(call)), cause)
        switch.tell(events.Conferenced, call, *told)
        return m.PlacedCall(call_id=other.call_id, device=other.device)

    def _single_step_transfer_call(self, p: m.SingleStepTransferCall, session: Any) -> m.PlacedCall:
        switch = self._node.switch
        call = self._call(p.call_id)
        switch.services.check_free(call)
        partners = switch.partners(call)
        if len(partners) > 1:
            raise LocalError(
                f"call {p.call_id} is in a conference of {len(partners) + 1}: partCall first"
            )
        if p.by != "switch":
            placed = self._single_step_by_network(p, call, partners, session)
            if placed is not None:
                return placed
        target = self._place(p, session)
        switch.part(call)
        switch.join(call, target, after="clear")
        told = (target.call_id, tuple(switch.connections(call)), "singleStepTransfer")
        switch.tell(events.Transferred, call, *told)
        switch.services.inform(call, target)
        self._let_go(partners, p.keep)
        return m.PlacedCall(call_id=target.call_id, device=target.device)

    def _single_step_by_network(
        self, p: m.SingleStepTransferCall, call: Call, partners: list[Call], session: Any
    ) -> m.PlacedCall | None:
        """None: the network cannot be asked, and ``by`` permits our switch."""
        if can_transfer(call) and not (p.by == "any" and p.device):
            FlashTransfer(self._node, call, p.called).begin()
            self._let_go(partners, p.keep)
            return m.PlacedCall(call_id=call.call_id, device=call.device)
        why = self._node.switch.services.can_begin(call)
        if not why and p.device not in ("", call.trunk.device):
            why = f"it connects calls of one trunk only: leave out device '{p.device}'"
        silent = p.by == "any" and self._node.switch.services.is_silent(call, TRANSFER)
        if silent or (why and p.by == "any"):
            return None
        if why:
            raise LocalError(f"the network cannot be asked to transfer: {why}")
        return self._single_step_by_pri(p, call, partners, session)

    def _single_step_by_pri(
        self, p: m.SingleStepTransferCall, call: Call, partners: list[Call], session: Any
    ) -> m.PlacedCall:
        """The call waits while the number is called; the network is asked when it can be."""
        switch = self._node.switch
        if not p.called:
            raise LocalError("the network needs the number (called)")
        switch.part(call)
        try:
            switch.hold(call, SINGLE_STEP)
            asked = msgspec.structs.replace(p, device=call.trunk.device)
            target = self._place(asked, session)
        except Exception:
            if switch.is_held(call):
                switch.retrieve(call, SINGLE_STEP)
            for partner in partners:
                switch.join(partner, call)
            raise
        switch.consult(call, target, None)
        transfer = Transfer(
            switch.consultation(call, target),
            SINGLE_STEP,
            p.by == "any",
            p.keep,
            partner=partners[0] if partners else None,
        )
        switch.services.await_answer(transfer)
        return m.PlacedCall(call_id=target.call_id, device=target.device)

    def _let_go(self, partners: list[Call], keep: bool) -> None:
        for partner in partners:
            if not keep:
                self._clear(partner, 16)

    def _call_connections(self, p: m.CallConnections, session: Any) -> m.ConnectionList:
        call = self._call(p.call_id)
        return m.ConnectionList(
            linkage=call.linkage, connections=self._node.switch.connections(call)
        )
