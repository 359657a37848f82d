"""Supplementary services of one primary rate interface: what the network is asked for, what the
users ask us for as the network, and the Facility elements that carry both (Q.932 6.3).

Operations that nobody here serves are passed over where they only inform and rejected where they
want an answer; what cannot be read is rejected and counted. No reject is answered, and a message
gets one reject at most: of what is wrong in it only the first is told.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import PartyNumber
from ..call_services import PartyChanged
from . import services_deflect as deflecting
from . import services_transfer as transferring
from .elements import FACILITY, Facility
from .messages import Message
from .messages_table import (
    HOLD_ACKNOWLEDGE,
    HOLD_REJECT,
    RELEASE,
    RELEASE_COMPLETE,
    RETRIEVE_ACKNOWLEDGE,
    RETRIEVE_REJECT,
)
from .q931_call import LINK_UP, Call, Layer3
from .q931_states import ACTIVE, STATE_NAMES
from .rose import (
    BADLY_STRUCTURED,
    DISCARD,
    GENERAL_PROBLEM,
    INVOKE,
    INVOKE_PROBLEM,
    MISTYPED_ARGUMENT,
    MOST_COMPONENTS,
    NO_ID,
    PROFILES,
    REJECT,
    RETURN_RESULT,
    UNRECOGNISED_OPERATION,
    Component,
    Components,
    code_name,
    invoke,
    problem_name,
    read_element,
    rejection,
)
from .rose_address import party_number
from .services_base import (
    HELD,
    HOLD_REFUSED,
    LEFT,
    LINK_BACK,
    REFUSED,
    RESULT,
    RETRIEVE_REFUSED,
    RETRIEVED,
    TIMEOUT,
    ServiceBase,
)
from .services_config import EXPLICIT, IMPLICIT, NONE, RELEASE_LINK, TRANSFERS
from .services_network import BAD_ARGUMENT, UNKNOWN, NetworkSide, informed
from .services_operations import (
    ECT_INFORM,
    LAST_REASON,
    RLT_OPERATION_IND,
    SUBSCRIPTIONS,
    inform_argument,
    informs,
    operation_name,
    read_inform,
    read_number,
)

SERVICES_KEY: Final = 30
"""Number of the services' timer among those of the interface (handle 0) in Layer3.deadlines."""
RLT_OPERATION_INVOKE: Final = 1
"""The DMS-100 takes invoke identifiers for operations (libpri)."""

_INPUTS: Final = {
    HOLD_ACKNOWLEDGE: HELD,
    HOLD_REJECT: HOLD_REFUSED,
    RETRIEVE_ACKNOWLEDGE: RETRIEVED,
    RETRIEVE_REJECT: RETRIEVE_REFUSED,
}


