"""We are asked, as the network: transfers of EN 300 369-1, GR-2865 and NIS-A211-1, diversions of
EN 300 207-1.

What is asked is checked against the calls' states, then the application decides (``grant``). One
request at a time on a call. When a transfer is granted both calls are cleared with cause 16, after
a deflection the call with cause 31; until then nothing is changed.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import CallNotified, PartyNumber
from ..call_services import DeflectionAsked, TransferAsked
from .messages import Message
from .messages_table import HOLD, RETRIEVE
from .q931_call import NEVER, Call
from .q931_numbering import identification
from .q931_states import ACTIVE
from .rose import Component, failure, integer, result
from .services_base import NORMAL_CLEARING, ServiceBase
from .services_config import (
    EXPLICIT,
    IMPLICIT,
    NONE,
    RELEASE_LINK,
    T_GRANT,
    TRANSFERS,
    TWO_B_CHANNEL,
)
from .services_operations import (
    CALL_ACCEPTED,
    CALL_DEFLECTION,
    CALL_REROUTEING,
    ECT_EXECUTE,
    ECT_LINK_ID_REQUEST,
    ERROR_OF_CAUSE,
    EXPLICIT_ECT_EXECUTE,
    INITIATE_TRANSFER,
    INVALID_CALL_STATE,
    INVALID_DIVERTED_TO,
    LINK_ID_NOT_ASSIGNED,
    NOT_AVAILABLE,
    NOT_SUBSCRIBED,
    REQUEST_ALREADY_ACCEPTED,
    RLT_OPERATION_IND,
    RLT_THIRD_PARTY,
    Diversion,
    read_deflection,
    read_number,
    read_rerouteing,
    read_third_party,
    read_transfer,
)

HOLD_ACKNOWLEDGE_OCTET: Final = b"\x28"
HOLD_REJECT_OCTET: Final = b"\x30"
RETRIEVE_ACKNOWLEDGE_OCTET: Final = b"\x33"
RETRIEVE_REJECT_OCTET: Final = b"\x37"
REMOTE_HOLD: Final = 0x79
REMOTE_RETRIEVAL: Final = 0x7A
"""Notification descriptions of Q.932."""
NORMAL_UNSPECIFIED: Final = 31
WRONG_STATE: Final = 101
DEFLECTED_WHILE_ALERTING: Final = 4
DEFLECTED_AT_ONCE: Final = 5
MOST_LINK: Final = 0x7FFF
MOST_CALL_ID: Final = 0xFFFFFF

BAD_ARGUMENT: Final = 1
"""What ``asked`` returns for an argument that cannot be read."""
SERVED: Final = 0
UNKNOWN: Final = -1


class Request:
    """What the application is asked. ``id``: of the invoke that waits for its answer; ``other``:
    handle of a transfer's second call, 0 for a deflection."""

    def __init__(self, id: int, operation: bytes, other: int, deadline: int) -> None:
        self.id: Final = id
        self.operation: Final = operation
        self.other: Final = other
        self.deadline: Final = deadline