class Services(ServiceBase):
    """The services of one interface, both sides."""

    def __init__(self, layer3: Layer3) -> None:
        super().__init__(layer3, SERVICES_KEY)
        self.network: Final = NetworkSide(self)
        self.complained: bool = False
        """Something wrong in the message being served was told."""
        self.call_ids: Final[dict[int, int]] = {}
        """Release link trunk: what the network calls our calls, by handle."""
        if self.nortel and not layer3.network:
            component = invoke(RLT_OPERATION_INVOKE, RLT_OPERATION_IND)
            layer3.setup_facility = self.element(component)

    # Requests

    def can_transfer(self, handle: int, other: int) -> str:
        """ "" or why the far ends of two calls cannot be joined by the network."""
        layer3 = self.layer3
        service = layer3.config.transfer
        if service == NONE:
            return f"no transfer by the network: transfer is 'none' ({layer3.config.variant.name})"
        if layer3.network:
            return "this side is the network: a transfer is the user's to ask for"
        if handle == other:
            return "a transfer takes two calls"
        calls: list[Call] = []
        for one in (handle, other):
            call = layer3.calls.get(one)
            if call is None:
                return f"there is no call {one}"
            if self.asking_of(one) is not None:
                return f"call {one}: a request to the network is under way"
            calls.append(call)
        if layer3.link != LINK_UP:
            return "the data link is down"
        return self._fit(calls[0], calls[1])

    def _fit(self, call: Call, other: Call) -> str:
        """ "" or why the states of two calls forbid the service."""
        layer3 = self.layer3
        service = layer3.config.transfer
        alerting = TRANSFERS[service].alerting
        waiting = 0
        for one in (call, other):
            if one.state == layer3.placing_delivered and alerting:
                waiting += 1
            elif one.state != ACTIVE:
                return f"call {one.handle} is in state {one.state}, {STATE_NAMES[one.state]}"
        if waiting == 2:
            return "neither call is answered"
        if service == IMPLICIT and len(layer3.calls) > transferring.IMPLIED_CALLS:
            return transferring.AMBIGUOUS
        if service == RELEASE_LINK and not self._named(call, other):
            return "the network gave neither call an identifier"
        return ""

    def _named(self, call: Call, other: Call) -> bool:
        return call.handle in self.call_ids or other.handle in self.call_ids

    def transfer(self, handle: int, other: int, now: int) -> None:
        """Ask the network to join the far ends; LocalError when it cannot be asked."""
        reason = self.can_transfer(handle, other)
        if reason:
            raise LocalError(reason)
        first, second = self.layer3.calls[handle], self.layer3.calls[other]
        swap = first.state != ACTIVE
        if self.layer3.config.transfer == RELEASE_LINK:
            swap = other not in self.call_ids
        if swap:
            first, second = second, first
        call_id = self.call_ids.get(second.handle, 0)
        transferring.begin(self, first, second, handle, call_id, now)

    def can_deflect(self, handle: int) -> str:
        """ "" or why the network cannot send the call elsewhere."""
        layer3 = self.layer3
        service = layer3.config.deflection
        if service == NONE:
            variant = layer3.config.variant.name
            return f"no deflection by the network: deflection is 'none' ({variant})"
        if layer3.network:
            return "this side is the network: a deflection is the user's to ask for"
        call = layer3.calls.get(handle)
        if call is None:
            return f"there is no call {handle}"
        if self.asking_of(handle) is not None:
            return f"call {handle}: a request to the network is under way"
        if layer3.link != LINK_UP:
            return "the data link is down"
        offered = (layer3.taking, layer3.taking_proceeding, layer3.taking_received)
        if call.state not in offered or not call.setup:
            return f"call {handle} is in state {call.state}, {STATE_NAMES[call.state]}"
        return ""

    def deflect(
        self, handle: int, number: PartyNumber, reason: int, now: int, subscription: int = 0
    ) -> None:
        """Ask the network to send an offered call to ``number``; ``reason``: Q.763 3.45.
        ``subscription``: what the caller is told, 0 nothing, 1 the diversion, 2 also the number."""
        refusal = self.can_deflect(handle)
        if refusal:
            raise LocalError(refusal)
        if not 0 <= reason <= LAST_REASON:
            raise LocalError(f"reason {reason} does not exist; Q.763 3.45 has 0 to {LAST_REASON}")
        if not 0 <= subscription <= SUBSCRIPTIONS:
            raise LocalError(f"subscription is {subscription}; give 0 to {SUBSCRIPTIONS}")
        party_number(number)
        deflecting.begin(self, self.layer3.calls[handle], number, reason, subscription, now)

    def grant(self, handle: int, ok: bool, now: int, cause: int = 0) -> None:
        """Answer TransferAsked or DeflectionAsked of this call; LocalError when nothing is asked,
        or the calls' states permit it no more."""
        self.network.grant(handle, ok, now, cause)

    def inform(self, handle: int, number: PartyNumber | None, alerting: bool, now: int) -> None:
        """Tell a call's user that its far end was transferred: EctInform (EN 300 369-1 9.2)."""
        call = self.layer3.calls.get(handle)
        if call is None:
            raise LocalError(f"there is no call {handle}")
        if self.layer3.config.transfer not in (EXPLICIT, IMPLICIT):
            raise LocalError("only explicit call transfer of EN 300 369-1 informs of it")
        if call.state not in (ACTIVE, self.layer3.taking_received):
            raise LocalError(f"call {handle} is in state {call.state}, {STATE_NAMES[call.state]}")
        argument = inform_argument(number, alerting)
        self.send(call, invoke(self.next_invoke(), ECT_INFORM, argument))

    # What happens to calls

    def left(self, handle: int) -> None:
        """A call ended."""
        if self.askings:
            for asking in [*self.askings]:
                if asking.state and asking.of(handle):
                    asking.serve(LEFT, None, 0)
        if self.call_ids:
            self.call_ids.pop(handle, None)
        if self.unsettled:
            self.unsettled.discard(handle)
        network = self.network
        if network.requests or network.links or network.held:
            network.left(handle)
            self.arm()

    def link_back(self, now: int) -> None:
        """The link is up after it was down or reset: what was sent may be lost."""
        for asking in [*self.askings]:
            if asking.state:
                asking.serve(LINK_BACK, None, now)

    def expired(self, now: int) -> None:
        """The interface's timer of the services."""
        for asking in [*self.askings]:
            if asking.state and asking.deadline <= now:
                asking.serve(TIMEOUT, None, now)
        self.network.expire(now)
        self.arm()

    def earliest(self) -> int:
        """When the first timer ends, or NEVER."""
        return min(super().earliest(), self.network.earliest())

    # What comes

    def takes(self, call: Call, message: Message, now: int) -> bool:
        """HOLD and RETRIEVE and their answers, where a service knows them (Q.932 6.2)."""
        input_ = _INPUTS.get(message.type, -1)
        if input_ >= 0:
            return self.layer3.config.transfer == IMPLICIT and self._held(call, input_, now)
        return self.layer3.network and self.network.hold_or_retrieve(call, message)

    def _held(self, call: Call, input_: int, now: int) -> bool:
        """An answer to HOLD or RETRIEVE; False: nothing of the kind was sent on this call."""
        for asking in self.askings:
            if asking.call is call:
                asking.serve(input_, None, now)
                return True
        if call.handle not in self.unsettled or input_ not in (HELD, HOLD_REFUSED):
            return False
        self.unsettled.discard(call.handle)
        if input_ == HELD:
            transferring.retrieve_late(self, call, now)
        return True

    def receive(self, call: Call, message: Message, now: int) -> None:
        """The Facility elements of a message of an existing call, before the message is served."""
        self.complained = False
        room = MOST_COMPONENTS
        for element in message.find_all(FACILITY):
            if isinstance(element, Facility) and element.profile in PROFILES:
                read = read_element(element.octets)
                if len(read.found) > room:
                    read.bad(BADLY_STRUCTURED, f"more than {MOST_COMPONENTS} components")
                self._components(call, message, read, room, now)
                room -= len(read.found)
                if room < 0 or read.text:
                    return

    def _components(
        self, call: Call, message: Message, read: Components, room: int, now: int
    ) -> None:
        """Serve at most ``room`` components. With RELEASE and RELEASE COMPLETE the call ends: there
        is nothing left to be asked, and nobody to be answered."""
        ending = message.type in (RELEASE, RELEASE_COMPLETE)
        for component in read.found[:room]:
            if component.kind != INVOKE:
                self._answered(call, message, component, now)
            elif not ending:
                self._invoked(call, message, component, read.interpretation, now)
        if read.text:
            told = self._fault("facility_component", read.text, message)
            if told and read.problem >= 0 and not ending:
                self.send(call, rejection(NO_ID, GENERAL_PROBLEM, read.problem))

    def _fault(self, kind: str, text: str, message: Message) -> bool:
        """Count what is wrong; False: something in this message was counted already."""
        if self.complained:
            return False
        self.complained = True
        self.layer3.fault(kind, text, "Q.932 6.3", message.raw)
        return True

    def _invoked(
        self, call: Call, message: Message, component: Component, interpretation: int, now: int
    ) -> None:
        operation = component.operation
        variant = self.layer3.config.variant.name
        served = UNKNOWN
        if operation == ECT_INFORM:
            served = self._informed(call, component)
        elif self.layer3.network:
            served = self.network.asked(call, component, now)
        if served == BAD_ARGUMENT:
            text = f"{operation_name(variant, operation)}: its argument cannot be read"
            if self._fault("facility_argument", text, message):
                self.send(call, rejection(component.id, INVOKE_PROBLEM, MISTYPED_ARGUMENT))
        elif served == UNKNOWN and interpretation != DISCARD and not informs(variant, operation):
            text = f"operation {code_name(operation)}"
            if self._fault("facility_operation", text, message):
                self.send(call, rejection(component.id, INVOKE_PROBLEM, UNRECOGNISED_OPERATION))

    def _informed(self, call: Call, component: Component) -> int:
        """EctInform: who the far end is now."""
        inform = read_inform(component.argument)
        if inform is None:
            return BAD_ARGUMENT
        alerting, number = inform
        self.layer3.happened.append(PartyChanged(call.handle, informed(number), alerting))
        return 0

    def _answered(self, call: Call, message: Message, component: Component, now: int) -> None:
        """A return result, return error or reject."""
        if self.nortel and not self.layer3.network and component.id == RLT_OPERATION_INVOKE:
            call_id = read_number(component.argument, 0x80)
            if component.kind == RETURN_RESULT and call_id is not None:
                self.call_ids[call.handle] = call_id
            return
        for asking in self.askings:
            if asking.id == component.id and asking.asked == call.handle:
                asking.id = 0
                input_ = RESULT if component.kind == RETURN_RESULT else REFUSED
                asking.serve(input_, component, now)
                return
        if component.kind == REJECT:
            text = problem_name(component.problem_class, component.problem)
            self._fault("facility_rejected", text, message)