class NetworkSide:
    """The services of our users' calls on one interface."""

    def __init__(self, base: ServiceBase) -> None:
        self.base: Final = base
        self.requests: Final[dict[int, Request]] = {}
        """By the call they came on."""
        self.links: Final[dict[int, int]] = {}
        """Link identifier of EN 300 369-1 or call identifier of NIS-A211-1 -> handle."""
        self.last_link: int = 0
        self.held: Final[set[int]] = set()
        """Calls that the user put on hold."""

    def earliest(self) -> int:
        """When the first request is refused for want of an answer, or NEVER."""
        return min([request.deadline for request in self.requests.values()], default=NEVER)

    def expire(self, now: int) -> None:
        """The application did not answer in time."""
        for handle in [h for h, request in self.requests.items() if request.deadline <= now]:
            self.grant(handle, False, now, 0)

    def left(self, handle: int) -> None:
        """A call ended."""
        self.requests.pop(handle, None)
        self.held.discard(handle)
        for link in [n for n, of in self.links.items() if of == handle]:
            del self.links[link]

    # Invokes

    def asked(self, call: Call, invoke: Component, now: int) -> int:
        """Serve an invoke: SERVED, BAD_ARGUMENT, or UNKNOWN when it is no service of ours."""
        operation = invoke.operation
        service = self.base.layer3.config.transfer
        if operation in (CALL_DEFLECTION, CALL_REROUTEING) and service != RELEASE_LINK:
            return self._divert(call, invoke, now)
        if operation in (ECT_LINK_ID_REQUEST, EXPLICIT_ECT_EXECUTE, ECT_EXECUTE):
            return self._ect(call, invoke, now)
        if service == TWO_B_CHANNEL and operation == INITIATE_TRANSFER:
            reference = read_transfer(invoke.argument)
            if reference is None:
                return BAD_ARGUMENT
            # The far end names the call with the flag that it sends, the opposite of ours.
            other = self.base.layer3.references.get(reference ^ 0x8000)
            return self._transfer(call, invoke, other, INVALID_CALL_STATE, now)
        if service == RELEASE_LINK and operation == RLT_OPERATION_IND:
            self._link(call, invoke, 0x80, MOST_CALL_ID)
            return SERVED
        if service == RELEASE_LINK and operation == RLT_THIRD_PARTY:
            call_id = read_third_party(invoke.argument)
            if call_id is None:
                return BAD_ARGUMENT
            return self._transfer(call, invoke, self._of_link(call_id), INVALID_CALL_STATE, now)
        return UNKNOWN

    def _ect(self, call: Call, invoke: Component, now: int) -> int:
        """EN 300 369-1 9.2. A user whose interface has one linkage is refused the other."""
        operation = invoke.operation
        service = self.base.layer3.config.transfer
        if service != (IMPLICIT if operation == ECT_EXECUTE else EXPLICIT):
            return self._refuse(call, invoke, NOT_SUBSCRIBED)
        if operation == ECT_EXECUTE:
            if call.handle not in self.held:
                return self._refuse(call, invoke, INVALID_CALL_STATE)
            return self._transfer(call, invoke, self._beside(call), INVALID_CALL_STATE, now)
        if operation == ECT_LINK_ID_REQUEST:
            if not self._transferable(call):
                return self._refuse(call, invoke, INVALID_CALL_STATE)
            self._link(call, invoke, 0x02, MOST_LINK)
            return SERVED
        link = read_number(invoke.argument)
        if link is None:
            return BAD_ARGUMENT
        return self._transfer(call, invoke, self._of_link(link), LINK_ID_NOT_ASSIGNED, now)

    def _link(self, call: Call, invoke: Component, tag: int, most: int) -> None:
        """Return result with a number that stands for the call, the same one each time."""
        for link, of in self.links.items():
            if of == call.handle:
                self.base.send(call, result(invoke.id, invoke.operation, integer(link, tag)))
                return
        while True:
            self.last_link = 1 if self.last_link == most else self.last_link + 1
            if self.last_link not in self.links:
                break
        self.links[self.last_link] = call.handle
        answer = result(invoke.id, invoke.operation, integer(self.last_link, tag))
        self.base.send(call, answer)

    def _of_link(self, link: int) -> Call | None:
        return self.base.layer3.calls.get(self.links.get(link, 0))

    def _beside(self, held: Call) -> Call | None:
        """The call that implicit linkage means: the only other one, or the only one that is not
        held; None when there is a choice."""
        found = [
            call
            for call in self.base.layer3.calls.values()
            if call is not held and call.handle not in self.held and self._transferable(call)
        ]
        return found[0] if len(found) == 1 else None

    def _transferable(self, call: Call) -> bool:
        """Answered, or one that the user placed and that is alerting."""
        return call.state in (ACTIVE, self.base.layer3.taking_received)

    def _joinable(self, call: Call, other: Call) -> bool:
        """Both permit it, and one of them at least is answered."""
        answered = ACTIVE in (call.state, other.state)
        return answered and self._transferable(call) and self._transferable(other)

    def _transfer(
        self, call: Call, invoke: Component, other: Call | None, error: bytes, now: int
    ) -> int:
        """Ask the application, if both calls permit it; ``error``: there is no other call."""
        if other is None or other is call:
            return self._refuse(call, invoke, error)
        if not self._joinable(call, other):
            return self._refuse(call, invoke, INVALID_CALL_STATE)
        if call.handle in self.requests:
            return self._refuse(call, invoke, REQUEST_ALREADY_ACCEPTED)
        self._request(
            call, Request(invoke.id, invoke.operation, other.handle, now + T_GRANT.duration)
        )
        told = TRANSFERS[self.base.layer3.config.transfer].told
        self.base.layer3.happened.append(TransferAsked(call.handle, other.handle, told))
        return SERVED

    def _divert(self, call: Call, invoke: Component, now: int) -> int:
        """EN 300 207-1: a call that we offered and that is not answered."""
        layer3 = self.base.layer3
        if layer3.config.deflection == NONE:
            return self._refuse(call, invoke, NOT_SUBSCRIBED)
        alerting = call.state == layer3.placing_delivered
        if invoke.operation == CALL_REROUTEING:
            service = "rerouting"
            diversion = read_rerouteing(invoke.argument)
        else:
            service = "deflection"
            number = read_deflection(invoke.argument)
            reason = DEFLECTED_WHILE_ALERTING if alerting else DEFLECTED_AT_ONCE
            diversion = None if number is None else Diversion(number, reason)
        if diversion is None:
            return BAD_ARGUMENT
        if not diversion.number.digits:
            return self._refuse(call, invoke, INVALID_DIVERTED_TO)
        if not self._offered(call):
            return self._refuse(call, invoke, INVALID_CALL_STATE)
        if call.handle in self.requests:
            return self._refuse(call, invoke, REQUEST_ALREADY_ACCEPTED)
        self._request(call, Request(invoke.id, invoke.operation, 0, now + T_GRANT.duration))
        layer3.happened.append(
            DeflectionAsked(
                call.handle,
                diversion.number,
                diversion.reason,
                service,
                diversion.counter,
                diversion.subscription,
            )
        )
        return SERVED

    def _offered(self, call: Call) -> bool:
        """Offered by us, and not answered."""
        layer3 = self.base.layer3
        offered = (layer3.placing_overlap, layer3.placing_proceeding, layer3.placing_delivered)
        return call.state in offered

    def _request(self, call: Call, request: Request) -> None:
        self.requests[call.handle] = request
        self.base.arm()

    def _refuse(self, call: Call, invoke: Component, error: bytes) -> int:
        self.base.send(call, failure(invoke.id, error))
        return SERVED

    # The application's answer

    def grant(self, handle: int, ok: bool, now: int, cause: int) -> None:
        """Answer a request; LocalError when there is none."""
        request = self.requests.pop(handle, None)
        if request is None:
            raise LocalError(f"call {handle}: the far end waits for no answer to a service")
        self.base.arm()
        layer3 = self.base.layer3
        call = layer3.calls[handle]
        if not ok:
            self.base.send(call, failure(request.id, ERROR_OF_CAUSE.get(cause, NOT_AVAILABLE)))
            return
        other = layer3.calls.get(request.other)
        self._look_again(call, other, request)
        # Nortel names the operation in an empty result too.
        operation = request.operation if self.base.nortel else b""
        self.base.send(call, result(request.id, operation))
        layer3.clear(handle, NORMAL_CLEARING if other is not None else NORMAL_UNSPECIFIED, now)
        if other is not None:
            layer3.clear(other.handle, NORMAL_CLEARING, now)

    def _look_again(self, call: Call, other: Call | None, request: Request) -> None:
        """The calls may have gone on since they were asked for: LocalError, and an error to the far
        end, when their states permit it no more (EN 300 369-1 9.2, EN 300 207-1 9.2.5, 10)."""
        error, text = INVALID_CALL_STATE, ""
        if not request.other:
            if not self._offered(call):
                error = CALL_ACCEPTED if call.state == ACTIVE else INVALID_CALL_STATE
                text = f"call {call.handle} is answered, or over"
        elif other is None:
            text = f"call {request.other} of the transfer has ended"
        elif not self._joinable(call, other):
            text = f"calls {call.handle} and {other.handle} cannot be joined any more"
        if text:
            self.base.send(call, failure(request.id, error))
            raise LocalError(text)

    # HOLD and RETRIEVE, which implicit linkage begins with

    def hold_or_retrieve(self, call: Call, message: Message) -> bool:
        """Serve HOLD and RETRIEVE of Q.932 6.2; False: the interface has no such service.

        The B-channel stays reserved for the held call, so that RETRIEVE always finds it.
        """
        if self.base.layer3.config.transfer != IMPLICIT:
            return False
        handle = call.handle
        if message.type == HOLD:
            if call.state != ACTIVE or handle in self.held:
                call.send(HOLD_REJECT_OCTET, call.cause_octets(WRONG_STATE))
                return True
            self.held.add(handle)
            call.send(HOLD_ACKNOWLEDGE_OCTET, b"")
            self._notify(handle, REMOTE_HOLD)
            return True
        if message.type != RETRIEVE:
            return False
        if handle not in self.held:
            call.send(RETRIEVE_REJECT_OCTET, call.cause_octets(WRONG_STATE))
            return True
        self.held.discard(handle)
        channel = identification(self.base.layer3.config, call.channel, True)
        call.send(RETRIEVE_ACKNOWLEDGE_OCTET, channel.octets)
        self._notify(handle, REMOTE_RETRIEVAL)
        return True

    def _notify(self, handle: int, indicator: int) -> None:
        self.base.layer3.happened.append(CallNotified(handle, indicator))


def informed(number: PartyNumber | None) -> PartyNumber | None:
    """A number that EctInform tells, None when it tells none."""
    return number if number is not None and number.digits else None
